"""Background: views that may take long, because a list is long, run in the background while a page waits for them.

The view runs as a job (`jobs`), identified by its session and by everything in the request: if the page is reloaded, or
the same form is sent again, while it runs, it is not started a second time. A page waits at its own address. A form is
waited for at an address of its own (`/doing/…`), which leads to the result, even if it is reloaded. The page that a
view shows is rendered only then, for the request that fetches it.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from typing import Any, Final

from starlette.responses import HTMLResponse, Response

from mailer.desk.index import is_large
from mailer.desk.jobs import Job, fingerprint
from mailer.desk.routing import DeskRequest, DeskRoute, Later, View
from mailer.errors import InputProblem
from mailer.frozen import replace

_SHORT_WAIT_S: Final = 0.06  # a job that is done by then needs no waiting page
_LONG_WAIT_S: Final = 10.0  # if no list is long
_REGION: Final = "doing"  # of the page that waits


def in_background(
    what: str,
    *,
    title: str = "Please wait",
    is_kept: bool = False,
    when: Callable[[DeskRequest], object] = lambda _: True,
) -> Callable[[View], View]:
    """Run a view that reads or writes whole lists (`when` it does) in the background; a page shows `what` is going on.

    A page that `is_kept` is shown again for half an hour, if it took long and no file has changed.
    """

    def answer(view: View, request: DeskRequest) -> Response:
        if not when(request):
            return view(request)
        jobs, lists, is_form = request.desk.jobs, [*request.workspace.lists()], request.method == "POST"
        upload = request.desk.uploads.get(request.user, request.params.get("upload", ""))
        address = hashlib.sha256(repr((request.path, request.query, request.form)).encode()).hexdigest()
        # a form is done once, whatever it changes; a page is made again if a file has changed
        key = request.user.session, address, None if is_form else fingerprint(request.workspace.root, lists)
        job = jobs.get(key, lambda _: view(replace(request, in_background=True)), anew=True, once=is_form)
        job.what, job.title = what, title
        is_long = is_large(*lists, more=len(upload.data) if upload else 0)
        if not job.is_done(wait_s=_SHORT_WAIT_S if is_long else _LONG_WAIT_S):
            return request.go(f"/doing/{address}") if is_form else _show_waiting(request, job)
        try:
            return _show_result(request, job)
        finally:
            if job.was_used and not is_kept:
                jobs.clear(key)

    return lambda view: functools.partial(answer, view)


def _show_result(request: DeskRequest, job: Job[Response]) -> Response:
    """Return the result of a job. The page that waited goes there; a file is fetched by a link on that page."""
    if request.region == _REGION:
        is_file = job.value is not None and "content-disposition" in job.value.headers
        return _show_waiting(request, job, ready=True) if is_file else HTMLResponse("<!doctype html>")
    with job.using() as answer:
        if not isinstance(answer, Later):
            return answer
        page_request = answer.request if request.region else replace(answer.request, region="")
        return page_request.render(answer.template, status=answer.status_code, **answer.context)


def _show_waiting(request: DeskRequest, job: Job[Response], *, ready: bool = False) -> Response:
    page_request = request if request.region == _REGION else replace(request, region="")
    heading: dict[str, Any] = {"name": request.params["name"]} if "name" in request.params else {"title": job.title}
    progress: dict[str, Any] = {"what": job.what, "waited_s": job.waited_s, "region": _REGION, "ready": ready}
    return page_request.render("lists_wait.html", **heading, **progress)


def wait(request: DeskRequest) -> Response:
    """Show the result of a form, or that its job is still running."""
    job = request.desk.jobs.find((request.user.session, request.params["job"], None))
    if job is None:
        raise InputProblem("The result of this is no longer known here", hint="See the history of the lists.")
    return _show_result(request, job) if job.is_done() else _show_waiting(request, job)


ROUTES: Final = (DeskRoute("/doing/{job}", get=wait),)
