"""Beside: views that may take long, because a list is long, run beside a page that waits for them.

The view runs as a work (`works`), identified by its session and by everything in the request: if the page is reloaded,
or the same form is sent again, while it runs, it is not started a second time. A page waits at its own address. A form
is waited for at an address of its own (`/doing/…`), which leads to the result, even if it is reloaded. The page that a
view shows is rendered only then, for the request that fetches it.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from typing import Any, Final

from starlette.responses import HTMLResponse, Response

from mailer.desk.index import is_large
from mailer.desk.routing import DeskRequest, DeskRoute, Later, View
from mailer.desk.works import Work, print_of
from mailer.errors import InputProblem
from mailer.frozen import replace

_SOON_S: Final = 0.06  # work that is done by then needs no waiting page
_PATIENCE_S: Final = 10.0  # if no list is long
_REGION: Final = "doing"  # of the page that waits


def beside(
    what: str, *, title: str = "A moment", is_kept: bool = False, when: Callable[[DeskRequest], object] = lambda _: True
) -> Callable[[View], View]:
    """Let a view that reads or writes whole lists (`when` it does) run beside a page that shows `what` is going on.

    A page that `is_kept` is shown again for half an hour, if it took long and no file has changed.
    """

    def answer(view: View, request: DeskRequest) -> Response:
        if not when(request):
            return view(request)
        works, lists, is_form = request.desk.works, [*request.workspace.lists()], request.method == "POST"
        upload = request.desk.uploads.get(request.user, request.params.get("upload", ""))
        wanted = hashlib.sha256(repr((request.path, request.query, request.form)).encode()).hexdigest()
        # a form is done once, whatever it changes; a page is made again if a file has changed
        key = request.user.session, wanted, None if is_form else print_of(request.workspace.root, lists)
        work = works.get(key, lambda _: view(replace(request, is_beside=True)), anew=True, once=is_form)
        work.what, work.title = what, title
        is_long = is_large(*lists, more=len(upload.data) if upload else 0)
        if not work.is_done(wait_s=_SOON_S if is_long else _PATIENCE_S):
            return request.go(f"/doing/{wanted}") if is_form else _waiting(request, work)
        try:
            return _shown(request, work)
        finally:
            if work.was_seen and not is_kept:
                works.clear(key)

    return lambda view: functools.partial(answer, view)


def _shown(request: DeskRequest, work: Work[Response]) -> Response:
    """Return the result of a work. The page that waited goes there; a file is fetched by a link on that page."""
    if request.region == _REGION:
        is_file = work.value is not None and "content-disposition" in work.value.headers
        return _waiting(request, work, ready=True) if is_file else HTMLResponse("<!doctype html>")
    with work.using() as answer:
        if not isinstance(answer, Later):
            return answer
        page = answer.request if request.region else replace(answer.request, region="")
        return page.render(answer.template, status=answer.status_code, **answer.context)


def _waiting(request: DeskRequest, work: Work[Response], *, ready: bool = False) -> Response:
    page = request if request.region == _REGION else replace(request, region="")
    named: dict[str, Any] = {"name": request.params["name"]} if "name" in request.params else {"title": work.title}
    shown: dict[str, Any] = {"what": work.what, "waited_s": work.waited_s, "region": _REGION, "ready": ready}
    return page.render("lists_wait.html", **named, **shown)


def wait(request: DeskRequest) -> Response:
    """Show the result of a form, or that it is still going on."""
    work = request.desk.works.find((request.user.session, request.params["work"], None))
    if work is None:
        raise InputProblem("The result of this is no longer known here", hint="See the history of the lists.")
    return _shown(request, work) if work.is_done() else _waiting(request, work)


ROUTES: Final = (DeskRoute("/doing/{work}", get=wait),)
