"""Editor: a release, edited with its mail and its checks beside it; its pictures and its earlier versions.

Every form carries what is being typed: the top of the file as it was opened (`top`), the fields that change it, the
body, and the digest of the bytes that were opened (`base`). So a preview reads the unsaved text
(`Workspace.unsaved`), and saving never overwrites another user's changes. A step that changes the file (a picture, a
reason for a warning) first saves what was typed.

A mail is made once for each preview and kept in memory for its frame. A frame cannot set a colour scheme, so the rules
for dark mode are applied or removed beforehand (`in_scheme`).

Checks that run only on request, since they take longer or are visible to others (opening links, asking spam filters),
apply to the text as it was then: the form carries its digest (`had`), and their result is dropped for another text.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final
from urllib.parse import quote

from starlette.responses import Response

from mailer.contacts.audience import EVERYBODY
from mailer.contacts.values import Contact
from mailer.desk.access import Right
from mailer.desk.html import mail_page
from mailer.desk.index import BeingRead, is_large
from mailer.desk.jobs import Job
from mailer.desk.routing import DeskRequest, DeskRoute
from mailer.errors import InputProblem, MailerError, Problem, gather
from mailer.events import MailingKind
from mailer.frozen import dataclass, replace
from mailer.pages import Page
from mailer.pages.reviewing import about_spam
from mailer.preview.page import in_scheme, without_web_pictures
from mailer.release.checks.case import is_open_to_waiving, key_for
from mailer.release.differences import compare_lines
from mailer.release.markdown import writing
from mailer.release.markdown.frontmatter import UnreadableFields
from mailer.release.values import Image, MediaContact, Quote, Release
from mailer.runs.lists.looking import choose_contact
from mailer.runs.manuscripts import keeping
from mailer.runs.manuscripts.keeping import OpenRelease, open_release
from mailer.runs.office import Office
from mailer.runs.planning.request import PREVIEW_RELAY, Request
from mailer.runs.previews import Made, make_preview, preview_plan
from mailer.runs.reviewing import Reviewed, ReviewRequest, ReviewTools, review, take_back_waiver
from mailer.runs.untrusted import parse_release
from mailer.words import read_section
from mailer.workspace import ChangedMeanwhile, as_written

LOOKS: Final = (("light", "Light"), ("dark", "Dark"), ("phone", "Phone"), ("text", "Text part"), ("source", "Source"))
# Checks that run only on request: the option of the command, the button's text, and the words for its progress.
EXTRA_CHECKS: Final = {
    "online": ("Open the links and pictures", "The links and pictures", "opened"),
    "spam": ("Ask the spam filters", "The spam filters", "asked"),
}
_WAIT_S: Final = 0.5
_CELLS: Final = ("name", "role", "organisation", "phones", "emails", "note")  # of a contact
_TALLEST: Final = 9000  # pixels
_MOST_SOURCE: Final = 60_000  # characters of a mail's source that are shown


# The form.


@dataclass(frozen=True, slots=True)
class Form:
    """A release as it is edited: the two parts of its file, and its fields (None: only as text)."""

    top: str
    body: str
    fields: writing.Fields | None
    error: str = ""

    @property
    def text(self) -> str:
        """Return the whole file."""
        return writing.join_file(self.top, self.body)

    @property
    def labelled(self) -> list[tuple[str, str, str, str]]:
        """Return each one-line field: its name, its label, its text, and an example."""
        texts = self.fields.texts if self.fields else {}
        fields = read_section("desk", "fields")
        return [(name, label, texts.get(name, ""), example) for name, (label, example) in fields.items()]

    @property
    def contacts(self) -> list[Mapping[str, str]]:
        """Return the contacts as rows of a form, with an empty one at the end."""
        known = self.fields.contacts if self.fields and self.fields.contacts else ()
        return [*map(_row, known), _row(MediaContact())]

    @property
    def quotes(self) -> list[writing.QuoteFields]:
        """Return the quotes that fields can change, with an empty one at the end."""
        return [*writing.quotes_in(self.body), writing.QuoteFields()]

    def further_quotes(self, release: Release | None) -> list[Quote]:
        """Return the quotes of a release that fields cannot change."""
        fielded = [writing.quote_of(each.was) for each in self.quotes]
        return [each for each in release.quotes() if each not in fielded] if release else []

    @property
    def paragraphs(self) -> list[tuple[str, str]]:
        """Return the beginning of each paragraph of the body, with its numbered label."""
        begun = (first[:60] for _, first in writing.paragraphs_in(self.body))
        return [(each, f"{number}. {each}") for number, each in enumerate(begun, 1)]


def form_of(top: str, body: str) -> Form:
    """Return the form for a release's file."""
    try:
        return Form(top, body, writing.read_fields(top))
    except UnreadableFields as error:
        return Form(top, body, None, str(error))


