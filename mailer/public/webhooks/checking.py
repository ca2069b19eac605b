"""Checking: what to enter at each relay so that it tells what becomes of the mail, and what is missing here.

Owns which relays are likely meant where mailer.toml names none; what to do at each is data (`words/webhooks.toml`).
Asks no relay and changes nothing.
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

_SHORT: Final = 16  # characters of a password that a machine shows, and no person types


@dataclass(frozen=True, slots=True)
class Guide:
    """What to do at one relay: its name, the steps ({url} and {user} are filled in), events to choose, and to leave."""

    name: str
    steps: Sequence[str]
    choose: Sequence[str]
    leave: Sequence[str]
    table: str


GUIDES: Final[Mapping[str, Guide]] = {
    relay: Guide(**guide) for relay, guide in read_section("webhooks", "guides").items()
}
# Part of a relay's host, or its preset, by which its webhooks are likely meant.
_HOSTS: Final[Mapping[str, str]] = {
    "amazonaws.com": "ses",
    "amazon-ses": "ses",
    "sendgrid": "sendgrid",
    "mailgun": "mailgun",
    "postmark": "postmark",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One relay: the address to enter there (empty where none is known), the guide, and what is wrong here."""

    relay: str
    url: str
    steps: tuple[str, ...]
    found: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    @property
    def guide(self) -> Guide:
        """Return what is the same for everybody."""
        return GUIDES[self.relay]


def hook_url(base_url: str, relay: str) -> str:
    """Return the address at which a relay posts, beside the opt-out page at `[optout] base_url`; empty without one."""
    base = base_url.rstrip("/").removesuffix("/o")
    return f"{base}/hooks/{relay}" if base else ""


def check_webhooks(settings: Settings, root: Path, environ: Mapping[str, str]) -> tuple[Check, ...]:
    """Check each relay that mailer.toml listens to; `root` is the workspace's folder. Reads the secrets, keeps none."""
    base_url = settings.optout.base_url
    checks: list[Check] = []
    for relay, hook in settings.webhooks:
        if not hook.is_on:
            continue
        alone = Webhooks(**{relay: hook})  # what is wrong with one hides no other
        url = hook_url(base_url, relay)
        shown = {"url": url or "https://YOUR-HOST/hooks/" + relay, "user": alone.postmark.username}
        steps = tuple(step.format(**shown) for step in GUIDES[relay].steps)
        wrong = [] if url else ['no public address is known: [optout] base_url = "https://YOUR-HOST/o"']
        found: tuple[str, ...] = ()
        try:
            secrets = read_hook_secrets(alone, root=root, environ=environ)
            make_gates(alone, secrets, get)  # which is asked for nothing before a request comes
        except ConfigProblem as problem:
            wrong.append(f"{problem.message}. {problem.hint}" if problem.hint else problem.message)
        else:
            found = {  # without showing anything of it
                "ses": tuple(f"topic {topic}" for topic in alone.ses.topics),
                "sendgrid": ("public_key is a key as SendGrid makes them",),
                "mailgun": ("the signing key is there",),
                "postmark": (f"username {alone.postmark.username}, and the password is there",),
            }[relay]
            if secrets.postmark is not None and len(secrets.postmark.reveal()) < _SHORT:
                wrong.append(f"the password has fewer than {_SHORT} characters: strangers can try as many as they like")
        checks.append(Check(relay, url, steps, found, tuple(wrong)))
    return tuple(checks)


def likely_relays(settings: Settings) -> tuple[str, ...]:
    """Name the relays of mailer.toml that could tell what becomes of the mail, and are not listened to."""
    names = [f"{relay.host} {relay.preset}".lower() for relay in settings.relays.values()]
    likely = (relay for part, relay in _HOSTS.items() if any(part in name for name in names))
    return tuple(dict.fromkeys(relay for relay in likely if relay not in settings.webhooks.names))
