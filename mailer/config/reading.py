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
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from mailer.config.memory import find_memory
from mailer.errors import ConfigProblem, Problem, did_you_mean
from mailer.platform import find_exposed
from mailer.settings import CONFIG_NAME, PRESETS, Inbox, Relay, Settings, preset_values

_PREFIX = "MAILER_"
_KEYED = ("senders", "relays", "inbox")  # tables whose members are named by the staff

_MISSING = "is missing"

Table = dict[str, Any]
_HasFiles = TypeVar("_HasFiles", Relay, Inbox)
_Key: TypeAlias = tuple[str, ...]  # a key with all the tables above it


def read_settings(root: Path, environ: Mapping[str, str]) -> Settings:
    """Read mailer.toml of the workspace's folder (it may be missing) and the environment.

    Raises:
        ConfigProblem: with a `Problem` for each thing that is wrong, by line; or others may change the file.
    """
    text = _read(root / CONFIG_NAME)
    if text:
        _refuse_others(root, environ)
    table = _parse(text)
    origin = _Origin(text, {})
    for variable, path, value in _overrides(environ):
        origin.variables[path] = variable
        _put(table, path, value)
    unknown = list(_unknown_keys(Settings, table, ()))
    problems = [origin.problem("unknown-key", path, said) for path, said in unknown]
    try:
        settings = TypeAdapter(Settings).validate_python(_with_keys(table))
    except ValidationError as error:
        misspelt = {path[:-1] for path, _ in unknown}
        wrong = (_wrong_value(dict(detail)) for detail in error.errors())
        problems += [
            origin.problem("config", path, said)
            for path, said in wrong
            if not (said == _MISSING and path[:-1] in misspelt)  # what is missing stands there, misspelt
        ]
    if problems:
        raise ConfigProblem(f"{CONFIG_NAME} cannot be used as it is", problems=problems)
    return _from(root, settings)


def _from(root: Path, settings: Settings) -> Settings:
    """Let files of certificates be found from wherever the command runs, and fill what follows from other keys."""

    def found(file: str) -> str:
        return str(root / Path(file).expanduser()) if file else ""

    def with_files_found(each: _HasFiles) -> _HasFiles:
        oauth = dataclasses.replace(each.oauth, ca_file=found(each.oauth.ca_file))
        return dataclasses.replace(each, ca_file=found(each.ca_file), oauth=oauth)

    # List-Unsubscribe without a List-Id counts as half a mailing list, and against us (SpamAssassin: LIST_PARTIAL)
    senders = {
        key: each if each.list_id else dataclasses.replace(each, list_id=each.domain)
        for key, each in settings.senders.items()
    }
    relays = {key: with_files_found(relay) for key, relay in settings.relays.items()}
    inboxes = {key: with_files_found(inbox) for key, inbox in settings.inbox.items()}
    return dataclasses.replace(settings, senders=senders, relays=relays, inbox=inboxes)


@dataclasses.dataclass(frozen=True, slots=True)
class _Origin:
    """Where each value comes from: the text of mailer.toml, and the variables by the path that they set."""

    text: str
    variables: dict[_Key, str]

    def problem(self, code: str, path: _Key, said: str) -> Problem:
        """Return what is wrong at a path as a problem with its line, or with the variable that brought it."""
        above = [name for where, name in self.variables.items() if where == path[: len(where)]]
        depth, line = _line_of(self.text, path)
        below = [name for where, name in self.variables.items() if path == where[: len(path)]]
        variable = next(iter(above or (below if depth < len(path) or code == "config" else [])), "")
        message = f"{'.'.join(path)}: {said}"
        if variable:
            return Problem(code, message, source=variable)
        return Problem(code, message, source=CONFIG_NAME, line=line)


def _read(path: Path) -> str:
    if not path.exists():
        return ""
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigProblem(f"{path} cannot be read: {error}") from None


def _refuse_others(root: Path, environ: Mapping[str, str]) -> None:
    """Refuse a mailer.toml that others may change: it names commands to run, and where secrets and mail go."""
    exposed = find_exposed(root / CONFIG_NAME)
    if exposed is None or find_memory(environ).trusts(root):
        return
    raise ConfigProblem(
        f"{exposed.path}: {exposed.said}, so {CONFIG_NAME} is not used",
        hint=f"""\
It can run commands as you, and decides where passwords and mail go.
{exposed.fix}
Or, if you trust everybody who can change it:   mailer doctor --trust {shlex.quote(str(root))}""",
    )


