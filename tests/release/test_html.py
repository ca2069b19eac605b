from __future__ import annotations

import pytest

from mailer.release.source import parse_release
from mailer.release.values import Image, ListBlock, MediaContact, Paragraph, Quote, Release, Span, Table, plain

LONG = (
    "The seals of Eastport slept on the pier last night and nobody woke them up "
    "before the sun came over the old town wall."
)


def read(text: str) -> Release:
    return parse_release(text.encode(), source="seals.html", slug="seals")


def paragraphs(release: Release) -> list[str]:
    return [plain(block.inline) for block in release.body if isinstance(block, Paragraph)]


def test_page_gives_headline_subhead_body_and_looks() -> None:
    release = read(
        f"<html lang=de><head><title>x</title></head><body><h1>Seals are back</h1><h2>All of them</h2>"
        f"<p>{LONG} <b>Forty-one</b> <i>of</i> <a href='https://example.org/c'>them</a>.</p></body></html>"
    )
    assert (release.headline, release.subhead, release.language) == ("Seals are back", "All of them", "de")
    assert release.body == (
        Paragraph(
            (
                Span(f"{LONG} "),
                Span("Forty-one", strong=True),
                Span(" "),
                Span("of", emphasis=True),
                Span(" "),
                Span("them", url="https://example.org/c"),
                Span("."),
            )
        ),
    )


def test_scripts_go_silently_and_furniture_is_told_with_its_line() -> None:
    release = read(
        f"<style>p {{}}</style><script>var a = 1;</script>\n<nav><a href='/'>Home</a> News</nav>\n"
        f"<h1>Seals</h1><p>{LONG}</p>\n<div class='share-links'>Share this</div><footer>Imprint</footer>"
    )
    assert paragraphs(release) == [LONG]
    assert [(problem.code, problem.line) for problem in release.problems] == [
        ("left-out", 2),
        ("left-out", 4),
        ("left-out", 4),
    ]
    assert "Home News" in release.problems[0].message


def test_header_inside_an_article_has_the_headline() -> None:
    assert (
        read(f"<header>Site</header><article><header><h1>Seals</h1></header><p>{LONG}</p></article>").headline
        == "Seals"
    )


def test_outermost_block_named_like_a_menu_does_not_hide_the_release() -> None:
    release = read(f"<div class='page has-sidebar'><h1>Seals</h1><p>{LONG}</p></div>")
    assert (release.headline, paragraphs(release)) == ("Seals", [LONG])


def test_lists_tables_and_pictures_are_read_with_unclosed_tags() -> None:
    release = read(
        f"<h1>Seals</h1><p>{LONG}<ul><li>one<li>two<ul><li>inner</ul></ul>"
        "<table><tr><th>Place<th>2026<tr><td>Pier<td>41</table>"
        "<img src=s.jpg alt='A seal'><img src=t.gif width=1 height=1>"
    )
    assert release.body[1:] == (
        ListBlock(((Span("one"),), (Span("two"),), (Span("  inner"),))),
        Table(((Span("Place"),), (Span("2026"),)), (((Span("Pier"),), (Span("41"),)),)),
        Image("s.jpg", "A seal"),
    )


def test_block_quote_is_joined_with_the_attribution_under_it() -> None:
    release = read(
        f"<h1>Seals</h1><p>{LONG}</p><p><blockquote>“We are glad.”</blockquote> — Ada Brook, head of coast</p>"
    )
    assert release.body[1] == Quote(((Span("We are glad."),),), "Ada Brook", "head of coast")


@pytest.mark.parametrize(
    "signed",
    [
        "<blockquote><p>We are glad.</p><cite>Ada Brook, warden</cite></blockquote>",
        "<blockquote><p>We are glad.</p><footer>— Ada Brook, warden</footer></blockquote>",
        "<figure><blockquote>We are glad.</blockquote><figcaption>Ada Brook, warden</figcaption></figure>",
        "<blockquote>We are glad.<br><b>Ada Brook</b><br>warden</blockquote>",
        "<blockquote>We are glad.</blockquote><p>Ada Brook, warden</p>",
        "<p>Ada Brook, warden, said:</p><blockquote>We are glad.</blockquote>",
    ],
)
def test_whoever_signs_or_announces_a_block_quote_is_its_speaker(signed: str) -> None:
    quote = read(f"<h1>Seals</h1><p>{LONG}</p>{signed}").body[1]
    assert isinstance(quote, Quote)
    assert (quote.paragraphs, quote.speaker, quote.role) == (((Span("We are glad."),),), "Ada Brook", "warden")


def test_contact_lines_with_breaks_are_one_person() -> None:
    release = read(
        f"<h1>Seals</h1><p>{LONG}</p><p><b>Press contact:</b><br>Ada Brook<br>Example Trust<br>020 7946 0001<br>"
        "<a href='mailto:ada@example.org'>ada@example.org</a></p>"
    )
    assert release.contacts == (
        MediaContact("Ada Brook", "", "Example Trust", ("020 7946 0001",), ("ada@example.org",)),
    )


def test_preformatted_text_is_read_like_pasted_text_with_its_lines() -> None:
    wrapped = LONG.replace(" and ", "\nand ")
    release = read(f"<body>\n<pre>\nNEWS RELEASE\n3 March 2027\n\n     Seals are back\n\n{wrapped}\n</pre>")
    assert (release.label, release.headline) == ("NEWS RELEASE", "Seals are back")
    assert [(kept.field, kept.line) for kept in release.kept] == [("label", 3), ("date", 4)]
    assert paragraphs(release) == [LONG]


def test_links_to_other_schemes_keep_their_words_and_are_told() -> None:
    release = read(f"<h1>Seals</h1><p>{LONG} <a href='javascript:x()'>Play</a></p>")
    assert paragraphs(release) == [f"{LONG} Play"]
    assert [problem.code for problem in release.problems] == ["link-dropped"]
