"""Previews: mails made for inspection, and the outcome of tests.

One recipient's mail is shown in full, everyone's as a contact sheet on a page. Problems come first.
"""

from __future__ import annotations

from typing import Any

from mailer.pages import page
from mailer.pages.documents import rows, shape
from mailer.pages.layout import Page, Verbatim, fact, gap
from mailer.pages.planning import describe_relay, warnings
from mailer.pages.words import LEFT_OUT
from mailer.runs.previews import Previewed, Sheet, Tested

_SHOWN_WRONG = 10

shape(Previewed, "email:made.contact.address subject:made.subject html text source problems:made.plan.warnings")


@page.register
def _(written: Previewed) -> Page:
    return Page(
        Verbatim(written.made.text),
        gap(),
        warnings(written.made.plan),
        fact("HTML", str(written.html or "none: this contact gets plain text"), aside=True),
        fact("Text", str(written.text), aside=True),
        fact("Source", str(written.source), aside=True),
    )


shape(Tested, "*figures page")


@page.register
def _(done: Tested) -> Page:
    relay = describe_relay(done.plan.request.relay)
    states: dict[str, list[str]] = {}
    for each in done.figures["deliveries"]:
        answer = f' ("{each["text"]}")' if each["state"] != "accepted" and each["text"] else ""
        states.setdefault(each["state"].capitalize(), []).append(f"{each['address']} by {relay}{answer}")
    return Page(
        warnings(done.plan),
        (fact(state, lines) for state, lines in states.items()),
        fact("Look at it", done.page.as_uri() if done.page else ""),
    )


def _people(sheet: Sheet) -> list[dict[str, Any]]:
    folder = sheet.page.parent

    def file(name: str) -> str:
        return str(folder / name) if name else ""

    return rows(
        "people",
        "email name? place subject? manner? bytes:size waits_for_embargo:waits skipped? html? text? source? problems",
        skipped=lambda each: LEFT_OUT.get(each.skipped, each.skipped),
        html=lambda each: file(each.html),
        text=lambda each: file(each.text),
        source=lambda each: file(each.source),
    )(sheet)


shape(Sheet, "release:plan.slug headline:plan.release.headline page people problems:plan.warnings", people=_people)


@page.register
def _(sheet: Sheet) -> Page:
    made, skipped = sum(bool(each.text) for each in sheet.people), sum(bool(each.skipped) for each in sheet.people)
    waiting = sum(each.waits for each in sheet.people)
    wrong = [f"{each.email}: {each.problems[0]}" for each in sheet.wrong[:_SHOWN_WRONG]]
    if len(sheet.wrong) > _SHOWN_WRONG:
        wrong.append(f"… and {len(sheet.wrong) - _SHOWN_WRONG} more; they come first on the page")
    return Page(
        fact("Made", f"{made} of {len(sheet.people)} mails{f' · {skipped} skipped' if skipped else ''}"),
        fact("Embargo", waiting and f"{waiting} have not agreed to keep it (column embargo_agreed)"),
        fact("Wrong", wrong),
        warnings(sheet.plan),
        fact("Look at it", sheet.page.as_uri()),
    )
