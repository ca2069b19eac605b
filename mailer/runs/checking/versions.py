"""Versions: the same release in other languages, found beside it and held against it.

Owns the names: `harbour-seals.fr.md` is the French version of `harbour-seals.md`. The release is held against each of
its versions, a version against the release.

Gaps: the release itself names no language in its file's name; two versions without a release are strangers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mailer.errors import InputProblem, Problem
from mailer.release.checks.case import Case, read_lines, tell
from mailer.release.checks.versions import Version, check_version
from mailer.runs.untrusted.releases import parse_release
from mailer.workspace import RELEASE_SUFFIXES, Workspace

_NAME = re.compile(r"(?P<slug>.+)\.(?P<language>[a-z]{2}(?:-[A-Za-z]{2})?)")


def language_of_name(path: Path) -> str:
    """Return the language that a file's name tells: `fr` of `harbour-seals.fr.md`; empty where it tells none.

    A name counts only beside the release that it is a version of: `vote.no.md` alone may be about a No.
    """
    match = _NAME.fullmatch(path.stem)
    return match["language"] if match and _file(path.parent, match["slug"]) else ""


def versions_beside(path: Path) -> dict[str, Path]:
    """What lies beside a release in other languages, by their tags in small letters; a version has none itself."""
    if language_of_name(path):
        return {}
    return {language_of_name(each).lower(): each for each in _others(path) if language_of_name(each)}


def check_versions(workspace: Workspace, case: Case, path: Path) -> Iterator[Problem]:
    """Hold a release at a path against what lies beside it in other languages."""
    for other in _others(path):
        name = workspace.show(other)
        try:
            data = workspace.read_release(other)
            release = parse_release(data, source=name, slug=other.stem)
        except InputProblem as error:
            reason = error.problems[0].message if error.problems else error.message
            yield tell("version-unreadable", f"{name} cannot be read: {reason}", about=name)
            continue
        language = language_of_name(other)
        if language:
            release = replace(release, language=language)
        yield from check_version(case, Version(other.name, release, read_lines(data, other.name)))


def _others(path: Path) -> list[Path]:
    match = _NAME.fullmatch(path.stem)
    original = _file(path.parent, match["slug"]) if match else None
    if original is not None:
        return [original]
    beside = (each for each in path.parent.glob(f"{_escaped(path.stem)}.*") if each != path and each.is_file())
    return sorted(
        each
        for each in beside
        if each.suffix.lower() in RELEASE_SUFFIXES
        and (found := _NAME.fullmatch(each.stem)) is not None
        and found["slug"] == path.stem
    )


def _file(folder: Path, slug: str) -> Path | None:
    found = (folder / f"{slug}{suffix}" for suffix in RELEASE_SUFFIXES)
    return next((path for path in found if path.is_file()), None)


def _escaped(stem: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", stem)
