"""Settings: the workspace's senders, relays, mailboxes and rules, as frozen pydantic models.

A model is both the shape of a file, with its defaults and the rules inside one value (a plain relay is loopback, a
sender is not noreply), and the value that the other rooms use. This file has mailer.toml, table by table, down to
`Settings`, which is all of it. Never reads a file, the environment or a secret: `config` does, and gathers the errors
with their lines. A table has the place of a password, never the password. The meaning of each key is in one place,
words/settings.toml; a docstring has what the form of the desk has no room for.

pydantic takes a tenth of a second to load: code that prints help, or reads a stranger's bytes in the sandbox, imports
no settings.

    table.py   the base of every table, the checks that several share, and the places of secrets
    files.py   the staff's other files: template.toml, templates/i18n/*.toml, the faults of a rehearsal
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Annotated, Any, Final, Literal, TypeAlias
from urllib.parse import unquote, urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from mailer import lazy_re as re
from mailer.address import MAX_LOCAL, parse_address
from mailer.errors import ConfigProblem, did_you_mean
from mailer.frozen import dataclass
from mailer.settings.files import Fault as Fault
from mailer.settings.files import Look as Look
from mailer.settings.files import Tongue as Tongue
from mailer.settings.files import Tongues as Tongues
from mailer.settings.table import (
    Address,
    FileName,
    Port,
    Switch,
    Table,
    TrueOrFalse,
    WithPassword,
    WithSecrets,
    ascii_domain,
    at_least,
    between,
    check_address,
    check_domains,
    checked,
    each_must,
    is_safe,
    matching,
    must,
)
from mailer.settings.table import Credential as Credential
from mailer.settings.table import Grant as Grant
from mailer.settings.table import OAuth as OAuth
from mailer.settings.table import Secret as Secret
from mailer.settings.table import first_flaw as first_flaw
from mailer.settings.table import is_loopback as is_loopback
from mailer.tokens import TOKEN_LENGTH
from mailer.words import read_section

PREVIEW: Final = "preview"  # the name of the preview inbox for commands

_AtLeastOne = Annotated[int, at_least(1, "at least 1")]
_Days = Annotated[int, at_least(0, "a number of days from 1, or 0 to keep all")]
_Months = Annotated[int, at_least(0, "a number of months from 1, or 0 to keep all")]
_Kilobytes = Annotated[int, at_least(1, "a number of kilobytes from 1")]
_Messages = Annotated[int, at_least(0, "a number of messages; 0 for no limit")]
_Seconds = Annotated[float, must(lambda seconds: seconds > 0, "a number of seconds above 0")]


# [relays.NAME], [pacing] and [retry]: how a server is secured, how fast we send, and when a deferred delivery is tried
# again. The limits that providers publish (presets) are data. Nothing here waits or counts (the ledger does), or draws
# a random number: a delivery's jitter follows from its id, so that a dry run and a second process get the same time.

_UNITS: Final = {"s": 1.0, "min": 60.0, "h": 3600.0, "day": 86400.0}  # in seconds
_LONGEST_ASKED_S: Final = 3600.0


def parse_rate(text: str) -> float:
    """Read `30/min` (or /s, /h, /day) into the seconds between two messages.

    Raises ValueError if it has another form, or is 0.
    """
    found = re.fullmatch(r"(\d+)\s*/\s*(s|min|h|day)", text.strip())
    if not found or not int(found[1]):
        raise ValueError(f'rate: "{text}" is not a rate; write "30/min" (or /s, /h, /day)')
    return _UNITS[found[2]] / int(found[1])


def format_rate(step_s: float) -> str:
    """Return a pace in messages per second, minute, hour or day, whichever reads best."""
    fitting = (unit for unit, seconds in _UNITS.items() if seconds / step_s >= 1 and (unit != "s" or step_s <= 0.5))
    unit = next(fitting, "day")
    return f"{_UNITS[unit] / step_s:.3g}/{unit}"


class Security(StrEnum):
    """How a relay is secured: TLS from the first byte (465), STARTTLS (587), or nothing (loopback only)."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    PLAIN = "plain"


_Rate = Annotated[str, checked(lambda text, _: text and parse_rate(text))]  # or nothing
_ONE_NAME: Final = matching(r"[^\s\x00-\x20\x7f]*", "a name or an address, without blanks")


def _check_preset(name: str, _: str) -> None:
    known = read_section("settings", "presets")
    if name and name not in known:
        raise ValueError(f'preset: there is no "{name}"; there are: {", ".join(known)}{did_you_mean(name, known)}')


class Timeouts(Table):
    """Seconds to wait for the relay, at least those that RFC 5321 §4.5.3.2 asks for."""

    connect_s: _Seconds = 30.0
    command_s: _Seconds = 300.0
    data_s: _Seconds = 120.0
    block_s: float = 180.0
    body_s: _Seconds = 600.0


