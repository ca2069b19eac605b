"""A press office in the middle of its work, and the address of every page of its desk."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from mailer.desk.views import ROUTES
from mailer.preview.server import compose_dsn
from tests.answers import answer, take_in
from tests.office import BODY, Desk
from tests.returned import complaint, out_of_office
from tests.servers import Act, threaded_server
from tests.services.bounced import NOW

PEOPLE = ("ada@a.example.com", "bo@b.example.com", "cy@c.example.com", "di@d.example.com", "ed@e.example.com")
# What stands for a part of a path in the office below: by the beginning of the path, and by the part's own name.
EXAMPLES = {
    "/lists/{name": "coast",
    "/mailings/{name": "lamps",
    "/settings/templates/{name": "release",
    "/releases/{name": "lamps",
    "{slug": "lamps",
    "{release": "lamps",
    "{email": quote(PEOPLE[0]),
    "{list": "coast",
    "{family": "release",
    "/settings/edit/{table": "senders",
    "/settings/edit/senders/{name": "main",
    "{number": "1",
}
# Pages to which only a form leads that was sent, or mail that arrived: the tests of their own parts see them.
BETWEEN = frozenset(
    {
        "/lists/import/{upload}",
        "/suppressions/exchange/{upload}",
        "/releases/import/{key}",
        "/preview-inbox/{file}",
        "/mailings/{slug}/embargo",  # of an offer
        "/doing/{job}",
    }
)
# What a page needs to have something to show.
QUERIES = {
    "/lists/find": "?q=ada",
    "/suppressions/of": f"?who={quote(PEOPLE[1])}",
    "/releases/{slug}/send": "?to=coast",
    "/releases/{slug}/send/mail.html": "?to=coast",
    "/plans/diff": "?old=PLAN&new=PLAN",
}
LATER = f"{datetime.now(UTC).year + 1}-03-04 09:00 Europe/Berlin"


@contextlib.contextmanager
def busy_office(folder: Path, *, more: str = "") -> Iterator[tuple[Desk, str]]:
    """Yield a press office in the middle of its work, and the plan that waits for somebody.

    One release went out, to five: one was refused, one came back, one complained, one is away, one asks something.
    Another waits for its day, and a third is only planned. `more` is for its settings.
    """
    with threaded_server() as server:
        desk = Desk(folder)
        desk.settings(server, more=more)
        for slug, headline in (
            ("lamps", "Lantern Museum opens its cellar of four hundred lamps"),
            ("mirrors", "Lantern Museum shows mirrors that nobody has looked into for ninety years"),
            ("wicks", "Lantern Museum asks its town for wicks"),
        ):
            desk.release(slug, headline=headline, body=BODY.replace("four hundred lamps", f"four hundred {slug}"))
        desk.people("coast", PEOPLE)
        desk.people("harbour", 140)
        server.recipients = {PEOPLE[4]: Act(reply="550 5.1.1 no such user")}
        assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 1
        first = {name: server.accepted_for(name)[-1] for name in PEOPLE[:4]}
        bo, cy = first[PEOPLE[1]], first[PEOPLE[2]]
        letters = [
            answer(server, PEOPLE[0]),
            compose_dsn(bo.mail_from, PEOPLE[1], bo.data, answer=(550, "5.1.1 unknown user"), now=NOW),
            complaint("bounces@example.org", cy.data),
            out_of_office(PEOPLE[3], "<nobody@example.org>"),
        ]
        take_in(desk, letters)
        assert desk.run("test", "lamps").code == 0
        assert desk.run("send", "mirrors", "--to", "harbour", "--at", LATER, "--yes").code == 0
        planned = desk.run("plan", "wicks", "--to", "coast", "--as", "ada", "--json")
        assert planned.code == 0, planned.said
        yield desk, str(planned.json["hash"])
        desk.end()


def addresses(plan: str) -> Iterator[str]:
    """Yield an address for every page that can be asked for; a part of a path without an example fails."""
    examples = {**EXAMPLES, "{hash": plan, "{digest": plan, "{plan": plan}
    for route in ROUTES:
        if route.get is None or route.path in BETWEEN:
            continue
        path = route.path
        while part := re.search(r"\{\w+", path):
            begun = path[: part.end()]
            example = examples.get(begun) or examples.get(part[0])
            assert example, f"{route.path} needs an example for {part[0]}}} in EXAMPLES"
            path = path[: part.start()] + example + path[path.index("}", part.end()) + 1 :]
        yield path + QUERIES.get(route.path, "").replace("PLAN", plan)
