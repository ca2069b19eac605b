"""Secrets: passwords, tokens and keys, read from their places when they are needed.

Owns three places of a password or a token: an environment variable, a private file (0600), a command of the staff's
own; and the private files with the HMAC keys, the opt-out keys of a small host, and the keys that sign mail. Never
keeps a secret in memory, never shows one, nor the output of a command, which could be half a password. A new refresh
token from the provider replaces the old one in its file, atomically; a variable or a command's store is never written
to.

Theory of operation of keys. Whoever has the HMAC keys can forge opt-outs; without them, no opt-out finds its delivery.
So a key file is made once and never overwritten, and two processes that make it at once end with the same key. A DKIM
key is not replaced either, since mail under way is signed with it. The host that takes opt-outs gets a file of its own
(`mailer optouts export --key` writes it, `mailer serve --spool` reads it) without any relay, address or other key in
it: a thief could forge opt-outs, and nothing else.

Never asks a token endpoint (`runs` does, over `fetch`), never parses a DKIM key (`message` does); none of these reaches
the ledger. Raises `ConfigProblem` if a secret is not in its place, is damaged, can be read by others on this
machine, or cannot be stored there.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from mailer.errors import ConfigProblem
from mailer.frozen import dataclass, field
from mailer.platform import others_can_read, replace_file
from mailer.settings import Credential, Dkim, Grant, Inbox, OAuth, Relay, Secret, Settings, Webhooks
from mailer.settings.table import SecretPlace
from mailer.tokens import Keys, OptOutKeys

_COMMAND_S: Final = 30.0
_MAX_BYTES: Final = 100_000  # a longer one is no key and no password
_VARIABLE: Final = "MAILER_KEYS"
_KIND: Final = "mailer opt-out key"


@dataclass(frozen=True, slots=True)
class HookSecrets:
    """Mailgun's signing key and the password that Postmark shows; None if that relay's webhook is off."""

    mailgun: Secret | None = None
    postmark: Secret | None = None


def read_private(path: Path, prefix: str = "") -> bytes:
    """Read a file that only its owner may read; `prefix` begins the message of a refusal (`relay main: `).

    Raises ConfigProblem if others can read it; OSError if it cannot be read.
    """
    if others_can_read(path):
        raise ConfigProblem(f"{prefix}{path} can be read by others on this machine", hint=f"chmod 600 {path}")
    with path.open("rb") as file:
        return file.read(_MAX_BYTES)


def read_credential(account: Relay | Inbox, root: Path, environ: Mapping[str, str]) -> Credential | None:
    """Return what logs in to an account: a password, or a grant for access tokens; None if it needs neither.

    `root` is the workspace's folder, `environ` the process's environment.
    """
    owner = named(account)
    if not account.oauth.is_on:
        return read_secret(account.password, owner, root, environ)
    token = read_secret(account.oauth.refresh_token, owner, root, environ)
    if token is None:  # the settings have checked that a place is named
        raise ConfigProblem(f"{owner}: no refresh token: mailer.toml does not say where it is")
    return Grant(token, read_secret(account.oauth.place_of("client_secret"), owner, root, environ))


def named(account: Relay | Inbox) -> str:
    """Return the owner of a secret, for a sentence about it."""
    return f"{'relay' if isinstance(account, Relay) else 'inbox'} {account.key}"


def read_hook_secrets(webhooks: Webhooks, root: Path, environ: Mapping[str, str]) -> HookSecrets:
    """Return the secrets by which relays prove that an event is theirs."""
    return HookSecrets(
        mailgun=read_secret(webhooks.mailgun.place_of("signing_key"), "[webhooks.mailgun]", root, environ),
        postmark=read_secret(webhooks.postmark.password, "[webhooks.postmark]", root, environ),
    )


def read_kept_token(oauth: OAuth, owner: str, root: Path) -> Secret | None:
    """Read the refresh token again from its file: another process may have stored a new one; None without a file.

    `owner` (`relay main`) is for the message of an error.
    """
    return read_secret(oauth.refresh_token, owner, root, {}) if oauth.refresh_token_file else None


def keep_token(oauth: OAuth, owner: str, root: Path, token: Secret) -> bool:
    """Replace a refresh token in its file; return False if it is not kept in a file.

    It is on disk when this returns: some providers revoke the old one. If it cannot be written, the old one stays.
    """
    if not oauth.refresh_token_file:
        return False
    path = (root / Path(oauth.refresh_token_file).expanduser()).resolve()  # a link stays a link
    _write(path, f"{token.reveal()}\n".encode(), f"{owner}: a new refresh token cannot be kept in {path}")
    return True


def places_of(settings: Settings) -> Iterator[tuple[SecretPlace, str]]:
    """Yield the place of every password and token that mailer.toml names, with its owner."""
    yield settings.webhooks.mailgun.place_of("signing_key"), "[webhooks.mailgun]"
    yield settings.webhooks.postmark.password, "[webhooks.postmark]"
    yield settings.desk.login.place_of("client_secret"), "[desk.login]"
    owners: tuple[Relay | Inbox, ...] = (*settings.relays.values(), *settings.inbox.values())
    for each in owners:
        for place in (each.password, each.oauth.refresh_token, each.oauth.place_of("client_secret")):
            yield place, named(each)


def find_missing(settings: Settings, root: Path, environ: Mapping[str, str]) -> list[str]:
    """Return a sentence for each secret of mailer.toml that is missing on this host.

    A command is looked up, not run: it might ask someone for a passphrase.
    """
    missing = []
    for place, owner in places_of(settings):
        program = place.command[0] if place.command else ""
        if program and shutil.which(program) is None:
            missing.append(f"{owner}: no {place.name.replace('_', ' ')}: there is no program {program}")
        try:
            if not program:
                read_secret(place, owner, root, environ)
        except ConfigProblem as problem:
            missing.append(str(problem))
    try:
        if settings.dkim.is_on:
            read_dkim_keys(settings.dkim, root)
        if read_given_keys(settings, root, environ) is None:
            missing.append(f"the keys: {_VARIABLE} is not set, and there is no {settings.keys.file}")
    except ConfigProblem as problem:
        missing.append(str(problem))
    return missing


def read_secret(place: SecretPlace, owner: str, root: Path, environ: Mapping[str, str]) -> Secret | None:
    """Read a secret from its place; None if no place is named."""
    if not place.is_given:
        return None
    value, why = "", ""
    if place.env:
        value, why = environ.get(place.env, ""), f"the variable {place.env} is empty or not set"
    elif place.file:
        path = root / Path(place.file).expanduser()
        try:
            value, why = read_private(path, f"{owner}: ").decode("utf-8").rstrip("\r\n"), f"{path} is empty"
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
        raise ConfigProblem(f"{owner}: no {place.name.replace('_', ' ')}: {why}")
    return Secret(value)


def _write(path: Path, data: bytes, failure: str, *, new: bool = False) -> None:
    """Write a private file (0600), over an existing one unless `new`; `failure` begins the message of an error."""
    try:
        replace_file(path, data, new=new)
    except FileExistsError:
        raise
    except OSError as error:
        raise ConfigProblem(f"{failure}: {error.strerror or error}") from None


def read_given_keys(settings: Settings, root: Path, environ: Mapping[str, str]) -> Keys | None:
    """Return the HMAC keys from MAILER_KEYS (`ID HEX`, comma between several), else from the key file, else None."""
    given = environ.get(_VARIABLE, "")
    return _parse(given.split(","), _VARIABLE) if given else read_keys(root / settings.keys.file)


def read_or_make_keys(settings: Settings, root: Path, environ: Mapping[str, str], *, new: Keys | None = None) -> Keys:
    """Return the HMAC keys, making the key file if there is none yet, of `new` if given.

    It is on disk when this returns: without a key that a power loss took, no opt-out would be found.
    """
    keys = read_given_keys(settings, root, environ)
    if keys is not None:
        return keys
    path, new = root / settings.keys.file, new or unsaved_keys()
    unmade = f"the key file {path} cannot be made"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigProblem(f"{unmade}: {error.strerror or error}") from None
    lines = "".join(f"{number} {secret.hex()}\n" for number, secret in new.secrets.items())
    with suppress(FileExistsError):  # of two processes that make it at once, the first one's stays
        _write(path, lines.encode(), unmade, new=True)
    keys = read_keys(path)
    if keys is None:
        raise ConfigProblem(f"{unmade}: it is gone again")
    return keys


def unsaved_keys() -> Keys:
    """Return keys that are not stored anywhere: for a dry run in a workspace that has never sent."""
    return Keys(1, {1: secrets.token_bytes(32)})


def read_keys(path: Path) -> Keys | None:
    """Read the HMAC key file: lines of `ID HEX`, the last one current; None if there is no file."""
    if not path.exists():
        return None
    try:
        return _parse(read_private(path).decode("ascii").splitlines(), str(path))
    except (OSError, UnicodeDecodeError):
        raise ConfigProblem(f"{path} cannot be read") from None


def _parse(lines: list[str], source: str) -> Keys:
    try:
        pairs = [
            (int(number), bytes.fromhex(text)) for number, text in (line.split() for line in lines if line.strip())
        ]
        keys = Keys(pairs[-1][0], dict(pairs))
    except (ValueError, IndexError):
        raise ConfigProblem(f"{source} is damaged: a number, a blank and a key in hexadecimal") from None
    if len(keys.secrets) < len(pairs):
        raise ConfigProblem(f"{source} is damaged: two keys have the same number")
    if not all(len(secret) >= 16 and 0 <= number <= 255 for number, secret in pairs):
        raise ConfigProblem(f"{source} is damaged: a key has at least 16 bytes and a number up to 255")
    return keys


@dataclass(frozen=True, slots=True)
class OptOutKeyFile:
    """The keys of opt-out tokens, and the sender: the name on the page, and the address to write to."""

    keys: OptOutKeys = field(repr=False)
    organisation: str
    write_to: str
    base_url: str = ""


_TEXTS: Final = ("organisation", "write_to", "base_url")


def write_opt_out_key_file(path: Path, key: OptOutKeyFile) -> None:
    """Write the file (0600), over an existing one."""
    keys = {str(key_id): subkey.hex() for key_id, subkey in key.keys.subkeys.items()}
    document = {"kind": _KIND, **{name: getattr(key, name) for name in _TEXTS}, "keys": keys}
    _write(path, f"{json.dumps(document, ensure_ascii=False, indent=1)}\n".encode(), f"{path} cannot be written")


def read_opt_out_key_file(path: Path) -> OptOutKeyFile:
    """Read the file."""
    hint = "On the machine with the ledger: mailer optouts export --key FILE"
    try:
        text = read_private(path).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigProblem(f"{path} cannot be read", hint=hint) from None
    try:
        document = json.loads(text)
        good = document["kind"] == _KIND
        keys = {int(key_id): bytes.fromhex(subkey) for key_id, subkey in document["keys"].items()}
        words = [str(document.get(name, "")) for name in _TEXTS]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ConfigProblem(f"{path} is not a key file from mailer optouts export --key", hint=hint) from None
    if not good or not keys or any(len(each) != 32 for each in keys.values()):
        raise ConfigProblem(f"{path} is damaged", hint=hint)
    organisation, write_to, base_url = (re.sub(r"\s+", " ", word) for word in words)
    return OptOutKeyFile(OptOutKeys(keys), organisation, write_to, base_url)


def read_dkim_keys(dkim: Dkim, root: Path) -> tuple[bytes, bytes | None]:
    """Read the RSA key and, if there is one, the Ed25519 key: PEM bytes, not parsed."""

    def read(what: str, name: str) -> bytes:
        path = root / Path(name).expanduser()
        try:
            return read_private(path, f"[dkim] {what}: ")
        except OSError as error:
            hint = "mailer dkim new-key   makes one" if isinstance(error, FileNotFoundError) else ""
            reason = error.strerror or error
            raise ConfigProblem(f"[dkim] {what}: {path} cannot be read: {reason}", hint=hint) from None

    second = read("ed25519_key_file", dkim.ed25519_key_file) if dkim.ed25519_key_file else None
    return read("key_file", dkim.key_file), second


def write_dkim_key(path: Path, pem: bytes) -> None:
    """Write a new private key (0600), never over another one."""
    try:
        _write(path, pem, f"{path} cannot be written", new=True)
    except FileExistsError:
        raise ConfigProblem(
            f"{path} already exists, and a key is never replaced: mail on its way is signed with it",
            hint="--selector NAME   makes a second key; both can be published at once",
        ) from None
