"""Erasure: what the ledger holds of a person, and that it holds nothing readable any more.

Owns finding every place where an address stands (the person's own rows, a server's words, raw mail, the rows of
colleagues that name them) and emptying it. Figures stay: a delivery keeps its state, its times and the digest by which
it is known, so that the books balance and nobody writes to them again. Events hold no text and stay as they are.
Never touches a file, never decides who is to be forgotten.

Gaps: the text of a release is what everybody got and stays, also where it names the person; it is only told. A
colleague's row in a mailing that still goes out is for `runs.people.forget`, which sees whether its mail would change.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, TypeVar

from sqlalchemy import Connection, Table, delete, insert, or_, select, update

from mailer.contacts.traces import Traces
from mailer.events import DeliveryState, EventKind, MailingKind
from mailer.ledger.connection import overwrite_erased
from mailer.ledger.mailings import Stamp, full_name
from mailer.ledger.tables import (
    AnyRow,
    absence,
    blob,
    delivery,
    edition,
    edition_file,
    event,
    event_text,
    finding,
    finding_text,
    inbound,
    inbound_raw,
    inbound_text,
    mailing,
    proposal,
    proposal_text,
    suppression,
    suppression_import,
)

_T = TypeVar("_T")
_AT_ONCE: Final = 500
_TOLD: Final = ("address", "diagnostic", "note")  # the texts of a finding
_OPEN: Final = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.ATTEMPTED, DeliveryState.DEFERRED)

# What an erasure writes to: what has to be written anew afterwards.
TOUCHED: Final = tuple(
    table.name
    for table in (
        delivery,
        event_text,
        finding_text,
        inbound,
        inbound_raw,
        inbound_text,
        absence,
        proposal,
        proposal_text,
        suppression,
        suppression_import,
        mailing,
        edition,
    )
)


@dataclass(frozen=True, slots=True)
class Held:
    """Where the ledger holds a person: ids of rows, and the mailings whose text names them (which stays)."""

    deliveries: tuple[int, ...] = ()
    open_in: tuple[str, ...] = ()
    colleagues: tuple[int, ...] = ()
    colleagues_open: tuple[int, ...] = ()
    words: tuple[int, ...] = ()
    findings: tuple[int, ...] = ()
    sources: tuple[int, ...] = ()
    raw: tuple[int, ...] = ()
    letters: tuple[int, ...] = ()
    absences: tuple[int, ...] = ()
    proposals: tuple[int, ...] = ()
    suppressions: tuple[int, ...] = ()
    imports: tuple[int, ...] = ()
    mailings: tuple[int, ...] = ()
    editions: tuple[int, ...] = ()
    texts_of: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Return whether there is nothing to erase."""
        erasable = (
            *(self.deliveries, self.colleagues, self.words, self.findings, self.sources, self.raw),
            *(self.letters, self.absences, self.proposals),
            *(self.suppressions, self.imports, self.mailings, self.editions),
        )
        return not any(erasable)


