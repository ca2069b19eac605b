from __future__ import annotations

import pytest

from mailer.release.quotations import find_spoken, parse_dash, parse_lead_in, unquote
from mailer.release.values import Span, plain


@pytest.mark.parametrize(
    "text, inside",
    [
        ("“We are glad.”", "We are glad."),
        ('"We are glad."', "We are glad."),
        ("„Wir sind froh.“", "Wir sind froh."),
        ("«Nous sommes contents.»", "Nous sommes contents."),
        (" “We are glad.”  ", "We are glad."),
        ("“It goes on in the next paragraph", "It goes on in the next paragraph"),
        ("“We are ‘very’ glad.”", "We are ‘very’ glad."),
    ],
)
def test_outermost_marks_come_off_a_paragraph_that_is_one_quote(text: str, inside: str) -> None:
    found = unquote((Span(text),))
    assert found is not None
    assert plain(found) == inside


@pytest.mark.parametrize("text", ["We are glad.", "“A,” said Ann. “B.”", "“We” are glad.", "", "'Tis the season"])
def test_paragraph_that_is_more_than_a_quote_keeps_its_marks(text: str) -> None:
    assert unquote((Span(text),)) is None


def test_looks_survive_when_marks_come_off() -> None:
    assert unquote((Span("“We "), Span("are", strong=True), Span(" glad.”"))) == (
        Span("We "),
        Span("are", strong=True),
        Span(" glad."),
    )


@pytest.mark.parametrize(
    "text, who",
    [
        ("Statement from Ann Bell, Example Trust, director:", ("Ann Bell", "director", "Example Trust")),
        ("Ann Bell, director, Example Trust, said:", ("Ann Bell", "director", "Example Trust")),
        ("Ann Bell added:", ("Ann Bell", "", "")),
        ("Stellungnahme von Ann Bell, Leiterin:", ("Ann Bell", "Leiterin", "")),
    ],
)
def test_lead_in_names_the_speaker(text: str, who: tuple[str, str, str]) -> None:
    quote = parse_lead_in(text)
    assert quote is not None
    assert (quote.speaker, quote.role, quote.organisation) == who
    assert quote.lead_in == text


@pytest.mark.parametrize("text", ["The authors recommend:", "she said:", "Ann Bell said nothing.", "What was counted:"])
def test_other_lines_with_a_colon_are_no_lead_in(text: str) -> None:
    assert parse_lead_in(text) is None


@pytest.mark.parametrize("text", ["— Ann Bell, director", "-- Ann Bell, director", "– Ann Bell, director"])
def test_line_with_a_dash_is_an_attribution(text: str) -> None:
    quote = parse_dash(text)
    assert quote is not None
    assert (quote.speaker, quote.role) == ("Ann Bell", "director")


@pytest.mark.parametrize(
    "text, speaker, quoted",
    [
        ("“We are very glad today,” said Ann Bell, head of coast.", "Ann Bell", "We are very glad today"),
        ("Dr. Ann Bell said: “We counted all of them.”", "Dr. Ann Bell", "We counted all of them."),
        ("„Das freut uns alle sehr“, sagt Ann Bell. „Wirklich sehr, sehr, sehr.“", "Ann Bell", None),
        ('Ann Bell reiterated that, "the pier belongs to the seals."', "Ann Bell", "the pier belongs to the seals."),
    ],
)
def test_quote_inside_a_paragraph_is_found_with_its_speaker(text: str, speaker: str, quoted: str | None) -> None:
    spoken = find_spoken(text)
    assert spoken is not None
    assert spoken.speaker == speaker
    assert quoted in {None, spoken.text}


@pytest.mark.parametrize(
    "text", ['They call it "the dark pier" here.', "Nothing is quoted.", 'The film "The long way home again" opens.']
)
def test_terms_and_titles_are_no_quotes(text: str) -> None:
    assert find_spoken(text) is None
