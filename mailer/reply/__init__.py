"""Reply: a server's words, and our reading of them.

values.py   Stage, Reply, Outcome
policy.py   what a reply means for the delivery: ALL failure policy
pace.py     what a reply asks of our speed
"""

from mailer.reply.pace import Complaint, Slower, asked_wait_s, is_used_up, read_complaint
from mailer.reply.policy import POLICY, Rule, classify, classify_rule
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
