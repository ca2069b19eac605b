"""Sixty refusals, as servers word them: what is for good, why, and whether the address is dead (standards B6)."""

from __future__ import annotations

import pytest

from mailer.bounces.diagnosis import diagnose
from mailer.bounces.values import Action, Suppress
from mailer.reply import Reply, Stage, classify

# status, diagnostic, reason, dead
DEAD = [
    ("5.1.1", "550 5.1.1 User unknown", "userunknown"),
    ("5.1.1", "", "userunknown"),
    ("5.1.3", "501 5.1.3 Bad recipient address syntax", "userunknown"),
    ("5.1.2", "550 5.1.2 Host unknown", "hostunknown"),
    ("5.1.10", "556 5.1.10 Recipient domain does not accept mail", "hostunknown"),
    ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address lookup", "userunknown"),
    ("5.1.6", "550 5.1.6 Recipient has moved", "hasmoved"),
    ("5.2.1", "550 5.2.1 The email account is disabled", "suspend"),
    ("5.2.1", "550 5.2.1 Mailbox inactive", "suspend"),
    ("5.0.0", "550 No such user here", "userunknown"),
    ("5.0.0", "550 <ann@example.com>: user unknown", "userunknown"),
    ("5.0.0", "550 The account does not exist", "userunknown"),
    ("5.0.0", "550 Requested action not taken: mailbox not found", "userunknown"),
    ("5.0.0", "550 5.1.1 sorry", "userunknown"),
    ("", "550 5.1.1 sorry", "userunknown"),
    ("", "550 invalid recipient", "userunknown"),
]
ALIVE = [
    ("5.2.2", "552 5.2.2 Mailbox full", "mailboxfull"),
    ("5.2.2", "", "mailboxfull"),
    ("5.3.4", "552 5.3.4 Message too big", "mesgtoobig"),
    ("5.2.3", "552 5.2.3 Message exceeds the maximum", "mesgtoobig"),
    ("5.6.0", "554 5.6.0 Invalid content", "contenterror"),
    ("5.7.1", "550 5.7.1 Message refused because of spam", "spamdetected"),
    ("5.7.1", "554 5.7.1 Service unavailable; client host blocked using rbl.example.net", "badreputation"),
    ("5.7.26", "550 5.7.26 not accepted due to domain's DMARC policy", "authfailure"),
    ("5.7.23", "550 5.7.23 SPF validation failed", "authfailure"),
    ("5.7.1", "550 5.7.1 Recipient does not accept mail by policy", "policyviolation"),
    ("5.7.1", "550 5.7.1 Access denied", "policyviolation"),
    ("5.7.60", "550 5.7.60 Client does not have permissions to send as this sender", "norelaying"),
    ("5.7.1", "550 5.7.1 Unable to relay", "norelaying"),
    ("5.4.5", "550 5.4.5 Daily sending quota exceeded", "speeding"),
    ("5.4.4", "Host or domain name not found", "hostunknown"),
    ("5.4.4", "", "hostunknown"),
    ("5.4.1", "550 5.4.1 No answer from host", "networkerror"),
    ("5.4.6", "554 5.4.6 Routing loop detected", "networkerror"),
    ("5.4.7", "Delivery time expired", "expired"),
    ("5.0.0", "retry timeout exceeded", "expired"),
    ("5.0.0", "Connection timed out", "networkerror"),
    ("5.0.0", "550 Message rejected", "rejected"),
    ("5.0.0", "", "rejected"),
    ("5.3.0", "554 5.3.0 Other mail system problem", "rejected"),
    ("5.2.0", "550 5.2.0 mailbox unavailable", "rejected"),
    ("5.7.1", "550 5.7.1 user unknown to our reputation service, blocked", "badreputation"),
]
WAITING = [
    ("4.2.2", "452 4.2.2 Mailbox full", "mailboxfull"),
    ("4.7.1", "451 4.7.1 Greylisted", "onhold"),
    ("4.4.7", "451 4.4.7 Message expired", "expired"),
    ("4.4.1", "Connection timed out", "networkerror"),
    ("4.4.4", "Name service error", "hostunknown"),
    ("4.0.0", "host name lookup failure", "systemerror"),
    ("4.3.2", "421 4.3.2 System not accepting messages", "systemerror"),
    ("4.1.1", "450 4.1.1 user unknown, try later", "systemerror"),
    ("", "451 try again", "systemerror"),
]


@pytest.mark.parametrize("status, text, reason", DEAD)
def test_a_dead_address_is_suppressed(status: str, text: str, reason: str) -> None:
    read = diagnose(Action.FAILED, status, f"smtp; {text}")
    assert (read.reason, read.permanent, read.suppress) == (reason, True, Suppress.NOW)


@pytest.mark.parametrize("status, text, reason", ALIVE)
def test_what_is_about_us_or_the_way_never_suppresses(status: str, text: str, reason: str) -> None:
    read = diagnose(Action.FAILED, status, f"smtp; {text}" if text else "")
    assert (read.reason, read.permanent) == (reason, True)
    assert read.suppress is not Suppress.NOW


@pytest.mark.parametrize("status, text, reason", WAITING)
@pytest.mark.parametrize("action", [Action.FAILED, Action.DELAYED])
def test_a_temporary_reason_is_never_for_good(status: str, text: str, reason: str, action: Action) -> None:
    read = diagnose(action, status, f"smtp; {text}")
    assert (read.reason, read.permanent) == (reason, False)
    assert read.suppress is not Suppress.NOW


def test_a_delay_never_suppresses_whatever_its_status() -> None:
    assert diagnose(Action.DELAYED, "5.1.1", "smtp; 550 5.1.1 user unknown").suppress is not Suppress.NOW


@pytest.mark.parametrize("action", [Action.DELIVERED, Action.RELAYED, Action.EXPANDED])
def test_good_news_has_no_reason(action: Action) -> None:
    read = diagnose(action, "5.1.1", "smtp; 550 user unknown")
    assert (read.action, read.permanent, read.reason, read.suppress) == (action, False, "", Suppress.NEVER)


@pytest.mark.parametrize(
    "status, action", [("5.1.1", Action.FAILED), ("4.2.2", Action.DELAYED), ("2.0.0", Action.DELIVERED)]
)
def test_a_missing_action_follows_from_the_status(status: str, action: Action) -> None:
    assert diagnose(None, status, "").action is action


def test_nothing_known_is_nothing_said() -> None:
    read = diagnose(None, "", "")
    assert (read.action, read.status, read.permanent, read.suppress) == (None, "", False, Suppress.NEVER)


@pytest.mark.parametrize("status, text, _reason", DEAD)
def test_a_bounce_and_a_live_refusal_of_the_same_words_agree(status: str, text: str, _reason: str) -> None:
    code, _, words = text.partition(" ")
    live = classify(Reply(Stage.RCPT, int(code or 550), words if words[:1] == "5" else f"{status} {words}".strip()))
    assert live.suppress
    assert diagnose(Action.FAILED, status, f"smtp; {text}").suppress is Suppress.NOW
