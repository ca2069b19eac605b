"""Findings: what did not pass in the finished mails of a plan, told once for all it concerns.

`making` looks at the mails as they are made. Owns the counting by code and person, the choice between "everybody" and
names (a fault of the template is in every mail, a fault of a row in one), and what the check of the text has told
already, at its line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mailer.contacts.rows import LONG_NOTE, MOST_WORDS, words_over
from mailer.errors import Problem, Severity
from mailer.frozen import dataclass, field
from mailer.message.checks.look import judged
from mailer.message.files import MAX_ENCODED_BYTES
from mailer.message.values import Check
from mailer.release.values import Waiver
from mailer.runs.planning.making import Looked
from mailer.settings import Relay
from mailer.words import read_section

SOURCE = "the finished mail"
# what a slip in the text makes of the mail: told of the text, with its line, it is not told of the mail again
_SHOWN_AGAIN = read_section("checks", "shown_again")
NAMED = 3  # in a sentence
KEPT = 1000  # for programs
_WORST_FIRST = list(Severity)


@dataclass(slots=True)
class Finding:
    """One code that did not pass: the first sentence it was told in, what to do, and who it concerns."""

    code: str
    message: str
    hint: str
    severity: Severity
    count: int = 0
    in_whole: int = 0  # how many of the mails that were looked at whole have it
    people: list[str] = field(default_factory=list)
    faults: tuple[str, ...] = ()

    def take(self, check: Check, person: str, *, is_whole: bool) -> None:
        """Count one more person; the worst they met is what it is."""
        self.count += 1
        self.in_whole += is_whole
        if len(self.people) < KEPT:
            self.people.append(person)
        if _WORST_FIRST.index(check.severity) < _WORST_FIRST.index(self.severity):
            self.severity, self.message, self.hint = check.severity, check.message, check.hint
            self.faults = check.faults

    def shows_again(self, told: Iterable[Problem], waivers: Iterable[Waiver]) -> bool:
        """Return whether all of it was told of the text, at least as badly, or waved through there."""
        codes = _SHOWN_AGAIN.get(self.code, ())
        is_bad = _WORST_FIRST.index(self.severity)
        known: list[Problem | Waiver] = [
            each for each in told if each.code in codes and _WORST_FIRST.index(each.severity) <= is_bad
        ]
        waved = [each for each in waivers if each.code in codes and self.severity is not Severity.ERROR]
        if not self.faults:
            return bool(known or waved)
        return all(any(_names(each, fault) for each in [*known, *waved]) for fault in self.faults)

    def who(self, whole: int) -> str:
        """Return which recipients it concerns; nothing where every mail that was checked whole has it."""
        if self.in_whole >= whole:
            return ""
        named = ", ".join([*self.people[:NAMED], *(["…"] if self.count > NAMED else [])])
        return f"{self.count} {'person' if self.count == 1 else 'people'}: {named}"

    def problem(self, whole: int) -> Problem:
        """Return it as a problem, with whom it concerns; `whole` is how many mails were looked at whole."""
        who = self.who(whole)
        message = f"{self.message} ({who})" if who else self.message
        return Problem(self.code, message, self.severity, SOURCE, hint=self.hint)


def _names(known: Problem | Waiver, fault: str) -> bool:
    """Return whether a finding of the text is about the word, or the link, that the mail has."""
    about = known.about.rstrip("…")
    if about in {"", "*"} and isinstance(known, Waiver):
        return True
    if known.code == "image-format" and isinstance(known, Problem):
        return fault.partition(" ")[0] in known.message  # “WebP pictures (Outlook on Windows)”
    said = fault.partition("“")[2].partition("”")[0] or fault
    return bool(about and about in fault) or (isinstance(known, Problem) and f'"{said}"' in known.message)


_TEXTS = 500_000  # beside the files of a mail, which have a bound of their own


def largest_mail(relay: Relay) -> int:
    """Return what one message may have in bytes: what most servers take (F14), or less where the relay says so."""
    most = MAX_ENCODED_BYTES + _TEXTS
    return min(most, relay.largest_kb * 1000) if relay.largest_kb else most


class Findings:
    """Collects what did not pass in the mails of one plan, person by person."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Finding] = {}
        self.looked_at = 0
        self.whole = 0

    def add(self, person: str, looked: Looked, *, note: str = "") -> None:
        """Count what was found in one person's mail, and look at the personal note that was written for it."""
        if words := words_over(note):  # a fault of the row, not of the mail: told with names, however many have it
            self._take(person, judged(LONG_NOTE, wrong=True, words=words, most=MOST_WORDS), is_whole=False)
        self.looked_at += 1
        self.whole += looked.is_whole
        for check in looked.faults:
            self._take(person, check, is_whole=looked.is_whole)

    def add_not_made(self, person: str, checks: Iterable[Check]) -> None:
        """Count a mail that could not be made; each sentence about that is a finding of its own."""
        self.looked_at += 1
        self.whole += 1
        for check in checks:
            self._take(person, check, is_whole=True, about=check.message)

    def _take(self, person: str, check: Check, *, is_whole: bool, about: str = "") -> None:
        new = Finding(check.code, check.message, check.hint, check.severity, faults=check.faults)
        self._found.setdefault((check.code, about), new).take(check, person, is_whole=is_whole)

    def __iter__(self) -> Iterator[Finding]:
        """Return the findings, the worst first, each in the order in which it was met."""
        return iter(sorted(self._found.values(), key=lambda one: _WORST_FIRST.index(one.severity)))

    def problems(self, told: Sequence[Problem] = (), waivers: Sequence[Waiver] = ()) -> Iterator[Problem]:
        """Return each as a problem, with whom it concerns; what all mails have that were looked at whole has no names.

        `told` is what was found in the text, of which the mail is made, and `waivers` what was waved through there.
        """
        return (one.problem(self.whole) for one in self if not one.shows_again(told, waivers))
