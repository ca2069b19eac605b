"""Leftovers: what was to be filled in, cleared away or never said, and still stands there.

Owns looking for gaps, marks of comments and tracked changes, draft marks and forbidden words; the tables of eight
languages are in `leftover_words`. Never looks at the end mark (XXX is one).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from mailer.errors import Problem, Severity
from mailer.release.checks.case import Case, Passage, excerpt, tell
from mailer.release.checks.leftover_words import (
    BRACKETED,
    CENTURIES,
    FIELD,
    GAPS,
    INSERT,
    REVIEW,
    STARTER,
)
from mailer.release.document import inlines
from mailer.words import read_section

_AROUND = 20
_FOOT_WORDS = 8
_PARTS = {"body": "text", "call": "text", "letterhead": "line above the headline"}


def check_leftovers(case: Case) -> Iterator[Problem]:
    """Look for gaps in everything that is read; each is told once."""
    seen: set[str] = set()
    for passage in case.passages():
        for found in _gaps(passage, case.release.language):
            word = found.group().strip()
            if word.casefold() in seen:
                continue
            seen.add(word.casefold())
            # what a starter leaves to be filled in cannot be meant; other leftovers can
            is_no_word = INSERT.match(word) or word in STARTER or FIELD.fullmatch(word)
            severity = Severity.ERROR if is_no_word else None
            around = _around(passage.text, found)
            where = f": {around}" if around != word else ""
            message = f'"{word}" looks like a gap still to be filled{where}'
            line = case.lines.of(passage.text, found.start())
            yield tell("leftover", message, line=line, about=word, severity=severity)


def _gaps(passage: Passage, language: str) -> Iterator[re.Match[str]]:
    text = passage.text
    if text.strip() in STARTER:
        whole = re.search(r"\S.*\S", text, re.DOTALL)
        if whole:
            yield whole
        return
    taken = -1
    for found in sorted(
        (one for expression in (*GAPS, BRACKETED, REMARK) for one in expression.finditer(text)),
        key=lambda one: (one.start(), -one.end()),
    ):
        if found.start() >= taken and not _is_meant(text, found, language[:2].lower()):
            taken = found.end()
            yield found


def _is_meant(text: str, found: re.Match[str], language: str) -> bool:
    """Return whether a word that looks like a gap is an ordinary one here."""
    word = found.group()
    after = text[found.end() :]
    if word == "TK":
        return language == "de" or re.match(r"\s+(?:Maxx|Elevator)\b", after) is not None
    if word == "TODO":
        return language in {"es", "pt", "it"} and not after.startswith(":")
    if word == "TBC":
        return re.search(r"tub[eé]rculo|tubercol", text, re.IGNORECASE) is not None
    if word.casefold() in {"john doe", "jane doe"}:
        return re.search(r"\bv\.|\b(?:court|lawsuit|plaintiffs?|defendants?)\b", text, re.IGNORECASE) is not None
    if re.fullmatch(r"X{2,3}", word):
        return CENTURIES.search(f"{text[: found.start()]}\0{after}") is not None
    return False


def check_review_marks(case: Case) -> Iterator[Problem]:
    """Look for what comments and tracked changes leave behind when a text is pasted."""
    seen: set[str] = set()
    for passage in case.passages():
        for found in REVIEW.finditer(passage.text):
            word = found.group().strip()
            if word.casefold() in seen:
                continue
            seen.add(word.casefold())
            message = f'"{word}" is left of a comment or a tracked change: {_around(passage.text, found)}'
            yield tell("review-marks", message, line=case.lines.of(passage.text, found.start()), about=word)


def check_draft_marks(case: Case) -> Iterator[Problem]:
    """Look whether it still calls itself a draft, or confidential: in its head, at its foot, or set apart anywhere."""
    passages = [*case.passages()]
    body = [passage for passage in passages if passage.part == "body"]
    heads = [passage for passage in passages if passage.part in {"label", "headline", "subhead"}]
    above = [Passage(kept.text, "letterhead") for kept in case.release.kept if kept.field in {"letterhead", "label"}]
    heads += above
    foot = [passage for passage in body[1:][-1:] if len(passage.text.split()) <= _FOOT_WORDS]
    for passage in (*above, *passages):
        at_end = DRAFT_BEHIND.search(passage.text) if passage in heads else None
        at_start = DRAFT.match(passage.text) if passage in (*heads, *body[:1], *foot) else None
        found = at_start or at_end or DRAFT_WITHIN.search(passage.text)
        if found:
            mark = next(filter(None, found.groups())).strip()
            where = "last line" if passage in foot else _PARTS.get(passage.part, passage.part)
            how = "begins with" if at_start else "ends in" if at_end else "has"
            line = case.lines.of(passage.text, found.start(found.lastindex or 0))
            yield tell("draft-mark", f'the {where} {how} "{mark}"', line=line, about=mark)


def check_forbidden(case: Case) -> Iterator[Problem]:
    """Look for words that mailer.toml keeps out; an organisation's own sender may use its own name."""
    for word in case.house.forbidden:
        if _folded(word) in _folded(case.house.organisation):
            continue
        parts = r"\s+".join(map(re.escape, _folded(word).split()))
        wanted = re.compile(rf"(?<!\w){parts}(?!\w)")
        for passage in case.passages():
            found = wanted.search(_folded(passage.text))
            if found:
                message = f'"{word}" stands here, which mailer.toml keeps out: {_around(_shown(passage.text), found)}'
                yield tell("forbidden", message, line=case.lines.of(passage.text, found.start()), about=word)
                break
        else:
            yield from _forbidden_link(case, word, wanted)


