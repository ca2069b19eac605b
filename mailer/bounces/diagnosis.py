"""Diagnosis: what a status and a server's text mean for the address, and the reports that have both as fields.

Owns how one recipient's fields are weighed. The text is read by the table in `mailer.reply.texts`, which also finds the
reasons of live refusals, and the policy in `mailer.reply` decides, on a `Reply`, whether a refusal ends an address: a
bounce and a live refusal with the same words are never read differently. This file adds what only a report has: a
Status field beside the text, a stage that may be missing, and texts of mail queues that no server replies with.

The order: exact text, or text about us; an exact status; a tendency of the text; the status's group; the stage; a
guess. RFC 3463. `runs.collect.matching` decides on the consequences for the recipient. Never raises.

Gaps: “user unknown” without an exact status, in a report that gives no stage, is `filtered` and counted, since carriers
use it for a person's own filter.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from mailer import lazy_re as re
from mailer.bounces.parts import (
    Fields,
    Part,
    parse_action,
    parse_groups,
    parse_recipient,
    parse_status,
    parse_typed,
    split_repeats,
)
from mailer.bounces.prose import Block, Rank, cut_blocks, read_prose, without_stock_words
from mailer.bounces.values import Action, Kind, ReportedRecipient, StatusFrom, Suppress
from mailer.frozen import dataclass, replace
from mailer.reply.policy import classify
from mailer.reply.texts import Reading, guess, read_text
from mailer.reply.values import (
    COUNTED,
    DEAD,
    MAX_TEXT,
    Reason,
    Reply,
    Stage,
    is_vague,
    reason_of_code,
    reason_of_status,
)
from mailer.words import read_section

_CODE = re.compile(r"([245](?<![\d.].)\d\d)(?=[ \-;,:]|$)")
_HOST = re.compile(r"(?<![@\w.-])[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
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
_OF_PROGRAMS = frozenset({Reason.MAILBOXFULL, Reason.SYSTEMFULL})
_VAGUE_REASONS = frozenset({Reason.REJECTED, Reason.SYSTEMERROR, Reason.POLICYVIOLATION})
_LASTED = "retry timeout exceeded"
_SENTENCE = 5  # words that make a sentence, even if none of them is known
# a status so exact that a server's stock phrase beside it changes nothing
_FIRM = frozenset({"1.6", "2.1", "2.2", "2.3", "3.1", "3.2", "3.4", "7.13", "7.17", "7.25", "7.26"})
# after days of these Postfix gives up, and reports the last reply, but not the days
_WAITED_FOR = frozenset({Reason.SYSTEMERROR, Reason.SYSTEMFULL})
_STOCK = (DEAD - {Reason.SUSPEND, Reason.HASMOVED}) | {Reason.NETWORKERROR, Reason.SYSTEMERROR, Reason.EXPIRED}


def diagnose(
    action: Action | None,
    status: str,
    diagnostic: str,
    /,
    *,
    context: Callable[[], str] = str,
    host: str = "",
    **who: Any,  # noqa: ANN401 - fields of `ReportedRecipient`, of more than one type
) -> ReportedRecipient:
    """Read a recipient's action (None: missing), Status field and Diagnostic-Code field, as they are in the report.

    `context` returns the text for people about this recipient, and is called only for what the fields leave open: the
    stage, the reason, and for how long. `host` is the server that refused, or the recipient's domain. The status in the
    diagnostic makes a vague one exact, a missing action follows from the status, and without a diagnostic the comment
    in the status counts. A failure is permanent only if its reason is of class 5; one without a class counts as such,
    unless Exim gave up on an error that was temporary to the end. `who` is how the report names the recipient: fields
    of `ReportedRecipient`.
    """
    kind, text = parse_typed(diagnostic)
    if not _TYPE.match(kind):  # neither a registered type nor one with an x-: a word of the text
        kind, text = "", diagnostic.strip()
    text = text or status
    if wrapped := _WRAPPED.match(text):
        text = wrapped[1] + wrapped[2]
    found, answer = _CODE.search(text), text
    # in a transcript, replies that accept a command come before the refusal
    if found and found[1].startswith("2") and action in {Action.FAILED, Action.DELAYED}:
        found = next((each for each in _CODE.finditer(text) if not each[1].startswith("2")), None)
        answer = text[found.start() :] if found else text
    code = int(found[1]) if found else 0
    field = parse_status(status)
    exact = _exact_status(field, answer, code)
    action = action or {"5": Action.FAILED, "4": Action.DELAYED, "2": Action.DELIVERED}.get(exact[:1])
    if action not in {Action.FAILED, Action.DELAYED}:
        source = _source(field, answer, exact)
        return ReportedRecipient(action=action, status=exact, status_from=source, code=code, **who)
    domain = str(who.get("address", "")).rpartition("@")[2].lower()
    reading = read_text(_without(domain, text), host)
    stated_stage = find_stage(text)
    needs_words = reading.reason is None or (reading.is_hint and reading.reason in _VAGUE_REASONS)
    # no stage would change plain words beside a status that is as exact
    is_open = needs_words or is_vague(exact) or (exact[2:] in _FIRM and reading.reason is not reason_of_status(exact))
    words = context() if is_open else ""
    if words and needs_words:
        other = read_text(_without(domain, words), host)
        # the text for people decides if it is plain, or if nothing else is; it makes no address dead
        if other.phrase and (not other.is_hint or reading.reason is None or other.reason not in _VAGUE_REASONS):
            reading = other._replace(is_dead=False)
    # without the text for people, RCPT is the likeliest stage
    stated_stage = stated_stage or find_stage(words)
    stage = stated_stage or (None if words else Stage.RCPT)
    # a queue's own text quotes no server; “user unknown” to RCPT is no stock phrase beside 5.2.1
    firm = not (stated_stage is Stage.RCPT and exact.endswith(".2.1")) and exact[2:] in _FIRM
    quotes_server = code > 0 or text.startswith("[")
    reason, by = _reason(exact, stage, reading, kind=kind, code=code, is_firm=firm, quotes_server=quotes_server)
    stated = exact
    lasted = _LASTED in f"{text} {words[:1000]}".lower()
    if not exact:
        passing = lasted or action is Action.DELAYED or " temporar" in words[:1000].lower()
        exact = "4.0.0" if passing else "5.0.0"
    permanent = action is Action.FAILED and exact.startswith("5") and not (lasted and is_vague(exact))
    suppress = Suppress.COUNT if reason in COUNTED else Suppress.NEVER
    # a live refusal in these words would suppress: a bounce and a refusal are judged alike
    digits = code if code // 100 == int(stated[:1] or 0) else int(stated[:1] or 5) * 100 + 50
    refusal = Reply(stage or Stage.RCPT, digits, f"{stated} {_LEADING.sub('', text, count=1)}")
    # or "no such user" at RCPT, or in a report that quotes no server at all, if no word blames us
    at_the_address = stage is Stage.RCPT or (stage is None and not code)
    is_dead_in_words = at_the_address and is_vague(stated) and reading.is_dead and not reading.blames_us
    if reason in DEAD and (is_dead_in_words or classify(refusal).suppress):
        suppress = Suppress.NOW if permanent else Suppress.COUNT if action is Action.FAILED else Suppress.NEVER
    if action is Action.FAILED and reason in _WAITED_FOR and exact.startswith("4"):
        suppress = Suppress.COUNT
    # a guess counts against no address
    if permanent and reading.reason is None and reason is Reason.ONHOLD and len(f"{text} {words}".split()) >= _SENTENCE:
        reason, by = guess(text), f"{by}; a guess, since most permanent failures are for unknown users"
    return ReportedRecipient(
        **who,
        action=action,
        status=exact,
        status_from=_source(field, answer, exact),
        code=code,
        permanent=permanent,
        reason=reason.value,
        suppress=suppress,
        reason_by=by,
    )


def _without(domain: str, text: str) -> str:
    """Return a text without the names of the recipient's hosts: words in a host name are no reason."""
    is_named = domain and domain in text.lower().replace(f"@{domain}", "")  # in an address it is no word
    return _HOST.sub(lambda host: " " if host[0].lower().endswith(domain) else host[0], text) if is_named else text


