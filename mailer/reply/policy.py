"""Policy: what a server's words mean for the delivery.

Owns ALL failure policy: which command a reply answers decides whose fault it is, the enhanced status beats the three
digits, and text beats a vague code (standards S7, B6). Protocol code reports; it never decides.
Never raises, never waits, never touches the ledger.

One rule matters more than the rest: only a dead address is suppressed. A policy, content, size, quota or reputation
refusal is about us, and one blocklisting must not wipe a media list.

A row decides what becomes of the delivery. Where it says no more than “refused”, the table in `texts` names the reason;
and it may take a suppression back, never add one: “user unknown to our blocklist” ends nobody.

Gaps: suppression needs English words or a code; a localised refusal falls to the row for its code, which never
suppresses.
"""

from __future__ import annotations

import re
from functools import partial

from mailer.frozen import dataclass, replace
from mailer.reply.reasons import OURS, Reason
from mailer.reply.texts import blames_us, read_patterns, read_text
from mailer.reply.values import Outcome, Reply, Scope, Stage, Verdict


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the policy: it holds where stage, severity, codes and text all agree; an empty field always does.

    `codes` are replies of three digits and enhanced ones; one of them is enough.
    """

    name: str
    outcome: Outcome
    stages: frozenset[Stage] = frozenset()
    severity: int = 0
    codes: frozenset[str] = frozenset()
    text: re.Pattern[str] | None = None

    def holds(self, severity: int, codes: tuple[str, str], text: str) -> bool:
        """Return whether this row speaks about a reply at one of its stages; `text` is its words in lower case."""
        if self.severity and severity != self.severity:
            return False
        return (not self.codes or not self.codes.isdisjoint(codes)) and (not self.text or bool(self.text.search(text)))


_TEXTS = read_patterns("policy")
PER_CONNECTION = _TEXTS["per_connection"]

_DEAD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
_VAGUE = frozenset({"", "5.0.0", "5.1.0", "5.2.0"})
_FULL, _TOO_BIG, _NO_MAIL = frozenset({"5.2.2"}), frozenset({"5.3.4", "5.2.3"}), frozenset({"5.1.2", "5.1.10"})
_SILENCE, _CLOSING = frozenset({"0"}), frozenset({"421"})
_SETUP = frozenset({Stage.CONNECT, Stage.EHLO})
_STARTTLS, _AUTH, _MAIL, _RCPT, _BODY = (
    frozenset({each}) for each in (Stage.STARTTLS, Stage.AUTH, Stage.MAIL, Stage.RCPT, Stage.BODY)
)
_CONTENT = frozenset({Stage.DATA, Stage.BODY})
_LATE = _RCPT | _CONTENT
_BEFORE_BODY = frozenset({Stage.MAIL, Stage.RCPT, Stage.DATA})
_ANY_MAIL = _BEFORE_BODY | _BODY

# What the rows say where a code tells no more, and what words may make of it: never a word for a dead address
_GENERAL = frozenset({Reason.REJECTED, Reason.POLICYVIOLATION, Reason.CONTENTERROR})
_NAMED = OURS | {Reason.MAILBOXFULL, Reason.FILTERED, Reason.SYSTEMFULL, Reason.MAILERERROR}

# An outcome lacks its reason only; the last two leave everybody untouched
_rejected = partial(Outcome, Verdict.REJECTED, Scope.ADDRESS)
_dead = partial(Outcome, Verdict.REJECTED, Scope.ADDRESS, suppress=True)
_deferred = partial(Outcome, Verdict.DEFERRED, Scope.ADDRESS)
_stop = partial(Outcome, Verdict.RETURNED, Scope.RUN)
_later = partial(Outcome, Verdict.RETURNED, Scope.CONNECTION)


# First match wins; each row has its test. Order: no reply, then the stages in their order on the wire.
POLICY: tuple[Rule, ...] = (
    # RFC 5321 §4.5.3.2.6 and §6.1: after the body, silence is neither yes nor no.
    Rule("silence after the body", Outcome(Verdict.IN_DOUBT, Scope.CONNECTION, "networkerror"), _BODY, codes=_SILENCE),
    # Before silence: a missing STARTTLS, a bad certificate and a failed handshake have no reply (standards S7).
    Rule("no TLS", _stop("securityerror"), _STARTTLS),
    Rule("silence before the body", _later("networkerror"), codes=_SILENCE),
    Rule("accepted", Outcome(Verdict.ACCEPTED), _BODY, codes=frozenset(map(str, range(200, 300)))),
    Rule("login, later", _later("systemerror"), _AUTH, 4),
    Rule("login refused", _stop("authfailure"), _AUTH),
    Rule("relay closed to us", _stop("blocked"), _SETUP, 5),
    Rule("relay busy", _later("systemerror"), _SETUP),
    # 421 after the body: the server closes and has not taken it; the person waits, the connection goes.
    Rule("closing after the body", Outcome(Verdict.DEFERRED, Scope.CONNECTION, "systemerror"), _BODY, codes=_CLOSING),
    Rule("closing", _later("systemerror"), codes=_CLOSING),
    # nobody is to blame, and nobody waits: the next connection takes them
    Rule("connection used up", _later("systemerror"), _BEFORE_BODY, 4, text=PER_CONNECTION),
    Rule("our quota", _stop("speeding"), _ANY_MAIL, codes=frozenset({"5.4.5"})),
    # SES says it with 454, others with 5xx: waiting some minutes helps with neither (standards S9).
    Rule("our quota, in words", _stop("speeding"), _ANY_MAIL, text=_TEXTS["quota"]),
    Rule("our permission", _stop("norelaying"), _ANY_MAIL, codes=frozenset({"5.7.60", "5.7.30"})),
    Rule("our permission, in words", _stop("norelaying"), _ANY_MAIL, 5, text=_TEXTS["permission"]),
    Rule("sender later", _later("systemerror"), _MAIL, 4),
    Rule("sender refused", _stop("rejected"), _MAIL),
    Rule("sender refused, said late", _stop("rejected"), _LATE, codes=frozenset({"5.1.7", "5.1.8"})),
    Rule("sender refused, said late, in words", _stop("rejected"), _LATE, 5, text=_TEXTS["sender"]),
    Rule("address later, full", _deferred("mailboxfull"), _RCPT, 4, frozenset({"4.2.2"})),
    Rule("address later, full, in words", _deferred("mailboxfull"), _RCPT, 4, text=_TEXTS["full"]),
    Rule("address later, greylisted", _deferred("onhold"), _RCPT, 4, text=_TEXTS["greylisted"]),
    Rule("address later, too fast", _deferred("speeding"), _RCPT, 4, text=_TEXTS["too_fast"]),
    Rule("address later", _deferred("systemerror"), _RCPT, 4),
    # Gmail says 5.2.1 for a disabled account and also for one that receives too fast: the text decides.
    Rule("receiving too fast", _deferred("speeding"), _RCPT, codes=frozenset({"5.2.1"}), text=_TEXTS["speed"]),
    Rule("account disabled", _dead("suspend"), _RCPT, codes=frozenset({"5.2.1"}), text=_TEXTS["disabled"]),
    # RFC 7505 gives 5.1.10 to domains that take no mail; Exchange says it for a person it does not know.
    Rule("dead address at Exchange", _dead("userunknown"), _RCPT, codes=frozenset({"5.1.10"}), text=_TEXTS["exchange"]),
    Rule("domain takes no mail", _dead("hostunknown"), _RCPT, codes=_NO_MAIL | {"556"}),  # RFC 7504, RFC 7505
    Rule("moved away", _dead("hasmoved"), _RCPT, codes=frozenset({"5.1.6"})),
    Rule("dead address", _dead("userunknown"), _RCPT, codes=_DEAD),
    Rule("mailbox full", _rejected("mailboxfull"), _RCPT, 5, _FULL),
    # Before the words for a dead address: what is also about us must not take anyone off a list.
    Rule("blocked", _rejected("badreputation"), _RCPT, 5, text=_TEXTS["reputation"]),
    Rule("our sender domain", _rejected("authfailure"), _LATE, 5, text=_TEXTS["auth"]),
    Rule("spam", _rejected("spamdetected"), _RCPT, 5, text=_TEXTS["spam"]),
    Rule("about us", _rejected("rejected"), _RCPT, 5, _VAGUE, _TEXTS["about_us"]),
    Rule("dead address, in words", _dead("userunknown"), _RCPT, 5, _VAGUE, _TEXTS["dead"]),
    Rule("policy", _rejected("policyviolation"), _RCPT, 5, text=_TEXTS["policy"]),
    Rule("address refused", _rejected("rejected"), _RCPT),
    Rule("message later, too fast", _deferred("speeding"), _CONTENT, 4, text=_TEXTS["too_fast"]),
    Rule("message later", _deferred("systemerror"), _CONTENT, 4),
    Rule("domain takes no mail, said late", _dead("hostunknown"), _CONTENT, codes=_NO_MAIL),
    Rule("dead address, said late", _dead("userunknown"), _CONTENT, codes=_DEAD - {"5.1.6"}),
    Rule("mailbox full, said late", _rejected("mailboxfull"), _CONTENT, codes=_FULL),
    Rule("message too big", _rejected("mesgtoobig"), _CONTENT, codes=_TOO_BIG),
    # 552 alone can also be a forbidden attachment: the text decides.
    Rule("message too big, in words", _rejected("mesgtoobig"), _CONTENT, codes=frozenset({"552"}), text=_TEXTS["size"]),
    Rule("message looks like spam", _rejected("spamdetected"), _CONTENT, text=_TEXTS["spam"]),
    Rule("message blocked", _rejected("badreputation"), _CONTENT, text=_TEXTS["reputation"]),
    Rule("message against policy", _rejected("policyviolation"), _CONTENT, text=_TEXTS["policy"]),
    Rule("message refused", _rejected("contenterror"), _CONTENT),
)


_AT = {stage: [rule for rule in POLICY if not rule.stages or stage in rule.stages] for stage in Stage}


def classify(reply: Reply) -> Outcome:
    """Read a reply that is not simply “go on” (250 to MAIL or RCPT, 354 to DATA are the caller's to see)."""
    outcome = classify_rule(reply).outcome
    if outcome.verdict is not Verdict.REJECTED:
        return outcome
    if outcome.suppress:
        ours = blames_us(reply.text)
        return replace(outcome, reason=ours.value, suppress=False) if ours else outcome
    if outcome.reason in _GENERAL and (said := read_text(reply.text).reason) in _NAMED:
        return replace(outcome, reason=said.value)
    return outcome


def classify_rule(reply: Reply) -> Rule:
    """Return the row of the policy that speaks about a reply: what `classify` follows, with its name for people."""
    codes, severity = (str(reply.code), reply.enhanced), reply.severity
    said = " ".join(reply.text.lower().split())  # a sentence may be broken over the lines of a reply
    return next(rule for rule in _AT[reply.stage] if rule.holds(severity, codes, said))
