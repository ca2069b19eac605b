r"""Cards: people as vCard 4.0, for address books.

Owns the properties, the escapes and the folding (RFC 6350; EXPERTISE is RFC 6715's). Never reads cards (`vcard` does).
A list knows no type of telephone, so TEL has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mailer.contacts.searching import several

_FOLD_AT = 75  # octets without the line end, RFC 6350 §3.2


def render_cards(people: Iterator[tuple[Mapping[str, str], str]]) -> Iterator[str]:
    """Yield a card for each person: their fields by meaning, and why they are not mailed (empty: they are)."""
    for fields, blocked in people:
        yield "".join(_fold(line) + "\r\n" for line in _lines(fields, blocked))


def _lines(fields: Mapping[str, str], blocked: str) -> Iterator[str]:
    known = {meaning: value.strip() for meaning, value in fields.items() if value.strip()}
    yield "BEGIN:VCARD"
    yield "VERSION:4.0"
    yield from _names(known)
    yield from _addresses(known)
    for name, meaning, form in _PLAIN:
        if meaning in known and re.fullmatch(form, known[meaning], re.DOTALL):
            yield f"{name}:{_text(known[meaning])}"
    if "country" in known:
        yield f"ADR:;;;;;;{_text(known['country'])}"
    yield from (f"EXPERTISE:{_text(beat)}" for beat in several(known.get("beat", "")))
    tags = [*several(known.get("tags", "")), *(["do not mail"] if blocked else [])]
    if tags:
        yield f"CATEGORIES:{','.join(map(_text, tags))}"
    if blocked:
        yield f"X-MAILER-SUPPRESSED:{_text(blocked)}"
    yield "END:VCARD"


# Each property that is one value of one meaning, and what such a value looks like (LANG: RFC 5646).
_PLAIN = (
    ("ORG", "outlet", ".+"),
    ("TITLE", "role", ".+"),
    ("TEL;VALUE=text", "phone", ".+"),
    ("LANG", "language", "[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*"),
    ("TZ", "time_zone", ".+"),
    ("NOTE", "note", ".+"),
)


def _names(known: Mapping[str, str]) -> Iterator[str]:
    first, last = known.get("first_name", ""), known.get("last_name", "")
    whole = known.get("name") or " ".join(filter(None, (first, last)))
    yield f"FN:{_text(whole or known.get('outlet') or known.get('email', ''))}"
    if first or last:
        yield f"N:{_text(last)};{_text(first)};;;"


def _addresses(known: Mapping[str, str]) -> Iterator[str]:
    others = several(known.get("other_emails", ""))
    if not others:
        yield f"EMAIL:{_text(known.get('email', ''))}"
        return
    for number, address in enumerate((known.get("email", ""), *others), start=1):
        yield f"EMAIL;PREF={number}:{_text(address)}"


def _text(value: str) -> str:
    r"""Escape a value: \ , ; and line breaks (RFC 6350 §3.4)."""
    value = value.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
    return value.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def _fold(line: str) -> str:
    """Fold a line at 75 octets; a character is never cut in two (RFC 6350 §3.2)."""
    parts, part, size = [], "", 0
    for character in line:
        width = len(character.encode())
        if size + width > _FOLD_AT:
            parts.append(part)
            part, size = " ", 1
        part += character
        size += width
    return "\r\n".join([*parts, part])
