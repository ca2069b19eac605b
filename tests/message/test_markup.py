"""HTML of a release: everything escaped, only safe links, headings in order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.message.markup import linked, paragraphs, quoted, render_blocks, render_inline
from mailer.message.parts import read_page
from mailer.release.values import Block, Heading, Image, ListBlock, Paragraph, Quote, Span, Table
from tests.message.samples import TONGUES, text


def html_of(block: Block, language: str = "en") -> str:
    return render_blocks([block], tongue=TONGUES.of(language), images={})[0]["html"]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60))
def test_what_a_person_wrote_is_text_and_never_markup(written: str) -> None:
    page = read_page(
        str(render_inline((Span(written, strong=True), Span(written, url=f"https://e.example/{written}"))))
    )
    assert {each.tag for each in page.everything} <= {"strong", "a"}
    assert page.words.replace(" ", "") == (written * 2).replace(" ", "").replace("\t", "")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "/relative", "", "ftp://e.example"]
)
def test_link_that_a_mail_must_not_have_stays_as_words(url: str) -> None:
    assert str(render_inline((Span("here", url=url),))) == "here"


def test_quote_in_an_address_cannot_leave_the_attribute() -> None:
    assert '"onclick' not in str(render_inline((Span("x", url='https://e.example/"onclick="x'),)))


@pytest.mark.parametrize(
    "block, expected",
    [
        (Paragraph((Span("a", strong=True, emphasis=True), Span("\nb"))), "<p><strong><em>a</em></strong><br>b</p>"),
        (
            Quote((text("One."), text("Two.")), "Ada", "warden"),
            '<blockquote class="quote">\n<p>“One.</p>\n<p>“Two.”</p>\n<p class="by">Ada, warden</p>\n</blockquote>',
        ),
        (
            ListBlock((text("a"), text("  b"), text("c"))),
            "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul></li>\n<li>c</li>\n</ul>",
        ),
        (ListBlock((text("a"),), ordered=True, start=3), '<ol start="3">\n<li>a</li>\n</ol>'),
        (Image(alt="A seal"), '<div class="picture">\n<p class="caption">A seal</p></div>'),
    ],
)
def test_block_has_its_elements(block: Block, expected: str) -> None:
    assert html_of(block) == expected


def test_quotation_marks_are_those_of_the_language() -> None:
    quote = Quote((text("Da!"),))
    assert "<p>„Da!“</p>" in html_of(quote, "de")
    assert "<p>«\u00a0Da!\u00a0»</p>" in html_of(quote, "fr")


def test_table_sets_figures_apart_and_names_its_heads() -> None:
    html = html_of(Table((text("Place"), text("Seals")), ((text("Steps"), text("14")),)))
    assert '<th scope="col">Place</th><th scope="col" class="number">Seals</th>' in html
    assert '<td>Steps</td><td class="number">14</td>' in html


def test_a_table_too_wide_for_a_phone_is_marked_so_and_a_year_that_names_a_row_is_no_figure() -> None:
    head = tuple(text(word) for word in ("Year", "Jan", "Feb", "Mar", "Apr", "May"))
    row = tuple(text(word) for word in ("2016", "1", "2", "3", "4", "5"))
    html = html_of(Table(head, (row,)))
    assert '<table class="data wide"' in html
    assert '<td class="first">2016</td><td class="number">1</td>' in html
    assert 'class="data"' in html_of(Table(head[:5], (row[:5],)))
    assert 'class="data wide dense"' in html_of(Table((), (row * 2,)))
    wordy = tuple(text(word) for word in ("Liegeplatzbezeichnung", "Bußgeld"))
    assert 'class="data"' in html_of(Table(wordy, (tuple(map(text, ("Fähre", "12.345,67 €"))),)))
    assert 'class="data wide"' in html_of(Table(wordy * 2, (tuple(map(text, ("Fähre", "1 €", "Mole", "1" * 9))),)))


def test_words_that_would_push_a_page_wide_are_marked_by_the_room_they_have() -> None:
    html = html_of(Table((), ((text("a" * 25), text("b" * 19), text("c" * 18)),)))
    assert '<td class="long tight">a' in html
    assert '<td class="tight">b' in html
    assert '<td class="tight">c' in html
    assert "<td>c" in html_of(Table((), ((text("b"), text("c" * 18)),)))


def test_the_comma_before_a_role_is_that_of_the_language() -> None:
    quote = Quote((text("…"),), "葵 真央", "会長")
    assert "葵 真央、会長" in html_of(quote, "ja")
    assert "葵 真央، 会長" in html_of(quote, "ar")


def test_a_credit_that_says_what_it_is_is_not_named_twice() -> None:
    assert "画像" not in html_of(Image("https://e.example/a.jpg", "海", "海。", "撮影：葵"), "ja")


@pytest.mark.parametrize(
    "language, caption, expected",
    [
        ("en", "The badge", "The badge. Picture: Seal Trust. Licence: CC BY"),
        ("en", "The badge.", "The badge. Picture: Seal Trust. Licence: CC BY"),
        ("en", "", "Picture: Seal Trust. Licence: CC BY"),
        ("ja", "海", "海。画像: Seal Trust。利用条件: CC BY"),
    ],
)
def test_caption_credit_and_licence_are_sentences(language: str, caption: str, expected: str) -> None:
    image = Image("https://e.example/a.jpg", "A seal", caption, "Seal Trust", "CC BY")
    assert f'<p class="caption">{expected}</p>' in html_of(image, language)


@pytest.mark.parametrize(
    "width, height, shown",
    [
        (1200, 800, 'width="552" height="368"'),
        (800, 1200, 'width="368" height="552"'),
        (500, 4000, 'width="500" height="4000"'),
    ],
    ids=["landscape", "portrait", "a drawing to be read from top to end"],
)
def test_a_photograph_is_as_large_as_a_screen_shows_it(width: int, height: int, shown: str) -> None:
    assert shown in html_of(Image("https://e.example/a.jpg", "A seal", width=width, height=height))


@pytest.mark.parametrize(
    "written, expected",
    [
        ("to mara@example.org, please", 'to <a href="mailto:mara@example.org">mara@example.org</a>, please'),
        ("https://e.example/a?b=1.", '<a href="https://e.example/a?b=1">https://e.example/a?b=1</a>.'),
        ("<b> & @ nobody", "&lt;b&gt; &amp; @ nobody"),
        ("", ""),
    ],
)
def test_addresses_in_a_line_become_links(written: str, expected: str) -> None:
    assert str(linked(written)) == expected


@given(st.lists(st.integers(2, 4), max_size=12))
def test_headings_never_skip_a_level(levels: list[int]) -> None:
    blocks = [Heading(text("x"), level) for level in levels]
    rendered = render_blocks(blocks, tongue=TONGUES.of("en"), images={})
    page = read_page("".join(each["html"] for each in rendered))
    found = [int(each.tag[1]) for each in page.every("h1", "h2", "h3", "h4")]
    assert len(found) == len(levels)
    assert all(after <= before + 1 for before, after in zip([1, *found], found, strict=False))


def test_note_keeps_its_paragraphs_and_lines() -> None:
    assert str(paragraphs("a <b>\nc\n\n\nd")) == "<p>a &lt;b&gt;<br>c</p>\n<p>d</p>"
    assert str(paragraphs("1. a", "auto")) == '<p dir="ltr" style="text-align: left">1. a</p>'
    assert str(paragraphs("عام a", "auto")) == '<p dir="rtl" style="text-align: right">عام a</p>'
    assert str(paragraphs("1986", "auto")) == "<p>1986</p>"


@pytest.mark.parametrize(
    "said",
    [
        ('"We had stopped…," said Ann Bell, mayor.',),
        ("“We had stopped,” said Ann Bell. “Now we start.”",),
        ("„Wir hatten aufgehört“, sagte Ann Bell.",),
        ("« Nous attendions », a dit Ann Bell.",),
        ("“We had stopped.”", "Ann Bell, the mayor, said: “Now we start.”"),
    ],
)
def test_quotation_marks_are_not_doubled(said: tuple[str, ...]) -> None:
    html = html_of(Quote(tuple(text(part) for part in said)))
    lines = quoted(Quote(tuple(text(part) for part in said)), TONGUES.of("en"))
    assert lines == list(said)
    assert read_page(html).words.split() == " ".join(said).split()


def test_a_quote_with_marks_within_it_stands_in_marks_of_its_own() -> None:
    assert quoted(Quote((text("We call it a “quiet crisis” here."),)), TONGUES.of("en")) == [
        "“We call it a “quiet crisis” here.”"
    ]
