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
from mailer.release.checks.case import Case, HouseText, Lines, tell
from mailer.release.document import block_text
from mailer.release.markdown.reading import cut_markdown
from mailer.release.pieces import Draft, settle_blocks
from mailer.release.quotes.quoting import find_said
from mailer.release.times import FoundDay, days_near, find_days
from mailer.release.values import Boilerplate, Heading, Release, plain
from mailer.release.words import LANGUAGES, guess_language, pattern
from mailer.words import read_section

_WORDS = read_section("checks", "words")
_LIKE = 0.6  # texts that have so much in common are one text, whatever the heading says
_FOLD = str.maketrans("“”„‘’–—\u00a0\u202f", '"""\'\'--  ')
_LANGUAGE = re.compile(r"(?P<stem>.+)\.(?P<language>[a-z]{2,3}(?:-[A-Za-z]{2,4})?)")
_NEAR_WORDS = 4


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between a release's text about an organisation and the one in force: lines of `- ` and `+ `."""

    organisation: str
    file: str
    lines: tuple[str, ...]


def parse_house_text(text: str, *, name: str, is_old: bool = False) -> HouseText:
    """Read a file of `boilerplates/`; `name` is its name as staff know it."""
    stem = name.rpartition("/")[2].rpartition(".")[0]
    match = _LANGUAGE.fullmatch(stem)
    stem, language = match.group("stem", "language") if match else (stem, "")
    blocks = settle_blocks(cut_markdown(text, Draft("", [])))
    heading = ""
    if blocks and isinstance(blocks[0], Heading):
        heading, blocks = plain(blocks[0].inline), blocks[1:]
    said = "\n\n".join(block_text(block) for block in blocks)
    organisation = organisation_of(heading) or stem.replace("-", " ").replace("_", " ")
    return HouseText(name, organisation, said, heading, language, is_old)


def organisation_of(heading: str) -> str:
    """Return the organisation that a heading names: `About the Example Trust` is about the Example Trust."""
    bare = heading.strip().strip("*_#: ").removesuffix("について")
    match = pattern(r"{about}\s+(?P<who>.+)").fullmatch(bare)
    return match.group("who").strip() if match else bare


def check_boilerplates(case: Case) -> Iterator[Problem]:
    """Hold every text about an organisation against the one in force."""
    texts = _for_language(case.house.texts, case.release.language)
    current = [text for text in texts if not text.is_old]
    met: set[str] = set()
    for one, said, found in _pairs(case, current):
        met.add(found.name)
        if _words(said) == _words(found.text):
            continue
        line = case.lines.of(one.heading or said)
        old = next((text for text in texts if text.is_old and _words(said) == _words(text.text)), None)
        if old:
            message = f"the text about {found.organisation} is the older one of {old.name}"
            hint = f"Copy the current text from {found.name}."
            yield tell("boilerplate-old", message, line=line, about=found.organisation, hint=hint)
        else:
            changed = sum(code[0] != "equal" for code in _matched(said, found.text).get_opcodes())
            places = "one place differs" if changed == 1 else f"{changed} places differ"
            message = f"the text about {found.organisation} is not that of {found.name}: {places}"
            yield tell("boilerplate-differs", message, line=line, about=found.organisation)
    own = _key(case.house.organisation)
    for text in current:
        if own and text.name not in met and _key(text.organisation) == own:
            message = f"the text about {text.organisation} is missing: {text.name} has it"
            yield tell("boilerplate-missing", message, about=text.organisation)


def differences(case: Case) -> tuple[Difference, ...]:
    """Return what differs, for every text that is not the one in force: each place with a few words around it."""
    current = [text for text in _for_language(case.house.texts, case.release.language) if not text.is_old]
    told: list[Difference] = []
    for _, said, found in _pairs(case, current):
        old, new = _words(said), _words(found.text)
        lines: list[str] = []
        for group in _matched(said, found.text).get_grouped_opcodes(_NEAR_WORDS) if old != new else ():
            first, last = group[0], group[-1]
            for mark, words, start, end in (("-", old, first[1], last[2]), ("+", new, first[3], last[4])):
                more = " …" if end < len(words) else ""
                lines.append(f"{mark} {'… ' if start else ''}{' '.join(words[start:end])}{more}")
        if lines:
            told.append(Difference(found.organisation, found.name, tuple(lines)))
    return tuple(told)


def _for_language(texts: tuple[HouseText, ...], language: str) -> list[HouseText]:
    """Return the texts of a language; one whose file names none is of the language that it is written in."""
    wanted = language[:2].lower()
    sure = wanted in LANGUAGES and wanted != "ja"  # what cannot be told from its words is taken as it comes
    own = [text for text in texts if text.language[:2].lower() == wanted]
    told = {name for text in own for name in _names(text)}
    rest = [text for text in texts if not text.language and not _names(text) & told]
    return [*own, *(text for text in rest if not sure or guess_language(text.text) == wanted)]


def _names(text: HouseText) -> set[str]:
    return {_key(text.organisation), text.name.rpartition("/")[2].split(".")[0]}


def _pairs(case: Case, texts: list[HouseText]) -> Iterator[tuple[Boilerplate, str, HouseText]]:
    """Yield each text of the release with the one in force: by the organisation's name, else by what it says."""
    for one in case.release.boilerplate:
        said = "\n\n".join(map(plain, one.paragraphs))
        key = _key(organisation_of(one.heading)) if one.heading else ""
        found = next((text for text in texts if key and _key(text.organisation) == key), None)
        if found is None and texts:
            best = max(texts, key=lambda text: _matched(said, text.text).ratio())
            found = best if _matched(said, best.text).ratio() >= _LIKE else None
        if found:
            yield one, said, found


def _key(name: str) -> str:
    """Fold a name: case, articles, accents, signs and the legal form make no other organisation of it."""
    bare = unicodedata.normalize("NFKD", re.sub(r"(?<=\w)\.(?=\s?\w\b)|株式会社|有限会社", "", name).casefold())
    words = re.findall(r"\w+", "".join(c for c in bare if not unicodedata.combining(c)))
    told = [word for word in words if word not in _WORDS["articles"]]
    while len(told) > 1 and told[-1] in _WORDS["legal_forms"]:
        told.pop()
    return " ".join(told)


def _words(text: str) -> list[str]:
    return unicodedata.normalize("NFC", text).translate(_FOLD).split()


def _matched(said: str, current: str) -> SequenceMatcher[str]:
    return SequenceMatcher(None, _words(said), _words(current), autojunk=False)


# Versions: one release in two languages.

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
    """A value of one version, as it is there, and in which part."""

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
    yield from _missing_names(case, there, other.name)


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


def _missing_names(case: Case, there: Case, name: str) -> Iterator[Problem]:
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
