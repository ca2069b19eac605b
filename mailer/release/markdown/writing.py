"""Writing: writes a release as the Markdown file in which staff continue to work, and changes a field of that file.

Owns rendering every field so that reading the file gives the same release again, and no word is ever lost. Each block
is written in the lightest form that reads back the same, or else with every special character escaped, or else without
formatting. Notes and boilerplates become sections if the file reads back the same, or else go into the front matter,
if nothing has to be recognised.

A field is changed so that every other line of the file stays as it is. A file is its `top` (the fields, with both lines
of `---`) and its body; the two together are the file again, byte for byte. Only the lines of the field are rewritten:
comments, keys of other programs, quotation marks and the order of everything else stay as the author wrote them. A new
field is inserted after those that precede it in a new release. Only contacts that changed are rewritten. Fields that
cannot be changed without loss (a list where a text is expected, fields of another program) are among `others`, and have
to be edited in the text of the file.

A quote is a block quote of the body. Its lines are rewritten if its words or its speaker changed; a quote whose speaker
is named in the text around it has to be edited there. Waivers of warnings are in the file too, under `checks:` and
`waive:`; `checks.case` knows what a waiver covers.

Gaps: a line break inside a table cell or a heading becomes a blank.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, TypeAlias

import yaml

from mailer import lazy_re as re
from mailer.frozen import dataclass, replace
from mailer.release.markdown.frontmatter import (
    KEYS,
    UnreadableFields,
    compose_fields,
    end_of_fields,
    field_of,
    parse_waiver_key,
    read_front_matter,
    split_front_matter,
    take_site_matter,
    waiver_key,
)
from mailer.release.markdown.reading import cut_markdown, read_markdown
from mailer.release.people import render_attribution
from mailer.release.pieces import Draft, find_links, merge, settle, settle_blocks, text_of
from mailer.release.quotes.statements import recognise_statements
from mailer.release.values import (
    Block,
    Boilerplate,
    Heading,
    Image,
    Inline,
    ListBlock,
    MediaContact,
    Paragraph,
    Quote,
    Release,
    Span,
    Table,
    extra_fields,
    plain,
)
from mailer.release.words import LANGUAGES, primary

_STYLES = ("light", "escaped", "bare")
_ENTITY = r"&(?=#?\w{1,40};)"
_ALWAYS = re.compile(rf"[\\`*\[<]|{_ENTITY}")
_IN_LINK = re.compile(rf"[\\`*\[\]<]|{_ENTITY}")
_IN_URL = re.compile(rf"[\\<>]|{_ENTITY}")
_UNDERSCORE = re.compile(r"(?<!\w)_|_(?!\w)")
_LINE_START = re.compile(r"^(\s*)(?:([#>+\-=|:~])|(\d{1,9})([.)])(?=\s|$))", re.MULTILINE)
_EVERY = re.compile("[" + re.escape(string.punctuation) + "]")


class _Dumper(yaml.SafeDumper):
    """Writes strings without quotation marks wherever YAML allows; they are read as strings in any case."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the name and type are PyYAML's


def dump_fields(fields: Mapping[str, Any] | Sequence[Any]) -> str:
    """Write fields as YAML, each text on one line."""
    return str(yaml.dump(fields, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000))


def render_markdown(release: Release) -> str:
    """Write a release as Markdown with front matter; `parse_release` of it gives the same fields."""
    natural = _render(release, explicit=False)
    draft = Draft("", [])
    read_markdown(natural, draft)
    again = draft.release(release.slug)
    is_same = replace(again, problems=()) == replace(release, problems=())
    return natural if is_same else _render(release, explicit=True)


