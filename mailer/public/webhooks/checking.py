"""Checking: what to enter at each relay so that it tells what becomes of the mail, and what is missing here.

Owns the names of the pages, buttons and events at each relay, as they stood when this was written, and which relays are
likely meant where mailer.toml names none. Asks no relay and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from mailer.config import HookSecrets, read_hook_secrets
from mailer.errors import ConfigProblem
from mailer.fetch import Answer
from mailer.public.webhooks.routes import make_gates
from mailer.settings import SendGridHook, SesHook, Settings, Webhooks

_SHORT: Final = 16  # characters of a password that a machine shows, and no person types


@dataclass(frozen=True, slots=True)
class Guide:
    """What to do at one relay: its name, the steps ({url} and {user} are filled in), events to choose, and to leave."""

    name: str
    steps: tuple[str, ...]
    choose: tuple[str, ...]
    leave: tuple[str, ...]
    table: str


GUIDES: Final[Mapping[str, Guide]] = {
    "ses": Guide(
        "Amazon SES",
        (
            "SNS → Topics → the topic → Create subscription: protocol HTTPS, endpoint {url}, raw message delivery off",
            "It is confirmed by itself while mailer serve runs",
            "SES → Configuration sets → yours → Event destinations → Add: Amazon SNS, that topic, the events below",
            "SES → Identities → your domain → Configuration set: make it the default, as mail over SMTP names none",
        ),
        ("Hard bounces", "Complaints", "Delivery delays", "Rejects", "Subscriptions", "Rendering failures"),
        ("Sends", "Opens", "Clicks"),
        '[webhooks.ses]\ntopics = ["arn:aws:sns:REGION:ACCOUNT:NAME"]',
    ),
    "sendgrid": Guide(
        "SendGrid",
        (
            "Settings → Mail Settings → Event Webhooks → Create new webhook: Post URL {url}",
            "Security features: enable Signed Event Webhook, save, and copy the Verification Key into public_key",
            "Settings → Tracking: open, click and subscription tracking off",
        ),
        ("Bounced", "Dropped", "Deferred", "Spam Reports", "Unsubscribes", "Group Unsubscribes"),
        ("Processed", "Opened", "Clicked"),
        '[webhooks.sendgrid]\npublic_key = "…"   # the Verification Key',
    ),
    "mailgun": Guide(
        "Mailgun",
        (
            "Send → Sending → Webhooks → your domain → Add webhook, once for each event below: URL {url}",
            "The HTTP webhook signing key (not an API key) stands on the same page",
            "Domain settings: open, click and unsubscribe tracking off",
        ),
        ("Permanent Failure", "Temporary Failure", "Spam Complaints", "Unsubscribes"),
        ("Accepted", "Opened", "Clicked"),
        '[webhooks.mailgun]\nsigning_key_env = "MAILER_MAILGUN_KEY"',
    ),
    "postmark": Guide(
        "Postmark",
        (
            "Servers → yours → the message stream → Webhooks → Add webhook: Webhook URL {url}",
            "Basic auth credentials: username {user}, and the password that mailer.toml leads to",
            "Tick «Include bounce content» too: our token stands there",
            "Settings of the stream: open and click tracking off",
        ),
        ("Bounce", "Spam Complaint", "Subscription Change"),
        ("Open", "Link Click"),
        '[webhooks.postmark]\nusername = "postmark"\npassword_env = "MAILER_POSTMARK_PASSWORD"',
    ),
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
    wrong: tuple[str, ...] = field(default=())

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
    read = partial(read_hook_secrets, root=root, environ=environ)
    return tuple(_check(settings.optout.base_url, relay, alone, read) for relay, alone in _each(settings.webhooks))


def likely_relays(settings: Settings) -> tuple[str, ...]:
    """Name the relays of mailer.toml that could tell what becomes of the mail, and are not listened to."""
    names = [f"{relay.host} {relay.preset}".lower() for relay in settings.relays.values()]
    likely = (relay for part, relay in _HOSTS.items() if any(part in name for name in names))
    return tuple(dict.fromkeys(relay for relay in likely if relay not in settings.webhooks.names))


def _each(webhooks: Webhooks) -> Iterator[tuple[str, Webhooks]]:
    """Yield each relay that is on, with settings that hold it alone: what is wrong with one hides no other."""
    if webhooks.ses.is_on:
        yield "ses", Webhooks(ses=SesHook(topics=webhooks.ses.topics))
    if webhooks.sendgrid.is_on:
        yield "sendgrid", Webhooks(sendgrid=SendGridHook(public_key=webhooks.sendgrid.public_key))
    if webhooks.mailgun.is_on:
        yield "mailgun", Webhooks(mailgun=webhooks.mailgun)
    if webhooks.postmark.is_on:
        yield "postmark", Webhooks(postmark=webhooks.postmark)


def _check(base_url: str, relay: str, alone: Webhooks, read: Callable[[Webhooks], HookSecrets]) -> Check:
    url = hook_url(base_url, relay)
    shown = {"url": url or "https://YOUR-HOST/hooks/" + relay, "user": alone.postmark.username}
    steps = tuple(step.format(**shown) for step in GUIDES[relay].steps)
    wrong = () if url else ('no public address is known: [optout] base_url = "https://YOUR-HOST/o"',)
    try:
        secrets = read(alone)
        make_gates(alone, secrets, _nobody)
    except ConfigProblem as problem:
        said = f"{problem.message}. {problem.hint}" if problem.hint else problem.message
        return Check(relay, url, steps, wrong=(*wrong, said))
    if _is_weak(secrets):
        wrong = (*wrong, f"the password has fewer than {_SHORT} characters: strangers can try as many as they like")
    return Check(relay, url, steps, tuple(_found(alone)), wrong)


def _is_weak(secrets: HookSecrets) -> bool:
    return secrets.postmark is not None and len(secrets.postmark.reveal()) < _SHORT


def _found(alone: Webhooks) -> Iterator[str]:
    """Yield what was found, without showing anything of it."""
    yield from (f"topic {topic}" for topic in alone.ses.topics)
    if alone.sendgrid.is_on:
        yield "public_key is a key as SendGrid makes them"
    if alone.mailgun.is_on:
        yield "the signing key is there"
    if alone.postmark.is_on:
        yield f"username {alone.postmark.username}, and the password is there"


async def _nobody(url: str) -> Answer:
    raise ConfigProblem(f"nothing is fetched in a check, and not {url}")
