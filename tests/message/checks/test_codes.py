"""The rules of finished mails and their page in docs/checks.md are one."""

from __future__ import annotations

import re
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import mailer.message.checks as room
from mailer.message.checks.look import Verdict
from mailer.message.checks.transport import LINE_ENDS
from mailer.release.checks.codes import OF_THE_MAIL, RULES
from mailer.runs.planning.findings import NOTE

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "checks.md").read_text("utf-8").partition("## The finished mail\n")[2].partition("\n## ")[0]
ROWS = dict(re.findall(r"^\| `([a-z-]+)` \| ([a-z ]+) \|", PAGE, re.MULTILINE))
ELSEWHERE = {"template", "spam-score", "spam-filter"}  # no rule of a mail's bytes


def verdicts() -> list[Verdict]:
    """Return every rule's answer."""
    modules = [import_module(f"{room.__name__}.{each.name}") for each in iter_modules(room.__path__)]
    return [value for module in modules for value in vars(module).values() if isinstance(value, Verdict)]


def severities() -> dict[str, set[str]]:
    found = defaultdict[str, set[str]](set)
    for each in (*verdicts(), NOTE):
        found[each.code].add(each.severity.value)
    return found


KNOWN = severities()
OURS = {each.code for each in verdicts() if each.hint == LINE_ENDS.hint}


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
    assert not OF_THE_MAIL & RULES.keys()


def test_every_rule_says_what_to_do() -> None:
    assert [each.code for each in verdicts() if not each.hint.endswith((".", "…")) and each.code != "clients"] == []
