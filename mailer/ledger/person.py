"""Person: all data in the ledger about one address, where it is, and erasing it.

Owns the queries of `lists find`, `contacts export` and `why` (a person is found by the digest of their address, even
after they were erased), finding and erasing every occurrence of an address (the person's own rows, a server's replies,
raw mail, colleagues' rows that name them), and deleting data past its retention date. Figures stay: a delivery keeps
its state, its times and its digest, so that the books balance and the person is not mailed again. Events contain no
text and stay as they are, and so do suppressions. Never changes a file, never decides who is to be erased.

Gaps: an event without a delivery (an opt-out by hand) is shown by its suppression. Unmatched returned mail has no
digest, and is found by an address in its text. The text of a release is what all recipients got, and stays even if it
names the person; this is only reported. A colleague's row in a mailing that is still being sent is left to
`runs.people`, which can check whether its mail would change.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    FromClause,
    Select,
    Table,
    Update,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from mailer.events import MAY_COME, DeliveryState, EventKind, MailingKind
from mailer.frozen import dataclass, field, fields
from mailer.ledger.connection import overwrite_erased
from mailer.ledger.deliveries import NAMELESS
from mailer.ledger.history import ReportedDelivery, Returned, read_findings
from mailer.ledger.mailings import Stamp, add_event
from mailer.ledger.offers import HELD, WAITING, EmbargoAnswer
from mailer.ledger.returns import ABSENCES, PROPOSALS, Absence, Proposal, Reply, read_replies
from mailer.ledger.rows import AnyRow, change, in_parts, read_all, value_of
from mailer.ledger.suppressions import Suppression, find_suppressions
from mailer.ledger.tables import (
    absence,
    answer,
    answer_note,
    approval,
    blob,
    delivery,
    edition,
    edition_file,
    embargo_answer,
    event,
    event_text,
    finding,
    finding_text,
    inbound,
    inbound_raw,
    inbound_text,
    mailing,
    mailing_name,
    plan,
    plan_part,
    plan_person,
    proposal,
    proposal_text,
    suppression,
    suppression_import,
    wave,
)
from mailer.ledger.tables import wave_recipient as in_wave

if TYPE_CHECKING:  # commands that only read a mailing search no files for a person
    from mailer.contacts.traces import Traces

# Person: everything that the ledger has about one address.


@dataclass(frozen=True, slots=True, kw_only=True)
class SentTo(ReportedDelivery):
    """A delivery to the person, with its mailing; `fields` (the merge row) is empty once they are erased."""

    id: int
    mailing: str
    kind: MailingKind
    headline: str
    planned_at: datetime
    expires_at: datetime | None
    fields: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of a delivery, with a server's text if there is one; `address` is empty once it is erased."""

    at: datetime
    address: str
    kind: str
    actor: str
    mailing: str
    delivery_id: int
    code: int | None
    enhanced: str
    reason: str
    text: str


HAPPENED: Final = (
    select(event, event_text.c.text, mailing_name, delivery.c.address)
    .join(delivery, delivery.c.id == event.c.delivery_id)
    .join(mailing, mailing.c.id == delivery.c.mailing_id)
    .outerjoin(event_text, event_text.c.event_id == event.c.id)
)


