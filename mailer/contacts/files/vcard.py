"""Vcard: an address book in vCard form to rows, a card a row.

Owns the reading of vCard 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350): folded lines, quoted-printable with a charset, groups
(`item1.EMAIL`), several addresses of a person. The preferred address is the person's, else the one at work, else the
first; the others stand beside it. Cards of groups are no persons. Never judges an address.
Gaps: photos, keys and related people are passed over; of several telephone numbers the preferred or first is taken.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mailer.contacts.files.forms import RawRow, Tell
from mailer.errors import Problem, Severity

HEADER: Final = (
    *("Email", "Other emails", "Name", "First name", "Last name", "Outlet", "Role", "Phone", "Country", "Language"),
    *("Tags", "Notes", "Time zone", "Beat", "Department", "City", "URL"),
)
_BEGIN: Final = re.compile(r"\s*BEGIN:VCARD\s*", re.IGNORECASE)
_NAME: Final = re.compile(r"(?:[\w-]+\.)?([\w-]+)((?:;(?:[^:;\"]++|\"[^\"]*+\")*+)*+):", re.ASCII)
_PARAMETER: Final = re.compile(r';(?:([\w-]+)=)?((?:"[^"]*+"|[^;"]++)*+)')


@dataclass(frozen=True, slots=True)
class _Line:
    """A property of a card: its name in capitals, its parameters (names in capitals, values in small letters)."""

    name: str
    parameters: dict[str, set[str]]
    value: str

    @property
    def rank(self) -> tuple[int, int]:
        """Return the order among several of a kind: preferred first, then at work, then as they stand, home last."""
        kinds = self.parameters.get("TYPE", set())
        numbers = [int(said) for said in self.parameters.get("PREF", set()) if re.fullmatch("[0-9]{1,3}", said)]
        preferred = 0 if "pref" in kinds else min(numbers, default=101)
        return preferred, 0 if "work" in kinds else 2 if "home" in kinds else 1


def is_vcard(lines: Sequence[str]) -> bool:
    """Return whether a text file is an address book: its first line with anything in it begins a card."""
    first = next((line for line in lines if line.strip("\ufeff \t\r\n")), "")
    return bool(_BEGIN.fullmatch(first.lstrip("\ufeff")))


def read_cards(lines: Iterable[str], tell: Tell) -> Iterator[RawRow]:
    """Yield each card as (line where it begins; cells under `HEADER`). `tell` hears of cards that are no person's."""
    card: list[_Line] = []
    start = 0
    for number, line in _unfolded(lines):
        found = _parsed(line)
        if found is None:
            continue
        said = found.value.strip().upper()
        if found.name == "BEGIN" and said == "VCARD":
            card, start = [], number
        elif found.name == "END" and said == "VCARD":
            if _first(card, "KIND").lower() == "group":
                tell(Problem("heading", "this card is a group, not a contact", Severity.NOTE, line=start))
            else:
                yield start, _row(card)
            card = []
        else:
            card.append(found)
    if card:
        yield start, _row(card)


def _unfolded(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Join folded lines (RFC 6350 §3.2), and those that a quoted-printable value of vCard 2.1 goes on in."""
    pending, start = "", 0
    for number, raw in enumerate(lines, start=1):
        line = raw.rstrip("\r\n")
        soft = pending.endswith("=") and "QUOTED-PRINTABLE" in pending.partition(":")[0].upper()
        if soft:
            pending = pending[:-1] + line
        elif line[:1] in {" ", "\t"} and pending:
            pending += line[1:]
        else:
            if pending:
                yield start, pending
            pending, start = line, number
    if pending:
        yield start, pending


def _parsed(line: str) -> _Line | None:
    found = _NAME.match(line)
    if found is None:
        return None
    parameters: dict[str, set[str]] = {}
    for name, value in _PARAMETER.findall(found[2]):
        key = name.upper() or ("ENCODING" if value.upper() in {"QUOTED-PRINTABLE", "BASE64"} else "TYPE")
        parameters.setdefault(key, set()).update(value.strip('"').lower().split(","))
    value = line[found.end() :]
    if "quoted-printable" in parameters.get("ENCODING", ()):
        octets = quopri.decodestring(value.encode("utf-8", "replace"))
        try:
            value = octets.decode(next(iter(parameters.get("CHARSET", {"utf-8"}))))
        except (LookupError, UnicodeDecodeError):
            value = octets.decode("cp1252", "replace")
    return _Line(found[1].upper(), parameters, value)


def _row(card: list[_Line]) -> list[str]:
    emails: list[str] = []
    for line in _all(card, "EMAIL"):
        found = re.search(r"<([^<>]+)>", line.value)
        address = _plain(found[1] if found else line.value).removeprefix("mailto:").strip()
        if address and address not in emails:
            emails.append(address)
    first, last, name = _names(card)
    outlet, *units = [part for part in _parts(_first(card, "ORG"), ";") if part] or [""]
    place = _parts(_first(card, "ADR"), ";")
    cells = {
        "Email": emails[0] if emails else "",
        "Other emails": ", ".join(emails[1:]),
        "Name": name,
        "First name": first,
        "Last name": last,
        "Outlet": outlet,
        "Role": _plain(_first(card, "TITLE") or _first(card, "ROLE")),
        "Phone": _plain(_first(card, "TEL")).removeprefix("tel:"),
        "Country": place[6] if len(place) > 6 else "",
        "Language": _plain(_first(card, "LANG") or _first(card, "LANGUAGE")),
        "Tags": ", ".join(tag for line in _all(card, "CATEGORIES") for tag in _parts(line.value, ",") if tag),
        "Notes": "\n".join(_plain(line.value) for line in _all(card, "NOTE")),
        "Time zone": _plain(_first(card, "TZ")),
        "Beat": _plain(_first(card, "EXPERTISE") or _first(card, "X-BEAT")),
        "Department": ", ".join(units),
        "City": place[3] if len(place) > 3 else "",
        "URL": _plain(_first(card, "URL")),
    }
    return [cells[heading].strip() for heading in HEADER]


def _names(card: list[_Line]) -> tuple[str, str, str]:
    """Return first name, last name and full name; a card of a company has none of the person's."""
    last, first, *_ = (*_parts(_first(card, "N"), ";"), "", "")
    name = _plain(_first(card, "FN"))
    company = _plain(_parts(_first(card, "ORG"), ";")[0])
    is_company = _first(card, "KIND").lower() == "org" or _first(card, "X-ABSHOWAS").upper() == "COMPANY"
    if is_company or (name == company and not first and not last):
        return "", "", ""
    if "@" in name:  # some programs fill FN, which the standard demands, with the address
        name = ""
    return first, last, name


def _all(card: list[_Line], name: str) -> list[_Line]:
    return sorted((line for line in card if line.name == name), key=lambda line: line.rank)


def _first(card: list[_Line], name: str) -> str:
    return next((line.value for line in _all(card, name) if line.value.strip(" ;")), "")


def _parts(value: str, sign: str) -> list[str]:
    r"""Cut a value at a sign that no backslash stands before."""
    return [_plain(part) for part in re.split(rf"(?<!\\){sign}", value)]


def _plain(value: str) -> str:
    r"""Undo the escapes: `\,` `\;` `\\` and `\n` (RFC 6350 §3.4)."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value).strip()
