"""Waiving: how a warning that is meant stands in a release, under `checks:` and `waive:`.

Owns the form of a waiver's key (`headline-long`, `leftover "TBC"`, `image-credit "*"`) and the writing of one into the
text of a Markdown release, every other byte kept. Never decides what a waiver covers: `checks.waivers` does.
Raises `ValueError` with a sentence for people.
"""

from __future__ import annotations

import yaml

from mailer import lazy_re as re
from mailer.release.markdown.frontmatter import compose_fields, unquoted

FENCE = re.compile(r"(?:---|\.\.\.)[ \t]*")
OPENING = re.compile(r"---[ \t]*")
_MOST = 400
NO_FIELDS = "it has no fields at the top, between two lines of ---; `mailer release import` makes one"


def waiver_key(code: str, about: str = "") -> str:
    """Return the key of a waiver: the code, and what it is about in quotation marks where that is needed."""
    return f'{code} "{about}"' if about else code


def one_line(about: str) -> str:
    """Return what a finding is about as it can stand in a waiver: one line, and no quotation marks like its own."""
    return " ".join(about.replace('"', "'").split())[:_MOST]


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
    end = next((i for i, line in enumerate(lines[1:], 1) if FENCE.fullmatch(line.rstrip("\r"))), 0)
    if not end or not OPENING.fullmatch(lines[0].removeprefix("\ufeff").rstrip("\r")):
        raise ValueError(NO_FIELDS)
    tail = "\r" if lines[0].endswith("\r") else ""
    entry = f"{_scalar(key)}: {_scalar(' '.join(reason.split()))}{tail}"
    checks = _named("checks", compose_fields("\n".join(line.rstrip("\r") for line in lines[1:end])))
    if checks is None:
        lines[end:end] = [f"checks:{tail}", f"  waive:{tail}", f"    {entry}"]
        return "\n".join(lines)
    waive = _named("waive", checks[1])
    if (
        waive is None
        or getattr(waive[1], "flow_style", False)
        or (isinstance(waive[1], yaml.ScalarNode) and waive[1].value)
    ):
        raise ValueError("its `checks:` cannot be added to; write `waive:` on a line of its own below it")
    known: list[tuple[yaml.Node, yaml.Node]] = waive[1].value or []
    indent = " " * (known[0][0].start_mark.column if known else waive[0].start_mark.column + 2)
    start = stop = behind(known[-1][1]) if known else waive[0].start_mark.line + 2
    for known_key, value in known:
        if parse_waiver_key(str(known_key.value)) == parse_waiver_key(key):
            start, stop = known_key.start_mark.line + 1, behind(value)
    lines[start:stop] = [f"{indent}{entry}"]
    return "\n".join(lines)


def drop_waiver(text: str, key: str) -> str:
    """Take a waiver out of the front matter of a release, and `checks:` with the last one.

    Raises:
        ValueError: it has none of that key.
    """
    lines = text.split("\n")
    end = next((i for i, line in enumerate(lines[1:], 1) if FENCE.fullmatch(line.rstrip("\r"))), 0)
    checks = _named("checks", compose_fields("\n".join(line.rstrip("\r") for line in lines[1:end])))
    waive = _named("waive", checks[1]) if checks else None
    known = waive[1].value if waive and isinstance(waive[1], yaml.MappingNode) and not waive[1].flow_style else []
    found = [pair for pair in known if parse_waiver_key(str(pair[0].value)) == parse_waiver_key(key)]
    if not found or checks is None or waive is None:
        raise ValueError(f'it has no line "{key}" under `waive:`')
    first, last = found[0]
    if len(known) == 1:  # the last of them
        first = (checks if len(checks[1].value) == 1 else waive)[0]
    del lines[first.start_mark.line + 1 : behind(last)]
    return "\n".join(lines)


def _named(name: str, node: yaml.Node | None) -> tuple[yaml.Node, yaml.Node] | None:
    """Return the key of that name in a mapping, and its value."""
    pairs = node.value if isinstance(node, yaml.MappingNode) and not node.flow_style else ()
    return next(((key, value) for key, value in pairs if str(key.value).lower() == name), None)


def behind(node: yaml.Node) -> int:
    """Return the place of the line behind a value in its file, counted from 0: the fields begin on the second line."""
    mark = node.end_mark
    return int(mark.line) + 1 + (mark.column > 0)


def _scalar(text: str) -> str:
    return str(yaml.safe_dump(text, allow_unicode=True, width=10_000)).split("\n", maxsplit=1)[0]
