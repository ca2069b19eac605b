"""Reply: a server's words, and our reading of them.

values.py   Stage, Reply, Outcome, Reason
texts.py    from servers' words to reasons
policy.py   what a reply means for the delivery: ALL failure policy; and what it asks of our speed
"""

from mailer.reply.policy import (
    POLICY,
    Complaint,
    Rule,
    Slower,
    asked_wait_s,
    classify,
    classify_rule,
    is_used_up,
    read_complaint,
)
from mailer.reply.values import MAX_TEXT, Outcome, Reply, Scope, Stage, Verdict

__all__ = [
    "MAX_TEXT",
    "POLICY",
    "Complaint",
    "Outcome",
    "Reply",
    "Rule",
    "Scope",
    "Slower",
    "Stage",
    "Verdict",
    "asked_wait_s",
    "classify",
    "classify_rule",
    "is_used_up",
    "read_complaint",
]
