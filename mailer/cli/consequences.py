"""Consequences: what a reading of a mailbox led to beyond single people, in words and as JSON.

Owns the lines on mailings that pause, on absences and on proposals; whoever tells of a reading puts them at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mailer.runs.collect import Collected


def consequence_lines(told: Collected) -> Iterator[str]:
    """Yield a sentence for each mailing that pauses, for who is away, and for what is proposed for the lists."""
    for mailing, why in told.paused:
        name = mailing.removesuffix("/release-1")
        yield f"{name} is paused: {why}. Once that is mended: mailer resume {name}"
    for address, until in told.away:
        yield f"{address or '(forgotten)'} is away until {until}"
    if told.proposed:
        many = "1 proposal" if len(told.proposed) == 1 else f"{len(told.proposed)} proposals"
        yield f"{many} for the lists, of people who left or moved: mailer lists proposals"


def consequence_json(told: Collected) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "paused": [{"mailing": mailing, "why": why} for mailing, why in told.paused],
        "away": [{"email": address, "until": until} for address, until in told.away],
        "proposed": [{"email": address, "new": new or None} for address, new in told.proposed],
    }