class _Paced(Table):
    rate: _Rate = ""

    @property
    def step_s(self) -> float:
        """Return the seconds between two messages at this rate; 0 for no limit."""
        return parse_rate(self.rate) if self.rate else 0.0


class Relay(WithPassword, _Paced):
    """The server we submit to, the place of its password, and its limits.

    `per_day` counts any 24 hours, as providers do; `warm_up` is for the first days on which mail goes over this relay,
    and afterwards only `per_day` holds.
    """

    key: str
    host: Annotated[str, must(bool, "name the server that takes the mail"), _ONE_NAME]
    port: Port = 0
    security: Security = Security.STARTTLS
    username: Annotated[str, matching(r"[^\x00-\x1f\x7f]*", "a name, on one line")] = ""
    ca_file: FileName = ""
    ehlo_name: Annotated[str, _ONE_NAME] = ""
    connections: _AtLeastOne = 3
    messages_per_connection: _AtLeastOne = 50
    pipelining: Literal["auto", "off"] = "auto"
    preset: Annotated[str, checked(_check_preset)] = ""
    per_day: _Messages = 0
    warm_up: Annotated[
        tuple[int, ...],
        must(
            lambda days: min(days, default=1) >= 1 and list(days) == sorted(days),
            "messages on the first day, the second, …, growing: [200, 500, 1000]",
        ),
    ] = ()
    from_domains: Annotated[tuple[str, ...], checked(check_domains)] = ()
    in_flight_per_domain: _Messages = 0
    largest_kb: Annotated[int, at_least(0, "a number of kilobytes; 0 for no limit")] = 0
    timeouts: Timeouts = Timeouts()
    oauth: OAuth = OAuth()

    @model_validator(mode="before")
    @classmethod
    def _fill_preset(cls, values: Any) -> Any:  # noqa: ANN401 - TOML's
        """Fill missing keys from the preset; an unknown preset is refused at its key."""
        preset = values.get("preset") if isinstance(values, Mapping) else None
        known = read_section("settings", "presets").get(preset, {}) if isinstance(preset, str) else {}
        return {**known, **values} if known else values

    def _check(self) -> Iterator[str]:
        """Check keys that belong together: clear text only on this machine, and never a password over it."""
        yield from super()._check()
        has_password = self.password.is_given
        if self.security is Security.PLAIN and not is_loopback(self.host):
            yield 'security: "plain" is for this machine alone (127.0.0.1, ::1, localhost); use "starttls"'
        elif self.security is Security.PLAIN and (self.username or has_password or self.oauth.is_on):
            yield 'security: a password is never sent in clear text; use "starttls" or "implicit"'
        elif self.oauth.is_on and has_password:
            yield "oauth: access tokens take the place of a password; give one or the other"
        elif self.oauth.is_on and not self.username:
            yield "username: it is missing; give the address of the mailbox that the access tokens are for"
        elif self.username and not has_password and not self.oauth.is_on:
            yield "username: there is no password for it; give password_env, password_command or password_file"
        elif has_password and not self.username:
            yield "username: it is missing, but there is a password"

    def is_for(self, sender_domain: str) -> bool:
        """Return whether `from_domains` names the domain that a sender writes from, or one above it."""
        ours = sender_domain.lower()
        named = [ascii_domain(domain, "from_domains") for domain in self.from_domains]
        return any(ours == each or ours.endswith(f".{each}") for each in named)

    @property
    def port_number(self) -> int:
        """Return the port: 465 or 587 if none is given (RFC 8314), 25 on loopback."""
        return self.port or {Security.IMPLICIT: 465, Security.STARTTLS: 587, Security.PLAIN: 25}[self.security]


class DomainPace(_Paced):
    """How fast mail goes to one recipient domain, and how many mails at once. An empty rate and 0 set no limit."""

    in_flight: Annotated[int, at_least(0, "a number of messages; 0 for as many as there are connections")] = 0


class Pacing(Table):
    """The paces of recipient domains, by their names as staff write them; a misspelt one would pace nobody."""

    domains: Annotated[Mapping[str, DomainPace], checked(check_domains)] = Field(default_factory=dict)

    def by_domain(self) -> dict[str, DomainPace]:
        """Return the paces by the name that deliveries have: A-labels, in lower case."""
        return {ascii_domain(name, "domains"): pace for name, pace in self.domains.items()}


