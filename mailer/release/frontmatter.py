"""Front matter: the fields that a Markdown release names at its top, between two lines of `---`.

Owns the YAML (read as nodes, so that every string stays one and every problem has its line) and the table of keys.
Never stops at the first problem: all of them are in the draft, and `source` raises them together.

A colon in a headline (`title: Acme: opens`) is YAML's error and people's habit: such a line is read as one text.
Gaps: anchors and tags are read as YAML reads them, and have no use here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import yaml

from mailer.errors import Severity, did_you_mean
from mailer.release.dates import parse_date
from mailer.release.embargo import parse_embargo
from mailer.release.inline import text_of
from mailer.release.labels import parse_place, say_embargo
from mailer.release.people import parse_contact_line, sort_words
from mailer.release.pieces import Draft, Piece, settle_piece
from mailer.release.sections import paragraphs_of
from mailer.release.tails import caption_image
from mailer.release.values import Boilerplate, Image, Kept, ListBlock, MediaContact, Paragraph

Cut = Callable[[str], list[Piece]]
_FIRST_LINE = 2  # the line after the opening ---
_FENCE = re.compile(r"(?:---|\.\.\.)[ \t]*")
_PLAIN_LINE = re.compile(r"(?P<key>[A-Za-z_]+):[ \t]+(?P<text>\S.*?)[ \t]*")
_CONTACT_KEYS: Mapping[str, str] = {
    "name": "name",
    "role": "role",
    "title": "role",
    "organisation": "organisation",
    "organization": "organisation",
    "org": "organisation",
    "phone": "phones",
    "phones": "phones",
    "tel": "phones",
    "mobile": "phones",
    "email": "emails",
    "emails": "emails",
    "e-mail": "emails",
    "note": "note",
}


def split_front_matter(text: str, draft: Draft) -> tuple[str | None, str, int]:
    """Give the YAML (None where there is none), the body, and the line on which the body begins."""
    lines = text.split("\n")
    if not re.fullmatch(r"---[ \t]*", lines[0]):
        return None, text, 1
    for i, line in enumerate(lines[1:], 1):
        if _FENCE.fullmatch(line):
            return "\n".join(lines[1:i]), "\n".join(lines[i + 1 :]), i + 2
    message = "the fields at the top are opened with --- and never closed; put a line --- before the text"
    draft.say("front-matter", message, 1, Severity.ERROR)
    return "", "", len(lines)


def read_front_matter(text: str, draft: Draft, *, cut: Cut) -> list[Piece]:
    """Fill a draft from YAML; `cut` reads Markdown. Gives the pictures that the fields name."""
    reader = _Fields(draft, cut)
    node = _compose(text, draft)
    if isinstance(node, yaml.MappingNode):
        reader.read(node)
    elif node is not None and not (isinstance(node, yaml.ScalarNode) and not node.value):
        draft.say("front-matter", "the fields at the top are lines of `key: text`", _FIRST_LINE, Severity.ERROR)
    return reader.images


def _compose(text: str, draft: Draft) -> yaml.Node | None:
    lines = text.split("\n")
    for _ in range(len(lines) + 1):
        try:
            node: yaml.Node | None = yaml.compose("\n".join(lines), Loader=yaml.BaseLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            at = mark.line if mark else 0
            if not _quote_line(lines, at) and not (error.context_mark and _quote_line(lines, error.context_mark.line)):
                what = error.problem or error.context or "it cannot be read"
                message = f"the fields at the top cannot be read here: {what}; put the text in quotation marks"
                draft.say("front-matter", message, at + _FIRST_LINE, Severity.ERROR)
                return None
        except (yaml.YAMLError, RecursionError) as error:
            bad = next((i for i, line in enumerate(lines) if not line.replace("\t", "").isprintable()), 0)
            message = f"the fields at the top cannot be read: {getattr(error, 'reason', 'they are nested too deep')}"
            draft.say("front-matter", message, bad + _FIRST_LINE, Severity.ERROR)
            return None
        else:
            return node
    return None


def _quote_line(lines: list[str], at: int) -> bool:
    """Put the text of a line `key: text` into quotation marks, once; say whether that was possible."""
    match = _PLAIN_LINE.fullmatch(lines[at]) if at < len(lines) else None
    if not match or match.group("key").lower() not in KEYS or re.fullmatch(r"'(?:[^']|'')*'", match.group("text")):
        return False
    quoted = match.group("text").replace("'", "''")
    lines[at] = f"{match.group('key')}: '{quoted}'"
    return True


@dataclass(frozen=True, slots=True)
class _Key:
    field: str
    read: Callable[[_Fields, yaml.Node, str], None]


class _Fields:
    """Reads the keys one by one into the draft."""

    def __init__(self, draft: Draft, cut: Cut) -> None:
        self.draft = draft
        self.cut = cut
        self.images: list[Piece] = []

    def read(self, node: yaml.MappingNode) -> None:
        for key_node, value in node.value:
            name = str(key_node.value)
            key = KEYS.get(name.lower().replace("-", "_"))
            if key is None:
                why = "; the file's name is the slug: rename the file" if name == "slug" else did_you_mean(name, KEYS)
                self.error("unknown-key", f'there is no field "{name}"{why}', key_node)
            elif key.field in self.draft.given:
                self.error("twice", f'"{name}" is given twice', key_node)
            else:
                self.draft.given.add(key.field)
                key.read(self, value, key.field)

    def error(self, code: str, message: str, node: yaml.Node) -> None:
        self.draft.say(code, message, self.line(node), Severity.ERROR)

    def line(self, node: yaml.Node) -> int:
        return int(node.start_mark.line) + _FIRST_LINE

    def text(self, node: yaml.Node, name: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self.error("front-matter", f"{name}: one text is expected here, not a list", node)
            return ""
        self._warn_of_comment(node, name)
        return str(node.value)

    def _warn_of_comment(self, node: yaml.ScalarNode, name: str) -> None:
        """YAML ends a text at ` #`: «We are #1» would lose its end without a word."""
        buffer = node.end_mark.buffer
        if node.style is not None or not buffer:
            return
        rest = buffer[node.end_mark.pointer :].split("\n", 1)[0].rstrip("\0 \t")
        if rest.lstrip().startswith("#"):
            message = (
                f'{name}: "{rest.strip()}" is read as a comment; put the whole text in quotation marks if it belongs'
            )
            self.draft.say("comment-in-text", message, self.line(node), Severity.WARNING)

    def one_line(self, node: yaml.Node, name: str) -> str:
        return " ".join(self.text(node, name).split(" ")).strip().replace("\n", " ")

    def texts(self, node: yaml.Node, name: str) -> list[str]:
        if isinstance(node, yaml.SequenceNode):
            return [self.one_line(item, name) for item in node.value]
        text = self.one_line(node, name)
        return [text] if text else []

    def mapping(self, node: yaml.MappingNode, known: Mapping[str, str], name: str) -> list[tuple[str, yaml.Node]]:
        found: list[tuple[str, yaml.Node]] = []
        for key_node, value in node.value:
            key = str(key_node.value).lower()
            if key in known:
                found.append((known[key], value))
            else:
                message = f'{name} has no field "{key_node.value}"{did_you_mean(key, known)}'
                self.error("unknown-key", message, key_node)
        return found

    def items(self, node: yaml.Node) -> list[yaml.Node]:
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        return [node] if not isinstance(node, yaml.ScalarNode) or node.value else []


