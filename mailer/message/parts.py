"""Parts: bytes of a message, parsed for checks down to the words and the structure of its page.

Owns a small reader of header fields and MIME parts, which keeps their exact bytes, since a signature covers those. It
shares no code with `compose`, nor with the standard library's parser, so that a mistake in either is noticed (standards
F2). It reads the mail that mailer sends, including copies that arrived; mail from others is read in `bounces`. RFC 5322
§2.2, RFC 2046 §5.1.1, RFC 2045 §6.

It also walks the HTML once: its elements with their attributes and inline CSS, the visible words, links, pictures,
headings, languages, the text of `<style>`. Never changes it, never fetches anything, never raises: a broken page is
read as far as possible. Hidden text (the preheader) does not count. Rules of style sheets only count where css-inline
has put them into an element's own style.
Gaps: conditional comments for Outlook are comments here; elements whose end tag is optional must have one.
"""

from __future__ import annotations

import base64
import binascii
import quopri
from collections.abc import Iterator
from html.parser import HTMLParser

from mailer import lazy_re as re
from mailer.frozen import dataclass, field

_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:.*\r\n(?:[ \t].*\r\n)*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Field:
    """A header field: its name as written, and all of its bytes, folds and last line end with them."""

    name: str
    raw: bytes

    @property
    def value(self) -> str:
        """Return the value on one line, encoded words as they are."""
        return " ".join(self.raw.partition(b":")[2].decode("utf-8", "replace").split())


