"""RTF: a release as Word, LibreOffice, TextEdit, WordPad or Outlook write it, cut into pieces.

Owns what the words of RTF mean (Rich Text Format 1.9.1): which groups are text, how text looks, fields, footnotes, text
boxes, pictures. What is deleted, hidden or a comment is told and never in the release. Tokens come first, then the
words of RTF, then the page that is cut. Lines are the numbers of its paragraphs.

Gaps: equations are their letters in a row; charts and other objects are the picture that stands for them.
"""

from __future__ import annotations

import codecs
import html
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeAlias

from mailer.release.files.docx_revisions import MARK, MARK_END, Remark
from mailer.release.files.html import cut_html
from mailer.release.files.office import place_edge, say_formats, say_remarks, take_picture
from mailer.release.head.holds import tell_holds
from mailer.release.pieces import Draft
from mailer.text.encodings import UnreadableText


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
    cut_html(write_page(blocks, reader.notes), draft, saved=False)
    say_remarks(reader.told(), draft)
    say_formats(draft)
    for name in ABOUT:
        tell_holds(draft, f"the {name} of the file", reader.words.get(name, ""), None)
    known = {text.casefold() for text in texts}
    for edge, number in (("header", 1), ("footer", reader.count)):
        lines = dict.fromkeys(text for text in reader.edges[edge] if text.casefold() not in known)
        texts += place_edge(lines, draft, number, head=edge == "header")
    return "\n".join(texts)


def _paras(blocks: Iterable[Block]) -> Iterator[Para]:
    for block in blocks:
        yield from [block] if isinstance(block, Para) else (para for cell in block.cells for para in cell)


