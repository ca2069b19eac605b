"""Refusals, as servers word them: what is for good, why, and whether the address is dead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.bounces.diagnosis import diagnose
from mailer.bounces.values import Action, StatusFrom, Suppress
from mailer.reply.policy import classify
from mailer.reply.texts import general_table
from mailer.reply.values import COUNTED, DEAD, OURS, Reason, Reply, Stage


@dataclass(frozen=True)
class Row:
    """One line of refusals.txt."""

    reason: str
    suppress: str
    permanent: bool
    status: str
    diagnostic: str


def _row(line: str) -> Row:
    head, _, diagnostic = line.partition("|")
    reason, suppress, permanence, status = head.split()
    return Row(reason, suppress, permanence == "good", "" if status == "-" else status, diagnostic.strip())


LINES = (Path(__file__).parent / "refusals.txt").read_text("utf-8").splitlines()
ROWS = [_row(line) for line in LINES if line and not line.startswith("#")]
BY_CODE = re.compile(r"smtp; 55\d[ -]5\.[12]\.")
DEAD_BY_CODE = [row for row in ROWS if row.suppress == "now" and BY_CODE.match(row.diagnostic)]


def test_a_refusal_is_read_as_a_postmaster_reads_it() -> None:
    for row in ROWS:
        read = diagnose(Action.FAILED, row.status, row.diagnostic)
        assert (read.reason, read.suppress, read.permanent) == (row.reason, row.suppress, row.permanent), row


@pytest.mark.parametrize(
    "domain, text, reason",
    [
        ("dialup-oldies.example.org", "521 5.3.2 dialup-oldies.example.org does not accept mail", Reason.NOTACCEPT),
        ("spam.example.org", "550 mx1.spam.example.org: unknown user desk", Reason.USERUNKNOWN),
        ("example.org", "550 5.7.1 listed at spamhaus.example.net", Reason.BLOCKED),
    ],
)
def test_what_a_house_is_called_is_no_reason(domain: str, text: str, reason: Reason) -> None:
    assert diagnose(Action.FAILED, "", text, address=f"desk@{domain}", host=domain).reason == reason


def test_a_delay_is_never_for_good_whatever_it_says() -> None:
    for row in ROWS:
        read = diagnose(Action.DELAYED, row.status, row.diagnostic)
        assert not read.permanent, row
        assert read.suppress is not Suppress.NOW, row


def test_the_table_is_large_and_knows_every_reason() -> None:
    assert len(ROWS) >= 240
    assert {row.reason for row in ROWS} == set(Reason)


def test_no_fault_of_ours_counts_against_a_person() -> None:
    assert not OURS & COUNTED
    assert DEAD < COUNTED
    assert all(row.suppress == "never" for row in ROWS if row.reason in OURS)


def test_a_bounce_and_a_live_refusal_of_the_same_words_agree() -> None:
    for row in DEAD_BY_CODE:
        code, words = row.diagnostic[6:9], row.diagnostic[10:]
        live = classify(Reply(Stage.RCPT, int(code), words))
        assert live.suppress, row
        assert live.reason == row.reason or {live.reason, row.reason} == {"hostunknown", "notaccept"}, row


OURS_BESIDE = [
    "your IP address 192.0.2.9 is on a blacklist",
    "client host [192.0.2.9] blocked using list.example.net",
    "the reputation of your domain is poor",
    "the message was identified as spam",
    "SPF check failed",
    "DMARC policy of example.org",
    "sender address rejected",
    "relay access denied",
    "cannot find your reverse hostname",
    "too many connections",
    "rate limit exceeded",
    "message size exceeds the limit",
    "a virus was found",
    "authentication required",
]
NOBODY = ["user unknown", "no such user", "mailbox not found", "unknown recipient", "the account does not exist"]


@pytest.mark.parametrize("status", ["5.1.1", "5.0.0", "5.7.1", ""])
@pytest.mark.parametrize("form", ["smtp; 550 {0}; {1}", "smtp; 550 {1}: {0}", "{1} ({0})"])
def test_words_for_nobody_beside_a_fault_of_ours_end_nobody(status: str, form: str) -> None:
    for ours, nobody in product(OURS_BESIDE, NOBODY):
        read = diagnose(Action.FAILED, status, form.format(ours, nobody))
        assert read.reason in OURS, (ours, nobody)
        assert read.suppress is Suppress.NEVER, (ours, nobody)


@pytest.mark.slow
def test_nothing_that_the_table_calls_ours_ends_anybody() -> None:
    rows = [row for row in general_table().rows if row.reason in OURS and row.section != "leanings"]
    for row, nobody in product(rows, NOBODY):
        for status in ("5.1.1", "5.1.2", "5.1.6", "5.1.10", "5.2.1", "5.0.0", ""):
            for text in (
                f"smtp; 550 {nobody}; {row.example}",
                f"smtp; 550 {row.example}. {nobody}",
                f"{row.example}: {nobody}",
            ):
                assert diagnose(Action.FAILED, status, text).suppress is not Suppress.NOW, (status, text)
            assert not classify(Reply(Stage.RCPT, 550, f"{status} {nobody}: {row.example}")).suppress


def test_a_live_refusal_that_blames_us_ends_nobody_either() -> None:
    for ours, nobody in product(OURS_BESIDE, NOBODY):
        for words in (f"5.1.1 {nobody}: {ours}", f"5.1.1 {ours}; {nobody}", f"{nobody}: {ours}"):
            assert not classify(Reply(Stage.RCPT, 550, words)).suppress, words


@pytest.mark.parametrize("nobody", NOBODY)
@pytest.mark.parametrize(
    "context, reason, suppress",
    [
        ("<ann@example.com>: host mx said: 550 no (in reply to RCPT TO command)", "userunknown", "now"),
        ("SMTP error from remote mail server after RCPT TO:<ann@example.com>:", "userunknown", "now"),
        (">>> RCPT To:<ann@example.com>\n<<< 550 no\n>>> DATA\n<<< 503 need RCPT", "userunknown", "now"),
        ("most progress was RCPT TO response", "userunknown", "now"),
        ("host mx said: 550 no (in reply to end of DATA command)", "filtered", "after"),
        (">>> RCPT To:<ann@example.com>\n>>> DATA\n<<< 550 no", "filtered", "after"),
        ("SMTP error from remote mail server after end of data:", "filtered", "after"),
        ("Your message was returned, we are sorry.", "filtered", "after"),
    ],
)
def test_nobody_said_after_the_text_is_a_filters_word(nobody: str, context: str, reason: str, suppress: str) -> None:
    read = diagnose(Action.FAILED, "5.0.0", f"smtp; 550 {nobody}", context=lambda: context)
    assert (read.reason, read.suppress) == (reason, suppress)
    assert (
        diagnose(Action.FAILED, "5.1.1", f"smtp; 550 5.1.1 {nobody}", context=lambda: context).suppress is Suppress.NOW
    )


def test_what_people_are_told_fills_in_what_the_fields_leave_open() -> None:
    read = diagnose(Action.FAILED, "5.0.0", "smtp; 554 Transaction failed", context=lambda: "As their mailbox is full.")
    assert (read.reason, read.permanent) == ("mailboxfull", True)
    read = diagnose(Action.FAILED, "5.7.1", "smtp; 550 5.7.1 this is spam", context=lambda: "Their mailbox is full.")
    assert read.reason == "spamdetected"
    rule = "smtp;550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy"
    read = diagnose(Action.FAILED, "5.7.1", rule, context=lambda: "Todos os endereços mudaram; este já não existe.")
    assert (read.reason, read.suppress) == ("hasmoved", Suppress.COUNT)


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


@pytest.mark.parametrize(
    "status, diagnostic, exact, source, code",
    [
        ("5.1.1", "smtp; 550 5.1.1 no", "5.1.1", StatusFrom.FIELD, 550),
        ("5.1.1 (no such user)", "", "5.1.1", StatusFrom.FIELD, 0),
        ("5.0.0", "smtp; 550 5.1.1 no", "5.1.1", StatusFrom.TEXT, 550),
        ("5.2.2", "smtp; 550 5.1.1 no", "5.2.2", StatusFrom.FIELD, 550),
        ("", "smtp; 550 5.1.1 no", "5.1.1", StatusFrom.TEXT, 550),
        ("", "smtp; 550 no", "5.0.0", StatusFrom.INFERRED, 550),
        ("5.0.0", "smtp; 451 later", "4.0.0", StatusFrom.INFERRED, 451),
        ("5.0.0", "smtp; 451 4.3.0 later", "4.3.0", StatusFrom.TEXT, 451),
        ("4.0.0", "smtp; 550 5.1.1 no", "5.1.1", StatusFrom.TEXT, 550),
        ("", "their mailbox is full", "5.0.0", StatusFrom.INFERRED, 0),
        ("", "delivery time expired", "5.0.0", StatusFrom.INFERRED, 0),
        (
            "5.0.0",
            "smtp; 5.1.0 - Unknown address error 550-'5.7.1 no' (delivery attempts: 0)",
            "5.7.1",
            StatusFrom.TEXT,
            550,
        ),
    ],
)
def test_the_status_is_the_most_exact_one_and_says_where_it_comes_from(
    status: str, diagnostic: str, exact: str, source: StatusFrom, code: int
) -> None:
    read = diagnose(Action.FAILED, status, diagnostic)
    assert (read.status, read.status_from, read.code) == (exact, source, code)


WORDS = st.sampled_from([row.diagnostic for row in ROWS]) | st.text(max_size=80)
STATUSES = st.just("") | st.builds("{}.{}.{}".format, st.sampled_from("245"), st.integers(0, 999), st.integers(0, 999))


@given(st.sampled_from([*Action, None]), STATUSES, st.lists(WORDS, max_size=3).map(" ".join), WORDS)
def test_any_words_have_a_reading_that_holds_together(
    action: Action | None, status: str, diagnostic: str, context: str
) -> None:
    read = diagnose(action, status, diagnostic, context=lambda: context)
    if read.suppress is Suppress.NOW:
        assert read.permanent
        assert read.reason in DEAD
    if read.permanent:
        assert read.action is Action.FAILED
        assert read.status.startswith("5")
    if read.action in {Action.FAILED, Action.DELAYED}:
        assert read.reason in set(Reason)
    if read.suppress is not Suppress.NEVER:
        waited = read.reason in {Reason.SYSTEMERROR, Reason.SYSTEMFULL} and not read.permanent
        assert read.reason in COUNTED or waited
    assert read.reason not in OURS or read.suppress is Suppress.NEVER
