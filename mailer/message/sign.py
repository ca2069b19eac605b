"""Sign: DKIM keys, their DNS records, and signing a finished message.

Owns the formats of private keys (PEM, PKCS #1 or #8, without a passphrase), how each algorithm signs, and the TXT
record that publishes a key; then the choice of the signed fields and the DKIM-Signature field: RSA, and Ed25519 in
addition if there is a second key, relaxed/relaxed, without `l=` (RFC 6376). The message is returned unchanged,
with fields in front; afterwards only dot-stuffing may change it. What all messages of a mailing share (keys, the list
of fields, the field up to `t=`) is made once. Never uses a file or the DNS, never reads the clock: `now` becomes `t=`.
`cryptography` is imported only when something is signed or a key is made, because it is an extra. Making a key is the
only use of randomness in this room: it is OpenSSL's own, which cannot be passed in. Raises `ConfigProblem` for a key
that cannot be used, with its name in mailer.toml (`[dkim] key_file: …`), and if `cryptography` is not installed; and
`ValueError` for our own mistakes: a message without From, or a time without a zone.

Fields are oversigned, that is, listed once more than they occur, so that a second Subject or From that is added on the
way breaks the signature (RFC 6376 §5.4, §8.15). From, Reply-To and both List-Unsubscribe fields are oversigned even if
they are absent, so that nobody can add their own reply address or opt-out. The known cost: a mailing list that passes a
release on and adds its List-Unsubscribe breaks our signature, and has to sign with its own. RFC 6376, RFC 8301 (RSA
from 1024 bits, 2048 recommended), RFC 8463 (Ed25519); RFC 8058 §4 (both List-Unsubscribe fields in `h=`, standards
F17).
Gaps: no `x=`, no `i=`; one domain for all senders.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Container
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from mailer.errors import ConfigProblem
from mailer.frozen import dataclass, field
from mailer.message.compose import FOLD_AT, fold

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

RSA_BITS = 2048
_LEAST_BITS = 1024  # RFC 8301 §3.2: receivers treat anything shorter as no signature
_TXT_STRING = 255  # RFC 1035 §3.3: a character-string has at most 255 bytes
_INSTALL = "pip install 'mailer[dkim]'"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key in PEM, and the selector under which its public half is published in the DNS."""

    selector: str
    pem: bytes = field(repr=False)


def make_dkim_key(*, ed25519: bool = False) -> bytes:
    """Create a new private key, RSA with 2048 bits or Ed25519; return it as PEM (PKCS #8, without a passphrase)."""
    _require_cryptography()
    from cryptography.hazmat.primitives import serialization as forms  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - an extra

    key = Ed25519PrivateKey.generate() if ed25519 else rsa.generate_private_key(65537, RSA_BITS)
    return key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())


def dns_value(pem: bytes, what: str = "key_file") -> str:
    """Return the text of the TXT record for a private key (RFC 6376 §3.6.1, RFC 8463 §4), as one string."""
    key = _load(pem, what)
    from cryptography.hazmat.primitives import serialization as forms  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415 - an extra

    if isinstance(key, Ed25519PrivateKey):
        # RFC 8463 §4.2: the bare 32 bytes, without the ASN.1 around them that RSA keys have
        return f"v=DKIM1; k=ed25519; p={base64.b64encode(key.public_key().public_bytes_raw()).decode('ascii')}"
    if isinstance(key, RSAPrivateKey):
        public = key.public_key().public_bytes(forms.Encoding.DER, forms.PublicFormat.SubjectPublicKeyInfo)
        return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode('ascii')}"
    raise ConfigProblem(f"[dkim] {what}: DKIM knows RSA and Ed25519 keys; this is another kind")


def dns_name(selector: str, domain: str) -> str:
    """Return the DNS name of the record (RFC 6376 §3.6.2.1)."""
    return f"{selector}._domainkey.{domain}"


def dns_strings(value: str) -> tuple[str, ...]:
    """Cut a TXT value into the strings of a zone file; receivers join them without a blank."""
    return tuple(value[start : start + _TXT_STRING] for start in range(0, len(value), _TXT_STRING))


