"""Markup: running text and blocks of a release as HTML, and as equivalent plain text.

Owns the elements and class names that every template family styles: p, h2-h4, blockquote.quote, ul, ol, table.data,
div.picture. Everything a person wrote is escaped here; a link keeps its address only if its scheme is http, https,
mailto or tel. There are no styles here: css-inline adds them after rendering. Headings never skip a
level, even if the source did. Plain text is wrapped at 72, quotes are indented, lists are lists, tables are in
columns, links in full.
Raises `InputProblem` for a picture file beside the release that was not passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from markupsafe import Markup, escape

from mailer import lazy_re as re
from mailer.errors import InputProblem
from mailer.message.script import direction_of_text, script_of, side_of
from mailer.message.text import columns, display_width, longest_piece, number_columns, split_paragraphs, underline, wrap
from mailer.message.values import InlineImage
from mailer.release.values import Block, Heading, Image, Inline, ListBlock, Paragraph, Quote, Span, Table, plain
from mailer.settings import Tongue

_LONG_WORD = 24  # letters
_FIT_A_PHONE = 5  # columns of a table
_ON_A_PHONE = 36  # letters, in all columns together
_NARROWEST = 12  # letters; a column of words can be that narrow, its longest ones broken
_DENSE = 9  # columns: their gaps become smaller, so that they fit the sheet
PICTURE_WIDTH = 552  # the sheet of 640 less its margins
_TALLEST = 552  # so that a photograph in portrait format fits a screen
_DRAWING = 2  # times as high as wide: no photograph but a drawing, read from top to bottom
_ADDRESS = re.compile(r"(https?://[^\s<>\"]*[^\s<>\".,;:!?)]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)")
_MARKS = tuple(map(tuple, ("“”", "„“", "„”", "«»", "»«", '""', "「」", "『』")))
_SAFE_URL = re.compile(r"(?:https?://|mailto:|tel:)\S+", re.IGNORECASE)


def safe_url(url: str) -> str:
    """Return the URL if a mail may link to it, else nothing."""
    return url if _SAFE_URL.fullmatch(url) else ""


def render_inline(inline: Inline) -> Markup:
    """Return running text as HTML."""
    rendered = Markup("")
    for span in inline:
        text = with_breaks(span.text)
        for wanted, element in ((span.code, "code"), (span.emphasis, "em"), (span.strong, "strong")):
            if wanted:
                text = Markup("<{0}>{1}</{0}>").format(Markup(element), text)  # noqa: S704 - the three names above
        url = safe_url(span.url)
        rendered += Markup('<a href="{}">{}</a>').format(url, text) if url else text
    return rendered


def with_breaks(text: str) -> Markup:
    """Return text escaped, its line breaks as `<br>`."""
    return Markup(str(escape(text)).replace("\n", "<br>"))  # noqa: S704 - it is escaped


def paragraphs(text: str, direction: str = "") -> Markup:
    """Return the text of a cell as HTML paragraphs; with `auto` each is set in its own direction."""
    rendered = []
    for part in split_paragraphs(text):
        own = direction_of_text(part) if direction == "auto" else direction
        attributes = f' dir="{own}" style="text-align: {side_of(own)}"' if own else ""
        rendered.append(f"<p{attributes}>{with_breaks(part)}</p>")
    return Markup("\n".join(rendered))  # noqa: S704 - its text is escaped


def linked(text: str) -> Markup:
    """Return a line of text with the web and mail addresses in it as links."""
    spans = []
    for part in _ADDRESS.split(text):
        is_address = _ADDRESS.fullmatch(part)
        spans.append(Span(part, url=part if is_address and "://" in part else f"mailto:{part}" if is_address else ""))
    return render_inline(tuple(spans))


def quoted(quote: Quote, tongue: Tongue, words: Callable[[Inline], str] = plain) -> list[str]:
    """Return the paragraphs of a quote in the language's marks: each opens with one, the last closes.

    A quote that begins or ends with marks of its own stays as it is: `“We had stopped,” said Ann Bell. “Now we start.”`
    would get doubled marks.
    """
    opening, closing = tongue.quotes
    for text in (plain(part).strip() for part in quote.paragraphs):
        for begin, end in _MARKS:
            if (text.startswith(begin) and end in text[1:]) or (text.endswith(end) and begin in text[:-1]):
                opening = closing = ""
    last = len(quote.paragraphs) - 1
    return [opening + words(part) + (closing if number == last else "") for number, part in enumerate(quote.paragraphs)]


def attribution(quote: Quote, tongue: Tongue) -> str:
    """Return the speaker of a quote: name, role, organisation."""
    return script_of(tongue.tag).comma.join(part for part in (quote.speaker, quote.role, quote.organisation) if part)


def render_blocks(
    blocks: Iterable[Block], *, tongue: Tongue, images: Mapping[str, InlineImage]
) -> list[dict[str, str]]:
    """Return each block as templates see it: its kind, as HTML, and as plain text without line ends around it.

    `images` holds, by `Image.src`, the pictures that travel inside the mail.
    """
    rendered, level = [], 1
    for block in blocks:
        match block:
            case Heading():
                level = min(block.level, level + 1)
                html = Markup("<h{0}>{1}</h{0}>").format(level, render_inline(block.inline))
                text = underline(text_of(block.inline))
            case Paragraph():
                html = Markup("<p>{}</p>").format(render_inline(block.inline))
                text = wrap(text_of(block.inline))
            case Quote():
                by = attribution(block, tongue)
                who = Markup('\n<p class="by">{}</p>').format(by) if by else ""
                speech = speech_paragraphs(block, tongue)
                html = Markup('<blockquote class="quote">\n{}{}\n</blockquote>').format(speech, who)
                below = f"\n{wrap(by, first=f'{_INDENT}– ', rest=f'{_INDENT}  ')}" if by else ""
                text = speech_text(block, tongue) + below
            case ListBlock():
                start = Markup(' start="{}"').format(block.start) if block.ordered and block.start != 1 else ""
                element = "ol" if block.ordered else "ul"
                html = Markup("<{0}{1}>\n{2}\n</{0}>").format(element, start, _render_items(block.items))
                text = _list_in_text(block)
            case Table():
                html = _render_table(block)
                text = columns([text_of(cell) for cell in block.head], [list(map(text_of, row)) for row in block.rows])
            case Image():
                html, text = render_picture(block, tongue, images), picture_in_text(block, tongue)
        rendered.append({"kind": block.kind, "html": html, "text": text})
    return rendered


def speech_paragraphs(quote: Quote, tongue: Tongue) -> Markup:
    """Return the words of a quote as HTML, each paragraph in the marks of the language."""
    return Markup("\n").join(Markup("<p>{}</p>").format(part) for part in quoted(quote, tongue, render_inline))


def list_depth(item: Inline) -> int:
    """Return how deep a flattened item of a nested list was: it is indented by two blanks a level."""
    text = item[0].text if item else ""
    return (len(text) - len(text.lstrip(" "))) // 2


def _render_items(items: Sequence[Inline]) -> Markup:
    """Return list items; those deeper than the item before them become a list inside it."""
    rendered, at = [], 0
    while at < len(items):
        depth, end = list_depth(items[at]), at + 1
        while end < len(items) and list_depth(items[end]) > depth:
            end += 1
        deeper = items[at + 1 : end]
        inside = Markup("\n<ul>\n{}\n</ul>").format(_render_items(deeper)) if deeper else ""
        item = items[at]
        bare = (replace(item[0], text=item[0].text.lstrip(" ")), *item[1:]) if item else item
        rendered.append(Markup("<li>{}{}</li>").format(render_inline(bare), inside))
        at = end
    return Markup("\n").join(rendered)


def _render_table(table: Table) -> Markup:
    """Return a table; classes mark the first cells of a wide one, figures, and words too long for a screen or phone."""
    count = max((len(row) for row in (table.head, *table.rows)), default=0)
    numbers = number_columns([[plain(cell) for cell in row] for row in table.rows], count)
    every = [("th", [False] * count, table.head)] if table.head else []
    every += [("td", numbers, row) for row in table.rows]
    # its least width in letters: figures stay whole, words are broken where a column gets narrow
    least = [0] * count
    for _, figures, row in every:
        for at, (cell, is_figure) in enumerate(zip(row, figures, strict=False)):
            text = plain(cell)
            needed = display_width(text) if is_figure else min(longest_piece(text), _NARROWEST)
            least[at] = max(least[at], needed)
    is_wide = count > _FIT_A_PHONE or sum(least) > _ON_A_PHONE
    rows = []
    for element, _, row in every:
        cells = Markup("")
        for at, (cell, is_number) in enumerate(zip(row, numbers, strict=False)):
            longest = max(map(len, plain(cell).split()), default=0)
            applies = {
                "first": is_wide and not at,
                "number": is_number,
                "long": longest > _LONG_WORD,
                "tight": longest > _ON_A_PHONE // count,
            }
            names = " ".join(name for name, has in applies.items() if has)
            scope = Markup(' scope="col"') if element == "th" else ""
            classes = Markup(' class="{}"').format(names) if names else ""
            cells += Markup("<{0}{1}{2}>{3}</{0}>").format(element, scope, classes, render_inline(cell))
        rows.append(Markup("<tr>{}</tr>").format(cells))
    return Markup('<table class="data{}" width="100%" cellpadding="0" cellspacing="0">\n{}\n</table>').format(
        (" wide" if is_wide else "") + (" dense" if count >= _DENSE else ""), Markup("\n").join(rows)
    )


def render_picture(
    image: Image, tongue: Tongue, images: Mapping[str, InlineImage], *, width: int = PICTURE_WIDTH
) -> Markup:
    """Return a picture with its caption below, at most `width` wide."""
    picture = picture_tag(image, images, width=width)
    below = picture_words(image, tongue, with_alt=not picture)
    caption = Markup('\n<p class="caption">{}</p>').format(below) if below else ""
    return Markup('<div class="picture">{}{}</div>').format(picture, caption)


def picture_words(image: Image, tongue: Tongue, *, with_alt: bool) -> str:
    """Return the text about a picture: caption, credit, licence; first its alternative text, if there is no picture."""
    lead = tongue.phrases["picture"]
    if not image.src:  # perhaps a sentence that only reads like a caption: no brackets round it
        return _sentences((image.caption or image.alt, image.credit), tongue)
    shown = f"[{lead} {image.alt or image.caption}]" if image.alt or image.caption else f"[{lead.rstrip(' :')}]"
    caption = "" if with_alt and image.caption in {image.alt, shown[len(lead) + 2 : -1]} else image.caption
    named = any(mark in image.credit for mark in ":：©")
    credit = image.credit if named or not image.credit else f"{lead} {image.credit}"
    licence = f"{tongue.phrases['licence']} {image.licence}" if image.licence else ""
    if with_alt and (caption or credit or licence):
        return f"{shown} {_sentences((caption, credit, licence), tongue)}"
    return shown if with_alt else _sentences((caption, credit, licence), tongue)


def _sentences(parts: Iterable[str], tongue: Tongue) -> str:
    """Join the texts about a picture, with a full stop where one part ends in a letter and another follows."""
    joined = ""
    for part in filter(None, parts):
        gap = script_of(tongue.tag).stop if joined[-1:].isalnum() else " "
        joined = f"{joined}{gap}{part}" if joined else part
    return joined


def picture_tag(image: Image, images: Mapping[str, InlineImage], *, width: int = PICTURE_WIDTH) -> Markup:
    """Return a picture as an element, at most `width` wide; nothing where there is only its text."""
    if not image.src:
        return Markup("")
    inside = images.get(image.src)
    if inside is None and not re.match(r"https?://", image.src, re.IGNORECASE):
        raise InputProblem(f'the picture "{image.src}" is neither on the web nor available as a file')
    url = (inside.url or f"cid:{inside.content_id}") if inside else image.src
    own_width, own_height = (inside.width, inside.height) if inside and inside.width else (image.width, image.height)
    shown = min(own_width or width, width)
    height = round(own_height * shown / own_width) if own_width and own_height else 0
    if _TALLEST < height <= _DRAWING * shown:
        shown, height = round(shown * _TALLEST / height), _TALLEST
    tall = Markup(' height="{}"').format(height) if height else ""
    return Markup('<img src="{}" alt="{}" width="{}"{}>').format(url, image.alt, shown, tall)


# Plain text.

_INDENT = "    "


def text_of(inline: Inline) -> str:
    """Return running text with its links in full; a link that shows its own address shows it once."""
    text = ""
    for span in inline:
        text += span.text
        url = safe_url(span.url)
        if url and not url.lower().startswith("tel:"):
            target = re.sub(r"^mailto:", "", url, flags=re.IGNORECASE)
            shown, bare_target = (
                re.sub(r"^(?:https?://)?(?:www\.)?|/$", "", each.strip().lower()) for each in (span.text, target)
            )
            text += f" <{target}>" if shown != bare_target else "" if shown else target
    return text


def speech_text(quote: Quote, tongue: Tongue) -> str:
    """Return the words of a quote as indented plain text, each paragraph in the marks of the language."""
    return "\n\n".join(wrap(part, first=_INDENT) for part in quoted(quote, tongue, text_of))


def picture_in_text(image: Image, tongue: Tongue) -> str:
    """Return a picture in plain text: its alternative text, the text about it, its address on the web."""
    url = f"\n<{image.src}>" if re.match(r"https?://", image.src, re.IGNORECASE) else ""
    return wrap(picture_words(image, tongue, with_alt=True)) + url


def _list_in_text(block: ListBlock) -> str:
    lines, number, last = [], block.start, block.start + len(block.items) - 1
    for item in block.items:
        depth = list_depth(item)
        mark = f"{number}.".rjust(len(str(last)) + 1) if block.ordered and not depth else "-"
        lead = f"  {'  ' * depth}{mark} "
        lines.append(wrap(text_of(item), first=lead, rest=" " * len(lead)))
        number += not depth
    return "\n".join(lines)
