"""Many suppressions at once, undone as one, on each store."""

from __future__ import annotations

from datetime import timedelta

from mailer.events import DEAD_ADDRESS, MANUAL, OPTED_OUT
from mailer.ledger import Ledger
from mailer.ledger.suppressions import (
    Added,
    NewSuppression,
    Source,
    Wanted,
    add_many,
    begin_import,
    count_import,
    count_nameless,
    count_suppressions,
    end_import,
    find_suppression,
    parse_subject,
    read_imports,
    stream_suppressions,
    undo_import,
)
from tests.ledger.rows import KEYS, NOW, STAMP

RANK = {DEAD_ADDRESS: 0, MANUAL: 1, OPTED_OUT: 3}
FILE = Source("unsubscribed.csv", b"\1" * 32, "mailchimp", "everywhere")


def new(text: str, reason: str = OPTED_OUT) -> NewSuppression:
    subject = parse_subject(KEYS, text)
    return NewSuppression(subject.digest, subject.text, reason, "import", subject=subject.kind)


def take(ledger: Ledger, *entries: NewSuppression, source: Source = FILE) -> tuple[int, Added]:
    with ledger.writing() as connection:
        number = begin_import(connection, source, stamp=STAMP)
        added = add_many(connection, entries, rank=RANK, stamp=STAMP, import_id=number)
        end_import(connection, number, added=len(added.new), stamp=STAMP)
    return number, added


def active(ledger: Ledger, wanted: Wanted = Wanted()) -> dict[str, str]:  # noqa: B008 - a frozen value
    with ledger.reading() as connection:
        return {each.address: each.reason for each in stream_suppressions(connection, wanted)}


def test_thousands_are_added_once_and_the_same_file_again_adds_nobody(ledger: Ledger) -> None:
    people = [new(f"p{number}@outlet.example") for number in range(3000)]
    first, added = take(ledger, *people, people[0])
    assert len(added.new) == 3000
    again, nothing = take(ledger, *people)
    assert (again, nothing.new) == (first, ())
    with ledger.reading() as connection:
        assert count_suppressions(connection, Wanted()) == count_import(connection, first) == 3000
        (known,) = read_imports(connection)
    assert (known.name, known.added, known.undone_at) == ("unsubscribed.csv", 3000, None)


def test_a_stronger_reason_takes_the_place_of_a_weaker_one_and_undoing_brings_that_back(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        add_many(connection, [new("ada@outlet.example", DEAD_ADDRESS)], rank=RANK, stamp=STAMP)
        foreseen = add_many(connection, [new("ada@outlet.example")], rank=RANK, stamp=None)
    assert (len(foreseen.new), foreseen.replaced) == (1, 1)
    number, added = take(ledger, new("ada@outlet.example"), new("bo@outlet.example"))
    assert (len(added.new), added.replaced) == (2, 1)
    assert active(ledger) == {"ada@outlet.example": OPTED_OUT, "bo@outlet.example": OPTED_OUT}
    with ledger.writing() as connection:
        assert undo_import(connection, number, stamp=STAMP) == 2
    assert active(ledger) == {"ada@outlet.example": DEAD_ADDRESS}


def test_what_two_files_say_stands_though_one_is_undone(ledger: Ledger) -> None:
    first, _ = take(ledger, new("ada@outlet.example"), new("bo@outlet.example"))
    take(ledger, new("ada@outlet.example"), source=Source("other.csv", b"\2" * 32, "csv", "everywhere"))
    with ledger.writing() as connection:
        undo_import(connection, first, stamp=STAMP)
    assert active(ledger) == {"ada@outlet.example": OPTED_OUT}


def test_a_domain_and_people_are_added_together_and_found_by_what_is_asked(ledger: Ledger) -> None:
    take(ledger, new("*@closed.example", MANUAL), new("ada_b%c@outlet.example"))
    assert active(ledger, Wanted(reason=MANUAL)) == {"*@closed.example": MANUAL}
    assert active(ledger, Wanted(find="_B%")) == {"ada_b%c@outlet.example": OPTED_OUT}
    assert active(ledger, Wanted(since=NOW + timedelta(days=1))) == {}
    with ledger.reading() as connection:
        assert count_nameless(connection, Wanted()) == 0


def test_a_few_of_many_are_known_again_and_what_nobody_says_is_empty(ledger: Ledger) -> None:
    people = [new(f"p{number}@outlet.example") for number in range(300)]
    first, _ = take(ledger, *people)
    _, added = take(ledger, *people[::100], new("bo@outlet.example")._replace(note="in a letter"))
    assert [each.address for each in added.new] == ["bo@outlet.example"]
    with ledger.reading() as connection:
        newest, *_, oldest = stream_suppressions(connection, Wanted())
        assert find_suppression(connection, people[7].address_digest) is not None
    assert (newest.note, oldest.note, oldest.person_digest, oldest.delivery_id) == ("in a letter", "", None, None)
    assert (oldest.created_at, oldest.actor, oldest.import_id, oldest.unconfirmed) == (NOW, STAMP.actor, first, False)
