from __future__ import annotations

import pytest

from mailer.release.document import release_document
from mailer.release.quotes.statements import parse_dash, parse_lead_in, unquote
from mailer.release.source import parse_release
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
        ("Dazu erklärt die Leiterin des Hauses, Ann Bell:", ("Ann Bell", "Leiterin des Hauses", "")),
        ("Ann Bell, directrice, a déclaré :", ("Ann Bell", "directrice", "")),
    ],
)
def test_lead_in_names_the_speaker(text: str, who: tuple[str, str, str]) -> None:
    quote = parse_lead_in(text)
    assert quote is not None
    assert (quote.speaker, quote.role, quote.organisation) == who
    assert quote.lead_in == text


@pytest.mark.parametrize(
    "text",
    [
        "The authors recommend:",
        "she said:",
        "Ann Bell said nothing.",
        "What was counted:",
        "Opening the new pier this morning before a crowd of children and their teachers, Ann Bell said:",
        "The pier is open. Ann Bell said:",
    ],
)
def test_other_lines_with_a_colon_are_no_lead_in(text: str) -> None:
    assert parse_lead_in(text) is None


@pytest.mark.parametrize("text", ["— Ann Bell, director", "-- Ann Bell, director", "– Ann Bell, director"])
def test_line_with_a_dash_is_an_attribution(text: str) -> None:
    quote = parse_dash(text)
    assert quote is not None
    assert (quote.speaker, quote.role) == ("Ann Bell", "director")


STORY = "EASTPORT, 3 March 2027 – The council of Eastport voted on Monday to reopen the hall that it closed in 1986."


@pytest.mark.parametrize("form", ["md", "txt"])
@pytest.mark.parametrize(
    "quote",
    [
        '> "We had stopped hoping," said Ann Bell, mayor of Eastport. "Now we start again."',
        '> "We had stopped hoping,"\n> said Ann Bell, mayor of Eastport.\n> "Now we start again."',
        "> “We had stopped hoping.”\n>\n> Ann Bell, mayor of Eastport, said: “Now we start again.”",
        '> "We had stopped hoping," said Ann Bell\n\n"Now we start again," said Ann Bell, mayor',
        '> We had stopped hoping.\n\n"Now we start again," said Ann Bell, mayor of Eastport.',
    ],
)
def test_both_halves_of_a_broken_quote_are_kept_and_nobody_is_called_by_words_of_it(quote: str, form: str) -> None:
    source = f"# Hall reopens\n\n{STORY}\n\n{quote}\n\nMore of the story follows here, as it does.\n"
    document = release_document(parse_release(source.encode(), source=f"a.{form}", slug="a"))
    body_text = " ".join(" ".join(block["text"].split()) for block in document["body"])
    assert "We had stopped hoping" in body_text
    assert "Now we start again" in body_text
    for block in document["body"]:
        assert not set('“”"') & set(block.get("speaker", ""))
        assert not block.get("speaker", "").startswith("said")
