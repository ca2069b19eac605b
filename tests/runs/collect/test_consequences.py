"""The table from reasons to consequences: a fault of ours suppresses nobody, whatever the report."""

from __future__ import annotations

import pytest

from mailer.bounces.values import ReportedRecipient, Suppress
from mailer.ledger import history
from mailer.reply.values import COUNTED, DEAD, OURS, Reason
from mailer.runs.collect.matching import judge
from mailer.settings import OUR_FAULTS


def judged(reason: str, suppress: Suppress, **verdicts: str) -> str:
    return judge(ReportedRecipient(address="ada@a.example.com", reason=reason, suppress=suppress), verdicts)


def test_the_faults_of_ours_are_those_of_the_vocabulary() -> None:
    """Settings rank below the vocabulary and cannot demand it."""
    assert {reason.value for reason in OURS} == OUR_FAULTS


@pytest.mark.parametrize("suppress", Suppress)
@pytest.mark.parametrize("reason", sorted(OURS))
def test_a_fault_of_ours_is_ours_whatever_is_said_of_it(reason: str, suppress: Suppress) -> None:
    assert judged(reason, suppress) == history.OURS


@pytest.mark.parametrize("reason", sorted(set(Reason) - OURS - DEAD))
def test_what_is_not_about_the_address_never_makes_it_dead_at_once(reason: str) -> None:
    if reason in COUNTED:
        assert judged(reason, Suppress.NOW) == history.SOFT
    assert judged(reason, Suppress.NEVER) == history.NOTHING


@pytest.mark.parametrize("reason", sorted(DEAD))
def test_a_dead_address_is_dead_where_the_bounce_says_so_for_good(reason: str) -> None:
    assert judged(reason, Suppress.NOW) == history.DEAD
    assert judged(reason, Suppress.COUNT) == history.SOFT
    assert judged(reason, Suppress.NEVER) == history.NOTHING


def test_greylisting_never_counts() -> None:
    assert judged("onhold", Suppress.NOW) == history.NOTHING


@pytest.mark.parametrize("word, wanted", [("now", history.DEAD), ("after", history.SOFT), ("never", history.NOTHING)])
def test_mailer_toml_judges_otherwise(word: str, wanted: str) -> None:
    assert judged("mailboxfull", Suppress.COUNT, mailboxfull=word) == wanted
    assert judged("blocked", Suppress.NEVER, blocked=word) == history.OURS


def test_without_a_reason_a_bounce_is_as_the_classifier_says() -> None:
    assert judged("", Suppress.NEVER) == history.NOTHING
    assert judged("", Suppress.NOW) == history.DEAD
