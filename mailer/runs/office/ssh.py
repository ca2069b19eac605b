"""SSH: who signed a text, by `ssh-keygen -Y`: keys with a passphrase, in an agent, on a token work as they do for git.

A signature is made for a purpose, its namespace: one that was given for a plan proves nothing else. Whose a key is, a
file of allowed signers says (ssh-keygen(1), ALLOWED SIGNERS), with the times in which it may be used.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from mailer import lazy_re as re
from mailer.errors import ConfigProblem, InputProblem

_PATIENCE_S: Final = 120.0  # a passphrase is typed, a key is touched
_FINGERPRINT: Final = re.compile(r"\bSHA256:[A-Za-z0-9+/=]+")
_NAMES: Final = re.compile(r'^[ \t]*(?:"([^"\n]+)"|([^\s"#]\S*))', re.MULTILINE)


def sign(text: bytes, key: Path, namespace: str, *, asks: bool) -> bytes:
    """Sign a text with a key, a file or (its .pub) one that the SSH agent has; `asks`: somebody can type a passphrase.

    Raises:
        ConfigProblem: ssh-keygen is not installed.
        InputProblem: the key cannot be used, in ssh-keygen's own words.
    """
    with _as_file(text) as file:
        done = _run(["sign", "-q", "-n", namespace, "-f", str(key), file], b"", asks=asks)
        made = Path(f"{file}.sig")
        if done.returncode or not made.exists():
            why = (done.stderr or b"").decode(errors="replace").strip().splitlines()
            raise InputProblem(f"this key cannot sign{f': {why[-1]}' if why else ''}", source=str(key))
        return made.read_bytes()


def fingerprint(text: bytes, signature: bytes, namespace: str) -> str:
    """Return the fingerprint of the key that signed a text, whoever's it is; empty where none did."""
    return _fingerprint(text, signature, ["check-novalidate", "-n", namespace])


def verify(text: bytes, signature: bytes, namespace: str, *, signers: Path, name: str, at: datetime) -> str:
    """Return the fingerprint of the key with which somebody signed a text; empty where it is not their signature.

    `at` is the moment at which the key must be allowed (valid-after and valid-before of its line).
    """
    words = ["verify", "-n", namespace, "-f", str(signers), "-I", name, _verify_time(at)]
    return _fingerprint(text, signature, words)


def find_signers(signature: bytes, *, signers: Path, at: datetime) -> list[str]:
    """Return whose signature it may be; a pattern is nobody's name."""
    with _as_file(signature) as file:
        done = _run(["find-principals", "-f", str(signers), "-s", file, _verify_time(at)], b"")
    names = done.stdout.decode(errors="replace").splitlines() if not done.returncode else []
    return [name.strip() for name in names if name.strip() and not re.search(r"[*?!]", name)]


def read_names(signers: Path) -> list[str]:
    """Return the names and patterns for which a file of allowed signers has a key."""
    return [name for m in _NAMES.finditer(signers.read_text("utf-8", "replace")) for name in (m[1] or m[2]).split(",")]


def _fingerprint(text: bytes, signature: bytes, words: Sequence[str]) -> str:
    with _as_file(signature) as file:
        done = _run([*words, "-s", file], text)
    found = _FINGERPRINT.search(done.stdout.decode(errors="replace"))
    return found[0] if found and not done.returncode else ""


def _verify_time(at: datetime) -> str:
    """Return the option; without a zone it is this machine's own time, which every version of ssh-keygen reads."""
    return f"-Overify-time={at.astimezone():%Y%m%d%H%M%S}"


@contextmanager
def _as_file(data: bytes) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="mailer-sign-") as folder:
        file = Path(folder) / "text"
        file.write_bytes(data)
        yield str(file)


def _run(words: Sequence[str], data: bytes, *, asks: bool = False) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("ssh-keygen")
    if program is None:
        raise ConfigProblem(
            "ssh-keygen is not installed, and without it nothing can be signed or verified",
            hint="Install OpenSSH: apt install openssh-client, or on Windows the optional feature OpenSSH Client.",
        )
    try:
        # who can be asked sees ssh-keygen's own words: "Enter passphrase", "Confirm user presence"
        return subprocess.run(  # noqa: S603 - the program found in PATH, with arguments of ours, without a shell
            [program, "-Y", *words],
            input=None if asks else data,
            stdout=subprocess.PIPE,
            stderr=None if asks else subprocess.PIPE,
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigProblem(f"ssh-keygen could not be run: {error}") from None
