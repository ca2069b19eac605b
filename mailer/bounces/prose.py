"""Prose: what a mail system wrote, apart from what it returns, and the words by which it says so.

Owns which parts are the report's own text, how HTML becomes lines, where the returned message begins inside the text,
the header of a message that is returned so and who it was for; and the words for “failed”, “late” and “arrived” in
some twenty languages: data, `[said]` of `bounces.toml` in `mailer.words`. Each row there is short and says two things
that must stand near each other (“could not” and “delivered”), since every server has its own sentence.
Never says who it is about; never raises; the work is bounded by `MAX_PROSE`.

Gaps: of other languages only the shape is read (`shapes`), and what the servers repeat in English.
"""

from __future__ import annotations

import html
from collections.abc import Container, Iterable, Iterator

from mailer import lazy_re as re
from mailer.bounces.parts import Part, decode_base64, parse_addresses, parse_header_block
from mailer.frozen import dataclass
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
    """The lines that a mail system wrote, and the header of what it returned (None where nothing is)."""

    lines: tuple[str, ...]
    returned: Part | None


def read_prose(report: Part, returned: Part | None, *, quoted: bool = True, ours: Container[str] = ()) -> Prose:
    """Return what a report says in words, and the returned message's header: `returned`, or one inside the text.

    Mail systems mark addresses with `>`; where people may be speaking that is a quotation, and left out (`quoted`).
    A few fields of a mail that came from one of `ours` are its header too, in whatever language they are named.
    """
    text = "\n".join(_texts(report))[:MAX_PROSE].replace("\u00a0", " ")
    text = _MARKS["broken_address"].sub(r"\1\2", text) if "<" in text else text
    lines = [line[:_MAX_LINE].rstrip() for line in text.split("\n")[:_MAX_LINES]]
    for at, line in enumerate(lines[:-1]):  # an address goes on in the next line, with nothing else there
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
    """Return the report's own texts: those before what is returned, plain text rather than HTML."""
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
    """Return a part's text; one that forgot to say that it is base64 is decoded all the same."""
    text = part.text
    if "\x1b$" in text:  # Japanese that does not say so
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

    In an answer a quotation is one line `> `, what is behind a reply's head is gone, and a cell is a line. `whole`: it
    is a report, of which all is kept, with its own lines.
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
        if whole and "@" in tag and "=" not in tag:  # an address in brackets that nobody escaped
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
    """Write what a tag means into the text; return the address that an open link leads to."""
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
    """Whether a line announces the returned message: words behind dashes, or a sentence that ends in “follows”."""
    core = line.strip(_DECORATION)
    if not core or len(line) > _MAX_MARKER:
        return False
    return bool((_MARKS["dashes"].match(line) and _MARKS["decorated"].match(core)) or _MARKS["plain"].fullmatch(core))


def _is_header(lines: list[str], at: int) -> bool:
    """Return whether the lines from here on are a message's header: fields and folded lines, at least two."""
    after = [line for line in lines[at + 1 : at + 4] if line]
    return not after or any(_MARKS["header"].match(line) or line[:1] in {" ", "\t"} for line in after)


def _quoted_head(lines: list[str], ours: Container[str]) -> Part | None:
    """Return who a mail of ours was for, out of a mail program's head above a quotation (“Von: … An: …”)."""
    for at, line in enumerate(lines):
        found = _FROM_LINE.match(line) if "@" in line else None
        if found and any(address.lower() in ours for address in parse_addresses(found[1])):
            fields = [field for each in lines[max(0, at - 3) : at + 8] if (field := _HEAD_LINE.match(each))]
            people = fields_to(lines[max(0, at - 3) : at + 8])
            if people:
                ids = "".join(f"\nMessage-ID: {field[2]}" for field in fields if field[1].lower() == "message-id")
                return parse_header_block(f"From: {found[1]}\nTo: {', '.join(people)}{ids}")
    return None


# Who the returned message was for.

_TO_FIELDS = FIELDS["to"] | FIELDS["envelope"]


def fields_to(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses behind “To:” and its like in a text."""
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


# What the words say.

_SAID = read_section("bounces", "said")


class _AnyOf:
    """Rows of words, looked for in lower case: they are long lists, and twice as quick so.

    What is no expression is looked for as it stands.
    """

    def __init__(self, name: str) -> None:
        rows = _SAID[name]
        plain = [row for row in rows if not set(row) & set(r".^$*+?{}[]\|()")]
        self._plain = holder(plain)
        self.pattern = re.compile(any_of(row for row in rows if row not in plain))

    def search(self, low: str) -> bool:
        """Return whether one of the rows stands in a text in lower case."""
        return self._plain(low) or self.pattern.search(low) is not None


FAILURE, DELAY, GIVEN_UP, ARRIVED = _AnyOf("failure"), _AnyOf("delay"), _AnyOf("given_up"), _AnyOf("arrived")
SUBJECT, _DIGEST, INTRODUCTION = _AnyOf("subject"), _AnyOf("digest"), re.compile("|".join(_SAID["introduction"]))
_digest_stems, _delay_stems, _arrived_stems = (
    holder(_SAID[f"{name}_stems"]) for name in ("digest", "delay", "arrived")
)
ANSWERED = _MARKS["answered"]  # who answers or passes on is a person, whatever stands behind it


def is_late(text: str) -> bool:
    """Return whether a text says that mail is late and still tried, and nowhere that it was given up."""
    low = text.lower()
    return _delay_stems(low) and bool(DELAY.search(low)) and not GIVEN_UP.search(low)


def has_arrived(text: str) -> bool:
    """Return whether a text says that mail arrived, and nowhere that something failed."""
    low = text.lower()
    return _arrived_stems(low) and not FAILURE.search(low) and bool(ARRIVED.search(low))


def is_digest(low: str) -> bool:
    """Return whether a text in lower case is a quarantine's, which tells what of others' mail it has kept from us."""
    return _digest_stems(low) and bool(_DIGEST.search(low))


def without_stock_words(text: str) -> str:
    """Return a text without the words that every report has, so that none of them is taken for the reason."""
    return _MARKS["no_reason"].sub("", text) if "ndeliver" in text.lower() else text
