"""Newsroom: the releases that everybody may read, as a folder of pages for any web server.

Theory of operation. What the pages say comes from the ledger: the text that went out, not today's file. Today's files
decide two things alone: `newsroom: false` in a release takes its page away, and `newsroom: true` gives a page to one
that nobody was mailed. Four rules hold here:

1. A release under embargo is nowhere: no page, no line in a feed, no picture. One whose embargo names no moment that
   can be understood stays away until somebody has mended it.
2. A page that is there stays at its address. A correction stands on top of it, and a withdrawn release leaves a notice.
3. The folder may hold files of others. A manifest says which are ours; no other is changed or removed, and where one
   stands in our way the build stops before it has written anything.
4. Each file is replaced at once, and what has to go goes first. A build that was killed is finished by the next one.

`Keeper` builds again when something has happened: for the worker, which looks every second.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from mailer import lazy_re as re
from mailer.config.reading import parse_tongues
from mailer.errors import InputProblem, MailerError, Severity
from mailer.events import MailingKind
from mailer.frozen import dataclass
from mailer.ledger.mailings import Edition, read_edition
from mailer.ledger.published import read_mark, read_published
from mailer.platform import alone
from mailer.release.head.embargo import lift_embargo
from mailer.runs.manuscripts.examining import language_of_name
from mailer.runs.office import Office
from mailer.runs.planning.edition import pack, read_sources, unpack
from mailer.runs.planning.request import NO_RELAY, Request
from mailer.site.addresses import is_name_of_page
from mailer.site.pages import render_site, render_story
from mailer.site.values import Files, House, Note, Story
from mailer.workspace import read_bytes, write_atomically

MANIFEST = ".newsroom.json"
_ASKS = re.compile(rb"(?im)^newsroom[ \t]*:[ \t]*[\"']?(true|false)[\"']?[ \t]*\r?$")
_MAX_ASKED_BYTES = 2_000_000
_AGAIN = timedelta(seconds=60)  # after a build that failed


@dataclass(frozen=True, slots=True)
class Waiting:
    """A release that gets its page once its embargo is over."""

    slug: str
    until: datetime


@dataclass(frozen=True, slots=True)
class WithoutPage:
    """A release that has no page, and why."""

    slug: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsroomBuilt:
    """What a build made: the folder, how many releases have a page, what changed in it, and what is not in it."""

    folder: Path
    title: str
    url: str
    releases: int
    withdrawn: int
    files: int
    written: tuple[str, ...]
    removed: tuple[str, ...]
    waiting: tuple[Waiting, ...] = ()
    without: tuple[WithoutPage, ...] = ()


def build_newsroom(office: Office, folder: str = "", *, only: str = "") -> NewsroomBuilt:
    """Build the pages into a folder, by default that of mailer.toml; `only` the page of one release, by its name.

    Raises:
        InputProblem: the folder cannot be used, or a file of somebody else's stands where one of ours has to.
    """
    settings = office.settings.newsroom
    place = (office.workspace.root / Path(folder or settings.place).expanduser()).resolve()
    if place == office.workspace.root or place.is_relative_to(office.workspace.machine):
        raise InputProblem("the newsroom needs a folder of its own", source=office.workspace.show(place))
    with ExitStack() as held:
        if office.ledger is not None:  # the worker and a person may build at the same moment
            lock = office.workspace.make_machine_folder("run") / "newsroom.lock"
            held.enter_context(alone(lock))
        stories, waiting, without = _read_stories(office, only)
        title = settings.title or next(
            (each.organisation for each in (*office.settings.senders.values(), *(s.sender for s in stories))), "News"
        )
        house = House(title, settings.url.rstrip("/"), parse_tongues(office.workspace.language_files()))
        files: Files = {}
        for each in stories if only else ():
            files = {**files, **render_story(house, each)}
        files = files if only else render_site(house, stories)
        written, removed = _write(place, files, within=f"{only}/" if only else "")
    return NewsroomBuilt(
        folder=place,
        title=title,
        url=house.url,
        releases=sum(not each.withdrawn for each in stories),
        withdrawn=sum(bool(each.withdrawn) for each in stories),
        files=len(files),
        written=written,
        removed=removed,
        waiting=tuple(sorted(waiting, key=lambda each: (each.until, each.slug))),
        without=tuple(sorted(without, key=lambda each: each.slug)),
    )


# Which releases, and what each says.


def _read_stories(office: Office, only: str) -> tuple[list[Story], list[Waiting], list[WithoutPage]]:
    now, zone = office.clock(), _zone_of(office)
    asked = dict(_asked_in_files(office))
    stories: list[Story] = []
    waiting: list[Waiting] = []
    without: list[WithoutPage] = []

    def take(
        slug: str, edition: Edition, published: datetime | None, notes: tuple[Note, ...], gone: Note | None
    ) -> None:
        """Add a release to one of the three lists."""
        text = unpack(edition, for_page=True)
        release, until = text.release, text.embargo_until
        if not is_name_of_page(slug):
            without.append(WithoutPage(slug, "its name cannot be that of a page; rename the file"))
        elif release.extras.newsroom == "false" or asked.get(slug, ("",))[0] == "false":
            without.append(WithoutPage(slug, "newsroom: false"))
        elif until and until > now:
            waiting.append(Waiting(slug, until))
        elif until is None and any(each.embargo is not None for each in text.releases):
            without.append(WithoutPage(slug, "its embargo names no moment with a time zone"))
        else:
            day = datetime.combine(release.date, time(), tzinfo=zone) if release.date else None
            begun = published.astimezone(zone) if published else day
            if begun is None:
                without.append(WithoutPage(slug, "it has no date, and was not mailed"))
                return
            versions = {tag: lift_embargo(version.release) for tag, version in text.versions.items()}
            stories.append(
                Story(
                    slug=slug,
                    versions=versions,
                    sender=text.ways.sender,
                    look=text.styling.look,
                    logo=text.styling.logo,
                    pictures=text.images,
                    # what was sent to those who agreed to an embargo came out when that was over
                    published=max(begun, until.astimezone(zone)) if until else begun,
                    corrections=notes,
                    withdrawn=gone,
                )
            )

    if office.ledger is not None:
        with office.ledger.reading() as connection:
            for each in read_published(connection, only):
                said = {note: Note(note.at.astimezone(zone), note.note) for note in each.notes}
                corrections = tuple(said[note] for note in each.notes if note.kind is MailingKind.CORRECTION)
                gone = said[each.withdrawn] if each.withdrawn else None
                content, slug = read_edition(connection, each.edition_id), each.mailing.slug
                take(slug, content, each.mailing.started_at, corrections, gone)
                asked = {name: value for name, value in asked.items() if name != slug or value[0] == "false"}
    for slug, (said_so, path) in asked.items():
        if said_so != "true" or only not in {"", slug}:
            continue
        try:
            sources = read_sources(office, Request(release=str(path), relay=NO_RELAY))
            # that its embargo is over is a reason to show it, not to keep it back
            errors = [one for one in sources.problems if one.severity is Severity.ERROR and "embargo" not in one.code]
            if errors:
                raise InputProblem(errors[0].message)
            take(slug, pack(sources, is_lifted=False), None, (), None)
        except MailerError as error:
            without.append(WithoutPage(slug, error.problems[0].message if error.problems else error.message))
    return stories, waiting, without


def _asked_in_files(office: Office) -> Iterator[tuple[str, tuple[str, Path]]]:
    """Yield the releases of today's files that say `newsroom: true` or `false` themselves."""
    for path in office.workspace.releases():
        if path.suffix.lower() in {".md", ".markdown"} and not language_of_name(path):
            with suppress(InputProblem):  # what cannot be read asks for nothing
                head = read_bytes(path, limit=_MAX_ASKED_BYTES).split(b"\n---", 1)[0]
                if said := _ASKS.search(head):
                    yield path.stem, (said[1].decode("ascii").lower(), path)


