"""Newsroom: the public releases, as a folder of pages for any web server.

Theory of operation. The pages show what is in the ledger: the text that went out, not today's file. Today's files
decide only two things: `newsroom: false` in a release removes its page, and `newsroom: true` gives a page to a release
that was not mailed. Four rules apply here:

1. A release under embargo appears nowhere: no page, no entry in a feed, no picture; nor does an exclusive. A release
   whose embargo has no readable date and time stays out until that is corrected.
2. A page keeps its address. A correction is shown on top of it, and a withdrawn release leaves a notice.
3. The folder may contain other files. A manifest lists ours; no others are changed or removed, and if one of them is in
   the way, the build stops before it has written anything. A folder with other files and no manifest may be a mistake:
   it is used only if mailer.toml names it.
4. Each file is replaced atomically, and removals come first. If a build is killed, the next one finishes it.

`Keeper` rebuilds when something has changed: for the worker, which checks often.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from mailer import lazy_re as re
from mailer.address import printable
from mailer.config.reading import parse_tongues
from mailer.errors import InputProblem, MailerError, Severity
from mailer.events import MailingKind
from mailer.frozen import dataclass
from mailer.ledger.mailings import Edition, read_edition
from mailer.ledger.offers import Published, exclusive_until, read_mark, read_published
from mailer.platform import alone
from mailer.release.head.embargo import lift_embargo
from mailer.runs.manuscripts.examining import language_of_name
from mailer.runs.office import Office
from mailer.runs.planning.edition import pack, read_sources, unpack
from mailer.runs.planning.request import NO_RELAY, Request
from mailer.site.pages import render_site, render_story
from mailer.site.values import TOPICS, Files, House, Note, Story, is_name_of_page
from mailer.workspace import read_bytes, write_atomically

MANIFEST = ".newsroom.json"
_OF_STAFF = ("lists", "releases", "templates")
_SWITCH = re.compile(rb"(?im)^newsroom[ \t]*:[ \t]*[\"']?(true|false)[\"']?[ \t]*\r?$")
_MAX_BYTES = 2_000_000
_RETRY = timedelta(seconds=60)  # after a build that failed


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsroomBuilt:
    """The result of a build: how many releases have a page, which files changed, and which releases have no page.

    `waiting` has releases with the end of their embargo or exclusive, the next first; `without` the others, with the
    reason.
    """

    folder: Path
    title: str
    url: str
    releases: int
    withdrawn: int
    files: int
    written: tuple[str, ...]
    removed: tuple[str, ...]
    waiting: tuple[tuple[str, datetime], ...] = ()
    without: tuple[tuple[str, str], ...] = ()


def build_newsroom(office: Office, folder: str = "", *, only: str = "") -> NewsroomBuilt:
    """Build the pages into a folder, by default that of mailer.toml; `only`: just the page of the release of that name.

    Raises InputProblem if the folder cannot be used, or another file is in the way of one of ours.
    """
    settings, workspace = office.settings.newsroom, office.workspace
    place = (workspace.root / Path(folder or settings.place).expanduser()).resolve()
    others = [workspace.machine, *(workspace.root / each for each in _OF_STAFF)]
    if place == workspace.root or any(map(place.is_relative_to, others)):
        raise InputProblem("the newsroom needs a folder of its own", source=workspace.show(place))
    if place != (workspace.root / Path(settings.place).expanduser()).resolve():
        _refuse_foreign(place, workspace.show(place))
    with ExitStack() as held:
        if office.ledger is not None:  # the worker and a person may build at the same time
            held.enter_context(alone(workspace.make_machine_folder("run") / "newsroom.lock"))
        found = _Found(office, only)
        senders = [*office.settings.senders.values(), *(each.sender for each in found.stories)]
        title = settings.title or next((each.organisation for each in senders), "News")
        house = House(title, settings.url.rstrip("/"), parse_tongues(workspace.language_files()))
        pages = [render_story(house, each) for each in found.stories] if only else [render_site(house, found.stories)]
        files = {path: data for each in pages for path, data in each.items()}
        written, removed = _write(place, files, within=f"{only}/" if only else "")
    withdrawn = sum(each.withdrawn is not None for each in found.stories)
    return NewsroomBuilt(
        folder=place,
        title=title,
        url=house.url,
        releases=len(found.stories) - withdrawn,
        withdrawn=withdrawn,
        files=len(files),
        written=written,
        removed=removed,
        waiting=tuple(sorted(found.waiting.items(), key=lambda each: (each[1], each[0]))),
        without=tuple(sorted(found.without.items())),
    )


class _Found:
    """The releases, sorted: those with a page, those that wait for it, and those without one."""

    def __init__(self, office: Office, only: str) -> None:
        self.stories: list[Story] = []
        self.waiting: dict[str, datetime] = {}
        self.without: dict[str, str] = {}
        self._now, self._zone = office.clock(), ZoneInfo(office.settings.office.time_zone or "UTC")
        switches = dict(_read_switches(office))
        self._refused = {slug for slug, (is_wanted, _) in switches.items() if not is_wanted}
        out: set[str] = set()
        if office.ledger is not None:
            with office.ledger.reading() as connection:
                for each in read_published(connection, only):
                    out.add(each.mailing.slug)
                    alone_until = exclusive_until(connection, each.mailing.id, now=self._now)
                    self._take(each.mailing.slug, read_edition(connection, each.edition_id), each, alone_until)
        for slug, (is_wanted, path) in switches.items():
            if not is_wanted or slug in out or only not in {"", slug}:
                continue
            try:
                sources = read_sources(office, Request(release=str(path), relay=NO_RELAY))
                errors = [one for one in sources.problems if one.severity is Severity.ERROR]
                # an embargo that is over is a reason to show it; every other error keeps it out
                faults = [one.message for one in errors if one.code != "embargo-past"]
                if faults:
                    self.without[slug] = faults[0]
                else:
                    self._take(slug, pack(sources, is_lifted=False))
            except MailerError as error:
                self.without[slug] = error.problems[0].message if error.problems else error.message

    def _take(
        self, slug: str, edition: Edition, mailed: Published | None = None, alone_until: datetime | None = None
    ) -> None:
        """Sort one release, by its latest edition; `alone_until` is the end of an exclusive."""
        text = unpack(edition, for_page=True)
        release, until = text.release, text.embargo_until
        day = datetime.combine(release.date, time(), tzinfo=self._zone) if release.date else None
        published = mailed.mailing.started_at.astimezone(self._zone) if mailed and mailed.mailing.started_at else day
        if not is_name_of_page(slug):
            self.without[slug] = "its name cannot be that of a page; rename the file"
        elif release.extras.newsroom == "false" or slug in self._refused:
            self.without[slug] = "newsroom: false"
        elif until and until > self._now:
            self.waiting[slug] = max(until, alone_until or until)
        elif alone_until:
            self.waiting[slug] = alone_until
        elif until is None and any(each.embargo is not None for each in text.releases):
            self.without[slug] = "its embargo has no date and time with a time zone"
        elif published is None:
            self.without[slug] = "it has no date, and was not mailed"
        else:
            notes = mailed.notes if mailed else ()
            dated = [(each.kind, Note(each.at.astimezone(self._zone), each.note)) for each in notes]
            story = Story(
                slug=slug,
                versions={tag: lift_embargo(version.release) for tag, version in text.versions.items()},
                sender=text.settings.sender,
                look=text.styling.look,
                logo=text.styling.logo,
                pictures=text.images,
                # a release that was sent under embargo was published when that ended
                published=max(published, until.astimezone(self._zone)) if until else published,
                corrections=[note for kind, note in dated if kind is MailingKind.CORRECTION],
                withdrawn=dated[-1][1] if dated and dated[-1][0] is MailingKind.RETRACTION else None,
            )
            self.stories.append(story)


def _read_switches(office: Office) -> Iterator[tuple[str, tuple[bool, Path]]]:
    """Yield the releases of today's files that have a `newsroom:` field, with its value and their path."""
    for path in office.workspace.releases():
        if path.suffix.lower() in {".md", ".markdown"} and not language_of_name(path):
            with suppress(InputProblem):  # a file that cannot be read has no such field
                head = read_bytes(path, limit=_MAX_BYTES).split(b"\n---", 1)[0]
                if switch := _SWITCH.search(head):
                    yield path.stem, (switch[1].lower() == b"true", path)


