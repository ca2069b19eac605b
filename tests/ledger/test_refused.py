"""Dead refusals: remembered first, suppressions once half of the mailing was accepted, dropped with a halt."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert, select

from mailer.events import DEAD_ADDRESS, OPTED_OUT, EventKind, MailingState
from mailer.ledger import Ledger
from mailer.ledger.deliveries import Place, Result, Step, add_deliveries, allow_attempts, move_idle, record
from mailer.ledger.mailings import HALTED_AS_DEAD, HALTED_AS_OLD, Mailing, halt, newest_edition, set_state, was_halted
from mailer.ledger.processes import ProcessLock, hold_lock, register
from mailer.ledger.rows import in_parts
from mailer.ledger.suppressions import (
    DeadTally,
    NewSuppression,
    add_dead_refusals,
    add_suppression,
    confirm_dead_refusals,
    count_dead_refusals,
    drop_dead_refusals,
    lift_dead_addresses,
    read_dead_tally,
)
from mailer.ledger.tables import delivery
from tests.ledger.rows import (
    STAMP,
    claimed,
    digest,
    events,
    later,
    open_mailing,
    people,
    plan,
    planned,
    read_suppressions,
    suppress,
)

DEAD_TEXT = "550 5.1.1 no such user"


def send(ledger: Ledger, lock: ProcessLock, mailing: Mailing, ends: str) -> list[str]:
    """Settle the next people, one a letter: accepted (a), refused as dead (r) or for another reason (x)."""
    addresses = []
    for end in ends:
        with ledger.writing() as connection:
            (held,) = claimed(connection, mailing, lock.owner, limit=1)
            addresses.append(held.address)
            if end == "a":
                allow_attempts(connection, [held.id], lock.owner, stamp=STAMP)
            kind = EventKind.ACCEPTED if end == "a" else EventKind.REJECTED
            text = "" if end == "a" else DEAD_TEXT
            result = Result(held.id, kind, STAMP.at, code=250 if end == "a" else 550, text=text)
            record(connection, [result], owner=lock.owner, stamp=STAMP)
            if end == "r":
                add_dead_refusals(connection, mailing.id, [held.id], owner=lock.owner)
    return addresses


def mailing_to(ledger: Ledger, count: int, *, skipped: int = 0) -> Mailing:
    """Plan a mailing to so many, and so many more who are suppressed."""
    with ledger.writing() as connection:
        mailing = open_mailing(connection)
        rows = [planned(mailing, f"s{i}@skipped.example.com", skipped="opted_out") for i in range(skipped)]
        add_deliveries(connection, Place(mailing.id, newest_edition(connection, mailing.id)[0]), rows)
        plan(connection, mailing, people(count))
    return mailing


def tally(ledger: Ledger, mailing: Mailing) -> DeadTally:
    with ledger.reading() as connection:
        return read_dead_tally(connection, mailing.id, most_sendable=21, settled_each=51)


def counts(ledger: Ledger, mailing: Mailing) -> tuple[int, int]:
    with ledger.reading() as connection:
        return count_dead_refusals(connection, mailing.id)


def suppressed(ledger: Ledger) -> list[tuple[str, str, str]]:
    with ledger.reading() as connection:
        return [(each.address, each.reason, each.source) for each in read_suppressions(connection)]


def test_a_tally_counts_the_newest_row_of_dead_addresses_with_their_domains(ledger: Ledger, lock: ProcessLock) -> None:
    mailing = mailing_to(ledger, 9)
    assert tally(ledger, mailing) == DeadTally(9, 0, 0)
    gone = send(ledger, lock, mailing, "raxrr")
    found = tally(ledger, mailing)
    assert (found.sendable, found.settled, found.dead) == (9, 5, 3)
    assert found.in_a_row == tuple(address.partition("@")[2] for address in reversed(gone[3:]))
    assert found.replies == (DEAD_TEXT,) * 3


def test_who_is_deferred_between_does_not_break_the_row(ledger: Ledger, lock: ProcessLock) -> None:
    mailing = mailing_to(ledger, 9)
    send(ledger, lock, mailing, "r")
    with ledger.writing() as connection:
        (held,) = claimed(connection, mailing, lock.owner, limit=1)
        result = Result(held.id, EventKind.DEFERRED, STAMP.at, code=450, next_attempt_at=later(900))
        record(connection, [result], owner=lock.owner, stamp=STAMP)
    send(ledger, lock, mailing, "r")
    assert len(tally(ledger, mailing).in_a_row) == 2


def test_another_mailings_dead_addresses_are_not_counted(ledger: Ledger, lock: ProcessLock) -> None:
    mailing = mailing_to(ledger, 3)
    send(ledger, lock, mailing, "rr")
    with ledger.writing() as connection:
        other = open_mailing(connection, "wicks")
        plan(connection, other, people(3))
        assert read_dead_tally(connection, other.id, most_sendable=21, settled_each=51) == DeadTally(3, 0, 0)
        assert drop_dead_refusals(connection, other.id) == 0
        assert lift_dead_addresses(connection, other.id, reason="x", stamp=STAMP) == []
    assert counts(ledger, mailing) == (0, 2)


def test_a_dead_refusal_is_confirmed_once_half_was_accepted_and_not_one_earlier(
    ledger: Ledger, lock: ProcessLock
) -> None:
    mailing = mailing_to(ledger, 6)
    (gone,) = send(ledger, lock, mailing, "r")
    send(ledger, lock, mailing, "aa")
    confirm_dead_refusals(ledger, stamp=STAMP)
    assert (counts(ledger, mailing), suppressed(ledger)) == ((0, 1), [])
    send(ledger, lock, mailing, "a")
    confirm_dead_refusals(ledger, stamp=STAMP)
    assert (counts(ledger, mailing), suppressed(ledger)) == ((1, 0), [(gone, "dead_address", "smtp")])
    confirm_dead_refusals(ledger, stamp=STAMP)
    assert events(ledger).count("suppressed") == 1


def test_who_was_skipped_is_no_part_of_the_half_and_of_the_sendable(ledger: Ledger, lock: ProcessLock) -> None:
    mailing = mailing_to(ledger, 4, skipped=5)
    assert tally(ledger, mailing).sendable == 4
    send(ledger, lock, mailing, "raa")
    confirm_dead_refusals(ledger, stamp=STAMP)
    assert counts(ledger, mailing) == (1, 0)


def test_more_than_fit_into_one_transaction_are_all_confirmed(ledger: Ledger, lock: ProcessLock) -> None:
    mailing = mailing_to(ledger, 460)
    with ledger.writing() as connection:
        held = claimed(connection, mailing, lock.owner, limit=460)
        dead, good = [each.id for each in held[:230]], [each.id for each in held[230:]]
        allow_attempts(connection, good, lock.owner, stamp=STAMP)
        results = [Result(each, EventKind.REJECTED, STAMP.at, code=550) for each in dead]
        results += [Result(each, EventKind.ACCEPTED, STAMP.at, code=250) for each in good]
        record(connection, results, owner=lock.owner, stamp=STAMP)
        add_dead_refusals(connection, mailing.id, dead, owner=lock.owner)
    confirm_dead_refusals(ledger, stamp=STAMP)
    assert counts(ledger, mailing) == (230, 0)
    assert len(suppressed(ledger)) == 230


def test_whoever_opted_out_meanwhile_keeps_their_own_word(ledger: Ledger, lock: ProcessLock) -> None:
    mailing = mailing_to(ledger, 2)
    (gone, _) = send(ledger, lock, mailing, "ra")
    with ledger.writing() as connection:
        suppress(connection, gone, OPTED_OUT)
    confirm_dead_refusals(ledger, stamp=STAMP)
    assert counts(ledger, mailing) == (1, 0)
    assert suppressed(ledger) == [(gone, OPTED_OUT, "hand")]


def test_whoever_was_forgotten_meanwhile_is_not_named_again(ledger: Ledger, lock: ProcessLock) -> None:
    mailing = mailing_to(ledger, 2)
    send(ledger, lock, mailing, "ra")
    with ledger.writing() as connection:
        connection.execute(delivery.update().values(address=None))
    confirm_dead_refusals(ledger, stamp=STAMP)
    assert (counts(ledger, mailing), suppressed(ledger)) == ((0, 0), [])


def test_dropping_leaves_what_is_confirmed(ledger: Ledger, lock: ProcessLock) -> None:
    mailing = mailing_to(ledger, 4)
    send(ledger, lock, mailing, "raa")
    confirm_dead_refusals(ledger, stamp=STAMP)
    send(ledger, lock, mailing, "r")
    with ledger.writing() as connection:
        assert drop_dead_refusals(connection, mailing.id) == 1
    assert counts(ledger, mailing) == (1, 0)


def test_what_a_process_from_before_the_halt_brings_is_dropped_and_a_later_ones_counts(
    ledger: Ledger, lock: ProcessLock, run_folder: Path
) -> None:
    mailing = mailing_to(ledger, 5)
    with ledger.writing() as connection:
        (held,) = claimed(connection, mailing, lock.owner, limit=1)
        assert halt(connection, mailing.id, reason="x", stamp=STAMP, cause=HALTED_AS_DEAD)
        record(connection, [Result(held.id, EventKind.REJECTED, STAMP.at, code=550)], owner=lock.owner, stamp=STAMP)
        add_dead_refusals(connection, mailing.id, [held.id], owner=lock.owner)
    assert counts(ledger, mailing) == (0, 0)
    with ledger.writing() as connection:
        set_state(connection, mailing.id, MailingState.SENDING, stamp=STAMP)
        after = hold_lock(run_folder)
        register(connection, after, now=later(1))
    send(ledger, lock, mailing, "r")
    assert counts(ledger, mailing) == (0, 0)
    send(ledger, after, mailing, "r")
    assert counts(ledger, mailing) == (0, 1)
    after.free()


def test_a_halt_for_another_cause_drops_nothing(ledger: Ledger, lock: ProcessLock) -> None:
    mailing = mailing_to(ledger, 5)
    for cause in ("", HALTED_AS_OLD):
        with ledger.writing() as connection:
            assert halt(connection, mailing.id, reason="x", stamp=STAMP, cause=cause)
            assert not halt(connection, mailing.id, reason="y", stamp=STAMP, cause=cause)
            set_state(connection, mailing.id, MailingState.SENDING, stamp=STAMP)
        send(ledger, lock, mailing, "r")
    assert counts(ledger, mailing) == (0, 2)
    with ledger.reading() as connection:
        assert [was_halted(connection, mailing.id, each) for each in ("", HALTED_AS_OLD, HALTED_AS_DEAD)] == [
            *(True, True, False)
        ]


def test_lifting_a_mailings_dead_addresses_lifts_no_other_reason_and_no_other_mailings(
    ledger: Ledger, lock: ProcessLock
) -> None:
    mailing = mailing_to(ledger, 4)
    gone = send(ledger, lock, mailing, "raar")[0]
    confirm_dead_refusals(ledger, stamp=STAMP)
    with ledger.writing() as connection:
        suppress(connection, "else@e.example.com", DEAD_ADDRESS)
        opt_out = NewSuppression(digest("z@z.example.com"), "z@z.example.com", OPTED_OUT, "token", delivery_id=1)
        add_suppression(connection, opt_out, mailing_id=mailing.id, stamp=STAMP)
        lifted = lift_dead_addresses(connection, mailing.id, reason="the relay was wrong", stamp=STAMP)
        assert lift_dead_addresses(connection, mailing.id, reason="again", stamp=STAMP) == []
    assert gone in {each.address for each in lifted}
    assert [each.lifted_reason for each in lifted] == ["the relay was wrong"] * 2
    assert {address for address, *_ in suppressed(ledger)} == {"else@e.example.com", "z@z.example.com"}
    assert events(ledger).count("lifted") == 2


def test_whoever_was_refused_again_after_staff_asked_for_it_is_counted_once(ledger: Ledger, lock: ProcessLock) -> None:
    mailing = mailing_to(ledger, 6)
    send(ledger, lock, mailing, "aaarrr")
    with ledger.writing() as connection:
        step = Step(EventKind.REOPENED, "")
        assert len(move_idle(connection, mailing.id, step, stamp=STAMP)) == 3
    assert (counts(ledger, mailing), tally(ledger, mailing).in_a_row) == ((0, 0), ())
    send(ledger, lock, mailing, "rrr")
    found = tally(ledger, mailing)
    assert (found.dead, len(found.in_a_row), len(found.replies)) == (3, 3, 3)


def test_what_a_mailing_suppressed_is_no_more_told_as_suppressed_once_it_is_lifted(
    ledger: Ledger, lock: ProcessLock
) -> None:
    mailing = mailing_to(ledger, 4)
    send(ledger, lock, mailing, "raaa")
    confirm_dead_refusals(ledger, stamp=STAMP)
    assert counts(ledger, mailing) == (1, 0)
    with ledger.writing() as connection:
        assert len(lift_dead_addresses(connection, mailing.id, reason="the relay was wrong", stamp=STAMP)) == 1
    assert counts(ledger, mailing) == (0, 0)
    confirm_dead_refusals(ledger, stamp=STAMP)
    assert suppressed(ledger) == []


@pytest.mark.slow
def test_more_people_are_sent_to_again_than_a_statement_can_name(ledger: Ledger, lock: ProcessLock) -> None:
    mailing = mailing_to(ledger, 1)
    send(ledger, lock, mailing, "r")
    with ledger.writing() as connection:
        one = connection.execute(select(delivery)).one()._asdict()
        del one["id"]
    for names in in_parts((number.to_bytes(32) for number in range(1, 66_000)), 6000):  # a server ends what takes long
        with ledger.writing() as connection:
            rows = [one | {"token_id": name[-16:], "address_digest": name} for name in names]
            connection.execute(insert(delivery), rows)
    with ledger.writing() as connection:
        moved = move_idle(connection, mailing.id, Step(EventKind.REOPENED, ""), stamp=STAMP)
    assert (len(moved), counts(ledger, mailing)) == (66_000, (0, 0))
