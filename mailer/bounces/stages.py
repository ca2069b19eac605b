"""Stages: at which command a server said what a report quotes.

Owns the ways in which servers tell it: Postfix «(in reply to RCPT TO command)», Exim «after RCPT TO:<…>», qmail
«progress was RCPT TO response», a transcript's `>>> DATA`, and what else stands in brackets. It matters, since «user
unknown» after the text of the mail is a filter's answer and proves nothing about the address (standards S7).
Never raises; one pass over a bounded text.

Gaps: reports that do not tell (RFC 3464 has no field for it) give None.
"""

from __future__ import annotations

import re

from mailer.reply import Stage

MAX_TEXT = 4_000

_TOLD = re.compile(
    r"in reply to (?:the )?(?P<reply>end of data|[a-z]{4})"
    r"|after (?:pipelined |sending )?(?P<after>end of data|(?:mail|rcpt) (?:from|to|command)|data|helo|ehlo|the message"
    r"|message body)\b"
    r"|>{3} ?(?P<sent>[a-z]{4})\b"
    r"|(?P<progress>mail from|rcpt to|data) response"
    r"|(?:error (?:in|on|from)|smtp:|\bin |\bto |\bat |[\[(])(?P<named>mail[_ ]from|rcpt[_ ]to|rcpt|data)\b(?! source)"
    r"|but (?P<greeted>my name was rejected)|(?P<sender>sender was rejected|does not like the sender)"
    r"|(?P<liked>does not like recipient)|\(state (?P<state>\d\d?)\)"
    r"|(?P<late>end of data|failed after i sent the message|failed on data|reply to the message text|after the text)"
)
# Every way of telling it holds one of these; where none stands, nothing is told (the pattern is dear, prose is long)
_ANCHORS = (
    *("rcpt", "data", "mail from", "mail_from", "mail command", "helo", "ehlo", "does not like", "was rejected"),
    *("(state", "sent the message", "message text", "after the text", "after the message", "message body"),
    *("in reply to", ">>> conn"),
)
_BEFORE = 40  # characters before an anchor that may belong to it
_ANSWER = re.compile(r"<<< ?[45]\d\d")
_STAGES = {
    "mail": Stage.MAIL,
    "rcpt": Stage.RCPT,
    "data": Stage.DATA,
    "helo": Stage.EHLO,
    "ehlo": Stage.EHLO,
    "conn": Stage.CONNECT,
}
_NAMED = {"greeted": Stage.EHLO, "sender": Stage.MAIL, "liked": Stage.RCPT}  # qmail's words


def find_stage(*texts: str) -> Stage | None:
    """Return the command that a refusal answered, as the first of these texts that tells it says; None where none does.

    In a transcript it is the command before the first refusal.
    """
    for text in texts:
        said = text[:MAX_TEXT].lower()
        first = min((at for anchor in _ANCHORS if (at := said.find(anchor)) >= 0), default=len(said))
        start = max(0, first - _BEFORE)
        refused = _ANSWER.search(said)
        if refused:
            told = list(_TOLD.finditer(said, start, refused.start()))[-1:]
        else:
            told = [found] if (found := _TOLD.search(said, start)) else []
        if told:
            return _stage(told[0])
    return None


def _stage(told: re.Match[str]) -> Stage:
    group = told.lastgroup or ""
    if group == "state":  # Gmail's own count of where its session stood
        return Stage.RCPT if told["state"] in {"12", "13", "14"} else Stage.BODY
    return _NAMED.get(group) or _STAGES.get(told[group][:4], Stage.BODY)