def _render(release: Release, *, explicit: bool) -> str:
    """Write the front matter, the body and its sections; `explicit` puts all recognised parts into front matter."""
    fields = _fields(release)
    if explicit:
        fields["end_mark"] = release.end_mark
        fields["boilerplate"] = [{"heading": one.heading, "text": _about(one)} for one in release.boilerplate]
        fields["notes_to_editors"] = render_blocks(release.notes_to_editors)
    if release.waivers:
        fields["checks"] = {"waive": {waiver_key(one.code, one.about): one.reason for one in release.waivers}}
    fields["kept"] = [{"field": kept.field, "text": kept.text, "line": str(kept.line)} for kept in release.kept]
    # a named field, even an empty one, is not looked for in the text
    looked_for = {"dateline", "contacts", "end_mark", "boilerplate", "notes_to_editors"} if explicit else set()
    shown = {name: value for name, value in fields.items() if value or name in looked_for}
    parts = [f"---\n{dump_fields(shown)}---", render_blocks(release.body)]
    if not explicit:
        parts.append(release.end_mark)
        if release.notes_to_editors:
            words = LANGUAGES.get(primary(release.language), LANGUAGES["en"]).notes[0]
            parts += [f"## {words[:1].upper()}{words[1:]}", render_blocks(release.notes_to_editors)]
        for one in release.boilerplate:
            parts += [f"## {one.heading}", _about(one)]
    return "\n\n".join(filter(None, parts)) + "\n"


def _fields(release: Release) -> dict[str, Any]:
    return {
        "headline": release.headline,
        "subhead": release.subhead,
        "label": release.label,
        "date": release.date.isoformat() if release.date else "",
        "embargo": release.embargo.text if release.embargo else "",
        "dateline": release.dateline.text if release.dateline else "",
        "contacts": [contact_fields(contact) for contact in release.contacts],
        "call_to_action": render_block(Paragraph(release.call_to_action)) if release.call_to_action else "",
        "language": release.language,
        "sender": release.sender,
        "template": release.template,
        "attachments": list(release.attachments),
        **extra_fields(release.extras),
    }


def contact_fields(contact: MediaContact) -> dict[str, Any]:
    """Return a contact as the fields of front matter; empty ones are left out."""
    fields: dict[str, Any] = {"name": contact.name, "role": contact.role, "organisation": contact.organisation}
    for name, values in (("phone", contact.phones), ("email", contact.emails)):
        fields |= {name: values[0]} if len(values) == 1 else {f"{name}s": list(values)}
    return {name: value for name, value in {**fields, "note": contact.note}.items() if value}


def _about(one: Boilerplate) -> str:
    return render_blocks([Paragraph(inline) for inline in one.paragraphs])


def render_blocks(blocks: Sequence[Block]) -> str:
    """Write blocks as Markdown, a blank line between them."""
    parts: list[str] = []
    other = False
    for before, block in pairwise([None, *blocks]):
        # two adjacent lists would be read as one; another mark begins a new one
        follows = isinstance(block, ListBlock) and isinstance(before, ListBlock) and before.ordered == block.ordered
        other = not other if follows else False
        parts.append(render_block(block, other=other) if block else "")
    return "\n\n".join(filter(None, parts))


def render_block(block: Block, *, other: bool = False) -> str:
    """Write one block in the lightest form that reads back the same; `other` gives a list the other mark."""
    match block:
        case Image():
            return _image_text(block)
        case Paragraph((Span(text, code=True),)) if "\n" in text:
            fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
            return f"{fence}\n{text}\n{fence}"
        case Paragraph():
            return _lightest(block, lambda style: render_inline(block.inline, style))
        case Heading():
            return _lightest(block, lambda style: _heading_text(block, style))
        case ListBlock():
            return _lightest(block, lambda style: _list_text(block, style, other=other))
        case Table():
            return _lightest(block, lambda style: _table_text(block, style))
        case Quote():
            text = _lightest(
                replace(block, lead_in=""),
                lambda style: _quoted([render_inline(each, style) for each in block.paragraphs], block, style),
            )
            lead_in = render_block(Paragraph(text_of(block.lead_in))) if block.lead_in else ""
            return f"{lead_in}\n\n{text}" if lead_in else text


