"""Text above a dateline stays above it, a caption stays with its picture, and lost links are reported."""

from __future__ import annotations

import io

import docx
import pytest
from PIL import Image as Picture

from mailer.errors import Severity
from mailer.release.source import parse_release, read_source
from mailer.release.values import Image, Paragraph, plain
from tests.release.checks.desk import findings

STORY = "EASTPORT, 3 March 2027 – The council of Eastport voted on Monday to reopen the hall that it closed in 1986."
STANDFIRST = (
    "The hall of Eastport will open its doors again in the spring, forty years after it was closed. Residents had "
    "campaigned for ten years, and the council has now voted for it."
)
MORE = "More of the story follows here, so that it is a story, said a spokesman for the council."


@pytest.mark.parametrize(
    "name,text",
    [
        ("a.txt", f"Hall reopens after forty years\n\n{STANDFIRST}\n\n{STORY}\n\n{MORE}\n"),
        ("a.md", f"# Hall reopens after forty years\n\n{STANDFIRST}\n\n{STORY}\n\n{MORE}\n"),
        ("a.html", f"<h1>Hall reopens after forty years</h1><p>{STANDFIRST}</p><p>{STORY}</p><p>{MORE}</p>"),
        ("a.md", f"---\nheadline: Hall reopens\ndate: 2027-03-03\n---\n\n{STANDFIRST}\n\n{STORY}\n\n{MORE}\n"),
    ],
)
def test_a_standfirst_above_the_dateline_stays_above_it(name: str, text: str) -> None:
    release = parse_release(text.encode(), source=name, slug="a")
    assert release.dateline is not None
    assert release.subhead == STANDFIRST
    assert isinstance(release.body[0], Paragraph)
    assert plain(release.body[0].inline).startswith("The council of Eastport voted")


def test_a_sentence_of_what_visitors_may_do_is_no_caption_of_a_missing_picture() -> None:
    last = "Visitors may carry one lamp."
    release = parse_release(f"Hall reopens\n\n{STORY}\n\n{last}\n".encode(), source="a.txt", slug="a")
    assert isinstance(release.body[-1], Paragraph)
    assert "image-missing" not in {one.code for one in findings(release)}


def test_a_standfirst_without_a_full_stop_stays_above_the_dateline_of_a_release_with_front_matter() -> None:
    line = "A hall that was closed for forty years opens its doors again"
    text = f"---\ndate: 2027-03-03\n---\n# Hall reopens\n\n{line}\n\n{STORY}\n\n{MORE}\n"
    assert parse_release(text.encode(), source="a.md", slug="a").subhead == line


@pytest.mark.parametrize(
    "name,text",
    [
        ("a.md", f'---\nheadline: "Read [the report](https://example.org/r) now"\n---\n\n{STORY}\n\n{MORE}\n'),
        ("a.md", f'---\nsubhead: "Read [the report](https://example.org/r) now"\n---\n# Seals\n\n{STORY}\n'),
        ("a.md", f"# Read [the report](https://example.org/r) now\n\n{STORY}\n\n{MORE}\n"),
        ("a.html", f'<h1>Read <a href="https://example.org/r">the report</a> now</h1><p>{STORY}</p><p>{MORE}</p>'),
        ("a.md", f"# Seals\n\n**Read [the report](https://example.org/r) now**\n\n{STORY}\n\n{MORE}\n"),
    ],
)
def test_a_link_in_a_headline_or_a_subhead_is_told(name: str, text: str) -> None:
    release = parse_release(text.encode(), source=name, slug="a")
    assert "Read the report now" in (release.headline, release.subhead)
    (problem,) = (one for one in release.problems if one.code == "link-dropped")
    assert problem.severity is Severity.WARNING
    assert "https://example.org/r" in problem.message


def word_file(*below: str) -> bytes:
    document = docx.Document()
    document.add_heading("Hall reopens after forty years", 1)
    document.add_paragraph(STORY)
    picture = io.BytesIO()
    Picture.new("RGB", (40, 30), "red").save(picture, "PNG")
    picture.seek(0)
    document.add_picture(picture)
    for text in below:
        document.add_paragraph(text)
    document.add_paragraph(MORE)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


@pytest.mark.parametrize(
    "below,caption,credit",
    [
        (("Caption: The old hall in Eastport.",), "The old hall in Eastport.", ""),
        (("Bildunterschrift: Die alte Halle",), "Die alte Halle", ""),
        (("Caption: The old hall. Photo: Ann Bell",), "The old hall.", "Photo: Ann Bell"),
        (("Caption: The old hall.", "Photo credit: Ann Bell"), "The old hall.", "Photo credit: Ann Bell"),
        (("Photo credit: Ann Bell",), "", "Photo credit: Ann Bell"),
    ],
)
def test_a_word_picture_with_its_words_below_is_one_picture(below: tuple[str, ...], caption: str, credit: str) -> None:
    release = read_source(word_file(*below), source="a.docx", slug="a").release
    (picture,) = (block for block in release.body if isinstance(block, Image))
    assert (picture.src, picture.caption, picture.credit) == ("picture-1.png", caption, credit)
    assert "unsure-caption" not in [one.code for one in release.problems]


def test_a_picture_that_is_not_there_is_an_error() -> None:
    text = f"Hall reopens after forty years\n\n{STORY}\n\nPhoto: The old hall in Eastport.\n\n{MORE}\n"
    release = parse_release(text.encode(), source="a.txt", slug="a")
    missing = [one for one in findings(release) if one.code == "image-missing"]
    assert [(one.severity, one.about) for one in missing] == [(Severity.ERROR, "The old hall in Eastport.")]
    assert "unsure-caption" not in [one.code for one in release.problems]
    word = parse_release(word_file("Caption: The old hall."), source="a.docx", slug="a")
    assert [one.about for one in findings(word) if one.code == "image-missing"] == ["The old hall."]


def test_a_sentence_that_only_reads_like_a_caption_is_a_warning_and_goes_out_as_it_is() -> None:
    sentence = "Two schools already hold lessons there."
    text = f"Hall reopens after forty years\n\n{STORY}\n\n\n{sentence}\n\n\n{MORE}\n"
    release = parse_release(text.encode(), source="a.txt", slug="a")
    assert [(one.code, one.severity) for one in release.problems if sentence in one.message] == [
        ("unsure-caption", Severity.WARNING)
    ]
    assert "image-missing" not in [one.code for one in findings(release)]
