"""Files: TOML of the staff's, parsed, with the line of each key, so that what is wrong can be pointed at.

Theory of operation. `tomllib` keeps no lines, so the text is looked through once more for headers and keys, each with
the path that it opens: `[relays.main]` is (relays, main), the second `[[fault]]` is (fault, 1). The line of a path is
that of the longest part of it which is written out; what stands in an inline table is found on the line of its table.
Problems are gathered, so that a file is told with all that is wrong in it, and whoever reads it raises them together.

Gap: what looks like a key within a text of several lines counts as one; no setting has such texts.
Knows no key: `reading`, `faults`, `looks`, `tongues` and `layouts` do.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

from mailer.errors import InputProblem, Problem, did_you_mean
from mailer.settings import Table

_Entry = TypeVar("_Entry", bound=Table)
Key: TypeAlias = tuple[str, ...]  # a key with all the tables above it


class NotToml(InputProblem):
    """A text that is no TOML; it names the source and the line."""

    @property
    def problem(self) -> Problem:
        """Return it as a problem among others."""
        return Problem("toml", self.message, source=self.source, line=self.line)


@dataclass(frozen=True)
class TomlFile:
    """A parsed file; problems found in it are gathered in `problems`, with `code` where they have none of their own."""

    source: str
    text: str = field(repr=False)
    table: dict[str, Any] = field(repr=False)
    code: str = "template"
    problems: list[Problem] = field(default_factory=list)

    def say(self, message: str, *path: str, code: str = "") -> None:
        """Note what is wrong with the key at this path."""
        self.problems.append(Problem(code or self.code, message, source=self.source, line=self.line(*path)))

    def say_unknown(self, have: Iterable[str], known: Iterable[str], *path: str) -> None:
        """Note each key that is none of the known ones, with the nearest."""
        names = list(known)
        for name in have:
            if name not in names:
                message = f"{'.'.join((*path, name))}: there is no such key{did_you_mean(name, names)}"
                self.say(message, *path, name, code="unknown-key")

    def line(self, *path: str) -> int | None:
        """Return the line of a key, else of the nearest table that should hold it; None where neither is written."""
        return self.find(path)[1]

    def find(self, path: Key) -> tuple[int, int | None]:
        """Return how many parts of a path are written out, and the line of the last of them."""
        best: tuple[int, int | None] = (0, None)
        for here, line in self._places:
            depth = min(len(here), len(path))
            if depth > best[0] and here[:depth] == path[:depth]:
                best = (depth, line)
        return best

    @cached_property
    def _places(self) -> tuple[tuple[Key, int], ...]:
        return tuple(_places(self.text))

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


def parse_toml(text: str, *, source: str, code: str = "template") -> TomlFile:
    """Parse a file.

    Raises:
        NotToml: it is no TOML, with the line.
    """
    try:
        return TomlFile(source, text, tomllib.loads(text), code)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at line (\d+), column \d+\)| \(at end of document\)", str(error))
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        said = str(error)[: place.start()] if place else str(error)
        raise NotToml(f"this is not TOML: {said}", source=source, line=line) from None


def parse_entries(
    text: str, name: str, shape: type[_Entry], *, source: str, code: str, hint: str
) -> tuple[_Entry, ...]:
    """Return the tables `[[name]]` of a file that holds nothing else, as values, in their order.

    Raises:
        InputProblem: with a `Problem` for each thing that is wrong, by line.
    """
    try:
        file = parse_toml(text, source=source, code=code)
    except NotToml as error:
        raise InputProblem(f"{source} cannot be used as it is", problems=[error.problem], hint=hint) from None
    file.say_unknown(file.table, (name,))
    entries = file.table.get(name, [])
    found: list[_Entry] = []
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        file.problems.append(Problem(code, f"{name}: write [[{name}]], in two brackets", source=source))
    else:
        for number, entry in enumerate(entries):
            value, wrong = shape.read(entry)
            found += [value] if value is not None else []
            for path, kind, said in wrong:
                message = f"{'.'.join(path)}: {said}" if path else said
                file.say(message, name, str(number), *path, code=kind)
    if file.problems:
        raise InputProblem(f"{source} cannot be used as it is", problems=file.problems, hint=hint)
    return tuple(found)


def _places(text: str) -> Iterator[tuple[Key, int]]:
    table: Key = ()
    seen: Counter[Key] = Counter()
    for line, content in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]", content):
            table = _parts(header[2])
            if header[1] == "[[":
                seen[table] += 1
                table = (*table, str(seen[table] - 1))
            yield table, line
        elif key := re.match(r"""\s*((?:"[^"]*"|'[^']*'|[\w.-])+)\s*=""", content):
            yield (*table, *_parts(key[1])), line


def _parts(dotted: str) -> Key:
    found = re.findall(r"""\s*("[^"]*"|'[^']*'|[^.]+)""", dotted)
    return tuple(part.strip().strip("\"'") for part in found)
