"""Examine: a release on file, checked with all that is around it.

Owns the joining: what the text tells, what files tell, what the web told if it was asked. Runs before every send, test
and preview, so it reads each file once and never opens a socket: answers of the web are handed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from mailer.errors import Problem
from mailer.release.checks import Checked, check_case
from mailer.release.checks.case import Case
from mailer.release.checks.codes import Looks
from mailer.release.checks.lines import read_lines
from mailer.release.values import Release
from mailer.runs.checking.files import check_files
from mailer.runs.checking.house import read_house
from mailer.runs.checking.versions import check_versions, language_of_name
from mailer.settings import Settings
from mailer.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Manuscript:
    """A release on file: where it lies, as it was read, and the moment it is to go out (None: now).

    `sender` names one of mailer.toml; else the release's own is meant, or the first. `files` are those that it names,
    where somebody has read them already.
    """

    path: Path
    data: bytes = field(repr=False)
    release: Release
    sender: str = ""
    at: datetime | None = None
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def make_case(workspace: Workspace, settings: Settings, manuscript: Manuscript, *, now: datetime) -> Case:
    """Put a release on the desk with all that the office knows."""
    release = manuscript.release
    language = language_of_name(manuscript.path)
    if language:
        release = replace(release, language=language)
    return Case(
        release=release,
        now=now,
        lines=read_lines(manuscript.data, manuscript.path.name),
        at=manuscript.at,
        house=read_house(workspace, settings, manuscript.sender or release.sender),
    )


def examine(
    workspace: Workspace,
    settings: Settings,
    manuscript: Manuscript,
    *,
    now: datetime,
    told_online: Sequence[Problem] | None = None,
) -> Checked:
    """Check a release on file; every finding names it. `told_online` is what the web told (None: nobody asked)."""
    case = make_case(workspace, settings, manuscript, now=now)
    more = [
        *check_files(case, manuscript.path, settings.checks, known=manuscript.files),
        *check_versions(workspace, case, manuscript.path),
        *(told_online or ()),
    ]
    looked = {Looks.TEXT, Looks.FILES} | ({Looks.WEB} if told_online is not None else set())
    checked = check_case(case, more=more, looked=looked)
    return _placed(checked, workspace.show(manuscript.path))


def _placed(checked: Checked, name: str) -> Checked:
    """Return every finding the name of the file, where it has none of its own."""
    return Checked(
        tuple(problem if problem.source else replace(problem, source=name) for problem in checked.problems),
        tuple(
            replace(each, problem=replace(each.problem, source=each.problem.source or name)) for each in checked.waived
        ),
        checked.differences,
    )
