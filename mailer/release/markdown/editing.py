"""Editing: a field of a release in Markdown is changed, and every other line of its file stays as it is.

Theory of operation. A file is its `top` (the fields, with both lines of `---`) and its body; the two together are the
file again, byte for byte. A field is changed by writing the lines anew on which it stands: comments, keys of other
programs, quotation marks and the order of everything else are the author's. A field that is not there yet comes behind
those that stand before it in a new release. Contacts are written anew one by one, where they changed.

What cannot be changed without loss (a field that holds a list where a text is expected, fields of another program) is
named among `others`: it is edited in the text of the file.

A quote is a block quote of the body. Its lines are written anew where what it says, or who says it, is another; one
whose speaker is named beside it is edited in the text, since those lines are not its own.

A warning that is meant stands there too, under `checks:` and `waive:`; what a waiver covers, `checks.waivers` knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

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
)
from mailer.release.markdown.reading import cut_markdown
from mailer.release.markdown.writing import contact_fields, dump_fields, quote_words, write_quote
from mailer.release.pieces import Draft
from mailer.release.quotes.statements import recognise_statements
from mailer.release.values import MediaContact, Quote

# the fields that are one line of text each
TEXTS: Final = ("headline", "subhead", "label", "date", "dateline", "embargo", "language", "sender", "template")
CONTACTS: Final = "contacts"
_ORDER: Final = list(dict.fromkeys(KEYS.values()))
_OTHERWISE = "this quote would not be read again as it is filled in"
_QUOTED = re.compile(r"(?m)^ {0,3}>.*(?:\n {0,3}>.*)*")
_TAIL = re.compile(r"\s+#.*")
NO_FIELDS = "it has no fields at the top, between two lines of ---; `mailer release import` makes one"


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields at the top of a release: texts as they stand there, contacts, what else is there, and their lines.

    `contacts` is None where they cannot be edited one by one; `lines` has the first and the last line of each field.
    """

    texts: Mapping[str, str]
    contacts: tuple[MediaContact, ...] | None
    others: tuple[str, ...]
    lines: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class QuoteFields:
    """A block quote as a form edits it: its lines as they stand in the body (of a new one: none), and what they say.

    `words` are Markdown, as the body is.
    """

    was: str = ""
    words: str = ""
    speaker: str = ""
    role: str = ""
    organisation: str = ""


def part_file(text: str) -> tuple[str, str]:
    """Return the top of a release's file and its body: together they are the text."""
    lines = text.split("\n")
    end = end_of_fields(lines)
    top = "".join(f"{line}\n" for line in lines[: end + 1])[: len(text)] if end else ""
    return top, text[len(top) :]


def join_file(top: str, body: str) -> str:
    """Return a release's file of its two parts."""
    return f"{top}\n{body}" if top and body and not top.endswith("\n") else top + body


