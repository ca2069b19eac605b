"""Contact row words: what a row says by itself, without the rows around it.

Owns telling a row that names somebody or an office from one for the public, from somebody's words, and from what
begins another part of a release. Never decides where a section begins or ends.
"""

from __future__ import annotations

import re

from mailer.release.head.labels import is_label_line
from mailer.release.media_contacts.headings import (
    Announcement,
    asks_to_reach,
    names_other,
    names_press,
    opts_out,
    read_announcement,
)
from mailer.release.media_contacts.rows import Row
from mailer.release.people.names import (
    is_surely_name,
    looks_like_name,
    names_organisation,
    names_role,
    read_person,
)
from mailer.release.sections.sections import is_about_heading, is_end_mark, is_notes_heading

SHORT = 10  # words
_PURPOSE = re.compile(r"(?:for|to|pour|per|para|für|um|zum|zur|om|voor)\s[^:@\d]{3,60}(?=:\s)", re.IGNORECASE)


def is_public(announced: Announcement, row: Row) -> bool:
    """Return whether a row is for the public, or about getting no more mail, and not for the press."""
    public = announced.other or names_other(row.text)
    return opts_out(row.text) or (public and not (announced.press or names_press(row.text)))


def asks_elsewhere(row: Row) -> bool:
    """Return whether a row says before its number that it is for something else: «For travel information: 0870 …»."""
    told = _PURPOSE.match(row.text)
    if told is None or not row.data.reaches or names_press(told.group()) or read_announcement(told.group()).whole:
        return False
    return not any(read_person(word)[0] for word in row.data.words)


def labels_name(row: Row) -> bool:
    """Return whether a row says who issued the release: «Issued by: Ann Bell, press officer»."""
    first = next(iter(row.data.parts), None)
    return first is not None and first.named and bool(read_person(first.text)[0]) and row.words <= SHORT


def names_office(row: Row) -> bool:
    """Return whether a short line names an office for the press: «Example Trust Press Office»."""
    return row.words <= SHORT and names_press(row.text) and asks_to_reach(row.text) and not row.text.endswith(".")


def person_words(text: str) -> bool:
    """Return whether a row begins with a name, or names a role or a body."""
    first = re.split(r"[,;(|]|\s[–/&-]\s", text, maxsplit=1)[0].strip()
    return looks_like_name(first) or names_role(text) or names_organisation(text) or bool(read_person(first)[0])


def starts_something_else(row: Row) -> bool:
    """Return whether a row begins what is no contact: notes, a boilerplate, the end."""
    if row.data.reaches:
        return False
    tests = (is_end_mark, is_notes_heading, is_about_heading, is_label_line)
    return any(test(row.text) for test in tests) or _is_masthead(row)


def _is_masthead(row: Row) -> bool:
    """Return whether a row is the release label with who issues it beside: «Press release · Example Trust»."""
    first, mark, _ = re.split(r"(\s[·|•–—]\s|$)", row.text, maxsplit=1)
    return bool(mark) and is_label_line(first)


def is_said(row: Row) -> bool:
    """Return whether a row is somebody's words, or a sentence: no block of contact data."""
    return row.kind == "quote" or row.text[:1] in '“"«„「' or (row.text.endswith(".") and row.words > 8)


def names_somebody(row: Row) -> bool:
    """Return whether a row has a word for the press, or a name for certain."""
    words = row.data.words
    if any(names_press(word) for word in words) or any(
        names_press(email.partition("@")[0]) for email in row.data.emails
    ):
        return True
    return any(is_surely_name(word) or is_surely_name(read_person(word)[0]) for word in words) or (
        bool(words) and looks_like_name(words[0]) and row.data.reaches
    )


def is_duty_number(row: Row) -> bool:
    """Return whether a row is one more number of whoever stands above: «Out of hours: 07700 900001»."""
    first = next(iter(row.data.parts), None)
    return first is not None and first.kind == "phone" and bool(first.note)
