"""Returns: returned messages, each once, the deliveries they are about, and the decisions of staff.

Owns how far each mailbox has been read, the messages, the findings in them (`finding`) and the queries by which a
report is matched to its delivery; matches by hand and messages set aside; the effects of the link in a mail; and what
replies say about people: absences (`absence`), and proposals for the lists (`proposal`). A message is identified by the
SHA-256 of its bytes: reading the same mailbox again changes nothing, and a lost or old cursor causes no
duplicates. Never decides what a report or a notice means, or what follows for a person; never changes a list.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, insert, or_, select, update

from mailer.events import MAY_HAVE, DeliveryState, EventKind, MailingKind
from mailer.frozen import dataclass, field
from mailer.ledger.deliveries import Result, add_delivery_events
from mailer.ledger.mailings import NOT_REAL, Stamp, add_event
from mailer.ledger.rows import change, has_row, in_parts, put, read_all, read_one, value_of, values_of
from mailer.ledger.suppressions import ACTIVE, REINSTATED, REPLACED, Suppression
from mailer.ledger.tables import (
    absence,
    answer,
    answer_note,
    delivery,
    event,
    events_beside,
    finding,
    finding_text,
    inbound,
    inbound_raw,
    inbound_text,
    inbox_cursor,
    inbox_seen,
    mailing,
    mailing_name,
    proposal,
    proposal_text,
    suppression,
)

# A relay may refuse at once and send a bounce as well: such a report is matched, and is counted already.
_TRIED = (*MAY_HAVE, DeliveryState.REJECTED)


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery that something came back about; `is_refused`: the relay rejected it at once, and that is counted."""

    delivery_id: int
    mailing_id: int
    mailing: str
    kind: MailingKind
    address_digest: bytes
    address: str
    domain: str = ""
    attempted_at: datetime | None = None
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What one message reports about one person; `sent` is None if no delivery matches, and `unmatched` says why."""

    kind: str
    address: str
    diagnostic: str
    status: str = ""
    reason: str = ""
    permanent: bool = False
    matched_by: str = ""
    unmatched: str = ""
    sent: Sent | None = None


def find_kind(connection: Connection, digest: bytes) -> str:
    """Return the kind that the classifier found for a stored message; empty if it is not stored."""
    return connection.scalar(select(inbound.c.kind).where(inbound.c.digest == digest)) or ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message to store: its digest, where it was, its bytes, and the classifier's kind and rule.

    `sender`, `subject` and `message_id` are set where staff need to see who wrote, and to find the letter again;
    `written_at` and `asks` are for `add_answer`.
    """

    digest: bytes
    source: str
    data: bytes
    kind: str
    rule: str
    read_at: datetime
    sender: str = ""
    subject: str = ""
    message_id: str = ""
    written_at: datetime | None = None
    asks: tuple[str, ...] = ()


def add_inbound(connection: Connection, taken: Taken, findings: Iterable[Finding]) -> int:
    """Store a message (compressed) and its findings. Return its id."""
    shown = ("sender", "subject", "message_id")
    values = values_of(taken, without=("data", *shown, "written_at", "asks")) | {"rule": taken.rule[:100]}
    inbound_id: int = connection.execute(insert(inbound).values(**values).returning(inbound.c.id)).scalar_one()
    connection.execute(insert(inbound_raw).values(inbound_id=inbound_id, data=zlib.compress(taken.data)))
    letter = {name: getattr(taken, name) for name in shown}
    if any(letter.values()):
        connection.execute(insert(inbound_text).values(inbound_id=inbound_id, **letter))
    for each in findings:
        values = {
            **values_of(each, without=("address", "diagnostic", "sent")),
            "inbound_id": inbound_id,
            "delivery_id": each.sent.delivery_id if each.sent else None,
            "status": each.status[:12],
            "reason": each.reason[:40],
        }
        finding_id = connection.execute(insert(finding).values(**values).returning(finding.c.id)).scalar_one()
        text = {"finding_id": finding_id, "address": each.address, "diagnostic": each.diagnostic}
        connection.execute(insert(finding_text).values(**text))
    return inbound_id