def find_held(connection: Connection, address_digest: bytes, traces: Traces) -> Held:
    """Find every row that says who a person is; reads each table once, a part at a time."""
    theirs = select(delivery.c.id).where(delivery.c.address_digest == address_digest)
    own = tuple(connection.execute(theirs).scalars().all())
    of_theirs = frozenset(own)
    colleagues = list(_colleagues(connection, address_digest, traces))
    findings, inbounds = _findings(connection, of_theirs, traces)
    return Held(
        deliveries=tuple(_readable(connection, address_digest)),
        open_in=tuple(_open_in(connection, address_digest)),
        colleagues=tuple(id_ for id_, is_open in colleagues if not is_open),
        colleagues_open=tuple(id_ for id_, is_open in colleagues if is_open),
        words=tuple(_words(connection, of_theirs, traces)),
        findings=findings,
        sources=tuple(r.id for r in _rows(connection, inbound, "id", "source") if traces.in_text(r.source)),
        raw=tuple(_raw(connection, inbounds, traces)),
        letters=tuple(_letters(connection, inbounds, traces)),
        absences=tuple(
            connection.execute(select(absence.c.id).where(absence.c.address_digest == address_digest)).scalars()
        ),
        proposals=tuple(_proposals(connection, address_digest, traces)),
        suppressions=tuple(_suppressions(connection, address_digest, traces)),
        imports=tuple(r.id for r in _rows(connection, suppression_import, "id", "name") if traces.in_text(r.name)),
        mailings=tuple(r.id for r in _rows(connection, mailing, "id", "halt_reason") if _says(traces, r.halt_reason)),
        editions=tuple(r.id for r in _rows(connection, edition, "id", "reason") if traces.in_text(r.reason)),
        texts_of=tuple(_texts_of(connection, traces)),
    )


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A colleague's delivery that still goes out: what its mail is made of, and the hash that was approved."""

    id: int
    mailing: str
    edition_id: int
    address: str
    fields: Mapping[str, str] = field(repr=False)
    content_hash: bytes


def read_open_rows(connection: Connection, ids: Sequence[int]) -> Iterator[OpenRow]:
    """Yield these deliveries, as their mail is made."""
    rows = (
        select(delivery, mailing.c.slug, mailing.c.kind, mailing.c.sequence)
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .where(delivery.c.id.in_(ids), delivery.c.lease_owner.is_(None))
        .order_by(delivery.c.edition_id, delivery.c.id)
    )
    for row in connection.execute(rows):
        name = full_name(row.slug, MailingKind(row.kind), row.sequence)
        yield OpenRow(row.id, name, row.edition_id, row.address, json.loads(row.merge_row), row.content_hash)


def replace_fields(connection: Connection, delivery_id: int, fields: Mapping[str, str]) -> None:
    """Give a delivery other merge fields; whoever does that has seen that its mail stays as it was approved."""
    merge_row = json.dumps(dict(fields), ensure_ascii=False)
    connection.execute(update(delivery).where(delivery.c.id == delivery_id).values(merge_row=merge_row))


def find_longer(connection: Connection, traces: Traces) -> list[str]:
    """Return the addresses of other people that contain the person's: they may stand in the ledger's pages."""
    found: dict[str, None] = {}
    for table in (delivery, suppression):
        like = table.c.address.icontains(str(traces.address), autoescape=True)
        for address in connection.execute(select(table.c.address).distinct().where(like)).scalars():
            if not traces.in_text(address):
                found[address] = None
    return list(found)


def erase(connection: Connection, address_digest: bytes, traces: Traces, *, stamp: Stamp, note: str = "") -> Held:
    """Empty all that `find_held` finds, with an event for each delivery; return what it was.

    `note` is kept with the suppressions that stand, in place of theirs: why the person was forgotten.
    """
    overwrite_erased(connection)
    held = find_held(connection, address_digest, traces)
    for ids in _parts(held.deliveries):
        empty = {"address": None, "merge_row": None, "domain": "", "row": 0}
        connection.execute(update(delivery).where(delivery.c.id.in_(ids)).values(empty))
    for ids in _parts(held.colleagues):
        rows = connection.execute(select(delivery.c.id, delivery.c.merge_row).where(delivery.c.id.in_(ids))).all()
        for row in rows:
            fields = {name: traces.blotted(value) for name, value in json.loads(row.merge_row).items()}
            replace_fields(connection, row.id, fields)
    for ids in _parts(held.words):
        connection.execute(delete(event_text).where(event_text.c.event_id.in_(ids)))
    for ids in _parts(held.findings):
        blank = update(finding_text).where(finding_text.c.finding_id.in_(ids))
        connection.execute(blank.values(address="", diagnostic="", note=""))
    for table, named, whole in (
        (inbound_raw, inbound_raw.c.inbound_id, held.raw),
        (inbound_text, inbound_text.c.inbound_id, held.letters),
        (absence, absence.c.id, held.absences),
        (proposal_text, proposal_text.c.proposal_id, held.proposals),
    ):
        for ids in _parts(whole):
            connection.execute(delete(table).where(named.in_(ids)))
    _blot(connection, suppression_import, held.imports, ("name",), traces)
    _blot(connection, inbound, held.sources, ("source",), traces)
    _blot(connection, mailing, held.mailings, ("halt_reason",), traces)
    _blot(connection, edition, held.editions, ("reason",), traces)
    _blot(connection, suppression, held.suppressions, ("note", "lifted_reason", "lifted_evidence"), traces)
    theirs = update(suppression).where(suppression.c.address_digest == address_digest)
    connection.execute(theirs.values(address=None, note="", lifted_evidence=None))
    connection.execute(theirs.where(suppression.c.lifted_at.is_(None)).values(note=note))
    connection.execute(theirs.where(suppression.c.lifted_reason.is_not(None)).values(lifted_reason=""))
    _add_events(connection, held.deliveries, stamp)
    return held


