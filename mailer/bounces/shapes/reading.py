"""Reading: a report in no standard form, from its speaker to its recipients.

Owns the order: who speaks, what the text says happened, who is named and how plainly, and what a server said of each.
The meaning of a server's words is `diagnosis`. Never raises; a report whose recipient cannot be told has none, so that
the token in its address may still say whom it is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from mailer.bounces.delivery_status import parse_delivery_status
from mailer.bounces.diagnosis import diagnose
from mailer.bounces.parts import Part
from mailer.bounces.shapes.believed import Persons, is_housekeeper, mentioned, persons_of
from mailer.bounces.shapes.blocks import Block, Blocks, cut_blocks
from mailer.bounces.shapes.openers import Rank
from mailer.bounces.shapes.prose import Prose, read_prose
from mailer.bounces.shapes.said import (
    ANSWERED,
    DELAY,
    FAILURE,
    INTRODUCTION,
    SUBJECT,
    has_arrived,
    is_late,
    without_stock_words,
)
from mailer.bounces.values import Action, Confidence, Kind, ReportedRecipient
from mailer.bounces.wording import parse_addresses
from mailer.reply import MAX_TEXT
from mailer.words import read_section

_MAX_SAID = 5_000
_MAX_FIRST = 1_500  # who reports, and when it came, stands at the beginning
_FIRST_LINES = 25
_KINDS = {Action.FAILED: Kind.BOUNCE, Action.DELAYED: Kind.DELAYED, Action.DELIVERED: Kind.DELIVERED}
_CODE = re.compile(r"(?<![\d.])[45]\d\d(?=[ -](?!\d{3}-))|(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?!\.?\d)")
_DECORATION = " \t<>-*=_#|"
_EMPTY_HINT = re.compile(r"[a-z -]*(?:address|recipient|message|mail|rcpt|delivery)[a-z -]*(?:to|for|id)?$")
_RECIPIENT_FIELD = re.compile(r"\s{0,3}(?:final|original)-recipient\s?:", re.IGNORECASE)
_REFUSED = re.compile(r"(?<!\d)5\d\d[ -]#?5\.\d{1,3}\.\d{1,3}")
_VERP = re.compile(
    r"[^@]{0,64}?[+-]([A-Za-z0-9][A-Za-z0-9._-]{0,62})=([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})(?:-\d{1,12})?@"
)
_REMOTE = re.compile(
    r"\b(?:remote )?(?:host|server|talking to|connect(?:ing|ion)? to|mx|by|for domain"
    r"|smtp;)\s?:?\s+\[?([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})\]?[.\s:\[(,]",
    re.IGNORECASE,
)
_REPORTER = re.compile(
    r"(?:\b(?:program|system|server|service|agent|software) (?:at|on)(?: host)?|generating server:"
    r"|serveur de génération\s?:|generierender server:|servidor de generación:"
    r"|server di generazione:|生成サーバー:|notification from"
    r"|message from)\s+([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})",
    re.IGNORECASE,
)
_ARRIVED_AT = re.compile(r"\boriginal (?:message|mail) was received (?:at|on)\s+([^\n]{10,60})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a report in no standard form says.

    `returned` is the header of the message it returns, if it does. Where it does not name anybody itself, `recipients`
    are those of the returned message.
    """

    kind: Kind
    rule: str
    confidence: Confidence
    recipients: tuple[ReportedRecipient, ...]
    returned: Part | None
    reporting_mta: str = ""
    arrival_date: str = ""
    names_someone: bool = True


@dataclass(frozen=True, slots=True)
class _Said:
    """A recipient before its diagnosis."""

    address: str
    original: str
    text: str
    hint: str = ""