def add_return_event(connection: Connection, found: Finding, kind: EventKind, *, at: datetime, actor: str) -> None:
    """Add what came back about a delivery to its events."""
    if found.sent is None:
        return
    code = int(found.status[0] + "50") if found.status[:1] in {"4", "5"} else None
    result = Result(found.sent.delivery_id, kind, at, found.reason, code, found.status, found.diagnostic)
    add_delivery_events(connection, [(found.sent.mailing_id, result)], actor)


def has_event(connection: Connection, delivery_id: int, kind: EventKind) -> bool:
    """Return whether a delivery has an event of a kind: a second report about the same mail is not counted again.

    What staff have set aside does not count.
    """
    newest = func.coalesce(func.max(event.c.id), 0)
    added = select(newest).where(event.c.delivery_id == delivery_id, event.c.kind == kind)
    taken_back = (event.c.kind == EventKind.SET_ASIDE, event.c.reason == kind)
    set_aside = select(newest).where(event.c.delivery_id == delivery_id, *taken_back)
    return bool(connection.execute(added).scalar_one() > connection.execute(set_aside).scalar_one())


# Matching: which delivery a report is about; it must have gone out.

_DELIVERIES = select(delivery, delivery.c.id.label("delivery_id"), mailing_name, mailing.c.kind).join(
    mailing, mailing.c.id == delivery.c.mailing_id
)


def find_sent(connection: Connection, *wanted: ColumnElement[bool], **by: object) -> Sent | None:
    """Find the newest delivery that may have gone out, by a column of its own: `token_id`, `message_id` (`<…>`)."""
    which = (delivery.c[name] == value for name, value in by.items())
    rows = _DELIVERIES.where(delivery.c.state.in_(_TRIED), *wanted, *which)
    row = connection.execute(rows.order_by(delivery.c.attempted_at.desc()).limit(1)).first()
    return None if row is None else value_of(Sent, row, is_refused=row.state == DeliveryState.REJECTED)


def find_sent_by_address(
    connection: Connection, address_digest: bytes, *, since: datetime, before: datetime | None = None
) -> Sent | None:
    """Find the newest real delivery to an address since a time: no preview, no test.

    `before` leaves out what was attempted later: nothing comes back about a mail that had not gone out.
    """
    wanted = [
        delivery.c.address_digest == address_digest,
        delivery.c.attempted_at >= since,
        delivery.c.state.in_(MAY_HAVE),
        mailing.c.kind.not_in(NOT_REAL),
    ]
    wanted += [delivery.c.attempted_at <= before] if before is not None else []
    return find_sent(connection, *wanted)


# Settling: findings that staff match to a delivery by hand, or set aside, and how that is undone. `settled_as` holds
# what was done and, behind a colon, why the finding was unmatched, so that undoing restores it as it was.

BY_HAND: Final = "hand"
IGNORED: Final = "ignored"


@dataclass(frozen=True, slots=True)
class Kept:
    """A finding by its number, with what is left of its message."""

    id: int
    inbound_id: int
    delivery_id: int | None
    finding: Finding
    settled_as: str
    source: str
    message_kind: str
    read_at: datetime
    settled_at: datetime | None
    data: bytes = field(repr=False)


def find_finding(connection: Connection, finding_id: int) -> Kept | None:
    """Find a finding by its number."""
    text = (finding_text.c.address, finding_text.c.diagnostic)
    message = (inbound.c.source, inbound.c.kind.label("message_kind"), inbound.c.read_at, inbound_raw.c.data)
    rows = (
        select(finding, *text, *message)
        .join(inbound, inbound.c.id == finding.c.inbound_id)
        .outerjoin(finding_text, finding_text.c.finding_id == finding.c.id)
        .outerjoin(inbound_raw, inbound_raw.c.inbound_id == inbound.c.id)
        .where(finding.c.id == finding_id)
    )
    row = connection.execute(rows).first()
    if row is None:
        return None
    return value_of(Kept, row, finding=value_of(Finding, row), data=unpacked(row.data))


