"""Trials: a family, a sample release and an invented reader become a mail, exactly as a mailing would make it.

Owns the finding of the samples, which come with mailer, and the readers. Each release shows one thing that breaks
templates: no subhead, ten contacts, a table too wide, a script that is written from right to left. One that names a
family (`template: advisory`) was written for it. Mails are merged by the `Merger` that real mailings use, so that what
is looked at here is what would go out. Touches no ledger; the keys are made up, and open nothing. Everything is
invented; addresses are under example.org and its like. Raises `InputProblem`.
Gaps: attachments are left out, since no template shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, TypeAlias

from mailer.address import parse_address
from mailer.contacts.values import MEANINGS, Contact
from mailer.errors import InputProblem, Problem
from mailer.events import MailingKind
from mailer.frozen import dataclass, field, replace
from mailer.message.checks import check_message
from mailer.message.family import Family
from mailer.message.files import make_inline_image
from mailer.message.values import Check, Rendered, Styling
from mailer.release.values import Release
from mailer.runs.planning.edition import OFFER_FAMILY, make_family, read_family
from mailer.runs.planning.making import NOTICE, THREAD, Merger, Text, Update, Version, Ways
from mailer.runs.untrusted import parse_release
from mailer.settings import Bounces, OptOut, Privacy, Sender, Settings
from mailer.tokens import Keys
from mailer.workspace import Workspace, read_bytes, shipped

_USUAL: Final = "everything"  # what a family shows that no sample was written for
_MAX_PICTURE_BYTES: Final = 25_000_000

SENDER: Final = Sender(
    key="sample",
    name="Eastport Seal Trust, press office",
    address="press@example.org",
    organisation="Eastport Seal Trust",
    postal_address="1 Harbour Street, 10115 Eastport",
    list_id="press.example.org",
)
OPTOUT: Final = OptOut(base_url="https://press.example.org/o", mailto="optout@example.org")
PRIVACY: Final = Privacy(url="https://press.example.org/privacy")


@dataclass(frozen=True, slots=True)
class Sample:
    """A release to try with: its source, what was read out of it, and the pictures that lie beside it."""

    name: str
    source: str
    release: Release = field(repr=False)
    images: Mapping[str, bytes] = field(repr=False)


def read_samples() -> tuple[Sample, ...]:
    """Read every sample release, by name."""
    return tuple(read_sample(path, shown=path.name) for path in sorted(shipped("templates", "samples").glob("*.md")))


def read_own(workspace: Workspace, name: str) -> Sample:
    """Read a release of the staff's to try with; the name of a sample is that sample.

    Raises InputProblem where there is neither, or it cannot be read.
    """
    shown = shipped("templates", "samples") / f"{name}.md"
    try:
        path = workspace.release_path(name)
    except InputProblem:
        if "/" in name or not shown.is_file():
            raise
        path = shown
    return read_sample(path, shown=workspace.show(path), encoding=workspace.encoding)


def read_sample(path: Path, *, shown: str, encoding: str = "") -> Sample:
    """Read one release with its pictures. Raises InputProblem where it, or a picture that it names, cannot be read."""
    data = Workspace(path.parent, encoding).read_release(path)
    release = parse_release(data, source=shown, slug=path.stem)
    images = {}
    for src in sorted({image.src for image in release.all_pictures() if image.src and ":" not in image.src}):
        picture = (path.parent / src).resolve()
        if not picture.is_relative_to(path.parent.resolve()):
            raise InputProblem(f'"{src}" is outside the folder of the release; copy it there', source=str(path))
        images[src] = read_bytes(picture, limit=_MAX_PICTURE_BYTES)
    return Sample(path.stem, shown, release, images)


def suited(samples: tuple[Sample, ...], family: str) -> Sample:
    """Return the sample that shows a family best: one written for it, else the one that has a bit of everything."""
    written = (each for each in samples if each.release.template == family)
    name = "embargo" if family == OFFER_FAMILY else _USUAL
    return next(written, None) or next(each for each in samples if each.name == name)


def sample_ways(settings: Settings) -> Ways:
    """Return what mails say of the sender: the office's own settings, and invented ones where it has none."""
    sender = next(iter(settings.senders.values()), SENDER)
    optout = settings.optout if settings.optout.base_url or settings.optout.mailto else OPTOUT
    return Ways(sender, optout, settings.bounces.replace(verp="off"), settings.privacy)


def ways_to_leave(ways: Ways) -> tuple[Ways, ...]:
    """Every way in which a mail can offer the way out: by link and mailbox, by either, and by answering alone."""
    mailbox = OPTOUT.mailto
    every = (OPTOUT, OptOut(mailto=mailbox), OptOut(mailto=mailbox, token_in="subject"), OptOut())
    return tuple(replace(ways, optout=each, bounces=Bounces()) for each in every)


