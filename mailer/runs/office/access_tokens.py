"""Access tokens: they log in to a relay or a mailbox for an hour, and are made from a refresh token when needed.

`Access` is how one process logs in to one relay, with its password or with such tokens.

All connections of one login share one token, which is renewed shortly before it expires: by one task at a time, and
once more if the server refuses it, but then not again until a login has worked. A token, a refresh token, and the text
of an endpoint's answer, which may repeat them, are never shown. Raises `ConfigProblem` if someone has to sign in again
or the settings are wrong, and `NoToken` (`Access`: a `RelayRefusal` at AUTH) if trying again later can help.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mailer.config.secrets import keep_token, named, read_kept_token
from mailer.errors import ConfigProblem
from mailer.fetch import Fetched, Unreachable, post_form
from mailer.reply.values import Reply, Stage
from mailer.settings import Credential, Grant, Inbox, Relay, Secret
from mailer.smtp.session import RelayRefusal, Session, open_session

_REFUSED_TOKEN = 535
_EARLY_S = 120.0  # a login takes a while, and clocks differ
_LASTS_S = 600.0  # if the answer has no expires_in, which RFC 6749 §5.1 recommends and does not require
# RFC 6749 §5.2; interaction_required is Microsoft's own, for a second factor or changed terms
_SIGN_IN_AGAIN = frozenset({"invalid_grant", "interaction_required", "consent_required", "login_required"})
_LATER = frozenset({"temporarily_unavailable", "server_error", "slow_down"})


class NoToken(Exception):
    """There is no token for now; `message` is a whole sentence, `why` only its reason."""

    def __init__(self, message: str, why: str) -> None:
        super().__init__(message)
        self.message, self.why = message, why


class AccessTokens:
    """The access token of one login, made from its refresh token when it is needed. `notes` is for the operator."""

    def __init__(self, owner: Relay | Inbox, grant: Grant, root: Path, clock: Callable[[], datetime]) -> None:
        """Hold the owner of the tokens, the grant that they are made from, the workspace's folder and the clock."""
        self._owner, self._oauth, self._limit_s = named(owner), owner.oauth, 30.0
        if isinstance(owner, Relay):
            self._scope, self._limit_s = owner.oauth.scope_for("smtp"), owner.timeouts.connect_s
        else:
            self._scope = owner.oauth.scope_for("imap" if owner.is_imap else "pop3")
        self._client_secret, self._refresh = grant.client_secret, grant.refresh_token
        self._root = root
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token: Secret | None = None
        self._until = clock()
        self._was_renewed = False
        self._problem: ConfigProblem | None = None
        self.notes: list[str] = []

    async def current(self) -> Secret:
        """Return a token that has not expired."""
        async with self._lock:
            if self._token is None or self._clock() >= self._until:
                self._token = await self._renew()
            return self._token

    async def instead_of(self, refused: Secret) -> Secret | None:
        """Return a new token for one that was refused; None if that was tried, and no login has worked since."""
        async with self._lock:
            if self._token is not None and self._token is not refused:
                return self._token  # another connection was faster
            if self._was_renewed:
                return None
            self._was_renewed, self._token = True, None
            self._token = await self._renew()
            return self._token

    def worked(self) -> None:
        """Record that a login worked."""
        self._was_renewed = False

    async def _renew(self) -> Secret:
        if self._problem is not None:
            raise self._problem  # asking again changes nothing, and providers count
        oauth = self._oauth
        try:
            kept = await asyncio.to_thread(read_kept_token, oauth, self._owner, self._root)
            self._refresh = self._refresh if kept is None else kept
            fields = {
                "grant_type": "refresh_token",
                "client_id": oauth.client_id,
                "refresh_token": self._refresh.reveal(),
            }
            if self._client_secret is not None:
                fields["client_secret"] = self._client_secret.reveal()
            if self._scope:
                fields["scope"] = self._scope
            try:
                answer = await post_form(oauth.endpoint, fields, ca_file=oauth.ca_file, limit_s=self._limit_s)
            except Unreachable as unreachable:
                raise self._later(str(unreachable)) from None
            return await self._take(answer)
        except ConfigProblem as problem:
            self._problem = problem
            raise

    async def _take(self, answer: Fetched) -> Secret:
        try:
            data = json.loads(answer.body)
        except (ValueError, RecursionError):
            data = {}
        data = data if isinstance(data, dict) else {}
        if answer.status != 200:
            raise self._refusal(answer.status, data)
        token, lasts_s = data.get("access_token"), data.get("expires_in")
        if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]+", token):
            raise ConfigProblem(f"{self._endpoint} answered, and gave no access token", hint=_CHECK)
        # some endpoints send the number as text
        is_number = not isinstance(lasts_s, bool) and re.fullmatch(r"\d{1,9}(?:\.\d*)?", str(lasts_s))
        self._until = self._clock() + timedelta(seconds=(float(str(lasts_s)) if is_number else 0.0) or _LASTS_S)
        self._until -= timedelta(seconds=_EARLY_S)
        new = data.get("refresh_token")
        if not isinstance(new, str) or not new or new == self._refresh.reveal():
            return Secret(token)
        self._refresh = Secret(new)
        try:
            kept = await asyncio.to_thread(keep_token, self._oauth, self._owner, self._root, self._refresh)
            text = (
                f"{self._owner}: the provider gave a new refresh token, which is gone when this ends; "
                "with refresh_token_file it would be kept"
            )
        except ConfigProblem as problem:
            kept, text = False, f"{problem.message}; if the old one is refused, sign in again"
        if not kept and text not in self.notes:
            self.notes.append(text)
        return Secret(token)

    @property
    def _endpoint(self) -> str:
        return f"{self._owner}: the token endpoint ({urlsplit(self._oauth.endpoint).hostname})"

    def _later(self, why: str) -> NoToken:
        return NoToken(f"{self._endpoint} cannot be reached: {why}", why)

    def _refusal(self, status: int, data: dict[str, Any]) -> ConfigProblem | NoToken:
        """Return what an error of the endpoint means, by its code and Microsoft's number, which its pages explain.

        A code that is longer or has other characters may repeat what was sent, and is not shown.
        """
        code = data.get("error")
        code = code if isinstance(code, str) and re.fullmatch(r"[a-z_]{1,40}", code) else ""
        if status >= 500 or status in {408, 429} or code in _LATER:
            return self._later(f"it answered {status} {code}".rstrip())
        number = re.match(r"AADSTS\d{1,9}", str(data.get("error_description", "")))
        details = f"{code} {number[0] if number else ''}".strip() or "and no reason that can be read"
        if code in _SIGN_IN_AGAIN:
            return ConfigProblem(
                f"{self._endpoint} no longer takes the refresh token ({details})",
                hint="Sign in again and put the new refresh token in its place; docs/oauth.md has the steps.",
            )
        return ConfigProblem(f"{self._endpoint} gives no access token: {status} {details}", hint=_CHECK)


