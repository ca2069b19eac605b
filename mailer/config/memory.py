r"""Memory: what this account on this machine remembers of ledgers and workspaces, outside of every workspace.

Owns the user's state folder. An old ledger is restored, or removed, in the workspace and not here, so that the two can
be compared (`runs.office.Guard` does). Never judges, never raises: if there is no such folder (no home, a read-only
container), nothing is remembered, and `lasts` is false.

    LEDGER.json       how many runs a ledger had counted when it was last used here, and where
    LEDGER.events     how many events had been written to it, after each commit: a number, written in place. It costs
                      20 µs, since it is not synced: after a power loss it may be behind, but never ahead
    workspaces/*.json which ledger a folder had, by the folder's path, and digests of the news that was sent from it
    trusted-folders   whose mailer.toml may be used although others can change it
    lock              is held from reading to writing, in each of the folders

    XDG_STATE_HOME set   $XDG_STATE_HOME/mailer      on every system
    Linux and others     ~/.local/state/mailer       (XDG Base Directory Specification)
    macOS                ~/Library/Application Support/mailer
    Windows              %LOCALAPPDATA%\mailer
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from mailer import lazy_re as re
from mailer.frozen import asdict, dataclass, field, fields, replace
from mailer.platform import alone, home_of_account, replace_file

_TRUSTED, _LOCK = "trusted-folders", "lock"  # no ledger's file can have these names
_NOWHERE = Path(os.devnull)  # a folder that cannot exist: nothing is read from it or written into it
_ID = re.compile(r"[0-9a-f]{8,64}")  # becomes a file's name: the ledger's own id is not trusted


@dataclass(frozen=True, slots=True)
class Remembered:
    """The last use of a ledger here: its count of runs, their mark, its folder, the user and the time."""

    runs: int
    mark: str = ""
    place: str = ""
    actor: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace by its path: its ledger, who used it last and when, and the news sent from it.

    `news` has digests (of a headline, of a body; hex) and the time of each.
    """

    path: str
    ledger_id: str
    actor: str = ""
    at: str = ""
    news: Mapping[str, str] = field(default_factory=dict)


_Kept = TypeVar("_Kept", Remembered, Place)


@dataclass(frozen=True, slots=True)
class Memory:
    """The state folder, which may not exist yet; None if there can be none."""

    folder: Path | None

    @property
    def lasts(self) -> bool:
        """Return whether anything can be remembered here, without creating a folder."""
        if self.folder is None:
            return False
        nearest = next(folder for folder in (self.folder, *self.folder.parents) if folder.exists())
        return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)

    def recall(self, ledger_id: str) -> Remembered | None:
        """Return what is remembered of a ledger; None if nothing is, or it cannot be read."""
        return _read(self._path(ledger_id, "json"), Remembered)

    def keep(self, ledger_id: str, new: Remembered) -> bool:
        """Remember a ledger; a number is never lowered. Return False if that is not possible."""

        def updated() -> Remembered | None:
            known = self.recall(ledger_id)
            return new if known is None or known.runs <= new.runs else None

        return _write(self._path(ledger_id, "json"), updated)

    def recall_events(self, ledger_id: str) -> int:
        """Return how many events are known to have been written to a ledger; 0 if that is not known."""
        try:
            return int(self._path(ledger_id, "events").read_text("ascii"))
        except (OSError, ValueError):
            return 0

    def keep_events(self, ledger_id: str, count: int, *, anew: bool = False) -> None:
        """Remember how many events a ledger has by now; only with `anew` may that be fewer than before.

        Another process may do the same at once: then the number may be that of the commit before, which does no harm.
        """
        path = self._path(ledger_id, "events")
        with suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                known = os.read(handle, 30).strip()
                if anew or not known.isdigit() or count > int(known):
                    os.lseek(handle, 0, os.SEEK_SET)
                    os.write(handle, b"%20d\n" % count)
            finally:
                os.close(handle)

    def recall_place(self, root: Path) -> Place | None:
        """Return what is remembered of a workspace; None if nothing is, or it cannot be read."""
        return _read(self._place(root), Place)

    def keep_place(self, place: Place) -> None:
        """Remember a workspace with its ledger; news is added to what was remembered."""
        path = self._place(Path(place.path))

        def updated() -> Place | None:
            known = _read(path, Place)
            new = replace(place, news={**(known.news if known else {}), **place.news})
            return new if known is None or replace(known, at=new.at) != new else None

        _write(path, updated)

    def forget_place(self, root: Path) -> None:
        """Forget which ledger a workspace had."""
        with suppress(NotADirectoryError):
            self._place(root).unlink(missing_ok=True)

    def other_places(self, root: Path) -> list[Place]:
        """Return what is remembered of all workspaces but this one."""
        own = self._place(root)
        return [place for path in sorted(own.parent.glob("*.json")) if path != own and (place := _read(path, Place))]

    def trusts(self, folder: Path) -> bool:
        """Return whether the user trusts a workspace's mailer.toml although others can change it."""
        return str(folder.resolve()) in self._trusted()

    def trust(self, folder: Path) -> bool:
        """Remember that a workspace is trusted; False if nothing can be remembered."""
        return _write(self._root / _TRUSTED, lambda: sorted({*self._trusted(), str(folder.resolve())}))

    def _trusted(self) -> list[str]:
        try:
            found = json.loads((self._root / _TRUSTED).read_text("utf-8"))
        except (OSError, ValueError):
            return []
        return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []

    @property
    def _root(self) -> Path:
        return self.folder or _NOWHERE

    def _path(self, ledger_id: str, kind: str) -> Path:
        return self._root / f"{ledger_id}.{kind}" if _ID.fullmatch(ledger_id) else _NOWHERE / kind

    def _place(self, root: Path) -> Path:
        name = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:32]
        return self._root / "workspaces" / f"{name}.json"


def _read(path: Path, shape: type[_Kept]) -> _Kept | None:
    try:
        found = json.loads(path.read_text("utf-8"))
        kinds = {"runs": int, "news": dict}
        return shape(**{each.name: kinds.get(each.name, str)(found[each.name]) for each in fields(shape)})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _write(path: Path, update: Callable[[], Remembered | Place | list[str] | None]) -> bool:
    """Write the result of `update`, if any, while no other process writes; False if it cannot be written."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with alone(path.parent / _LOCK):
            new = update()
            if new is not None:
                document = new if isinstance(new, list) else asdict(new)
                replace_file(path, f"{json.dumps(document, indent=1)}\n".encode())
    except OSError:
        return False
    return True


def find_memory(environ: Mapping[str, str], *, platform: str = sys.platform) -> Memory:
    """Find the user's state folder, without creating it."""
    given = environ.get("XDG_STATE_HOME", "")
    if given and Path(given).is_absolute():  # the specification ignores a relative one
        return Memory(Path(given) / "mailer")
    if platform == "win32":
        local = environ.get("LOCALAPPDATA", "")
        return Memory(Path(local) / "mailer" if local else None)
    home = Path(environ.get("HOME") or home_of_account())
    if not home.is_absolute() or not home.is_dir():  # a container's user may have none, and none is made
        return Memory(None)
    under = ("Library", "Application Support") if platform == "darwin" else (".local", "state")
    return Memory(home.joinpath(*under, "mailer"))
