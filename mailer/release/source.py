"""Source: bytes of a release in any format → one `Release`.

Owns the choice of format and the order of the steps: open, decode, correct mojibake, cut into pieces, recognise, and
check that no word was lost. Each format has its own file; `text.encodings` decodes.
Raises `InputProblem` with all errors of the source at once; warnings and notes are in `Release.problems`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer import lazy_re as re
from mailer.errors import InputProblem, Problem, Severity
from mailer.frozen import dataclass, field, replace
from mailer.release.document import block_text, document_words
from mailer.release.files.html import cut_html
from mailer.release.files.office import MAX_DOCX_BYTES, UnreadableDocx
from mailer.release.files.page_furniture import leave_out_page_lines
from mailer.release.files.rtf import cut_rtf
from mailer.release.files.text import clean_pages, cut_text, is_passed_on, recognise, without_reply_marks
from mailer.release.head.headlines import report_capitals
from mailer.release.head.holds import names_hold
from mailer.release.media_contacts import merge_contacts
from mailer.release.pieces import (
    MAX_PICTURE_BYTES,
    MAX_PICTURES,
    Draft,
    Line,
    Picture,
    Reason,
    count_words,
    name_picture,
    place_pictures,
)
from mailer.release.quotes.quoting import report_quotes
from mailer.release.times import parse_date
from mailer.release.values import Kept, Release, block_inlines, plain
from mailer.release.words import UNKNOWN, guess_language
from mailer.text.encodings import UnreadableText, decode_text, repair_mojibake
from mailer.words import read_section

if TYPE_CHECKING:
    from email.message import EmailMessage

MAX_TEXT = 1_000_000  # characters without markup, scripts and pictures: a thick novel has as many
MAX_BYTES = 5_000_000  # of text with its markup; a Word file, a mail, a page with its pictures: MAX_DOCX_BYTES
SMALL = 200_000  # bytes; the slowest such text takes ten seconds to read
_MARKUP = re.compile(r"<[^<>]*>|data:[\w/+.-]{1,100};base64,[\w+/=%]*")
_SCRIPT = re.compile(r"<(?:script|style)\b(?:[^<]++|<(?!/?(?:script|style)\b))*+</", re.IGNORECASE)
# kinds of files that are named, not read: by their first bytes, or the first name found in an OLE file
_SIGNATURES, _OLE_KINDS = (read_section("release_files", "other_files")[name] for name in ("begins", "holds"))
_REPORTED = frozenset({"left-out", "hidden-text", "comment", "tracked-change"})
_TABLES = frozenset({"csv", "tsv", "xlsx", "ods", "numbers"})
_SAVE_AS = "Save the release as .docx, .md or .txt, in UTF-8. Or name its encoding: --encoding NAME"
_OLE = b"\xd0\xcf\x11\xe0"
_RTF = b"{\\rtf"
_PAGES = frozenset({"html", "htm", "xhtml"})
_HTML_START = re.compile(
    r"\s*(?><!--.*?-->\s*)*+<(?:!doctype html|html|head|body|article|div|h1|p)\b", re.IGNORECASE | re.DOTALL
)
_FRONT_MATTER = re.compile(r"---[ \t]*\n.*?^(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)
_MARKDOWN = re.compile(
    r"^(?:#{1,6} \S|> \S|!\[[^\]]*\]\(|\[[^\]]+\]\([a-z]+:|\|.*\|\s*$)|\]\((?:https?|mailto|tel):|\*\*\S", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A source as read: the release, what was recognised where, the pictures inside it, and the reasons.

    `text` is the whole text of the source: findings and reasons count its lines (its paragraphs, in a Word file). It is
    empty for a page, where they count blocks.
    """

    release: Release
    findings: tuple[Kept, ...] = ()
    pictures: tuple[Picture, ...] = ()
    reasons: tuple[Reason, ...] = ()
    text: str = field(default="", repr=False)


