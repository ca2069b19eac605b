from __future__ import annotations

import re
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers, RSAPublicNumbers

from mailer.errors import ConfigProblem
from mailer.message.checks import check_message
from mailer.message.sign import SigningKey, dns_strings, dns_value, make_dkim_key, make_signer, sign_message
from tests.message.dkim_mails import (
    DOMAIN,
    ED25519,
    HEAD,
    NOW,
    RSA,
    SIGNED,
    both,
    mail,
    mails,
    pems,
    records,
    signed,
    verdicts,
)
from tests.message.samples import CASES

GOOD, BAD = [True, True], [False, False]
MAILS = mails()
FULL = mail("The ferry runs again.\n\nIt does.\n")


def fields(data: bytes) -> list[bytes]:
    """Return the signature fields, unfolded."""
    head = re.sub(rb"\r\n[ \t]", b" ", data.partition(b"\r\n\r\n")[0])
    return [line for line in head.split(b"\r\n") if line.startswith(b"DKIM-Signature:")]


def tags(field: bytes) -> dict[str, str]:
    pairs = (tag.split("=", 1) for tag in field.decode("ascii").partition(":")[2].split(";"))
    return {name.strip(): re.sub(r"\s", "", value) for name, value in pairs}


def changed(data: bytes, name: str) -> bytes:
    """Change the value of a field."""
    new = re.sub(rb"(?m)^(%b: .*)\r\n" % name.encode(), rb"\1x\r\n", data, count=1)
    assert new != data
    return new


@pytest.mark.parametrize("name", MAILS)
def test_both_signatures_are_verified_by_an_independent_program(name: str) -> None:
    assert verdicts(signed(MAILS[name])) == GOOD


@pytest.mark.parametrize("name", MAILS)
def test_signing_adds_fields_in_front_and_changes_nothing_behind_them(name: str) -> None:
    out = signed(MAILS[name])
    assert out.endswith(MAILS[name])
    added = out[: -len(MAILS[name])]
    assert added.count(b"DKIM-Signature:") == 2
    assert max(map(len, added.split(b"\r\n"))) <= 78
    assert added.endswith(b"\r\n")
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", added) is None


@pytest.mark.parametrize("name", SIGNED)
def test_a_signed_field_that_is_changed_breaks_both(name: str) -> None:
    assert verdicts(changed(signed(FULL), name)) == BAD


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize("where", ["top", "bottom"])
def test_a_second_field_of_a_signed_name_breaks_both(name: str, where: str) -> None:
    out, more = signed(FULL), f"{name}: another\r\n".encode()
    forged = more + out if where == "top" else out.replace(b"\r\n\r\n", b"\r\n" + more + b"\r\n", 1)
    assert verdicts(forged) == BAD


@pytest.mark.parametrize("name", ["Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post"])
def test_a_field_that_was_not_there_cannot_be_added(name: str) -> None:
    bare = mail("The ferry runs again.\n", re.sub(r"(?m)^(?:Reply-To|List-).*\n(?: .*\n)*", "", HEAD))
    assert verdicts(signed(bare)) == GOOD
    assert verdicts(f"{name}: <mailto:x@example.net>\r\n".encode() + signed(bare)) == BAD


@pytest.mark.parametrize(
    "old, new",
    [
        (b"It does.", b"It does not."),
        (b"It does.\r\n", b"It does.\r\nAnd more.\r\n"),
        (b"again.\r\n\r\n", b"again.\r\n"),
    ],
)
def test_a_body_that_is_changed_breaks_both(old: bytes, new: bytes) -> None:
    forged = signed(FULL).replace(old, new)
    assert forged != signed(FULL)
    assert verdicts(forged) == BAD


def test_what_relays_do_breaks_nothing() -> None:
    out = b"Received: from a by b; Tue, 24 Nov 2026 08:31:00 +0000\r\n" + signed(FULL)
    refolded = out.replace(b"To: Ada Brook", b"To:   Ada\r\n\tBrook").replace(b"Content-Language: en", b"X-Other: 1")
    assert verdicts(refolded.replace(b"again.\r\n", b"again.  \r\n") + b"\r\n\r\n") == GOOD


def test_the_field_says_what_was_signed_how_and_when() -> None:
    rsa, ed25519 = (tags(field) for field in fields(signed(FULL)))
    assert (rsa["a"], rsa["s"], ed25519["a"], ed25519["s"]) == ("rsa-sha256", RSA, "ed25519-sha256", ED25519)
    for each in (rsa, ed25519):
        assert (each["v"], each["c"], each["d"], each["t"]) == (
            "1",
            "relaxed/relaxed",
            DOMAIN,
            str(int(NOW.timestamp())),
        )
        assert "l" not in each
        assert each["h"].split(":") == [name.lower() for name in SIGNED for _ in range(2)]


