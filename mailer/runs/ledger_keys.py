"""Ledger keys: where the keys are that the ledger was made with, and that every backup needs.

No content of a key is read into a result: what is shown is where to look. Nothing is made by looking.
"""

from __future__ import annotations

from collections.abc import Mapping

from mailer.config.secrets import read_given_keys
from mailer.errors import ConfigProblem
from mailer.frozen import dataclass
from mailer.runs.office import Office


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """The keys of the office: the file or the variable that they are in, their numbers, or why they cannot be used."""

    place: str
    is_variable: bool
    current: int | None = None
    ids: tuple[int, ...] = ()
    problem: str = ""


def find_keys(office: Office, environ: Mapping[str, str]) -> KeyFacts:
    """Return where the keys are, without which the ledger is of no use."""
    is_variable = bool(environ.get("MAILER_KEYS"))
    place = "MAILER_KEYS" if is_variable else str(office.workspace.root / office.settings.keys.file)
    try:
        keys = read_given_keys(office.settings, office.workspace.root, environ)
    except ConfigProblem as error:
        return KeyFacts(place, is_variable, problem=str(error))
    if keys is None:
        return KeyFacts(place, is_variable)
    return KeyFacts(place, is_variable, keys.current, tuple(sorted(keys.secrets)))
