"""Access: how one process logs in to one relay, with its password or with access tokens.

Owns the second try where the relay refuses the token that we hold. Where no token is to be had for now, the run meets
that as it does a relay that is not there.
Raises `ConfigProblem` where somebody has to sign in again or the settings are wrong, `RelayRefusal` at AUTH where
trying again later can help.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from mailer.reply import Reply, Stage
from mailer.runs.office.access_tokens import AccessTokens, NoToken, TokenClient
from mailer.settings import Credential, Grant, Relay, Secret
from mailer.smtp import RelayRefusal, Session, open_session

_REFUSED_TOKEN = 535


class Access:
    """Opens sessions on a relay. `notes` has what the operator should hear afterwards."""

    def __init__(
        self, relay: Relay, credential: Credential | None, *, root: Path, clock: Callable[[], datetime]
    ) -> None:
        """Take the relay, what logs in to it, the workspace's folder (for a kept token) and the clock."""
        self._relay = relay
        self._credential = credential
        client = TokenClient(f"relay {relay.key}", relay.oauth, relay.oauth.scope_for("smtp"), relay.timeouts.connect_s)
        self._tokens = AccessTokens(client, credential, root, clock) if isinstance(credential, Grant) else None

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what the operator should hear once the run is over."""
        return tuple(self._tokens.notes) if self._tokens else ()

    async def connect(self) -> Session:
        """Open a session.

        Raises:
            RelayRefusal: the relay, or the token endpoint, cannot be reached or refuses us.
            ConfigProblem: the provider no longer takes the refresh token, or the settings are wrong.
        """
        if self._tokens is None:
            password = self._credential if isinstance(self._credential, Secret) else None
            return await open_session(self._relay, password)
        try:
            return await self._with_token(self._tokens)
        except NoToken as problem:
            raise RelayRefusal(
                Reply(Stage.AUTH, 0, f"no access token: {problem.why}"),
                problem.message,
                hint="Nobody was touched. Try again later; if it stays so, check token_url and the network.",
            ) from None

    async def _with_token(self, tokens: AccessTokens) -> Session:
        token = await tokens.current()
        try:
            session = await open_session(self._relay, token)
        except RelayRefusal as refusal:
            refused = refusal.reply.stage is Stage.AUTH and refusal.reply.code == _REFUSED_TOKEN
            other = await tokens.instead_of(token) if refused else None
            if other is None:
                raise
            session = await open_session(self._relay, other)
        tokens.worked()
        return session
