"""Asking: whether a letter that answers a mail of ours waits for an answer from the press office.

A guess, weighed by sentence: what a person asks speaks for it, thanks and “no need to reply” speak against it, and a
few words of eleven languages (`asking.toml`) say what is asked for. A wrong “yes” costs a look, a wrong “no” a story:
so what is only talk about pictures counts little, a question always counts, and a letter that cannot be weighed (no
words of its own, none that is known here, another language) is for somebody to look at, as one is that may ask for no
more mail.
Never raises, reads no more than the first sentences, keeps no text.

Gaps: irony, and a question without its mark in a language without words for requests here.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Final

from mailer import lazy_re as re
from mailer.bounces.answers import MAX_LOOKED_AT, new_text
from mailer.bounces.language import Sentence, guess_languages, parse_sentences
from mailer.bounces.parts import Part
from mailer.bounces.wishes import PERHAPS, find_wish, weigh_wish
from mailer.words import SIGNS, any_of, read_section

LANGUAGES: Final = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "ja", "zh")
TOPICS: Final = ("interview", "picture", "call", "material")
WISH: Final = "wish"
# What each kind of finding weighs; a letter waits for an answer from `ENOUGH` on.
WEIGHTS: Final[Mapping[str, int]] = read_section("asking", "weights")
ENOUGH: Final = 2
_ENDS_ASKING: Final = re.compile(r"[?？][\s\"')»”」]*$")


def needs_answer(kinds: Iterable[str]) -> bool:
    """Return whether a letter in which these kinds were found waits for an answer."""
    return sum(WEIGHTS[kind] for kind in kinds) >= ENOUGH


def weigh(root: Part) -> dict[str, str]:
    """Weigh what the writer of a message wrote anew: kinds of `WEIGHTS`, each with the sentence that it is in."""
    text = new_text(root)
    sentences = parse_sentences(text)[:MAX_LOOKED_AT]
    languages = guess_languages(" ".join(each.plain for each in sentences))
    tables = [each.code for each in languages if each.code in LANGUAGES] or list(LANGUAGES)
    found: dict[str, str] = {}
    for sentence in sentences:
        for kind in _kinds(sentence, tables):
            found.setdefault(kind, sentence.words)
    if wish := weigh_wish(text, sentences, enough=PERHAPS) or find_wish(text, sentences, "", languages):
        found[WISH] = wish.words
    if any(topic in found for topic in TOPICS):
        found.pop("mentioned", None)
    return {kind: found[kind] for kind in WEIGHTS if kind in found} or {"unread": ""}


def _kinds(sentence: Sentence, tables: list[str]) -> list[str]:
    plain = sentence.plain
    for code in tables:
        plain = _pattern(code, "harmless").sub(" ", plain)

    def has(name: str) -> bool:
        return any(_pattern(code, name).search(plain) for code in tables)

    # what was cut out took its question mark along: “How are you?” asks for nothing
    is_question = bool(_ENDS_ASKING.search(plain)) and bool(plain.strip(" ?？.,!\"'"))
    closed, topics = has("closed"), [topic for topic in TOPICS if has(topic)]
    asks = is_question or (has("request") and not closed)
    found = topics if asks else ["mentioned"] * bool(topics)
    found += ["question" if is_question else "request"] * asks + ["small_talk"] * (plain != sentence.plain)
    return [*found, *(name for name in ("problem", "thanks") if has(name)), *["closed"] * closed]


@functools.cache
def _pattern(code: str, name: str) -> re.Pattern[str]:
    rows = (row if row[0] >= SIGNS else rf"\b(?:{row})" for row in read_section("asking", code)[name])
    return re.compile(any_of(rows))