def _readable(connection: Connection, digest: bytes) -> Sequence[int]:
    """Return the person's deliveries that still say who they are."""
    says = or_(delivery.c.address.is_not(None), delivery.c.merge_row.is_not(None))
    where = (delivery.c.address_digest == digest, says)
    return connection.execute(select(delivery.c.id).where(*where).order_by(delivery.c.id)).scalars().all()


def _open_in(connection: Connection, digest: bytes) -> Iterator[str]:
    rows = (
        select(mailing.c.slug, mailing.c.kind, mailing.c.sequence)
        .join(delivery, delivery.c.mailing_id == mailing.c.id)
        .where(delivery.c.address_digest == digest, delivery.c.state.in_([state.value for state in _OPEN]))
    )
    for row in connection.execute(rows):
        yield full_name(row.slug, MailingKind(row.kind), row.sequence)


def _colleagues(connection: Connection, digest: bytes, traces: Traces) -> Iterator[tuple[int, bool]]:
    """Yield the deliveries to others whose merge row names the person, and whether each may still go out."""
    rows = select(delivery.c.id, delivery.c.merge_row, delivery.c.state).where(
        delivery.c.address_digest != digest, delivery.c.merge_row.is_not(None)
    )
    open_ = {state.value for state in (*_OPEN, DeliveryState.IN_DOUBT)}
    for row in connection.execute(rows.execution_options(yield_per=_AT_ONCE)):
        if traces.in_text(row.merge_row):
            yield row.id, row.state in open_


def _words(connection: Connection, own: frozenset[int], traces: Traces) -> Iterator[int]:
    rows = select(event_text.c.event_id, event_text.c.text, event.c.delivery_id).join(
        event, event.c.id == event_text.c.event_id
    )
    for row in connection.execute(rows.execution_options(yield_per=_AT_ONCE)):
        if row.delivery_id in own or traces.in_text(row.text):
            yield row.event_id


def _findings(connection: Connection, own: frozenset[int], traces: Traces) -> tuple[tuple[int, ...], frozenset[int]]:
    """The findings that tell of the person and still say so, and the messages that any finding of theirs is of."""
    rows = select(
        finding.c.id, finding.c.inbound_id, finding.c.delivery_id, *(finding_text.c[name] for name in _TOLD)
    ).join(finding_text, finding_text.c.finding_id == finding.c.id)
    ids: list[int] = []
    inbounds: set[int] = set()
    for row in connection.execute(rows.execution_options(yield_per=_AT_ONCE)):
        text = "\n".join(getattr(row, name) for name in _TOLD)
        if row.delivery_id in own or traces.in_text(text):
            inbounds.add(row.inbound_id)
            if text.strip():
                ids.append(row.id)
    return tuple(ids), frozenset(inbounds)


