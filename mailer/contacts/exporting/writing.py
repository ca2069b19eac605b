"""Writing: rows of text to CSV.

Owns the neutralising of spreadsheet formulas in every CSV that the tool writes (standards L11): a cell such as
`=HYPERLINK(...)`, which came in from somebody's list or a server's reply, must not run in the reader's spreadsheet.
Never opens a file. RFC 4180: comma, CRLF, quotes where needed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def neutral(cell: str) -> str:
    """Give a cell that a spreadsheet shows and never computes: `'` before what begins like a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def render_csv(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Give CSV text, a row at a time, each ending in CRLF, formulas neutralised; the first row may be a header."""
    page = io.StringIO(newline="")
    writer = csv.writer(page)
    for row in rows:
        writer.writerow([neutral(cell) for cell in row])
        yield page.getvalue()
        page.seek(0)
        page.truncate()
