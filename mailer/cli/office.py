"""Office: the composition root. Settings, ledger and keys of the workspace, joined for a command.

Owns when the ledger and the keys are made: by commands that write, never by commands that only read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from mailer.cli.context import actor, current_workspace, now
from mailer.errors import KEY_HINT, LedgerProblem

if TYPE_CHECKING:  # SQLAlchemy must not be waited for by --help
    from mailer.ledger import Ledger
    from mailer.runs.office import Office
    from mailer.settings import Credential, Inbox, Relay, Secret


@contextmanager
def writing_office() -> Iterator[tuple[Office, Ledger]]:
    """Open the workspace for a command that writes to the ledger; it and the keys are made if missing."""
    from mailer.config import read_given_keys, read_or_make_keys, read_settings
    from mailer.ledger import open_ledger
    from mailer.runs.office import Office, hold_to_ledger

    workspace = current_workspace()
    settings = read_settings(workspace.root, os.environ)
    old = open_ledger(settings.ledger.url, workspace.root, create=False)
    with _closed_on_error(old):
        hold_to_ledger(workspace, old)
    # the keys are made before the ledger: a ledger without keys has lost them, and new ones would find nobody's opt-out
    read = read_or_make_keys if old is None else read_given_keys
    with _closed_on_error(old):
        keys = read(settings, workspace.root, os.environ)
    ledger = old or open_ledger(settings.ledger.url, workspace.root)
    with _closed_on_error(ledger):
        if ledger is None or keys is None:
            raise LedgerProblem("the keys of this ledger are missing", hint=KEY_HINT)
        hold_to_ledger(workspace, ledger)
    try:
        yield Office(workspace, settings, ledger, keys, actor(), ledger.now), ledger
    finally:
        ledger.close()


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
def reading_office() -> Iterator[Office]:
    """Open the workspace for a command that only reads; where there is no ledger yet, there is none after it."""
    from mailer.config import passing_keys, read_given_keys, read_settings
    from mailer.ledger import open_ledger
    from mailer.runs.office import Office, hold_to_ledger

    workspace = current_workspace()
    settings = read_settings(workspace.root, os.environ)
    keys = read_given_keys(settings, workspace.root, os.environ) or passing_keys()
    ledger = open_ledger(settings.ledger.url, workspace.root, create=False)
    with _closed_on_error(ledger):
        hold_to_ledger(workspace, ledger)
    try:
        yield Office(workspace, settings, ledger, keys, actor(), ledger.now if ledger else now)
    finally:
        if ledger is not None:
            ledger.close()


def with_lasting_keys(office: Office) -> Office:
    """Give the office with the keys that its first mailing will have, made if missing: its tokens stay the same."""
    from mailer.config import read_or_make_keys

    if office.ledger is not None:
        return office
    return replace(office, keys=read_or_make_keys(office.settings, office.workspace.root, os.environ))


def password_of(office: Office, relay: Relay) -> Credential | None:
    """Fetch the password of a relay, or what access tokens are made from, at the moment before it is needed."""
    from mailer.config import read_credential

    return read_credential(relay, office.workspace.root, os.environ)


def inbox_password(office: Office, inbox: Inbox) -> Secret | None:
    """Fetch the password of a mailbox, at the moment before it is needed."""
    from mailer.config import read_inbox_password

    return read_inbox_password(inbox, office.workspace.root, os.environ)