def _forbidden_link(case: Case, word: str, wanted: re.Pattern[str]) -> Iterator[Problem]:
    for url in (span.url for inline in inlines(case.release) for span in inline if span.url):
        if wanted.search(re.sub(r"[-_+]|%20", " ", _folded(url))) or wanted.search(_folded(url)):
            message = f'"{word}" stands in a link, and mailer.toml keeps it out: {url}'
            yield tell("forbidden", message, line=case.lines.of_exactly(url), about=word)
            return


def _around(text: str, found: re.Match[str]) -> str:
    return excerpt(text, found.start() - _AROUND, found.end() + _AROUND)


def _shown(text: str) -> str:
    """Return the text as it stands, where folding moved no letter; else as it was searched."""
    return text if len(_folded(text)) == len(text) else _folded(text)


def _folded(text: str) -> str:
    """Fold case, width and blanks; lengths stay near enough to find the line again."""
    return re.sub(r"\s", " ", unicodedata.normalize("NFC", text)).casefold()


# Remark words: what editors write to one another in a text, and how eight languages call it a draft.
#
# Gaps: a remark in a sentence of its own (“Ada, is this right?”) is not known from the text.

_REMARKS = read_section("leftovers", "remarks")
_TO_CHECK, _PLEASE, _THING, _SURE, _CAPITALS, _MARKS = (
    "|".join(_REMARKS[name]) for name in ("to_check", "please", "thing", "sure", "capitals", "marks")
)
_WITH = (
    r"\s(?:with|mit|avec|con|met|com|by|par)\s"
    r"(?:(?:the\s)?(?:legal|finance|marketing|client)|(?-i:[A-ZÀ-Ý]\w+)(?:\s(?-i:[A-ZÀ-Ý]\w+))?)"
)
_OPEN = (
    "noch offen|wird noch (?:geklärt|geprüft|ergänzt)|folgt|pendiente|"
    rf"(?:missing|fehlt|falta|manca|manque|ontbreekt)\s(?:{_THING})|(?:{_THING})\s(?:missing|fehlt|falta|manca|ontbreekt|volgt)"
)
_CHECKED = "(?:checked|verified|confirmed|approved)"
_UNTIL = r"(?:confirm\w+|préciser|compléter|valider|definir|definire|completar\w*)"
_IN, _OUT = r"[(（\[［]\s*", r"\s?[!?.…]*\s*[)）\]］]"
# alone within brackets: “(check!)”, “(Zahl prüfen)”, “(fonte?)”; “(check our website)” is meant for readers
REMARK = re.compile(
    rf"{_IN}(?:(?:{_THING})\s)?(?:(?:{_PLEASE})\s)*(?:{_TO_CHECK})(?:\s(?:{_THING})|{_WITH})?{_OUT}"
    rf"|{_IN}(?:(?:{_THING})\s)?to be {_CHECKED}(?:{_WITH})?{_OUT}"
    rf"|{_IN}(?-i:[A-ZÀ-Ý]\w*)\sto\s(?:check|confirm|verify|approve|supply){_OUT}"
    rf"|{_IN}(?:à|por|da|a|nog te)\s{_UNTIL}{_WITH}{_OUT}"
    rf"|{_IN}(?:{_OPEN}){_OUT}|{_IN}¿?\s?(?:{_THING}|{_SURE})\s?[?？]+\s*[)）\]］]"
    r"|[（［【(]\s?要チェック\s?[）］】)]|\[(?-i:[A-Z]{2,3}):\s[^\]\n]*[?!][^\]\n]*\]",
    re.IGNORECASE,
)

_VERSION = r"(?:\s*(?:v(?:ersion)?\.?\s?)?\d[\d.]*)?"
_OF_DAY = r"(?:,?\s(?:vom|stand|as of|état au|en date du)\s[^:–—\n]{0,12}\d[^:–—\n]{0,12})?"
# at the very beginning, and set apart or in capitals: “Draft law passes” is a story
DRAFT = re.compile(
    rf"\W*(?P<mark>{_MARKS}){_VERSION}{_OF_DAY}\s*(?:[:：\]）】)*|–—]|-\s|$)"
    rf"|\W*(?P<loud>(?-i:{_CAPITALS})){_VERSION}\s+(?=\S*(?-i:[a-zà-ÿ]))"
    rf"|[\[（(【](?P<other>{_MARKS}){_VERSION}[\]）)】]|(?P<plan>（案）)"
    r"|\W*(?P<version>(?:final\s)?v\d[\d.]*)\s?(?:[:：]|[-–—]\s)",
    re.IGNORECASE,
)
# at the end of a headline
DRAFT_BEHIND = re.compile(
    rf"(?:[\[（(【]\s?(?P<mark>{_MARKS}){_VERSION}\s?[\]）)】]|\s[-–—|]\s?(?P<other>{_MARKS}){_VERSION}"
    r"|(?P<version>_v\d+\w*|[_\s]v\d+[_\s-]?final))\W*$",
    re.IGNORECASE,
)
# anywhere: in brackets and in capitals, or a line of its own
DRAFT_WITHIN = re.compile(
    rf"[\[（(【]\s?(?P<mark>(?:{_CAPITALS}){_VERSION})\s?[\]）)】]|^\W*(?P<alone>(?:{_CAPITALS}){_VERSION})\W*$"
)
