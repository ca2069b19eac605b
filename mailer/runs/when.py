"""When: moments as people type them on the command line.

Owns the reading of `--expires`: a span from now, or a moment with its zone. Never guesses a zone.
Raises `InputProblem`.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from mailer.errors import InputProblem
from mailer.release.embargo import parse_embargo

_SPAN = re.compile(r"(\d+)\s*(m|min|h|d)")
_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days"}


def parse_expiry(text: str, *, now: datetime) -> datetime:
    """Read `24h`, `90m`, `2d`, or a moment with a zone (`2026-12-01 18:00 Europe/Berlin`); it must lie ahead.

    Raises:
        InputProblem: it is neither, has no zone, or is over.
    """
    span = _SPAN.fullmatch(text.strip())
    if span:
        return now + timedelta(**{_UNITS[span[2]]: int(span[1])})
    moment, why_not = parse_embargo(text)
    if moment.until is None or not moment.has_zone:
        raise InputProblem(
            f'"{text}" is no moment: {why_not or "it needs a time zone"}',
            hint="24h, 90m, 2d, or a moment with its zone: 2026-12-01 18:00 Europe/Berlin",
        )
    if moment.until <= now:
        raise InputProblem(f"{text} is over")
    return moment.until
