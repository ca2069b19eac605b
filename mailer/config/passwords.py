"""Passwords: fetched from where mailer.toml says they are, at the moment they are needed.

Owns the three places (an environment variable, a private file, a command of the staff's own), for a password and for
whatever else is secret. Never keeps one, never shows one, nor what a command printed: it could be half a password
(standards S3).
Raises `ConfigProblem`.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mailer.config.private import refuse_exposed
from mailer.errors import ConfigProblem
from mailer.settings import Inbox, Relay, Secret, SecretPlace

_COMMAND_S = 30.0


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose secret it is, for the sentence that says that there is none: `relay main`, `password`."""

    who: str
    what: str

    def without(self, why: str) -> ConfigProblem:
        """Return the problem that there is none."""
        return ConfigProblem(f"{self.who}: no {self.what}: {why}")


def read_password(relay: Relay, root: Path, environ: Mapping[str, str]) -> Secret | None:
    """Fetch the relay's password from where mailer.toml says it is; None where the relay wants none.

    `root` is the workspace's folder, `environ` the process's environment.

    Raises:
        ConfigProblem: it is not there, the file can be read by others, or the command failed.
    """
    return read_secret(relay.password, Owner(f"relay {relay.key}", "password"), root, environ)


def read_inbox_password(inbox: Inbox, root: Path, environ: Mapping[str, str]) -> Secret | None:
    """Fetch the password of a mailbox, as `read_password` does that of a relay."""
    return read_secret(inbox.password, Owner(f"inbox {inbox.key}", "password"), root, environ)


def read_secret(place: SecretPlace, owner: Owner, root: Path, environ: Mapping[str, str]) -> Secret | None:
    """Fetch a secret from its place; None where no place is named.

    Raises:
        ConfigProblem: it is not there, the file can be read by others, or the command failed.
    """
    if place.env:
        value = environ.get(place.env, "")
        if not value:
            raise owner.without(f"the variable {place.env} is empty or not set")
    elif place.file:
        value = _from_file(owner, root / Path(place.file).expanduser())
    elif place.command:
        value = _from_command(owner, place.command)
    else:
        return None
    return Secret(value)


def _from_file(owner: Owner, path: Path) -> str:
    try:
        refuse_exposed(path, f"{owner.who}: ")
        value = path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise owner.without(f"{path} cannot be read ({reason})") from None
    if not value:
        raise owner.without(f"{path} is empty")
    return value


def _from_command(owner: Owner, command: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the staff's own command, from their own mailer.toml, without a shell
            command, capture_output=True, timeout=_COMMAND_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise owner.without(f"{command[0]} did not run ({type(error).__name__})") from None
    # its output is not shown: it could be half a password
    if done.returncode:
        raise owner.without(f"{command[0]} ended with exit code {done.returncode}")
    try:
        value = done.stdout.decode("utf-8").split("\n")[0].removesuffix("\r")
    except UnicodeDecodeError:
        raise owner.without(f"{command[0]} printed something, and it is not text") from None
    if not value:
        raise owner.without(f"{command[0]} printed nothing on its first line")
    return value