class Retry(Table):
    """When a deferred delivery is tried again: seconds after each failure, the last one repeating.

    RFC 5321 §4.5.4.1 asks mail servers for 30 minutes between tries; a submission client with news begins sooner and
    comes to that. `jitter` is the largest share by which a delay is lengthened, so that deliveries that were deferred
    together are not tried again together.
    """

    delays_s: Annotated[
        tuple[float, ...], must(lambda delays: delays and min(delays) > 0, "at least one number of seconds above 0")
    ] = (60.0, 300.0, 900.0, 1800.0)
    jitter: Annotated[float, between(0, 1, "a share between 0 and 1")] = 0.2
    stay_s: float = 600.0

    def delay_s(self, attempts: int, seed: bytes = b"", *, asked_s: float = 0.0) -> float:
        """Return the wait after the given number of attempts (1 or more).

        `seed` is the delivery's own (its id), from which the jitter follows; without one there is none. `asked_s` is
        the wait that a greylisting server named (0: none): the first retry comes shortly after it.
        """
        delay, share = self.delays_s[min(attempts, len(self.delays_s)) - 1], 0.0
        if attempts == 1 and asked_s > 0:
            delay = min(asked_s, _LONGEST_ASKED_S)
        if seed:  # a number from 0 to 1 that looks random and is the same every time
            digest = hashlib.sha256(seed + attempts.to_bytes(4, "big")).digest()
            share = int.from_bytes(digest[:4], "big") / (2**32 - 1)
        return delay * (1 + self.jitter * share)


# Senders, `[senders.NAME]`.

# `mailer init` writes these into a new mailer.toml. In real mail they would be untrue, and the law asks for the sender.
SAMPLE: Final = {"organisation": "Eastport Seal Trust", "postal_address": "1 Harbour Street, 10115 Eastport"}


def _check_answered(text: str, what: str) -> None:
    """Refuse a sender that cannot be answered; an empty `reply_to` is the sender's own address."""
    if text or what == "address":
        check_address(text, what)
    if re.match(r"(?:no|do[-_.]?not)[-_.]?reply@", text, re.IGNORECASE):
        raise ValueError(f"{what}: journalists answer; {text} cannot be answered. Name a mailbox that is read")


class Sender(Table):
    """The sender of the mail: what a journalist sees, and what the law asks for (CAN-SPAM)."""

    key: str
    name: str
    address: Annotated[str, checked(_check_answered)]
    organisation: str
    postal_address: Annotated[str, must(str.strip, "the law asks for one in every mail (CAN-SPAM, CASL)")]
    reply_to: Annotated[str, checked(_check_answered)] = ""
    list_id: str = ""
    list_reason: str = ""

    @property
    def domain(self) -> str:
        """Return the domain of Message-IDs."""
        return parse_address(self.address).ascii_domain

    @property
    def left_from_sample(self) -> tuple[str, ...]:
        """Return the keys that still have the sample's value."""
        values = {key: " ".join(getattr(self, key).split()).casefold() for key in SAMPLE}
        return tuple(key for key, value in SAMPLE.items() if values[key] == value.casefold())

    def check_not_sample(self, host: str) -> None:
        """Check a sender against the host of the relay for its mail.

        Raises ConfigProblem if it still has values of the sample, and the relay is not on this machine.
        """
        left = self.left_from_sample
        if left and not is_loopback(host):
            raise ConfigProblem(
                f"[senders.{self.key}] {' and '.join(left)}: still what `mailer init` wrote as a sample",
                hint="Write your own into mailer.toml: each mail names who sent it.\n"
                "Until then, --relay preview shows what it looks like.",
            )


# [optout] and [bounces]: both mailboxes carry a token behind their name (`bounces+TOKEN@`), so that a reply finds its
# delivery. The name must leave room for it, unless the token is elsewhere.

# reasons that are about us, never about the recipient: no setting makes an address dead for them
OUR_FAULTS: Final = frozenset(
    {
        *("blocked", "badreputation", "spamdetected", "policyviolation", "authfailure", "mesgtoobig", "exceedlimit"),
        *("contenterror", "virusdetected", "norelaying", "securityerror", "speeding", "toomanyconn"),
        *("requireptr", "notcompliantrfc", "failedstarttls", "rejected"),
    }
)


def _no_room_for_token(what: str, address: str) -> Iterator[str]:
    local, room = address.rpartition("@")[0], MAX_LOCAL - 1 - TOKEN_LENGTH
    if len(local) > room:
        message = f"{what}: the part before the @ may have {room} characters, so that a token fits behind it"
        yield f"{message} (RFC 5321 allows {MAX_LOCAL}); it has {len(local)}"


class OptOut(Table):
    """Where an opt-out goes: an https address, a mailbox, or both (RFC 8058)."""

    base_url: Annotated[str, matching(r"(?s)https://[^/\s]+.*", "an https:// address (RFC 8058 asks for it)")] = ""
    mailto: Address = ""
    token_in: Literal["address", "subject"] = "address"

    def _check(self) -> Iterator[str]:
        if self.token_in == "address":
            yield from _no_room_for_token("mailto", self.mailto)


