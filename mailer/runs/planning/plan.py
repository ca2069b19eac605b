"""Plan: what a send would do, before anybody says yes.

Owns the values that `prepare` makes and `confirm` takes. The deliveries lie in an anonymous temporary file, not in
memory: a list of a million people is planned in the space of one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from mailer.contacts.audience import Merged as MergedRecords
from mailer.contacts.audience.selection import EVERYBODY, Selection
from mailer.contacts.values import LeftOut
from mailer.errors import Problem
from mailer.events import MailingKind
from mailer.ledger.deliveries import Planned
from mailer.ledger.mailings import Edition, Mailing
from mailer.release.values import Release
from mailer.runs.planning.merge import Merged
from mailer.runs.planning.when import Moment
from mailer.runs.suppressions.suppressed import Watch
from mailer.settings import Relay, Sender

_BYTES = ("token_id", "address_digest", "content_hash")
KEPT_EXAMPLES = 50  # of each reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a person asked for. Lists are names or paths.

    The reasons are what `--changed`, `--new-mailing`, `--despite-recent` and `--not-agreed` say. `pinned` says that the
    relay was named, so that no other stands in for it; else the sender's domain chooses. `at` is the moment to wait
    for; `at_once` says that a mailing that waits for one is to go now after all.
    """

    release: str
    relay: Relay
    pinned: bool = False
    lists: tuple[str, ...] = ()
    excepts: tuple[str, ...] = ()
    selection: Selection = EVERYBODY
    kind: MailingKind = MailingKind.RELEASE
    sender: str = ""
    family: str = ""
    under_embargo: bool = False
    not_agreed: str = ""
    changed: str = ""
    new_mailing: str = ""
    despite_recent: str = ""
    check_domains: bool = False
    expires_at: datetime | None = None
    at: Moment | None = None
    at_once: bool = False


class Spool:
    """Planned deliveries in a file that has no name and vanishes with the process."""

    def __init__(self, file: IO[str]) -> None:
        """Take an open, empty text file."""
        self._file = file
        self.count = 0

    def append(self, planned: Planned) -> None:
        """Add a delivery."""
        row = {name: getattr(planned, name) for name in Planned.__slots__}
        row |= {name: row[name].hex() for name in _BYTES}
        self._file.write(json.dumps(row, ensure_ascii=False) + "\n")
        self.count += 1

    def read(self) -> Iterator[Planned]:
        """Yield all deliveries in their order; can be read again."""
        self._file.flush()
        self._file.seek(0)
        for line in self._file:
            row = json.loads(line)
            row |= {name: bytes.fromhex(row[name]) for name in _BYTES}
            yield Planned(**row)

    def close(self) -> None:
        """Let the file vanish."""
        self._file.close()


@dataclass(slots=True)
class Tally:
    """What was counted while the lists were read."""

    per_list: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    left_out_examples: list[LeftOut] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    to_send: int = 0
    domains: Counter[str] = field(default_factory=Counter)
    largest: int = 0
    first_people: list[str] = field(default_factory=list)
    first: Merged | None = None
    held: list[tuple[str, datetime]] = field(default_factory=list)
    records: MergedRecords = field(default_factory=MergedRecords)
    role_addresses: int = 0
    watch: Watch | None = None
    languages: Counter[str] = field(default_factory=Counter)  # "": the release's own
    versions: Counter[str] = field(default_factory=Counter)  # in which language the release itself; "": its own
    text_only: int = 0
    marked_since: set[bytes] = field(default_factory=set)  # who waits in the mailing, and is marked in a list by now

    def leave_out(self, entry: LeftOut) -> None:
        """Count a row that is not planned, and keep the first ones to show."""
        self.left_out[entry.reason.value] += 1
        if self.left_out[entry.reason.value] <= KEPT_EXAMPLES:
            self.left_out_examples.append(entry)
        if self.watch is not None:
            self.watch.note(entry)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a send would do."""

    request: Request
    release: Release
    sender: Sender
    edition: Edition = field(repr=False)
    sequence: int
    existing: Mailing | None
    is_changed: bool
    tally: Tally
    spool: Spool
    warnings: tuple[Problem, ...]

    @property
    def slug(self) -> str:
        """Return the slug of the mailing."""
        return self.release.slug
