"""An office at one desk, with real browsers: two people who approve each other's plans, and the proxy with its TLS."""

from __future__ import annotations

import http.client
import re
import ssl
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.cli.approving import Newsroom
from tests.desk.shared import shared
from tests.gallery.screen import Screen
from tests.office import BODY, HEADLINE, Desk, times_taken
from tests.ports import free_port
from tests.servers import ScriptedServer
from tests.services.desk_browser import Tab, open_tab
from tests.services.desk_hands import HEADLINE as NIGHT_FERRY
from tests.services.desk_hands import Hand, word_file
from tests.services.shared_desk import log_in, real_provider, real_proxy

pytestmark = [pytest.mark.service("chromium"), pytest.mark.service("oidc-provider")]

WICKS = "Lantern Museum asks its town for wicks"


def plan(by: Hand, headline: str, name: str) -> None:
    """Go through the steps of sending, and ask for approval at the end."""
    by.goes_to("Releases")
    by.goes_to(headline)
    by.goes_to("Send")
    by.ticks("coast")
    by.presses("Next: what they get")
    by.presses("Next: when and how")
    by.presses("Next: look it over")
    by.tab.sees("Another person must approve this before it is sent")
    assert by.tab.page.get_by_role("button", name=re.compile("^Send 5")).count() == 0
    by.presses("Make a plan and ask for approval")
    by.tab.sees(f"{name} #")


def send(by: Hand) -> None:
    """Send the plan on the page, which somebody has approved."""
    by.goes_to("Look it over and send it")
    by.types("To send 5 messages now", "5")
    by.presses("Send 5 messages now")


def write_at_once(ines: Hand, tom: Hand) -> None:
    """Open one release in both browsers: each sees the other there, and who saves second overwrites nothing."""
    for each in (ines, tom):
        each.goes_to("Releases")
        each.goes_to(HEADLINE)
    ines.tab.sees("Tom Reed has had this release open since")
    tom.tab.sees("Ines Marlow has had this release open since")
    for each, place in ((ines, "the old harbour"), (tom, "the new pier")):
        each.tab.page.get_by_label("Text", exact=True).fill(BODY.replace("the old town", place))
    tom.presses("Save", leads_on=False)
    tom.tab.sees("Saved.")
    ines.tab.sees("Tom Reed saved this release since you opened it.")
    ines.presses("Save", leads_on=False)
    ines.tab.sees("Not saved: Tom Reed saved this release since you opened it.")
    ines.presses("Compare the two versions")
    ines.tab.sees("the old harbour")
    ines.tab.sees("the new pier")


def open_one_list(ines: Hand, tom: Hand) -> None:
    """Each is told of the other as soon as both have a list open, and of what the other changes there."""
    for each in (ines, tom):
        each.goes_to("Lists")
        each.goes_to("coast")
        only_told(each.tab)
    ines.tab.sees("Tom Reed has had this list open since")
    tom.tab.sees("Ines Marlow has had this list open since")


def only_told(tab: Tab) -> None:
    """Let the page fetch nothing because time goes by, but only what it is told of."""
    tab.page.evaluate("document.querySelectorAll('[data-every]').forEach((each) => each.removeAttribute('data-every'))")


def test_two_people_write_one_release_approve_each_others_plans_and_see_each_others_steps(
    desk: Desk, server: ScriptedServer, screen: Screen, oidc_modules: Path
) -> None:
    """Each in a browser of their own; what one does appears on the other's open page without a click."""
    Newsroom(desk, server, desk.root).settle(allowed_signers="")
    desk.release("wicks", headline=WICKS, body=BODY.replace("lamps", "wicks"))
    address = f"http://127.0.0.1:{free_port()}"
    with (
        real_provider(oidc_modules, address) as provider,
        shared(desk, provider, address=address, worker=True) as office,
        open_tab(screen, office, login=False, provider=provider.url) as hers,
        open_tab(screen, office, login=False, provider=provider.url) as his,
    ):
        ines, tom = Hand(hers), Hand(his)
        hers.page.goto(office.address)
        log_in(hers.page, "Ines-Marlow")
        hers.sees("Ines Marlow · admin")
        ines.goes_to("Settings")
        ines.goes_to("Users")
        his.answers |= {403}  # of who has no role yet
        his.open("/")
        log_in(his.page, "Tom-Reed")
        his.sees("Ask an admin to let you in")
        hers.page.locator("li", has_text="Tom Reed").get_by_label("Role").select_option("approver")
        ines.presses("Let in")
        his.answers -= {403}
        his.open("/").sees("Tom Reed · approver")

        open_one_list(ines, tom)
        write_at_once(ines, tom)
        assert "the new pier" in (desk.root / "releases" / "lamps.md").read_text("utf-8")
        his.open("/")
        only_told(his)
        plan(ines, HEADLINE, "Ines Marlow")
        his.sees("Waiting for approval")
        hers.sees("You planned it, so another person must approve it")
        assert hers.page.get_by_role("button", name="Approve this plan").count() == 0
        assert hers.page.get_by_role("link", name="Look it over and send it").count() == 0
        only_told(hers)
        tom.goes_to(HEADLINE)
        his.page.frame_locator("iframe.mail").get_by_text("Visitors may carry one lamp").first.wait_for()
        tom.presses("Approve this plan")
        hers.sees("Tom Reed · ")
        send(ines)
        his.sees("It is part of the mailing")
        hers.sees("Downloads")
        assert len(server.accepted) == 5

        plan(tom, WICKS, "Tom Reed")
        his.sees("You planned it, so another person must approve it")
        assert his.page.get_by_role("button", name="Approve this plan").count() == 0
        only_told(his)
        ines.goes_to("Today")
        ines.goes_to(WICKS)
        assert his.page.get_by_text("Ines Marlow · ").count() == 0
        ines.presses("Approve this plan")
        his.sees("Ines Marlow · ")
        assert his.page.get_by_role("link", name="Look it over and send it").count() == 0  # an approver sends nothing
        send(ines)
        his.sees("It is part of the mailing")
        hers.sees("Downloads")
    assert set(times_taken(server).values()) == {2}
    plans = desk.run("plans", "list", "--json").json["plans"]
    assert {(each["planned_by"], *each["approved_by"]) for each in plans} == {
        ("Ines Marlow #1", "Tom Reed"),
        ("Tom Reed #2", "Ines Marlow"),
    }


