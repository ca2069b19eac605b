"""Versions: one release in two languages, held against each other.

Owns the comparison of days, names, telephone numbers, addresses and embargoes. What stands in one version only is told;
two that stand alone are told as a pair, in the order of the text. Never translates.

Gaps: names in two scripts cannot be compared, and are not; nor are figures, which languages write and convert each in
their own way.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from itertools import zip_longest

from mailer import lazy_re as re
from mailer.errors import Problem
from mailer.frozen import dataclass, field, replace
from mailer.release.checks.case import Case, Lines, tell
from mailer.release.quotes.quoting import find_said
from mailer.release.times import FoundDay, days_near, find_days
from mailer.release.values import Release

_COMPARED = frozenset({"headline", "subhead", "body", "notes", "boilerplate", "picture", "call"})
_JOINED = r"(?:[-–—/&]|and|to|through|und|bis|et|au|y|al?|e|en|tot|t/m|até)"
_BESIDE = 60  # characters before a date in which the one beside it stands
_BEFORE = re.compile(
    rf"(?<![\d.,:])(?P<day>\d{{1,2}})(?:\.|st|nd|rd|th|er)?\s?{_JOINED}\s?(?:(?:the|den|el|le|il|o|dia)\s)?$",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    rf"\s?{_JOINED}\s?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d.:%])(?:,?\s+(?P<year>(?:19|20)\d\d)(?!\d))?",
    re.IGNORECASE,
)


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
    here_until, there_until = (one.embargo.until if one.embargo else None for one in (case.release, other.release))
    if here_until != there_until:
        said = [f"{at:%Y-%m-%d %H:%M %Z}".strip() if at else "no embargo" for at in (here_until, there_until)]
        message = f"the embargoes differ: here {said[0]}, in {other.name} {said[1]}"
        line = case.lines.of(case.release.embargo.text) if case.release.embargo else None
        yield tell("version-embargo", message, line=line, about=other.name)
    # what a version leaves out altogether is no difference
    ours, theirs = ({one.part for one in side.passages() if one.text.strip()} for side in (case, there))
    parts = ours & theirs & _COMPARED
    yield from _apart("version-dates", "date", other.name, here=_days(case, parts), there=_days(there, parts))
    for noun in ("e-mail address", "telephone number"):
        here, there_too = _reached(case, noun), _reached(there, noun)
        if here and there_too:  # one version may leave its contacts to the other
            yield from _apart("version-names", noun, other.name, here=here, there=there_too)
    yield from _names(case, there, other.name)


def _days(case: Case, parts: Collection[str]) -> list[_Seen]:
    near = case.release.date or case.now.date()
    found: list[_Seen] = []
    if case.release.date:
        said = case.release.date.isoformat()
        found.append(_Seen(said, said, case.lines.of_exactly(said)))
    for passage in (each for each in case.passages() if each.part in parts):
        for one in _days_of(passage.text):
            if days := days_near(one, near):
                shown = passage.text[one.start : one.end].strip()
                line = case.lines.of(passage.text, one.start)
                found.append(_Seen(days[0].isoformat(), shown, line, passage.part))
    return found


def _days_of(text: str) -> list[FoundDay]:
    """Find every date of a text, and those that share a month with one: both of “14 and 16 December”."""
    found = find_days(text)
    for one in tuple(found):
        before = _BEFORE.search(text, max(0, one.start - _BESIDE), one.start)
        behind = _BEHIND.match(text, one.end) if text[one.start].isalpha() else None
        if before and 1 <= int(before["day"]) <= 31:
            found.append(replace(one, day=int(before["day"]), start=before.start(), end=one.start))
        elif behind and 1 <= int(behind["day"]) <= 31:
            year = int(behind["year"]) if behind["year"] else one.year
            found.append(replace(one, day=int(behind["day"]), year=year, start=one.end, end=behind.end()))
    return sorted(found, key=lambda one: one.start)


def _reached(case: Case, noun: str) -> list[_Seen]:
    """Return addresses, or numbers by their last nine digits: one version may write them for abroad."""
    contacts = case.release.contacts
    if noun == "e-mail address":
        return [_Seen(text.lower(), text, case.lines.of_exactly(text)) for one in contacts for text in one.emails]
    found = [text for one in contacts for text in one.phones]
    dialled = [re.sub(r"\D", "", re.split(r"(?i)ext|x\d|durchwahl|poste", text)[0])[-9:] for text in found]
    return [_Seen(key, text, case.lines.of(text)) for key, text in zip(dialled, found, strict=True) if key]


def _apart(code: str, noun: str, name: str, *, here: Sequence[_Seen], there: Sequence[_Seen]) -> Iterator[Problem]:
    """Yield what only one of two versions has: in pairs, part by part, as far as there are any."""
    known, wanted = {one.key for one in here}, {one.key for one in there}
    mine = list({one.key: one for one in here if one.key not in wanted}.values())
    theirs = list({one.key: one for one in there if one.key not in known}.values())
    for part in dict.fromkeys(one.part for one in (*mine, *theirs)):
        for one, other in zip_longest(*([each for each in side if each.part == part] for side in (mine, theirs))):
            at = f" (line {other.line})" if other and other.line else ""
            if one and other:
                message = f"the {noun} {one.text} here, {other.text} in {name}{at}"
            elif one:
                message = f"the {noun} {one.text} is missing in {name}"
            else:
                message = f"{name} has the {noun} {other.text}{at}, which is missing here"
            yield tell(code, message, line=one.line if one else None, about=f"{name}: {(one or other).text}")


def _names(case: Case, there: Case, name: str) -> Iterator[Problem]:
    """Find every name of a speaker or a contact in the other version; accents count: Ines and Inès differ."""
    spelled = {_folded(word): word for one in there.passages() for word in re.findall(r"\w+", one.text)}
    if not any(re.search("[a-z]", word) for word in spelled):
        return
    people = [quote.speaker for quote in case.release.quotes()]
    people += [said.speaker.name for said in find_said(case.release.body, case.release.language)]
    if there.release.contacts:  # one version may leave them to the other
        people += [contact.name for contact in case.release.contacts]
    for person in dict.fromkeys(people):
        words = [_folded(word) for word in re.findall(r"\w+", person)]
        missing = [word for word in words if len(word) > 1 and word not in spelled]
        if len(person.split()) > 1 and missing and re.search(r"[A-Za-zÀ-ÿ]", person):
            near = get_close_matches(missing[0], spelled, n=1, cutoff=0.75)
            instead = f"; {spelled[near[0]]} is there instead" if near else ""
            message = f"the name {person} is missing in {name}{instead}"
            yield tell("version-names", message, line=case.lines.of(person), about=f"{name}: {person}")


def _folded(word: str) -> str:
    return unicodedata.normalize("NFC", word).casefold()
