"""Door: what a small host needs to take opt-outs, in one private file.

Owns the file that `mailer optouts key` writes and `mailer serve --spool` reads: the opt-out keys and what the page
says of the sender. It holds no relay, no address of anybody and no other key: whoever steals it can forge opt-outs, and
nothing else. Raises `ConfigProblem`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from mailer.config.private import refuse_exposed, write_private
from mailer.errors import ConfigProblem
from mailer.tokens import OptOutKeys

_KIND = "mailer opt-out key"


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
        write_private(path, json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    except OSError as error:
        raise ConfigProblem(f"{path} cannot be written: {error.strerror or error}") from None


def read_door_key(path: Path) -> DoorKey:
    """Read the file.

    Raises:
        ConfigProblem: it is missing, can be read by others, or is none.
    """
    hint = "On the machine with the ledger: mailer optouts key --out FILE"
    try:
        refuse_exposed(path)
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigProblem(f"{path} cannot be read", hint=hint) from None
    try:
        told = json.loads(text)
        good = told["kind"] == _KIND
        keys = {int(key_id): bytes.fromhex(subkey) for key_id, subkey in told["keys"].items()}
        words = [str(told.get(name, "")) for name in ("organisation", "write_to", "base_url")]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ConfigProblem(f"{path} is no key file of mailer optouts key", hint=hint) from None
    if not good or not keys or any(len(each) != 32 for each in keys.values()):
        raise ConfigProblem(f"{path} is damaged", hint=hint)
    organisation, write_to, base_url = (re.sub(r"\s+", " ", word) for word in words)
    return DoorKey(OptOutKeys(keys), organisation, write_to, base_url)
