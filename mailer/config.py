"""Config: mailer.toml, the environment and the places of secrets, read into `settings` values.

Owns the reading of TOML and of `MAILER_…` variables, and the fetching of a password at the moment it is needed.
Never keeps a password, never writes. All that is wrong with mailer.toml is told at once, with its line.
Raises `ConfigProblem`.

Every key can be overridden by the environment: `MAILER_RELAYS__MAIN__PORT=2525` (two underscores between the parts).
Gaps: only values that can be written as text (no lists, no tables) can be overridden.
"""

from __future__ import annotations

import dataclasses
import re
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from mailer.errors import ConfigProblem, Problem, did_you_mean
from mailer.settings import Relay, Secret, Settings
from mailer.tokens import Keys
from mailer.workspace import CONFIG_NAME, Workspace, make_keys, read_keys

_PREFIX = "MAILER_"
_KEYED = ("senders", "relays", "inbox")  # tables whose members are named by the staff
_COMMAND_S = 30.0

Table = dict[str, Any]


def read_settings(workspace: Workspace, environ: Mapping[str, str]) -> Settings:
    """Read mailer.toml (which may be missing) and the environment.

    Raises:
        ConfigProblem: with a `Problem` for each thing that is wrong, by line.
    """
    path = workspace.root / CONFIG_NAME
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


def read_password(relay: Relay, workspace: Workspace, environ: Mapping[str, str]) -> Secret | None:
    """Fetch the relay's password from where mailer.toml says it is; None where the relay wants none.

    Raises:
        ConfigProblem: it is not there, the file can be read by others, or the command failed.
    """
    if relay.password_env:
        value = environ.get(relay.password_env, "")
        if not value:
            raise _no_password(relay, f"the variable {relay.password_env} is empty or not set")
    elif relay.password_file:
        value = _password_from_file(relay, workspace.root / Path(relay.password_file).expanduser())
    elif relay.password_command:
        value = _password_from_command(relay)
    else:
        return None
    return Secret(value)


def read_or_make_keys(settings: Settings, workspace: Workspace, environ: Mapping[str, str]) -> Keys:
    """Give the HMAC keys: from MAILER_KEYS (`ID HEX`, comma between several), else from the key file, made if missing.

    Raises:
        ConfigProblem: the keys are damaged or readable by others.
    """
    given = environ.get(f"{_PREFIX}KEYS", "")
    if not given:
        path = workspace.root / settings.keys.file
        return read_keys(path) or make_keys(path)
    try:
        pairs = [part.split() for part in given.split(",")]
        found = {int(number): bytes.fromhex(text) for number, text in pairs}
    except ValueError:
        raise ConfigProblem(f"{_PREFIX}KEYS is damaged: a number, a blank and a key in hexadecimal") from None
    return Keys(int(pairs[-1][0]), found)


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


def _no_password(relay: Relay, why: str) -> ConfigProblem:
    return ConfigProblem(f"relay {relay.key}: no password: {why}")


def _password_from_file(relay: Relay, path: Path) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigProblem(f"relay {relay.key}: {path} can be read by others", hint=f"chmod 600 {path}")
        value = path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise _no_password(relay, f"{path} cannot be read ({reason})") from None
    if not value:
        raise _no_password(relay, f"{path} is empty")
    return value


def _password_from_command(relay: Relay) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the staff's own command, from their own mailer.toml, without a shell
            relay.password_command, capture_output=True, text=True, timeout=_COMMAND_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _no_password(relay, f"{relay.password_command[0]} did not run ({type(error).__name__})") from None
    if done.returncode or not done.stdout.strip("\r\n"):
        # its output is not shown: it could be half a password
        raise _no_password(relay, f"{relay.password_command[0]} ended with exit code {done.returncode}")
    return done.stdout.splitlines()[0]
