"""A release is sent from the desk: choices are kept, the reviewed plan is sent, and nobody gets it twice."""

from __future__ import annotations

import re
import threading

import pytest

from tests.desk.looking import look, plan_in
from tests.desk.opened import Answer, Opened, at_the_terminal, opened
from tests.office import BODY, Desk, in_the_ledger, times_taken, wait_until
from tests.servers import ScriptedServer

SEND = "/releases/lamps/send"
FIVE = [f"{name}@{name[0]}.example.com" for name in ("ada", "bo", "cy", "di", "ed")]


@pytest.fixture
def lists(desk: Desk) -> Desk:
    """A second list, with a duplicate, a cell that is no address, and an excluded contact."""
    desk.people("science", ["ada@a.example.com", "zoe@z.example.com", "zoe"])
    desk.people("partners", ["bo@b.example.com"])
    return desk


def test_what_is_refused_is_told_in_the_words_of_the_desk(lists: Desk, page: Opened) -> None:
    chosen = {"to": "coast", "step": "how"}
    for wrong, label in (
        ({"mode": "at", "at": "some day"}, "Date and time"),
        ({"mode": "exclusive", "exclusive": "ada@a.example.com", "until": "some day"}, "Exclusive until"),
        ({"expires": "some day"}, "Give up after"),
        ({"where": "country =="}, "Only contacts who match"),
        ({"limit": "2", "sample": "2"}, "Only the first"),
    ):
        refused = look(page, SEND, **{**chosen, **wrong})
        assert f"“{label}”" in refused.text, refused.text
        assert at_the_terminal(refused) == []
    assert "With “Time zone” in the settings" in look(page, SEND, **chosen, mode="at", at="some day").text
    (lists.root / "lists/odd.csv").write_bytes("email,name\nada@a.example.com,J\xf6rg \x81\n".encode("latin-1"))
    for path in ("/lists/coast?where=country+%3D%3D", "/lists/odd", f"{SEND}?to=odd"):
        assert at_the_terminal(look(page, path)) == [], path
    checked = look(page, "/lists/odd/check")
    assert "“Encoding”" in checked.text
    assert at_the_terminal(checked) == []


@pytest.mark.slow
def test_the_four_steps_lead_from_lists_to_a_mailing(lists: Desk, server: ScriptedServer) -> None:
    with opened(lists, worker=True) as page:
        assert "Choose a list" in page.get(SEND).text
        chosen = {"to": ["coast", "science"], "except": "partners"}
        who = look(page, SEND, **chosen)
        assert "5 recipients of 8 rows" in who.text
        for reason in ("on an excluded list", "without a usable address", "on the lists twice"):
            assert f"1 {reason}" in who.text
        for reason, phrase in (("duplicate", '"ada@a.example.com" is on coast.csv already'), ("excluded", FIVE[1])):
            assert phrase in look(page, SEND, **chosen, reason=reason).text
        some = look(page, SEND, **chosen, where='outlet == "Outlet 1"')
        assert "1 recipient of 8 rows" in some.text
        assert "“Only contacts who match”, character 1" in look(page, SEND, **chosen, where="==").text
        assert not (lists.root / ".mailer").exists()  # so far, only looking

        what = look(page, SEND, step="what", **chosen, **{"as": "zoe@z.example.com"})
        assert "To Pat2 Brook <zoe@z.example.com>" in what.text
        frame = page.get(_frame(what))
        assert frame.headers["content-security-policy"].endswith("sandbox")
        assert "Lantern Museum opens its cellar" in frame.text
        assert "is not on these lists" in look(page, SEND, step="what", **chosen, **{"as": "no@body.example"}).text

        assert "5 messages, as fast as the relay" in look(page, SEND, step="how", **chosen).text
        seen = look(page, SEND, step="look", **chosen)
        dry = lists.run("send", "lamps", "--to", "coast", "--to", "science", "--except", "partners", "--dry-run").said
        for line in ("coast.csv 4 + science.csv 1", "5 messages, 10 kB at most", "all 5 messages built and checked"):
            assert line in seen.text
            assert line in dry
        assert "mailer send lamps --to coast --to science --except partners" in seen.text

        yes = {**chosen, "plan": plan_in(seen)}
        for number in ("", "4", "all"):
            refused = page.post(SEND, {**yes, "number": number})
            assert (refused.status, f'"{number}" is not the number' in refused.text) == (422, True)
        assert page.post(SEND, {**yes, "plan": "0" * 64, "number": "5"}).status == 422
        answers: list[Answer] = []

        def click() -> None:
            answers.append(page.post(SEND, {**yes, "number": "5"}, follow=False))

        clicks = [threading.Thread(target=click) for _ in range(3)]
        for each in clicks:
            each.start()
        for each in clicks:
            each.join()
        assert {(each.status, each.headers["location"]) for each in answers} == {(303, "/mailings/lamps")}
        wait_until(lambda: bool(lists.report()["accepted"] == 5))  # the server has it shortly before the ledger
        again = look(page, SEND, step="look", **chosen)
        assert "Everybody who would get it is already in lamps" in again.text
        assert 'name="number"' not in again.html
    assert times_taken(server) == dict.fromkeys([FIVE[0], *FIVE[2:], "zoe@z.example.com"], 1)
    assert lists.report()["planned"] == 5


