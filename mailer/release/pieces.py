"""Pieces: a source cut into blocks with their lines, and the draft that recognisers fill from them.

Owns `Piece` (a block with its position), `Draft` (what has been recognised so far, and what is left), the small
operations on running text while it is being read, and `Picture` (a picture inside a source). Knows no words and no
format.

Every reader cuts its format into pieces; every recogniser takes its part out of `draft.pieces`, in whole
pieces or in lines, and puts it into a field. The rest is the body. So a new format needs one reader, and a new part of
a release one recogniser.

While a source is read, a line end of the source is a newline, and a break that its author asked for (`<br>`, two
blanks in Markdown) is `BREAK`. `settle` turns both into what `values.Inline` promises: a newline is a break, the rest
is one blank.
"""

from __future__ import annotations

import itertools
import operator
import unicodedata
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from mailer import lazy_re as re
from mailer.errors import Problem, Severity
from mailer.frozen import dataclass, field, fields, replace
from mailer.release.values import (
    Block,
    Boilerplate,
    Dateline,
    Embargo,
    Extras,
    Heading,
    Image,
    Inline,
    Kept,
    ListBlock,
    MediaContact,
    Paragraph,
    Release,
    Span,
    Table,
    Waiver,
    plain,
)

# Running text.

BREAK = "\u2028"
_LINE_END = re.compile(rf"[\n{BREAK}]")
_FORMAT = operator.attrgetter("strong", "emphasis", "code", "url")
_BLANKS = re.compile(r"[ \t\r\f\v]+")
# Japanese and Chinese have no blanks: a line end between two of their characters is dropped
_SIGNS = r"[\u3001-\u30ff\u3400-\u9fff\uff00-\uffef]"
_BETWEEN_SIGNS = re.compile(rf"(?<={_SIGNS})\n(?={_SIGNS})")
_AROUND_BREAK = re.compile(r" *\n *")
# only these schemes; a blank, a control character or an angle bracket ends an address
_LINK = re.compile(
    r"(?:https?://[^\s<>\"\x00-\x1f\x7f/]+[^\s<>\"\x00-\x1f\x7f]*"
    r"|mailto:[^\s<>\"\x00-\x1f\x7f@]+@[^\s<>\"\x00-\x1f\x7f@]+|tel:[+()\d][\d().\-]*)",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"(?P<web>https?://[^\s<>\"”“»«\x00-\x1f\x7f]+)"
    r"|(?P<mail>(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<www>(?<![\w./@-])www\.[\w-]+(?:\.[\w-]+)+(?:/[^\s<>\"”“»«\x00-\x1f\x7f]*)?)",
    re.IGNORECASE,
)
# Japanese characters are counted one by one: its lines are joined without a blank
_SIGN = r"\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"[{_SIGN}]|[^\W{_SIGN}]+")


def is_link_target(url: str) -> bool:
    """Return whether an address is a safe link target: http, https, mailto or tel, and no characters that end it."""
    return _LINK.fullmatch(url) is not None


def text_of(text: str) -> Inline:
    """Return a plain text as running text."""
    return (Span(text),) if text else ()


def merge(spans: Iterable[Span]) -> Inline:
    """Join adjacent spans of the same format and drop empty ones, so that equal texts are equal values."""
    groups = itertools.groupby((span for span in spans if span.text), key=_FORMAT)
    return tuple(Span("".join(span.text for span in alike), *formats) for formats, alike in groups)


def cut(inline: Inline, start: int, end: int | None = None) -> Inline:
    """Return the characters from `start` to `end` with their format."""
    spans: list[Span] = []
    at = 0
    for span in inline:
        stop = None if end is None else max(0, end - at)
        spans.append(replace(span, text=span.text[max(0, start - at) : stop]))
        at += len(span.text)
    return merge(spans)


