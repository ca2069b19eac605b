"""Postfix's smtp-sink: a relay that takes everything, and keeps each message in a file of its own."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.office import wait_until
from tests.ports import free_port, listens


@contextlib.contextmanager
def running_sink(program: str, folder: Path) -> Iterator[tuple[int, Path]]:
    """Run it; yield its port, and the folder into which it puts each message as a file."""
    port, dump = free_port(), folder / "dump"
    dump.mkdir()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    if user:
        dump.chmod(0o777)
        for each in [each for each in dump.parents if each.is_relative_to(tempfile.gettempdir())][:-1]:
            each.chmod(0o755)
    with subprocess.Popen([program, *user, "-d", str(dump / "mail."), f"127.0.0.1:{port}", "100"]) as running:
        try:
            wait_until(lambda: listens(port))
            yield port, dump
        finally:
            running.terminate()


def recipients(dump: Path) -> Counter[str]:
    """Count how often each address got a message."""
    found: Counter[str] = Counter()
    for file in dump.iterdir():
        found.update(re.findall(r"^X-Rcpt-Args: <([^>]+)>", file.read_text("ascii"), re.MULTILINE))
    return found
