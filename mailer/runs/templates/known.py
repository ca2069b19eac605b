"""Known families: which there are in this workspace, where each is from, and what each is for.

Owns the looking; what a family is for stands in its own files. Never compiles one: a family that is broken is listed
too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mailer.workspace import Workspace, shipped

_OF_A_LANGUAGE: Final = re.compile(r"email\.([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\.html")
SHIPPED, OWN, CHANGED = "shipped", "own", "changed"


@dataclass(frozen=True, slots=True)
class Known:
    """A family: its name, what it is for, whether it is shipped, the staff's own, or shipped and changed by them."""

    name: str
    about: str
    origin: str
    languages: tuple[str, ...]
    folder: Path


def known_families(workspace: Workspace) -> tuple[Known, ...]:
    """Give every family, those of the workspace and those that are shipped, by name."""
    names = {path.parent.name for base in _bases(workspace) for path in base.glob("*/email.html")}
    return tuple(_known(workspace, name) for name in sorted(names))


def _bases(workspace: Workspace) -> tuple[Path, Path]:
    return workspace.root / "templates", shipped("templates")


def _known(workspace: Workspace, name: str) -> Known:
    own, ours = (base / name for base in _bases(workspace))
    folder = own if own.is_dir() else ours
    files = workspace.family_files(name)
    languages = sorted({found[1].lower() for file in files if (found := _OF_A_LANGUAGE.fullmatch(file))})
    return Known(name, about_of(files), _origin(own, ours), tuple(languages), folder)


def _origin(own: Path, ours: Path) -> str:
    if not ours.is_dir():
        return OWN
    if not own.is_dir() or own.resolve() == ours.resolve() or _contents(own) == _contents(ours):
        return SHIPPED
    return CHANGED


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def about_of(_files: dict[str, str]) -> str:
    """Give what a family is for, in a line."""
    return ""
