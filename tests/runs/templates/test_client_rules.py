"""The pages of the shipped families, compared with what mail programs can show, a test for each rule.

The pages are read with a parser that is not ours. What a program lacks is known from https://www.caniemail.com (each
feature under the name of its page there), as in `message.checks.clients`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from functools import cache
from itertools import pairwise
from typing import Any

import html5lib
import pytest

from mailer.message.checks.page import FACTS
from mailer.message.text import display_width
from mailer.runs.templates import blocks_for_word, faults_for_word
from tests.gallery.mails import FAMILIES, SAMPLES, mail

every_family = pytest.mark.parametrize("family", FAMILIES)
# carried by nothing of ours: the name of its page at caniemail, and how it would look in a style
NOT_CARRIED = {
    "css-display-flex": r"display:\s*(?:inline-)?flex",
    "css-display-grid": r"display:\s*(?:inline-)?grid",
    "css-position": r"(?<![-\w])position\s*:",
    "css-float": r"(?<![-\w])float\s*:",
    "css-background-image": r"url\(",
    "css-border-radius": r"border-radius",
    "css-variables": r"var\(|--\w",
    "css-object-fit": r"object-fit",
    "css-margin": r"margin[^;]*:[^;]*-\d",
    "css-at-font-face": r"@font-face|@import",
}
ACTIVE = {"script", "form", "iframe", "object", "embed", "link", "video", "audio", "svg", "canvas", "input", "button"}


@cache
def page(family: str, sample: str) -> Any:
    return html5lib.parse(mail(family, sample).rendered.html, namespaceHTMLElements=False)


def pages(family: str) -> Iterator[Any]:
    yield from (page(family, sample) for sample in SAMPLES)


def elements(family: str, *tags: str) -> Iterator[Any]:
    for tree in pages(family):
        yield from inside(tree, *tags)


def inside(tree: Any, *tags: str) -> Iterator[Any]:
    return (each for each in tree.iter() if each.tag in tags)


def styles(family: str) -> Iterator[str]:
    """Yield every style attribute, and the style sheet, of every page."""
    for tree in pages(family):
        yield from (each.get("style") for each in tree.iter() if isinstance(each.tag, str) and each.get("style"))
        yield from (each.text for each in tree.iter("style"))


@pytest.mark.slow
@every_family
def test_h1_the_page_is_far_from_where_gmail_cuts_and_the_way_out_is_in_the_header(family: str) -> None:
    for sample in SAMPLES:
        message = message_from_bytes(mail(family, sample).data, policy=policy.default)
        part = message.get_body(("html",))
        assert part is not None
        assert len(str(part.get_payload())) < 80_000
        assert message["List-Unsubscribe"]


@every_family
def test_h2_tables_that_set_the_page_are_no_data_and_nothing_is_wider_than_a_reading_pane(family: str) -> None:
    for table in elements(family, "table"):
        is_data = table.find(".//th") is not None or "data" in table.get("class", "")
        assert is_data or table.get("role") == "presentation"
    widths = [each.get("width", "") for tree in pages(family) for each in tree.iter() if isinstance(each.tag, str)]
    assert max((int(width) for width in widths if width.isdecimal()), default=0) <= 640
    assert {width for width in widths if width.endswith("%")} <= {"100%", "50%"}


@every_family
def test_h2_css_stands_in_the_elements_and_one_small_style_in_the_head(family: str) -> None:
    for tree in pages(family):
        (sheet,) = tree.iter("style")
        assert sheet in list(tree.find("head"))
        assert len(sheet.text.encode()) <= 16 * 1024
        bare = [each for each in inside(tree.find("body"), "p", "h1", "h2", "li") if not each.get("style")]
        assert [each.tag for each in bare if family != "plain"] == []


@every_family
def test_h2_nothing_is_carried_by_what_a_big_program_lacks(family: str) -> None:
    assert set(NOT_CARRIED) <= set(FACTS)
    found = {source for text in set(styles(family)) for source, how in NOT_CARRIED.items() if re.search(how, text)}
    assert found == set()
    assert {each.tag for each in elements(family, *ACTIVE)} == set()
    for each in (each for tree in pages(family) for each in tree.iter() if "max-width" in str(each.get("style"))):
        assert each.tag == "table" or each.get("width"), "Word knows max-width on tables alone"
    sources = [each.get("src", "") for each in elements(family, "img")]
    assert bool(sources) is (family not in {"follow-up", "retraction"})  # which have nothing of the release in them
    assert [src for src in sources if re.search(r"^data:|\.(?:svg|webp|avif)\b", src)] == []


@every_family
def test_h2_word_gets_whole_tables_and_whoever_else_reads_misses_nothing(family: str) -> None:
    for sample in SAMPLES:
        html = mail(family, sample).rendered.html
        assert faults_for_word(html) == ()
        for block in blocks_for_word(html):
            without = re.sub(r"<(style|xml)>.*?</\1>", "", block, flags=re.DOTALL)
            assert re.sub(r"<[^>]*>", "", without).strip() == "", "words that Word alone would show"


@every_family
def test_h3_the_page_says_that_it_knows_the_dark_and_no_ink_stands_on_a_paper_that_it_did_not_choose(
    family: str,
) -> None:
    for tree in pages(family):
        metas = {each.get("name"): each.get("content") for each in tree.iter("meta")}
        assert metas["color-scheme"] == metas["supported-color-schemes"] == "light dark"
        parents = {child: parent for parent in tree.iter() for child in parent}
        for each in tree.find("body").iter():
            if isinstance(each.tag, str) and re.search(r"(?<![-\w])color:", str(each.get("style"))):
                assert has_paper(each, parents), each.get("class")
    sheets = {each.text for each in elements(family, "style")}
    knows = all("prefers-color-scheme: dark" in text for text in sheets)
    chooses = any("color: #" in text for text in styles(family))
    assert knows is chooses, "who chooses colours chooses them for the night too; who chooses none leaves both alone"


def has_paper(element: Any, parents: dict[Any, Any]) -> bool:
    while element is not None:
        if "background-color:" in str(element.get("style")):
            return True
        element = parents.get(element)
    return False


@every_family
def test_h4_everybody_can_read_it_with_eyes_or_ears(family: str) -> None:
    for sample in SAMPLES:
        tree, rendered = page(family, sample), mail(family, sample).rendered
        wrapper = tree.find(".//*[@role='article']")
        assert tree.get("lang") == wrapper.get("lang") == SAMPLES[sample].release.language
        assert tree.get("dir") == wrapper.get("dir") == ("rtl" if sample == "arabic" else "ltr")
        assert tree.find("head/title").text.strip() in rendered.subject
        levels = [int(each.tag[1]) for each in inside(tree, "h1", "h2", "h3", "h4")]
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert all(each.get("alt") is not None for each in tree.iter("img"))
    for link in elements(family, "a"):
        assert "".join(link.itertext()).strip() or link.find("img") is not None
        assert "none" not in re.findall(r"text-decoration:\s*(\w+)", str(link.get("style")))
    sizes = [
        float(size) for text in styles(family) for size in re.findall(r"(?:font|font-size):[^;]*?([\d.]+)px", text)
    ]
    assert min(sizes) >= 14


@every_family
def test_h5_a_picture_says_its_size_and_is_missed_by_nobody(family: str) -> None:
    for image in elements(family, "img"):
        assert image.get("width", "").isdecimal()
        assert not image.get("src").startswith("cid:") or image.get("height", "").isdecimal()
    for sample, each in SAMPLES.items():
        shown = letters("".join(text for text in page(family, sample).find("body").itertext()))
        assert letters(each.release.headline) in shown
        for person in each.release.contacts:
            assert all(letters(words) in shown for words in (person.name, *person.phones, *person.emails))


def letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


@every_family
def test_h6_the_preheader_comes_first_and_is_hidden_in_the_honest_way(family: str) -> None:
    for tree in pages(family):
        first = tree.find("body")[0]
        assert sorted(re.split(r";\s*", first.get("style").rstrip("; "))) == ["display: none", "mso-hide: all"]
        assert len("".join(first.itertext())) <= 120
        hidden = [each for each in tree.find("body").iter() if "display: none" in str(each.get("style"))]
        assert hidden == [first]


@every_family
def test_h7_the_text_part_can_be_read_at_72_columns(family: str) -> None:
    for sample in SAMPLES:
        lines = mail(family, sample).rendered.text.split("\n")
        wide = [line for line in lines if display_width(line) > 72 and " " in line.strip() and "://" not in line]
        assert wide == [], sample
        assert "\n\n\n\n" not in "\n".join(lines)
        assert all(line == line.rstrip() for line in lines)
