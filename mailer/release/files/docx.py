"""Docx: a release in a Word file, cut into pieces.

Owns the call of mammoth, Word's styles (Title, Subtitle, Quote, Caption, the lists), and finding the pictures and the
head and foot of the page (`office` says what becomes of them). What Word hides, deletes or remarks is told and never
in the release (`docx_revisions`). Lines are the numbers of Word's paragraphs, tables and text boxes counted in.

Gaps: equations are their letters in a row; charts and diagrams are named and not read.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import mammoth

from mailer.release.files.docx_package import Package, UnreadableDocx, W, build_package
from mailer.release.files.docx_revisions import hidden_styles, revise, words_in
from mailer.release.files.docx_sizes import LARGE, LARGEST, mark_large
from mailer.release.files.html import cut_html
from mailer.release.files.office import place_edge, say_formats, say_remarks, take_picture
from mailer.release.head.holds import tell_holds
from mailer.release.pictures import MAX_PICTURE_BYTES
from mailer.release.pieces import Draft

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
