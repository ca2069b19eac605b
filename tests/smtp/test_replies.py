"""The grammar of replies, whatever the pieces they come in."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.reply.values import Reply, Stage
from mailer.smtp.session import Step, render_body, select_step
from mailer.smtp.wire import MAX_LINE, MAX_LINES, RawReply, ReplyReader

STREAM = b"250-2.1.0 One\r\n250-\r\n250 2.1.0 two\r\n550 5.1.1 Nobody\r\n354\r\n250\n221 2.0.0 Bye\r\n"
READ = [
    RawReply(250, "2.1.0 One\n\n2.1.0 two"),
    RawReply(550, "5.1.1 Nobody"),
    RawReply(354, ""),
    RawReply(250, ""),
    RawReply(221, "2.0.0 Bye"),
]


def read(*pieces: bytes) -> ReplyReader:
    reader = ReplyReader()
    for piece in pieces:
        reader.feed(piece)
    return reader


@pytest.mark.parametrize("cut", range(len(STREAM) + 1))
def test_replies_are_the_same_at_every_split(cut: int) -> None:
    reader = read(STREAM[:cut], STREAM[cut:])
    assert list(reader.whole) == READ
    assert not reader.begun


def test_replies_that_come_octet_by_octet_are_the_same() -> None:
    assert list(read(*(STREAM[i : i + 1] for i in range(len(STREAM)))).whole) == READ


@given(st.lists(st.integers(0, len(STREAM)), max_size=8).map(sorted))
def test_replies_are_the_same_however_often_they_are_cut(cuts: list[int]) -> None:
    edges = [0, *cuts, len(STREAM)]
    assert list(read(*(STREAM[a:b] for a, b in pairwise(edges))).whole) == READ


@pytest.mark.parametrize(
    "line",
    [
        b"\r\n",
        b"25\r\n",
        b"25 ok\r\n",
        b"2500 ok\r\n",
        b"250ok\r\n",
        b"150 wait\r\n",
        b"650 what\r\n",
        b"+25 ok\r\n",
        b"-50 ok\r\n",
        b" 250 ok\r\n",
        b"hello\r\n",
        b"\xff\xfe\x00\r\n",
        b"250-yes\r\n550 no\r\n",
        b"250-yes\r\nno\r\n",
        b"250 " + b"x" * MAX_LINE + b"\r\n",
        b"x" * (MAX_LINE + 1),
        b"250-more\r\n" * (MAX_LINES + 1),
    ],
    ids=lambda line: repr(line[:20]),
)
def test_what_is_no_reply_ends_the_reading(line: bytes) -> None:
    reader = read(b"250 before\r\n" + line, b"250 after\r\n")
    assert list(reader.whole) == [RawReply(250, "before")]
    assert reader.garbage
    assert reader.begun


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_octets_are_survived(pieces: list[bytes]) -> None:
    reader = read(*pieces)
    for reply in reader.whole:
        assert 200 <= reply.code <= 599
        reply.text.encode("utf-8")


def test_memory_is_bounded_whatever_comes() -> None:
    reader = ReplyReader()
    for _ in range(2000):
        reader.feed(b"x" * 1000)
    assert reader.garbage
    assert len(reader._buffer) <= MAX_LINE
    reader = read(*[b"250-" + b"y" * 1000 + b"\r\n"] * 2000)
    assert reader.garbage
    assert len(reader._lines) <= MAX_LINES


def test_words_that_a_terminal_or_a_database_would_not_take_are_replaced() -> None:
    (reply,) = read(b"550 \x1b[2J Empf\xe4nger \x00 gone\r\n").whole
    assert reply.text == "?[2J Empf\N{REPLACEMENT CHARACTER}nger ? gone"


OK, NO, LATER, GO = 250, 550, 451, 354


@pytest.mark.parametrize(
    "codes, step",
    [
        ([], Step.ASK_ON),
        ([OK], Step.ASK_ON),
        ([OK, OK], Step.ASK_ON),
        ([OK, OK, GO], Step.WRITE_BODY),
        ([NO], Step.RESET),
        ([OK, LATER], Step.RESET),
        ([OK, OK, NO], Step.RESET),
        ([NO, NO, NO], Step.RESET),
        ([OK, NO, NO], Step.RESET),
        ([NO, OK, LATER], Step.RESET),
        ([OK, NO, GO], Step.BARE_DOT),
        ([LATER, NO, GO], Step.BARE_DOT),
        ([NO, OK, GO], Step.CUT),
    ],
)
def test_a_bare_dot_answers_only_a_354_with_no_accepted_recipient(codes: list[int], step: Step) -> None:
    stages = (Stage.MAIL, Stage.RCPT, Stage.DATA)
    assert select_step([Reply(stage, code) for stage, code in zip(stages, codes, strict=False)]) is step


@given(st.text("a.\r\n", max_size=30).map(str.encode))
def test_only_the_last_line_of_a_body_is_a_dot_alone(data: bytes) -> None:
    sent = render_body(data)
    assert sent.endswith(b"\r\n.\r\n") or sent == b".\r\n"
    lines = (b"\n" + sent).split(b"\n")
    assert [line for line in lines if line.startswith(b".") and not line.startswith(b"..")] == [b".\r"]