class Bounces(Table):
    """Where bounces go, and what follows. `verp = "off"`: the relay sets MAIL FROM itself.

    An address with temporary failures (full, unreachable) is given up after `soft_mailings` mailings in a row over at
    least `soft_days` days; a mailing without a failure for `quiet_days` resets the count. A mailing that is being sent
    pauses if more than `alarm_share` of its recipients, or of those at one domain, and at least `alarm_people`, bounced
    for a fault of ours; or if more than that share are dead, of `alarm_sent` or more. `verdicts` overrides the verdict
    of a reason: now, after (counted), or never.
    """

    address: Address = ""
    verp: Literal["on", "off"] = "on"
    soft_mailings: _AtLeastOne = 3
    soft_days: Annotated[float, at_least(0, "a number of days, 0 or more")] = 7
    quiet_days: Annotated[float, at_least(0, "a number of days, 0 or more")] = 3
    alarm_share: Annotated[float, must(lambda share: 0 < share <= 1, "a share, as 0.05 for five of a hundred")] = 0.05
    alarm_people: _AtLeastOne = 5
    alarm_sent: _AtLeastOne = 50
    pause: bool = True
    verdicts: Annotated[
        Mapping[str, Literal["now", "after", "never"]],
        each_must(lambda reason: reason not in OUR_FAULTS, "{} is about us; it cannot make an address dead"),
    ] = Field(default_factory=dict)

    def _check(self) -> Iterator[str]:
        if self.verp == "on":
            yield from _no_room_for_token("address", self.address)


# [inbox.NAME]: `maildir:PATH`, `mbox:PATH`, `imaps://USER@HOST/FOLDER` or `imap://` for STARTTLS (RFC 5092 without its
# parameters), `pop3s://USER@HOST` or `pop3://` for STLS (RFC 2384). A password that someone wrote into the address is
# never repeated.

After: TypeAlias = Literal["keep", "keyword", "move"]
_FORMS: Final = "maildir:PATH, mbox:PATH, imaps://USER@HOST/FOLDER, or pop3s://USER@HOST"
_PORTS: Final = {"imaps": 993, "imap": 143, "pop3s": 995, "pop3": 110}


@dataclass(frozen=True, slots=True)
class MailPlace:
    """A mailbox on a server; `implicit`: TLS from the first byte, else STARTTLS; an empty folder is the usual one."""

    host: str
    port: int
    implicit: bool
    user: str
    folder: str


class Inbox(WithPassword):
    """A mailbox that is read; paths are relative to the workspace.

    `holds` is its content: `returns` are bounces and replies, `sent` are copies of sent mail (the account's Sent
    folder, or the journal of a gateway). `after` is for messages that are safe in the ledger: each gets the keyword
    `$Processed` (the default over IMAP: no mail program shows it, and nothing moves while people read), moves to
    `folder` unless it is for people to read, or stays as it is, which is all that POP3 and files can do. `every_s` is
    how often the worker looks; with `by_worker = false` it leaves the mailbox to `bounces collect`.
    """

    key: str
    url: Annotated[str, must(lambda url: re.match(r"(?:maildir|mbox|imaps?|pop3s?):.+", url), _FORMS)]
    holds: Literal["returns", "sent"] = "returns"
    oauth: OAuth = OAuth()
    ca_file: FileName = ""
    after: Literal["", "keep", "keyword", "move"] = ""
    folder: str = "Processed"
    every_s: Annotated[int, between(10, 86_400, "seconds between two readings, 10 to 86400")] = 300
    by_worker: bool = True

    def _check(self) -> Iterator[str]:
        yield from super()._check()
        has_password = self.password.is_given
        place = None if self.is_file else self.server
        if self.after in {"keyword", "move"} and not self.is_imap:
            yield f'after: "{self.after}" is for IMAP; messages here stay as they are ("keep")'
        elif place is None:
            if has_password or self.ca_file or self.oauth.is_on:
                yield "url: files need no password and no certificates"
        elif self.holds == "sent" and not self.is_imap:
            yield 'holds: "sent" is searched over IMAP, or in a maildir: or mbox:'
        elif not self.is_imap and place.folder:
            yield "url: POP3 has only one folder, so do not add one to the host"
        elif self.after == "move" and (not self.folder or re.search(r"[\x00-\x1f\x7f]", self.folder)):
            yield "folder: name the folder to which read messages move"
        elif self.after == "move" and self.folder == (place.folder or "INBOX"):
            yield "folder: it must not be the folder that is read"
        elif self.oauth.is_on and has_password:
            yield "oauth: access tokens take the place of a password; give one or the other"
        elif not self.oauth.is_on and not has_password:
            keys = "password_env, password_command and password_file"
            yield f"url: there is no password for it; give one of {keys}, or [inbox.{self.key}.oauth]"

    @property
    def is_file(self) -> bool:
        """Return whether it is on this machine."""
        return self.url.startswith(("maildir:", "mbox:"))

    @property
    def is_imap(self) -> bool:
        """Return whether it is a folder on an IMAP server."""
        return self.url.startswith(("imap:", "imaps:"))

    @property
    def after_reading(self) -> After:
        """Return what happens to a message after it was read."""
        return self.after or ("keyword" if self.is_imap and self.holds == "returns" else "keep")

    @property
    def cursor_name(self) -> str:
        """Return the name of its cursor in the ledger (how far it is read): another account has another numbering."""
        if self.is_file:
            return f"{self.key} {self.url}"[:300]
        place = self.server
        protocol = "imap" if self.is_imap else "pop3"
        return f"{self.key} {protocol}:{place.user}@{place.host}/{place.folder}".rstrip("/")[:300]

    @property
    def server(self) -> MailPlace:
        """Return the place on a server. Raises ValueError if the address has another form, or has a password in it."""
        try:
            parts = urlsplit(self.url)
            port = parts.port
        except ValueError:
            raise ValueError(f"url: {_FORMS}") from None
        user, folder, flaw = unquote(parts.username or ""), unquote(parts.path.removeprefix("/")), ""
        if parts.password is not None:
            flaw = "never put a password into mailer.toml; use password_env, password_command, password_file"
        elif parts.query or parts.fragment:
            flaw = "write ? as %3F and # as %23"
        elif not parts.hostname or not user or re.search(r"[\s\x00-\x1f\x7f]", parts.hostname):
            flaw = _FORMS
        elif re.search(r"[\x00-\x1f\x7f]", user + folder):
            flaw = "a name has no control characters in it"
        if flaw or not parts.hostname:
            raise ValueError(f"url: {flaw}")
        return MailPlace(parts.hostname, port or _PORTS[parts.scheme], parts.scheme.endswith("s"), user, folder)


