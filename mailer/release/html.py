"""Html: a release saved from a web page, cut into pieces.

Owns a small reader on the stdlib's HTMLParser: headings, paragraphs, lists, tables, block quotes, preformatted text,
pictures, links and looks; unclosed tags are no matter. Scripts and styles are dropped; menus, breadcrumbs and other
furniture of the page are left out and told.

Gaps: a layout made of tables is read as tables; saved pages that need a script to show their text are empty.
"""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

from mailer.release.inline import BREAK, is_link_target
from mailer.release.page_blocks import PageBlocks
from mailer.release.pieces import Draft
from mailer.release.tails import caption_image
from mailer.release.values import Span

_SILENT = frozenset({"script", "style", "noscript", "template", "svg", "iframe", "object", "button", "select", "form"})
_FURNITURE_TAGS = frozenset({"nav", "header", "footer", "aside"})
_FURNITURE = re.compile(
    r"\b(?:nav|navbar|navigation|menu|breadcrumbs?|share|sharing|social|sidebar|sidecol|footer|cookie|cookies|banner"
    r"|related|skip|skiplink|comments|pagination|search)\b",
    re.IGNORECASE,
)
_BLOCKS = frozenset(
    {
        *("p", "div", "section", "article", "main", "center", "address", "figure", "body", "dl", "dt", "dd", "hr"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "table", "tr", "td", "th", "blockquote", "pre"),
        *("figcaption", "thead", "tbody", "fieldset", "details", "summary", "caption"),
    }
)
_VOID = frozenset(
    {"br", "img", "hr", "meta", "link", "input", "wbr", "source", "area", "base", "col", "embed", "param"}
)
_SIBLINGS = {
    "li": ("li",),
    "tr": ("td", "th", "tr"),
    "td": ("td", "th"),
    "th": ("td", "th"),
    "dt": ("dt", "dd"),
    "dd": ("dt", "dd"),
}
_OPTIONAL_END = frozenset({"p", "li", "td", "th", "tr", "dt", "dd", "thead", "tbody", "option"})


