"""Write: a release as the Markdown file that staff go on working with.

Owns rendering every field so that reading the file gives the same release again, and no word is ever lost. Each block
is written in the lightest form that reads back as itself, then with every sign escaped, then without its looks.
Notes and boilerplates stand as sections where the file reads back the same, else in the front matter, where nothing
has to be recognised.

Gaps: a line break inside a table cell or a heading becomes a blank.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import yaml

from mailer.release.inline import find_links, merge, settle, text_of
from mailer.release.markdown.extras import extra_fields
from mailer.release.markdown.reading import cut_markdown, read_markdown
from mailer.release.markdown.waiving import waiver_key
from mailer.release.people.roles import render_attribution
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
    plain,
)
from mailer.release.words import LANGUAGES, primary


class _Dumper(yaml.SafeDumper):
    """Writes strings bare wherever YAML allows: they are read as strings again, whatever they look like."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the name and type are PyYAML's


def render_markdown(release: Release) -> str:
    """Write a release as Markdown with front matter; `parse_release` of it gives the same fields."""
    natural = _render(release, explicit=False)
    if _same(natural, release):
        return natural
    return _render(release, explicit=True)


def _same(text: str, release: Release) -> bool:
    draft = Draft("", [])
    read_markdown(text, draft)
    again = draft.release(release.slug, settle_blocks(draft.pieces), settle_blocks(draft.notes))
    return replace(again, problems=()) == replace(release, problems=())


def _render(release: Release, *, explicit: bool) -> str:
    fields = _fields(release, explicit=explicit)
    head = yaml.dump(fields, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)
    parts = [f"---\n{head}---", render_blocks(release.body)]
    if not explicit:
        parts.extend(_sections(release))
    return "\n\n".join(part for part in parts if part) + "\n"


def _fields(release: Release, *, explicit: bool) -> dict[str, Any]:
    """Return the front matter; where all is `explicit`, empty fields are named too, so that nothing is looked for."""
    fields: dict[str, Any] = {
        "headline": release.headline,
        "subhead": release.subhead,
        "label": release.label,
        "date": release.date.isoformat() if release.date else "",
        "embargo": release.embargo.text if release.embargo else "",
        "dateline": release.dateline.text if release.dateline else "",
        "contacts": [_contact(contact) for contact in release.contacts],
        "call_to_action": render_paragraph(Paragraph(release.call_to_action)) if release.call_to_action else "",
        "language": release.language,
        "sender": release.sender,
        "template": release.template,
        "attachments": list(release.attachments),
        **extra_fields(release.extras),
    }
    if explicit:
        fields["end_mark"] = release.end_mark
        fields["boilerplate"] = [_boilerplate(one) for one in release.boilerplate]
        fields["notes_to_editors"] = render_blocks(release.notes_to_editors)
    if release.waivers:
        fields["checks"] = {"waive": {waiver_key(one.code, one.about): one.reason for one in release.waivers}}
    fields["kept"] = [{"field": kept.field, "text": kept.text, "line": str(kept.line)} for kept in release.kept]
    looked_for = {"dateline", "contacts", "end_mark", "boilerplate", "notes_to_editors"}
    return {name: value for name, value in fields.items() if value or (explicit and name in looked_for)}


def _contact(contact: MediaContact) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": contact.name,
        "role": contact.role,
        "organisation": contact.organisation,
        "phones": list(contact.phones),
        "emails": list(contact.emails),
        "note": contact.note,
    }
    for name in ("phones", "emails"):
        if len(fields[name]) == 1:
            fields = {name[:-1] if key == name else key: value for key, value in fields.items()}
            fields[name[:-1]] = fields[name[:-1]][0]
    return {name: value for name, value in fields.items() if value}


def _boilerplate(one: Boilerplate) -> dict[str, str]:
    return {"heading": one.heading, "text": render_blocks([Paragraph(inline) for inline in one.paragraphs])}


def _sections(release: Release) -> list[str]:
    parts = [release.end_mark]
    if release.notes_to_editors:
        words = LANGUAGES.get(primary(release.language), LANGUAGES["en"]).notes[0]
        parts.extend([f"## {words[:1].upper()}{words[1:]}", render_blocks(release.notes_to_editors)])
    for one in release.boilerplate:
        parts.append(f"## {one.heading}")
        parts.append(render_blocks([Paragraph(inline) for inline in one.paragraphs]))
    return parts