def _lightest(block: Block, render: Callable[[str], str]) -> str:
    text = ""
    for style in _STYLES:
        text = render(style)
        if settle_blocks(cut_markdown(text, Draft("", []))) == (block,):
            break
    return text


def _one_line(inline: Inline, style: str) -> str:
    return render_inline(inline, style).replace("\\\n", " ").replace("\n", " ")


def _heading_text(block: Heading, style: str) -> str:
    text = _one_line(block.inline, style)
    text = text[:-1] + "\\#" if text.endswith("#") and not text.endswith("\\#") else text
    return f"{'#' * block.level} {text}"


def _quoted(paragraphs: Sequence[str], speaker: Quote, style: str) -> str:
    """Return Markdown paragraphs as a block quote, with the attribution if there is a speaker."""
    parts = [*paragraphs]
    if speaker.speaker or speaker.role or speaker.organisation:
        parts.append(f"— {render_inline(text_of(render_attribution(replace(speaker, paragraphs=()))), style)}")
    return "\n".join(f"> {line}".rstrip(" ") for line in "\n\n".join(parts).split("\n"))


def _list_text(block: ListBlock, style: str, *, other: bool) -> str:
    lines: list[str] = []
    number = block.start
    base = len(str(block.start + len(block.items))) + 2 if block.ordered else 2
    for item in block.items:
        raw = plain(item)
        level = (len(raw) - len(raw.lstrip(" "))) // 2 if lines else 0
        mark = "* " if other else "- "
        if block.ordered and level == 0:
            mark = f"{number}{')' if other else '.'}".ljust(base)
            number += 1
        indent = " " * (base + 2 * (level - 1)) if level else ""
        text = render_inline(item if any(span.code for span in item) else settle(item, soft="\n"), style)
        lines.append(indent + mark + text.replace("\n", "\n" + indent + " " * len(mark)))
    return "\n".join(lines)


def _table_text(block: Table, style: str) -> str:
    columns = max((len(row) for row in (block.head, *block.rows)), default=0)
    rows = [block.head or ((),) * columns, *block.rows]
    cells = ([_one_line(cell, style).replace("\\|", "|").replace("|", "\\|") for cell in row] for row in rows)
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join([lines[0], "|" + " --- |" * columns, *lines[1:]])


def _image_text(block: Image) -> str:
    def alt_form(style: str) -> str:
        alt = re.sub(r"(?<!\\)\]", r"\\]", _one_line(text_of(block.alt), style))
        return f"![{alt}](<x>)"

    shown = _lightest(Image("x", alt=block.alt), alt_form).removesuffix("x>)")
    title = block.caption
    if block.credit or block.licence or " |" in block.caption:
        title = f"{block.caption} | {block.credit}".strip()
    if block.licence:
        title = f"{title} | {block.licence}"
    title = " ".join(title.split()).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    src = block.src.replace("<", "%3C").replace(">", "%3E")
    return f'{shown}{src}> "{title}")' if title else f"{shown}{src}>)"


def render_inline(inline: Inline, style: str = "light") -> str:
    """Write running text as Markdown; `style` is one of `_STYLES`. A line break becomes a backslash break."""
    text = "".join(_render_span(span, style) for span in merge(inline))
    text = _LINE_START.sub(lambda at: f"{at[1]}\\{at[2]}" if at[2] else f"{at[1]}{at[3]}\\{at[4]}", text)
    return text.strip().replace("\n", "\\\n")


def _render_span(span: Span, style: str) -> str:
    if span.code:
        ticks = "`" * (1 + max(map(len, re.findall("`+", span.text)), default=0))
        pad = " " if span.text.startswith(("`", " ")) or span.text.endswith(("`", " ")) else ""
        text = f"{ticks}{pad}{span.text}{pad}{ticks}"
        if not span.url:
            return text
    elif style != "light":
        text = _EVERY.sub(r"\\\g<0>", span.text)
    elif span.url and find_links((replace(span, url=""),)) == (span,):
        return _with_marks(span.text, span, style)  # an address that is its own link
    elif span.url:
        text = _IN_LINK.sub(r"\\\g<0>", span.text)
    else:
        text = _UNDERSCORE.sub(r"\\_", _ALWAYS.sub(r"\\\g<0>", span.text))
    if not span.url:
        return _with_marks(text, span, style)
    url = _IN_URL.sub(r"\\\g<0>", span.url)
    target = url if re.fullmatch(r"[\w:/.,?=%+~@-]+", url) else f"<{url}>"
    lead, tail = _edges(span.text)
    return lead + _with_marks(f"[{text.strip()}]({target})", span, style) + tail


