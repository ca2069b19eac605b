"""Checking: what to enter at each relay so that it posts events, and what is missing here.

Owns the guess at relays that mailer.toml does not name; the steps at each are data (`words/webhooks.toml`).
Contacts no relay and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from mailer.config.secrets import read_hook_secrets
from mailer.errors import ConfigProblem
from mailer.fetch import get
from mailer.frozen import dataclass
from mailer.public.webhooks.routes import make_gates
from mailer.settings import Settings, Webhooks
from mailer.words import read_section

_SHORT: Final = 16  # characters of a password that only a machine sends


@dataclass(frozen=True, slots=True)
class Guide:
    """The guide for a relay: its name, the steps ({url} and {user} are filled in), events to choose or leave out."""

    name: str
    steps: Sequence[str]
    choose: Sequence[str]
    leave: Sequence[str]
    table: str


GUIDES: Final[Mapping[str, Guide]] = {
    relay: Guide(**guide) for relay, guide in read_section("webhooks", "guides").items()
}
# Relays by a part of their host, or by their preset.
_HOSTS: Final[Mapping[str, str]] = {
    "amazonaws.com": "ses",
    "amazon-ses": "ses",
    "sendgrid": "sendgrid",
    "mailgun": "mailgun",
    "postmark": "postmark",
}


@dataclass(frozen=True, slots=True)
class Check:
    """A relay: the address to enter there (empty if unknown), its steps, what was found, and what is wrong here."""

    relay: str
    url: str
    steps: tuple[str, ...]
    found: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    @property
    def guide(self) -> Guide:
        """Return the guide for this relay."""
        return GUIDES[self.relay]


def hook_url(base_url: str, relay: str) -> str:
    """Return the address that a relay posts to, beside the opt-out page at `[optout] base_url`; empty without one."""
    base = base_url.rstrip("/").removesuffix("/o")
    return f"{base}/hooks/{relay}" if base else ""


def check_webhooks(settings: Settings, root: Path, environ: Mapping[str, str]) -> tuple[Check, ...]:
    """Check each relay with webhooks in mailer.toml; `root` is the workspace's folder. Reads secrets, keeps none."""
    base_url = settings.optout.base_url
    checks: list[Check] = []
    for relay, hook in settings.webhooks:
        if not hook.is_on:
            continue
        alone = Webhooks(**{relay: hook})  # so that a problem of one hides no other
        url = hook_url(base_url, relay)
        shown = {"url": url or "https://YOUR-HOST/hooks/" + relay, "user": alone.postmark.username}
        steps = tuple(step.format(**shown) for step in GUIDES[relay].steps)
        wrong = [] if url else ['no public address is known: [optout] base_url = "https://YOUR-HOST/o"']
        found: tuple[str, ...] = ()
        try:
            secrets = read_hook_secrets(alone, root=root, environ=environ)
            make_gates(alone, secrets, get)  # fetches nothing before a request comes
        except ConfigProblem as problem:
            wrong.append(f"{problem.message}. {problem.hint}" if problem.hint else problem.message)
        else:
            found = {  # without showing any secret
                "ses": tuple(f"topic {topic}" for topic in alone.ses.topics),
                "sendgrid": ("public_key is a valid SendGrid key",),
                "mailgun": ("the signing key is there",),
                "postmark": (f"username {alone.postmark.username}, and the password is there",),
            }[relay]
            if secrets.postmark is not None and len(secrets.postmark.reveal()) < _SHORT:
                wrong.append(f"the password has fewer than {_SHORT} characters: it could be guessed")
        checks.append(Check(relay, url, steps, found, tuple(wrong)))
    return tuple(checks)


def likely_relays(settings: Settings) -> tuple[str, ...]:
    """Return the relays of mailer.toml that could post events but have no webhooks set up."""
    names = [f"{relay.host} {relay.preset}".lower() for relay in settings.relays.values()]
    likely = (relay for part, relay in _HOSTS.items() if any(part in name for name in names))
    return tuple(dict.fromkeys(relay for relay in likely if relay not in settings.webhooks.names))
