r"""RTF as the programs of an office write it: every source here is written by hand in the manner of one of them."""

from __future__ import annotations

import pytest

from mailer.errors import InputProblem
from mailer.release.document import inlines, release_document
from mailer.release.source import parse_release, read_source
from mailer.release.values import Heading, Image, ListBlock, Paragraph, Release, Table, plain

STORY = r"EASTPORT, 1 March 2027 \endash  The seals of Eastport are back. Forty-one animals were counted at the pier."
PIXEL = "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"


def read(text: str) -> Release:
    return parse_release(text.encode("latin-1"), source="seals.rtf", slug="seals")


def shown(release: Release) -> str:
    return "\n".join(plain(inline) for inline in inlines(release))


@pytest.mark.parametrize(
    "head, text, words",
    [
        (r"\ansi\ansicpg1252", r"caf\'e9 \'93now\'94 \'96 \'80 5", "café “now” – € 5"),
        (r"\ansi\ansicpg1250", r"Plze\'f2", "Plzeň"),
        (r"\mac", r"caf\'8e", "café"),
        (r"\ansi\ansicpg932", r"\'93\'fa\'96\'7b", "日本"),
        (r"\ansi{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204{\*\panose 02}B;}}", r"{\f1 \'cc\'e8\'f0} \'e9", "Мир é"),
        (r"\ansi{\fonttbl\f0\fcharset0 Helvetica;\f1\fcharset128 Hiragino;}", r"\f1 \'93\'fa\f0 \'e9", "日é"),
        (r"\ansi\uc1", r"\u8220\'93na\u239 ive\u8221?", "“naïve”"),
        (r"\ansi\uc2", r"\u26085\'93\'fan{\uc0\u8364}5", "日n€5"),
        (r"\ansi\uc0", r"\u55358 \u56813 \u-10179 \u-8694", "🧭😊"),
        (r"\ansi", r"a\~b\_c\-d \{e\} \\ f\tab g\emdash h", "a\xa0b‑cd {e} \\ f g—h"),
        (r"\ansi", r"{\upr{never}{\*\ud{\u945?}}} {\*\unknown never}{\*\htmltag84 <a>}end", "α end"),
    ],
)
def test_words_are_read_in_every_encoding_of_the_format(head: str, text: str, words: str) -> None:
    assert words in shown(read(rf"{{\rtf1{head} \pard Seals return\par\par {text} is what the pier says today.\par}}"))


def test_nothing_deleted_hidden_or_remarked_is_in_the_release_and_all_of_it_is_told() -> None:
    release = read(
        r"{\rtf1\ansi{\*\revtbl{Unknown;}{Ada Muster;}}{\info{\title Bad title}}\pard Seals return\par\par "
        + STORY
        + r" {\deleted\revauthdel1 Shame on them. }{\revised\revauth1 More than ever.}\v  Bad minister.\v0  It goes on"
        r"{\*\atnid A}{\*\atnauthor Bo Vogel}{\*\annotation\pard\plain Bad idea?\par}.\par"
        r"{\deleted\revauthdel1 Gone for ever.\par}{\v Bad line.\par}Joined.\plain\deleted Bad end\plain  still\par}"
    )
    assert "More than ever." in shown(release)
    assert not {"Shame", "Bad", "Gone", "still"} & set(shown(release).replace(".", " ").split())
    assert [(one.code, one.message) for one in release.problems] == [
        ("tracked-change", '"Shame on them." (by Ada Muster) was deleted and is left out'),
        ("tracked-change", '"More than ever." (by Ada Muster) was inserted and is taken as accepted'),
        ("hidden-text", '"Bad minister." is hidden in Word and left out'),
        ("comment", '"Bad idea?" (by Bo Vogel) is a comment and left out'),
        ("tracked-change", '"Gone for ever." (by Ada Muster) was deleted and is left out'),
        ("hidden-text", '"Bad line." is hidden in Word and left out'),
        ("tracked-change", '"Bad end still" was deleted and is left out'),
    ]


