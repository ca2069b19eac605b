"""An address book in vCard form is a list, a card a person."""

from __future__ import annotations

from collections.abc import Callable

from mailer.contacts.files import Form
from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact

Open = Callable[..., ListFile]


def card(*lines: str, version: str = "3.0") -> str:
    return "".join(f"{line}\r\n" for line in ("BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD"))


def people(found: ListFile) -> list[Contact]:
    return [entry for entry in found.entries() if isinstance(entry, Contact)]


def test_a_card_gives_a_person_with_outlet_role_and_country(listed: Open) -> None:
    found = listed(
        card(
            "N:Brook;Ada;;Dr.;",
            "FN:Ada Brook",
            "ORG:The Daily\\, Late;Science",
            "TITLE:Editor",
            "EMAIL;TYPE=INTERNET:ada@daily.example.com",
            "TEL;TYPE=WORK:+44 20 7946 0000",
            "ADR;TYPE=work:;;1 Street;London;;N1;United Kingdom",
            "CATEGORIES:Science,Health",
        ),
        "people.vcf",
    )
    (ada,) = people(found)
    assert (ada.name, ada.fields["outlet"], ada.fields["role"]) == ("Ada Brook", "The Daily, Late", "Editor")
    assert (ada.fields["phone"], ada.fields["country"]) == ("+44 20 7946 0000", "United Kingdom")
    assert (ada.fields["tags"], ada.row, ada.line) == ("Science, Health", 1, 1)
    assert (found.table.raw.form, found.layout.header_row, found.layout.delimiter) == (Form.CARDS, None, None)


def test_the_preferred_address_is_the_persons_else_the_one_at_work(listed: Open) -> None:
    home, work, other = "home@a.example.com", "work@a.example.com", "other@a.example.com"
    text = (
        card(f"EMAIL;TYPE=HOME:{home}", f"item1.EMAIL;TYPE=WORK:{work}")
        + card(f"EMAIL;TYPE=WORK:{work}2".replace("com2", "org"), f"EMAIL;TYPE=HOME,PREF:{home}".replace("com", "org"))
        + card(
            f"EMAIL;PREF=2:{other}".replace("com", "net"), f"EMAIL;PREF=1:{home}".replace("com", "net"), version="4.0"
        )
    )
    found = people(listed(text, "people.vcf"))
    assert [str(each.address) for each in found] == [work, home.replace("com", "org"), home.replace("com", "net")]
    assert found[0].fields["other_emails"] == home


def test_old_cards_are_folded_and_quoted_printable_in_their_charset(listed: Open) -> None:
    text = card(
        "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;G=C3=B6tz",
        "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:G=C3=B6tz =\r\nM=C3=BCller",
        "ORG;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:K=FCstenfunk",
        "EMAIL;PREF;INTERNET:goetz@kuestenfunk.exam\r\n ple.com",
        version="2.1",
    )
    (goetz,) = people(listed(text, "people.vcf"))
    assert (goetz.name, goetz.fields["outlet"]) == ("Götz Müller", "Küstenfunk")
    assert str(goetz.address) == "goetz@kuestenfunk.example.com"


def test_a_card_of_a_group_is_no_person_and_a_company_has_no_persons_name(listed: Open) -> None:
    text = (
        card("KIND:group", "FN:All", "MEMBER:mailto:x@example.org", version="4.0")
        + card("FN:The Daily", "N:;;;;", "ORG:The Daily", "EMAIL:desk@daily.example.com")
        + card("FN:ada@daily.example.com", "N:;;;;", "EMAIL:ada@daily.example.com")
    )
    found = listed(text, "people.vcf")
    assert [(each.name, each.fields["outlet"]) for each in people(found)] == [("", "The Daily"), ("", "")]
    assert [(problem.code, problem.line) for problem in found.problems if problem.code == "heading"] == [("heading", 1)]


def test_a_category_can_say_not_to_mail(listed: Open) -> None:
    text = card("FN:Ada", "EMAIL:ada@daily.example.com", "CATEGORIES:Press,Do not contact") + card(
        "FN:Bo", "EMAIL:bo@daily.example.com"
    )
    assert [each.name for each in people(listed(text, "people.vcf"))] == ["Bo"]


def test_a_note_of_staff_is_not_printed(listed: Open) -> None:
    (ada,) = people(listed(card("FN:Ada", "EMAIL:ada@daily.example.com", "NOTE:grumpy\\nbefore noon"), "people.vcf"))
    assert ada.fields["note"] == ""
    assert ada.fields["notes"] == "grumpy\nbefore noon"
