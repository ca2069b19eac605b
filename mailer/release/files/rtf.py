"""RTF: a release as written by Word, LibreOffice, TextEdit, WordPad or Outlook, cut into pieces.

Owns the meaning of the control words of RTF (Rich Text Format 1.9.1): which groups are text, formatting, fields,
footnotes, text boxes, pictures. Deleted and hidden text and comments are reported, and never in the release. An RTF
file is a tree of groups; in each, control words change a state that ends with the group. The reader goes over it once,
collects paragraphs and rows, and writes them as the page that `html` cuts. Lines are the numbers of its paragraphs.

Gaps: equations become their letters in a row, charts and other objects their picture; lists are flat; spanning cells
are ordinary cells.
"""

from __future__ import annotations

import codecs
import html
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple, TypeAlias

from mailer import lazy_re as re
from mailer.release.files import office
from mailer.release.files.html import MARK, MARK_END, cut_html
from mailer.release.files.office import Remark
from mailer.release.head.holds import report_holds
from mailer.release.pieces import Draft
from mailer.text.encodings import UnreadableText
from mailer.words import read_section

_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z])|([{}])|([^\\{}\r\n]+)|[\r\n]+", re.DOTALL
)
_ABOUT = ("title", "subject", "keywords", "doccomm", "category")  # properties of the file


def _pairs(text: str) -> dict[str, str]:
    return {name: value for name, _, value in (pair.partition("=") for pair in text.split())}


# The effect of each control word: its kind, and a value if it has one. Some set the role of their group: it is ignored
# (skip), has text only in inner groups (quiet), is text of the story (text), a separate flow (flow), or text collected
# under a name (gather). Others set a field of the state (flag, number), or are a character (sign).
_CONTROL = read_section("release_files", "rtf")
_KINDS = {kind: _pairs(" ".join(words)) for kind, words in _CONTROL.items() if kind != "signs"}
_FONT_ENCODINGS = _KINDS.pop("fonts")  # by character set; without one, that of the file
_WORDS = {word: (kind, value) for kind, words in _KINDS.items() for word, value in words.items()} | {
    word: ("sign", sign) for word, sign in _CONTROL["signs"].items()
}
_FOR_ALL = frozenset({"quiet", "text", "flow", "gather"})  # starred groups to read; others are for few programs
_SIGNS = {"~": "\u00a0", "_": "\u2011", "{": "{", "}": "}", "\\": "\\"}
_SYMBOL = "symbol"
_SYMBOLS = {0xA7: "▪", 0xA8: "◦", 0xB7: "•", 0xD8: "➢", 0xFC: "✓"}  # bullets of the fonts Symbol and Wingdings
_URL = re.compile(r'HYPERLINK\s+"?([^"\\\s][^"\s]*)', re.IGNORECASE)
_ALT = frozenset({"wzDescription", "pihlAlt"})
_PLANE = 0x1_0000


@dataclass(slots=True)
class _State:
    """The state of a group until it ends: the role of its text, and its format."""

    role: str = "text"
    before: str = "text"  # the role of the text around a Unicode alternative
    starred: bool = False
    field: list[str] = field(default_factory=list)
    url: str = ""
    font: int = 0
    uc: int = 1
    size: int = 24
    bold: bool = False
    italic: bool = False
    hidden: bool = False
    deleted: bool = False
    inserted: bool = False
    author: int = 0
    style: int = 0
    level: int = 0
    in_table: bool = False


_DEFAULT = _State()


class _Format(NamedTuple):
    """The format and link of a run of text; with `picture`, it is one, and the text its alternative text."""

    bold: bool = False
    italic: bool = False
    url: str = ""
    picture: str = ""
    size: int = 24


@dataclass(slots=True)
class _Para:
    """A paragraph: its runs, the bullet or number before it, and its style."""

    number: int = 0
    runs: list[tuple[str, _Format]] = field(default_factory=list)
    marker: str = ""
    style: str = ""
    level: int = 0
    tag: str = "p"

    @property
    def text(self) -> str:
        return " ".join(_joined(text for text, look in self.runs if not look.picture).split())


