"""Releases: all of them, a new one, and importing a document, which is reviewed before it is saved.

A document is read as by `mailer release import`, in the sandbox. What was recognised is shown beside the document, line
by line with the evidence, and every field can be corrected before anything is written. Until then it is kept in memory,
for its session.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from starlette.responses import Response

from mailer.desk.routing import DeskRequest, DeskRoute
from mailer.desk.views.editor import file_of, form_of
from mailer.errors import InputProblem
from mailer.frozen import dataclass
from mailer.release.markdown.writing import split_file
from mailer.release.pieces import Reason
from mailer.runs.following import read_to_come
from mailer.runs.manuscripts import keeping
from mailer.runs.manuscripts.keeping import Recognised
from mailer.runs.planning.request import distance
from mailer.workspace import text_as_utf8

_CACHE: Final[dict[tuple[Path, int, int], keeping.ListedRelease]] = {}  # a cache of headlines
_PASTED: Final = "the pasted text"
_MOST_LINES: Final = 2000


def show_releases(request: DeskRequest) -> Response:
    """Show all releases of the workspace."""
    wanted = request.one("q").casefold().split()
    with request.reading() as office:
        found, to_come, now = keeping.list_releases(office, _CACHE), read_to_come(office), office.clock()
    shown = []
    for each in found:
        words = f"{each.release.headline if each.release else ''} {each.name}".casefold()
        if all(word in words for word in wanted):
            embargo = each.release.embargo if each.release else None
            until = embargo.until if embargo and embargo.has_zone and embargo.until and embargo.until > now else None
            shown.append((each, until, distance(until - now) if until else ""))
    return request.render(
        "releases.html", shown=shown, to_come=to_come, total=len(found), command=("release", "new", "NAME")
    )


def begin(request: DeskRequest) -> Response:
    """Start a release: an empty one under a name, or from a document."""
    if "name" not in request.form:
        return _read_document(request)
    with request.reading() as office:
        made = keeping.start_release(office.workspace, request.one("name"), now=office.clock())
    return request.go(f"/releases/{made.name}", f"{made.file} was made. Fill it in.", announce="releases")


# A document becomes a release.


def _read_document(request: DeskRequest) -> Response:
    """Read a document or pasted text, and go to what was recognised; nothing is written yet."""
    file, pasted, stored = request.file("file"), request.one("text"), request.one("from")
    with request.reading() as office:
        folder = None
        if stored:  # a Word file or a page in releases/
            path = office.workspace.named_release(stored)
            data, source, folder = office.workspace.read_release(path), path.name, path.parent
        elif file is not None:
            data, source = file.data, file.name
        elif pasted.strip():
            data, source = pasted.encode("utf-8"), _PASTED
        else:
            raise InputProblem("there is nothing to read", hint="Choose a file, or paste the text of a release.")
        if request.one("encoding").strip():
            data = text_as_utf8(data, request.one("encoding").strip(), source=source)
    name = "" if source == _PASTED else (keeping.slug_of(source.rpartition(".")[0] or source) or "release")
    found = keeping.recognise(data, source=source, name=name, folder=folder, strict=False)
    return request.go(f"/releases/import/{request.desk.imports.put(request.user, found)}")


@dataclass(frozen=True, slots=True)
class OriginalLine:
    """A line of the document: its text, what it was read as, the evidence, and doubts about it."""

    number: int
    text: str
    read_as: tuple[str, ...]
    why: tuple[str, ...]
    doubts: tuple[str, ...]


def show_import(request: DeskRequest) -> Response:
    """Show a document beside what was recognised in it."""
    found = request.desk.imports.find(request.user, request.params["key"])
    with request.reading() as office:
        senders, families = ["", *office.settings.senders], ["", *office.workspace.families()]
    source = ("-", "--as", found.name or "NAME") if found.source == _PASTED else (found.source,)
    return request.render(
        "releases_import.html",
        found=found,
        key=request.params["key"],
        lines=list(_lines(found)),
        form=form_of(*split_file(found.text)),
        senders=senders,
        families=families,
        name=found.name,
        place="paragraph" if found.source.lower().endswith((".docx", ".rtf")) else "line",
        command=("release", "import", *source),
    )


def save_import(request: DeskRequest) -> Response:
    """Save what was recognised, with its corrections."""
    found = request.desk.imports.find(request.user, request.params["key"])
    name, text = keeping.checked_slug(request.one("name")), file_of(request)
    for picture in found.pictures:  # they go into a folder with the chosen name
        text = text.replace(f"{found.name}/{picture.name}", f"{name}/{picture.name}")
    with request.reading() as office:
        added = keeping.add_release(office.workspace, name, text, found.pictures, now=office.clock())
    request.desk.imports.drop(request.user, request.params["key"])
    number = len(added.pictures)
    pictures = f", with {number} {'picture' if number == 1 else 'pictures'} beside it" if number else ""
    return request.go(f"/releases/{name}", f"Saved as {added.file}{pictures}.", announce="releases")


def _lines(found: Recognised) -> Iterator[OriginalLine]:
    """Yield the lines of a document that are not blank; for a web page, the blocks that were read."""
    reasons: dict[int, list[Reason]] = {}
    for each in found.reasons:
        reasons.setdefault(each.line, []).append(each)
    for one in found.findings:
        reasons.setdefault(one.line, []).append(Reason(one.line, one.text, one.field))
    texts: Mapping[int, str] = dict(enumerate(found.original.split("\n"), 1)) if found.original else {}
    for number in sorted(texts or reasons)[:_MOST_LINES]:
        own = reasons.get(number, [])
        text = texts.get(number) or max((each.text for each in own), key=len, default="")
        if text.strip():
            read_as = dict.fromkeys(each.read_as for each in own if not each.read_as.startswith("weighed"))
            why = dict.fromkeys(
                f"{each.read_as}: {'; '.join(each.evidence)}" if each.evidence else each.read_as
                for each in own
                if each.evidence or each.read_as.startswith("weighed")
            )
            doubts = (each.message for each in found.release.problems if each.line == number)
            yield OriginalLine(number, " ".join(text.split()), tuple(read_as), tuple(why), tuple(doubts))


ROUTES: Final = (
    DeskRoute("/releases", get=show_releases, post=begin),
    DeskRoute("/releases/import/{key}", get=show_import, post=save_import),
)
