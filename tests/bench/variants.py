"""Variants: in which ways a mailing is sent, and the ratios that each should reach."""

from __future__ import annotations

import argparse
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.bench.figures import Variant
from tests.bench.send import Size, run

PLAIN = Variant(name="one process", targets={"a": 0.4, "b": 6, "c": 10, "d": 3}, aims={"a": 0.5})
TWO = Variant(name="two processes", targets={"a": 0.5}, processes=2)
FAR = Variant(name="50 ms round trip, 4 connections", targets={"b": 3}, connections=4, rtt_ms=50)


def new_key() -> bytes:
    """Make an RSA-2048 key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def signed() -> Variant:
    """Return the variant that signs with RSA-2048, with a key made now."""
    return Variant(name="signed with RSA-2048", targets={"b": 2.5}, dkim_pem=new_key())


def chosen(asked: argparse.Namespace) -> list[Variant]:
    """Return the variants that the command line asks for."""
    if asked.all:
        return [PLAIN, TWO, signed(), FAR]
    variant = PLAIN
    if asked.rtt:
        variant = replace(FAR, rtt_ms=asked.rtt, name=f"{asked.rtt:g} ms round trip, {asked.connections} connections")
    elif asked.dkim:
        variant = signed()
    elif asked.processes > 1:
        variant = replace(TWO, name=f"{asked.processes} processes")
    return [replace(variant, processes=asked.processes, connections=asked.connections)]


def run_send(asked: argparse.Namespace) -> None:
    """Run the bench `send`."""
    run(chosen(asked), Size(people=asked.people, slow=asked.slow, rounds=asked.rounds), asked.tools)
