"""Shapes: delivery reports in no standard format, read as people read them.

Owns the order: the author, what happened according to the text, who is named and how clearly, and the server's reply
about each; and which of the addresses found are recipients: a report is never about its own author, about us, or about
the people to contact for help. A wrong address is worse than none: doubtful ones are left out, and a report whose
recipient is unclear has none, so that the token in its address can still identify the recipient. Never raises, never
reads a returned message's body; the meaning of a server's words is `diagnosis`. A new server's format is a row of words
in `bounces.toml`, or a pattern in `[openers]` there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from email.utils import getaddresses
from enum import IntEnum

from mailer import lazy_re as re
from mailer.bounces.diagnosis import STATUS_TYPES, diagnose, parse_delivery_status
from mailer.bounces.language import LANGUAGES, fold
from mailer.bounces.parts import Part, parse_addresses, parse_time, parse_typed
from mailer.bounces.prose import (
    ADDRESS,
    ANSWERED,
    DELAY,
    FAILURE,
    FIELDS,
    INTRODUCTION,
    ONLY,
    OTHER,
    SUBJECT,
    Block,
    Blocks,
    Prose,
    Rank,
    cut_blocks,
    fields_to,
    has_arrived,
    is_digest,
    is_late,
    last_sentence,
    read_prose,
    returned_recipients,
    without_stock_words,
)
from mailer.bounces.values import Action, Confidence, Kind, Report
from mailer.frozen import dataclass
from mailer.reply.texts import read_text
from mailer.reply.values import MAX_TEXT
from mailer.text.headers import decode_words
from mailer.words import read_patterns, read_section

_MAX_OPENING = 5_000
_MAX_FIRST = 800  # the reporter and the time of arrival are at the beginning
_FIRST_LINES = 25
_CODE = re.compile(r"[45](?<![\d.].)(?:\d\d(?=[ -](?!\d{3}-))|\.\d{1,3}\.\d{1,3}(?!\.?\d))")
_DECORATION = " \t<>-*=_#|"
_PATTERNS = read_patterns("bounces", "around")
_NAMED_BY = read_section("bounces", "why")["named"]


@dataclass(frozen=True, slots=True)
class Shape:
    """A report in no standard form, read.

    `returned` is the header of the message it returns, if any. If it does not name anybody itself, the recipients are
    those of the returned message.
    """

    report: Report
    returned: Part | None
    names_someone: bool = True


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A recipient before its diagnosis."""

    address: str
    original: str = ""
    text: str = ""
    hint: str = ""
    above: str = ""
    at: int = 0


