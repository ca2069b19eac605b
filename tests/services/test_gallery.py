"""Every family in a real browser: by day and by night, on a phone and on a desktop, with pictures and without.

Families and samples are found, not named: what is shipped later is looked at too.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page

from mailer.runs.templates import DESKTOP, PHONE, choose_families, exhibit, read_samples, render_gallery
from mailer.workspace import Workspace, shipped
from tests.gallery.faults import faults, hidden, overlapping, sticking_out
from tests.gallery.mails import FAMILIES, NOW, SAMPLES, WAYS, mail, page, sample_of
from tests.gallery.screen import Screen
from tests.gallery.seen import Seen

pytestmark = pytest.mark.service("chromium")

WIDE_SAMPLES = ("contacts", "hostile", "tables")


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("pictures", [True, False], ids=["pictures", "no pictures"])
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_can_be_read_and_tapped_in_every_view(
    screen: Screen, family: str, *, dark: bool, width: int, pictures: bool
) -> None:
    trial = mail(family)
    seen = screen.look(page(trial, pictures=pictures), width=width, dark=dark)
    assert len(seen.runs) > 15
    assert faults(seen) == []
    assert all(each.shown is pictures for each in seen.pictures)
    ground = seen.image.getpixel((1, seen.image.height - 2))
    assert isinstance(ground, tuple)
    assert (max(ground) < 80) is dark


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_sticks_out_whatever_the_release_holds(screen: Screen, family: str) -> None:
    rules = (sticking_out, hidden, overlapping)
    views = [(name, width) for name in SAMPLES for width in (PHONE, DESKTOP) if width == PHONE or name in WIDE_SAMPLES]
    found = {}
    for name, width in views:
        seen = screen.look(page(mail(family, name)), width=width, pixels=False)
        found[name, width] = [fault for rule in rules for fault in rule(seen)]
    assert {view: wrong for view, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("family", FAMILIES)
def test_without_pictures_headline_contacts_and_the_way_out_are_there_as_text(screen: Screen, family: str) -> None:
    release = sample_of(family).release
    seen = screen.look(page(mail(family), pictures=False), width=PHONE)
    told = squeezed(seen.text)
    assert squeezed(release.headline) in told
    for person in release.contacts:
        assert all(squeezed(each) in told for each in (person.name, *person.phones, *person.emails))
    assert [link for link in seen.links if "/o/" in link.href and link.box.height > 0]
    assert all(each.alt for each in seen.pictures)


@pytest.mark.parametrize("family", FAMILIES)
def test_text_is_selected_in_the_order_in_which_it_is_read_and_nothing_hidden_comes_along(
    screen: Screen, family: str
) -> None:
    seen = screen.look(page(mail(family)), width=PHONE)
    assert squeezed(seen.selected) == squeezed(seen.text)
    tops = [(run.boxes[0].y, run.short) for run in seen.runs]
    line = 26  # cells of one row stand at different heights within it
    assert [(one, two) for one, two in pairwise(tops) if two[0] < one[0] - line] == []


def headline(seen: Seen) -> tuple[float, float]:
    """Return how far the first line of the headline is from the left and from the right edge of the page."""
    run = next(run for run in seen.runs if run.where.startswith("h1"))
    return run.boxes[0].x, seen.width - run.boxes[0].right


@pytest.mark.parametrize("family", FAMILIES)
def test_arabic_is_set_from_right_to_left_and_can_be_read(screen: Screen, family: str) -> None:
    for width, dark in ((PHONE, False), (DESKTOP, True)):
        seen = screen.look(page(mail(family, "arabic")), width=width, dark=dark)
        assert seen.direction == "rtl"
        assert faults(seen) == []
    left, right = headline(seen)
    assert right < left
    left, right = headline(screen.look(page(mail(family)), width=DESKTOP))
    assert left < right


@pytest.mark.parametrize("family", FAMILIES)
def test_japanese_breaks_its_lines_and_can_be_read(screen: Screen, family: str) -> None:
    for width, dark in ((PHONE, True), (DESKTOP, False)):
        seen = screen.look(page(mail(family, "japanese")), width=width, dark=dark)
        assert faults(seen) == []
    phone = screen.look(page(mail(family, "japanese")), width=PHONE)
    assert any(len(run.boxes) > 2 for run in phone.runs)


BAD = """<!doctype html><body style="margin:0;background:#fff;font:16px/1.5 serif">
<h1>Headline</h1>
<p style="color:#999999">pale as milk</p>
<p style="font-size:11px">small print</p>
<div style="position:relative;height:30px"><p style="margin:0">covered words</p>
<div style="position:absolute;inset:0;background:#eee"></div></div>
<div style="overflow:hidden;height:10px;width:40px"><span style="white-space:nowrap">cut off in the middle</span></div>
<p style="margin:0">one line</p><p style="margin:-14px 0 0">upon another</p>
<p style="width:900px">wide</p>
<p><a href="tel:+4420">+44 20</a></p>
<img src="cid:none" alt="A pale picture" width="200" height="40" style="color:#ddd">
</body>"""


def test_what_is_wrong_with_a_page_is_seen(screen: Screen) -> None:
    told = "\n".join(faults(screen.look(BAD, width=PHONE)))
    for wrong in (
        "the page is 900 wide",
        '"pale as milk" is pale: 2.8',
        '"small print" has 11.0 pixels',
        'something lies over p "covered words"',
        '"cut off in the middle" is cut off',
        'p "one line" and p "upon another" lie over each other',
        '"+44 20" is',
        'the alternative text "A pale picture" cannot be read: 1.',
    ):
        assert wrong in told


def test_the_gallery_shows_dark_and_light_whatever_the_screen_and_makes_frames_as_high_as_their_mail(
    screen: Screen, tmp_path: Path
) -> None:
    workspace = Workspace(shipped())
    families = choose_families(workspace, ["release"])
    html = render_gallery(exhibit(workspace, families, read_samples(), WAYS, now=NOW), note="Samples.")
    (tmp_path / "gallery.html").write_text(html, "utf-8")

    def look(page: Page) -> tuple[list[list[float]], list[str]]:
        browser = page.context.browser
        assert browser is not None
        own = browser.new_page(viewport={"width": 1600, "height": 40_000}, color_scheme="dark")
        own.set_default_timeout(180_000)
        said: list[str] = []
        own.on("console", lambda message: said.append(message.text))
        own.goto((tmp_path / "gallery.html").as_uri(), wait_until="load")
        # A frame is begun when it comes into sight: until its mail is there its page is empty, or has no body.
        own.wait_for_function(
            """() => [...document.querySelectorAll("iframe")].every((f) => {
              const page = f.contentDocument;
              return page.URL === "about:srcdoc" && page.readyState === "complete" && page.images.length;
            })"""
        )
        frames = own.evaluate(
            """[...document.querySelectorAll("iframe")].map((f) => {
              const page = f.contentDocument, rgb = getComputedStyle(page.body).backgroundColor.match(/\\d+/g);
              return [f.clientWidth, +rgb[0], page.images[0].naturalWidth, page.documentElement.scrollWidth];
            })"""
        )
        own.close()
        return frames, said

    frames, said = screen.run(look)
    assert said == []
    assert [(width, dark < 80, pictures > 0) for width, dark, pictures, _ in frames] == [
        (width, dark, pictures) for pictures in (True, False) for dark in (False, True) for width in (PHONE, DESKTOP)
    ]
    assert all(needed <= width for width, _, _, needed in frames)
