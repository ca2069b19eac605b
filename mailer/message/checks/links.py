"""Links: where they go, and whether they say so.

Owns the rules of a link's target (standards H8, H10): known schemes, https, no shortener in between, and the host that
is shown. Never asks the web.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from mailer.message.checks.look import Look, Verdict, warning
from mailer.message.values import Check

_LINKABLE = re.compile(r"(?:https?://|mailto:|tel:|cid:)", re.IGNORECASE)
SHORTENERS = frozenset({
    "bit.ly", "t.co", "goo.gl", "tinyurl.com", "ow.ly", "buff.ly", "is.gd", "v.gd", "t.ly", "rb.gy",
    "cutt.ly", "shorturl.at", "tiny.cc", "rebrand.ly", "lnkd.in", "amzn.to", "soo.gd", "s.id", "bl.ink",
    "short.io", "dlvr.it", "trib.al", "fb.me", "wp.me", "j.mp", "t2m.io", "adf.ly", "qr.ae",
})  # fmt: skip

KNOWN = Verdict(
    "links", "links go to the web, an address or a telephone", "Write https://…, mailto:… or tel:…; others are dropped."
)
HONEST = Verdict(
    "honest-links",
    "a link that shows an address goes there",
    "Show the address that the link goes to, or words instead; filters take the difference for fraud.",
)
SECURE = warning(
    "secure-links",
    "links to the web are encrypted",
    "Write https:// where the site has it; readers are warned of http.",
)
SHORTENED = warning(
    "short-links",
    "no link goes through a shortener",
    "Link to the page itself; filters hold shorteners against a mail, and some newsrooms block them.",
)


def check_links(look: Look) -> Iterator[Check]:
    """Check where the links of a page go."""
    yield from link_checks(look.page.links)


def link_checks(links: Sequence[tuple[str, str]]) -> Iterator[Check]:
    """Check links, each with its address and its words."""
    strange = [url or "(nowhere)" for url, _ in links if not _LINKABLE.match(url)]
    yield KNOWN.of("links go where mail programs do not follow", strange)
    false = [f"“{text}” goes to {host_of(url)}" for url, text in links if not shows_its_target(url, text)]
    yield HONEST.of("a link shows one address and goes to another", false)
    yield SECURE.of("links are not encrypted", [url for url, _ in links if url.lower().startswith("http://")])
    yield SHORTENED.of("links go through a shortener", [url for url, _ in links if host_of(url) in SHORTENERS])


def host_of(url: str) -> str:
    """Give the host of an address on the web without its www; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def shows_its_target(url: str, text: str) -> bool:
    """Say whether a link whose words are an address goes to that host; words are not held against it."""
    shown = re.fullmatch(r"(?:https?://)?((?:[\w-]+\.)+[a-z]{2,})(?:[/:?#]\S*)?", text.strip(), re.IGNORECASE)
    if not shown or not url.lower().startswith("http"):
        return True
    return shown[1].lower().removeprefix("www.") == host_of(url)