def read_shape(root: Part, report: Part, *, returned: Part | None, subject: str) -> Shape | None:
    """Read a mail system's own words; None where no mail system speaks, or of nothing that failed, waits or arrived.

    `root` is the message as it came, `report` the one wrapped in it or itself.
    """
    speaker = speaker_of(root) if report is root else max(speaker_of(root), speaker_of(report))
    says = subject_says(root, subject)
    by_people = from_a_list(root) or ANSWERED.match(subject)
    if speaker is not Speaker.SYSTEM and not by_people and introduces_itself(report):
        speaker = Speaker.SYSTEM
    if speaker is not Speaker.SYSTEM and not says:
        return None
    prose = read_prose(report, returned, quoted=speaker is Speaker.SYSTEM)
    action = _action(prose, subject) if _is_report(prose, speaker, says=says, listed=from_a_list(root)) else None
    if action is None:
        return None
    if fields := _fields(prose):
        return fields
    blocks = cut_blocks(prose.lines)
    persons = persons_of(root, prose.returned)
    rank, said = _recipients(root, blocks, persons)
    if speaker is Speaker.PERSON and (rank is None or rank > Rank.COMMANDED):
        return None
    text = "\n".join(prose.lines)
    context = without_stock_words(text) if len(said) == 1 else ""
    return Shape(
        kind=_KINDS[action],
        rule=f"a mail system's words: {rank.name.lower() if rank else 'nobody named'}",
        confidence=Confidence.LIKELY if rank and rank <= Rank.COMMANDED and speaker else Confidence.GUESS,
        recipients=tuple(_diagnosed(one, action, context) for one in _explained(said, blocks, subject)),
        returned=prose.returned,
        names_someone=bool(said) and rank is not Rank.RETURNED,
        reporting_mta=_first(_REPORTER, text),
        arrival_date=_first(_ARRIVED_AT, text).replace(",", ""),
    )


def _fields(prose: Prose) -> Shape | None:
    """Read the fields of a delivery report that stand in the text: their part has lost its type."""
    if not any(_RECIPIENT_FIELD.match(line) for line in prose.lines):
        return None
    found = parse_delivery_status("\n".join(prose.lines))
    if found.kind is Kind.NONE or not all("@" in one.address for one in found.recipients):
        return None
    return Shape(
        kind=found.kind,
        rule="delivery status in a mail system's words",
        confidence=Confidence.LIKELY,
        recipients=found.recipients,
        returned=prose.returned,
        reporting_mta=found.message.get("reporting-mta", ""),
        arrival_date=found.message.get("arrival-date", ""),
    )


def _is_report(prose: Prose, speaker: Speaker, *, says: bool, listed: bool) -> bool:
    """Return whether the text is a report's: the less the header tells, the more the first lines have to."""
    opening = " ".join([line for line in prose.lines if line.strip()][:_FIRST_LINES])[:_MAX_SAID]
    if speaker is Speaker.SYSTEM and says:
        return True
    if speaker is Speaker.SYSTEM and _REFUSED.search(opening):  # a server's answer is English in any language
        return True
    if not (FAILURE.search(opening) or DELAY.search(opening)):
        return False
    return speaker is Speaker.SYSTEM or (says and not listed)


def _action(prose: Prose, subject: str) -> Action | None:
    """Return what happened to the mail."""
    text = " ".join(" ".join(prose.lines).split())[:_MAX_SAID]
    if is_late(f"{subject} {text}"):
        return Action.DELAYED
    return Action.DELIVERED if has_arrived(text) else Action.FAILED


def _recipients(root: Part, blocks: Blocks, persons: Persons) -> tuple[Rank | None, list[_Said]]:
    """Return the recipients that are named most plainly, and how plainly."""
    declared = [a for value in root.headers_named("x-failed-recipients") for a in parse_addresses(value)]
    for rank in (Rank.NAMED, Rank.ANSWERED, Rank.COMMANDED):
        named = [block for block in blocks.blocks if block.rank is rank and not block.accepts]
        said = _from_blocks(named, persons)
        if said and (not declared or _agree(said, declared)):
            return rank, said
        if declared:
            return Rank.NAMED, [_Said(address, "", "") for address in declared]
    if by_name := _by_name(root, blocks, persons):
        return Rank.ANSWERED, by_name
    spoken = [address for address in mentioned(blocks.loose) if persons.may_be(address, named=False)]
    known = {address.lower() for address in persons.returned_to}
    if confirmed := [address for address in spoken if address.lower() in known] or spoken:
        return Rank.MENTIONED, [_Said(address, "", "") for address in confirmed]
    return _from_the_returned(root, persons)


