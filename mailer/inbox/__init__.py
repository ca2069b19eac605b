"""Inbox: where mail lies that came back, or copies of what went out, read into raw messages or searched.

    messages.py   RawMessage; which kind of place a path is
    maildir.py    a Maildir
    mbox.py       an mbox, from a file or a stream, as large as it may be
    imap.py       a folder of an account, over TLS
    copies.py     which of our messages lie in a mailbox, by Message-ID

Never parses a message (`bounces` does), never moves, marks or deletes one (standards B5): that a message was taken in
is remembered in the ledger, by the digest of its bytes.
"""

from mailer.inbox.messages import Entry, RawMessage, inbox_path, read_messages, read_stream
from mailer.inbox.values import Copies

__all__ = ["Copies", "Entry", "RawMessage", "inbox_path", "read_messages", "read_stream"]