@dataclass(slots=True)
class _Opened:
    """A source as text: `kind` is markdown, html, text or docx; `words` has all words that must not be lost."""

    kind: str
    text: str = ""
    words: str = ""


def parse_release(data: bytes, *, source: str, slug: str, strict: bool = True) -> Release:
    """Read a release from the bytes of a file: Word, Markdown, plain text, HTML, RTF or a mail.

    `source` is the file's name (its ending helps to choose the format), `slug` names the release in the ledger.
    Of pictures that are only inside the file, only the words are read: `mailer release import` writes them out. Without
    `strict`, errors are among the problems of the release instead of being raised.

    Raises:
        InputProblem: the release cannot be used; it has every error as a problem.
    """
    reading = read_source(data, source=source, slug=slug, strict=strict)
    names = frozenset(picture.name for picture in reading.pictures)
    release = place_pictures(reading.release, "", names)
    images = [image for image in reading.release.images() if image.src in names]
    texts = [f' "{words}"' if (words := image.alt or image.caption) else "" for image in images]
    hint = "is only inside this file, so only its description is sent; mailer release import {source} writes it out"
    messages = [f"the picture{words} {hint.format(source=source)}" for words in texts]
    problems = (Problem("picture-inside", message, Severity.WARNING, source) for message in messages)
    return replace(release, problems=(*release.problems, *problems))


def read_source(data: bytes, *, source: str, slug: str, strict: bool = True) -> Reading:
    """Read a release with the pictures inside it; their names are the `src` of its images.

    Raises:
        InputProblem: as `parse_release`.
    """
    draft = Draft(source, [])
    opened = _open(data, draft)
    if opened.kind == "markdown":
        from mailer.release.markdown.reading import read_markdown  # noqa: PLC0415 - others need not wait for its parser

        read_markdown(opened.text, draft)
        _guess_language(draft)
    else:
        if opened.kind == "html":
            opened.words = cut_html(opened.text, draft)
        elif opened.kind == "text":
            opened.words, lines = clean_pages(without_reply_marks(opened.text), draft)
            draft.pieces = cut_text(lines)
            leave_out_page_lines(draft)
        recognise(draft)
    if draft.guess:
        draft.language = draft.language or guess_language(opened.words)
        if draft.language == UNKNOWN and opened.kind != "markdown":
            note = "the language of the text was not recognised: its parts were recognised only by their form"
            draft.report("unsure-language", note, 1)
    _use_page_head(draft)
    name = source.rpartition("/")[2].rpartition(".")[0]
    if draft.embargo is None and names_hold(name):
        message = f'the name of the file, "{name}", mentions an embargo that the text does not set; rename it'
        message += ", or write embargo: 2026-12-01 09:00 Europe/Berlin"
        draft.report("embargo-in-words", message, None, Severity.WARNING)
    if not draft.headline.strip() and not any(one.code == "front-matter" for one in draft.errors()):
        hint = "give it `headline:` at the top between two lines of ---, or begin with a line `# Headline`"
        draft.report("no-headline", f"the release has no headline; {hint}", 1, Severity.ERROR)
    errors = draft.errors()
    if strict and any(one.code != "no-headline" for one in errors):  # without a headline all the rest can be shown
        count = "one thing has" if len(errors) == 1 else f"{len(errors)} things have"
        raise InputProblem(f"the release cannot be used yet: {count} to be fixed", source=source, problems=errors)
    report_capitals(draft)
    for part, pieces in (("body", draft.pieces), ("notes to editors", draft.notes)):
        for piece in pieces:
            for line in piece.lines() or [Line(piece.line, block_text(piece.block))]:
                draft.explain(part, line, f"a {piece.block.kind} that nothing else claimed")
    release = draft.release(slug)
    release = replace(release, contacts=merge_contacts(release.contacts))
    if opened.kind != "markdown":
        report_quotes(draft)
        release = _keep_lost_words(release, opened.words, source)
    text = "" if opened.kind in {"html", "page"} else opened.words or opened.text
    findings = tuple(sorted(draft.findings, key=lambda one: one.line))
    return Reading(release, findings, tuple(draft.pictures), tuple(draft.reasons), text)