def _raw(connection: Connection, theirs: frozenset[int], traces: Traces) -> Iterator[int]:
    rows = select(inbound_raw).execution_options(yield_per=50)
    for row in connection.execute(rows):
        if row.inbound_id in theirs or traces.in_bytes(zlib.decompress(row.data)):
            yield row.inbound_id


def _letters(connection: Connection, theirs: frozenset[int], traces: Traces) -> Iterator[int]:
    """Yield the messages of which sender and subject say who the person is."""
    for row in _rows(connection, inbound_text, "inbound_id", "sender", "subject"):
        if row.inbound_id in theirs or traces.in_text(f"{row.sender}\n{row.subject}"):
            yield row.inbound_id


def _proposals(connection: Connection, digest: bytes, traces: Traces) -> Iterator[int]:
    """Yield the proposals that still say something of the person: theirs, and others that name them."""
    rows = select(proposal.c.address_digest, proposal_text).join(proposal, proposal.c.id == proposal_text.c.proposal_id)
    for row in connection.execute(rows.execution_options(yield_per=_AT_ONCE)):
        if row.address_digest == digest or traces.in_text(f"{row.address}\n{row.new_address}\n{row.words}"):
            yield row.proposal_id


def _suppressions(connection: Connection, digest: bytes, traces: Traces) -> Iterator[int]:
    """Yield the suppressions that say who the person is: their own, and others whose note names them."""
    told = ("note", "lifted_reason", "lifted_evidence")
    for row in _rows(connection, suppression, "id", "address_digest", "address", *told):
        is_theirs = row.address_digest == digest and (row.address or row.lifted_reason or row.lifted_evidence)
        if is_theirs or any(_says(traces, getattr(row, name)) for name in told):
            yield row.id


def _texts_of(connection: Connection, traces: Traces) -> Iterator[str]:
    """Name the mailings whose text names the person."""
    digests = [r.digest for r in _rows(connection, blob, "digest", "data") if traces.in_bytes(r.data)]
    rows = (
        select(mailing.c.slug, mailing.c.kind, mailing.c.sequence)
        .distinct()
        .join(edition, edition.c.mailing_id == mailing.c.id)
        .join(edition_file, edition_file.c.edition_id == edition.c.id)
    )
    for part in _parts(digests):
        for row in connection.execute(rows.where(edition_file.c.digest.in_(part))):
            yield full_name(row.slug, MailingKind(row.kind), row.sequence)


def _blot(connection: Connection, table: Table, ids: Sequence[int], columns: Sequence[str], traces: Traces) -> None:
    for part in _parts(ids):
        rows = connection.execute(select(table).where(table.c.id.in_(part))).mappings().all()
        for row in rows:
            values = {name: traces.blotted(row[name]) for name in columns if row[name]}
            if values:
                connection.execute(update(table).where(table.c.id == row["id"]).values(values))


def _add_events(connection: Connection, ids: Sequence[int], stamp: Stamp) -> None:
    for part in _parts(ids):
        rows = connection.execute(select(delivery.c.id, delivery.c.mailing_id).where(delivery.c.id.in_(part))).all()
        values = [
            {
                "kind": EventKind.FORGOTTEN.value,
                "at": stamp.at,
                "actor": stamp.actor,
                "mailing_id": row.mailing_id,
                "delivery_id": row.id,
            }
            for row in rows
        ]
        connection.execute(insert(event), values)


def _rows(connection: Connection, table: Table, *columns: str) -> Iterable[AnyRow]:
    wanted = select(*(table.c[name] for name in columns))
    return connection.execute(wanted.execution_options(yield_per=_AT_ONCE))


def _says(traces: Traces, text: str | None) -> bool:
    return bool(text) and traces.in_text(text or "")


def _parts(ids: Iterable[_T]) -> Iterator[list[_T]]:
    rest = iter(ids)
    while part := list(islice(rest, _AT_ONCE)):
        yield part
