"""Lists: how long it takes to read one, beside a plain loop over the same file, and how much memory.

Each pass is a child of its own; they take turns, and the median counts. Then a dry run over five lists with people to
leave out, as a press office types it.
"""

from __future__ import annotations

import csv
import json
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl

from tests.bench.children import CHECKOUT, mailer, measured, median_of, python
from tests.bench.figures import Figure
from tests.bench.machine import cpu_of_children_s
from tests.bench.office import SLUG, Shape, people, write_office

ROUNDS = 5
CHECK_MOST, IMPORT_MB = 1.2, 150
_HEADER = ("email", "first name", "last name", "outlet", "role", "beat", "phone", "country", "tags", "status")


def run(count: int, *, most: int) -> list[Figure]:
    """Print the figures for a list of `count` people, for one of `most`, and for the dry run."""
    with tempfile.TemporaryDirectory(prefix="mailer-bench-") as folder:
        _beside_a_plain_loop(Path(folder), count)
        figures = _commands(Path(folder, "commands"), count)
        if most > count:
            _alone(Path(folder), most)
        _dry_run(Path(folder, "office"), lists=5, each=20_000)
    return figures


def commands(count: int) -> list[Figure]:
    """Measure the commands alone."""
    with tempfile.TemporaryDirectory(prefix="mailer-bench-") as folder:
        return _commands(Path(folder, "commands"), count)


def _beside_a_plain_loop(folder: Path, count: int) -> None:
    path = folder / "list.csv"
    _write(path, count)
    found: dict[str, list[dict[str, Any]]] = {"ours": [], "plain": []}
    for _ in range(ROUNDS):
        for who, rounds in found.items():
            rounds.append(_listing(who, path))
    print(f"\na list of {count} people, {path.stat().st_size / 1e6:.0f} MB")
    middle = {
        who: {key: statistics.median(each[key] for each in said) for key in said[0]} for who, said in found.items()
    }
    for who, name in (
        ("plain", "csv.DictReader and email-validator"),
        ("ours", "parse_list, all that a list is asked"),
    ):
        said = middle[who]
        rate = count / said["cpu_s"]
        print(f"  {name:38}{said['s']:7.2f} s{said['cpu_s']:7.2f} s CPU{rate:10.0f} rows/s{said['peak_mb']:7.0f} MB")
    print(f"  ratio by CPU {middle['plain']['cpu_s'] / middle['ours']['cpu_s']:.2f} (above 1: faster than the loop)")
    workbook = folder / "list.xlsx"
    _write_workbook(workbook, path)
    said = _listing("ours", workbook)
    print(f"  {'the same as XLSX':38}{said['s']:7.2f} s{said['cpu_s']:7.2f} s CPU{'':17}{said['peak_mb']:7.0f} MB")


def _commands(place: Path, count: int) -> list[Figure]:
    """Print what `lists check` costs beside the loop, start-up and all, and what the next export of a list costs."""
    write_office(place, Shape(people=1, port=25, paragraphs=1))
    path, export = place / "lists" / "long.csv", place / "export.csv"
    _write(path, count)
    _write(export, count, first=count // 10, changed=20)
    ours = (sys.executable, "-m", "mailer", "--workspace", str(place), "lists")
    used = median_of(ROUNDS, {"plain": python("listing", "plain", str(path)), "ours": (*ours, "check", "long")})
    print(f"\nmailer lists check, from the shell and back (median of {ROUNDS})")
    for who, name in (("plain", "csv.DictReader and email-validator"), ("ours", "mailer lists check")):
        print(f"  {name:38}{used[who].cpu_s:7.2f} s CPU{used[who].peak_mb:7.0f} MB")
    done = measured((*ours, "import", str(export), "--into", "long", "--yes"))
    print(f"mailer lists import of {count} rows into a list of {count}: a tenth new, a tenth gone, every 20th changed")
    print(f"  {done.cpu_s:.1f} s CPU, peak {done.peak_mb:.0f} MB", flush=True)
    ratio = used["ours"].cpu_s / used["plain"].cpu_s
    return [
        Figure(f"`lists check` of {count:,}", ratio, "× csv and email-validator", CHECK_MOST, at_most=True),
        Figure(f"`lists import` of {count:,} into as many", done.peak_mb, "MB", IMPORT_MB, at_most=True),
    ]


def _alone(folder: Path, count: int) -> None:
    path = folder / "long.csv"
    _write(path, count)
    said = _listing("ours", path)
    print(f"\na list of {count} people, {path.stat().st_size / 1e6:.0f} MB")
    print(f"  {said['s']:.1f} s, {said['cpu_s']:.1f} s CPU, peak {said['peak_mb']:.0f} MB")


def _dry_run(place: Path, *, lists: int, each: int) -> None:
    write_office(place, Shape(people=1, port=25, paragraphs=1))
    everybody = [person.email for person in people(lists * each)]
    for number in range(lists):
        rows = [f"{email},Name {number}\n" for email in everybody[number * each : (number + 1) * each]]
        (place / "lists" / f"l{number}.csv").write_text("email,name\n" + "".join(rows), "utf-8")
    (place / "lists" / "out.csv").write_text("email\n" + "".join(f"{email}\n" for email in everybody[::10]), "utf-8")
    named = [word for number in range(lists) for word in ("--to", f"l{number}")]
    began, used = time.perf_counter(), cpu_of_children_s()
    mailer("--workspace", str(place), "send", SLUG, *named, "--except", "out", "--dry-run", "--json")
    took, cpu = time.perf_counter() - began, cpu_of_children_s() - used
    print(f"\nsend --dry-run over {lists} lists of {each}, {len(everybody[::10])} of them left out by --except")
    print(f"  {took:.1f} s, {cpu:.1f} s CPU; every message is made and checked")


def _listing(who: str, path: Path) -> dict[str, Any]:
    done = subprocess.run(python("listing", who, str(path)), cwd=CHECKOUT, capture_output=True, text=True, check=True)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _write(path: Path, count: int, *, first: int = 0, changed: int = 0) -> None:
    """Write a list of `count` people, the `first` ones left out; every so many has another telephone number."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADER)
        for number, each in enumerate(islice(people(first + count), first, None), start=first):
            phone = f"+44 20 {7947 if changed and not number % changed else 7946} {number:06}"
            more = ("Reporter", "Harbours, Trade", phone, "GB", "press; coast", "active")
            writer.writerow((each.email, each.first_name, each.last_name, each.outlet, *more))


def _write_workbook(path: Path, of: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("People")
    with of.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            sheet.append(row)
    book.save(path)
