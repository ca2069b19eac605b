"""Zones: a sender's domain in the DNS as it should be, and a desk whose mailer.toml is about it.

`look` lets `mailer doctor` look at a zone, over a real name server.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from mailer.message.sign import dns_strings, dns_value, make_dkim_key
from tests.nameserver import name_server
from tests.office import Desk

PRESS = "press._domainkey.example.org"
GOOD = """
example.org TXT "v=spf1 ip4:192.0.2.25 include:_spf.example.net ~all"
example.org TXT "some-site-verification=abc"
example.org MX 10 mx.example.org.
_spf.example.net TXT "v=spf1 ip4:198.51.100.0/24 -all"
mx.example.org A 192.0.2.10
relay.example.net A 192.0.2.25
_dmarc.example.org TXT "v=DMARC1; p=none; rua=mailto:dmarc@example.org"
25.2.0.192.in-addr.arpa PTR relay.example.net.
"""
# hosts that stand in for a relay of one's own, of a stranger's, and of providers; nobody connects to them
STRANGER = 'host = "relay.example.net"'
OWN = 'host = "relay.example.org"'
GOOGLE = 'host = "smtp.gmail.com"'
SES = 'host = "email-smtp.eu-west-1.amazonaws.com"'
LOCAL = 'host = "127.0.0.1"\nsecurity = "plain"'


@cache
def key(*, ed25519: bool = False) -> bytes:
    return make_dkim_key(ed25519=ed25519)


def txt(name: str, value: str) -> str:
    return f"{name} TXT " + " ".join(f'"{piece}"' for piece in dns_strings(value.replace(";", "\\;"))) + "\n"


def settings(desk: Desk, relay: str = STRANGER, *, dkim: bool = False, **replaced: str) -> None:
    """Write a mailer.toml of its own for the DNS: a sender at example.org, a relay, and what is replaced in it."""
    values = {"address": "press@example.org", "bounces": "bounces@example.org", "more": "", "reply_to": ""} | replaced
    signing = '[dkim]\ndomain = "example.org"\nselector = "press"\nkey_file = "key.pem"\n' if dkim else ""
    if dkim:
        (desk.root / "key.pem").write_bytes(key())
        (desk.root / "key.pem").chmod(0o600)
    bounces = f'[bounces]\naddress = "{values["bounces"]}"\n' if values["bounces"] else ""
    desk.write(
        "mailer.toml",
        f"""
[senders.main]
name = "Lantern Museum"
address = "{values["address"]}"
reply_to = "{values["reply_to"]}"
organisation = "Lantern Museum"
postal_address = "4 Wick Lane"
[relays.main]
{relay}
{bounces}{signing}
{values["more"]}
""",
    )


def look(desk: Desk, zone: str, *words: str, **faults: frozenset[str]) -> dict[str, Any]:
    """Let the doctor look at what the words name, and give what it says of each thing by its name."""
    with name_server(zone, **faults) as server:
        document = desk.run("doctor", "--json", "--nameserver", server.address, *words).json
    return {each["name"]: each for each in document["checks"]}


def records(check: dict[str, Any]) -> list[str]:
    return [f"{each['name']} {each['type']} {each['value']}" for each in check["records"]]


def without(zone: str, *names: str) -> str:
    return "".join(f"{line}\n" for line in zone.splitlines() if not line.startswith(names))


@cache
def rsa_of(bits: int) -> str:
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    # the deliberately short keys are what this is about
    made = generate_private_key(65537, bits)
    return dns_value(made.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption()))
