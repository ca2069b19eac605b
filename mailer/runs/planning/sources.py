"""Sources: today's files of a mailing, read once.

Owns the reading of release, template family, pictures and attachments for a mailing, with all that is wrong gathered.
Never renders, never looks at a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from mailer.errors import InputProblem, Problem, Severity
from mailer.events import MailingKind
from mailer.release.checks import Checked
from mailer.release.checks.codes import RULES
from mailer.release.values import Release
from mailer.runs.manuscripts import Manuscript, examine, language_of_name, versions_beside
from mailer.runs.office import Office
from mailer.runs.planning.edition import Sources, Ways, read_version
from mailer.runs.planning.families import read_family
from mailer.runs.planning.plan import Request
from mailer.runs.untrusted.releases import parse_release
from mailer.workspace import read_bytes

_MAX_FILE_BYTES = 25_000_000
DEFAULT_FAMILY = "release"
_MISSING = frozenset({"image-missing", "attachment-missing"})
WAIVED = "waived"  # the code of the note that counts what the author waved through


def read_sources(
    office: Office, request: Request, *, examined: Checked | None = None
) -> tuple[Release, Sources, Ways, tuple[Problem, ...]]:
    """Read the files that a mailing is made from; return also what the release check found.

    `examined` is what it found in the release where somebody has asked it already.

    Raises:
        InputProblem: the release or a file that it names cannot be read at all.
        ConfigProblem: the sender is not there.
    """
    path = office.workspace.release_path(request.release)
    name = office.workspace.show(path)
    data = office.workspace.read_release(path)
    release = parse_release(data, source=name, slug=path.stem)
    family = request.family or release.template or DEFAULT_FAMILY
    settings = office.settings
    ways = Ways(office.sender(request.sender or release.sender), settings.optout, settings.bounces, settings.privacy)
    versions = tuple(_versions(office, path))
    texts = (release, *(each.release for each in versions))
    sources = Sources(
        release_name=name,
        release=data,
        family=read_family(office.workspace, family),
        versions={each.tag: (each.name, each.data) for each in versions},
        images=_beside(path, (one.src for each in texts for one in each.all_pictures() if _is_local(one.src))),
        attachments=_beside(path, (file for each in texts for file in each.attachments)),
    )
    files = {**sources.images, **sources.attachments}
    manuscript = Manuscript(path=path, data=data, release=release, sender=request.sender, files=files)
    found = [*_checked(office, manuscript, name, examined), *_pictures(release, name)]
    for each in versions:
        manuscript = Manuscript(
            path=each.path, data=each.data, release=each.release, sender=request.sender, files=files
        )
        # the release was held against each of its versions: the same difference is not told from the other side
        own = (one for one in _checked(office, manuscript, each.name) if not one.code.startswith("version-"))
        found += [*own, *_pictures(each.release, each.name)]
        found += _same_moment(release, each)
    language = language_of_name(path)
    if language and request.kind is MailingKind.RELEASE:
        slug = path.stem.removesuffix(f".{language}")
        said = f"this is {slug} in {language}: send {slug}, and whoever reads {language} gets this text"
        found.append(Problem("is-a-version", said, Severity.ERROR, name))
    if any(problem.code in _MISSING for problem in found):  # it travels in the mail: no mail can be made
        raise InputProblem("a file of the release is missing", problems=found)
    return release, sources, ways, tuple(found)


@dataclass(frozen=True, slots=True)
class _Version:
    """The release in another language, as a file."""

    tag: str
    path: Path
    name: str
    data: bytes = field(repr=False)
    release: Release


def _versions(office: Office, path: Path) -> Iterator[_Version]:
    """Read the release in other languages: `harbour-seals.fr.md` beside `harbour-seals.md`."""
    for tag, file in sorted(versions_beside(path).items()):
        name, data = office.workspace.show(file), office.workspace.read_release(file)
        yield _Version(tag, file, name, data, read_version(data, source=name, slug=path.stem, tag=tag))


def _same_moment(release: Release, version: _Version) -> Iterator[Problem]:
    """Hold the embargo of a version against the release's: nobody may get another moment for their language."""
    own, other = (each.embargo.until if each.embargo else None for each in (release, version.release))
    if own != other:
        said = f"its embargo is not that of the release ({f'{own:%Y-%m-%d %H:%M %Z}' if own else 'which has none'})"
        yield Problem("version-embargo", said, Severity.ERROR, version.name)


def _pictures(release: Release, name: str) -> Iterator[Problem]:
    """Yield where `pictures:` cannot be followed: a file has no link, nothing is fetched from the web for a mail."""
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


def _checked(office: Office, manuscript: Manuscript, name: str, examined: Checked | None = None) -> Iterator[Problem]:
    """Yield what a check finds, without its notes; what the author waved through is only counted."""
    checked = examined or examine(office.workspace, office.settings, manuscript, now=office.clock())
    for problem in checked.problems:
        if problem.severity is not Severity.NOTE or problem.code not in RULES:
            yield problem
    if checked.waived:
        yield Problem(WAIVED, f"{len(checked.waived)} waved through in the text", Severity.NOTE, name)


def _is_local(src: str) -> bool:
    return bool(src) and not src.lower().startswith(("http://", "https://", "cid:"))


def _beside(release: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Read files that a release names, from its own folder or below it; the check tells of those that are not there."""
    found: dict[str, bytes] = {}
    for name in names:
        path = (release.parent / name).resolve()
        if path.is_relative_to(release.parent):
            with suppress(InputProblem):
                found[name] = read_bytes(path, limit=_MAX_FILE_BYTES)
    return found
