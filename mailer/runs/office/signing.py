"""Signing: the workspace's DKIM keys, and when they sign.

Owns when mail is signed: at delivery through a real relay, after its content has been compared with what was approved,
so that Date and signature have the time of sending. `preview` and the preview inbox stay unsigned: a preview needs no
private key, and no signed mail that was never sent is left in files. `test --inbox` is signed like the real one. The
keys are read for each run and never stored. Raises `ConfigProblem` if a key is missing, can be read by others or cannot
be used, or if `cryptography` is not installed.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from mailer.config.secrets import read_dkim_keys, read_private, write_dkim_key
from mailer.errors import ConfigProblem, InputProblem
from mailer.frozen import dataclass, field, replace
from mailer.message import sign
from mailer.runs.office import Office
from mailer.settings import PREVIEW, Dkim, Relay, Sender, Settings, is_selector
from mailer.tokens import Envelope
from mailer.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Signing:
    """Signs the mail of one run."""

    dkim: Dkim
    signer: sign.Signer = field(repr=False)

    def check_sender(self, sender: Sender) -> None:
        """Raise ConfigProblem for a sender whose domain is not the signature's: it would not count (DMARC)."""
        if not self.dkim.covers(sender.domain):
            raise ConfigProblem(
                f"sender {sender.key} writes from {sender.domain}, and [dkim] signs for {self.dkim.domain}: receivers "
                "count only a signature of the sender's own domain (DMARC)",
                hint=f'[dkim] domain = "{sender.domain}" with a key of that domain, or another sender',
            )

    def sign(self, envelope: Envelope, *, now: datetime) -> Envelope:
        """Return the envelope with its message signed."""
        return replace(envelope, data=sign.sign_message(envelope.data, self.signer, now=now))


def read_signing(office: Office, relay: Relay) -> Signing | None:
    """Read the keys; None if mailer.toml has no [dkim], or the mail only goes to the preview inbox."""
    dkim = office.settings.dkim
    if not dkim.is_on or relay.key == PREVIEW:
        return None
    rsa, ed25519 = read_dkim_keys(dkim, office.workspace.root)
    second = sign.SigningKey(dkim.ed25519_selector, ed25519) if ed25519 is not None else None
    return Signing(dkim, sign.make_signer(dkim.ascii_domain, sign.SigningKey(dkim.selector, rsa), second))


def check_signing(office: Office, relay: Relay, sender: Sender | None = None) -> None:
    """Raise what would prevent signing mail from this sender over this relay, before anything is done."""
    signing = read_signing(office, relay)
    if signing is not None and sender is not None:
        signing.check_sender(sender)


# A new key.


@dataclass(frozen=True, slots=True)
class KeyMade:
    """A new key: its file, the DNS record to publish (whole, and in strings of a zone file), lines for mailer.toml."""

    domain: str
    selector: str
    algorithm: str
    key_file: Path
    name: str
    value: str
    strings: tuple[str, ...]
    lines: tuple[str, ...]


def make_key(workspace: Workspace, settings: Settings, selector: str, domain: str, *, ed25519: bool) -> KeyMade:
    """Create a key in a file of the workspace; without a `domain` it is that of [dkim], else of the first sender.

    Raises ConfigProblem if mailer.toml names no sender, or `cryptography` is not installed; InputProblem where the
    selector or the domain cannot be one, or there is such a file already.
    """
    if not is_selector(selector):
        raise InputProblem(f'--selector: "{selector}" is not valid; use letters, digits and hyphens: press2026')
    if domain:
        try:
            at = Dkim(domain=domain, selector="a", key_file="a").ascii_domain
        except ValueError:
            raise InputProblem(f'--domain: "{domain}" is not a domain such as example.org') from None
    elif settings.dkim.is_on:
        at = settings.dkim.ascii_domain
    elif settings.senders:
        at = next(iter(settings.senders.values())).domain
    else:
        raise ConfigProblem("mailer.toml names no sender, so the domain is not known", hint="--domain example.org")
    pem = sign.make_dkim_key(ed25519=ed25519)
    path = workspace.root / f"dkim-{selector}.pem"
    write_dkim_key(path, pem)
    return _made(path, pem, selector, at)


def _made(path: Path, pem: bytes, selector: str, domain: str) -> KeyMade:
    value = sign.dns_value(pem)
    lines: tuple[str, ...] = ("[dkim]", f'domain = "{domain}"', f'selector = "{selector}"', f'key_file = "{path.name}"')
    algorithm = "rsa-sha256"
    if "k=ed25519" in value:  # no [dkim] above them: a second table of that name would be an error
        algorithm = "ed25519-sha256"
        lines = (f'ed25519_selector = "{selector}"', f'ed25519_key_file = "{path.name}"')
    return KeyMade(
        domain, selector, algorithm, path, sign.dns_name(selector, domain), value, sign.dns_strings(value), lines
    )


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that the workspace has: whether mail is signed with it, and its record, or why it cannot be used."""

    selector: str
    path: Path
    is_used: bool
    made: KeyMade | None
    problem: str = ""


def known_keys(workspace: Workspace, settings: Settings) -> tuple[KnownKey, ...]:
    """Return the keys of [dkim], and those that `make_key` wrote and that are not used yet, or no longer."""
    dkim, root = settings.dkim, workspace.root
    used = [(dkim.selector, dkim.key_file), (dkim.ed25519_selector, dkim.ed25519_key_file)]
    files = {(root / Path(name).expanduser()).resolve(): selector for selector, name in used if name}
    others = {each.resolve(): each.stem.removeprefix("dkim-") for each in sorted(root.glob("dkim-*.pem"))}
    sender = next(iter(settings.senders.values()), None)
    domain = dkim.ascii_domain if dkim.is_on else sender.domain if sender else ""
    found = []
    for path, selector in (files | {path: each for path, each in others.items() if path not in files}).items():
        try:
            made, problem = _made(path, read_private(path), selector, domain), ""
        except (ConfigProblem, OSError) as error:
            made, problem = None, error.strerror or str(error) if isinstance(error, OSError) else str(error)
        found.append(KnownKey(selector, path, path in files, made, problem))
    return tuple(found)