def file_of(request: DeskRequest) -> str:
    """Return the file that a form makes: the text as it was typed, or the opened top with the fields applied.

    Raises InputProblem if the fields cannot be written into it.
    """
    if "text" in request.form:
        return request.one("text")
    top = request.one("top")
    texts = {name: request.one(name) for name in writing.TEXTS if name in request.form}
    contacts = None
    if "contact_name" in request.form:
        columns = [request.form.get(f"contact_{name}", ()) for name in _CELLS]
        rows = [dict(zip(_CELLS, row, strict=True)) for row in zip(*columns, strict=False)]
        known = writing.read_fields(top).contacts or ()
        contacts = [_contact(row, known) for row in rows if any(cell.strip() for cell in row.values())]
    columns = [request.form.get(f"quote_{each}", ()) for each in ("was", "words", "speaker", "role", "organisation")]
    quotes = [writing.QuoteFields(*row) for row in zip(*columns, strict=False)]
    try:
        body = writing.change_quotes(request.one("body"), quotes, request.one("quote_after"))
        return writing.join_file(writing.change_fields(top, texts, contacts), body)
    except UnreadableFields as error:
        raise InputProblem(str(error), line=error.line) from None
    except ValueError as error:
        raise InputProblem(str(error), hint="Change it in the text, and empty the fields here.") from None


def _row(contact: MediaContact) -> dict[str, str]:
    cells = {name: getattr(contact, name) for name in _CELLS}
    return {name: cell if isinstance(cell, str) else "; ".join(cell) for name, cell in cells.items()}


def _contact(row: Mapping[str, str], known: Sequence[MediaContact]) -> MediaContact:
    """Return the contact of a row; an unchanged one stays as it was read."""
    bare = {name: " ".join(cell.split()) for name, cell in row.items()}
    same = next((each for each in known if _row(each) == bare), None)
    if same is not None:
        return same
    phones, emails = (
        tuple(part.strip() for part in bare.pop(name).split(";") if part.strip()) for name in ("phones", "emails")
    )
    return MediaContact(**bare, phones=phones, emails=emails)


# The page.


def show(request: DeskRequest) -> Response:
    """Show a release for editing, with its mail and its checks: as it is on file, or as it is being typed."""
    request = replace(request, region="") if request.one("whole") else request
    is_typed, topic = request.method == "POST", f"release {request.params['name']}"
    with request.reading() as office:
        opened = open_release(office.workspace, request.params["name"])
        text = file_of(request) if is_typed else opened.text
        is_work = request.user.may(Right.WRITE) and (is_typed or not request.region)
        if is_work and request.desk.presence.touch(topic, request.user, office.clock()):
            request.desk.live.announce(topic)
        if request.region in {"status", "others"}:
            return _page(request, office, opened, text, base=request.one("base"), release=_release(office, opened))
        return _page(request, office, opened, text, base=request.one("base"), **_preview(request, office, opened, text))


def _page(request: DeskRequest, office: Office, opened: OpenRelease, text: str, **more: Any) -> Response:  # noqa: ANN401 - of the template
    """Render the editor; `text` is the text in its form, `base` the digest of the opened file."""
    form, name, base = form_of(*writing.split_file(text)), request.params["name"], more.pop("base", "")
    versions = office.workspace.versions(opened.path) if request.one("back") else ()
    found: dict[str, Any] = {
        "opened": opened,
        "name": name,
        "path": f"{request.desk.hosting.prefix}/releases/{quote(name)}",
        "form": form,
        "base": base or opened.digest,
        "is_whole": request.one("tab") == "text" or form.fields is None or not opened.is_markdown,
        "is_changed": bool(base) and base != opened.digest,
        "is_refused": False,
        "others": request.desk.presence.others(f"release {name}", request.user, office.clock()),
        "saver": request.desk.presence.saver(opened.digest),
        "saved": request.one("saved"),
        "undone": next((each.until for each in versions if each.name == request.one("back")), None),
        "looks": LOOKS,
        "look": request.one("look", "light"),
        "extra_checks": EXTRA_CHECKS,
        "lists": [path.stem for path in office.workspace.lists()],
        "families": ["", *office.workspace.families()],
        "senders": ["", *office.settings.senders],
        "command": ("release", "check", name, *(f"--{each}" for each in more.get("also", ()))),
    }
    return request.render("releases_edit.html", **found | more)


