"""Inbox: replies, returned mail, and the mailboxes in which both arrive.

A letter is fetched from its mailbox when it is opened, as text, in a region of its own: the page of a reply is there at
once, even if the mail server is not.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from starlette.responses import Response

from mailer.desk.routing import DeskRequest, DeskRoute
from mailer.errors import InputProblem
from mailer.pages.answers import mid_link
from mailer.pages.collect import meaning, reply_grounds, reply_state
from mailer.pages.words import UNMATCHED, why
from mailer.runs import replies
from mailer.runs.collect import by_hand
from mailer.runs.lists.editing import read_proposed
from mailer.runs.mailboxes import collect_mailboxes, read_mailbox_states

_MOST: Final = 50
_WHICH: Final = ((replies.OPEN, "To be answered"), (replies.MINE, "Mine"), (replies.DONE, "Done"), ("", "All"))
_LONGEST: Final = 100_000  # characters of a message that is shown as it is


# Replies.


def show_inbox(request: DeskRequest) -> Response:
    """List replies: those that need an answer, or others."""
    which, mailing = request.one("which", replies.OPEN), request.one("mailing")
    which = which if which in dict(_WHICH) else ""
    with request.reading() as office:
        found = replies.list_replies(office, mailing, which=which, before=request.number("before"), most=_MOST)
        proposals = len(read_proposed(office).proposals)
    option = {replies.OPEN: ("--open",), replies.MINE: ("--mine",), replies.DONE: ("--done",)}.get(which, ())
    return request.render(
        "inbox.html",
        found=found,
        which=which,
        choices=_WHICH,
        mailing=mailing,
        proposals=proposals,
        state=reply_state,
        command=("replies", "list", *filter(None, (mailing,)), *option),
    )


def show_one(request: DeskRequest) -> Response:
    """Show a reply: its sender and subject, who has taken it, and the notes."""
    number = int(request.params["number"])
    with request.reading() as office:
        reply, own = replies.read_reply(office, number), replies.own_name(office)
    return request.render(
        "inbox_reply.html",
        reply=reply,
        own=own,
        state=reply_state,
        grounds=reply_grounds(reply),
        link=mid_link(reply.message_id),
        command=("replies", "show", str(number)),
    )


def show_letter(request: DeskRequest) -> Response:
    """Show the letter of a reply, fetched from its mailbox."""
    number, whole = int(request.params["number"]), bool(request.one("whole"))
    with request.reading() as office:
        shown = replies.show_reply(office, number, partial(request.desk.offices.password, office), whole=whole)
    command = ("replies", "show", str(number), *(["--whole"] if whole else []))
    return request.render("inbox_letter.html", reply=shown.reply, shown=shown, command=command)


def handle(request: DeskRequest) -> Response:
    """Take a reply, assign it, add a note, mark it as done; or undo one of these."""
    number, step = int(request.params["number"]), request.one("step")
    with request.writing() as (office, ledger):
        done: replies.Handled
        if step in {"take", "assign", "release"}:
            names = {"take": replies.own_name(office), "release": ""}
            name = names.get(step, request.one("name").strip())
            if step == "assign" and not name:
                raise InputProblem("enter the name of a colleague")
            done = replies.assign_replies(office, ledger, [number], name, take_over=bool(request.one("take-over")))
        elif step in {"done", "reopen"}:
            done = replies.finish_replies(office, ledger, [number], undo=step == "reopen")
        elif step in {"note", "unnote"}:
            done = replies.note_reply(office, ledger, number, request.one("note"), undo=step == "unnote")
        else:
            raise InputProblem("this form is from an older version of the page; reload it")
    return request.go(f"/inbox/{number}", done, announce="replies")


# Returned mail.


def show_returned(request: DeskRequest) -> Response:
    """List returned mail: all of it, for one reason, of one mailing, or unmatched."""
    reason, mailing, domain = request.one("reason"), request.one("mailing"), request.one("domain")
    unmatched = bool(request.one("unmatched"))
    with request.reading() as office:
        counts = dict(by_hand.count_came_back(office))
        waiting = counts.pop("")
        found = by_hand.read_came_back(
            office,
            mailing,
            reason=reason,
            domain=domain,
            unmatched=unmatched,
            one_by_one=True,
            letters=unmatched,
            before=request.number("before"),
            most=_MOST,
        )
    words = [*filter(None, (mailing,)), *(["--unmatched"] if unmatched else ["--people"])]
    words += ["--reason", reason] if reason else []
    return request.render(
        "inbox_returned.html",
        found=found,
        counts=[(each, why(each), number) for each, number in counts.items()],
        waiting=waiting,
        reason=reason,
        mailing=mailing,
        domain=domain,
        unmatched=unmatched,
        meaning=meaning,
        unmatched_words=UNMATCHED,
        command=("bounces", "list", *words),
    )


def show_message(request: DeskRequest) -> Response:
    """Show a returned message, with the findings in it."""
    number = int(request.params["number"])
    whole = request.read(by_hand.read_whole, number)
    return request.render(
        "inbox_message.html",
        found=whole.found,
        number=number,
        one=next(each for each in whole.found.findings if each.id == number),
        raw=whole.found.data.decode("utf-8", "replace")[:_LONGEST],
        meaning=meaning,
        unmatched_words=UNMATCHED,
        command=("bounces", "show", str(number)),
    )


def settle(request: DeskRequest) -> Response:
    """Match a finding to a recipient, set it aside, or undo that."""
    number, step, reason = int(request.params["number"]), request.one("step"), request.one("reason")
    with request.writing() as (office, ledger):
        done: object
        if step == "as":
            done = by_hand.settle_as(office, ledger, number, request.one("email").strip(), reason=reason)
        elif step == "aside":
            done = by_hand.settle_aside(office, ledger, number, reason=reason)
        else:
            done = by_hand.undo_settling(office, ledger, number)
    return request.go(f"/inbox/returned/{number}", done, announce="returned")


# Mailboxes.


def show_mailboxes(request: DeskRequest) -> Response:
    """Show the mailboxes, and when each was last read."""
    states = request.read(read_mailbox_states)
    return request.render("inbox_mailboxes.html", states=states, command=("bounces", "collect"))


def read_mailboxes(request: DeskRequest) -> Response:
    """Read the mailboxes now, or one of them."""
    reading = request.write(collect_mailboxes, request.desk.offices.password, only=request.one("inbox"))
    request.desk.live.announce("replies", "returned")
    return request.go("/inbox/mailboxes", reading)


ROUTES: Final = (
    DeskRoute("/inbox", get=show_inbox),
    DeskRoute("/inbox/{number:id}", get=show_one, post=handle),
    DeskRoute("/inbox/{number:id}/letter", get=show_letter),
    DeskRoute("/inbox/returned", get=show_returned),
    DeskRoute("/inbox/returned/{number:id}", get=show_message, post=settle),
    DeskRoute("/inbox/mailboxes", get=show_mailboxes, post=read_mailboxes),
)
