"""Mailings at the desk: the figures balance, steering does what the commands do, and nobody gets it twice."""

from __future__ import annotations

import asyncio
import io
import os
import re
import signal
import threading
import time
import zipfile
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.cli.office import given_workspace, reading_office
from mailer.desk.charts import HEIGHT, WIDTH, draw_course
from mailer.desk.live import Live, Shared
from mailer.ledger.connection import count_events
from mailer.preview.server import compose_dsn
from mailer.runs.office import Office
from tests.answers import answer
from tests.desk.opened import Opened, opened, workers_of
from tests.office import Desk, in_the_ledger, put_into_maildir, times_taken, wait_until
from tests.servers import Act, Moment, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
ADA, BO, CY, DI, ED = (f"{name}@{name[0]}.example.com" for name in ("ada", "bo", "cy", "di", "ed"))
HOSTILE = "550 5.1.1 <script>alert(1)</script>"
SOON = datetime.now(UTC) + timedelta(days=3)


def figures(page: Opened, path: str) -> dict[str, int]:
    """Return the figures of a mailing as its page shows them; they must balance."""
    html = page.get(path).html
    body, foot = re.search(r'<table class="bars sum">(.*?)<tfoot>(.*?)</table>', html, re.DOTALL).groups()  # type: ignore[union-attr]
    cells = re.findall(r'state=(\w+)".*?<td class="right">([\d,]+)</td>', body, re.DOTALL)
    found = {state: int(number.replace(",", "")) for state, number in cells}
    assert sum(found.values()) == int(re.findall(r"[\d,]+", re.sub(r"<[^>]+>", "", foot))[0].replace(",", ""))
    return found


@pytest.mark.slow
def test_a_mailing_that_is_over_is_told_whole(desk: Desk, server: ScriptedServer) -> None:
    desk.settings(server, connections=1)
    server.recipients = {BO: Act(HOSTILE), CY: Act("550 5.7.1 no attachments")}
    server.answer = lambda at: Act(drop="before") if at.stage == "body" and at.argument == DI else None
    assert desk.run(*SEND).code == 1
    server.answer = lambda _: None
    mail = server.accepted_for(ED)[0]
    late = datetime.now(UTC) + timedelta(hours=1)
    dead = compose_dsn(mail.mail_from, ED, mail.data, answer=(550, "5.1.1 unknown user"), now=late)
    put_into_maildir(desk.root / "returned", [dead, answer(server, ADA)])
    assert desk.run("bounces", "collect").code == 0
    with opened(desk) as page:
        shown = page.get("/mailings")
        assert "Lantern Museum opens its cellar" in shown.text
        assert "1 in doubt" in shown.text
        assert "No mailing matches" in page.get("/mailings?state=halted").text
        assert figures(page, "/mailings/lamps") == {"accepted": 2, "rejected": 2, "in_doubt": 1}
        shown = page.get("/mailings/lamps")
        assert HOSTILE in shown.text
        assert "<script>alert" not in shown.html
        for words in ("the address does not exist", "The address is suppressed", "to be answered", "mailer status"):
            assert words in shown.text, words
        assert f'value="{DI}"' in shown.html

        # recipients: by state, by search, each with a link to their page
        shown = page.get("/mailings/lamps/deliveries?state=rejected")
        assert (BO in shown.text, CY in shown.text, ADA in shown.text) == (True, True, False)
        assert f'/people/{quote(BO, safe="")}"' in shown.html
        shown = page.get(f"/mailings/lamps/deliveries?q={ED}")
        assert (ED in shown.text, "bounced hard" in shown.text, ADA in shown.text) == (True, True, False)
        assert "No recipient matches" in page.get("/mailings/lamps/deliveries?q=zz&state=accepted&after=x-y").text

        # downloads
        listed = page.get("/mailings/lamps/recipients.csv")
        assert listed.data.decode() == desk.run("report", "lamps", "--csv").out
        assert "attachment" in listed.headers["content-disposition"]
        assert page.get("/mailings/lamps/unheard.txt").data == b""
        proof = zipfile.ZipFile(io.BytesIO(page.get(f"/mailings/lamps/proof.zip?as={ADA}").data))
        assert any(name.endswith("README.txt") for name in proof.namelist())
        assert page.get("/mailings/lamps/proof.zip?as=zz@example.com").status == 422
        assert page.get("/mailings/nothing/recipients.csv").status == 422
        shown = page.get("/mailings/lamps/report")
        assert "What came back" in shown.text
        inbox = re.search(r'href="([^"]+)">1 to be answered<', shown.html)
        assert inbox
        assert 'href="/inbox/1"' in page.get(inbox[1]).html

        # recipients in doubt get it again only on request, and each step applies to the chosen ones
        refused = page.post("/mailings/lamps", {"do": "accepted"})
        assert (refused.status, "no recipient is ticked" in refused.text) == (422, True)
        settled = page.post("/mailings/lamps", {"do": "accepted", "only": DI, "note": "the relay's log"})
        assert f"{DI} counts as accepted" in settled.text
        assert figures(page, "/mailings/lamps") == {"accepted": 3, "rejected": 2}
        again = page.post("/mailings/lamps", {"do": "refused"})
        assert "lamps is resumed; a running mailer worker sends it." in again.text
        assert "no worker runs beside this desk" in again.text
        assert figures(page, "/mailings/lamps") == {"accepted": 3, "pending": 2}


