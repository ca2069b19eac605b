"""Links: what can be told of the addresses of a release without opening them.

Owns the checks of every link and of the addresses of pictures; `link_kinds` knows the web. Never opens one.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from mailer.errors import Problem, Severity
from mailer.release.checks.case import Case, tell
from mailer.release.document import inlines
from mailer.release.values import Release
from mailer.words import read_section

_SHOWN_HOST = re.compile(r"(?:https?://)?((?:[\w-]+\.)+[^\W\d_]{2,})(?:[/:?#]\S*)?", re.IGNORECASE)
_SHOWN_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_FILES_LISTED = """
    pdf doc docx xls xlsx ppt pptx jpg jpeg png gif zip mp3 mp4 md txt csv html js ts py rs
"""
_FILES = frozenset(_FILES_LISTED.split())
_VAGUE = re.compile("|".join(read_section("pages", "links")["vague"]), re.IGNORECASE)


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
    parts = split(url)
    if parts is None or _BROKEN.search(url.strip().lower()):
        yield tell("link-broken", f"the link is mistyped: {_short(url)}", line=line, about=url)
        return
    host = (parts.hostname or "").lower()
    if is_private(host):
        yield tell("link-private", f"nobody outside can open the link: {_short(url)}", line=line, about=url)
        return
    yield from _site(url, parts, line)
    yield from _followed(url, parts, line)


def _site(url: str, parts: SplitResult, line: int | None) -> Iterator[Problem]:
    host = (parts.hostname or "").lower()
    if parts.username or parts.password:
        shown = _short(url.replace(parts.netloc, host))
        yield tell("link-secret", f"the link to {shown} has a user name or password in it", line=line, about=shown)
    tail = parts.path + (f"?{parts.query}" if parts.query else "")
    if _EDITED.search(url):
        yield tell("link-edit", f"the link opens a document to be edited: {_short(url)}", line=line, about=url)
    elif _STAGING_HOST.search(host) or _STAGING_PATH.search(tail):
        message = f"the link leads to a test or preview version: {_short(url)}"
        yield tell("link-staging", message, line=line, about=url)
    if parts.scheme.lower() == "http":
        yield tell("link-http", f"the link is not encrypted: {_short(url)}", line=line, about=url)


def _followed(url: str, parts: SplitResult, line: int | None) -> Iterator[Problem]:
    host = (parts.hostname or "").lower().removeprefix("www.")
    if host in SHORTENERS:
        yield tell("link-shortened", f"the link is shortened: {_short(url)}", line=line, about=url)
    elif is_wrapped(parts):
        inner = plain_address(url)
        hint = f"Write {inner} instead." if inner != url else "Open it, and copy the address that you come to."
        message = f"the link leads through {host}, a filter or a counter"
        yield tell("link-tracking", message, line=line, about=url, hint=hint)
    elif names := tracking(parts):
        message = f"the link carries tracking ({', '.join(names)}): {_short(url)}"
        hint = f"Write {plain_address(url)} instead."
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
    return host_shown_elsewhere(link.url, text)


def host_shown_elsewhere(url: str, text: str) -> str:
    """Return the site that a link goes to, if its words name another; sites below each other's are one house's."""
    host = _SHOWN_HOST.fullmatch(text.strip())
    if not host or host[1].rpartition(".")[2].lower() in _FILES or not _is_on_the_web(url):
        return ""
    target, shown = _site_of(url), host[1].lower().removeprefix("www.")
    is_one = target == shown or target.endswith(f".{shown}") or shown.endswith(f".{target}")
    return "" if is_one else target


def _site_of(url: str) -> str:
    parts = split(url)
    return (parts.hostname or "").removeprefix("www.") if parts else ""


def _same_number(one: str, other: str) -> bool:
    """A number is the same with and without its country code, and with `(0)` in it."""
    shorter, longer = sorted((one.lstrip("0"), other.lstrip("0")), key=len)
    return longer.endswith(shorter[-7:]) or longer.replace("0", "") == shorter.replace("0", "")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79]}…"


# Link kinds: what an address of the web tells by itself.
#
# Gaps: shorteners that an organisation runs under its own name look like any site.

_SHORTENERS_LISTED = """
    bit.ly bitly.com t.co tinyurl.com goo.gl ow.ly is.gd buff.ly rebrand.ly lnkd.in t.ly cutt.ly shorturl.at
    rb.gy tiny.cc amzn.to fb.me dlvr.it trib.al adf.ly bl.ink s.id v.gd qr.ae ift.tt shorte.st hubs.ly hubs.la
    mailchi.mp eepurl.com spr.ly smarturl.it snip.ly soo.gd clck.ru urlz.fr x.co tr.im kurzelinks.de kutt.it
    short.io wp.me j.mp t2m.io
