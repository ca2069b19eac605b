"""Alarms: when bounces are about us, or about the whole list, and no longer about single people.

Owns the two signs (standards B6, S9): more of a mailing, or of one domain in it, than a share of mailer.toml bounced
for a fault of ours; or more of it than that are dead. Nobody is suppressed for it; a mailing that is being sent pauses
and says why, so that staff can mend the cause. Resumed by them, it is not paused for the same again: they have seen it.
A report that anybody could have written is not counted, or a stranger could stop a mailing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from mailer.events import MailingState
from mailer.ledger import Connection
from mailer.ledger.mailings import HALTED_AS_DEAD, HALTED_AS_OLD, pause_for, read_paused_for, state_of, was_halted
from mailer.ledger.returned import DEAD, OURS, Share, read_bounced, read_shares
from mailer.ledger.returns import Finding, Sent
from mailer.runs.collect.matching import asks_for_tokens
from mailer.runs.collect.told import Collected
from mailer.runs.office import Office
from mailer.settings.returns import Bounces

_EACH_UP_TO = 50
_SHOWN = 2


@dataclass(frozen=True, slots=True)
class Alarm:
    """Too many of a mailing, or of one domain in it, bounced: for faults of ours, or (`is_dead`) because they are dead.

    `reasons` counts people by reason, the most frequent first.
    """

    domain: str
    people: int
    sent: int
    reasons: tuple[tuple[str, int], ...]
    is_dead: bool = False

    @property
    def cause(self) -> str:
        """Return a word by which the ledger knows the cause again; it has no name in it."""
        kind = "dead" if self.is_dead else "bounces"
        where = hashlib.sha256(self.domain.encode()).hexdigest()[:12] if self.domain else "mailing"
        return f"{kind}:{where}"

    def __str__(self) -> str:
        """Return it as a sentence."""
        who = f"{self.people} of {self.sent} people{f' at {self.domain}' if self.domain else ''}"
        if self.is_dead:
            return f"{who} have dead addresses, as bounces say: is this an old list?"
        why = ", ".join(f"{count} {reason}" for reason, count in self.reasons[:_SHOWN])
        return f"{who} bounced for a reason that is about us, not about them ({why})"


def find_alarms(connection: Connection, mailing_id: int, bounces: Bounces, *, with_recipients: bool) -> list[Alarm]:
    """Find what is wrong with a mailing, domains first; the mailing as a whole is told without what they explain."""
    found = list(_ours(connection, mailing_id, bounces, with_recipients=with_recipients))
    shares = read_shares(connection, mailing_id, DEAD, at_least=bounces.alarm_people, with_recipients=with_recipients)
    whole = next((share for share in shares if not share.domain and share.sent >= bounces.alarm_sent), None)
    if whole is not None and _is_too_much(whole.people, whole.sent, bounces):
        found.append(Alarm("", whole.people, whole.sent, whole.reasons, is_dead=True))
    return found


def read_alarms(office: Office, connection: Connection, mailing_id: int) -> list[Alarm]:
    """Find what is wrong with a mailing, by the settings of mailer.toml."""
    return find_alarms(connection, mailing_id, office.settings.bounces, with_recipients=not asks_for_tokens(office))


def _is_looked_at(people: int) -> bool:
    """Return whether a mailing is looked at for this many who bounced: each of the first, then each tenth part more.

    To count a mailing to a million for each of thousands of bounces would take longer than to read them.
    """
    return people <= _EACH_UP_TO or people % (people // 10) == 0


def _ours(connection: Connection, mailing_id: int, bounces: Bounces, *, with_recipients: bool) -> Iterator[Alarm]:
    shares = read_shares(connection, mailing_id, OURS, at_least=bounces.alarm_people, with_recipients=with_recipients)
    explained = 0
    for share in shares:
        if share.domain and _is_too_much(share.people, share.sent, bounces):
            explained += share.people
            yield _alarm(share)
    for share in shares:
        rest = share.people - explained
        if not share.domain and rest >= bounces.alarm_people and _is_too_much(rest, share.sent, bounces):
            yield _alarm(share)


def _alarm(share: Share) -> Alarm:
    return Alarm(share.domain, share.people, share.sent, share.reasons)


def _is_too_much(people: int, sent: int, bounces: Bounces) -> bool:
    return people >= bounces.alarm_people and people > bounces.alarm_share * sent


def sound(connection: Connection, office: Office, found: Finding, sent: Sent, *, told: Collected) -> None:
    """Pause the mailing of a bounce that just came in, where it is the one too many and the cause is a new one."""
    bounces = office.settings.bounces
    if not bounces.pause or state_of(connection, sent.mailing_id) is not MailingState.SENDING:
        return
    alone = not asks_for_tokens(office)
    if not _is_looked_at(len(read_bounced(connection, sent.mailing_id, found.kind, with_recipients=alone))):
        return
    known = read_paused_for(connection, sent.mailing_id)
    alarms = [each for each in read_alarms(office, connection, sent.mailing_id) if each.cause not in known]
    if any(was_halted(connection, sent.mailing_id, cause) for cause in (HALTED_AS_DEAD, HALTED_AS_OLD)):
        alarms = [each for each in alarms if not each.is_dead]  # the breaker has shown them already
    if not alarms:
        return
    text = "; ".join(str(each) for each in alarms)
    causes = " ".join(each.cause for each in alarms)[:200]
    if pause_for(connection, sent.mailing_id, reason=causes, text=text, stamp=office.stamp()):
        told.paused.append((sent.mailing, text))
