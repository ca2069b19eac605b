"""Each: what can differ from one person's mail to the next, looked at for every person.

Owns a shortcut past the whole check, which takes some hundred times longer: a mail is held against one made in the same
way that was checked whole, and only lines that differ are looked at. Gives what did not pass and nothing else; a
finding is what the whole check would find, in the same words and with the same code.
Gaps: what only the whole page shows (contrast, headings, widths) is not asked again, even where a template decides it
by a person's field; the whole check of a list does.
Standards H8, H9 (every contact, before the first connection).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape, unescape

from mailer.message.checks.law import OPT_OUT, POSTAL, address_of, squeezed
from mailer.message.checks.layout import link_checks, size_check
from mailer.message.checks.look import BLACK, WHITE, Colour, Look, contrast, paper_of, parse_colour, shortened, warning
from mailer.message.checks.subject import subject_checks
from mailer.message.checks.transport import whole_size_check
from mailer.message.checks.words import (
    LEFTOVERS,
    SAME_WORDS,
    same_words_check,
    unfilled,
    word_overlap,
    words_in,
)
from mailer.message.page import Element, read_page
from mailer.message.styles import Cascade
from mailer.message.values import Check, Rendered

_TAG = re.compile(r"<[^>]*>")
_UNSEEN = re.compile(r"<title>.*?</title>|<[^>]*display:\s*none[^>]*>[^<]*", re.IGNORECASE)
_LINK = re.compile(r"<a\s[^>]*?href=\"([^\"]*)\"[^>]*>(.*?)</a>", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<title>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_REMEMBERED = 100  # where each person differs in a way of their own, remembering helps nobody
_HTML_PART = b"Content-Type: text/html"


@dataclass(frozen=True, slots=True)
class _Gone:
    """What a mail lacks of the pattern: words of the text, of the page, whether the postal address was among it."""

    said: list[str]
    seen: list[str]
    is_same: bool = field(init=False)
    is_postal: bool

    def __post_init__(self) -> None:
        """Ask once whether both parts lack the same."""
        object.__setattr__(self, "is_same", sorted(self.said) == sorted(self.seen))


class Pattern:
    """A mail that was checked whole, as others made in the same way are held against it."""

    def __init__(self, rendered: Rendered, *, postal_address: str = "", size_limit: int = 0) -> None:
        """Take the mail, the postal address that must stand in every part, and what a message may have in bytes."""
        self._rendered = rendered
        self._postal = squeezed(postal_address)
        self._size_limit = size_limit
        self._text = frozenset(rendered.text.split("\n"))
        self._html = frozenset(rendered.html.split("\n"))
        self._subjects: dict[tuple[str, str], tuple[Check, ...]] = {}
        self._gone: dict[tuple[frozenset[str], frozenset[str]], _Gone] = {}
        self._title = _title(rendered.html)
        self._said = Counter(words_in(rendered.text))
        self._seen = Counter(words_in(read_page(rendered.html).words) if rendered.html else ())
        self._common = len(self._said.keys() & self._seen.keys())

    def look(self, rendered: Rendered, data: bytes, optouts: Sequence[str]) -> tuple[Check, ...]:
        """Look at one person's mail: its texts, its bytes, the ways out that it must name. Return what did not pass."""
        lines, page = rendered.text.split("\n"), rendered.html.split("\n")
        text = "\n".join([line for line in lines if line not in self._text])
        markup = "\n".join([line for line in page if line not in self._html])
        seen = _seen(markup)
        gone = self._gone_from(self._text.difference(lines), self._html.difference(page))
        found = [
            *self._sizes(data),
            *self._subject(rendered, markup),
            *_leftovers(text, seen),
            *_links(markup),
            *_ways_out(rendered, optouts),
            *(self._postal_address(rendered) if gone.is_postal else ()),
            *(self._overlap(rendered, words_in(text), words_in(seen), gone) if rendered.html else ()),
        ]
        return tuple(check for check in found if not check.passed)

    def _gone_from(self, text: frozenset[str], page: frozenset[str]) -> _Gone:
        """Return what a mail lacks of the pattern; most lack the same, which is asked once."""
        known = self._gone.get((text, page))
        if known is None:
            if len(self._gone) > _REMEMBERED:
                self._gone.clear()
            seen = _seen("\n".join(page))
            is_postal = any(line.strip() and line.strip() in self._postal for line in (*text, *seen.split("\n")))
            known = _Gone(words_in("\n".join(text)), words_in(seen), is_postal=is_postal)
            self._gone[text, page] = known
        return known

    def _sizes(self, data: bytes) -> Iterator[Check]:
        start = data.find(_HTML_PART)
        if start >= 0 and self._rendered.html:
            body = data.find(b"\r\n\r\n", start) + 4
            end = data.find(b"\r\n--=_", body)
            yield size_check((end if end >= 0 else len(data)) - body)
        if self._size_limit:
            yield whole_size_check(len(data), self._size_limit)

    def _subject(self, rendered: Rendered, markup: str) -> Iterable[Check]:
        title = _title(rendered.html) if "<title>" in markup else self._title
        key = (rendered.subject, title)
        if key == (self._rendered.subject, self._title):
            return ()  # checked whole
        known = self._subjects.get(key)
        if known is None:
            if len(self._subjects) > _REMEMBERED:
                self._subjects.clear()
            known = self._subjects[key] = tuple(subject_checks(rendered.subject, title if rendered.html else None))
        return known

    def _postal_address(self, rendered: Rendered) -> Iterator[Check]:
        parts = {"in the text": rendered.text}
        if rendered.html:
            parts["in the page"] = read_page(rendered.html).words
        missing = [name for name, part in parts.items() if self._postal not in squeezed(part)]
        yield POSTAL.of("the postal address is missing", missing)

    def _overlap(self, rendered: Rendered, said: list[str], seen: list[str], gone: _Gone) -> Iterator[Check]:
        """Reckon the words in common by what came and went; only where they seem to be few, count them all."""
        if gone.is_same and sorted(said) == sorted(seen):
            return  # whatever came and went did so in both parts
        one, two = Counter(said), Counter(seen)
        one.subtract(gone.said)
        two.subtract(gone.seen)
        words, shown, common = len(self._said), len(self._seen), self._common
        for word in one.keys() | two.keys():
            before = self._said[word] > 0, self._seen[word] > 0
            after = self._said[word] + one[word] > 0, self._seen[word] + two[word] > 0
            words += after[0] - before[0]
            shown += after[1] - before[1]
            common += all(after) - all(before)
        longer = max(words, shown)
        if longer and common / longer < SAME_WORDS:
            yield same_words_check(word_overlap(rendered.text, read_page(rendered.html).words))