@dataclass(frozen=True, slots=True)
class Person:
    """Everything that the ledger knows of one address, each kind in the order in which it came."""

    deliveries: tuple[SentTo, ...] = ()
    events: tuple[Happened, ...] = ()
    findings: tuple[Returned, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    absences: tuple[Absence, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    replies: tuple[Reply, ...] = ()
    embargoes: tuple[EmbargoAnswer, ...] = ()

    @property
    def is_known(self) -> bool:
        """Return whether the ledger knows anything of them."""
        return bool(self.deliveries or self.suppressions)

    @property
    def active(self) -> tuple[Suppression, ...]:
        """Return the suppressions that are not lifted."""
        return tuple(each for each in self.suppressions if each.lifted_at is None)


def read_person(connection: Connection, address_digest: bytes) -> Person:
    """Return everything that the ledger knows of a person; eight queries, however many mailings they were in."""
    is_person = delivery.c.address_digest == address_digest
    events = tuple(read_all(connection, Happened, HAPPENED.where(is_person).order_by(event.c.id)))
    words = {each.delivery_id: each.text for each in events if each.text}  # the newest stays
    sent = (
        select(delivery, delivery.c.merge_row.label("fields"), mailing_name, mailing.c.kind, mailing.c.headline)
        .add_columns(mailing.c.created_at.label("planned_at"))
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .where(is_person)
        .order_by(delivery.c.id)
    )
    absences = ABSENCES.where(absence.c.address_digest == address_digest)
    proposals = PROPOSALS.where(proposal.c.address_digest == address_digest)
    embargoes = select(embargo_answer).where(embargo_answer.c.address_digest == address_digest)
    return Person(
        deliveries=tuple(value_of(SentTo, row, text=words.get(row.id, "")) for row in connection.execute(sent)),
        events=events,
        findings=read_findings(connection, is_person),
        suppressions=tuple(find_suppressions(connection, [address_digest], lifted=True)),
        absences=tuple(read_all(connection, Absence, absences.order_by(absence.c.id))),
        proposals=tuple(read_all(connection, Proposal, proposals.order_by(proposal.c.id))),
        replies=tuple(read_replies(connection, address_digest=address_digest)),
        embargoes=tuple(read_all(connection, EmbargoAnswer, embargoes.order_by(embargo_answer.c.id))),
    )


# Erasure.

_AT_ONCE: Final = 500
_NO_TEXT: Final = {"address": "", "diagnostic": "", "note": ""}  # the texts of a finding
_SUPPRESSION_TEXTS: Final = ("note", "lifted_reason", "lifted_evidence")

Ids: TypeAlias = tuple[int, ...]

# The tables that an erasure changes, which have to be compacted afterwards.
TOUCHED: Final = tuple(
    table.name
    for table in (
        *(delivery, event_text, finding_text, inbound, inbound_raw, inbound_text, absence, proposal, proposal_text),
        *(suppression, suppression_import, mailing, edition, embargo_answer, in_wave),
        *(answer_note, plan, plan_part, plan_person, approval),
    )
)


@dataclass(frozen=True, slots=True)
class HeldRows:
    """Where the ledger has data about a person: ids of rows, and the mailings whose text names them (which stays)."""

    deliveries: Ids = ()
    open_in: tuple[str, ...] = ()
    colleagues: Ids = ()
    colleagues_open: Ids = ()
    words: Ids = ()
    findings: Ids = ()
    sources: Ids = ()
    raw: Ids = ()
    letters: Ids = ()
    notes: Ids = ()
    absences: Ids = ()
    proposals: Ids = ()
    suppressions: Ids = ()
    embargoes: Ids = ()
    waves: Ids = ()
    imports: Ids = ()
    mailings: Ids = ()
    editions: Ids = ()
    plans: tuple[bytes, ...] = ()  # by the hash of a plan
    plan_people: Ids = ()
    verdicts: Ids = ()
    texts_of: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Return whether there is nothing to erase."""
        kept = {"open_in", "colleagues_open", "texts_of"}
        return not any(getattr(self, each.name) for each in fields(self) if each.name not in kept)


def find_held(connection: Connection, address_digest: bytes, traces: Traces) -> HeldRows:
    """Find every row that identifies a person; reads each table once, a part at a time."""

    def naming(rows: Select[*tuple[Any, ...]], *texts: str, is_own: Callable[[AnyRow], object] | None = None) -> Ids:
        """Return the first column of the rows that are the person's own, or name them in a text."""
        return tuple(
            row[0]
            for row in _rows(connection, rows)
            if (is_own and is_own(row)) or traces.in_text("\n".join(getattr(row, name) or "" for name in texts))
        )

    is_person = delivery.c.address_digest == address_digest
    own = frozenset(connection.scalars(select(delivery.c.id).where(is_person)))
    has_data = or_(delivery.c.address.is_not(None), delivery.c.merge_row.is_not(None))
    open_in = select(mailing_name).join(delivery, delivery.c.mailing_id == mailing.c.id).where(is_person)
    others = select(delivery.c.id, delivery.c.merge_row).where(
        delivery.c.address_digest != address_digest, delivery.c.merge_row.is_not(None)
    )
    goes_out = delivery.c.state.in_((*MAY_COME, DeliveryState.IN_DOUBT))
    words = select(event_text.c.event_id, event_text.c.text, event.c.delivery_id)
    finding_texts = select(
        finding.c.id, finding.c.inbound_id, finding.c.delivery_id, *(finding_text.c[n] for n in _NO_TEXT)
    )
    findings: list[int] = []  # whose text is still there
    inbounds: set[int] = set()  # the messages of all their findings
    for row in _rows(connection, finding_texts.join(finding_text, finding_text.c.finding_id == finding.c.id)):
        text = "\n".join(getattr(row, name) for name in _NO_TEXT)
        if row.delivery_id in own or traces.in_text(text):
            inbounds.add(row.inbound_id)
            findings += [row.id] if text.strip() else []
    blobs = [row.digest for row in _rows(connection, select(blob)) if traces.in_bytes(row.data)]
    texts_of = (
        select(mailing_name)
        .distinct()
        .join(edition, edition.c.mailing_id == mailing.c.id)
        .join(edition_file, edition_file.c.edition_id == edition.c.id)
    )
    return HeldRows(
        deliveries=tuple(connection.scalars(select(delivery.c.id).where(is_person, has_data).order_by(delivery.c.id))),
        open_in=tuple(connection.scalars(open_in.where(delivery.c.state.in_(MAY_COME)))),
        colleagues=naming(others.where(~goes_out), "merge_row"),
        colleagues_open=naming(others.where(goes_out), "merge_row"),
        words=naming(
            words.join(event, event.c.id == event_text.c.event_id), "text", is_own=lambda row: row.delivery_id in own
        ),
        findings=tuple(findings),
        sources=naming(select(inbound.c.id, inbound.c.source), "source"),
        raw=tuple(
            row.inbound_id
            for row in connection.execute(select(inbound_raw).execution_options(yield_per=50))
            if row.inbound_id in inbounds or traces.in_bytes(zlib.decompress(row.data))
        ),
        letters=naming(select(inbound_text), "sender", "subject", is_own=lambda row: row.inbound_id in inbounds),
        notes=naming(
            select(answer_note, answer.c.delivery_id).join(answer, answer.c.id == answer_note.c.answer_id),
            "text",
            is_own=lambda row: row.delivery_id in own,
        ),
        absences=tuple(connection.scalars(select(absence.c.id).where(absence.c.address_digest == address_digest))),
        proposals=naming(
            select(proposal_text, proposal.c.address_digest).join(
                proposal, proposal.c.id == proposal_text.c.proposal_id
            ),
            *("address", "new_address", "words"),
            is_own=lambda row: row.address_digest == address_digest,
        ),
        suppressions=naming(
            select(suppression),
            *_SUPPRESSION_TEXTS,
            is_own=lambda row: (
                row.address_digest == address_digest and (row.address or row.lifted_reason or row.lifted_evidence)
            ),
        ),
        embargoes=naming(
            select(embargo_answer),
            "note",
            is_own=lambda row: row.address_digest == address_digest and (row.address or row.note),
        ),
        waves=tuple(connection.scalars(select(in_wave.c.id).where(in_wave.c.address_digest == address_digest))),
        imports=naming(select(suppression_import.c.id, suppression_import.c.name), "name"),
        mailings=naming(select(mailing.c.id, mailing.c.halt_reason), "halt_reason"),
        editions=naming(select(edition.c.id, edition.c.reason), "reason"),
        plans=tuple(row.hash for row in _rows(connection, select(plan)) if traces.in_text(row.details)),
        plan_people=naming(
            select(plan_person),
            "merge_row",
            is_own=lambda row: row.address_digest == address_digest and (row.address or row.merge_row),
        ),
        verdicts=naming(select(approval.c.id, approval.c.reason), "reason"),
        texts_of=tuple(
            name
            for part in in_parts(blobs)
            for name in connection.scalars(texts_of.where(edition_file.c.digest.in_(part)))
        ),
    )


def replace_fields(connection: Connection, delivery_id: int, fields: Mapping[str, str]) -> None:
    """Replace a delivery's merge fields; the caller has checked that its mail stays as it was approved."""
    merge_row = json.dumps(dict(fields), ensure_ascii=False)
    change(connection, delivery, delivery_id, merge_row=merge_row)


def find_longer(connection: Connection, traces: Traces) -> list[str]:
    """Return other people's addresses that contain the person's: they may be in the pages of the database file."""
    found: dict[str, None] = {}
    for table in (delivery, suppression):
        like = table.c.address.icontains(str(traces.address), autoescape=True)
        for address in connection.scalars(select(table.c.address).distinct().where(like)):
            if not traces.in_text(address):
                found[address] = None
    return list(found)


def erase(connection: Connection, address_digest: bytes, traces: Traces, *, stamp: Stamp, note: str = "") -> HeldRows:
    """Empty everything that `find_held` finds, with an event for each delivery; return what it was.

    `note` replaces the note of each active suppression: why the person was erased.
    """
    overwrite_erased(connection)
    held = find_held(connection, address_digest, traces)
    for ids in in_parts(held.deliveries):
        connection.execute(update(delivery).where(delivery.c.id.in_(ids)).values(NAMELESS))
        erased = select(delivery.c.id.label("delivery_id"), delivery.c.mailing_id).where(delivery.c.id.in_(ids))
        forgotten = {"kind": EventKind.FORGOTTEN, "at": stamp.at, "actor": stamp.actor}
        connection.execute(insert(event), [{**row, **forgotten} for row in connection.execute(erased).mappings()])
    for ids in in_parts(held.colleagues):
        rows = connection.execute(select(delivery.c.id, delivery.c.merge_row).where(delivery.c.id.in_(ids))).all()
        for row in rows:
            fields = {name: traces.blotted(value) for name, value in json.loads(row.merge_row).items()}
            replace_fields(connection, row.id, fields)
    for ids in in_parts(held.findings):
        connection.execute(update(finding_text).where(finding_text.c.finding_id.in_(ids)).values(_NO_TEXT))
    for key, whole in (
        (event_text.c.event_id, held.words),
        (inbound_raw.c.inbound_id, held.raw),
        (inbound_text.c.inbound_id, held.letters),
        (answer_note.c.id, held.notes),
        (absence.c.id, held.absences),
        (in_wave.c.id, held.waves),
        (proposal_text.c.proposal_id, held.proposals),
    ):
        for ids in in_parts(whole):
            connection.execute(delete(key.table).where(key.in_(ids)))
    for table, blotted, texts in (
        (suppression_import, held.imports, ("name",)),
        (inbound, held.sources, ("source",)),
        (mailing, held.mailings, ("halt_reason",)),
        (edition, held.editions, ("reason",)),
        (approval, held.verdicts, ("reason",)),
        (suppression, held.suppressions, _SUPPRESSION_TEXTS),
        (embargo_answer, held.embargoes, ("note",)),
    ):
        for ids in in_parts(blotted):
            for line in connection.execute(select(table).where(table.c.id.in_(ids))).mappings().all():
                values = {name: traces.blotted(line[name]) for name in texts if line[name]}
                if values:
                    change(connection, table, line["id"], **values)
    own_answers = update(embargo_answer).where(embargo_answer.c.address_digest == address_digest)
    connection.execute(own_answers.values(address=None, note=""))
    for digest in held.plans:  # its request differs now, and the plan has to be made again
        details = connection.scalar(select(plan.c.details).where(plan.c.hash == digest)) or ""
        connection.execute(update(plan).where(plan.c.hash == digest).values(details=traces.blotted(details)))
    for ids in in_parts(held.plan_people):
        connection.execute(update(plan_person).where(plan_person.c.id.in_(ids)).values(merge_row=None))
    own_rows = update(plan_person).where(plan_person.c.address_digest == address_digest)
    connection.execute(own_rows.values(address=None, row=0))
    own_suppressions = update(suppression).where(suppression.c.address_digest == address_digest)
    connection.execute(own_suppressions.values(address=None, note="", lifted_evidence=None))
    connection.execute(own_suppressions.where(suppression.c.lifted_at.is_(None)).values(note=note))
    connection.execute(own_suppressions.where(suppression.c.lifted_reason.is_not(None)).values(lifted_reason=""))
    return held


def _rows(connection: Connection, wanted: Select[*tuple[Any, ...]]) -> Iterable[AnyRow]:
    return connection.execute(wanted.execution_options(yield_per=_AT_ONCE))


# Retention: what is older than two dates: mail that came back and, after a longer time, the names behind the figures of
# past mailings. What is still open in a mailing is never outdated.

_OVER: Final = (
    *(DeliveryState.ACCEPTED, DeliveryState.REJECTED, DeliveryState.SKIPPED, DeliveryState.CANCELLED),
    *(DeliveryState.EXPIRED, DeliveryState.IN_DOUBT),
)
_OLD_NAMES: Final = (
    delivery.c.state.in_(_OVER),
    or_(delivery.c.address.is_not(None), delivery.c.merge_row.is_not(None)),
)
_WHEN: Final = func.coalesce(delivery.c.finished_at, delivery.c.attempted_at, mailing.c.created_at)
_EMPTIED: Final = {"address": None, "note": ""}


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of row that is kept for a time: the date of each row, which rows count, and what is left of them.

    `beside` are the tables to join for the date. Without `left` the rows are deleted. `find_outdated` counts and
    `purge_outdated` empties the same rows: both read this description.
    """

    table: Table
    when: ColumnElement[datetime | None]
    beside: tuple[Table, ...] = ()
    which: tuple[ColumnElement[bool], ...] = ()
    left: Mapping[str, object] = field(default_factory=dict)

    @property
    def rows(self) -> FromClause:
        """Return the joined tables to count in."""
        return reduce(lambda rows, table: rows.join(table), self.beside, cast("FromClause", self.table))

    def empty(self, before: datetime) -> Delete | Update:
        """Return the statement that removes what is older."""
        (key,) = self.table.primary_key
        old = key.in_(select(key).select_from(self.rows).where(self.when < before, *self.which))
        return update(self.table).where(old).values(self.left) if self.left else delete(self.table).where(old)


_MAIL: Final[Mapping[str, _Kind]] = {
    "raw": _Kind(inbound_raw, inbound.c.read_at, (inbound,)),
    "letters": _Kind(inbound_text, inbound.c.read_at, (inbound,)),
    "absences": _Kind(absence, absence.c.until),
}
_LOG: Final[Mapping[str, _Kind]] = {
    "proposals": _Kind(proposal_text, proposal.c.created_at, (proposal,)),
    "notes": _Kind(answer_note, answer_note.c.at),
    "names": _Kind(delivery, _WHEN, (mailing,), _OLD_NAMES, {"address": None, "merge_row": None}),
    "answers": _Kind(event_text, event.c.at, (event,)),
    "plans": _Kind(plan_person, plan.c.created_at, (plan,)),
    "details": _Kind(plan, plan.c.created_at, (), (plan.c.details != "{}",), {"details": "{}"}),
    "embargoes": _Kind(
        embargo_answer,
        embargo_answer.c.at,
        (),
        (or_(embargo_answer.c.address.is_not(None), embargo_answer.c.note != ""),),
        _EMPTIED,
    ),
    # A wave that was cancelled, or never completely written, never starts; one that waits is still open.
    "waves": _Kind(
        in_wave,
        func.coalesce(wave.c.started_at, wave.c.created_at),
        (wave,),
        (wave.c.state.not_in((WAITING, HELD)),),
    ),
    "reports": _Kind(
        finding_text,
        inbound.c.read_at,
        (finding, inbound),
        (or_(*(finding_text.c[name] != "" for name in _NO_TEXT)),),
        _NO_TEXT,
    ),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """How many there are of one kind, and the time of the oldest."""

    count: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outdated:
    """What is past its retention date: mail that came back, names in the log, servers' replies, texts of reports.

    `letters` are senders and subjects of replies, `absences` those that are over, `proposals` what replies proposed,
    `notes` what staff noted about replies, `answers` the servers' replies, `plans` recipients of plans and `details`
    their requests, `embargoes` who answered an offer, `waves` recipients of waves.
    """

    raw: Kept = Kept()
    letters: Kept = Kept()
    absences: Kept = Kept()
    proposals: Kept = Kept()
    notes: Kept = Kept()
    names: Kept = Kept()
    answers: Kept = Kept()
    reports: Kept = Kept()
    plans: Kept = Kept()
    details: Kept = Kept()
    embargoes: Kept = Kept()
    waves: Kept = Kept()

    @property
    def is_nothing(self) -> bool:
        """Return whether nothing is outdated."""
        return not any(getattr(self, each.name).count for each in fields(self))


def find_outdated(connection: Connection, *, raw_before: datetime | None, log_before: datetime | None) -> Outdated:
    """Count what is older than these times; None leaves out that kind."""
    found: dict[str, Kept] = {}
    for kinds, before in ((_MAIL, raw_before), (_LOG, log_before)):
        for name, kind in kinds.items() if before is not None else ():
            counted = select(func.count(), func.min(kind.when)).select_from(kind.rows)
            found[name] = Kept(*connection.execute(counted.where(kind.when < before, *kind.which)).one())
    return Outdated(**found)


def purge_outdated(
    connection: Connection, *, raw_before: datetime | None, log_before: datetime | None, stamp: Stamp
) -> Outdated:
    """Empty what `find_outdated` counts, with one event; return what it was."""
    overwrite_erased(connection)
    found = find_outdated(connection, raw_before=raw_before, log_before=log_before)
    for kinds, before in ((_MAIL, raw_before), (_LOG, log_before)):
        if before is not None:
            for kind in kinds.values():
                connection.execute(kind.empty(before))
    if not found.is_nothing:
        add_event(connection, EventKind.PURGED, stamp)
    return found
