"""Reading: a mail that arrived, and whose domains are its sender's.

Asks the DNS alone, and only where it may.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailer.lookup import Resolver
from mailer.message.received.fields import Copy
from mailer.message.records.dmarc import aligned
from mailer.message.records.organisation import guess_organisation, organisation_of
from mailer.runs.doctor.values import ask_with
from mailer.settings import Settings


@dataclass(frozen=True, slots=True)
class Reading:
    """A mail that arrived, with what is needed to judge it; without a resolver nobody is asked."""

    copy: Copy
    settings: Settings
    resolver: Resolver | None
    now: datetime

    @property
    def is_from_us(self) -> bool:
        """Return whether a sender of mailer.toml wrote it; where there is none, whoever asks knows."""
        senders = [sender.domain for sender in self.settings.senders.values()]
        return not senders or self.copy.from_domain in senders

    def is_ours(self, domain: str) -> bool:
        """Return whether a domain belongs to the one in From (relaxed alignment)."""
        ours = self.copy.from_domain
        if not domain or not ours:
            return False
        listed = aligned(
            domain, ours, strict=False, organisations=(guess_organisation(domain), guess_organisation(ours))
        )
        if listed or self.resolver is None:
            return listed
        ask = ask_with(self.resolver)
        return organisation_of(domain, ask) == organisation_of(ours, ask)
