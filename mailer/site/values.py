"""Values: what the site is made of.

A story is a release that everybody may read: what is not to be read yet is none.
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
    """The newsroom: its title, its absolute address without a slash at its end ("" where nobody has named it)."""

    title: str
    url: str
    tongues: Tongues = field(repr=False)


@dataclass(frozen=True, slots=True)
class Note:
    """What the office has said of a release since: when (in the office's own time), and in which words."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A release that may be read by everybody: what it says now, when it came out, what became of it.

    `versions` has it in every language by its tag in small letters, "" being the release itself; none speaks of an
    embargo. `pictures` are those that are files, by the `src` that the release has for them. `corrections` begin with
    the oldest.
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
        """Return a name that stays, if the site moves as well: a `tag:` URI (RFC 4151) of the day it came out."""
        return f"tag:{self.sender.domain},{self.published.astimezone(UTC):%Y-%m-%d}:{self.path[:-1]}"

    @property
    def path(self) -> str:
        """Return where its page is, below the front page, as it stands in a link."""
        return page_path(self.slug)

    @property
    def day(self) -> date:
        """Return the day that it names, or on which it came out."""
        return self.release.date or self.published.date()

    @property
    def updated(self) -> datetime:
        """Return when it was changed last."""
        return max([self.published, *(note.at for note in (*self.corrections, self.withdrawn) if note)])
