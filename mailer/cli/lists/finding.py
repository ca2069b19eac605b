"""Finding: `mailer lists find`, `stats` and `export`: contacts on all lists, figures of lists, lists as files.

Owns how they are shown and written. Never changes a list.
"""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.completing import complete_address, complete_column, complete_list
from mailer.cli.office import reading_office
from mailer.cli.options import AsJson

if TYPE_CHECKING:
    from mailer.ledger.person import SentTo
    from mailer.runs.lists.looking import Counted, Hit
import sys
from pathlib import Path

from mailer.cli.lists.asking import agreed
from mailer.cli.lists.tidying import split
from mailer.cli.options import Where, selection_of
from mailer.errors import InputProblem

_HELP = {
    "find": """Find contacts on all lists by anything in their row.

Name, outlet, address, note: accents and case do not matter, and every word must stand in the row. Shows what they were
sent, what bounced, and whether they opted out.

\b
Examples:
  mailer lists find brook
  mailer lists find "anna daily"
  mailer lists find ada@daily.example.com --json""",
    "stats": """Show statistics of lists. Contacts, outlets, beats, languages, countries, last mailing, bounces.

\b
Examples:
  mailer lists stats
  mailer lists stats coast --json""",
}
_MOST = 6
_FOUND = 20


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("find", help=_HELP["find"])(find)
    app.command("stats", help=_HELP["stats"])(stats)
    app.command("export", help=_EXPORT_HELP)(export)


def find(
    text: Annotated[
        list[str], typer.Argument(metavar="TEXT", help="What to search for.", autocompletion=complete_address)
    ],
    as_json: AsJson = False,
) -> int:
    """Find people."""
    from mailer.runs.lists.looking import find_people

    wanted = " ".join(text)
    with reading_office() as office:
        search = find_people(office, wanted, office.workspace.lists())
    if as_json:
        people = [_hit_json(hit) for hit in search.hits[:_FOUND]]
        problems = [output.problem_json(each) for each in search.problems]
        output.print_json({"text": wanted, "found": len(search.hits), "people": people, "problems": problems})
        return 0
    for hit in search.hits[:_FOUND]:
        _say_hit(hit)
    if not search.hits:
        output.say(f'  Nobody on any list has "{wanted}" in their row.')
    elif len(search.hits) > _FOUND:
        output.say(f"  … and {len(search.hits) - _FOUND} more: add a word")
    output.say_problems(search.problems)
    return 0


def _say_hit(hit: Hit) -> None:
    head = "   ".join(filter(None, (hit.name, hit.outlet, hit.email)))
    output.say(f"  {head or '(no address)'}", style="bold")
    if not hit.places:
        _say("Lists", "on none of them; the ledger knows the address")
    for number, place in enumerate(hit.places):
        plain = {hit.name, hit.outlet, hit.email}
        cells = [f"{header}: {_short(cell)}" for header, cell in place.cells if cell not in plain]
        said = [f"left out: {place.said}"] if place.said else []
        _say("" if number else "Lists", " · ".join([f"{place.list_name} line {place.line}", *said, *cells[:3]]))
    for number, each in enumerate(reversed(hit.history.deliveries[-5:])):
        _say("" if number else "Sent", _delivery_words(each))
    if len(hit.history.deliveries) > 5:
        _say("", f"and {len(hit.history.deliveries) - 5} earlier mailings")
    back = [each for each in hit.history.events if each.kind in _CAME_BACK]
    for number, event in enumerate(reversed(back[-3:])):
        words = " · ".join(filter(None, (_CAME_BACK[event.kind], f"{event.at:%Y-%m-%d}", event.mailing, event.text)))
        _say("" if number else "Came back", words)
    for blocked in hit.history.standing:
        words = f"{_reason(blocked.reason)} since {blocked.created_at:%Y-%m-%d} ({blocked.source})"
        where = "" if blocked.scope == "everywhere" else f" · {blocked.scope}"
        _say("Not mailed", f"{words}{where}{f' · {blocked.note}' if blocked.note else ''}", style="yellow")
    output.say()


_CAME_BACK = {
    "bounced_hard": "bounced for good",
    "bounced_soft": "bounced for now",
    "complained": "complained",
    "opted_out": "opted out",
    "auto_replied": "answered automatically",
}


def _reason(reason: str) -> str:
    from mailer.runs.suppressions.suppressed import REASON_WORDS

    return REASON_WORDS.get(reason, reason)


