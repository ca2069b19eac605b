"""Lists: the contents of the media lists, and the changes to them, planned or done.

A plan and its result have one page each, in the same order: what is new, what differs, what is left out. Each row left
out has its reason, and each problem its remedy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from dataclasses import asdict
from itertools import islice
from pathlib import PurePath
from shlex import quote
from textwrap import shorten
from typing import Any

from mailer.address import printable
from mailer.contacts.merging import Change, Changed, Row
from mailer.contacts.reading import WishText
from mailer.contacts.values import Contact
from mailer.errors import Severity
from mailer.ledger.returns import Proposal
from mailer.ledger.suppressions import NewSuppression
from mailer.pages import page, sentence
from mailer.pages.answers import reply_words
from mailer.pages.documents import json_of, pairs, rows, shape
from mailer.pages.layout import Page, Part, Tone, fact, gap, heading, line, lines, more, problems, table, undo
from mailer.pages.listing import LEFT_OUT, NONE_YET, differences, layout_words
from mailer.pages.words import MOST_SHOWN, PEOPLE, SUPPRESSED, count, dotted, people, short
from mailer.runs.lists import Words
from mailer.runs.lists.changes import History, Plan, Step, StepFile, UndoPlan
from mailer.runs.lists.editing import CHANGED, REMOVED, Decided, EditPlan, Proposals, RowChange
from mailer.runs.lists.follow import FOLLOWED, Followed, Move, Moves
from mailer.runs.lists.import_list import ImportPlan
from mailer.runs.lists.looking import FOUND, Counted, Hit, Place, Search, Statistics
from mailer.runs.lists.tidy_lists import Doubles, Export, MergePlan, Proposed, SplitPlan
from mailer.runs.suppressions import SuppressionSummary

_UNCHANGED = "Nothing was changed."
_BACK = undo("mailer lists undo --yes")

# Finding and counting.

_MOST_VALUES = 6
_CAME_BACK = ("bounced_hard", "bounced_soft", "complained", "opted_out", "auto_replied")


shape(Search, "text found:len(hits) people problems", people=lambda search: search.hits[:FOUND])
shape(Place, "list:list_name row line left_out? cells", cells=lambda place: dict(place.cells))
shape(
    Hit,
    "email name outlet places suppressed *history",
    suppressed=lambda hit: [each.reason for each in hit.history.active],
    history=lambda hit: {
        **{name: [_in_full(each) for each in records] for name, records in asdict(hit.history).items()},
        "replies": hit.history.replies,
    },
)


def _in_full(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the ledger with full times, and a delivery without its merge fields."""
    return {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in row.items() if k != "fields"}


shape(
    Counted,
    "name file people:figures.people role_addresses:figures.roles outlets beats languages countries last_mailed"
    " ever_mailed:mailed suppressed left_out:figures.left_out unverified_12_months:figures.unverified",
    outlets=lambda each: each.figures.outlets.most_common(),
    beats=lambda each: each.figures.by["beat"].most_common(),
    languages=lambda each: each.figures.by["language"].most_common(),
    countries=lambda each: each.figures.by["country"].most_common(),
    last_mailed=lambda each: each.last.isoformat() if each.last else None,
)
shape(Export, "format file people suppressed rows_left_out")


@page.register
def _(search: Search) -> Page:
    return Page(
        (part for hit in search.hits[:FOUND] for part in _hit(hit)),
        line(not search.hits and f'No contact on any list matches "{search.text}".', depth=1),
        more(len(search.hits) - FOUND, " more: add a word to narrow the search"),
        problems(search.problems),
    )


