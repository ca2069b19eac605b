"""Header values of mail: encoded-words, whole and broken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.text.headers import decode_words


@given(st.text())
def test_words_that_need_no_encoding_are_left_alone(text: str) -> None:
    if "=?" not in text:
        assert decode_words(text) == " ".join(text.split())


@pytest.mark.parametrize(
    "value, words",
    [
        ("=?utf-8?q?Z=C3=BCrich?=", "Zürich"),
        ("=?UTF-8?B?WsO8?= =?utf-8?b?cmljaA==?=", "Zürich"),
        ("=?UTF-8?B?WsO8?=\r\n =?utf-8?b?cmljaA==?=", "Zürich"),
        ("=?utf-8*de?q?Z=C3=BCrich_ist?= da", "Zürich ist da"),
        ("=?iso-8859-1?q?Z=FCrich?=", "Zürich"),
        ("=?no-such?q?a?=", "a"),
        ("=?punycode?q?abc?=", "abc"),
        ("=?utf-8?b?!!!?=", ""),
        ("=?utf-8?q?open", "=?utf-8?q?open"),
    ],
)
def test_encoded_words_are_read(value: str, words: str) -> None:
    assert decode_words(value) == words
