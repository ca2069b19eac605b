"""Scores: what a spam filter thinks of a finished mail, and its reading in plain words.

Owns the shapes that the filters' files give, and the bounds between good and bad. Never runs a program.
Standards H12.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mailer.errors import MailerError
from mailer.runs.checking.spam_words import Meaning, meaning_of
from mailer.runs.checking.traits import Trait

MOST_POINTS = {"SpamAssassin": 0.5, "rspamd": 1.0}  # of a mail that has nothing to object to
_NOTICED = 0.05


class SpamProblem(MailerError):
    """A spam filter that is there cannot be used."""

    code = "spam"
    exit_code = 1


@dataclass(frozen=True, slots=True)
class Letter:
    """A finished mail with its envelope."""

    data: bytes = field(repr=False)
    mail_from: str
    rcpt_to: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that a mail met, its points (below zero: in its favour), and the program's own words."""

    rule: str
    points: float
    said: str = ""
    traits: frozenset[Trait] = frozenset()  # of the mail

    @property
    def meaning(self) -> Meaning:
        """Return what it means for this mail in plain words, and what to do."""
        return meaning_of(self.rule, self.said, self.traits)


@dataclass(frozen=True, slots=True)
class Score:
    """What a filter thinks: the points, how many would make it spam, and the rules behind them."""

    program: str
    points: float
    threshold: float
    hits: tuple[Hit, ...] = ()

    @property
    def costly(self) -> tuple[Hit, ...]:
        """Return the rules that cost points, the dearest first."""
        return tuple(sorted((hit for hit in self.hits if hit.points >= _NOTICED), key=lambda hit: -hit.points))

    @property
    def is_good(self) -> bool:
        """Return whether the filter has nothing to object to that is worth mending."""
        return self.points <= MOST_POINTS.get(self.program, 1.0)

    @property
    def sentence(self) -> str:
        """Return the total against the threshold, in a sentence."""
        verdict = (
            "it would be taken for spam"
            if self.points >= self.threshold
            else "nothing to object to"
            if self.is_good
            else "it passes, and other machines may be stricter"
        )
        return f"{self.program}: {self.points:.1f} of {self.threshold:g} points that make spam; {verdict}"
