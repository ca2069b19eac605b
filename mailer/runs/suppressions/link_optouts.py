"""Link: what people do by the opt-out link of a mail, whichever host took it.

Owns the acts (one-click, the page, its undo), and taking many of them into the ledger in one transaction. The reason,
its rank and who is meant are those of `opt_out`. Repeating an act changes nothing. A token of a test or preview opts
nobody out.

A genuine token of a mail that this ledger does not know is kept among what is unmatched, for staff to look at: the
person said no, and only the ledger is the wrong one.

The undo belongs to the link that opted out, for an hour. It lifts what this link did and nothing else; once the person
said it by another door too (a mail, a complaint), it lifts nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Final

from mailer.events import EventKind, MailingKind
from mailer.ledger import Connection
from mailer.ledger.deliveries import Result, add_delivery_events
from mailer.ledger.returns import (
    Finding,
    Linked,
    Taken,
    add_inbound,
    find_linked,
    find_made_by_link,
    is_known,
    let_stand_again,
    was_lifted_for,
)
from mailer.ledger.scopes import EVERYWHERE, list_scope
from mailer.ledger.suppressions import OPTED_OUT, NewSuppression, add_many, lift_suppression
from mailer.runs.office import Office
from mailer.runs.reconcile import settle_by_return
from mailer.runs.suppressions.opt_out import RANK, address_of

UNDO_FOR: Final = timedelta(hours=1)
LONGEST_REASON: Final = 500
_UNDONE: Final = "undone on the page"
_AT_DESK: Final = "from somebody at this desk"


class LinkMethod(StrEnum):
    """How an act came: a mail program's one-click (RFC 8058), or the page."""

    ONE_CLICK = "one-click"
    PAGE = "page"


class Wish(StrEnum):
    """What is wanted."""

    OPT_OUT = "opt-out"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did by the link of a delivery (its token's 8 bytes), and when."""

    delivery: bytes
    at: datetime
    wish: Wish = Wish.OPT_OUT
    method: LinkMethod = LinkMethod.ONE_CLICK
    everywhere: bool = True
    reason: str = ""


@dataclass(slots=True)
class Honoured:
    """What a batch of acts did; `undone` names the deliveries of whom something is lifted by an undo."""

    new: int = 0
    again: int = 0
    undone: set[bytes] = field(default_factory=set)
    of_tests: int = 0
    unknown: int = 0


def tidy_reason(text: str) -> str:
    """Return what somebody wrote as a reason in one line of printable characters, cut to what is kept."""
    words = "".join(c if c.isprintable() else " " for c in text.encode("utf-8", "replace").decode("utf-8"))
    return " ".join(words.split())[:LONGEST_REASON]


def honour_acts(connection: Connection, office: Office, acts: Sequence[Act]) -> Honoured:
    """Do what people asked for, in their order, inside the transaction that is given."""
    told = Honoured()
    linked = find_linked(connection, {act.delivery for act in acts})
    for wish, group in groupby(acts, key=lambda act: act.wish):
        real: list[tuple[Act, Linked]] = []
        for act in group:
            link = linked.get(act.delivery)
            if link is None:
                told.unknown += 1
                _keep_unknown(connection, office, act)
            elif link.sent.kind is not MailingKind.RELEASE:
                told.of_tests += 1
            else:
                real.append((act, link))
        if wish is Wish.UNDO:
            told.undone |= {act.delivery for act, link in real if _undo(connection, office, act, link)}
        else:
            _opt_out(connection, office, real, told)
    return told


def _keep_unknown(connection: Connection, office: Office, act: Act) -> None:
    digest = hashlib.sha256(b"link\0" + act.delivery).digest()
    if act.wish is Wish.UNDO or is_known(connection, digest):
        return
    finding = Finding("optout", "", f"by the link of a mail ({act.method})", unmatched="not-sent-to")
    taken = Taken(digest, f"link {act.delivery.hex()}", b"", "optout", "link", office.clock())
    add_inbound(connection, taken, [finding])


def _opt_out(connection: Connection, office: Office, known: Sequence[tuple[Act, Linked]], told: Honoured) -> None:
    stamp = office.stamp()
    entries = [_suppression(act, link, now=stamp.at) for act, link in known]
    added = add_many(connection, entries, rank=RANK, stamp=stamp)
    told.new += len(added.new)
    told.again += len(entries) - len(added.new)
    mailings = {link.sent.delivery_id: link.sent.mailing_id for _, link in known}
    ids = dict.fromkeys(each.delivery_id for each in added.new if each.delivery_id is not None)
    events = [
        (mailings[id_], Result(id_, kind, stamp.at, reason=OPTED_OUT if kind is EventKind.SUPPRESSED else ""))
        for id_ in ids
        for kind in (EventKind.SUPPRESSED, EventKind.OPTED_OUT)
    ]
    add_delivery_events(connection, events, stamp.actor)
    for act, link in known:
        if link.is_unsettled:  # the link was in the mail: it did arrive
            sign = Finding("optout", link.sent.address, "", matched_by="token", sent=link.sent)
            settle_by_return(connection, office, sign, source=f"by its link ({act.method})", at=stamp.at)


def _suppression(act: Act, link: Linked, *, now: datetime) -> NewSuppression:
    sent = link.sent
    address = address_of(sent.address)
    is_desk = address is not None and address.is_role
    scope = EVERYWHERE if act.everywhere or not link.list_name else list_scope(link.list_name)
    return NewSuppression(
        sent.address_digest,
        sent.address,
        OPTED_OUT,
        act.method.value,
        act.reason or (_AT_DESK if is_desk else ""),
        sent.delivery_id,
        scope=scope,
        unconfirmed=is_desk,
        created_at=min(act.at, now),
    )


def _undo(connection: Connection, office: Office, act: Act, link: Linked) -> bool:
    standing = find_made_by_link(connection, link.sent, tuple(LinkMethod), since=act.at - UNDO_FOR)
    stamp = office.stamp()
    for each in standing:
        evidence = f"{_UNDONE}, by the link that had opted out, at {act.at:%Y-%m-%d %H:%M} UTC"
        digest = link.sent.address_digest
        lift_suppression(connection, digest, reason=_UNDONE, stamp=stamp, scope=each.scope, evidence=evidence)
        let_stand_again(connection, digest, each)
    # a second click on “undo” is told what the first one did
    return bool(standing) or was_lifted_for(connection, link.sent, _UNDONE, since=act.at - UNDO_FOR)


def standing_by_link(connection: Connection, link: Linked, *, now: datetime) -> str:
    """Return how far that reaches which the undo of this link would lift now: `everywhere`, `list`, or nothing."""
    found = find_made_by_link(connection, link.sent, tuple(LinkMethod), since=now - UNDO_FOR)
    if not found:
        return ""
    return EVERYWHERE if any(each.scope == EVERYWHERE for each in found) else "list"
