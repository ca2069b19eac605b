"""Templates: the families, the problems of each, and their gallery.

A problem that would stop a mailing names the file and the line to change.
"""

from __future__ import annotations

from mailer.errors import Severity
from mailer.pages import page
from mailer.pages.documents import rows, shape
from mailer.pages.layout import Page, Part, Steps, Tone, gap, line, problems
from mailer.pages.words import count
from mailer.runs.templates import Exhibit, Families, FamilyMade, Gallery, Verdict, Verdicts

_ORIGINS = {"shipped": "shipped", "own": "yours", "changed": "shipped, changed by you"}

shape(
    Families,
    "families",
    families=lambda found: rows(
        "families",
        "name about origin based_on? languages folder problem?",
        folder=lambda each: found.workspace.show(each.folder),
    )(found),
)
shape(FamilyMade, "family from:source files")
shape(Verdicts, "ok families:verdicts")
shape(Verdict, "name:family ok mails problems", ok=lambda verdict: not verdict.errors)
shape(Gallery, "page families:exhibits")
shape(Exhibit, "name:family.name release shown problems", shown=lambda each: each.trial is not None)


@page.register
def _(found: Families) -> Page:
    width = max(len(each.name) for each in found.families) + 2
    parts: list[Part | None] = []
    for each in found.families:
        base = f", based on {each.based_on}" if each.based_on else ""
        languages = " ".join(each.languages) or "one language"
        about = each.about or each.problem or "It has no description."
        parts.append(line(f"{each.name:{width}}{about}", depth=1))
        parts.append(
            line(f"{'':{width}}{_ORIGINS[each.origin]}{base}; fixed texts in {languages}", Tone.QUIET, depth=1)
        )
    return Page(parts, gap(), line("To see them: mailer templates list --open", depth=1, aside=True))


@page.register
def _(made: FamilyMade) -> Page:
    name = made.family
    same = "What you do not change comes from the layout that all families share."
    steps = (
        (f"templates/{name}/template.toml", "colours, fonts, logo"),
        (f"templates/{name}/email.html", "the layout, with email.txt; see docs/templates.md"),
        (f"mailer templates check {name}", "check it"),
        (f"mailer templates list {name} --open", "see it"),
        (f"mailer send … --template {name}", f"use it, or write `template: {name}` in a release"),
    )
    return Page(
        map(line, made.files), gap(), line(f"A copy of {made.source}. {same}", aside=True), Steps(steps, aside=True)
    )


@page.register
def _(found: Verdicts) -> Page:
    parts: list[Part | None] = []
    for each in found.verdicts:
        warnings = sum(problem.severity is Severity.WARNING for problem in each.problems)
        counted = [count(number, word) for number, word in ((each.errors, "error"), (warnings, "warning")) if number]
        made = f"{each.mails} mails of {each.releases} releases" if each.mails else "no mail could be made"
        tone = Tone.BAD if each.errors else Tone.PLAIN
        parts.append(line(f"{each.family}: {made}, {' and '.join(counted) or 'no problems'}", tone))
        parts.append(problems(each.problems, aside=False))
    return Page(parts)


@page.register
def _(made: Gallery) -> Page:
    names = ", ".join(each.family.name for each in made.exhibits if each.trial is not None)
    wrong = (problems(each.problems) for each in made.exhibits)
    return Page(wrong, line(str(made.page)), line(f"Shown: {names or 'none'}", aside=True))
