"""Forms: the body of a POST, read within bounds.

Owns the two forms of RFC 8058 §3.1 (`multipart/form-data` and urlencoded). A body that cannot be read is an empty form,
never an error: what counts stands in the address.
Raises `TooLarge`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.formparsers import MultiPartParser
from starlette.requests import ClientDisconnect
from starlette.types import Receive

LARGEST: Final = 16 * 1024
_MOST_FIELDS: Final = 20


class TooLarge(Exception):
    """The body is larger than any form of ours."""


async def read_body(receive: Receive, *, largest: int = LARGEST) -> bytes:
    """Read the body of a request.

    Raises:
        TooLarge: it is larger than `largest`.
        ClientDisconnect: the other end has gone.
    """
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece = message.get("body", b"")
        size += len(piece)
        if size > largest:
            raise TooLarge
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)


async def parse_form(headers: Headers, body: bytes) -> Mapping[str, str]:
    """Read a form; of a field that comes twice the first counts. Files and what cannot be read are left out."""
    if headers.get("content-type", "").strip().lower().startswith("multipart/form-data"):
        return await _multipart(headers, body)
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    return dict(reversed(pairs))


async def _multipart(headers: Headers, body: bytes) -> Mapping[str, str]:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(headers, stream(), max_files=0, max_fields=_MOST_FIELDS, max_part_size=LARGEST)
    try:
        form = await parser.parse()
    except Exception:  # noqa: BLE001 - whatever a stranger's body does to the parser, it is a form that says nothing
        return {}
    fields = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    return dict(reversed(fields))
