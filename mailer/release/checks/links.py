"""Links: what can be told of the addresses of a release without opening them.

Owns the checks of every link and of the addresses of pictures; `links.toml` in `mailer.words` knows the web. Never
opens one.

Gaps: shorteners that an organisation runs under its own name look like any site.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from mailer import lazy_re as re
from mailer.errors import Problem, Severity
from mailer.frozen import dataclass
from mailer.release.checks.case import Case, shortened, tell
from mailer.release.document import inlines
from mailer.release.values import Release
from mailer.words import read_section

_KINDS = read_section("links", "links")
SHORTENERS = frozenset(_KINDS["shorteners"])
_BROKEN, _EDITED, _STAGING_HOST, _STAGING_PATH, _PRIVATE, _TRACKING, _WRAPPERS, _VAGUE = (
    re.compile("|".join(words), re.IGNORECASE)
    for words in (
        *(_KINDS[name] for name in ("broken", "edited", "staging_host", "staging_path", "private", "tracking")),
        *(_KINDS["wrappers"], read_section("pages", "links")["vague"]),
    )
)
# parameters that follow nobody elsewhere
_ONLY_THERE = {"si": ("youtube.com", "youtu.be", "spotify.com"), "trk": ("linkedin.com",)}
_SHOWN_HOST = re.compile(r"(?:https?://)?((?:[\w-]+\.)+[^\W\d_]{2,})(?:[/:?#]\S*)?", re.IGNORECASE)
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
    found += [Link(url) for url in (*(one.src for one in release.all_pictures()), *beside) if _is_on_the_web(url)]
    return tuple(dict.fromkeys(found))


def _is_on_the_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


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


def host_shown_elsewhere(url: str, text: str) -> str:
    """Return the site that a link goes to, if its words name another; sites below each other's are one house's."""
    host = _SHOWN_HOST.fullmatch(text.strip())
    if not host or host[1].rpartition(".")[2].lower() in _KINDS["files"] or not _is_on_the_web(url):
        return ""
    parts = split(url)
    target = (parts.hostname or "").removeprefix("www.") if parts else ""
    shown = host[1].lower().removeprefix("www.")
    is_one = target == shown or target.endswith(f".{shown}") or shown.endswith(f".{target}")
    return "" if is_one else target


def split(url: str) -> SplitResult | None:
    """Parse an address of the web; None where it is none."""
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme.lower() in {"http", "https"} and parts.hostname else None


def is_private(host: str) -> bool:
    """Return whether only machines nearby can reach a host: localhost, private addresses, names without a domain."""
    bare = host.strip("[]").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return "." not in bare or _PRIVATE.search(bare) is not None
    return not address.is_global


def tracking(parts: SplitResult) -> tuple[str, ...]:
    """Return the parameters of an address that only follow who opens it."""
    host = (parts.hostname or "").lower()
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True) if _TRACKING.fullmatch(name)]
    there = [name for name, hosts in _ONLY_THERE.items() if any(f".{host}".endswith(f".{one}") for one in hosts)]
    return tuple(name for name in names if name.lower() not in _ONLY_THERE or name.lower() in there)


def plain_address(url: str) -> str:
    """Return an address without tracking, and out of the wrapping of a mail filter."""
    parts = split(url)
    if parts is None:
        return url
    if inner := unwrapped(parts):
        return plain_address(inner)
    dropped = set(tracking(parts))
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in dropped]
    return urlunsplit(parts._replace(query=urlencode(kept))) if dropped else url


def unwrapped(parts: SplitResult) -> str:
    """Return the address that a filter or a counter has wrapped; empty where it cannot be told."""
    if not is_wrapped(parts):
        return ""
    query = dict(parse_qsl(parts.query))
    for name in ("url", "u", "q", "a"):
        value = query.get(name, "")
        if value.startswith(("http://", "https://")):
            return value
        if name == "u" and value.startswith(("http-3A", "https-3A")):  # Proofpoint, second version
            return unquote(value.replace("-", "%").replace("_", "/"))
    inside = re.search(r"/v3/__(https?://.+?)__;", urlunsplit(parts))
    return inside.group(1) if inside else ""


def is_wrapped(parts: SplitResult) -> bool:
    """Return whether an address leads through somebody's filter or counter."""
    return _WRAPPERS.search(f"{(parts.hostname or '').lower()}{parts.path or '/'}") is not None
