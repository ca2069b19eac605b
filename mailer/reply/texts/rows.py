"""Row: phrases that servers say, and the reason they stand for.

Owns how a phrase is written and searched. A phrase is plain words; ` * ` between two pieces stands for up to 60
characters; a blank at an end stands for the end of a word. Both phrase and text are folded first: small letters, no
accents, punctuation made one blank, apostrophes dropped, addresses replaced by `addr` and links dropped, so that a name
in them (`spam@…`, `/unknown`) can never decide; of a link stays the name of a public block list, and Gmail's `p=`.
No regular expression meets a stranger's text but those of `fold`, and each of those is bounded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from mailer.reply.reasons import Reason

MAX_TEXT = 2_000  # characters of a text that are looked at
_GAP = 60

_APOSTROPHE = re.compile(r"['’‘`´]")
_ADDRESS = re.compile(r"[<\"]?[^\s@<>\"(),;]{1,80}@[^\s@<>\"(),;]{1,120}[>\"]?")
_LINK = re.compile(r"https?://(?:www\.)?([\w.-]{1,100})([^\s>)]{0,300})")
_LISTS = re.compile(r"spamhaus|spamcop|barracudacentral|sorbs|uceprotect|abuseat|senderbase")
_GOOGLE = re.compile(r"\bp=(\w{1,40})")
_MARKS = re.compile(r"[^\w.-]+|_|\.(?!\w)|-(?![\w-]{0,60}\.[a-z])")
_STROKES = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ß": "ss", "đ": "d", "ı": "i"})
_BLANKS = re.compile(r" {2,}")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table. `example` is a text of ours, made after what servers say, that this row reads.

    `is_final`: whoever says this to RCPT, with nothing against us beside it, says that there is nobody.
    """

    reason: Reason
    phrases: tuple[tuple[str, ...], ...]
    example: str
    is_final: bool = False


class Table:
    """Rows in their order; the first one of which a phrase stands in a text is its reading."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Lay the phrases of all rows out in one list."""
        self.rows = tuple(rows)
        self._phrases = tuple((phrase[0], phrase[1:], each) for each in self.rows for phrase in each.phrases)

    def find(self, folded: str) -> Row | None:
        """Give the row that reads a folded text."""
        for first, rest, found in self._phrases:
            if first in folded and (not rest or _in_order(first, rest, folded)):
                return found
        return None


def row(reason: Reason, example: str, *phrases: str, is_final: bool = False) -> Row:
    """Write a row: the reason, an example, and its phrases."""
    pieces = tuple(tuple(_fold_piece(piece) for piece in each.split(" * ")) for each in phrases)
    return Row(reason, pieces, example, is_final)


def fold(text: str) -> str:
    """Make a server's text comparable to phrases: see the module's head. Padded with a blank at both ends."""
    low = plain_letters(text[:MAX_TEXT]).lower()
    if "@" in low:
        low = _ADDRESS.sub(" addr ", low)
    if "://" in low:
        low = _LINK.sub(_shortened, low)
    return _BLANKS.sub(" ", f" {_MARKS.sub(' ', _APOSTROPHE.sub('', low))} ")


def plain_letters(text: str) -> str:
    """Take the accents off, and make wide letters narrow."""
    if text.isascii():
        return text
    # NFKD makes at most eighteen characters of one, and the text is bounded by now
    apart = unicodedata.normalize("NFKD", text.translate(_STROKES))
    return "".join(each for each in apart if not unicodedata.combining(each))


def _shortened(link: re.Match[str]) -> str:
    said = _GOOGLE.search(link[2])  # Gmail's help links name the reason: ?p=NoSuchUser
    listed = _LISTS.search(link[1])
    return f" {listed[0] if listed else ''} {'p.' + said[1] if said else ''} "


def _fold_piece(piece: str) -> str:
    folded = fold(piece).strip()
    start = " " if piece.startswith(" ") else ""
    return f"{start}{folded}{' ' if piece.endswith(' ') else ''}"


def _in_order(first: str, rest: tuple[str, ...], folded: str) -> bool:
    """Say whether the pieces follow each other with small gaps; every place of the first one is tried."""
    at = folded.find(first)
    while at >= 0:
        end = at + len(first)
        for piece in rest:
            next_at = folded.find(piece, end, end + _GAP + len(piece))
            if next_at < 0:
                break
            end = next_at + len(piece)
        else:
            return True
        at = folded.find(first, at + 1)
    return False
