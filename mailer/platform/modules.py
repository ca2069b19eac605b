"""Modules of a system: those of Python's own library that not every system has.

`find` is asked instead of an import, by this room alone, so that a missing module is an answer and not a crash. Its
`Any` is the price: type checkers know `fcntl` on some systems and `msvcrt` on others, and no program is both.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


def find(name: str) -> Any:  # noqa: ANN401 - see above
    """Return a module, None where this system has none of this name."""
    try:
        return import_module(name)
    except ImportError:
        return None
