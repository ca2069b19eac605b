"""Reports: the report of a mailing, for printing and downloading, and its offers under embargo.

A download is written while it is read, so that a million recipients take no memory; a proof is one file, which is
deleted once it was sent.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Final

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response, StreamingResponse

from mailer.desk.access import Right
from mailer.desk.html import as_file
from mailer.desk.routing import DeskRequest, DeskRoute
from mailer.desk.views.mailings import STATES, mailing_context, read_mailing, report_context
from mailer.errors import InputProblem
from mailer.ledger.offers import VERDICTS
from mailer.pages.words import FORGOTTEN
from mailer.runs.offers import mark_broken, read_offer_statuses, record_answer
from mailer.runs.office import Office
from mailer.runs.planning.request import describe
from mailer.runs.proofs import ProofWanted, write_proof
from mailer.runs.reports import read_csv, read_silent

_LINES_AT_ONCE: Final = 500


def show_report(request: DeskRequest) -> Response:
    """Show the report of a mailing, as a page to print."""
    now, found = read_mailing(request, whole=True)
    assert found is not None  # noqa: S101 - because of `whole`
    return request.render(
        "report.html",
        **mailing_context(now, "report"),
        **report_context(now, found),
        now=now,
        states=STATES,
        command=("report", now.mailing.name),
    )


# Downloads.


def _unheard(office: Office, name: str) -> Iterator[str]:
    return (f"{each or FORGOTTEN}\n" for each in read_silent(office, name).unheard)


def _send_lines(
    request: DeskRequest, ending: str, kind: str, lines: Callable[[Office, str], Iterator[str]]
) -> StreamingResponse:
    name = request.params["name"]

    def read_chunks() -> Iterator[bytes]:
        with request.reading() as office:
            found = lines(office, name)
            while part := "".join(islice(found, _LINES_AT_ONCE)):
                yield part.encode()

    chunks, headers = read_chunks(), as_file(f"{name.replace('/', '-')}.{ending}")
    first = next(chunks, b"")  # raises before anything is sent
    return StreamingResponse(chain([first], chunks), media_type=kind, headers=headers)


def send_proof(request: DeskRequest) -> Response:
    """Send the proof of a mailing, as a ZIP file."""
    name = request.params["name"]
    folder = Path(tempfile.mkdtemp(prefix="mailer-proof-"))
    try:
        wanted = ProofWanted(
            mailing=name,
            target=folder / "proof.zip",
            person=request.one("as").strip(),
            everybody=bool(request.one("all")),
        )
        request.read(write_proof, wanted, on_progress=lambda _: None)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    cleanup = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
    return FileResponse(wanted.target, filename=f"{name.replace('/', '-')}.proof.zip", background=cleanup)


# Embargo.


def show_embargo(request: DeskRequest) -> Response:
    """Show who was offered a release under embargo, and their answers."""
    slug = request.params["slug"]
    found = request.read(read_offer_statuses, slug)
    if not found.releases:
        raise InputProblem(f"{slug} was not offered under embargo")
    (embargo,) = found.releases
    until = embargo.until
    return request.render(
        "mailing_embargo.html",
        embargo=embargo,
        broken=found.broken,
        until=describe(f"{until:%Y-%m-%d %H:%M %Z}", until, now=found.now) if until else "",
        is_over=until is not None and until <= found.now,
        slug=slug,
        command=("embargo", "status", slug),
    )


def answer_embargo(request: DeskRequest) -> Response:
    """Record an answer to an offer, or that a contact broke an embargo, or remove that mark."""
    slug, email, why = request.params["slug"], request.one("email").strip(), request.one("why").strip()
    verdict = request.one("do")
    if verdict not in {*VERDICTS, "broken", "forgiven"}:
        raise InputProblem("choose whether they accepted, declined or broke the embargo")
    if verdict not in VERDICTS and not why:
        raise InputProblem("fill in what happened: it is kept with the mark")
    done: object
    with request.writing() as (office, ledger):
        if verdict in VERDICTS:
            done = record_answer(office, ledger, email, verdict, slug=slug, why=why)
        else:
            done = mark_broken(office, ledger, email, why=why, slug=slug, lift=verdict == "forgiven")
    return request.go(f"/mailings/{slug}/embargo", done)


ROUTES = (
    DeskRoute("/mailings/{slug}/embargo", get=show_embargo, post=answer_embargo, changes=Right.SEND),
    DeskRoute("/mailings/{name:mailing}/report", get=show_report),
    DeskRoute("/mailings/{name:mailing}/recipients.csv", get=lambda it: _send_lines(it, "csv", "text/csv", read_csv)),
    DeskRoute(
        "/mailings/{name:mailing}/unheard.txt", get=lambda it: _send_lines(it, "unheard.txt", "text/plain", _unheard)
    ),
    DeskRoute("/mailings/{name:mailing}/proof.zip", get=send_proof),
)