def _agree(said: list[_Said], declared: list[str]) -> bool:
    keys = {address.lower() for address in declared}
    return any(one.address.lower() in keys or one.original.lower() in keys for one in said)


def _from_blocks(blocks: list[Block], persons: Persons) -> list[_Said]:
    """Join the blocks about one address; where it is told twice, the telling with a server's code is the better one."""
    found: dict[str, _Said] = {}
    strength: dict[str, tuple[bool, bool]] = {}
    for block in blocks:
        if not persons.may_be(block.address, named=block.rank is Rank.NAMED):
            continue
        key, weight = block.address.lower(), (block.refuses, bool(block.text))
        if key not in found or weight > strength[key]:
            original = block.original or (found[key].original if key in found else "")
            found[key] = _Said(block.address, original, block.text, block.hint)
            strength[key] = weight
    people = [one for one in found.values() if not is_housekeeper(one.address, persons)]
    return people or list(found.values())


def _by_name(root: Part, blocks: Blocks, persons: Persons) -> list[_Said]:
    """Make addresses of bare user names (`550 ann... User unknown`): those that the returned message was for.

    Without a returned message a name belongs to the house that reports, where that is plain.
    """
    if not blocks.names:
        return []
    to = {address.partition("@")[0].lower(): address for address in persons.returned_to}
    named = [to[name.lower()] for name in blocks.names if name.lower() in to]
    house = next(iter(parse_addresses(root.header("from"))), "").rpartition("@")[2].lower()
    domain = ".".join(house.split(".")[-2:])
    if not to and domain and (domain == house or any(f"@{domain}" in line for line in blocks.loose)):
        named = [f"{name}@{domain}" for name in blocks.names]
    return [_Said(address, "", "") for address in dict.fromkeys(named)]


def _from_the_returned(root: Part, persons: Persons) -> tuple[Rank | None, list[_Said]]:
    """Name whom the returned message was for, where that is one person, or whom our own VERP address names."""
    values = root.headers_named("to", "delivered-to", "x-original-to", "envelope-to")
    verp = next((found for value in values for a in parse_addresses(value) if (found := _VERP.match(a))), None)
    if verp:
        return Rank.RETURNED, [_Said(f"{verp[1]}@{verp[2]}", "", "")]
    to = [address for address in persons.returned_to if address.lower() not in persons.ours | persons.others]
    return (Rank.RETURNED, [_Said(to[0], "", "")]) if len(to) == 1 else (None, [])


def _explained(said: list[_Said], blocks: Blocks, subject: str) -> Iterator[_Said]:
    """Yield each recipient a text: its own, or what a server said elsewhere in the report, or all that is said."""
    told = {block.address.lower(): block.text for block in blocks.blocks if block.refuses}
    for one in said:
        text = one.text
        if not _CODE.search(text):
            text = told.get(one.address.lower(), "") or text
        if len(said) == 1 and not _CODE.search(text):
            text = said_to_all(blocks, text or one.hint) or without_stock_words(subject)
        yield _Said(one.address, one.original, text)


def said_to_all(blocks: Blocks, own: str) -> str:
    """Return what is said apart from all blocks: the lines with a code, else everything."""
    lines = [line for block in blocks.blocks for line in block.lines] + blocks.loose
    coded = [line.strip(_DECORATION) for line in lines if _CODE.search(line)]
    if coded:
        return " ".join(" ".join(coded[:6]).split())
    if len(own.split()) > 1 and not _EMPTY_HINT.match(own):
        return own
    return " ".join(" ".join([own, *(line.strip(_DECORATION) for line in blocks.loose)]).split())


def _diagnosed(said: _Said, action: Action, context: str) -> ReportedRecipient:
    read = diagnose(action, "", said.text, context=context)
    return ReportedRecipient(
        address=said.address,
        original_address=said.original,
        action=read.action,
        status=read.status,
        status_from=read.status_from,
        code=read.code,
        permanent=read.permanent,
        reason=read.reason,
        suppress=read.suppress,
        diagnostic=said.text[:MAX_TEXT],
        remote_mta=_first(_REMOTE, said.text),
    )


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text[:_MAX_FIRST])
    return found[1].strip() if found else ""


