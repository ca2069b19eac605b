"""The desk in a real browser: tabs that notice what is wrong by themselves, and eyes for what a person would see.

A tab may talk to its own desk and to nothing else. Whatever the browser complains of while it is open (an exception, a
line on the console, something that the content security policy refuses, an answer that is missing or an error of the
server's) ends its test when the tab is closed. Playwright lives on a thread of its own (see `Screen`), so a tab passes
each call on to it and a story is written as if it did not: `tab.page` is a `Page` in all but its class, which is why
`expect` of Playwright does not take it, and `tab.sees` is there.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, Route

from tests.desk.opened import Opened
from tests.gallery.screen import Screen

DESKTOP, PHONE = (1280, 900), (360, 740)
SHOTS: Final = Path(__file__).parents[2] / "docs" / "desk"
MOST_OF_SHOTS: Final = 3_000_000  # bytes of all of them
_COLOURS: Final = 24
_PATIENCE_MS: Final = 120_000  # a busy machine fails nothing
_WCAG: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
_REFUSED: Final = 422  # a person is told what is wrong with what they typed
_FOCUS = """() => {
  const it = document.activeElement;
  if (!it || it === document.body) return null;
  const style = getComputedStyle(it), box = it.getBoundingClientRect();
  const label = it.labels && it.labels.length ? it.labels[0].innerText : "";
  const name = it.getAttribute("aria-label") || label || it.innerText || it.value || it.title || it.id;
  return {
    name: name.trim().replace(/\\s+/g, " "),
    kind: it.tagName.toLowerCase(),
    marked: style.outlineStyle !== "none" || style.boxShadow !== "none",
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && style.visibility === "visible",
  };
}"""
_OUTLINE = """() => ({
  title: document.title,
  language: document.documentElement.lang,
  headings: [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
    .map(one => [+one.tagName[1], one.innerText.trim()]),
})"""
_WIDER = """() => {
  const width = document.documentElement.clientWidth;
  const found = document.documentElement.scrollWidth - width;
  if (found <= 0) return "";
  const out = [...document.body.querySelectorAll("*")].filter(one => one.getBoundingClientRect().right > width + 1);
  const name = one => [one.tagName.toLowerCase(), one.id, one.getAttribute("class")].filter(Boolean).join(".");
  return `${found} px wider than ${width}: ` + out.slice(0, 4).map(name).join(", ");
}"""


# A picture names no account and no folder of whoever made it.
_ANONYMOUS = """() => {
  const who = document.querySelector(".who span")?.textContent.split(" · ")[0] ?? "";
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const it = texts.currentNode;
    it.data = (who ? it.data.replaceAll(who, "ada@office") : it.data)
      .replace(/\\/\\S*?pytest-of-\\S*?\\/(office|state)\\d*/g, "/press/$1")
      .replace(/\\/\\S*?\\/templates\\//g, "/press/mailer/templates/");
  }
}"""


@dataclass(frozen=True, slots=True)
class Focus:
    """What has the keyboard's focus; `marked` if that can be seen, `seen` if the thing itself is in the window."""

    name: str
    kind: str
    marked: bool
    seen: bool


@dataclass(slots=True)
class Tab:
    """A tab with a page of the desk. `found` is what was wrong since it was opened."""

    page: Page
    base: str
    name: str  # of its kind, for the names of screenshots
    found: list[str] = field(default_factory=list)
    answers: set[int] = field(default_factory=lambda: {_REFUSED})  # codes of 400 and more that are no fault

    def open(self, path: str) -> Tab:
        """Go to a page by its address."""
        self.page.goto(self.base + path, wait_until="load")
        return self

    def go(self, act: Callable[[], object]) -> Tab:
        """Do what leads to another page, and wait until that is there."""
        with self.page.expect_navigation(wait_until="load"):
            act()
        return self

    def sees(self, text: str) -> None:
        """Wait until a text can be seen."""
        self.page.get_by_text(text).locator("visible=true").first.wait_for()

    @property
    def h1(self) -> str:
        """Return what the page calls itself."""
        return self.page.locator("h1").first.inner_text()

    # the keyboard

    def press(self, *keys: str) -> Focus | None:
        """Press keys one after the other; return what has the focus then, None where nothing has it."""
        for each in keys:
            self.page.keyboard.press(each)
        found = self.page.evaluate(_FOCUS)
        return Focus(**found) if found else None

    def tab_to(self, name: str, *, most: int = 200) -> Focus:
        """Press Tab until what has the focus begins with this name; each stop on the way must be seen and marked."""
        passed = []
        for _ in range(most):
            focus = self.press("Tab")
            if focus is None:
                continue
            passed.append(focus.name)
            assert focus.marked, f"the focus cannot be seen: {focus}"
            assert focus.seen, f"the focus is where nobody sees it: {focus}"
            if focus.name.startswith(name):
                return focus
        raise AssertionError(f"Tab never comes to {name!r}, only to {passed}")

    def stops(self, *, most: int = 300) -> list[Focus]:
        """Press Tab from the beginning of the page to its end; return every stop."""
        self.page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); }")
        found: list[Focus] = []
        for _ in range(most):
            focus = self.press("Tab")
            if focus is None or (len(found) > 1 and focus == found[0]):
                return found
            found.append(focus)
        raise AssertionError(f"{most} stops, and no end")

    # the eyes

    def dark(self, is_dark: bool = True) -> None:  # noqa: FBT001, FBT002 - reads as a sentence
        """Choose dark or light."""
        self.page.emulate_media(color_scheme="dark" if is_dark else "light")

    def resize(self, width: int, height: int = 900) -> None:
        """Make the window as wide and as high as this."""
        self.page.set_viewport_size({"width": width, "height": height})

    def barriers(self, *, rules: Sequence[str] = ()) -> list[str]:
        """Return what axe finds against WCAG 2.2 A and AA, or by these rules alone; a line each."""
        only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": _WCAG}
        options = {"runOnly": only, "resultTypes": ["violations"], "iframes": False}
        self.page.evaluate(f"() => {{ if (!window.axe) {{ {AXE_SCRIPT} }} }}")
        found = self.page.evaluate("options => axe.run(document, options)", options)["violations"]
        return [
            f"{each['id']}: {' '.join(map(str, node['target']))}: {' '.join(node['failureSummary'].split())}"
            for each in found
            for node in each["nodes"][:3]
        ]

    def outline_faults(self) -> list[str]:
        """Return what is wrong with the title, the language and the order of headings."""
        found = self.page.evaluate(_OUTLINE)
        levels = [level for level, _ in found["headings"]]
        steps = [text for (before, _), (level, text) in zip(found["headings"], found["headings"][1:], strict=False)
                 if level > before + 1]  # fmt: skip
        return [
            *([] if levels.count(1) == 1 else [f"{levels.count(1)} h1"]),
            *([] if levels[:1] == [1] else ["h1 is not the first heading"]),
            *([] if found["language"] else ["no language"]),
            *([] if len(found["title"].removesuffix("· mailer").strip()) > 1 else [f"title {found['title']!r}"]),
            *(f"heading without words, level {level}" for level, text in found["headings"] if not text),
            *(f"a level is skipped before {text!r}" for text in steps),
        ]

    def wider(self) -> str:
        """Return by how much the page is wider than the window and what sticks out; empty where it fits."""
        return str(self.page.evaluate(_WIDER))

    def shot(self, name: str) -> None:
        """With MAILER_SHOTS=1, put a picture of the window into docs/desk."""
        if os.environ.get("MAILER_SHOTS") != "1":
            return
        self.page.evaluate(_ANONYMOUS)
        picture = (
            Image.open(BytesIO(self.page.screenshot())).convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        )
        SHOTS.mkdir(parents=True, exist_ok=True)
        picture.save(SHOTS / f"{name}-{self.name}.webp", lossless=True, method=6)