def unpacked(data: bytes | None) -> bytes:
    """Return the bytes of a message as they came; empty where they are not kept."""
    return zlib.decompress(data) if data else b""


def settle(connection: Connection, kept: Kept, sent: Sent | None, *, note: str, stamp: Stamp) -> None:
    """Match an unmatched finding to a delivery, or (None) set it aside: it is about no delivery."""
    values: dict[str, object] = {"settled_at": stamp.at, "settled_by": stamp.actor}
    values["settled_as"] = f"{BY_HAND if sent else IGNORED}:{kept.finding.unmatched}"[:40]
    if sent:
        values |= {"delivery_id": sent.delivery_id, "matched_by": BY_HAND, "unmatched": ""}
    _change_finding(connection, kept, values, note)


def unsettle(connection: Connection, kept: Kept) -> None:
    """Put a finding back as it was before it was settled."""
    values: dict[str, object] = {"settled_at": None, "settled_by": None, "settled_as": None}
    if kept.settled_as.startswith(BY_HAND):
        values |= {"delivery_id": None, "matched_by": "", "unmatched": kept.settled_as.partition(":")[2]}
    _change_finding(connection, kept, values, "")


def _change_finding(connection: Connection, kept: Kept, values: dict[str, object], note: str) -> None:
    change(connection, finding, kept.id, **values)
    connection.execute(update(finding_text).where(finding_text.c.finding_id == kept.id).values(note=note))


def has_other_finding(connection: Connection, kept: Kept, kinds: frozenset[str]) -> bool:
    """Return whether there is another finding of these kinds about the same delivery."""
    same = (finding.c.delivery_id == kept.delivery_id, finding.c.id != kept.id)
    return has_row(connection, *same, finding.c.kind.in_(kinds))


def add_set_aside(connection: Connection, sent: Sent, kind: EventKind, *, stamp: Stamp) -> None:
    """Record that an event of a delivery is taken back: the ledger keeps the event, and reports no longer count it."""
    back = EventKind.SET_ASIDE
    add_event(connection, back, stamp, mailing_id=sent.mailing_id, delivery_id=sent.delivery_id, reason=kind)


