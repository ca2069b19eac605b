"""DKIM key files: private keys that sign mail, read at the moment they are needed.

Owns the files' privacy (0600) and their making, once: a new key never replaces one, since mail that is under way was
signed with it. Never parses a key (`message` does), never keeps one, and none of it reaches the ledger.
Raises `ConfigProblem`.
"""

from __future__ import annotations

import os
from pathlib import Path

from mailer.config.private import refuse_exposed
from mailer.errors import ConfigProblem
from mailer.settings import Dkim

_MAX_BYTES = 100_000


def read_dkim_keys(dkim: Dkim, root: Path) -> tuple[bytes, bytes | None]:
    """Read the RSA key and, where there is one, the Ed25519 key: PEM bytes, not looked into.

    Raises:
        ConfigProblem: a file is missing or can be read by others.
    """
    second = _read("ed25519_key_file", root, dkim.ed25519_key_file) if dkim.ed25519_key_file else None
    return _read("key_file", root, dkim.key_file), second


def write_dkim_key(path: Path, pem: bytes) -> None:
    """Write a new private key (0600).

    Raises:
        ConfigProblem: there is a file of that name, or the folder cannot be written to.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigProblem(
            f"{path} is there already, and a key is never replaced: mail under way is signed with it",
            hint="--selector NAME   makes a second one; both can stand in the DNS at once",
        ) from None
    except OSError as error:
        raise _cannot(path, error) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)  # half a key would only be in the way of the next try
        raise _cannot(path, error) from None


def _cannot(path: Path, error: OSError) -> ConfigProblem:
    return ConfigProblem(f"{path} cannot be written: {error.strerror or error}")


def _read(what: str, root: Path, name: str) -> bytes:
    path = root / Path(name).expanduser()
    try:
        refuse_exposed(path, f"[dkim] {what}: ")
        with path.open("rb") as file:
            return file.read(_MAX_BYTES)
    except OSError as error:
        hint = "mailer dkim new-key   makes one" if isinstance(error, FileNotFoundError) else ""
        said = error.strerror or error
        raise ConfigProblem(f"[dkim] {what}: {path} cannot be read: {said}", hint=hint) from None
