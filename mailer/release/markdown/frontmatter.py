"""Front matter: the fields that a Markdown release names at its top, between two lines of `---`.

Owns the table of keys and how each is read into the draft; `extras` has those of what goes beside the text, and
`yaml_fields` the YAML. Never stops at the first problem: all of them are in the draft, and `source` raises them
together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

import yaml

from mailer.errors import Severity, did_you_mean
from mailer.release.head.embargo import say_embargo
from mailer.release.inline import text_of
from mailer.release.markdown.extras import EXTRA_KEYS, read_picture
from mailer.release.markdown.waiving import unquoted
from mailer.release.markdown.yaml_fields import Cut, Fields, Key, find_language, find_native_key, is_like_hold
from mailer.release.people.contact_line import parse_contact_line
from mailer.release.people.roles import sort_words
from mailer.release.pieces import Draft, Line, Piece, say_lost_links, settle_piece
from mailer.release.places import parse_place
from mailer.release.sections.sections import paragraphs_of
from mailer.release.sections.tails import caption_image
from mailer.release.times.dates import find_date, parse_date
from mailer.release.times.moments import is_no_embargo, parse_embargo
from mailer.release.values import Boilerplate, Kept, ListBlock, MediaContact, Paragraph, Span, Waiver
from mailer.words import read_section

_LINK = re.compile(r"\[(?P<words>[^\[\]]{1,200})\]\((?P<url>https?://[^\s()<>]{1,500})\)")
_MOMENT = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})[T ]+\d{1,2}:\d{2}")
_CONTACT_KEYS: Mapping[str, str] = {
    word: key for key, words in read_section("frontmatter", "contact").items() for word in words
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
        message = "embargo: no date and time here; write 2026-12-01 09:00 Europe/Berlin, or take the line out"
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


# Site matter: the fields that other programs (Jekyll, Hugo, Astro, pandoc …) put on top of a text in Markdown.

_SITE = frozenset(read_section("frontmatter", "site")["keys"])
_SURE = frozenset({"layout", "draft", "permalink", "aliases", "redirect_from", "lastmod", "documentclass"})
_ENOUGH = 2  # one such key may be a slip in a release of ours
_FIELDS = {
    "title": "headline",
    "subtitle": "subhead",
    "subhead": "subhead",
    "subheadline": "subhead",
    "deck": "subhead",
    "lead": "subhead",
    "lede": "subhead",
    "standfirst": "subhead",
    "date": "date",
    "pubdate": "date",
    "publishdate": "date",
    "lang": "language",
    "language": "language",
    "locale": "language",
}
_OURS = KEYS.keys() - _FIELDS.keys()
_Field = tuple[int, str, str]  # its line, key and value
_FIELD = re.compile(r"[\"']?(?P<key>[^\W\d_](?:[\w.-]|[ ’'](?=\w))*)[\"']?\s*(?::|=)\s*(?P<value>.*)")
_HOLD = re.compile(  # a field at any depth, or the name of a part: `  embargo: …`, `[embargo]`
    r"[\s{\"'-]*(?P<key>[^\W\d_](?:[\w.-]|[ ’'](?=\w))*)[\"']?\s*[:=]\s*(?P<value>.*)"
    r"|\s*\[(?P<part>[^\[\],]+)\]\s*"
)


def take_site_matter(text: str, draft: Draft) -> tuple[str, bool]:
    """Take such fields into the draft; says whether the text below them may hold what other fields would name.

    Return the text with blank lines in their place, so that line numbers stay.
    """
    lines = text.split("\n")
    fence = lines[0].strip()
    if fence not in {"---", "+++"}:
        return text, False
    end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == fence), 0)
    head = list(_fields(lines[1:end]))
    keys = {key for _, key, _ in head}
    native = {key for _, key, value in head if find_native_key(key) and value} | set(filter(is_like_hold, keys))
    if not end or not _is_foreign(keys, fence):
        plain = (not keys or "title" in keys) and keys <= KEYS.keys() - _OURS
        return text, bool(end) and (plain or any(map(find_native_key, keys)))
    own = native | (KEYS.keys() if keys & _OURS else set()) if fence == "---" else set[str]()
    _take_all(draft, lines[:end], head, own)
    if keys & _SITE:
        message = "the fields on top are those of a web site: title and date are read, the rest is kept"
        draft.say("site-fields", message, 1)
    if not own:
        return "\n".join(["" for _ in lines[: end + 1]] + lines[end + 1 :]), True
    names = _names(lines[:end], head)
    left = [line if name in own else "" for line, name in zip(lines[1:end], names[1:], strict=True)]
    return "\n".join([fence, *left, *lines[end:]]), True


def _take_all(draft: Draft, lines: list[str], head: list[_Field], own: AbstractSet[str]) -> None:
    """Take the fields whose keys are not our `own`; what cannot be used is kept."""
    begins = {number: (key, value) for number, key, value in head}
    for number, (line, name) in enumerate(zip(lines[1:], _names(lines, head)[1:], strict=True), 2):
        if name in own:
            continue
        shown = Line(number, " ".join(line.split()))
        hold = _HOLD.fullmatch(line)
        if hold and is_like_hold(hold["key"] or hold["part"]):
            _take_hold(draft, shown, _bare((hold["value"] or "").strip(" \t,}")))
        elif number in begins:
            _take(draft, shown, *begins[number])
        elif shown.text:
            draft.keep("site", shown)


def _take_hold(draft: Draft, line: Line, value: str) -> None:
    """Take an embargo that stands where only another program looks for it; one without a moment is an error."""
    if is_no_embargo(value):
        draft.keep("site", line)
    elif value and draft.embargo is None:
        draft.given.add("embargo")
        draft.embargo, reason = parse_embargo(value)
        say_embargo(draft, reason, line.number)
        draft.keep("site", line)
    else:
        message = f'"{line.text}": the embargo cannot be read here; write embargo: 2026-12-01 09:00 Europe/Berlin'
        draft.say("embargo-empty", message, line.number, Severity.ERROR)


def _is_foreign(keys: set[str], fence: str) -> bool:
    """Return whether the keys are those of another program: a slip in a release of ours is none."""
    if fence == "+++" and keys:
        return True
    native = set(filter(find_native_key, keys - _SITE - _FIELDS.keys()))
    if not keys & {"title", "headline"} and "headline" not in map(find_native_key, native):
        return False
    named = keys - KEYS.keys() - native
    others = {key for key in named if key in _SITE or key in _FIELDS or not did_you_mean(key, [*KEYS, *native])}
    if keys & _SURE or len(others) >= _ENOUGH or (native and others):
        return True
    return bool(others) and others <= _FIELDS.keys() and not keys & _OURS


def _names(lines: list[str], head: list[_Field]) -> list[str]:
    """Return for each line the key to which it belongs."""
    begins = {number: key for number, key, _ in head}
    names: list[str] = []
    for number in range(1, len(lines) + 1):
        names.append(begins.get(number, names[-1] if names else ""))
    return names


def _fields(lines: list[str]) -> Iterator[_Field]:
    for number, line in enumerate(lines, 2):
        match = _FIELD.match(line)
        if match:
            yield number, match.group("key").lower(), _bare(match.group("value").strip())


def _bare(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].replace('\\"', '"').replace("''", "'")
    return value


def _take(draft: Draft, line: Line, key: str, value: str) -> None:
    name = _FIELDS.get(key) or find_native_key(key) or key
    if name in {"headline", "subhead"} and value and not getattr(draft, name):
        setattr(draft, name, value)
        draft.given.add(name)
        draft.found(name, value, line.number)
    elif name == "language" and re.match(r"[a-z]{2}(?![a-z])", value):
        draft.language = value[:2]
        draft.keep("site", line)
    else:
        if name == "date" and draft.date is None:
            _take_date(draft, line, value)
        draft.keep("site", line)


def _take_date(draft: Draft, line: Line, value: str) -> None:
    day = re.match(r"\d{4}-\d{2}-\d{2}", value)
    try:
        draft.date = parse_date(day.group() if day else value)
    except ValueError:
        found = find_date(value)
        draft.date = found.day if found else None
    if draft.date:
        draft.found("date", draft.date.isoformat(), line.number)
