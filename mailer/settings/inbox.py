"""Inbox: a mailbox of the office, by its address, and what lies in it.

Owns the form of the address (`maildir:PATH`, `mbox:PATH`, `imaps://USER@HOST/FOLDER`, or `imap://` for STARTTLS; after
RFC 5092, without its parameters) and what a mailbox over the network needs. A password is named here (where it is
kept), never held, and never repeated where somebody wrote it into the address (standards S3).
Raises `ValueError` with a sentence for people.
Gaps: over IMAP only copies of what went out can be searched; what comes back is read from a Maildir or an mbox.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from mailer.settings.secret import SecretPlace

_FORMS = "maildir:PATH, mbox:PATH, or imaps://USER@HOST/FOLDER"
_PASSWORDS = "password_env, password_command and password_file"


@dataclass(frozen=True, slots=True)
class ImapPlace:
    """A folder on an IMAP server; `implicit` is TLS from the first byte, else STARTTLS; an empty folder: look."""

    host: str
    port: int
    implicit: bool
    user: str
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """A mailbox that is read; paths are relative to the workspace.

    `holds` says what lies there: `returns` is what comes back, `sent` are copies of what went out (the account's Sent
    folder, or the journal of a gateway).
    """

    key: str
    url: str
    holds: Literal["returns", "sent"] = "returns"
    password_env: str = ""
    password_command: tuple[str, ...] = ()
    password_file: str = ""
    ca_file: str = ""

    def __post_init__(self) -> None:
        """Check the form, and what belongs together."""
        if not re.match(r"(?:maildir|mbox|imaps?):.+", self.url):
            raise ValueError(f"url: {_FORMS}")
        if self.is_file:
            if self.password.is_given or self.ca_file:
                raise ValueError("url: files need no password and no certificates")
            return
        _ = self.imap
        self.password.check()
        if not self.password.is_given:
            raise ValueError(f"url: and where is the password? Give one of {_PASSWORDS}")
        if self.holds == "returns":
            raise ValueError(
                'url: over IMAP only copies of what went out can be searched yet (holds = "sent"); '
                "let what comes back arrive in a maildir: or mbox:"
            )

    @property
    def password(self) -> SecretPlace:
        """Give where the password is kept."""
        return SecretPlace("password", self.password_env, self.password_command, self.password_file)

    @property
    def is_file(self) -> bool:
        """Say whether it lies on this machine."""
        return self.url.startswith(("maildir:", "mbox:"))

    @property
    def imap(self) -> ImapPlace:
        """Give the place on an IMAP server.

        Raises:
            ValueError: the address has another form, or holds a password.
        """
        try:
            parts = urlsplit(self.url)
            port = parts.port
        except ValueError:
            raise ValueError(f"url: {_FORMS}") from None
        return _place(parts, port)


def _place(parts: SplitResult, port: int | None) -> ImapPlace:
    if parts.password is not None:
        raise ValueError(
            "url: a password never stands in mailer.toml; use password_env, password_command, password_file"
        )
    if parts.query or parts.fragment:
        raise ValueError("url: write ? as %3F and # as %23")
    user, folder = unquote(parts.username or ""), unquote(parts.path.removeprefix("/"))
    if not parts.hostname or not user or re.search(r"[\s\x00-\x1f\x7f]", parts.hostname):
        raise ValueError(f"url: {_FORMS}")
    if re.search(r"[\x00-\x1f\x7f]", user + folder):
        raise ValueError("url: a name has no control characters in it")
    implicit = parts.scheme == "imaps"
    return ImapPlace(parts.hostname, port or (993 if implicit else 143), implicit, user, folder)
