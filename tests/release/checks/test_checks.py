from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailer.errors import InputProblem, Problem, Severity
from mailer.release.source import parse_release
from mailer.release.times import parse_embargo
from mailer.release.values import (
    Boilerplate,
    Dateline,
    Embargo,
    Event,
    Extras,
    Image,
    MediaContact,
    Paragraph,
    Quote,
    Release,
    Span,
    Waiver,
)
from tests.release.checks.desk import check_release

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SHIPPED = sorted((Path(__file__).parents[3] / "templates" / "workspace" / "releases").glob("*.md"))
GOOD = Release(
    slug="seals",
    headline="Seals are back",
    date=date(2026, 11, 24),
    contacts=(MediaContact("Ada Brook", phones=("020 7946 0001",)),),
    body=(Paragraph((Span("Forty-one of them."),)),),
)


def found(**changes: Any) -> dict[str, Severity]:
    problems = check_release(replace(GOOD, **changes), now=NOW)
    return {problem.code: problem.severity for problem in problems if problem.severity is not Severity.NOTE}


def test_good_release_has_no_findings() -> None:
    assert found() == {}


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"headline": " "}, "no-headline"),
        ({"headline": "Seals\r\nBcc: x@example.org"}, "headline-control"),
        ({"headline": "Seals\x00"}, "headline-control"),
        ({"headline": "Seals\u2028"}, "headline-control"),
        ({"embargo": parse_embargo("2026-12-01 09:00")[0]}, "embargo-no-zone"),
        ({"embargo": parse_embargo("2026-12-01 09:00 CST")[0]}, "embargo-no-zone"),
        ({"embargo": Embargo("soon")}, "embargo-unclear"),
        ({"embargo": parse_embargo("2026-11-24 11:59 GMT")[0]}, "embargo-past"),
        ({"body": (*GOOD.body, Paragraph((Span("Dear {{ name }}"),)))}, "leftover"),
    ],
)
def test_error_stops_a_mailing(changes: Mapping[str, Any], code: str) -> None:
    assert found(**changes)[code] is Severity.ERROR


def body(*blocks: Any) -> dict[str, Any]:
    return {"body": (*GOOD.body, *blocks)}


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"contacts": ()}, "no-contact"),
        ({"contacts": (MediaContact("Ada Brook"),)}, "no-contact"),
        ({"headline": "Seal " * 21}, "headline-long"),
        ({"headline": "SEALS ARE BACK"}, "headline-caps"),
        ({"date": None}, "no-date"),
        ({"body": ()}, "no-body"),
        ({"extras": Extras(event=Event(starts=NOW - timedelta(hours=1)))}, "event-past"),
        ({"extras": Extras(event=Event(starts=NOW + timedelta(hours=1), where="[Room TBC]"))}, "leftover"),
        ({"extras": Extras(pitch="Dear {{ first_name }}, the count is TK.")}, "leftover"),
        ({"extras": Extras(press_kit="https://staging.example.org/kit")}, "link-staging"),
        ({"extras": Extras(portrait=Image("ada.jpg", "", credit="Photo: A. Brook"))}, "image-alt"),
        ({"extras": Extras(portrait=Image("ada.jpg", "Ada Brook on the pier"))}, "image-credit"),
        ({"subhead": "TK"}, "leftover"),
        ({"headline": "XX seals are back"}, "leftover"),
        (body(Paragraph((Span("Figures TBC."),))), "leftover"),
        (body(Paragraph((Span("Lorem ipsum dolor"),))), "leftover"),
        (body(Quote(((Span("We are glad."),),), "[name]")), "leftover"),
        (body(Quote(((Span("We are glad."),),))), "quote-speaker"),
        (body(Image("s.jpg", " ", "Seals", "Photo: A. Brook")), "image-alt"),
    ],
)
def test_slip_is_a_warning(changes: Mapping[str, Any], code: str) -> None:
    assert found(**changes) == {code: Severity.WARNING}


