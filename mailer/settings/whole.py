"""Whole: all of `mailer.toml` as one value.

Its fields are the names of the tables. Which relay a mailing goes over is decided here, as it follows from the tables
alone: the domains that relays name, and their order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from mailer.settings.dkim import Dkim
from mailer.settings.inbox import Inbox
from mailer.settings.office import (
    AudienceRules,
    Checks,
    Dns,
    KeyFile,
    LedgerLocation,
    PressOffice,
    Privacy,
    Retention,
)
from mailer.settings.pacing import Pacing, Retry
from mailer.settings.relay import Relay, Security
from mailer.settings.returns import Bounces, OptOut
from mailer.settings.sender import Sender
from mailer.settings.serve import Serve, Webhooks
from mailer.settings.table import Table, each_must

PREVIEW: Final = "preview"  # the name under which commands know the preview inbox


class Settings(Table):
    """All of `mailer.toml`. The first sender and the first relay are the defaults."""

    senders: Mapping[str, Sender] = Field(default_factory=dict)
    relays: Annotated[
        Mapping[str, Relay],  # a real mailing to the preview inbox would count as sent, and reach nobody
        each_must(lambda n: n != PREVIEW, '"{}" is the name of the preview inbox; call this relay something else'),
    ] = Field(default_factory=dict)
    optout: OptOut = OptOut()
    bounces: Bounces = Bounces()
    inbox: Mapping[str, Inbox] = Field(default_factory=dict)
    webhooks: Webhooks = Webhooks()
    pacing: Pacing = Pacing()
    retry: Retry = Retry()
    dkim: Dkim = Dkim()
    checks: Checks = Checks()
    dns: Dns = Dns()
    audience: AudienceRules = AudienceRules()
    privacy: Privacy = Privacy()
    retention: Retention = Retention()
    serve: Serve = Serve()
    office: PressOffice = PressOffice()
    keys: KeyFile = KeyFile()
    ledger: LedgerLocation = LedgerLocation()

    def relays_for(self, sender_domain: str) -> tuple[Relay, ...]:
        """Return the relays for a sender's domain, the first to be used and the others to stand in while it is down.

        Those that name the domain come first, then those that name none, each in their order in mailer.toml. A relay
        that names other domains is for others. Where the first is secured, none in clear text stands in (standards S1).
        """
        named = [relay for relay in self.relays.values() if relay.is_for(sender_domain)]
        chosen = [*named, *(relay for relay in self.relays.values() if not relay.from_domains)]
        secured = bool(chosen) and chosen[0].security is not Security.PLAIN
        return tuple(relay for relay in chosen if not secured or relay.security is not Security.PLAIN)
