"""Templates: families of templates, the results of their checks, and the newsroom.

A problem that would stop a mailing names the file and the line to change. A release that waits for its page in the
newsroom is listed with the end of its embargo, one without a page with the reason.
"""

from __future__ import annotations

from mailer.errors import Severity
from mailer.pages import page
from mailer.pages.documents import pairs, rows, shape
from mailer.pages.layout import Page, Part, Steps, Tone, fact, gap, line, problems
from mailer.pages.words import count, verdict
from mailer.runs.newsroom import NewsroomBuilt
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
        made = f"{each.mails} mails of {each.releases} releases" if each.mails else "no mail could be made"
        tone = Tone.BAD if each.errors else Tone.PLAIN
        parts.append(line(f"{each.family}: {made}, {verdict(each.errors, warnings) or 'no problems'}", tone))
        parts.append(problems(each.problems, aside=False))
    return Page(parts)


@page.register
def _(made: Gallery) -> Page:
    names = ", ".join(each.family.name for each in made.exhibits if each.trial is not None)
    found = (problems(each.problems) for each in made.exhibits)
    return Page(found, line(str(made.page)), line(f"Shown: {names or 'none'}", aside=True))


shape(
    NewsroomBuilt,
    "folder title url? releases withdrawn files written removed waiting without",
    waiting=pairs("waiting", "release until"),
    without=pairs("without", "release why"),
)


@page.register
def _(built: NewsroomBuilt) -> Page:
    written = f"{len(built.written)} written" if built.written else "nothing to write"
    removed = f", {len(built.removed)} removed" if built.removed else ""
    no_url = 'No feed and no sitemap: both need the address of the site. In mailer.toml: [newsroom] url = "https://…"'
    return Page(
        line(built.title, Tone.STRONG),
        fact("Releases", f"{built.releases}{f', {built.withdrawn} withdrawn' if built.withdrawn else ''}"),
        fact(
            "Waiting",
            [f"{slug}, under embargo or exclusive until {until:%Y-%m-%d %H:%M %Z}" for slug, until in built.waiting],
        ),
        fact("No page", [f"{slug}: {why}" for slug, why in built.without]),
        fact("Files", f"{count(built.files, 'file')}: {written}{removed}"),
        fact("Folder", str(built.folder)),
        fact("Address", built.url),
        line(not built.url and no_url, Tone.CAREFUL, aside=True),
        Steps((("mailer newsroom build --open", "look at it"),), aside=True),
    )
