from __future__ import annotations

import subprocess
import sys

import pytest

from mailer.errors import InputProblem, Severity
from mailer.release.source import parse_release
from mailer.release.values import (
    Boilerplate,
    Dateline,
    Heading,
    Image,
    ListBlock,
    MediaContact,
    Paragraph,
    Quote,
    Release,
    Span,
    Table,
    plain,
)


def read(body: str, head: str = "headline: Seals are back") -> Release:
    return parse_release(f"---\n{head}\n---\n\n{body}".encode(), source="seals.md", slug="seals")


def body(text: str) -> tuple[object, ...]:
    return read(text).body


def test_paragraph_has_looks_links_and_breaks() -> None:
    assert body(
        "The **seals** are *back*, see [the count](https://www.example.org/c) or `ls`.\nWrapped.  \nBroken."
    ) == (
        Paragraph(
            (
                Span("The "),
                Span("seals", strong=True),
                Span(" are "),
                Span("back", emphasis=True),
                Span(", see "),
                Span("the count", url="https://www.example.org/c"),
                Span(" or "),
                Span("ls", code=True),
                Span(". Wrapped.\nBroken."),
            )
        ),
    )


def test_bare_addresses_become_links_without_the_stop_behind_them() -> None:
    assert body("At https://www.example.org/a_(b), www.example.org or ada@example.org.") == (
        Paragraph(
            (
                Span("At "),
                Span("https://www.example.org/a_(b)", url="https://www.example.org/a_(b)"),
                Span(", "),
                Span("www.example.org", url="https://www.example.org"),
                Span(" or "),
                Span("ada@example.org", url="mailto:ada@example.org"),
                Span("."),
            )
        ),
    )


@pytest.mark.parametrize(
    "url", ["https://example.org/ü?a=1&b=2", "http://example.org", "mailto:a@example.org", "tel:+4420"]
)
def test_four_schemes_are_links_and_stay_as_typed(url: str) -> None:
    assert body(f"[here]({url})") == (Paragraph((Span("here", url=url),)),)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "JavaScript:x", "data:text/html,x", "file:///etc", "/press", "ftp://a.b", "https:///x"],
)
def test_other_links_become_words_with_a_warning_at_their_line(url: str) -> None:
    release = read(f"First.\n\n[here]({url}) it is")
    assert release.body[1] == Paragraph((Span("here it is"),))
    (problem,) = release.problems
    assert (problem.code, problem.severity, problem.line) == ("link-dropped", Severity.WARNING, 7)
    assert url in problem.message


def test_html_is_text() -> None:
    assert body("<b>not bold</b> & <script>x</script>") == (Paragraph((Span("<b>not bold</b> & <script>x</script>"),)),)


def test_headings_go_from_two_to_four() -> None:
    found = body("# One\n\n## Two\n\n##### Five\n\nText")
    assert found == (
        Heading((Span("One"),), 2),
        Heading((Span("Two"),), 2),
        Heading((Span("Five"),), 4),
        Paragraph((Span("Text"),)),
    )


def test_lists_are_flat_with_inner_items_two_blanks_further_in() -> None:
    assert body("- one\n- two\n  - inner\n    wrapped\n- three\n\n3. c\n4. d\n") == (
        ListBlock(((Span("one"),), (Span("two"),), (Span("  inner wrapped"),), (Span("three"),))),
        ListBlock(((Span("c"),), (Span("d"),)), ordered=True, start=3),
    )


def test_table_has_head_and_rows() -> None:
    assert body("| Place | 2026 |\n| --- | --: |\n| Pier | **41** |\n") == (
        Table(((Span("Place"),), (Span("2026"),)), (((Span("Pier"),), (Span("41", strong=True),)),)),
    )


def test_quote_has_paragraphs_and_an_attribution() -> None:
    assert body("> “We are glad.”\n>\n> Very\n> glad.\n>\n> — Ines Aldridge, head of coast, Example Trust\n") == (
        Quote(((Span("We are glad."),), (Span("Very glad."),)), "Ines Aldridge", "head of coast", "Example Trust"),
    )


