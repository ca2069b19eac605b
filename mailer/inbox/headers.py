"""Headers: the one field that tells which message this is.

Owns the reading of a Message-ID from raw header bytes. All else in a message is for `bounces` to parse.
"""

from __future__ import annotations

import re

_MAX_HEADER_BYTES = 128_000
_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"^message-id[ \t]*:\s*(<[^<>\r\n]{1,900}>)", re.IGNORECASE | re.MULTILINE)


def message_id_of(data: bytes) -> str:
    """Return a message's own Message-ID (`<…>`), or an empty string. `data` is the message, or its headers alone."""
    head = data[:_MAX_HEADER_BYTES]
    end = _END.search(head)
    found = _FIELD.search(head[: end.start()] if end else head)
    return found[1].decode("utf-8", "replace") if found else ""
