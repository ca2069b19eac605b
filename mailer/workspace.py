"""Workspace: the staff's folder, and the machine's folder `.mailer/` in it.

Owns finding the folder, reading the staff's files with a size limit, writing them atomically, keeping the versions that
are replaced, and finding what the package ships. Never reads TOML (`config` does), never interprets a release or a
list. Reading creates nothing: `.mailer/` appears when something is first written there. Raises `InputProblem`.

Several people may have a text open, here or in their own editor. A save names the version that was opened, by its
SHA-256; if another is on file by then, nothing is written (`ChangedMeanwhile`), and the typed text is not lost. What is
replaced is kept in `.mailer/undo/`, so that going back is a save like any other. Lists have steps for undo in folders
beside these copies (`runs.lists.changes`).

Files in `.mailer/` are 0600, the folder 0700.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from mailer import lazy_re as re
from mailer.address import printable
from mailer.errors import CONFIG_NAME, InputProblem, did_you_mean
from mailer.frozen import dataclass, field
from mailer.platform import alone, replace_file

LIST_SUFFIXES = (".csv", ".tsv", ".xlsx", ".xls", ".ods", ".txt", ".vcf")
RELEASE_SUFFIXES = (".md", ".markdown", ".docx", ".txt", ".html", ".htm", ".rtf", ".mhtml", ".mht", ".eml")
MAX_RELEASE_BYTES = 25_000_000  # of a Word file with its pictures; text alone has less
MAX_LIST_BYTES = 1_000_000_000
KEPT_COPIES = 50
LAYOUT_FOLDER = "layout"
LANGUAGE_FOLDER = "i18n"
_FAMILY_MARKS = ("email.html", "template.toml")
NO_FAMILIES = frozenset({LAYOUT_FOLDER, LANGUAGE_FOLDER, "workspace", "samples"})  # these folders have another use
_TEXT_SUFFIXES = frozenset({".html", ".txt", ".toml", ".css"})
_NAME_THEIR_OWN = (b"PK\x03\x04", b"{\\rtf", b"\xd0\xcf\x11\xe0", b"%PDF")
_COPY = re.compile(r"(\d{8}T\d{12})-(.*)", re.DOTALL)
_MARK = "\ufeff"


class ChangedMeanwhile(InputProblem):
    """A file that has changed since someone opened it: it was not overwritten."""

    code = "changed-meanwhile"


@dataclass(frozen=True, slots=True)
class Version:
    """An earlier version of a file: the name of its copy, until when it was on file, and its size in bytes."""

    name: str
    until: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Workspace:
    """One folder of a press office; `root` is absolute.

    `encoding` is the encoding of a release that is not Unicode, as named by a person. `unsaved` has the bytes of
    releases that someone is editing: they are read instead of the files.
    """

    root: Path
    encoding: str = ""
    unsaved: Mapping[Path, bytes] = field(default_factory=dict, repr=False)

    @property
    def machine(self) -> Path:
        """Return the machine's own folder, which may not exist yet."""
        return self.root / ".mailer"

    @property
    def config_path(self) -> Path:
        """Return the path of mailer.toml, which may not exist."""
        return self.root / CONFIG_NAME

    def make_machine_folder(self, *parts: str) -> Path:
        """Create a folder under `.mailer/` that only its owner can read.

        Raises InputProblem if it cannot be made there.
        """
        folder = self.machine
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            for part in parts:
                folder /= part
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise InputProblem(f"cannot be made: {error.strerror or error}", source=str(folder)) from None
        return folder

    def show(self, path: Path) -> str:
        """Return a path as staff know it: relative to the workspace if it is inside."""
        with contextlib.suppress(ValueError):
            return path.resolve().relative_to(self.root).as_posix()
        return str(path)

    def release_path(self, name: str) -> Path:
        """Find a release by path (from here or from the workspace) or by slug."""
        return self._find(name, "releases", RELEASE_SUFFIXES, "release")

    def read_release(self, path: Path) -> bytes:
        """Read the bytes of a release; with an `encoding`, a text is converted to UTF-8.

        Raises InputProblem if it is missing, too large, or not in that encoding.
        """
        data = self.unsaved.get(path)
        if data is not None:
            return data
        data = read_bytes(path, limit=MAX_RELEASE_BYTES)
        return text_as_utf8(data, self.encoding, source=self.show(path)) if self.encoding else data

    def find_release(self, name: str) -> Path:
        """Find a text to import: first by path from here, with any suffix, else as `release_path` does."""
        path = Path(name)
        if _is_file(path):
            return path
        try:
            return self.release_path(name)
        except InputProblem:
            if not path.suffix and len(path.parts) == 1:
                raise
            what = "is a folder: name a file in it" if path.is_dir() else "there is no such file"
            raise InputProblem(what, source=name) from None

    def list_path(self, name: str) -> Path:
        """Find a list by path (from here or from the workspace) or by name."""
        return self._find(name, "lists", LIST_SUFFIXES, "list")

    def named_list(self, name: str) -> Path:
        """Find a list in `lists/` only by its name, for users who must not name any other file of this machine."""
        return _named(name, self.lists(), LIST_SUFFIXES, "list")

    def named_release(self, name: str) -> Path:
        """Find a release in `releases/` only by its slug or its name, as `named_list` does."""
        return _named(name, self.releases(), RELEASE_SUFFIXES, "release").resolve()

    def lists(self) -> list[Path]:
        """Return every list in `lists/`, by name."""
        return files_in(self.root / "lists", LIST_SUFFIXES)

    def releases(self) -> list[Path]:
        """Return every release in `releases/`, by name."""
        return files_in(self.root / "releases", RELEASE_SUFFIXES)

    def family_folder(self, family: str) -> Path:
        """Find the folder of a template family: the workspace's, or else the one that is shipped.

        Raises InputProblem if there is none of that name.
        """
        if not re.fullmatch(r"[\w-]+", family):
            raise InputProblem(f'"{family}" is not the name of a template family')
        for base in self._template_folders():
            folder = base / family
            if family not in NO_FAMILIES and any((folder / name).is_file() for name in _FAMILY_MARKS):
                return folder
        known = sorted(self.families())
        near = did_you_mean(family, known) or f". There are: {', '.join(known)}"
        raise InputProblem(f'there is no template family "{family}"{near}')

    def family_files(self, family: str) -> dict[str, str]:
        """Read the texts of a family, from the workspace or else as shipped: file name to text.

        A folder of the workspace without templates only changes the look of a shipped family, and gets its templates.
        """
        own = _texts_in(self.family_folder(family))
        return own if "email.html" in own else {**_texts_in(shipped("templates") / family), **own}

    def layout_files(self) -> dict[str, str]:
        """Read the layout that families are built on; a file in the workspace replaces the shipped one."""
        found: dict[str, str] = {}
        for base in reversed(self._template_folders()):
            found |= _texts_in(base / LAYOUT_FOLDER)
        return {f"{LAYOUT_FOLDER}/{name}": text for name, text in found.items()}

    def language_files(self) -> dict[str, str]:
        """Read the language files: `de.toml` is the shipped one, `own/de.toml` that of the workspace."""
        own, ours = self._template_folders()
        own_folder = own / LANGUAGE_FOLDER
        mine = {} if own_folder == ours / LANGUAGE_FOLDER else _texts_in(own_folder)
        return {**_texts_in(ours / LANGUAGE_FOLDER), **{f"own/{name}": text for name, text in mine.items()}}

    def families(self) -> list[str]:
        """Return the names of all families, those of the workspace first."""
        found = [
            path.parent.name
            for base in self._template_folders()
            for mark in _FAMILY_MARKS
            for path in sorted(base.glob(f"*/{mark}"))
        ]
        return [name for name in dict.fromkeys(found) if name not in NO_FAMILIES]

    def _template_folders(self) -> tuple[Path, Path]:
        return self.root / "templates", shipped("templates")

    def _find(self, name: str, folder: str, suffixes: tuple[str, ...], noun: str) -> Path:
        direct = [Path(name), self.root / name]
        named = [self.root / folder / f"{name}{suffix}" for suffix in suffixes] if "/" not in name else []
        for path in (*direct, self.root / folder / name, *named):
            if _is_file(path):
                return path.resolve()
        known = [path.stem for path in files_in(self.root / folder, suffixes)]
        names = textwrap.shorten(", ".join(known), 36, placeholder=" …")
        have = f" {folder}/ has: {names}{'' if names.endswith('…') else '.'}" if known else f" {folder}/ has none yet."
        raise InputProblem(f'there is no {noun} "{printable(name)}"{did_you_mean(name, known) or "."}{have}')

    def save(self, path: Path, data: bytes, *, was: str, now: datetime) -> str:
        """Write a file over the version with the SHA-256 `was` (that of no bytes if there is none), and keep that one.

        Return the name of the copy; empty if there was no file, or nothing is different. Raises ChangedMeanwhile if
        another version is on file by now.
        """
        with alone(self.make_machine_folder("undo") / "lock"):
            old = read_bytes(path, limit=MAX_RELEASE_BYTES) if path.exists() else b""
            if digest_of(old) != was:
                raise ChangedMeanwhile(
                    "was changed by another user since you opened it; nothing was saved",
                    source=self.show(path),
                    hint="Open the page again: it shows what is there now. What you typed stays here until then.",
                )
            copy = self.keep_for_undo(path, now).name if data != old and path.exists() else ""
            if data != old:
                write_atomically(path, data)
        return copy

    def keep_for_undo(self, path: Path, now: datetime) -> Path:
        """Copy a file to `.mailer/undo/` before it is changed; return the copy. The last fifty copies are kept.

        The age of the copy is that of the copying, not of the text: `mailer purge` goes by a file's age.
        """
        folder = self.make_machine_folder("undo")
        copy = folder / f"{now:%Y%m%dT%H%M%S%f}-{path.name}"
        shutil.copyfile(path, copy)
        copy.chmod(0o600)
        for old in self.versions(path)[KEPT_COPIES:]:
            (folder / old.name).unlink(missing_ok=True)
        return copy

    def versions(self, path: Path) -> list[Version]:
        """Return the earlier versions of a file that are kept, the newest first."""
        folder = self.machine / "undo"
        names = sorted((each.name for each in folder.iterdir()), reverse=True) if folder.is_dir() else []
        found = ((name, _COPY.fullmatch(name)) for name in names)
        return [
            Version(
                name, datetime.strptime(copy[1], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC), (folder / name).stat().st_size
            )
            for name, copy in found
            if copy and copy[2] == path.name
        ]

    def read_version(self, path: Path, name: str) -> bytes:
        """Read an earlier version of a file. Raises InputProblem if it is not kept."""
        if name not in {each.name for each in self.versions(path)}:
            raise InputProblem("this version is no longer kept", source=self.show(path))
        return read_bytes(self.machine / "undo" / name, limit=MAX_RELEASE_BYTES)


