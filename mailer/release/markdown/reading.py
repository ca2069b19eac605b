"""Markdown: a release that its author wrote for this program.

Owns the call of markdown-it (CommonMark with tables, no HTML) and turning its tokens into pieces. Front matter is
read by `frontmatter`; end mark, notes, boilerplates, dateline and statements by the same recognisers as in plain text.

A link must go to http, https, mailto or tel; otherwise its words are kept as plain text, with a warning.
Gaps: a list or table inside a block quote becomes paragraphs, a quote or table inside a list lines of its item, and a
picture inside either follows it; a rule (`---`) is dropped.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.token import Token

from mailer import lazy_re as re
from mailer.errors import Severity
from mailer.release.head.embargo import recognise_embargo
from mailer.release.head.headlines import recognise_headline
from mailer.release.head.holds import report_holds
from mailer.release.head.labels import is_label_line, recognise_dateline, recognise_labels, unquote_labels
from mailer.release.markdown.frontmatter import read_front_matter, split_front_matter, take_site_matter
from mailer.release.media_contacts import recognise_contacts
from mailer.release.people import parse_contact_line
from mailer.release.pieces import (
    BREAK,
    Draft,
    Line,
    Piece,
    find_links,
    is_link_target,
    join_lines,
    merge,
    report_lost_links,
    settle,
)
from mailer.release.quotes.statements import read_block_quote, recognise_statements
from mailer.release.sections import (
    caption_image,
    is_end_mark,
    recognise_call_to_action,
    recognise_end_mark,
    recognise_sections,
)
from mailer.release.values import Block, Heading, Image, Inline, ListBlock, Paragraph, Span, Table, block_inlines, plain
from mailer.release.words import BREADCRUMB, pattern
from mailer.words import read_section

_STEPS = (recognise_end_mark, recognise_sections, recognise_statements, recognise_dateline)
_GUESS_STEPS = (
    unquote_labels,
    recognise_embargo,
    recognise_contacts,
    recognise_labels,
    recognise_end_mark,
    recognise_headline,
)
_LISTS = frozenset({"bullet_list_open", "ordered_list_open"})
_OTHER_SCHEME = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)


_PARSER = MarkdownIt("commonmark", {"html": False, "maxNesting": 100})
# addresses stay as typed, and every one is a link at first: which may be links is decided here, with a
# warning, and a refused one would stay as its raw Markdown
for _name, _answer in (("normalizeLink", str), ("normalizeLinkText", str), ("validateLink", lambda _: True)):
    setattr(_PARSER, _name, _answer)
_PARSER.enable("table")
# threads share the parser; without this, markdown-it would choose its rules at the first text, in a race
for _ruler in (_PARSER.core.ruler, _PARSER.block.ruler, _PARSER.inline.ruler, _PARSER.inline.ruler2):
    _ruler.getRules("")


def read_markdown(text: str, draft: Draft) -> None:
    """Fill a draft from a Markdown release, or from a text that another program wrote as Markdown."""
    text, is_foreign = take_site_matter(text, draft)
    head, body, first_line = split_front_matter(text, draft)
    images: list[Piece] = []
    if head is not None:
        draft.guess = is_foreign
        images = read_front_matter(head, draft, cut=lambda source: cut_markdown(source, draft))
    if draft.guess:
        draft.given -= {"contacts", "dateline"}  # the text may have more
        if pattern(r"\W*(?:{genre})\W*").fullmatch(draft.headline):  # “Press release”, the title of the page
            draft.keep("site", Line(1, draft.headline))
            draft.headline = ""
            draft.given.discard("headline")
        body = read_dialects(body, draft, first_line=first_line)
    draft.pieces = cut_markdown(body, draft, first_line=first_line)
    if draft.guess:
        if draft.pieces and BREADCRUMB.fullmatch(draft.pieces[0].text):  # the path to the page
            draft.keep("page", Line(draft.pieces[0].line, draft.pieces.pop(0).text))
        for step in _GUESS_STEPS:
            step(draft)
    else:
        _take_first_heading(draft)
        recognise_contacts(draft)
    for step in _STEPS:
        step(draft)
    if draft.guess:
        recognise_call_to_action(draft)  # at the end of the story, once the sections behind it are gone
    draft.pieces.extend(images)


def _take_first_heading(draft: Draft) -> None:
    """Read `# Headline` at the top if the front matter has none or the same."""
    first = draft.pieces[0].block if draft.pieces else None
    if not isinstance(first, Heading) or first.level != 1:
        return
    text = draft.pieces[0].text
    if not draft.wants("headline") and text != draft.headline:
        line = draft.pieces[0].line
        draft.report("two-headlines", "a second headline: it stays in the body as a heading", line, Severity.WARNING)
        return
    draft.headline = text
    draft.given.add("headline")
    draft.note("headline", text, draft.pieces[0].line)
    report_lost_links(draft, "headline", text, draft.pieces[0].inline, draft.pieces[0].line)
    del draft.pieces[0]


def cut_markdown(text: str, draft: Draft, *, first_line: int = 1) -> list[Piece]:
    """Cut Markdown into pieces; `first_line` is the line of the file on which the text begins."""
    reader = _Reader(text.split("\n"), draft, first_line)
    found: dict[str, Any] = {}
    pieces = [piece for node in _tree(_PARSER.parse(text, found)) for piece in reader.pieces(*node)]
    for named in found.get("references", {}).values():  # `[//]: # (a comment)`
        report_holds(draft, "a comment", str(named["title"]), first_line + int(named["map"][0]))
    return pieces


_Node: TypeAlias = tuple[Token, list["_Node"]]  # an opening token, and the nodes inside it


def _tree(tokens: Sequence[Token]) -> list[_Node]:
    opened: list[list[_Node]] = [[]]
    for token in tokens:
        if token.nesting < 0:
            opened.pop()
        else:
            inside: list[_Node] = []
            opened[-1].append((token, inside))
            if token.nesting > 0:
                opened.append(inside)
    return opened[0]


class _Reader:
    def __init__(self, lines: Sequence[str], draft: Draft, first_line: int) -> None:
        self._lines = lines
        self._draft = draft
        self._first = first_line
        self._beside: list[Piece] = []  # pictures of a list or a quote, which follow it

    def pieces(self, token: Token, inside: list[_Node]) -> Iterator[Piece]:
        line = self._line(token)
        block: Block | None = None
        beside: list[Piece] = []
        if mark := self._end_mark(token):
            block = Paragraph((Span(mark),))
        elif token.type == "heading_open":
            inline, beside = self._inline(inside[0][0], line)
            block = Heading(inline, int(token.tag[1]))
        elif token.type == "paragraph_open":
            inline, beside = self._inline(inside[0][0], line)
            words = [span for span in inline if span.text.strip()]
            opens = next(iter(inside[0][0].children or ()), token).type == "image"
            if opens and len(beside) == 1 and words and all(span.emphasis for span in words):
                # a picture with a line in italics below it, which is its caption in such files
                image, made = beside[0].block, caption_image(plain(inline).strip())
                if isinstance(image, Image) and not image.caption:
                    image = replace(image, caption=made.caption, credit=image.credit or made.credit)
                yield replace(beside[0], block=image)
                return
            block = Paragraph(inline) if words else None
        elif token.type in {"fence", "code_block"} and token.content.strip():
            block = Paragraph((Span(token.content.rstrip("\n"), code=True),))
        elif token.type in _LISTS:
            ordered = token.type == "ordered_list_open"
            start = int(token.attrGet("start") or 1) if ordered else 1
            block = ListBlock(tuple(self._items(inside, 0)), ordered, start)
        elif token.type == "table_open":
            block = self._table(inside)
        elif token.type == "blockquote_open" and (paragraphs := list(self._paragraphs(inside))):
            block = read_block_quote(paragraphs)
        if block is not None:
            yield Piece(block, line)
        if token.type not in {"heading_open", "paragraph_open"}:
            beside, self._beside = self._beside, []
        yield from beside

    def _line(self, token: Token) -> int:
        return self._first + (token.map[0] if token.map else 0)

    def _end_mark(self, token: Token) -> str:
        """Return the line of a block that is an end mark, since Markdown reads `###` as an empty heading."""
        if token.type not in {"heading_open", "bullet_list_open"} or not token.map or token.map[1] - token.map[0] > 2:
            return ""
        raw, *rest = (line.strip() for line in self._lines[token.map[0] : token.map[1]])
        has_text = any(rest) or (token.type == "heading_open" and any(map(str.isalnum, raw)))
        return raw if not has_text and is_end_mark(raw) else ""

    def _items(self, items: list[_Node], level: int) -> Iterator[Inline]:
        """Yield the items of a list, each followed by those of its inner list, indented by two blanks."""
        for _, blocks in items:
            texts: list[Inline] = []
            inner: list[Inline] = []
            for token, inside in blocks:
                if token.type in _LISTS:
                    inner.extend(self._items(inside, level + 1))
                elif token.type == "table_open":  # by its rows
                    table = self._table(inside)
                    rows = (filter(None, row) for row in (table.head, *table.rows) if any(row))
                    texts.extend(join_lines(row, ", ") for row in rows)
                else:
                    inlines = self._paragraphs(inside if token.type == "blockquote_open" else [(token, inside)])
                    texts.extend(find_links(settle(inline)) for inline in inlines)
            if text := join_lines(texts):
                yield merge((Span("  " * level), *text))
            yield from inner

    def _paragraphs(self, nodes: list[_Node]) -> Iterator[Inline]:
        for piece in (piece for node in nodes for piece in self.pieces(*node)):
            if isinstance(piece.block, Image):
                self._beside.append(piece)
            else:
                yield from filter(None, block_inlines(piece.block))

    def _table(self, parts: list[_Node]) -> Table:
        def settled(cell: list[_Node]) -> Inline:
            inline, images = self._inline(cell[0][0], self._line(cell[0][0])) if cell else ((), [])
            words = [Span(f" {piece.block.alt}") for piece in images if isinstance(piece.block, Image)]
            return find_links(settle((*inline, *words)))

        rows = [tuple(settled(cell) for _, cell in row) for _, part in parts for _, row in part]
        head, *rest = rows or [()]
        return Table(head if any(head) else (), tuple(rest))

    def _inline(self, token: Token, line: int) -> tuple[Inline, list[Piece]]:
        spans: list[Span] = []
        images: list[Piece] = []
        strong = emphasis = 0
        url = ""
        for child in token.children or []:
            if child.type in {"strong_open", "strong_close"}:
                strong += child.nesting
            elif child.type in {"em_open", "em_close"}:
                emphasis += child.nesting
            elif child.type == "link_open":
                url = str(child.attrGet("href") or "")
                report_holds(self._draft, "the title of a link", str(child.attrGet("title") or ""), line)
                if url and not is_link_target(url):
                    message = f'the link to "{url[:80]}" is not http, https, mailto or tel: only its words are kept'
                    self._draft.report("link-dropped", message, line, Severity.WARNING)
                    url = ""
            elif child.type == "link_close":
                url = ""
            elif child.type == "image":
                picture = self._image(child, line)
                images.extend([picture] if picture.block != Image() else [])
            else:
                spans.append(Span(_words(child), strong > 0, emphasis > 0, child.type == "code_inline", url))
        return merge(spans), images

    def _image(self, token: Token, line: int) -> Piece:
        src = str(token.attrGet("src") or "").strip()
        alt = "".join(_words(child) for child in token.children or []) or token.content
        if _OTHER_SCHEME.match(src):
            message = f'the picture "{src[:80]}" is neither a file nor on the web'
            self._draft.report("image-dropped", message, line, Severity.WARNING)
            src = ""
        made = caption_image(str(token.attrGet("title") or ""))
        credit, _, licence = made.credit.partition(" | ")
        return Piece(Image(src, plain(settle((Span(alt),))), made.caption, credit.strip(), licence.strip()), line)


def _words(token: Token) -> str:
    return {"softbreak": "\n", "hardbreak": BREAK}.get(token.type, token.content)


# Dialects: converts extensions of other programs to plain Markdown.
#
# Gaps: a table in HTML becomes the lines of its cells; pandoc's tables without bars and its line blocks become
# paragraphs.

_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_SHOWN = 200  # characters shown of text left out
_MASK, _MASK_END = "\ue000", "\ue001"  # which `source` removes from every text
_FIELD = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_TITLE_BLOCK = re.compile(r"%[ \t]+(?P<title>\S.*)(?:\n%[ \t]*(?P<author>.*))?(?:\n%[ \t]*(?P<date>.*))?")
# dropped, with its words reported; an aside (a callout of Notion) may belong to the release
_ASIDE = re.compile(r"<aside\b[^<>]*>(?P<words>(?:(?!<aside).){0,4000}?)</aside>", re.DOTALL | re.IGNORECASE)
_COMMENT = re.compile(r"<!--(?P<words>(?:(?!<!--).)*?)-->", re.DOTALL)
_SHORTCODE = re.compile(r"\{\{[<%][^{}]*[>%]\}\}|\{%[^{}]*%\}")
_FIGURE = re.compile(r"\{\{[<%]\s*(?:figure|img|image)\s(?P<fields>[^{}]*?)/?[>%]\}\}")


def _image(match: re.Match[str]) -> str:
    fields = {name.lower(): html.unescape(one or other) for name, one, other in _FIELD.findall(match["fields"])}
    if not fields.get("src"):
        return ""
    alt, caption = (re.sub(r"([\[\]\\\"])", r"\\\1", fields.get(name, "")) for name in ("alt", "caption"))
    title = f' "{caption}"' if caption else ""
    return f"![{alt}](<{fields['src']}>{title})"


def _emphasis(match: re.Match[str]) -> str:
    mark = "**" if match["tag"].lower() in {"b", "strong"} else "*"
    words = f"{mark}{match['words']}{mark}" if match["words"] else ""
    return match["lead"] + words + match["tail"]


_SUBSTITUTES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(form, re.IGNORECASE | re.MULTILINE), write)
    for form, write in (
        (r"<img\s(?P<fields>[^<>]*)>", _image),
        (
            r"<(?P<tag>b|strong|i|em)\b[^<>]*>(?P<lead>\s*)(?P<words>(?:[^<>\s](?:[^<>\n]*[^<>\s])?)?)(?P<tail>\s*)</(?P=tag)>",
            _emphasis,
        ),
        (
            r"<a\s[^<>]*?href\s*=\s*(?P<mark>[\"'])(?P<url>[^\"'<>]*)(?P=mark)[^<>]*>(?P<words>[^<>\n]+)</a>",
            lambda match: f"[{match['words']}](<{html.unescape(match['url'])}>)",
        ),
        (
            r"^[ \t]*<h(?P<level>[1-6])\b[^<>]*>(?P<words>(?:(?!<h[1-6]).)*?)</h(?P=level)>[ \t]*$",
            lambda match: f"{'#' * int(match['level'])} {match['words'].strip()}",
        ),
        *((form, *(write or [""])) for form, *write in read_section("release_files", "markdown")["others"]),
        (r"<br\s*/?>[ \t]*", BREAK),
        (rf"{BREAK}+[ \t]*$", "  "),
    )
)


def read_dialects(text: str, draft: Draft, *, first_line: int = 1) -> str:
    """Convert a text of another program to Markdown with as many lines; words left out are kept in the draft."""
    if title := _TITLE_BLOCK.match(text):  # pandoc's: a headline, the author, a line with the day
        if title["author"]:
            draft.keep("site", Line(first_line + 1, title["author"].strip()))
        author = "" if title["author"] is None else "\n"
        date = "" if title["date"] is None else f"\n{title['date'].strip()}"
        text = f"# {title['title']}{author}{date}{text[title.end() :]}"
    lines = text.split("\n")
    begun = 0
    is_code = False
    for at, line in enumerate([*lines, "```"]):
        if _FENCE.match(line):
            if not is_code and at > begun:
                lines[begun:at] = _repair("\n".join(lines[begun:at]), draft, first_line + begun).split("\n")
            is_code = not is_code
            begun = at + 1
    return "\n".join(lines)


def _repair(text: str, draft: Draft, first_line: int) -> str:
    def leave_out(match: re.Match[str]) -> str:
        words = " ".join((match.groupdict().get("words") or match.group()).split())
        if any(map(str.isalnum, words)):
            line = first_line + text.count("\n", 0, match.start())
            draft.report("left-out", f'left out: "{words[:_SHOWN]}"', line)
            if len(words) > _SHOWN:
                report_holds(draft, "the rest of it", words, line)
        return "\n" * match.group().count("\n")

    def aside(match: re.Match[str]) -> str:
        lines = [line.strip(" *_") for line in match["words"].split("\n") if line.strip()]
        is_of_release = any(is_label_line(line) or parse_contact_line(line).reaches for line in lines)
        return match.group() if is_of_release else leave_out(match)

    code: list[str] = []  # text between backquotes stays as typed

    def mask(match: re.Match[str]) -> str:
        code.append(match.group())
        return f"{_MASK}{len(code) - 1}{_MASK_END}"

    text = re.sub(r"`[^`\n]+`", mask, text)
    text = _ASIDE.sub(aside, _COMMENT.sub(leave_out, text))
    text = _SHORTCODE.sub(leave_out, _FIGURE.sub(_image, text))
    for search, write in _SUBSTITUTES:
        text = search.sub(write, text)
    return re.sub(f"{_MASK}(\\d+){_MASK_END}", lambda match: code[int(match[1])], text)
