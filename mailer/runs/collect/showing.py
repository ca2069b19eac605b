"""Showing: what came back, read from the ledger: listed by what it says, or one message whole.

Also reads messages that are not to be remembered. Nothing is changed. Raises `InputProblem`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mailer.bounces.report import report_document
from mailer.bounces.values import Kind, Report
from mailer.errors import InputProblem, Problem
from mailer.inbox.values import Entry
from mailer.ledger.history import Message, Returned, Wanted, find_message, read_returned
from mailer.ledger.mailings import require_mailing
from mailer.runs.office import Office
from mailer.runs.untrusted.mails import read_documents


@dataclass(frozen=True, slots=True)
class Classified:
    """Messages as `bounces.report_document` has them; one that could not be read has its `problem`."""

    documents: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class CameBack:
    """What came back that was asked for; `is_all` where nothing was said of which."""

    rows: tuple[Returned, ...]
    is_unmatched: bool
    one_by_one: bool
    is_all: bool


@dataclass(frozen=True, slots=True)
class WholeMessage:
    """One message that came back, by the number of a finding in it."""

    id: int
    found: Message


def classify(entries: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    """Yield what each message says, and remember nothing."""
    for source, found in read_documents(entries):
        if isinstance(found, Problem):
            yield {**report_document(Report(kind=Kind.NONE, rule="not read"), source), "problem": found.message}
        else:
            yield {**found, "file": source}


def read_came_back(
    office: Office, mailing: str, *, reason: str, domain: str, unmatched: bool, one_by_one: bool
) -> CameBack:
    """Return what came back, of one mailing, for one reason or from one domain.

    Raises:
        InputProblem: there is no such mailing.
    """
    is_all = not (unmatched or mailing or reason or domain)
    found: tuple[Returned, ...] = ()
    if office.ledger is None and mailing:
        raise InputProblem("nothing was sent from here yet", hint="mailer send RELEASE --to LIST --dry-run")
    if office.ledger is not None:
        with office.ledger.reading() as connection:
            mailing_id = require_mailing(connection, mailing).id if mailing else None
            wanted = Wanted(mailing_id=mailing_id, reason=reason, domain=domain.lower(), unmatched=unmatched)
            found = tuple(read_returned(connection, wanted))
    return CameBack(found, unmatched, one_by_one or bool(reason or domain), is_all)


def is_bounce(each: Returned) -> bool:
    """Return whether it says that mail did not arrive."""
    return each.kind.startswith("bounce")


def count_people(found: Sequence[Returned]) -> Mapping[str, Mapping[str, int]]:
    """Count persons (not messages) by reason, domain and mailing, the most frequent first."""
    people = {(each.address, each.mailing, each.kind): each for each in reversed(found)}.values()
    return {
        "reasons": dict(Counter(each.reason for each in people if each.reason).most_common()),
        "domains": dict(Counter(each.domain for each in people if each.reason and each.domain).most_common()),
        "mailings": dict(Counter(each.mailing for each in people if each.mailing).most_common()),
    }


def read_whole(office: Office, number: int) -> WholeMessage:
    """Return one message that came back.

    Raises:
        InputProblem: none has this number.
    """
    found = None
    if office.ledger is not None:
        with office.ledger.reading() as connection:
            found = find_message(connection, number)
    if found is None:
        raise InputProblem(f"nothing that came back has the number {number}", hint="mailer bounces list --people")
    return WholeMessage(number, found)