def _named(name: str, paths: Sequence[Path], suffixes: Sequence[str], noun: str) -> Path:
    found = [path for path in paths if name in {path.stem, path.name}]
    if not found:
        raise InputProblem(f'there is no {noun} "{printable(name)}"{did_you_mean(name, (p.stem for p in paths))}')
    return min(found, key=lambda path: (path.name != name, suffixes.index(path.suffix.lower())))


def files_in(folder: Path, suffixes: Collection[str]) -> list[Path]:
    """Return the files of a folder with these suffixes, by name, without hidden and lock files."""
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [p for p in found if p.suffix.lower() in suffixes and not p.name.startswith((".", "~$")) and p.is_file()]


def _texts_in(folder: Path) -> dict[str, str]:
    texts = files_in(folder, _TEXT_SUFFIXES)
    return {path.name: read_text(path, source=f"templates/{folder.name}/{path.name}") for path in texts}


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long: a whole text was pasted
        return False


def find_workspace(start: Path, *, given: str = "") -> Workspace:
    """Find the workspace: the one given, else the nearest parent of `start` with a mailer.toml, else `start`.

    Raises InputProblem if the folder given does not exist.
    """
    if given:
        root = Path(given).expanduser()
        if not root.is_dir():
            raise InputProblem(f"the workspace {given} is not a folder", hint=f"mailer init {given}   makes one")
        return Workspace(root.resolve())
    start = start.resolve()
    return Workspace(next((each for each in (start, *start.parents) if (each / CONFIG_NAME).is_file()), start))


