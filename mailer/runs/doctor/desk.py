"""Desk: settings, keys, the folder with its files, the disk, the folder that outlives them, and the ledger.

Owns these checks: of the ledger, where it lies, whether it is whole and lasting, and the one that was used here last.
Calls nobody, changes nothing, and looks into no list and no release.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from mailer.config.memory import find_memory
from mailer.config.secrets import read_given_keys
from mailer.errors import CONFIG_NAME, ConfigProblem, LedgerProblem
from mailer.ledger import Connection, open_ledger
from mailer.ledger.connection import find_damage, read_durability, verify_keys
from mailer.ledger.mailings import read_mailings
from mailer.ledger.place import ledger_file, place_problem
from mailer.platform import others_can_read
from mailer.runs.doctor.values import Check, Visit, wrong
from mailer.runs.office import hold_to_ledger
from mailer.runs.office.guard import Found, Guard, Standing, find_gone, refusal
from mailer.runs.reports import find_waiting
from mailer.settings import Inbox, Relay
from mailer.tokens import Keys

_FULL: Final = 50_000_000  # bytes: a ledger that cannot grow stops a mailing in its midst
_NEARLY_FULL: Final = 500_000_000
_MOST_NAMED: Final = 5
_LASTING: Final = ({"journal_mode": "wal", "synchronous": "full"}, {"fsync": "on", "synchronous_commit": "on"})


def look_at_settings(visit: Visit) -> Iterator[Check]:
    """Yield what mailer.toml is good for."""
    settings = visit.settings
    facts = {"senders": list(settings.senders), "relays": list(settings.relays)}
    missing = [noun for noun in ("sender", "relay") if not facts[f"{noun}s"]]
    if missing:
        said = f"{CONFIG_NAME} names no {' and no '.join(missing)} yet"
        is_there = (visit.workspace.root / CONFIG_NAME).exists()
        named = ", ".join(f"[{noun}s.main]" for noun in missing)
        hint = f"{named}   docs/settings.md" if is_there else "mailer init   writes a start"
        yield Check("settings", said, "settings-empty", hint, facts)
    else:
        yield Check("settings", f"{CONFIG_NAME} can be used: relay {', '.join(settings.relays)}", facts=facts)
    for package, extra, needed, why in (
        ("cryptography", "dkim", settings.dkim.is_on, "[dkim] signs mail"),
        ("psycopg", "postgres", settings.ledger.url.startswith("postgresql"), "[ledger] names PostgreSQL"),
    ):
        if needed and importlib.util.find_spec(package) is None:
            said = f"{why}, and the package {package} is not installed"
            yield Check("packages", said, "package-missing", f"pip install 'mailer[{extra}]'")


def look_at_keys(visit: Visit) -> Iterator[Check]:
    """Yield which key is for what: the first names people for good, so that it must be in every backup."""
    try:
        keys = read_given_keys(visit.settings, visit.workspace.root, visit.environ)
    except ConfigProblem as problem:
        yield wrong("keys", problem, "keys-broken")
        return
    if keys is None:
        yield Check("keys", "none yet: made with the first mailing", facts={"current": None, "ids": []})
        return
    naming = min(keys.secrets)
    more = f"; key {naming} identifies contacts, and stays" if naming != keys.current else ""
    facts = {"current": keys.current, "ids": sorted(keys.secrets)}
    yield Check("keys", f"key {keys.current} is in use{more}; keep a copy of them elsewhere", facts=facts)


def look_at_state_folder(visit: Visit) -> Iterator[Check]:
    """Yield where it is remembered which ledger was used here."""
    memory = find_memory(visit.environ)
    facts = {"folder": str(memory.folder) if memory.folder else None, "lasts": memory.lasts}
    if memory.lasts:
        yield Check("state folder", str(memory.folder), facts=facts)
        return
    said = "it is not writable, so a restored older ledger would not be noticed"
    yield Check("state folder", said, "state-folder", "XDG_STATE_HOME can name one that lasts.", facts)


def look_at_workspace(visit: Visit) -> Iterator[Check]:
    """Yield whether the folder can be used: what is there, what cannot be read, what others can (standards L12)."""
    workspace = visit.workspace
    lists, releases, config = list(workspace.lists()), list(workspace.releases()), workspace.root / CONFIG_NAME
    facts = {"lists": len(lists), "releases": len(releases), "folder": str(workspace.root)}
    in_use = [*lists, *releases, *([config] if config.exists() else [])]
    closed = [workspace.show(path) for path in in_use if not os.access(path, os.R_OK)]
    if closed:
        hint = f"chmod u+r {closed[0]}   or ask who owns it"
        yield Check("workspace", f"cannot be read: {_named(closed)}", "workspace-closed", hint, facts)
    elif not os.access(workspace.root, os.W_OK):
        said = f"{workspace.root} is not writable, so nothing can be sent from it"
        yield Check("workspace", said, "workspace-locked", f"chmod u+w {workspace.root}", facts)
    else:
        said = f"{_counted(len(lists), 'list')} and {_counted(len(releases), 'release')} in {workspace.root}"
        yield Check("workspace", said, facts=facts)
    found = [path for path in _private_files(visit) if _is_exposed(path)]
    if found:
        shown = [workspace.show(path) for path in found]
        fix = "\n".join(f"chmod {'700' if path.is_dir() else '600'} {path}" for path in found[:_MOST_NAMED])
        said = f"others on this machine can read {_named(shown)}"
        yield Check("private files", said, "files-open", fix, {"files": shown})
    else:
        yield Check("private files", "readable only by you, as they must be")
    if (workspace.root / ".git").exists() and workspace.machine.is_dir():
        ignored, text = workspace.root / ".gitignore", ""
        with suppress(OSError, UnicodeDecodeError):
            text = ignored.read_text("utf-8")
        if not re.search(r"^/?\.mailer(?:/|\b)", text, re.MULTILINE):
            said = ".mailer/ is not in .gitignore: addresses and keys would go into the repository"
            yield Check("version control", said, "git-exposed", f"echo .mailer/ >> {ignored}")


def _private_files(visit: Visit) -> Iterator[Path]:
    """Yield the machine's files, and secrets."""
    settings, machine = visit.settings, visit.workspace.machine
    secrets = [settings.dkim.key_file, settings.dkim.ed25519_key_file]
    owners: list[Relay | Inbox] = [*settings.relays.values(), *settings.inbox.values()]
    for each in owners:
        secrets += [each.password_file, each.oauth.refresh_token_file]
    paths = (visit.workspace.root / Path(name).expanduser() for name in secrets if name)
    yield from (path for path in paths if path.is_file())
    if machine.is_dir():
        yield machine
        # below a folder that is closed nobody else reads anything, whatever its files say
        inside = sorted(machine.rglob("*")) if _is_exposed(machine) else [machine / "keys"]
        yield from (path for path in inside if path.is_file())