@pytest.mark.parametrize(
    "extras",
    [
        Extras(pitch="Dear {{ first_name or 'colleague' }}, this is the count I spoke of."),
        Extras(event=Event(starts=NOW - timedelta(hours=1), ends=NOW + timedelta(hours=1), what="The count")),
        Extras(press_kit="https://www.example.org/kit"),
        Extras(portrait=Image("ada.jpg", "Ada Brook on the pier", credit="Photo: A. Brook")),
    ],
)
def test_what_goes_with_a_release_may_be_in_order(extras: Extras) -> None:
    assert found(extras=extras) == {}


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"boilerplate": ()}, "no-boilerplate"),
        ({"dateline": None}, "no-dateline"),
        ({"end_mark": ""}, "no-end-mark"),
        (body(Paragraph((Span("seal " * 60),))), ""),
        ({"body": (Paragraph((Span("seal " * 61),)),)}, "lead-long"),
        ({"contacts": (MediaContact("Ada, out of hours", phones=("123 456 789",)),), "language": "sv"},
         "contact-phone-country"),
    ],
)  # fmt: skip
def test_what_is_worth_knowing_is_a_note(changes: Mapping[str, Any], code: str) -> None:
    contact = MediaContact("Ada Brook, out of hours", phones=("+44 20 7946 0001",))
    whole = replace(
        GOOD,
        dateline=Dateline("EASTPORT", text="EASTPORT"),
        boilerplate=(Boilerplate(((Span("We watch."),),), "About us"),),
        end_mark="ENDS",
        contacts=(contact,),
    )
    assert check_release(whole, now=NOW) == ()
    reported = [(problem.code, problem.severity) for problem in check_release(replace(whole, **changes), now=NOW)]
    assert reported == ([(code, Severity.NOTE)] if code else [])


def test_what_the_starter_leaves_to_be_filled_in_stops_a_mailing() -> None:
    assert found(**body(Paragraph((Span("[Insert quote]"),)))) == {"leftover": Severity.ERROR}


@pytest.mark.parametrize(
    "text", ["The XXL seal", "at TKO weight", "[sic]", "a {brace}", "in todo lists", "Chapter XIX"]
)
def test_ordinary_words_are_no_leftovers(text: str) -> None:
    assert found(**body(Paragraph((Span(text),)))) == {}


def test_embargo_that_is_over_says_how_to_go_on() -> None:
    problem = check_release(replace(GOOD, embargo=parse_embargo("2026-11-24 11:59 GMT")[0]), now=NOW)[0]
    assert problem.message == "the embargo is over: it ended on 2026-11-24 at 11:59 GMT"
    assert problem.hint == "Take the line out, and the release goes out without the mark."


@pytest.mark.parametrize("value", ["", " ", " ''"])
def test_empty_embargo_is_an_error_with_its_line(value: str) -> None:
    text = f"---\nheadline: Seals\nembargo:{value}\ndate: 2026-11-24\n---\n\nText.\n"
    with pytest.raises(InputProblem) as caught:
        parse_release(text.encode(), source="a.md", slug="a")
    assert [(problem.code, problem.severity, problem.line) for problem in caught.value.problems] == [
        ("embargo-empty", Severity.ERROR, 3)
    ]


def test_embargo_ahead_and_clear_is_fine() -> None:
    assert found(embargo=parse_embargo("2026-11-24 12:01 GMT")[0]) == {}


@pytest.mark.parametrize(
    "text",
    [
        *("EMBARGOED UNTIL 09:00, 1 December", "Embargoed", "UNDER EMBARGO until Monday", "Strictly embargoed: 1 May"),
        *("Not for release until 1 December", "Not for publication or broadcast before 9 am", "Hold for release"),
        *(
            "No release before Tuesday",
            "Do not publish before 1 December",
            "Embargo: 1 December, 9 am",
            "Sperrfrist: 9 Uhr",
        ),
        *("For release at 9 am on 1 December 2026", "FOR RELEASE ON 1 December 2026", "For release at 23:00"),
        *("Please do not use until Monday", "**EMBARGOED** – Seals are back"),
    ],
)
def test_embargo_in_words_alone_stops_a_mailing(text: str) -> None:
    for changes in (
        {"label": text},
        {"headline": text},
        {"subhead": text},
        {"body": (Paragraph((Span(f"{text}. Forty-one of them."),)),)},
    ):
        assert found(**changes).get("embargo-in-words") is Severity.ERROR, changes
    assert "embargo-in-words" not in found(headline=text, embargo=parse_embargo("2026-12-01 09:00 GMT")[0])


@pytest.mark.parametrize(
    "text",
    [
        "This press release is strictly embargoed until 00:01 on 1 December.",
        "Für diese Meldung gilt eine Sperrfrist bis 1. Dezember, 9 Uhr.",
        "Sous embargo jusqu'au 1er décembre à 9 h.",
        "Esta nota está embargada hasta el 1 de diciembre a las 9:00.",
        "Il presente comunicato è sotto embargo fino al 1 dicembre, ore 9.",
    ],
)
def test_embargo_in_the_notes_stops_a_mailing(text: str) -> None:
    note = (Paragraph((Span(text),)),)
    for changes in ({"notes_to_editors": note}, {"body": (*GOOD.body, *note)}):
        assert found(**changes) == {"embargo-in-words": Severity.ERROR}
    for story in ("The arms embargo until 31 July was renewed.", "The report says the embargo until 3 May failed."):
        assert found(notes_to_editors=(Paragraph((Span(story),)),)) == {}


