"""Legends: a list's own explanations of its symbols, codes and columns.

Owns the reading of "* asked to come off", "Prio: 1 = always, 9 = never again" and "no date of consent, no mail",
wherever they are: above, below or beside the table, in a heading, on another sheet. Each becomes a mark on the columns
that it is about (`marks`), and takes precedence over the column's own meaning. Its words are judged like those of a
note.

A symbol counts beside a name, or alone in a cell. A number belongs to one column: the one that the legend names, or
else columns that contain nothing else. A rule is about the column whose heading it names, and whether that is empty or
filled in; it applies if the list has both kinds of rows. Gaps: rules about two columns at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from mailer import lazy_re as re
from mailer.contacts.meaning.columns import compact, filled, plain, table_end, tokens
from mailer.contacts.meaning.marks import (
    HEADS,
    Mark,
    MarkKind,
    begins,
    code_of,
    codes_among,
    evidence_in,
    explained,
    is_word,
    means_out,
    other_marks,
    sign_beside,
)
from mailer.contacts.values import MarkReason
from mailer.frozen import dataclass, field
from mailer.words import beginnings, read_section

Rows = Sequence[Sequence[str]]
_WORDS: Final = {name: [*map(plain, each)] for name, each in read_section("wishes", "rules").items()}
_WITHOUT, _CONDITION, _EMPTY, _ONLY = map(
    beginnings, (_WORDS["without"], _WORDS["without"] + _WORDS["with"], _WORDS["empty"], _WORDS["only"])
)
_NOTHINGS: Final = [{sign} for sign in "-–+"]
_NAMES: Final = frozenset({MarkKind.WHO, MarkKind.OUTLET})
_NEAR: Final = 40  # characters beside the name of a column: words about it
_STEM: Final = 5  # letters that a form of the heading's word shares with it
_SHORT: Final = 20  # characters of a code, which may be a word
_MOST_CODES: Final = 40  # of a column
_WORDS_OF_LEGEND: Final = 3  # at least, of a heading that explains its codes
_LONGEST: Final = 400  # characters of a rule
_USUAL: Final = HEADS["heading_words"] | HEADS["dates"]
_LETTER: Final = re.compile(
    r"\b(?:column|col|spalte|colonne|columna|colonna|coluna|kolom|kolumn|kolonne|kolumna)\s+([a-z])\b"
)
_SENTENCE: Final = re.compile(r"(?<=[.!?;])\s+")


@dataclass(frozen=True, slots=True)
class Legend:
    """A list's explanations of itself: the marks that follow, its texts, and those of them that are rules."""

    marks: tuple[Mark, ...] = ()
    texts: frozenset[str] = frozenset()
    rules: Mapping[str, Mark] = field(default_factory=dict)


def read_legends(
    texts: Mapping[str, str],
    header: Sequence[str],
    columns: Mapping[str, int],
    rows: Rows,
    flags: Collection[int],
    holds: Callable[[str], bool],
) -> Legend:
    """Read the legends in the texts around a table: each as it is, and with a semicolon between its cells.

    `rows` are the first ones of the table; a text is a rule only if it `holds`. `flags` are columns that mark a row by
    being filled in: a tick in them means what the heading says, whatever a legend calls it.
    """
    if not texts and all(len(tokens(cell)) < _WORDS_OF_LEGEND for cell in header):
        return Legend()
    width = min(table_end([header]), max(map(len, (header, *rows)), default=0))
    width += all(len(cell) <= _SHORT for cell in filled(rows, width))  # signs behind the last heading
    kinds = {each.position: each.kind for each in other_marks(header, columns, (), width)}
    names = {at for at in range(width) if not header or kinds.get(at) in _NAMES}
    tags = {at for at in range(width) if at not in names and kinds.get(at) is not MarkKind.PROSE}
    there = {at: _codes_in(filled(rows, at), is_name=at in names, may_be_tags=at in tags) for at in range(width)}
    nothing = [at for at, codes in there.items() if codes in _NOTHINGS and any(header[at : at + 1])]  # "Phone": "-"
    coded: dict[int, dict[str, bool]] = {at: {} for at, codes in there.items() if codes and at not in nothing}
    texts_read = set[str]()

    def read(text: str, parted: str, positions: Iterable[int], named: int | None) -> None:
        label = None if text in header else header[named] if named is not None else ""
        found = {at: dict(read_legend(parted, there[at], label if named in {None, at} else "")) for at in positions}
        for at, codes in found.items():
            if codes and (at == named or kinds.get(at) in _NAMES or named is None or not found.get(named)):
                coded[at] |= {code: out for code, out in codes.items() if out or (out is False and at not in flags)}
                texts_read.add(text)

    for text, parted in texts.items() if coded else ():
        read(text, parted, coded, _column_named(text, header, kinds))
    for at in coded:
        if at < len(header):
            read(header[at], header[at], [at], None)
    marks = [Mark(at, (*header[at:], "")[0], MarkKind.CODED, codes=codes) for at, codes in coded.items() if codes]
    alone = (text for text, parted in texts.items() if text == parted)
    ruling = (text for text in alone if len(text) < _LONGEST and text not in texts_read)
    rules = {text: rule for text in ruling if (rule := _rule(text, header, kinds, rows)) and holds(text)}
    return Legend((*marks, *rules.values()), frozenset({*texts_read, *rules}), rules)


