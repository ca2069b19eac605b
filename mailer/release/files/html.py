"""Html: a release saved from a web page, cut into pieces.

Owns a small reader on the stdlib's HTMLParser: headings, paragraphs, lists, tables, block quotes, preformatted text,
pictures, links and looks; unclosed tags are no matter, nor is what Word, Outlook or Google Docs leave in what is
copied from them. Scripts and styles are dropped; `page_furniture` leaves out what is the page's and not the release's.

Gaps: saved pages that need a script to show their text are empty; looks that only a style sheet gives are not seen.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import urljoin

from mailer.release.files.page_blocks import PageBlocks
from mailer.release.files.page_furniture import leave_out_furniture, press_contact, words_of
from mailer.release.head.holds import tell_holds
from mailer.release.inline import BREAK, is_link_target
from mailer.release.page_words import CONTENT_ID, CONTENT_NAME, FURNITURE_NAME
from mailer.release.pieces import Draft
from mailer.release.sections.sections import caption_image
from mailer.release.values import Span

MARK, MARK_END = "\ue000", "\ue001"  # around the number of a paragraph, in a page made of a word processor's file
_SILENT = frozenset({"script", "style", "noscript", "template", "svg", "iframe", "object", "xml"})
_CONTROLS = frozenset({"button", "select"})
_FURNITURE_TAGS = frozenset({"nav", "header", "footer", "aside"})
_BLOCKS = frozenset(
    {
        *("p", "div", "section", "article", "main", "center", "address", "figure", "body", "dl", "dt", "dd", "hr"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "table", "tr", "td", "th", "blockquote", "pre"),
        *("figcaption", "thead", "tbody", "fieldset", "details", "summary", "caption"),
    }
)
_REACHES = re.compile(r"\s*(?:tel|mailto):", re.IGNORECASE)
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
_PARTS = frozenset({"span", "time", "a", "small", "label"})
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?![A-Za-z])")
_NUMBER = re.compile(rf"{MARK}(\d+){MARK_END}")
_INVISIBLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_SIZE = re.compile(r"font-size\s*:\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>px|pt|em|rem)", re.IGNORECASE)
_LARGE = {"px": 20.0, "pt": 15.0, "em": 1.4, "rem": 1.4}  # from which letters are those of a heading
_LARGE_FONT = frozenset({"4", "5", "6", "7", "+2", "+3", "+4"})
_DATES = frozenset({"article:published_time", "date", "dc.date", "dcterms.date", "datepublished", "dc.date.issued"})
_ABOUT = re.compile("title|description|abstract", re.IGNORECASE)
_MAX_DEPTH = 5000  # what is nested deeper is no page; its words are still read
_OPTIONAL_END = frozenset({"p", "li", "td", "th", "tr", "dt", "dd", "thead", "tbody", "option"})
# A tag that ends where the next begins: the parser of the standard library looks for its end in all that follows, anew
# for each of them. A page with so many is none that somebody wrote.
_MAX_OPEN = 100
_OPEN_TAG = re.compile(r"<[A-Za-z][^<>\"']*(?=<)")


class _Reader(HTMLParser):
    """Reads a page from top to bottom; `pieces` grow as blocks end."""

    def __init__(self, *, by_name: bool, pictures: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self._by_name = by_name  # whether class and id may tell furniture
        self._pictures = pictures  # the names of those that came with the page, by their address in it
        self.blocks = PageBlocks()
        self.title = ""
        self.language = ""
        self.published = ""
        self.taken: list[str] = []  # all words that went into blocks
        self.left_out: list[tuple[int, str]] = []
        self.unseen: list[tuple[int, str, str]] = []  # comments and titles, which no reader sees: line, what, words
        self.dropped_links: list[tuple[int, str]] = []
        self.regions: list[tuple[str, int, int]] = []
        self._base = ""
        self._begun: list[tuple[str, int, int]] = []  # regions: what they are, their depth, their first piece
        self._asides: list[tuple[int, int]] = []  # where each that is open begins among pieces and dropped links
        self._stack: list[str] = []
        self._looks: list[bool] = []  # of each open tag: whether its style makes it bold
        self._captions: list[bool] = []
        self._open: Counter[str] = Counter()
        self._hidden: list[tuple[str, int, bool]] = []  # tag, depth in the stack, whether its words are told
        self._links: list[str] = []
        self._furniture: list[str] = []
        self._apart = False  # whether a field of the page has ended, and no text has come since
        self._paragraph = 0  # the number that Word gives to what is read

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a tag."""
        given = {name: value or "" for name, value in attrs}
        self._look_at_titles(tag, given)
        if tag == "html":
            named = _LANGUAGE.match(given.get("lang", given.get("xml:lang", "")))
            self.language = named[0].lower() if named else ""
        if tag in _VOID:
            self._void(tag, given)
            return
        if len(self._stack) >= _MAX_DEPTH and tag not in _SILENT:
            return
        self._end_implied(tag)
        self._push(tag, given)
        self._hide(tag, given)
        if self._hidden:
            self._furniture.append(" " if tag in _BLOCKS or tag in _CONTROLS else "")
            return
        if tag in _BLOCKS:
            self.taken.append("\n")
            self.blocks.end_block()
            self.blocks.open_block(tag, caption=self._captions[-1], start=given.get("start", ""))
            self.blocks.name_block(given.get("class", ""))
            region = tag if tag in {"article", "main"} else given.get("id", "").lower()
            if CONTENT_ID.fullmatch(region):
                self._begun.append((tag, len(self._stack) - 1, len(self.blocks.pieces)))
            return
        self._apart = self._apart and tag in _PARTS
        self.blocks.name_block(given.get("class", ""))
        self._open_inline(tag, given)

    def _open_inline(self, tag: str, given: Mapping[str, str]) -> None:
        if tag == "a":
            self._part_addresses(given.get("href", ""))
            self._links.append(given.get("href", ""))
        elif tag == "q":  # browsers show its marks
            self.blocks.add_text(Span("“"), self._paragraph or self.getpos()[0])

    def _part_addresses(self, url: str) -> None:
        """Set a link to a number or an address apart from one that ends right before it: a page shows two."""
        if self.blocks.ends_in_link_to_reach and _REACHES.match(url):
            self.taken.append("\t")
            self.blocks.add_text(Span("\t"), self._paragraph or self.getpos()[0])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take `<br/>`; any other tag that closes itself is empty."""
        if tag in _VOID:
            given = {name: value or "" for name, value in attrs}
            self._look_at_titles(tag, given)
            self._void(tag, given)

    def handle_comment(self, data: str) -> None:
        """Put a comment aside."""
        self.unseen.append((self.getpos()[0], "a comment of the page", data))

    def _look_at_titles(self, tag: str, given: Mapping[str, str]) -> None:
        told = [name for name in ("title", "aria-label", *(["alt"] if self._hidden else [])) if given.get(name)]
        if tag == "meta" and _ABOUT.search(given.get("name") or given.get("property") or ""):
            told.append("content")
        self.unseen += [(self.getpos()[0], f"the {name} of a <{tag}>", given.get(name, "")) for name in told]

    def handle_endtag(self, tag: str) -> None:
        """Close a tag, and those inside it that nobody closed."""
        if self._open[tag] and (tag not in _OPTIONAL_END or self._open_here(tag)):
            self._pop_to(tag)
        self._apart = tag in _PARTS

    def _push(self, tag: str, given: Mapping[str, str]) -> None:
        self._stack.append(tag)
        self._open[tag] += 1
        self._looks.append(_BOLD.search(given.get("style", "")) is not None or _is_large(tag, given))
        self._captions.append(tag == "figcaption" or (tag == "p" and given.get("class") == "caption"))

    def _pop_to(self, tag: str) -> None:
        while self._stack:
            last = self._stack.pop()
            self._open[last] -= 1
            self._looks.pop()
            self._closed(last, caption=self._captions.pop())
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
        """Return whether a tag with an optional end is open inside the innermost table or list."""
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
        if MARK in data:
            number = _NUMBER.search(data)
            self._paragraph = int(number.group(1)) if number and not self.blocks.has_words else self._paragraph
            data = _NUMBER.sub("", data)
        line = self._paragraph or line
        if self._apart and len(data) > 1 and data[:1].isalnum() and not data[:1].islower():
            self.taken.append("\t")  # fields that a page sets apart by their tags alone
            self.blocks.add_text(Span("\t"), line)
        self._apart = False
        self.taken.append(data)
        pre = self._open["pre"] > 0
        text = data if pre else re.sub(r"[ \t\r\f\n]+", " ", data)
        strong = (self._open["b"] + self._open["strong"] > 0 or any(self._looks)) and not self.blocks.heading
        emphasis = self._open["i"] + self._open["em"] > 0 and not self.blocks.heading
        self.blocks.add_text(Span(text, strong, emphasis, url=self._target(data)), line, linked=bool(self._links))

    def _target(self, data: str) -> str:
        """Return where the link that is open goes; "" where it goes nowhere that a mail could follow."""
        url = self._links[-1].strip() if self._links else ""
        if not url or is_link_target(url) or url.startswith("#"):
            return "" if url.startswith("#") else url
        if self._base and not re.match(r"[a-z][a-z0-9+.-]*:", url, re.IGNORECASE):
            whole = _joined(self._base, url)
            if is_link_target(whole):
                return whole
        if data.strip():
            self.dropped_links.append((self._paragraph or self.getpos()[0], url))
        return ""

    def close(self) -> None:
        """End the page: what is still open is closed."""
        super().close()
        while self._stack:
            self._pop_to(self._stack[-1])
        self.blocks.end_block()
        self.blocks.end_captions()

    def _hide(self, tag: str, given: dict[str, str]) -> None:
        if tag in {*_SILENT, "head"} or "hidden" in given or _INVISIBLE.search(given.get("style", "")):
            # an outermost block may be hidden until a script has run
            told = tag not in {*_SILENT, "head"}
            if tag not in {"html", "body"}:
                self._hide_furniture(tag) if told and not self._hidden else self._hidden.append(
                    (tag, len(self._stack), told)
                )
        elif tag in _CONTROLS:  # they stand inside paragraphs, which go on behind them
            self._furniture = self._furniture if self._hidden else []
            self._hidden.append((tag, len(self._stack), True))
        elif tag == "aside" and not self.blocks.is_inside and not self._hidden:
            self.blocks.end_block()
            self.taken.append("\n")
            self._asides.append((len(self.blocks.pieces), len(self.dropped_links)))
        elif self._is_furniture_tag(tag) or given.get("role") in {"navigation", "banner", "contentinfo", "search"}:
            self._hide_furniture(tag)
        elif self._by_name and tag in {"div", "ul", "ol", "p", "section", "span", "table", "td", "form", "dl"}:
            names = f"{given.get('id', '')} {given.get('class', '')}".replace("_", " ")
            named = FURNITURE_NAME.search(names) or given.get("id", "").lower() == "header"
            if named and not CONTENT_NAME.search(names):
                self._hide_furniture(tag)

    def _is_furniture_tag(self, tag: str) -> bool:
        """Return whether a tag is furniture; a header inside an article has its headline."""
        inside = self._open["article"] + self._open["main"] > 0
        signs = tag == "footer" and self._open["blockquote"] > 0
        return tag in _FURNITURE_TAGS and not signs and not (inside and tag in {"header", "footer"})

    def _hide_furniture(self, tag: str) -> None:
        if not self._hidden:
            self.blocks.end_block()
            self.taken.append("\n")
            self._furniture = []
        self._hidden.append((tag, len(self._stack), True))

    def _closed(self, tag: str, *, caption: bool) -> None:
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
            self.taken.append("\n")
            self.blocks.end_block()
            self.blocks.close_block(tag, caption=caption)
            if self._begun and self._begun[-1][1] == len(self._stack):
                name, _, start = self._begun.pop()
                self.regions.append((name, start, len(self.blocks.pieces)))
        else:
            self._close_inline(tag)

    def _close_inline(self, tag: str) -> None:
        if tag == "a" and self._links:
            self._links.pop()
        elif tag == "q":
            self.blocks.add_text(Span("”"), self._paragraph or self.getpos()[0])
        elif tag == "aside" and self._asides:
            self._end_aside(*self._asides.pop())

    def _end_aside(self, start: int, links: int) -> None:
        """Leave out what stands beside the text, but for a press contact."""
        self.blocks.end_block()
        self.taken.append("\n")
        pieces = self.blocks.pieces
        kept = press_contact(pieces, start, len(pieces))
        words = " ".join(words_of(pieces[i]) for i in range(start, len(pieces)) if i not in kept)
        if words:
            self.left_out.append((pieces[start].line, words))
            del self.dropped_links[links:]
        pieces[start:] = [pieces[i] for i in sorted(kept)]

    def _void(self, tag: str, given: dict[str, str]) -> None:
        if tag in {"meta", "base", "link"}:
            self._learn(tag, given)
        if self._hidden:
            self._furniture.append(" ")
            return
        self.taken.append("\n" if tag in {"br", "hr"} else "")
        if tag == "br":
            self.blocks.add_text(Span("\n" if self._open["pre"] else BREAK), self._paragraph or self.getpos()[0])
        elif tag == "hr":
            self.blocks.end_block()
        elif tag == "img" and given.get("src") and not {given.get("width"), given.get("height")} & {"0", "1"}:
            self._add_image(given)

    def _learn(self, tag: str, given: dict[str, str]) -> None:
        """Take from the head of a page where it stood on the web, and when it was published."""
        name = (given.get("property") or given.get("name") or given.get("itemprop") or "").lower()
        if tag == "base" or (tag == "link" and given.get("rel", "").lower() == "canonical"):
            self._base = self._base or given.get("href", "")
        elif name == "og:url":
            self._base = self._base or given.get("content", "")
        elif name in _DATES:
            self.published = self.published or given.get("content", "")

    def _add_image(self, given: dict[str, str]) -> None:
        src, alt = given["src"].strip(), " ".join(given.get("alt", "").split())
        line = self._paragraph or self.getpos()[0]
        if src in self._pictures:
            src = self._pictures[src]
        elif re.match(r"(?!https?:)[a-z][a-z0-9+.-]*:", src, re.IGNORECASE):
            self.left_out.append((line, f"a picture inside the page {alt}".strip()))
            return
        elif src.startswith("/"):
            whole = _joined(self._base, src) if self._base else ""
            src = whole if is_link_target(whole) else src
        self.blocks.add_image(caption_image(given.get("title", ""), src=src, alt=alt), line)


def _is_large(tag: str, given: Mapping[str, str]) -> bool:
    """Return whether letters are as large as those of a heading, which pages made by hand have instead of one."""
    size = _SIZE.search(given.get("style", ""))
    if size:
        return float(size.group("number")) >= _LARGE[size.group("unit").lower()]
    return tag == "font" and given.get("size", "") in _LARGE_FONT


def _joined(base: str, url: str) -> str:
    try:
        return urljoin(base, url)
    except ValueError:
        return ""


def cut_html(text: str, draft: Draft, *, saved: bool = True, pictures: Mapping[str, str] | None = None) -> str:
    """Cut a page into the pieces of a draft; what is left out is told in its problems.

    `saved` says that it may have the furniture of a web page around it; `pictures` names those that came with it, by
    their address in it. Return all words that were read, which have to be found in the release again.
    """
    text = _without_conditions(text)
    if len(_OPEN_TAG.findall(text)) > _MAX_OPEN:
        text = _OPEN_TAG.sub(r"\g<0>>", text)
    reader = _read(text, by_name=saved, pictures=pictures or {})
    if _left_out_words(reader) > sum(len(piece.text.split()) for piece in reader.blocks.pieces):
        # a name such as “has-sidebar” on the outermost block would hide the release itself
        reader = _read(text, by_name=False, pictures=pictures or {})
    draft.pieces = reader.blocks.pieces
    draft.language = draft.language or reader.language
    draft.published = reader.published or find_published(text)
    for line, words in reader.left_out:
        draft.say("left-out", f'left out as part of the web page: "{words}"', line)
    for line, where, words in reader.unseen:
        tell_holds(draft, where, words, line)
    for line, url in reader.dropped_links:
        message = f'the link to "{url[:80]}" is no web, mail or telephone link: only its words stay'
        draft.say("link-dropped", message, line)
    if saved:
        leave_out_furniture(draft, reader.regions)
    draft.title = " ".join(reader.title.split())
    return "".join(reader.taken)


def _without_conditions(text: str) -> str:
    """Drop what only Word and Outlook read (`<!--[if mso]>`), and the marks around what all others read."""
    text = re.sub(
        r"<!--\[if [^\]]{0,80}\]>(?!<!-->|-->)(?:(?!<!--).){0,200000}?<!\[endif\]-->", _blank, text, flags=re.DOTALL
    )
    return re.sub(r"<!\[(?:if[^\]]{0,80}|endif)\]>", "", text)


def _blank(match: re.Match[str]) -> str:
    return "\n" * match.group().count("\n")


def _read(text: str, *, by_name: bool, pictures: Mapping[str, str]) -> _Reader:
    reader = _Reader(by_name=by_name, pictures=pictures)
    reader.feed(text)
    reader.close()
    return reader


def _left_out_words(reader: _Reader) -> int:
    return sum(len(words.split()) for _, words in reader.left_out)


# Page dates: the day on which a web page was published, as its marks tell programs.

_JSON_LD = re.compile(r"<script\b[^>]*application/ld\+json[^>]*>(?P<json>.*?)</script", re.IGNORECASE | re.DOTALL)
_PUBLISHED = re.compile(r"\"datePublished\"\s*:\s*\"(?P<day>\d{4}-\d{2}-\d{2})")
_TIME = re.compile(r"<time\b(?P<marks>[^>]*?\bdatetime\s*=\s*[\"']?(?P<day>\d{4}-\d{2}-\d{2})[^>]*)>", re.IGNORECASE)
_NAMED = re.compile(r"datepublished|pubdate|publish|entry-date|post-date|posted", re.IGNORECASE)
_CHANGED = re.compile(r"modif|updat|chang|revis", re.IGNORECASE)
_SENTENCE = re.compile(r"<p\b[^>]*>(?=[^<]{100})", re.IGNORECASE)


def find_published(page: str) -> str:
    """Return the day as 2026-07-30, empty where none is told, or several are and none is named as this one."""
    named = [day for script in _JSON_LD.finditer(page) for day in _PUBLISHED.findall(script["json"])]
    story = _SENTENCE.search(page)
    times = [one for one in _TIME.finditer(page) if not _CHANGED.search(one["marks"])]
    named += [one["day"] for one in times if _NAMED.search(one["marks"])]
    if named:
        return named[0] if len(set(named)) == 1 else ""
    bare = {one["day"] for one in times if story is None or one.start() < story.start()}
    return bare.pop() if len(bare) == 1 and len({one["day"] for one in times}) == 1 else ""
