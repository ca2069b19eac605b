"""Document: a report as JSON, for `bounces classify` and for programs that read it.

Owns the shape (DESIGN §9): file, kind, recipients, feedback_type, original_message_id, rule; further keys are free.
"""

from __future__ import annotations

from typing import Any

from mailer.bounces.report import parse_report
from mailer.bounces.values import Notice, Report, ReportedRecipient


def parse_document(data: bytes) -> dict[str, Any]:
    """Return the report of a message as JSON values, without the name of its file."""
    return report_document(parse_report(data), "")


def report_document(report: Report, file: str) -> dict[str, Any]:
    """Return a report as JSON values; `file` names where the message lay. What is not known is an empty string."""
    return {
        "file": file,
        "kind": report.kind.value,
        "recipients": [_recipient_document(recipient) for recipient in report.recipients],
        "feedback_type": report.feedback_type or None,
        "original_message_id": report.original_message_id or None,
        "rule": report.rule,
        "confidence": report.confidence.value,
        "subject": report.subject,
        "from": report.from_address,
        "reporting_mta": report.reporting_mta,
        "sent_at": report.sent_at.isoformat() if report.sent_at else None,
        "arrived_at": report.arrived_at.isoformat() if report.arrived_at else None,
        "to": list(report.to_addresses),
        "tokens": list(report.tokens),
        "notice": _notice_document(report.notice) if report.notice else None,
        "words": report.words or None,
    }


def _notice_document(notice: Notice) -> dict[str, Any]:
    return {
        "back_on": notice.back_on.isoformat() if notice.back_on else None,
        "has_left": notice.has_left,
        "stand_ins": list(notice.stand_ins),
        "new_address": notice.new_address or None,
    }


def _recipient_document(recipient: ReportedRecipient) -> dict[str, Any]:
    return {
        "address": recipient.as_sent,
        "final_address": recipient.address,
        "action": recipient.action.value if recipient.action else "",
        "status": recipient.status,
        "status_from": recipient.status_from.value,
        "code": recipient.code or None,
        "permanent": recipient.permanent,
        "suppress": recipient.suppress.value,
        "reason": recipient.reason,
        "diagnostic": recipient.diagnostic,
        "remote_mta": recipient.remote_mta,
    }
