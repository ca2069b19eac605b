"""Page dates: the day on which a web page was published, as its marks tell programs.

Owns JSON-LD's `datePublished` and the `<time>` of a page. What says that a page was changed never counts, nor does a
`<time>` among the sentences of the story: that is the day of an event. `source` uses it where the text names no day.
"""

from __future__ import annotations

import re

_JSON_LD = re.compile(r"<script\b[^>]*application/ld\+json[^>]*>(?P<json>.*?)</script", re.IGNORECASE | re.DOTALL)
_PUBLISHED = re.compile(r"\"datePublished\"\s*:\s*\"(?P<day>\d{4}-\d{2}-\d{2})")
_TIME = re.compile(r"<time\b(?P<marks>[^>]*?\bdatetime\s*=\s*[\"']?(?P<day>\d{4}-\d{2}-\d{2})[^>]*)>", re.IGNORECASE)
_NAMED = re.compile(r"datepublished|pubdate|publish|entry-date|post-date|posted", re.IGNORECASE)
_CHANGED = re.compile(r"modif|updat|chang|revis", re.IGNORECASE)
_SENTENCE = re.compile(r"<p\b[^>]*>(?=[^<]{100})", re.IGNORECASE)


def find_published(page: str) -> str:
    """Return the day as 2026-07-30, empty where none is told, or several are and none is named as this one."""
    named = [day for script in _JSON_LD.finditer(page) for day in _PUBLISHED.findall(script["json"])]
    story = _SENTENCE.search(page)
    times = [one for one in _TIME.finditer(page) if not _CHANGED.search(one["marks"])]
    named += [one["day"] for one in times if _NAMED.search(one["marks"])]
    if named:
        return named[0] if len(set(named)) == 1 else ""
    bare = {one["day"] for one in times if story is None or one.start() < story.start()}
    return bare.pop() if len(bare) == 1 and len({one["day"] for one in times}) == 1 else ""
