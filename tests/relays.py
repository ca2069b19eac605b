"""What relays tell of our mail, as they word it; invented, and complete enough to be read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

SES_ID = "0102019a2f-11aa-4c2e-9d1f-000000"
AT = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=12)  # after the mail went out, whenever that is
_ISO = f"{AT:%Y-%m-%dT%H:%M:%S}.000Z"


def ses(name: str, section: str, detail: dict[str, Any], **mail: Any) -> bytes:
    """Write an event of SES (`eventType`), with the headers that a configuration set may include."""
    about = {"timestamp": _ISO, "messageId": SES_ID, "source": "bounces@example.org"} | mail
    return json.dumps({"eventType": name, "mail": about, section: {"timestamp": _ISO, **detail}}).encode()


def ses_bounce(
    address: str,
    *,
    sort: tuple[str, str] = ("Permanent", "General"),
    status: str = "5.1.1",
    said: str = "smtp; 550 5.1.1 user unknown",
    feedback_id: str = "fb-1",
    **mail: Any,
) -> bytes:
    who = {"emailAddress": address, "action": "failed", "status": status, "diagnosticCode": said}
    detail = {
        "bounceType": sort[0],
        "bounceSubType": sort[1],
        "bouncedRecipients": [who],
        "feedbackId": feedback_id,
        "reportingMTA": "dns; a8-1.smtp-out.example.net",
    }
    return ses("Bounce", "bounce", detail, **{"destination": [address], **mail})


def ses_complaint(address: str, *, kind: str | None = "abuse", feedback_id: str = "fb-2", **mail: Any) -> bytes:
    detail = {
        "complainedRecipients": [{"emailAddress": address}],
        "complaintFeedbackType": kind,
        "complaintSubType": None,
        "feedbackId": feedback_id,
    }
    return ses("Complaint", "complaint", detail, **{"destination": [address], **mail})


def sendgrid(event: str, address: str, number: Any = 1, **more: Any) -> dict[str, Any]:
    """Write one event of SendGrid."""
    known = {"email": address, "event": event, "timestamp": int(AT.timestamp()), "sg_event_id": f"ev-{event}-{number}"}
    return {**known, "sg_message_id": "wick.filter-1", **more}


def sendgrid_bounce(address: str, *, number: Any = 1, **more: Any) -> dict[str, Any]:
    known = {"type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 The account does not exist"}
    return sendgrid("bounce", address, number, **{**known, **more})


def mailgun(event: str, address: str, number: int = 1, **more: Any) -> dict[str, Any]:
    """Write the `event-data` of Mailgun."""
    known = {"event": event, "id": f"mg-{event}-{number}", "timestamp": AT.timestamp() + 0.25, "recipient": address}
    return {**known, "message": {"headers": {"message-id": "x@example.org"}}, **more}


def mailgun_failed(address: str, *, number: Any = 1, severity: Any = "permanent", **status: Any) -> dict[str, Any]:
    known = {"code": 550, "message": "5.1.1 No such user", "description": ""} | status
    return mailgun("failed", address, number, severity=severity, reason="bounce", **{"delivery-status": known})


def postmark_bounce(address: str, kind: str = "HardBounce", number: int = 1, **more: Any) -> dict[str, Any]:
    known = {
        "RecordType": "Bounce",
        "ID": number,
        "Type": kind,
        "MessageStream": "broadcast",
        "MessageID": "b7bc2f4a-e38e-4336-af7d-e6c392c2f817",
        "Email": address,
        "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist",
        "BouncedAt": _ISO.replace(".000", ".1234567"),
    }
    return {**known, **more}


def postmark_change(address: str, *, reason: str, origin: str = "Recipient", suppress: bool = True) -> dict[str, Any]:
    return {
        "RecordType": "SubscriptionChange",
        "MessageStream": "broadcast",
        "MessageID": "b7bc2f4a-e38e-4336-af7d-e6c392c2f817",
        "Recipient": address,
        "Origin": origin,
        "SuppressSending": suppress,
        "SuppressionReason": reason if suppress else None,
        "ChangedAt": _ISO,
    }
