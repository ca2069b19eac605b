"""Bundle: a folder or a ZIP file that appears whole or not at all, with the SHA-256 of everything in it.

Theory of operation. All is written into a folder beside the target that only its owner can look into, and takes its
name at the very end; for a ZIP file, what is in the folder is packed, always in the same order and without times, so
that the same content makes the same bytes. A run that is broken off removes what it has made. One that is killed
cannot: so it holds a lock in its folder, and the next one to the same target removes what nobody holds.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from mailer import lazy_re as re
from mailer.errors import InputProblem
from mailer.platform import hold, is_held, sync_folder

SUMS: Final = "SHA256SUMS"
_NOT_IN_NAMES = re.compile(r"[^\w .,@+-]")
_LOCK: Final = "lock"


def safe(name: str) -> str:
    """Return the end of a name as each system can keep it after a number, and no shell takes it for anything else."""
    return _NOT_IN_NAMES.sub("_", name)[-80:].rstrip(" .") or "_"


def open_new(bundle: Path, name: str) -> BinaryIO:
    """Open a new file of a bundle, `/` between its folders."""
    for folder in reversed(Path(name).parents):  # one by one: `parents=True` would give others a look
        (bundle / folder).mkdir(mode=0o700, exist_ok=True)
    return open(bundle / name, "xb", opener=_private)


def add(bundle: Path, name: str, data: bytes) -> None:
    """Write a whole file into a bundle."""
    with open_new(bundle, name) as file:
        file.write(data)


def write_sums(bundle: Path) -> bytes:
    """Write the sums of all files as `sha256sum` does, and return them as they were written."""
    lines = []
    for path in sorted(each for each in bundle.rglob("*") if each.is_file()):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        lines.append(f"{digest}  {path.relative_to(bundle).as_posix()}\n".encode())
    add(bundle, SUMS, b"".join(lines))
    return b"".join(lines)


@contextmanager
def new_bundle(target: Path) -> Iterator[Path]:
    """Yield a folder that becomes the target, or a ZIP file by that ending, when the block has ended well.

    Raises InputProblem where something is there already, or the place cannot be written to.
    """
    is_zip = target.suffix.lower() == ".zip"
    try:
        if target.exists() and (is_zip or not target.is_dir() or any(target.iterdir())):
            hint = "Give --out a name that is not taken: nothing is replaced."
            raise InputProblem("is there already", source=str(target), hint=hint)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark = f".{target.name}.unfinished-"
        for left in target.parent.iterdir():  # of a run that was killed
            if left.name.startswith(mark) and not is_held(left / _LOCK):
                shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=mark, dir=target.parent, ignore_cleanup_errors=True) as name:  # 0700
            making = Path(name)
            handle = hold(making / _LOCK)
            try:
                content = making / "new" / (target.stem if is_zip else target.name)
                for folder in (content.parent, content):
                    folder.mkdir(mode=0o700)
                yield content
                if is_zip:
                    _pack(content, making / "packed").replace(target)
                else:
                    if target.exists():
                        target.rmdir()  # empty; Windows puts nothing in its place
                    content.rename(target)
                sync_folder(target.parent)
            finally:
                os.close(handle)  # Windows removes no open file
    except OSError as error:
        raise InputProblem(f"cannot be written: {error.strerror or error}", source=str(target)) from None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _pack(folder: Path, target: Path) -> Path:
    """Pack a folder with its name, in the order of the names; return the file, which is on disk then."""
    with open(target, "xb", opener=_private) as file:
        with zipfile.ZipFile(file, "w") as packed:
            for path in sorted(each for each in folder.rglob("*") if each.is_file()):
                entry = zipfile.ZipInfo(path.relative_to(folder.parent).as_posix())  # of 1980, where ZIP begins
                entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
                with path.open("rb") as content, packed.open(entry, "w", force_zip64=True) as into:
                    shutil.copyfileobj(content, into)
        file.flush()
        os.fsync(file.fileno())
    return target
