"""Patterns: what large patterns were compiled to, in a file beside the bytecode (`lazy_re` says why).

A process reads it when it meets the first one, and adds at its end what it had to compile. It is put in place whole, so
that nobody reads half of it; of two processes that end at once one is forgotten, and adds it another time. Where
nothing can be written, or Python is told to write no bytecode, there is none.
"""

from __future__ import annotations

import atexit
import contextlib
import marshal
import os
import sys
from functools import cache
from pathlib import Path
from typing import Final

from mailer import lazy_re

PLACE: Final = Path(lazy_re.__file__).parent / "__pycache__" / f"lazy_re.{sys.implementation.cache_tag}.patterns"
_MOST: Final = 5000  # more than there are; after tables of words were changed many times it begins anew


@cache
def read(place: Path = PLACE) -> lazy_re.Kept:
    """Return what is kept, and keep at the end of this process what it had to compile."""
    atexit.register(keep, place)
    return _load(place)


def _load(place: Path) -> lazy_re.Kept:
    with contextlib.suppress(OSError, EOFError, ValueError, TypeError):
        found = marshal.loads(place.read_bytes())  # noqa: S302 - as Python reads the bytecode beside it
        return found if isinstance(found, dict) and len(found) < _MOST else {}
    return {}


def keep(place: Path = PLACE) -> None:
    """Add what was compiled; nobody is told where that cannot be."""
    if not lazy_re.new or sys.dont_write_bytecode or not place.parent.is_dir():
        return
    own = place.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):
        own.write_bytes(marshal.dumps({**_load(place), **lazy_re.new}))
        own.replace(place)
    with contextlib.suppress(OSError):
        own.unlink(missing_ok=True)
    lazy_re.new.clear()
