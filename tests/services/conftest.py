"""Programs of the system that some tests need: skipped with a reason where absent, a failure where required."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.mailboxes import Dovecot, running_dovecot


def _program(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin")))
    if found:
        return found
    reason = f"{name} is not installed"
    if name in os.environ.get("MAILER_TEST_REQUIRE", "").split(","):
        pytest.fail(f"{reason}, and MAILER_TEST_REQUIRE asks for it")
    pytest.skip(reason)


@pytest.fixture
def smtp_sink() -> str:
    return _program("smtp-sink")


@pytest.fixture
def chromium() -> str:
    return _program("chromium")


@pytest.fixture
def opendkim() -> str:
    return _program("opendkim")


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    with running_dovecot(_program("dovecot")) as running:
        yield running