def shipped(*parts: str) -> Path:
    """Find a shipped file: in the wheel under `mailer/shipped/`, in a checkout beside the package."""
    package = Path(__file__).parent
    base = package / "shipped"
    return (base if base.is_dir() else package.parent).joinpath(*parts)


def read_bytes(path: Path, *, limit: int, source: str = "") -> bytes:
    """Read a file of the workspace; errors name it by `source`, by default its path.

    Raises InputProblem if it is missing, unreadable, or larger than `limit` bytes.
    """
    try:
        size = path.stat().st_size
        if size > limit:
            message = f"the file has {size / 1e6:.1f} MB; up to {limit / 1e6:.0f} MB can be read"
            raise InputProblem(message, source=source or str(path))
        return path.read_bytes()
    except OSError as error:
        raise InputProblem(f"cannot be read: {error.strerror or error}", source=source or str(path)) from None


def text_as_utf8(data: bytes, encoding: str, *, source: str) -> bytes:
    """Convert a text from an encoding to UTF-8; formats that name their own (Word, RTF) stay as they are.

    Raises InputProblem if it is not in that encoding.
    """
    if data.startswith(_NAME_THEIR_OWN):
        return data
    from mailer.text.encodings import UnreadableText, as_utf8  # noqa: PLC0415 - seldom needed

    try:
        return as_utf8(data, encoding)
    except UnreadableText as error:
        raise InputProblem(str(error), source=source, line=error.line, hint="Name another: --encoding NAME") from None


