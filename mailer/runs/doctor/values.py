"""Values: what a look found, what to publish where something is missing, and with what the looking is done.

Every finding has a code of one table (`mailer/words/doctor.toml`), with how bad it is and what it says of a rule of
those who write to many: a program, a test and a page of the manual can name it. Nothing is looked at here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
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
SOON_DAYS: Final = 14  # a certificate that renews itself has more left


class Group(StrEnum):
    """Under which heading a check is told, in this order."""

    DESK = "This desk"
    LEDGER = "The ledger"
    BACK = "What comes back"
    RELAY = "The relay"
    DOMAIN = "The sender's domain"
    VERDICT = "What the receiver's server reports"
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


_ROWS: Final = {code: row for code, *row in read_section("doctor", "codes")["rows"]}
CODES: Final[Mapping[str, tuple[Severity, str]]] = {code: (Severity(row[0]), row[1]) for code, row in _ROWS.items()}
_STATES: Final = {"met": True, "not met": False, "not known": None}
# what a code says of a rule, and whether that is met
_RULED: Final[Mapping[str, tuple[Rule, bool | None]]] = {
    code: (Rule(rule), _STATES[state])
    for code, row in _ROWS.items()
    for rule, _, state in (each.partition(" ") for each in row[2:])
}


@dataclass(frozen=True, slots=True)
class Record:
    """A DNS record to publish, word for word."""

    name: str
    kind: str
    value: str

    def __str__(self) -> str:
        """Return it on one line, as a person would type it into a form."""
        return f"{self.name} {self.kind} " + (f'"{self.value}"' if self.kind == "TXT" else self.value)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what is true of it, what is wrong with it (a code; "": good), and the figures.

    `records` are to be published. `rule` is the bulk senders' rule that it is about, and `met` whether that is met
    (None: it could not be told); most codes say both themselves.
    """

    name: str
    message: str
    code: str = ""
    hint: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    records: tuple[Record, ...] = ()
    rule: Rule | None = None
    met: bool | None = True

    @property
    def severity(self) -> Severity | None:
        """Return how bad it is; None: good."""
        return CODES[self.code][0] if self.code else None

    @property
    def ruling(self) -> tuple[Rule | None, bool | None]:
        """Return the rule that it is about, and whether that is met."""
        return _RULED.get(self.code, (self.rule, self.met))


def wrong(name: str, problem: MailerError, code: str, more: str = "") -> Check:
    """Return a problem as a check that found it."""
    return Check(name, f"{problem}: {more}" if more else str(problem), code, problem.hint)


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


def ask_with(resolver: Resolver) -> Ask:
    """Return a resolver as the pure rooms know it: () where there is nothing, None where nobody answered."""

    def ask(name: str, kind: str) -> tuple[str, ...] | None:
        answer = resolver.ask(name, kind)
        return answer.records if answer.known else None

    return ask


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


@dataclass(frozen=True, slots=True)
class Told:
    """A check under its heading."""

    group: Group
    check: Check


@dataclass(frozen=True, slots=True)
class Examined:
    """All that was found, in the order in which it is told, and how it stands with the bulk senders' rules."""

    told: tuple[Told, ...]
    rows: tuple[Row, ...] = ()

    @property
    def checks(self) -> tuple[Check, ...]:
        """Return the checks alone."""
        return tuple(each.check for each in self.told)

    def count(self, severity: Severity | None) -> int:
        """Return how many checks are as bad as that; None: good."""
        return sum(check.severity is severity for check in self.checks)


# Bulk: what Gmail, Yahoo and Microsoft ask of those who write to many, and which of it is met (standards §4). Asked at
# any volume: newsroom gateways look at the same signs (P1), so that no list is small enough to be exempt (P7).

WHO: Final = ("Gmail", "Yahoo", "Microsoft")
_TWO: Final = ("Gmail", "Yahoo")
_RULES: Final[Mapping[Rule, tuple[str, tuple[str, ...]]]] = {
    Rule.SPF: ("SPF allows the relay", WHO),
    Rule.DKIM: ("DKIM signs the mail", WHO),
    Rule.DMARC: ("a DMARC policy, p=none or stronger", WHO),
    Rule.ALIGNED: ("From agrees with one of them (aligned)", WHO),
    Rule.TLS: ("mail goes over TLS", ("Gmail",)),
    Rule.REVERSE: ("the sending address has a name (PTR)", _TWO),
    Rule.ONE_CLICK: ("opt-out with one click, within two days", _TWO),
    Rule.ADDRESSES: ("From and Reply-To can be answered", WHO),
    Rule.COMPLAINTS: ("complaints stay below 0.3 %", _TWO),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One rule: what it says, who asks for it, whether it is met (None: not known here), and what was looked at."""

    rule: Rule
    text: str
    asked_by: tuple[str, ...]
    met: bool | None
    looked_at: tuple[str, ...]

    def state(self, who: str) -> str:
        """Return how it stands with one of them."""
        if who not in self.asked_by:
            return "not asked"
        return {True: "met", False: "not met", None: "not known"}[self.met]


def compare(checks: Iterable[Check]) -> tuple[Row, ...]:
    """Hold the checks against the rules; a rule without a check, or with one that could not tell, is not known."""
    found = [(check.name, *check.ruling) for check in checks]
    rows = []
    for rule, (text, asked_by) in _RULES.items():
        states = [met for _, of, met in found if of is rule]
        met = False if False in states else True if states and all(states) else None
        rows.append(Row(rule, text, asked_by, met, tuple(name for name, of, _ in found if of is rule)))
    return tuple(rows)
