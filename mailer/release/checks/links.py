"""Links: checks of the links, pictures and documents of a release that need no network.

Owns the checks of every link and of the addresses of pictures; `links.toml` in `mailer.words` has the data about the
web. Owns a picture's description, caption, credit and kind, as given in the release: whether people who cannot see it,
and people who print it, find what they need. Owns finding the author of a document, and removed text that can still be
read, in the bytes of Word, Excel and PowerPoint files (ZIP archives of XML) and PDF. Never renders, never changes a
file. A damaged file has no findings here: that is noticed when it is opened. Only the parts that are needed are
unpacked, at most `_MOST_BYTES` together, since an archive can be a bomb.

Gaps: link shorteners under an organisation's own name are not recognised; old binary Office files (.doc), OpenDocument
and video are not read; nor is the place where a photo was taken (EXIF).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from mailer import lazy_re as re
from mailer.errors import Problem, Severity
from mailer.frozen import dataclass
from mailer.release.checks.case import Case, flag, shortened
from mailer.release.document import inlines
from mailer.release.link_kinds import (
    SHORTENERS,
    host_shown_elsewhere,
    is_on_the_web,
    is_private,
    is_wrapped,
    plain_address,
    split,
    tracking,
)
from mailer.release.values import Image, Release
from mailer.words import read_section

_LINKS = read_section("links", "links")
_BROKEN, _EDITED, _STAGING_HOST, _STAGING_PATH, _VAGUE = (
    re.compile("|".join(words), re.IGNORECASE)
    for words in (
        *(_LINKS[name] for name in ("broken", "edited", "staging_host", "staging_path")),
        read_section("page_furniture", "links")["vague"],
    )
)
_SHOWN_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the release: its target and its words (none for a picture)."""

    url: str
    text: str = ""


def links_of(release: Release) -> tuple[Link, ...]:
    """Return every link of a release once: of its text, its event and press kit, and its pictures on the web."""
    found = [Link(span.url, span.text) for inline in inlines(release) for span in inline if span.url]
    event = release.extras.event
    beside = (release.extras.press_kit, *((event.url, event.register) if event else ()))
    found += [Link(url) for url in (*(one.src for one in release.all_pictures()), *beside) if is_on_the_web(url)]
    return tuple(dict.fromkeys(found))


def check_links(case: Case) -> Iterator[Problem]:
    """Check every link by its address and its words."""
    reported: set[tuple[str, str]] = set()
    for link in links_of(case.release):
        line = case.lines.of_exactly(link.url) or (case.lines.of(link.text) if link.text else None)
        for problem in (*_target_findings(link.url, line), *_text_findings(link, line)):
            if (problem.code, problem.about) not in reported:
                reported.add((problem.code, problem.about))
                yield problem


def _target_findings(url: str, line: int | None) -> Iterator[Problem]:
    if not url.lower().startswith("http"):
        return
    parts, short = split(url), shortened(url, _SHOWN)
    host = (parts.hostname or "").lower() if parts else ""
    if parts is None or _BROKEN.search(url.strip().lower()):
        yield flag("link-broken", f"the link is mistyped: {short}", line=line, about=url)
        return
    if is_private(host):
        yield flag("link-private", f"the link cannot be opened from outside: {short}", line=line, about=url)
        return
    if parts.username or parts.password:
        shown = shortened(url.replace(parts.netloc, host), _SHOWN)
        yield flag("link-secret", f"the link to {shown} has a user name or password in it", line=line, about=shown)
    if _EDITED.search(url):
        yield flag("link-edit", f"the link opens a document to be edited: {short}", line=line, about=url)
    elif _STAGING_HOST.search(host) or _STAGING_PATH.search(urlunsplit(("", "", parts.path, parts.query, ""))):
        yield flag("link-staging", f"the link leads to a test or preview version: {short}", line=line, about=url)
    if parts.scheme.lower() == "http":
        yield flag("link-http", f"the link is not encrypted: {short}", line=line, about=url)
    host, plain = host.removeprefix("www."), plain_address(url)
    if host in SHORTENERS:
        yield flag("link-shortened", f"the link is shortened: {short}", line=line, about=url)
    elif is_wrapped(parts):
        hint = f"Write {plain} instead." if plain != url else "Open it, and copy the address of the page that appears."
        message = f"the link leads through {host}, a filter or a counter"
        yield flag("link-tracking", message, line=line, about=url, hint=hint)
    elif names := tracking(parts):
        message = f"the link carries tracking ({', '.join(names)}): {short}"
        yield flag("link-tracking", message, line=line, about=url, hint=f"Write {plain} instead.")


