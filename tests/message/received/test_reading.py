"""What strangers' servers wrote into a mail: results, steps, opinions, and signs of change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.message.received import (
    find_alterations,
    parse_copy,
    parse_results,
    read_hops,
    read_opinions,
    read_results,
    read_signatures,
)
from tests.message.dkim_mails import HEAD, mail

GMAIL = (
    "mx.google.com; dkim=pass header.i=@example.org header.s=press2026 header.b=Ab/cD; "
    "spf=pass (google.com: domain of b@example.org designates 192.0.2.25 as permitted sender) "
    'smtp.mailfrom="bounces+x@example.org"; dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=example.org'
)
MICROSOFT = (
    "spf=softfail (sender IP is 192.0.2.25) smtp.mailfrom=bounces.example.org; dkim=none (message not signed) "
    "header.d=none;dmarc=fail action=none header.from=example.org;compauth=fail reason=001"
)
YAHOO = "atlas1.mail.example.net; dkim=permfail header.i=@example.org; dkim=pass header.i=@relay.example.net; spf=none"
NESTED = 'mx.example.net (a server (of ours); really) 1; spf=fail reason="not; allowed" smtp.mailfrom=example.org'


@pytest.mark.parametrize(
    "text, server, found",
    [
        (
            GMAIL,
            "mx.google.com",
            [("dkim", "pass", "example.org"), ("spf", "pass", "example.org"), ("dmarc", "pass", "example.org")],
        ),
        (
            MICROSOFT,
            "",
            [
                ("spf", "softfail", "bounces.example.org"),
                ("dkim", "none", "none"),
                ("dmarc", "fail", "example.org"),
                ("compauth", "fail", ""),
            ],
        ),
        (
            YAHOO,
            "atlas1.mail.example.net",
            [("dkim", "permfail", "example.org"), ("dkim", "pass", "relay.example.net"), ("spf", "none", "")],
        ),
        (NESTED, "mx.example.net", [("spf", "fail", "example.org")]),
        ("mx.example.net; none", "mx.example.net", []),
        ("", "", []),
    ],
)
def test_results_are_read_as_servers_write_them(text: str, server: str, found: list[tuple[str, str, str]]) -> None:
    results = parse_results(text)
    assert results.server == server
    assert [(each.method, each.result, each.domain) for each in results.results] == found


def test_what_stands_in_a_comment_is_kept_for_people() -> None:
    (spf,) = parse_results(GMAIL).of("spf")
    assert spf.comment.startswith("google.com: domain of")


def test_the_topmost_results_come_first() -> None:
    fields = "Authentication-Results: mx.example.net; spf=pass\nAuthentication-Results: forged.example.com; dkim=pass\n"
    copy = parse_copy(mail("x\n", fields + HEAD))
    assert [each.server for each in read_results(copy)] == ["mx.example.net", "forged.example.com"]


POSTFIX = (
    "from desk (unknown [10.0.0.7])\n by relay.example.org (Postfix) with ESMTPSA id 1; Tue, 24 Nov 2026 08:30:01 +0000"
)
GOOGLE = (
    "from relay.example.org (relay.example.org. [192.0.2.25])\n by mx.google.com with ESMTPS id 2\n"
    " (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256);\n Tue, 24 Nov 2026 00:40:03 -0800 (PST)"
)
WITHIN = "by 2002:a05:6a10:1 with SMTP id 3;\n Tue, 24 Nov 2026 08:40:04 -0000"
EXCHANGE = (
    "from AM0.example.net (2603:10a6::1) by DB1.example.net (2603:10a6::2) with Microsoft SMTP Server\n"
    " (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20; Tue, 24 Nov 2026 08:30:02 +0000"
)
CLEAR = (
    "from old.example.net (old.example.net [198.51.100.7]) by mx.example.com with ESMTP id 4; "
    "Tue, 24 Nov 2026 08:30:05 +0000"
)


@pytest.mark.parametrize(
    "received, secure, sender, receiver",
    [
        (POSTFIX, True, "desk", "relay.example.org"),
        (GOOGLE, True, "relay.example.org", "mx.google.com"),
        (WITHIN, None, "", "2002:a05:6a10:1"),
        (EXCHANGE, True, "AM0.example.net", "DB1.example.net"),
        (CLEAR, False, "old.example.net", "mx.example.com"),
        (
            "from localhost (localhost [127.0.0.1]) by mx.example.com with ESMTP; Tue, 24 Nov 2026 08:30:05 +0000",
            None,
            "localhost",
            "mx.example.com",
        ),
        ("(qmail 123 invoked by uid 7); 24 Nov 2026 08:30:05 -0000", None, "", "uid"),
        ("garbage", None, "", ""),
    ],
)
def test_steps_are_read_as_servers_write_them(
    received: str, sender: str, receiver: str, *, secure: bool | None
) -> None:
    (hop,) = read_hops(parse_copy(mail("x\n", f"Received: {received}\n{HEAD}")))
    assert (hop.secure, hop.sender) == (secure, sender)
    assert hop.receiver in {receiver, ""}


def test_steps_come_in_the_order_of_the_way() -> None:
    fields = f"Received: {WITHIN}\nReceived: {GOOGLE}\nReceived: {POSTFIX}\n"
    hops = read_hops(parse_copy(mail("x\n", fields + HEAD)))
    assert [hop.receiver for hop in hops] == ["relay.example.org", "mx.google.com", "2002:a05:6a10:1"]


OPINIONS = [
    (
        "X-Spam-Status: No, score=-1.2 required=5.0 tests=DKIM_VALID,SPF_PASS autolearn=ham",
        False,
        "-1.2 points of 5.0 (DKIM_VALID, SPF_PASS)",
    ),
    (
        "X-Spam-Status: Yes, hits=7.5 required=5.0\n\ttests=HTML_ONLY,\n\tBIG_FONT",
        True,
        "takes it for spam: 7.5 points",
    ),
    (
        "X-Spamd-Result: default: False [4.10 / 15.00]; R_SPF_ALLOW(-0.20)[+ip4:192.0.2.25]; SUBJ_ALL_CAPS(3.00)[]",
        False,
        "(SUBJ_ALL_CAPS 3.00)",
    ),
    ("X-Spamd-Result: default: True [16.10 / 15.00]; R_PARTS_DIFFER(1.00)[]", True, "takes it for spam"),
    (
        "X-Forefront-Antispam-Report: CIP:192.0.2.25;CTRY:DE;LANG:en;SCL:5;SFV:SPM;CAT:SPOOF;",
        True,
        "spam confidence 5 (spam, SPOOF)",
    ),
    ("X-Forefront-Antispam-Report: CIP:192.0.2.25;SCL:1;SFV:NSPM;CAT:NONE;", False, "spam confidence 1 (not spam)"),
    ("X-MS-Exchange-Organization-SCL: -1", False, "spam confidence -1 (not spam)"),
    ("X-Microsoft-Antispam: BCL:8;ARA:1", True, "level 8 of 9"),
    ("X-Microsoft-Antispam: BCL:2;ARA:1", None, "level 2 of 9"),
    ("X-Spam-Flag: YES", True, "marked it as spam"),
]


@pytest.mark.parametrize("field, spam, words", OPINIONS)
def test_what_filters_write_is_said_in_plain_words(field: str, words: str, *, spam: bool | None) -> None:
    (opinion,) = read_opinions(parse_copy(mail("x\n", f"{field}\n{HEAD}")))
    assert opinion.spam is spam
    assert words in opinion.sentence


PARTS = """\
From: Press Office <press@example.org>
To: Ada Brook <ada@daily.example.com>
Subject: Ferry to Skerry Island
Date: Tue, 24 Nov 2026 08:30:00 +0000
Message-ID: <a@example.org>
List-Unsubscribe: <https://press.example.org/o/aeaa>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_1"
"""
BODY = """\
--=_1
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