def _delivery_words(each: SentTo) -> str:
    at = each.finished_at or each.attempted_at or each.planned_at
    words = [
        each.mailing.removesuffix("/release-1"),
        each.state.replace("_", " "),
        f"{at:%Y-%m-%d}",
        each.reason.replace("_", " "),
    ]
    return " · ".join(filter(None, words))


def _say(label: str, words: str, *, style: str = "") -> None:
    for number, line in enumerate(textwrap.wrap(words, 82) or [""]):
        output.say(f"    {'' if number else label:12}{line}", style=style)


def _short(text: str) -> str:
    return textwrap.shorten(text, 60, placeholder=" …")


def _hit_json(hit: Hit) -> dict[str, Any]:
    known = asdict(hit.history)
    for each in known["deliveries"]:
        each.pop("fields")
    places = [
        {
            "list": place.list_name,
            "row": place.row,
            "line": place.line,
            "left_out": place.said or None,
            "cells": dict(place.cells),
        }
        for place in hit.places
    ]
    history = {name: [_plain(each) for each in rows] for name, rows in known.items()}
    suppressed = [each.reason for each in hit.history.standing]
    return {
        "email": hit.email,
        "name": hit.name,
        "outlet": hit.outlet,
        "places": places,
        "suppressed": suppressed,
        **history,
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}


def stats(
    names: Annotated[
        list[str],
        typer.Argument(metavar="LIST", help="Lists. Default: all of lists/.", autocompletion=complete_list),
    ] = [],  # noqa: B006 - Typer copies it
    as_json: AsJson = False,
) -> int:
    """Show figures."""
    from mailer.runs.lists.looking import count_lists

    with reading_office() as office:
        paths = [office.workspace.list_path(name) for name in names] or list(office.workspace.lists())
        counted, together, problems = count_lists(office, paths)
    if as_json:
        document = {"lists": [_figures_json(each) for each in counted], "together": _figures_json(together)}
        output.print_json({**document, "problems": [output.problem_json(each) for each in problems]})
        return 0
    for each in counted:
        output.say(f"  {each.name}   {each.file}", style="bold")
        _say_figures(each)
    if len(counted) > 1:
        output.say(f"  All {len(counted)} lists together, each person once", style="bold")
        _say_figures(together)
    if not counted and not problems:
        output.say("There are no lists yet. mailer lists import FILE   makes one.")
    output.say_problems(problems)
    return 0


def _say_figures(each: Counted) -> None:
    figures = each.figures
    roles = f", {figures.roles} of them role addresses" if figures.roles else ""
    _say("People", f"{figures.people}{roles}")
    for label, tally in (("Outlets", figures.outlets), *((f"{name}s", t) for name, t in figures.by.items())):
        values = tally.most_common()
        if values:
            most = " · ".join(f"{_short(value)} {count}" for value, count in list(values.items())[:_MOST])
            _say(
                {"countrys": "Countries"}.get(label, label.capitalize()),
                f"{len(values)}: {most}{' …' if len(values) > _MOST else ''}",
            )
    never = figures.people - each.mailed
    last = f"{each.last:%Y-%m-%d}, {each.mailed} ever mailed, {never} never" if each.last else "nobody yet"
    _say("Last mailed", last)
    health = [f"{count} {_LEFT_OUT[reason.value]}" for reason, count in sorted(figures.left_out.items())]
    health += [f"{count} {_reason(reason)}" for reason, count in sorted(each.suppressed.items())]
    if figures.unverified and figures.unverified == figures.people:
        health.append("nobody verified within 12 months (the column last_verified_at says when)")
    elif figures.unverified:
        health.append(f"{figures.unverified} not verified within 12 months")
    _say("Health", " · ".join(health) or "no problems")
    output.say()


_LEFT_OUT = {
    "invalid": "invalid",
    "missing": "without an address",
    "marked": "marked as not to be mailed",
    "duplicate": "duplicate",
}


def _figures_json(each: Counted) -> dict[str, Any]:
    figures = each.figures
    return {
        "name": each.name,
        "file": each.file,
        "people": figures.people,
        "role_addresses": figures.roles,
        "outlets": figures.outlets.most_common(),
        "beats": figures.by["beat"].most_common(),
        "languages": figures.by["language"].most_common(),
        "countries": figures.by["country"].most_common(),
        "last_mailed": each.last.isoformat() if each.last else None,
        "ever_mailed": each.mailed,
        "suppressed": dict(each.suppressed),
        "left_out": {reason.value: count for reason, count in figures.left_out.items()},
        "unverified_12_months": figures.unverified,
    }


