"""Access tokens: what logs in to a relay or a mailbox for an hour, made from a refresh token when it is needed.

Owns the token that all connections of one login share, until shortly before it expires, and its renewal: one at a time,
and one more where the server refuses the token that we hold, until a login has worked again (standards S7). Never shows
a token, a refresh token, or what an endpoint said in its own words: it may repeat them.
Raises `ConfigProblem` where somebody has to sign in again or the settings are wrong, `NoToken` where trying again later
can help.
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
from mailer.settings import Grant, OAuth, Secret

_EARLY_S = 120.0  # a login takes a while, and clocks differ
_LASTS_S = 600.0  # RFC 6749 §5.1 recommends to say it, and does not demand it
# RFC 6749 §5.2; interaction_required is Microsoft's own, for a second factor or changed terms
_SIGN_IN_AGAIN = frozenset({"invalid_grant", "interaction_required", "consent_required", "login_required"})
_LATER = frozenset({"temporarily_unavailable", "server_error", "slow_down"})


class NoToken(Exception):
    """There is no token for now; `message` is a sentence for people, `why` its end alone."""

    def __init__(self, message: str, why: str) -> None:
        """Take the sentence and its end."""
        super().__init__(message)
        self.message = message
        self.why = why


@dataclass(frozen=True, slots=True)
class TokenClient:
    """Whose tokens they are (`relay main`), how they are asked for, for what, and how long an answer is waited for."""

    who: str
    oauth: OAuth
    scope: str
    limit_s: float = 30.0


@dataclass(frozen=True, slots=True)
class _Token:
    secret: Secret
    until: datetime


class AccessTokens:
    """The access token of one login, made from its refresh token when it is needed. `notes` is for the operator."""

    def __init__(self, client: TokenClient, grant: Grant, root: Path, clock: Callable[[], datetime]) -> None:
        """Take whose they are, what they are made from, the workspace's folder and the clock."""
        self._client = client
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
        """Return a token that has not expired.

        Raises:
            NoToken: the endpoint cannot be reached; later it may.
            ConfigProblem: it refuses, and will again.
        """
        async with self._lock:
            if self._token is None or self._clock() >= self._token.until:
                self._token = await self._ask()
            return self._token.secret

    async def instead_of(self, refused: Secret) -> Secret | None:
        """Return another token than the one refused; None where that was tried, and no login worked since.

        Raises:
            NoToken, ConfigProblem: as `current`.
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
            kept = await asyncio.to_thread(read_kept_token, self._client.oauth, self._client.who, self._root)
            self._refresh = self._refresh if kept is None else kept
            return await self._take(await self._post())
        except ConfigProblem as problem:
            self._problem = problem
            raise

    async def _post(self) -> Answer:
        oauth = self._client.oauth
        fields = {
            "grant_type": "refresh_token",
            "client_id": oauth.client_id,
            "refresh_token": self._refresh.reveal(),
        }
        if self._client_secret is not None:
            fields["client_secret"] = self._client_secret.reveal()
        if self._client.scope:
            fields["scope"] = self._client.scope
        try:
            return await post_form(oauth.endpoint, fields, ca_file=oauth.ca_file, limit_s=self._client.limit_s)
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
            kept = await asyncio.to_thread(keep_token, self._client.oauth, self._client.who, self._root, new)
        except ConfigProblem as problem:
            self._note(f"{problem.message}; if the old one is refused, sign in again")
            return
        if not kept:
            self._note(
                f"{self._client.who}: the provider gave a new refresh token, which is gone when this ends; "
                "with refresh_token_file it would be kept"
            )

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    @property
    def _endpoint(self) -> str:
        return f"{self._client.who}: the token endpoint ({urlsplit(self._client.oauth.endpoint).hostname})"

    def _later(self, why: str) -> NoToken:
        return NoToken(f"{self._endpoint} cannot be reached: {why}", why)

    def _refusal(self, status: int, said: dict[str, Any]) -> ConfigProblem | NoToken:
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
    """Return the error's word; anything longer or stranger may hold what was sent."""
    word = said.get("error")
    return word if isinstance(word, str) and re.fullmatch(r"[a-z_]{1,40}", word) else ""


def _details(word: str, said: dict[str, Any]) -> str:
    """Return the word, and Microsoft's number, which its pages explain."""
    number = re.match(r"AADSTS\d{1,9}", str(said.get("error_description", "")))
    return " ".join(part for part in (word, number[0] if number else "") if part) or "and no reason that can be read"


def _lasting_s(said: object) -> float:
    """Read how long a token lasts; some say the number as text."""
    if isinstance(said, str) and re.fullmatch(r"\d{1,9}", said):
        said = int(said)
    lasts = isinstance(said, (int, float)) and not isinstance(said, bool) and 0 < said < 1e9
    return float(said) if lasts else _LASTS_S  # type: ignore[arg-type]  # the line above narrows it
