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
from mailer.release.head.headline_case import is_all_capitals, propose_case

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
