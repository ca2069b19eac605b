"""Sentences: a person's text cut into sentences, each also in a plain form that word tables are written in.

Owns the folding: one case, no accents on Latin letters, straight quotes, single blanks, Russian ё as е, full-width
letters as plain ones. Lines that a mail program broke are joined again. Never raises.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MAX_SENTENCES = 80
_WRAPPED = 45  # a line at least this long was probably broken by the program
_WRAPPED_WIDE = 22  # of characters that are twice as wide
# not behind a number (“14. März”), nor before one (“Jan. 5”)
_END = re.compile(r"(?<=[!?。！？;；…])\s*|(?<=[^\d\W]{2}\.)\s+(?!\d)|(?<=[)\"'»”]\.)\s+|\n")
_SPACE = re.compile(r"\s+")
_ODD = {"ё": "е", "ł": "l", "ø": "o", "æ": "ae", "đ": "d", "ı": "i", "œ": "oe", "ð": "d", "þ": "th"}
_SIGNS = {
    **dict.fromkeys("’‘`´ʼ′", "'"),
    **dict.fromkeys("“”„«»‹›「」『』‟″", '"'),
    **dict.fromkeys("\u200b\u200c\u200d\ufeff\u00ad\u2060\u0307", ""),
    **dict.fromkeys("‐‑–—−", "-"),
}
_LATIN = {
    chr(code): unicodedata.normalize("NFKD", chr(code))[0]
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))
    if unicodedata.decomposition(chr(code)) and "<" not in unicodedata.decomposition(chr(code))
}
_FOLD = str.maketrans({**_LATIN, **_ODD, **_SIGNS})


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: as it was written, and folded."""

    words: str
    plain: str


def fold(text: str) -> str:
    """Return text in the plain form: `Désabonnez‑moi !` becomes `desabonnez-moi !`; `E-Mail` is one word, `email`."""
    folded = unicodedata.normalize("NFKC", text.translate(_FOLD)).casefold().translate(_FOLD)
    return _SPACE.sub(" ", folded).strip().replace("e-mail", "email")


def parse_sentences(text: str) -> list[Sentence]:
    """Cut text into sentences; one that is empty after folding is left out."""
    pieces = (piece.strip() for piece in _END.split(_joined(text)) if piece)
    found = (Sentence(_SPACE.sub(" ", piece), fold(piece)) for piece in pieces if piece)
    return [sentence for sentence in found if sentence.plain][:MAX_SENTENCES]


def _joined(text: str) -> str:
    """Join the lines of a paragraph that were broken because the paper was too narrow."""
    out: list[str] = []
    before = ""
    for line in text.split("\n"):
        bare = line.strip()
        wide = bool(before) and ord(before[-1]) > 0x2E7F
        broken = len(before) >= (_WRAPPED_WIDE if wide else _WRAPPED) and before[-1] not in ".!?:;。！？"
        if broken and bare:
            out.append(bare if wide else f" {bare}")
        else:
            out.append(f"\n{bare}")
        before = bare
    return "".join(out)