def _with_marks(text: str, span: Span, style: str) -> str:
    marks = "" if style == "bare" else "**" * span.strong + "*" * span.emphasis
    lead, tail = _edges(text)
    return f"{lead}{marks}{text.strip()}{marks[::-1]}{tail}" if marks and text.strip() else text


def _edges(text: str) -> tuple[str, str]:
    """Return the blanks at both ends: a mark must touch the word it belongs to."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


# Changing a field of the file.

# the fields that are one line of text each
TEXTS: Final = ("headline", "subhead", "label", "date", "dateline", "embargo", "language", "sender", "template")
CONTACTS: Final = "contacts"
_ORDER: Final = list(dict.fromkeys(KEYS.values()))
_QUOTED = re.compile(r"(?m)^ {0,3}>.*(?:\n {0,3}>.*)*")
_TAIL = re.compile(r"\s+#.*")
NO_FIELDS = "it has no fields at the top, between two lines of ---; `mailer release import` makes one"


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields at the top of a release: texts as written, contacts, the other keys, and their lines.

    `contacts` is None if they cannot be edited one by one; `lines` has the first and the last line of each field.
    """

    texts: Mapping[str, str]
    contacts: tuple[MediaContact, ...] | None
    others: tuple[str, ...]
    lines: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class QuoteFields:
    """A block quote for a form: its lines in the body (`was`, empty for a new one), its words and its speaker.

    `words` is Markdown, like the body.
    """

    was: str = ""
    words: str = ""
    speaker: str = ""
    role: str = ""
    organisation: str = ""


def split_file(text: str) -> tuple[str, str]:
    """Split a release's file into its top and its body, which together are the text."""
    lines = text.split("\n")
    end = end_of_fields(lines)
    top = "".join(f"{line}\n" for line in lines[: end + 1])[: len(text)] if end else ""
    return top, text[len(top) :]


def join_file(top: str, body: str) -> str:
    """Return a release's file from its two parts."""
    return f"{top}\n{body}" if top and body and not top.endswith("\n") else top + body


def read_fields(top: str) -> Fields:
    """Return the fields at the top of a release.

    Raises UnreadableFields: they are not YAML, or those of another program.
    """
    if not top:
        return Fields({}, (), (), {})
    if take_site_matter(top, Draft("", []))[0] != top:
        raise UnreadableFields(" one by one: they are those of another program", 1)
    lines, draft = top.split("\n"), Draft("", [])
    texts, others, places = {}, [], {}
    contacts: tuple[MediaContact, ...] | None = ()
    for field, key, value in _pairs(top):
        first, stop = _span(lines, key, value)
        places[field] = (first + 1, stop)
        if field in TEXTS and isinstance(value, yaml.ScalarNode):
            texts[field] = " ".join(str(value.value).split())
        elif field == CONTACTS and isinstance(value, yaml.SequenceNode) and not value.flow_style:
            read_front_matter(_yaml_of(top), draft, cut=lambda _: [])
            contacts = tuple(draft.contacts) if len(draft.contacts) == len(value.value) else None
        else:
            contacts = None if field == CONTACTS and value.value else contacts
            others.append(str(key.value))
    return Fields(texts, contacts, tuple(others), places)


