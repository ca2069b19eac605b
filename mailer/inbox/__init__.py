"""Inbox: where mail lies that came back, or copies of what went out, read into raw messages or searched.

    mailbox.py       whichever kind a mailbox is, opened in one way
    imap_mailbox.py  a folder of an account: new messages by UID, marked once they are safe, IDLE
    imap_session.py  connecting, securing, logging in
    pop3.py          an account over POP3: what was read stays on the server
    messages.py      RawMessage; which kind of place a path is
    copies.py        which of our messages lie in a mailbox, by Message-ID (imap.py over the network)
    transport.py     TLS, and the words for what goes wrong

Never parses a message (`bounces` does), never deletes one, and touches none before it is safe in the ledger (standards
B5): that a message was taken in is remembered there, by the digest of its bytes.
"""

from mailer.inbox.mailbox import Mailbox, open_mailbox
from mailer.inbox.messages import Entry, RawMessage, inbox_path, read_messages, read_stream
from mailer.inbox.values import ConnectionBroken, Copies, LoginRefused, Position

__all__ = [
    "ConnectionBroken",
    "Copies",
    "Entry",
    "LoginRefused",
    "Mailbox",
    "Position",
    "RawMessage",
    "inbox_path",
    "open_mailbox",
    "read_messages",
    "read_stream",
]
