"""Templates: template families, tried out before a release needs them.

Lists the families and creates new ones. A family's `template.toml` says what it is for (`about`); a broken family is
listed too, with its problems.

*Trials.* A family, a sample release and an invented reader become a mail, built exactly as in a mailing, by the same
`Merger`. Each sample, which comes with mailer, shows one thing that can break a template: no subhead, ten
contacts, a table too wide, a script that is written from right to left. A sample that names a family (`template:
advisory`) was written for it. No ledger is used; the keys are made up and unlock nothing. Everything is invented;
addresses are under example.org and similar domains.

*The gallery* shows one mail of each family, with the requested release or the sample that suits it best, as different
readers see it, and the findings of a check; its tags are at the end of the file. Never opens a browser.

*Checking* makes mails for every sample and every reader with one family, and reports each problem once: what goes wrong
in sixty mails is one problem, with the first mail that has it. `message.check_message` checks the finished mails;
problems that only a family can have are found here: what Outlook needs, and whether any part of the release is left
out. No file is changed, and a faulty family raises nothing: its problems are the result.

Raises `InputProblem`. Gap: attachments are left out, since no template shows them.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from importlib.resources import files
from itertools import product
from pathlib import Path
from string import Template
from typing import Final, TypeAlias

from mailer import lazy_re as re
from mailer.address import parse_address
from mailer.config.reading import text_of_look
from mailer.contacts.values import MEANINGS, Contact
from mailer.errors import InputProblem, Problem, Severity, did_you_mean, gather
from mailer.events import MailingKind
from mailer.frozen import dataclass, field, replace
from mailer.message.checks import check_message
from mailer.message.checks.look import shortened
from mailer.message.family import Family
from mailer.message.files import make_inline_image
from mailer.message.parts import read_page
from mailer.message.values import Check, Rendered, Styling
from mailer.preview.page import in_scheme, with_pictures, without_web_pictures
from mailer.release.values import Block, Image, Inline, Quote, Release, Table, block_inlines
from mailer.runs.planning.edition import LOOK, OFFER_FAMILY, look_source, make_family, read_family
from mailer.runs.planning.making import NOTICE, THREAD, MailSettings, Merger, Text, Update, Version
from mailer.runs.untrusted import parse_release
from mailer.settings import Bounces, OptOut, Privacy, Sender, Settings
from mailer.tokens import Keys
from mailer.workspace import NO_FAMILIES, Workspace, read_bytes, shipped, write_atomically

_OF_A_LANGUAGE: Final = re.compile(r"email\.([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\.html")
_LAYOUT: Final = re.compile(r"""\{%[-+]?\s*extends\s+["'](?:layout|[\w-]+)/""")
SHIPPED, OWN, CHANGED = "shipped", "own", "changed"


@dataclass(frozen=True, slots=True)
class Known:
    """A family: its use, and whether it is `shipped`, the staff's `own`, or shipped and `changed` by them.

    `languages` are those of its own words; `problem` is why it cannot be read, usually empty.
    """

    name: str
    about: str
    origin: str
    based_on: str
    languages: tuple[str, ...]
    folder: Path
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Families:
    """Every family of a workspace, by name."""

    families: tuple[Known, ...]
    workspace: Workspace = field(repr=False)


@dataclass(frozen=True, slots=True)
class FamilyMade:
    """A family that was copied from another, and the paths of its files as staff see them."""

    family: str
    source: str
    files: tuple[str, ...]


def choose_families(workspace: Workspace, wanted: Iterable[str] = ()) -> list[Known]:
    """Return the wanted families in that order, or all by name: those of the workspace and the shipped ones.

    Raises InputProblem if one does not exist.
    """
    known = sorted(workspace.families())
    names = list(dict.fromkeys(wanted)) or known
    for name in names:
        if name not in known:
            near = did_you_mean(name, known) or f". There are: {', '.join(known)}"
            raise InputProblem(f'there is no template family "{name}"{near}', hint="mailer templates list")
    return [_known(workspace, name) for name in names]


def _known(workspace: Workspace, name: str) -> Known:
    folder, ours = workspace.family_folder(name), shipped("templates", name)
    is_ours = ours.is_dir() and (folder.resolve() == ours.resolve() or _contents(folder) == _contents(ours))
    origin = SHIPPED if is_ours else CHANGED if ours.is_dir() else OWN
    try:
        files = workspace.family_files(name)
        base = text_of_look(files.get(LOOK, ""), "based_on", source=look_source(name))
        about = text_of_look(files.get(LOOK, ""), "about", source=look_source(name))
    except InputProblem as error:
        return Known(name, "", origin, "", (), folder, str(error))
    # it has files for these languages and, if it is built on the layout, words for all others too
    languages = {found[1].lower() for file in files if (found := _OF_A_LANGUAGE.fullmatch(file))}
    if "email.html" not in files or _LAYOUT.search(files["email.html"]):
        languages |= {Path(each).stem for each in workspace.language_files()}
    return Known(name, about, origin, base, tuple(sorted(languages)), folder)


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


# Copying. A copy appears whole or not at all: it is written next to its final folder and renamed, and nothing is
# overwritten. What the family builds upon (the layout, the words of each language) is not copied: it stays shared, and
# so do improvements to it.

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")


def copy_family(workspace: Workspace, name: str, *, source: str) -> FamilyMade:
    """Copy a family into the workspace under a name of its own.

    Raises InputProblem if the name cannot be one or is taken, there is no such family, or nothing can be written.
    """
    target, origin = workspace.root / "templates" / name, workspace.family_folder(source)
    problem = hint = ""
    if not _NAME.fullmatch(name):
        problem = f'"{name}" cannot name a family; use small letters, digits and hyphens, for example house-style'
    elif name in NO_FAMILIES:
        problem = f"the folder templates/{name} has a use of its own; choose another name"
    elif target.exists():
        problem = f"templates/{name} is there already, and stays as it is"
        hint = f"mailer templates check {name}   looks at what is there"
    elif name in Workspace(shipped()).families():
        problem = f'"{name}" is a family that comes with mailer; give yours a name of its own'
        hint = f"mailer templates new my-{name} --from {name}"
    if problem:
        raise InputProblem(problem, hint=hint)
    files = [path for path in sorted(origin.iterdir()) if path.is_file() and not path.name.startswith((".", "~$"))]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".mailer-") as aside:
            whole = Path(aside) / name
            whole.mkdir()
            for path in files:
                shutil.copyfile(path, whole / path.name)
            whole.rename(target)
    except OSError as error:
        raise InputProblem(f"cannot be made: {error.strerror or error}", source=workspace.show(target)) from None
    return FamilyMade(name, source, tuple(workspace.show(target / path.name) for path in files))


