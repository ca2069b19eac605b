"""Releases: what is binary, a web page, came as a mail or is large is read in the sandbox, small text in this process.

Owns their limits; the functions are those of `release.source` and `release.checks.metadata` under the same names.
Raises `InputProblem`, of which `ParseStopped` is one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from mailer.release.values import Release
from mailer.sandbox import SANDBOX, Limits

if TYPE_CHECKING:
    from mailer.release.checks.metadata import Trace
    from mailer.release.source import Reading

_RELEASE: Final = Limits(seconds=20, megabytes=512)
_ZIP: Final = b"PK\x03\x04"


@lru_cache(maxsize=4)
def parse_release(data: bytes, *, source: str, slug: str, strict: bool = True) -> Release:
    """Read a release as `release.source.parse_release` does; the same bytes once, since a check asks several times."""
    if _is_small_text(data, source):
        return _parse(data, source=source, slug=slug, strict=strict)
    return SANDBOX.call(_RELEASE, source, _parse, data, source=source, slug=slug, strict=strict)


def read_source(data: bytes, *, source: str, slug: str, strict: bool = True) -> Reading:
    """Read a release with the pictures inside it, as `release.source.read_source` does."""
    if _is_small_text(data, source):
        return _read(data, source=source, slug=slug, strict=strict)
    return SANDBOX.call(_RELEASE, source, _read, data, source=source, slug=slug, strict=strict)


# What reads a release is loaded where it reads: of a Word file, in the sandbox alone.


def _is_small_text(data: bytes, source: str) -> bool:
    if data.startswith(_ZIP):
        return False
    from mailer.release.source import is_small_text  # noqa: PLC0415 - as said above

    return is_small_text(data, source)


def _parse(data: bytes, *, source: str, slug: str, strict: bool) -> Release:
    from mailer.release.source import parse_release as parse  # noqa: PLC0415 - as said above

    return parse(data, source=source, slug=slug, strict=strict)


def _read(data: bytes, *, source: str, slug: str, strict: bool) -> Reading:
    from mailer.release.source import read_source as read  # noqa: PLC0415 - as said above

    return read(data, source=source, slug=slug, strict=strict)


def traces_of(data: bytes, *, source: str) -> tuple[Trace, ...]:
    """Return what an attachment tells, as `release.checks.metadata.traces_of` does."""
    from mailer.release.checks import metadata  # noqa: PLC0415 - who reads a release need not judge it

    return SANDBOX.call(_RELEASE, source, metadata.traces_of, data)
