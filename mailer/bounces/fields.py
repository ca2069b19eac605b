"""Fields: the groups of fields that reports are made of, and what stands in one.

Owns RFC 3464 §2.1 (groups between blank lines), its typed values (`rfc822; ann@example.org`), comments, statuses and
actions, and the xtext of RFC 3461 and RFC 6533. Never raises; real reports have blanks, comments and line breaks in
odd places, and pieces missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from mailer.bounces.values import Action

Fields: TypeAlias = Mapping[str, str]

MAX_GROUPS = 1_000
MAX_VALUE = 4_000
_FIELD = re.compile(r"([A-Za-z][\w-]{1,60})[ \t]*:(?!//)[ \t]*(.*)")
_BLANK = re.compile(r"\n[ \t]*(?=\n)")
_COMMENT = re.compile(r"\([^()]*\)")
_STATUS = re.compile(r"(?<![\d.])([245])\s*\.\s*(\d{1,3})\s*\.\s*(\d{1,3})(?!\.?\d)")
_XTEXT = re.compile(r"\+(2B|3D)")  # the two printable characters that RFC 3461 §4 makes a sender encode
_X400 = re.compile(r"/RFC-?822=([^/;()@\s]{1,64})\(a\)([^/;()@\s]{1,255})/", re.IGNORECASE)  # RFC 2156 §4.3.4
_UNICODE_XTEXT = re.compile(r"\\x\{([0-9A-F]{2,6})\}", re.IGNORECASE)
_ACTIONS = {
    "fail": Action.FAILED,
    "delay": Action.DELAYED,
    "deliver": Action.DELIVERED,
    "relay": Action.RELAYED,
    "expand": Action.EXPANDED,
    "expire": Action.FAILED,
    "error": Action.FAILED,  # OpenSMTPD
    "undeliver": Action.FAILED,
    "bounce": Action.FAILED,
    "reject": Action.FAILED,
    "defer": Action.DELAYED,
    "warn": Action.DELAYED,
}


def parse_groups(text: str) -> list[list[tuple[str, str]]]:
    """Cut text into groups of fields: names in lower case, folded lines joined, in order, repeats kept.

    A line that is neither a field nor folded goes on with the field before it: some servers break a diagnostic
    without an indent.
    """
    groups = []
    for block in re.split(r"\n\n+", _BLANK.sub("\n", text))[:MAX_GROUPS]:
        group: list[tuple[str, str]] = []
        for line in block.split("\n"):
            found = None if line[:1] in {" ", "\t"} else _FIELD.match(line)
            if found:
                group.append((found[1].lower(), found[2].strip()[:MAX_VALUE]))
            elif group and line.strip():
                name, value = group[-1]
                group[-1] = (name, f"{value} {line.strip()}".strip()[:MAX_VALUE])
        if group:
            groups.append(group)
    return groups


def parse_typed(value: str) -> tuple[str, str]:
    """Split `type; value`; a value without a type has an empty one. The type is in lower case."""
    head, mark, rest = value.partition(";")
    kind = strip_comments(head).lower()
    return (kind, rest.strip()) if mark and re.fullmatch(r"[\w./-]*", kind) else ("", value.strip())


def parse_recipient(value: str) -> str:
    """Return the address in a recipient field, bare; what it says instead of one stays as it stands."""
    kind, rest = parse_typed(value)
    if found := _X400.search(rest):
        return f"{found[1]}@{found[2]}"
    text = rest if rest.startswith('"') else strip_comments(rest)
    text = re.sub(r"^mailto:", "", text.strip(" \t'"), flags=re.IGNORECASE)
    inside = re.search(r"<([^<>]*)>", text)
    text = (inside[1] if inside else text).strip(" \t<>'")
    text = text.rstrip(" ;,:")
    if text.count('"') == 1 or (text.startswith('"') and text.endswith('"')):  # quotes round all of it, or half of them
        text = text.strip('" ')
    if kind == "utf-8":
        return _UNICODE_XTEXT.sub(_character, text)
    return _XTEXT.sub(lambda found: "+" if found[1] == "2B" else "=", text)


def parse_status(value: str) -> str:
    """Return the enhanced status code in a value, `5.1.1`, or an empty string."""
    found = _STATUS.search(value)
    return ".".join(str(int(number)) for number in found.groups()) if found else ""


def parse_action(value: str) -> Action | None:
    """Read an action; servers that write `failure` or `Delayed (will retry)` are understood."""
    word = strip_comments(value).lower()
    return next((action for start, action in _ACTIONS.items() if word.startswith(start)), None)


def strip_comments(value: str) -> str:
    """Drop what stands in parentheses, nested ones up to five deep."""
    for _ in range(5):
        value, dropped = _COMMENT.subn(" ", value[:MAX_VALUE])
        if not dropped:
            break
    return value.strip()


def split_repeats(group: list[tuple[str, str]], *names: str) -> Iterator[list[tuple[str, str]]]:
    """Cut a group where one of these fields comes a second time: some servers forget the blank line."""
    piece: list[tuple[str, str]] = []
    for name, value in group:
        if name in names and any(name == key for key, _ in piece):
            yield piece
            piece = []
        piece.append((name, value))
    yield piece


def first_values(group: list[tuple[str, str]]) -> Fields:
    """Return the first value of each field."""
    return dict(reversed(group))


def _character(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    usable = number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF
    return chr(number) if usable else found[0]
