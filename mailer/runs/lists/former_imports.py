"""Former imports: what earlier imports into a list said, kept in `.mailer/imports/`.

The next import of the same source is compared with the last, so that what staff changed in the list since is not
undone by it. A file a list, 0600, with keyed hashes and no address (`contacts.merging.matching`). What cannot be read
is no memory: the import then compares the file with the list alone, and says so by showing more changes.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from mailer.address import Address
from mailer.contacts.meaning.words import compact
from mailer.contacts.merging.matching import Former, Pair, find_former, parse_formers, render_formers, source_values
from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact
from mailer.errors import InputProblem
from mailer.workspace import Workspace, write_atomically


def source_of(file_name: str, incoming: ListFile) -> tuple[str, str]:
    """Return what a source is known by: its name without dates and numbers, and the hash of its header."""
    stem = Path(file_name).stem.casefold()
    name = re.sub(r"[\W\d_]+", " ", re.sub(r"\((?:\d+|copy|kopie)\)", " ", stem)).strip()
    header = "\0".join(map(compact, incoming.layout.header))
    return name, sha256(header.encode()).hexdigest()[:16]


def read_formers(workspace: Workspace, path: Path) -> list[Former]:
    """Return what is remembered of a list's imports."""
    file = _file(workspace, path)
    with suppress(OSError, InputProblem):
        return parse_formers(file.read_bytes())
    return []


def last_import(workspace: Workspace, path: Path, source: tuple[str, str], was: bytes) -> Former | None:
    """Return the last import of a source into a list that stands as `was`."""
    name, header = source
    return find_former(read_formers(workspace, path), source=name, header=header, now=sha256(was).hexdigest())


def former_of(
    file_name: str, incoming: ListFile, pairs: Sequence[Pair], earlier: Former | None, *, was: bytes
) -> Former:
    """Return what a source says now of every person, to be remembered.

    Whom it had in an earlier import stays known: they are still gone when somebody decides later to take them out.
    """
    name, header = source_of(file_name, incoming)
    keys = [pair.key for pair in pairs]
    former = Former(name, header, sha256(was).hexdigest(), secrets.token_bytes(32), keys)
    if earlier and earlier.columns == keys:
        former.salt, former.people = earlier.salt, dict(earlier.people)
    for entry in incoming.entries():
        if isinstance(entry, Contact):
            former.remember(entry.address.key, source_values(entry, pairs, incoming.layout))
    return former


def remember_import(workspace: Workspace, path: Path, former: Former) -> None:
    """Remember an import into a list."""
    _write(workspace, path, [*read_formers(workspace, path), former])


def forget_in_imports(workspace: Workspace, addresses: Iterable[Address]) -> int:
    """Forget people in what is remembered of imports; return how many entries that were."""
    people = list(addresses)
    count = 0
    folder = workspace.machine / "imports"
    for file in sorted(folder.glob("*.json")) if folder.is_dir() else []:
        with suppress(OSError, InputProblem):
            formers = parse_formers(file.read_bytes())
            found = sum(former.forget(address.key) for former in formers for address in people)
            if found:
                write_atomically(file, render_formers(formers), mode=0o600)
            count += found
    return count


def _write(workspace: Workspace, path: Path, formers: Iterable[Former]) -> None:
    workspace.make_machine_folder("imports")
    write_atomically(_file(workspace, path), render_formers(formers), mode=0o600)


def _file(workspace: Workspace, path: Path) -> Path:
    return workspace.machine / "imports" / f"{path.name}.json"
