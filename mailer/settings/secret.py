"""Secret: a password in memory, which shows itself only to who asks for it by name.

Never reads where it is kept: `config` does.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import re

_BASE64 = re.compile(r"[A-Za-z0-9+/]{4,}")


class Secret:
    """A password in memory: it shows itself only to who calls `reveal` (standards S3)."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Take the password."""
        self._value = value

    def reveal(self) -> str:
        """Give the password, at the one place that sends it."""
        return self._value

    def hide_in(self, text: str) -> str:
        """Give a text without the password, also where it stands in base64: some relays repeat what they were told."""
        for word in _BASE64.findall(text):
            with contextlib.suppress(binascii.Error):
                if self._value.encode() in base64.b64decode(word + "=" * (-len(word) % 4)):
                    text = text.replace(word, "***")
        return text.replace(self._value, "***")

    def __repr__(self) -> str:
        """Show stars."""
        return "Secret(***)"