# Cursors: how far each mailbox is read (`settings.Inbox.cursor_name`), when that was, and since when it cannot be read:
# the first failure since the last success, because opt-outs may be waiting there unread. A cursor never goes back
# within one numbering: two processes may read the same mailbox.


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a mailbox is read: an IMAP server's UIDVALIDITY and UID, or what of a POP3 mailbox was seen.

    `read_at` is when it was last read to its end; `failed_since` and `failure` are empty if it can be read.
    """

    name: str
    validity: int = 0
    uid: int = 0
    seen: frozenset[bytes] = frozenset()
    read_at: datetime | None = None
    failed_since: datetime | None = None
    failure: str = ""


def read_cursor(connection: Connection, name: str) -> Cursor:
    """Return one cursor in full; that of a mailbox that was never read is at the start."""
    seen = frozenset(connection.scalars(select(inbox_seen.c.digest).where(inbox_seen.c.name == name)))
    row = connection.execute(select(inbox_cursor).where(inbox_cursor.c.name == name)).first()
    return value_of(Cursor, row, seen=seen) if row is not None else Cursor(name, seen=seen)


def keep_cursor(connection: Connection, cursor: Cursor) -> None:
    """Store how far a mailbox is read: `validity`, `uid` and `seen` of the cursor."""
    known = read_cursor(connection, cursor.name)
    uid = max(cursor.uid, known.uid) if cursor.validity == known.validity else cursor.uid
    _put(connection, cursor.name, validity=cursor.validity, uid=uid)
    for part in in_parts(known.seen - cursor.seen):
        gone = (inbox_seen.c.name == cursor.name, inbox_seen.c.digest.in_(part))
        connection.execute(delete(inbox_seen).where(*gone))
    new = sorted(cursor.seen - known.seen)
    if new:
        connection.execute(insert(inbox_seen), [{"name": cursor.name, "digest": each} for each in new])


def note_read(connection: Connection, name: str, *, at: datetime) -> None:
    """Record that a mailbox was read to its end; an earlier failure is over."""
    _put(connection, name, read_at=at, failed_since=None, failure="")


def note_failure(connection: Connection, name: str, failure: str, *, at: datetime) -> None:
    """Record that a mailbox cannot be read, since when, and why now; `failure` is a sentence without secrets."""
    known = read_cursor(connection, name)
    # PostgreSQL stores no NUL, and a server may send any text
    _put(connection, name, failed_since=known.failed_since or at, failure=failure.replace("\0", ""))


def _put(connection: Connection, name: str, **values: object) -> None:
    start = {"validity": 0, "uid": 0, "failure": ""}
    put(connection, inbox_cursor, {"name": name}, start | values, **values)


# Absences: who is away until when. Of several notices of one person the newest counts: they may have come back earlier,
# or stay away longer.


@dataclass(frozen=True, slots=True)
class Absence:
    """Someone's absence: `until` is the day on which they are back; `address` is empty once they are erased.

    Where the notice names no day, `until` equals `said_at` (and `back_on` is None).
    """

    address: str
    until: datetime
    said_at: datetime

    @property
    def back_on(self) -> date | None:
        """Return the day on which they are back, None if the notice names none."""
        return self.until.date() if self.until > self.said_at else None


ABSENCES = select(absence, delivery.c.address).outerjoin(delivery, delivery.c.id == absence.c.delivery_id)


def add_absence(
    connection: Connection, sent: Sent, inbound_id: int, *, said_at: datetime, until: datetime | None
) -> bool:
    """Record that someone is away, until a day if they name one; False if another mail brought the same notice."""
    until = until or said_at
    if has_row(connection, absence.c.address_digest == sent.address_digest, absence.c.until == until):
        return False
    recipient = {"address_digest": sent.address_digest, "delivery_id": sent.delivery_id, "inbound_id": inbound_id}
    connection.execute(insert(absence).values(**recipient, said_at=said_at, until=until))
    return True


def read_absences(connection: Connection, mailing_id: int) -> list[Absence]:
    """Return the absences reported in answer to a mailing, in the order in which people are back."""
    notified = select(event.c.delivery_id).where(*events_beside(mailing_id, EventKind.AUTO_REPLIED, EventKind.MOVED))
    absences = ABSENCES.where(absence.c.delivery_id.in_(notified)).order_by(absence.c.until, absence.c.id)
    return read_all(connection, Absence, absences)


# Proposals: changes to the lists that follow from a reply, and what staff decided. There is one for each person and new
# address, whatever its state: what staff turned down is not proposed again by the next automatic reply.

LEFT, MOVED, STAND_IN, FOLLOW = "left", "moved", "stand_in", "follow"
OPEN, ACCEPTED, REJECTED = "open", "accepted", "rejected"
LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class NewProposal:
    """A proposal about a contact: `new_address` is empty if someone left and named no other address.

    Kinds: `left` (take them off), `moved` (they are there now), `stand_in` (they left, write to this one instead),
    `follow` (someone who is not to be contacted seems to have this address now; only stored once staff decide).
    """

    kind: str
    address_digest: bytes
    address: str
    new_address: str = ""
    words: str = ""
    delivery_id: int | None = None
    inbound_id: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal as the ledger has it; `source` is where the message was, `words` its sentence."""

    id: int
    kind: str
    address: str
    new_address: str
    words: str
    state: str
    created_at: datetime
    decided_at: datetime | None
    decided_by: str
    mailing: str
    source: str


