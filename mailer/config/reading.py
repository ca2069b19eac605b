"""Reading: mailer.toml and the environment become `settings` values.

Owns the reading of the file and of `MAILER_…` variables; what each key may be is the models' business. Never fetches a
password, never writes. All that is wrong with mailer.toml is told at once, with its line.
Raises `ConfigProblem`.

Every key can be overridden by the environment: `MAILER_RELAYS__MAIN__PORT=2525` (two underscores between the parts).
Gaps: only values that can be written as text (no lists, no tables) can be overridden.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

from mailer.config.memory import find_memory
from mailer.config.toml_file import Key, NotToml, TomlFile, parse_toml
from mailer.errors import CONFIG_NAME, ConfigProblem, Problem
from mailer.platform import find_exposed
from mailer.settings import Inbox, Relay, Settings

_PREFIX: Final = "MAILER_"
_KEYED: Final = ("senders", "relays", "inbox")  # tables whose members are named by the staff

Table: TypeAlias = dict[str, Any]
_HasFiles = TypeVar("_HasFiles", Relay, Inbox)


def read_settings(root: Path, environ: Mapping[str, str]) -> Settings:
    """Read mailer.toml of the workspace's folder (it may be missing) and the environment.

    Raises:
        ConfigProblem: with a `Problem` for each thing that is wrong, by line; or others may change the file.
    """
    text = _read(root / CONFIG_NAME)
    if text:
        _refuse_others(root, environ)
    try:
        file = parse_toml(text, source=CONFIG_NAME, code="config")
    except NotToml as error:
        raise ConfigProblem(f"{CONFIG_NAME} cannot be read", problems=[error.problem]) from None
    variables: dict[Key, str] = {}  # by the path that they set
    for variable, path, value in _overrides(environ):
        variables[path] = variable
        _put(file.table, path, value)
    problems = [_problem(file, variables, "unknown-key", path, "there is no such key") for path in _name(file.table)]
    settings, wrong = Settings.read(file.table)
    problems += [_problem(file, variables, code or "config", path, said) for path, code, said in wrong]
    if problems or settings is None:
        raise ConfigProblem(f"{CONFIG_NAME} cannot be used as it is", problems=problems)
    return _from(root, settings)


def _name(table: Table) -> list[Key]:
    """Put the name that each sender, relay and inbox has in the file into it; return where a file says `key` itself."""
    written: list[Key] = []
    for section in _KEYED:
        members = table.get(section)
        for name, member in members.items() if isinstance(members, dict) else ():
            if isinstance(member, dict):
                written += [(section, name, "key")] if "key" in member else []
                member["key"] = name
    return written


def _from(root: Path, settings: Settings) -> Settings:
    """Let files of certificates be found from wherever the command runs, and fill what follows from other keys."""

    def found(file: str) -> str:
        return str(root / Path(file).expanduser()) if file else ""

    def with_files_found(each: _HasFiles) -> _HasFiles:
        return each.replace(ca_file=found(each.ca_file), oauth=each.oauth.replace(ca_file=found(each.oauth.ca_file)))

    # List-Unsubscribe without a List-Id counts as half a mailing list, and against us (SpamAssassin: LIST_PARTIAL)
    senders = {key: each.replace(list_id=each.list_id or each.domain) for key, each in settings.senders.items()}
    relays = {key: with_files_found(relay) for key, relay in settings.relays.items()}
    inboxes = {key: with_files_found(inbox) for key, inbox in settings.inbox.items()}
    return settings.replace(senders=senders, relays=relays, inbox=inboxes)


def _problem(file: TomlFile, variables: Mapping[Key, str], code: str, path: Key, said: str) -> Problem:
    """Return what is wrong at a path as a problem with its line, or with the variable that brought it."""
    depth, line = file.find(path)
    above = [name for where, name in variables.items() if where == path[: len(where)]]
    below = [name for where, name in variables.items() if path == where[: len(path)]]
    variable = next(iter(above or (below if depth < len(path) or code == "config" else [])), "")
    message = f"{'.'.join(path)}: {said}"
    if variable:
        return Problem(code, message, source=variable)
    return Problem(code, message, source=file.source, line=line)


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


def _overrides(environ: Mapping[str, str]) -> Iterator[tuple[str, Key, str]]:
    for name, value in sorted(environ.items()):
        if name.startswith(_PREFIX) and "__" in name:
            yield name, tuple(part.lower() for part in name.removeprefix(_PREFIX).split("__")), value


def _put(table: Table, path: Key, value: str) -> None:
    """Set a value; one that stands where a table is needed gives way, as the variable beats the file."""
    for part in path[:-1]:
        if not isinstance(table.get(part), dict):
            table[part] = {}
        table = table[part]
    table[path[-1]] = value