def _parse(text: str) -> Table:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+), column \d+\)|\(at end of document\)", str(error))
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        said = str(error)[: place.start()].strip() if place else str(error)
        problem = Problem("toml", f"this is not TOML: {said}", source=CONFIG_NAME, line=line)
        raise ConfigProblem(f"{CONFIG_NAME} cannot be read", problems=[problem]) from None


def _overrides(environ: Mapping[str, str]) -> Iterator[tuple[str, _Key, str]]:
    for name, value in sorted(environ.items()):
        if name.startswith(_PREFIX) and "__" in name:
            yield name, tuple(part.lower() for part in name.removeprefix(_PREFIX).split("__")), value


def _put(table: Table, path: _Key, value: str) -> None:
    """Set a value; one that stands where a table is needed gives way, as the variable beats the file."""
    for part in path[:-1]:
        if not isinstance(table.get(part), dict):
            table[part] = {}
        table = table[part]
    table[path[-1]] = value


def _with_keys(table: Table) -> Table:
    """Tell each sender, relay and inbox the name that it has in the file, and fill what a relay's preset knows."""
    keyed: Table = {
        section: {key: {**value, "key": key} if isinstance(value, dict) else value for key, value in members.items()}
        for section in _KEYED
        if isinstance(members := table.get(section), dict)
    }
    relays = {name: _filled(relay) for name, relay in keyed.get("relays", {}).items()}
    return {**table, **keyed, **({"relays": relays} if relays else {})}


def _filled(relay: Any) -> Any:  # noqa: ANN401 - TOML's
    """Return a relay with what its preset knows and nobody wrote; an unknown preset is told by the relay itself."""
    preset = relay.get("preset", "") if isinstance(relay, dict) else ""
    return {**preset_values(preset), **relay} if preset in PRESETS else relay


def _unknown_keys(shape: type, table: Table, path: _Key) -> Iterator[tuple[_Key, str]]:
    """Find keys that no shape has, with what to say: a misspelt key would silently be a default."""
    hints = get_type_hints(shape)
    known = [field.name for field in dataclasses.fields(shape) if field.name != "key"]
    for name, value in table.items():
        here = (*path, name)
        if name not in known:
            yield here, f"there is no such key{did_you_mean(name, known)}"
            continue
        members = _members(hints[name], value, here)
        for inner, where in members:
            yield from _unknown_keys(inner[0], inner[1], where)


def _members(hint: object, value: object, path: _Key) -> Iterator[tuple[tuple[type, Table], _Key]]:
    """Yield the tables below a value with the shape each must have."""
    if not isinstance(value, dict):
        return
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        yield (hint, value), path
    elif get_origin(hint) is not None:
        shape = get_args(hint)[-1]
        for key, inner in value.items():
            if isinstance(inner, dict):
                yield (shape, inner), (*path, key)


def _wrong_value(detail: Mapping[str, Any]) -> tuple[_Key, str]:
    path = tuple(str(part) for part in detail["loc"] if part != "key")
    said = str(detail["msg"]).removeprefix("Value error, ")
    name, _, rest = said.partition(": ")
    if rest and re.fullmatch(r"[a-z_]+", name):
        path, said = (*path, name), rest
    if detail["type"] in {"missing", "missing_argument"}:
        said = _MISSING
    return path, said


def _line_of(text: str, path: _Key) -> tuple[int, int | None]:
    """Find the line of a key, or of the nearest table that should hold it (tomllib does not keep lines).

    Return how many parts of the path stand in the text, and the line.
    """
    section: _Key = ()
    best: tuple[int, int | None] = (0, None)
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[([^\[\]]+)\]", line)
        key = re.match(r"\s*([\w.\"-]+)\s*=", line)
        if header:
            section = _parts(header[1])
        here = section if header else (*section, *_parts(key[1])) if key else None
        if here and here[: len(path)] == path[: len(here)] and min(len(here), len(path)) > best[0]:
            best = (min(len(here), len(path)), number)
    return best


def _parts(dotted: str) -> _Key:
    return tuple(part.strip().strip("\"'") for part in re.findall(r'"[^"]*"|[^.]+', dotted))
