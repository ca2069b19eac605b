"""Policy: what a server's reply means for the delivery.

Owns what one reply of a relay means: the command that it answers decides whose fault it is, the enhanced status takes
precedence over the three digits, and text over a vague code; and what a reply means for our pace.
What a returned mail leads to is decided in `runs.collect.matching.judge`; when a deferred delivery is tried again, in
`settings.Retry`. Protocol code only reports. Never raises, never waits, never uses the ledger, never slows anything
down itself.

The most important rule is that only a dead address is suppressed. A policy, content, size, quota or reputation
refusal is about us, and one blocklisting must not wipe a media list.

A row (`[rules]` of `reply.toml`; the first that matches) decides the outcome of the delivery. If it only says
“refused”, the table in `texts` supplies the reason. The table may prevent a suppression, but never add one: “user
unknown to our blocklist” does not suppress anybody.

Gaps: suppression needs English words or a code; a refusal in another language gets the row for its code, which never
suppresses.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from mailer import lazy_re as re
from mailer.frozen import dataclass, replace
from mailer.reply.texts import blames_us, read_patterns, read_text
from mailer.reply.values import OURS, Outcome, Reason, Reply, Scope, Stage, Verdict
from mailer.words import read_section


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

    def holds(self, severity: int, codes: tuple[str, ...], text: str) -> bool:
        """Return whether this row applies to a reply at one of its stages; `text` is its text in lower case."""
        if self.severity and severity != self.severity:
            return False
        return (not self.codes or not self.codes.isdisjoint(codes)) and (not self.text or bool(self.text.search(text)))


_TEXTS = read_patterns("policy")
PER_CONNECTION = _TEXTS["per_connection"]

# the reasons of rows for vague codes, and the reasons that words may replace them with: never that of a dead address
_GENERAL = frozenset({Reason.REJECTED, Reason.POLICYVIOLATION, Reason.CONTENTERROR})
_NAMED = OURS | {Reason.MAILBOXFULL, Reason.FILTERED, Reason.SYSTEMFULL, Reason.MAILERERROR}


def _rule(row: Mapping[str, Any]) -> Rule:
    verdict, scope, *rest = row["outcome"].split()
    reason, dead = (*rest, "", "")[:2]
    # a misspelt row would apply to more replies than it should, or suppress someone
    if row.keys() - {"name", "outcome", "at", "class", "codes", "words"} or len(rest) > 2 or dead not in {"", "dead"}:
        raise ValueError(f"[rules] of reply.toml: {row['name']}")
    return Rule(
        row["name"],
        Outcome(Verdict(verdict), Scope(scope), reason, suppress=bool(dead)),
        frozenset(map(Stage, row.get("at", "").split())),
        row.get("class", 0),
        frozenset(row.get("codes", "").split()),
        _TEXTS[row["words"]] if "words" in row else None,
    )


POLICY: tuple[Rule, ...] = tuple(map(_rule, read_section("reply", "rules")["rows"]))
_AT = {stage: [rule for rule in POLICY if not rule.stages or stage in rule.stages] for stage in Stage}


def classify(reply: Reply) -> Outcome:
    """Read a reply that is not simply “go on” (the caller handles 250 to MAIL or RCPT, and 354 to DATA)."""
    outcome = classify_rule(reply).outcome
    if outcome.verdict is not Verdict.REJECTED:
        return outcome
    if outcome.suppress:
        ours = blames_us(reply.text)
        return replace(outcome, reason=ours.value, suppress=False) if ours else outcome
    if outcome.reason in _GENERAL and (reason := read_text(reply.text).reason) in _NAMED:
        return replace(outcome, reason=reason.value)
    return outcome


def classify_rule(reply: Reply) -> Rule:
    """Return the row of the policy that applies to a reply: the one `classify` follows, with its name for people."""
    code, severity = str(reply.code), reply.severity
    codes = (code, code[0], reply.enhanced or "none")
    text = " ".join(reply.text.lower().split())  # a sentence may be broken over the lines of a reply
    return next(rule for rule in _AT[reply.stage] if rule.holds(severity, codes, text))


# Pace: “too many connections” and “too fast” in a 4xx, what they are about, and the wait that a server names.
#
# A quota that is used up has nothing to do with speed: the run stops for it. Greylisting is about one recipient's first
# mail, and a mailbox that receives too fast is about that mailbox: neither means that we are too fast.
# Gaps: texts are read in English only. A 4.7.x to RCPT without words about speed is not taken for a complaint, since
# many servers that greylist reply no more than that.

_SPEED = read_patterns("pace")
_BEFORE_RCPT = frozenset({Stage.CONNECT, Stage.EHLO, Stage.MAIL})


class Slower(StrEnum):
    """What a server wants less of: connections at once, or messages in a time."""

    CONNECTIONS = "connections"
    RATE = "rate"


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint about our pace; `by_domain`: it is from the recipient's domain, not from our relay."""

    slower: Slower
    by_domain: bool = False


