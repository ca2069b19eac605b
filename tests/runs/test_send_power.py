"""A power cut forgets what no sync has covered: how the ledger is opened, and what a log of strace says of it."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from mailer.ledger import open_ledger
from tests.kill.power import Moment, is_remembered, read_moments
from tests.office import Desk


def hexed(data: bytes | str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in (data.encode() if isinstance(data, str) else data))


def write(data: bytes, offset: int, *, name: str = "ledger.db-wal") -> str:
    return f'7  pwrite64(4<{hexed("/office/.mailer/" + name)}>, "{hexed(data)}", {len(data)}, {offset})'


def sync(thread: int = 7, *, name: str = "ledger.db-wal") -> str:
    return f"{thread}  fdatasync(4<{hexed('/office/.mailer/' + name)}>"


BODY = f'9  sendto(11<{hexed("socket:[5]")}>, "{hexed("From: a@example.org" + chr(13) + chr(10))}'
BODY += f'{hexed("Message-ID: <one@example.org>")}", 50, 0, NULL, 0) = 50'


def left(*lines: str) -> dict[str, bytes]:
    """Return what a power cut leaves when the one body in a log begins."""
    (moment,) = read_moments([*lines, BODY])
    assert moment.message_id == "<one@example.org>"
    return dict(moment.files)


def test_a_write_counts_once_it_is_synced() -> None:
    assert left(f"{write(b'abc', 0)} = 3") == {}
    assert left(f"{write(b'abc', 0)} = 3", f"{sync()}) = 0") == {"ledger.db-wal": b"abc"}
    assert left(f"{write(b'abc', 2)} = 3", f"{sync()}) = 0") == {"ledger.db-wal": b"\0\0abc"}


def test_a_write_after_the_sync_does_not_count() -> None:
    assert left(f"{write(b'abc', 0)} = 3", f"{sync()}) = 0", f"{write(b'X', 0)} = 1") == {"ledger.db-wal": b"abc"}


def test_a_sync_that_failed_or_has_not_ended_does_not_count() -> None:
    assert left(f"{write(b'abc', 0)} = 3", f"{sync()}) = -1 EIO (Input/output error)") == {}
    assert left(f"{write(b'abc', 0)} = 3", f"{sync()} <unfinished ...>") == {}


def test_a_sync_covers_what_was_written_before_it_began() -> None:
    began, ended = f"{sync(8)} <unfinished ...>", "8  <... fdatasync resumed>) = 0"
    assert left(f"{write(b'a', 0)} = 1", began, f"{write(b'b', 1)} = 1", ended) == {"ledger.db-wal": b"a"}
    late = f"{write(b'b', 1).removesuffix(')')} <unfinished ...>"
    resumed = "7  <... pwrite64 resumed>) = 1"
    assert left(late, f"{sync(8)}) = 0", resumed) == {}
    assert left(late, resumed, f"{sync(8)}) = 0") == {"ledger.db-wal": b"\0b"}


def test_the_sync_of_another_file_does_not_count() -> None:
    assert left(f"{write(b'abc', 0)} = 3", f"{sync(name='ledger.db')}) = 0").get("ledger.db-wal") is None


def test_sqlite_says_whether_the_attempt_is_in_what_is_left(desk: Desk, tmp_path: Path) -> None:
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    data = (desk.root / ".mailer" / "ledger.db").read_bytes()
    known = str(desk.report()["deliveries"][0]["message_id"])
    cases = [(known, data, True), ("<x@example.org>", data, False), (known, data[:8192], False), (known, b"", False)]
    for number, (message_id, found, expected) in enumerate(cases):
        place = tmp_path / f"disk-{number}"
        place.mkdir()
        assert is_remembered(Moment(message_id, {"ledger.db": found}), place) is expected


def test_every_connection_of_the_ledger_waits_for_the_disk(tmp_path: Path) -> None:
    """FULL, and on macOS a real flush of the drive: also the connections that a pool opens under load."""
    ledger = open_ledger("sqlite:///.mailer/ledger.db", tmp_path)
    assert ledger is not None
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(ledger.reading()) for _ in range(6)]
        held.append(stack.enter_context(ledger.writing()))
        assert len({id(each.connection.driver_connection) for each in held}) == 7
        for each in held:
            assert isinstance(each.connection.driver_connection, sqlite3.Connection)
            found = [each.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "fullfsync")]
            assert found == [2, 1]
    ledger.close()
