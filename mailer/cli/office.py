"""Office: the composition root: workspace, clock, settings, ledger and keys, joined for a command.

Owns when the ledger and the keys are created: by commands that write, never by commands that only read; and whether a
ledger in the wrong place, or an older copy, stops a command (one that writes or mails) or only causes a warning.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from mailer.cli import output
from mailer.errors import KEY_HINT, InputProblem, LedgerProblem, MailerError
from mailer.platform import user
from mailer.platform.clocks import watch_of
from mailer.workspace import Workspace, find_workspace

if TYPE_CHECKING:  # --help must not wait for SQLAlchemy
    from mailer.ledger import Ledger
    from mailer.ledger.connection import KeptLedger
    from mailer.runs.office import Office
    from mailer.settings import Credential, Inbox, Relay, Settings
    from mailer.settings.table import Table
    from mailer.tokens import Keys

given_workspace: ContextVar[str] = ContextVar("given_workspace", default="")
given_encoding: ContextVar[str] = ContextVar("given_encoding", default="")  # of the release that a command reads

OneTable = TypeVar("OneTable", bound="Table")
Result = TypeVar("Result")
Args = ParamSpec("Args")

_NO_MEMORY = """\
Warning: you have no permanent folder here, so mailer would not notice if an older ledger were put back.
Name one in XDG_STATE_HOME."""


def current_workspace() -> Workspace:
    """Find the workspace of this command: by `--workspace` or MAILER_WORKSPACE, else from the current folder.

    Raises InputProblem if the given folder does not exist, or the current one is gone.
    """
    given = given_workspace.get() or os.environ.get("MAILER_WORKSPACE", "")
    try:
        folder = Path.cwd()
    except FileNotFoundError:
        hint = "Change to another folder."
        raise InputProblem("the current folder no longer exists", hint=hint) from None
    return replace(find_workspace(folder, given=given), encoding=given_encoding.get())


def current_settings() -> Settings:
    """Read mailer.toml and its overrides in the environment. Raises ConfigProblem if they cannot be used."""
    from mailer.config.reading import read_settings

    return read_settings(current_workspace().root, os.environ)


def with_options(table: OneTable, **typed: object) -> OneTable:
    """Return a table of mailer.toml with the options that were typed (not None or empty) in place of its values.

    Raises InputProblem if a value cannot be used.
    """
    from mailer.settings import first_flaw

    try:
        return table.replace(**{name: value for name, value in typed.items() if value not in {None, ""}})
    except ValueError as error:
        raise InputProblem(f"--{first_flaw(error).replace('prefix', 'path-prefix', 1)}") from None


def now() -> datetime:
    """Return the time, aware, in UTC. A clock that was set a moment ago is not trusted yet."""
    return watch_of("here").check(datetime.now(UTC))


def actor() -> str:
    """Return the user at the keyboard as `user@host`, which the ledger keeps with each event."""
    import socket

    return f"{user()}@{socket.gethostname()}"


@contextmanager
def writing_office(
    *, mails: bool = False, lasting: bool = True, new_keys: Keys | None = None
) -> Iterator[tuple[Office, Ledger]]:
    """Open the workspace for a command that writes to the ledger; ledger and keys are created if missing.

    With `mails`, an older copy of the ledger is refused. A workspace that is not `lasting` (a demo) may be anywhere,
    and is not remembered. `new_keys` are those of a first look, kept unless other keys were created in the meantime.
    """
    with _open_office(writes=True, mails=mails, lasting=lasting, new_keys=new_keys) as office:
        if office.ledger is None:
            raise LedgerProblem("the keys of this ledger are missing", hint=KEY_HINT)
        if mails and not office.memory.lasts:
            output.echo(_NO_MEMORY, style="yellow", to_stderr=True)
        try:
            yield office, office.ledger
        finally:
            with suppress(LedgerProblem):  # an older copy is not counted; an unwritable one was reported before
                office.guard(office.ledger).count(office.stamp())


def reading_office(
    *, mails: bool = False, upgrades: bool = False, kept: KeptLedger | None = None
) -> AbstractContextManager[Office]:
    """Open the workspace for a command that only reads; it never creates a ledger.

    With `mails`, it is the first look of a command that will mail, and is refused like that. A ledger that several
    hosts share is upgraded if the command `mails`, or will write (`upgrades`). A process that keeps running has the
    ledger `kept` open; everything else is read and checked each time.
    """
    return _open_office(writes=False, mails=mails, upgrades=upgrades, kept=kept)


def run_reading(use: Callable[Concatenate[Office, Args], Result], *args: Args.args, **more: Args.kwargs) -> Result:
    """Run a use case that only reads, and return its result."""
    with reading_office() as office:
        return use(office, *args, **more)


def run_writing(
    use: Callable[Concatenate[Office, Ledger, Args], Result], *args: Args.args, **more: Args.kwargs
) -> Result:
    """Run a use case that writes to the ledger, and return its result."""
    with writing_office() as (office, ledger):
        return use(office, ledger, *args, **more)


@contextmanager
def _open_office(
    *,
    writes: bool,
    mails: bool,
    lasting: bool = True,
    upgrades: bool = False,
    kept: KeptLedger | None = None,
    new_keys: Keys | None = None,
) -> Iterator[Office]:
    from mailer.config.memory import Memory, find_memory
    from mailer.config.secrets import read_given_keys, read_or_make_keys, unsaved_keys
    from mailer.fleet.schema import bring_up
    from mailer.ledger import open_ledger
    from mailer.ledger.place import place_problem
    from mailer.runs.office import Office, find_gone, hold_to_ledger

    workspace, settings = current_workspace(), current_settings()
    root, url, lease = workspace.root, settings.ledger.url, timedelta(seconds=settings.ledger.lease_s)
    wrong_place = place_problem(url, root) if lasting else None
    if wrong_place and (writes or mails):
        raise wrong_place
    memory = find_memory(os.environ) if lasting else Memory(None)
    with ExitStack() as closing:
        if kept is not None and not url.startswith("sqlite"):  # a file opens at once, and is not held idle
            ledger = kept.open(url, root, lease=lease)
        else:
            ledger = open_ledger(url, root, create=False, lease=lease, upgrades=writes or mails or upgrades)
            if ledger is not None:
                closing.callback(ledger.close)
        hold_to_ledger(workspace, ledger)
        _refuse_or_warn(find_gone(memory, root) if ledger is None else wrong_place, mails=mails)
        keys = read_given_keys(settings, root, os.environ)
        if writes and ledger is None:
            # keys are made before the ledger: a ledger without keys has lost them, and new ones would match no opt-out
            keys = keys if keys is not None else read_or_make_keys(settings, root, os.environ, new=new_keys)
            ledger = open_ledger(url, root, lease=lease)
            if ledger is not None:
                closing.callback(ledger.close)
            hold_to_ledger(workspace, ledger)
        if writes and ledger is not None and not ledger.on_this_machine:
            with suppress(MailerError):  # a worker reports what is missing; only workers need the jobs' tables
                bring_up(ledger)
        if writes and keys is None:
            raise LedgerProblem("the keys of this ledger are missing", hint=KEY_HINT)
        clock = ledger.now if ledger else now
        office = Office(workspace, settings, ledger, keys or unsaved_keys(), actor(), clock, memory)
        if ledger is not None:
            _refuse_or_warn(_older_copy(office), mails=mails)
            office.guard(ledger).watch()
        yield office


def _older_copy(office: Office) -> LedgerProblem | None:
    """Return the refusal of a ledger that is an older copy of the one last used here."""
    try:
        if office.ledger is not None:
            office.guard(office.ledger).hold()
    except LedgerProblem as problem:
        return problem
    return None


def _refuse_or_warn(problem: LedgerProblem | None, *, mails: bool) -> None:
    """Refuse a ledger that cannot be trusted if mail would go out, and otherwise warn."""
    if problem is None:
        return
    if mails:
        raise problem
    output.echo(f"Warning: {problem}", style="yellow", to_stderr=True)
    output.echo("Nothing can be sent with it as it is. See: mailer doctor", to_stderr=True)


def find_refusal(office: Office) -> LedgerProblem | None:
    """Return why nothing could be sent with the ledger of an office opened for reading; None if it could.

    Missing or wrong keys refuse every plan, even a dry run.
    """
    from mailer.ledger.place import place_problem
    from mailer.runs.office import find_gone

    root = office.workspace.root
    gone = find_gone(office.memory, root) if office.ledger is None else _older_copy(office)
    return place_problem(office.settings.ledger.url, root) or gone


def with_lasting_keys(office: Office) -> Office:
    """Return the office with the keys of its first mailing, created if missing, so that its tokens stay the same."""
    from mailer.config.secrets import read_or_make_keys

    if office.ledger is not None:
        return office
    return replace(office, keys=read_or_make_keys(office.settings, office.workspace.root, os.environ))


def password_of(office: Office, account: Relay | Inbox) -> Credential | None:
    """Read the password of a relay or mailbox, or the secret for its tokens, just before it is needed."""
    from mailer.config.secrets import read_credential

    return read_credential(account, office.workspace.root, os.environ)
