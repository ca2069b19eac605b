"""Bounces: `mailer bounces classify`, `list` and `show`, what came back.

Owns how findings are grouped and shown. `classify` asks no ledger and records nothing; `collect` is in `collecting`.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.completing import complete_address, complete_mailing
from mailer.cli.office import reading_office, writing_office
from mailer.cli.options import AsJson
from mailer.cli.reason_words import LATER, to_do, why
from mailer.cli.summary import say_line
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.ledger.returned import Message, Returned
    from mailer.runs.collect import Collected
    from mailer.runs.office import Office

app = typer.Typer(no_args_is_help=True)


@app.callback()
def bounces() -> None:
    """Read what came back: bounces, complaints, auto-replies, opt-outs."""


@app.command()
def classify(
    path: Annotated[str, typer.Argument(metavar="FILE|DIR", help="A Maildir, an mbox, a folder of .eml files, or -.")],
    as_lines: Annotated[bool, typer.Option("--jsonl", help="Print one line of JSON for each message.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Classify messages without recording anything.

    Bounces (with recipient, reason and permanence), complaints, auto-replies and opt-outs.

    Nothing is remembered and nothing is changed: to take bounces in, use   mailer bounces collect
    """
    if as_json:
        output.print_json({"messages": list(_documents(path))})
    elif as_lines:
        for document in _documents(path):
            sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    else:
        _show(path)


def _documents(path: str) -> Iterator[dict[str, Any]]:
    from mailer.bounces import Report, report_document
    from mailer.bounces.values import Kind
    from mailer.errors import Problem
    from mailer.inbox import read_messages, read_stream
    from mailer.runs.untrusted.mails import read_documents

    entries = read_stream(sys.stdin.buffer) if path == "-" else read_messages(Path(path))
    for source, found in read_documents(entries):
        if isinstance(found, Problem):
            unread = report_document(Report(kind=Kind.NONE, rule="not read"), source)
            yield {**unread, "problem": found.message}
        else:
            yield {**found, "file": source}


def _show(path: str) -> None:
    counts: dict[str, int] = {}
    for each in _documents(path):
        kind = "not read" if "problem" in each else each["kind"]
        counts[kind] = counts.get(kind, 0) + 1
        text = _printable(each.get("problem") or each["subject"])
        output.say(f"{kind:10} {Path(each['file']).name}   {text}", style="red" if "problem" in each else "bold")
        for recipient in each["recipients"]:
            words = (recipient["address"], recipient["action"], recipient["status"], recipient["reason"])
            lasting = "for good" if recipient["permanent"] else ""
            output.say(f"           {_printable('  '.join(word for word in (*words, lasting) if word))}")
            if diagnostic := recipient["diagnostic"]:
                output.say(f"           {_printable(f'  “{diagnostic}”')}")
    total = sum(counts.values())
    parts = " · ".join(f"{number} {kind}" for kind, number in sorted(counts.items(), key=lambda item: -item[1]))
    output.say(f"\n{total} message{'' if total == 1 else 's'}" + (f"   {parts}" if parts else ""))


def _printable(text: str) -> str:
    from mailer.address import printable

    return printable(text, limit=110)


# Settling: `mailer bounces show ID --as EMAIL`, what could be tied to nobody is tied by hand, or set aside.


def _settle(number: int, email: str, reason: str, *, ignore: bool, undo: bool, as_json: bool) -> int:
    from mailer.runs.collect.settling import settle_as, settle_aside, undo_settling

    if sum((bool(email), ignore, undo)) != 1:
        raise InputProblem("say one of --as EMAIL, --ignore and --undo", hint=f"mailer bounces show {number}")
    with writing_office() as (office, ledger):
        if email:
            told = settle_as(office, ledger, number, email, reason=reason)
            return _say_settled(number, email, told, as_json=as_json)
        if ignore:
            settle_aside(office, ledger, number, reason=reason)
            lifted: list[str] = []
        else:
            lifted = undo_settling(office, ledger, number)
    if as_json:
        output.print_json({"id": number, "settled": "ignored" if ignore else None, "lifted": lifted})
        return 0
    output.say(f"Finding {number} is set aside." if ignore else f"Finding {number} waits again.")
    for address in lifted:
        output.say(f"{address or '(forgotten)'} can be written to again.")
    return 0


