"""Boilerplates: whether what a release says about an organisation is the text that is in force.

Owns reading a file of `boilerplates/` (bytes to value), finding which text of a release it is for, and telling what
differs, word by word. How a text is set (quotation marks, dashes, line ends) makes no difference.

A file is Markdown: an optional heading `# About Example Trust`, then the paragraphs. Its organisation is what the
heading names, else the file's name; `example-trust.fr.md` is the French text. A text in `boilerplates/old/` is one
that was in force before.
Gaps: an organisation under two names needs two files.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher

from mailer import lazy_re as re
from mailer.errors import Problem
from mailer.frozen import dataclass
from mailer.release.checks.case import Case, HouseText, tell
from mailer.release.document import block_text
from mailer.release.markdown.reading import cut_markdown
from mailer.release.pieces import Draft, settle_blocks
from mailer.release.values import Boilerplate, Heading, plain
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
