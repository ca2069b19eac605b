"""Events of relays that no relay would tell: nothing breaks the reading, and what is kept can be kept."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.bounces.relay_events import Node, RelayEvent, parse_mailgun, parse_postmark, parse_sendgrid, parse_ses
from mailer.bounces.report import parse_report
from mailer.bounces.values import Kind

PARSERS: tuple[Callable[[bytes], tuple[RelayEvent, ...]], ...] = (
    parse_ses,
    parse_sendgrid,
    parse_mailgun,
    parse_postmark,
)
WORDS = ("Bounce", "failed", "bounce", "Complaint", "HardBounce", "2026-10-03T08:00:00Z", "\ud800", "\x00")
NO_TIMES: tuple[object, ...] = ("", "x", "²", None, True, [], {}, -1e30, 1e30, "9" * 400, float("nan"))
NAMES = (
    *("eventType", "mail", "bounce", "bouncedRecipients", "emailAddress", "headers", "Message", "detail"),
    *("event", "email", "reason", "timestamp", "event-data", "delivery-status", "code", "recipient"),
    *("RecordType", "Type", "Email", "Details", "Metadata", "Records", "Sns", "ID", "Content"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "said, at",
    [
        ("2026-10-03T08:00:00.237Z", 1791014400),
        ("2026-10-03T04:00:00.1234567-04:00", 1791014400),
        (1791014400, 1791014400),
        ("1791014400.25", 1791014400),
        *((nothing, None) for nothing in NO_TIMES),
    ],
)
def test_times_are_read_as_relays_write_them_and_nothing_else_is_one(said: object, at: int | None) -> None:
    found = Node(said).time
    assert (found and int(found.timestamp())) == at


@pytest.mark.slow
@given(JSON)
def test_no_json_breaks_the_reading_and_all_of_it_can_be_kept(value: object) -> None:
    data = json.dumps(value).encode()
    for parse in PARSERS:
        for event in parse(data):
            event.id.encode()
            event.data.decode()
            report = event.report
            assert len(report.rule) <= 100
            texts = (report.rule, report.subject, report.original_message_id, report.from_address)
            people = (text for each in report.recipients for text in (each.address, each.diagnostic, each.status))
            for text in (*texts, *people):
                text.encode()
    parse_report(data)


@pytest.mark.parametrize("parse", PARSERS)
@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"mail":' * 50_000,
        b'{"eventType":"Bounce","mail":{"timestamp":' + b"9" * 5_000 + b"}}",
        b'{"eventType":"Bounce","mail":{"timestamp":1e400},"bounce":{"timestamp":NaN}}',
        b"\xff\xfe\x00\x00",
        b"",
    ],
)
def test_hostile_json_is_kept_or_nothing(parse: Callable[[bytes], tuple[RelayEvent, ...]], data: bytes) -> None:
    assert all(event.report.kind in {Kind.NONE, Kind.BOUNCE} for event in parse(data))
    parse_report(data)
