"""The newsroom's pages in a real browser: they fit, they are dark at night, and nothing in them runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Page, Route

from mailer.site.pages import render_site
from tests.gallery.mails import SAMPLES
from tests.gallery.screen import Screen
from tests.site.samples import CORRECTED, GONE, HOUSE, stories, story

pytestmark = pytest.mark.service("chromium")

ORIGIN = "http://news.example.org"
VERSIONS = {"": SAMPLES["long"].release, "ar": SAMPLES["arabic"].release, "ja": SAMPLES["japanese"].release}
EVERY = [
    *(each for each in stories() if each.slug != "long"),
    story("arabic", slug="languages", versions=VERSIONS, corrections=[CORRECTED]),
    story("hostile", slug="gone", withdrawn=GONE),
]
FILES = dict(render_site(HOUSE, EVERY))
PAGES = sorted(path.removesuffix("index.html") for path in FILES if path.endswith(".html"))


@dataclass(frozen=True)
class Shown:
    """What a browser found: how wide the page is, its ground and its ink, broken pictures, and its complaints."""

    width: int
    ground: str
    ink: str
    broken: list[str]
    title: str
    fonts: list[float]
    said: list[str]


def show(screen: Screen, path: str, *, width: int, scheme: str = "light", insert: str = "") -> Shown:
    """Show a page of the site; whatever it asks for elsewhere is not there. `insert` is put into its body."""
    said: list[str] = []

    def answer(route: Route) -> None:
        place = unquote(urlsplit(route.request.url).path).removeprefix("/")
        place += "index.html" if place in {"", *PAGES} else ""
        body = FILES.get(place)
        if not route.request.url.startswith(ORIGIN) or body is None:
            route.abort()
            return
        if insert and place.endswith(".html"):
            body = body.replace(b"<main>", f"<main>{insert}".encode())
        kind = {"html": "text/html; charset=utf-8", "png": "image/png"}.get(place.rpartition(".")[2], "text/plain")
        route.fulfill(body=body, content_type=kind)

    def work(_: Page) -> Shown:
        # a page of its own: the screen's is shared, and remembers who listens to it
        page = screen._browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
        try:
            page.route("**/*", answer)
            page.on("console", lambda message: said.append(message.text))
            page.goto(f"{ORIGIN}/{path}", wait_until="load")
            for picture in page.query_selector_all("img"):
                picture.scroll_into_view_if_needed()
                picture.evaluate("each => each.complete || new Promise(done => each.onload = each.onerror = done)")
            found: dict[str, Any] = page.evaluate(
                """() => ({
                  width: document.documentElement.scrollWidth, title: document.title,
                  ground: getComputedStyle(document.querySelector(".sheet")).backgroundColor,
                  ink: getComputedStyle(document.querySelector("h1")).color,
                  fonts: [...document.querySelectorAll("p, li, td, th, h1, h2, h3, figcaption, a")]
                    .map(each => parseFloat(getComputedStyle(each).fontSize)),
                  broken: [...document.images].filter(each => !each.naturalWidth).map(each => each.getAttribute("src")),
                })"""
            )
            return Shown(**found, said=said)
        finally:
            page.close()

    return screen.run(work)


def brightness(color: str) -> float:
    return sum(float(part) for part in color.removeprefix("rgb(").removesuffix(")").split(",")) / 3


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_every_screen_and_asks_for_nothing_that_is_not_there(screen: Screen, path: str) -> None:
    for width in (320, 700, 1200):
        shown = show(screen, path, width=width)
        assert shown.width <= width, width
        assert [each for each in shown.broken if not each.startswith("https://www.example.org/")] == []
        assert [each for each in shown.said if "ERR_FAILED" not in each] == []
        assert min(shown.fonts) >= 14


@pytest.mark.parametrize("path", ["", "languages/ar/", "gone/"])
def test_at_night_a_page_is_dark(screen: Screen, path: str) -> None:
    day, night = (show(screen, path, width=700, scheme=scheme) for scheme in ("light", "dark"))
    assert brightness(day.ground) > 240
    assert brightness(night.ground) < 60
    assert brightness(night.ink) - brightness(night.ground) > 100


def test_what_somebody_slips_into_a_page_does_not_run(screen: Screen) -> None:
    slipped = (
        "<script>document.title = 'owned'</script><img src=x onerror=\"document.title = 'owned'\">"
        "<script src='https://evil.example.net/x.js'></script><p style='font-size: 1px'>small</p>"
        "<iframe srcdoc='<script>parent.document.title = 1</script>'></iframe>"
    )
    shown = show(screen, "hostile/", width=700, insert=slipped)
    assert "owned" not in shown.title
    assert min(shown.fonts) >= 14
    refused = " ".join(shown.said)
    assert "script-src" in refused
    assert "style-src" in refused
