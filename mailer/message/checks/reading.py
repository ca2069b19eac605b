"""Reading: whether everybody can read it, with eyes or ears, with pictures or without.

Owns the rules of language, title, headings, pictures and links' words (standards H4, H5, F23). Whether it can be seen
is looked at in `each`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from mailer.message.checks.look import Look, Verdict, shortened, warning
from mailer.message.page import Element
from mailer.message.styles import read_rules
from mailer.message.values import Check
from mailer.release.checks import links as link_kinds
from mailer.words import read_section

_EMPTY_WORDS = frozenset(("", *read_section("pages", "links")["empty"]))  # or none, but signs
_FEWEST_WORDS = 30

LANGUAGE = Verdict(
    "language",
    "the page and its wrapper say their language and direction, and the header says the same",
    'Write lang="{{ release.language }}" and dir="{{ release.dir }}" on <html> and on the element around everything.',
)
TITLE = Verdict("title", "the page has a title", "Write <title>{{ release.headline }}</title> into <head>.")
HEADINGS = Verdict(
    "headings",
    "headings stand in order, below one headline",
    "Set the headline alone as <h1>, and begin at ## in the release's text, without leaving out a step.",
)
ALT = Verdict(
    "alt",
    "every picture has an alternative text",
    'Write ![what is seen](picture) in the release, and alt="" on mere decoration in a template.',
)
PICTURE_SIZE = warning(
    "picture-width",
    "every picture says how large it is",
    'Write width="…" (and height="…" where it is known): Outlook shows it at its own size otherwise.',
)
PIXEL = warning(
    "pixel",
    "no picture that nobody sees counts who reads",
    "Take it out of the template: filters count it, and in many countries it needs the reader's consent.",
)
WITHOUT_PICTURES = warning(
    "without-pictures",
    "it says everything with pictures off",
    "Write what a picture says as text: most newsrooms see the mail without pictures first.",
)
LINK_WORDS = warning(
    "link-words",
    "links say where they go",
    "Put the link on words that name what is there; screen readers read links without what is around them.",
)
UNDERLINED = warning(
    "underlined",
    "links can be told from text without seeing colours",
    "Leave links underlined: text-decoration: underline.",
)


def check_reading(look: Look) -> Iterator[Check]:
    """Check whether everybody can read a page."""
    page = look.page
    yield _language(look)
    yield TITLE.when("the page has no title", wrong=not page.title.strip())
    jumps = [level for before, level in zip([0, *page.headings], page.headings, strict=False) if level > before + 1]
    faults = [f"h{level} comes without the step above it" for level in jumps]
    if page.headings.count(1) != 1:
        faults.append(f"there are {page.headings.count(1)} headlines (h1)")
    yield HEADINGS.of("headings do not stand in order", faults)
    yield ALT.of("pictures have no alternative text", [src for src, alt in page.images if alt is None])
    yield PICTURE_SIZE.of("pictures do not say how large they are", _sizeless(look))
    pixels = (image.attributes.get("src", "") for image in page.every("img") if _is_pixel(image))
    yield PIXEL.of("a picture that nobody sees counts who reads", pixels)
    yield WITHOUT_PICTURES.of("with pictures off, something is missing", _missing_without(look))
    yield LINK_WORDS.of("links do not say where they go", _speechless(look))
    plain = (f"“{link.text}”" for link in _links(look) if _is_bare(link, look))
    yield UNDERLINED.of("links are not underlined", plain)


def _language(look: Look) -> Check:
    header = look.message.first("Content-Language")
    # the first two are the page and its wrapper; further in, words may be in another language
    marked = [lang for lang, direction in look.page.languages if direction][:2]
    good = len(marked) >= 2 and len(set(marked)) == 1 and marked[0] == (header or marked[0])
    said = ", ".join(marked) or "nothing"
    message = f"page and wrapper say {said} with a direction, the header {header or 'nothing'}; they must agree"
    return LANGUAGE.when(message, wrong=not good)


def _sizeless(look: Look) -> Iterator[str]:
    for image in look.page.every("img"):
        have = image.attributes
        is_inside = have.get("src", "").startswith("cid:")
        if not have.get("width") or (is_inside and not (have.get("height") or "height" in image.style)):
            yield have.get("src", "")


def _is_pixel(image: Element) -> bool:
    """Return whether a picture from the web is at most a dot."""
    from_web = image.attributes.get("src", "").lower().startswith(("http://", "https://"))
    sides = (image.attributes.get(side, "") or image.style.get(side, "") for side in ("width", "height"))
    return from_web and all(side.removesuffix("px").strip() in {"0", "1"} for side in sides)


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
    wordless = (link for link in _links(look) if not link.text and link.shows and not any(link.shows))
    yield from (f"a link to {link.attributes['href']} is a picture without words" for link in wordless)


def _links(look: Look) -> Iterator[Element]:
    return (link for link in look.page.every("a") if "href" in link.attributes and not link.is_hidden)


def _speechless(look: Look) -> Iterator[str]:
    for link in _links(look):
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


def _is_bare(link: Element, look: Look) -> bool:
    if not link.text:
        return False
    for each in link.upwards():
        style = look.light.declared(each)
        said = style.get("text-decoration", "") + style.get("text-decoration-line", "")
        if "underline" in said:
            return False
        if each is link and "none" in said and "border-bottom" not in style:
            return True
        if each is link:
            return False
    return False


# Clients: what the big mail programs cannot show, and what of it a page leans on.

_WORD, _GMAIL, _NEW_OUTLOOK, _YAHOO = "Outlook on Windows", "Gmail", "Outlook on the web and on phones", "Yahoo"


@dataclass(frozen=True, slots=True)
class Fact:
    """A feature, the big clients that lack it, what to do instead, and where that is known from.

    An extra may be used: a client without it shows the same in another shape.
    """

    feature: str
    lacking: tuple[str, ...]
    instead: str
    source: str  # https://www.caniemail.com/features/SOURCE/
    tested: str  # year and month
    is_extra: bool = False


FACTS: Mapping[str, Fact] = {
    fact.source: fact
    for fact in (
        Fact("display: flex", (_WORD,), "Set columns with a table.", "css-display-flex", "2021-11"),
        Fact("display: grid", (_WORD, _GMAIL, _YAHOO), "Set columns with a table.", "css-display-grid", "2024-01"),
        Fact("position", (_WORD, _GMAIL), "Let things stand where they come.", "css-position", "2021-05"),
        Fact("float", (_WORD,), 'Use align="…" on a table or a picture.', "css-float", "2023-01"),
        Fact(
            "a background picture",
            (_WORD,),
            "Give a background colour too that the text can be read on.",
            "css-background-image",
            "2019-02",
        ),
        Fact(
            "max-width outside a table",
            (_WORD,),
            'Put it on a table, and give pictures a width="…".',
            "css-max-width",
            "2019-08",
        ),
        Fact("negative margins", (_WORD, _GMAIL, _NEW_OUTLOOK), "Move nothing over its edge.", "css-margin", "2023-12"),
        Fact("CSS variables", (_WORD, _GMAIL, _NEW_OUTLOOK, _YAHOO), "Write the value.", "css-variables", "2020-02"),
        Fact("object-fit", (_WORD, _YAHOO), "Cut the picture to its size.", "css-object-fit", "2021-07"),
        Fact("SVG pictures", (_WORD, _GMAIL), "Save it as PNG.", "image-svg", "2023-01"),
        Fact("WebP pictures", (_WORD,), "Save it as JPEG or PNG.", "image-webp", "2021-02"),
        Fact(
            "pictures as data:", (_WORD, _GMAIL), "Send it inside the mail, or link to it.", "image-base64", "2023-01"
        ),
        Fact("a font from the web", (_WORD, _GMAIL, _NEW_OUTLOOK, _YAHOO), "", "css-at-font-face", "2019-07", True),
        Fact("border-radius", (_WORD,), "", "css-border-radius", "2021-03", True),
        Fact("<picture>", (_WORD, _GMAIL, _NEW_OUTLOOK, _YAHOO), "", "html-picture", "2024-01", True),
        Fact(
            "a dark colour scheme of its own",
            (_WORD, _GMAIL, _YAHOO),
            "",
            "css-at-media-prefers-color-scheme",
            "2020-01",
            True,
        ),
        Fact("<style> in the body", (_WORD, _GMAIL), "Put it into <head>.", "html-style", "2019-06"),
    )
}

CARRIERS = warning(
    "clients",
    "nothing depends on what a big mail program cannot show",
    "",
)
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
    wrong = [f"{fact.feature} ({' and '.join(fact.lacking)})" for fact in facts]
    check = CARRIERS.of("the page leans on what big mail programs cannot show", wrong)
    hint = " ".join(dict.fromkeys(fact.instead for fact in facts))
    yield replace(check, hint=hint)


def _in_styles(look: Look) -> Iterator[str]:
    everywhere = [pair for element in look.page.everything for pair in element.style.items()]
    for sheet in look.page.style_sheets:
        everywhere += [pair[:2] for rule in read_rules(sheet) for pair in rule.declared]
    for name, value in everywhere:
        yield from (source for source, leans in _STYLED.items() if leans(name, value.lower()))


def _in_elements(look: Look) -> Iterator[str]:
    page = look.page
    if any(style.is_inside("body") for style in page.every("style")):
        yield "html-style"
    for src, _ in page.images:
        yield from (source for source, kind in _PICTURE_KINDS.items() if re.search(kind, src, re.IGNORECASE))
    for element in page.everything:
        if "max-width" in element.style and not _has_own_width(element):
            yield "css-max-width"
        if _background(element) and not _has_colour_behind(element):
            yield "css-background-image"


def _has_own_width(element: Element) -> bool:
    """Return whether Outlook knows how wide it is all the same: a table, or inside one's width by an attribute."""
    return element.tag == "table" or "width" in element.attributes


def _background(element: Element) -> bool:
    styled = "url(" in element.style.get("background", "") + element.style.get("background-image", "")
    return styled or bool(element.attributes.get("background"))


def _has_colour_behind(element: Element) -> bool:
    style = element.style
    shorthand = re.sub(r"url\([^)]*\)", "", style.get("background", ""))
    return bool(
        "background-color" in style
        or element.attributes.get("bgcolor")
        or re.search(r"#[0-9a-f]{3,6}\b|rgb|\b(?:white|black)\b", shorthand, re.IGNORECASE)
    )
