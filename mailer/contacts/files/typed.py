"""Typed: a list written as text → rows: recipients of a mail, or one or a few lines for each person.

Owns how such a text is distinguished from a table, and the words around each address: the name, the outlet, remarks
about the contact. Never judges an address.

Theory of operation. A text is cut into units: a line, a paragraph where each has one address, or the lines down to the
next address. The text around each address is cut into parts. A label says what a part is; a part about mail is a note;
otherwise the address helps (`ada.brook@harbour-lantern.example.com`), or the same position in the other lines
(`Manner`). A unit without an address is a heading, or a person without an address, depending on how it is written.
Crossed-out text is put into the notes, for `meaning.marks` to read.
"""

from __future__ import annotations

from base64 import b64decode
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, dropwhile, groupby, pairwise, takewhile
from typing import Final, TypeAlias

from mailer import lazy_re as re
from mailer.contacts.files import RawRow
from mailer.contacts.meaning.cells import COMMA, DOMAINS, STRIKE, find_addresses, with_at, with_signs
from mailer.contacts.meaning.columns import (
    AND,
    CAMEL,
    NEVER,
    OLDER,
    compact,
    email_rank,
    is_address_like,
    is_house,
    is_name_like,
    is_phone_like,
    is_role_like,
    meaning_rank,
    names_house,
    names_person,
    people_in,
    plain,
    recognised,
)
from mailer.contacts.meaning.legends import read_legend
from mailer.contacts.meaning.marks import asks_no_mail, evidence, explains_out, is_out_heading, read_codes
from mailer.frozen import dataclass, field, replace
from mailer.text.headers import decode_words
from mailer.words import read_section

HEADER: Final = ("Email", "Name", "Outlet", "Role", "Phone", "Further notes")
_NO_MORE: Final = ("",) * (len(HEADER) - 1)
_ROWS: Final = read_section("contacts", "rows")
_TO: Final = re.compile(rf"\s*({'|'.join(_ROWS['to'])})\s*[:：]\s*", re.IGNORECASE)
_OTHER_LINES: Final = re.compile(rf"\s*({'|'.join(_ROWS['other_fields'])})\s*[:：]", re.IGNORECASE)
GROUPS: Final = frozenset(map(compact, _ROWS["groups"]))
_SIGNS: Final = r"\s<>\"(),;:|\[\]"
# searched, it starts once a word
_ONE: Final = re.compile(rf"(?<![^{_SIGNS}/])[^{_SIGNS}/@]++@[^{_SIGNS}/@.]++\.[^{_SIGNS}/@]++(?!@)")
_SAMPLE: Final = 60  # lines that decide what a text is
_FIELD: Final = re.compile(r"\s{0,8}(?:[-*•]\s{1,4})?([^\W\d_][^:：@|,;<>\t]{0,40})[:：](?!//)(.*)", re.DOTALL)
_CITED: Final = re.compile(r"^(?:>\s){1,9}|^>$")  # how mail programs quote a line
_RULED: Final = " \t\r\n\f-=_*~#"
_WIDTH: Final = 10_000  # characters of a line that decide what a text is
_MOST: Final = 1000  # characters around an address: anything longer is no name
_LONGEST: Final = 40  # lines of a unit
_WORDY: Final = 4  # words of a part that is no name, but a remark about someone