PROPOSALS = (
    select(proposal, *(proposal_text.c[name] for name in ("address", "new_address", "words")))
    .add_columns(inbound.c.source, mailing_name)
    .join(proposal_text, proposal_text.c.proposal_id == proposal.c.id)
    .outerjoin(inbound, inbound.c.id == proposal.c.inbound_id)
    .outerjoin(delivery, delivery.c.id == proposal.c.delivery_id)
    .outerjoin(mailing, mailing.c.id == delivery.c.mailing_id)
)


def add_proposal(connection: Connection, new: NewProposal, *, stamp: Stamp, state: str = OPEN) -> int | None:
    """Store a proposal, and return its id; None if the same was proposed before: open, accepted or turned down."""
    wanted = new.new_address.casefold()
    before = select(proposal.c.kind, proposal.c.state, proposal_text.c.new_address).where(
        proposal.c.address_digest == new.address_digest, proposal_text.c.proposal_id == proposal.c.id
    )
    for row in connection.execute(before):
        if (row.kind == FOLLOW) != (new.kind == FOLLOW):
            continue
        # `left`, without an address, adds nothing to a proposal that is open
        if row.new_address.casefold() == wanted or (not wanted and row.state == OPEN):
            return None
    values = {**values_of(new, without=("address", "new_address", "words")), "state": state, "created_at": stamp.at}
    if state != OPEN:
        values |= {"decided_at": stamp.at, "decided_by": stamp.actor}
    new_id: int = connection.execute(insert(proposal).values(**values).returning(proposal.c.id)).scalar_one()
    text = {"address": new.address, "new_address": new.new_address, "words": new.words[:LONGEST]}
    connection.execute(insert(proposal_text).values(proposal_id=new_id, **text))
    return new_id


def read_proposals(connection: Connection, *, states: Iterable[str] = (OPEN,)) -> list[Proposal]:
    """Return the proposals in these states, the oldest first, without those about erased people."""
    return read_all(connection, Proposal, PROPOSALS.where(proposal.c.state.in_(list(states))).order_by(proposal.c.id))


def find_proposal(connection: Connection, proposal_id: int) -> Proposal | None:
    """Find a proposal by its number."""
    return read_one(connection, Proposal, PROPOSALS.where(proposal.c.id == proposal_id))


def decide(connection: Connection, found: Proposal, state: str, *, reason: str = "", stamp: Stamp) -> bool:
    """Store what staff decided, with the reason appended to the proposal's words; False if someone was faster."""
    decided = None if state == OPEN else stamp
    values = {"state": state, "decided_at": decided and decided.at, "decided_by": decided and decided.actor}
    is_kept = change(connection, proposal, found.id, proposal.c.state == found.state, **values)
    if is_kept and reason.strip():
        words = " — ".join(filter(None, (found.words, reason.strip())))[: 2 * LONGEST]
        connection.execute(update(proposal_text).where(proposal_text.c.proposal_id == found.id).values(words=words))
    return is_kept


# Links: deliveries by the token in their opt-out link, and what was done by that link (one-click, the page, the spool),
# hundreds at a time. A token is valid whatever state its delivery is in: whoever has it has seen the mail.

# What the same person asks for by other means: a mailed opt-out, a complaint.
_OTHER_MEANS: Final = ("optout", "feedback-abuse", "feedback-opt-out")
_UNSETTLED: Final = frozenset({DeliveryState.ATTEMPTED, DeliveryState.IN_DOUBT})
_BY_TOKEN = _DELIVERIES.where(delivery.c.token_id.in_(bindparam("tokens", expanding=True)))
_KNOWN = select(inbound.c.digest).where(inbound.c.digest.in_(bindparam("digests", expanding=True)))


@dataclass(frozen=True, slots=True)
class Linked:
    """The delivery of a link, with what its page needs; `is_unsettled`: in doubt, or on the wire now."""

    sent: Sent
    list_name: str
    edition_id: int
    is_unsettled: bool
    merge_row: Mapping[str, str] = field(default_factory=dict, repr=False)


