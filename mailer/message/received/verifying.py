"""Verifying: whether a DKIM signature holds for the bytes that arrived, with the key record handed in (RFC 6376 §6).

Owns the check of the body's hash, which needs no library, and that of the signature, which needs `cryptography`, an
extra. What is wrong is told apart: a body that was changed is another story than a header that was. Raises nothing.
Gap: rsa-sha1 is not verified; nobody should (RFC 8301).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import defaultdict
from enum import StrEnum

from mailer.message.received.fields import Copy, Field
from mailer.message.received.signatures import Signature
from mailer.message.records.dkim_record import DkimRecord
from mailer.message.sign import canonicalise_body, canonicalise_field


class Verdict(StrEnum):
    """What came out."""

    GOOD = "good"
    BODY_CHANGED = "body-changed"
    HEADER_CHANGED = "header-changed"
    NO_KEY = "no-key"
    EXPIRED = "expired"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"  # an algorithm that is not verified here, or the library is not installed


def verify(copy: Copy, signature: Signature, key: DkimRecord | None, *, now: int) -> Verdict:
    """Check a signature; `key` is None where there is none, `now` in seconds since 1970."""
    if signature.wrong:
        return Verdict.UNREADABLE
    if _body_hash(copy.body, signature) != signature.body_hash:
        return Verdict.BODY_CHANGED
    if key is None or not key.public:
        return Verdict.NO_KEY
    if signature.ends_at and signature.ends_at < now:
        return Verdict.EXPIRED
    try:
        said = base64.b64decode(signature.value, validate=True)
    except ValueError:  # not base64, or not even ASCII
        return Verdict.UNREADABLE
    return _holds(signature.algorithm, key, said, _signed(copy, signature))


def _body_hash(body: bytes, signature: Signature) -> str:
    text = canonicalise_body(body) if signature.body_form == "relaxed" else re.sub(rb"(?:\r\n)*\Z", b"", body) + b"\r\n"
    if signature.length is not None:
        text = text[: signature.length]
    return base64.b64encode(hashlib.sha256(text).digest()).decode("ascii")


def _signed(copy: Copy, signature: Signature) -> bytes:
    """Return the bytes of the header that were signed: each name from the bottom up (§5.4.2), the field itself last."""
    below: dict[str, list[Field]] = defaultdict(list)
    for field in copy.fields:
        below[field.name.lower()].append(field)
    lines = [_form(below[name].pop().raw, signature) + b"\r\n" for name in signature.names if below[name]]
    empty = re.sub(rb"((?:^|;|:)[ \t\r\n]*b[ \t\r\n]*=)[^;]*", rb"\1", signature.field.raw)
    return b"".join([*lines, _form(empty if empty.endswith(b"\r\n") else empty + b"\r\n", signature)])


def _form(raw: bytes, signature: Signature) -> bytes:
    return canonicalise_field(raw) if signature.header_form == "relaxed" else raw.removesuffix(b"\r\n")


def _holds(algorithm: str, key: DkimRecord, said: bytes, data: bytes) -> Verdict:
    try:
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415 - an extra
    except ImportError:
        return Verdict.UNKNOWN
    try:
        if (algorithm, key.kind) == ("ed25519-sha256", "ed25519"):
            Ed25519PublicKey.from_public_bytes(key.public).verify(said, hashlib.sha256(data).digest())
            return Verdict.GOOD
        public = load_der_public_key(key.public) if (algorithm, key.kind) == ("rsa-sha256", "rsa") else None
        if not isinstance(public, RSAPublicKey):
            return Verdict.UNKNOWN
        public.verify(said, data, PKCS1v15(), SHA256())
    except InvalidSignature:
        return Verdict.HEADER_CHANGED
    except (ValueError, UnsupportedAlgorithm):
        return Verdict.NO_KEY
    return Verdict.GOOD
