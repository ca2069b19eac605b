from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.release.document import document_words
from mailer.release.markdown.writing import render_markdown
from mailer.release.pieces import count_words, merge, settle
from mailer.release.quotes.statements import PAIRS
from mailer.release.source import parse_release
from mailer.release.values import (
    Block,
    Boilerplate,
    Heading,
    Image,
    Inline,
    ListBlock,
    MediaContact,
    Paragraph,
    Quote,
    Release,
    Span,
    Table,
    plain,
)

HERE = Path(__file__).parent
FILES = [
    *sorted((HERE / "pasted").glob("*.txt")),
    *sorted((HERE.parents[1] / "templates/workspace/releases").glob("*.md")),
]
RICH = Release(
    slug="rich",
    headline="Seals: “back”, #1 & *all* of them",
    subhead="'Quoted' @ the pier: 100%",
    label="- label: [x]",
    date=date(2026, 11, 24),
    contacts=(
        MediaContact(
            "Ada Brook", "press, radio", "Trust: East", ("+44 1", "2"), ("ada@example.org",), "till six: not later"
        ),
        MediaContact(note="ring twice"),
    ),
    body=(
        Paragraph((Span("1. not a list, # no heading, > no quote, [x](y) no link, <b> &amp; `c` *e* _u_ a_b | c"),)),
        Paragraph(
            (
                Span("- dash "),
                Span("bold", strong=True),
                Span(" and "),
                Span("both.", strong=True, emphasis=True),
                Span(" then "),
                Span("mid", emphasis=True),
                Span("word"),
            )
        ),
        Paragraph((Span("one\n# two\n- three"),)),
        Heading((Span("C#"),), 3),
        Quote(((Span("“Inner” words"),), (Span("Second"),)), "Ines", "head, deputy", "Trust"),
        Quote(((Span("Nobody"),),)),
        ListBlock(((Span("a"),), (Span("  inner"),), (Span("b\nbroken"),))),
        ListBlock(((Span("other list"),),)),
        ListBlock(((Span("nine"),), (Span("ten"),)), ordered=True, start=9),
        Table((), (((Span("a|b"),), ()), ((Span("c"),), (Span("d", strong=True),)))),
        Image("https://example.org/a b.jpg", 'alt "x" [y]', "caption | bar", ""),
        Image("", "words only", "words only", "Photo: Trust"),
        Paragraph(
            (
                Span("link", url="https://example.org/(a)?b=1&amp;c"),
                Span(" "),
                Span("ada@example.org", url="mailto:ada@example.org"),
            )
        ),
        Paragraph((Span("code\n  block", code=True),)),
        Paragraph((Span("a `tick` "), Span("x`y", code=True))),
        Paragraph((Span("ENDS"),)),
        Paragraph((Span("EASTPORT, 3 May – Not a dateline"),)),
    ),
    boilerplate=(
        Boilerplate(((Span("We "), Span("count", strong=True)),), ""),
        Boilerplate(((Span("It"),),), "Who? We!"),
    ),
    notes_to_editors=(Heading((Span("Inside"),), 2), Paragraph((Span("Note"),))),
    end_mark="###",
    call_to_action=(Span("Sign up", url="https://example.org"), Span(": *now*")),
    sender="main",
    attachments=("a b.pdf",),
)


def again(release: Release) -> Release:
    text = render_markdown(release)
    return replace(parse_release(text.encode(), source="a.md", slug=release.slug), problems=())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_release_reads_back_as_it_was_written(path: Path) -> None:
    release = parse_release(path.read_bytes(), source=path.name, slug=path.stem)
    assert again(release) == replace(release, problems=())
    assert render_markdown(again(release)) == render_markdown(release)


def test_everything_that_looks_like_a_sign_reads_back_as_words() -> None:
    assert again(RICH) == RICH


def test_written_release_is_pleasant_to_work_on() -> None:
    release = parse_release((HERE / "pasted/02-contacts-last.txt").read_bytes(), source="a.txt", slug="a")
    text = render_markdown(release)
    assert (
        "\n- name: Hanne Brodersen\n  role: Keeper of Maps\n  phone: 0161 496 0123\n  email: hanne@example.org\n"
        in text
    )
    assert "\ndate: 2027-05-14\n" in text
    assert "\n\nENDS\n\n## Notes to editors\n\n1. The library" in text
    assert "\n\n## About the Signal House Library\n\n" in text
    assert "\\" not in text


WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\u200b\ufeff\u0085"), max_size=30
) | st.sampled_from(
    [
        "ENDS",
        "###",
        "- x",
        "1. y",
        "**b**",
        "a_b_c",
        "[x](y)",
        "# h",
        "> q",
        "&amp;",
        "<i>",
        "`c`",
        "***",
        "| a |",
        "~~~",
    ]
)
SPANS = st.builds(
    Span, WORDS, st.booleans(), st.booleans(), st.just(False), st.sampled_from(["", "", "https://example.org/a?b=(c)"])
)
INLINE = st.lists(SPANS, min_size=1, max_size=4).map(lambda spans: settle(merge(spans)))
FULL_INLINE = INLINE.filter(lambda inline: bool(plain(inline).strip()))
BLOCKS: st.SearchStrategy[Block] = st.one_of(
    st.builds(Paragraph, FULL_INLINE),
    st.builds(Heading, FULL_INLINE, st.integers(2, 4)),
    st.builds(Quote, st.lists(FULL_INLINE, min_size=1, max_size=2).map(tuple), WORDS, WORDS, WORDS),
    st.builds(ListBlock, st.lists(FULL_INLINE, min_size=1, max_size=3).map(tuple), st.booleans()),
    st.builds(lambda a, b, c: Table((a, b), ((c, a),)), FULL_INLINE, INLINE, INLINE),
    st.builds(Image, st.just("s.jpg"), WORDS, WORDS),
)


@pytest.mark.slow
@given(st.lists(BLOCKS, max_size=4), WORDS, st.lists(FULL_INLINE, max_size=2), WORDS)
@settings(max_examples=60)
def test_no_word_of_any_release_is_lost_in_writing(
    blocks: list[Block], subhead: str, about: list[Inline], name: str
) -> None:
    release = Release(
        slug="any",
        headline="Seals",
        subhead=subhead,
        body=tuple(blocks),
        boilerplate=(Boilerplate(tuple(about), name),) if about else (),
        contacts=(MediaContact(name, note=subhead),),
    )
    written = parse_release(render_markdown(release).encode(), source="a.md", slug="any")
    lost = document_words(release) - document_words(written)
    assert not lost
    assert not count_words(" ".join(image.alt for image in release.images())) - count_words(
        " ".join(image.alt for image in written.images())
    )


# a paragraph that opens with a quotation mark may become a quote, by design
ORDINARY = FULL_INLINE.filter(lambda inline: plain(inline)[0] not in PAIRS)


@pytest.mark.slow
@given(st.lists(st.builds(Paragraph, ORDINARY), min_size=1, max_size=3))
@settings(max_examples=60)
def test_paragraphs_of_any_text_read_back_word_for_word(paragraphs: list[Paragraph]) -> None:
    release = Release(slug="any", headline="Seals", body=tuple(paragraphs))
    written = again(release)
    assert [plain(block.inline) for block in written.body if isinstance(block, Paragraph)] == [
        plain(block.inline) for block in paragraphs
    ]
