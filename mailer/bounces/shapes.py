"""Shapes: delivery reports in no standard form, read as people read them.

Owns the order: who speaks, what the text says happened, who is named and how plainly, and what a server said of each;
and which of the addresses found are recipients: a report is never about its own author, about us, or about the people
whom one may ask. A wrong address is worse than none: what is in doubt is left out, and a report whose recipient cannot
be told has none, so that the token in its address may still say who it is about.
Never raises, never reads a returned message's body; the meaning of a server's words is `diagnosis`. A new server's
shape is a row of words in `bounces.toml`, or a pattern in `blocks`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from mailer.bounces.blocks import ADDRESS, Block, Blocks, Rank, cut_blocks
from mailer.bounces.delivery_status import parse_delivery_status
from mailer.bounces.diagnosis import diagnose
from mailer.bounces.parts import Part, parse_addresses, parse_time, parse_typed
from mailer.bounces.prose import (
    ANSWERED,
    DELAY,
    FAILURE,
    FIELDS,
    HELD,
    INTRODUCTION,
    SUBJECT,
    Prose,
    has_arrived,
    is_late,
    read_prose,
    returned_recipients,
    without_stock_words,
)
from mailer.bounces.values import Action, Confidence, Kind, Report
from mailer.reply.texts import read_text
from mailer.reply.values import MAX_TEXT
from mailer.words import read_section

_MAX_SAID = 5_000
_MAX_FIRST = 1_500  # who reports, and when it came, stands at the beginning
_FIRST_LINES = 25
_CODE = re.compile(r"(?<![\d.])[45]\d\d(?=[ -](?!\d{3}-))|(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?!\.?\d)")
_DECORATION = " \t<>-*=_#|"
_EMPTY_HINT = re.compile(r"[a-z -]*(?:address|recipient|message|mail|rcpt|delivery)[a-z -]*(?:to|for|id)?$")
_RECIPIENT_FIELD = re.compile(r"\s{0,3}(?:final|original)-recipient\s?:", re.IGNORECASE)
_REFUSED = re.compile(r"(?<!\d)5\d\d[ -]#?5\.\d{1,3}\.\d{1,3}")
_FINAL = re.compile(r"(?<![\d.])5\d\d[ -]#?(?:5\.\d|[A-Za-z<])")
_HOST = r"([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})"
_VERP = re.compile(rf"[^@]{{0,64}}?[+-]([A-Za-z0-9][A-Za-z0-9._-]{{0,62}})={_HOST}(?:-\d{{1,12}})?@")
_NAMED_BY = read_section("bounces", "why")["named"]
_AROUND = {name: "|".join(words) for name, words in read_section("bounces", "around").items()}
_REMOTE = re.compile(rf"\b(?:{_AROUND['remote']})\s?:?\s+\[?{_HOST}\]?[.\s:\[(,]")
_REPORTER = re.compile(rf"(?:{_AROUND['reporter']})\s+{_HOST}")
_ARRIVED_AT = re.compile(r"\boriginal (?:message|mail) was received (?:at|on)\s+([^\n]{10,60})")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a report in no standard form says.

    `returned` is the header of the message it returns, if it does. Where it does not name anybody itself, the
    recipients are those of the returned message.
    """

    report: Report
    returned: Part | None
    names_someone: bool = True


@dataclass(frozen=True, slots=True)
class _Said:
    """A recipient before its diagnosis."""

    address: str
    original: str = ""
    text: str = ""
    hint: str = ""


