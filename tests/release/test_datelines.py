from __future__ import annotations

import pytest

from mailer.release.top import is_place, parse_place, read_dateline_text


@pytest.mark.parametrize(
    "text, names, story",
    [
        ("EASTPORT, 24 November – The council said", ("EASTPORT",), "The council"),
        ("WASHINGTON (AP) — The president", ("WASHINGTON",), "The president"),
        ("LONDON, England (Reuters) - Shares fell", ("LONDON", "England"), "Shares"),
        ("SAN FRANCISCO, March 3, 2027 /PRNewswire/ -- Example Inc. today", ("SAN FRANCISCO",), "Example"),
        ("SEATTLE--(BUSINESS WIRE)--March 3, 2027--Example Inc. today", ("SEATTLE",), "Example"),
        ("NEW YORK, March 03, 2027 (GLOBE NEWSWIRE) -- Example today", ("NEW YORK",), "Example"),
        ("SPRINGFIELD, Ill. (March 3, 2027) — The city", ("SPRINGFIELD", "Ill."), "The city"),
        ("Mountain View, Calif. — March 3, 2027 — Example", ("Mountain View", "Calif."), "Example"),
        ("WALPOLE, MA – The store", ("WALPOLE", "MA"), "The store"),
        ("Alnwick, UK - March 3, 2027 - The castle", ("Alnwick", "UK"), "The castle"),
        ("3 March 2027, London – The museum opens", ("London",), "The museum"),
        ("March 3, 2027 (The Quay). The trust", ("The Quay",), "The trust"),
        ("Paris, le 3 mars 2027 – Le musée", ("Paris",), "Le musée"),
        ("Genève, 3 mars 2027 (ATS) - Le musée", ("Genève",), "Le musée"),
        ("Vieux-Quai-sur-Lys, le 3 mars 2027, 17 h 45 – Le groupe", ("Vieux-Quai-sur-Lys",), "Le groupe"),
        ("Frankfurt am Main, 3. März 2027, 17:45 Uhr – Die Bank", ("Frankfurt am Main",), "Die Bank"),
        ("EASTPORT, March 3, 2027, 9:00 a.m. (ET) /Example Wire/ -- The council", ("EASTPORT",), "The council"),
        ("(Peña del Río, 03/03/2027, 13:40) El consorcio", ("Peña del Río",), "El consorcio"),
        ("Berlin, den 3. März 2027. Die Stadt", ("Berlin",), "Die Stadt"),
        ("(Berlin, 3. März 2027) Die Stadt", ("Berlin",), "Die Stadt"),
        ("(Berlin, 3. März 2027). Die Stadt", ("Berlin",), "Die Stadt"),
        ("(Berlin) Die Stadt hat", ("Berlin",), "Die Stadt"),
        ("Wien (OTS) - Die Stadt", ("Wien",), "Die Stadt"),
        ("Berlin/Bonn, 3.3.2027 - Die Stadt", ("Berlin/Bonn",), "Die Stadt"),
        ("HEIDELBERG. Das Museum", ("HEIDELBERG",), "Das Museum"),
        ("Frankenthal/Berlin. Die Preise", ("Frankenthal/Berlin",), "Die Preise"),
        ("Frankfurt am Main, 3. März 2027: Die Bank", ("Frankfurt am Main",), "Die Bank"),
        ("Madrid, 3 de marzo de 2027.- El museo", ("Madrid",), "El museo"),
        ("México, a 3 de marzo de 2027.- La sala", ("México",), "La sala"),
        ("Santa Cruz de Tenerife, 13 de agosto de 2026. — El", ("Santa Cruz de Tenerife",), "El"),
        ("Milano, lì 3 marzo 2027 – Il museo", ("Milano",), "Il museo"),
        ("Sant'Elpidio alla Valle, 10 aprile 2027 - Il teatro", ("Sant'Elpidio alla Valle",), "Il teatro"),
        ("Den Haag, 3 maart - Het museum", ("Den Haag",), "Het museum"),
        ("São Paulo, 03/03/2027 – A empresa", ("São Paulo",), "A empresa"),
        ("【東京、3月3日】株式会社サンプルは", ("東京",), "株式会社"),
        ("【東京 2027年3月3日】株式会社サンプルは", ("東京",), "株式会社"),
        ("東京発 – 2027年3月3日 – 株式会社サンプルは", ("東京",), "株式会社"),
        ("2027年3月3日（東京）- 株式会社サンプルは", ("東京",), "株式会社"),
        ("March 3, 2027 – The museum opens", (), "The museum"),
    ],
)
def test_dateline_is_told_from_the_story_behind_it(text: str, names: tuple[str, ...], story: str) -> None:
    found = read_dateline_text(text)
    assert found is not None
    assert found.names == names
    assert text[found.end :].startswith(story)


