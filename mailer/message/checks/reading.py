"""Reading: whether everybody can read it, with eyes or ears, with pictures or without.

Owns the rules of language, title, headings, pictures and links' words (standards H4, H5, F23). Whether it can be seen
is `seen`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailer.message.checks.look import Look, Verdict, shortened, warning
from mailer.message.page import Element
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