def read_shape(
    root: Part, report: Part, returned: Part | None, subject: str, *, doubtful: bool = False
) -> Shape | None:
    """Read a mail system's own words; None if they are no mail system's, or about no failure, delay or delivery.

    `root` is the message as it came, `report` the one wrapped in it or itself. `doubtful`: no other reader has an
    answer, so the signs for and against a report are weighed (`_WEIGHTS`).
    """
    speaker = speaker_of(report)
    # a mailing list's or a newsletter's news of bounces is no report, even in a mail system's own words
    is_lists = not {"list-unsubscribe", "list-id"}.isdisjoint(root.first) or root.header("precedence").lower() == "list"
    listed = is_lists and not _to_a_return_path(root)
    by_subject = (doubtful or speaker is not Speaker.SYSTEM) and subject_fits(root, subject)
    if speaker is not Speaker.SYSTEM and not (listed or ANSWERED.match(subject)) and introduces_itself(report):
        speaker = Speaker.SYSTEM
    is_system, is_person = speaker is Speaker.SYSTEM, speaker is Speaker.PERSON
    sender = decode_words(root.header("from")).lower()
    is_machine = not is_system and bool(_MACHINE.search(sender))
    if not (is_system or by_subject) and not (doubtful and (is_machine or returned or not is_person)):
        return None
    ours = frozenset(parse_addresses(", ".join(root.headers_named("to", "delivered-to")).lower()))
    prose = read_prose(report, returned, quoted=doubtful or is_system, ours=ours)
    # the less the header shows, the more the first lines have to; a server's reply is English in any language
    opening = " ".join([line for line in prose.lines if line.strip()][:_FIRST_LINES])[:_MAX_OPENING].lower()
    if doubtful or ("@" in subject and not is_person):
        opening = f"{subject.lower()}. {opening}"
    has_returned = returned is not None or _PATTERNS["servers_code"].search(opening)
    if listed and not is_system:
        return None
    # nor is a quarantine's list of mail from others
    if not has_returned and is_digest(f"{sender} {subject.lower()} {opening}"):
        return None
    is_plain = not is_person and not doubtful and (_PATTERNS["refused"].search(opening) or subject_fits(root, subject))
    is_failed = bool(is_plain or FAILURE.search(opening) or DELAY.search(opening) or has_arrived(opening))
    if not is_failed and not (doubtful and (by_subject or not is_person)):
        return None
    if not is_person and (fields := _fields(prose)):
        return fields
    blocks = cut_blocks(prose.lines)
    persons = persons_of(root, prose.returned, prose.lines)
    rank, candidates = _recipients(root, blocks, persons, subject)
    if not doubtful and is_person and (rank is None or rank > Rank.COMMANDED):
        return None
    evidence: tuple[str, ...] = ()
    if doubtful:
        signs = {
            "a mail system's name": is_system,
            "a machine's name": is_machine,
            "no sender to answer": speaker is Speaker.QUIET,
            "words for a failure": is_failed,
            "a subject of reports": by_subject,
            "an address": rank is not Rank.RETURNED,
            **_about_ours(root, report, prose.returned, persons, opening),
            "what people write": not is_system and _LETTER.search(fold(opening)) is not None,
        }
        evidence = _weigh(signs, candidates, opening)
        # an automatic reply has a null sender too, and names a colleague; but we wrote to its sender
        if not evidence or persons.known & set(parse_addresses(sender)):
            return None
    sure = rank is not None and rank <= Rank.COMMANDED and not is_person
    found = _report(candidates, rank, blocks, prose, subject, sure=sure, evidence=evidence)
    return Shape(found, prose.returned, names_someone=bool(candidates) and rank is not Rank.RETURNED)


def _weigh(signs: Mapping[str, bool], candidates: list[_Candidate], opening: str) -> tuple[str, ...]:
    """Return the signs that hold if they make a report; a person's mail needs one more than a mail system's.

    If its language is known, a report has words for what happened.
    """
    if not candidates:
        return ()
    fails = _fails(opening, opening.find(candidates[0].address.lower()))
    more = {"… in a sentence about a failure": fails, "… called a recipient": bool(ONLY.search(candidates[0].hint))}
    evidence = tuple(sign for sign, holds in {**signs, **more}.items() if holds)
    if not {"words for a failure", "a subject of reports"} & set(evidence):
        words = set(fold(opening).split())
        is_foreign = not any(len(words.intersection(each.frequent)) >= _FEW for each in LANGUAGES)
        if not is_foreign or not {"a mail system's name", "our own mail attached"} & set(evidence):
            return ()
    is_system = signs["a mail system's name"] or signs["no sender to answer"]
    return evidence if sum(map(_WEIGHTS.__getitem__, evidence)) >= _ENOUGH + (not is_system) else ()


