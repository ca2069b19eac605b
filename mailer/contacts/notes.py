"""Notes: the personal words above a release, and how long they may be.

Owns the counting of words, in any script. Never reads a list, never shortens anything.
Gaps: scripts without blanks between words are counted as two characters a word, which is about right for Japanese and
Chinese; Thai counts as one word.
Standards M2.
"""

from __future__ import annotations

import re
from typing import Final

MOST_WORDS: Final = 200
LONG_NOTE: Final = "note-long"
_WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
_WITHOUT_BLANKS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_PER_WORD = 2


def words_over(note: str) -> int:
    """Return how many words a note has where that is more than `MOST_WORDS`, else 0."""
    if len(note) <= _PER_WORD * MOST_WORDS:
        return 0  # a word and the blank behind it are two characters at least
    spaced = _WITHOUT_BLANKS.sub(" ", note)
    words = len(_WORD.findall(spaced)) + len(_WITHOUT_BLANKS.findall(note)) // _PER_WORD
    return words if words > MOST_WORDS else 0
