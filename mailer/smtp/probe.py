"""Probe: a look at a relay that submits nothing.

Owns what can be learned from a session that is open: the extensions, the certificate and how long it is good, the
address that answered; and, where asked for, whether it takes our MAIL FROM (answered, then RSET). Never says RCPT or
DATA. Raises nothing: an open session was handed in, and what the relay says is a value.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mailer.reply import Reply, Stage
from mailer.smtp.session import Session
from mailer.smtp.wire import Nonsense, Silence


@dataclass(frozen=True, slots=True)
class Probed:
    """What a look found: `expires_at` is None without TLS, `sender` where nobody asked about it."""

    offers: Mapping[str, str]
    size_limit: int
    mail_limit: int
    address: str = ""
    tls: str = ""
    expires_at: datetime | None = None
    names: tuple[str, ...] = field(default=())
    sender: Reply | None = None
    greeting: str = ""


async def probe_session(session: Session, *, mail_from: str = "", limit_s: float = 30.0) -> Probed:
    """Look at a relay over an open session, and say goodbye. `mail_from` is offered to it where given."""
    peer = session.wire.about("peername")
    secured = session.wire.about("ssl_object")
    tls, expires_at, names = _certificate(secured) if isinstance(secured, ssl.SSLObject) else ("", None, ())
    sender = await _offer(session, mail_from, limit_s) if mail_from else None
    await session.close()
    return Probed(
        offers=session.offers,
        size_limit=session.size_limit,
        mail_limit=session.mail_limit,
        address=str(peer[0]) if isinstance(peer, tuple) else "",
        tls=tls,
        expires_at=expires_at,
        names=names,
        sender=sender,
        greeting=session.greeting,
    )


def _certificate(secured: ssl.SSLObject) -> tuple[str, datetime | None, tuple[str, ...]]:
    found = secured.getpeercert() or {}
    until = found.get("notAfter")
    expires_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC) if isinstance(until, str) else None
    alternatives = found.get("subjectAltName", ())
    names = tuple(str(pair[1]) for pair in alternatives if isinstance(pair, tuple) and len(pair) == 2)
    return secured.version() or "", expires_at, names


async def _offer(session: Session, mail_from: str, limit_s: float) -> Reply:
    try:
        session.wire.write(b"MAIL FROM:<%b>\r\n" % mail_from.encode("utf-8"), replies=1)
        said = await session.wire.answer(limit_s)
        session.wire.write(b"RSET\r\n", replies=1)
        await session.wire.answer(limit_s)
    except (Silence, Nonsense) as error:
        return Reply(Stage.MAIL, 0, str(error))
    return Reply(Stage.MAIL, said.code, said.text)
