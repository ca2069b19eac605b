from __future__ import annotations

from itertools import product

import pytest

from mailer.errors import LedgerProblem
from mailer.events import TRANSITIONS, DeliveryState, EventKind, next_state, states_before

S, E = DeliveryState, EventKind
OVER = {S.ACCEPTED, S.REJECTED, S.SKIPPED, S.CANCELLED, S.EXPIRED}
STORY_ONLY = {
    *(
        E.FORGOTTEN,
        E.MOVED,
        E.CHALLENGED,
        E.REPLIED,
        E.SET_ASIDE,
        E.PURGED,
        E.POLICY,
        E.USER,
        E.PLANNED,
        E.CHANGED,
        E.SCHEDULED,
        E.PAUSED,
        E.RESUMED,
        E.STOPPED,
        E.HALTED,
        E.FINISHED,
        E.SLOWED,
        E.BOUNCED_HARD,
        E.BOUNCED_SOFT,
        E.DELAYED,
        E.COMPLAINED,
    ),
    *(E.AUTO_REPLIED, E.OPTED_OUT, E.SUPPRESSED, E.LIFTED),
    *(E.EMBARGO_AGREED, E.EMBARGO_DECLINED, E.EMBARGO_BROKEN),
}


def test_every_state_can_be_reached_from_pending() -> None:
    reached = {S.PENDING}
    for _ in S:
        reached |= {after for (before, _), after in TRANSITIONS.items() if before in reached}
    assert reached == set(S)


def test_what_is_over_stays_over() -> None:
    again = {E.REVIVED, E.REOPENED}  # staff say that it is news still, or that the relay was at fault
    assert {before for before, event in TRANSITIONS if event not in again} == set(S) - OVER
    assert {before for before, event in TRANSITIONS if event in again} == {S.EXPIRED, S.REJECTED}


def test_from_every_open_state_there_is_a_way_to_an_end() -> None:
    ending = set(OVER)
    for _ in S:
        ending |= {before for (before, _), after in TRANSITIONS.items() if after in ending}
    assert ending == set(S)


@pytest.mark.parametrize("state, event", list(product(S, E)))
def test_a_step_is_in_the_table_or_refused(state: DeliveryState, event: EventKind) -> None:
    if (state, event) in TRANSITIONS:
        assert next_state(state, event) is TRANSITIONS[state, event]
        assert state in states_before(event)
    else:
        with pytest.raises(LedgerProblem, match=f"a delivery that is {state} cannot become {event}"):
            next_state(state, event)
        assert state not in states_before(event)


def test_nobody_is_accepted_without_an_attempt_that_was_written_down() -> None:
    assert states_before(E.ACCEPTED) == {S.ATTEMPTED, S.IN_DOUBT}
    assert states_before(E.ATTEMPTED) == {S.CLAIMED}
    assert states_before(E.CLAIMED) == {S.PENDING, S.DEFERRED}


def test_who_is_in_doubt_is_sent_to_again_only_on_request() -> None:
    again = {event for (before, event), after in TRANSITIONS.items() if before is S.IN_DOUBT and after is S.PENDING}
    assert again == {E.RETRIED}


def test_who_is_in_doubt_is_settled_by_the_relays_answer_if_it_comes_late() -> None:
    answers = (E.ACCEPTED, E.REJECTED, E.DEFERRED)
    assert {next_state(S.IN_DOUBT, answer) for answer in answers} == {S.ACCEPTED, S.REJECTED, S.DEFERRED}
    assert {event for before, event in TRANSITIONS if before is S.IN_DOUBT} == {*answers, E.RETRIED}  # nothing else


@pytest.mark.parametrize("state", [S.PENDING, S.DEFERRED])
@pytest.mark.parametrize(
    "event, after", [(E.EXPIRED, S.EXPIRED), (E.CANCELLED, S.CANCELLED), (E.SKIPPED, S.SKIPPED), (E.CLAIMED, S.CLAIMED)]
)
def test_whoever_waits_is_tried_again_or_expires_or_is_cancelled_or_skipped(
    state: DeliveryState, event: EventKind, after: DeliveryState
) -> None:
    """Planned or put off: both wait, and neither waits for ever."""
    assert next_state(state, event) is after


def test_what_comes_back_only_adds_to_the_story() -> None:
    moving = {event for _, event in TRANSITIONS}
    assert moving.isdisjoint(STORY_ONLY)
    assert moving | STORY_ONLY == set(E)
