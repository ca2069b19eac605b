"""A frozen value is what the standard library would have made of it."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from dataclasses import FrozenInstanceError, field
from functools import cached_property
from typing import Any, get_type_hints

import pytest

from mailer.frozen import dataclass, replace


@dataclass(frozen=True, slots=True)
class Ours:
    name: str
    size: int = 3
    words: list[str] = field(default_factory=list, repr=False, compare=False)
    twice: int = field(init=False)
    kept: list[str] = field(default_factory=list, init=False, compare=False)
    seen: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "twice", self.size * 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class More(Ours):
    last: str = ""


@dataclass(frozen=True)
class Loose:  # noqa: PLW1641 - it is to get one
    name: str

    @cached_property
    def long(self) -> str:
        return self.name * 2

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Loose) and other.name.lower() == self.name.lower()


@dataclasses.dataclass(frozen=True, slots=True)
class Theirs:
    name: str
    size: int = 3
    words: list[str] = field(default_factory=list, repr=False, compare=False)
    twice: int = field(init=False)
    kept: list[str] = field(default_factory=list, init=False, compare=False)
    seen: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "twice", self.size * 2)


def test_it_is_made_called_and_shown_as_the_standard_library_does() -> None:
    ours, theirs = (inspect.signature(each).parameters.values() for each in (Ours, Theirs))
    assert [(each.name, each.kind, each.annotation) for each in ours] == [
        (each.name, each.kind, each.annotation) for each in theirs
    ]
    assert get_type_hints(Ours.__init__) == get_type_hints(Theirs.__init__)
    assert repr(Ours("a", 4)) == "Ours(name='a', size=4, twice=8, kept=[], seen=0)"
    assert repr(Theirs("a", 4)) == "Theirs(name='a', size=4, twice=8, kept=[], seen=0)"
    assert Ours("a").words is not Ours("a").words
    assert dataclasses.asdict(Ours("a")) == dataclasses.asdict(Theirs("a"))
    assert replace(Ours("a"), size=5).twice == 10
    assert More("a", last="z") == More("a", 3, last="z") != More("a")
    with pytest.raises(TypeError):
        More("a", 3, [], "z")  # type: ignore[call-arg]


def test_equal_values_have_one_hash_and_another_class_is_another_value() -> None:
    assert Ours("a", words=["x"]) == Ours("a", words=["y"])
    assert hash(Ours("a", words=["x"])) == hash(Ours("a"))
    assert Ours("a") != Theirs("a")  # type: ignore[comparison-overlap]
    assert Ours("a") != More("a")
    assert Loose("A") == Loose("a")
    assert hash(Loose("a")) == hash(Loose("a"))


@pytest.mark.parametrize("name", ["name", "other"])
def test_nothing_can_be_changed_or_taken_away(name: str) -> None:
    values: tuple[Any, ...] = (Ours("a"), Loose("a"))
    for value in values:
        with pytest.raises(FrozenInstanceError):
            setattr(value, name, "b")
        with pytest.raises(FrozenInstanceError):
            delattr(value, name)
    assert Loose("ab").long == "abab"


def test_it_can_be_sent_to_another_process_and_copied() -> None:
    for value in (Ours("a", 4, ["w"]), More("a", last="z")):
        assert pickle.loads(pickle.dumps(value)) == copy.deepcopy(value) == value  # noqa: S301 - our own bytes
    assert pickle.loads(pickle.dumps(Ours("a", 4, ["w"]))).words == ["w"]  # noqa: S301 - as above
