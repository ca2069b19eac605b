"""Write: a release as the Markdown file that staff go on working with.

Owns rendering every field so that reading the file gives the same release again, and no word is ever lost. Each block
is written in the lightest form that reads back as itself, then with every sign escaped, then without its looks.
Notes and boilerplates stand as sections where the file reads back the same, else in the front matter, where nothing
has to be recognised.

Gaps: a line break inside a table cell or a heading becomes a blank.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import yaml

from mailer import lazy_re as re
from mailer.release.inline import find_links, merge, settle, text_of
from mailer.release.markdown.frontmatter import waiver_key
from mailer.release.markdown.reading import cut_markdown, read_markdown
from mailer.release.people import render_attribution
from mailer.release.pieces import Draft, settle_blocks
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

_LOOKS = ("light", "escaped", "bare")
_ENTITY = r"&(?=#?\w{1,40};)"
_ALWAYS = re.compile(rf"[\\`*\[<]|{_ENTITY}")
_IN_LINK = re.compile(rf"[\\`*\[\]<]|{_ENTITY}")
_IN_URL = re.compile(rf"[\\<>]|{_ENTITY}")
_UNDERSCORE = re.compile(r"(?<!\w)_|_(?!\w)")
_LINE_START = re.compile(r"^(\s*)(?:([#>+\-=|:~])|(\d{1,9})([.)])(?=\s|$))", re.MULTILINE)
_EVERY = re.compile("[" + re.escape(string.punctuation) + "]")


class _Dumper(yaml.SafeDumper):
    """Writes strings bare wherever YAML allows: they are read as strings again, whatever they look like."""

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
    """Write the front matter, the body and its sections; `explicit` puts into the first what would be looked for."""
    fields = _fields(release)
    if explicit:
        fields["end_mark"] = release.end_mark
        fields["boilerplate"] = [{"heading": one.heading, "text": _about(one)} for one in release.boilerplate]
        fields["notes_to_editors"] = render_blocks(release.notes_to_editors)
    if release.waivers:
        fields["checks"] = {"waive": {waiver_key(one.code, one.about): one.reason for one in release.waivers}}
    fields["kept"] = [{"field": kept.field, "text": kept.text, "line": str(kept.line)} for kept in release.kept]
    # a field that is named, if only as empty, is not looked for in the text
    looked_for = {"dateline", "contacts", "end_mark", "boilerplate", "notes_to_editors"} if explicit else set()
    told = {name: value for name, value in fields.items() if value or name in looked_for}
    parts = [f"---\n{dump_fields(told)}---", render_blocks(release.body)]
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
        # two lists in a row would be read as one; another sign begins a new one
        follows = isinstance(block, ListBlock) and isinstance(before, ListBlock) and before.ordered == block.ordered
        other = not other if follows else False
        parts.append(render_block(block, other=other) if block else "")
    return "\n\n".join(filter(None, parts))


def render_block(block: Block, *, other: bool = False) -> str:
    """Write one block in the lightest form that reads back as itself; `other` gives a list the other sign."""
    match block:
        case Image():
            return _image_text(block)
        case Paragraph((Span(text, code=True),)) if "\n" in text:
            fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
            return f"{fence}\n{text}\n{fence}"
        case Paragraph():
            return _lightest(block, lambda looks: render_inline(block.inline, looks))
        case Heading():
            return _lightest(block, lambda looks: _heading_text(block, looks))
        case ListBlock():
            return _lightest(block, lambda looks: _list_text(block, looks, other=other))
        case Table():
            return _lightest(block, lambda looks: _table_text(block, looks))
        case Quote():
            text = _lightest(replace(block, lead_in=""), lambda looks: _quote_text(block, looks))
            lead_in = render_block(Paragraph(text_of(block.lead_in))) if block.lead_in else ""
            return f"{lead_in}\n\n{text}" if lead_in else text


def _lightest(block: Block, render: Callable[[str], str]) -> str:
    text = ""
    for looks in _LOOKS:
        text = render(looks)
        if settle_blocks(cut_markdown(text, Draft("", []))) == (block,):
            break
    return text


def _one_line(inline: Inline, looks: str) -> str:
    return render_inline(inline, looks).replace("\\\n", " ").replace("\n", " ")


def _heading_text(block: Heading, looks: str) -> str:
    text = _one_line(block.inline, looks)
    text = text[:-1] + "\\#" if text.endswith("#") and not text.endswith("\\#") else text
    return f"{'#' * block.level} {text}"


def _quote_text(block: Quote, looks: str) -> str:
    parts = [render_inline(inline, looks) for inline in block.paragraphs]
    if block.speaker or block.role or block.organisation:
        parts.append(f"— {render_inline(text_of(render_attribution(replace(block, paragraphs=()))), looks)}")
    return "\n".join(f"> {line}".rstrip(" ") for line in "\n\n".join(parts).split("\n"))


def quote_words(quote: Quote) -> str:
    """Return what is said in a quote as Markdown, without who says it."""
    lines = [line[2:] for line in render_block(replace(quote, lead_in="")).split("\n")]
    text = "\n".join(lines)
    return text.rpartition("\n\n")[0] if quote.speaker or quote.role or quote.organisation else text


def write_quote(words: str, who: Quote) -> str:
    """Write a quote of words in Markdown and of who says them, so that both are read again.

    Raises:
        ValueError: it would be read otherwise.
    """
    by = render_attribution(replace(who, paragraphs=()))
    for looks in _LOOKS:
        parts = [words.strip(), *([f"— {render_inline(text_of(by), looks)}"] if by else [])]
        text = "\n".join(f"> {line}".rstrip(" ") for line in "\n\n".join(parts).split("\n"))
        found = settle_blocks(cut_markdown(text, Draft("", [])))
        if len(found) == 1 and isinstance(found[0], Quote) and replace(found[0], paragraphs=who.paragraphs) == who:
            return text
    raise ValueError("this quote would not be read again as it is filled in")


def _list_text(block: ListBlock, looks: str, *, other: bool) -> str:
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
        text = render_inline(item if any(span.code for span in item) else settle(item, soft="\n"), looks)
        lines.append(indent + mark + text.replace("\n", "\n" + indent + " " * len(mark)))
    return "\n".join(lines)


def _table_text(block: Table, looks: str) -> str:
    columns = max((len(row) for row in (block.head, *block.rows)), default=0)
    rows = [block.head or ((),) * columns, *block.rows]
    cells = ([_one_line(cell, looks).replace("\\|", "|").replace("|", "\\|") for cell in row] for row in rows)
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join([lines[0], "|" + " --- |" * columns, *lines[1:]])


def _image_text(block: Image) -> str:
    def described(looks: str) -> str:
        alt = re.sub(r"(?<!\\)\]", r"\\]", _one_line(text_of(block.alt), looks))
        return f"![{alt}](<x>)"

    shown = _lightest(Image("x", alt=block.alt), described).removesuffix("x>)")
    title = block.caption
    if block.credit or block.licence or " |" in block.caption:
        title = f"{block.caption} | {block.credit}".strip()
    if block.licence:
        title = f"{title} | {block.licence}"
    title = " ".join(title.split()).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    src = block.src.replace("<", "%3C").replace(">", "%3E")
    return f'{shown}{src}> "{title}")' if title else f"{shown}{src}>)"


def render_inline(inline: Inline, looks: str = "light") -> str:
    """Write running text as Markdown; `looks` is one of `_LOOKS`. A line break becomes a backslash break."""
    text = "".join(_render_span(span, looks) for span in merge(inline))
    text = _LINE_START.sub(lambda at: f"{at[1]}\\{at[2]}" if at[2] else f"{at[1]}{at[3]}\\{at[4]}", text)
    return text.strip().replace("\n", "\\\n")


def _render_span(span: Span, looks: str) -> str:
    if span.code:
        ticks = "`" * (1 + max(map(len, re.findall("`+", span.text)), default=0))
        pad = " " if span.text.startswith(("`", " ")) or span.text.endswith(("`", " ")) else ""
        text = f"{ticks}{pad}{span.text}{pad}{ticks}"
        if not span.url:
            return text
    elif looks != "light":
        text = _EVERY.sub(r"\\\g<0>", span.text)
    elif span.url and find_links((replace(span, url=""),)) == (span,):
        return _with_looks(span.text, span, looks)  # an address that is its own link
    elif span.url:
        text = _IN_LINK.sub(r"\\\g<0>", span.text)
    else:
        text = _UNDERSCORE.sub(r"\\_", _ALWAYS.sub(r"\\\g<0>", span.text))
    if not span.url:
        return _with_looks(text, span, looks)
    url = _IN_URL.sub(r"\\\g<0>", span.url)
    target = url if re.fullmatch(r"[\w:/.,?=%+~@-]+", url) else f"<{url}>"
    lead, tail = _edges(span.text)
    return lead + _with_looks(f"[{text.strip()}]({target})", span, looks) + tail


def _with_looks(text: str, span: Span, looks: str) -> str:
    marks = "" if looks == "bare" else "**" * span.strong + "*" * span.emphasis
    lead, tail = _edges(text)
    return f"{lead}{marks}{text.strip()}{marks[::-1]}{tail}" if marks and text.strip() else text


def _edges(text: str) -> tuple[str, str]:
    """Return the blanks at both ends: a mark must touch the word it belongs to."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
