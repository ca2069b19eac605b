"""Text: a release pasted as plain text, cut into pieces; and traces of the place it was copied from.

Owns columns, chunks between blank lines, paragraphs whose blank lines are missing or doubled, wrapped and intended line
ends, lists with any bullet, tables made of tabs or bars. Knows no words: the recognisers decide what a piece is, in the
order of `_STEPS`, which HTML shares.

From a mail or a newsgroup come header lines (Subject, From, X-…) and the marks of forwarded and blind copies; the Date
header is only used as the date if the release has none. From a PDF, or a text typed for paper, come page numbers,
running heads and feet, “- more -”, the paragraphs they cut in two, and words divided at the end of a line. What is left
out is kept beside the release and reported; line numbers remain those of the source.

Gaps: three columns are read as two if the gaps differ between lines; a paragraph whose last line happens to be full is
joined with the next one. A divided word that is nowhere else in the text is joined without its hyphen in languages that
divide words like this (“Nord-/deutscher”), so a compound may lose its hyphen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from mailer import lazy_re as re
from mailer.frozen import dataclass, replace
from mailer.release.head.embargo import recognise_embargo
from mailer.release.head.headlines import GREETING, recognise_headline
from mailer.release.head.labels import is_label_line, recognise_dateline, recognise_labels, unquote_labels
from mailer.release.media_contacts import recognise_contacts
from mailer.release.people import parse_contact_line
from mailer.release.pieces import Draft, Line, Piece, settle, text_of
from mailer.release.quotes.statements import recognise_marked_quotes, recognise_statements
from mailer.release.sections import (
    is_end_mark,
    recognise_call_to_action,
    recognise_captions,
    recognise_end_mark,
    recognise_sections,
)
from mailer.release.times import find_date
from mailer.release.top import read_dateline_text
from mailer.release.values import ListBlock, Paragraph, Span, Table, plain
from mailer.release.words import written
from mailer.words import read_section

_MAIL = read_section("page_furniture", "mail")
_HEADER = re.compile(rf"(?:{'|'.join(_MAIL['headers'])})\s?[:：](?:\s|$)", re.IGNORECASE)
_FORWARDED = re.compile(rf"(?:[-_]{{2,}}\s*)?(?:{'|'.join(_MAIL['forwarded'])})\s*:?\s*(?:[-_]{{2,}})?", re.IGNORECASE)
_REPLY_MARK = re.compile(r"^> ?")
_MARKED_LINES = 5
_LABEL = 50  # characters at most
_MARK = re.compile(r"-{3,}.*|_{5,}|={5,}|Begin forwarded message:?|Begin Forwarded Message:?")
_DATES = frozenset(read_section("heads", "paper")["dates"])


def without_reply_marks(text: str) -> str:
    """Return a text without the `>` that mail programs put before nearly every line, once or more."""
    lines = text.split("\n")
    while True:
        marked = sum(line.startswith(">") for line in lines)
        if marked < _MARKED_LINES or marked * 4 < 3 * sum(bool(line.strip()) for line in lines):
            return "\n".join(lines)
        lines = [_REPLY_MARK.sub("", line) for line in lines]


def recognise_mail_headers(draft: Draft) -> None:
    """Move mail headers, forwarding marks and the text above the last of these out of the draft."""
    marks = [i for i, piece in enumerate(draft.pieces) if any(_FORWARDED.fullmatch(one.text) for one in piece.lines())]
    top = marks[-1] if marks else 0
    if any(GREETING.fullmatch(line.text) for piece in draft.pieces[top : top + 4] for line in piece.lines()):
        # a covering note ends at a rule, or at the label of the release
        ends = ((i, line.text) for i in range(top + 1, len(draft.pieces)) for line in draft.pieces[i].lines()[:1])
        marks += [
            i
            for i, text in ends
            if _MARK.fullmatch(text) or (len(text) < _LABEL and is_label_line(text) and not find_date(text))
        ][:1]
    above, below = (draft.pieces[: marks[-1]], draft.pieces[marks[-1] :]) if marks else ([], draft.pieces)
    if marks and 2 * sum(len(piece.text) for piece in above) <= sum(len(piece.text) for piece in below):
        note = [line for piece in above for line in piece.lines() if not _HEADER.match(line.text)]
        for line in note:
            draft.keep("covering-note", line)
        if note:
            words = " ".join(line.text for line in note)
            draft.report("left-out", f'left out as written above a mail that was passed on: "{words}"', note[0].number)
        rest_above = (piece.without(line.number for line in note) for piece in above)
        draft.pieces = [*(piece for piece in rest_above if piece and piece.inline), *below]
    left: list[Piece] = []
    for piece in draft.pieces:
        lines = piece.lines()
        headers = [line for line in lines if _HEADER.match(line.text)]
        if len(headers) < 2 or len(headers) * 2 <= len(lines):
            lines = tuple(line for line in lines if _MARK.fullmatch(line.text) and not is_end_mark(line.text))
        for line in lines:
            draft.keep("mail-header", line)
        rest = piece.without(line.number for line in lines) if lines else piece
        left.extend([rest] if rest else [])
    draft.pieces = left


def is_passed_on(text: str) -> bool:
    """Return whether a text has a forwarded mail in it."""
    return any(_FORWARDED.fullmatch(line.strip()) for line in text.splitlines())


def use_mail_date(draft: Draft) -> None:
    """Use the date of a kept Date header if nothing else gave one."""
    if draft.date or not draft.wants("date"):
        return
    for kept in draft.kept:
        name, _, value = kept.text.partition(":")
        if kept.field != "mail-header" or name.strip().lower() not in _DATES:
            continue
        from email.utils import parsedate_to_datetime  # noqa: PLC0415 - few releases are mails

        try:
            draft.date = parsedate_to_datetime(value.strip()).date()
        except ValueError:
            found = find_date(value.strip(), day_first=True)
            draft.date = found.day if found else None
        if draft.date:
            draft.report("unsure-date", "the date was taken from the mail's header: is it the release's?", kept.line)
            return


# Pages of paper.

Numbered = tuple[int, str]
_NUMBER = written("paper", "number")
_NUMBER_AT_END = written("paper", "number_at_end")
_MORE_MARK = written("paper", "more")
_DIVIDED = re.compile(r"(?<![^\W\d_])(?P<before>[^\W\d_]{2,})[-\u00ad\u2010]$")
_CONTINUES = re.compile(r"\s*(?P<after>[a-zß-öø-ÿœ][\w'’]*)(?P<rest>.*)")
_JOINS = re.compile(r"(?:and|or|und|oder|bis|et|ou|y|o|e|ed|en|of|as|to)\b", re.IGNORECASE)
_COMPOUND = frozenset(read_section("heads", "paper")["compound"])
_HEAD_LINES = 8  # lines of the text of which a running head may repeat one
_BLANKS = 2  # empty lines between a page number and the line printed beside it
_DATE_WITHIN = 40  # characters before the number of a page, in a head with the day of the release
_FIRST_END = 8  # no page ends before this line


def clean_pages(text: str, draft: Draft) -> tuple[str, list[Numbered]]:
    """Remove the traces of pages from a text; return all words that must not be lost, and the remaining lines."""
    raw = text.split("\n")
    breaks = {number for number, line in enumerate(raw, 1) if line.startswith("\x0c")}
    lines = [(number, line.replace("\x0c", "")) for number, line in enumerate(raw, 1)]
    for at, (number, printed) in enumerate(lines[: _FIRST_END - 1]):
        first = _NUMBER_AT_END.fullmatch(printed.rstrip())
        if first and find_date(first["head"][-_DATE_WITHIN:]):  # the first running head has the day of the release
            head = first["head"].rstrip(" |")
            lines[at] = number, head
            draft.keep("page-mark", Line(number, printed.rstrip()[len(head) :].strip()))
    marks = [i for i, (number, line) in enumerate(lines) if _is_mark(line) or number in breaks]
    if removed := _page_lines(lines, marks):
        shown = [Line(lines[i][0], " ".join(lines[i][1].split())) for i in sorted(removed)]
        for line in shown:
            draft.keep("page-mark", line)
        words = ", ".join(f'"{line.text}"' for line in shown)
        draft.report("left-out", f"left out as page numbers and running heads: {words}", shown[0].number)
        lines = _close_gaps(lines, removed)
    lines = _join_divided_words(lines, draft)
    kept = dict(lines)
    return "\n".join(kept.get(number, "") for number in range(1, len(raw) + 1)), lines


def _page_lines(lines: Sequence[Numbered], marks: Sequence[int]) -> set[int]:
    """Return the lines that belong to pages: page ends, and lines beside two of them or like the running head."""
    beside: dict[str, set[int]] = {}
    for i in marks:
        for step in (-1, 1):
            at = i + step
            while 0 <= at < len(lines) and abs(at - i) <= _BLANKS and not lines[at][1].strip():
                at += step
            if 0 <= at < len(lines) and len(lines[at][1].split()) > 1:
                beside.setdefault(" ".join(lines[at][1].split()), set()).add(at)
    removed = {at for found in beside.values() if len(found) > 1 for at in found}
    # running heads have the words of the head of the text and of the lines with numbers
    first = [line for _, line in lines if line.strip()][:_HEAD_LINES]
    known = set(_words(" ".join([*first, *(lines[i][1] for i in marks)])))
    for i in marks:
        at = i
        if _is_mark(lines[i][1]):
            removed.add(i)
            at += 1
        for _ in range(3 if i >= _FIRST_END else 0):  # blocks of one or two lines
            while at < len(lines) and not lines[at][1].strip():
                at += 1
            stop = at
            while stop < len(lines) and lines[stop][1].strip():
                stop += 1
            rows = (_words(line) for _, line in lines[at:stop])
            if not 0 < stop - at <= 2 or not all(0 < len(words) <= 14 and known.issuperset(words) for words in rows):
                break
            removed.update(range(at, stop))
            at = stop
    return removed


def _is_mark(line: str) -> bool:
    """Return whether a line marks the end of a page: a page number, or “more”."""
    if not line.strip() or len(line) > 160 or is_end_mark(line):
        return False
    if _NUMBER.fullmatch(line) or _NUMBER_AT_END.fullmatch(line.strip()):
        return True
    return _MORE_MARK.fullmatch(line.strip()) is not None and not line.strip()[0].isalnum()


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+", text.casefold()) if len(word) > 3 or word.isdigit()]


def _close_gaps(lines: Sequence[Numbered], removed: set[int]) -> list[Numbered]:
    """Drop lines, and the blank lines around them if a sentence continues behind them."""
    left: list[Numbered] = []
    i = 0
    while i < len(lines):
        if i not in removed:
            left.append(lines[i])
            i += 1
            continue
        stop = i
        while stop < len(lines) and (stop in removed or not lines[stop][1].strip()):
            stop += 1
        while left and not left[-1][1].strip():
            left.pop()
        before, after = left[-1][1].strip() if left else "", lines[stop][1].strip() if stop < len(lines) else ""
        ended = before.rstrip('"”’»)“')[-1:] in set(".!?:。」")
        goes_on = after[:1].islower() or before[-1:] in {",", "-"} or len(before) > 50
        if ended or not (before and after and goes_on):
            left.append((lines[i][0], ""))
        i = stop
    return left


def _join_divided_words(lines: list[Numbered], draft: Draft) -> list[Numbered]:
    """Join words that the end of a line divides; the whole word is on the first of the two lines."""
    words = Counter(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", "\n".join(line for _, line in lines).casefold()))
    joined: list[tuple[int, str]] = []
    for i in range(len(lines) - 1):
        match = _DIVIDED.search(lines[i][1].rstrip())
        after = _CONTINUES.match(lines[i + 1][1]) if match else None
        if not match or not after or _JOINS.match(after["after"]):
            continue
        before, behind, rest = match["before"], after["after"], after["rest"]
        glued, hyphened = before + behind, f"{before}-{behind}"
        is_compound = words[hyphened.casefold()] or before.casefold() in _COMPOUND or before.isupper()
        whole = hyphened if is_compound and not words[glued.casefold()] else glued
        closing = re.findall(r"^[^\w\s]*", rest)[0]
        lines[i] = (lines[i][0], f"{lines[i][1].rstrip()[: match.start()]}{whole}{closing}")
        lines[i + 1] = (lines[i + 1][0], rest[len(closing) :].lstrip())
        joined.append((lines[i][0], whole))
    if joined:
        shown = ", ".join(f'"{word}"' for _, word in joined)
        draft.report("divided-words", f"words divided at a line's end were joined: {shown}", joined[0][0])
    # a line that is empty because its only word moved up must not cut the paragraph
    above = {number for number, _ in joined}
    return [line for i, line in enumerate(lines) if line[1].strip() or i == 0 or lines[i - 1][0] not in above]


# Columns: text that blanks or tabs put side by side.

_GAP = re.compile(r"(?<=\S)(?: {3,}|\t+ *| *\t+)(?=\S)")
_FIELD_NAME = re.compile(r"\s*[^\W\d][\w /'’.-]{0,24}:")
_TAB = 8


def split_columns(lines: Sequence[Numbered]) -> list[list[Numbered]]:
    """Return the columns of a block, each with its numbered lines; the block itself if it has only one."""
    wide = [(number, line.expandtabs(_TAB).rstrip()) for number, line in lines]
    if not any(_GAP.search(line) for _, line in wide):
        return [list(lines)]
    at = _column_start([line for _, line in wide])
    if at is None:  # tab stops in Word are further apart
        stop = 4 + min(_LONG_LINE, max(line.find("\t") for _, line in lines))
        wide = [(number, re.sub(r"\t+", "\t", line).expandtabs(stop).rstrip()) for number, line in lines]
        at = _column_start([line for _, line in wide])
    if at is None:  # or a release label has the headline beside it: `MEDIA RELEASE    Harbour opens new lock`
        for i, (number, line) in enumerate(wide):
            halves = _GAP.split(line.strip(), maxsplit=1)
            labelled = len(halves) == 2 and len(halves[1].split()) >= _HEADLINE_WORDS and is_label_line(halves[0])
            if labelled and not is_label_line(halves[1]) and not parse_contact_line(halves[1]).reaches:
                return [[*wide[:i], (number, halves[0])], [(number, halves[1]), *wide[i + 1 :]]]
        return [list(lines)]
    left = [(number, line[:at].rstrip()) for number, line in wide if line[:at].strip()]
    right = [(number, line[at:].strip()) for number, line in wide if line[at:].strip()]
    fields = all(_FIELD_NAME.fullmatch(line) for _, line in left)  # `DATE:    14 May 2009`, one a line
    if fields or not _is_letterhead(left, right):
        return [list(lines)]
    return [column for part in (left, right) for column in split_columns(part)]


def _column_start(lines: Sequence[str]) -> int | None:
    """Return the character at which the right half begins: blank before it in all lines, with words on both sides."""
    best: tuple[int, int] | None = None
    for at in sorted({match.end() for line in lines for match in _GAP.finditer(line)}):
        blank = (len(line) <= at - 2 or not line[max(0, at - 2) : at].strip() for line in lines)
        if all(blank) and not any(line[at - 1 : at].strip() and line[at : at + 1].strip() for line in lines):
            both = sum(bool(line[:at].strip()) and bool(line[at:].strip()) for line in lines)
            if both and (best is None or both > best[0]):
                best = (both, at)
    return best[1] if best else None


def _is_letterhead(left: Sequence[Numbered], right: Sequence[Numbered]) -> bool:
    """Return whether two columns are to be read one after the other: one has a contact, a label or a date."""
    if any(len(line.split()) > 14 for _, line in (*left, *right)):
        return False
    with_contact = [{number for number, line in side if parse_contact_line(line).reaches} for side in (left, right)]
    if not any(with_contact):
        return any(is_label_line(line) for _, line in (*left, *right))
    if with_contact[0] or len(left) < 2:
        return True
    # a number may belong to the name or the label on its line, not to its column
    names = not any(is_label_line(line) for _, line in left) and {number for number, _ in left} <= with_contact[1]
    return not names and not all(re.fullmatch(r"[\w .-]{1,14}:?", line) for _, line in left)


_ITEM = re.compile(
    r"\s*(?:(?P<bullet>[•◦▪▫●○■□◆◇►▶▸‣⁃∙·➢➤✓✔\uf0b7\uf0a7\uf0d8・*+\-–—]|o(?=\s\s))|\(?(?P<number>\d{1,2})[.)])\s+(?=\S)"
    r"|\s*(?P<glued>[・•●▪■◆►▶‣➢✓✔\uf0b7\uf0a7\uf0d8])(?=\S)"
)
_SURE_BULLETS = frozenset("•◦▪▫●○■◆◇►▶▸‣⁃∙➢➤✓✔\uf0b7\uf0a7\uf0d8")
_HEADING_SIGNS = frozenset("■□◆◇●○▼▶►")  # Japanese headings begin with one as often as items do
_BOLD = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*]{2,300}?)(?<=\S)\*(?![\w*])")
_RULE = re.compile(r"\s*(?:_{5,}|={5,}|[-–—]{8,}|\*{8,})\s*")
_LONG_LINE = 160  # text is not wrapped at this width: the line is a paragraph
_HEADLINE_WORDS = 4
_WRAP_FROM = 50  # wrapped text has lines at least this long

_STEPS: tuple[Callable[[Draft], None], ...] = (
    recognise_mail_headers,
    unquote_labels,
    recognise_embargo,
    recognise_marked_quotes,
    recognise_contacts,
    recognise_labels,
    recognise_end_mark,
    recognise_headline,
    recognise_call_to_action,
    recognise_captions,
    recognise_sections,
    recognise_statements,
    recognise_dateline,
    use_mail_date,
)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Lines between blank lines, as in the source."""

    lines: tuple[str, ...]
    first: int
    gap: int


