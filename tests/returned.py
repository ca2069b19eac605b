"""Mail that comes back from people and mailbox providers, as bytes, for tests."""

from __future__ import annotations


def complaint(to: str, data: bytes) -> bytes:
    """Write what a mailbox provider sends when a reader presses «this is spam» (RFC 5965)."""
    head = f"""\
From: feedback@mx.example.net
To: {to}
Subject: complaint about a message
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="=_b"

--=_b
Content-Type: text/plain

A reader does not want this.

--=_b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Example/1.0
Version: 1

--=_b
Content-Type: message/rfc822

"""
    return head.replace("\n", "\r\n").encode() + data + b"\r\n--=_b--\r\n"


def out_of_office(sender: str, message_id: str) -> bytes:
    letter = f"""\
From: {sender}
To: press@example.org
Subject: Out of office
Auto-Submitted: auto-replied
In-Reply-To: {message_id}

I am back on Monday.
"""
    return letter.replace("\n", "\r\n").encode()
