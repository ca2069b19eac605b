"""Pasted: a line of recipients, copied out of a mail, to rows.

Owns the reading of `"Brook, Ada" <ada@example.org>; bo@example.org`, folded over lines, with or without To: and Cc:
before it, as mail programs and people write it (RFC 5322 §3.4, and what Outlook shows). A display name is a name; the
sender's own line and the subject are left alone. Never judges an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import Final

from mailer.contacts.files.forms import RawRow
from mailer.contacts.meaning.columns import recognised

HEADER: Final = ("Email", "Name")
_ADDRESS: Final = r"[^\s<>\"(),;:\[\]]+@[^\s<>\"(),;:\[\]]+"
_NAME: Final = r"[^\W\d_][\w.'’-]*(?: [\w.'’-]+){0,4}"
_ITEM: Final = re.compile(
    r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"\s*|\'(?P<single>[^\'<>]*)\'(?=\s*<)\s*|(?P<plain>[^"<>;@]*?|[^\s"<>;,]+\s*))'
    rf"[<\[(]{{1,3}}\s*(?:mailto:)?(?P<angle>{_ADDRESS})\s*[>\])]{{1,3}}\s*(?=[,;]|$)"
    rf"|\s*(?!(?:mailto|e-?mail|mail)\s*:)(?P<lead>{_NAME}(?:\s*\([^()@]*\))?)(?:\s+[-–—:]|:|\s)\s*(?P<last>{_ADDRESS})\s*(?=[,;]|$)"
    rf"|\s*(?:(?:mailto|e-?mail|mail)\s*:\s*)?(?P<bare>{_ADDRESS})(?:\s*\((?P<comment>[^()]*)\))?\s*(?=[,;]|$|\s)",
    re.IGNORECASE,
)
_TO: Final = re.compile(
    r"\s*(to|cc|bcc|an|kopie|blindkopie|à|a|para|cco|copie|cci|ccn|aan|do|dw|udw|til|till|kopia|recipients|empfänger|"
    r"destinataires|宛先)\s*[:：]\s*",
    re.IGNORECASE,
)
_OTHER_LINES: Final = re.compile(
    r"\s*(from|von|de|da|van|od|fra|från|sender|date|datum|sent|gesendet|envoyé|fecha|data|subject|betreff|objet|asunto|"
    r"oggetto|onderwerp|temat|emne|ämne|reply-to|差出人|件名)\s*[:：]",
    re.IGNORECASE,
)
_SAMPLE: Final = 40
_SAMPLE_WIDTH: Final = 10_000  # characters of a line that are looked at
_MOST: Final = 1000  # characters of a recipient: a search must not run over all that follows
_ONE: Final = re.compile(rf"(?<![^\s<>\"(),;:\[\]]){_ADDRESS}")  # searched, it starts once a word
_SIGN: Final = re.compile(r"[,;]")
_GAP: Final = re.compile(r"[\s,;]*")


def is_pasted(lines: Sequence[str]) -> bool:
    """Return whether the first lines are recipients as a mail program writes them, and no table.

    One bare address a line is a table of one column, which can be edited; a line with several, or with a name before an
    address in brackets, is not.
    """
    whole = [line[:_SAMPLE_WIDTH] for line in lines[:_SAMPLE] if line[:_SAMPLE_WIDTH].strip()]
    if whole and recognised(re.split(r"[,;\t|]", whole[0].strip())):
        return False
    text = "".join(whole)
    named = bool(re.search(rf"[^\s,;|\t]\"?\s*<\s*{_ADDRESS}\s*>", text))
    named = named or any(re.fullmatch(rf"\s*{_NAME}(?:\s+[-–—:]|:|\s)\s*{_ADDRESS}\s*", line) for line in whole)
    several = any(len(_ONE.findall(line)) > 1 for line in whole)
    headed = any(_TO.match(line) for line in whole)
    alike = len(whole) > 1 and len({len(_ONE.findall(line)) for line in whole}) == 1
    if alike and not (named or headed) and not re.search(r"[,;]\s*$", text, re.MULTILINE):
        return False  # a table with several addresses in each row
    if not (named or several or headed) or "\t" in text or "|" in text:
        return False
    last_may_be_cut = len(lines) > len(whole) or len(lines[-1]) > _SAMPLE_WIDTH
    items = [item for _, item in _items(whole)]
    read = [
        _ITEM.fullmatch(item) is not None for item in items[: -1 if last_may_be_cut else None] if not _is_broken(item)
    ]
    least = 0.6 if len(whole) == 1 or headed else 0.9  # a header has a row below it; one line alone is no table
    return sum(read) >= least * len(read) if read else False


def _is_broken(item: str) -> bool:
    """Return whether an item is an address that somebody broke: it is neither for a pasted line nor against it."""
    return "@" in item and len(item.split()) == 1 and not re.search(r"[,;|\t]", item) and not _ITEM.fullmatch(item)


def read_recipients(lines: Iterable[str]) -> Iterator[RawRow]:
    """Yield each recipient as (line where it stands; address, name); what cannot be read stands as the address."""
    for line, item in _items(lines):
        found = _ITEM.fullmatch(item)
        if found is None:
            yield line, [item, ""]
            continue
        name = found["quoted"] or found["single"] or found["plain"] or found["lead"] or found["comment"] or ""
        yield line, [found["angle"] or found["last"] or found["bare"], _plain_name(name)]


def _items(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Cut the text at the signs that end a recipient: `;`, a comma behind an address, a line end behind an address."""
    pending, start = "", 0
    skipping = False
    for number, raw in enumerate(lines, start=1):
        line = raw.strip("\r\n")
        if line[:1] not in {" ", "\t"} or not skipping:
            skipping = bool(_OTHER_LINES.match(line))
        if skipping:
            continue
        headed = _TO.match(line)
        at = headed.end() if headed else 0
        while (at := _past_gap(line, at)) < len(line):
            start = start if pending else number
            before = f"{pending} " if pending else ""
            text = before + line[at : at + _MOST]
            cut = _end_of_item(text)
            if cut is None and len(text) < _MOST:
                pending = text
                break
            end = at + cut - len(before) if cut is not None else _next_sign(line, at)
            item, pending, at = text[:cut].strip(" ,;"), "", end
            if item:
                yield start, item
    if pending.strip(" ,;"):
        yield start, pending.strip(" ,;")


