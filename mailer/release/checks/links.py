"""Links: what can be told of the addresses of a release without opening them.

Owns the checks of every link and of the addresses of pictures; `link_kinds` knows the web. Never opens one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote

from mailer.errors import Problem, Severity
from mailer.release.checks import link_kinds as kinds
from mailer.release.checks.case import Case, tell
from mailer.release.document import inlines
from mailer.release.values import Release

_SHOWN_HOST = re.compile(r"(?:https?://)?((?:[\w-]+\.)+[^\W\d_]{2,})(?:[/:?#]\S*)?", re.IGNORECASE)
_SHOWN_PAGE = re.compile(
    r"(?:https?://)?(?P<host>(?:[\w-]+\.)+[^\W\d_]{2,})(?P<path>/[^\s?#…]*?)(?:(?P<cut>…|\.\.\.)|[?#]\S*)?",
    re.IGNORECASE,
)
_SHOWN_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_FILES_LISTED = """
    pdf doc docx xls xlsx ppt pptx jpg jpeg png gif zip mp3 mp4 md txt csv html js ts py rs
"""
_FILES = frozenset(_FILES_LISTED.split())
_VAGUE = re.compile(
    r"(?:click |tap )?here|click|this (?:link|page)|link|(?:read |learn |find out )?more|website|details|download"
    r"|(?:klicken sie )?hier|mehr|mehr (?:dazu|erfahren|lesen)|weiterlesen|diese[rs]? (?:link|seite)"
    r"|(?:cliquez )?ici|en savoir plus|lire la suite|ce lien|(?:haga clic |pulse )?aqu[ií]|más|leer más|este enlace"
    r"|(?:clicca )?qui|leggi tutto|scopri di più|questo link|(?:klik )?hier|lees (?:meer|verder)|meer|deze link"
    r"|(?:clique )?aqui|saiba mais|leia mais|este link|こちら|ここ|詳細|詳しくはこちら|リンク",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the release: where it goes, and the words that it shows (none for a picture)."""

    url: str
    text: str = ""


def links_of(release: Release) -> tuple[Link, ...]:
    """Every link of a release once: in its text, of its event and press kit, and pictures that lie on the web."""
    found = [Link(span.url, span.text) for inline in inlines(release) for span in inline if span.url]
    found += [Link(image.src) for image in release.all_pictures() if _is_on_the_web(image.src)]
    event = release.extras.event
    beside = (release.extras.press_kit, *((event.url, event.register) if event else ()))
    found += [Link(url) for url in beside if _is_on_the_web(url)]
    return tuple(dict.fromkeys(found))


def _is_on_the_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


def check_links(case: Case) -> Iterator[Problem]:
    """Check every link by what its address tells."""
    told: set[tuple[str, str]] = set()
    for link in links_of(case.release):
        line = case.lines.of_exactly(link.url) or (case.lines.of(link.text) if link.text else None)
        for problem in (*_target(link.url, line), *_words(link, line)):
            if (problem.code, problem.about) not in told:
                told.add((problem.code, problem.about))
                yield problem


def _target(url: str, line: int | None) -> Iterator[Problem]:
    if not url.lower().startswith("http"):
        return
    parts = kinds.split(url)
    if parts is None or kinds.is_broken(url):
        yield tell("link-broken", f"the link is mistyped: {_short(url)}", line=line, about=url)
        return
    host = (parts.hostname or "").lower()
    if kinds.is_private(host):
        yield tell("link-private", f"nobody outside can open the link: {_short(url)}", line=line, about=url)
        return
    yield from _site(url, parts, line)
    yield from _followed(url, parts, line)


def _site(url: str, parts: SplitResult, line: int | None) -> Iterator[Problem]:
    host = (parts.hostname or "").lower()
    if parts.username or parts.password:
        shown = _short(url.replace(parts.netloc, host))
        yield tell("link-secret", f"the link to {shown} has a user name or password in it", line=line, about=shown)
    if kinds.is_edited(url):
        yield tell("link-edit", f"the link opens a document to be edited: {_short(url)}", line=line, about=url)
    elif kinds.is_staging(parts):
        message = f"the link leads to a test or preview version: {_short(url)}"
        yield tell("link-staging", message, line=line, about=url)
    if kinds.expires(parts):
        yield tell("link-expires", f"the link stops working after a while: {_short(url)}", line=line, about=url)
    if parts.scheme.lower() == "http":
        yield tell("link-http", f"the link is not encrypted: {_short(url)}", line=line, about=url)