def _report(
    candidates: list[_Candidate],
    rank: Rank | None,
    blocks: Blocks,
    prose: Prose,
    subject: str,
    *,
    sure: bool,
    evidence: tuple[str, ...],
) -> Report:
    """Return the report about these recipients; `rank` is how plainly it names them."""
    text = "\n".join(prose.lines)
    flat = " ".join(text.split())[:_MAX_OPENING]
    is_mixed = any(block.is_taken for block in blocks.blocks) and any(_CODE.search(one.text) for one in candidates)
    if is_late(f"{subject} {flat}") and not is_mixed:
        kind, action = Kind.DELAYED, Action.DELAYED
    elif has_arrived(flat):
        kind, action = Kind.DELIVERED, Action.DELIVERED
    else:
        kind, action = Kind.BOUNCE, Action.FAILED
    recipients = tuple(
        diagnose(
            action,
            "",
            one.text,
            context=lambda: without_stock_words(text) if len(candidates) == 1 else "",
            host=one.address.rpartition("@")[2],
            address=one.address,
            original_address=one.original,
            diagnostic=one.text[:MAX_TEXT],
            remote_mta=_first(_PATTERNS["remote"], one.text),
            named_by=_NAMED_BY[rank.name.lower()] if rank else "",
        )
        for one in _with_texts(candidates, blocks, subject)
    )
    return Report(
        kind=kind,
        rule=f"a mail system's words: {rank.name.lower() if rank else 'nobody named'}",
        confidence=Confidence.LIKELY if sure else Confidence.GUESS,
        evidence=evidence,
        recipients=recipients,
        reporting_mta=_first(_PATTERNS["reporter"], text),
        arrived_at=parse_time(_first(_PATTERNS["arrived_at"], text).replace(",", "")),
    )


def _fields(prose: Prose) -> Shape | None:
    """Read the fields of a delivery report that are in the text, since their part has lost its type."""
    if not any(_PATTERNS["recipient_field"].match(line) for line in prose.lines):
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


def _recipients(root: Part, blocks: Blocks, persons: Persons, subject: str) -> tuple[Rank | None, list[_Candidate]]:
    """Return the recipients that are named most plainly, and how plainly."""
    declared = [a for value in root.headers_named("x-failed-recipients") for a in parse_addresses(value)]
    keys = {address.lower() for address in declared}
    for rank in (Rank.NAMED, Rank.ANSWERED, Rank.COMMANDED):
        named = [block for block in blocks.blocks if block.rank is rank and not block.accepts]
        found = _from_blocks(named, persons)
        if rank is Rank.NAMED and found:
            found = _announced(found, blocks, persons, subject)
        if rank is Rank.ANSWERED and found and all(one.hint and not ONLY.search(one.hint) for one in found):
            above = blocks.loose[: min(block.at for block in named)]  # an unknown label is less than a sentence
            is_known = any(one.address.lower() in persons.known for one in found)
            found = found if is_known or not (_mentioned(blocks, persons, subject) or _by_place(above, persons)) else []
        if found and (not declared or any({one.address.lower(), one.original.lower()} & keys for one in found)):
            return rank, found
        if declared:
            return Rank.NAMED, [_Candidate(address) for address in declared]
    own = [b for b in blocks.blocks if b.refuses and "@" not in b.text and b.address.lower() in persons.ours]
    if own and len({block.address.lower() for block in own}) == 1:
        return Rank.NAMED, [_Candidate(own[0].address, text=own[0].text)]  # a sender who is also the recipient
    if by_name := _by_name(root, blocks, persons, subject):
        return Rank.ANSWERED, by_name
    if addresses := _mentioned(blocks, persons, subject):
        return Rank.MENTIONED, [_Candidate(address) for address in addresses]
    # the recipient that our own VERP address names, or the one of the returned message
    values = root.headers_named("to", "delivered-to", "x-original-to", "envelope-to")
    ours = (_PATTERNS["verp"].match(address) for value in values for address in parse_addresses(value))
    if verp := next(filter(None, ours), None):
        return Rank.RETURNED, [_Candidate(f"{verp[1]}@{verp[2]}")]
    to = [address for address in persons.returned_to if address.lower() not in persons.ours | persons.others]
    if len(to) == 1:
        return Rank.RETURNED, [_Candidate(to[0])]
    placed = _by_place(blocks.loose, persons)
    return (Rank.PLACED, [_Candidate(placed)]) if placed else (None, [])


