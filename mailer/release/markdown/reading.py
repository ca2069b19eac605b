"""Markdown: a release that its author wrote for this program.

Owns the call of markdown-it (CommonMark with tables, no HTML) and the way from its tokens to pieces. Front matter is
read by `frontmatter`; end mark, notes, boilerplates, dateline and statements by the same recognisers as in plain text.

A link goes to http, https, mailto or tel, else its words stay as plain text with a warning (standards H8).
Gaps: a list or table inside a block quote becomes paragraphs, a quote or table inside a list lines of its item, and a
picture inside either follows it; a rule (`---`) is dropped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from mailer.errors import Severity
from mailer.release.head.datelines import recognise_dateline
from mailer.release.head.embargo import recognise_embargo
from mailer.release.head.headlines import recognise_headline
from mailer.release.head.holds import tell_holds
from mailer.release.head.labels import is_label_line, recognise_labels, unquote_labels
from mailer.release.inline import BREAK, is_link_target, merge, settle
from mailer.release.markdown.frontmatter import read_front_matter, take_site_matter
from mailer.release.markdown.yaml_fields import split_front_matter
from mailer.release.media_contacts.section import recognise_contacts
from mailer.release.people.contact_line import parse_contact_line
from mailer.release.pieces import Draft, Line, Piece, say_lost_links, settle_piece
from mailer.release.quotes.statements import read_block_quote, recognise_statements
from mailer.release.sections.sections import is_end_mark, recognise_end_mark, recognise_sections
from mailer.release.sections.tails import caption_image, recognise_call_to_action
from mailer.release.values import Block, Heading, Image, Inline, ListBlock, Paragraph, Span, Table, plain
from mailer.release.words import pattern

_STEPS = (recognise_end_mark, recognise_sections, recognise_statements, recognise_dateline)
_GUESSES = (
    unquote_labels,
    recognise_embargo,
    recognise_contacts,
    recognise_labels,
    recognise_end_mark,
    recognise_headline,
)
_OTHER_SCHEME = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)


class _Parser(MarkdownIt):
    """Markdown that leaves addresses as they are typed: which ones may be links is decided here, with a warning."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - markdown-it's name
        """Return the address as it stands."""
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - markdown-it's name
        """Return the words as they stand."""
        return link

    def validateLink(self, url: str) -> bool:  # noqa: N802 - markdown-it's name
        """Let every address be a link at first: a refused one would stay as its raw Markdown."""
        del url
        return True


def _make_parser() -> _Parser:
    """Make a parser that threads may share: markdown-it chooses its rules at the first text, and that in full sight."""
    parser = _Parser("commonmark", {"html": False, "maxNesting": 100})
    parser.enable("table")
    for ruler in (parser.core.ruler, parser.block.ruler, parser.inline.ruler, parser.inline.ruler2):
        ruler.getRules("")
    return parser


_PARSER = _make_parser()


def read_markdown(text: str, draft: Draft) -> None:
    """Fill a draft from a Markdown release, or from a text that another program wrote as Markdown."""
    text, is_foreign = take_site_matter(text, draft)
    head, body, first_line = split_front_matter(text, draft)
    images: list[Piece] = []
    if head is not None:
        draft.guess = is_foreign
        images = read_front_matter(head, draft, cut=lambda source: cut_markdown(source, draft))
    if draft.guess:
        draft.given -= {"contacts", "dateline"}  # the text may say more of them
        if pattern(r"\W*(?:{genre})\W*").fullmatch(draft.headline):  # “Press release”, as the page is called
            draft.keep("site", Line(1, draft.headline))
            draft.headline = ""
            draft.given.discard("headline")
        body = read_dialects(body, draft, first_line=first_line)
    draft.pieces = cut_markdown(body, draft, first_line=first_line)
    if draft.guess:
        for step in _GUESSES:
            step(draft)
    else:
        _take_first_heading(draft)
        recognise_contacts(draft)
    for step in _STEPS:
        step(draft)
    if draft.guess:
        recognise_call_to_action(draft)  # at the end of the story, which the sections behind it leave bare
    draft.pieces.extend(images)


def _take_first_heading(draft: Draft) -> None:
    """Take `# Headline` at the top, where the front matter has none or the same."""
    first = draft.pieces[0].block if draft.pieces else None
    if not isinstance(first, Heading) or first.level != 1:
        return
    text = draft.pieces[0].text
    if not draft.wants("headline") and text != draft.headline:
        line = draft.pieces[0].line
        draft.say("two-headlines", "a second headline: it stays in the body as a heading", line, Severity.WARNING)
        return
    draft.headline = text
    draft.given.add("headline")
    draft.found("headline", text, draft.pieces[0].line)
    say_lost_links(draft, "headline", text, draft.pieces[0].inline, draft.pieces[0].line)
    del draft.pieces[0]