@pytest.mark.service("nginx")
def test_behind_a_proxy_that_speaks_tls_the_desk_below_a_path_is_whole(
    desk: Desk, screen: Screen, oidc_modules: Path, nginx: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Login, cookies, the stream of changes, an upload of more than a megabyte; and who is refused."""
    address = f"https://127.0.0.1:{free_port()}/press"
    folder = tmp_path_factory.mktemp("nginx")
    with (
        real_provider(oidc_modules, address) as provider,
        shared(desk, provider, address=address) as office,
        real_proxy(nginx, folder, office, "/press") as authority,
        open_tab(screen, office, login=False, provider=provider.url) as tab,
    ):
        hand = Hand(tab)
        tab.page.goto(office.address)
        log_in(tab.page, "Ines-Marlow")
        tab.sees("Ines Marlow · admin")
        assert tab.page.url == f"{address}/"
        (cookie,) = [each for each in tab.page.context.cookies() if each["domain"] == "127.0.0.1"]
        assert cookie["name"].startswith("__Secure-mailer_desk_")
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")
        assert cookie["path"] == "/press/"

        with tab.page.expect_response("**/press/events*"):
            hand.goes_to("Mailings")
        assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0  # at a terminal
        tab.sees(HEADLINE)

        hand.goes_to("Releases")
        picture = BytesIO()
        Image.effect_noise((1500, 1500), 90).save(picture, "PNG")
        file = word_file(picture.getvalue())
        assert len(file) > 2 << 20
        hand.brings("Night ferry.docx", file, into="^Drop a document")
        hand.types("Name of the release", "night-ferry")
        hand.presses("Save the release")
        assert tab.h1 == NIGHT_FERRY
        assert (desk.root / "releases" / "night-ferry.md").is_file()

        def ask(method: str, path: str, **fields: str) -> http.client.HTTPResponse:
            """Ask as a program does that knows the authority of the certificate, with the cookie."""
            context = ssl.create_default_context()
            authority.configure_trust(context)
            connection = http.client.HTTPSConnection(urlsplit(address).netloc, context=context, timeout=60)
            known = {"cookie": f"{cookie['name']}={cookie['value']}", "accept": "text/html"}
            try:
                connection.request(method, path, headers=known | {k.replace("_", "-"): v for k, v in fields.items()})
                answer = connection.getresponse()
                answer.read()
            finally:
                connection.close()
            return answer

        own = address.removesuffix("/press")
        assert ask("GET", "/press/lists").status == 200
        assert ask("GET", "/lists").status == 404
        away = ask("GET", "/press/lists", cookie="", x_forwarded_host="evil.example.net")
        assert (away.status, away.headers["location"]) == (303, "/press/login?next=/lists")
        for host in ("evil.example.net", "127.0.0.1", f"127.0.0.1:{office.listens}"):
            assert ask("GET", "/press/lists", host=host).status == 421
        for origin in ("https://evil.example.net", own.replace("s:", ":"), f"http://127.0.0.1:{office.listens}"):
            assert ask("POST", "/press/logout", origin=origin).status == 403
        assert ask("POST", "/press/logout").status == 403
        assert ask("POST", "/press/logout", origin=own, sec_fetch_site="cross-site").status == 403
        assert ask("GET", "/press/lists").status == 200  # none of them logged anybody out
        left = ask("POST", "/press/logout", origin=own, sec_fetch_site="same-origin")
        assert (left.status, left.headers["location"]) == (303, "/press/login?out=1")
        assert "Secure" in left.headers["set-cookie"]
        assert ask("GET", "/press/lists").status == 303
