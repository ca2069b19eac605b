"""Structure: whether a release has the parts that a newsroom looks for (standards M5).

Owns notes about what is missing. They inform: many a good release does without one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailer.errors import Problem
from mailer.release.checks.case import Case, tell
from mailer.release.document import block_text
from mailer.release.values import Paragraph, plain

_LEAD_WORDS = 60
_HOURS = re.compile(
    r"out[ -]of[ -]hours|any (?:hour|time)|24[ -]?(?:hours|h\b|/7)|24/7|weekends?|evenings?|after hours|duty"
    r"|rund um die uhr|au(?:ß|ss)erhalb der|abends|wochenende|bereitschaft|notdienst|24 stunden"
    r"|astreinte|week-end|soir|heures ouvrables|24 ?h"
    r"|fuera de horario|fin(?:es)? de semana|guardia|24 horas|fuori orario|fine settimana|reperibil|24 ore"
    r"|buiten kantooruren|avond|24 uur|fora do hor[aá]rio|fi(?:m|ns) de semana|plant[aã]o|夜間|休日|時間外|24時間",
    re.IGNORECASE,
)


def check_structure(case: Case) -> Iterator[Problem]:
    """Yield which parts are not there."""
    release = case.release
    if not any(block_text(block).strip() for block in release.body):
        yield tell("no-body", "the release has no text", line=case.lines.first)
        return
    if not release.end_mark:
        yield tell("no-end-mark", "nothing marks the end of the text")
    if not release.boilerplate:
        yield tell("no-boilerplate", "nothing says who the organisation is")
    if release.dateline is None:
        yield tell("no-dateline", "the text does not say where it comes from")
    lead = next((block for block in release.body if isinstance(block, Paragraph)), None)
    words = len(plain(lead.inline).split()) if lead else 0
    if lead and words > _LEAD_WORDS:
        message = f"the first paragraph has {words} words; the news should be in its first sentences"
        yield tell("lead-long", message, line=case.lines.of(plain(lead.inline)))


def check_hours(case: Case) -> Iterator[Problem]:
    """Yield where nobody is named for evenings and weekends."""
    contacts = case.release.contacts
    said = (f"{one.name} {one.role} {one.organisation} {one.note} {' '.join(one.phones)}" for one in contacts)
    if contacts and not any(map(_HOURS.search, said)):
        yield tell("contact-hours", "no contact is named for evenings and weekends")