@dataclass(slots=True)
class _Row:
    """A row of a table: the paragraphs of each cell."""

    cells: list[list[_Para]]
    is_head: bool = False


_Block: TypeAlias = _Para | _Row


@dataclass(slots=True)
class _Flow:
    """A separate flow of text: the story, a footnote, a page header, a text box."""

    blocks: list[_Block] = field(default_factory=list)
    para: _Para = field(default_factory=_Para)
    cell: list[_Para] = field(default_factory=list)
    cells: list[list[_Para]] = field(default_factory=list)
    behind: list[_Block] = field(default_factory=list)  # the contents of boxes beside the paragraph or row
    is_head: bool = False

    def end_row(self) -> None:
        """End a row of a table; one without words is dropped."""
        if self.cell:
            self.cells.append(self.cell)
        if any(para.runs for cell in self.cells for para in cell):
            self.blocks += [_Row(self.cells, self.is_head), *self.behind]
            self.behind = []
        self.cell, self.cells, self.is_head = [], [], False

    def end_paragraph(self, *, in_table: bool) -> None:
        if in_table:
            self.cell.append(self.para)
        else:
            self.end_row()
            self.blocks += [*([self.para] if self.para.runs else []), *self.behind]
            self.behind = []
        self.para = _Para()


def cut_rtf(data: bytes, draft: Draft) -> str:
    """Cut an RTF file into the pieces of a draft; return all words that must not be lost.

    Raises UnreadableText: the message says what to do.
    """
    reader = _Reader(draft)
    reader.read(data)
    blocks = reader.flow.blocks
    texts = [para.text for para in _paras(blocks)] + [para.text for note in reader.notes for para in note]
    if not any(texts) and not draft.pictures:
        raise UnreadableText("is empty: write a headline and some text")
    cut_html(_write_page(blocks, reader.notes), draft, saved=False)
    found = (Remark(one.kind, " ".join(_joined(one.text).split()), one.author, one.paragraph) for one in reader.remarks)
    office.report_remarks((one for one in found if one.text), draft)
    office.report_formats(draft)
    for name in _ABOUT:
        report_holds(draft, f"the {name} of the file", reader.words.get(name, ""), None)
    known = {text.casefold() for text in texts}
    for edge, number in (("header", 1), ("footer", reader.count)):
        texts += office.place_edge(reader.edges[edge], known, draft, number, head=edge == "header")
    return "\n".join(texts)


def _paras(blocks: Iterable[_Block]) -> Iterator[_Para]:
    for block in blocks:
        yield from [block] if isinstance(block, _Para) else (para for cell in block.cells for para in cell)


