"""Verdict: what a bounce of each reason means for the person, for the mailing, or for nobody.

Owns the one table from reasons to consequences (standards B6, B7). An address is dead, and nobody writes to it again;
or it failed for now, which is counted over several mailings; or the refusal is about us (our server, our text, our
pace) and says nothing of the person: then it counts against the mailing. What is none of these is kept and counts
nowhere.

The classifier says which of two bounces of one reason is for good (`ReportedRecipient.suppress`); this table says what
each reason may lead to at most. A blocklist must never wipe a media list, so the faults of ours stand before all else
and no setting reaches them. Other reasons can be judged otherwise in mailer.toml, `[bounces.verdicts]`.
Never raises; never asks how often something happened (`runs.collect` does).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from mailer.bounces.values import ReportedRecipient, Suppress
from mailer.reply.reasons import COUNTED, DEAD, OURS, Reason


class Verdict(StrEnum):
    """What follows from a bounce. The words are those of findings in the ledger."""

    DEAD = "bounce-dead"  # nobody writes there again
    SOFT = "bounce-soft"  # counted: in several mailings in a row it comes to the same
    OURS = "bounce-ours"  # about us: counts against the mailing
    NOTHING = "bounce"  # kept, and counts nowhere


# What a reason may lead to at most, whatever is said of one bounce: the vocabulary's own sets (`reply.reasons`). A
# reason that stands in neither is as the classifier says.
AT_MOST: Final[Mapping[str, Suppress]] = {
    **{reason.value: Suppress.COUNT for reason in COUNTED},
    **{reason.value: Suppress.NOW for reason in DEAD},
    Reason.ONHOLD.value: Suppress.NEVER,  # greylisting: it comes later
}
_ORDER: Final = (Suppress.NEVER, Suppress.COUNT, Suppress.NOW)


def judge(recipient: ReportedRecipient, verdicts: Mapping[str, str]) -> Verdict:
    """Judge what a report says about one recipient; `verdicts` is `[bounces.verdicts]`: reason to now, after, never."""
    reason = recipient.reason
    if reason in OURS:
        return Verdict.OURS
    if reason in verdicts:
        found = Suppress(verdicts[reason])
    else:
        found = min(recipient.suppress, AT_MOST.get(reason, Suppress.NOW), key=_ORDER.index)
    return {Suppress.NOW: Verdict.DEAD, Suppress.COUNT: Verdict.SOFT}.get(found, Verdict.NOTHING)