# Trials: the samples, the readers, and the mail that they make.

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
    """A release for trials: its source, the parsed release, and the pictures beside it."""

    name: str
    source: str
    release: Release = field(repr=False)
    images: Mapping[str, bytes] = field(repr=False)


def read_samples() -> tuple[Sample, ...]:
    """Read every sample release, by name."""
    return tuple(read_sample(path, shown=path.name) for path in sorted(shipped("templates", "samples").glob("*.md")))


def _read_own(workspace: Workspace, name: str) -> Sample:
    """Read a release of the staff; if there is none of this name, the sample of this name."""
    try:
        path = workspace.release_path(name)
    except InputProblem:
        path = shipped("templates", "samples") / f"{name}.md"
        if "/" in name or not path.is_file():
            raise
    return read_sample(path, shown=workspace.show(path), encoding=workspace.encoding)


def read_sample(path: Path, *, shown: str, encoding: str = "") -> Sample:
    """Read one release with its pictures. Raises InputProblem if it, or a picture that it names, cannot be read."""
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
    """Return the sample that shows a family best: one written for it, else the one with a bit of everything."""
    written = (each for each in samples if each.release.template == family)
    name = "embargo" if family == OFFER_FAMILY else _USUAL
    return next(written, None) or next(each for each in samples if each.name == name)


