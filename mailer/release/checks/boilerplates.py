"""Boilerplates: whether what a release says about an organisation is the text that is in force.

Owns reading a file of `boilerplates/` (bytes to value), finding which text of a release it is for, and telling what
differs, word by word. How a text is set (quotation marks, dashes, line ends) makes no difference.

A file is Markdown: an optional heading `# About Example Trust`, then the paragraphs. Its organisation is what the
heading names, else the file's name; `example-trust.fr.md` is the French text. A text in `boilerplates/old/` is one
that was in force before.
Gaps: an organisation under two names needs two files.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from mailer.errors import Problem
from mailer.release.checks.case import Case, HouseText, tell
from mailer.release.document import block_text
from mailer.release.markdown.reading import cut_markdown
from mailer.release.pieces import Draft, settle_blocks
from mailer.release.values import Boilerplate, Heading, plain
from mailer.release.words import LANGUAGES, guess_language, pattern

_LIKE = 0.6  # texts that have so much in common are one text, whatever the heading says
_FOLD = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "\u00a0": " ", "\u202f": " "}
)
_LANGUAGE = re.compile(r"(?P<stem>.+)\.(?P<language>[a-z]{2,3}(?:-[A-Za-z]{2,4})?)")
_ABOUT = re.compile(
    r"(?:about\s|über\s|à propos (?:de |du |des |d['’])|qui est\s|acerca de(?:l? )|sobre (?:(?:el|la|o|a) )?"
    r"|informazioni su(?:l|lla)? |chi è\s|over (?:(?:de|het) )?)(?P<who>.+)",
    re.IGNORECASE,
)
_NEAR_WORDS = 4
_ARTICLES = frozenset(
    ["the", "der", "die", "das", "den", "dem", "le", "la", "les", "l", "el", "los", "il", "lo", "het", "de", "o", "a"]
)
_LEGAL_FORMS_LISTED = """
    inc ltd limited llc llp plc corp corporation co company gmbh ggmbh ag se kg ohg eg ev mbh ug
    sa sas sarl sl slu spa srl scrl bv nv ltda asbl vzw
