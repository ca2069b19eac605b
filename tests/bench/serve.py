"""Serve: one-click opt-outs a second through the real `mailer serve`, beside an endpoint that does nothing.

Owns the ledger with many people in it, the load (wrk, a distinct token each), and the count afterwards: everybody who
was answered must be out. The endpoint that does nothing has the same server, socket and processes, reads the body and
answers: what is left is the price of verifying, suppressing and committing.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from mailer.config.secrets import read_keys
from mailer.platform.signals import serve_in_processes
from mailer.public.server import bind, make_server
from mailer.tokens import Keys, Purpose, address_digest, delivery_id, make_token
from tests.office import Desk
from tests.servers import threaded_server

_LUA = """
local tokens, counter, threads = {}, 0, {}
function setup(thread)
  thread:set("id", counter); counter = counter + 1; table.insert(threads, thread)
end
function init(args)
  good, bad, at = 0, 0, id
  for line in io.lines(args[1]) do tokens[#tokens + 1] = line end
  share = tonumber(args[2])
end
local form = {["Content-Type"] = "application/x-www-form-urlencoded"}
function request()
  local token = tokens[(at % #tokens) + 1]
  at = at + share
  return wrk.format("POST", "/o/" .. token, form, "List-Unsubscribe=One-Click")
end
function response(status)
  if status == 200 then good = good + 1 else bad = bad + 1 end
end
function done(summary, latency)
  local good, bad = 0, 0
  for _, thread in ipairs(threads) do good = good + thread:get("good"); bad = bad + thread:get("bad") end
  io.write(string.format("ANSWERED %d BAD %d US %d P99 %d SOCKETS %d\\n", good, bad, summary.duration,
    latency:percentile(99.0), summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""
_THREADS = 2


def run(*, people: int, seconds: int, processes: int, connections: int) -> None:
    """Measure, and print figures."""
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed (Debian: apt install wrk)")
    with tempfile.TemporaryDirectory(prefix="mailer-bench-") as folder:
        root = Path(folder)
        desk = Desk(root)
        keys = fill(desk, people)
        (root / "load.lua").write_text(_LUA, "ascii")
        (root / "tokens").write_text("".join(f"{each}\n" for each in tokens(keys, people)), "ascii")
        load = (root, seconds, connections)
        with nothing(processes) as port:
            bare = wrk(port, *load)
        print(f"an endpoint that does nothing   {bare[0] / bare[1]:8.0f}/s   p99 {bare[2]:.0f} ms", flush=True)
        with serving(desk, "--processes", str(processes)) as port:
            ours = wrk(port, *load)
        say("opt-outs into SQLite", ours, bare, out_in(desk))
        spool, key = root / "spool", root / "door.key"
        desk.run("optouts", "export", "--key", str(key))
        with serving(desk, "--processes", str(processes), "--spool", str(spool), "--key", str(key)) as port:
            ours = wrk(port, *load)
        kept = {
            each.split(b'"token": "')[1][:40] for path in spool.iterdir() for each in path.read_bytes().splitlines()
        }
        say("opt-outs into a spool", ours, bare, len(kept))


def say(what: str, ours: tuple[int, float, float], bare: tuple[int, float, float], kept: int) -> None:
    """Print one line of figures."""
    answered, seconds, p99 = ours
    ratio = (answered / seconds) / (bare[0] / bare[1])
    lost = max(0, answered - kept)
    print(
        f"{what:31} {answered / seconds:8.0f}/s   p99 {p99:.0f} ms   {ratio:.2f} of it   "
        f"{answered} answered, {kept} kept, {lost} lost",
        flush=True,
    )


def wrk(port: int, root: Path, seconds: int, connections: int) -> tuple[int, float, float]:
    """Load a port; return how many were answered 200, in how many seconds, and the 99th percentile in ms."""
    command = ["wrk", f"-t{_THREADS}", f"-c{connections}", f"-d{seconds}s", "-s", str(root / "load.lua")]
    command += [f"http://127.0.0.1:{port}", "--", str(root / "tokens"), str(_THREADS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"ANSWERED (\d+) BAD (\d+) US (\d+) P99 (\d+) SOCKETS (\d+)", done.stdout)
    if found is None or found[2] != "0" or found[5] != "0":
        print(done.stdout)
    if found is None:
        sys.exit("wrk said nothing")
    return int(found[1]), int(found[3]) / 1e6, int(found[4]) / 1000


def fill(desk: Desk, people: int) -> Keys:
    """Send to one person, and let so many more have had the same mail."""
    with threaded_server() as server:
        desk.release()
        desk.people("coast", ["first@example.com"])
        desk.settings(server)
        done = desk.run("send", "lamps", "--to", "coast", "--yes")
    if done.code:
        sys.exit(done.said)
    keys = read_keys(desk.root / ".mailer" / "keys")
    if keys is None:
        sys.exit("the workspace has no keys")
    ledger = sqlite3.connect(desk.root / ".mailer" / "ledger.db")
    columns = [row[1] for row in ledger.execute("PRAGMA table_info(delivery)")]
    row = dict(zip(columns, ledger.execute("SELECT * FROM delivery").fetchone(), strict=True))
    del row["id"]
    statement = f"INSERT INTO delivery ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})"  # noqa: S608 - names of columns
    with ledger:
        ledger.executemany(statement, (row | person(keys, number) for number in range(people)))
    ledger.close()
    return keys


def person(keys: Keys, number: int) -> dict[str, object]:
    """Return what is a person's own in the row of a delivery."""
    address = f"p{number}@outlet-{number % 97}.example.com"
    return {
        "token_id": delivery_id(keys, "lamps/release-1", address),
        "address_digest": address_digest(keys, address),
        "address": address,
        "message_id": f"<{number}@example.org>",
    }


def tokens(keys: Keys, people: int) -> Iterator[str]:
    """Yield everybody's token."""
    for number in range(people):
        delivery = delivery_id(keys, "lamps/release-1", f"p{number}@outlet-{number % 97}.example.com")
        yield make_token(keys, Purpose.OPT_OUT, delivery)


def out_in(desk: Desk) -> int:
    """Count who is out in the ledger."""
    ledger = sqlite3.connect(desk.root / ".mailer" / "ledger.db")
    found = ledger.execute("SELECT count(DISTINCT address_digest) FROM suppression WHERE lifted_at IS NULL").fetchone()
    ledger.close()
    return int(found[0])


@contextlib.contextmanager
def serving(desk: Desk, *words: str) -> Iterator[int]:
    """Run `mailer serve`; return its port."""
    process = desk.start("serve", "--port", "0", *words)
    try:
        port = 0
        while not port and process.stderr is not None and (line := process.stderr.readline()):
            found = re.search(r"opt-outs at http://[\d.]+:(\d+)", line)
            port = int(found[1]) if found else 0
        time.sleep(3)  # until every process has opened its ledger
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=60)


@contextlib.contextmanager
def nothing(processes: int) -> Iterator[int]:
    """Run the endpoint that does nothing; return its port."""
    bound = bind("127.0.0.1", 0)
    child = multiprocessing.get_context("fork").Process(target=_serve_nothing, args=(bound, processes))
    child.start()
    time.sleep(2)
    try:
        yield bound.getsockname()[1]
    finally:
        if child.pid:
            os.kill(child.pid, signal.SIGTERM)
        child.join(30)
        bound.close()


def _serve_nothing(bound: object, processes: int) -> None:
    async def answer(request: Request) -> PlainTextResponse:
        await request.body()
        return PlainTextResponse("You are unsubscribed.\n")

    def serve() -> int:
        app = Starlette(routes=[Route("/{path:path}", answer, methods=["POST"])])
        make_server(app).run(sockets=[bound])  # type: ignore[list-item]
        return 0

    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    serve_in_processes(serve, processes)