def sample_ways(settings: Settings) -> MailSettings:
    """Return the settings that mails need: the office's own, and invented ones where it has none."""
    sender = next(iter(settings.senders.values()), SENDER)
    optout = settings.optout if settings.optout.base_url or settings.optout.mailto else OPTOUT
    return MailSettings(sender, optout, settings.bounces.replace(verp="off"), settings.privacy)


def _reader(address: str, **fields: str) -> Contact:
    whole = dict.fromkeys(MEANINGS, "") | {"email": address} | fields
    return Contact(parse_address(address), whole, "sample", 0, 0)


_HOSTILE_FIELDS: Final = ("last_name", "outlet", "role", "beat", "note", "salutation", "country", "tags", "source")
# A field that was inserted without being escaped leaves an element of its own in the page, which names the field.
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


_CHANGES: Final = (
    {"was": (("… counted ", False), ("12", True)), "now": (("… counted ", False), ("21", True))},
    {"was": (), "now": (("The count goes on until the end of the month.", True),)},
)
# The updates that follow-ups, corrections and retractions announce in a trial; the sample is both old and new release.
_UPDATES: Final[Mapping[str, Update]] = {
    "follow-up": Update(),
    "correction": Update(note="The release gave the wrong number.", with_release=True, changes={"": {"": _CHANGES}}),
    "retraction": Update(note="The count was made on the wrong day, and its numbers cannot be relied upon."),
}

_KEYS: Final = Keys(1, {1: b"a key that only samples are made with"})
Compiled: TypeAlias = tuple[Family, Styling]


@dataclass(frozen=True, slots=True)
class Trial:
    """One mail: its subject and two parts, its bytes, its inline pictures by Content-ID, and its checks."""

    rendered: Rendered = field(repr=False)
    data: bytes = field(repr=False)
    release: Release = field(repr=False)  # as the mail has it
    pictures: Mapping[str, tuple[str, bytes]] = field(repr=False)  # media type and bytes
    checks: tuple[Check, ...] = field(repr=False)
    costly: Problem | None = None  # if the template forces mails to be rendered one by one


def compile_for_trial(workspace: Workspace, family: str, ways: MailSettings) -> Compiled:
    """Read and compile a family. Raises InputProblem with every problem of its files."""
    return make_family(family, read_family(workspace, family), domain=ways.sender.domain)


def make_trial(
    compiled: Compiled,
    sample: Sample,
    ways: MailSettings,
    reader: Contact | None = None,
    *,
    now: datetime,
    first: bool = False,
) -> Trial:
    """Build one reader's mail and check it; a `first` mail carries the privacy notice.

    The default reader has a note, which is left out if the sample has a letter of its own.

    Raises InputProblem if the release has a picture that no mail can carry, or a template cannot be rendered.
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
    shown_to = reader or READERS[FIRST]
    fields = {**shown_to.fields, NOTICE: "yes"} if first else dict(shown_to.fields)
    if reader is None and sample.release.extras.pitch:
        fields["note"] = ""
    if update is not None:
        fields[THREAD] = f"<the-first-mail@{domain}>"
    merger = Merger(text, mailing=f"sample/{about}-1", kind=MailingKind(about), keys=_KEYS)
    merged = merger.merge(shown_to.address, fields, date=now)
    data = merged.envelope.data
    checks = check_message(data, postal_address=ways.sender.postal_address, optouts=merged.optouts)
    return Trial(merged.rendered, data, release, pictures, checks, merger.find_costly(shown_to.address, fields))


# The gallery.


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A family with a release: its mail, or why there is none."""

    family: Known
    release: str
    trial: Trial | None = field(repr=False)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Gallery:
    """The page that was written, and the exhibits in it."""

    page: Path
    exhibits: tuple[Exhibit, ...]


