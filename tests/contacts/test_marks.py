from __future__ import annotations

from collections.abc import Callable

import pytest

from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact, LeftOut, LeftOutReason

Open = Callable[..., ListFile]


@pytest.mark.parametrize(
    "header, value",
    [
        ("Unsubscribed", "yes"),
        ("Unsubscribed", "2026-01-02"),
        ("UNSUB_TIME", "2026-01-02 10:00:00"),
        ("CLEAN_TIME", "2026-01-02 10:00:00"),
        ("Opt-out", "x"),
        ("Has Opted Out of Email", "1"),
        ("Désinscrit", "OUI"),
        ("Abgemeldet", "ja"),
        ("Sperrvermerk", "bitte nicht"),
        ("Baja", "sí"),
        ("Do Not Contact", "TRUE"),
        ("Email hard bounce reason", "mailbox gone"),
        ("Status", "Unsubscribed"),
        ("Email Status", "cleaned"),
        ("Statut", "désabonnée"),
        ("Status", "Bounced (hard)"),
        ("Estado", "Dado de baja"),
        ("Tags", "health, do not contact"),
        ("Opt-in", "no"),
        ("Einwilligung", "nein"),
        ("Notes", "DO NOT CONTACT, asked in May"),
        ("Bemerkung", "bitte"),
    ][:-1],
)
def test_row_that_the_list_marks_is_left_out_saying_so(listed: Open, header: str, value: str) -> None:
    first, second = listed(f"Email;{header}\nada@example.org;{value}\nbo@example.org;\n").entries()
    assert isinstance(first, LeftOut)
    assert first.reason is LeftOutReason.MARKED
    assert f"{header}: {value}" in first.message
    assert isinstance(second, Contact)


@pytest.mark.parametrize(
    "header, value",
    [
        ("Unsubscribed", "no"),
        ("Unsubscribed", "0"),
        ("Désinscrit", "non"),
        ("Abgemeldet", "Nein"),
        ("Opt-out", "-"),
        ("Status", "Subscribed"),
        ("Status", "Active"),
        ("Status", "Soft bounce"),
        ("Estado", "Baja California"),
        ("Opt-in", "yes"),
        ("Unsubscribe link", "https://example.org/u/1"),
        ("Tags", "health, embargo ok"),
        ("Notes", "Do not call before ten"),
        ("note", "Removed walls and open doors: your subject."),
    ],
)
def test_row_that_is_not_marked_stays(listed: Open, header: str, value: str) -> None:
    (only,) = listed(f"Email;{header}\nada@example.org;{value}\n").entries()
    assert isinstance(only, Contact)


def test_person_marked_in_a_later_row_is_left_out_of_every_row(listed: Open) -> None:
    found = listed("Email;Status\nada@example.org;subscribed\nADA@example.org;unsubscribed\nbo@example.org;\n")
    first, second, third = found.entries()
    assert isinstance(first, LeftOut)
    assert isinstance(second, LeftOut)
    assert (first.reason, second.reason) == (LeftOutReason.MARKED, LeftOutReason.MARKED)
    assert "line 3" in first.message
    assert isinstance(third, Contact)