def change_fields(top: str, texts: Mapping[str, str], contacts: Sequence[MediaContact] | None = None) -> str:
    """Return the top of a release with these fields; an empty one is removed, unchanged ones stay as written.

    Raises UnreadableFields: as `read_fields`, or the result would be unreadable.
    """
    old = read_fields(top)
    for field, text in texts.items():
        bare = " ".join(text.split())
        if bare != old.texts.get(field, ""):
            top = _with_field(top, field, dump_fields({field: bare}) if bare else "")
    if contacts is not None and old.contacts is not None and tuple(contacts) != old.contacts:
        top = _with_contacts(top, old.contacts, contacts)
    compose_fields(_yaml_of(top))
    return top


def paragraphs_in(body: str) -> list[tuple[int, str]]:
    """Return the paragraphs of a body: the number of the line behind each (from 0), and its first line."""
    lines, found = body.split("\n"), []
    first = ""
    for at, line in enumerate([*lines, ""]):
        if line.strip():
            first = first or line.strip()
        elif first:
            found.append((at, first))
            first = ""
    return found


def insert_paragraph(body: str, paragraph: str, after: str) -> str:
    """Return a body with one more paragraph, behind the one that begins with `after`, else behind the first."""
    found = paragraphs_in(body)
    at = next((at for at, first in found if after and first.startswith(after)), found[0][0] if found else 0)
    lines = body.split("\n")
    return "\n".join([*lines[:at], *([""] if found else []), paragraph, *([] if found else [""]), *lines[at:]])


def quotes_in(body: str) -> list[QuoteFields]:
    """Return the block quotes of a body, but not those whose speaker is named in the text around them."""
    draft = Draft("", cut_markdown(body, Draft("", [])))
    cut_blocks = {piece.line: piece.block for piece in draft.pieces}
    recognise_statements(draft)
    recognised = [piece.block for piece in draft.pieces]
    found = []
    for run in _QUOTED.finditer(body):
        block = cut_blocks.get(body.count("\n", 0, run.start()) + 1)
        if isinstance(block, Quote) and block in recognised and quote_of(run[0]) == block:
            found.append(_fields_of(run[0]))
    return found


def change_quotes(body: str, quotes: Sequence[QuoteFields], after: str = "") -> str:
    """Return a body with these quotes; one without words is removed, and a new one is put behind a paragraph.

    Unchanged quotes and all other text stay as written. Raises ValueError: a quote would not be read as entered, or is
    no longer in the text.
    """
    left = [each for each in quotes if each.was]  # equal quotes are matched in their order
    new: list[str] = []
    changed, at = "", 0
    for run in _QUOTED.finditer(body):
        each = next((each for each in left if each.was == run[0]), None)
        if each is None:
            continue
        left.remove(each)
        if not _is_changed(each):
            continue
        new.append(text := write_quote(each))
        changed, at = f"{changed}{body[at : run.start()]}{text}", run.end()
        if not text:  # also remove the blank line behind it
            at += len(body[at:]) - len(body[at:].lstrip("\n"))
    changed += body[at:]
    if any(map(_is_changed, left)):
        raise ValueError("this quote was changed in the text as well")
    for each in (each for each in quotes if not each.was):
        new.append(text := write_quote(each))
        changed = insert_paragraph(changed, text, after) if text else changed
    if not {*filter(None, new)} <= {each.was for each in quotes_in(changed)}:
        raise ValueError("this quote would be read differently from what was entered")
    return changed


def quote_of(run: str) -> Quote:
    """Return the quote that these lines are by themselves; an empty one if they are something else."""
    found = [piece.block for piece in cut_markdown(run, Draft("", []))]
    return found[0] if len(found) == 1 and isinstance(found[0], Quote) else Quote(())


def _fields_of(run: str) -> QuoteFields:
    quote = quote_of(run)
    words = "\n".join(line[2:] for line in render_block(replace(quote, lead_in="")).split("\n"))
    if quote.speaker or quote.role or quote.organisation:  # the attribution is the last paragraph
        words = words.rpartition("\n\n")[0]
    return QuoteFields(run, words, quote.speaker, quote.role, quote.organisation)


