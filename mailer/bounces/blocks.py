"""Blocks: the lines of a report, cut into what is said about each recipient.

Owns the patterns of lines that begin what is said about one recipient: an address at the head of a line (qmail,
Postfix, Exim, OpenSMTPD, Exchange, Gmail), one behind a label (“Failed Recipient:”; `[openers]` of `bounces.toml` in
`mailer.words`), behind a name (“Ann <mailto:…>”), or in an SMTP transcript; the words that tell what we wrote to from
what it was forwarded to; and how a block goes on (indented lines, the paragraph behind it) and ends (an empty line, a
line of dashes, the next block). Never decides whether an address is a recipient: `shapes` does.
All repeats are bounded, so that a line costs no more than its length.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from mailer import lazy_re as re
from mailer.bounces.prose import DELAY, FAILURE
from mailer.frozen import dataclass, field
from mailer.words import read_section

_LETTER = r"A-Za-z0-9\u00c0-\u024f"
_LABEL = rf"[{_LETTER}_](?:[{_LETTER}_-]{{0,62}}[{_LETTER}])?"
ADDRESS = (
    rf"(?:\"[^\"\n]{{1,64}}\"|[{_LETTER}!#$%&+/=?^_{{}}~.-](?:[{_LETTER}!#$%&'*+/=?^_{{}}"
    rf"|~.-]{{0,126}}[{_LETTER}!#$%&*+/=?^_{{}}~-])?)"
    rf"@(?:\[[0-9a-fA-F.:]{{2,45}}\]|{_LABEL}(?:\.{_LABEL}){{0,12}})"
)


class Rank(IntEnum):
    """How plainly a line names a recipient; the plainest that a report has are its recipients."""

    NAMED = 1  # stands at the head of a line or behind a label
    ANSWERED = 2  # a server's reply begins with it
    COMMANDED = 3  # RCPT TO in a transcript
    MENTIONED = 4  # a sentence speaks of it
    RETURNED = 5  # the returned message was for it
    PLACED = 6  # it stands where a report has it, among words that nobody knows


class Opening(NamedTuple):
    """What a line begins with: an address, where the line's own words go on, how plainly it is named, behind what."""

    address: str
    rest: str
    rank: Rank
    indent: int
    label: str = ""


