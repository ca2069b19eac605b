"""The fleet's mail server: a process of its own, whose log says who was connected, what was taken, and when.

`python -m tests.fleet.server LOG DELAY_S PLACE`, where PLACE is the path of a unix socket or a port of this machine.
A line of the log is `seconds kind connection words…`, and is written before the client can know of it: `open`, `hello
NAME`, `later ADDRESS` (a first try that is asked to come again), `taken ADDRESS MESSAGE-ID` and `close`. A connection
is closed for the log when its end arrives, also while a reply is being thought about.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import sys
import time
from itertools import count
from pathlib import Path

_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)
_LONGEST = 1 << 22  # bytes of a message
_LATER = 200  # one address in so many has a mailbox that is busy at first
_SLOW = 500  # one message in so many takes long
_SLOW_S = 1.5
_numbers = count(1)


class _Reader(asyncio.StreamReader):
    """Knows at once that nothing more comes, while `StreamReader` says so to the next who reads."""

    def __init__(self, log: int, number: int) -> None:
        super().__init__(limit=_LONGEST)
        self._log, self._number, self._is_open = log, number, True

    def write_log(self, kind: str, *words: str) -> None:
        line = " ".join((f"{time.time():.6f}", kind, str(self._number), *words))
        os.write(self._log, f"{line}\n".encode())

    def end(self) -> None:
        if self._is_open:
            self._is_open = False
            self.write_log("close")

    def feed_eof(self) -> None:
        self.end()
        super().feed_eof()

    def set_exception(self, exc: Exception) -> None:
        self.end()
        super().set_exception(exc)


def _protocol(log: int, delay_s: float, busy: set[str]) -> asyncio.StreamReaderProtocol:
    reader = _Reader(log, next(_numbers))

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reader.write_log("open")
        try:
            await _talk(reader, writer, delay_s=delay_s, busy=busy)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            reader.end()
            writer.close()

    return asyncio.StreamReaderProtocol(reader, serve)


def _lot(address: str) -> int:
    return int.from_bytes(hashlib.sha256(address.encode()).digest()[:4])


async def _talk(reader: _Reader, writer: asyncio.StreamWriter, *, delay_s: float, busy: set[str]) -> None:
    address = ""
    writer.write(b"220 relay.example.org ESMTP\r\n")
    while True:
        verb, _, rest = (await reader.readuntil(b"\r\n")).decode().strip().partition(" ")
        match verb.upper():
            case "EHLO":
                reader.write_log("hello", rest)
                writer.write(b"250-relay.example.org\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n")
            case "RCPT":
                address = rest[rest.index("<") + 1 : rest.index(">")]
                if address not in busy and _lot(address) % _LATER == 0:
                    busy.add(address)
                    reader.write_log("later", address)
                    address = ""
                    writer.write(b"450 4.2.0 Mailbox busy, try again later\r\n")
                else:
                    writer.write(b"250 2.1.5 Recipient ok\r\n")
            case "DATA" if not address:
                writer.write(b"503 5.5.1 No valid recipients\r\n")
            case "DATA":
                await asyncio.sleep(delay_s / 2)
                writer.write(b"354 Send it\r\n")
                body = await reader.readuntil(b"\r\n.\r\n")
                found = _ID.search(body)
                await asyncio.sleep(_SLOW_S if _lot(address) % _SLOW == 1 and delay_s else delay_s / 2)
                reader.write_log("taken", address, found[1].decode() if found else "")
                writer.write(b"250 2.0.0 Queued\r\n")
            case "QUIT":
                reader.end()
                writer.write(b"221 2.0.0 Goodbye\r\n")
                return
            case _:
                writer.write(b"250 2.0.0 Ok\r\n")


async def main(log: Path, delay_s: float, place: str) -> None:
    """Serve until killed."""
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    loop, busy = asyncio.get_running_loop(), set[str]()
    if place.isdecimal():
        server = await loop.create_server(lambda: _protocol(file, delay_s, busy), "127.0.0.1", int(place))
    else:
        server = await loop.create_unix_server(lambda: _protocol(file, delay_s, busy), place)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3]))