def read_fields(top: str) -> Fields:
    """Return the fields at the top of a release.

    Raises:
        UnreadableFields: they are no YAML, or those of another program.
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
    """Return the top of a release with these fields; an empty one is taken out, what is the same stays as it is.

    Raises:
        UnreadableFields: as `read_fields`, or they would be unreadable then.
    """
    was = read_fields(top)
    for field, text in texts.items():
        bare = " ".join(text.split())
        if bare != was.texts.get(field, ""):
            top = _written(top, field, dump_fields({field: bare}) if bare else "")
    if contacts is not None and was.contacts is not None and tuple(contacts) != was.contacts:
        top = _with_contacts(top, was.contacts, contacts)
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
    """Return a body with one more paragraph, behind the one that begins with these words; else behind the first."""
    found = paragraphs_in(body)
    at = next((at for at, first in found if after and first.startswith(after)), found[0][0] if found else 0)
    lines = body.split("\n")
    return "\n".join([*lines[:at], *([""] if found else []), paragraph, *([] if found else [""]), *lines[at:]])


def quotes_in(body: str) -> list[QuoteFields]:
    """Return the block quotes of a body that name their speaker themselves, if anybody does."""
    draft = Draft("", cut_markdown(body, Draft("", [])))
    begun = {piece.line: piece.block for piece in draft.pieces}
    recognise_statements(draft)
    told = [piece.block for piece in draft.pieces]
    found = []
    for run in _QUOTED.finditer(body):
        block = begun.get(body.count("\n", 0, run.start()) + 1)
        if isinstance(block, Quote) and block in told and quote_of(run[0]) == block:
            found.append(_fields_of(run[0]))
    return found


def change_quotes(body: str, quotes: Sequence[QuoteFields], after: str = "") -> str:
    """Return a body with these quotes; one without words is taken out, and a new one comes behind a paragraph.

    What was not changed stays as it is written, and so does all the rest.

    Raises:
        ValueError: a quote would not be read again as it is here, or is in the text no more.
    """
    left = [each for each in quotes if each.was]  # of two that are the same, the first is the first
    new: list[str] = []
    made, at = "", 0
    for run in _QUOTED.finditer(body):
        each = next((each for each in left if each.was == run[0]), None)
        if each is None:
            continue
        left.remove(each)
        if not _is_changed(each):
            continue
        new.append(text := _quote_text(each))
        made, at = f"{made}{body[at : run.start()]}{text}", run.end()
        if not text:  # and the blank line behind it
            at += len(body[at:]) - len(body[at:].lstrip("\n"))
    made += body[at:]
    if any(map(_is_changed, left)):
        raise ValueError("this quote was changed in the text as well")
    for each in (each for each in quotes if not each.was):
        new.append(text := _quote_text(each))
        made = insert_paragraph(made, text, after) if text else made
    if not {*filter(None, new)} <= {each.was for each in quotes_in(made)}:
        raise ValueError(_OTHERWISE)
    return made


def quote_of(run: str) -> Quote:
    """Return the quote that some lines are read as by themselves; an empty one where they are something else."""
    found = [piece.block for piece in cut_markdown(run, Draft("", []))]
    return found[0] if len(found) == 1 and isinstance(found[0], Quote) else Quote(())


def _fields_of(run: str) -> QuoteFields:
    quote = quote_of(run)
    return QuoteFields(run, quote_words(quote), quote.speaker, quote.role, quote.organisation)


def _is_changed(fields: QuoteFields) -> bool:
    return replace(fields, words=fields.words.strip()) != _fields_of(fields.was)


def _quote_text(fields: QuoteFields) -> str:
    who = Quote((), *(" ".join(each.split()) for each in (fields.speaker, fields.role, fields.organisation)))
    if not fields.words.strip():
        return ""
    return write_quote(fields.words, who)


def drop_picture(body: str, src: str) -> str:
    """Return a body without the pictures of this address; their lines go where nothing else is on them."""
    shown = re.compile(rf"!\[(?:\\.|[^\]\\])*\]\(\s*<?{re.escape(src)}>?(?:\s+\"(?:\\.|[^\"\\])*\")?\s*\)")
    return re.sub(rf"(?:\A|(?<=\n))[ \t]*{shown.pattern}[ \t]*(?:\n+|\Z)|{shown.pattern}", "", body)


def _yaml_of(top: str) -> str:
    return split_front_matter(top, Draft("", []))[0] or ""


def _pairs(top: str) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    """Yield each field of ours with its key and value; a key that is none of ours is its own field."""
    node = compose_fields(_yaml_of(top))
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        yield field_of(str(key.value)) or str(key.value), key, value


def _span(lines: Sequence[str], key: yaml.Node, value: yaml.Node) -> tuple[int, int]:
    """Return the place of a field's first line, and that behind its last; the first line of `lines` is `---`."""
    start, stop = int(key.start_mark.line) + 1, behind(value)
    while stop > start + 1 and (not lines[stop - 1].strip() or lines[stop - 1].startswith("#")):
        stop -= 1  # a comment or a blank line that follows is not its own
    return start, max(stop, start + 1)


