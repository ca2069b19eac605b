"""Inbox: mailboxes with returned mail, or with copies of sent mail, read into raw messages or searched.

    values.py    RawMessage, Position, Mailbox: what every kind of mailbox does
    mailbox.py   whichever kind a mailbox is, opened in one way; Maildir, mbox, .eml files, a pipe; copies by Message-ID
    accounts.py  IMAP (new messages by UID, marked once they are safe, IDLE) and POP3 (what was read stays)

Never parses a message (`bounces` does), never deletes one, and marks none before it is safe in the ledger (standards
B5), which records each message by the digest of its bytes.
"""