_QUOTES = r"[<\"'\[(«„“`]{0,3}"
_KIND = (  # a route, SendGrid's user and number, a type, Exchange's X.400
    r"(?:@[A-Za-z0-9.-]{1,253}:)?(?:[\w.+-]{1,64}:\d{1,12}:<)?"
    r"(?i:(?:mailto|smtp|rfc-?822|internet|inet)[:;=]\s?|c=[^@\n]{0,120}?smtp=)?"
)
_HEAD = re.compile(
    rf"[\s*>•·–—+|-]{{0,40}}(?:\d{{1,3}}(?:[.)]\s|\s{{2,9}}))?(?P<mark>[\[【(][^\])】@\w\n]{{1,8}}[\])】]\s?)?"
    rf"{_QUOTES}{_KIND}{_QUOTES}(?P<address>{ADDRESS})[>\"'\])»“”`]{{0,3}}(?P<rest>.*)"
)
# “ann@example.com wrote:” and “ann@example.com is away” begin a quotation or a person's sentence
_NOT_A_HEAD = re.compile(
    r"\W{0,5}(?:wrote|writes|schrieb|a écrit|escribió|escreveu|ha scritto|schreef|napisał|пишет|写道)\b"
    r"|\s+(?:for (?:help|assist|support|more)|if you)",
    re.IGNORECASE,
)
_OPENERS = read_section("bounces", "openers")
_LABELS = "|".join(_OPENERS["labels"])
_LABELLED = re.compile(
    rf"[\s*>•–—=#-]{{0,20}}(?i:\[<?\d\d>?\] |\[status: \w{{1,20}}, )?(?P<label>(?i:{_LABELS}))(?i:\(s\)"
    rf"|s)?(?:\s?\([^()@]{{0,20}}\))?\s{{0,20}}(?P<colon>[:：=]|\s)\s{{0,40}}"
    rf"{_QUOTES}{_KIND}{_QUOTES}(?P<address>{ADDRESS})[>\"'\])»]{{0,3}}(?P<rest>.*)"
)
# any other label of a few words, with an address and nothing behind it: “Unknown recipient in this domain: ann@…”
_ANY_LABEL = re.compile(
    rf"[\s*>-]{{0,20}}(?P<label>[^\W\d_][^:：@\n]{{2,60}})[:：]\s{{0,20}}<?(?P<address>{ADDRESS})>?"
    r"(?P<rest>\s{1,9}\([^()\n]{3,120}\))?[.\s]{0,9}$"
)
# a refusal with the address behind it
_REFUSING = re.compile(rf"(?P<said>[^@\n]{{3,160}}?)\s<(?P<address>{ADDRESS})>[.\s]{{0,9}}$")
ONLY = re.compile("|".join(_OPENERS["only_reports"]), re.IGNORECASE)
_NAME_WORDS = 5
_FIELD_NAME = re.compile(
    r"(?:\w+-)?(?:from|to|cc|bcc|reply-to|sender|subject|message-id|date|received|envelope-from)$", re.IGNORECASE
)
_LAST_SENTENCE = re.compile(r".*[^\W\d]{3}[.!?;]\s")
_CODED = re.compile(r"[\W_]{0,9}[245]\d\d[ -]")
_NAMED = re.compile(
    rf"[\s*>•-]{{0,20}}(?P<name>[^@:<>\n]{{1,80}}?)\s?[<(\[]{{1,2}}(?i:mailto:"
    rf"|smtp:)?(?P<address>{ADDRESS})[>)\]]{{1,2}}(?P<rest>\s?(?i:<mailto:[^<>\s]{{1,320}}>)?[:;.,]?\s{{0,9}})$"
)
OTHER = re.compile(rf"\b(?:{'|'.join(_OPENERS['other'])})\b|{'|'.join(_OPENERS['other_parts'])}", re.IGNORECASE)
_REPLY = re.compile(
    rf"[\s<*-]{{0,12}}(?:[^\W\d_][^:@\n]{{1,30}}:\s{{0,9}})?[245]\d\d[ -](?:#?[245]\.\d{{1,3}}\.\d{{1,3}}\s)?"
    rf"<?({ADDRESS})>?(\s?(?:\.\.\.|:|,|\s).*)"
)
# a row of a table whose cells are kept apart by a sign
_ROW = re.compile(rf"[^@\n;|\t]{{0,60}}[;|\t][\s\"<]{{0,9}}({ADDRESS})[>\"\s]{{0,9}}[;|\t]\s{{0,20}}(\S.*)")
_COMMAND = re.compile(rf"(?i:(?!.{{0,90}}\bafter RCPT).{{0,40}}?\bRCPT[ _-]TO)\s?:\s{{0,9}}<?({ADDRESS})>?(.*)")

_FORWARDED = re.compile(
    rf"(?:expanded|generated|forwarded|redirected|aliased)\s(?:from|by|for):?\s{{1,9}}<?({ADDRESS})"
    rf"|\((?:(?:(?:was|originally) )?addressed to|originally|via|you wrote to):?\s{{1,9}}<?({ADDRESS})"
)
_ANY = re.compile(ADDRESS)
_JOINS = re.compile(rf"\s(?:{'|'.join(_OPENERS['joins'])})\s|\([^()@]{{1,120}}\)[\s.]{{0,9}}$")
_NOT_A_LIST = re.compile(r"[^\s,;<>\"'.]")
_BARE_LIST = re.compile(r"[\s<\"*-]{1,20}([A-Za-z0-9][A-Za-z0-9._+-]{1,63})[>\"]?(?:\s{3,9}\S.*|\s\([^()]{3,80}\))?$")
_BARE_REPLY = re.compile(
    r"[\s<]{0,9}(?:[245]\d\d[ -])?(?:[245]\.\d{1,3}\.\d{1,3}\s)?<?([A-Za-z0-9][A-Za-z0-9._+-]{1,63})>?\.\.\.\s"
)


