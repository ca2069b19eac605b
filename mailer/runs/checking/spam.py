"""Spam: what the spam filters of this machine think of finished mails.

Owns which filters are there, how each is asked, and what is said where one is missing. Nothing leaves the machine; none
at all is said in a sentence, and is no error.
Standards H12.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mailer.runs.checking.rspamd import score_by_rspamd
from mailer.runs.checking.scores import Letter, Score, SpamProblem
from mailer.runs.checking.spamassassin import score_by_spamassassin
from mailer.runs.checking.traits import traits_of

_Scoring = Callable[[str, Sequence[Letter]], list[Score]]
FILTERS: Final[Mapping[str, tuple[str, _Scoring]]] = {
    "SpamAssassin": ("spamassassin", score_by_spamassassin),
    "rspamd": ("rspamd", score_by_rspamd),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a filter says of some mails, in their order; or why it says nothing, and whether that is for its absence."""

    program: str
    scores: tuple[Score, ...] = ()
    silence: str = ""
    is_missing: bool = False


def find_filter(name: str) -> str:
    """Return the path of a filter's program, empty where this machine has none."""
    return shutil.which(FILTERS[name][0]) or ""


def ask_filter(name: str, letters: Sequence[Letter]) -> Answer:
    """Ask a filter about finished mails; one that is not there, or cannot be used, says so."""
    command, score = FILTERS[name]
    program = find_filter(name)
    if not program:
        how = f"on Debian and Ubuntu: apt install {command}; on a Mac: brew install {command}"
        return Answer(name, silence=f"{name} is not installed here, and was not asked ({how})", is_missing=True)
    try:
        scores = score(program, letters)
    except SpamProblem as problem:
        return Answer(name, silence=str(problem))
    return Answer(name, tuple(map(_with_traits, scores, letters)))


def _with_traits(score: Score, letter: Letter) -> Score:
    """Return a score whose hits know what is true of their mail."""
    traits = traits_of(letter.data, letter.mail_from)
    return replace(score, hits=tuple(replace(hit, traits=traits) for hit in score.hits))