def _joined(parts: Iterable[str]) -> str:
    """Join parts of a text, and the two halves of characters beyond the first plane."""
    return "".join(parts).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _Reader:
    """Reads the control words, symbols, braces and bytes of one file."""

    def __init__(self, draft: Draft) -> None:
        self.flow = _Flow()
        self.notes: list[list[_Para]] = []
        self.edges: dict[str, list[str]] = {"header": [], "footer": []}
        self.words: dict[str, str] = {}  # gathered texts by their role
        self.remarks: list[Remark] = []
        self.count = 0  # paragraphs so far
        self._draft = draft
        self._state = _State()
        self._stack: list[tuple[_State, Callable[[], None] | None]] = []  # enclosing groups, their actions at the end
        self._bytes = bytearray()
        self._encoding = "cp1252"
        self._fonts: dict[int, str] = {}
        self._first_font = 0
        self._styles: dict[int, str] = {}
        self._authors: list[str] = [""]
        self._skip = 0  # replacement bytes for a preceding character, for programs without Unicode
        self._blip = ""

    def read(self, data: bytes) -> None:
        at = 0
        while (match := _TOKEN.match(data, at)) is not None:
            at = match.end()
            word, number, code, sign, brace, text = match.groups()
            if word == b"bin":
                stop = at + max(0, int(number or 0))
                if self._state.role == "picture":
                    self.words["picture"] += data[at:stop].hex()
                at = stop
            elif code is not None or text is not None:
                content = text if code is None else bytes.fromhex(code.decode("ascii"))
                self._bytes += content[self._skip :]
                self._skip = max(0, self._skip - len(content))
            elif word or sign or brace:  # otherwise a line end, which has no meaning
                self._flush()
                self._skip = 0
                if word:
                    self._read_word(word.decode("ascii"), int(number) if number is not None else None)
                elif sign == b"*":
                    self._state.starred = True
                elif sign in {b"\r", b"\n"}:
                    self._end_paragraph()
                elif sign:
                    self._add(_SIGNS.get(sign.decode("latin-1"), ""))
                elif brace == b"{":
                    self._stack.append((self._state, None))
                    self._state = copy(self._state)
                elif self._stack:
                    self._state, on_end = self._stack.pop()
                    if on_end:
                        on_end()
                if brace == b"}" and not self._stack:
                    break
        self._flush()
        self._end_paragraph()
        self.flow.end_paragraph(in_table=False)

    def _flush(self) -> None:
        if self._bytes:
            encoding, data = self._fonts.get(self._state.font, "") or self._encoding, bytes(self._bytes)
            self._bytes.clear()
            if encoding == _SYMBOL:
                self._add("".join(_SYMBOLS.get(byte, chr(byte)) for byte in data))
            else:
                self._add(data.decode(encoding, errors="replace"))

    def _read_word(self, word: str, number: int | None) -> None:
        state = self._state
        starred, state.starred = state.starred, False
        kind, value = _WORDS.get(word, ("", ""))
        if word == "ud":
            state.role = state.before
        elif state.role == "skip":
            return
        elif starred and kind not in _FOR_ALL:
            kind = "skip"
        match kind, word:
            case "skip", _:
                state.role = "skip"
            case "quiet", _:
                state.role = "quiet"
                state.field = [] if word == "field" else state.field
            case "text", _:
                state.role = "text"
                found = _URL.search("".join(state.field)) if word == "fldrslt" else None
                state.url = found[1] if found else state.url
            case "flow", _:
                self._begin_flow(value)
            case "gather", _:
                state.role = value
                self.words[value] = self.words.get(value, "") if word == "sv" else ""
                if word == "pict":
                    self._at_end(self._end_picture)
                elif word == "sv":
                    self._at_end(self._end_value)
            case "flag", _:
                setattr(state, value, number != 0)
            case "number", _:
                setattr(state, value, getattr(_DEFAULT, value) if number is None else number)
            case "blip", _:
                self._blip = value
            case "encoding", _:
                self._encoding = value
            case "sign", _:
                self._add(value)
            case _, "ansicpg" if number:
                self._encoding = _page_encoding(number)
            case _, "upr":
                state.role, state.before = "skip", state.role
            case _, "par" | "sect" | "nestcell":
                self._end_paragraph()
            case _, "cell" if state.role == "text":
                self._end_paragraph(is_cell=True)
                self.flow.cells.append(self.flow.cell)
                self.flow.cell = []
            case _, "row" if state.role == "text":
                self.flow.end_row()
            case _, "trhdr":
                self.flow.is_head = True
            case _, "u":
                if number is None or abs(number) >= _PLANE:
                    raise UnreadableText("is a damaged RTF file: open it in Word, and save it as .docx")
                self._add(chr(number % _PLANE))
                self._skip = state.uc
            case _, "plain":
                state.bold = state.italic = state.hidden = False
                state.size, state.font = _DEFAULT.size, self._first_font
            case _, "pard":
                state.in_table, state.style, state.level = False, 0, 0
            case _, "outlinelevel":
                state.level = (number or 0) + 1
            case _, "deff":
                self._first_font = state.font = number or 0
            case _, "fcharset" if state.role == "fonts":
                self._fonts[state.font] = _FONT_ENCODINGS.get(str(number or 0), "")
            case _, "cpg" if state.role == "fonts":
                self._fonts[state.font] = _page_encoding(number or 0)

    # groups

    def _at_end(self, end: Callable[[], None]) -> None:
        """Register an action for the end of the group that has just begun."""
        if self._stack:
            self._stack[-1] = (self._stack[-1][0], end)

    def _begin_flow(self, kind: str) -> None:
        outer, self.flow = self.flow, _Flow()
        state = self._state
        state.role, state.url, state.in_table, state.style, state.level = "text", "", False, 0, 0
        if kind == "comment":
            state.hidden = state.deleted = state.inserted = False

        def end() -> None:
            inner, self.flow = self.flow, outer
            inner.end_paragraph(in_table=False)
            paras = [para for para in _paras(inner.blocks) if para.runs]
            for para in paras:
                para.number = para.number or self.count + 1
            text = " ".join(para.text for para in paras)
            if kind == "box":
                self.flow.behind += inner.blocks
            elif kind == "comment":
                self.remarks.append(Remark("comment", text, self.words.pop("who", ""), self.count + 1))
            elif kind in self.edges:
                self.edges[kind] += [para.text for para in paras]
            elif text:
                self.notes.append(paras)
                self._add(f"[{len(self.notes)}]")

        self._at_end(end)

    def _end_value(self) -> None:
        value = self.words.pop("value", "")
        if self.words.get("name", "") in _ALT:
            self.words["alt"] = value

    def _end_picture(self) -> None:
        code, alt = "".join(self.words.pop("picture", "").split()), self.words.pop("alt", "")
        try:
            content = bytes.fromhex(code)
        except ValueError:
            content = b""
        if self._state.hidden or self._state.deleted:
            return
        if not content or not self._blip:
            self.remarks.append(Remark("unread", "a picture", "", self.count + 1))
        elif name := office.take_picture(content, self._blip, alt, self._draft):
            self.flow.para.runs.append((alt, _Format(picture=name)))

    # text

    def _add(self, text: str) -> None:
        state = self._state
        match state.role:
            case "text":
                name = self._authors[state.author].strip() if 0 <= state.author < len(self._authors) else ""
                author = "" if name == "Unknown" else name
                if state.hidden:
                    self._remark("hidden", text, "")
                elif state.deleted:
                    self._remark("deleted", text, author)
                else:
                    self.flow.para.runs.append((text, _Format(state.bold, state.italic, state.url, size=state.size)))
                    if state.inserted:
                        self._remark("inserted", text, author)
            case "marker":
                self.flow.para.marker += text
            case "instruction":
                state.field.append(text)
            case "styles":
                self._styles[state.style] = (self._styles.get(state.style, "") + text).strip(";")
            case "authors":
                first, *more = text.split(";")
                self._authors[-1] += first
                self._authors += more
            case role if role in self.words:
                self.words[role] += text

    def _remark(self, kind: str, text: str, author: str) -> None:
        office.add_remark(self.remarks, Remark(kind, text, author, self.count + 1))

    def _end_paragraph(self, *, is_cell: bool = False) -> None:
        state = self._state
        if state.role != "text":
            return
        if (state.deleted or state.hidden) and not is_cell:  # without its end, the next text belongs to it
            self._add(" ")
            return
        self.count += 1
        para = self.flow.para
        para.number, para.style, para.level = self.count, self._styles.get(state.style, "").strip(), state.level
        self.flow.end_paragraph(in_table=state.in_table or is_cell)


