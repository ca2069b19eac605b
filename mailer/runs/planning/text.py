"""Text: all that the mails of a mailing are made of beside the people, as values that any process can be given.

`edition` makes it of what the ledger keeps. A process that only makes mails needs nothing else of the house than this
and the room `message`: no release is parsed for it, and no ledger opened.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from mailer.frozen import dataclass, field, replace
from mailer.message.family import Family
from mailer.message.values import Attachment, InlineImage, Styling
from mailer.release.values import Extras, Release
from mailer.settings import Bounces, OptOut, Privacy, Sender
from mailer.settings.look import nearest_tag


@dataclass(frozen=True, slots=True)
class Ways:
    """What a mail says about itself beside the release: from whom, where opt-outs and bounces go, the notice."""

    sender: Sender
    optout: OptOut
    bounces: Bounces
    privacy: Privacy = field(default_factory=Privacy)


@dataclass(frozen=True, slots=True)
class Version:
    """The release in one language, with the files that go with it in that language."""

    release: Release
    attachments: tuple[Attachment, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Update:
    """What a mail around a release says beside it: a follow-up's letter, or the note of a correction or a retraction.

    `changes` are what a correction shows as was and is, as `message.context` takes them: by the number of the edition
    that a person has, and by the language of its version. Without the release (`with_release`) the mail names only its
    headline.
    """

    note: str = ""
    letter: str = ""
    with_release: bool = False
    changes: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]] = field(default_factory=dict)

    def shown(self, release: Release) -> Release:
        """Return the release as the mail has it: whole, or what a mail about it names."""
        if self.with_release:
            return release
        kept = replace(release, body=(), notes_to_editors=(), boilerplate=(), attachments=(), extras=Extras())
        return replace(kept, subhead="", end_mark="", call_to_action=(), dateline=None)


@dataclass(frozen=True, slots=True)
class Text:
    """An edition unpacked: everything that mails are made of.

    `versions` holds the release in every language, by their tags in small letters: "" is the release itself.
    `embargo_until` is the end of its embargo; one that is over when the mails go out is lifted: the release here does
    not speak of it. `page` is the release on the web, where the office has a newsroom.
    """

    versions: Mapping[str, Version] = field(repr=False)
    family: Family
    styling: Styling
    ways: Ways
    images: Mapping[str, InlineImage] = field(repr=False)
    embargo_until: datetime | None = None
    is_lifted: bool = False
    page: str = ""
    update: Update | None = None

    @property
    def release(self) -> Release:
        """Return the release itself."""
        return self.versions[""].release

    @property
    def releases(self) -> tuple[Release, ...]:
        """Return the release, and the release in every other language."""
        return tuple(each.release for each in self.versions.values())

    @property
    def tells_moments(self) -> bool:
        """Return whether the mail tells a moment, which each reader may have in their own time zone."""
        return self.release.embargo is not None or self.release.extras.event is not None


def nearest_version(tag: str, own: str, versions: Collection[str]) -> str:
    """Return the version for somebody's tag: fr-CA, else fr; "" where the release itself, in `own`, is as near."""
    found = nearest_tag(tag, {own.lower(), *versions})
    return "" if found == own.lower() else found
