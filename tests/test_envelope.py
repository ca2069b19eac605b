from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.settings import Bounces
from mailer.tokens import (
    Envelope,
    Keys,
    Purpose,
    find_tokens,
    make_token,
    optout_mailto,
    optout_url,
    parse_token,
    tagged_address,
)

KEYS = Keys(1, {1: bytes(range(32))})
TOKEN = make_token(KEYS, Purpose.BOUNCE, b"12345678")
OTHER = make_token(KEYS, Purpose.BOUNCE, b"87654321")


def test_a_token_stands_behind_the_mailboxs_name() -> None:
    assert tagged_address("bounces@example.org", TOKEN) == f"bounces+{TOKEN}@example.org"


def test_an_opt_out_by_mail_carries_the_token_where_the_relay_can_take_it() -> None:
    assert optout_mailto("out@example.org", TOKEN) == f"mailto:out+{TOKEN}@example.org"
    assert optout_mailto("out@example.org", TOKEN, token_in="subject") == f"mailto:out@example.org?subject={TOKEN}"


@pytest.mark.parametrize("base", ["https://press.example.org/o", "https://press.example.org/o/"])
def test_an_opt_out_by_https_has_the_token_and_nothing_else(base: str) -> None:
    assert optout_url(base, TOKEN) == f"https://press.example.org/o/{TOKEN}"


@pytest.mark.parametrize(
    "text, found",
    [
        (f"bounces+{TOKEN}@example.org", [TOKEN]),
        (f"BOUNCES+{TOKEN.upper()}@EXAMPLE.ORG", [TOKEN]),
        (f"Re: {TOKEN}", [TOKEN]),
        (f"<mailto:out@example.org?subject={TOKEN}>, <https://x.example.org/{OTHER}>", [TOKEN, OTHER]),
        (f"{TOKEN} {OTHER}", [TOKEN, OTHER]),
        (f"x{TOKEN}@example.org", []),
        (f"{TOKEN}a", []),
        (TOKEN[:-1], []),
        ("", []),
    ],
)
def test_tokens_are_found_whole_and_in_order(text: str, found: list[str]) -> None:
    assert find_tokens(text) == found


@given(st.binary(min_size=8, max_size=8), st.sampled_from([str.lower, str.upper, str.title]))
def test_whose_bounce_it_is_comes_back_out_of_the_address(delivery: bytes, fold: Callable[[str], str]) -> None:
    address = tagged_address("bounces@example.org", make_token(KEYS, Purpose.BOUNCE, delivery))
    (token,) = find_tokens(fold(address))
    assert parse_token(KEYS, Purpose.BOUNCE, token) == delivery


@given(st.text(max_size=120))
def test_any_text_is_searched_without_a_fault(text: str) -> None:
    assert all(len(token) == 40 for token in find_tokens(text))


def test_the_longest_mailbox_that_the_settings_take_leaves_room_for_a_token() -> None:
    address = Bounces(address="b" * 23 + "@example.org").address
    assert len(tagged_address(address, TOKEN).rpartition("@")[0]) == 64
    with pytest.raises(ValueError, match="23 characters"):
        Bounces(address="b" * 24 + "@example.org")


def test_an_envelope_cannot_be_changed() -> None:
    envelope = Envelope("a@example.org", "b@example.com", b"", b"12345678", "<1@example.org>")
    with pytest.raises(AttributeError):
        envelope.rcpt_to = "c@example.com"  # type: ignore[misc]  # that it cannot is the point