def _hit(hit: Hit) -> Iterator[Part | None]:
    known = {hit.name, hit.outlet, hit.email}
    places = []
    for each in hit.places:
        cells = [f"{header}: {shorten(cell, 60, placeholder=' …')}" for header, cell in each.cells if cell not in known]
        left_out = f"left out: {each.left_out}" if each.left_out else ""
        places.append(dotted(f"{each.list_name} line {each.line}", left_out, *cells[:3]))
    sent, suppressions = hit.history.deliveries, hit.history.active
    mailings = []
    for to in reversed(sent[-5:]):
        at, state = to.finished_at or to.attempted_at or to.planned_at, to.state.replace("_", " ")
        mailings.append(dotted(short(to.mailing), state, f"{at:%Y-%m-%d}", to.reason.replace("_", " ")))
    mailings += [f"and {len(sent) - 5} earlier mailings"] if len(sent) > 5 else []
    back = [each for each in hit.history.events if each.kind in _CAME_BACK]
    blocked = []
    for block in suppressions:
        since = f"{SUPPRESSED.get(block.reason, block.reason)} since {block.created_at:%Y-%m-%d} ({block.source})"
        blocked.append(dotted(since, "" if block.scope == "everywhere" else block.scope, block.note))
    yield heading("   ".join(filter(None, (hit.name, hit.outlet, hit.email))) or "(no address)")
    yield fact("Lists", places or "on none; the address is in the ledger")
    yield fact("Sent", mailings)
    yield fact(
        "Came back", (dotted(PEOPLE[e.kind], f"{e.at:%Y-%m-%d}", e.mailing, e.text) for e in reversed(back[-3:]))
    )
    yield fact("Replied", map(reply_words, hit.history.replies[:3]))
    yield fact("Not mailed", blocked, Tone.CAREFUL)
    yield gap()


@page.register
def _(found: Statistics) -> Page:
    several = len(found.lists) > 1
    return Page(
        (part for each in found.lists for part in _figures(each, f"{each.name}   {each.file}")),
        _figures(found.together, f"All {len(found.lists)} lists together, each contact once") if several else None,
        line(not found.lists and not found.problems and NONE_YET),
        problems(found.problems),
    )


def _figures(each: Counted, title: str) -> Iterator[Part | None]:
    figures = each.figures
    yield heading(title)
    yield fact("People", f"{figures.people}{f', {figures.roles} of them role addresses' if figures.roles else ''}")
    tallies = (("Outlets", figures.outlets), ("Beats", figures.by["beat"]), ("Languages", figures.by["language"]))
    for label, tally in (*tallies, ("Countries", figures.by["country"])):
        values = list(tally.most_common().items())
        most = dotted(*(f"{shorten(value, 60, placeholder=' …')} {number}" for value, number in values[:_MOST_VALUES]))
        yield fact(label, bool(values) and f"{len(values)}: {most}{' …' if len(values) > _MOST_VALUES else ''}")
    last = f"{each.last:%Y-%m-%d}, {each.mailed} ever mailed, {figures.people - each.mailed} never" if each.last else ""
    yield fact("Last mailed", last or "never")
    health = [f"{number} {LEFT_OUT[reason.value]}" for reason, number in sorted(figures.left_out.items())]
    health += [f"{number} {SuppressionSummary(reason).words}" for reason, number in sorted(each.suppressed.items())]
    if figures.unverified and figures.unverified == figures.people:
        health.append("none verified within 12 months (by the column last_verified_at)")
    elif figures.unverified:
        health.append(f"{figures.unverified} not verified within 12 months")
    yield fact("Health", dotted(*health) or "no problems")
    yield gap()


@page.register
def _(made: Export) -> Page:
    blocked = f", {made.suppressed} of them marked as not to be mailed" if made.suppressed else ""
    file = f" → {made.file}" if made.file else ""
    rest = f"{count(made.rows_left_out, 'row')} left out (mailer lists check)" if made.rows_left_out else ""
    return Page(line(dotted(f"{people(made.people)}{blocked}{file}", rest)))


# Contacts who may have moved, and suppressions that follow rows to another list.

shape(NewSuppression, "email:address reason scope")
sentence(
    Followed,
    lambda done: (
        f"{done.email} is suppressed as well: the same person as {done.old}."
        if done.new
        else f"{done.email} was already suppressed."
    ),
)


@page.register
def _(found: Moves) -> Page:
    nobody = "No contact on the lists looks like a contact suppressed as do_not_contact."
    return Page(line(not found.proposals and nobody), _moves(found.proposals))


def _moves(found: Iterable[Move]) -> Iterator[Part | None]:
    """Yield the contacts who may be suppressed under an old address, and what to do if they are."""
    for each in found:
        yield line(f"{each.list_name} line {each.line}   {each.new}   may be {each.old}, not to be contacted", depth=1)
        yield line(f"since {each.since}: {each.why}", Tone.QUIET, depth=3)
        yield line(f"If so: mailer optouts add {each.new} --follows {each.old}", depth=3)