def read_complaint(reply: Reply, domain: str = "") -> Complaint | None:
    """Return a reply's complaint about our pace, None if it has none.

    `domain` is the recipient's, if there is one: words about it are not about our relay.
    """
    if reply.severity != 4 or classify(reply).scope is Scope.RUN:
        return None
    text = " ".join(reply.text.lower().split())
    if _SPEED["one_person"].search(text):
        return None
    is_vague = reply.enhanced.startswith("4.7.") and not _SPEED["not_speed"].search(text)
    is_vague = is_vague and reply.stage in _BEFORE_RCPT
    if _SPEED["connections"].search(text) or (reply.code == 432 and reply.enhanced == "4.3.2"):
        slower = Slower.CONNECTIONS
    elif is_vague or _SPEED["rate"].search(text) or _SPEED["rate_codes"].fullmatch(reply.enhanced):
        slower = Slower.RATE
    else:
        return None
    # passed on from the recipient's server; before RCPT there is no recipient
    named = rf"\b(?:to|for|at|domain)\b[ :<\[]*(?:[^\s@<]*@)?{re.escape(domain)}\b"
    is_passed_on = _SPEED["elsewhere"].search(text) or (domain and re.search(named, text, re.IGNORECASE))
    return Complaint(slower, by_domain=reply.stage not in _BEFORE_RCPT and bool(is_passed_on))


def is_used_up(reply: Reply) -> bool:
    """Return whether a reply may mean that this connection has reached its limit of messages, and a new one takes more.

    On a connection that has carried no message it cannot mean that: then it is about our speed.
    """
    text = " ".join(reply.text.lower().split())
    if reply.severity != 4 or reply.stage in {Stage.CONNECT, Stage.EHLO, Stage.STARTTLS, Stage.AUTH}:
        return False
    if PER_CONNECTION.search(text):
        return True
    return reply.code == 421 and bool(_SPEED["too_many"].search(text)) and not _SPEED["over_time"].search(text)


_WAIT = re.compile(
    r"\b(?:in|for|after|within)\b[^\d]{0,12}"
    r"(?:(?P<h>\d{1,2}):(?P<m>\d\d):(?P<s>\d\d)\b|(?P<n>\d{1,5}) ?(?P<unit>[a-z]+))",
    re.IGNORECASE,
)


def asked_wait_s(reply: Reply) -> float:
    """Return for how many seconds a server asks us to wait (“try again in 5 minutes”, 00:04:59); 0 if it names no time.

    Postgrey, milter-greylist, Exim and rspamd name the wait of their greylisting in these forms.
    """
    found = _WAIT.search(" ".join(reply.text.split())) if reply.severity == 4 else None
    if found is None:
        return 0.0
    if found["h"]:
        return int(found["h"]) * 3600.0 + int(found["m"]) * 60.0 + int(found["s"])
    unit = re.fullmatch(r"(s|m|h)(?:ec|econd|in|inute|r|our)?s?", found["unit"], re.IGNORECASE)
    return int(found["n"]) * {"s": 1.0, "m": 60.0, "h": 3600.0}[unit[1].lower()] if unit else 0.0
