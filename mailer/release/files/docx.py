"""Docx: a release in a Word file, cut into pieces.

Owns the call of mammoth, Word's styles (Title, Subtitle, Quote, Caption, the lists), and finding the pictures and the
head and foot of the page (`office` says what becomes of them). What Word hides, deletes or remarks is told and never
in the release (`docx_revisions`). Lines are the numbers of Word's paragraphs, tables and text boxes counted in.

Gaps: equations are their letters in a row; charts and diagrams are named and not read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

import mammoth

from mailer.release.files.docx_package import Package, UnreadableDocx, W, build_package
from mailer.release.files.docx_revisions import hidden_styles, revise, words_in
from mailer.release.files.html import cut_html
from mailer.release.files.office import large_headings, place_edge, say_formats, say_remarks, take_picture
from mailer.release.head.holds import tell_holds
from mailer.release.pictures import MAX_PICTURE_BYTES
from mailer.release.pieces import Draft

# Docx sizes: paragraphs that only their large letters make headings.

LARGEST, LARGE = "MailerLargest", "MailerLarge"  # the styles that mark them
_TOPS = frozenset({"title", "heading 1"})
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
    sizes = [(_size(one, given, usual), len(_words(one).split())) for one in paragraphs]
    for at, level in large_headings(sizes, usual=usual).items():
        _mark(paragraphs[at], LARGEST if level == 1 else LARGE)


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


_STYLES = f"""
p.{LARGEST} => h1:fresh
p.{LARGE} => h2:fresh
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => h2.subtitle:fresh
p[style-name='Quote'] => blockquote > p:fresh
p[style-name='Intense Quote'] => blockquote > p:fresh
p[style-name='Block Text'] => blockquote > p:fresh
p[style-name='Caption'] => p.caption:fresh
p[style-name='List Bullet'] => ul > li:fresh
p[style-name='List Bullet 2'] => ul|ol > li > ul > li:fresh
p[style-name='List Bullet 3'] => ul|ol > li > ul > li > ul > li:fresh
p[style-name='List Number'] => ol > li:fresh
p[style-name='List Number 2'] => ul|ol > li > ol > li:fresh
"""
_WITH_TITLE = "\n".join(f"p[style-name='heading {level}'] => h{level + 1}:fresh" for level in range(1, 6))
_NUMBERED = ("styles", "numbering", "footnotes", "endnotes")
_PARTS = re.compile(r"(?:word/)?(?:_rels/.*|media/.*|theme/.*)|\[Content_Types\]\.xml", re.IGNORECASE)


def cut_docx(data: bytes, draft: Draft) -> str:
    """Cut a Word document into the pieces of a draft; return all words that have to be found in it again.

    Raises:
        UnreadableDocx: with a sentence that says what to do.
    """
    package = Package(data)
    _tell_properties(package, draft)
    root = package.tree(package.main)
    if root is None:
        raise UnreadableDocx("is a damaged Word file: open it in Word, and save it again")
    styles = package.tree("word/styles.xml")
    hidden = hidden_styles(styles)
    mark_large(root, styles)  # before the marks of `revise`, which have a size of their own
    revised = revise(root, hidden=hidden, comments=package.tree("word/comments.xml"))
    titled = any(style.get(f"{W}val", "") == "Title" for style in root.iter(f"{W}pStyle"))
    page = _convert(package, ET.tostring(root), draft, titled=titled)
    cut_html(page, draft, saved=False)
    say_remarks(revised.remarks, draft)
    edges = _read_edges(package, hidden, draft, revised.paragraphs)
    return "\n".join([*revised.paragraphs, *edges])


def _tell_properties(package: Package, draft: Draft) -> None:
    try:
        root = package.tree("docProps/core.xml")
    except UnreadableDocx:  # the text can be read all the same
        return
    for node in root if root is not None else ():
        tell_holds(draft, f"the {node.tag.rpartition('}')[2]} of the file", node.text or "", None)


def _convert(package: Package, document: bytes, draft: Draft, *, titled: bool) -> str:
    """Let mammoth make HTML of the revised document, and take the pictures aside."""

    def take(image: mammoth.documents.Image) -> dict[str, str]:
        with image.open() as opened:
            content = opened.read(MAX_PICTURE_BYTES + 1)
        alt = image.alt_text or ""
        return {"src": take_picture(content, image.content_type or "", alt, draft), "alt": alt}

    parts = {package.main: document}
    for name in package.names:
        base = name.removeprefix("word/").removesuffix(".xml")
        if (_PARTS.match(name) or base in _NUMBERED) and not name.endswith("/"):
            parts[name] = package.read(name)
    try:
        made = mammoth.convert_to_html(
            build_package(parts),
            style_map=_STYLES + (_WITH_TITLE if titled else ""),
            convert_image=mammoth.images.img_element(take),
            include_embedded_style_map=False,
        )
    except (RecursionError, ValueError, KeyError, AttributeError, LookupError, TypeError) as error:
        raise UnreadableDocx(f"is a damaged Word file ({error}): open it in Word, and save it again") from None
    say_formats(draft)
    return str(made.value)


def _read_edges(package: Package, hidden: frozenset[str], draft: Draft, body: list[str]) -> list[str]:
    """Read the head and foot of the page."""
    known = {column.casefold() for text in body for column in text.split("\t")}
    read: list[str] = []
    for name in package.names:
        match = re.fullmatch(r"word/(header|footer)\d*\.xml", name)
        root = package.tree(name) if match else None
        if root is None or not match:
            continue
        head = match.group(1) == "header"
        edge = revise(root, hidden=hidden, comments=None)
        say_remarks(edge.remarks, draft)
        columns = (column for text in edge.paragraphs for column in text.split("\t"))
        texts = [text for text in columns if text.casefold() not in known]
        lines = place_edge(texts, draft, 1 if head else len(body), head=head)
        known.update(line.casefold() for line in lines)
        read.extend(lines)
    return read


__all__ = ["UnreadableDocx", "cut_docx", "words_in"]
