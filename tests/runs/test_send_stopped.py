"""Stopping: Ctrl-C finishes what is on the wire, and the rest goes on later."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import pytest

import mailer
from mailer.cli.office import writing_office
from mailer.events import MailingState
from mailer.ledger.mailings import require_mailing, set_state
from mailer.runs.sending.deliver import Run
from tests.office import Desk, finish, in_the_ledger, times_taken, wait_until
from tests.servers import Act, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
OURS = str(Path(mailer.__file__).parent)
PYTHONS_START = ("site.py", "<frozen site>", "import signal", "init_import_site", "Could not import runpy module")


def wait_for_word(process: subprocess.Popen[str], word: str) -> None:
    """Read what a command says until it says this."""
    assert process.stderr is not None
    while word not in (line := process.stderr.readline()):
        assert line, f"it never said {word}"


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "kill"])
def test_a_stop_finishes_what_is_on_the_wire_and_the_rest_goes_on_later(
    desk: Desk, server: ScriptedServer, number: signal.Signals
) -> None:
    people, gate = desk.people("coast", 16), threading.Event()
    server.at = {"body": [*[Act()] * 4, *[Act(until=gate)] * 12]}
    process = desk.start(*SEND)
    wait_until(lambda: len(server.accepted) >= 5)
    process.send_signal(number)
    wait_for_word(process, "Stopping")
    gate.set()
    done = finish(process)
    assert done.code == 1
    assert "Stopped. Go on with: mailer resume lamps" in done.err
    assert "Traceback" not in done.err
    report = desk.report()
    assert 4 <= report["accepted"] == len(server.accepted) < 16
    assert (report["in_doubt"], report["pending"]) == (0, 16 - report["accepted"])
    wait_until(lambda: server.open == 0)  # where the next envelope was on the wire, QUIT would be a line of its body
    server.at = {}
    assert desk.run("resume", "lamps").code == 0
    assert times_taken(server) == dict.fromkeys(people, 1)


@pytest.mark.slow
def test_a_stop_holds_nobody_but_who_is_on_the_wire(desk: Desk, server: ScriptedServer) -> None:
    """One connection is done and one waits for its answer: everybody else is free for another process."""
    desk.people("coast", 40)
    first, second = threading.Event(), threading.Event()
    server.at = {"body": [*[Act()] * 4, Act(until=first), *[Act(until=second)] * 40]}
    process = desk.start(*SEND)
    wait_until(lambda: len(server.accepted) == 6)
    process.send_signal(signal.SIGINT)
    wait_for_word(process, "Stopping")
    first.set()
    held = "SELECT count(*) FROM delivery WHERE state = 'claimed'"
    wait_until(lambda: in_the_ledger(desk, held)[0][0] <= 1)  # whose commands ride behind the body that is on the wire
    wait_until(lambda: in_the_ledger(desk, "SELECT count(*) FROM delivery WHERE state = 'attempted'") == [(1,)])
    assert in_the_ledger(desk, held)[0][0] <= 1
    assert process.poll() is None
    second.set()
    assert finish(process).code == 1
    report = desk.report()
    assert (report["accepted"], report["pending"], report["in_doubt"]) == (6, 34, 0)


@pytest.mark.slow
def test_a_second_ctrl_c_ends_at_once_and_says_nothing_that_is_not_so(desk: Desk, server: ScriptedServer) -> None:
    """Whose text is on the wire then is in doubt, and nobody else."""
    desk.people("coast", 8)
    server.at = {"body": [Act(), Act(), *[Act(silent=True, taken=True)] * 2]}
    process = desk.start(*SEND)
    wait_until(lambda: len(server.accepted) == 4)
    process.send_signal(signal.SIGINT)
    wait_for_word(process, "Stopping")
    process.send_signal(signal.SIGINT)
    done = finish(process)
    assert done.code == 130
    assert "Traceback" not in done.err
    report = desk.report()
    assert (report["accepted"], report["in_doubt"], report["pending"]) == (2, 2, 4)


def test_a_stop_that_comes_before_the_first_message_sends_nothing(
    desk: Desk, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.at = {"mail": Act("550 5.7.1 not you")}
    assert desk.run(*SEND).code == 4
    server.at = {}
    before = server.connections
    monkeypatch.setenv("MAILER_WORKSPACE", str(desk.root))
    with writing_office() as (office, ledger):
        with ledger.writing() as connection:
            mailing = require_mailing(connection, "lamps")
            set_state(connection, mailing.id, MailingState.SENDING, stamp=office.stamp())
        run = Run(office, ledger, mailing)
        run.stop()
        ended = asyncio.run(run.to_relay(office.relay(), None))
    assert ended.stopped
    assert server.connections == before
    assert set(desk.states().values()) == {"pending"}


def test_nothing_of_a_stopped_process_is_left_in_the_folder_of_locks(desk: Desk, server: ScriptedServer) -> None:
    desk.run(*SEND)
    assert list((desk.root / ".mailer" / "run").iterdir()) == []
    assert server.accepted
    assert all(path.stat().st_mode & 0o077 == 0 for path in machine_files(desk.root / ".mailer"))


def machine_files(folder: Path) -> list[Path]:
    """Return what only its owner may look into (the preview inbox is a mail folder like any other)."""
    return [Path(base) / name for base, _, names in os.walk(folder) for name in names]


@pytest.mark.slow
def test_ctrl_c_while_it_waits_for_the_pace_ends_cleanly_with_figures(desk: Desk, server: ScriptedServer) -> None:
    desk.settings(server, rate="2/min")
    process = desk.start(*SEND)
    wait_until(lambda: len(server.accepted) >= 1)
    process.send_signal(signal.SIGINT)
    done = finish(process)
    assert done.code == 1
    assert "Traceback" not in done.err
    assert "Stopped. Go on with: mailer resume lamps" in done.err
    report = desk.report()
    assert report["accepted"] == len(server.accepted) < 5
    assert report["accepted"] + report["pending"] == 5


SHOP = "a folder of the test's own"


def before_any_line_of_ours(error: str) -> bool:
    """Return whether Python itself was stopped while it started: then nothing of ours could answer Ctrl-C."""
    frames = re.findall(r'^ *File "([^"]+)"', error, re.MULTILINE)
    frozen = bool(frames) and all(frame.startswith("<frozen ") for frame in frames)
    is_ours = any(frame.startswith(OURS) for frame in frames)
    return not is_ours and (frozen or any(word in error for word in PYTHONS_START))


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [SEND, ("worker",), ("rehearse", "lamps", "--to", "coast"), ("lists", "check", "coast"), ("demo", SHOP)],
    ids=lambda words: str(words[0]),
)
def test_ctrl_c_in_any_phase_of_a_command_prints_no_traceback(
    desk: Desk, server: ScriptedServer, words: tuple[str, ...]
) -> None:
    """At moments that are spread over its whole life, from the first module that is loaded."""
    server.at = {"body": Act(delay_s=0.1)}
    for moment in range(8):
        shop = desk.root / "shop"
        process = desk.start(*(str(shop) if word == SHOP else word for word in words), anew=True)
        assert process.stderr is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.15 + 0.4 * moment)
        process.send_signal(signal.SIGINT)
        done = finish(process)
        assert "Traceback" not in done.err or before_any_line_of_ours(done.err), done.err
        assert "internal error" not in done.err
        assert "Exception ignored" not in done.err
        shutil.rmtree(shop, ignore_errors=True)
