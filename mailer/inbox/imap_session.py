"""IMAP session: an account on an IMAP server, connected, secured and logged in.

Owns imapclient's connection up to the login; which folder is opened, and what is done in it, is for `imap` (looking for
copies) and `imap_mailbox` (reading what came back). The login is tried once, with one method: a few wrong passwords
lock an account (standards S7).
Raises as `transport` does.
"""

from __future__ import annotations

import contextlib

from imapclient.exceptions import IMAPClientError, LoginError
from imapclient.imapclient import IMAPClient, SocketTimeout

from mailer.inbox.transport import (
    CONNECT_S,
    INSECURE,
    LOGIN_HINT,
    REACH_HINT,
    READ_S,
    made_secure,
    server_name,
    tls_context,
    told,
)
from mailer.inbox.values import LoginRefused
from mailer.settings import Inbox, Secret


def log_in(inbox: Inbox, secret: Secret) -> IMAPClient:
    """Connect, secure and log in; `secret` is the password, or an access token where the mailbox wants one.

    Raises:
        ConnectionBroken: the server cannot be reached, or broke off.
        LoginRefused: it does not take the secret.
        MailboxUnavailable: its certificate is not believed.
        ConfigProblem: `ca_file` is none.
    """
    client = _connect(inbox)
    try:
        _secure(client, inbox)
        _authenticate(client, inbox, secret)
    except BaseException:
        drop(client)
        raise
    return client


def leave(client: IMAPClient) -> None:
    """Say goodbye, or just go where nobody listens any more."""
    with contextlib.suppress(IMAPClientError, OSError, ValueError):
        client.logout()
        return
    drop(client)


def drop(client: IMAPClient) -> None:
    """Go without a word: the server is gone."""
    with contextlib.suppress(IMAPClientError, OSError, ValueError):
        client.shutdown()


def _connect(inbox: Inbox) -> IMAPClient:
    place = inbox.server
    context = tls_context(inbox) if place.implicit else None
    timeout = SocketTimeout(connect=CONNECT_S, read=READ_S)
    with told(server_name(inbox), "cannot be reached", REACH_HINT), made_secure(server_name(inbox)):
        return IMAPClient(
            place.host, port=place.port, ssl=place.implicit, ssl_context=context, timeout=timeout, use_uid=True
        )


def _secure(client: IMAPClient, inbox: Inbox) -> None:
    hint = "It offers no STARTTLS? Then write imaps://. A certificate of your own needs ca_file."
    with told(server_name(inbox), INSECURE, hint), made_secure(server_name(inbox)):
        if not inbox.server.implicit:
            client.starttls(tls_context(inbox))


def _authenticate(client: IMAPClient, inbox: Inbox, secret: Secret) -> None:
    """Log in once; PLAIN where it is offered, as LOGIN takes ASCII alone (RFC 9051 §6.2.3)."""
    user, shown = inbox.server.user, secret.reveal()
    with told(server_name(inbox), "refused the login", LOGIN_HINT, secret, kind=LoginRefused):
        if inbox.oauth.is_on:
            # XOAUTH2 first: Google and Microsoft document it, and some servers offer OAUTHBEARER in name only
            bearer = client.has_capability("AUTH=OAUTHBEARER") and not client.has_capability("AUTH=XOAUTH2")
            (client.oauthbearer_login if bearer else client.oauth2_login)(user, shown)
            return
        login = client.plain_login if client.has_capability("AUTH=PLAIN") else client.login
        try:
            login(user, shown)
        except UnicodeError:
            raise LoginError("it takes only ASCII letters in a password") from None
