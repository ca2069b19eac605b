"""The bench runs, on a few people: it stands in nobody's way until the day it is needed, and then it must work."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.service("smtp-sink")

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _needed(smtp_sink: str) -> None:
    del smtp_sink


def bench(*words: str) -> str:
    command = [sys.executable, "-m", "tests.bench", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_signed_mailing_is_measured_beside_the_plain_loop() -> None:
    said = bench("send", "--people", "50", "--rounds", "1", "--dkim")
    assert re.search(r"(?m)^  mailer +\d+ ", said)
    assert re.search(r"(?m)^  \(b\) plain loop +\d+ .* \d+\.\d\d x  2\.5 x (met|missed)$", said)
    assert re.search(r"(?m)^  50 messages: prepare .*, confirm .*, deliver .*, whole ", said)


def test_the_turns_of_a_conversation_are_counted() -> None:
    said = bench("send", "--people", "50", "--rounds", "1", "--processes", "2", "--connections", "1")
    counted = re.search(r"(?m)^  (\d+\.\d\d) round trips a message$", said)
    assert counted
    # MAIL, RCPT and DATA in one go, then the body; greeting and goodbye are a few more, spread over fifty
    assert 1 <= float(counted[1]) <= 2.2


def test_the_curve_of_memory_is_drawn() -> None:
    said = bench("memory", "--up-to", "50")
    assert re.search(r"(?m)^ +50 ", said)
    assert re.search(r"(?m)^peak \d+ MB, 250 allowed: met$", said)


def test_the_profile_knows_the_rooms() -> None:
    said = bench("profile", "--people", "200")
    for phase in ("prepare", "confirm", "deliver"):
        assert re.search(rf"(?m)^{phase}: \d+ us a message by the clock, \d+ us of CPU$", said)
    deliver = said.partition("\ndeliver:")[2]
    assert re.search(r"(?m)^ +[\d.]+ +[\d.]+%  ledger$", deliver)
    assert re.search(r"(?m)^ +[\d.]+ +[\d.]+%  message$", deliver)
