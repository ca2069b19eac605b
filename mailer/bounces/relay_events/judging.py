"""Judging: what a relay's own word for a failure is worth beside what the recipient's server said.

Owns one rule: only a server's own words make an address dead at once (`diagnosis`, standards B6). The relay's word
(“hard bounce”, “on our suppression list”) names the reason where those words leave it open, and counts against the
address over several mailings at most: relays call hard what is a block, and keep people on their lists for long.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailer.bounces.diagnosis import Diagnosis, diagnose
from mailer.bounces.fields import parse_typed
from mailer.bounces.values import Action, ReportedRecipient, StatusFrom, Suppress
from mailer.reply import MAX_TEXT

_OPEN = frozenset({"", "onhold", "rejected", "systemerror"})  # reasons that say no more than “no”


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A relay's word. `lasting`: it gave up for good. `counts`: by itself it counts against the address.

    `asked`: it did ask the recipient's server. `ours`: the fault is the mail's or the sender's, whatever was said.
    """

    reason: str = ""
    lasting: bool = False
    counts: bool = False
    asked: bool = True
    ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a relay tells of one recipient; `diagnostic` is what the recipient's server said."""

    address: str
    status: str = ""
    diagnostic: str = ""
    remote_mta: str = ""
    action: Action = Action.FAILED


def judge(word: Word, told: Told) -> ReportedRecipient:
    """Return the recipient with our reading of it."""
    kind, text = parse_typed(told.diagnostic)
    typed = told.diagnostic if kind in {"smtp", "x-unix", "x400"} else f"smtp; {told.diagnostic}"
    read = diagnose(told.action, told.status, typed)
    status = _status(word, told, read)
    is_open = not word.asked or read.reason in _OPEN
    return ReportedRecipient(
        address=told.address,
        action=told.action,
        status=status,
        status_from=read.status_from,
        code=read.code,
        permanent=told.action is Action.FAILED and word.lasting and not status.startswith("4"),
        reason=word.reason if is_open and word.reason else read.reason,
        suppress=Suppress.NEVER if told.action is Action.DELAYED else _suppress(word, read, is_open=is_open),
        diagnostic=(text if typed is told.diagnostic else told.diagnostic)[:MAX_TEXT],
        remote_mta=told.remote_mta,
    )


def _status(word: Word, told: Told, read: Diagnosis) -> str:
    """Return the status; where nobody told one, its class is what the relay says: for good, or for now."""
    if read.status_from is StatusFrom.INFERRED and not read.code and read.reason != "expired":
        return "5.0.0" if word.lasting and told.action is Action.FAILED else "4.0.0"
    return read.status


def _suppress(word: Word, read: Diagnosis, *, is_open: bool) -> Suppress:
    if word.ours:
        return Suppress.NEVER
    if is_open:
        return Suppress.COUNT if word.counts else Suppress.NEVER
    if read.suppress is Suppress.NOW and not word.lasting:
        return Suppress.COUNT
    return read.suppress