def _carried(plan: Plan, where: str) -> Part | None:
    found = (each.address for each in plan.carried if each.source != FOLLOWED)
    named = printable(", ".join(dict.fromkeys(found)), 300)
    text = f"{named}: suppressed for the list they come from, and now for {where} too"
    return fact("Suppressed", named and text, Tone.CAREFUL)


def _after(plan: Plan, done: str, same: str) -> Page:
    """Return the result of a plan: done, declined (or only shown), or nothing to do."""
    if plan.changes and not plan.written:
        return Page(line(_UNCHANGED, depth=1, aside=True))
    return Page(line(done if plan.written else same, depth=1), _BACK if plan.written else None)


# Importing.

_SHOWN = 8


def _left_out(plan: ImportPlan) -> dict[str, list[dict[str, Any]]]:
    keys = ("row", "line", "value", "message", "first_row")
    shelves: dict[str, list[dict[str, Any]]] = {name: [] for name in ("invalid", "missing", "duplicates", "marked")}
    for entry in plan.found.left_out:
        shelf = "duplicates" if entry.reason == "duplicate" else entry.reason.value
        shelves[shelf].append({key: getattr(entry, key) for key in keys})
    return shelves


def _counts(plan: ImportPlan) -> dict[str, int]:
    found, shelves = plan.found, _left_out(plan)
    several: dict[str, Sized] = {"new": found.new, "changed": found.changed, "kept": found.kept, "gone": found.gone}
    counted = {**several, "suppressed": plan.suppressed, "role_addresses": plan.roles, **shelves}
    return {name: len(each) for name, each in counted.items()} | ({"new": found.people} if plan.is_new else {})


def _headed(plan: ImportPlan) -> Iterator[tuple[str, str]]:
    layout = plan.incoming.layout
    for meaning, at in layout.columns.items():
        header = layout.header[at].strip() if at < len(layout.header) else ""
        yield meaning, printable(header) or f"column {at + 1}"


shape(Change, "column old:was new")
shape(SuppressionSummary, "reason since source note?", since=lambda each: each.since and each.since.isoformat())
shape(Changed, "row:contact.row line:contact.line email:contact.address fields:changes")
shape(
    ImportPlan,
    "file:request.file list:path.stem target:shown mode converted? columns counts people:found.people new"
    " changed:found.changed kept:found.kept gone pruned:request.prune columns_added:found.added"
    " columns_not_taken:found.unused suppressed *shelves marked_in_a_sheet:incoming.barred marked_but_on_the_list"
    " may_have_refused role_addresses:roles problems:incoming.problems written carried_optouts:carried"
    " recorded_optouts:recorded not_recorded proposals:listed_moves",
    mode=lambda plan: "new" if plan.is_new else "into",
    columns=lambda plan: dict(_headed(plan)),
    counts=_counts,
    new=rows(
        "found.new",
        "row:contact.row line:contact.line email:contact.address name:contact.name outlet:contact.fields.outlet",
    ),
    gone=rows("found.gone", "row line email:address name outlet:fields.outlet"),
    suppressed=lambda plan: [{"email": str(email), **json_of(summary)} for email, summary in plan.suppressed.values()],
    shelves=_left_out,
    marked_but_on_the_list=lambda plan: sorted(plan.still_mailed),
    may_have_refused=rows("moves", "email:new refused_as:old why"),
    not_recorded=lambda plan: len(plan.news) - plan.recorded,
)