def _text_findings(link: Link, line: int | None) -> Iterator[Problem]:
    text = link.text.strip()
    if shown := shown_elsewhere(link):
        message = f'the link shows "{shortened(text, _SHOWN)}" and goes to {shortened(shown, _SHOWN)}'
        is_fraud_like = bool(host_shown_elsewhere(link.url, text))  # an error, since spam filters stop such a mail
        yield flag("link-text", message, line=line, about=text, severity=Severity.ERROR if is_fraud_like else None)
    elif text and _VAGUE.fullmatch(text.strip(".!:>»→ ")):
        message = f'the link "{text}" does not say where it goes ({shortened(link.url, _SHOWN)})'
        yield flag("link-vague", message, line=line, about=link.url)


def shown_elsewhere(link: Link) -> str:
    """Return the target of a link if its words are another address, number or site; empty if they agree."""
    text = link.text.strip()
    scheme, _, rest = link.url.partition(":")
    if scheme.lower() == "mailto":
        target = unquote(rest.partition("?")[0])
        return target if _SHOWN_MAIL.fullmatch(text) and text.lower() != target.lower() else ""
    if scheme.lower() == "tel":
        # a number is the same with or without its country code, and with `(0)` in it
        shown, dialled = sorted((re.sub(r"\D", "", part).lstrip("0") for part in (text, rest)), key=len)
        is_one = dialled.endswith(shown[-7:]) or dialled.replace("0", "") == shown.replace("0", "")
        return "" if is_one or len(re.sub(r"\D", "", text)) <= 5 or re.search(r"[^\W\d_]{3}", text) else link.url
    return link.url if _SHOWN_MAIL.fullmatch(text) else host_shown_elsewhere(link.url, text)


# Pictures.

_WORDS = read_section("checks", "words")
_CREDITED, _LOGO, _FILE = ("|".join(_WORDS[name]) for name in ("credited", "logo", "file"))
_IS_CREDITED = re.compile(_CREDITED, re.IGNORECASE)
_IS_LOGO = re.compile(rf"(?<![^\W_])(?:{_LOGO})(?![^\W_])", re.IGNORECASE)
_IS_FILE = re.compile(rf"[\w ()-]*(?:{_FILE})[\w ()-]*\d+[\w ()-]*|\S+\.\w{{3,4}}", re.IGNORECASE)
_KINDS: Mapping[str, str] = dict(_WORDS["kinds"])
# by the first bytes
_MARKS = tuple((mark[0].encode(), kind) for kind, mark in read_section("release_files", "pictures").items())