WORD = (
    r"{\rtf1\ansi\ansicpg1252\uc1{\fonttbl{\f0\fcharset0 Calibri;}{\f3\fcharset2 Symbol;}}"
    r"{\stylesheet{\s1\outlinelevel0\b\fs32 \sbasedon0 heading 1;}{\s2\outlinelevel1\b\fs26 heading 2;}}"
    r"{\*\listtable{\list{\listlevel{\leveltext\'01\u-3913 ?;}}\listid1}}"
    r"{\header\pard\plain Example Trust, 1 Example Street\par}"
    r"{\footer\pard Page {\field{\*\fldinst{ PAGE }}{\fldrslt 1}}\par}"
    r"\pard\plain\s1\outlinelevel0{\b\fs32 Seals return to the harbour\par}\pard\plain\f0\fs22 "
    + STORY
    + r"{\super\chftn"
    r"{\footnote\pard\plain{\super\chftn} Counted on one day.}}\par "
    r'See {\field{\*\fldinst{\rtlch HYPERLINK "https://www.example.org/?a=1&b=2" \\o "tip"}}{\fldrslt the count}}.\par '
    r"{\listtext\pard\plain\f3 \'b7\tab}\pard\ls1 Forty-one adults\par{\listtext\pard\plain\f3 \'b7\tab}Six pups\par "
    r"\pard\plain\s2\outlinelevel1{\b\fs26 In figures\par}"
    r"\trowd\trhdr\cellx1\cellx2\pard\intbl Year\cell Seals\cell\row"
    r"\trowd\cellx1\cellx2\pard\intbl 2026\cell 41\cell\row\pard "
    r"{\*\shppict{\pict{\*\picprop{\sp{\sn wzDescription}{\sv A seal}}}\pngblip "
    + PIXEL
    + r"}}{\nonshppict{\pict\wmetafile8 00}}"
    r"\par{\shp{\*\shpinst{\sp{\sn type}{\sv 202}}{\shptxt\pard What stands in a box.\par}}{\shprslt twice}}"
    r"The end.\par}"
)


def test_headings_links_lists_tables_pictures_and_footnotes_come_along() -> None:
    release = read(WORD)
    assert release.headline == "Seals return to the harbour"
    kinds = [type(block) for block in release.body]
    assert kinds == [Paragraph, Paragraph, ListBlock, Heading, Table, Image, Paragraph, Paragraph, ListBlock]
    document = release_document(release)
    assert document["links"] == [{"text": "the count", "url": "https://www.example.org/?a=1&b=2"}]
    assert document["body"][0]["text"].endswith("at the pier.[1]")
    assert [block["text"] for block in document["body"][-3:]] == [
        "The end.",
        "What stands in a box.",
        "1. Counted on one day.",
    ]
    table = next(block for block in release.body if isinstance(block, Table))
    assert [plain(cell) for row in (table.head, *table.rows) for cell in row] == ["Year", "Seals", "2026", "41"]
    assert [image.alt for image in release.images()] == ["A seal"]
    assert [(one.code, one.line) for one in release.problems] == [("left-out", 1), ("picture-inside", None)]


def test_headline_that_only_its_large_letters_make_is_found() -> None:
    release = read(
        r"{\rtf1\ansi\cocoartf2822{\fonttbl\f0\fcharset0 Helvetica-Bold;\f1\fcharset0 Helvetica;}"
        "\n\\f0\\b\\fs28 Example Trust\\\n\\fs48 Seals return\\\n\\f1\\b0\\fs24 \\\n" + STORY + "\\\n"
        "{\\listtext\t3.\t}Forty-one adults\\\n{\\listtext\t4.\t}Six pups\\\n}"
    )
    assert release.headline == "Seals return"
    items = [block for block in release.body if isinstance(block, ListBlock)]
    assert [(one.ordered, one.start, len(one.items)) for one in items] == [(True, 3, 2)]


@pytest.mark.slow
@pytest.mark.parametrize("step", [43, pytest.param(11, marks=pytest.mark.slow)])
def test_file_that_is_cut_off_or_damaged_anywhere_is_read_or_refused_in_words(step: int) -> None:
    data = WORD.encode("latin-1")
    for stop in range(6, len(data), step):
        for source in (data[:stop], data[:stop] + b"}" + data[stop:], data[:stop] + data[stop + 9 :]):
            try:
                read_source(source, source="seals.rtf", slug="seals")
            except InputProblem as problem:
                assert problem.message  # noqa: PT017 - most of them can be read
