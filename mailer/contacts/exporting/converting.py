"""Converting: people who came in no table of their own (cards, a pasted line) as a new list.

Owns the columns of such a list: the meanings that somebody has a value for, under their own names, in the order of
`MEANINGS`. UTF-8, comma; with a byte-order mark where there is more than ASCII, so that Excel reads the umlauts.
Never opens a file.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable

from mailer.contacts.exporting.writing import neutral
from mailer.contacts.values import MEANINGS, Contact

_BOM = b"\xef\xbb\xbf"
# what a spreadsheet would compute that comes from a stranger's card; "+49 30 1" and "@handle" are only text
_COMPUTES = re.compile(r"[=\t\r]|[+\-@].*[!|]|[+\-@]\s*[A-Za-z]+\w*\(", re.DOTALL)


def render_list(people: Iterable[Contact]) -> bytes:
    """Return people as the bytes of a list: columns for what anybody has, and always email, name and outlet."""
    everybody = list(people)
    two = any(person.fields["first_name"] or person.fields["last_name"] for person in everybody)
    names = {"first_name", "last_name"} if two else {"name"}
    filled = {m for m in MEANINGS if any(person.fields[m] for person in everybody)} | {"email", "outlet"}
    columns = [m for m in MEANINGS if m in names or (m in filled and m not in {"name", "first_name", "last_name"})]
    if two and any(_only_whole(person) for person in everybody):
        columns.insert(1, "name")
    return render_rows([columns, *([person.fields[m] for m in columns] for person in everybody)])


def render_rows(rows: Iterable[Iterable[str]]) -> bytes:
    """Return rows as the bytes of a list; the first is the header."""
    page = io.StringIO(newline="")
    csv.writer(page).writerows([_safe(cell) for cell in row] for row in rows)
    data = page.getvalue().encode()
    return data if data.isascii() else _BOM + data


def _only_whole(person: Contact) -> bool:
    return bool(person.fields["name"]) and not (person.fields["first_name"] or person.fields["last_name"])


def _safe(cell: str) -> str:
    return neutral(cell) if _COMPUTES.match(unicodedata.normalize("NFKC", cell)) else cell