def _is_whole(address: str) -> bool:
    return "." in address.rpartition("@")[2].strip(".") or "[" in address


def _announced(candidates: list[_Candidate], blocks: Blocks, persons: Persons, subject: str) -> list[_Candidate]:
    """Return the candidates without those of a signature or a proposal: alone on their lines, after the news."""
    has_sentence = len(candidates) > 1 and len(candidates[0].text.split()) >= _A_SENTENCE
    lines = enumerate([subject, *blocks.loose])
    about = (n for n, line in lines if any(persons.may_be(each[0], named=False) for each in _ANY.finditer(line)))
    news = next(about, _MAX_SENTENCES)
    kept = []
    for one in candidates:
        context = (one.text if "@" in one.above else f"{one.above}\n{one.text}").lower()
        is_announced = one.above.endswith((":", "：")) or FAILURE.search(context)
        is_behind = has_sentence and one is not candidates[0]
        is_news = one.hint or _CODE.search(one.text) or (is_announced and not (is_behind and not one.text))
        is_proposed = is_behind and len(one.text.split()) < _A_SENTENCE
        if is_news or one.address.lower() in persons.known or not (is_proposed or news <= one.at):
            kept.append(one)
    return kept


def _mentioned(blocks: Blocks, persons: Persons, subject: str) -> list[str]:
    """Return the addresses that the sentences are about: of several, those that the returned mail was sent to."""
    sentences = [f"{subject}.", *blocks.loose] if "@" in subject else blocks.loose
    addresses = mentioned(sentences, persons)
    known = [address for address in addresses if address.lower() in persons.known]
    whole = [address for address in addresses if _is_whole(address)]
    houses = set(map(_house, persons.ours))  # the mail was sent on their behalf
    return known or [address for address in whole if _house(address) not in houses] or whole


def _by_place(loose: list[str], persons: Persons) -> str:
    """Return the address, not ours, that the first sentence names before its end: ANN in “Your mail to ANN failed.”."""
    text = "\n".join(loose)[:_MAX_SENTENCES]
    found = next((each for each in _ANY.finditer(text) if each[0].lower() not in persons.ours), None)
    if found is None or not persons.may_be(found[0], named=False):
        return ""
    before, after = text[: found.start()], text[found.end() : found.end() + 60]
    is_first = not _PATTERNS["sentence_edge"].search(before, len(loose[0]) if len(loose[0]) < _SHORT_TITLE else 0)
    is_contact = _PATTERNS["asked"].search(before[-100:].lower())
    return found[0] if is_first and not is_contact and _PATTERNS["sentence_goes_on"].match(after) else ""


_FEW = 3  # of a language's small words are enough to know it


def _house(address: str) -> str:
    return ".".join(address.rpartition("@")[2].lower().split(".")[-2:])


_WEIGHTS = read_section("bounces", "weights")
_ENOUGH = 5  # for a mail system or a null sender; a person's mail needs one more
_PEOPLE = (*read_section("bounces", "notice")["letter"], *read_section("bounces", "returned")["people"])
_LETTER = re.compile(rf"[?？]|\b(?:{'|'.join(_PEOPLE)})\b")


def _about_ours(root: Part, report: Part, returned: Part | None, persons: Persons, text: str) -> Mapping[str, bool]:
    """Return the signs that a report is about one of our mails."""
    senders = parse_addresses(returned.header("from").lower()) if returned else []
    is_ours = bool({_house(each) for each in senders} & {_house(each) for each in parse_addresses(root.header("to"))})
    is_attached = is_ours and any(part.content_type in FIELDS["returned"] for part in report.all_parts)
    return {
        "our own mail attached": is_attached,
        "the header of our own mail": is_ours and not is_attached,
        "our own address, or a recipient of our mail": bool(persons.known)
        or any(each in text for each in persons.ours),
    }


