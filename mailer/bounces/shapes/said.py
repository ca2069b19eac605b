"""Said: the words by which a mail system says that mail failed, is late, or arrived.

Owns those words in some twenty languages, one table a question: they are data, `[said]` of `bounces.toml` in
`mailer.words`. Each row is short and says two things that must stand near each other (“could not” and “delivered”),
since every server has its own sentence. Never says whom it is about. Examples of ours lie in tests/bounces/corpus.

Gaps: other languages are read only as far as the servers repeat themselves in English.
"""

from __future__ import annotations

import re

from mailer.words import read_section

_SAID = read_section("bounces", "said")


def _any_of(name: str) -> re.Pattern[str]:
    return re.compile("|".join(_SAID[name]), re.IGNORECASE)


FAILURE, DELAY, GIVEN_UP, ARRIVED = _any_of("failure"), _any_of("delay"), _any_of("given_up"), _any_of("arrived")
SUBJECT, INTRODUCTION = _any_of("subject"), _any_of("introduction")
# What every report says, and what is therefore no reason: “undeliverable” but not “undeliverable address”
_NO_REASON = re.compile(r"\bundeliver(?:able|ed)\b(?! address)(?: (?:mail|message))?", re.IGNORECASE)

# Who answers or passes on is a person, whatever stands behind it.
ANSWERED = re.compile(
    r"\s*(?:re|fwd?|aw|wg|tr|rv|sv|vs|antw|doorst|odp|enc|i|回复|转发|答复|轉寄)\s?(?:\[\d+\])?\s?[:：]", re.IGNORECASE
)


def is_late(text: str) -> bool:
    """Return whether a text says that mail is late and still tried, and nowhere that it was given up."""
    low = text.lower()
    return any(stem in low for stem in _SAID["delay_stems"]) and bool(DELAY.search(text)) and not GIVEN_UP.search(text)


def has_arrived(text: str) -> bool:
    """Return whether a text says that mail arrived, and nowhere that something failed."""
    low = text.lower()
    stems = any(stem in low for stem in _SAID["arrived_stems"])
    return stems and bool(ARRIVED.search(text)) and not FAILURE.search(text)


def without_stock_words(text: str) -> str:
    """Return a text without the words that every report has, so that none of them is taken for the reason."""
    return _NO_REASON.sub("", text)
