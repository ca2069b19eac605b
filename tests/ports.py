"""Ports for servers that cannot be handed a socket: probed now, listened on in a moment, and nobody else's meanwhile.

A port that the system gives to whoever asks for any (`bind` to 0) is given to the next one as soon as it is free again:
to a test in another process, or to a connection that goes out. So these are below all of those, and each is held for
this process by a UDP socket, which is in no TCP server's way, until the process ends.
"""

from __future__ import annotations

import random
import socket

HOST = "127.0.0.1"
_RANGE = range(20_000, 32_000)  # Linux gives out ports from 32768 by itself, others from 49152
_held: list[socket.socket] = []


def free_port() -> int:
    """Return a TCP port of this machine on which nobody listens, and which nobody else is given."""
    for port in random.SystemRandom().sample(_RANGE, len(_RANGE)):
        holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            holder.bind((HOST, port))
            with socket.socket() as probe:
                probe.bind((HOST, port))
        except OSError:
            holder.close()
        else:
            _held.append(holder)
            return port
    raise RuntimeError(f"no port of {HOST} is free")


def listens(port: int) -> bool:
    """Return whether somebody listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