def _seen(markup: str) -> str:
    """Return about what is seen of lines of a page, each piece on a line of its own."""
    return unescape(_TAG.sub("\n", _UNSEEN.sub(" ", markup))) if markup else ""


def _leftovers(text: str, seen: str) -> Iterator[Check]:
    found = unfilled(text) or unfilled(seen)
    if found:
        yield LEFTOVERS.of("a field was left unfilled", [found])


def _links(markup: str) -> Iterator[Check]:
    links = [(unescape(url), unescape(_TAG.sub("", words))) for url, words in _LINK.findall(markup)]
    return link_checks(links) if links else iter(())


def _ways_out(rendered: Rendered, optouts: Sequence[str]) -> Iterator[Check]:
    if not optouts:
        return
    missing = []
    if not any(address_of(uri) in rendered.text for uri in optouts):
        missing.append("in the text")
    if rendered.html and not any(escape(uri) in rendered.html or uri in rendered.html for uri in optouts):
        missing.append("in the page")
    yield OPT_OUT.of("the way off the list is missing", missing)


def _title(html: str) -> str:
    found = _TITLE.search(html)
    return unescape(found[1]) if found else ""


# Seen: whether what is said can be seen, on a light screen and on a dark one.

LEAST_CONTRAST = 4.5
SMALLEST = 14.0
_DEFAULT = 16.0
_SIZE = re.compile(r"(?:^|\s)(\d*\.?\d+)(px|pt|em|rem|%)(?=[\s/]|$)")
_WORDS = {"small": 13.0, "x-small": 10.0, "xx-small": 9.0, "medium": 16.0, "large": 18.0, "x-large": 24.0}

