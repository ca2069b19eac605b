"""Page: whether everybody can read the page: by eye or ear, with or without pictures, on any screen, in any program.

In order: its size (Gmail cuts off a large page), structure and width; the targets of its links, and their texts;
language, title, headings and pictures; what major mail programs cannot show; contrast and size on light and dark
screens; and hidden text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import unescape

from mailer import lazy_re as re
from mailer.errors import Severity
from mailer.frozen import dataclass
from mailer.message.checks.look import BLACK, WHITE, Colour, Look, judged, paper_of, parse_colour, shortened
from mailer.message.parts import Element, Page, declarations
from mailer.message.values import Check
from mailer.release import link_kinds
from mailer.settings.files import contrast
from mailer.words import read_section

_CLIPPED_AT = 102_000  # Gmail hides the rest
_CLIP_WARNING = 80_000
_WIDEST = 640
_STYLE_BYTES = 16 * 1024  # Gmail drops a larger one
_TOP = 0.3  # of the page
_ACTIVE = {"script", "form", "iframe", "object", "embed", "link", "video", "audio", "svg", "canvas", "input", "button"}


def check_layout(look: Look) -> Iterator[Check]:
    """Check the size and the structure of a page."""
    page, html = look.page, look.html
    yield size_check(next((len(part.body) for part in look.message.walk() if part.media_type == "text/html"), 0))
    is_late = False
    if look.optouts and not look.message.all("List-Unsubscribe"):  # without any opt-out, `check_law` reports it
        uris = (each for uri in look.optouts for each in (uri, unescape(uri)) if each in html)
        start = max(html.find("<body"), 0)
        is_late = min(map(html.find, uris), default=0) - start > _TOP * (len(html) - start)
    yield judged("opt-out-early", is_late)
    yield judged("layout-tables", page.layout_tables > 0, count=page.layout_tables)
    yield judged("width", _too_wide(page))
    sheets = page.every("style")
    size = sum(len(text.encode()) for text in page.style_sheets)
    faults = {
        f"there are {len(sheets)} of them": len(sheets) > 1,
        "it is not in <head>": any(not sheet.is_inside("head") for sheet in sheets),
        f"it has {size / 1024:.0f} kB": size > _STYLE_BYTES,
        "it imports another": any("@import" in text for text in page.style_sheets),
    }
    yield judged("style", [fault for fault, is_so in faults.items() if is_so])
    active = sorted(_ACTIVE & {each.tag for each in page.everything})
    yield judged("elements", active + ["data:" for src, _ in page.images if src[:5] == "data:"])
    yield judged("no-templates", "{{" in html or "{%" in html)


def size_check(size: int) -> Check:
    """Check the size of an HTML part as it travels; only what Gmail cuts off is an error."""
    severity = Severity.ERROR if size > _CLIPPED_AT else Severity.WARNING
    return judged("size", size > _CLIP_WARNING, severity=severity, size=size / 1000)


def _too_wide(page: Page) -> Iterator[str]:
    for element in page.everything:
        if element.is_hidden:
            continue
        width = element.attributes.get("width", "")
        if (pixels := re.fullmatch(r"([0-9]{1,9})(?:px)?", width)) and int(pixels[1]) > _WIDEST:
            yield f'<{element.tag} width="{width}">'
        for name in ("width", "min-width"):
            pixels = re.fullmatch(r"(\d+(?:\.\d+)?)px", element.style.get(name, ""))
            if pixels and float(pixels[1]) > _WIDEST:
                yield f"<{element.tag}> with {name}: {pixels[0]}"


# Links: their targets, and whether their texts match.

_LINKABLE = re.compile(r"(?:https?://|mailto:|tel:|cid:)", re.IGNORECASE)
_EMPTY_WORDS = frozenset(("", *read_section("page_furniture", "links")["empty"]))  # or none, only punctuation


def check_links(look: Look) -> Iterator[Check]:
    """Check where the links of a page go."""
    return link_checks(look.page.links)


def link_checks(links: Sequence[tuple[str, str]]) -> Iterator[Check]:
    """Check links, each with its address and its words."""
    yield judged("links", [url or "(nowhere)" for url, _ in links if not _LINKABLE.match(url)])
    sites = ((text, link_kinds.host_shown_elsewhere(url, text)) for url, text in links)
    yield judged("honest-links", [f"“{text}” goes to {site}" for text, site in sites if site])
    yield judged("secure-links", [url for url, _ in links if url.lower().startswith("http://")])
    hosts = ((url, parts.hostname or "") for url, _ in links if (parts := link_kinds.split(url)))
    yield judged("short-links", [url for url, host in hosts if host.removeprefix("www.") in link_kinds.SHORTENERS])


def _links(page: Page) -> Iterator[Element]:
    return (link for link in page.every("a") if "href" in link.attributes and not link.is_hidden)


def _speechless(page: Page) -> Iterator[str]:
    for link in _links(page):
        words = link.text or " ".join(link.alts).strip()
        bare = re.sub(r"[\W_]+$|^[\W_]+", "", words).lower()
        # an address that tracks its readers, by parameters or a long code; any other address in full is fine
        parts = link_kinds.split(words) if re.match(r"https?://\S+$", words, re.IGNORECASE) else None
        code = parts and re.search(r"/(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{25,}", words)
        if not words:
            yield f"{shortened(link.attributes['href'])} has no words"
        elif bare in _EMPTY_WORDS:
            yield f"“{words}”"
        elif parts and (code or link_kinds.tracking(parts)):
            yield f"“{words}” is a bare address for machines"


def _is_bare(link: Element) -> bool:
    """Return whether a link differs from text only by its colour."""
    for each in link.upwards():
        decoration = each.style.get("text-decoration", "") + each.style.get("text-decoration-line", "")
        if "underline" in decoration:
            return False
        if each is link:
            return "none" in decoration and "border-bottom" not in each.style
    return False


# Reading: language, title, headings, pictures.


def check_reading(look: Look) -> Iterator[Check]:
    """Check whether everybody can read a page."""
    page, header = look.page, look.message.first("Content-Language")
    # the first two are the page and its wrapper; text inside may be in another language
    turned = (each.attributes for each in page.everything if each.attributes.get("dir"))
    marked = [attributes["lang"] for attributes in turned if "lang" in attributes][:2]
    agree = len(marked) >= 2 and set(marked) == {header or marked[0]}
    yield judged("language", not agree, said=", ".join(marked) or "nothing", header=header or "nothing")
    yield judged("title", not page.title.strip())
    levels = [int(each.tag[1]) for each in page.every("h1", "h2", "h3", "h4", "h5", "h6")]
    jumps = [level for before, level in zip([0, *levels], levels, strict=False) if level > before + 1]
    faults = [f"h{level} comes without the step above it" for level in jumps]
    if levels.count(1) != 1:
        faults.append(f"there are {levels.count(1)} headlines (h1)")
    yield judged("headings", faults)
    yield judged("alt", [src for src, alt in page.images if alt is None])
    sizeless, pixels = [], []
    for image in page.every("img"):
        attributes, style, src = image.attributes, image.style, image.attributes.get("src", "")
        has_height = attributes.get("height") or "height" in style or not src.startswith("cid:")
        if not attributes.get("width") or not has_height:
            sizeless.append(src)
        sides = (attributes.get(side, "") or style.get(side, "") for side in ("width", "height"))
        is_dot = all(side.removesuffix("px").strip() in {"0", "1"} for side in sides)
        if is_dot and src.lower().startswith(("http://", "https://")):
            pixels.append(src)
    yield judged("picture-width", sizeless)
    yield judged("pixel", pixels)
    yield judged("without-pictures", _missing_without(page))
    yield judged("link-words", _speechless(page))
    yield judged("underlined", [f"“{link.text}”" for link in _links(look.light) if link.text and _is_bare(link)])


def _missing_without(page: Page) -> Iterator[str]:
    if not page.images:
        return
    for heading in page.every("h1"):
        if not heading.text and any(heading in image.upwards() for image in page.every("img")):
            yield "the headline is a picture"
    words = sum(len(re.findall(r"\w+", text)) for _, text in page.texts)
    letters = sum(len(text.strip()) for _, text in page.texts)
    if words < 30 and letters < 150:
        yield f"the text has {words} words"
    wordless = (link for link in _links(page) if not link.text and link.alts and not any(link.alts))
    yield from (f"a link to {link.attributes['href']} is a picture without words" for link in wordless)


# Clients: what the big mail programs cannot show, and what of it a page uses.


@dataclass(frozen=True, slots=True)
class Fact:
    """A feature, the big clients that lack it, and what to use instead; empty for an extra, which may be used."""

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
_A_COLOUR = re.compile(r"#[0-9a-f]{3,6}\b|rgb|\b(?:white|black)\b", re.IGNORECASE)


def check_clients(look: Look) -> Iterator[Check]:
    """Check for features that big mail programs lack."""
    facts = [FACTS[source] for source in dict.fromkeys(_unsupported(look.page))]
    hint = " ".join(dict.fromkeys(fact.instead for fact in facts))
    yield judged("clients", [f"{fact.feature} ({fact.lacking})" for fact in facts], hint=hint)


def _unsupported(page: Page) -> Iterator[str]:
    everywhere = [pair for element in page.everything for pair in element.style.items()]
    for block in re.findall(r"\{([^{}]*)\}", "".join(page.style_sheets)):
        everywhere += declarations(block).items()
    for name, value in everywhere:
        yield from (source for source, matches in _STYLED.items() if matches(name, value.lower()))
    if any(style.is_inside("body") for style in page.every("style")):
        yield "html-style"
    for src, _ in page.images:
        yield from (source for source, kind in _PICTURE_KINDS.items() if re.search(kind, src, re.IGNORECASE))
    for element in page.everything:
        attributes, style = element.attributes, element.style
        # Outlook knows the width of a table, and of an element with a width attribute
        if "max-width" in style and element.tag != "table" and "width" not in attributes:
            yield "css-max-width"
        shorthand = style.get("background", "")
        if attributes.get("background") or "url(" in shorthand + style.get("background-image", ""):
            colour = _A_COLOUR.search(re.sub(r"url\([^)]*\)", "", shorthand))
            if "background-color" not in style and not attributes.get("bgcolor") and not colour:
                yield "css-background-image"


# Seen: whether the text can be seen, on a light screen and on a dark one.

_LEAST_CONTRAST = 4.5
_SMALLEST = 14.0
_DEFAULT = 16.0
_SIZE = re.compile(r"(?:^|\s)(\d*\.?\d+)(px|pt|em|rem|%)(?=[\s/]|$)")
_WORDS = {"small": 13.0, "x-small": 10.0, "xx-small": 9.0, "medium": 16.0, "large": 18.0, "x-large": 24.0}


@dataclass(frozen=True, slots=True)
class _Print:
    """How a text is shown: its colour (ink), its background (paper), whether each was set, the size in pixels."""

    ink: Colour = BLACK
    paper: Colour = WHITE
    has_ink: bool = False
    has_paper: bool = False
    size: float = _DEFAULT


def check_seen(look: Look) -> Iterator[Check]:
    """Check whether the text can be seen."""
    light, dark = _printed(look.light), _printed(look.dark) if look.dark else []
    yield judged("contrast", _pale(light))
    yield judged("contrast-dark", _pale(dark))
    yield judged("paper", [f"“{shortened(text)}”" for text, each in light if each.has_ink and not each.has_paper])
    metas = {
        each.attributes.get("name", "").lower(): each.attributes.get("content", "") for each in look.page.every("meta")
    }
    both = all("dark" in metas.get(name, "").lower() for name in ("color-scheme", "supported-color-schemes"))
    yield judged("dark-mode", not both)
    small = [f"{each.size:g}px: “{shortened(text)}”" for text, each in light if each.size < _SMALLEST]
    yield judged("text-size", small)


def _pale(printed: list[tuple[str, _Print]]) -> Iterator[str]:
    for text, each in printed:
        found = contrast(each.ink, each.paper)
        if found < _LEAST_CONTRAST:
            ink, paper = ("#{:02x}{:02x}{:02x}".format(*colour) for colour in (each.ink, each.paper))
            yield f"{ink} on {paper} ({found:.1f} to 1): “{shortened(text)}”"


def _printed(page: Page) -> list[tuple[str, _Print]]:
    known: dict[int, _Print] = {}
    return [(text, _print_of(element, known)) for element, text in page.texts]


def _print_of(element: Element, known: dict[int, _Print]) -> _Print:
    """Return how the text in an element is shown: by its own style, else by that of its parent."""
    found = known.get(id(element))
    if found is None:
        around = _print_of(element.parent, known) if element.parent else _Print()
        style, attributes = element.style, element.attributes
        ink = parse_colour(style.get("color", "") or attributes.get("color", ""))
        if element.tag == "a" and ink is None and "href" in attributes:
            ink = (0, 0, 238)  # what browsers give a link
        last = next((name for name in reversed(style) if name in {"background", "background-color"}), "")
        paper = paper_of(style.get(last, "")) or parse_colour(attributes.get("bgcolor", ""))
        last = next((name for name in reversed(style) if name in {"font", "font-size"}), "")
        declared = style.get(last, "").lower()
        if sized := _SIZE.search(declared):
            units = {"px": 1.0, "pt": 4 / 3, "em": around.size, "%": around.size / 100, "rem": _DEFAULT}
            size = float(sized[1]) * units[sized[2]]
        else:
            size = next((size for word, size in _WORDS.items() if word in declared.split()), around.size)
        found = known[id(element)] = _Print(
            ink or around.ink,
            paper or around.paper,
            has_ink=around.has_ink or "color" in style,
            has_paper=around.has_paper or paper is not None,
            size=size,
        )
    return found


# Preheader: text that is hidden on the page, and that mail programs show beside the subject.

_TRICKS: Mapping[str, str] = read_section("checks", "hiding")["tricks"]
_GAPS = re.compile("[\u200b\u200c\u200d\u2007\u034f\u00ad\ufeff\u00a0\\s]+")


def check_preheader(look: Look) -> Iterator[Check]:
    """Check the hidden text of a page, and how it is hidden."""
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
            if ink and contrast(ink, WHITE) < 1.5:  # filters take text in the colour of the paper for hidden
                tricks.append("color")
            wrong += [f"by {name}: {each.style[name]}: “{shortened(text)}”" for name in tricks]
    wrong += ["without mso-hide: all" for each in hiders.values() if "all" not in each.style.get("mso-hide", "")]
    yield judged("preheader", wrong)
    length = sum(len(" ".join(text.split())) for _, text in look.page.hidden)
    yield judged("preheader-length", length > 200, length=length)  # about a hundred are shown
