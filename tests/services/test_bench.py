"""The bench runs, on a few people: it stands in nobody's way until the day it is needed, and then it must work."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.bench.wire import proxy

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
    assert re.search(r"(?m)^  \(b\) plain loop +\d+ ", said)
    assert re.search(r"(?m)^  50 messages: prepare .*, confirm .*, deliver ", said)
    assert re.search(r"(?m)^\| delivering, signed with RSA-2048 \| [\d.]+ × the plain loop \| .* \| ≥ 2\.5 \|", said)


def test_the_whole_command_is_a_row_of_the_table_and_a_bar_of_the_picture(tmp_path: Path) -> None:
    picture = tmp_path / "performance.svg"
    said = bench("all", "--only", "send", "--people", "20", "--rounds", "1", "--svg", str(picture))
    name = "`mailer send` to 20, one process"
    row = re.search(rf"(?m)^\| {name} \| ([\d.]+) × the plain loop \| .* \| ≥ 2\.6 \| ≥ 3\.5 \|", said)
    assert row
    drawn = ET.fromstring(picture.read_text("utf-8"))  # noqa: S314 - written by us just now
    texts = {"".join(each.itertext()) for each in drawn.iter("{http://www.w3.org/2000/svg}text")}
    assert {"plain loop", name.replace("`", ""), f"{row[1]} ×"} <= texts


def test_two_processes_share_a_mailing() -> None:
    said = bench("send", "--people", "50", "--rounds", "1", "--processes", "2", "--connections", "1")
    counted = re.search(r"(?m)^  (\d+\.\d\d) round trips a message$", said)
    assert counted
    # the body, and MAIL, RCPT and DATA in one go; greeting and goodbye are a few more, spread over fifty
    assert 1 <= float(counted[1]) <= 2.2


@pytest.mark.parametrize("rtt_ms", [0, 20])
def test_a_turn_begins_where_a_client_speaks_after_the_server_and_nothing_overtakes(rtt_ms: int) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        proxy(listener.getsockname()[1], rtt_ms=rtt_ms) as (port, turns),
    ):
        listener.settimeout(60)
        listener.accept()[0].close()  # the proxy was knocked at, to see whether it listens
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            server, _ = listener.accept()
            with server:
                server.settimeout(60)
                server.sendall(b"hello")  # as every mail server does: then both ends are joined
                assert read(client, 5) == b"hello"
                for piece in (b"one ", b"two ", b"three"):  # three pieces that arrive apart are one turn
                    client.sendall(piece)
                    time.sleep(0.03)
                assert read(server, 13) == b"one two three"
                server.sendall(b"yes")
                assert read(client, 3) == b"yes"
                client.sendall(b"four")
                assert read(server, 4) == b"four"
    assert turns.count == 2


def read(source: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        piece = source.recv(count - len(found))
        assert piece, "the connection ended too soon"
        found += piece
    return found


def test_the_curve_of_memory_is_drawn() -> None:
    said = bench("memory", "--up-to", "50")
    assert re.search(r"(?m)^ +50 ", said)
    assert re.search(r"(?m)^\| peak of memory, 50 people \| [\d.]+ MB \|  \| ≤ 250 \|  \| met \|$", said)


def test_the_profile_knows_the_rooms() -> None:
    said = bench("profile", "--people", "200")
    for phase in ("prepare", "confirm", "deliver"):
        assert re.search(rf"(?m)^{phase}: \d+ us a message by the clock, \d+ us of CPU$", said)
    deliver = said.partition("\ndeliver:")[2]
    assert re.search(r"(?m)^ +[\d.]+ +[\d.]+%  ledger$", deliver)
    assert re.search(r"(?m)^ +[\d.]+ +[\d.]+%  message$", deliver)
