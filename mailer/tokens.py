"""Tokens: unforgeable names for deliveries, and the keyed digests that identify people.

Owns the HMAC keys as values, delivery ids, the 40-character token that is in opt-out addresses, bounce addresses
and Message-IDs, those addresses in both directions, and the envelope that goes to the relay. Never reads a key file
(`workspace` does), never draws randomness.

A token is lower-case base32 of key id (1 byte), delivery id (8) and HMAC (16); the purpose is inside the HMAC, so a
bounce token cannot opt anyone out. 25 bytes make exactly 40 characters: no padding, and short enough
to keep List-Unsubscribe unfolded and a plus address within RFC 5321's 64. Mail servers fold the case of local
parts, so reading is case-blind.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from mailer import lazy_re as re
from mailer.frozen import dataclass, field

TOKEN_LENGTH = 40
_ID_BYTES = 8
_MAC_BYTES = 16
_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"  # of base32, RFC 4648 §6
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]
_SHIFTS = range(5 * TOKEN_LENGTH - 10, -1, -10)


class Purpose(StrEnum):
    """The only use of a token."""

    OPT_OUT = "opt-out"
    BOUNCE = "bounce"
    MESSAGE_ID = "message-id"
    EMBARGO = "embargo"


@dataclass(frozen=True, slots=True)
class Keys:
    """The secret keys by id (0-255); `current` makes new tokens, the others still verify old ones."""

    current: int
    secrets: Mapping[int, bytes] = field(repr=False)

    def subkey(self, purpose: str, key_id: int | None = None) -> bytes:
        """Derive the 32-byte key for one purpose, so that a host can be given only that one."""
        return _subkey(self.secrets[self.current if key_id is None else key_id], purpose)

    def verifying(self, purpose: str, key_id: int) -> bytes | None:
        """Return the key to verify tokens of one purpose and one key id with, None if the id is unknown."""
        return _subkey(self.secrets[key_id], purpose) if key_id in self.secrets else None

    def for_opt_outs(self) -> OptOutKeys:
        """Return only the keys that a host needs to verify opt-out tokens."""
        return OptOutKeys({key_id: self.subkey(Purpose.OPT_OUT, key_id) for key_id in self.secrets})

    def in_turn(self) -> tuple[Keys, ...]:
        """Return these keys with each as the current one: first as they are, then the others, the newest first."""
        rest = sorted(self.secrets.keys() - {self.current}, reverse=True)
        return (self, *(Keys(key_id, self.secrets) for key_id in rest))

    def check_value(self, key_id: int) -> bytes:
        """Return 8 bytes that show whether a key is the same as before, and reveal nothing about it."""
        return self.subkey("check-value", key_id)[:_ID_BYTES]


@dataclass(frozen=True, slots=True)
class OptOutKeys:
    """Only the keys of opt-out tokens, by id: for a host that verifies them and is trusted with nothing else.

    With them nobody can make or read a bounce token, a Message-ID or an address digest: they are derived one-way.
    """

    subkeys: Mapping[int, bytes] = field(repr=False)

    def verifying(self, purpose: str, key_id: int) -> bytes | None:
        """Return the key of one id for opt-outs, None for every other purpose."""
        return self.subkeys.get(key_id) if purpose == Purpose.OPT_OUT else None


@lru_cache(maxsize=64)
def _subkey(secret: bytes, purpose: str) -> bytes:
    return hmac.digest(secret, f"mailer/{purpose}".encode(), hashlib.sha256)


def _mac(key: bytes, data: bytes) -> bytes:
    """Return the HMAC-SHA256, from a copy of an object that has the key already.

    `hmac.digest` releases the GIL each time, and waits to get it back if a second thread is at work.
    """
    mac = _keyed(key).copy()
    mac.update(data)
    return mac.digest()


@lru_cache(maxsize=64)
def _keyed(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod=hashlib.sha256)


def address_digest(keys: Keys, address_key: str) -> bytes:
    """Return the 32-byte digest that identifies an address; `address_key` is `Address.key`.

    It is always made with the key of the lowest id: a new current key must not make anyone's opt-out unfindable.
    """
    return _mac(keys.subkey("address", min(keys.secrets)), address_key.encode())


def delivery_id(keys: Keys, mailing: str, address_key: str) -> bytes:
    """Return the 8-byte id of one mailing (`slug/kind-N`) to one address: the same in dry run, run and retry.

    As for people, the key has the lowest id: the ledger identifies deliveries by it, also after a new key.
    """
    text = f"{mailing}\0{address_key}".encode()
    return _mac(keys.subkey("delivery", min(keys.secrets)), text)[:_ID_BYTES]


def make_token(keys: Keys, purpose: Purpose, delivery: bytes) -> str:
    """Return the 40-character token for one purpose of one delivery (`delivery`: 8 bytes)."""
    head = bytes([keys.current]) + delivery
    mac = _mac(keys.subkey(purpose), purpose.encode() + b"\0" + head)[:_MAC_BYTES]
    number = int.from_bytes(head + mac)  # twice as fast as `base64`, which takes half the time of a token
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


def parse_token(keys: Keys | OptOutKeys, purpose: Purpose, text: str) -> bytes | None:
    """Return the delivery id of a genuine token for this purpose, else None."""
    # ASCII first: upper() makes an I of a dotless ı, and there is one spelling of a token (except for its case)
    if len(text) != TOKEN_LENGTH or not text.isascii():
        return None
    try:
        raw = base64.b32decode(text.upper().encode("ascii"))
    except binascii.Error:
        return None
    key_id, head, mac = raw[0], raw[: 1 + _ID_BYTES], raw[1 + _ID_BYTES :]
    key = keys.verifying(purpose, key_id)
    if key is None:
        return None
    good = _mac(key, purpose.encode() + b"\0" + head)[:_MAC_BYTES]
    return head[1:] if hmac.compare_digest(mac, good) else None


# Envelopes, and the addresses that carry a token out and back. VERP (variable envelope return path): the bounce comes
# back to `bounces+TOKEN@example.org`, so that matching it does not depend on what a foreign server quotes. The null
# sender `<>` is for bounces only.

_TOKEN = re.compile(rf"(?<![a-z0-9])[a-z2-7]{{{TOKEN_LENGTH}}}(?![a-z0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Envelope:
    """MAIL FROM, the one RCPT TO, and the exact bytes: CRLF line ends, 7-bit, not dot-stuffed."""

    mail_from: str
    rcpt_to: str
    data: bytes
    delivery: bytes
    message_id: str
    needs_smtputf8: bool = False


def tagged_address(address: str, token: str) -> str:
    """Put a token into an address: `bounces@x.org` becomes `bounces+TOKEN@x.org`."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{token}@{domain}"


def optout_mailto(address: str, token: str, *, token_in: str = "address") -> str:
    """Return the mailto URI of an opt-out; `token_in` is `address` or `subject` (relays without plus addressing)."""
    if token_in == "subject":
        return f"mailto:{address}?subject={token}"
    return f"mailto:{tagged_address(address, token)}"


def optout_url(base_url: str, token: str) -> str:
    """Return the https URI of an opt-out: the token and nothing else identifies the delivery."""
    return f"{base_url.rstrip('/')}/{token}"


def find_tokens(text: str) -> list[str]:
    """Return possible tokens in an address, a subject or a header, in order; `parse_token` verifies them."""
    return [match.lower() for match in _TOKEN.findall(text)] if len(text) >= TOKEN_LENGTH else []
