"""Clock: this machine's, against those of the servers that were met on the way.

Owns the comparison. A wrong clock makes Date, DKIM's `t=` and embargoes wrong (standards F8). Asks no time server: the
relay's greeting and the Date of the opt-out host are there anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

from mailer.runs.doctor.values import Check

_TOLERATED_S: Final = 60.0
_WRONG_S: Final = 300.0
_MOMENT: Final = re.compile(
    r"(?:\w{3}, )?\d{1,2} \w{3} \d{4} \d{2}:\d{2}:\d{2} (?:[+-]\d{4}|GMT|UTC)", re.ASCII | re.IGNORECASE
)


def skew_of_date(date: str, begun: datetime, ended: datetime) -> float | None:
    """By how many seconds this clock is ahead of the one that wrote an RFC 5322 date between two moments of ours.

    Whatever the way took, and the fraction of a second that a date leaves out, counts for nobody.
    """
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return None
    if theirs.tzinfo is None:
        return None
    early, late = (begun - theirs).total_seconds() - 1, (ended - theirs).total_seconds()
    return 0.0 if early <= 0 <= late else early if early > 0 else late


def skew_of_greeting(greeting: str, begun: datetime, ended: datetime) -> float | None:
    """Return the same for the words of a mail server, where they have the time in them."""
    found = _MOMENT.search(greeting)
    return skew_of_date(found[0], begun, ended) if found else None


def judge_clock(checks: Iterable[Check]) -> Iterator[Check]:
    """Yield how far this clock is off, as far as anybody who was asked said what time it is."""
    told = {check.name: check.facts["skew_s"] for check in checks if check.facts.get("skew_s") is not None}
    if not told:
        yield Check("clock", "nobody who was asked says what time it is", "clock-unknown", facts={"skew_s": None})
        return
    # two that agree are right; of two that differ, the nearer one is believed
    name, skew = min(told.items(), key=lambda pair: abs(pair[1]))
    facts = {"skew_s": round(skew, 1), "against": name}
    if abs(skew) <= _TOLERATED_S:
        yield Check("clock", f"it agrees with {name}", facts=facts)
        return
    size = f"{abs(skew) / 60:.0f} minutes" if abs(skew) >= 120 else f"{abs(skew):.0f} seconds"
    said = f"this machine is {size} {'ahead of' if skew > 0 else 'behind'} {name}"
    code = "clock-wrong" if abs(skew) > _WRONG_S else "clock-off"
    hint = "Let the system set it (timedatectl set-ntp true): Date, signatures and embargoes go by it."
    yield Check("clock", said, code, hint, facts)