class _Reader:
    """Goes over the tokens of one file."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._state = State()
        self._stack: list[tuple[State, Callable[[], None] | None]] = []
        self._bytes = bytearray()
        self._encoding = "cp1252"
        self._fonts: dict[int, str] = {}
        self._first_font = 0
        self._styles: dict[int, str] = {}
        self._authors: list[str] = [""]
        self.words: dict[str, str] = {}
        self._skip = 0
        self._blip = ""
        self._remarks: list[Remark] = []
        self.flow = Flow()
        self.notes: list[list[Para]] = []
        self.edges: dict[str, list[str]] = {"header": [], "footer": []}
        self.count = 0
        self._on: dict[str, Callable[[int | None], None]] = {
            "par": self._end_paragraph,
            "sect": self._end_paragraph,
            "nestcell": self._end_paragraph,
            "cell": self._end_cell,
            "row": self._end_row,
            "trhdr": self._head_row,
            "u": self._unicode,
            "plain": self._plain,
            "pard": self._pard,
            "f": self._font,
            "deff": self._deff,
            "outlinelevel": lambda number: setattr(self._state, "level", (number or 0) + 1),
            "fcharset": lambda number: self._of_font(charset_encoding(number or 0)),
            "cpg": lambda number: self._of_font(page_encoding(number or 0)),
        }

    def read(self, data: bytes) -> None:
        """Read a file to its end."""
        on = {"open": self._open, "close": self._close, "word": self._word, "sign": self._sign}
        for token in read_tokens(data):
            if token.kind in on:
                self._flush()
                self._skip = 0
                on[token.kind](token)
                if token.kind == "close" and not self._stack:
                    break
            else:
                self._take(token)
        self._flush()
        self._end_paragraph()
        self.flow.end_paragraph(in_table=False)

    def told(self) -> Iterator[Remark]:
        """Yield what is not in the release, and what was taken as accepted."""
        for one in self._remarks:
            text = " ".join(joined(one.text).split())
            if text:
                yield Remark(one.kind, text, one.who, one.paragraph)

    # tokens

    def _open(self, _: Token) -> None:
        self._stack.append((self._state, None))
        self._state = copy(self._state)

    def _close(self, _: Token) -> None:
        if self._stack:
            self._state, closer = self._stack.pop()
            if closer:
                closer()

    def _take(self, token: Token) -> None:
        """Take bytes of text, but for those that stand in for a sign that was named before."""
        if token.kind == "binary":
            if self._state.role == "picture":
                self.words["picture"] += token.data.hex()
            return
        data = token.data[self._skip :]
        self._skip -= len(token.data) - len(data)
        self._bytes += data

    def _flush(self) -> None:
        if self._bytes:
            encoding = self._fonts.get(self._state.font, "") or self._encoding
            self._add(decode_bytes(bytes(self._bytes), encoding))
            self._bytes.clear()

    def _sign(self, token: Token) -> None:
        if token.word == "*":
            self._state.starred = True
        elif token.word in "\r\n":
            self._end_paragraph()
        else:
            self._add(SIGNS.get(token.word, ""))

    def _word(self, token: Token) -> None:
        state, word = self._state, token.word
        starred, state.starred = state.starred, False
        if word == "ud":
            state.role = state.before
        elif state.role != "skip" and not self._begins_group(word, starred=starred):
            if word in CHARS:
                self._add(CHARS[word])
            elif word in self._on:
                self._on[word](token.number)
            else:
                self._set(word, token.number)

    def _begins_group(self, word: str, *, starred: bool) -> bool:
        """Return whether a word tells what its group is for, and have it so."""
        if word in SKIPPED or (starred and word not in STARRED):
            self._state.role = "skip"
        elif word == "upr":
            self._state.role, self._state.before = "skip", self._state.role
        elif word in FLOWS:
            self._begin_flow(FLOWS[word])
        elif word in STARRED:
            self._begin(word)
        else:
            return False
        return True

    def _set(self, word: str, number: int | None) -> None:
        if word in BLIPS:
            self._blip = BLIPS[word]
        elif word in FLAGS:
            setattr(self._state, FLAGS[word], number != 0)
        elif word in NUMBERS:
            name, usual = NUMBERS[word]
            setattr(self._state, name, usual if number is None else number)
        elif word in ENCODINGS or (word == "ansicpg" and number):
            self._encoding = ENCODINGS.get(word) or page_encoding(number or 0)

    # groups

    def _then(self, closer: Callable[[], None]) -> None:
        """Have something done when the group that has just begun is over."""
        if self._stack:
            self._stack[-1] = (self._stack[-1][0], closer)

    def _begin(self, word: str) -> None:
        state = self._state
        if word in QUIET:
            state.role = "quiet"
            state.field = [] if word == "field" else state.field
        elif word in TEXTS:
            state.role = "text"
            found = URL.search("".join(state.field)) if word == "fldrslt" else None
            state.url = found[1] if found else state.url
        else:
            state.role = NAMED[word]
            self.words[state.role] = "" if state.role != "value" else self.words.get("value", "")
            if word in {"pict", "sv"}:
                self._then(self._end_picture if word == "pict" else self._end_value)

    def _begin_flow(self, kind: str) -> None:
        outer, self.flow = self.flow, Flow()
        state = self._state
        state.role, state.url, state.in_table, state.style, state.level = "text", "", False, 0, 0
        if kind == "comment":
            state.hidden = state.deleted = state.inserted = False

        def end() -> None:
            inner, self.flow = self.flow, outer
            inner.end_paragraph(in_table=False)
            self._end_flow(kind, inner.blocks)

        self._then(end)

    def _end_flow(self, kind: str, blocks: list[Block]) -> None:
        paras = [para for para in _paras(blocks) if para.runs]
        for para in paras:
            para.number = para.number or self.count + 1
        text = " ".join(para.text for para in paras)
        if kind == "box":
            self.flow.behind += blocks
        elif kind == "comment":
            self._remarks.append(Remark("comment", text, self.words.pop("who", ""), self.count + 1))
        elif kind in self.edges:
            self.edges[kind] += [para.text for para in paras]
        elif text:
            self.notes.append(paras)
            self._add(f"[{len(self.notes)}]")

    def _end_value(self) -> None:
        value = self.words.pop("value", "")
        if self.words.get("name", "") in ALT:
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
            self._remarks.append(Remark("unread", "a picture", "", self.count + 1))
            return
        name = take_picture(content, self._blip, alt, self._draft)
        if name:
            self.flow.para.runs.append((alt, Look(picture=name)))

    # text

    def _add(self, text: str) -> None:
        role = self._state.role
        if role == "text":
            self._emit(text)
        elif role == "marker":
            self.flow.para.marker += text
        elif role == "instruction":
            self._state.field.append(text)
        elif role == "styles":
            name = self._styles.get(self._state.style, "") + text
            self._styles[self._state.style] = name.strip(";")
        elif role == "authors":
            first, *more = text.split(";")
            self._authors[-1] += first
            self._authors += more
        elif role in self.words:
            self.words[role] += text

    def _emit(self, text: str) -> None:
        state = self._state
        if state.hidden:
            self._remark("hidden", text, "")
        elif state.deleted:
            self._remark("deleted", text, self._who())
        else:
            look = Look(state.bold, state.italic, state.url, size=state.size)
            self.flow.para.runs.append((text, look))
            if state.inserted:
                self._remark("inserted", text, self._who())

    def _who(self) -> str:
        author = self._state.author
        name = self._authors[author].strip() if 0 <= author < len(self._authors) else ""
        return "" if name == "Unknown" else name

    def _remark(self, kind: str, text: str, who: str) -> None:
        last = self._remarks[-1] if self._remarks else None
        if last and (last.kind, last.who, last.paragraph) == (kind, who, self.count + 1):
            self._remarks[-1] = Remark(kind, last.text + text, who, last.paragraph)
        else:
            self._remarks.append(Remark(kind, text, who, self.count + 1))

    def _end_paragraph(self, _: int | None = None, *, is_cell: bool = False) -> None:
        state = self._state
        if state.role != "text":
            return
        if (state.deleted or state.hidden) and not is_cell:  # without its end, what follows belongs to this paragraph
            self._emit(" ")
            return
        self.count += 1
        para = self.flow.para
        para.number, para.style, para.level = self.count, self._styles.get(state.style, "").strip(), state.level
        self.flow.end_paragraph(in_table=state.in_table or is_cell)

    def _end_cell(self, _: int | None) -> None:
        if self._state.role != "text":
            return
        self._end_paragraph(is_cell=True)
        self.flow.cells.append(self.flow.cell)
        self.flow.cell = []

    def _unicode(self, number: int | None) -> None:
        """Take a sign by its number; so many of the characters after it stand in for it elsewhere."""
        if number is None or abs(number) >= MOST:
            raise UnreadableText("is a damaged RTF file: open it in Word, and save it as .docx")
        self._add(chr(number % MOST))
        self._skip = self._state.uc

    # words

    def _plain(self, _: int | None) -> None:
        state = self._state
        state.bold = state.italic = state.hidden = False
        state.size, state.font = 24, self._first_font

    def _pard(self, _: int | None) -> None:
        self._state.in_table, self._state.style, self._state.level = False, 0, 0

    def _font(self, number: int | None) -> None:
        self._state.font = number or 0

    def _of_font(self, encoding: str) -> None:
        if self._state.role == "fonts":
            self._fonts[self._state.font] = encoding

    def _deff(self, number: int | None) -> None:
        self._first_font = self._state.font = number or 0

    def _end_row(self, _: int | None) -> None:
        if self._state.role == "text":
            self.flow.end_row()

    def _head_row(self, _: int | None) -> None:
        self.flow.is_head = True


# RTF tokens: the bytes of an RTF file as words, signs, braces and bytes of text.

_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z])|([{}])|([^\\{}\r\n]+)|[\r\n]+", re.DOTALL
)
SYMBOL = "symbol"
_CHARSETS: Mapping[int, str] = {
    0: "cp1252",
    2: SYMBOL,
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
_SYMBOLS = {0xA7: "▪", 0xA8: "◦", 0xB7: "•", 0xD8: "➢", 0xFC: "✓"}  # bullets of the fonts Symbol and Wingdings


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an RTF file: `kind` is open, close, word, sign, hex, text or binary; a word may have a number."""

    kind: str
    word: str = ""
    number: int | None = None
    data: bytes = b""