def _is_changed(fields: QuoteFields) -> bool:
    return replace(fields, words=fields.words.strip()) != _fields_of(fields.was)


def write_quote(fields: QuoteFields) -> str:
    """Write a quote so that its words and its speaker are read back; return "" for one without words.

    Raises ValueError: it would be read differently.
    """
    if not fields.words.strip():
        return ""
    speaker = Quote((), *(" ".join(each.split()) for each in (fields.speaker, fields.role, fields.organisation)))
    for style in _STYLES:
        text = _quoted([fields.words.strip()], speaker, style)
        read = quote_of(text)
        if read.paragraphs and replace(read, paragraphs=()) == speaker:
            return text
    raise ValueError("this quote would be read differently from what was entered")


def drop_picture(body: str, src: str) -> str:
    """Return a body without the pictures of this address, and without their lines if these are then empty."""
    shown = re.compile(rf"!\[(?:\\.|[^\]\\])*\]\(\s*<?{re.escape(src)}>?(?:\s+\"(?:\\.|[^\"\\])*\")?\s*\)")
    return re.sub(rf"(?:\A|(?<=\n))[ \t]*{shown.pattern}[ \t]*(?:\n+|\Z)|{shown.pattern}", "", body)


def _yaml_of(top: str) -> str:
    return split_front_matter(top, Draft("", []))[0] or ""


def _pairs(top: str) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    """Yield each field with its key and value; an unknown key is a field of its own."""
    node = compose_fields(_yaml_of(top))
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        yield field_of(str(key.value)) or str(key.value), key, value


def _span(lines: Sequence[str], key: yaml.Node, value: yaml.Node) -> tuple[int, int]:
    """Return the index of a field's first line, and the one behind its last; the first of `lines` is `---`."""
    start, stop = int(key.start_mark.line) + 1, behind(value)
    while stop > start + 1 and (not lines[stop - 1].strip() or lines[stop - 1].startswith("#")):
        stop -= 1  # a comment or a blank line behind it does not belong to it
    return start, max(stop, start + 1)


def _with_field(top: str, field: str, text: str) -> str:
    """Return the top with the lines of a field rewritten; an empty text removes it."""
    if not top:
        return f"---\n{text}---\n\n" if text else ""
    lines = top.split("\n")
    new = text.removesuffix("\n").split("\n") if text else []
    at = 1
    for found, key, value in _pairs(top):
        start, stop = _span(lines, key, value)
        if found == field:
            if new:
                name = lines[start].partition(":")[0]  # the author's own word: `titel`
                new[0] = f"{name}:{new[0].partition(':')[2]}{_tail(lines, start, value)}"
            return "\n".join([*lines[:start], *new, *lines[stop:]])
        if found in _ORDER and _ORDER.index(found) < _ORDER.index(field):
            at = max(at, stop)
    return "\n".join([*lines[:at], *new, *lines[at:]])


def _tail(lines: Sequence[str], start: int, value: yaml.Node) -> str:
    """Return the comment behind a value on its line."""
    mark = value.end_mark
    is_as_written = mark.buffer is not None and mark.buffer.split("\n")[start - 1].rstrip("\0") == lines[start]
    found = _TAIL.fullmatch(lines[start][mark.column :]) if mark.line == start - 1 and is_as_written else None
    return found.group() if found else ""


def _with_contacts(top: str, was: Sequence[MediaContact], contacts: Sequence[MediaContact]) -> str:
    lines = top.split("\n")
    found = next(((key, value) for field, key, value in _pairs(top) if field == CONTACTS), None)
    if found is None or not was or not contacts:
        return _with_field(top, CONTACTS, dump_fields({CONTACTS: [*map(contact_fields, contacts)]}) if contacts else "")
    begin, stop = _span(lines, *found)
    starts = [int(item.start_mark.line) + 1 for item in found[1].value]
    indent = re.match(r"\s*", lines[starts[0]]).group()  # type: ignore[union-attr]  # it always matches
    is_usual = all(lines[at].startswith(f"{indent}-") for at in starts) and starts[0] > begin
    ends = [*starts[1:], stop]
    new = lines[begin : starts[0]]
    for each in contacts:
        if is_usual and each in was:
            at = was.index(each)
            new += lines[starts[at] : ends[at]]
        else:
            written = dump_fields([contact_fields(each)]).removesuffix("\n").split("\n")
            new += [f"{indent}{line}" for line in written]
    return "\n".join([*lines[:begin], *new, *lines[stop:]])


