"""Purge: what has been kept long enough and goes, or went, and the contacts that are only told.

The same page before and after: what goes stands first, what stays and needs somebody's look below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mailer.ledger.erasure import Kept
from mailer.pages import page
from mailer.pages.documents import shape
from mailer.pages.layout import BAD, CAREFUL, Page, fact, line, problems, table
from mailer.runs.purge import Overdue, Purged

_SHOWN = 8


def _counts(found: Purged) -> tuple[tuple[str, str, Kept], ...]:
    return (
        ("raw_mails", "mails that came back, as they were kept", found.ledger.raw),
        ("letters", "senders and subjects of answers", found.ledger.letters),
        ("absences", "absences that are over", found.ledger.absences),
        ("proposals", "proposals for the lists", found.ledger.proposals),
        ("names", "deliveries that say to whom (figures stay)", found.ledger.names),
        ("answers", "answers of servers", found.ledger.answers),
        ("reports", "reports' words on people", found.ledger.reports),
        ("undo_copies", "copies for undo", found.oldest(found.undo)),
        ("previews", "previews and test mails", found.oldest(found.previews)),
    )


def _told(number: int, first: Sequence[Overdue]) -> dict[str, Any]:
    return {"count": number, "first": first}


shape(Overdue, "list:list_name line email day")
shape(
    Purged,
    "done goes unverified past_retention problems:told.problems",
    goes=lambda found: {name: kept for name, _, kept in _counts(found)},
    unverified=lambda found: _told(found.told.unverified_count, found.told.unverified),
    past_retention=lambda found: _told(found.told.past_retention_count, found.told.past_retention),
)


@page.register
def _(found: Purged) -> Page:
    word = "gone" if found.done else "goes"
    rows = [
        (word, str(kept.count), f"{noun}{f', the oldest of {kept.oldest:%Y-%m-%d}' if kept.oldest else ''}")
        for _, noun, kept in _counts(found)
        if kept.count
    ]
    unverified = f"{found.told.unverified_count} contacts nobody has verified for long: look at them"
    over = f"{found.told.past_retention_count} contacts kept past their own date: they get no mail"
    log = "Another program reads the ledger, so its log could not be emptied: run this again."
    return Page(
        line("Nothing is past its retention date.", depth=1) if found.is_nothing else None,
        table(rows, right=(1,)),
        fact("stays", [unverified, *map(_line, found.told.unverified[:_SHOWN])], CAREFUL)
        if found.told.unverified_count
        else None,
        fact("stays", [over, *map(_line, found.told.past_retention[:_SHOWN])], CAREFUL)
        if found.told.past_retention_count
        else None,
        problems(found.told.problems),
        None if found.is_compact else line(log, BAD, depth=1),
    )


def _line(each: Overdue) -> str:
    day = f" ({each.day:%Y-%m-%d})" if each.day else ""
    return f"  {each.list_name} line {each.line}: {each.email}{day}"
