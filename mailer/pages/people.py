"""People: the data held about a person, why they are in a mailing or not, what was erased, and what is overdue.

Each item appears once, with its date and its source, so that a person's questions can be answered from one page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from mailer.ledger.person import HeldRows, Kept, SentTo
from mailer.ledger.returns import Proposal, Reply
from mailer.pages import page
from mailer.pages.answers import reply_words
from mailer.pages.documents import json_of, rows, shape
from mailer.pages.layout import Page, Part, Tone, Verbatim, fact, gap, heading, line, lines, problems, table
from mailer.pages.words import MOST_SHOWN, count, dotted, short
from mailer.runs.people import Forgotten, Found, PersonExport
from mailer.runs.people.why import Reason, Why
from mailer.runs.planning.making import OUR_FIELDS
from mailer.runs.purge import Overdue, Purged

_SHOWN = 5
_STILL_READ = "Another program is reading the ledger, so its log could not be emptied: run this again."

# Why.


def _known(field: str, names: str) -> Callable[[Any], list[dict[str, Any]]]:
    """Return a function for one kind of record that the ledger has about a person."""

    def merged(sent: SentTo) -> dict[str, str]:  # without our own fields, which are added to each mail
        return {name: value for name, value in sent.fields.items() if value and name not in OUR_FIELDS}

    def noted(reply: Reply) -> str | None:
        return "\n".join(f"{each.at:%Y-%m-%d} {each.actor}: {each.text}" for each in reply.notes) or None

    return rows(f"person.{field}", names, fields=merged, until=lambda absence: absence.back_on, notes=noted)


_LEDGER = {
    "mailings": _known(
        "deliveries",
        "mailing headline state reason? planned_at attempted_at finished_at code enhanced? text? message_id relay?"
        " attempts list:list_name row address? fields",
    ),
    "events": _known("events", "at kind mailing by:actor code reason? text?"),
    "came_back": _known(
        "findings", "kind mailing status? reason? read_at from:source text:diagnostic? sender? subject?"
    ),
    "replies": _known(
        "replies", "written_at mailing from:sender? subject? needs_answer assigned? done_at done_by? notes"
    ),
    "absences": _known("absences", "until said_at"),
    "proposals": _known("proposals", "kind address new_address? words? since:created_at state decided_at decided_by?"),
    "embargoes": _known("embargoes", "release:slug? verdict evidence confirmed note? at"),
    "suppressions": _known(
        "suppressions",
        "reason scope source note? since:created_at by:actor lifted_at lifted_by? lifted_reason? lifted_evidence?",
    ),
}
shape(Reason, "code message list:list_name? row line")
shape(
    Why,
    "email:address name? mailing? in:is_in reasons stops lists suppressions deliveries events came_back replies"
    " absences proposals soft_bounces:soft_row? editions:has problems:list_problems",
    lists=rows("rows", "list:name row line own:is_own"),
    deliveries=_LEDGER["mailings"],
    **_LEDGER,
)


@page.register
def _(answer: Why) -> Page:
    person, deliveries = answer.person, answer.person.deliveries
    is_past = bool(answer.reasons) and answer.reasons[0].code == "not_planned"
    places = []
    for row in answer.rows:
        other = "" if row.is_own else f", another contact's row, in {', '.join(row.cells)}"
        places.append(f"{row.name} line {row.line}{other}")
    blocks = (each.message for each in answer.reasons if each.code == "suppressed")
    lifted = (
        f"{each.reason.replace('_', ' ')}, lifted {each.lifted_at:%Y-%m-%d}"
        for each in person.suppressions
        if each.lifted_at
    )
    sent = []
    for each in reversed(deliveries[-_SHOWN:]):
        at, state = each.finished_at or each.attempted_at or each.planned_at, each.state.replace("_", " ")
        sent.append(dotted(f"{at:%Y-%m-%d}", short(each.mailing), state, each.reason, each.text))
    earlier = f"and {len(deliveries) - _SHOWN} earlier mailings   mailer contacts export {answer.address}"
    has = [each for each in answer.has if each.newest > 1][-_SHOWN:]
    findings = person.findings[-_SHOWN:]
    back = (dotted(f"{each.read_at:%Y-%m-%d}", each.kind, each.reason, each.diagnostic) for each in findings)
    away = (
        f"{f'until {each.until:%Y-%m-%d}' if each.back_on else 'no date'}, by their mail of {each.said_at:%Y-%m-%d}"
        for each in person.absences[-_SHOWN:]
    )
    may_ask = answer.delivery is None and answer.is_in is False and not answer.stops and is_past
    ask = f"Would they get it now?   mailer why {answer.address} --for RELEASE --to LIST"
    return Page(
        heading("   ".join(filter(None, (str(answer.address), answer.name)))),
        gap(),
        _verdict(answer, is_past=is_past),
        fact("Lists", places or "on no list in lists/"),
        fact("Suppressed", (each.removeprefix("suppressed").lstrip(": ") for each in blocks)),
        fact("Lifted", lifted),
        fact("Sent", sent or "nothing yet"),
        fact("", len(deliveries) > _SHOWN and earlier),
        fact("Has", (f"edition {each.edition} of {each.newest} of {each.release}" for each in has)),
        fact("Came back", back),
        fact("Replied", map(reply_words, person.replies[:_SHOWN])),
        fact("Away", away),
        fact("Proposed", map(_proposal_words, person.proposals[-_SHOWN:])),
        fact("Bounces", answer.soft_row),
        problems((*answer.stops, *answer.list_problems)),
        (gap(), line(ask, depth=1)) if may_ask else None,
    )


def _verdict(answer: Why, *, is_past: bool) -> Iterator[Part | None]:
    if answer.is_in is None:
        return
    tone: Tone = Tone.GOOD if answer.is_in else Tone.CAREFUL
    if answer.stops:
        word, tone = "It cannot be sent as it is", Tone.BAD
    elif answer.delivery is not None or is_past:
        word = "In" if answer.is_in else "Out"
    else:
        word = "Would get it" if answer.is_in else "Would not get it"
    reasons = []
    for reason in answer.reasons:
        if reason.code != "suppressed":
            is_named = not reason.line or reason.list_name in reason.message
            reasons.append(f"{'' if is_named else f'{reason.list_name} line {reason.line}: '}{reason.message}")
    yield line(f"{word}: {answer.mailing}", tone, depth=1)
    yield fact("", reasons)
    yield gap()


def _proposal_words(each: Proposal) -> str:
    what = {
        "left": "has left: remove them from the lists",
        "moved": f"has a new address: {each.new_address}",
        "stand_in": f"has left; new contact: {each.new_address}",
        "follow": f"may now be {each.new_address}",
    }.get(each.kind, each.kind)
    decide = f"mailer lists proposals {each.id} --accept" if each.state == "open" else ""
    return dotted(f"{each.created_at:%Y-%m-%d}", what, each.state, decide)


# Erasing.

shape(
    HeldRows,
    "deliveries:len(deliveries) rows_of_colleagues:len(colleagues) rows_of_colleagues_still_open:len(colleagues_open)"
    " server_texts:len(words) findings:len(findings) raw_mails:len(raw) letters:len(letters) notes:len(notes)"
    " absences:len(absences) proposals:len(proposals) answers_about_embargoes:len(embargoes)"
    " places_in_waves:len(waves) suppressions:len(suppressions) plans:len(plan_people)",
)
shape(
    Found,
    "dry_run email:address lists mailings planned_in:held.open_in ledger:held suppressed copies other_files:files"
    " named_in_text_of:held.texts_of problems",
    dry_run=lambda _: True,
    lists=rows("rows", "list:name line row is_own"),
    mailings=lambda found: [each.mailing for each in found.person.deliveries],
    suppressed=lambda found: [each.reason for each in found.person.active],
)
shape(
    Forgotten,
    "dry_run complete:is_complete blocked_as:block lists cancelled_in:held.open_in ledger:held copies still_in"
    " named_in_text_of:left_in_ledger.texts_of left_in_ledger problems",
    dry_run=lambda _: False,
    lists=rows("rows", "list:name line is_own"),
    still_in=lambda done: [*done.still_in, *done.pages_left],
)


def _counted(counts: Mapping[tuple[str, str], int]) -> str:
    return ", ".join(count(number, *nouns) for nouns, number in counts.items() if number)


@page.register
def _(found: Found) -> Page:
    held, suppressions = found.held, found.person.active
    own = {True: "the row", False: "the address in another contact's row"}
    places = [f"{row.name} line {row.line}: {own[row.is_own]}" for row in found.rows]
    blocks = [f"{each.reason.replace('_', ' ')}, {each.created_at:%Y-%m-%d}: stays" for each in suppressions]
    logs = {
        ("server answer", ""): len(held.words),
        ("report of what came back", "reports of what came back"): len(held.findings),
        ("kept mail", ""): len(held.raw),
        ("sender and subject of a reply", "senders and subjects of replies"): len(held.letters),
        ("note on their replies", "notes on their replies"): len(held.notes),
        ("absence", ""): len(held.absences),
        ("proposal for the lists", "proposals for the lists"): len(held.proposals),
        ("place in a plan", "places in plans"): len(held.plan_people),
        ("answer about an embargo", "answers about embargoes"): len(held.embargoes),
        ("place in a future wave", "places in future waves"): len(held.waves),
        ("row of another contact that names them", "rows of others that name them"): len(held.colleagues),
    }
    deliveries = (f"{each.mailing}: {each.state.replace('_', ' ')}" for each in found.person.deliveries)
    return Page(
        heading(str(found.address)),
        fact("Lists", places or ["in none"], most=MOST_SHOWN),
        fact("Mailings", deliveries, most=MOST_SHOWN),
        fact("Still to come", (f"{name}: will be cancelled" for name in held.open_in), most=MOST_SHOWN),
        fact("Logs", _counted(logs)),
        fact("Copies", found.copies, most=MOST_SHOWN),
        fact("Suppressed", blocks or "not yet; will be"),
        fact("Unchanged", (f"{path} has the address" for path in found.files), most=MOST_SHOWN),
        fact("", (f"the text of {name}, as it was sent, names them" for name in held.texts_of), most=MOST_SHOWN),
        problems(found.problems),
        line(found.is_nothing and "There is nothing else to erase.", depth=1),
    )


@page.register
def _(done: Forgotten) -> Page:
    own, left = sum(row.is_own for row in done.rows), done.left_in_ledger
    counted = {
        ("row of a list", "rows of lists"): own,
        ("mention in another row", "mentions in other rows"): len(done.rows) - own,
        ("delivery without a name now", "deliveries without a name now"): len(done.held.deliveries),
        ("copy", "copies"): len(done.copies),
    }
    again = "Another recipient's merge fields still name them. Once that mailing is over, run this again."
    yours = (f"{path} still has the address; edit it yourself." for path in done.still_in)
    pages = (f"{path} still has it and may be a copy. Run this again, or remove the copy." for path in done.pages_left)
    texts = (f"The text of {name} names them. It stays, as it was sent." for name in left.texts_of)
    searched = "Every file in this folder was searched: none has the address."
    return Page(
        line(f"Erased: {_counted(counted) or 'nothing was held'}.", depth=1),
        line(f"Suppressed as {done.block.replace('_', ' ')}, even if the old spreadsheet comes back.", depth=1),
        problems(done.problems),
        lines(yours, Tone.CAREFUL, depth=1),
        lines(texts, Tone.CAREFUL, depth=1),
        line(bool(left.colleagues_open) and again, Tone.CAREFUL, depth=1),
        lines(pages, Tone.BAD, depth=1),
        line(not done.is_compact and _STILL_READ, Tone.BAD, depth=1),
        line(done.is_complete and not done.still_in and searched, depth=1),
    )


# All data about a person, for an access request.

_NOTES = "It includes the office's own notes about the person. Read it before you hand it out."
shape(
    PersonExport,
    "email made_at made_by notice_sent_at lists mailings events came_back replies absences proposals embargoes"
    " suppressions kept_mail other_files copies problems warning written",
    lists=rows("rows", "list:name line row is_own cells consent"),
    **_LEDGER,
    kept_mail=rows(
        "mails", "from:source kind read_at source", source=lambda mail: mail.data.decode("utf-8", "replace") or None
    ),
    warning=lambda _: _NOTES,
)


def person_document(export: PersonExport) -> dict[str, Any]:
    """Return the data held about a person as JSON, in the form in which the person gets it."""
    held: dict[str, Any] = json_of(export)
    return {name: value for name, value in held.items() if name not in {"problems", "warning", "written"}}


@page.register
def _(export: PersonExport) -> Page:
    held = person_document(export)
    is_empty = not any(isinstance(value, list) and value for value in held.values())
    nothing = f"No data is held about {export.email}."
    return Page(
        None if export.written else Verbatim(_render_text(held)),
        lines(f"Written: {path}" for path in export.written),
        problems(export.problems),
        line(nothing, aside=True) if is_empty else line(_NOTES, Tone.CAREFUL, aside=True),
    )


_TITLES: Final = {
    "lists": "In our lists",
    "mailings": "What was sent",
    "events": "What happened",
    "came_back": "What came back",
    "replies": "Their replies, and our notes about them",
    "absences": "Absences",
    "proposals": "Proposals for our lists",
    "embargoes": "Answers about embargoes",
    "suppressions": "Suppressions",
    "kept_mail": "Returned mail, as it is stored",
    "other_files": "Other files with the address",
    "copies": "Copies that the program keeps for a while",
}


def _render_text(document: Mapping[str, Any]) -> str:
    lines = [f"Data held about {document['email']}", f"{document['made_at']}, by {document['made_by']}"]
    notice = document["notice_sent_at"] or "not yet"
    lines += [f"Privacy notice sent: {notice}", ""]
    for title, entries in _sections(document):
        lines += [title, "-" * len(title)]
        for entry in entries or [[("", "nothing")]]:
            lines += [f"  {name + ':' if name else '':16}{value}" for name, value in entry] + [""]
    return "\n".join(lines)


def render_page(document: Mapping[str, Any]) -> str:
    """Return the document as an HTML page."""
    from mailer.pages.html import render  # noqa: PLC0415 - only loaded to write a file

    title = f"Data held about {document['email']}"
    parts: list[Part | None] = [heading(title), line(document["made_at"])]
    parts.append(line(f"Privacy notice sent: {document['notice_sent_at'] or 'not yet'}"))
    for about, entries in _sections(document):
        parts.append(line(about, Tone.STRONG))
        for entry in entries or [[("", "Nothing.")]]:
            parts += [*(fact(name, value) for name, value in entry), gap()]
    return render(title, Page(parts), (), Page())


def _sections(document: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[Sequence[tuple[str, str]]]]]:
    for key, title in _TITLES.items():
        yield title, [list(_pairs(entry)) for entry in document[key]]


def _pairs(entry: Mapping[str, Any] | str) -> Iterator[tuple[str, str]]:
    """Yield the fields of an entry as name and text, without empty ones."""
    if isinstance(entry, str):
        yield "", entry
        return
    for name, value in entry.items():
        if isinstance(value, Mapping):
            yield from ((inner, str(text)) for inner, text in value.items() if name != "consent")
        elif value is not None and name not in {"row", "is_own"}:
            yield name.replace("_", " "), str(value)


# Data that is deleted since it is past its retention date, and contacts that are only listed, on one page.

_OVERDUE_SHOWN = 8


def _deleted(found: Purged) -> tuple[tuple[str, str, Kept], ...]:
    return (
        ("raw_mails", "returned mails, as they were stored", found.ledger.raw),
        ("letters", "senders and subjects of replies", found.ledger.letters),
        ("absences", "absences that are over", found.ledger.absences),
        ("proposals", "proposals for the lists", found.ledger.proposals),
        ("notes", "notes on replies", found.ledger.notes),
        ("names", "recipients of deliveries (figures stay)", found.ledger.names),
        ("answers", "answers of servers", found.ledger.answers),
        ("reports", "words of reports", found.ledger.reports),
        ("plans", "recipients of plans (the plans stay)", found.ledger.plans),
        ("plan_details", "the details of requests in plans", found.ledger.details),
        ("embargo_answers", "names behind answers to an embargo (the answers stay)", found.ledger.embargoes),
        ("waves", "recipients of waves", found.ledger.waves),
        ("undo_copies", "copies for undo", found.oldest(found.undo)),
        ("previews", "previews and test mails", found.oldest(found.previews)),
    )


shape(Overdue, "list:list_name line email day")
shape(
    Purged,
    "done goes unverified past_retention problems:contacts.problems",
    goes=lambda found: {name: kept for name, _, kept in _deleted(found)},
    unverified=lambda found: {"count": found.contacts.unverified_count, "first": found.contacts.unverified},
    past_retention=lambda found: {"count": found.contacts.past_retention_count, "first": found.contacts.past_retention},
)


@page.register
def _(found: Purged) -> Page:
    word, listed = "deleted" if found.done else "to delete", found.contacts
    goes = [
        (word, str(kept.count), f"{noun}{f', the oldest of {kept.oldest:%Y-%m-%d}' if kept.oldest else ''}")
        for _, noun, kept in _deleted(found)
        if kept.count
    ]
    unverified = f"{listed.unverified_count} contacts not verified for a long time"
    over = f"{listed.past_retention_count} contacts past their own retention date: they get no mail"
    return Page(
        line(found.is_nothing and "Nothing is past its retention date.", depth=1),
        table(goes, right=(1,)),
        _listed(unverified, listed.unverified) if listed.unverified_count else None,
        _listed(over, listed.past_retention) if listed.past_retention_count else None,
        problems(listed.problems),
        line(not found.is_compact and _STILL_READ, Tone.BAD, depth=1),
    )


def in_a_line(found: Purged) -> str:
    """Return what was deleted, in one line for the log of a worker; empty if nothing was."""
    gone = [f"{noun}: {kept.count}" for _, noun, kept in _deleted(found) if kept.count]
    if not gone:
        return ""
    return f"{dotted('purged', *gone)}{'' if found.is_compact else f'. {_STILL_READ}'}"


def _listed(what: str, first: Sequence[Overdue]) -> Iterator[Part | None]:
    days = [f" ({each.day:%Y-%m-%d})" if each.day else "" for each in first]
    shown = [f"  {each.list_name} line {each.line}: {each.email}{day}" for each, day in zip(first, days, strict=True)]
    yield fact("kept", [what, *shown[:_OVERDUE_SHOWN]], Tone.CAREFUL)
