"""RTF: a release as Word, LibreOffice, TextEdit, WordPad or Outlook write it, cut into pieces.

Owns what the words of RTF mean (Rich Text Format 1.9.1): which groups are text, how text looks, fields, footnotes, text
boxes, pictures. What is deleted, hidden or a comment is told and never in the release. `rtf_tokens` has the syntax,
`rtf_page` the way to the pieces. Lines are the numbers of its paragraphs.

Gaps: equations are their letters in a row; charts and other objects are the picture that stands for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import copy

from mailer.release.files.docx_revisions import Remark
from mailer.release.files.html import cut_html
from mailer.release.files.office import place_edge, say_formats, say_remarks, take_picture
from mailer.release.files.rtf_page import Block, Flow, Look, Para, joined, write_page
from mailer.release.files.rtf_tokens import Token, charset_encoding, decode_bytes, page_encoding, read_tokens
from mailer.release.files.rtf_words import (
    ABOUT,
    ALT,
    BLIPS,
    CHARS,
    ENCODINGS,
    FLAGS,
    FLOWS,
    MOST,
    NAMED,
    NUMBERS,
    QUIET,
    SIGNS,
    SKIPPED,
    STARRED,
    TEXTS,
    URL,
    State,
)
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
