"""The embedded server, spoken to by a real client over a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path

import aiosmtplib
import pytest

from mailer.bounces.report import parse_report
from mailer.bounces.values import Kind
from mailer.inbox.mailbox import read_messages
from mailer.inbox.values import RawMessage
from mailer.preview.server import PreviewServer, Script, preview_server
from mailer.settings import Fault

SENDER = "bounces+aaaaaaaabbbbbbbbccccccccddddddddeeeeeeee@example.org"
OPTOUT = "optout+ggggggggbbbbbbbbccccccccddddddddeeeeeeee@example.org"
MAIL = (
    b"From: Press Office <press@example.org>\r\nTo: Ada <ada@example.com>\r\nSubject: Harbour seals return\r\n"
    b"Message-ID: <one@example.org>\r\nList-Unsubscribe: <https://press.example.org/o/x>,\r\n <mailto:"
    + OPTOUT.encode()
    + b">\r\n\r\n.\r\n..two dots\r\n.MAIL FROM:<x@example.net>\r\ntext\r\n"
)


async def send(server: PreviewServer, *recipients: str, mail: bytes = MAIL, sender: str = SENDER) -> None:
    async with aiosmtplib.SMTP(hostname=server.host, port=server.port, start_tls=False) as client:
        for recipient in recipients:
            await client.sendmail(sender, [recipient], mail)


def raw(maildir: Path) -> list[bytes]:
    return [entry.data for entry in read_messages(maildir) if isinstance(entry, RawMessage)]


async def test_a_message_lies_in_the_maildir_byte_for_byte_when_the_client_hears_yes(tmp_path: Path) -> None:
    async with preview_server(tmp_path) as server:
        await send(server, "ada@example.com")
        assert raw(tmp_path / "Maildir") == [MAIL]


async def test_every_octet_survives_the_wire(tmp_path: Path) -> None:
    mail = b"Subject: x\r\n\r\n" + bytes(n for n in range(256) if n not in {10, 13}) + b"\r\n"
    async with preview_server(tmp_path) as server:
        await send(server, "ada@example.com", mail=mail)
    assert raw(tmp_path / "Maildir") == [mail]


async def test_an_arrival_is_told_once_the_message_lies_in_the_maildir(tmp_path: Path) -> None:
    seen: list[list[bytes]] = []
    async with preview_server(tmp_path, on_arrival=lambda: seen.append(raw(tmp_path / "Maildir"))) as server:
        await send(server, "Ada@example.com")
    assert seen == [[MAIL]]


async def test_a_scripted_refusal_is_told_at_rcpt_whatever_the_case(tmp_path: Path) -> None:
    script = Script(
        people={"ada@example.com": [Fault(address="ada@example.com", reply="550 5.1.1 No such user", times=0)]}
    )
    async with preview_server(tmp_path, script=script) as server:
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refusal:
            await send(server, "ADA@Example.COM")
        await send(server, "bo@example.com")
    (refused,) = refusal.value.recipients
    assert (refused.code, refused.message) == (550, "5.1.1 No such user")
    assert len(raw(tmp_path / "Maildir")) == 1


async def test_a_deferred_address_is_taken_the_second_time(tmp_path: Path) -> None:
    script = Script(people={"ada@example.com": [Fault(address="ada@example.com", reply="450 4.2.0 Try again")]})
    async with preview_server(tmp_path, script=script) as server:
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refusal:
            await send(server, "ada@example.com")
        await send(server, "ada@example.com")
    assert refusal.value.recipients[0].code == 450
    assert len(raw(tmp_path / "Maildir")) == 1


async def test_a_scripted_bounce_comes_back_to_the_envelope_sender(tmp_path: Path) -> None:
    script = Script(bounce={"ada@example.com": (550, "5.1.1 No such user")})
    async with preview_server(tmp_path, script=script) as server:
        await send(server, "ada@example.com", "bo@example.com")
    (data,) = raw(tmp_path / "returned")
    report = parse_report(data)
    assert report.kind is Kind.BOUNCE
    assert report.to_addresses == (SENDER,)
    assert report.original_message_id == "<one@example.org>"
    (recipient,) = report.recipients
    assert (recipient.address, recipient.status, recipient.reason) == ("ada@example.com", "5.1.1", "userunknown")
    assert recipient.permanent
    assert recipient.suppress


async def test_a_message_from_the_null_sender_is_never_bounced(tmp_path: Path) -> None:
    script = Script(bounce={"ada@example.com": (550, "5.1.1 No such user")})
    async with preview_server(tmp_path, script=script) as server:
        await send(server, "ada@example.com", sender="")
    assert raw(tmp_path / "returned") == []
    assert len(raw(tmp_path / "Maildir")) == 1


async def test_a_reader_who_opts_out_writes_to_the_mailbox_with_the_token(tmp_path: Path) -> None:
    async with preview_server(tmp_path, script=Script(opt_out=frozenset({"ada@example.com"}))) as server:
        await send(server, "ada@example.com")
    report = parse_report(raw(tmp_path / "returned")[0])
    assert report.kind is Kind.OPTOUT
    assert report.to_addresses == (OPTOUT,)
    assert report.from_address == "ada@example.com"


async def test_an_internationalised_address_is_taken(tmp_path: Path) -> None:
    async with (
        preview_server(tmp_path) as server,
        aiosmtplib.SMTP(hostname=server.host, port=server.port, start_tls=False) as client,
    ):
        await client.ehlo()
        assert client.supports_extension("smtputf8")
        await client.sendmail(SENDER, ["zoë@example.com"], MAIL, mail_options=["SMTPUTF8"])
    assert len(raw(tmp_path / "Maildir")) == 1


@pytest.mark.slow
async def test_thirty_megabytes_are_announced_and_a_larger_message_is_refused(tmp_path: Path) -> None:
    line = b"x" * 76 + b"\r\n"
    fits, too_much = (b"Subject: x\r\n\r\n" + line * (size // len(line)) for size in (29_900_000, 30_100_000))
    async with preview_server(tmp_path) as server:
        await send(server, "ada@example.com", mail=fits)
        async with aiosmtplib.SMTP(hostname=server.host, port=server.port, start_tls=False) as client:
            assert "SIZE 30000000" in (await client.ehlo()).message
            await client.mail(SENDER)
            await client.rcpt("ada@example.com")
            with pytest.raises(aiosmtplib.SMTPDataError) as refusal:
                await client.data(too_much)
    assert refusal.value.code == 552
    assert raw(tmp_path / "Maildir") == []  # over what the inbox reads, but there:
    assert [file.stat().st_size for file in (tmp_path / "Maildir" / "new").iterdir()] == [len(fits)]


async def test_many_connections_at_once_lose_nothing(tmp_path: Path) -> None:
    async with preview_server(tmp_path) as server:
        people = [[f"p{number}-{n}@example.com" for n in range(20)] for number in range(10)]
        await asyncio.gather(*(send(server, *group) for group in people))
    assert len(raw(tmp_path / "Maildir")) == 200


async def test_it_closes_with_clients_connected_in_every_state(tmp_path: Path) -> None:
    async with preview_server(tmp_path) as server:
        idle = await asyncio.open_connection(server.host, server.port)
        busy = await asyncio.open_connection(server.host, server.port)
        busy[1].write(b"EHLO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nSubject: half")
        await busy[0].readuntil(b"354")
        port = server.port
    async with asyncio.timeout(60):
        for reader, writer in (idle, busy):
            with contextlib.suppress(ConnectionError):
                await reader.read()
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
    with socket.socket() as probe:
        assert probe.connect_ex((server.host, port)) != 0
    assert raw(tmp_path / "Maildir") == []


async def test_a_client_that_vanishes_does_not_disturb_the_next(tmp_path: Path) -> None:
    async with preview_server(tmp_path) as server:
        for _ in range(3):
            _, writer = await asyncio.open_connection(server.host, server.port)
            writer.write(b"EHLO x\r\nMAIL FROM:<a@exa")
            writer.transport.abort()
        await send(server, "ada@example.com")
    assert len(raw(tmp_path / "Maildir")) == 1


async def test_a_folder_that_cannot_be_written_is_the_clients_to_hear_not_a_loss(tmp_path: Path) -> None:
    async with preview_server(tmp_path) as server:
        new = tmp_path / "Maildir" / "new"
        new.rmdir()
        new.write_text("in the way")
        with pytest.raises(aiosmtplib.SMTPDataError) as refusal:
            await send(server, "ada@example.com")
    assert refusal.value.code == 452