@pytest.mark.slow
def test_a_mailing_with_waves_to_come_is_not_called_finished(desk: Desk, server: ScriptedServer) -> None:
    desk.people("science", ["zoe@z.example.com"])
    waves = desk.root / "spring.toml"
    waves.write_text('[[wave]]\nto = "coast"\n\n[[wave]]\nto = "science"\nafter_h = 2\n', encoding="utf-8")
    assert desk.run("send", "lamps", "--waves", str(waves), "--yes").code == 0
    assert times_taken(server) == dict.fromkeys((ADA, BO, CY, DI, ED), 1)
    with opened(desk) as page:
        for path in ("/mailings", "/releases"):
            shown = page.get(path).text
            assert "1 wave to come" in shown
            assert "finished" not in re.sub("every state.*?every kind", "", shown)


@pytest.mark.slow
def test_each_recipient_has_their_edition_once_the_text_has_changed(desk: Desk) -> None:
    assert desk.run(*SEND).code == 0
    with opened(desk) as page:
        assert "edition" not in page.get("/mailings/lamps/deliveries").text
        desk.people("late", ["zed@z.example.com"])
        desk.release(headline="Lantern Museum opens two cellars")
        assert desk.run("send", "lamps", "--to", "late", "--changed", "there are two", "--yes").code == 0
        assert page.get("/mailings/lamps/deliveries").text.count("accepted edition 1") == 5
        assert "accepted edition 2" in page.get("/mailings/lamps/deliveries?q=zed@z.example.com").text


def test_a_mailing_that_waits_is_moved_paused_and_cancelled(desk: Desk, server: ScriptedServer) -> None:
    at = f"{SOON:%Y-%m-%d} 09:00 Europe/Berlin"
    assert desk.run(*SEND, "--at", at).code == 0
    with opened(desk) as page:
        shown = page.get("/mailings/lamps").text
        assert f"it goes out at {at}" in shown
        assert "A running mailer worker sends it then" in shown
        today = page.get("/").text
        assert "in 2 days" in today or "in 3 days" in today
        assert "scheduled" in page.get(f"/?month={SOON:%Y-%m}").text

        def steer(do: str, **more: str) -> str:
            return page.post("/mailings/lamps", {"do": do, **more}).text

        desk.settings(server, more='[approval]\nrequired = true\nkinds = ["release"]\ntrust_local = true\n')
        assert "another person must approve this" in steer("now")
        assert desk.report()["state"] == "scheduled"
        desk.settings(server)
        later = f"{SOON:%Y-%m-%d} 18:30 UTC"
        assert f"lamps goes out at {later}" in steer("at", at=later)
        report = desk.report()
        assert (report["state"], report["scheduled_for"]) == ("scheduled", later)
        ends = in_the_ledger(desk, "SELECT DISTINCT substr(expires_at, 1, 16) FROM delivery")
        assert ends == [(f"{SOON + timedelta(days=1):%Y-%m-%d} 18:30",)]
        assert "is not a date and time with a zone" in steer("at", at="in a while")
        assert "lamps is paused" in steer("pause")
        assert "lamps is paused, not scheduled" in steer("now")
        assert "lamps is scheduled again" in steer("resume")
        assert "lamps goes out now" in steer("now")
        assert desk.report()["state"] == "sending"
        assert not server.accepted
        assert "5 people will not get it" in steer("cancel")
        assert figures(page, "/mailings/lamps") == {"cancelled": 5}
        assert "nothing is left to cancel" in steer("cancel")
        assert "there is no such step" in steer("vanish")
        assert page.get("/mailings/lamps/release-1").title == page.get("/mailings/lamps").title
        assert page.get("/mailings/lamps/follow-up/nowhere").status == 404


