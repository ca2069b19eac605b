"""Signatures: what is checked with `cryptography`, which is an extra and imported here alone, when the server starts.

Owns ECDSA on P-256 with SHA-256 (SendGrid) and RSA PKCS #1 v1.5 with the key of a certificate (Amazon SNS).
A signature that does not verify is False, whatever is wrong with it.
Raises `ConfigProblem` where the library is missing or a key of ours cannot be used.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from mailer.errors import ConfigProblem

_INSTALL = "pip install 'mailer[webhooks]'"
Verify = Callable[[bytes, bytes], bool]


@dataclass(frozen=True, slots=True)
class Certificate:
    """When a certificate holds, and the check of a signature by its key, by SignatureVersion: `1` SHA-1, `2` SHA-256.

    SHA-1 here is what SNS signs with unless a topic is told otherwise; a forger would need a second text for a digest
    that SNS chose, which nobody can make.
    """

    not_before: datetime
    not_after: datetime
    verify: dict[str, Verify] = field(repr=False)


def require_cryptography(relay: str) -> None:
    """See that signatures can be checked at all.

    Raises:
        ConfigProblem: the library is missing; it names the extra.
    """
    try:
        import cryptography  # noqa: F401, PLC0415 - an extra
    except ImportError:
        raise ConfigProblem(f"[webhooks.{relay}] needs one more package to check signatures", hint=_INSTALL) from None


def load_public_key(text: str) -> Verify:
    """Return the check of a signature (DER) over bytes, by a P-256 public key in base64 (SubjectPublicKeyInfo, DER).

    Raises:
        ConfigProblem: it is no such key, or the library is missing.
    """
    require_cryptography("sendgrid")
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric.ec import (  # noqa: PLC0415 - an extra
        ECDSA,
        SECP256R1,
        EllipticCurvePublicKey,
    )
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415 - an extra

    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ConfigProblem(
            "[webhooks.sendgrid] public_key: this is not SendGrid's key",
            hint="Copy the whole Verification Key: SendGrid → Settings → Mail Settings → Event Webhook.",
        )
    algorithm = ECDSA(SHA256())

    def verify(signature: bytes, data: bytes) -> bool:
        try:
            key.verify(signature, data, algorithm)
        except InvalidSignature:
            return False
        return True

    return verify


def load_certificate(pem: bytes) -> Certificate | None:
    """Read a certificate with an RSA key; None where it is none that could sign for SNS."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm  # noqa: PLC0415 - an extra
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415 - an extra

    try:
        found = load_pem_x509_certificate(pem)
        key = found.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
    if not isinstance(key, RSAPublicKey) or key.key_size < 2048:
        return None

    def by(algorithm: HashAlgorithm) -> Verify:
        def verify(signature: bytes, data: bytes) -> bool:
            try:
                key.verify(signature, data, PKCS1v15(), algorithm)
            except InvalidSignature:
                return False
            return True

        return verify

    checks = {"1": by(SHA1()), "2": by(SHA256())}  # noqa: S303 - see the class: SNS's own choice
    return Certificate(found.not_valid_before_utc, found.not_valid_after_utc, checks)
