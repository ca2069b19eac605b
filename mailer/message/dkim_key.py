"""DKIM keys: read, made, and written as the DNS record that tells the world about them.

Owns the private keys' forms (PEM, PKCS #1 or #8, without a passphrase), how each algorithm signs, and the TXT record.
Never touches a file or the DNS: PEM bytes come in and go out. `cryptography` is imported here alone, and only when
something is signed or made, because it is an extra. Making a key is the one thing in this room that draws randomness:
OpenSSL's own, which nobody can hand in.
Raises `ConfigProblem` in the words of mailer.toml: `[dkim] key_file: …`.
RFC 6376 §3.3 and §3.6.1, RFC 8301 (RSA from 1024 bits, 2048 recommended), RFC 8463 (Ed25519).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailer.errors import ConfigProblem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

RSA_BITS = 2048
_LEAST_BITS = 1024  # RFC 8301 §3.2: receivers treat anything shorter as no signature
_TXT_STRING = 255  # RFC 1035 §3.3: a character-string has at most 255 bytes
_INSTALL = "pip install 'mailer[dkim]'"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key in PEM, and the selector under which its public half stands in the DNS."""

    selector: str
    pem: bytes = field(repr=False)


def load_rsa(pem: bytes, what: str = "key_file") -> Callable[[bytes], bytes]:
    """Return the function that signs bytes as rsa-sha256 (RFC 6376 §3.3.1); `what` names the key in mailer.toml.

    Raises:
        ConfigProblem: this is no RSA key that can be used, or `cryptography` is not installed.
    """
    key = _load(pem, what)
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - an extra

    if not isinstance(key, RSAPrivateKey):
        raise ConfigProblem(f"[dkim] {what}: this is not an RSA key", hint="An Ed25519 key goes into ed25519_key_file.")
    if key.key_size < _LEAST_BITS:
        raise ConfigProblem(
            f"[dkim] {what}: a key of {key.key_size} bits is too short; receivers ignore it (RFC 8301)",
            hint=f"mailer dkim new-key   makes one of {RSA_BITS} bits",
        )
    sign, padding, digest = key.sign, PKCS1v15(), SHA256()
    return lambda data: sign(data, padding, digest)


def load_ed25519(pem: bytes, what: str = "ed25519_key_file") -> Callable[[bytes], bytes]:
    """Return the function that signs bytes as ed25519-sha256: the signature is over their SHA-256 (RFC 8463 §3).

    Raises:
        ConfigProblem: this is no Ed25519 key, or `cryptography` is not installed.
    """
    key = _load(pem, what)
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - an extra

    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigProblem(f"[dkim] {what}: this is not an Ed25519 key", hint="An RSA key goes into key_file.")
    sign = key.sign
    return lambda data: sign(hashlib.sha256(data).digest())


def make_dkim_key(*, ed25519: bool = False) -> bytes:
    """Make a new private key, RSA with 2048 bits or Ed25519; return it as PEM (PKCS #8, without a passphrase).

    Raises:
        ConfigProblem: `cryptography` is not installed.
    """
    _require_cryptography()
    from cryptography.hazmat.primitives import serialization as forms  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - an extra

    key = Ed25519PrivateKey.generate() if ed25519 else rsa.generate_private_key(65537, RSA_BITS)
    return key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())


def dns_value(pem: bytes, what: str = "key_file") -> str:
    """Return the text of the TXT record for a private key (RFC 6376 §3.6.1, RFC 8463 §4), as one string.

    Raises:
        ConfigProblem: this is neither an RSA nor an Ed25519 key, or `cryptography` is not installed.
    """
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
    """Return the name at which receivers look for the record (RFC 6376 §3.6.2.1)."""
    return f"{selector}._domainkey.{domain}"


def dns_strings(value: str) -> tuple[str, ...]:
    """Cut a TXT value into the strings of a zone file; receivers put them together without a blank."""
    return tuple(value[start : start + _TXT_STRING] for start in range(0, len(value), _TXT_STRING))


def _load(pem: bytes, what: str) -> PrivateKeyTypes:
    _require_cryptography()
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - an extra

    try:
        return load_pem_private_key(pem, password=None)
    except TypeError:
        raise ConfigProblem(
            f"[dkim] {what}: the key has a passphrase, and nobody is there to type it",
            hint="openssl pkey -in OLD -out NEW   writes it without one; then: chmod 600 NEW",
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigProblem(
            f"[dkim] {what}: this is not a private key in PEM form (-----BEGIN PRIVATE KEY-----)",
            hint="mailer dkim new-key   makes one",
        ) from None


def _require_cryptography() -> None:
    try:
        import cryptography  # noqa: F401, PLC0415 - an extra; only its being there matters here
    except ImportError:
        raise ConfigProblem("DKIM needs the cryptography package, which is not installed", hint=_INSTALL) from None