def _say_settled(number: int, email: str, told: Collected, *, as_json: bool) -> int:
    if as_json:
        output.print_json(
            {
                "id": number,
                "settled": "hand",
                "email": email,
                "people": dict(told.people),
                "suppressed": [{"email": address, "reason": why} for address, why in told.suppressed],
            }
        )
        return 0
    output.say(f"Finding {number} is about {email}.")
    for address, cause in told.suppressed:
        output.say(f"{address or '(forgotten)'} is suppressed from now on ({cause}).")
    output.say(f"Undo: mailer bounces show {number} --undo")
    return 0


# Returned: `mailer bounces list|show`, what came back, by reason, domain and mailing, and each message whole.

_LIST_HELP = """List returned mail, grouped by reason.

\b
Examples:
  mailer bounces list                          all of it, by reason, domain and mailing
  mailer bounces list harbour-seals --people   everybody of one mailing, with their server's words
  mailer bounces list --reason mailboxfull     everybody with one reason
  mailer bounces list --unmatched              what could not be tied to anybody
"""
_SHOW_HELP = """Show one returned message and how it was read; or say by hand whom it is about.

The number is in   mailer bounces list --people   and   mailer bounces list --unmatched

What matched nobody is assigned to a recipient with --as: a dead address is suppressed then, an opt-out honoured.

\b
Examples:
  mailer bounces show 17
  mailer bounces show 17 --raw > returned.eml
  mailer bounces show 12 --as ada@daily.example.com --reason "her old address passes mail on"
  mailer bounces show 13 --ignore
  mailer bounces show 12 --undo
"""
_UNMATCHED = {
    "bad-token": "carries a token that is not ours: forged or damaged",
    "no-token": "an opt-out without our token: read it, and use mailer optouts add",
    "names-another": "somebody wants another person taken off: ask, and use mailer bounces show ID --as EMAIL",
    "of-a-test": "about a test or preview",
    "not-sent-to": "about somebody we did not write to",
    "no-trace": "says nothing by which it could be matched",
    "before-sent": "written before our mail went out",
    "other-mail": "about another mail than ours, to somebody whom we wrote to",
    "too-late": "written months after our mail went out",
    "unknown-event": "told by the relay, and nobody here knows what it means: look at it with mailer bounces show",
}
_KINDS = {
    "delayed": "Delayed: their server was still trying",
    "delivered": "Delivered, as their server says",
    "autoreply": "Answered automatically",
    "challenge": "A machine wants proof that a person wrote",
    "moved": "Not there any more, as a reply says",
    "optout": "Opted out",
    "reply": "Answered by people",
}
_ASIDE = {
    "moved": "mailer lists proposals   shows what the replies propose",
    "reply": "They lie in your mailbox, to be answered.",
}
_EXAMPLES = 3
_SHOWN_DOMAINS = 8
_SHOWN_LINES = 60
_WIDTH = 84


def list_bounces(
    mailing: Annotated[
        str, typer.Argument(metavar="MAILING", help="Of one mailing alone.", autocompletion=complete_mailing)
    ] = "",
    unmatched: Annotated[bool, typer.Option("--unmatched", help="Only messages that match no recipient.")] = False,
    people: Annotated[bool, typer.Option("--people", help="List every recipient, one a line.")] = False,
    reason: Annotated[str, typer.Option(metavar="WORD", help="Only this reason: userunknown, mailboxfull …")] = "",
    domain: Annotated[str, typer.Option(metavar="DOMAIN", help="Only recipients at this domain.")] = "",
    as_json: AsJson = False,
) -> int:
    """List what came back."""
    with reading_office() as office:
        found = _read(office, mailing, reason=reason, domain=domain, unmatched=unmatched)
    if as_json:
        name = "unmatched" if unmatched else "bounces"
        output.print_json({name: [_document(each) for each in found], **_counts(found)})
    elif not found:
        output.say("Nothing." if unmatched or mailing or reason or domain else _NOTHING)
    elif unmatched:
        _say_unmatched(found)
    elif people or reason or domain:
        _say_people(found)
    else:
        _say_groups(found)
    return 0


_NOTHING = "Nothing came back yet. To look: mailer bounces collect"


