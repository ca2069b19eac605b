"""Values: what a check found, the records to publish if something is missing, and the tools of a check.

A finding is a row of `mailer/words/doctor.toml`: its code, its severity, what it means for a rule for bulk senders, the
sentence and the next step. A check determines the row and its facts (`found`), so that a program, a test and the manual
can name it, and no sentences are written here. Nothing is checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from string import Formatter
from typing import Any, Final

from mailer.errors import MailerError, Severity
from mailer.frozen import dataclass, field
from mailer.lookup import Resolver
from mailer.message.records import Ask
from mailer.settings import Settings
from mailer.words import read_section
from mailer.workspace import Workspace

SOON_DAYS: Final = 14  # a certificate that is renewed automatically is valid for longer


class Group(StrEnum):
    """The headings under which checks are reported, in this order."""

    DESK = "This desk"
    LEDGER = "The ledger"
    FLEET = "The fleet"
    BACK = "What comes back"
    RELAY = "The relay"
    DOMAIN = "The sender's domain"
    VERDICT = "What the receiver's server reports"
    SIGNATURE = "The signatures"
    ROUTE = "Its route"
    CHANGED = "Changed on its route"
    MAIL = "The mail itself"


@dataclass(frozen=True, slots=True)
class Record:
    """A DNS record to publish, word for word."""

    name: str
    kind: str
    value: str

    def __str__(self) -> str:
        """Return the record on one line, as a person would type it into a form."""
        return f"{self.name} {self.kind} " + (f'"{self.value}"' if self.kind == "TXT" else self.value)


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check: a sentence, the code of what is wrong ("": nothing), and facts for programs.

    `records` are to be published. `rule` is the rule for bulk senders that it is about, and `met` whether that is met
    (None: not known). `group` is set by those who run the check.
    """

    name: str
    message: str
    code: str = ""
    hint: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    records: tuple[Record, ...] = ()
    rule: str = ""
    met: bool | None = True
    group: Group = Group.VERDICT

    @property
    def severity(self) -> Severity | None:
        """Return the severity; None: good."""
        return CODES[self.code][0] if self.code else None


_WRITTEN: Final = {key: row for key, *row in read_section("doctor", "codes")["rows"]}
_CODES: Final = {
    key: [*_WRITTEN.get(key.rpartition(".")[0], ())[: 5 - len(row)], *row] for key, row in _WRITTEN.items()
}
CODES: Final[Mapping[str, tuple[Severity, str]]] = {
    code: (Severity(how), means) for code, (how, _, means, *_) in _CODES.items() if "." not in code
}
_ROWS: Final[Mapping[str, tuple[str, ...]]] = {
    **{key: (key.partition(".")[0], rule, *texts) for key, (_, rule, _, *texts) in _CODES.items()},
    **{key: ("", *row) for key, *row in read_section("doctor", "good")["rows"]},
}
_PHRASES: Final[Mapping[str, str]] = dict(read_section("doctor", "phrases")["rows"])
_STATES: Final = {"met": True, "not met": False, "not known": None}


class _Sentence(Formatter):
    """Fills in a sentence: a list is joined with commas, or with the text after the colon; `!n` is its length."""

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 - as the library has it
        if isinstance(value, (list, tuple)):
            return (format_spec or ", ").join(map(str, value))
        return format(value, format_spec)

    def convert_field(self, value: Any, conversion: Any) -> Any:  # noqa: ANN401 - as the library has it
        return len(value) if conversion == "n" else super().convert_field(value, conversion)


_SENTENCE: Final = _Sentence()


def found(
    key: str, name: str, facts: Mapping[str, Any] | None = None, records: Iterable[Record] = (), /, **words: object
) -> Check:
    """Return the result of the check `name`: the row of doctor.toml with this key.

    `facts` are for programs; the sentence is filled in with them and with `words`.
    """
    code, rule_state, *texts = _ROWS[key]
    message, hint = (*(_SENTENCE.vformat(text, (), {**(facts or {}), **words}) for text in texts), "")[:2]
    rule, _, state = rule_state.partition(" ")
    met = _STATES[state] if state else True
    return Check(name, message, code, hint, facts or {}, tuple(records), rule if state else "", met)


