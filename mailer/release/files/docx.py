"""Docx: a release in a Word file, cut into pieces.

Theory of operation. A Word file is a ZIP of XML parts (ECMA-376). It is opened within limits, so that a bomb is refused
before it is unpacked. Then its document is rewritten as if every change had been accepted: deleted and hidden words are
removed, inserted ones stay, comments are kept aside, and text boxes follow the paragraph they are anchored to. Each
change is reported with its words and its author, since none of these may reach a journalist. Every paragraph is marked
with its number, which is the "line" of a problem. Then mammoth makes HTML of it, and `html` cuts that.

Gaps: equations are kept beside the release; charts and diagrams are reported and not read.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, cast
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

import mammoth

from mailer import lazy_re as re
from mailer.release.files import office
from mailer.release.files.html import MARK, MARK_END, cut_html
from mailer.release.files.office import Remark, UnreadableDocx
from mailer.release.files.text import split_columns
from mailer.release.head.holds import report_holds
from mailer.release.people import parse_contact_line
from mailer.release.pieces import MAX_PICTURE_BYTES, Draft
from mailer.words import read_section

_MAX_PARTS = 3000
_MAX_XML = 30_000_000
_MAX_DEPTH = 120
_MAX_PARAGRAPHS = 50_000
_PARAGRAPH = re.compile(rb"<(?:\w{1,20}:)?p[\s/>]")
_STEP = 65_536

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_V = "{urn:schemas-microsoft-com:vml}"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_VAL = f"{_W}val"
_ABSENT = "absent"
_STRICT = (
    b"http://purl.oclc.org/ooxml/wordprocessingml/main",
    b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
)

_LARGEST, _LARGE = "MailerLargest", "MailerLarge"  # styles of paragraphs that are headings by their large letters
_STYLES = "\n".join(
    (f"p.{_LARGEST} => h1:fresh", f"p.{_LARGE} => h2:fresh", *read_section("release_files", "docx")["styles"], "")
)
_WITH_TITLE = "\n".join(f"p[style-name='heading {level}'] => h{level + 1}:fresh" for level in range(1, 6))
_STYLE_PART = "word/styles.xml"
_LOOKS = ("rPr", "tblPr", "trPr", "tcPr", "tblStylePr", "latentStyles", "docDefaults")
_PARTS = re.compile(
    r"(?:word/)?(?:_rels/.*|media/.*|theme/.*)|\[Content_Types\]\.xml|(?:word/)?(?:styles|numbering|footnotes|endnotes)\.xml",
    re.IGNORECASE,
)


def cut_docx(data: bytes, draft: Draft) -> str:
    """Cut a Word document into the pieces of a draft; return all words that must not be lost.

    Raises UnreadableDocx: the message says what to do.
    """
    package = _Package(data)
    try:
        properties = package.tree("docProps/core.xml")
    except UnreadableDocx:  # the text can still be read
        properties = Element(_ABSENT)
    for node in properties:
        report_holds(draft, f"the {node.tag.rpartition('}')[2]} of the file", node.text or "", None)
    root = package.tree(package.main)
    if root.tag == _ABSENT:
        raise UnreadableDocx(f"is a damaged Word file: {_AGAIN}")
    styles = package.tree(_STYLE_PART)
    hidden = _hidden_styles(styles)
    _mark_large(root, styles)  # before the paragraphs are marked with their numbers, which have a size of their own
    remarks, paragraphs = _revise(root, hidden, package.tree("word/comments.xml"))
    titled = any(style.get(_VAL, "") == "Title" for style in root.iter(f"{_W}pStyle"))
    parts = {package.main: ET.tostring(root)}
    if styles.tag != _ABSENT:
        formats = {f"{_W}{name}" for name in _LOOKS}
        for each in (styles, *styles.iterfind(f"{_W}style")):  # mammoth needs their names, and is slow on the rest
            each[:] = [child for child in each if child.tag not in formats]
        parts[_STYLE_PART] = ET.tostring(styles)
    cut_html(_convert(package, parts, draft, titled=titled), draft, saved=False)
    office.report_remarks(remarks, draft)
    known = {column.casefold() for text in paragraphs for column in text.split("\t")}
    edges: list[str] = []
    for name in package.names:
        edge = re.fullmatch(r"word/(header|footer)\d*\.xml", name)
        if edge is not None:
            remarks, texts = _revise(package.tree(name), hidden, Element(_ABSENT))
            office.report_remarks(remarks, draft)
            columns = (column for text in texts for column in text.split("\t"))
            head = edge[1] == "header"
            edges += office.place_edge(columns, known, draft, 1 if head else len(paragraphs), head=head)
    return "\n".join([*paragraphs, *edges])


def _convert(package: _Package, made: Mapping[str, bytes], draft: Draft, *, titled: bool) -> str:
    """Convert the revised document and its styles (`made`) to HTML with mammoth, and take out the pictures."""

    def take(image: mammoth.documents.Image) -> dict[str, str]:
        with image.open() as opened:
            content = opened.read(MAX_PICTURE_BYTES + 1)
        alt = image.alt_text or ""
        return {"src": office.take_picture(content, image.content_type or "", alt, draft), "alt": alt}

    package_bytes = io.BytesIO()
    with zipfile.ZipFile(package_bytes, "w", zipfile.ZIP_STORED) as parts:
        for name, content in made.items():
            parts.writestr(name, content)
        for name in package.names:
            if _PARTS.fullmatch(name) and not name.endswith("/") and name not in made:
                parts.writestr(name, package.read(name))
    package_bytes.seek(0)
    try:
        page = mammoth.convert_to_html(
            package_bytes,
            style_map=_STYLES + (_WITH_TITLE if titled else ""),
            convert_image=mammoth.images.img_element(take),
            include_embedded_style_map=False,
        )
    except (RecursionError, ValueError, AttributeError, LookupError, TypeError) as error:
        raise UnreadableDocx(f"is a damaged Word file ({error}): {_AGAIN}") from None
    office.report_formats(draft)
    return _TABBED.sub(_side_by_side, str(page.value))


# adjacent paragraphs that tabs divide in two: the columns of a letterhead are read one after the other
_TABBED = re.compile(rf"(?:<p>{MARK}\d+{MARK_END}(?:(?!</p>)[^\t])*\t(?:(?!</p>).)*</p>){{2,}}")


def _side_by_side(run: re.Match[str]) -> str:
    rows = re.findall(rf"{MARK}(\d+){MARK_END}(.*?)</p>", run.group())
    lines = [(int(number), re.sub("<[^>]+>", "", text)) for number, text in rows]
    columns = split_columns(lines) if any(parse_contact_line(line).reaches for _, line in lines) else []
    if len(columns) < 2:
        return run.group()
    return "".join(f"<p>{MARK}{number}{MARK_END}{text}</p>" for column in columns for number, text in column)


# The ZIP file.


_AGAIN = "open it in Word, and save it again"
_OTHERS: Mapping[str, str] = read_section("release_files", "docx")["others"]


class _Package:
    """The parts of a Word document, read one by one; raises `UnreadableDocx` if one is damaged or too large."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            self.names = tuple(dict.fromkeys(self._zip.namelist()))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise UnreadableDocx(f"is a damaged Word or ZIP file ({error}): {_AGAIN}") from None
        if len(self.names) > _MAX_PARTS:
            raise UnreadableDocx(f"has {len(self.names)} parts, more than a Word file of a release can have")
        for name, sentence in _OTHERS.items():
            if name in self.names:
                raise UnreadableDocx(sentence)
        if b"opendocument" in self.read("mimetype", most=200):
            raise UnreadableDocx(
                "is an OpenDocument file: open it, and save it as .docx, or paste its text into a .txt file"
            )
        if b"macroEnabled" in self.read("[Content_Types].xml"):
            raise UnreadableDocx(_OTHERS["word/vbaProject.bin"])
        self.main = next((name for name in self.names if name.lower() == "word/document.xml"), "word/document2.xml")
        if self.main not in self.names:
            raise UnreadableDocx("is a ZIP file, and no Word document is in it: unpack it, and take the document out")

    def read(self, name: str, *, most: int = _MAX_XML) -> bytes:
        """Return a part, up to the allowed size; an absent one is empty."""
        if name not in self.names:
            return b""
        try:
            with self._zip.open(name) as part:
                data = part.read(most + 1)
        except RuntimeError:
            raise UnreadableDocx("is protected by a password: open it, take the password off, and save it") from None
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError) as error:
            raise UnreadableDocx(f"is damaged ({error}): {_AGAIN}") from None
        if len(data) > most:
            raise UnreadableDocx(f"unpacks to more than {most // 1_000_000} MB ({name}), too much for a release")
        return data

    def tree(self, name: str) -> Element:
        """Return a part as a tree of limited depth, since later steps walk it recursively.

        An absent or empty part is an element `_ABSENT`.
        """
        data = self.read(name)
        if not data:
            return Element(_ABSENT)
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise UnreadableDocx(f"contains declarations that no Word file has: {_AGAIN}")
        paragraphs = len(_PARAGRAPH.findall(data))
        if paragraphs > _MAX_PARAGRAPHS:
            raise UnreadableDocx(f"has {paragraphs:,} paragraphs ({name}); a release has up to {_MAX_PARAGRAPHS:,}")
        data = data.replace(*_STRICT)
        parser: ET.XMLPullParser[Any] = ET.XMLPullParser(events=("start", "end"))
        root, depth = Element(_ABSENT), 0
        try:
            for at in range(0, len(data), _STEP):
                parser.feed(data[at : at + _STEP])
                if at + _STEP >= len(data):
                    parser.close()
                for each in parser.read_events():
                    event, element = cast("tuple[str, Element]", each)
                    root = element if root.tag == _ABSENT else root
                    depth += 1 if event == "start" else -1
                    if depth > _MAX_DEPTH:
                        raise UnreadableDocx(f"is nested too deeply: {_AGAIN}")
        except ET.ParseError as error:
            raise UnreadableDocx(f"is damaged ({error}): {_AGAIN}") from None
        return root


