"""Office: where a command runs, as one value: workspace, settings, ledger, keys, clock, and who is at the keyboard.

Made by `cli`, the composition root, and handed to every use case, so that none of them reads the environment. The
ledger is None where there is none yet: reading commands make none. Every floor stands on this one, so what belongs to
the office as a whole lies beside it, and knows nothing of mailings:

guard.py          is this the ledger that was used here last
signing.py        the DKIM keys that the office signs with
access_tokens.py  access tokens (OAuth) for relays and mailboxes, kept and renewed
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from mailer.config.memory import Memory
from mailer.errors import ConfigProblem, LedgerProblem, did_you_mean
from mailer.frozen import dataclass, field
from mailer.ledger import Connection, Ledger
from mailer.ledger.connection import check_keys, read_identity, verify_keys
from mailer.ledger.mailings import Stamp
from mailer.runs.office.guard import Guard
from mailer.settings import Relay, Sender, Settings
from mailer.tokens import Keys
from mailer.workspace import Workspace, write_atomically

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Office:
    """Where a command runs."""

    workspace: Workspace
    settings: Settings
    ledger: Ledger | None
    keys: Keys = field(repr=False)
    actor: str
    clock: Callable[[], datetime]
    memory: Memory

    def stamp(self) -> Stamp:
        """Return now and who."""
        return Stamp(self.clock(), self.actor)

    @contextmanager
    def reading(self, ledger: Ledger) -> Iterator[Connection]:
        """Open a view of a ledger. Raises LedgerProblem where our keys are not its own, and would find nobody."""
        with ledger.reading() as connection:
            verify_keys(connection, self.keys)
            yield connection

    @contextmanager
    def writing(self, ledger: Ledger) -> Iterator[Connection]:
        """Open a transaction on a ledger, which remembers our keys from then on. Raises as `reading`."""
        with ledger.writing() as connection:
            check_keys(connection, self.keys)
            yield connection

    def guard(self, ledger: Ledger) -> Guard:
        """Return the ledger beside what this account remembers of it."""
        return Guard(ledger, self.memory, self.workspace.root)

    def sender(self, key: str = "") -> Sender:
        """Return a sender by its name in mailer.toml, or the first. Raises ConfigProblem where there is none."""
        hint = "[senders.main] with name, address, organisation and postal_address; `mailer init` writes a start"
        return _named(self.settings.senders, key, "sender", ConfigProblem("mailer.toml names no sender", hint=hint))

    def relay(self, key: str = "") -> Relay:
        """Return a relay by its name in mailer.toml, or the first. Raises ConfigProblem where there is none."""
        hint = "[relays.main] with host, port, security, username and password_env; "
        hint += "or look at it first with --relay preview"
        none = ConfigProblem("mailer.toml names no relay, so nothing can be sent", hint=hint)
        return _named(self.settings.relays, key, "relay", none)

    def relay_for(self, sender: Sender) -> Relay:
        """Return the relay for a sender's domain, as mailer.toml has it. Raises ConfigProblem where there is none."""
        relays = self.settings.relays_for(sender.domain)
        if not relays:
            self.relay()  # tells where there is none at all
            raise ConfigProblem(
                f"no relay in mailer.toml is for senders of {sender.domain}",
                hint=f'from_domains = ["{sender.domain}"] in one of them, or --relay NAME',
            )
        return relays[0]


def hold_to_ledger(workspace: Workspace, ledger: Ledger | None) -> None:
    """Hold the ledger against the one that this workspace had before; remember it where there was none.

    A ledger that is gone, or emptied, would begin anew: everybody would get it again, and nobody had opted out. Raises
    LedgerProblem where it is gone, or another one.
    """
    marker = _marker(workspace)
    known = marker.read_text("ascii") if marker.exists() else ""
    if ledger is None:
        if known:
            raise LedgerProblem("the ledger of this workspace is gone", hint=_LOST)
        return
    with ledger.reading() as connection:
        found = read_identity(connection).ledger_id
    if known and known != found:
        raise LedgerProblem("this is not the ledger that this workspace had before", hint=_LOST)
    if not known:
        mark_ledger(workspace, found)


def mark_ledger(workspace: Workspace, found: str) -> None:
    """Remember in the workspace which ledger is its own."""
    workspace.make_machine_folder()
    write_atomically(_marker(workspace), found.encode("ascii"), mode=0o600)


def forget_ledger(workspace: Workspace) -> None:
    """Forget in the workspace which ledger is its own: the next one will be."""
    _marker(workspace).unlink(missing_ok=True)


def _marker(workspace: Workspace) -> Path:
    return workspace.machine / "ledger-id"


_LOST = """\
It holds who got what and who opted out; without it recipients would get messages again. Restore .mailer/ledger.db and
its -wal file from a backup. If there is none, or this is the right one:
mailer doctor --adopt-ledger   (it explains, and asks)"""


def _named(table: Mapping[str, _T], key: str, noun: str, none: ConfigProblem) -> _T:
    if not table:
        raise none
    if not key:
        return next(iter(table.values()))
    if key not in table:
        raise ConfigProblem(f'there is no {noun} "{key}" in mailer.toml{did_you_mean(key, table)}')
    return table[key]
