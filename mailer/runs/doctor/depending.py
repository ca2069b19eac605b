"""Depending: what several looks ran into for one reason, told once.

Owns which findings about a domain have no other reason than that it does not exist, or that nobody answers about it.
Never takes away what is good, or what has a reason of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from mailer.runs.doctor.values import Check

# the finding that stays, with those that follow from it and in what words
_FOLLOWING: Final[Mapping[str, Mapping[str, str]]] = {
    "mx-no-domain": {
        "spf-none": "no SPF record",
        "dkim-none": "no key for signatures",
        "dkim-untold": "no key for signatures",
        "dmarc-none": "no DMARC policy",
    },
    "mx-silent": {
        "spf-silent": "SPF",
        "dkim-silent": "the key for signatures",
        "dmarc-silent": "DMARC",
    },
}
_SAID: Final = {"mx-no-domain": "so it has {} either", "mx-silent": "so {} could not be looked at"}


def gather_depending(checks: Sequence[Check]) -> dict[int, Check | None]:
    """Return which checks are told otherwise, by their place: with what follows from them, or (None) not any more."""
    changed: dict[int, Check | None] = {}
    for at, check in enumerate(checks):
        words = _FOLLOWING.get(check.code, {})
        domain = check.facts.get("domain")
        following = [n for n, each in enumerate(checks) if each.code in words and each.facts.get("domain") == domain]
        if following:
            *first, last = dict.fromkeys(words[checks[n].code] for n in following)
            named = f"{', '.join(first)} and {last}" if first else last
            facts = {**check.facts, "follows": [checks[n].name for n in following]}
            said = f"{check.message}, {_SAID[check.code].format(named)}"
            changed |= {at: replace(check, message=said, facts=facts)} | dict.fromkeys(following)
    return changed
