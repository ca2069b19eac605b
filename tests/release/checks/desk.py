"""A release on the editor's desk, for tests: one with nothing wrong, to be changed in one place."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from mailer.errors import Problem
from mailer.release.checks import check_case
from mailer.release.checks.case import Case, House, read_lines
from mailer.release.source import parse_release
from mailer.release.values import Boilerplate, Dateline, Heading, MediaContact, Paragraph, Release, Span

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def good(**changes: Any) -> Release:
    """Return a release without any finding, not even a note."""
    values: dict[str, Any] = {
        "slug": "seals",
        "headline": "Seals are back",
        "date": date(2026, 11, 24),
        "dateline": Dateline("EASTPORT", text="EASTPORT"),
        "contacts": (
            MediaContact("Ada Brook", "out of hours", phones=("+44 20 7946 0001",), emails=("a@example.org",)),
        ),
        "body": (paragraph("Forty-one of them rest on the stones."),),
        "boilerplate": (Boilerplate(((Span("We watch over seals."),),), "About the Trust"),),
        "end_mark": "ENDS",
    }
    return Release(**(values | changes))


def paragraph(text: str, *, url: str = "") -> Paragraph:
    return Paragraph((Span(text, url=url),))


def heading(text: str) -> Heading:
    return Heading((Span(text),))


def check_release(release: Release, *, now: datetime) -> tuple[Problem, ...]:
    """Check a release as an editor would, by its text alone."""
    return check_case(Case(release=release, now=now)).problems


def findings(release: Release, *, house: House | None = None, **more: Any) -> list[Problem]:
    return list(check_case(Case(release=release, now=NOW, house=house or House(), **more)).problems)


def codes(release: Release, *, house: House | None = None, **more: Any) -> list[str]:
    return [problem.code for problem in findings(release, house=house, **more)]


def on_file(text: str, *, name: str = "seals.md", house: House | None = None) -> list[Problem]:
    """Check a release with its file, so that findings have their lines."""
    data = text.encode()
    release = parse_release(data, source=name, slug="seals")
    return findings(release, house=house, lines=read_lines(data, name))
