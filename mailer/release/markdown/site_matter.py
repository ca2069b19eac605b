"""Site matter: the fields that other programs (Jekyll, Hugo, Astro, pandoc …) put on top of a text in Markdown.

Owns telling them from the front matter of a release of ours, whose mistakes are errors, and taking title, subtitle,
date and language out of them. The rest is kept: it was written for a web site. Reads simple lines `key: value` only.
Where fields of ours stand among them, those stay for `frontmatter`, and only the others are taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from mailer.errors import Severity, did_you_mean
from mailer.release.head.embargo_lines import say_embargo
from mailer.release.markdown.frontmatter import KEYS
from mailer.release.markdown.native_keys import find_native_key, is_like_hold
from mailer.release.pieces import Draft, Line
from mailer.release.times.dates import find_date, parse_date
from mailer.release.times.embargo import is_no_embargo, parse_embargo

_SITE = frozenset(
    {
        *("layout", "tags", "tag", "categories", "category", "slug", "permalink", "author"),
        *("authors", "draft", "weight", "description", "image", "ogimage", "type", "published"),
        *("aliases", "thumbnail", "featured", "cover", "seotitle", "breadcrumbs", "pdf", "excerpt"),
        *("summary", "keywords", "twitter_id", "github_id", "lastmod", "publishdate", "toc", "comments"),
        *("redirect_from", "header", "menu", "id", "uid", "url", "hero", "banner"),
        *("locale", "created", "updated", "lang", "status", "owner", "topics", "series", "params"),
        *("autor", "autorin", "autora", "auteur", "autore", "著者", "kategorie", "catégorie", "categoría"),
        *("categoria", "schlagwörter", "etiquetas", "rubrik", "rubrique"),
        *("abstract", "documentclass", "geometry", "mainfont", "fontsize", "output", "bibliography"),
    }
)
_SURE = frozenset({"layout", "draft", "permalink", "aliases", "redirect_from", "lastmod", "documentclass"})
_ENOUGH = 2  # one such key may be a slip in a release of ours
_FIELDS = {
    "title": "headline",
    "subtitle": "subhead",
    "subhead": "subhead",
    "subheadline": "subhead",
    "deck": "subhead",
    "lead": "subhead",
    "lede": "subhead",
    "standfirst": "subhead",
    "date": "date",
    "pubdate": "date",
    "publishdate": "date",
    "lang": "language",
    "language": "language",
    "locale": "language",
}
_OURS = KEYS.keys() - _FIELDS.keys()
_Field = tuple[int, str, str]  # its line, key and value
_FIELD = re.compile(r"[\"']?(?P<key>[^\W\d_](?:[\w.-]|[ ’'](?=\w))*)[\"']?\s*(?::|=)\s*(?P<value>.*)")
_HOLD = re.compile(  # a field at any depth, or the name of a part: `  embargo: …`, `[embargo]`
    r"[\s{\"'-]*(?P<key>[^\W\d_](?:[\w.-]|[ ’'](?=\w))*)[\"']?\s*[:=]\s*(?P<value>.*)"
    r"|\s*\[(?P<part>[^\[\],]+)\]\s*"
)


def take_site_matter(text: str, draft: Draft) -> tuple[str, bool]:
    """Take such fields into the draft; says whether the text below them may hold what other fields would name.

    Return the text with blank lines in their place, so that line numbers stay.
    """
    lines = text.split("\n")
    fence = lines[0].strip()
    if fence not in {"---", "+++"}:
        return text, False
    end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == fence), 0)
    head = list(_fields(lines[1:end]))
    keys = {key for _, key, _ in head}
    native = {key for _, key, value in head if find_native_key(key) and value} | set(filter(is_like_hold, keys))
    if not end or not _is_foreign(keys, fence):
        plain = (not keys or "title" in keys) and keys <= KEYS.keys() - _OURS
        return text, bool(end) and (plain or any(map(find_native_key, keys)))
    own = native | (KEYS.keys() if keys & _OURS else set()) if fence == "---" else set[str]()
    _take_all(draft, lines[:end], head, own)
    if keys & _SITE:
        message = "the fields on top are those of a web site: title and date are read, the rest is kept"
        draft.say("site-fields", message, 1)
    if not own:
        return "\n".join(["" for _ in lines[: end + 1]] + lines[end + 1 :]), True
    names = _names(lines[:end], head)
    left = [line if name in own else "" for line, name in zip(lines[1:end], names[1:], strict=True)]
    return "\n".join([fence, *left, *lines[end:]]), True


def _take_all(draft: Draft, lines: list[str], head: list[_Field], own: AbstractSet[str]) -> None:
    """Take the fields whose keys are not our `own`; what cannot be used is kept."""
    begins = {number: (key, value) for number, key, value in head}
    for number, (line, name) in enumerate(zip(lines[1:], _names(lines, head)[1:], strict=True), 2):
        if name in own:
            continue
        shown = Line(number, " ".join(line.split()))
        hold = _HOLD.fullmatch(line)
        if hold and is_like_hold(hold["key"] or hold["part"]):
            _take_hold(draft, shown, _bare((hold["value"] or "").strip(" \t,}")))
        elif number in begins:
            _take(draft, shown, *begins[number])
        elif shown.text:
            draft.keep("site", shown)


def _take_hold(draft: Draft, line: Line, value: str) -> None:
    """Take an embargo that stands where only another program looks for it; one without a moment is an error."""
    if is_no_embargo(value):
        draft.keep("site", line)
    elif value and draft.embargo is None:
        draft.given.add("embargo")
        draft.embargo, reason = parse_embargo(value)
        say_embargo(draft, reason, line.number)
        draft.keep("site", line)
    else:
        message = f'"{line.text}": the embargo cannot be read here; write embargo: 2026-12-01 09:00 Europe/Berlin'
        draft.say("embargo-empty", message, line.number, Severity.ERROR)


def _is_foreign(keys: set[str], fence: str) -> bool:
    """Return whether the keys are those of another program: a slip in a release of ours is none."""
    if fence == "+++" and keys:
        return True
    native = set(filter(find_native_key, keys - _SITE - _FIELDS.keys()))
    if not keys & {"title", "headline"} and "headline" not in map(find_native_key, native):
        return False
    named = keys - KEYS.keys() - native
    others = {key for key in named if key in _SITE or key in _FIELDS or not did_you_mean(key, [*KEYS, *native])}
    if keys & _SURE or len(others) >= _ENOUGH or (native and others):
        return True
    return bool(others) and others <= _FIELDS.keys() and not keys & _OURS


def _names(lines: list[str], head: list[_Field]) -> list[str]:
    """Return for each line the key to which it belongs."""
    begins = {number: key for number, key, _ in head}
    names: list[str] = []
    for number in range(1, len(lines) + 1):
        names.append(begins.get(number, names[-1] if names else ""))
    return names


def _fields(lines: list[str]) -> Iterator[_Field]:
    for number, line in enumerate(lines, 2):
        match = _FIELD.match(line)
        if match:
            yield number, match.group("key").lower(), _bare(match.group("value").strip())


def _bare(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].replace('\\"', '"').replace("''", "'")
    return value


def _take(draft: Draft, line: Line, key: str, value: str) -> None:
    name = _FIELDS.get(key) or find_native_key(key) or key
    if name in {"headline", "subhead"} and value and not getattr(draft, name):
        setattr(draft, name, value)
        draft.given.add(name)
        draft.found(name, value, line.number)
    elif name == "language" and re.match(r"[a-z]{2}(?![a-z])", value):
        draft.language = value[:2]
        draft.keep("site", line)
    else:
        if name == "date" and draft.date is None:
            _take_date(draft, line, value)
        draft.keep("site", line)


def _take_date(draft: Draft, line: Line, value: str) -> None:
    day = re.match(r"\d{4}-\d{2}-\d{2}", value)
    try:
        draft.date = parse_date(day.group() if day else value)
    except ValueError:
        found = find_date(value)
        draft.date = found.day if found else None
    if draft.date:
        draft.found("date", draft.date.isoformat(), line.number)
