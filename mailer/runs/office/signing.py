"""Signing: the workspace's DKIM keys, joined with the mail they sign.

Owns when mail is signed: at delivery, over a real relay, after its content was held against what was approved, so that
Date and signature are the moment's. `preview` and the preview inbox stay unsigned: whoever only looks needs no private
key, and no signed mail that nobody sent lies about in files. `test --inbox` is signed like the real one.
The keys are read for each run and never stored.
Raises `ConfigProblem`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from mailer.config import read_dkim_keys
from mailer.envelope import Envelope
from mailer.errors import ConfigProblem
from mailer.message import Signer, SigningKey, make_signer, sign_message
from mailer.runs.office import Office
from mailer.settings import PREVIEW, Dkim, Relay, Sender


@dataclass(frozen=True, slots=True)
class Signing:
    """Signs the mail of one run."""

    dkim: Dkim
    signer: Signer = field(repr=False)

    def check_sender(self, sender: Sender) -> None:
        """Refuse a sender for whom the signature would not count.

        Raises:
            ConfigProblem: the domain that signs and the one that mail is from do not belong together.
        """
        if not self.dkim.covers(sender.domain):
            raise ConfigProblem(
                f"sender {sender.key} writes from {sender.domain}, and [dkim] signs for {self.dkim.domain}: receivers "
                "count only a signature of the sender's own domain (DMARC)",
                hint=f'[dkim] domain = "{sender.domain}" with a key of that domain, or another sender',
            )

    def sign(self, envelope: Envelope, *, now: datetime) -> Envelope:
        """Return the envelope with its message signed."""
        return replace(envelope, data=sign_message(envelope.data, self.signer, now=now))


def read_signing(office: Office, relay: Relay) -> Signing | None:
    """Read the keys; None where mailer.toml has no [dkim], or the mail goes nowhere but into the preview inbox.

    Raises:
        ConfigProblem: a key is missing, can be read by others or cannot be used; `cryptography` is not installed.
    """
    dkim = office.settings.dkim
    if not dkim.is_on or relay.key == PREVIEW:
        return None
    rsa, ed25519 = read_dkim_keys(dkim, office.workspace.root)
    second = SigningKey(dkim.ed25519_selector, ed25519) if ed25519 is not None else None
    return Signing(dkim, make_signer(dkim.ascii_domain, SigningKey(dkim.selector, rsa), second))


def check_signing(office: Office, relay: Relay, sender: Sender | None = None) -> None:
    """Find what would keep mail over this relay, from this sender, from being signed, before anything is done.

    Raises:
        ConfigProblem: as `read_signing` and `Signing.check_sender`.
    """
    signing = read_signing(office, relay)
    if signing is not None and sender is not None:
        signing.check_sender(sender)
