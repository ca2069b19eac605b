"""Edition: all that the text of a mailing is made from, in and out of the ledger.

Owns the packing of today's files into an `Edition` and its unpacking into the values that a mail is made of. Sending,
resuming and retrying all go through here, so that what was approved is what goes out. Never reads today's files.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from mailer.ledger.mailings import Edition
from mailer.message import Attachment, Family, InlineImage, Styling, compile_family, make_calendar, make_inline_image
from mailer.message.embargo_line import embargo_context
from mailer.release.head.embargo import lift_embargo
from mailer.release.values import Heading, ListBlock, Paragraph, Quote, Release, Table, plain
from mailer.runs.planning.families import FamilySources, make_family
from mailer.runs.untrusted.releases import parse_release
from mailer.settings import Bounces, OptOut, Privacy, Sender, Tongue, Tongues

_RELEASE, _TEMPLATE, _SETTINGS, _IMAGE, _ATTACHMENT = "release", "template", "settings", "image", "attachment"
_LANGUAGE, _LOGO, _VERSION = "language", "logo", "version"
_SETTINGS_FILE = (_SETTINGS, "settings.json")
_OF_THE_MOMENT = ("is_lifted", "calendar_tells_embargo")  # follow from when it goes out, not from any file
_ROLES = (_RELEASE, _TEMPLATE, _SETTINGS, _IMAGE, _ATTACHMENT, _LANGUAGE, _LOGO, _VERSION)


@dataclass(frozen=True, slots=True)
class Ways:
    """What a mail says about itself beside the release: from whom, where opt-outs and bounces go, the notice."""

    sender: Sender
    optout: OptOut
    bounces: Bounces
    privacy: Privacy = field(default_factory=Privacy)


@dataclass(frozen=True, slots=True)
class Version:
    """The release in one language, with the files that go with it in that language."""

    release: Release
    attachments: tuple[Attachment, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Text:
    """An edition unpacked: everything that mails are made of.

    `versions` holds the release in other languages, by their tags in small letters. `embargo_until` is the end of the
    release's embargo; one that is over when the mails go out is lifted: the release here does not speak of it.
    `words_follow_text` is off in an edition of the time when the words around a text were in the reader's language.
    """

    release: Release
    family: Family
    styling: Styling
    ways: Ways
    images: Mapping[str, InlineImage] = field(repr=False)
    attachments: tuple[Attachment, ...] = field(repr=False)
    versions: Mapping[str, Version] = field(default_factory=dict, repr=False)
    embargo_until: datetime | None = None
    is_lifted: bool = False
    words_follow_text: bool = False

    def version(self, tag: str) -> Version:
        """Return the release in a language that `version_for` gave; "" is the release itself."""
        return self.versions[tag] if tag else Version(self.release, self.attachments)

    def version_for(self, tag: str) -> str:
        """Return the version for somebody's BCP 47 tag; "" where the release itself is nearest."""
        return nearest_version(tag, self.release.language, self.versions)

    @property
    def releases(self) -> tuple[Release, ...]:
        """Return the release, and the release in every other language."""
        return (self.release, *(each.release for each in self.versions.values()))

    @property
    def tells_moments(self) -> bool:
        """Return whether the mail tells a moment, which each reader may have in their own time zone."""
        return self.release.embargo is not None or self.release.extras.event is not None


def nearest_version(tag: str, own: str, versions: Collection[str]) -> str:
    """Return the version for somebody's tag: fr-CA, else fr; "" where the release itself, in `own`, is as near."""
    parts, own = tag.lower().split("-"), own.lower()
    for count in range(len(parts), 0, -1):
        candidate = "-".join(parts[:count])
        if candidate == own:
            return ""
        if candidate in versions:
            return candidate
    return ""


@dataclass(frozen=True, slots=True)
class Sources:
    """Today's files, read: the release and its name, the family's files, and the files the release names.

    `versions` has the release in other languages: their tags in small letters, the files' names and what is in them.
    `is_lifted` says that the release's embargo is over when it goes out.
    """

    release_name: str
    release: bytes = field(repr=False)
    family: FamilySources
    versions: Mapping[str, tuple[str, bytes]] = field(default_factory=dict, repr=False)
    images: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    attachments: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    is_lifted: bool = False


