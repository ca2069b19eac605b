"""Login: SASL with the relay, once, with one method that it offers.

Owns which method is taken and how an access token is shown (XOAUTH2, OAUTHBEARER). Never tries a second method with
what the first one refused: a few wrong passwords lock the account (standards S7). Never logs, never asks for a token.
Raises aiosmtplib's own errors, which `session` turns into a refusal.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Mapping

import aiosmtplib

from mailer.settings import Relay, Secret

_LINE = 510  # octets of a command without CRLF, RFC 5321 §4.5.3.1.4
_CONTINUE, _DONE = 334, 235


async def log_in(client: aiosmtplib.SMTP, relay: Relay, secret: Secret) -> None:
    """Log in with a password, or with an access token where the relay's settings speak of OAuth.

    Raises:
        SMTPAuthenticationError: the relay offers no method of ours (504, RFC 4954 §4), or refused what it was shown.
    """
    methods: Mapping[str, Callable[[], Awaitable[object]]]
    if relay.oauth.is_on:
        # XOAUTH2 first: Google and Microsoft document it, and some servers offer OAUTHBEARER in name only
        methods = {
            "xoauth2": lambda: _show(client, "XOAUTH2", render_xoauth2(relay.username, secret), b""),
            "oauthbearer": lambda: _show(client, "OAUTHBEARER", render_oauthbearer(relay, secret), b"AQ=="),
        }
    else:
        name, password = relay.username, secret.reveal()
        methods = {
            "plain": lambda: client.auth_plain(name, password),
            "login": lambda: client.auth_login(name, password),
            "cram-md5": lambda: client.auth_crammd5(name, password),
        }
    offered = [method for name, method in methods.items() if name in client.server_auth_methods]
    if not offered:
        raise aiosmtplib.SMTPAuthenticationError(504, f"it offers none of {', '.join(methods).upper()}")
    await offered[0]()


def render_xoauth2(username: str, token: Secret) -> bytes:
    """Return the client's words of XOAUTH2, before base64 (developers.google.com/gmail/imap/xoauth2-protocol)."""
    return f"user={username}\x01auth=Bearer {token.reveal()}\x01\x01".encode()


def render_oauthbearer(relay: Relay, token: Secret) -> bytes:
    """Return the client's words of OAUTHBEARER, before base64 (RFC 7628 §3.1; names as in RFC 5801 §4)."""
    name = relay.username.replace("=", "=3D").replace(",", "=2C")
    where = f"host={relay.host.strip('[]')}\x01port={relay.port_number}"
    return f"n,a={name},\x01{where}\x01auth=Bearer {token.reveal()}\x01\x01".encode()


async def _show(client: aiosmtplib.SMTP, method: str, words: bytes, surrender: bytes) -> None:
    """Send the words. A refusal comes as a question, and as a code once that is answered with `surrender`."""
    said, command = base64.b64encode(words), f"AUTH {method}".encode()
    if len(command) + 1 + len(said) <= _LINE:
        response = await client.execute_command(command, said)
    else:
        # RFC 4954 §4: what is too long for a command goes on a line of its own
        response = await client.execute_command(command)
        if response.code == _CONTINUE:
            response = await client.execute_command(said)
    if response.code == _CONTINUE:
        response = await client.execute_command(surrender)
    if response.code != _DONE:
        raise aiosmtplib.SMTPAuthenticationError(response.code, response.message)
