"""Copied: what clings to a text that was copied out of a mail, a newsgroup or a PDF, or typed as for paper.

Recognises header lines (Subject, From, X-…), and the marks of forwarded and blind copies; the Date header is the date
only where the release gives none. Owns page numbers, running heads and feet, “- more -”, and the paragraphs they cut in
two; words divided at the end of a line. What goes is kept beside the release and told; line numbers stay those of the
source.

Gaps: a divided word that is nowhere else in the text is put together without its hyphen in languages that divide words
so (“Nord-/deutscher”), and a compound that should keep one may lose it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mailer import lazy_re as re
from mailer.release.head.headlines import GREETING
from mailer.release.head.labels import is_label_line
from mailer.release.pieces import Draft, Line, Piece
from mailer.release.sections import is_end_mark
from mailer.release.times import find_date
from mailer.release.words import written
from mailer.words import read_section

_MAIL = read_section("pages", "mail")
_HEADER = re.compile(rf"(?:{'|'.join(_MAIL['headers'])})\s?[:：](?:\s|$)", re.IGNORECASE)
_FORWARDED = re.compile(rf"(?:[-_]{{2,}}\s*)?(?:{'|'.join(_MAIL['forwarded'])})\s*:?\s*(?:[-_]{{2,}})?", re.IGNORECASE)
_REPLY_MARK = re.compile(r"^> ?")
_MARKED_LINES = 5
_LABEL = 50  # characters at most
_MARK = re.compile(r"-{3,}.*|_{5,}|={5,}|Begin forwarded message:?|Begin Forwarded Message:?")
_DATES = frozenset(read_section("heads", "paper")["dates"])


def without_reply_marks(text: str) -> str:
    """Return a text without the `>` before its lines, where mail programs put one or more before nearly each."""
    lines = text.split("\n")
    while True:
        marked = sum(line.startswith(">") for line in lines)
        if marked < _MARKED_LINES or marked * 4 < 3 * sum(bool(line.strip()) for line in lines):
            return "\n".join(lines)
        lines = [_REPLY_MARK.sub("", line) for line in lines]


def recognise_mail_headers(draft: Draft) -> None:
    """Move mail headers, forwarding marks and what was written above the last of them out of the draft."""
    marks = [i for i, piece in enumerate(draft.pieces) if any(_FORWARDED.fullmatch(one.text) for one in piece.lines())]
    top = marks[-1] if marks else 0
    if any(GREETING.fullmatch(line.text) for piece in draft.pieces[top : top + 4] for line in piece.lines()):
        # a covering note ends at a rule, or where the label of the release stands
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
            draft.say("left-out", f'left out as written above a mail that was passed on: "{words}"', note[0].number)
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
    """Return whether a mail that was passed on stands in a text."""
    return any(_FORWARDED.fullmatch(line.strip()) for line in text.splitlines())


def use_mail_date(draft: Draft) -> None:
    """Use the date of a kept Date header where nothing else gave one."""
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
            draft.say("unsure-date", "the date was taken from the mail's header: is it the release's?", kept.line)
            return


# Pages of paper.

Numbered = tuple[int, str]
_NUMBER = written("paper", "number")
_NUMBER_AT_END = written("paper", "number_at_end")
_MORE = written("paper", "more")
_DIVIDED = re.compile(r"(?<![^\W\d_])(?P<before>[^\W\d_]{2,})[-\u00ad\u2010]$")
_GOES_ON = re.compile(r"\s*(?P<after>[a-zß-öø-ÿœ][\w'’]*)(?P<rest>.*)")
_JOINS = re.compile(r"(?:and|or|und|oder|bis|et|ou|y|o|e|ed|en|of|as|to)\b", re.IGNORECASE)
_COMPOUND = frozenset(read_section("heads", "paper")["compound"])
_HEAD_LINES = 8  # of the text: a running head repeats one of them
_BLANKS = 2  # empty lines between the number of a page and what is printed beside it
_DATE_WITHIN = 40  # characters before the number of a page, in a head with the day of the release
_FIRST_END = 8  # no page ends before this line


def clean_pages(text: str, draft: Draft) -> tuple[str, list[Numbered]]:
    """Extract the traces of pages from a text; return all words to be found again, and the numbered lines that stay."""
    raw = text.split("\n")
    breaks = {number for number, line in enumerate(raw, 1) if line.startswith("\x0c")}
    lines = [(number, line.replace("\x0c", "")) for number, line in enumerate(raw, 1)]
    for at, (number, printed) in enumerate(lines[: _FIRST_END - 1]):
        first = _NUMBER_AT_END.fullmatch(printed.rstrip())
        if first and find_date(first["head"][-_DATE_WITHIN:]):  # the first head of all has the day of the release
            head = first["head"].rstrip(" |")
            lines[at] = number, head
            draft.keep("page-mark", Line(number, printed.rstrip()[len(head) :].strip()))
    marks = [i for i, (number, line) in enumerate(lines) if _is_mark(line) or number in breaks]
    if gone := _page_lines(lines, marks):
        shown = [Line(lines[i][0], " ".join(lines[i][1].split())) for i in sorted(gone)]
        for line in shown:
            draft.keep("page-mark", line)
        words = ", ".join(f'"{line.text}"' for line in shown)
        draft.say("left-out", f"left out as page numbers and running heads: {words}", shown[0].number)
        lines = _closed_gaps(lines, gone)
    lines = _put_together(lines, draft)
    kept = dict(lines)
    return "\n".join(kept.get(number, "") for number in range(1, len(raw) + 1)), lines


def _page_lines(lines: Sequence[Numbered], marks: Sequence[int]) -> set[int]:
    """Return the lines that only pages have: their ends, and what is printed beside two of them or repeats the head."""
    beside: dict[str, set[int]] = {}
    for i in marks:
        for step in (-1, 1):
            at = i + step
            while 0 <= at < len(lines) and abs(at - i) <= _BLANKS and not lines[at][1].strip():
                at += step
            if 0 <= at < len(lines) and len(lines[at][1].split()) > 1:
                beside.setdefault(" ".join(lines[at][1].split()), set()).add(at)
    gone = {at for found in beside.values() if len(found) > 1 for at in found}
    # the words of which running heads are made: those of the head of the text and of the lines with numbers
    first = [line for _, line in lines if line.strip()][:_HEAD_LINES]
    known = set(_words(" ".join([*first, *(lines[i][1] for i in marks)])))
    for i in marks:
        at = i
        if _is_mark(lines[i][1]):
            gone.add(i)
            at += 1
        for _ in range(3 if i >= _FIRST_END else 0):  # blocks of one or two lines
            while at < len(lines) and not lines[at][1].strip():
                at += 1
            stop = at
            while stop < len(lines) and lines[stop][1].strip():
                stop += 1
            said = (_words(line) for _, line in lines[at:stop])
            if not 0 < stop - at <= 2 or not all(0 < len(words) <= 14 and known.issuperset(words) for words in said):
                break
            gone.update(range(at, stop))
            at = stop
    return gone


def _is_mark(line: str) -> bool:
    """Return whether a line is where a page ends: a number of a page, or “more”."""
    if not line.strip() or len(line) > 160 or is_end_mark(line):
        return False
    if _NUMBER.fullmatch(line) or _NUMBER_AT_END.fullmatch(line.strip()):
        return True
    return _MORE.fullmatch(line.strip()) is not None and not line.strip()[0].isalnum()


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+", text.casefold()) if len(word) > 3 or word.isdigit()]


def _closed_gaps(lines: Sequence[Numbered], gone: set[int]) -> list[Numbered]:
    """Drop lines; where a sentence goes on behind them, the blank lines around go as well."""
    left: list[Numbered] = []
    i = 0
    while i < len(lines):
        if i not in gone:
            left.append(lines[i])
            i += 1
            continue
        stop = i
        while stop < len(lines) and (stop in gone or not lines[stop][1].strip()):
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


def _put_together(lines: list[Numbered], draft: Draft) -> list[Numbered]:
    """Put words together that a line's end divided: the whole word stands on the first of the two lines."""
    words = Counter(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", "\n".join(line for _, line in lines).casefold()))
    joined: list[tuple[int, str]] = []
    for i in range(len(lines) - 1):
        match = _DIVIDED.search(lines[i][1].rstrip())
        after = _GOES_ON.match(lines[i + 1][1]) if match else None
        if not match or not after or _JOINS.match(after.group("after")):
            continue
        whole = _whole(match.group("before"), after.group("after"), words)
        if not whole:
            continue
        start = lines[i][1].rstrip()[: match.start()]
        rest = after.group("rest")
        closing = re.findall(r"^[^\w\s]*", rest)[0]
        lines[i] = (lines[i][0], f"{start}{whole}{closing}")
        lines[i + 1] = (lines[i + 1][0], rest[len(closing) :].lstrip())
        joined.append((lines[i][0], whole))
    if joined:
        shown = ", ".join(f'"{word}"' for _, word in joined)
        draft.say("divided-words", f"words divided at a line's end were put together: {shown}", joined[0][0])
    # a line is empty only because its one word went up: it must not cut the paragraph
    above = {number for number, _ in joined}
    return [line for i, line in enumerate(lines) if line[1].strip() or i == 0 or lines[i - 1][0] not in above]


def _whole(before: str, after: str, words: Counter[str]) -> str:
    """Return a divided word as one; "" where its hyphen is meant and the line's end is no matter."""
    glued, hyphened = before + after, f"{before}-{after}"
    is_compound = words[hyphened.casefold()] or before.casefold() in _COMPOUND or before.isupper()
    return hyphened if is_compound and not words[glued.casefold()] else glued
