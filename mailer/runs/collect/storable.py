"""Storable: a reading of any bytes, as every database keeps it.

Owns what no text of a ledger may hold: PostgreSQL refuses the character NUL, and nothing writes half a surrogate pair.
A letter with one of them would else stop each collecting for ever, at the same message. What is left out is no sign of
anything: tokens, addresses and Message-IDs have neither. Never raises.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from mailer.bounces import Report, ReportedRecipient
from mailer.bounces.values import Notice


def storable(text: str) -> str:
    """Return a text without NUL, and with a mark in the place of what is no character."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def storable_report(report: Report) -> Report:
    """Return a report of which every text can be kept."""
    recipients = tuple(dataclasses.replace(each, **_texts(each)) for each in report.recipients)
    notice = report.notice and dataclasses.replace(report.notice, **_texts(report.notice))
    return dataclasses.replace(report, **_texts(report) | {"recipients": recipients, "notice": notice})


def _texts(value: Report | ReportedRecipient | Notice) -> dict[str, Any]:
    """Return the texts of a value, and those in its tuples, cleaned; words from a closed set (kinds) stay."""
    found: dict[str, Any] = {}
    for each in dataclasses.fields(value):
        text = getattr(value, each.name)
        if type(text) is str:
            found[each.name] = storable(text)
        elif isinstance(text, tuple) and all(isinstance(one, str) for one in text):
            found[each.name] = tuple(storable(one) for one in text)
    return found
