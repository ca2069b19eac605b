"""Frozen: `dataclass` of the standard library, where a frozen one is made in a quarter of the time, and `replace`.

A module imports it, and what goes with it, from here, and nothing else about it changes. The standard library writes
and compiles six functions for each class, and a command loads hundreds of classes. Here only `__init__` is compiled;
comparison, hash, repr and the refusal of changes are shared by all. With options other than `slots` and `kw_only`, or
for a class that is not frozen, the standard library makes it.
"""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import MISSING, FrozenInstanceError, asdict, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn

__all__ = ["MISSING", "asdict", "dataclass", "field", "fields", "replace"]


def _dataclass(cls: Any = None, *, frozen: bool = False, **more: bool) -> Any:  # noqa: ANN401 - as of dataclass
    if cls is None:
        return lambda cls: _dataclass(cls, frozen=frozen, **more)
    if not frozen or not more.keys() <= {"slots", "kw_only"}:
        return dataclasses.dataclass(cls, frozen=frozen, **more)
    own = vars(cls)
    made = dataclasses.dataclass(cls, init=False, repr=False, eq=False, **more)
    compared = _values([each.name for each in fields(made) if each.compare])
    hashed = _values([each.name for each in fields(made) if (each.compare if each.hash is None else each.hash)])
    methods = {
        "__init__": _initialiser(made),
        "__repr__": _shown,
        "__eq__": lambda self, other: (
            compared(self) == compared(other) if type(other) is type(self) else NotImplemented
        ),
        "__hash__": lambda self: hash(hashed(self)),
        "__setattr__": _refuse,
        "__delattr__": _refuse,
    }
    if more.get("slots"):
        methods |= {"__getstate__": _state, "__setstate__": _restore}
    for name, method in methods.items():
        if own.get(name) is None:  # a class with an `__eq__` of its own has None for `__hash__`
            setattr(made, name, method)
    return made


def _replace(value: Any, /, **changes: Any) -> Any:  # noqa: ANN401 - as of replace
    cls = type(value)
    if cls not in _given:
        names = [each.name for each in fields(cls) if each.init]
        _given[cls] = names, _values(names) if len(names) > 1 else lambda one: [getattr(one, each) for each in names]
    names, own = _given[cls]
    return cls(**{**dict(zip(names, own(value), strict=True)), **changes})


_given: dict[type, tuple[list[str], Any]] = {}  # what `__init__` takes, and how to read it


if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:
    dataclass, replace = _dataclass, _replace


def _initialiser(cls: type) -> Any:  # noqa: ANN401 - a function of any parameters
    scope: dict[str, Any] = {"put": object.__setattr__, "unset": MISSING}
    some, named, body = ["self"], ["*"], []
    for each in fields(cls):
        name, default, value = each.name, "", each.name
        if each.default_factory is not MISSING:
            scope[f"new_{name}"] = each.default_factory
            default, value = "=unset", f"new_{name}() if {name} is unset else {name}" if each.init else f"new_{name}()"
        elif each.default is not MISSING:
            scope[f"default_{name}"], default = each.default, f"=default_{name}"
            value = name if each.init else f"default_{name}"
        if each.init:
            (named if each.kw_only else some).append(f"{name}{default}")
        if each.init or default:  # else `__post_init__` sets it
            body.append(f"put(self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    parameters, lines = ", ".join(some + named * (len(named) > 1)), "\n  ".join(body) or "pass"
    text = f"def make({', '.join(scope)}):\n def __init__({parameters}):\n  {lines}\n return __init__"
    found: dict[str, Any] = {}
    exec(text, vars(sys.modules[cls.__module__]), found)  # noqa: S102 - nothing but names of fields
    made = found["make"](**scope)
    made.__annotations__ = {each.name: each.type for each in fields(cls) if each.init} | {"return": None}
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _values(names: list[str]) -> Any:  # noqa: ANN401 - a function
    return attrgetter(*names) if names else lambda _: ()


def _shown(self: Any) -> str:  # noqa: ANN401 - any value
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse(_: object, name: str, *__: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _state(self: Any) -> list[Any]:  # noqa: ANN401 - any value
    return [getattr(self, each.name) for each in fields(self)]


def _restore(self: Any, state: list[Any]) -> None:  # noqa: ANN401 - any value
    for each, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)
