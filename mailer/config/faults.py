"""Faults: a file for `mailer rehearse --faults`, and the faults that are played without one.

Owns the reading of its TOML. All that is wrong is told at once, with its line.
Raises `InputProblem`.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from mailer.errors import InputProblem, Problem, did_you_mean
from mailer.settings import Fault

_MAX_BYTES = 1_000_000

# What a list of some age meets at the servers of its people, on a day on which much goes wrong.
USUAL_FAULTS = """\
[[fault]]                       # an address that is gone
every = 100
first = 3
reply = "550 5.1.1 <recipient>: user unknown"
times = 0

[[fault]]                       # greylisting: the second try is taken
every = 20
first = 2
reply = "451 4.7.1 greylisted, please try again in 5 minutes"

[[fault]]                       # a mailbox that is full, and is cleared after a while
every = 150
first = 5
reply = "452 4.2.2 mailbox full"
times = 3

[[fault]]                       # a person who gets too much mail at the moment
every = 200
first = 7
reply = "450 4.2.1 the user you are trying to contact is receiving mail too quickly"

[[fault]]                       # the relay is restarted in the middle
nth = 8
stage = "mail"
reply = "421 4.3.2 service restarting, closing the channel"

[[fault]]                       # a server that looks long at the text before it says yes
nth = 9
stage = "body"
delay_s = 1.5

[[fault]]                       # the line is cut after the text has left: nobody knows whether it was taken
nth = 6
stage = "body"
drop = true
"""


def read_faults(path: Path) -> tuple[Fault, ...]:
    """Read a faults file.

    Raises:
        InputProblem: it cannot be read, or with a `Problem` for each thing that is wrong in it, by line.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputProblem("is too big for a faults file", source=str(path))
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputProblem(f"cannot be read: {said}", source=str(path)) from None
    return parse_faults(text, source=path.name)


def parse_faults(text: str, *, source: str) -> tuple[Fault, ...]:
    """Read the text of a faults file: tables `[[fault]]`, in the order in which they are tried.

    Raises:
        InputProblem: with a `Problem` for each thing that is wrong, by line.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at line (\d+), column \d+\)| \(at end of document\)", str(error))
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        said = str(error)[: place.start()] if place else str(error)
        raise _unusable(source, [Problem("toml", f"this is not TOML: {said}", source=source, line=line)]) from None
    entries = table.pop("fault", [])
    problems = [
        Problem("unknown-key", f"{name}: there is no such key{did_you_mean(name, ['fault'])}", source=source, line=line)
        for name, line in ((name, _line(text, name)) for name in table)
    ]
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        problems.append(Problem("faults", "fault: write [[fault]], in two brackets", source=source))
        raise _unusable(source, problems)
    faults: list[Fault] = []
    for number, entry in enumerate(entries):
        found = list(_problems(entry, text, number, source))
        problems += found
        if not found:
            faults.append(TypeAdapter(Fault).validate_python(_listed(entry)))
    if problems:
        raise _unusable(source, problems)
    return tuple(faults)


def _unusable(source: str, problems: list[Problem]) -> InputProblem:
    return InputProblem(f"{source} cannot be used as it is", problems=problems, hint="docs/rehearsal.md explains it")


def _listed(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Let a single number stand for a list of one: `nth = 5`."""
    nth = entry.get("nth")
    return {**entry, "nth": [nth]} if isinstance(nth, int) else dict(entry)


def _problems(entry: Mapping[str, Any], text: str, number: int, source: str) -> Iterator[Problem]:
    known = [field.name for field in dataclasses.fields(Fault)]
    unknown = [name for name in entry if name not in known]
    for name in unknown:
        said = f"{name}: there is no such key{did_you_mean(name, known)}"
        yield Problem("unknown-key", said, source=source, line=_line(text, name, number))
    try:
        TypeAdapter(Fault).validate_python({key: value for key, value in _listed(entry).items() if key in known})
    except ValidationError as error:
        for detail in error.errors():
            name = str(next(iter(detail["loc"]), ""))
            said = str(detail["msg"]).removeprefix("Value error, ")
            if unknown and not name:
                continue  # what seems to be missing may be what is misspelt
            key = name or said.partition(":")[0]
            message = f"{name}: {said}" if name else said
            yield Problem("faults", message, source=source, line=_line(text, key, number))


def _line(text: str, key: str, number: int | None = None) -> int | None:
    """Find the line of a key in the entry of this number (from 0), or before all entries; else the entry's own."""
    at, entry_line = -1, None
    for line, content in enumerate(text.splitlines(), start=1):
        if re.match(r"\s*\[\[\s*fault\s*\]\]", content):
            at += 1
            entry_line = line if at == number else entry_line
        elif (number is None or at == number) and re.match(rf'\s*\[*\s*"?{re.escape(key)}"?\s*[=\].]', content):
            return line
    return entry_line