def _past_gap(line: str, at: int) -> int:
    found = _GAP.match(line, at)
    return found.end() if found else at


def _next_sign(line: str, at: int) -> int:
    found = _SIGN.search(line, at)
    return found.end() if found else len(line)


def _end_of_item(text: str) -> int | None:
    """Return where the first recipient ends, or None where it goes on in the next line: a name before its address."""
    found = _ITEM.match(text)
    if found and "@" in found[0]:
        return found.end()
    for at, quoted in _outside_quotes(text):
        if not quoted and text[at] == ";":
            return at + 1
        if not quoted and text[at] == "," and "@" in text[:at]:
            return at + 1
    return len(text) if "@" in text else None


def _outside_quotes(text: str) -> Iterator[tuple[int, bool]]:
    quoted = False
    for at, c in enumerate(text):
        if c == '"' and text[at - 1 : at] != "\\":
            quoted = not quoted
        yield at, quoted


def _plain_name(text: str) -> str:
    """A display name as people write it: without escapes and quotation marks, encoded words decoded (RFC 2047)."""
    name = re.sub(r"\\(.)", r"\1", text).strip(" \t'\",;:-–—")
    if "=?" in name:
        try:
            name = str(make_header(decode_header(name)))
        except (HeaderParseError, LookupError, UnicodeError):
            return name
    return "" if "@" in name else " ".join(name.split())
