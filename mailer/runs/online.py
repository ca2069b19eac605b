"""Online: whether the links and pictures of a release lead somewhere.

Owns the choice of what is opened (every public address once, no private one, no wrapped or personal one before it is
made plain) and the reading of the answers. `fetch` opens them: several at once, a site's one after the other.
Never runs unless somebody asked for it: opening a link tells its site that we looked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from mailer.errors import Problem
from mailer.fetch import Page, Web, look_at
from mailer.release.checks import links as kinds
from mailer.release.checks.case import Case, tell
from mailer.release.checks.links import links_of
from mailer.settings import Checks

MOST_LINKS = 100
_LOGIN = re.compile(
    r"^(?:accounts\.google|login\.|signin\.|sso\.|auth\.|idp\.)|/wp-login\.php"
    r"|/(?:log-?in|sign-?in|anmelden|connexion|sso|auth|oauth2?)(?:[/.?]|$)",
    re.IGNORECASE,
)
_CLOSED = "it lets no program in"
_UNSURE = {403: _CLOSED, 405: _CLOSED, 406: _CLOSED, 429: "it was asked too often", 999: _CLOSED}
_GONE = {404: "the page does not exist (404)", 410: "the page was taken down (410)"}


async def look_online(case: Case, rules: Checks, *, web: Web | None = None) -> tuple[Problem, ...]:
    """Open every link and every picture on the web, and give what is wrong with them."""
    pictures = {image.src for image in case.release.all_pictures() if image.src.lower().startswith("http")}
    parts = {link.url: kinds.split(link.url) for link in links_of(case.release)}
    wanted = [
        url
        for url, split in parts.items()
        if split is not None and not kinds.is_private(split.hostname or "") and not split.password
    ]
    pages = await look_at(wanted[:MOST_LINKS], web=web)
    found = []
    if len(wanted) > MOST_LINKS:
        found.append(tell("link-unsure", f"only the first {MOST_LINKS} of {len(wanted)} links were opened"))
    sites = {urlsplit(url).netloc for url in pages}
    if len(sites) > 1 and all(page.status == 0 for page in pages.values()):
        first = next(iter(pages.values()))
        message = f"none of {len(sites)} sites can be reached ({first.fault}): is this machine online?"
        return (*found, tell("link-unsure", message, hint="Try again with a connection."))
    for url, page in pages.items():
        line = case.lines.of_exactly(url)
        if url in pictures:
            found += _picture(url, page, rules, line)
        else:
            found += _page(url, page, line)
    return tuple(found)


def _fault(page: Page) -> tuple[str, bool]:
    """Return what is wrong with an answer, and whether it is sure; empty where nothing is."""
    if page.status == 0:
        return page.fault, not (page.timed_out or page.withheld)
    if page.status in _GONE:
        return _GONE[page.status], True
    if page.status in _UNSURE:
        return f"{_UNSURE[page.status]} ({page.status})", False
    if page.status >= 500:
        return f"the site is out of order ({page.status})", page.status != 503
    return (f"the site answers {page.status}", True) if page.status >= 400 else ("", True)


def _page(url: str, page: Page, line: int | None) -> Iterator[Problem]:
    what, is_sure = _fault(page)
    ended = urlsplit(page.url)
    if page.status == 401 or (page.url != url and _LOGIN.search(f"{ended.netloc}{ended.path}")):
        yield tell("link-login", f"the link asks for a login: {url}", line=line, about=url)
    elif what and is_sure:
        yield tell("link-dead", f"the link leads nowhere: {url} – {what}", line=line, about=url)
    elif what:
        yield tell("link-unsure", f"the link could not be checked: {url} – {what}", line=line, about=url)
    elif len(urlsplit(url).path) > 1 and ended.path in {"", "/"} and not ended.query:
        message = f"the link now leads to the front page of the site: {url}"
        yield tell("link-moved", message, line=line, about=url, hint="Look whether the page is still there.")
    elif page.moved and url.rstrip("/") != page.url.rstrip("/"):
        hint = f"Write {page.url} instead."
        yield tell("link-moved", f"the page has moved for good: {url}", line=line, about=url, hint=hint)


def _picture(url: str, page: Page, rules: Checks, line: int | None) -> Iterator[Problem]:
    what, _ = _fault(page)
    if not what and page.kind and not page.kind.startswith(("image/", "application/octet-stream", "binary/")):
        what = f"it is no picture but {page.kind}"
    if what:
        yield tell("image-dead", f"the picture cannot be loaded: {url} – {what}", line=line, about=url)
        return
    if page.size is not None and page.size > rules.picture_kb * 1000:
        yield tell("image-heavy", f"the picture has {page.size / 1e6:.1f} MB: {url}", line=line, about=url)
    if page.kind in {"image/svg+xml", "image/webp", "image/avif", "image/heic", "image/tiff"}:
        named = url.lower().partition("?")[0].endswith((".svg", ".webp", ".avif", ".heic", ".tif", ".tiff"))
        if not named:  # what the name tells is told without opening it
            message = f"the picture is {page.kind.partition('/')[2].upper()}, whatever its name says: {url}"
            yield tell("image-format", message, line=line, about=url)
