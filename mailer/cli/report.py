"""Report: `mailer status` and `mailer report`, what became of everybody.

Owns how figures are shown: numbers line up, a bar says what the number says. Reads only.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.completing import complete_mailing
from mailer.cli.office import reading_office
from mailer.cli.options import AsJson
from mailer.cli.reason_words import WHY
from mailer.cli.summary import next_steps, reason_words, say_doubt, say_line, say_outcome
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.ledger import Ledger
    from mailer.runs.office import Office
from collections.abc import Iterator, Mapping, Sequence

from mailer.cli.reason_words import why

_STATUS_HELP = """Show the state of one mailing, or of all.

\b
Examples:
  mailer status
  mailer status harbour-seals --json
"""
_REPORT_HELP = """Report what happened to each recipient of a mailing (default: the newest).

\b
Examples:
  mailer report harbour-seals
  mailer report harbour-seals --deliveries
  mailer report harbour-seals --csv > harbour-seals.csv
  mailer report harbour-seals --unheard      who got it, and has not been heard of in any way
"""
_BAR = 40

Mailing = Annotated[
    str, typer.Argument(metavar="MAILING", help="A release's name, or name/kind-N.", autocompletion=complete_mailing)
]
Deliveries = Annotated[bool, typer.Option("--deliveries", help="Include every recipient.")]


def status(mailing: Mailing = "", deliveries: Deliveries = False, as_json: AsJson = False) -> int:
    """Show the state of one mailing, or of all."""
    with reading_office() as office:
        if mailing:
            document = _document(office, mailing, deliveries=deliveries) | _standing(office, mailing)
            document |= {"alarms": _alarms(office, mailing), "overdue": _overdue(office)}
            if as_json:
                output.print_json(document)
            else:
                _say_status(document)
                say_alarms(document)
                if deliveries:
                    _say_deliveries(document)
            return 0
        documents = _all_documents(office)
        overdue = _overdue(office)
    if as_json:
        output.print_json({"mailings": documents, "overdue": overdue})
        return 0
    if documents:
        _say_all(documents)
    else:
        output.say("Nothing was sent from here yet. A first look at a release: mailer preview RELEASE --open")
    say_overdue(overdue)
    return 0


def report(
    mailing: Mailing = "",
    deliveries: Deliveries = False,
    unheard: Annotated[
        bool, typer.Option("--unheard", help="List recipients without any response, one a line.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print every recipient as CSV.")] = False,
    as_json: AsJson = False,
) -> int:
    """Return what became of everybody in a mailing."""
    with reading_office() as office:
        name = mailing or _newest(office)
        if as_csv:
            _print_csv(office, name)
            return 0
        if unheard:
            _print_unheard(office, name, as_json=as_json)
            return 0
        document = _document(office, name, deliveries=deliveries)
        document |= {"alarms": _alarms(office, name), "overdue": _overdue(office)}
    if as_json:
        output.print_json(document)
        return 0
    say_report(document)
    say_alarms(document)
    if deliveries:
        _say_deliveries(document)
    return 0


def say_report(document: dict[str, Any]) -> None:
    """Print a report for people."""
    state, began = state_in_words(document), _began(document)
    when = f" {began} UTC" if state == "scheduled" else f" · {began} UTC" if began else ""
    output.say()
    output.say(f"  {document['headline']}", style="bold")
    output.say(f"  {document['mailing']} · {state}{when} · by relay {document['relay']}")
    output.say()
    rows = list(_figures(document))
    top = max([count for _, count, _ in rows] + [1])
    for line, (_, count, style) in zip(
        output.table([(f"  {label}", str(count)) for label, count, _ in rows], right=(1,)), rows, strict=True
    ):
        output.say(f"{line}  {'█' * round(_BAR * count / top)}", style=style)
    output.say()
    say_outcome(document, to_stderr=False)
    say_returns(document)
    for number, (reason, count) in enumerate(document["skipped_reasons"].items()):
        say_line("" if number else "Skipped", f"{count} {reason_words(reason)}", to_stderr=False)
    # who is in the mailing already was passed over by its newest planning, and is not left out of it
    left_out = {reason: count for reason, count in document["left_out"].items() if reason != "already_planned"}
    for number, (reason, count) in enumerate(left_out.items()):
        say_line("" if number else "Left out", f"{count} {reason_words(reason)}", to_stderr=False)
    output.say(f"  {'':12}Accepted means that the relay took the message, not that anybody read it.", style="dim")


def state_in_words(document: dict[str, Any]) -> str:
    """Return the state for people: a mailing that nobody is working on is not «sending»."""
    left = len(document["in_doubt_people"]) - document["in_doubt"]
    idle = document["state"] == "sending" and (left > 0 or not document["claimed"] + document["attempted"])
    return "unfinished" if idle else str(document["state"])


def _figures(document: dict[str, Any]) -> list[tuple[str, int, str]]:
    bounced = document["bounced"]
    figures = [
        ("accepted by the relay", document["accepted"], "green"),
        ("… at a later try", document["retried"], "green"),
        ("rejected", document["rejected"], "red"),
        ("deferred", document["deferred"], "yellow"),
        ("waiting", document["pending"] + document["claimed"] + document["attempted"], ""),
        ("in doubt", document["in_doubt"], "yellow"),
        ("skipped", document["skipped"], ""),
        ("bounced, address dead", bounced["hard"], "red"),
        ("bounced, other", bounced["soft"], "yellow"),
        ("complained", document["complained"], "red"),
        ("opted out", document["opted_out"], ""),
        ("answered automatically", document["auto_replied"], ""),
        ("not there any more", document["moved"], "yellow"),
        ("want proof of a person", document["challenged"], "yellow"),
        ("answered by people", document["replied"], "green"),
        ("not heard of since", document["unheard"] if document["unheard"] < document["accepted"] else 0, ""),
    ]
    always = {"accepted by the relay"}
    return [(label, count, style) for label, count, style in figures if count or label in always]


def _say_status(document: dict[str, Any]) -> None:
    output.say(f"  {document['mailing']} · {state_in_words(document)} · {document['headline']}", style="bold")
    say_outcome(document, to_stderr=False)
    left = len(document["in_doubt_people"]) - document["in_doubt"]
    if left > 0:
        say_line("In doubt", f"{left} attempted when mailer was stopped; they may have it", to_stderr=False)
    say_standing(document)
    for person in document["in_doubt_people"]:
        say_doubt(person, to_stderr=False)
    if document["halt_reason"]:
        output.say(f"  {document['halt_reason']}", style="red")
    for number, (command, what) in enumerate(next_steps(document)):
        say_line("" if number else "Next", f"{command:40} {what}", to_stderr=False)


def _say_all(documents: list[dict[str, Any]]) -> None:
    head = ("MAILING", "STATE", "PLANNED", "ACCEPTED", "REJECTED", "WAITING", "SKIPPED", "STARTED (UTC)")
    rows = [
        (
            each["mailing"],
            state_in_words(each),
            str(each["planned"]),
            str(each["accepted"]),
            str(each["rejected"]),
            str(each["pending"] + each["deferred"] + each["claimed"] + each["attempted"]),
            str(each["skipped"]),
            _began(each),
        )
        for each in documents
    ]
    for line in output.table(rows, head=head, right=(2, 3, 4, 5, 6)):
        output.say(f"  {line}")


def _began(document: dict[str, Any]) -> str:
    """Return when a mailing began, or for when it is scheduled."""
    waits = document["state"] == "scheduled"
    at = (document["scheduled_at" if waits else "started_at"] or "")[:16].replace("T", " ")
    return f"at {at}" if waits else at


def _say_deliveries(document: dict[str, Any]) -> None:
    rows = [
        (
            each["address"] or "(forgotten)",
            each["state"].replace("_", " ") + (f" at try {each['attempts']}" if each["attempts"] > 1 else ""),
            ", ".join(_happened(each)),
            f"{each['list']} row {each['row']}",
        )
        for each in document["deliveries"]
    ]
    output.say()
    for line in output.table(rows, head=("ADDRESS", "STATE", "WHAT HAPPENED", "FROM")):
        output.say(f"  {line}")


def _happened(each: dict[str, Any]) -> list[str]:
    reason = each["reason"] or ""
    words = [WHY.get(reason, reason_words(reason))] if reason else []
    return words + [word.replace("_", " ") for word in each["came_back"]]


def _ledger(office: Office) -> Ledger:
    if office.ledger is None:
        raise InputProblem("nothing was sent from here yet", hint="mailer send RELEASE --to LIST --dry-run")
    return office.ledger


def _newest(office: Office) -> str:
    from mailer.events import MailingKind
    from mailer.ledger.mailings import read_mailings

    with _ledger(office).reading() as connection:
        found = read_mailings(connection)
    real = [each for each in found if each.kind is MailingKind.RELEASE] or found
    if not real:
        raise InputProblem("nothing was sent from here yet", hint="mailer send RELEASE --to LIST --dry-run")
    return real[0].name


def _document(office: Office, name: str, *, deliveries: bool) -> dict[str, Any]:
    from mailer.ledger.mailings import require_mailing
    from mailer.ledger.processes import dead_owners
    from mailer.runs.reports import mailing_document

    with _ledger(office).reading() as connection:
        dead = dead_owners(connection, office.workspace.machine / "run", now=office.clock())
        return mailing_document(connection, require_mailing(connection, name), deliveries=deliveries, dead=dead)


def _alarms(office: Office, name: str) -> list[str]:
    """Give, in sentences, where too many of a mailing came back for a reason that is about us, or are dead."""
    from mailer.ledger.mailings import require_mailing
    from mailer.runs.collect.alarms import read_alarms

    with _ledger(office).reading() as connection:
        return [str(each) for each in read_alarms(office, connection, require_mailing(connection, name).id)]


def _overdue(office: Office) -> dict[str, Any]:
    from mailer.runs.reports import overdue_document

    if office.ledger is None:
        return {"opt_outs": [], "mailboxes": []}
    with office.ledger.reading() as connection:
        return overdue_document(connection, office.settings, office.clock())


def _standing(office: Office, name: str) -> dict[str, Any]:
    from mailer.ledger.mailings import require_mailing
    from mailer.runs.reports import standing_document

    with _ledger(office).reading() as connection:
        mailing = require_mailing(connection, name)
        return standing_document(connection, office.settings, mailing, now=office.clock())


def _all_documents(office: Office) -> list[dict[str, Any]]:
    from mailer.ledger.mailings import read_mailings
    from mailer.runs.reports import mailing_document

    if office.ledger is None:
        return []
    with office.ledger.reading() as connection:
        return [mailing_document(connection, each) for each in read_mailings(connection)]


def _print_csv(office: Office, name: str) -> None:
    from mailer.contacts.exporting import render_csv
    from mailer.ledger.mailings import require_mailing
    from mailer.runs.reports import delivery_rows

    with _ledger(office).reading() as connection:
        for line in render_csv(delivery_rows(connection, require_mailing(connection, name))):
            sys.stdout.write(line)


def _print_unheard(office: Office, name: str, *, as_json: bool) -> None:
    from mailer.ledger.mailings import require_mailing
    from mailer.ledger.returned import read_unheard

    with _ledger(office).reading() as connection:
        found = read_unheard(connection, require_mailing(connection, name).id)
    if as_json:
        output.print_json({"mailing": name, "unheard": [address or None for address in found]})
        return
    for address in found:
        output.say(address or "(forgotten)")


def register(app: typer.Typer) -> None:
    """Add the commands to the root."""
    app.command("status", help=_STATUS_HELP)(status)
    app.command("report", help=_REPORT_HELP, short_help="Report what happened to each recipient.")(report)


# Standing: the pace of a mailing and who waits for what, for people.

_ASKED = {"rate": "it found us too fast", "connections": "it asked for fewer connections"}


def say_standing(document: dict[str, Any]) -> None:
    """Print the pace of a mailing and who waits for what; nothing where nobody waits or nothing bounds the speed."""
    pace, waiting = document.get("pace"), document.get("waiting")
    if not pace or not waiting:
        return
    lines = list(_pace(pace))
    for number, line in enumerate(lines):
        say_line("" if number else "Pace", line, to_stderr=False)
    parts = [f"{waiting['turn']} for their turn"] if waiting["turn"] else []
    parts += [f"{count} for {domain}" for domain, count in waiting["domains"].items()]
    if waiting["deferred"]:
        next_at = f", the next at {_clock(waiting['next_attempt_at'])}" if waiting["next_attempt_at"] else ""
        parts.append(f"{waiting['deferred']} to be tried again{next_at}")
    say_line("Waiting", " · ".join(parts), to_stderr=False)


def _pace(pace: dict[str, Any]) -> Iterator[str]:
    relay, day = pace["relay"], pace["day"]
    words = [relay["rate"] or "as fast as it takes them", _connections(relay["connections"])]
    if day:
        full = f", room again at {_clock(day['more_at'])}" if day["more_at"] else ""
        words.append(f"{day['used']:,} of {day['most']:,} in 24 hours{full}")
    yield f"relay {relay['key']}: {' · '.join(words)}{_lowered(relay)}"
    for domain in pace["domains"]:
        words = [domain["rate"] or ""]
        if domain["in_flight"]:
            words.append(f"{domain['in_flight']} at once")
        if domain["next_at"]:
            words.append(f"the next at {_clock(domain['next_at'])}")
        yield f"{domain['domain']}: {' · '.join(word for word in words if word)}{_lowered(domain)}"


def _lowered(each: dict[str, Any]) -> str:
    if not each["raise_at"]:
        return ""
    why = _ASKED.get(each["lowered_for"], "it asked for less")
    return f" ({why}; faster again from {_clock(each['raise_at'])} on)"


def _connections(count: int) -> str:
    return f"{count} connection" if count == 1 else f"{count} connections"


def _clock(moment: str) -> str:
    return f"{moment[:16].replace('T', ' ')} UTC"


# Heard: what `report` and `status` tell of those who were heard of after a mailing, and of who was not listened to.

_SHOWN = 8


def say_returns(document: Mapping[str, Any]) -> None:
    """Print what came back about a mailing, as `runs.reports.mailing_document` has it."""
    for number, (reason, count) in enumerate(document["bounce_reasons"].items()):
        say_line("" if number else "Came back", f"{count} {why(reason)}", to_stderr=False)
    away = document.get("absences", [])
    _say_some("Away", [f"{each['address'] or '(forgotten)'} until {each['until']}" for each in away])
    _say_some("Answered", [_answer(each) for each in document["answers"]])


def say_alarms(document: Mapping[str, Any]) -> None:
    """Print what is wrong with a mailing as such, and what waits for longer than 48 hours."""
    for alarm in document["alarms"]:
        output.say(f"  {alarm}", style="red")
    say_overdue(document["overdue"])


def say_overdue(document: Mapping[str, Any], *, to_stderr: bool = False) -> None:
    """Print the alarm, as `runs.reports.overdue_document` has it; nothing where there is none."""
    for message, hint in overdue_lines(document):
        output.say(f"  {message}", style="red", to_stderr=to_stderr)
        output.say(f"    {hint}", to_stderr=to_stderr)


def overdue_lines(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each thing that is overdue as a sentence, and what to do about it."""
    waiting = document["opt_outs"]
    if waiting:
        since = min(each["read_at"] for each in waiting)[:10]
        some = "An opt-out waits" if len(waiting) == 1 else f"{len(waiting)} opt-outs wait"
        settle = f"mailer bounces show {waiting[0]['id']} --as EMAIL"
        yield f"{some} for you to say whose it is, since {since}", f"mailer bounces list --unmatched   then: {settle}"
    for each in document["mailboxes"]:
        yield (
            f"The mailbox {each['name']} cannot be read since {each['failed_since'][:10]}: {each['failure']}",
            "Opt-outs may lie in it that nobody honours. Mend it, then: mailer bounces collect",
        )


def _answer(each: Mapping[str, Any]) -> str:
    who = each["from"] or each["address"] or "(forgotten)"
    return f"{who}: {each['subject'] or '(no subject)'}"


def _say_some(label: str, lines: Sequence[str]) -> None:
    for number, line in enumerate(lines[:_SHOWN]):
        say_line("" if number else label, line, to_stderr=False)
    if len(lines) > _SHOWN:
        say_line("", f"… and {len(lines) - _SHOWN} more: mailer report --json", to_stderr=False)