# [serve] and [webhooks]: each relay proves in its own way that an event is its own.

# arn:PARTITION:sns:REGION:ACCOUNT:NAME (docs.aws.amazon.com, “Amazon Resource Names”; names: SNS API, CreateTopic)
_TOPIC: Final = re.compile(r"arn:aws[a-z-]{0,20}:sns:[a-z0-9-]{1,40}:\d{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?")
_BASE64: Final = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
_PATH: Final = r"(?:/[A-Za-z0-9._~-]+)+"


def _is_network(text: str) -> bool:
    try:
        return bool(ip_network(text, strict=False))
    except ValueError:
        return False


_Prefix = Annotated[str, matching(_PATH, 'a path such as "/press", without a slash at its end')]
_Proxies = Annotated[tuple[str, ...], each_must(_is_network, '"{}" is not an IP address or network (names can change)')]


class Serve(Table):
    """Where `mailer serve` listens. It uses plain HTTP: the proxy in front of it does TLS."""

    host: str = "127.0.0.1"
    port: Port = 8025
    processes: Annotated[int, between(1, 64, "1 to 64; two a core are enough")] = 1
    prefix: _Prefix = ""
    proxies: _Proxies = ("127.0.0.1", "::1")


def _is_web_address(url: str) -> bool:
    """Return whether this is an https address without a name or a password, or empty; http only on this machine."""
    return not url or (is_safe(url) and not re.search(r"[?#].|//[^/]*@", url))