def make_gallery(
    workspace: Workspace, settings: Settings, wanted: Iterable[str], release: str, *, now: datetime
) -> Gallery:
    """Write the page of the wanted families (default: all), with a release of the staff or the samples.

    Raises InputProblem if there is no such family or release, or the page cannot be written.
    """
    releases = (_read_own(workspace, release),) if release else read_samples()
    exhibits = exhibit(workspace, choose_families(workspace, wanted), releases, sample_ways(settings), now=now)
    made_of = f"With {releases[0].source}." if release else "With the samples that come with mailer."
    path = workspace.make_machine_folder("gallery").resolve() / "gallery.html"
    page = render_gallery(exhibits, note=f"{made_of} Made {now:%d %B %Y}.")
    write_atomically(path, page.encode("utf-8", "replace"))
    return Gallery(path, exhibits)


def exhibit(
    workspace: Workspace, families: Iterable[Known], releases: tuple[Sample, ...], ways: MailSettings, *, now: datetime
) -> tuple[Exhibit, ...]:
    """Build one mail of each family, with the release that shows it best."""
    exhibits = []
    for family in families:
        sample = releases[0] if len(releases) == 1 else suited(releases, family.name)
        try:
            compiled = compile_for_trial(workspace, family.name, ways)
            trial = make_trial(compiled, sample, ways, now=now)
        except InputProblem as error:
            exhibits.append(Exhibit(family, sample.name, None, gather(error)))
            continue
        source = f"templates/{family.name}"
        failed = (check for check in trial.checks if not check.passed)
        problems = tuple(Problem(check.code, check.message, check.severity, source) for check in failed)
        exhibits.append(Exhibit(family, sample.name, trial, problems))
    return tuple(exhibits)


# Frames: one mail as different readers see it, made without a browser. Four things change in a page: dark or light,
# whatever the reader's screen (the media queries are resolved in the style sheet); with pictures or without (then the
# box with the alternative text that mail programs show); inline pictures become `data:` URLs; no scripts. The width is
# that of the frame, to which the page's own media queries apply.
#
# Gap: how some programs invert colours if a mail has no dark scheme is not shown.

PHONE, DESKTOP = 320, 700
_HEAD: Final = re.compile(r"<head\b[^>]*>", re.IGNORECASE)


def _frames(family: str, trial: Trial) -> Iterable[str]:
    """Yield the page of a mail in every view: with pictures and without, light and dark, on a phone and a desktop."""
    for pictures, scheme, width in product((True, False), ("light", "dark"), (PHONE, DESKTOP)):
        page = in_scheme(trial.rendered.html, scheme)
        # without a scheme of its own, the frame would have the background of the reader's screen
        page = _HEAD.sub(rf"\g<0><style>:root {{ color-scheme: {scheme}; }}</style>", page, count=1)
        page = with_pictures(page, trial.pictures) if pictures else without_web_pictures(page)
        device = "phone" if width == PHONE else "desktop"
        name = f"{escape(family)}: {scheme}, {device}{'' if pictures else ', pictures off'}"
        # loading="lazy": forty frames are laid out when they scroll into view, not all at once
        yield f"""\
<figure class="{scheme}"><figcaption>{name}</figcaption>
<iframe sandbox="allow-same-origin" loading="lazy" width="{width}" title="{name}" referrerpolicy="no-referrer"
 srcdoc="{escape(page, quote=True)}"></iframe></figure>"""


# The page, whose frame is `gallery.html`: one file without scripts that needs no other. Everything from a mail is
# escaped; its HTML is in the `srcdoc` of frames that may run nothing. The page's Content-Security-Policy, which
# such a frame inherits, allows inline styles and pictures alone.


def render_gallery(exhibits: Sequence[Exhibit], *, note: str) -> str:
    """Return the whole page; `note` is a sentence about the releases in it."""
    index = " · ".join(f'<a href="#{escape(each.family.name)}">{escape(each.family.name)}</a>' for each in exhibits)
    frame = Template(files(__package__).joinpath("gallery.html").read_text("utf-8"))
    return frame.substitute(note=escape(note), index=index, sections="".join(map(_section, exhibits)))


