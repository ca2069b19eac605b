"""Gallery: every family on one page, as every reader would see it.

Owns what is on the page: of each family one mail, with the release that was asked for or the sample that shows it
best, in every view of `frames`, and what a check of it found. A family that cannot be rendered is on the page too,
with the reason. Its tags are `gallery_page`'s. Never opens a browser.
Raises `InputProblem`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from mailer.errors import InputProblem, Problem, gather
from mailer.runs.planning.edition import Ways
from mailer.runs.templates.frames import VIEWS, View, page_as_seen
from mailer.runs.templates.known import Known
from mailer.runs.templates.samples import Sample, reader_of, suited
from mailer.runs.templates.trial import Trial, Trials, compile_for_trial
from mailer.workspace import Workspace, write_atomically

NAME = "gallery.html"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A family with a release: its mail, or why there is none."""

    family: Known
    release: str
    trial: Trial | None = field(repr=False)
    problems: tuple[Problem, ...] = ()

    def frames(self) -> Iterable[tuple[View, str]]:
        """Yield the page of the mail in every view."""
        if self.trial is not None:
            for view in VIEWS:
                yield view, page_as_seen(self.trial.rendered.html, view, self.trial.pictures)


def exhibit(
    workspace: Workspace, families: Iterable[Known], releases: tuple[Sample, ...], ways: Ways, *, now: datetime
) -> tuple[Exhibit, ...]:
    """Make one mail of each family; of several releases, of the one that shows it best."""
    return tuple(_exhibit(workspace, family, releases, ways, now=now) for family in families)


def _exhibit(
    workspace: Workspace, family: Known, releases: tuple[Sample, ...], ways: Ways, *, now: datetime
) -> Exhibit:
    sample = releases[0] if len(releases) == 1 else suited(releases, family.name)
    try:
        compiled = compile_for_trial(workspace, family.name, ways)
        trial = Trials(compiled, sample, ways).mail(reader_of(sample), now=now)
    except InputProblem as error:
        return Exhibit(family, sample.name, None, gather(error))
    failed = (check for check in trial.checks if not check.passed)
    source = f"templates/{family.name}"
    problems = tuple(Problem(check.code, check.message, check.severity, source) for check in failed)
    return Exhibit(family, sample.name, trial, problems)


def write_gallery(folder: Path, page: str) -> Path:
    """Write the page into a folder; return its path.

    Raises:
        InputProblem: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputProblem(f"cannot be made: {error.strerror or error}", source=str(folder)) from None
    path = folder.resolve() / NAME
    write_atomically(path, page.encode("utf-8", "replace"))
    return path
