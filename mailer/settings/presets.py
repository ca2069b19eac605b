"""Preset: what a provider allows, under its name.

Owns the figures that providers publish, each with its source and the day it was looked up. They fill what a relay in
mailer.toml leaves out; what stands there wins. Never a secret, never a user name but the one word that everybody has.
Raises `ValueError` with a sentence for people.

Providers change their figures, and count what people send by hand from the same account too: a `per_day` of one's own
below the preset's leaves room for that. What the server says while we send lowers the pace further.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mailer.errors import did_you_mean

# Looked up on 24 November 2026.
_PRESETS: Final[Mapping[str, Mapping[str, object]]] = {
    # support.google.com/a/answer/166852: messages in any 24 hours, of a personal account and of a Workspace user.
    "gmail": {"host": "smtp.gmail.com", "per_day": 500},
    "gmail-workspace": {"host": "smtp.gmail.com", "per_day": 2_000},
    # support.google.com/a/answer/2956491: a user's recipients in any 24 hours, then 550 5.4.5.
    "google-relay": {"host": "smtp-relay.gmail.com", "per_day": 10_000},
    # learn.microsoft.com/en-us/exchange/troubleshoot/send-emails/smtp-submission-improvements: 30 messages a minute,
    # 10,000 recipients a day, three connections at once (more get 432 4.3.2).
    "microsoft-365": {"host": "smtp.office365.com", "rate": "30/min", "per_day": 10_000, "connections": 3},
    # docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html: host, rate and quota are each account's own; 1 a
    # second and 200 in any 24 hours are what an account begins with (the sandbox).
    "amazon-ses": {"rate": "1/s", "per_day": 200},
    # docs.sendgrid.com/for-developers/sending-email/integrating-with-the-smtp-api: up to 5,000 messages a connection
    # and 10,000 connections; ten are more than one computer needs. Everybody's user name is the word apikey.
    "sendgrid": {
        "host": "smtp.sendgrid.net",
        "username": "apikey",
        "connections": 10,
        "messages_per_connection": 5_000,
    },
    # postmarkapp.com/support/article/1056: ten connections from one address, which Postmark asks for and does not
    # enforce; a release goes over the stream for broadcasts.
    "postmark": {"host": "smtp-broadcasts.postmarkapp.com", "connections": 10},
    # documentation.mailgun.com names no figures for SMTP: what its server says is the signal.
    "mailgun": {"host": "smtp.mailgun.org"},
}

PRESETS: Final = tuple(_PRESETS)


def preset_values(name: str) -> Mapping[str, object]:
    """Return the keys that a preset fills in a relay of mailer.toml.

    Raises:
        ValueError: there is no such preset.
    """
    if name not in _PRESETS:
        known = ", ".join(_PRESETS)
        raise ValueError(f'preset: there is no "{name}"{did_you_mean(name, _PRESETS)} (there are {known})')
    return _PRESETS[name]
