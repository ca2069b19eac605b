"""Which sources are read in the process of the command, and which in a child."""

from __future__ import annotations

import pytest

from mailer.release.source import is_small_text

MAIL = b"From: a@example.com\nMIME-Version: 1.0\n\nThe harbour opens.\n"


@pytest.mark.parametrize(
    "data, source, small",
    [
        (b"The harbour opens.", "a.txt", True),
        (b"# The harbour opens", "a.md", True),
        (b"<h1>The harbour opens</h1>", "a.html", False),
        (b"a" * 200_001, "a.txt", False),
        (b"PK\x03\x04", "a.txt", False),
        (b"", "a.docx", False),
        (b"{\\rtf1 The harbour opens}", "a", False),
        (MAIL, "a.eml", False),
        (MAIL, "a.txt", False),
    ],
)
def test_binary_files_mails_and_long_texts_are_read_in_a_child(data: bytes, source: str, *, small: bool) -> None:
    assert is_small_text(data, source) is small