def _source(field: str, text: str, exact: str) -> StatusFrom:
    if not exact:
        return StatusFrom.NOWHERE
    if exact == field:
        return StatusFrom.FIELD
    return StatusFrom.TEXT if exact == parse_status(text) else StatusFrom.INFERRED


def _exact_status(status: str, text: str, code: int) -> str:
    """Return an exact status for a missing or vague one; “5.0.0” around a server's “try later” is the queue's own."""
    in_text = parse_status(text)
    if code and status[:1] == str(code // 100) != in_text[:1]:  # “552 4.3.1”: two of three are of this class
        in_text = in_text and f"{code // 100}{in_text[1:]}"
    if status and not status.endswith(".0.0"):
        return status
    if in_text and (not status or not in_text.endswith(".0.0")):
        return in_text
    return f"{code // 100}.0.0" if code and status[:1] in {"", "5"} and code // 100 != 2 else status or in_text


def _reason(
    status: str, stage: Stage | None, reading: Reading, *, kind: str, code: int, is_firm: bool, quotes_server: bool
) -> tuple[Reason, str]:
    """Return the reason of a refusal, and what decided it; `kind` is the diagnostic's type, such as smtp or x-unix."""
    by_status = reason_of_status(status)
    is_exact = not is_vague(status) and by_status is not None
    is_hint = reading.reason in DEAD and reading.phrase is not None and reading.phrase.is_hint
    by = f"the words “{reading.phrase}” ({reading.phrase.row.section})" if reading.phrase else "nothing that is known"
    is_clear = reading.reason in _OF_PROGRAMS or (reading.reason is Reason.USERUNKNOWN and status.endswith(".1.1"))
    if kind == "x-unix" and not is_clear:
        reason, by = Reason.MAILERERROR, "a program that took the mail (x-unix)"
    elif reading.reason and not reading.is_hint:
        reason = reading.reason
        # "user unknown" from a filter: after the text, or at an unknown stage, and no code agrees
        is_unknown_stage = (stage is None and not status.endswith(".1.0")) or status.endswith(".2.0")
        is_stock = quotes_server and not reading.is_code and reading.phrase is not None and reading.phrase.row.is_final
        is_late = stage in _LATE or (is_unknown_stage and is_stock)
        if is_exact and by_status and reason in _STOCK and is_firm:
            reason, by = by_status, f"status {status}"
        elif reason is Reason.USERUNKNOWN and is_vague(status) and is_late:
            reason, by = Reason.FILTERED, f"{by}, after the text or at an unknown stage"
    elif is_exact and by_status and (by_status is not Reason.SECURITYERROR or is_hint):
        reason, by = by_status, f"status {status}"
    elif reading.reason:
        reason = reading.reason
    elif by_status:
        reason, by = by_status, f"status {status}"
    elif by_code := reason_of_code(code) or (Reason.SYSTEMERROR if status.startswith("4") else None):
        reason, by = by_code, f"the reply code {code}" if code else f"status {status}"
    else:
        reason = _BY_STAGE.get(stage, Reason.ONHOLD) if stage else Reason.ONHOLD
    asks_for_a_login = reading.reason is Reason.SECURITYERROR and not reading.is_hint
    if stage in _BEFORE_RCPT and reason in _NOT_BEFORE_RCPT and not asks_for_a_login:
        reason = _BY_STAGE[stage]  # no recipient has been named yet: it is about us
    if stage and reason is _BY_STAGE.get(stage) is not reading.reason:
        by = f"the command that was refused ({stage})"
    if reason is Reason.HOSTUNKNOWN and status.startswith("4"):
        reason = Reason.NETWORKERROR  # no name server has ruled the host out for good
    if reason is Reason.MESGTOOBIG and status[2:4] == "2.":
        reason = Reason.EXCEEDLIMIT  # too large for this recipient
    return reason, by


# Stages: which command the refusal in a report answered.
#
# Gaps: the stage is None if a report does not have it (RFC 3464 has no field for it).

MAX_LOOKED_AT = 4_000

_STAGE_WORDS = read_section("bounces", "stages")
_STAGE = re.compile("|".join(_STAGE_WORDS["told"]))
_BEFORE = 40  # characters before an anchor that may belong to it
_ANSWER = re.compile(r"<(?:<<|--) ?[45]\d\d")
_STAGES = {
    "mail": Stage.MAIL,
    "rcpt": Stage.RCPT,
    "data": Stage.DATA,
    **dict.fromkeys(("conn", "init"), Stage.CONNECT),
    **dict.fromkeys(("helo", "ehlo"), Stage.EHLO),
}
_NAMED = {"greeted": Stage.EHLO, "sender": Stage.MAIL, "liked": Stage.RCPT}  # qmail's words


def find_stage(text: str) -> Stage | None:
    """Return the command that a refusal answered, by a report's text; None if the text does not have it.

    In a transcript it is the command before the first refusal.
    """
    low = " ".join(text[:MAX_LOOKED_AT].lower().split())
    anchored = [at for anchor in _STAGE_WORDS["anchors"] if (at := low.find(anchor)) >= 0]
    if not anchored:
        return None
    start = max(0, min(anchored) - _BEFORE)
    refused = _ANSWER.search(low)
    # in a transcript it is the last command before the refusal
    commands = list(_STAGE.finditer(low, start, refused.start())) if refused else []
    found = _STAGE.search(low, start) if not refused else commands[-1] if commands else None
    if found is None:
        return None
    group = found.lastgroup or ""
    if group == "state":  # Gmail's own number for the state of its session
        return Stage.RCPT if found["state"] in {"12", "13", "14"} else Stage.BODY
    return _NAMED.get(group) or _STAGES.get(found[group][:4], Stage.BODY)


# Delivery status: the machine-readable part of a delivery report, RFC 3464 (message/delivery-status) and RFC 6533
# (message/global-delivery-status): one group of fields about the message, one for each recipient. The text for people
# is read, through `ReportText`, only for what the fields leave out. Missing pieces stay empty.

STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status", "message/xdelivery-status"})
MAX_RECIPIENTS = 500
_WHO = ("final-recipient", "original-recipient")
_ACTUAL = "x-actual-recipient"
_WORDS = re.compile(r"[^\W\d_]{2}\W+[^\W\d_]{2}")  # fewer than two words have no reason
_WHAT = ("action", "status", "diagnostic-code")
# a pipe, a file, a host, a name alone, and a domain that was cut off or is only internal
_NO_ADDRESS = re.compile(r"[|/@]|[^@]*$|[^@]*@(?:[^.]*|.*\.(?:local|lan|internal|localdomain))$", re.IGNORECASE)
_MAX_PASSAGE = 4_000
_FEW_WORDS = 8  # a shorter text says nothing about a recipient


class ReportText:
    """The text for people in a report; it is read when it is first needed."""

    def __init__(self, report: Part, returned: Part | None) -> None:
        """Hold the report, and the header of the message it returns."""
        self._report = report
        self._returned = returned

    @cached_property
    def _lines(self) -> tuple[str, ...]:
        return read_prose(self._report, self._returned).lines

    @cached_property
    def _blocks(self) -> list[Block]:
        return [block for block in cut_blocks(self._lines).blocks if block.lines]

    @cached_property
    def _best(self) -> dict[str, Block]:
        best: dict[str, Block] = {}
        for block in sorted(self._blocks, key=lambda block: not block.refuses):
            for each in filter(None, (block.address.lower(), block.original.lower())):
                best.setdefault(each, block)
        return best

    @property
    def named(self) -> tuple[str, ...]:
        """Return the addresses that the text names plainly."""
        return tuple(dict.fromkeys(block.address for block in self._blocks if block.rank is Rank.NAMED))

    def about(self, *addresses: str, only: bool) -> str:
        """Return the lines about a recipient with any of these addresses; `only`: the report is about nobody else.

        Lines with a server's code take precedence. If no recipient is named, the whole text, without stock words, is
        about the only one.
        """
        if best := next((self._best[each.lower()] for each in addresses if each.lower() in self._best), None):
            return "\n".join(best.lines)[:_MAX_PASSAGE].strip()
        whole = without_stock_words("\n".join(self._lines)[:_MAX_PASSAGE]).strip() if only else ""
        return whole if len(whole.split()) >= _FEW_WORDS else ""


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """A delivery report: fields about the message, and its recipients."""

    message: Fields
    recipients: tuple[ReportedRecipient, ...]

    @property
    def kind(self) -> Kind:
        """Return the kind: only `failed` is a bounce (RFC 3464); a report about nobody is of no kind."""
        actions = {recipient.action for recipient in self.recipients}
        if Action.FAILED in actions:
            return Kind.BOUNCE
        if Action.DELAYED in actions:
            return Kind.DELAYED
        return Kind.DELIVERED if actions - {None} else Kind.NONE


def parse_delivery_status(text: str, *, fallback: str = "", prose: ReportText | None = None) -> DeliveryStatus:
    """Read the text of a message/delivery-status part.

    `fallback` is the address of the recipient if exactly one is reported, and without an address. `prose` has what the
    report's text says about a recipient, for fields that are missing.
    """
    message: dict[str, str] = {}
    people: list[dict[str, str]] = []
    pieces = (piece for group in parse_groups(text) for piece in split_repeats(group, *_WHO))
    for fields in (dict(reversed(piece)) for piece in pieces):  # the first value of each field
        # a stray blank line splits a recipient, and a report about one recipient may be a single group
        names_someone = any(name in fields for name in _WHO)
        if people and not names_someone and not any(name in people[-1] for name in fields):
            people[-1].update(fields)
        elif names_someone or any(name in fields for name in _WHAT):
            people.append(fields)
            if "reporting-mta" in fields:
                message.update(fields)
        else:
            message.update({name: value for name, value in fields.items() if name not in message})
    only = len(people) == 1
    if only and not any(parse_recipient(people[0].get(name, "")) for name in (*_WHO, _ACTUAL)):
        people[0]["final-recipient"] = fallback
    recipients = tuple(_recipient(fields, prose, only=only) for fields in people[:MAX_RECIPIENTS])
    return DeliveryStatus(message, tuple(r for r in recipients if r.address or r.action))


def _recipient(fields: Fields, prose: ReportText | None, *, only: bool) -> ReportedRecipient:
    named = {name: parse_recipient(fields.get(name, "")) for name in (*_WHO, _ACTUAL)}

    def words() -> str:
        return prose.about(*named.values(), only=only) if prose else ""

    diagnostic, status = fields.get("diagnostic-code", ""), fields.get("status", "")
    if not _WORDS.search(parse_typed(diagnostic)[1]) and not _WORDS.search(status):
        diagnostic = " ".join(words().split()) or diagnostic
    by = next((name for name, one in named.items() if "@" in one), next((name for name in named if named[name]), ""))
    address = named.get(by, "")
    remote = parse_typed(fields.get("remote-mta", ""))[1]
    host = remote or address.rpartition("@")[2]
    return diagnose(
        parse_action(fields.get("action", "")),
        status,
        diagnostic,
        context=words,
        host=host,
        address=address,
        original_address=named["original-recipient"],
        diagnostic=parse_typed(diagnostic)[1][:MAX_TEXT],
        remote_mta=remote,
        named_by=f"the field {by.title()} of the delivery report",
    )


def as_sent(
    recipients: tuple[ReportedRecipient, ...], to: tuple[str, ...], *, declared: list[str], prose: ReportText
) -> tuple[ReportedRecipient, ...]:
    """Return the recipients of a report, each once, with the address as sent if their own is none or was cut short.

    A pipe, a file, a host or a name alone is replaced by an address of X-Failed-Recipients (`declared`), of the text,
    or of the returned mail (`to`), in this order; an address that was cut off is completed only from the latter.
    """
    known = {each.lower() for each in to}
    found = []
    for one in recipients:
        low, by, address = one.as_sent.lower(), "the returned mail", ""
        local, _, domain = low.partition("@")
        if local and domain and low not in known:
            address = next((each for each in to if each.lower().startswith(low)), "")
            sent, by = (to, by) if to else (prose.named, "the words")
            only = sent[0].lower() if len(recipients) == len(sent) == 1 else ""
            if only.partition("@")[0] in local and only and f".{domain}".endswith(f".{only.partition('@')[2]}"):
                address = sent[0]  # a host of the domain, a quotation, a forwarder's additions
        is_open = not address and _NO_ADDRESS.match(low)
        lists = {"X-Failed-Recipients": declared, "the words": prose.named, "the returned mail": to} if is_open else {}
        for name, named in lists.items():
            whole = [each for each in named if not _NO_ADDRESS.match(each)]
            same = [each for each in whole if each.partition("@")[0].lower() == local]
            if same or (len(recipients) == len(whole) == 1):
                by, address = name, (same or whole)[0]
                break
        found.append(replace(one, original_address=address, named_by=f"{one.named_by}, and {by}") if address else one)
    unique = {(one.address.lower(), one.original_address.lower(), one.action): one for one in reversed(found)}
    return tuple(reversed(unique.values()))
