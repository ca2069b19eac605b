from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.bounces.diagnosis import parse_delivery_status
from mailer.bounces.parts import (
    parse_action,
    parse_addresses,
    parse_groups,
    parse_recipient,
    parse_status,
    parse_time,
    parse_typed,
)
from mailer.bounces.report import parse_report
from mailer.bounces.values import Action


@pytest.mark.parametrize(
    "value, address",
    [
        ("rfc822; ann@example.com", "ann@example.com"),
        ("RFC822;ann@example.com", "ann@example.com"),
        ("rfc822;<ann@example.com>", "ann@example.com"),
        ('rfc822;"ann@example.com"', "ann@example.com"),
        ("rfc822; Ann Other <ann@example.com>", "ann@example.com"),
        ("rfc822; ann@example.com (Ann (Other))", "ann@example.com"),
        ("(who) rfc822 (kind) ; ann@example.com", "ann@example.com"),
        ("ann@example.com", "ann@example.com"),
        ("rfc822;mailto:ann@example.com", "ann@example.com"),
        ("rfc822; 'ann@example.com'", "ann@example.com"),
        ("rfc822; ann+2Bdesk@example.com", "ann+desk@example.com"),
        ("rfc822; ann+3Dx+2b@example.com", "ann=x+2b@example.com"),
        ("utf-8; zo\\x{EB}@example.com", "zoë@example.com"),
        ("utf-8; \\x{1F600}@example.com", "😀@example.com"),
        ("utf-8; \\x{D800}@example.com", "\\x{D800}@example.com"),
        ("utf-8; \\x{FFFFFF}@example.com", "\\x{FFFFFF}@example.com"),
        ("unknown; /dev/null", "/dev/null"),
        ("rfc822; ann@example.com;", "ann@example.com"),
        ("x400; /RFC-822=ann(a)example.com/ADMD= /C=GB/", "ann@example.com"),
        ("rfc822;", ""),
        ("", ""),
    ],
)
def test_a_recipient_field_gives_the_bare_address(value: str, address: str) -> None:
    assert parse_recipient(value) == address


@pytest.mark.parametrize(
    "value, status",
    [
        ("5.1.1", "5.1.1"),
        ("5.1.1 (unknown)", "5.1.1"),
        ("(5.1.1)", "5.1.1"),
        ("#5.1.1", "5.1.1"),
        ("5 . 01 . 10", "5.1.10"),
        ("550 5.7.1 [192.0.2.7]", "5.7.1"),
        ("said 5.1.1.", "5.1.1"),
        ("[5.1.1.9]", ""),
        ("15.1.1", ""),
        ("3.1.1", ""),
        ("550", ""),
        ("", ""),
    ],
)
def test_a_status_is_found_and_an_address_of_a_host_is_none(value: str, status: str) -> None:
    assert parse_status(value) == status


@pytest.mark.parametrize(
    "value, action",
    [
        ("failed", Action.FAILED),
        ("Failure", Action.FAILED),
        ("FAILED (bounced)", Action.FAILED),
        ("expired", Action.FAILED),
        ("delayed", Action.DELAYED),
        ("deliverable", Action.DELIVERED),
        ("relayed (to a mailer without DSN)", Action.RELAYED),
        ("expanded", Action.EXPANDED),
        ("(failed)", None),
        ("unheard-of", None),
    ],
)
def test_an_action_is_read_as_servers_write_it(value: str, action: Action | None) -> None:
    assert parse_action(value) is action


def test_groups_are_cut_at_blank_lines_and_folded_lines_joined() -> None:
    text = "Ab: 1\n  and more\n\n \n\t\nB-c : 2\nnot a field\nhttp://example.org\nb-C:3\n\n\n"
    assert parse_groups(text) == [
        [("ab", "1 and more")],
        [("b-c", "2 not a field http://example.org"), ("b-c", "3")],
    ]


@pytest.mark.parametrize(
    "value, typed",
    [
        ("smtp; 550 no", ("smtp", "550 no")),
        ("X-Postfix; unknown; really", ("x-postfix", "unknown; really")),
        ("550 no such user; sorry", ("", "550 no such user; sorry")),
        ("dns;mx.example.com", ("dns", "mx.example.com")),
        ("mx.example.com", ("", "mx.example.com")),
    ],
)
def test_a_typed_value_is_split_where_a_type_stands(value: str, typed: tuple[str, str]) -> None:
    assert parse_typed(value) == typed


LOCAL = st.text("abcdefghijklmnopqrstuvwxyz0123456789._-=", min_size=1, max_size=30)


@given(
    st.lists(st.tuples(LOCAL, st.sampled_from(list(Action))), min_size=1, max_size=20), st.sampled_from(["\n", "\n \n"])
)
def test_every_recipient_of_a_report_is_read_in_order(people: list[tuple[str, Action]], gap: str) -> None:
    groups = [f"Final-Recipient: rfc822; {local}@example.com\nAction: {action}\n" for local, action in people]
    found = parse_delivery_status(f"Reporting-MTA: dns; mx.example.net\n{gap}{gap.join(groups)}").recipients
    assert [(person.address, person.action) for person in found] == [(f"{local}@example.com", a) for local, a in people]


def test_what_is_no_address_gives_way_to_the_next_best_witness() -> None:
    report = (
        "From: MAILER-DAEMON@mx.example.net\nTo: press@example.org\n{head}"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n\n{words}\n\n--b\n'
        "Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; {final}\n{original}Action: failed\n"
        "Status: 5.1.1\n\n--b\nContent-Type: text/rfc822-headers\n\nFrom: press@example.org\nTo: {to}\n\n--b--\n"
    )
    original, head = "Original-Recipient: rfc822; ann@example.com\n", "X-Failed-Recipients: ann@example.com\n"
    words, nothing = "<ann@example.com>: it failed", "It failed."
    for final in ("|/usr/bin/filter", "/var/mail/ann", "@mx.example.net", "ann", "ann@exampl"):
        for row in (
            {"original": original, "head": "", "words": nothing, "to": "list@example.com"},
            {"original": "", "head": head, "words": nothing, "to": "list@example.com"},
            {"original": "", "head": "", "words": words, "to": "list@example.com"},
            {"original": "", "head": "", "words": nothing, "to": "ann@example.com"},
        ):
            read = parse_report(report.format(final=final, **row).encode())
            assert [each.as_sent for each in read.recipients] == ["ann@example.com"], (final, row)


def test_addresses_are_bare_and_each_is_given_once() -> None:
    value = 'Ann <ann@example.com>, "b@x, c" <bo@example.org>; ann@example.com (home)'
    assert parse_addresses(value) == ["ann@example.com", "b@x", "bo@example.org"]


@pytest.mark.parametrize(
    "value, shown",
    [
        ("Tue, 24 Nov 2026 10:30:00 +0100", "2026-11-24T09:30:00+00:00"),
        ("Tue, 24 Nov 2026 10:30:00 -0000", "2026-11-24T10:30:00+00:00"),
        ("24 Nov 2026 10:30", "2026-11-24T10:30:00+00:00"),
    ],
)
def test_a_time_is_given_in_utc(value: str, shown: str) -> None:
    at = parse_time(value)
    assert at is not None
    assert at.isoformat() == shown


@pytest.mark.parametrize("value", ["", "yesterday", "Tue, 99 Nov 2026 10:30:00 +0100", "31 Dec 9999 23:59:59 -2359"])
def test_what_is_no_time_is_none(value: str) -> None:
    assert parse_time(value) is None
