"""Counts: a line in which an office says how long its text is, `Zeichen (mit Leerzeichen): 912`.

Owns telling such a line and leaving it out, told and kept: editors ask for it, readers do not. Only a line that is
nothing but counts is one; a paragraph that speaks of words stays.
"""

from __future__ import annotations

import re

from mailer.release.pieces import Draft
from mailer.release.values import Paragraph

_UNIT = (
    r"(?:zeichen(?:zahl)?|anschläge|wörter|worte|wort(?:an)?zahl|char(?:acter)?s?|words?|keystrokes|signes|caractères"
    r"|mots|caracteres|palabras|matrices|battute|caratteri|parole|tekens|woorden|aanslagen|palavras|文字数?|字)"
)
_BLANKS = r"(?:leerzeichen|spaces?|espaces?|espacios|spazi|spaties|espaços|空白)"
_WITH = (
    rf"(?:[\w.]+\s){{0,3}}{_BLANKS}(?:\s(?:compris|inclus|inclusi|esclusi|incluidos|incluídos|included|excluded)e?s?)?"
)
_ABOUT = rf"(?:\s?[(（\[]\s?{_WITH}\s?[)）\]]|,?\s{_WITH})?"
_LEAD = (
    r"(?:(?:an)?zahl(?: der)?|number of|nombre(?: total)? de|número(?: total)? de|numero(?: di)?|aantal|total(?: de)?"
    r"|length|länge|umfang|longueur|longitud|extensión|lunghezza|lengte|extensão)"
)
_NUMBER = r"(?:(?:ca|env|circa|about|approx|rund|約)\.?\s?)?\d{1,3}(?:[.,'’\s]?\d{3})*"
_NAMED = (
    rf"(?:{_LEAD}\s?[:：]?\s?)?{_UNIT}(?:\s(?:count|gesamt|total))?{_ABOUT}\s?[:：=]\s?{_NUMBER}(?:\s?{_UNIT})?{_ABOUT}"
)
_COUNTED = rf"(?:{_LEAD}\s?[:：]\s?)?{_NUMBER}\s?{_UNIT}{_ABOUT}"
_PART = rf"(?:{_NAMED}|{_COUNTED})"
_LINE = re.compile(
    rf"[\s(（\[*–—-]*{_PART}(?:\s?(?:[,;|/·•–—-]|\(|und|and|et|y|e|en)\s?{_PART}\)?)*[\s.)）\]*]*", re.IGNORECASE
)
_MOST = 100  # characters of such a line


def is_count_line(text: str) -> bool:
    """Return whether a line tells nothing but how many characters or words a text has."""
    return len(text) <= _MOST and _LINE.fullmatch(text) is not None


def leave_out_counts(draft: Draft) -> None:
    """Take the lines out that only count the text, and tell them."""
    for i in reversed(range(len(draft.pieces))):
        piece = draft.pieces[i]
        gone = [line for line in piece.lines() if is_count_line(line.text)]
        if not gone or not isinstance(piece.block, Paragraph):
            continue
        for line in gone:
            draft.keep("count", line)
            draft.say("left-out", f'left out: how long the text is, "{line.text}"', line.number)
        draft.take_lines(i, gone)
