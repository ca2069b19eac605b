"""Gallery: every family on one page, as every reader would see it.

Owns what is on the page: of each family one mail, with the release that was asked for or the sample that shows it
best, in every view of `frames`, and what a check of it found. A family that cannot be rendered is on the page too,
with the reason. Its tags are `gallery_page`'s. Never opens a browser.
Raises `InputProblem`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from mailer.errors import InputProblem, Problem, gather
from mailer.preview.mail import with_pictures
from mailer.runs.planning.edition import Ways
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


# Frames: one mail as different readers see it, made without a browser.

PHONE, DESKTOP = 320, 700
_QUERY: Final = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
_SCHEME_META: Final = re.compile(r"""(<meta\s+name=["'](?:supported-)?color-schemes?["']\s+content=)["'][^"']*["']""")
_SCHEME_RULE: Final = re.compile(r"(?<![-\w])((?:supported-)?color-schemes?\s*:)\s*[^;}\"']+", re.IGNORECASE)
_STYLE: Final = re.compile(r"(<style\b[^>]*>)(.*?)(</style\s*>)", re.DOTALL | re.IGNORECASE)
_HEAD: Final = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_IMAGE: Final = re.compile(r"<img\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
_SOURCE: Final = re.compile(r"""\ssrc=(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_ALWAYS, _NEVER = "(min-width: 0px)", "(max-width: 0px)"


@dataclass(frozen=True, slots=True)
class View:
    """How a reader looks at a mail: on a dark screen or a light one, how wide it is, whether pictures are shown."""

    dark: bool = False
    width: int = DESKTOP
    pictures: bool = True

    @property
    def name(self) -> str:
        """Return it in words, as a title: `light, phone, pictures off`."""
        device = "phone" if self.width < DESKTOP else "desktop"
        return f"{'dark' if self.dark else 'light'}, {device}{'' if self.pictures else ', pictures off'}"


VIEWS: Final = tuple(
    View(dark, width, pictures) for pictures in (True, False) for dark in (False, True) for width in (PHONE, DESKTOP)
)


def page_as_seen(html: str, view: View, pictures: Mapping[str, tuple[str, bytes]]) -> str:
    """Return a mail's page as a frame shows it; `pictures` are those inside the mail, by Content-ID."""
    page = _in_scheme(html, "dark" if view.dark else "light")
    return with_pictures(page, pictures) if view.pictures else _IMAGE.sub(lambda found: _without_source(found[0]), page)


def _in_scheme(html: str, scheme: str) -> str:
    """Answer what the style sheet asks about the screen, and set what the page would take from it."""

    def answered(found: re.Match[str]) -> str:
        sheet = _QUERY.sub(lambda query: _ALWAYS if query[1].lower() == scheme else _NEVER, found[2])
        return found[1] + _SCHEME_RULE.sub(rf"\1 {scheme}", sheet) + found[3]

    page = _SCHEME_META.sub(rf'\1"{scheme}"', _STYLE.sub(answered, html))
    # without a scheme of its own, the frame's paper would be that of the screen it is looked at on
    return _HEAD.sub(rf"\g<0><style>:root {{ color-scheme: {scheme}; }}</style>", page, count=1)


def _without_source(tag: str) -> str:
    """Return the element as a program shows it that loads no pictures: its room, its ground, its alternative text."""
    return _SOURCE.sub("", tag)