# Speaker: is it a mail system that speaks, or a person?


class Speaker(IntEnum):
    """Who speaks, as far as the header tells."""

    PERSON = 0  # nothing speaks for a mail system
    QUIET = 1  # a null sender or a machine's mark, which automatic replies have as well
    SYSTEM = 2  # the name of a mail system, or a field that only reports carry


# The local part, or the name before it; a person's name never matches
_NAME = re.compile("|".join(read_section("bounces", "returned")["name"]), re.IGNORECASE)
_FIELDS = frozenset(
    {
        *(
            "x-failed-recipients",
            "x-dsncontext",
            "x-ms-embedded-report",
            "x-mx-bounce",
            "x-mxl-notehash",
            "x-bounceio-id",
        ),
        *("x-mimecast-originator", "x-postfix-queue-id", "x-ms-exchange-message-is-ndr", "x-ahmailid", "x-sef-ndr"),
    }
)
_LONG_BODY = 100_000
_FIRST = 600
_REPORT = frozenset({"message/delivery-status", "message/global-delivery-status"})
_QUIET_FIELDS = frozenset({"auto-submitted", "x-auto-response-suppress", "x-loop", "x-autogenerated"})
_RETURN_PATH = re.compile(
    r"(?:^|[\s<+._-])(?:bounces?|returns?|verp|errors?|owner|request-bounce)(?:[+=_-][^\s@]{0,100})?@", re.IGNORECASE
)
_NULL_SENDERS = frozenset({"<>", "", "<mailer-daemon>", "mailer-daemon"})


def speaker_of(root: Part) -> Speaker:
    """Return who speaks by the header and the types of the parts.

    Who writes to the address in MAIL FROM answers no person: that alone is as much as a machine's mark.
    """
    sender = root.header("from")
    names = {name for name, _ in root.headers}
    if _NAME.search(sender) or _FIELDS & names or _has_report_fields(root):
        return Speaker.SYSTEM
    returned = root.header("return-path").strip().lower() if "return-path" in names else "?"
    if returned in _NULL_SENDERS or returned.startswith("<mailer-daemon"):
        return Speaker.QUIET
    if sender.strip().endswith("<>") or "from" not in names or _QUIET_FIELDS & names or to_a_return_path(root):
        return Speaker.QUIET
    return Speaker.PERSON


def introduces_itself(report: Part) -> bool:
    """Return whether the first words of a text are those by which mail systems introduce themselves."""
    part = next((part for part in report.walk() if not part.parts and part.content_type.startswith("text/")), None)
    if part is None or len(part.body) > _LONG_BODY:
        return False
    lines = [line.strip() for line in part.text()[:_FIRST].split("\n") if line.strip()]
    return any(INTRODUCTION.match(line) and not line.startswith(">") for line in lines[:2])


def to_a_return_path(root: Part) -> bool:
    """Return whether it was sent to an address that only stands in MAIL FROM: VERP, or a list's `-bounces@`."""
    return bool(_RETURN_PATH.search(root.header("to")))


def subject_says(root: Part, subject: str) -> bool:
    """Return whether a subject is one that mail systems give to reports; a person's answer to a report is not."""
    if not SUBJECT.search(subject[:300]):
        return False
    return not ANSWERED.match(subject) or to_a_return_path(root)


def from_a_list(root: Part) -> bool:
    """Return whether a mailing list or a newsletter sent it: what these tell of bounces is no report."""
    if to_a_return_path(root):
        return False
    names = {name for name, _ in root.headers}
    return "list-unsubscribe" in names or "list-id" in names or root.header("precedence").strip().lower() == "list"


def _has_report_fields(root: Part) -> bool:
    if root.content_type == "multipart/report" and "feedback" not in root.parameters.get("report-type", "").lower():
        return True
    return any(part.content_type in _REPORT for part in root.walk())