# Styles: hidden text, and headings that are only marked by large letters.


def _val(element: Element, path: str) -> str:
    """Return the value of a property of an element; empty if it has none."""
    found = element.find(path)
    return found.get(_VAL, "") if found is not None else ""


def _is_on(element: Element | None) -> bool:
    return element is not None and element.get(_VAL, "1").lower() not in {"0", "false", "off", "none"}


def _hidden_styles(styles: Element) -> frozenset[str]:
    """Return the styles with hidden text, their own or inherited."""
    based: dict[str, str] = {}
    hidden: set[str] = set()
    for style in styles.iter(f"{_W}style"):
        name = style.get(f"{_W}styleId", "")
        based[name] = _val(style, f"{_W}basedOn")
        if _is_on(style.find(f"{_W}rPr/{_W}vanish")):
            hidden.add(name)
    while more := {name for name, base in based.items() if base in hidden} - hidden:
        hidden |= more
    return frozenset(hidden)


def _mark_large(root: Element, styles: Element) -> None:
    """Mark the large paragraphs at the top of a document, if no style marks its headline."""
    names: dict[str, str] = {}
    style_sizes: dict[str, int] = {}  # the size of the letters of each style, in half points
    # 11 points are Word's default
    usual = _number(_val(styles, f"{_W}docDefaults/{_W}rPrDefault/{_W}rPr/{_W}sz"), 22)
    for each in styles.iter(f"{_W}style"):
        name = each.get(f"{_W}styleId", "")
        names[name] = _val(each, f"{_W}name")
        style_sizes[name] = _number(_val(each, f"{_W}rPr/{_W}sz"), usual)
    paragraphs = list(root.iter(f"{_W}p"))
    style_of = [_val(one, f"{_W}pPr/{_W}pStyle") for one in paragraphs]
    if any(names.get(style, "").lower() in {"title", "heading 1"} for style in style_of):
        return
    sizes = []
    for one, style in zip(paragraphs, style_of, strict=True):
        style_size, letters = style_sizes.get(style, usual), list[int]()
        for run in one.iter(f"{_W}r"):
            letters += [_number(_val(run, f"{_W}rPr/{_W}sz"), style_size)] * len(_texts(run).strip())
        # the size of the smallest letters: a heading is all large, except for a tenth that a later change may add
        size = sorted(letters)[len(letters) // 10] if letters else style_size
        sizes.append((size, len(_texts(one).split())))
    for at, level in office.large_headings(sizes, usual=usual).items():
        properties = paragraphs[at].find(f"{_W}pPr")
        if properties is None:
            properties = Element(f"{_W}pPr")
            paragraphs[at].insert(0, properties)
        mark = properties.find(f"{_W}pStyle")
        mark = SubElement(properties, f"{_W}pStyle") if mark is None else mark
        mark.set(_VAL, _LARGEST if level == 1 else _LARGE)


def _texts(element: Element) -> str:
    return "".join(one.text or "" for one in element.iter(f"{_W}t"))


def _number(text: str, usual: int) -> int:
    return int(text) if text.isdigit() else usual


# Revisions: a part with all changes accepted, and the text that this removes (ECMA-376 Part 1 §17.13).

_DELETED = frozenset({f"{_W}del", f"{_W}moveFrom"})
_INSERTED = frozenset({f"{_W}ins", f"{_W}moveTo"})
_PROPERTIES = frozenset({f"{_W}rPr", f"{_W}trPr", f"{_W}tcPr", f"{_W}pPr", f"{_W}numPr"})
_UNREAD = {f"{_W}altChunk": "another document", f"{_W}object": "an embedded object"}


def _words_in(element: Element, *, deleted: bool = False, columns: bool = False) -> str:
    """Return the words inside an element; with `deleted`, also those that a change deleted.

    `columns` leaves a tab where tabs and line ends separate columns, as in a page header.
    """
    parts: list[str] = []
    for one in element.iter():
        if one.tag in {f"{_W}t", f"{_M}t"} or (deleted and one.tag == f"{_W}delText"):
            parts.append(one.text or "")
        elif one.tag in {f"{_W}tab", f"{_W}br", f"{_W}cr", f"{_W}p"}:
            parts.append("\t" if columns else " ")
    return "\t".join(" ".join(part.split()) for part in "".join(parts).split("\t") if part.strip())


def _revise(root: Element, hidden: frozenset[str], comments: Element) -> tuple[list[Remark], list[str]]:
    """Accept all changes in a part, remove hidden text, and mark every paragraph with its number.

    Return the remarks on the part, and the words of each paragraph in order.
    """
    for parent in list(root.iter()):  # the text of a box goes behind the paragraph to which the box is anchored
        parent[:] = [one for child in parent for one in (child, *(_take_boxes(child) if child.tag == f"{_W}p" else ()))]
    number = {paragraph: at for at, paragraph in enumerate(root.iter(f"{_W}p"), 1)}
    parents = {child: parent for parent in root.iter() for child in parent}

    def place(element: Element) -> int:
        one: Element | None = element
        while one is not None and one not in number:
            one = parents.get(one)
        one = one if one is not None else next((each for each in element.iter(f"{_W}p") if each in number), None)
        return number[one] if one is not None else 1

    remarks: list[Remark] = []
    for change in list(root.iter()):
        removed = _why_removed(change, parents.get(change), hidden)
        if removed is not None:
            if text := _words_in(change, deleted=True):
                office.add_remark(remarks, Remark(removed[0], text, removed[1], place(change)), glue=" ")
            is_block = change.tag in {f"{_W}tr", f"{_W}p"}  # without content it is nothing
            change[:] = [child for child in change if is_block and child.tag in {f"{_W}trPr", f"{_W}pPr"}]
            if not is_block:
                change.tag = f"{_W}proofErr"  # an empty element that every reader ignores
    for change in root.iter():
        if change.tag in _INSERTED and (text := _words_in(change)):
            office.add_remark(remarks, Remark("inserted", text, _author(change), place(change)), glue=" ")
    places: dict[str, int] = {}
    for tag in ("commentRangeStart", "commentReference"):
        for mark in root.iter(_W + tag):
            places.setdefault(mark.get(f"{_W}id", ""), place(mark))
    remarks += [  # a comment without a position belongs to the first paragraph
        Remark("comment", text, _author(comment), places.get(comment.get(f"{_W}id", ""), 1))
        for comment in comments.iter(f"{_W}comment")
        if (text := _words_in(comment))
    ]
    for one in root.iter():
        what = _UNREAD.get(one.tag, "")
        if one.tag == f"{_A}graphicData":
            uri = one.get("uri", "")
            what = "a chart" if uri.endswith("/chart") else "a diagram" if uri.endswith("/diagram") else ""
        if what:
            remarks.append(Remark("unread", what, "", place(one)))
    paragraphs: list[str] = []
    for paragraph, at in number.items():
        paragraphs.append(_words_in(paragraph, columns=True))
        first = 1 if len(paragraph) and paragraph[0].tag == f"{_W}pPr" else 0
        run = Element(f"{_W}r")
        SubElement(run, f"{_W}t", {_SPACE: "preserve"}).text = f"{MARK}{at}{MARK_END}"
        paragraph.insert(first, run)
    return remarks, paragraphs


def _why_removed(element: Element, parent: Element | None, hidden: frozenset[str]) -> tuple[str, str] | None:
    """Return why an element is not in the accepted document, deleted or hidden, and the author; None if it is."""
    if element.tag in _DELETED and parent is not None and parent.tag not in _PROPERTIES:
        return "deleted", _author(element)
    if element.tag == f"{_W}tr" and (mark := element.find(f"{_W}trPr/{_W}del")) is not None:
        return "deleted", _author(mark)
    if element.tag == f"{_W}r" and (properties := element.find(f"{_W}rPr")) is not None:
        vanish = properties.find(f"{_W}vanish")
        if _is_on(vanish) or (vanish is None and _val(properties, f"{_W}rStyle") in hidden):
            return "hidden", ""
    if element.tag == f"{_W}p" and _val(element, f"{_W}pPr/{_W}pStyle") in hidden:
        return "hidden", ""
    return None


def _author(element: Element) -> str:
    return " ".join(element.get(f"{_W}author", "").split())


def _take_boxes(paragraph: Element) -> list[Element]:
    """Take the text boxes out of a paragraph, and return their contents.

    Word writes a box twice, for new readers and for old ones; it is read once. Of the two, the side with a picture
    stays, without its boxes.
    """
    blocks: list[Element] = []
    for holder in list(paragraph.iter()):
        for at, child in enumerate(list(holder)):
            if child.tag != f"{_MC}AlternateContent":
                continue
            choice, fallback = child.find(f"{_MC}Choice"), child.find(f"{_MC}Fallback")
            sides = [side for side in (choice, fallback) if side is not None]
            boxes = next((found for side in sides if (found := list(_boxes(side)))), [])
            blocks.extend(block for box in boxes for block in box)
            holder[at] = kept = Element(f"{_W}smartTag")
            for side, tag in ((choice, f"{_A}blip"), (fallback, f"{_V}imagedata")):
                if side is not None and next(side.iter(tag), None) is not None:
                    kept.extend(list(side))
                    break
            for box in list(_boxes(kept)):
                box[:] = []
    for box in list(_boxes(paragraph)):
        blocks.extend(list(box))
        box[:] = []
    return blocks


def _boxes(element: Element) -> Iterator[Element]:
    """Yield the text boxes inside, but not those inside another box."""
    for child in element:
        if child.tag == f"{_W}txbxContent":
            yield child
        else:
            yield from _boxes(child)