_TRAILING: Final = re.compile(r"@\S+\s+(?:#|//|[-–—]{1,2})\s")
_ENDS: Final = re.compile(r"[,;]\s*$")
_BROKEN: Final = re.compile(r"\S@=?\s*$|@[^\s,;<>]*[.-]\s*$")
_GOES_ON: Final = re.compile(r"\s*(?:[\w-]+\.)*[a-z]{2,}(?![\w@])[^@]*$|\s*@[\w-]+\.[a-z]")
_DOMAIN: Final = re.compile(r"\s*[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}(?![\w@])")
_CUT: Final = re.compile(r"@[\w.-]+\.([a-z]+)\s*$")
_FRAGMENT: Final = re.compile(r"[a-z]{1,30}(?:\.[a-z]{2,20}){1,3}(?=[>,;\s]|$)")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.){1,200}+)"(?P<shown>\s*<)?')
_LINK: Final = re.compile(r"\[([^\[\]]{1,200})\]\((?:mailto:)?([^()\s]{1,200})\)")
_BULLET: Final = re.compile(
    r"\s*(?:(?P<out>[✗✘❌☒✖☠])|(?P<x>xx?|X)(?=\s)"
    r"|[-*•·–—+◦▪●○‣■□☐☑✓✔►▶]+(?=\s|[\w<])|[\[(]\s?[xX]?[\])](?=\s)|\[[^\[\]@]{1,12}\](?=\s)|\(?\d{1,4}[.):](?=\s)|[a-z]\)(?=\s))\s*"
)
_SIGNS_ANYWHERE: Final = frozenset(sign for sign, *_ in _ROWS["signs"])
_EXPLAINED: Final = re.compile(r"([^\w\s=]{1,2}|[A-Za-z]{1,2}|\[[^\[\]]{1,12}\])\s*[=:→]\s?(.+)")
_GAP: Final = re.compile(r"\s{2,}(?![=→])|[,;|()]")
_SIGNS_BEHIND: Final = re.compile(r"\s([^\w\s]{1,4})\s*$")
_TAG: Final = re.compile(r"\[[^\[\]@]{1,12}\](?=\s)")
_QUOTED_SIGN: Final = re.compile(r"[\"“„«»‘']([^\s\"“”„«»‘’']{1,4})[\"”“»«’']")
_LEADING: Final = re.compile(r"\s*([A-Z]{1,3})\s+(?=\S)")
_NUMBERED: Final = re.compile(r"(?<=[\w.])\s?\(\w{1,2}\)")
_REMARK: Final = re.compile(r"\s*(?:>{2,}|[-=]+>|[→↳^])\s?")
_COMMENT: Final = re.compile(r"\s*(?:#(?!\d)|//|;|--\s|%)")
_BETWEEN: Final = re.compile(r"[;\n]|[,/|&+]|[>)\]](?=\s)|\s{2,}")
_OPENS: Final = re.compile(r"[(\[](?=[^()\[\]]{3}[^()\[\]]*$)")
_PART: Final = re.compile(r"[\t\n|;,()\[\]{}<>·•]|\s{2,}|\s[-–—/=#→]+(?=\s)|\s[-–—]+(?=\S)|(?<=\w)[-–—]+\s|\s#")
_WIDE_GAP: Final = re.compile(r"\S[^\S\n]{3,}")
_TURNED: Final = re.compile(r"(?<=\w),\s(?=[^\W\d_])")
_SHOWN: Final = re.compile(r"[\t\n|()\[\]{}<>]|\s{2,}")  # separators in a display name, in which a comma is none
_MARKED: Final = frozenset("■◆◇▼▲★※【《")  # signs that begin a heading in East Asian lists
_CLAUSE: Final = re.compile(r"[,;(!?]|\.\s|\s[-–—]+\s")
_BEHIND: Final = re.compile(r">?\s*\(([^()@:]{1,20})\)")  # "ada@… (old)"
_OTHER_ADDRESS: Final = re.compile(r"\b(?:addr|adress|adres|direcc|indirizz|endere)")
_FORMER: Final = re.compile(
    rf"\b(?:{'|'.join(_ROWS['former'])})\b|^(?:{'|'.join(map(plain, _ROWS['former_alone']))})"
    r"(?:\s\S{0,20}(?:addr|adres|direcc|indirizz|endere|mail|courr|corre)\S{0,20})?$"
)
_NOW: Final = re.compile(rf"\b(?:{'|'.join(_ROWS['now'])})\b")
_TO_READERS: Final = re.compile(
    rf"(?:^|[.!?¿(,])\s*(?:{'|'.join(map(plain, _ROWS['to_readers']))})\b|{'|'.join(_ROWS['to_readers_signs'])}"
    rf"|\b(?:{'|'.join(map(plain, _ROWS['kept_by']))})\b"
)
_ORDER: Final = re.compile(rf"(?:{'|'.join(map(plain, _ROWS['orders']))})\b")
_RULE: Final = re.compile(r"\s{0,8}\|?[\s:]{0,9}-[-\s|:]*")  # |---|---|
_CELLS: Final = re.compile(r"[;\t|]|,[^,]*,")
_ARROW: Final = re.compile(r"[-=]>|→|⇒")
_THIN_STRIKE: Final = re.compile(r"(?<![~\w])~(?=[^\s~])([^~\n]{1,200})(?<=\S)~(?![~\w])")
_FIRST_LABEL: Final = re.compile(r"([^:@\n]{1,60}):\s")
_WORD_BEFORE: Final = re.compile(r"(?:^|[^\S\n])([a-zà-ÿ][\w'’-]{0,30})[^\S\n]$")
_JOINING: Final = frozenset({"or", "oder", "ou", "o", "und", "and", "et", "y", "e", "of", "lub", "eller", "cc", "bcc"})
_EMPTY: Final = re.compile(r"([^;,<>\n]{1,80})<\s*>")
_SHORT: Final = 60
_CROSSED: Final = "crossed out"
_BEFORE_SHOWN: Final = re.compile(r"[<\[]\s*(?:mailto:)?\s*['\"]?$")
_LABEL: Final = re.compile(r"([^:：@]{1,40})[:：]\s*(.*)", re.DOTALL)
_LABELLED: Final = re.compile(r"[^:@]{1,40}:\s*\S")
_LAST_LABEL: Final = re.compile(r"([^:：@,;\n]{1,40})[:：]\s*$")
_LABELS: Final = ("first_name", "last_name", "name", "outlet", "role", "phone")
_AROUND: Final = " \t.,:;'\"“”„«»‘’*_~-–—"
_SENTENCE: Final = re.compile(r"[.!?]\s+[A-ZÀ-Þ]")
_WIDE: Final = str.maketrans({"　": "  ", **dict(zip("（）［］＜＞；，：／｜、＠", "()[]<>;,:/|,@", strict=True))})
# signs in quotation marks are no separators
_KEPT: Final = str.maketrans(",;()<>[]|", "\ue000\ue001\ue002\ue003\ue004\ue005\ue006\ue007\ue008")
_AGAIN: Final = {new: old for old, new in _KEPT.items()}

