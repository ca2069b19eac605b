"""Trial: a family, a release and a reader become a mail, exactly as a mailing would make it.

Owns the joining alone: the edition is packed and unpacked, and merged by the `Merger` that real mailings use, so that
what is looked at here is what would go out. Touches no ledger; the keys are made up, and open nothing.
Raises `InputProblem`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from mailer.contacts.values import Contact
from mailer.events import MailingKind
from mailer.message import Check, Rendered, check_message
from mailer.runs.planning.edition import Sources, Text, Ways, pack, unpack
from mailer.runs.planning.merge import NOTICE, Merger
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


class Trials:
    """A family with one release, ready to make the mails of any reader."""

    def __init__(self, workspace: Workspace, family: str, sample: Sample, ways: Ways) -> None:
        """Read and compile the family.

        Raises:
            InputProblem: with every problem of its files.
        """
        sources = Sources(
            release_name=sample.source,
            release=sample.data,
            family=family,
            templates=workspace.family_files(family),
            images=sample.images,
        )
        self.text: Text = unpack(pack(sources, sample.release, ways))
        self._merger = Merger(self.text, mailing=_MAILING, kind=MailingKind.RELEASE, keys=_KEYS)
        self._ways = ways

    def mail(self, reader: Contact, *, now: datetime, first: bool = False) -> Trial:
        """Make one reader's mail; a `first` one carries the privacy notice.

        Raises:
            InputProblem: a template cannot be rendered; `problems` has one for each file.
        """
        fields = {**reader.fields, NOTICE: "yes"} if first else reader.fields
        merged = self._merger.merge(reader.address, fields, date=now)
        data = merged.envelope.data
        checks = check_message(data, postal_address=self._ways.sender.postal_address, optouts=merged.optouts)
        pictures = {each.content_id: (each.media_type, each.data) for each in self.text.images.values()}
        return Trial(merged.rendered, data, pictures, checks)
