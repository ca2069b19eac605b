"""A rule of a spam filter is explained if an office can do something about it, else shown in the filter's own words."""

from __future__ import annotations

import re

import pytest

from mailer.runs.spam import meaning_of
from mailer.words import read_section


@pytest.mark.parametrize(
    "rule, hint",
    [
        ("SUBJ_ALL_CAPS", "Write the headline as a sentence."),
        ("HTML_IMAGE_ONLY_12", "Put the text of the release into the mail itself."),
        ("T_R_MIXED_CHARSET", meaning_of("R_MIXED_CHARSET").hint),
        ("RCVD_IN_XBL", "This is not about the text: run mailer doctor."),
        ("FORGED_SENDER", ""),  # our bounces have an address of their own
    ],
)
def test_a_rule_that_an_office_can_act_on_says_what_to_do(rule: str, hint: str) -> None:
    assert meaning_of(rule, "its own words").hint == hint
    assert "its own words" not in meaning_of(rule, "its own words").sentence


def test_any_other_rule_has_the_filters_own_words() -> None:
    assert meaning_of("HTML_TITLE_EMPTY", "BODY: The title is empty").sentence == "The title is empty"
    assert "HTML_TITLE_EMPTY" in meaning_of("HTML_TITLE_EMPTY").sentence


def test_every_row_of_the_table_is_a_pattern_with_a_sentence() -> None:
    for pattern, sentence, *hint in read_section("spam", "rules")["rows"]:
        re.compile(pattern)
        assert sentence
        assert len(hint) <= 1