# The mail and the checks.


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding of the check as it is shown: its place on the page, and the name by which it can be waived."""

    problem: Problem
    element: str = ""
    line: int | None = None  # of the text area
    key: str = ""
    reason: str = ""  # it is waived


def _preview(request: DeskRequest, office: Office, opened: OpenRelease, text: str) -> dict[str, Any]:
    """Return the mail that a text makes for the chosen contact, and the problems found in it."""
    form, waited = form_of(*writing.split_file(text)), -1
    # the extra checks: those requested now, and those already done for this very text
    *had, digest = request.one("had").split() or [""]
    wanted = {*request.one("also").split(), *(had if digest == _digest(text) else ())}
    also = [each for each in EXTRA_CHECKS if each in wanted]
    reviewed: Reviewed | None = None
    made: Made | None = None
    refusal: MailerError | None = None
    remarks: list[Remark] = []
    waived: list[Remark] = []
    office = _unsaved(office, opened, text)
    try:
        if also:
            job = _extra_check(request, opened, text, also)
            if job.is_done(wait_s=_WAIT_S):
                job.is_stale = True  # a new request repeats it
                with job.using() as done:
                    reviewed = done
            else:
                waited = job.waited_s
        reviewed = reviewed or review(_review_tools(office, opened), _review_request(opened))
        remarks, waived = _remarks(request, form, reviewed)
        made = _made(request, office, opened) if request.region != "checks" else None
    except MailerError as error:
        refusal = error
        remarks = remarks or [_located(request, form, Remark(each)) for each in gather(error)]
    release = _release(office, opened)
    return {
        "remarks": remarks,
        "waived": waived,
        "ok": reviewed is not None and reviewed.ok,
        "differences": reviewed.checked.differences if reviewed else (),
        "spam": Page(*about_spam(reviewed.mails)) if reviewed else Page(),
        "also": also,
        "had": " ".join([*also, _digest(text)]) if also else "",
        "waited": waited,
        "made": made,
        "mail": request.desk.mails.put(request.user, made) if made else "",
        "height": _height(made, is_phone=request.one("look") == "phone") if made else 0,
        "source": made.source[:_MOST_SOURCE].decode("ascii", "replace").replace("\r\n", "\n") if made else "",
        "refusal": refusal,
        "release": release,
        "pictures": _pictures(opened, release, remarks),
    }


def _unsaved(office: Office, opened: OpenRelease, text: str) -> Office:
    """Return the office as if a text were saved."""
    if text == opened.text:
        return office
    return replace(office, workspace=replace(office.workspace, unsaved={opened.path: as_written(text, opened.data)}))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _extra_check(request: DeskRequest, opened: OpenRelease, text: str, also: Sequence[str]) -> Job[Reviewed]:
    """Return the check that opens links or asks spam filters, which may still be going on."""

    def check(office: Office) -> Reviewed:
        return review(_review_tools(_unsaved(office, opened, text), opened), _review_request(opened, also))

    group = (request.user.session, "check", opened.name)
    return request.job((*group, _digest(text), *also), check, anew=bool(request.one("also")), group=group)


def _preview_request(opened: OpenRelease) -> Request:
    return Request(release=str(opened.path), relay=PREVIEW_RELAY, kind=MailingKind.PREVIEW)


def _review_request(opened: OpenRelease, also: Sequence[str] = ()) -> ReviewRequest:
    return ReviewRequest(_preview_request(opened), online="online" in also, spam="spam" in also)


def _made(request: DeskRequest, office: Office, opened: OpenRelease) -> Made:
    contact = _reader(request, office)
    return make_preview(office, preview_plan(office, _preview_request(opened), contact), contact)


def _reader(request: DeskRequest, office: Office) -> Contact:
    """Return the contact whose mail is shown; a long list is searched only once."""
    name, person = request.one("list"), request.one("reader").strip()
    lists = [each for each in office.workspace.lists() if each.stem == name]
    if not lists:
        return choose_contact(office, [], person, EVERYBODY)
    found = lists[0].stat()
    key = ("reader", str(lists[0]), found.st_mtime_ns, found.st_size, person)
    job = request.desk.jobs.get(key, lambda _: choose_contact(office, [str(lists[0])], person, EVERYBODY))
    if not job.is_done(wait_s=0.05 if is_large(lists[0]) else None):
        raise BeingRead("is being read; look again in a few seconds", source=office.workspace.show(lists[0]))
    with job.using() as contact:
        return contact


def _review_tools(office: Office, opened: OpenRelease) -> ReviewTools:
    known = office.workspace, office.settings, opened.path, office.clock, office.actor
    return ReviewTools(*known, lambda: contextlib.nullcontext(office), lambda _: contextlib.nullcontext(lambda _: None))


def _remarks(request: DeskRequest, form: Form, found: Reviewed) -> tuple[list[Remark], list[Remark]]:
    checked, keeps = found.checked, found.keeps_reasons
    every = [*checked.problems, *(each.problem for each in checked.waived)]
    remarks = [
        Remark(each, key=key_for(each, checked.problems) if keeps and is_open_to_waiving(each) else "")
        for each in checked.problems
    ]
    remarks += [Remark(each.problem, key=(each.key or "") if keeps else "") for each in found.mails.open]
    waived = [Remark(each.problem, key=key_for(each.problem, every), reason=each.reason) for each in checked.waived]
    waived += [Remark(each.problem, key=each.problem.code, reason=each.waived) for each in found.mails.waived]
    return [_located(request, form, each) for each in remarks], [_located(request, form, each) for each in waived]


def _located(request: DeskRequest, form: Form, remark: Remark) -> Remark:
    line = remark.problem.line
    if line is None:
        return remark
    if request.one("tab") == "text" or form.fields is None:
        return replace(remark, element="f-text", line=line)
    above = form.top.count("\n")
    if line > above:
        return replace(remark, element="f-body", line=line - above)
    fields = (name for name, (first, last) in form.fields.lines.items() if first <= line <= last)
    name = next((each for each in fields if each in writing.TEXTS or each == writing.CONTACTS), "top")
    return replace(remark, element=f"f-{name}")


def _release(office: Office, opened: OpenRelease) -> Release | None:
    try:
        data = office.workspace.read_release(opened.path)
        return parse_release(data, source=opened.file, slug=opened.path.stem, strict=False)
    except MailerError:  # shown among the remarks
        return None


def _height(made: Made, *, is_phone: bool) -> int:
    """Return the approximate height of a mail in pixels; its frame cannot be measured, and scrolls beyond that.

    The figures are those of the `release` family, measured at 600 and at 376 pixels.
    """
    text = 300 + int((0.72 if is_phone else 0.5) * len(made.text)) + 22 * made.text.count("\n\n")
    inside = made.html.count("data:image/")
    return min(_TALLEST, text + inside * (240 if is_phone else 420))


def show_mail(request: DeskRequest) -> Response:
    """Return the mail for a frame that runs and loads nothing."""
    made = request.desk.mails.get(request.user, request.one("mail"))
    if made is None:
        with request.reading() as office:
            made = _made(request, office, open_release(office.workspace, request.params["name"]))
    scheme = "dark" if request.one("look") == "dark" else "light"
    return mail_page(in_scheme(without_web_pictures(made.html), scheme))


# Saving.


def save(request: DeskRequest) -> Response:
    """Save what was typed; nothing is written if another user has saved since."""
    text = file_of(request)
    try:
        saved = _save(request, text)
    except ChangedMeanwhile:
        return _conflict(request)
    more = {"tab": "text"} if request.one("tab") == "text" else {}
    if not text.endswith(request.one("body")):  # a quote was changed, so the page has to be reloaded
        more["whole"] = "1"
    return request.go(f"/releases/{request.params['name']}", saved=saved.copy or "same", **more)


def _save(request: DeskRequest, change: str | None = None) -> keeping.ReleaseSaved:
    """Save what was typed, or a changed text, and signal it to other pages."""
    name = request.params["name"]
    text = file_of(request) if change is None else change
    with request.reading() as office:
        saved = keeping.save_release(office.workspace, name, text, opened=request.one("base"), now=office.clock())
    if saved.copy:
        _announce(request, name, saved.digest)
    return saved


def _conflict(request: DeskRequest) -> Response:
    """Show the two versions; if only a part of the page is requested, show there what has happened."""
    if request.region == "problems":
        hint = "Press Save: it offers to compare the two versions."
        raise ChangedMeanwhile("not done: another user saved this release since you opened it", hint=hint)
    if request.region != "status":
        return merge(request)
    with request.reading() as office:
        opened = open_release(office.workspace, request.params["name"])
        return _page(request, office, opened, file_of(request), base=request.one("base"), is_refused=True)


def _announce(request: DeskRequest, name: str, digest: str) -> None:
    request.desk.presence.saved(digest, request.user)
    request.desk.live.announce("releases", f"release {name}")


def merge(request: DeskRequest) -> Response:
    """Show the version on file beside what was typed, to choose one or to combine them."""
    with request.reading() as office:
        opened = open_release(office.workspace, request.params["name"])
    return request.render(
        "releases_merge.html",
        opened=opened,
        name=request.params["name"],
        saver=request.desk.presence.saver(opened.digest),
        text=file_of(request),
        groups=compare_lines(opened.text, file_of(request)),
        command=("release", "show", request.params["name"]),
    )


# Warnings that are accepted.


def waive(request: DeskRequest) -> Response:
    """Save what was typed, and add or remove the reason why a warning is acceptable."""
    name, key, back = request.params["name"], request.one("waive"), request.one("unwaive")
    if key and not request.one(f"why {key}").strip():
        raise InputProblem(f"why is {key} acceptable?", hint="Give the reason: it is kept in the release.")
    try:
        _save(request)
    except ChangedMeanwhile:
        return _conflict(request)
    with request.reading() as office:
        opened = open_release(office.workspace, name)
        tools = _review_tools(office, opened)
        if back:
            take_back_waiver(tools, back)
        review_request = _review_request(opened, request.one("had").split())
        found = review(tools, review_request, waive=key, reason=request.one(f"why {key}"))
        _announce(request, name, open_release(office.workspace, name).digest)
    every = chain(*_remarks(request, form_of("", ""), found))
    message = next((each.problem.message for each in every if each.key == (back or key)), back or key)
    return request.go(f"/releases/{name}", f"{'No longer accepted' if back else 'Accepted'}: {message}")


# Pictures.


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the release: its size in bytes (0: missing), and the findings about it."""

    image: Image
    size: int
    remarks: tuple[Remark, ...]


