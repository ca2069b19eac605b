"""Desk: settings, keys, the folder with its files, the disk, and the folder that outlives them.

Owns these checks. Calls nobody, changes nothing, and looks into no list and no release.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mailer.config import find_memory, read_given_keys
from mailer.errors import CONFIG_NAME, ConfigProblem
from mailer.platform import others_can_read
from mailer.runs.doctor.values import Check, Visit, wrong
from mailer.settings import Inbox, Relay, Settings
from mailer.workspace import Workspace

_FULL: Final = 50_000_000  # bytes: a ledger that cannot grow stops a mailing in its midst
_NEARLY_FULL: Final = 500_000_000
_MOST_NAMED: Final = 5


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
    yield from _missing_packages(settings)


def _missing_packages(settings: Settings) -> Iterator[Check]:
    wanted = {
        "cryptography": ("dkim", settings.dkim.is_on, "[dkim] signs mail"),
        "psycopg": ("postgres", settings.ledger.url.startswith("postgresql"), "[ledger] names PostgreSQL"),
    }
    for package, (extra, needed, why) in wanted.items():
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
    more = f"; key {naming} names people, and stays" if naming != keys.current else ""
    facts = {"current": keys.current, "ids": sorted(keys.secrets)}
    yield Check("keys", f"key {keys.current} is in use{more}; keep a copy of them elsewhere", facts=facts)


def look_at_state_folder(visit: Visit) -> Iterator[Check]:
    """Yield where it is remembered which ledger was used here."""
    memory = find_memory(visit.environ)
    facts = {"folder": str(memory.folder) if memory.folder else None, "lasts": memory.lasts}
    if memory.lasts:
        yield Check("state folder", str(memory.folder), facts=facts)
        return
    said = "there is none that can be written to, so an older ledger put back would not be noticed"
    yield Check("state folder", said, "state-folder", "XDG_STATE_HOME can name one that lasts.", facts)


def look_at_workspace(visit: Visit) -> Iterator[Check]:
    """Return whether the folder can be used: what is there, what cannot be read, what others can."""
    workspace, settings = visit.workspace, visit.settings
    counts = {"lists": len(list(workspace.lists())), "releases": len(list(workspace.releases()))}
    facts = {**counts, "folder": str(workspace.root)}
    config = workspace.root / CONFIG_NAME
    in_use = [*workspace.lists(), *workspace.releases(), *([config] if config.exists() else [])]
    closed = [workspace.show(path) for path in in_use if not os.access(path, os.R_OK)]
    if closed:
        hint = f"chmod u+r {closed[0]}   or ask who owns it"
        yield Check("workspace", f"cannot be read: {_named(closed)}", "workspace-closed", hint, facts)
    elif not os.access(workspace.root, os.W_OK):
        said = f"{workspace.root} cannot be written to, so nothing can be sent from it"
        yield Check("workspace", said, "workspace-locked", f"chmod u+w {workspace.root}", facts)
    else:
        said = f"{_counted(counts['lists'], 'list')} and {_counted(counts['releases'], 'release')} in {workspace.root}"
        yield Check("workspace", said, facts=facts)
    yield from _open_files(workspace, settings)
    yield from _under_version_control(workspace)


def _open_files(workspace: Workspace, settings: Settings) -> Iterator[Check]:
    """Find files of the machine's, and secrets, that others on this machine can read (standards L12)."""
    found = [path for path in _private_files(workspace, settings) if _is_exposed(path)]
    if found:
        shown = [workspace.show(path) for path in found]
        fix = "\n".join(f"chmod {'700' if path.is_dir() else '600'} {path}" for path in found[:_MOST_NAMED])
        said = f"others on this machine can read {_named(shown)}"
        yield Check("private files", said, "files-open", fix, {"files": shown})
    else:
        yield Check("private files", "readable only by you, as they must be")


def _private_files(workspace: Workspace, settings: Settings) -> Iterator[Path]:
    secrets = [settings.dkim.key_file, settings.dkim.ed25519_key_file]
    owners: list[Relay | Inbox] = [*settings.relays.values(), *settings.inbox.values()]
    for each in owners:
        secrets += [each.password_file, each.oauth.refresh_token_file]
    for name in filter(None, secrets):
        path = workspace.root / Path(name).expanduser()
        if path.is_file():
            yield path
    if workspace.machine.is_dir():
        yield workspace.machine
        # below a folder that is closed nobody else reads anything, whatever its files say
        if _is_exposed(workspace.machine):
            yield from (path for path in sorted(workspace.machine.rglob("*")) if path.is_file())
        else:
            yield from (path for path in sorted(workspace.machine.iterdir()) if path.name == "keys")


def _is_exposed(path: Path) -> bool:
    try:
        return others_can_read(path)
    except OSError:
        return False


def _under_version_control(workspace: Workspace) -> Iterator[Check]:
    if not (workspace.root / ".git").exists() or not workspace.machine.is_dir():
        return
    ignored = workspace.root / ".gitignore"
    try:
        text = ignored.read_text("utf-8") if ignored.is_file() else ""
    except (OSError, UnicodeDecodeError):
        text = ""
    if not re.search(r"^/?\.mailer(?:/|\b)", text, re.MULTILINE):
        said = ".mailer/ is not in .gitignore: people's addresses and your keys would go into the repository"
        yield Check("version control", said, "git-exposed", f"echo .mailer/ >> {ignored}")


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
        return Check("disk", said, "disk-low", "mailer purge --dry-run   says what may go", facts)
    return Check("disk", said, facts=facts)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _named(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
