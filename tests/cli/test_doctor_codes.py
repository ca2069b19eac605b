"""The doctor's table of codes, docs/doctor.md and the tests of the doctor agree."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from mailer.errors import Severity
from mailer.runs.doctor.values import CODES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "doctor.md").read_text("utf-8")
CODE = [*(ROOT / "mailer" / "runs" / "doctor").rglob("*.py"), ROOT / "mailer/message/received.py"]
TESTS = [path for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)]
STATES = {Severity.ERROR: "wrong", Severity.WARNING: "warning", Severity.NOTE: "note"}


def words(paths: list[Path]) -> set[str]:
    """Return every string literal in these files."""
    nodes = (node for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return {text.partition(".")[0] for text in texts}  # after its dot, a key names one of several sentences


def test_each_code_stands_on_the_page() -> None:
    rows = (f"| `{code}` | {STATES[severity]} | {means} |" for code, (severity, means) in CODES.items())
    assert set(rows) - set(PAGE.splitlines()) == set()


def test_the_page_names_no_other_codes() -> None:
    assert set(re.findall(r"^\| `([a-z-]+)` \| (?:wrong|warning|note) \|", PAGE, re.MULTILINE)) == set(CODES)


def test_each_code_is_found_by_some_look_and_shown_by_some_test() -> None:
    """A fault that no test makes with a real server, folder or mail may never be reported."""
    looked = words(CODE)
    assert set(CODES) - looked == set(), "these stand in the table alone"
    shown = words([path for path in TESTS if re.search(r"test_doctor|received|test_returned", path.as_posix())])
    assert set(CODES) - shown == set(), "these need a test that makes them appear"