The ferry runs again: https://ferry.example.org/ and https://news.example.org/a
Opt out: https://press.example.org/o/aeaa
--=_1
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

<p>The ferry runs <a href="https://ferry.example.org/">again</a>, <a href="https://news.example.org/a">news</a></p>
--=_1--
"""
FERRY, NEWS = 'href="https://ferry.example.org/"', 'href="https://news.example.org/a"'
LINE = "Opt out: https://press.example.org/o/aeaa\n"
CHANGES = [
    (
        "opt-out-encoded",
        "Unsubscribe: <https://press.example.org/o/aeaa>",
        "Unsubscribe: =?utf-8?q?=3Chttps=3A//x=3E?=",
    ),
    ("opt-out-broken", "<https://press.example.org/o/aeaa>", "<https://press.example.org/o /aeaa>"),
    ("opt-out-twice", "List-Unsubscribe-Post", "List-Unsubscribe: <mailto:relay@example.net>\nList-Unsubscribe-Post"),
    ("one-click-lost", "<https://press.example.org/o/aeaa>", "<mailto:optout@example.org>"),
    ("links-rewritten", FERRY, 'href="https://u123.ct.sendgrid.net/ls/click?upn=a"'),
    ("links-rewritten", FERRY, 'href="https://eu.awstrack.me/L0/a"'),
    ("pixel", "</p>", '</p><img src="https://t.example.net/x" width="1" height="1">'),
    ("pixel", "</p>", '</p><img src="https://u1.ct.sendgrid.net/wf/open?upn=a" alt="" style="width:600px">'),
    ("footer", LINE, f"{LINE}This message is confidential.\n"),
]


def test_a_mail_that_nobody_changed_shows_no_signs() -> None:
    assert list(find_alterations(parse_copy(mail(BODY, PARTS)))) == []


@pytest.mark.parametrize("code, old, new", CHANGES)
def test_what_the_way_made_of_a_mail_is_told(code: str, old: str, new: str) -> None:
    assert old in PARTS + BODY
    assert code in dict(find_alterations(parse_copy(mail(BODY.replace(old, new), PARTS.replace(old, new)))))


def test_links_that_all_lead_to_one_host_which_the_text_never_names_were_rewritten() -> None:
    body = BODY.replace(FERRY, 'href="https://go.example.com/1"').replace(NEWS, 'href="https://go.example.com/2"')
    (found,) = find_alterations(parse_copy(mail(body, PARTS)))
    assert found == ("links-rewritten.strange", {"count": 2, "host": "go.example.com"})


def test_a_mail_without_its_text_part_is_told() -> None:
    head = PARTS.replace('multipart/alternative; boundary="=_1"', "text/html; charset=utf-8")
    assert "text-lost" in dict(find_alterations(parse_copy(mail("<p>The ferry</p>\n", head))))


@given(st.binary(max_size=400))
def test_whatever_is_read_nothing_breaks(data: bytes) -> None:
    for whole in (
        data,
        HEAD.encode() + data,
        b"Received: " + data + b"\r\nAuthentication-Results: " + data + b"\r\n\r\nx",
    ):
        copy = parse_copy(whole)
        read_results(copy)
        read_hops(copy)
        list(read_opinions(copy))
        read_signatures(copy)
        list(find_alterations(copy))


def test_of_thousands_of_signatures_the_topmost_twenty_are_read() -> None:
    fields = "".join(f"DKIM-Signature: v=1; d=a{number}.example; s=x\n" for number in range(3000))
    found = read_signatures(parse_copy(f"{fields}From: a@example.org\n\nHello".encode()))
    assert [each.domain for each in found] == [f"a{number}.example" for number in range(20)]
