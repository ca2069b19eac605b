"""Examining: checks a release file together with everything around it.

`release.checks` checks a text; this adds what it cannot see: the office's own data (`boilerplates/`, mailer.toml), the
pictures and attachments that the release names, and its versions in other languages beside it. This runs before every
send, test and preview, so each file is read once and no socket is opened: results from the web are passed in by the
command that was asked to fetch them. Nothing outside the folder of the release is read.
"""

from __future__ import annotations

import glob
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from mailer import lazy_re as re
from mailer.errors import InputProblem, Problem, Severity
from mailer.frozen import dataclass, field, replace
from mailer.release.checks import Checked, check_case
from mailer.release.checks.case import Case, House, Input, flag, read_lines
from mailer.release.checks.comparisons import Version, check_version, parse_house_text
from mailer.release.checks.links import check_kind, kind_of_name, picture_kind
from mailer.release.pieces import SHOWN_IN_MAIL
from mailer.release.values import Image, Release
from mailer.runs.untrusted import parse_release, traces_of
from mailer.sandbox import ParseStopped
from mailer.settings import Checks, Settings
from mailer.workspace import RELEASE_SUFFIXES, Workspace, files_in, read_bytes, read_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Manuscript:
    """A release file: its path, its bytes, the release in it, and when it is to be sent (None: now).

    `sender` names one of mailer.toml; without it, the release's own or the first is used. `files` are those that it
    names and that have been read already.
    """

    path: Path
    data: bytes = field(repr=False)
    release: Release
    sender: str = ""
    at: datetime | None = None
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def make_case(workspace: Workspace, settings: Settings, manuscript: Manuscript, *, now: datetime) -> Case:
    """Return a release with all that its checks need: mailer.toml, and the texts in `boilerplates/*.md`.

    Texts in `boilerplates/old/` are former ones. A text that cannot be read is left out: opening it shows why.
    """
    release, checks = _in_language_of(manuscript.path, manuscript.release), settings.checks
    key = manuscript.sender or release.sender
    sender = settings.senders.get(key) if key else next(iter(settings.senders.values()), None)
    addresses = [each for each in (sender.address, sender.reply_to) if each] if sender else []
    folder = workspace.root / "boilerplates"
    texts = []
    for path in (*files_in(folder, _HOUSE_SUFFIXES), *files_in(folder / "old", _HOUSE_SUFFIXES)):
        with suppress(InputProblem):
            text = read_text(path)
            if text.strip():
                texts.append(parse_house_text(text, name=workspace.show(path), is_old=path.parent != folder))
    house = House(
        forbidden=checks.forbidden,
        country=checks.country,
        organisation=sender.organisation if sender else "",
        domains=tuple(dict.fromkeys((*(each.rpartition("@")[2].lower() for each in addresses), *checks.domains))),
        headline=checks.headline,
        texts=tuple(texts),
    )
    lines = read_lines(manuscript.data, manuscript.path.name)
    return Case(release=release, now=now, lines=lines, at=manuscript.at, house=house)


def examine(
    workspace: Workspace,
    settings: Settings,
    manuscript: Manuscript,
    *,
    now: datetime,
    told_online: Sequence[Problem] | None = None,
) -> Checked:
    """Check a release file; every problem names it. `told_online` are problems found on the web (None: not asked)."""
    case = make_case(workspace, settings, manuscript, now=now)
    more = [
        *_check_files(case, manuscript.path, settings.checks, known=manuscript.files),
        *_check_versions(workspace, case, manuscript.path),
        *(told_online or ()),
    ]
    inputs = {Input.TEXT, Input.FILES} | ({Input.WEB} if told_online is not None else set())
    checked, name = check_case(case, more=more, inputs=inputs), workspace.show(manuscript.path)

    def placed(problem: Problem) -> Problem:
        return problem if problem.source else replace(problem, source=name)

    waived = tuple(replace(each, problem=placed(each.problem)) for each in checked.waived)
    return Checked(tuple(map(placed, checked.problems)), waived, checked.differences)


# Files: the pictures and attachments that a release names: whether they exist, their size and kind, and what they
# reveal to strangers that nobody meant to send. No file is changed.

_HOUSE_SUFFIXES = frozenset({".md", ".markdown", ".txt"})
_MAX_FILE_BYTES = 25_000_000
_SAME_KIND = {"jpeg": "jpg", "jpe": "jpg", "tiff": "tif", "heif": "heic", "svgz": "svg"}
_FOR_US = re.compile(
    r"(?:^|[ _.-])(?:draft|internal|intern|confidential|vertraulich|entwurf|brouillon|borrador|bozza|rascunho|concept"
    r"|comments?|kommentiert|tracked|redline|todo|old|alt|do not send|final[ _-]?final)(?=[ _.-]|\d|$)",
    re.IGNORECASE,
)
_WHAT = {
    "attachment-author": "shows who made it:",
    "attachment-changes": "still has",
    "attachment-comments": "has",
    "attachment-hidden": "has",
}


