"""Matching a message to a delivery: our token first, then our Message-ID, then a recipient; else it is unmatched."""

from __future__ import annotations

from typing import Any

import pytest

from mailer.bounces.values import Action, Kind, Report, ReportedRecipient, Suppress
from mailer.events import EventKind, MailingKind
from mailer.ledger.history import Wanted, read_returned
from mailer.tokens import Purpose
from tests.runs.collect.past import ADA, BO, CY, DAY, START, Past, bounce, reply, reported


def flipped(token: str) -> str:
    """Change one bit of a token."""
    return ("b" if token[0] == "a" else "a") + token[1:]


@pytest.fixture(autouse=True)
def _seals(past: Past) -> None:
    past.mail("seals", [ADA, BO])


def ways(past: Past, address: str) -> dict[str, Report]:
    """Return one bounce for each way to match it to a person; all name a forwarded address."""
    away = "somebody@elsewhere.example.net"
    return {
        "verp": bounce(away, tokens=(past.token("seals", address),)),
        "envid": bounce(away, envelope_id=f"mail-{past.token('seals', address)}"),
        "returned": bounce(away, returned_tokens=(past.token("seals", address, Purpose.OPT_OUT),)),
        "message-id": bounce(away, original_message_id=past.message_id("seals", address)),
    }


@pytest.mark.parametrize("way", ["verp", "envid", "returned", "message-id"])
def test_a_bounce_that_names_a_forwarded_address_is_known_by_what_our_mail_alone_tells(past: Past, way: str) -> None:
    collected = past.take(ways(past, ADA)[way])
    assert dict(collected.people) == {"bounced_hard": 1}
    assert past.suppression(ADA) is not None
    assert past.suppression(BO) is None


def test_the_token_of_the_return_address_outranks_all_else_that_a_report_says(past: Past) -> None:
    past.take(bounce(BO, tokens=(past.token("seals", ADA),), original_message_id=past.message_id("seals", BO)))
    assert past.events(ADA) == ["bounced_hard"]
    assert past.events(BO) == []


def test_a_token_with_one_bit_flipped_changes_nothing_whatever_else_the_report_says(past: Past) -> None:
    collected = past.take(
        bounce(ADA, tokens=(flipped(past.token("seals", ADA)),), original_message_id=past.message_id("seals", ADA))
    )
    assert (collected.unmatched, dict(collected.people), collected.suppressed) == (1, {}, [])
    assert past.findings() == [("bounce-dead", "", "bad-token")]
    assert past.events(ADA) == []


def test_a_bounce_token_opts_nobody_out(past: Past) -> None:
    collected = past.take(reply(Kind.OPTOUT, ADA, tokens=(past.token("seals", ADA),), words="take me off"))
    assert (collected.unmatched, dict(collected.people)) == (1, {})
    assert past.findings() == [("optout", "", "bad-token")]
    assert past.suppression(ADA) is None


def test_an_opt_out_token_is_no_return_address(past: Past) -> None:
    past.take(bounce(ADA, tokens=(past.token("seals", ADA, Purpose.OPT_OUT),)))
    assert past.findings() == [("bounce-dead", "", "bad-token")]


def test_a_forged_report_about_somebody_who_was_mailed_is_counted_and_silences_nobody(past: Past) -> None:
    collected = past.take(bounce(ADA))
    assert dict(collected.people) == {"bounced_hard": 1}
    assert past.suppression(ADA) is None


def test_a_forged_report_about_somebody_who_was_never_mailed_changes_nothing(past: Past) -> None:
    collected = past.take(bounce(CY))
    assert (collected.unmatched, dict(collected.people)) == (1, {})
    assert past.findings() == [("bounce-dead", "", "not-sent-to")]


def test_without_tokens_a_recipient_is_believed_where_the_time_fits(past: Past) -> None:
    past.setting(verp="off")
    past.at(2)
    past.take(bounce(ADA, sent_at=START - DAY), bounce(BO, arrived_at=START + DAY / 24))
    assert past.findings() == [("bounce-dead", "", "before-sent"), ("bounce-dead", "recipient", "")]
    assert past.suppression(ADA) is None
    assert past.suppression(BO) is not None


def test_a_recipient_is_matched_to_the_mail_that_had_gone_out_when_the_report_was_written(past: Past) -> None:
    past.setting(verp="off")
    past.at(5)
    past.mail("boats", [ADA])
    past.take(bounce(ADA, "mailboxfull", sent_at=START + DAY))
    with past.ledger.reading() as connection:
        (found,) = read_returned(connection, Wanted())
    assert found.mailing == "seals/release-1"


def test_who_was_mailed_months_ago_cannot_bounce_now(past: Past) -> None:
    past.setting(verp="off")
    past.at(100)
    past.take(bounce(ADA), bounce(ADA, tokens=(past.token("seals", ADA),)))
    assert past.findings() == [("bounce-dead", "", "not-sent-to"), ("bounce-dead", "token", "too-late")]
    assert past.suppression(ADA) is None


def test_a_bounce_that_is_read_months_later_is_still_one(past: Past) -> None:
    """A mailbox that was not read for long: the report itself is of the day after the mail."""
    past.at(100)
    past.take(bounce(ADA, tokens=(past.token("seals", ADA),), arrived_at=START + DAY))
    assert past.suppression(ADA) is not None