def cut_markdown(text: str, draft: Draft, *, first_line: int = 1) -> list[Piece]:
    """Cut Markdown into pieces; `first_line` is the line of the file on which the text begins."""
    reader = _Reader(text.split("\n"), draft, first_line)
    found: dict[str, Any] = {}
    pieces = list(reader.blocks(_PARSER.parse(text, found)))
    for named in found.get("references", {}).values():  # `[//]: # (a comment)`
        tell_holds(draft, "a comment", str(named["title"]), first_line + int(named["map"][0]))
    return pieces


class _Reader:
    """Goes over the tokens of one text."""

    def __init__(self, lines: Sequence[str], draft: Draft, first_line: int) -> None:
        self._lines = lines
        self._draft = draft
        self._first = first_line
        self._beside: list[Piece] = []  # pictures of a list or a quote, which follow it

    def blocks(self, tokens: Sequence[Token]) -> Iterator[Piece]:
        """Yield the pieces of a run of block tokens."""
        at = 0
        while at < len(tokens):
            stop = _closing(tokens, at)
            yield from self._block(tokens[at], tokens[at + 1 : stop])
            at = stop + 1

    def _block(self, token: Token, inside: Sequence[Token]) -> Iterator[Piece]:
        line = self._line(token)
        mark = self._end_mark(token)
        if mark:
            yield Piece(Paragraph((Span(mark),)), line)
        elif token.type == "heading_open":
            inline, images = self._inline(inside[0], line)
            yield Piece(Heading(inline, int(token.tag[1])), line)
            yield from images
        elif token.type == "paragraph_open":
            inline, images = self._inline(inside[0], line)
            if _is_caption(inline, images, inside[0]):
                yield _with_caption(images[0], plain(inline).strip())
                return
            if plain(inline).strip():
                yield Piece(Paragraph(inline), line)
            yield from images
        elif token.type in {"fence", "code_block"} and token.content.strip():
            yield Piece(Paragraph((Span(token.content.rstrip("\n"), code=True),)), line)
        else:
            block = self._container(token, inside)
            if block:
                yield Piece(block, line)
            beside, self._beside = self._beside, []
            yield from beside

    def _container(self, token: Token, inside: Sequence[Token]) -> Block | None:
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            ordered = token.type == "ordered_list_open"
            return ListBlock(tuple(self._items(inside, 0)), ordered, int(token.attrGet("start") or 1) if ordered else 1)
        if token.type == "table_open":
            return self._table(inside)
        if token.type == "blockquote_open":
            paragraphs = list(self._paragraphs(_runs(inside)))
            return read_block_quote(paragraphs) if paragraphs else None
        return None

    def _line(self, token: Token) -> int:
        return self._first + (token.map[0] if token.map else 0)

    def _end_mark(self, token: Token) -> str:
        """Return the line of a block that is an end mark, though Markdown reads `###` as an empty heading."""
        if token.type not in {"heading_open", "bullet_list_open"} or not token.map or token.map[1] - token.map[0] > 2:
            return ""
        raw = self._lines[token.map[0]].strip()
        rest = "".join(self._lines[token.map[0] + 1 : token.map[1]]).strip()
        if rest or (token.type == "heading_open" and any(map(str.isalnum, raw))):
            return ""
        return raw if is_end_mark(raw) else ""

    def _items(self, tokens: Sequence[Token], level: int) -> Iterator[Inline]:
        """Yield the items of a list, those of inner lists behind theirs, two blanks further in."""
        at = 0
        while at < len(tokens):
            stop = _closing(tokens, at)
            texts: list[Inline] = []
            inner: list[Inline] = []
            for token, inside in _runs(tokens[at + 1 : stop]):
                if token.type in {"bullet_list_open", "ordered_list_open"}:
                    inner.extend(self._items(inside, level + 1))
                else:
                    texts.extend(self._said_in_item(token, inside))
            text = merge(span for i, one in enumerate(texts) for span in ((Span("\n"),) if i else ()) + one)
            if text:
                yield merge((Span("  " * level), *text))
            yield from inner
            at = stop + 1

    def _said_in_item(self, token: Token, inside: Sequence[Token]) -> Iterator[Inline]:
        """Yield the words of a block of an item: a quote by its paragraphs, a table by its rows."""
        if token.type == "table_open":
            table = self._table(inside)
            for row in filter(any, (table.head, *table.rows)):
                yield tuple(
                    span for i, cell in enumerate(filter(None, row)) for span in ((Span(", "),) * (i > 0) + cell)
                )
            return
        for inline in self._paragraphs(_runs(inside) if token.type == "blockquote_open" else [(token, inside)]):
            yield settle_piece(Piece(Paragraph(inline), 0))

    def _paragraphs(self, runs: Iterable[tuple[Token, Sequence[Token]]]) -> Iterator[Inline]:
        for token, inside in runs:
            for piece in self._block(token, inside):
                if piece.inline:
                    yield piece.inline
                elif isinstance(piece.block, Image):
                    self._beside.append(piece)
                elif isinstance(piece.block, ListBlock):
                    yield from piece.block.items
                elif isinstance(piece.block, Table):
                    yield from (cell for row in (piece.block.head, *piece.block.rows) for cell in row)
                else:
                    yield from getattr(piece.block, "paragraphs", ())

    def _table(self, tokens: Sequence[Token]) -> Table:
        rows: list[tuple[Inline, ...]] = []
        cells: list[Inline] = []
        for token in tokens:
            if token.type == "tr_open":
                cells = []
            elif token.type == "inline":
                inline, images = self._inline(token, self._line(token))
                words = [Span(f" {piece.block.alt}") for piece in images if isinstance(piece.block, Image)]
                cells.append(settle_piece(Piece(Paragraph((*inline, *words)), 0)))
            elif token.type == "tr_close":
                rows.append(tuple(cells))
        head, *rest = rows or [()]
        return Table(head if any(head) else (), tuple(rest))

    def _inline(self, token: Token, line: int) -> tuple[Inline, list[Piece]]:
        """Return running text, and the pictures that stood in it."""
        spans: list[Span] = []
        images: list[Piece] = []
        strong = emphasis = 0
        url = ""
        for child in token.children or []:
            if child.type in {"strong_open", "strong_close"}:
                strong += child.nesting
            elif child.type in {"em_open", "em_close"}:
                emphasis += child.nesting
            elif child.type in {"link_open", "link_close"}:
                url = self._target(child, line)
            elif child.type == "image":
                picture = self._image(child, line)
                images.extend([picture] if picture.block != Image() else [])
            else:
                spans.append(Span(_words(child), strong > 0, emphasis > 0, child.type == "code_inline", url))
        return merge(spans), images

    def _target(self, token: Token, line: int) -> str:
        url = str(token.attrGet("href") or "") if token.nesting > 0 else ""
        tell_holds(self._draft, "the title of a link", str(token.attrGet("title") or ""), line)
        if not url or is_link_target(url):
            return url
        message = f'the link to "{url[:80]}" is no http, https, mailto or tel address: only its words stay'
        self._draft.say("link-dropped", message, line, Severity.WARNING)
        return ""

    def _image(self, token: Token, line: int) -> Piece:
        src = str(token.attrGet("src") or "").strip()
        alt = "".join(_words(child) for child in token.children or []) or token.content
        alt = plain(settle((Span(alt),)))
        if _OTHER_SCHEME.match(src):
            self._draft.say(
                "image-dropped", f'the picture "{src[:80]}" is neither a file nor on the web', line, Severity.WARNING
            )
            src = ""
        title = str(token.attrGet("title") or "")
        made = caption_image(title, src=src, alt=alt)
        credit, _, licence = made.credit.partition(" | ")
        return Piece(Image(src, alt, made.caption, credit.strip(), licence.strip()), line)


