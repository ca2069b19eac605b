"""Values: what a look found, what to publish where something is missing, and with what the looking is done.

Every finding has a code of one table (`mailer/words/doctor.toml`), with how bad it is: a program, a test and a page of
the manual can name it. Nothing is looked at here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from mailer.errors import MailerError, Severity
from mailer.lookup import Resolver
from mailer.message.records import Ask
from mailer.settings import Settings
from mailer.words import read_section
from mailer.workspace import Workspace

ASK_ANOTHER: Final = "Look again later, or ask another name server: mailer doctor --nameserver IP"


class Group(StrEnum):
    """Under which heading a check is told, in this order."""

    DESK = "This desk"
    LEDGER = "The ledger"
    BACK = "What comes back"
    RELAY = "The relay"
    DOMAIN = "The sender's domain"
    VERDICT = "What the receiver's server says"
    SIGNATURE = "The signatures"
    WAY = "The way it came"
    CHANGED = "What the way made of it"
    MAIL = "The mail itself"


class Rule(StrEnum):
    """What Gmail, Yahoo and Microsoft ask of everybody who writes to many (standards §4)."""

    SPF = "spf"
    DKIM = "dkim"
    DMARC = "dmarc"
    ALIGNED = "aligned"
    TLS = "tls"
    REVERSE = "reverse"
    ONE_CLICK = "one-click"
    ADDRESSES = "addresses"
    COMPLAINTS = "complaints"


@dataclass(frozen=True, slots=True)
class Record:
    """A DNS record to publish, word for word."""

    name: str
    kind: str
    value: str

    def __str__(self) -> str:
        """Return it on one line, as a person would type it into a form."""
        return (
            f'{self.name} {self.kind} "{self.value}"' if self.kind == "TXT" else f"{self.name} {self.kind} {self.value}"
        )


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what is true of it, what is wrong with it (a code; "": good), and the figures.

    `records` are to be published. `rule` is the bulk senders' rule that it is about, and `met` whether that is met
    (None: it could not be told).
    """

    name: str
    message: str
    code: str = ""
    hint: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    records: tuple[Record, ...] = ()
    rule: Rule | None = None
    met: bool | None = None

    @property
    def severity(self) -> Severity | None:
        """Return how bad it is; None: good."""
        return severity_of(self.code)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the operator asked for: what is left out, whom the DNS is asked, and what else is known.

    `selectors` name DKIM keys that are not in mailer.toml, `outgoing` are the addresses from which one's own server
    delivers. With `offer_sender` the relay is asked whether it takes our MAIL FROM.
    """

    offline: bool = False
    only: tuple[str, ...] = ()
    selectors: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()
    offer_sender: bool = False
    limit_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Visit:
    """With what the looking is done."""

    workspace: Workspace
    environ: Mapping[str, str]
    settings: Settings
    wishes: Wishes
    resolver: Resolver
    now: Callable[[], datetime]

    @property
    def ask(self) -> Ask:
        """Return the DNS as the pure rooms know it."""
        return ask_with(self.resolver)

    @property
    def from_domains(self) -> tuple[str, ...]:
        """Return the domains that mail is from, each once, in the order of mailer.toml."""
        return tuple(dict.fromkeys(sender.domain for sender in self.settings.senders.values()))


@dataclass(frozen=True, slots=True)
class Step:
    """A look that is taken by itself: its name for `--only`, its heading, and whether it calls others."""

    name: str
    group: Group
    look: Callable[[Visit], Iterator[Check]]
    calls: bool = False
    label: str = ""

    @property
    def title(self) -> str:
        """Return what is shown while it is taken."""
        return self.label or self.name


def ask_with(resolver: Resolver) -> Ask:
    """Return a resolver as the pure rooms know it: () where there is nothing, None where nobody answered."""

    def ask(name: str, kind: str) -> tuple[str, ...] | None:
        answer = resolver.ask(name, kind)
        return answer.records if answer.known else None

    return ask


def wrong(name: str, problem: MailerError, code: str, more: str = "") -> Check:
    """Return a problem as a check that found it."""
    return Check(name, f"{problem}: {more}" if more else str(problem), code, problem.hint)


CODES: Final[Mapping[str, tuple[Severity, str]]] = {
    code: (Severity(severity), means) for code, severity, means in read_section("doctor", "codes")["rows"]
}


def severity_of(code: str) -> Severity | None:
    """Return how bad a finding is; what has no code is good."""
    return CODES[code][0] if code else None