def find_linked(connection: Connection, tokens: Collection[bytes]) -> dict[bytes, Linked]:
    """Return the deliveries of these tokens that this ledger has, by token id."""
    found: dict[bytes, Linked] = {}
    for row in connection.execute(_BY_TOKEN, {"tokens": list(tokens)}):
        fields = json.loads(row.merge_row) if row.merge_row and len(tokens) == 1 else {}
        is_unsettled = row.state in _UNSETTLED
        found[row.token_id] = Linked(value_of(Sent, row), row.list_name, row.edition_id, is_unsettled, fields)
    return found


def find_made_by_link(
    connection: Connection, sent: Sent, sources: Sequence[str], *, since: datetime
) -> list[Suppression]:
    """Return the active suppressions made by this delivery's link since a time.

    There are none to return if the person opted out or complained by other means as well.
    """
    own = (
        suppression.c.address_digest == sent.address_digest,
        suppression.c.delivery_id == sent.delivery_id,
        suppression.c.source.in_(sources),
        suppression.c.created_at >= since,
        ACTIVE,
    )
    found = read_all(connection, Suppression, select(suppression).where(*own))
    by_other_means = (
        delivery.c.address_digest == sent.address_digest,
        finding.c.delivery_id == delivery.c.id,
        finding.c.kind.in_(_OTHER_MEANS),
        inbound.c.id == finding.c.inbound_id,
        inbound.c.read_at >= min((each.created_at for each in found), default=since),
    )
    return [] if has_row(connection, *by_other_means) else found


def was_lifted_for(connection: Connection, sent: Sent, reason: str, *, since: datetime) -> bool:
    """Return whether a suppression made by this delivery was lifted for a reason since a time, and none is active."""
    of_person = suppression.c.address_digest == sent.address_digest
    lifted = (
        suppression.c.delivery_id == sent.delivery_id,
        suppression.c.lifted_reason == reason,
        suppression.c.lifted_at >= since,
    )
    return has_row(connection, of_person, *lifted) and not has_row(connection, of_person, ACTIVE)


def reinstate_replaced(connection: Connection, address_digest: bytes, lifted: Suppression) -> None:
    """Reinstate the suppression with a weaker reason that one lifted just now had replaced."""
    before = (
        select(suppression.c.id, suppression.c.lifted_reason)
        .where(
            suppression.c.address_digest == address_digest,
            suppression.c.scope == lifted.scope,
            suppression.c.id < lifted.id,
        )
        .order_by(suppression.c.id.desc())
        .limit(1)
    )
    row = connection.execute(before).first()
    reason = "" if row is None else row.lifted_reason or ""
    if row is None or not (reason == REPLACED or " takes the place of " in reason):
        return
    change(connection, suppression, row.id, **REINSTATED)


def known_among(connection: Connection, digests: Collection[bytes]) -> set[bytes]:
    """Return which of these digests are stored already."""
    return set(connection.scalars(_KNOWN, {"digests": list(digests)}))


def note_lines(connection: Connection, lines: Sequence[tuple[bytes, str]], *, at: datetime) -> None:
    """Record lines of a spool, by SHA-256 and source, as processed; their text is kept with their effect."""
    if not lines:
        return
    common = {"kind": "optout", "rule": "spool", "read_at": at}
    rows = [{"digest": digest, "source": source, **common} for digest, source in lines]
    ids = connection.scalars(insert(inbound).returning(inbound.c.id), rows).all()
    empty = zlib.compress(b"")
    connection.execute(insert(inbound_raw), [{"inbound_id": each, "data": empty} for each in ids])


# Answers: what people wrote back for the press office to read, who deals with each, and whether it is done. The letter
# itself stays in its mailbox; the ledger has its sender, its subject, the Message-ID by which it is found again
# (`inbound_text`, erasable), and a guess whether it waits for an answer. Two people may work on one at the same time:
# each step is a conditional update, so that the second of them learns that the other was faster. A reply that is
# assigned waits for an answer, whatever the guess was. Never reads a letter, never decides who is mailed.


