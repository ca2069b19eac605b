"""Templates: the families there are, what is wrong with one, and where their gallery is.

What would stop a mailing is told with the file and the line that somebody has to change.
"""

from __future__ import annotations

from collections.abc import Iterator

from mailer.errors import Severity
from mailer.pages import page
from mailer.pages.documents import shape
from mailer.pages.layout import BAD, PLAIN, QUIET, Page, Part, Steps, count, gap, line, problems
from mailer.runs.templates.catalogue import Exhibit, Families, FamilyMade, Gallery, Known
from mailer.runs.templates.checking import Verdict, Verdicts

_ORIGINS = {"shipped": "shipped", "own": "yours", "changed": "shipped, changed by you"}

shape(
    Families,
    "families",
    families=lambda found: [
        {
            "name": each.name,
            "about": each.about,
            "origin": each.origin,
            "based_on": each.based_on or None,
            "languages": each.languages,
            "folder": found.workspace.show(each.folder),
            "problem": each.problem or None,
        }
        for each in found.families
    ],
)


@page.register
def _(found: Families) -> Page:
    width = max(len(each.name) for each in found.families) + 2
    more = line("mailer templates gallery --open   shows them", depth=1, aside=True)
    return Page((part for each in found.families for part in _family(each, width)), gap(), more)


def _family(each: Known, width: int) -> Iterator[Part]:
    base = f", based on {each.based_on}" if each.based_on else ""
    languages = " ".join(each.languages) or "one language"
    yield line(f"{each.name:{width}}{each.about or each.problem or 'It does not say what it is for.'}", depth=1)
    yield line(f"{'':{width}}{_ORIGINS[each.origin]}{base}; its own words in {languages}", QUIET, depth=1)


shape(FamilyMade, "family from:source files")


@page.register
def _(made: FamilyMade) -> Page:
    name = made.family
    same = "Whatever you leave as it is stays that of the layout that all families share."
    steps = (
        (f"templates/{name}/template.toml", "colours, fonts, logo"),
        (f"templates/{name}/email.html", "what stands where, with email.txt; docs/templates.md explains"),
        (f"mailer templates check {name}", "is anything wrong?"),
        (f"mailer templates gallery {name} --open", "see it"),
        (f"mailer send … --template {name}", f"use it, or write `template: {name}` in a release"),
    )
    return Page(
        map(line, made.files),
        gap(),
        line(f"A copy of {made.source}. {same}", aside=True),
        Steps(steps, aside=True),
    )


shape(Verdicts, "ok families:verdicts")
shape(Verdict, "name:family ok mails problems", ok=lambda verdict: not verdict.errors)


@page.register
def _(found: Verdicts) -> Page:
    return Page(part for each in found.verdicts for part in _verdict(each))


def _verdict(each: Verdict) -> Iterator[Part | None]:
    warnings = sum(problem.severity is Severity.WARNING for problem in each.problems)
    counted = [count(number, word) for number, word in ((each.errors, "error"), (warnings, "warning")) if number]
    made = f"{each.mails} mails of {each.releases} releases" if each.mails else "no mail could be made"
    tone = BAD if each.errors else PLAIN
    yield line(f"{each.family}: {made}, {' and '.join(counted) or 'no problems'}", tone)
    yield problems(each.problems, aside=False)


shape(Gallery, "page families:exhibits")
shape(Exhibit, "name:family.name release shown problems", shown=lambda each: each.trial is not None)


@page.register
def _(made: Gallery) -> Page:
    names = ", ".join(each.family.name for each in made.exhibits if each.trial is not None)
    return Page(
        (problems(each.problems) for each in made.exhibits),
        line(str(made.page)),
        line(f"Shown: {names or 'none'}", aside=True),
    )