def _load(pem: bytes, what: str) -> PrivateKeyTypes:
    _require_cryptography()
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - an extra

    try:
        return load_pem_private_key(pem, password=None)
    except TypeError:
        raise ConfigProblem(
            f"[dkim] {what}: the key has a passphrase, and nobody can type it here",
            hint="openssl pkey -in OLD -out NEW   writes it without one; then: chmod 600 NEW",
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigProblem(
            f"[dkim] {what}: this is not a private key in PEM form (-----BEGIN PRIVATE KEY-----)",
            hint="mailer dkim new-key   makes one",
        ) from None


def _require_cryptography() -> None:
    try:
        import cryptography  # noqa: F401, PLC0415 - an extra; this only checks that it is installed
    except ImportError:
        raise ConfigProblem("DKIM needs the cryptography package, which is not installed", hint=_INSTALL) from None


# Signatures.

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
    """Build the signer of a mailing; reading a key costs as much as some hundred signatures, so it is done once.

    `domain` is `d=`, in A-labels. With `ed25519`, every message gets a second signature: over the SHA-256 of the
    signed data (RFC 8463 §3).
    """
    key = _load(rsa.pem, "key_file")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - an extra

    if not isinstance(key, RSAPrivateKey):
        raise ConfigProblem(
            "[dkim] key_file: this is not an RSA key", hint="An Ed25519 key goes into ed25519_key_file."
        )
    if key.key_size < _LEAST_BITS:
        raise ConfigProblem(
            f"[dkim] key_file: a key of {key.key_size} bits is too short; receivers ignore it (RFC 8301)",
            hint=f"mailer dkim new-key   makes one of {RSA_BITS} bits",
        )
    sign, padding, digest = key.sign, PKCS1v15(), SHA256()
    keys = [_Key(_start("rsa-sha256", domain, rsa.selector), lambda data: sign(data, padding, digest))]
    if ed25519 is not None:
        short = _load(ed25519.pem, "ed25519_key_file")
        if not isinstance(short, Ed25519PrivateKey):
            message = "[dkim] ed25519_key_file: this is not an Ed25519 key"
            raise ConfigProblem(message, hint="An RSA key goes into key_file.")
        sign_short = short.sign
        start = _start("ed25519-sha256", domain, ed25519.selector)
        keys.append(_Key(start, lambda data: sign_short(hashlib.sha256(data).digest())))
    return Signer(domain, tuple(keys))


def sign_message(data: bytes, signer: Signer, *, now: datetime) -> bytes:
    """Return the message with its DKIM-Signature fields in front.

    `data` is the final message: CRLF line ends, Date set, not dot-stuffed. `now` is aware and becomes `t=`.
    """
    if now.utcoffset() is None:
        raise ValueError("the time of a signature needs its zone")
    header, _, body = data.partition(b"\r\n\r\n")
    found = canonicalise_header(header, _NAMES)
    if b"from" not in found:
        raise ValueError("a message without From cannot be signed (RFC 6376 §5.4)")
    names: list[bytes] = []
    lines: list[bytes] = []
    for name in _SIGNED:  # in `h=`, a name beyond the existing fields signs their absence
        present = found.get(name, ())
        names += [name] * (len(present) + 1 if present else int(name in _ALWAYS))
        lines += reversed(present)  # RFC 6376 §5.4.2: from the bottom of the header up
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
    return fold("DKIM-Signature:", [f" {tag}" for tag in tags], room=len("1234567890;")).encode("ascii")


@lru_cache(maxsize=64)  # the messages of a mailing have the same fields
def _compose_names(names: tuple[bytes, ...]) -> bytes:
    pieces = [f"{name.decode('ascii')}:" for name in names[:-1]]
    return fold(" h=", [*pieces, names[-1].decode("ascii")], room=1).strip().encode("ascii")


# Canonical form: a message as DKIM hashes it, the same however a relay changes blanks and folds on the way.
#
# `bytes.replace` in a loop is several times as fast here as one regular expression over 20 kB. Each turn halves the
# longest run of blanks, so even a body of blanks alone takes few turns; HTML is indented by four or eight, which the
# two turns before the loop take at once.


def canonicalise_body(body: bytes) -> bytes:
    """Return a body in relaxed form: runs of blanks as one, none at a line's end, no empty lines at the end (§3.4.4).

    A body of nothing else becomes empty; any other ends in CRLF.
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
    """Return the fields of the given names (lower case), each in relaxed form, in the order of the header.

    `header` is everything before the empty line, with or without the last CRLF.
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
    """Reduce to one blank each run of blanks and tabs."""
    text = text.replace(b"\t", b" ")
    if b"    " in text:
        text = text.replace(b"        ", b" ").replace(b"    ", b" ")
    while b"  " in text:
        text = text.replace(b"  ", b" ")
    return text