def _is_exposed(path: Path) -> bool:
    try:
        return others_can_read(path)
    except OSError:
        return False


def look_at_disk(visit: Visit) -> Iterator[Check]:
    """Yield how much room the disk has for the ledger and what comes back."""
    usage = shutil.disk_usage(visit.workspace.root)
    yield judge_disk(usage.free, usage.total)


def judge_disk(free: int, total: int) -> Check:
    """Judge the room on a disk, in bytes."""
    facts = {"free_bytes": free, "total_bytes": total}
    said = f"{_size(free)} free of {_size(total)}"
    if free < _FULL:
        hint = "Make room before you send: a ledger that cannot grow stops a mailing in its midst."
        return Check("disk", f"it is full: {said}", "disk-full", hint, facts)
    if free < _NEARLY_FULL:
        return Check("disk", said, "disk-low", "mailer purge --dry-run   shows what can be deleted", facts)
    return Check("disk", said, facts=facts)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _named(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


# The ledger.


def look_at_place(visit: Visit) -> Iterator[Check]:
    """Yield where the ledger lies, and whether a ledger may lie there."""
    problem = place_problem(visit.settings.ledger.url, visit.workspace.root)
    if problem:
        yield wrong("ledger's place", problem, "ledger-place")
        return
    path = ledger_file(visit.settings.ledger.url, visit.workspace.root)
    yield Check("ledger's place", str(path) if path else "on a server", facts={"file": str(path) if path else None})


def look_at_ledger(visit: Visit) -> Iterator[Check]:
    """Open the ledger, and look at all that is asked of it."""
    workspace, memory = visit.workspace, find_memory(visit.environ)
    try:
        ledger = open_ledger(visit.settings.ledger.url, workspace.root, create=False)
    except LedgerProblem as problem:
        yield wrong("ledger", problem, "ledger-broken")
        return
    gone = find_gone(memory, workspace.root) if ledger is None else None
    try:
        hold_to_ledger(workspace, ledger)
    except LedgerProblem as problem:
        gone = gone or problem
    if gone:
        yield wrong("own ledger", gone, "ledger-other")
    if ledger is None:
        if not gone:
            yield Check("ledger", "none yet: made with the first mailing")
        return
    with closing(ledger):
        try:
            with ledger.reading() as connection:
                yield from _inside(connection, visit)
                yield from _overdue(connection, visit)
            yield _standing(Guard(ledger, memory, workspace.root).look())
        except LedgerProblem as problem:
            yield wrong("ledger", problem, "ledger-broken")


def _inside(connection: Connection, visit: Visit) -> Iterator[Check]:
    damage = find_damage(connection)
    if damage:
        yield Check("ledger", f"it is damaged: {damage}", "ledger-damaged", "Put back a backup of it; docs/ledger.md.")
    else:
        mailings = len(read_mailings(connection))
        said = f"readable and complete ({_counted(mailings, 'mailing')})"
        yield Check("ledger", said, facts={"mailings": mailings})
    keys: Keys | None = None
    with suppress(ConfigProblem):  # told by the check of the keys
        keys = read_given_keys(visit.settings, visit.workspace.root, visit.environ)
    try:
        known = verify_keys(connection, keys or Keys(0, {}))
        yield Check("ledger's keys", "they match this ledger" if known else "it has seen none yet")
    except LedgerProblem as problem:
        yield wrong("ledger's keys", problem, "ledger-keys")
    yield judge_durability(read_durability(connection))


def judge_durability(facts: Mapping[str, str]) -> Check:
    """Judge what decides whether a commit outlives a power loss, in the database's own words."""
    said = ", ".join(f"{name} = {value}" for name, value in facts.items())
    if facts in _LASTING:
        return Check("durability", said, facts=facts)
    hint = "A commit that a power loss can undo is a mail sent twice."
    return Check("durability", said, "ledger-fleeting", hint, facts)


def _overdue(connection: Connection, visit: Visit) -> Iterator[Check]:
    """Yield which opt-outs wait for longer than 48 hours, and which mailboxes may hold some (standards P5)."""
    found = find_waiting(connection, visit.settings, visit.now())
    if found.opt_outs:
        first = found.opt_outs[0]
        said = f"{len(found.opt_outs)} could be tied to nobody and wait since {first.read_at:%d %B %Y}"
        hint = "mailer bounces list --unmatched   then: mailer bounces show ID"
        yield Check("opt-outs", said, "optouts-waiting", hint)
    for each in found.mailboxes:
        said = f"{each.name} cannot be read since {each.failed_since:%d %B %Y}: {each.failure}"
        yield Check("mailbox", said, "mailbox-failing", "It may contain opt-outs. Fix it, then: mailer bounces collect")
    if not found:
        yield Check("opt-outs", "none has waited longer than 48 hours")


def _standing(found: Found) -> Check:
    facts = {
        "id": found.identity.ledger_id,
        "runs": found.identity.runs,
        "remembered": found.remembered.runs if found.remembered else None,
        "sent_by": found.identity.sent_by or None,
        "standing": found.standing.value,
    }
    if found.standing is not Standing.GOOD:
        problem = refusal(found)
        return Check("right ledger", str(problem), "ledger-older", problem.hint, facts)
    last = f", last sent by {found.identity.sent_by}" if found.identity.sent_by else ""
    said = f"{found.identity.ledger_id}, {found.identity.runs} runs{last}"
    return Check("right ledger", said, facts=facts)
