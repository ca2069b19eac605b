"""Previews: one person's exact mail, everybody's on one page, and what became of a test.

What is wrong with a mail stands beside it, since whoever looks at a preview is about to send.
"""

from __future__ import annotations

from typing import Any

from mailer.errors import Severity
from mailer.pages import page
from mailer.pages.documents import shape
from mailer.pages.layout import Fact, Page, Verbatim, fact, gap
from mailer.pages.planning import describe_relay
from mailer.pages.words import LEFT_OUT
from mailer.preview.page import Seen
from mailer.runs.planning.plan import Plan
from mailer.runs.previews import Previewed, Sheet, Tested

_SHOWN = 10


def _warnings(plan: Plan) -> Fact | None:
    return fact("Warning", (str(each) for each in plan.warnings if each.severity is Severity.WARNING), aside=True)


shape(
    Previewed,
    "email subject:subject html:files.html text:files.text source:files.source problems:plan.warnings",
    email=lambda made: str(made.contact.address),
)


@page.register
def _(made: Previewed) -> Page:
    files = made.files
    return Page(
        Verbatim(made.body),
        gap(),
        _warnings(made.plan),
        fact("HTML", str(files.html or "none: this person gets plain text"), aside=True),
        fact("Text", str(files.text), aside=True),
        fact("Source", str(files.source), aside=True),
    )


shape(Tested, "*figures page")


@page.register
def _(done: Tested) -> Page:
    relay = describe_relay(done.plan.request.relay)
    states: dict[str, list[str]] = {}
    for each in done.figures["deliveries"]:
        said = f' ("{each["text"]}")' if each["state"] != "accepted" and each["text"] else ""
        states.setdefault(each["state"].capitalize(), []).append(f"{each['address']} by {relay}{said}")
    return Page(
        _warnings(done.plan),
        (fact(state, lines) for state, lines in states.items()),
        fact("Look at it", done.page.as_uri() if done.page else ""),
    )


def _person(sheet: Sheet, each: Seen) -> dict[str, Any]:
    folder = sheet.page.parent
    files = (("html", each.html), ("text", each.text), ("source", each.source))
    return {
        "email": each.email,
        "name": each.name or None,
        "place": each.place,
        "subject": each.subject or None,
        "manner": each.manner or None,
        "bytes": each.size,
        "waits_for_embargo": each.waits,
        "skipped": LEFT_OUT.get(each.skipped, each.skipped) or None,
        **{kind: str(folder / name) if name else None for kind, name in files},
        "problems": each.problems,
    }


shape(
    Sheet,
    "release:plan.slug headline:plan.release.headline page people problems:plan.warnings",
    people=lambda sheet: [_person(sheet, each) for each in sheet.people],
)


@page.register
def _(sheet: Sheet) -> Page:
    made = sum(bool(each.text) for each in sheet.people)
    skipped = sum(bool(each.skipped) for each in sheet.people)
    waiting = sum(each.waits for each in sheet.people)
    wrong = [f"{each.email}: {each.problems[0]}" for each in sheet.wrong]
    if len(wrong) > _SHOWN:
        wrong = [*wrong[:_SHOWN], f"… and {len(wrong) - _SHOWN} more; they stand first on the page"]
    return Page(
        fact("Made", f"{made} of {len(sheet.people)} mails{f' · {skipped} skipped' if skipped else ''}"),
        fact("Embargo", f"{waiting} have not agreed to keep it (column embargo_agreed)" if waiting else ""),
        fact("Wrong", wrong),
        _warnings(sheet.plan),
        fact("Look at it", sheet.page.as_uri()),
    )
