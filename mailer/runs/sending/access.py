"""Access: how one process logs in to one relay, with its password or with access tokens.

Owns the token that all connections share, until shortly before it expires, and its renewal: one at a time, and one more
where the relay refuses the token that we hold, until a login has worked again (standards S7). Never shows a token, a
refresh token, or what an endpoint said in its own words: it may repeat them.
Raises `ConfigProblem` where somebody has to sign in again or the settings are wrong, `RelayRefusal` at AUTH where
trying again later can help.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mailer.config import keep_token, read_kept_token
from mailer.errors import ConfigProblem
from mailer.fetch import Answer, Unreachable, post_form
from mailer.reply import Reply, Stage
from mailer.settings import Credential, Grant, Relay, Secret
from mailer.smtp import RelayRefusal, Session, open_session

_EARLY_S = 120.0  # a login takes a while, and clocks differ
_LASTS_S = 600.0  # RFC 6749 §5.1 recommends to say it, and does not demand it
_REFUSED_TOKEN = 535
# RFC 6749 §5.2; interaction_required is Microsoft's own, for a second factor or changed terms
_SIGN_IN_AGAIN = frozenset({"invalid_grant", "interaction_required", "consent_required", "login_required"})
_LATER = frozenset({"temporarily_unavailable", "server_error", "slow_down"})


class Access:
    """Opens sessions on a relay. `notes` has what the operator should hear afterwards."""

    def __init__(
        self, relay: Relay, credential: Credential | None, *, root: Path, clock: Callable[[], datetime]
    ) -> None:
        """Take the relay, what logs in to it, the workspace's folder (for a kept token) and the clock."""
        self._relay = relay
        self._credential = credential
        self._tokens = AccessTokens(relay, credential, root, clock) if isinstance(credential, Grant) else None

    @property
    def notes(self) -> tuple[str, ...]:
        """Give what the operator should hear once the run is over."""
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
        token = await self._tokens.current()
        try:
            session = await open_session(self._relay, token)
        except RelayRefusal as refusal:
            refused = refusal.reply.stage is Stage.AUTH and refusal.reply.code == _REFUSED_TOKEN
            other = await self._tokens.instead_of(token) if refused else None
            if other is None:
                raise
            session = await open_session(self._relay, other)
        self._tokens.worked()
        return session


@dataclass(frozen=True, slots=True)
class _Token:
    secret: Secret
    until: datetime


