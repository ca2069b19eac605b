"""Office: the context of a command, as one value: workspace, settings, ledger, keys, clock, user.

Made by `cli`, the composition root, and passed to every use case, so that none of them reads the environment. The
ledger is None if there is none yet: commands that only read do not create one. All other floors depend on this one, so
what belongs to the office as a whole is beside it, and does not depend on mailings: `signing` has the DKIM keys,
`access_tokens` the OAuth tokens for relays and mailboxes.

`Guard` checks whether this is the ledger that was last used here, or an older copy, a different ledger, or a damaged
rest of it. With a ledger that lacks some deliveries and opt-outs, people would be mailed again or against their will,
so everything that mails is refused until someone has looked. Three things are compared with what this account remembers
outside the workspace. The workspace's path: a folder that had a ledger worth keeping (one that has sent, or had
suppressions) must still have that ledger. The counter of runs: an older copy has counted fewer. The events: after each
commit their number is remembered, so that a missing write-ahead log is noticed, too.

There are no false alarms: the memory is written after the ledger's commit, so it is never ahead of it; a crash between
the two leaves it behind, which does no harm. And it is read before the ledger: a run that begins between the two makes
the ledger newer, not older. An unknown path refuses nothing.

Gaps: without a state folder, only the mark in `.mailer` is compared. The old workspace does not learn that a copy was
adopted on another machine. A ledger on PostgreSQL is shared by several machines, so one that is new to a machine is not
suspicious there. A restored dump is noticed like an older file: event numbers are not assigned in strict order, but the
highest one ever seen was committed, and remains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from mailer.config.memory import Memory, Place, Remembered
from mailer.errors import ConfigProblem, LedgerProblem, did_you_mean
from mailer.frozen import dataclass, field
from mailer.ledger import Connection, Ledger
from mailer.ledger import connection as ledgers
from mailer.ledger.connection import Identity
from mailer.ledger.mailings import Stamp
from mailer.settings import Relay, Sender, Settings
from mailer.tokens import Keys
from mailer.workspace import Workspace, write_atomically


class LedgerStatus(StrEnum):
    """How the ledger compares with what is remembered of it."""

    GOOD = "good"
    OLDER = "older"  # fewer runs than remembered: an older copy was put back
    OTHER = "other"  # as many runs, but different ones: two copies were used separately
    UNKNOWN = "unknown"  # it has sent, and this machine has never seen it: a copied workspace
    REPLACED = "replaced"  # this folder had another one
    SHORT = "short"  # events that were written to it are not in it: its write-ahead log was removed


@dataclass(frozen=True, slots=True)
class Found:
    """The ledger, what is remembered of it, and what follows."""

    identity: Identity
    remembered: Remembered | None
    status: LedgerStatus
    place: Place | None = None
    missing: int = 0  # events that were written to it, and are not in it
    on_server: bool = False


@dataclass(frozen=True, slots=True)
class Guard:
    """An open ledger and what is remembered of it, for one workspace and one person."""

    ledger: Ledger
    memory: Memory
    place: Path

    def look(self) -> Found:
        """Return how they compare, changing nothing. A difference that is gone at a second look was another process."""
        found = self._look()
        return found if found.status is LedgerStatus.GOOD else self._look()

    def _look(self) -> Found:
        with self.ledger.reading() as connection:
            ledger_id = ledgers.read_identity(connection).ledger_id
        remembered, place = self.memory.recall(ledger_id), self.memory.recall_place(self.place)
        written = self.memory.recall_events(ledger_id)
        with self.ledger.reading() as connection:  # in this order, see the head
            identity, events = ledgers.read_identity(connection), ledgers.count_events(connection)
        guarded = self.ledger.on_this_machine and self.memory.lasts
        status = judge(identity, remembered, guarded=guarded)
        if place is not None and place.ledger_id != ledger_id:
            status = LedgerStatus.REPLACED
        elif status is LedgerStatus.GOOD and events < written:
            status = LedgerStatus.SHORT
        missing = max(written - events, 0)
        return Found(identity, remembered, status, place, missing, on_server=not self.ledger.on_this_machine)

    def hold(self) -> None:
        """Refuse a ledger that is not the one last used here.

        Raises LedgerProblem with what happened, what could go wrong, and what to do.
        """
        found = self.look()
        if found.status is not LedgerStatus.GOOD:
            raise refusal(found)

    def count(self, stamp: Stamp, *, sending: bool = False) -> Identity:
        """Raise the counter, in the ledger and then here: before the first message is sent, and when a command ends.

        Raises LedgerProblem if it is not the ledger last used here, or cannot be written.
        """
        self.hold()
        with self.ledger.reading() as connection:
            identity = ledgers.read_identity(connection)
        if self.memory.recall(identity.ledger_id) is None:
            # before the counter is raised: a crash or another process in between must find a known ledger
            self._remember(identity, stamp)
        with self.ledger.writing() as connection:
            identity = ledgers.count_run(connection, sent_by=stamp.actor if sending else "")
            keep_place = ledgers.is_worth_keeping(connection)
        if keep_place:
            self.keep_place(identity, stamp)
        self._remember(identity, stamp)
        return identity

    def watch(self) -> None:
        """Remember how many events the ledger holds, after each commit from now on.

        An older copy or another ledger does no harm: the number is never lowered.
        """
        if self.memory.lasts:
            with self.ledger.reading() as connection:
                ledger_id = ledgers.read_identity(connection).ledger_id
            self.ledger.witness.heed = lambda newest: self.memory.keep_events(ledger_id, newest)

    def adopt(self, stamp: Stamp) -> tuple[Identity, bool]:
        """Adopt this ledger as the right one; return it, and False if nothing can be remembered.

        Its counter is raised above the remembered one: any other copy that turns up here is an older one from now on.
        """
        found = self.look()
        with self.ledger.writing() as connection:
            identity = ledgers.count_run(connection, above=found.remembered.runs if found.remembered else 0)
            at = stamp.at.isoformat(timespec="seconds")
            ledgers.note(connection, "adopted", f"{at} {stamp.actor} {found.status}")
            events = ledgers.count_events(connection)
        self.keep_place(identity, stamp)
        self.memory.keep_events(identity.ledger_id, events, anew=True)
        return identity, self._remember(identity, stamp)

    def keep_place(self, identity: Identity, stamp: Stamp, news: Iterable[bytes] = ()) -> None:
        """Remember the folder's ledger, and the digests of news that was sent from it; does not read the ledger."""
        at = stamp.at.isoformat(timespec="seconds")
        digests = {digest.hex(): at for digest in news}
        self.memory.keep_place(Place(str(self.place.resolve()), identity.ledger_id, stamp.actor, at, digests))

    def _remember(self, identity: Identity, stamp: Stamp) -> bool:
        at = stamp.at.isoformat(timespec="seconds")
        new = Remembered(identity.runs, identity.mark, str(self.place), stamp.actor, at)
        return self.memory.keep(identity.ledger_id, new)


