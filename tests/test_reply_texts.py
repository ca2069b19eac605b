"""The table from servers' words to reasons: each row reads its example, each phrase can speak."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.reply.policy import classify
from mailer.reply.texts import Row, Table, blames_us, fold, general_table, host_tables, pairs, read_text
from mailer.reply.values import DEAD, OURS, Reason, Reply, Stage, Verdict, is_vague, reason_of_status

ROWS = general_table().rows
EXACT, LEANING = (Table(row for row in ROWS if (row.section == "leanings") is leans) for leans in (False, True))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.reason}: {row.example}"[:60])
def test_each_row_reads_its_example(row: Row) -> None:
    assert read_text(row.example).reason is row.reason


def test_a_known_server_means_something_else_by_common_words() -> None:
    for name, table in host_tables().items():
        for row in table.rows:
            assert read_text(row.example, f"mx.{name}").reason is row.reason, row
            assert read_text(f"host mx1.{name} said: {row.example}").reason is row.reason, row
    assert not read_text("550 <ann@ezweb.ne.jp>: User unknown", "mx.example.com").is_code


@pytest.mark.parametrize("table", [EXACT, LEANING, *host_tables().values()])
def test_no_phrase_is_hidden_behind_an_earlier_row(table: Table) -> None:
    hidden = []
    for row in table.rows:
        for phrase in row.phrases:
            assert all(len(piece.strip()) >= 2 for piece in phrase), phrase
            text = f" {' and '.join(piece.strip() for piece in phrase)} "
            found = next(table.matches(text), None)
            if found is None or found.row.reason is not row.reason:
                hidden.append((row.reason, phrase, found and found.row.reason))
    assert not hidden


def test_only_what_ends_an_address_is_final() -> None:
    assert {row.reason for row in ROWS if row.is_final} <= DEAD
    assert not any(row.is_final for row in LEANING.rows)


def test_every_reason_has_a_meaning_and_a_row_or_a_status() -> None:
    by_status = {reason_of_status(f"5.{subject}.{detail}") for subject in range(8) for detail in range(800)}
    assert {row.reason for row in ROWS} | by_status >= set(Reason)
    assert all(len(reason.meaning) > 10 for reason in Reason)
    assert len({reason.meaning for reason in Reason}) == len(Reason)


@pytest.mark.parametrize(
    "text, folded",
    [
        ("550 5.1.1 <Ann@example.com>: User  unknown.", " 550 5.1.1 addr user unknown "),
        ("This user doesn’t exist", " this user doesnt exist "),
        ("Boîte pleine; le quota est dépassé", " boite pleine le quota est depasse "),
        ("Skrzynka jest pełna, groß", " skrzynka jest pelna gross "),
        ("AUP#In-1310", " aup in 1310 "),
        ("see https://www.example.com/spam?x=1 now", " see now "),
        ("see https://mail.example.com/?p=NoSuchUser", " see p.nosuchuser "),
        ("https://www.spamhaus.org/query/192.0.2.9", " spamhaus "),
        ("host mx-1.spam-filter.example.com said", " host mx-1.spam-filter.example.com said "),
        ("User\nunknown", " user unknown "),
        ("OVER_QUOTA", " over quota "),
        ("", " "),
    ],
)
def test_a_text_is_folded_to_plain_words(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_pieces_of_a_phrase_keep_their_order_and_stay_near() -> None:
    assert read_text("the user ann in accounting does not exist").reason is Reason.USERUNKNOWN
    assert read_text("does not exist, the user").is_hint
    assert read_text(f"the user {'x ' * 60} does not exist").is_hint
    assert read_text("a user and one more user ann does not exist").reason is Reason.USERUNKNOWN


def test_each_pair_reads_its_example_where_no_phrase_does_and_is_never_more_than_a_hint() -> None:
    rows = pairs()
    assert len(rows) >= 15
    for _, row in rows:
        reading = read_text(row.example)
        assert (reading.reason, reading.is_hint, reading.is_dead) == (row.reason, True, False), row.example
        assert reading.phrase
        assert reading.phrase.row.section == "pairs", row.example


@pytest.mark.parametrize(
    "text, reason",
    [
        ("550 Niemand mit diesem Namen hat ein Konto", "userunknown"),
        ("552 Der Platz im Kasten: das Kontingent ist überschritten", "mailboxfull"),
        ("550 このアカウントはありません", "userunknown"),
        ("550 Le compte est clos et bloqué", "suspend"),
        ("550 nessuna casella con questo nome", "userunknown"),
        ("550 Empfaenger ist hier nicht eingetragen", "userunknown"),
        ("550 Diese Adresse hat relay.many.example.com nie vergeben", "userunknown"),
        ("It could not be delivered to the recipient.", None),
    ],
)
def test_sentences_that_nobody_has_seen_are_read_by_their_stems(text: str, reason: str | None) -> None:
    assert read_text(text).reason == reason


def test_a_class_in_a_phrase_stands_for_each_of_its_words() -> None:
    for box in ("mailbox", "account", "address", "alias"):
        assert read_text(f"550 the {box} of ann is switched off").reason is Reason.SUSPEND
    assert str(read_text("the alias is locked").phrase) == "alias is locked"


def test_what_only_leans_is_told_apart() -> None:
    assert read_text("mailbox unavailable").is_hint
    assert not read_text("user unknown").is_hint
    assert read_text("hello").reason is None


def test_blame_is_seen_behind_words_for_nobody() -> None:
    assert blames_us("user unknown, and your IP is on a blacklist") is Reason.BLOCKED
    assert blames_us("user unknown") is None
    reading = read_text("user unknown, or against our policy")
    assert (reading.reason, reading.is_dead, reading.blames_us) == (Reason.USERUNKNOWN, True, True)


@pytest.mark.parametrize(
    "line, reason",
    [
        ("554 5.7.1 Client host [192.0.2.9] is listed in SORBS", "badreputation"),
        ("550 5.7.1 Access denied", "securityerror"),
        ("550 Sender domain is not wanted", "rejected"),
        ("554 the recipient does not want to receive this", "filtered"),
        ("552 mailbox full", "mailboxfull"),
        ("554 Transaction failed", "rejected"),
        ("550 Requested action not taken: mailbox unavailable", "rejected"),
    ],
)
def test_words_name_the_reason_of_a_live_refusal_and_never_suppress(line: str, reason: str) -> None:
    outcome = classify(Reply(Stage.RCPT, int(line[:3]), line[4:]))
    assert (outcome.verdict, outcome.suppress) == (Verdict.REJECTED, False)
    assert outcome.reason == reason


def test_a_live_refusal_that_blames_us_takes_the_suppression_back() -> None:
    outcome = classify(Reply(Stage.RCPT, 550, "5.1.1 user unknown: client host 192.0.2.9 blocked using a list"))
    assert (outcome.reason, outcome.suppress) == ("blocked", False)


@pytest.mark.parametrize(
    "status, reason",
    [
        ("5.1.1", "userunknown"),
        ("4.2.2", "mailboxfull"),
        ("5.7.26", "authfailure"),
        ("5.7.620", "blocked"),
        ("5.7.999", "securityerror"),
        ("5.6.42", "contenterror"),
        ("5.0.0", None),
        ("", None),
    ],
)
def test_a_status_stands_for_a_reason(status: str, reason: str | None) -> None:
    assert reason_of_status(status) == reason


@pytest.mark.parametrize("status", ["", "5.0.0", "4.0.0", "5.1.0", "5.2.0", "5.3.0", "5.5.0", "5.0.1"])
def test_a_vague_status_leaves_the_word_to_the_text(status: str) -> None:
    assert is_vague(status)
    assert not is_vague("5.1.1")
    assert not is_vague("5.7.0")


@given(st.text(max_size=300))
def test_any_text_is_folded_and_read(text: str) -> None:
    folded = fold(text)
    assert folded.startswith(" ")
    assert folded.endswith(" ")
    assert "  " not in folded
    assert read_text(text).reason in {None, *Reason}
    assert blames_us(text) in {None, *OURS}


@pytest.mark.parametrize(
    "piece", ["a", "a@", "@", "-", "- a.", "user ", "<", "http://", "https://a?p=", "ﷺ", "mail from "]
)
def test_a_text_of_a_megabyte_is_read_in_no_time(piece: str) -> None:
    start = time.process_time()
    read_text(piece * (1_000_000 // len(piece)))
    assert time.process_time() - start < 1.0