def _check_files(case: Case, path: Path, rules: Checks, *, known: Mapping[str, bytes]) -> Iterator[Problem]:
    """Check the pictures and attachments of the release at `path`; `known` are those that were already read."""
    weight = 0
    named: list[tuple[str, str, Image | None]] = [
        ("picture", each.src, each)
        for each in {each.src: each for each in case.release.all_pictures()}.values()
        if each.src and not each.src.lower().startswith(("http://", "https://", "cid:"))
    ]
    for what, name, image in (*named, *(("attachment", name, None) for name in case.release.attachments)):
        line, why = case.lines.of_exactly(name), ""
        data, file = known.get(name), (path.parent / name).resolve()
        if data is None and not file.is_relative_to(path.parent.resolve()):
            why = "is outside the folder of the release"
        elif data is None and not file.is_file():
            why = f"is not in {path.parent.name}/"
        elif data is None:
            try:
                data = read_bytes(file, limit=_MAX_FILE_BYTES)
            except InputProblem as error:
                why = error.message
        if data is None:
            code = "attachment-missing" if image is None else "image-missing"
            yield flag(code, f"the {what} {name} {why}", line=line, about=name)
            continue
        weight += len(data)
        yield from _attachment(case, name, data, line) if image is None else _picture(image, data, rules, line)
    if weight > rules.mail_kb * 1000:
        much = _megabytes(rules.mail_kb * 1000)
        yield flag("files-heavy", f"pictures and attachments have {_megabytes(weight)} together, more than {much}")


def _picture(image: Image, data: bytes, rules: Checks, line: int | None) -> Iterator[Problem]:
    if len(data) > rules.picture_kb * 1000:
        message = f"the picture {image.src} has {_megabytes(len(data))}"
        yield flag("image-heavy", message, line=line, about=image.src)
    kind, named = picture_kind(data), kind_of_name(image.src)
    named = _SAME_KIND.get(named, named)
    if kind != named:  # a bad kind by its name was reported by the checks of the text
        problems = list(check_kind(image, kind, line)) if kind else []
        yield from problems
        if not problems:
            what = f"is {kind.upper()} inside, despite its name" if kind else "is not a known picture format"
            severity = None if kind in SHOWN_IN_MAIL else Severity.ERROR
            message = f"the picture {image.src} {what}"
            yield flag("image-format", message, line=line, about=image.src, severity=severity)


def _attachment(case: Case, name: str, data: bytes, line: int | None) -> Iterator[Problem]:
    found = _FOR_US.search(name.rpartition("/")[2])
    if found:
        word = found.group().strip(" _.-")
        yield flag("attachment-name", f'the attachment {name} has "{word}" in its name', line=line, about=name)
    try:
        traces = traces_of(data, source=name)
    except ParseStopped as error:
        yield flag("attachment-unread", f"the attachment {name} {error.message}", line=line, about=name)
        return
    contacts = (part for each in case.release.contacts for part in (each.name, each.organisation))
    speakers = (part for each in case.release.quotes() for part in (each.speaker, each.organisation))
    public = {each.casefold() for each in (case.house.organisation, *contacts, *speakers)}
    for trace in traces:
        names = [part.partition(" ")[2] for part in trace.what.replace("last saved by", "saver").split(", ")]
        # a document may name people who are in the release anyway
        if trace.code != "attachment-author" or not all(each.casefold() in public for each in names):
            yield flag(trace.code, f"the attachment {name} {_WHAT[trace.code]} {trace.what}", line=line, about=name)
    words = " ".join(trace.what for trace in traces).casefold()
    for forbidden in case.house.forbidden:
        if forbidden.casefold() in words and forbidden.casefold() not in case.house.organisation.casefold():
            message = f'"{forbidden}" is in the properties of {name}, and mailer.toml forbids it'
            yield flag("forbidden", message, line=line, about=f"{name}: {forbidden}")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1000))} kB"


# Versions: the same release in other languages, found beside it and compared with it.
#
# `harbour-seals.fr.md` is the French version of `harbour-seals.md`. The release is compared with each of its versions,
# a version only with the release: two versions without a release are not compared.

_VERSION_NAME = re.compile(r"(?P<slug>.+)\.(?P<language>[a-z]{2}(?:-[A-Za-z]{2})?)")


def language_of_name(path: Path) -> str:
    """Return the language in a file's name: `fr` in `harbour-seals.fr.md`; empty if there is none.

    A name counts only beside the release that it is a version of: `vote.no.md` alone may be about a No.
    """
    match = _VERSION_NAME.fullmatch(path.stem)
    return match["language"] if match and _release_file(path.parent, match["slug"]) else ""


def _in_language_of(path: Path, release: Release) -> Release:
    return replace(release, language=language_of_name(path) or release.language)


def versions_beside(path: Path) -> dict[str, Path]:
    """Return the versions of a release in other languages, by lower-case tag; a version itself has none."""
    if language_of_name(path):
        return {}
    return {language_of_name(each).lower(): each for each in _other_versions(path) if language_of_name(each)}


def _check_versions(workspace: Workspace, case: Case, path: Path) -> Iterator[Problem]:
    """Compare the release at `path` with its versions in other languages."""
    for other in _other_versions(path):
        name = workspace.show(other)
        try:
            data = workspace.read_release(other)
            release = _in_language_of(other, parse_release(data, source=name, slug=other.stem))
        except InputProblem as error:
            reason = error.problems[0].message if error.problems else error.message
            yield flag("version-unreadable", f"{name} cannot be read: {reason}", about=name)
            continue
        yield from check_version(case, Version(other.name, release, read_lines(data, other.name)))


def _other_versions(path: Path) -> list[Path]:
    match = _VERSION_NAME.fullmatch(path.stem)
    original = _release_file(path.parent, match["slug"]) if match else None
    if original is not None:
        return [original]
    beside = (each for each in path.parent.glob(f"{glob.escape(path.stem)}.*") if each != path and each.is_file())
    return sorted(
        each
        for each in beside
        if each.suffix.lower() in RELEASE_SUFFIXES
        and (found := _VERSION_NAME.fullmatch(each.stem)) is not None
        and found["slug"] == path.stem
    )


def _release_file(folder: Path, slug: str) -> Path | None:
    found = (folder / f"{slug}{suffix}" for suffix in RELEASE_SUFFIXES)
    return next((path for path in found if path.is_file()), None)
