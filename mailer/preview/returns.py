"""Returns: the mails that come back from the embedded server.

Owns the bytes of a delivery report (RFC 3464 in RFC 6522; RFC 6533 if an address is not ASCII) and of the mail that a
mail program sends when its user clicks “unsubscribe” (RFC 2369). Pure: the time is an argument, and everything else
follows from the mail that is answered. Sends nothing: the server puts them into a Maildir.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.utils import format_datetime
from typing import TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

from mailer import lazy_re as re

Answer: TypeAlias = tuple[int, str]  # the three digits, and the text behind them: (550, "5.1.1 no such user")

HOST = "mx.preview.example.org"
_FOLD = re.compile(rb"\r?\n[ \t]+")
_MAILTO = re.compile(rb"<(mailto:[^<>\s]+)>", re.IGNORECASE)
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")
_MAX_HEADERS = 100_000


def compose_dsn(mail_from: str, rcpt_to: str, data: bytes, *, answer: Answer, now: datetime) -> bytes:
    """Return the delivery report to the MAIL FROM of a mail that could not be delivered after it was accepted, in CRLF.

    `data` is the mail (the report contains its header), `answer` the next server's answer, `now` aware. The report's
    own sender is the null sender, so its Return-Path is `<>` (RFC 5321 §4.5.5).
    """
    code, text = answer
    found = _ENHANCED.match(text)
    status = found[0] if found else f"{code // 100}.0.0"
    action = "failed" if status.startswith("5") else "delayed"
    ascii_only = rcpt_to.isascii()
    kind, address_type = ("delivery-status", "rfc822") if ascii_only else ("global-delivery-status", "utf-8")
    headers = _headers(data)
    returned = "text/rfc822-headers" if headers.isascii() else "message/global-headers"
    mark = _mark(data, rcpt_to)
    boundary = f"=_dsn_{mark}"
    head = f"""\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@{HOST}>
To: {mail_from}
Subject: Undelivered Mail Returned to Sender
Date: {format_datetime(now)}
Message-ID: <{mark}.dsn@{HOST}>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type={kind};
\tboundary="{boundary}"

--{boundary}
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Your message could not be delivered to

    {rcpt_to}

The server there said: {code} {text}

--{boundary}
Content-Type: message/{kind}
Content-Transfer-Encoding: 8bit

Reporting-MTA: dns; {HOST}
Arrival-Date: {format_datetime(now)}

Original-Recipient: {address_type}; {rcpt_to}
Final-Recipient: {address_type}; {rcpt_to}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.{rcpt_to.rpartition("@")[2]}
Diagnostic-Code: smtp; {code} {text}

--{boundary}
Content-Type: {returned}
Content-Transfer-Encoding: 8bit

"""
    return _crlf(head.encode()) + _crlf(headers) + f"\r\n--{boundary}--\r\n".encode()


def compose_optout(rcpt_to: str, data: bytes, *, now: datetime) -> bytes | None:
    """Return the mail that a reader's program sends for “unsubscribe”, in CRLF; None if the mail offers no mailbox.

    `rcpt_to` is the reader, `data` the mail they got, `now` aware.
    """
    offered = [field for field in _headers(data).split(b"\n") if field.lower().startswith(b"list-unsubscribe:")]
    found = _MAILTO.search(offered[0]) if offered else None
    if not found:
        return None
    uri = urlsplit(found[1].decode("ascii", "replace"))
    to = _one_line(unquote(uri.path))
    subject = _one_line(parse_qs(uri.query).get("subject", ["unsubscribe"])[0])
    mark = _mark(data, rcpt_to)
    letter = f"""\
Return-Path: <{rcpt_to}>
From: {rcpt_to}
To: {to}
Subject: {subject}
Date: {format_datetime(now)}
Message-ID: <{mark}.optout@{rcpt_to.rpartition("@")[2]}>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Please take me off this list.
"""
    return _crlf(letter.encode())


def _headers(data: bytes) -> bytes:
    """Return the header fields of a mail, one a line, unfolded."""
    head = data[:_MAX_HEADERS].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return _FOLD.sub(b" ", head) + b"\n"


def _one_line(text: str) -> str:
    """Return a header value from a URI, which may contain line breaks (standards F4)."""
    return " ".join(text.split())


def _mark(data: bytes, rcpt_to: str) -> str:
    return hashlib.sha256(rcpt_to.encode("utf-8", "surrogateescape") + b"\0" + data).hexdigest()[:24]


def _crlf(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
