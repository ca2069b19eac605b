"""House: what the office knows, gathered for the checks.

Owns reading `boilerplates/*.md` of the workspace (those in `boilerplates/old/` were in force before), and which of
mailer.toml's facts belong to a release's sender. A file that cannot be read is left out: who opens it sees why.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mailer.errors import InputProblem
from mailer.release.checks.boilerplates import parse_house_text
from mailer.release.checks.case import House, HouseText
from mailer.settings import Sender, Settings
from mailer.workspace import Workspace, read_text

FOLDER = "boilerplates"
_OLD = "old"
_SUFFIXES = frozenset({".md", ".markdown", ".txt"})


def read_house(workspace: Workspace, settings: Settings, sender_key: str) -> House:
    """Gather what the office knows for a release of this sender (empty: the first)."""
    checks = settings.checks
    sender = _sender(settings, sender_key)
    return House(
        forbidden=checks.forbidden,
        country=checks.country,
        organisation=sender.organisation if sender else "",
        domains=tuple(dict.fromkeys((*(_domains(sender) if sender else ()), *checks.domains))),
        headline=checks.headline,
        texts=tuple(_texts(workspace)),
    )


def _sender(settings: Settings, key: str) -> Sender | None:
    if key:
        return settings.senders.get(key)
    return next(iter(settings.senders.values()), None)


def _domains(sender: Sender) -> Iterator[str]:
    for address in (sender.address, sender.reply_to):
        if address:
            yield address.rpartition("@")[2].lower()


def _texts(workspace: Workspace) -> Iterator[HouseText]:
    folder = workspace.root / FOLDER
    for path in (*_files(folder), *_files(folder / _OLD)):
        try:
            text = read_text(path)
        except InputProblem:
            continue
        if text.strip():
            yield parse_house_text(text, name=workspace.show(path), is_old=path.parent.name == _OLD)


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    found = (path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES and path.is_file())
    return sorted(path for path in found if not path.name.startswith((".", "~$")))
