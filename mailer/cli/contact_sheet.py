"""Contact sheet: `mailer preview --all`, everybody's mail on one page.

Owns how it is told. Touches no delivery; the page and the mails are files of this machine.
"""

from __future__ import annotations

import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailer.cli import output
from mailer.cli.office import reading_office, with_lasting_keys
from mailer.cli.options import selection_of
from mailer.cli.progress import counting
from mailer.cli.summary import REASONS, say_line
from mailer.errors import InputProblem, Severity

if TYPE_CHECKING:
    from mailer.preview.sheet import Seen
    from mailer.runs.contact_sheet import Sheet

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line."""

    release: str
    lists: list[str]
    person: str
    where: str
    template: str
    sender: str
    into: str
    open_it: bool
    as_json: bool


def show_everybody(asked: Asked) -> int:
    """Make everybody's mail and the page of all of them; exit code 2 where something is wrong with somebody's.

    Raises:
        InputProblem: no list is named, or the release, a template or a list cannot be used.
    """
    sheet = _make(asked)
    wrong = [each for each in sheet.people if each.problems]
    if asked.as_json:
        output.print_json(_document(sheet))
    else:
        _say(sheet, wrong)
    if asked.open_it and not webbrowser.open(sheet.page.as_uri()):
        output.say(f"  No browser could be opened; open it yourself: {sheet.page.as_uri()}", to_stderr=True)
    return 2 if wrong else 0


def _make(asked: Asked) -> Sheet:
    from mailer.events import MailingKind
    from mailer.runs.contact_sheet import write_contact_sheet
    from mailer.runs.planning.plan import Request
    from mailer.runs.sending.send import PREVIEW_RELAY

    if not asked.lists or asked.person:
        raise InputProblem("--all is about everybody on a list: it needs --to, and no --as")
    with reading_office() as office, counting("mails made") as tell:
        request = Request(
            release=asked.release,
            relay=PREVIEW_RELAY,
            lists=tuple(asked.lists),
            kind=MailingKind.PREVIEW,
            sender=asked.sender,
            family=asked.template,
        )
        return write_contact_sheet(
            with_lasting_keys(office),
            request,
            Path(asked.into).resolve() if asked.into else office.workspace.make_machine_folder("preview"),
            selection=selection_of(asked.where, None, None, ""),
            on_progress=tell,
        )


def _say(sheet: Sheet, wrong: list[Seen]) -> None:
    made = sum(bool(each.text) for each in sheet.people)
    skipped = sum(bool(each.skipped) for each in sheet.people)
    out = f" · {skipped} skipped" if skipped else ""
    waiting = sum(each.waits for each in sheet.people)
    say_line("Made", f"{made} of {len(sheet.people)} mails{out}", to_stderr=False)
    if waiting:
        say_line("Embargo", f"{waiting} have not agreed to keep it (column embargo_agreed)", to_stderr=False)
    for each in wrong[:_SHOWN]:
        say_line("Wrong", f"{each.email}: {each.problems[0]}", to_stderr=False)
    if len(wrong) > _SHOWN:
        say_line("", f"… and {len(wrong) - _SHOWN} more; they stand first on the page", to_stderr=False)
    for problem in sheet.plan.warnings:
        if problem.severity is Severity.WARNING:
            say_line("Warning", str(problem), to_stderr=False)
    say_line("Look at it", sheet.page.as_uri(), to_stderr=False)


def _document(sheet: Sheet) -> dict[str, Any]:
    folder = sheet.page.parent
    people = [
        {
            "email": each.email,
            "name": each.name or None,
            "place": each.place,
            "subject": each.subject or None,
            "manner": each.manner or None,
            "bytes": each.size,
            "waits_for_embargo": each.waits,
            "skipped": REASONS.get(each.skipped, each.skipped) or None,
            **{kind: str(folder / name) if name else None for kind, name in _files(each)},
            "problems": list(each.problems),
        }
        for each in sheet.people
    ]
    return {
        "release": sheet.plan.slug,
        "headline": sheet.plan.release.headline,
        "page": str(sheet.page),
        "people": people,
        "problems": [output.problem_json(problem) for problem in sheet.plan.warnings],
    }


def _files(each: Seen) -> tuple[tuple[str, str], ...]:
    return (("html", each.html), ("text", each.text), ("source", each.source))
