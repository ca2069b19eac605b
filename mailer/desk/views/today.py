"""Today: what needs somebody, on one page; and a calendar of the month.

Nothing here is counted twice: each part is what the use case behind its own page returns, and leads there.
"""

from __future__ import annotations

from starlette.responses import Response

from mailer.desk.html import command_line
from mailer.desk.routing import DeskRequest, Way
from mailer.runs.lists.proposals import read_proposed
from mailer.runs.plans import list_plans
from mailer.runs.replies import list_replies
from mailer.runs.reports import read_overview

_BUSY = frozenset({"planning", "planned", "approved", "scheduled", "sending", "paused", "halted"})


def show_today(asked: DeskRequest) -> Response:
    """Show what needs somebody."""
    with asked.reading() as office:
        overview = read_overview(office)
        plans = [each for each in list_plans(office).plans if each.standing.word == "waiting" and not each.mailing]
        replies = [each for each in list_replies(office, which="open").replies if each.needs_answer]
        proposals = read_proposed(office).proposals
    busy = [each for each in overview.mailings if each["state"] in _BUSY or each["in_doubt"]]
    return asked.render(
        "today.html",
        busy=busy,
        plans=plans,
        replies=replies,
        proposals=proposals,
        overdue=overview.overdue,
        command=command_line("status"),
    )


WAYS = (Way("/", get=show_today),)