def _is_caption(inline: Inline, images: Sequence[Piece], token: Token) -> bool:
    """Return whether a paragraph is a picture, and under it a line in italics, which is its caption in such files."""
    words = [span for span in inline if span.text.strip()]
    opens = next(iter(token.children or ()), token).type == "image"
    return opens and len(images) == 1 and bool(words) and all(span.emphasis for span in words)


def _with_caption(piece: Piece, text: str) -> Piece:
    """Return a picture with the caption under it, unless it has one of its own."""
    image = piece.block
    if not isinstance(image, Image) or image.caption:
        return piece
    made = caption_image(text)
    return replace(piece, block=replace(image, caption=made.caption, credit=image.credit or made.credit))


def _words(token: Token) -> str:
    return {"softbreak": "\n", "hardbreak": BREAK}.get(token.type, token.content)


def _closing(tokens: Sequence[Token], at: int) -> int:
    """Return the index of the token that closes the one at an index (itself, where it opens nothing)."""
    if tokens[at].nesting != 1:
        return at
    depth = 0
    for i in range(at, len(tokens)):
        depth += tokens[i].nesting
        if depth == 0:
            return i
    return len(tokens) - 1


def _runs(tokens: Sequence[Token]) -> Iterator[tuple[Token, Sequence[Token]]]:
    at = 0
    while at < len(tokens):
        stop = _closing(tokens, at)
        yield tokens[at], tokens[at + 1 : stop]
        at = stop + 1


