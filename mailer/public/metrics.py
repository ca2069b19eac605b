"""Metrics: figures for Prometheus at `/metrics`, on a separate port that is not public.

Theory of operation. All figures are read from the ledger on request, so that every process of a fleet returns the same
ones and none keeps any. `mailer serve` and `mailer worker` on one host share one setting and one port: the second one
takes it over when the first has ended. The ledger gets one query at a time, for at most a tenth of the time; in
between, the last figures are returned.

Labels are states and versions, never an address, a mailing or anything else that grows. For a ledger that cannot be
read, or whose books do not balance, there is only `mailer_ledger_up 0`: an unknown figure is not zero.

Gap: a mailing that was extended long after it began counts as due since its first start.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import copy_context
from importlib.metadata import version
from threading import Event, Lock, Thread
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mailer.errors import ConfigProblem, MailerError
from mailer.events import DeliveryState, MailingState
from mailer.ledger import Ledger
from mailer.ledger.following import read_figures
from mailer.ledger.processes import read_workers
from mailer.public.server import bind, make_server
from mailer.runs.office import Office

_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_AGAIN_S: Final = 15.0
_STOP_S: Final = 2.0
_LEAST_S: Final = 1.0
_SHARE: Final = 10  # at most one part in ten of the time is spent on reading

Opened = Callable[[], AbstractContextManager[Office]]


def read_metrics(office: Opened) -> str:
    """Return the figures in Prometheus' text format; `office` opens the workspace for reading."""
    parts: list[str] = []
    try:
        with office() as opened:
            parts += _of_ledger(opened, opened.ledger) if opened.ledger is not None else []
    except MailerError:
        parts = []  # as without a ledger; `mailer doctor` shows what is wrong
    up = {"": bool(parts)}
    parts += [_family("info", "gauge", "Which version answers.", {f'version="{version("mailer")}"': 1})]
    return "".join([*parts, _family("ledger_up", "gauge", "1 if the ledger can be read and its books balance.", up)])


def _of_ledger(office: Office, ledger: Ledger) -> list[str]:
    now = office.clock()
    with ledger.reading() as connection:
        figures = read_figures(connection, now=now)
        workers = read_workers(connection)
    states = figures.deliveries
    seen = Counter((each.version, "silent" if each.is_silent(now) else "working") for each in workers)
    versions = {f'version="{name}",state="{state}"': number for (name, state), number in sorted(seen.items())}
    speed = sum(each.per_minute for each in workers if not each.is_silent(now))
    age = (now - figures.due_since).total_seconds() if figures.due_since else 0.0
    by_state = {f'state="{each}"': figures.mailings[each] for each in MailingState}
    deliveries = {f'state="{each}"': states[each] for each in DeliveryState}
    return [
        _family("mailings", "gauge", "Mailings by state, without tests and previews.", by_state),
        _family("deliveries", "gauge", "Deliveries of these mailings by state.", deliveries),
        _family("accepted_total", "counter", "Messages that a relay accepted.", {"": states[DeliveryState.ACCEPTED]}),
        _family("in_doubt", "gauge", "Deliveries that may have gone out.", {"": states[DeliveryState.IN_DOUBT]}),
        _family("due", "gauge", "Deliveries that could be sent now.", {"": figures.due}),
        _family("oldest_due_seconds", "gauge", "For how long the oldest of them has been due.", {"": age}),
        _family("accepted_per_minute", "gauge", "What relays accept from all workers, as they say.", {"": speed}),
        _family("workers", "gauge", "Workers by version; silent: not seen for a minute.", versions),
    ]


def _family(name: str, kind: str, about: str, samples: Mapping[str, float]) -> str:
    """Return a metric in the text format, each sample by its labels, which are our own words and need no escaping."""
    lines = [f"# HELP mailer_{name} {about}", f"# TYPE mailer_{name} {kind}"]
    lines += (f"mailer_{name}{{{labels}}} {value:.15g}".replace("{}", "") for labels, value in samples.items())
    return "".join(f"{each}\n" for each in lines)


@contextmanager
def serving_metrics(place: tuple[str, int] | None, office: Opened, say: Callable[[str], None]) -> Iterator[None]:
    """Serve `/metrics`, and `/health` for process supervisors, while the block runs; without a place, nothing."""
    if place is None:
        yield
        return
    one_at_a_time, ended = Lock(), Event()
    text, good_until = "", 0.0

    def metrics(_: Request) -> Response:  # in a thread of the server
        nonlocal text, good_until
        with one_at_a_time:
            began = time.monotonic()
            if began >= good_until:
                text = read_metrics(office)
                good_until = time.monotonic() + max(_LEAST_S, _SHARE * (time.monotonic() - began))
            return Response(text, headers={"content-type": _TYPE})

    def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    server = make_server(Starlette(routes=[Route("/metrics", metrics), Route("/health", health)]))

    def serve() -> None:
        is_reported = False
        while not ended.is_set():
            try:
                bound = bind(*place, hint="[fleet] metrics")
            except ConfigProblem as problem:
                if not is_reported:
                    say(f"figures: {problem}; another mailer process may be serving them. This one will keep trying")
                is_reported = True
                ended.wait(_AGAIN_S)
            else:
                asyncio.run(server.serve(sockets=[bound]))

    # the context has the workspace
    thread = Thread(target=copy_context().run, args=(serve,), name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        server.should_exit = True
        thread.join(_STOP_S)