def _from_blocks(blocks: list[Block], persons: Persons) -> list[_Candidate]:
    """Return one candidate for each address; of two blocks about it, the one with a server's code takes precedence."""
    found: dict[str, _Candidate] = {}
    strength: dict[str, tuple[bool, bool]] = {}
    known, written_to = persons.known, persons.written_to  # the others may be people to contact
    for block in blocks:
        is_whole = _is_whole(block.original or block.address) or block.address.lower() in known
        if not (is_whole and persons.may_be(block.address, named=block.rank is Rank.NAMED)):
            continue
        key, weight = block.address.lower(), (block.refuses, bool(block.text))
        cut = [] if key in known else [each for each in persons.returned_to if each.lower().startswith(key)]
        if len(cut) == 1:  # a narrow column has cut it
            block.address, key = cut[0], cut[0].lower()
        if key in written_to and block.original.lower() not in written_to:
            block.original = ""  # the mail itself has the address that we wrote to
        # behind an unknown label may be anybody's address
        if block.rank is Rank.ANSWERED and block.hint and known and key not in known:
            continue
        if key not in found or weight > strength[key]:
            original = block.original or (found[key].original if key in found else "")
            found[key] = _Candidate(block.address, original, block.text, block.hint, block.above, block.at)
            strength[key] = weight
    people = [one for key, one in found.items() if key in known or not _PATTERNS["housekeepers"].match(one.address)]
    people = people or list(found.values())  # the mail was to a housekeeper
    # of several, those behind a label about a failure, else behind a word that only reports have for a recipient,
    # and none below “Need help?”
    if any(FAILURE.search(one.hint) for one in people):
        people = [one for one in people if FAILURE.search(one.hint) or _CODE.search(one.text)]
    titles = [one.hint or last_sentence(one.above[-_SHORT_TITLE:]) for one in people]
    if any(map(ONLY.search, titles)):
        signs = zip(people, titles, strict=True)  # or those with a server's reply of their own
        return [one for one, at in signs if ONLY.search(at) or one.address.lower() in known or _CODE.search(one.text)]
    is_other = [not FAILURE.search(title) and bool(OTHER.search(title)) for title in titles]
    return [one for one, no in zip(people, is_other, strict=True) if not no or one.address.lower() in known] or people


def _by_name(root: Part, blocks: Blocks, persons: Persons, subject: str) -> list[_Candidate]:
    """Return candidates for bare user names (`550 ann... User unknown`): recipients of the returned message.

    Without a returned message it is an address in the text that begins with the name, or the name at the domain of the
    reporter, if that is plain. If the message was for several, the sentences may call one by name.
    """
    if not blocks.names:
        text = f" {fold(' '.join([subject, *blocks.loose]))} ".translate(_APART) if persons.names else ""
        called = (a for a, names in persons.names.items() if any(len(n) > 2 and f" {n} " in text for n in names))
        return [_Candidate(address) for address in called]
    addresses = persons.returned_to or [address for line in blocks.loose for address in parse_addresses(line)]
    to = {address.partition("@")[0].lower(): address for address in addresses}
    named = [to[name.lower()] for name in blocks.names if name.lower() in to]
    sender = next(iter(parse_addresses(root.header("from"))), "").lower()
    house, domain = sender.rpartition("@")[2], _house(sender)
    is_plain = bool(domain) and (domain == house or any(f"@{domain}" in line for line in blocks.loose))
    if is_plain and not (named or persons.returned_to):
        named = [f"{name}@{domain}" for name in blocks.names]
    return [_Candidate(address) for address in dict.fromkeys(named)]


