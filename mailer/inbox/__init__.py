"""Inbox: where mail lies that came back, or copies of what went out, read into raw messages or searched.

    values.py    RawMessage, Position, Mailbox: what every kind of mailbox does
    mailbox.py   whichever kind a mailbox is, opened in one way; Maildir, mbox, .eml files, a pipe
    imap.py      a folder of an account: new messages by UID, marked once they are safe, IDLE
    pop3.py      an account over POP3: what was read stays on the server
    copies.py    which of our messages lie in a mailbox, by Message-ID
    server.py    TLS, and the words for what goes wrong

Never parses a message (`bounces` does), never deletes one, and touches none before it is safe in the ledger (standards
B5): that a message was taken in is remembered there, by the digest of its bytes.
"""
