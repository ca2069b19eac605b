"""Listing: what is in the files of the lists: in a line, row by row, and held against each other.

Whoever is left out stands with why; what can be put right stands with how.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mailer.address import printable
from mailer.contacts.merging import Differs, Joined
from mailer.errors import Severity
from mailer.pages import page
from mailer.pages.documents import shape
from mailer.pages.layout import BAD, CAREFUL, MOST_SHOWN, Page, Part, count, fact, gap, heading, line, people, table
from mailer.runs.listing import Checked, CheckedAll, Shown, Summaries
from mailer.text.guess import encoding_name

NONE_YET = "There are no lists yet. To make one: mailer lists import FILE"
_MOST_ROWS = 500  # that a person reads
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
LEFT_OUT = {
    "invalid": "invalid",
    "missing": "without an address",
    "duplicate": "duplicate",
    "duplicates": "duplicate",
    "marked": "marked as not to be mailed",
    "suppressed": "marked as not to be mailed",
}
_SHELVES = ("invalid", "missing", "duplicates", "suppressed")


@page.register
def _(found: Summaries) -> Page:
    readable = [each for each in found.lists if not each.problem]
    rows = [(each.name, str(each.people), str(sum(each.left_out.values())), each.file) for each in readable]
    why = "Why rows are left out:   mailer lists check LIST"
    return Page(
        None if found.lists else line(f"{NONE_YET}   Or put a spreadsheet (CSV or XLSX) into lists/."),
        table(rows, head=("LIST", "PEOPLE", "LEFT OUT", "FILE"), right=(1, 2)),
        (line(each.problem, BAD, depth=1) for each in found.lists if each.problem),
        (gap(), line(why, depth=1)) if any(each.left_out for each in readable) else None,
    )


shape(
    Shown,
    "name file people contacts",
    contacts=lambda shown: [{"row": c.row, "line": c.line, "fields": c.fields} for c in shown.contacts],
)


@page.register
def _(shown: Shown) -> Page:
    rows = [(each.name, each.fields["outlet"], str(each.address), str(each.line)) for each in shown.contacts]
    rest = shown.people - len(rows)
    return Page(
        (line(str(note), CAREFUL, depth=1, aside=True) for note in shown.notes),
        table(rows, head=("NAME", "OUTLET", "E-MAIL", "LINE"), right=(3,)),
        line(f"… and {rest} more:   mailer lists show {shown.asked} --limit {shown.people}", depth=1) if rest else None,
    )


@page.register
def _(checked: Checked) -> Page:
    found, counts = checked.document, checked.document["counts"]
    left_out = [f"{counts[shelf]} {LEFT_OUT[shelf]}" for shelf in _SHELVES if counts[shelf]]
    refused = [(f"{each.list_name} line {each.line}", each.message, "left out") for each in checked.refused]
    remarks = [
        (f"{checked.name} line {each['line']}" if each["line"] else checked.name, _remark(each), each["severity"])
        for each in found["problems"]
    ]
    return Page(
        line(checked.silent, CAREFUL, aside=True) if checked.silent else None,
        heading(f"{found['file']}   {layout_words(found)}"),
        gap(),
        fact("To write to", f"{counts['recipients']} of {count(found['rows'], 'row')}"),
        fact("Left out", " · ".join(left_out) or "nobody"),
        fact("Columns", ", ".join(_columns(found["columns"]))),
        _rows_told(refused),
        _rows_told(remarks),
        (gap(), line("The encoding is a guess. So these lines read:", depth=1)) if checked.examples else None,
        table([(f"line {number}", printable(text, 86)) for number, text in checked.examples]),
        (gap(), line("To keep that for the next export too, add --remember", depth=1))
        if checked.could_be_kept
        else None,
    )


def _remark(each: Mapping[str, Any]) -> str:
    message, hint = str(each["message"]), str(each.get("hint", ""))
    if hint.startswith("mailer lists decide stdin "):  # nothing could be remembered of what is piped in
        hint = "Decide once it is a list: mailer lists import FILE"
    return f"{message}{'' if message.endswith((':', '.')) else '.'} {hint}" if hint else message


def _rows_told(rows: Sequence[tuple[str, str, str]]) -> Iterator[Part | None]:
    if rows:
        yield gap()
        yield table(rows[:_MOST_ROWS])
    if len(rows) > _MOST_ROWS:
        yield line(f"… and {len(rows) - _MOST_ROWS} more; --json gives them all", depth=1)


def layout_words(found: Mapping[str, Any]) -> str:
    """Return, in a line, how the file is laid out: `UTF-8, comma, header in line 1`."""
    parts = []
    if found["sheet"]:
        parts.append(f'sheet "{found["sheet"]}"')
    if found["encoding"]:
        parts.append(encoding_name(found["encoding"]))
    if found["delimiter"]:
        parts.append(_DELIMITERS.get(found["delimiter"], found["delimiter"]))
    header = found["header_row"]
    if header is None and not found["delimiter"] and not found["sheet"]:
        return ", ".join([*parts, "no table"])  # cards, or a pasted line
    return ", ".join([*parts, "no header" if header is None else f"header in line {header + 1}"])


def _columns(columns: Mapping[str, str | int]) -> Iterator[str]:
    for meaning, where in columns.items():
        shown = f"column {where + 1}" if isinstance(where, int) else printable(where.strip())
        yield meaning if shown == meaning else f"{meaning} ({shown})"


shape(
    CheckedAll,
    "lists people on_several differences",
    people=lambda checked: len(checked.merged.people),
    on_several=lambda checked: [on_several(each) for each in checked.on_several],
    differences=lambda checked: [
        {
            "email": each.email,
            "column": each.column,
            "value": each.kept,
            "list": each.kept_from,
            "other_value": each.other,
            "other_list": each.other_from,
        }
        for each in checked.merged.differs
    ],
)


def on_several(each: Joined) -> dict[str, Any]:
    """Return who is on more than one list."""
    return {"email": each.email, "lists": each.lists}


@page.register
def _(checked: CheckedAll) -> Page:
    merged = checked.merged
    together = f"Together {people(len(merged.people))}, {len(checked.on_several)} of them on several lists"
    more = len(merged.differs) - MOST_SHOWN
    several = len(checked.lists) > 1
    return Page(
        None if checked.lists else line(NONE_YET),
        table([(each["file"], _in_a_line(each)) for each in checked.lists if "error" not in each]),
        (line(each["error"], BAD, depth=1) for each in checked.lists if "error" in each),
        (gap(), line(together, depth=1), *differences(merged.differs)) if several else None,
        line(f"… and {more} more differences:   mailer lists check --all --json", depth=1)
        if several and more > 0
        else None,
        (gap(), line("Why rows are left out:   mailer lists check LIST", depth=1))
        if several and merged.left_out
        else None,
    )


def _in_a_line(found: Mapping[str, Any]) -> str:
    counts = found["counts"]
    worse = sum(each["severity"] != Severity.NOTE.value for each in found["problems"])
    warned = [count(worse, "warning")] if worse else []
    left_out = [f"{counts[shelf]} {LEFT_OUT[shelf]}" for shelf in _SHELVES if counts[shelf]]
    return " · ".join([people(counts["recipients"]), *left_out, *warned])


def differences(differs: Sequence[Differs]) -> Iterator[Part]:
    """Yield where lists do not agree, the first list's word first."""
    for each in differs[:MOST_SHOWN]:
        yield line(f"{each.email}   {each.column}: {_cell(each.kept)} ({each.kept_from})", depth=2)
        yield line(f"not {_cell(each.other)} ({each.other_from})", depth=4)


def _cell(text: str) -> str:
    return printable(text, 50) or "(empty)"
