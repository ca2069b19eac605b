"""Replies: `mailer replies`: list, read, assign and annotate replies, and mark them as done.

Without a subcommand they are listed, so that `mailer replies lamps --open` works.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import typer

from mailer.cli import output
from mailer.cli.office import password_of, reading_office, run_writing, writing_office
from mailer.cli.options import OneMailing, argument, flag
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from typer._click import Context


class _Lists(typer.core.TyperGroup):
    """A group whose default command is `list`: `mailer replies lamps --open`."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Insert `list` if there is no command."""
        if not any(word in self.commands or word in {"--help", "-h"} for word in args):
            args = ["list", *args]
        return super().parse_args(ctx, args)


_HELP = """Replies from people: list, read, assign, note, mark as done.

Without a command they are listed:   mailer replies [MAILING] [--open|--done|--mine] [--why]
"""
app = typer.Typer(cls=_Lists, help=_HELP)


@app.command("list")
def list_replies(
    mailing: OneMailing = "",
    waiting: bool = flag("--open", "Only replies that still need an answer."),
    done: bool = flag("--done", "Only replies that are done."),
    mine: bool = flag("--mine", "Only open replies that are assigned to you."),
    explain: bool = flag("--why", "Show the grounds for each guess."),
) -> None:
    """List replies. The word "list" can be left out.

    Whether a reply needs an answer is a guess from its words: a question, a request for an interview, for pictures or
    a call. Thanks and automatic replies need none. Replies arrive with   mailer bounces collect

    \b
    Examples:
      mailer replies                     all, newest first
      mailer replies harbour-seals       to one release, its follow-ups and corrections
      mailer replies --open              not answered yet
      mailer replies --mine              assigned to you
      mailer replies --open --why        with the grounds for each guess
    """
    from mailer.runs.replies import DONE, MINE, OPEN
    from mailer.runs.replies import list_replies as read

    if waiting + done + mine > 1:
        raise InputProblem("choose one of --open, --done and --mine", hint="mailer replies --open")
    with reading_office() as office:
        which = OPEN if waiting else DONE if done else MINE if mine else ""
        output.show(read(office, mailing, which=which, explain=explain))


@app.command()
def show(
    number: int = argument("NUMBER", "The number in the list."),
    whole: bool = flag("--whole", "Include the quoted mail and the signature."),
) -> int:
    """Show one reply, fetched from the mailbox.

    The letter is fetched for you to read and is not stored; nothing in the mailbox changes.

    \b
    Examples:
      mailer replies show 3
      mailer replies show 3 --whole
    """
    from mailer.runs.replies import show_reply

    with reading_office() as office:
        shown = show_reply(office, number, partial(password_of, office), whole=whole)
    output.show(shown)
    return shown.exit_code


@app.command()
def assign(
    words: list[str] = argument("NUMBER [NAME]", "Numbers from the list, and a name. Default: yourself."),
    take_over: bool = flag("--take-over", "Also if it is assigned to someone else."),
    undo: bool = flag("--undo", "Remove the assignment."),
) -> int:
    """Assign replies to yourself or a colleague.

    A reply that is assigned to someone else stays with them, except with --take-over.

    \b
    Examples:
      mailer replies assign 3              to yourself
      mailer replies assign 3 4 Ida
      mailer replies assign 3 Jonas --take-over
      mailer replies assign 3 --undo
    """
    from mailer.runs.replies import assign_replies, own_name

    numbers = [int(word) for word in words if word.isdecimal()]
    name = " ".join(word for word in words if not word.isdecimal())
    if not numbers or (undo and name):
        raise InputProblem("give the numbers of the replies", hint="mailer replies assign 3 Ida   or   3 --undo")
    with writing_office() as (office, ledger):
        chosen = "" if undo else name or own_name(office)
        handled = assign_replies(office, ledger, numbers, chosen, take_over=take_over)
    output.show(handled)
    return 1 if handled.refused else 0


@app.command()
def done(
    numbers: list[int] = argument("NUMBER", "Numbers from the list."),
    undo: bool = flag("--undo", "Open it again."),
) -> int:
    """Mark replies as done.

    \b
    Examples:
      mailer replies done 3 4
      mailer replies done 3 --undo
    """
    from mailer.runs.replies import finish_replies

    handled = run_writing(finish_replies, numbers, undo=undo)
    output.show(handled)
    return 1 if handled.refused else 0


@app.command()
def note(
    number: int = argument("NUMBER", "The number in the list."),
    text: list[str] = argument("TEXT", "What your colleagues should know.", []),
    undo: bool = flag("--undo", "Remove the newest note."),
) -> int:
    """Add a note to a reply.

    Notes are erased with the contact (mailer contacts forget), and after their retention period.

    \b
    Examples:
      mailer replies note 3 "Called back at five, wants pictures by Friday"
      mailer replies note 3 --undo
    """
    from mailer.runs.replies import note_reply

    if undo and text:
        raise InputProblem(
            "--undo removes the newest note and takes no text", hint=f"mailer replies note {number} --undo"
        )
    handled = run_writing(note_reply, number, " ".join(text), undo=undo)
    output.show(handled)
    return 1 if handled.refused else 0