def read_tokens(data: bytes) -> Iterator[Token]:
    """Read the tokens of a file in their order; the line ends between them mean nothing."""
    at = 0
    while (match := _TOKEN.match(data, at)) is not None:
        at = match.end()
        token = _token(match)
        if token is not None and token.word == "bin" and token.kind == "word":
            stop = at + max(0, token.number or 0)
            token, at = Token("binary", data=data[at:stop]), stop
        if token is not None:
            yield token


def _token(match: re.Match[bytes]) -> Token | None:
    word, number, code, sign, brace, text = match.groups()
    if word is not None:
        return Token("word", word.decode("ascii"), int(number) if number is not None else None)
    if code is not None:
        return Token("hex", data=bytes.fromhex(code.decode("ascii")))
    if sign is not None:
        return Token("sign", sign.decode("latin-1"))
    if brace is not None:
        return Token("open" if brace == b"{" else "close")
    return Token("text", data=text) if text is not None else None


def charset_encoding(number: int) -> str:
    """Return the encoding that a font of this character set is written in; empty where that is the file's own."""
    return _CHARSETS.get(number, "")


def page_encoding(number: int) -> str:
    """Return the encoding of a code page; that of Western Europe where it is not known."""
    name = {65001: "utf-8", 10000: "mac_roman", 10001: "cp932"}.get(number, f"cp{number}")
    try:
        codecs.lookup(name)
    except LookupError:
        return "cp1252"
    return name