def split_lines(inline: Inline) -> list[Inline]:
    """Return the lines of the source that running text came from."""
    lines: list[list[Span]] = [[]]
    for span in inline:
        first, *others = _LINE_END.split(span.text)
        lines[-1].append(replace(span, text=first))
        lines.extend([replace(span, text=text)] for text in others)
    return [merge(line) for line in lines]


def join_lines(lines: Iterable[Inline], end: str = "\n") -> Inline:
    """Join lines; the inverse of `split_lines`."""
    parts = [span for line in lines for span in (Span(end), *line)]
    return merge(parts[1:])


def settle(inline: Inline, *, soft: str = " ") -> Inline:
    """Return text as `values` promises it: single blanks, none at the ends; a soft line end becomes `soft`."""
    parts: list[Span] = []
    for span in inline:
        text = span.text if span.code else _BETWEEN_SIGNS.sub("", span.text).replace("\n", soft)
        text = text.replace(BREAK, "\n")
        if not span.code:
            text = _AROUND_BREAK.sub("\n", _BLANKS.sub(" ", text))
        if parts and parts[-1].text[-1:] in {" ", "\n"} and not span.code:
            text = text.lstrip(" ")
        if text.startswith("\n") and parts:
            parts[-1] = replace(parts[-1], text=parts[-1].text.rstrip(" "))
        if text:
            parts.append(replace(span, text=text))
    settled = "".join(span.text for span in parts)
    start = len(settled) - len(settled.lstrip())
    return cut(tuple(parts), start, max(start, len(settled.rstrip())))


def find_links(inline: Inline) -> Inline:
    """Turn bare web and mail addresses in running text into links."""
    parts: list[Span] = []
    for span in inline:
        at = 0
        for match in () if span.url or span.code else _BARE.finditer(span.text):
            # a final full stop, comma or bracket belongs to the sentence
            shown = match.group().rstrip(".,;:!?'’*_")
            while shown.endswith(")") and shown.count("(") < shown.count(")"):
                shown = shown[:-1].rstrip(".,;:!?'’*_")
            url = {"mail": "mailto:", "www": "https://"}.get(match.lastgroup or "", "") + shown
            if is_link_target(url):
                parts += [replace(span, text=span.text[at : match.start()]), replace(span, text=shown, url=url)]
                at = match.start() + len(shown)
        parts.append(replace(span, text=span.text[at:]))
    return merge(parts)


