"""Comparisons: a release compared with the office's own texts, and with its other languages.

The text about an organisation must be the current one: owns reading a file of `boilerplates/` (bytes → value), finding
the text of a release that it applies to, and reporting the difference, word by word. How a text is set (quotation
marks, dashes, line ends) makes no difference. A file is Markdown: an optional heading `# About Example Trust`, then the
paragraphs. The heading names its organisation, or else the file's name; `example-trust.fr.md` is the French text.
`boilerplates/old/` has earlier texts.

Between two languages, days, names, telephone numbers, addresses and embargoes are compared. What is in only one version
is reported; if each version has one of these, they are reported as a pair, in the order of the text. Never translates.

Gaps: an organisation with two names needs two files. Names in two scripts cannot be compared; nor are figures, which
each language writes and converts in its own way.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from difflib import SequenceMatcher, get_close_matches
from itertools import zip_longest

from mailer import lazy_re as re
from mailer.errors import Problem
from mailer.frozen import dataclass, field, replace
from mailer.release.checks.case import Case, HouseText, Lines, flag
from mailer.release.document import block_text
from mailer.release.markdown.reading import cut_markdown
from mailer.release.pieces import Draft, settle_blocks
from mailer.release.quotes.quoting import find_quotes
from mailer.release.times import FoundDay, days_near, find_days
from mailer.release.values import Boilerplate, Heading, Release, plain
from mailer.release.words import LANGUAGES, guess_language, pattern
from mailer.words import read_section

_WORDS = read_section("checks", "words")
_SIMILAR = 0.6  # similarity from which two texts count as one, whatever the heading says
_FOLD = str.maketrans("“”„‘’–—\u00a0\u202f", '"""\'\'--  ')
_LANGUAGE = re.compile(r"(?P<stem>.+)\.(?P<language>[a-z]{2,3}(?:-[A-Za-z]{2,4})?)")
_NEAR_WORDS = 4


@dataclass(frozen=True, slots=True)
class Difference:
    """How a release's text about an organisation differs from the current one: lines of `- ` and `+ `."""

    organisation: str
    file: str
    lines: tuple[str, ...]


def parse_house_text(text: str, *, name: str, is_old: bool = False) -> HouseText:
    """Parse a file of `boilerplates/`; `name` is its path as staff know it."""
    stem = name.rpartition("/")[2].rpartition(".")[0]
    match = _LANGUAGE.fullmatch(stem)
    stem, language = match.group("stem", "language") if match else (stem, "")
    blocks = settle_blocks(cut_markdown(text, Draft("", [])))
    heading = ""
    if blocks and isinstance(blocks[0], Heading):
        heading, blocks = plain(blocks[0].inline), blocks[1:]
    body = "\n\n".join(block_text(block) for block in blocks)
    organisation = organisation_of(heading) or stem.replace("-", " ").replace("_", " ")
    return HouseText(name, organisation, body, heading, language, is_old)


def organisation_of(heading: str) -> str:
    """Return the organisation that a heading names: `About the Example Trust` is about the Example Trust."""
    bare = heading.strip().strip("*_#: ").removesuffix("について")
    match = pattern(r"{about}\s+(?P<who>.+)").fullmatch(bare)
    return match.group("who").strip() if match else bare


def check_boilerplates(case: Case) -> Iterator[Problem]:
    """Compare every text about an organisation with the current one."""
    texts = _for_language(case.house.texts, case.release.language)
    current = [house for house in texts if not house.is_old]
    found_names: set[str] = set()
    for boilerplate, text, current_text in _pairs(case, current):
        found_names.add(current_text.name)
        if _words(text) == _words(current_text.text):
            continue
        line = case.lines.of(boilerplate.heading or text)
        old = next((house for house in texts if house.is_old and _words(text) == _words(house.text)), None)
        if old:
            message = f"the text about {current_text.organisation} is the older one of {old.name}"
            hint = f"Copy the current text from {current_text.name}."
            yield flag("boilerplate-old", message, line=line, about=current_text.organisation, hint=hint)
        else:
            changed = sum(code[0] != "equal" for code in _matched(text, current_text.text).get_opcodes())
            places = "one place differs" if changed == 1 else f"{changed} places differ"
            message = f"the text about {current_text.organisation} differs from {current_text.name}: {places}"
            yield flag("boilerplate-differs", message, line=line, about=current_text.organisation)
    own_key = _key(case.house.organisation)
    for house in current:
        if own_key and house.name not in found_names and _key(house.organisation) == own_key:
            message = f"the text about {house.organisation} is missing; it is in {house.name}"
            yield flag("boilerplate-missing", message, about=house.organisation)


