"""Workspace: settings, keys, the folder with its files, the disk, the state folder, the ledger, a fleet.

Owns these checks (of the ledger: where it is, whether it is intact and durable, and whether it is the one last used
here), and reports what adopting a refused ledger would mean, before it is done. The checks use no network, change
nothing, and open no list and no release. Never asks the operator.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Final

from mailer.config.memory import Memory, find_memory
from mailer.config.secrets import find_missing, places_of, read_given_keys
from mailer.errors import CONFIG_NAME, ConfigProblem, LedgerProblem
from mailer.events import DeliveryState
from mailer.frozen import dataclass
from mailer.ledger import Connection, Ledger, open_ledger
from mailer.ledger.connection import Identity, find_damage, read_durability, read_server, verify_keys
from mailer.ledger.deliveries import open_count
from mailer.ledger.mailings import Stamp, read_mailings
from mailer.ledger.place import ledger_file, place_problem
from mailer.ledger.processes import read_workers
from mailer.platform import others_can_read
from mailer.runs.doctor.values import Check, Visit, first, found, wrong
from mailer.runs.office import (
    Found,
    Guard,
    LedgerStatus,
    find_gone,
    forget_ledger,
    hold_to_ledger,
    mark_ledger,
    refusal,
)
from mailer.runs.reports import find_waiting
from mailer.tokens import Keys
from mailer.workspace import Workspace

_FULL: Final = 50_000_000  # bytes: a ledger that cannot grow stops a mailing in its midst
_NEARLY_FULL: Final = 500_000_000
_MOST_NAMED: Final = 5
_LASTING: Final = ({"journal_mode": "wal", "synchronous": "full"}, {"fsync": "on", "synchronous_commit": "on"})
_OPEN: Final = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.DEFERRED)


def look_at_settings(visit: Visit) -> Iterator[Check]:
    """Check that mailer.toml has a sender and a relay, and that the packages it needs are installed."""
    settings = visit.settings
    facts = {"senders": list(settings.senders), "relays": list(settings.relays)}
    missing = [noun for noun in ("sender", "relay") if not facts[f"{noun}s"]]
    is_there = (visit.workspace.root / CONFIG_NAME).exists()
    key = first(("settings", not missing), ("settings-empty", is_there), ("settings-empty.new", True))
    tables = ", ".join(f"[{noun}s.main]" for noun in missing)
    yield found(key, "settings", facts, missing=missing, tables=tables)
    for package, extra, needed, why in (
        ("cryptography", "dkim", settings.dkim.is_on, "[dkim] signs mail"),
        ("psycopg", "postgres", settings.ledger.url.startswith("postgresql"), "[ledger] names PostgreSQL"),
    ):
        if needed and importlib.util.find_spec(package) is None:
            yield found("package-missing", "packages", why=why, package=package, extra=extra)


def look_at_keys(visit: Visit) -> Iterator[Check]:
    """Check the keys: the first one identifies people for good, so that it must be in every backup."""
    try:
        keys = read_given_keys(visit.settings, visit.workspace.root, visit.environ)
    except ConfigProblem as problem:
        yield wrong("keys", problem, "keys-broken")
        return
    if keys is None:
        yield found("keys.none", "keys", {"current": None, "ids": []})
        return
    naming = min(keys.secrets)
    more = f"; key {naming} identifies contacts, and stays" if naming != keys.current else ""
    yield found("keys", "keys", {"current": keys.current, "ids": sorted(keys.secrets)}, more=more)


def look_at_state_folder(visit: Visit) -> Iterator[Check]:
    """Check the folder that remembers which ledger was used here."""
    memory = find_memory(visit.environ)
    facts = {"folder": str(memory.folder) if memory.folder else None, "lasts": memory.lasts}
    yield found("state-folder.good" if memory.lasts else "state-folder", "state folder", facts)


def look_at_workspace(visit: Visit) -> Iterator[Check]:
    """Check the folder: its lists and releases, files that cannot be read, and private files that others can read."""
    workspace, root = visit.workspace, visit.workspace.root
    lists, releases, config = list(workspace.lists()), list(workspace.releases()), root / CONFIG_NAME
    in_use = [*lists, *releases, *([config] if config.exists() else [])]
    closed = [workspace.show(path) for path in in_use if not os.access(path, os.R_OK)]
    yield found(
        first(("workspace-closed", closed), ("workspace-locked", not os.access(root, os.W_OK)), ("workspace", True)),
        "workspace",
        {"lists": len(lists), "releases": len(releases), "folder": str(root)},
        named=_named(closed),
        first=closed[0] if closed else "",
        counted=f"{_counted(len(lists), 'list')} and {_counted(len(releases), 'release')}",
    )
    exposed = [path for path in _private_files(visit) if _is_exposed(path)]
    if exposed:
        shown = [workspace.show(path) for path in exposed]
        fix = "\n".join(f"chmod {'700' if path.is_dir() else '600'} {path}" for path in exposed[:_MOST_NAMED])
        yield found("files-open", "private files", {"files": shown}, named=_named(shown), fix=fix)
    else:
        yield found("files", "private files")
    if (root / ".git").exists() and workspace.machine.is_dir():
        ignored, text = root / ".gitignore", ""
        with suppress(OSError, UnicodeDecodeError):
            text = ignored.read_text("utf-8")
        if not re.search(r"^/?\.mailer(?:/|\b)", text, re.MULTILINE):
            yield found("git-exposed", "version control", ignored=ignored)


def _private_files(visit: Visit) -> Iterator[Path]:
    settings, machine = visit.settings, visit.workspace.machine
    kept = (place.file for place, _ in places_of(settings))
    names = (settings.dkim.key_file, settings.dkim.ed25519_key_file, *kept)
    paths = (visit.workspace.root / Path(name).expanduser() for name in names if name)
    yield from (path for path in paths if path.is_file())
    if machine.is_dir():
        yield machine
        # in a closed folder nobody else can read anything, whatever the modes of its files
        inside = sorted(machine.rglob("*")) if _is_exposed(machine) else [machine / "keys"]
        yield from (path for path in inside if path.is_file())


def _is_exposed(path: Path) -> bool:
    try:
        return others_can_read(path)
    except OSError:
        return False


def look_at_disk(visit: Visit) -> Iterator[Check]:
    """Check the free space for the ledger and returned mail."""
    usage = shutil.disk_usage(visit.workspace.root)
    yield judge_disk(usage.free, usage.total)


def judge_disk(free: int, total: int) -> Check:
    """Judge the free space on a disk, in bytes."""
    key = first(("disk-full", free < _FULL), ("disk-low", free < _NEARLY_FULL), ("disk", True))
    of, out_of = (f"{each / 1e9:.1f} GB" if each >= 1e9 else f"{each / 1e6:.0f} MB" for each in (free, total))
    return found(key, "disk", {"free_bytes": free, "total_bytes": total}, room=f"{of} free of {out_of}")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _named(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


# The ledger.


def look_at_ledger_place(visit: Visit) -> Iterator[Check]:
    """Check whether a ledger may be where it is."""
    url, root = visit.settings.ledger.url, visit.workspace.root
    problem = place_problem(url, root)
    if problem:
        yield wrong("ledger's place", problem, "ledger-place")
        return
    path = ledger_file(url, root)
    facts = {"file": str(path) if path else None}
    yield found("ledger-place.good", "ledger's place", facts, place=path or "on a server")


def look_at_ledger(visit: Visit) -> Iterator[Check]:
    """Open the ledger and check it."""
    workspace, memory = visit.workspace, find_memory(visit.environ)
    try:
        ledger = open_ledger(visit.settings.ledger.url, workspace.root, create=False, upgrades=False)
    except LedgerProblem as problem:
        yield wrong("ledger", problem, "ledger-broken")
        return
    gone = find_loss(workspace, ledger, memory)
    if gone:
        yield wrong("own ledger", gone, "ledger-other")
    if ledger is None:
        if not gone:
            yield found("ledger.none", "ledger")
        return
    with closing(ledger):
        try:
            with ledger.reading() as connection:
                yield from _inside(connection, visit)
                yield from _overdue(connection, visit)
            yield _right_ledger(Guard(ledger, memory, workspace.root).look())
        except LedgerProblem as problem:
            yield wrong("ledger", problem, "ledger-broken")


def _inside(connection: Connection, visit: Visit) -> Iterator[Check]:
    if damage := find_damage(connection):
        yield found("ledger-damaged", "ledger", damage=damage)
    else:
        mailings = len(read_mailings(connection))
        yield found("ledger", "ledger", {"mailings": mailings}, counted=_counted(mailings, "mailing"))
    keys: Keys | None = None
    with suppress(ConfigProblem):  # reported by the check of the keys
        keys = read_given_keys(visit.settings, visit.workspace.root, visit.environ)
    try:
        known = verify_keys(connection, keys or Keys(0, {}))
        yield found("ledger-keys.good" if known else "ledger-keys.none", "ledger's keys")
    except LedgerProblem as problem:
        yield wrong("ledger's keys", problem, "ledger-keys")
    yield judge_durability(read_durability(connection))


def judge_durability(facts: Mapping[str, str]) -> Check:
    """Judge whether a commit outlives a power loss, by the settings of the database."""
    pragmas = ", ".join(f"{name} = {value}" for name, value in facts.items())
    return found("durability" if facts in _LASTING else "ledger-fleeting", "durability", facts, pragmas=pragmas)


def _overdue(connection: Connection, visit: Visit) -> Iterator[Check]:
    """Check for opt-outs that wait for longer than 48 hours, and for mailboxes that fail and may hold some."""
    waiting = find_waiting(connection, visit.settings, visit.now())
    if waiting.opt_outs:
        since = f"{waiting.opt_outs[0].read_at:%d %B %Y}"
        yield found("optouts-waiting", "opt-outs", count=len(waiting.opt_outs), since=since)
    for each in waiting.mailboxes:
        since = f"{each.failed_since:%d %B %Y}"
        yield found("mailbox-failing", "mailbox", inbox=each.name, since=since, failure=each.failure)
    if not waiting:
        yield found("opt-outs", "opt-outs")


def _right_ledger(there: Found) -> Check:
    facts = {
        "id": there.identity.ledger_id,
        "runs": there.identity.runs,
        "remembered": there.remembered.runs if there.remembered else None,
        "sent_by": there.identity.sent_by or None,
        "standing": there.status.value,
    }
    if there.status is not LedgerStatus.GOOD:
        return wrong("right ledger", refusal(there), "ledger-older", facts)
    last = f", last sent by {there.identity.sent_by}" if there.identity.sent_by else ""
    return found("right-ledger", "right ledger", facts, last=last)


# Adopting: after someone has decided so, a refused ledger becomes the right one here, or an empty one does.


@dataclass(frozen=True, slots=True)
class Adoption:
    """What adopting the ledger of a workspace means, before it is done."""

    workspace: Workspace
    guard: Guard
    found: Found
    refused: LedgerProblem | None
    still_open: list[tuple[str, int]]

    def do(self, stamp: Stamp) -> tuple[Identity, bool]:
        """Adopt this ledger as the right one here; return it, and whether that can be remembered."""
        identity, remembered = self.guard.adopt(stamp)
        mark_ledger(self.workspace, identity.ledger_id)
        return identity, remembered


def find_loss(workspace: Workspace, ledger: Ledger | None, memory: Memory) -> LedgerProblem | None:
    """Return why a ledger, or none, is not what this workspace had before; None if it is, or there was none."""
    gone = find_gone(memory, workspace.root) if ledger is None else None
    try:
        hold_to_ledger(workspace, ledger)
    except LedgerProblem as problem:
        return gone or problem
    return gone


def begin_anew(workspace: Workspace, memory: Memory) -> None:
    """Let a workspace whose ledger is gone have an empty one, which is made with the next mailing."""
    forget_ledger(workspace)
    memory.forget_place(workspace.root)


def plan_adoption(workspace: Workspace, ledger: Ledger, memory: Memory) -> Adoption:
    """Return what adopting a ledger means: why it is refused, and which mailings in it have open deliveries."""
    guard = Guard(ledger, memory, workspace.root)
    there = guard.look()
    refused = refusal(there) if there.status is not LedgerStatus.GOOD else find_loss(workspace, ledger, memory)
    with ledger.reading() as connection:
        counts = [(each.name, open_count(connection, each.id, _OPEN)) for each in read_mailings(connection)]
    return Adoption(workspace, guard, there, refused, [(name, count) for name, count in counts if count])


# Fleet: what hosts that share a ledger on PostgreSQL need, as one of them sees it. A host sees only its own clock
# and secrets, so the check has to run on each: missing secrets, its clock compared with the server's, keys that others
# may not have, versions, silent workers, connections, and a pooler that shares sessions.
#
# Gap: keys can only be compared with those that the ledger has seen; it sees a new key with the first mailing.

_CLOCK_S: Final = 2.0
_PER_WORKER: Final = 10  # connections, with room: 8 were counted while one sent
_NEARLY: Final = 0.8


def look_at_fleet(visit: Visit) -> Iterator[Check]:
    """Check what several hosts need. Raises LedgerProblem if the ledger cannot be used, or has other keys."""
    settings, root = visit.settings, visit.workspace.root
    missing = find_missing(settings, root, visit.environ)
    yield found("fleet-secrets" if missing else "secrets", "secrets", {"missing": missing})
    ledger = open_ledger(settings.ledger.url, root, create=False, upgrades=False)
    if ledger is None:
        yield found("fleet-none", "shared ledger")
        return
    with closing(ledger):
        server = read_server(ledger)
        if server is None:
            yield found("fleet-alone", "shared ledger")
            return
        now = ledger.now()
        with ledger.reading() as connection:
            workers = read_workers(connection)
            keys = read_given_keys(settings, root, visit.environ)
            new = sorted(keys.secrets.keys() - verify_keys(connection, keys)) if keys else []
    facts = {"server": server.version, "schema": server.schema, "hands_on": server.hands_on}
    yield found("fleet-pooler" if server.hands_on else "shared-ledger", "shared ledger", facts)
    off = abs(server.ahead_s) - server.within_s > _CLOCK_S
    clock = {"ahead_s": round(server.ahead_s, 3), "within_s": round(server.within_s, 3)}
    side = "behind" if server.ahead_s > 0 else "ahead of"
    yield found("fleet-clock" if off else "host-clock", "host clock", clock, size=abs(server.ahead_s), side=side)
    yield found("fleet-keys" if new else "fleet-keys.good", "keys of all", {"new": new})
    mine = version("mailer")
    silent = [f"{each.host} (process {each.pid})" for each in workers if each.is_silent(now)]
    versions = sorted({each.version for each in workers} | {mine})
    running = len(workers) - len(silent)
    many = {"workers": len(workers), "silent": silent}
    key = first(("fleet-silent", silent), ("workers", workers), ("workers.none", True))
    yield found(key, "workers", many, running=running)
    yield found("fleet-versions" if len(versions) > 1 else "versions", "versions", {"versions": versions}, mine=mine)
    wanted = (running + 1) * _PER_WORKER
    used = {"in_use": server.in_use, "most": server.most, "wanted": wanted}
    tight = wanted > server.most or server.in_use > _NEARLY * server.most
    yield found("fleet-connections" if tight else "connections", "connections", used, running=running, each=_PER_WORKER)
