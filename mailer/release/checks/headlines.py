"""Headlines: what an editor says about the headline and the subhead.

Owns length, capitals, full stops and exclamation marks. Never judges the news.

Gaps: a name that ends in an exclamation mark (a shop's, a musical's) has to be waved through.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from mailer.errors import Problem
from mailer.release.checks.case import Case, tell
from mailer.release.document import block_text
from mailer.release.head.headline_case import is_all_capitals, propose_case
from mailer.release.values import Paragraph, plain

_WIDE = frozenset({"ja", "zh", "ko"})
# what ends in a full stop and is no sentence: U.S., Inc., e. V., p.m., St., z. B.
_ABBREVIATED = re.compile(
    r"(?:(?:^|[\s.(])[^\W\d_]\.|\b(?:Inc|Ltd|Co|Corp|Bros|Jr|Sr|etc|Cie|Dr|St|No|Nr|bzw|usw|vs)\.)$"
)
_STOPPED = re.compile(r"[^.。．…][.。．]$")


def check_headline(case: Case) -> Iterator[Problem]:
    """Check the headline (standards M5, H11)."""
    headline = case.release.headline
    bare = headline.strip()
    line = case.lines.of(headline)
    if not bare:
        yield tell("no-headline", "there is no headline", line=case.lines.first)
        return
    strange = [c for c in headline if unicodedata.category(c) in {"Cc", "Zl", "Zp", "Cs"}]
    if strange:
        message = f"the headline has a sign that cannot be seen (U+{ord(strange[0]):04X})"
        yield tell("headline-control", message, line=line)
    most = case.house.headline // (2 if case.release.language[:2].lower() in _WIDE else 1)
    if len(headline) > most:
        message = f"the headline has {len(headline)} characters; up to {most} are read in full"
        yield tell("headline-long", message, line=line)
    if _is_shouted(bare):
        sentence = propose_case(bare, "\n".join(passage.text for passage in case.passages() if passage.part == "body"))[
            1
        ]
        hint = f"Write it as a sentence, perhaps so: “{sentence}”."
        yield tell("headline-caps", "the headline is all in capitals, which spam filters dislike", line=line, hint=hint)
    if _STOPPED.search(bare) and not _ABBREVIATED.search(bare):
        yield tell("headline-stop", "the headline ends in a full stop", line=line)
    if re.search(r"[!！¡]", bare):
        yield tell("headline-exclamation", "the headline has an exclamation mark, like an advertisement", line=line)


def _is_shouted(headline: str) -> bool:
    """Return whether a headline is in capitals; abbreviations in a script that has none are no shouting."""
    cased = sum(c.upper() != c.lower() for c in headline)
    is_cased = cased * 2 > sum(map(str.isalpha, headline))
    return is_cased and (is_all_capitals(headline) or (headline.isupper() and len(headline.split()) > 2))


def check_subhead(case: Case) -> Iterator[Problem]:
    """Check that the subhead adds something."""
    headline, subhead = (_folded(text) for text in (case.release.headline, case.release.subhead))
    if subhead and subhead == headline:
        line = case.lines.of_exactly("subhead:") or case.lines.of(case.release.subhead)
        yield tell("subhead-repeats", "the subhead says the same as the headline", line=line)


def _folded(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


# Structure: whether a release has the parts that a newsroom looks for (standards M5).

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
