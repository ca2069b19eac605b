"""Untrusted: reads files from outside in the sandbox, each kind within its limits.

This module has releases (Word, RTF, web pages, mails, anything large, and the metadata of pictures and attachments) and
all returned messages; `lists` has workbooks and pages, including edits to them, and opt-outs in archives or as JSON.
`doctor.arrived` reads a mail that arrived, within the limits for a mail.

Small texts are read in this process, by readers whose time is linear in the length (`python -m tests.bench linear`
checks this). So are text lists of any size, which are streamed: one row at a time is in memory. The readers have the
same names as in their rooms, and are loaded when they are needed: those for a Word file, only in the sandbox. Raises
`InputProblem`, of which `ParseStopped` is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, cast

from mailer.errors import MailerError, Problem
from mailer.inbox.values import Entry, RawMessage
from mailer.sandbox import SANDBOX, Limits

if TYPE_CHECKING:
    from mailer.bounces.letter import Letter
    from mailer.bounces.values import Report
    from mailer.release.checks.links import Trace
    from mailer.release.source import Reading
    from mailer.release.values import Release

MAIL: Final = Limits(seconds=20, megabytes=512)
_RELEASE: Final = Limits(seconds=20, megabytes=512)
_ZIP: Final = b"PK\x03\x04"


@lru_cache(maxsize=4)
def parse_release(data: bytes, *, source: str, slug: str, strict: bool = True) -> Release:
    """Read a release; the same bytes only once, since a check needs it several times."""
    if _is_small_text(data, source):
        return _parse(data, source=source, slug=slug, strict=strict)
    return SANDBOX.call(_RELEASE, source, _parse, data, source=source, slug=slug, strict=strict)


def read_source(data: bytes, *, source: str, slug: str, strict: bool = True) -> Reading:
    """Read a release with the pictures inside it."""
    if _is_small_text(data, source):
        return _read(data, source=source, slug=slug, strict=strict)
    return SANDBOX.call(_RELEASE, source, _read, data, source=source, slug=slug, strict=strict)


def traces_of(data: bytes, *, source: str) -> tuple[Trace, ...]:
    """Return what the metadata of an attachment reveals."""
    from mailer.release.checks import links  # noqa: PLC0415 - reading a release needs no checks

    return SANDBOX.call(_RELEASE, source, links.traces_of, data)


def _is_small_text(data: bytes, source: str) -> bool:
    if data.startswith(_ZIP):
        return False
    from mailer.release.source import is_small_text  # noqa: PLC0415 - loaded when it reads

    return is_small_text(data, source)


def _parse(data: bytes, *, source: str, slug: str, strict: bool) -> Release:
    from mailer.release.source import parse_release as parse  # noqa: PLC0415 - loaded when it reads

    return parse(data, source=source, slug=slug, strict=strict)


def _read(data: bytes, *, source: str, slug: str, strict: bool) -> Reading:
    from mailer.release.source import read_source as read  # noqa: PLC0415 - loaded when it reads

    return read(data, source=source, slug=slug, strict=strict)


def read_report(message: RawMessage) -> Report:
    """Read one returned message."""
    from mailer.bounces.report import parse_report  # noqa: PLC0415 - loaded when it reads

    return SANDBOX.call(MAIL, message.source, parse_report, message.data)


def read_letter(message: RawMessage) -> Letter:
    """Read one message for people to read."""
    from mailer.bounces.letter import parse_letter  # noqa: PLC0415 - loaded when it reads

    return SANDBOX.call(MAIL, message.source, parse_letter, message.data)


def read_documents(
    entries: Iterable[Entry], *, parse: Callable[[bytes], dict[str, Any]], limits: Limits = MAIL
) -> Iterator[tuple[str, dict[str, Any] | Problem]]:
    """Yield for each returned message its source, and the result of `parse`, or why it could not be read.

    One that cannot be read does not keep the others from being read.
    """
    for is_message, group in groupby(entries, key=lambda entry: isinstance(entry, RawMessage)):
        if not is_message:
            yield from ((each.source, cast("Problem", each)) for each in group)
            continue
        items = ((each.source, cast("RawMessage", each).data) for each in group)
        for source, found in SANDBOX.map(limits, parse, items):
            yield source, Problem(found.code, found.message) if isinstance(found, MailerError) else found
