from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from mailer.contacts.reading import ListFile, parse_list


def open_bytes(content: str | bytes, name: str = "coast.csv") -> ListFile:
    data = content.encode() if isinstance(content, str) else content
    return parse_list(io.BytesIO(data), name=name)


@pytest.fixture
def listed() -> Callable[..., ListFile]:
    """Return the function that opens the content of a file as a list."""
    return open_bytes
