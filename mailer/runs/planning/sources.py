"""Sources: today's files of a mailing, read once.

Owns the reading of release, template family, pictures and attachments for a mailing, with all that is wrong gathered.
Never renders, never looks at a list.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mailer.errors import InputProblem, Problem, Severity
from mailer.release.checks.codes import RULES
from mailer.release.source import parse_release
from mailer.release.values import Release
from mailer.runs.checking import Manuscript, examine
from mailer.runs.office import Office
from mailer.runs.planning.edition import Sources, Ways
from mailer.runs.planning.families import read_family
from mailer.runs.planning.plan import Request
from mailer.workspace import MAX_RELEASE_BYTES, read_bytes

_MAX_FILE_BYTES = 25_000_000
DEFAULT_FAMILY = "release"
WAIVED = "waived"  # the code of the note that counts what the author waved through


def read_sources(office: Office, request: Request) -> tuple[Release, Sources, Ways, tuple[Problem, ...]]:
    """Read the files that a mailing is made from; gives also what the release check found.

    Raises:
        InputProblem: the release or a file that it names cannot be read at all.
        ConfigProblem: the sender is not there.
    """
    path = office.workspace.release_path(request.release)
    name = office.workspace.show(path)
    data = read_bytes(path, limit=MAX_RELEASE_BYTES)
    release = parse_release(data, source=name, slug=path.stem)
    family = request.family or release.template or DEFAULT_FAMILY
    settings = office.settings
    ways = Ways(office.sender(request.sender or release.sender), settings.optout, settings.bounces, settings.privacy)
    sources = Sources(
        release_name=name,
        release=data,
        family=read_family(office.workspace, family),
        images={image.src: _beside(path, image.src) for image in release.all_pictures() if _is_local(image.src)},
        attachments={file: _beside(path, file) for file in release.attachments},
    )
    files = {**sources.images, **sources.attachments}
    manuscript = Manuscript(path=path, data=data, release=release, sender=request.sender, files=files)
    return release, sources, ways, (*_checked(office, manuscript, name), *_pictures(release, name))


def _pictures(release: Release, name: str) -> Iterator[Problem]:
    """Say where `pictures:` cannot be followed: a file has no link, and nothing is fetched from the web for a mail."""
    way = release.extras.pictures
    for image in release.all_pictures():
        local = _is_local(image.src)
        if way == "link" and local:
            said = (
                f'pictures: link: "{image.src}" is a file, and travels inside the mail; to link it, put it on your site'
            )
        elif way == "inline" and image.src and not local:
            said = f"pictures: inline: {image.src} stays a link; put the file beside the release to have it inside"
        else:
            continue
        yield Problem("pictures", said, Severity.WARNING, name)


def _checked(office: Office, manuscript: Manuscript, name: str) -> Iterator[Problem]:
    """Give what a check finds, without its notes; what the author waved through is only counted."""
    checked = examine(office.workspace, office.settings, manuscript, now=office.clock())
    for problem in checked.problems:
        if problem.severity is not Severity.NOTE or problem.code not in RULES:
            yield problem
    if checked.waived:
        yield Problem(WAIVED, f"{len(checked.waived)} waved through", Severity.NOTE, name)


def _is_local(src: str) -> bool:
    return bool(src) and not src.lower().startswith(("http://", "https://", "cid:"))


def _beside(release: Path, name: str) -> bytes:
    """Read a file that a release names, from the release's own folder or below it."""
    path = (release.parent / name).resolve()
    if not path.is_relative_to(release.parent):
        raise InputProblem(f'"{name}" lies outside the folder of the release; copy it there', source=str(release))
    return read_bytes(path, limit=_MAX_FILE_BYTES)