def opening_of(line: str) -> Opening | None:
    """Read the beginning of a line; None where it begins with no recipient. A line without an @ costs nothing."""
    if "@" not in line:
        return None
    indent = len(line) - len(line.lstrip())
    if found := _HEAD.match(line):
        rest = f"{found['mark'] or ''}{found['rest']}"
        return None if _NOT_A_HEAD.match(rest) else Opening(found["address"], rest, Rank.NAMED, indent)
    if found := _COMMAND.match(line):
        return Opening(found[1], found[2], Rank.COMMANDED, indent)
    if found := _LABELLED.match(line):
        return Opening(found["address"], found["rest"], Rank.NAMED, indent, found["label"].lower())
    if found := _REPLY.match(line):
        return Opening(found[1], line.strip(), Rank.ANSWERED, indent)
    if found := _ROW.match(line):
        return Opening(found[1], found[2], Rank.ANSWERED, indent)
    # an address at the end of the line, behind a name, a label or a server's reply
    if found := _NAMED.match(line):
        if _CODED.match(found["name"]):
            return Opening(found["address"], line.strip(), Rank.ANSWERED, indent)
        is_sentence = len(found["name"].split()) > _NAME_WORDS and not FAILURE.search(found["name"].lower())
        is_other = is_sentence or OTHER.search(found["name"]) or _LAST_SENTENCE.match(found["name"])
        return None if is_other else Opening(found["address"], "", Rank.NAMED, indent)
    if (found := _REFUSING.match(line)) and (ONLY.search(found["said"]) or FAILURE.search(found["said"].lower())):
        return Opening(found["address"], found["said"], Rank.ANSWERED, indent)
    found = _ANY_LABEL.match(line)
    label = last_sentence(found["label"]) if found else ""
    if found and not OTHER.search(label) and not _FIELD_NAME.match(label):
        return Opening(found["address"], found["rest"] or "", Rank.ANSWERED, indent, label)
    return None


def last_sentence(text: str) -> str:
    """Return what stands behind the last full stop of a line, in lower case; all of it where there is none."""
    found = _LAST_SENTENCE.match(text)
    return (text[found.end() :] if found else text).strip().lower()


def forwarded_from(text: str) -> str:
    """Return the address that we wrote to, where a server says that another one was made of it."""
    low = text.lower() if "@" in text else ""
    found = _FORWARDED.search(low)
    return text[slice(*found.span(found.lastindex or 0))] if found and len(low) == len(text) else ""


def more_addresses(rest: str) -> list[str]:
    """Return the further addresses of a line that lists several, where nothing else stands behind the first."""
    if "@" not in rest or _NOT_A_LIST.search(_ANY.sub("", _JOINS.sub(" ", rest))):
        return []
    return [found[0] for found in _ANY.finditer(rest)]


def bare_name(line: str, announcer: str) -> str:
    """Return the bare user name in a sendmail reply (`550 ann... User unknown`), or on a line alone.

    Alone it is a name only where the line that announced it says that something failed.
    """
    found = _BARE_REPLY.match(line) if "..." in line else None
    if found is None and announcer:
        found = _BARE_LIST.match(line)
        found = found if found and FAILURE.search(announcer.lower()) else None
    return found[1] if found and not found[1].replace(".", "").isdigit() else ""


