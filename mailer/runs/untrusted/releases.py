"""Releases: what is binary, a web page, came as a mail or is large is read in the sandbox, small text in this process.

Owns their limits; the functions are those of `release.source` and `release.checks.metadata` under the same names.
Raises `InputProblem`, of which `ParseStopped` is one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from mailer.release import source as release_source
from mailer.release.source import Reading, is_small_text
from mailer.release.values import Release
from mailer.sandbox import SANDBOX, Limits

if TYPE_CHECKING:
    from mailer.release.checks.metadata import Trace

_RELEASE: Final = Limits(seconds=20, megabytes=512)


@lru_cache(maxsize=4)
def parse_release(data: bytes, *, source: str, slug: str, strict: bool = True) -> Release:
    """Read a release as `release.source.parse_release` does; the same bytes once, since a check asks several times."""
    if is_small_text(data, source):
        return release_source.parse_release(data, source=source, slug=slug, strict=strict)
    function = release_source.parse_release
    return SANDBOX.call(_RELEASE, source, function, data, source=source, slug=slug, strict=strict)


def read_source(data: bytes, *, source: str, slug: str, strict: bool = True) -> Reading:
    """Read a release with the pictures inside it, as `release.source.read_source` does."""
    if is_small_text(data, source):
        return release_source.read_source(data, source=source, slug=slug, strict=strict)
    return SANDBOX.call(_RELEASE, source, release_source.read_source, data, source=source, slug=slug, strict=strict)


def traces_of(data: bytes, *, source: str) -> tuple[Trace, ...]:
    """Return what an attachment tells, as `release.checks.metadata.traces_of` does."""
    from mailer.release.checks import metadata  # noqa: PLC0415 - who reads a release need not judge it

    return SANDBOX.call(_RELEASE, source, metadata.traces_of, data)
