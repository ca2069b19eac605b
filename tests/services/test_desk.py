"""The desk in Chromium: every page for everybody, light and dark, wide and narrow, by keyboard and without a script."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator

import pytest

from mailer.desk.access import MAIL_POLICY
from tests.desk.opened import Opened, opened
from tests.gallery.screen import Screen
from tests.office import Desk
from tests.services.busy_office import addresses, busy_office
from tests.services.desk_browser import DESKTOP, MOST_OF_SHOTS, PHONE, SHOTS, Tab, open_tab

pytestmark = pytest.mark.service("chromium")

WIDTHS = (320, 700, 1600)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, str]]:
    with busy_office(tmp_path_factory.mktemp("office")) as made:
        yield made


@pytest.fixture(scope="module")
def running(office: tuple[Desk, str]) -> Iterator[Opened]:
    with opened(office[0]) as desk:
        yield desk


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
        assert [each.name for each in stops][:2] == ["Skip to the content", "Today"]
        assert [each for each in stops if not (each.marked and each.seen)] == []
        links = tab.page.locator("a[href]:visible, button:visible, summary:visible").count()
        assert len(stops) >= links
        tab.open("/").tab_to("Skip to the content")
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
            other.sees("This link was already used")


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
