"""Quotations: paragraphs that are one quote, and the lines above and below that say who speaks.

Owns taking off the outermost marks of such a paragraph, the attribution under it (`— Name, role`) and the line that
announces it. Never looks into a paragraph that is more than a quote: `quoting` tells what is said there.
"""

from __future__ import annotations

import re

from mailer.release.inline import BREAK, cut
from mailer.release.people.roles import parse_attribution
from mailer.release.quotes.quoting import Talk, has_verb, last_stop, speaker_announced
from mailer.release.quotes.speakers import People, Speaker
from mailer.release.values import Inline, Quote, plain
from mailer.release.words import LANGUAGES, pattern, primary

PAIRS = {"“": "”", "„": "“”", "«": "»", "»": "«", "‘": "’", '"': '"', "「": "」", "『": "』"}
_MOST_WORDS = 30
_MORE = 5
_DASH = re.compile(r"^\s*(?:[—–―]|-{1,2})\s*(?=\S)")


def unquote(inline: Inline) -> Inline | None:
    """Take the quotation marks off a paragraph that is one quote from end to end; None where it is not.

    A paragraph that only opens a quote counts as well: the next one goes on with it.
    """
    text = plain(inline)
    start = len(text) - len(text.lstrip(" \t\n" + BREAK))
    bare = text.strip(" \t\n" + BREAK)
    closing = PAIRS.get(bare[:1], "")
    if not closing or bare[:1] == "‘":
        return None
    inside = bare[1:]
    if not any(map(str.isalnum, inside)):
        return None
    ends = [i for i, character in enumerate(inside) if character in closing]
    if ends and ends[0] < len(inside) - 1:
        return None
    stop = start + 1 + (ends[0] if ends else len(inside))
    return cut(inline, start + 1, stop)


def parse_dash(text: str) -> Quote | None:
    """Read an attribution line, `— Name, role, organisation`; None where it is none."""
    match = _DASH.match(text)
    rest = text[match.end() :].strip() if match else ""
    if not (rest[:1].isalpha() or rest[:1] == "[") or len(rest.split()) > 25:
        return None
    return parse_attribution(rest)


def parse_lead_in(text: str, language: str = "") -> Quote | None:
    """Read a line that does nothing but announce a quote: `Statement from Name, role:`, `Name, role, said:`; else None.

    A line that tells more stays a paragraph, since the mail names the speaker and drops the line. Without a language
    that is known all are tried.
    """
    bare = text.strip()
    if len(bare.split()) > _MOST_WORDS or not bare.endswith((":", ",")) or last_stop(bare):
        return None
    known = primary(language) in LANGUAGES
    for one in [language] if known else sorted(LANGUAGES, key=lambda each: not has_verb(bare, each)):
        talk = Talk(People.of([bare], one), one)
        who = speaker_announced(f"{bare[:-1]}:", talk) if bare.endswith(":") or _ends_in_verb(bare, talk) else None
        if who and who.is_person and who.name[:1].isupper() and not _tells_more(bare, who, one):
            return Quote((), who.name, who.role, who.organisation, bare)
    return None


def _ends_in_verb(bare: str, talk: Talk) -> bool:
    return pattern(r"(?<!\w){said},$", talk.language).search(bare) is not None


def _tells_more(bare: str, who: Speaker, language: str) -> bool:
    """Return whether a line has more words than the speaker, a verb, and a word or two between them."""
    known = f"{who.name} {who.role} {who.organisation}".split()
    rest = pattern(r"(?<!\w)(?:{said}|{statement}|{according})(?!\w)", language).sub(" ", bare)
    return sum(word.strip(",.:()") not in known for word in rest.split() if word.strip(",.:()")) > _MORE
