"""Plain text: lines that are pleasant to read at 72 columns.

Owns wrapping, columns, underlining and the line of a letterhead with text at both ends. Never breaks a word, a URL, or
at a no-break space. Widths are for a monospaced font: a Chinese, Japanese or Korean letter takes two columns (Unicode
Standard Annex 11), and lines may break between them by a few rules (kinsoku: JIS X 4051; Annex 14): no line begins with
。 or ends in 「. Korean is broken at its blanks.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Final

from mailer import lazy_re as re

WIDTH = 72
_GAP: Final = "   "  # between the columns of a table
_NARROWEST: Final = 12  # a column of words that is narrower reads like a ladder
# most of what a template wraps is the same for everybody; typed, because Markup equals the str that it is made from
_remembered = lru_cache(maxsize=512, typed=True)

_FIRST_WIDE: Final = "\u1100"  # before it, nothing takes two columns
_REMEMBERED: Final = 4096
_NO_START: Final = frozenset(
    "、。，．・：；？！ー～…‥々〻’”）〕］｝〉》」』】〙〗｣､｡?!,.:;)]}"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ゛゜ゝゞヽヾ％℃‰年月日"
)
_NO_END: Final = frozenset("‘“（〔［｛〈《「『【〘〖｢([{￥＄£#＃№")
_HANGUL: Final = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")
# No line breaks at a no-break space, which `\s` would match.
_BLANKS = re.compile(r"[ \t]+")
_LINE_ENDS = re.compile(r"\r\n|[\r\n\v\f\x85\u2028\u2029]")
_PARAGRAPHS = re.compile(r"\n{2,}")
_NUMBER = re.compile(r"[-+−]?[\d.,'’\u00a0\u202f]*\d[\d.,'’\u00a0\u202f]*\s?(?:%|‰|[€$£¥]|[A-Za-zµ]{1,3}[²³]?)?")


@_remembered
def wrap(text: str, *, first: str = "", rest: str | None = None, width: int = WIDTH) -> str:
    """Wrap text at `width`, its own line breaks kept; `first` opens the first line and `rest` all others."""
    rest = first if rest is None else rest
    lines: list[str] = []
    for line in _LINE_ENDS.split(text):
        lines.extend(_wrap_line(line, first if not lines else rest, rest, width))
    return "\n".join(line.rstrip(" ") for line in lines)


def _wrap_line(line: str, first: str, rest: str, width: int) -> list[str]:
    lines: list[str] = []
    current, words = first, [*filter(None, _BLANKS.split(line))]
    if _is_narrow(line) and "–" not in line and "—" not in line:  # most lines are: break at the last blank that fits
        text = " ".join(words)
        while (room := max(width - len(current), 0)) < len(text):
            cut = text.rfind(" ", 0, room + 1)
            cut = text.find(" ", room) if cut < 0 else cut  # a word that is longer than a line stays whole
            if cut < 0:
                break
            lines.append(current + text[:cut])
            current, text = rest, text[cut + 1 :]
        return [*lines, current + text]
    taken, empty = display_width(first), True
    for word in words:
        for number, piece in enumerate(breakable(word)):
            blank = "" if empty or number else " "
            room = len(blank) + display_width(piece)
            # a dash never begins a line: it belongs to the words before it, and may stick out
            glued = word in ("–", "—") and taken <= width
            if not empty and not glued and taken + room > width:
                lines.append(current)
                current, taken, blank = rest, display_width(rest), ""
                room = display_width(piece)
            current += blank + piece
            taken += room
            empty = False
    return [*lines, current]


@_remembered
def wrap_paragraphs(text: str, *, first: str = "", rest: str | None = None) -> str:
    """Wrap text of several paragraphs, divided by empty lines; each opens with `first`."""
    return "\n\n".join(wrap(part, first=first, rest=rest) for part in split_paragraphs(text))


@lru_cache(maxsize=16)  # the page of a mail needs them, and then its text
def split_paragraphs(text: str) -> tuple[str, ...]:
    """Return the paragraphs of a text, stripped; a single line break stays inside its paragraph."""
    lines = "\n".join([line.strip() for line in _LINE_ENDS.split(text)])
    return tuple(part for part in _PARAGRAPHS.split(lines.strip("\n")) if part)


@_remembered
def underline(text: str, mark: str = "-") -> str:
    """Return a heading with a line of `mark` under it, as long as its longest line."""
    heading = wrap(text)
    longest = max(display_width(line) for line in heading.split("\n"))
    return f"{heading}\n{mark * longest}"


@_remembered
def between(left: str, right: str) -> str:
    """Return one line with a text at each end, or two lines where they do not fit beside each other."""
    if not left or not right:
        return wrap(left or right)
    room = WIDTH - display_width(left) - display_width(right)
    return f"{left}{' ' * room}{right}" if room >= 2 else f"{wrap(left)}\n{wrap(right)}"


def facts(rows: Sequence[tuple[str, str]]) -> str:
    """Return labels and values side by side; a value without a label continues the one before, and gaps are left out.

    Labels that would take more than a third of the line go above their values.
    """
    filled = [(label, value) for label, value in rows if value]
    widest = max((display_width(label) for label, _ in filled), default=0)
    if widest > WIDTH // 3:
        return "\n".join(
            f"{label}\n{wrap(value, first='  ')}" if label else wrap(value, first="  ") for label, value in filled
        )
    indent = " " * (widest + 3)
    return "\n".join(wrap(value, first=padded(label, widest + 3), rest=indent) for label, value in filled)


def columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as aligned columns, figures to the right.

    Long cells are wrapped in their column; a table that does not fit even so becomes a small list for each row.
    """
    count = max((len(row) for row in (head, *rows)), default=0)
    filled = [[_one_line(cell) for cell in row] + [""] * (count - len(row)) for row in rows]
    titles = [_one_line(cell) for cell in head] + [""] * (count - len(head))
    right = number_columns(filled, count)
    widths = _column_widths([titles, *filled], right)
    if widths is None:
        return _as_records(titles, filled)
    lines = [_row(row, widths, right) for row in filled]
    apart = "\n\n" if any("\n" in line for line in lines) else "\n"
    table = apart.join(lines)
    if any(titles):
        table = "\n".join([_row(titles, widths, right), _GAP.join("-" * width for width in widths), table])
    return table.rstrip("\n")