def _keep_lost_words(release: Release, text: str, source: str) -> Release:
    """Keep the lines of a text with words that are in no field and in no problem that reports what was left out.

    This hardly ever happens, and must do no harm: nothing of a source is lost.
    """
    reports = " ".join(problem.message for problem in release.problems if problem.code in _REPORTED)
    left = count_words(text) - document_words(release) - count_words(reports)
    if not left:
        return release
    words_lost = ", ".join(sorted(left))[:100]
    kept: list[Kept] = []
    for number, line in enumerate(text.split("\n"), 1):
        if words := {word for word in count_words(line) if left[word] > 0}:
            kept.append(Kept("other", " ".join(line.split()), number))
            left.subtract(words)
    message = f"these words ended up in no field: {words_lost}; the lines are kept beside the release"
    problem = Problem("unsure-line", message, Severity.NOTE, source, kept[0].line if kept else None)
    return replace(release, kept=(*release.kept, *kept), problems=(*release.problems, problem))


def is_small_text(data: bytes, source: str) -> bool:
    """Return whether a source is text of a usual length, and not a Word file, RTF, a web page or a mail."""
    ending = source.rpartition(".")[2].lower() if "." in source else ""
    is_binary = data.startswith((b"PK\x03\x04", _RTF)) or ending == "docx"
    is_page = data[:1024].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<") or ending in _PAGES
    return len(data) <= SMALL and not is_binary and not is_page and not looks_like_mail(data, ending)


def _guess_language(draft: Draft) -> None:
    """Guess the language of a Markdown release that does not name it, and report any but English."""
    if draft.language:
        return
    body = (plain(inline) for piece in draft.pieces for inline in block_inlines(piece.block))
    draft.language = guess = guess_language(" ".join((draft.headline, draft.subhead, *body)))
    if guess != "en":
        unknown = "none was recognised; write `language: sv` (or which it is) at the top"
        known = f"the text was taken as {guess}; write `language: {guess}` at the top"
        draft.report("unsure-language", f"no language is named, and {unknown if guess == UNKNOWN else known}", 1)


def _open(data: bytes, draft: Draft) -> _Opened:
    """Open a source of any format.

    Raises:
        InputProblem: it is empty, too large, damaged, or of a kind that is not read; the message says what to do.
    """
    source = draft.source
    ending = source.rpartition(".")[2].lower() if "." in source else ""
    _refuse(data, source, ending)
    try:
        words = None
        if data.startswith(b"PK\x03\x04") or (data and ending == "docx"):
            from mailer.release.files.docx import cut_docx  # noqa: PLC0415 - others need not wait for mammoth

            words = cut_docx(data, draft)
        elif data.startswith(_RTF):
            words = cut_rtf(data, draft)
        if words is not None:
            _refuse_length(words, source)
            return _Opened("docx", words=words)
        if looks_like_mail(data, ending):
            return _open_mail(data, draft)
        return _text_of(_decoded(data, draft), draft)
    except UnreadableDocx as error:
        raise InputProblem(str(error), source=source) from None
    except UnreadableText as error:
        raise InputProblem(str(error), source=source, line=error.line, hint=_SAVE_AS) from None


def _decoded(data: bytes, draft: Draft, *, declared: str = "") -> str:
    """Decode a text; if its encoding is not certain, report an error, so that a person chooses."""
    text, doubt = decode_text(data, declared=declared)
    if doubt:
        draft.report("encoding", doubt.message, doubt.line, Severity.WARNING if doubt.is_sure else Severity.ERROR)
    return text


