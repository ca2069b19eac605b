"""Adopting: `mailer doctor --adopt-ledger`, when a ledger is refused, or is gone.

Owns the words, and the asking before it is done. What it means is in `runs.doctor.adopting`.
"""

from __future__ import annotations

import os
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import typer

from mailer.cli import output
from mailer.cli.context import actor, current_workspace, now
from mailer.errors import InputProblem, LedgerProblem

if TYPE_CHECKING:
    from mailer.runs.doctor import Adoption
    from mailer.workspace import Workspace
from pathlib import Path

from mailer.errors import ConfigProblem


def adopt(*, yes: bool, as_json: bool) -> int:
    """Explain, ask, and adopt the ledger of this workspace; return the exit code."""
    from mailer.config import find_memory, read_settings
    from mailer.ledger import open_ledger
    from mailer.ledger.place import place_problem
    from mailer.runs.doctor import plan_adoption

    workspace = current_workspace()
    settings = read_settings(workspace.root, os.environ)
    wrong_place = place_problem(settings.ledger.url, workspace.root)
    if wrong_place:
        raise wrong_place
    ledger = open_ledger(settings.ledger.url, workspace.root, create=False)
    if ledger is None:
        return _ask_and_begin_anew(workspace, yes=yes, as_json=as_json)
    with closing(ledger):
        adoption = plan_adoption(workspace, ledger, find_memory(os.environ))
        return _ask_and_adopt(adoption, yes=yes, as_json=as_json)


def _ask_and_begin_anew(workspace: Workspace, *, yes: bool, as_json: bool) -> int:
    """Return what was lost, ask, and let the folder begin with an empty ledger; return the exit code."""
    from mailer.config import find_memory
    from mailer.runs.doctor import begin_anew, find_loss

    memory = find_memory(os.environ)
    lost = find_loss(workspace, memory)
    if lost is None:
        raise LedgerProblem("there is no ledger here to adopt", hint="It is made with the first mailing.")
    output.say(f"  {lost}\n  {lost.hint.splitlines()[0]}\n{_LOSS}", to_stderr=True)
    if not yes and not _agreed("  Begin with an empty ledger?"):
        output.say("  Nothing was changed.", to_stderr=True)
        return 1
    begin_anew(workspace, memory)
    if as_json:
        output.print_json({"adopted": True, "id": None, "runs": 0})
    else:
        output.say("The next mailing begins an empty ledger.")
    return 0


def _ask_and_adopt(adoption: Adoption, *, yes: bool, as_json: bool) -> int:
    from mailer.ledger.mailings import Stamp

    identity = adoption.found.identity
    adopted = adoption.refused is not None
    if adoption.refused is not None:
        _explain(adoption, adoption.refused)
        if not yes and not _agreed():
            output.say("  Nothing was changed.", to_stderr=True)
            return 1
        identity, remembered = adoption.do(Stamp(now(), actor()))
        if not remembered:
            output.say("  Nothing of it can be remembered on this machine: no folder lasts.", to_stderr=True)
    if as_json:
        output.print_json({"adopted": adopted, "id": identity.ledger_id, "runs": identity.runs})
    elif adopted:
        output.say("Adopted. Another copy of it that turns up on this machine is refused from now on.")
    else:
        output.say("There is nothing to adopt: this is the ledger that was used here last.")
    return 0


def _explain(adoption: Adoption, refused: LedgerProblem) -> None:
    """Say what is here, what is remembered, what differs, and what could happen."""
    here, there = adoption.found.identity, adoption.found.remembered
    lines = [("Refused", str(refused))]
    sent = f"last sent by {here.sent_by}" if here.sent_by else "nothing sent yet"
    lines.append(("Here", f"{here.runs} runs, {sent} (ledger {here.ledger_id})"))
    lines.append(
        ("Remembered", f"{there.runs} runs, in {there.place}, by {there.actor}, {there.at}" if there else "nothing")
    )
    for name, count in adoption.still_open:
        who = "1 person" if count == 1 else f"{count} people"
        lines.append(("Still open", f"{name}: {who} would get it. If another copy sent it: mailer cancel {name}"))
    for label, text in lines:
        output.say(f"  {label:12}{text}", to_stderr=True)
    output.say(_RISK, to_stderr=True)


_RISK = """
  What another copy of it sent or heard since is not in this one. Whoever is open here may have it already, a release
  that went out may look unsent, and who opted out meanwhile must be entered again: mailer bounces collect reads what
  is in the mailbox once more, mailer optouts add EMAIL does it by hand.
"""


_LOSS = """
  A backup of .mailer/ledger.db and .mailer/keys is better than what follows. With an empty ledger a release that went
  out looks unsent, so that everybody on its lists would get it again, and nobody is known to have opted out. Before
  you send anything, read the mailbox once more (mailer bounces collect), and enter the opt-outs that you have
  elsewhere: mailer optouts import FILE, or mailer optouts add EMAIL.
"""


def _agreed(question: str = "  Go on with this ledger?") -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        raise InputProblem("nobody is here to say yes", hint="Add --yes once you have read it.")
    return typer.confirm(question, err=True)


# Trusting: `mailer doctor --trust DIR`, where others than the user may change mailer.toml.


def trust_folder(name: str) -> int:
    """Remember that the mailer.toml of a folder may be used, whoever can change it; returns the exit code."""
    from mailer.config import find_memory
    from mailer.errors import CONFIG_NAME
    from mailer.platform import find_exposed

    file = Path(name).expanduser().absolute() / CONFIG_NAME
    if not file.is_file():
        raise InputProblem(f"there is no {CONFIG_NAME} in {file.parent}")
    exposed = find_exposed(file)
    if exposed is None:
        output.say(f"Nothing to do: only you and root can change {file}.")
        return 0
    memory = find_memory(os.environ)
    if not memory.trust(file.parent):
        raise ConfigProblem(
            "there is no folder of yours here in which this could be remembered",
            hint=f"XDG_STATE_HOME can name one. Or: {exposed.fix}",
        )
    output.say(f"Trusted: {file}")
    output.say(f"{exposed.path}: {exposed.said}. Whoever changes it runs commands as you from now on.")
    return 0
