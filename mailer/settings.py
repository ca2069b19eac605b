"""Settings: what the workspace says about senders, relays and the way back, as frozen values.

Owns the shapes of `mailer.toml` and the rules inside one value (a plain relay is loopback, a sender is not noreply).
Never reads a file, the environment or a secret: `config` does, and hands these over. A password is named here
(where it is kept), never held.
Raises `ValueError` with a sentence for people, which `config` gathers with the key that it belongs to.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Literal

from mailer.address import MAX_LOCAL, parse_address
from mailer.errors import InputProblem
from mailer.tokens import TOKEN_LENGTH

CONFIG_NAME = "mailer.toml"
PREVIEW = "preview"  # the name under which commands know the preview inbox
_BASE64 = re.compile(r"[A-Za-z0-9+/]{4,}")


class Secret:
    """A password in memory: it shows itself only to who calls `reveal` (standards S3)."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Take the password."""
        self._value = value

    def reveal(self) -> str:
        """Give the password, at the one place that sends it."""
        return self._value

    def hide_in(self, text: str) -> str:
        """Give a text without the password, also where it stands in base64: some relays repeat what they were told."""
        for word in _BASE64.findall(text):
            with contextlib.suppress(binascii.Error):
                if self._value.encode() in base64.b64decode(word + "=" * (-len(word) % 4)):
                    text = text.replace(word, "***")
        return text.replace(self._value, "***")

    def __repr__(self) -> str:
        """Show stars."""
        return "Secret(***)"