# Exporting: `mailer lists export`, people of lists as a file for another program.

_EXPORT_HELP = """Export the contacts of one or more lists. As csv, xlsx, vcf (vCard 4.0) or json.

Somebody on several lists is one row. Whoever is suppressed is marked in the column "do_not_mail" (or left away, with
--suppressed leave-out). What looks like a formula is neutralised.

With --split-by, each value of a column becomes a new list beside this one, in its format. A cell with several values
("health, arts") goes to each of them; rows without a value make the part "other".

\b
Examples:
  mailer lists export coast > coast.csv
  mailer lists export coast science --output both.xlsx
  mailer lists export coast --where 'country == "DE"' --output germany.csv
  mailer lists export coast --format vcf --suppressed leave-out --output coast.vcf
  mailer lists export coast --split-by beat     a new list in lists/ for each beat"""


def export(
    names: Annotated[
        list[str], typer.Argument(metavar="LIST", help="Lists, by name or path.", autocompletion=complete_list)
    ] = [],  # noqa: B006 - Typer copies it
    where: Where = "",
    split_by: Annotated[
        str,
        typer.Option(
            "--split-by",
            metavar="COLUMN",
            help="Make a new list for each value of this column (beat, or a header).",
            autocompletion=complete_column,
        ),
    ] = "",
    form: Annotated[
        str, typer.Option("--format", help="csv, xlsx, vcf or json. Default: by the file's name, else csv.")
    ] = "",
    target: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Output file. Default: stdout.")] = "",
    suppressed: Annotated[
        str, typer.Option(metavar="HOW", help="Suppressed contacts: mark them, or leave-out.")
    ] = "mark",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    as_json: AsJson = False,
) -> int:
    """Export lists."""
    from mailer.runs.lists.export_lists import export_lists

    if not names:
        raise InputProblem("which list?", hint="mailer lists export coast   (mailer lists list shows them)")
    if split_by:
        if len(names) > 1 or where or form or target:
            raise InputProblem("--split-by takes one list, and no other option than --yes and --json")
        return split(names[0], split_by, yes=yes, as_json=as_json)
    if suppressed not in {"mark", "leave-out"}:
        raise InputProblem(f'--suppressed {suppressed}: there are "mark" and "leave-out"')
    path = Path(target).expanduser() if target and target != "-" else None
    form = form.lower() or (path.suffix.lower().lstrip(".") if path else "") or ("json" if as_json else "csv")
    if path is None:
        _refuse_on_stdout(form, as_json=as_json)
    with reading_office() as office:
        selection = selection_of(where)
        made = export_lists(office, names, form=form, with_blocked=suppressed == "mark", selection=selection)
    if path is None:
        sys.stdout.write(made.data.decode())
    else:
        _write(path, made.data, yes=yes)
    figures = {"people": made.people, "suppressed": made.blocked, "rows_left_out": made.left_out}
    if as_json and path is not None:
        output.print_json({"format": form, "file": str(path), **figures})
    elif not as_json:
        blocked = f", {made.blocked} of them marked as not to be mailed" if made.blocked else ""
        rows = "row" if made.left_out == 1 else "rows"
        rest = f" · {made.left_out} {rows} left out (mailer lists check)" if made.left_out else ""
        place = f" → {path}" if path else ""
        people = f"{made.people} {'person' if made.people == 1 else 'people'}"
        output.say(f"{people}{blocked}{place}{rest}", to_stderr=True)
    return 0


def _refuse_on_stdout(form: str, *, as_json: bool) -> None:
    if form == "xlsx":
        raise InputProblem("a workbook cannot be shown on the terminal", hint="Add --output FILE.xlsx")
    if as_json and form != "json":
        raise InputProblem(f"--json prints JSON, and --format {form} something else", hint=f"Add --output FILE.{form}")


def _write(path: Path, data: bytes, *, yes: bool) -> None:
    from mailer.workspace import write_atomically

    if path.exists() and not agreed(f"{path} is there already. Write over it?", yes=yes):
        raise typer.Abort
    if path.suffix.lower() == ".csv" and not data.isascii():
        data = b"\xef\xbb\xbf" + data  # without it a spreadsheet program takes the umlauts for something else
    write_atomically(path, data, mode=0o600)  # people's data: nobody else on this machine reads it (standards L12)