def check_pictures(case: Case) -> Iterator[Problem]:
    """Check every picture of the release."""
    for image in case.release.all_pictures():
        if not image.src:
            words = image.caption or image.alt or image.credit
            if any(each.code == "unsure-caption" and words in each.message for each in case.release.problems):
                continue  # perhaps it was never a picture: a sentence must not stop a release
            message = f'the picture "{words}" is not here: the release has only its description'
            yield flag("image-missing", message, line=case.lines.of(words), about=words)
            continue
        name, alt = image.src, image.alt.strip()
        stem = name.rpartition("/")[2].rpartition(".")[0] or name.rpartition("/")[2]
        line = case.lines.of_exactly(name) or case.lines.of(image.caption or image.alt)
        if not alt:
            yield flag("image-alt", f"the picture {name} has no description", line=line, about=name)
        elif _IS_FILE.fullmatch(alt) or alt.casefold() == stem.casefold():
            message = f'the picture {name} is described by a file name only: "{alt}"'
            yield flag("image-alt", message, line=line, about=name)
        if not _IS_LOGO.search(f"{stem} {alt}"):
            is_portrait = image is case.release.extras.portrait  # the speaker's name is beside it
            if not image.caption.strip() and not is_portrait:
                yield flag("image-caption", f"the picture {name} has no caption", line=line, about=name)
            if not image.credit.strip() and not _IS_CREDITED.search(f"{image.caption} {image.alt}"):
                yield flag("image-credit", f"the picture {name} names no photographer", line=line, about=name)
        yield from check_kind(image, kind_of_name(name), line)


def kind_of_name(src: str) -> str:
    """Return the kind of a picture by the ending of its name, in lower case."""
    name = (urlsplit(src).path if "://" in src else src).rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""


def check_kind(image: Image, kind: str, line: int | None) -> Iterator[Problem]:
    """Yield a finding for a kind that many mail programs do not show."""
    if kind in _KINDS:
        # a file beside the release is embedded in the mail, which must not have such a file
        severity = None if image.src.lower().startswith(("http://", "https://")) else Severity.ERROR
        message = f"the picture {image.src}: {_KINDS[kind]}"
        yield flag("image-format", message, line=line, about=image.src, severity=severity)


def picture_kind(data: bytes) -> str:
    """Return the kind of a picture by its first bytes, as the ending of a name; empty if it is unknown."""
    return next((kind for mark, kind in _MARKS if re.match(mark, data[:512], re.DOTALL)), "")


# Documents: what they reveal about their authors, and removed text that they still have.

_MOST_BYTES = 20_000_000
_MOST_PAGES = 200
_WANTED = re.compile(r"(?:docProps/(?:core|app)|(?:word|ppt|xl)/.*)\.xml")
_AUTHOR_TAGS = (
    ("docProps/core.xml", "creator", "author"),
    ("docProps/core.xml", "lastModifiedBy", "last saved by"),
    ("docProps/app.xml", "Company", "company"),
    ("docProps/app.xml", "Manager", "manager"),
)
# names that programs write if there is no author
_NOBODY = frozenset(
    {"python-docx", "openpyxl", "microsoft office user", "user", "admin", "unknown", "author", "un-named", "anonymous"}
)
_STORY = r"word/(?:document|header\d*|footer\d*|footnotes|endnotes)\.xml"
_CHANGES = rb"<w:(?:ins|del|moveFrom|moveTo)\s[^>]*w:author"
_DELETED = rb"<w:delText[^>]*>([^<]+)<"
_VANISHED = rb"<w:vanish(?:\s*/>|\s+w:val=\"(?:1|true|on)\"\s*/>)"
# what is counted in an archive: the code, the noun, the parts, and the pattern
_COUNTED = (
    ("attachment-comments", "comment", r"(?:word|ppt|xl)/(?:comments/|threadedComments/)?(?:\w*[cC]omments?\d*)\.xml",
     rb"<(?:\w+:)?(?:comment|cm|threadedComment)\s"),
    ("attachment-hidden", "hidden sheet", r"xl/workbook\.xml", rb"<sheet\s[^>]*state=\"(?:hidden|veryHidden)\""),
    ("attachment-hidden", "hidden slide", r"ppt/slides/.*", rb"<p:sld\s[^>]*show=\"0\""),
)  # fmt: skip
# annotations of a PDF page that are notes, unlike links and fields
_MARKUP = {"/Text", "/Highlight", "/FreeText", "/StrikeOut", "/Underline", "/Squiggly", "/Caret", "/Ink", "/Stamp"}


