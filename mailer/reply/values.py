"""Values: a server's reply, and our reading of it.

Owns the stages of a submission and what a reading can say. Never decides: `policy` and `pace` do.
"""

from __future__ import annotations

from enum import StrEnum

from mailer import lazy_re as re
from mailer.frozen import dataclass

MAX_TEXT = 500  # characters of a server's text that are kept
_ENHANCED = re.compile(r"^\s*([245])\.(\d{1,3})\.(\d{1,3})(?![\w.])")  # RFC 3463 §2


class Stage(StrEnum):
    """The command that a reply answers; BODY is the reply to the final dot."""

    CONNECT = "connect"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"


class Verdict(StrEnum):
    """What it means for the delivery. RETURNED: nobody was touched, it is pending again."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DEFERRED = "deferred"
    IN_DOUBT = "in_doubt"
    RETURNED = "returned"


class Scope(StrEnum):
    """How far it reaches: this address, this connection (close it, wait, come back), or the whole run (stop)."""

    ADDRESS = "address"
    CONNECTION = "connection"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server said at a stage. `code` 0 stands for no reply at all: a time-out or a closed connection."""

    stage: Stage
    code: int
    text: str = ""

    @property
    def enhanced(self) -> str:
        """Return the enhanced status code (RFC 3463), `5.1.1`, or an empty string."""
        found = _ENHANCED.match(self.text)
        return ".".join(found.groups()) if found else ""

    @property
    def severity(self) -> int:
        """Return 2, 4 or 5; where both are there, the enhanced status beats the three digits (standards S7)."""
        return int((self.enhanced or str(self.code))[0])

    def __str__(self) -> str:
        """Return the reply on one line, for people."""
        said = " ".join(self.text.split())[:MAX_TEXT]
        return f"{self.code} {said}".strip() if self.code else f"no reply to {self.stage}: {said}".strip(": ")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Our reading of a reply. `reason` is a word from the field (userunknown, mailboxfull, policyviolation, …)."""

    verdict: Verdict
    scope: Scope = Scope.ADDRESS
    reason: str = ""
    suppress: bool = False