"""
SHORTENERS = frozenset(_SHORTENERS_LISTED.split())
_EDITED = re.compile(
    r"docs\.google\.com/\w+/(?:u/\d+/)?d/(?!e/)[^/]+(?:/(?:edit|copy|preview)?)?(?:[?#]|$)"
    r"|(?:drive|sites)\.google\.com/(?:drive|file/d/[^/]+/edit|u/)"
    r"|\.sharepoint\.com/:[a-z]:/|onedrive\.live\.com/edit|1drv\.ms/[wxp]/"
    r"|(?:www\.)?dropbox\.com/(?:home|work|paper)|paper\.dropbox\.com|(?:www\.)?notion\.so/"
    r"|(?:www\.)?figma\.com/(?:file|design)/|(?:www\.)?canva\.com/design/[^?#]*/edit|/wp-admin/|/typo3/|/user/login",
    re.IGNORECASE,
)
_STAGING_HOST = re.compile(
    r"(?:^|[.-])(?:staging|stage|stg|dev|develop|test|testing|uat|qa|preview|pre-?prod|sandbox|draft|beta-?test)\d*(?=[.-])"
    r"|\.(?:netlify|vercel|ngrok|ngrok-free|herokuapp|loca|pages)\.(?:app|dev|io|lt|com)$|\.wpengine\.com$|\.pantheonsite\.io$",
    re.IGNORECASE,
)
_STAGING_PATH = re.compile(
    r"/(?:_?preview|drafts?|staging|unpublished|entwurf|brouillon)(?:/|$)|[?&](?:preview(?:_id|_nonce)?|draft|p)="
    r"(?:true|1|\d+)(?:&|$)",
    re.IGNORECASE,
)
_PRIVATE_NAMES = re.compile(r"(?:^|\.)(?:localhost|local|internal|intranet|lan|corp|home|test|invalid|localdomain)$")
_TRACKING = re.compile(
    r"(?:utm_\w+|mc_[ce]id|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|li_fat_id|igshid|igsh|si|_hsenc|_hsmi|__hs\w+"
    r"|mkt_tok|vero_\w+|oly_(?:anon|enc)_id|trk(?:info)?|ref_src|ref_url|s_cid|wickedid|ck_subscriber_id|sfmc_\w+|elqtrack\w*"
    r"|pk_(?:campaign|kwd)|piwik_\w+|mtm_\w+|at_(?:medium|campaign|custom\d)|xtor)",
    re.IGNORECASE,
)
_ONLY_THERE = {"si": ("youtube.com", "youtu.be", "spotify.com"), "trk": ("linkedin.com",)}
_WRAPPERS = re.compile(
    r"(?:^|\.)safelinks\.protection\.outlook\.com$|^urldefense(?:\.proofpoint)?\.com$|^linkprotect\.cudasvc\.com$"
    r"|^protect[-\w]*\.mimecast\.com$|^l\.(?:facebook|instagram)\.com$|(?:^|\.)list-manage\.com$|^click\.\w|^link\.sbstck\.com$"
    r"|(?:^|\.)sendgrid\.net$|(?:^|\.)hubspotlinks\.com$|^www\.google\.\w+$",
    re.IGNORECASE,
)
_BROKEN = re.compile(
    r"^https?:/{0,1}[^/]|^https?:/{3,}|https?(?:://|%3a%2f%2f)https?[:%]|^https?://www\.?(?:/|$)|^https?://[^/]*\.\.|,com\b"
)


def split(url: str) -> SplitResult | None:
    """Take an address of the web apart; None where it is none."""
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
        return "." not in bare or _PRIVATE_NAMES.search(bare) is not None
    return not address.is_global


def tracking(parts: SplitResult) -> tuple[str, ...]:
    """Return the parameters of an address that only follow who opens it."""
    host = (parts.hostname or "").lower()
    names = (name for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return tuple(name for name in names if _TRACKING.fullmatch(name) and _counts(name.lower(), host))


def _counts(name: str, host: str) -> bool:
    return name not in _ONLY_THERE or any(host == each or host.endswith(f".{each}") for each in _ONLY_THERE[name])


def plain_address(url: str) -> str:
    """Return an address without tracking, and out of the wrapping of a mail filter."""
    parts = split(url)
    if parts is None:
        return url
    inner = unwrapped(parts)
    if inner:
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
    host = (parts.hostname or "").lower()
    if host.startswith("www.google."):
        return parts.path == "/url"
    if host.endswith("list-manage.com"):
        return parts.path.startswith("/track")
    return _WRAPPERS.search(host) is not None
