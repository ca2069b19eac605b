from __future__ import annotations

import pytest

from mailer.errors import (
    ConfigProblem,
    InputProblem,
    LedgerProblem,
    MailboxUnavailable,
    MailerError,
    Problem,
    RelayUnavailable,
    Severity,
    did_you_mean,
)


@pytest.mark.parametrize(
    "kind, code, exit_code",
    [
        (MailerError, "error", 1),
        (InputProblem, "input", 2),
        (ConfigProblem, "configuration", 3),
        (LedgerProblem, "ledger", 3),
        (RelayUnavailable, "relay", 4),
        (MailboxUnavailable, "mailbox", 4),
    ],
)
def test_each_kind_has_the_exit_code_of_the_design(kind: type[MailerError], code: str, exit_code: int) -> None:
    error = kind("it is so", problems=(Problem("x", "because") for _ in range(2)), hint="do that")
    assert isinstance(error, MailerError)
    assert (error.code, error.exit_code, str(error)) == (code, exit_code, "it is so")
    assert [problem.message for problem in error.problems] == ["because", "because"]
    assert error.hint == "do that"


@pytest.mark.parametrize(
    "problem, shown",
    [
        (Problem("x", "bad", source="a.md", line=3), "a.md:3: bad"),
        (Problem("x", "bad", source="a.md"), "a.md: bad"),
        (Problem("x", "bad"), "bad"),
        (Problem("x", "bad", Severity.NOTE, "lists/a b.csv", 1), "lists/a b.csv:1: bad"),
    ],
)
def test_a_problem_is_shown_as_editors_make_it_clickable(problem: Problem, shown: str) -> None:
    assert str(problem) == shown


def test_an_input_problem_names_its_place() -> None:
    assert str(InputProblem("bad", source="a.csv", line=7)) == "a.csv:7: bad"
    assert InputProblem("bad", source="a.csv", line=7).message == "bad"


@pytest.mark.parametrize(
    "word, told",
    [
        ("hots", '; did you mean "host"?'),
        ("HOST", '; did you mean "host"?'),
        ("usrname", '; did you mean "userName"?'),
        ("zzzz", ""),
        ("", ""),
    ],
)
def test_the_nearest_known_word_is_proposed_whatever_the_case(word: str, told: str) -> None:
    assert did_you_mean(word, ["host", "port", "userName"]) == told


def test_without_known_words_nothing_is_proposed() -> None:
    assert did_you_mean("host", []) == ""
