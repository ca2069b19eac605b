"""Page: `index.html` beside a preview Maildir, and the contact sheet of a mailing, with every recipient's mail.

Owns the HTML of both, and reading a mail for display: its header, text part and HTML part from any bytes, with embedded
pictures put into its page, where a browser finds them. Text from a list or a mail is escaped; a mail is shown in a
sandboxed frame. Never changes or judges a mail: the checks are the caller's. A mail that cannot be read is shown as far
as possible.

Rewriting the preview page takes longer the more mails it has, so `PreviewPage.changed`, which is called for every
arrival, writes at most once a second; `flush` at the end writes what is still missing. There is no timer or task: the
caller also ends it. On the sheet, each mail is in a frame that loads its file when it comes into view, so that a page
of hundreds opens at once.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from html import escape, unescape
from importlib.resources import files
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import quote

from mailer import lazy_re as re
from mailer.errors import InputProblem, Severity
from mailer.frozen import dataclass, field
from mailer.platform import replace_file
from mailer.text.headers import decode_words

MAX_PARSED_BYTES = 3_000_000
MAX_SHOWN = 300_000  # characters of one part
MAX_PICTURES: Final = 400_000  # bytes of the pictures of one mail, where many mails are on a page
_IMAGE: Final = re.compile(r"<img\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
_SOURCE: Final = re.compile(r"""\ssrc=(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_STYLE: Final = re.compile(r"<style\b[^>]*>.*?</style\s*>", re.IGNORECASE | re.DOTALL)
_SCHEME: Final = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
_SCHEME_META: Final = re.compile(r"""(<meta\s+name=["'](?:supported-)?color-schemes?["']\s+content=)["'][^"']*["']""")
_SCHEME_RULE: Final = re.compile(r"(?<![-\w])((?:supported-)?color-schemes?\s*:)\s*[^;}\"']+", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Mail:
    """The visible parts of a message. `html` and `text` are empty without such a part; `header` is unchanged."""

    subject: str
    to: str
    sender: str
    header: str
    html: str
    text: str
    attachments: tuple[str, ...]
    size: int
    pictures: Mapping[str, tuple[str, bytes]] = field(default_factory=dict, repr=False)  # as `pictures_inside` has them


def parse_mail(data: bytes) -> Mail:
    """Parse a message (any bytes)."""
    shown = data[:MAX_PARSED_BYTES]
    header = shown.replace(b"\r\n", b"\n").partition(b"\n\n")[0][:MAX_SHOWN].decode("utf-8", "replace")
    try:
        message = message_from_bytes(shown)
        parts = list(message.walk())
    except RecursionError:  # thousands of nested parts
        message = message_from_bytes(header.encode("utf-8", "replace"))
        parts = []
    pictures = _pictures(parts)
    bodies = [part for part in parts if not part.is_multipart() and not part.get_filename()]
    # pictures in the page are not shown as attachments
    files = (part for part in parts if part.get_content_maintype() != "image" or not part.get("Content-ID"))
    attached = tuple(_clean(str(name)) for part in files if (name := part.get_filename()))
    return Mail(
        subject=_words(message, "subject"),
        to=_words(message, "to"),
        sender=_words(message, "from"),
        header=_clean(header),
        html=_first(bodies, "text/html"),
        text=_first(bodies, "text/plain"),
        attachments=attached,
        size=len(data),
        pictures=pictures if sum(len(data) for _, data in pictures.values()) <= MAX_PICTURES else {},
    )


def pictures_inside(data: bytes) -> dict[str, tuple[str, bytes]]:
    """Return the pictures embedded in a message: media type and bytes, by Content-ID."""
    return _pictures(list(message_from_bytes(data).walk()))


def with_pictures(html: str, pictures: Mapping[str, tuple[str, bytes]]) -> str:
    """Return a self-contained page, with the embedded pictures as data URIs."""
    data = {name: f"data:{kind};base64,{b64encode(raw).decode('ascii')}" for name, (kind, raw) in pictures.items()}
    return with_sources(html, data)


def with_sources(html: str, addresses: Mapping[str, str]) -> str:
    """Return a page with the addresses of embedded pictures replaced, by Content-ID."""

    def with_source(found: re.Match[str]) -> str:
        tag = found[0]
        source = _SOURCE.search(tag)
        url = unescape((source[1] or source[2] or "") if source else "")
        if source is None or not url.lower().startswith("cid:") or url[4:] not in addresses:
            return tag
        return tag[: source.start()] + f' src="{escape(addresses[url[4:]])}"' + tag[source.end() :]

    return _IMAGE.sub(with_source, html) if addresses else html


def in_scheme(html: str, scheme: str) -> str:
    """Return the page of a mail as it looks in the colour scheme `light` or `dark`."""

    def chosen(style: re.Match[str]) -> str:
        text = _SCHEME.sub(lambda found: f"({'min' if found[1].lower() == scheme else 'max'}-width: 0)", style[0])
        return _SCHEME_RULE.sub(rf"\1 {scheme}", text)

    return _SCHEME_META.sub(rf'\1"{scheme}"', _STYLE.sub(chosen, html))


def without_web_pictures(html: str) -> str:
    """Return the page of a mail without pictures on the web; their alternative texts stay."""

    def without(found: re.Match[str]) -> str:
        source = _SOURCE.search(found[0])
        if source is None or unescape(source[1] or source[2] or "").lower().startswith("data:"):
            return found[0]
        return found[0][: source.start()] + found[0][source.end() :]

    return _IMAGE.sub(without, html)


def _pictures(parts: list[Message]) -> dict[str, tuple[str, bytes]]:
    found: dict[str, tuple[str, bytes]] = {}
    for part in parts:
        data = part.get_payload(decode=True) if part.get_content_maintype() == "image" else None
        if isinstance(data, bytes) and part.get("Content-ID"):
            found[str(part["Content-ID"]).strip().strip("<>")] = (part.get_content_type(), data)
    return found


def _first(parts: list[Message], content_type: str) -> str:
    part = next((part for part in parts if part.get_content_type() == content_type), None)
    raw = part.get_payload(decode=True) if part else None
    if part is None or not isinstance(raw, bytes):
        return ""
    try:
        text = raw.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, UnicodeError):
        text = raw.decode("utf-8", "replace")
    return _clean(text)[:MAX_SHOWN]


def _words(message: Message, name: str) -> str:
    return _clean(decode_words(str(message.get(name, ""))))


def _clean(text: str) -> str:
    return _CONTROL.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


# The pages.

Checked: TypeAlias = Sequence[tuple[Severity | None, str]]  # None: it passed

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; base-uri 'none'; form-action 'none'"
# the worst first
_LABELS = {
    Severity.ERROR: '<b class="bad">error</b>',
    Severity.WARNING: '<b class="bad">warning</b>',
    Severity.NOTE: "note",
    None: "passes",
}
_MAIL = '<details class="mail">'


def html_document(title: str, style: str, body: str, *, policy: str = "") -> str:
    """Return an HTML document without referrer, for no search engine; `style` is a file beside this one."""
    rules = "".join(files(__package__ or "").joinpath(name).read_text("utf-8") for name in ("colours.css", style))
    guard = f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n' if policy else ""
    return f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
{guard}<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
{rules}</style>
</head>
<body>
{body}</body>
</html>
"""


def render_page(mails: Sequence[str], *, total: int) -> str:
    """Return the whole page; `mails` are the newest of `total`, newest first, each from `render_mail`."""
    if not total:
        summary = "Nothing has arrived yet."
    elif total == 1:
        summary = "One mail arrived here. It did not leave this machine."
    else:
        summary = f"{total} mails arrived here, newest first. None of them left this machine. Click one to open it."
    if total > len(mails):
        summary += f" The newest {len(mails)} are shown; the others are in the folder Maildir beside this page."
    blocks = "".join(mails).replace(_MAIL, _MAIL.replace(">", " open>"), 1)
    body = f'<main>\n<h1>Preview inbox</h1>\n<p class="quiet">{summary}</p>\n{blocks}</main>\n'
    return html_document("Preview inbox", "inbox.css", body, policy=_POLICY)


def render_mail(mail: Mail, *, arrived_at: datetime, file: str, checks: Checked) -> str:
    """Return the block of a mail; `file` is its path relative to the page, `arrived_at` in the reader's time zone."""
    frame = '<p class="quiet">This mail has no HTML part.</p>\n'
    if mail.html:
        is_cut = len(mail.html) >= MAX_SHOWN
        cut = f'<p class="quiet">Only the first {MAX_SHOWN} characters are shown.</p>\n' if is_cut else ""
        html = escape(with_pictures(mail.html, mail.pictures), quote=True)
        frame = (
            "<details open><summary>HTML part</summary>\n"
            f'<iframe sandbox="" loading="lazy" title="HTML part" referrerpolicy="no-referrer" '
            f'srcdoc="{html}"></iframe>\n{cut}</details>\n'
        )
    parts = [frame]
    for name, text in (("Text part", mail.text), ("Header", mail.header)):
        more = " …" if len(text) >= MAX_SHOWN else ""
        if text:
            parts.append(f"<details><summary>{name}</summary>\n<pre>{escape(text)}{more}</pre>\n</details>\n")
    counts = Counter(severity for severity, _ in checks)
    verdict = f" · {len(checks)} checks pass" if checks else ""
    if found := [f"{counts[each]} {each}{'s' if counts[each] > 1 else ''}" for each in Severity if counts[each]]:
        summary = f"{', '.join(found)} in {len(checks)} checks"
        is_bad = counts[Severity.ERROR] or counts[Severity.WARNING]
        verdict = f' · <b class="bad">{summary}</b>' if is_bad else f" · {summary}"
    if checks:
        ordered = sorted(checks, key=lambda check: list(_LABELS).index(check[0]))
        rows = "\n".join(f"<li>{_LABELS[severity]} · {escape(name)}</li>" for severity, name in ordered)
        parts.append(f"<details><summary>Checks</summary>\n<ul>\n{rows}\n</ul></details>\n")
    if attached := ", ".join(map(escape, mail.attachments)):
        parts.append(f'<p class="quiet">Attached: {attached}</p>')
    size = f"{mail.size / 1000:.0f} kB" if mail.size >= 1000 else f"{mail.size} bytes"
    return f"""\
{_MAIL}
<summary><strong>{escape(mail.subject) or "(no subject)"}</strong>
<span>to {escape(mail.to) or "(no recipient)"}</span>
<span>from {escape(mail.sender) or "(no sender)"}</span>
<span>{arrived_at:%d %b %Y, %H:%M:%S} · {size}{verdict}</span></summary>
<div class="inner">
{"".join(parts)}
<p class="quiet"><a href="./{escape(quote(file))}">The message as it was sent</a></p>
</div>
</details>
"""


Checks: TypeAlias = Callable[[bytes], Checked]

MAX_MAILS = 200
NAME = "index.html"


class PreviewPage:
    """The page of a preview folder, which contains `Maildir/`; raises `InputProblem` if it cannot be written."""

    def __init__(self, folder: Path, *, checks: Checks = lambda _: (), every_s: float = 1.0) -> None:
        self.path = folder / NAME
        self._maildir = folder / "Maildir"
        self._checks = checks
        self._every_s = every_s
        self._next_s = 0.0
        self._missing = False
        self._rendered: dict[str, str] = {}

    def changed(self) -> None:
        """Record that a mail arrived, and rewrite the page if the last write is long enough ago."""
        self._missing = True
        if time.monotonic() >= self._next_s:
            self.write()

    def flush(self) -> Path:
        """Write the page if `changed` has not, or if it is missing; return its path."""
        if self._missing or not self.path.exists():
            self.write()
        return self.path

    def write(self) -> None:
        """Write the page now."""
        folders = (self._maildir / part for part in ("new", "cur"))
        found = (file for folder in folders if folder.is_dir() for file in folder.iterdir())
        newest = sorted((file for file in found if file.name[:1] != "."), key=lambda file: file.name, reverse=True)
        blocks = {file.name: self._rendered.get(file.name) or self._render(file) for file in newest[:MAX_MAILS]}
        self._rendered = {name: block for name, block in blocks.items() if block}
        page = render_page(list(self._rendered.values()), total=max(len(newest), len(self._rendered)))
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(self.path, page.encode("utf-8", "replace"))
        except OSError as error:
            raise InputProblem(f"cannot be written: {error.strerror or error}", source=str(self.path)) from None
        self._missing = False
        self._next_s = time.monotonic() + self._every_s

    def _render(self, file: Path) -> str:
        try:
            data = file.read_bytes()
        except OSError:  # deleted in the meantime
            return ""
        seconds = file.name.partition(".")[0]
        at = float(seconds) if seconds.isdecimal() and len(seconds) < 12 else 0.0
        return render_mail(
            parse_mail(data),
            arrived_at=datetime.fromtimestamp(at, UTC).astimezone(),
            file=f"{self._maildir.name}/{file.parent.name}/{file.name}",
            checks=self._checks(data),
        )


# The contact sheet.


@dataclass(frozen=True, slots=True)
class Seen:
    """A recipient on the sheet: their mail, its files beside the page, and its problems.

    `manner` is the form of the mail ("fr, plain text"); `skipped` is the reason if they would get none; `waits` means
    that they have not agreed to the embargo and get it only when that is over. Files are names beside the page, empty
    if there is none.
    """

    email: str
    name: str
    place: str
    subject: str = ""
    manner: str = ""
    size: int = 0
    html: str = ""
    text: str = ""
    source: str = ""
    skipped: str = ""
    waits: bool = False
    problems: tuple[str, ...] = ()


def render_sheet(headline: str, people: Sequence[Seen]) -> str:
    """Return the page, with the recipients who have problems first."""
    made = [each for each in people if each.html or each.text]
    counts = [f"{len(made)} of {len(people)} get it" if len(made) != len(people) else f"{len(people)} get it"]
    if waiting := sum(each.waits for each in people):
        counts.append(f"{waiting} of them not before the embargo ends")
    manners = Counter(each.manner for each in made)
    counts += [f"{count} {manner}" for manner, count in manners.most_common() if len(manners) > 1]
    if wrong := sum(bool(each.problems) for each in people):
        counts.append(f'<span class="bad">{wrong} with problems, shown first</span>')
    head = f'<h1>{escape(headline)}</h1>\n<p class="quiet">{" · ".join(counts)}</p>\n'
    ordered = sorted(people, key=lambda each: (not each.problems, bool(each.skipped)))
    body = f'{head}<ul class="people">\n{"".join(map(_person, ordered))}</ul>\n'
    return html_document(f"{escape(headline)}: all recipients", "sheet.css", body)


def _person(each: Seen) -> str:
    wrong = " wrong" if each.problems else ""
    lines = [
        each.email if each.name else "",
        each.place,
        each.manner,
        f"skipped: {each.skipped}" if each.skipped else "",
        "has not agreed to keep the embargo" if each.waits else "",
    ]
    quiet = "".join(f'<span class="quiet">{escape(line)}</span>' for line in lines if line)
    mail = ""
    if each.text:
        named = (("HTML", each.html), ("text", each.text), ("source", each.source))
        links = " · ".join(f'<a href="{quote(file)}">{label}</a>' for label, file in named if file)
        mail = (
            f'<span>{escape(each.subject)}</span><div class="look">'
            f'<iframe src="{quote(each.html or each.text)}" loading="lazy" sandbox="allow-same-origin" tabindex="-1" '
            f'title="The mail to {escape(each.email)}"></iframe></div>'
            f'<span class="quiet">{links} · {max(1, round(each.size / 1000))} kB</span>'
        )
    problems = "".join(f"<li>{escape(problem)}</li>" for problem in each.problems)
    listed = f"<ul>{problems}</ul>" if problems else ""
    who = f"<strong>{escape(each.name or each.email)}</strong>"
    return f'<li class="person{wrong}">{who}{quiet}{mail}{listed}</li>\n'
