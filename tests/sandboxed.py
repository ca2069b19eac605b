"""Readers that run in a sandbox's child and behave badly there, for tests: each is named after what it does."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

from mailer.bounces.report import parse_document, parse_report
from mailer.bounces.values import Report
from mailer.errors import InputProblem


class Panic(BaseException):
    """What PyO3 raises where Rust panics."""


BAD = b"X-Hostile: yes"


def spins(_data: bytes) -> bytes:
    while True:
        pass


def sleeps(_data: bytes) -> bytes:
    time.sleep(3600)
    return b""


def eats(_data: bytes) -> int:
    return len([bytes(1_000_000) for _ in range(10_000)])


def aborts(_data: bytes) -> bytes:
    os.abort()


def dies(_data: bytes) -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


def fails(data: bytes) -> int:
    return {b"other": 1}[data]


def nests(depth: int) -> int:
    return nests(depth + 1)


def panics(_data: bytes) -> bytes:
    raise Panic("a panic of Rust is no Exception")


def refuses(data: bytes) -> bytes:
    raise InputProblem("is empty", source="a.md", line=3, hint=f"write {data.decode()}")


def prints(data: bytes) -> bytes:
    sys.stdout.write("thread panicked at src/lib.rs\n")
    os.write(1, b"thread panicked\n")
    os.write(2, b"thread panicked\n")
    return data


def echoes(data: bytes) -> tuple[int, bytes]:
    return os.getpid(), data


def spins_where_told(data: bytes) -> bytes:
    return spins(data) if BAD in data else data


def works_for_a_third_of_a_second(data: bytes) -> bytes:
    began = time.process_time()
    while time.process_time() - began < 0.35:
        pass
    return data


def counts(most: int) -> Iterator[int]:
    yield from range(most)


def counts_and_spins(most: int) -> Iterator[int]:
    yield from range(most)
    spins(b"")


def environment(_data: bytes) -> dict[str, str]:
    return dict(os.environ)


def report_or_spin(data: bytes) -> Report:
    return parse_report(spins_where_told(data))


def document_or_spin(data: bytes) -> dict[str, Any]:
    return parse_document(spins_where_told(data))
