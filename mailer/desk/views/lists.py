"""Lists: the media lists as tables, and all changes to them.

A table is a page of an index in memory (`desk.index`), addressed by the row it begins after, so a list may have any
length. Every change to a list is a plan of `runs.lists`. One that does only what was typed is done at once, with an
undo above the table; one that removes rows, or has remarks, is shown first. Each form carries the SHA-256 of the list
as it was shown: if the list has changed since, nothing is written, and the user sees both versions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from starlette.responses import Response

from mailer.address import InvalidAddress, parse_address
from mailer.contacts.audience import Selection
from mailer.contacts.check import check_document
from mailer.contacts.files import Choices
from mailer.contacts.folding import digest
from mailer.contacts.meaning.cells import parse_cell
from mailer.contacts.merging import Differs
from mailer.contacts.values import MEANINGS, Contact, LeftOut
from mailer.desk.access import Right
from mailer.desk.background import in_background
from mailer.desk.html import as_file
from mailer.desk.index import MOST_FOUND, ListIndex, View, page_wait_s
from mailer.desk.routing import DeskRequest, DeskRoute, File
from mailer.errors import InputProblem, MailerError
from mailer.frozen import dataclass, replace
from mailer.ledger.returns import ACCEPTED, OPEN, REJECTED
from mailer.pages.words import count
from mailer.runs.listing import Checked
from mailer.runs.lists import decide_words, import_list, open_list, tidy_lists
from mailer.runs.lists.changes import Plan, Step, hold_to_seen, read_history, undo_step
from mailer.runs.lists.editing import (
    EditPlan,
    decide_proposal,
    find_open,
    plan_accept,
    plan_add,
    plan_move,
    plan_rows,
    read_proposed,
    reject_follow,
)
from mailer.runs.lists.follow import follow, read_moves, write_plan
from mailer.runs.lists.looking import FOUND, count_lists, find_people
from mailer.runs.office import Office
from mailer.runs.suppressions import find_suppressed
from mailer.workspace import ChangedMeanwhile, Workspace

_PAGE: Final = 100  # rows
_WIDE: Final = 30  # columns that are shown at once
_FORM: Final = 60  # columns in a form for a new row
_PAIRS: Final = 50
_RESERVED: Final = {"find", "stats", "history", "import", "merge", "dedupe", "export", "proposals", "moves"}  # paths


# Names. A list is named by the stem of its file, as in every command, or by the whole file name if that is ambiguous.


def name_of(workspace: Workspace, path: Path) -> str:
    """Return the name of a list at the desk."""
    same = sum(each.stem == path.stem for each in workspace.lists())
    return path.stem if same == 1 and path.stem not in _RESERVED else path.name


def list_names(workspace: Workspace) -> list[str]:
    """Return the names of the lists that the desk may use: those in the folder, and no other files."""
    return [name_of(workspace, path) for path in workspace.lists()]


def path_of(name: str) -> str:
    """Return the path of a list's page."""
    return f"/lists/{quote(name, safe='')}"


# All lists.


@dataclass(frozen=True, slots=True)
class Line:
    """A line in the table of lists; without counts while the list is being read."""

    name: str
    file: str
    contacts: int | None
    left_out: int
    problem: str
    changed_at: datetime


def show_lists(request: DeskRequest) -> Response:
    """Show all lists."""
    lines = list[Line]()
    with request.reading() as office:
        workspace = office.workspace
        wait_s = page_wait_s(*workspace.lists())
        for path in workspace.lists():
            counts, problem = None, ""
            try:
                counts = request.desk.indexes.count(workspace, path, wait_s=wait_s)
            except MailerError as error:
                problem = str(error)
            at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            people, left_out = counts or (None, 0)
            name = name_of(workspace, path)
            lines.append(Line(name, workspace.show(path), people, left_out, problem, at))
        steps = read_history(workspace)
        proposals = len(read_proposed(office).proposals)
    return request.render(
        "lists.html",
        lines=lines,
        last=_newest(steps.steps),
        undone=_newest(steps.undone),
        proposals=proposals,
        is_reading=any(each.contacts is None and not each.problem for each in lines),
        command=("lists", "list"),
    )


