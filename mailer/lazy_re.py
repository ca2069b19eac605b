"""Lazy re: the `re` of the standard library, whose `compile` waits until a pattern is used, and is done once a machine.

A module imports it as `re`, and nothing else about it changes. There are more than a thousand patterns for words in
many languages; one release or list needs a fifth of them, and compiling the others takes longer than everything else
that a command does. An invalid pattern raises when it is used, not when its module is loaded.

Compiling the two hundred that one Word file needs would take half of its time, so large patterns are cached in compiled
form (`platform.keep_patterns`, beside the bytecode and with the same trust). The standard library has no public way to
do that, so two rules hold. An entry is named by its text, its flags and the version of Python, and Python checks it as
it checks the result of its own compiler (`_sre.compile`). And wherever anything is missing, damaged or not as expected,
the pattern is compiled in the usual way.
"""

from __future__ import annotations

import hashlib
import re
import sys
from array import array
from collections.abc import Callable
from re import *  # noqa: F403 - it replaces re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

_USES = ("search", "match", "fullmatch", "finditer", "findall", "split", "sub", "subn", "flags", "groups", "groupindex")
_LARGE: Final = 200  # characters; compiling a smaller one is as fast as looking it up
# by name: flags, code, number of groups, their numbers by name, their names by number
Kept: TypeAlias = dict[bytes, tuple[int, bytes, int, dict[str, int], tuple[str | None, ...]]]
new: Final[Kept] = {}  # what this process has compiled
read_kept: Callable[[], Kept] = dict  # the cache; replaced where there is a file


class _Pattern:
    """A pattern that is compiled at the first use of anything but its text."""

    def __init__(self, pattern: str | bytes, flags: int = 0) -> None:
        self.pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a pattern has
        if name not in _USES:
            raise AttributeError(name)
        is_large = isinstance(self.pattern, str) and len(self.pattern) >= _LARGE
        compiled = _compiled(self.pattern, int(self._flags)) if is_large else None
        compiled = compiled or re.compile(self.pattern, self._flags)
        vars(self).update({each: getattr(compiled, each) for each in _USES})  # so that this is called only once
        return getattr(compiled, name)


def _compiled(pattern: Any, flags: int) -> Any:  # noqa: ANN401 - a pattern, None if that fails
    """Return a pattern from the cache, or compile it and add it."""
    try:
        import _sre  # type: ignore[import-not-found]  # noqa: PLC0415 - another Python may have another one
        from re import _compiler, _parser  # type: ignore[attr-defined]  # noqa: PLC0415

        name = hashlib.sha256(f"{sys.version}\0{_sre.MAGIC}\0{flags}\0{pattern}".encode()).digest()
        kept = read_kept().get(name)
        if kept is not None:
            own, code, groups, index, names = kept
            return _sre.compile(pattern, own, array("I", code).tolist(), groups, index, names)
        parsed = _parser.parse(pattern, flags)  # as `re._compiler.compile` does
        code, groups, index = _compiler._code(parsed, flags), parsed.state.groups, parsed.state.groupdict  # noqa: SLF001 - as `re` does
        by_number = {number: group for group, number in index.items()}
        names = tuple(map(by_number.get, range(groups)))
        new[name] = (flags | parsed.state.flags, array("I", code).tobytes(), groups - 1, index, names)
        return _sre.compile(pattern, flags | parsed.state.flags, code, groups - 1, index, names)
    except (ImportError, AttributeError, TypeError, ValueError, RuntimeError):
        return None


if not TYPE_CHECKING:  # there it is the one of re
    compile = _Pattern  # noqa: A001 - as in re
