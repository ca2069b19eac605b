"""Mail: rules for the bytes that servers get, and for the words in them.

In order: lines, header fields, recipients and the MIME tree, and the whole
message's size (RFC 1870); the subject; the overlap of the two parts and the leftovers of merging
(H9: fields of this and of other programs, `None`, a greeting without a name); the postal address and the way to
unsubscribe. Unfinished text of the author is checked in `release`.

The length of a subject is that of its decoded text; our own marks in front (`[TEST]`, `[EMBARGO …]`) do not count,
since the author of a headline cannot shorten them. The length of a headline is limited by M5 and the
office's settings, and the check of the text warns about it. A subject that is not shown in full is a note; only a
length that filters count is a warning.
Gaps: in the text part, a cell "None" alone on its line is taken for an unfilled field.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import unescape
from urllib.parse import unquote

from mailer import lazy_re as re
from mailer.errors import Severity
from mailer.message.checks.look import Look, judged
from mailer.message.parts import Page
from mailer.message.values import Check
from mailer.words import read_patterns

_ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type")
_AT_MOST_ONCE = (
    *("Reply-To", "Sender", "In-Reply-To", "References", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id"),
    *("Content-Language", "Content-Transfer-Encoding", "Cc", "Bcc"),
)


def check_transport(look: Look) -> Iterator[Check]:
    """Check the bytes of any mail."""
    data, message = look.data, look.message
    bare = re.search(rb"(?<!\r)\n|\r(?!\n)", data)
    yield judged("line-ends", bare is not None or not data.endswith(b"\r\n"))
    longest = max(map(len, data.split(b"\r\n")))
    yield judged("line-length", longest > 998, longest=longest)
    # a header field of a part may be longer: the type of a Word file alone has 71 characters, and cannot be folded
    leaves = (part.body for part in message.walk() if not part.parts)
    longest = max((len(line) for each in leaves for line in each.split(b"\r\n")), default=0)
    yield judged("body-line-length", longest > 78, longest=longest)
    yield judged("seven-bit", not message.body.isascii())
    amiss = [name for name in _ONCE if len(message.all(name)) != 1]
    yield judged("fields-once", amiss + [name for name in _AT_MOST_ONCE if len(message.all(name)) > 1])
    addresses = re.sub(r'"(?:[^"\\]|\\.)*"', "", message.first("To"))
    yield judged("one-recipient", bool(message.all("Cc") or message.all("Bcc")) or addresses.count("@") != 1)
    uris = message.first("List-Unsubscribe")
    plain = uris.isascii() and "=?" not in uris and re.fullmatch(r"(?:<[^<>\s]+>(?:,\s*|$))*", uris)
    yield judged("list-unsubscribe-plain", not plain)
    yield judged("list-unsubscribe", bool(look.optouts) and not uris)
    post, https = message.all("List-Unsubscribe-Post"), uris.count("<https://")
    good = post == ["List-Unsubscribe=One-Click"] if https else not post
    yield judged("one-click", not good or https > 1)
    empty = any(re.search(r"=\?[^?]*\?[bqBQ]\?\?=", each.value) for each in message.fields)
    long = any(len(word) > 75 for each in message.fields for word in re.findall(r"=\?\S+\?=", each.value))
    yield judged("encoded-words", empty or long)
    if look.size_limit:
        yield whole_size_check(len(data), look.size_limit)


def check_tree(look: Look) -> Iterator[Check]:
    """Check how the parts of a mail with HTML are nested."""
    message = look.message
    alternative = next((part for part in message.walk() if part.media_type == "multipart/alternative"), None)
    kinds = [part.media_type for part in alternative.parts] if alternative else []
    yield judged("plain-first", kinds not in (["text/plain", "text/html"], ["text/plain", "multipart/related"]))
    have = {part.first("Content-ID").strip("<>") for part in message.walk() if part.all("Content-ID")}
    named = {unquote(src[4:]) for src, _ in look.page.images if src.lower().startswith("cid:")}
    yield judged("pictures-inside", sorted(have ^ named))


def whole_size_check(size: int, limit: int) -> Check:
    """Check the size of a whole message, in bytes, against the limit."""
    return judged("whole-size", size > limit, size=size / 1000, limit=limit / 1000)


# Subject: what people see first, and spam filters as well.

_SEEN = 78
_LONG_SUBJECT = 200
_MARKS = re.compile(r"(?:\[[^\]]*\]\s*)+")
_REPLY = re.compile(r"(?:re|fwd?|aw|wg|tr|sv|vs|antw|rif|res|enc)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
_SHOUTS = re.compile(r"!{2,}|\?{2,}|[!?]{3,}|！{2,}|\${2,}")


def check_subject(look: Look) -> Iterator[Check]:
    """Check the subject of any mail."""
    is_answer = bool(look.message.all("In-Reply-To"))
    return subject_checks(look.subject, None if look.is_plain else look.page.title, is_answer=is_answer)


def subject_checks(subject: str, title: str | None, *, is_answer: bool = False) -> Iterator[Check]:
    """Check a decoded subject; `title` is that of the page, None if there is no page."""
    own = _MARKS.sub("", subject, count=1) if _MARKS.match(subject) else subject
    yield judged("subject", not subject.strip())
    if len(subject) > _LONG_SUBJECT:
        yield judged("subject-length", wrong=True, size=len(subject), most=_LONG_SUBJECT)
    else:
        bad = f"the subject has {len(own)} characters; mail programs show about {_SEEN}"
        hint = "Put the news into its first words, or shorten the headline."
        yield judged("subject-length", len(own) > _SEEN, bad=bad, severity=Severity.NOTE, hint=hint)
    words = re.findall(r"\w+", own)
    cased = [word for word in words if word.upper() != word.lower()]
    yield judged("subject-caps", len(cased) > 2 and all(word.isupper() for word in cased))
    yield judged("subject-shouting", bool(_SHOUTS.search(own)))
    yield judged("subject-reply", bool(_REPLY.match(own)) and not is_answer, begin=own[:4].strip())
    if title is not None:
        one, two = ({word.lower() for word in each} for each in (words, re.findall(r"\w+", title)))
        fewer = min(len(one), len(two))
        yield judged("subject-title", fewer > 0 and len(one & two) * 2 < fewer)


# Words: whether both parts have the same text.

SAME_WORDS = 0.9
_GAPS, _OURS = (read_patterns("leftovers", name)[key].pattern for name, key in (("gaps", "field"), ("mail", "left")))
_LEFT_OVER = re.compile(f"{_GAPS}|{_OURS}", re.MULTILINE)
_BARE = re.compile(r"^[ \t]*(None|nan|null|undefined|N/A)[ \t]*$", re.MULTILINE)
_URL = re.compile(r"<?(?:https?://|mailto:)\S+|(?<!\S)\S+@\S+", re.IGNORECASE)
# where words have no blanks between them, lines break anywhere: each character counts as a word
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_IDEOGRAPHS}]|[^\W{_IDEOGRAPHS}]+")
_ENTITIES = re.compile(r"&(?:amp|lt|gt|quot|nbsp|#\d+);|</?(?:p|div|a|td|tr|br|span|b|i|strong|em|li|ul)\b[^>\n]*>")


def check_words(look: Look) -> Iterator[Check]:
    """Check the words of both parts."""
    text, page = look.text, look.page
    if not look.is_plain:
        yield same_words_check(word_overlap(text, page.words))
        yield judged("same-links", _missing_links(look))
    left = unfilled(text) or _unfilled_on(page) or unfilled(look.subject)
    yield judged("leftovers", [left] if left else [])
    yield judged("plain-text", [found[0] for found in (_ENTITIES.search(text),) if found])


def unfilled(text: str) -> str:
    """Return the first unfilled field in a text; empty if there is none."""
    found = _LEFT_OVER.search(text) or _BARE.search(text)
    return found[0].strip() if found else ""


def _unfilled_on(page: Page) -> str:
    """Return the first unfilled field on a page; a cell of a data table may well contain "None"."""
    found = _LEFT_OVER.search(page.words)
    if found:
        return found[0].strip()
    bare = _BARE.findall(page.words)
    cells = 0
    for element, text in page.texts:
        if element.tag == "td" and _BARE.fullmatch(text):
            table = next((each for each in element.upwards() if each.tag == "table"), None)
            cells += table is not None and table.attributes.get("role") != "presentation"
    return str(bare[0]) if len(bare) > cells else ""


def _missing_links(look: Look) -> Iterator[str]:
    """Yield the links that only the page has; the opt-out link is checked elsewhere.

    In the text an address may be written without https://, or in another case.
    """
    known = re.sub(r"\s+", "", look.text)
    for url, _ in look.page.links:
        if not url.lower().startswith(("http://", "https://")) or url in look.optouts or url.rstrip("/") in known:
            continue
        bare = re.escape(re.sub(r"^https?://(?:www\.)?", "", url, flags=re.IGNORECASE).rstrip("/"))
        if not re.search(rf"(?<![\w@.-])(?:www\.)?{bare}(?![\w-]|/\w)", look.text, re.IGNORECASE):
            yield url


def same_words_check(share: float) -> Check:
    """Check the share of words that both parts have in common."""
    return judged("same-words", share < SAME_WORDS, share=share)


def word_overlap(text: str, other: str) -> float:
    """Return the share of words that two texts have in common, addresses of all kinds not counted (0 to 1).

    Each word counts once: the text part repeats the column heads of a wide table in every row, which is no difference.
    """
    one, two = set(words_in(text)), set(words_in(other))
    longer = max(len(one), len(two))
    return len(one & two) / longer if longer else 1.0


def words_in(text: str) -> list[str]:
    """Return the words of a text in lower case, addresses of the web and of mail left out."""
    return _WORD.findall(_URL.sub(" ", text).lower())


# Law: the sender's postal address, and the way to unsubscribe, in both parts.


def check_law(look: Look) -> Iterator[Check]:
    """Check what the law requires of every mail."""
    page = None if look.is_plain else look.page
    if look.postal_address:
        yield postal_check(look.postal_address, look.text, page.words if page else None)
    uris = list(look.optouts) or re.findall(r"<([^<>]+)>", look.message.first("List-Unsubscribe"))
    if not uris:
        answer = look.message.first("Reply-To") or look.message.first("From")
        bad = "there is no way to unsubscribe, not even an address for replies"
        hint = "Set [optout] base_url or mailto in mailer.toml, or reply_to of the sender."
        check = judged("opt-out", not answer, bad=bad, severity=Severity.WARNING, hint=hint)
        yield replace(check, message="replying to an address is the only way to unsubscribe") if answer else check
        return
    in_page = page is None or any(unescape(uri) == url for uri in uris for url, _ in page.links)
    yield way_out_check(uris, look.text, in_page=in_page)


def postal_check(postal_address: str, text: str, words: str | None) -> Check:
    """Check that the postal address is in the text and in the page's words (None: there is no page)."""
    parts = {"in the text": text} if words is None else {"in the text": text, "in the page": words}
    return judged(
        "postal-address", [at for at, part in parts.items() if squeezed(postal_address) not in squeezed(part)]
    )


def way_out_check(uris: Sequence[str], text: str, *, in_page: bool) -> Check:
    """Check that a way to unsubscribe is in both parts; in the text a mailto address has no scheme and subject."""
    in_text = any(re.sub(r"^mailto:([^?]*).*", r"\1", uri) in text for uri in uris)
    return judged("opt-out", ["in the text"] * (not in_text) + ["in the page"] * (not in_page))


def squeezed(text: str) -> str:
    """Return a text with each run of blanks and line ends as one blank."""
    return " ".join(text.split())