@page.register
def _(plan: ImportPlan) -> Page:
    if plan.written is not None:
        return _imported(plan)
    layout = plan.incoming.layout
    words = layout_words({name: getattr(layout, name) for name in ("sheet", "encoding", "delimiter", "header_row")})
    file = plan.request.file if len(plan.request.file) < 50 else PurePath(plan.request.file).name
    columns = (what if what == header else f"{what} ({header})" for what, header in _headed(plan))
    remarks: list[Part | None] = []
    for problem in plan.incoming.problems:
        mild = problem.severity is Severity.NOTE
        where = f"line {problem.line}: " if problem.line else ""
        decide = f"Once it is imported: mailer lists decide {quote(plan.path.stem)}"
        hint = decide if problem.hint.startswith("mailer lists decide ") else problem.hint
        remark = fact("Note" if mild else "Warning", where + problem.message, Tone.QUIET if mild else Tone.CAREFUL)
        remarks += [remark, fact("", hint)]
    how = f"a CSV in UTF-8: {plan.converted}" if plan.converted else "the file as it is"
    new_list = f"{plan.path.stem}: {people(plan.found.people)} → {plan.shown} ({how})"
    first = [_person(each.contact) for each in islice(plan.found.new, 5)]
    return Page(
        heading(f"{file}   {words}"),
        fact("Columns", ", ".join(columns)),
        remarks,
        gap(),
        (fact("New list", new_list), fact("First", first)) if plan.is_new else _into_list(plan),
        _not_mailed(plan),
        _not_taken(plan),
        _carried(plan, "this one"),
        gap(),
    )


def _into_list(plan: ImportPlan) -> Iterator[Part | None]:
    found = plan.found
    same = found.people - len(found.new) - len(found.changed) - len(found.marked_here)
    yield fact("Into", f"{plan.path.stem} ({plan.shown}) · {people(same)} as before")
    further = " (line {} of the list has this as a further address)"
    new = [_person(e.contact) + (further.format(e.resembles) if e.resembles else "") for e in found.new]
    yield _some("New", people(len(new)), new)
    yield _some("Changed", _fields(found.changed), _differing(found.changed, " → {}"))
    kept = _differing(found.kept, " (the file: {})")
    yield _some("Kept yours", f"{_fields(found.kept)} that staff changed since", kept)
    one = len(found.gone) == 1
    gone = f"{'is' if one else 'are'} not in the file, and {'stays' if one else 'stay'} (--prune removes them)"
    if plan.request.prune:
        gone = f"{'is' if one else 'are'} removed"
    yield _some("Gone", f"{len(found.gone)} {gone}", list(map(_person, found.gone)))
    yield fact("New columns", ", ".join(map(printable, found.added)))
    unused = ", ".join(map(printable, found.unused))
    them = "column {} (--columns all adds it)" if len(found.unused) == 1 else "columns {} (--columns all adds them)"
    yield fact("Not taken", unused and them.format(unused))
    marked = f"{len(found.marked_here)} that the list marks as not to be mailed"
    yield _some("Not added", marked, list(map(_person, found.marked_here)))


def _differing(found: Iterable[Changed], new: str) -> list[str]:
    return [
        f"{each.contact.address}   {c.column}: {printable(c.was, 40) or '(empty)'}{new.format(printable(c.new, 40))}"
        for each in found
        for c in each.changes
    ]


def _not_mailed(plan: ImportPlan) -> Iterator[Part | None]:
    blocked = [f"{address}   {summary.words}" for address, summary in plan.suppressed.values()]
    stay = "stays" if len(blocked) == 1 else "stay"
    yield _some("Suppressed", f"{people(len(blocked))} of the file {stay} blocked", blocked)
    if plan.moves:
        moved = [f"{each.new}: {each.old} wants no mail ({each.why}, {each.since})" for each in plan.moves]
        yield _some("Careful", f"{people(len(moved))} may have refused mail at another address", moved)
        yield fact("", f"if so: mailer optouts add {plan.moves[0].new} --follows {plan.moves[0].old}")
    marked = [f"{entry.value} (line {entry.line}): {entry.message}" for entry in plan.marked]
    named = {entry.value.casefold() for entry in plan.marked}
    barred = (cell for cell in plan.incoming.barred if cell.casefold() not in named)
    marked += [f"{cell}: in a sheet of contacts who must not be mailed" for cell in barred]
    yield _some("Marked", f"{len(marked)} marked in the file as not to be mailed: not imported as recipients", marked)
    names = ", ".join(sorted(plan.still_mailed)[:_SHOWN])
    on_list = count(len(plan.still_mailed), "of them is", "of them are")
    still = f"{on_list} on the list, and mailed unless suppressed: {names}"
    yield fact("Careful", names and still, Tone.CAREFUL)


