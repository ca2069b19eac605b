"""Views: the pages of the desk, one file for each part of the work.

Each file has its `ROUTES`; here they are joined, with the areas for navigation. The order matters: the first route
whose path matches answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mailer.desk import background
from mailer.desk.access import Right
from mailer.desk.routing import DeskRoute
from mailer.desk.views import (
    editor,
    inbox,
    lists,
    mailings,
    people,
    plans,
    releases,
    reports,
    sending,
    settings,
    today,
    updates,
    users,
)

_VIEWS: Final = (
    *(today, background, sending, releases, editor, lists, people, plans),
    *(updates, reports, mailings, inbox, users, settings),
)
ROUTES: Final[Sequence[DeskRoute]] = [route for each in _VIEWS for route in each.ROUTES]
AREAS: Final = (
    ("/", "Today", Right.READ),
    ("/releases", "Releases", Right.READ),
    ("/lists", "Lists", Right.READ),
    ("/mailings", "Mailings", Right.READ),
    ("/inbox", "Inbox", Right.READ),
    ("/settings", "Settings", Right.READ),
)
TABS: Final = {  # of an area
    "/inbox": (("/inbox", "Replies"), ("/inbox/returned", "Returned mail"), ("/inbox/mailboxes", "Mailboxes")),
    "/settings": (
        ("/settings", "Settings"),
        ("/settings/file", "The file"),
        ("/settings/doctor", "Checks"),
        ("/settings/relays", "Relays"),
        ("/settings/templates", "Templates"),
        ("/settings/keys", "Keys"),
        ("/settings/users", "Users"),
    ),
}
