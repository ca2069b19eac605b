"""Quotations: quotation marks, and who stands behind them.

Owns finding what is quoted in a text, taking off the outermost marks, and reading a speaker from the sentence around
a quote. Never changes a paragraph: a quote inside one stays where its author put it, and is only told beside the text.

Gaps: a speaker is found by the verbs of `words`, next to the quote; «she said» gives no name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from mailer.release.inline import BREAK, cut
from mailer.release.people import parse_attribution
from mailer.release.values import Inline, Quote, plain
from mailer.release.words import pattern

PAIRS = {"“": "”", "„": "“”", "«": "»", "»": "«", "‘": "’", '"': '"', "「": "」", "『": "』"}
_QUOTED = re.compile(
    r"“([^”“]+)(?:”|$)|„([^“”]+)(?:[“”]|$)|«\s?([^»]+?)\s?(?:»|$)|「([^」]+)(?:」|$)|(?<!\w)\"([^\"]+)(?:\"|$)"
)
_NAME = (
    r"(?:[^\W\d_a-zß-öø-ÿ][\w'’.\-]*(?:\s+(?:[^\W\d_a-zß-öø-ÿ][\w'’.\-]*|van|von|de|der|den|del|da|di|du|la|le)){0,4})"
)
_MIN_WORDS = 4  # fewer are a term or irony, not somebody's statement
_DASH = re.compile(r"^\s*(?:[—–―]|-{1,2})\s*(?=\S)")


@dataclass(frozen=True, slots=True)
class Spoken:
    """What one paragraph quotes, with the words about the speaker."""

    text: str
    speaker: str = ""
    role: str = ""
    organisation: str = ""


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


def parse_lead_in(text: str) -> Quote | None:
    """Read a line that announces a quote: `Statement from Name, role:` or `Name, role, said:`; else None."""
    bare = text.strip()
    if len(bare.split()) > 30 or not bare.endswith((":", ",")):
        return None
    match = pattern(r"^{statement}\s+(?P<who>[^:]+):$").match(bare)
    match = match or pattern(r"^(?P<who>[^\W\d_][^:]*?),?\s+{said}[^:.]{0,40}[:,]$").match(bare)
    if not match:
        return None
    who = parse_attribution(match.group("who"))
    if not who.speaker[:1].isupper() or len(who.speaker.split()) > 6:
        return None
    return replace(who, lead_in=bare)


def find_spoken(text: str) -> Spoken | None:
    """Find what a paragraph quotes, as one; None where only terms stand in quotation marks."""
    found = list(_QUOTED.finditer(text))
    words = [next(filter(None, match.groups()), "").strip() for match in found]
    long = [(match, part) for match, part in zip(found, words, strict=True) if len(part.split()) >= _MIN_WORDS]
    if not long:
        return None
    quoted = " … ".join(part.rstrip(",") for _, part in long)
    for match, _ in long:
        speaker = _speaker_after(text[match.end() :]) or _speaker_before(text[: match.start()])
        if speaker:
            return replace(speaker, text=quoted)
    whole = len(quoted.split()) > 0.8 * len(text.split())
    return Spoken(quoted) if whole else None


def _speaker_after(text: str) -> Spoken | None:
    match = re.match(rf"[\s,.]*(?i:{pattern('{said}').pattern})\s+(?P<name>{_NAME})(?P<rest>(?:,\s[^.“”\"„]+)?)", text)
    match = match or re.match(
        rf"[\s,.]*(?P<name>{_NAME})(?P<rest>(?:,\s[^.“”\"„]+?)?),?\s+(?i:{pattern('{said}').pattern})(?!\w)", text
    )
    return _spoken(match)


def _speaker_before(text: str) -> Spoken | None:
    sentence = re.split(r"(?<=[.!?])(?<!\b[DMP]r\.)(?<!\bMrs\.)(?<!\bMs\.)\s+(?=[A-Z])", text)[-1]
    return _spoken(
        re.match(
            rf"(?P<name>{_NAME})(?P<rest>(?:,\s[^.“”\"„]+?)?),?\s+(?i:{pattern('{said}').pattern})(?!\w)[^.]{{0,60}}$",
            sentence,
        )
    )


def _spoken(match: re.Match[str] | None) -> Spoken | None:
    if not match:
        return None
    who = parse_attribution(match.group("name").rstrip(".,") + match.group("rest"))
    return Spoken("", who.speaker, who.role, who.organisation)