def _page_encoding(number: int) -> str:
    """Return the encoding of a code page; the Western European one if it is unknown."""
    name = {65001: "utf-8", 10000: "mac_roman", 10001: "cp932"}.get(number, f"cp{number}")
    try:
        codecs.lookup(name)
    except LookupError:
        return "cp1252"
    return name


# The page: paragraphs and tables as HTML, each paragraph with its number.

_HEADING = re.compile(r"(?:heading|überschrift|titre|título|titolo|kop|見出し)\s*(\d)", re.IGNORECASE)
_STYLES = {"title": "h1", "subtitle": "h2", **dict.fromkeys(("quote", "intense quote", "block text"), "blockquote")}
_NUMBER = re.compile(r"\(?(\d{1,3})[.)]?")


def _write_page(blocks: list[_Block], notes: list[list[_Para]]) -> str:
    """Return blocks as HTML; footnotes are a list at the end."""
    paras = [one for one in blocks if isinstance(one, _Para)]
    has_title = any(one.style.lower() == "title" for one in paras)
    for one in paras:
        named = _HEADING.fullmatch(one.style)
        level = int(named[1]) if named else one.level
        one.tag = f"h{min(level + has_title, 6)}" if level else _STYLES.get(one.style.lower(), "p")
    if not any(one.tag == "h1" for one in paras):
        filled = [one for one in paras if one.text]
        smallest = (min((look.size for text, look in one.runs if text.strip()), default=24) for one in filled)
        sizes = [(size, len(one.text.split())) for size, one in zip(smallest, filled, strict=True)]
        for at, level in office.large_headings(sizes, usual=24).items():
            filled[at].tag = f"h{level}"
    parts: list[str] = []
    for kind, run in groupby(blocks, key=_kind):
        together = list(run)
        lines = [one for one in together if isinstance(one, _Para)]
        if kind == "table":
            parts.append(f"<table>{''.join(_row(one) for one in together if isinstance(one, _Row))}</table>")
        elif kind in {"ol", "ul"}:
            first = _NUMBER.fullmatch(lines[0].marker.strip())
            start = f' start="{first[1]}"' if first else ""
            parts.append(f"<{kind}{start}>{''.join(f'<li>{_inner(one)}</li>' for one in lines)}</{kind}>")
        elif kind == "blockquote":
            parts.append(f"<blockquote>{_paragraphs(lines)}</blockquote>")
        else:
            parts += [f"<{one.tag}>{_inner(one, marked=True)}</{one.tag}>" for one in lines]
    if notes:
        parts.append("<ol>" + "".join(f"<li>{_paragraphs(note)}</li>" for note in notes) + "</ol>")
    return "\n".join(parts)