@dataclass(frozen=True, slots=True)
class AnswerNote:
    """What staff noted about a reply."""

    answer_id: int
    at: datetime
    actor: str
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as the ledger has it; `address`, `sender` and `subject` are empty once they are erased.

    `asks` are kinds of `bounces.letter`, `fields` the contact's merge fields as they were mailed, `source` where the
    letter was, `digest` the SHA-256 of its bytes.
    """

    id: int
    mailing: str
    slug: str
    address: str
    sender: str
    subject: str
    message_id: str
    source: str
    digest: bytes
    written_at: datetime
    needs_answer: bool
    asks: tuple[str, ...]
    assigned: str
    assigned_at: datetime | None
    assigned_by: str
    done_at: datetime | None
    done_by: str
    fields: Mapping[str, str] = field(repr=False)
    notes: tuple[AnswerNote, ...]

    @property
    def is_open(self) -> bool:
        """Return whether it still waits for an answer (as `IS_OPEN`)."""
        return self.done_at is None and (self.needs_answer or bool(self.assigned))

    @property
    def who(self) -> str:
        """Return the contact's name and outlet, else the address."""
        named = filter(None, (self.fields.get("name"), self.fields.get("outlet")))
        return ", ".join(named) or self.address or self.sender


IS_OPEN = and_(answer.c.done_at.is_(None), or_(answer.c.needs_answer, answer.c.assigned != ""))

_REPLIES = (
    select(answer, mailing_name, mailing.c.slug, delivery.c.address, delivery.c.merge_row.label("fields"))
    .add_columns(inbound.c.source, inbound.c.digest)
    .add_columns(inbound_text.c.sender, inbound_text.c.subject, inbound_text.c.message_id)
    .join(mailing, mailing.c.id == answer.c.mailing_id)
    .join(delivery, delivery.c.id == answer.c.delivery_id)
    .join(inbound, inbound.c.id == answer.c.inbound_id)
    .outerjoin(inbound_text, inbound_text.c.inbound_id == answer.c.inbound_id)
    .order_by(answer.c.written_at.desc(), answer.c.id.desc())
)


def add_answer(connection: Connection, taken: Taken, inbound_id: int, sent: Sent, *, needs_answer: bool) -> None:
    """Add a letter as a reply, once: it may be in two mailboxes, with other bytes and the same Message-ID."""
    same = (inbound_text.c.inbound_id == answer.c.inbound_id, inbound_text.c.message_id == taken.message_id)
    if taken.message_id and has_row(connection, answer.c.delivery_id == sent.delivery_id, *same):
        return
    # a date before our mail, or in the future, is a wrong clock
    written_at = taken.written_at or taken.read_at
    is_time = (sent.attempted_at or written_at) <= written_at <= taken.read_at
    ids = {"inbound_id": inbound_id, "delivery_id": sent.delivery_id, "mailing_id": sent.mailing_id}
    content = {"asks": " ".join(taken.asks), "needs_answer": needs_answer}
    connection.execute(insert(answer).values(**ids, **content, written_at=written_at if is_time else taken.read_at))