class DeskLogin(WithSecrets, Switch):
    """`[desk.login]`: the OpenID Connect provider at which users log in to a shared desk, and our client there.

    `issuer` is the provider's own identifier, from which everything else is found. A client without a secret is a
    public one, protected by PKCE alone.
    """

    issuer: Annotated[str, must(_is_web_address, "an https:// address; http:// is for this machine alone")] = ""
    client_id: Annotated[str, must(str.isprintable, "one line of text")] = ""
    client_secret_env: str = ""
    client_secret_command: tuple[str, ...] = ()
    client_secret_file: str = ""
    scopes: Annotated[
        tuple[str, ...], each_must(re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+").fullmatch, '"{}" is no scope')
    ] = ()
    ca_file: FileName = ""

    def _check(self) -> Iterator[str]:
        yield from super()._check()
        if self.is_on and not (self.issuer and self.client_id):
            yield f"{'client_id' if self.issuer else 'issuer'}: is missing"
        if self.scopes and "openid" not in self.scopes:
            yield 'scopes: "openid" must be one of them, or the provider does not say who logs in'

    @property
    def scope(self) -> str:
        """Return the scopes to request."""
        return " ".join(self.scopes or ("openid", "profile", "email"))


class DeskPage(Table):
    """`[desk]`: where `mailer desk` listens, how long a login lasts, and whether it keeps a worker running.

    The keys from `host` on are for a desk that the office shares. The path of `public_url`, if it has one, is the
    prefix. Only the `proxies` get an answer, and only their X-Forwarded fields are trusted.
    """

    port: Port = 8026
    prefix: _Prefix = ""
    session_h: Annotated[float, between(0.1, 720, "hours, up to 720")] = 12.0
    worker: TrueOrFalse = True
    host: str = "127.0.0.1"
    public_url: Annotated[
        str,
        must(
            lambda url: _is_web_address(url) and re.fullmatch(rf"|https?://[a-z0-9.:\[\]-]+(?:{_PATH})?/?", url),
            "an https:// address in small letters, such as https://desk.example.org",
        ),
    ] = ""
    proxies: _Proxies = ("127.0.0.1", "::1")
    login: DeskLogin = DeskLogin()

    def _check(self) -> Iterator[str]:
        if self.prefix and self.public_url and urlsplit(self.public_url).path.rstrip("/") != self.prefix:
            yield "prefix: public_url has another path; it is enough to write it there"


class SesHook(Switch):
    """Amazon SES over Amazon SNS: the only topics that are accepted; a misspelt one would refuse all events."""

    topics: Annotated[
        tuple[str, ...],
        each_must(_TOPIC.fullmatch, '"{}" is not a topic; copy its ARN: arn:aws:sns:eu-west-1:123456789012:mail'),
    ] = ()


class SendGridHook(Switch):
    """SendGrid: the public key, in base64, that it shows for its signed event webhook."""

    public_key: Annotated[  # it is parsed as a key only when it is used
        str, matching(_BASE64, "copy the whole Verification Key from SendGrid, on one line and without -----BEGIN")
    ] = ""


class MailgunHook(WithSecrets, Switch):
    """Mailgun: the place of its HTTP webhook signing key (not the API key)."""

    signing_key_env: str = ""
    signing_key_command: tuple[str, ...] = ()
    signing_key_file: str = ""


class PostmarkHook(WithPassword, Switch):
    """Postmark, which signs nothing: the user name and the password that it sends instead (RFC 7617, over https)."""

    username: Annotated[str, must(lambda name: ":" not in name, "without a colon (RFC 7617)")] = (
        ""  # a colon would end it
    )

    def _check(self) -> Iterator[str]:
        yield from super()._check()
        if bool(self.username) != self.password.is_given:
            yield f"give username and one of {', '.join(self.password.keys)}: Postmark shows both"


class Webhooks(Table):
    """The relays whose events are accepted; one that is not named here has no address at all."""

    ses: SesHook = SesHook()
    sendgrid: SendGridHook = SendGridHook()
    mailgun: MailgunHook = MailgunHook()
    postmark: PostmarkHook = PostmarkHook()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the relays whose events are accepted."""
        return tuple(name for name, hook in self if hook.is_on)


# Signing, `[dkim]`.

_LABEL: Final = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_SELECTOR: Final = rf"{_LABEL}(?:\.{_LABEL})*"  # labels of a domain name, 63 characters each (RFC 6376 §3.1)
_Selector = Annotated[str, matching(_SELECTOR, "letters, digits and hyphens, such as press2026")]


def is_selector(text: str) -> bool:
    """Return whether this can be a selector."""
    return bool(re.fullmatch(_SELECTOR, text))


class Dkim(Switch):
    """The signature of mail: the domain that is responsible, and private keys in files relative to the workspace.

    Each selector names the DNS record with the public half of its key (RFC 6376 §3.1).
    """

    domain: str = ""
    selector: _Selector = ""
    key_file: str = ""
    ed25519_selector: _Selector = ""
    ed25519_key_file: str = ""

    def _check(self) -> Iterator[str]:
        if self.is_on:
            for what in ("domain", "selector", "key_file"):
                if not getattr(self, what):
                    yield f"{what}: is missing; `mailer dkim new-key` shows what to write here"
            check_address(f"dkim@{self.domain}", "domain")
        if bool(self.ed25519_selector) != bool(self.ed25519_key_file):
            yield "ed25519_selector: it goes with ed25519_key_file; give both or neither"
        if self.ed25519_selector and self.ed25519_selector.lower() == self.selector.lower():
            yield "ed25519_selector: each key has a DNS record, so a selector, of its own"

    @property
    def ascii_domain(self) -> str:
        """Return the domain in A-labels, as it is in `d=`."""
        return parse_address(f"dkim@{self.domain}").ascii_domain

    def covers(self, domain: str) -> bool:
        """Return whether a signature counts for mail From this domain: equal, or one below the other (RFC 7489 §3.1.1).

        Gap: two domains side by side (news.example.org, mail.example.org) may belong to one organisation, too, which
        only the Public Suffix List shows; signing for example.org covers both.
        """
        ours, other = self.ascii_domain, domain.lower()
        return ours == other or other.endswith(f".{ours}") or ours.endswith(f".{other}")


# The small tables. All of them have a sensible default, so that a new workspace needs none of them.


def _check_zone(zone: str, key: str) -> None:
    if zone and zone not in available_timezones():
        near = did_you_mean(zone, available_timezones())
        raise ValueError(f'{key}: there is no time zone "{zone}"{near}; write a place: Europe/Berlin')


class PressOffice(Table):
    """`[office]`, where the office is: `time_zone` is used if `--at` and `--expires` name no zone."""

    time_zone: Annotated[str, checked(_check_zone)] = ""


class KeyFile(Table):
    """`[keys]`: the file of the HMAC keys, relative to the workspace."""

    file: str = ".mailer/keys"


class LedgerLocation(Table):
    """The address of the ledger: sqlite:/// and a path relative to the workspace, or postgresql://.

    A PostgreSQL address may have a password. A host that has been silent for `lease_s` counts as dead, and others send
    the deliveries that it had claimed.
    """

    url: str = Field(default="sqlite:///.mailer/ledger.db", repr=False)
    lease_s: Annotated[float, between(4, 600, "seconds from 4 to 600")] = 60.0


class AudienceRules(Table):
    """`[audience]`: how many contacts of one outlet get a mailing, and the days between two mailings to a contact.

    0 means no limit. Part of a day can be given: `min_days_between = 0.5`.
    """

    per_outlet: Annotated[int, at_least(0, "a number of contacts, or 0 for any number")] = 0
    min_days_between: Annotated[float, between(0, 366, "a number of days up to 366, or 0 for none")] = 0.0


class FollowUps(Table):
    """`[follow_up]`: the earliest time of a follow-up after its release, and how many a contact gets.

    Working days are Monday to Friday in the zone of `[office]`; the day on which someone got the release never counts.
    """

    after: Annotated[
        str, matching(r"[1-9]\d?(?: working)? days?", 'days from 1 to 99, such as "2 working days" or "3 days"')
    ] = "2 working days"
    at_most: Annotated[int, at_least(0, "a number of follow-ups, or 0 for none")] = 1


class Checks(Table):
    """The office's own rules for `mailer release check`.

    A forbidden word is mostly another client's name; an organisation's own sender may use its own.
    """

    forbidden: Annotated[tuple[str, ...], each_must(str.strip, "an empty word is in every release")] = ()
    country: Annotated[str, matching(r"[A-Za-z]{2}", "two letters, such as GB or DE")] = ""
    domains: Annotated[
        tuple[str, ...], each_must(lambda name: "." in name and "@" not in name, 'names such as "press.example.org"')
    ] = ()
    headline: Annotated[int, at_least(20, "a number of characters from 20")] = 100
    picture_kb: _Kilobytes = 1_000
    mail_kb: _Kilobytes = 5_000


def _server_address(text: str, usual: int) -> tuple[str, int] | None:
    text = text.strip()
    found = re.fullmatch(r"\[([^\]]+)\](?::(\d{1,5}))?", text) or re.fullmatch(r"([0-9.]+)(?::(\d{1,5}))?", text)
    host, port = (found[1], int(found[2] or usual)) if found else (text, usual)
    try:
        ip_address(host)
    except ValueError:
        return None
    return (host, port) if 0 < port <= 65_535 else None


def _address(usual: int, example: int) -> AfterValidator:  # a name would need a look-up first
    message = f'an IP address, with its port if it is not {usual}: "127.0.0.1:{example}"'
    return must(lambda text: not text or _server_address(text, usual), message)


class Dns(Table):
    """The name server, `192.0.2.53` or `127.0.0.1:5353` (empty: this machine's own), and the seconds for a query."""

    nameserver: Annotated[str, _address(53, 5353)] = ""
    timeout_s: Annotated[float, must(lambda s: 0 < s <= 60, "seconds to wait for an answer, up to 60")] = 5.0

    @property
    def address(self) -> tuple[str, int] | None:
        """Return the address and the port; None for this machine's own name server."""
        return _server_address(self.nameserver, 53)


_METRICS_PORT: Final = 9464  # OpenTelemetry's own for Prometheus


class Fleet(Table):
    """`[fleet]`: where figures for Prometheus are served, `127.0.0.1:9464` (empty: nowhere)."""

    metrics: Annotated[str, _address(_METRICS_PORT, _METRICS_PORT)] = ""

    @property
    def address(self) -> tuple[str, int] | None:
        """Return the address and the port; None if no figures are served."""
        return _server_address(self.metrics, _METRICS_PORT)


class Retention(Table):
    """How long data is kept until `mailer purge` deletes it: a policy, not the law's.

    `by_worker`: a worker purges once a day by itself.
    """

    raw_days: _Days = 90
    log_months: _Months = 36
    unverified_months: _Months = 12
    undo_days: _Days = 90
    preview_days: _Days = 30
    by_worker: bool = False


class Privacy(Table):
    """The privacy notice in the first mail that a contact gets (GDPR Art. 14 and 21)."""

    url: Annotated[
        str,
        must(
            lambda url: not url or (url.startswith(("https://", "http://")) and url.isprintable() and " " not in url),
            "a web address, https://…",
        ),
    ] = ""
    notice: Annotated[str, must(str.isprintable, "one line of text")] = ""

    def _check(self) -> Iterator[str]:
        if self.notice and not self.url:
            yield "notice: needs url beside it, the page with the details"


class Newsroom(Table):
    """`[newsroom]`: the pages that `mailer newsroom build` makes, and that mails link to.

    With a `url` or a `folder` the worker keeps them up to date, and a mailing has its page before its first mail goes.
    """

    url: Annotated[
        str,
        matching(
            r"https?://[^\s/?#\"'<>;,]+(?:/[^\s?#\"'<>;,]*)?",
            'a web address without ? and #, such as "https://news.example.org"',
        ),
    ] = ""
    title: Annotated[str, must(str.isprintable, "one line of text")] = ""
    folder: str = ""

    @property
    def is_on(self) -> bool:
        """Return whether the office has a newsroom."""
        return bool(self.url or self.folder)

    @property
    def place(self) -> str:
        """Return the folder, or the default if none is named."""
        return self.folder or "newsroom"


REAL_KINDS: Final = ("release", "offer", "follow-up", "correction", "retraction")  # mailings that go to the press


def _check_kinds(kinds: tuple[str, ...]) -> tuple[str, ...]:
    for kind in kinds:
        if kind not in REAL_KINDS:
            near = did_you_mean(kind, REAL_KINDS)
            raise ValueError(f'for: there is no kind "{kind}"{near}; write any of {", ".join(REAL_KINDS)}')
    return kinds


class Approval(Table):
    """`[approval]`: which mailings need another person's approval, and who can approve.

    `allowed_signers` is a file as git uses it (ssh-keygen(1), ALLOWED SIGNERS).
    """

    model_config = ConfigDict(populate_by_name=True)

    required: TrueOrFalse = False
    approvers: Annotated[tuple[str, ...], each_must(str.strip, "a name is empty")] = ()
    minimum: _AtLeastOne = 1
    kinds: Annotated[tuple[str, ...], AfterValidator(_check_kinds)] = Field(default=REAL_KINDS, alias="for")
    allowed_signers: str = ""
    trust_local: TrueOrFalse = False
    valid_h: Annotated[float, must(lambda h: 0 < h <= 8_760, "a number of hours up to 8760, a year")] = 72

    def _check(self) -> Iterator[str]:
        if self.required and not self.kinds:
            yield f"for: it is empty, so nothing would need approval; write any of {', '.join(REAL_KINDS)}"
        if self.approvers and self.minimum > len(self.approvers):
            yield f"minimum: {self.minimum} approvals are needed, but approvers names {len(self.approvers)}"


class Proofs(Table):
    """`[proof]`: how a proof is sealed by default: with the SSH key in a file, by a time-stamp authority."""

    key: str = ""
    timestamp: Annotated[str, matching(r"(https?://[^/\s]+\S*)?", "a web address, https://…")] = ""


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
    follow_up: FollowUps = FollowUps()
    privacy: Privacy = Privacy()
    retention: Retention = Retention()
    newsroom: Newsroom = Newsroom()
    serve: Serve = Serve()
    desk: DeskPage = DeskPage()
    office: PressOffice = PressOffice()
    approval: Approval = Approval()
    proof: Proofs = Proofs()
    keys: KeyFile = KeyFile()
    ledger: LedgerLocation = LedgerLocation()
    fleet: Fleet = Fleet()

    def relays_for(self, sender_domain: str) -> tuple[Relay, ...]:
        """Return the relays for a sender's domain, the one to use first, then its substitutes.

        Those that name the domain come first, then those that name none, each in their order in mailer.toml. A relay
        that names other domains is left out. If the first is secured, those in clear text are left out, too.
        """
        named = [relay for relay in self.relays.values() if relay.is_for(sender_domain)]
        chosen = [*named, *(relay for relay in self.relays.values() if not relay.from_domains)]
        secured = bool(chosen) and chosen[0].security is not Security.PLAIN
        return tuple(relay for relay in chosen if not secured or relay.security is not Security.PLAIN)
