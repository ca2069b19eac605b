"""`mailer doctor --message`: a mail that a real relay accepted, with the headers that a receiver's server adds."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

from mailer.message.sign import SigningKey, dns_value, make_signer, sign_message
from tests.message.dkim_mails import NOW
from tests.nameserver import name_server
from tests.office import Desk, environment
from tests.servers import threaded_server
from tests.zones import GOOD, PRESS, key, rsa_of, txt

BEFORE = """\
Return-Path: <{path}>
Received: from relay.example.net (relay.example.net [192.0.2.25]) by mx.daily.example.com
 with ESMTPS (TLSv1.3 cipher TLS_AES_256_GCM_SHA384) id 7; {date}
Authentication-Results: mx.daily.example.com; {results}
Authentication-Results: forged.example.net; dkim=pass header.d=example.org
X-Spam-Status: No, score=-0.1 required=5.0 tests=DKIM_VALID autolearn=no
"""
PASSED = (
    "dkim=pass header.d=example.org header.s=press; spf=pass smtp.mailfrom=bounces@example.org;\n"
    " dmarc=pass (p=none) header.from=example.org"
)


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a mail as a relay received them."""
    office = Desk(tmp_path_factory.mktemp("office"))
    with threaded_server() as server:
        office.release()
        office.people("one", ["ada@a.example.com"])
        office.settings(server)
        assert office.run("send", "lamps", "--to", "one", "--yes").code == 0
    return server.accepted[0].data


def signed(data: bytes) -> bytes:
    return sign_message(data, make_signer("example.org", SigningKey("press", key())), now=NOW)


def arrived(data: bytes, results: str = PASSED, path: str = "bounces+abc@example.org") -> bytes:
    head = data.partition(b"\r\n\r\n")[0].decode()
    date = next(line.removeprefix("Date: ") for line in head.splitlines() if line.startswith("Date: "))
    return BEFORE.format(results=results, path=path, date=date).replace("\n", "\r\n").encode() + data


def look(desk: Desk, data: bytes, *words: str, zone: str = "") -> dict[str, Any]:
    (desk.root / "copy.eml").write_bytes(data)
    with name_server(zone or GOOD + txt(PRESS, dns_value(key()))) as server:
        done = desk.run(
            "doctor", "--message", str(desk.root / "copy.eml"), "--json", "--nameserver", server.address, *words
        )
    document = done.json
    assert done.code == (0 if document["good"] else 3)
    return {each["name"]: each for each in document["checks"]} | {
        f"rule {row['rule']}": row["gmail"] for row in document["bulk_senders"]
    }


@pytest.mark.slow
def test_a_mail_that_arrived_as_it_was_sent_is_good_in_all_that_can_be_told(desk: Desk, sent: bytes) -> None:
    found = look(desk, arrived(signed(sent)))
    states = {name: each["state"] for name, each in found.items() if not name.startswith("rule")}
    assert set(states.values()) == {"ok"}, states
    assert found["results"]["server"] == "mx.daily.example.com"
    assert "forged.example.net" in found["results"]["message"]
    assert found["signature press"]["verdict"] == "good"
    assert "example.org covers both" in found["unsubscribe button"]["message"]
    for rule in ("spf", "dkim", "dmarc", "aligned", "tls", "one-click"):
        assert (rule, found[f"rule {rule}"]) == (rule, "met")