def cut_text(text: str | Sequence[Numbered], *, first_line: int = 1) -> list[Piece]:
    """Cut plain text, or lines with their numbers, into pieces; `first_line` is the line on which a text begins."""
    lines = list(enumerate(text.split("\n"), first_line)) if isinstance(text, str) else text
    pieces: list[Piece] = []
    lines = close_up(lines)
    chunks = [part for chunk in _chunks(lines) for column in _columns(chunk) for part in _paragraphs(column)]
    at = 0
    while at < len(chunks):
        if run := _list_run(chunks, at):
            pieces.append(run[0])
            at = run[1]
        else:
            pieces.extend(_cut_chunk(chunks[at]))
            at += 1
    if sum(bool(_BOLD.search(line)) for _, line in lines) > 2:  # the way mail programs write bold words in plain text
        for i, piece in enumerate(pieces):
            parts = _BOLD.split(plain(piece.inline))
            if len(parts) > 1:
                spans = tuple(Span(part, strong=odd % 2 == 1) for odd, part in enumerate(parts) if part)
                pieces[i] = piece.with_inline(spans)
    return pieces


def _chunks(lines: Sequence[Numbered]) -> list[_Chunk]:
    found: list[_Chunk] = []
    held: list[Numbered] = []
    gap = blank = 0
    for number, line in [*lines, (0, "")]:
        is_blank = not line.strip()
        if held and (is_blank or _RULE.fullmatch(line) or _RULE.fullmatch(held[-1][1])):
            found.append(_Chunk(tuple(each for _, each in held), held[0][0], gap))
            held, blank = [], 0
        if is_blank:
            blank += 1
        else:
            gap = gap if held else blank
            held.append((number, line.rstrip()))
            blank = 0
    return found