def _refuse(data: bytes, source: str, ending: str) -> None:
    if ending in _TABLES:
        message = "is a spreadsheet; import a list with `mailer lists import`, and a release as text"
        raise InputProblem(message, source=source)
    if len(data) > MAX_DOCX_BYTES:
        most = MAX_DOCX_BYTES / 1e6
        raise InputProblem(f"has {len(data) / 1e6:.1f} MB; a release has up to {most:.0f} MB", source=source)
    if data.startswith(_OLE):
        ends = data[:200_000] + data[-200_000:]
        kind = next(kind for name, kind in _OLE_KINDS.items() if name.encode("utf-16-le") in ends)
        raise InputProblem(f"is {kind}", source=source)
    for signature, kind in _SIGNATURES.items():
        if data.startswith(signature.encode("latin-1")):
            raise InputProblem(f"is {kind}", source=source)


def _refuse_length(text: str, source: str) -> None:
    count = len(text) if len(text) <= MAX_TEXT else len(_MARKUP.sub("", _SCRIPT.sub("", text)))
    what, has, most = ("text", count, MAX_TEXT) if count > MAX_TEXT else ("text and markup", len(text), MAX_BYTES)
    if has > most:
        message = f"has {has / 1e6:.1f} MB of {what}; a release has up to {most / 1e6:.0f} MB"
        raise InputProblem(f"{message}: copy the release alone into a file", source=source)


def _text_of(text: str, draft: Draft, *, kind: str = "") -> _Opened:
    """Return decoded text with newlines as the only line ends, its mojibake repaired."""
    _refuse_length(text, draft.source)
    if not text.strip(" \t\r\n\x0b\x0c\x85\u2028\u2029\ufeff\u200b"):
        raise InputProblem("is empty: write a headline and some text", source=draft.source)
    text = re.sub(r"\r\n?|[\u2028\u2029\x0b\x85]", "\n", text).replace("\x0c", "\n\x0c")
    text = re.sub("[\u200b\ufeff\ue000\ue001]", "", text)
    kind = kind or choose_format(draft.source, text)
    mended, repairs = repair_mojibake(text)
    is_own = kind == "markdown" and text.startswith("---")  # staff write it, so it is not changed
    for line, before, after in repairs:
        notice = f'wrongly decoded characters were put right: "{before}" is now "{after}"'
        question = f'looks wrongly decoded: is "{before}" meant to be "{after}"?'
        draft.report("mojibake", question if is_own else notice, line, Severity.WARNING)
    text = text if is_own else mended
    return _Opened(kind, text if kind == "text" else text.replace("\x0c", ""), text)


def choose_format(source: str, text: str) -> str:
    """Return the format, `markdown`, `html` or plain `text`, by the ending of the name, else by the content."""
    ending = source.rpartition(".")[2].lower() if "." in source else ""
    if ending in _PAGES:
        return "html"
    if ending in {"md", "markdown"} or _FRONT_MATTER.match(text):
        return "markdown"
    if _HTML_START.match(text):
        return "html"
    return "markdown" if ending != "txt" and len(_MARKDOWN.findall(text)) >= 2 else "text"


def _use_page_head(draft: Draft) -> None:
    """Read headline and date from the head of a web page if the page itself has none."""
    if draft.title and not draft.headline.strip():
        draft.headline = draft.title
        draft.report("unsure-headline", f'the title of the page was taken as the headline: "{draft.title}"', None)
    elif draft.title and draft.title != draft.headline:
        draft.report("left-out", f'left out: the title of the page, "{draft.title}"', None)
    if draft.published and draft.date is None:
        try:
            draft.date = parse_date(draft.published[:10])
        except ValueError:
            return
        draft.report("unsure-date", f"the date was taken from the head of the page: {draft.published}", None)


# Mail source: a release that came as a mail (.eml) or as a page saved in one file (.mhtml).

