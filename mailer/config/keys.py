"""Keys: the HMAC keys of the workspace, from a private file or the environment.

Owns the key file (0600) and its making, once. Never writes over a key: it would make every opt-out unfindable.
Raises `ConfigProblem`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from mailer.config.private import refuse_exposed
from mailer.errors import ConfigProblem
from mailer.platform import sync_folder
from mailer.settings import Settings
from mailer.tokens import Keys

_VARIABLE = "MAILER_KEYS"


def read_given_keys(settings: Settings, root: Path, environ: Mapping[str, str]) -> Keys | None:
    """The HMAC keys from MAILER_KEYS (`ID HEX`, comma between several), else from the key file; None without one.

    Raises:
        ConfigProblem: the keys are damaged or readable by others.
    """
    given = environ.get(_VARIABLE, "")
    if not given:
        return read_keys(root / settings.keys.file)
    return _parse(given.split(","), _VARIABLE)


def read_or_make_keys(settings: Settings, root: Path, environ: Mapping[str, str], *, new: Keys | None = None) -> Keys:
    """Return the HMAC keys, making the key file where there is none yet, of `new` if given.

    Raises:
        ConfigProblem: the keys are damaged or readable by others.
    """
    return read_given_keys(settings, root, environ) or make_keys(root / settings.keys.file, new or passing_keys())


def passing_keys() -> Keys:
    """Return keys that nobody has kept yet: for a dry run in a workspace that has never sent."""
    return Keys(1, {1: secrets.token_bytes(32)})


def read_keys(path: Path) -> Keys | None:
    """Read the HMAC key file: lines of `ID HEX`, the last one current; None where there is no file.

    Raises:
        ConfigProblem: the file can be read by others, or does not have this form.
    """
    if not path.exists():
        return None
    refuse_exposed(path)
    try:
        lines = path.read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ConfigProblem(f"{path} cannot be read") from None
    return _parse(lines, str(path))


def _parse(lines: list[str], source: str) -> Keys:
    try:
        pairs = [line.split() for line in lines if line.strip()]
        found = {int(number): bytes.fromhex(text) for number, text in pairs}
        current = int(pairs[-1][0])
    except (ValueError, IndexError):
        raise ConfigProblem(f"{source} is damaged: a number, a blank and a key in hexadecimal") from None
    if len(found) < len(pairs):
        raise ConfigProblem(f"{source} is damaged: two keys have the same number")
    if any(len(secret) < 16 for secret in found.values()) or not all(0 <= number <= 255 for number in found):
        raise ConfigProblem(f"{source} is damaged: a key has at least 16 bytes and a number up to 255")
    return Keys(current, found)


def make_keys(path: Path, new: Keys) -> Keys:
    """Make the HMAC key file (0600) with a new key, and give what it holds then.

    Two processes that do so at once end with the same key.

    It is on disk when this returns: what a power loss took away would be missed by every opt-out.

    Raises:
        ConfigProblem: it cannot be kept there.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_once(path, "".join(f"{number} {secret.hex()}\n" for number, secret in new.secrets.items()))
    except OSError as error:
        raise ConfigProblem(f"the key file {path} cannot be made: {error.strerror or error}") from None
    keys = read_keys(path)
    if keys is None:
        raise ConfigProblem(f"the key file {path} cannot be made: it is gone again")
    return keys


def _write_once(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".keys.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # link refuses to replace: whoever is second reads the first one's key
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()
    sync_folder(path.parent)
