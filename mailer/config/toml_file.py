"""TOML file: what staff wrote is read into tables of `settings`, so that what is wrong can be pointed at.

Theory of operation. What a file may say is the model's business (`settings.Table`); here a model is filled, and each
thing that is wrong is told with its line. `tomllib` keeps no lines, so the text is looked through once more for headers
and keys, each with the path that it opens: `[relays.main]` is (relays, main), the second `[[fault]]` is (fault, 1). The
line of a path is that of the longest part of it which is written out; a key within an inline table is found on the line
of its table. Problems are gathered, so that a file is told with all that is wrong in it.

A variable of the environment sets a key as if it were in the file: `MAILER_RELAYS__MAIN__PORT=2525` (two underscores
between the parts), and what is wrong with it is told by its name.

Gaps: what looks like a key within a text of several lines counts as one; no setting has such texts. Only values that
can be written as text (no lists, no tables) can be given by the environment.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

from mailer.errors import InputProblem, Problem
from mailer.settings.table import Table

_Shape = TypeVar("_Shape", bound=Table)
Key: TypeAlias = tuple[str, ...]  # a key with all the tables above it


@dataclass(frozen=True)
class TomlFile:
    """A parsed file; problems found in it are gathered in `problems`, with `code` where they have none of their own."""

    source: str
    text: str = field(repr=False)
    table: dict[str, Any] = field(repr=False)
    code: str
    problems: list[Problem] = field(default_factory=list)
    variables: dict[Key, str] = field(default_factory=dict)  # of the environment, by the path that they set

    def read(self, shape: type[_Shape], values: object = None) -> _Shape | None:
        """Return the file as a value, or None, all that is wrong being noted; `values` are used instead of its own."""
        found, wrong = shape.read(self.table if values is None else values)
        for path, code, said in wrong:
            is_listed = isinstance(self.table.get(path[0]) if path else None, list)
            shown = ".".join(path[2:] if is_listed and len(path) > 1 else path)  # its line says which of [[several]]
            self.say(f"{shown}: {said}" if shown else said, *path, code=code)
        return found

    def say(self, message: str, *path: str, code: str = "") -> None:
        """Note what is wrong with the key at this path: its line, or the variable that brought it."""
        depth, line = self._find(path)
        variables = [name for where, name in self.variables.items() if where == path[: len(where)]]
        if not variables and (depth < len(path) or code != "unknown-key"):
            variables = [name for where, name in self.variables.items() if path == where[: len(path)]]
        source, line = (variables[0], None) if variables else (self.source, line)
        self.problems.append(Problem(code or self.code, message, source=source, line=line))

    def line(self, *path: str) -> int | None:
        """Return the line of a key, else of the nearest table that should hold it; None where neither is written."""
        return self._find(path)[1]

    def _find(self, path: Key) -> tuple[int, int | None]:
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

    def override(self, environ: Mapping[str, str], prefix: str) -> None:
        """Set what variables say; a value where a table is needed gives way, as the variable beats the file."""
        for name, value in sorted(environ.items()):
            if name.startswith(prefix) and "__" in name:
                path = tuple(part.lower() for part in name.removeprefix(prefix).split("__"))
                table = self.table
                for part in path[:-1]:
                    if not isinstance(table.get(part), dict):
                        table[part] = {}
                    table = table[part]
                table[path[-1]] = value
                self.variables[path] = name


def parse_toml(text: str, *, source: str, code: str = "template") -> TomlFile:
    """Parse a file.

    Raises:
        InputProblem: it is no TOML, with the line, also as a problem among others.
    """
    try:
        return TomlFile(source, text, tomllib.loads(text), code)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at line (\d+), column \d+\)| \(at end of document\)", str(error))
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        said = f"this is not TOML: {str(error)[: place.start()] if place else error}"
        problem = Problem("toml", said, source=source, line=line)
        raise InputProblem(said, source=source, line=line, problems=[problem]) from None


def read_table(text: str, shape: type[_Shape], *, source: str, code: str, hint: str) -> _Shape:
    """Return a file as a value.

    Raises:
        InputProblem: with a `Problem` for each thing that is wrong, by line.
    """
    try:
        file = parse_toml(text, source=source, code=code)
        found, problems = file.read(shape), tuple(file.problems)
    except InputProblem as error:
        found, problems = None, error.problems
    if found is None:
        raise InputProblem(f"{source} cannot be used as it is", problems=problems, hint=hint)
    return found


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
