"""Sign: DKIM signatures in front of a finished message.

Owns the choice of the signed fields and the making of the DKIM-Signature field: RSA, and Ed25519 beside it where there
is a second key, relaxed/relaxed, without `l=` (standards F18). The bytes it takes are the bytes it gives, with fields
in front; nothing may change them afterwards but the wire's dot-stuffing. What all messages of a mailing share (keys,
the list of fields, the field up to `t=`) is made once.
Never reads the clock: `now` becomes `t=`. Raises `ConfigProblem` for a key, `ValueError` for a message without From.

Fields are oversigned, listed once more than they stand there, so that a second Subject or From that somebody adds on
the way breaks the signature (RFC 6376 §5.4, §8.15). From, Reply-To and both List-Unsubscribe fields are so also where
they are absent: nobody can add an answer address or an opt-out of their own. The price, paid knowingly: a mailing list
that passes a release on and adds its List-Unsubscribe breaks our signature, and has to sign with its own.
RFC 6376, RFC 8301, RFC 8463; RFC 8058 §4 (both List-Unsubscribe fields in `h=`, standards F17).
Gaps: no `x=`, no `i=`; one domain for all.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from mailer.message.dkim_key import SigningKey, load_ed25519, load_rsa
from mailer.message.headers import FOLD_AT

_ALWAYS = (b"from", b"reply-to", b"list-unsubscribe", b"list-unsubscribe-post")  # oversigned also where absent
_SIGNED = (
    *(b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type", b"reply-to", b"list-id"),
    *(b"list-unsubscribe", b"list-unsubscribe-post"),
)
_NAMES = frozenset(_SIGNED)


@dataclass(frozen=True, slots=True)
class _Key:
    start: bytes  # the field up to and with `t=`, folded
    sign: Callable[[bytes], bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs the messages of a mailing for one domain; `make_signer` makes it."""

    domain: str
    keys: tuple[_Key, ...] = field(repr=False)


def make_signer(domain: str, rsa: SigningKey, ed25519: SigningKey | None = None) -> Signer:
    """Build what signs a mailing; reading a key costs as much as some hundred signatures, so it is done once.

    `domain` is `d=`, in A-labels. With `ed25519`, every message gets a second signature.

    Raises:
        ConfigProblem: a key cannot be used, or `cryptography` is not installed.
    """
    keys = [_Key(_start("rsa-sha256", domain, rsa.selector), load_rsa(rsa.pem))]
    if ed25519 is not None:
        keys.append(_Key(_start("ed25519-sha256", domain, ed25519.selector), load_ed25519(ed25519.pem)))
    return Signer(domain, tuple(keys))


def sign_message(data: bytes, signer: Signer, *, now: datetime) -> bytes:
    """Return the message with its DKIM-Signature fields in front.

    `data` is the final message: CRLF line ends, Date set, not dot-stuffed. `now` is aware and becomes `t=`.

    Raises:
        ValueError: `now` is naive or the message has no From: a mistake in our own code.
    """
    if now.utcoffset() is None:
        raise ValueError("the time of a signature needs its zone")
    header, _, body = data.partition(b"\r\n\r\n")
    found = canonicalise_header(header, _NAMES)
    if b"from" not in found:
        raise ValueError("a message without From cannot be signed (RFC 6376 §5.4)")
    names: list[bytes] = []
    lines: list[bytes] = []
    for name in _SIGNED:  # in `h=`, a name beyond the fields there stands for nothing
        there = found.get(name, ())
        names += [name] * (len(there) + 1 if there else int(name in _ALWAYS))
        lines += reversed(there)  # RFC 6376 §5.4.2: from the bottom of the header up
    signed = b"".join(line + b"\r\n" for line in lines)
    digest = hashlib.sha256(canonicalise_body(body)).digest()
    listed, hashed = _compose_names(tuple(names)), base64.b64encode(digest)
    end = b"%d;\r\n %b;\r\n bh=%b;\r\n b=" % (int(now.timestamp()), listed, hashed)
    fields = []
    for key in signer.keys:
        unsigned = key.start + end
        # RFC 6376 §3.7: the field itself comes last, with an empty `b=` and without its line end
        signature = base64.b64encode(key.sign(signed + canonicalise_field(unsigned)))
        first, width = FOLD_AT - len(" b="), FOLD_AT - 1
        rest = (signature[start : start + width] for start in range(first, len(signature), width))
        fields.append(b"\r\n ".join([unsigned + signature[:first], *rest]) + b"\r\n")
    return b"".join([*fields, data])