def test_attribution_may_stand_right_under_the_quote_or_be_missing() -> None:
    signed, unsigned = body("> We are glad.\n> -- Ines Aldridge\n\nThen:\n\n> No name.\n")[::2]
    assert signed == Quote(((Span("We are glad."),),), "Ines Aldridge")
    assert unsigned == Quote(((Span("No name."),),))


def test_announcing_line_becomes_the_lead_in_of_the_quote_below() -> None:
    (quote,) = body("Ines Aldridge, director, Example Trust, said:\n\n> We are glad.\n")
    assert quote == Quote(
        ((Span("We are glad."),),),
        "Ines Aldridge",
        "director",
        "Example Trust",
        "Ines Aldridge, director, Example Trust, said:",
    )


def test_picture_has_alt_caption_and_credit() -> None:
    assert body('![A seal](https://www.example.org/s.jpg "At the pier. Photo: Example Trust")\n\n![Two](two.png)') == (
        Image("https://www.example.org/s.jpg", "A seal", "At the pier.", "Photo: Example Trust"),
        Image("two.png", "Two"),
    )


def test_picture_inside_a_paragraph_stands_behind_it() -> None:
    assert body("See ![A seal](s.jpg) here") == (Paragraph((Span("See here"),)), Image("s.jpg", "A seal"))


def test_picture_of_another_scheme_keeps_its_words_only() -> None:
    release = read("![A seal](data:image/png;base64,AAAA)")
    assert release.body == (Image("", "A seal"),)
    assert [(problem.code, problem.line) for problem in release.problems] == [("image-dropped", 5)]


def test_code_block_keeps_its_lines() -> None:
    assert body("```\na  b\n  c\n```\n") == (Paragraph((Span("a  b\n  c", code=True),)),)


@pytest.mark.parametrize(
    "mark", ["###", "# # #", "-30-", "- 30 -", "ENDS", "**ENDS**", "– ENDS –", "-ends-", "## Ends"]
)
def test_end_mark_is_taken_off_the_body(mark: str) -> None:
    release = read(f"The text.\n\n{mark}\n")
    assert release.end_mark == mark.replace("*", "").replace("## ", "")
    assert release.body == (Paragraph((Span("The text."),)),)


@pytest.mark.parametrize("text", ["The weekend ends.", "Ends meet", "***", "# 30", "The end of the pier"])
def test_other_lines_are_no_end_mark(text: str) -> None:
    assert read(f"The text.\n\n{text}\n").end_mark == ""


def test_sections_after_the_body_are_recognised() -> None:
    release = read(
        "The text.\n\nENDS\n\n## Notes to editors\n\n1. One\n2. Two\n\n## About Example Trust\n\n"
        "We *count*.\n\n- and\n- count\n\n## About the Port\n\nIt floats.\n\n## Media contacts\n\n"
        "Ada Brook, press officer\n020 7946 0001\n\nBo Lind\nbo@example.org\n"
    )
    assert release.body == (Paragraph((Span("The text."),)),)
    assert release.notes_to_editors == (ListBlock(((Span("One"),), (Span("Two"),)), ordered=True),)
    assert release.boilerplate == (
        Boilerplate(
            ((Span("We "), Span("count", emphasis=True), Span(".")), (Span("and"),), (Span("count"),)),
            "About Example Trust",
        ),
        Boilerplate(((Span("It floats."),),), "About the Port"),
    )
    assert release.contacts == (
        MediaContact("Ada Brook", "press officer", phones=("020 7946 0001",)),
        MediaContact("Bo Lind", emails=("bo@example.org",)),
    )
    assert release.kept == ()


def test_section_about_something_in_the_story_stays_in_it() -> None:
    release = read("The text.\n\n## About the exhibition\n\nIt is dark.\n\n## Opening hours\n\nAt night.\n")
    assert release.boilerplate == ()
    assert [block.kind for block in release.body] == ["paragraph", "heading", "paragraph", "heading", "paragraph"]


