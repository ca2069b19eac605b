"""Documents: results as the JSON that other programs may rely on (docs/json.md).

One function makes it of any result: a dataclass is an object with its fields, times are ISO 8601 with their offset,
enumerations are their values, paths and addresses are text, bytes are hexadecimal. Where the documented names differ
from the fields, the shape is beside the page of the result, as one line of names in their documented order:

    shape(Suppression, "email:address? subject reason since:created_at")

`name:field` renames (a field of a field is written with a dot, so is a key of a mapping; what is missing is null),
`name:len(field)` is the number of its values, `name?` is null if the field is empty, and `*field` is replaced by
the contents of that field. Other values are computed by a function of the same name:

    shape(Shown, "name people contacts", contacts=lambda shown: [each.fields for each in shown.rows])

`rows("contacts", "row line fields")` makes such a function, for a list whose values have other names than elsewhere.

One document is not made here: the figures of a mailing, with its deliveries (`runs.reports.mailing_document`), are JSON
already in the result, since a rehearsal reads them in a ledger that is thrown away; their times have milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from operator import attrgetter
from pathlib import PurePath
from typing import Any, TypeVar

from mailer.address import Address
from mailer.errors import Problem

_Shape = tuple[
    tuple[str, Callable[[Any], Any], bool], ...
]  # name, getter of the value, whether an empty value becomes null
Value = TypeVar("Value")

_shapes: dict[type, _Shape] = {}


def shape(of: type[Value], names: str, **computed: Callable[[Value], Any]) -> None:
    """Register the documented names of a result."""
    _shapes[of] = _parse(names, computed)


def rows(path: str, names: str, **computed: Callable[[Any], Any]) -> Callable[[Any], list[dict[str, Any]]]:
    """Return a function that turns each value in a field into an object with these names."""
    get, wanted = _getter(path), _parse(names, computed)
    return lambda value: [_in_shape(each, wanted) for each in get(value)]


def pairs(path: str, names: str) -> Callable[[Any], list[dict[str, Any]]]:
    """Return a function that turns each tuple in a field into an object with these names."""
    wanted = [(name.removesuffix("?"), name.endswith("?")) for name in names.split()]
    return lambda value: [
        {name: json_of(part or None if empty else part) for (name, empty), part in zip(wanted, each, strict=True)}
        for each in attrgetter(path)(value)
    ]


def _parse(names: str, computed: Mapping[str, Callable[[Any], Any]]) -> _Shape:
    found: list[tuple[str, Callable[[Any], Any], bool]] = []
    for each in names.split():
        name, _, path = each.removesuffix("?").partition(":")
        get = computed.get(name.lstrip("*")) or _getter(path or name.lstrip("*"))
        found.append((name, get, each.endswith("?")))
    return tuple(found)


def _getter(path: str) -> Callable[[Any], Any]:
    if path.startswith("len("):
        many = _getter(path[len("len(") : -1])
        return lambda value: len(many(value))

    def get(value: Any) -> Any:  # noqa: ANN401 - of any result
        for step in path.split("."):
            if value is not None:
                value = value.get(step) if isinstance(value, Mapping) else getattr(value, step)
        return value

    return get if "." in path else attrgetter(path)


def json_of(value: Any) -> Any:  # noqa: ANN401 - a result has values of every kind
    """Return a value of a result as a JSON value."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (str, PurePath, Address)):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {json_of(key): json_of(each) for key, each in value.items()}
    found = _shapes.get(type(value))
    if found is not None:
        return _in_shape(value, found)
    if is_dataclass(value):
        return {each.name: json_of(getattr(value, each.name)) for each in fields(value)}
    return [json_of(each) for each in value]


def _in_shape(value: Any, names: _Shape) -> dict[str, Any]:  # noqa: ANN401 - of any result
    made: dict[str, Any] = {}
    for name, get, nullable in names:
        if name.startswith("*"):
            made |= json_of(get(value))
        else:
            made[name] = json_of((get(value) or None) if nullable else get(value))
    return made


shape(Problem, "severity code source line message hint about")
