"""Inbox: a mailbox of the office, by its address, what lies in it, and what is done with what was read.

Owns the form of the address (`maildir:PATH`, `mbox:PATH`, `imaps://USER@HOST/FOLDER` or `imap://` for STARTTLS, after
RFC 5092 without its parameters; `pop3s://USER@HOST` or `pop3://` for STLS, after RFC 2384) and what a mailbox over the
network needs. A password is named here (where it is kept), never held, and never repeated where somebody wrote it into
the address (standards S3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final, Literal, Self, TypeAlias
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import model_validator

from mailer.settings.oauth import OAuth
from mailer.settings.secret import WithPassword
from mailer.settings.table import between, must

After: TypeAlias = Literal["keep", "keyword", "move"]

_FORMS: Final = "maildir:PATH, mbox:PATH, imaps://USER@HOST/FOLDER, or pop3s://USER@HOST"
_PASSWORDS: Final = "password_env, password_command and password_file"
_PORTS: Final = {"imaps": 993, "imap": 143, "pop3s": 995, "pop3": 110}


@dataclass(frozen=True, slots=True)
class MailPlace:
    """A mailbox on a server; `implicit` is TLS from the first byte, else STARTTLS; an empty folder: the usual one."""

    host: str
    port: int
    implicit: bool
    user: str
    folder: str


class Inbox(WithPassword):
    """A mailbox that is read; paths are relative to the workspace.

    `holds` says what lies there: `returns` is what comes back, `sent` are copies of what went out (the account's Sent
    folder, or the journal of a gateway). `after` says what becomes of a message that is safe in the ledger: it gets the
    keyword `$Processed` (the default over IMAP: no mail program shows it, and nothing moves under people's eyes), moves
    to `folder` unless it is for people to read, or stays as it is, which is all that POP3 and files know. `every_s` is
    how often the worker looks.
    """

    key: str
    url: Annotated[str, must(lambda url: re.match(r"(?:maildir|mbox|imaps?|pop3s?):.+", url), _FORMS)]
    holds: Literal["returns", "sent"] = "returns"
    oauth: OAuth = OAuth()
    ca_file: str = ""
    after: Literal["", "keep", "keyword", "move"] = ""
    folder: str = "Processed"
    every_s: Annotated[int, between(10, 86_400, "seconds between two looks, 10 to 86400")] = 300

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Check what belongs together."""
        if self.after in {"keyword", "move"} and not self.is_imap:
            raise ValueError(f'after: "{self.after}" is for IMAP; here what was read stays as it is ("keep")')
        if self.is_file:
            if self.password.is_given or self.ca_file or self.oauth.is_on:
                raise ValueError("url: files need no password and no certificates")
        else:
            self._check_server()
        return self

    def _check_server(self) -> None:
        place = self.server
        if self.holds == "sent" and not self.is_imap:
            raise ValueError('holds: "sent" is searched over IMAP, or in a maildir: or mbox:')
        if not self.is_imap and place.folder:
            raise ValueError("url: POP3 has only one folder, so do not add one to the host")
        if self.after == "move" and (not self.folder or re.search(r"[\x00-\x1f\x7f]", self.folder)):
            raise ValueError("folder: the name of the folder that what was read moves to")
        if self.after == "move" and self.folder == (place.folder or "INBOX"):
            raise ValueError("folder: another one than the folder that is read")
        if self.oauth.is_on and self.password.is_given:
            raise ValueError("oauth: access tokens take the place of a password; give one or the other")
        if not self.oauth.is_on and not self.password.is_given:
            raise ValueError(f"url: and where is the password? Give one of {_PASSWORDS}, or [inbox.{self.key}.oauth]")

    @property
    def is_file(self) -> bool:
        """Return whether it lies on this machine."""
        return self.url.startswith(("maildir:", "mbox:"))

    @property
    def is_imap(self) -> bool:
        """Return whether it is a folder on an IMAP server."""
        return self.url.startswith(("imap:", "imaps:"))

    @property
    def what_after(self) -> After:
        """Return what becomes of a message that was read."""
        return self.after or ("keyword" if self.is_imap and self.holds == "returns" else "keep")

    @property
    def cursor_name(self) -> str:
        """Return the name under which the ledger keeps how far it is read: another account has another numbering."""
        if self.is_file:
            return f"{self.key} {self.url}"[:300]
        place = self.server
        protocol = "imap" if self.is_imap else "pop3"
        return f"{self.key} {protocol}:{place.user}@{place.host}/{place.folder}".rstrip("/")[:300]

    @property
    def server(self) -> MailPlace:
        """Return the place on a server.

        Raises:
            ValueError: the address has another form, or holds a password.
        """
        try:
            parts = urlsplit(self.url)
            port = parts.port
        except ValueError:
            raise ValueError(f"url: {_FORMS}") from None
        return _place(parts, port)


def _place(parts: SplitResult, port: int | None) -> MailPlace:
    if parts.password is not None:
        raise ValueError(
            "url: never put a password into mailer.toml; use password_env, password_command, password_file"
        )
    if parts.query or parts.fragment:
        raise ValueError("url: write ? as %3F and # as %23")
    user, folder = unquote(parts.username or ""), unquote(parts.path.removeprefix("/"))
    if not parts.hostname or not user or re.search(r"[\s\x00-\x1f\x7f]", parts.hostname):
        raise ValueError(f"url: {_FORMS}")
    if re.search(r"[\x00-\x1f\x7f]", user + folder):
        raise ValueError("url: a name has no control characters in it")
    return MailPlace(parts.hostname, port or _PORTS[parts.scheme], parts.scheme.endswith("s"), user, folder)
