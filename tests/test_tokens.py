from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.tokens import TOKEN_LENGTH, Keys, Purpose, address_digest, delivery_id, make_token, parse_token

KEYS = Keys(1, {1: bytes(range(32))})
TWO = Keys(2, {1: bytes(range(32)), 2: bytes(range(1, 33))})
DELIVERY = b"\x00\xff\x10delive"[:8]

DELIVERIES = st.binary(min_size=8, max_size=8)
PURPOSES = st.sampled_from(Purpose)


@given(DELIVERIES, PURPOSES, st.integers(0, 255))
def test_a_token_comes_back_as_its_delivery(delivery: bytes, purpose: Purpose, key_id: int) -> None:
    keys = Keys(key_id, {key_id: bytes(range(32))})
    token = make_token(keys, purpose, delivery)
    assert len(token) == TOKEN_LENGTH == 40
    assert token == token.lower()
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyz234567")
    assert parse_token(keys, purpose, token) == delivery


@pytest.mark.slow
@given(DELIVERIES, PURPOSES, st.data())
def test_case_does_not_matter_as_mail_servers_fold_it(delivery: bytes, purpose: Purpose, data: st.DataObject) -> None:
    token = make_token(KEYS, purpose, delivery)
    mixed = "".join(data.draw(st.sampled_from((c, c.upper()))) for c in token)
    assert parse_token(KEYS, purpose, mixed) == delivery


def test_no_bit_of_a_token_can_be_flipped() -> None:
    raw = base64.b32decode(make_token(KEYS, Purpose.OPT_OUT, DELIVERY).upper())
    for bit in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        assert parse_token(KEYS, Purpose.OPT_OUT, base64.b32encode(bytes(flipped)).decode().lower()) is None


@pytest.mark.parametrize("made", Purpose)
@pytest.mark.parametrize("used", Purpose)
def test_a_token_is_good_for_its_purpose_alone(made: Purpose, used: Purpose) -> None:
    token = make_token(KEYS, made, DELIVERY)
    assert parse_token(KEYS, used, token) == (DELIVERY if made is used else None)


def test_a_token_of_another_or_an_unknown_key_is_none() -> None:
    token = make_token(KEYS, Purpose.OPT_OUT, DELIVERY)
    assert parse_token(Keys(1, {1: b"x" * 32}), Purpose.OPT_OUT, token) is None
    assert parse_token(Keys(2, {2: KEYS.secrets[1]}), Purpose.OPT_OUT, token) is None


def test_an_old_key_still_reads_what_it_made_and_the_current_one_makes_what_is_new() -> None:
    old = make_token(KEYS, Purpose.BOUNCE, DELIVERY)
    new = make_token(TWO, Purpose.BOUNCE, DELIVERY)
    assert old != new
    assert parse_token(TWO, Purpose.BOUNCE, old) == parse_token(TWO, Purpose.BOUNCE, new) == DELIVERY
    assert parse_token(KEYS, Purpose.BOUNCE, new) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1],
        lambda token: token + "a",
        lambda token: " " + token[1:],
        lambda token: token[:-1] + "=",
        lambda token: "=" * len(token),
        lambda token: "1" + token[1:],
        lambda token: "é" + token[1:],
        lambda token: token[:0],
        lambda token: token[:32] + "========",
        lambda token: token.replace("s", "\u017f", 1),
        lambda token: token.replace("i", "\u0131", 1),
        lambda token: token.replace("k", "\u212a", 1),
        lambda token: "ß" * 8 + token[8:],
    ],
)
def test_what_only_resembles_a_token_is_none(change: Callable[[str], str]) -> None:
    for number in range(40):
        token = make_token(KEYS, Purpose.OPT_OUT, bytes(7) + bytes([number]))
        changed = change(token)
        assert parse_token(KEYS, Purpose.OPT_OUT, changed) is None or changed == token


@given(st.text(max_size=60) | st.text("abcdefghijklmnopqrstuvwxyz234567=ABıſ", min_size=40, max_size=40))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    assert parse_token(KEYS, Purpose.OPT_OUT, text) is None


def test_a_delivery_has_one_id_and_another_in_another_mailing() -> None:
    first = delivery_id(KEYS, "seals/release-1", "ada@example.com")
    assert first == delivery_id(KEYS, "seals/release-1", "ada@example.com")
    assert len(first) == 8
    others = {
        delivery_id(KEYS, "seals/test-1", "ada@example.com"),
        delivery_id(KEYS, "seals/release-1", "bo@example.com"),
        delivery_id(Keys(1, {1: b"o" * 32}), "seals/release-1", "ada@example.com"),
    }
    assert len(others | {first}) == 4


def test_a_new_key_gives_no_delivery_another_id() -> None:
    assert delivery_id(TWO, "seals/release-1", "ada@example.com") == delivery_id(
        KEYS, "seals/release-1", "ada@example.com"
    )


def test_keys_are_tried_with_todays_first_and_then_the_newest() -> None:
    keys = Keys(2, {1: b"a" * 32, 2: b"b" * 32, 7: b"c" * 32})
    assert [each.current for each in keys.in_turn()] == [2, 7, 1]
    assert {frozenset(each.secrets) for each in keys.in_turn()} == {frozenset({1, 2, 7})}


def test_a_name_and_a_mailing_cannot_run_into_each_other() -> None:
    assert delivery_id(KEYS, "ab", "c@example.com") != delivery_id(KEYS, "a", "bc@example.com")


def test_a_person_keeps_their_digest_when_a_key_is_added() -> None:
    assert address_digest(KEYS, "ada@example.com") == address_digest(TWO, "ada@example.com")
    assert len(address_digest(KEYS, "ada@example.com")) == 32
    assert address_digest(KEYS, "ada@example.com") != address_digest(Keys(1, {1: b"x" * 32}), "ada@example.com")


def test_subkeys_and_check_values_tell_nothing_about_each_other() -> None:
    seen = {KEYS.subkey(purpose) for purpose in (*Purpose, "address", "delivery", "check-value")}
    assert len(seen) == len(Purpose) + 3
    assert len(KEYS.check_value(1)) == 8
    assert KEYS.check_value(1) not in KEYS.secrets[1]
    assert TWO.check_value(1) == KEYS.check_value(1) != TWO.check_value(2)


def test_keys_do_not_show_themselves() -> None:
    assert KEYS.secrets[1].hex() not in repr(KEYS)
    assert repr(KEYS.secrets[1]) not in f"{KEYS!r}{KEYS!s}"
