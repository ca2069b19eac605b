"""Lazy re: the `re` of the standard library, whose `compile` waits until a pattern is used.

A module imports it as `re`, and nothing else about it changes. The house knows its fields' words in many languages by
more than a thousand patterns; one release or list meets a fifth of them, and to compile the others takes longer than
all else that a command does. A pattern that is none is found out when it is used, not when its module is loaded.
"""

from __future__ import annotations

import re
from re import *  # noqa: F403 - it stands for re
from typing import TYPE_CHECKING, Any

_USES = ("search", "match", "fullmatch", "finditer", "findall", "split", "sub", "subn", "flags", "groups", "groupindex")


class _Pattern:
    """A pattern that is compiled when it is asked for anything but its text."""

    def __init__(self, pattern: str | bytes, flags: int = 0) -> None:
        self.pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a pattern has
        if name not in _USES:
            raise AttributeError(name)
        compiled = re.compile(self.pattern, self._flags)
        vars(self).update({each: getattr(compiled, each) for each in _USES})  # it is not asked for a second time
        return getattr(compiled, name)


if not TYPE_CHECKING:  # there it is the one of re
    compile = _Pattern  # noqa: A001 - as in re