def _read_text(fields: _Fields, node: yaml.Node, name: str) -> None:
    setattr(fields.draft, name, fields.one_line(node, name))


def _read_date(fields: _Fields, node: yaml.Node, name: str) -> None:
    text = fields.one_line(node, name)
    try:
        fields.draft.date = parse_date(text) if text else None
    except ValueError as error:
        fields.error("bad-date", f"date: {error}", node)


def _read_embargo(fields: _Fields, node: yaml.Node, name: str) -> None:
    text = fields.one_line(node, name)
    if text:
        fields.draft.embargo, reason = parse_embargo(text)
        say_embargo(fields.draft, reason, fields.line(node))


def _read_dateline(fields: _Fields, node: yaml.Node, name: str) -> None:
    text = fields.one_line(node, name)
    fields.draft.dateline = parse_place(text) if text else None


def _read_language(fields: _Fields, node: yaml.Node, name: str) -> None:
    text = fields.one_line(node, name)
    if text and not re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", text):
        fields.error("bad-language", f'language: "{text}" is no language code; write en, de or fr-CA', node)
    fields.draft.language = text


def _read_attachments(fields: _Fields, node: yaml.Node, name: str) -> None:
    fields.draft.attachments = tuple(fields.texts(node, name))


def _read_call(fields: _Fields, node: yaml.Node, name: str) -> None:
    pieces = fields.cut(fields.text(node, name))
    inline = settle_piece(pieces[0]) if pieces else ()
    fields.draft.call_to_action = inline
    if len(pieces) > 1:
        fields.error("front-matter", "call_to_action: one paragraph is expected here", node)


