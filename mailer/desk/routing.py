"""Routing: paths, the rights that they need, and the views that answer.

Owns how a request reaches a view (a plain function of a `DeskRequest`, run in a thread, since use cases read files and
the ledger) and how an error of a use case is shown: as a message on the page of the form, with status 422, so that
nothing typed is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from mailer.desk.access import Right, User
from mailer.desk.jobs import Job, making_page
from mailer.errors import InputProblem, MailerError
from mailer.frozen import dataclass, field, replace
from mailer.ledger import Ledger
from mailer.ledger.users import Role
from mailer.pages import Page, page
from mailer.runs.office import Office
from mailer.tokens import Keys
from mailer.workspace import Workspace

if TYPE_CHECKING:
    from mailer.desk.app import Desk

_T = TypeVar("_T")
_P = ParamSpec("_P")
LARGEST_UPLOAD: Final = 40 << 20
_MOST_FILES: Final = 40
_MOST_FIELDS: Final = 2000
_LARGEST_FIELD: Final = 4 << 20  # a release is edited as one text
NOBODY: Final = User("nobody", Role.WAITING)  # before a login


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded file: its name without any folder, and its bytes."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class DeskRequest:
    """The argument of a view: the request as values, its user, and the office behind the desk."""

    desk: Desk
    user: User
    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    form: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, Sequence[File]] = field(default_factory=dict)
    region: str = ""  # the region of the page that is requested; empty for the whole page
    is_live: bool = False  # requested by the page itself, because something changed
    seen: str = ""  # the position in the stream of changes when it came
    in_background: bool = False  # the page is rendered only when it is fetched (`background`)

    def one(self, name: str, default: str = "") -> str:
        """Return a field of the form, or else of the query."""
        found = self.form.get(name) or self.query.get(name)
        return found[-1] if found else default

    def number(self, name: str, default: int = 0) -> int:
        """Return a number of the form, or else of the query; the default if it is not a number, or too large."""
        text = self.one(name)
        return int(text) if text.isdecimal() and len(text) < 18 else default

    def many(self, name: str) -> list[str]:
        """Return all values of a field of the form or the query that are not blank."""
        return [each for each in (self.form.get(name) or self.query.get(name) or ()) if each.strip()]

    def file(self, name: str) -> File | None:
        """Return an uploaded file, None without one."""
        found = self.files.get(name)
        return found[0] if found else None

    # The office, opened for each step, as by a command, so that a changed setting takes effect at once.

    @property
    def workspace(self) -> Workspace:
        """Return the folder of the office, without its settings and ledger."""
        return Workspace(self.desk.offices.root)

    @contextmanager
    def reading(self) -> Iterator[Office]:
        """Open the office for reading; creates nothing."""
        with self.desk.offices.reading() as office:
            yield replace(office, actor=self.user.actor)

    @contextmanager
    def writing(self, *, mails: bool = False, new_keys: Keys | None = None) -> Iterator[tuple[Office, Ledger]]:
        """Open the office to change something; a ledger is created if there is none, with the keys of a first look.

        With `mails` an older copy of the ledger is refused.
        """
        try:
            with self.desk.offices.writing(mails=mails, new_keys=new_keys) as (office, ledger):
                self.desk.sessions.keep(ledger)
                yield replace(office, actor=self.user.actor), ledger
        finally:
            self.desk.shared.drop()

    def read(self, use: Callable[Concatenate[Office, _P], _T], *args: _P.args, **more: _P.kwargs) -> _T:
        """Run a use case that only reads, and return its result."""
        with self.reading() as office:
            return use(office, *args, **more)

    def write(self, use: Callable[Concatenate[Office, Ledger, _P], _T], *args: _P.args, **more: _P.kwargs) -> _T:
        """Run a use case that writes to the ledger, and return its result."""
        with self.writing() as (office, ledger):
            return use(office, ledger, *args, **more)

    def job(
        self, key: Hashable, make: Callable[[Office], _T], *, anew: bool = False, group: Hashable = None
    ) -> Job[_T]:
        """Return the job of a key, which makes something of the office and may still be running."""

        def begin(_: Job[_T]) -> _T:
            with self.reading() as office:
                return make(office)

        return self.desk.jobs.get(key, begin, anew=anew, group=group)

    # Answers.

    def render(self, template: str, /, *, status: int = 200, **context: object) -> Response:
        """Return a page, or the region of it that is requested."""
        if self.in_background:
            return Later(replace(self, in_background=False), template, status, context)
        return self.desk.html.response(self, template, status=status, **context)

    def keep(self, message: object, path: str = "") -> None:
        """Keep a message (a result, a page or a sentence) until that page is shown; without a path, any page."""
        shown = message if isinstance(message, (str, Page)) else page(message)
        self.desk.messages.setdefault(self.user.session, {}).setdefault(path, []).append(shown)

    def go(self, path: str, message: object = None, *, announce: str = "", **query: str | Sequence[str]) -> Response:
        """Redirect to another page, which shows the message; open pages with the topic to announce load again."""
        if announce:
            self.desk.live.announce(announce)
        if message is not None:
            self.keep(message, path)
        encoded = urlencode(query, doseq=True)
        return RedirectResponse(f"{self.desk.hosting.prefix}{quote(path)}{'?' if encoded else ''}{encoded}", 303)


View = Callable[[DeskRequest], Response]


class _Id(IntegerConvertor):
    """A number in a path, within the range of a database."""

    regex = "[0-9]{1,17}"


register_url_convertor("id", _Id())


class Later(Response):
    """A page that is rendered only when it is fetched, as a whole or a region of it."""

    def __init__(self, request: DeskRequest, template: str, status: int, context: Mapping[str, object]) -> None:
        """Keep the template and its context."""
        super().__init__(status_code=status)
        self.request, self.template, self.context = request, template, context


@dataclass(frozen=True, slots=True)
class DeskRoute:
    """A path of the desk: its views, and the rights to see it (GET) and to change something through it (POST)."""

    path: str
    get: View | None = None
    post: View | None = None
    reads: Right = Right.READ
    changes: Right = Right.WRITE

    @property
    def rights(self) -> Mapping[str, Right]:
        """Return the right that each method needs."""
        methods = (("GET", self.get, self.reads), ("POST", self.post, self.changes))
        return {method: right for method, view, right in methods if view is not None}


def make_route(desk: Desk, route: DeskRoute) -> Route:
    """Return the Starlette route of a route of the desk."""

    async def answer(request: Request) -> Response:
        view = route.post if request.method == "POST" else route.get
        assert view is not None  # noqa: S101 - Starlette checks the method
        form, files = dict[str, list[str]](), dict[str, list[File]]()
        try:
            if request.method == "POST":
                length = request.headers.get("content-length", "")
                if not length.isdigit() or int(length) > LARGEST_UPLOAD:  # browsers always send the length
                    too_large = "The upload is too large: 40 MB at most.\n"
                    return PlainTextResponse(too_large, 413, {"connection": "close"})
                form, files = await _read_form(request)
        except ClientDisconnect:  # or too slow
            return PlainTextResponse("The form did not arrive in time.\n", 408, {"connection": "close"})
        except UnicodeError:
            return PlainTextResponse("The form contains characters that are not text.\n", 400)
        except MultiPartException as error:
            return PlainTextResponse(f"{error.message}\n", 400)
        desk_request = DeskRequest(
            desk=desk,
            user=request.scope.get("desk.user") or NOBODY,
            method=request.method,
            path=request.scope["path"],
            params=dict(request.path_params),
            query={name: request.query_params.getlist(name) for name in request.query_params},
            form=form,
            files=files,
            region=request.headers.get("desk-region", "")[:100],
            is_live="desk-live" in request.headers,
            seen=desk.live.position,
        )
        return await run_in_threadpool(_answer, desk_request, view)

    return Route(route.path, answer, methods=[*route.rights])


def _answer(request: DeskRequest, view: View) -> Response:
    with making_page():
        try:
            return view(request)
        except MailerError as error:
            status = 422 if error.exit_code == InputProblem.exit_code else 503
            return replace(request, region=request.region and "problems").render(
                "problem.html", status=status, error=error
            )


async def _read_form(request: Request) -> tuple[dict[str, list[str]], dict[str, list[File]]]:
    """Return the fields and the files of a form.

    Raises:
        UnicodeError: a name or a value cannot be encoded.
    """
    form: dict[str, list[str]] = {}
    files: dict[str, list[File]] = {}
    found: FormData

    def text(value: str) -> str:
        if "\0" in value:
            raise UnicodeError(value)
        value.encode()  # raises for half a character
        return value.replace("\r\n", "\n")

    async with request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=_LARGEST_FIELD) as found:
        for name, value in found.multi_items():
            if isinstance(value, UploadFile):
                if value.filename:
                    bare = value.filename.replace("\\", "/").rpartition("/")[2]
                    files.setdefault(text(name), []).append(File(text(bare), await value.read()))
            else:
                form.setdefault(text(name), []).append(text(value))
    return form, files
