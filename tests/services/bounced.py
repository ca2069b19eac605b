"""A mailing whose bounces lie in a real mailbox, for tests of reading it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from mailer.preview.server import compose_dsn
from tests.mailboxes import HOST, PASSWORD, USER, Dovecot
from tests.office import Desk, in_the_ledger
from tests.servers import ScriptedServer

COLLECT = ("bounces", "collect")
ENV = {"BOUNCES_PASSWORD": PASSWORD}
NOW = datetime(2026, 10, 3, 8, tzinfo=UTC)
MANY = 240
_PADDING = b"X-Padding: " + b"x" * 900 + b"\r\n"


def inbox_table(dovecot: Dovecot, *, key: str = "main", scheme: str = "imaps", mailbox: str = "", **keys: Any) -> str:
    """Write `[inbox.KEY]` for the mailbox of this server."""
    port = {
        "imaps": dovecot.tls_port,
        "imap": dovecot.port,
        "pop3s": dovecot.pop_tls_port,
        "pop3": dovecot.pop_port,
    }[scheme]
    table = {
        "url": f"{scheme}://{quote(USER)}@{HOST}:{port}/{quote(mailbox)}",
        "password_env": "BOUNCES_PASSWORD",
        "ca_file": str(dovecot.authority),
    } | keys
    lines = [f"{name} = {json.dumps(value)}" for name, value in table.items() if value]
    return "\n".join([f"[inbox.{key}]", *lines, ""])


def use(desk: Desk, server: ScriptedServer, *tables: str) -> None:
    """Write mailer.toml with these mailboxes, in place of the desk's own Maildir."""
    desk.settings(server, more="\n".join(tables))
    text = (desk.root / "mailer.toml").read_text("utf-8")
    desk.write("mailer.toml", text.replace('[inbox.main]\nurl = "maildir:returned"\n', "", 1))


def bounces(server: ScriptedServer) -> list[bytes]:
    """Compose what comes back about everybody whom the relay took mail for: the address is dead."""
    return [
        compose_dsn(each.mail_from, each.rcpt_to[0], each.data, answer=(550, "5.1.1 unknown user"), now=NOW)
        for each in server.accepted
    ]


def send_to_many(desk: Desk, server: ScriptedServer, table: str) -> list[bytes]:
    """Send to so many that their bounces are fetched in several batches; return the bounces."""
    desk.people("coast", MANY)
    use(desk, server, table)
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    padding = _PADDING * 100  # a batch is bounded by its size, too
    return [padding + each for each in bounces(server)]


def taken_in(desk: Desk) -> int:
    """Count the messages in the ledger."""
    return int(in_the_ledger(desk, "SELECT count(*) FROM inbound")[0][0])


def counted_once(desk: Desk, count: int) -> None:
    """Hold the ledger to so many messages, each about one person, once."""
    assert taken_in(desk) == count
    assert desk.report()["bounced"] == {"hard": count, "soft": 0}
    times: Sequence[Any] = in_the_ledger(
        desk, "SELECT count(*) FROM event WHERE kind = 'bounced_hard' GROUP BY delivery_id"
    )
    assert set(times) == {(1,)}
    assert len(times) == count
