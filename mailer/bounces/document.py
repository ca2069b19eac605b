"""Document: a report as JSON, for `bounces classify` and for programs that read it.

Owns the shape (DESIGN §9): file, kind, recipients, feedback_type, original_message_id, rule; further keys are free.
"""

from __future__ import annotations

from typing import Any

from mailer.bounces.values import Report, ReportedRecipient


def report_document(report: Report, file: str) -> dict[str, Any]:
    """Give a report as JSON values; `file` names where the message lay. What is not known is an empty string."""
    return {
        "file": file,
        "kind": report.kind.value,
        "recipients": [_recipient_document(recipient) for recipient in report.recipients],
        "feedback_type": report.feedback_type or None,
        "original_message_id": report.original_message_id or None,
        "rule": report.rule,
        "subject": report.subject,
        "from": report.from_address,
        "reporting_mta": report.reporting_mta,
        "sent_at": report.sent_at.isoformat() if report.sent_at else None,
        "arrived_at": report.arrived_at.isoformat() if report.arrived_at else None,
    }


def _recipient_document(recipient: ReportedRecipient) -> dict[str, Any]:
    return {
        "address": recipient.as_sent,
        "final_address": recipient.address,
        "action": recipient.action.value if recipient.action else "",
        "status": recipient.status,
        "permanent": recipient.permanent,
        "suppress": recipient.suppress,
        "reason": recipient.reason,
        "diagnostic": recipient.diagnostic,
        "remote_mta": recipient.remote_mta,
    }
