"""Keys: the private files (0600) with the HMAC keys, the opt-out keys of a small host, and the keys that sign mail.

Theory of operation. Whoever has the HMAC keys can forge opt-outs, and whoever loses them can find nobody's: a key file
is made once and never written over, and two processes that make it at once end with the same key. A DKIM key is not
replaced either, since mail under way is signed with it. The host that takes opt-outs gets a file of its own
(`mailer optouts export --key` writes it, `mailer serve --spool` reads it) without any relay, address or other key in
it: whoever steals it can forge opt-outs, and nothing else.

Never parses a DKIM key (`message` does); none of these reaches the ledger. Raises `ConfigProblem`.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mailer.config.secrets import read_private
from mailer.errors import ConfigProblem
from mailer.platform import replace_file
from mailer.settings import Dkim, Settings
from mailer.tokens import Keys, OptOutKeys

_VARIABLE: Final = "MAILER_KEYS"
_KIND: Final = "mailer opt-out key"


def read_given_keys(settings: Settings, root: Path, environ: Mapping[str, str]) -> Keys | None:
    """Return the HMAC keys from MAILER_KEYS (`ID HEX`, comma between several), else from the key file, else None.

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
    try:
        lines = read_private(path).decode("ascii").splitlines()
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
    """Create the HMAC key file with a new key, and return what it holds then.

    It is on disk when this returns: what a power loss took away would be missed by every opt-out.

    Raises:
        ConfigProblem: it cannot be kept there.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lines = "".join(f"{number} {secret.hex()}\n" for number, secret in new.secrets.items())
        with suppress(FileExistsError):  # of two who make it at once, the first one's stays
            replace_file(path, lines.encode(), new=True)
    except OSError as error:
        raise ConfigProblem(f"the key file {path} cannot be made: {error.strerror or error}") from None
    keys = read_keys(path)
    if keys is None:
        raise ConfigProblem(f"the key file {path} cannot be made: it is gone again")
    return keys


@dataclass(frozen=True, slots=True)
class DoorKey:
    """The keys of opt-out tokens, and who sends: the name on the page, and the address to write to."""

    keys: OptOutKeys = field(repr=False)
    organisation: str
    write_to: str
    base_url: str = ""


def write_door_key(path: Path, key: DoorKey) -> None:
    """Write the file (0600), in place of one that is there.

    Raises:
        ConfigProblem: it cannot be written there.
    """
    told = {
        "kind": _KIND,
        "organisation": key.organisation,
        "write_to": key.write_to,
        "base_url": key.base_url,
        "keys": {str(key_id): subkey.hex() for key_id, subkey in key.keys.subkeys.items()},
    }
    try:
        replace_file(path, f"{json.dumps(told, ensure_ascii=False, indent=1)}\n".encode())
    except OSError as error:
        raise _unwritten(path, error) from None


def read_door_key(path: Path) -> DoorKey:
    """Read the file.

    Raises:
        ConfigProblem: it is missing, can be read by others, or is none.
    """
    hint = "On the machine with the ledger: mailer optouts export --key FILE"
    try:
        text = read_private(path).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigProblem(f"{path} cannot be read", hint=hint) from None
    try:
        told = json.loads(text)
        good = told["kind"] == _KIND
        keys = {int(key_id): bytes.fromhex(subkey) for key_id, subkey in told["keys"].items()}
        words = [str(told.get(name, "")) for name in ("organisation", "write_to", "base_url")]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ConfigProblem(f"{path} is no key file of mailer optouts export --key", hint=hint) from None
    if not good or not keys or any(len(each) != 32 for each in keys.values()):
        raise ConfigProblem(f"{path} is damaged", hint=hint)
    organisation, write_to, base_url = (re.sub(r"\s+", " ", word) for word in words)
    return DoorKey(OptOutKeys(keys), organisation, write_to, base_url)


def read_dkim_keys(dkim: Dkim, root: Path) -> tuple[bytes, bytes | None]:
    """Read the RSA key and, where there is one, the Ed25519 key: PEM bytes, not looked into.

    Raises:
        ConfigProblem: a file is missing or can be read by others.
    """

    def read(what: str, name: str) -> bytes:
        path = root / Path(name).expanduser()
        try:
            return read_private(path, f"[dkim] {what}: ")
        except OSError as error:
            hint = "mailer dkim new-key   makes one" if isinstance(error, FileNotFoundError) else ""
            said = error.strerror or error
            raise ConfigProblem(f"[dkim] {what}: {path} cannot be read: {said}", hint=hint) from None

    second = read("ed25519_key_file", dkim.ed25519_key_file) if dkim.ed25519_key_file else None
    return read("key_file", dkim.key_file), second


def write_dkim_key(path: Path, pem: bytes) -> None:
    """Write a new private key (0600).

    Raises:
        ConfigProblem: there is a file of that name, or the folder cannot be written to.
    """
    try:
        replace_file(path, pem, new=True)
    except FileExistsError:
        raise ConfigProblem(
            f"{path} is there already, and a key is never replaced: mail under way is signed with it",
            hint="--selector NAME   makes a second key; both can be published at once",
        ) from None
    except OSError as error:
        raise _unwritten(path, error) from None


def _unwritten(path: Path, error: OSError) -> ConfigProblem:
    return ConfigProblem(f"{path} cannot be written: {error.strerror or error}")
