"""Screen: one Chromium for a whole session, driven from a thread of its own.

The thread is there because Playwright's synchronous interface keeps an event loop running where it was started, and
tests that start loops of their own could not share a thread with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.gallery.seen import Box, Link, Picture, Run, Seen

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
PROBE = (Path(__file__).parent / "probe.js").read_text("utf-8")
_T = TypeVar("_T")
_LIMIT_MS = 180_000  # for whatever a page is asked to do: a busy machine fails nothing


class Screen:
    """Shows pages; every call happens on the browser's own thread."""

    def __init__(self, program: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="browser")
        self._playwright: Playwright = self._do(lambda: sync_playwright().start())
        self._browser: Browser = self._do(
            lambda: self._playwright.chromium.launch(executable_path=program, args=list(FLAGS), timeout=_LIMIT_MS)
        )
        self._shown: Page | None = None

    def close(self) -> None:
        self._do(self._browser.close)
        self._do(self._playwright.stop)
        self._thread.shutdown()

    def look(self, html: str, *, width: int, dark: bool = False, pixels: bool = True) -> Seen:
        """Show a page and give what was seen; nothing is fetched from anywhere. Without `pixels` no colour is known."""
        return self._do(lambda: self._look(html, width, dark=dark, pixels=pixels))

    def run(self, work: Callable[[Page], _T]) -> _T:
        """Do something else with a page of the browser."""
        return self._do(lambda: work(self._page()))

    def browse(self, work: Callable[[Browser], _T]) -> _T:
        """Do something with the browser itself, on its thread."""
        return self._do(lambda: work(self._browser))

    def _do(self, work: Callable[[], _T]) -> _T:
        return self._thread.submit(work).result()

    def _page(self) -> Page:
        if self._shown is None:
            self._shown = self._browser.new_page()
            self._shown.context.set_default_timeout(_LIMIT_MS)
            self._shown.route("**/*", lambda route: route.abort())
        return self._shown

    def _look(self, html: str, width: int, *, dark: bool, pixels: bool) -> Seen:
        page = self._page()
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.set_viewport_size({"width": width, "height": 600})
        page.set_content(html, wait_until="load")
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": height})  # all of it in view, for elementFromPoint
        found = page.evaluate(PROBE)
        return _seen(found, _photo(page) if pixels else b"", width)


def _photo(page: Page) -> bytes:
    """Return a picture of the page once it is painted: on a busy machine the first one can be an empty sheet."""
    for _ in range(20):
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        png = page.screenshot(full_page=True)
        colours = Image.open(BytesIO(png)).convert("RGB").getcolors(maxcolors=2)
        if colours is None or len(colours) > 1:
            break
    return png


def _seen(found: dict[str, Any], png: bytes, width: int) -> Seen:
    return Seen(
        width=width,
        scroll_width=found["scrollWidth"],
        runs=tuple(
            Run(
                each["text"],
                each["where"],
                each["size"],
                tuple(map(_box, each["boxes"])),
                each["covered"],
                each["clipped"],
            )
            for each in found["runs"]
        ),
        links=tuple(Link(each["href"], each["text"], _box(each["box"])) for each in found["links"]),
        pictures=tuple(Picture(each["alt"], _box(each["box"]), each["shown"]) for each in found["pictures"]),
        selected=found["selected"],
        direction=found["direction"],
        png=png,
    )


def _box(sides: list[float]) -> Box:
    return Box(*sides)


@contextmanager
def open_screen(program: str) -> Iterator[Screen]:
    screen = Screen(program)
    try:
        yield screen
    finally:
        screen.close()
