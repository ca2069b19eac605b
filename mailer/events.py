"""Events: what can happen to a delivery, and which step may follow which.

Owns the states of a delivery, the kinds of event, the one transition table, and the frozen value `Delivery`; and the
reasons for which an address gets no mail. Never decides what a reply means (`reply` does) and never stores anything
(`ledger` does).
Raises `LedgerProblem` for a step that the table does not have.

A claim and its release are leases, not history: they change the state and write no event. After `accepted`, what comes
back (bounce, complaint, opt-out, auto-reply) is added as events and leaves the state as it is: the relay did accept it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from mailer.errors import LedgerProblem
from mailer.frozen import dataclass


class DeliveryState(StrEnum):
    """The state of a delivery; the sum over all states is what was planned (the books must balance)."""

    PENDING = "pending"  # planned, nothing tried, or returned untouched
    CLAIMED = "claimed"  # a live process holds a lease on it
    ATTEMPTED = "attempted"  # committed before the first body byte
    ACCEPTED = "accepted"  # by the relay; not necessarily delivered
    DEFERRED = "deferred"  # 4xx, to be tried again
    REJECTED = "rejected"  # 5xx to our command
    IN_DOUBT = "in_doubt"  # attempted, and the outcome cannot be known
    SKIPPED = "skipped"  # suppressed, with reason
    CANCELLED = "cancelled"  # by staff
    EXPIRED = "expired"  # too late to be news


# states in which someone may still get it, and in which they have it or may have it
MAY_COME = (DeliveryState.PENDING, DeliveryState.DEFERRED, DeliveryState.CLAIMED, DeliveryState.ATTEMPTED)
MAY_HAVE = (DeliveryState.ACCEPTED, DeliveryState.IN_DOUBT, DeliveryState.ATTEMPTED)


class MailingKind(StrEnum):
    """What a mailing is.

    The release itself, what a newsroom sends around it, a marked test, or a rehearsal into the preview inbox.
    """

    RELEASE = "release"
    OFFER = "offer"  # of a release under embargo, without the material
    FOLLOW_UP = "follow-up"
    CORRECTION = "correction"
    RETRACTION = "retraction"
    TEST = "test"
    PREVIEW = "preview"

    @property
    def is_real(self) -> bool:
        """Return whether it goes to the press; a test or a preview stays in the office, and does not count."""
        return self not in {MailingKind.TEST, MailingKind.PREVIEW}


class MailingState(StrEnum):
    """The state of a mailing."""

    PLANNING = "planning"  # its rows are being written, or that was interrupted; nothing of it can be claimed
    PLANNED = "planned"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    HALTED = "halted"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class EventKind(StrEnum):
    """What happened. The first group changes a delivery's state by the table, the second only adds to its history."""

    CLAIMED = "claimed"
    RELEASED = "released"
    ATTEMPTED = "attempted"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REJECTED = "rejected"
    IN_DOUBT = "in_doubt"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    RETRIED = "retried"
    REVIVED = "revived"
    REOPENED = "reopened"  # by staff: the refusal was the relay's fault

    PLANNED = "planned"
    CHANGED = "changed"
    SCHEDULED = "scheduled"
    PAUSED = "paused"
    RESUMED = "resumed"
    STOPPED = "stopped"  # a whole mailing was cancelled
    HALTED = "halted"
    FINISHED = "finished"
    SLOWED = "slowed"  # a server wants less mail, and the pace was lowered
    BOUNCED_HARD = "bounced_hard"
    BOUNCED_SOFT = "bounced_soft"
    DELAYED = "delayed"
    COMPLAINED = "complained"
    AUTO_REPLIED = "auto_replied"
    MOVED = "moved"  # no longer at this address
    CHALLENGED = "challenged"  # a challenge-response system wants proof of a human sender
    REPLIED = "replied"  # a person answered
    SET_ASIDE = "set_aside"  # by staff: an event no longer counts; `reason` is its kind
    OPTED_OUT = "opted_out"
    SUPPRESSED = "suppressed"
    LIFTED = "lifted"
    EMBARGO_AGREED = "embargo_agreed"
    EMBARGO_DECLINED = "embargo_declined"
    EMBARGO_BROKEN = "embargo_broken"
    FORGOTTEN = "forgotten"  # the person was erased
    PURGED = "purged"  # what was past its retention date was erased
    POLICY = "policy"  # [approval] in mailer.toml has changed: old and new value
    USER = "user"  # a user's role at the desk has changed