def _with_texts(candidates: list[_Candidate], blocks: Blocks, subject: str) -> Iterator[_Candidate]:
    """Yield each recipient with a text: its own, or a server's reply elsewhere in the report, or the whole text."""
    refusals = {block.address.lower(): block.text for block in blocks.blocks if block.refuses}
    for one in candidates:
        text = one.text if _CODE.search(one.text) else refusals.get(one.address.lower(), "") or one.text
        is_open = len(candidates) > 1 and read_text(text).reason is None  # then the text about all of them counts
        if (len(candidates) == 1 or is_open) and not _CODE.search(text):
            own = text or one.hint
            lines = [line for block in blocks.blocks for line in block.lines] + blocks.loose
            coded = [line.strip(_DECORATION) for line in lines if _CODE.search(line) and not (is_open and text)][:6]
            is_enough = not is_open and len(own.split()) > 1 and not _PATTERNS["empty_hint"].match(own)
            loose = [] if is_enough else [line.strip(_DECORATION) for line in blocks.loose]
            text = " ".join(" ".join(coded or [own, *loose]).split()) or without_stock_words(subject)
        yield _Candidate(one.address, one.original, text)


def _first(pattern: re.Pattern[str], text: str) -> str:
    low = text[:_MAX_FIRST].lower()  # no longer than the text, except for a Turkish İ
    found = pattern.search(low)
    return text[found.start(1) : found.end(1)].strip() if found else ""


# Persons: their roles by the headers, and the recipients that the sentences are about.

_MAX_SENTENCES = 8_000
_MAX_MENTIONED = 20
_ANY = re.compile(ADDRESS)
_APART = str.maketrans(dict.fromkeys(":;,\"'()[]<>", " "))
_LONG_ADDRESS = 320
_A_SENTENCE, _SHORT_TITLE = 4, 30  # the words of a sentence; the length of a cell or a line that is a label


@dataclass(frozen=True, slots=True)
class Persons:
    """Who is who in a report, by address in lower case: `others` are never recipients, `returned_to` probably are.

    `known` is `returned_to` in lower case, `written_to` the addresses in To and Cc of the returned mail; `names` has
    the names of each of several such addresses: the one beside it, and its local part.
    """

    others: frozenset[str]
    ours: frozenset[str]
    returned_to: tuple[str, ...]
    known: frozenset[str]
    written_to: frozenset[str]
    names: Mapping[str, tuple[str, str]]

    def may_be(self, address: str, *, named: bool) -> bool:
        """Return whether an address may be a recipient; a plainly named one may be anybody but us and the author."""
        key = address.lower()
        if key in self.known and (named or key not in self.ours):
            return True
        if key in self.others or key in self.ours or len(key) > _LONG_ADDRESS or _PATTERNS["nobodys"].match(key):
            return False
        return named or not _PATTERNS["roles"].match(key)


def persons_of(root: Part, returned: Part | None, lines: Sequence[str] = ()) -> Persons:
    """Return who is who, by the headers of a report and of the message that it returns, or quotes in its `lines`."""

    def lower(part: Part, *names: str) -> frozenset[str]:
        return frozenset(parse_addresses(", ".join(part.headers_named(*names)).lower()))

    senders = lower(returned, *FIELDS["from"]) if returned else frozenset()
    ours = senders | lower(root, "to", "cc", "delivered-to")
    written_to = lower(returned, "to", "cc") if returned else frozenset()
    returned_to = returned_recipients(returned) or fields_to(lines)
    known = frozenset(map(str.lower, returned_to))
    values = (
        [decode_words(value) for value in returned.headers_named("to", "cc")] if returned and len(known) > 1 else []
    )
    names = {address: (fold(name), address.partition("@")[0].lower()) for name, address in getaddresses(values)}
    return Persons(lower(root, *FIELDS["from"]), ours, returned_to, known, written_to, names)


