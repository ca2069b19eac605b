"""Values: the contents of the site, and where each is below its root, which mails share with the pages.

A story is a release that is public; one that is not public yet is not a story. A picture's address contains a digest of
its bytes, so that a mail program never shows a cached old picture in place of a new one.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from urllib.parse import quote

from mailer import lazy_re as re
from mailer.frozen import dataclass, field
from mailer.message.values import InlineImage
from mailer.release.values import Block, Image, Release
from mailer.settings import Look, Sender, Tongues

KIT = "press-kit"
FRONT, FEED, SITEMAP, TOPICS = "index.html", "feed.xml", "sitemap.xml", "topics"
_TAKEN = frozenset({FRONT, FEED, SITEMAP, TOPICS, KIT, "logo"})
_SUFFIXES: Mapping[str, str] = {"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif"}


def is_name_of_page(slug: str) -> bool:
    """Return whether a page can have this name: not a path, not hidden, and not a page of the site itself."""
    return bool(re.fullmatch(r"[^./\\:*?\"<>|\x00-\x1f][^/\\:*?\"<>|\x00-\x1f]*", slug)) and slug not in _TAKEN


def page_path(slug: str) -> str:
    """Return the address of a release's page, for a link."""
    return f"{quote(slug, safe='')}/"


def page_of(page: str, version: str) -> str:
    """Return the address of a language version, by its tag; "" is the release itself."""
    return f"{page}{version}/" if version else page


def picture_path(image: InlineImage) -> str:
    """Return the address of a picture below the page of its release: `press-kit/pier-3f2a91c04b5d.png`."""
    plain = unicodedata.normalize("NFKD", image.name.rpartition(".")[0]).encode("ascii", "ignore").decode("ascii")
    name = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60] or "picture"
    return f"{KIT}/{name}-{hashlib.sha256(image.data).hexdigest()[:12]}{_SUFFIXES.get(image.media_type, '')}"


def with_web_pictures(release: Release, images: Mapping[str, InlineImage], page: str) -> Release:
    """Return a release with its own pictures linked from its page, at the absolute address `page`."""

    def moved(image: Image) -> Image:
        inside = images.get(image.src)
        if inside is None:
            return image
        return replace(image, src=f"{page}{picture_path(inside)}", width=inside.width, height=inside.height)

    def each(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(moved(block) if isinstance(block, Image) else block for block in blocks)

    portrait = release.extras.portrait
    return replace(
        release,
        body=each(release.body),
        notes_to_editors=each(release.notes_to_editors),
        extras=replace(release.extras, portrait=moved(portrait) if portrait else None),
    )


Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class House:
    """The newsroom: its title and its absolute address without a final slash ("" if unknown)."""

    title: str
    url: str
    tongues: Tongues = field(repr=False)


@dataclass(frozen=True, slots=True)
class Note:
    """A later note of the office about a release: its time (in the office's time zone) and text."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A public release: its current text, when it came out, and its corrections or withdrawal.

    `versions` has every language by its tag in lower case, "" being the release itself; none mentions an embargo.
    `pictures` are those that are files, by their `src` in the release. `corrections` begin with the oldest.
    """

    slug: str
    versions: Mapping[str, Release] = field(repr=False)
    sender: Sender
    look: Look = field(repr=False)
    published: datetime
    logo: InlineImage | None = field(default=None, repr=False)
    pictures: Mapping[str, InlineImage] = field(default_factory=dict, repr=False)
    corrections: Sequence[Note] = ()
    withdrawn: Note | None = None

    @property
    def release(self) -> Release:
        """Return the release itself."""
        return self.versions[""]

    @property
    def id(self) -> str:
        """Return a permanent name, even if the site moves: a `tag:` URI (RFC 4151) with the day it came out."""
        return f"tag:{self.sender.domain},{self.published.astimezone(UTC):%Y-%m-%d}:{self.path[:-1]}"

    @property
    def path(self) -> str:
        """Return the address of its page, relative to the front page."""
        return page_path(self.slug)

    @property
    def day(self) -> date:
        """Return the date in the release, or the day it came out."""
        return self.release.date or self.published.date()

    @property
    def updated(self) -> datetime:
        """Return when it was last changed."""
        return max([self.published, *(note.at for note in (*self.corrections, self.withdrawn) if note)])
