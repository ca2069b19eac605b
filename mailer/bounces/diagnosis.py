"""Diagnosis: what a status and a server's text mean for the address.

Owns how one recipient's fields are weighed. The words are read by the table in `mailer.reply.texts`, which also names
the reasons of live refusals, and whether a refusal ends an address is put as a `Reply` to the policy in `mailer.reply`:
a bounce and a live refusal of the same words are never judged differently. What this file adds is what only a report
has: a Status field beside the text, a stage that is told or not, and what a queue says and no server ever replies.

The order: what is about us or exact in the text; a status that is exact; what the text leans to; the status's group;
the stage. RFC 3463. Standards B6, B7: only a dead address is suppressed at once, what may pass is counted.

Gaps: “user unknown” with no exact status, in a report whose words tell no stage, is `filtered` and counted, since
carriers say it for a person's own filter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from mailer.bounces.fields import parse_status, parse_typed
from mailer.bounces.values import Action, StatusFrom, Suppress
from mailer.reply import Reply, Stage, classify
from mailer.reply.reasons import COUNTED, DEAD, Reason
from mailer.reply.statuses import is_vague, reason_of_status
from mailer.reply.texts import Said, read_text

_CODE = re.compile(r"(?<![\d.])([245]\d\d)(?=[ \-;,:]|$)")
_LEADING = re.compile(r"^\W*(?:[245]\d\d[ -]*)?(?:[245]\.\d{1,3}\.\d{1,3})?[ :-]*")
_TYPE = re.compile(r"(?:e?smtp|lmtp|uucp|unix|local|dns|mta|x\.?400|x-[\w./-]*|unknown)?$")  # RFC 3464 §2.3.6
# Cisco's gateways put their own reading in front: 5.1.0 - Unknown address error 550-'5.7.1 …'
_WRAPPED = re.compile(r"^\W*[245]\.\d\.\d{1,3} - [A-Za-z ()]{1,80} ([245]\d\d[- ])['\"](.{1,1000})['\"]", re.DOTALL)
_LATE = frozenset({Stage.DATA, Stage.BODY})
_BEFORE_RCPT = frozenset({Stage.CONNECT, Stage.EHLO, Stage.MAIL})
_NOT_BEFORE_RCPT = DEAD | {Reason.FILTERED, Reason.SECURITYERROR}
_BY_STAGE = {
    Stage.CONNECT: Reason.BLOCKED,
    Stage.EHLO: Reason.BLOCKED,
    Stage.MAIL: Reason.REJECTED,
    Stage.DATA: Reason.CONTENTERROR,
    Stage.BODY: Reason.CONTENTERROR,
}
# A status so exact that a server's stock phrase beside it changes nothing
_FIRM = frozenset({"1.6", "2.1", "2.2", "2.3", "3.1", "3.4", "4.4", "7.13", "7.17", "7.25", "7.26"})
# Postfix gives up after days of it with the last answer in its report, and no word of the days
_WAITED_FOR = frozenset({Reason.SYSTEMERROR, Reason.SYSTEMFULL})
_STOCK = DEAD | {Reason.NETWORKERROR, Reason.SYSTEMERROR, Reason.EXPIRED}
# What a status makes of words that fit two reasons: too large for the person, and no form that is taken
_CLOSER = {
    (Reason.MESGTOOBIG, "2."): Reason.EXCEEDLIMIT,
    (Reason.NOTCOMPLIANTRFC, "6."): Reason.CONTENTERROR,
}


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


@dataclass(frozen=True, slots=True)
class _Case:
    """What is known about one refusal."""

    status: str
    text: str
    kind: str  # of the diagnostic: smtp, x-unix …
    code: int
    stage: Stage | None
    said: Said


def diagnose(action: Action | None, status: str, diagnostic: str, *, context: str = "") -> Diagnosis:
    """Read a recipient's action (None: missing), Status field and Diagnostic-Code field, as they stand in the report.

    `context` is what the part for people says about this recipient: it tells the stage, and the reason where the
    diagnostic tells none. A vague status is made exact by the one in the diagnostic, a missing action follows from the
    status, and without a diagnostic the comment in the status has the word. Permanent is only what failed for a reason
    of class 5, and was not merely tried for too long; a failure that names no class counts as such.
    """
    kind, text = _typed(diagnostic)
    text = _unwrapped(text or status)
    found = _CODE.search(text)
    code = int(found[1]) if found else 0
    field = parse_status(status)
    exact = _exact_status(field, text, code)
    action = action or {"5": Action.FAILED, "4": Action.DELAYED, "2": Action.DELIVERED}.get(exact[:1])
    if action not in {Action.FAILED, Action.DELAYED}:
        return Diagnosis(action, exact, _source(field, text, exact), code)
    said = read_text(text)
    if context and (said.reason is None or (said.leans and said.reason is Reason.REJECTED)):
        said = _better(said, read_text(context))
    case = _Case(exact, text, kind, code, _stage(text, context), said)
    reason = _reason(case)
    exact = exact or _inferred(action, reason, context)
    late = reason is Reason.EXPIRED and is_vague(exact)
    permanent = action is Action.FAILED and exact.startswith("5") and not late
    suppress = _suppress(case, reason)
    if suppress is Suppress.NOW and not permanent:
        suppress = Suppress.COUNT if action is Action.FAILED else Suppress.NEVER
    if action is Action.FAILED and reason in _WAITED_FOR and exact.startswith("4"):
        suppress = Suppress.COUNT
    return Diagnosis(action, exact, _source(field, text, exact), code, permanent, reason.value, suppress)


def _typed(diagnostic: str) -> tuple[str, str]:
    """Split `smtp; 550 …`; what is no type that anybody registered or made up with an x is a word of the text."""
    kind, text = parse_typed(diagnostic)
    return (kind, text) if _TYPE.match(kind) else ("", diagnostic.strip())


def _stage(text: str, context: str) -> Stage | None:
    """Return the stage; where a report is read without its words for people, RCPT is what it mostly is."""
    return find_stage(text, context) or (None if context else Stage.RCPT)


def _unwrapped(text: str) -> str:
    found = _WRAPPED.match(text)
    return found[1] + found[2] if found else text


def _source(field: str, text: str, exact: str) -> StatusFrom:
    if not exact:
        return StatusFrom.NOWHERE
    if exact == field:
        return StatusFrom.FIELD
    return StatusFrom.TEXT if exact == parse_status(text) else StatusFrom.INFERRED


def _exact_status(status: str, text: str, code: int) -> str:
    """Make a missing or vague status exact; a vague “5.0.0” around a server's “try later” is the queue's own."""
    said = parse_status(text)
    if status and not status.endswith(".0.0"):
        return status
    if said and (not status or not said.endswith(".0.0")):
        return said
    return f"{code // 100}.0.0" if code and status[:1] in {"", "5"} and code // 100 != 2 else status or said


def _inferred(action: Action, reason: Reason, context: str) -> str:
    """Return the class of a failure that names none: for good, but what was merely tried for too long."""
    passing = reason is Reason.EXPIRED or action is Action.DELAYED
    return "4.0.0" if passing or " temporar" in context[:1000].lower() else "5.0.0"


def _better(said: Said, told: Said) -> Said:
    """Return what the part for people says, if it says it plainly, or if nothing else does; it ends no address."""
    return replace(told, is_dead=False) if told.reason and (not told.leans or said.reason is None) else said


def _reason(case: _Case) -> Reason:
    reason = _named(case)
    if case.stage in _BEFORE_RCPT and reason in _NOT_BEFORE_RCPT and not _asks_for_a_login(case):
        return _BY_STAGE[case.stage]  # nobody has been named yet: it is us
    return _CLOSER.get((reason, case.status[2:4]), reason)


def _asks_for_a_login(case: _Case) -> bool:
    return case.said.reason is Reason.SECURITYERROR and not case.said.leans


def _named(case: _Case) -> Reason:
    said, by_status = case.said, reason_of_status(case.status)
    exact = not is_vague(case.status) and by_status is not None
    if case.kind == "x-unix" and said.reason not in {Reason.MAILBOXFULL, Reason.SYSTEMFULL}:
        return Reason.MAILERERROR
    if said.reason and not said.leans:
        if exact and said.reason in _STOCK and case.status[2:] in _FIRM:
            return by_status or said.reason
        return Reason.FILTERED if _is_a_filters_word(case) else said.reason
    if exact and by_status is not Reason.SECURITYERROR:
        return by_status or Reason.ONHOLD
    return said.reason or by_status or _by_stage(case)


def _by_stage(case: _Case) -> Reason:
    if case.status.startswith("4"):
        return Reason.SYSTEMERROR
    return _BY_STAGE.get(case.stage, Reason.ONHOLD) if case.stage else Reason.ONHOLD


def _is_a_filters_word(case: _Case) -> bool:
    """Whether “user unknown” comes from a filter: said after the text, or nobody knows when, and no code agrees."""
    if case.said.reason is not Reason.USERUNKNOWN or not is_vague(case.status):
        return False
    nobody_knows = (case.stage is None and not case.status.endswith(".1.0")) or case.status.endswith(".2.0")
    quotes_a_server = case.code > 0 or case.text.startswith("[")
    return case.stage in _LATE or (nobody_knows and quotes_a_server)


def _suppress(case: _Case, reason: Reason) -> Suppress:
    """Suppress only what the live policy would, or what a report's own words leave no doubt about."""
    if reason in DEAD and (_is_dead_to_the_policy(case) or _is_dead_in_words(case)):
        return Suppress.NOW
    return Suppress.COUNT if reason in COUNTED else Suppress.NEVER


