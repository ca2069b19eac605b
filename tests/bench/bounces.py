"""Bounces: how many returned messages are read a second, beside flufl.bounce on the same messages.

One process, one core; the two take turns round by round, and the median counts. flufl.bounce gives addresses and
whether they failed for good; ours gives the whole report. It is no dependency: without it its column is left out.
"""

from __future__ import annotations

import email
import importlib
import logging
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from mailer.bounces.report import parse_report
from mailer.reply.texts import read_text

ROUNDS = 5
LEAST = 1_000  # messages a second on one core
_CORPUS = Path(__file__).parents[1] / "bounces"
_Read = Callable[[bytes], object]


def run(folder: str) -> None:
    """Print the figures for the messages of the tests and for those in `folder`, where there is one."""
    rival = _rival()
    if rival is None:
        print("flufl.bounce is not installed, and is left out; it comes with: pip install flufl.bounce")
    for name, place in (("the corpus of the tests", _CORPUS / "corpus"), (folder, Path(folder) if folder else None)):
        messages = [file.read_bytes() for file in sorted(place.glob("*.eml"))] if place else []
        if messages:
            _print(name, messages, rival)
    _print_texts()


def _rival() -> _Read | None:
    try:
        detector = importlib.import_module("flufl.bounce")
    except ImportError:
        return None

    logging.getLogger("flufl.bounce").disabled = True  # it tells of each witness that broke

    def read(data: bytes) -> object:
        try:
            return detector.all_failures(email.message_from_bytes(data))
        except Exception:  # noqa: BLE001 - it raises on odd input, and its time counts all the same
            return None

    return read


def _print(name: str, messages: Sequence[bytes], rival: _Read | None) -> None:
    size = sum(map(len, messages)) / len(messages) / 1e3
    print(f"\n{name}: {len(messages)} messages of {size:.1f} kB")
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(_rate(parse_report, messages))
        if rival:
            theirs.append(_rate(rival, messages))
    rate = statistics.median(ours)
    verdict = "met" if rate >= LEAST else "missed"
    print(f"  {'parse_report, all of the report':38}{rate:8.0f} messages/s   target {LEAST}: {verdict}")
    if theirs:
        other = statistics.median(theirs)
        print(f"  {'flufl.bounce, addresses':38}{other:8.0f} messages/s   we are {rate / other:.1f} x")
    slowest = max(_seconds(parse_report, message) for message in messages)
    print(f"  {'the slowest message':38}{slowest * 1000:8.1f} ms")


def _print_texts() -> None:
    lines = (_CORPUS / "refusals.txt").read_text("utf-8").splitlines()
    texts = [line.partition("|")[2] for line in lines if "|" in line]
    begin = time.process_time()
    for text in texts:
        read_text(text)
    took = time.process_time() - begin
    print(f"\nthe table of texts, over {len(texts)} refusals: {took / len(texts) * 1e6:.0f} µs each")


def _rate(read: _Read, messages: Sequence[bytes]) -> float:
    begin = time.process_time()
    for message in messages:
        read(message)
    return len(messages) / (time.process_time() - begin)


def _seconds(read: _Read, message: bytes) -> float:
    begin = time.process_time()
    read(message)
    return time.process_time() - begin