@dataclass(frozen=True, slots=True)
class Part:
    """A message or a part of one: its fields in order; its body as it is; the parts inside."""

    fields: tuple[Field, ...]
    body: bytes
    parts: tuple[Part, ...] = ()

    def all(self, name: str) -> list[str]:
        """Return the values of a field, whatever the case of its name."""
        return [field.value for field in self.fields if field.name.lower() == name.lower()]

    def first(self, name: str) -> str:
        """Return the first value of a field, or nothing."""
        return next(iter(self.all(name)), "")

    @property
    def media_type(self) -> str:
        """Return the media type in lower case, `text/plain` if there is none."""
        return (self.first("Content-Type") or "text/plain").partition(";")[0].strip().lower()

    def decoded(self) -> bytes:
        """Return the body without its transfer encoding; one that cannot be decoded stays as it is."""
        encoding = self.first("Content-Transfer-Encoding").strip().lower()
        if encoding == "quoted-printable":
            return quopri.decodestring(self.body)
        if encoding == "base64":
            try:
                return base64.b64decode(self.body)
            except binascii.Error:
                return self.body
        return self.body

    def walk(self) -> Iterator[Part]:
        """Yield this part and all parts inside, in the order of the bytes."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def text(self, media_type: str) -> str:
        """Return the text of the first part of a type that is no attachment, as UTF-8; nothing if there is none."""
        for part in self.walk():
            if part.media_type == media_type and not part.first("Content-Disposition").startswith("attachment"):
                return part.decoded().decode("utf-8", "replace")
        return ""


def parse_parts(data: bytes) -> Part:
    """Parse a message. Lines must end in CRLF; what is malformed is read as far as it goes."""
    head, _, body = data.partition(b"\r\n\r\n")
    if data.startswith(b"\r\n"):
        head, body = b"", data[2:]
    fields = tuple(Field(found[1].decode("ascii"), found[0]) for found in _FIELD.finditer(head + b"\r\n"))
    part = Part(fields, body)
    boundary = re.search(r'boundary="?([^";]+)"?', part.first("Content-Type"), re.IGNORECASE)
    if not part.media_type.startswith("multipart/") or boundary is None:
        return part
    delimiter = rb"(?:^|\r\n)--" + re.escape(boundary[1].strip().encode("utf-8", "replace"))
    inside = re.split(delimiter + rb"--[ \t]*(?:\r\n|\Z)", body, maxsplit=1)[0]
    return Part(fields, body, tuple(map(parse_parts, re.split(delimiter + rb"[ \t]*\r\n", inside)[1:])))


# Page: the content of an HTML part.

_DECLARATION = re.compile(r"""([\w-]+)\s*:\s*((?:[^;"'(]|"[^"]*"|'[^']*'|\([^)]*\))*)""")
_IMPORTANT = re.compile(r"\s*!\s*important\s*$", re.IGNORECASE)
_VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_NOT_SHOWN = frozenset({"head", "style", "script", "title"})
_APART = frozenset({"br", "p", "div", "td", "th", "tr", "li", "h1", "h2", "h3", "h4", "blockquote", "table", "img"})
_WITH_TEXT = frozenset({"a", "title", "style", "h1", "h2", "h3", "h4", "h5", "h6"})


def declarations(text: str) -> dict[str, str]:
    """Return the declarations of a `style` by property, in lower case; the last one of a property wins."""
    found: dict[str, str] = {}
    for name, value in _DECLARATION.findall(text):
        found.pop(name.lower(), None)  # keeps the order: which of `font` and `font-size` came last
        found[name.lower()] = _IMPORTANT.sub("", value).strip()
    return found


@dataclass(eq=False, slots=True)
class Element:
    """An element of a page: its attributes, its inline CSS by property, and its parent."""

    tag: str
    attributes: dict[str, str]
    parent: Element | None = field(repr=False)
    style: dict[str, str] = field(default_factory=dict)
    is_hidden: bool = False  # by itself or by an element around it
    content: list[str] = field(default_factory=list)  # of links, headings, title and style: the text inside
    alts: list[str] = field(default_factory=list)  # of links: the alternative texts of pictures inside

    @property
    def text(self) -> str:
        """Return the text inside, blanks squeezed; only for links, headings, the title and style sheets."""
        return " ".join("".join(self.content).split())

    def upwards(self) -> Iterator[Element]:
        """Yield this element and those around it, from the inside out."""
        element: Element | None = self
        while element is not None:
            yield element
            element = element.parent

    def is_inside(self, tag: str) -> bool:
        """Return whether an element of that name is around it."""
        return self.parent is not None and any(each.tag == tag for each in self.parent.upwards())


@dataclass(slots=True)
class Page:
    """The result of one walk over an HTML part.

    `words` is the visible text, including the pictures' alt texts; `texts` are its pieces, each with its element, and
    `hidden` the pieces that are not shown.
    """

    words: str = ""
    title: str = ""
    everything: list[Element] = field(default_factory=list)
    texts: list[tuple[Element, str]] = field(default_factory=list)
    hidden: list[tuple[Element, str]] = field(default_factory=list)
    images: list[tuple[str, str | None]] = field(default_factory=list)  # src and alt, None if there is none
    layout_tables: int = 0  # tables that are neither data nor marked as presentation

    def every(self, *tags: str) -> list[Element]:
        """Return the elements of these names, in the order of the page."""
        return [element for element in self.everything if element.tag in tags]

    @property
    def links(self) -> list[tuple[str, str]]:
        """Return the address and the visible text of every link."""
        links = (each for each in self.every("a") if "href" in each.attributes)
        return [(each.attributes["href"], "".join(each.content).strip()) for each in links]

    @property
    def style_sheets(self) -> list[str]:
        """Return the text of every `<style>`."""
        return ["".join(each.content) for each in self.every("style")]


def read_page(html: str) -> Page:
    """Walk over an HTML part once."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.page.words = re.sub(r"[ \t]+", " ", "".join(reader.words))
    with_heads = {
        id(next(up for up in head.upwards() if up.tag == "table"))
        for head in reader.page.every("th")
        if head.is_inside("table")
    }
    reader.page.layout_tables = sum(
        table.attributes.get("role") not in {"presentation", "none"}
        and "data" not in table.attributes.get("class", "").split()
        and id(table) not in with_heads
        for table in reader.page.every("table")
    )
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.words: list[str] = []
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in reversed(attrs)}
        around = self.open[-1] if self.open else None
        element = Element(tag, attributes, around, declarations(attributes.get("style", "")))
        element.is_hidden = (
            (around is not None and around.is_hidden)
            or tag in _NOT_SHOWN
            or "hidden" in attributes
            or element.style.get("display", "").startswith("none")
        )
        page = self.page
        page.everything.append(element)
        if tag in _APART:
            self.words.append("\n")
        if tag == "img":
            alt = element.attributes.get("alt")
            page.images.append((element.attributes.get("src", ""), alt))
            if not element.is_hidden:
                self.words.append(alt or "")
                for each in self.open:
                    if each.tag == "a":
                        each.alts.append(alt or "")
        if tag not in _VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        for at in range(len(self.open) - 1, -1, -1):
            if self.open[at].tag == tag:
                del self.open[at:]
                break
        if tag in _APART:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        inside = self.open[-1] if self.open else None
        for each in self.open:
            if each.tag in _WITH_TEXT:
                each.content.append(data)
        if inside is None:
            self.words.append(data)
        elif inside.is_hidden:
            if inside.tag == "title":
                self.page.title += data
            elif data.strip() and not any(each.tag in _NOT_SHOWN for each in self.open):
                self.page.hidden.append((inside, data))
        else:
            self.words.append(data)
            if data.strip():
                self.page.texts.append((inside, data))
