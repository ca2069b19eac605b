"""Output: printing and asking on the command line.

Owns stdout and stderr, colours, JSON documents, questions, the layout of pages, and the printing of errors. Decides
nothing about mail. One rule: with `--json`, stdout carries one JSON document and nothing else, and all text for
people goes to stderr. Colours and progress appear only on a terminal.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from itertools import zip_longest
from pathlib import Path
from typing import Any

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from mailer import lazy_re as re
from mailer.errors import InputProblem, MailerError, Problem, Severity
from mailer.pages.documents import json_of
from mailer.pages.layout import Bars, Fact, Line, Page, Part, Problems, Steps, Table, Tone, Verbatim

given_json: ContextVar[bool] = ContextVar("given_json", default=False)

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def console(*, to_stderr: bool = False) -> Console:
    """Return a console that neither wraps text nor colours numbers."""
    return Console(stderr=to_stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


def echo(text: str = "", *, style: str = "", to_stderr: bool = False) -> None:
    """Print a line; text from outside cannot control the terminal (escapes, bidi overrides)."""
    if (sys.stderr if to_stderr else sys.stdout) is None:
        return  # closed by our caller
    console(to_stderr=to_stderr).print(plain(text, style=style))


def plain(text: str, *, style: str = "") -> Text:
    """Return text for a console, without characters that control the terminal."""
    return Text(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", text), style=style)


def print_json(document: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print the one JSON document of a command to stdout."""
    if sys.stdout is None:
        return
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def print_json_rows(name: str, make: Callable[[Callable[[Mapping[str, Any]], None]], Mapping[str, Any]]) -> None:
    """Print a JSON document with a list that may have a million rows.

    `make` is given a function that takes the rows one by one, and returns the rest of the document. Until then the rows
    are in a temporary file.
    """
    import tempfile

    separator = ""
    with tempfile.TemporaryFile("w+", encoding="utf-8", prefix="mailer-rows-") as file:

        def keep(row: Mapping[str, Any]) -> None:
            nonlocal separator
            file.write(f"{separator}\n  {json.dumps(row, ensure_ascii=False)}")
            separator = ","

        document = json.dumps({**make(keep), name: "\0"}, ensure_ascii=False, indent=1)
        if sys.stdout is not None:
            before, _, after = document.partition('"\\u0000"')
            sys.stdout.write(f"{before}[")
            file.seek(0)
            shutil.copyfileobj(file, sys.stdout)
            sys.stdout.write(f"]{after}\n")


def is_json() -> bool:
    """Return whether `--json` was given."""
    return given_json.get()


def show(result: object, *, to_stderr: bool = False, about: Mapping[str, str] = {}) -> None:
    """Print a result: its documented JSON on stdout (with `about` before it), or its page."""
    from mailer.pages import document

    if is_json():
        print_json({**about, **document(result)})
    else:
        show_page(result, to_stderr=to_stderr)


def show_interim(result: object, *, to_stderr: bool = False) -> None:
    """Print a page before a question or a step; with --json, nothing."""
    if not is_json():
        show_page(result, to_stderr=to_stderr)


def show_page(result: object, *, to_stderr: bool = False) -> None:
    """Print the page of a result, even with --json."""
    from mailer.pages import page

    print_page(page(result), to_stderr=to_stderr)


def print_page(page: Page, *, to_stderr: bool = False) -> None:
    """Print a page; parts that are `aside` go to stderr, as all of them do if stdout is for something else."""
    labels = (len(part.label) for part in page.parts if isinstance(part, (Fact, Steps)))
    label = max(_LABEL, max(labels, default=0) + 2)  # the text of all facts begins in one column
    for part in page.parts:
        aside = to_stderr or part.aside
        stream = sys.stderr if aside else sys.stdout
        # as wide as the terminal or COLUMNS; unwrapped (0) where they are not for people
        is_for_people = "COLUMNS" in os.environ or (stream is not None and stream.isatty())
        width = max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size().columns)) if is_for_people else 0
        for text, style in lay_out(part, width=width, label=label):
            echo(text, style=style, to_stderr=aside)


def print_problems(problems: Iterable[Problem]) -> None:
    """Print problems, one per line, each with its remedy below."""
    print_page(Page(Problems(tuple(problems))))