def _section(exhibit: Exhibit) -> str:
    family, trial = exhibit.family, exhibit.trial
    lines = [f'<section id="{escape(family.name)}">', f"<h2>{escape(family.name)}</h2>"]
    if family.about:
        lines.append(f"<p>{escape(family.about)}</p>")
    if trial is None:
        lines.append('<p class="bad">No mail can be made with this family:</p>')
    else:
        size, subject = len(trial.data) / 1000, escape(trial.rendered.subject)
        lines.append(f'<p class="quiet">Subject: {subject} · release {escape(exhibit.release)} · {size:.0f} kB</p>')
    if exhibit.problems:
        lines.append("<ul>")
        for each in exhibit.problems:
            bad = " class=bad" if each.severity is Severity.ERROR else ""
            lines.append(f"<li{bad}>{each.severity.value}: {escape(str(each))}</li>")
        lines.append("</ul>")
    if trial is not None:
        text = f"<figcaption>Text part</figcaption>\n<pre>{escape(trial.rendered.text)}</pre>"
        figures = [*_frames(family.name, trial), f'<figure class="text">{text}</figure>']
        lines += ['<div class="views">', *figures, "</div>"]
    return "\n".join([*lines, "</section>", ""])


# Checking.

_FOR_PERSON = re.compile(r" \(for \S+@\S+\)$")
_ELEMENT = re.compile(r"<(x-[a-z-]+|b)\s*>&")
# how the message of a check ends that is about one part
_PART_FILES: Final = {": in the page": "email.html", ": in the text": "email.txt"}
_ORDER: Final = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result for one family: how many mails of how many releases were checked, and every problem once."""

    family: str
    mails: int
    releases: int
    problems: tuple[Problem, ...] = field(repr=False)

    @property
    def errors(self) -> int:
        """Return how many problems would stop a mailing."""
        return sum(problem.severity is Severity.ERROR for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The results for several families."""

    verdicts: tuple[Verdict, ...]

    @property
    def ok(self) -> bool:
        """Return whether no problem would stop a mailing."""
        return not any(each.errors for each in self.verdicts)


def check_families(workspace: Workspace, settings: Settings, wanted: Iterable[str], *, now: datetime) -> Verdicts:
    """Check the wanted families (default: all) with every sample. Raises InputProblem if one does not exist."""
    samples, ways = read_samples(), sample_ways(settings)
    chosen = choose_families(workspace, wanted)
    return Verdicts(tuple(_check_family(workspace, each.name, samples, ways, now=now) for each in chosen))


def _check_family(
    workspace: Workspace, family: str, samples: tuple[Sample, ...], ways: MailSettings, *, now: datetime
) -> Verdict:
    """Build and check the mails of all samples and readers, and first mails with the notice, one for each exit."""
    found = defaultdict[tuple[str, str, int | None], list[tuple[Problem, str]]](list)  # with the mail that has it
    source, mails = f"templates/{family}", 0

    def add(problem: Problem, where: str) -> None:
        """Add a problem; those whose words differ from mail to mail count as one by code and place."""
        key = problem.code
        if key == "template":
            key = problem.message
        elif key in {"missing", "unescaped", "outlook"}:  # what is missing or unescaped, but not in whose words
            key += problem.message.partition(":")[0]
        found[problem.source, key, problem.line].append((problem, where))

    def add_error(error: InputProblem, where: str) -> None:
        for each in gather(error):
            message, hint = _FOR_PERSON.sub("", each.message), each.hint or ("" if error.problems else error.hint)
            add(Problem("template", message, each.severity, each.source or source, each.line, hint), where)

    tries = [(sample, ways, reader, False) for sample in samples for reader in READERS]
    usual = suited(samples, family)
    # every way in which a mail can offer to opt out: by link and mailbox, by mailbox alone, and by reply
    mailbox = OPTOUT.mailto
    exits = (OPTOUT, OptOut(mailto=mailbox), OptOut(mailto=mailbox, token_in="subject"), OptOut())
    with_exits = (replace(ways, optout=each, bounces=Bounces(), privacy=PRIVACY) for each in exits)
    tries += [(usual, each, FIRST, True) for each in with_exits]
    try:
        compiled = compile_for_trial(workspace, family, ways)
    except InputProblem as error:
        add_error(error, "")
        tries = []
    for sample, own, reader, is_first in tries:
        where = f"release {sample.name}, reader {reader}"
        try:
            trial = make_trial(compiled, sample, own, READERS[reader], now=now, first=is_first)
        except InputProblem as error:
            add_error(error, where)
            continue
        mails += 1
        for problem in _problems(trial, sample, reader, source):
            add(problem, where)
    problems = []
    for (problem, where), *others in found.values():
        more = f"; {len(others)} more" if others else ""
        problems.append(replace(problem, message=f"{problem.message} ({where}{more})") if where else problem)
    problems.sort(key=lambda each: (_ORDER.index(each.severity), each.source, each.line or 0))
    return Verdict(family, mails, len(samples) if tries else 0, tuple(problems))


