"""Values: the contents of the site.

A story is a release that is public; one that is not public yet is not a story.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from mailer.frozen import dataclass, field
from mailer.message.values import InlineImage
from mailer.release.values import Release
from mailer.settings import Look, Sender, Tongues
from mailer.site.addresses import page_path

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