_START = re.compile(
    rb"(?:From |[A-Za-z][A-Za-z0-9-]*:[ \t]).*(?:\r?\n[ \t].*|\r?\n[A-Za-z][A-Za-z0-9-]*:.*)*\r?\n\r?\n", re.ASCII
)
_MIME = re.compile(rb"^(?:MIME-Version|Content-Type|Content-Transfer-Encoding):", re.IGNORECASE | re.MULTILINE)
_SHOWN = ("From", "To", "Cc", "Date", "Subject", "Reply-To")
_MAX_PARTS = 500
_SIGNATURE = re.compile(r"(?m)^-- \r?\n")
_SIGNATURE_LINES = 20


def looks_like_mail(data: bytes, ending: str) -> bool:
    """Return whether bytes are a mail or a page in one file: by the ending of the name, else by MIME headers."""
    head = _START.match(data)
    if ending in {"eml", "mhtml", "mht"}:
        return head is not None
    return head is not None and _MIME.search(head.group()) is not None


def _open_mail(data: bytes, draft: Draft) -> _Opened:
    """Open the text of a mail: HTML rather than plain text, as its reader saw it."""
    from email import message_from_bytes, policy  # noqa: PLC0415 - few releases are mails

    message = message_from_bytes(data, policy=policy.default)
    single = (part for part in message.walk() if not part.is_multipart())
    parts = [part for _, part in zip(range(_MAX_PARTS), single, strict=False)]
    types = {part: part.get_content_type() for part in parts if not _is_file(part)}
    page = next((part for part, kind in types.items() if kind == "text/html"), None)
    chosen = page or next((part for part, kind in types.items() if kind == "text/plain"), None)
    charset = chosen.get_content_charset() if chosen is not None else ""
    text = _decoded(_content(chosen), draft, declared=charset or "") if chosen is not None else ""
    shown = [f"{name}: {value}" for name in _SHOWN if (value := _header(message, name))]
    for number, header in enumerate(shown, 1):
        draft.keep("mail-header", Line(number, header))
    for name in filter(None, (part.get_filename() for part in parts if _is_file(part))):
        warning = f'the mail brings the file "{name}", which is not read: save it, and import it by itself'
        draft.report("file-left-out", warning, None, Severity.WARNING)
    if page is None:
        # the signature that the sender's mail program adds, below its line "-- " (RFC 3676 §4.3)
        for mark in [*_SIGNATURE.finditer(text)][-1:]:
            above, below = text[: mark.start()], text[mark.end() :].strip()
            if above.strip() and below.count("\n") < _SIGNATURE_LINES and not is_passed_on(below):
                text = above
                if below:
                    signature = " ".join(below.split())
                    draft.report("left-out", f'left out as the signature of the mail: "{signature}"', None)
        return _text_of(text, draft, kind="text")
    opened = _text_of(text, draft, kind="html")
    opened.words = cut_html(opened.text, draft, pictures=_pictures(parts, draft))
    opened.kind = "page"
    return opened


def _content(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _is_file(part: EmailMessage) -> bool:
    is_other = part.get_content_maintype() not in {"text", "image"} and bool(part.get_filename())
    return is_other or part.get_content_disposition() == "attachment"


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message.get(name, "")).split())
    except (ValueError, IndexError, AttributeError, TypeError):  # some headers break the stdlib's parser
        return ""


def _pictures(parts: list[EmailMessage], draft: Draft) -> dict[str, str]:
    """Add the pictures of a mail to the draft; return the name of each by its address in the page."""
    names: dict[str, str] = {}
    for part in parts:
        content = _content(part) if part.get_content_maintype() == "image" and not _is_file(part) else b""
        if content and len(content) <= MAX_PICTURE_BYTES and len(draft.pictures) < MAX_PICTURES:
            name = name_picture(len(draft.pictures) + 1, content, part.get_content_type())
            draft.pictures.append(Picture(name, content))
            identity = str(part.get("Content-ID", "")).strip(" <>")
            places = (str(part.get("Content-Location", "")).strip(), f"cid:{identity}" if identity else "")
            names.update({place: name for place in places if place})
    return names