def _column_widths(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> list[int] | None:
    """Return the widths of the columns of a table, text columns narrowed until all fit; None if they never do."""
    columns = list(zip(*rows, strict=True))
    wide = [max(map(display_width, cells)) for cells in columns]
    room = WIDTH - len(_GAP) * (len(wide) - 1)
    narrow = [
        width if is_figures else min(width, max(_NARROWEST, *map(longest_piece, cells)))
        for width, is_figures, cells in zip(wide, right, columns, strict=True)
    ]
    if sum(wide) <= room:
        return wide
    if sum(narrow) > room:
        return None
    spare, wanted = room - sum(narrow), sum(wide) - sum(narrow)
    return [least + spare * (most - least) // wanted for least, most in zip(narrow, wide, strict=True)]


def longest_piece(cell: str) -> int:
    """Return the width of the longest unbreakable piece of a text."""
    return max((display_width(piece) for word in cell.split(" ") for piece in breakable(word)), default=0)


def number_columns(rows: Sequence[Sequence[str]], count: int) -> list[bool]:
    """Return for each of `count` columns whether it has only figures (aligned right), gaps allowed."""
    cells = [[row[at].strip() for row in rows if at < len(row) and row[at].strip()] for at in range(count)]
    figures = [bool(column) and all(_NUMBER.fullmatch(cell) for cell in column) for column in cells]
    # the first of several columns names the row, even if it is a year
    return [False, *figures[1:]] if count > 1 else figures


def _one_line(cell: str) -> str:
    return " ".join(_LINE_ENDS.sub(" ", cell).split(" ")).strip(" ")


def _row(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    stacks = [wrap(cell, width=width).split("\n") for cell, width in zip(cells, widths, strict=True)]
    return "\n".join(
        _GAP.join(
            padded(cell, width, right=to_right) for cell, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip(" ")
        for line in zip_longest(*stacks, fillvalue="")
    )


def _as_records(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    records: list[str] = []
    for row in rows:
        # a gap is left out, but the first row names all columns
        pairs = [(title, cell) for title, cell in zip(titles, row, strict=True) if cell or (title and not records)]
        lines = [wrap(f"{title}: {cell}" if title else cell, rest="  ", first="") for title, cell in pairs]
        records.append("\n".join(lines))
    # a table without rows still names its columns
    return "\n\n".join(records) or "\n".join(wrap(title) for title in titles)


# Widths.


def display_width(text: str) -> int:
    """Return how many columns a text takes."""
    return len(text) if _is_narrow(text) else sum(map(_width, text))


def _is_narrow(text: str) -> bool:
    return text.isascii() or max(text) < _FIRST_WIDE


@lru_cache(maxsize=_REMEMBERED)
def _width(sign: str) -> int:
    if unicodedata.combining(sign) or unicodedata.category(sign) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in {"W", "F"} else 1


def padded(text: str, width: int, *, right: bool = False) -> str:
    """Return a text filled with blanks to a width, behind it or, for figures, before it."""
    blanks = " " * (width - display_width(text))
    return f"{blanks}{text}" if right else f"{text}{blanks}"


def breakable(word: str) -> list[str]:
    """Cut a word where a line may break inside it: between letters that are written without blanks; URLs stay whole."""
    if display_width(word) == len(word) or "://" in word:
        return [word]
    pieces: list[str] = []
    for sign in word:
        joins = not pieces or sign in _NO_START or pieces[-1][-1] in _NO_END or not _may_break(pieces[-1][-1], sign)
        if joins and pieces:
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces


def _may_break(before: str, sign: str) -> bool:
    """Return whether a line may break between two letters: one of them is wide, and neither is Hangul."""
    if _HANGUL.match(before) or _HANGUL.match(sign):
        return False
    return _width(sign) == 2 or _width(before) == 2
