"""A fleet sends through a storm: `python -m tests.fleet`, small."""

from __future__ import annotations

import pytest

from tests.fleet.__main__ import main

pytestmark = pytest.mark.service("postgres")


@pytest.mark.usefixtures("postgres")
def test_nobody_is_lost_or_doubled_when_workers_die_sleep_and_are_cut_off(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(
        ["--rounds", "1", "--people", "1500", "--lease", "6", "--every", "3", "--seed", "1", "--connections", "18"]
    )
    assert code == 0, capsys.readouterr().out
