"""Plans in the ledger: the words by which they are called."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from itertools import combinations

import pytest

from mailer.errors import InputProblem
from mailer.ledger import Ledger
from mailer.ledger.mailings import Stamp
from mailer.ledger.plans import NewPlan, add_plan, require_plan, words_of
from mailer.words import read_section

STAMP = Stamp(datetime(2026, 11, 29, tzinfo=UTC), "ada@desk")


def differs(one: str, other: str) -> int:
    """Count the letters that make one word of another."""
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, start=1):
        before, row[0] = row[0], number
        for place, each in enumerate(other, start=1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (letter != each))
    return row[-1]


def test_there_is_one_word_for_each_byte_and_no_two_are_alike() -> None:
    words = read_section("plans", "spoken")["words"]
    assert len(set(words)) == 256
    assert all(word.isascii() and word.islower() and 3 < len(word) < 11 for word in words)
    assert [pair for pair in combinations(words, 2) if differs(*pair) < 2] == []


def test_a_plan_is_found_by_its_hash_by_its_beginning_and_by_its_words(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        digests = [
            add_plan(connection, NewPlan("lamps", "release", "Lamps", 1, "ada"), os.urandom(40), stamp=STAMP)
            for _ in range(5)
        ]
        for digest in digests:
            for name in (digest.hex(), digest.hex()[:8].upper(), words_of(digest), words_of(digest).replace(" ", "-")):
                assert require_plan(connection, name).hash == digest
        for name in ("", "abc", "zz" * 8, words_of(digests[0]).rpartition(" ")[0]):
            with pytest.raises(InputProblem, match="there is no plan"):
                require_plan(connection, name)