def _written(top: str, field: str, text: str) -> str:
    """Return the top with the lines of a field written anew; an empty text takes it out."""
    if not top:
        return f"---\n{text}---\n\n" if text else ""
    lines = top.split("\n")
    new = text.removesuffix("\n").split("\n") if text else []
    at = 1
    for found, key, value in _pairs(top):
        start, stop = _span(lines, key, value)
        if found == field:
            if new:
                name = lines[start].partition(":")[0]  # as the author wrote it: `titel`
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
        return _written(top, CONTACTS, dump_fields({CONTACTS: [*map(contact_fields, contacts)]}) if contacts else "")
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


def add_waiver(text: str, key: str, reason: str) -> str:
    """Write a waiver into the front matter of a release; one of that key is replaced.

    Raises:
        ValueError: the text has no front matter, or its `checks:` are written in a way that nothing can be added to.
    """
    lines = text.split("\n")
    bare = [line.rstrip("\r") for line in text.removeprefix("\ufeff").split("\n")]
    end = end_of_fields(bare)
    if not end:
        raise ValueError(NO_FIELDS)
    tail = "\r" if lines[0].endswith("\r") else ""
    entry = f"{_scalar(key)}: {_scalar(' '.join(reason.split()))}{tail}"
    checks = _named("checks", compose_fields("\n".join(bare[1:end])))
    if checks is None:
        lines[end:end] = [f"checks:{tail}", f"  waive:{tail}", f"    {entry}"]
        return "\n".join(lines)
    waive = _named("waive", checks[1])
    known: list[tuple[yaml.Node, yaml.Node]] = []
    if waive and isinstance(waive[1], yaml.MappingNode) and not waive[1].flow_style:
        known = waive[1].value
    elif not waive or not isinstance(waive[1], yaml.ScalarNode) or waive[1].value:
        raise ValueError("its `checks:` cannot be added to; write `waive:` on a line of its own below it")
    indent = " " * (known[0][0].start_mark.column if known else waive[0].start_mark.column + 2)
    start = stop = behind(known[-1][1]) if known else waive[0].start_mark.line + 2
    for known_key, value in known:
        if parse_waiver_key(str(known_key.value)) == parse_waiver_key(key):
            start, stop = known_key.start_mark.line + 1, behind(value)
    lines[start:stop] = [f"{indent}{entry}"]
    return "\n".join(lines)


def drop_waiver(text: str, key: str) -> str:
    """Take a waiver out of the front matter of a release, and `checks:` with the last one.

    Raises:
        ValueError: it has none of that key.
    """
    lines = text.split("\n")
    bare = [line.rstrip("\r") for line in text.removeprefix("\ufeff").split("\n")]
    checks = _named("checks", compose_fields("\n".join(bare[1 : end_of_fields(bare)])))
    waive = _named("waive", checks[1]) if checks else None
    known = waive[1].value if waive and isinstance(waive[1], yaml.MappingNode) and not waive[1].flow_style else []
    found = [pair for pair in known if parse_waiver_key(str(pair[0].value)) == parse_waiver_key(key)]
    if not found or checks is None or waive is None:
        raise ValueError(f'it has no line "{key}" under `waive:`')
    first, last = found[0]
    if len(known) == 1:  # the last of them
        first = (checks if len(checks[1].value) == 1 else waive)[0]
    del lines[first.start_mark.line + 1 : behind(last)]
    return "\n".join(lines)


def _named(name: str, node: yaml.Node | None) -> tuple[yaml.Node, yaml.Node] | None:
    """Return the key of that name in a mapping, and its value."""
    pairs = node.value if isinstance(node, yaml.MappingNode) and not node.flow_style else ()
    return next(((key, value) for key, value in pairs if str(key.value).lower() == name), None)


def behind(node: yaml.Node) -> int:
    """Return the place of the line behind a value in its file, counted from 0: the fields begin on the second line."""
    mark = node.end_mark
    return int(mark.line) + 1 + (mark.column > 0)


def _scalar(text: str) -> str:
    return str(yaml.safe_dump(text, allow_unicode=True, width=10_000)).split("\n", maxsplit=1)[0]
