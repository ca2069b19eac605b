"""Enrich: a standard report whose fields say too little, made better by its own words.

Owns two repairs: an address that is none outside the reporting house (`ann@ims-daemon`, `ann`) becomes the one as sent,
where the returned message tells it; and what the text for people says of a recipient, for a diagnostic that says
nothing. Never overrules what a field says well.
"""

from __future__ import annotations

from dataclasses import replace

from mailer.bounces.parts import Part
from mailer.bounces.shapes.believed import returned_recipients
from mailer.bounces.shapes.blocks import Block, cut_blocks
from mailer.bounces.shapes.prose import read_prose
from mailer.bounces.shapes.said import without_stock_words
from mailer.bounces.values import ReportedRecipient

_MAX_TOLD = 4_000
_FEW_WORDS = 8  # a text of less says nothing about anybody


class Told:
    """What the text for people says; it is read when the first is asked for."""

    def __init__(self, report: Part, returned: Part | None) -> None:
        """Take the report, and the header of the message it returns."""
        self._report = report
        self._returned = returned
        self._best: dict[str, Block] | None = None
        self._lines: tuple[str, ...] = ()

    def about(self, *addresses: str, only: bool) -> str:
        """Return the lines about a recipient with any of these addresses; `only`: the report is about nobody else.

        What stands with a server's code comes first. Where nobody is named, all of it is about the only one, but for
        what every report says.
        """
        named = self._read()
        best = next((named[address.lower()] for address in addresses if address.lower() in named), None)
        if best:
            return "\n".join(best.lines)[:_MAX_TOLD].strip()
        whole = without_stock_words("\n".join(self._lines)[:_MAX_TOLD]).strip() if only else ""
        return whole if len(whole.split()) >= _FEW_WORDS else ""

    def _read(self) -> dict[str, Block]:
        if self._best is None:
            self._lines = read_prose(self._report, self._returned).lines
            said = [block for block in cut_blocks(self._lines).blocks if block.lines]
            self._best = {}
            for block in sorted(said, key=lambda block: not block.refuses):
                self._best.setdefault(block.address.lower(), block)
                if block.original:
                    self._best.setdefault(block.original.lower(), block)
        return self._best


def as_sent(recipients: tuple[ReportedRecipient, ...], returned: Part | None) -> tuple[ReportedRecipient, ...]:
    """Return the recipients of a report, each once, with the address as sent where their own is none."""
    if any(not _is_public(one.as_sent) for one in recipients):
        to = returned_recipients(returned)
        recipients = tuple(_as_sent(one, to, only=len(recipients) == 1) for one in recipients)
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