def read_shape(
    root: Part, report: Part, *, returned: Part | None, subject: str, answers_nobody: bool = False
) -> Shape | None:
    """Read a mail system's own words; None where no mail system speaks, or of nothing that failed, waits or arrived.

    `root` is the message as it came, `report` the one wrapped in it or itself. `answers_nobody`: it has the null
    sender, and is no automatic reply: then it is enough that it plainly names somebody and says that it failed.
    """
    speaker = Speaker.SYSTEM if answers_nobody else max(speaker_of(root), speaker_of(report))
    says, listed = subject_says(root, subject), _from_a_list(root)
    if speaker is not Speaker.SYSTEM and not (listed or ANSWERED.match(subject)) and introduces_itself(report):
        speaker = Speaker.SYSTEM
    # a null sender, and a word that no signature and no notice calls anybody; a link is there to be followed
    first = _first_text(report)[:_MAX_FIRST] if speaker is Speaker.QUIET else ""
    is_told = returned is not None or (_ONLY.search(first) and "http" not in first)
    nameless = speaker is Speaker.QUIET and not says and is_told
    if speaker is not Speaker.SYSTEM and not says and not nameless:
        return None
    prose = read_prose(report, returned, quoted=speaker is Speaker.SYSTEM)
    # the less the header tells, the more the first lines have to; a server's answer is English in any language
    opening = " ".join([line for line in prose.lines if line.strip()][:_FIRST_LINES])[:_MAX_SAID].lower()
    if speaker is not Speaker.SYSTEM or not (says or _REFUSED.search(opening)):
        if HELD.search(opening) or not (FAILURE.search(opening) or DELAY.search(opening) or has_arrived(opening)):
            return None
        if speaker is not Speaker.SYSTEM and listed:
            return None
    if fields := _fields(prose):
        return fields
    blocks = cut_blocks(prose.lines)
    persons = persons_of(root, prose.returned)
    rank, said = _recipients(root, blocks, persons)
    if speaker is Speaker.PERSON and (rank is None or rank > Rank.COMMANDED):
        return None
    known = {address.lower() for address in persons.returned_to}
    sure = [one.address.lower() in known or bool(_ONLY.match(one.hint) or FAILURE.match(one.hint)) for one in said]
    if answers_nobody and rank is Rank.NAMED:  # an address under a letter is anybody's, unless it says what failed
        sure = [each or _tells(one.text) for each, one in zip(sure, said, strict=True)]
    if (nameless or (answers_nobody and rank is not Rank.MENTIONED)) and not (sure and all(sure)):
        return None
    text = "\n".join(prose.lines)
    flat = " ".join(text.split())[:_MAX_SAID]
    # what a server refuses for good is not still tried, whatever a letter says of both
    if is_late(f"{subject} {flat}") and not any(_FINAL.search(one.text) for one in said):
        kind, action = Kind.DELAYED, Action.DELAYED
    elif has_arrived(flat):
        kind, action = Kind.DELIVERED, Action.DELIVERED
    else:
        kind, action = Kind.BOUNCE, Action.FAILED
    context = without_stock_words(f"{text}\n{subject}") if len(said) == 1 else ""
    recipients = tuple(
        replace(
            diagnose(action, "", one.text, context=context, host=one.address.rpartition("@")[2]),
            address=one.address,
            original_address=one.original,
            diagnostic=one.text[:MAX_TEXT],
            remote_mta=_first(_REMOTE, one.text),
            named_by=_NAMED_BY[rank.name.lower()] if rank else "",
        )
        for one in _explained(said, blocks, subject)
    )
    found = Report(
        kind=kind,
        rule=f"a mail system's words: {rank.name.lower() if rank else 'nobody named'}",
        confidence=Confidence.LIKELY if rank and rank <= Rank.COMMANDED and speaker else Confidence.GUESS,
        recipients=recipients,
        reporting_mta=_first(_REPORTER, text),
        arrived_at=parse_time(_first(_ARRIVED_AT, text).replace(",", "")),
    )
    return Shape(found, prose.returned, names_someone=bool(said) and rank is not Rank.RETURNED)