def differences(case: Case) -> tuple[Difference, ...]:
    """Return the differences of every text that is not the current one: each with a few words around it."""
    current = [text for text in _for_language(case.house.texts, case.release.language) if not text.is_old]
    found: list[Difference] = []
    for _, text, current_text in _pairs(case, current):
        old, new = _words(text), _words(current_text.text)
        lines: list[str] = []
        for group in _matched(text, current_text.text).get_grouped_opcodes(_NEAR_WORDS) if old != new else ():
            first, last = group[0], group[-1]
            for mark, words, start, end in (("-", old, first[1], last[2]), ("+", new, first[3], last[4])):
                more = " …" if end < len(words) else ""
                lines.append(f"{mark} {'… ' if start else ''}{' '.join(words[start:end])}{more}")
        if lines:
            found.append(Difference(current_text.organisation, current_text.name, tuple(lines)))
    return tuple(found)


def _for_language(texts: tuple[HouseText, ...], language: str) -> list[HouseText]:
    """Return the texts of a language; without one in the file's name, the language is guessed from the text."""
    wanted = language[:2].lower()
    is_known = wanted in LANGUAGES and wanted != "ja"  # a language that cannot be guessed is not checked
    own = [text for text in texts if text.language[:2].lower() == wanted]
    named = {name for text in own for name in _names(text)}
    rest = [text for text in texts if not text.language and not _names(text) & named]
    return [*own, *(text for text in rest if not is_known or guess_language(text.text) == wanted)]


def _names(text: HouseText) -> set[str]:
    return {_key(text.organisation), text.name.rpartition("/")[2].split(".")[0]}


def _pairs(case: Case, texts: list[HouseText]) -> Iterator[tuple[Boilerplate, str, HouseText]]:
    """Yield each text of the release with the current one, matched by the organisation's name, else by its words."""
    for boilerplate in case.release.boilerplate:
        text = "\n\n".join(map(plain, boilerplate.paragraphs))
        key = _key(organisation_of(boilerplate.heading)) if boilerplate.heading else ""
        found = next((candidate for candidate in texts if key and _key(candidate.organisation) == key), None)
        if found is None and texts:
            best = max(texts, key=lambda candidate: _matched(text, candidate.text).ratio())
            found = best if _matched(text, best.text).ratio() >= _SIMILAR else None
        if found:
            yield boilerplate, text, found


def _key(name: str) -> str:
    """Fold a name: case, articles, accents, marks and the legal form do not count."""
    bare = unicodedata.normalize("NFKD", re.sub(r"(?<=\w)\.(?=\s?\w\b)|株式会社|有限会社", "", name).casefold())
    words = re.findall(r"\w+", "".join(c for c in bare if not unicodedata.combining(c)))
    kept = [word for word in words if word not in _WORDS["articles"]]
    while len(kept) > 1 and kept[-1] in _WORDS["legal_forms"]:
        kept.pop()
    return " ".join(kept)


def _words(text: str) -> list[str]:
    return unicodedata.normalize("NFC", text).translate(_FOLD).split()


def _matched(text: str, current: str) -> SequenceMatcher[str]:
    return SequenceMatcher(None, _words(text), _words(current), autojunk=False)


# Versions: one release in two languages.

_COMPARED = frozenset({"headline", "subhead", "body", "notes", "boilerplate", "picture", "call"})
_JOINED = r"(?:[-–—/&]|and|to|through|und|bis|et|au|y|al?|e|en|tot|t/m|até)"
_LOOK_BACK = 60  # characters before a date that are searched for the one beside it
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
class _Value:
    """A value of one version, its text there, and its part."""

    key: object
    text: str
    line: int | None
    part: str = ""


def check_version(case: Case, other: Version) -> Iterator[Problem]:
    """Compare another language version with the release; the findings name lines of both."""
    there = Case(release=other.release, now=case.now, lines=other.lines)
    here_until, there_until = (each.embargo.until if each.embargo else None for each in (case.release, other.release))
    if here_until != there_until:
        endings = [f"{at:%Y-%m-%d %H:%M %Z}".strip() if at else "no embargo" for at in (here_until, there_until)]
        message = f"the embargoes differ: here {endings[0]}, in {other.name} {endings[1]}"
        line = case.lines.of(case.release.embargo.text) if case.release.embargo else None
        yield flag("version-embargo", message, line=line, about=other.name)
    # a part that a version leaves out altogether is not a difference
    here_parts, there_parts = ({each.part for each in side.passages() if each.text.strip()} for side in (case, there))
    parts = here_parts & there_parts & _COMPARED
    yield from _only("version-dates", "date", other.name, here=_days(case, parts), there=_days(there, parts))
    for noun in ("e-mail address", "telephone number"):
        here, there_too = _contact_values(case, noun), _contact_values(there, noun)
        if here and there_too:  # one version may leave its contacts to the other
            yield from _only("version-names", noun, other.name, here=here, there=there_too)
    yield from _name_differences(case, there, other.name)


