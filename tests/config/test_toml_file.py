"""The one reader of TOML: the line of a key, however it is written."""

from __future__ import annotations

import pytest

from mailer.config.reading import parse_toml, read_table
from mailer.errors import InputProblem
from mailer.settings.files import FaultFile

TEXT = """\
title = "x"

[relays.main]
host = "x"
timeouts = { body_s = 5 }
oauth.tenant = "a"

[ relays . "second.one" ]
'host' = "y"

[[fault]]
nth = 1

[[fault]]
every = 2
"""


@pytest.mark.parametrize(
    "path, line",
    [
        ("title", 1),
        ("relays main", 3),
        ("relays main host", 4),
        ("relays main timeouts body_s", 5),
        ("relays main oauth tenant", 6),
        ("relays main oauth", 6),
        ("relays main port", 3),  # where it would have to stand
        ("relays second.one host", 9),
        ("fault 0 nth", 12),
        ("fault 1 every", 15),
        ("fault 1 nth", 14),
        ("zzz", None),
    ],
)
def test_a_key_is_found_with_its_line(path: str, line: int | None) -> None:
    assert parse_toml(TEXT, source="x.toml").line(*path.split()) == line


def test_what_is_no_toml_is_a_problem_among_others() -> None:
    with pytest.raises(InputProblem) as caught:
        parse_toml("a = 1\nb = \n", source="x.toml")
    assert [(problem.code, problem.line) for problem in caught.value.problems] == [("toml", 2)]


def test_another_key_and_another_form_are_told_together() -> None:
    with pytest.raises(InputProblem) as caught:
        read_table("fualt = 1\n[fault]\n", FaultFile, source="x.toml", code="faults", hint="see")
    assert [str(problem) for problem in caught.value.problems] == [
        'x.toml:1: fualt: there is no such key; did you mean "fault"?',
        "x.toml:2: fault: write [[fault]], in two brackets",
    ]
    assert caught.value.hint == "see"
