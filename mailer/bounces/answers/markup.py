"""Markup: an HTML body as lines of text, with what is quoted in it marked as in plain text.

Owns what mail programs wrap a quotation in: `<blockquote>` becomes a line that begins with `>`, and the marks of
Outlook, Yahoo, GMX and NetEase behind which everything is old end the reading. A signature becomes `-- `. Never raises,
never looks further than `MAX_MARKUP` characters, one pass.
"""

from __future__ import annotations

import html
import re

MAX_MARKUP = 120_000
_NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9]*")
_SPACE = re.compile(r"\s+")
_MAILTO = re.compile(r"""href\s*=\s*["']?mailto:([^"'?>\s]{3,200})""", re.IGNORECASE)
_UNREAD = frozenset({"style", "script", "head", "title"})
_BREAKS = frozenset({"br", "p", "div", "tr", "li", "hr", "table", "h1", "h2", "h3", "ul", "ol", "pre", "td"})
_OLD = re.compile(
    (
        "divrplyfwdmsg|appendonsend|mail-editor-reference-message|outlookmessageheader|yahoo[_-]quoted"
        "|isforwardcontent"
        r"|isreplycontent|ntes-mailmaster-quote|name=\W?quote\b|border-top: ?solid #"
        "|border-left: ?solid (?:blue|#)"
        "|protonmail_quote|zmail_extra|reply-intro"
    ),
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"gmail_signature\b|moz-signature|outlook-mobile-signature|appleMailSignature", re.IGNORECASE)


def markup_text(markup: str) -> str:
    """Return the text of an HTML body as lines; a quotation is one line `> `, what lies behind a reply's head is gone.

    At most `MAX_MARKUP` characters are looked at.
    """
    markup = markup[:MAX_MARKUP]
    out: list[str] = []
    position = depth = 0
    link = ""
    while (start := markup.find("<", position)) >= 0:
        if not depth:
            out.append(_flat(markup[position:start]))
        position = _tag_end(markup, start)
        tag = markup[start + 1 : position - 1][:2_000]
        found = _NAME.match(tag)
        name = found[0].lower() if found else ""
        if _OLD.search(tag):
            return "".join(out)
        if name in _UNREAD:
            position = _behind(markup, name, position)
        if name == "blockquote":
            depth += 1
            out.append("\n> \n" if depth == 1 else "")
        elif name == "/blockquote":
            depth = max(0, depth - 1)
        elif not depth:
            link = _step(out, name, tag, link)
    return "".join(out) if depth else "".join(out) + _flat(markup[position:])


def _step(out: list[str], name: str, tag: str, link: str) -> str:
    """Write what a tag means into the text; return the address that an open link leads to."""
    if _SIGNATURE.search(tag):
        out.append("\n-- \n")
    if name.strip("/") in _BREAKS:
        out.append("\n\n" if name in {"/p", "/table"} else "\n")
    if name == "a":
        found = _MAILTO.search(tag)
        return found[1] if found else ""
    if name == "/a" and link:
        if not any("@" in piece for piece in out[-3:]):
            out.append(f" <{link}>")
        return ""
    return link


def _tag_end(markup: str, start: int) -> int:
    comment = markup.startswith("<!--", start)
    end = markup.find("-->" if comment else ">", start)
    return len(markup) + 1 if end < 0 else end + (3 if comment else 1)


def _behind(markup: str, name: str, position: int) -> int:
    found = re.compile(f"</{name}", re.IGNORECASE).search(markup, position)
    return found.start() if found else len(markup)


def _flat(piece: str) -> str:
    return _SPACE.sub(" ", html.unescape(piece))
