"""Colours and sizes of the shipped family, light and dark, as its style sheet computes them."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tests.message.samples import CASES, compiled


class _Sizes(HTMLParser):
    """Walks the inlined HTML with the computed size and colours of each text."""

    def __init__(self, *, dark: dict[str, tuple[str, str]]) -> None:
        super().__init__()
        self.stack: list[tuple[str, float, str, str, bool]] = [("", 16.0, "#000000", "#ffffff", False)]
        self.dark, self.small, self.pale = dark, set[float](), list[tuple[str, float]]()
        self.texts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = {key: value or "" for key, value in attrs}
        style = have.get("style", "")
        _, size, ink, paper, hidden = self.stack[-1]
        if found := re.search(r"(?:font-size|font): *(?:\w+ )*(\d+)px", style):
            size = float(found[1])
        if found := re.search(r"(?:^|[; ])color: *(#\w{6})", style):
            ink = found[1]
        if found := re.search(r"background-color: *(#\w{6})", style):
            paper = found[1]
        for name in (tag, *(f".{part}" for part in have.get("class", "").split())):
            ink, paper = (self.dark.get(name, ("", ""))[0] or ink, self.dark.get(name, ("", ""))[1] or paper)
        if tag not in {"br", "img", "meta"}:
            self.stack.append((tag, size, ink, paper, hidden or "display: none" in style or tag in {"style", "title"}))

    def handle_endtag(self, tag: str) -> None:
        if len(self.stack) > 1 and self.stack[-1][0] == tag:
            self.stack.pop()

    def handle_data(self, data: str) -> None:
        _, size, ink, paper, hidden = self.stack[-1]
        if data.strip() and not hidden:
            self.texts += 1
            self.small |= {size} if size < 14 else set()
            if (ratio := contrast(ink, paper)) < 4.5:
                self.pale.append((data, ratio))


def contrast(one: str, two: str) -> float:
    def light(colour: str) -> float:
        parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def dark_colours(html: str) -> dict[str, tuple[str, str]]:
    css = html.partition("prefers-color-scheme: dark")[2].partition("</style>")[0]
    found: dict[str, tuple[str, str]] = {}
    for selectors, rules in re.findall(r"([^{}]+)\{([^{}]+)\}", css.partition("{")[2]):
        ink, paper = re.search(r"(?:^|[; ])color: *(#\w{6})", rules), re.search(r"background-color: *(#\w{6})", rules)
        for selector in selectors.split(","):
            name = selector.split()[-1]
            before = found.get(name, ("", ""))
            found[name] = (ink[1] if ink else before[0], paper[1] if paper else before[1])
    return found


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_is_large_enough_and_stands_out_from_its_paper(dark: bool) -> None:  # noqa: FBT001 - a table's column
    html = compiled().render(replace(CASES["full"], is_test=True).context()).html
    walker = _Sizes(dark=dark_colours(html) if dark else {})
    walker.feed(html)
    assert walker.texts > 40
    assert not walker.small
    assert not walker.pale


def test_contrast_is_measured_as_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
