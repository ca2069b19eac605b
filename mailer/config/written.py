"""Written: a small TOML file of the staff's, with the line of each key, so that what is wrong can be pointed at.

Owns the parsing of such a text and the search for lines. Knows no key: `looks` and `tongues` do.
Raises `InputProblem` for what is no TOML.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from mailer.errors import InputProblem, Problem, did_you_mean


@dataclass(frozen=True, slots=True)
class Written:
    """A parsed file; problems found in it are gathered in `problems`."""

    source: str
    text: str = field(repr=False)
    table: dict[str, Any] = field(repr=False)
    problems: list[Problem] = field(default_factory=list)

    def say(self, message: str, *path: str, code: str = "template") -> None:
        """Note what is wrong with the key at this path."""
        self.problems.append(Problem(code, message, source=self.source, line=self.line(*path)))

    def say_unknown(self, have: Iterable[str], known: Iterable[str], *path: str) -> None:
        """Note each key that is none of the known ones, with the nearest."""
        names = list(known)
        for name in have:
            if name not in names:
                dotted = ".".join((*path, name))
                message = f"{dotted}: there is no such key{did_you_mean(name, names)}"
                self.say(message, *path, name, code="unknown-key")

    def line(self, *path: str) -> int | None:
        """Find the line of a key, else that of its table; None where neither is written out."""
        table, at = "", None
        for number, content in enumerate(self.text.splitlines(), start=1):
            head = re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", content)
            if head:
                table = head[1].replace('"', "").replace(" ", "")
                at = number if table == ".".join(path) else at
            elif key := re.match(r'\s*"?([\w.-]+)"?\s*=', content):
                dotted = ".".join(part for part in (table, key[1]) if part)
                if dotted == ".".join(path):
                    return number
                at = number if at is None and ".".join(path).startswith(f"{dotted}.") else at
        return at if at or len(path) < 2 else self.line(*path[:-1])

    def text_of(self, value: object, *path: str) -> str:
        """Return a text; what is none is noted."""
        if isinstance(value, str):
            return value
        self.say(f"{'.'.join(path)}: write it in quotation marks", *path)
        return ""

    def texts_of(self, value: object, *path: str) -> tuple[str, ...]:
        """Return a list of texts; what is none is noted."""
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(value)
        self.say(f'{".".join(path)}: write a list: ["…", "…"]', *path)
        return ()

    def table_of(self, value: object, *path: str) -> dict[str, Any]:
        """Return a table; what is none is noted."""
        if isinstance(value, dict):
            return value
        self.say(f"{'.'.join(path)}: write it as a table, [{'.'.join(path)}]", *path)
        return {}


def parse_written(text: str, *, source: str) -> Written:
    """Parse a file.

    Raises:
        InputProblem: it is no TOML, with the line.
    """
    try:
        return Written(source, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at line (\d+), column \d+\)| \(at end of document\)", str(error))
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        said = str(error)[: place.start()] if place else str(error)
        raise InputProblem(f"this is not TOML: {said}", source=source, line=line) from None
