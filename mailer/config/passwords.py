"""Passwords: fetched from where mailer.toml says they are, at the moment they are needed.

Owns the three places (an environment variable, a private file, a command of the staff's own). Never keeps a password,
never shows one, nor what a command printed: it could be half a password (standards S3).
Raises `ConfigProblem`.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from mailer.errors import ConfigProblem
from mailer.settings import Relay, Secret

_COMMAND_S = 30.0


def read_password(relay: Relay, root: Path, environ: Mapping[str, str]) -> Secret | None:
    """Fetch the relay's password from where mailer.toml says it is; None where the relay wants none.

    `root` is the workspace's folder, `environ` the process's environment.

    Raises:
        ConfigProblem: it is not there, the file can be read by others, or the command failed.
    """
    if relay.password_env:
        value = environ.get(relay.password_env, "")
        if not value:
            raise _no_password(relay, f"the variable {relay.password_env} is empty or not set")
    elif relay.password_file:
        value = _password_from_file(relay, root / Path(relay.password_file).expanduser())
    elif relay.password_command:
        value = _password_from_command(relay)
    else:
        return None
    return Secret(value)


def _no_password(relay: Relay, why: str) -> ConfigProblem:
    return ConfigProblem(f"relay {relay.key}: no password: {why}")


def _password_from_file(relay: Relay, path: Path) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigProblem(f"relay {relay.key}: {path} can be read by others", hint=f"chmod 600 {path}")
        value = path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise _no_password(relay, f"{path} cannot be read ({reason})") from None
    if not value:
        raise _no_password(relay, f"{path} is empty")
    return value


def _password_from_command(relay: Relay) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the staff's own command, from their own mailer.toml, without a shell
            relay.password_command, capture_output=True, timeout=_COMMAND_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _no_password(relay, f"{relay.password_command[0]} did not run ({type(error).__name__})") from None
    # its output is not shown: it could be half a password
    if done.returncode:
        raise _no_password(relay, f"{relay.password_command[0]} ended with exit code {done.returncode}")
    try:
        value = done.stdout.decode("utf-8").split("\n")[0].removesuffix("\r")
    except UnicodeDecodeError:
        raise _no_password(relay, f"{relay.password_command[0]} printed something, and it is not text") from None
    if not value:
        raise _no_password(relay, f"{relay.password_command[0]} printed nothing on its first line")
    return value
