"""Language: the shape of one language's words for everything that people and their programs answer.

Owns the frozen table and how its patterns are made ready: each is a regular expression over the plain form of one
sentence (`sentences.fold`), compiled when the language is first met. `.{0,60}` and the like are bounded everywhere, so
that no text takes long. Never decides anything: `optout`, `absence`, `moved` and `challenge` do.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailer.bounces.answers.sentences import Sentence
from mailer.words import read_section


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language's words.

    `frequent`: its small words, by which a text is known to be in it; none where its script tells.
    `stems`: pieces of which one stands in every opt-out; the rest is not asked where none does.
    `wishes`: a sentence that asks to get no more mail. `harmless`: what looks like one and is cut out first (a rate, a
    link, a no before it). `refusals`: a sentence with this is no wish, whatever else it says (a footer, a guest list).
    `alone`: words that are a wish where nothing but `filler` stands beside them.
    `absent`: somebody is away. `signs`: what else stands in such notices. `automatic`: a machine says that it is one.
    `left`: they do not work there any more. `gone`: the address is not read any more. `own`: beside the person's own
    new address. `instead`: whom to write to from now on.
    """

    code: str
    frequent: tuple[str, ...] = ()
    stems: tuple[str, ...]
    wishes: tuple[str, ...]
    harmless: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    filler: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    automatic: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()


# in the order in which they are asked
_TAGS = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "ja", "zh", "sv", "fi", "cs", "tr")
LANGUAGES = tuple(Language(code=tag, **read_section(tag, "answers")) for tag in _TAGS)


@functools.cache
def pattern(alternatives: tuple[str, ...]) -> re.Pattern[str]:
    """Make one regular expression out of alternatives; out of none, one that never matches."""
    return re.compile("|".join(f"(?:{each})" for each in alternatives) or r"(?!)", re.MULTILINE)


def first_with(sentences: Sequence[Sentence], tables: Iterable[tuple[str, ...]]) -> Sentence | None:
    """Return the first sentence in which a row of one of the tables is found."""
    whole = "\n".join(each.plain for each in sentences)
    patterns = [each for each in map(pattern, tables) if each.search(whole)]  # mostly none, and then it is cheap
    return next((each for each in sentences if any(one.search(each.plain) for one in patterns)), None)
