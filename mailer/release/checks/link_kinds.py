"""Link kinds: what an address of the web tells by itself.

Owns the tables of hosts and parameters, and the plain address behind a wrapped one. Asks nobody: `runs.checking` opens
links, and only when asked to.

Gaps: shorteners that an organisation runs under its own name look like any site.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit, urlunsplit

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
_EXPIRES = re.compile(
    r"(?:^|\.)(?:we\.tl|wetransfer\.com|transfernow\.net|smash\.com|fromsmash\.com|swisstransfer\.com|file\.io)/"
    r"|[?&](?:X-Amz-(?:Expires|Signature)|Expires|se|sig)=[^&]+.*[?&](?:X-Amz-|Signature|sig|se|sv)",
    re.IGNORECASE,
)
_TRACKING = re.compile(
    r"(?:utm_\w+|mc_[ce]id|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|li_fat_id|igshid|igsh|si|_hsenc|_hsmi|__hs\w+"
    r"|mkt_tok|vero_\w+|oly_(?:anon|enc)_id|trk(?:info)?|ref_src|ref_url|s_cid|wickedid|ck_subscriber_id|sfmc_\w+|elqtrack\w*"
    r"|pk_(?:campaign|kwd)|piwik_\w+|mtm_\w+|at_(?:medium|campaign|custom\d)|xtor)",
    re.IGNORECASE,
)
_PERSONAL = re.compile(r"mc_eid|_hsenc|mkt_tok|vero_id|oly_enc_id|ck_subscriber_id", re.IGNORECASE)
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


def is_staging(parts: SplitResult) -> bool:
    """Return whether an address is that of a test or preview version of a site."""
    tail = parts.path + (f"?{parts.query}" if parts.query else "")
    return _STAGING_HOST.search(parts.hostname or "") is not None or _STAGING_PATH.search(tail) is not None


def is_edited(url: str) -> bool:
    """Return whether an address opens a document to be edited, or the back of a site."""
    return _EDITED.search(url) is not None


def is_broken(url: str) -> bool:
    """Return whether an address is mistyped: a scheme twice, dots in a row."""
    return _BROKEN.search(url.strip().lower()) is not None or split(url) is None


def expires(parts: SplitResult) -> bool:
    """Return whether an address stops working by itself."""
    return _EXPIRES.search(f"{parts.hostname}{parts.path or '/'}?{parts.query}") is not None


def tracking(parts: SplitResult) -> tuple[str, ...]:
    """Return the parameters of an address that only follow who opens it."""
    host = (parts.hostname or "").lower()
    names = (name for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return tuple(name for name in names if _TRACKING.fullmatch(name) and _counts(name.lower(), host))


def _counts(name: str, host: str) -> bool:
    return name not in _ONLY_THERE or any(host == each or host.endswith(f".{each}") for each in _ONLY_THERE[name])


def names_a_person(names: tuple[str, ...]) -> bool:
    """Return whether such parameters tell who one person is: whoever opens the link counts as them."""
    return any(_PERSONAL.fullmatch(name) for name in names)


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
