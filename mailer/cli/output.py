"""Output: how the command line speaks and asks.

Owns stdout and stderr, colours, JSON documents, questions, and the turning of errors into text and exit codes.
Never decides anything about mail. One rule: with `--json`, stdout carries one JSON document and nothing else; all that
people read goes to stderr then. Colours and progress only on a terminal.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
import webbrowser
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from mailer.cli.rendering import label_width, lay_out, width_of
from mailer.errors import InputProblem, MailerError, Problem
from mailer.pages.documents import json_of
from mailer.pages.layout import Page, Problems

given_json: ContextVar[bool] = ContextVar("given_json", default=False)

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


def print_json_rows(name: str, make: Callable[[Callable[[Mapping[str, Any]], None]], Mapping[str, Any]]) -> None:
    """Print a JSON document one of whose lists may have a million rows.

    `make` is handed what takes them one by one, and returns the rest of the document. Until that is known they lie in a
    file without a name.
    """
    between = ""
    with tempfile.TemporaryFile("w+", encoding="utf-8", prefix="mailer-rows-") as file:

        def keep(row: Mapping[str, Any]) -> None:
            nonlocal between
            file.write(f"{between}\n  {json.dumps(row, ensure_ascii=False)}")
            between = ","

        document = json.dumps({**make(keep), name: "\0"}, ensure_ascii=False, indent=1)
        if sys.stdout is not None:
            before, _, after = document.partition('"\\u0000"')
            sys.stdout.write(f"{before}[")
            file.seek(0)
            shutil.copyfileobj(file, sys.stdout)
            sys.stdout.write(f"]{after}\n")


def is_json() -> bool:
    """Return whether one JSON document is asked for (`--json`, which goes with every command)."""
    return given_json.get()


def show(result: object, *, to_stderr: bool = False, about: Mapping[str, str] = {}) -> None:
    """Print a result: its documented JSON on stdout (after what it is `about`), or its page for people."""
    from mailer.pages import document

    if is_json():
        print_json({**about, **document(result)})
    else:
        show_page(result, to_stderr=to_stderr)


def look(result: object, *, to_stderr: bool = False) -> None:
    """Print a page before something is asked or done; with --json only the end of it counts."""
    if not is_json():
        show_page(result, to_stderr=to_stderr)


def show_page(result: object, *, to_stderr: bool = False) -> None:
    """Print the page of a result for people, whatever is asked for."""
    from mailer.pages import page

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


def say_error(error: MailerError) -> None:
    """Tell the operator what stopped the command: JSON on stdout when asked for, else sentences on stderr."""
    if is_json():
        told = {"code": error.code, "message": str(error), "hint": error.hint, "problems": json_of(error.problems)}
        print_json({"error": told})
    else:
        say_in_words(error)


def say_in_words(error: MailerError) -> None:
    """Print an error in sentences on stderr."""
    say(str(error), style="red", to_stderr=True)
    say_problems(error.problems)
    if error.hint:
        say(error.hint, to_stderr=True)


def is_somebody_here() -> bool:
    """Return whether somebody sits at a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def agreed(question: str, *, yes: bool, hint: str = "Check it with --dry-run, then add --yes.") -> bool:
    """Ask, where --yes was not given; return what was answered. Raises InputProblem where nobody is here to answer."""
    if yes:
        return True
    if not is_somebody_here():
        raise InputProblem("cannot ask for confirmation here", hint=hint)
    return typer.confirm(f"  {question}", err=True)


def say_unchanged() -> None:
    """Print that all of this was only shown."""
    say("  Nothing was changed.", to_stderr=True)


def open_page(path: Path) -> None:
    """Open a page in the browser, or say where it is."""
    if not webbrowser.open(path.as_uri()):
        say(f"  No browser could be opened; open it yourself: {path.as_uri()}", to_stderr=True)