def test_it_reads_like_a_page(desk: Desk, sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    (desk.root / "copy.eml").write_bytes(arrived(signed(sent)))
    shown = desk.run("doctor", "--offline", "--message", str(desk.root / "copy.eml")).out
    for words in ("What the receiver's server reports", "The signatures", "Its route", "The mail itself"):
        assert f"  {words}\n" in shown
    assert max(map(len, shown.splitlines())) <= 100


RESULTS = [
    ("spf", "spf=fail smtp.mailfrom=example.org", "arrived-spf", "not allowed"),
    ("spf", "spf=softfail smtp.mailfrom=example.org", "arrived-spf", "mildly"),
    ("spf", "spf=permerror smtp.mailfrom=example.org", "arrived-spf", "broken"),
    ("spf", "spf=temperror smtp.mailfrom=example.org", "arrived-spf-later", "did not answer"),
    ("spf", "spf=pass smtp.mailfrom=bounce.example.net", None, "not From's domain"),
    ("spf", "dkim=pass header.d=example.org", "arrived-no-spf", "reports nothing about SPF"),
    ("dkim", "spf=pass smtp.mailfrom=example.org", "arrived-unsigned", "found no signature"),
    ("dkim", "dkim=none", "arrived-unsigned", "found no signature"),
    ("dkim", "dkim=fail (body hash did not verify) header.d=example.org", "arrived-dkim", "body hash did not verify"),
    ("dkim", "dkim=pass header.d=relay.example.net", "arrived-foreign", "none is of From's domain"),
    ("dkim", "dkim=pass header.i=@news.example.org", None, "dkim=pass"),
    ("dmarc", "dmarc=fail (p=none) header.from=example.org", "arrived-dmarc", "neither SPF nor a signature"),
    ("dmarc", "dmarc=none header.from=example.org", "arrived-no-dmarc", "has no policy"),
    ("dmarc", "dmarc=bestguesspass header.from=example.org", "arrived-no-dmarc", "has no policy"),
    ("dmarc", "spf=pass smtp.mailfrom=example.org", "arrived-dmarc-untold", "reports nothing about DMARC"),
    ("arc", "arc=pass (i=1)", None, "arc=pass"),
    ("compauth", "dmarc=fail; compauth=fail reason=000", "filter-spam", "does not believe that From is real"),
]


@pytest.mark.slow
@pytest.mark.parametrize("name, results, code, words", RESULTS)
def test_what_the_receiver_found_is_said_with_what_it_means(
    desk: Desk, name: str, results: str, code: str | None, words: str
) -> None:
    data = arrived(b"From: press@example.org\r\nDate: Tue, 24 Nov 2026 08:30:00 +0000\r\n\r\nx\r\n", results)
    found = look(desk, data, "--offline")[name]
    assert found["code"] == code, found["message"]
    assert words in found["message"]


FASTMAIL = """\
Authentication-Results: mx.daily.example.com; x-ptr=pass smtp.helo=relay.example.net
Authentication-Results: mx.daily.example.com; dmarc=pass (p=none) header.from=example.org
Authentication-Results: mx.daily.example.com; spf=pass smtp.mailfrom=example.org
Authentication-Results: mx.daily.example.com;
 dkim=pass (2048-bit key; unprotected) header.d=example.org header.s=press
"""
YAHOO = """\
Authentication-Results: atlas-production.example.net; dkim=pass header.i=@example.org; spf=pass; dmarc=pass
Received: from 192.0.2.25 (EHLO relay.example.net) by 10.217.131.9 with SMTPs; {date}
"""
GOOD_HEADS = {"several filters": FASTMAIL, "a server that Received does not name": YAHOO}


@pytest.mark.parametrize("head", GOOD_HEADS.values(), ids=GOOD_HEADS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_results_of_a_server_are_believed_in_whatever_way_it_writes_them(
    desk: Desk, sent: bytes, head: str, end: str
) -> None:
    top = head if "Received" in head else BEFORE.partition("Authentication")[0] + head
    data = top.format(path="bounces+abc@example.org", date="Tue, 24 Nov 2026 08:30:00 +0000").encode() + signed(sent)
    found = look(desk, data.replace(b"\r\n", b"\n").replace(b"\n", end.encode()))
    assert {name: found[name]["state"] for name in ("results", "spf", "dkim", "dmarc")} == dict.fromkeys(
        ("results", "spf", "dkim", "dmarc"), "ok"
    )
    assert "Others" not in found["results"]["message"]


def test_a_mail_passed_on_as_an_attachment_and_the_first_of_several_are_read(desk: Desk, sent: bytes) -> None:
    ours = arrived(signed(sent))
    passed_on = (
        b"From: ada@daily.example.com\nSubject: Fwd: x\nContent-Type: multipart/mixed; boundary=zz\n\n--zz\n\nhere\n"
        b"--zz\nContent-Type: message/rfc822\nContent-Disposition: attachment\n\n" + ours + b"\n--zz--\n"
    )
    postmark = b"From 123@xxx Fri Nov 27 09:02:04 +0000 2026\n"
    for data in (passed_on, postmark + ours + b"\n" + postmark + passed_on):
        found = look(desk, data)
        assert (found["copy"]["state"], found["signature press"]["verdict"]) == ("ok", "good")
        assert "sender" not in found


def test_a_copy_that_lost_its_signature_is_not_called_unsigned(desk: Desk, sent: bytes) -> None:
    assert look(desk, arrived(sent), "--offline")["signature"]["code"] == "signature-unsure"


def test_a_copy_without_results_says_how_to_get_one_with_them(desk: Desk, sent: bytes) -> None:
    found = look(desk, sent, "--offline")
    assert (found["results"]["code"], "Gmail" in found["results"]["hint"]) == ("arrived-untold", True)
    assert (found["signature"]["code"], found["servers"]["code"]) == ("signature-none", "way-unknown")
    assert found["rule spf"] == "not known"


BROKEN = [
    ("footer", lambda data: data.replace(b"--\r\n", b"--\r\nScanned by a gateway.\r\n", 1), "body-changed"),
    ("subject", lambda data: data.replace(b"\nSubject: ", b"\nSubject: [EXT] "), "header-changed"),
    ("good", lambda data: data, "good"),
]


@pytest.mark.parametrize("change, verdict", [each[1:] for each in BROKEN], ids=[each[0] for each in BROKEN])
def test_a_signature_that_was_broken_on_the_way_says_by_what(
    desk: Desk, sent: bytes, change: Any, verdict: str
) -> None:
    found = look(desk, change(arrived(signed(sent), PASSED.replace("dkim=pass", "dkim=fail"))))["signature press"]
    assert found["verdict"] == verdict
    assert found["code"] == (None if verdict == "good" else "signature-broken")
    # the receiver's own server found it valid, so it was changed afterwards
    found = look(desk, change(arrived(signed(sent))))["signature press"]
    assert found["code"] == (None if verdict == "good" else "signature-unsure")


def test_a_mail_that_fails_a_policy_has_one_all_the_same(desk: Desk, sent: bytes) -> None:
    found = look(desk, arrived(signed(sent), PASSED.replace("dmarc=pass", "dmarc=fail")), "--offline")
    assert (found["dmarc"]["code"], found["rule dmarc"], found["rule aligned"]) == ("arrived-dmarc", "met", "not met")
    found = look(desk, arrived(signed(sent), PASSED.replace("dmarc=pass", "dmarc=temperror")), "--offline")
    assert (found["dmarc"]["code"], found["rule dmarc"]) == ("arrived-dmarc-untold", "not known")


def test_no_key_and_another_key_in_the_dns_are_told(desk: Desk, sent: bytes) -> None:
    data = arrived(signed(sent))
    assert look(desk, data, zone=GOOD)["signature press"]["verdict"] == "no-key"
    assert look(desk, data, zone=GOOD + txt(PRESS, rsa_of(2048)))["signature press"]["verdict"] == "header-changed"
    unknown = look(desk, data, "--offline")["signature press"]
    assert (unknown["verdict"], unknown["code"]) == ("unknown", "signature-unsure")


def test_results_in_a_strangers_name_are_not_the_receivers(desk: Desk, sent: bytes) -> None:
    forged = b"Authentication-Results: mx.bank.example.net; dkim=fail header.d=example.org; spf=fail; dmarc=fail\r\n"
    below = look(desk, forged + arrived(signed(sent)))
    assert (below["results"]["code"], below["results"]["server"]) == (None, "mx.daily.example.com")
    assert "mx.bank.example.net" in below["results"]["message"]
    assert (below["spf"]["state"], below["dmarc"]["state"]) == ("ok", "ok")
    own = arrived(signed(sent)).replace(b"Authentication-Results: mx.daily.example.com", b"X-Results: x", 1)
    alone = look(desk, own)["results"]
    assert (alone["code"], alone["server"]) == ("arrived-strange", "forged.example.net")


def test_a_mail_without_a_button_and_one_with_an_open_signature_are_told(desk: Desk, sent: bytes) -> None:
    import dkim

    bare = re.sub(rb"List-Unsubscribe(?:-Post)?:.*\r\n(?:[ \t].*\r\n)*", b"", sent)
    assert look(desk, arrived(signed(bare)))["unsubscribe button"]["code"] == "button-none"
    field = dkim.sign(sent, b"press", b"example.org", key(), canonicalize=(b"relaxed", b"relaxed"), length=True)
    found = look(desk, arrived(field + sent))["signature press"]
    assert (found["code"], "lets anyone append to the body" in found["message"]) == ("signature-open", True)


def test_what_is_wrong_with_the_mail_itself_is_told_and_what_a_server_may_do_is_a_note(desk: Desk, sent: bytes) -> None:
    bare = look(
        desk, arrived(b"From: press@example.org\r\nDate: Tue, 24 Nov 2026 08:30:00 +0000\r\n\r\nx\r\n"), "--offline"
    )
    assert (bare["format subject"]["code"], bare["format subject"]["message"]) == ("format", "there is no subject")
    eight = sent.replace(b"<body", b"<!-- \xc3\xa4 --><body", 1)
    assert look(desk, arrived(eight), "--offline")["format seven-bit"]["code"] == "format-note"


def test_a_return_address_that_is_the_relays_by_agreement_is_a_note(desk: Desk, sent: bytes) -> None:
    text = (desk.root / "mailer.toml").read_text()
    desk.write("mailer.toml", text.replace("[bounces]", '[bounces]\nverp = "off"'))
    found = look(desk, arrived(signed(sent), path="0102-abc@eu-west-1.amazonses.com"), "--offline")["return address"]
    assert found["code"] == "return-known"


@pytest.mark.parametrize("left_out", ["list-unsubscribe", "list-unsubscribe-post"])
def test_a_signature_that_leaves_an_opt_out_field_out_hides_the_button(desk: Desk, sent: bytes, left_out: str) -> None:
    import dkim

    names = [b"from", b"to", b"subject", *({b"list-unsubscribe", b"list-unsubscribe-post"} - {left_out.encode()})]
    field = dkim.sign(
        sent, b"press", b"example.org", key(), canonicalize=(b"relaxed", b"relaxed"), include_headers=names
    )
    found = look(desk, arrived(field + sent))
    assert found["signature press"]["verdict"] == "good"
    assert found["unsubscribe button"]["code"] == "button-hidden"
    assert f"covers {left_out} (h=)" in found["unsubscribe button"]["message"]
    assert found["rule one-click"] == "not met"


PATHS = [
    ("bounces+abc@example.org", None, "each with its token"),
    ("bounces@example.org", "return-lost", "the token in the return address was lost"),
    ("0102-abc@eu-west-1.amazonses.com", "return-other", "the relay set MAIL FROM"),
]


@pytest.mark.parametrize("path, code, words", PATHS)
def test_where_bounces_come_back_to_is_told(desk: Desk, sent: bytes, path: str, code: str | None, words: str) -> None:
    found = look(desk, arrived(signed(sent), path=path), "--offline")["return address"]
    assert (found["code"], words in found["message"]) == (code, True), found["message"]


def test_a_way_without_tls_and_a_filter_that_objects_are_told(desk: Desk, sent: bytes) -> None:
    head = (
        b"Received: from mx.daily.example.com (mx.daily.example.com [198.51.100.7]) by box.daily.example.com\r\n"
        b" with ESMTP id 9; Fri, 1 Jan 2100 08:30:00 +0000\r\nX-Spam-Flag: YES\r\n"
    )
    found = look(desk, head + arrived(signed(sent)), "--offline")
    assert "without TLS from mx.daily.example.com to box.daily.example.com" in found["servers"]["message"]
    assert found["filter a filter"]["code"] == "filter-spam"
    assert found["servers"]["code"] == "way-clear"
    assert found["rule tls"] == "not met"


def test_a_mail_of_somebody_else_is_told(desk: Desk) -> None:
    data = b"From: x@other.example.net\r\nSubject: Hello\r\n\r\nHello.\r\n"
    assert look(desk, data, "--offline")["sender"]["code"] == "arrived-stranger"


@pytest.mark.parametrize("data", [b"", b"\x00\xff" * 50, b"Just a text.\r\n", b"From: a@example.org\r\n\r\n"])
def test_what_is_no_mail_that_arrived_is_refused_with_what_to_do(desk: Desk, data: bytes) -> None:
    (desk.root / "copy.eml").write_bytes(data)
    done = desk.run("doctor", "--message", str(desk.root / "copy.eml"))
    assert done.code == 2
    assert "Show original" in done.err


def test_a_file_that_is_not_there_is_told(desk: Desk) -> None:
    assert desk.run("doctor", "--message", "gone.eml").code == 2


@pytest.mark.slow
def test_a_mail_can_be_piped_in(desk: Desk, sent: bytes) -> None:
    command = [sys.executable, "-m", "mailer", "--workspace", str(desk.root), "doctor", "--offline", "--message", "-"]
    with environment({}):
        done = subprocess.run(command, input=arrived(signed(sent)), capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert b"mx.daily.example.com wrote what follows" in done.stdout
