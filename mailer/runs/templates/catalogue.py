"""Catalogue: which families of templates there are, where each is from, and how one of one's own begins.

What a family is for stands in its own `template.toml` (`about`). None is compiled here: a family that is broken is
listed too, with what was found.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mailer.config import about_family, based_on
from mailer.errors import InputProblem
from mailer.runs.planning.edition import LOOK
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


@dataclass(frozen=True, slots=True)
class Families:
    """Every family of a workspace, by name."""

    families: tuple[Known, ...]
    workspace: Workspace = field(repr=False)


@dataclass(frozen=True, slots=True)
class FamilyMade:
    """A family that was copied from another: its files, as people know them."""

    family: str
    source: str
    files: tuple[str, ...]


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


# Copying. A copy appears whole or not at all: it is written beside its place and renamed, and nothing that is there is
# overwritten. What the family builds upon (the layout, the words of each language) is not copied: it stays shared, and
# so do improvements to it.

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")
_TAKEN: Final = frozenset({"layout", "i18n", "workspace", "samples"})
_HIDDEN: Final = (".", "~$")


def copy_family(workspace: Workspace, name: str, *, source: str) -> list[Path]:
    """Copy a family into the workspace under a name of its own; return the files.

    Raises:
        InputProblem: the name cannot be one or is taken, there is no such family, or nothing can be written there.
    """
    target = workspace.root / "templates" / _free_name(workspace, name)
    origin = workspace.family_folder(source)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".mailer-") as aside:
            whole = Path(aside) / name
            whole.mkdir()
            for path in _files_of(origin):
                shutil.copyfile(path, whole / path.name)
            whole.rename(target)
    except OSError as error:
        raise InputProblem(f"cannot be made: {error.strerror or error}", source=workspace.show(target)) from None
    return _files_of(target)


def _free_name(workspace: Workspace, name: str) -> str:
    if not _NAME.fullmatch(name):
        said = f'"{name}" cannot name a family; use small letters, digits and hyphens, for example house-style'
        raise InputProblem(said)
    if name in _TAKEN:
        raise InputProblem(f"the folder templates/{name} has a use of its own; choose another name")
    if (workspace.root / "templates" / name).exists():
        hint = f"mailer templates check {name}   looks at what is there"
        raise InputProblem(f"templates/{name} is there already, and stays as it is", hint=hint)
    if name in shipped_families():
        hint = f"mailer templates new my-{name} --from {name}"
        raise InputProblem(f'"{name}" is a family that comes with mailer; give yours a name of its own', hint=hint)
    return name


def _files_of(folder: Path) -> list[Path]:
    found = sorted(folder.iterdir())
    return [path for path in found if path.is_file() and not path.name.startswith(_HIDDEN)]