def pack(sources: Sources, release: Release, ways: Ways) -> Edition:
    """Pack today's files and settings into an edition."""
    told: dict[str, object] = {
        "release_name": sources.release_name,
        "slug": release.slug,
        "family": sources.family.name,
        "sender": ways.sender.model_dump(),
        "optout": ways.optout.model_dump(),
        "bounces": ways.bounces.model_dump(),
        "words_follow_text": True,  # they did not always
    }
    if ways.privacy.url:  # without one, an edition is what it was before there were any
        told["privacy"] = ways.privacy.model_dump()
    if sources.is_lifted:
        told |= {"is_lifted": True}
    if release.embargo and release.extras.event and not sources.is_lifted:
        told |= {"calendar_tells_embargo": True}  # it did not always
    if sources.versions:
        told |= {"versions": {tag: name for tag, (name, _) in sources.versions.items()}}
    files = {(_RELEASE, sources.release_name): sources.release}
    files |= {(_VERSION, name): data for name, data in sources.versions.values()}
    files |= {(_TEMPLATE, name): text.encode() for name, text in sources.family.templates.items()}
    files |= {(_LANGUAGE, name): text.encode() for name, text in sources.family.languages.items()}
    if sources.family.logo:
        files[_LOGO, "logo"] = sources.family.logo
    files |= {(_IMAGE, name): data for name, data in sources.images.items()}
    files |= {(_ATTACHMENT, name): data for name, data in sources.attachments.items()}
    files[_SETTINGS_FILE] = json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1).encode()
    return Edition(files, _digest(release.headline), _digest(_body_words(release)))


def sender_of(edition: Edition) -> Sender:
    """Return who the mails of an edition are from."""
    return Sender(**json.loads(edition.files[_SETTINGS_FILE])["sender"])


def differ_by_moment(one: Edition, other: Edition) -> bool:
    """Return whether two editions are made of the same files and settings, and differ by when they go out at most."""
    return _without_moment(one) == _without_moment(other)


def _without_moment(edition: Edition) -> tuple[dict[tuple[str, str], bytes], dict[str, object]]:
    told = json.loads(edition.files[_SETTINGS_FILE])
    digests = {place: digest for place, digest in edition.digests().items() if place != _SETTINGS_FILE}
    return digests, {name: value for name, value in told.items() if name not in _OF_THE_MOMENT}


def unpack(edition: Edition) -> Text:
    """Unpack an edition.

    Raises:
        InputProblem: the release or a template cannot be used; for what was approved once, that cannot happen.
    """
    told = json.loads(edition.files[_SETTINGS_FILE])
    by_role: dict[str, dict[str, bytes]] = {role: {} for role in _ROLES}
    for (role, name), data in edition.files.items():
        by_role[role][name] = data
    name = told["release_name"]
    privacy = Privacy(**told.get("privacy", {}))
    ways = Ways(Sender(**told["sender"]), OptOut(**told["optout"]), Bounces(**told["bounces"]), privacy)
    release, is_lifted = parse_release(by_role[_RELEASE][name], source=name, slug=told["slug"]), "is_lifted" in told
    family, styling = _family(by_role, told["family"], domain=ways.sender.domain)

    def version(each: Release) -> Version:
        attachments = [Attachment(n, media_type(n), by_role[_ATTACHMENT][n]) for n in sorted(set(each.attachments))]
        if styling.look.page.calendar and each.extras.event:
            tongue = styling.tongues.of(each.language)
            notice = embargo_context(each, tongue)["embargo"] if "calendar_tells_embargo" in told else ""
            attachments.append(make_calendar(each, each.extras.event, sender=ways.sender, notice=notice))
        return Version(lift_embargo(each) if is_lifted else each, tuple(attachments))

    own = version(release)
    return Text(
        release=own.release,
        family=family,
        styling=styling,
        ways=ways,
        images={src: make_inline_image(src, data, domain=ways.sender.domain) for src, data in by_role[_IMAGE].items()},
        attachments=own.attachments,
        versions={
            tag: version(read_version(by_role[_VERSION][file], source=file, slug=told["slug"], tag=tag))
            for tag, file in told.get("versions", {}).items()
        },
        embargo_until=release.embargo.until if release.embargo and release.embargo.has_zone else None,
        is_lifted=is_lifted,
        words_follow_text="words_follow_text" in told,
    )