class Security(StrEnum):
    """How a relay is secured: TLS from the first byte (465), STARTTLS (587), or nothing (loopback only)."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    PLAIN = "plain"


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine, without asking the DNS: a name could point anywhere tomorrow."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


_RATE = re.compile(r"(\d+)\s*/\s*(s|min|h|day)")
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "day": 86400.0}


def parse_rate(text: str) -> float:
    """Read `30/min` (or /s, /h, /day) into the seconds between two messages.

    Raises:
        ValueError: it has another form, or is nothing per anything.
    """
    found = _RATE.fullmatch(text.strip())
    if not found or not int(found[1]):
        raise ValueError(f'rate: "{text}" is not a rate; write "30/min" (or /s, /h, /day)')
    return _SECONDS[found[2]] / int(found[1])


def _checked_address(text: str, what: str) -> None:
    try:
        parse_address(text)
    except InputProblem as problem:
        raise ValueError(f"{what}: {problem.message}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who the mail is from: what a journalist sees, and what the law asks for (standards L1)."""

    key: str
    name: str
    address: str
    organisation: str
    postal_address: str
    reply_to: str = ""
    list_id: str = ""
    list_reason: str = ""

    def __post_init__(self) -> None:
        """Check the addresses; a sender that cannot be answered is refused (standards F20)."""
        for what, text in (("address", self.address), ("reply_to", self.reply_to or self.address)):
            _checked_address(text, what)
            if re.match(r"(?:no|do[-_.]?not)[-_.]?reply@", text, re.IGNORECASE):
                raise ValueError(f"{what}: journalists answer; {text} cannot be answered. Name a mailbox that is read")
        if not self.postal_address.strip():
            raise ValueError("postal_address: the law asks for one in every mail (CAN-SPAM, CASL)")

    @property
    def domain(self) -> str:
        """Give the domain that Message-IDs are made under."""
        return parse_address(self.address).ascii_domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds to wait for the relay, at least what RFC 5321 §4.5.3.2 asks for (standards S4)."""

    connect_s: float = 30.0
    command_s: float = 300.0
    data_s: float = 120.0
    block_s: float = 180.0
    body_s: float = 600.0

    def __post_init__(self) -> None:
        """Check that each is a time."""
        for what in ("connect_s", "command_s", "data_s", "body_s"):
            if not getattr(self, what) > 0:
                raise ValueError(f"{what}: a number of seconds above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """The server we submit to, and where its password is kept."""

    key: str
    host: str
    port: int = 0
    security: Security = Security.STARTTLS
    username: str = ""
    password_env: str = ""
    password_command: tuple[str, ...] = ()
    password_file: str = ""
    ca_file: str = ""
    ehlo_name: str = ""
    connections: int = 3
    messages_per_connection: int = 50
    pipelining: Literal["auto", "off"] = "auto"
    rate: str = ""
    timeouts: Timeouts = field(default_factory=Timeouts)

    def __post_init__(self) -> None:
        """Check what belongs together: no clear text beyond this machine, never a password over it (standards S1)."""
        self._check_names()
        if not 0 <= self.port <= 65535:
            raise ValueError("port: a number up to 65535")
        if self.connections < 1 or self.messages_per_connection < 1:
            raise ValueError("connections and messages_per_connection: at least 1")
        if self.rate:
            parse_rate(self.rate)
        self._check_security()
        self._check_login()

    def _check_names(self) -> None:
        if not self.host:
            raise ValueError("host: which server takes the mail?")
        for what, name in (("host", self.host), ("ehlo_name", self.ehlo_name)):
            if not re.fullmatch(r"[^\s\x00-\x20\x7f]*", name):
                raise ValueError(f"{what}: a name or an address, without blanks")

    def _check_login(self) -> None:
        if sum(map(bool, (self.password_env, self.password_command, self.password_file))) > 1:
            raise ValueError("give one of password_env, password_command and password_file")
        if self.username and not self.has_password:
            raise ValueError(
                "username: and where is the password? Give password_env, password_command or password_file"
            )
        if self.has_password and not self.username:
            raise ValueError("username: there is a password, and for whom?")

    def _check_security(self) -> None:
        if self.security is not Security.PLAIN:
            return
        if not is_loopback(self.host):
            raise ValueError('security: "plain" is for this machine alone (127.0.0.1, ::1, localhost); use "starttls"')
        if self.username or self.has_password:
            raise ValueError('security: a password is never sent in clear text; use "starttls" or "implicit"')

    @property
    def has_password(self) -> bool:
        """Say whether the relay names a place for a password."""
        return bool(self.password_env or self.password_command or self.password_file)

    @property
    def step_s(self) -> float:
        """Give the seconds between two messages that the rate asks for; 0 for as fast as the relay takes them."""
        return parse_rate(self.rate) if self.rate else 0.0

    @property
    def port_number(self) -> int:
        """Give the port: 465 or 587 where none is given (RFC 8314), 25 on loopback."""
        return self.port or {Security.IMPLICIT: 465, Security.STARTTLS: 587, Security.PLAIN: 25}[self.security]


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """Where an opt-out goes: an https address, a mailbox, or both (standards F16)."""

    base_url: str = ""
    mailto: str = ""
    token_in: Literal["address", "subject"] = "address"

    def __post_init__(self) -> None:
        """Check the forms; a token must fit behind the mailbox's name."""
        if self.base_url and not re.match(r"https://[^/\s]+", self.base_url):
            raise ValueError("base_url: an https:// address (RFC 8058 asks for it)")
        if self.mailto:
            _checked_address(self.mailto, "mailto")
            if self.token_in == "address":
                _check_room_for_token("mailto", self.mailto)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounces:
    """Where bounces go. `verp = "off"` is for relays that set MAIL FROM themselves (standards S15)."""

    address: str = ""
    verp: Literal["on", "off"] = "on"

    def __post_init__(self) -> None:
        """Check the address; a token must fit behind the mailbox's name."""
        if self.address:
            _checked_address(self.address, "address")
            if self.verp == "on":
                _check_room_for_token("address", self.address)


