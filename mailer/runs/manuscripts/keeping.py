"""Keeping: a release file is created, imported from a document, opened for editing, saved, and restored.

A release belongs to the staff, and is saved like all their texts (`Workspace.save`): never over a version that someone
else has saved since, and the version it replaces is kept. Line ends, the byte-order mark and everything that was not
changed stay as they were written. A file that is not in UTF-8 is converted when it is saved.
"""

from __future__ import annotations

import threading
import unicodedata
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime
from importlib.resources import files
from itertools import count
from pathlib import Path
from string import Template
from typing import Final

from mailer import lazy_re as re
from mailer.errors import InputProblem
from mailer.frozen import dataclass, field, replace
from mailer.ledger.mailings import Mailing, read_mailings
from mailer.release.checks.links import picture_kind
from mailer.release.document import kept_apart
from mailer.release.markdown.writing import render_block, render_markdown
from mailer.release.pieces import MAX_PICTURE_BYTES, SHOWN_IN_MAIL, Picture, Reason
from mailer.release.values import Image, Kept, Release
from mailer.runs.manuscripts import ReleaseAdded, gather_pictures, write_pictures
from mailer.runs.office import Office
from mailer.runs.untrusted import parse_release, read_source
from mailer.text.encodings import UnreadableText, decode_text
from mailer.workspace import RELEASE_SUFFIXES, Workspace, as_written, digest_of, plain_lines, write_atomically

FOLDER: Final = "releases"
MARKDOWN: Final = frozenset({".md", ".markdown"})
TEXT: Final = MARKDOWN | {".txt"}  # what can be edited as it is
_MAX_SLUG: Final = 60
_ADDING: Final = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRelease:
    """A release on file, opened: its name, its bytes, and its text with plain line ends."""

    name: str
    path: Path
    file: str
    data: bytes = field(repr=False)
    text: str = field(repr=False)
    is_utf8: bool
    changed_at: datetime

    @property
    def digest(self) -> str:
        """Return the SHA-256 that identifies this version when it is saved."""
        return digest_of(self.data)

    @property
    def is_markdown(self) -> bool:
        """Return whether its fields can be edited one by one."""
        return self.path.suffix.lower() in MARKDOWN

    @property
    def is_text(self) -> bool:
        """Return whether it can be edited as it is: a Word file or a page is imported."""
        return self.path.suffix.lower() in TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSaved:
    """A release that was saved, and the copy of the version before; empty if nothing had changed."""

    name: str
    digest: str
    copy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRelease:
    """A release of the workspace; `release` is None if it has to be opened to be read (a Word file, a page)."""

    name: str
    file: str
    changed_at: datetime
    release: Release | None = field(default=None, repr=False)
    mailings: tuple[Mailing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What was recognised in a document: the name proposed for it, its text as Markdown, its pictures, and why."""

    name: str
    source: str
    text: str = field(repr=False)
    release: Release = field(repr=False)
    pictures: tuple[Picture, ...] = field(repr=False)
    findings: tuple[Kept, ...] = field(repr=False)
    reasons: tuple[Reason, ...] = field(repr=False)
    original: str = field(repr=False)


# New ones.


def slug_of(text: str) -> str:
    """Return a file name for a release: the text's lower-case letters and digits of any script, joined by hyphens."""
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).lower())
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug else word[:_MAX_SLUG]
        if len(longer) > _MAX_SLUG:
            break
        slug = longer
    return slug


def checked_slug(text: str) -> str:
    """Return a file name for a release from a typed name. Raises InputProblem if it has no letter or digit."""
    slug = slug_of(text.removesuffix(".md"))
    if not slug:
        raise InputProblem(f'"{text}" cannot name a release; use letters and digits')
    return slug


def start_release(workspace: Workspace, name: str, *, now: datetime) -> ReleaseAdded:
    """Write a release to be filled in. Raises InputProblem if one of that name exists."""
    slug = checked_slug(name)
    starter = Template(files(__package__).joinpath("starter.md").read_text("utf-8"))
    text = starter.substitute(headline=slug.replace("-", " ").capitalize(), date=now.date().isoformat())
    return add_release(workspace, slug, text, now=now)


def recognise(
    data: bytes, *, source: str, name: str = "", folder: Path | None = None, strict: bool = True
) -> Recognised:
    """Read a document as a release; `folder` is searched for pictures beside it.

    Without a `name`, one is made from the headline. Raises InputProblem if the document or the name cannot be used.
    """
    reading = read_source(data, source=source, slug="release", strict=strict)
    slug = checked_slug(name or reading.release.headline)
    release, pictures, missing = gather_pictures(reading, slug, folder, source)
    return Recognised(
        name=slug,
        source=source,
        text=render_markdown(replace(release, kept=kept_apart(release))),
        release=replace(release, problems=(*release.problems, *missing)),
        pictures=pictures,
        findings=reading.findings,
        reasons=reading.reasons,
        original=reading.text,
    )