def test_text_after_the_end_mark_without_a_heading_is_a_note_and_is_told() -> None:
    release = read("The text.\n\nENDS\n\nPictures on request.\n")
    assert [plain(block.inline) for block in release.notes_to_editors if isinstance(block, Paragraph)] == [
        "Pictures on request."
    ]
    assert [(problem.code, problem.line) for problem in release.problems] == [("unsure-after-end", 9)]


@pytest.mark.parametrize(
    "text, dateline, rest",
    [
        ("EASTPORT, 24 November – The seals", Dateline("EASTPORT", "", "EASTPORT, 24 November"), "The seals"),
        ("EASTPORT – The seals", Dateline("EASTPORT", "", "EASTPORT"), "The seals"),
        (
            "EASTPORT, Maine, June 25, 2026 (Wire) -- The seals",
            Dateline("EASTPORT", "Maine", "EASTPORT, Maine, June 25, 2026 (Wire)"),
            "The seals",
        ),
        ("Eastport, 24.11.2026 – The seals", Dateline("Eastport", "", "Eastport, 24.11.2026"), "The seals"),
        ("**EASTPORT, ME** The seals", Dateline("EASTPORT", "ME", "EASTPORT, ME"), "The seals"),
    ],
)
def test_dateline_opens_the_first_paragraph(text: str, dateline: Dateline, rest: str) -> None:
    release = read(text)
    assert release.dateline == dateline
    assert release.body == (Paragraph((Span(rest),)),)


@pytest.mark.parametrize(
    "text",
    [
        "Seals – once rare – are back",
        "The pier, in short – it is old",
        "UK – once more – is here",
        "**Note** The seals",
    ],
)
def test_sentence_with_a_dash_is_no_dateline(text: str) -> None:
    assert read(text).dateline is None


def test_date_of_the_dateline_is_the_date_where_none_is_given() -> None:
    release = read("EASTPORT, 24 November 2026 – The seals")
    assert release.date is not None
    assert release.date.isoformat() == "2026-11-24"


def test_two_dates_that_differ_are_told() -> None:
    release = read("EASTPORT, 24 November 2026 – The seals", "headline: A\ndate: 2026-11-25")
    assert [problem.code for problem in release.problems] == ["dates-differ"]


def test_headline_may_be_a_heading_at_the_top() -> None:
    release = read("# Seals *are* back\n\nText.", "date: 2026-11-24")
    assert release.headline == "Seals are back"
    assert release.body == (Paragraph((Span("Text."),)),)


def test_same_heading_again_goes_and_another_one_stays_with_a_warning() -> None:
    assert len(read("# Seals are back\n\nText.").body) == 1
    release = read("# Seals leave\n\nText.")
    assert len(release.body) == 2
    assert [(problem.code, problem.line) for problem in release.problems] == [("two-headlines", 5)]


def test_markdown_without_front_matter_is_read_like_pasted_text() -> None:
    text = "FOR IMMEDIATE RELEASE\n\n# Seals are back\n\nThe **text**.\n\n## Media contact\n\nAda Brook 020 7946 0001\n"
    release = parse_release(text.encode(), source="a.md", slug="a")
    assert (release.label, release.headline) == ("FOR IMMEDIATE RELEASE", "Seals are back")
    assert release.contacts == (MediaContact("Ada Brook", phones=("020 7946 0001",)),)
    assert release.body == (Paragraph((Span("The "), Span("text", strong=True), Span("."))),)


def test_unclosed_front_matter_is_an_error_at_line_one() -> None:
    with pytest.raises(InputProblem) as caught:
        parse_release(b"---\nheadline: A\n\nText", source="a.md", slug="a")
    (problem,) = caught.value.problems
    assert problem.line == 1
    assert "never closed" in problem.message