def _problems(trial: Trial, sample: Sample, reader: str, source: str) -> Iterator[Problem]:
    html = trial.rendered.html
    # a sample that is too long on purpose waives that check, as a release can
    waived = {waiver.code for waiver in sample.release.waivers}
    for check in trial.checks:
        if not check.passed and (check.code not in waived or check.severity is Severity.ERROR):
            file = next((f"/{file}" for part, file in _PART_FILES.items() if check.message.endswith(part)), "")
            yield Problem(check.code, check.message, check.severity, f"{source}{file}", hint=check.hint)
    for part, what, words, severity in _missing_from(trial.rendered, trial.release):
        yield Problem("missing", f'{what} is missing: "{shortened(words)}"', severity, f"{source}/{part}")
    for fault in faults_for_word(html):
        yield Problem("outlook", fault, Severity.ERROR, f"{source}/email.html")
    if trial.costly:
        text, hint = f"mails are rendered one by one, which takes longer: {trial.costly.message}", trial.costly.hint
        yield replace(trial.costly, code="one-by-one", message=text, severity=Severity.NOTE, hint=hint)
    if reader == HOSTILE:  # did one of their values become an element of the page?
        for mark in sorted(set(_ELEMENT.findall(html.replace("&amp;", "&")))):
            text = f"contact.{MARKS.get(mark, mark)} is put into the page as it is, so a < in it becomes HTML"
            yield Problem("unescaped", f"{text}; take away |safe", Severity.ERROR, f"{source}/email.html")


# Word: the parts of a page for Outlook on Windows alone, which uses Word to lay out pages. Conditional comments
# (`<!--[if mso]>…<![endif]-->`) have to be complete: each has an end, the tables that they open around the page are
# closed again, and such a table has a width. To every other program they are comments, so no other check finds a
# broken one.