def add_release(
    workspace: Workspace,
    name: str,
    text: str,
    pictures: tuple[Picture, ...] = (),
    *,
    now: datetime,
    force: bool = False,
    way_out: str = "or choose another name.",
) -> ReleaseAdded:
    """Write a new release, and its pictures beside it.

    Raises InputProblem if one of that name exists (with `force` that one is kept for undo), or it cannot be written.
    """
    path = workspace.root / FOLDER / f"{name}.md"
    shown, kept = workspace.show(path), ""
    with _ADDING:
        if path.exists():
            if not force:
                raise InputProblem(f"{shown} is there already", hint=f"mailer release show {name} shows it; {way_out}")
            kept = workspace.show(workspace.keep_for_undo(path, now))
        write_atomically(path, text.encode("utf-8"), makes_folder=True)
        written = write_pictures(path.parent / name, pictures)
    return ReleaseAdded(name=name, file=shown, pictures=tuple(map(workspace.show, written)), kept=kept)


# Existing ones.


def open_release(workspace: Workspace, name: str) -> OpenRelease:
    """Open a release to be edited. Raises InputProblem if it is missing, or its encoding is not recognised."""
    path = workspace.named_release(name)
    data, text, is_utf8 = workspace.read_release(path), "", True
    if path.suffix.lower() in TEXT:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text, is_utf8 = _decoded(data, workspace.show(path)), False
    return OpenRelease(
        name=name,
        path=path,
        file=workspace.show(path),
        data=data,
        text=plain_lines(text),
        is_utf8=is_utf8,
        changed_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
    )


def _decoded(data: bytes, source: str) -> str:
    try:
        return decode_text(data)[0]
    except UnreadableText as error:
        raise InputProblem(str(error), source=source, line=error.line) from None


def list_releases(office: Office, known: dict[tuple[Path, int, int], ListedRelease]) -> list[ListedRelease]:
    """Return the releases of the workspace with their mailings, the last changed first.

    `known` has those that were read before, by file, time and size; it is updated.
    """
    workspace, mailings = office.workspace, defaultdict[str, list[Mailing]](list)
    if office.ledger is not None:
        with office.ledger.reading() as connection:
            for each in read_mailings(connection):
                mailings[each.slug].append(each)
    read: dict[tuple[Path, int, int], ListedRelease] = {}
    names = set()
    for path in sorted(workspace.releases(), key=lambda each: RELEASE_SUFFIXES.index(each.suffix.lower())):
        try:
            stat = path.stat()
        except OSError:  # it was deleted meanwhile
            continue
        key = (path, stat.st_mtime_ns, stat.st_size)
        release = None
        if key not in known and path.suffix.lower() in TEXT:
            with suppress(InputProblem):  # opening it shows why
                data = workspace.read_release(path)
                release = parse_release(data, source=workspace.show(path), slug=path.stem, strict=False)
        name, at = path.name if path.stem in names else path.stem, datetime.fromtimestamp(stat.st_mtime, UTC)
        read[key] = known.get(key) or ListedRelease(
            name=name, file=workspace.show(path), changed_at=at, release=release
        )
        names.add(path.stem)
    known.clear()
    known.update(read)
    found = (replace(each, mailings=tuple(mailings[key[0].stem])) for key, each in read.items())
    return sorted(found, key=lambda each: each.changed_at, reverse=True)


def save_release(workspace: Workspace, name: str, text: str, *, opened: str, now: datetime) -> ReleaseSaved:
    """Save a release; `opened` is the digest of the version that was edited.

    Raises ChangedMeanwhile if someone has saved another version since; InputProblem if the file is gone, or cannot be
    written.
    """
    found = open_release(workspace, name)
    return _save(workspace, found, as_written(text, found.data), opened=opened, now=now)


def read_version(workspace: Workspace, name: str, version: str) -> str:
    """Return the text of an earlier version. Raises InputProblem if it is not kept."""
    return plain_lines(_decoded(workspace.read_version(workspace.named_release(name), version), name))


def go_back(workspace: Workspace, name: str, version: str, *, opened: str, now: datetime) -> ReleaseSaved:
    """Restore an earlier version; the current one is kept. Raises as `save_release`."""
    found = open_release(workspace, name)
    return _save(workspace, found, workspace.read_version(found.path, version), opened=opened, now=now)


def _save(workspace: Workspace, found: OpenRelease, data: bytes, *, opened: str, now: datetime) -> ReleaseSaved:
    copy = workspace.save(found.path, data, was=opened, now=now)
    return ReleaseSaved(name=found.name, digest=digest_of(data), copy=copy)


# Pictures.


def add_picture(path: Path, image: Image, data: bytes) -> str:
    """Write a picture beside a release, under a unique name; return the Markdown that shows it.

    `image` has its texts, and the name of its file as `src`. Raises InputProblem if it is not a picture that every mail
    program shows, or is too large.
    """
    kind = picture_kind(data)
    if kind not in SHOWN_IN_MAIL:
        what = f"is a picture of kind {kind.upper()}" if kind else "is not a picture"
        hint = "Save it as JPEG, PNG or GIF: these are shown by every mail program."
        raise InputProblem(what, source=image.src, hint=hint)
    if len(data) > MAX_PICTURE_BYTES:
        most = MAX_PICTURE_BYTES / 1e6
        raise InputProblem(f"has {len(data) / 1e6:.1f} MB; up to {most:.0f} MB can be used", source=image.src)
    folder = path.parent / path.stem
    stem = slug_of(image.src.rpartition(".")[0]) or "picture"
    names = (f"{stem}{f'-{number}' if number else ''}.{kind}" for number in count())
    file = next(each for name in names if not (each := folder / name).exists() or each.read_bytes() == data)
    write_pictures(folder, (Picture(file.name, data),))
    return render_block(replace(image, src=f"{path.stem}/{file.name}"))