def count_words(text: str) -> Counter[str]:
    """Count the words of a text without case and marks, as the measure of “nothing lost”."""
    return Counter(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


# Pictures. The pure room never writes one: `mailer release import` does.

MAX_PICTURES = 200
MAX_PICTURE_BYTES = 20_000_000
_ENDINGS = {
    **{f"image/{kind}": kind for kind in ("png", "jpg", "gif", "webp", "bmp")},
    "image/jpeg": "jpg",
    "image/svg+xml": "svg",
    "image/tiff": "tif",
    "image/x-emf": "emf",
    "image/x-wmf": "wmf",
}
_SIGNATURES = ((b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpg"), (b"GIF8", "gif"), (b"BM", "bmp"))
SHOWN_IN_MAIL = frozenset({"png", "jpg", "gif"})  # what every mail program shows


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture from inside a source; `name` is also the `src` of its `Image`."""

    name: str
    data: bytes
    alt: str = ""

    @property
    def ending(self) -> str:
        """Return the ending of its name, without the dot."""
        return self.name.rpartition(".")[2]


def name_picture(number: int, data: bytes, media_type: str) -> str:
    """Return the name of a picture, its ending by its first bytes, else by the type that the source states."""
    shown = next((ending for mark, ending in _SIGNATURES if data.startswith(mark)), "")
    return f"picture-{number}.{shown or _ENDINGS.get(media_type.lower(), 'bin')}"


def place_pictures(release: Release, folder: str, names: frozenset[str]) -> Release:
    """Return the release with these pictures taken from a folder; without a folder, only their words remain."""

    def placed(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(
            replace(block, src=f"{folder}/{block.src}" if folder else "")
            if isinstance(block, Image) and block.src in names
            else block
            for block in blocks
        )

    return replace(release, body=placed(release.body), notes_to_editors=placed(release.notes_to_editors))


def is_local(src: str) -> bool:
    """Return whether a picture is a file beside the source: no scheme, no root, no way out of the folder."""
    return bool(src) and not re.match(r"[a-z][a-z0-9+.-]*:|/|\\", src, re.IGNORECASE) and ".." not in src.split("/")


# Pieces, and the draft.


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the source, blanks at its ends dropped; `number` counts from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A block, the line it began on, and the blank lines before it.

    `hard` says that the line ends of the source are intended (an address, a poem), not made by an editor's wrapping;
    `after_end` that the end mark came before it; `linked` is the share of links in it on a page, from 0 to 1; `name`
    has the classes of its block on a page.
    """

    block: Block
    line: int
    gap: int = 1
    hard: bool = False
    after_end: bool = False
    linked: float = 0.0
    name: str = ""

    @property
    def inline(self) -> Inline:
        """Return the running text of a paragraph or heading; other blocks have none."""
        return self.block.inline if isinstance(self.block, Paragraph | Heading) else ()

    @property
    def text(self) -> str:
        """Return the words of a paragraph or heading on one line."""
        return " ".join(plain(self.inline).replace(BREAK, " ").split())

    @property
    def is_heading(self) -> bool:
        """Return whether the source marks it as a heading."""
        return isinstance(self.block, Heading)

    def lines(self) -> tuple[Line, ...]:
        """Return the lines of the source; blank ones are left out."""
        numbered = enumerate(plain(self.inline).replace(BREAK, "\n").split("\n"), self.line)
        return tuple(Line(number, text) for number, line in numbered if (text := " ".join(line.split())))

    def without(self, numbers: Iterable[int]) -> Piece | None:
        """Return the piece without the lines of these numbers; None if nothing is left."""
        gone = set(numbers)
        numbered = list(enumerate(split_lines(self.inline), self.line))
        kept = [(number, line) for number, line in numbered if number not in gone and plain(line).strip()]
        if not kept:
            return None
        return replace(self.with_inline(join_lines(line for _, line in kept)), line=kept[0][0])

    def with_inline(self, inline: Inline) -> Piece:
        """Return the piece with another text."""
        if isinstance(self.block, Paragraph | Heading):
            return replace(self, block=replace(self.block, inline=inline))
        return self

    def after(self, characters: int) -> Piece:
        """Return the piece without its first characters."""
        return self.with_inline(cut(self.inline, characters))


@dataclass(frozen=True, slots=True)
class Reason:
    """The reading of a line, and the evidence for it: the words, format and neighbours that decided."""

    line: int
    text: str
    read_as: str
    evidence: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """A release in the making.

    `given` are fields that the source itself sets: recognisers do not touch them. `guess` is off for a source that
    names its fields: recognisers then use headings only, and no line needs to be kept beside its value.
    """

    source: str
    pieces: list[Piece]
    given: set[str] = field(default_factory=set)
    guess: bool = True
    headline: str = ""
    subhead: str = ""
    label: str = ""
    date: date | None = None
    embargo: Embargo | None = None
    dateline: Dateline | None = None
    contacts: list[MediaContact] = field(default_factory=list)
    boilerplate: list[Boilerplate] = field(default_factory=list)
    notes: list[Piece] = field(default_factory=list)
    end_mark: str = ""
    call_to_action: Inline = ()
    language: str = ""
    sender: str = ""
    template: str = ""
    attachments: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    extras: Extras = field(default_factory=Extras)
    kept: list[Kept] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    findings: list[Kept] = field(default_factory=list)  # what was recognised where, for people
    reasons: list[Reason] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    title: str = ""  # of the web page: the headline if there is no other
    posted: bool = False  # the date is the day a page was put up: that of a dateline is preferred
    published: str = ""  # from the head of the web page: the date if there is no other

    def wants(self, name: str) -> bool:
        """Return whether a field is still to be recognised."""
        return name not in self.given

    def keep(self, name: str, line: Line, *evidence: str) -> None:
        """Keep the words of a line that became a value, so that nothing is lost."""
        self.explain(name, line, *evidence)
        if self.guess:
            self.kept.append(Kept(name, line.text, line.number))

    def note(self, name: str, text: str, line: int, *evidence: str) -> None:
        """Record what was recognised, for people to see."""
        self.explain(name, Line(line, text), *evidence)
        self.findings.append(Kept(name, text, line))

    def explain(self, read_as: str, line: Line, *evidence: str) -> None:
        """Record the reading of a line and the evidence for it (`mailer release show --why`)."""
        reason = Reason(line.number, line.text, read_as, evidence)
        self.reasons += [reason] if reason not in self.reasons[-3:] else []

    def report(self, code: str, message: str, line: int | None, severity: Severity = Severity.NOTE) -> None:
        """Report a problem at a line."""
        self.problems.append(Problem(code, message, severity, self.source, line))

    def take_lines(self, index: int, lines: Iterable[Line]) -> None:
        """Remove lines from a piece; a piece without lines goes."""
        left = self.pieces[index].without(line.number for line in lines)
        self.pieces[index : index + 1] = [left] if left else []

    def errors(self) -> tuple[Problem, ...]:
        """Return the problems with which the release cannot be used."""
        note = (problem for problem in self.problems if problem.severity is Severity.ERROR)
        return tuple(sorted(note, key=lambda problem: problem.line or 0))

    def release(self, slug: str) -> Release:
        """Build the release; the pieces that no recogniser took are its body."""
        fields_set = {each.name: getattr(self, each.name) for each in fields(Release) if hasattr(self, each.name)}
        values = {name: tuple(value) if isinstance(value, list) else value for name, value in fields_set.items()}
        settled: dict[str, Any] = {
            "body": settle_blocks(self.pieces),
            "notes_to_editors": settle_blocks(self.notes),
            "language": self.language or "en",
            "kept": tuple(sorted(self.kept, key=lambda kept: kept.line)),
            "problems": tuple(sorted(self.problems, key=lambda problem: problem.line or 0)),
        }
        return Release(**{**values, **settled}, slug=slug)


def report_lost_links(draft: Draft, what: str, words: str, inline: Inline, line: int) -> None:
    """Report each link lost when running text became plain `words`, as in a headline or a subhead."""
    for url in dict.fromkeys(span.url for span in inline if span.url and span.text.strip() in words):
        message = f"a {what} has no links: its words stay, and {url} is left out; put the link into the text below"
        draft.report("link-dropped", message, line, Severity.WARNING)


def settle_piece(piece: Piece) -> Inline:
    """Return the final text of a piece: line ends settled, bare addresses made links."""
    return find_links(settle(piece.inline, soft=BREAK if piece.hard else " "))


def settle_blocks(pieces: Iterable[Piece]) -> tuple[Block, ...]:
    """Return pieces as the blocks of a release; a piece without words is dropped."""
    blocks: list[Block] = []
    for piece in pieces:
        match piece.block:
            case Paragraph() | Heading() as block:
                inline = settle_piece(piece)
                if inline and isinstance(block, Heading):
                    blocks.append(Heading(inline, min(max(block.level, 2), 4)))
                elif inline:
                    blocks.append(Paragraph(inline))
            case ListBlock() as block:
                blocks.append(replace(block, items=tuple(map(find_links, block.items))))
            case Table(head, rows):
                blocks.append(Table(tuple(map(find_links, head)), tuple(tuple(map(find_links, row)) for row in rows)))
            case block:
                blocks.append(block)
    return tuple(blocks)