def hold_after(server: ScriptedServer, count: int) -> tuple[threading.Event, threading.Event]:
    """Let the relay answer so many bodies; return an event to release the next, and one that it is held back."""
    gate, holds = threading.Event(), threading.Event()

    def answer(at: Moment) -> Act | None:
        if at.stage != "body" or len(server.accepted) < count:
            return None
        holds.set()
        return Act(until=gate)

    server.answer = answer
    return gate, holds


@pytest.mark.slow
def test_a_mailing_whose_sender_was_killed_goes_on_by_itself(desk: Desk, server: ScriptedServer) -> None:
    people = desk.people("coast", 40)
    gate, holds = hold_after(server, 4)
    assert desk.run(*SEND, "--at", f"{SOON:%Y-%m-%d} 09:00 UTC").code == 0
    with opened(desk, worker=True) as page:

        def sender() -> str:
            return next(iter(re.findall(r"by process (\d+)", page.get("/mailings/lamps").text)), "")

        page.post("/mailings/lamps", {"do": "now"})
        wait_until(lambda: holds.is_set() and sender() != "")
        assert "is paused" in page.post("/mailings/lamps", {"do": "pause"}).text
        before = server.connections
        gate.set()
        wait_until(lambda: not sender())
        assert server.connections <= before + 2  # of the claimed deliveries, only those on the wire cost one
        assert figures(page, "/mailings/lamps")["pending"] > 20
        gate, holds = hold_after(server, 14)
        text = page.post("/mailings/lamps", {"do": "resume"}).text
        assert "the worker beside this desk sends it" in text
        assert in_the_ledger(desk, "SELECT handed_over FROM mailing") == [(1,)]
        wait_until(lambda: holds.is_set() and sender() != "")
        os.kill(int(sender()), signal.SIGKILL)
        gate.set()
        wait_until(lambda: figures(page, "/mailings/lamps").keys() == {"accepted", "in_doubt"})
        counts = figures(page, "/mailings/lamps")
        doubts = re.findall(r'name="only" value="([^"]+)"', page.get("/mailings/lamps").html)
        assert counts == {"accepted": 40 - len(doubts), "in_doubt": len(doubts)}
        assert doubts
        assert "lamps is resumed" in page.post("/mailings/lamps", {"do": "retry-chosen", "only": doubts}).text
        wait_until(lambda: figures(page, "/mailings/lamps") == {"accepted": 40})
    taken = times_taken(server)
    assert set(taken) == set(people)
    assert all(count == 1 for address, count in taken.items() if address not in doubts)


@pytest.mark.slow
def test_the_worker_of_a_desk_that_was_killed_finishes_what_is_on_the_wire_and_ends(
    desk: Desk, server: ScriptedServer
) -> None:
    desk.people("coast", 40)
    gate, holds = hold_after(server, 4)
    assert desk.run(*SEND, "--at", f"{SOON:%Y-%m-%d} 09:00 UTC").code == 0
    with opened(desk, worker=True) as page:
        page.post("/mailings/lamps", {"do": "now"})
        wait_until(holds.is_set)
        page.process.kill()
        page.process.wait()
        assert workers_of(desk.root)
        gate.set()
        wait_until(lambda: not workers_of(desk.root))
    states = Counter(desk.states().values())
    assert states == {"accepted": len(server.accepted), "pending": 40 - len(server.accepted)}
    assert states["pending"] > 20


@pytest.mark.slow
def test_an_offer_under_embargo_is_answered_at_the_desk(desk: Desk) -> None:
    desk.release(label=f"Press release\nembargo: {SOON:%Y-%m-%d} 09:00 Europe/Berlin")
    assert desk.run("embargo", "offer", "lamps", "--to", "coast", "--yes").code == 0
    with opened(desk) as page:
        assert "embargo ends" in page.get("/").text
        path = "/mailings/lamps/embargo"
        assert "Offered to 5: 0 accepted, 0 declined, 5 silent" in page.get(path).text
        page.post(path, {"do": "accepted", "email": ADA, "why": "by telephone"})
        page.post(path, {"do": "declined", "email": BO})
        shown = page.get(path).text
        assert "Offered to 5: 1 accepted, 1 declined, 3 silent" in shown
        assert "by telephone" in shown
        assert page.post(path, {"do": "broken", "email": CY}).status == 422
        page.post(path, {"do": "broken", "email": CY, "why": "published at <b>07:10</b>"})
        assert "published at <b>07:10</b>" in page.get(path).text
        page.post(path, {"do": "forgiven", "email": CY, "why": "it was the agency"})
        assert "Broke an embargo" not in page.get(path).text
        assert page.get("/mailings/nowhere/embargo").status == 422


