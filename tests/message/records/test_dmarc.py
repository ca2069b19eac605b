"""DMARC policies, keys, and which domains belong together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.message.records import (
    find_dmarc,
    guess_organisation,
    is_aligned,
    is_dmarc,
    is_free_mail,
    parse_dkim_record,
    parse_dmarc,
)


def dns(**records: str) -> dict[str, tuple[str, ...]]:
    return {f"_dmarc.{name.replace('_', '.')}": (text,) for name, text in records.items()}


def walk(domain: str, **records: str) -> tuple[str, str]:
    known = dns(**records)
    found = find_dmarc(domain, lambda name, _: known.get(name, ()))
    return found.at, found.organisation


@pytest.mark.parametrize(
    "domain, records, at, organisation",
    [
        ("example.org", {"example_org": "v=DMARC1; p=none"}, "example.org", "example.org"),
        ("a.b.example.org", {"example_org": "v=DMARC1; p=none"}, "example.org", "example.org"),
        (
            "b.example.org",
            {"example_org": "v=DMARC1; p=none", "b_example_org": "v=DMARC1; p=none"},
            "b.example.org",
            "example.org",
        ),
        (
            "a.b.example.org",
            {"b_example_org": "v=DMARC1; p=none; psd=n", "example_org": "v=DMARC1; p=none"},
            "b.example.org",
            "b.example.org",
        ),
        (
            "a.example.bank",
            {"bank": "v=DMARC1; p=reject; psd=y", "example_bank": "v=DMARC1; p=none"},
            "example.bank",
            "example.bank",
        ),
        ("example.bank", {"bank": "v=DMARC1; p=reject; psd=y"}, "", "example.bank"),
        ("news.example.co.uk", {}, "", "example.co.uk"),
        ("news.example.org", {}, "", "example.org"),
    ],
)
def test_the_policy_and_the_organisation_are_found_by_walking_up(
    domain: str, records: dict[str, str], at: str, organisation: str
) -> None:
    assert walk(domain, **records) == (at, organisation)


def test_a_long_name_asks_no_more_than_eight_questions() -> None:
    queried: list[str] = []

    def ask(name: str, _: str) -> tuple[str, ...]:
        queried.append(name)
        return ()

    find_dmarc(".".join("abcdefghijklmnop") + ".example.org", ask)
    assert len(queried) <= 8


@pytest.mark.parametrize(
    "domain, expected",
    [
        ("example.org", "example.org"),
        ("a.b.example.org", "example.org"),
        ("a.example.co.uk", "example.co.uk"),
        ("a.example.com.au", "example.com.au"),
        ("a.example.or.jp", "example.or.jp"),
        ("a.example.gv.at", "example.gv.at"),
        ("co.uk", "co.uk"),
        ("org", "org"),
    ],
)
def test_the_organisation_is_guessed_where_the_dns_is_silent(domain: str, expected: str) -> None:
    assert guess_organisation(domain) == expected


@pytest.mark.parametrize(
    "domain", ["gmail.com", "Yahoo.co.uk", "outlook.de", "gmx.net", "web.de", "proton.me", "mail.ru"]
)
def test_domains_that_millions_share_are_known(domain: str) -> None:
    assert is_free_mail(domain)


@pytest.mark.parametrize(
    "domain", ["example.org", "mygmail.com", "gmail.com.example.org", "outlook.example.org", "live.museum"]
)
def test_domains_of_ones_own_are_not_taken_for_shared_ones(domain: str) -> None:
    assert not is_free_mail(domain)


@pytest.mark.parametrize(
    "one, other, strict, expected",
    [
        ("example.org", "EXAMPLE.org", True, True),
        ("example.org", "news.example.org", True, False),
        ("example.org", "news.example.org", False, True),
        ("example.org", "example.net", False, False),
        ("a.example.co.uk", "b.other.co.uk", False, False),
    ],
)
def test_two_domains_agree_strictly_or_by_their_organisation(
    one: str, other: str, *, strict: bool, expected: bool
) -> None:
    assert is_aligned(one, other, strict=strict) is expected


def test_a_policy_is_read_in_full() -> None:
    dmarc = parse_dmarc(
        "v=DMARC1; p=Reject; sp=quarantine; adkim=s; aspf=R; rua=mailto:a@example.org!10m, mailto:b%2Bc@example.net"
    )
    assert (dmarc.policy, dmarc.subdomains, dmarc.strict_dkim, dmarc.strict_spf) == (
        "reject",
        "quarantine",
        True,
        False,
    )
    assert dmarc.reports == ("a@example.org", "b+c@example.net")
    assert dmarc.wrong == ()


@given(st.text(max_size=120))
def test_whatever_stands_in_a_record_it_is_read(text: str) -> None:
    parse_dmarc(f"v=DMARC1; {text}")
    is_dmarc(text)
    parse_dkim_record(text)
    parse_dkim_record(f"v=DKIM1; p={text}")


@given(st.binary(max_size=300))
def test_whatever_bytes_a_key_has_they_are_measured(data: bytes) -> None:
    import base64

    parse_dkim_record(f"v=DKIM1; p={base64.b64encode(data).decode()}")
