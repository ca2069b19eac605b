"""Site matter: the fields that a site generator (Jekyll, Hugo, Astro …) puts on top of a page in Markdown.

Owns telling them from the front matter of a release of ours, whose mistakes are errors, and taking title, subtitle,
date and language out of them. The rest is kept: it was written for a web site. Reads simple lines `key: value` only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailer.release.pieces import Draft, Line
from mailer.release.times.dates import find_date, parse_date

_SITE = frozenset(
    {
        *("layout", "tags", "tag", "categories", "category", "slug", "permalink", "author"),
        *("authors", "draft", "weight", "description", "image", "ogimage", "type", "published"),
        *("aliases", "thumbnail", "featured", "cover", "seotitle", "breadcrumbs", "pdf", "excerpt"),
        *("summary", "keywords", "twitter_id", "github_id", "lastmod", "publishdate", "toc", "comments"),
        *("redirect_from", "header", "menu", "id", "uid", "url", "hero", "banner"),
        *("locale", "created", "updated"),
    }
)
_ENOUGH = 2  # one such key may be a slip in a release of ours
_OURS = frozenset(
    {"headline", "contacts", "contact", "embargo", "dateline", "boilerplate", "notes_to_editors", "label"}
)
_FIELD = re.compile(r"(?P<key>[A-Za-z][\w.-]*)\s*(?::|=)\s*(?P<value>.*)")
_FIELDS = {
    "title": "headline",
    "subtitle": "subhead",
    "subhead": "subhead",
    "deck": "subhead",
    "date": "date",
    "pubdate": "date",
    "publishdate": "date",
    "lang": "language",
    "language": "language",
    "locale": "language",
}


def take_site_matter(text: str, draft: Draft) -> str:
    """Take such fields into the draft; gives the text with blank lines in their place, so that line numbers stay."""
    lines = text.split("\n")
    fence = lines[0].strip()
    if fence not in {"---", "+++"}:
        return text
    end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == fence), 0)
    head = list(_fields(lines[1:end]))
    keys = {key for _, key, _ in head}
    if not end or keys & _OURS or "title" not in keys or (fence == "---" and len(keys & _SITE) < _ENOUGH):
        return text
    for number, key, value in head:
        _take(draft, Line(number, " ".join(lines[number - 1].split())), key, value)
    known = {number for number, _, _ in head}
    for number, line in enumerate(lines[1:end], 2):
        if number not in known and line.strip():
            draft.keep("site", Line(number, " ".join(line.split())))
    draft.say("site-fields", "the fields on top are those of a web site: title and date are read, the rest is kept", 1)
    return "\n".join(["" for _ in lines[: end + 1]] + lines[end + 1 :])


def _fields(lines: list[str]) -> Iterator[tuple[int, str, str]]:
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
