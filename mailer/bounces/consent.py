"""Consent: what a person's reply says of an embargo that they were asked to agree to.

Only the first sentences count, each for itself, and a question is no answer: “Could we agree on Monday?”. It is a
proposal for staff, who see the sentence and decide. Never raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mailer.bounces.language import Sentence, alternatives
from mailer.words import read_section

ACCEPTED, DECLINED = "accepted", "declined"
_MOST: Final = 6
_LONGEST: Final = 160  # a sentence that says more than yes or no is for people to read


def read_consent(sentences: Sequence[Sentence]) -> tuple[str, str]:
    """Return `accepted`, `declined` or nothing, and the sentence that says so."""
    says = read_section("consent", "says")
    for verdict in (DECLINED, ACCEPTED):
        found = alternatives(says[verdict])
        for each in sentences[:_MOST]:
            is_question = each.plain.rstrip().endswith(("?", "？"))
            if len(each.plain) <= _LONGEST and not is_question and found.search(each.plain):
                return verdict, each.words
    return "", ""
