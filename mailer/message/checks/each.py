"""Each: checks, for every recipient, what can differ between their mails.

Owns a shortcut for the complete check, which takes some hundred times longer: a mail is compared with one that was made
in the same way and checked completely, and only lines that differ are checked. Returns only what did not pass; a
finding is the same as that of the complete check, with the same message and code.
Gaps: properties of the whole page (contrast, headings, widths) are not checked again, even if a template decides them
by a person's field; the complete check of a list does so. Standards H8, H9 (every contact, before the first
connection).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import escape, unescape
from typing import TypeAlias

from mailer import lazy_re as re
from mailer.message.checks.look import judged
from mailer.message.checks.mail import (
    SAME_WORDS,
    postal_check,
    same_words_check,
    squeezed,
    subject_checks,
    unfilled,
    way_out_check,
    whole_size_check,
    word_overlap,
    words_in,
)
from mailer.message.checks.page import link_checks, size_check
from mailer.message.parts import read_page
from mailer.message.values import Check, Rendered

Own: TypeAlias = tuple[Sequence[str], Sequence[str]]  # the personal lines of the text and of the page
_TAG = re.compile(r"<[^>]*>")
_UNSEEN = re.compile(r"<title>.*?</title>|<[^>]*display:\s*none[^>]*>[^<]*", re.IGNORECASE)
_LINK = re.compile(r"<a\s[^>]*?href=\"([^\"]*)\"[^>]*>(.*?)</a>", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<title>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_REMEMBERED = 1_000  # where every mail differs in its own way, a cache is of no use
_HTML_PART = b"Content-Type: text/html"


class Pattern:
    """A completely checked mail, with which others made in the same way are compared."""

    def __init__(
        self, rendered: Rendered, *, own: Own | None = None, postal_address: str = "", size_limit: int = 0
    ) -> None:
        """Take the mail, the postal address that must be in every part, and the largest size of a message in bytes.

        If `own` is given, only those lines differ from mail to mail, and every other mail must come with its own.
        """
        self._rendered = rendered
        self._postal = squeezed(postal_address)
        self._size_limit = size_limit
        lines, page = own or (rendered.text.split("\n"), rendered.html.split("\n"))
        self._text, self._html = frozenset(lines), frozenset(page)
        self._title = _title(rendered.html)
        in_text, in_page = set(words_in(rendered.text)), set(words_in(read_page(rendered.html).words))
        self._common, self._longer = len(in_text & in_page), max(len(in_text), len(in_page))

    def look(
        self, rendered: Rendered, data: bytes, optouts: Sequence[str], own: Own | None = None
    ) -> tuple[Check, ...]:
        """Check one person's mail: its texts, its bytes, the opt-out URIs it must contain. Return what did not pass."""
        return tuple(check for check in self._checks(rendered, data, optouts, own) if not check.passed)

    def _checks(self, rendered: Rendered, data: bytes, optouts: Sequence[str], own: Own | None) -> Iterator[Check]:
        lines, page = own or (rendered.text.split("\n"), rendered.html.split("\n"))
        text = "\n".join([line for line in lines if line not in self._text])
        markup = "\n".join([line for line in page if line not in self._html])
        seen = _seen(markup)
        if rendered.html and (start := data.find(_HTML_PART)) >= 0:
            body = data.find(b"\r\n\r\n", start) + 4
            end = data.find(b"\r\n--=_", body)
            yield size_check((end if end >= 0 else len(data)) - body)
        if self._size_limit:
            yield whole_size_check(len(data), self._size_limit)
        title = _title(rendered.html) if "<title>" in markup else self._title
        if (rendered.subject, title) != (self._rendered.subject, self._title):  # else it was checked whole
            yield from _check_subject(rendered.subject, title if rendered.html else None)
        if left := unfilled(text) or unfilled(seen):
            yield judged("leftovers", [left])
        links = [(unescape(url), unescape(_TAG.sub("", words))) for url, words in _LINK.findall(markup)]
        if links:
            yield from link_checks(links)
        if optouts:
            html = rendered.html
            yield way_out_check(
                optouts, rendered.text, in_page=not html or any(escape(uri) in html or uri in html for uri in optouts)
            )
        uneven, is_postal = _find_missing(self._postal, self._text.difference(lines), self._html.difference(page))
        if is_postal:
            yield postal_check(self._postal, rendered.text, read_page(rendered.html).words if rendered.html else None)
        uneven += _uneven(words_in(text), words_in(seen))
        # only where one part alone gained or lost so many words that they could have too few in common
        if rendered.html and uneven and self._common - uneven < SAME_WORDS * (self._longer + uneven):
            yield same_words_check(word_overlap(rendered.text, read_page(rendered.html).words))


@lru_cache(maxsize=_REMEMBERED)
def _check_subject(subject: str, title: str | None) -> tuple[Check, ...]:
    return tuple(subject_checks(subject, title))


@lru_cache(maxsize=_REMEMBERED)  # most mails lack the same lines of their pattern
def _find_missing(postal: str, text: frozenset[str], page: frozenset[str]) -> tuple[int, bool]:
    """Return how many words are missing in one part alone, and whether the postal address may be among the lines."""
    seen = _seen("\n".join(page))
    is_postal = any(line.strip() and line.strip() in postal for line in (*text, *seen.split("\n")))
    return _uneven(words_in("\n".join(text)), words_in(seen)), is_postal


def _seen(markup: str) -> str:
    """Return roughly the visible text of lines of a page, each piece on a line of its own."""
    return unescape(_TAG.sub("\n", _UNSEEN.sub(" ", markup))) if markup else ""


def _uneven(text: Sequence[str], page: Sequence[str]) -> int:
    """Return how many words are in one of two texts alone."""
    one, two = Counter(text), Counter(page)
    return (one - two).total() + (two - one).total()


def _title(html: str) -> str:
    found = _TITLE.search(html)
    return unescape(found[1]) if found else ""
