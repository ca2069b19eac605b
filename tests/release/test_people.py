from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.release.people import (
    ContactLine,
    find_phones,
    parse_attribution,
    parse_contact_line,
    read_person,
    render_attribution,
    sort_words,
)
from mailer.release.values import Quote


@pytest.mark.parametrize(
    "text, phones, emails, words",
    [
        ("Rosa Tellmann 555-010-4471", ["555-010-4471"], [], ["Rosa Tellmann"]),
        ("Tel: +44 (0)20 7946 0000", ["+44 (0)20 7946 0000"], [], []),
        ("Tel: 020 7946 0000 / Mobile: 07700 900123", ["020 7946 0000", "07700 900123"], [], []),
        ("T 0161 496 0000 E ana@example.org W www.example.org", ["0161 496 0000"], ["ana@example.org"], []),
        ("Jane Doe, Head of Press, 020 7946 0000", ["020 7946 0000"], [], ["Jane Doe", "Head of Press"]),
        ("Jane Doe <jane@example.org>", [], ["jane@example.org"], ["Jane Doe"]),
        ("mailto:jane@example.org", [], ["jane@example.org"], []),
        (
            "Ana van der Berg – press officer – 0161 496 0000",
            ["0161 496 0000"],
            [],
            ["Ana van der Berg", "press officer"],
        ),
        ("Press Office: 020 7946 0001 ext. 12", ["020 7946 0001 ext. 12"], [], ["Press Office"]),
        ("(202) 555-0142  *  office@example.org", ["(202) 555-0142"], ["office@example.org"], []),
        ("++1 650-555-0100-752", ["++1 650-555-0100-752"], [], []),
        ("Website: Example Trust", [], [], []),
        ("Fax: 020 7946 0009", [], [], []),
        ("Tlf.: (+34) 555 33 10 72 / 666 55 01 72", ["(+34) 555 33 10 72", "666 55 01 72"], [], []),
    ],
)
def test_contact_line_gives_numbers_addresses_and_words(
    text: str, phones: list[str], emails: list[str], words: list[str]
) -> None:
    found = parse_contact_line(text)
    assert (list(found.phones), list(found.emails), list(found.words)) == (phones, emails, words)


@pytest.mark.parametrize(
    "text", ["2026-11-24", "5 December 2018", "24.11.2026", "1,200,000 people", "in 1986 and 2019"]
)
def test_dates_and_figures_are_no_telephone_numbers(text: str) -> None:
    assert find_phones(text) == []


def test_kind_of_a_number_is_noted() -> None:
    found = parse_contact_line("Bo Lind, 0131 496 0404 (office), 07700 900789 (out of hours)")
    assert found.note == "office: 0131 496 0404; out of hours: 07700 900789"
    assert found.words == ("Bo Lind",)


def test_line_without_anything_is_empty() -> None:
    assert parse_contact_line("  ") == ContactLine()


@pytest.mark.parametrize(
    "text, who",
    [
        ("Ann Bell", ("Ann Bell", "", "")),
        ("Ann Bell, head of coast", ("Ann Bell", "head of coast", "")),
        ("Ann Bell, Example Trust", ("Ann Bell", "", "Example Trust")),
        ("Ann Bell, head of coast, Example Trust", ("Ann Bell", "head of coast", "Example Trust")),
        (
            "Ann Bell, Example Alliance, Deputy Director of Affairs",
            ("Ann Bell", "Deputy Director of Affairs", "Example Alliance"),
        ),
        ("Ann Bell, painter, Blue Rooms", ("Ann Bell", "painter", "Blue Rooms")),
        ("Ann Bell | baker, poet | ", ("Ann Bell", "baker, poet", "")),
    ],
)
def test_attribution_tells_role_from_organisation(text: str, who: tuple[str, str, str]) -> None:
    quote = parse_attribution(text)
    assert (quote.speaker, quote.role, quote.organisation) == who


PARTS = st.text(st.characters(categories=["L", "Nd"], include_characters=" ,.&-"), max_size=25).map(
    lambda text: " ".join(text.split())
)


@given(PARTS, PARTS, PARTS)
def test_any_attribution_is_read_as_it_was_written(speaker: str, role: str, organisation: str) -> None:
    quote = Quote((), speaker, role, organisation)
    assert parse_attribution(render_attribution(quote)) == quote


def test_the_name_of_a_body_is_nobodys_and_whoever_stands_behind_a_press_office_is_somebody() -> None:
    bodies = (
        "Consorcio de Bomberos del Valle|Teatro Real Nuevo|Vigili del Fuoco|Ospedale San Luca|Régie des Transports"
        "|Hôpital Saint Luc|Weingut Hohe Leite|Theater Neue Welt|Northern Railways|Hospital São Lucas|Zuivel Dal"
    )
    assert [body for body in bodies.split("|") if read_person(body)[0]] == []
    people = ("Pressestelle Insa Petersen", "Ufficio Stampa Ginevra Alti", "Example Trust Ann Bell")
    assert [read_person(text)[0] for text in people] == ["Insa Petersen", "Ginevra Alti", "Ann Bell"]


@pytest.mark.parametrize(
    "line, role, organisation",
    [
        ("VP, Communications, Example Trust", "VP, Communications", "Example Trust"),
        ("Director, Media Relations", "Director, Media Relations", ""),
        ("Press Officer, Eastport Harbour Trust", "Press Officer", "Eastport Harbour Trust"),
        ("Tidewater Communications Agency", "", "Tidewater Communications Agency"),
    ],
)
def test_title_goes_on_behind_its_comma_and_an_agency_is_a_body(line: str, role: str, organisation: str) -> None:
    assert sort_words(parse_contact_line(line).words) == (role, organisation)
