"""Front matter: the fields that a Markdown release names at its top, between two lines of `---`.

Owns the table of keys and how each is read into the draft; `extras` has those of what goes beside the text, and
`yaml_fields` the YAML. Never stops at the first problem: all of them are in the draft, and `source` raises them
together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import yaml

from mailer.release.head.embargo_lines import say_embargo
from mailer.release.inline import text_of
from mailer.release.markdown.extras import EXTRA_KEYS, read_picture
from mailer.release.markdown.native_keys import find_language
from mailer.release.markdown.waiving import unquoted
from mailer.release.markdown.yaml_fields import Cut, Fields, Key
from mailer.release.people.contact_line import parse_contact_line
from mailer.release.people.roles import sort_words
from mailer.release.pieces import Draft, Piece, say_lost_links, settle_piece
from mailer.release.places import parse_place
from mailer.release.sections.sections import paragraphs_of
from mailer.release.sections.tails import caption_image
from mailer.release.times.dates import parse_date
from mailer.release.times.embargo import is_no_embargo, parse_embargo
from mailer.release.values import Boilerplate, Kept, ListBlock, MediaContact, Paragraph, Span, Waiver

_LINK = re.compile(r"\[(?P<words>[^\[\]]{1,200})\]\((?P<url>https?://[^\s()<>]{1,500})\)")
_MOMENT = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})[T ]+\d{1,2}:\d{2}")
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
    **dict.fromkeys(("nom", "nombre", "nome", "naam", "名前", "氏名"), "name"),
    **dict.fromkeys(("funktion", "fonction", "cargo", "funzione", "ruolo", "functie", "função", "役職"), "role"),
    **dict.fromkeys(("firma", "entreprise", "empresa", "azienda", "bedrijf", "会社"), "organisation"),
    **dict.fromkeys(
        ("telefon", "téléphone", "teléfono", "telefono", "telefoon", "telefone", "mobil", "電話"), "phones"
    ),
    **dict.fromkeys(("mail", "courriel", "correo", "メール"), "emails"),
}


def read_front_matter(text: str, draft: Draft, *, cut: Cut) -> list[Piece]:
    """Fill a draft from YAML; `cut` reads Markdown. Return the pictures that the fields name."""
    fields = Fields(draft, cut)
    fields.read(text, KEYS)
    return fields.images


def _read_text(fields: Fields, node: yaml.Node, name: str) -> None:
    setattr(fields.draft, name, fields.one_line(node, name))


def _read_heading(fields: Fields, node: yaml.Node, name: str) -> None:
    """Read a headline or a subhead; of a Markdown link in it the words stay."""
    text = fields.one_line(node, name)
    setattr(fields.draft, name, _LINK.sub(lambda link: link["words"], text))
    for link in _LINK.finditer(text):
        inline = (Span(link["words"], url=link["url"]),)
        say_lost_links(fields.draft, name, link["words"], inline, fields.line(node))


def _read_date(fields: Fields, node: yaml.Node, name: str) -> None:
    text = fields.one_line(node, name)
    moment = _MOMENT.match(text)
    try:
        fields.draft.date = parse_date(moment.group("day") if moment else text) if text else None
    except ValueError as error:
        fields.error("bad-date", f"date: {error}", node)


def _read_embargo(fields: Fields, node: yaml.Node, name: str) -> None:
    text = fields.one_line(node, name)
    if is_no_embargo(text):
        fields.draft.say("no-embargo", f'"{text}" is read as: there is no embargo', fields.line(node))
    elif text:
        fields.draft.embargo, reason = parse_embargo(text)
        say_embargo(fields.draft, reason, fields.line(node))
    elif isinstance(node, yaml.ScalarNode):
        message = "embargo: there is no moment here; write 2026-12-01 09:00 Europe/Berlin, or take the line out"
        fields.error("embargo-empty", message, node)


def _read_dateline(fields: Fields, node: yaml.Node, name: str) -> None:
    text = fields.one_line(node, name)
    fields.draft.dateline = parse_place(text) if text else None


def _read_language(fields: Fields, node: yaml.Node, name: str) -> None:
    text = find_language(fields.one_line(node, name))
    if text and not re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", text):
        fields.error("bad-language", f'language: "{text}" is no language code; write en, de or fr-CA', node)
    fields.draft.language = text


def _read_attachments(fields: Fields, node: yaml.Node, name: str) -> None:
    fields.draft.attachments = tuple(fields.texts(node, name))


def _read_call(fields: Fields, node: yaml.Node, name: str) -> None:
    pieces = fields.cut(fields.text(node, name))
    inline = settle_piece(pieces[0]) if pieces else ()
    fields.draft.call_to_action = inline
    if len(pieces) > 1:
        fields.error("front-matter", "call_to_action: one paragraph is expected here", node)


def _read_contacts(fields: Fields, node: yaml.Node, name: str) -> None:
    for item in fields.items(node):
        if isinstance(item, yaml.MappingNode):
            fields.draft.contacts.append(_contact_of_mapping(fields, item))
        else:
            fields.draft.contacts.append(_contact_of_text(fields.one_line(item, name)))


def _contact_of_mapping(fields: Fields, node: yaml.MappingNode) -> MediaContact:
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


def _read_boilerplate(fields: Fields, node: yaml.Node, name: str) -> None:
    for item in fields.items(node):
        heading = text = ""
        if isinstance(item, yaml.MappingNode):
            for key, value in fields.mapping(item, {"heading": "heading", "text": "text"}, name):
                heading = fields.one_line(value, key) if key == "heading" else heading
                text = fields.text(value, key) if key == "text" else text
        else:
            text = fields.text(item, name)
        fields.draft.boilerplate.append(Boilerplate(paragraphs_of(fields.cut(text)), heading))


def _read_notes(fields: Fields, node: yaml.Node, name: str) -> None:
    if isinstance(node, yaml.SequenceNode):
        items = tuple(settle_piece(Piece(Paragraph(text_of(text)), 0)) for text in fields.texts(node, name))
        fields.draft.notes.append(Piece(ListBlock(items, ordered=True), fields.line(node)))
    else:
        fields.draft.notes.extend(fields.cut(fields.text(node, name)))


def _read_images(fields: Fields, node: yaml.Node, name: str) -> None:
    for item in fields.items(node):
        image = read_picture(fields, item, name)
        made = caption_image(image.caption)
        image = replace(image, caption=made.caption, credit=image.credit or made.credit)
        fields.images.append(Piece(image, fields.line(item)))


def _read_checks(fields: Fields, node: yaml.Node, name: str) -> None:
    if isinstance(node, yaml.MappingNode):
        for _, value in fields.mapping(node, {"waive": "waive"}, name):
            fields.draft.waivers = tuple(_waivers(fields, value))
    else:
        fields.error("front-matter", "checks: write `waive:` below it, and there `CODE: why`", node)


def _waivers(fields: Fields, node: yaml.Node) -> Iterator[Waiver]:
    """Read `CODE: why`, and `CODE "words": why` for one finding of several."""
    if not isinstance(node, yaml.MappingNode):
        if not isinstance(node, yaml.ScalarNode) or node.value:
            fields.error("front-matter", "waive: write one line `CODE: why` for each warning that is meant", node)
        return
    for key, value in node.value:
        code, _, about = fields.one_line(key, "waive").partition(" ")
        yield Waiver(code, fields.one_line(value, "waive"), unquoted(about), fields.line(key))


def _read_kept(fields: Fields, node: yaml.Node, name: str) -> None:
    known = {"field": "field", "text": "text", "line": "line"}
    for item in fields.items(node):
        if not isinstance(item, yaml.MappingNode):
            fields.draft.kept.append(Kept("other", fields.one_line(item, name), fields.line(item)))
            continue
        texts = {key: fields.one_line(value, key) for key, value in fields.mapping(item, known, name)}
        line = int(texts["line"]) if texts.get("line", "").isdecimal() else fields.line(item)
        fields.draft.kept.append(Kept(texts.get("field", "other"), texts.get("text", ""), line))


KEYS: Mapping[str, Key] = {
    "headline": Key("headline", _read_heading),
    "title": Key("headline", _read_heading),
    "subhead": Key("subhead", _read_heading),
    "subtitle": Key("subhead", _read_heading),
    "date": Key("date", _read_date),
    "label": Key("label", _read_text),
    "embargo": Key("embargo", _read_embargo),
    "dateline": Key("dateline", _read_dateline),
    "contacts": Key("contacts", _read_contacts),
    "contact": Key("contacts", _read_contacts),
    "boilerplate": Key("boilerplate", _read_boilerplate),
    "notes_to_editors": Key("notes_to_editors", _read_notes),
    "end_mark": Key("end_mark", _read_text),
    "call_to_action": Key("call_to_action", _read_call),
    "images": Key("images", _read_images),
    "language": Key("language", _read_language),
    "sender": Key("sender", _read_text),
    "template": Key("template", _read_text),
    "attachments": Key("attachments", _read_attachments),
    "checks": Key("waivers", _read_checks),
    "kept": Key("kept", _read_kept),
    **EXTRA_KEYS,
}
