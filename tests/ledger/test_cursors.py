"""How far a mailbox is read is kept, never goes back, and since when it cannot be read is remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mailer.ledger import Ledger
from mailer.ledger.returns import Cursor, keep_cursor, note_failure, note_read, read_cursor

AT = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
NAME = "main imap:press@mail.example.org/INBOX"


def keep(ledger: Ledger, cursor: Cursor) -> None:
    with ledger.writing() as connection:
        keep_cursor(connection, cursor)


def kept(ledger: Ledger, name: str = NAME) -> Cursor:
    with ledger.reading() as connection:
        return read_cursor(connection, name)


def test_a_mailbox_that_was_never_read_is_at_its_start(ledger: Ledger) -> None:
    assert kept(ledger) == Cursor(NAME)


def test_a_cursor_goes_on_and_never_back_but_under_another_numbering(ledger: Ledger) -> None:
    for validity, uid, expected in [(7, 40, 40), (7, 12, 40), (7, 41, 41), (8, 3, 3), (8, 2, 3)]:
        keep(ledger, Cursor(NAME, validity, uid))
        assert (kept(ledger).validity, kept(ledger).uid) == (validity, expected)
    keep(ledger, Cursor(NAME, 2**32 - 1, 2**32 - 1))
    assert kept(ledger).uid == 2**32 - 1
    assert kept(ledger, "other").uid == 0


def test_what_was_seen_follows_what_is_there(ledger: Ledger) -> None:
    names = [bytes([n % 256, n // 256]) * 8 for n in range(1000)]
    keep(ledger, Cursor(NAME, seen=frozenset(names)))
    assert kept(ledger).seen == frozenset(names)
    keep(ledger, Cursor(NAME, seen=frozenset(names[990:]) | {b"n" * 16}))
    assert kept(ledger).seen == frozenset(names[990:]) | {b"n" * 16}
    assert kept(ledger, "other").seen == frozenset()


def test_a_failure_is_dated_from_the_first_and_ends_with_a_reading(ledger: Ledger) -> None:
    keep(ledger, Cursor(NAME, 7, 40))
    with ledger.writing() as connection:
        note_failure(connection, NAME, "it does not answer", at=AT)
        note_failure(connection, NAME, "connection refused\0", at=AT + timedelta(hours=2))
    found = kept(ledger)
    assert (found.failed_since, found.failure, found.uid) == (AT, "connection refused", 40)
    with ledger.writing() as connection:
        note_read(connection, NAME, at=AT + timedelta(hours=3))
    assert kept(ledger) == Cursor(NAME, 7, 40, read_at=AT + timedelta(hours=3))


def test_a_mailbox_may_fail_before_it_was_ever_read(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        note_failure(connection, NAME, "it does not answer", at=AT)
    assert kept(ledger) == Cursor(NAME, failed_since=AT, failure="it does not answer")
