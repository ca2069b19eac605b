"""Diagnosis: what a status and a server's text mean for the address.

Owns nothing of the failure policy: a reported refusal is put as a `Reply` to the table in `mailer.reply`, which also
reads live replies, so that a bounce and a refusal of the same words can never be judged differently. What this file
adds is what only a queue says and no server ever replies: it waited too long, it found no way.
RFC 3463 §3.5 (x.4.z), §2. Standards B6: routing, policy, content and size never make an address dead.

Gaps: texts are read in English only, like those of `mailer.reply`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailer.bounces.fields import parse_status, parse_typed
from mailer.bounces.values import Action, StatusFrom, Suppress
from mailer.reply import Reply, Stage, classify

_CODE = re.compile(r"(?<![\d.])([245]\d\d)(?=[ \-;,:]|$)")
_LEADING = re.compile(r"^\W*(?:[245]\d\d[ -]*)?(?:[245]\.\d{1,3}\.\d{1,3})?[ :-]*")
_AFTER_DATA = re.compile(r"end of data|\bDATA command|after (?:sending )?(?:the )?(?:data|message|body)", re.IGNORECASE)
_ABOUT_CONTENT = re.compile(r"[45]\.(?:3\.4|2\.3|6\.\d+)$")


def _queue(digits: str, words: str, reason: str) -> tuple[re.Pattern[str], re.Pattern[str], str]:
    return re.compile(rf"[45]\.4\.{digits}$"), re.compile(words, re.IGNORECASE), reason


# (status, or else the text where the status is vague; the reason); first match wins
_QUEUE = (
    _queue("7", r"expired|retry time(?:out)? exceeded|delivery time", "expired"),
    _queue("4", r"(?:host|domain)(?: name)? not found|no MX", "hostunknown"),
    _queue("[1-36-9]", r"connection (?:timed out|refused|reset)|no route to host|unreachable", "networkerror"),
)
_COUNTED = frozenset({"mailboxfull", "expired", "networkerror", "hostunknown"})  # that it stays so has to be seen
_VAGUE = re.compile(r"[45]\.[04]\.0$|$")  # what leaves the reason to the text


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Our reading of one recipient's fields."""

    action: Action | None
    status: str
    status_from: StatusFrom = StatusFrom.NOWHERE
    code: int = 0
    permanent: bool = False
    reason: str = ""
    suppress: Suppress = Suppress.NEVER


def diagnose(action: Action | None, status: str, diagnostic: str) -> Diagnosis:
    """Read a recipient's action (None: missing), Status field and Diagnostic-Code field, as they stand in the report.

    A vague status is made exact by the one in the diagnostic, a missing action follows from the status, and without a
    diagnostic the comment in the status has the word. Permanent is only what failed for a reason of class 5.
    """
    text = parse_typed(diagnostic)[1] or status
    found = _CODE.search(text)
    code = int(found[1]) if found else 0
    field = parse_status(status)
    exact = _exact_status(field, text, code)
    source = _source(field, text, exact)
    action = action or {"5": Action.FAILED, "4": Action.DELAYED, "2": Action.DELIVERED}.get(exact[:1])
    if action not in {Action.FAILED, Action.DELAYED}:
        return Diagnosis(action, exact, source, code)
    permanent = action is Action.FAILED and exact.startswith("5")
    reason, dead = _reason(exact, text, code)
    suppress = Suppress.NOW if dead and permanent else Suppress.COUNT if reason in _COUNTED else Suppress.NEVER
    return Diagnosis(action, exact, source, code, permanent, reason, suppress)


def _source(field: str, text: str, exact: str) -> StatusFrom:
    if not exact:
        return StatusFrom.NOWHERE
    if exact == field:
        return StatusFrom.FIELD
    return StatusFrom.TEXT if exact == parse_status(text) else StatusFrom.INFERRED


def _exact_status(status: str, text: str, code: int) -> str:
    said = parse_status(text)
    if not status:
        return said or (f"{code // 100}.0.0" if code else "")
    return said if status.endswith(".0.0") and said[:1] == status[:1] else status


def _reason(status: str, text: str, code: int) -> tuple[str, bool]:
    """Give the reason and whether the address is dead."""
    for statuses, words, reason in _QUEUE:
        if statuses.match(status) or (_VAGUE.match(status) and not code and words.search(text)):
            return reason, False
    if not status.startswith(("4", "5")):
        return "", False
    late = _AFTER_DATA.search(text) or _ABOUT_CONTENT.match(status)
    same_class = code // 100 == int(status[0])
    reply = Reply(
        Stage.BODY if late else Stage.RCPT,
        code if same_class else int(status[0]) * 100 + 50,
        f"{status} {_LEADING.sub('', text, count=1)}",
    )
    outcome = classify(reply)
    return outcome.reason, outcome.suppress
