"""Checks: the finished bytes of a message, looked at as a stranger's server and a careful reader would.

Owns every rule that is tested on bytes, not on intentions: format (F1-F16), the HTML (H1-H11), both parts saying the
same (H7), and what the law asks for (L1). Never mends anything, never raises for a bad message: what is wrong is a
`Check` that did not pass, with a sentence for people.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from html import unescape
from urllib.parse import unquote, urlsplit

from mailer.errors import Severity
from mailer.message.page import Page, read_page
from mailer.message.parts import Part, parse_parts
from mailer.message.values import Check

CLIPPED_AT = 102_000  # Gmail hides what comes after (standards H1)
CLIP_WARNING = 80_000
SAME_WORDS = 0.9
LONG_SUBJECT = 200
_LINE_LIMIT = 998
_ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type")
_AT_MOST_ONCE = (
    *("Reply-To", "Sender", "In-Reply-To", "References", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id"),
    *("Content-Language", "Content-Transfer-Encoding", "Cc", "Bcc"),
)
_LEFT_OVER = re.compile(
    r"\{\{.{0,80}?\}\}|\{%.{0,80}?%\}"  # somebody typed a field where none is filled in
    r"|^\W*Dear,|^\W*(?:Dear|Hi|Hello|Hallo|Liebe[rs]?|Cher|Chère)[ \t]+(?:,|(?:None|nan|null)\b)"
    r"|^(?:None|nan|null|undefined)$",
    re.MULTILINE,
)
_URL = re.compile(r"<?(?:https?://|mailto:)\S+", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_LINKABLE = re.compile(r"(?:https?://|mailto:|tel:|cid:)", re.IGNORECASE)


def check_message(data: bytes, *, postal_address: str = "", optouts: Sequence[str] = ()) -> tuple[Check, ...]:
    """Check a message as it goes to the relay.

    `postal_address` must stand in both parts (not looked for where empty). One of `optouts` (URIs; where none are
    given, those of List-Unsubscribe; where it has none, the answer address) must be in both parts.

    Gives every check in a fixed order, those that passed too; only one whose severity is an error should stop a mail.
    A mail in plain text is held against what can be said of one.
    """
    message = parse_parts(data)
    text, html = (message.text(kind).replace("\r\n", "\n") for kind in ("text/plain", "text/html"))
    page = None if _is_plain(message) else read_page(html)
    return (
        *_check_lines(data, message),
        *_check_fields(message),
        *(_check_tree(message, page) if page else ()),
        *(_check_page(message, page, html) if page else ()),
        *_check_words(text, page, html),
        *_check_law(message, text, page, postal_address=postal_address, optouts=optouts),
    )


def _is_plain(message: Part) -> bool:
    """Say whether a mail is one text for people who want no HTML: nothing in it is an alternative or a page."""
    kinds = {part.media_type for part in message.walk()}
    return "text/plain" in kinds and not kinds & {"text/html", "multipart/alternative"}


def _check_lines(data: bytes, message: Part) -> Iterator[Check]:
    bare = re.search(rb"(?<!\r)\n|\r(?!\n)", data)
    yield Check("line-ends", bare is None and data.endswith(b"\r\n"), "every line ends in CRLF")
    longest = max(map(len, data.split(b"\r\n")))
    yield Check("line-length", longest <= _LINE_LIMIT, f"no line is longer than 998 bytes (the longest: {longest})")
    body = max(map(len, message.body.split(b"\r\n")))
    yield Check("body-line-length", body <= 78, f"no line of the body is longer than 78 (the longest: {body})")
    yield Check("seven-bit", message.body.isascii(), "the body is 7-bit, so no server has to change it")


def _check_fields(message: Part) -> Iterator[Check]:
    wrong = [name for name in _ONCE if len(message.all(name)) != 1]
    wrong += [name for name in _AT_MOST_ONCE if len(message.all(name)) > 1]
    yield Check("fields-once", not wrong, f"each header field is there once{_list(wrong)}")
    yield Check(
        "one-recipient",
        not message.all("Cc") and not message.all("Bcc") and len(re.findall(r"@", _addresses(message))) == 1,
        "the mail names one recipient and nobody else",
    )
    uris = message.first("List-Unsubscribe")
    yield Check(
        "list-unsubscribe-plain",
        uris.isascii() and "=?" not in uris and bool(re.fullmatch(r"(?:<[^<>\s]+>(?:,\s*|$))*", uris)),
        "List-Unsubscribe is plain text",
    )
    post, https = message.all("List-Unsubscribe-Post"), uris.count("<https://")
    good = post == ["List-Unsubscribe=One-Click"] if https else not post
    yield Check("one-click", good and https <= 1, "one-click opt-out is announced exactly where it exists")
    empty = any(re.search(r"=\?[^?]*\?[bqBQ]\?\?=", value) for _, value in message.fields)
    long = any(len(word) > 75 for _, value in message.fields for word in re.findall(r"=\?\S+\?=", value))
    yield Check("encoded-words", not empty and not long, "no encoded word is empty or over 75 characters")
    subject = message.first("Subject")
    yield Check("subject", bool(subject), "there is a subject")
    yield Check(
        "subject-length",
        len(subject) <= LONG_SUBJECT * (3 if "=?" in subject else 1),
        f"the subject has at most {LONG_SUBJECT} characters",
        Severity.WARNING,
    )


def _addresses(message: Part) -> str:
    return re.sub(r'"(?:[^"\\]|\\.)*"', "", message.first("To"))


def _check_tree(message: Part, page: Page) -> Iterator[Check]:
    alternative = next((part for part in message.walk() if part.media_type == "multipart/alternative"), None)
    kinds = [part.media_type for part in alternative.parts] if alternative else []
    good = kinds in (["text/plain", "text/html"], ["text/plain", "multipart/related"])
    yield Check("plain-first", good, "plain text comes first, HTML second")
    have = {part.first("Content-ID").strip("<>") for part in message.walk() if part.all("Content-ID")}
    named = {unquote(src[4:]) for src, _ in page.images if src.lower().startswith("cid:")}
    yield Check(
        "pictures-inside", have == named, "every picture inside the mail is shown, and every one shown is inside"
    )


def _check_page(message: Part, page: Page, html: str) -> Iterator[Check]:
    part = next((part for part in message.walk() if part.media_type == "text/html"), None)
    size = len(part.body) if part else 0
    limit = Severity.ERROR if size > CLIPPED_AT else Severity.WARNING
    yield Check("size", size <= CLIP_WARNING, f"the HTML has {size / 1000:.0f} kB; Gmail cuts off after 102", limit)
    language = message.first("Content-Language")
    langs = [lang for lang, direction in page.languages if direction]
    yield Check(
        "language",
        len(langs) >= 2 and len(set(langs)) == 1 and langs[0] == (language or langs[0]),
        "the page and its wrapper say their language and direction, and the header says the same",
    )
    yield Check("title", bool(page.title.strip()), "the page has a title")
    missing = [src for src, alt in page.images if alt is None]
    yield Check("alt", not missing, f"every picture has an alternative text{_list(missing)}")
    jumps = [level for before, level in zip([0, *page.headings], page.headings, strict=False) if level > before + 1]
    yield Check("headings", not jumps and page.headings.count(1) == 1, "headings stand in order, below one headline")
    yield Check("layout-tables", not page.layout_tables, "tables for layout are marked as such")
    bad = sorted(page.elements & {"script", "form", "iframe", "object", "embed", "link", "video", "audio", "svg"})
    yield Check(
        "elements", not bad and "data:" not in "".join(s for s, _ in page.images), f"no active parts{_list(bad)}"
    )
    strange = [url for url, _ in page.links if not _LINKABLE.match(url)]
    yield Check("links", not strange, f"links go to the web, an address or a telephone{_list(strange)}")
    false = [text for url, text in page.links if not _shows_its_target(url, text)]
    yield Check("honest-links", not false, f"a link that shows an address goes there{_list(false)}")
    yield Check("no-templates", "{{" not in html and "{%" not in html, "no template marks are left")


def _shows_its_target(url: str, text: str) -> bool:
    shown = re.fullmatch(r"(?:https?://)?((?:[\w-]+\.)+[a-z]{2,})(?:[/:?#]\S*)?", text.strip(), re.IGNORECASE)
    if not shown or not url.lower().startswith("http"):
        return True
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return shown[1].lower().removeprefix("www.") == host


def _check_words(text: str, page: Page | None, html: str) -> Iterator[Check]:
    if page is not None:
        share = word_overlap(text, page.words)
        yield Check("same-words", share >= SAME_WORDS, f"both parts say the same ({share:.0%} of the words)")
    found = _LEFT_OVER.search(text) or (_LEFT_OVER.search(page.words) if page else None)
    yield Check("leftovers", found is None, f"no field was left unfilled{_list([found[0].strip()] if found else [])}")
    entities = re.search(r"&(?:amp|lt|gt|quot|nbsp|#\d+);|</?(?:p|div|a|td|br)\b[^>]*>", text)
    yield Check(
        "plain-text",
        entities is None and (page is None or bool(html)),
        "the text part has no HTML in it",
        Severity.WARNING,
    )


def word_overlap(text: str, said: str) -> float:
    """Give the share of words that two texts have in common, addresses of links not counted (0 to 1)."""
    one, two = (Counter(word.lower() for word in _WORD.findall(_URL.sub(" ", part))) for part in (text, said))
    longer = max(one.total(), two.total())
    return (one & two).total() / longer if longer else 1.0


def _check_law(
    message: Part, text: str, page: Page | None, *, postal_address: str, optouts: Sequence[str]
) -> Iterator[Check]:
    parts = "both parts" if page else "the text"
    if postal_address:
        there = all(_squeezed(postal_address) in _squeezed(part) for part in (text, *([page.words] if page else [])))
        yield Check("postal-address", there, f"the postal address stands in {parts}")
    uris = list(optouts) or re.findall(r"<([^<>]+)>", message.first("List-Unsubscribe"))
    answer = message.first("Reply-To") or message.first("From")
    if uris:
        addresses = [re.sub(r"^mailto:([^?]*).*", r"\1", uri) for uri in uris]
        in_text = any(address in text for address in addresses)
        in_html = page is None or any(unescape(uri) == url for uri in uris for url, _ in page.links)
        yield Check("opt-out", in_text and in_html, f"the way off the list stands in {parts}")
    else:
        yield Check("opt-out", bool(answer), "there is an answer address, the only way off the list", Severity.WARNING)


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _list(what: list[str]) -> str:
    return f": {', '.join(what[:5])}" if what else ""