@pytest.mark.slow
def test_two_people_who_press_send_at_once_send_once(desk: Desk, server: ScriptedServer) -> None:
    with opened(desk) as first, opened(desk) as second:  # two desks: two users with a plan each
        desk.run("optouts", "add", "x@x.example.com")  # there is a ledger
        plans = [(page, plan_in(look(page, SEND, step="look", to="coast"))) for page in (first, second)]
        answers: list[Answer] = []

        def click(page: Opened, plan: str) -> None:
            answers.append(page.post(SEND, {"to": "coast", "plan": plan, "number": "5"}, follow=False))

        clicks = [threading.Thread(target=click, args=each) for each in plans]
        for each in clicks:
            each.start()
        for each in clicks:
            each.join()
        assert {each.headers.get("location") for each in answers if each.status == 303} == {"/mailings/lamps"}
    assert desk.run("resume", "lamps").code == 0
    assert times_taken(server) == dict.fromkeys(FIVE, 1)
    assert in_the_ledger(desk, "SELECT count(*) FROM mailing") == [(1,)]


@pytest.mark.slow
def test_what_is_refused_names_the_field_that_goes_on(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    desk.people("science", ["zoe@z.example.com"])
    with opened(desk) as page:
        before = look(page, SEND, step="look", to="science")
        desk.release(body=BODY.replace("four hundred", "five hundred"))
        stale = page.post(SEND, {"to": "science", "plan": plan_in(before), "number": "1"})
        assert stale.status == 422
        assert "lamps.md changed since people got lamps" in stale.text
        for step in ("who", "what", "look"):
            refused = look(page, SEND, step=step, to="science")
            assert "lamps.md changed since people got lamps" in refused.text
            assert 'name="changed"' in refused.html
        chosen = {"to": "science", "changed": "a wrong number"}
        seen = look(page, SEND, step="look", **chosen)
        assert "Changed since it was last sent: releases/lamps.md" in seen.text
        assert "It holds five hundred lamps" in seen.text
        assert page.post(SEND, {**chosen, "plan": plan_in(seen), "number": "1"}, follow=False).status == 303
        desk.release("copied", body=BODY)
        assert 'name="new_mailing"' in look(page, "/releases/copied/send", step="look", to="coast").html
        assert desk.run("pause", "lamps").code == 0
        desk.people("science", ["zoe@z.example.com", "yan@y.example.com"])
        paused = look(page, SEND, step="look", **chosen)
        assert "lamps is paused" in paused.text
        assert 'name="number"' not in paused.html
        for path, fields in (
            ("/releases/nowhere/send", {"to": "coast"}),
            (SEND, {"to": "../mailer.toml"}),
            (SEND, {"to": str(desk.root / "lists" / "coast.csv")}),
            (SEND, {"to": "coast", "limit": "many"}),
            (SEND, {"mode": "waves", "waves_file": "mailer.toml"}),
            (SEND, {"to": "coast", "mode": "at", "at": "yesterday"}),
        ):
            assert page.post(path, {**fields, "plan": "0", "number": "5"}).status == 422, fields
    assert len(server.accepted) == 5


def test_a_release_under_embargo_offers_to_send_it_to_those_who_agreed(desk: Desk, page: Opened) -> None:
    desk.release(label="Press release\nembargo: 2099-03-02 09:00 UTC")
    desk.write("lists/coast.csv", "email,embargo_agreed\nada@a.example.com,yes\nbo@b.example.com,\n")
    for step in ("who", "what", "how", "look"):
        refused = look(page, SEND, to="coast", step=step)
        assert refused.status < 500, step
    refused = look(page, SEND, to="coast")
    assert "the release is under embargo until" in refused.text
    assert 'name="under_embargo" value="1" form="send">' in refused.html
    assert "1 recipient of 2 rows" in look(page, SEND, to="coast", under_embargo="1").text


@pytest.mark.slow
def test_it_is_scheduled_or_goes_in_waves_or_to_the_preview_inbox(desk: Desk, server: ScriptedServer) -> None:
    desk.people("science", ["zoe@z.example.com"])
    desk.release("nets", headline="Nets of the harbour are mended again", body=BODY.replace("lamp", "net"))
    desk.release("oars", headline="Oars found under the old pier", body=BODY.replace("lamp", "oar"))
    with opened(desk) as page:

        def confirm(slug: str, number: str, **chosen: str) -> str:
            seen = look(page, f"/releases/{slug}/send", step="look", **chosen)
            done = page.post(
                f"/releases/{slug}/send", {**chosen, "plan": plan_in(seen), "number": number}, follow=False
            )
            assert done.status == 303, done.text
            return str(done.headers["location"])

        when = {"to": "coast", "mode": "at", "at": "2099-12-01 09:00 Europe/Berlin"}
        assert "at most a year ahead" in look(page, SEND, step="how", **when).text
        when["at"] = "tomorrow 9:00 Europe/Berlin"
        assert "Goes out on" in look(page, SEND, step="how", **when).text
        assert confirm("lamps", "5", **when) == "/mailings/lamps"
        assert desk.run("status", "lamps", "--json").json["state"] == "scheduled"

        waves = {"mode": "waves", "w1_to": "coast", "w2_to": "science", "w2_when": "after_h", "w2_after_h": "2"}
        assert (
            "2: &#34;two&#34; is not a number"
            in look(page, "/releases/nets/send", step="look", **{**waves, "w2_after_h": "two"}).html
        )
        assert confirm("nets", "6", **waves) == "/mailings/nets"
        assert "wave 2" in desk.run("status", "nets").said.lower()

        text = '[[wave]]\nto = "coast"\n\n[[wave]]\nto = "science"\nwhen = "accepted"\n'
        for name, data, why in (
            ("spring.toml", text.replace("science", "nowhere").encode(), 'spring.toml:5: there is no list "nowhere"'),
            ("spring.toml", text.replace("science", "../mailer.toml").encode(), "spring.toml:5: there is no list"),
            ("spring.toml", text.replace("when", "whenn").encode(), "spring.toml:6: whenn: there is no such key"),
            ("spring.toml", b"\xff", "spring.toml: it is not UTF-8 text"),
            ("mailer.toml", text.encode(), "another file has this name"),
            ("spring.md", text.encode(), "this is not a waves file"),
        ):
            refused = page.post("/releases/oars/waves", {"to": "coast"}, {"waves_upload": (name, data)})
            assert (refused.status, why in refused.text) == (422, True), refused.text
        assert not (desk.root / "spring.toml").exists()
        for times in (1, 2):  # the second replaces the first, and a copy is kept
            chosen = {"to": "coast", "expires": "2d"}
            kept = page.post("/releases/oars/waves", chosen, {"waves_upload": ("../spring.toml", text.encode())})
            assert "coast: at once science: once a contact in the wave before it accepts" in kept.text
            assert "mailer send oars --expires 2d --waves spring.toml" in kept.text
            assert len(list((desk.root / ".mailer" / "undo").glob("*spring.toml"))) == times - 1
        seen = look(page, "/releases/oars/send", step="look", mode="waves", waves_file="spring.toml")
        assert "Wave 2 1 message to science: once a contact in the wave before it accepts" in seen.text
        plan_in(seen)

        assert confirm("oars", "5", to="coast", relay="preview") == "/preview-inbox"
        inbox = page.get("/preview-inbox")
        assert inbox.text.count("Oars found under the old pier to Pat") == 5
        assert "Oars found" in page.get(_frame(inbox)).text
        assert page.post("/releases/oars/test", {"to": "science"}).text.count("[TEST] Oars found") > 0
        sent = page.post("/releases/oars/test", {"to": "science", "inbox": "me@example.org"}, follow=False)
        assert sent.headers["location"].startswith("/releases/oars/send?step=what")
    assert times_taken(server) == {"me@example.org": 1}


def _frame(answer: Answer) -> str:
    found = re.search(r'<iframe class="mail"[^>]* src="([^"]+)"', answer.html)
    assert found is not None, answer.text
    return found[1].replace("&amp;", "&")