def _kind(block: _Block) -> str:
    """Return the container of a block: a table, a list, a quote, or none."""
    if isinstance(block, _Row):
        return "table"
    if block.tag == "p" and (marker := block.marker.strip()):
        return "ol" if _NUMBER.fullmatch(marker) else "ul"
    return "blockquote" if block.tag == "blockquote" else ""


def _row(row: _Row) -> str:
    tag = "th" if row.is_head else "td"
    cells = []
    for cell in row.cells:
        filled = [para for para in cell if para.runs]
        cells.append(_inner(filled[0], marked=True) if len(filled) == 1 else _paragraphs(filled))
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"


def _paragraphs(paras: Iterable[_Para]) -> str:
    return "".join(f"<p>{_inner(one, marked=True)}</p>" for one in paras if one.runs)


def _inner(para: _Para, *, marked: bool = False) -> str:
    parts = [f"{MARK}{para.number}{MARK_END}"]
    if marked and para.marker.strip():
        parts.append(html.escape(f"{para.marker.strip()} "))
    for look, run in groupby(para.runs, key=lambda one: one[1]):
        text = html.escape(_joined(text for text, _ in run)).replace("\n", "<br>")
        if look.picture:
            parts.append(f'<img src="{html.escape(look.picture)}" alt="{text.strip()}">')
            continue
        for tag in ("strong",) * look.bold + ("em",) * look.italic:
            text = f"<{tag}>{text}</{tag}>"
        parts.append(f'<a href="{html.escape(look.url)}">{text}</a>' if look.url else text)
    return "".join(parts)
