"""Reading: mailer.toml and the environment become `settings` values.

Owns the reading of TOML and of `MAILER_…` variables. Never fetches a password, never writes. All that is wrong with
mailer.toml is told at once, with its line.
Raises `ConfigProblem`.

Every key can be overridden by the environment: `MAILER_RELAYS__MAIN__PORT=2525` (two underscores between the parts).
Gaps: only values that can be written as text (no lists, no tables) can be overridden.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from mailer.errors import ConfigProblem, Problem, did_you_mean
from mailer.settings import CONFIG_NAME, Settings

_PREFIX = "MAILER_"
_KEYED = ("senders", "relays", "inbox")  # tables whose members are named by the staff

Table = dict[str, Any]


def read_settings(root: Path, environ: Mapping[str, str]) -> Settings:
    """Read mailer.toml of the workspace's folder (it may be missing) and the environment.

    Raises:
        ConfigProblem: with a `Problem` for each thing that is wrong, by line.
    """
    path = root / CONFIG_NAME
    text = _read(path)
    table = _parse(text)
    for name, value in _overrides(environ):
        _put(table, name, value)
    problems = list(_unknown_keys(Settings, table, (), text))
    if not problems:
        try:
            return TypeAdapter(Settings).validate_python(_with_keys(table))
        except ValidationError as error:
            problems = [_as_problem(text, dict(detail)) for detail in error.errors()]
    raise ConfigProblem(f"{CONFIG_NAME} cannot be used as it is", problems=problems)


def _read(path: Path) -> str:
    if not path.exists():
        return ""
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigProblem(f"{path} cannot be read: {error}") from None


def _parse(text: str) -> Table:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+), column \d+\)|\(at end of document\)", str(error))
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        said = str(error)[: place.start()].strip() if place else str(error)
        problem = Problem("toml", f"this is not TOML: {said}", source=CONFIG_NAME, line=line)
        raise ConfigProblem(f"{CONFIG_NAME} cannot be read", problems=[problem]) from None


def _overrides(environ: Mapping[str, str]) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, value in sorted(environ.items()):
        if name.startswith(_PREFIX) and "__" in name:
            yield tuple(part.lower() for part in name.removeprefix(_PREFIX).split("__")), value


def _put(table: Table, path: tuple[str, ...], value: str) -> None:
    for part in path[:-1]:
        table = table.setdefault(part, {})
    table[path[-1]] = value


def _with_keys(table: Table) -> Table:
    """Tell each sender, relay and inbox the name that it has in the file."""
    keyed = {
        section: {key: {**value, "key": key} if isinstance(value, dict) else value for key, value in members.items()}
        for section in _KEYED
        if isinstance(members := table.get(section), dict)
    }
    return {**table, **keyed}


def _unknown_keys(shape: type, table: Table, path: tuple[str, ...], text: str) -> Iterator[Problem]:
    """Find keys that no shape has, before values are looked at: a misspelt key would silently be a default."""
    hints = get_type_hints(shape)
    known = [field.name for field in dataclasses.fields(shape) if field.name != "key"]
    for name, value in table.items():
        here = (*path, name)
        if name not in known:
            message = f"{'.'.join(here)}: there is no such key{did_you_mean(name, known)}"
            yield Problem("unknown-key", message, source=CONFIG_NAME, line=_line_of(text, here))
            continue
        members = _members(hints[name], value, here)
        for inner, where in members:
            yield from _unknown_keys(inner[0], inner[1], where, text)


def _members(
    hint: object, value: object, path: tuple[str, ...]
) -> Iterator[tuple[tuple[type, Table], tuple[str, ...]]]:
    """Give the tables below a value with the shape each must have."""
    if not isinstance(value, dict):
        return
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        yield (hint, value), path
    elif get_origin(hint) is not None:
        shape = get_args(hint)[-1]
        for key, inner in value.items():
            if isinstance(inner, dict):
                yield (shape, inner), (*path, key)


def _as_problem(text: str, detail: Mapping[str, Any]) -> Problem:
    path = tuple(str(part) for part in detail["loc"] if part != "key")
    said = str(detail["msg"]).removeprefix("Value error, ")
    name, _, rest = said.partition(": ")
    if rest and re.fullmatch(r"[a-z_]+", name):
        path, said = (*path, name), rest
    if detail["type"] in {"missing", "missing_argument"}:
        said = "is missing"
    return Problem("config", f"{'.'.join(path)}: {said}", source=CONFIG_NAME, line=_line_of(text, path))


def _line_of(text: str, path: tuple[str, ...]) -> int | None:
    """Find the line of a key, or of the nearest table that should hold it (tomllib does not keep lines)."""
    section: tuple[str, ...] = ()
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[([^\[\]]+)\]", line)
        key = re.match(r"\s*([\w.\"-]+)\s*=", line)
        if header:
            section = _parts(header[1])
        here = section if header else (*section, *_parts(key[1])) if key else None
        if here and here == path[: len(here)] and (best is None or len(here) > best[0]):
            best = (len(here), number)
    return best[1] if best else None


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in re.findall(r'"[^"]*"|[^.]+', dotted))