def _not_taken(plan: ImportPlan) -> Iterator[Part | None]:
    rest = [f"line {each.line}: {each.message}" for each in plan.found.left_out if each.reason != "marked"]
    why = "without a usable address" if plan.is_new else "not taken"
    yield _some("Left out", f"{count(len(rest), 'row')} {why}", rest)
    stay = bool(rest) and plan.is_new and not plan.converted
    yield fact("", stay and "they stay in the file, where you can correct them")
    names = ", ".join(map(str, plan.roles[:_SHOWN])) + (" …" if len(plan.roles) > _SHOWN else "")
    yield fact("Role", names and f"{count(len(plan.roles), 'address', 'addresses')} of newsdesks and the like: {names}")


def _some(label: str, text: str, entries: Sequence[str]) -> Part | None:
    return fact(label, [text, *(f"  {each}" for each in entries)], most=_SHOWN + 1) if entries else None


def _fields(changed: Sequence[Changed]) -> str:
    return f"{people(len(changed))}, {count(sum(len(each.changes) for each in changed), 'field')}"


def _person(contact: Contact) -> str:
    name = ", ".join(filter(None, (contact.name, contact.fields["outlet"])))
    return printable(f"{name} <{contact.address}>" if name else str(contact.address), 120)


def _imported(plan: ImportPlan) -> Page:
    news, name = len(plan.news), quote(plan.path.stem)
    record = f"mailer lists import {quote(plan.request.file)} --into {name} --record-optouts"
    left = (
        f"{news} marked in the file. They may be on other lists. To suppress them everywhere:",
        f"  {record if plan.written else 'add --record-optouts'}",
    )
    now_out = "1 person is" if plan.recorded == 1 else f"{plan.recorded} people are"
    written = f"{plan.shown} is written. To see it: mailer lists show {name}"
    same = f"{plan.shown} is the same as the file; nothing was written."
    is_idle = plan.is_dry_run or bool(plan.changes and not plan.written)
    return Page(
        line(not is_idle and (written if plan.written else same), depth=1),
        _BACK if plan.written else None,
        fact("Recorded", plan.recorded and f"{now_out} suppressed from now on:   mailer optouts list"),
        fact("Not recorded", left if news and not plan.recorded else (), Tone.CAREFUL),
        _moves(plan.listed_moves),
        line(is_idle and _UNCHANGED, depth=1, aside=True),
    )


# Editing, and proposals from replies.

_MOST_EDITED = 40
_WIDEST_CELL = 60
_KINDS = {
    "left": "has left",
    "moved": "is at another address now",
    "stand_in": "has left; a successor is named",
    "follow": "may be suppressed under an old address",
}

shape(EditPlan, "what written rows problems:remarks suppressed:carried")
shape(RowChange, "list:list_name file action email row line cells")
shape(
    Proposal,
    "id kind email:address new:new_address? words? mailing? source? state since:created_at decided_at decided_by?",
)
shape(Decided, "id:proposal.id state email:proposal.address new:proposal.new_address?")


@page.register
def _(plan: EditPlan) -> Page:
    if plan.written is not None:
        return _after(plan, "Done.", "Nothing to change: the list already has this.")
    shown: list[tuple[str, str, str]] = []
    for each in plan.rows[:_MOST_EDITED]:
        row = f"{each.list_name} {f'line {each.line}' if each.line else 'new line'}"
        cells = [(printable(column, _WIDEST_CELL), printable(text, _WIDEST_CELL)) for column, text in _cells(each)]
        shown += [("" if number else row, *cell) for number, cell in enumerate(cells)]
    return Page(
        table(shown),
        more(len(plan.rows) - _MOST_EDITED, " more rows"),
        gap() if shown else None,
        lines(map(str, plan.remarks), Tone.CAREFUL, depth=1),
        gap() if plan.remarks else None,
        _carried(plan, "the list that they go to"),
    )


def _cells(each: RowChange) -> Iterator[tuple[str, str]]:
    if each.action == REMOVED:
        kept = dotted(*(cell.old for cell in each.cells if cell.old != each.email))
        yield "removed", f"{each.email}{f'   {kept}' if kept else ''}"
        return
    for cell in each.cells:
        change = f"{cell.old or '(empty)'} → {cell.new or '(empty)'}"
        yield cell.column, change if each.action == CHANGED else cell.new