RACE = """
import importlib, sys, threading
import mailer.release.markdown.reading as room

sys.setswitchinterval(1e-6)
def read():
    gate.wait()
    tokens.append(len(room._PARSER.parse("# A\\n\\ntext *b*\\n\\n- c\\n")))

for _ in range(300):
    importlib.reload(room)
    tokens, gate = [], threading.Barrier(6)
    threads = [threading.Thread(target=read) for _ in range(6)]
    for each in threads: each.start()
    for each in threads: each.join()
    assert tokens == tokens[:1] * 6, tokens
"""


@pytest.mark.slow
def test_the_first_texts_may_come_at_once_in_several_threads() -> None:
    """As when the connections of a resumed mailing each open its text."""
    done = subprocess.run([sys.executable, "-c", RACE], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "written, expected",
    [
        ("東埠頭の下の岩場で\nある。全文は\nMailで\n読める。", "東埠頭の下の岩場である。全文は Mailで読める。"),
        ("물개가\n돌아왔다", "물개가 돌아왔다"),
    ],
)
def test_lines_of_japanese_join_without_a_blank_and_others_with_one(written: str, expected: str) -> None:
    assert read(written).body == (Paragraph((Span(expected),)),)


def test_a_letter_keeps_the_lines_that_end_on_purpose() -> None:
    release = read(
        "Text.",
        "headline: Seals\npitch: |\n  Good morning,\n\n"
        "  for nine nights nothing will be heard in the harbour, and there is a\n  story in it.\n\n  Best,\n  Mara",
    )
    assert release.extras.pitch == (
        "Good morning,\n\nfor nine nights nothing will be heard in the harbour, and there is a story in it.\n\n"
        "Best,\nMara"
    )


def test_language_that_is_not_named_is_told_by_the_text_and_said() -> None:
    text = "Der Rat der Stadt hat am Montag beschlossen, das Hallenbad für drei weitere Winter offen zu halten."
    for head, language, codes in (
        ("headline: Hallenbad bleibt offen", "de", ["unsure-language"]),
        ("headline: Hallenbad bleibt offen\nlanguage: en", "en", []),
        ("headline: Seals return", "en", []),
    ):
        source = f"---\n{head}\n---\n\n{text if 'Hallenbad' in head else 'The seals are back at the pier.'}\n"
        release = parse_release(source.encode(), source="a.md", slug="a")
        assert (release.language, [one.code for one in release.problems]) == (language, codes)


def test_a_quote_a_table_and_a_picture_inside_a_list_keep_their_words() -> None:
    text = (
        "1. First\n\n   > Said *here*\n   > and there.\n   >\n   > — Ada Brook\n\n"
        "2. Second\n\n   | Place | Seals |\n   | --- | --- |\n   | Pier | 41 |\n\n"
        "3. ![Third](pier.jpg)\n\n> ![Fourth](slip.jpg) Said.\n"
    )
    blocks = read(text).body
    assert isinstance(blocks[0], ListBlock)
    assert [plain(item) for item in blocks[0].items] == [
        "First\nSaid here and there.\n— Ada Brook",
        "Second\nPlace, Seals\nPier, 41",
    ]
    assert [block.kind for block in blocks] == ["list", "image", "quote", "image"]


@pytest.mark.parametrize(
    "fields, message",
    [
        (f"headline: {'[' * 50_000}", "a bracket [ or { is left open"),
        (f"headline: {'[' * 50_000}{']' * 50_000}", "a bracket [ or { is left open"),
        ("headline: a: b\n" * 5_000, "more than 200 lines need quotation marks"),
    ],
)
def test_fields_that_would_be_read_for_minutes_are_an_error_at_the_top(fields: str, message: str) -> None:
    with pytest.raises(InputProblem) as refused:
        parse_release(f"---\n{fields}\n---\n\nThe harbour opens.\n".encode(), source="a.md", slug="a")
    assert message in " ".join(problem.message for problem in refused.value.problems)
