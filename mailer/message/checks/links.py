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
from mailer.release.checks.link_kinds import SHORTENERS
from mailer.release.checks.links import host_shown_elsewhere

_LINKABLE = re.compile(r"(?:https?://|mailto:|tel:|cid:)", re.IGNORECASE)

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
    false = [f"“{text}” goes to {site}" for url, text in links if (site := host_shown_elsewhere(url, text))]
    yield HONEST.of("a link shows one address and goes to another", false)
    yield SECURE.of("links are not encrypted", [url for url, _ in links if url.lower().startswith("http://")])
    yield SHORTENED.of("links go through a shortener", [url for url, _ in links if host_of(url) in SHORTENERS])


def host_of(url: str) -> str:
    """Return the host of an address on the web without its www; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