_S, _E = DeliveryState, EventKind

TRANSITIONS: Mapping[tuple[DeliveryState, EventKind], DeliveryState] = {
    (_S.PENDING, _E.CLAIMED): _S.CLAIMED,
    (_S.PENDING, _E.SKIPPED): _S.SKIPPED,
    (_S.PENDING, _E.CANCELLED): _S.CANCELLED,
    (_S.PENDING, _E.EXPIRED): _S.EXPIRED,
    (_S.DEFERRED, _E.CLAIMED): _S.CLAIMED,
    (_S.DEFERRED, _E.SKIPPED): _S.SKIPPED,
    (_S.DEFERRED, _E.CANCELLED): _S.CANCELLED,
    (_S.DEFERRED, _E.EXPIRED): _S.EXPIRED,
    (_S.CLAIMED, _E.RELEASED): _S.PENDING,
    (_S.CLAIMED, _E.ATTEMPTED): _S.ATTEMPTED,
    (_S.CLAIMED, _E.SKIPPED): _S.SKIPPED,
    # MAIL or RCPT was refused: no body was ever written
    (_S.CLAIMED, _E.DEFERRED): _S.DEFERRED,
    (_S.CLAIMED, _E.REJECTED): _S.REJECTED,
    (_S.ATTEMPTED, _E.ACCEPTED): _S.ACCEPTED,
    (_S.ATTEMPTED, _E.DEFERRED): _S.DEFERRED,
    (_S.ATTEMPTED, _E.REJECTED): _S.REJECTED,
    (_S.ATTEMPTED, _E.IN_DOUBT): _S.IN_DOUBT,
    # the live process knows that no body byte was written
    (_S.ATTEMPTED, _E.RELEASED): _S.PENDING,
    # the relay's reply to a process that was taken for dead while it waited; or settled by staff
    (_S.IN_DOUBT, _E.ACCEPTED): _S.ACCEPTED,
    (_S.IN_DOUBT, _E.REJECTED): _S.REJECTED,
    (_S.IN_DOUBT, _E.DEFERRED): _S.DEFERRED,
    (_S.IN_DOUBT, _E.RETRIED): _S.PENDING,
    # by staff: it is still news, and no text was ever accepted
    (_S.EXPIRED, _E.REVIVED): _S.PENDING,
    (_S.REJECTED, _E.REOPENED): _S.PENDING,
}


def next_state(state: DeliveryState, event: EventKind) -> DeliveryState:
    """Return the state after an event.

    Raises LedgerProblem if the table has no such step: the caller was about to record what never happened.
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise LedgerProblem(f"a delivery that is {state} cannot become {event}") from None


def states_before(event: EventKind) -> frozenset[DeliveryState]:
    """Return the states from which an event may happen: the condition of every conditional update."""
    return frozenset(state for state, kind in TRANSITIONS if kind is event)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One mailing to one address, with all that a connection needs to make its bytes."""

    id: int
    token_id: bytes
    mailing_id: int
    edition_id: int
    address: str
    domain: str
    merge_row: Mapping[str, str]
    list_name: str
    row: int
    content_hash: bytes
    attempts: int


# Why an address gets no mail: read from files (`contacts`), stored (`ledger`), shown by `[reasons.suppressed]` of
# `screen.toml`.
OPTED_OUT = "opted_out"
COMPLAINED = "complained"
DEAD_ADDRESS = "dead_address"
DO_NOT_CONTACT = "do_not_contact"
MANUAL = "manual"
REASONS = (OPTED_OUT, COMPLAINED, DO_NOT_CONTACT, MANUAL, DEAD_ADDRESS)
