"""`python -m tests.bench all|send|memory|profile|lists|ledger|locks|bounces|serve|reading|startup|linear|desk`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile

from tests.bench import bounces as bounces_
from tests.bench import desk as desk_
from tests.bench import everything
from tests.bench import ledger as ledger_
from tests.bench import linear as linear_
from tests.bench import lists as lists_
from tests.bench import locks as locks_
from tests.bench import memory as memory_
from tests.bench import profile as profile_
from tests.bench import reading as reading_
from tests.bench import serve as serve_
from tests.bench import startup as startup_
from tests.bench.figures import table
from tests.bench.machine import facts
from tests.bench.variants import new_key, run_send
from tests.bench.wire import program


def main() -> None:
    """Read what is asked for and run it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Benchmarks; see docs/performance.md.")
    benches = parser.add_subparsers(required=True, dest="bench")
    every = benches.add_parser("all", help="every figure beside its peer, as one table")
    every.add_argument("--only", default="", metavar="PARTS", help=f"of {','.join(everything.PARTS)}, with commas")
    every.add_argument("--people", type=int, nargs="+", default=[8000], help="recipients (default: 8000)")
    every.add_argument("--rounds", type=int, default=5, help="rounds, of which the median counts (default: 5)")
    every.add_argument("--up-to", type=int, default=10**6, metavar="N", help="the largest list of the part million")
    every.add_argument("--tools", default="", help="a folder to keep mailmerge and nodemailer in (default: none)")
    every.add_argument("--svg", default="", metavar="FILE", help="where to write the picture")
    send = benches.add_parser("send", help="messages a second while delivering, beside the others")
    send.add_argument("--people", type=int, default=8000, help="messages of a round (default: 8000)")
    send.add_argument("--slow", type=int, default=300, help="messages of a round for mailmerge (default: 300)")
    send.add_argument("--rounds", type=int, default=5, help="rounds, of which the median counts (default: 5)")
    send.add_argument("--tools", default="", help="a folder to keep mailmerge and nodemailer in (default: none)")
    send.add_argument("--processes", type=int, default=1, help="how many processes send one mailing")
    send.add_argument("--connections", type=int, default=20)
    send.add_argument("--dkim", action="store_true", help="sign with RSA-2048")
    send.add_argument("--rtt", type=float, default=0.0, metavar="MS", help="play a line of this round trip")
    send.add_argument("--all", action="store_true", help="every variant, each with its targets")
    profile = benches.add_parser("profile", help="where a message's microseconds go")
    profile.add_argument("--people", type=int, default=5000)
    profile.add_argument("--dkim", action="store_true", help="sign with RSA-2048")
    memory = benches.add_parser("memory", help="time, memory, ledger and a delivery's cost, up to a million people")
    memory.add_argument("--up-to", type=int, default=10**6, metavar="N", help="the largest list (default: 1000000)")
    memory.add_argument("--plan-only", action="store_true", help="prepare and confirm, send nothing")
    lists = benches.add_parser("lists", help="reading lists, beside a plain loop, and a dry run over five of them")
    lists.add_argument("--people", type=int, default=10**5, help="rows of the list (default: 100000)")
    lists.add_argument("--up-to", type=int, default=10**6, metavar="N", help="rows of the longest (default: 1000000)")
    ledger = benches.add_parser("ledger", help="what looking costs on a ledger of a million, and taking in opt-outs")
    ledger.add_argument("--people", type=int, default=10**6, help="deliveries, and opt-outs (default: 1000000)")
    ledger.add_argument("--mailings", type=int, default=10, help="finished ones, that have them (default: 10)")
    locks = benches.add_parser("locks", help="how long others wait for the ledger while a large mailing is planned")
    locks.add_argument("--people", type=int, default=10**6, help="recipients (default: 1000000)")
    locks.add_argument("--no-text", action="store_true", help="leave out the new text, which takes by far longest")
    locks.add_argument("--url", default="", help="of a ledger on PostgreSQL, new to it (default: a file)")
    bounces = benches.add_parser("bounces", help="reading what comes back, beside flufl.bounce")
    bounces.add_argument("--samples", default="", metavar="DIR", help="a folder with more .eml (default: none)")
    serve = benches.add_parser("serve", help="one-click opt-outs a second, beside an endpoint that does nothing")
    serve.add_argument("--people", type=int, default=10**5, help="who can opt out (default: 100000)")
    serve.add_argument("--seconds", type=int, default=10, help="of load for each (default: 10)")
    serve.add_argument("--processes", type=int, default=2)
    serve.add_argument("--connections", type=int, default=256)
    reading = benches.add_parser("reading", help="what reading a release costs, by its length")
    reading.add_argument("--size", type=int, default=100_000, help="characters (default: 100000), then twice as many")
    reading.add_argument("--most", type=float, default=20.0, metavar="S", help="give a text up after so many seconds")
    reading.add_argument("--only", default="*", metavar="NAMES", help="kinds of text, with * and ? (default: all)")
    reading.add_argument("--all", action="store_true", help="print all, and not only what is marked")
    startup = benches.add_parser("startup", help="what small commands cost, beside importing typer and rich")
    startup.add_argument("--rounds", type=int, default=9, help="rounds, of which the median counts (default: 9)")
    linear = benches.add_parser("linear", help="whether each reader's time grows as the text does; fails where not")
    linear.add_argument("--only", default="*", metavar="NAMES", help="readers, with * and ? (default: all)")
    linear.add_argument("--part", type=int, choices=range(6), help="every sixth run of each reader (default: all)")
    desk = benches.add_parser("desk", help="what the desk's pages cost, and what browsers that watch cost a sender")
    desk.add_argument("--people", type=int, default=10**6, help="deliveries in the ledger (default: 1000000)")
    desk.add_argument("--rows", type=int, default=10**5, help="rows of the list (default: 100000)")
    desk.add_argument("--sent", type=int, default=20_000, help="recipients of the send (default: 20000)")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that sinks, children and folders are cleared away
    for name in (
        ("smtp-sink", "smtp-source")
        if asked.bench not in {"lists", "ledger", "locks", "bounces", "serve", "reading", "startup", "linear"}
        else ()
    ):
        if not program(name):
            sys.exit(f"{name} is not installed; it comes with Postfix (Debian: apt install postfix)")
    print(facts(), flush=True)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a command that is installed has its modules compiled
    with tempfile.TemporaryDirectory(prefix="mailer-bench-state-") as folder:
        os.environ["XDG_STATE_HOME"] = folder  # ledgers of a moment are nothing to remember
        _run(asked)


