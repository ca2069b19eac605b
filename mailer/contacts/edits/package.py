"""Package: the parts of an XLSX file, of which some are replaced and all others copied as they are.

Owns the zip, how parts name each other, and the recognition of files that are another kind of workbook. Never knows
what a part means. ECMA-376 part 2 (Open Packaging Conventions).
Raises `InputProblem`.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import Final

from mailer.contacts.edits.elements import find_elements
from mailer.errors import InputProblem

LARGEST: Final = 500_000_000  # bytes of one part, unpacked
_OLE: Final = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Relation:
    """How one part names another: its id, kind (the last word of its type), and the part or, outside, the target."""

    id: str
    kind: str
    target: str
    is_outside: bool


class Package:
    """An XLSX file that is being changed."""

    def __init__(self, data: bytes) -> None:
        """Open it.

        Raises:
            InputProblem: it is an old workbook (XLS), an ODS or a binary one, signed, or damaged.
        """
        if data.startswith(_OLE):
            raise InputProblem("is an XLS workbook, which cannot be written back")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except zipfile.BadZipFile as error:
            raise InputProblem(f"is damaged: {error}") from None
        self._infos = self._zip.infolist()
        self._new: dict[str, bytes] = {}
        self.names = frozenset(info.filename for info in self._infos)
        if "mimetype" in self.names:
            raise InputProblem("is an ODS workbook, which cannot be written back")
        if "[Content_Types].xml" not in self.names or any(name.endswith("workbook.bin") for name in self.names):
            raise InputProblem("is a workbook of another kind than XLSX, which cannot be written back")
        if any(name.startswith("_xmlsignatures/") for name in self.names):
            raise InputProblem("is signed; a change would break the signature")
        if len(self.names) != len(self._infos):
            raise InputProblem("has two parts of one name, so it cannot be written back")

    def read(self, name: str) -> bytes:
        """Return a part as it is by now; nothing where there is none.

        Raises:
            InputProblem: it is damaged, or too large.
        """
        if name in self._new:
            return self._new[name]
        if name not in self.names:
            return b""
        try:
            if self._zip.getinfo(name).file_size > LARGEST:
                raise InputProblem(f"has a part of more than {LARGEST // 1_000_000} MB")
            return self._zip.read(name)
        except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
            raise InputProblem(f"is damaged: {error}") from None

    def put(self, name: str, data: bytes) -> None:
        """Replace a part."""
        self._new[name] = data

    def relations(self, name: str) -> Iterator[Relation]:
        """Yield whatever a part names; the empty name stands for the package."""
        folder = name.rpartition("/")[0]
        for each in find_elements(self.read(relations_of(name)) or b"<none/>", {"Relationship"}):
            outside = each.attributes.get("TargetMode") == "External"
            target = each.attributes.get("Target", "")
            kind = each.attributes.get("Type", "").rpartition("/")[2]
            yield Relation(each.attributes.get("Id", ""), kind, target if outside else _joined(folder, target), outside)

    def result(self) -> bytes:
        """Return the file with the parts that were put; the others keep bytes, order, times and attributes."""
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as target:
            for info in self._infos:
                kept = copy(info)
                kept.extra = b""
                target.writestr(kept, self.read(info.filename), compress_type=info.compress_type)
        return file.getvalue()


def relations_of(name: str) -> str:
    """Return the part that holds the relations of a part."""
    folder, slash, file = name.rpartition("/")
    return f"{folder}{slash}_rels/{file}.rels"


def _joined(folder: str, target: str) -> str:
    if target.startswith("/"):
        return target[1:]
    parts = folder.split("/") if folder else []
    for part in target.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
