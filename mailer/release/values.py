"""Release: the text as values, independent of its source format.

Owns the frozen shapes. Never reads a source (`source` does), never renders (`message` does).
Running text is a tuple of `Span`s, the one truth from which HTML, plain text and Markdown are all made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime
from itertools import chain
from typing import Any, ClassVar, TypeAlias

from mailer.errors import Problem
from mailer.frozen import dataclass, field


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one format; `url` makes it a link (http, https, mailto or tel)."""

    text: str
    strong: bool = False
    emphasis: bool = False
    code: bool = False
    url: str = ""


Inline: TypeAlias = tuple[Span, ...]


def plain(inline: Inline) -> str:
    """Return the words of running text, without format and link targets; line breaks stay."""
    return "".join(span.text for span in inline)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the body."""

    kind: ClassVar[str] = "paragraph"
    inline: Inline


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside the body; `level` 2 to 4, the headline being 1."""

    kind: ClassVar[str] = "heading"
    inline: Inline
    level: int = 2


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote of one or more paragraphs, without its outermost quotation marks.

    `lead_in` is the line that announced it in the source ("Statement from …:"), kept so that no word is lost.
    """

    kind: ClassVar[str] = "quote"
    paragraphs: tuple[Inline, ...]
    speaker: str = ""
    role: str = ""
    organisation: str = ""
    lead_in: str = ""


@dataclass(frozen=True, slots=True)
class ListBlock:
    """A list; items are running text (a nested list is flattened, its items indented by two blanks a level)."""

    kind: ClassVar[str] = "list"
    items: tuple[Inline, ...]
    ordered: bool = False
    start: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """A table: one head row (may be empty) and rows of running text."""

    kind: ClassVar[str] = "table"
    head: tuple[Inline, ...]
    rows: tuple[tuple[Inline, ...], ...]


@dataclass(frozen=True, slots=True)
class Image:
    """A picture: `src` is an http(s) URL, a path relative to the release file, or empty if there are only words.

    `licence` says who may print it; `width` and `height` are its pixels if someone named them, else 0.
    """

    kind: ClassVar[str] = "image"
    src: str = ""
    alt: str = ""
    caption: str = ""
    credit: str = ""
    licence: str = ""
    width: int = 0
    height: int = 0


Block: TypeAlias = Paragraph | Heading | Quote | ListBlock | Table | Image


def block_inlines(block: Block) -> Iterator[Inline]:
    """Yield the running texts of a block."""
    if isinstance(block, Paragraph | Heading):
        yield block.inline
    elif isinstance(block, Quote):
        yield from block.paragraphs
    elif isinstance(block, ListBlock):
        yield from block.items
    elif isinstance(block, Table):
        yield from chain(block.head, *block.rows)


@dataclass(frozen=True, slots=True)
class MediaContact:
    """A contact for journalists, as the release names them."""

    name: str = ""
    role: str = ""
    organisation: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Embargo:
    """When the release may be used; `until` is None if the text cannot be read, naive without a zone.

    `day` is set even if the text has no time.
    """

    text: str
    until: datetime | None = None
    day: date | None = None

    @property
    def has_zone(self) -> bool:
        """Return whether the time has a zone, without which it is not a point in time."""
        return self.until is not None and self.until.tzinfo is not None


@dataclass(frozen=True, slots=True)
class Dateline:
    """The place (and day) of the release: `EASTPORT, 24 November`."""

    city: str = ""
    region: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """The text about the organisation, the same in every release."""

    paragraphs: tuple[Inline, ...]
    heading: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The event of an advisory; its times are aware."""

    starts: datetime
    ends: datetime | None = None
    what: str = ""
    who: str = ""
    where: str = ""
    register: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """Fields of a release beside its text.

    `portrait` is a picture of the speaker of a statement; `pitch` the letter above the release, with merge fields;
    `press_kit` a link; `pictures` says whether pictures on the web stay there (`link`) or are embedded (`inline`);
    `offer` is the line about the release in an offer under embargo, instead of its headline. `topics` are the
    newsroom's topics; `newsroom` is `true` if it gets a newsroom page without being mailed, `false` if it gets none.
    """

    event: Event | None = None
    portrait: Image | None = None
    pitch: str = ""
    press_kit: str = ""
    pictures: str = ""
    offer: str = ""
    topics: tuple[str, ...] = ()
    newsroom: str = ""


def extra_fields(extras: Extras) -> dict[str, Any]:
    """Return the extras as fields of front matter, or of the release's JSON; empty ones are left out."""
    event, portrait = extras.event, extras.portrait
    found: dict[str, Any] = {"event": {}, "portrait": {}, "pitch": extras.pitch, "offer": extras.offer}
    found["press_kit"] = extras.press_kit
    if event:
        found["event"] = {name: getattr(event, name) for name in ("what", "who", "where") if getattr(event, name)}
        for name, at in (("starts", event.starts), ("ends", event.ends)):
            if at is not None:
                zone = getattr(at.tzinfo, "key", "")
                found["event"][name] = f"{at:%Y-%m-%d %H:%M} {zone}" if zone else at.isoformat(timespec="minutes")
        found["event"] |= {name: getattr(event, name) for name in ("register", "url") if getattr(event, name)}
    if portrait:
        found["portrait"] = {name: str(value) for name, value in asdict(portrait).items() if value}
    found |= {"pictures": extras.pictures, "topics": [*extras.topics], "newsroom": extras.newsroom}
    return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class Kept:
    """Words of the source that became a value (`field`): kept so that nothing is lost, or reported as found."""

    field: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Waiver:
    """A warning that the author waives, and the reason: `headline-long`, or one of several by its subject, `about`."""

    code: str
    reason: str
    about: str = ""
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A press release. `slug` is the file's stem and names it in the ledger; `date` is None if none is given."""

    slug: str
    headline: str
    subhead: str = ""
    label: str = ""
    date: date | None = None
    embargo: Embargo | None = None
    dateline: Dateline | None = None
    contacts: tuple[MediaContact, ...] = ()
    body: tuple[Block, ...] = ()
    boilerplate: tuple[Boilerplate, ...] = ()
    notes_to_editors: tuple[Block, ...] = ()
    end_mark: str = ""
    call_to_action: Inline = ()
    language: str = "en"
    sender: str = ""
    template: str = ""
    attachments: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    extras: Extras = Extras()
    kept: tuple[Kept, ...] = ()
    problems: tuple[Problem, ...] = ()

    def images(self) -> Iterator[Image]:
        """Return the pictures in the order of the body."""
        return (block for block in self.body if isinstance(block, Image))

    def all_pictures(self) -> Iterator[Image]:
        """Yield every picture that a mail shows: the portrait, those of the body, those of the notes."""
        if self.extras.portrait is not None:
            yield self.extras.portrait
        yield from (block for block in (*self.body, *self.notes_to_editors) if isinstance(block, Image))

    def quotes(self) -> Iterator[Quote]:
        """Return the quotes in the order of the body."""
        return (block for block in self.body if isinstance(block, Quote))