CONTRAST = warning(
    "contrast",
    "text stands out from its paper on a light screen",
    "Make the text darker or its background lighter in the template's style.css.html: 4.5 to 1 is the least.",
)
DARK = warning(
    "contrast-dark",
    "text stands out from its paper on a dark screen",
    "Give text and background their colours under @media (prefers-color-scheme: dark), both of them.",
)
PAPER = warning(
    "paper",
    "every text that has a colour stands on a paper that has one",
    "Set background-color where you set color: a dark screen puts its own paper under text that has none.",
)
METAS = warning(
    "dark-mode",
    "the page says that it is made for light and dark screens",
    'Put <meta name="color-scheme" content="light dark"> and the same for supported-color-schemes into <head>.',
)
TEXT_SIZE = warning(
    "text-size",
    f"no text is smaller than {SMALLEST:.0f} pixels",
    f"Set it to at least {SMALLEST:.0f}px; phones show smaller text as a grey line.",
)


@dataclass(frozen=True, slots=True)
class _Print:
    """How a text is printed: its ink, the paper, whether the paper was chosen, the size in pixels."""

    ink: Colour
    paper: Colour
    has_ink: bool
    has_paper: bool
    size: float


def check_seen(look: Look) -> Iterator[Check]:
    """Check whether what is said can be seen."""
    light = list(_printed(look, look.light))
    dark = list(_printed(look, look.dark)) if any("prefers-color-scheme" in s for s in look.page.style_sheets) else []
    yield CONTRAST.of("text is hard to tell from its paper", _pale(light))
    yield DARK.of("on a dark screen, text is hard to tell from its paper", _pale(dark))
    yield PAPER.of("text has a colour and no paper of its own", _bare(light))
    yield METAS.when("the page does not say that it is made for dark screens too", wrong=not _says_both(look))
    small = (f"{each.size:g}px: “{shortened(text)}”" for text, each in light if each.size < SMALLEST)
    yield TEXT_SIZE.of("text is too small", small)


def _pale(printed: list[tuple[str, _Print]]) -> Iterator[str]:
    for text, each in printed:
        found = contrast(each.ink, each.paper)
        if found < LEAST_CONTRAST:
            yield f"{_hex(each.ink)} on {_hex(each.paper)} ({found:.1f} to 1): “{shortened(text)}”"


def _bare(printed: list[tuple[str, _Print]]) -> Iterator[str]:
    return (f"“{shortened(text)}”" for text, each in printed if each.has_ink and not each.has_paper)


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _says_both(look: Look) -> bool:
    said = {
        meta.attributes.get("name", "").lower(): meta.attributes.get("content", "").lower()
        for meta in look.page.every("meta")
    }
    return all("dark" in said.get(name, "") for name in ("color-scheme", "supported-color-schemes"))


def _printed(look: Look, cascade: Cascade) -> Iterator[tuple[str, _Print]]:
    known: dict[int, _Print] = {}
    for element, text in look.page.texts:
        yield text, _print_of(element, cascade, known)


_UNSET = _Print(BLACK, WHITE, has_ink=False, has_paper=False, size=_DEFAULT)


def _print_of(element: Element, cascade: Cascade, known: dict[int, _Print]) -> _Print:
    found = known.get(id(element))
    if found is None:
        around = _print_of(element.parent, cascade, known) if element.parent else _UNSET
        found = known[id(element)] = _inherit(element, cascade.declared(element), around)
    return found


def _inherit(element: Element, style: dict[str, str], around: _Print) -> _Print:
    ink = parse_colour(style.get("color", "") or element.attributes.get("color", ""))
    paper = _paper(style) or parse_colour(element.attributes.get("bgcolor", ""))
    if element.tag == "a" and ink is None and "href" in element.attributes:
        ink = (0, 0, 238)  # what browsers give a link
    return _Print(
        ink or around.ink,
        paper or around.paper,
        has_ink=around.has_ink or "color" in style,
        has_paper=around.has_paper or paper is not None,
        size=size_in(style, around.size),
    )


def _paper(style: dict[str, str]) -> Colour | None:
    last = next((name for name in reversed(style) if name in {"background", "background-color"}), "")
    return paper_of(style[last]) if last else None


def size_in(style: dict[str, str], around: float) -> float:
    """Return the size of text in pixels, by what is declared and the size around it."""
    last = next((name for name in reversed(style) if name in {"font", "font-size"}), "")
    if not last:
        return around
    value = style[last].lower()
    found = _SIZE.search(value)
    if found is None:
        return next((size for word, size in _WORDS.items() if word in value.split()), around)
    number, unit = float(found[1]), found[2]
    by_unit = {"px": 1.0, "pt": 4 / 3, "em": around, "%": around / 100, "rem": _DEFAULT}
    return number * by_unit[unit]
