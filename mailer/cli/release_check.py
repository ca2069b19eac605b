"""Release check: `mailer release check`, what an editor would say before a release goes out.

What is found is `runs.reviewing`'s, and how it is shown `pages.reviewing`'s.
"""

from __future__ import annotations

import os
from typing import Annotated

import typer

from mailer.cli import output
from mailer.cli.context import actor, current_workspace, now
from mailer.cli.office import reading_office
from mailer.cli.options import AsJson, Reader, ReleaseEncoding, grouped
from mailer.cli.progress import counting
from mailer.errors import InputProblem


@grouped
def check(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A path, or the name of a file in releases/ without its ending.")
    ],
    online: Annotated[bool, typer.Option("--online", help="Also open every link and picture of the release.")] = False,
    at: Annotated[
        str, typer.Option(metavar="WHEN", help='Check it for this time: "2026-12-01 09:00 Europe/Berlin".')
    ] = "",
    reader: Reader = Reader(),
    spam: Annotated[bool, typer.Option("--spam", help="Also run SpamAssassin and rspamd, if installed.")] = False,
    waive: Annotated[
        str, typer.Option(metavar="CODE", help="Accept a warning, by the name that the check shows.")
    ] = "",
    reason: Annotated[str, typer.Option(metavar="TEXT", help="With --waive: why the warning is acceptable.")] = "",
    _encoding: ReleaseEncoding = "",
    as_json: AsJson = False,
) -> None:
    """Check a release as an editor would. Errors stop a mailing (exit code 2), warnings do not.

    The mail is made and looked at as well: everybody's of a list with --to, else that of an invented reader.

    A warning can be accepted, with a reason that is kept in the release. It is not shown again before a send.
    docs/checks.md lists everything that can be found.

    \b
    Examples:
      mailer release check harbour-seals
      mailer release check harbour-seals --online     opens the links as well
      mailer release check harbour-seals --to coast   makes everybody's mail, and looks at each
      mailer release check harbour-seals --spam       asks the spam filters of this machine
      mailer release check harbour-seals --at "2026-12-01 09:00 Europe/Berlin"     against its embargo
      mailer release check harbour-seals --waive headline-long --reason "it is their title"
      mailer release check harbour-seals --waive 'leftover "TBC"' --reason "the ship's name"
    """
    from mailer.config import read_settings
    from mailer.runs.reviewing import Desk, ReviewRequest, review

    if waive and not reason.strip():
        raise InputProblem("--waive needs a reason", hint='--reason "why it is meant": it stays in the release')
    if reason and not waive:
        raise InputProblem("--reason goes with --waive", hint="--waive CODE, as the check shows it")
    workspace = current_workspace()
    # settings that cannot be read would let the check pass by rules that are not the office's own
    settings = read_settings(workspace.root, os.environ)
    desk = Desk(workspace, settings, workspace.release_path(file), now, actor(), reading_office, counting)
    request = ReviewRequest(
        file, tuple(reader.to), reader.person, reader.selection, reader.template, reader.sender, at, spam, online
    )
    found = review(desk, request, waive=waive, reason=reason)
    if as_json and found.kept_in:
        output.say(f"Kept in {found.kept_in}.", to_stderr=True)
    output.show(found, as_json=as_json)
    if not found.ok:
        raise typer.Exit(2)


def register(app: typer.Typer) -> None:
    """Add the command to `mailer release`."""
    app.command("check")(check)