def read_replies(
    connection: Connection,
    *,
    ids: Iterable[int] | None = None,
    mailing_id: int = 0,
    slug: str = "",
    address_digest: bytes = b"",
    is_open: bool = False,
    is_done: bool = False,
    is_assigned: bool = False,
    before: int = 0,
    most: int | None = None,
) -> list[Reply]:
    """Return replies, the newest first: by id, or those to a mailing, to any mailing of a release, or of one person.

    `is_open`, `is_done` and `is_assigned` filter them; `before` is the id of the last one read, `most` a limit.
    """
    wanted: list[ColumnElement[bool]] = [] if ids is None else [answer.c.id.in_(list(ids))]
    wanted += [answer.c.mailing_id == mailing_id] if mailing_id else []
    wanted += [mailing.c.slug == slug] if slug else []
    wanted += [delivery.c.address_digest == address_digest] if address_digest else []
    wanted += [IS_OPEN] if is_open else []
    wanted += [answer.c.done_at.is_not(None)] if is_done else []
    wanted += [answer.c.assigned != ""] if is_assigned else []
    if before:
        last = select(answer.c.written_at).where(answer.c.id == before).scalar_subquery()
        wanted.append(or_(answer.c.written_at < last, and_(answer.c.written_at == last, answer.c.id < before)))
    rows = connection.execute(_REPLIES.where(*wanted).limit(most)).all()
    noted = _REPLIES.where(*wanted).limit(most).with_only_columns(answer.c.id).subquery()
    notes = select(answer_note).where(answer_note.c.answer_id.in_(select(noted.c.id))).order_by(answer_note.c.id)
    noted_of: dict[int, list[AnswerNote]] = {}
    for note in read_all(connection, AnswerNote, notes):
        noted_of.setdefault(note.answer_id, []).append(note)
    return [value_of(Reply, row, asks=tuple(row.asks.split()), notes=tuple(noted_of.get(row.id, ()))) for row in rows]


# Steps: each returns whether the reply was still as the caller had read it.


def assign(connection: Connection, reply: Reply, name: str, *, stamp: Stamp) -> bool:
    """Assign a reply to someone (or to nobody); False if someone else was faster."""
    seen = (answer.c.assigned == reply.assigned, answer.c.done_at.is_(None))
    return change(connection, answer, reply.id, *seen, assigned=name, assigned_at=stamp.at, assigned_by=stamp.actor)


def finish(connection: Connection, reply: Reply, *, stamp: Stamp) -> bool:
    """Mark a reply as done; False if someone else was faster."""
    return change(connection, answer, reply.id, answer.c.done_at.is_(None), done_at=stamp.at, done_by=stamp.actor)


def reopen(connection: Connection, reply: Reply) -> bool:
    """Mark a reply as not done; False if it is open already."""
    return change(connection, answer, reply.id, answer.c.done_at.is_not(None), done_at=None, done_by="")


def add_note(connection: Connection, reply: Reply, text: str, *, stamp: Stamp) -> None:
    """Add a note of staff about a reply."""
    connection.execute(insert(answer_note).values(answer_id=reply.id, at=stamp.at, actor=stamp.actor, text=text))


def drop_note(connection: Connection, reply: Reply) -> bool:
    """Remove the newest note about a reply; False if there is none."""
    newest = select(func.max(answer_note.c.id)).where(answer_note.c.answer_id == reply.id).scalar_subquery()
    return bool(connection.execute(delete(answer_note).where(answer_note.c.id == newest)).rowcount)


# Who answered: for reports, and before the same people are mailed again. What follows a mailing (a correction, a
# follow-up) is in its thread: an answer to it is one to the mailing, too.


def answered(connection: Connection, mailing_id: int) -> set[bytes]:
    """Return the address digests of those who wrote a reply to a mailing, or to what followed it."""
    replied = (event.c.kind == EventKind.REPLIED, delivery.c.id == event.c.delivery_id, _in_thread(mailing_id))
    rows = select(delivery.c.address_digest).where(*replied, mailing.c.id == event.c.mailing_id)
    return set(connection.scalars(rows))


def awaiting_answer(connection: Connection, mailing_id: int) -> set[bytes]:
    """Return the address digests of those among them whose reply still waits for our answer."""
    waiting = (IS_OPEN, delivery.c.id == answer.c.delivery_id, mailing.c.id == answer.c.mailing_id)
    return set(connection.scalars(select(delivery.c.address_digest).where(*waiting, _in_thread(mailing_id))))


def _in_thread(mailing_id: int) -> ColumnElement[bool]:
    # a reply to its offer is about the embargo
    after = and_(mailing.c.parent_id == mailing_id, mailing.c.kind != MailingKind.OFFER)
    return or_(mailing.c.id == mailing_id, after)
