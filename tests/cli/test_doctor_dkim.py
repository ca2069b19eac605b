"""`mailer doctor` and DKIM: every fault of a key that it knows, each in a zone on a local name server."""

from __future__ import annotations

from typing import Any

import pytest

from mailer.message.sign import dns_value
from tests.office import Desk
from tests.zones import GOOD, GOOGLE, PRESS, key, look, records, rsa_of, settings, txt

DKIM_FAULTS = [
    ("good", lambda: txt(PRESS, dns_value(key())), None, "the one that signs here", False),
    ("none", lambda: "", "dkim-none", "there is no key", True),
    (
        "domain twice",
        lambda: txt(f"{PRESS}.example.org", dns_value(key())),
        "dkim-misplaced",
        "added the domain again",
        True,
    ),
    ("revoked", lambda: txt(PRESS, "v=DKIM1; p="), "dkim-revoked", "is revoked", True),
    ("two", lambda: txt(PRESS, dns_value(key())) + txt(PRESS, rsa_of(1024)), "dkim-several", "2 records", True),
    ("another key", lambda: txt(PRESS, rsa_of(2048)), "dkim-other", "not the one that signs here", True),
    ("cut off", lambda: txt(PRESS, dns_value(key())[:200]), "dkim-broken", "part of it may be missing", True),
    ("no base64", lambda: txt(PRESS, "v=DKIM1; p=####"), "dkim-broken", "(no base64)", True),
    ("no key in it", lambda: txt(PRESS, "v=DKIM1; k=rsa"), "dkim-broken", "no p=", True),
    ("PEM pasted", lambda: txt(PRESS, "v=DKIM1; p=-----BEGIN PUBLIC KEY-----"), "dkim-broken", "-----BEGIN", True),
    (
        "version behind",
        lambda: txt(PRESS, f"k=rsa; v=DKIM1; {dns_value(key())[18:]}"),
        "dkim-broken",
        "come first",
        True,
    ),
    ("another algorithm", lambda: txt(PRESS, "v=DKIM1; k=dsa; p=AAAA"), "dkim-broken", "rsa and ed25519", True),
    (
        "SHA-1 alone",
        lambda: txt(PRESS, dns_value(key()).replace("k=rsa;", "k=rsa; h=sha1;")),
        "dkim-broken",
        "SHA-256",
        True,
    ),
    (
        "not for mail",
        lambda: txt(PRESS, dns_value(key()).replace("k=rsa;", "k=rsa; s=other;")),
        "dkim-broken",
        "than mail",
        True,
    ),
    ("trying", lambda: txt(PRESS, dns_value(key()).replace("k=rsa;", "k=rsa; t=y;")), "dkim-testing", "t=y", False),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    "zone, code, words, shown", [each[1:] for each in DKIM_FAULTS], ids=[e[0] for e in DKIM_FAULTS]
)
def test_every_fault_of_our_own_key_is_told(
    desk: Desk, zone: Any, code: str | None, words: str, *, shown: bool
) -> None:
    settings(desk, dkim=True)
    found = look(desk, GOOD + zone(), "--only", "dkim")["dkim press"]
    assert found["code"] == code, found["message"]
    assert words in found["message"]
    assert records(found) == ([f"{PRESS} TXT {dns_value(key())}"] if shown else [])


def test_a_private_key_that_cannot_be_used_is_told_and_the_dns_looked_at_all_the_same(desk: Desk) -> None:
    settings(desk, dkim=True)
    (desk.root / "key.pem").write_text("no key")
    found = look(desk, GOOD, "--only", "dkim")
    assert (found["dkim key"]["code"], found["dkim press"]["code"]) == ("dkim-key", "dkim-none")


def test_an_ed25519_key_beside_it_is_looked_at_too(desk: Desk) -> None:
    settings(desk, dkim=True)
    text = (desk.root / "mailer.toml").read_text()
    more = 'key_file = "key.pem"\ned25519_selector = "short"\ned25519_key_file = "short.pem"'
    desk.write("mailer.toml", text.replace('key_file = "key.pem"', more))
    (desk.root / "short.pem").write_bytes(key(ed25519=True))
    (desk.root / "short.pem").chmod(0o600)
    zone = GOOD + txt(PRESS, dns_value(key())) + txt("short._domainkey.example.org", dns_value(key(ed25519=True)))
    found = look(desk, zone, "--only", "dkim")
    assert {name: each["state"] for name, each in found.items()} == {"dkim press": "ok", "dkim short": "ok"}
    assert found["dkim short"]["bits"] == 256


@pytest.mark.parametrize("bits, code, words", [(1024, "dkim-weak", "2048 is what"), (2048, None, "RSA, 2048 bits")])
def test_a_selector_given_by_hand_is_looked_at(desk: Desk, bits: int, code: str | None, words: str) -> None:
    settings(desk)
    zone = GOOD + txt("s9._domainkey.example.org", rsa_of(bits))
    found = look(desk, zone, "--only", "dkim", "--selector", "s9")["dkim s9"]
    assert (found["code"], found["bits"]) == (code, bits)
    assert words in found["message"]


def test_a_key_that_is_too_short_is_wrong(desk: Desk) -> None:
    settings(desk)
    short = (
        "v=DKIM1; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALHrHhF5xiVIMBYR7MTNvVdNbxDRPoCmRmpNFqpFyCvu"
        "Ann1TGCFVFhuWJw6EjQHZFGWt2EqOLTjg4HUBIlZ8dcCAwEAAQ=="
    )
    found = look(desk, GOOD + txt("s9._domainkey.example.org", short), "--only", "dkim", "--selector", "s9")
    assert found["dkim s9"]["code"] == "dkim-short"
    assert "512 bits" in found["dkim s9"]["message"]


def test_the_usual_key_of_the_provider_is_found_and_else_nothing_is_claimed(desk: Desk) -> None:
    settings(desk, GOOGLE)
    found = look(desk, GOOD + txt("google._domainkey.example.org", rsa_of(2048)), "--only", "dkim")
    assert found["dkim google"]["state"] == "ok"
    unknown = look(desk, GOOD, "--only", "dkim")["dkim example.org"]
    assert unknown["code"] == "dkim-untold"
    assert "--message" in unknown["hint"]