def _zone_of(office: Office) -> ZoneInfo:
    return ZoneInfo(office.settings.office.time_zone or "UTC")


# Into the folder.


def _write(folder: Path, files: Files, *, within: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Write what is new or another, and remove what is ours `within` and no longer wanted; return the names of both."""
    known = _read_manifest(folder)
    gone = {name for name in known - files.keys() if name.startswith(within)}
    new = {name: data for name, data in files.items() if _content(folder / name) != data}
    foreign = [name for name in new if name not in known and (folder / name).exists()]
    if foreign:
        hint = "Choose another folder, or move that file."
        raise InputProblem("is there already, and is not a page of ours", source=str(folder / foreign[0]), hint=hint)
    removed = tuple(sorted(name for name in gone if (folder / name).exists()))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in gone:  # a picture under embargo, or one of a release that was withdrawn
            (folder / name).unlink(missing_ok=True)
            for parent in (folder / name).relative_to(folder).parents[:-1]:
                with suppress(OSError):  # something else lies in it
                    (folder / parent).rmdir()
        if known | files.keys() != known:
            _write_manifest(folder, known | files.keys())
        for name in sorted(new, key=_in_order):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            write_atomically(folder / name, new[name])
        if gone or known | files.keys() != known:
            _write_manifest(folder, (known - gone) | files.keys())
    except OSError as error:
        raise InputProblem(f"cannot be written: {error.strerror or error}", source=str(folder)) from None
    return tuple(sorted(new)), removed


def _in_order(name: str) -> tuple[int, str]:
    """Return the place of a file in the order of writing: first what pages show, last what leads to them."""
    depth = 2 if "/" not in name or name.startswith("topics/") else int(name.endswith(".html"))
    return depth, name


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _read_manifest(folder: Path) -> frozenset[str]:
    """Return the files that are ours; a manifest that cannot be read names none, and nothing is lost by that."""
    try:
        told = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return frozenset()
    names = told.get("files", []) if isinstance(told, dict) else []
    root = folder.resolve()
    return frozenset(n for n in names if isinstance(n, str) and (folder / n).resolve().is_relative_to(root))


def _write_manifest(folder: Path, names: object) -> None:
    told = {"about": "The files that mailer newsroom build has made here.", "files": sorted(names)}  # type: ignore[call-overload]
    write_atomically(folder / MANIFEST, json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n")


# Kept up to date.


class Keeper:
    """Builds the newsroom again when something happened that its pages have to show: for a worker that looks often."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """Hold who hears of it; the first look builds."""
        self._say = say
        self._mark = b""
        self._comes: datetime | None = None

    def look(self, office: Office) -> None:
        """Build where something happened since, or an embargo is over. What fails is said, and tried again later."""
        if office.ledger is None or not office.settings.newsroom.is_on:
            return
        with office.ledger.reading() as connection:
            mark = read_mark(connection) + office.settings.newsroom.model_dump_json().encode()
        now = office.clock()
        if mark == self._mark and not (self._comes and now >= self._comes):
            return
        try:
            built = build_newsroom(office)
        except MailerError as error:
            self._say(f"newsroom: {error}; trying again in {_AGAIN.total_seconds():.0f} s")
            self._mark, self._comes = mark, now + _AGAIN
            return
        self._mark, self._comes = mark, built.waiting[0].until if built.waiting else None
        if built.written or built.removed:
            self._say(f"newsroom: {len(built.written)} files written, {len(built.removed)} removed")
