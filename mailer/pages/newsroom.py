"""Newsroom: what a build of the newsroom wrote, and which releases have no page yet.

A release that waits is listed with the end of its embargo, one without a page with the reason.
"""

from __future__ import annotations

from mailer.pages import page
from mailer.pages.documents import pairs, shape
from mailer.pages.layout import Page, Steps, Tone, fact, line
from mailer.pages.words import count
from mailer.runs.newsroom import NewsroomBuilt

shape(
    NewsroomBuilt,
    "folder title url? releases withdrawn files written removed waiting without",
    waiting=pairs("waiting", "release until"),
    without=pairs("without", "release why"),
)


@page.register
def _(built: NewsroomBuilt) -> Page:
    written = f"{len(built.written)} written" if built.written else "nothing to write"
    removed = f", {len(built.removed)} removed" if built.removed else ""
    no_url = 'No feed and no sitemap: both need the address of the site. In mailer.toml: [newsroom] url = "https://…"'
    return Page(
        line(built.title, Tone.STRONG),
        fact("Releases", f"{built.releases}{f', {built.withdrawn} withdrawn' if built.withdrawn else ''}"),
        fact(
            "Waiting",
            [f"{slug}, under embargo or exclusive until {until:%Y-%m-%d %H:%M %Z}" for slug, until in built.waiting],
        ),
        fact("No page", [f"{slug}: {why}" for slug, why in built.without]),
        fact("Files", f"{count(built.files, 'file')}: {written}{removed}"),
        fact("Folder", str(built.folder)),
        fact("Address", built.url),
        line(not built.url and no_url, Tone.CAREFUL, aside=True),
        Steps((("mailer newsroom build --open", "look at it"),), aside=True),
    )
