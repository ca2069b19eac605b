"""Objects: a list in JSON to rows, as programs export one: a list of objects, or an object a line.

A name within a name is a heading of both ("organization name"); several values are parted by semicolons. Of several
lists in a file the longest is the one. RFC 8259. Raises `InputProblem`: it cannot be read, or holds no objects.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from mailer import lazy_re as re
from mailer.errors import InputProblem

_Json: TypeAlias = object
_BEGINS: Final = re.compile(r"\s*(?:\[\s*)?\{\s*[\"}]")


def is_json(lines: Iterable[str]) -> bool:
    """Return whether a text begins as objects do."""
    return bool(_BEGINS.match("".join(lines)[:1000]))


def read_objects(text: str, *, name: str) -> list[list[str]]:
    """Return the headings of all objects, and a row for each of these."""
    try:
        try:
            found: _Json = json.loads(text)
        except json.JSONDecodeError:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        raise InputProblem("is JSON that cannot be read", source=name, hint="Export it once more, or as CSV.") from None
    objects = max(_lists(found), key=len, default=[])
    rows = [dict(_flat(each)) for each in objects]
    header = list(dict.fromkeys(key for row in rows for key in row))
    if not header:
        raise InputProblem("is JSON without a list of people", source=name)
    return [header, *([row.get(key, "") for key in header] for row in rows)]


def _lists(value: _Json, depth: int = 0) -> Iterator[list[_Json]]:
    """Yield the lists of objects in a value, which may be the only object."""
    if isinstance(value, list):
        yield [each if isinstance(each, dict) else {"email": each} for each in value if isinstance(each, (dict, str))]
    elif isinstance(value, dict) and depth < 4:
        yield from (found for each in value.values() for found in _lists(each, depth + 1))
        yield [] if depth else [value]


def _flat(value: _Json, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield each heading of an object with its text."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _flat(each, f"{name} {key}".strip())
    elif isinstance(value, list):
        together: dict[str, list[str]] = {}
        for each in value:
            for key, text in _flat(each, name):
                together.setdefault(key, []).append(text)
        yield from ((key, "; ".join(filter(None, texts))) for key, texts in together.items())
    else:
        text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        yield name, text.strip()