def _start(algorithm: str, domain: str, selector: str) -> bytes:
    tags = ["v=1;", f"a={algorithm};", "c=relaxed/relaxed;", f"d={domain};", f"s={selector};", "t="]
    return _fold("DKIM-Signature:", [f" {tag}" for tag in tags], room=len("1234567890;")).encode("ascii")


@lru_cache(maxsize=64)  # the messages of a mailing have the same fields
def _compose_names(names: tuple[bytes, ...]) -> bytes:
    pieces = [f"{name.decode('ascii')}:" for name in names[:-1]]
    return _fold(" h=", [*pieces, names[-1].decode("ascii")], room=1).strip().encode("ascii")


def _fold(head: str, pieces: Sequence[str], *, room: int) -> str:
    """Set pieces behind each other, with a fold wherever a line and what may follow it (`room`) would pass 78."""
    lines, current = [], head
    for piece in pieces:
        if len(current) + len(piece) + room > FOLD_AT:
            lines.append(current)
            current = f" {piece.strip()}"
        else:
            current += piece
    return "\r\n".join([*lines, current])


# Canonical form: a message as DKIM hashes it, whatever a relay does to blanks and folds on the way.
#
# `bytes.replace` in a loop is several times as fast here as one regular expression over 20 kB. Each turn halves the
# longest run of blanks, so even a body of blanks alone takes few turns; HTML is indented by four or eight, which the
# two turns before the loop take at once.


def canonicalise_body(body: bytes) -> bytes:
    """Return a body in relaxed form: runs of blanks as one, none at a line's end, no empty lines at the end (§3.4.4).

    A body that has nothing else becomes empty; any other ends in CRLF.
    """
    text = _squeeze(body).replace(b" \r\n", b"\r\n").removesuffix(b" ")
    end = len(text)
    while text.endswith(b"\r\n", 0, end):
        end -= 2
    return text[:end] + b"\r\n" if end else b""


def canonicalise_field(field: bytes) -> bytes:
    """Return one header field (folded or not, with or without its CRLF) in relaxed form, without CRLF (§3.4.2)."""
    name, _, value = _unfold(field).partition(b":")
    return name.rstrip(b" \t").lower() + b":" + _squeeze(value.removesuffix(b"\r\n")).strip(b" ")


def canonicalise_header(header: bytes, names: Container[bytes]) -> dict[bytes, list[bytes]]:
    """Return the fields of the given names (lower case), each in relaxed form, in the order in which they stand.

    `header` is all that stands before the empty line, with or without the last CRLF.
    """
    found: dict[bytes, list[bytes]] = {}
    for line in _unfold(header).split(b"\r\n"):
        name, _, value = line.partition(b":")
        name = name.rstrip(b" \t").lower()
        if name in names:
            found.setdefault(name, []).append(name + b":" + _squeeze(value).strip(b" "))
    return found


def _unfold(header: bytes) -> bytes:
    return header.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")


def _squeeze(text: bytes) -> bytes:
    """Make one blank of each run of blanks and tabs."""
    text = text.replace(b"\t", b" ")
    if b"    " in text:
        text = text.replace(b"        ", b" ").replace(b"    ", b" ")
    while b"  " in text:
        text = text.replace(b"  ", b" ")
    return text
