"""The shipped family's mails, byte for byte. After a wanted change, look at them, then renew them with

MAILER_RENEW_GOLDEN=1 python -m pytest tests/message/test_golden.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailer.message.checks import check_message
from tests.message.samples import CASES, SENDER

GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize("name", CASES)
def test_mail_is_the_golden_one_byte_for_byte(name: str) -> None:
    data = CASES[name].compose()
    path = GOLDEN / f"{name}.eml"
    if os.environ.get("MAILER_RENEW_GOLDEN"):
        path.write_bytes(data)
    assert path.read_bytes() == data


@pytest.mark.parametrize("name", CASES)
def test_golden_mail_passes_every_check(name: str) -> None:
    checks = check_message((GOLDEN / f"{name}.eml").read_bytes(), postal_address=SENDER.postal_address)
    assert not [check for check in checks if not check.passed]
    assert len(checks) > (14 if CASES[name].text_only else 25)