def _days(case: Case, parts: Collection[str]) -> list[_Value]:
    near = case.release.date or case.now.date()
    found: list[_Value] = []
    if case.release.date:
        own_date = case.release.date.isoformat()
        found.append(_Value(own_date, own_date, case.lines.of_exactly(own_date)))
    for passage in (each for each in case.passages() if each.part in parts):
        for found_day in _days_of(passage.text):
            if days := days_near(found_day, near):
                shown = passage.text[found_day.start : found_day.end].strip()
                line = case.lines.of(passage.text, found_day.start)
                found.append(_Value(days[0].isoformat(), shown, line, passage.part))
    return found


def _days_of(text: str) -> list[FoundDay]:
    """Find every date of a text, and those that share a month with one: both of “14 and 16 December”."""
    found = find_days(text)
    for one in tuple(found):
        before = _BEFORE.search(text, max(0, one.start - _LOOK_BACK), one.start)
        behind = _BEHIND.match(text, one.end) if text[one.start].isalpha() else None
        if before and 1 <= int(before["day"]) <= 31:
            found.append(replace(one, day=int(before["day"]), start=before.start(), end=one.start))
        elif behind and 1 <= int(behind["day"]) <= 31:
            year = int(behind["year"]) if behind["year"] else one.year
            found.append(replace(one, day=int(behind["day"]), year=year, start=one.end, end=behind.end()))
    return sorted(found, key=lambda one: one.start)


def _contact_values(case: Case, noun: str) -> list[_Value]:
    """Return addresses, or numbers by their last nine digits: one version may have the international form."""
    contacts = case.release.contacts
    if noun == "e-mail address":
        return [_Value(text.lower(), text, case.lines.of_exactly(text)) for one in contacts for text in one.emails]
    found = [text for one in contacts for text in one.phones]
    dialled = [re.sub(r"\D", "", re.split(r"(?i)ext|x\d|durchwahl|poste", text)[0])[-9:] for text in found]
    return [_Value(key, text, case.lines.of(text)) for key, text in zip(dialled, found, strict=True) if key]


def _only(code: str, noun: str, name: str, *, here: Sequence[_Value], there: Sequence[_Value]) -> Iterator[Problem]:
    """Yield a finding for each value of only one version: in pairs, part by part, where both have one."""
    here_keys, there_keys = {one.key for one in here}, {one.key for one in there}
    left = list({one.key: one for one in here if one.key not in there_keys}.values())
    right = list({one.key: one for one in there if one.key not in here_keys}.values())
    for part in dict.fromkeys(one.part for one in (*left, *right)):
        for one, other in zip_longest(*([each for each in side if each.part == part] for side in (left, right))):
            at = f" (line {other.line})" if other and other.line else ""
            if one and other:
                message = f"the {noun} {one.text} here, {other.text} in {name}{at}"
            elif one:
                message = f"the {noun} {one.text} is missing in {name}"
            else:
                message = f"{name} has the {noun} {other.text}{at}, which is missing here"
            yield flag(code, message, line=one.line if one else None, about=f"{name}: {(one or other).text}")


def _name_differences(case: Case, there: Case, name: str) -> Iterator[Problem]:
    """Yield a finding for each name of a speaker or a contact that the other version lacks; Ines and Inès differ."""
    spelled = {_folded(word): word for one in there.passages() for word in re.findall(r"\w+", one.text)}
    if not any(re.search("[a-z]", word) for word in spelled):
        return
    people = [quote.speaker for quote in case.release.quotes()]
    people += [quote.speaker.name for quote in find_quotes(case.release.body, case.release.language)]
    if there.release.contacts:  # one version may leave them to the other
        people += [contact.name for contact in case.release.contacts]
    for person in dict.fromkeys(people):
        words = [_folded(word) for word in re.findall(r"\w+", person)]
        missing = [word for word in words if len(word) > 1 and word not in spelled]
        if len(person.split()) > 1 and missing and re.search(r"[A-Za-zÀ-ÿ]", person):
            near = get_close_matches(missing[0], spelled, n=1, cutoff=0.75)
            instead = f"; {spelled[near[0]]} is there instead" if near else ""
            message = f"the name {person} is missing in {name}{instead}"
            yield flag("version-names", message, line=case.lines.of(person), about=f"{name}: {person}")


def _folded(word: str) -> str:
    return unicodedata.normalize("NFC", word).casefold()
