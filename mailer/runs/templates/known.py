"""Known families: which there are in this workspace, where each is from, what it is for, which languages it speaks.

Owns the looking; what a family is for stands in its own `template.toml` (`about`). Never compiles one: a family that
is broken is listed too, with what was found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mailer.config import about_family, based_on
from mailer.errors import InputProblem
from mailer.runs.planning.families import LOOK
from mailer.workspace import Workspace, shipped

_OF_A_LANGUAGE: Final = re.compile(r"email\.([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\.html")
_LAYOUT: Final = re.compile(r"""\{%[-+]?\s*extends\s+["'](?:layout|[\w-]+)/""")
SHIPPED, OWN, CHANGED = "shipped", "own", "changed"


@dataclass(frozen=True, slots=True)
class Known:
    """A family: what it is for, whether it is `shipped`, the staff's `own`, or shipped and `changed` by them.

    `languages` are those that its own words are in; `problem` is what keeps it from being read, mostly nothing.
    """

    name: str
    about: str
    origin: str
    based_on: str
    languages: tuple[str, ...]
    folder: Path
    problem: str = ""


def known_families(workspace: Workspace) -> tuple[Known, ...]:
    """Return every family, those of the workspace and those that are shipped, by name."""
    return tuple(_known(workspace, name) for name in sorted(workspace.families()))


def shipped_families() -> tuple[str, ...]:
    """Return the names of the families that come with mailer."""
    return tuple(sorted(Workspace(shipped()).families()))


def _known(workspace: Workspace, name: str) -> Known:
    folder = workspace.family_folder(name)
    origin = _origin(folder, shipped("templates", name))
    try:
        files = workspace.family_files(name)
        base = based_on(files.get(LOOK, ""), source=f"templates/{name}/{LOOK}")
        about = about_family(files.get(LOOK, ""), source=f"templates/{name}/{LOOK}")
    except InputProblem as error:
        return Known(name, "", origin, "", (), folder, str(error))
    return Known(name, about, origin, base, _languages(workspace, files), folder)


def _languages(workspace: Workspace, files: Mapping[str, str]) -> tuple[str, ...]:
    """Return the languages that it has files for and, where it is built on the layout, all that there are words for."""
    own = {found[1].lower() for file in files if (found := _OF_A_LANGUAGE.fullmatch(file))}
    if "email.html" not in files or _LAYOUT.search(files["email.html"]):
        own |= {Path(name).stem for name in workspace.language_files()}
    return tuple(sorted(own))


def _origin(folder: Path, ours: Path) -> str:
    if not ours.is_dir():
        return OWN
    if folder.resolve() == ours.resolve() or _contents(folder) == _contents(ours):
        return SHIPPED
    return CHANGED


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
