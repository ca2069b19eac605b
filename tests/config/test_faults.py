"""Faults files: all errors are reported at once, with their lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mailer.config.reading import USUAL_FAULTS, parse_faults
from mailer.errors import InputProblem
from mailer.settings import Fault
from mailer.settings.files import WHO
from mailer.workspace import read_text


def problems(text: str) -> list[tuple[int | None, str]]:
    with pytest.raises(InputProblem) as caught:
        parse_faults(text, source="bad-day.toml")
    assert all(problem.source == "bad-day.toml" for problem in caught.value.problems)
    return [(problem.line, problem.message) for problem in caught.value.problems]


def entry(*lines: str) -> str:
    return "\n".join(["", "[[fault]]", *lines, ""])


GONE = entry('address = "ada@example.com"', 'reply = "550 5.1.1 gone"')


def test_entries_are_read_in_their_order() -> None:
    text = GONE + entry("nth = 5", 'stage = "body"', "drop = true") + entry("nth = [2, 3]", "delay_s = 2", "times = 0")
    assert parse_faults(text, source="x") == (
        Fault(address="ada@example.com", reply="550 5.1.1 gone"),
        Fault(nth=(5,), stage="body", drop=True),
        Fault(nth=(2, 3), delay_s=2.0, times=0),
    )


def test_nothing_goes_wrong_in_an_empty_file() -> None:
    assert parse_faults("# none today\n", source="x") == ()


def test_the_usual_faults_can_be_read() -> None:
    usual = parse_faults(USUAL_FAULTS, source="x")
    assert {fault.stage for fault in usual} == {"rcpt", "mail", "body"}
    assert any(fault.drop for fault in usual)


def test_the_file_in_the_docs_can_be_read() -> None:
    page = (Path(__file__).parents[2] / "docs" / "rehearsal.md").read_text("utf-8")
    (shown,) = re.findall(r"(?ms)^```toml\n(.*?)^```", page)
    faults = parse_faults(shown, source="x")
    assert {fault.stage for fault in faults} == {"rcpt", "mail", "body"}
    assert {name for name in WHO if any(getattr(fault, name) for fault in faults)} == set(WHO)


def test_every_key_is_explained_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "rehearsal.md").read_text("utf-8")
    rows = " ".join(re.findall(r"(?m)^\| (`.*?) \|", page))
    assert set(re.findall(r"`(\w+)`", rows)) == set(Fault.model_fields)


def test_a_misspelt_key_is_told_with_its_line_and_what_was_meant() -> None:
    text = GONE + entry('adress = "ben@example.com"', 'reply = "550 5.1.1 gone"')
    assert problems(text) == [(7, 'adress: there is no such key; did you mean "address"?')]


def test_a_misspelt_table_is_told() -> None:
    assert problems("\n[[faults]]\nnth = 1\n") == [(2, 'faults: there is no such key; did you mean "fault"?')]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    text = entry("nth = 5", 'stage = "rctp"', "drop = true") + entry("every = 3", "delay_s = 999") + GONE
    found = problems(text)
    assert [line for line, _ in found] == [4, 9]
    assert '"rcpt"' in found[0][1]
    assert found[1][1] == "delay_s: seconds, up to 240"


@pytest.mark.parametrize(
    "lines, line, pattern",
    [
        (["drop = true"], 2, r"who is it for\? Write one of address, domain, share, every, nth"),
        (["nth = 3", "share = 0.5", "drop = true"], 2, r"who is it for\? .*, and not share and nth"),
        (["nth = 3"], 2, "what goes wrong"),
        (["nth = 3", 'reply = "250 2.0.0 fine"'], 4, "reply: a refusal"),
        (["nth = 3", 'reply = "55 no"'], 4, "reply: a refusal"),
        (["nth = 3", 'reply = "550 5.1.1 n\\u00f6"'], 4, "reply: a refusal"),
        (["nth = 3", 'reply = "550 a\\r\\nb"'], 4, "reply: a refusal"),
        (["nth = 0", "drop = true"], 3, "nth: counted from 1"),
        (["nth = -2", "drop = true"], 3, "nth: counted from 1"),
        (["every = -2", "drop = true"], 3, "every: counted from 1"),
        (["share = 1.5", "drop = true"], 3, "share: above 0"),
        (["share = 0.5", "first = 2", "drop = true"], 4, "first: goes with every"),
        (["nth = 3", "times = -1", "drop = true"], 4, "times: how often"),
        (["nth = 3", "delay_s = -1"], 4, "delay_s: seconds"),
        (['address = "nobody"', "drop = true"], 3, "address: "),
        (['domain = "a b"', "drop = true"], 3, 'domain: "a b" is not a domain'),
        (['domain = "example.com"', 'stage = "mail"', "drop = true"], 3, "domain: at mail no recipient is known"),
        (["nth = 3", 'drop = "perhaps"'], 4, "drop: "),
        (["nth = 3", 'delay_s = "long"'], 4, "delay_s: "),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(lines: list[str], line: int, pattern: str) -> None:
    ((where, message),) = problems(entry(*lines))
    assert re.match(pattern, message), message
    assert where == line


def test_what_is_no_toml_is_told_with_its_line() -> None:
    ((line, message),) = problems("[[fault]]\nnth = \n")
    assert (line, message[:16]) == (2, "this is not TOML")


@pytest.mark.parametrize("text", ["fault = 3\n", "[fault]\nnth = 1\n", "fault = [1, 2]\n"])
def test_one_bracket_is_not_enough(text: str) -> None:
    assert problems(text) == [(1, "fault: write [[fault]], in two brackets")]


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    with pytest.raises(InputProblem, match="cannot be read: No such file"):
        read_text(bad)
    bad.write_bytes(b"\xff\xfe")
    with pytest.raises(InputProblem, match="not UTF-8"):
        read_text(bad)
    bad.write_bytes(b"#" * 25_000_001)
    with pytest.raises(InputProblem, match="up to 25 MB can be read"):
        read_text(bad)
