"""Output: how the command line speaks.

Owns stdout and stderr, colours, JSON documents, tables, and the turning of errors into text and exit codes.
Never decides anything about mail. One rule: with `--json`, stdout carries one JSON document and nothing else; all that
people read goes to stderr then. Colours and progress only on a terminal.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from rich.console import Console
from rich.text import Text

from mailer.cli.rendering import label_width, lay_out, table, width_of
from mailer.errors import MailerError, Problem
from mailer.pages.documents import json_of
from mailer.pages.layout import Page, Problems

__all__ = ["JsonRows", "console", "plain", "print_json", "print_json_rows", "print_page", "say"]
__all__ += ["say_error", "say_problems", "show", "table"]

_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def console(*, to_stderr: bool = False) -> Console:
    """Return a console that neither wraps words of ours unasked nor colours numbers."""
    return Console(stderr=to_stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


def say(text: str = "", *, style: str = "", to_stderr: bool = False) -> None:
    """Print a line for people; what strangers wrote cannot steer the terminal (escapes, bidi overrides)."""
    if (sys.stderr if to_stderr else sys.stdout) is None:
        return  # closed by whoever started us
    console(to_stderr=to_stderr).print(plain(text, style=style))


def plain(text: str, *, style: str = "") -> Text:
    """Return text for a console; what strangers wrote cannot steer the terminal."""
    return Text(_STEERING.sub("\N{REPLACEMENT CHARACTER}", text), style=style)


def print_json(document: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print the one JSON document of a command to stdout."""
    if sys.stdout is None:
        return
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


class JsonRows:
    """Rows of a JSON document that may be a million: they lie in a file without a name until they are printed."""

    def __init__(self) -> None:
        """Begin without rows."""
        self._between = ""
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8", prefix="mailer-rows-")  # noqa: SIM115 - closed by `with`

    def __enter__(self) -> Self:
        """Return the rows, to be closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the file vanish."""
        self._file.close()

    def append(self, row: Mapping[str, Any]) -> None:
        """Add a row."""
        self._file.write(f"{self._between}\n  {json.dumps(row, ensure_ascii=False)}")
        self._between = ","

    def print_in(self, document: Mapping[str, Any], name: str) -> None:
        """Print the one JSON document of a command, with the rows as its list of that name."""
        if sys.stdout is None:
            return
        before, _, after = json.dumps({**document, name: "\0"}, ensure_ascii=False, indent=1).partition('"\\u0000"')
        sys.stdout.write(f"{before}[")
        self._file.seek(0)
        shutil.copyfileobj(self._file, sys.stdout)
        sys.stdout.write(f"]{after}\n")


def print_json_rows(name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Print a JSON document whose one key holds these rows, as they come: a million of them need no memory."""
    if sys.stdout is None:
        return
    written = False
    for row in rows:
        sys.stdout.write("," if written else f'{{"{name}": [')
        sys.stdout.write("\n " + json.dumps(row, ensure_ascii=False))
        written = True
    sys.stdout.write("\n]}\n" if written else f'{{"{name}": []}}\n')


def show(result: object, *, as_json: bool, to_stderr: bool = False) -> None:
    """Print a result: its documented JSON on stdout, or its page for people."""
    from mailer.pages import document, page

    if as_json:
        print_json(document(result))
    else:
        print_page(page(result), to_stderr=to_stderr)


def print_page(page: Page, *, to_stderr: bool = False) -> None:
    """Print a page; what is beside the matter goes to stderr, as everything does where stdout is for something else."""
    for part in page.parts:
        aside = to_stderr or part.aside
        width = width_of(sys.stderr if aside else sys.stdout)
        for text, style in lay_out(part, width=width, label=label_width(page)):
            say(text, style=style, to_stderr=aside)


def say_problems(problems: Iterable[Problem], *, to_stderr: bool = True) -> None:
    """Print problems, one a line: where, and what; below it what to do, where that is not said yet."""
    print_page(Page(Problems(tuple(problems), aside=to_stderr)))


def say_error(error: MailerError, *, as_json: bool) -> None:
    """Tell the operator what stopped the command: JSON on stdout when asked for, else sentences on stderr."""
    if as_json:
        told = {"code": error.code, "message": str(error), "hint": error.hint, "problems": json_of(error.problems)}
        print_json({"error": told})
        return
    say(str(error), style="red", to_stderr=True)
    say_problems(error.problems)
    if error.hint:
        say(error.hint, to_stderr=True)