def test_a_later_moment_than_the_embargo_that_is_set_is_told() -> None:
    embargo = parse_embargo("2026-12-01 09:00 GMT")[0]
    for text, reported in (
        ("Embargoed until 00:01 GMT on 3 December 2026.", True),
        ("Sperrfrist: 1. Dezember 2026, 11 Uhr MEZ", True),
        ("Embargoed until 9 a.m. GMT on 1 December 2026.", False),
        ("Embargoed until 10:00 CET on 1 December 2026.", False),  # the same moment
        ("The arms embargo ends on 3 December 2026 at noon.", False),
    ):
        for changes in ({"subhead": text}, {"notes_to_editors": (Paragraph((Span(text),)),)}):
            assert ("embargo-later" in found(embargo=embargo, **changes)) is reported, (text, changes)


def test_words_of_an_embargo_that_are_the_story_stop_a_mailing_until_somebody_says_why() -> None:
    headline = "Embargo: what the ports ask for now"
    assert found(headline=headline)["embargo-in-words"] is Severity.ERROR
    assert found(headline=headline, waivers=(Waiver("embargo-in-words", "it is the story"),)) == {}
    assert found(headline=headline, waivers=(Waiver("embargo-in-words", " "),))["embargo-in-words"] is Severity.ERROR


@pytest.mark.parametrize(
    "headline",
    [
        "Do not use the lift before it is mended, says council",
        "Do not use the cream before 1 March",
        "Court embargoes shipment until 3 May",
        "Trade embargo: ports ask for help",
    ],
)
def test_headline_that_holds_back_something_else_is_no_embargo(headline: str) -> None:
    assert not {code for code in found(headline=headline) if "embargo" in code}


@pytest.mark.parametrize(
    "text",
    [
        *("FOR IMMEDIATE RELEASE", "No embargo", "Not under embargo", "Embargo: none", "Embargo lifted", "News"),
        *("For release on 3 May 2026", "FOR RELEASE", "For release: 24 November 2026", "For release at 09:00"),
    ],
)
def test_label_without_an_embargo_ahead_is_fine(text: str) -> None:
    assert found(label=text) == {}
    assert found(subhead=text) == {}


@pytest.mark.parametrize(
    "text",
    [
        *("The trade embargo until 1990 hurt ports.", "Arms embargo: ports ask for clarity", "Embargo on eels begins"),
        *("Embargoed goods found in the harbour", "Ministers hold talks until Monday", "Embargo-busting ship is held"),
        "Seals return. For release on 1 December 2026, see the appendix.",
    ],
)
def test_story_about_an_embargo_is_fine(text: str) -> None:
    assert found(headline=text.rstrip(".")) == {}
    assert found(body=(Paragraph((Span(text),)),)) == {}


def test_findings_of_reading_come_too_and_errors_come_first() -> None:
    text = b"---\nheadline: SEALS ARE BACK\nembargo: 2026-12-01 09:00\n---\n\n[x](ftp://a.b)\n"
    problems = check_release(parse_release(text, source="a.md", slug="a"), now=NOW)
    assert (problems[0].code, problems[0].severity, problems[0].line) == ("embargo-no-zone", Severity.ERROR, 3)
    codes = [problem.code for problem in problems]
    assert "link-dropped" in codes
    assert codes.count("embargo-no-zone") == 1


def test_every_finding_says_what_to_do() -> None:
    bad = Release(
        slug="a", headline="A" * 101 + " B C\n", body=(Quote(((Span("x"),),)), Image("s.jpg")), embargo=Embargo("soon")
    )
    problems: tuple[Problem, ...] = check_release(bad, now=NOW)
    assert len(problems) >= 7
    assert all(len(problem.message) > 20 and problem.hint.endswith((".", "?")) for problem in problems)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_release_has_nothing_to_mend(path: Path) -> None:
    release = parse_release(path.read_bytes(), source=path.name, slug=path.stem)
    assert [problem for problem in check_release(release, now=NOW) if problem.severity is not Severity.NOTE] == []
    assert len(release.contacts) == 2
    assert all((release.subhead, release.dateline, release.end_mark, release.boilerplate, release.notes_to_editors))
    assert any(quote.speaker and quote.role and quote.organisation for quote in release.quotes())


def test_two_releases_are_shipped() -> None:
    assert len(SHIPPED) == 2
