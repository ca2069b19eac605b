"""Webhooks: the secrets by which relays prove that it is they who tell something, read when the server starts.

Never keeps one beyond the value that it gives. Raises `ConfigProblem`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mailer.config.passwords import Owner, read_secret
from mailer.settings import Secret, Webhooks


@dataclass(frozen=True, slots=True)
class HookSecrets:
    """Mailgun's signing key and the password that Postmark shows; None where that relay is not listened to."""

    mailgun: Secret | None = None
    postmark: Secret | None = None


def read_hook_secrets(webhooks: Webhooks, root: Path, environ: Mapping[str, str]) -> HookSecrets:
    """Fetch the secrets from where mailer.toml says they are; `root` is the workspace's folder.

    Raises:
        ConfigProblem: one is not there, a file can be read by others, or a command failed.
    """
    return HookSecrets(
        mailgun=read_secret(webhooks.mailgun.signing_key, Owner("[webhooks.mailgun]", "signing key"), root, environ),
        postmark=read_secret(webhooks.postmark.password, Owner("[webhooks.postmark]", "password"), root, environ),
    )