def show(
    number: Annotated[int, typer.Argument(metavar="ID", help="The number in the list.")],
    raw: Annotated[bool, typer.Option("--raw", help="Print only the original message.")] = False,
    email: Annotated[
        str, typer.Option("--as", metavar="EMAIL", help="It is about this recipient.", autocompletion=complete_address)
    ] = "",
    ignore: Annotated[bool, typer.Option("--ignore", help="It concerns no recipient.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was said by hand.")] = False,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="How you know, kept with it.")] = "",
    as_json: AsJson = False,
) -> int:
    """Show one message that came back, or settle whom it is about."""
    from mailer.ledger.returned import find_message

    if email or ignore or undo or reason:
        return _settle(number, email, reason, ignore=ignore, undo=undo, as_json=as_json)

    with reading_office() as office:
        found = None
        if office.ledger is not None:
            with office.ledger.reading() as connection:
                found = find_message(connection, number)
    if found is None:
        raise InputProblem(f"nothing that came back has the number {number}", hint="mailer bounces list --people")
    if raw:
        if not found.data:
            raise InputProblem("the message itself is not kept", hint=f"It lay here: {found.source}")
        sys.stdout.buffer.write(found.data)
    elif as_json:
        output.print_json(_message_document(number, found))
    else:
        _say_message(number, found)
    return 0


def _read(office: Office, mailing: str, *, reason: str, domain: str, unmatched: bool) -> list[Returned]:
    from mailer.ledger.mailings import require_mailing
    from mailer.ledger.returned import Wanted, read_returned

    if office.ledger is None:
        if mailing:
            raise InputProblem("nothing was sent from here yet", hint="mailer send RELEASE --to LIST --dry-run")
        return []
    with office.ledger.reading() as connection:
        mailing_id = require_mailing(connection, mailing).id if mailing else None
        wanted = Wanted(mailing_id=mailing_id, reason=reason, domain=domain.lower(), unmatched=unmatched)
        return list(read_returned(connection, wanted))


def _document(each: Returned) -> dict[str, Any]:
    return {
        "id": each.id,
        "kind": each.kind,
        "email": each.address or None,
        "mailing": each.mailing or None,
        "status": each.status or None,
        "reason": each.reason or None,
        "permanent": each.permanent,
        "matched_by": each.matched_by or None,
        "unmatched": each.unmatched or None,
        "diagnostic": each.diagnostic or None,
        "source": each.source,
        "read_at": each.read_at.isoformat(timespec="seconds"),
        "suppressed": each.is_suppressed,
    }


def _counts(found: Sequence[Returned]) -> dict[str, dict[str, int]]:
    """Count persons (not messages) by reason, domain and mailing."""
    people = {(each.address, each.mailing, each.kind): each for each in reversed(found)}.values()
    return {
        "reasons": dict(Counter(each.reason for each in people if each.reason).most_common()),
        "domains": dict(Counter(each.domain for each in people if each.reason and each.domain).most_common()),
        "mailings": dict(Counter(each.mailing for each in people if each.mailing).most_common()),
    }


def _is_bounce(each: Returned) -> bool:
    return each.kind.startswith("bounce")


def _heading(each: Returned) -> tuple[str, str]:
    """Return under which heading something stands, and what one can do about it."""
    if _is_bounce(each):
        words = why(each.reason)
        # the same words may be too uncertain to end an address at once
        advice = to_do(each.reason, suppressed=each.is_suppressed)
        return f"{words[0].upper()}{words[1:]}", LATER if each.kind == "bounce-soft" else advice
    if each.kind.startswith("feedback-"):
        kind = each.kind.removeprefix("feedback-")
        return ("Complained" if kind in {"abuse", "opt-out"} else f"Reported: {kind}"), ""
    return _KINDS.get(each.kind, each.kind), _ASIDE.get(each.kind, "")


def _say_groups(found: Sequence[Returned]) -> None:
    groups: dict[tuple[str, str], dict[str, Returned]] = {}
    for each in found:
        groups.setdefault(_heading(each), {}).setdefault(each.address or f"({each.id})", each)
    first = min(each.read_at for each in found)
    output.say(f"  {_count(len({each.inbound_id for each in found}), 'message')} came back since {first:%d %B %Y}")
    order = sorted(groups.items(), key=lambda group: (not _is_bounce(next(iter(group[1].values()))), -len(group[1])))
    width = max(len(heading) for (heading, _), _ in order)
    for (heading, advice), people in order:
        output.say()
        output.say(f"  {heading:{width}}  {len(people):>5}", style="bold")
        names = [each.address or "(forgotten)" for each in people.values()]
        more = f" … and {len(names) - _EXAMPLES} more" if len(names) > _EXAMPLES else ""
        output.say(f"    {', '.join(names[:_EXAMPLES])}{more}")
        for line in textwrap.wrap(advice, _WIDTH):
            output.say(f"    {line}", style="dim")
    output.say()
    counts = _counts(found)
    for label, name in (("By domain", "domains"), ("By mailing", "mailings")):
        if counts[name]:
            say_line(label, _listed(counts[name]), to_stderr=False)
    say_line("More", "mailer bounces list --people   everybody, with their server's words", to_stderr=False)