def _reader(address: str, **fields: str) -> Contact:
    whole = dict.fromkeys(MEANINGS, "") | {"email": address} | fields
    return Contact(parse_address(address), whole, "sample", 0, 0)


_HOSTILE_FIELDS: Final = ("last_name", "outlet", "role", "beat", "note", "salutation", "country", "tags", "source")
# A field that was put in without being escaped leaves its own element in the page, which names the culprit.
MARKS: Final[Mapping[str, str]] = {f"x-{name.replace('_', '-')}": name for name in _HOSTILE_FIELDS} | {"b": "name"}

FIRST: Final = "with a note"
HOSTILE: Final = 'called <b>&"'
READERS: Final[Mapping[str, Contact]] = {
    FIRST: _reader(
        "ada@daily.example.com",
        name="Ada Brook",
        first_name="Ada",
        last_name="Brook",
        outlet="The Daily",
        role="reporter",
        note="The keeper who closed the pier in 1986 is ready to talk.\n\nShall I put you through?",
    ),
    "without a name": _reader("desk@evening.example.com"),
    HOSTILE: _reader(
        "nell@kustnytt.example.net",
        **{name: f"<{mark}>&\"'" for mark, name in MARKS.items() if mark != "b"},
        name='Nell <b>&"',
        first_name='Nell <b>&"',
    ),
    "plain text": _reader("bo@kustnytt.example.net", name="Bo Lindqvist", text_only="yes"),
}


def reader_of(sample: Sample) -> Contact:
    """Return the reader for whom a sample is shown: one with a note, unless that would take the place of its letter."""
    first = READERS[FIRST]
    return replace(first, fields={**first.fields, "note": ""}) if sample.release.extras.pitch else first


_CHANGES: Final = (
    {"was": (("… counted ", False), ("12", True)), "now": (("… counted ", False), ("21", True))},
    {"was": (), "now": (("The count goes on until the end of the month.", True),)},
)
# What the families for mails around a release say in a trial; the release itself stands in for the changed one.
_UPDATES: Final[Mapping[str, Update]] = {
    "follow-up": Update(),
    "correction": Update(note="The release gave the wrong number.", with_release=True, changes={"": {"": _CHANGES}}),
    "retraction": Update(note="The count was made on the wrong day, and its numbers cannot be relied upon."),
}

_KEYS: Final = Keys(1, {1: b"a key that only samples are made with"})
Compiled: TypeAlias = tuple[Family, Styling]


@dataclass(frozen=True, slots=True)
class Trial:
    """One mail: its three texts, its bytes, the pictures inside by Content-ID, and the checks of the bytes."""

    rendered: Rendered = field(repr=False)
    data: bytes = field(repr=False)
    release: Release = field(repr=False)  # as the mail has it
    pictures: Mapping[str, tuple[str, bytes]] = field(repr=False)  # media type and bytes
    checks: tuple[Check, ...] = field(repr=False)
    costly: Problem | None = None  # where the template makes its mails be rendered one by one


def compile_for_trial(workspace: Workspace, family: str, ways: Ways) -> Compiled:
    """Read and compile a family. Raises InputProblem with every problem of its files."""
    return make_family(family, read_family(workspace, family), domain=ways.sender.domain)


def make_trial(
    compiled: Compiled, sample: Sample, ways: Ways, reader: Contact, *, now: datetime, first: bool = False
) -> Trial:
    """Build one reader's mail, and check it; a `first` one carries the privacy notice.

    Raises InputProblem where the release has a picture that no mail can carry, or a template cannot be rendered.
    """
    family, styling = compiled
    domain = ways.sender.domain
    images = {src: make_inline_image(src, data, domain=domain) for src, data in sample.images.items()}
    about = next((name for name in _UPDATES if name in {family.name, family.base}), "release")
    update = _UPDATES.get(about)
    release = update.shown(sample.release) if update else sample.release
    text = Text({"": Version(release)}, family, styling, ways, images, update=update)
    logo = (styling.logo,) if styling.logo else ()
    pictures = {each.content_id: (each.media_type, each.data) for each in (*images.values(), *logo)}
    fields = {**reader.fields, NOTICE: "yes"} if first else dict(reader.fields)
    if update is not None:
        fields[THREAD] = f"<the-first-mail@{domain}>"
    merger = Merger(text, mailing=f"sample/{about}-1", kind=MailingKind(about), keys=_KEYS)
    merged = merger.merge(reader.address, fields, date=now)
    data = merged.envelope.data
    checks = check_message(data, postal_address=ways.sender.postal_address, optouts=merged.optouts)
    return Trial(merged.rendered, data, release, pictures, checks, merger.find_costly(reader.address, fields))
