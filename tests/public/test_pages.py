"""The pages themselves: every language whole, sound HTML, nothing from elsewhere, contrast enough."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re

import html5lib
import pytest

from mailer.public.pages import LANGUAGES, POLICY, STYLE, Around, ask_page, choose_language, done_page, notice_page
from mailer.runs.people.link_page import House, mask
from tests.message.test_contrast import contrast

HOUSE = House("Lantern & Sons <Museum>", "press@example.org")
NOTICES = ("undone", "late", "bad", "busy", "slow")


def pages(language: str, house: House = HOUSE) -> dict[str, str]:
    around = Around(language, house)
    found = {
        "ask": ask_page(around, masked="a…@daily.example.com"),
        "ask nobody": ask_page(around, masked=""),
        "done": done_page(around, out="everywhere", masked="a…@daily.example.com"),
        "done list": done_page(around, out="list", masked="", just_now=False),
    }
    return found | {name: notice_page(around, name) for name in NOTICES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(language: str) -> None:
    assert LANGUAGES[language].keys() == LANGUAGES["en"].keys()
    assert all(LANGUAGES[language].values())
    if language != "en":
        assert not set(LANGUAGES[language].values()) & set(LANGUAGES["en"].values())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("house", [HOUSE, House("", "")])
def test_pages_are_sound_and_fetch_nothing(language: str, house: House) -> None:
    for page in pages(language, house).values():
        tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
        assert tree.get("lang") == language
        assert tree.get("dir") == "ltr"
        assert tree.findtext("head/title").strip()
        assert len(tree.findall(".//h1")) == 1
        assert not [each for each in tree.iter() if each.tag in {"script", "img", "link", "iframe", "object", "base"}]
        assert not [
            name for each in tree.iter() for name in each.attrib if name in {"src", "style"} or name[:2] == "on"
        ]
        assert "<Museum>" not in page
        assert {each.get("href") for each in tree.iter("a")} <= {"mailto:press@example.org"}
        assert {each.get("action") for each in tree.iter("form")} <= {""}


def test_every_field_has_its_words_and_every_group_its_legend() -> None:
    tree = html5lib.parse(pages("en")["ask"], namespaceHTMLElements=False)
    ids = {each.get("id") for each in tree.iter() if each.get("id")}
    assert tree.find(".//fieldset/legend") is not None
    assert len(tree.findall(".//label//input[@type='radio']")) == 2
    assert [each.get("for") for each in tree.iter("label") if each.get("for")] == ["reason"]
    described = {
        each.get("aria-describedby")
        for page in pages("en").values()
        for each in html5lib.parse(page, namespaceHTMLElements=False).iter()
        if each.get("aria-describedby")
    }
    assert ids == {"reason", "reason-means"}
    assert described == {"reason-means", "undo-means"}
    assert [each.get("value") for each in tree.findall(".//input[@checked]")] == ["everywhere"]


def test_the_policy_allows_the_one_style_sheet_that_stands_in_the_page() -> None:
    found = re.search(r"<style>(.*?)</style>", pages("de")["ask"], re.DOTALL)
    assert found
    assert found[1] == STYLE
    assert base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode() in POLICY


@pytest.mark.parametrize("scheme", [0, 1])
def test_colours_are_far_enough_apart_light_and_dark(scheme: int) -> None:
    colours = dict(re.findall(r"--(\w+): (#\w{6})", STYLE.split("@media")[scheme]))
    behind = ("sheet", "note")
    pairs = [*itertools.product(("ink", "quiet", "accent"), behind), ("sheet", "accent"), ("ink", "paper")]
    assert {pair: ratio for pair in pairs if (ratio := contrast(colours[pair[0]], colours[pair[1]])) < 4.5} == {}


@pytest.mark.parametrize(
    "of_mail, accepted, language",
    [
        ("de", "fr", "de"),
        ("de-AT", "", "de"),
        ("pl", "fr;q=0.5, it;q=0.9", "it"),
        ("", "pt, nl;q=0.1", "nl"),
        ("", "es-419,es;q=0.9", "es"),
        ("", "de;q=0, fr;q=0.1", "fr"),
        ("", "*, ;;;, q=, de;q=x", "en"),
        ("", "x," * 10_000, "en"),
        ("en-us", "de", "en"),
    ],
)
def test_a_page_has_the_language_of_the_mail_else_the_one_that_is_liked_best(
    of_mail: str, accepted: str, language: str
) -> None:
    assert choose_language(of_mail, accepted) == language


@pytest.mark.parametrize(
    "address, masked",
    [("ada@daily.example.com", "a…@daily.example.com"), ("ö@x.example.com", "ö…@x.example.com"), ("", "")],
)
def test_an_address_is_shown_to_its_owner_alone(address: str, masked: str) -> None:
    assert mask(address) == masked
