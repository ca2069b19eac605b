"""A session, spoken to by a server over a real socket."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailer.errors import LedgerProblem
from mailer.reply.values import Reply, Stage
from mailer.settings import Timeouts
from mailer.tokens import Envelope
from tests.servers import Act, Acts, ScriptedServer, scripted_server
from tests.smtp.relays import BODY, PATIENT, brief, connect, letter, yes

WAYS = pytest.mark.parametrize("pipelining", ["auto", "off"])
MAIL_STAGES = (Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.BODY)
SMUGGLED = b"a\r\n.\r\nMAIL FROM:<x@example.net>\r\nRCPT TO:<y@example.net>\r\nDATA\r\nb\r\n.\r\n"


async def exchange(
    at: dict[str, Acts], envelope: Envelope | None = None, **changes: Any
) -> tuple[Reply | None, bool, ScriptedServer]:
    """Submit one letter to a server with a script; return the reply, whether the session is usable, and the server."""
    async with scripted_server(ScriptedServer(at=at)) as server:
        session = await connect(server, **changes)
        reply = await session.send(envelope or letter(), may_write=yes)
        usable = session.usable
        await session.close()
    return reply, usable, server


async def test_the_relay_gets_the_bytes_as_they_are() -> None:
    reply, usable, server = await exchange({})
    assert reply == Reply(Stage.BODY, 250, "2.0.0 Queued")
    assert usable
    (message,) = server.accepted
    assert (message.mail_from, message.rcpt_to) == ("bounces+x@example.org", ("ada@example.com",))
    assert message.data == BODY
    assert server.commands[-1] == "QUIT"


@pytest.mark.parametrize(
    "body",
    [
        b".\r\n",
        b".hidden\r\n..two\r\n...\r\n",
        SMUGGLED,
        b"\r\n\r\n.\r\n\r\n",
        b"x" * 998 + b"\r\n.",
        bytes(n for n in range(256) if n not in {10, 13}) + b"\r\n",
        b"A long release. " * 100_000 + b"\r\n",
    ],
    ids=["only a dot", "dots first", "smuggling", "blank lines", "no last line end", "every octet", "large"],
)
async def test_no_body_is_changed_or_cut_by_its_dots(body: bytes) -> None:
    whole = body if body.endswith(b"\r\n") else body + b"\r\n"
    _, _, server = await exchange({}, letter(data=body))
    assert [message.data for message in server.accepted] == [whole]
    assert [line.split(" ")[0] for line in server.commands] == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]


@given(
    st.lists(st.text("ab.\u00e9", max_size=4).map(str.encode), min_size=1, max_size=6).map(
        lambda lines: b"\r\n".join(lines) + b"\r\n"
    )
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
async def test_any_lines_arrive_as_they_were(body: bytes) -> None:
    _, _, server = await exchange({}, letter(data=body))
    assert [message.data for message in server.accepted] == [body]


@WAYS
@pytest.mark.parametrize("stage", MAIL_STAGES)
@pytest.mark.parametrize("line", ["451 4.3.0 Later", "554 5.7.1 Never"])
async def test_a_refusal_is_known_by_its_stage_and_the_connection_goes_on(
    stage: Stage, line: str, pipelining: str
) -> None:
    async with scripted_server(ScriptedServer(at={stage: (Act(line),)})) as server:
        session = await connect(server, pipelining=pipelining)
        assert await session.send(letter(), may_write=yes) == Reply(stage, int(line[:3]), line[4:])
        assert session.usable
        second = await session.send(letter("bo@example.com"), may_write=yes)
        await session.close()
    assert second is not None
    assert second.code == 250
    assert [message.rcpt_to for message in server.accepted] == [("bo@example.com",)]
    assert server.connections == 1
    assert ("RSET" in server.commands) == (stage is not Stage.BODY)


@WAYS
@pytest.mark.parametrize("stage", MAIL_STAGES)
async def test_a_421_is_told_and_the_connection_goes(stage: Stage, pipelining: str) -> None:
    reply, usable, _ = await exchange({stage: Act("421 4.3.2 Going down", drop="after")}, pipelining=pipelining)
    assert reply == Reply(stage, 421, "4.3.2 Going down")
    assert not usable


@pytest.mark.slow
@WAYS
@pytest.mark.parametrize("stage", MAIL_STAGES)
@pytest.mark.parametrize("act", [Act(drop="before"), Act(silent=True), Act(b"2", silent=True)])
async def test_a_drop_or_a_silence_is_no_reply_at_its_stage(stage: Stage, act: Act, pipelining: str) -> None:
    reply, usable, server = await exchange(
        {stage: act}, timeouts=brief(stage) if act.silent else PATIENT, pipelining=pipelining
    )
    assert reply is not None
    assert (reply.stage, reply.code) == (stage, 0)
    assert reply.text
    assert not usable
    assert not server.accepted


@pytest.mark.parametrize("body_bytes", [1, 20, len(BODY) + 2])
async def test_a_drop_within_the_body_is_one_at_the_body(body_bytes: int) -> None:
    reply, usable, server = await exchange({"body": Act(body_bytes=body_bytes)})
    assert reply is not None
    assert (reply.stage, reply.code) == (Stage.BODY, 0)
    assert not usable
    assert not server.accepted


@WAYS
@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT])
async def test_a_drop_after_yes_is_one_at_the_next_command(stage: Stage, pipelining: str) -> None:
    reply, _, _ = await exchange({stage: Act(drop="after")}, pipelining=pipelining)
    assert reply is not None
    assert reply.code == 0
    assert reply.stage == MAIL_STAGES[MAIL_STAGES.index(stage) + 1]


async def test_a_drop_after_the_354_is_before_the_body_as_no_byte_of_it_was_written() -> None:
    async def slow() -> bool:
        await asyncio.sleep(0.1)
        return True

    async with scripted_server(ScriptedServer(at={"data": Act(drop="after")})) as server:
        session = await connect(server)
        reply = await session.send(letter(), may_write=slow)
    assert reply is not None
    assert (reply.stage, reply.code) == (Stage.DATA, 0)
    assert b"Seals" not in server.received


async def test_a_server_that_dies_between_taking_and_saying_so_leaves_no_reply_to_the_body() -> None:
    reply, _, server = await exchange({"body": Act(drop="before", taken=True)})
    assert reply is not None
    assert (reply.stage, reply.code) == (Stage.BODY, 0)
    assert len(server.accepted) == 1


async def test_no_permission_no_body_and_no_final_dot() -> None:
    async def no() -> bool:
        return False

    async with scripted_server() as server:
        session = await connect(server)
        assert await session.send(letter(), may_write=no) is None
        assert not session.usable
        await session.close()
        while server.open:  # noqa: ASYNC110 - the server's side has no event to wait for
            await asyncio.sleep(0.01)
    assert not server.accepted
    assert server.received.endswith(b"DATA\r\n")


async def test_permission_is_asked_once_after_the_354_and_before_the_first_byte() -> None:
    seen: list[bytes] = []
    async with scripted_server() as server:

        async def ask() -> bool:
            await asyncio.sleep(0.05)
            seen.append(bytes(server.received[-6:]))
            return True

        session = await connect(server)
        await session.send(letter(), may_write=ask)
        await session.close()
    assert seen == [b"DATA\r\n"]
    assert len(server.accepted) == 1


async def test_permission_is_not_asked_where_the_relay_refuses() -> None:
    async def never() -> bool:
        raise AssertionError

    async with scripted_server(ScriptedServer(at={"rcpt": Act("550 5.1.1 Nobody")})) as server:
        session = await connect(server)
        assert await session.send(letter(), may_write=never) == Reply(Stage.RCPT, 550, "5.1.1 Nobody")
        await session.close()


async def test_where_asking_for_permission_fails_the_connection_is_cut_at_once() -> None:
    async def broken() -> bool:
        raise LedgerProblem("the disk is full")

    async with scripted_server() as server:
        session = await connect(server)
        with pytest.raises(LedgerProblem):
            await session.send(letter(), may_write=broken)
        assert not session.usable
        await session.close()
    assert server.received.endswith(b"DATA\r\n")


async def test_a_cancelled_submission_writes_nothing_more() -> None:
    async with scripted_server(ScriptedServer(at={"rcpt": Act(silent=True)})) as server:
        session = await connect(server)
        sending = asyncio.create_task(session.send(letter(), may_write=yes))
        while server.commands[-1:] != ["RCPT TO:<ada@example.com>"]:  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.01)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert not session.usable
        await session.close()
    assert server.commands[-1] == "RCPT TO:<ada@example.com>"
    assert b"Seals" not in server.received


async def test_a_session_is_used_up_after_its_number_of_messages() -> None:
    async with scripted_server() as server:
        session = await connect(server, messages_per_connection=2)
        usable = []
        for _ in range(2):
            await session.send(letter(), may_write=yes)
            usable.append(session.usable)
        await session.close()
    assert usable == [True, False]
    assert len(server.accepted) == 2


async def test_a_relay_that_hung_up_meanwhile_leaves_a_session_that_is_not_usable() -> None:
    async with scripted_server() as server:
        session = await connect(server)
    await asyncio.sleep(0.05)
    assert not session.usable
    assert await session.send(letter(), may_write=yes) == Reply(Stage.MAIL, 0, "the relay closed the connection")
    await session.close()


async def test_size_and_smtputf8_are_said_only_to_who_knows_them() -> None:
    async with scripted_server() as server:
        session = await connect(server)
        assert session.takes_smtputf8
        assert session.size_limit == 10485760
        await session.send(letter("adа@example.com", smtputf8=True), may_write=yes)
        await session.close()
    assert server.commands[1] == f"MAIL FROM:<bounces+x@example.org> SIZE={len(BODY)} SMTPUTF8"
    assert server.commands[2] == "RCPT TO:<adа@example.com>"
    async with scripted_server(ScriptedServer(extensions=())) as bare:
        session = await connect(bare)
        assert not session.takes_smtputf8
        assert session.size_limit == 0
        await session.send(letter(), may_write=yes)
        await session.close()
    assert bare.commands[1] == "MAIL FROM:<bounces+x@example.org>"


@pytest.mark.parametrize("address", ["a\r\nRCPT TO:<x@example.net>", "a b@example.com", "a\x00@example.com"])
async def test_no_address_brings_a_command_of_its_own(address: str) -> None:
    async with scripted_server() as server:
        session = await connect(server)
        with pytest.raises(ValueError, match="control characters"):
            await session.send(letter(address), may_write=yes)
        await session.close()
    assert [line for line in server.commands if "example" in line] == []


@WAYS
@pytest.mark.parametrize("stage", MAIL_STAGES)
@pytest.mark.parametrize(
    "garbage",
    [
        b"hello there\r\n",
        b"\r\n",
        b"\x00\xff\xfe\r\n",
        b"-50 negative\r\n",
        b"25\r\n",
        b"5\r\n",
        b"999 beyond\r\n",
        b"100 wait\r\n",
        b"+25 signed\r\n",
        b"250" + b"x" * 40_000 + b"\r\n",
    ],
)
async def test_what_is_no_reply_counts_as_none(stage: Stage, garbage: bytes, pipelining: str) -> None:
    reply, usable, server = await exchange({stage: (Act(garbage),)}, pipelining=pipelining)
    assert reply is not None
    assert (reply.stage, reply.code) == (stage, 0)
    assert not usable
    if stage is not Stage.BODY:
        assert b"Seals" not in server.received


@WAYS
@pytest.mark.parametrize(
    "stage, line",
    [
        (Stage.MAIL, "354 out of step"),
        (Stage.RCPT, "354 out of step"),
        (Stage.DATA, "250 out of step"),
        (Stage.DATA, "334 out of step"),
        (Stage.BODY, "354 out of step"),
    ],
)
async def test_a_reply_that_belongs_to_another_command_ends_the_connection(
    stage: Stage, line: str, pipelining: str
) -> None:
    reply, usable, server = await exchange({stage: Act(line)}, pipelining=pipelining)
    assert reply is not None
    assert (reply.stage, reply.code) == (stage, 0)
    assert not usable
    assert not server.accepted


@pytest.mark.parametrize("pipelining, stage", [("off", Stage.MAIL), ("auto", Stage.DATA)])
async def test_two_replies_to_one_command_never_settle_another_command(pipelining: str, stage: Stage) -> None:
    """The second would be taken for the answer to what comes next, and a person for refused who was not."""
    surplus = Act(b"250 ok\r\n550 5.1.1 surplus\r\n")
    reply, usable, server = await exchange({"mail": surplus}, pipelining=pipelining)
    assert reply is not None
    assert (reply.stage, reply.code) == (stage, 0)
    assert not usable
    assert not server.accepted


async def test_a_word_between_two_messages_is_not_the_answer_to_the_second() -> None:
    reply, usable, server = await exchange({"body": Act(b"250 2.0.0 Queued\r\n550 5.1.1 surplus\r\n")})
    assert reply == Reply(Stage.BODY, 250, "2.0.0 Queued")
    assert not usable
    assert len(server.accepted) == 1


async def test_a_reply_of_several_lines_is_one_reply() -> None:
    reply, _, _ = await exchange({"rcpt": Act("550-5.1.1 There is\r\n550-5.1.1 nobody\r\n550 5.1.1 of that name")})
    assert reply == Reply(Stage.RCPT, 550, "5.1.1 There is\n5.1.1 nobody\n5.1.1 of that name")
    assert reply.enhanced == "5.1.1"
    assert str(reply) == "550 5.1.1 There is 5.1.1 nobody 5.1.1 of that name"


async def test_a_reply_that_comes_byte_by_byte_is_one_reply() -> None:
    line = "250-2.0.0 Queued\r\n250 2.0.0 as 4711"
    reply, _, server = await exchange({"mail": Act(line, slowly=True), "body": Act(line, slowly=True)})
    assert reply == Reply(Stage.BODY, 250, "2.0.0 Queued\n2.0.0 as 4711")
    assert len(server.accepted) == 1


async def test_words_that_are_no_utf8_can_be_stored() -> None:
    reply, _, _ = await exchange({"rcpt": Act(b"550 5.1.1 Empf\xe4nger \x00 unbekannt\r\n")})
    assert reply is not None
    assert reply.code == 550
    reply.text.encode("utf-8")
    assert "\x00" not in reply.text
    assert "unbekannt" in reply.text


async def test_a_slow_relay_is_waited_for_as_long_as_the_settings_say() -> None:
    reply, _, _ = await exchange({"body": Act(delay_s=0.2)})
    assert reply == Reply(Stage.BODY, 250, "2.0.0 Queued")


async def test_going_away_from_a_silent_relay_takes_no_longer_than_a_connect() -> None:
    async with scripted_server(ScriptedServer(at={"quit": Act(silent=True)})) as server:
        session = await connect(server, timeouts=Timeouts(connect_s=0.6, command_s=600))
        async with asyncio.timeout(60):
            await session.close()
        assert not session.usable


async def test_abandoning_says_nothing_more() -> None:
    async with scripted_server() as server:
        session = await connect(server)
        session.abandon()
        assert not session.usable
        await session.close()
    assert server.commands == ["EHLO [127.0.0.1]"]