_Slot: TypeAlias = tuple[str, int]  # before or after the address, and the number of the part


@dataclass(frozen=True, slots=True)
class Manner:
    """How a text is written: what makes a unit, whether it is a mail's header, the meanings of parts by position."""

    by_paragraph: bool = False
    alternating: bool = False
    outlined: bool = False  # people are indented below their outlet
    headed: bool = False
    colleagues: frozenset[str] = frozenset()  # the addresses in the header of a mail whose text is the list
    out_signs: frozenset[str] = frozenset()  # of contacts who are not mailed, as the text itself explains
    codes: Mapping[str, bool] = field(default_factory=dict)  # "(1)", or a letter before a name → "do not mail"?
    meanings: Mapping[_Slot, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Found:
    """An address in a unit with the parts beside it; `shown` is a display name in front of `<…>`."""

    address: str
    shown: str = ""
    parts: list[tuple[_Slot, str]] = field(default_factory=list)


def is_typed(lines: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Return whether a text is typed (as one address a line is) and no table; `rows` are its first lines as a table."""
    whole = [_plain(line[:_WIDTH]) for line in lines[:_SAMPLE] if line[:_WIDTH].strip()]
    held = [line for line in whole if _ONE.search(line)]
    filled = [cells for cells in rows if any(cells)]
    widths = [sum(map(bool, cells)) for cells in filled]
    held_at = [at for at, cells in enumerate(filled) if any(_ONE.search(with_at(cell[:_WIDTH])) for cell in cells)]
    several = [at for at in held_at if widths[at] > 1]
    # a header has people below it, and may have titles above it
    first = next(iter(several or (at for at in held_at if not _LABELLED.match("".join(filled[at])))), None)
    known = [
        0 if width == 1 and _LABELLED.match("".join(cells)) else recognised(cells)
        for cells, width in zip(filled[:first], widths, strict=False)
    ]
    if not held or len(held) * 12 < len(whole):
        return False
    ruled = sum(line.lstrip()[:1] == "|" for line in held) if any(map(_RULE.fullmatch, whole)) else 0
    if 0 < ruled < 0.8 * len(held):  # Markdown has tables and lists in one text
        return True
    if known and (known[0] or max(known) > 1):
        return False
    struck = (each for line in whole for each in STRIKE.findall(line))
    is_written = (
        any(with_at(line) != line or _REMARK.match(line) or _THIN_STRIKE.search(line) for line in lines[:_SAMPLE])
        or any(any(_signs_of_out(line)) for line in whole)
        or any(_CELLS.search(each) or ("@" in each and "," in each) for each in struck)
    )
    if is_written or any(_breaks(line, after) for line, after in pairwise(whole)):
        return True
    if all(_ONE.fullmatch(line.strip().rstrip(",; ")) for line in held):
        return sum(not _ONE.search(line) and not heads(line) for line in whole) > 0.5 * len(held)
    counts = [len(_ONE.findall(line)) for line in held]
    people = [filled[at] for at in held_at]
    alone = ([bool(find_addresses(cell)) and not _TRAILING.search(cell) for cell in cells] for cells in people)
    places = Counter(each.index(True) if any(each) else -1 for each in alone)
    if sum(len(cells) > 1 for cells in people) * 2 > len(people) and 0.8 * len(people) <= max(places.values()):
        lone = (not _ONE.search(cell[:_WIDTH]) or is_address_like(cell) for cells in people for cell in cells)
        alike = len(set(counts)) == 1 < len(held) and all(lone) and not any(map(_ENDS.search, held))
        if max(places, key=places.__getitem__) >= 0 and (counts.count(1) > 0.6 * len(counts) or alike):
            return False  # one in most rows, or as many, each alone in its cell
    width, often = Counter(map(len, filled)).most_common(1)[0]
    below = filled[next(at for at, cells in enumerate(filled) if len(cells) == width) :]  # titles are above a header
    is_header = not any(_ONE.search(cell[:_WIDTH]) or _SENTENCE.search(cell[:_WIDTH]) for cell in below[0])
    if width > 1 and often >= 0.8 * len(below) and is_header:
        return False  # a header, whatever its words
    found = [each for line in held for each in _cut(line)]
    lead = [[part for (side, _), part in each.parts if side == "before"] for each in found]
    clean = [all(len(part) <= 60 and not _SENTENCE.search(part) for part in each) for each in lead]
    return sum(clean) >= 0.6 * len(clean)


def _breaks(line: str, after: str) -> bool:
    """Return whether an address begins in a line and ends in the next."""
    begins = _BROKEN.search(line[-200:]) or after.lstrip()[:1] == "@"
    cut = _CUT.search(line[-200:])
    if cut and len(cut[1]) > 2 and cut[1] not in DOMAINS and not after.startswith("www."):
        return bool(_FRAGMENT.match(after[:200].strip()))
    goes_on = _DOMAIN if line.rstrip("= ").endswith("@") else _GOES_ON
    return bool(begins and goes_on.match(after[:200]))


def find_labels(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the labels of records, a field a line ("Name: …"; LDIF, RFC 2849); none if a text has no records."""
    filled = [line for raw in lines if (line := _plain(raw[:_WIDTH])).strip(_RULED)]
    fields = [(found[1].strip(), found[2]) for line in filled if (found := _FIELD.fullmatch(line))]
    often = Counter(label.casefold() for label, _ in fields)
    ranked = ((email_rank(label), label) for label, value in fields if _ONE.search(value))
    addressed = Counter(label.casefold() for rank, label in ranked if rank is not None and rank != NEVER)
    again = sum(count for count in often.values() if count > 1)
    is_record = len(fields) >= 0.8 * len(filled) and again >= 0.6 * len(fields) and len(often) > 1
    if not is_record or max(addressed.values(), default=0) < 2:
        return ()
    return tuple({label.casefold(): label for label, _ in reversed(fields)}[each] for each in often)


def explained(labels: Sequence[str], lines: Iterable[str]) -> Iterator[str]:
    """Yield the labels of records as headings, explained by a comment: "# custom1 = press mailing YES/NO"."""
    comments = "\n".join(line for line in lines if _COMMENT.match(line))
    for label in labels:
        part = CAMEL.split(label)[-1]  # "custom1" of "mozillaCustom1"
        named = "|".join(map(re.escape, {label, part if part[-1:].isdigit() else label}))
        found = re.search(rf"\b(?i:{named})\s?(?:[=:→]|means\b|[-–—]\s)\s?([^;,|\n]{{3,80}})", comments)
        yield found[1].strip() if found else label


def group_is_out(name: str, description: str) -> bool:
    """Return whether a group of an address book has contacts who are not mailed, by its name or its description."""
    name = re.sub(r"[\W_]+", " ", name)
    return (
        is_out_heading(name, is_past=True)
        or is_out_heading(description)
        or any(asks_no_mail(each, surely=True) for each in (name, description))
    )


def find_barred(lines: Iterable[str], labels: Sequence[str]) -> frozenset[str]:
    """Return the names of entries in those groups and units of an LDIF whose members are not mailed."""
    at = {label.casefold(): at for at, label in enumerate(labels)}
    found = set[str]()
    for _, cells in read_records(lines, labels) if "dn" in at and {*_MEMBERS, "ou"} & at.keys() else ():
        record = {label: cells[place] for label, place in at.items() if len(cells) > 1}
        held = ";".join(filter(None, (record.get(each, "") for each in _MEMBERS)))
        if held and group_is_out(record.get("cn", ""), record.get("description", "")):
            found |= {_dn(each) for each in held.split(";")}
        unit = "" if held or record.get("mail") else record.get("ou", "")
        if unit and group_is_out(unit, record.get("description", "")):  # and so for the entries below it
            found.add(_dn(f"ou={unit}"))
    return frozenset(found)


def _dn(text: str) -> str:
    return re.sub(r"\s*,\s*", ",", text.strip().casefold())


def read_records(
    lines: Iterable[str], labels: Sequence[str], barred: Collection[str] = frozenset()
) -> Iterator[RawRow]:
    """Yield each record as (line where it begins; cells under its labels, then text without one), and each heading.

    `barred` are the names of members of groups that are not mailed.
    """
    places = {label.casefold(): at for at, label in enumerate(labels)}
    held: dict[int, list[str]] = {}
    start, last, parted, is_ldif = 1, -1, False, "dn" in places
    for number, raw in enumerate(chain(lines, ["---"]), start=1):
        line = raw.rstrip("\r\n") if is_ldif else _plain(raw)
        found, text = _FIELD.fullmatch(line[:_WIDTH]), line.strip(_RULED)
        at = places.get(found[1].strip().casefold(), len(labels)) if found else len(labels)
        begins = bool(held) and found is not None and at == next(iter(held))
        is_heading = text[:1] not in {"", "(", "["} and (parted or not held)  # text in brackets is a remark
        is_heading = is_heading and (not found or (at == len(labels) and not found[2]))
        if begins or is_heading or (line.strip() and not text) or (parted and text and at <= last):
            if held:
                cells = ("".join(held.get(place, ())).strip(" \t;") for place in range(len(labels) + 1))
                record = [_from_base64(cell[1:]) if is_ldif and cell[:1] == ":" else cell for cell in cells]
                if is_ldif:
                    own = {sign + record[places[each]] for each, sign in _NAMING if each in places}
                    own |= {*record[places["dn"]].split(",")}
                    record[places["dn"]] = ""
                    if not set(barred).isdisjoint(map(_dn, own)):
                        record[-1] = "; ".join(filter(None, (record[-1], "do not mail")))
                yield start, record
            held, last = {}, -1
        if is_heading:
            yield number, [text]
        elif text:
            start = start if held else number
            goes_on = not found and last >= 0 and line[:1] in {" ", "\t"}
            value = found[2].strip() if found and at < len(labels) else line[1:] if is_ldif and goes_on else text
            last = at = last if goes_on else at
            held.setdefault(at, []).extend((" " * (not is_ldif) if goes_on else "; " * (at in held), value))
        parted = not text


_MEMBERS: Final = ("member", "uniquemember", "memberuid")
_NAMING: Final = (("dn", ""), ("mail", "mail="), ("mail", ""), ("uid", ""))  # a group may name its entries by these


def _from_base64(value: str) -> str:
    try:
        return b64decode(value.strip(), validate=True).decode()
    except ValueError:
        return value


def find_manner(lines: Sequence[str]) -> Manner:
    """Return how a text is written, by its first lines."""
    sample = [_plain(line[:_WIDTH]) for line in lines]
    counts = [len(_ONE.findall(line)) if line.strip() else -1 for line in sample]  # -1 separates paragraphs
    held = [each for is_blank, run in groupby(counts, (-1).__eq__) if not is_blank and any(each := list(run))]
    led = [before == 0 < after and not heads(sample[at]) for at, (before, after) in enumerate(pairwise(counts))]
    manner = Manner(
        by_paragraph=sum(len(each) > 1 and sum(each) == 1 for each in held) > 0.6 * len(held),
        alternating=sum(led) > 0.6 * sum(count > 0 for count in counts),
        headed=any(map(_TO.match, sample)),
        out_signs=frozenset(sign for line in sample if not _ONE.search(line) for sign in _signs_of_out(line)),
    )
    indented = [line[:1].isspace() for line in sample if _ONE.search(line)]
    manner = replace(manner, outlined=sum(indented) > 0.6 * len(indented) and not manner.alternating)
    people, rest = ([line for line in sample if bool(_ONE.search(line)) is held] for held in (True, False))
    led_by = [{*lead[1].casefold()} if (lead := _LEADING.match(line)) else set[str]() for line in people]
    letters = set[str]().union(*led_by) if all(led_by) else set[str]()
    there = frozenset(letters.union(each.strip().casefold() for line in people for each in _NUMBERED.findall(line)))
    legend = (read_legend(line, there) for line in rest) if there else ()
    codes = {code: bool(is_out) for each in legend for code, is_out in each}
    codes = {code: is_out for code, is_out in codes.items() if code[0] == "(" or codes.keys() >= letters}
    manner = replace(manner, codes=codes)
    head = [*takewhile(str.strip, dropwhile(lambda line: not line.strip(), sample))]
    named = {each.lower() for line in head for each in _ONE.findall(line)}
    if sum(bool(_TO.match(line) or _OTHER_LINES.match(line)) for line in head) > 2 and manner.headed:
        others = {each.lower() for line in sample for each in _ONE.findall(line)} - named
        manner = replace(manner, colleagues=frozenset(named if len(others) >= max(2, len(named)) else ()))
    votes: dict[_Slot, list[tuple[bool, bool, bool]]] = {}
    for found in (found for _, text in _units(sample, manner) for found in _cut(_decode(text, codes)[0])):
        for slot, part in found.parts:
            votes.setdefault(slot, []).append((*_evidence(part, found.address), not part[:1].islower()))
    meanings: dict[_Slot, str] = {}
    for slot in sorted(votes, key=lambda slot: (slot[0] != "before", slot)):
        persons, houses = (sum(vote[i] and not vote[1 - i] for vote in votes[slot]) for i in (0, 1))
        total, side, at = len(votes[slot]), *slot
        if side in {"group", "sign"}:
            continue
        is_beside_name = meanings.get((side, at - 1)) == "name" and sum(vote[2] for vote in votes[slot]) >= 0.8 * total
        is_beside_name = is_beside_name and not any(vote[1] for other in votes if other > slot for vote in votes[other])
        if persons >= max(0.5 * total, houses):
            meanings[slot] = "name"
        elif houses >= 0.4 * total or is_beside_name:
            meanings[slot] = "outlet"
        elif slot == ("before", 0):
            meanings[slot] = "name"
    return replace(manner, meanings=meanings)


def read_typed(lines: Iterable[str], manner: Manner) -> Iterator[RawRow]:
    """Yield each recipient as (line where the unit begins; cells under `HEADER`), and each heading as a single cell."""
    seen, heading = False, ""
    for line, unit in _units(lines, manner):
        is_comment = _COMMENT.match(unit) is not None
        text, is_out = _decode(unit, manner.codes)
        found = [] if is_comment else list(_cut(text))
        if found and manner.colleagues.issuperset(each.address.lower() for each in found):
            continue
        for sign in manner.out_signs:
            bare = text.strip()
            if sign in "([":
                is_signed = bare[0] == sign and bare[-1] in ")]"
            elif len(sign) > 2 or sign in _SIGNS_ANYWHERE:
                is_signed = sign in bare
            else:
                ends = (_SIGNS_BEHIND.search(part) for part in _PART.split(bare))  # "Ada Brook +#"
                behind = "".join(each[1] for each in ends if each)
                is_signed = sign in behind or sign in {*bare.split()[:1], *bare.split()[-1:]}
            is_out |= is_signed
        for each in found if is_out else ():
            each.parts.append((("sign", 0), "do not mail"))
        seen |= bool(found)
        bare = text.strip(" \t\n,;")
        parts = [part for part in map(_tidy, _PART.split(bare[:_MOST])) if part]
        if found:
            for row in _rows(found, manner):
                row[2] = row[2] or (heading if names_house(heading, row[0]) else "")
                yield line, row
            for part in (part for each in found for _, part in each.parts if "@" in part):
                yield line, [part, *_NO_MORE]
        elif (
            is_comment
            or any(is_out for _, is_out in read_codes(bare))
            or heads(bare)
            or not seen
            or (manner.outlined and not text[:1].isspace())
            or (manner.by_paragraph and "\n" not in bare)
        ):
            heading = _tidy(bare) if len(parts) < 2 else parts[0] if manner.outlined else ""
            yield line, [text.strip()]
        elif "@" not in bare and any(len(part.split()) >= _WORDY for part in parts):
            yield line, [*_NO_MORE, bare]  # a sentence
        elif "@" not in bare and (len(parts) > 1 or _BULLET.match(text)):
            yield line, _row(_Found("", parts=[(("before", at), part) for at, part in enumerate(parts)]), manner)
        elif bare:
            yield line, [next((part for part in parts if "@" in part), bare), *_NO_MORE]


def _decode(text: str, codes: Mapping[str, bool]) -> tuple[str, bool]:
    """Return the text of a unit without the codes that the list explains, and whether one means "do not mail"."""
    codes_here = list[str]()
    if not codes or not _ONE.search(text):
        return text, False
    if (leading := _LEADING.match(text)) and codes.keys() >= {*leading[1].casefold()}:
        codes_here, text = [*leading[1].casefold()], text[leading.end() :]
    codes_here += (each for found in _NUMBERED.findall(text) if (each := found.strip().casefold()) in codes)
    text = _NUMBERED.sub(lambda found: "" if found[0].strip().casefold() in codes else found[0], text)
    return text, any(codes[each] for each in codes_here)


def _signs_of_out(text: str) -> Iterator[str]:
    """Yield the signs that a line explains as "do not mail": "(Entries in parentheses are suspended)"."""
    if _CELLS.search(text):
        return
    legend = [*filter(None, (_EXPLAINED.fullmatch(part.strip()) for part in _GAP.split(text)))]
    if len(legend) < 2 and explains_out(text):
        plain_text = plain(text)
        yield from (
            sign for sign, *names in _ROWS["signs"] if sign in text[1:] or any(each in plain_text for each in names)
        )
    yield from (part[1] for part in legend if explains_out(part[2]))  # "- = gets nothing any more"
    for sentence in re.split(r"(?<=[.;])\s", text):
        for signs in (_TAG.findall(sentence), _QUOTED_SIGN.findall(sentence)):
            if len(signs) == 1 and explains_out(sentence.replace(signs[0], " ")):
                yield signs[0]  # "who has [OUT] gets no more mail"


def heads(text: str) -> bool:
    """Return whether a line without an address is written as a heading: "Radio:", "PRINT", "--- Berlin ---"."""
    bare = text.strip()
    loud = re.sub(r"\([^()]*\)", "", bare)  # "DO NOT MAIL (asked by themselves)"
    shouted = loud.upper() == loud and sum(map(str.isalpha, loud)) > 2 and loud.casefold() != loud
    is_shaped = (
        shouted
        or bare.endswith((":", "："))
        or not bare[:3].strip("=*_~# ")
        or not bare[:3].strip("-=*_~#•")
        or not bare[-3:].strip("-=*_~#•")
    )
    is_shaped = is_shaped or bare[:1] in _MARKED
    return is_shaped or bool(_COMMENT.match(bare)) or compact(bare) in GROUPS or is_out_heading(bare)


def _units(lines: Iterable[str], manner: Manner) -> Iterator[tuple[int, str]]:
    """Yield the units of a text: (line where it begins, from 1; its lines)."""
    held: list[str] = []
    start, skipping, has_address, hidden = 1, False, False, False
    for number, raw in enumerate(chain(lines, [""]), start=1):
        line = _plain(raw)
        hidden = hidden or line.lstrip().startswith("<!--")
        line, hidden = ("", "-->" not in line) if hidden else (line, False)
        if manner.headed:  # From, Subject and the like, and their folded lines
            is_aside = _OTHER_LINES.match(line) or (manner.colleagues and _TO.match(line))
            skipping = bool(is_aside) if line[:1] not in {" ", "\t"} else skipping
            line = "" if skipping else _TO.sub("", line, count=1) if _TO.match(line) else line
        if held and _breaks(held[-1], line):
            held[-1] = held[-1].rstrip("= \t") + line.lstrip()
            has_address = has_address or _ONE.search(held[-1]) is not None
            continue
        is_below = line[:1] in {" ", "\t"} and not manner.outlined
        goes_on = manner.by_paragraph or (not has_address and (manner.alternating or is_below))
        goes_on = goes_on or (_REMARK.match(line) is not None and not _ONE.search(line))  # about the contact above
        is_heading = len(held) == 1 and not has_address and heads(held[0])
        if held and (not line.strip() or not goes_on or is_heading or len(held) >= _LONGEST):
            count = sum(_ONE.search(each) is not None for each in held)
            if count == 1 or (manner.by_paragraph and not count):
                yield start, "\n".join(held)
            else:
                yield from enumerate(held, start)
            held = []
        if line.strip():
            start, has_address = (start, has_address) if held else (number, False)
            has_address = has_address or _ONE.search(line) is not None
            held.append(line)


def _cut(text: str) -> Iterator[_Found]:
    """Yield the addresses of a unit, each with the parts beside it."""
    text = _QUOTED.sub(_kept, _LINK.sub(r"\1 <\2>", text))
    signs = list[str]()
    while bullet := _BULLET.match(text):
        signs += [_CROSSED] if bullet["out"] else ["marked with x"] if bullet["x"] else []
        text = text[bullet.end() :]
    label = _FIRST_LABEL.match(text)
    if label and is_out_heading(label[1]):
        signs += [f"do not mail ({label[1].strip()})"]  # "Out: ada@…, bo@…"
    if _ORDER.match(plain(text)) or text.startswith("NOT "):
        signs += ["do not mail"]
    struck = [(each.start(), each.end()) for each in STRIKE.finditer(text)]
    addresses = list(_ONE.finditer(text))
    lead = text[: addresses[0].start()] if addresses else ""
    for at, address in enumerate(addresses):
        before, lead, tail, between = lead[-_MOST:], "", text[address.end() :][:_MOST], list[str]()
        gap = text[addresses[at - 1].end() : address.start()][-_MOST:] if at else ""
        clause = _last_clause(gap)
        if at + 1 < len(addresses):
            gap = text[address.end() : addresses[at + 1].start()]
            sign = _BETWEEN.search(gap.replace(",", " ") if ";" in gap else gap)
            tail, lead = (gap[: sign.end()][:_MOST], gap[sign.end() :]) if sign else ("", gap)
            if not sign and (bracket := _OPENS.search(gap)):  # the text in it is about the address before
                tail, lead = gap[:_MOST], gap[bracket.end() :]
            *between, lead = lead.split(";")
            if gap.strip() == "<" and address[0].lower() == addresses[at + 1][0].lower():
                lead = before  # the address is its own display name
                continue
        label = _LAST_LABEL.search(before)
        rank = email_rank(label[1]) if label else None
        before = before[: label.start()] if label and rank is not None else before
        if rank == NEVER:  # someone else's
            continue
        found = _Found(address[0].partition("?")[0].strip("'*_~").removeprefix("mailto:"))
        if (end := COMMA.match(text, address.end())) and end[1] in DOMAINS:
            found.address += end[0]  # "ada@quay.example,com"
        not_this = _OTHER_ADDRESS.search(clause) and evidence("no").search(clause) and not asks_no_mail(clause)
        is_struck = any(begin <= address.start() < end for begin, end in struck)
        is_replaced = at + 1 < len(addresses) and bool(_NOW.search(plain(gap)) or _ARROW.search(gap))
        is_replaced &= _FORMER.search(_last_clause(gap)) is None  # not "ada@… (new), old: …"
        is_former = (behind := _BEHIND.match(tail)) is not None and compact(behind[1]) in OLDER
        if not_this or is_struck or is_replaced or is_former or _FORMER.search(clause):
            found.parts.append((("sign", 1), _CROSSED))  # "not the advertising address, …", "ada@… -> now bo@…"
        word = _WORD_BEFORE.search(before)
        is_prose = before.lower() != before or len(before.split()) > 2
        is_prose = is_prose and word is not None and not _is_beside(word[1], found.address)
        if (is_prose and not _NOW.search(clause)) or _TO_READERS.search(plain(before.strip(" \t\n-*•"))):
            found.address = f"{before.strip(' <[')[-_SHORT:]} {found.address}"  # in a sentence, so nobody's own
        shown = _BEFORE_SHOWN.search(before)
        if shown and "\n" not in before.strip():
            found.shown, *more = [part for part in map(_tidy, _SHOWN.split(before[: shown.start()])) if part] or [""]
            found.parts += [(("shown", number), part) for number, part in enumerate(more)]
        else:
            side = "group" if not at and len(addresses) > 1 and before.rstrip()[-1:] == ":" else "before"
            lead_parts = [part for part in _parts(before) if not (at and _NOW.match(plain(part)))]
            found.parts += [((side, number), part) for number, part in enumerate(lead_parts)]
        found.parts += [(("after", number), part) for number, part in enumerate(_parts(tail))]
        found.parts += [(("sign", 0), sign) for sign in signs]
        yield found
        between += _EMPTY.findall(tail)
        for each in filter(None, map(_tidy, between)):  # a recipient without an address
            yield _Found("", parts=[(("before", 0), each)])


def _last_clause(gap: str) -> str:
    return plain(_CLAUSE.split(gap.rstrip(" ,:"))[-1])


def _is_beside(word: str, address: str) -> bool:
    """Return whether a small word before an address is part of a name, or joins two addresses."""
    return compact(word) in _JOINING or any(_evidence(word, address)) or email_rank(word) is not None


def _parts(text: str) -> list[str]:
    """Cut the text beside an address into parts; "Night Ferry: Dara Quin" is two, "Outlet: Night Ferry" one."""
    found: list[str] = []
    text = re.sub(r":\s\s+", ": ", text)
    if len(_WIDE_GAP.findall(text)) > 1:  # "Lund, Bo      The Pier      " has a comma within a column
        text = _TURNED.sub("\ue000 ", text)
    parts = [part for part in map(_tidy, _PART.split(text)) if part]
    are_labelled = sum(label is not None and bool(_labelled(label[1])) for label in map(_LABEL.fullmatch, parts)) > 1
    for part in parts:
        label = _LABEL.fullmatch(part)
        is_whole = label is None or are_labelled or _labelled(label[1]) or asks_no_mail(part)
        found += [part] if is_whole or label is None else filter(None, map(_tidy, label.groups()))
    return [
        part for part in found if part.lower() != "mailto" and (len(part) > 1 or not part.isascii() or part in "Xx")
    ]


def _plain(line: str) -> str:
    bare = _CITED.sub("", line.rstrip("\r\n"), count=1).translate(_WIDE)
    return with_signs(with_at(_THIN_STRIKE.sub(r"~~\1~~", bare) if "~" in bare else bare))


def _kept(quoted: re.Match[str]) -> str:
    if "@" in quoted[1] and not quoted["shown"]:
        return quoted[0]  # an address, or a piece between two quotations
    inside = quoted[1].translate(_KEPT)
    return f'"{inside.replace("@", " at ")}"<' if quoted["shown"] else f'"{inside}"'


def _tidy(part: str) -> str:
    return " ".join(part.replace("\\", "").translate(_AGAIN).strip(_AROUND).split())


def _labelled(label: str) -> str:
    """Return the meaning of a label, or nothing."""
    return next((meaning for meaning in _LABELS if meaning_rank(label, meaning) is not None), "")


def _rows(found: Sequence[_Found], manner: Manner) -> list[list[str]]:
    """Return the rows of a unit; people in one unit share their outlet, and wishes about all of them."""
    rows = [_row(each, manner) for each in found]
    are_together = any(rows[0][1:3]) and not any(row[1] for row in rows[1:])
    names = people_in(rows[0][1], [row[0] for row in rows]) if are_together else ()
    asking = (row[-1] for row in rows if are_together and asks_no_mail(row[-1]))
    shared = [note for note in asking if _CROSSED not in note]
    for row, name in zip(rows, names or [row[1] for row in rows], strict=True):
        row[1], row[2] = name, row[2] or (rows[0][2] if are_together else "")
        row[-1] = "; ".join(dict.fromkeys(filter(None, (row[-1], *shared))))
    return rows


def _row(found: _Found, manner: Manner) -> list[str]:
    """Return the cells of a recipient."""
    cells = dict.fromkeys(HEADER, "")
    cells["Email"], shown, notes = found.address, _plain_name(found.shown), list[str]()
    who, sign, house = shown.rpartition("/" if "/" in shown else ",")
    if sign and _evidence(house.strip(), found.address) == (False, True):  # "Zora Reed/Bayou Beacon"
        cells["Name"], cells["Outlet"] = who.strip(), house.strip()
    else:
        cells["Outlet" if is_role_like(found.address) and _evidence(shown, found.address)[1] else "Name"] = shown
    first = [part for (side, at), part in found.parts if side == "before" and at < 2]
    if len(first) == 2 and " " not in first[1] and all(_evidence(part, found.address)[0] for part in first):
        cells["Name"] = ", ".join(first)  # "Quin, Dara – dara.quin@…"
    for slot, part in found.parts:
        label = _LABEL.fullmatch(part)
        meaning = _labelled(label[1]) if label else ""
        value = label[2] if label and meaning else part
        is_who = is_house(part, found.address) or (is_name_like(part) and names_person(part, found.address))
        if slot[0] == "sign" or (asks_no_mail(part) and not is_who):
            meaning = "note"
        usual = manner.meanings.get(slot, "")
        meaning = meaning or _meaning(_SIGNS_BEHIND.sub("", part), found.address, usual)
        heading = "Name" if meaning in {"first_name", "last_name"} else meaning.capitalize()
        if meaning in {"first_name", "last_name"} and cells["Name"]:
            cells["Name"] += f" {value}"
        elif heading in cells and not cells[heading]:
            cells[heading] = value
        elif part not in first[:2] or "," not in cells["Name"]:
            notes.append(part)
    cells["Further notes"] = "; ".join(part for part in notes if "@" not in part)
    return [*cells.values()]


def _meaning(part: str, address: str, usual: str) -> str:
    """Return the meaning of a part beside an address; `usual` is that of its position in the other lines."""
    if is_phone_like(part):
        return "phone"
    person, house = _evidence(part, address)
    if house and not person and (usual != "name" or is_role_like(address)):
        return "outlet"
    if (person and not house) or usual == "name":
        small = sum(word[:1].islower() for word in part.split())
        is_name = all(map(is_name_like, AND.split(part))) and (person or small * 2 < len(part.split()))
        return "name" if is_name else "outlet" if house else ""
    return "role" if usual == "outlet" and part[:1].islower() and not house else usual


def _evidence(part: str, address: str) -> tuple[bool, bool]:
    """Return whether an address fits the person, and whether it fits the outlet, that a part may name."""
    if not part or not address:
        return False, False
    return names_person(part, address) and not is_role_like(address), names_house(part, address)


def _plain_name(name: str) -> str:
    """Return a display name with encoded words decoded (RFC 2047); nothing if it is an address."""
    plain = decode_words(name)
    return "" if "@" in plain else plain
