"""The newsroom's pages as values: what is on them, what programs read, and that nothing in a release gets out of it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from mailer.release.values import Image, Paragraph, Span
from mailer.site.pages import page_texts, render_site, topic_name
from mailer.site.values import is_name_of_page, page_path, picture_path
from tests.gallery.mails import SAMPLES
from tests.site.samples import CORRECTED, GONE, HOUSE, URL, stories, story

SCHEMA = Path(__file__).parents[3] / "shared" / "schemas" / "ninjs-schema_3.1.json"
ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = '</script><script>alert(1)</script><img src=x onerror="alert(2)"> --> ]]> {{ 7*7 }} \x01\x0b'


class _Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def elements(page: bytes) -> list[tuple[str, dict[str, str | None]]]:
    return _Elements(page.decode()).found


def structured(page: bytes) -> dict[str, object]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page.decode(), re.DOTALL)
    assert found
    document: dict[str, object] = json.loads(found[1])
    return document


def pages_of(files: dict[str, bytes]) -> dict[str, bytes]:
    return {path: data for path, data in files.items() if path.endswith(".html")}


ALL = dict(render_site(HOUSE, list(stories())))


def test_the_same_stories_make_the_same_bytes_in_whatever_order_they_come() -> None:
    assert dict(render_site(HOUSE, list(stories())[::-1])) == ALL


@pytest.mark.parametrize("path", sorted(pages_of(ALL)))
def test_a_page_runs_nothing_and_its_policy_allows_its_one_style_sheet(path: str) -> None:
    page = ALL[path].decode()
    found = elements(ALL[path])
    assert {attrs.get("type") for tag, attrs in found if tag == "script"} <= {"application/ld+json"}
    assert not [attrs for _, attrs in found if any(name.startswith("on") or name == "style" for name in attrs)]
    assert not [tag for tag, _ in found if tag in {"iframe", "form", "object", "embed", "link"} and tag != "link"]
    policy = next(a["content"] for t, a in found if a.get("http-equiv") == "Content-Security-Policy") or ""
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", sorted(pages_of(ALL)))
def test_a_page_is_light_and_its_pictures_come_late_and_move_nothing(path: str) -> None:
    page, found = ALL[path].decode(), elements(ALL[path])
    assert len(ALL[path]) <= 60_000  # with its style sheet, which is in it
    assert [a for t, a in found if t == "link" and a["rel"] not in {"alternate", "canonical"}] == []
    assert [a for t, a in found if t == "script" and "src" in a] == []
    assert "@import" not in page
    assert "url(" not in page
    for picture in (attrs for tag, attrs in found if tag == "img"):
        assert (picture.get("loading"), bool(picture.get("width"))) == ("lazy", True)
        is_ours = not (picture["src"] or "").startswith("https://www.example.org/")  # how high another is, nobody knows
        assert bool(picture.get("height")) == is_ours


@pytest.mark.parametrize("path", sorted(pages_of(ALL)))
def test_every_link_on_a_page_leads_to_a_page_that_is_there(path: str) -> None:
    for tag, attrs in elements(ALL[path]):
        target = attrs.get("src") or attrs.get("href") or ""
        if tag not in {"a", "img", "link"} or re.match(r"[a-z]+:", target):
            continue
        place = unquote(urljoin(f"/{path}", target))
        there = place.removeprefix("/") + ("index.html" if place.endswith("/") else "")
        assert there in ALL, target


def test_what_a_release_says_stays_text_wherever_it_stands() -> None:
    plain = story("short").release
    hostile = replace(
        plain,
        headline=HOSTILE,
        subhead=HOSTILE,
        body=(Paragraph((Span(HOSTILE),)), Image("https://pictures.example.net/a.jpg", HOSTILE, HOSTILE, HOSTILE)),
        extras=replace(plain.extras, topics=(HOSTILE,)),
    )
    files = render_site(HOUSE, [story("short", versions={"": hostile}, corrections=[replace(CORRECTED, text=HOSTILE)])])
    for path, page in pages_of(dict(files)).items():
        found = elements(page)
        assert [attrs.get("type") for tag, attrs in found if tag == "script"] == (
            ["application/ld+json"] if path == "short/index.html" else []
        )
        assert not [attrs for _, attrs in found if "onerror" in attrs]
        assert b"\x01" not in page
    assert structured(files["short/index.html"])["headline"] == HOSTILE
    ET.fromstring(files["feed.xml"])  # noqa: S314 - written here
    ET.fromstring(files["sitemap.xml"])  # noqa: S314
    policy = next(a["content"] for _, a in elements(files["short/index.html"]) if a.get("http-equiv")) or ""
    assert "img-src 'self' https://pictures.example.net;" in policy


def test_the_host_of_a_picture_cannot_widen_the_policy() -> None:
    plain = story("short").release
    odd = replace(plain, body=(Image("https://a.example.net; script-src *//x.png", "a"),))
    page = render_site(HOUSE, [story("short", versions={"": odd})])["short/index.html"]
    policy = next(a["content"] for _, a in elements(page) if a.get("http-equiv")) or ""
    assert "script-src" not in policy


def test_a_correction_stands_on_top_and_a_withdrawn_release_leaves_a_notice_alone() -> None:
    corrected = render_site(HOUSE, [story("pictures", corrections=[CORRECTED])])
    page = corrected["pictures/index.html"].decode()
    assert page.index("The count was 41, not 14.") < page.index("<h1")
    assert "25 November 2026, 14:05 CET" in page
    document = structured(corrected["pictures/index.html"])
    assert document["correction"] == [
        {"@type": "CorrectionComment", "text": CORRECTED.text, "datePublished": "2026-11-25T14:05:00+01:00"}
    ]
    assert document["dateModified"] == "2026-11-25T14:05:00+01:00"
    assert "Corrected" in corrected["index.html"].decode()
    assert corrected["pictures/release.txt"].decode().index("not 14") < 400

    gone = render_site(HOUSE, [story("pictures", corrections=[CORRECTED], withdrawn=GONE), story("short")])
    page = gone["pictures/index.html"].decode()
    assert "This release has been withdrawn" in page
    assert "The figures are not ours." in page
    assert "film" not in page  # of its text
    assert "noindex" in page
    assert sorted(path for path in gone if path.startswith("pictures/")) == [
        "pictures/index.html",
        "pictures/release.json",
    ]
    for path in ("index.html", "feed.xml", "sitemap.xml"):
        assert b"pictures" not in gone[path]
    wire = json.loads(gone["pictures/release.json"])
    assert wire["pubStatus"] == "canceled"
    assert "bodies" not in wire


def test_a_release_in_several_languages_has_a_page_in_each_which_name_each_other() -> None:
    versions = {"": SAMPLES["short"].release, "de": SAMPLES["german"].release, "ar": SAMPLES["arabic"].release}
    files = render_site(HOUSE, [story("arabic", versions=versions)])
    for path, lang, direction in (("arabic/", "en", "ltr"), ("arabic/de/", "de", "ltr"), ("arabic/ar/", "ar", "rtl")):
        found = elements(files[f"{path}index.html"])
        assert next(a for tag, a in found if tag == "html") == {"lang": lang, "dir": direction}
        others = {a["hreflang"]: a["href"] for tag, a in found if tag == "link" and a.get("hreflang")}
        assert others == {"en": f"{URL}/arabic/", "de": f"{URL}/arabic/de/", "ar": f"{URL}/arabic/ar/"}
    picture = next(a["src"] for tag, a in elements(files["arabic/ar/index.html"]) if tag == "img")
    assert picture is not None
    assert f"arabic/{picture.removeprefix('../')}" in files
    assert "Pressekontakte" in files["arabic/de/index.html"].decode()


def test_the_feed_is_atom_and_an_entry_keeps_its_id_where_the_site_moves() -> None:
    moved = render_site(replace(HOUSE, url="https://press.example.net"), [story("pictures", corrections=[CORRECTED])])
    here = render_site(HOUSE, [story("pictures", corrections=[CORRECTED])])
    ids = []
    for files in (here, moved):
        feed = ET.fromstring(files["feed.xml"])  # noqa: S314 - written here
        entry = feed.find(f"{ATOM}entry")
        assert entry is not None
        ids.append(entry.findtext(f"{ATOM}id"))
        assert entry.findtext(f"{ATOM}updated") == feed.findtext(f"{ATOM}updated") == "2026-11-25T13:05:00Z"
        assert entry.findtext(f"{ATOM}published") == "2026-11-24T08:30:00Z"
    assert ids == ["tag:example.org,2026-11-24:pictures"] * 2
    content = ET.fromstring(here["feed.xml"]).findtext(f"{ATOM}entry/{ATOM}content") or ""  # noqa: S314
    assert content.startswith("<p><b>The count was 41")
    assert f'src="{URL}/pictures/press-kit/pier-' in content


def test_without_an_address_there_is_no_feed_no_sitemap_and_no_absolute_link_to_a_page() -> None:
    files = render_site(replace(HOUSE, url=""), list(stories()))
    assert not {"feed.xml", "sitemap.xml"} & files.keys()
    assert not [path for path, data in files.items() if URL.encode() in data]
    assert sorted({*ALL} - {*files}) == ["feed.xml", "sitemap.xml"]


def test_the_press_kit_holds_each_picture_once_with_its_words_and_true_checksums() -> None:
    kit = {path: data for path, data in ALL.items() if path.startswith("pictures/press-kit/")}
    lines = (line.split("  ") for line in kit["pictures/press-kit/SHA256SUMS"].decode().splitlines())
    sums = {name: digest for digest, name in lines}
    assert sums == {
        path.rpartition("/")[2]: hashlib.sha256(data).hexdigest()
        for path, data in kit.items()
        if not path.endswith("SHA256SUMS")
    }
    contents = kit["pictures/press-kit/contents.txt"].decode()
    for name in sums:
        assert name in contents or name.endswith(".txt")
    assert "Photo: Eastport Seal Trust" in contents


def test_another_picture_has_another_address_whatever_it_is_called() -> None:
    picture = next(iter(story("pictures").pictures.values()))
    path = picture_path(replace(picture, name="Zählung (Ost) & Süd.PNG"))
    assert re.fullmatch(r"press-kit/zahlung-ost-sud-[0-9a-f]{12}\.png", path)
    assert picture_path(replace(picture, data=picture.data + b"x", name="pier.png")) != picture_path(picture)
    assert picture_path(replace(picture, name="海.png")).startswith("press-kit/picture-")


@pytest.mark.parametrize("slug", ["", ".", "..", "a/b", "a\\b", "topics", "index.html", ".hidden", "a\nb", "x:y"])
def test_a_name_that_is_a_path_or_a_page_of_ours_names_no_page(slug: str) -> None:
    assert not is_name_of_page(slug)


def test_a_name_in_any_script_names_a_page() -> None:
    assert all(map(is_name_of_page, ("harbour-seals", "Zählung der Robben 2026", "海豹", "v1.2")))
    assert page_path("Zählung 1") == "Z%C3%A4hlung%201/"
    assert topic_name("Sea & Coast") == topic_name("sea – coast") == "sea-coast"
    assert topic_name("../..") == "-"


def test_pages_have_the_languages_of_the_mails() -> None:
    languages = {tag.partition("-")[0] for tag in HOUSE.tongues}
    for tag in languages:
        assert page_texts(tag).keys() == page_texts("en").keys()
        assert tag == "en" or page_texts(tag)["do_not_use"] != page_texts("en")["do_not_use"]


@pytest.mark.skipif(not SCHEMA.exists(), reason="the schema of ninjs is not beside this repository")
@pytest.mark.parametrize("url", [URL, ""], ids=["address", "no address"])
def test_every_release_is_valid_as_ninjs(url: str) -> None:
    formats = FormatChecker(formats=())
    formats.checks("date-time", raises=ValueError)(lambda text: datetime.fromisoformat(text).tzinfo is not None)
    formats.checks("uri")(lambda text: re.fullmatch(r"[a-z][a-z0-9+.-]*:[!-~]+", text) is not None)
    validator = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")), format_checker=formats)
    every = [
        *stories(),
        story("long", slug="gone", withdrawn=GONE),
        story("tables", slug="put-right", corrections=[CORRECTED]),
    ]
    files = render_site(replace(HOUSE, url=url), every)
    documents = {path: json.loads(data) for path, data in files.items() if path.endswith("release.json")}
    assert len(documents) == len(every)
    faults = {
        path: [f"{list(error.absolute_path)}: {error.message[:200]}" for error in validator.iter_errors(document)]
        for path, document in documents.items()
    }
    assert {path: found for path, found in faults.items() if found} == {}
    assert not validator.is_valid(documents["short/release.json"] | {"pubStatus": "gone"})
    pictures = documents["pictures/release.json"]["associations"]
    assert pictures[0]["by"] == "Photo: Eastport Seal Trust"