def test_both_opt_out_fields_are_covered_also_where_there_is_none() -> None:
    case = CASES["plain"]  # an opt-out by mail alone
    listed = tags(fields(signed(case.compose()))[0])["h"].split(":")
    assert (listed.count("list-unsubscribe"), listed.count("list-unsubscribe-post")) == (2, 1)
    bare = tags(fields(signed(mail("", "From: press@example.org\nDate: now\n")))[0])["h"].split(":")
    assert bare == ["from", "from", "date", "date", "reply-to", "list-unsubscribe", "list-unsubscribe-post"]


def test_one_key_makes_one_signature() -> None:
    out = sign_message(FULL, make_signer(DOMAIN, SigningKey(RSA, pems()[0])), now=NOW)
    assert verdicts(out) == [True]


def test_a_long_domain_and_selector_keep_every_line_short_enough_to_be_sent() -> None:
    domain, selector = ".".join(["a" * 60, "b" * 60, "example.org"]), "s" * 63
    rsa, ed25519 = pems()
    signer = make_signer(domain, SigningKey(selector, rsa), SigningKey("t" * 63, ed25519))
    out = sign_message(FULL, signer, now=NOW)
    dns = {f"{selector}._domainkey.{domain}": dns_value(rsa), f"{'t' * 63}._domainkey.{domain}": dns_value(ed25519)}
    assert verdicts(out, dns) == GOOD
    assert max(map(len, out.split(b"\r\n"))) < 998


def test_another_key_in_the_dns_verifies_nothing() -> None:
    other = dict.fromkeys(records(), dns_value(make_dkim_key()))
    assert verdicts(signed(FULL), other) == BAD


def test_a_signed_mail_passes_the_checks_that_it_passed_before() -> None:
    data = CASES["full"].compose()
    before, after = ({check.code for check in check_message(each) if not check.passed} for each in (data, signed(data)))
    assert before == after == set()


def test_the_same_moment_gives_the_same_bytes_and_another_moment_others() -> None:
    assert signed(FULL) == signed(FULL)
    assert sign_message(FULL, both(), now=NOW + timedelta(seconds=1)) != signed(FULL)


def test_a_naive_time_and_a_mail_from_nobody_are_mistakes_of_ours() -> None:
    with pytest.raises(ValueError, match="zone"):
        sign_message(FULL, both(), now=NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="From"):
        sign_message(mail("", "To: ada@daily.example.com\n"), both(), now=NOW)


def short_key() -> bytes:
    """Make an RSA key of 648 bits, of two primes that everybody knows."""
    p, q, e = 2**521 - 1, 2**127 - 1, 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    numbers = RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), RSAPublicNumbers(e, p * q))
    return numbers.private_key().private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())


def test_a_key_that_cannot_sign_is_told_in_the_words_of_the_settings() -> None:
    rsa, ed25519 = pems()
    curve = generate_private_key(SECP256R1()).private_bytes(
        forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.BestAvailableEncryption(b"open sesame")
    )
    for first, second, message in (
        (b"", None, r"\[dkim\] key_file: this is not a private key in PEM"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", None, "not a private key in PEM form"),
        (short_key(), None, r"\[dkim\] key_file: a key of 648 bits is too short"),
        (curve, None, r"\[dkim\] key_file: the key has a passphrase"),
        (ed25519, None, r"\[dkim\] key_file: this is not an RSA key"),
        (rsa, rsa, r"\[dkim\] ed25519_key_file: this is not an Ed25519 key"),
    ):
        with pytest.raises(ConfigProblem, match=message):
            make_signer(DOMAIN, SigningKey(RSA, first), SigningKey(ED25519, second) if second else None)


def test_an_rsa_key_in_its_old_form_signs_too() -> None:
    key = forms.load_pem_private_key(pems()[0], None)
    old = key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.TraditionalOpenSSL, forms.NoEncryption())
    assert old.startswith(b"-----BEGIN RSA PRIVATE KEY-----")
    assert verdicts(sign_message(FULL, make_signer(DOMAIN, SigningKey(RSA, old)), now=NOW)) == [True]


def test_a_record_is_cut_into_strings_that_a_zone_file_can_hold() -> None:
    value = dns_value(pems()[0])
    assert value.startswith("v=DKIM1; k=rsa; p=MII")
    strings = dns_strings(value)
    assert [len(each) for each in strings] == [255, len(value) - 255]
    assert "".join(strings) == value
    assert len(dns_strings(dns_value(pems()[1]))) == 1
