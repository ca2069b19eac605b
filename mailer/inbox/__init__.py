"""Inbox: where mail that came back lies, read into raw messages.

    messages.py   RawMessage; which kind of place a path is
    maildir.py    a Maildir
    mbox.py       an mbox, from a file or a stream, as large as it may be

Never parses a message (`bounces` does), never moves, marks or deletes one (standards B5): that a message was taken in
is remembered in the ledger, by the digest of its bytes.
"""

from mailer.inbox.messages import Entry, RawMessage, inbox_path, read_messages, read_stream
from mailer.inbox.values import Copies

__all__ = ["Copies", "Entry", "RawMessage", "inbox_path", "read_messages", "read_stream"]
