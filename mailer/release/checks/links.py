"""Links: what can be told of the addresses of a release without opening them.

Owns the checks of every link and of the addresses of pictures; `links.toml` in `mailer.words` knows the web. Never
opens one.

Gaps: shorteners that an organisation runs under its own name look like any site.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote, urlunsplit

from mailer import lazy_re as re
from mailer.errors import Problem, Severity
from mailer.frozen import dataclass
from mailer.release.checks.case import Case, shortened, tell
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
from mailer.release.values import Release
from mailer.words import read_section

_KINDS = read_section("links", "links")
_BROKEN, _EDITED, _STAGING_HOST, _STAGING_PATH, _VAGUE = (
    re.compile("|".join(words), re.IGNORECASE)
    for words in (
        *(_KINDS[name] for name in ("broken", "edited", "staging_host", "staging_path")),
        read_section("pages", "links")["vague"],
    )
)
_SHOWN_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the release: where it goes, and the words that it shows (none for a picture)."""

    url: str
    text: str = ""


def links_of(release: Release) -> tuple[Link, ...]:
    """Every link of a release once: in its text, of its event and press kit, and pictures that lie on the web."""
    found = [Link(span.url, span.text) for inline in inlines(release) for span in inline if span.url]
    event = release.extras.event
    beside = (release.extras.press_kit, *((event.url, event.register) if event else ()))
    found += [Link(url) for url in (*(one.src for one in release.all_pictures()), *beside) if is_on_the_web(url)]
    return tuple(dict.fromkeys(found))


def check_links(case: Case) -> Iterator[Problem]:
    """Check every link by what its address and its words tell."""
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
    parts, short = split(url), shortened(url, _SHOWN)
    host = (parts.hostname or "").lower() if parts else ""
    if parts is None or _BROKEN.search(url.strip().lower()):
        yield tell("link-broken", f"the link is mistyped: {short}", line=line, about=url)
        return
    if is_private(host):
        yield tell("link-private", f"the link cannot be opened from outside: {short}", line=line, about=url)
        return
    if parts.username or parts.password:
        shown = shortened(url.replace(parts.netloc, host), _SHOWN)
        yield tell("link-secret", f"the link to {shown} has a user name or password in it", line=line, about=shown)
    if _EDITED.search(url):
        yield tell("link-edit", f"the link opens a document to be edited: {short}", line=line, about=url)
    elif _STAGING_HOST.search(host) or _STAGING_PATH.search(urlunsplit(("", "", parts.path, parts.query, ""))):
        yield tell("link-staging", f"the link leads to a test or preview version: {short}", line=line, about=url)
    if parts.scheme.lower() == "http":
        yield tell("link-http", f"the link is not encrypted: {short}", line=line, about=url)
    host, plain = host.removeprefix("www."), plain_address(url)
    if host in SHORTENERS:
        yield tell("link-shortened", f"the link is shortened: {short}", line=line, about=url)
    elif is_wrapped(parts):
        hint = f"Write {plain} instead." if plain != url else "Open it, and copy the address that you come to."
        message = f"the link leads through {host}, a filter or a counter"
        yield tell("link-tracking", message, line=line, about=url, hint=hint)
    elif names := tracking(parts):
        message = f"the link carries tracking ({', '.join(names)}): {short}"
        yield tell("link-tracking", message, line=line, about=url, hint=f"Write {plain} instead.")


def _words(link: Link, line: int | None) -> Iterator[Problem]:
    text = link.text.strip()
    if shown := shown_elsewhere(link):
        message = f'the link shows "{shortened(text, _SHOWN)}" and goes to {shortened(shown, _SHOWN)}'
        is_fraud_like = bool(host_shown_elsewhere(link.url, text))  # filters stop such a mail, and so do we
        yield tell("link-text", message, line=line, about=text, severity=Severity.ERROR if is_fraud_like else None)
    elif text and _VAGUE.fullmatch(text.strip(".!:>»→ ")):
        message = f'the link "{text}" does not say where it goes ({shortened(link.url, _SHOWN)})'
        yield tell("link-vague", message, line=line, about=link.url)


def shown_elsewhere(link: Link) -> str:
    """Return where a link goes, if its words are another address, number or site; empty where they agree."""
    text = link.text.strip()
    scheme, _, rest = link.url.partition(":")
    if scheme.lower() == "mailto":
        target = unquote(rest.partition("?")[0])
        return target if _SHOWN_MAIL.fullmatch(text) and text.lower() != target.lower() else ""
    if scheme.lower() == "tel":
        # a number is the same with and without its country code, and with `(0)` in it
        shown, dialled = sorted((re.sub(r"\D", "", part).lstrip("0") for part in (text, rest)), key=len)
        is_one = dialled.endswith(shown[-7:]) or dialled.replace("0", "") == shown.replace("0", "")
        return "" if is_one or len(re.sub(r"\D", "", text)) <= 5 or re.search(r"[^\W\d_]{3}", text) else link.url
    return link.url if _SHOWN_MAIL.fullmatch(text) else host_shown_elsewhere(link.url, text)