def judge(identity: Identity, remembered: Remembered | None, *, guarded: bool) -> LedgerStatus:
    """Return how a ledger compares with what is remembered; `guarded`: it is one machine's, and the memory lasts."""
    if remembered is None:
        return LedgerStatus.UNKNOWN if identity.sent_by and guarded else LedgerStatus.GOOD
    if identity.runs < remembered.runs:
        return LedgerStatus.OLDER
    if identity.runs == remembered.runs and identity.mark != remembered.mark:
        return LedgerStatus.OTHER
    return LedgerStatus.GOOD


def refusal(found: Found) -> LedgerProblem:
    """Return the error for a ledger that is not good: what happened, what could go wrong, and what to do."""
    last, place = found.remembered, found.place
    short, out = (_SHORT_THERE, _OUT_THERE) if found.on_server else (_SHORT, _OUT)
    if found.status is LedgerStatus.REPLACED and place is not None:
        return LedgerProblem(
            "this is not the ledger that this folder had before",
            hint=f"{_RISK}\nUsed here before: ledger {place.ledger_id}, by {place.actor}, {place.at}.\n{out}",
        )
    if last is None:
        return LedgerProblem(
            f"this ledger has sent before ({found.identity.sent_by}), and this machine does not know it", hint=_UNKNOWN
        )
    where = f"Last used here: {last.place}, by {last.actor}, {last.at}."
    if found.status is LedgerStatus.SHORT:
        return LedgerProblem(
            f"this ledger has lost {found.missing} of its events: what was sent, or who opted out",
            hint=f"{short} {_RISK}\n{where}\n{out}",
        )
    if found.status is LedgerStatus.OTHER:
        return LedgerProblem("this ledger is not the copy that was used here last", hint=f"{_OTHER}\n{where}\n{out}")
    return LedgerProblem(
        f"this ledger is an older copy: it counts {found.identity.runs} runs, and {last.runs} are remembered here",
        hint=f"{_OLDER}\n{where}\n{out}",
    )


def find_gone(memory: Memory, root: Path) -> LedgerProblem | None:
    """Return the error for a workspace that has lost a ledger worth keeping; None if it had none."""
    place = memory.recall_place(root)
    if place is None:
        return None
    events, last = memory.recall_events(place.ledger_id), memory.recall(place.ledger_id)
    elsewhere = ""
    if last is not None and last.place and Path(last.place).resolve() != root.resolve():
        elsewhere = f" It was used in {last.place} since, by {last.actor}, {last.at}."
    held = f"It held {events} events." if events else "It had been used."
    return LedgerProblem(
        "the ledger of this folder is gone",
        hint=f"{held} Last used here by {place.actor}, {place.at}.{elsewhere}\n{_RISK}\n{_GONE}",
    )


def sent_elsewhere(memory: Memory, root: Path, news: Iterable[bytes]) -> tuple[str, str] | None:
    """Return the other folder of this machine that sent the same news, and when; None if none did."""
    wanted = {digest.hex() for digest in news}
    for place in memory.other_places(root):
        sent_at = min((place.news[digest] for digest in wanted & place.news.keys()), default="")
        if sent_at:
            return place.path, sent_at
    return None