def _columns(chunk: _Chunk) -> list[_Chunk]:
    """Return the columns of a chunk as chunks of their own; a list and a table stay as they are."""
    if _table(chunk) or any(_ITEM.match(line) for line in chunk.lines):
        return [chunk]
    columns = split_columns(list(enumerate(chunk.lines, chunk.first)))
    return [
        _Chunk(tuple(line for _, line in column), column[0][0], chunk.gap if i == 0 else 1)
        for i, column in enumerate(columns)
    ]


def _paragraphs(chunk: _Chunk) -> list[_Chunk]:
    """Return the paragraphs of a chunk that has no blank lines between them; a list stays as it is."""
    items = [i for i, line in enumerate(chunk.lines) if _ITEM.match(line)]
    end = end_of_list(chunk.lines, items[-1]) if items else 0
    behind = [end + start for start in cut_paragraphs(chunk.lines[end:])] if end < len(chunk.lines) else []
    starts = [0, *(start for start in behind if start)]
    spans = pairwise([*starts, len(chunk.lines)])
    return [_Chunk(chunk.lines[at:stop], chunk.first + at, 1 if at else chunk.gap) for at, stop in spans]


def _list_run(chunks: list[_Chunk], at: int) -> tuple[Piece, int] | None:
    """Return the list that begins with a chunk, over all its chunks, and the index of the rest; None without one."""
    items: list[str] = []
    first = _ITEM.match(chunks[at].lines[0])
    if not first or is_end_mark(chunks[at].lines[0]) or _is_under_a_sign(chunks[at], first):
        return None
    stop = at
    while stop < len(chunks) and _same_list(first, chunks[stop].lines[0]) and not _is_under_a_sign(chunks[stop], first):
        for line in chunks[stop].lines:
            match = _ITEM.match(line)
            if match and _same_list(first, line):
                items.append(line[match.end() :])
            else:
                items[-1] += " " + line.strip()
        stop += 1
    if len(items) < 2 and (_bullet(first) or "") not in _SURE_BULLETS:
        return None
    inlines = tuple(settle(text_of(item)) for item in items)
    number = first.group("number")
    block = ListBlock(inlines, ordered=number is not None, start=int(number or 1))
    return Piece(block, chunks[at].first, chunks[at].gap), stop


