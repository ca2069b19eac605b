"""Updates: mailings around a release that was sent: `mailer follow-up`, `correct` and `retract`.

Each shows its plan and asks, like `send`, and uses the same engine. `runs.planning.updates` decides who gets it and in
which order things are done.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli.office import current_workspace
from mailer.cli.options import Looks, NamedRelease, Yes, asked, flag, grouped, option
from mailer.cli.send import Mode, carry_out
from mailer.errors import InputProblem
from mailer.frozen import dataclass

if TYPE_CHECKING:
    from mailer.runs.office import Office
    from mailer.runs.planning.request import About, Request

app = typer.Typer()

Note = Annotated[str, option("--note TEXT", "What was wrong, in a sentence or two. It opens the message.")]


@dataclass(frozen=True)
class Update(Looks):
    """The options of a mailing around a release."""

    family: str = asked("--template FAMILY", "Template family. Default: follow-up, correction or retraction.")
    relay: str = asked("--relay NAME", "A relay from mailer.toml.")
    dry_run: bool = asked("--dry-run", "Build every message and show the plan; send nothing.", default=False)
    plan: bool = asked("--plan", "Store it as a plan for another person to approve; send nothing.", default=False)
    planner: str = asked("--as NAME", "With --plan: who plans it, as for `mailer plan`.")
    yes: Yes = False


@app.command("follow-up", short_help="Send one follow-up in the thread of a release.")
@grouped
def follow_up(
    release: NamedRelease,
    way: Update = Update(),
    text: str = option("--text FILE", "Your own plain text; {{ first_name }} and other fields are filled in.", ""),
    only: str = option(
        "--only WHO", "Only asked (awaiting an answer), or accepted-embargo. Default: those who did not reply.", ""
    ),
    to: list[str] = option("--to LIST", "Only recipients on this list. Can be repeated.", []),
    with_release: bool = flag("--with-release", "Put the release below the letter."),
) -> int:
    """Send a follow-up in the thread of a release: a short letter with the subject "Re: …".

    It goes to recipients whose release was accepted, after two working days ([follow_up] in mailer.toml), and only
    once. It leaves out recipients who replied, opted out, bounced, are out of office or in doubt. The same command on a
    later day reaches those who were out of office (without a date: for 14 days), or had only just got the release.

    \b
    Examples:
      mailer follow-up harbour-seals --dry-run
      mailer follow-up harbour-seals
      mailer follow-up harbour-seals --text follow-up.txt --to science
      mailer follow-up harbour-seals --only asked --text answer.txt --with-release
    """
    from mailer.runs.planning.request import About

    about = About(
        text=_read_text(text),
        with_release=with_release,
        only="" if only == "not-replied" else only,
        to=tuple(to),
    )
    return _run(release, "follow-up", way, about)


@app.command(short_help="Correct a release, for every recipient who has it.")
@grouped
def correct(
    release: NamedRelease,
    way: Update = Update(),
    note: Note = "",
    minor: bool = flag("--minor", "Only for recipients who are still waiting for the release."),
) -> int:
    """Correct a release that was sent. Edit its file first, then run this.

    Every recipient of an earlier text gets a correction in the same thread: your note, the old and the new wording, and
    the corrected release in full. Recipients who are still waiting for the release get the new text and no correction.
    If this is interrupted, run the same command again: nobody gets it twice.

    \b
    Examples:
      mailer correct harbour-seals --note "The release gave the wrong date." --dry-run
      mailer correct harbour-seals --note "The release gave the wrong date."
      mailer correct harbour-seals --note "A typing error." --minor
    """
    from mailer.runs.planning.request import About

    return _run(release, "correction", way, About(note=note, minor=minor))


@app.command(short_help="Withdraw a release: ask its recipients not to use it.")
@grouped
def retract(release: NamedRelease, way: Update = Update(), note: Note = "") -> int:
    """Withdraw a release. This cannot be undone.

    Every recipient is asked, in the same thread, not to use it; the text is not repeated. Recipients who are still
    waiting get nothing, and it can no longer be sent.

    \b
    Example:
      mailer retract harbour-seals --note "The count was made on the wrong day."
    """
    from mailer.runs.planning.request import About

    return _run(release, "retraction", way, About(note=note))


def _read_text(name: str) -> str:
    from mailer.text.encodings import decode_text
    from mailer.workspace import read_bytes

    if not name:
        return ""
    beside = current_workspace().root / name  # a path from the workspace, or from the current folder
    text = decode_text(read_bytes(beside if beside.is_file() else Path(name), limit=100_000))[0].strip()
    if not text:
        raise InputProblem("the file is empty", source=name)
    return text


def _run(release: str, kind: str, way: Update, about: About) -> int:
    from mailer.runs.ready import relay_of

    def ask(office: Office) -> Request:
        relay = relay_of(office, way.relay, is_dry_run=way.dry_run)
        return way.request(release, relay, kind, pinned=bool(way.relay), about=about)

    planner = way.planner if way.plan else None
    return carry_out(ask, Mode(dry_run=way.dry_run, planner=planner, yes=way.yes))
