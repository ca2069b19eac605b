"""Opt-out: a person's no, by hand or by the token of a mail they got.

Owns the ways in which staff add and lift suppressions. A token of a test or preview opts nobody out. Lifting a
person's own word (an opt-out, a complaint) needs a reason (standards B7).
Raises `InputProblem`.
"""

from __future__ import annotations

from mailer.address import Address, parse_address
from mailer.envelope import find_tokens
from mailer.errors import InputProblem
from mailer.events import EventKind, MailingKind
from mailer.ledger import Connection, Ledger
from mailer.ledger.connection import check_keys
from mailer.ledger.mailings import Stamp
from mailer.ledger.returns import Finding, Sent, add_return_event, find_sent_by_token
from mailer.ledger.suppressions import (
    DEAD_ADDRESS,
    MANUAL,
    OPTED_OUT,
    PERSONS_WORD,
    NewSuppression,
    Suppression,
    add_suppression,
    find_suppression,
    lift_suppression,
)
from mailer.runs.office import Office
from mailer.runs.reconcile import settle_by_return
from mailer.tokens import Purpose, address_digest, parse_token

REASONS = (OPTED_OUT, MANUAL, DEAD_ADDRESS)


def opt_out_by_hand(office: Office, ledger: Ledger, email: str, *, reason: str, note: str) -> tuple[Address, bool]:
    """Suppress an address; gives it, and False where it was suppressed already.

    Raises:
        InputProblem: it is not an address, or the reason is not one of `REASONS`.
    """
    if reason not in REASONS:
        raise InputProblem(f'"{reason}" is not a reason; there are: {", ".join(REASONS)}')
    address = parse_address(email)
    new = NewSuppression(address_digest(office.keys, address.key), str(address), reason, "staff", note)
    with ledger.writing() as connection:
        check_keys(connection, office.keys)
        return address, suppress(connection, new, mailing_id=None, stamp=office.stamp())


def opt_out_by_token(office: Office, ledger: Ledger, text: str, *, note: str) -> tuple[Sent, bool]:
    """Suppress whoever got the mail with this token (or the link, or the address that it stands in).

    Raises:
        InputProblem: it is no genuine opt-out token, or one of a test.
    """
    found = [parse_token(office.keys, Purpose.OPT_OUT, token) for token in find_tokens(text)]
    genuine = next((each for each in found if each is not None), None)
    if genuine is None:
        raise InputProblem(
            "this is not an opt-out token of ours",
            hint="It stands in the opt-out link and address of each mail. Without it: mailer optouts add EMAIL",
        )
    with ledger.writing() as connection:
        check_keys(connection, office.keys)
        sent = find_sent_by_token(connection, genuine)
        if sent is None:
            raise InputProblem("the token is genuine, but this ledger has no mail with it")
        if sent.kind is not MailingKind.RELEASE:
            raise InputProblem(f"the token is of {sent.mailing}: test and preview mails opt nobody out")
        sign = Finding("optout", sent.address, "", matched_by="token", sent=sent)
        settle_by_return(connection, office, sign, source="given by hand", at=office.clock())
        return sent, honour_opt_out(connection, office, sent, source="token", note=note)


def honour_opt_out(connection: Connection, office: Office, sent: Sent, *, source: str, note: str = "") -> bool:
    """Suppress the person of a delivery because they said so; False where they already were."""
    new = NewSuppression(sent.address_digest, sent.address, OPTED_OUT, source, note, sent.delivery_id)
    stamp = office.stamp()
    fresh = suppress(connection, new, mailing_id=sent.mailing_id, stamp=stamp)
    if fresh:
        finding = Finding("optout", sent.address, "", sent=sent)
        add_return_event(connection, finding, EventKind.OPTED_OUT, at=stamp.at, actor=stamp.actor)
    return fresh


def suppress(connection: Connection, new: NewSuppression, *, mailing_id: int | None, stamp: Stamp) -> bool:
    """Suppress a person; False where they are already. Their own word takes the place of any other reason.

    Whoever opts out after a bounce must not come back when the bounce is lifted (standards B7).
    """
    if new.reason in PERSONS_WORD:
        found = find_suppression(connection, new.address_digest)
        if found is not None and found.reason not in PERSONS_WORD:
            why = f"{new.reason} takes the place of {found.reason}"
            lift_suppression(connection, new.address_digest, reason=why, stamp=stamp)
    return add_suppression(connection, new, mailing_id=mailing_id, stamp=stamp)


def lift(office: Office, ledger: Ledger, email: str, *, reason: str) -> Suppression:
    """Lift a suppression.

    Raises:
        InputProblem: there is none, or it is the person's own word and no reason is given.
    """
    address = parse_address(email)
    digest = address_digest(office.keys, address.key)
    with ledger.writing() as connection:
        check_keys(connection, office.keys)
        found = find_suppression(connection, digest)
        if found is None:
            raise InputProblem(f"{address} is not suppressed")
        if found.reason in PERSONS_WORD and not reason.strip():
            raise InputProblem(
                f"{address} {'opted out' if found.reason == OPTED_OUT else 'complained'} on "
                f"{found.created_at:%d %B %Y}: that is their own word",
                hint='Only they can take it back. If they did: --reason "how you know"',
            )
        lift_suppression(connection, digest, reason=reason, stamp=office.stamp())
    return found