def decode_bytes(data: bytes, encoding: str) -> str:
    """Decode bytes of text; one that cannot be is the sign for it, and a bullet of a font of signs is one."""
    if encoding == SYMBOL:
        return "".join(_SYMBOLS.get(byte, chr(byte)) for byte in data)
    return data.decode(encoding, errors="replace")


# RTF words: what the words of RTF mean to whoever reads its text.

SKIPPED = frozenset(
    (
        *("colortbl", "filetbl", "nonshppict", "shprslt", "xe", "tc", "txe", "rxe", "ftnsep", "ftnsepc"),
        *("ftncn", "aftnsep", "aftnsepc", "aftncn", "nonesttables", "pnseclvl", "mctrlPr", "mfPr", "mrPr", "mdPr"),
        *("mnaryPr", "msSubPr", "msSupPr", "mradPr"),
    )
)
# text only deeper inside
QUIET = frozenset({"info", "sp", "shp", "shpinst", "shpgrp", "object", "do", "field", "picprop"})
ABOUT = ("title", "subject", "keywords", "doccomm", "category")  # of the properties of the file
NAMED = {  # groups whose text is collected, and for what
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
    **{name: name for name in ABOUT},
}
TEXTS = frozenset({"fldrslt", "result", "moMath", "moMathPara", "shppict"})
FLOWS = {
    "footnote": "note",
    "annotation": "comment",
    "shptxt": "box",
    "dptxbxtext": "box",
    **{f"{edge}{page}": edge for edge in ("header", "footer") for page in ("", "l", "r", "f")},
}
STARRED = frozenset({*QUIET, *NAMED, *TEXTS, *FLOWS, "ud"})  # all others are for programs that know them
CHARS = {
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
SIGNS = {"~": "\u00a0", "_": "\u2011", "{": "{", "}": "}", "\\": "\\"}
URL = re.compile(r'HYPERLINK\s+"?([^"\\\s][^"\s]*)', re.IGNORECASE)
BLIPS = {"pngblip": "image/png", "jpegblip": "image/jpeg", "emfblip": "image/x-emf", "wmetafile": "image/x-wmf"}
ENCODINGS = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
FLAGS = {
    "b": "bold",
    "i": "italic",
    "v": "hidden",
    "intbl": "in_table",
    "deleted": "deleted",
    "mvf": "deleted",
    "revised": "inserted",
    "mvt": "inserted",
}
NUMBERS = {
    "revauth": ("author", 0),
    "revauthdel": ("author", 0),
    "s": ("style", 0),
    "fs": ("size", 24),
    "uc": ("uc", 1),
}
ALT = frozenset({"wzDescription", "pihlAlt"})
MOST = 0x1_0000


@dataclass(slots=True)
class State:
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


# RTF page: the paragraphs and tables of an RTF file, written as the page that `html` cuts.
#
# Gaps: lists are flat; cells that span others are cells.

_HEADING = re.compile(r"(?:heading|überschrift|titre|título|titolo|kop|見出し)\s*(\d)", re.IGNORECASE)
_STYLES = {
    "title": "h1",
    "subtitle": "h2",
    "quote": "blockquote",
    "intense quote": "blockquote",
    "block text": "blockquote",
}
_NUMBER = re.compile(r"\(?(\d{1,3})[.)]?")
_MORE = 1.15  # times the size of the story, as in a Word file
_WITHIN, _WORDS = 25, 40


@dataclass(frozen=True, slots=True)
class Look:
    """How a run of text looks, and where it leads; `picture` makes it one, and its text the alternative text."""

    bold: bool = False
    italic: bool = False
    url: str = ""
    picture: str = ""
    size: int = 24


@dataclass(slots=True)
class Para:
    """A paragraph: its runs, the bullet or number before it, and what its source calls it."""

    number: int = 0
    runs: list[tuple[str, Look]] = field(default_factory=list)
    marker: str = ""
    style: str = ""
    level: int = 0

    @property
    def text(self) -> str:
        """Return its words on one line."""
        return " ".join(joined(text for text, look in self.runs if not look.picture).split())

    @property
    def size(self) -> int:
        """Return the size of its smallest letters, in half points."""
        return min((look.size for text, look in self.runs if text.strip()), default=24)


@dataclass(slots=True)
class Row:
    """A row of a table: the paragraphs of each cell."""

    cells: list[list[Para]]
    is_head: bool = False


Block: TypeAlias = Para | Row


@dataclass(slots=True)
class Flow:
    """Text that runs by itself: the story, a footnote, a head of the page, what stands in a box."""

    blocks: list[Block] = field(default_factory=list)
    para: Para = field(default_factory=Para)
    cell: list[Para] = field(default_factory=list)
    cells: list[list[Para]] = field(default_factory=list)
    behind: list[Block] = field(default_factory=list)
    is_head: bool = False

    def end_row(self) -> None:
        """End a row of a table; one without words goes."""
        if self.cell:
            self.cells.append(self.cell)
        if any(para.runs for cell in self.cells for para in cell):
            self.blocks += [Row(self.cells, self.is_head), *self.behind]
            self.behind = []
        self.cell, self.cells, self.is_head = [], [], False

    def end_paragraph(self, *, in_table: bool) -> None:
        """End a paragraph, of a cell or of the text; what stood in boxes beside it comes behind it."""
        if in_table:
            self.cell.append(self.para)
        else:
            self.end_row()
            self.blocks += [*([self.para] if self.para.runs else []), *self.behind]
            self.behind = []
        self.para = Para()


def joined(parts: Iterable[str]) -> str:
    """Join parts of a text whose signs beyond the first plane came in two halves."""
    return "".join(parts).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def write_page(blocks: list[Block], notes: list[list[Para]]) -> str:
    """Write blocks as HTML, each paragraph with its number; footnotes are a list at the end."""
    titled = any(isinstance(one, Para) and one.style.lower() == "title" for one in blocks)
    tags = {id(one): _tag(one, titled=titled) for one in blocks if isinstance(one, Para)}
    if not {"h1"} & set(tags.values()):
        tags |= _large([one for one in blocks if isinstance(one, Para) and one.text])
    parts = [_write_run(kind, list(run), tags) for kind, run in groupby(blocks, key=lambda one: _kind(one, tags))]
    if notes:
        parts.append("<ol>" + "".join(f"<li>{_paragraphs(note)}</li>" for note in notes) + "</ol>")
    return "\n".join(parts)


def _tag(para: Para, *, titled: bool) -> str:
    named = _HEADING.fullmatch(para.style)
    level = int(named[1]) if named else para.level
    if level:
        return f"h{min(level + titled, 6)}"
    return _STYLES.get(para.style.lower(), "p")


def _large(paras: list[Para]) -> dict[int, str]:
    """Return the headings that only their large letters make, where no style says what the headline is."""
    story = Counter[int]()
    for para in paras:
        story[para.size] += len(para.text.split())
    body = story.most_common(1)[0][0] if story else 24
    found = [one for one in paras[:_WITHIN] if len(one.text.split()) <= _WORDS and one.size >= body * _MORE]
    largest = max((one.size for one in found), default=0)
    return {id(one): "h1" if one.size == largest else "h2" for one in found}


def _kind(block: Block, tags: dict[int, str]) -> str:
    if isinstance(block, Row):
        return "table"
    if not block.marker.strip() or tags[id(block)] != "p":
        return tags[id(block)] if tags[id(block)] == "blockquote" else ""
    return "ol" if _NUMBER.fullmatch(block.marker.strip()) else "ul"


def _write_run(kind: str, blocks: list[Block], tags: dict[int, str]) -> str:
    """Write blocks of one kind that follow each other."""
    if kind == "table":
        return f"<table>{''.join(_row(one) for one in blocks if isinstance(one, Row))}</table>"
    paras = [one for one in blocks if isinstance(one, Para)]
    if kind in {"ol", "ul"}:
        first = _NUMBER.fullmatch(paras[0].marker.strip())
        start = f' start="{first[1]}"' if first else ""
        return f"<{kind}{start}>{''.join(f'<li>{_inner(one)}</li>' for one in paras)}</{kind}>"
    if kind == "blockquote":
        return f"<blockquote>{_paragraphs(paras)}</blockquote>"
    return "\n".join(f"<{tags[id(one)]}>{_inner(one, marked=True)}</{tags[id(one)]}>" for one in paras)


def _row(row: Row) -> str:
    tag = "th" if row.is_head else "td"
    return "<tr>" + "".join(f"<{tag}>{_cell(cell)}</{tag}>" for cell in row.cells) + "</tr>"


def _cell(cell: list[Para]) -> str:
    filled = [para for para in cell if para.runs]
    return _inner(filled[0], marked=True) if len(filled) == 1 else _paragraphs(filled)


def _paragraphs(paras: Iterable[Para]) -> str:
    return "".join(f"<p>{_inner(one, marked=True)}</p>" for one in paras if one.runs)


def _inner(para: Para, *, marked: bool = False) -> str:
    before = f"{para.marker.strip()} " if marked and para.marker.strip() else ""
    return f"{MARK}{para.number}{MARK_END}{html.escape(before)}{''.join(_spans(para))}"


def _spans(para: Para) -> Iterator[str]:
    for look, run in groupby(para.runs, key=lambda one: one[1]):
        text = html.escape(joined(text for text, _ in run)).replace("\n", "<br>")
        if look.picture:
            yield f'<img src="{html.escape(look.picture)}" alt="{text.strip()}">'
            continue
        for tag in ("strong",) * look.bold + ("em",) * look.italic:
            text = f"<{tag}>{text}</{tag}>"
        yield f'<a href="{html.escape(look.url)}">{text}</a>' if look.url else text
