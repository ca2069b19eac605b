"""Mails: those of every shipped family, made as a mailing makes them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from mailer.preview.page import with_pictures
from mailer.runs.templates import (
    Compiled,
    Sample,
    Trial,
    compile_for_trial,
    make_trial,
    read_samples,
    sample_ways,
    suited,
)
from mailer.settings import Settings
from mailer.workspace import Workspace, shipped

FAMILIES = tuple(sorted(Workspace(shipped()).families()))
SAMPLES = {sample.name: sample for sample in read_samples()}
NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
WAYS = sample_ways(Settings())


def sample_of(family: str) -> Sample:
    return suited(tuple(SAMPLES.values()), family)


@cache
def compiled(family: str) -> Compiled:
    return compile_for_trial(Workspace(shipped()), family, WAYS)


@cache
def mail(family: str, sample: str = "") -> Trial:
    """Make the mail of a family with a sample, by default the one that suits it."""
    wanted = SAMPLES[sample] if sample else sample_of(family)
    return make_trial(compiled(family), wanted, WAYS, now=NOW)


def page(trial: Trial, *, pictures: bool = True) -> str:
    """Return a mail's page; with its pictures inside it, or as a program has it that shows none."""
    # without, `cid:` leads nowhere in a browser
    return with_pictures(trial.rendered.html, trial.pictures) if pictures else trial.rendered.html
