"""Markup: running text and blocks of a release as HTML.

Owns the elements and class names that every template family styles: p, h2-h4, blockquote.quote, ul, ol, table.data,
div.picture. Everything a person wrote is escaped here; a link keeps its address only if its scheme is http, https,
mailto or tel (standards H8). No style stands here: css-inline puts it in after rendering.
Headings never skip a level, whatever the source did (H4).
Raises `InputProblem` for a picture that is a file beside the release and was not handed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from markupsafe import Markup, escape

from mailer.errors import InputProblem
from mailer.message.script import script_of
from mailer.message.text import longest_piece, number_columns, split_paragraphs
from mailer.message.values import InlineImage
from mailer.message.widths import display_width
from mailer.message.words import direction_of_text, side_of
from mailer.release.values import Block, Heading, Image, Inline, ListBlock, Paragraph, Quote, Span, Table, plain
from mailer.settings import Tongue

_LONG_WORD = 24  # letters
_FIT_A_PHONE = 5  # columns of a table
_ON_A_PHONE = 36  # letters, in all columns together
_NARROWEST = 12  # letters; a column of words can be that narrow, its longest ones broken
_DENSE = 9  # columns: their gaps become smaller, so that they fit the sheet
PICTURE_WIDTH = 552  # the sheet of 640 less its margins
_TALLEST = 552  # a photograph in portrait format is seen whole on a screen
_DRAWING = 2  # times as high as wide: no photograph any more, and read from its top to its end
_ADDRESS = re.compile(r"(https?://[^\s<>\"]*[^\s<>\".,;:!?)]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)")
_MARKS = tuple(map(tuple, ("“”", "„“", "„”", "«»", "»«", '""', "「」", "『』")))
_SAFE_URL = re.compile(r"(?:https?://|mailto:|tel:)\S+", re.IGNORECASE)


def safe_url(url: str) -> str:
    """Return the URL if a mail may link to it, else nothing."""
    return url if _SAFE_URL.fullmatch(url) else ""


def render_inline(inline: Inline) -> Markup:
    """Return running text as HTML."""
    return Markup("").join(_render_span(span) for span in inline)


def _render_span(span: Span) -> Markup:
    text = with_breaks(span.text)
    for wanted, element in ((span.code, "code"), (span.emphasis, "em"), (span.strong, "strong")):
        if wanted:
            text = Markup("<{0}>{1}</{0}>").format(Markup(element), text)  # noqa: S704 - the three names above
    url = safe_url(span.url)
    return Markup('<a href="{}">{}</a>').format(url, text) if url else text


def with_breaks(text: str) -> Markup:
    """Return text escaped, its line breaks as `<br>`."""
    return Markup("<br>").join(escape(line) for line in text.split("\n"))


def paragraphs(text: str, direction: str = "") -> Markup:
    """Return what a person typed into a cell as HTML paragraphs; with `auto` each is set in its own direction."""
    parts = split_paragraphs(text)
    openings = [_opening(direction_of_text(part) if direction == "auto" else direction) for part in parts]
    return Markup("\n").join(
        Markup("{}{}</p>").format(opening, with_breaks(part)) for opening, part in zip(openings, parts, strict=True)
    )


def _opening(direction: str) -> Markup:
    if not direction:
        return Markup("<p>")
    return Markup('<p dir="{}" style="text-align: {}">').format(direction, side_of(direction))


def linked(text: str) -> Markup:
    """Return a line of text with the web and mail addresses in it as links."""
    return Markup("").join(render_inline((Span(part, url=_target(part)),)) for part in _ADDRESS.split(text))


def _target(part: str) -> str:
    if not _ADDRESS.fullmatch(part):
        return ""
    return part if "://" in part else f"mailto:{part}"


def marks_of(quote: Quote, tongue: Tongue) -> tuple[str, str]:
    """Return the marks that a quote stands in: the language's, or none where its own words begin or end in marks.

    `“We had stopped,” said Ann Bell. “Now we start.”` has them already: those around it would be doubled.
    """
    return ("", "") if any(_brings_marks(plain(part).strip()) for part in quote.paragraphs) else tongue.quotes


def _brings_marks(text: str) -> bool:
    return any(
        (text.startswith(opening) and closing in text[1:]) or (text.endswith(closing) and opening in text[:-1])
        for opening, closing in _MARKS
    )


def quoted(quote: Quote, tongue: Tongue, words: Callable[[Inline], str] = plain) -> list[str]:
    """Return the paragraphs of a quote in its marks: each opens with one, the last closes."""
    opening, closing = marks_of(quote, tongue)
    last = len(quote.paragraphs) - 1
    return [
        f"{opening}{words(part)}{closing if number == last else ''}" for number, part in enumerate(quote.paragraphs)
    ]


def attribution(quote: Quote, tongue: Tongue) -> str:
    """Return who said it: name, role, organisation."""
    return script_of(tongue.tag).comma.join(part for part in (quote.speaker, quote.role, quote.organisation) if part)


def render_blocks(blocks: Iterable[Block], *, tongue: Tongue, images: Mapping[str, InlineImage]) -> list[Markup]:
    """Return each block as HTML; `images` holds, by `Image.src`, the pictures that travel inside the mail."""
    rendered, level = [], 1
    for block in blocks:
        if isinstance(block, Heading):
            level = min(block.level, level + 1)
            rendered.append(Markup("<h{0}>{1}</h{0}>").format(level, render_inline(block.inline)))
        else:
            rendered.append(_render_block(block, tongue, images))
    return rendered


def _render_block(block: Block, tongue: Tongue, images: Mapping[str, InlineImage]) -> Markup:
    match block:
        case Paragraph() | Heading():
            return Markup("<p>{}</p>").format(render_inline(block.inline))
        case Quote():
            return _render_quote(block, tongue)
        case ListBlock():
            return _render_list(block)
        case Table():
            return _render_table(block)
        case Image():
            return render_picture(block, tongue, images)


def said_paragraphs(quote: Quote, tongue: Tongue) -> Markup:
    """Return what is said in a quote, each paragraph in the marks of the language."""
    opening, closing = marks_of(quote, tongue)
    last = len(quote.paragraphs) - 1
    return Markup("\n").join(
        Markup("<p>{}{}{}</p>").format(opening, render_inline(part), closing if number == last else "")
        for number, part in enumerate(quote.paragraphs)
    )


def _render_quote(quote: Quote, tongue: Tongue) -> Markup:
    by = attribution(quote, tongue)
    who = Markup('\n<p class="by">{}</p>').format(by) if by else ""
    return Markup('<blockquote class="quote">\n{}{}\n</blockquote>').format(said_paragraphs(quote, tongue), who)


def list_depth(item: Inline) -> int:
    """Return how deep a flattened item of a nested list was: two blanks a level stand before it."""
    text = item[0].text if item else ""
    return (len(text) - len(text.lstrip(" "))) // 2


def _render_list(block: ListBlock) -> Markup:
    items = _render_items(block.items)
    if not block.ordered:
        return Markup("<ul>\n{}\n</ul>").format(items)
    start = Markup(' start="{}"').format(block.start) if block.start != 1 else ""
    return Markup("<ol{}>\n{}\n</ol>").format(start, items)


def _render_items(items: Sequence[Inline]) -> Markup:
    """Return list items; what is deeper than the item before it becomes a list inside that item."""
    rendered, at = [], 0
    while at < len(items):
        depth, end = list_depth(items[at]), at + 1
        while end < len(items) and list_depth(items[end]) > depth:
            end += 1
        deeper = items[at + 1 : end]
        inside = Markup("\n<ul>\n{}\n</ul>").format(_render_items(deeper)) if deeper else ""
        rendered.append(Markup("<li>{}{}</li>").format(render_inline(_unindented(items[at])), inside))
        at = end
    return Markup("\n").join(rendered)


def _unindented(item: Inline) -> Inline:
    return (replace(item[0], text=item[0].text.lstrip(" ")), *item[1:]) if item else item


def _render_table(table: Table) -> Markup:
    count = max((len(row) for row in (table.head, *table.rows)), default=0)
    numbers = number_columns([[plain(cell) for cell in row] for row in table.rows], count)
    is_wide = count > _FIT_A_PHONE or _needs(table, numbers) > _ON_A_PHONE
    rows = [_render_row(table.head, "th", numbers, is_wide=is_wide)] if table.head else []
    rows += [_render_row(row, "td", numbers, is_wide=is_wide) for row in table.rows]
    return Markup('<table class="data{}" width="100%" cellpadding="0" cellspacing="0">\n{}\n</table>').format(
        (" wide" if is_wide else "") + (" dense" if count >= _DENSE else ""), Markup("\n").join(rows)
    )


def _needs(table: Table, numbers: Sequence[bool]) -> int:
    """How many letters wide a table is at least: figures stay whole, words are broken where a column gets thin."""
    least = [0] * len(numbers)
    for row, figures in ((table.head, [False] * len(numbers)), *((row, numbers) for row in table.rows)):
        for at, (cell, is_figure) in enumerate(zip(row, figures, strict=False)):
            text = plain(cell)
            needed = display_width(text) if is_figure else min(longest_piece(text), _NARROWEST)
            least[at] = max(least[at], needed)
    return sum(least)


def _render_row(cells: tuple[Inline, ...], element: str, numbers: Sequence[bool], *, is_wide: bool) -> Markup:
    scope = Markup(' scope="col"') if element == "th" else Markup("")
    row = Markup("").join(
        Markup("<{0}{1}{2}>{3}</{0}>").format(
            element,
            scope,
            _cell_class(cell, is_number=number, is_first=is_wide and not at, share=_ON_A_PHONE // len(numbers)),
            render_inline(cell),
        )
        for at, (cell, number) in enumerate(zip(cells, numbers, strict=False))
    )
    return Markup("<tr>{}</tr>").format(row)


def _cell_class(cell: Inline, *, is_number: bool, is_first: bool, share: int) -> Markup:
    """The classes of a cell: the first of a wide table, figures, a word too long for a desktop or for a phone."""
    longest = max(map(len, plain(cell).split()), default=0)
    kinds = {"first": is_first, "number": is_number, "long": longest > _LONG_WORD, "tight": longest > share}
    marks = [name for name, has in kinds.items() if has]
    return Markup(' class="{}"').format(" ".join(marks)) if marks else Markup("")


def render_picture(
    image: Image, tongue: Tongue, images: Mapping[str, InlineImage], *, width: int = PICTURE_WIDTH
) -> Markup:
    """Return a picture and what is said about it below, at most `width` wide.

    Raises:
        InputProblem: it is neither on the web nor in `images`.
    """
    picture = picture_tag(image, images, width=width)
    below = picture_words(image, tongue, with_alt=not picture)
    caption = Markup('\n<p class="caption">{}</p>').format(below) if below else ""
    return Markup('<div class="picture">{}{}</div>').format(picture, caption)


def picture_words(image: Image, tongue: Tongue, *, with_alt: bool) -> str:
    """Return what is said about a picture: caption, credit, licence, after what it shows if it is not there itself."""
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
    """Join what is said about a picture, with a full stop where one part ends in a letter and another follows."""
    said = ""
    for part in filter(None, parts):
        gap = script_of(tongue.tag).stop if said[-1:].isalnum() else " "
        said = f"{said}{gap}{part}" if said else part
    return said


def picture_tag(image: Image, images: Mapping[str, InlineImage], *, width: int = PICTURE_WIDTH) -> Markup:
    """Return a picture as it stands in the page, at most `width` wide; nothing where only its words came.

    Raises:
        InputProblem: it is neither on the web nor in `images`.
    """
    if not image.src:
        return Markup("")
    inside = images.get(image.src)
    if inside is None and not re.match(r"https?://", image.src, re.IGNORECASE):
        raise InputProblem(f'the picture "{image.src}" is neither on the web nor handed over as a file')
    url = f"cid:{inside.content_id}" if inside else image.src
    own_width, own_height = (inside.width, inside.height) if inside and inside.width else (image.width, image.height)
    shown = min(own_width or width, width)
    height = round(own_height * shown / own_width) if own_width and own_height else 0
    if _TALLEST < height <= _DRAWING * shown:
        shown, height = round(shown * _TALLEST / height), _TALLEST
    tall = Markup(' height="{}"').format(height) if height else ""
    return Markup('<img src="{}" alt="{}" width="{}"{}>').format(url, image.alt, shown, tall)
