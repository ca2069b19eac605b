"""Layout: how heavy the page is, how wide, and of what it is built.

Owns the rules of size (Gmail cuts a page off, standards H1), of tables, widths, `<style>` and active parts (H2).
What single mail programs lack is `clients`' business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape
from urllib.parse import urlsplit

from mailer.errors import Severity
from mailer.message.checks.look import Look, Verdict, warning
from mailer.message.values import Check
from mailer.release.checks.links import SHORTENERS, host_shown_elsewhere

CLIPPED_AT = 102_000  # Gmail hides what comes after (standards H1)
CLIP_WARNING = 80_000
WIDEST = 640
_STYLE_BYTES = 16 * 1024  # Gmail drops a larger one
_TOP = 0.3  # of what is seen
_ACTIVE = {"script", "form", "iframe", "object", "embed", "link", "video", "audio", "svg", "canvas", "input", "button"}

SIZE = Verdict(
    "size",
    "the page is small enough for Gmail, which cuts off after 102 kB",
    "Shorten the release, or link to the long table or the full text.",
)
EARLY = warning(
    "opt-out-early",
    "the way off the list is found without reading to the end",
    "Set [optout] base_url or mailto in mailer.toml, so that mail programs show it beside the sender.",
)
TABLES = Verdict(
    "layout-tables",
    "tables for layout are marked as such",
    'Write role="presentation" on every table that is no data, or <th> in one that is.',
)
WIDTH = warning(
    "width",
    f"nothing is set wider than {WIDEST} pixels",
    f'Write width="100%" with max-width: {WIDEST}px, so that a phone need not scroll sideways.',
)
STYLE = warning(
    "style",
    "there is at most one <style>, small and in <head>",
    "Put all rules into one <style> of at most 16 kB in <head>; Gmail drops others whole.",
)
ACTIVE = Verdict(
    "elements", "no active parts", "Take it out of the template; mail programs drop it, and filters count it."
)
TEMPLATES = Verdict(
    "no-templates", "no template marks are left", "Write the braces another way, or correct the template's {{ … }}."
)


def check_layout(look: Look) -> Iterator[Check]:
    """Check what a page is built of."""
    page = look.page
    yield size_check(look.html_size)
    yield EARLY.when("the way off the list stands at the end alone", wrong=not _is_early(look))
    yield TABLES.when(f"{page.layout_tables} tables for layout would be read out as data", wrong=page.layout_tables > 0)
    yield WIDTH.of(f"something is wider than {WIDEST} pixels", _too_wide(look))
    yield STYLE.of("the page's <style> would be dropped", _style_faults(look))
    bad = sorted(page.elements & _ACTIVE)
    yield ACTIVE.of("the page has active parts", [*bad, *("data:" for src, _ in page.images if src[:5] == "data:")])
    html = look.html
    yield TEMPLATES.when("template marks are left in the page", wrong="{{" in html or "{%" in html)


def size_check(size: int) -> Check:
    """Check the size of an HTML part as it travels; only what Gmail cuts off is an error."""
    message = f"the page has {size / 1000:.0f} kB; Gmail cuts off after 102"
    check = SIZE.when(message, wrong=size > CLIP_WARNING)
    severity = Severity.ERROR if size > CLIPPED_AT else Severity.WARNING
    return Check(check.code, check.passed, check.message, severity, check.hint)


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
        yield "it does not stand in <head>"
    size = sum(len(text.encode()) for text in look.page.style_sheets)
    if size > _STYLE_BYTES:
        yield f"it has {size / 1024:.0f} kB"
    if any("@import" in text for text in look.page.style_sheets):
        yield "it imports another"


# Links: where they go, and whether they say so.

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
