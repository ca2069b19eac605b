"""Docx revisions: a Word document as it would look with every change accepted, and what that leaves out.

Owns tracked changes (deleted words go, inserted ones stay), comments, hidden text, text boxes (which come behind the
paragraph they hang on), equations, and the number of each paragraph. Works on the XML tree of one part.

Each change is told with its words and who made it: none of it may reach a journalist (ECMA-376 Part 1 §17.13).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement

from mailer.release.files.docx_package import W

MARK, MARK_END = "\ue000", "\ue001"  # around the number of a paragraph, where it begins
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_V = "{urn:schemas-microsoft-com:vml}"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_DELETED = frozenset({f"{W}del", f"{W}moveFrom"})
_INSERTED = frozenset({f"{W}ins", f"{W}moveTo"})
_OFF = frozenset({"0", "false", "off", "none"})


@dataclass(frozen=True, slots=True)
class Remark:
    """What must not be in the release: `kind` is deleted, inserted, hidden, comment or unread."""

    kind: str
    text: str
    who: str
    paragraph: int


@dataclass(slots=True)
class Revised:
    """A part as it stands when all changes are accepted."""

    remarks: list[Remark] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)  # the words of each, in order


def words_in(element: Element, *, deleted: bool = False, columns: bool = False) -> str:
    """Return the words inside an element; with `deleted`, also those that a change took out.

    `columns` leaves a tab between what tabs and line ends set apart, as they do in the head of a page.
    """
    parts: list[str] = []
    for one in element.iter():
        if one.tag in {f"{W}t", f"{_M}t"} or (deleted and one.tag == f"{W}delText"):
            parts.append(one.text or "")
        elif one.tag in {f"{W}tab", f"{W}br", f"{W}cr", f"{W}p"}:
            parts.append("\t" if columns else " ")
    return "\t".join(" ".join(part.split()) for part in "".join(parts).split("\t") if part.strip())


def hidden_styles(styles: Element | None) -> frozenset[str]:
    """Return the styles whose text is hidden, themselves or by what they are based on."""
    based: dict[str, str] = {}
    hidden: set[str] = set()
    for style in styles.iter(f"{W}style") if styles is not None else ():
        name = style.get(f"{W}styleId", "")
        parent = style.find(f"{W}basedOn")
        based[name] = parent.get(f"{W}val", "") if parent is not None else ""
        if _is_on(style.find(f"{W}rPr/{W}vanish")):
            hidden.add(name)
    for name in based:
        line, seen = name, set[str]()
        while line and line not in seen:
            seen.add(line)
            if line in hidden:
                hidden.add(name)
            line = based.get(line, "")
    return frozenset(hidden)


def revise(root: Element, *, hidden: frozenset[str], comments: Element | None) -> Revised:
    """Accept all changes in a part, take out what is hidden, and mark every paragraph with its number."""
    found = Revised()
    _lift_text_boxes(root)
    number = {paragraph: at for at, paragraph in enumerate(root.iter(f"{W}p"), 1)}
    parents = {child: parent for parent in root.iter() for child in parent}
    for change in list(root.iter()):
        remark = _removed(change, parents, hidden)
        if remark:
            kind, who = remark
            text = words_in(change, deleted=True)
            if text:
                found.remarks.append(Remark(kind, text, who, _paragraph_of(change, parents, number)))
            _empty(change)
    for change in root.iter():
        if change.tag in _INSERTED and (text := words_in(change)):
            found.remarks.append(Remark("inserted", text, _author(change), _paragraph_of(change, parents, number)))
    found.remarks = list(_joined(found.remarks))
    found.remarks.extend(_comments(root, comments, parents, number))
    found.remarks.extend(_unread(root, parents, number))
    _write_equations(root)
    for paragraph, at in number.items():
        found.paragraphs.append(words_in(paragraph, columns=True))
        _mark(paragraph, at)
    return found


def _removed(element: Element, parents: dict[Element, Element], hidden: frozenset[str]) -> tuple[str, str] | None:
    """Return why an element is not in the document as Word shows it accepted."""
    if element.tag in _DELETED and parents.get(element) is not None and _is_content(element, parents):
        return "deleted", _author(element)
    if element.tag == f"{W}tr" and element.find(f"{W}trPr/{W}del") is not None:
        mark = element.find(f"{W}trPr/{W}del")
        return "deleted", _author(mark) if mark is not None else ""
    if element.tag == f"{W}r" and _is_hidden(element.find(f"{W}rPr"), hidden):
        return "hidden", ""
    if element.tag == f"{W}p":
        style = element.find(f"{W}pPr/{W}pStyle")
        if style is not None and style.get(f"{W}val", "") in hidden:
            return "hidden", ""
    return None


def _is_content(element: Element, parents: dict[Element, Element]) -> bool:
    """Return whether a change holds words, and is not a mark in somebody's properties."""
    parent = parents[element].tag
    return parent not in {f"{W}rPr", f"{W}trPr", f"{W}tcPr", f"{W}pPr", f"{W}numPr"}


def _is_hidden(properties: Element | None, hidden: frozenset[str]) -> bool:
    if properties is None:
        return False
    vanish = properties.find(f"{W}vanish")
    if vanish is not None:
        return _is_on(vanish)
    style = properties.find(f"{W}rStyle")
    return style is not None and style.get(f"{W}val", "") in hidden


