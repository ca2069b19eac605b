"""Listing: one pass over a list, as a child of the bench: `python -m tests.bench.listing ours|plain FILE`.

`ours` is what every command does with a list; `plain` is what one writes in a minute: csv.DictReader and
email-validator.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from pathlib import Path

from email_validator import EmailNotValidError, validate_email

from mailer.contacts.reading import count_left_out, parse_list
from tests.bench.machine import peak_mb


def _ours(path: Path) -> int:
    with path.open("rb") as data:
        people, _ = count_left_out(parse_list(data, name=path.name).entries())
    return people


def _plain(path: Path) -> int:
    good, seen = 0, set()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            try:
                checked = validate_email(row["email"], check_deliverability=False)
            except EmailNotValidError:
                continue
            if checked.normalized.lower() not in seen:
                seen.add(checked.normalized.lower())
                good += 1
    return good


def main() -> None:
    """Read the list and say how long it took."""
    who, path = sys.argv[1], Path(sys.argv[2])
    began, used = time.perf_counter(), time.process_time()
    people = {"ours": _ours, "plain": _plain}[who](path)
    took, cpu = time.perf_counter() - began, time.process_time() - used
    print(json.dumps({"people": people, "s": took, "cpu_s": cpu, "peak_mb": peak_mb()}))


if __name__ == "__main__":
    main()
