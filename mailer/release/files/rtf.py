"""RTF: a release as Word, LibreOffice, TextEdit, WordPad or Outlook write it, cut into pieces.

Owns what the words of RTF mean (Rich Text Format 1.9.1): which groups are text, how text looks, fields, footnotes, text
boxes, pictures. What is deleted, hidden or a comment is told and never in the release. An RTF file is a tree of groups;
in each of them words change a state that ends with the group. The reader goes over it once, gathers paragraphs and
rows, and writes them as the page that `html` cuts. Lines are the numbers of its paragraphs.

Gaps: equations are their letters in a row; charts and other objects are the picture that stands for them; lists are
flat; cells that span others are cells.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeAlias

from mailer.release.files.html import MARK, MARK_END, cut_html
from mailer.release.files.office import Remark, large_headings, place_edge, say_formats, say_remarks, take_picture
from mailer.release.head.holds import tell_holds
from mailer.release.pieces import Draft
from mailer.text.encodings import UnreadableText

_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z])|([{}])|([^\\{}\r\n]+)|[\r\n]+", re.DOTALL
)
_SYMBOL = "symbol"
_FONT_ENCODINGS = {  # by character set; none: that of the file
    0: "cp1252",
    2: _SYMBOL,
    77: "mac_roman",
    78: "cp932",
    79: "big5",
    80: "cp949",
    83: "mac_greek",
    84: "mac_cyrillic",
    88: "cp874",
    89: "mac_latin2",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gbk",
    136: "big5",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
_ENCODINGS = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_SYMBOLS = {0xA7: "▪", 0xA8: "◦", 0xB7: "•", 0xD8: "➢", 0xFC: "✓"}  # bullets of the fonts Symbol and Wingdings

# What the groups of RTF are for: nothing that is read, text only deeper inside, text of the story, text that runs by
# itself, or text that is collected under a name. Of the starred ones all others are for programs that know them.
_SKIPPED = frozenset(
    (
        *("colortbl", "filetbl", "nonshppict", "shprslt", "xe", "tc", "txe", "rxe", "ftnsep", "ftnsepc"),
        *("ftncn", "aftnsep", "aftnsepc", "aftncn", "nonesttables", "pnseclvl", "mctrlPr", "mfPr", "mrPr", "mdPr"),
        *("mnaryPr", "msSubPr", "msSupPr", "mradPr"),
    )
)
_QUIET = frozenset({"info", "sp", "shp", "shpinst", "shpgrp", "object", "do", "field", "picprop"})
_TEXTS = frozenset({"fldrslt", "result", "moMath", "moMathPara", "shppict"})
_FLOWS = {
    "footnote": "note",
    "annotation": "comment",
    "shptxt": "box",
    "dptxbxtext": "box",
    **{f"{edge}{page}": edge for edge in ("header", "footer") for page in ("", "l", "r", "f")},
}
_ABOUT = ("title", "subject", "keywords", "doccomm", "category")  # of the properties of the file
_NAMED = {
    "fonttbl": "fonts",
    "stylesheet": "styles",
    "revtbl": "authors",
    "pict": "picture",
    "fldinst": "instruction",
    "listtext": "marker",
    "pntext": "marker",
    "sn": "name",
    "sv": "value",
    "atnauthor": "who",
    **{name: name for name in _ABOUT},
}
_STARRED = frozenset({*_QUIET, *_NAMED, *_TEXTS, *_FLOWS, "ud"})

_CHARS = {
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
    "tab": "\t",
    "line": "\n",
    "page": "\n",
    "column": "\n",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
}
_SIGNS = {"~": "\u00a0", "_": "\u2011", "{": "{", "}": "}", "\\": "\\"}
_URL = re.compile(r'HYPERLINK\s+"?([^"\\\s][^"\s]*)', re.IGNORECASE)
_BLIPS = {"pngblip": "image/png", "jpegblip": "image/jpeg", "emfblip": "image/x-emf", "wmetafile": "image/x-wmf"}
_ALT = frozenset({"wzDescription", "pihlAlt"})
_FLAGS = {
    "b": "bold",
    "i": "italic",
    "v": "hidden",
    "intbl": "in_table",
    "deleted": "deleted",
    "mvf": "deleted",
    "revised": "inserted",
    "mvt": "inserted",
}
_NUMBERS = {
    "revauth": ("author", 0),
    "revauthdel": ("author", 0),
    "s": ("style", 0),
    "fs": ("size", 24),
    "uc": ("uc", 1),
}
_PLANE = 0x1_0000


@dataclass(slots=True)
class _State:
    """What holds in a group until it ends: what its text is for, and how that looks."""

    role: str = "text"
    before: str = "text"  # what the text around an alternative in Unicode was for
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


@dataclass(frozen=True, slots=True)
class _Look:
    """How a run of text looks, and where it leads; `picture` makes it one, and its text the alternative text."""

    bold: bool = False
    italic: bool = False
    url: str = ""
    picture: str = ""
    size: int = 24


@dataclass(slots=True)
class _Para:
    """A paragraph: its runs, the bullet or number before it, and what its source calls it."""

    number: int = 0
    runs: list[tuple[str, _Look]] = field(default_factory=list)
    marker: str = ""
    style: str = ""
    level: int = 0

    @property
    def text(self) -> str:
        """Return its words on one line."""
        return " ".join(_joined(text for text, look in self.runs if not look.picture).split())


@dataclass(slots=True)
class _Row:
    """A row of a table: the paragraphs of each cell."""

    cells: list[list[_Para]]
    is_head: bool = False


_Block: TypeAlias = _Para | _Row


@dataclass(slots=True)
class _Flow:
    """Text that runs by itself: the story, a footnote, a head of the page, what stands in a box."""

    blocks: list[_Block] = field(default_factory=list)
    para: _Para = field(default_factory=_Para)
    cell: list[_Para] = field(default_factory=list)
    cells: list[list[_Para]] = field(default_factory=list)
    behind: list[_Block] = field(default_factory=list)  # what stood in boxes beside the paragraph or row
    is_head: bool = False

    def end_row(self) -> None:
        """End a row of a table; one without words goes."""
        if self.cell:
            self.cells.append(self.cell)
        if any(para.runs for cell in self.cells for para in cell):
            self.blocks += [_Row(self.cells, self.is_head), *self.behind]
            self.behind = []
        self.cell, self.cells, self.is_head = [], [], False

    def end_paragraph(self, *, in_table: bool) -> None:
        """End a paragraph, of a cell or of the text."""
        if in_table:
            self.cell.append(self.para)
        else:
            self.end_row()
            self.blocks += [*([self.para] if self.para.runs else []), *self.behind]
            self.behind = []
        self.para = _Para()


def cut_rtf(data: bytes, draft: Draft) -> str:
    """Cut an RTF file into the pieces of a draft; return all words that have to be found in it again.

    Raises:
        UnreadableText: with a sentence that says what to do.
    """
    reader = _Reader(draft)
    reader.read(data)
    blocks = reader.flow.blocks
    texts = [para.text for para in _paras(blocks)] + [para.text for note in reader.notes for para in note]
    if not any(texts) and not draft.pictures:
        raise UnreadableText("is empty: write a headline and some text")
    cut_html(_write_page(blocks, reader.notes), draft, saved=False)
    told = (Remark(one.kind, " ".join(_joined(one.text).split()), one.who, one.paragraph) for one in reader.remarks)
    say_remarks((one for one in told if one.text), draft)
    say_formats(draft)
    for name in _ABOUT:
        tell_holds(draft, f"the {name} of the file", reader.words.get(name, ""), None)
    known = {text.casefold() for text in texts}
    for edge, number in (("header", 1), ("footer", reader.count)):
        lines = dict.fromkeys(text for text in reader.edges[edge] if text.casefold() not in known)
        texts += place_edge(lines, draft, number, head=edge == "header")
    return "\n".join(texts)


def _paras(blocks: Iterable[_Block]) -> Iterator[_Para]:
    for block in blocks:
        yield from [block] if isinstance(block, _Para) else (para for cell in block.cells for para in cell)


def _joined(parts: Iterable[str]) -> str:
    """Join parts of a text whose signs beyond the first plane came in two halves."""
    return "".join(parts).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _Reader:
    """Goes over the words, signs, braces and bytes of text of one file."""

    def __init__(self, draft: Draft) -> None:
        self.flow = _Flow()
        self.notes: list[list[_Para]] = []
        self.edges: dict[str, list[str]] = {"header": [], "footer": []}
        self.words: dict[str, str] = {}  # collected texts, by what they are for
        self.remarks: list[Remark] = []
        self.count = 0  # paragraphs so far
        self._draft = draft
        self._state = _State()
        self._stack: list[tuple[_State, Callable[[], None] | None]] = []  # groups around, and what their end does
        self._bytes = bytearray()
        self._encoding = "cp1252"
        self._fonts: dict[int, str] = {}
        self._first_font = 0
        self._styles: dict[int, str] = {}
        self._authors: list[str] = [""]
        self._skip = 0  # bytes that stand in for a sign that was named before, for programs without Unicode
        self._blip = ""

    def read(self, data: bytes) -> None:
        """Read a file to its end."""
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
            elif word or sign or brace:  # else it is a line's end, which means nothing
                self._flush()
                self._skip = 0
                if word:
                    self._word(word.decode("ascii"), int(number) if number is not None else None)
                elif sign:
                    self._sign(sign.decode("latin-1"))
                elif brace == b"{":
                    self._stack.append((self._state, None))
                    self._state = copy(self._state)
                elif self._stack:
                    self._state, then = self._stack.pop()
                    if then:
                        then()
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

    def _sign(self, sign: str) -> None:
        if sign == "*":
            self._state.starred = True
        elif sign in "\r\n":
            self._end_paragraph()
        else:
            self._add(_SIGNS.get(sign, ""))

    def _word(self, word: str, number: int | None) -> None:
        state = self._state
        starred, state.starred = state.starred, False
        if word == "ud":
            state.role = state.before
        elif state.role == "skip":
            return
        elif word in _SKIPPED or (starred and word not in _STARRED):
            state.role = "skip"
        elif word == "upr":
            state.role, state.before = "skip", state.role
        elif word in _FLOWS:
            self._begin_flow(_FLOWS[word])
        elif word in _STARRED:
            self._begin(word)
        elif word in _CHARS:
            self._add(_CHARS[word])
        elif word in _FLAGS:
            setattr(state, _FLAGS[word], number != 0)
        elif word in _NUMBERS:
            name, usual = _NUMBERS[word]
            setattr(state, name, usual if number is None else number)
        elif word in _BLIPS:
            self._blip = _BLIPS[word]
        elif word in _ENCODINGS or (word == "ansicpg" and number):
            self._encoding = _ENCODINGS.get(word) or _page_encoding(number or 0)
        else:
            self._do(word, number)

    def _do(self, word: str, number: int | None) -> None:
        state = self._state
        match word:
            case "par" | "sect" | "nestcell":
                self._end_paragraph()
            case "cell" if state.role == "text":
                self._end_paragraph(is_cell=True)
                self.flow.cells.append(self.flow.cell)
                self.flow.cell = []
            case "row" if state.role == "text":
                self.flow.end_row()
            case "trhdr":
                self.flow.is_head = True
            case "u":
                if number is None or abs(number) >= _PLANE:
                    raise UnreadableText("is a damaged RTF file: open it in Word, and save it as .docx")
                self._add(chr(number % _PLANE))
                self._skip = state.uc
            case "plain":
                state.bold = state.italic = state.hidden = False
                state.size, state.font = 24, self._first_font
            case "pard":
                state.in_table, state.style, state.level = False, 0, 0
            case "outlinelevel":
                state.level = (number or 0) + 1
            case "f":
                state.font = number or 0
            case "deff":
                self._first_font = state.font = number or 0
            case "fcharset" if state.role == "fonts":
                self._fonts[state.font] = _FONT_ENCODINGS.get(number or 0, "")
            case "cpg" if state.role == "fonts":
                self._fonts[state.font] = _page_encoding(number or 0)

    # groups

    def _then(self, end: Callable[[], None]) -> None:
        """Have something done when the group that has just begun is over."""
        if self._stack:
            self._stack[-1] = (self._stack[-1][0], end)

    def _begin(self, word: str) -> None:
        state = self._state
        if word in _QUIET:
            state.role = "quiet"
            state.field = [] if word == "field" else state.field
        elif word in _TEXTS:
            state.role = "text"
            found = _URL.search("".join(state.field)) if word == "fldrslt" else None
            state.url = found[1] if found else state.url
        else:
            state.role = _NAMED[word]
            self.words[state.role] = "" if state.role != "value" else self.words.get("value", "")
            if word == "pict":
                self._then(self._end_picture)
            elif word == "sv":
                self._then(self._end_value)

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

        self._then(end)

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
        elif name := take_picture(content, self._blip, alt, self._draft):
            self.flow.para.runs.append((alt, _Look(picture=name)))

    # text

    def _add(self, text: str) -> None:
        state = self._state
        if state.role == "text":
            self._add_to_story(text)
        elif state.role == "marker":
            self.flow.para.marker += text
        elif state.role == "instruction":
            state.field.append(text)
        elif state.role == "styles":
            self._styles[state.style] = (self._styles.get(state.style, "") + text).strip(";")
        elif state.role == "authors":
            first, *more = text.split(";")
            self._authors[-1] += first
            self._authors += more
        elif state.role in self.words:
            self.words[state.role] += text

    def _add_to_story(self, text: str) -> None:
        state = self._state
        name = self._authors[state.author].strip() if 0 <= state.author < len(self._authors) else ""
        who = "" if name == "Unknown" else name
        if state.hidden:
            self._remark("hidden", text, "")
        elif state.deleted:
            self._remark("deleted", text, who)
        else:
            self.flow.para.runs.append((text, _Look(state.bold, state.italic, state.url, size=state.size)))
            if state.inserted:
                self._remark("inserted", text, who)

    def _remark(self, kind: str, text: str, who: str) -> None:
        last = self.remarks[-1] if self.remarks else None
        if last and (last.kind, last.who, last.paragraph) == (kind, who, self.count + 1):
            self.remarks[-1] = Remark(kind, last.text + text, who, last.paragraph)
        else:
            self.remarks.append(Remark(kind, text, who, self.count + 1))

    def _end_paragraph(self, *, is_cell: bool = False) -> None:
        state = self._state
        if state.role != "text":
            return
        if (state.deleted or state.hidden) and not is_cell:  # without its end, what follows belongs to this paragraph
            self._add_to_story(" ")
            return
        self.count += 1
        para = self.flow.para
        para.number, para.style, para.level = self.count, self._styles.get(state.style, "").strip(), state.level
        self.flow.end_paragraph(in_table=state.in_table or is_cell)


def _page_encoding(number: int) -> str:
    """Return the encoding of a code page; that of Western Europe where it is not known."""
    name = {65001: "utf-8", 10000: "mac_roman", 10001: "cp932"}.get(number, f"cp{number}")
    try:
        codecs.lookup(name)
    except LookupError:
        return "cp1252"
    return name


# The page: paragraphs and tables as HTML, each paragraph with its number.

_HEADING = re.compile(r"(?:heading|überschrift|titre|título|titolo|kop|見出し)\s*(\d)", re.IGNORECASE)
_STYLES = {
    "title": "h1",
    "subtitle": "h2",
    **dict.fromkeys(("quote", "intense quote", "block text"), "blockquote"),
}
_NUMBER = re.compile(r"\(?(\d{1,3})[.)]?")


def _write_page(blocks: list[_Block], notes: list[list[_Para]]) -> str:
    """Return blocks as HTML; footnotes are a list at the end."""
    paras = [one for one in blocks if isinstance(one, _Para)]
    titled = any(one.style.lower() == "title" for one in paras)
    tags: dict[int, str] = {}
    for one in paras:
        named = _HEADING.fullmatch(one.style)
        level = int(named[1]) if named else one.level
        tags[id(one)] = f"h{min(level + titled, 6)}" if level else _STYLES.get(one.style.lower(), "p")
    if "h1" not in tags.values():
        filled = [one for one in paras if one.text]
        smallest = (min((look.size for text, look in one.runs if text.strip()), default=24) for one in filled)
        sizes = [(size, len(one.text.split())) for size, one in zip(smallest, filled, strict=True)]
        tags |= {id(filled[at]): f"h{level}" for at, level in large_headings(sizes, usual=24).items()}

    def kind(block: _Block) -> str:
        if isinstance(block, _Row):
            return "table"
        marker, tag = block.marker.strip(), tags[id(block)]
        if marker and tag == "p":
            return "ol" if _NUMBER.fullmatch(marker) else "ul"
        return "blockquote" if tag == "blockquote" else ""

    parts = [_write_run(name, list(run), tags) for name, run in groupby(blocks, key=kind)]
    if notes:
        parts.append("<ol>" + "".join(f"<li>{_paragraphs(note)}</li>" for note in notes) + "</ol>")
    return "\n".join(parts)


def _write_run(kind: str, blocks: list[_Block], tags: dict[int, str]) -> str:
    """Return blocks of one kind that follow each other as HTML."""
    if kind == "table":
        return f"<table>{''.join(_row(one) for one in blocks if isinstance(one, _Row))}</table>"
    paras = [one for one in blocks if isinstance(one, _Para)]
    if kind in {"ol", "ul"}:
        first = _NUMBER.fullmatch(paras[0].marker.strip())
        start = f' start="{first[1]}"' if first else ""
        return f"<{kind}{start}>{''.join(f'<li>{_inner(one)}</li>' for one in paras)}</{kind}>"
    if kind == "blockquote":
        return f"<blockquote>{_paragraphs(paras)}</blockquote>"
    return "\n".join(f"<{tags[id(one)]}>{_inner(one, marked=True)}</{tags[id(one)]}>" for one in paras)


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
