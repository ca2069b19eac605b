"""Searching without accents: what is found by what people type."""

from __future__ import annotations

import pytest

from mailer.contacts.folding import finds, plain, several


@pytest.mark.parametrize(
    "typed, cell",
    [
        ("MULLER", "Jana Müller"),
        ("mueller", "Jana Müller"),
        ("Müller", "Jana Muller"),
        ("strasse", "Hauptstraße 4"),
        ("sorensen", "Sørensen"),
        ("lodz", "Łódź"),
        ("o'hara", "O’Hara"),
        ("zoe", "Zoe\u0308"),
    ],
)
def test_accents_and_case_do_not_matter(typed: str, cell: str) -> None:
    assert finds([plain(typed)], [cell])


def test_every_word_must_stand_somewhere_in_the_row() -> None:
    row = ["Ada Brook", "The Daily"]
    assert finds(["ada", "daily"], row)
    assert not finds(["ada", "weekly"], row)


def test_a_cell_with_several_values_gives_each_once() -> None:
    assert several('"Business", Health;Health | Arts,') == ["Business", "Health", "Arts"]