def mentioned(loose: list[str], persons: Persons) -> list[str]:
    """Return the addresses in sentences about a failure, else those in the first sentence, each once."""
    text = " ".join(" ".join(line for line in loose if not _PATTERNS["salutation"].match(line)).split())[
        :_MAX_SENTENCES
    ]
    found: dict[str, int] = {}
    low, passed = text.lower(), False
    for match in _ANY.finditer(text):
        before, after = low[max(0, match.start() - 100) : match.start()], low[match.end() : match.end() + 60]
        before = _PATTERNS["sentence_edge"].split(before)[-1]
        is_id = _PATTERNS["identifies"].search(before) and _PATTERNS["many_digits"].match(match[0])
        is_contact = _PATTERNS["asked"].search(before) or _PATTERNS["passed_on"].match(after)
        if is_id or is_contact or not persons.may_be(match[0], named=False):
            continue
        is_about = _PATTERNS["before"].search(before) or _PATTERNS["after"].match(after) or ONLY.search(before)
        # after an address without such words, they have to be about a failure
        if (is_about and not passed) or ((is_about or not found) and _fails(low, match.start())):
            found.setdefault(match[0], match.start())
        else:
            passed = True
    some = list(found.items())[:_MAX_MENTIONED]
    failing = [address for address, at in some if len(some) > 1 and _fails(low, at)]
    return failing or [address for address, at in some if not _PATTERNS["sentence_edge"].search(low, some[0][1], at)]


def _fails(low: str, at: int) -> bool:
    """Return whether the sentence around an address has words for a failure."""
    clauses = _PATTERNS["clause_edge"].split
    before, after = clauses(low[max(0, at - 300) : at])[-1], clauses(low[at : at + 500])[0]
    return at >= 0 and bool(FAILURE.search(before + after))


# Speaker: whether a mail system or a person wrote a message.


class Speaker(IntEnum):
    """Who wrote a message, as far as the header shows."""

    PERSON = 0  # no sign of a mail system
    QUIET = 1  # a null sender or a machine's mark, which automatic replies have as well
    SYSTEM = 2  # the name of a mail system, or a field that only reports carry


# the local part, or the name before it; a person's name never matches
_NAME = re.compile("|".join(read_section("bounces", "returned")["name"]))
_MACHINE = re.compile("|".join(read_section("bounces", "returned")["machine"]))
_LONG_BODY = 100_000
_FIRST = 600
_NULL_SENDERS = frozenset({"<>", "", "<mailer-daemon>", "mailer-daemon"})


def speaker_of(root: Part) -> Speaker:
    """Return who wrote a message, by its header and the types of its parts.

    Mail to the address in MAIL FROM answers no person: that alone is as good as a machine's mark.
    """
    sender = root.header("from").lower()
    names = root.first.keys()
    feedback = "feedback" in root.parameters.get("report-type", "").lower()
    if _NAME.search(sender) or FIELDS["report"] & names or (root.content_type == "multipart/report" and not feedback):
        return Speaker.SYSTEM
    if any(part.content_type in STATUS_TYPES for part in root.all_parts):
        return Speaker.SYSTEM
    returned = root.header("return-path").strip().lower() if "return-path" in names else "?"
    if returned in _NULL_SENDERS or returned.startswith("<mailer-daemon"):
        return Speaker.QUIET
    if sender.strip().endswith("<>") or "from" not in names or FIELDS["quiet"] & names or _to_a_return_path(root):
        return Speaker.QUIET
    return Speaker.PERSON


def introduces_itself(report: Part) -> bool:
    """Return whether a text begins as mail systems introduce themselves."""
    part = next((part for part in report.all_parts if not part.parts and part.content_type.startswith("text/")), None)
    if part is None or len(part.body) > _LONG_BODY:
        return False
    lines = [line.strip() for line in part.text[:_FIRST].split("\n") if line.strip()]
    return any(INTRODUCTION.match(line.lower()) and not line.startswith(">") for line in lines[:2])


def _to_a_return_path(root: Part) -> bool:
    """Return whether it was sent to an address that is only used in MAIL FROM: VERP, or a list's `-bounces@`."""
    return bool(_PATTERNS["return_path"].search(root.header("to")))


def subject_fits(root: Part, subject: str) -> bool:
    """Return whether a subject is one that mail systems give to reports; a person's answer to a report has none."""
    if not SUBJECT.search(subject[:300].lower()):
        return False
    return not ANSWERED.match(subject) or _to_a_return_path(root)
