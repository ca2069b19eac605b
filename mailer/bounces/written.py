"""Written: what a person wrote themselves, above and between what they quote.

Owns where a quotation begins and ends, in plain text and in the HTML of the usual mail programs; signatures and the
lines that programs add go too. Never raises.

Gaps: a quotation without any mark at all is taken for the person's words.
"""

from __future__ import annotations

import html
import re

from mailer.bounces.parts import Part
from mailer.words import read_section

MAX_TEXT = 20_000
MAX_NEW = 4_000
MAX_LINES = 400
_ATTRIBUTION_LINES = 3
_LONG_LINE = 55  # a quoted line that was wrapped without its mark follows one at least this long

_QUOTED = re.compile(r"[ \t]{0,3}(?:>|&gt;|＞|\||»|[A-Za-z]{1,4}>)")
_RULE = re.compile(r"\s*[-_=*~—─━▼]{2,}\s?[^-_=*~—─━\n]{3,60}?\s?[-_=*~—─━▼]{2,}\s*$")
_QUOTED_WORDS = read_section("bounces", "quoted")
_FROM = re.compile(rf"\W{{0,4}}(?:{'|'.join(_QUOTED_WORDS['from'])})\W{{0,3}}[:：]", re.IGNORECASE)
_HEAD_FIELD = re.compile(rf"\W{{0,4}}(?:{'|'.join(_QUOTED_WORDS['head_field'])})\W{{0,3}}[:：]", re.IGNORECASE)
_VERB = re.compile(
    rf"\b(?:{'|'.join(_QUOTED_WORDS['verb'])})\b|書きました|のメール|写道|寫道|さん(?:は|の)", re.IGNORECASE
)
_EVIDENCE = re.compile(r"\d{1,4}[./:年-]|\d{4}|@|\d{1,2}\.? \w{3,}")
_SIGNATURE = re.compile(r"(?:--|—|–|-- ?|__+)[ \t]*$")
_MOBILE = re.compile(rf"\W{{0,3}}(?:{'|'.join(_QUOTED_WORDS['mobile'])})", re.IGNORECASE)


def new_text(root: Part) -> str:
    """Return what the writer of a message wrote anew, at most `MAX_NEW` characters of it."""
    bodies = [
        part
        for part in root.walk()
        if not part.parts and not part.header("content-disposition").strip().lower().startswith("attachment")
    ]
    plain = next((part for part in bodies if part.content_type == "text/plain"), None)
    text = cut_quotation(plain.text()) if plain else ""
    if not text:
        markup = next((part for part in bodies if part.content_type == "text/html"), None)
        text = cut_quotation(markup_text(markup.text())) if markup else ""
    return text


def cut_quotation(text: str) -> str:
    """Drop from a body what is quoted, the signature, and the lines that a mail program adds."""
    lines = text[:MAX_TEXT].replace("\u00a0", " ").split("\n")[:MAX_LINES]
    kept: list[str] = []
    at = 0
    while at < len(lines):
        if _ends(lines, at):
            break
        span = _attribution(lines, at)
        following = next((line for line in lines[at + span :] if line.strip()), "")
        if span and not _QUOTED.match(following):
            break
        if not span and not _dropped(lines, at):
            kept.append(lines[at].rstrip())
        at += span or 1
    return "\n".join(kept).strip()[:MAX_NEW]


def _ends(lines: list[str], at: int) -> bool:
    """Return whether everything from this line on is old: a head of the quoted mail, a rule, a signature."""
    line = lines[at]
    if _SIGNATURE.match(line) or (_RULE.match(line) and any(map(str.isalpha, line))):
        return True
    return bool(_FROM.match(line)) and any(_HEAD_FIELD.match(each) for each in lines[at + 1 : at + 5])


def _dropped(lines: list[str], at: int) -> bool:
    line = lines[at]
    if _QUOTED.match(line) or _MOBILE.match(line):
        return True
    torn = 0 < at < len(lines) - 1 and len(lines[at - 1]) >= _LONG_LINE and bool(line.strip())
    return torn and bool(_QUOTED.match(lines[at - 1]) and _QUOTED.match(lines[at + 1]))


def _attribution(lines: list[str], at: int) -> int:
    """Return how many lines “On … wrote:” takes from here, or 0."""
    joined = ""
    for span, line in enumerate(lines[at : at + _ATTRIBUTION_LINES], start=1):
        if not line.strip():
            return 0
        joined = f"{joined} {line.strip()}"[:500]
        if joined.rstrip().endswith((":", "：")):
            return span if _VERB.search(joined) and _EVIDENCE.search(joined) else 0
        if len(joined) > 400 or joined.endswith((".", "!", "?")):
            return 0
    return 0


# Markup: an HTML body as lines of text, with what is quoted in it marked as in plain text.

MAX_MARKUP = 120_000
_NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9]*")
_SPACE = re.compile(r"\s+")
_MAILTO = re.compile(r"""href\s*=\s*["']?mailto:([^"'?>\s]{3,200})""", re.IGNORECASE)
_UNREAD = frozenset({"style", "script", "head", "title"})
_BREAKS = frozenset({"br", "p", "div", "tr", "li", "hr", "table", "h1", "h2", "h3", "ul", "ol", "pre", "td"})
_OLD = re.compile(
    r"divrplyfwdmsg|appendonsend|mail-editor-reference-message|outlookmessageheader|yahoo[_-]quoted|isforwardcontent"
    r"|isreplycontent|ntes-mailmaster-quote|name=\W?quote\b|border-top: ?solid #|border-left: ?solid (?:blue|#)"
    r"|protonmail_quote|zmail_extra|reply-intro",
    re.IGNORECASE,
)
_PAGE_SIGNATURE = re.compile(
    r"gmail_signature\b|moz-signature|outlook-mobile-signature|appleMailSignature", re.IGNORECASE
)


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
        comment = markup.startswith("<!--", start)
        end = markup.find("-->" if comment else ">", start)
        position = len(markup) + 1 if end < 0 else end + (3 if comment else 1)
        tag = markup[start + 1 : position - 1][:2_000]
        found = _NAME.match(tag)
        name = found[0].lower() if found else ""
        if _OLD.search(tag):
            return "".join(out)
        if name in _UNREAD:
            behind = re.compile(f"</{name}", re.IGNORECASE).search(markup, position)
            position = behind.start() if behind else len(markup)
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
    if _PAGE_SIGNATURE.search(tag):
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


def _flat(piece: str) -> str:
    return _SPACE.sub(" ", html.unescape(piece))