def _is_dead_to_the_policy(case: _Case) -> bool:
    same_class = case.code // 100 == int(case.status[:1] or 0)
    code = case.code if same_class else int(case.status[:1] or 5) * 100 + 50
    words = f"{case.status} {_LEADING.sub('', case.text, count=1)}"
    return classify(Reply(case.stage or Stage.RCPT, code, words)).suppress


def _is_dead_in_words(case: _Case) -> bool:
    """Read “no such user” at RCPT, or in a report that quotes no server at all, where no word blames us."""
    at_the_address = case.stage is Stage.RCPT or (case.stage is None and not case.code)
    return at_the_address and is_vague(case.status) and case.said.is_dead and not case.said.blames_us


# Stages: at which command a server said what a report quotes.
#
# Gaps: reports that do not tell (RFC 3464 has no field for it) give None.

MAX_TEXT = 4_000

_TOLD = re.compile(
    r"in reply to (?:the )?(?P<reply>end of data|[a-z]{4})"
    r"|after (?:pipelined |sending )?(?P<after>end of data|(?:mail|rcpt) (?:from|to|command)|data|helo|ehlo|the message"
    r"|message body)\b"
    r"|>{3} ?(?P<sent>[a-z]{4})\b"
    r"|(?P<progress>mail from|rcpt to|data) response"
    r"|(?:error (?:in|on|from)|smtp:|\bin |\bto |\bat |[\[(])(?P<named>mail[_ ]from|rcpt[_ ]to|rcpt|data)\b(?! source)"
    r"|but (?P<greeted>my name was rejected)|(?P<sender>sender was rejected|does not like the sender)"
    r"|(?P<liked>does not like recipient)|\(state (?P<state>\d\d?)\)"
    r"|(?P<late>end of data|failed after i sent the message|failed on data|reply to the message text|after the text)"
)
# Every way of telling it holds one of these; where none stands, nothing is told (the pattern is dear, prose is long)
_ANCHORS = (
    *("rcpt", "data", "mail from", "mail_from", "mail command", "helo", "ehlo", "does not like", "was rejected"),
    *("(state", "sent the message", "message text", "after the text", "after the message", "message body"),
    *("in reply to", ">>> conn"),
)
_BEFORE = 40  # characters before an anchor that may belong to it
_ANSWER = re.compile(r"<<< ?[45]\d\d")
_STAGES = {
    "mail": Stage.MAIL,
    "rcpt": Stage.RCPT,
    "data": Stage.DATA,
    "helo": Stage.EHLO,
    "ehlo": Stage.EHLO,
    "conn": Stage.CONNECT,
}
_NAMED = {"greeted": Stage.EHLO, "sender": Stage.MAIL, "liked": Stage.RCPT}  # qmail's words


def find_stage(*texts: str) -> Stage | None:
    """Return the command that a refusal answered, as the first of these texts that tells it says; None where none does.

    In a transcript it is the command before the first refusal.
    """
    for text in texts:
        said = text[:MAX_TEXT].lower()
        first = min((at for anchor in _ANCHORS if (at := said.find(anchor)) >= 0), default=len(said))
        start = max(0, first - _BEFORE)
        refused = _ANSWER.search(said)
        if refused:
            told = list(_TOLD.finditer(said, start, refused.start()))[-1:]
        else:
            told = [found] if (found := _TOLD.search(said, start)) else []
        if told:
            return _stage_of(told[0])
    return None


def _stage_of(told: re.Match[str]) -> Stage:
    group = told.lastgroup or ""
    if group == "state":  # Gmail's own count of where its session stood
        return Stage.RCPT if told["state"] in {"12", "13", "14"} else Stage.BODY
    return _NAMED.get(group) or _STAGES.get(told[group][:4], Stage.BODY)