MAX_BLOCKS = 500
# the address on the next line is where the person is now
_NEW_ADDRESS = re.compile("|".join(read_section("bounces", "around")["new"]))
_ENDS = (":", "：", ".", " à", " a", " to")
_UNFINISHED = re.compile(r"[^\W_A-Z][,、]?\s{0,3}$|,$")
_MORE_WORDS = re.compile(r"[,;]?\s[a-z]{2,20}[\s,.]|\s?[\u3040-\u9fff]{2}")
_LONG = 45  # a line that was probably broken by the program
_SIGNS = " \t<>\"'([*•-"
_SENTENCE_END = re.compile(r"[.,;](?:\s|$)")
_WIDTH = 68  # of a line that was full, so that the address had to stand on the next one
_CONTRARY = re.compile(rf"(?:{'|'.join(_OPENERS['contrary'])})(.{{4,80}})")
_MAX_LINES = 30
_RULE = re.compile(r"\s*\|?([-=*_#~+|])(?:\s?\1){2,}")
_REFUSAL = re.compile(r"[45](?<![\d.].)(?:\d\d(?![\d.]|-\d{3}-)|\.\d{1,3}\.\d{1,3}(?!\.?\d))")
_TAKEN = re.compile(
    rf"\W{{0,9}}[○◯✓✔]|\W{{0,40}}(?:{'|'.join(_OPENERS['taken'])})\b(?!.{{0,60}}\b(?:not|fail))", re.IGNORECASE
)
_REACHED, _WAITS = (re.compile("|".join(_OPENERS[name])) for name in ("reached", "waits"))
_ACCEPTED = re.compile(r"[\W_]{0,20}(?:received\W{1,5})?2\d\d[ ;|\t-]", re.IGNORECASE)


@dataclass(slots=True)
class Block:
    """What is said about one address; `hint` is the label before it (“unknown user”), in lower case.

    `above` is the line that announces it and others, `at` the number of loose lines before it; `is_taken`: it was
    reached, where another one was not.
    """

    address: str
    rank: Rank
    indent: int
    original: str = ""
    hint: str = ""
    above: str = ""
    at: int = 0
    is_taken: bool = False
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return its words on one line."""
        return " ".join(" ".join(self.lines).split()).strip(" :;,>-")

    @property
    def refuses(self) -> bool:
        """Return whether a code of a refusal stands in it."""
        return any(_REFUSAL.search(line) for line in self.lines)

    @property
    def accepts(self) -> bool:
        """Return whether a transcript or a table tells that the server took the address."""
        accepted = _TAKEN if self.rank is Rank.NAMED else _ACCEPTED
        return self.is_taken or (bool(self.lines and accepted.match(self.lines[0])) and not self.refuses)


@dataclass(frozen=True, slots=True)
class Blocks:
    """All blocks of a text in order, the bare user names in it, and the lines that belong to no block."""

    blocks: list[Block]
    names: list[str]
    loose: list[str]


def cut_blocks(lines: tuple[str, ...]) -> Blocks:
    """Cut a report's lines into blocks."""
    done = Blocks([], [], [])
    block: Block | None = None
    opening: Opening | None = None
    above = last = announcer = title = ""  # the line before; before with words; that announces names; with no address
    for place, line in enumerate(lines):
        before, above = above, line
        if not line.strip():
            if block and block.text and not block.lines[-1].endswith((":", "：")):
                block = None
            continue
        if "@" not in line and _RULE.match(line):  # a line of dashes, be it with words or without
            block, announcer, title = None, line, line
            done.loose.append(line)
            continue
        opening, opened = opening_of(line), bool(opening)
        opening, last = (
            (None, last) if opening and last.endswith(_ENDS) and _NEW_ADDRESS.search(last.lower()) else (opening, line)
        )
        if opening and not opened and opening.rank is Rank.NAMED and _UNFINISHED.search(before):
            # an address may stand at the head of a line only because a sentence was broken there
            depth = len(before) - len(before.lstrip())
            as_deep = opening.indent == depth or (block is None and opening.indent < depth)
            is_wrapped = len(before) + len(opening.address) >= _WIDTH and _SENTENCE_END.match(opening.rest)
            is_inside = len(before) >= _LONG and not line.lstrip(_SIGNS).startswith(opening.address)
            opening = None if as_deep and (is_inside or is_wrapped or _MORE_WORDS.match(opening.rest)) else opening
        if opening and block and _is_inside(block, opening, is_full=len(done.blocks) >= MAX_BLOCKS):
            opening = None
        source = "" if opening else forwarded_from(line)
        # a pipe of another recipient has a line of its own, no deeper than the address before it
        is_own = block is None or (block.address not in before and len(before) - len(before.lstrip()) <= block.indent)
        if source and (is_own or (block and block.original)):
            opening = Opening(source, "", Rank.NAMED, len(line) - len(line.lstrip()))
        if opening:
            others = more_addresses(opening.rest) if opening.rank is Rank.NAMED else []
            for address in dict.fromkeys((opening.address, *others)):
                if block and block.hint.startswith("orig") and not block.lines:  # the field before the final recipient
                    source = done.blocks.pop().address
                if address == opening.address or address.lower() != opening.address.lower():
                    block = Block(address, opening.rank, opening.indent, source, opening.label, title, len(done.loose))
                    done.blocks.append(block)
            if block and opening.rest.strip(" :;,.>") and not others:
                block.lines.append(opening.rest)
        elif block is None or (
            not before
            and (line.endswith((":", "：")) or _TAKEN.match(line))
            and opening_of(next(filter(str.strip, lines[place + 1 :]), ""))
        ):
            block, title = None, line
            done.loose.append(line)
            if name := bare_name(line, announcer):
                done.names.append(name)
            announcer = line if line.endswith((":", "：")) else announcer
        elif len(block.lines) < _MAX_LINES:
            block.lines.append(line)
    blocks = done.blocks
    if len(blocks) > 1:
        _mark_the_taken(blocks)
    for block in blocks:
        block.original = block.original or forwarded_from(block.text)
    for at in range(len(blocks) - 2, -1, -1):  # several addresses, and then what is true of all of them
        if not blocks[at].text and blocks[at].rank == blocks[at + 1].rank:
            blocks[at].lines = blocks[at + 1].lines
    return done


