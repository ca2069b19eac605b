from __future__ import annotations

from collections.abc import Callable

from mailer.contacts.reading import ListFile
from mailer.contacts.values import MEANINGS, Contact, lean_fields, whole_fields

Open = Callable[..., ListFile]


def test_what_is_kept_of_a_person_holds_no_empty_meaning_and_gives_all_of_them_back(listed: Open) -> None:
    (ada,) = listed("email,Time zone,Fax\nada@example.org,Europe/Paris,\n").entries()
    assert isinstance(ada, Contact)
    kept = lean_fields(ada.fields)
    assert kept == {"email": "ada@example.org", "time_zone": "Europe/Paris", "fax": ""}
    assert whole_fields(kept) == ada.fields


def test_meaning_that_came_after_a_mailing_was_planned_is_empty_there() -> None:
    assert set(whole_fields({"email": "ada@example.org"})) == set(MEANINGS)