def _is_under_a_sign(chunk: _Chunk, first: re.Match[str]) -> bool:
    """Return whether a chunk is a heading with a sign before it, and the text below it at the margin."""
    if _bullet(first) not in _HEADING_SIGNS or len(chunk.lines) < 2:
        return False
    return not _ITEM.match(chunk.lines[1]) and chunk.lines[1][:1] not in {" ", "\t"}  # Japanese has a wide blank


def _same_list(first: re.Match[str], line: str) -> bool:
    match = _ITEM.match(line)
    return match is not None and not is_end_mark(line) and _bullet(match) == _bullet(first)


def _bullet(match: re.Match[str]) -> str | None:
    return match.group("bullet") or match.group("glued")


def _cut_chunk(chunk: _Chunk) -> list[Piece]:
    """Cut one chunk: a lead before a list, a table, one paragraph for each line, or one paragraph."""
    for i in range(1, len(chunk.lines) - 1):
        if not _ITEM.match(chunk.lines[i]):
            continue
        if run := _list_run([replace(chunk, lines=chunk.lines[i:], first=chunk.first + i, gap=0)], 0):
            return [*_cut_chunk(replace(chunk, lines=chunk.lines[:i])), run[0]]
    if table := _table(chunk):
        return [table]
    # a headline in capitals, followed by lines that are not
    capitals = next((i for i, line in enumerate(chunk.lines) if not line.isupper()), 0)
    words = sum(len(line.split()) for line in chunk.lines[:capitals])
    if words >= _HEADLINE_WORDS and not parse_contact_line(chunk.lines[0]).reaches:
        rest = replace(chunk, lines=chunk.lines[capitals:], first=chunk.first + capitals, gap=0)
        return [*_cut_chunk(replace(chunk, lines=chunk.lines[:capitals])), *_cut_chunk(rest)]
    widest = max(map(len, chunk.lines))
    # wrapped lines are all nearly as wide as the widest, and seldom end with their sentence
    long = [line for line in chunk.lines if len(line) > 100 // 2]
    ended = sum(line.endswith((".", "!", "?", "”", '"', "»")) for line in long)
    ragged = widest > 100 and len(long) > 3 and 5 * ended >= 4 * len(long)
    if len(chunk.lines) > 1 and (widest > _LONG_LINE or ragged):
        numbered = enumerate(chunk.lines)
        return [Piece(Paragraph(text_of(line)), chunk.first + i, 0 if i else chunk.gap) for i, line in numbered]
    # line ends are intended if the lines are short: an editor's wrapping makes all but the last one long
    widths = [len(line.strip()) for line in chunk.lines]
    is_intended = len(widths) > 1 and (max(widths) < _WRAP_FROM or min(widths[:-1]) < max(widths) * 0.6)
    return [Piece(Paragraph(text_of("\n".join(chunk.lines))), chunk.first, chunk.gap, hard=is_intended)]


def _table(chunk: _Chunk) -> Piece | None:
    rows = _rows(chunk.lines)
    columns = len(rows[0]) if rows else 0
    if len(rows) < 3 or columns < 2 or any(len(row) != columns for row in rows):
        return None
    cells = tuple(tuple(settle(text_of(cell)) for cell in row) for row in rows)
    has_head = not any(any(map(str.isdigit, cell)) for cell in rows[0])
    return Piece(Table(cells[0], cells[1:]) if has_head else Table((), cells), chunk.first, chunk.gap)


def _rows(lines: Sequence[str]) -> list[list[str]]:
    """Return the cells of lines that tabs, bars or wide gaps cut into columns."""
    if all("\t" in line.strip() for line in lines):
        return [re.split(r"\t+", line.strip()) for line in lines]
    if all(line.count("|") > 1 for line in lines):
        bare = [line.strip().strip("|") for line in lines if not re.fullmatch(r"[\s|:+-]+", line)]
        return [[cell.strip() for cell in line.split("|")] for line in bare]
    rows = [re.split(r" {3,}|\t", line.strip()) for line in lines]
    figures = all(any(map(str.isdigit, cell)) for row in rows[1:] for cell in row[1:])
    return rows if figures else []


def recognise(draft: Draft) -> None:
    """Fill a draft from the pieces of a source without marked fields: plain text, or a web page."""
    for step in _STEPS:
        step(draft)


# Paragraph ends: distinguishes a line that an editor wrapped (the next word would not fit) from one that ends a
# paragraph or is a heading. Lines of a letterhead, of contacts and of headings that follow each other stay together.

_DOUBLED = 4  # sentences that continue behind a blank line
_FEWEST = 6  # lines; a shorter block is one paragraph, or its line ends are intended
_WIDTHS = range(45, 125)  # at which people and PDF readers wrap
_SLACK, _NEARLY = 0.86, 0.96  # of the width: the letters of a PDF differ in width
_SHORT, _VERY_SHORT = 0.8, 0.5
_ENDS = re.compile(r"[.!?:…。](?:[”\"»’')\]]|\[\d+\])*$")
_BEGINS = re.compile(r"[^\W_a-zß-öø-ÿœ]|[“\"„«»¿¡(\[]")
_DATA = re.compile(r"(?:@[\w-]+\.[\w.-]+|\d{3}[\d ()/.-]{4,}\d)\W*$")  # the end of a line of a contact
_PROSE_LINES = 3
_HEADING_LINES = 3


def end_of_list(lines: Sequence[str], last: int) -> int:
    """Return where a block continues behind its last item, which begins at `last`; its length if it does not."""
    width = max(len(line.strip()) for line in lines)
    if width not in _WIDTHS:
        return len(lines)
    for i in range(last + 1, len(lines)):
        if not lines[i][:1].isspace() and _ends(lines[i - 1].strip(), lines[i], width, before=_PROSE_LINES + 1):
            return i
    return len(lines)


def close_up(lines: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Return the numbered lines of a text without the blank line that a mail program added behind each.

    Blank lines are doubled if sentences continue behind single ones, and paragraphs are separated by two.
    """
    full = [i for i, (_, line) in enumerate(lines) if line.strip()]
    pairs = list(pairwise(full))
    single = [(a, b) for a, b in pairs if b - a == 2]
    cut = [(a, b) for a, b in single if not _ENDS.search(lines[a][1].strip()) and lines[b][1].strip()[:1].islower()]
    if len(cut) < _DOUBLED or len(cut) * 3 < len(pairs) or any(b - a == 1 for a, b in pairs[len(pairs) // 3 :]):
        return list(lines)
    dropped = {a + 1 for a, b in pairs if a >= cut[0][0] and b - a in {2, 3}}
    return [line for i, line in enumerate(lines) if i not in dropped]


def cut_paragraphs(lines: Sequence[str]) -> list[int]:
    """Return the starts of the paragraphs of a block: `[0]` if it is one."""
    width = max((len(line.strip()) for line in lines), default=0)
    if len(lines) < _FEWEST or width not in _WIDTHS:
        return [0]
    begins = [0]
    for i in range(1, len(lines)):
        if _ends(lines[i - 1].strip(), lines[i].strip(), width, before=i - begins[-1]):
            begins.append(i)
    parts = [(stop - start, lines[stop - 1].strip()) for start, stop in pairwise([*begins, len(lines)])]
    proses = [count >= _PROSE_LINES or (count > 1 and _ENDS.search(last) is not None) for count, last in parts]
    # adjacent parts that are not prose are one; the first part, and the one behind prose, begin a new one
    return [at for i, at in enumerate(begins) if i == 0 or proses[i] or proses[i - 1]] if any(proses) else [0]


def _ends(line: str, following: str, width: int, *, before: int) -> bool:
    """Return whether a line, the last of `before`, ends a paragraph; a heading has few and short lines."""
    if _BEGINS.match(following) and (_DATA.search(line) or read_dateline_text(following)):
        return True
    word = len(following.split(maxsplit=1)[0]) if following else 0
    ended = _ENDS.search(line) is not None
    if len(line) + 1 + word > width * (_NEARLY if ended else _SLACK) or not _BEGINS.match(following):
        return False
    if ended or (before == 1 and len(line) < width * _SHORT):
        return True
    return before <= _HEADING_LINES and len(line) < width * _VERY_SHORT
