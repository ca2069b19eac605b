"""Writing: rows of text to CSV.

Owns the neutralising of spreadsheet formulas in every CSV that the tool writes (standards L11): a cell such as
`=HYPERLINK(...)`, which came in from somebody's list or a server's reply, must not run in the reader's spreadsheet.
Never opens a file. RFC 4180: comma, CRLF, quotes where needed.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_UNSEEN = " \u00a0\u3000\u200b\ufeff"  # what an import may take off, so that the next sign comes first


def neutral(cell: str) -> str:
    """Return a cell that a spreadsheet shows and never computes: `'` before what begins like a formula.

    Spreadsheets set to Japanese, Chinese or Korean take full-width `＝ ＋ － ＠` for the narrow signs.
    """
    start = unicodedata.normalize("NFKC", cell.lstrip(_UNSEEN)[:1])
    return f"'{cell}" if start in _FORMULA_STARTS else cell


def render_csv(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield CSV text, a row at a time, each ending in CRLF, formulas neutralised; the first row may be a header."""
    page = io.StringIO(newline="")
    writer = csv.writer(page)
    for row in rows:
        writer.writerow([neutral(cell) for cell in row])
        yield page.getvalue()
        page.seek(0)
        page.truncate()