def _followed(url: str, parts: SplitResult, line: int | None) -> Iterator[Problem]:
    host = (parts.hostname or "").lower().removeprefix("www.")
    if host in kinds.SHORTENERS:
        yield tell("link-shortened", f"the link is shortened: {_short(url)}", line=line, about=url)
    elif kinds.is_wrapped(parts):
        inner = kinds.plain_address(url)
        hint = f"Write {inner} instead." if inner != url else "Open it, and copy the address that you come to."
        message = f"the link leads through {host}, a filter or a counter"
        yield tell("link-tracking", message, line=line, about=url, hint=hint)
    elif names := kinds.tracking(parts):
        whom = "; whoever opens it counts as one certain person" if kinds.names_a_person(names) else ""
        message = f"the link carries tracking ({', '.join(names)}){whom}: {_short(url)}"
        hint = f"Write {kinds.plain_address(url)} instead."
        yield tell("link-tracking", message, line=line, about=url, hint=hint)


def _words(link: Link, line: int | None) -> Iterator[Problem]:
    text = link.text.strip()
    if not text:
        return
    shown = shown_elsewhere(link)
    if shown:
        message = f'the link shows "{_short(text)}" and goes to {_short(shown)}'
        is_fraud_like = bool(host_shown_elsewhere(link.url, text))  # filters stop such a mail, and so do we
        severity = Severity.ERROR if is_fraud_like else None
        yield tell("link-text", message, line=line, about=text, severity=severity)
    elif _VAGUE.fullmatch(text.strip(".!:>»→ ")):
        message = f'the link "{text}" does not say where it goes ({_short(link.url)})'
        yield tell("link-vague", message, line=line, about=link.url)


def shown_elsewhere(link: Link) -> str:
    """Return where a link goes, if its words are another address, number or site; empty where they agree."""
    text = link.text.strip()
    scheme, _, rest = link.url.partition(":")
    if scheme.lower() == "mailto":
        target = unquote(rest.partition("?")[0])
        return target if _SHOWN_MAIL.fullmatch(text) and text.lower() != target.lower() else ""
    if scheme.lower() == "tel":
        shown, dialled = (re.sub(r"\D", "", part) for part in (text, rest))
        differs = len(shown) > 5 and not _same_number(shown, dialled)
        return link.url if differs and not re.search(r"[^\W\d_]{3}", text) else ""
    if _SHOWN_MAIL.fullmatch(text):
        return link.url
    return host_shown_elsewhere(link.url, text) or _path_shown_elsewhere(link.url, text)


def host_shown_elsewhere(url: str, text: str) -> str:
    """Return the site that a link goes to, if its words name another; sites below each other's are one house's."""
    host = _SHOWN_HOST.fullmatch(text.strip())
    if not host or host[1].rpartition(".")[2].lower() in _FILES or not _is_on_the_web(url):
        return ""
    target, shown = _site_of(url), host[1].lower().removeprefix("www.")
    is_one = target == shown or target.endswith(f".{shown}") or shown.endswith(f".{target}")
    return "" if is_one else target


def _site_of(url: str) -> str:
    parts = kinds.split(url)
    return (parts.hostname or "").removeprefix("www.") if parts else ""


def _path_shown_elsewhere(url: str, text: str) -> str:
    """Return the page that a link goes to, if its words name another one of the site; what is cut off with … may."""
    shown = _SHOWN_PAGE.fullmatch(text)
    parts = kinds.split(url)
    if not shown or not parts or host_shown_elsewhere(url, text) or shown["host"].lower().rpartition(".")[2] in _FILES:
        return ""
    said, there = (unquote(path).rstrip("/").casefold() for path in (shown["path"], parts.path))
    is_cut = shown["cut"] is not None
    same = there.startswith(said) if is_cut else there == said
    return "" if same or not said else f"{_site_of(url)}{parts.path}"


def _same_number(one: str, other: str) -> bool:
    """A number is the same with and without its country code, and with `(0)` in it."""
    shorter, longer = sorted((one.lstrip("0"), other.lstrip("0")), key=len)
    return longer.endswith(shorter[-7:]) or longer.replace("0", "") == shorter.replace("0", "")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79]}…"
