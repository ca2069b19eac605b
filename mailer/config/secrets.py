"""Secrets: passwords and tokens, fetched from where mailer.toml says they are, at the moment they are needed.

Owns the three places: an environment variable, a private file (0600), a command of the staff's own. Never keeps one in
memory, never shows one, nor what a command printed: it could be half a password (standards S3). A refresh token that
the provider replaces takes the old one's place in its file, atomically; a variable or a command's store is never
written to. Never asks a token endpoint (`runs` does, over `fetch`).
Raises `ConfigProblem`.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mailer.errors import ConfigProblem
from mailer.platform import others_can_read, replace_file
from mailer.settings import Credential, Grant, Inbox, OAuth, Relay, Secret, Webhooks
from mailer.settings.secret import SecretPlace

_COMMAND_S: Final = 30.0
_MAX_BYTES: Final = 100_000  # what is longer is no key and no password


@dataclass(frozen=True, slots=True)
class HookSecrets:
    """Mailgun's signing key and the password that Postmark shows; None where that relay is not listened to."""

    mailgun: Secret | None = None
    postmark: Secret | None = None


def read_private(path: Path, whose: str = "") -> bytes:
    """Read a file that only its owner may read; `whose` begins the sentence that refuses it (`relay main: `).

    Raises:
        ConfigProblem: others can read it.
        OSError: it cannot be read.
    """
    if others_can_read(path):
        raise ConfigProblem(f"{whose}{path} can be read by others on this machine", hint=f"chmod 600 {path}")
    with path.open("rb") as file:
        return file.read(_MAX_BYTES)


def read_password(where: Relay | Inbox, root: Path, environ: Mapping[str, str]) -> Secret | None:
    """Fetch the password of a relay or a mailbox from where mailer.toml says it is; None where it wants none.

    `root` is the workspace's folder, `environ` the process's environment.

    Raises:
        ConfigProblem: it is not there, the file can be read by others, or the command failed.
    """
    return _read(where.password, _named(where), root, environ)


def read_credential(where: Relay | Inbox, root: Path, environ: Mapping[str, str]) -> Credential | None:
    """Fetch what logs in: a password, or what access tokens are made from; None where nothing is wanted.

    Raises:
        ConfigProblem: as `read_password`.
    """
    if not where.oauth.is_on:
        return read_password(where, root, environ)
    token = _read(where.oauth.refresh_token, _named(where), root, environ)
    if token is None:  # the settings see to it that a place is named
        raise ConfigProblem(f"{_named(where)}: no refresh token: mailer.toml names no place for it")
    return Grant(token, _read(where.oauth.place_of("client_secret"), _named(where), root, environ))


def _named(where: Relay | Inbox) -> str:
    return f"{'relay' if isinstance(where, Relay) else 'inbox'} {where.key}"


def read_hook_secrets(webhooks: Webhooks, root: Path, environ: Mapping[str, str]) -> HookSecrets:
    """Fetch that by which relays prove that it is they who tell something.

    Raises:
        ConfigProblem: as `read_password`.
    """
    return HookSecrets(
        mailgun=_read(webhooks.mailgun.place_of("signing_key"), "[webhooks.mailgun]", root, environ),
        postmark=_read(webhooks.postmark.password, "[webhooks.postmark]", root, environ),
    )


def read_kept_token(oauth: OAuth, who: str, root: Path) -> Secret | None:
    """Read the refresh token again from its file: another process may have put a new one there; None without a file.

    `who` is whose it is (`relay main`), for the sentence that tells what is wrong.

    Raises:
        ConfigProblem: it is gone, or can be read by others.
    """
    return _read(oauth.refresh_token, who, root, {}) if oauth.refresh_token_file else None


def keep_token(oauth: OAuth, who: str, root: Path, token: Secret) -> bool:
    """Put a new refresh token in place of the old one in its file; False where it is not kept in a file.

    It is on disk when this returns: some providers take the old one back.

    Raises:
        ConfigProblem: it cannot be written; the old one stands there unharmed.
    """
    if not oauth.refresh_token_file:
        return False
    path = (root / Path(oauth.refresh_token_file).expanduser()).resolve()  # a link stays a link
    try:
        replace_file(path, f"{token.reveal()}\n".encode())
    except OSError as error:
        raise ConfigProblem(f"{who}: a new refresh token cannot be kept in {path}: {error.strerror or error}") from None
    return True


def _read(place: SecretPlace, who: str, root: Path, environ: Mapping[str, str]) -> Secret | None:
    """Fetch a secret from its place; None where no place is named."""
    if not place.is_given:
        return None
    value, why = "", ""
    if place.env:
        value, why = environ.get(place.env, ""), f"the variable {place.env} is empty or not set"
    elif place.file:
        path = root / Path(place.file).expanduser()
        try:
            value, why = read_private(path, f"{who}: ").decode("utf-8").rstrip("\r\n"), f"{path} is empty"
        except (OSError, UnicodeDecodeError) as error:
            why = f"{path} cannot be read ({error.strerror if isinstance(error, OSError) else 'it is not text'})"
    else:
        program = place.command[0]
        try:
            done = subprocess.run(  # noqa: S603 - the staff's own command, from their own mailer.toml, without a shell
                place.command, capture_output=True, timeout=_COMMAND_S, check=False
            )
            # its output is not shown: it could be half a password
            if done.returncode:
                why = f"{program} ended with exit code {done.returncode}"
            else:
                value = done.stdout.decode("utf-8").split("\n")[0].removesuffix("\r")
                why = f"{program} printed nothing on its first line"
        except UnicodeDecodeError:
            why = f"{program} printed something, and it is not text"
        except (OSError, subprocess.TimeoutExpired) as error:
            why = f"{program} did not run ({type(error).__name__})"
    if not value:
        raise ConfigProblem(f"{who}: no {place.name.replace('_', ' ')}: {why}")
    return Secret(value)
