"""Headline case: what a headline in capitals would be in headline or in sentence case.

Owns the proposal; the headline itself stays as its author wrote it. Names and abbreviations are taken from how the
rest of the release writes them; what is not found there is a guess.
"""

from __future__ import annotations

import re
from collections import Counter

from mailer.release.pieces import Draft
from mailer.release.values import plain

_WORD = re.compile(r"[^\W\d_][\w'’]*")
_SMALL = re.compile(
    "a|an|and|as|at|but|by|for|from|in|into|nor|of|off|on|or|out|over|per|the|to|up|via|vs|with|und|oder|der|die|das|de"
    "|la|le|les|et|el|los|las|y|e|il|lo|i|gli|di|da|van|het|een|en|do|dos",
    re.IGNORECASE,
)
_MIN_LETTERS = 12
_ROMAN = re.compile(r"(?=[IVXLCDM]{2,})M{0,3}(?:C[MD]|D?C{0,3})(?:X[CL]|L?X{0,3})(?:I[XV]|V?I{0,3})")


def is_all_capitals(text: str) -> bool:
    """Return whether a headline is written in capitals: hardly any small letter in it, and not just an abbreviation."""
    letters = [c for c in text if c.isalpha() and c.upper() != c.lower()]
    small = sum(c.islower() for c in letters)
    return len(letters) >= _MIN_LETTERS and small * 20 < len(letters)


def propose_case(headline: str, story: str) -> tuple[str, str]:
    """Return a headline in headline case and in sentence case; `story` shows how its names are written."""
    known = _spellings(story)

    def changed(*, sentence: bool) -> str:
        first = True
        parts: list[str] = []
        at = 0
        for match in _WORD.finditer(headline):
            before = headline[at : match.start()]
            first = first or bool(re.search(r"[:.?!–—]\s*[“\"«„]?$", before))
            parts.extend([before, _spelled(match.group(), known, first=first, sentence=sentence)])
            first, at = False, match.end()
        return "".join([*parts, headline[at:]])

    return changed(sentence=False), changed(sentence=True)


def _spellings(story: str) -> dict[str, str]:
    """Return how the story most often writes each word inside its sentences."""
    counts: dict[str, Counter[str]] = {}
    for match in _WORD.finditer(story):
        begins = re.search(r"(?:^|[.?!:\n“\"«„]\s*)$", story[max(0, match.start() - 4) : match.start()])
        word = match.group()
        if not begins or not word[1:].islower():
            counts.setdefault(word.casefold(), Counter())[word] += 1
    return {word: spelled.most_common(1)[0][0] for word, spelled in counts.items()}


def _spelled(word: str, known: dict[str, str], *, first: bool, sentence: bool) -> str:
    base = re.sub(r"['’]s$", "", word, flags=re.IGNORECASE)
    found = known.get(word.casefold()) or known.get(base.casefold(), "") + word[len(base) :].lower()
    if not found.strip("'’s") or found == word[len(base) :].lower():
        found = word if _ROMAN.fullmatch(word) else word.lower()
    if first or not (sentence or _SMALL.fullmatch(word)):
        return found[:1].upper() + found[1:]
    return found


def say_capitals(draft: Draft) -> None:
    """Offer a headline in capitals in other case, as a note."""
    if not is_all_capitals(draft.headline):
        return
    story = "\n".join(plain(piece.inline) for piece in draft.pieces)
    title, sentence = propose_case(draft.headline, story)
    line = next((found.line for found in draft.findings if found.field == "headline"), None)
    message = f'the headline is in capitals, and stays so. In headline case: "{title}"; as a sentence: "{sentence}"'
    draft.say("headline-capitals", message, line)