class AccessTokens:
    """The access token of one relay, made from its refresh token when it is needed."""

    def __init__(self, relay: Relay, grant: Grant, root: Path, clock: Callable[[], datetime]) -> None:
        """Take the relay, what tokens are made from, the workspace's folder and the clock."""
        self._relay = relay
        self._client_secret = grant.client_secret
        self._refresh = grant.refresh_token
        self._root = root
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token: _Token | None = None
        self._in_vain = False
        self._problem: ConfigProblem | None = None
        self.notes: list[str] = []

    async def current(self) -> Secret:
        """Give a token that has not expired.

        Raises:
            RelayRefusal: the endpoint cannot be reached; later it may.
            ConfigProblem: it refuses, and will again.
        """
        async with self._lock:
            if self._token is None or self._clock() >= self._token.until:
                self._token = await self._ask()
            return self._token.secret

    async def instead_of(self, refused: Secret) -> Secret | None:
        """Give another token than the one that the relay refused; None where that was tried, and no login worked since.

        Raises:
            RelayRefusal, ConfigProblem: as `current`.
        """
        async with self._lock:
            if self._token is not None and self._token.secret is not refused:
                return self._token.secret  # another connection was faster
            if self._in_vain:
                return None
            self._in_vain, self._token = True, None
            self._token = await self._ask()
            return self._token.secret

    def worked(self) -> None:
        """Take note that a login worked."""
        self._in_vain = False

    async def _ask(self) -> _Token:
        if self._problem is not None:
            raise self._problem  # asking again changes nothing, and providers count
        try:
            kept = await asyncio.to_thread(read_kept_token, self._relay, self._root)
            self._refresh = self._refresh if kept is None else kept
            return await self._take(await self._post())
        except ConfigProblem as problem:
            self._problem = problem
            raise

    async def _post(self) -> Answer:
        oauth = self._relay.oauth
        fields = {
            "grant_type": "refresh_token",
            "client_id": oauth.client_id,
            "refresh_token": self._refresh.reveal(),
        }
        if self._client_secret is not None:
            fields["client_secret"] = self._client_secret.reveal()
        if oauth.asked_scope:
            fields["scope"] = oauth.asked_scope
        try:
            return await post_form(
                oauth.endpoint, fields, ca_file=oauth.ca_file, limit_s=self._relay.timeouts.connect_s
            )
        except Unreachable as unreachable:
            raise self._later(str(unreachable)) from None

    async def _take(self, answer: Answer) -> _Token:
        said = _read(answer.body)
        if answer.status != 200:
            raise self._refusal(answer.status, said)
        token = said.get("access_token")
        if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]+", token):
            raise ConfigProblem(f"{self._endpoint} answered, and gave no access token", hint=_CHECK)
        until = self._clock() + timedelta(seconds=_lasting_s(said.get("expires_in")) - _EARLY_S)
        new = said.get("refresh_token")
        if isinstance(new, str) and new and new != self._refresh.reveal():
            await self._keep(Secret(new))
        return _Token(Secret(token), until)

    async def _keep(self, new: Secret) -> None:
        self._refresh = new
        try:
            kept = await asyncio.to_thread(keep_token, self._relay, self._root, new)
        except ConfigProblem as problem:
            self._note(f"{problem.message}; if the old one is refused, sign in again")
            return
        if not kept:
            self._note(
                f"relay {self._relay.key}: the provider gave a new refresh token, which is gone when this ends; "
                "with refresh_token_file it would be kept"
            )

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    @property
    def _endpoint(self) -> str:
        return f"relay {self._relay.key}: the token endpoint ({urlsplit(self._relay.oauth.endpoint).hostname})"

    def _later(self, why: str) -> RelayRefusal:
        """Give a refusal that the run meets as it does one of the relay: wait, try again, then stop."""
        return RelayRefusal(
            Reply(Stage.AUTH, 0, f"no access token: {why}"),
            f"{self._endpoint} cannot be reached: {why}",
            hint="Nobody was touched. Try again later; if it stays so, check token_url and the network.",
        )

    def _refusal(self, status: int, said: dict[str, Any]) -> ConfigProblem | RelayRefusal:
        word = _word(said)
        if status >= 500 or status in {408, 429} or word in _LATER:
            return self._later(f"it answered {status} {word}".rstrip())
        if word in _SIGN_IN_AGAIN:
            return ConfigProblem(
                f"{self._endpoint} no longer takes the refresh token ({_details(word, said)})",
                hint="Sign in again and put the new refresh token in its place; docs/oauth.md has the steps.",
            )
        return ConfigProblem(f"{self._endpoint} gives no access token: {status} {_details(word, said)}", hint=_CHECK)


_CHECK = "Check preset or token_url, tenant, client_id, the client's secret and scope; docs/oauth.md has the steps."


def _read(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _word(said: dict[str, Any]) -> str:
    """Give the error's word; anything longer or stranger may hold what was sent."""
    word = said.get("error")
    return word if isinstance(word, str) and re.fullmatch(r"[a-z_]{1,40}", word) else ""


def _details(word: str, said: dict[str, Any]) -> str:
    """Give the word, and Microsoft's number, which its pages explain."""
    number = re.match(r"AADSTS\d{1,9}", str(said.get("error_description", "")))
    return " ".join(part for part in (word, number[0] if number else "") if part) or "and no reason that can be read"


def _lasting_s(said: object) -> float:
    """Read how long a token lasts; some say the number as text."""
    if isinstance(said, str) and re.fullmatch(r"\d{1,9}", said):
        said = int(said)
    lasts = isinstance(said, (int, float)) and not isinstance(said, bool) and 0 < said < 1e9
    return float(said) if lasts else _LASTS_S  # type: ignore[arg-type]  # the line above narrows it
