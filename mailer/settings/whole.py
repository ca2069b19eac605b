"""Whole: all of `mailer.toml` as one value.

Raises `ValueError` with a sentence for people, which `config` gathers with the key that it belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import available_timezones

from mailer.errors import did_you_mean
from mailer.settings.audience import AudienceRules
from mailer.settings.checks import Checks
from mailer.settings.dkim import Dkim
from mailer.settings.dns import Dns
from mailer.settings.inbox import Inbox
from mailer.settings.pacing import Pacing
from mailer.settings.privacy import Privacy, Retention
from mailer.settings.relay import Relay, Security
from mailer.settings.retry import Retry
from mailer.settings.returns import Bounces, OptOut
from mailer.settings.sender import Sender
from mailer.settings.serve import Serve
from mailer.settings.webhooks import Webhooks

PREVIEW = "preview"  # the name under which commands know the preview inbox


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """Where the HMAC keys are kept, relative to the workspace."""

    file: str = ".mailer/keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLocation:
    """Where the ledger is: sqlite:/// and a path relative to the workspace, or postgresql://, maybe with a password."""

    url: str = field(default="sqlite:///.mailer/ledger.db", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PressOffice:
    """Where the office is: `time_zone` stands in for a zone that somebody leaves out of `--at` and `--expires`."""

    time_zone: str = ""

    def __post_init__(self) -> None:
        """Check that there is such a zone."""
        if self.time_zone and self.time_zone not in available_timezones():
            near = did_you_mean(self.time_zone, available_timezones())
            raise ValueError(f'time_zone: there is no time zone "{self.time_zone}"{near}; write a place: Europe/Berlin')


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All of `mailer.toml`. The first sender and the first relay are the defaults."""

    senders: Mapping[str, Sender] = field(default_factory=dict)
    relays: Mapping[str, Relay] = field(default_factory=dict)
    optout: OptOut = field(default_factory=OptOut)
    bounces: Bounces = field(default_factory=Bounces)
    inbox: Mapping[str, Inbox] = field(default_factory=dict)
    webhooks: Webhooks = field(default_factory=Webhooks)
    pacing: Pacing = field(default_factory=Pacing)
    retry: Retry = field(default_factory=Retry)
    dkim: Dkim = field(default_factory=Dkim)
    checks: Checks = field(default_factory=Checks)
    dns: Dns = field(default_factory=Dns)
    audience: AudienceRules = field(default_factory=AudienceRules)
    privacy: Privacy = field(default_factory=Privacy)
    retention: Retention = field(default_factory=Retention)
    serve: Serve = field(default_factory=Serve)
    office: PressOffice = field(default_factory=PressOffice)
    keys: KeyFile = field(default_factory=KeyFile)
    ledger: LedgerLocation = field(default_factory=LedgerLocation)

    def __post_init__(self) -> None:
        """Keep the preview inbox's name free: a real mailing to it would count as sent, and reach nobody."""
        if PREVIEW in self.relays:
            raise ValueError(f'relays: "{PREVIEW}" is the name of the preview inbox; call this relay something else')

    def relays_for(self, sender_domain: str) -> tuple[Relay, ...]:
        """Return the relays for a sender's domain, the first to be used and the others to stand in while it is down.

        Those that name the domain come first, then those that name none, each in their order in mailer.toml. A relay
        that names other domains is for others. Where the first is secured, none in clear text stands in (standards S1).
        """
        named = [relay for relay in self.relays.values() if relay.is_for(sender_domain)]
        chosen = [*named, *(relay for relay in self.relays.values() if not relay.from_domains)]
        secured = bool(chosen) and chosen[0].security is not Security.PLAIN
        return tuple(relay for relay in chosen if not secured or relay.security is not Security.PLAIN)
