"""Nobody sees or does anything at the desk without a login, from another page, or by another host name."""

from __future__ import annotations

import pytest
import tomlkit

from mailer.desk.views import ROUTES
from tests.desk.opened import Opened, opened
from tests.desk.paths import filled
from tests.office import Desk


def test_the_first_line_is_an_address_that_logs_in_once(desk: Desk) -> None:
    with opened(desk, logged_in=False) as page:
        assert page.get("/").title == "Log in"
        page.log_in()
        assert page.get("/").title == "Today"
        page.cookies.clear()
        again = page.get(page.address.removeprefix(page.base))
        assert again.status == 403
        assert "was already used" in again.text
        assert page.get("/").title == "Log in"


def test_a_page_that_was_logged_out_is_closed_whatever_cookie_is_kept(page: Opened) -> None:
    kept = dict(page.cookies)
    page.post("/logout")
    page.cookies = kept
    assert page.get("/", follow=False).status == 303
    assert page.get("/", headers={"accept": "*/*"}).status == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost:1", ""])
def test_another_name_for_this_machine_is_refused(page: Opened, host: str) -> None:
    assert page.get("/", headers={"host": host or "evil.example:80"}).status == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "http://evil.example", "sec-fetch-site": ""},
        {"origin": "null", "sec-fetch-site": ""},
        {"origin": "", "sec-fetch-site": "cross-site"},
        {"origin": "", "sec-fetch-site": "same-site"},
        {"origin": "", "sec-fetch-site": ""},
    ],
)
def test_a_form_of_another_page_changes_nothing(page: Opened, headers: dict[str, str]) -> None:
    assert page.post("/logout", headers=headers).status == 403
    assert page.get("/").title == "Today"


def test_every_answer_forbids_scripts_of_others(page: Opened) -> None:
    for path in ("/", "/nowhere", "/static/desk.css"):
        policy = page.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_the_desk_closes_at_once_with_a_stream_open(desk: Desk) -> None:
    import http.client

    with opened(desk) as page:
        connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=30)
        cookie = "; ".join(f"{name}={value}" for name, value in page.cookies.items())
        connection.request("GET", "/events", headers={"cookie": cookie})
        response = connection.getresponse()
        assert response.readline() == b"retry: 2000\n"
        assert page.stop() < 5
        connection.close()


def test_a_page_knows_what_it_has_seen_and_is_told_what_came_after_it(page: Opened) -> None:
    def seen() -> str:
        return page.get("/releases").html.partition('data-seen="')[2].partition('"')[0]

    def since(position: str) -> list[str]:
        return page.get(f"/events?once&seen={position}").text.split()

    before = seen()
    assert since(before) == []
    page.post("/releases", {"name": "wicks"})
    assert "releases" in since(before)
    assert since(seen()) == []
    ours = before.rpartition("-")[0]
    for wrong in ("", "0", "-", "00000000-1", ours, f"{ours}-x", f"{ours}-99", f"{ours}-{'9' * 5000}"):
        assert since(wrong) == ["everything"], wrong[:20]  # such as that of a desk that ended


def test_looking_makes_nothing_and_a_new_office_is_told_what_to_do_first(desk: Desk) -> None:
    written = tomlkit.parse((desk.root / "mailer.toml").read_text("utf-8"))
    del written["relays"]
    desk.write("mailer.toml", tomlkit.dumps(written))
    with opened(desk) as page:
        shown = page.get("/")
        assert "Enter your relay" in shown.text
        assert 'href="/settings/edit/relays"' in shown.html
        assert 'href="/settings/edit/office">Set your time zone' in shown.html
        desk.write("mailer.toml", f'{tomlkit.dumps(written)}\n[office]\ntime_zone = "Europe/Berlin"\n')
        assert "Your times are those of Europe/Berlin." in page.get("/").text
    assert not (desk.root / ".mailer").exists()


@pytest.mark.slow
def test_no_page_makes_anything_by_being_looked_at(desk: Desk) -> None:
    before = desk.files()
    with opened(desk) as page:
        looked = {route.path: page.get(filled(route.path)).status for route in ROUTES if route.get is not None}
    assert len(looked) > 50
    assert set(looked.values()) <= {200, 404, 422}, looked
    assert desk.files() == before
    assert not (desk.root / ".mailer").exists()


def test_a_region_is_answered_alone(page: Opened) -> None:
    region = page.get("/", headers={"desk-region": "today"}).html
    assert "Your first release" in region
    assert "Your relay, the mail server that takes your mail, is set" in region
    assert "<html" not in region
    assert "<html" in page.get("/", headers={"desk-region": "nothing-of-the-kind"}).html
