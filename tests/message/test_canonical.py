from __future__ import annotations

import pytest
from dkim.canonicalization import Relaxed
from hypothesis import given
from hypothesis import strategies as st

from mailer.message.sign import canonicalise_body, canonicalise_field, canonicalise_header

PIECES = st.sampled_from([b" ", b"  ", b"\t", b"    ", b"\r\n", b"a", b"=20", b".", b":", "ü".encode()])
BODIES = st.lists(PIECES, max_size=40).map(lambda pieces: b"".join([*pieces, b"\r\n"]))
VALUE_PIECES = st.sampled_from([b" ", b"\t", b"\r\n ", b"\r\n\t", b"a", b":", b"=?utf-8?q?=C3=BC?=", b";", b"   "])
VALUES = st.lists(VALUE_PIECES, max_size=20).map(b"".join)
NAMES = st.sampled_from([b"Subject", b"SUBJECT", b"subject ", b"List-Id", b"To", b"X-Other"])
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=12)


@given(BODIES)
def test_bodies_are_what_an_independent_verifier_makes_of_them(body: bytes) -> None:
    assert canonicalise_body(body) == Relaxed.canonicalize_body(body)


@given(NAMES, VALUES)
def test_fields_are_what_an_independent_verifier_makes_of_them(name: bytes, value: bytes) -> None:
    ((their_name, their_value),) = Relaxed.canonicalize_headers([(name, value + b"\r\n")])
    assert canonicalise_field(name + b":" + value + b"\r\n") + b"\r\n" == their_name + b":" + their_value


@given(BODIES)
def test_a_canonical_body_stays_as_it_is(body: bytes) -> None:
    once = canonicalise_body(body)
    assert canonicalise_body(once) == once


@pytest.mark.slow
@given(FIELDS)
def test_a_header_gives_the_wanted_fields_in_their_order_and_no_others(fields: list[tuple[bytes, bytes]]) -> None:
    header = b"\r\n".join(name + b":" + value for name, value in fields)
    found = canonicalise_header(header, {b"subject", b"to"})
    for wanted in (b"subject", b"to"):
        own = [canonicalise_field(name + b":" + value) for name, value in fields if name.strip().lower() == wanted]
        assert found.get(wanted, []) == own
    assert set(found) <= {b"subject", b"to"}


def test_the_examples_of_rfc_6376_section_3_4_5() -> None:
    assert canonicalise_header(b"A: X\r\nB : Y\t\r\n\tZ  \r\n", {b"a", b"b"}) == {b"a": [b"a:X"], b"b": [b"b:Y Z"]}
    assert canonicalise_body(b" C \r\nD \t E\r\n\r\n\r\n") == b" C\r\nD E\r\n"


def test_a_body_without_its_last_line_end_gets_one_and_an_empty_one_stays_empty() -> None:
    assert canonicalise_body(b"a \t") == b"a\r\n"
    assert [canonicalise_body(body) for body in (b"", b" ", b"\r\n", b" \r\n\t\r\n")] == [b""] * 4
