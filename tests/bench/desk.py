"""Desk: what its pages cost on a ledger of a million deliveries and a list of 100,000, and what open browsers cost.

A page is asked for by one client after the other, as a person does, over the real process; its server time is what
the client waits for, while the long list is being read beside it and once it was read. The streams are 50 browsers,
each with the stream of changes and the live page of the mailing, fetched again at most once a second, as the desk's
script does: the sender's rate with them is held against its rate without, in rounds that take turns.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mailer.cli.office import given_workspace, writing_office
from tests.bench.figures import Figure
from tests.bench.ledger import fill
from tests.bench.office import LIST, SLUG, Shape, write_office
from tests.bench.wire import sink
from tests.desk.opened import Opened, opened
from tests.office import Desk

PAGE_MS, SHARE = 100, 0.95
STREAMS, ROUNDS, LOOKS = 50, 3, 9
PAGES = {
    "Today": "/",
    "mailings": "/mailings",
    "a mailing": f"/mailings/{SLUG}-0",
    "its recipients": f"/mailings/{SLUG}-0/deliveries?state=accepted",
    "releases": "/releases",
    "lists": "/lists",
    "a list": f"/lists/{LIST}",
    "a list, filtered": f"/lists/{LIST}?where=outlet+%3D%3D+%22Outlet+7%22",
    "suppressions": "/suppressions",
    "a person": "/people/reader0@outlet-0.example.com",
    "inbox": "/inbox",
    "settings": "/settings",
}


def run(people: int, rows: int, sent: int) -> list[Figure]:
    """Print and return what pages cost on so many deliveries and rows, and what 50 streams cost a send to so many."""
    return [*_pages(people, rows), *_streams(sent)]


def _pages(people: int, rows: int) -> list[Figure]:
    figures = []
    with tempfile.TemporaryDirectory(prefix="mailer-bench-") as folder:
        root = Path(folder, "office")
        write_office(root, Shape(people=5, port=2525, paragraphs=1))
        given_workspace.set(str(root))
        with writing_office() as (office, ledger):
            fill(office, ledger, people, 10)
        other = Path(folder, "other")
        write_office(other, Shape(people=rows, port=2525, paragraphs=1))
        shutil.copy(other / "lists" / f"{LIST}.csv", root / "lists")
        with opened(Desk(root)) as desk:
            desk.get(PAGES["a list"])  # from here on it is being read, beside the pages
            for when in ("while the list is read", "once it was read"):
                print(f"\n{people:,} deliveries, a list of {rows:,}, {when} (ms a page: median of {LOOKS}, first look)")
                for name, path in PAGES.items():
                    first, *took = (_look(desk, path) for _ in range(LOOKS + 1))
                    ms = statistics.median(took)
                    print(f"  {name:20}{ms:8.1f}{first:10.1f}", flush=True)
                    figures.append(Figure(f"the desk's page {when}: {name}", ms, "ms", PAGE_MS, at_most=True))
                is_read = _is_read(desk)
                print(f"  (the list is {'' if is_read else 'still being '}read now)")
                while not is_read:
                    time.sleep(0.2)
                    is_read = _is_read(desk)
            if shutil.which("wrk"):
                for name in ("Today", "a mailing", "a list"):
                    print(f"  wrk, 8 connections, {name:16}{_wrk(desk, PAGES[name]):8.0f}/s", flush=True)
    return figures


def _look(desk: Opened, path: str) -> float:
    began = time.perf_counter()
    status = desk.get(path).status
    if status != 200:
        sys.exit(f"{path} answered {status}")
    return (time.perf_counter() - began) * 1000


def _is_read(desk: Opened) -> bool:
    return "<table" in desk.get(PAGES["a list"]).html


def _wrk(desk: Opened, path: str) -> float:
    cookie = "; ".join(f"{name}={value}" for name, value in desk.cookies.items())
    command = ["wrk", "-t1", "-c8", "-d5s", "-H", f"Cookie: {cookie}", "-H", "Accept: text/html", f"{desk.base}{path}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s*([\d.]+)", said)
    if found is None or "Non-2xx" in said:
        sys.exit(f"wrk: {said}")
    return float(found[1])


def _streams(people: int) -> list[Figure]:
    alone, watched, looks = list[float](), list[float](), list[int]()
    with tempfile.TemporaryDirectory(prefix="mailer-bench-") as folder, sink() as port:
        for number in range(ROUNDS):
            for browsers, into in ((0, alone), (STREAMS, watched)):
                root = Path(folder, f"{browsers}-{number}")
                write_office(root, Shape(people=people, port=port, paragraphs=12))
                with opened(Desk(root)) as desk, _browsers(desk, browsers) as fetched:
                    began = time.perf_counter()
                    words = ("--workspace", str(root), "send", SLUG, "--to", LIST, "--yes")
                    subprocess.run([sys.executable, "-m", "mailer", *words], check=True, capture_output=True)
                    into.append(people / (time.perf_counter() - began))
                if browsers:
                    looks.append(len(fetched))
    share = statistics.median(watched) / statistics.median(alone)
    print(
        f"\n`mailer send` to {people:,}: {statistics.median(alone):.0f}/s with a desk open, {share:.2f} of it with ",
        end="",
    )
    print(f"{STREAMS} browsers that watch ({statistics.median(looks):.0f} pages fetched)")
    return [Figure(f"a sender's rate with {STREAMS} browsers watching", share, "of its rate without", SHARE)]


@contextmanager
def _browsers(desk: Opened, count: int) -> Iterator[list[float]]:
    """Hold streams open as browsers do, and fetch the mailing again; yields what is told of each fetch."""
    fetched: list[float] = []
    stopped = threading.Event()
    watching = threading.Thread(target=lambda: asyncio.run(_watch(desk, count, fetched, stopped)))
    watching.start()
    try:
        yield fetched
    finally:
        stopped.set()
        watching.join()


async def _watch(desk: Opened, count: int, fetched: list[float], stopped: threading.Event) -> None:
    cookie = "; ".join(f"{name}={value}" for name, value in desk.cookies.items())
    head = f"Host: 127.0.0.1:{desk.port}\r\nCookie: {cookie}\r\nAccept: text/html\r\n"

    async def browser() -> None:
        last = 0.0
        reader, writer = await asyncio.open_connection("127.0.0.1", desk.port)
        writer.write(f"GET /events HTTP/1.1\r\n{head}\r\n".encode())
        while line := await reader.readline():
            if line.startswith(f"data: mailing {SLUG}".encode()) and time.monotonic() - last >= 1:
                last = time.monotonic()
                asks, own = await asyncio.open_connection("127.0.0.1", desk.port)
                asked = f"GET /mailings/{SLUG} HTTP/1.1\r\n{head}Desk-Region: live\r\nConnection: close\r\n\r\n"
                own.write(asked.encode())
                answer = await asks.read(-1)
                own.close()
                fetched.append(float(answer.startswith(b"HTTP/1.1 200")))

    browsers = [asyncio.create_task(browser()) for _ in range(count)]
    await asyncio.to_thread(stopped.wait)
    for each in browsers:
        each.cancel()
    await asyncio.gather(*browsers, return_exceptions=True)
