"""Prose: a mail system's own text, without the returned mail, cut into the parts about each recipient.

Owns which parts are the report's own text, how HTML becomes lines, where the returned message begins inside the text,
the header of a message that is returned in this way and its recipients; and the words for “failed”, “late” and
“arrived” in some twenty languages: data, `[said]` of `bounces.toml` in `mailer.words`. Each row there is short and has
two pieces that must be near each other (“could not” and “delivered”), since every server has its own sentence. Never
decides whether an address is a recipient (`shapes` does); never raises; the work is bounded by `MAX_PROSE`, and all
repeats are bounded, so that the cost of a line is linear in its length.

Gaps: in other languages only the form is read (`shapes`), and what the servers repeat in English.
"""

from __future__ import annotations

import html
from collections.abc import Container, Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

from mailer import lazy_re as re
from mailer.bounces.parts import Part, parse_addresses, parse_header_block
from mailer.frozen import dataclass, field
from mailer.text.headers import decode_base64
from mailer.words import any_of, holder, read_patterns, read_section

MAX_PROSE = 60_000
_MAX_LINES = 1_200
_MAX_LINE = 1_000
_MAX_MARKER = 160
_READABLE = frozenset({"text/plain", "text/html", "message/delivery-status", "text"})
FIELDS = {name: frozenset(words) for name, words in read_section("bounces", "fields").items()}
_RETURNED = FIELDS["returned"] | {"message/partial"}

_MARKS = read_patterns("bounces", "returned")
_LOCAL_START, _REST = re.compile(r"\s*<?\w[\w.+-]{0,62}-"), re.compile(r"[\w.+-]{1,64}@[\w.-]{3,255}>?[:;,.]?")
_NO_BREAK = ("<wbr>", "<wbr/>", "<wbr />", "<WBR>", "&shy;", "\u00ad", "\u200b", "\u2060")