# Into the folder.


def _refuse_foreign(folder: Path, shown: str) -> None:
    """Raise InputProblem if a folder has files (hidden ones do not count) and no newsroom was ever built there."""
    try:
        names = sorted(each.name for each in folder.iterdir() if not each.name.startswith("."))
    except OSError:  # it does not exist yet, or cannot be used; writing into it will report that
        return
    if names and not (folder / MANIFEST).exists():
        raise InputProblem(
            f"has other files in it ({printable(names[0])}), and no newsroom was built there before",
            source=shown,
            hint=f'Choose a new or an empty folder. If this is the one: [newsroom] folder = "{shown}" in mailer.toml',
        )


def _write(folder: Path, files: Files, *, within: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Write files that are new or changed, and remove ours that are obsolete `within` a folder; return both names."""
    known, manifest = _read_manifest(folder), folder / MANIFEST
    gone = {name for name in known - files.keys() if name.startswith(within)}
    new = {name: data for name, data in files.items() if _content(folder / name) != data}
    foreign = [name for name in new if name not in known and (folder / name).exists()]
    if foreign:
        hint = "Choose another folder, or move that file."
        raise InputProblem("already exists, and is not one of our pages", source=str(folder / foreign[0]), hint=hint)
    removed = tuple(sorted(name for name in gone if (folder / name).exists()))

    def keep_manifest(names: Iterable[str]) -> None:
        content = {"about": "The files that mailer newsroom build has made here.", "files": sorted(names)}
        text = json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"
        if _content(manifest) != text:
            write_atomically(manifest, text)

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in gone:  # first, since one may be under embargo or withdrawn
            (folder / name).unlink(missing_ok=True)
            for parent in Path(name).parents[:-1]:
                with suppress(OSError):  # it has other files in it
                    (folder / parent).rmdir()
        keep_manifest(known | files.keys())
        # first the files that pages show, then the pages, last those that link to them
        for name in sorted(new, key=lambda name: ("/" not in name or name.startswith(TOPICS), name.endswith(".html"))):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            write_atomically(folder / name, new[name])
        keep_manifest((known - gone) | files.keys())
    except OSError as error:
        raise InputProblem(f"cannot be written: {error.strerror or error}", source=str(folder)) from None
    return tuple(sorted(new)), removed


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _read_manifest(folder: Path) -> frozenset[str]:
    """Return the files that are ours: none if the manifest cannot be read, so that no other file is ever lost."""
    try:
        names = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
        ours = (str(name) for name in names)
        return frozenset(name for name in ours if (folder / name).resolve().is_relative_to(folder.resolve()))
    except (OSError, ValueError, TypeError, KeyError):
        return frozenset()


class Keeper:
    """Rebuilds the newsroom if its pages have changed: for a worker, which checks often."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """Set where reports go; the first `look` builds."""
        self._say = say
        self._mark = b""
        self._due: datetime | None = None

    def look(self, office: Office) -> None:
        """Build if something has changed since, or an embargo is over. A failure is reported, and tried again later."""
        if office.ledger is None or not office.settings.newsroom.is_on:
            return
        with office.ledger.reading() as connection:
            mark = read_mark(connection) + office.settings.newsroom.model_dump_json().encode()
        now = office.clock()
        if mark == self._mark and not (self._due and now >= self._due):
            return
        try:
            built = build_newsroom(office)
        except MailerError as error:
            self._say(f"newsroom: {error}; trying again in {_RETRY.total_seconds():.0f} s")
            self._mark, self._due = mark, now + _RETRY
            return
        self._mark, self._due = mark, built.waiting[0][1] if built.waiting else None
        if built.written or built.removed:
            self._say(f"newsroom: {len(built.written)} files written, {len(built.removed)} removed")
