"""Link kinds: the kind of a web address: its site, and whether it is shortened, wrapped by a filter, private, tracking.

`links.toml` in `mailer.words` has the data about the web. The checks of a release and of a finished mail use this.
Nothing is opened.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from mailer import lazy_re as re
from mailer.words import read_section

_KINDS = read_section("links", "links")
SHORTENERS = frozenset(_KINDS["shorteners"])
_PRIVATE, _TRACKING, _WRAPPERS = (
    re.compile("|".join(_KINDS[name]), re.IGNORECASE) for name in ("private", "tracking", "wrappers")
)
# parameters that are tracking on these sites only
_ONLY_ON_SITES = {"si": ("youtube.com", "youtu.be", "spotify.com"), "trk": ("linkedin.com",)}
_SHOWN_HOST = re.compile(r"(?:https?://)?((?:[\w-]+\.)+[^\W\d_]{2,})(?:[/:?#]\S*)?", re.IGNORECASE)


def is_on_the_web(url: str) -> bool:
    """Return whether an address is a web address."""
    return url.lower().startswith(("http://", "https://"))


def host_shown_elsewhere(url: str, text: str) -> str:
    """Return the site that a link goes to if its words name another; a subdomain counts as the same site."""
    host = _SHOWN_HOST.fullmatch(text.strip())
    if not host or host[1].rpartition(".")[2].lower() in _KINDS["files"] or not is_on_the_web(url):
        return ""
    parts = split(url)
    target = (parts.hostname or "").removeprefix("www.") if parts else ""
    shown = host[1].lower().removeprefix("www.")
    is_one = target == shown or target.endswith(f".{shown}") or shown.endswith(f".{target}")
    return "" if is_one else target


def split(url: str) -> SplitResult | None:
    """Parse a web address; None if it is something else."""
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme.lower() in {"http", "https"} and parts.hostname else None


def is_private(host: str) -> bool:
    """Return whether a host is local: localhost, a private address, a name without a domain."""
    bare = host.strip("[]").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return "." not in bare or _PRIVATE.search(bare) is not None
    return not address.is_global


def tracking(parts: SplitResult) -> tuple[str, ...]:
    """Return the parameters of an address that only track the reader."""
    host = (parts.hostname or "").lower()
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True) if _TRACKING.fullmatch(name)]
    there = [name for name, hosts in _ONLY_ON_SITES.items() if any(f".{host}".endswith(f".{one}") for one in hosts)]
    return tuple(name for name in names if name.lower() not in _ONLY_ON_SITES or name.lower() in there)


def plain_address(url: str) -> str:
    """Return an address without tracking and without the wrapping of a mail filter."""
    parts = split(url)
    if parts is None:
        return url
    if inner := unwrapped(parts):
        return plain_address(inner)
    dropped = set(tracking(parts))
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in dropped]
    return urlunsplit(parts._replace(query=urlencode(kept))) if dropped else url


def unwrapped(parts: SplitResult) -> str:
    """Return the address that a filter or a counter has wrapped; empty if it is unknown."""
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
    """Return whether an address leads through someone's filter or counter."""
    return _WRAPPERS.search(f"{(parts.hostname or '').lower()}{parts.path or '/'}") is not None