def _check_room_for_token(what: str, address: str) -> None:
    local = address.rpartition("@")[0]
    if len(local) + 1 + TOKEN_LENGTH > MAX_LOCAL:
        room = MAX_LOCAL - 1 - TOKEN_LENGTH
        raise ValueError(
            f"{what}: the part before the @ may have {room} characters, so that a token fits behind it "
            f"(RFC 5321 allows {MAX_LOCAL}); it has {len(local)}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """A mailbox that what comes back is read from: `maildir:PATH` or `mbox:PATH`, relative to the workspace."""

    key: str
    url: str

    def __post_init__(self) -> None:
        """Check the form."""
        if not re.match(r"(?:maildir|mbox):.+", self.url):
            raise ValueError("url: maildir:PATH or mbox:PATH")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """When a deferred delivery is tried again: seconds after each failure, the last one repeating (standards S8)."""

    delays_s: tuple[float, ...] = (60.0, 300.0, 900.0, 1800.0)
    stay_s: float = 600.0

    def __post_init__(self) -> None:
        """Check that there is a delay."""
        if not self.delays_s or min(self.delays_s) <= 0:
            raise ValueError("delays_s: at least one number of seconds above 0")

    def delay_s(self, attempts: int) -> float:
        """Give the wait after the given number of attempts (1 or more)."""
        return self.delays_s[min(attempts, len(self.delays_s)) - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dkim:
    """With what mail is signed: the domain that answers for it, and private keys in files relative to the workspace.

    Each selector names the DNS record in which the public half of its key stands (RFC 6376 §3.1).
    """

    domain: str = ""
    selector: str = ""
    key_file: str = ""
    ed25519_selector: str = ""
    ed25519_key_file: str = ""

    def __post_init__(self) -> None:
        """Check that all is there, or nothing, and that the names can stand in the DNS."""
        if any((self.domain, self.selector, self.key_file, self.ed25519_selector, self.ed25519_key_file)):
            for what in ("domain", "selector", "key_file"):
                if not getattr(self, what):
                    raise ValueError(f"{what}: is missing; `mailer dkim new-key` makes a key and says what stands here")
            _checked_address(f"dkim@{self.domain}", "domain")
        for what, text in (("selector", self.selector), ("ed25519_selector", self.ed25519_selector)):
            if text and not is_selector(text):
                raise ValueError(f"{what}: letters, digits and hyphens, such as press2026")
        if bool(self.ed25519_selector) != bool(self.ed25519_key_file):
            raise ValueError("ed25519_selector: it goes with ed25519_key_file; give both or neither")
        if self.ed25519_selector and self.ed25519_selector.lower() == self.selector.lower():
            raise ValueError("ed25519_selector: each key has a DNS record, so a selector, of its own")

    @property
    def is_on(self) -> bool:
        """Say whether mail is signed."""
        return bool(self.domain)

    @property
    def ascii_domain(self) -> str:
        """Give the domain in A-labels, as it stands in `d=`."""
        return parse_address(f"dkim@{self.domain}").ascii_domain

    def covers(self, domain: str) -> bool:
        """Say whether a signature counts for mail From this domain: the same, or one below the other (RFC 7489 §3.1.1).

        Gap: two domains side by side (news.example.org, mail.example.org) may belong to one organisation too, which
        only the Public Suffix List knows; signing for example.org covers both.
        """
        ours, other = self.ascii_domain, domain.lower()
        return ours == other or other.endswith(f".{ours}") or ours.endswith(f".{other}")


def is_selector(text: str) -> bool:
    """Say whether this can be a selector: labels of a domain name, 63 characters each (RFC 6376 §3.1)."""
    label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    return bool(re.fullmatch(rf"{label}(?:\.{label})*", text))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """Where the HMAC keys are kept, relative to the workspace."""

    file: str = ".mailer/keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLocation:
    """Where the ledger is: an SQLAlchemy URL; an SQLite path is relative to the workspace."""

    url: str = "sqlite:///.mailer/ledger.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All of `mailer.toml`. The first sender and the first relay are the defaults."""

    senders: Mapping[str, Sender] = field(default_factory=dict)
    relays: Mapping[str, Relay] = field(default_factory=dict)
    optout: OptOut = field(default_factory=OptOut)
    bounces: Bounces = field(default_factory=Bounces)
    inbox: Mapping[str, Inbox] = field(default_factory=dict)
    retry: Retry = field(default_factory=Retry)
    dkim: Dkim = field(default_factory=Dkim)
    keys: KeyFile = field(default_factory=KeyFile)
    ledger: LedgerLocation = field(default_factory=LedgerLocation)

    def __post_init__(self) -> None:
        """Keep the preview inbox's name free: a real mailing to it would count as sent, and reach nobody."""
        if PREVIEW in self.relays:
            raise ValueError(f'relays: "{PREVIEW}" is the name of the preview inbox; call this relay something else')
