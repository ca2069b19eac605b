"""Copying: a family of one's own, begun as a copy of another.

Owns the name that it may have, and that it appears whole or not at all: it is written beside its place and renamed.
Nothing that is there is ever overwritten. What the family builds upon (the layout, the words of each language) is not
copied: it stays shared, and so do improvements to it.
Raises `InputProblem`.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Final

from mailer.errors import InputProblem
from mailer.runs.templates.known import shipped_families
from mailer.workspace import Workspace

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
