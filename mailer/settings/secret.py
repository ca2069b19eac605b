"""Secret: a password or token in memory, which shows itself only to who asks for it by name, and where one is kept.

A table names the place of a secret, and never holds one: three keys, of which one is given, `password_env`,
`password_command` and `password_file`. Never reads that place: `config` does.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import Iterator
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from mailer import lazy_re as re
from mailer.frozen import dataclass
from mailer.settings.table import FileName, Switch, Table, is_safe
from mailer.words import read_section

_BASE64 = re.compile(r"[A-Za-z0-9+/]{4,}")
_TELLING = 16  # characters of a secret that are too many to show: a relay may repeat a long token in part


@dataclass(frozen=True, slots=True)
class SecretPlace:
    """Where a secret is kept: one of a variable, a command's first line and a private file. `name` is the setting's."""

    name: str
    env: str = ""
    command: tuple[str, ...] = ()
    file: str = ""

    @property
    def is_given(self) -> bool:
        """Return whether a place is named."""
        return bool(self.env or self.command or self.file)

    @property
    def keys(self) -> tuple[str, str, str]:
        """Return the three keys of mailer.toml that can name the place."""
        return (f"{self.name}_env", f"{self.name}_command", f"{self.name}_file")


class WithSecrets(Table):
    """A table that names the places of secrets."""

    def place_of(self, name: str) -> SecretPlace:
        """Return where a secret is kept."""
        return SecretPlace(name, *(getattr(self, f"{name}_{kind}") for kind in ("env", "command", "file")))

    def _check(self) -> Iterator[str]:
        for field in type(self).model_fields:
            place = self.place_of(field.removesuffix("_env")) if field.endswith("_env") else None
            if place and sum(map(bool, (place.env, place.command, place.file))) > 1:
                yield f"give one of {', '.join(place.keys[:2])} and {place.keys[2]}"


class WithPassword(WithSecrets):
    """A table that names the place of a password."""

    password_env: str = ""
    password_command: tuple[str, ...] = ()
    password_file: str = ""

    @property
    def password(self) -> SecretPlace:
        """Return where the password is kept."""
        return self.place_of("password")


_RIGHTS: Final = {"smtp": "SMTP.Send", "imap": "IMAP.AccessAsUser.All", "pop3": "POP.AccessAsUser.All"}


class OAuth(WithSecrets, Switch):
    """How access tokens are asked for instead of a password (RFC 6749 §6, SASL XOAUTH2): where, and for which client.

    The refresh token and the client's secret, if it has one (Google's do, Microsoft's public ones do not), are named.
    """

    preset: Literal["", "google", "microsoft365", "microsoft-365"] = ""
    client_id: str = ""
    client_secret_env: str = ""
    client_secret_command: tuple[str, ...] = ()
    client_secret_file: str = ""
    refresh_token_env: str = ""
    refresh_token_command: tuple[str, ...] = ()
    refresh_token_file: str = ""
    token_url: str = ""
    scope: str = ""
    tenant: str = ""
    ca_file: FileName = ""

    def _check(self) -> Iterator[str]:
        """Check that all is there, or nothing; a token leaves this machine only over https."""
        yield from super()._check()
        if not self.is_on:
            return
        if not self.preset and not self.token_url:
            yield 'preset: "google" or "microsoft-365"; for any other provider give token_url'
        if not self.client_id:
            yield "client_id: is missing; the provider gave it to the app that you registered there"
        if not self.refresh_token.is_given:
            yield f"where is the refresh token? Give {' or '.join(self.refresh_token.keys)}"
        if self.tenant and not re.fullmatch(r"[A-Za-z0-9.-]+", self.tenant):
            yield "tenant: a directory's id or domain, such as example.org"
        url, parts = self.endpoint, urlsplit(self.endpoint)
        if re.search(r"[^\x21-\x7e]", url) or not parts.hostname or parts.username is not None or parts.fragment:
            yield "token_url: an address, https://host/path"
        if not is_safe(url):
            yield "token_url: an https:// address; http:// is for this machine alone"

    @property
    def refresh_token(self) -> SecretPlace:
        """Return where the refresh token is kept."""
        return self.place_of("refresh_token")

    @property
    def endpoint(self) -> str:
        """Return the address that gives access tokens."""
        return self.token_url or self._known("url").format(tenant=self.tenant or "common")

    def scope_for(self, use: Literal["smtp", "imap", "pop3"]) -> str:
        """Return the scope to ask for; empty for what the refresh token was given for (RFC 6749 §6)."""
        return self.scope or self._known("scope").format(right=_RIGHTS[use])

    def _known(self, what: Literal["url", "scope"]) -> str:
        return str(read_section("settings", "oauth").get(self.preset, {}).get(what, ""))


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
            if any(self._telling(readable) for readable in _decoded(word)):
                text = text.replace(word, "***")
        for start, end in reversed(self._telling(text)):
            text = f"{text[:start]}***{text[end:]}"
        return text

    def _telling(self, text: str) -> list[tuple[int, int]]:
        """Find the stretches of a text that repeat enough of the secret to tell something, from where to where."""
        size = min(len(self._value), _TELLING)
        found: list[tuple[int, int]] = []
        for start in range(len(text) - size + 1):
            if text[start : start + size] in self._value:
                begun = found.pop()[0] if found and start <= found[-1][1] else start
                found.append((begun, start + size))
        return found

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