@pytest.mark.parametrize(
    "text",
    [
        "Linux – The kernel is free",
        "The Museum – which opened in May – is closed",
        "NASA – The agency said",
        "Paris, 3 mars 2027, le musée ouvre",
        "On March 3, 2027 – the day of the vote",
        "Today – March 3 – we open",
        "EASTPORT SWIMMING TRUST\nPress office and letters",
        "Note: the hall is closed",
        '"I am happy" - said Ann',
        "",
    ],
)
def test_sentence_with_a_dash_is_no_dateline(text: str) -> None:
    assert read_dateline_text(text) is None


def test_what_its_source_sets_apart_needs_no_dash() -> None:
    found = read_dateline_text("EASTPORT, ME The seals are back", apart=len("EASTPORT, ME "))
    assert found is not None
    assert found.names == ("EASTPORT", "ME")
    assert read_dateline_text("EASTPORT, ME The seals are back") is None


@pytest.mark.parametrize(
    "text, is_one",
    [
        ("Port-aux-Mouettes", True),
        ("Villarrejo del Duero", True),
        ("Berlin", True),
        ("Example Trust", False),
        ("Press Release", False),
        ("March", False),
        ("the harbour", False),
        ("One Two Three Four Five Six Seven", False),
        ("Port Ardan", True),
        ("Port of Ardan", False),
        ("Port Authority", False),
        ("Ústí nad Labem", True),
        ("東港", True),
        ("Выставка продлится до", False),
    ],
)
def test_place_has_capitals_and_is_no_organisation(text: str, *, is_one: bool) -> None:
    assert is_place(text) is is_one


def test_house_before_the_city_is_no_city() -> None:
    place = parse_place("Example House, EASTPORT, Maine")
    assert (place.city, place.region) == ("EASTPORT", "Maine")


@pytest.mark.parametrize(
    "city,behind",
    [
        ("PORT TALBOT", ""),
        ("PORT TALBOT", ", Wales, 3 March 2027"),
        ("ST. LOUIS", ""),
        ("ST. LOUIS", ", Mo., March 3, 2027"),
        ("PORT OF SPAIN", ", Trinidad and Tobago"),
        ("HARBOUR GRACE", ", N.L."),
        ("HARBOUR ARDAN", ""),
        ("OLD HARBOUR", ""),
        ("COLLEGE ARDAN", ", Texas"),
        ("MT. ARDAN", ", Ohio"),
        ("ST. JOHN’S", ", Newfoundland"),
    ],
)
def test_a_town_with_the_word_of_a_body_or_a_port_in_its_name_opens_a_dateline(city: str, behind: str) -> None:
    found = read_dateline_text(f"{city}{behind} – The council of Eastport voted on Monday to reopen the hall.")
    assert found is not None
    assert found.names[0] == city
    assert found.text == f"{city}{behind}"


@pytest.mark.parametrize("name", ["HARBOUR TRUST", "PORT AUTHORITY", "PORT OF ARDAN", "COLLEGE COUNCIL"])
def test_a_body_opens_no_dateline(name: str) -> None:
    assert read_dateline_text(f"{name} – The council of Eastport voted on Monday to reopen the hall.") is None
