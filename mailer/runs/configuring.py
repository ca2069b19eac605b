"""Configuring: mailer.toml: shown, changed at the desk, and restored.

Before anything is saved, it is checked as every command will read it: errors are reported with their lines, and nothing
is written. The file is saved like any text of the staff (`Workspace.save`): never over a version that someone else has
saved since, and the version it replaces is kept. Restoring a version is a change like any other. Raises `InputProblem`.

Gap: changes that staff make with an editor leave no earlier version.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from difflib import unified_diff
from typing import Any, Final

from mailer.config.editing import Value, commands, hide, rewrite, unhide
from mailer.config.reading import Key, TomlFile, parse_settings, parse_toml, read_config_file
from mailer.config.secrets import read_given_keys
from mailer.errors import CONFIG_NAME, ConfigProblem, InputProblem, Problem
from mailer.frozen import dataclass, field
from mailer.runs.office import Office
from mailer.workspace import Workspace, as_written, digest_of, plain_lines, read_bytes

_LARGEST: Final = 1_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Configuration:
    """The file as it is: its text with passwords hidden, its SHA-256, its values, and those that the environment sets.

    `variables` has the name of the variable that sets a key, by its path. `problems` are why the file cannot be used.
    """

    text: str = field(repr=False)
    digest: str
    written: Mapping[str, Any] = field(repr=False)
    effective: Mapping[str, Any] = field(repr=False)
    variables: Mapping[Key, str]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class SettingsSaved:
    """The changes, line by line as in `diff -U0`; empty if there are none."""

    lines: tuple[str, ...]


def read_configuration(workspace: Workspace, environ: Mapping[str, str]) -> Configuration:
    """Return mailer.toml as it is, even if it cannot be used."""
    data = _read(workspace)
    text = _decode(data)
    problems: tuple[Problem, ...] = ()
    file = whole = TomlFile(CONFIG_NAME, text, {}, "config")
    try:
        file, whole = parse_toml(text, source=CONFIG_NAME, code="config"), read_config_file(text, environ)
        parse_settings(text, workspace.root, environ)
    except (InputProblem, ConfigProblem) as error:
        problems = error.problems
    return Configuration(hide(text), digest_of(data), file.table, whole.table, whole.variables, problems)


def save(
    workspace: Workspace, environ: Mapping[str, str], new: Mapping[Key, Value | None] | str, *, was: str, now: datetime
) -> SettingsSaved:
    """Change only values by their paths (None removes a key), or replace the whole text of the file.

    Passwords that are hidden in the text stay as they are. `was` is the SHA-256 of the file that was edited.
    """
    data = _read(workspace)
    text = old = _decode(data)
    if digest_of(data) == was:
        text = unhide(new, old) if isinstance(new, str) else rewrite(old, new)
    text = text if not text or text.endswith("\n") else f"{text}\n"
    if text != old:
        try:
            parse_settings(text, workspace.root, environ)
        except ConfigProblem as error:
            raise InputProblem(f"Nothing was saved: {error}", problems=error.problems, hint=error.hint) from None
        before = commands(_table(old))
        for path, command in commands(_table(text)).items():
            if before.get(path) != command:
                raise InputProblem(
                    f"Nothing was saved: {'.'.join(path)} names a command, which would run as this account",
                    hint=f"A command is written into {CONFIG_NAME} on the machine itself. Here, name a variable or a "
                    "file.",
                )
    workspace.save(workspace.config_path, as_written(text, data), was=was, now=now)
    return SettingsSaved(_differences(old, text))


def read_version(workspace: Workspace, name: str) -> str:
    """Return the text of an earlier version, which can be saved like any other."""
    return _decode(workspace.read_version(workspace.config_path, name))


def compare_version(workspace: Workspace, name: str) -> tuple[str, ...]:
    """Return what restoring a version would change, line by line."""
    return _differences(_decode(_read(workspace)), read_version(workspace, name))


def _table(text: str) -> Mapping[str, Any]:
    try:
        return parse_toml(text, source=CONFIG_NAME).table
    except InputProblem:
        return {}


def _differences(old: str, new: str) -> tuple[str, ...]:
    found = unified_diff(hide(old).splitlines(), hide(new).splitlines(), lineterm="", n=0)
    return tuple(line for line in found if not line.startswith(("---", "+++", "@@")))


def _read(workspace: Workspace) -> bytes:
    path = workspace.config_path
    return read_bytes(path, limit=_LARGEST) if path.exists() else b""


def _decode(data: bytes) -> str:
    try:
        return plain_lines(data.decode())
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputProblem("is not UTF-8 text", source=CONFIG_NAME, line=line) from None


# The place of the keys that the ledger was made with, and that every backup needs. No result contains a key, and
# looking creates nothing.


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """The keys of the office: their file or variable, their numbers, or why they cannot be used."""

    place: str
    is_variable: bool
    current: int | None = None
    ids: tuple[int, ...] = ()
    problem: str = ""


def find_keys(office: Office, environ: Mapping[str, str]) -> KeyFacts:
    """Return where the keys are, without which the ledger is useless."""
    is_variable = bool(environ.get("MAILER_KEYS"))
    place = "MAILER_KEYS" if is_variable else str(office.workspace.root / office.settings.keys.file)
    try:
        keys = read_given_keys(office.settings, office.workspace.root, environ)
    except ConfigProblem as error:
        return KeyFacts(place, is_variable, problem=str(error))
    if keys is None:
        return KeyFacts(place, is_variable)
    return KeyFacts(place, is_variable, keys.current, tuple(sorted(keys.secrets)))
