"""The table of codes, docs/checks.md and the checks agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mailer.errors import Severity
from mailer.release.checks.case import READING, RULES, UNSURE, Rule

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "checks.md").read_text("utf-8")
OF_MAILS = PAGE.partition("## The finished mail\n")[2].partition("\n## ")[0]
ROW = re.compile(r"^\| `([a-z-]+)` \|", re.MULTILINE)
RUNS = ROOT / "mailer" / "runs"
FILES = [*(ROOT / "mailer" / "release").rglob("*.py"), *(RUNS / "manuscripts").glob("*.py"), RUNS / "reviewing.py"]
TESTS = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__))
SOURCE = "\n".join(path.read_text("utf-8") for path in FILES)


def row(code: str, rule: Rule) -> str:
    worst = f" or {rule.worst.value}" if rule.worst else ""
    words = [rule.severity.value + worst, rule.means, rule.todo]
    return f"| `{code}` | {' | '.join(word.replace('|', chr(92) + '|') for word in words)} |"


@pytest.mark.parametrize("code", RULES)
def test_the_page_says_of_each_code_what_the_table_says(code: str) -> None:
    assert row(code, RULES[code]) in PAGE.splitlines()


def test_the_page_names_no_other_codes() -> None:
    assert set(ROW.findall(PAGE.replace(OF_MAILS, ""))) == {*RULES, *READING}


@pytest.mark.parametrize("code", RULES)
def test_each_code_is_told_by_some_check(code: str) -> None:
    assert f'"{code}"' in SOURCE, "it stands in the table alone"


@pytest.mark.parametrize("code", RULES)
def test_each_code_is_made_to_appear_by_some_test(code: str) -> None:
    assert re.search(rf"(?<![\w-]){code}(?![\w-])", TESTS), "a check that no test needs may do nothing"


def test_whatever_reading_tells_is_on_the_page() -> None:
    reported = set(re.findall(r'(?:\.report|\.error|\bProblem)\(\s*"([a-z-]+)"', SOURCE))
    assert len(reported) > 10
    known = {*READING, *RULES, *ROW.findall(OF_MAILS)}
    unknown = {code for code in reported if code not in known and not code.startswith(UNSURE)}
    assert not unknown, "each needs a line in READING and in docs/checks.md"


@pytest.mark.parametrize("code", READING)
def test_each_code_of_reading_is_told_and_said_on_the_page(code: str) -> None:
    assert f"| `{code}` | {READING[code]} |" in PAGE.splitlines()
    assert f'"{code}"' in SOURCE, "it stands in the table alone"


def test_each_rule_is_said_in_sentences() -> None:
    for rule in RULES.values():
        assert rule.means.endswith((".", "?"))
        assert rule.todo.endswith((".", "?", "`"))
        assert rule.worst in {None, Severity.ERROR}
