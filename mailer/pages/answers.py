"""Answers: a reply as JSON and in one line, for every page that shows a recipient who has replied.

The handling of replies is in `collect`, which a search of the lists need not load.
"""

from __future__ import annotations

from urllib.parse import quote

from mailer.ledger.returns import AnswerNote, Reply
from mailer.pages.documents import shape
from mailer.pages.words import dotted, short


def mid_link(message_id: str) -> str:
    """Return a link that opens a message in the mail program that has it (RFC 2392 §2); empty without a Message-ID."""
    return f"mid:{quote(message_id.strip('<>'), safe='@$!*+,;:=')}" if message_id else ""


shape(AnswerNote, "at by:actor text")
shape(
    Reply,
    "id mailing release:slug email:address? name:fields.name? outlet:fields.outlet? from:sender? subject?"
    " written_at needs_answer asks open:is_open assigned? assigned_at assigned_by? done_at done_by? notes source"
    " message_id? link?",
    link=lambda reply: mid_link(reply.message_id),
)


def reply_words(reply: Reply) -> str:
    """Return a reply in one line, with its number."""
    return dotted(f"{reply.written_at:%Y-%m-%d}", short(reply.mailing), reply.subject, f"reply {reply.id}")
