"""Storage: where the ledger and the keys are, and how large the ledger has become.

No content of a key is read into a result, and a password in the ledger's address is hidden: what is shown here is
where to look, and what belongs in a backup.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mailer.config.editing import hide
from mailer.config.secrets import read_given_keys
from mailer.errors import ConfigProblem
from mailer.frozen import dataclass
from mailer.ledger.connection import count_events, read_identity
from mailer.ledger.migrations import NEWEST
from mailer.ledger.place import ledger_file, place_problem
from mailer.runs.office import Office

_BESIDE: Final = ("-wal", "-shm")  # of an SQLite file, and parts of it while it is in use


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """The ledger: its place (a file, or the address of a server), its size in bytes, its form, and how far it is.

    `place_problem` says why it must not be there. `size` is None for a server, `ledger_id` empty where there is none.
    """

    place: str
    is_file: bool
    size: int | None
    shape: str
    ledger_id: str
    runs: int
    events: int
    place_problem: str


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """The keys of the office: the file or the variable that they are in, their numbers, or why they cannot be used."""

    place: str
    is_variable: bool
    current: int | None
    ids: tuple[int, ...]
    problem: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What the machine keeps, and no backup may lack: the ledger, and the keys without which it is of no use."""

    ledger: LedgerFacts
    keys: KeyFacts


def read_stored(office: Office, environ: Mapping[str, str]) -> Stored:
    """Return where things are; nothing is made by looking."""
    return Stored(_ledger(office), _keys(office, environ))


def _ledger(office: Office) -> LedgerFacts:
    url, root = office.settings.ledger.url, office.workspace.root
    file, wrong = ledger_file(url, root), place_problem(url, root)
    ledger_id, runs, events = "", 0, 0
    if office.ledger is not None:
        with office.ledger.reading() as connection:
            identity = read_identity(connection)
            ledger_id, runs, events = identity.ledger_id, identity.runs, count_events(connection)
    paths = [file, *(file.with_name(f"{file.name}{end}") for end in _BESIDE)] if file else []
    return LedgerFacts(
        place=str(file) if file else hide(url),
        is_file=file is not None,
        size=sum(path.stat().st_size for path in paths if path.exists()) if file else None,
        shape=NEWEST if office.ledger is not None else "",
        ledger_id=ledger_id,
        runs=runs,
        events=events,
        place_problem=str(wrong) if wrong else "",
    )


def _keys(office: Office, environ: Mapping[str, str]) -> KeyFacts:
    is_variable = bool(environ.get("MAILER_KEYS"))
    place = "MAILER_KEYS" if is_variable else str(office.workspace.root / office.settings.keys.file)
    try:
        keys, problem = read_given_keys(office.settings, office.workspace.root, environ), ""
    except ConfigProblem as error:
        keys, problem = None, str(error)
    ids = tuple(sorted(keys.secrets)) if keys else ()
    return KeyFacts(place, is_variable, keys.current if keys else None, ids, problem)
