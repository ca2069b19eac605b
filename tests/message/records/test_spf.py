"""SPF records against the examples and the words of RFC 7208."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.message.records import Ask, SpfResult, client_at, expand, is_spf, judge_spf, parse_spf, survey_spf

# RFC 7208 appendix A, with documentation's own addresses
ZONE = {
    ("example.com", "MX"): ("mail-a.example.com", "mail-b.example.com"),
    ("example.com", "A"): ("192.0.2.10", "192.0.2.11"),
    ("amy.example.com", "A"): ("192.0.2.65",),
    ("bob.example.com", "A"): ("192.0.2.66",),
    ("mail-a.example.com", "A"): ("192.0.2.129",),
    ("mail-b.example.com", "A"): ("192.0.2.130",),
    ("www.example.com", "A"): ("192.0.2.10", "192.0.2.11"),
    ("example.org", "MX"): ("mail-c.example.org",),
    ("mail-c.example.org", "A"): ("192.0.2.140",),
    ("mail-c.example.org", "AAAA"): ("2001:db8::140",),
    ("example.org", "TXT"): ("v=spf1 mx -all",),
    ("66.2.0.192.in-addr.arpa", "PTR"): ("bob.example.com",),
    ("67.2.0.192.in-addr.arpa", "PTR"): ("bob.example.com",),  # which does not lead back
    ("bob.example.com.allowed.example.org", "A"): ("127.0.0.2",),
    ("mary.mobile-users._spf.example.com", "A"): ("127.0.0.2",),
    ("129.2.0.192.remote-users._spf.example.com", "A"): ("127.0.0.2",),
}


def dns(record: str, **more: str) -> Ask:
    known = {
        **ZONE,
        ("example.com", "TXT"): (record,),
        **{(k.replace("__", "."), "TXT"): (v,) for k, v in more.items()},
    }
    return lambda name, kind: known.get((name.rstrip("."), kind), ())


def result(record: str, address: str = "192.0.2.129", sender: str = "fred@example.com", **more: str) -> SpfResult:
    return judge_spf("example.com", client_at(address, sender), dns(record, **more))


@pytest.mark.parametrize(
    "record, address, expected",
    [
        ("v=spf1 +all", "203.0.113.1", "pass"),
        ("v=spf1 a -all", "192.0.2.10", "pass"),
        ("v=spf1 a -all", "192.0.2.12", "fail"),
        ("v=spf1 a:example.org -all", "192.0.2.10", "fail"),
        ("v=spf1 mx -all", "192.0.2.129", "pass"),
        ("v=spf1 mx:example.org -all", "192.0.2.140", "pass"),
        ("v=spf1 mx:example.org -all", "2001:db8::140", "pass"),
        ("v=spf1 mx mx:example.org -all", "192.0.2.140", "pass"),
        ("v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.131", "pass"),
        ("v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.132", "fail"),
        ("v=spf1 ptr -all", "192.0.2.65", "fail"),
        ("v=spf1 ptr -all", "192.0.2.66", "pass"),
        ("v=spf1 ptr -all", "192.0.2.67", "fail"),
        ("v=spf1 ptr:example.org -all", "192.0.2.66", "fail"),
        ("v=spf1 exists:%{p}.allowed.example.org -all", "192.0.2.66", "pass"),
        ("v=spf1 exists:%{p}.allowed.example.org -all", "192.0.2.67", "fail"),
        ("v=spf1 ip4:192.0.2.66 -all", "::ffff:192.0.2.66", "pass"),
        ("v=spf1 ip4:192.0.2.66/032 -all", "192.0.2.66", "permerror"),
        ("v=spf1 ip4:192.0.2.66//32 -all", "192.0.2.66", "permerror"),
        ("v=spf1 ip6:2001:db8::1//32 -all", "192.0.2.66", "permerror"),
        ("v=spf1 include:example.org/24 -all", "192.0.2.140", "permerror"),
        ("v=spf1 a: -all", "192.0.2.10", "permerror"),
        ("v=spf1 a:example.-org -all", "192.0.2.10", "permerror"),
        ("v=spf1 -all later=%", "192.0.2.10", "permerror"),
        ("v=spf1 exp=a.example.org -all exp=b.example.org", "192.0.2.10", "permerror"),
        ("v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.129", "pass"),
        ("v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.65", "fail"),
        ("v=spf1 ip6:2001:db8::/32 ~all", "2001:db8:1::1", "pass"),
        ("v=spf1 ip6:2001:db8::/32 ~all", "192.0.2.1", "softfail"),
        ("v=spf1 include:example.org ?all", "192.0.2.140", "pass"),
        ("v=spf1 include:example.org ?all", "192.0.2.1", "neutral"),
        ("v=spf1 redirect=example.org", "192.0.2.140", "pass"),
        ("v=spf1 redirect=example.org", "192.0.2.1", "fail"),
        ("v=spf1 redirect=nothing.example.net", "192.0.2.1", "permerror"),
        ("v=spf1 include:nothing.example.net -all", "192.0.2.1", "permerror"),
        ("v=spf1 mx", "192.0.2.1", "neutral"),
        ("v=spf1 mx nonsense -all", "192.0.2.129", "permerror"),
        ("v=spf1 mx -all ip4:192.0.2.1", "192.0.2.1", "fail"),
        ("v=spf1 a:v1.example a:v2.example a:v3.example mx -all", "192.0.2.129", "permerror"),
        ("v=spf1 " + "a " * 11 + "-all", "192.0.2.1", "permerror"),
        ("v=spf1 include:example.com -all", "192.0.2.1", "permerror"),
        ("v=spf2 mx -all", "192.0.2.129", "none"),
        ("v=spf1 exists:%{l}.mobile-users._spf.%{d} -all", "192.0.2.1", "fail"),
        ("v=spf1 exists:%{ir}.remote-users._spf.%{d} -all", "192.0.2.129", "pass"),
    ],
)
def test_addresses_are_judged_as_the_rfc_says(record: str, address: str, expected: str) -> None:
    assert result(record, address) == expected


def test_a_macro_may_depend_on_who_writes() -> None:
    assert result("v=spf1 exists:%{l}.mobile-users._spf.%{d} -all", sender="mary@example.com") is SpfResult.PASS


def test_a_name_server_that_says_nothing_is_no_verdict() -> None:
    assert judge_spf("example.com", client_at("192.0.2.1", "a@example.com"), lambda *_: None) is SpfResult.TEMPERROR


@pytest.mark.parametrize(
    "text, expected",
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
        ("100%%%_%-", "100% %20"),
    ],
)
def test_macros_are_expanded_as_in_the_examples_of_the_rfc(text: str, expected: str) -> None:
    client = client_at("192.0.2.3", "strong-bad@email.example.com")
    assert expand(text, "email.example.com", client) == expected


def test_an_ipv6_address_is_expanded_in_nibbles() -> None:
    client = client_at("2001:db8::cb01", "strong-bad@email.example.com")
    assert expand("%{ir}.%{v}", "example.com", client).startswith("1.0.b.c.0.0.0.0.")
    assert expand("%{ir}.%{v}", "example.com", client).endswith(".8.b.d.0.1.0.0.2.ip6")


@pytest.mark.parametrize("text", ["v=spf1", "v=spf1 -all", "V=SPF1 mx"])
def test_the_first_word_makes_a_record(text: str) -> None:
    assert is_spf(text)
    assert not is_spf(f"x{text}")
    assert not is_spf(text.replace("1", "10", 1))


@pytest.mark.parametrize(
    "text",
    [
        "v=spf1 a mx ip4:192.0.2.0/24 ip6:2001:db8::/32 include:_spf.example.com -all",
        "v=spf1 a:mail.example.com/24//64 mx//48 exists:%{i}._spf.%{d2} ~all",
        "v=spf1 redirect=_spf.example.com exp=why.example.com x-later=anything",
        "v=spf1  include:spf.example.com   ?all ",
    ],
)
def test_good_records_are_read_without_a_word(text: str) -> None:
    assert parse_spf(text).wrong == ()


def test_questions_are_counted_through_all_that_is_included() -> None:
    found = survey_spf(
        "example.com", dns("v=spf1 mx include:one.example ~all", one__example="v=spf1 a exists:x.y ptr mx")
    )
    assert found.questions == 6
    assert found.costs == {"mx": 1, "include:one.example": 5}
    assert found.old == ["ptr"]


@given(st.text(max_size=80))
def test_whatever_stands_in_a_record_it_is_read_and_judged(text: str) -> None:
    record = f"v=spf1 {text}"
    parse_spf(record)
    survey_spf("example.com", dns(record))
    assert isinstance(result(record), SpfResult)
