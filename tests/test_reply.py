"""All failure policy, as tables: every row of it has a reply, and of sixty replies only dead addresses suppress."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.reply.policy import POLICY, classify, classify_rule
from mailer.reply.values import MAX_TEXT, Reply, Scope, Stage, Verdict

CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, BODY = Stage

ROWS = [
    (BODY, "", "silence after the body"),
    (STARTTLS, "", "no TLS"),
    (STARTTLS, "454 4.7.0 TLS is not there today", "no TLS"),
    (STARTTLS, "502 5.5.1 What is that?", "no TLS"),
    (CONNECT, "", "silence before the body"),
    (EHLO, "", "silence before the body"),
    (AUTH, "", "silence before the body"),
    (MAIL, "", "silence before the body"),
    (RCPT, "", "silence before the body"),
    (DATA, "", "silence before the body"),
    (BODY, "250 2.0.0 Queued as 7F3", "accepted"),
    (BODY, "250 Thanks, no spam and no policy here", "accepted"),
    (AUTH, "454 4.7.0 The directory is away", "login, later"),
    (AUTH, "421 4.7.0 Too many logins", "login, later"),
    (AUTH, "535 5.7.8 Not this password", "login refused"),
    (AUTH, "534 5.7.9 Another mechanism, please", "login refused"),
    (AUTH, "530 5.7.0 STARTTLS first", "login refused"),
    (AUTH, "538 5.7.11 Encryption required", "login refused"),
    (AUTH, "550 5.7.30 Basic authentication is switched off", "login refused"),
    (CONNECT, "554 5.3.2 No service for you", "relay closed to us"),
    (CONNECT, "521 takes no mail", "relay closed to us"),
    (EHLO, "550 5.7.1 Bad name", "relay closed to us"),
    (CONNECT, "421 4.3.2 Overloaded", "relay busy"),
    (EHLO, "450 4.3.2 Come back", "relay busy"),
    (BODY, "421 4.3.0 Shutting down", "closing after the body"),
    (MAIL, "421 4.4.2 Idle too long", "closing"),
    (RCPT, "452 4.5.3 Too many recipients in this session", "connection used up"),
    (MAIL, "451 4.3.2 message limit per SMTP connection reached", "connection used up"),
    (RCPT, "421 4.7.0 Bye for now", "closing"),
    (DATA, "421 Bye", "closing"),
    (RCPT, "550 5.4.5 You have sent enough today", "our quota"),
    (BODY, "550 5.4.5 Tomorrow again", "our quota"),
    (BODY, "454 Throttling failure: daily message quota exceeded", "our quota, in words"),
    (MAIL, "550 5.7.1 You have exceeded your hourly sending limit", "our quota, in words"),
    (RCPT, "550 5.1.90 Reached the daily limit for message recipients", "our quota, in words"),
    (BODY, "554 5.2.2 Submission quota exceeded", "our quota, in words"),
    (BODY, "550 5.7.60 This client may not send as this sender", "our permission"),
    (RCPT, "550 5.7.30 Basic authentication is switched off", "our permission"),
    (BODY, "554 5.2.0 STOREDRV.Submission; SendAsDenied for this mailbox", "our permission, in words"),
    (RCPT, "554 5.7.1 <ada@example.com>: Relay access denied", "our permission, in words"),
    (RCPT, "553 sorry, that domain is not in my list of allowed rcpthosts", "our permission, in words"),
    (RCPT, "554 5.7.1 <pc.example.org[192.0.2.9]>: Client host rejected: Access denied", "our permission, in words"),
    (MAIL, "530 5.7.0 Authentication required", "our permission, in words"),
    (BODY, "554 Message rejected: Email address is not verified: press@example.org", "our permission, in words"),
    (MAIL, "451 4.3.0 Try again", "sender later"),
    (MAIL, "450 4.1.8 Domain of the sender not found", "sender later"),
    (MAIL, "553 5.1.7 Sender syntax", "sender refused"),
    (MAIL, "552 5.3.4 Message size exceeds the limit", "sender refused"),
    (RCPT, "553 5.1.8 Domain of press@example.org does not exist", "sender refused, late"),
    (
        RCPT,
        "550 5.1.0 <press@example.org>: Sender address rejected: User unknown",
        "sender refused, late, in words",
    ),
    (RCPT, "550 Sender verify failed", "sender refused, late, in words"),
    (RCPT, "452 4.2.2 Over the brim", "address later, full"),
    (RCPT, "452 The mailbox is full just now", "address later, full, in words"),
    (RCPT, "450 4.7.1 Greylisted, five minutes please", "address later, greylisted"),
    (RCPT, "450 4.2.1 Receiving mail too quickly", "address later, too fast"),
    (RCPT, "450 4.7.0 too many messages", "address later, too fast"),
    (RCPT, "451 Local error", "address later"),
    (RCPT, "550 4.2.0 Try later after all", "address later"),
    (RCPT, "550 5.2.1 This user is receiving mail at a rate that prevents more", "receiving too fast"),
    (RCPT, "550 5.2.1 This corporate account is disabled", "account disabled"),
    (
        RCPT,
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address",
        "dead address at Exchange",
    ),
    (RCPT, "556 5.1.10 This domain has a null MX", "domain takes no mail"),
    (RCPT, "556 takes no mail", "domain takes no mail"),
    (RCPT, "550 5.1.2 Bad destination system", "domain takes no mail"),
    (RCPT, "551 5.1.6 Has moved, left no address", "moved away"),
    (RCPT, "550 5.1.1 Nobody of that name", "dead address"),
    (RCPT, "553 5.1.3 That cannot be an address", "dead address"),
    (RCPT, "450 5.1.1 Nobody, and for good", "dead address"),
    (RCPT, "552 5.2.2 The mailbox has exceeded its maximum quota", "mailbox full"),
    (RCPT, "550 5.7.1 Your server is on a block list", "blocked"),
    (RCPT, "550 Blocked, as the user unknown to us sent spam", "blocked"),
    (RCPT, "550 5.7.26 Neither SPF nor DKIM passed", "our sender domain"),
    (BODY, "550 5.7.26 DMARC says no", "our sender domain"),
    (RCPT, "550 5.7.1 This looks like spam", "spam"),
    (RCPT, "550 Your IP address 192.0.2.9 was not found in reverse DNS", "about us"),
    (RCPT, "550 No such user here", "dead address, in words"),
    (RCPT, "550 5.0.0 <ada@example.com>... User unknown", "dead address, in words"),
    (RCPT, "550-The mailbox\n550-you tried\n550 does not exist", "dead address, in words"),
    (RCPT, "550 5.7.1 Against our policy", "policy"),
    (RCPT, "550 Requested action not taken: mailbox unavailable", "address refused"),
    (RCPT, "550 5.2.1 Not now", "address refused"),
    (DATA, "451 4.3.0 Later", "message later"),
    (BODY, "452 4.3.1 No space on this disk", "message later"),
    (BODY, "454 Throttling failure: Maximum sending rate exceeded.", "message later, too fast"),
    (BODY, "432 4.3.2 Concurrent connections limit exceeded", "message later, too fast"),
    (BODY, "550 5.1.10 null MX", "domain takes no mail, late"),
    (BODY, "550 5.1.1 Nobody of that name", "dead address, late"),
    (BODY, "552 5.2.2 Over the brim", "mailbox full, late"),
    (BODY, "552 5.3.4 That is a lot", "message too big"),
    (BODY, "552 Message exceeds fixed maximum size", "message too big, in words"),
    (BODY, "552 5.7.0 Blocked for the kind of its attachment", "message blocked"),
    (BODY, "554 5.7.1 Spam, we think", "message looks like spam"),
    (BODY, "554 5.7.1 Poor reputation", "message blocked"),
    (DATA, "554 5.7.1 Prohibited here", "message against policy"),
    (BODY, "554 5.6.0 Cannot read this", "message refused"),
    (BODY, "550 No such user here", "message refused"),
]

SUPPRESSING, KEPT = "dead", "kept"
SIXTY = [
    (RCPT, "550 5.1.1 <ada@example.com>: Recipient address rejected: User unknown in our table", SUPPRESSING),
    (RCPT, "550 5.1.1 The account that you tried to reach does not exist", SUPPRESSING),
    (RCPT, "550-5.1.1 Check the address for typing errors.\n550 5.1.1 There is nobody", SUPPRESSING),
    (RCPT, "550 5.1.1: mailbox unknown", SUPPRESSING),
    (RCPT, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found", SUPPRESSING),
    (RCPT, "550 5.1.2 Host unknown", SUPPRESSING),
    (RCPT, "501 5.1.3 Bad address syntax", SUPPRESSING),
    (RCPT, "551 5.1.6 Mailbox has moved", SUPPRESSING),
    (RCPT, "556 5.1.10 Recipient domain has a null MX", SUPPRESSING),
    (RCPT, "550 5.2.1 The account you tried to reach is disabled", SUPPRESSING),
    (RCPT, "554 5.2.1 This mailbox is inactive and was deactivated", SUPPRESSING),
    (RCPT, "550 user unknown", SUPPRESSING),
    (RCPT, "550 No such recipient", SUPPRESSING),
    (RCPT, "553 sorry, no mailbox here by that name", SUPPRESSING),
    (RCPT, "550 5.0.0 Unknown address in this domain", SUPPRESSING),
    (RCPT, "550 5.2.0 mailbox not found", SUPPRESSING),
    (RCPT, "554 delivery error: This user doesn't have an example.net account", SUPPRESSING),
    (RCPT, "550 Invalid recipient <ada@example.com>", SUPPRESSING),
    (RCPT, "550 ada is not a valid mailbox", SUPPRESSING),
    (RCPT, "550 ada User not listed in the directory: user unknown", SUPPRESSING),
    (BODY, "550 5.1.1 User unknown", SUPPRESSING),
    (BODY, "554 5.1.2 No such domain", SUPPRESSING),
    (BODY, "550 5.1.10 RecipientNotFound", SUPPRESSING),
    (RCPT, "450 4.1.1 Unverified address: user unknown, it seems", KEPT),
    (RCPT, "451 4.7.1 Greylisting in action, please come back", KEPT),
    (RCPT, "452 4.2.2 The account is over quota", KEPT),
    (RCPT, "450 4.2.1 This user is receiving mail too quickly", KEPT),
    (RCPT, "421 4.7.0 Unusual rate of unsolicited mail from your address", KEPT),
    (RCPT, "550 5.2.1 The user receives mail at a rate that is too much", KEPT),
    (RCPT, "552 5.2.2 The mailbox is full", KEPT),
    (RCPT, "554 5.2.2 Mailbox has exceeded its storage", KEPT),
    (RCPT, "550 5.4.1 Recipient address rejected: Access denied", KEPT),
    (RCPT, "550 5.4.5 Daily user sending limit exceeded", KEPT),
    (RCPT, "550 5.4.6 Routing loop", KEPT),
    (RCPT, "550 5.7.1 Unsolicited message refused", KEPT),
    (RCPT, "550 5.7.1 <ada@example.com>: user unknown or policy", KEPT),
    (RCPT, "550 5.7.1 Service unavailable, client on a blocklist", KEPT),
    (RCPT, "554 5.7.1 Client host [192.0.2.9] blocked using a list", KEPT),
    (RCPT, "550 5.7.25 No PTR record for 192.0.2.9", KEPT),
    (RCPT, "550 5.7.26 Unauthenticated mail is not taken", KEPT),
    (RCPT, "550 5.7.133 Only members may write to this group", KEPT),
    (RCPT, "550 Blocked by our administrator; no such user could help", KEPT),
    (RCPT, "550 Sender domain does not exist: mailbox not found for press@example.org", KEPT),
    (RCPT, "550 5.1.0 <press@example.org>: Sender address rejected: User unknown", KEPT),
    (RCPT, "550 Your IP address was not found in reverse DNS", KEPT),
    (RCPT, "550 Requested action not taken: mailbox unavailable", KEPT),
    (RCPT, "550 5.5.0 mailbox unavailable", KEPT),
    (RCPT, "550 Denied by policy", KEPT),
    (RCPT, "551 Not local, and we do not forward", KEPT),
    (RCPT, "554 Transaction failed", KEPT),
    (RCPT, "503 5.5.1 Bad sequence", KEPT),
    (RCPT, "550", KEPT),
    (BODY, "550 5.3.4 Too big for us", KEPT),
    (BODY, "552 5.2.2 Mailbox full after all", KEPT),
    (BODY, "554 5.6.0 This is no mail", KEPT),
    (BODY, "550 5.7.1 Message looks like spam", KEPT),
    (BODY, "550 5.7.509 The domain's DMARC policy says no", KEPT),
    (BODY, "554 5.7.1 User unknown, or bulk mail", KEPT),
    (BODY, "550 user unknown", KEPT),
    (BODY, "554 5.1.6 Has moved", KEPT),
    (BODY, "", KEPT),
    (BODY, "250 2.0.0 Queued for a user unknown to us", KEPT),
    (MAIL, "550 5.1.1 User unknown", KEPT),
    (AUTH, "535 5.1.1 user unknown", KEPT),
]

FAULTS = [
    "550 5.4.5 Daily limit",
    "550 5.7.1 Daily message quota exceeded",
    "554 5.7.0 Your message relay quota has been reached",
    "454 Throttling failure: Daily message quota exceeded",
    "550 You have exceeded your daily sending quota",
    "554 5.2.0 SendAsDenied",
    "550 5.7.60 Client does not have permissions to send as this sender",
    "553 5.7.1 <press@example.org>: Sender address rejected: not owned by user press",
    "550 5.7.1 Unable to relay",
    "554 Email address is not verified",
]


def reply_of(stage: Stage, line: str) -> Reply:
    """Read a reply as a session would give it; an empty line is silence."""
    if not line:
        return Reply(stage, 0, "time is up")
    return Reply(stage, int(line[:3]), "\n".join(each[4:] for each in line.split("\n")))


@pytest.mark.parametrize(
    "stage, line, name", ROWS, ids=[f"{stage}: {line or 'silence'}"[:60] for stage, line, _ in ROWS]
)
def test_each_row_of_the_policy_speaks_about_its_reply(stage: Stage, line: str, name: str) -> None:
    assert classify_rule(reply_of(stage, line)).name == name


def test_no_row_of_the_policy_is_without_a_reply() -> None:
    assert {name for _, _, name in ROWS} == {rule.name for rule in POLICY}
    assert len({rule.name for rule in POLICY}) == len(POLICY)


@pytest.mark.parametrize(
    "stage, line, end", SIXTY, ids=[f"{stage}: {line or 'silence'}"[:60] for stage, line, _ in SIXTY]
)
def test_only_a_dead_address_is_suppressed(stage: Stage, line: str, end: str) -> None:
    assert classify(reply_of(stage, line)).suppress == (end == SUPPRESSING)


@pytest.mark.parametrize("stage", [MAIL, RCPT, DATA, BODY])
@pytest.mark.parametrize("line", FAULTS)
def test_what_is_ours_stops_the_run_and_touches_nobody(stage: Stage, line: str) -> None:
    outcome = classify(reply_of(stage, line))
    assert (outcome.verdict, outcome.scope) == (Verdict.RETURNED, Scope.RUN)


@pytest.mark.parametrize(
    "line, verdict, scope",
    [
        ("250 2.0.0 Queued", Verdict.ACCEPTED, Scope.ADDRESS),
        ("", Verdict.IN_DOUBT, Scope.CONNECTION),
        ("421 4.3.2 Closing", Verdict.DEFERRED, Scope.CONNECTION),
        ("451 4.3.0 Later", Verdict.DEFERRED, Scope.ADDRESS),
        ("554 5.6.0 No", Verdict.REJECTED, Scope.ADDRESS),
    ],
)
def test_the_answer_to_a_body_settles_the_delivery(line: str, verdict: Verdict, scope: Scope) -> None:
    outcome = classify(reply_of(BODY, line))
    assert (outcome.verdict, outcome.scope) == (verdict, scope)


@pytest.mark.parametrize(
    "line, reason",
    [
        ("550 5.1.1 x", "userunknown"),
        ("556 x", "hostunknown"),
        ("551 5.1.6 x", "hasmoved"),
        ("550 5.2.1 disabled", "suspend"),
        ("552 5.2.2 x", "mailboxfull"),
        ("550 5.7.1 blocklisted: listed at a list", "badreputation"),
        ("550 5.7.1 spam", "spamdetected"),
        ("550 5.7.1 policy", "policyviolation"),
        ("550 5.7.26 dmarc", "authfailure"),
        ("554 x", "rejected"),
    ],
)
def test_a_refused_recipient_has_a_reason_in_the_fields_own_word(line: str, reason: str) -> None:
    outcome = classify(reply_of(RCPT, line))
    assert (outcome.verdict, outcome.scope, outcome.reason) == (Verdict.REJECTED, Scope.ADDRESS, reason)


STAGES = st.sampled_from(Stage)
CODES = st.integers(400, 599) | st.just(0)
TEXTS = st.text(max_size=60) | st.builds(
    "{} {}".format,
    st.from_regex(r"\A[245]\.\d{1,2}\.\d{1,2}\Z"),
    st.sampled_from([line for _, line, _ in ROWS + SIXTY]) | st.text(max_size=20),
)


@given(STAGES, CODES, TEXTS)
def test_any_reply_has_one_reading_that_fits_its_stage(stage: Stage, code: int, text: str) -> None:
    outcome = classify(Reply(stage, code, text))
    before_anybody = stage in {CONNECT, EHLO, STARTTLS, AUTH, MAIL}
    assert outcome.verdict is not Verdict.ACCEPTED
    assert (outcome.verdict is Verdict.IN_DOUBT) == (stage is BODY and code == 0)
    if before_anybody:
        assert outcome.verdict is Verdict.RETURNED
        assert outcome.scope is not Scope.ADDRESS
    if outcome.suppress:
        assert outcome.verdict is Verdict.REJECTED
        assert stage in {RCPT, DATA, BODY}


@given(STAGES, st.integers(200, 599), TEXTS)
def test_only_yes_to_a_body_is_an_acceptance(stage: Stage, code: int, text: str) -> None:
    accepted = classify(Reply(stage, code, text)).verdict is Verdict.ACCEPTED
    assert accepted == (stage is BODY and code < 300)


@given(CODES, TEXTS)
def test_a_temporary_word_never_suppresses(code: int, text: str) -> None:
    reply = Reply(RCPT, code, text)
    if reply.severity == 4:
        assert not classify(reply).suppress


@pytest.mark.parametrize(
    "text, enhanced",
    [
        ("5.1.1 User unknown", "5.1.1"),
        ("  4.7.1 Later", "4.7.1"),
        ("5.1.1", "5.1.1"),
        ("5.1.1: User unknown", "5.1.1"),
        ("5.1.1<ada@example.com>: no", "5.1.1"),
        ("5.7.509 DMARC", "5.7.509"),
        ("5.1.1\n5.1.1 twice", "5.1.1"),
        ("5.1.1.9 is a version", ""),
        ("3.1.1 is no class", ""),
        ("5.1.1x", ""),
        ("see 5.1.1", ""),
        ("10.1.1.1 is blocked", ""),
        ("5.1234.1", ""),
        ("", ""),
    ],
)
def test_the_enhanced_status_is_read_only_where_it_stands(text: str, enhanced: str) -> None:
    assert Reply(RCPT, 550, text).enhanced == enhanced


def test_the_enhanced_status_beats_the_three_digits() -> None:
    assert Reply(RCPT, 550, "4.2.0 Later").severity == 4
    assert Reply(RCPT, 450, "5.1.1 Never").severity == 5
    assert Reply(RCPT, 550, "Never").severity == 5
    assert Reply(RCPT, 0).severity == 0


def test_a_reply_is_told_on_one_line_and_not_at_length() -> None:
    assert str(reply_of(RCPT, "550-5.1.1 Nobody\n550 5.1.1 at all")) == "550 5.1.1 Nobody 5.1.1 at all"
    assert str(Reply(BODY, 0, "time is up")) == "no reply to body: time is up"
    assert str(Reply(BODY, 0)) == "no reply to body"
    assert str(Reply(MAIL, 250)) == "250"
    assert len(str(Reply(RCPT, 550, "long " * 1000))) <= MAX_TEXT + 4
