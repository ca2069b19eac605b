"""Shared: logins to a desk that the office shares, by OpenID Connect at the office's provider.

Theory of operation. The browser is sent to the provider with a request whose answer only we can use, and comes back
with a code; we exchange the code at the provider, directly, for an ID token, which identifies the user. Authlib makes
the request (code flow, PKCE with S256) and checks the claims, joserfc the signature. The desk makes sure that each
login is used once:

1. `state`, `nonce` and the PKCE verifier are random, kept only here for ten minutes, and removed by the first answer,
   right or wrong. A separate cookie identifies the login that an answer belongs to: SameSite=Lax, since the provider
   leads back here, and only for the login paths. So an answer that was stolen, repeated or begun in another browser
   finds nothing.
2. The ID token must be signed with a public-key algorithm (not `none` or HMAC), by a key that the provider publishes
   now; from this issuer, for this client, with our nonce, and not expired. Unknown keys are fetched again.
3. A user is identified by `iss` and `sub`. Their role is set by an admin here (`runs.users`), never by a claim.

No token is kept: a login here is a session of the desk (`access`), which ends here, whatever the provider does. The
session's own cookie is SameSite=Strict, which a browser does not send when another site led to us, so the last step of
a login is a page of ours that continues by itself.

Only `--shared` imports this file: Authlib is an extra. Gap: a login that was ended at the provider continues here until
it expires (no back-channel logout).
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import quote, urlencode, urlsplit

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mailer import fetch
from mailer.desk.access import Right, User, safe_path
from mailer.errors import ConfigProblem, InputProblem, MailerError
from mailer.frozen import dataclass, field
from mailer.ledger.users import DeskUser, Identity
from mailer.runs.users import admit
from mailer.settings import DeskLogin, Secret
from mailer.settings.table import is_safe

if TYPE_CHECKING:
    from mailer.desk.app import Desk

_LOGIN_S: Final = 600
_MOST_ATTEMPTS: Final = 5_000  # logins at once; a flood pushes out the oldest
_METADATA_S: Final = 3_600.0
_KEYS_S: Final = 60.0  # how often an unknown key makes us fetch all keys again
_LEEWAY_S: Final = 60  # the allowed difference between the provider's clock and ours
_ALGORITHMS: Final = (*("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"), "Ed25519")
# RFC 6749 §4.1.2.1 and OpenID Connect Core §3.1.2.6, in words for the user
_ERRORS: Final[Mapping[str, str]] = {
    "access_denied": "the login was cancelled, or you are not allowed to use this desk",
    "login_required": "you have to log in there first",
    "invalid_scope": "it does not know the requested scopes ([desk.login] scopes)",
    "unauthorized_client": "this desk is not allowed to log users in there",
    "invalid_client": "it does not know this desk or its secret ([desk.login])",
    "invalid_grant": "the login took too long, or was already used",
    "server_error": "something went wrong there",
    "temporarily_unavailable": "it is too busy at the moment",
}


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A login that was begun: what its answer must match."""

    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    after: str  # the page to go to
    key: str = field(repr=False)  # of the link that makes an admin; usually empty
    until: float


