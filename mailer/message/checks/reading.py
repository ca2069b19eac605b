"""Reading: whether everybody can read it: with eyes or ears, with pictures or without, on any screen, in any program.

Owns the rules of language, title, headings, pictures and links' words (standards H4, H5, F23), of contrast and size on
light and dark screens (H3, H4), of hidden text (H6), and of what big mail programs cannot show (H2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from mailer.message.checks.look import (
    BLACK,
    WHITE,
    Colour,
    Look,
    contrast,
    judged,
    listed,
    paper_of,
    parse_colour,
    shortened,
)
from mailer.message.page import Element, Page, declarations
from mailer.message.values import Check
from mailer.release.checks import links as link_kinds
from mailer.words import read_section

_EMPTY_WORDS = frozenset(("", *read_section("pages", "links")["empty"]))  # or none, but signs
_FEWEST_WORDS = 30


def check_reading(look: Look) -> Iterator[Check]:
    """Check whether everybody can read a page."""
    page = look.page
    yield _language(look)
    yield judged("title", "the page has no title", wrong=not page.title.strip())
    jumps = [level for before, level in zip([0, *page.headings], page.headings, strict=False) if level > before + 1]
    faults = [f"h{level} comes without the step above it" for level in jumps]
    if page.headings.count(1) != 1:
        faults.append(f"there are {page.headings.count(1)} headlines (h1)")
    yield listed("headings", "headings are not in order", faults)
    yield listed("alt", "pictures have no alternative text", [src for src, alt in page.images if alt is None])
    yield listed("picture-width", "pictures have no size", _sizeless(look))
    yield listed("pixel", "an invisible picture tracks readers", _pixels(look))
    yield listed("without-pictures", "with pictures off, something is missing", _missing_without(look))
    yield listed("link-words", "links do not say where they go", _speechless(look))
    plain = (f"“{link.text}”" for link in _links(look.light) if link.text and _is_bare(link))
    yield listed("underlined", "links are not underlined", plain)


def _language(look: Look) -> Check:
    header = look.message.first("Content-Language")
    # the first two are the page and its wrapper; further in, words may be in another language
    marked = [lang for lang, direction in look.page.languages if direction][:2]
    good = len(marked) >= 2 and len(set(marked)) == 1 and marked[0] == (header or marked[0])
    said = ", ".join(marked) or "nothing"
    message = f"page and wrapper say {said} with a direction, the header {header or 'nothing'}; they must agree"
    return judged("language", message, wrong=not good)


def _sizeless(look: Look) -> Iterator[str]:
    for image in look.page.every("img"):
        have = image.attributes
        is_inside = have.get("src", "").startswith("cid:")
        if not have.get("width") or (is_inside and not (have.get("height") or "height" in image.style)):
            yield have.get("src", "")


def _pixels(look: Look) -> Iterator[str]:
    """Yield the pictures from the web that are at most a dot."""
    for image in look.page.every("img"):
        source = image.attributes.get("src", "")
        sides = (image.attributes.get(side, "") or image.style.get(side, "") for side in ("width", "height"))
        if source.lower().startswith(("http://", "https://")) and all(
            side.removesuffix("px").strip() in {"0", "1"} for side in sides
        ):
            yield source


def _missing_without(look: Look) -> Iterator[str]:
    page = look.page
    if not page.images:
        return
    for heading in page.every("h1"):
        if not heading.text and any(heading in image.upwards() for image in page.every("img")):
            yield "the headline is a picture"
    words = sum(len(re.findall(r"\w+", text)) for _, text in page.texts)
    letters = sum(len(text.strip()) for _, text in page.texts)
    if words < _FEWEST_WORDS and letters < 5 * _FEWEST_WORDS:
        yield f"the text has {words} words"
    wordless = (link for link in _links(page) if not link.text and link.shows and not any(link.shows))
    yield from (f"a link to {link.attributes['href']} is a picture without words" for link in wordless)


def _links(page: Page) -> Iterator[Element]:
    return (link for link in page.every("a") if "href" in link.attributes and not link.is_hidden)


def _speechless(look: Look) -> Iterator[str]:
    for link in _links(look.page):
        said = link.text or " ".join(link.shows).strip()
        bare = re.sub(r"[\W_]+$|^[\W_]+", "", said).lower()
        if not said:
            yield f"{shortened(link.attributes['href'])} has no words"
        elif bare in _EMPTY_WORDS:
            yield f"“{said}”"
        elif _is_tracking(said):
            yield f"“{said}” is a bare address for machines"


def _is_tracking(said: str) -> bool:
    """Return whether the words of a link are an address that counts its readers: tracking parameters, or a long code.

    Any other address shown in full says where it goes, also one with a query.
    """
    parts = link_kinds.split(said) if re.match(r"https?://\S+$", said, re.IGNORECASE) else None
    if parts is None:
        return False
    return bool(link_kinds.tracking(parts) or re.search(r"/(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{25,}", said))


def _is_bare(link: Element) -> bool:
    """Return whether only its colour tells a link from text."""
    for each in link.upwards():
        said = each.style.get("text-decoration", "") + each.style.get("text-decoration-line", "")
        if "underline" in said:
            return False
        if each is link:
            return "none" in said and "border-bottom" not in each.style
    return False


# Clients: what the big mail programs cannot show, and what of it a page leans on.


@dataclass(frozen=True, slots=True)
class Fact:
    """A feature, the big clients that lack it, what to do instead; an extra may be used, and has nothing instead."""

    feature: str
    lacking: str
    instead: str = ""


FACTS: Mapping[str, Fact] = {source: Fact(*row) for source, *row in read_section("checks", "clients")["rows"]}
_STYLED: Mapping[str, Callable[[str, str], bool]] = {
    "css-display-flex": lambda name, value: name == "display" and "flex" in value,
    "css-display-grid": lambda name, value: name == "display" and "grid" in value,
    "css-position": lambda name, value: name == "position" and value not in {"static", "relative", "initial"},
    "css-float": lambda name, value: name == "float" and value in {"left", "right"},
    "css-margin": lambda name, value: name.startswith("margin") and bool(re.search(r"(?:^|\s)-\d*\.?\d", value)),
    "css-variables": lambda name, value: name.startswith("--") or "var(" in value,
    "css-object-fit": lambda name, _value: name == "object-fit",
}
_PICTURE_KINDS = {"image-svg": r"\.svgz?(?:[?#]|$)", "image-webp": r"\.webp(?:[?#]|$)", "image-base64": r"^data:"}


def check_clients(look: Look) -> Iterator[Check]:
    """Check what a page leans on."""
    found = dict.fromkeys((*_in_styles(look), *_in_elements(look)))
    facts = [FACTS[source] for source in found]
    wrong = [f"{fact.feature} ({fact.lacking})" for fact in facts]
    check = listed("clients", "the page leans on what big mail programs cannot show", wrong)
    hint = " ".join(dict.fromkeys(fact.instead for fact in facts))
    yield replace(check, hint=hint)


def _in_styles(look: Look) -> Iterator[str]:
    everywhere = [pair for element in look.page.everything for pair in element.style.items()]
    for block in re.findall(r"\{([^{}]*)\}", "".join(look.page.style_sheets)):
        everywhere += declarations(block).items()
    for name, value in everywhere:
        yield from (source for source, leans in _STYLED.items() if leans(name, value.lower()))


def _in_elements(look: Look) -> Iterator[str]:
    page = look.page
    if any(style.is_inside("body") for style in page.every("style")):
        yield "html-style"
    for src, _ in page.images:
        yield from (source for source, kind in _PICTURE_KINDS.items() if re.search(kind, src, re.IGNORECASE))
    for element in page.everything:
        have, style = element.attributes, element.style
        # Outlook knows how wide a table is all the same, and what has a width by an attribute
        if "max-width" in style and element.tag != "table" and "width" not in have:
            yield "css-max-width"
        shorthand = style.get("background", "")
        if have.get("background") or "url(" in shorthand + style.get("background-image", ""):
            colour = re.search(
                r"#[0-9a-f]{3,6}\b|rgb|\b(?:white|black)\b", re.sub(r"url\([^)]*\)", "", shorthand), re.IGNORECASE
            )
            if "background-color" not in style and not have.get("bgcolor") and not colour:
                yield "css-background-image"


# Seen: whether what is said can be seen, on a light screen and on a dark one.

LEAST_CONTRAST = 4.5
SMALLEST = 14.0
_DEFAULT = 16.0
_SIZE = re.compile(r"(?:^|\s)(\d*\.?\d+)(px|pt|em|rem|%)(?=[\s/]|$)")
_WORDS = {"small": 13.0, "x-small": 10.0, "xx-small": 9.0, "medium": 16.0, "large": 18.0, "x-large": 24.0}


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
    light, dark = _printed(look.light), _printed(look.dark) if look.dark else []
    yield listed("contrast", "the contrast between text and background is too low", _pale(light))
    yield listed("contrast-dark", "on a dark screen, the contrast between text and background is too low", _pale(dark))
    bare = (f"“{shortened(text)}”" for text, each in light if each.has_ink and not each.has_paper)
    yield listed("paper", "text has a colour and no paper of its own", bare)
    metas = {
        each.attributes.get("name", "").lower(): each.attributes.get("content", "") for each in look.page.every("meta")
    }
    both = all("dark" in metas.get(name, "").lower() for name in ("color-scheme", "supported-color-schemes"))
    yield judged("dark-mode", "the page does not declare dark mode", wrong=not both)
    small = (f"{each.size:g}px: “{shortened(text)}”" for text, each in light if each.size < SMALLEST)
    yield listed("text-size", "text is too small", small)


def _pale(printed: list[tuple[str, _Print]]) -> Iterator[str]:
    for text, each in printed:
        found = contrast(each.ink, each.paper)
        if found < LEAST_CONTRAST:
            ink, paper = ("#{:02x}{:02x}{:02x}".format(*colour) for colour in (each.ink, each.paper))
            yield f"{ink} on {paper} ({found:.1f} to 1): “{shortened(text)}”"


def _printed(page: Page) -> list[tuple[str, _Print]]:
    known: dict[int, _Print] = {}
    return [(text, _print_of(element, known)) for element, text in page.texts]


_UNSET = _Print(BLACK, WHITE, has_ink=False, has_paper=False, size=_DEFAULT)


def _print_of(element: Element, known: dict[int, _Print]) -> _Print:
    """Return how the text in an element is printed: by its own style, else as what it stands in."""
    found = known.get(id(element))
    if found is None:
        around = _print_of(element.parent, known) if element.parent else _UNSET
        style, have = element.style, element.attributes
        ink = parse_colour(style.get("color", "") or have.get("color", ""))
        if element.tag == "a" and ink is None and "href" in have:
            ink = (0, 0, 238)  # what browsers give a link
        last = next((name for name in reversed(style) if name in {"background", "background-color"}), "")
        paper = paper_of(style.get(last, "")) or parse_colour(have.get("bgcolor", ""))
        found = known[id(element)] = _Print(
            ink or around.ink,
            paper or around.paper,
            has_ink=around.has_ink or "color" in style,
            has_paper=around.has_paper or paper is not None,
            size=_size_in(style, around.size),
        )
    return found


def _size_in(style: dict[str, str], around: float) -> float:
    """Return the size of text in pixels, by what is declared and the size around it."""
    last = next((name for name in reversed(style) if name in {"font", "font-size"}), "")
    if not last:
        return around
    value = style[last].lower()
    found = _SIZE.search(value)
    if found is None:
        return next((size for word, size in _WORDS.items() if word in value.split()), around)
    return float(found[1]) * {"px": 1.0, "pt": 4 / 3, "em": around, "%": around / 100, "rem": _DEFAULT}[found[2]]


# Preheader: what nobody sees on the page, and mail programs show beside the subject.

_MOST = 200  # characters; what is shown are about a hundred
_TRICKS = {
    "font-size": r"0(?:\.0*)?(?:px|pt|em|%)?|1px",
    "font": r".*(?:^|\s)[01]px[\s/].*",
    "line-height": r"0(?:px)?",
    "opacity": r"0(?:\.0*)?",
    "visibility": r"hidden|collapse",
    "text-indent": r"-\d{3,}.*",
    "max-height": r"0(?:px)?",
    "height": r"0(?:px)?",
    "clip": r".+",
}
_GAPS = re.compile("[\u200b\u200c\u200d\u2007\u034f\u00ad\ufeff\u00a0\\s]+")


def check_preheader(look: Look) -> Iterator[Check]:
    """Check what is hidden on a page, and how."""
    wrong: list[str] = []
    hiders: dict[int, Element] = {}  # the outermost elements that hide a text
    for element, text in (*look.page.texts, *look.page.hidden):
        if not _GAPS.sub("", text):
            continue
        hiding = [each for each in element.upwards() if each.is_hidden]
        if hiding:
            hiders[id(hiding[-1])] = hiding[-1]
        for each in element.upwards():
            tricks = [
                name for name, value in each.style.items() if re.fullmatch(_TRICKS.get(name, "(?!)"), value.lower())
            ]
            ink = parse_colour(each.style.get("color", "")) if each.is_hidden else None
            if ink and contrast(ink, WHITE) < 1.5:  # filters take the colour of paper for the way it is hidden
                tricks.append("color")
            wrong += [f"by {name}: {each.style[name]}: “{shortened(text)}”" for name in tricks]
    wrong += ["without mso-hide: all" for each in hiders.values() if "all" not in each.style.get("mso-hide", "")]
    yield listed("preheader", "text is hidden in a way that filters hold against it", wrong)
    length = sum(len(" ".join(text.split())) for _, text in look.page.hidden)
    yield judged("preheader-length", f"{length} characters are hidden", wrong=length > _MOST)
