"""Why: `mailer why`, in or out for one person, and every reason.

Owns how an answer is shown. Reads only.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.completing import complete_address, complete_list
from mailer.cli.office import reading_office
from mailer.cli.options import (
    AsJson,
    Except,
    Limit,
    ReleaseEncoding,
    Sample,
    UnderEmbargo,
    Where,
    selection_of,
)
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.contacts.audience.selection import Selection
    from mailer.ledger.person import SentTo
    from mailer.ledger.proposals import Proposal
    from mailer.runs.office import Office
    from mailer.runs.people.search import PersonRow
    from mailer.runs.people.why import Answer

_HELP = """Explain why a person is or is not in a mailing. Shows list, row, rule, suppression and date.

With a MAILING that was sent, the ledger answers. With --for, the plan is made as `mailer send` would make it now.
With neither, all that is known: rows, opt-outs, bounces, what they were sent.

\b
Examples:
  mailer why ada@daily.example.com
  mailer why ada@daily.example.com harbour-seals
  mailer why ada@daily.example.com --for harbour-seals --to coast --except partners
"""
_SHOWN = 5


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("why", help=_HELP)(why)


def why(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The person.", autocompletion=complete_address)],
    mailing: Annotated[str, typer.Argument(metavar="[MAILING]", help="A mailing that was sent.")] = "",
    release: Annotated[
        str, typer.Option("--for", metavar="RELEASE", help="A release that has not been sent yet.")
    ] = "",
    to: Annotated[
        list[str], typer.Option("--to", metavar="LIST", help="With --for: the lists.", autocompletion=complete_list)
    ] = [],  # noqa: B006 - typer copies it
    leave_out: Except = [],  # noqa: B006 - typer copies it
    where: Where = "",
    limit: Limit = None,
    sample: Sample = None,
    under_embargo: UnderEmbargo = False,
    _encoding: ReleaseEncoding = "",
    as_json: AsJson = False,
) -> int:
    """Return why somebody is in or out."""
    from mailer.runs.people.why import why as why_at_all
    from mailer.runs.people.why import why_for, why_in
    from mailer.runs.planning.plan import Request
    from mailer.runs.sending.send import NO_RELAY

    selection = selection_of(where, limit, sample)
    _refuse_mixed(mailing, release, to, selection)

    with reading_office() as office:
        if release:
            office.workspace.release_path(release)  # a slip of the pen is no answer about a person
            for name in (*to, *leave_out):
                office.workspace.list_path(name)
            request = Request(
                release=release,
                relay=NO_RELAY,
                lists=tuple(to),
                excepts=tuple(leave_out),
                selection=selection,
                under_embargo=under_embargo,
            )
            answer = why_for(office, email, request)
        else:
            answer = why_in(office, email, mailing) if mailing else why_at_all(office, email)
        if as_json:
            output.print_json(_document(office, answer))
        else:
            _say(answer)
    return 0


def _refuse_mixed(mailing: str, release: str, to: list[str], selection: Selection) -> None:
    if mailing and release:
        raise InputProblem("give a MAILING that was sent, or --for a release that is to be sent, one of them")
    if release and not to:
        raise InputProblem("--for needs the lists", hint=f"mailer why EMAIL --for {release} --to LIST")
    if not release and (to or selection != selection_of("", None, None)):
        raise InputProblem("--to, --where, --limit and --sample go with --for", hint="--for RELEASE --to LIST")


def _say(answer: Answer) -> None:
    output.say(f"  {'   '.join(filter(None, (str(answer.address), answer.name)))}", style="bold")
    output.say()
    _say_verdict(answer)
    _lines("Lists", [_row_words(row) for row in answer.rows] or ["on no list in lists/"])
    _lines(
        "Suppressed",
        [each.message.removeprefix("suppressed").lstrip(": ") for each in answer.reasons if _is_block(each.code)],
    )
    lifted = [each for each in answer.person.suppressions if each.lifted_at]
    _lines("Lifted", [f"{each.reason.replace('_', ' ')}, lifted {each.lifted_at:%Y-%m-%d}" for each in lifted])
    sent = answer.person.deliveries
    _lines("Sent", [_sent_words(each) for each in reversed(sent[-_SHOWN:])] or ["nothing so far"])
    if len(sent) > _SHOWN:
        _lines("", [f"and {len(sent) - _SHOWN} earlier mailings   mailer contacts export {answer.address}"])
    back = answer.person.findings[-_SHOWN:]
    _lines("Came back", [" · ".join(filter(None, (_day(f.read_at), f.kind, f.reason, f.diagnostic))) for f in back])
    away = [f"until {each.until:%Y-%m-%d}, as they said on {_day(each.said_at)}" for each in answer.person.absences]
    _lines("Away", away[-_SHOWN:])
    _lines("Proposed", [_proposal_words(each) for each in answer.person.proposals[-_SHOWN:]])
    _lines("Bounces", [answer.soft_row] if answer.soft_row else [])
    output.say_problems((*answer.stops, *answer.list_problems))
    if answer.delivery is None and answer.is_in is False and not answer.stops and _is_of_the_past(answer):
        output.say(f"\n  Would they get it now?   mailer why {answer.address} --for RELEASE --to LIST")


def _is_of_the_past(answer: Answer) -> bool:
    return bool(answer.reasons) and answer.reasons[0].code == "not_planned"


def _say_verdict(answer: Answer) -> None:
    if answer.is_in is None:
        return
    if answer.stops:
        word, style = "Nobody gets it as it stands", "red"
    elif answer.delivery is not None or _is_of_the_past(answer):
        word, style = ("In", "green") if answer.is_in else ("Out", "yellow")
    else:
        word, style = ("Would get it", "green") if answer.is_in else ("Would not get it", "yellow")
    output.say(f"  {word}: {answer.mailing}", style=style)
    told = [each for each in answer.reasons if not _is_block(each.code)]
    for reason in told:
        is_named = not reason.line or reason.list_name in reason.message
        place = "" if is_named else f"{reason.list_name} line {reason.line}: "
        _lines("", [f"{place}{reason.message}"])
    output.say()


def _is_block(code: str) -> bool:
    return code == "suppressed"


def _row_words(row: PersonRow) -> str:
    if row.is_own:
        return f"{row.name} line {row.line}"
    return f"{row.name} line {row.line}, somebody else's row, in {', '.join(row.cells)}"


def _sent_words(each: SentTo) -> str:
    at = each.finished_at or each.attempted_at or each.planned_at
    words = (_day(at), each.mailing.removesuffix("/release-1"), each.state.replace("_", " "), each.reason, each.text)
    return " · ".join(filter(None, words))


def _proposal_words(each: Proposal) -> str:
    what = {
        "left": "has left: take them off the lists",
        "moved": f"write to {each.new_address} now",
        "stand_in": f"has left: write to {each.new_address} instead",
        "follow": f"may be {each.new_address} now",
    }.get(each.kind, each.kind)
    decide = f"mailer lists proposals {each.id} --accept" if each.state == "open" else ""
    return " · ".join(filter(None, (_day(each.created_at), what, each.state, decide)))


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def _lines(label: str, lines: Iterable[str]) -> None:
    first = label
    for each in lines:
        for line in textwrap.wrap(each, 84):
            output.say(f"  {first:12}{line}")
            first = ""


def _document(office: Office, answer: Answer) -> dict[str, Any]:
    from mailer.runs.people.person_export import ledger_document

    known = ledger_document(answer.person)
    return {
        "email": str(answer.address),
        "name": answer.name or None,
        "mailing": answer.mailing or None,
        "in": answer.is_in,
        "reasons": [
            {"code": r.code, "message": r.message, "list": r.list_name or None, "row": r.row, "line": r.line}
            for r in answer.reasons
        ],
        "stops": [output.problem_json(each) for each in answer.stops],
        "lists": [
            {"list": office.workspace.show(row.path), "row": row.row, "line": row.line, "own": row.is_own}
            for row in answer.rows
        ],
        "suppressions": known["suppressions"],
        "deliveries": known["mailings"],
        "events": known["events"],
        "came_back": known["came_back"],
        "absences": known["absences"],
        "proposals": known["proposals"],
        "soft_bounces": answer.soft_row or None,
        "problems": [output.problem_json(each) for each in answer.list_problems],
    }
