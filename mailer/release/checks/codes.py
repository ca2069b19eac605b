"""Codes: everything that a check can find, as one table.

The table is data (`mailer/words/checks.toml`): the code, how bad it is, what it means and what to do, in words for
people. `docs/checks.md` is held against it, and a waiver may only name what stands there. A check that says something
more exact brings its own words; how bad it is, is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mailer.errors import Severity
from mailer.words import read_section


class Looks(StrEnum):
    """Where a check looks: in the text alone, in files beside it, or on the web (only when asked to)."""

    TEXT = "text"
    FILES = "files"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a code stands for: `worst` is how bad it can be, `means` and `todo` are sentences for people.

    `is_judgement` marks an error that a person may know better: it stops a mailing, and can be waived with a reason.
    """

    severity: Severity
    means: str
    todo: str
    looks: Looks
    worst: Severity | None
    waivable: bool
    is_judgement: bool

    @property
    def can_be_waived(self) -> bool:
        """Return whether a person may waive it: other errors stop, and notes stop nobody."""
        return self.waivable and (self.is_judgement or self.severity is Severity.WARNING)


def _rule(how: str, looks: str, means: str, todo: str) -> Rule:
    """Read a row; `how` is a severity, and behind it what else is true of it."""
    severity, _, more = how.partition(" ")
    worst = Severity.ERROR if more == "or error" else None
    return Rule(Severity(severity), means, todo, Looks(looks), worst, more != "that stays", more == "of judgement")


RULES: Mapping[str, Rule] = {code: _rule(*row) for code, *row in read_section("checks", "rules")["rows"]}

# what reading a source tells by itself, before anything is checked; those that begin so are what it is unsure of
UNSURE = "unsure-"
READING: Mapping[str, str] = dict(read_section("checks", "reading")["rows"])

# warnings about the finished mail, which only whoever makes it can tell: a release may wave them through all the same
_MAIL = read_section("checks", "mail")["rows"]
OF_THE_MAIL = frozenset({"spam-score", *(code for code, how, *_ in _MAIL if "warning" in how)})
