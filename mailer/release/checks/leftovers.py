"""Leftovers: what was to be filled in, cleared away or never said, and still stands there.

Owns looking for gaps, marks of comments and tracked changes, draft marks and forbidden words. How eight languages mark
them is data, words and patterns: `leftovers.toml` in `mailer.words`. Never looks at the end mark (XXX is one).

Gaps: what an office marks gaps with in its own way («@@@», colours), and a remark in a sentence of its own (“Ada, is
this right?”), are not known from the text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from mailer import lazy_re as re
from mailer.errors import Problem, Severity
from mailer.release.checks.case import Case, Passage, excerpt, tell
from mailer.release.document import inlines
from mailer.words import read_patterns

_GAPS, _REMARKS = read_patterns("leftovers", "gaps"), read_patterns("leftovers", "remarks")
_LOOKED_FOR = (*(_GAPS[name] for name in ("capitals", "field", "signs", "filler", "bracketed")), _REMARKS["remark"])
# what `mailer release new` writes to be replaced
STARTER = frozenset({"What it means, in one sentence", "CITY", "Name of the press officer", "+00 00 0000 0000"})
_AROUND = 20
_FOOT_WORDS = 8
_PARTS = {"body": "text", "call": "text", "letterhead": "line above the headline"}


def check_leftovers(case: Case) -> Iterator[Problem]:
    """Find gaps in everything that is read, and for what comments and tracked changes leave; each is told once."""
    told: set[tuple[str, str]] = set()
    language = case.release.language[:2].lower()
    for passage in case.passages():
        found = [("leftover", one) for one in _gaps(passage.text, language)]
        found += [("review-marks", one) for one in _GAPS["review"].finditer(passage.text)]
        for code, match in found:
            word, around = match.group().strip(), _around(passage.text, match)
            if (code, word.casefold()) in told:
                continue
            told.add((code, word.casefold()))
            message, severity = f'"{word}" is left of a comment or a tracked change: {around}', None
            if code == "leftover":
                message = f'"{word}" looks like a gap still to be filled' + (f": {around}" if around != word else "")
                # what a starter leaves to be filled in cannot be meant; other leftovers can
                is_no_word = _GAPS["insert"].match(word) or word in STARTER or _GAPS["field"].fullmatch(word)
                severity = Severity.ERROR if is_no_word else None
            line = case.lines.of(passage.text, match.start())
            yield tell(code, message, line=line, about=word, severity=severity)


def _gaps(text: str, language: str) -> Iterator[re.Match[str]]:
    if text.strip() in STARTER:
        yield from re.finditer(r"\S.*\S", text)
        return
    taken = -1
    matches = (one for expression in _LOOKED_FOR for one in expression.finditer(text))
    for found in sorted(matches, key=lambda one: (one.start(), -one.end())):
        if found.start() >= taken and not _is_meant(text, found, language):
            taken = found.end()
            yield found


def _is_meant(text: str, found: re.Match[str], language: str) -> bool:
    """Return whether a word that looks like a gap is an ordinary one here."""
    word, after = found.group(), text[found.end() :]
    if word == "TK":  # a German health insurer, and two firms
        return language == "de" or re.match(r"\s+(?:Maxx|Elevator)\b", after) is not None
    if word == "TODO":
        return language in {"es", "pt", "it"} and not after.startswith(":")
    if word == "TBC":
        return re.search(r"tub[eé]rculo|tubercol", text, re.IGNORECASE) is not None
    if word.casefold() in {"john doe", "jane doe"}:
        return re.search(r"\bv\.|\b(?:court|lawsuit|plaintiffs?|defendants?)\b", text, re.IGNORECASE) is not None
    return word in {"XX", "XXX"} and _GAPS["numerals"].search(f"{text[: found.start()]}\0{after}") is not None


def check_draft_marks(case: Case) -> Iterator[Problem]:
    """Check whether it still calls itself a draft, or confidential: in its head, at its foot, or set apart anywhere."""
    passages = [*case.passages()]
    body = [passage for passage in passages if passage.part == "body"]
    above = [Passage(kept.text, "letterhead") for kept in case.release.kept if kept.field in {"letterhead", "label"}]
    heads = [*above, *(passage for passage in passages if passage.part in {"label", "headline", "subhead"})]
    foot = [passage for passage in body[1:][-1:] if len(passage.text.split()) <= _FOOT_WORDS]
    for passage in (*above, *passages):
        at_start = _REMARKS["begins"].match(passage.text) if passage in (*heads, *body[:1], *foot) else None
        at_end = _REMARKS["ends"].search(passage.text) if passage in heads else None
        found = at_start or at_end or _REMARKS["within"].search(passage.text)
        if found:
            mark = next(filter(None, found.groups())).strip()
            where = "last line" if passage in foot else _PARTS.get(passage.part, passage.part)
            how = "begins with" if at_start else "ends in" if at_end else "has"
            line = case.lines.of(passage.text, found.start(found.lastindex or 0))
            yield tell("draft-mark", f'the {where} {how} "{mark}"', line=line, about=mark)


def check_forbidden(case: Case) -> Iterator[Problem]:
    """Find words that mailer.toml keeps out; an organisation's own sender may use its own name."""
    urls = [span.url for inline in inlines(case.release) for span in inline if span.url]
    linked = [(url, re.sub(r"[-_+]|%20", " ", url)) for url in urls]
    for word in case.house.forbidden:
        if _folded(word) in _folded(case.house.organisation):
            continue
        words = r"\s+".join(map(re.escape, _folded(word).split()))
        wanted = re.compile(rf"(?<!\w){words}(?!\w)")
        said = next((one.text for one in case.passages() if wanted.search(_folded(one.text))), "")
        url = next((url for url, shown in linked if wanted.search(_folded(f"{url} {shown}"))), "")
        if found := wanted.search(_folded(said)):
            # as it stands, where folding moved no letter
            shown = said if len(_folded(said)) == len(said) else _folded(said)
            message = f'"{word}" is forbidden by mailer.toml: {_around(shown, found)}'
            yield tell("forbidden", message, line=case.lines.of(said, found.start()), about=word)
        elif url:
            message = f'"{word}" stands in a link, and mailer.toml keeps it out: {url}'
            yield tell("forbidden", message, line=case.lines.of_exactly(url), about=word)


def _around(text: str, found: re.Match[str]) -> str:
    return excerpt(text, found.start() - _AROUND, found.end() + _AROUND)


def _folded(text: str) -> str:
    """Fold case, width and blanks; lengths stay near enough to find the line again."""
    return re.sub(r"\s", " ", unicodedata.normalize("NFC", text)).casefold()
