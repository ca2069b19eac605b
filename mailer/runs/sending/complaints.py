"""Complaints: a server says that we are too fast or too many, and we are so no longer.

Owns what follows from such words: the lower pace in the ledger, the event with the server's words, and the sentence for
people. Many messages are on their way when the first complaint comes; what was begun before it was heeded is no second
one. Never reads the words themselves (`reply` does).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mailer.ledger import Connection
from mailer.ledger.mailings import Stamp, add_slowed
from mailer.ledger.pacing import Lowered
from mailer.reply import Reply, Slower, read_complaint
from mailer.runs.sending.pacer import Errands, Pacer
from mailer.settings import say_rate


@dataclass(frozen=True, slots=True)
class Said:
    """What a server said: at which relay, about whom (the recipient's domain), and when we had begun."""

    key: str
    reply: Reply
    begun_at: datetime
    domain: str = ""
    open_now: int = 1


class Complaints:
    """Heeds the complaints of one run."""

    def __init__(
        self, errands: Errands, pacer: Pacer, *, mailing_id: int, stamp: Callable[[], Stamp], say: Callable[[str], None]
    ) -> None:
        """Take who writes to the ledger, what keeps the pace, the mailing, now and who, and who tells people."""
        self._errands = errands
        self._pacer = pacer
        self._mailing_id = mailing_id
        self._stamp = stamp
        self._say = say
        self._heeded_at: dict[tuple[str, Slower], datetime] = {}

    async def heed(self, said: Said) -> bool:
        """Do what a reply asks of our speed; True where it was asked, and by what was begun before it was heeded."""
        complaint = read_complaint(said.reply, said.domain)
        if complaint is None:
            return False
        name = (f"domain:{said.domain}" if complaint.by_domain else f"relay:{said.key}", complaint.slower)
        if name in self._heeded_at and said.begun_at <= self._heeded_at[name]:
            return True
        self._heeded_at[name] = self._stamp().at
        before, lowered = await self._pacer.lower(said.key, complaint, domain=said.domain, open_now=said.open_now)
        self._heeded_at[name] = self._stamp().at  # what was begun while the ledger was written knew nothing of it
        sentence = say_lowered(before, lowered)
        if not sentence:
            return False

        def work(connection: Connection) -> None:
            text, reason = f"{sentence}: {said.reply}", complaint.slower.value
            add_slowed(connection, self._mailing_id, reason=reason, text=text, stamp=self._stamp())

        await self._errands.run_errand(work)
        self._say(f"{sentence} (“{said.reply}”)")
        return False


def say_lowered(before: Lowered, lowered: Lowered) -> str:
    """Return what is lower than it was; empty where nothing is, because it could not be lower."""
    kind, _, name = lowered.name.partition(":")
    who = f"relay {name}" if kind == "relay" else name
    if lowered.connections < before.connections:
        number = f"{lowered.connections} connection" + ("" if lowered.connections == 1 else "s")
        return f"{who}: {number} instead of {before.connections}, because it asks for fewer"
    if lowered.step_s > before.step_s:
        was = f" instead of {say_rate(before.step_s)}" if before.step_s else ""
        return f"{who}: {say_rate(lowered.step_s)}{was}, because we were too fast for it"
    return ""
