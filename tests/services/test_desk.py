"""The desk in Chromium: every page for everybody, light and dark, wide and narrow, by keyboard and without a script."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from mailer.desk.access import MAIL_POLICY
from mailer.desk.views import WAYS
from mailer.preview.returns import compose_dsn
from tests.answers import answer, take_in
from tests.desk.opened import Opened, opened
from tests.gallery.screen import Screen
from tests.office import BODY, Desk
from tests.returned import complaint, out_of_office
from tests.servers import Act, threaded_server
from tests.services.bounced import NOW
from tests.services.desk_browser import DESKTOP, MOST_OF_SHOTS, PHONE, SHOTS, Tab, open_tab

pytestmark = pytest.mark.service("chromium")

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
WIDTHS = (320, 700, 1280)
LATER = f"{datetime.now(UTC).year + 1}-03-04 09:00 Europe/Berlin"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, str]]:
    """Yield a press office in the middle of its work, and the plan that waits for somebody.

    One release went out, to five: one was refused, one came back, one complained, one is away, one asks something.
    Another waits for its day, and a third is only planned.
    """

    with threaded_server() as server:
        desk = Desk(tmp_path_factory.mktemp("office"))
        desk.settings(server)
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


@pytest.fixture(scope="module")
def running(office: tuple[Desk, str]) -> Iterator[Opened]:
    with opened(office[0]) as desk:
        yield desk


def addresses(plan: str) -> Iterator[str]:
    """Yield an address for every page that can be asked for; a part of a path without an example fails."""
    examples = {**EXAMPLES, "{hash": plan, "{digest": plan, "{plan": plan}
    for way in WAYS:
        if way.get is None or way.path in BETWEEN:
            continue
        path = way.path
        while part := re.search(r"\{\w+", path):
            begun = path[: part.end()]
            example = examples.get(begun) or examples.get(part[0])
            assert example, f"{way.path} needs an example for {part[0]}}} in EXAMPLES"
            path = path[: part.start()] + example + path[path.index("}", part.end()) + 1 :]
        yield path + QUERIES.get(way.path, "").replace("PLAN", plan)


def pages(desk: Opened, plan: str) -> Iterator[str]:
    """Yield the addresses of pages: what is downloaded, or is a mail in a frame of its own, is none."""
    for path in addresses(plan):
        found = desk.get(path)
        assert found.status == 200, (path, found.text)
        kind, policy = found.headers["content-type"], found.headers.get("content-security-policy")
        if kind.startswith("text/html") and policy != MAIL_POLICY and "attachment" not in str(found.headers):
            yield path


def look_at(tab: Tab, path: str) -> Iterator[str]:
    """Yield all that is wrong with a page for somebody."""
    tab.resize(*DESKTOP)
    tab.dark(is_dark=False)
    tab.open(path)
    yield from tab.outline_faults()
    yield from tab.barriers()
    tab.dark()
    yield from (f"dark: {each}" for each in tab.barriers(rules=["color-contrast"]))
    for width in WIDTHS:
        tab.resize(width)
        if wider := tab.wider():
            yield wider


@pytest.mark.first
def test_every_page_can_be_used_by_everybody(screen: Screen, running: Opened, office: tuple[Desk, str]) -> None:
    """Title, headings, WCAG 2.2 A and AA by axe in light and dark, no sideways scrolling; and a quiet console."""
    with open_tab(screen, running) as tab:
        found = [f"{path}: {fault}" for path in pages(running, office[1]) for fault in look_at(tab, path)]
    assert found == [], "\n".join(found)


if os.environ.get("MAILER_SHOTS") == "1":  # a picture shows the day of its making

    @pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
    @pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
    def test_every_page_has_its_picture_in_the_docs(
        screen: Screen, running: Opened, office: tuple[Desk, str], size: tuple[int, int], *, dark: bool
    ) -> None:
        with open_tab(screen, running, size=size, dark=dark) as tab:
            for path in pages(running, office[1]):
                name = re.sub(r"[^a-z0-9]+", "-", path.replace(office[1], "plan").partition("?")[0].lower()).strip("-")
                tab.open(path).shot(name or "today")
                assert tab.wider() == "", path


def test_pictures_take_little_room() -> None:
    assert sum(each.stat().st_size for each in SHOTS.glob("*.webp")) <= MOST_OF_SHOTS


def test_a_keyboard_comes_everywhere_and_its_place_is_always_seen(screen: Screen, running: Opened) -> None:
    with open_tab(screen, running) as tab:
        stops = tab.open("/").stops()
        assert [each.name for each in stops][:2] == ["Skip to the page", "Today"]
        assert [each for each in stops if not (each.marked and each.seen)] == []
        links = tab.page.locator("a[href]:visible, button:visible, summary:visible").count()
        assert len(stops) >= links
        tab.open("/").tab_to("Skip to the page")
        tab.page.keyboard.press("Enter")
        tab.page.wait_for_url("**/#main")
        assert tab.page.evaluate("document.activeElement.id") == "main"
        tab.open("/").tab_to("Log out")


def test_today_and_the_login_work_without_a_script_and_on_a_phone(screen: Screen, office: tuple[Desk, str]) -> None:
    with opened(office[0], logged_in=False) as desk:
        with open_tab(screen, desk, size=PHONE, script=False, login=False) as phone:
            phone.answers = {401, 403, 422}
            assert phone.open("/").h1 == "Log in"
            phone.page.goto(desk.address)
            assert phone.h1 == "Today"
            assert phone.page.url == f"{desk.base}/"
            phone.go(phone.page.get_by_role("link", name="Today").tap)
            assert phone.wider() == ""
            assert phone.go(phone.page.get_by_role("button", name="Log out").tap).h1 == "Log in"
            assert phone.open("/").h1 == "Log in"
        with open_tab(screen, desk, login=False) as other:
            other.answers = {401, 403, 422}
            other.page.goto(desk.address)  # which was used
            assert other.h1 == "Log in"
            other.sees("This link was used already")


@pytest.mark.parametrize(
    "wrong, said",
    [
        ("console.error('lamps are out')", "lamps are out"),
        ("setTimeout(() => { throw new Error('no wick') })", "no wick"),
        ("fetch('https://elsewhere.example.org/')", "elsewhere.example.org"),
        ("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/pixel.png'}))", "127.0.0.1:9"),
        ("document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\">red</p>')", "style"),
        ("document.body.append(Object.assign(document.createElement('script'), {text: 'var lit'}))", "script"),
        ("fetch('/no/such/page')", "404 for GET /no/such/page"),
    ],
    ids=["console", "exception", "fetch", "picture", "style", "script", "missing"],
)
def test_whatever_the_browser_complains_of_fails_the_test(
    screen: Screen, running: Opened, wrong: str, said: str
) -> None:
    with pytest.raises(AssertionError, match=re.escape(said)), open_tab(screen, running) as tab:  # noqa: PT012
        tab.open("/")
        with contextlib.suppress(Exception):
            tab.page.evaluate(f"async () => {{ await {wrong} }}")
        tab.page.wait_for_timeout(300)


def test_what_keeps_people_out_is_seen(screen: Screen, running: Opened) -> None:
    """Else the walk over all pages would prove nothing."""
    worse: dict[str, Callable[[Tab], object]] = {
        "document.querySelector('h1').remove()": lambda tab: tab.outline_faults(),
        "document.querySelector('main').append(document.createElement('h5'))": lambda tab: tab.outline_faults(),
        "document.querySelector('main').append(new Image())": lambda tab: tab.barriers(),
        "document.querySelector('h1').style.color = '#bbb'": lambda tab: tab.barriers(rules=["color-contrast"]),
        "document.querySelector('h1').style.width = '2000px'": lambda tab: tab.wider(),
    }
    with open_tab(screen, running) as tab:
        for change, seen in worse.items():
            tab.open("/")
            assert not seen(tab), change
            tab.page.evaluate(f"() => {{ {change} }}")
            assert seen(tab), change