def _mark_the_taken(blocks: list[Block]) -> None:
    """Find those who were reached or wait: the line above says so, or of others the contrary (“sent”, “not sent”)."""
    refuse = [block.refuses for block in blocks]
    said = ["".join(filter(str.isalpha, (b.hint or "".join(b.lines[:1]))[:80].casefold())) for b in blocks]
    negated = {found[1] for each in said if (found := _CONTRARY.match(each))}
    good = set()
    for above in {block.above for block in blocks}:
        low = above.lower()
        waits = any(refuse) and (_WAITS.search(low) or DELAY.search(low))
        if _TAKEN.match(low) or ((_REACHED.search(low) or waits) and not FAILURE.search(low)):
            good.add(above)
    contrary = [len(each) > 3 and any(other.startswith(each) for other in negated) for each in said]
    labelled = [bool(b.hint and (_TAKEN.match(b.hint) or _REACHED.search(b.hint))) for b in blocks]
    signs = zip(blocks, refuse, contrary, labelled, strict=True)
    taken = [not no and (b.above in good or ok or told) for b, no, ok, told in signs]
    for block, is_taken in zip(blocks, taken, strict=True):
        block.is_taken = is_taken and not all(taken)


def _is_inside(block: Block, opening: Opening, *, is_full: bool) -> bool:
    """Return whether a line belongs to the open block: it stands deeper, or names the same address again."""
    if is_full:
        return True
    if opening.label.startswith("orig"):
        block.original = opening.address
        return True
    deeper = opening.indent > block.indent or opening.rank > block.rank
    return deeper or (opening.address.lower() == block.address.lower() and bool(block.lines))
