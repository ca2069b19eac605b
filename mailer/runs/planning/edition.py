"""Edition: everything that the text of a mailing is made from, read from files, and kept in the ledger.

`read_sources` reads release, template family, pictures and attachments once, and collects all problems; `pack` makes an
`Edition` of them, which the ledger keeps; `unpack` makes the values that mails are made from. Sending, resuming and
retrying all use `unpack`, so that exactly what was approved goes out, whatever has happened to the files since. Never
renders, never reads a list. Raises `InputProblem`.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeAlias

from mailer import lazy_re as re
from mailer.config.reading import parse_look, parse_toml, parse_tongues, text_of_look
from mailer.errors import InputProblem, Problem, Severity, did_you_mean
from mailer.events import MailingKind
from mailer.frozen import dataclass, field, replace
from mailer.ledger.mailings import Edition
from mailer.message.context import embargo_context
from mailer.message.family import Family, compile_family
from mailer.message.files import make_calendar, make_inline_image, refuse_white_logo
from mailer.message.values import Attachment, Styling
from mailer.release.checks import Checked
from mailer.release.checks.case import RULES
from mailer.release.head.embargo import lift_embargo
from mailer.release.values import Release, block_inlines, plain
from mailer.runs.manuscripts.examining import Manuscript, examine, language_of_name, versions_beside
from mailer.runs.office import Office
from mailer.runs.planning.making import MailSettings, Text, Update, Version
from mailer.runs.planning.request import Request
from mailer.runs.untrusted import parse_release
from mailer.settings import Bounces, Look, OptOut, Privacy, Sender
from mailer.site.values import with_web_pictures
from mailer.words import read_section
from mailer.workspace import LAYOUT_FOLDER, Workspace, read_bytes

LOOK = "template.toml"
DEFAULT_FAMILY, OFFER_FAMILY = "release", "offer"
UPDATE = "update"  # the key, among the settings, of what a mail about the release says (`making.Update`)
WAIVED = "waived"  # the code of the note that counts the author's waivers
_MAX_FILE_BYTES = 25_000_000
_MAX_LOGO_BYTES = 200_000
_MISSING = frozenset({"image-missing", "attachment-missing"})
# {% extends "layout/email.html" %}, {% include 'release/foot.html' %}, {% from "layout/parts.html" import … %}
_BORROWED = re.compile(r"""\{%[-+]?\s*(?:extends|include|import|from)\s+["']([\w-]+)/[^"']+["']""")
Files: TypeAlias = Mapping[tuple[str, str], bytes]  # by role and name
_RELEASE, _TEMPLATE, _SETTINGS, _IMAGE, _ATTACHMENT = "release", "template", "settings", "image", "attachment"
_LANGUAGE, _LOGO, _VERSION = "language", "logo", "version"
_SETTINGS_FILE = (_SETTINGS, "settings.json")
_IS_LIFTED = "is_lifted"  # follows from the time of sending, not from any file
_PAGE = "page"
_DIFF_LINES = 60
_BYTES = "application/octet-stream"
_MEDIA_TYPES = dict(read_section("checks", "media_types")["rows"])


@dataclass(frozen=True, slots=True)
class Sources:
    """Today's files, read: everything that the release and its family are made of, by role and name.

    `known` has the names of the release's file, of its versions by their tags in small letters, and of the family;
    `problems` is what the release check found.
    """

    release: Release
    settings: MailSettings
    files: Files = field(repr=False)
    known: Mapping[str, object]
    problems: tuple[Problem, ...]


# Today's files.


def read_sources(office: Office, request: Request, *, examined: Checked | None = None) -> Sources:
    """Read the files that a mailing is made from.

    `examined` is the result of the release check if it was made already. Raises InputProblem if the release or a file
    that it names cannot be read at all; ConfigProblem if there is no such sender.
    """
    workspace, settings = office.workspace, office.settings
    path = workspace.release_path(request.release)
    name, data = workspace.show(path), workspace.read_release(path)
    release = parse_release(data, source=name, slug=path.stem)
    is_offer = request.kind is MailingKind.OFFER
    family = request.family or (OFFER_FAMILY if is_offer else release.template or DEFAULT_FAMILY)
    mail_settings = MailSettings(
        office.sender(request.sender or release.sender), settings.optout, settings.bounces, settings.privacy
    )
    own = Manuscript(path=path, data=data, release=release, sender=request.sender)
    every = {"": own}  # and the release in other languages: `harbour-seals.fr.md` beside `harbour-seals.md`
    for tag, file in sorted(versions_beside(path).items()):
        text = workspace.read_release(file)
        version = read_version(text, source=workspace.show(file), slug=path.stem, tag=tag)
        every[tag] = replace(own, path=file, data=text, release=version)
    shown = {tag: workspace.show(each.path) for tag, each in every.items()}
    named = {
        _IMAGE: [one.src for each in every.values() for one in each.release.all_pictures() if _is_local(one.src)],
        _ATTACHMENT: [file for each in every.values() for file in each.release.attachments],
    }
    local: dict[tuple[str, str], bytes] = {}
    for role, names in named.items():
        for file_name in names:
            file_path = (path.parent / file_name).resolve()
            if file_path.is_relative_to(path.parent):  # from its own folder or below it
                with suppress(InputProblem):  # the check reports those that are missing
                    local[role, file_name] = read_bytes(file_path, limit=_MAX_FILE_BYTES)
    files = {file_name: content for (_, file_name), content in local.items()}
    found: list[Problem] = []
    for tag, each in every.items():
        checked = examined if each is own else None
        checked = checked or examine(workspace, settings, replace(each, files=files), now=office.clock())
        # the release was compared with each of its versions: the same difference is not reported again from theirs
        found += [
            problem
            for problem in checked.problems
            if (problem.severity is not Severity.NOTE or problem.code not in RULES)
            and (each is own or not problem.code.startswith("version-"))
        ]
        if checked.waived:
            found.append(Problem(WAIVED, f"{len(checked.waived)} waived in the text", Severity.NOTE, shown[tag]))
        for image in each.release.all_pictures():  # a file has no link, nothing is fetched from the web for a mail
            message, pictures_as = "", each.release.extras.pictures
            if pictures_as == "link" and _is_local(image.src) and not settings.newsroom.url:
                message = f'link: "{image.src}" is a file, and travels inside the mail; to link it, put it on your site'
            elif pictures_as == "inline" and image.src and not _is_local(image.src):
                message = f"inline: {image.src} stays a link; put the file beside the release to have it inside"
            if message:
                found.append(Problem("pictures", f"pictures: {message}", Severity.WARNING, shown[tag]))
        until, other = (text.embargo.until if text.embargo else None for text in (release, each.release))
        if until != other:  # the embargo must not depend on the reader's language
            own_embargo = f"{until:%Y-%m-%d %H:%M %Z}" if until else "which has none"
            message = f"its embargo is not that of the release ({own_embargo})"
            found.append(Problem("version-embargo", message, Severity.ERROR, shown[tag]))
    language = language_of_name(path)
    if language and request.kind is MailingKind.RELEASE:
        slug = path.stem.removesuffix(f".{language}")
        message = f"this is {slug} in {language}: send {slug}, and readers of {language} get this text"
        found.append(Problem("is-a-version", message, Severity.ERROR, name))
    if any(problem.code in _MISSING for problem in found):  # it travels in the mail: no mail can be made
        raise InputProblem("a file of the release is missing", problems=found)
    texts = {(_VERSION if tag else _RELEASE, shown[tag]): each.data for tag, each in every.items()}
    others = {tag: file for tag, file in shown.items() if tag}
    known: dict[str, object] = {"release_name": name, "slug": release.slug, "family": family, "versions": others}
    if is_offer:
        known["kind"] = request.kind.value
    return Sources(release, mail_settings, {**texts, **read_family(workspace, family), **local}, known, tuple(found))


def read_sources_of(office: Office, request: Request, kept: Edition) -> Sources:
    """Return what a mailing about a release is made from: its text as it was sent, today's family and settings.

    Raises InputProblem if the family cannot be read, ConfigProblem if there is no such sender.
    """
    packed, settings = settings_in(kept), office.settings
    sender = Sender(**packed["sender"])
    if request.sender or sender.key in settings.senders:
        sender = office.sender(request.sender or sender.key)
    mail_settings = MailSettings(sender, settings.optout, settings.bounces, settings.privacy)
    known = {name: packed[name] for name in ("release_name", "slug")}
    known |= {"family": request.family, "versions": packed.get("versions", {})}
    files = {**text_files(kept.files), **read_family(office.workspace, request.family)}
    return Sources(_parse(kept, packed), mail_settings, files, known, ())


def text_files(files: Files) -> Files:
    """Return the files of an edition that are its text, pictures and attachments, without the templates."""
    return {place: data for place, data in files.items() if place[0] in {_RELEASE, _VERSION, _IMAGE, _ATTACHMENT}}


def settings_in(kept: Edition) -> dict[str, Any]:
    """Return the settings with which an edition was packed."""
    settings: dict[str, Any] = json.loads(kept.files[_SETTINGS_FILE])
    return settings


def read_version(data: bytes, *, source: str, slug: str, tag: str) -> Release:
    """Read a release in another language; the language is the one that its file is named after.

    Raises InputProblem if it cannot be used.
    """
    release = parse_release(data, source=source, slug=slug)
    named, own = tag.lower(), release.language.lower()
    problems = tuple(problem for problem in release.problems if problem.code != "unsure-language")
    language = release.language if own == named or own.startswith(f"{named}-") else tag
    return replace(release, language=language, problems=problems)


def _is_local(src: str) -> bool:
    return bool(src) and not src.lower().startswith(("http://", "https://", "cid:"))


# Families: a family's own files, the layout, the families that it is based on or borrows from, languages, the logo.


def read_family(workspace: Workspace, name: str) -> Files:
    """Read all that a family is made from: its templates (its own bare, others with their folder) and the rest.

    Raises InputProblem if it does not exist, one of its files cannot be read, or it is based on itself.
    """
    templates, families = dict(workspace.family_files(name)), workspace.families()
    source, own_look = look_source(name), templates.get(LOOK, "")
    wanted, done = _borrowed(templates), {name}
    base = text_of_look(own_look, "based_on", source=source)
    if base:
        line = parse_toml(own_look, source=source).line("based_on")
        if base not in families:
            near = did_you_mean(base, families)
            raise InputProblem(f'based_on: there is no template family "{base}"{near}', source=source, line=line)
        further = text_of_look(workspace.family_files(base).get(LOOK, ""), "based_on", source=look_source(base))
        if base == name or further:
            fault = f'based_on: "{base}" is {f"itself based on {further}; name that one" if further else "this family"}'
            raise InputProblem(fault, source=source, line=line)
        wanted.add(base)
    while wanted - done:
        folder = min(wanted - done)
        done.add(folder)
        if folder == LAYOUT_FOLDER:
            files = workspace.layout_files()
        elif folder in families:
            files = {f"{folder}/{file}": text for file, text in workspace.family_files(folder).items()}
        else:
            file, line = next(
                (file, number)
                for file, text in templates.items()
                for number, content in enumerate(text.splitlines(), start=1)
                if folder in _BORROWED.findall(content)
            )
            fault = f'there is no folder "{folder}" with templates{did_you_mean(folder, [LAYOUT_FOLDER, *families])}'
            place = f"templates/{file}" if "/" in file else f"templates/{name}/{file}"
            raise InputProblem(fault, source=place, line=line)
        templates |= files
        wanted |= _borrowed(files)
    found = {(_TEMPLATE, file): text.encode() for file, text in templates.items()}
    found |= {(_LANGUAGE, file): text.encode() for file, text in workspace.language_files().items()}
    look = _look_of(templates, name)
    if look.logo is None or not look.logo.is_inside:
        return found
    folders = [workspace.family_folder(each) for each in (name, look.based_on) if each]
    line = parse_toml(own_look, source=source).line("logo", "src")
    path = next((folder / look.logo.src for folder in folders if (folder / look.logo.src).is_file()), None)
    if path is None:
        raise InputProblem(f'logo.src: there is no file "{look.logo.src}" beside it', source=source, line=line)
    if (size := path.stat().st_size) > _MAX_LOGO_BYTES:
        fault = f'logo.src: "{look.logo.src}" has {size // 1000:,} kB, and travels in every mail'
        hint = f"Save it smaller; up to {_MAX_LOGO_BYTES // 1000} kB are taken."
        raise InputProblem(fault, source=source, line=line, hint=hint)
    logo = read_bytes(path, limit=_MAX_LOGO_BYTES)
    refuse_white_logo(logo, source=source, line=line)
    return found | ({(_LOGO, "logo"): logo} if logo else {})


def make_family(name: str, files: Files, *, domain: str) -> tuple[Family, Styling]:
    """Compile a family, and read its look and its languages; `domain` is the sender's.

    Raises InputProblem with everything that is wrong in one of them.
    """
    templates, languages = (
        {file: data.decode() for (role, file), data in files.items() if role == wanted}
        for wanted in (_TEMPLATE, _LANGUAGE)
    )
    look, logo = _look_of(templates, name), files.get((_LOGO, "logo"))
    tongues = parse_tongues(languages)
    family = compile_family(templates, name=name, base=look.based_on)
    inside = make_inline_image(look.logo.src, logo, domain=domain) if look.logo and logo else None
    return family, Styling(tongues, look, inside)


def look_source(name: str) -> str:
    """Return the path of the file with the look of a family, as users know it."""
    return f"templates/{name}/{LOOK}"


def _look_of(templates: Mapping[str, str], name: str) -> Look:
    """Return the look of a family: its own template.toml over that of the family it is based on."""
    base = text_of_look(templates.get(LOOK, ""), "based_on", source=look_source(name))
    below = [(look_source(base), templates.get(f"{base}/{LOOK}", ""))] if base else []
    return parse_look([*below, (look_source(name), templates.get(LOOK, ""))])


def _borrowed(files: Mapping[str, str]) -> set[str]:
    return {folder for text in files.values() for folder in _BORROWED.findall(text)}


# Into the ledger, and out of it.


def pack(sources: Sources, *, is_lifted: bool, page: str = "") -> Edition:
    """Pack today's files and settings into an edition; `is_lifted`: its embargo is over when the release goes out.

    `page` is the URL of the release on the web, which its mails link to, and where their pictures are.
    """
    release, mail_settings = sources.release, sources.settings
    own = {name: getattr(mail_settings, name).model_dump() for name in ("sender", "optout", "bounces", "privacy")}
    settings = {**sources.known, **own, _IS_LIFTED: is_lifted} | ({_PAGE: page} if page else {})
    words = [plain(inline) for block in release.body for inline in block_inlines(block)]
    body = " ".join(words) if release.body else release.headline
    files = {**sources.files, _SETTINGS_FILE: _settings_file(settings)}
    return Edition(files, _digest(release.headline), _digest(body), held_until=_held_until(release))


def _settings_file(settings: Mapping[str, Any]) -> bytes:
    return json.dumps(settings, ensure_ascii=False, sort_keys=True, indent=1).encode()


def sender_of(edition: Edition) -> Sender:
    """Return the sender of the mails of an edition."""
    return Sender(**settings_in(edition)["sender"])


def is_same_content(one: Edition, other: Edition) -> bool:
    """Return whether two editions have the same files and settings, and differ at most in when they go out."""

    def content(edition: Edition) -> object:
        return {**edition.digests(), _SETTINGS_FILE: settings_in(edition) | {_IS_LIFTED: None, _PAGE: None}}

    return content(one) == content(other)


def file_differences(old: Edition, new: Edition, when: tuple[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Yield the files in which two editions differ, each with the differences (as `file_lines`)."""
    before, after = old.digests(), new.digests()
    for place in sorted(before.keys() | after.keys()):
        if before.get(place) != after.get(place):
            name = place[1].removesuffix(".json")  # no file of the staff ends in .json
            yield name, file_lines(name, old.files.get(place, b""), new.files.get(place, b""), when)


def file_lines(name: str, was: bytes, now: bytes, when: tuple[str, str] = ("as planned", "now")) -> list[str]:
    """Return the lines of a diff of a file; for a picture, its sizes. `when` names the older and the newer one."""
    try:
        before, after = (data.decode().splitlines() for data in (was, now))
    except UnicodeDecodeError:
        return [f"{name}: {len(was):,} bytes {when[0]}, {len(now):,} bytes {when[1]}"]
    was_name, now_name = (f"{name} {each}" for each in when)
    found = list(difflib.unified_diff(before, after, was_name, now_name, lineterm="", n=1))
    more = len(found) - _DIFF_LINES
    return [*found[:_DIFF_LINES], f"… and {more} more lines"] if more > 0 else found


def unpack(edition: Edition, *, for_page: bool = False) -> Text:
    """Unpack an edition; `for_page`: every picture keeps the name it has in the release, as the page needs it.

    Raises InputProblem if the release or a template cannot be used; for what was approved once, that cannot happen.
    """
    packed, files = settings_in(edition), edition.files
    slug, is_lifted, privacy = packed["slug"], packed.get(_IS_LIFTED, False), Privacy(**packed.get("privacy", {}))
    mail_settings = MailSettings(
        Sender(**packed["sender"]), OptOut(**packed["optout"]), Bounces(**packed["bounces"]), privacy
    )
    domain, page = mail_settings.sender.domain, "" if for_page else packed.get(_PAGE, "")
    family, styling = make_family(packed["family"], files, domain=domain)
    images = {src: make_inline_image(src, data, domain=domain) for (role, src), data in files.items() if role == _IMAGE}

    update = Update(**packed[UPDATE]) if packed.get(UPDATE) else None

    def version(each: Release) -> Version:
        if packed.get("kind") == MailingKind.OFFER:
            return Version(_as_offered(each))
        each = each if update is None else update.shown(each)
        attachments = [
            Attachment(n, _MEDIA_TYPES.get(n.rpartition(".")[2].lower(), _BYTES), files[_ATTACHMENT, n])
            for n in sorted(set(each.attachments))
        ]
        if styling.look.page.calendar and each.extras.event:
            tongue = styling.tongues.of(each.language)
            notice = "" if is_lifted else embargo_context(each, tongue)["embargo"]
            attachments.append(make_calendar(each, each.extras.event, sender=mail_settings.sender, notice=notice))
        if page and each.extras.pictures != "inline":
            each = with_web_pictures(each, images, page)
        return Version(lift_embargo(each) if is_lifted else each, tuple(attachments))

    release = _parse(edition, packed)
    others = {
        tag: read_version(files[_VERSION, file], source=file, slug=slug, tag=tag)
        for tag, file in packed.get("versions", {}).items()
    }
    return Text(
        versions={tag: version(each) for tag, each in {"": release, **others}.items()},
        family=family,
        styling=styling,
        settings=mail_settings,
        images=images,
        page=page,
        embargo_until=_held_until(release),
        is_lifted=is_lifted,
        update=update,
    )


def embargo_of(edition: Edition) -> datetime | None:
    """Return the end of the embargo of an edition, as `Text` has it, without unpacking the rest."""
    return _held_until(_parse(edition, settings_in(edition)))


def _parse(edition: Edition, packed: Mapping[str, Any]) -> Release:
    name = packed["release_name"]
    return parse_release(edition.files[_RELEASE, name], source=name, slug=packed["slug"])


def _held_until(release: Release) -> datetime | None:
    return release.embargo.until if release.embargo and release.embargo.has_zone else None


def set_lifted(edition: Edition, *, is_lifted: bool) -> Edition:
    """Return an edition as it goes out before its embargo ends, or after it (`is_lifted`)."""
    settings = _settings_file(settings_in(edition) | {_IS_LIFTED: is_lifted})
    return replace(edition, files={**edition.files, _SETTINGS_FILE: settings})


def _as_offered(release: Release) -> Release:
    """Return all that an offer may show: the subject, the end of the embargo, and the press contacts.

    The material is not hidden by a template, since staff may change templates: no template of an offer ever has it.
    """
    return Release(
        slug=release.slug,
        headline=release.extras.offer or release.headline,
        date=release.date,
        embargo=release.embargo,
        contacts=release.contacts,
        language=release.language,
        waivers=release.waivers,
    )


def _digest(text: str) -> bytes:
    """Return a digest of the words alone: another line break or quotation mark does not make other news."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return hashlib.sha256("".join(c for c in folded if c.isalnum()).encode()).digest()
