"""Looking: `mailer optouts list`, who is suppressed, and all that is known about one of them.

Owns how suppressions are shown. A list of a million is written as it is read.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.address import printable
from mailer.cli import output
from mailer.cli.office import reading_office, writing_office
from mailer.cli.options import AsJson
from mailer.cli.optouts.words import HEAD, WORDS, ScopeChoice, document_of, moves_json, row_of, say_moves
from mailer.errors import InputProblem, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.ledger.blocklist import Wanted
    from mailer.ledger.suppressions import Suppression
    from mailer.runs.office import Office

_HELP = """List suppressed addresses with their reasons. The newest 200, or all with --json.

With an EMAIL: all that stands, or ever stood, against that address, domain or outlet. With --proposals: contacts on the
lists who may be suppressed under an old address.

\b
Examples:
  mailer optouts list --reason complained --since 2026-01-01
  mailer optouts list --scope list:coast
  mailer optouts list --find daily.example.com --lifted
  mailer optouts list --unconfirmed
  mailer optouts list --json
  mailer optouts list ada@daily.example.com
  mailer optouts list --proposals
  mailer optouts list --proposals --reject bo@evening.example.com bo.lind@morning.example.com
"""
_SHOWN = 200
_WIDE, _NARROWEST = 96, 12  # of a line, and of a note in it: `list EMAIL` and --json have all of it

Reason = Annotated[str, typer.Option("--reason", help="Only this reason: opted_out, complained, dead_address …")]
Since = Annotated[str, typer.Option("--since", metavar="DATE", help="Only since this date: 2026-03-01.")]
Find = Annotated[str, typer.Option("--find", metavar="TEXT", help="Only addresses that contain this.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("list", help=_HELP)(list_optouts)


def wanted_of(*, reason: str = "", scope: str = "", since: str = "", find: str = "") -> Wanted:
    """Read the options that say which suppressions are asked for.

    Raises:
        InputProblem: one of them says nothing that there is.
    """
    from mailer.ledger.blocklist import Wanted
    from mailer.ledger.scopes import parse_scope

    if reason and reason not in WORDS:
        raise InputProblem(f'"{reason}" is not a reason{did_you_mean(reason, WORDS)}; there are: {", ".join(WORDS)}')
    at = None
    if since:
        try:
            day = date.fromisoformat(since)
        except ValueError:
            raise InputProblem(f'--since "{since}" is no date; write it as 2026-03-01') from None
        at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Wanted(reason, parse_scope(scope) if scope else "", at, find)


def list_optouts(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="An address, *@DOMAIN, or outlet:NAME.")] = "",
    reason: Reason = "",
    scope: ScopeChoice = "",
    since: Since = "",
    find: Find = "",
    lifted: Annotated[bool, typer.Option("--lifted", help="Include lifted suppressions.")] = False,
    unconfirmed: Annotated[
        bool, typer.Option("--unconfirmed", help="Only opt-outs that wait for confirmation.")
    ] = False,
    proposals: Annotated[
        bool, typer.Option("--proposals", help="Contacts who may be suppressed under an old address.")
    ] = False,
    reject: Annotated[
        tuple[str, str],
        typer.Option("--reject", metavar="OLD NEW", help="With --proposals: they are not the same person."),
    ] = ("", ""),
    as_json: AsJson = False,
) -> int:
    """List suppressions."""
    from dataclasses import replace

    if any(reject) and not proposals:
        raise InputProblem("--reject goes with --proposals")
    if proposals:
        return _show_proposals(reject, as_json=as_json)
    if email:
        return _show_one(email, as_json=as_json)

    wanted = replace(
        wanted_of(reason=reason, scope=scope, since=since, find=find), lifted=lifted, unconfirmed=unconfirmed
    )
    with reading_office() as office:
        if as_json:
            output.print_json_rows("suppressed", _documents(office, wanted))
        else:
            _say_list(office, wanted)
    return 0


def _documents(office: Office, wanted: Wanted) -> Iterator[dict[str, Any]]:
    from mailer.ledger.blocklist import stream_suppressions

    if office.ledger is None:
        return
    with office.ledger.reading() as connection:
        for each in stream_suppressions(connection, wanted):
            yield document_of(each)


def _say_list(office: Office, wanted: Wanted) -> None:
    from mailer.ledger.blocklist import Wanted, count_suppressions, stream_suppressions

    count = 0
    if office.ledger is not None:
        with office.ledger.reading() as connection:
            count = count_suppressions(connection, wanted)
            page: list[Suppression] = []
            for each in stream_suppressions(connection, wanted, limit=_SHOWN):
                page.append(each)
                if len(page) == _SHOWN:
                    _say_page(page)
                    page = []
            _say_page(page)
    if not count:
        output.say("Nobody is suppressed." if wanted == Wanted() else "Nobody is suppressed that this fits.")
    elif count > _SHOWN:
        output.say(f"  … {_SHOWN} of {count}; mailer optouts export writes all of them to a file")


def _say_page(page: list[Suppression]) -> None:
    if not page:
        return
    rows = [row_of(each) for each in page]
    beside = max(map(len, output.table([row[:-1] for row in rows], head=HEAD[:-1])))
    room = max(_NARROWEST, _WIDE - beside)
    for line in output.table([(*row[:-1], printable(row[-1], room)) for row in rows], head=HEAD):
        output.say(f"  {line}")


def _show_one(email: str, *, as_json: bool) -> int:
    from mailer.address import parse_address
    from mailer.ledger.connection import verify_keys
    from mailer.ledger.scopes import PERSON, parse_subject, wider_digests
    from mailer.ledger.suppressions import find_suppressions

    found: list[Suppression] = []
    with reading_office() as office:
        subject = parse_subject(office.keys, email)
        digests = [subject.digest]
        if subject.kind == PERSON:
            digests += wider_digests(parse_address(subject.text).ascii_domain, "")
        if office.ledger is not None:
            with office.ledger.reading() as connection:
                verify_keys(connection, office.keys)
                found = find_suppressions(connection, digests, lifted=True)
    if as_json:
        standing = any(each.lifted_at is None for each in found)
        output.print_json(
            {"email": subject.text, "suppressed": standing, "suppressions": [document_of(each) for each in found]}
        )
        return 0
    if not found:
        output.say(f"Nothing stands, or ever stood, against writing to {subject.text}.")
    for each in found:
        _say_story(each)
    return 0


def _say_story(each: Suppression) -> None:
    state = "lifted" if each.lifted_at else "stands"
    note = f" · {each.note}" if each.note else ""
    output.say(f"  {each.address or '(forgotten)'}   {WORDS[each.reason]}, {each.scope}: {state}")
    file = f", import {each.import_id}" if each.import_id is not None else ""
    output.say(f"      since {each.created_at:%Y-%m-%d %H:%M} UTC by {each.source}{file} ({each.actor}){note}")
    if each.unconfirmed:
        output.say(f"      said by somebody at this desk; mailer optouts add {each.address} --confirm", style="yellow")
    if each.lifted_at:
        why = f": {each.lifted_reason}" if each.lifted_reason else ""
        output.say(f"      lifted {each.lifted_at:%Y-%m-%d %H:%M} UTC by {each.lifted_by}{why}")
        if each.lifted_evidence:
            output.say(f"      evidence: {each.lifted_evidence}")


def _show_proposals(reject: tuple[str, str], *, as_json: bool) -> int:
    from mailer.runs.lists.follow import read_moves
    from mailer.runs.lists.proposals import reject_follow

    if any(reject):
        with writing_office() as (office, ledger):
            reject_follow(office, ledger, *reject)
    with reading_office() as office:
        found = read_moves(office)
    if as_json:
        output.print_json({"proposals": moves_json(found)})
    elif not found:
        output.say("Nobody on the lists looks like a person who is not to be contacted.")
    else:
        say_moves(found)
    return 0