def render_blocks(blocks: Sequence[Block]) -> str:
    """Write blocks as Markdown, a blank line between them."""
    parts: list[str] = []
    before: Block | None = None
    other = False
    for block in blocks:
        # two lists in a row would be read as one; another sign begins a new one
        follows = isinstance(block, ListBlock) and isinstance(before, ListBlock) and before.ordered == block.ordered
        other = not other if follows else False
        parts.append(_render_list(block, other=other) if isinstance(block, ListBlock) else render_block(block))
        before = block
    return "\n\n".join(part for part in parts if part)


def render_block(block: Block) -> str:
    """Write one block in the lightest form that reads back as itself."""
    if isinstance(block, Image):
        return _render_image(block)
    if isinstance(block, ListBlock):
        return _render_list(block, other=False)
    if isinstance(block, Paragraph):
        return render_paragraph(block)
    if isinstance(block, Heading):
        return _lightest(block, lambda looks: "#" * block.level + " " + _heading_text(block, looks))
    if isinstance(block, Quote):
        text = _lightest(replace(block, lead_in=""), lambda looks: _quote_text(block, looks))
        lead_in = render_paragraph(Paragraph(text_of(block.lead_in))) if block.lead_in else ""
        return f"{lead_in}\n\n{text}" if lead_in else text
    return _lightest(block, lambda looks: _table_text(block, looks))


def render_paragraph(block: Paragraph) -> str:
    """Write a paragraph; preformatted text becomes a fenced block."""
    if len(block.inline) == 1 and block.inline[0].code and "\n" in block.inline[0].text:
        text = block.inline[0].text
        fence = "`" * max(3, 1 + max((len(run) for run in _runs_of_ticks(text)), default=0))
        return f"{fence}\n{text}\n{fence}"
    return _lightest(block, lambda looks: render_inline(block.inline, looks))


def _runs_of_ticks(text: str) -> list[str]:
    return "".join(c if c == "`" else " " for c in text).split()


def _lightest(block: Block, render: Callable[[str], str]) -> str:
    text = ""
    for looks in LOOKS:
        text = render(looks)
        if settle_blocks(cut_markdown(text, Draft("", []))) == (block,):
            return text
    return text


def _heading_text(block: Heading, looks: str) -> str:
    text = render_inline(block.inline, looks).replace("\\\n", " ").replace("\n", " ")
    return text[:-1] + "\\#" if text.endswith("#") and not text.endswith("\\#") else text


def _quote_text(block: Quote, looks: str) -> str:
    parts = [render_inline(inline, looks) for inline in block.paragraphs]
    if block.speaker or block.role or block.organisation:
        attribution = render_inline(text_of(render_attribution(replace(block, paragraphs=()))), looks)
        parts.append(f"— {attribution}")
    text = "\n\n".join(parts)
    return "\n".join(f"> {line}".rstrip(" ") for line in text.split("\n"))


def _render_list(block: ListBlock, *, other: bool) -> str:
    return _lightest(block, lambda looks: _list_text(block, looks, other=other))


def _list_text(block: ListBlock, looks: str, *, other: bool) -> str:
    lines: list[str] = []
    number = block.start
    base = len(str(block.start + len(block.items))) + 2 if block.ordered else 2
    for item in block.items:
        raw = plain(item)
        level = (len(raw) - len(raw.lstrip(" "))) // 2 if lines else 0
        if block.ordered and level == 0:
            mark = f"{number}{')' if other else '.'}".ljust(base)
            number += 1
        else:
            mark = "* " if other else "- "
        indent = " " * (base + 2 * (level - 1)) if level else ""
        text = render_inline(_stripped(item), looks)
        hang = "\n" + indent + " " * len(mark)
        lines.append(indent + mark + text.replace("\n", hang))
    return "\n".join(lines)


def _stripped(inline: Inline) -> Inline:
    return settle(inline, soft="\n") if not any(span.code for span in inline) else inline