def _newest(steps: Sequence[Step], path: str = "") -> Step | None:
    """Return the newest step, if it changed this file (or any, without a path)."""
    found = next(iter(steps), None)
    return found if found and (not path or any(each.file == path for each in found.files)) else None


def search(request: DeskRequest) -> Response:
    """Search all lists for a contact."""
    text = request.one("q").strip()
    found = None
    with request.reading() as office:
        names = {path.name: name_of(office.workspace, path) for path in office.workspace.lists()}
        if text:
            opening = request.desk.indexes.opening(office.workspace, text)
            found = find_people(office, text, office.workspace.lists(), opening=opening)
    command = ("lists", "find", text or "TEXT")
    return request.render(
        "lists_find.html", found=found, text=text, names=names, most=FOUND, at_most=MOST_FOUND, command=command
    )


@in_background("The contacts are being counted.", title="Statistics", is_kept=True)
def show_statistics(request: DeskRequest) -> Response:
    """Show statistics of lists."""
    names = request.many("list")
    with request.reading() as office:
        workspace = office.workspace
        found = count_lists(office, [workspace.named_list(name) for name in names] or list(workspace.lists()))
    command = ("lists", "list", "--stats", *names)
    return request.render("lists_page.html", found=found, title="Statistics", command=command)


# One list as a table.


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it is shown; `state` and `why` explain why it gets no mail, or remark on it."""

    number: int
    line: int
    email: str
    cells: Sequence[str]
    state: str = ""
    why: str = ""


_VIEW_PARAMS: Final = ("find", "where", "only", "sort", "down", "left")
_PAGE_PARAMS: Final = ("after", "before")
_STATES: Final[Mapping[str, str]] = {"marked": "do not mail", "missing": "no address"}


def _linker(request: DeskRequest, name: str) -> Callable[..., str]:
    """Return a function that links to this list as it is shown now, with some parameters changed."""
    current = _view_params(request)

    def link(_to: str = "", **other: object) -> str:
        stays = _to or not other.keys().isdisjoint((*_PAGE_PARAMS, "edit"))
        kept = {word: value for word, value in current.items() if stays or word not in _PAGE_PARAMS}
        query = {word: str(value) for word, value in {**kept, **other}.items() if value not in {None, ""}}
        return f"{request.desk.hosting.prefix}{path_of(name)}{_to}{'?' if query else ''}{urlencode(query)}"

    return link


def show_list(request: DeskRequest) -> Response:
    """Show a page of a list."""
    with request.reading() as office:
        workspace = office.workspace
        path = workspace.named_list(request.params["name"])
        name = name_of(workspace, path)
        if request.user.may(Right.WRITE) and request.desk.presence.touch(f"list {name}", request.user, office.clock()):
            request.desk.live.announce("lists")
        index = request.desk.indexes.find(workspace, path, wait_s=page_wait_s(path))
        link = _linker(request, name)
        if index is None:
            what = "The list is being read."
            return request.render("lists_wait.html", name=name, what=what, waited_s=0, command=("lists", "show", name))
        sort = request.number("sort", len(index.columns))
        at = sort if sort < len(index.columns) else None
        find, where = request.one("find").strip(), request.one("where").strip()
        view = View(find, where, request.one("only"), at, request.one("down") == "1")
        found = index.select(view)
        start = _start(request, found)
        shown = found[start : start + _PAGE]
        rows = _rows(office, index, shown)
        others = [each for each in list_names(workspace) if each != name]
        history = read_history(workspace)
    left = min(request.number("left"), max(0, len(index.columns) - 1))
    return request.render(
        "lists_table.html",
        name=name,
        index=index,
        view=view,
        link=link,
        rows=rows,
        found=len(found),
        start=start,
        columns=range(left, min(left + _WIDE, len(index.columns))),
        left=left,
        wide=_WIDE,
        filters=_filters(index, view.where),
        before=shown[0] + 1 if start else None,
        after=shown[-1] + 1 if start + _PAGE < len(found) else None,
        edit=request.number("edit"),
        editing=link(edit="ROW", after=request.one("after")),
        others=others,
        present=request.desk.presence.others(f"list {name}", request.user, request.desk.offices.clock()),
        is_changed=request.one("sha") not in {"", index.sha},
        last=_newest(history.steps, index.shown),
        undone=_newest(history.undone, index.shown),
        command=("lists", "show", name, *(["--where", view.where] if view.where else [])),
    )


def _start(request: DeskRequest, found: Sequence[int]) -> int:
    """Return where the page begins: after the last row of the previous page, or a page before the first of the next."""
    for word in ("after", "before"):
        row = request.number(word) - 1
        if row in found:  # otherwise the row is gone or does not match
            return found.index(row) + 1 if word == "after" else max(0, found.index(row) - _PAGE)
    return 0


def _rows(office: Office, index: ListIndex, shown: Sequence[int]) -> list[Row]:
    entries = {at: index.entry(at) for at in shown}
    contacts = {at: each for at, each in entries.items() if isinstance(each, Contact)}
    suppressed = find_suppressed(office, contacts.values(), list_name=index.name)
    at_email = index.layout.columns["email"]
    rows = []
    for at, entry in entries.items():
        cells, state, why = index.row(at), "", index.remarks.get(at, "")
        if isinstance(entry, LeftOut):
            email, state, why = cells[at_email], entry.reason.value, entry.message
            with suppress(InvalidAddress):
                email = str(parse_cell(email))
        else:
            email = str(entry.address)
            if held := suppressed.get(digest(entry.address.key)):
                state, why = "suppressed", held.words
        rows.append(Row(at + 1, index.lines[at], email, cells, _STATES.get(state, state), why))
    return rows


def _filters(index: ListIndex, where: str) -> Callable[[int, str], str]:
    """Return a function that adds a clicked value to the filter expression."""

    def add(at: int, value: str) -> str:
        field = index.layout.fields[at] if at < len(index.layout.fields) else ""
        column = field if re.fullmatch(r"[^\W\d]\w*", field) else f"`{field.replace('`', '``')}`"
        text = value.replace("\\", "\\\\").replace('"', '\\"')
        test = f'{column} == "{text}"'
        return f"({where}) and {test}" if " or " in where else f"{where} and {test}" if where else test

    return add


# Changing: plans are made, shown if there is something to see, and written.


def _write(request: DeskRequest, office: Office, plan: Plan) -> str:
    write_plan(office.workspace, plan, request.writing, now=office.clock(), by=office.actor)
    request.desk.live.announce("lists")
    return f"Done: {plan.what}." if plan.written else "Nothing to change: the list already has this."


def ask(
    request: DeskRequest,
    plan: object,
    title: str,
    label: str,
    back: str,
    *,
    command: Sequence[str] = (),
    differs: Sequence[Differs] = (),
    may_add_columns: bool = False,
) -> Response:
    """Show what a plan will do; the button submits the same form again, with `sure`."""
    return request.render(
        "lists_plan.html",
        plan=plan,
        title=title,
        label=label,
        back=back,
        fields={name: value for name, value in request.form.items() if name not in {"sure", "add_columns"}},
        query=urlencode(request.query, doseq=True),
        differs=differs,
        may_add_columns=may_add_columns,
        command=command,
    )


def _list_of_form(request: DeskRequest, office: Office) -> tuple[Path, str, ListIndex]:
    """Return the list of a form: its file, its name, and its index."""
    path = office.workspace.named_list(request.params["name"])
    index = request.desk.indexes.find(office.workspace, path, wait_s=120)
    if index is None:
        raise InputProblem("is still being read", source=office.workspace.show(path), hint="Try again in a moment.")
    return path, name_of(office.workspace, path), index


def _view_params(request: DeskRequest) -> dict[str, str]:
    """Return the parameters with which the list is or was shown."""
    return {word: request.query[word][-1] for word in (*_VIEW_PARAMS, *_PAGE_PARAMS) if request.query.get(word)}


@in_background("The row is being saved.")
def save_row(request: DeskRequest) -> Response:
    """Save what was typed into a row."""
    typed = {int(name[1:]): request.one(name) for name in request.form if re.fullmatch(r"c\d{1,5}", name)}
    number = request.number("row")
    with request.reading() as office:
        path, name, index = _list_of_form(request, office)
        if index.sha != request.one("sha") or not 1 <= number <= len(index):
            return _show_both(request, office, typed)
        try:
            before = index.row(number - 1)
            texts = {at: text for at, text in typed.items() if at < len(before) and text.strip() != before[at].strip()}
            plan = plan_rows(office, str(path), {number: texts})
            hold_to_seen(office.workspace, plan, path, request.one("sha"))
        except ChangedMeanwhile:
            return _show_both(request, office, typed)
        back = f"{path_of(name)}?{urlencode(_view_params(request))}"
        if (plan.remarks or plan.carried) and not request.one("sure"):
            return ask(request, plan, f"Change a row of {name}", "Save it", back)
        done = _write(request, office, plan)
        if plan.written:
            request.desk.indexes.patch(office.workspace, path, index, number - 1, texts)
    return request.go(f"/lists/{name}", done, **_view_params(request))


def _show_both(request: DeskRequest, office: Office, typed: Mapping[int, str]) -> Response:
    """Show a row as it is now beside what was typed, because another user has changed the list."""
    path, name, index = _list_of_form(request, office)
    found = None
    with suppress(InvalidAddress):
        key = parse_address(request.one("email")).key
        at_email = index.columns[index.layout.columns["email"]]
        found = next((at for at, cell in enumerate(at_email) if key in cell.casefold()), None)
    cells = [] if found is None else index.row(found)
    request = replace(request, region="problems") if request.region else request  # keeps what was typed
    return request.render(
        "lists_changed.html",
        status=422,
        name=name,
        sha=index.sha,
        row=None if found is None else found + 1,
        email=request.one("email"),
        cells=[
            (at, index.headers[at], cells[at], text)
            for at, text in typed.items()
            if at < len(cells) and cells[at] != text
        ],
        step=_newest(read_history(office.workspace).steps, office.workspace.show(path)),
        state=urlencode(_view_params(request)),
    )


@in_background("The rows are being looked up.")
def change_rows(request: DeskRequest) -> Response:
    """Remove the ticked rows, or move them to another list."""
    numbers = sorted({int(each) for each in request.many("rows") if each.isdecimal()})
    target, do = request.one("to"), request.one("do")
    with request.reading() as office:
        path, name, index = _list_of_form(request, office)
        if not numbers:
            raise InputProblem("No row is ticked", hint="Tick the rows first, in the first column.")
        if index.sha != request.one("sha") or numbers[-1] > len(index) or numbers[0] < 1:
            raise ChangedMeanwhile(
                f"{name} was changed by another user since you opened it; nothing was done",
                hint="Open it again and tick the rows.",
            )
        plan: EditPlan
        rows = count(len(numbers), "row")
        if do == "move":
            if not target:
                raise InputProblem("Choose the list to move them to")
            target_path = office.workspace.named_list(target)
            emails = list(dict.fromkeys(row.email for row in _rows(office, index, [each - 1 for each in numbers])))
            add = bool(request.one("add_columns"))
            plan = plan_move(office, emails, source=str(path), target=str(target_path), add_columns=add)
            title, label = f"Move to {target}", f"Move {rows} to {target}"
            command = ("lists", "add", target, *emails[:3], "--from", name)
        else:
            plan = plan_rows(office, str(path), {}, removed=numbers)
            title, label = f"Remove from {name}", f"Remove {rows}"
            command = ("lists", "remove", name, "EMAIL")
        hold_to_seen(office.workspace, plan, path, request.one("sha"))
        if not request.one("sure"):
            back = f"{path_of(name)}?{urlencode(_view_params(request))}"
            return ask(request, plan, title, label, back, command=command, may_add_columns=do == "move")
        done = _write(request, office, plan)
    return request.go(f"/lists/{name}", done, **_view_params(request))


@in_background("The list is being read.")
def show_add(request: DeskRequest) -> Response:
    """Show the form for new rows."""
    with request.reading() as office:
        _, name, index = _list_of_form(request, office)
    email = index.layout.columns["email"]
    columns = [(at, header) for at, header in enumerate(index.headers[:_FORM]) if at != email]
    known = {at: [value for value, _ in index.values(at)] for at, _ in columns}
    command = ("lists", "add", name, "EMAIL", "--set", "COLUMN=TEXT")
    return request.render("lists_add.html", name=name, columns=columns, known=known, command=command)


@in_background("The contacts are being added.")
def add_rows(request: DeskRequest) -> Response:
    """Add contacts to a list."""
    with request.reading() as office:
        path, name, index = _list_of_form(request, office)
        people = [each.strip() for each in request.one("people").splitlines() if each.strip()]
        if not people:
            raise InputProblem("Type the address, or several, one per line")
        typed = [(index.layout.header_at(at) or str(at + 1), request.one(f"c{at}")) for at in range(len(index.headers))]
        plan = plan_add(office, str(path), people, {header: text.strip() for header, text in typed if text.strip()})
        if (plan.remarks or plan.carried) and not request.one("sure"):
            return ask(request, plan, f"Add to {name}", "Add", f"{path_of(name)}/add")
        done = _write(request, office, plan)
    return request.go(f"/lists/{name}", done, find=people[0].partition("<")[2].strip("<> ") or people[0])


# Steps, and undoing them.


def show_history(request: DeskRequest) -> Response:
    """Show the changes to the lists, and what was undone."""
    command = ("lists", "undo", "--list")
    return request.render("lists_history.html", history=read_history(request.workspace), command=command)


@in_background("The lists are being restored.")
def undo(request: DeskRequest) -> Response:
    """Undo the last step, or redo it, if it is still the one that was shown."""
    is_redo = request.one("do") == "redo"
    with request.reading() as office:
        now, number = office.clock(), request.number("number")
        step = undo_step(office.workspace, now=now, redo=is_redo, number=number, by=office.actor)
        is_named = request.one("back") in list_names(office.workspace)
    done = f"{'Done again' if is_redo else 'Undone'}: {step.what.removeprefix('undone: ')}."
    query = _view_params(request) if is_named else {}
    return request.go(f"/lists/{request.one('back')}" if is_named else "/lists", done, announce="lists", **query)


# Importing: the file is kept while its plan is reviewed.


def take_file(request: DeskRequest) -> Response:
    """Take an uploaded file or pasted text to import, and go to its plan."""
    file = request.file("file")
    if file is None and request.one("pasted").strip():
        file = File("pasted.txt", request.one("pasted").encode())
    if file is None:
        raise InputProblem("Choose a file, or paste the addresses")
    bare = re.sub(r"[\x00-\x1f~/\\]", "-", file.name).strip() or "list"
    stem, dot, ending = bare.rpartition(".")
    kept = request.desk.uploads.put(request.user, File(f"{(stem or bare)[:100]}{dot}{ending[:10]}", file.data))
    into = {"into": request.one("into")} if request.one("into") else {}
    return request.go(f"/lists/import/{kept}", **into)


@in_background("The file is being read.")
def show_import(request: DeskRequest) -> Response:
    """Show what an import would do."""
    file = request.desk.uploads.find(request.user, request.params["upload"])
    look, plan, problem = import_list.FileLook(), None, None
    with request.reading() as office:
        wanted = _import_request(request, office, file)
        try:
            look = import_list.look_at_file(office, wanted)
            plan = import_list.plan_import(office, wanted)
        except MailerError as error:
            problem = error
        lists = list_names(office.workspace)
    into = request.one("into")
    command = ["lists", "import", file.name, *(["--into", into] if into else ["--as", request.one("as") or "NAME"])]
    return request.render(
        "lists_import.html",
        file=file,
        plan=plan,
        problem=problem,
        look=look,
        into=into,
        name=request.one("as") or (plan.path.stem if plan and not into else ""),
        names=[("", "A new list"), *((each, each) for each in lists)],
        sheets=[("", "The one with the contacts"), *((each, each) for each in look.sheets)],
        meanings=MEANINGS,
        command=command,
    )


def _import_request(request: DeskRequest, office: Office, file: File) -> import_list.ImportRequest:
    columns: dict[str, str] = {}
    for word in request.form or request.query:
        if re.fullmatch(r"m\d{1,5}", word) and request.one(word) in MEANINGS:
            columns[request.one(word)] = str(int(word[1:]) + 1)
    row = request.one("header_row")
    choices = Choices(
        encoding=request.one("encoding").strip(),
        delimiter=request.one("delimiter").strip(),
        sheet=request.one("sheet"),
        header_row=int(row) if row.isdecimal() and len(row) < 6 else None,
        columns=columns,
    )
    into = str(office.workspace.named_list(request.one("into"))) if request.one("into") else ""
    return import_list.ImportRequest(
        data=file.data,
        file=file.name,
        name="" if into else request.one("as").strip(),
        into=into,
        columns=request.one("columns") or "known",
        prune=bool(into and request.one("prune")),
        choices=choices,
    )


@in_background("The file is being imported.")
def do_import(request: DeskRequest) -> Response:
    """Carry an import out."""
    file = request.desk.uploads.find(request.user, request.params["upload"])
    with request.reading() as office:
        plan: import_list.ImportPlan = import_list.plan_import(office, _import_request(request, office, file))
        if plan.request.into:
            hold_to_seen(office.workspace, plan, plan.path, request.one("sha"))
        if plan.news and request.one("record"):  # first: an interruption then leaves nobody listed and not suppressed
            with request.writing() as (writer, ledger):
                plan.recorded = import_list.record_marked(writer, ledger, plan.news)
        write_plan(office.workspace, plan, request.writing, now=office.clock(), by=office.actor)
        import_list.remember_import(office, plan)
        name = name_of(office.workspace, plan.path)
    request.desk.uploads.drop(request.user, request.params["upload"])
    done = f"Done: {plan.what}." if plan.written else f"{name} already has all of it."
    recorded = f" {plan.recorded:,} marked in the file are suppressed from now on." if plan.recorded else ""
    return request.go(f"/lists/{name}", f"{done}{recorded}", announce="lists")


# Checking, and deciding what phrases mean.


@in_background("Every row is checked.", is_kept=True)
def show_check(request: DeskRequest) -> Response:
    """Show the check of a list, row by row."""
    refused: list[LeftOut] = []
    with request.reading() as office:
        workspace = office.workspace
        path = workspace.named_list(request.params["name"])
        name, words = name_of(workspace, path), decide_words(workspace, str(path), [], no_mail=False).words
        with open_list(workspace, path) as list_file:
            document = check_document(list_file, workspace.show(path), counting=True, refused=refused)
            checked = Checked(list_file.name, document, tuple(refused), tuple(list_file.examples))
    return request.render("lists_check.html", found=(checked, words), name=name, command=("lists", "check", name))


@in_background("Every row is looked through.")
def decide(request: DeskRequest) -> Response:
    """Decide whether a phrase in a list means that no mail is wanted."""
    with request.reading() as office:
        path = office.workspace.named_list(request.params["name"])
        decide_words(office.workspace, str(path), [request.one("line")], no_mail=request.one("do") == "no-mail")
        name = name_of(office.workspace, path)
    done = "Decided, for every row with these words, also in later exports."
    return request.go(f"/lists/{name}/check", done, announce="lists")


# Several lists: merging, splitting, exporting, duplicates.


def show_merge(request: DeskRequest) -> Response:
    """Show the form for a merge."""
    names = list_names(request.workspace)
    command = ("lists", "merge", "LIST", "LIST", "--into", "NAME")
    firsts = [("", "The first in the order above"), *((each, each) for each in names)]
    return request.render("lists_merge.html", names=names, firsts=firsts, command=command)


@in_background("The lists are being merged.")
def merge(request: DeskRequest) -> Response:
    """Merge lists."""
    with request.reading() as office:
        workspace = office.workspace
        first = request.one("first")
        names = [*([first] if first else []), *(each for each in request.many("list") if each != first)]
        paths = [str(workspace.named_list(name)) for name in names]
        into = request.one("into").strip() or first
        plan: tidy_lists.MergePlan = tidy_lists.plan_merge(office, paths, into)
        if not request.one("sure"):
            command = ("lists", "merge", *names, "--into", into)
            label = f"Write {plan.shown}"
            differs = plan.merged.differs[:_PAGE]
            return ask(request, plan, "Merge lists", label, "/lists/merge", command=command, differs=differs)
        done = _write(request, office, plan)
        name = name_of(workspace, plan.path)
    return request.go(f"/lists/{name}", done)


@in_background("The list is being read.")
def show_split(request: DeskRequest) -> Response:
    """Show the form for a split, with its columns."""
    with request.reading() as office:
        _, name, index = _list_of_form(request, office)
    counted = [(at, header, len(set(index.columns[at]))) for at, header in enumerate(index.headers[:_FORM])]
    columns = [(at, header, count) for at, header, count in counted if 1 < count <= _PAIRS]
    command = ("lists", "export", name, "--split-by", "COLUMN")
    return request.render("lists_split.html", name=name, columns=columns, command=command)


@in_background("The list is being split.")
def split(request: DeskRequest) -> Response:
    """Make a list for each value of a column."""
    with request.reading() as office:
        path, name, _ = _list_of_form(request, office)
        plan = tidy_lists.plan_split(office, str(path), request.one("by"))
        if not request.one("sure"):
            command = ("lists", "export", name, "--split-by", request.one("by"))
            label = f"Make {'this list' if len(plan.parts) == 1 else f'these {len(plan.parts)} lists'}"
            return ask(request, plan, f"Split {name}", label, f"{path_of(name)}/split", command=command)
        done = _write(request, office, plan)
    return request.go("/lists", done)


_TYPES: Final = {"csv": "text/csv", "json": "application/json", "vcf": "text/vcard", "html": "text/html"}
_WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@in_background("The file is being written.")
def export(request: DeskRequest) -> Response:
    """Return lists as a file, or the form for that."""
    form, names = request.one("format"), request.many("list")
    with request.reading() as office:
        workspace = office.workspace
        if not (form and names):
            command = ("lists", "export", *(names or ["LIST"]), "--output", "FILE")
            return request.render("lists_export.html", names=list_names(workspace), chosen=names, command=command)
        paths = [str(workspace.named_list(name)) for name in names]
        selection = Selection(where=request.one("where").strip())
        exported = tidy_lists.export_lists(
            office, paths, form=form, with_blocked=request.one("suppressed") != "leave-out", selection=selection
        )
    return attachment("-".join(names)[:100], form, exported.data)


def attachment(name: str, ending: str, data: bytes) -> Response:
    """Return a file to be saved, never shown, since its contents came from outside."""
    bom = b"\xef\xbb\xbf" if ending == "csv" and not data.isascii() else b""  # spreadsheets misread umlauts without it
    return Response(bom + data, media_type=_TYPES.get(ending, _WORKBOOK), headers=as_file(f"{name}.{ending}"))


@in_background("Every row is compared.", title="Duplicates", is_kept=True)
def show_duplicates(request: DeskRequest) -> Response:
    """Show rows that may be duplicates, side by side."""
    names = request.many("list")
    with request.reading() as office:
        workspace = office.workspace
        found = tidy_lists.propose(office, [workspace.named_list(name) for name in names]) if names else None
        shown = found.proposals[:_PAIRS] if found else ()
        compared = found, [_side_by_side(request, workspace, each.double.rows) for each in shown]
    return request.render(
        "lists_dedupe.html",
        found=compared,
        title="Duplicates",
        all_lists=list_names(workspace),
        names=names,
        command=("lists", "dedupe", *(names or ["--all"])),
    )


def _side_by_side(request: DeskRequest, workspace: Workspace, rows: Sequence[Any]) -> list[tuple[str, list[str]]]:
    """Return rows cell by cell: the header, and the text of each row under it."""
    cells: dict[str, list[str]] = {}
    for number, row in enumerate(rows):
        index = request.desk.indexes.find(workspace, workspace.named_list(row.list_name), wait_s=120)
        if index is None or row.row > len(index):
            continue
        for header, text in zip(index.headers, index.row(row.row - 1), strict=True):
            if text:
                cells.setdefault(header, [""] * len(rows))[number] = text
    return list(cells.items())[:_FORM]


@in_background("The rows are being merged.")
def merge_duplicates(request: DeskRequest) -> Response:
    """Merge the rows of the ticked duplicates."""
    names = request.many("list")
    with request.reading() as office:
        paths = [office.workspace.named_list(name) for name in names]
        found = tidy_lists.propose(office, paths)
        kept = {each: request.one(f"keep-{each}") for each in request.many("id")}
        wanted = [f"{each}={email}" if email else each for each, email in kept.items()]
        if not wanted:
            raise InputProblem("Nothing is ticked", hint="Tick the rows that are one contact.")
        done = tidy_lists.merge_doubles(office, paths, found, tidy_lists.choose(found, wanted, all_sure=False))
    count = len(done.merged or ())
    text = f"{count:,} {'pair was' if count == 1 else 'pairs were'} merged."
    later = f" {len(done.later):,} involve the same rows and are still here." if done.later else ""
    return request.go("/lists/dedupe", f"{text}{later}", list=names, announce="lists")


# Proposals from replies, and contacts who may have moved.


@in_background("The lists are being looked through.", when=lambda request: request.one("moves"))
def show_proposals(request: DeskRequest) -> Response:
    """Show proposals from replies; on request, also contacts who may be suppressed under an old address."""
    every, wants_moves = request.one("all") == "1", request.one("moves") == "1"
    with request.reading() as office:
        found = read_proposed(office, every=every).proposals
        moves = read_moves(office).proposals if wants_moves else None
    command = ("lists", "proposals", *(["--all"] if every else []))
    if wants_moves:
        command = ("optouts", "list", "--proposals")
    return request.render("lists_proposals.html", found=found, moves=moves, every=every, command=command)


@in_background("The lists are being looked through.")
def decide_on(request: DeskRequest) -> Response:
    """Accept a proposal (after its plan was shown), reject it, or open it again."""
    number, do = int(request.params["number"]), request.one("do")
    if do in {"reject", "reopen"}:
        with request.writing() as (office, ledger):
            state = REJECTED if do == "reject" else OPEN
            decided = decide_proposal(office, ledger, number, state, reason=request.one("reason"))
        return request.go("/lists/proposals", decided)
    with request.reading() as office:
        found = find_open(office, number)
        plan = plan_accept(office, found, to=request.one("to").strip(), add=bool(request.one("add")))
        if not request.one("sure"):
            command = ("lists", "proposals", str(number), "--accept")
            title, label = f"Accept: {found.address}", "Accept" if plan.rows else "Accept (they are on no list)"
            return ask(request, plan, title, label, "/lists/proposals", command=command)
        done = _write(request, office, plan)
    request.write(decide_proposal, number, ACCEPTED)
    return request.go("/lists/proposals", done)


@in_background("The lists are being looked through.")
def decide_move(request: DeskRequest) -> Response:
    """Record whether two addresses belong to one person."""
    old, new = request.one("old"), request.one("new")
    with request.writing() as (office, ledger):
        if request.one("do") == "same":
            return request.go("/lists/proposals", follow(office, ledger, old, new), moves="1")
        reject_follow(office, ledger, old, new)
    return request.go(
        "/lists/proposals", f"{new} and {old} are two people; this will not be proposed again.", moves="1"
    )


ROUTES = (
    DeskRoute("/lists", get=show_lists),
    DeskRoute("/lists/find", get=search),
    DeskRoute("/lists/stats", get=show_statistics),
    DeskRoute("/lists/history", get=show_history, post=undo),
    DeskRoute("/lists/import", post=take_file),
    DeskRoute("/lists/import/{upload}", get=show_import, post=do_import),
    DeskRoute("/lists/merge", get=show_merge, post=merge),
    DeskRoute("/lists/dedupe", get=show_duplicates, post=merge_duplicates),
    DeskRoute("/lists/export", get=export),
    DeskRoute("/lists/proposals", get=show_proposals),
    DeskRoute("/lists/proposals/{number:id}", post=decide_on),
    DeskRoute("/lists/moves", post=decide_move),
    DeskRoute("/lists/{name}", get=show_list, post=change_rows),
    DeskRoute("/lists/{name}/row", post=save_row),
    DeskRoute("/lists/{name}/add", get=show_add, post=add_rows),
    DeskRoute("/lists/{name}/check", get=show_check, post=decide),
    DeskRoute("/lists/{name}/split", get=show_split, post=split),
)