class Provider:
    """The office's OpenID Connect provider, seen from a desk whose address is `public_url`."""

    def __init__(self, login: DeskLogin, secret: Secret | None, public_url: str) -> None:
        """Take the settings; nothing is fetched yet."""
        self._login, self._secret = login, secret
        self._home = public_url.rstrip("/")
        self._callback = f"{self._home}/login/callback"
        self._attempts: OrderedDict[str, _Attempt] = OrderedDict()
        self._lock = threading.Lock()
        self._metadata: dict[str, Any] = {}
        self._metadata_at = self._keys_at = -_METADATA_S
        self._keys: KeySet | None = None

    @property
    def name(self) -> str:
        """Return the provider's name for a button: its host."""
        return urlsplit(self._login.issuer).netloc

    @property
    def can_log_out(self) -> bool:
        """Return whether a login can also be ended at the provider, as far as that is known."""
        return is_safe(str(self._metadata.get("end_session_endpoint")))

    # The three steps of a login.

    async def begin(self, *, after: str, key: str) -> tuple[str, str]:
        """Return the address at the provider to go to, and the cookie to come back with.

        Raises:
            MailerError: the provider cannot be reached, or is not the one that mailer.toml names.
        """
        metadata = await self._read_metadata()
        cookie = secrets.token_urlsafe(32)
        state, nonce, verifier = (secrets.token_urlsafe(size) for size in (32, 32, 48))
        attempt = _Attempt(state, nonce, verifier, after, key, time.monotonic() + _LOGIN_S)
        with self._lock:
            self._attempts[cookie] = attempt
            while len(self._attempts) > _MOST_ATTEMPTS or next(iter(self._attempts.values())).until < time.monotonic():
                self._attempts.popitem(last=False)
        address: str = prepare_grant_uri(
            metadata["authorization_endpoint"],
            client_id=self._login.client_id,
            response_type="code",
            redirect_uri=self._callback,
            scope=self._login.scope,
            state=attempt.state,
            nonce=attempt.nonce,
            code_challenge=create_s256_code_challenge(attempt.verifier),
            code_challenge_method="S256",
        )
        return address, cookie

    def take(self, cookie: str) -> _Attempt:
        """Return the login that a cookie belongs to, and remove it.

        Raises:
            InputProblem: there is none, or it is too old.
        """
        with self._lock:
            attempt = self._attempts.pop(cookie, None)
        if attempt is None or attempt.until < time.monotonic():
            raise InputProblem("this login was already used, took over ten minutes, or was begun in another browser")
        return attempt

    async def finish(self, attempt: _Attempt, answer: Mapping[str, str], *, now: int) -> Identity:
        """Return who logged in, from the query of the provider's redirect.

        Raises:
            MailerError: it is not an answer to this login, or the ID token is not valid.
        """
        if not secrets.compare_digest(answer.get("state", "").encode(), attempt.state.encode()):
            raise InputProblem("the answer does not belong to the login that was begun here")
        metadata = await self._read_metadata()
        is_promised = metadata.get("authorization_response_iss_parameter_supported") is True  # RFC 9207
        if (is_promised or "iss" in answer) and answer.get("iss") != self._login.issuer:
            raise InputProblem("the answer comes from another provider")
        if "error" in answer:
            self._refused(answer["error"], answer.get("error_description", ""))
        if not answer.get("code"):
            raise InputProblem("the answer of the provider has no code in it")
        token = await self._exchange(metadata, answer["code"], attempt.verifier)
        claims = await self._read_claims(metadata, token, attempt.nonce, now)
        if not claims.get("name") and is_safe(str(metadata.get("userinfo_endpoint"))):
            claims = {**await self._ask_userinfo(metadata, token, claims["sub"]), **claims}
        named = next((claims[each] for each in ("name", "preferred_username") if isinstance(claims.get(each), str)), "")
        email = claims.get("email")
        return Identity(self._login.issuer, claims["sub"], named, email if isinstance(email, str) else "")

    async def log_out_address(self) -> str:
        """Return the address to end a login at the provider (OpenID Connect RP-Initiated Logout), or an empty text.

        Raises:
            MailerError: as `begin`.
        """
        metadata = await self._read_metadata()
        if not self.can_log_out:
            return ""
        query = urlencode({"client_id": self._login.client_id, "post_logout_redirect_uri": f"{self._home}/login"})
        endpoint: str = metadata["end_session_endpoint"]
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"

    # Requests to the provider.

    async def _read_metadata(self) -> dict[str, Any]:
        """Return the provider's metadata (OpenID Connect Discovery), fetched once an hour."""
        if time.monotonic() - self._metadata_at < _METADATA_S:
            return self._metadata
        found = await self._fetch_json(f"{self._login.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self._login.issuer:
            raise ConfigProblem(
                f"the provider at {self._login.issuer} calls itself {_short(found.get('issuer'))}",
                hint="[desk.login] issuer must be the name that it calls itself.",
            )
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not is_safe(str(found.get(name))):
                raise ConfigProblem(f"{self.name} has no https address for its {name}")
        self._metadata, self._metadata_at = found, time.monotonic()
        return found

    async def _exchange(self, metadata: Mapping[str, Any], code: str, verifier: str) -> dict[str, Any]:
        """Return the tokens for a code (RFC 6749 §4.1.3, RFC 7636 §4.5)."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._callback,
            "code_verifier": verifier,
        }
        authorization = ""
        if self._secret is None:
            fields["client_id"] = self._login.client_id
        elif "client_secret_basic" in metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
            pair = ":".join(quote(each, safe="") for each in (self._login.client_id, self._secret.reveal()))
            authorization = f"Basic {base64.b64encode(pair.encode()).decode()}"  # RFC 6749 §2.3.1
        else:
            fields |= {"client_id": self._login.client_id, "client_secret": self._secret.reveal()}
        return await self._fetch_json(metadata["token_endpoint"], fields, authorization=authorization)

    async def _read_claims(
        self, metadata: Mapping[str, Any], token: Mapping[str, Any], nonce: str, now: int
    ) -> dict[str, Any]:
        """Return the claims of an ID token that is signed, for us, for this login and not expired."""
        text = token.get("id_token")
        if not isinstance(text, str):
            raise InputProblem(f"{self.name} did not send an ID token")
        try:
            found = await self._verify(metadata, text)
            claims = CodeIDToken(
                found.claims,
                found.header,
                {
                    "iss": {"essential": True, "value": self._login.issuer},
                    "aud": {"essential": True, "value": self._login.client_id},
                    "sub": {"essential": True},
                },
                {"nonce": nonce, "client_id": self._login.client_id, "access_token": token.get("access_token")},
            )
            claims.validate(now, _LEEWAY_S)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            why = f"{type(error).__name__} {error}" if isinstance(error, JoseError) else "it cannot be read"
            raise InputProblem(
                "the login was refused: the ID token of the provider is not valid here", hint=f"Why: {_short(why)}"
            ) from None
        if not claims["sub"] or len(claims["sub"]) > 255:  # OpenID Connect Core §2
            raise InputProblem("the provider did not identify the user: the ID token has no usable sub")
        return dict(claims)

    async def _verify(self, metadata: Mapping[str, Any], text: str) -> jwt.Token:
        """Return a token that is signed by a key of the provider."""
        registry = jws.JWSRegistry(algorithms=_ALGORITHMS, strict_check_header=False)
        kid = jws.extract_compact(text.encode("ascii"), registry=registry).headers().get("kid")
        for is_again in (False, True):
            keys = await self._read_keys(metadata, again=is_again)
            for key in keys.keys:
                if kid is None or key.kid == kid:
                    try:
                        return jwt.decode(text, key, registry=registry)
                    except JoseError:
                        if kid is not None:
                            raise
        raise InputProblem("the login was refused: the ID token is signed with a key unknown to the provider")

    async def _read_keys(self, metadata: Mapping[str, Any], *, again: bool) -> KeySet:
        """Return the provider's public keys; fetched `again` if one is unknown, but not too often."""
        if self._keys is None or (again and time.monotonic() - self._keys_at > _KEYS_S):
            found = await self._fetch_json(metadata["jwks_uri"])
            keys = [each for each in found.get("keys", ()) if isinstance(each, dict) and each.get("use") != "enc"]
            self._keys = KeySet.import_key_set({"keys": [each for each in keys if each.get("kty") != "oct"]})
            self._keys_at = time.monotonic()
        return self._keys

    async def _ask_userinfo(self, metadata: Mapping[str, Any], token: Mapping[str, Any], sub: str) -> dict[str, Any]:
        """Return the provider's user information: some have names there and not in the ID token."""
        access = token.get("access_token")
        if not isinstance(access, str) or not access.isascii() or not access.isprintable():
            return {}
        found = await self._fetch_json(metadata["userinfo_endpoint"], authorization=f"Bearer {access}")
        return found if found.get("sub") == sub else {}  # OpenID Connect Core §5.3.2

    async def _fetch_json(
        self, url: str, fields: Mapping[str, str] | None = None, *, authorization: str = ""
    ) -> dict[str, Any]:
        ca_file = self._login.ca_file
        try:
            answer = await (
                fetch.get(url, authorization=authorization, ca_file=ca_file)
                if fields is None
                else fetch.post_form(url, fields, authorization=authorization, ca_file=ca_file)
            )
        except (fetch.Unreachable, ValueError) as error:
            raise ConfigProblem(f"{self.name} cannot be reached: {error}") from None
        try:
            found = json.loads(answer.body)
        except ValueError:
            found = None
        if isinstance(found, dict) and "error" in found:
            self._refused(found["error"], found.get("error_description", ""))
        if answer.status != 200 or not isinstance(found, dict):
            raise ConfigProblem(f"{self.name} answered {answer.status}, but not with a valid answer to a login")
        return found

    def _refused(self, code: object, description: object) -> NoReturn:
        reason = _ERRORS.get(str(code), f"it answered “{_short(code)}”")
        raise InputProblem(
            f"{self.name} did not log you in: {reason}",
            hint=f"It says: {_short(description)}" if description else "",
        )

    # The routes of a login.

    def routes(self, desk: Desk) -> list[tuple[Route, Mapping[str, Right]]]:
        """Return the routes of a login at the provider, open to everyone."""
        hosting = desk.hosting
        path, cookie = f"{hosting.prefix}/login", hosting.login_cookie

        async def begin(request: Request) -> Response:
            try:
                after, key = (request.query_params.get(each, "") for each in ("next", "key"))
                address, value = await self.begin(after=safe_path(after), key=key[:100])
            except MailerError as error:
                return await desk.show_login(request, error)
            answer = RedirectResponse(address, 303)
            answer.set_cookie(
                cookie, value, _LOGIN_S, path=path, secure=hosting.is_secure, httponly=True, samesite="lax"
            )
            return answer

        async def finish(request: Request) -> Response:
            now = int(desk.offices.clock().timestamp())
            try:
                attempt = self.take(request.cookies.get(cookie, ""))
                identity = await self.finish(attempt, request.query_params, now=now)
                value = await run_in_threadpool(enter, identity, attempt.key)
            except MailerError as error:
                answer = await desk.show_login(request, error)
            else:
                answer = await desk.show_login(request, onward=attempt.after)
                desk.set_cookie(answer, value)
            answer.delete_cookie(cookie, path=path, secure=hosting.is_secure, httponly=True, samesite="lax")
            return answer

        def enter(identity: Identity, key: str) -> str:
            as_admin = bool(key) and desk.sessions.take_link(key) is not None
            with desk.offices.writing() as (office, ledger):
                user: DeskUser = admit(office, ledger, identity, as_admin=as_admin)
                desk.sessions.forget()
                value = desk.sessions.start(User(user.actor, user.role, user.name, user_id=user.id))
                desk.sessions.keep(ledger)
            desk.live.announce("users")
            return value

        async def leave(request: Request) -> Response:
            try:
                return RedirectResponse(await self.log_out_address() or path, 303)
            except MailerError as error:
                return await desk.show_login(request, error)

        anybody = {"GET": Right.ANYBODY}
        return [
            (Route("/login/start", begin), anybody),
            (Route("/login/callback", finish), anybody),
            (Route("/login/out", leave), anybody),
        ]


def _short(text: object) -> str:
    """Return text from outside, cut and cleaned for display."""
    return "".join(filter(str.isprintable, str(text)))[:300]
