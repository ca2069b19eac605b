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
from mailer.desk.routing import DeskRequest, Way
from mailer.desk.works import Work
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
LONGER: Final = {
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
    why_not: str = ""

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
    def places(self) -> list[tuple[str, str]]:
        """Return the beginning of each paragraph of the body, with its numbered label."""
        begun = (first[:60] for _, first in writing.paragraphs_in(self.body))
        return [(each, f"{number}. {each}") for number, each in enumerate(begun, 1)]


def form_of(top: str, body: str) -> Form:
    """Return the form for a release's file."""
    try:
        return Form(top, body, writing.read_fields(top))
    except UnreadableFields as error:
        return Form(top, body, None, str(error))


def file_of(asked: DeskRequest) -> str:
    """Return the file that a form makes: the text as it was typed, or the opened top with the fields applied.

    Raises InputProblem if the fields cannot be written into it.
    """
    if "text" in asked.form:
        return asked.one("text")
    top = asked.one("top")
    texts = {name: asked.one(name) for name in writing.TEXTS if name in asked.form}
    contacts = None
    if "contact_name" in asked.form:
        columns = [asked.form.get(f"contact_{name}", ()) for name in _CELLS]
        rows = [dict(zip(_CELLS, row, strict=True)) for row in zip(*columns, strict=False)]
        known = writing.read_fields(top).contacts or ()
        contacts = [_contact(row, known) for row in rows if any(cell.strip() for cell in row.values())]
    columns = [asked.form.get(f"quote_{each}", ()) for each in ("was", "words", "speaker", "role", "organisation")]
    quotes = [writing.QuoteFields(*row) for row in zip(*columns, strict=False)]
    try:
        body = writing.change_quotes(asked.one("body"), quotes, asked.one("quote_after"))
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


def show(asked: DeskRequest) -> Response:
    """Show a release for editing, with its mail and its checks: as it is on file, or as it is being typed."""
    asked = replace(asked, region="") if asked.one("whole") else asked
    is_typed, topic = asked.method == "POST", f"release {asked.params['name']}"
    with asked.reading() as office:
        opened = open_release(office.workspace, asked.params["name"])
        text = file_of(asked) if is_typed else opened.text
        is_work = asked.user.may(Right.WRITE) and (is_typed or not asked.region)
        if is_work and asked.desk.presence.touch(topic, asked.user, office.clock()):
            asked.desk.live.announce(topic)
        if asked.region in {"standing", "others"}:
            return _page(asked, office, opened, text, base=asked.one("base"), release=_release(office, opened))
        return _page(asked, office, opened, text, base=asked.one("base"), **_preview(asked, office, opened, text))


def _page(asked: DeskRequest, office: Office, opened: OpenRelease, text: str, **more: Any) -> Response:  # noqa: ANN401 - of the template
    """Render the editor; `text` is the text in its form, `base` the digest of the opened file."""
    form, name, base = form_of(*writing.split_file(text)), asked.params["name"], more.pop("base", "")
    versions = office.workspace.versions(opened.path) if asked.one("back") else ()
    found: dict[str, Any] = {
        "opened": opened,
        "name": name,
        "path": f"{asked.desk.doors.prefix}/releases/{quote(name)}",
        "form": form,
        "base": base or opened.digest,
        "is_whole": asked.one("tab") == "text" or form.fields is None or not opened.is_markdown,
        "is_changed": bool(base) and base != opened.digest,
        "is_refused": False,
        "others": asked.desk.presence.others(f"release {name}", asked.user, office.clock()),
        "saver": asked.desk.presence.saver(opened.digest),
        "saved": asked.one("saved"),
        "undone": next((each.until for each in versions if each.name == asked.one("back")), None),
        "looks": LOOKS,
        "look": asked.one("look", "light"),
        "longer": LONGER,
        "lists": [path.stem for path in office.workspace.lists()],
        "families": ["", *office.workspace.families()],
        "senders": ["", *office.settings.senders],
        "command": ("release", "check", name, *(f"--{each}" for each in more.get("also", ()))),
    }
    return asked.render("releases_edit.html", **found | more)


# The mail and the checks.


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding of the check as it is shown: its place on the page, and the name by which it can be waived."""

    problem: Problem
    element: str = ""
    line: int | None = None  # of the text area
    key: str = ""
    reason: str = ""  # it is waived


def _preview(asked: DeskRequest, office: Office, opened: OpenRelease, text: str) -> dict[str, Any]:
    """Return the mail that a text makes for the chosen contact, and the problems found in it."""
    form, waited = form_of(*writing.split_file(text)), -1
    # the extra checks: those requested now, and those already done for this very text
    *had, digest = asked.one("had").split() or [""]
    wanted = {*asked.one("also").split(), *(had if digest == _digest(text) else ())}
    also = [each for each in LONGER if each in wanted]
    reviewed: Reviewed | None = None
    made: Made | None = None
    refusal: MailerError | None = None
    remarks: list[Remark] = []
    waived: list[Remark] = []
    office = _unsaved(office, opened, text)
    try:
        if also:
            work = _longer(asked, opened, text, also)
            if work.is_done(wait_s=_WAIT_S):
                work.is_stale = True  # a new request repeats it
                with work.using() as done:
                    reviewed = done
            else:
                waited = work.waited_s
        reviewed = reviewed or review(_review_tools(office, opened), _asked_for(opened))
        remarks, waived = _remarks(asked, form, reviewed)
        made = _made(asked, office, opened) if asked.region != "checks" else None
    except MailerError as error:
        refusal = error
        remarks = remarks or [_placed(asked, form, Remark(each)) for each in gather(error)]
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
        "mail": asked.desk.mails.put(asked.user, made) if made else "",
        "height": _height(made, is_phone=asked.one("look") == "phone") if made else 0,
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


def _longer(asked: DeskRequest, opened: OpenRelease, text: str, also: Sequence[str]) -> Work[Reviewed]:
    """Return the check that opens links or asks spam filters, which may still be going on."""

    def check(office: Office) -> Reviewed:
        return review(_review_tools(_unsaved(office, opened, text), opened), _asked_for(opened, also))

    mine = (asked.user.session, "check", opened.name)
    return asked.work((*mine, _digest(text), *also), check, anew=bool(asked.one("also")), group=mine)


def _request(opened: OpenRelease) -> Request:
    return Request(release=str(opened.path), relay=PREVIEW_RELAY, kind=MailingKind.PREVIEW)


def _asked_for(opened: OpenRelease, also: Sequence[str] = ()) -> ReviewRequest:
    return ReviewRequest(_request(opened), online="online" in also, spam="spam" in also)


def _made(asked: DeskRequest, office: Office, opened: OpenRelease) -> Made:
    contact = _reader(asked, office)
    return make_preview(office, preview_plan(office, _request(opened), contact), contact)


def _reader(asked: DeskRequest, office: Office) -> Contact:
    """Return the contact whose mail is shown; a long list is searched only once."""
    name, person = asked.one("list"), asked.one("reader").strip()
    lists = [each for each in office.workspace.lists() if each.stem == name]
    if not lists:
        return choose_contact(office, [], person, EVERYBODY)
    found = lists[0].stat()
    key = ("reader", str(lists[0]), found.st_mtime_ns, found.st_size, person)
    work = asked.desk.works.get(key, lambda _: choose_contact(office, [str(lists[0])], person, EVERYBODY))
    if not work.is_done(wait_s=0.05 if is_large(lists[0]) else None):
        raise BeingRead("is being read; look again in a few seconds", source=office.workspace.show(lists[0]))
    with work.using() as contact:
        return contact


def _review_tools(office: Office, opened: OpenRelease) -> ReviewTools:
    known = office.workspace, office.settings, opened.path, office.clock, office.actor
    return ReviewTools(*known, lambda: contextlib.nullcontext(office), lambda _: contextlib.nullcontext(lambda _: None))


def _remarks(asked: DeskRequest, form: Form, found: Reviewed) -> tuple[list[Remark], list[Remark]]:
    checked, keeps = found.checked, found.keeps_reasons
    every = [*checked.problems, *(each.problem for each in checked.waived)]
    remarks = [
        Remark(each, key=key_for(each, checked.problems) if keeps and is_open_to_waiving(each) else "")
        for each in checked.problems
    ]
    remarks += [Remark(each.problem, key=(each.key or "") if keeps else "") for each in found.mails.open]
    waived = [Remark(each.problem, key=key_for(each.problem, every), reason=each.reason) for each in checked.waived]
    waived += [Remark(each.problem, key=each.problem.code, reason=each.waived) for each in found.mails.waived]
    return [_placed(asked, form, each) for each in remarks], [_placed(asked, form, each) for each in waived]


def _placed(asked: DeskRequest, form: Form, remark: Remark) -> Remark:
    line = remark.problem.line
    if line is None:
        return remark
    if asked.one("tab") == "text" or form.fields is None:
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


def show_mail(asked: DeskRequest) -> Response:
    """Return the mail for a frame that runs and loads nothing."""
    made = asked.desk.mails.get(asked.user, asked.one("mail"))
    if made is None:
        with asked.reading() as office:
            made = _made(asked, office, open_release(office.workspace, asked.params["name"]))
    scheme = "dark" if asked.one("look") == "dark" else "light"
    return mail_page(in_scheme(without_web_pictures(made.html), scheme))


# Saving.


def save(asked: DeskRequest) -> Response:
    """Save what was typed; nothing is written if another user has saved since."""
    text = file_of(asked)
    try:
        saved = _save(asked, text)
    except ChangedMeanwhile:
        return _conflict(asked)
    more = {"tab": "text"} if asked.one("tab") == "text" else {}
    if not text.endswith(asked.one("body")):  # a quote was changed, so the page has to be reloaded
        more["whole"] = "1"
    return asked.go(f"/releases/{asked.params['name']}", saved=saved.copy or "same", **more)


def _save(asked: DeskRequest, change: str | None = None) -> keeping.ReleaseSaved:
    """Save what was typed, or a changed text, and signal it to other pages."""
    name = asked.params["name"]
    text = file_of(asked) if change is None else change
    with asked.reading() as office:
        saved = keeping.save_release(office.workspace, name, text, opened=asked.one("base"), now=office.clock())
    if saved.copy:
        _announce(asked, name, saved.digest)
    return saved


def _conflict(asked: DeskRequest) -> Response:
    """Show the two versions; if only a part of the page is requested, show there what has happened."""
    if asked.region == "problems":
        hint = "Press Save: it offers to compare the two versions."
        raise ChangedMeanwhile("not done: another user saved this release since you opened it", hint=hint)
    if asked.region != "standing":
        return merge(asked)
    with asked.reading() as office:
        opened = open_release(office.workspace, asked.params["name"])
        return _page(asked, office, opened, file_of(asked), base=asked.one("base"), is_refused=True)


def _announce(asked: DeskRequest, name: str, digest: str) -> None:
    asked.desk.presence.saved(digest, asked.user)
    asked.desk.live.announce("releases", f"release {name}")


def merge(asked: DeskRequest) -> Response:
    """Show the version on file beside what was typed, to choose one or to combine them."""
    with asked.reading() as office:
        opened = open_release(office.workspace, asked.params["name"])
    return asked.render(
        "releases_merge.html",
        opened=opened,
        name=asked.params["name"],
        saver=asked.desk.presence.saver(opened.digest),
        text=file_of(asked),
        groups=compare_lines(opened.text, file_of(asked)),
        command=("release", "show", asked.params["name"]),
    )


# Warnings that are accepted.


def waive(asked: DeskRequest) -> Response:
    """Save what was typed, and add or remove the reason why a warning is acceptable."""
    name, key, back = asked.params["name"], asked.one("waive"), asked.one("unwaive")
    if key and not asked.one(f"why {key}").strip():
        raise InputProblem(f"why is {key} acceptable?", hint="Give the reason: it is kept in the release.")
    try:
        _save(asked)
    except ChangedMeanwhile:
        return _conflict(asked)
    with asked.reading() as office:
        opened = open_release(office.workspace, name)
        tools = _review_tools(office, opened)
        if back:
            take_back_waiver(tools, back)
        request = _asked_for(opened, asked.one("had").split())
        found = review(tools, request, waive=key, reason=asked.one(f"why {key}"))
        _announce(asked, name, open_release(office.workspace, name).digest)
    every = chain(*_remarks(asked, form_of("", ""), found))
    meant = next((each.problem.message for each in every if each.key == (back or key)), back or key)
    return asked.go(f"/releases/{name}", f"{'No longer accepted' if back else 'Accepted'}: {meant}")


# Pictures.


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture of the release: its size in bytes (0: missing), and the findings about it."""

    image: Image
    size: int
    remarks: tuple[Remark, ...]


def _pictures(opened: OpenRelease, release: Release | None, remarks: Sequence[Remark]) -> list[Shown]:
    found = []
    for image in release.images() if release else ():
        size = 0
        with contextlib.suppress(OSError, ValueError):
            if image.src and "://" not in image.src:
                size = (opened.path.parent / image.src).stat().st_size
        about = tuple(each for each in remarks if image.src and each.problem.about == image.src)
        found.append(Shown(image, size, about))
    return found


def change_pictures(asked: DeskRequest) -> Response:
    """Save what was typed, with a picture added or removed."""
    name, gone, file = asked.params["name"], asked.one("remove"), asked.file("picture")
    with asked.reading() as office:
        opened = open_release(office.workspace, name)
    top, body = writing.split_file(file_of(asked))
    if gone:
        changed, done = writing.drop_picture(body, gone), f"{gone} was removed from the text. The file stays."
        if changed == body:
            raise InputProblem(f"{gone} is not in the text", hint="It is named at the top: edit the whole text.")
    elif file is None:
        raise InputProblem("choose a picture first")
    else:
        alt, caption, credit = (" ".join(asked.one(f"picture_{each}").split()) for each in ("alt", "caption", "credit"))
        image = Image(file.name, alt=alt, caption=caption, credit=credit)
        written = keeping.add_picture(opened.path, image, file.data)
        changed = writing.insert_paragraph(body, written, asked.one("picture_after"))
        done = "The picture was added to the text."
    try:
        _save(asked, writing.join_file(top, changed))
    except ChangedMeanwhile:
        return _conflict(asked)
    return asked.go(f"/releases/{name}", done)


# Earlier versions.


def show_versions(asked: DeskRequest) -> Response:
    """Show the earlier versions, and how one differs from the file."""
    name, chosen = asked.params["name"], asked.one("version")
    with asked.reading() as office:
        opened = open_release(office.workspace, name)
        versions = office.workspace.versions(opened.path)
        groups = compare_lines(keeping.read_version(office.workspace, name, chosen), opened.text) if chosen else ()
    return asked.render(
        "releases_versions.html",
        opened=opened,
        name=name,
        versions=versions,
        chosen=next((each for each in versions if each.name == chosen), None),
        groups=groups,
        command=("release", "show", name),
    )


def take_version(asked: DeskRequest) -> Response:
    """Restore an earlier version; the one on file is kept, so that this can be undone."""
    name = asked.params["name"]
    with asked.reading() as office:
        saved = keeping.go_back(office.workspace, name, asked.one("back"), opened=asked.one("base"), now=office.clock())
    if saved.copy:
        _announce(asked, name, saved.digest)
    return asked.go(f"/releases/{name}", saved=saved.copy or "same", back=asked.one("back"))


WAYS: Final = (
    Way("/releases/{name}", get=show, post=save),
    Way("/releases/{name}/preview", post=show, changes=Right.READ),
    Way("/releases/{name}/mail.html", get=show_mail),
    Way("/releases/{name}/merge", post=merge),
    Way("/releases/{name}/waive", post=waive),
    Way("/releases/{name}/pictures", post=change_pictures),
    Way("/releases/{name}/versions", get=show_versions, post=take_version),
)