def test_what_needs_somebody_stands_on_the_first_page(desk: Desk, server: ScriptedServer) -> None:
    with opened(desk) as page:
        assert "Your first release" in page.get("/").text
        assert "Nothing has been sent from here yet" in page.get("/mailings").text
        assert page.get("/mailings/lamps").status == 422
        server.at = {"mail": Act("550 5.7.1 you are blocked")}
        assert desk.run(*SEND).code == 4
        time.sleep(1.1)  # the page is computed once a second
        shown = page.get("/").text
        assert "halted The relay stopped us at MAIL: 550 5.7.1 you are blocked" in shown
        assert "Your first release" not in shown
        assert "Nothing needs your attention" not in shown
        assert "nobody else gets it until the cause is fixed" in page.get("/mailings/lamps").text
        assert "December 2025" in page.get("/?month=2025-12").text
        assert page.get("/?month=nonsense").status == 200


# Looking.


@pytest.mark.slow
def test_what_many_pages_look_at_is_worked_out_once_and_all_hear_of_more(desk: Desk) -> None:
    assert desk.run(*SEND).code == 0
    given_workspace.set(str(desk.root))
    live, made = Live(reading_office), list[int]()
    shared = Shared(live)

    def look(office: Office) -> int:
        assert office.ledger is not None
        with office.ledger.reading() as connection:
            made.append(count_events(connection))
        return made[-1]

    def get() -> int:
        return shared.get("lamps", look, lambda _: "mailing lamps/release-1")

    async def received(stream: AsyncIterator[bytes], count: int) -> list[str]:
        found = list[str]()
        while len(found) < count:
            found += re.findall(r"data: (.*)", (await anext(stream)).decode())
        return found

    async def watch() -> None:
        live.begin()
        stream = live.stream("of a desk that ended")
        assert await received(stream, 1) == ["everything"]
        while not live.newest:  # noqa: ASYNC110 - it looks in a thread of its own
            await asyncio.sleep(0.05)
        stream = live.stream(live.position)
        fifty = await asyncio.gather(*(asyncio.to_thread(get) for _ in range(50)))
        assert (len(made), set(fifty)) == (1, {made[0]})
        await asyncio.to_thread(desk.run, "optouts", "add", ADA)
        assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
        assert "ledger" in await received(stream, 1)
        while get() == made[0] and len(made) == 1:
            assert live.newest > made[0]
            assert "mailing lamps/release-1" in await received(stream, 1)  # fetch again, the page is out of date
        assert made[1] > made[0]
        live.close()

    asyncio.run(asyncio.wait_for(watch(), 60))


UNITS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 3)).map(lambda at: f"{at:%Y-%m-%d %H:%M}")  # noqa: DTZ001


@pytest.mark.slow
@given(
    st.lists(st.tuples(UNITS, st.sampled_from(["accepted", "rejected", "else"]), st.integers(1, 10**6)), max_size=80)
)
def test_a_drawing_has_every_count_once_and_stays_in_its_frame(course: list[tuple[str, str, int]]) -> None:
    course.sort()
    drawn = draw_course(course, ("accepted", "rejected"))
    counted = {kind: sum(n for _, each, n in course if each == kind) for kind in ("accepted", "rejected")}
    if drawn is None:
        assert len({at for at, *_ in course}) < 2 or not any(counted.values())
        return
    sums = [sum(numbers) for numbers in zip(*(numbers for _, numbers in drawn.rows), strict=True)]
    assert dict(zip(drawn.kinds, sums, strict=True)) == {kind: n for kind, n in counted.items() if n}
    assert drawn.start < drawn.end
    for bar in drawn.bars:
        assert 0 <= bar.x < bar.x + bar.width <= WIDTH + 0.1
        assert bar.y >= 0
        assert bar.height >= 1
    assert max(bar.y + bar.height for bar in drawn.bars) <= HEIGHT + len(drawn.kinds)
