"""Mails: returned messages, each read in the sandbox.

Owns their limits, and that one which cannot be read does not keep the others from being read.
Raises `ParseStopped`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any, Final, cast

from mailer.bounces.letter import Letter, parse_letter
from mailer.bounces.report import parse_document, parse_report
from mailer.bounces.values import Report
from mailer.errors import MailerError, Problem
from mailer.inbox.values import Entry, RawMessage
from mailer.sandbox import SANDBOX, Limits

MAIL: Final = Limits(seconds=20, megabytes=512)


def read_report(message: RawMessage) -> Report:
    """Read one returned message."""
    return SANDBOX.call(MAIL, message.source, parse_report, message.data)


def read_letter(message: RawMessage) -> Letter:
    """Read one message for the eye."""
    return SANDBOX.call(MAIL, message.source, parse_letter, message.data)


def read_documents(
    entries: Iterable[Entry], *, limits: Limits = MAIL, parse: Callable[[bytes], dict[str, Any]] = parse_document
) -> Iterator[tuple[str, dict[str, Any] | Problem]]:
    """Yield for each returned message where it lay, and its report as JSON values, or why it could not be read."""
    for is_message, group in groupby(entries, key=lambda entry: isinstance(entry, RawMessage)):
        if not is_message:
            yield from ((each.source, cast("Problem", each)) for each in group)
            continue
        items = ((each.source, cast("RawMessage", each).data) for each in group)
        for source, found in SANDBOX.map(limits, parse, items):
            yield source, Problem(found.code, found.message) if isinstance(found, MailerError) else found
