"""Listing: the lists, one line each; one list row by row; and all lists compared.

Every row left out has its reason, and every problem its remedy. Nothing here needs the ledger, so that looking at a
list does not wait for a database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mailer.address import printable
from mailer.contacts.merging import Differs
from mailer.errors import Severity
from mailer.pages import page
from mailer.pages.documents import rows, shape
from mailer.pages.layout import Page, Part, Tone, fact, gap, heading, line, lines, more, table
from mailer.pages.words import MOST_SHOWN, count, dotted, people
from mailer.runs.listing import Checked, CheckedAll, Shown, Summaries
from mailer.text.encodings import encoding_name

NONE_YET = "There are no lists yet. To make one: mailer lists import FILE"
_WHY = "Why rows are left out:   mailer lists check LIST"
LEFT_OUT = {
    "invalid": "invalid",
    "missing": "without an address",
    "duplicate": "duplicate",
    "duplicates": "duplicate",
    "marked": "marked as not to be mailed",
    "suppressed": "marked as not to be mailed",
}
_MOST_ROWS = 500  # more than anyone reads
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SHELVES = ("invalid", "missing", "duplicates", "suppressed")

shape(Shown, "name file people contacts", contacts=rows("contacts", "row line fields"))
shape(
    CheckedAll,
    "lists people:len(merged.people) on_several differences",
    on_several=rows("on_several", "email lists"),
    differences=rows(
        "merged.differs", "email column value:kept list:kept_from other_value:other other_list:other_from"
    ),
)


@page.register
def _(found: Summaries) -> Page:
    readable = [each for each in found.lists if not each.problem]
    shown = [(each.name, str(each.people), str(sum(each.left_out.values())), each.file) for each in readable]
    return Page(
        line(not found.lists and f"{NONE_YET}   Or put a spreadsheet (CSV or XLSX) into lists/."),
        table(shown, head=("LIST", "PEOPLE", "LEFT OUT", "FILE"), right=(1, 2)),
        lines((each.problem for each in found.lists), Tone.BAD, depth=1),
        (gap(), line(_WHY, depth=1)) if any(each.left_out for each in readable) else None,
    )


@page.register
def _(shown: Shown) -> Page:
    contacts = [(each.name, each.fields["outlet"], str(each.address), str(each.line)) for each in shown.contacts]
    rest = shown.people - len(contacts)
    all_of_them = f":   mailer lists show {shown.typed} --limit {shown.people}"
    return Page(
        lines(map(str, shown.notes), Tone.CAREFUL, depth=1, aside=True),
        line(not contacts and shown.nobody, depth=1, aside=True),
        table(contacts, head=("NAME", "OUTLET", "E-MAIL", "LINE"), right=(3,)),
        more(rest, f" more{all_of_them}"),
    )


@page.register
def _(checked: Checked) -> Page:
    found, counts = checked.document, checked.document["counts"]
    rows = found["rows"] + sum(each["rows"] for each in found["sheets"].values())
    refused = [(f"{each.list_name} line {each.line}", each.message, "left out") for each in checked.refused]
    remarks = []
    for each in found["problems"]:
        where = f"{checked.name} line {each['line']}" if each["line"] else checked.name
        message, hint = str(each["message"]), str(each.get("hint", ""))
        if hint.startswith("mailer lists decide stdin "):  # a decision about piped input could not be kept
            hint = "Decide once it is a list: mailer lists import FILE"
        stop = "" if message.endswith((":", ".")) else "."
        remarks.append((where, f"{message}{stop} {hint}" if hint else message, each["severity"]))
    columns = []
    for meaning, column in found["columns"].items():
        shown = f"column {column + 1}" if isinstance(column, int) else printable(column.strip())
        columns.append(meaning if shown == meaning else f"{meaning} ({shown})")
    return Page(
        line(checked.silent, Tone.CAREFUL, aside=True),
        heading(f"{found['file']}   {layout_words(found)}"),
        gap(),
        fact("Recipients", f"{counts['recipients']:,} of {count(rows, 'row')}"),
        fact("Left out", dotted(*_left_out(counts)) or "nobody"),
        fact("Columns", ", ".join(columns)),
        _row_by_row(refused),
        _row_by_row(remarks),
        (gap(), line("The encoding is a guess. With it, these lines read:", depth=1)) if checked.examples else None,
        table([(f"line {number}", printable(text, 86)) for number, text in checked.examples]),
        (gap(), line("To use this for later exports too, add --remember", depth=1)) if checked.could_be_kept else None,
    )


def _left_out(counts: Mapping[str, int]) -> list[str]:
    return [f"{counts[shelf]} {LEFT_OUT[shelf]}" for shelf in _SHELVES if counts[shelf]]


def _row_by_row(entries: Sequence[tuple[str, str, str]]) -> Iterator[Part | None]:
    yield gap() if entries else None
    yield table(entries[:_MOST_ROWS])
    yield more(len(entries) - _MOST_ROWS, " more (--json has all)")


def layout_words(found: Mapping[str, Any]) -> str:
    """Return the layout of a file in one line: `UTF-8, comma, header in line 1`."""
    header, delimiter, sheet = found["header_row"], found["delimiter"], found["sheet"]
    headless = "no header" if delimiter or sheet else "no table"  # cards, or a pasted line
    head = headless if header is None else f"header in line {header + 1}"
    encoding = encoding_name(found["encoding"]) if found["encoding"] else ""
    parts = (sheet and f'sheet "{sheet}"', encoding, _DELIMITERS.get(delimiter, delimiter), head)
    return ", ".join(filter(None, parts))


@page.register
def _(checked: CheckedAll) -> Page:
    merged, several = checked.merged, len(checked.lists) > 1
    together = f"Together {people(len(merged.people))}, {len(checked.on_several)} of them on several lists"
    readable = []
    for each in checked.lists:
        if "error" not in each:
            worse = sum(problem["severity"] != Severity.NOTE.value for problem in each["problems"])
            warned = count(worse, "warning") if worse else ""
            counts = each["counts"]
            readable.append((each["file"], dotted(people(counts["recipients"]), *_left_out(counts), warned)))
    return Page(
        line(not checked.lists and NONE_YET),
        table(readable),
        lines((each.get("error") for each in checked.lists), Tone.BAD, depth=1),
        lines(checked.silent, Tone.CAREFUL, depth=1, aside=True),
        (gap(), line(together, depth=1), *differences(merged.differs)) if several else None,
        more(several and len(merged.differs) - MOST_SHOWN, " more differences:   mailer lists check --all --json"),
        (gap(), line(_WHY, depth=1)) if several and merged.left_out else None,
    )


def differences(differs: Sequence[Differs]) -> Iterator[Part | None]:
    """Yield the differences between lists, the first list's value first."""
    for each in differs[:MOST_SHOWN]:
        kept, other = (printable(text, 50) or "(empty)" for text in (each.kept, each.other))
        yield line(f"{each.email}   {each.column}: {kept} ({each.kept_from})", depth=2)
        yield line(f"not {other} ({each.other_from})", depth=4)
