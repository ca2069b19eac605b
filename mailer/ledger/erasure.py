"""Erasure: what the ledger holds of a person, or for too long, and that it holds nothing readable of it any more.

Owns finding every place where an address stands (the person's own rows, a server's words, raw mail, the rows of
colleagues that name them) and emptying it; and what is older than the office wants to keep. Figures stay: a delivery
keeps its state, its times and the digest by which it is known, so that the books balance and nobody writes to them
again. Events hold no text and stay as they are, and so do suppressions. Never touches a file, never decides who is to
be forgotten.

Gaps: the text of a release is what everybody got and stays, also where it names the person; it is only told. A
colleague's row in a mailing that still goes out is for `runs.people.forget`, which sees whether its mail would change.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Connection, FromClause, Select, Table, delete, func, insert, or_, select, update

from mailer.contacts.traces import Traces
from mailer.events import DeliveryState, EventKind
from mailer.ledger.connection import overwrite_erased
from mailer.ledger.deliveries import NAMELESS
from mailer.ledger.mailings import Stamp, add_event
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
    in_parts,
    inbound,
    inbound_raw,
    inbound_text,
    mailing,
    mailing_name,
    proposal,
    proposal_text,
    suppression,
    suppression_import,
    value_of,
)

_AT_ONCE: Final = 500
_SAYS_NOTHING: Final = {"address": "", "diagnostic": "", "note": ""}  # the texts of a finding
_OPEN: Final = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.ATTEMPTED, DeliveryState.DEFERRED)

# What an erasure writes to: what has to be written anew afterwards.
TOUCHED: Final = tuple(
    table.name
    for table in (
        *(delivery, event_text, finding_text, inbound, inbound_raw, inbound_text, absence, proposal, proposal_text),
        *(suppression, suppression_import, mailing, edition),
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
        told = {"open_in", "colleagues_open", "texts_of"}
        return not any(getattr(self, each.name) for each in fields(self) if each.name not in told)


def find_held(connection: Connection, address_digest: bytes, traces: Traces) -> Held:
    """Find every row that says who a person is; reads each table once, a part at a time."""
    theirs = delivery.c.address_digest == address_digest
    own = frozenset(connection.scalars(select(delivery.c.id).where(theirs)))
    says = or_(delivery.c.address.is_not(None), delivery.c.merge_row.is_not(None))
    open_in = select(mailing_name).join(delivery, delivery.c.mailing_id == mailing.c.id).where(theirs)
    colleagues = list(_colleagues(connection, address_digest, traces))
    findings, inbounds = _findings(connection, own, traces)
    absences = select(absence.c.id).where(absence.c.address_digest == address_digest)
    return Held(
        deliveries=tuple(connection.scalars(select(delivery.c.id).where(theirs, says).order_by(delivery.c.id))),
        open_in=tuple(connection.scalars(open_in.where(delivery.c.state.in_(_OPEN)))),
        colleagues=tuple(id_ for id_, is_open in colleagues if not is_open),
        colleagues_open=tuple(id_ for id_, is_open in colleagues if is_open),
        words=tuple(_words(connection, own, traces)),
        findings=findings,
        sources=_naming(connection, traces, inbound, "source"),
        raw=tuple(
            row.inbound_id
            for row in connection.execute(select(inbound_raw).execution_options(yield_per=50))
            if row.inbound_id in inbounds or traces.in_bytes(zlib.decompress(row.data))
        ),
        letters=tuple(
            row.inbound_id
            for row in _rows(connection, select(inbound_text))
            if row.inbound_id in inbounds or traces.in_text(f"{row.sender}\n{row.subject}")
        ),
        absences=tuple(connection.scalars(absences)),
        proposals=tuple(_proposals(connection, address_digest, traces)),
        suppressions=tuple(_suppressions(connection, address_digest, traces)),
        imports=_naming(connection, traces, suppression_import, "name"),
        mailings=_naming(connection, traces, mailing, "halt_reason"),
        editions=_naming(connection, traces, edition, "reason"),
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
        select(delivery, mailing_name)
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .where(delivery.c.id.in_(ids), delivery.c.lease_owner.is_(None))
        .order_by(delivery.c.edition_id, delivery.c.id)
    )
    for row in connection.execute(rows):
        yield value_of(OpenRow, row, fields=json.loads(row.merge_row))


def replace_fields(connection: Connection, delivery_id: int, fields: Mapping[str, str]) -> None:
    """Give a delivery other merge fields; whoever does that has seen that its mail stays as it was approved."""
    merge_row = json.dumps(dict(fields), ensure_ascii=False)
    connection.execute(update(delivery).where(delivery.c.id == delivery_id).values(merge_row=merge_row))


def find_longer(connection: Connection, traces: Traces) -> list[str]:
    """Return the addresses of other people that contain the person's: they may stand in the ledger's pages."""
    found: dict[str, None] = {}
    for table in (delivery, suppression):
        like = table.c.address.icontains(str(traces.address), autoescape=True)
        for address in connection.scalars(select(table.c.address).distinct().where(like)):
            if not traces.in_text(address):
                found[address] = None
    return list(found)


def erase(connection: Connection, address_digest: bytes, traces: Traces, *, stamp: Stamp, note: str = "") -> Held:
    """Empty all that `find_held` finds, with an event for each delivery; return what it was.

    `note` is kept with the suppressions that stand, in place of theirs: why the person was forgotten.
    """
    overwrite_erased(connection)
    held = find_held(connection, address_digest, traces)
    for ids in in_parts(held.deliveries):
        connection.execute(update(delivery).where(delivery.c.id.in_(ids)).values(NAMELESS))
    for ids in in_parts(held.colleagues):
        rows = connection.execute(select(delivery.c.id, delivery.c.merge_row).where(delivery.c.id.in_(ids))).all()
        for row in rows:
            fields = {name: traces.blotted(value) for name, value in json.loads(row.merge_row).items()}
            replace_fields(connection, row.id, fields)
    for ids in in_parts(held.words):
        connection.execute(delete(event_text).where(event_text.c.event_id.in_(ids)))
    for ids in in_parts(held.findings):
        connection.execute(update(finding_text).where(finding_text.c.finding_id.in_(ids)).values(_SAYS_NOTHING))
    for table, named, whole in (
        (inbound_raw, inbound_raw.c.inbound_id, held.raw),
        (inbound_text, inbound_text.c.inbound_id, held.letters),
        (absence, absence.c.id, held.absences),
        (proposal_text, proposal_text.c.proposal_id, held.proposals),
    ):
        for ids in in_parts(whole):
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
    for ids in in_parts(held.deliveries):
        theirs_in = select(delivery.c.id.label("delivery_id"), delivery.c.mailing_id).where(delivery.c.id.in_(ids))
        said = {"kind": EventKind.FORGOTTEN, "at": stamp.at, "actor": stamp.actor}
        connection.execute(insert(event), [{**row, **said} for row in connection.execute(theirs_in).mappings()])
    return held


def _colleagues(connection: Connection, digest: bytes, traces: Traces) -> Iterator[tuple[int, bool]]:
    """Yield the deliveries to others whose merge row names the person, and whether each may still go out."""
    rows = select(delivery.c.id, delivery.c.merge_row, delivery.c.state).where(
        delivery.c.address_digest != digest, delivery.c.merge_row.is_not(None)
    )
    for row in _rows(connection, rows):
        if traces.in_text(row.merge_row):
            yield row.id, row.state in {*_OPEN, DeliveryState.IN_DOUBT}


def _words(connection: Connection, own: frozenset[int], traces: Traces) -> Iterator[int]:
    rows = select(event_text.c.event_id, event_text.c.text, event.c.delivery_id).join(
        event, event.c.id == event_text.c.event_id
    )
    for row in _rows(connection, rows):
        if row.delivery_id in own or traces.in_text(row.text):
            yield row.event_id


def _findings(connection: Connection, own: frozenset[int], traces: Traces) -> tuple[tuple[int, ...], frozenset[int]]:
    """The findings that tell of the person and still say so, and the messages that any finding of theirs is of."""
    rows = select(
        finding.c.id, finding.c.inbound_id, finding.c.delivery_id, *(finding_text.c[name] for name in _SAYS_NOTHING)
    ).join(finding_text, finding_text.c.finding_id == finding.c.id)
    ids: list[int] = []
    inbounds: set[int] = set()
    for row in _rows(connection, rows):
        text = "\n".join(getattr(row, name) for name in _SAYS_NOTHING)
        if row.delivery_id in own or traces.in_text(text):
            inbounds.add(row.inbound_id)
            if text.strip():
                ids.append(row.id)
    return tuple(ids), frozenset(inbounds)


def _proposals(connection: Connection, digest: bytes, traces: Traces) -> Iterator[int]:
    """Yield the proposals that still say something of the person: theirs, and others that name them."""
    rows = select(proposal.c.address_digest, proposal_text).join(proposal, proposal.c.id == proposal_text.c.proposal_id)
    for row in _rows(connection, rows):
        if row.address_digest == digest or traces.in_text(f"{row.address}\n{row.new_address}\n{row.words}"):
            yield row.proposal_id


def _suppressions(connection: Connection, digest: bytes, traces: Traces) -> Iterator[int]:
    """Yield the suppressions that say who the person is: their own, and others whose note names them."""
    told = ("note", "lifted_reason", "lifted_evidence")
    for row in _rows(connection, select(suppression)):
        is_theirs = row.address_digest == digest and (row.address or row.lifted_reason or row.lifted_evidence)
        if is_theirs or any(traces.in_text(getattr(row, name) or "") for name in told):
            yield row.id


def _texts_of(connection: Connection, traces: Traces) -> Iterator[str]:
    """Name the mailings whose text names the person."""
    digests = [row.digest for row in _rows(connection, select(blob)) if traces.in_bytes(row.data)]
    rows = (
        select(mailing_name)
        .distinct()
        .join(edition, edition.c.mailing_id == mailing.c.id)
        .join(edition_file, edition_file.c.edition_id == edition.c.id)
    )
    for part in in_parts(digests):
        yield from connection.scalars(rows.where(edition_file.c.digest.in_(part)))


def _blot(connection: Connection, table: Table, ids: Sequence[int], columns: Sequence[str], traces: Traces) -> None:
    for part in in_parts(ids):
        rows = connection.execute(select(table).where(table.c.id.in_(part))).mappings().all()
        for row in rows:
            values = {name: traces.blotted(row[name]) for name in columns if row[name]}
            if values:
                connection.execute(update(table).where(table.c.id == row["id"]).values(values))


def _naming(connection: Connection, traces: Traces, table: Table, column: str) -> tuple[int, ...]:
    """Return the rows of a table in which a text names the person."""
    rows = _rows(connection, select(table.c.id, table.c[column].label("text")))
    return tuple(row.id for row in rows if traces.in_text(row.text or ""))


def _rows(connection: Connection, wanted: Select[*tuple[Any, ...]]) -> Iterable[AnyRow]:
    return connection.execute(wanted.execution_options(yield_per=_AT_ONCE))


# Retention: what is older than two dates: mail that came back, and after a longer time who is behind the figures of
# past mailings. What is still open in a mailing is never old.

_OVER: Final = (
    *(DeliveryState.ACCEPTED, DeliveryState.REJECTED, DeliveryState.SKIPPED, DeliveryState.CANCELLED),
    *(DeliveryState.EXPIRED, DeliveryState.IN_DOUBT),
)
_OLD_NAMES: Final = (
    delivery.c.state.in_(_OVER),
    or_(delivery.c.address.is_not(None), delivery.c.merge_row.is_not(None)),
)
_SAID: Final = or_(*(finding_text.c[name] != "" for name in _SAYS_NOTHING))
_WHEN: Final = func.coalesce(delivery.c.finished_at, delivery.c.attempted_at, mailing.c.created_at)
# Of each kind: its rows, from when each is, and which of them count.
_Kind: TypeAlias = tuple[FromClause, ColumnElement[datetime | None], tuple[ColumnElement[bool], ...]]
_MAIL: Final[Mapping[str, _Kind]] = {
    "raw": (inbound_raw.join(inbound), inbound.c.read_at, ()),
    "letters": (inbound_text.join(inbound), inbound.c.read_at, ()),
    "absences": (absence, absence.c.until, ()),
}
_LOG: Final[Mapping[str, _Kind]] = {
    "proposals": (proposal_text.join(proposal), proposal.c.created_at, ()),
    "names": (delivery.join(mailing), _WHEN, _OLD_NAMES),
    "answers": (event_text.join(event), event.c.at, ()),
    "reports": (finding_text.join(finding).join(inbound), inbound.c.read_at, (_SAID,)),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """So many of one kind, the oldest from this time."""

    count: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outdated:
    """What is older than it is to be kept: mail that came back, names in the log, servers' answers, reports' words.

    `letters` are senders and subjects of answers, `absences` those that are over, `proposals` what replies proposed.
    """

    raw: Kept = Kept()
    letters: Kept = Kept()
    absences: Kept = Kept()
    proposals: Kept = Kept()
    names: Kept = Kept()
    answers: Kept = Kept()
    reports: Kept = Kept()

    @property
    def is_nothing(self) -> bool:
        """Return whether nothing is."""
        return not any(getattr(self, each.name).count for each in fields(self))


def find_outdated(connection: Connection, *, raw_before: datetime | None, log_before: datetime | None) -> Outdated:
    """Count what is older than these times; None keeps that kind."""
    found: dict[str, Kept] = {}
    for kinds, before in ((_MAIL, raw_before), (_LOG, log_before)):
        for name, (rows, when, which) in kinds.items() if before is not None else ():
            counted = select(func.count(), func.min(when)).select_from(rows).where(when < before, *which)
            found[name] = Kept(*connection.execute(counted).one())
    return Outdated(**found)


def purge_outdated(
    connection: Connection, *, raw_before: datetime | None, log_before: datetime | None, stamp: Stamp
) -> Outdated:
    """Empty what `find_outdated` counts, with one event; return what it was."""
    overwrite_erased(connection)
    found = find_outdated(connection, raw_before=raw_before, log_before=log_before)
    if raw_before:
        old = select(inbound.c.id).where(inbound.c.read_at < raw_before)
        for each in (inbound_raw, inbound_text):
            connection.execute(delete(each).where(each.c.inbound_id.in_(old)))
        connection.execute(delete(absence).where(absence.c.until < raw_before))
    if log_before:
        old = select(delivery.c.id).select_from(delivery.join(mailing)).where(log_before > _WHEN, *_OLD_NAMES)
        connection.execute(update(delivery).where(delivery.c.id.in_(old)).values(address=None, merge_row=None))
        said = select(event.c.id).where(event.c.at < log_before)
        connection.execute(delete(event_text).where(event_text.c.event_id.in_(said)))
        told = select(finding.c.id).select_from(finding.join(inbound)).where(inbound.c.read_at < log_before)
        connection.execute(update(finding_text).where(finding_text.c.finding_id.in_(told)).values(_SAYS_NOTHING))
        asked = select(proposal.c.id).where(proposal.c.created_at < log_before)
        connection.execute(delete(proposal_text).where(proposal_text.c.proposal_id.in_(asked)))
    if not found.is_nothing:
        add_event(connection, EventKind.PURGED, stamp)
    return found
