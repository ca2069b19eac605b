"""People: what is held of one person, why they are in a mailing or out of it, and what was erased.

What is told of somebody is told once, with its date and where it stands, so that they can be answered from one page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from mailer.ledger.erasure import Held
from mailer.ledger.person import SentTo
from mailer.ledger.returns import Proposal
from mailer.pages import page
from mailer.pages.documents import shape
from mailer.pages.layout import (
    BAD,
    CAREFUL,
    GOOD,
    MOST_SHOWN,
    Page,
    Part,
    Tone,
    Verbatim,
    count,
    fact,
    gap,
    heading,
    line,
    problems,
)
from mailer.runs.people.forget import Forgotten, Found
from mailer.runs.people.person_export import NOTES_WARNING, PersonExport, is_empty, ledger_document, render_text
from mailer.runs.people.search import PersonRow
from mailer.runs.people.why import Answer, Reason

_SHOWN = 5

# Why.

shape(Reason, "code message list:list_name? row line")


def _known(answer: Answer) -> dict[str, Any]:
    known = ledger_document(answer.person)
    names = {"deliveries": "mailings"}
    wanted = ("suppressions", "deliveries", "events", "came_back", "absences", "proposals")
    return {name: known[names.get(name, name)] for name in wanted}


shape(
    Answer,
    "email:address name? mailing? in:is_in reasons stops lists *known soft_bounces:soft_row? problems:list_problems",
    email=lambda answer: str(answer.address),
    lists=lambda answer: [
        {"list": answer.workspace.show(row.path), "row": row.row, "line": row.line, "own": row.is_own}
        for row in answer.rows
    ],
    known=_known,
)


@page.register
def _(answer: Answer) -> Page:
    person, sent = answer.person, answer.person.deliveries
    lifted = [each for each in person.suppressions if each.lifted_at]
    blocks = (each.message for each in answer.reasons if each.code == "suppressed")
    earlier = f"and {len(sent) - _SHOWN} earlier mailings   mailer contacts export {answer.address}"
    ask = f"Would they get it now?   mailer why {answer.address} --for RELEASE --to LIST"
    may_ask = answer.delivery is None and answer.is_in is False and not answer.stops and _is_of_the_past(answer)
    return Page(
        heading("   ".join(filter(None, (str(answer.address), answer.name)))),
        gap(),
        _verdict(answer),
        fact("Lists", [_row_words(row) for row in answer.rows] or ["on no list in lists/"]),
        fact("Suppressed", (each.removeprefix("suppressed").lstrip(": ") for each in blocks)),
        fact("Lifted", (f"{each.reason.replace('_', ' ')}, lifted {each.lifted_at:%Y-%m-%d}" for each in lifted)),
        fact("Sent", [_sent_words(each) for each in reversed(sent[-_SHOWN:])] or ["nothing so far"]),
        fact("", earlier if len(sent) > _SHOWN else ""),
        fact(
            "Came back",
            (
                " · ".join(filter(None, (_day(each.read_at), each.kind, each.reason, each.diagnostic)))
                for each in person.findings[-_SHOWN:]
            ),
        ),
        fact(
            "Away",
            (
                f"until {each.until:%Y-%m-%d}, as they said on {_day(each.said_at)}"
                for each in person.absences[-_SHOWN:]
            ),
        ),
        fact("Proposed", map(_proposal_words, person.proposals[-_SHOWN:])),
        fact("Bounces", answer.soft_row),
        problems((*answer.stops, *answer.list_problems)),
        (gap(), line(ask, depth=1)) if may_ask else None,
    )


def _is_of_the_past(answer: Answer) -> bool:
    return bool(answer.reasons) and answer.reasons[0].code == "not_planned"


def _verdict(answer: Answer) -> Iterator[Part | None]:
    if answer.is_in is None:
        return
    tone: Tone = GOOD if answer.is_in else CAREFUL
    if answer.stops:
        word, tone = "Nobody gets it as it stands", BAD
    elif answer.delivery is not None or _is_of_the_past(answer):
        word = "In" if answer.is_in else "Out"
    else:
        word = "Would get it" if answer.is_in else "Would not get it"
    yield line(f"{word}: {answer.mailing}", tone, depth=1)
    told = (each for each in answer.reasons if each.code != "suppressed")
    yield fact("", map(_reason_words, told))
    yield gap()


def _reason_words(reason: Reason) -> str:
    is_named = not reason.line or reason.list_name in reason.message
    return f"{'' if is_named else f'{reason.list_name} line {reason.line}: '}{reason.message}"


def _row_words(row: PersonRow) -> str:
    theirs = "" if row.is_own else f", somebody else's row, in {', '.join(row.cells)}"
    return f"{row.name} line {row.line}{theirs}"


def _sent_words(each: SentTo) -> str:
    at = each.finished_at or each.attempted_at or each.planned_at
    words = (_day(at), each.mailing.removesuffix("/release-1"), each.state.replace("_", " "), each.reason, each.text)
    return " · ".join(filter(None, words))


def _proposal_words(each: Proposal) -> str:
    what = {
        "left": "has left: take them off the lists",
        "moved": f"write to {each.new_address} now",
        "stand_in": f"has left: write to {each.new_address} instead",
        "follow": f"may be {each.new_address} now",
    }.get(each.kind, each.kind)
    decide = f"mailer lists proposals {each.id} --accept" if each.state == "open" else ""
    return " · ".join(filter(None, (_day(each.created_at), what, each.state, decide)))


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


# Forgetting.

_HELD = {
    "deliveries": "deliveries",
    "rows_of_colleagues": "colleagues",
    "rows_of_colleagues_still_open": "colleagues_open",
    "server_texts": "words",
    "findings": "findings",
    "raw_mails": "raw",
    "letters": "letters",
    "absences": "absences",
    "proposals": "proposals",
    "suppressions": "suppressions",
}
shape(Held, " ".join(_HELD), **{name: lambda held, of=of: len(getattr(held, of)) for name, of in _HELD.items()})


def _rows(rows: Sequence[PersonRow], *keys: str) -> list[dict[str, Any]]:
    return [{"list": row.name, "line": row.line} | {key: getattr(row, key) for key in keys} for row in rows]


shape(
    Found,
    "dry_run email lists mailings planned_in:held.open_in ledger:held suppressed copies other_files"
    " named_in_text_of:held.texts_of problems",
    dry_run=lambda _: True,
    email=lambda found: str(found.address),
    lists=lambda found: _rows(found.rows, "row", "is_own"),
    mailings=lambda found: [each.mailing for each in found.person.deliveries],
    suppressed=lambda found: [each.reason for each in found.person.standing],
    copies=lambda found: [found.workspace.show(path) for path in found.copies],
    other_files=lambda found: [found.workspace.show(path) for path in found.files],
)
shape(
    Forgotten,
    "dry_run complete:is_complete blocked_as:block lists cancelled_in:held.open_in ledger:held copies still_in"
    " named_in_text_of:left_in_ledger.texts_of left_in_ledger problems",
    dry_run=lambda _: False,
    lists=lambda told: _rows(told.rows, "is_own"),
    copies=lambda told: [told.workspace.show(path) for path in told.copies],
    still_in=lambda told: [told.workspace.show(path) for path in (*told.still_in, *told.pages_left)],
)


def _counted(counts: Mapping[tuple[str, str], int]) -> str:
    return ", ".join(count(number, *nouns) for nouns, number in counts.items() if number)


@page.register
def _(found: Found) -> Page:
    held, standing = found.held, found.person.standing
    rows = [f"{row.name} line {row.line}: {_what(row)}" for row in found.rows]
    blocks = [f"{each.reason.replace('_', ' ')}, {each.created_at:%Y-%m-%d}: stays" for each in standing]
    logs = {
        ("server answer", ""): len(held.words),
        ("report of what came back", "reports of what came back"): len(held.findings),
        ("kept mail", ""): len(held.raw),
        ("sender and subject of an answer", "senders and subjects of answers"): len(held.letters),
        ("absence", ""): len(held.absences),
        ("proposal for the lists", "proposals for the lists"): len(held.proposals),
        ("row of somebody else that names them", "rows of others that name them"): len(held.colleagues),
    }
    deliveries = (f"{each.mailing}: {each.state.replace('_', ' ')}" for each in found.person.deliveries)
    return Page(
        heading(str(found.address)),
        fact("Lists", rows or ["in none"], most=MOST_SHOWN),
        fact("Mailings", deliveries, most=MOST_SHOWN),
        fact("Still to come", (f"{name}: will be cancelled" for name in held.open_in), most=MOST_SHOWN),
        fact("Logs", _counted(logs)),
        fact("Copies", map(found.workspace.show, found.copies), most=MOST_SHOWN),
        fact("Blocked", blocks or ["not yet; will be"]),
        fact("Not touched", (f"{found.workspace.show(path)} has the address" for path in found.files), most=MOST_SHOWN),
        fact("", (f"the text of {name} names them, as everybody got it" for name in held.texts_of), most=MOST_SHOWN),
        problems(found.problems),
        line("Nothing else is held that could be forgotten.", depth=1) if found.is_nothing else None,
    )


def _what(row: PersonRow) -> str:
    return "the row" if row.is_own else "the address in somebody else's row"


@page.register
def _(told: Forgotten) -> Page:
    own = sum(row.is_own for row in told.rows)
    counted = {
        ("row of a list", "rows of lists"): own,
        ("mention in another row", "mentions in other rows"): len(told.rows) - own,
        ("delivery without a name now", "deliveries without a name now"): len(told.held.deliveries),
        ("copy", "copies"): len(told.copies),
    }
    again = (
        "A row of somebody else that names them still goes out as approved. Once that mailing is over, run this again."
    )
    log = "Another program reads the ledger, so its log could not be emptied: run this again."
    searched = "Every file of this folder was searched: the address is in none."

    def still(path: Path, what: str, tone: Tone) -> Part:
        return line(f"{told.workspace.show(path)} {what}", tone, depth=1)

    texts = (f"The text of {name} names them, as everybody got it; it stays." for name in told.left_in_ledger.texts_of)
    return Page(
        line(f"Forgotten: {_counted(counted) or 'nothing was held'}.", depth=1),
        line(f"Blocked as {told.block.replace('_', ' ')}: also if the old spreadsheet comes back.", depth=1),
        problems(told.problems),
        (still(path, "still has the address; it is yours to change.", CAREFUL) for path in told.still_in),
        (line(text, CAREFUL, depth=1) for text in texts),
        line(again, CAREFUL, depth=1) if told.left_in_ledger.colleagues_open else None,
        (
            still(path, "still has it: is it a copy? Run this again, or remove the copy.", BAD)
            for path in told.pages_left
        ),
        None if told.is_compact else line(log, BAD, depth=1),
        line(searched, depth=1) if told.is_complete and not told.still_in else None,
    )


# What is held, for an access request.

shape(PersonExport, "*document problems warning written", warning=lambda _: NOTES_WARNING)


@page.register
def _(export: PersonExport) -> Page:
    email = export.document["email"]
    return Page(
        None if export.written else Verbatim(render_text(export.document)),
        (line(f"Written: {path}") for path in export.written),
        problems(export.problems),
        line(f"Nothing is held of {email}.", aside=True)
        if is_empty(export.document)
        else line(NOTES_WARNING, CAREFUL, aside=True),
    )