def _read_contacts(fields: _Fields, node: yaml.Node, name: str) -> None:
    for item in fields.items(node):
        if isinstance(item, yaml.MappingNode):
            fields.draft.contacts.append(_contact_of_mapping(fields, item))
        else:
            fields.draft.contacts.append(_contact_of_text(fields.one_line(item, name)))


def _contact_of_mapping(fields: _Fields, node: yaml.MappingNode) -> MediaContact:
    texts: dict[str, str] = {}
    lists: dict[str, list[str]] = {"phones": [], "emails": []}
    for key, value in fields.mapping(node, _CONTACT_KEYS, "a contact"):
        if key in lists:
            lists[key].extend(fields.texts(value, key))
        else:
            texts[key] = fields.one_line(value, key)
    return MediaContact(**texts, phones=tuple(lists["phones"]), emails=tuple(lists["emails"]))


def _contact_of_text(text: str) -> MediaContact:
    data = parse_contact_line(text)
    name, *rest = [*data.words, ""]
    role, organisation = sort_words(tuple(word for word in rest if word))
    return MediaContact(name, role, organisation, data.phones, data.emails, data.note)


def _read_boilerplate(fields: _Fields, node: yaml.Node, name: str) -> None:
    for item in fields.items(node):
        heading = text = ""
        if isinstance(item, yaml.MappingNode):
            for key, value in fields.mapping(item, {"heading": "heading", "text": "text"}, name):
                heading = fields.one_line(value, key) if key == "heading" else heading
                text = fields.text(value, key) if key == "text" else text
        else:
            text = fields.text(item, name)
        fields.draft.boilerplate.append(Boilerplate(paragraphs_of(fields.cut(text)), heading))


def _read_notes(fields: _Fields, node: yaml.Node, name: str) -> None:
    if isinstance(node, yaml.SequenceNode):
        items = tuple(settle_piece(Piece(Paragraph(text_of(text)), 0)) for text in fields.texts(node, name))
        fields.draft.notes.append(Piece(ListBlock(items, ordered=True), fields.line(node)))
    else:
        fields.draft.notes.extend(fields.cut(fields.text(node, name)))


def _read_images(fields: _Fields, node: yaml.Node, name: str) -> None:
    known = {"src": "src", "url": "src", "file": "src", "alt": "alt", "caption": "caption", "credit": "credit"}
    for item in fields.items(node):
        texts: dict[str, str] = {}
        if isinstance(item, yaml.MappingNode):
            texts = {key: fields.one_line(value, key) for key, value in fields.mapping(item, known, "a picture")}
        else:
            texts["src"] = fields.one_line(item, name)
        made = caption_image(texts.get("caption", ""))
        image = Image(texts.get("src", ""), texts.get("alt", ""), made.caption, texts.get("credit", made.credit))
        fields.images.append(Piece(image, fields.line(item)))


def _read_kept(fields: _Fields, node: yaml.Node, name: str) -> None:
    known = {"field": "field", "text": "text", "line": "line"}
    for item in fields.items(node):
        if not isinstance(item, yaml.MappingNode):
            fields.draft.kept.append(Kept("other", fields.one_line(item, name), fields.line(item)))
            continue
        texts = {key: fields.one_line(value, key) for key, value in fields.mapping(item, known, name)}
        line = int(texts["line"]) if texts.get("line", "").isdecimal() else fields.line(item)
        fields.draft.kept.append(Kept(texts.get("field", "other"), texts.get("text", ""), line))


KEYS: Mapping[str, _Key] = {
    "headline": _Key("headline", _read_text),
    "title": _Key("headline", _read_text),
    "subhead": _Key("subhead", _read_text),
    "subtitle": _Key("subhead", _read_text),
    "date": _Key("date", _read_date),
    "label": _Key("label", _read_text),
    "embargo": _Key("embargo", _read_embargo),
    "dateline": _Key("dateline", _read_dateline),
    "contacts": _Key("contacts", _read_contacts),
    "contact": _Key("contacts", _read_contacts),
    "boilerplate": _Key("boilerplate", _read_boilerplate),
    "notes_to_editors": _Key("notes_to_editors", _read_notes),
    "end_mark": _Key("end_mark", _read_text),
    "call_to_action": _Key("call_to_action", _read_call),
    "images": _Key("images", _read_images),
    "language": _Key("language", _read_language),
    "sender": _Key("sender", _read_text),
    "template": _Key("template", _read_text),
    "attachments": _Key("attachments", _read_attachments),
    "kept": _Key("kept", _read_kept),
}
