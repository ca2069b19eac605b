"""Spool lines: an act at the opt-out link as one line of text, and back.

Owns the form of the line. It is JSON without line breaks in it, so that a file of them can be appended to, cut, joined
and read with any tool. The token is kept as it came, since only the host with the ledger can say whom it names.
Raises `ValueError` with a sentence for people.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mailer.runs.people.link_optouts import Act, Door, Wish, tidy_reason
from mailer.tokens import TOKEN_LENGTH

LONGEST_LINE = 8192  # bytes; a reason of 500 characters, all of them escaped, fits


@dataclass(frozen=True, slots=True)
class Spooled:
    """One line: the token as it came, and what was done by it; `act.delivery` is what the host read out of it."""

    token: str
    act: Act


def line_of(spooled: Spooled) -> bytes:
    """Return the line of an act, with its line end."""
    act = spooled.act
    told: dict[str, Any] = {
        "at": act.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "do": act.wish.value,
        "token": spooled.token.lower(),
        "by": act.door.value,
    }
    if not act.everywhere:
        told["scope"] = "list"
    if act.reason:
        told["reason"] = act.reason
    return json.dumps(told).encode("ascii") + b"\n"


def parse_line(line: bytes) -> Spooled:
    """Read a line (without its end). The token is not verified here, and `act.delivery` is empty.

    Raises:
        ValueError: it is none of ours.
    """
    if len(line) > LONGEST_LINE:
        raise ValueError("the line is too long")
    try:
        told = json.loads(line)
        at, do, token, by = (str(told[name]) for name in ("at", "do", "token", "by"))
        scope, reason = str(told.get("scope", "everywhere")), str(told.get("reason", ""))
        act = Act(b"", _moment(at), Wish(do), Door(by), scope != "list", tidy_reason(reason))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise ValueError("this is no line of an opt-out spool") from None
    if len(token) != TOKEN_LENGTH:
        raise ValueError("the token is damaged")
    return Spooled(token, act)


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("without a zone nobody knows when it was")
    return at.astimezone(UTC)
