"""Docx: a release in a Word file, cut into pieces.

Owns the call of mammoth, Word's styles (Title, Subtitle, Quote, Caption, the lists), the pictures, and what stands in
the head and foot of the page. What Word hides, deletes or remarks is told and never in the release
(`docx_revisions`). Lines are the numbers of Word's paragraphs, tables and text boxes counted in.

Gaps: equations are their letters in a row; charts and diagrams are named and not read.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import mammoth

from mailer.errors import Severity
from mailer.release.files.docx_package import Package, UnreadableDocx, W, build_package
from mailer.release.files.docx_revisions import Remark, Revised, hidden_styles, revise, words_in
from mailer.release.files.docx_sizes import LARGE, LARGEST, mark_large
from mailer.release.files.html import cut_html
from mailer.release.head.labels import is_label_line
from mailer.release.people.contact_line import parse_contact_line
from mailer.release.pictures import MAX_PICTURE_BYTES, MAX_PICTURES, SHOWN_IN_MAIL, Picture, name_picture
from mailer.release.pieces import Draft, Line, Piece
from mailer.release.values import Paragraph, Span
from mailer.release.words import pattern

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
_PAGE = re.compile(
    r"\W*(?:page|seite|pagina|página|ページ)?\s*\d*\s*(?:(?:of|de|von|di|van|sur|/)\s*\d*)?\W*",
    re.IGNORECASE,
)
_SENTENCES = {
    "deleted": "was deleted and is left out",
    "inserted": "was inserted and is taken as accepted",
    "hidden": "is hidden in Word and left out",
    "comment": "is a comment and left out",
}


def cut_docx(data: bytes, draft: Draft) -> str:
    """Cut a Word document into the pieces of a draft; gives all words that have to be found in it again.

    Raises:
        UnreadableDocx: with a sentence that says what to do.
    """
    package = Package(data)
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
    _say_remarks(revised, draft)
    edges = _read_edges(package, hidden, draft, revised.paragraphs)
    return "\n".join([*revised.paragraphs, *edges])


def _convert(package: Package, document: bytes, draft: Draft, *, titled: bool) -> str:
    """Let mammoth make HTML of the revised document, and take the pictures aside."""

    def take(image: mammoth.documents.Image) -> dict[str, str]:
        with image.open() as opened:
            content = opened.read(MAX_PICTURE_BYTES + 1)
        if len(draft.pictures) >= MAX_PICTURES or len(content) > MAX_PICTURE_BYTES:
            draft.say("picture-left-out", "a picture is too large, or one too many: it is left out", None)
            return {"src": "", "alt": image.alt_text or ""}
        name = name_picture(len(draft.pictures) + 1, content, image.content_type or "")
        draft.pictures.append(Picture(name, content, image.alt_text or ""))
        return {"src": name, "alt": image.alt_text or ""}

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
    for picture in draft.pictures:
        if picture.ending not in SHOWN_IN_MAIL:
            message = f"{picture.name}: mail programs do not show {picture.ending} pictures; save it as PNG or JPEG"
            draft.say("picture-format", message, None, Severity.WARNING)
    return str(made.value)


def _say_remarks(revised: Revised, draft: Draft) -> None:
    for remark in revised.remarks:
        if remark.kind == "unread":
            message = f"{remark.text} cannot be read and is left out: put what it says into words, or into a picture"
            draft.say("unread-object", message, remark.paragraph, Severity.WARNING)
        else:
            code = {"hidden": "hidden-text", "comment": "comment"}.get(remark.kind, "tracked-change")
            draft.say(code, _sentence(remark), remark.paragraph, Severity.WARNING)


def _sentence(remark: Remark) -> str:
    by = f" (by {remark.who})" if remark.who else ""
    return f'"{remark.text}"{by} {_SENTENCES[remark.kind]}'


def _read_edges(package: Package, hidden: frozenset[str], draft: Draft, body: list[str]) -> list[str]:
    """Read the head and foot of the page: a label, an embargo or a contact counts, the letterhead is kept."""
    known = {text.casefold() for text in body}
    read: list[str] = []
    for name in package.names:
        match = re.fullmatch(r"word/(header|footer)\d*\.xml", name)
        root = package.tree(name) if match else None
        if root is None or not match:
            continue
        head = match.group(1) == "header"
        edge = revise(root, hidden=hidden, comments=None)
        _say_remarks(edge, draft)
        lines = [text for text in edge.paragraphs if text and text.casefold() not in known]
        if not head and not any(map(_is_contact_heading, lines)):
            lines = [line for line in lines if not _PAGE.fullmatch(line)]
        known.update(line.casefold() for line in lines)
        read.extend(lines)
        _place_edge(lines, draft, 1 if head else len(body), head=head)
    return read


def _place_edge(lines: list[str], draft: Draft, number: int, *, head: bool) -> None:
    wanted = [line for line in lines if head and is_label_line(line)]
    if any(map(_is_contact_heading, lines)) and any(parse_contact_line(line).reaches for line in lines):
        wanted = lines
    pieces = [Piece(Paragraph((Span(line),)), number) for line in wanted]
    draft.pieces[:] = [*pieces, *draft.pieces] if head else [*draft.pieces, *pieces]
    place = "head" if head else "foot"
    for line in lines:
        if line not in wanted:
            draft.keep(f"page-{place}", Line(number, line))
            draft.say("left-out", f'left out: the {place} of the page, "{line}"', number)


def _is_contact_heading(text: str) -> bool:
    return pattern(r"\W*{contacts}(?!\w).*").match(text) is not None


__all__ = ["UnreadableDocx", "cut_docx", "words_in"]