_DECORATION = " \t>|*#=_~-"
_HEADS = {name: "|".join(words) for name, words in read_section("bounces", "quoted").items()}
_HEAD_LINE = re.compile(r"[> |]{0,12}([^\W\d_][\w -]{0,24}?)[ \t]{0,12}[:：][ \t]*(.*)")
_FROM_LINE = re.compile(rf"[> |]{{0,4}}(?:{_HEADS['from']})[ \t]{{0,12}}[:：](.*)", re.IGNORECASE)
_TO_NAME = re.compile(_HEADS["to"], re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Prose:
    """The lines that a mail system wrote, and the header of what it returned (None if nothing is)."""

    lines: tuple[str, ...]
    returned: Part | None


def read_prose(report: Part, returned: Part | None, *, quoted: bool = True, ours: Container[str] = ()) -> Prose:
    """Return a report's text, and the header of the returned message: `returned`, or one inside the text.

    Mail systems mark addresses with `>`; if a person may have written the text, that is a quotation, and is left out
    unless `quoted`. A few fields of a mail that came from one of `ours` are its header, too, in any language.
    """
    text = "\n".join(_texts(report))[:MAX_PROSE].replace("\u00a0", " ")
    text = _MARKS["broken_address"].sub(r"\1\2", text) if "<" in text else text
    lines = [line[:_MAX_LINE].rstrip() for line in text.split("\n")[:_MAX_LINES]]
    for at, line in enumerate(lines[:-1]):  # an address that continues in the next line, with nothing else there
        if not line.endswith(("@", ".", "-")):
            continue
        is_open, end = "@" in line.rsplit(maxsplit=1)[-1], lines[at + 1].strip()
        if (is_open and _MARKS["domain_end"].fullmatch(end)) or (_LOCAL_START.fullmatch(line) and _REST.fullmatch(end)):
            lines[at : at + 2] = line + end, ""
    is_raw = _MARKS["raw"].match
    begins = (
        at
        for at, line in enumerate(lines)
        if line and ((":" in line[:32] and is_raw(line) and _is_header(lines, at)) or (at and _is_marker(line)))
    )
    cut = next(begins, len(lines))
    own, rest = lines[:cut], lines[cut:]
    if not quoted:
        own = [line for line in own if not line.startswith(">")]
    if returned is None:
        is_field = _MARKS["header"].match
        start = next((at for at, line in enumerate(rest[:40]) if is_field(line) and not _is_marker(line)), None)
        if start is not None:
            head = "\n".join(rest[start : start + 300])
            returned = parse_header_block(_MARKS["quoted"].sub("", head) if rest[start][:1] in {">", "|"} else head)
        if returned is None or not returned.headers_named(*_TO_FIELDS):
            returned = _quoted_head(lines, ours) or returned
    return Prose(tuple(own), returned)


def _texts(report: Part) -> Iterator[str]:
    """Return the report's own texts: those before the returned message, plain text rather than HTML."""
    plain: list[str] = []
    marked: list[str] = []
    for part in report.all_parts:
        if part.content_type in _RETURNED:
            if plain or marked:
                break
            continue
        if part.parts or part.content_type not in _READABLE:
            if part.content_type.startswith("multipart/") and not part.parts:
                plain.append(_text(part))
            continue
        if part.content_type == "message/delivery-status" and _MARKS["status_fields"].search(part.text[:2000]):
            continue
        (marked if part.content_type == "text/html" else plain).append(_text(part))
    if any(len(text.strip()) > 20 for text in plain):
        return iter(plain)
    return iter([*plain, *(markup_text(text, whole=True) for text in marked)])


def _text(part: Part) -> str:
    """Return a part's text; base64 without a header field for it is decoded, too."""
    text = part.text
    if "\x1b$" in text:  # Japanese without its charset
        text = part.content().decode("iso-2022-jp", "replace").replace("\r\n", "\n")
    head = text[:400].strip()
    if len(head) > 60 and not part.header("content-transfer-encoding") and re.fullmatch(r"[A-Za-z0-9+/=\n]+", head):
        return decode_base64(text[: 2 * MAX_PROSE].encode("ascii", "replace")).decode("utf-8", "replace")
    return text


# Markup: an HTML body as lines of text.

MAX_MARKUP = 240_000
_NAME = re.compile(r"/?[a-z][a-z0-9]*")
_SPACE = re.compile(r"\s+")
_UNREAD = frozenset({"style", "script", "head", "title"})
_BREAKS = frozenset({"br", "p", "div", "tr", "li", "hr", "table", "h1", "h2", "h3", "h4", "h5", "ul", "ol", "pre"})
# for tags in lower case
_OLD, _PAGE_SIGNATURE = (re.compile(_HEADS[name]) for name in ("old", "page_signature"))


def markup_text(markup: str, *, whole: bool = False) -> str:
    """Return the text of an HTML body as lines.

    In an answer a quotation becomes one line `> `, everything after the head of a quoted mail is dropped, and a cell is
    a line. `whole`: it is a report, which is kept whole, with its own lines.
    """
    markup = markup[:MAX_MARKUP]
    for invisible in _NO_BREAK if whole else ():  # where a word may be broken
        markup = markup.replace(invisible, "")
    out: list[str] = []
    position = depth = 0
    link = ""
    while (start := markup.find("<", position)) >= 0:
        if not depth:
            out.append(_flat(markup[position:start], whole=whole))
        comment = markup.startswith("<!--", start)
        end = markup.find("-->" if comment else ">", start)
        position = len(markup) + 1 if end < 0 else end + (3 if comment else 1)
        written = markup[start + 1 : position - 1][:2_000]
        tag = written.lower()
        found = _NAME.match(tag)
        name = found[0] if found else ""
        if whole and "@" in tag and "=" not in tag:  # an address in angle brackets, not escaped
            out.append(f"<{written}>")
            continue
        if not whole and tag != name and _OLD.search(tag):
            return "".join(out)
        if name in _UNREAD:
            behind = re.compile(f"</{name}", re.IGNORECASE).search(markup, position)
            position = behind.start() if behind else len(markup)
        if name == "blockquote" and not whole:
            depth += 1
            out.append("\n> \n" if depth == 1 else "")
        elif name == "/blockquote":
            depth = max(0, depth - 1)
        elif not depth:
            link = _step(out, name, written, link, whole=whole)
    return "".join(out) if depth else "".join(out) + _flat(markup[position:], whole=whole)


def _step(out: list[str], name: str, tag: str, link: str, *, whole: bool) -> str:
    """Append a tag's meaning to the text; return the address of the mailto link that is open, if any."""
    if "ignature" in tag and not whole and _PAGE_SIGNATURE.search(tag.lower()):
        out.append("\n-- \n")
    if name.strip("/") in _BREAKS or (name.strip("/") == "td" and not whole):
        out.append("\n\n" if name in {"/p", "/table"} else "\n")
    elif whole and name.strip("/") != "a":
        out.append(" ")
    if name == "a":
        found = _MARKS["mailto"].search(tag)
        return found[1] if found else ""
    if name == "/a" and link:
        if not any("@" in piece for piece in out[-3:]):
            out.append(f" <{link}>")
        return ""
    return link


def _flat(piece: str, *, whole: bool) -> str:
    return html.unescape(piece if whole else _SPACE.sub(" ", piece))


def _is_marker(line: str) -> bool:
    """Return whether a line announces a returned message: words after dashes, or a sentence that ends in “follows”."""
    core = line.strip(_DECORATION)
    if not core or len(line) > _MAX_MARKER:
        return False
    return bool((_MARKS["dashes"].match(line) and _MARKS["decorated"].match(core)) or _MARKS["plain"].fullmatch(core))


def _is_header(lines: list[str], at: int) -> bool:
    """Return whether the lines from here on are a message's header: fields and folded lines, at least two."""
    after = [line for line in lines[at + 1 : at + 4] if line]
    return not after or any(_MARKS["header"].match(line) or line[:1] in {" ", "\t"} for line in after)


def _quoted_head(lines: list[str], ours: Container[str]) -> Part | None:
    """Return the header of one of our mails, from a mail program's head above a quotation (“Von: … An: …”)."""
    for at, line in enumerate(lines):
        found = _FROM_LINE.match(line) if "@" in line else None
        if found and any(address.lower() in ours for address in parse_addresses(found[1])):
            fields = [field for each in lines[max(0, at - 3) : at + 8] if (field := _HEAD_LINE.match(each))]
            people = fields_to(lines[max(0, at - 3) : at + 8])
            if people:
                ids = "".join(f"\nMessage-ID: {field[2]}" for field in fields if field[1].lower() == "message-id")
                return parse_header_block(f"From: {found[1]}\nTo: {', '.join(people)}{ids}")
    return None


# The recipients of the returned message.

_TO_FIELDS = FIELDS["to"] | FIELDS["envelope"]


def fields_to(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses after “To:” and its equivalents in a text."""
    fields = (_HEAD_LINE.match(line) for line in lines if "@" in line)
    return tuple(a for field in fields if field and _TO_NAME.fullmatch(field[1]) for a in parse_addresses(field[2]))


def returned_recipients(returned: Part | None) -> tuple[str, ...]:
    """Return the recipients of the returned message in the order of its header."""
    if returned is None:
        return ()
    listed = not FIELDS["of_a_list"].isdisjoint(returned.first)
    fields = FIELDS["envelope"] if listed else _TO_FIELDS
    named = [address for value in returned.headers_named(*fields) for address in parse_addresses(value)]
    passed = [
        found[1] for value in returned.headers_named("received")[:10] for found in _MARKS["for"].finditer(value[:2000])
    ]
    unique: dict[str, str] = {}
    for address in (*named, *passed):
        unique.setdefault(address.lower(), address)
    return tuple(unique.values())


# The words for what happened.

_PHRASES = read_section("bounces", "said")


class _AnyOf:
    """Rows of words, searched in lower case: the lists are long, and this is twice as fast.

    A row that is no regular expression is searched as plain text.
    """

    def __init__(self, name: str) -> None:
        rows = _PHRASES[name]
        plain = [row for row in rows if not set(row) & set(r".^$*+?{}[]\|()")]
        self._plain = holder(plain)
        self.pattern = re.compile(any_of(row for row in rows if row not in plain))

    def search(self, low: str) -> bool:
        """Return whether a text in lower case has one of the rows."""
        return self._plain(low) or self.pattern.search(low) is not None


FAILURE, DELAY, GIVEN_UP, ARRIVED = _AnyOf("failure"), _AnyOf("delay"), _AnyOf("given_up"), _AnyOf("arrived")
SUBJECT, _DIGEST, INTRODUCTION = _AnyOf("subject"), _AnyOf("digest"), re.compile("|".join(_PHRASES["introduction"]))
_digest_stems, _delay_stems, _arrived_stems = (
    holder(_PHRASES[f"{name}_stems"]) for name in ("digest", "delay", "arrived")
)
ANSWERED = _MARKS["answered"]  # “Re:” or “Fwd:” is a person's, whatever follows it


def is_late(text: str) -> bool:
    """Return whether a text says that mail is late and still being tried, and nowhere that it was given up."""
    low = text.lower()
    return _delay_stems(low) and bool(DELAY.search(low)) and not GIVEN_UP.search(low)


def has_arrived(text: str) -> bool:
    """Return whether a text says that mail arrived, and nowhere that something failed."""
    low = text.lower()
    return _arrived_stems(low) and not FAILURE.search(low) and bool(ARRIVED.search(low))


def is_digest(low: str) -> bool:
    """Return whether a text in lower case is a quarantine's, which lists mail from others that it has held back."""
    return _digest_stems(low) and bool(_DIGEST.search(low))


def without_stock_words(text: str) -> str:
    """Return a text without the words that every report has, so that none of them is taken for the reason."""
    return _MARKS["no_reason"].sub("", text) if "ndeliver" in text.lower() else text


# Blocks: the lines about one recipient. A block begins with an address at the head of a line (qmail, Postfix, Exim,
# OpenSMTPD, Exchange, Gmail), one behind a label (“Failed Recipient:”; `[openers]` of `bounces.toml`), behind a name
# (“Ann <mailto:…>”), or in an SMTP transcript; it goes on with indented lines and the paragraph behind it; it ends at
# an empty line, at a line of dashes, or where the next one begins. Some words distinguish the address that we wrote to
# from the one it was forwarded to.

_OPENERS = read_section("bounces", "openers")
_LINE = read_patterns("bounces", "openers")
ADDRESS: str = _OPENERS["address"][0]
ONLY, OTHER, _ANY = _LINE["only"], _LINE["other"], re.compile(ADDRESS)
_NAME_WORDS = 5


class Rank(IntEnum):
    """How plainly a line names a recipient; the plainest that a report has are its recipients."""

    NAMED = 1  # at the head of a line or behind a label
    ANSWERED = 2  # a server's reply begins with it
    COMMANDED = 3  # RCPT TO in a transcript
    MENTIONED = 4  # in a sentence
    RETURNED = 5  # the returned message was for it
    PLACED = 6  # where a report has it, among unknown words


class Opening(NamedTuple):
    """The beginning of a line: an address, the rest of the line, how plainly it is named, the indent, and the label."""

    address: str
    rest: str
    rank: Rank
    indent: int
    label: str = ""


def opening_of(line: str) -> Opening | None:
    """Read the beginning of a line; None if it begins with no recipient. A line without an @ costs nothing."""
    if "@" not in line:
        return None
    indent = len(line) - len(line.lstrip())
    if found := _LINE["head"].match(line):
        rest = f"{found['mark'] or ''}{found['rest']}"
        return None if _LINE["not_a_head"].match(rest) else Opening(found["address"], rest, Rank.NAMED, indent)
    if found := _LINE["command"].match(line):
        return Opening(found[1], found[2], Rank.COMMANDED, indent)
    if found := _LINE["labelled"].match(line):
        return Opening(found["address"], found["rest"], Rank.NAMED, indent, found["label"].lower())
    if found := _LINE["reply"].match(line):
        return Opening(found[1], line.strip(), Rank.ANSWERED, indent)
    if found := _LINE["row"].match(line):
        return Opening(found[1], found[2], Rank.ANSWERED, indent)
    # an address at the end of the line, behind a name, a label or a server's reply
    if found := _LINE["named"].match(line):
        if _LINE["coded"].match(found["name"]):
            return Opening(found["address"], line.strip(), Rank.ANSWERED, indent)
        is_sentence = len(found["name"].split()) > _NAME_WORDS and not FAILURE.search(found["name"].lower())
        is_other = is_sentence or OTHER.search(found["name"]) or _LINE["last_sentence"].match(found["name"])
        return None if is_other else Opening(found["address"], "", Rank.NAMED, indent)
    if (found := _LINE["refusing"].match(line)) and (
        ONLY.search(found["said"]) or FAILURE.search(found["said"].lower())
    ):
        return Opening(found["address"], found["said"], Rank.ANSWERED, indent)
    found = _LINE["any_label"].match(line)
    label = last_sentence(found["label"]) if found else ""
    if found and not OTHER.search(label) and not _LINE["field_name"].match(label):
        return Opening(found["address"], found["rest"] or "", Rank.ANSWERED, indent, label)
    return None


def last_sentence(text: str) -> str:
    """Return the part of a line after its last full stop, in lower case; all of it if there is none."""
    found = _LINE["last_sentence"].match(text)
    return (text[found.end() :] if found else text).strip().lower()


def forwarded_from(text: str) -> str:
    """Return the address that we wrote to, if a server says that it was forwarded to another one."""
    low = text.lower() if "@" in text else ""
    found = _LINE["forwarded"].search(low)
    return text[slice(*found.span(found.lastindex or 0))] if found and len(low) == len(text) else ""


def more_addresses(rest: str) -> list[str]:
    """Return the further addresses of a line that lists several, if nothing else follows the first."""
    if "@" not in rest or _LINE["not_a_list"].search(_ANY.sub("", _LINE["joins"].sub(" ", rest))):
        return []
    return [found[0] for found in _ANY.finditer(rest)]


def bare_name(line: str, announcer: str) -> str:
    """Return the bare user name in a sendmail reply (`550 ann... User unknown`), or on a line alone.

    Alone it is a name only if the line that announced it is about a failure.
    """
    found = _LINE["bare_reply"].match(line) if "..." in line else None
    if found is None and announcer:
        found = _LINE["bare_list"].match(line)
        found = found if found and FAILURE.search(announcer.lower()) else None
    return found[1] if found and not found[1].replace(".", "").isdigit() else ""


MAX_BLOCKS = 500
# the address on the next line is the person's new one
_NEW_ADDRESS = re.compile(any_of(read_section("bounces", "around")["new"]))
_ENDS = (":", "：", ".", " à", " a", " to")
_LONG = 45  # a line that was probably broken by the program
_SIGNS = " \t<>\"'([*•-"
_WIDTH = 68  # of a full line, so that the address had to go on the next one
_MOST_LINES = 30
_AROUND = " :;,>-"


@dataclass(slots=True)
class Block:
    """The lines about one address; `hint` is the label before it (“unknown user”), in lower case.

    `above` is the line that announces it and others, `at` the number of loose lines before it; `is_taken`: it was
    reached, and another one was not. When all blocks are cut, `text` is its words on one line, and `refuses` whether it
    has the code of a refusal.
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
    text: str = ""
    refuses: bool = False

    def close(self) -> None:
        """Join its lines into `text`, and find out whether they refuse."""
        self.text = " ".join(" ".join(self.lines).split()).strip(_AROUND)
        self.refuses = any(_LINE["refusal"].search(line) for line in self.lines)

    @property
    def accepts(self) -> bool:
        """Return whether a transcript or a table shows that the server accepted the address."""
        accepted = _LINE["taken"] if self.rank is Rank.NAMED else _LINE["accepted"]
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
    above = last = announcer = title = (
        ""  # the line before; the last one with words; the one that announces names; the last without an address
    )
    for place, line in enumerate(lines):
        before, above = above, line
        if not line.strip():
            if block and "".join(block.lines).strip(_AROUND) and not block.lines[-1].endswith((":", "：")):
                block = None
            continue
        if "@" not in line and _LINE["rule"].match(line):  # a line of dashes, with words or without
            block, announcer, title = None, line, line
            done.loose.append(line)
            continue
        opening, opened = opening_of(line), bool(opening)
        opening, last = (
            (None, last) if opening and last.endswith(_ENDS) and _NEW_ADDRESS.search(last.lower()) else (opening, line)
        )
        if opening and not opened and opening.rank is Rank.NAMED and _LINE["unfinished"].search(before):
            # an address may be at the head of a line only because a sentence was broken there
            depth = len(before) - len(before.lstrip())
            as_deep = opening.indent == depth or (block is None and opening.indent < depth)
            is_wrapped = len(before) + len(opening.address) >= _WIDTH and _LINE["sentence_end"].match(opening.rest)
            is_inside = len(before) >= _LONG and not line.lstrip(_SIGNS).startswith(opening.address)
            opening = (
                None if as_deep and (is_inside or is_wrapped or _LINE["more_words"].match(opening.rest)) else opening
            )
        if opening and block:
            is_original = opening.label.startswith("orig")
            block.original = opening.address if is_original else block.original
            is_again = opening.address.lower() == block.address.lower() and block.lines
            is_deeper = opening.indent > block.indent or opening.rank > block.rank
            if is_original or is_again or is_deeper or len(done.blocks) >= MAX_BLOCKS:  # it belongs to the open block
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
            and (line.endswith((":", "：")) or _LINE["taken"].match(line))
            and opening_of(next(filter(str.strip, lines[place + 1 :]), ""))
        ):
            block, title = None, line
            done.loose.append(line)
            if name := bare_name(line, announcer):
                done.names.append(name)
            announcer = line if line.endswith((":", "：")) else announcer
        elif len(block.lines) < _MOST_LINES:
            block.lines.append(line)
    blocks = done.blocks
    for block in blocks:
        block.close()
    if len(blocks) > 1:
        _mark_the_taken(blocks)
    for block in blocks:
        block.original = block.original or forwarded_from(block.text)
    for at in range(len(blocks) - 2, -1, -1):  # several addresses, followed by the text about all of them
        if not blocks[at].text and blocks[at].rank == blocks[at + 1].rank:
            blocks[at].lines = blocks[at + 1].lines
            blocks[at].close()
    return done


def _mark_the_taken(blocks: list[Block]) -> None:
    """Mark the addresses that were reached or wait, by the line above, or by its contrary for others (“not sent”)."""
    refuse = [block.refuses for block in blocks]
    starts = ["".join(filter(str.isalpha, (b.hint or "".join(b.lines[:1]))[:80].casefold())) for b in blocks]
    negated = {found[1] for each in starts if (found := _LINE["contrary"].match(each))}
    good = set()
    for above in {block.above for block in blocks}:
        low = above.lower()
        waits = any(refuse) and (_LINE["waits"].search(low) or DELAY.search(low))
        if _LINE["taken"].match(low) or ((_LINE["reached"].search(low) or waits) and not FAILURE.search(low)):
            good.add(above)
    contrary = [len(each) > 3 and any(other.startswith(each) for other in negated) for each in starts]
    labelled = [bool(b.hint and (_LINE["taken"].match(b.hint) or _LINE["reached"].search(b.hint))) for b in blocks]
    signs = zip(blocks, refuse, contrary, labelled, strict=True)
    taken = [not no and (b.above in good or ok or label) for b, no, ok, label in signs]
    for block, is_taken in zip(blocks, taken, strict=True):
        block.is_taken = is_taken and not all(taken)
