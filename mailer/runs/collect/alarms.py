"""Alarms: what is wrong with a mailing as a whole, judging by its bounces.

An alarm is raised if the share of a mailing, or of one domain in it, that bounced through our own fault is above the
limit in mailer.toml, or if the share of dead addresses is. Nobody is suppressed for it; a mailing that is being sent is
paused with the reason, so that staff can remove the cause. Once they resume it, the same alarm does not pause it again.
Reports that can be forged do not count, or a stranger could stop a mailing.
"""

from __future__ import annotations

import hashlib
from typing import Final

from mailer.frozen import dataclass
from mailer.ledger import Connection
from mailer.ledger.history import DEAD, OURS, Share, read_shares
from mailer.runs.office import Office

_SHOWN: Final = 2


@dataclass(frozen=True, slots=True)
class Alarm(Share):
    """Too many bounces of a mailing or of a domain in it, through our own fault or (`is_dead`) from dead addresses."""

    is_dead: bool = False

    @property
    def cause(self) -> str:
        """Return a word that identifies the cause in the ledger, without the name of the domain."""
        kind = "dead" if self.is_dead else "bounces"
        where = hashlib.sha256(self.domain.encode()).hexdigest()[:12] if self.domain else "mailing"
        return f"{kind}:{where}"

    def __str__(self) -> str:
        """Return the alarm as a clause."""
        who = f"{self.people} of {self.sent} people{f' at {self.domain}' if self.domain else ''}"
        if self.is_dead:
            return f"{who} have dead addresses, according to bounces: is this an old list?"
        why = ", ".join(f"{count} {reason}" for reason, count in self.reasons[:_SHOWN])
        return f"{who} bounced for a reason that is about us, not about them ({why})"


def read_alarms(office: Office, connection: Connection, mailing_id: int) -> list[Alarm]:
    """Return the alarms of a mailing, domains first; the alarm of the whole mailing ignores the bounces in these."""
    bounces, by_recipient = office.settings.bounces, not asks_for_tokens(office)

    def is_too_much(people: int, sent: int) -> bool:
        return people >= bounces.alarm_people and people > bounces.alarm_share * sent

    ours = read_shares(connection, mailing_id, OURS, at_least=bounces.alarm_people, with_recipients=by_recipient)
    loud = [each for each in ours if each.domain and is_too_much(each.people, each.sent)]
    explained = sum(each.people for each in loud)
    loud += [each for each in ours if not each.domain and is_too_much(each.people - explained, each.sent)]
    found = [Alarm(each.domain, each.people, each.sent, each.reasons) for each in loud]
    dead = read_shares(connection, mailing_id, DEAD, at_least=bounces.alarm_people, with_recipients=by_recipient)
    whole = next((each for each in dead if not each.domain and each.sent >= bounces.alarm_sent), None)
    if whole is not None and is_too_much(whole.people, whole.sent):
        found.append(Alarm("", whole.people, whole.sent, whole.reasons, is_dead=True))
    return found


def asks_for_tokens(office: Office) -> bool:
    """Return whether our mails carry a token in their return address."""
    bounces = office.settings.bounces
    return bool(bounces.address) and bounces.verp == "on"
