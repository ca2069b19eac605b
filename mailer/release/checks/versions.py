"""Versions: one release in two languages, held against each other.

Owns the comparison of days, names, telephone numbers, addresses and embargoes. What stands in one version only is told;
two that stand alone are told as a pair, in the order of the text. Never translates.

Gaps: names in two scripts cannot be compared, and are not; nor are figures, which languages write and convert each in
their own way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import zip_longest

from mailer.errors import Problem
from mailer.release.checks.case import Case, Lines, tell
from mailer.release.checks.days import find_every_day, resolve
from mailer.release.quotes.quoting import find_said
from mailer.release.values import Release

_COMPARED = frozenset({"headline", "subhead", "body", "notes", "boilerplate", "picture", "call"})


@dataclass(frozen=True, slots=True)
class Version:
    """The same release in another language: its file's name, and its text with its lines."""

    name: str
    release: Release
    lines: Lines = field(default_factory=Lines)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A value of one version, as it stands there, and in which part."""

    key: object
    text: str
    line: int | None
    part: str = ""


def check_version(case: Case, other: Version) -> Iterator[Problem]:
    """Hold another language version against the release; the findings name lines of both."""
    there = Case(release=other.release, now=case.now, lines=other.lines)
    parts = _parts(case) & _parts(there)
    yield from _embargo(case, other)
    yield from _apart("version-dates", "date", other.name, here=_days(case, parts), there=_days(there, parts))
    yield from _apart("version-names", "e-mail address", other.name, here=_emails(case), there=_emails(there))
    yield from _apart("version-names", "telephone number", other.name, here=_phones(case), there=_phones(there))
    yield from _names(case, there, other.name)


def _embargo(case: Case, other: Version) -> Iterator[Problem]:
    here, there = (one.embargo.until if one.embargo else None for one in (case.release, other.release))
    if here != there:
        said = (f"{moment:%Y-%m-%d %H:%M %Z}".strip() if moment else "no embargo" for moment in (here, there))
        message = f"the embargoes differ: here {next(said)}, in {other.name} {next(said)}"
        line = case.lines.of(case.release.embargo.text) if case.release.embargo else None
        yield tell("version-embargo", message, line=line, about=other.name)


def _parts(case: Case) -> frozenset[str]:
    """Return the parts that a release has: what a version leaves out altogether is no difference."""
    return frozenset(passage.part for passage in case.passages() if passage.text.strip()) & _COMPARED


def _days(case: Case, parts: Collection[str]) -> list[_Seen]:
    near = case.release.date or case.now.date()
    found: list[_Seen] = []
    if case.release.date:
        line = case.lines.of_exactly(case.release.date.isoformat())
        found.append(_Seen(case.release.date.isoformat(), case.release.date.isoformat(), line))
    for passage in (each for each in case.passages() if each.part in parts):
        for one in find_every_day(passage.text):
            day = resolve(one, near)
            if day is not None:
                shown = passage.text[one.start : one.end].strip()
                line = case.lines.of(passage.text, one.start)
                found.append(_Seen(day.isoformat(), shown, line, passage.part))
    return found


def _emails(case: Case) -> list[_Seen]:
    found = [text for contact in case.release.contacts for text in contact.emails]
    return [_Seen(text.lower(), text, case.lines.of_exactly(text)) for text in found]


def _phones(case: Case) -> list[_Seen]:
    found = [text for contact in case.release.contacts for text in contact.phones]
    return [_Seen(_dialled(text), text, case.lines.of(text)) for text in found if _dialled(text)]


def _dialled(text: str) -> str:
    """The last nine digits: one version may write the number for abroad."""
    return re.sub(r"\D", "", re.split(r"(?i)ext|x\d|durchwahl|poste", text)[0])[-9:]


def _apart(code: str, noun: str, name: str, *, here: Sequence[_Seen], there: Sequence[_Seen]) -> Iterator[Problem]:
    """Yield what only one of two versions has, in pairs as far as there are any."""
    known, wanted = {one.key for one in here}, {one.key for one in there}
    only_here = list({one.key: one for one in here if one.key not in wanted}.values())
    only_there = list({one.key: one for one in there if one.key not in known}.values())
    if code == "version-names" and not (here and there):
        return  # one version leaves its contacts to the other
    for mine, theirs in _pairs(only_here, only_there):
        if mine and theirs:
            message = f"the {noun} {mine.text} here, {theirs.text} in {name}{_at(theirs)}"
            yield tell(code, message, line=mine.line, about=f"{name}: {mine.text}")
        elif mine:
            message = f"the {noun} {mine.text} does not stand in {name}"
            yield tell(code, message, line=mine.line, about=f"{name}: {mine.text}")
        elif theirs:
            message = f"{name} has the {noun} {theirs.text}{_at(theirs)}, and it does not stand here"
            yield tell(code, message, about=f"{name}: {theirs.text}")


def _pairs(here: list[_Seen], there: list[_Seen]) -> Iterator[tuple[_Seen | None, _Seen | None]]:
    """Put what stands alone in the same part of both versions into pairs, in the order of the text."""
    for part in dict.fromkeys(seen.part for seen in (*here, *there)):
        mine, theirs = ([seen for seen in side if seen.part == part] for side in (here, there))
        yield from zip_longest(mine, theirs)


def _at(seen: _Seen) -> str:
    return f" (line {seen.line})" if seen.line else ""


def _names(case: Case, there: Case, name: str) -> Iterator[Problem]:
    """Look for every name of a speaker or a contact in the other version."""
    text = _folded(" ".join(passage.text for passage in there.passages()))
    if not re.search(r"[a-z]", text):
        return
    words = set(text.split())
    for person in _people(case.release, contacts=bool(there.release.contacts)):
        missing = [word for word in _folded(person).split() if len(word) > 1 and word not in words]
        if not missing or (not person.isascii() and not re.search(r"[A-Za-zÀ-ÿ]", person)):
            continue
        near = get_close_matches(missing[0], words, n=1, cutoff=0.75)
        instead = f"; {_as_written(there, near[0])} stands there" if near else ""
        message = f"the name {person} does not stand in {name}{instead}"
        yield tell("version-names", message, line=case.lines.of(person), about=f"{name}: {person}")


def _people(release: Release, *, contacts: bool) -> list[str]:
    names = [quote.speaker for quote in release.quotes()]
    names += [said.speaker.name for said in find_said(release.body, release.language)]
    if contacts:  # one version may leave them to the other
        names += [contact.name for contact in release.contacts]
    return [name for name in dict.fromkeys(names) if len(name.split()) > 1]


def _as_written(case: Case, folded: str) -> str:
    every = (word for passage in case.passages() for word in re.findall(r"\w+", passage.text))
    return next((word for word in every if _folded(word) == folded), folded)


def _folded(text: str) -> str:
    """Fold case and punctuation; accents stay: Ines and Inès are told apart."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFC", text).casefold()))