_RISK = "Recipients of mail sent since then would get it again, and people who opted out since then would be mailed."
_OLDER = f"A backup was restored, or the folder was copied before its last run. {_RISK}"
_OTHER = f"Two copies of it have been used separately; neither knows what the other sent. {_RISK}"
_SHORT = "Its -wal file was removed, or an older file was put in its place."
_OUT = """\
Put back the newer .mailer/ledger.db and its -wal file; without one, remove the -wal and -shm files that are there.
Or go on with this one on purpose:   mailer doctor --adopt-ledger   (it explains, and asks)"""
_SHORT_THERE = "An older dump was restored, or a server took over that had not received all of it."
_OUT_THERE = """\
Restore the newer database, or let [ledger] url name it.
Or go on with this one on purpose:   mailer doctor --adopt-ledger   (it explains, and asks)"""
_GONE = """\
Put back .mailer/ledger.db (with its -wal file, if there is one) and .mailer/keys from a backup.
If there is none:   mailer doctor --adopt-ledger   (it explains, and asks)"""
_UNKNOWN = """\
The folder was copied or restored from a backup. If another copy of it has sent meanwhile, people would get mail again,
and contacts who opted out there would get mail.
If this is the right one (a new machine, a new account):   mailer doctor --adopt-ledger   (it explains, and asks)"""


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Office:
    """The context of a command."""

    workspace: Workspace
    settings: Settings
    ledger: Ledger | None
    keys: Keys = field(repr=False)
    actor: str
    clock: Callable[[], datetime]
    memory: Memory

    def stamp(self) -> Stamp:
        """Return the time and the user, for what is written now."""
        return Stamp(self.clock(), self.actor)

    @contextmanager
    def reading(self, ledger: Ledger) -> Iterator[Connection]:
        """Open a view of a ledger. Raises LedgerProblem if our keys are not its own, and would match nobody."""
        with ledger.reading() as connection:
            ledgers.verify_keys(connection, self.keys)
            yield connection

    @contextmanager
    def writing(self, ledger: Ledger) -> Iterator[Connection]:
        """Open a transaction on a ledger, which remembers our keys from then on. Raises as `reading`."""
        with ledger.writing() as connection:
            ledgers.check_keys(connection, self.keys)
            yield connection

    def guard(self, ledger: Ledger) -> Guard:
        """Return the guard that compares a ledger with what this account remembers of it."""
        return Guard(ledger, self.memory, self.workspace.root)

    def sender(self, key: str = "") -> Sender:
        """Return a sender by its name in mailer.toml, or the first. Raises ConfigProblem if there is none."""
        hint = "[senders.main] with name, address, organisation and postal_address; `mailer init` writes a start"
        return _named(self.settings.senders, key, "sender", ConfigProblem("mailer.toml names no sender", hint=hint))

    def relay(self, key: str = "") -> Relay:
        """Return a relay by its name in mailer.toml, or the first. Raises ConfigProblem if there is none."""
        hint = "[relays.main] with host, port, security, username and password_env; "
        hint += "or look at it first with --relay preview"
        none = ConfigProblem("mailer.toml names no relay, so nothing can be sent", hint=hint)
        return _named(self.settings.relays, key, "relay", none)

    def relay_for(self, sender: Sender) -> Relay:
        """Return the relay for a sender's domain, as mailer.toml has it. Raises ConfigProblem if there is none."""
        relays = self.settings.relays_for(sender.domain)
        if not relays:
            self.relay()  # raises if there is none at all
            raise ConfigProblem(
                f"no relay in mailer.toml is for senders of {sender.domain}",
                hint=f'from_domains = ["{sender.domain}"] in one of them, or --relay NAME',
            )
        return relays[0]


def hold_to_ledger(workspace: Workspace, ledger: Ledger | None) -> None:
    """Compare the ledger with the one that this workspace had before; remember it if there was none.

    With a ledger that is gone or emptied, everybody would get mail again, and every opt-out would be lost. Raises
    LedgerProblem if the ledger is gone, or another one.
    """
    marker = _marker(workspace)
    known = marker.read_text("ascii") if marker.exists() else ""
    if ledger is None:
        if known:
            raise LedgerProblem("the ledger of this workspace is gone", hint=_LOST)
        return
    with ledger.reading() as connection:
        ledger_id = ledgers.read_identity(connection).ledger_id
    if known and known != ledger_id:
        raise LedgerProblem("this is not the ledger that this workspace had before", hint=_LOST)
    if not known:
        mark_ledger(workspace, ledger_id)


def mark_ledger(workspace: Workspace, ledger_id: str) -> None:
    """Remember in the workspace which ledger is its own."""
    workspace.make_machine_folder()
    write_atomically(_marker(workspace), ledger_id.encode("ascii"), mode=0o600)


def forget_ledger(workspace: Workspace) -> None:
    """Forget in the workspace which ledger is its own; the next one becomes it."""
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