def _fields(prose: Prose) -> Shape | None:
    """Read the fields of a delivery report that stand in the text: their part has lost its type."""
    if not any(_RECIPIENT_FIELD.match(line) for line in prose.lines):
        return None
    found = parse_delivery_status("\n".join(prose.lines))
    if found.kind is Kind.NONE or not all("@" in one.address for one in found.recipients):
        return None
    report = Report(
        kind=found.kind,
        rule="delivery status in a mail system's words",
        confidence=Confidence.LIKELY,
        recipients=found.recipients,
        reporting_mta=parse_typed(found.message.get("reporting-mta", ""))[1],
        arrived_at=parse_time(found.message.get("arrival-date", "")),
    )
    return Shape(report, prose.returned)


def _recipients(root: Part, blocks: Blocks, persons: Persons) -> tuple[Rank | None, list[_Said]]:
    """Return the recipients that are named most plainly, and how plainly."""
    declared = [a for value in root.headers_named("x-failed-recipients") for a in parse_addresses(value)]
    keys = {address.lower() for address in declared}
    plainly = [block for block in blocks.blocks if block.rank <= Rank.ANSWERED]
    all_arrived = bool(plainly) and all(block.accepts for block in plainly)
    for rank in (Rank.NAMED, Rank.ANSWERED, Rank.COMMANDED):
        named = [each for each in blocks.blocks if each.rank is rank and (all_arrived or not each.accepts)]
        said = _from_blocks(named, persons)
        if said and (not declared or any({one.address.lower(), one.original.lower()} & keys for one in said)):
            return rank, said
        if declared:
            return Rank.NAMED, [_Said(address) for address in declared]
    plain = {each.address.lower(): each for each in blocks.blocks if each.rank is Rank.NAMED and each.refuses}
    if len(plain) == 1 and plain.keys() <= persons.ours:  # who wrote to themselves
        own = next(iter(plain.values()))
        return Rank.NAMED, [_Said(own.address, text=own.text)]
    if by_name := _by_name(root, blocks, persons):
        return Rank.ANSWERED, by_name
    spoken = [address for address in mentioned(blocks.loose) if persons.may_be(address, named=False)]
    known = {address.lower() for address in persons.returned_to}
    if confirmed := [address for address in spoken if address.lower() in known] or spoken:
        return Rank.MENTIONED, [_Said(address) for address in confirmed]
    return _from_the_returned(root, persons)


def _from_blocks(blocks: list[Block], persons: Persons) -> list[_Said]:
    """Join the blocks about one address; where it is told twice, the telling with a server's code is the better one."""
    found: dict[str, _Said] = {}
    strength: dict[str, tuple[bool, bool]] = {}
    written_to = persons.written_to
    known = {address.lower() for address in persons.returned_to}  # else the contacts that reports name
    for block in blocks:
        if not persons.may_be(block.address, named=block.rank is Rank.NAMED):
            continue
        key, weight = block.address.lower(), (block.refuses, bool(block.text))
        if key in written_to and block.original.lower() not in written_to:
            block.original = ""  # the mail itself says what we wrote to
        # behind a label that nobody knows may stand anybody
        if block.rank is Rank.ANSWERED and block.hint and known and key not in known:
            continue
        if key not in found or weight > strength[key]:
            original = block.original or (found[key].original if key in found else "")
            found[key] = _Said(block.address, original, block.text, block.hint)
            strength[key] = weight
    people = [one for key, one in found.items() if key in known or not _HOUSEKEEPERS.match(one.address)]
    return people or [one for key, one in found.items() if strength[key][0]]


