"""While a mailing is being planned nothing of it counts, and what a planner leaves behind is taken out again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, update

from mailer.errors import InputProblem
from mailer.events import DeliveryState, EventKind, MailingKind
from mailer.events import MailingState as S
from mailer.ledger import Connection, Ledger, planning
from mailer.ledger.deliveries import Place, add_deliveries, allow_attempts, claim, planned_digests, release
from mailer.ledger.mailings import (
    Mailing,
    NewMailing,
    add_edition,
    add_mailing,
    find_same_news,
    find_used,
    newest_edition,
    next_sequence,
    read_mailings,
    require_mailing,
    set_state,
)
from mailer.ledger.processes import ProcessLock, end, hold_lock, register
from mailer.ledger.tables import delivery, event, mailing
from tests.ledger.rows import NOW, STAMP, claimed, digest, edition, open_mailing, people, plan, planned

NEW = NewMailing("seals", MailingKind.RELEASE, 1, "Seals are back", "main")


def stage(connection: Connection, made: Mailing, owner: str, addresses: list[str]) -> None:
    rows = [planned(made, address, spread=i, row=i + 1) for i, address in enumerate(addresses)]
    place = Place(made.id, newest_edition(connection, made.id)[0], None)
    planning.stage(connection, made.id, owner, add_deliveries(connection, place, rows))


def begin(connection: Connection, owner: str) -> Mailing:
    """Begin to plan a mailing that was not there."""
    made = add_mailing(connection, NEW, stamp=STAMP, state=S.PLANNING)
    add_edition(connection, made.id, edition(), reason="", stamp=STAMP)
    assert planning.take(connection, made.id, owner)
    return require_mailing(connection, "seals")


def count(connection: Connection) -> int:
    return len(connection.execute(select(delivery.c.id)).all())


@pytest.mark.parametrize("before", [None, S.SENDING, S.SCHEDULED, S.FINISHED, S.PAUSED, S.HALTED])
def test_nothing_of_a_mailing_can_be_claimed_while_it_is_planned_whatever_it_was_before(
    ledger: Ledger, lock: ProcessLock, before: S | None
) -> None:
    with ledger.writing() as connection:
        if before is None:
            made = begin(connection, lock.owner)
        else:
            made = open_mailing(connection, state=before)
            plan(connection, made, people(3))
            assert planning.take(connection, made.id, lock.owner)
        stage(connection, made, lock.owner, ["ada@daily.example.com", "bo@daily.example.com"])
        assert claim(connection, made.id, lock.owner, limit=10, now=NOW) == ([], 0)
        assert not set_state(connection, made.id, S.SENDING, stamp=STAMP)
        planning.flip(connection, made.id, lock.owner)
        assert require_mailing(connection, "seals").state is (before or S.PLANNED)
        assert set_state(connection, made.id, S.SENDING, stamp=STAMP)
        assert len(claim(connection, made.id, lock.owner, limit=10, now=NOW)[0]) == (5 if before else 2)


def test_a_body_is_not_written_once_its_mailing_is_planned_again(ledger: Ledger, lock: ProcessLock) -> None:
    with ledger.writing() as connection:
        made = open_mailing(connection)
        plan(connection, made, people(2))
        held = claimed(connection, made, lock.owner)
        assert planning.take(connection, made.id, "another")
        assert allow_attempts(connection, [each.id for each in held], lock.owner, stamp=STAMP) == frozenset()


def test_one_process_plans_a_mailing_at_a_time(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        made = open_mailing(connection, state=S.FINISHED)
        assert planning.take(connection, made.id, "first")
        assert not planning.take(connection, made.id, "second")
        with pytest.raises(InputProblem, match="has taken over"):
            planning.stage(connection, made.id, "second", 1)
        planning.flip(connection, made.id, "first")
        assert planning.take(connection, made.id, "second")


def test_what_is_staged_is_taken_out_in_batches_and_nothing_else(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        other = open_mailing(connection, "other")
        plan(connection, other, people(2))
        made = open_mailing(connection, state=S.SCHEDULED)
        plan(connection, made, people(3))
        planning.take(connection, made.id, "gone")
        stage(connection, made, "gone", [f"late{i}@daily.example.com" for i in range(5)])
        plan(connection, other, ["new@daily.example.com"])  # with a higher number than what is staged
        assert require_mailing(connection, "seals").planned == 8
        taken = [planning.drop_staged(connection, made.id, "gone", limit=2) for _ in range(4)]
        assert taken == [2, 2, 1, 0]
        planning.give_back(connection, made.id, "gone")
        found = require_mailing(connection, "seals")
        assert (found.state, found.planned, found.planner, found.staged_after) == ("scheduled", 3, "", None)
        assert count(connection) == 6


def test_who_was_taken_for_dead_takes_nothing_out_of_anothers_planning(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        made = open_mailing(connection, state=S.FINISHED)
        planning.take(connection, made.id, "gone")
        planning.give_back(connection, made.id, "gone")
        planning.take(connection, made.id, "alive")
        stage(connection, made, "alive", ["ada@daily.example.com"])
        assert planning.drop_staged(connection, made.id, "gone", limit=9) == 0
        planning.give_back(connection, made.id, "gone")
        assert require_mailing(connection, "seals").planner == "alive"
        assert count(connection) == 1


def test_somebody_who_was_forgotten_meanwhile_is_cancelled_since_no_event_is_ever_deleted(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        made = begin(connection, "gone")
        stage(connection, made, "gone", ["ada@daily.example.com", "bo@daily.example.com"])
        ada = connection.execute(select(delivery.c.id).where(delivery.c.address.like("ada%"))).scalar_one()
        story = {"kind": EventKind.FORGOTTEN.value, "at": NOW, "actor": "ada@desk", "delivery_id": ada}
        connection.execute(insert(event).values(**story, mailing_id=made.id))
        assert planning.drop_staged(connection, made.id, "gone", limit=9) == 2
        assert planning.drop_staged(connection, made.id, "gone", limit=9) == 0
        rows = connection.execute(select(delivery.c.address, delivery.c.state)).all()
        assert [tuple(row) for row in rows] == [("ada@daily.example.com", DeliveryState.CANCELLED)]
        assert require_mailing(connection, "seals").planned == 1


def test_a_planner_that_ended_is_found_and_one_at_work_is_not(ledger: Ledger, run_folder: Path) -> None:
    lock = hold_lock(run_folder)
    with ledger.writing() as connection:
        register(connection, lock, now=NOW)
        made = begin(connection, lock.owner)
        assert planning.is_being_planned(connection, made.id)
        assert planning.find_abandoned(connection) == []
        end(connection, lock.owner, now=NOW)
        assert not planning.is_being_planned(connection, made.id)
        assert [each.slug for each in planning.find_abandoned(connection)] == ["seals"]
    lock.free()


def test_a_mailing_that_was_never_planned_to_the_end_does_not_use_up_its_name(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        made = begin(connection, "gone")
        assert find_used(connection, "seals") is None
        planning.give_back(connection, made.id, "gone")
        assert find_used(connection, "seals") is None
        assert next_sequence(connection, "seals", MailingKind.RELEASE) == 1
        assert planning.take(connection, made.id, "next")
        planning.flip(connection, made.id, "next")
        assert find_used(connection, "seals") is not None


@pytest.mark.parametrize(
    "state, is_used",
    [
        (DeliveryState.PENDING, False),
        (DeliveryState.SKIPPED, False),
        (DeliveryState.CANCELLED, False),
        (DeliveryState.EXPIRED, False),
        (DeliveryState.REJECTED, False),
        (DeliveryState.DEFERRED, False),
        (DeliveryState.CLAIMED, True),
        (DeliveryState.ATTEMPTED, True),
        (DeliveryState.ACCEPTED, True),
        (DeliveryState.IN_DOUBT, True),
    ],
)
def test_a_cancelled_mailing_uses_up_its_name_once_anybody_may_have_it(
    ledger: Ledger,
    state: DeliveryState,
    is_used: bool,  # noqa: FBT001 - pytest gives it by name
) -> None:
    with ledger.writing() as connection:
        made = open_mailing(connection, state=S.CANCELLED)
        first, *_ = plan(connection, made, people(3))
        connection.execute(update(delivery).where(delivery.c.id == first).values(state=state.value))
        assert (find_used(connection, "seals") is not None) is is_used


def test_the_slug_means_the_newest_and_the_cancelled_one_has_its_number(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        open_mailing(connection, state=S.CANCELLED)
        assert require_mailing(connection, "seals").name == "seals"
        open_mailing(connection, sequence=next_sequence(connection, "seals", MailingKind.RELEASE))
        assert [each.name for each in read_mailings(connection)] == ["seals", "seals/release-1"]
        assert require_mailing(connection, "seals").sequence == 2
        assert require_mailing(connection, "seals/release-1").state is S.CANCELLED


def test_two_who_take_the_same_text_back_leave_the_one_before(ledger: Ledger) -> None:
    """The second has looked while the first was still at it."""
    with ledger.writing() as connection:
        made = open_mailing(connection)
        first, _ = newest_edition(connection, made.id)
        assert planning.take(connection, made.id, "gone")
        add_edition(connection, made.id, edition("Seals are late"), reason="why", stamp=STAMP)
        planning.stage_edition(connection, made.id, "Seals are late", before=first)
        for _ in range(2):
            planning.give_up_edition(connection, made.id, "gone", "Seals are back")
        planning.give_back(connection, made.id, "gone")
        assert newest_edition(connection, made.id)[0] == first
        assert find_same_news(connection, edition(), slug="another") is not None


def test_an_edition_that_is_given_up_is_never_the_newest_again_and_its_number_is_not_used_twice(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        made = open_mailing(connection, state=S.SCHEDULED)
        first, _ = newest_edition(connection, made.id)
        for body in ("Another", "A third"):
            planning.take(connection, made.id, "gone")
            add_edition(connection, made.id, edition(body), reason="why", stamp=STAMP)
            planning.stage_edition(connection, made.id, body, before=first)
            planning.give_up_edition(connection, made.id, "gone", "Seals are back")
            assert newest_edition(connection, made.id)[0] == first
            planning.give_back(connection, made.id, "gone")
        assert require_mailing(connection, "seals").headline == "Seals are back"
        assert planning.edition_before(connection, made.id) is None


def test_staged_rows_are_not_yet_in_the_mailing_for_whoever_plans_beside(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        made = open_mailing(connection, state=S.FINISHED)
        plan(connection, made, ["ada@daily.example.com"])
        planning.take(connection, made.id, "planner")
        stage(connection, made, "planner", ["bo@daily.example.com"])
        up_to = require_mailing(connection, "seals").staged_after
        both = [digest("ada@daily.example.com"), digest("bo@daily.example.com")]
        assert planned_digests(connection, made.id, both, up_to=up_to) == {both[0]}
        assert planned_digests(connection, made.id, both) == set(both)
        assert connection.execute(select(mailing.c.planned)).scalar_one() == 2


STEPS = st.lists(
    st.tuples(st.sampled_from(["take", "stage", "flip", "break off", "claim"]), st.sampled_from(["ada", "bo"])),
    min_size=4,
    max_size=30,
)


@pytest.mark.slow
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_in_whatever_order_two_plan_only_what_was_confirmed_is_ever_claimed(
    ledger: Ledger, lock: ProcessLock, steps: list[tuple[str, str]]
) -> None:
    with ledger.writing() as connection:
        slug = f"seals-{connection.execute(select(func.count()).select_from(mailing)).scalar_one()}"
        made = open_mailing(connection, slug)
        planner, staged, confirmed, number = "", set[str](), set[str](), 0
        for step, who in steps:
            if step == "take":
                assert planning.take(connection, made.id, who) is (planner == "")
                planner = planner or who
            elif step == "stage" and planner == who:
                staged.add(f"p{number}@{slug}.example.com")
                stage(connection, made, who, [f"p{number}@{slug}.example.com"])
                number += 1
            elif step == "flip" and planner == who:
                planning.flip(connection, made.id, who)
                planner, confirmed, staged = "", confirmed | staged, set()
            elif step in {"stage", "flip"}:
                with pytest.raises(InputProblem):
                    planning.stage(connection, made.id, who)
            elif step == "break off":
                while planning.drop_staged(connection, made.id, who, limit=2):
                    pass
                planning.give_back(connection, made.id, who)
                if planner == who:
                    planner, staged = "", set()
            else:
                found = claimed(connection, made, lock.owner)
                assert {each.address for each in found} == (set() if planner else confirmed)
                release(connection, [each.id for each in found], lock.owner)
            assert require_mailing(connection, slug).planned == len(confirmed) + len(staged)