def _codes_in(cells: Sequence[str], *, is_name: bool, may_be_tags: bool) -> frozenset[str]:
    """Return the possible codes of a column: short cells, each of several tags, and in names the signs beside them."""
    if is_name:
        beside = {sign_beside(cell)[0] for cell in cells} - {""}
        return frozenset(beside | {code_of(cell) for cell in cells if len(cell) < 3})
    codes = {code_of(cell) for cell in cells if len(cell) <= _SHORT}
    codes |= {code for cell in cells for code in codes_among(cell)} if may_be_tags else set()
    is_counter = cells == [str(number) for number in range(1, len(cells) + 1)]
    if is_counter or any(len(cell) > _SHORT for cell in cells):
        codes = {code for code in codes if not code.isdecimal()}
    return frozenset(codes if len(codes) <= _MOST_CODES else ())


def _column_named(text: str, header: Sequence[str], kinds: Mapping[int, MarkKind]) -> int | None:
    """Return the column that a legend names: "Rating: A = top"."""
    text_words = {*tokens(text)}
    named = [
        (max(map(len, words)), -at)
        for at, cell in enumerate(header)
        if kinds.get(at) not in _NAMES and (words := {word for word in tokens(cell) if {word, f"{word}s"} & text_words})
    ]
    return -max(named)[1] if named else None


