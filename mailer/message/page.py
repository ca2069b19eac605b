"""Page: what an HTML part says and how it is built, for checking it.

Owns one walk over the HTML: its words, links, pictures, headings, languages. Never changes it, never fetches anything.
Hidden text (the preheader) counts as not said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_APART = frozenset({"br", "p", "div", "td", "th", "tr", "li", "h1", "h2", "h3", "h4", "blockquote", "table", "img"})


@dataclass(slots=True)
class Page:
    """What one walk over an HTML part found. `words` is the visible text, the pictures' alt texts among it."""

    words: str = ""
    title: str = ""
    languages: list[tuple[str, str]] = field(
        default_factory=list
    )  # lang and dir, of html and then of what carries lang
    links: list[tuple[str, str]] = field(default_factory=list)  # address and visible text
    images: list[tuple[str, str | None]] = field(default_factory=list)  # src and alt, None where there is none
    headings: list[int] = field(default_factory=list)
    elements: set[str] = field(default_factory=set)
    layout_tables: int = 0  # tables that are neither data nor marked as presentation


def read_page(html: str) -> Page:
    """Walk over an HTML part once."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.page.words = re.sub(r"[ \t]+", " ", "".join(reader.said))
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.said: list[str] = []
        self.open: list[tuple[str, bool]] = []  # element, and whether it is hidden
        self.hidden = 0  # how many of the open elements are
        self.link: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = {name: value or "" for name, value in attrs}
        page = self.page
        page.elements.add(tag)
        if "lang" in have:
            page.languages.append((have["lang"], have.get("dir", "")))
        if tag in _APART:
            self.said.append("\n")
        if re.fullmatch(r"h[1-6]", tag):
            page.headings.append(int(tag[1]))
        self._look(tag, have)
        if tag not in _VOID:
            hidden = bool(_HIDDEN.search(have.get("style", ""))) or tag in {"head", "style", "script"}
            self.open.append((tag, hidden))
            self.hidden += hidden

    def _look(self, tag: str, have: dict[str, str]) -> None:
        page = self.page
        if tag == "img":
            page.images.append((have.get("src", ""), have.get("alt")))
            self.said.append(have.get("alt", ""))
        elif tag == "a" and "href" in have:
            page.links.append((have["href"], ""))
            self.link = []
        elif tag == "table" and have.get("role") != "presentation" and "data" not in have.get("class", "").split():
            page.layout_tables += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self.link is not None:
            self.page.links[-1] = (self.page.links[-1][0], "".join(self.link).strip())
            self.link = None
        for at in range(len(self.open) - 1, -1, -1):
            if self.open[at][0] == tag:
                self.hidden -= sum(hidden for _, hidden in self.open[at:])
                del self.open[at:]
                break
        if tag in _APART:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if self.hidden:
            if self.open[-1][0] == "title":
                self.page.title += data
            return
        self.said.append(data)
        if self.link is not None:
            self.link.append(data)
