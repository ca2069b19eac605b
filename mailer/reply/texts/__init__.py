"""Texts: one table from servers' words to reasons, for live refusals and for what comes back later.

rows.py        a row; how texts and phrases are folded and compared
vendors.py     codes and sentences that only one vendor says
accounts.py    the mailbox: full, switched off, moved
identity.py    our machine, our name, our right to send, our speed
messages.py    the message: spam, virus, size, form
addresses.py   nobody of that name, no such domain
systems.py     their systems, programs and the way there
european.py    German, French, Spanish, Italian, Portuguese, Dutch, Polish
eastern.py     Russian, Japanese, Chinese
leanings.py    words that only lean to a reason: “policy”, “denied”, “spam” alone

First match wins, so the order of the tables below is the order of exactness: what is about us stands before what is
about the address, since one wrongly dead address costs more than ten that live on.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailer.reply.reasons import OURS, Reason
from mailer.reply.texts import (
    accounts,
    addresses,
    eastern,
    european,
    identity,
    leanings,
    messages,
    systems,
    vendors,
)
from mailer.reply.texts.rows import Row, Table, fold

EXACT = Table(
    (
        *vendors.ROWS,
        *accounts.ROWS,
        *identity.ROWS,
        *messages.ROWS,
        *identity.BLUNT,
        *systems.PROGRAMS,
        *addresses.ROWS,
        *systems.ROWS,
        *european.ROWS,
        *eastern.ROWS,
    )
)
LEANING = Table(leanings.ROWS)
_ABOUT_US = Table(each for each in EXACT.rows if each.reason in OURS)
_HINTS = Table(each for each in LEANING.rows if each.reason in OURS)
# A letter that lists what might be the matter states nothing
_HEDGES = (" may ", " might ", " possib", " perhaps ", " maybe ", " probabl", " either ", " one of the following ")


@dataclass(frozen=True, slots=True)
class Said:
    """What words say: their reason, or None.

    `leans`: it is only a hint. `is_dead`: a whole statement that there is nobody. `blames_us`: whatever else they say,
    something is about us or our message (a hint counts).
    """

    reason: Reason | None = None
    leans: bool = False
    is_dead: bool = False
    blames_us: bool = False


def read_text(text: str) -> Said:
    """Read a server's words."""
    folded = fold(text)
    found = EXACT.find(folded)
    if found is None:
        hint = LEANING.find(folded)
        return Said(hint.reason, leans=True, blames_us=hint.reason in OURS) if hint else Said()
    ours = found.reason in OURS or (found.is_final and bool(_ABOUT_US.find(folded) or _HINTS.find(folded)))
    sure = found.is_final and not any(word in folded for word in _HEDGES)
    return Said(found.reason, is_dead=sure, blames_us=ours)


def blames_us(text: str) -> Reason | None:
    """Return what words blame on us or our message plainly, whatever else they say; None where nothing."""
    found = _ABOUT_US.find(fold(text))
    return found.reason if found else None


__all__ = ["EXACT", "LEANING", "Row", "Said", "Table", "blames_us", "fold", "read_text"]
