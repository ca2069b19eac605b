"""Door: how one process opens one mailbox, with its password or with access tokens.

Owns the access token of a mailbox, and the second try where the server refuses the one that we hold. A password is
fetched anew each time, as somebody may have mended it. Where no token is to be had for now, that is a mailbox that
cannot be reached.
Raises what `inbox.open_mailbox` raises.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from mailer.errors import ConfigProblem
from mailer.inbox import ConnectionBroken, LoginRefused, Mailbox, open_mailbox
from mailer.runs.office.access_tokens import AccessTokens, NoToken, TokenClient
from mailer.settings import Credential, Inbox, Secret

_AGAIN = "Try again later; if it stays so, check token_url and the network."


class Door:
    """Opens one mailbox, as often as needed. `notes` has what the operator should hear of its tokens."""

    def __init__(
        self, inbox: Inbox, root: Path, credential: Callable[[], Credential | None], *, clock: Callable[[], datetime]
    ) -> None:
        """Take the mailbox, the workspace's folder, what fetches its password or refresh token, and the clock."""
        self.inbox = inbox
        self._root = root
        self._credential = credential
        self._clock = clock
        self._tokens: AccessTokens | None = None

    @property
    def notes(self) -> list[str]:
        """Return what the operator should hear."""
        return self._tokens.notes if self._tokens else []

    def open(self) -> Mailbox:
        """Connect and log in.

        Raises:
            MailboxUnavailable, ConfigProblem, InputProblem: as `inbox.open_mailbox`; or there is no password or token.
        """
        if self.inbox.is_file:
            return open_mailbox(self.inbox, self._root, None)
        secret = self.secret()
        try:
            found = open_mailbox(self.inbox, self._root, secret)
        except LoginRefused:
            other = self._other_than(secret)
            if other is None:
                raise
            found = open_mailbox(self.inbox, self._root, other)
        if self._tokens is not None:
            self._tokens.worked()
        return found

    def secret(self) -> Secret:
        """Return the password, or an access token.

        Raises:
            ConfigProblem: there is none, or somebody has to sign in again.
            ConnectionBroken: the token endpoint cannot be reached.
        """
        if self._tokens is None:
            credential = self._credential()
            if credential is None:
                raise ConfigProblem(f"inbox {self.inbox.key}: no password")
            if isinstance(credential, Secret):
                return credential
            oauth = self.inbox.oauth
            scope = oauth.scope_for("imap" if self.inbox.is_imap else "pop3")
            client = TokenClient(f"inbox {self.inbox.key}", oauth, scope)
            self._tokens = AccessTokens(client, credential, self._root, self._clock)
        try:
            return asyncio.run(self._tokens.current())
        except NoToken as problem:
            raise ConnectionBroken(problem.message, hint=_AGAIN) from None

    def _other_than(self, refused: Secret) -> Secret | None:
        if self._tokens is None:
            return None
        try:
            return asyncio.run(self._tokens.instead_of(refused))
        except NoToken as problem:
            raise ConnectionBroken(problem.message, hint=_AGAIN) from None
