"""Storage: where the ledger and the keys are, and how large the ledger has become.

No content of a key is read into a result, and a password in the ledger's address is hidden: what is shown here is
where to look, and what belongs in a backup. Nothing is made by looking.
"""

from __future__ import annotations

from collections.abc import Mapping

from mailer.config.editing import hide
from mailer.config.secrets import read_given_keys
from mailer.errors import ConfigProblem
from mailer.frozen import dataclass
from mailer.ledger.connection import Identity, count_events, read_identity
from mailer.ledger.migrations import NEWEST
from mailer.ledger.place import ledger_file, place_problem
from mailer.runs.office import Office


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """The ledger: its place (a file, or the address of a server), and what it is; `identity` is None without one.

    `size` is that of its files in bytes, None for a server. `place_problem` says why it must not be there.
    """

    place: str
    place_problem: str
    size: int | None
    identity: Identity | None = None
    events: int = 0
    shape: str = NEWEST


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """The keys of the office: the file or the variable that they are in, their numbers, or why they cannot be used."""

    place: str
    is_variable: bool
    current: int | None = None
    ids: tuple[int, ...] = ()
    problem: str = ""


def find_ledger(office: Office) -> LedgerFacts:
    """Return where the ledger is, without which nothing is known of any mailing."""
    url, root = office.settings.ledger.url, office.workspace.root
    file, wrong = ledger_file(url, root), str(place_problem(url, root) or "")
    parts = [file.with_name(f"{file.name}{end}") for end in ("", "-wal", "-shm")] if file else []
    size = sum(path.stat().st_size for path in parts if path.exists()) if file else None
    place = str(file) if file else hide(url)
    if office.ledger is None:
        return LedgerFacts(place, wrong, size)
    with office.ledger.reading() as connection:
        return LedgerFacts(place, wrong, size, read_identity(connection), count_events(connection))


def find_keys(office: Office, environ: Mapping[str, str]) -> KeyFacts:
    """Return where the keys are, without which the ledger is of no use."""
    is_variable = bool(environ.get("MAILER_KEYS"))
    place = "MAILER_KEYS" if is_variable else str(office.workspace.root / office.settings.keys.file)
    try:
        keys = read_given_keys(office.settings, office.workspace.root, environ)
    except ConfigProblem as error:
        return KeyFacts(place, is_variable, problem=str(error))
    return (
        KeyFacts(place, is_variable, keys.current, tuple(sorted(keys.secrets)))
        if keys
        else KeyFacts(place, is_variable)
    )