@contextlib.contextmanager
def open_tab(
    screen: Screen,
    desk: Opened,
    *,
    size: tuple[int, int] = DESKTOP,
    dark: bool = False,
    script: bool = True,
    login: bool = True,
    provider: str = "",
) -> Iterator[Tab]:
    """Open a tab on a desk, as whoever is logged in there; fail at its end if anything was wrong with it.

    Narrower than 500 pixels it is a phone, with fingers for a mouse. A `provider` of logins is another site that it may
    go to. Each tab is a browser of its own: it shares neither cookies nor streams with another one.
    """
    phone = size[0] < 500

    def begin(browser: Browser) -> BrowserContext:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            has_touch=phone,
            is_mobile=phone,
            reduced_motion="reduce",
            service_workers="block",
            ignore_https_errors=True,  # the authority is a test's own
        )
        context.set_default_timeout(_PATIENCE_MS)
        if login:
            context.add_cookies(
                [{"name": name, "value": value, "url": desk.base} for name, value in desk.cookies.items()]
            )
        return context

    kind = f"{'phone' if phone else 'desktop'}-{'dark' if dark else 'light'}"
    context = screen.browse(begin)
    try:
        page = screen.browse(lambda _: context.new_page())
        tab = Tab(cast("Page", _Near(screen, page)), desk.base, kind)
        screen.browse(lambda _: _watch(page, tab, {desk.base, provider}))
        yield tab
        found = list(dict.fromkeys(tab.found))
    finally:
        screen.browse(lambda _: context.close())
    assert found == [], "\n".join(found)


def _watch(page: Page, tab: Tab, sites: Collection[str]) -> None:
    def guard(route: Route) -> None:
        asked = urlsplit(route.request.url)
        if f"{asked.scheme}://{asked.netloc}" in sites:
            route.continue_()
        else:
            tab.found.append(f"asks for {route.request.url}")
            route.abort()

    def heard(message: ConsoleMessage) -> None:
        # what a server answered is seen below, with its code
        if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource: the server"):
            tab.found.append(f"{urlsplit(page.url).path}: {message.type} on the console: {message.text}")

    def answered(response: Response) -> None:
        if response.status >= 400 and response.status not in tab.answers:
            tab.found.append(f"{response.status} for {response.request.method} {urlsplit(response.url).path}")

    page.context.route("**/*", guard)
    page.on("console", heard)
    page.on("pageerror", lambda error: tab.found.append(f"{urlsplit(page.url).path}: {error}"))
    page.on("response", answered)


class _Near:
    """Something of Playwright's that is used from another thread than its own."""

    def __init__(self, screen: Screen, far: Any) -> None:
        self._screen, self._far = screen, far

    def __getattr__(self, name: str) -> Any:
        return self._pass_on(lambda: getattr(self._far, name))

    def __call__(self, *words: Any, **named: Any) -> Any:
        there = [_far(each) for each in words], {name: _far(each) for name, each in named.items()}
        return self._pass_on(lambda: self._far(*there[0], **there[1]))

    def __enter__(self) -> Any:
        return self._pass_on(self._far.__enter__)

    def __exit__(self, *what: object) -> Any:
        return self._pass_on(lambda: self._far.__exit__(*what))

    def _pass_on(self, work: Callable[[], Any]) -> Any:
        return self._near(self._screen.browse(lambda _: work()))

    def _near(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._near(each) for each in value]
        is_theirs = type(value).__module__.startswith("playwright") and not isinstance(value, (dict, BaseException))
        return _Near(self._screen, value) if is_theirs or callable(value) else value


def _far(value: Any) -> Any:
    return value._far if isinstance(value, _Near) else value
