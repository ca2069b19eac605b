"""Programs of the system that some tests need: skipped with a reason where absent, a failure where required."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.gallery.screen import Screen, open_screen
from tests.kill.clocks import find_faketime
from tests.mailboxes import Dovecot, running_dovecot
from tests.services.sinks import running_sink


def _program(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin")))
    return found or _without(name, f"{name} is not installed")


def _without(name: str, reason: str) -> NoReturn:
    if name in os.environ.get("MAILER_TEST_REQUIRE", "").split(","):
        pytest.fail(f"{reason}, and MAILER_TEST_REQUIRE asks for it")
    pytest.skip(reason)


@pytest.fixture
def smtp_sink() -> str:
    return _program("smtp-sink")


@pytest.fixture
def sink(smtp_sink: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    with running_sink(smtp_sink, tmp_path_factory.mktemp("sink")) as running:
        yield running


@pytest.fixture
def chromium() -> str:
    return _program("chromium")


@pytest.fixture
def faketime() -> Path:
    return find_faketime() or _without("faketime", "libfaketime is not installed")


@pytest.fixture
def opendkim() -> str:
    return _program("opendkim")


@pytest.fixture
def openssl() -> str:
    return _program("openssl")


@pytest.fixture
def ssh_keygen() -> str:
    return _program("ssh-keygen")


@pytest.fixture
def sha256sum() -> str:
    return _program("sha256sum")


@pytest.fixture
def spamassassin() -> str:
    return _program("spamassassin")


@pytest.fixture
def rspamd() -> str:
    return _program("rspamd")


@pytest.fixture(scope="session")
def dovecot_program() -> str:
    if not Path("/usr/lib/dovecot/pop3").exists():
        _without("dovecot", "Dovecot is not installed, or without its POP3 server (dovecot-pop3d)")
    return _program("dovecot")


@pytest.fixture(scope="session")
def dovecot(dovecot_program: str) -> Iterator[Dovecot]:
    with running_dovecot(dovecot_program) as running:
        yield running


@pytest.fixture(scope="session")
def as_root() -> Callable[[str], None]:
    """Return what ends a test of a server that only root can start, where somebody else runs it."""

    def check(name: str) -> None:
        if os.geteuid():
            _without(name, f"{name} must be started by root")

    return check


@pytest.fixture(scope="session")
def postfix() -> str:
    return _program("postfix")


@pytest.fixture(scope="session")
def dovecot_for_logins() -> str:
    """Postfix has its logins from it: whoever asks for Postfix asks for both."""
    found = shutil.which("dovecot", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin")))
    return found or _without("postfix", "dovecot is not installed")


def _unpacked(name: str, program: str) -> Path:
    """Return the folder that a server's package was unpacked into, or the machine's own where it is installed."""
    for folder in (os.environ.get("MAILER_TEST_SERVERS", ""), "/"):
        if folder and (Path(folder) / program).is_file():
            return Path(folder)
    _without(name, f"{name} is neither installed nor unpacked in MAILER_TEST_SERVERS")


@pytest.fixture(scope="session")
def exim() -> Path:
    return _unpacked("exim", "usr/sbin/exim4")


@pytest.fixture(scope="session")
def opensmtpd() -> Path:
    return _unpacked("opensmtpd", "usr/sbin/smtpctl")


@pytest.fixture(scope="session")
def nginx() -> Path:
    return _unpacked("nginx", "usr/sbin/nginx") / "usr/sbin/nginx"


@pytest.fixture(scope="session")
def pgbouncer() -> Path:
    return _unpacked("pgbouncer", "usr/sbin/pgbouncer") / "usr/sbin/pgbouncer"


@pytest.fixture(scope="session")
def docker_compose() -> Path:
    return _unpacked("docker-compose", "usr/bin/docker-compose") / "usr/bin/docker-compose"


@pytest.fixture(scope="session")
def systemd_analyze() -> str:
    return _program("systemd-analyze")


@pytest.fixture
def oidc_modules() -> Path:
    """Return the folder with npm's oidc-provider in it: `npm install --prefix DIR oidc-provider`."""
    modules = Path(os.environ.get("MAILER_TEST_OIDC") or "/nowhere") / "node_modules"
    if not (modules / "oidc-provider").is_dir() or not shutil.which("node"):
        _without("oidc-provider", "node is not installed, or oidc-provider is not in MAILER_TEST_OIDC")
    return modules


@pytest.fixture
def strace() -> str:
    return _program("strace")


@pytest.fixture(scope="session")
def screen() -> Iterator[Screen]:
    """One Chromium for all that looks at mails."""
    with open_screen(_program("chromium")) as opened:
        yield opened