def print_error(error: MailerError) -> None:
    """Print the error that stopped the command: JSON on stdout with --json, else sentences on stderr."""
    if is_json():
        details = {"code": error.code, "message": str(error), "hint": error.hint, "problems": json_of(error.problems)}
        print_json({"error": details})
    else:
        print_error_text(error)


def print_error_text(error: MailerError) -> None:
    """Print an error in sentences on stderr."""
    if str(error) not in map(str, error.problems):  # the message of a file with problems is its first problem
        print_page(Page(Line(str(error), Tone.BAD, aside=True)))
    print_problems(error.problems)
    if error.hint:
        print_page(Page(Line(error.hint, aside=True)))


def keep_fault(error: BaseException) -> str:
    """Write the details of an internal error to a private file, for a bug report; return its path."""
    import tempfile
    import traceback

    handle, name = tempfile.mkstemp(prefix="mailer-fault-", suffix=".txt")  # mkstemp makes it 0600
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        traceback.print_exception(error, file=file)
    return name


def is_interactive() -> bool:
    """Return whether questions can be asked at a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def confirmed(question: str, *, yes: bool, hint: str = "Check it with --dry-run, then add --yes.") -> bool:
    """Ask, unless --yes was given; return the answer. Raises InputProblem if there is no terminal to ask at."""
    if yes:
        return True
    if not is_interactive():
        raise InputProblem("cannot ask for confirmation here", hint=hint)
    return typer.confirm(f"  {question}", err=True)


def write_private(path: Path, data: bytes | Iterable[bytes], *, yes: bool) -> None:
    """Write a file with personal data, for this account only; ask before one is overwritten."""
    from mailer.workspace import write_atomically

    if path.exists() and not confirmed(f"{path} exists. Overwrite it?", yes=yes, hint="Add --yes to overwrite it."):
        raise typer.Abort
    write_atomically(path, data, mode=0o600)


def print_unchanged() -> None:
    """Print that nothing was changed."""
    echo("  Nothing was changed.", to_stderr=True)


def open_page(path: Path) -> None:
    """Open a page in the browser, or print its address."""
    import webbrowser

    if not webbrowser.open(path.as_uri()):
        echo(f"  No browser could be opened; open it yourself: {path.as_uri()}", to_stderr=True)


# The parts of a page become lines of a terminal. Words are never broken, and labels are in one column. A command stays
# on its line, however long, since people copy it: a line break inside quotation marks would be copied, too. If a page
# is piped into another program, all lines stay whole, so that they can be searched.

Row = tuple[str, ...]
Styled = tuple[str, str]
_WIDEST, _NARROWEST = 100, 40
_LABEL = 12
_COLUMN = re.compile(r"( *)(?:\S+(?: \S+)* {2,}(?=\S))?")
_BAR = 40
_BELOW = " " * 4
_FEW_COLUMNS = 2  # a table of no more is not taken apart
_COMMAND = "mailer "
_LONGEST_PROBLEM = 400  # such as a whole menu that was left out; JSON has all of it
_TONES = {"": "", "strong": "bold", "quiet": "dim", "good": "green", "careful": "yellow", "bad": "red"}
_SEVERITIES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


def lay_out(part: Part, *, width: int, label: int = _LABEL) -> Iterator[Styled]:
    """Yield the lines of a part, each with its style; `width` 0 does not wrap."""
    match part:
        case Line(text=text, tone=tone, depth=depth):
            for each in text.split("\n"):
                yield from ((line, _TONES[tone]) for line in _wrapped(each, width, "  " * depth))
        case Fact(label=name, lines=lines, tone=tone):
            for number, each in enumerate(lines):
                indent = " " * (len(each) - len(each.lstrip()))
                start = f"  {'' if number else name:{label}}{indent}"
                yield from ((line, _TONES[tone]) for line in _wrapped(each.lstrip(), width, start))
        case Table(rows=rows, head=head, right=right):
            yield from ((f"  {line}".rstrip(), "") for line in _rows(list(rows), head, right, width and width - 2))
        case Bars(rows=rows):
            top = max([number for _, number, _ in rows] + [1])
            figures = list(_rows([(name, str(n)) for name, n, _ in rows], (), frozenset({1}), 0))
            bar = _BAR if not width else max(8, min(_BAR, width - max(map(len, figures), default=0) - 6))
            for line, (_, number, tone) in zip(figures, rows, strict=True):
                yield f"    {line}  {'█' * round(bar * number / top)}", _TONES[tone]
        case Problems(problems=problems):
            for problem in problems:
                shown, *below = str(problem).split("\n")  # below: what differs, a line each
                if len(shown) > _LONGEST_PROBLEM:
                    shown = shown[: _LONGEST_PROBLEM - 1].rstrip() + "…"
                start = f"  {problem.severity.value:8}"
                yield from ((line, _SEVERITIES[problem.severity]) for line in _wrapped(shown, width, start))
                for each in (*below, *problem.hint.splitlines()):
                    yield from ((line, "") for line in _wrapped(each, width, " " * len(start)))
        case Steps(label=name, steps=steps):
            commands = max(max(map(len, (command for command, _ in steps)), default=0), _BAR)
            for number, (command, what) in enumerate(steps):
                start = f"  {'' if number else name:{label}}"
                if width and len(start) + commands + 1 + len(what) > width:
                    yield f"{start}{command}", ""
                    yield from ((line, "dim") for line in _wrapped(what, width, " " * (label + 4)) if what)
                else:
                    yield f"{start}{command:{commands}} {what}".rstrip(), ""
        case Verbatim(text=text, depth=depth):
            yield from ((f"{'  ' * depth}{each}", "") for each in text.split("\n"))


def _wrapped(text: str, width: int, start: str = "") -> list[str]:
    """Wrap a text on blanks, unless it is a command; `start` is before the first line, and blanks before the others."""
    if not width or text.startswith(_COMMAND) or cell_len(start) + cell_len(text) <= width:
        return [f"{start}{text}".rstrip()]
    if column := _COLUMN.match(text):  # what follows a name and a gap, or is indented itself, stays in its column
        kept = column[0] if cell_len(column[0]) <= width // 3 else column[1]
        start, text = start + kept, text[len(kept) :]
    room = max(_NARROWEST // 4, width - cell_len(start))
    lines = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
    return [f"{' ' * len(start) if number else start}{line}" for number, line in enumerate(lines)]


def _rows(rows: list[Row], head: Row, right: frozenset[int], width: int) -> Iterator[str]:
    """Yield the lines of a table.

    If it is too wide, the widest columns are wrapped, then the gaps are made narrower; if that is not enough, the first
    column of a row has a line of its own, with the other columns below it.
    """
    everything = [head, *rows] if head else rows
    for gap in (2, 1) if everything else ():
        widths, fits = _fit(everything, right, width, gap)
        if fits or (gap == 1 and len(widths) <= _FEW_COLUMNS):
            for row in everything:
                yield from _cells(row, widths, right, gap)
            return
    below, others = [row[1:] for row in everything], frozenset(at - 1 for at in right)
    if everything:
        widths, _ = _fit(below, others, width - len(_BELOW), 2)
    for row in everything:
        yield row[0]
        yield from (f"{_BELOW}{line}" for line in _cells(row[1:], widths, others, 2) if line)


def _fit(rows: list[Row], right: frozenset[int], width: int, gap: int) -> tuple[list[int], bool]:
    """Return how wide each column of a table is, and whether all of them fit into the width (0: any)."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    least = [
        max([_NARROWEST // 4, *(cell_len(word) for cell in column for word in cell.split())])
        for column in zip(*rows, strict=True)
    ]
    while width and (over := sum(widths) + gap * (len(widths) - 1) - width) > 0:
        wide = [i for i in range(len(widths)) if i not in right and widths[i] > least[i]]
        if not wide:
            return widths, False
        widest = max(wide, key=lambda i: widths[i])
        widths[widest] = max(widths[widest] - over, least[widest])
    return widths, True


def _cells(row: Row, widths: list[int], right: frozenset[int], gap: int) -> Iterator[str]:
    """Yield the lines of one row of a table."""
    cells = [_wrapped(text, each) for text, each in zip(row, widths, strict=True)]
    for parts in zip_longest(*cells, fillvalue=""):
        padded = [
            " " * (room - cell_len(text)) + text if at in right else text + " " * (room - cell_len(text))
            for at, (text, room) in enumerate(zip(parts, widths, strict=True))
        ]
        yield (" " * gap).join(padded).rstrip()
