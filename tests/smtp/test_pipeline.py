"""Commands in one segment, and the next envelope behind the last body, by peers of every kind."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailer.errors import LedgerProblem
from mailer.reply.values import Reply, Stage
from mailer.settings import Security, Timeouts
from mailer.smtp.session import Session
from mailer.smtp.wire import ReplyReader
from mailer.tokens import Envelope
from tests.servers import HOST, Act, Acts, Certificates, Moment, ScriptedServer, scripted_server
from tests.smtp.peers import EHLO, RawPeer, raw_peer, slow_way
from tests.smtp.relays import PATIENT, brief, connect, letter, yes

LARGE = b"A long release, line after line.\r\n" * 100_000
NAMES = ("ada", "bo", "cy")
PLAIN = "MAIL RCPT DATA"


def letters(*names: str, data: bytes = b"Subject: x\r\n\r\nSeals.\r\n") -> list[Envelope]:
    return [letter(f"{name}@example.com", data) for name in names or NAMES]


async def send_all(
    session: Session,
    envelopes: Sequence[Envelope],
    *,
    ride: bool = True,
    may_write: Callable[[], Awaitable[bool]] = yes,
) -> list[Reply | None]:
    """Send one after the other while the session is usable."""
    replies = []
    for envelope, following in zip(envelopes, [*envelopes[1:], None], strict=True):
        replies.append(await session.send(envelope, may_write=may_write, then=following if ride else None))
        if not session.usable:
            break
    return replies


async def ride(at: dict[str, Acts], **changes: Any) -> tuple[list[Reply | None], bool, ScriptedServer]:
    """Send three letters that ride to a server with a script."""
    script = {key: changes.pop(key) for key in ("recipients", "extensions") if key in changes}
    async with scripted_server(ScriptedServer(at=at, **script)) as server:
        session = await connect(server, **changes)
        replies = await send_all(session, letters())
        usable = session.usable
        await session.close()
    return replies, usable, server


def verbs(server: ScriptedServer) -> str:
    return " ".join(line.split(" ")[0] for line in server.commands)


# --- what goes on the wire


async def test_three_letters_ride_over_one_connection_and_arrive_as_they_are() -> None:
    replies, usable, server = await ride({})
    assert replies == [Reply(Stage.BODY, 250, "2.0.0 Queued")] * 3
    assert usable
    assert [message.rcpt_to for message in server.accepted] == [(f"{name}@example.com",) for name in NAMES]
    assert {message.data for message in server.accepted} == {letters()[0].data}
    assert verbs(server) == f"EHLO {PLAIN} {PLAIN} {PLAIN} QUIT"


@pytest.mark.parametrize(
    "way, turns",
    [
        ({"ride": True}, 1 + 1 + 10 + 1),  # EHLO, the first commands, ten bodies, QUIT
        ({"ride": False}, 1 + 2 * 10 + 1),
        ({"ride": True, "pipelining": "off"}, 1 + 4 * 10 + 1),
    ],
    ids=["riding", "one segment", "off"],
)
async def test_round_trips_are_counted_on_a_slow_way(way: dict[str, Any], turns: int) -> None:
    riding = way.pop("ride")
    async with scripted_server() as server, slow_way(server.port, 0.01) as slow:
        session = await connect(server, **way, port=slow.port)
        await send_all(session, letters(*(f"p{i}" for i in range(10))), ride=riding)
        await session.close()
    assert len(server.accepted) == 10
    assert slow.turns == turns


@pytest.mark.parametrize("changes", [{"pipelining": "off"}, {}], ids=["off", "not offered"])
async def test_one_command_at_a_time_where_pipelining_is_off_or_not_offered(changes: dict[str, Any]) -> None:
    extensions = ("PIPELINING",) if changes else ("SIZE 1000000",)
    seen: list[tuple[str, bytes]] = []
    async with scripted_server(ScriptedServer(extensions=extensions)) as server:
        server.answer = lambda moment: seen.append((moment.stage.upper(), bytes(server.received)))
        session = await connect(server, **changes)
        assert [reply.code for reply in await send_all(session, letters()) if reply] == [250, 250, 250]
        await session.close()
    commands = [(stage, received) for stage, received in seen if stage in PLAIN.split()]
    assert len(commands) == 9
    for stage, received in commands:
        assert received.splitlines()[-1].startswith(stage.encode())
    assert verbs(server) == f"EHLO {PLAIN} {PLAIN} {PLAIN} QUIT"


async def test_nothing_follows_data_before_its_reply() -> None:
    async with scripted_server(ScriptedServer(at={"data": Act(delay_s=0.1)})) as server:
        seen: list[bytes] = []
        server.answer = lambda _: seen.append(bytes(server.received))
        session = await connect(server)
        await send_all(session, letters())
        await session.close()
    assert len(server.accepted) == 3
    for received in seen:
        tail = received.rpartition(b"DATA\r\n")[2]
        assert b"MAIL" not in tail or b"\r\n.\r\n" in tail


async def test_the_last_message_of_a_connection_lets_nobody_ride() -> None:
    async with scripted_server() as server:
        session = await connect(server, messages_per_connection=2)
        assert len(await send_all(session, letters())) == 2
        assert not session.usable
        await session.close()
    assert verbs(server) == f"EHLO {PLAIN} {PLAIN} QUIT"


async def test_a_limit_that_the_relay_announces_counts() -> None:
    async with scripted_server(ScriptedServer(extensions=("PIPELINING", "LIMITS RCPTMAX=9 MAILMAX=2"))) as server:
        session = await connect(server)
        assert len(await send_all(session, letters())) == 2
        await session.close()
    assert len(server.accepted) == 2


# --- permission


async def test_each_body_waits_for_its_own_permission_after_the_reply_before_it() -> None:
    order: list[str] = []
    async with scripted_server() as server:

        async def ask() -> bool:
            await asyncio.sleep(0.02)  # a body written too early would be here by now
            order.append(f"asked with {len(server.accepted)} taken")
            return True

        session = await connect(server)
        envelopes = letters()
        for envelope, following in zip(envelopes, [*envelopes[1:], None], strict=True):
            reply = await session.send(envelope, may_write=ask, then=following)
            assert reply is not None
            order.append(f"reply {reply.code}")
        await session.close()
    assert order == [word for n in range(3) for word in (f"asked with {n} taken", "reply 250")]


async def test_a_rider_that_may_not_be_written_is_never_sent_and_the_one_before_it_stands() -> None:
    answers = iter([True, False])

    async def ask() -> bool:
        return next(answers)

    async with scripted_server() as server:
        session = await connect(server)
        first, second = await send_all(session, letters(), may_write=ask)
        assert not session.usable
        await session.close()
        await settle(server)
    assert first == Reply(Stage.BODY, 250, "2.0.0 Queued")
    assert second is None
    assert [message.rcpt_to for message in server.accepted] == [("ada@example.com",)]
    assert server.received.endswith(b"DATA\r\n")  # neither a dot nor a QUIT


async def test_closing_while_somebody_rides_says_nothing_more() -> None:
    first, second, _ = letters()
    async with scripted_server() as server:
        session = await connect(server)
        await session.send(first, may_write=yes, then=second)
        await session.close()
        assert not session.usable
        await settle(server)
    assert len(server.accepted) == 1
    assert server.received.endswith(b"DATA\r\n")


async def test_another_envelope_than_the_announced_one_is_refused_before_a_byte_of_it() -> None:
    first, second, third = letters()
    async with scripted_server() as server:
        session = await connect(server)
        await session.send(first, may_write=yes, then=second)
        with pytest.raises(ValueError, match="another envelope"):
            await session.send(third, may_write=yes)
        assert not session.usable
    assert len(server.accepted) == 1
    assert b"cy@" not in server.received


async def test_where_permission_of_a_rider_fails_the_connection_is_cut() -> None:
    first, second, _ = letters()

    async def broken() -> bool:
        raise LedgerProblem("the disk is full")

    async with scripted_server() as server:
        session = await connect(server)
        await session.send(first, may_write=yes, then=second)
        with pytest.raises(LedgerProblem):
            await session.send(second, may_write=broken)
        assert not session.usable
        await settle(server)
    assert len(server.accepted) == 1


async def test_what_the_relay_says_while_permission_is_asked_stops_the_body() -> None:
    async def slow() -> bool:
        await asyncio.sleep(0.05)
        return True

    for words, code in ((b"421 4.4.2 Too slow\r\n", 421), (b"250 queued\r\n", 0), (b"2", 0)):
        async with raw_peer(RawPeer([(b"DATA\r\n", b"250 a\r\n250 b\r\n354 c\r\n" + words)])) as peer:
            session = await connect_to(peer)
            reply = await session.send(letters()[0], may_write=slow)
        assert reply is not None
        assert (reply.stage, reply.code) == (Stage.DATA, code)
        assert not session.usable
        assert b"Seals" not in peer.received


# --- refusals


@pytest.mark.parametrize("line", ["550 5.1.1 Nobody", "452 4.2.2 Full"])
async def test_a_refused_recipient_with_a_refused_data_costs_the_others_nothing(line: str) -> None:
    replies, usable, server = await ride({}, recipients={"bo@example.com": Act(line)})
    assert replies[1] == Reply(Stage.RCPT, int(line[:3]), line[4:])
    assert [reply.code for reply in replies if reply] == [250, int(line[:3]), 250]
    assert usable
    assert [message.rcpt_to for message in server.accepted] == [("ada@example.com",), ("cy@example.com",)]
    assert verbs(server) == f"EHLO {PLAIN} {PLAIN} RSET {PLAIN} QUIT"


@pytest.mark.parametrize("dot", [b"250 2.0.0 Queued\r\n", b"554 5.5.1 No recipients\r\n", b"451 4.3.0 Later\r\n"])
async def test_a_354_after_a_refused_recipient_gets_a_bare_dot_whose_answer_means_nothing(dot: bytes) -> None:
    turns = [
        (b"DATA\r\n", b"250 a\r\n550 5.1.1 nobody\r\n354 go\r\n"),
        (b".\r\n", dot),
        (b"DATA\r\n", b"250 a\r\n250 b\r\n354 c\r\n"),
        (b"\r\n.\r\n", b"250 bo\r\n"),
        (b"QUIT\r\n", b"221 bye\r\n"),
    ]
    async with raw_peer(RawPeer(turns)) as peer:
        session = await connect_to(peer)
        first = await session.send(letters()[0], may_write=never)
        assert session.usable
        second = await session.send(letters()[1], may_write=yes)
        await session.close()
    assert (first, second) == (Reply(Stage.RCPT, 550, "5.1.1 nobody"), Reply(Stage.BODY, 250, "bo"))
    assert b"DATA\r\n.\r\nMAIL" in peer.received
    assert b"RSET" not in peer.received


@pytest.mark.parametrize("dot", [b"421 bye\r\n", b"354 go on\r\n", b"nonsense\r\n", b"", b"250 a\r\n250 b\r\n"])
async def test_a_bare_dot_that_is_not_answered_ends_the_connection_and_the_refusal_stands(dot: bytes) -> None:
    turns = [(b"DATA\r\n", b"250 a\r\n550 5.1.1 nobody\r\n354 go\r\n"), (b".\r\n", dot)]
    async with raw_peer(RawPeer(turns)) as peer:
        session = await connect_to(peer, timeouts=PATIENT if dot else brief("rcpt"))
        assert await session.send(letters()[0], may_write=never) == Reply(Stage.RCPT, 550, "5.1.1 nobody")
        await until_unusable(session)
        session.abandon()


async def test_a_354_with_an_accepted_recipient_and_a_refused_sender_gets_no_dot() -> None:
    async with raw_peer(RawPeer([(b"DATA\r\n", b"550 5.7.1 not you\r\n250 b\r\n354 go\r\n")])) as peer:
        session = await connect_to(peer)
        assert await session.send(letters()[0], may_write=never) == Reply(Stage.MAIL, 550, "5.7.1 not you")
        assert not session.usable
    assert peer.received.endswith(b"DATA\r\n")


async def test_a_refused_sender_drains_the_rest_and_the_next_starts_anew() -> None:
    replies, usable, server = await ride({"mail": (Act(), Act("451 4.3.0 Not now"))})
    assert replies[1] == Reply(Stage.MAIL, 451, "4.3.0 Not now")
    assert usable
    assert [message.rcpt_to for message in server.accepted] == [("ada@example.com",), ("cy@example.com",)]


@pytest.mark.parametrize("after", [b"421 4.7.0 Too many errors\r\n", b""])
async def test_a_relay_that_hangs_up_after_a_refusal_has_refused(after: bytes) -> None:
    script = RawPeer([(b"DATA\r\n", b"250 a\r\n550 5.1.1 nobody\r\n" + after)], hang_up=0)
    async with raw_peer(script) as peer:
        peer.hang_up = len(peer.stream)
        session = await connect_to(peer)
        assert await session.send(letters()[0], may_write=never) == Reply(Stage.RCPT, 550, "5.1.1 nobody")
        assert not session.usable


@pytest.mark.parametrize("pipelining", ["auto", "off"])
@pytest.mark.parametrize("answer", ["500 What?", "421 Bye", "354 Go"])
async def test_a_reset_that_is_not_taken_touches_nobody(answer: str, pipelining: str) -> None:
    at: dict[str, Acts] = {"rcpt": (Act("550 5.1.1 Nobody"),), "rset": Act(answer)}
    replies, usable, server = await ride(at, pipelining=pipelining)
    assert replies[1] is not None
    assert (replies[1].stage, replies[1].code) == (Stage.MAIL, 0)
    assert not usable
    assert not server.accepted


# --- every octet

TURNS = [
    (b"DATA\r\n", b"250-2.1.0 mail ada\r\n250 2.1.0 ok\r\n250 rcpt ada\r\n354 data ada\r\n"),
    (b"\r\n.\r\n", b"250 2.0.0 body ada\r\n"),
    (b"DATA\r\n", b"250 mail bo\r\n550 5.1.1 rcpt bo\r\n554 data bo\r\n"),
    (b"DATA\r\n", b"250 reset\r\n250 mail cy\r\n250 rcpt cy\r\n354 data cy\r\n"),
    (b"\r\n.\r\n", b"250-2.0.0 body cy\r\n250 2.0.0 as 17\r\n"),
]
SAID = (Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.BODY)
STREAM = b"".join(reply for _, reply in TURNS)
WHOLE = [
    Reply(Stage.BODY, 250, "2.0.0 body ada"),
    Reply(Stage.RCPT, 550, "5.1.1 rcpt bo"),
    Reply(Stage.BODY, 250, "2.0.0 body cy\n2.0.0 as 17"),
]


async def connect_to(peer: RawPeer, **changes: Any) -> Session:
    return await connect(ScriptedServer(port=peer.port), **changes)


async def no() -> bool:
    return False


async def never() -> bool:
    raise AssertionError("no body was asked for")


async def until_unusable(session: Session) -> None:
    while session.usable:  # noqa: ASYNC110 - it has no event to wait for
        await asyncio.sleep(0.01)


async def settle(server: ScriptedServer) -> None:
    while server.open:  # noqa: ASYNC110 - the server's side has no event to wait for
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("cut", range(1, len(STREAM)))
async def test_every_split_of_what_the_relay_says_reads_the_same(cut: int) -> None:
    async with raw_peer(RawPeer(TURNS, cut=cut)) as peer:
        session = await connect_to(peer)
        assert await send_all(session, letters()) == WHOLE
        session.abandon()


async def test_every_split_reads_the_same_over_tls(certificates: Certificates, ca_file: Path) -> None:
    for cut in range(1, len(STREAM), 3):
        async with raw_peer(RawPeer(TURNS, cut=cut, tls=certificates.server)) as peer:
            session = await connect_to(peer, security=Security.IMPLICIT, ca_file=str(ca_file))
            assert await send_all(session, letters()) == WHOLE
            session.abandon()


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_letters_ride_over_tls_with_replies_octet_by_octet(
    tls: Any, certificates: Certificates, ca_file: Path
) -> None:
    slowly = Act(slowly=True)
    at: dict[str, Acts] = dict.fromkeys(SAID, slowly)
    users = {"press": "secret"}
    async with scripted_server(ScriptedServer(at=at, tls=tls, certificates=certificates, users=users)) as server:
        login = {"security": Security(tls), "ca_file": str(ca_file), "username": "press", "password_env": "X"}
        session = await connect(server, "secret", **login)
        assert [reply.code for reply in await send_all(session, letters(data=LARGE)) if reply] == [250] * 3
        await session.close()
    assert [message.data == LARGE for message in server.accepted] == [True] * 3
    assert all(message.secure for message in server.accepted)
    assert verbs(server).endswith(f"AUTH {PLAIN} {PLAIN} {PLAIN} QUIT")


# the replies of STREAM in their order: whom each is about, and what it answers
REPLIES = [(name, stage) for name in NAMES for stage in Stage if stage in SAID and (name, stage) != ("bo", Stage.BODY)]
REPLIES.insert(REPLIES.index(("cy", Stage.MAIL)), ("", Stage.MAIL))  # RSET


def expected_after(octets: int) -> list[tuple[Stage, int]]:
    """Return what each letter comes to when the relay goes away after so many octets, from what it had said by then."""
    reader = ReplyReader()
    reader.feed(STREAM[:octets])
    came = REPLIES[: len(reader.whole)]
    results = []
    for name in NAMES:
        own = [stage for about, stage in REPLIES if about == name]
        missing = next((stage for stage in own if (name, stage) not in came), None)
        if name == "bo" and (name, Stage.RCPT) in came:
            results.append((Stage.RCPT, 550))
        else:
            results.append((missing, 0) if missing else (Stage.BODY, 250))
        if missing:
            break
    return results


@pytest.mark.parametrize("end", ["closed", "reset"])
@pytest.mark.parametrize("way", ["plain", "tls"])
async def test_a_drop_after_any_octet_leaves_each_letter_with_its_own_reply_or_none(
    end: str, way: str, certificates: Certificates, ca_file: Path
) -> None:
    hard, tls = end == "reset", way == "tls"
    secure = {"security": Security.IMPLICIT, "ca_file": str(ca_file)} if tls else {}
    for octets in range(1, len(STREAM), 4 if tls else 1):
        script = RawPeer(TURNS, hang_up=octets, hard=hard, tls=certificates.server if tls else None)
        async with raw_peer(script) as peer:
            session = await connect_to(peer, **secure)
            replies = [reply for reply in await send_all(session, letters()) if reply is not None]
            session.abandon()
        seen, sure = [(reply.stage, reply.code) for reply in replies], expected_after(octets)
        if STREAM[:octets].splitlines()[-1].startswith(b"354") and seen[-1] == (Stage.DATA, 0):
            sure[-1] = seen[-1]  # the end came with the 354, so no body was written
        if not hard:  # a reset may take words with it that had come before
            assert seen == sure[: len(seen)], octets
            assert len(sure) - len(seen) <= 1, octets  # a letter that was not begun, as the end was known by then
        for reply, name in zip(replies, NAMES, strict=False):
            assert not reply.code or name in reply.text, octets


# --- surplus, nonsense, silence


@pytest.mark.parametrize("surplus", [b"250 2.0.0 of %s\r\n", b"550 5.1.1 of %s\r\n", b"354 of %s\r\n", b"hello %s\r\n"])
async def test_one_reply_too_many_anywhere_settles_nobody_else(surplus: bytes) -> None:
    """A person is settled by RCPT, DATA or BODY; a reply there that was said about another would be a lie."""
    lines = STREAM.splitlines(keepends=True)
    places = [i for i, line in enumerate(lines) if line[3:4] != b"-"]
    for place, (name, _) in zip(places, REPLIES, strict=True):
        extra = surplus % name.encode()
        turns = _with_surplus(place, extra)
        async with raw_peer(RawPeer(turns)) as peer:
            session = await connect_to(peer)
            replies = await send_all(session, letters())
            session.abandon()
        for reply, person in zip(replies, NAMES, strict=False):
            assert reply is not None
            if reply.code and reply.stage is not Stage.MAIL:
                assert person in reply.text, (place, extra, reply)


def _with_surplus(place: int, extra: bytes) -> list[tuple[bytes, bytes]]:
    """Put a line behind the line at a place of the stream."""
    turns, count = [], 0
    for words, reply in TURNS:
        lines = []
        for line in reply.splitlines(keepends=True):
            lines.append(line)
            if count == place:
                lines.append(extra)
            count += 1
        turns.append((words, b"".join(lines)))
    return turns


async def test_a_421_between_two_letters_makes_the_session_unusable_and_names_nobody() -> None:
    turns = [*TURNS[:1], (b"\r\n.\r\n", b"250 2.0.0 body ada\r\n"), (b"", b"421 4.4.2 Idle\r\n")]
    async with raw_peer(RawPeer(turns)) as peer:
        session = await connect_to(peer)
        assert await session.send(letters()[0], may_write=yes) == WHOLE[0]
        await until_unusable(session)
        late = await session.send(letters()[1], may_write=never)
    assert late == Reply(Stage.MAIL, 421, "4.4.2 Idle")
    assert b"bo@" not in peer.received


async def test_words_that_came_before_the_first_command_make_the_session_unusable() -> None:
    async with raw_peer(RawPeer([(b"", b"")], hello=EHLO + b"250 more\r\n")) as peer:
        session = await connect_to(peer)
        await until_unusable(session)
        reply = await session.send(letters()[0], may_write=never)
    assert reply is not None
    assert (reply.stage, reply.code) == (Stage.MAIL, 0)
    assert b"ada@" not in peer.received


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "body"])
@pytest.mark.parametrize(
    "act", [Act("421 4.3.2 Down", drop="after"), Act(drop="before"), Act(silent=True), Act(b"hm\r\n")]
)
async def test_trouble_with_a_rider_never_reaches_the_one_before_it(stage: str, act: Act) -> None:
    replies, usable, server = await ride({stage: (Act(), act)}, timeouts=brief(stage) if act.silent else PATIENT)
    assert len(replies) == 2
    assert replies[0] == Reply(Stage.BODY, 250, "2.0.0 Queued")
    assert replies[1] is not None
    assert (replies[1].stage, replies[1].code) == (Stage(stage), 421 if act.reply and b"421" in _octets(act) else 0)
    assert not usable
    assert [message.rcpt_to for message in server.accepted] == [("ada@example.com",)]


def _octets(act: Act) -> bytes:
    return act.reply if isinstance(act.reply, bytes) else (act.reply or "").encode()


@pytest.mark.parametrize("act", [Act("421 4.3.2 Down", drop="after"), Act(drop="before"), Act(b"hm\r\n")])
async def test_trouble_after_a_body_never_reaches_the_rider(act: Act) -> None:
    first, second, _ = letters()
    async with scripted_server(ScriptedServer(at={"body": act})) as server:
        session = await connect(server)
        reply = await session.send(first, may_write=yes, then=second)
        assert not session.usable
        assert reply is not None
        assert reply.stage is Stage.BODY
        again = await connect(server)
        server.at = {}
        assert await again.send(second, may_write=yes) == Reply(Stage.BODY, 250, "2.0.0 Queued")
        await again.close()
    assert len(server.accepted_for("bo@example.com")) == 1


# --- whatever the relay answers

WORDS = {
    Stage.MAIL: ("250 ok", "250-ok\r\n250", "451 4.3.0", "550 5.7.1", "421 bye", "354 go", "hm"),
    Stage.RCPT: ("250 ok", "251 ok", "452 4.2.2", "550 5.1.1", "550-5.1.1\r\n550", "421 bye", "354 go", "hm"),
    Stage.DATA: ("354 go", "354", "451 4.3.0", "554 5.5.1", "421 bye", "250 ok", "hm"),
    Stage.BODY: ("250 ok", "250-ok\r\n250", "451 4.3.0", "554 5.7.1", "552", "421 bye", "354 go", "hm"),
}
acts = {
    stage: st.builds(
        lambda words, drop, slowly: (words, drop, slowly),
        st.one_of(st.just(words[0]), st.just(words[0]), st.sampled_from(words)),
        st.sampled_from(["", "", "", "", "", "before", "after"]),
        st.sampled_from([False, False, False, True]),
    )
    for stage, words in WORDS.items()
}


@pytest.mark.slow
@given(
    st.lists(st.fixed_dictionaries(acts), min_size=4, max_size=4),
    st.lists(st.booleans(), min_size=4, max_size=4),
    st.sampled_from(["riding", "one segment", "off"]),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
async def test_every_letter_gets_one_reply_of_its_own_or_none_whatever_the_relay_answers(
    script: list[dict[Stage, tuple[str, str, bool]]], allowed: list[bool], way: str
) -> None:
    names = [f"p{n}" for n in range(4)]
    pipelining, riding = "off" if way == "off" else "auto", way == "riding"

    def answer(moment: Moment) -> Act | None:
        if moment.stage not in SAID:
            return None
        name = re.split("[@+]", moment.argument)[moment.stage == Stage.MAIL]
        words, drop, slowly = script[names.index(name)][Stage(moment.stage)]
        return Act(f"{words} for {name}.", drop=drop, slowly=slowly)  # type: ignore[arg-type]  # a drawn literal

    async with scripted_server(ScriptedServer(answer=answer)) as server:
        envelopes = [replace(letter(f"{name}@example.com"), mail_from=f"b+{name}@example.org") for name in names]
        session = await connect(server, pipelining=pipelining)
        for n, (envelope, following) in enumerate(zip(envelopes, [*envelopes[1:], None], strict=True)):
            may_write = yes if allowed[n] else no
            reply = await session.send(envelope, may_write=may_write, then=following if riding else None)
            judge_one(names[n], reply, server, allowed=allowed[n], said=script[n])
            if not session.usable:
                await session.close()
                session = await connect(server, pipelining=pipelining)
        await session.close()
    assert len(server.accepted) == len({message.rcpt_to for message in server.accepted})


def judge_one(
    name: str, reply: Reply | None, server: ScriptedServer, *, allowed: bool, said: dict[Stage, tuple[str, str, bool]]
) -> None:
    """Hold a reply against what the server did with this letter."""
    taken = bool(server.accepted_for(f"{name}@example.com"))
    if reply is None:
        assert not allowed
        assert not taken
    elif reply.code == 0:
        assert reply.stage is Stage.BODY or not taken
    else:
        assert f"for {name}." in reply.text
        assert str(reply.code) == said[reply.stage][0][:3]
        assert taken == (reply.stage is Stage.BODY and reply.code // 100 == 2)


# --- large bodies


@pytest.mark.slow
async def test_a_large_body_is_written_no_faster_than_the_relay_reads() -> None:
    envelopes = letters("ada", "bo", data=LARGE * 4)
    async with scripted_server() as server:
        session = await connect(server)
        assert [reply.code for reply in await send_all(session, envelopes) if reply] == [250, 250]
        await session.close()
    assert [len(message.data) for message in server.accepted] == [len(LARGE) * 4] * 2


async def test_a_relay_that_stops_reading_is_given_up_after_the_limit_for_a_block() -> None:
    limits = PATIENT.replace(block_s=0.3)
    reply, _ = await deaf(b"", limits)
    assert (reply.stage, reply.code) == (Stage.BODY, 0)
    assert "took nothing" in reply.text


@pytest.mark.parametrize("line, code", [(b"552 5.3.4 Too big\r\n", 552), (b"421 4.3.2 Down\r\n", 421)])
async def test_a_no_within_the_body_is_the_reply_to_it_and_the_rest_is_not_written(line: bytes, code: int) -> None:
    reply, sent = await deaf(line, PATIENT)
    assert (reply.stage, reply.code) == (Stage.BODY, code)
    assert not sent.endswith(b"\r\n.\r\n")


async def test_a_yes_within_the_body_is_none() -> None:
    reply, sent = await deaf(b"250 Queued\r\n", PATIENT)
    assert (reply.stage, reply.code) == (Stage.BODY, 0)
    assert not sent.endswith(b"\r\n.\r\n")


async def deaf(line: bytes, timeouts: Timeouts) -> tuple[Reply, bytes]:
    """Send a large body to a relay that stops reading at its begin and says a line; return what it had received."""
    loop = asyncio.get_running_loop()
    with socket.create_server((HOST, 0)) as listening:
        listening.setblocking(False)
        relay = ScriptedServer(port=listening.getsockname()[1])

        async def serve() -> socket.socket:
            taken, _ = await loop.sock_accept(listening)
            await loop.sock_sendall(taken, b"220 hi\r\n")
            await loop.sock_recv(taken, 1000)
            await loop.sock_sendall(taken, EHLO)
            await loop.sock_recv(taken, 1000)
            await loop.sock_sendall(taken, b"250 a\r\n250 b\r\n354 c\r\n")
            await loop.sock_recv(taken, 1000)
            await loop.sock_sendall(taken, line)
            return taken

        serving = asyncio.create_task(serve())
        session = await connect(relay, timeouts=timeouts)
        first, second = letters("ada", "bo", data=LARGE * 10)
        reply = await session.send(first, may_write=yes, then=second)
        assert not session.usable
        assert reply is not None
        with await serving as taken:
            received = bytearray()
            try:
                while piece := await asyncio.wait_for(loop.sock_recv(taken, 1 << 20), 60):
                    received += piece
            except ConnectionResetError:
                pass
    return reply, bytes(received)


async def test_cancelling_in_the_middle_of_a_body_writes_no_final_dot() -> None:
    begun = asyncio.Event()
    async with scripted_server(ScriptedServer(narrow=True, watch=lambda _: begun.set())) as server:
        session = await connect(server)
        sending = asyncio.create_task(session.send(letter(data=LARGE * 20), may_write=yes))
        await begun.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert not session.usable
        await settle(server)
    assert server.accepted == []


async def test_a_goodbye_that_nobody_waits_for_any_more_leaves_no_connection_open() -> None:
    async with scripted_server(ScriptedServer(at={"quit": Act(silent=True)})) as server:
        session = await connect(server)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await session.close()
        assert server.commands[-1] == "QUIT"
        assert not session.wire.alive
        async with asyncio.timeout(60):
            while server.open:  # noqa: ASYNC110 - it is the server that sees it
                await asyncio.sleep(0.01)