@dataclass(frozen=True, slots=True)
class Trace:
    """Something that a file reveals: the code of its finding, and the words for it."""

    code: str
    what: str


def traces_of(data: bytes) -> tuple[Trace, ...]:
    """Return everything that a file of any kind reveals beside its content."""
    if data.startswith(b"PK\x03\x04"):
        return tuple(_office(data))
    if data[:1024].lstrip().startswith(b"%PDF"):
        return tuple(_pdf(data))
    return ()


def _office(data: bytes) -> Iterator[Trace]:
    parts: dict[str, bytes] = {}
    left = _MOST_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            for name in filter(_WANTED.fullmatch, names):
                with archive.open(name) as file:
                    parts[name] = file.read(left)
                left -= len(parts[name])
                if left <= 0:
                    break
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError, EOFError):
        return
    authors: list[str] = []
    for part, tag, word in _AUTHOR_TAGS:
        match = re.search(rf"<(?:\w+:)?{tag}\b[^>]*>([^<]+)<", parts.get(part, b"").decode("utf-8", "replace"))
        value = unescape(match[1]).strip() if match else ""
        if value and value.lower() not in _NOBODY:
            authors.append(f"{word} {value}")
    if authors:
        yield Trace("attachment-author", ", ".join(authors))
    story = [text for name, text in parts.items() if re.fullmatch(_STORY, name)]
    if changes := sum(len(re.findall(_CHANGES, text)) for text in story):
        deleted = b"".join(re.findall(_DELETED, parts.get("word/document.xml", b""))).decode("utf-8", "replace")
        shown = f', among them what was deleted: "{shortened(unescape(deleted), 60)}"' if deleted.strip() else ""
        yield Trace("attachment-changes", f"{_count(changes, 'tracked change')}{shown}")
    if any(re.search(_VANISHED, text) for text in story):
        yield Trace("attachment-hidden", "hidden text")
    for code, noun, where, what in _COUNTED:
        if number := sum(len(re.findall(what, text)) for name, text in parts.items() if re.fullmatch(where, name)):
            yield Trace(code, _count(number, noun))
    notes = [text for name, text in parts.items() if re.fullmatch(r"ppt/notesSlides/notesSlide\d+\.xml", name)]
    texts = [b"".join(re.findall(rb"<a:t>([^<]*)</a:t>", text)).strip() for text in notes]
    if pages := sum(len(note) > 3 for note in texts):  # a slide's number is not a note
        yield Trace("attachment-comments", f"{_count(pages, 'page')} of speaker's notes")
    yield from _embedded([name.rpartition("/")[2] for name in names if "/embeddings/" in name], shown=1)


def _pdf(data: bytes) -> Iterator[Trace]:
    from pypdf import PdfReader  # noqa: PLC0415 - 0.3 s that a release without a PDF need not wait
    from pypdf.errors import PyPdfError  # noqa: PLC0415 - the same

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            return
        author = str(reader.metadata.get("/Author") or "").strip() if reader.metadata else ""
        notes: list[Any] = []
        for page in reader.pages[:_MOST_PAGES]:
            if (found := page.get("/Annots")) is not None:
                notes += [note.get_object() for note in found.get_object()]
        comments = sum(str(note.get("/Subtype")) in _MARKUP for note in notes)
        embedded = list(reader.attachments)[:5]
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError):
        return
    if author and author.lower() not in _NOBODY:
        yield Trace("attachment-author", f"author {author}")
    if comments:
        yield Trace("attachment-comments", _count(comments, "comment"))
    yield from _embedded(embedded, shown=len(embedded))


def _embedded(files: list[str], *, shown: int) -> Iterator[Trace]:
    if files:
        names = ", ".join(files[:shown])
        yield Trace("attachment-hidden", f"{_count(len(files), 'file')} inside it, whole: {names}")


def _count(number: int, noun: str) -> str:
    return f"one {noun}" if number == 1 else f"{number} {noun}s"
