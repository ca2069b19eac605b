"""Headlines: what an editor says about the headline and the subhead, and which parts a newsroom misses (standards M5).

Owns length, capitals, full stops and exclamation marks. Never judges the news.

Gaps: a name that ends in an exclamation mark (a shop's, a musical's) has to be waved through.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from mailer import lazy_re as re
from mailer.errors import Problem
from mailer.release.checks.case import Case, tell
from mailer.release.document import block_text
from mailer.release.head.headlines import as_sentence, is_all_capitals
from mailer.release.values import Paragraph, plain
from mailer.words import read_section

_WIDE = frozenset({"ja", "zh", "ko"})
# what ends in a full stop and is no sentence: U.S., Inc., e. V., p.m., St., z. B.
_ABBREVIATED = re.compile(
    r"(?:(?:^|[\s.(])[^\W\d_]\.|\b(?:Inc|Ltd|Co|Corp|Bros|Jr|Sr|etc|Cie|Dr|St|No|Nr|bzw|usw|vs)\.)$"
)
_STOPPED = re.compile(r"[^.。．…][.。．]$")
_LEAD_WORDS = 60
_HOURS = re.compile("|".join(read_section("checks", "words")["hours"]), re.IGNORECASE)


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
    # abbreviations in a script that has no capitals are no shouting
    is_cased = sum(c.upper() != c.lower() for c in bare) * 2 > sum(map(str.isalpha, bare))
    if is_cased and (is_all_capitals(bare) or (bare.isupper() and len(bare.split()) > 2)):
        story = "\n".join(passage.text for passage in case.passages() if passage.part == "body")
        hint = f"Write it as a sentence, perhaps so: “{as_sentence(bare, story)}”."
        yield tell("headline-caps", "the headline is all in capitals, which spam filters dislike", line=line, hint=hint)
    if _STOPPED.search(bare) and not _ABBREVIATED.search(bare):
        yield tell("headline-stop", "the headline ends in a full stop", line=line)
    if re.search(r"[!！¡]", bare):
        yield tell("headline-exclamation", "the headline has an exclamation mark, like an advertisement", line=line)


def check_subhead(case: Case) -> Iterator[Problem]:
    """Check that the subhead adds something."""
    subhead = case.release.subhead
    headline_words, words = (re.findall(r"\w+", text.casefold()) for text in (case.release.headline, subhead))
    if words and words == headline_words:
        line = case.lines.of_exactly("subhead:") or case.lines.of(subhead)
        yield tell("subhead-repeats", "the subhead says the same as the headline", line=line)


def check_structure(case: Case) -> Iterator[Problem]:
    """Yield which parts are not there."""
    release = case.release
    if not any(block_text(block).strip() for block in release.body):
        yield tell("no-body", "the release has no text", line=case.lines.first)
        return
    if not release.end_mark:
        yield tell("no-end-mark", "nothing marks the end of the text")
    if not release.boilerplate:
        yield tell("no-boilerplate", "the organisation is not described")
    if release.dateline is None:
        yield tell("no-dateline", "the text has no dateline")
    lead = next((plain(block.inline) for block in release.body if isinstance(block, Paragraph)), "")
    if len(lead.split()) > _LEAD_WORDS:
        message = f"the first paragraph has {len(lead.split())} words; the news should be in its first sentences"
        yield tell("lead-long", message, line=case.lines.of(lead))


def check_hours(case: Case) -> Iterator[Problem]:
    """Yield where nobody is named for evenings and weekends."""
    contacts = case.release.contacts
    said = (f"{one.name} {one.role} {one.organisation} {one.note} {' '.join(one.phones)}" for one in contacts)
    if contacts and not any(map(_HOURS.search, said)):
        yield tell("contact-hours", "no contact is named for evenings and weekends")