def read_version(data: bytes, *, source: str, slug: str, tag: str) -> Release:
    """Read a release in another language; the language is the one that its file is named after.

    Raises:
        InputProblem: it cannot be used.
    """
    release = parse_release(data, source=source, slug=slug)
    named, own = tag.lower(), release.language.lower()
    problems = tuple(problem for problem in release.problems if problem.code != "unsure-language")
    language = release.language if own == named or own.startswith(f"{named}-") else tag
    return dataclasses.replace(release, language=language, problems=problems)


def _family(by_role: Mapping[str, Mapping[str, bytes]], name: str, *, domain: str) -> tuple[Family, Styling]:
    """Make the family of an edition; one from before there were files of languages has the words of that time."""
    templates, languages = ({n: d.decode() for n, d in by_role[role].items()} for role in (_TEMPLATE, _LANGUAGE))
    if not languages:
        return compile_family(templates, name=name), Styling(former_tongues())
    return make_family(FamilySources(name, templates, languages, by_role[_LOGO].get("logo", b"")), domain=domain)


def media_type(name: str) -> str:
    """Return the media type of a file to be attached, by its ending."""
    return _MEDIA_TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")


_MEDIA_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "csv": "text/csv",
    "txt": "text/plain",
    "ics": "text/calendar",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _digest(text: str) -> bytes:
    """Digest words alone: another line break or quotation mark does not make other news."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return hashlib.sha256("".join(c for c in folded if c.isalnum()).encode()).digest()


def _body_words(release: Release) -> str:
    words: list[str] = [release.headline] if not release.body else []
    for block in release.body:
        match block:
            case Paragraph(inline) | Heading(inline):
                words.append(plain(inline))
            case Quote(paragraphs):
                words += [plain(part) for part in paragraphs]
            case ListBlock(items):
                words += [plain(item) for item in items]
            case Table(head, rows):
                words += [plain(cell) for row in (head, *rows) for cell in row]
            case _:
                pass
    return " ".join(words)


# Former words: what mails said around a release before every language was a file of its own.

_GREETS: Final = (
    *("dear", "hi", "hello", "hey", "good morning", "good afternoon", "good evening"),
    *("guten tag", "guten morgen", "guten abend", "hallo", "moin", "liebe", "lieber", "liebes"),
    *("sehr geehrte", "sehr geehrter", "sehr geehrtes", "bonjour", "bonsoir", "chèr", "chère", "chèrs", "chères"),
    *("hola", "buenos", "buenas", "estimado", "estimada", "estimados", "estimadas"),
    *("buongiorno", "buonasera", "ciao", "gentile", "caro", "cara", "beste", "geachte", "dag"),
)


@lru_cache(maxsize=1)
def former_tongues() -> Tongues:
    """Return the languages of that time."""
    told = json.loads(files("mailer.runs.planning").joinpath("former_words.json").read_text("utf-8"))
    told["en-us"] = {**told["en"], **told["en-us"]}
    return Tongues({tag: _tongue(tag, each) for tag, each in told.items()})


def _tongue(tag: str, told: dict[str, Any]) -> Tongue:
    phrases: dict[str, str] = dict(told["phrases"])
    for name in ("embargo", "embargo_short"):
        phrases[name] += " {moment}"
    phrases["reason"] = f"{phrases.pop('why')} {{organisation}}."
    phrases["greeting"] += " {name},"
    phrases["greeting_nobody"] += ","
    return Tongue(
        tag=tag,
        phrases=phrases,
        quotes=(told["quotes"][0], told["quotes"][1]),
        greets=_GREETS,
        months=tuple(told["months"]),
        weekdays=tuple(told["weekdays"]),
        forms=told["forms"],
    )