@page.register
def _(found: Proposals) -> Page:
    if not found.proposals:
        return Page(line("There are no proposals. To read replies: mailer bounces collect"))
    parts: list[Part | None] = []
    for each in found.proposals:
        new = f" → {each.new_address}" if each.new_address else ""
        decided = "" if each.state == "open" else f"   {each.state} by {each.decided_by}"
        about = f"in reply to {short(each.mailing)}" if each.mailing else ""
        text = dotted(f"{each.created_at:%Y-%m-%d}", about, f"“{each.words}”" if each.words else "")
        parts.append(line(f"{each.id:4}  {each.address}{new}   {_KINDS.get(each.kind, each.kind)}{decided}", depth=1))
        parts.append(line(text, Tone.QUIET, depth=4))
    if any(each.state == "open" for each in found.proposals):
        parts += [gap(), line("mailer lists proposals ID --accept   or   --reject", depth=1)]
    return Page(parts)


@page.register
def _(done: Decided) -> Page:
    is_rejected, about = done.state == "rejected", done.proposal
    then = "It will not be proposed again." if is_rejected else "It is open again."
    return Page(
        line(f"{about.address} {_KINDS.get(about.kind, about.kind)}: {done.state}. {then}"),
        undo(f"mailer lists proposals {about.id} --reopen") if is_rejected else None,
    )


# Tidying: merging, splitting, duplicates, undoing.

shape(
    MergePlan,
    "list:path.stem file:shown people:len(merged.people) added columns:merged.header suppressed:carried on_several"
    " differences:merged.differs left_out written",
    on_several=lambda plan: [
        {"email": each.email, "lists": each.lists} for each in plan.merged.people.values() if len(each.lists) > 1
    ],
    left_out=rows("merged.left_out", "list:list_name row line value reason message"),
)
shape(
    SplitPlan,
    "parts converted? suppressed:carried written",
    parts=lambda plan: [
        {"value": part.value, "list": path.stem, "file": file, "rows": len(part.rows)}
        for part, path, file in plan.parts
    ],
)
shape(Doubles, "proposals merged")
shape(
    Proposed,
    "id:double.id kind:double.kind why:double.why rows:double.rows lost suppressed",
    lost=pairs("lost", "column kept other"),
    suppressed=lambda each: {email: summary.reason for email, summary in each.suppressed.items()},
)
shape(Row, "list:list_name row line email name outlet")


@page.register
def _(plan: MergePlan) -> Page:
    merged = plan.merged
    if plan.written is not None:
        same = f"{plan.shown} already has all of it; nothing was written."
        return _after(plan, f"{plan.shown} is written.", same)
    several = sum(len(person.lists) > 1 for person in merged.people.values())
    left_out = [f"{each.list_name} line {each.line}: {each.message}" for each in merged.left_out[:MOST_SHOWN]]
    differ = f"{count(len(merged.differs), 'field')}; the first list's value is kept"
    return Page(
        heading(f"Merged      {people(len(merged.people))}, {several} of them on several lists → {plan.shown}"),
        fact("New there", plan.added != len(merged.people) and str(plan.added)),
        _carried(plan, "this list"),
        fact("Columns", printable(", ".join(merged.header), 84)),
        fact("Not taken", [count(len(merged.left_out), "row"), *left_out]) if left_out else None,
        fact("Differs", bool(merged.differs) and differ),
        differences(merged.differs),
        more(len(merged.differs) - MOST_SHOWN, " more (--json has all)", depth=2),
        gap(),
    )


@page.register
def _(plan: SplitPlan) -> Page:
    if plan.written is not None:
        return _after(plan, f"{count(len(plan.parts), 'list is', 'lists are')} written.", "")
    shown = [(printable(part.value, 40) or "(no value)", str(len(part.rows)), file) for part, _, file in plan.parts]
    converted = ("The parts are CSV, as they cannot be written in the format of the list:", f"  {plan.converted}")
    return Page(
        table(shown, head=("VALUE", "ROWS", "LIST"), right=(1,)),
        _carried(plan, "their new one"),
        lines(converted if plan.converted else (), Tone.CAREFUL, depth=1),
        gap(),
    )