# Dialects: what other programs write into Markdown beside Markdown itself, as Markdown.
#
# Gaps: a table in HTML becomes the lines of its cells; pandoc's tables without bars become paragraphs.

_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_SHOWN = 200  # characters of what is left out
_CODE = re.compile(r"`[^`\n]+`")
_MASK, _MASK_END = "\ue000", "\ue001"  # which `source` takes out of every text
_MASKED = re.compile(f"{_MASK}(\\d+){_MASK_END}")
_COMMENT = re.compile(r"<!--(?P<words>(?:(?!<!--).)*?)-->", re.DOTALL)
_ASIDE = re.compile(r"<aside\b[^<>]*>(?P<words>(?:(?!<aside).){0,4000}?)</aside>", re.DOTALL | re.IGNORECASE)
_BLOCK_TAGS = (
    "p|div|center|section|article|aside|details|summary|figure|figcaption|address|header|footer|main|nav"
    "|table|thead|tbody|tr|td|th|ul|ol|li|dl|dt|dd|blockquote"
)
_INLINE_TAGS = "span|u|sup|sub|small|mark|font|kbd|big|time|abbr|a|b|strong|i|em|s|del|ins|picture|source|wbr"
_PAIR = re.compile(
    r"<(?P<tag>b|strong|i|em)\b[^<>]*>(?P<lead>\s*)(?P<words>(?:[^<>\s](?:[^<>\n]*[^<>\s])?)?)(?P<tail>\s*)</(?P=tag)>",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"<a\s[^<>]*?href\s*=\s*(?P<mark>[\"'])(?P<url>[^\"'<>]*)(?P=mark)[^<>]*>(?P<words>[^<>\n]+)</a>", re.IGNORECASE
)
_HEADING = re.compile(
    r"^[ \t]*<h(?P<level>[1-6])\b[^<>]*>(?P<words>(?:(?!<h[1-6]).)*?)</h(?P=level)>[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_IMAGE = re.compile(r"<img\s(?P<fields>[^<>]*)>", re.IGNORECASE)
_FIGURE = re.compile(r"\{\{[<%]\s*(?:figure|img|image)\s(?P<fields>[^{}]*?)/?[>%]\}\}")
_FIELD = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_BREAK = re.compile(r"<br\s*/?>[ \t]*", re.IGNORECASE)
_BREAK_AT_END = re.compile(rf"{BREAK}+[ \t]*$", re.MULTILINE)
_BLOCK = re.compile(
    rf"^[ \t]*</?(?:{_BLOCK_TAGS})\b[^<>]*>|</?(?:{_BLOCK_TAGS})\b[^<>]*>[ \t]*$", re.IGNORECASE | re.MULTILINE
)
_TAG = re.compile(rf"</?(?:{_BLOCK_TAGS}|{_INLINE_TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_SHORTCODE = re.compile(r"\{\{[<%][^{}]*[>%]\}\}|\{%[^{}]*%\}")
_VARIABLE = re.compile(r"\{\{-?\s*(?:page|site|\.)[\w.]*[^{}]*\}\}")
_IN_TARGET = re.compile(r"(?<=\]\()[ \t]*\{\{[^{}]*\}\}[ \t]*")
_SPAN = re.compile(r"(?<!\!)\[(?P<words>[^\[\]]+)\]\{[.#][^{}]*\}")
_AFTER = re.compile(r"(?<=[)*_])\{(?:[.#:][^{}]*|[a-z]+=[^{}]*)\}")
_ATTRIBUTES = re.compile(r"^(?P<heading>#{1,6} [^{}\n]*)\{:?[ \t]*[#.-][^{}\n]*\}[ \t]*$", re.MULTILINE)
_ALONE = re.compile(r"^[ \t]*(?:\{:[^{}]*\}|:{3,}[ \t]*(?:\{[^{}]*\}|[\w-]*)[ \t]*)$", re.MULTILINE)
_TITLE_BLOCK = re.compile(r"%[ \t]+(?P<title>\S.*)(?:\n%[ \t]*(?P<author>.*))?(?:\n%[ \t]*(?P<date>.*))?")
_LINE_BLOCK = re.compile(r"\|[ \t]+(?P<words>[^|\n]*[^|\s])[ \t]*")


def read_dialects(text: str, draft: Draft, *, first_line: int = 1) -> str:
    """Return a text of another program as Markdown, with as many lines; words that go are kept in the draft."""
    text = _title_block(text, draft, first_line)
    lines = text.split("\n")
    begun = 0
    is_code = False
    for at, line in enumerate([*lines, "```"]):
        if not _FENCE.match(line):
            continue
        if not is_code:
            part = _mend("\n".join(lines[begun:at]), draft, first_line + begun).split("\n")
            lines[begun:at] = part if at > begun else []
        is_code = not is_code
        begun = at + 1
    return "\n".join(lines)


def _mend(text: str, draft: Draft, first_line: int) -> str:
    def leave_out(match: re.Match[str]) -> str:
        words = " ".join((match.groupdict().get("words") or match.group()).split())
        if any(map(str.isalnum, words)):
            line = first_line + text.count("\n", 0, match.start())
            draft.say("left-out", f'left out: "{words[:_SHOWN]}"', line)
            if len(words) > _SHOWN:
                tell_holds(draft, "the rest of it", words, line)
        return "\n" * match.group().count("\n")

    code: list[str] = []

    def mask(match: re.Match[str]) -> str:
        code.append(match.group())
        return f"{_MASK}{len(code) - 1}{_MASK_END}"

    text = _CODE.sub(mask, text)
    text = _COMMENT.sub(leave_out, text)
    text = _ASIDE.sub(lambda match: match.group() if _is_of_release(match["words"]) else leave_out(match), text)
    text = _FIGURE.sub(_image, text)
    text = _SHORTCODE.sub(leave_out, text)
    for search, write in _SUBSTITUTES:
        text = search.sub(write, text)
    text = "\n".join(_line_blocks(text.split("\n")))
    return _MASKED.sub(lambda match: code[int(match.group(1))], text)


def _is_of_release(words: str) -> bool:
    """Return whether a note set beside the text (a callout of Notion) has a label, an embargo or a contact in it."""
    lines = [line.strip(" *_") for line in words.split("\n") if line.strip()]
    return any(is_label_line(line) or parse_contact_line(line).reaches for line in lines)


def _image(match: re.Match[str]) -> str:
    fields = {name.lower(): html.unescape(one or other) for name, one, other in _FIELD.findall(match["fields"])}
    if not fields.get("src"):
        return ""
    alt, caption = (re.sub(r"([\[\]\\\"])", r"\\\1", fields.get(name, "")) for name in ("alt", "caption"))
    title = f' "{caption}"' if caption else ""
    return f"![{alt}](<{fields['src']}>{title})"


def _looks(match: re.Match[str]) -> str:
    mark = "**" if match["tag"].lower() in {"b", "strong"} else "*"
    words = f"{mark}{match['words']}{mark}" if match["words"] else ""
    return match["lead"] + words + match["tail"]


_SUBSTITUTES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (_IMAGE, _image),
    (_PAIR, _looks),
    (_LINK, lambda match: f"[{match['words']}](<{html.unescape(match['url'])}>)"),
    (_HEADING, lambda match: f"{'#' * int(match['level'])} {match['words'].strip()}"),
    (_BLOCK, ""),
    (_TAG, ""),
    (_BREAK, BREAK),
    (_BREAK_AT_END, "  "),
    (_IN_TARGET, ""),
    (_VARIABLE, ""),
    (_SPAN, lambda match: match["words"]),
    (_AFTER, ""),
    (_ATTRIBUTES, lambda match: match["heading"]),
    (_ALONE, ""),
)


def _line_blocks(lines: list[str]) -> Iterator[str]:
    """Yield lines that pandoc keeps as they stand (`| …`) with a break at the end of each; a table has more bars."""
    for at, line in enumerate(lines):
        match = _LINE_BLOCK.fullmatch(line)
        beside = [other for other in lines[max(0, at - 1) : at + 2] if other is not line]
        if match and any(map(_LINE_BLOCK.fullmatch, beside)):
            yield match["words"] + "  "
        else:
            yield line


def _title_block(text: str, draft: Draft, first_line: int) -> str:
    """Return pandoc's title block (`% Title`, `% Author`, `% Date`) as a headline and a line with the day."""
    match = _TITLE_BLOCK.match(text)
    if not match:
        return text
    if match["author"]:
        draft.keep("site", Line(first_line + 1, match["author"].strip()))
    rest = [line for line in (match["author"], match["date"]) if line is not None]
    lines = [f"# {match['title']}", *("" for _ in rest)]
    if match["date"]:
        lines[-1] = match["date"].strip()
    return "\n".join(lines) + text[match.end() :]
