"""Samples: releases and readers that come with mailer, to try a family out.

Owns their finding and the invented readers. Each release shows one thing that breaks templates: no subhead, ten
contacts, a table too wide, a script that is written from right to left. One that names a family (`template: advisory`)
was written for it. Never judges.
Everything is invented; addresses are under example.org and its like.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from mailer.address import parse_address
from mailer.contacts.values import MEANINGS, Contact
from mailer.errors import InputProblem, did_you_mean
from mailer.release.values import Release
from mailer.runs.planning.edition import Ways
from mailer.runs.untrusted.releases import parse_release
from mailer.settings import Bounces, OptOut, Privacy, Sender, Settings
from mailer.workspace import Workspace, read_bytes, shipped

FOLDER: Final = "samples"
USUAL: Final = "everything"  # what a family shows that no sample was written for
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
    data: bytes = field(repr=False)
    release: Release = field(repr=False)
    images: Mapping[str, bytes] = field(repr=False)


def read_samples() -> tuple[Sample, ...]:
    """Read every sample release, by name."""
    return tuple(read_sample(path, shown=path.name) for path in sorted(shipped("templates", FOLDER).glob("*.md")))


def read_own(workspace: Workspace, name: str) -> Sample:
    """Read a release of the staff's to try with; the name of a sample is that sample.

    Raises:
        InputProblem: there is neither, or it cannot be read.
    """
    shown = shipped("templates", FOLDER) / f"{name}.md"
    try:
        path = workspace.release_path(name)
    except InputProblem:
        if "/" in name or not shown.is_file():
            raise
        path = shown
    return read_sample(path, shown=workspace.show(path), encoding=workspace.encoding)


def read_sample(path: Path, *, shown: str, encoding: str = "") -> Sample:
    """Read one release with its pictures.

    Raises:
        InputProblem: it, or a picture that it names, cannot be read.
    """
    data = Workspace(path.parent, encoding).read_release(path)
    release = parse_release(data, source=shown, slug=path.stem)
    local = {image.src for image in release.all_pictures() if image.src and ":" not in image.src}
    images = {src: read_bytes(_beside(path, src), limit=_MAX_PICTURE_BYTES) for src in sorted(local)}
    return Sample(path.stem, shown, data, release, images)


def _beside(release: Path, name: str) -> Path:
    path = (release.parent / name).resolve()
    if not path.is_relative_to(release.parent.resolve()):
        raise InputProblem(f'"{name}" lies outside the folder of the release; copy it there', source=str(release))
    return path


def suited(samples: tuple[Sample, ...], family: str) -> Sample:
    """Return the sample that shows a family best: one written for it, else the one that has a bit of everything.

    Raises:
        InputProblem: the samples are gone.
    """
    for wanted in (lambda each: each.release.template == family, lambda each: each.name == USUAL):
        found = next(filter(wanted, samples), None)
        if found is not None:
            return found
    raise InputProblem(f"the sample releases of mailer are missing{did_you_mean(USUAL, [s.name for s in samples])}")


def sample_ways(settings: Settings) -> Ways:
    """Return what mails say of the sender: the office's own settings, and invented ones where it has none."""
    sender = next(iter(settings.senders.values()), SENDER)
    optout = settings.optout if settings.optout.base_url or settings.optout.mailto else OPTOUT
    return Ways(sender, optout, settings.bounces.replace(verp="off"), settings.privacy)


def ways_to_leave(ways: Ways) -> tuple[Ways, ...]:
    """Every way in which a mail can offer the way out: by link and mailbox, by either, and by answering alone."""
    both = replace(ways, optout=OPTOUT, bounces=Bounces())
    mailbox = OPTOUT.mailto
    alone = (OptOut(mailto=mailbox), OptOut(mailto=mailbox, token_in="subject"), OptOut())
    return (both, *(replace(both, optout=each) for each in alone))


def _reader(address: str, **fields: str) -> Contact:
    whole = dict.fromkeys(MEANINGS, "") | {"email": address} | fields
    return Contact(parse_address(address), whole, "sample", 0, 0)


# A field that was put in without being escaped leaves its own element in the page, which names the culprit.
def marked(field_name: str) -> str:
    """Return an element that nobody writes, by the name of the field whose value it stands in."""
    return f"x-{field_name.replace('_', '-')}"


_HOSTILE_FIELDS: Final = ("last_name", "outlet", "role", "beat", "note", "salutation", "country", "tags", "source")

READERS: Final[Mapping[str, Contact]] = {
    "with a note": _reader(
        "ada@daily.example.com",
        name="Ada Brook",
        first_name="Ada",
        last_name="Brook",
        outlet="The Daily",
        role="reporter",
        note="The keeper who closed the pier in 1986 is ready to talk.\n\nShall I put you through?",
    ),
    "without a name": _reader("desk@evening.example.com"),
    'called <b>&"': _reader(
        "nell@kustnytt.example.net",
        **{name: f"<{marked(name)}>&\"'" for name in _HOSTILE_FIELDS},
        name='Nell <b>&"',
        first_name='Nell <b>&"',
    ),
    "plain text": _reader("bo@kustnytt.example.net", name="Bo Lindqvist", text_only="yes"),
    "in German": _reader("eva@abend.example.com", name="Eva Abend", first_name="Eva", language="de"),
}
FIRST: Final = "with a note"
HOSTILE: Final = 'called <b>&"'


def reader_of(sample: Sample) -> Contact:
    """Return the reader for whom a sample is shown: one with a note, unless that would take the place of its letter."""
    first = READERS[FIRST]
    return replace(first, fields={**first.fields, "note": ""}) if sample.release.extras.pitch else first


def hostile_fields() -> Mapping[str, str]:
    """Give, by the element that it would leave in a page, each field of the hostile reader."""
    return {marked(name): name for name in _HOSTILE_FIELDS} | {"b": "name"}