_OPENING = re.compile(r"<!--\[if[^\]]*\]>", re.IGNORECASE)
_CLOSING = re.compile(r"<!\[endif\]-->", re.IGNORECASE)
_BLOCK = re.compile(r"<!--\[if ([^\]]*)\]>(?!<!-->|-->)(.*?)<!\[endif\]-->", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<(/?)(table|tr|td|th|div|p|span|center)\b([^>]*)>", re.IGNORECASE)
_WIDTH = re.compile(r"""\bwidth\s*[:=]\s*["']?\d+""", re.IGNORECASE)
_OWN_STYLE = re.compile(r"<(style|xml)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_TOO_WIDE = 640


def blocks_for_word(html: str) -> tuple[str, ...]:
    """Return the contents of the conditional comments that Word reads, in order."""
    return tuple(found[2] for found in _BLOCK.finditer(html) if "!mso" not in found[1].replace(" ", ""))


def faults_for_word(html: str) -> tuple[str, ...]:
    """Return what is wrong with the conditional comments of a page, as clauses; usually nothing."""
    opened, closed = len(_OPENING.findall(html)), len(_CLOSING.findall(html))
    if opened != closed:
        return (f"{opened} comments for Outlook begin (<!--[if mso]>) and {closed} end (<![endif]-->)",)
    blocks = blocks_for_word(html)
    if any(_OPENING.search(block) for block in blocks):
        return ("a comment for Outlook begins inside another one",)
    found: list[str] = []
    still_open: list[str] = []
    # all blocks are read as one text: what the first one opens around the page, a later one closes
    for slash, name, attributes in _TAG.findall(_OWN_STYLE.sub("", "".join(blocks))):
        tag = name.lower()
        if slash:
            if not still_open or still_open.pop() != tag:
                return (*found, f"the code for Outlook closes a <{tag}> that is not open there")
            continue
        still_open.append(tag)
        if tag == "table":
            if not _WIDTH.search(attributes):
                found.append("a table for Outlook has no width, so Word makes it as wide as the window")
            wide = re.search(r"""\bwidth\s*=\s*["']?(\d+)(?!\d*%)""", attributes)
            if wide and int(wide[1]) > _TOO_WIDE:
                fits = f"{_TOO_WIDE} fit beside its list of mails"
                found.append(f"a table for Outlook is {wide[1]} pixels wide; {fits}")
    if still_open:
        found.append(f"the code for Outlook opens <{'>, <'.join(still_open)}> and never closes it")
    return tuple(found)


# Completeness: does a mail contain everything in its release? A family that forgets the subhead, a second telephone or
# the caption of a picture looks good and leaves something out. Only letters and digits are compared, so a family is
# free in its punctuation, line breaks and order.
#
# Gaps: of a paragraph with links only the beginning is looked for; words that also occur elsewhere in a mail are not
# missed where they belong.

_NO_LETTER = re.compile(r"[\W_]+")
_BEGINNING = 60
_PART_OF: Final = {"heading": "a heading", "paragraph": "a paragraph", "quote": "a quote", "list": "an item of a list"}


def _missing_from(rendered: Rendered, release: Release) -> Iterator[tuple[str, str, str, Severity]]:
    """Yield what a part of the mail leaves out: the part, what is missing, its words, and the severity."""
    parts = {"email.txt": rendered.text, "email.html": read_page(rendered.html).words if rendered.html else None}
    letters_of = {name: _letters(text) for name, text in parts.items() if text is not None}
    for what, words, severity in _wanted(release):
        for part, letters in letters_of.items():
            if _letters(words) not in letters:
                yield part, what, words, severity


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", text).casefold()


def _wanted(release: Release) -> Iterator[tuple[str, str, Severity]]:
    must, should = Severity.ERROR, Severity.WARNING
    yield "the headline", release.headline, must
    yield "the subhead", release.subhead, should
    if release.embargo is not None and release.embargo.until is not None:
        yield "the hour of the embargo", f"{release.embargo.until:%H:%M}", must
    for person in release.contacts:
        for what in ("name", "role", "organisation", "note"):
            yield f"a contact's {what}", getattr(person, what), must if what == "name" else should
        yield from (("a contact's telephone", phone, must) for phone in person.phones)
        yield from (("a contact's address", email, must) for email in person.emails)
    for block in release.body:
        yield from ((what, words, should) for what, words in _of_block(block))
    for block in release.notes_to_editors:
        yield from (("the notes to editors", words, should) for _, words in _of_block(block))
    for about in release.boilerplate:
        yield "the heading of an 'about'", about.heading, should
        yield from (("an 'about'", _beginning(part), should) for part in about.paragraphs)
    yield "the end mark", release.end_mark, should
    yield "the call to action", _beginning(release.call_to_action), should


def _of_block(block: Block) -> Iterator[tuple[str, str]]:
    if isinstance(block, Image):
        yield "the alternative text of a picture", block.alt
        yield "the caption of a picture", block.caption
        yield "the credit of a picture", block.credit
        return
    parts = map(_beginning, block_inlines(block))
    if isinstance(block, Table):
        # word by word: in the text part a cell may run on below itself, beside others
        yield from (("a cell of a table", word) for cell in parts for word in cell.split())
        return
    yield from ((_PART_OF[block.kind], part) for part in parts)
    if isinstance(block, Quote):
        yield "the speaker of a quote", block.speaker


def _beginning(inline: Inline) -> str:
    """Return the words up to the first link, whose address may follow them in the text part."""
    words = ""
    for span in inline:
        words += span.text
        if span.url or len(words) > _BEGINNING:
            break
    return words[:_BEGINNING].rpartition(" ")[0] if len(words) > _BEGINNING and " " in words[:_BEGINNING] else words
