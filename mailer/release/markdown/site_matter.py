"""Site matter: the fields that other programs (Jekyll, Hugo, Astro, pandoc …) put on top of a text in Markdown.

Owns telling them from the front matter of a release of ours, whose mistakes are errors, and taking title, subtitle,
date and language out of them. The rest is kept: it was written for a web site. Reads simple lines `key: value` only.
Where fields of ours stand among them, those stay for `frontmatter`, and only the others are taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailer.errors import did_you_mean
from mailer.release.markdown.frontmatter import KEYS
from mailer.release.pieces import Draft, Line
from mailer.release.times.dates import find_date, parse_date

_SITE = frozenset(
    {
        *("layout", "tags", "tag", "categories", "category", "slug", "permalink", "author"),
        *("authors", "draft", "weight", "description", "image", "ogimage", "type", "published"),
        *("aliases", "thumbnail", "featured", "cover", "seotitle", "breadcrumbs", "pdf", "excerpt"),
        *("summary", "keywords", "twitter_id", "github_id", "lastmod", "publishdate", "toc", "comments"),
        *("redirect_from", "header", "menu", "id", "uid", "url", "hero", "banner"),
        *("locale", "created", "updated", "lang", "status", "owner", "topics", "series", "params"),
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
_FIELD = re.compile(r"(?P<key>[A-Za-z][\w.-]*)\s*(?::|=)\s*(?P<value>.*)")


def take_site_matter(text: str, draft: Draft) -> tuple[str, bool]:
    """Take such fields into the draft; says whether the text below them may hold what other fields would name.

    Gives the text with blank lines in their place, so that line numbers stay.
    """
    lines = text.split("\n")
    fence = lines[0].strip()
    if fence not in {"---", "+++"}:
        return text, False
    end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == fence), 0)
    head = list(_fields(lines[1:end]))
    keys = {key for _, key, _ in head}
    if not end or not _is_foreign(keys, fence):
        return text, bool(end) and (not keys or "title" in keys) and keys <= KEYS.keys() - _OURS
    own = frozenset(KEYS) if keys & _OURS and fence == "---" else frozenset[str]()
    _take_all(draft, lines[:end], head, own)
    if keys & _SITE:
        message = "the fields on top are those of a web site: title and date are read, the rest is kept"
        draft.say("site-fields", message, 1)
    if not own:
        return "\n".join(["" for _ in lines[: end + 1]] + lines[end + 1 :]), True
    names = _names(lines[:end], head)
    left = [line if name in own else "" for line, name in zip(lines[1:end], names[1:], strict=True)]
    return "\n".join([fence, *left, *lines[end:]]), True


def _take_all(draft: Draft, lines: list[str], head: list[_Field], own: frozenset[str]) -> None:
    """Take the fields whose keys are not our `own`; what cannot be used is kept."""
    begins = {number: (key, value) for number, key, value in head}
    for number, (line, name) in enumerate(zip(lines[1:], _names(lines, head)[1:], strict=True), 2):
        if name in own:
            continue
        shown = Line(number, " ".join(line.split()))
        if number in begins:
            _take(draft, shown, *begins[number])
        elif shown.text:
            draft.keep("site", shown)


def _is_foreign(keys: set[str], fence: str) -> bool:
    """Say whether the keys are those of another program: a slip in a release of ours is none."""
    if not keys & {"title", "headline"}:
        return False
    others = {key for key in keys - KEYS.keys() if key in _SITE or key in _FIELDS or not did_you_mean(key, KEYS)}
    if fence == "+++" or keys & _SURE or len(others) >= _ENOUGH:
        return True
    return bool(others) and others <= _FIELDS.keys() and not keys & _OURS


def _names(lines: list[str], head: list[_Field]) -> list[str]:
    """Give for each line the key to which it belongs."""
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
    name = _FIELDS.get(key, "")
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
