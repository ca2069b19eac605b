"""Plain text: nothing lost, nothing broken, pleasant to read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.message.markup import render_blocks, text_of
from mailer.message.text import WIDTH, between, breakable, columns, display_width, underline, wrap, wrap_paragraphs
from mailer.message.values import InlineImage
from mailer.release.values import Block, Heading, Image, ListBlock, Paragraph, Quote, Span, Table
from tests.message.samples import TONGUES, text

words = st.lists(st.text("abcé-/:.", min_size=1, max_size=90), min_size=1, max_size=40)


@given(words)
def test_wrapping_loses_no_word_and_breaks_none(given_words: list[str]) -> None:
    wrapped = wrap(" ".join(given_words), first="  - ", rest="    ")
    assert wrapped.replace("  - ", "", 1).split() == given_words
    for line in wrapped.split("\n"):
        assert len(line) <= WIDTH or len(line.replace("  - ", "    ").split()) == 1


def test_url_longer_than_a_line_stays_whole() -> None:
    url = "https://www.example.org/" + "a" * 200
    assert wrap(f"See {url} for more").split("\n") == ["See", url, "for more"]


def test_no_break_space_is_no_place_to_break() -> None:
    assert wrap("x" * 66 + " 5\u00a0December") == "x" * 66 + "\n5\u00a0December"


def test_dash_never_opens_a_line() -> None:
    assert wrap("x" * 71 + " – and on").split("\n")[1] == "and on"


def test_paragraphs_of_a_cell_stay_paragraphs() -> None:
    assert wrap_paragraphs("One\r\ntwo\r\n\r\n  \r\nthree  ") == "One\ntwo\n\nthree"


@pytest.mark.parametrize(
    "left, right, expected",
    [
        ("Trust", "2026", "Trust" + " " * 63 + "2026"),
        ("Trust", "", "Trust"),
        ("", "2026", "2026"),
        ("T" * 60, "24 November 2026", "T" * 60 + "\n24 November 2026"),
    ],
)
def test_letterhead_has_a_text_at_each_end(left: str, right: str, expected: str) -> None:
    assert between(left, right) == expected


def test_underline_is_as_long_as_the_longest_line() -> None:
    assert underline("Seals", "=") == "Seals\n====="
    long = underline("Harbour seals return to the Eastern Pier after forty years, and to the mole").split("\n")
    assert len(long[-1]) == max(len(line) for line in long[:-1]) <= WIDTH


def test_table_is_aligned_with_figures_to_the_right() -> None:
    assert columns(["Place", "1986"], [["Steps", "14"], ["Outer mole", "1,031"], ["Pier", ""]]) == (
        "Place         1986\n----------   -----\nSteps           14\nOuter mole   1,031\nPier"
    )


def test_long_cells_run_on_below_themselves_and_figures_stay_whole() -> None:
    table = columns(
        ["Place", "What was seen", "1986"],
        [
            ["Steps", "seals, of which some were born this year and others were not, as far as anybody saw", "1,014"],
            ["Mole", "short", "3"],
        ],
    )
    assert table == (
        "Place   What was seen                                               1986\n"
        "-----   --------------------------------------------------------   -----\n"
        "Steps   seals, of which some were born this year and others were   1,014\n"
        "        not, as far as anybody saw\n"
        "\n"
        "Mole    short                                                          3"
    )


def test_table_whose_words_never_fit_becomes_a_list_for_each_row() -> None:
    link = "https://www.example.org/" + "a" * 60
    table = columns(["Place", "Where"], [["Steps", link], ["Mole", "short"]])
    assert table == f"Place: Steps\nWhere:\n  {link}\n\nPlace: Mole\nWhere: short"
    table = columns(["Place", "Where", "Remarks"], [["Steps", link, ""], ["Mole", "", "new"]])
    assert table == f"Place: Steps\nWhere:\n  {link}\nRemarks:\n\nPlace: Mole\nRemarks: new"


@given(
    st.lists(st.lists(st.text("ab cd東京。-", max_size=40), min_size=4, max_size=4), min_size=1, max_size=4),
)
@settings(max_examples=40)
def test_a_table_keeps_its_width_and_every_word(rows: list[list[str]]) -> None:
    table = columns(["one", "two", "three", "four"], rows)
    assert all(display_width(line) <= WIDTH for line in table.split("\n"))
    pieces = [piece for row in rows for cell in row for word in cell.split() for piece in breakable(word)]
    assert [piece for piece in pieces if piece not in table] == []


@pytest.mark.parametrize("rows", [[], [[]], [["a"], ["b", "c"]]])
def test_table_with_holes_is_still_text(rows: list[list[str]]) -> None:
    assert columns(["Head"], rows).startswith("Head")
    assert columns([], rows) is not None


@pytest.mark.parametrize(
    "span, expected",
    [
        (Span("the figures", url="https://e.example/f?a=1&b=2"), "the figures <https://e.example/f?a=1&b=2>"),
        (Span("https://e.example/f", url="https://e.example/f"), "https://e.example/f"),
        (Span("www.e.example", url="https://www.e.example/"), "www.e.example"),
        (Span("ines@example.org", url="mailto:ines@example.org"), "ines@example.org"),
        (Span("Inês", url="mailto:ines@example.org"), "Inês <ines@example.org>"),
        (Span("030 555", url="tel:030555"), "030 555"),
        (Span("x", url="javascript:alert(1)"), "x"),
        (Span("bold", strong=True), "bold"),
    ],
)
def test_link_stands_in_full_once(span: Span, expected: str) -> None:
    assert text_of((span,)) == expected


GIVEN = {"x.png": InlineImage("x@example.org", "image/png", b"")}


@pytest.mark.parametrize(
    "block, expected",
    [
        (Paragraph(text("One\ntwo")), "One\ntwo"),
        (Heading(text("What")), "What\n----"),
        (Quote((text("Look."),)), "    “Look.”"),
        (Quote((text("One."), text("Two.")), "Ada", "warden"), "    “One.\n\n    “Two.”\n    – Ada, warden"),
        (ListBlock((text("a"), text("b")), ordered=True, start=9), "   9. a\n  10. b"),
        (ListBlock((text("a"), text("  inner"), text("b"))), "  - a\n    - inner\n  - b"),
        (Table((), ((text("a"), text("1")),)), "a   1"),
        (Image(alt="A seal"), "A seal"),
        (Image(caption="A seal"), "A seal"),
        (Image("x.png"), "[Picture]"),
        (
            Image("https://e.example/a.jpg", "A seal", "Sunday.", "R. Maron"),
            "[Picture: A seal] Sunday. Picture: R. Maron\n<https://e.example/a.jpg>",
        ),
        (Image("", "A seal", "A seal", "© Trust"), "A seal. © Trust"),
    ],
)
def test_block_has_its_shape(block: Block, expected: str) -> None:
    assert [each["text"] for each in render_blocks([block], tongue=TONGUES.of("en"), images=GIVEN)] == [expected]
