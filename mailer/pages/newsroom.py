"""Newsroom: what a build of the newsroom made, and what has no page yet."""

from __future__ import annotations

from mailer.pages import page
from mailer.pages.documents import shape
from mailer.pages.layout import Page, Steps, Tone, fact, line
from mailer.pages.words import count
from mailer.runs.newsroom import NewsroomBuilt, Waiting, WithoutPage

shape(NewsroomBuilt, "folder title url? releases withdrawn files written removed waiting without")
shape(Waiting, "release:slug until")
shape(WithoutPage, "release:slug why")


@page.register
def _(built: NewsroomBuilt) -> Page:
    changed = f"{len(built.written)} written" if built.written else "nothing to write"
    if built.removed:
        changed += f", {len(built.removed)} removed"
    withdrawn = f", {built.withdrawn} withdrawn" if built.withdrawn else ""
    waiting = [f"{each.slug}, under embargo until {each.until:%Y-%m-%d %H:%M %Z}" for each in built.waiting]
    no_url = 'No feed and no sitemap: both need the address of the site. In mailer.toml: [newsroom] url = "https://…"'
    return Page(
        line(built.title, Tone.STRONG),
        fact("Releases", f"{built.releases}{withdrawn}"),
        fact("Waiting", waiting),
        fact("No page", [f"{each.slug}: {each.why}" for each in built.without]),
        fact("Files", f"{count(built.files, 'file')}: {changed}"),
        fact("Folder", str(built.folder)),
        fact("Address", built.url),
        line(not built.url and no_url, Tone.CAREFUL, aside=True),
        Steps((("mailer newsroom build --serve", "look at it"),), aside=True),
    )
