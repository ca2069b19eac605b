"""`mailer doctor` and a sender's domain: DMARC, mail servers, reverse DNS; each fault in a zone of its own."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mailer.message.sign import dns_value
from tests.nameserver import name_server
from tests.office import Desk
from tests.zones import GOOD, GOOGLE, LOCAL, OWN, PRESS, SES, STRANGER, key, look, records, settings, txt, without

DMARC = "_dmarc.example.org TXT "
NONE = "_dmarc.example.org TXT v=DMARC1; p=none; rua=mailto:press@example.org"
DMARC_FAULTS = [
    ("good", f'{DMARC}"v=DMARC1; p=quarantine; rua=mailto:d@example.org"', None, "spam folder", None),
    ("none", "", "dmarc-none", "has no DMARC policy", NONE),
    ("two", f'{DMARC}"v=DMARC1; p=none"\n{DMARC}"v=DMARC1; p=reject"', "dmarc-several", "2 policies", None),
    ("not first", f'{DMARC}"p=none; v=DMARC1"', "dmarc-none", "has no DMARC policy", NONE),
    ("other words", f'{DMARC}"v=dmarc1; p=none"', "dmarc-unreadable", "is not a valid policy", NONE),
    ("at the domain", 'example.org TXT "v=DMARC1; p=none"', "dmarc-misplaced", "at example.org itself", NONE),
    ("domain twice", '_dmarc.example.org.example.org TXT "v=DMARC1; p=none"', "dmarc-misplaced", "domain again", NONE),
    ("no policy", f'{DMARC}"v=DMARC1; rua=mailto:d@example.org"', "dmarc-broken", "no p=",
     "_dmarc.example.org TXT v=DMARC1; p=none; rua=mailto:d@example.org"),
    ("no such policy", f'{DMARC}"v=DMARC1; p=block"', "dmarc-broken", "p=block", NONE),
    ("no mailto", f'{DMARC}"v=DMARC1; p=none; rua=d@example.org"', "dmarc-broken", "mailto:", NONE),
    ("no semicolon", f'{DMARC}"v=DMARC1; p=none rua=mailto:d@example.org"', "dmarc-broken", "p=none rua", NONE),
    ("backslash", f'{DMARC}"v=DMARC1; p=none; pct\\\\; rua=mailto:d@example.org"', "dmarc-broken", "backslash", None),
    ("adkim", f'{DMARC}"v=DMARC1; p=none; adkim=x"', "dmarc-broken", "adkim=x", NONE),
    ("trying", f'{DMARC}"v=DMARC1; p=reject; t=y; rua=mailto:d@example.org"', "dmarc-remarks", "being tried", None),
    ("pct", f'{DMARC}"v=DMARC1; p=reject; pct=50; rua=mailto:d@example.org"', "dmarc-remarks", "pct=50", None),
]  # fmt: skip


@pytest.mark.parametrize("zone, code, words, record", [e[1:] for e in DMARC_FAULTS], ids=[e[0] for e in DMARC_FAULTS])
def test_every_fault_of_a_dmarc_policy_is_told(
    desk: Desk, zone: str, code: str | None, words: str, record: str | None
) -> None:
    settings(desk)
    found = look(desk, f"{without(GOOD, '_dmarc')}\n{zone}", "--only", "dmarc")["dmarc example.org"]
    assert found["code"] == code, found["message"]
    assert words in found["message"]
    if record is not None:
        assert records(found) == [record]


def test_reports_that_nobody_gets_are_told(desk: Desk) -> None:
    settings(desk)
    without_rua = look(desk, f'{without(GOOD, "_dmarc")}\n{DMARC}"v=DMARC1; p=none"', "--only", "dmarc")
    assert records(without_rua["dmarc reports example.org"])[0].endswith("p=none; rua=mailto:dmarc@example.org")
    zone = f'{without(GOOD, "_dmarc")}\n{DMARC}"v=DMARC1; p=none; rua=mailto:x@reports.example.net"\n'
    assert without_rua["dmarc reports example.org"]["code"] == "dmarc-unheard"
    refused = look(desk, zone, "--only", "dmarc")["dmarc reports example.org"]
    assert refused["code"] == "dmarc-reports-refused"
    assert records(refused) == ["example.org._report._dmarc.reports.example.net TXT v=DMARC1"]
    allowed = look(desk, f'{zone}example.org._report._dmarc.reports.example.net TXT "v=DMARC1"', "--only", "dmarc")
    assert "dmarc reports example.org" not in allowed


def test_the_policy_of_the_organisation_holds_below_it(desk: Desk) -> None:
    settings(desk, address="press@news.example.org")
    zone = f'{without(GOOD, "_dmarc")}\n{DMARC}"v=DMARC1; p=none; sp=reject; rua=mailto:d@example.org"'
    found = look(desk, zone, "--only", "dmarc")
    assert found["dmarc news.example.org"]["at"] == "example.org"
    assert "refusal" in found["dmarc news.example.org"]["message"]
    assert found["alignment news.example.org"]["state"] == "ok"


ALIGNED = [
    ("MAIL FROM", {}, "", None, "agrees with MAIL FROM"),
    ("signature too", {"dkim": True}, "", None, "the signature of example.org and with MAIL FROM"),
    ("MAIL FROM elsewhere", {"bounces": "b@bounce.example.net"}, "", "alignment-relay", "needs a signature"),
    ("signature alone", {"bounces": "b@bounce.example.net", "dkim": True}, "", None, "the signature of example.org"),
    ("a provider's MAIL FROM", {"relay": SES}, "", "alignment-provider", "needs a signature"),
    ("strict", {"bounces": "b@bounces.example.org"}, "; aspf=s", "alignment-relay", "needs a signature"),
    ("relaxed", {"bounces": "b@bounces.example.org"}, "", None, "MAIL FROM"),
    ("nothing", {"bounces": "b@bounce.example.net", "dkim": True, "address": "press@other.example.com"}, "",
     "alignment-none", "is aligned with nothing"),
]  # fmt: skip


@pytest.mark.parametrize("made, tags, code, words", [e[1:] for e in ALIGNED], ids=[e[0] for e in ALIGNED])
def test_whether_from_agrees_with_what_is_checked_is_told(
    desk: Desk, made: dict[str, Any], tags: str, code: str | None, words: str
) -> None:
    settings(desk, **made)
    zone = f'{without(GOOD, "_dmarc")}\n{DMARC}"v=DMARC1; p=none{tags}; rua=mailto:d@example.org"'
    found = {name: each for name, each in look(desk, zone, "--only", "dmarc").items() if name.startswith("alignment")}
    (check,) = found.values()
    assert check["code"] == code, check["message"]
    assert words in check["message"]


MAIL = [
    ("good", "", None, "takes mail at mx.example.org", None),
    ("null MX", "example.org MX 0 .", "mx-null", "accepts no mail (null MX)", "example.org MX 10 mail.example.org."),
    ("no mail server", "example.org TXT x", "mx-none", "has no mail server", "example.org MX 10 mail.example.org."),
    ("address alone", "example.org A 192.0.2.3", "mx-implied", "no MX record", "example.org MX 10 example.org."),
    ("no such domain", "other.example.net A 192.0.2.3", "mx-no-domain", "there is no domain", None),
    ("server without address", "example.org MX 10 gone.example.org.", "mx-lame", "no mail server of", None),
    ("one of two", "example.org MX 10 gone.example.org.\nexample.org MX 20 mx.example.net.\nmx.example.net A 192.0.2.1",
     "mx-one-lame", "gone.example.org", None),
]  # fmt: skip


@pytest.mark.parametrize("zone, code, words, record", [e[1:] for e in MAIL], ids=[e[0] for e in MAIL])
def test_whether_answers_can_arrive_is_told(
    desk: Desk, zone: str, code: str | None, words: str, record: str | None
) -> None:
    settings(desk)
    found = look(desk, zone or GOOD, "--only", "mx")["mail to example.org"]
    assert found["code"] == code, found["message"]
    assert words in found["message"]
    assert records(found) == ([] if record is None else [record])


def test_each_domain_of_ours_is_asked_about_once_with_all_that_it_is_for(desk: Desk) -> None:
    settings(desk, reply_to="desk@answers.example.net", more='[optout]\nmailto = "optout@example.org"')
    found = look(desk, f"{GOOD}\nanswers.example.net MX 0 .", "--only", "mx")
    assert found["mail to example.org"]["used_for"] == ["From", "bounces", "opt-outs"]
    assert found["mail to answers.example.net"]["state"] == "wrong"


SENDERS = [
    ("press@example.org", STRANGER, None, "answers go to press@example.org"),
    ("lanterns@gmail.com", STRANGER, "sender-shared", "a domain that millions share"),
    ("lanterns@yahoo.co.uk", STRANGER, "sender-shared", "a domain that millions share"),
    ("lanterns@outlook.com", STRANGER, "sender-shared", "a domain that millions share"),
    ("lanterns@gmx.de", STRANGER, "sender-shared", "a domain that millions share"),
    ("lanterns@gmail.com", GOOGLE, "sender-free", "over its own relay"),
    ("museum-noreply@example.org", STRANGER, "sender-mute", "nobody reads it"),
    ("ne-pas-repondre@example.org", STRANGER, "sender-mute", "nobody reads it"),
]


@pytest.mark.parametrize("address, relay, code, words", SENDERS)
def test_a_name_that_is_not_ones_own_or_that_nobody_reads_is_told(
    desk: Desk, address: str, relay: str, code: str | None, words: str
) -> None:
    settings(desk, relay, address=address)
    found = look(desk, GOOD, "--only", "sender")["sender main"]
    assert found["code"] == code
    assert words in found["message"]


def test_a_sender_that_is_still_the_samples_is_an_error(desk: Desk) -> None:
    settings(desk)
    toml = (desk.root / "mailer.toml").read_text("utf-8")
    desk.write("mailer.toml", re.sub(r'organisation = ".*"', 'organisation = "Eastport Seal Trust"', toml))
    found = look(desk, GOOD, "--only", "sender")["sender main"]
    assert (found["code"], found["state"]) == ("sender-sample", "wrong")
    assert "still the sample's: organisation" in found["message"]


REVERSE = [
    ("good", OWN, "relay.example.org A 192.0.2.26\n26.2.0.192.in-addr.arpa PTR relay.example.org.", None, "leads back"),
    ("no name", OWN, "relay.example.org A 192.0.2.26", "reverse-none", "has no name (PTR)"),
    ("another's name", OWN, "relay.example.org A 192.0.2.26\n26.2.0.192.in-addr.arpa PTR dsl.example.com.",
     "reverse-astray", "does not lead back"),
    ("inside the house", OWN, "relay.example.org A 192.168.4.2", "reverse-unknown", "not known here"),
    ("this machine", LOCAL, "", "reverse-unknown", "not known here"),
    ("a provider's", GOOGLE, "", None, "Google is responsible"),
    ("a stranger's", STRANGER, "", None, "example.net is responsible"),
]  # fmt: skip


@pytest.mark.parametrize("relay, zone, code, words", [e[1:] for e in REVERSE], ids=[e[0] for e in REVERSE])
def test_names_of_addresses_are_looked_at_where_the_server_is_ones_own(
    desk: Desk, relay: str, zone: str, code: str | None, words: str
) -> None:
    settings(desk, relay)
    (found,) = look(desk, f"{GOOD}\n{zone}", "--only", "reverse").values()
    assert found["code"] == code, found["message"]
    assert words in found["message"]


def test_a_name_server_that_is_broken_says_nothing_of_an_address(desk: Desk) -> None:
    settings(desk, OWN)
    broken = frozenset({"26.2.0.192.in-addr.arpa"})
    (found,) = look(desk, f"{GOOD}\nrelay.example.org A 192.0.2.26", "--only", "reverse", broken=broken).values()
    assert (found["code"], "SERVFAIL" in found["message"]) == ("reverse-silent", True)


def test_a_name_server_that_says_nothing_hides_nothing_and_claims_nothing(desk: Desk) -> None:
    settings(desk, dkim=True, more="[dns]\ntimeout_s = 0.1\n")
    names = {"example.org", f"{PRESS}", "_dmarc.example.org", "relay.example.net", "_dmarc.org"}
    with name_server(GOOD, silent=frozenset(names)) as server:
        text = (desk.root / "mailer.toml").read_text()
        desk.write("mailer.toml", text.replace("[dns]", f'[dns]\nnameserver = "{server.address}"'))
        words = [word for name in ("spf", "dkim", "dmarc", "keys") for word in ("--only", name)]
        done = desk.run("doctor", "--json", *words)
        gathered = {each["name"]: each for each in desk.run("doctor", "--json", *words, "--only", "mx").json["checks"]}
    found = {each["name"]: each for each in done.json["checks"]}
    assert found["keys"]["state"] == "ok"
    silent = {"spf example.org": "spf-silent", "dkim press": "dkim-silent", "dmarc example.org": "dmarc-silent"}
    for name, code in silent.items():
        assert (name, found[name]["code"]) == (name, code)
        assert "no answer" in found[name]["message"]
    assert (gathered["mail to example.org"]["code"], not silent.keys() & gathered.keys()) == ("mx-silent", True)


def test_what_follows_from_a_domain_that_does_not_exist_is_told_once(desk: Desk) -> None:
    settings(desk, more='[optout]\nmailto = "optout@example.org"')
    words = ("--only", "mx", "--only", "spf", "--only", "dkim", "--only", "dmarc")
    found = look(desk, "other.example.net A 192.0.2.3", *words)
    (one,) = (each for each in found.values() if each["code"])
    assert one["message"] == (
        "there is no domain example.org (From, bounces, opt-outs); spf example.org, dkim example.org, dmarc example.org"
        " could not be checked either"
    )
    assert one["follows"] == ["spf example.org", "dkim example.org", "dmarc example.org"]


def test_the_rules_of_the_big_providers_are_held_against_what_was_found(desk: Desk) -> None:
    settings(desk, dkim=True)
    with name_server(without(GOOD, "_dmarc") + txt(PRESS, dns_value(key()))) as server:
        done = desk.run("doctor", "--json", "--nameserver", server.address, "--limit", "5")
        shown = desk.run("doctor", "--nameserver", server.address, "--limit", "5").out
    rows = {row["rule"]: (row["gmail"], row["yahoo"], row["microsoft"]) for row in done.json["bulk_senders"]}
    assert rows["spf"] == ("met", "met", "met")
    assert rows["dkim"] == ("met", "met", "met")
    assert rows["dmarc"] == ("not met", "not met", "not met")
    assert rows["reverse"] == ("not known", "not known", "not asked")
    assert rows["complaints"] == ("not known", "not known", "not asked")
    assert '    _dmarc.example.org TXT "v=DMARC1; p=none; rua=mailto:press@example.org"\n' in shown
    assert "to fix" in shown
    assert done.code == 3
