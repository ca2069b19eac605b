"""Editing: mailer.toml as a form shows it, and its text with some of its values changed.

Theory of operation. The models of `settings` say what a table may hold, so a form of it is read from them (`entries`):
a key is a line of text, a number, a choice or a list; the labels, and their order, are in words/settings.toml. A
change in a form becomes a change of the text by tomlkit (`rewrite`): only the lines of those keys change, a new key
goes behind the last one of its table, and a new table to the end of the file, so that comments and order stay. The new
text is then parsed again and compared with the intended values. A file that cannot be changed in this way is refused;
nothing is guessed.

Two things do not pass through here. A password in an address (`[ledger] url`) is shown as `***` and put back when the
text is saved (`hide`, `unhide`). A command that fetches a secret runs as this account: a user who could write one at a
desk would have the machine. `commands` finds them, and new ones are refused when a file is saved.

Text in, text out: never reads or writes a file. Raises `InputProblem`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Any, Final, Literal, TypeAlias, get_args, get_origin

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Item
from tomlkit.items import Table as TomlTable

from mailer import lazy_re as re
from mailer.config.reading import Key
from mailer.errors import CONFIG_NAME, InputProblem
from mailer.frozen import dataclass
from mailer.settings import Settings
from mailer.settings.table import Table, table_in
from mailer.words import read_section

Value: TypeAlias = str | int | float | bool | list[str] | list[str | int | float]

# Forms.


class Kind(StrEnum):
    """The kind of a key's value, by which a form shows it; `FIXED`: it is changed only in the file itself."""

    TEXT = "text"
    NUMBER = "number"
    SWITCH = "switch"
    CHOICE = "choice"
    LINES = "lines"
    NUMBERS = "numbers"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a table: its path below the table, its label in a form, and its default."""

    path: Key
    label: str
    kind: Kind
    hint: str = ""
    default: str = ""
    options: tuple[str, ...] = ()
    is_required: bool = False

    @property
    def name(self) -> str:
        """Return its name in a form and in mailer.toml."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Described:
    """A table of mailer.toml: its path, title and purpose, and the word for one of several named ones."""

    path: Key
    title: str
    about: str
    one: str
    shape: type[Table]

    @property
    def name(self) -> str:
        """Return the header of the table in mailer.toml, without the name of a single one."""
        return ".".join(self.path)


_FIXED: Final = frozenset({("keys",), ("ledger",)})  # changing them needs care, and a form is not the place
# label and hint of each key, by its table; a key without them has the shared ones
_KEYS, _SHARED = (
    {name: (*texts, "", "")[:2] for name, *texts in read_section("settings", section)["rows"]}
    for section in ("keys", "shared")
)


def tables() -> tuple[Described, ...]:
    """Return every table that mailer.toml may have."""
    found = []
    for name, title, about, *one in read_section("settings", "tables")["rows"]:
        shape: Any = Settings
        for part in name.split("."):
            shape = table_in(shape.model_fields[part].annotation)
        found.append(Described(tuple(name.split(".")), title, about, "".join(one), shape))
    return tuple(found)


def entries(shape: type[Table], table: Key) -> tuple[Entry, ...]:
    """Return the keys of a table, with those of the tables in it, except for tables that staff name."""
    above = f"{'.'.join(table)}."
    names = dict.fromkeys(name.removeprefix(above) for name in _KEYS if name.startswith(above)) | _SHARED
    return tuple(entry for name in names if (entry := _entry(shape, table, name)) is not None)


def _entry(shape: type[Table], table: Key, name: str) -> Entry | None:
    """Return a key as a form shows it; None if this table has no such key."""
    field, path = "", tuple(name.split("."))
    found: Any = shape
    for part in path:
        fields = {each.alias or key: (key, each) for key, each in getattr(found, "model_fields", {}).items()}
        if part not in fields:
            return None
        field, info = fields[part]
        found = info.annotation
    kind, options = _kind(field, found)
    label, hint = next(filter(any, (_KEYS.get(f"{'.'.join(table)}.{name}", ()), _SHARED.get(name, ()))))
    default = "" if info.is_required() else in_text(info.get_default(call_default_factory=True))
    return Entry(path, label, Kind.FIXED if table in _FIXED else kind, hint, default, options, info.is_required())


def _kind(field: str, hint: Any) -> tuple[Kind, tuple[str, ...]]:  # noqa: ANN401 - a type, or something like one
    of = get_origin(hint)
    if field.endswith("_command") or of not in {None, tuple, Literal}:
        return Kind.FIXED, ()
    if of is Literal:
        return Kind.CHOICE, tuple(each for each in get_args(hint) if each)
    if of is tuple:
        return (Kind.LINES if get_args(hint)[0] is str else Kind.NUMBERS), ()
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Kind.CHOICE, tuple(str(each.value) for each in hint)
    return {bool: Kind.SWITCH, int: Kind.NUMBER, float: Kind.NUMBER}.get(hint, Kind.TEXT), ()