# Waivers.

_Pair: TypeAlias = tuple[yaml.Node, yaml.Node]  # a key and its value


def add_waiver(text: str, key: str, reason: str) -> str:
    """Write a waiver into the front matter of a release; one with that key is replaced.

    Raises ValueError: the text has no front matter, or nothing can be added to its `checks:` as written.
    """
    lines, end, checks, waive, known = _waivers_of(text)
    if not end:
        raise ValueError(NO_FIELDS)
    tail = "\r" if lines[0].endswith("\r") else ""
    entry = f"{_scalar(key)}: {_scalar(' '.join(reason.split()))}{tail}"
    if checks is None:
        lines[end:end] = [f"checks:{tail}", f"  waive:{tail}", f"    {entry}"]
        return "\n".join(lines)
    if not waive or not (known or (isinstance(waive[1], yaml.ScalarNode) and not waive[1].value)):
        raise ValueError("its `checks:` cannot be added to; write `waive:` on a line of its own below it")
    indent = " " * (known[0][0].start_mark.column if known else waive[0].start_mark.column + 2)
    start = stop = behind(known[-1][1]) if known else waive[0].start_mark.line + 2
    for known_key, value in known:
        if parse_waiver_key(str(known_key.value)) == parse_waiver_key(key):
            start, stop = known_key.start_mark.line + 1, behind(value)
    lines[start:stop] = [f"{indent}{entry}"]
    return "\n".join(lines)


def drop_waiver(text: str, key: str) -> str:
    """Remove a waiver from the front matter of a release, and `checks:` with the last one.

    Raises ValueError: there is none with that key.
    """
    lines, _, checks, waive, known = _waivers_of(text)
    found = [pair for pair in known if parse_waiver_key(str(pair[0].value)) == parse_waiver_key(key)]
    if not found or checks is None or waive is None:
        raise ValueError(f'it has no line "{key}" under `waive:`')
    first, last = found[0]
    if len(known) == 1:  # the last of them
        first = (checks if len(checks[1].value) == 1 else waive)[0]
    del lines[first.start_mark.line + 1 : behind(last)]
    return "\n".join(lines)


def _waivers_of(text: str) -> tuple[list[str], int, _Pair | None, _Pair | None, list[_Pair]]:
    """Return the lines of a file, the index of the one that ends its fields, `checks:`, `waive:` and the waivers."""
    bare = [line.rstrip("\r") for line in text.removeprefix("\ufeff").split("\n")]
    end = end_of_fields(bare)
    checks = _named("checks", compose_fields("\n".join(bare[1:end])))
    waive = _named("waive", checks[1]) if checks else None
    is_open = waive is not None and isinstance(waive[1], yaml.MappingNode) and not waive[1].flow_style
    return text.split("\n"), end, checks, waive, waive[1].value if waive and is_open else []


def _named(name: str, node: yaml.Node | None) -> _Pair | None:
    """Return the key of that name in a mapping, and its value."""
    pairs = node.value if isinstance(node, yaml.MappingNode) and not node.flow_style else ()
    return next(((key, value) for key, value in pairs if str(key.value).lower() == name), None)


def behind(node: yaml.Node) -> int:
    """Return the index of the line behind a value in its file (from 0: the fields begin on the second line)."""
    mark = node.end_mark
    return int(mark.line) + 1 + (mark.column > 0)


def _scalar(text: str) -> str:
    return str(yaml.safe_dump(text, allow_unicode=True, width=10_000)).split("\n", maxsplit=1)[0]
