"""OAuth: how access tokens for a relay or a mailbox are asked for, instead of a password (RFC 6749 §6, SASL XOAUTH2).

The tokens are named here (where they are kept), never held.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, Self
from urllib.parse import urlsplit

from pydantic import model_validator

from mailer.settings.secret import SecretPlace
from mailer.settings.table import Table, is_loopback


class _Provider(NamedTuple):
    """What a preset stands for; {tenant} is the organisation's directory, {right} what the token is for."""

    token_url: str
    scope: str = ""


# developers.google.com/identity/protocols/oauth2/native-app and
# learn.microsoft.com, Exchange: how to authenticate an IMAP, POP or SMTP application by using OAuth
_MICROSOFT: Final = _Provider(
    "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
    "https://outlook.office.com/{right} offline_access",
)
_RIGHTS: Final = {"smtp": "SMTP.Send", "imap": "IMAP.AccessAsUser.All", "pop3": "POP.AccessAsUser.All"}
_PROVIDERS: Final[Mapping[str, _Provider]] = {
    "google": _Provider("https://oauth2.googleapis.com/token"),
    "microsoft365": _MICROSOFT,
    "microsoft-365": _MICROSOFT,  # as the relay's preset is written
}


class OAuth(Table):
    """Which token endpoint, for which client, and where its refresh token is kept."""

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
    ca_file: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Check that all is there, or nothing; a token leaves this machine only over https."""
        self.refresh_token.check()
        self.client_secret.check()
        if not any(value for _, value in self):
            return self
        if not self.preset and not self.token_url:
            raise ValueError('preset: "google" or "microsoft-365"; for any other provider give token_url')
        if not self.client_id:
            raise ValueError("client_id: is missing; the provider gave it to the app that you registered there")
        if not self.refresh_token.is_given:
            raise ValueError(f"where is the refresh token? Give {' or '.join(self.refresh_token.keys)}")
        if self.tenant and not re.fullmatch(r"[A-Za-z0-9.-]+", self.tenant):
            raise ValueError("tenant: a directory's id or domain, such as example.org")
        _check_url(self.endpoint)
        return self

    @property
    def is_on(self) -> bool:
        """Return whether access tokens take the place of a password."""
        return bool(self.client_id)

    @property
    def refresh_token(self) -> SecretPlace:
        """Return where the refresh token is kept."""
        return SecretPlace.in_table(self, "refresh_token")

    @property
    def client_secret(self) -> SecretPlace:
        """Return where the client's secret is kept, if it has one: Google's do, Microsoft's public ones do not."""
        return SecretPlace.in_table(self, "client_secret")

    @property
    def endpoint(self) -> str:
        """Return the address that gives access tokens."""
        known = _PROVIDERS.get(self.preset)
        return self.token_url or (known.token_url.format(tenant=self.tenant or "common") if known else "")

    def scope_for(self, use: Literal["smtp", "imap", "pop3"]) -> str:
        """Return the scope to ask for; empty for what the refresh token was given for (RFC 6749 §6)."""
        known = _PROVIDERS.get(self.preset)
        return self.scope or (known.scope.format(right=_RIGHTS[use]) if known else "")


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if re.search(r"[^\x21-\x7e]", url) or not parts.hostname or parts.username is not None or parts.fragment:
        raise ValueError("token_url: an address, https://host/path")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise ValueError("token_url: an https:// address; http:// is for this machine alone")
