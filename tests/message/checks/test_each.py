"""What is looked at for every person finds what the whole check would, in the same words, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.message.checks import check_message
from mailer.message.checks.each import Pattern
from mailer.message.compose import compose_message
from mailer.message.values import Rendered
from tests.message.samples import ADA, CASES, OPTOUT_MAILTO, OPTOUT_URL, SENDER, SENT_AT, compiled, person
from tests.message.test_compose import FRAME, TO

FAMILY = compiled()
MODEL = FAMILY.render(CASES["full"].context())
OPTOUTS = (OPTOUT_URL, OPTOUT_MAILTO)
LIMIT = 60_000
ONLY_HERE = " ".join(f"only{number}" for number in range(60))
# what differs by the person; what only the page as a whole shows is not asked again
PERSONAL = {
    *("size", "whole-size", "subject", "subject-length", "subject-caps", "subject-shouting", "subject-title"),
    *(
        "subject-reply",
        "leftovers",
        "links",
        "honest-links",
        "secure-links",
        "short-links",
        "postal-address",
        "opt-out",
    ),
    "same-words",
}


def whole(rendered: Rendered) -> dict[str, str]:
    data = compose_message(FRAME, rendered, TO, date=SENT_AT)
    checks = check_message(data, postal_address=SENDER.postal_address, optouts=OPTOUTS, size_limit=LIMIT)
    return {check.code: check.message for check in checks if not check.passed and check.code in PERSONAL}


def each(rendered: Rendered) -> dict[str, str]:
    data = compose_message(FRAME, rendered, TO, date=SENT_AT)
    pattern = Pattern(MODEL, postal_address=SENDER.postal_address, size_limit=LIMIT)
    return {check.code: check.message for check in pattern.look(rendered, data, OPTOUTS)}


def put(old: str, new: str, *, text: bool = True, html: bool = True) -> Rendered:
    """Return the mail with some words in place of others, in both parts or one."""
    assert old in MODEL.text
    assert old in MODEL.html
    return replace(
        MODEL,
        text=MODEL.text.replace(old, new) if text else MODEL.text,
        html=MODEL.html.replace(old, new) if html else MODEL.html,
    )


def test_the_pattern_itself_has_nothing() -> None:
    assert whole(MODEL) == each(MODEL) == {}


@pytest.mark.parametrize(
    "code, rendered",
    [
        ("leftovers", put("Dear Ada,", "Dear ,")),
        ("leftovers", put("Dear Ada,", "Dear None,", text=False)),
        ("leftovers", put("Dear Ada,", "Dear nan,", html=False)),
        ("leftovers", put("Dear Ada,", "Dear {{ contact.first_name }},")),
        ("leftovers", put("Dear Ada,", "Hello ada@daily.example.com,")),
        ("postal-address", put(SENDER.postal_address, "1 Other Street", text=False)),
        ("postal-address", put(SENDER.postal_address, "1 Other Street", html=False)),
        ("opt-out", put(OPTOUT_URL, "https://press.example.org/o/other", text=False)),
        ("opt-out", replace(MODEL, text=MODEL.text.replace(OPTOUT_URL, "").replace(OPTOUT_MAILTO[7:], ""))),
        ("same-words", put("Dear Ada,", "Dear Ada, " + ONLY_HERE, html=False)),
        ("same-words", put("Dear Ada,", "Dear Ada, " + ONLY_HERE, text=False)),
        (
            "subject-length",
            replace(MODEL, subject=f"{MODEL.subject}, Ada of the Daily, who saw the last of them leave"),
        ),
        ("subject-caps", replace(MODEL, subject=MODEL.subject.upper())),
        ("subject", replace(MODEL, subject=" ")),
        ("whole-size", put("Dear Ada,", "Dear Ada, " + "a long note " * 3000)),
        ("size", replace(MODEL, html=MODEL.html.replace("Dear Ada,", "Dear Ada, " + "a long note " * 8000))),
        ("short-links", put("Dear Ada,", 'Dear Ada, <a href="https://bit.ly/a">this</a>', text=False)),
        ("honest-links", put("Dear Ada,", 'Dear Ada, <a href="https://a.example.net">example.org</a>', text=False)),
    ],
)
def test_a_slip_of_one_person_is_found_in_the_words_of_the_whole_check(code: str, rendered: Rendered) -> None:
    found = each(rendered)
    assert code in found
    assert found == whole(rendered)


WORDS = st.text("ab \n.,<&\"'éß", max_size=30)


@pytest.mark.slow
@settings(max_examples=40)
@given(first=WORDS, last=WORDS, note=WORDS, outlet=WORDS)
def test_whatever_a_row_holds_both_find_the_same(first: str, last: str, note: str, outlet: str) -> None:
    row = person(first_name=first, last_name=last, name=f"{first} {last}", note=note, outlet=outlet)
    rendered = FAMILY.render(replace(CASES["full"], contact={**ADA, **row}).context())
    assert each(rendered) == whole(rendered)