def _is_on(element: Element | None) -> bool:
    return element is not None and element.get(f"{W}val", "1").lower() not in _OFF


def _author(element: Element) -> str:
    return " ".join(element.get(f"{W}author", "").split())


def _empty(element: Element) -> None:
    """Take everything out of an element; a row or paragraph without content is no content at all."""
    kept = [child for child in element if child.tag in {f"{W}trPr", f"{W}pPr"}]
    for child in list(element):
        element.remove(child)
    if element.tag in {f"{W}tr", f"{W}p"}:
        element.extend(kept)
    else:
        element.tag = f"{W}proofErr"  # holds nothing, and every reader passes over it


def _paragraph_of(element: Element, parents: dict[Element, Element], number: dict[Element, int]) -> int:
    one: Element | None = element
    while one is not None:
        if one in number:
            return number[one]
        one = parents.get(one)
    inner = next((each for each in element.iter(f"{W}p") if each in number), None)
    return number[inner] if inner is not None else 1


def _joined(remarks: Iterable[Remark]) -> Iterator[Remark]:
    """Join neighbours: Word writes one change as many, wherever the looks change."""
    last: Remark | None = None
    for one in remarks:
        if last and (one.kind, one.who, one.paragraph) == (last.kind, last.who, last.paragraph):
            last = Remark(last.kind, f"{last.text} {one.text}", last.who, last.paragraph)
            continue
        if last:
            yield last
        last = one
    if last:
        yield last


def _comments(
    root: Element, comments: Element | None, parents: dict[Element, Element], number: dict[Element, int]
) -> Iterator[Remark]:
    """Yield the comments; one whose place is not found stands at the first paragraph."""
    places: dict[str, int] = {}
    for tag in ("commentRangeStart", "commentReference"):
        for mark in root.iter(W + tag):
            places.setdefault(mark.get(f"{W}id", ""), _paragraph_of(mark, parents, number))
    for comment in comments.iter(f"{W}comment") if comments is not None else ():
        text = words_in(comment)
        if text:
            yield Remark("comment", text, _author(comment), places.get(comment.get(f"{W}id", ""), 1))


def _unread(root: Element, parents: dict[Element, Element], number: dict[Element, int]) -> Iterator[Remark]:
    """Name what stands in the document and cannot be read: charts, diagrams, embedded files."""
    kinds = {f"{W}altChunk": "another document", f"{W}object": "an embedded object"}
    for one in root.iter():
        what = kinds.get(one.tag, "")
        if one.tag == f"{_A}graphicData":
            uri = one.get("uri", "")
            what = "a chart" if uri.endswith("/chart") else "a diagram" if uri.endswith("/diagram") else ""
        if what:
            yield Remark("unread", what, "", _paragraph_of(one, parents, number))


def _mark(paragraph: Element, number: int) -> None:
    run = Element(f"{W}r")
    text = SubElement(run, f"{W}t", {_SPACE: "preserve"})
    text.text = f"{MARK}{number}{MARK_END}"
    first = 1 if len(paragraph) and paragraph[0].tag == f"{W}pPr" else 0
    paragraph.insert(first, run)


def _write_equations(root: Element) -> None:
    """Give an equation as the words in it."""
    for parent in list(root.iter()):
        for at, child in enumerate(list(parent)):
            if child.tag in {f"{_M}oMath", f"{_M}oMathPara"}:
                run = Element(f"{W}r")
                SubElement(run, f"{W}t", {_SPACE: "preserve"}).text = words_in(child)
                parent[at] = run


def _lift_text_boxes(root: Element) -> None:
    """Put what stands in a text box behind the paragraph that the box hangs on."""
    for parent in list(root.iter()):
        at = 0
        while at < len(parent):
            child = parent[at]
            at += 1
            if child.tag == f"{W}p":
                boxed = _take_boxes(child)
                for block in boxed:
                    parent.insert(at, block)
                    at += 1


def _take_boxes(paragraph: Element) -> list[Element]:
    blocks: list[Element] = []
    for holder in list(paragraph.iter()):
        for at, child in enumerate(list(holder)):
            if child.tag == f"{_MC}AlternateContent":
                choice, fallback = child.find(f"{_MC}Choice"), child.find(f"{_MC}Fallback")
                sides = [side for side in (choice, fallback) if side is not None]
                boxes = next((found for side in sides if (found := _boxes(side))), [])
                blocks.extend(block for box in boxes for block in box)
                holder[at] = _alternative(choice, fallback)
    for box in _boxes(paragraph):
        blocks.extend(list(box))
        for block in list(box):
            box.remove(block)
    return blocks


def _boxes(element: Element) -> list[Element]:
    """Return the text boxes inside, none that stands in another one."""
    found: list[Element] = []
    for child in element:
        if child.tag == f"{W}txbxContent":
            found.append(child)
        else:
            found.extend(_boxes(child))
    return found


def _alternative(choice: Element | None, fallback: Element | None) -> Element:
    """Choose the side of an alternative that has the picture, without its text boxes."""
    made = Element(f"{W}smartTag")
    for side, sign in ((choice, f"{_A}blip"), (fallback, f"{_V}imagedata")):
        if side is not None and next(side.iter(sign), None) is not None:
            made.extend(list(side))
            break
    for box in _boxes(made):
        for block in list(box):
            box.remove(block)
    return made