def _run(asked: argparse.Namespace) -> None:
    if asked.bench == "all":
        everything.run(asked)
    elif asked.bench == "send":
        run_send(asked)
    elif asked.bench == "memory":
        sizes = [size for size in (10**3, 10**4, 10**5, 10**6) if size < asked.up_to]
        print(f"\n{table(memory_.run([*sizes, asked.up_to], deliver=not asked.plan_only))}")
    elif asked.bench == "lists":
        print(f"\n{table(lists_.run(asked.people, most=asked.up_to))}")
    elif asked.bench == "ledger":
        print(f"\n{table(ledger_.run(asked.people, asked.mailings))}")
    elif asked.bench == "locks":
        locks_.run(asked.people, asked.url, text=not asked.no_text)
    elif asked.bench == "bounces":
        bounces_.run(asked.samples)
    elif asked.bench == "serve":
        serve_.run(people=asked.people, seconds=asked.seconds, processes=asked.processes, connections=asked.connections)
    elif asked.bench == "reading":
        reading_.run(asked.size, most_s=asked.most, names=asked.only, every=asked.all)
    elif asked.bench == "startup":
        print(f"\n{table(startup_.run(asked.rounds))}")
    elif asked.bench == "desk":
        print(f"\n{table(desk_.run(asked.people, asked.rows, asked.sent))}")
    elif asked.bench == "linear":
        linear_.run(asked.only, asked.part)
    else:
        profile_.run(asked.people, dkim_pem=new_key() if asked.dkim else b"")


if __name__ == "__main__":
    main()
