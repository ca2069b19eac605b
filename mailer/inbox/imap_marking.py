"""IMAP marking: what is done in the folder with messages that are safe in the ledger.

Owns the choice between the keyword `$Processed`, moving to another folder, and nothing, and the way back where the
server cannot do what was asked: without MOVE (RFC 6851) a move would be a copy and a deletion, and nothing is deleted
here, so that the keyword takes its place; where keywords are not kept, the position in the ledger has to do. Either is
said. A folder to move to is made where it is missing, when the first message is to move there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError
from imapclient.imapclient import IMAPClient

from mailer.inbox.transport import said
from mailer.settings import Inbox
from mailer.settings.inbox import After

KEYWORD = b"$Processed"


@dataclass(frozen=True, slots=True)
class Marking:
    """What is done, made by `choose_marking`; `note` says where that is not what was asked for."""

    how: After
    folder: str = ""
    note: str = ""

    def mark(self, client: IMAPClient, uids: Sequence[int]) -> str:
        """Mark messages; return what the server has against it, or an empty text.

        Raises:
            IMAPClientAbortError: the connection is gone.
        """
        if not uids or self.how == "keep":
            return ""
        try:
            if self.how == "move":
                client.move(uids, self.folder)
            else:
                client.add_flags(uids, [KEYWORD], silent=True)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            done = f"moved to {self.folder}" if self.how == "move" else "marked"
            return f"what was read could not be {done}: {said(error)}"
        return ""


def choose_marking(client: IMAPClient, inbox: Inbox, opened: Mapping[bytes, Any]) -> Marking:
    """Return what can be done in a folder; `opened` is what the server said when it was selected. Changes nothing yet.

    Raises:
        IMAPClientAbortError: the connection is gone.
    """
    wanted = inbox.what_after
    if wanted == "keep":
        return Marking("keep")
    if b"READ-ONLY" in opened:
        return Marking("keep", note="the folder can only be read: what was read is left as it is")
    if wanted == "keyword":
        return _keyword(opened)
    if not client.has_capability("MOVE"):
        return _keyword(opened, "the server cannot move messages without deleting them")
    return Marking("move", inbox.folder)


def prepare(client: IMAPClient, marking: Marking, opened: Mapping[bytes, Any]) -> Marking:
    """Find or make the folder to move to; where that cannot be, the keyword takes its place.

    Raises:
        IMAPClientAbortError: the connection is gone.
    """
    if marking.how != "move":
        return marking
    folder, why = _find_or_make(client, marking.folder)
    return _keyword(opened, why) if why else Marking("move", folder)


def _keyword(opened: Mapping[bytes, Any], instead: str = "") -> Marking:
    """Mark with the keyword where the server keeps it; `instead` says why nothing moves."""
    flags = opened.get(b"PERMANENTFLAGS")
    # without the answer all flags are kept (RFC 9051 §6.3.2)
    if flags is None or b"\\*" in flags or KEYWORD.lower() in {bytes(each).lower() for each in flags}:
        note = f"{instead}: what was read gets the keyword $Processed instead" if instead else ""
        return Marking("keyword", note=note)
    kept = "the server keeps no keywords: what was read is left as it is, and known by its number"
    return Marking("keep", note=f"{instead}; {kept}" if instead else kept)


def as_server_writes(client: IMAPClient, name: str) -> tuple[str, ...]:
    """Return the ways a folder's name may stand on this server, what people wrote with `/` with its own separator.

    Some servers have all folders of a person below a prefix, `INBOX.` mostly (RFC 2342).

    Raises:
        IMAPClientError: it does not say.
    """
    if not client.has_capability("NAMESPACE"):
        return (name,)
    for prefix, separator in client.namespace().personal or ():
        own = name.replace("/", separator) if separator and separator not in name else name
        below = f"{prefix}{own}" if prefix and not own.startswith(prefix) and own.upper() != "INBOX" else own
        return tuple(dict.fromkeys((own, below)))
    return (name,)


def _find_or_make(client: IMAPClient, name: str) -> tuple[str, str]:
    """Return the folder's full name, and why there is none."""
    names = as_server_writes(client, name)
    for each in names:
        if client.folder_exists(each):
            return each, ""
    why = ""
    for each in names:
        try:
            client.create_folder(each)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            why = f'the folder "{name}" cannot be made ({said(error)})'
        else:
            return each, ""
    return "", why