def test_a_complaint_and_an_opt_out_are_never_too_late(past: Past) -> None:
    past.at(400)
    complaint = Report(
        kind=Kind.FEEDBACK, rule="test", feedback_type="abuse", original_message_id=past.message_id("seals", ADA)
    )
    past.take(complaint, reply(Kind.OPTOUT, BO, tokens=(past.token("seals", BO, Purpose.OPT_OUT),)))
    assert [found.reason for each in (ADA, BO) if (found := past.suppression(each))] == ["complained", "opted_out"]


def test_a_desk_whose_reader_has_left_is_not_dead(past: Past) -> None:
    """A mail to a desk is passed on to three people; one of them is gone."""
    gone, others = reported("old@a.example.com", "userunknown"), ("x@a.example.com", "y@a.example.com")
    took = [
        ReportedRecipient(address=each, action=Action.DELIVERED, status="2.0.0", suppress=Suppress.NEVER)
        for each in others
    ]
    tokens = (past.token("seals", ADA),)
    collected = past.take(Report(kind=Kind.BOUNCE, rule="test", recipients=(gone, *took), tokens=tokens))
    assert dict(collected.people) == {}
    assert past.findings() == [("delivered", "token", "")]


def test_of_several_recipients_of_one_mail_the_one_we_wrote_to_decides(past: Past) -> None:
    both = (reported("old@a.example.com", "mailboxfull"), reported(ADA, "userunknown"))
    past.take(Report(kind=Kind.BOUNCE, rule="test", recipients=both, tokens=(past.token("seals", ADA),)))
    assert past.events(ADA) == ["bounced_hard"]


def test_a_report_about_several_of_our_mails_is_one_finding_for_each(past: Past) -> None:
    past.setting(verp="off")
    past.take(
        Report(kind=Kind.BOUNCE, rule="test", recipients=(reported(ADA, "userunknown"), reported(BO, "mailboxfull")))
    )
    assert past.events(ADA) == ["bounced_hard"]
    assert past.events(BO) == ["bounced_soft"]
    assert past.suppression(BO) is None


def test_a_bounce_of_a_test_says_nothing_about_people(past: Past) -> None:
    past.mail("other", [CY], of=MailingKind.TEST)
    past.take(bounce(CY, tokens=(past.token("other", CY),)))
    assert past.findings() == [("bounce-dead", "token", "of-a-test")]


@pytest.mark.parametrize(
    "more, how",
    [({"original_message_id": "seals"}, "message-id"), ({}, "recipient")],
    ids=["in answer to our mail", "by who wrote"],
)
def test_a_person_who_says_no_in_words_is_out_at_once_and_it_waits_to_be_confirmed(
    past: Past, more: dict[str, Any], how: str
) -> None:
    if more:
        more = {"original_message_id": past.message_id("seals", ADA)}
    collected = past.take(reply(Kind.OPTOUT, ADA, words="please take me off this list", **more))
    found = past.suppression(ADA)
    assert found is not None
    assert (found.reason, found.unconfirmed, found.source) == ("opted_out", True, "reply")
    assert "please take me off this list" in found.note
    assert ADA in found.note
    assert dict(collected.people) == {"opted_out": 1}
    assert past.findings() == [("optout", how, "")]


def test_a_token_in_what_they_quote_says_who_they_are(past: Past) -> None:
    quoted = (past.token("seals", BO, Purpose.OPT_OUT),)
    past.take(reply(Kind.OPTOUT, "private@mail.example.net", words="stop", returned_tokens=quoted))
    found = past.suppression(BO)
    assert found is not None
    assert found.unconfirmed
    assert past.suppression(ADA) is None


def test_who_wants_somebody_else_taken_off_takes_nobody_off_until_staff_have_asked(past: Past) -> None:
    named = (ReportedRecipient(address=BO),)
    answered = past.message_id("seals", ADA)
    past.take(reply(Kind.OPTOUT, ADA, words="take Bo off", recipients=named, original_message_id=answered))
    assert past.suppression(ADA) is None
    assert past.suppression(BO) is None
    assert past.findings() == [("optout", "", "names-another")]


def test_a_no_from_another_address_that_names_whom_the_mail_was_for_is_theirs(past: Past) -> None:
    named = (ReportedRecipient(address=ADA),)
    answered = past.message_id("seals", ADA)
    past.take(reply(Kind.OPTOUT, CY, words="take ada off", recipients=named, original_message_id=answered))
    assert past.suppression(ADA) is not None


@pytest.mark.parametrize("sender", [CY, "", "not an address"])
def test_who_was_never_mailed_and_shows_nothing_of_ours_silences_nobody(past: Past, sender: str) -> None:
    collected = past.take(reply(Kind.OPTOUT, sender, words="take me off"))
    assert (collected.unmatched, dict(collected.people)) == (1, {})
    assert past.findings() == [("optout", "", "no-token")]


def test_a_letter_with_our_message_id_that_names_somebody_else_silences_only_whom_the_mail_was_for(past: Past) -> None:
    past.take(reply(Kind.OPTOUT, CY, words="take me off", original_message_id=past.message_id("seals", ADA)))
    assert past.suppression(CY) is None
    found = past.suppression(ADA)
    assert found is not None
    assert found.unconfirmed
    assert CY in found.note


def test_what_the_relay_refused_to_our_face_is_known_and_not_counted_again(past: Past) -> None:
    past.mail("boats", [CY], kind=EventKind.REJECTED, reason="userunknown")
    collected = past.take(bounce(CY, tokens=(past.token("boats", CY),)))
    assert (collected.unmatched, dict(collected.people)) == (0, {})
    assert past.findings() == [("bounce-dead", "token", "")]
    assert past.suppression(CY) is not None
