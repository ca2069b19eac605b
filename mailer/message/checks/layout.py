"""Layout: how heavy the page is, how wide, and of what it is built.

Owns the rules of size (Gmail cuts a page off, standards H1), of tables, widths, `<style>` and active parts (H2), and of
where links go (H10). What single mail programs lack is `reading`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape

from mailer.errors import Severity
from mailer.message.checks.look import Look, judged, listed
from mailer.message.values import Check
from mailer.release.checks.links import SHORTENERS, host_shown_elsewhere, split

CLIPPED_AT = 102_000  # Gmail hides what comes after (standards H1)
CLIP_WARNING = 80_000
WIDEST = 640
_STYLE_BYTES = 16 * 1024  # Gmail drops a larger one
_TOP = 0.3  # of what is seen
_ACTIVE = {"script", "form", "iframe", "object", "embed", "link", "video", "audio", "svg", "canvas", "input", "button"}


def check_layout(look: Look) -> Iterator[Check]:
    """Check what a page is built of."""
    page = look.page
    yield size_check(look.html_size)
    yield judged("opt-out-early", "the way to unsubscribe is only at the end", wrong=not _is_early(look))
    yield judged(
        "layout-tables",
        f"{page.layout_tables} tables for layout would be read out as data",
        wrong=page.layout_tables > 0,
    )
    yield listed("width", f"something is wider than {WIDEST} pixels", _too_wide(look))
    yield listed("style", "the page's <style> would be dropped", _style_faults(look))
    bad = sorted(page.elements & _ACTIVE)
    yield listed(
        "elements", "the page has active parts", [*bad, *("data:" for src, _ in page.images if src[:5] == "data:")]
    )
    html = look.html
    yield judged("no-templates", "template marks are left in the page", wrong="{{" in html or "{%" in html)


def size_check(size: int) -> Check:
    """Check the size of an HTML part as it travels; only what Gmail cuts off is an error."""
    severity = Severity.ERROR if size > CLIPPED_AT else Severity.WARNING
    message = f"the page has {size / 1000:.0f} kB; Gmail cuts off after 102"
    return judged("size", message, wrong=size > CLIP_WARNING, severity=severity)


def _is_early(look: Look) -> bool:
    """Return whether the way out is in the header fields, or near the top of what is seen; none at all is the law's."""
    if look.message.all("List-Unsubscribe") or not look.optouts:
        return True
    at = min(
        (look.html.find(each) for uri in look.optouts for each in (uri, unescape(uri)) if each in look.html), default=0
    )
    start = max(look.html.find("<body"), 0)
    return at - start <= _TOP * (len(look.html) - start)


def _too_wide(look: Look) -> Iterator[str]:
    for element in look.page.everything:
        if element.is_hidden:
            continue
        width = element.attributes.get("width", "")
        if (said := re.fullmatch(r"([0-9]{1,9})(?:px)?", width)) and int(said[1]) > WIDEST:
            yield f'<{element.tag} width="{width}">'
        for name in ("width", "min-width"):
            pixels = re.fullmatch(r"(\d+(?:\.\d+)?)px", element.style.get(name, ""))
            if pixels and float(pixels[1]) > WIDEST:
                yield f"<{element.tag}> with {name}: {pixels[0]}"


def _style_faults(look: Look) -> Iterator[str]:
    sheets = look.page.every("style")
    if len(sheets) > 1:
        yield f"there are {len(sheets)} of them"
    if any(not sheet.is_inside("head") for sheet in sheets):
        yield "it is not in <head>"
    size = sum(len(text.encode()) for text in look.page.style_sheets)
    if size > _STYLE_BYTES:
        yield f"it has {size / 1024:.0f} kB"
    if any("@import" in text for text in look.page.style_sheets):
        yield "it imports another"


# Links: where they go, and whether they say so.

_LINKABLE = re.compile(r"(?:https?://|mailto:|tel:|cid:)", re.IGNORECASE)


def check_links(look: Look) -> Iterator[Check]:
    """Check where the links of a page go."""
    yield from link_checks(look.page.links)


def link_checks(links: Sequence[tuple[str, str]]) -> Iterator[Check]:
    """Check links, each with its address and its words."""
    strange = [url or "(nowhere)" for url, _ in links if not _LINKABLE.match(url)]
    yield listed("links", "links go where mail programs do not follow", strange)
    false = [f"“{text}” goes to {site}" for url, text in links if (site := host_shown_elsewhere(url, text))]
    yield listed("honest-links", "a link shows one address and goes to another", false)
    yield listed(
        "secure-links", "links are not encrypted", [url for url, _ in links if url.lower().startswith("http://")]
    )
    parts = ((url, split(url)) for url, _ in links)
    short = [url for url, each in parts if each and (each.hostname or "").removeprefix("www.") in SHORTENERS]
    yield listed("short-links", "links go through a shortener", short)
