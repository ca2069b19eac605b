"""Enrich: a standard report whose fields say too little, made better by its own words.

Owns two repairs: an address that is none outside the reporting house (`ann@ims-daemon`, `ann`) becomes the one as sent,
where the returned message tells it; and a recipient without a diagnostic gets the one from the text for people.
Never overrules what a field says well.
"""

from __future__ import annotations

import re
from dataclasses import replace

from mailer.bounces.diagnosis import diagnose
from mailer.bounces.parts import Part
from mailer.bounces.shapes.believed import returned_recipients
from mailer.bounces.shapes.blocks import cut_blocks
from mailer.bounces.shapes.prose import read_prose
from mailer.bounces.shapes.reading import said_to_all
from mailer.bounces.values import Action, ReportedRecipient
from mailer.reply import MAX_TEXT

_WORDS = re.compile(r"[^\W\d_]{2,}\W+[^\W\d_]{2,}")
_TROUBLED = frozenset({Action.FAILED, Action.DELAYED})


def enriched(
    recipients: tuple[ReportedRecipient, ...], report: Part, returned: Part | None
) -> tuple[ReportedRecipient, ...]:
    """Give the recipients of a delivery-status part, repaired where their fields are poor; each once."""
    if any(not _is_public(one.as_sent) for one in recipients):
        to = returned_recipients(returned)
        recipients = tuple(_as_sent(one, to, only=len(recipients) == 1) for one in recipients)
    if any(_is_mute(one) for one in recipients):
        recipients = _told(recipients, report, returned)
    unique = {(one.address.lower(), one.original_address.lower(), one.action): one for one in reversed(recipients)}
    return tuple(reversed(unique.values()))


def _is_public(address: str) -> bool:
    return "." in address.rpartition("@")[2] and "@" in address


def _as_sent(one: ReportedRecipient, to: tuple[str, ...], *, only: bool) -> ReportedRecipient:
    if _is_public(one.as_sent):
        return one
    local = one.as_sent.partition("@")[0].lower()
    same = [address for address in to if address.partition("@")[0].lower() == local]
    found = same or (list(to) if only and len(to) == 1 else [])
    return replace(one, original_address=found[0]) if found else one


def _is_mute(one: ReportedRecipient) -> bool:
    return one.action in _TROUBLED and not _WORDS.search(one.diagnostic)


def _told(
    recipients: tuple[ReportedRecipient, ...], report: Part, returned: Part | None
) -> tuple[ReportedRecipient, ...]:
    blocks = cut_blocks(read_prose(report, returned).lines)
    told: dict[str, str] = {}
    for block in sorted(blocks.blocks, key=lambda block: not block.refuses):
        if block.text:
            told.setdefault(block.address.lower(), block.text)
            told.setdefault(block.original.lower(), block.text)
    general = said_to_all(blocks, "") if len(recipients) == 1 else ""
    return tuple(_explained(one, told, general) if _is_mute(one) else one for one in recipients)


def _explained(one: ReportedRecipient, told: dict[str, str], general: str) -> ReportedRecipient:
    text = told.get(one.address.lower()) or told.get(one.as_sent.lower()) or general
    if not _WORDS.search(text):
        return one
    read = diagnose(one.action, one.status, text)
    return replace(
        one,
        status=read.status,
        status_from=one.status_from if read.status == one.status else read.status_from,
        code=read.code or one.code,
        permanent=read.permanent,
        reason=read.reason,
        suppress=read.suppress,
        diagnostic=text[:MAX_TEXT],
    )