def phrase(key: str, **words: object) -> str:
    """Return a part of a sentence: a phrase of doctor.toml, filled in."""
    return _SENTENCE.vformat(_PHRASES[key], (), words)


def first(*rows: tuple[str, object]) -> str:
    """Return the key of the first row whose condition holds; that of the last row always does."""
    return next(key for key, holds in rows if holds)


def wrong(name: str, problem: MailerError, code: str, facts: Mapping[str, Any] | None = None) -> Check:
    """Return a problem as the result of a check, with the message of the problem."""
    return found(code, name, facts, said=str(problem), hint=problem.hint)


@dataclass(frozen=True, slots=True)
class Wishes:
    """The operator's options: which checks to run, for how long each at most, and what is not in mailer.toml.

    `selectors` name further DKIM keys, `outgoing` are the addresses from which the office's own server delivers. With
    `offer_sender` the relay is asked whether it accepts our MAIL FROM.
    """

    offline: bool = False
    only: tuple[str, ...] = ()
    selectors: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()
    offer_sender: bool = False
    limit_s: float = 30.0
    fleet: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """What a check works with: the workspace, its settings, the operator's options, the DNS, and the time."""

    workspace: Workspace
    environ: Mapping[str, str]
    settings: Settings
    wishes: Wishes
    resolver: Resolver
    now: Callable[[], datetime]

    @property
    def from_domains(self) -> tuple[str, ...]:
        """Return the domains in From, each once, in the order of mailer.toml."""
        return tuple(dict.fromkeys(sender.domain for sender in self.settings.senders.values()))

    @property
    def ask(self) -> Ask:
        """Return the DNS as a function, which modules without I/O can use."""
        return self.resolver.records


@dataclass(frozen=True, slots=True)
class Step:
    """A step with one or more checks: its name for `--only`, its heading, and whether it uses the network (`calls`)."""

    name: str
    group: Group
    look: Callable[[Visit], Iterator[Check]]
    calls: bool = False
    label: str = ""

    @property
    def title(self) -> str:
        """Return what is shown while the step runs."""
        return self.label or self.name


@dataclass(frozen=True, slots=True)
class Examined:
    """All results in the order in which they are reported, and how far the rules for bulk senders are met."""

    checks: tuple[Check, ...]
    rows: tuple[Row, ...] = ()

    def count(self, severity: Severity | None) -> int:
        """Return how many checks have this severity; None: good."""
        return sum(check.severity is severity for check in self.checks)


# Bulk: what Gmail, Yahoo and Microsoft require of bulk senders, and which of it is met (standards §4). Checked at any
# volume: the gateways of newsrooms look at the same signs, so that no list is small enough to be exempt.

WHO: Final = ("Gmail", "Yahoo", "Microsoft")


@dataclass(frozen=True, slots=True)
class Row:
    """One rule: its text, who requires it, whether it is met (None: not known here), and the checks behind that."""

    rule: str
    text: str
    asked_by: tuple[str, ...]
    met: bool | None
    looked_at: tuple[str, ...]

    def state(self, who: str) -> str:
        """Return the state of the rule for one of `WHO`."""
        if who not in self.asked_by:
            return "not asked"
        return {True: "met", False: "not met", None: "not known"}[self.met]


def compare(checks: Sequence[Check]) -> tuple[Row, ...]:
    """Compare the checks with the rules; a rule without a check, or with an undecided one, is not known."""
    rows = []
    for rule, text, *asked_by in read_section("doctor", "bulk")["rows"]:
        about = {check.name: check.met for check in checks if check.rule == rule}
        states = set(about.values())
        met = False if False in states else True if states == {True} else None
        rows.append(Row(rule, text, tuple(asked_by), met, tuple(about)))
    return tuple(rows)
