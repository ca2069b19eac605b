"""The only way out of a host's network: a process in it that hands connections on to unix sockets outside.

`python -m tests.fleet.relay PORT=SOCKET …` listens on these ports of the host's own loopback. What ends on one side is
ended on the other at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from functools import partial

_PIECE = 1 << 16  # bytes


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()


async def _hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, place: str) -> None:
    try:
        there, to = await asyncio.open_unix_connection(place)
    except OSError:  # what is outside is not there at the moment
        writer.close()
        return
    pumps = [asyncio.create_task(_pump(reader, to)), asyncio.create_task(_pump(there, writer))]
    await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
    for each in (to, writer):
        each.close()
    await asyncio.wait(pumps)


async def main(places: dict[int, str]) -> None:
    """Hand connections on until killed."""
    servers = [
        await asyncio.start_server(partial(_hand_on, place=place), "127.0.0.1", port) for port, place in places.items()
    ]
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main({int(port): place for port, _, place in (word.partition("=") for word in sys.argv[1:])}))
