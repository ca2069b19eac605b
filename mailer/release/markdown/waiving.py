"""Waiving: how a warning that is meant stands in a release, under `checks:` and `waive:`.

Owns the form of a waiver's key (`headline-long`, `leftover "TBC"`, `image-credit "*"`) and the writing of one into the
text of a Markdown release, every other byte kept. Never decides what a waiver covers: `checks.waivers` does.
Raises `ValueError` with a sentence for people.
"""

from __future__ import annotations

import re

_FENCE = re.compile(r"(?:---|\.\.\.)[ \t]*")
_OPENING = re.compile(r"---[ \t]*")
_BARE = re.compile(r"[\w][\w \-/.,;()'’]*")
_BARE_KEY = re.compile(r"[\w-]+(?: \"[^\":#']+\")?")
_MAX_ABOUT = 60
_MOST = 400
NO_FIELDS = "it has no fields at the top, between two lines of ---; `mailer release import` makes such a file"


def waiver_key(code: str, about: str = "") -> str:
    """Return the key of a waiver: the code, and what it is about in quotation marks where that is needed."""
    return f'{code} "{about}"' if about else code


def one_line(about: str) -> str:
    """Return what a finding is about as it can stand in a waiver: one line, and no quotation marks like its own."""
    return " ".join(about.replace('"', "'").split())[:_MOST]


def shortened(about: str) -> str:
    """Return the beginning of what a finding is about; it stands for the whole, `…` being its end."""
    return about if len(about) <= _MAX_ABOUT else f"{about[: _MAX_ABOUT - 1].rstrip()}…"


def unquoted(text: str) -> str:
    """Return what stands in quotation marks, or the text where it stands without."""
    bare = text.strip()
    for first, last in (('"', '"'), ("“", "”"), ("'", "'"), ("„", "“"), ("«", "»")):
        if len(bare) > 1 and bare.startswith(first) and bare.endswith(last):
            return bare[1:-1].strip()
    return bare


def parse_waiver_key(key: str) -> tuple[str, str]:
    """Read a key as `waiver_key` writes it: the code, and what it is about."""
    code, _, about = " ".join(key.split()).partition(" ")
    return code, unquoted(about)


def add_waiver(text: str, key: str, reason: str) -> str:
    """Write a waiver into the front matter of a release; one of that key is replaced.

    Raises:
        ValueError: the text has no front matter, or its `checks:` are written in a way that nothing can be added to.
    """
    lines = text.split("\n")
    end = next((i for i, line in enumerate(lines[1:], 1) if _FENCE.fullmatch(line.rstrip("\r"))), 0)
    if not end or not _OPENING.fullmatch(lines[0].removeprefix("\ufeff").rstrip("\r")):
        raise ValueError(NO_FIELDS)
    tail = "\r" if lines[0].endswith("\r") else ""
    checks = _line_of("checks", lines[:end], 1, top=True)
    if checks is None:
        lines[end:end] = [f"checks:{tail}", f"  waive:{tail}", f"    {_entry(key, reason)}{tail}"]
        return "\n".join(lines)
    stop = _block_end(lines, checks, end)
    waive = _line_of("waive", lines[:stop], checks + 1)
    if waive is None:
        raise ValueError("its `checks:` cannot be added to; write `waive:` on a line of its own below it")
    lines[waive + 1 : stop] = _with(lines[waive + 1 : stop], key, f"{_entry(key, reason)}{tail}", lines[waive])
    return "\n".join(lines)


def _with(entries: list[str], key: str, entry: str, above: str) -> list[str]:
    """Return the entries below `waive:` with one more, or with one replaced."""
    first = next((line for line in entries if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip())] or " " * (_indent(above) + 2)
    same = (
        i for i, line in enumerate(entries) if line.strip() and parse_waiver_key(_key_of(line)) == parse_waiver_key(key)
    )
    at = next(same, None)
    if at is None:
        return [*entries, f"{indent}{entry}"]
    after = next((i for i in range(at + 1, len(entries)) if _indent(entries[i]) <= len(indent)), len(entries))
    return [*entries[:at], f"{indent}{entry}", *entries[after:]]


def _key_of(line: str) -> str:
    bare = line.strip()
    quoted = re.match(r"'((?:[^']|'')*)'\s*:", bare)
    if quoted:
        return quoted.group(1).replace("''", "'")
    plain = re.match(r'(\S+ "[^"]*"|[^:]+)\s*:', bare)
    return plain.group(1) if plain else bare


def _line_of(key: str, lines: list[str], start: int, *, top: bool = False) -> int | None:
    """Find the line `key:` that opens a block; one with a value beside it cannot be added to."""
    for i in range(start, len(lines)):
        if top and _indent(lines[i]):
            continue
        if re.fullmatch(rf"{key}:[ \t]*(?:#.*)?", lines[i].strip(), re.IGNORECASE):
            return i
        if top and re.match(rf"{key}:", lines[i], re.IGNORECASE):
            raise ValueError(f"its `{key}:` cannot be added to; write what stands beside it on lines of its own below")
    return None


def _block_end(lines: list[str], at: int, end: int) -> int:
    """Return the line behind a block: the next that is not further in, blank lines before it not counted."""
    stop = next((i for i in range(at + 1, end) if lines[i].strip() and _indent(lines[i]) <= _indent(lines[at])), end)
    while not lines[stop - 1].strip():
        stop -= 1
    return stop


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _entry(key: str, reason: str) -> str:
    return f"{_scalar(key, is_key=True)}: {_scalar(' '.join(reason.split()))}"


def _scalar(text: str, *, is_key: bool = False) -> str:
    """Write a YAML text bare where every reader of YAML takes it as it stands, else in single quotation marks."""
    is_bare = _BARE_KEY.fullmatch(text) if is_key else _BARE.fullmatch(text)
    return text if is_bare else "'" + text.replace("'", "''") + "'"