def _pictures(opened: OpenRelease, release: Release | None, remarks: Sequence[Remark]) -> list[Picture]:
    found = []
    for image in release.images() if release else ():
        size = 0
        with contextlib.suppress(OSError, ValueError):
            if image.src and "://" not in image.src:
                size = (opened.path.parent / image.src).stat().st_size
        about = tuple(each for each in remarks if image.src and each.problem.about == image.src)
        found.append(Picture(image, size, about))
    return found


def change_pictures(request: DeskRequest) -> Response:
    """Save what was typed, with a picture added or removed."""
    name, removed, file = request.params["name"], request.one("remove"), request.file("picture")
    with request.reading() as office:
        opened = open_release(office.workspace, name)
    top, body = writing.split_file(file_of(request))
    if removed:
        changed, done = writing.drop_picture(body, removed), f"{removed} was removed from the text. The file stays."
        if changed == body:
            raise InputProblem(f"{removed} is not in the text", hint="It is named at the top: edit the whole text.")
    elif file is None:
        raise InputProblem("choose a picture first")
    else:
        alt, caption, credit = (
            " ".join(request.one(f"picture_{each}").split()) for each in ("alt", "caption", "credit")
        )
        image = Image(file.name, alt=alt, caption=caption, credit=credit)
        written = keeping.add_picture(opened.path, image, file.data)
        changed = writing.insert_paragraph(body, written, request.one("picture_after"))
        done = "The picture was added to the text."
    try:
        _save(request, writing.join_file(top, changed))
    except ChangedMeanwhile:
        return _conflict(request)
    return request.go(f"/releases/{name}", done)