"""
_LEGAL_FORMS = frozenset(_LEGAL_FORMS_LISTED.split())


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
    language = match["language"] if match else ""
    blocks = settle_blocks(cut_markdown(text, Draft("", [])))
    heading = ""
    if blocks and isinstance(blocks[0], Heading):
        heading, blocks = plain(blocks[0].inline), blocks[1:]
    said = "\n\n".join(block_text(block) for block in blocks)
    organisation = organisation_of(heading) or (match["stem"] if match else stem).replace("-", " ").replace("_", " ")
    return HouseText(name, organisation, said, heading, language, is_old)


def organisation_of(heading: str) -> str:
    """Return the organisation that a heading names: `About the Example Trust` is about the Example Trust."""
    bare = heading.strip().strip("*_#: ").removesuffix("について")
    match = _ABOUT.fullmatch(bare) or pattern(r"{about}\s+(?P<who>.+)").fullmatch(bare)
    return match.group("who").strip() if match else bare


def check_boilerplates(case: Case) -> Iterator[Problem]:
    """Hold every text about an organisation against the one in force."""
    texts = _for_language(case.house.texts, case.release.language)
    current = [text for text in texts if not text.is_old]
    met: set[str] = set()
    for one in case.release.boilerplate:
        found = _match(one, current)
        if found is None:
            continue
        met.add(found.name)
        said = _said(one)
        if _same(said, found.text):
            continue
        line = case.lines.of(one.heading) if one.heading else case.lines.of(said)
        old = next((text for text in texts if text.is_old and _same(said, text.text)), None)
        if old:
            message = f"the text about {found.organisation} is the older one of {old.name}"
            hint = f"Copy the current text from {found.name}."
            yield tell("boilerplate-old", message, line=line, about=found.organisation, hint=hint)
        else:
            matcher = difflib.SequenceMatcher(None, _words(said), _words(found.text), autojunk=False)
            changed = [code for code in matcher.get_opcodes() if code[0] != "equal"]
            words = "one place differs" if len(changed) == 1 else f"{len(changed)} places differ"
            message = f"the text about {found.organisation} is not that of {found.name}: {words}"
            yield tell("boilerplate-differs", message, line=line, about=found.organisation)
    own = case.house.organisation
    for text in current:
        if own and text.name not in met and _is_same_name(text.organisation, own):
            message = f"the text about {text.organisation} is missing: {text.name} has it"
            yield tell("boilerplate-missing", message, about=text.organisation)


def differences(case: Case) -> tuple[Difference, ...]:
    """Return what differs, for every text that is not the one in force."""
    current = [text for text in _for_language(case.house.texts, case.release.language) if not text.is_old]
    pairs = ((one, _match(one, current)) for one in case.release.boilerplate)
    return tuple(
        Difference(found.organisation, found.name, tuple(_diff(_said(one), found.text)))
        for one, found in pairs
        if found is not None and not _same(_said(one), found.text)
    )


def _for_language(texts: tuple[HouseText, ...], language: str) -> list[HouseText]:
    """Return the texts of a language; one whose file names none is of the language that it is written in."""
    wanted = language[:2].lower()
    sure = wanted in LANGUAGES and wanted != "ja"  # what cannot be told from its words is taken as it comes
    own = [text for text in texts if text.language[:2].lower() == wanted]
    told = {_key(text.organisation) for text in own} | {_stem(text) for text in own}
    rest = [text for text in texts if not text.language and not {_key(text.organisation), _stem(text)} & told]
    return [*own, *(text for text in rest if not sure or guess_language(text.text) == wanted)]


def _stem(text: HouseText) -> str:
    return text.name.rpartition("/")[2].split(".")[0]


def _match(one: Boilerplate, texts: list[HouseText]) -> HouseText | None:
    """Find the text in force by the organisation's name, else by what it says."""
    named = [text for text in texts if one.heading and _is_same_name(text.organisation, organisation_of(one.heading))]
    if named:
        return named[0]
    said = _words(_said(one))
    likeness = [
        (difflib.SequenceMatcher(None, said, _words(text.text), autojunk=False).ratio(), text) for text in texts
    ]
    best = max(likeness, key=lambda pair: pair[0], default=(0.0, None))
    return best[1] if best[0] >= _LIKE else None


def _said(one: Boilerplate) -> str:
    return "\n\n".join(plain(inline) for inline in one.paragraphs)


def _key(name: str) -> str:
    """Fold a name: case, articles, accents, signs and the legal form make no other organisation of it."""
    bare = unicodedata.normalize("NFKD", re.sub(r"(?<=\w)\.(?=\s?\w\b)|株式会社|有限会社", "", name).casefold())
    words = re.findall(r"\w+", "".join(c for c in bare if not unicodedata.combining(c)))
    told = [word for word in words if word not in _ARTICLES]
    while len(told) > 1 and told[-1] in _LEGAL_FORMS:
        told.pop()
    return " ".join(told)


def _is_same_name(one: str, other: str) -> bool:
    return bool(_key(one)) and _key(one) == _key(other)


def _words(text: str) -> list[str]:
    return unicodedata.normalize("NFC", text).translate(_FOLD).split()


def _same(one: str, other: str) -> bool:
    return _words(one) == _words(other)


def _diff(said: str, current: str) -> Iterator[str]:
    """Yield each place that differs with a few words around it, as it is and as it should be."""
    old, new = _words(said), _words(current)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for group in matcher.get_grouped_opcodes(_NEAR_WORDS):
        first, last = group[0], group[-1]
        yield f"- {_cut(old, first[1], last[2])}"
        yield f"+ {_cut(new, first[3], last[4])}"


def _cut(words: list[str], start: int, end: int) -> str:
    return f"{'… ' if start else ''}{' '.join(words[start:end])}{' …' if end < len(words) else ''}"