def in_text(value: object) -> str:
    """Return a value of mailer.toml as the text of a form's field: a list has a line for each of its values."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, (list, tuple)):
        return "\n".join(map(str, value))
    if isinstance(value, Mapping):
        return "\n".join(f"{name} = {each}" for name, each in value.items())
    return str(value)


def from_text(kind: Kind, text: str) -> Value | None:
    """Return the text of a field as a value, None if it is blank. A number that is none stays text."""
    text = text.strip()
    if not text:
        return None
    if kind is Kind.SWITCH:
        return text == "true"
    if kind is Kind.NUMBER:
        return _number(text)
    if kind in {Kind.LINES, Kind.NUMBERS}:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return lines if kind is Kind.LINES else [_number(line) for line in lines]
    return text


def _number(text: str) -> str | int | float:
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text


def value_at(table: Mapping[str, Any], path: Key) -> Any:  # noqa: ANN401 - TOML's
    """Return the value at a path of a parsed file, None if nothing is written."""
    found: Any = table
    for part in path:
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


# Text.


def rewrite(text: str, changes: Mapping[Key, Value | None]) -> str:
    """Return the text of a mailer.toml with values changed, by their paths; None removes a key."""
    refusal = InputProblem(
        f"{CONFIG_NAME} is written in a way that a form cannot change", hint="Edit the file as text."
    )
    if text and not text.endswith("\n"):
        text += "\n"
    try:
        document, intended = tomlkit.parse(text), {**_flat(tomllib.loads(text)), **changes}
        new: dict[Key, dict[str, Value]] = {}
        for path, value in changes.items():
            table = value_at(document, path[:-1])
            if table is not None:
                _put(table, path[-1], value)
            elif value is not None:
                new.setdefault(path[:-1], {})[path[-1]] = value
        new_text = document.as_string()
        for above, values in new.items():
            header = ".".join(tomlkit.key(part).as_string() for part in above)
            gap = "\n" if new_text.strip() else ""
            new_text += f"{gap}[{header}]\n{tomlkit.dumps(values)}"
        if _flat(tomllib.loads(new_text)) != {path: value for path, value in intended.items() if value is not None}:
            raise refusal
    except (TOMLKitError, ValueError, KeyError, TypeError):
        raise refusal from None
    return new_text


def _put(table: Any, name: str, value: Value | None) -> None:  # noqa: ANN401 - tomlkit's several kinds of tables
    if value is None:
        table.pop(name, None)
    elif name in table or not isinstance(table, TomlTable):
        table[name] = value
    else:  # after the last key: comments at the end of a table are mostly about the next table
        body = table.value.body
        comments: list[tuple[Any, Item]] = []
        while body and body[-1][0] is None:
            comments.insert(0, body.pop())
        table.append(name, value)
        body.extend(comments)


# Passwords and commands.

_URL: Final = re.compile(r"""\b[A-Za-z][A-Za-z0-9+.-]*://[^\s"']+""")
_PASSWORD: Final = re.compile(r"(?<=:)(?<!^.)[^/:@]+(?=@)|(?<=[?&]password=)[^&]+")
_HIDDEN: Final = "***"


def hide(text: str) -> str:
    """Return a text with `***` instead of each password in an address."""
    return _URL.sub(lambda url: _PASSWORD.sub(_HIDDEN, url[0]), text)


def unhide(text: str, original: str) -> str:
    """Return a text with the passwords that `original` has in the same addresses.

    An address with a hidden password that was changed is refused: the password must not go elsewhere.
    """
    known = {hide(url[0]): url[0] for url in _URL.finditer(original)}
    restored = _URL.sub(lambda url: known.get(url[0], url[0]), text)
    for number, line in enumerate(restored.splitlines(), start=1):
        if any(f"{before}{_HIDDEN}" in line for before in (":", "password=")):
            why = "an address whose password is hidden cannot be changed here; change it in the file, on the machine"
            raise InputProblem(why, source=CONFIG_NAME, line=number)
    return restored


def commands(table: Mapping[str, Any]) -> dict[Key, str]:
    """Return every command in a parsed mailer.toml, by its path."""
    return {path: repr(value) for path, value in _flat(table).items() if path[-1].endswith("_command")}


def _flat(table: Mapping[str, Any], above: Key = ()) -> dict[Key, Any]:
    found: dict[Key, Any] = {}
    for name, value in table.items():
        found |= _flat(value, (*above, name)) if isinstance(value, Mapping) else {(*above, name): value}
    return found
