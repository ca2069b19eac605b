"""Letters that people write in answer to a mail of ours, as their mail programs make them, for tests."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from tests.office import Desk, mail_of, put_into_maildir
from tests.servers import ScriptedServer

ADA, BO, CY = "ada@a.example.com", "bo@b.example.com", "cy@c.example.com"
ASKS = "Lovely story, thanks. Could you send me photos in print quality?"
THANKS = "Thank you, we will run it tomorrow."


def answer(server: ScriptedServer, sender: str, text: str = ASKS, *, of: str = "", message_id: str = "") -> bytes:
    """Write a person's answer to the mail that the relay took for them (or for `of`), with that mail below."""
    sent = mail_of(server.accepted_for(of or sender)[-1])
    own = message_id or f"<{hashlib.sha256((sender + text).encode()).hexdigest()[:20]}@{sender.partition('@')[2]}>"
    head = f"""\
From: Somebody <{sender}>
To: press@example.org
Subject: Re: {sent["Subject"]}
Date: {sent["Date"]}
Message-ID: {own}
In-Reply-To: {sent["Message-ID"]}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

{text}

On Fri, 2 Oct 2026 at 10:00, Lantern Museum Press <press@example.org> wrote:
> The Lantern Museum opens its cellar on Friday.
"""
    return head.replace("\n", "\r\n").encode()


def take_in(desk: Desk, letters: Sequence[bytes]) -> None:
    """Let letters lie in the desk's Maildir, and collect them."""
    put_into_maildir(desk.root / "returned", letters)
    done = desk.run("bounces", "collect")
    assert done.code == 0, done.said
