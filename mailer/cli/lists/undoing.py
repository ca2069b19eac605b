"""Undoing: `mailer lists undo`, the last change of the lists is put back.

Owns how steps are shown and asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.context import current_workspace, now
from mailer.cli.lists.asking import agreed, say_unchanged
from mailer.cli.options import AsJson, DryRun, Yes
from mailer.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailer.runs.lists.rewrite import Rewrite
    from mailer.runs.lists.steps import Step

_HELP = """Undo the last change of the lists, in all files at once. Run it again to undo the one before.

A list that somebody changed since is left as it is, and told. The last 50 changes are kept in .mailer/undo/.

\b
Examples:
  mailer lists undo
  mailer lists undo --list        what can be put back
  mailer lists undo --redo        take the last undo back"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("undo", help=_HELP)(undo)


def undo(
    show: Annotated[bool, typer.Option("--list", help="List the changes that can be undone.")] = False,
    redo: Annotated[bool, typer.Option("--redo", help="Redo what was undone last.")] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """Undo the last change."""
    from mailer.runs.lists.undo import plan_undo, undo_step

    workspace = current_workspace()
    if show:
        return _show(workspace, as_json=as_json)
    step, changes = plan_undo(workspace, redo=redo)
    if not as_json:
        _say(workspace, step, changes, redo=redo)
    question = "Take the undo back?" if redo else "Put it back?"
    written = not dry_run and agreed(question, yes=yes)
    if written:
        step = undo_step(workspace, now=now(), redo=redo)
    if as_json:
        files = [_outcome(workspace, each) for each in changes]
        output.print_json({"step": _document(workspace, step), "redo": redo, "files": files, "written": written})
    elif written:
        other = f"mailer lists undo {'' if redo else '--redo '}--yes"
        output.say(f"  Done. As it was just now:   {other}")
    else:
        say_unchanged()
    return 0 if written or dry_run else 1


def _show(workspace: Workspace, *, as_json: bool) -> int:
    from mailer.runs.lists.steps import next_steps, read_steps

    done, undone = next_steps(read_steps(workspace))
    if as_json:
        output.print_json(
            {
                "steps": [_document(workspace, each) for each in reversed(done)],
                "undone": [_document(workspace, each) for each in reversed(undone)],
            }
        )
        return 0
    if not done and not undone:
        output.say("No list was changed by mailer yet.")
    rows = [
        (f"{each.at.astimezone():%Y-%m-%d %H:%M}", each.what, _few([workspace.show(f.path) for f in each.files]))
        for each in reversed(done)
    ]
    for line in output.table(rows, head=("WHEN", "WHAT", "FILES") if rows else ()):
        output.say(f"  {line}")
    if undone:
        output.say(f'\n  Undone last: "{_plain(undone[-1])}"; to take that back:   mailer lists undo --redo --yes')
    return 0


def _say(workspace: Workspace, step: Step, changes: Sequence[Rewrite], *, redo: bool) -> None:
    title = "Last undo" if redo else "Last change"
    output.say(f"  {title:13} {_plain(step)} ({step.at.astimezone():%d %B %Y, %H:%M})")
    for number, each in enumerate(changes):
        outcome = _outcome(workspace, each)
        output.say(f"  {'' if number else 'Files':13} {outcome['file']}   {outcome['becomes']}")
    output.say()


def _few(files: list[str]) -> str:
    return ", ".join(files) if len(files) < 3 else f"{files[0]} and {len(files) - 1} more"


def _plain(step: Step) -> str:
    return step.what.removeprefix("undone: ")


def _outcome(workspace: Workspace, change: Rewrite) -> dict[str, str]:
    if change.was == change.data:
        becomes = "is so already"
    elif change.data is None:
        becomes = "is removed"
    else:
        becomes = "is put back" if change.was is not None else "comes back"
    return {"file": workspace.show(change.path), "becomes": becomes}


def _document(workspace: Workspace, step: Step) -> dict[str, Any]:
    files = [
        {
            "file": workspace.show(each.path),
            "copy": workspace.show(each.copy) if each.copy else None,
            "created": not each.before,
            "removed": not each.after,
        }
        for each in step.files
    ]
    return {
        "number": step.number,
        "what": step.what,
        "at": step.at.isoformat(timespec="seconds"),
        "kind": step.kind,
        "files": files,
    }
