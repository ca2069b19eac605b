"""Dialects: what other programs write into Markdown beside Markdown itself, as Markdown.

Owns HTML tags among the text, attributes in braces (pandoc, kramdown, Google Docs), shortcodes and tags of site
generators, pandoc's title block and line blocks. Every line stays a line, so that line numbers stay; what is left out
is told. Only for texts that were not written for this program: in a release of ours such signs are words.

Gaps: a table in HTML becomes the lines of its cells; pandoc's tables without bars become paragraphs.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

from mailer.release.head.holds import tell_holds
from mailer.release.head.labels import is_label_line
from mailer.release.inline import BREAK
from mailer.release.people.contact_line import parse_contact_line
from mailer.release.pieces import Draft, Line

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
