"""The rules of finished mails and their page in docs/checks.md are one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mailer.message.checks.look import RULES
from mailer.release.checks.case import OF_THE_MAIL
from mailer.release.checks.case import RULES as OF_THE_TEXT
from mailer.words import read_section

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "checks.md").read_text("utf-8").partition("## The finished mail\n")[2].partition("\n## ")[0]
ROWS = dict(re.findall(r"^\| `([a-z-]+)` \| ([a-z ]+) \|", PAGE, re.MULTILINE))
ELSEWHERE = {"template", "one-by-one", "spam-score", "spam-filter"}  # no rule of a mail's bytes


ROWS_HERE = read_section("checks", "mail")["rows"]
KNOWN = {code: set(how.split(" or ")) for code, how, *_ in ROWS_HERE}
OURS = {code for code, how, *_ in ROWS_HERE if how == "ours"}


def test_the_page_names_every_rule_and_no_other() -> None:
    assert len(KNOWN) > 40
    assert {*ROWS} == {*KNOWN} - OURS | ELSEWHERE
    assert all(f"`{code}`" in PAGE for code in OURS)


@pytest.mark.parametrize("code", sorted(KNOWN.keys() - OURS))
def test_the_page_says_how_bad_it_is(code: str) -> None:
    assert KNOWN[code] <= set(ROWS[code].split(" or "))


def test_a_release_may_wave_through_exactly_what_only_warns() -> None:
    warnings = {code for code, bad in ROWS.items() if "warning" in bad}
    assert warnings - {"spam-filter"} == OF_THE_MAIL
    assert not OF_THE_MAIL & OF_THE_TEXT.keys()


def test_every_rule_says_what_to_do() -> None:
    assert [code for code, rule in RULES.items() if not rule.hint.endswith((".", "…")) and code != "clients"] == []


def test_every_rule_is_looked_for_somewhere_and_there_is_a_rule_for_whatever_is_found() -> None:
    files = [*(ROOT / "mailer" / "message" / "checks").glob("*.py"), ROOT / "mailer/contacts/rows.py"]
    source = "".join(file.read_text("utf-8") for file in files)
    assert {code for code in KNOWN if f'"{code}"' not in source} == set()
    assert set(re.findall(r'judged\(\s*"([a-z-]+)"', source)) <= set(KNOWN)
