from __future__ import annotations

import pytest

from mailer.contacts.rows import join_names, majority_turned, tidy_name


@pytest.mark.parametrize(
    "typed, address, expected",
    [
        ("Brook, Ada", "x@example.org", "Ada Brook"),
        ("BROOK, Ada", "x@example.org", "Ada BROOK"),
        ("van der Berg, Jan", "x@example.org", "Jan van der Berg"),
        ("Berg, Jan van der", "x@example.org", "Jan van der Berg"),
        ("Okafor-Lind, Nneka M.", "x@example.org", "Nneka M. Okafor-Lind"),
        ("García Márquez, Gabriel", "gabriel@example.org", "Gabriel García Márquez"),
        ("Brook, Ada, Dr.", "x@example.org", "Dr. Ada Brook"),
        ("Brook, Jr., Adam", "x@example.org", "Adam Brook Jr."),
        ('"Brook, Ada"', "x@example.org", "Ada Brook"),
        ("'Ada Brook'", "x@example.org", "Ada Brook"),
        ("Ada Brook, PhD", "x@example.org", "Ada Brook, PhD"),
        ("Ada Brook, Jr.", "x@example.org", "Ada Brook, Jr."),
        ("Ada Brook, Reuters", "ada.brook@example.org", "Ada Brook, Reuters"),
        ("Ada Brook, The Lantern", "ada@example.org", "Ada Brook"),
        ("Sales & Marketing, Reed", "x@example.org", "Sales & Marketing, Reed"),
        ("Prof. Dr. Änne Groß", "x@example.org", "Prof. Dr. Änne Groß"),
        ("Lowri ap Gwilym", "x@example.org", "Lowri ap Gwilym"),
        ("ADA BROOK", "x@example.org", "ADA BROOK"),
        ("Björk", "x@example.org", "Björk"),
        ("山田 太郎", "x@example.org", "山田 太郎"),
        ("ada@example.org", "ada@example.org", ""),
        ("The Lantern", "ada@example.org", ""),
        ("@handle", "ada@example.org", "@handle"),
        ('=HYPERLINK("http://x.example","Ada, B")', "ada@example.org", '=HYPERLINK("http://x.example","Ada, B")'),
    ],
)
def test_name_is_put_as_people_say_it(typed: str, address: str, expected: str) -> None:
    assert tidy_name(typed, address, "The Lantern") == expected


@pytest.mark.parametrize(
    "typed, address, expected",
    [
        ("Brook Ada", "x@example.org", "Ada Brook"),
        ("LE GOFF Yann", "x@example.org", "Yann LE GOFF"),
        ("de La VILLÉON Tugdual", "x@example.org", "Tugdual de La VILLÉON"),
        ("van der Berg Jan", "x@example.org", "Jan van der Berg"),
        ("Garcia Marquez Gabriel", "gabriel.garcia@example.org", "Gabriel Garcia Marquez"),
        ("Ada Brook", "ada.brook@example.org", "Ada Brook"),
        ("Yann LE GOFF", "x@example.org", "Yann LE GOFF"),
        ("Björk", "x@example.org", "Björk"),
        ("山田 太郎", "x@example.org", "山田 太郎"),
    ],
)
def test_name_under_a_heading_that_puts_the_family_first_is_turned(typed: str, address: str, expected: str) -> None:
    assert tidy_name(typed, address, "", family_first=True) == expected


def test_column_kept_as_last_first_is_turned_also_where_one_name_alone_would_not_tell() -> None:
    column = ["Brook, Ada", "Garcia Marquez, Gabriel", "Lind, Bo"]
    assert majority_turned(column)
    assert tidy_name(column[1], "x@example.org", "", turned=True) == "Gabriel Garcia Marquez"
    assert tidy_name(column[1], "x@example.org", "") == column[1]
    assert not majority_turned(["Ada Brook, PhD", "Bo Lind", "Brook, Ada"])


def test_names_in_east_asian_characters_are_joined_family_first() -> None:
    assert join_names("太郎", "山田") == "山田 太郎"
    assert join_names("Taro", "Yamada") == "Taro Yamada"
    assert join_names("", "Brook") == "Brook"
