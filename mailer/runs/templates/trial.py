"""Trial: a family, a release and a reader become a mail, exactly as a mailing would make it.

Owns the joining alone: the family is compiled once, and mails are merged by the `Merger` that real mailings use, so
that what is looked at here is what would go out. Touches no ledger; the keys are made up, and open nothing.
Raises `InputProblem`.
Gaps: attachments are left out, since no template shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from mailer.contacts.values import Contact
from mailer.events import MailingKind
from mailer.message.checks import check_message
from mailer.message.family import Family
from mailer.message.pictures import make_inline_image
from mailer.message.values import Check, Rendered, Styling
from mailer.runs.planning.edition import Text, Ways, make_family, read_family
from mailer.runs.planning.merge import NOTICE, Merged, Merger
from mailer.runs.templates.samples import Sample
from mailer.tokens import Keys
from mailer.workspace import Workspace

_KEYS: Final = Keys(1, {1: b"a key that only samples are made with"})
_MAILING: Final = "sample/release-1"


@dataclass(frozen=True, slots=True)
class Trial:
    """One mail: its three texts, its bytes, the pictures inside by Content-ID, and the checks of the bytes."""

    rendered: Rendered = field(repr=False)
    data: bytes = field(repr=False)
    pictures: Mapping[str, tuple[str, bytes]] = field(repr=False)  # media type and bytes
    checks: tuple[Check, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A family, read and compiled: its templates, and how it looks and speaks."""

    family: Family = field(repr=False)
    styling: Styling = field(repr=False)


def compile_for_trial(workspace: Workspace, family: str, ways: Ways) -> Compiled:
    """Read and compile a family.

    Raises:
        InputProblem: with every problem of its files.
    """
    return Compiled(*make_family(read_family(workspace, family), domain=ways.sender.domain))


class Trials:
    """A family with one release, ready to make the mails of any reader."""

    def __init__(self, compiled: Compiled, sample: Sample, ways: Ways) -> None:
        """Join them.

        Raises:
            InputProblem: the release has a picture that no mail can carry.
        """
        domain = ways.sender.domain
        images = {src: make_inline_image(src, data, domain=domain) for src, data in sample.images.items()}
        text = Text(sample.release, compiled.family, compiled.styling, ways, images, ())
        logo = (compiled.styling.logo,) if compiled.styling.logo else ()
        self._pictures = {each.content_id: (each.media_type, each.data) for each in (*images.values(), *logo)}
        self._merger = Merger(text, mailing=_MAILING, kind=MailingKind.RELEASE, keys=_KEYS)
        self._postal_address = ways.sender.postal_address

    def mail(self, reader: Contact, *, now: datetime, first: bool = False) -> Trial:
        """Make one reader's mail; a `first` one carries the privacy notice.

        Raises:
            InputProblem: a template cannot be rendered; `problems` has one for each file.
        """
        merged = self.merge(reader, now=now, first=first)
        data = merged.envelope.data
        checks = check_message(data, postal_address=self._postal_address, optouts=merged.optouts)
        return Trial(merged.rendered, data, self._pictures, checks)

    def merge(self, reader: Contact, *, now: datetime, first: bool = False) -> Merged:
        """Make one reader's mail without looking at it.

        Raises:
            InputProblem: as `mail`.
        """
        fields = {**reader.fields, NOTICE: "yes"} if first else reader.fields
        return self._merger.merge(reader.address, fields, date=now)
