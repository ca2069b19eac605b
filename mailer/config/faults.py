"""Faults: a file for `mailer rehearse --faults`, and the faults that are played without one.

What one may say is the model `settings.Fault`. All that is wrong is told at once, with its line.
Raises `InputProblem`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from mailer.config.toml_file import parse_entries
from mailer.errors import InputProblem
from mailer.settings import Fault

_MAX_BYTES: Final = 1_000_000

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
    return parse_entries(text, "fault", Fault, source=source, code="faults", hint="docs/rehearsal.md explains it")
