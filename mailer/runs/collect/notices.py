"""Notices: what an automatic reply tells of a person, kept for later.

Owns when a date back is believed, and which proposal for the lists a notice makes. Somebody who is away is held out of
follow-ups until they are back; somebody who left or moved is proposed to staff, who decide. Nobody is suppressed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Final

from mailer.address import Address, parse_address, printable
from mailer.bounces import Kind
from mailer.bounces.values import Notice
from mailer.errors import InputProblem
from mailer.ledger.absences import add_absence
from mailer.ledger.proposals import LEFT, MOVED, STAND_IN, NewProposal, add_proposal
from mailer.ledger.returns import Finding, Sent
from mailer.runs.collect.matching import is_believed
from mailer.runs.collect.told import Message

_LONGEST: Final = timedelta(days=400)  # a leave of a year; what is later is a date of something else
_MOST: Final = 3
_WORDS: Final = 400


def keep_notice(message: Message, found: Finding) -> None:
    """Keep until when somebody is away, and what their reply proposes for the lists."""
    sent, notice, report = found.sent, message.report.notice, message.report
    if sent is None:
        return
    if notice is not None and is_believed(message.office, found):
        _keep_absence(message, sent, notice)
    if not sent.address:
        return  # forgotten: what is proposed of them would say again who they are
    for kind, new in _proposals(sent, report.kind, notice or Notice()):
        proposal = NewProposal(
            kind,
            sent.address_digest,
            sent.address,
            new,
            printable(report.words or report.subject, _WORDS),
            sent.delivery_id,
            message.inbound_id,
        )
        fresh = add_proposal(message.connection, proposal, stamp=message.office.stamp())
        if fresh and message.told.is_first(kind, sent.address, new):
            message.told.proposed.append((sent.address, new))


def _keep_absence(message: Message, sent: Sent, notice: Notice) -> None:
    now, sent_at, told = message.office.clock(), message.report.sent_at, message.told
    said_at = sent_at if sent_at is not None and sent_at <= now else now
    if notice.back_on is None or notice.has_left:
        return
    until = datetime.combine(notice.back_on, time(), UTC)
    if not said_at < until <= said_at + _LONGEST:
        return
    fresh = add_absence(message.connection, sent, message.inbound_id, said_at=said_at, until=until)
    if fresh and told.is_first(sent.address, until):
        told.away.append((sent.address, f"{until:%Y-%m-%d}"))


def _proposals(sent: Sent, kind: Kind, notice: Notice) -> Iterator[tuple[str, str]]:
    """Yield kind and new address of what a notice proposes; somebody who stands in for two weeks is no change."""
    if notice.new_address and (new := _other(notice.new_address, sent.address)):
        yield MOVED, str(new)
        return
    if not notice.has_left and kind is not Kind.MOVED:
        return
    others = [new for text in notice.stand_ins[:_MOST] if (new := _other(text, sent.address))]
    for new in others:
        yield STAND_IN, str(new)
    if not others:
        yield LEFT, ""


def _other(text: str, own: str) -> Address | None:
    """Return an address that is written in a letter; None where it is none, or the person's own."""
    try:
        found = parse_address(text)
        return None if found.key == parse_address(own).key else found
    except InputProblem:
        return None
