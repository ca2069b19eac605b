"""Bulk: what Gmail, Yahoo and Microsoft ask of those who write to many, and which of it is met (standards §4).

Owns the rows, and who asks for which. Meets them at any volume: newsroom gateways look at the same signs (P1), so that
no list is small enough to be exempt (P7).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mailer.runs.doctor.values import Check, Rule

WHO: Final = ("Gmail", "Yahoo", "Microsoft")
_ALL: Final = frozenset(WHO)


@dataclass(frozen=True, slots=True)
class Row:
    """One rule: what it says, who asks for it, whether it is met (None: not known here), and what was looked at."""

    rule: Rule
    text: str
    asked_by: frozenset[str]
    met: bool | None = None
    looked_at: tuple[str, ...] = ()

    def state(self, who: str) -> str:
        """Return how it stands with one of them."""
        if who not in self.asked_by:
            return "not asked"
        return {True: "met", False: "not met", None: "not known"}[self.met]


_ROWS: Final = (
    Row(Rule.SPF, "SPF allows the relay", _ALL),
    Row(Rule.DKIM, "DKIM signs the mail", _ALL),
    Row(Rule.DMARC, "a DMARC policy, p=none or stronger", _ALL),
    Row(Rule.ALIGNED, "From agrees with one of them (aligned)", _ALL),
    Row(Rule.TLS, "mail goes over TLS", frozenset({"Gmail"})),
    Row(Rule.REVERSE, "the sending address has a name (PTR)", frozenset({"Gmail", "Yahoo"})),
    Row(Rule.ONE_CLICK, "opt-out with one click, within two days", frozenset({"Gmail", "Yahoo"})),
    Row(Rule.ADDRESSES, "From and Reply-To can be answered", _ALL),
    Row(Rule.COMPLAINTS, "complaints stay below 0.3 %", frozenset({"Gmail", "Yahoo"})),
)


def compare(checks: Iterable[Check]) -> tuple[Row, ...]:
    """Hold the checks against the rules; a rule without a check, or with one that could not tell, is not known."""
    found = [check for check in checks if check.rule is not None]
    rows = []
    for row in _ROWS:
        about = [check for check in found if check.rule is row.rule]
        met: bool | None = None
        if any(check.met is False for check in about):
            met = False
        elif about and all(check.met for check in about):
            met = True
        rows.append(Row(row.rule, row.text, row.asked_by, met, tuple(check.name for check in about)))
    return tuple(rows)