def _listed(counts: dict[str, int]) -> str:
    shown = [f"{_short(name)} {count}" for name, count in list(counts.items())[:_SHOWN_DOMAINS]]
    rest = len(counts) - len(shown)
    return " · ".join([*shown, *([f"and {rest} more"] if rest else [])])


def _say_people(found: Iterable[Returned]) -> None:
    for each in found:
        heading, _ = _heading(each)
        who = each.address or "(forgotten)"
        parts = (who, _short(each.mailing), f"{each.read_at:%d %b %H:%M}", heading)
        output.say(f"  {each.id:>5}  {' · '.join(part for part in parts if part)}")
        if each.diagnostic:
            output.say(f"         {_one_line(each.diagnostic)}", style="dim")


def _say_unmatched(found: Iterable[Returned]) -> None:
    for each in found:
        reason = _UNMATCHED.get(each.unmatched, each.unmatched)
        output.say(f"  {each.id:>5}  {each.kind} · {each.address or 'nobody named'} · {reason}")
        if each.diagnostic:
            output.say(f"         {_one_line(each.diagnostic)}", style="dim")
        output.say(f"         {each.source}", style="dim")
    output.say()
    say_line("More", "mailer bounces show ID   one of them, whole", to_stderr=False)
    say_line("", "mailer bounces show ID --as EMAIL   or   --ignore", to_stderr=False)


def _short(mailing: str) -> str:
    """Return a mailing's name as people type it: the release itself needs no kind."""
    return mailing.removesuffix("/release-1")


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]


def _message_document(number: int, found: Message) -> dict[str, Any]:
    return {
        "id": number,
        "kind": found.kind,
        "rule": found.rule,
        "source": found.source,
        "read_at": found.read_at.isoformat(timespec="seconds"),
        "from": found.sender or None,
        "subject": found.subject or None,
        "findings": [_document(each) for each in found.findings],
        "raw": found.data.decode("utf-8", "replace") if found.data else None,
    }


def _say_message(number: int, found: Message) -> None:
    output.say(f"  {number} · {found.kind} · read by the rule “{found.rule}”", style="bold")
    say_line("Lay in", found.source, to_stderr=False)
    say_line("Read", f"{found.read_at:%Y-%m-%d %H:%M} UTC", to_stderr=False)
    for each in found.findings:
        heading, advice = _heading(each)
        about = f"{each.address or 'nobody named'}{f' in {_short(each.mailing)}' if each.mailing else ''}"
        say_line("About", about, to_stderr=False)
        say_line("Means", f"{heading}{f' ({each.status})' if each.status else ''}", to_stderr=False)
        sign = f"matched by our {each.matched_by}" if each.matched_by != "recipient" else "matched by the address alone"
        if each.unmatched:
            sign = f"changed nothing: {_UNMATCHED.get(each.unmatched, each.unmatched)}"
        say_line("", sign, to_stderr=False)
        if each.diagnostic:
            say_line("They said", _one_line(each.diagnostic), to_stderr=False)
        for number_of_line, line in enumerate(textwrap.wrap(advice, _WIDTH)):
            say_line("" if number_of_line else "To do", line, to_stderr=False)
    _say_raw(number, found)


def _say_raw(number: int, found: Message) -> None:
    output.say()
    if not found.data:
        output.say(
            "  The message itself is not kept here (it was for people to read, or its time is over).", style="dim"
        )
        return
    lines = re.split(r"\r\n|\r|\n", found.data.decode("utf-8", "replace"))
    for line in lines[:_SHOWN_LINES]:
        output.say(f"      {line}")
    if len(lines) > _SHOWN_LINES:
        output.say(f"  … {len(lines) - _SHOWN_LINES} more lines: mailer bounces show {number} --raw", style="dim")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


app.command("list", help=_LIST_HELP)(list_bounces)
app.command("show", help=_SHOW_HELP)(show)
