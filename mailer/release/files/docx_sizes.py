"""Docx sizes: paragraphs that only their large letters make headings.

Owns telling them in a document whose author used neither Title nor Heading 1, and marking them, so that they are read
as headings: the largest as a headline, the others one level down. Works on the XML tree of the document.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement

from mailer.release.files.docx_package import W

LARGEST, LARGE = "MailerLargest", "MailerLarge"  # the styles that mark them
_TOPS = frozenset({"title", "heading 1"})
_MORE = 1.15  # times the size of the story
_WITHIN = 25  # paragraphs from the top
_WORDS = 40
_CHANGED = 0.1  # of the letters of a heading, put in later at the size of the story
_USUAL = 22  # half points: Word's own size where nothing says another


def mark_large(root: Element, styles: Element | None) -> None:
    """Mark the large paragraphs at the top of a document, where no style says what its headline is."""
    named = _names(styles)
    paragraphs = list(root.iter(f"{W}p"))
    if any(named.get(_style(one), "").lower() in _TOPS for one in paragraphs):
        return
    given = _sizes(styles)
    usual = given.get("", _USUAL)
    sizes = [(one, _size(one, given, usual), len(_words(one).split())) for one in paragraphs]
    story = Counter[int]()
    for _, size, words in sizes:
        story[size] += words
    body = story.most_common(1)[0][0] if story else usual
    large = [(one, size) for one, size, words in sizes[:_WITHIN] if 0 < words <= _WORDS and size >= body * _MORE]
    for one, size in large:
        _mark(one, LARGEST if size == max(each for _, each in large) else LARGE)


def _names(styles: Element | None) -> Mapping[str, str]:
    names: dict[str, str] = {}
    for style in styles.iter(f"{W}style") if styles is not None else ():
        name = style.find(f"{W}name")
        names[style.get(f"{W}styleId", "")] = name.get(f"{W}val", "") if name is not None else ""
    return names


def _sizes(styles: Element | None) -> Mapping[str, int]:
    """Return the size of letters of each style, in half points; that of all others under ""."""
    if styles is None:
        return {}
    found: dict[str, int] = {}
    usual = styles.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr/{W}sz")
    for key, one in (("", usual), *((each.get(f"{W}styleId", ""), each.find(f"{W}rPr/{W}sz")) for each in styles)):
        value = one.get(f"{W}val", "") if one is not None else ""
        if value.isdigit():
            found[key] = int(value)
    return found


def _style(paragraph: Element) -> str:
    style = paragraph.find(f"{W}pPr/{W}pStyle")
    return style.get(f"{W}val", "") if style is not None else ""


def _words(paragraph: Element) -> str:
    return "".join(one.text or "" for one in paragraph.iter(f"{W}t"))


def _size(paragraph: Element, given: Mapping[str, int], usual: int) -> int:
    """The size of the smallest letters of a paragraph: all of a heading are large, but for a word in a change."""
    own = given.get(_style(paragraph), usual)
    sizes: list[int] = []
    for run in paragraph.iter(f"{W}r"):
        size = run.find(f"{W}rPr/{W}sz")
        value = size.get(f"{W}val", "") if size is not None else ""
        letters = len("".join(one.text or "" for one in run.iter(f"{W}t")).strip())
        sizes.extend([int(value) if value.isdigit() else own] * letters)
    sizes.sort()
    return sizes[int(len(sizes) * _CHANGED)] if sizes else own


def _mark(paragraph: Element, name: str) -> None:
    properties = paragraph.find(f"{W}pPr")
    if properties is None:
        properties = Element(f"{W}pPr")
        paragraph.insert(0, properties)
    style = properties.find(f"{W}pStyle")
    if style is None:
        style = SubElement(properties, f"{W}pStyle")
    style.set(f"{W}val", name)
