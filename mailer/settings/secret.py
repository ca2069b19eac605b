"""Secret: a password or token in memory, which shows itself only to who asks for it by name, and where one is kept.

Never reads that place: `config` does.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Self, TypeAlias

from pydantic import model_validator

from mailer.settings.table import Table

_BASE64 = re.compile(r"[A-Za-z0-9+/]{4,}")
_TELLING = 16  # characters of a secret that are too many to show: a relay may repeat a long token in part


@dataclass(frozen=True, slots=True)
class SecretPlace:
    """Where a secret is kept: one of a variable, a command's first line and a private file. `name` is the setting's."""

    name: str
    env: str = ""
    command: tuple[str, ...] = ()
    file: str = ""

    @classmethod
    def in_table(cls, table: Table, name: str) -> Self:
        """Return the place that the keys of a table name: `name` with _env, _command or _file behind it."""
        return cls(name, *(getattr(table, f"{name}_{kind}") for kind in ("env", "command", "file")))

    @property
    def is_given(self) -> bool:
        """Return whether a place is named."""
        return bool(self.env or self.command or self.file)

    @property
    def keys(self) -> tuple[str, str, str]:
        """Return the three keys of mailer.toml that can name the place."""
        return (f"{self.name}_env", f"{self.name}_command", f"{self.name}_file")

    def check(self) -> None:
        """Refuse more than one place.

        Raises:
            ValueError: there are two, and nobody knows which counts.
        """
        if sum(map(bool, (self.env, self.command, self.file))) > 1:
            raise ValueError(f"give one of {', '.join(self.keys[:2])} and {self.keys[2]}")


class WithPassword(Table):
    """A table that names the place of a password."""

    password_env: str = ""
    password_command: tuple[str, ...] = ()
    password_file: str = ""

    @model_validator(mode="after")
    def _check_place(self) -> Self:
        self.password.check()
        return self

    @property
    def password(self) -> SecretPlace:
        """Return where the password is kept."""
        return SecretPlace.in_table(self, "password")


class Secret:
    """A password in memory: it shows itself only to who calls `reveal` (standards S3)."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the password, at the one place that sends it."""
        return self._value

    def hide_in(self, text: str) -> str:
        """Return a text without the password, also where it stands in base64: some relays repeat what they were told.

        Of a long one, such as an access token, every piece that is long enough to tell something goes too.
        """
        if not self._value:
            return text
        for word in _BASE64.findall(text):
            if any(self._stands_in(readable) for readable in _decoded(word)):
                text = text.replace(word, "***")
        return self._without_pieces(text)

    def _stands_in(self, text: str) -> bool:
        size = min(len(self._value), _TELLING)
        return any(text[start : start + size] in self._value for start in range(len(text) - size + 1))

    def _without_pieces(self, text: str) -> str:
        size = min(len(self._value), _TELLING)
        telling = [start for start in range(len(text) - size + 1) if text[start : start + size] in self._value]
        if not telling:
            return text
        shown, end = text[: telling[0]] + "***", telling[0] + size
        for before, start in pairwise(telling):
            if start > before + size:
                shown += text[before + size : start] + "***"
            end = start + size
        return shown + text[end:]

    def __repr__(self) -> str:
        """Show stars."""
        return "Secret(***)"


@dataclass(frozen=True, slots=True)
class Grant:
    """What access tokens are made from (RFC 6749 §6): it never goes to a relay, only to the token endpoint."""

    refresh_token: Secret
    client_secret: Secret | None = None


Credential: TypeAlias = Secret | Grant


def _decoded(word: str) -> Iterator[str]:
    """Read a word as base64, also where its beginning or its end was cut away."""
    for start in range(4):
        part = word[start:]
        whole = part[: len(part) - (len(part) % 4 == 1)]  # one character alone holds no octet
        with contextlib.suppress(binascii.Error):
            yield base64.b64decode(whole + "=" * (-len(whole) % 4)).decode("utf-8", "replace")