def digest_of(data: bytes) -> str:
    """Return the SHA-256 that identifies a version of a file, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def plain_lines(text: str) -> str:
    """Return the text of a file for editing: without a byte-order mark, with line feeds as line ends."""
    return text.removeprefix(_MARK).replace("\r\n", "\n")


def as_written(text: str, was: bytes) -> bytes:
    """Return an edited text as bytes, with the byte-order mark and the line ends of the file before (`was`)."""
    mark = _MARK if was.startswith(_MARK.encode()) else ""
    return (mark + (text.replace("\n", "\r\n") if b"\r\n" in was else text)).encode()


def read_text(path: Path, *, source: str = "") -> str:
    """Read a UTF-8 text file (templates, snippets) as `read_bytes` does; a byte-order mark is dropped.

    Raises InputProblem if it is missing or not UTF-8.
    """
    try:
        return read_bytes(path, limit=MAX_RELEASE_BYTES, source=source).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputProblem("is not UTF-8 text", source=source or str(path), line=line) from None


def write_atomically(
    path: Path, data: bytes | Iterable[bytes], *, mode: int | None = None, makes_folder: bool = False
) -> None:
    """Write a file so that a reader, or a crash, sees the old one or the new one and nothing between.

    Keeps the permissions of a file that is replaced, unless `mode` is given. The data is on disk when it returns.
    Raises InputProblem if the folder cannot be written to.
    """
    path = path.resolve()  # a list that is a link into a shared folder stays one
    if mode is None:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    try:
        if makes_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, data, mode=mode)
    except OSError as error:
        raise InputProblem(f"cannot be written: {error.strerror or error}", source=str(path)) from None
