"""Today: what needs attention, what comes next, and a calendar of the month.

Each part is the result of the use case behind its own page, and links to it.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Final

from starlette.responses import Response

from mailer.desk.routing import DeskRequest, DeskRoute
from mailer.frozen import dataclass
from mailer.ledger.following import OVER, WantedMailings
from mailer.ledger.returns import Reply
from mailer.pages import Page
from mailer.pages.reports import overdue
from mailer.runs.following import Counted, Day, Mailings, list_mailings, read_days, read_to_come, read_work
from mailer.runs.lists.editing import read_proposed
from mailer.runs.office import Office
from mailer.runs.planning.request import distance
from mailer.runs.plans import ListedPlan, list_plans
from mailer.runs.replies import list_replies

_AHEAD: Final = timedelta(days=366)
_NEXT: Final = 3
_MOST_A_DAY: Final = 4  # mailings shown
_WORDS: Final = {"sent": "sent", "scheduled": "scheduled", "wave": "wave ", "embargo": "embargo ends"}


@dataclass(frozen=True, slots=True)
class _Today:
    work: Mailings
    plans: Sequence[ListedPlan]
    replies: Sequence[Reply]
    proposals: int
    upcoming: Sequence[Day]
    to_come: Mapping[int, Mapping[str, int]]  # waves that have not started, by mailing
    is_new: bool  # nothing was ever sent from here, so the first steps are shown

    @property
    def under_way(self) -> Sequence[Counted]:
        """Return the mailings that are not over, or have recipients in doubt."""
        return [each for each in self.work.mailings if each.mailing.state not in OVER or each.states["in_doubt"]]

    @property
    def is_quiet(self) -> bool:
        """Return whether nothing needs attention."""
        late = any(self.work.overdue.values())
        return not (self.work.mailings or late or self.plans or self.replies or self.proposals)


def show_today(request: DeskRequest) -> Response:
    """Show what needs attention, what comes next, and a month."""
    now = request.desk.offices.clock().astimezone()
    today = now.date()
    month = today.replace(day=1)
    with suppress(ValueError):
        month = date.fromisoformat(f"{request.one('month')}-01")

    weeks = calendar.Calendar().monthdatescalendar(month.year, month.month)

    def look(office: Office) -> _Today:
        work = read_work(office)
        unsent = list_plans(office, unsent=True).plans
        plans = [each for each in unsent if each.status.word not in {"rejected", "expired"}]
        replies = [each for each in list_replies(office, which="open").replies if each.needs_answer]
        upcoming = [each for each in read_days(office, now, now + _AHEAD) if each.what != "sent"][:_NEXT]
        is_new = not work.mailings and not list_mailings(office, WantedMailings()).mailings
        proposals = len(read_proposed(office).proposals)
        return _Today(work, plans, replies, proposals, upcoming, read_to_come(office), is_new)

    def look_at_month(office: Office) -> dict[date, list[Day]]:
        days: dict[date, list[Day]] = {}
        for each in read_days(office, _midnight(weeks[0][0]), _midnight(weeks[-1][-1] + timedelta(days=1))):
            days.setdefault(each.at.astimezone().date(), []).append(each)
        return days

    found, days = request.desk.shared.get("today", look), request.desk.shared.get(f"month {month}", look_at_month)
    settings = None
    if found.is_new:
        with request.reading() as office:
            settings = office.settings
    return request.render(
        "today.html",
        found=found,
        settings=settings,
        overdue=Page(overdue(found.work.overdue)),
        time_to=lambda at: f"in {distance(at - now)}",
        today=today,
        month=month,
        before=(month - timedelta(days=1)).replace(day=1),
        after=(month + timedelta(days=31)).replace(day=1),
        weeks=weeks,
        days=days,
        words=_WORDS,
        most=_MOST_A_DAY,
        command=("status",),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time()).astimezone()


ROUTES = (DeskRoute("/", get=show_today),)