def _table_text(block: Table, looks: str) -> str:
    columns = max((len(row) for row in (block.head, *block.rows)), default=0)
    rows = [block.head or ((),) * columns, *block.rows]
    lines = ["| " + " | ".join(_cell(cell, looks) for cell in row) + " |" for row in rows]
    lines.insert(1, "|" + " --- |" * columns)
    return "\n".join(lines)


def _cell(inline: Inline, looks: str) -> str:
    return render_inline(inline, looks).replace("\\\n", " ").replace("\n", " ").replace("\\|", "|").replace("|", "\\|")


def _alt_text(alt: str, looks: str) -> str:
    words = render_inline(text_of(alt), looks).replace("\\\n", " ").replace("\n", " ")
    return re.sub(r"(?<!\\)\]", r"\\]", words)


def _render_image(block: Image) -> str:
    alt = _lightest(Image("x", alt=block.alt), lambda looks: f"![{_alt_text(block.alt, looks)}](<x>)")[2:-6]
    title = block.caption
    if block.credit or block.licence or " |" in block.caption:
        title = f"{block.caption} | {block.credit}".strip()
    if block.licence:
        title = f"{title} | {block.licence}"
    title = " ".join(title.split()).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    src = block.src.replace("<", "%3C").replace(">", "%3E")
    return f'![{alt}](<{src}> "{title}")' if title else f"![{alt}](<{src}>)"


# Render inline: running text as Markdown.

LOOKS = ("light", "escaped", "bare")
_ALWAYS = re.compile(r"[\\`*\[<]|&(?=#?\w{1,40};)")
_IN_LINK = re.compile(r"[\\`*\[\]<]|&(?=#?\w{1,40};)")
_UNDERSCORE = re.compile(r"(?<!\w)_|_(?!\w)")
_LINE_START = re.compile(r"^(\s*)(?:([#>+\-=|:~])|(\d{1,9})([.)])(?=\s|$))", re.MULTILINE)
_EVERY = re.compile("[" + re.escape(string.punctuation) + "]")


def render_inline(inline: Inline, looks: str = "light") -> str:
    """Write running text as Markdown; `looks` is one of LOOKS. A line break becomes a backslash break."""
    spans = merge(inline)
    text = "".join(_render_span(span, looks) for span in spans)
    text = _LINE_START.sub(_escape_start, text)
    return text.strip().replace("\n", "\\\n")


def _escape_start(match: re.Match[str]) -> str:
    blank, sign, number, stop = match.groups()
    return f"{blank}\\{sign}" if sign else f"{blank}{number}\\{stop}"


def _render_span(span: Span, looks: str) -> str:
    if span.url:
        return _render_link(span, looks)
    if span.code:
        return _render_code(span.text)
    return _with_looks(_escaped(span.text, looks), span, looks)


def _render_link(span: Span, looks: str) -> str:
    plain_span = Span(span.text, span.strong, span.emphasis)
    if looks == "light" and find_links((plain_span,)) == (span,):
        return _with_looks(span.text, span, looks)
    words = _render_code(span.text) if span.code else _IN_LINK.sub(r"\\\g<0>", span.text)
    if looks != "light" and not span.code:
        words = _EVERY.sub(r"\\\g<0>", span.text)
    url = re.sub(r"[\\<>]|&(?=#?\w{1,40};)", lambda match: "\\" + match.group(), span.url)
    inside = words.strip()
    lead, tail = _edges(span.text)
    target = url if re.fullmatch(r"[\w:/.,?=%+~@-]+", url) else f"<{url}>"
    return lead + _with_looks(f"[{inside}]({target})", span, looks) + tail


def _render_code(text: str) -> str:
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _escaped(text: str, looks: str) -> str:
    if looks != "light":
        return _EVERY.sub(r"\\\g<0>", text)
    return _UNDERSCORE.sub(r"\\_", _ALWAYS.sub(r"\\\g<0>", text))


def _with_looks(text: str, span: Span, looks: str) -> str:
    marks = "" if looks == "bare" else "**" * span.strong + "*" * span.emphasis
    inside = text.strip()
    if not marks or not inside:
        return text
    lead, tail = _edges(text)
    return f"{lead}{marks}{inside}{marks[::-1]}{tail}"


def _edges(text: str) -> tuple[str, str]:
    """Return the blanks at both ends: a mark must touch the word it belongs to."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