class _Reader(HTMLParser):
    """Reads a page from top to bottom; `pieces` grow as blocks end."""

    def __init__(self, *, by_name: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._by_name = by_name  # whether class and id may tell furniture
        self.blocks = PageBlocks()
        self.title = ""
        self.language = ""
        self.left_out: list[tuple[int, str]] = []
        self.dropped_links: list[tuple[int, str]] = []
        self._stack: list[str] = []
        self._open: Counter[str] = Counter()
        self._hidden: list[tuple[str, int, bool]] = []  # tag, depth in the stack, whether its words are told
        self._links: list[str] = []
        self._furniture: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a tag."""
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = given.get("lang", given.get("xml:lang", ""))[:2].lower()
        if tag in _VOID:
            self._void(tag, given)
            return
        self._end_implied(tag)
        self._push(tag)
        self._hide(tag, given)
        if self._hidden:
            return
        if tag in _BLOCKS:
            self.blocks.end_block()
            self.blocks.open_block(tag)
        elif tag == "a":
            self._links.append(given.get("href", ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take `<br/>`; any other tag that closes itself is empty."""
        if tag in _VOID:
            self._void(tag, {name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        """Close a tag, and those inside it that nobody closed."""
        if self._open[tag] and (tag not in _OPTIONAL_END or self._open_here(tag)):
            self._pop_to(tag)

    def _push(self, tag: str) -> None:
        self._stack.append(tag)
        self._open[tag] += 1

    def _pop_to(self, tag: str) -> None:
        while self._stack:
            last = self._stack.pop()
            self._open[last] -= 1
            self._closed(last)
            if last == tag:
                return

    def _end_implied(self, tag: str) -> None:
        """Close what a tag closes by itself, as browsers do: a paragraph, the item or the cell before."""
        if tag in _BLOCKS and self._open["p"] and self._open_here("p"):
            self._pop_to("p")
        for one in _SIBLINGS.get(tag, ()):
            if self._open[one] and self._open_here(one):
                self._pop_to(one)

    def _open_here(self, tag: str) -> bool:
        """Say whether a tag with an optional end is open inside the innermost table or list."""
        for last in reversed(self._stack):
            if last == tag:
                return True
            if last in {"table", "ul", "ol"}:
                return False
        return False

    def handle_data(self, data: str) -> None:
        """Take text where it belongs."""
        if self._hidden:
            if self._hidden[-1][2]:
                self._furniture.append(data)
            elif self._stack[-1:] == ["title"]:
                self.title += data
            return
        line = self.getpos()[0] + data[: len(data) - len(data.lstrip())].count("\n")
        pre = self._open["pre"] > 0
        text = data if pre else re.sub(r"[ \t\r\f\n]+", " ", data)
        url = self._links[-1].strip() if self._links else ""
        if url and not is_link_target(url):
            if data.strip():
                self.dropped_links.append((self.getpos()[0], url))
            url = ""
        strong = self._open["b"] + self._open["strong"] > 0 and not self.blocks.heading
        emphasis = self._open["i"] + self._open["em"] > 0 and not self.blocks.heading
        self.blocks.add_text(Span(text, strong, emphasis, url=url), line)

    def close(self) -> None:
        """End the page: what is still open is closed."""
        super().close()
        while self._stack:
            self._pop_to(self._stack[-1])
        self.blocks.end_block()

    def _hide(self, tag: str, given: dict[str, str]) -> None:
        if tag in {*_SILENT, "head"} or "hidden" in given:
            self._hidden.append((tag, len(self._stack), False))
        elif self._is_furniture_tag(tag) or given.get("role") in {"navigation", "banner", "contentinfo", "search"}:
            self._hide_furniture(tag)
        elif self._by_name and tag in {"div", "ul", "p", "section", "span"}:
            names = f"{given.get('id', '')} {given.get('class', '')}".replace("_", " ").replace("-", " ")
            if _FURNITURE.search(names):
                self._hide_furniture(tag)

    def _is_furniture_tag(self, tag: str) -> bool:
        """Say whether a tag is furniture; a header inside an article has its headline."""
        inside = self._open["article"] + self._open["main"] > 0
        return tag in _FURNITURE_TAGS and not (inside and tag in {"header", "footer"})

    def _hide_furniture(self, tag: str) -> None:
        if not self._hidden:
            self.blocks.end_block()
            self._furniture = []
        self._hidden.append((tag, len(self._stack), True))

    def _closed(self, tag: str) -> None:
        if self._hidden:
            if self._hidden[-1][1] > len(self._stack):
                _, _, told = self._hidden.pop()
                words = " ".join("".join(self._furniture).split())
                if told and words and not self._hidden:
                    self.left_out.append((self.getpos()[0], words))
                    self._furniture = []
            return
        if tag == "pre":
            self.blocks.end_preformatted()
        if tag in _BLOCKS:
            self.blocks.end_block()
            self.blocks.close_block(tag)
        elif tag == "a" and self._links:
            self._links.pop()

    def _void(self, tag: str, given: dict[str, str]) -> None:
        if self._hidden:
            return
        if tag == "br":
            self.blocks.add_text(Span("\n" if self._open["pre"] else BREAK), self.getpos()[0])
        elif tag == "hr":
            self.blocks.end_block()
        elif tag == "img" and given.get("src") and not {given.get("width"), given.get("height")} & {"0", "1"}:
            self._add_image(given)

    def _add_image(self, given: dict[str, str]) -> None:
        src, alt = given["src"].strip(), " ".join(given.get("alt", "").split())
        if re.match(r"(?!https?:)[a-z][a-z0-9+.-]*:", src, re.IGNORECASE):
            self.left_out.append((self.getpos()[0], f"a picture inside the page {alt}".strip()))
        else:
            self.blocks.add_image(caption_image(given.get("title", ""), src=src, alt=alt), self.getpos()[0])


def cut_html(text: str, draft: Draft) -> None:
    """Cut a web page into the pieces of a draft; what is left out is told in its problems."""
    reader = _read(text, by_name=True)
    if _left_out_words(reader) > sum(len(piece.text.split()) for piece in reader.blocks.pieces):
        # a name such as «has-sidebar» on the outermost block would hide the release itself
        reader = _read(text, by_name=False)
    draft.pieces = reader.blocks.pieces
    draft.language = draft.language or reader.language
    for line, words in reader.left_out:
        draft.say("left-out", f'left out as part of the web page: "{words[:200]}"', line)
    for line, url in reader.dropped_links:
        message = f'the link to "{url[:80]}" is no web, mail or telephone link: only its words stay'
        draft.say("link-dropped", message, line)
    title = " ".join(reader.title.split())
    if title and not any(title == piece.text for piece in draft.pieces):
        draft.say("left-out", f'left out: the title of the page, "{title[:200]}"', None)


def _read(text: str, *, by_name: bool) -> _Reader:
    reader = _Reader(by_name=by_name)
    reader.feed(text)
    reader.close()
    return reader


def _left_out_words(reader: _Reader) -> int:
    return sum(len(words.split()) for _, words in reader.left_out)
