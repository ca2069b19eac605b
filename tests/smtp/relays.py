"""What the tests of this room share: a letter, and a session with a scripted server."""

from __future__ import annotations

from typing import Any

from mailer.settings import Relay, Secret, Security, Timeouts
from mailer.smtp.session import Session, open_session
from mailer.tokens import Envelope
from tests.servers import ScriptedServer

PATIENT = Timeouts(connect_s=60, command_s=60, data_s=60, body_s=60)
BODY = b"Subject: Seals are back\r\n\r\nThe harbour has seals again.\r\n"


def brief(stage: str) -> Timeouts:
    """Return limits for a server that is silent at a stage: short there alone, for a busy machine is slow elsewhere."""
    limits = {"mail": "command_s", "rcpt": "command_s", "data": "data_s", "body": "body_s"}
    return PATIENT.replace(**{limits.get(stage, "connect_s"): 1.0})


async def yes() -> bool:
    return True


def letter(to: str = "ada@example.com", data: bytes = BODY, *, smtputf8: bool = False) -> Envelope:
    return Envelope("bounces+x@example.org", to, data, b"12345678", "<1@example.org>", needs_smtputf8=smtputf8)


def relay_of(server: ScriptedServer, **changes: Any) -> Relay:
    """Return the settings of a relay that is this server, in clear text unless the changes say otherwise."""
    values: dict[str, Any] = {"host": server.host, "port": server.port, "security": Security.PLAIN, "timeouts": PATIENT}
    return Relay(key="main", **(values | changes))


async def connect(server: ScriptedServer, password: str | None = None, **changes: Any) -> Session:
    return await open_session(relay_of(server, **changes), None if password is None else Secret(password))
