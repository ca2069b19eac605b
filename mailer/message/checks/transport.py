"""Transport: the bytes as servers take them.

Owns the rules of lines, header fields, recipients and the MIME tree (standards F1-F3, F5, F9, F11-F13, F16), and of
the whole message's size (RFC 1870, F14). Never looks at what is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from mailer.message.checks.look import Look, judged, listed
from mailer.message.parts import Part
from mailer.message.values import Check

_LINE_LIMIT = 998
_ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type")
_AT_MOST_ONCE = (
    *("Reply-To", "Sender", "In-Reply-To", "References", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id"),
    *("Content-Language", "Content-Transfer-Encoding", "Cc", "Bcc"),
)


def check_transport(look: Look) -> Iterator[Check]:
    """Check the bytes of any mail."""
    yield from _lines(look)
    yield from _fields(look.message)
    if look.size_limit:
        yield whole_size_check(len(look.data), look.size_limit)


def check_tree(look: Look) -> Iterator[Check]:
    """Check how the parts of a mail with HTML stand in each other."""
    message = look.message
    alternative = next((part for part in message.walk() if part.media_type == "multipart/alternative"), None)
    kinds = [part.media_type for part in alternative.parts] if alternative else []
    good = kinds in (["text/plain", "text/html"], ["text/plain", "multipart/related"])
    yield judged("plain-first", "the parts of the mail are not plain text first and HTML second", wrong=not good)
    have = {part.first("Content-ID").strip("<>") for part in message.walk() if part.all("Content-ID")}
    named = {unquote(src[4:]) for src, _ in look.page.images if src.lower().startswith("cid:")}
    yield listed(
        "pictures-inside", "pictures inside the mail and those it shows are not the same", sorted(have ^ named)
    )


def _lines(look: Look) -> Iterator[Check]:
    data, body = look.data, look.message.body
    bare = re.search(rb"(?<!\r)\n|\r(?!\n)", data)
    yield judged("line-ends", "a line does not end in CRLF", wrong=bare is not None or not data.endswith(b"\r\n"))
    longest = max(map(len, data.split(b"\r\n")))
    yield judged(
        "line-length", f"a line has {longest} bytes; servers cut or refuse more than 998", wrong=longest > _LINE_LIMIT
    )
    # the field of a part may be longer: the type of a Word file alone has 71 characters, and cannot be broken
    leaves = (part.body for part in look.message.walk() if not part.parts)
    longest = max((len(line) for each in leaves for line in each.split(b"\r\n")), default=0)
    yield judged("body-line-length", f"a line of the body has {longest} characters; 78 are usual", wrong=longest > 78)
    yield judged("seven-bit", "the body has bytes that a server may change on the way", wrong=not body.isascii())


def _fields(message: Part) -> Iterator[Check]:
    wrong = [name for name in _ONCE if len(message.all(name)) != 1]
    wrong += [name for name in _AT_MOST_ONCE if len(message.all(name)) > 1]
    yield listed("fields-once", "header fields are missing or there twice", wrong)
    alone = not message.all("Cc") and not message.all("Bcc") and len(re.findall("@", _addresses(message))) == 1
    yield judged("one-recipient", "the mail names other people than the one it is for", wrong=not alone)
    uris = message.first("List-Unsubscribe")
    plain = uris.isascii() and "=?" not in uris and bool(re.fullmatch(r"(?:<[^<>\s]+>(?:,\s*|$))*", uris))
    yield judged(
        "list-unsubscribe-plain",
        "List-Unsubscribe is not plain text, so no mail program offers the way out",
        wrong=not plain,
    )
    post, https = message.all("List-Unsubscribe-Post"), uris.count("<https://")
    good = post == ["List-Unsubscribe=One-Click"] if https else not post
    yield judged(
        "one-click", "one-click opt-out is announced and not there, or the other way round", wrong=not good or https > 1
    )
    empty = any(re.search(r"=\?[^?]*\?[bqBQ]\?\?=", value) for _, value in message.fields)
    long = any(len(word) > 75 for _, value in message.fields for word in re.findall(r"=\?\S+\?=", value))
    yield judged("encoded-words", "an encoded word of a header field is empty or too long", wrong=empty or long)


def _addresses(message: Part) -> str:
    return re.sub(r'"(?:[^"\\]|\\.)*"', "", message.first("To"))


def whole_size_check(size: int, limit: int) -> Check:
    """Check the size of a whole message, in bytes, against what may go out."""
    return judged(
        "whole-size",
        f"the whole mail has {size / 1000:.0f} kB, and {limit / 1000:.0f} kB may go out",
        wrong=size > limit,
    )
