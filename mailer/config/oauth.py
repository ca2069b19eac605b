"""OAuth: the refresh token of a relay or a mailbox, read at the moment it is needed, and kept when a new one comes.

Owns the private file (0600) that a refresh token stands in; a new one takes its place atomically. Never asks a token
endpoint (`runs` does, over `fetch`), never writes to a variable or a command's store.
Raises `ConfigProblem`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mailer.config.passwords import Owner, read_inbox_password, read_password, read_secret
from mailer.config.private import write_private
from mailer.errors import ConfigProblem
from mailer.settings import Credential, Grant, Inbox, OAuth, Relay, Secret


def read_credential(relay: Relay, root: Path, environ: Mapping[str, str]) -> Credential | None:
    """Fetch what logs in to a relay: its password, or what access tokens are made from; None where it wants nothing.

    Raises:
        ConfigProblem: it is not there, a file can be read by others, or a command failed.
    """
    if not relay.oauth.is_on:
        return read_password(relay, root, environ)
    return _read_grant(relay.oauth, f"relay {relay.key}", root, environ)


def read_inbox_credential(inbox: Inbox, root: Path, environ: Mapping[str, str]) -> Credential | None:
    """Fetch what logs in to a mailbox, as `read_credential` does for a relay; None where it is a file.

    Raises:
        ConfigProblem: as `read_credential`.
    """
    if not inbox.oauth.is_on:
        return read_inbox_password(inbox, root, environ)
    return _read_grant(inbox.oauth, f"inbox {inbox.key}", root, environ)


def _read_grant(oauth: OAuth, who: str, root: Path, environ: Mapping[str, str]) -> Grant:
    token = read_secret(oauth.refresh_token, Owner(who, "refresh token"), root, environ)
    if token is None:  # the settings see to it that a place is named
        raise Owner(who, "refresh token").without("mailer.toml names no place for it")
    return Grant(token, read_secret(oauth.client_secret, Owner(who, "client secret"), root, environ))


def read_kept_token(oauth: OAuth, who: str, root: Path) -> Secret | None:
    """Read the refresh token again from its file: another process may have put a new one there; None without a file.

    `who` is whose it is (`relay main`), for the sentence that tells what is wrong.

    Raises:
        ConfigProblem: it is gone, or can be read by others.
    """
    if not oauth.refresh_token_file:
        return None
    return read_secret(oauth.refresh_token, Owner(who, "refresh token"), root, {})


def keep_token(oauth: OAuth, who: str, root: Path, token: Secret) -> bool:
    """Put a new refresh token in place of the old one in its file; False where it is not kept in a file.

    It is on disk when this returns: some providers take the old one back.

    Raises:
        ConfigProblem: it cannot be written; the old one stands there unharmed.
    """
    if not oauth.refresh_token_file:
        return False
    path = root / Path(oauth.refresh_token_file).expanduser()
    path = path.resolve()  # a link stays a link
    try:
        write_private(path, token.reveal() + "\n")
    except OSError as error:
        raise ConfigProblem(f"{who}: a new refresh token cannot be kept in {path}: {error.strerror or error}") from None
    return True
