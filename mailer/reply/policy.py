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
from dataclasses import dataclass, replace

from mailer.reply.reasons import OURS, Reason
from mailer.reply.texts import blames_us, read_text
from mailer.reply.values import Outcome, Reply, Scope, Stage, Verdict


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the policy: it holds where stage, severity, codes and text all agree; an empty field always does."""

    name: str
    outcome: Outcome
    stages: frozenset[Stage] = frozenset()
    severity: int = 0
    codes: frozenset[int] = frozenset()
    enhanced: frozenset[str] = frozenset()
    text: re.Pattern[str] | None = None

    def holds(self, reply: Reply) -> bool:
        """Return whether this row speaks about the reply."""
        return (
            (not self.stages or reply.stage in self.stages)
            and (not self.severity or reply.severity == self.severity)
            and (not (self.codes or self.enhanced) or reply.code in self.codes or reply.enhanced in self.enhanced)
            # a sentence may be broken over the lines of a reply
            and (not self.text or self.text.search(" ".join(reply.text.lower().split())) is not None)
        )


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)  # looked for in lower case, which takes half as long as to ignore the case


_DEAD_TEXT = _words(
    r"user unknown|unknown (?:user|recipient|mailbox|address)|no such (?:user|recipient|mailbox|address|person)"
    r"|(?:user|recipient|mailbox|account|address)\b.{0,60}? (?:does not|doesn't|doesn.t) exist"
    r"|(?:user|recipient|mailbox|address)\b.{0,40}? not found|invalid (?:recipient|mailbox|user)|no mailbox here"
    r"|recipient address rejected: (?:undeliverable|unknown)|not a valid (?:mailbox|recipient|user)"
    r"|user (?:does not|doesn.t) have an? \S+ account"
)
_DISABLED_TEXT = _words(r"disabled|inactive|not active|deactivated|no longer (?:active|available|valid)|closed|suspend")
_SPEED_TEXT = _words(r"too (?:fast|quickly|many|much)|\brate\b|receiving (?:mail )?at|throttl|try (?:again )?later")
_TOO_FAST_TEXT = _words(
    r"\brate[- ]?limit|\brate\b.{0,60}\bexceed|throttl|slow down|too (?:fast|quickly)|too much mail"
    r"|too many (?:\w+ )?(?:connections|sessions|messages|mails|e-?mails)|concurrent connections"
)
_QUOTA_TEXT = _words(
    r"daily (?:user )?(?:message|sending|smtp|mail)?\s*(?:relay\s)?(?:quota|limit)"
    r"|(?:sending|message|relay|submission) (?:quota|limit)s? (?:has been |was )?(?:exceeded|reached)"
    r"|exceeded (?:your|the|its)? ?(?:daily|hourly|monthly|sending)\b.{0,30}(?:quota|limit)"
)
_PERMISSION_TEXT = _words(
    r"sendasdenied|send ?as ?denied|not (?:allowed|authori[sz]ed|permitted) to send as|not owned by user"
    r"|sender (?:address|identity) (?:rejected: )?(?:not verified|not owned)|address is not verified"
    r"|relay(?:ing)? (?:access )?(?:denied|not (?:permitted|allowed))|unable to relay|we do not relay"
    r"|authentication (?:is )?required|must (?:issue|authenticate)|client host rejected|allowed rcpthosts"
)
# The connection has had its messages: the next one takes more. "In this session", whatever there is too much of.
PER_CONNECTION = _words(
    r"\b(?:messages?|mails?|e-?mails?|transactions?|recipients?|commands?)\b.{0,40}\b"
    r"(?:in|on|per|for|over|during|this) (?:this |the same |one |a |an |each |every |single |your )*(?:smtp )?"
    r"(?:connection|session)\b"
    r"|\b(?:connection|session)\b.{0,20}\b(?:message|mail|e-?mail|transaction)s?\b.{0,20}\b(?:limit|maximum|exceed)"
)
# Many relays judge MAIL FROM only when RCPT comes (Postfix does so by default): it is still us, not the recipient.
_SENDER_TEXT = _words(r"sender (?:address |domain )?(?:rejected|verify failed|verification failed)")
_ABOUT_US_TEXT = _words(
    r"\bsender\b|\byour (?:ip|server|host|domain|network)|reverse dns|\brdns\b|\bptr\b|\bhelo\b|\bip address"
)
_FULL_TEXT = _words(r"mailbox (?:is )?full|over ?quota|quota exceeded|insufficient (?:storage|space)|exceed\w* storage")
_SPAM_TEXT = _words(r"\bspam\b|unsolicited|junk|\bbulk\b")
_REPUTATION_TEXT = _words(
    r"block ?list|black ?list|blocked|(?<!not )listed (?:at|in|by|on)|reputation|banned|\brbl\b|dnsbl"
)
_AUTH_TEXT = _words(r"\bspf\b|\bdkim\b|\bdmarc\b|unauthenticated|authentication (?:checks?|failed)")
_POLICY_TEXT = _words(r"polic|prohibit|not (?:allowed|accepted|permitted)|denied|administrat")

_DEAD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
_DEAD_AT_DATA = _DEAD - {"5.1.6"}
_VAGUE = frozenset({"", "5.0.0", "5.1.0", "5.2.0"})
_SETUP = frozenset({Stage.CONNECT, Stage.EHLO})
_RCPT = frozenset({Stage.RCPT})
_CONTENT = frozenset({Stage.DATA, Stage.BODY})
_LATE = _RCPT | _CONTENT
_BEFORE_BODY = frozenset({Stage.MAIL, Stage.RCPT, Stage.DATA})
_ANY_MAIL = frozenset({Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.BODY})

# What the rows say where a code tells no more, and what words may make of it: never a word for a dead address
_GENERAL = frozenset({Reason.REJECTED, Reason.POLICYVIOLATION, Reason.CONTENTERROR})
_NAMED = OURS | {Reason.MAILBOXFULL, Reason.FILTERED, Reason.SYSTEMFULL, Reason.MAILERERROR}


def _rejected(reason: str, *, suppress: bool = False) -> Outcome:
    return Outcome(Verdict.REJECTED, reason=reason, suppress=suppress)


def _deferred(reason: str) -> Outcome:
    return Outcome(Verdict.DEFERRED, reason=reason)


def _stop(reason: str) -> Outcome:
    return Outcome(Verdict.RETURNED, Scope.RUN, reason)


def _later(reason: str) -> Outcome:
    return Outcome(Verdict.RETURNED, Scope.CONNECTION, reason)


# First match wins; each row has its test. Order: no reply, then the stages in their order on the wire.
POLICY: tuple[Rule, ...] = (
    # RFC 5321 §4.5.3.2.6 and §6.1: after the body, silence is neither yes nor no.
    Rule(
        "silence after the body",
        Outcome(Verdict.IN_DOUBT, Scope.CONNECTION, "networkerror"),
        stages=frozenset({Stage.BODY}),
        codes=frozenset({0}),
    ),
    # Before silence: a missing STARTTLS, a bad certificate and a failed handshake have no reply (standards S7).
    Rule("no TLS", _stop("securityerror"), stages=frozenset({Stage.STARTTLS})),
    Rule("silence before the body", _later("networkerror"), codes=frozenset({0})),
    Rule("accepted", Outcome(Verdict.ACCEPTED), stages=frozenset({Stage.BODY}), codes=frozenset(range(200, 300))),
    Rule("login, later", _later("systemerror"), stages=frozenset({Stage.AUTH}), severity=4),
    Rule("login refused", _stop("authfailure"), stages=frozenset({Stage.AUTH})),
    Rule("relay closed to us", _stop("blocked"), stages=_SETUP, severity=5),
    Rule("relay busy", _later("systemerror"), stages=_SETUP),
    # 421 after the body: the server closes and has not taken it; the person waits, the connection goes.
    Rule(
        "closing after the body",
        Outcome(Verdict.DEFERRED, Scope.CONNECTION, "systemerror"),
        stages=frozenset({Stage.BODY}),
        codes=frozenset({421}),
    ),
    Rule("closing", _later("systemerror"), codes=frozenset({421})),
    # nobody is to blame, and nobody waits: the next connection takes them
    Rule("connection used up", _later("systemerror"), stages=_BEFORE_BODY, severity=4, text=PER_CONNECTION),
    Rule("our quota", _stop("speeding"), stages=_ANY_MAIL, enhanced=frozenset({"5.4.5"}), codes=frozenset()),
    # SES says it with 454, others with 5xx: waiting some minutes helps with neither (standards S9).
    Rule("our quota, in words", _stop("speeding"), stages=_ANY_MAIL, text=_QUOTA_TEXT),
    Rule("our permission", _stop("norelaying"), stages=_ANY_MAIL, enhanced=frozenset({"5.7.60", "5.7.30"})),
    Rule("our permission, in words", _stop("norelaying"), stages=_ANY_MAIL, severity=5, text=_PERMISSION_TEXT),
    Rule("sender later", _later("systemerror"), stages=frozenset({Stage.MAIL}), severity=4),
    Rule("sender refused", _stop("rejected"), stages=frozenset({Stage.MAIL})),
    Rule("sender refused, said late", _stop("rejected"), stages=_LATE, enhanced=frozenset({"5.1.7", "5.1.8"})),
    Rule("sender refused, said late, in words", _stop("rejected"), stages=_LATE, severity=5, text=_SENDER_TEXT),
    Rule("address later, full", _deferred("mailboxfull"), stages=_RCPT, severity=4, enhanced=frozenset({"4.2.2"})),
    Rule("address later, full, in words", _deferred("mailboxfull"), stages=_RCPT, severity=4, text=_FULL_TEXT),
    Rule("address later, greylisted", _deferred("onhold"), stages=_RCPT, severity=4, text=_words(r"gr[ea]ylist")),
    Rule("address later, too fast", _deferred("speeding"), stages=_RCPT, severity=4, text=_TOO_FAST_TEXT),
    Rule("address later", _deferred("systemerror"), stages=_RCPT, severity=4),
    # Gmail says 5.2.1 for a disabled account and also for one that receives too fast: the text decides.
    Rule("receiving too fast", _deferred("speeding"), stages=_RCPT, enhanced=frozenset({"5.2.1"}), text=_SPEED_TEXT),
    Rule(
        "account disabled",
        _rejected("suspend", suppress=True),
        stages=_RCPT,
        enhanced=frozenset({"5.2.1"}),
        text=_DISABLED_TEXT,
    ),
    # RFC 7505 gives 5.1.10 to domains that take no mail; Exchange says it for a person it does not know.
    Rule(
        "dead address at Exchange",
        _rejected("userunknown", suppress=True),
        stages=_RCPT,
        enhanced=frozenset({"5.1.10"}),
        text=_words(r"recipient ?not ?found"),
    ),
    Rule(
        "domain takes no mail",
        _rejected("hostunknown", suppress=True),
        stages=_RCPT,
        codes=frozenset({556}),
        enhanced=frozenset({"5.1.2", "5.1.10"}),
    ),  # RFC 7504, RFC 7505
    Rule("moved away", _rejected("hasmoved", suppress=True), stages=_RCPT, enhanced=frozenset({"5.1.6"})),
    Rule("dead address", _rejected("userunknown", suppress=True), stages=_RCPT, enhanced=_DEAD),
    Rule("mailbox full", _rejected("mailboxfull"), stages=_RCPT, severity=5, enhanced=frozenset({"5.2.2"})),
    # Before the words for a dead address: what is also about us must not take anyone off a list.
    Rule("blocked", _rejected("badreputation"), stages=_RCPT, severity=5, text=_REPUTATION_TEXT),
    Rule("our sender domain", _rejected("authfailure"), stages=_LATE, severity=5, text=_AUTH_TEXT),
    Rule("spam", _rejected("spamdetected"), stages=_RCPT, severity=5, text=_SPAM_TEXT),
    Rule("about us", _rejected("rejected"), stages=_RCPT, severity=5, enhanced=_VAGUE, text=_ABOUT_US_TEXT),
    Rule(
        "dead address, in words",
        _rejected("userunknown", suppress=True),
        stages=_RCPT,
        severity=5,
        codes=frozenset(),
        enhanced=_VAGUE,
        text=_DEAD_TEXT,
    ),
    Rule("policy", _rejected("policyviolation"), stages=_RCPT, severity=5, text=_POLICY_TEXT),
    Rule("address refused", _rejected("rejected"), stages=_RCPT),
    Rule("message later, too fast", _deferred("speeding"), stages=_CONTENT, severity=4, text=_TOO_FAST_TEXT),
    Rule("message later", _deferred("systemerror"), stages=_CONTENT, severity=4),
    Rule(
        "domain takes no mail, said late",
        _rejected("hostunknown", suppress=True),
        stages=_CONTENT,
        enhanced=frozenset({"5.1.2", "5.1.10"}),
    ),
    Rule("dead address, said late", _rejected("userunknown", suppress=True), stages=_CONTENT, enhanced=_DEAD_AT_DATA),
    Rule("mailbox full, said late", _rejected("mailboxfull"), stages=_CONTENT, enhanced=frozenset({"5.2.2"})),
    Rule("message too big", _rejected("mesgtoobig"), stages=_CONTENT, enhanced=frozenset({"5.3.4", "5.2.3"})),
    # 552 alone can also be a forbidden attachment: the text decides.
    Rule(
        "message too big, in words",
        _rejected("mesgtoobig"),
        stages=_CONTENT,
        codes=frozenset({552}),
        text=_words(r"size|too (?:big|large)|exceed"),
    ),
    Rule("message looks like spam", _rejected("spamdetected"), stages=_CONTENT, text=_SPAM_TEXT),
    Rule("message blocked", _rejected("badreputation"), stages=_CONTENT, text=_REPUTATION_TEXT),
    Rule("message against policy", _rejected("policyviolation"), stages=_CONTENT, text=_POLICY_TEXT),
    Rule("message refused", _rejected("contenterror"), stages=_CONTENT),
)


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
    return next(rule for rule in POLICY if rule.holds(reply))
