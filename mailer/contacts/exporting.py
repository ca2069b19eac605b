"""Exporting: people as a file for other programs.

Owns the four formats: CSV and XLSX with formulas neutralised, vCard, JSON. Owns openpyxl for writing a
workbook. Never opens a file, never asks who is suppressed (this is passed in). Raises `InputProblem`: no such format.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from mailer import lazy_re as re
from mailer.contacts.folding import several
from mailer.contacts.merging import Merged
from mailer.contacts.values import MEANINGS, Contact, made_name
from mailer.errors import InputProblem, did_you_mean
from mailer.text.content_lines import escape_text, fold_line
from mailer.words import read_section

FORMATS: Final = ("csv", "xlsx", "vcf", "json")
BLOCKED: Final = "do_not_mail"  # the column for it, which every reader of lists takes for a mark


def render_export(merged: Merged, blocked: Mapping[bytes, str], form: str) -> bytes:
    """Return people as a file, with a column for the reason if anybody is `blocked` (digest → reason)."""
    if form not in FORMATS:
        raise InputProblem(f'"{form}" is not a format; there are: {", ".join(FORMATS)}{did_you_mean(form, FORMATS)}')
    known = [  # for each person, by meaning
        {c.meaning: cell for c, cell in zip(merged.columns, person.cells, strict=True) if c.meaning}
        for person in (merged.people.values() if form in {"vcf", "json"} else ())
    ]
    reasons = [blocked.get(key, "") for key in merged.people]
    if form == "vcf":
        return "".join(render_card(fields, reason) for fields, reason in zip(known, reasons, strict=True)).encode()
    if form == "json":  # every column under its header, and the meanings under their own names
        people = [
            {
                **fields,
                "columns": dict(zip(merged.header, person.cells, strict=True)),
                "lists": person.lists,
                "suppressed": reason or None,
            }
            for person, fields, reason in zip(merged.people.values(), known, reasons, strict=True)
        ]
        return (json.dumps({"people": people}, ensure_ascii=False, indent=1) + "\n").encode()
    rows = iter(merged.rows())
    if any(reasons):
        rows = ([*cells, reason] for cells, reason in zip(merged.rows(), [BLOCKED, *reasons], strict=True))
    return render_workbook(rows) if form == "xlsx" else "".join(render_csv(rows)).encode()


def render_workbook(rows: Iterator[Sequence[str]]) -> bytes:
    """Return rows as a workbook of one sheet: every cell is text, so that no formula runs and no zero is lost."""
    from openpyxl import Workbook  # noqa: PLC0415 - takes as long to load as most commands take, and 11 MB
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as above
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # noqa: PLC0415 - as above

    book = Workbook(write_only=True)
    sheet = book.create_sheet("people")
    for row in rows:
        cells = []
        for text in row:
            # a telephone number keeps its plus: a cell of type text is never computed
            shown = text if text[:1] in {"+", "-"} else neutral(text)
            cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", shown))
            cell.data_type, cell.number_format = "s", "@"
            cells.append(cell)
        sheet.append(cells)
    page = io.BytesIO()
    book.save(page)
    return page.getvalue()


# Writing: rows of text to CSV.

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_UNSEEN = " \u00a0\u3000\u200b\ufeff"  # an import may strip these, so that the next sign comes first


def neutral(cell: str) -> str:
    """Return a cell that a spreadsheet shows and never computes: `'` before the beginning of a formula."""
    # spreadsheets set to Japanese, Chinese or Korean take full-width `＝ ＋ － ＠` for the narrow signs
    start = unicodedata.normalize("NFKC", cell.lstrip(_UNSEEN)[:1])
    return f"'{cell}" if start in _FORMULA_STARTS else cell


def render_csv(rows: Iterable[Iterable[str]], *, computing: bool = False) -> Iterator[str]:
    """Yield CSV text, a row at a time, each ending in CRLF, with cells that begin like a formula neutralised.

    `computing`: only cells that a spreadsheet would really compute.
    """
    page = io.StringIO(newline="")
    writer = csv.writer(page)
    for row in rows:
        writer.writerow(
            cell if computing and not _COMPUTES.match(unicodedata.normalize("NFKC", cell)) else neutral(cell)
            for cell in row
        )
        yield page.getvalue()
        page.seek(0)
        page.truncate()


# Cards: people as vCard 4.0, for address books.

_PLAIN = read_section("contacts", "cards")["plain"]


def render_card(fields: Mapping[str, str], blocked: str) -> str:
    """Return a person's card, from their fields by meaning; `blocked` is why they are not mailed, or empty."""
    return "".join(map(fold_line, _lines(fields, blocked)))


def _lines(fields: Mapping[str, str], blocked: str) -> Iterator[str]:
    known = {meaning: value.strip() for meaning, value in fields.items() if value.strip()}
    yield "BEGIN:VCARD"
    yield "VERSION:4.0"
    first, last, email = (known.get(name, "") for name in ("first_name", "last_name", "email"))
    whole = known.get("name") or made_name(known)
    yield f"FN:{escape_text(whole or known.get('outlet') or email)}"
    if first or last:
        yield f"N:{escape_text(last)};{escape_text(first)};;;"
    others = several(known.get("other_emails", ""))
    for number, address in enumerate((email, *others), start=1):
        yield f"EMAIL{f';PREF={number}' if others else ''}:{escape_text(address)}"
    for name, meaning, form in _PLAIN:
        if meaning in known and re.fullmatch(form, known[meaning], re.DOTALL):
            yield f"{name}:{escape_text(known[meaning])}"
    if "country" in known:
        yield f"ADR:;;;;;;{escape_text(known['country'])}"
    yield from (f"EXPERTISE:{escape_text(beat)}" for beat in several(known.get("beat", "")))
    tags = [*several(known.get("tags", "")), *(["do not mail"] if blocked else [])]
    if tags:
        yield f"CATEGORIES:{','.join(map(escape_text, tags))}"
    if blocked:
        yield f"X-MAILER-SUPPRESSED:{escape_text(blocked)}"
    yield "END:VCARD"


# Converting: people who were not in a table (cards, a pasted line) as a new list.

_BOM = b"\xef\xbb\xbf"
# text from a stranger's card that a spreadsheet would compute; "+49 30 1" and "@handle" are only text
_COMPUTES = re.compile(r"[=\t\r]|[+\-@].*[!|]|[+\-@]\s*[A-Za-z]+\w*\(", re.DOTALL)


def render_list(people: Iterable[Contact]) -> bytes:
    """Return people as the bytes of a list: a column for each meaning in use, and always email, name and outlet."""
    everybody = list(people)
    two = any(person.fields["first_name"] or person.fields["last_name"] for person in everybody)
    names = {"first_name", "last_name"} if two else {"name"}
    filled = {m for m in MEANINGS if any(person.fields[m] for person in everybody)} | {"email", "outlet"}
    columns = [m for m in MEANINGS if m in names or (m in filled and m not in {"name", "first_name", "last_name"})]
    fields = (person.fields for person in everybody)
    if two and any(each["name"] and not (each["first_name"] or each["last_name"]) for each in fields):
        columns.insert(1, "name")
    return render_rows([columns, *([person.fields[m] for m in columns] for person in everybody)])


def render_rows(rows: Iterable[Iterable[str]]) -> bytes:
    """Return rows as the bytes of a list; the first is the header."""
    data = "".join(render_csv(rows, computing=True)).encode()
    return data if data.isascii() else _BOM + data
