"""Consequences: dead at once, soft after several mailings, ours never; each bounce once; lifted is lifted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailer.bounces.values import Action, Kind, Report, Suppress
from mailer.errors import InputProblem
from mailer.events import EventKind
from mailer.ledger.history import SOFT, Tried
from mailer.runs.collect.taking import SoftRow, count_row, describe_row, read_row
from mailer.runs.suppressions.opt_out import Grounds, lift
from mailer.settings import Bounces
from mailer.tokens import Purpose
from tests.ledger.rows import digest
from tests.runs.collect.past import ADA, BO, CY, DAY, START, Past, bounce, reply, reported


def lifted(past: Past, address: str, reason: str = "") -> None:
    lift(past.office, past.ledger, address, Grounds(reason))


def soft_in(past: Past, *days: float, reason: str = "mailboxfull") -> None:
    """Send a mailing to Ada on each of these days, which bounces softly."""
    for day in days:
        past.at(day)
        past.mail(f"news-{day}", [ADA])
        past.bounce(f"news-{day}", ADA, reason)


def test_a_dead_address_is_suppressed_at_once_and_staff_lift_it_without_a_reason(past: Past) -> None:
    past.mail("seals", [ADA])
    collected = past.bounce("seals", ADA)
    assert collected.suppressed == [(ADA, "dead address")]
    lifted(past, ADA)
    assert past.suppression(ADA) is None


@pytest.mark.parametrize("reason", ["blocked", "spamdetected"])
def test_a_fault_of_ours_suppresses_nobody_whatever_a_classifier_says(past: Past, reason: str) -> None:
    past.mail("seals", [ADA])
    past.take(
        Report(
            kind=Kind.BOUNCE,
            rule="test",
            recipients=(reported(ADA, reason, suppress=Suppress.NOW),),
            tokens=(past.token("seals", ADA),),
        )
    )
    assert past.suppression(ADA) is None
    assert past.events(ADA) == ["bounced_soft"]


def test_a_full_mailbox_is_given_up_after_three_mailings_in_a_row_over_a_week(past: Past) -> None:
    soft_in(past, 0, 4)
    assert past.suppression(ADA) is None
    past.at(8)
    past.mail("news-8", [ADA])
    collected = past.bounce("news-8", ADA, "mailboxfull")
    found = past.suppression(ADA)
    assert found is not None
    assert (found.reason, found.source) == ("dead_address", "bounce")
    assert found.note == "failed in 3 mailings in a row since 2026-03-02: mailboxfull"
    assert collected.suppressed == [(ADA, found.note)]


def test_three_mailings_within_a_week_are_not_enough(past: Past) -> None:
    soft_in(past, 0, 2, 4)
    assert past.suppression(ADA) is None
    soft_in(past, 7)
    assert past.suppression(ADA) is not None


def test_a_day_counts_once_however_many_mailings_it_has(past: Past) -> None:
    soft_in(past, 0, 0.1, 0.2, 8)
    assert past.suppression(ADA) is None


def test_a_mailing_from_which_nothing_came_back_begins_anew(past: Past) -> None:
    soft_in(past, 0, 4)
    past.at(6)
    past.mail("good", [ADA])
    soft_in(past, 12, 20)
    assert past.suppression(ADA) is None
    soft_in(past, 28)
    assert past.suppression(ADA) is not None


def test_a_bounce_that_comes_late_still_closes_the_row(past: Past) -> None:
    """The bounce of the mail in the middle is read last: until then that mail counted as a success."""
    soft_in(past, 0)
    past.at(4)
    past.mail("middle", [ADA])
    soft_in(past, 8)
    assert past.suppression(ADA) is None
    past.bounce("middle", ADA, "expired")
    assert past.suppression(ADA) is not None


def test_a_fault_of_ours_between_two_failures_is_neither_a_failure_nor_a_success(past: Past) -> None:
    soft_in(past, 0, 4)
    past.at(6)
    past.mail("spam", [ADA])
    past.bounce("spam", ADA, "spamdetected")
    soft_in(past, 9)
    assert past.suppression(ADA) is not None


def test_forged_reports_make_no_row(past: Past) -> None:
    for day in (0, 4, 8):
        past.at(day)
        past.mail(f"news-{day}", [ADA])
        past.take(bounce(ADA, "mailboxfull"))
    assert past.events(ADA) == ["bounced_soft"] * 3
    assert past.suppression(ADA) is None


def test_the_limits_are_those_of_the_settings(past: Past) -> None:
    past.setting(soft_mailings=2, soft_days=1.0)
    soft_in(past, 0, 1)
    assert past.suppression(ADA) is not None


def test_a_reason_can_be_judged_otherwise_but_never_a_fault_of_ours(past: Past) -> None:
    past.setting(verdicts={"mailboxfull": "never", "expired": "now"})
    soft_in(past, 0, 4, 8)
    assert past.suppression(ADA) is None
    past.mail("seals", [BO])
    past.bounce("seals", BO, "expired")
    assert past.suppression(BO) is not None
    with pytest.raises(ValueError, match="blocked is about us"):
        Bounces(verdicts={"blocked": "now"})


def test_what_staff_lifted_does_not_come_back_from_an_old_bounce_but_from_a_new_one(past: Past) -> None:
    past.mail("seals", [ADA])
    past.bounce("seals", ADA)
    past.at(1)
    lifted(past, ADA)
    past.take(bounce(ADA, tokens=(past.token("seals", ADA),)))  # the same bounce in another form
    assert past.suppression(ADA) is None
    past.at(2)
    past.mail("boats", [ADA])
    past.bounce("boats", ADA)
    assert past.suppression(ADA) is not None


def test_what_staff_lifted_is_forgiven_in_the_row_too(past: Past) -> None:
    soft_in(past, 0, 4, 8)
    past.at(9)
    lifted(past, ADA)
    soft_in(past, 10, 14)
    assert past.suppression(ADA) is None
    soft_in(past, 18)
    assert past.suppression(ADA) is not None


def test_an_opt_out_stands_when_the_bounce_before_it_is_lifted(past: Past) -> None:
    past.mail("seals", [ADA])
    past.bounce("seals", ADA)
    past.take(reply(Kind.OPTOUT, ADA, words="take me off"))
    found = past.suppression(ADA)
    assert found is not None
    assert found.reason == "opted_out"
    with pytest.raises(InputProblem, match="own word"):
        lifted(past, ADA)
    lifted(past, ADA, "it was about another list, I read the letter")  # read by a machine: a reason is enough
    assert past.suppression(ADA) is None


def test_who_says_no_in_words_and_then_by_their_link_has_confirmed_it(past: Past) -> None:
    past.mail("seals", [ADA])
    past.take(reply(Kind.OPTOUT, ADA, words="take me off"))
    past.take(reply(Kind.OPTOUT, ADA, tokens=(past.token("seals", ADA, Purpose.OPT_OUT),)))
    found = past.suppression(ADA)
    assert found is not None
    assert not found.unconfirmed
    with pytest.raises(InputProblem, match="own word"):
        lifted(past, ADA, "it was about another list")


def test_one_mail_bounces_once_in_whatever_forms_its_bounce_comes(past: Past) -> None:
    past.mail("seals", [ADA])
    token = (past.token("seals", ADA),)
    late = Report(
        kind=Kind.DELAYED,
        rule="test",
        recipients=(reported(ADA, "expired", action=Action.DELAYED, suppress=Suppress.COUNT),),
        tokens=token,
    )
    past.take(late, late)
    past.take(bounce(ADA, "mailboxfull", tokens=token))  # by mail
    past.take(bounce(ADA, "mailboxfull", original_message_id=past.message_id("seals", ADA)))  # by the relay's own event
    past.take(bounce(ADA, tokens=token), bounce(ADA, "mailboxfull", tokens=token))
    assert past.events(ADA) == ["delayed", "bounced_soft", "bounced_hard"]


def test_a_challenge_and_an_answer_are_events_and_nothing_else(past: Past) -> None:
    past.mail("seals", [ADA, BO])
    past.take(
        reply(Kind.CHALLENGE, ADA, original_message_id=past.message_id("seals", ADA)),
        reply(Kind.NONE, "bo.private@b.example.com", original_message_id=past.message_id("seals", BO)),
        reply(Kind.NONE, BO, original_message_id=past.message_id("seals", BO)),
        reply(Kind.NONE, BO),
    )
    assert past.events(ADA) == ["challenged"]
    assert past.events(BO) == ["replied"]
    assert past.suppression(ADA) is None


@pytest.mark.parametrize("kind", ["not-spam", "other", "dmarc"])
def test_feedback_that_is_no_complaint_silences_nobody(past: Past, kind: str) -> None:
    past.mail("seals", [ADA])
    past.take(
        Report(kind=Kind.FEEDBACK, rule="test", feedback_type=kind, original_message_id=past.message_id("seals", ADA))
    )
    assert past.events(ADA) == []
    assert past.suppression(ADA) is None


@pytest.mark.parametrize("kind", ["abuse", "fraud", "opt-out", "opt-out-list"])
def test_who_complains_is_out_and_comes_back_only_with_evidence(past: Past, kind: str) -> None:
    past.mail("seals", [ADA])
    collected = past.take(
        Report(kind=Kind.FEEDBACK, rule="test", feedback_type=kind, original_message_id=past.message_id("seals", ADA))
    )
    assert collected.suppressed == [(ADA, "complained")]
    assert past.events(ADA) == ["complained"]
    with pytest.raises(InputProblem, match="own word"):
        lifted(past, ADA, "a mistake")


def test_a_forged_complaint_silences_nobody(past: Past) -> None:
    past.mail("seals", [ADA])
    complaint = Report(kind=Kind.FEEDBACK, rule="test", feedback_type="abuse", recipients=bounce(ADA).recipients)
    past.take(complaint)
    assert past.suppression(ADA) is None


def test_who_is_in_doubt_neither_fails_nor_succeeds() -> None:
    def tried(day: float, came_back: str = "", *, is_accepted: bool = True) -> Tried:
        return Tried(START + day * DAY, is_accepted, came_back, "mailboxfull" if came_back else "")

    rules, now = Bounces(), START + 30 * DAY
    row = count_row([tried(20, SOFT), tried(12, is_accepted=False), tried(8, SOFT), tried(1, SOFT)], rules, now=now)
    assert row == SoftRow(3, START + DAY, timedelta(days=19), ("mailboxfull",))
    assert count_row([tried(29), tried(20, SOFT)], rules, now=now).mailings == 1  # young: its bounce may be on its way
    assert count_row([tried(25), tried(20, SOFT)], rules, now=now).mailings == 0
    assert count_row([], rules, now=now) == SoftRow()
    assert describe_row(SoftRow(), rules) == ""
    assert not replace(row, lasts=timedelta(days=6)).is_enough(rules)


def test_a_row_is_told_in_words(past: Past) -> None:
    soft_in(past, 0, 4)
    with past.ledger.reading() as connection:
        row = read_row(connection, past.office, digest(ADA))
    assert describe_row(row, past.office.settings.bounces) == (
        "failed for now in 2 mailings in a row since 2026-03-02 (mailboxfull); "
        "3 in a row over 7 days or more suppress the address"
    )


def test_a_mail_that_the_relay_refused_is_no_success_and_no_failure_of_the_address(past: Past) -> None:
    soft_in(past, 0, 4)
    past.at(6)
    past.mail("refused", [ADA], kind=EventKind.REJECTED, reason="spamdetected")
    soft_in(past, 8)
    assert past.suppression(ADA) is not None
    assert past.suppression(CY) is None