@page.register
def _(found: Doubles) -> Page:
    if found.merged is not None:
        later = f"{', '.join(found.later)}: these rows were just merged with others. Run the command again for them."
        how = "Nothing was changed. --yes merges rows with the same address, --apply ID merges that pair."
        merged = f"{len(found.merged)} merged." if found.merged else how
        return Page(
            line(bool(found.later) and later, Tone.CAREFUL, depth=1, aside=True),
            line(bool(found.proposals) and merged, depth=1),
            _BACK if found.merged else None,
        )
    return Page(
        line(not found.proposals and "No duplicates found.", depth=1),
        (part for each in found.proposals for part in _double(each)),
        gap(),
    )


def _double(each: Proposed) -> Iterator[Part | None]:
    yield heading(f"{each.double.id}   {each.double.why}")
    for row in each.double.rows:
        name = printable(", ".join(filter(None, (row.name, row.outlet))), 50)
        blocked = f" · {each.suppressed[row.email].words}" if row.email in each.suppressed else ""
        yield line(f"{row.list_name} line {row.line}   {name} <{row.email}>{blocked}", depth=4)
    for column, kept, gone in each.lost:
        yield line(f"{column}: {printable(kept, 30)} is kept, {printable(gone, 30)} is dropped", Tone.CAREFUL, depth=4)


shape(Step, "number what at kind files")
shape(StepFile, "file copy created removed", created=lambda file: not file.before, removed=lambda file: not file.after)
shape(UndoPlan, "step redo files written", files=pairs("files", "file becomes"))


@page.register
def _(found: History) -> Page:
    shown = []
    for each in found.steps:
        first, *others = [file.file for file in each.files] or [""]
        files = ", ".join([first, *others]) if len(others) < 2 else f"{first} and {len(others)} more"
        shown.append((f"{each.at.astimezone():%Y-%m-%d %H:%M}", each.what, files))
    back = "mailer lists undo --redo --yes"
    undone = f'Last undo: "{_plain(found.undone[0].what)}". To redo it:   {back}' if found.undone else ""
    return Page(
        line(not shown and not undone and "mailer has not changed any list yet."),
        table(shown, head=("WHEN", "WHAT", "FILES")),
        (gap(), line(undone, depth=1)) if undone else None,
    )


def _plain(what: str) -> str:
    return what.removeprefix("undone: ")


@page.register
def _(plan: UndoPlan) -> Page:
    if plan.written is not None:
        other = f"mailer lists undo {'' if plan.redo else '--redo '}--yes"
        done = line(f"Done. To reverse it:   {other}", depth=1)
        return Page(done if plan.written else line(_UNCHANGED, depth=1, aside=True))
    step = plan.step
    when = f"{_plain(step.what)} ({step.at.astimezone():%d %B %Y, %H:%M})"
    files = (f"{file}   {becomes}" for file, becomes in plan.files)
    return Page(fact("Last undo" if plan.redo else "Last change", when), fact("Files", files), gap())


# Words in a list that may ask for no mail.

_STATES = {None: "mailed; not decided", True: "left out", False: "mailed"}
shape(
    WishText,
    "line text state decided:is_decided",
    state=lambda each: "open" if each.asks is None else "no_mail" if each.asks else "may_mail",
)
shape(Words, "list decided words")


@page.register
def _(found: Words) -> Page:
    places = [f"{each.sheet} {each.line}" if each.sheet else str(each.line) for each in found.words]
    shown = [(at, printable(each.text, 60), _STATES[each.asks]) for at, each in zip(places, found.words, strict=True)]
    then = ""
    if found.decided:
        reach = "every list with this header" if found.has_header else "this list"
        then = f"Saved in {found.kept_in}, for {reach}. The list itself is unchanged."
    elif any(each.asks is None for each in found.words):
        then = f"mailer lists decide {found.list} LINE --no-mail   or   --may-mail"
    return Page(
        line(not shown and f"No cell of {found.list} is about not being mailed."),
        table(shown, head=("LINE", "WORDS", ""), right=(0,)),
        (gap(), line(then, depth=1)) if then else None,
    )
