"""Faults of the embedded server, met by a real client over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import aiosmtplib
import pytest

from mailer.inbox.mailbox import read_messages
from mailer.inbox.values import RawMessage
from mailer.preview.server import Faults, PreviewServer, Script, preview_server
from mailer.settings import Fault

ADA, BEN = "ada@example.com", "ben@example.com"
MAIL = b"From: Press Office <press@example.org>\r\nSubject: Seals\r\nMessage-ID: <one@example.org>\r\n\r\ntext\r\n"


def for_ada(*faults: Fault) -> Faults:
    return Faults(Script(people={ADA: faults}))


def of_nobody(*faults: Fault) -> Faults:
    return Faults(Script(of_nobody=faults))


def fault(stage: str, **keys: object) -> Fault:
    who = {"nth": (1,)} if stage in {"connect", "mail"} else {"address": ADA}
    return Fault(**{**who, "stage": stage, **keys})  # type: ignore[arg-type]


async def send(server: PreviewServer, *recipients: str) -> None:
    """Send to each on a connection of its own."""
    for recipient in recipients:
        async with aiosmtplib.SMTP(hostname=server.host, port=server.port, start_tls=False, timeout=60) as client:
            await client.sendmail("bounces@example.org", [recipient], MAIL)


def kept(folder: Path) -> Sequence[bytes]:
    return [entry.data for entry in read_messages(folder / "Maildir") if isinstance(entry, RawMessage)]


@pytest.mark.parametrize("stage", ["rcpt", "data", "body"])
async def test_a_person_is_answered_at_the_stage_and_only_so_many_times(tmp_path: Path, stage: str) -> None:
    faults = for_ada(fault(stage, reply="451 4.7.1 later", times=2))
    async with preview_server(tmp_path, script=faults) as server:
        for _ in range(2):
            with pytest.raises(aiosmtplib.SMTPException, match="later"):
                await send(server, ADA)
        await send(server, BEN, ADA)
    assert len(kept(tmp_path)) == 2


async def test_times_0_is_every_time(tmp_path: Path) -> None:
    async with preview_server(tmp_path, script=for_ada(fault("rcpt", reply="550 5.1.1 gone", times=0))) as server:
        for _ in range(4):
            with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
                await send(server, ADA)


async def test_what_a_person_has_at_one_stage_does_not_use_up_what_they_have_at_another(tmp_path: Path) -> None:
    faults = for_ada(fault("rcpt", reply="450 4.2.0 first"), fault("body", reply="451 4.3.0 second"))
    async with preview_server(tmp_path, script=faults) as server:
        for answer in ("first", "second"):
            with pytest.raises(aiosmtplib.SMTPException, match=answer):
                await send(server, ADA)
        await send(server, ADA)
    assert [faults.played[each] for each in faults.played] == [1, 1]


async def test_a_message_is_refused_at_mail_from_by_its_number(tmp_path: Path) -> None:
    faults = of_nobody(fault("mail", nth=(2,), reply="451 4.3.0 busy", times=2))
    async with preview_server(tmp_path, script=faults) as server:
        await send(server, ADA)
        for _ in range(2):
            with pytest.raises(aiosmtplib.SMTPSenderRefused, match="busy"):
                await send(server, ADA)
        await send(server, ADA)
    assert len(kept(tmp_path)) == 2


async def test_a_connection_is_refused_in_place_of_the_greeting(tmp_path: Path) -> None:
    faults = of_nobody(fault("connect", nth=(1,), reply="554 5.7.1 go away"))
    async with preview_server(tmp_path, script=faults) as server:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        assert await reader.read() == b"554 5.7.1 go away\r\n"  # and then it is closed
        writer.close()
        await writer.wait_closed()
        await send(server, ADA)


STAGES = ["connect", "mail", "rcpt", "data", "body"]  # as many answers come before each as its place says, and EHLO's
COMMANDS = (b"HELO here", b"MAIL FROM:<a@example.org>", b"RCPT TO:<ada@example.com>", b"DATA", b"text\r\n.")


async def talk(server: PreviewServer) -> list[bytes]:
    """Send one command after the other, as far as it goes; return the answers."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    lines = [await reader.readline()]
    for command in COMMANDS:
        if not lines[-1] or lines[-1].startswith(b"421"):
            break
        writer.write(command + b"\r\n")
        lines.append(await reader.readline())
    writer.close()
    return [line.strip() for line in lines if line]


def wherever(stage: str, **keys: object) -> Faults:
    return Faults(Script(people={ADA: [fault(stage, **keys)]}, of_nobody=[fault(stage, **keys)]))


@pytest.mark.parametrize("stage", STAGES)
async def test_a_421_closes_the_connection(tmp_path: Path, stage: str) -> None:
    async with preview_server(tmp_path, script=wherever(stage, reply="421 4.3.2 bye")) as server:
        lines = await talk(server)
    assert lines[-1] == b"421 4.3.2 bye"
    assert len(lines) == STAGES.index(stage) + (1 if stage == "connect" else 2)
    assert kept(tmp_path) == []


@pytest.mark.parametrize("stage", STAGES)
async def test_a_dropped_connection_ends_without_a_word(tmp_path: Path, stage: str) -> None:
    async with preview_server(tmp_path, script=wherever(stage, drop=True)) as server:
        lines = await talk(server)
    assert [line[:3] for line in lines] == [b"220", b"250", b"250", b"250", b"354"][: len(lines)]
    assert len(lines) == (STAGES.index(stage) + 1 if stage != "connect" else 0)


async def test_a_mail_whose_connection_is_dropped_after_the_dot_was_taken(tmp_path: Path) -> None:
    async with preview_server(tmp_path, script=for_ada(fault("body", drop=True))) as server:
        with pytest.raises(aiosmtplib.SMTPServerDisconnected):
            await send(server, ADA)
    assert kept(tmp_path) == [MAIL]


async def test_a_slow_dot_is_answered_when_its_time_has_come_and_others_do_not_wait(tmp_path: Path) -> None:
    faults = for_ada(fault("body", delay_s=200))
    async with preview_server(tmp_path, script=faults) as server:
        slow = asyncio.create_task(send(server, ADA))
        while not faults.played:  # noqa: ASYNC110 - the server tells nobody when it plays one
            await asyncio.sleep(0.01)
        await send(server, BEN)
        assert not slow.done()
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):  # the server went home meanwhile
        await slow
    assert len(kept(tmp_path)) == 1


async def test_a_short_wait_is_all_that_happens(tmp_path: Path) -> None:
    async with preview_server(tmp_path, script=for_ada(fault("body", delay_s=0.01))) as server:
        await send(server, ADA)
    assert kept(tmp_path) == [MAIL]


async def test_faults_go_on_in_another_server_where_they_were(tmp_path: Path) -> None:
    faults = for_ada(fault("rcpt", reply="450 4.2.0 later"))
    async with preview_server(tmp_path, script=faults) as server:
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
            await send(server, ADA)
    async with preview_server(tmp_path, script=faults) as server:
        await send(server, ADA)


async def test_without_a_folder_mail_is_taken_and_lies_nowhere() -> None:
    async with preview_server(None) as server:
        await send(server, ADA, BEN)