def _by_name(root: Part, blocks: Blocks, persons: Persons) -> list[_Said]:
    """Build addresses of bare user names (`550 ann... User unknown`): those that the returned message was for.

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
    return [_Said(address) for address in dict.fromkeys(named)]


def _from_the_returned(root: Part, persons: Persons) -> tuple[Rank | None, list[_Said]]:
    """Return the recipient of the returned message, where it is one, or the one that our own VERP address names."""
    values = root.headers_named("to", "delivered-to", "x-original-to", "envelope-to")
    verp = next((found for value in values for a in parse_addresses(value) if (found := _VERP.match(a))), None)
    if verp:
        return Rank.RETURNED, [_Said(f"{verp[1]}@{verp[2]}")]
    to = [address for address in persons.returned_to if address.lower() not in persons.ours | persons.others]
    return (Rank.RETURNED, [_Said(to[0])]) if len(to) == 1 else (None, [])


def _explained(said: list[_Said], blocks: Blocks, subject: str) -> Iterator[_Said]:
    """Yield each recipient a text: its own, or what a server said elsewhere in the report, or all that is said."""
    told = {block.address.lower(): block.text for block in blocks.blocks if block.refuses}
    for one in said:
        text = one.text if _CODE.search(one.text) else told.get(one.address.lower(), "") or one.text
        if len(said) == 1 and not _CODE.search(text):
            own = text or one.hint
            lines = [line for block in blocks.blocks for line in block.lines] + blocks.loose
            coded = [line.strip(_DECORATION) for line in lines if _CODE.search(line)][:6]
            is_told = len(own.split()) > 1 and not _EMPTY_HINT.match(own)
            loose = [] if is_told else [line.strip(_DECORATION) for line in blocks.loose]
            text = " ".join(" ".join(coded or [own, *loose]).split()) or without_stock_words(subject)
        yield _Said(one.address, one.original, text)


def _tells(text: str) -> bool:
    """Return whether a text says what failed, rather than lets one guess."""
    said = read_text(text)
    return bool(said.reason) and not said.leans


def _first(pattern: re.Pattern[str], text: str) -> str:
    low = text[:_MAX_FIRST].lower()  # no longer than the text, but for a Turkish İ
    found = pattern.search(low)
    return text[found.start(1) : found.end(1)].strip() if found else ""


# Persons: who is who, by the headers, and who the sentences are about.

_MAX_SENTENCES = 8_000
_MAX_MENTIONED = 20
_ROLES = re.compile(rf"(?:{_AROUND['roles']})(?:[+-][^@]{{1,40}})?@", re.IGNORECASE)
_HOUSEKEEPERS = re.compile(rf"(?:{_AROUND['housekeepers']})(?:[.+-][^@]{{1,40}})?@", re.IGNORECASE)
_ANY = re.compile(ADDRESS)
_LONG_ADDRESS = 320
_FROM_FIELDS = ("from", "sender", "reply-to", "return-path", "errors-to", "x-envelope-from", "x-sender", "resent-from")

# Words round an address that a sentence is about, and words that make it somebody to turn to
_BEFORE = re.compile(
    rf"(?:{_AROUND['about']})\w*\b[^@]{{0,60}}$|(?:{_AROUND['to']})[\s:]{{0,3}}\W{{0,5}}$", re.IGNORECASE
)
_SALUTATION = re.compile(rf"\s{{0,20}}(?:{_AROUND['salutation']})\w{{0,9}} [^@]{{0,60}}$", re.IGNORECASE)
_AFTER = re.compile(rf"^\W{{0,5}}(?:(?:{_AROUND['after']})\b|не|は|が|に|不|无|無|的)", re.IGNORECASE)
_ASKED = re.compile(rf"\b(?:{_AROUND['asked']})\b[^@]{{0,60}}$|(?:差出人|发件人)[^@]{{0,20}}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Persons:
    """Who is who in a report, by address in lower case: `others` are never recipients, `returned_to` probably are."""

    others: frozenset[str]
    ours: frozenset[str]
    returned_to: tuple[str, ...]
    written_to: frozenset[str]  # those of them that the returned mail's own header names

    def may_be(self, address: str, *, named: bool) -> bool:
        """Whether an address may be a recipient; one that is plainly named may be anybody but us and the author."""
        key = address.lower()
        known = key in {known.lower() for known in self.returned_to}
        if known and (named or key not in self.ours):
            return True
        if key in self.others or key in self.ours or len(key) > _LONG_ADDRESS:
            return False
        return named or ("." in key.rpartition("@")[2] and not _ROLES.match(key))


def persons_of(root: Part, returned: Part | None) -> Persons:
    """Find out who is who from the headers of a report and of what it returns."""

    def lower(part: Part, *names: str) -> frozenset[str]:
        return frozenset(a.lower() for value in part.headers_named(*names) for a in parse_addresses(value))

    senders = lower(returned, *_FROM_FIELDS) if returned else frozenset()
    ours = senders | lower(root, "to", "cc", "delivered-to")
    written_to = lower(returned, "to", "cc") if returned else frozenset()
    return Persons(lower(root, *_FROM_FIELDS), ours, returned_recipients(returned), written_to)


def mentioned(loose: list[str]) -> list[str]:
    """Return the addresses that sentences of a report are about, in order, each once."""
    text = " ".join(" ".join(line for line in loose if not _SALUTATION.match(line)).split())[:_MAX_SENTENCES]
    found: dict[str, None] = {}
    if "@" not in text:
        return []
    for match in _ANY.finditer(text):
        before, after = text[max(0, match.start() - 100) : match.start()], text[match.end() : match.end() + 60]
        if (_BEFORE.search(before) or _AFTER.match(after)) and not _ASKED.search(before):
            found.setdefault(match[0])
    return list(found)[:_MAX_MENTIONED]


# Speaker: is it a mail system that speaks, or a person?


class Speaker(IntEnum):
    """Who speaks, as far as the header tells."""

    PERSON = 0  # nothing speaks for a mail system
    QUIET = 1  # a null sender or a machine's mark, which automatic replies have as well
    SYSTEM = 2  # the name of a mail system, or a field that only reports carry


# The local part, or the name before it; a person's name never matches
_NAME = re.compile("|".join(read_section("bounces", "returned")["name"]), re.IGNORECASE)
_ONLY = re.compile("|".join(read_section("bounces", "openers")["only_reports"]), re.IGNORECASE)
_LONG_BODY = 100_000
_FIRST = 600
_REPORT = frozenset({"message/delivery-status", "message/global-delivery-status"})
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
    feedback = "feedback" in root.parameters.get("report-type", "").lower()
    if _NAME.search(sender) or FIELDS["report"] & names or (root.content_type == "multipart/report" and not feedback):
        return Speaker.SYSTEM
    if any(part.content_type in _REPORT for part in root.walk()):
        return Speaker.SYSTEM
    returned = root.header("return-path").strip().lower() if "return-path" in names else "?"
    if returned in _NULL_SENDERS or returned.startswith("<mailer-daemon"):
        return Speaker.QUIET
    if sender.strip().endswith("<>") or "from" not in names or FIELDS["quiet"] & names or _to_a_return_path(root):
        return Speaker.QUIET
    return Speaker.PERSON


def introduces_itself(report: Part) -> bool:
    """Return whether the first words of a text are those by which mail systems introduce themselves."""
    lines = [line.strip() for line in _first_text(report)[:_FIRST].split("\n") if line.strip()]
    return any(INTRODUCTION.match(line.lower()) and not line.startswith(">") for line in lines[:2])


def _first_text(report: Part) -> str:
    part = next((part for part in report.walk() if not part.parts and part.content_type.startswith("text/")), None)
    return "" if part is None or len(part.body) > _LONG_BODY else part.text()


def _to_a_return_path(root: Part) -> bool:
    """Return whether it was sent to an address that only stands in MAIL FROM: VERP, or a list's `-bounces@`."""
    return bool(_RETURN_PATH.search(root.header("to")))


def subject_says(root: Part, subject: str) -> bool:
    """Return whether a subject is one that mail systems give to reports; a person's answer to a report is not."""
    if not SUBJECT.search(subject[:300].lower()):
        return False
    return not ANSWERED.match(subject) or _to_a_return_path(root)


def _from_a_list(root: Part) -> bool:
    """Return whether a mailing list or a newsletter sent it: what these tell of bounces is no report."""
    if _to_a_return_path(root):
        return False
    names = {name for name, _ in root.headers}
    return "list-unsubscribe" in names or "list-id" in names or root.header("precedence").strip().lower() == "list"