def _rule(text: str, header: Sequence[str], kinds: Mapping[int, MarkKind], rows: Rows) -> Mark | None:
    """Return the mark that follows from a rule: "Whoever has no date of consent must not be mailed"."""
    for sentence in map(plain, _SENTENCE.split(text)):
        for position, begin, end in _mentions(sentence, header):
            cells = [row[position] if position < len(row) else "" for row in rows]
            if kinds.get(position) in _NAMES or all(cells) or not any(cells):
                continue
            start = max(0, begin - _NEAR)
            before = [*_CONDITION.finditer(sentence, start, begin)]
            behind = _EMPTY.search(sentence, end, end + _NEAR // 2)
            if not (before or behind):
                continue
            rest = sentence[: before[0].start() if before else begin] + sentence[behind.end() if behind else end :]
            lacks = behind is not None or _WITHOUT.search(sentence, start, begin) is not None
            is_only = _ONLY.search(rest) is not None and not lacks and evidence_in(rest, {"mail", "mailed"})
            found = evidence_in(rest, {"no", "mail", "mailed", "other", "welcome"})
            is_out = means_out(rest) or ("no" in found and found.isdisjoint({"other", "welcome"}) and len(found) > 1)
            if is_only or (lacks and is_out):
                return Mark(position, header[position], MarkKind.CONFIRMED, MarkReason.NO_CONSENT)
            if is_out:
                return Mark(position, header[position], MarkKind.FLAG)
    return None


def _mentions(sentence: str, header: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Yield the columns that a sentence names, by all of a heading or one of its words: (position, begin, end)."""
    found = []
    for position, cell in enumerate(header):
        if letter := _LETTER.search(sentence):
            found += [(-1, position, *letter.span())] if ord(letter[1]) - ord("a") == position else []
        parts = [word for word in plain(cell).split() if len(word) >= _STEM and compact(word) not in _USUAL]
        stems = [re.escape(word[: max(_STEM, len(word) - 3)]) + r"\w*" for word in parts]
        whole = [re.escape(plain(cell)) + r"\b"] if len(compact(cell)) > 2 else []
        for pattern in (*whole, *stems):
            if match := re.search(rf"\b[dl]?{pattern}", sentence):
                found.append((-len(match[0]), position, *match.span()))
                break
    yield from (each[1:] for each in sorted(found))


# Entries: which of the list's codes a text explains.


def read_legend(text: str, codes: Collection[str], label: str | None = "") -> Iterator[tuple[str, bool | None]]:
    """Yield the codes that a text explains, each with whether it means "do not mail", as `explained` does.

    Codes may be words. Short ones may have nothing between them and their meaning: "* asked to come off", or "Tier 3
    never asked for it" behind the `label` of their column; without a label none may.
    """
    forms = {form: code for code in codes for form in (code, code.strip("()"))}  # "R = …", of "Ada Brook (R)"
    is_explained = False
    for names, meaning in _pairs(text):
        if kept := [forms[each] for each in names if each in forms]:
            is_explained = True
            yield from explained(kept, meaning)
    if is_explained or label is None:
        return
    short = _short_codes(frozenset(each for each in forms if len(each) <= _SHORT_CODE), label)
    found = [each for each in short.finditer(text) if code_of(each[1]) in forms]  # "İ" is found as "i", and is none
    if len(found) == 1 and is_word(code_of(found[0][1])) and found[0].start() == found[0].start(1):
        found = found if found[0][1][-1] in ")]" else []  # "1 Saturday in two", but not "Tier 1 …" and "1) …"
    for match, end in zip(found, begins(found), strict=True):
        yield from explained([forms[code_of(match[1])]], text[match.end() : end])


def _pairs(text: str) -> Iterator[tuple[list[str], str]]:
    """Yield the entries of a legend: the codes that each explains ("A / B"), and their meaning."""
    parted = next((parts for sign in _MEANS if len(parts := sign.split(text)) > 1), [])
    for number, part in enumerate(parted[:-1]):
        names = _cut(part)[1] if number else part
        meaning = _cut(parted[number + 1])[0] if number + 2 < len(parted) else parted[number + 1]
        last = names.rpartition(":")[2].strip()
        codes = [
            code_of(each)
            for each in re.split(r"\s*[/,&]\s*|\s(?:or|oder|und|and|ou|et|o|e|y|en|of|eller|och|og)\s", last)
        ]
        yield [*codes, code_of(last), *(code_of(each) for each in last.split()[-1:])], meaning


def _cut(text: str) -> tuple[str, str]:
    """Return the meaning of a code, and the next code, which follows the last separator, or is the last word."""
    at = max((found.end() for found in re.finditer(r"[;|·•\n]", text)), default=0)
    at = at or max((found.end() for found in re.finditer(r"[,.](?=\s)", text)), default=0) or text.rstrip().rfind(" ")
    return text[:at], text[at:]


_SHORT_CODE: Final = 6
_MEANS: Final = (
    re.compile(r"=|→|⇒|➔|\b(?:means|bedeutet|hei(?:ß|ss)t|signifie|significa|betekent|oznacza|betyder)\b:?"),
    re.compile(r"\s[-–—]\s"),
    re.compile(r":(?=\s)"),
)


@lru_cache(maxsize=64)
def _short_codes(codes: frozenset[str], label: str) -> re.Pattern[str]:
    """Return the pattern for codes and signs with nothing between them and their meaning."""
    inner = sorted({code.strip("()") for code in codes} - {""}, key=len, reverse=True)
    code = rf"[(\[]?(?:{'|'.join(map(re.escape, inner))})[.)\]]*" if inner else r"(?!)"
    before = rf"|\b{re.escape(label)}\s+" if label else ""
    return re.compile(rf"(?:^|\s{{2}}|[,;:|/·•\n.(]\s*{before})({code})\s*(?<!\w)(?=[\w«„“])", re.IGNORECASE)
