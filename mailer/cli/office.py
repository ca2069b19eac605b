"""Office: the composition root. Settings, ledger and keys of the workspace, joined for a command.

Owns when the ledger and the keys are made: by commands that write, never by commands that only read; and when a ledger
at a wrong place, or an older copy of it, refuses a command (whoever writes there, whoever mails) or is only warned of.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from mailer.cli import output
from mailer.cli.context import actor, current_workspace, now
from mailer.errors import KEY_HINT, LedgerProblem

if TYPE_CHECKING:  # SQLAlchemy must not be waited for by --help
    from mailer.config import Memory
    from mailer.ledger import Ledger
    from mailer.runs.office import Office
    from mailer.settings import Credential, Inbox, Relay, Secret
    from mailer.tokens import Keys
    from mailer.workspace import Workspace


@contextmanager
def writing_office(
    *, mails: bool = False, lasting: bool = True, new_keys: Keys | None = None
) -> Iterator[tuple[Office, Ledger]]:
    """Open the workspace for a command that writes to the ledger; it and the keys are made if missing.

    With `mails` an older copy of the ledger is refused. What is not `lasting` (a demo) may lie anywhere, and is
    remembered nowhere. `new_keys` are those that a first look was taken with: kept where nobody made others meanwhile.
    """
    from mailer.config import Memory, find_memory, read_given_keys, read_or_make_keys, read_settings
    from mailer.ledger import open_ledger
    from mailer.ledger.place import place_problem
    from mailer.runs.office import Office, hold_to_ledger

    workspace = current_workspace()
    settings = read_settings(workspace.root, os.environ)
    wrong_place = place_problem(settings.ledger.url, workspace.root) if lasting else None
    if wrong_place:
        raise wrong_place
    memory = find_memory(os.environ) if lasting else Memory(None)
    old = open_ledger(settings.ledger.url, workspace.root, create=False)
    with _closed_on_error(old):
        hold_to_ledger(workspace, old)
        if old is None:
            _hold_to_place(memory, workspace, mails=mails)
    # the keys are made before the ledger: a ledger without keys has lost them, and new ones would find nobody's opt-out
    with _closed_on_error(old):
        keys = read_given_keys(settings, workspace.root, os.environ)
        if keys is None and old is None:
            keys = read_or_make_keys(settings, workspace.root, os.environ, new=new_keys)
    ledger = old or open_ledger(settings.ledger.url, workspace.root)
    with _closed_on_error(ledger):
        if ledger is None or keys is None:
            raise LedgerProblem("the keys of this ledger are missing", hint=KEY_HINT)
        hold_to_ledger(workspace, ledger)
        office = Office(workspace, settings, ledger, keys, actor(), ledger.now, memory)
        _hold_to_memory(office, ledger, mails=mails)
        office.guard(ledger).watch()
        if mails and not office.memory.lasts:
            output.say(_FORGETFUL, style="yellow", to_stderr=True)
    try:
        yield office, ledger
    finally:
        with suppress(LedgerProblem):  # an older copy is not counted on; one that cannot be written said so before
            office.guard(ledger).count(office.stamp())
        ledger.close()


def _hold_to_memory(office: Office, ledger: Ledger, *, mails: bool) -> None:
    """Refuse an older copy of the ledger where mail would go out, and warn of it elsewhere.

    Raises:
        LedgerProblem: it is one, and the command mails.
    """
    try:
        office.guard(ledger).hold()
    except LedgerProblem as problem:
        if mails:
            raise
        _warn(problem)


def _hold_to_place(memory: Memory, workspace: Workspace, *, mails: bool) -> None:
    """Refuse a folder whose ledger is gone where mail would go out, and warn of it elsewhere.

    Raises:
        LedgerProblem: it is gone, and the command mails.
    """
    from mailer.runs.office.guard import find_gone

    problem = find_gone(memory, workspace.root)
    if problem is not None:
        if mails:
            raise problem
        _warn(problem)


def _warn(problem: LedgerProblem) -> None:
    output.say(f"Warning: {problem}", style="yellow", to_stderr=True)
    output.say("Nothing can be sent from it as it is; see: mailer doctor", to_stderr=True)


_FORGETFUL = """\
Warning: there is no folder of yours here that lasts, so an older ledger put back would not be noticed.
XDG_STATE_HOME can name one."""


@contextmanager
def _closed_on_error(ledger: Ledger | None) -> Iterator[None]:
    """Close a ledger that is refused."""
    try:
        yield
    except BaseException:
        if ledger is not None:
            ledger.close()
        raise


@contextmanager
def reading_office(*, mails: bool = False) -> Iterator[Office]:
    """Open the workspace for a command that only reads; where there is no ledger yet, there is none after it.

    With `mails` it is the first look of a command that will mail, and what refuses that refuses this.
    """
    from mailer.config import find_memory, passing_keys, read_given_keys, read_settings
    from mailer.ledger import open_ledger
    from mailer.ledger.place import place_problem
    from mailer.runs.office import Office, hold_to_ledger

    workspace = current_workspace()
    settings = read_settings(workspace.root, os.environ)
    keys = read_given_keys(settings, workspace.root, os.environ) or passing_keys()
    wrong_place = place_problem(settings.ledger.url, workspace.root)
    if wrong_place and mails:
        raise wrong_place
    ledger = open_ledger(settings.ledger.url, workspace.root, create=False)
    office = Office(workspace, settings, ledger, keys, actor(), ledger.now if ledger else now, find_memory(os.environ))
    with _closed_on_error(ledger):
        hold_to_ledger(workspace, ledger)
        if ledger is None:
            _hold_to_place(office.memory, workspace, mails=mails)
        else:
            if wrong_place:
                _warn(wrong_place)
            _hold_to_memory(office, ledger, mails=mails)
            office.guard(ledger).watch()
    try:
        yield office
    finally:
        if ledger is not None:
            ledger.close()


def find_refusal(office: Office) -> LedgerProblem | None:
    """Return why nothing could be sent with the ledger of an office that was opened for reading; None where it could.

    Keys that are missing or wrong refuse whoever plans, a dry run as well.
    """
    from mailer.ledger.place import place_problem
    from mailer.runs.office.guard import find_gone

    root, ledger = office.workspace.root, office.ledger
    wrong_place = place_problem(office.settings.ledger.url, root)
    if wrong_place or ledger is None:
        return wrong_place or find_gone(office.memory, root)
    try:
        office.guard(ledger).hold()
    except LedgerProblem as problem:
        return problem
    return None


def with_lasting_keys(office: Office) -> Office:
    """Return the office with the keys that its first mailing will have, made if missing: its tokens stay the same."""
    from mailer.config import read_or_make_keys

    if office.ledger is not None:
        return office
    return replace(office, keys=read_or_make_keys(office.settings, office.workspace.root, os.environ))


def password_of(office: Office, relay: Relay) -> Credential | None:
    """Fetch the password of a relay, or what access tokens are made from, at the moment before it is needed."""
    from mailer.config import read_credential

    return read_credential(relay, office.workspace.root, os.environ)


def inbox_credential(office: Office, inbox: Inbox) -> Credential | None:
    """Fetch the password of a mailbox, or what its access tokens are made from, at the moment before it is needed."""
    from mailer.config import read_inbox_credential

    return read_inbox_credential(inbox, office.workspace.root, os.environ)


def inbox_password(office: Office, inbox: Inbox) -> Secret | None:
    """Return what logs in to a mailbox, an access token where it wants one; None where it is a file."""
    from mailer.runs.mailboxes.reading import Door

    if inbox.is_file:
        return None
    root = office.workspace.root
    return Door(inbox, root, lambda: inbox_credential(office, inbox), clock=office.clock).secret()