# Earlier versions.


def show_versions(request: DeskRequest) -> Response:
    """Show the earlier versions, and how one differs from the file."""
    name, chosen = request.params["name"], request.one("version")
    with request.reading() as office:
        opened = open_release(office.workspace, name)
        versions = office.workspace.versions(opened.path)
        groups = compare_lines(keeping.read_version(office.workspace, name, chosen), opened.text) if chosen else ()
    return request.render(
        "releases_versions.html",
        opened=opened,
        name=name,
        versions=versions,
        chosen=next((each for each in versions if each.name == chosen), None),
        groups=groups,
        command=("release", "show", name),
    )


def restore_version(request: DeskRequest) -> Response:
    """Restore an earlier version; the one on file is kept, so that this can be undone."""
    name = request.params["name"]
    with request.reading() as office:
        saved = keeping.go_back(
            office.workspace, name, request.one("back"), opened=request.one("base"), now=office.clock()
        )
    if saved.copy:
        _announce(request, name, saved.digest)
    return request.go(f"/releases/{name}", saved=saved.copy or "same", back=request.one("back"))


ROUTES: Final = (
    DeskRoute("/releases/{name}", get=show, post=save),
    DeskRoute("/releases/{name}/preview", post=show, changes=Right.READ),
    DeskRoute("/releases/{name}/mail.html", get=show_mail),
    DeskRoute("/releases/{name}/merge", post=merge),
    DeskRoute("/releases/{name}/waive", post=waive),
    DeskRoute("/releases/{name}/pictures", post=change_pictures),
    DeskRoute("/releases/{name}/versions", get=show_versions, post=restore_version),
)
