"""Checking: `mailer lists check --all`, every list, and the lists held against each other.

Owns how that is shown. Reads only. The same person with different data on two lists is no fault, and is told.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from mailer.cli import output
from mailer.cli.context import current_workspace
from mailer.errors import InputProblem, Severity
from mailer.workspace import Workspace

if TYPE_CHECKING:
    from mailer.contacts.merging import Merged

_SHOWN = 12
_SHELVES = (
    ("invalid", "invalid"),
    ("missing", "without an address"),
    ("duplicates", "duplicate"),
    ("suppressed", "marked as not to be mailed"),
)


def check_every_list(*, as_json: bool) -> None:
    """Check all of lists/."""
    workspace = current_workspace()
    documents = [_document(workspace, path.stem) for path in workspace.lists()]
    merged = _merged(workspace)
    on_several = [each for each in merged.people.values() if len(each.lists) > 1]
    if as_json:
        differs = [
            {
                "email": each.email,
                "column": each.column,
                "value": each.kept,
                "list": each.kept_from,
                "other_value": each.other,
                "other_list": each.other_from,
            }
            for each in merged.differs
        ]
        shared = [{"email": each.email, "lists": each.lists} for each in on_several]
        output.print_json(
            {"lists": documents, "people": len(merged.people), "on_several": shared, "differences": differs}
        )
        return
    if not documents:
        output.say("There are no lists yet. mailer lists import FILE   makes one.")
    for document in documents:
        _say_list(document)
    _say_together(merged, len(documents), len(on_several))


def _document(workspace: Workspace, name: str) -> dict[str, Any]:
    from mailer.contacts.check import check_document
    from mailer.runs.lists import open_list

    path = next(path for path in workspace.lists() if path.stem == name)
    shown = workspace.show(path)
    try:
        with open_list(workspace, path) as list_file:
            return check_document(list_file, shown)
    except InputProblem as problem:
        return {"file": shown, "error": str(problem)}


def _merged(workspace: Workspace) -> Merged:
    from mailer.contacts.merging import merge_lists
    from mailer.runs.lists import open_list

    with ExitStack() as stack:
        lists = []
        for path in workspace.lists():
            try:
                lists.append(stack.enter_context(open_list(workspace, path)))
            except InputProblem:
                continue  # told with its list
        return merge_lists(lists)


def _say_list(document: dict[str, Any]) -> None:
    if "error" in document:
        output.say(f"  {document['error']}", style="red")
        return
    counts = document["counts"]
    out = [f"{counts[shelf]} {words}" for shelf, words in _SHELVES if counts[shelf]]
    worse = [each for each in document["problems"] if each["severity"] != Severity.NOTE.value]
    warned = [f"{len(worse)} {'warning' if len(worse) == 1 else 'warnings'}"] if worse else []
    said = " · ".join([f"{counts['recipients']} people", *out, *warned])
    output.say(f"  {document['file']:28} {said}")


def _say_together(merged: Merged, lists: int, on_several: int) -> None:
    if lists < 2:
        return
    output.say(f"\n  Together {len(merged.people)} people, {on_several} of them on several lists")
    for each in merged.differs[:_SHOWN]:
        output.say(f"  {each.email}   {each.column}: {_short(each.kept)} ({each.kept_from})")
        output.say(f"  {'':{len(each.email)}}   {'':{len(each.column)}}  {_short(each.other)} ({each.other_from})")
    if len(merged.differs) > _SHOWN:
        output.say(f"  … and {len(merged.differs) - _SHOWN} more differences:   mailer lists check --all --json")
    if merged.left_out:
        output.say("\n  Why rows are left out:   mailer lists check LIST")


def _short(text: str) -> str:
    from mailer.address import printable

    return printable(text, 50) or "(empty)"