_CHECK = "Check preset or token_url, tenant, client_id, the client's secret and scope; docs/oauth.md has the steps."


class Access:
    """Opens sessions on a relay. `notes` has what the operator should know afterwards."""

    def __init__(
        self, relay: Relay, credential: Credential | None, *, root: Path, clock: Callable[[], datetime]
    ) -> None:
        """Hold the relay, the credential for it, the workspace's folder (for a kept token) and the clock."""
        self._relay = relay
        self._credential = credential
        self._tokens = AccessTokens(relay, credential, root, clock) if isinstance(credential, Grant) else None

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what the operator should know once the run is over."""
        return tuple(self._tokens.notes) if self._tokens else ()

    async def connect(self) -> Session:
        """Open a session."""
        if self._tokens is None:
            password = self._credential if isinstance(self._credential, Secret) else None
            return await open_session(self._relay, password)
        try:
            token = await self._tokens.current()
            try:
                session = await open_session(self._relay, token)
            except RelayRefusal as refusal:
                refused = refusal.reply.stage is Stage.AUTH and refusal.reply.code == _REFUSED_TOKEN
                renewed = await self._tokens.instead_of(token) if refused else None
                if renewed is None:
                    raise
                session = await open_session(self._relay, renewed)
            self._tokens.worked()
        except NoToken as problem:
            raise RelayRefusal(
                Reply(Stage.AUTH, 0, f"no access token: {problem.why}"),
                problem.message,
                hint="Nothing was sent. Try again later; if it persists, check token_url and the network.",
            ) from None
        return session
