"""Filters: what spam filters on the way wrote into the mail.

SpamAssassin, rspamd and Microsoft's, which stand before most of the world's mailboxes, and the flag that any filter may
set. Never scores anything. Raises nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailer.message.received.fields import Copy


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a filter thinks: a sentence, and whether it takes the mail for spam (None: it only notes)."""

    filter: str
    said: str
    spam: bool | None


def read_opinions(copy: Copy) -> tuple[Opinion, ...]:
    """Return what each filter wrote."""
    return tuple(_opinions(copy))


def _opinions(copy: Copy) -> Iterator[Opinion]:
    status = copy.first("X-Spam-Status")
    if score := re.search(r"\b(?:score|hits)=(-?[\d.]+)", status):
        needed = re.search(r"\brequired=(-?[\d.]+)", status)
        tests = re.search(r"\btests=([\w,\s=.-]*?)(?:\s+\w+=|$)", status)
        names = [re.sub(r"=.*", "", each.strip()) for each in tests[1].split(",")] if tests else []
        rules = [name for name in names if name and name.lower() != "none"]
        yield _by_points("SpamAssassin", score[1], needed and needed[1], rules, spam=status.lower().startswith("yes"))
    result = copy.first("X-Spamd-Result") or copy.first("X-Spam-Result")
    if found := re.search(r"default:\s*(\w+)\s*\[(-?[\d.]+)\s*/\s*(-?[\d.]+)\]", result):
        symbols = re.findall(r"\b([A-Z][A-Z0-9_]{2,})\((\d[\d.]*)\)", result)
        heavy = sorted((pair for pair in symbols if float(pair[1]) > 0), key=lambda pair: -float(pair[1]))[:5]
        rules = [f"{name} {points}" for name, points in heavy]
        yield _by_points("rspamd", found[2], found[3], rules, spam=found[1].lower() == "true")
    report = copy.first("X-Forefront-Antispam-Report")
    confidence = re.search(r"\bSCL:(-?\d+)", report)
    level = confidence[1] if confidence else copy.first("X-MS-Exchange-Organization-SCL")
    if re.fullmatch(r"-?\d{1,3}", level):
        category = re.search(r"\bCAT:(?!NONE)(\w+)", report)
        spam = int(level) >= 5  # -1: trusted, not filtered; 5 and more go into the junk folder
        words = f"{'spam' if spam else 'not spam'}{f', {category[1]}' if category else ''}"
        yield Opinion("Microsoft", f"spam confidence {level} ({words})", spam)
    bulk = re.search(r"\bBCL:([1-9])", copy.first("X-Microsoft-Antispam"))
    if bulk:
        yield Opinion("Microsoft", f"bulk mail, level {bulk[1]} of 9", int(bulk[1]) > 7 or None)
    if copy.first("X-Spam-Flag").upper() == "YES":
        yield Opinion("a filter", "marked it as spam (X-Spam-Flag)", spam=True)


def _by_points(name: str, points: str, limit: str | None, rules: list[str], *, spam: bool) -> Opinion:
    verdict = "takes it for spam" if spam else "lets it pass"
    why = f" ({', '.join(rules)})" if rules else ""
    return Opinion(name, f"{verdict}: {points} points{f' of {limit}' if limit else ''}{why}", spam)
