"""Plans that need approval: made at the desk, approved by another user there, and sent as they are."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.approving import Newsroom, make_keys
from tests.desk.looking import log_in_as, look, plan_in
from tests.desk.opened import opened
from tests.office import BODY, Desk, in_the_ledger, mail_of, times_taken, wait_until
from tests.servers import ScriptedServer

SEND = "/releases/lamps/send"


@pytest.mark.slow
def test_one_plans_another_approves_and_a_third_sends(desk: Desk, server: ScriptedServer) -> None:
    Newsroom(desk, server, desk.root).settle(allowed_signers="")
    with opened(desk, worker=True) as page:
        seen = look(page, SEND, step="look", to="coast")
        assert "Another person must approve this" in seen.text
        assert 'name="number"' not in seen.html
        form = {"to": "coast", "plan": plan_in(seen)}
        refused = page.post(SEND, {**form, "number": "5"})
        assert (refused.status, "another person must approve this" in refused.text) == (422, True)
        page.post("/releases/lamps/plan", form)  # this creates the ledger, and stores the login
        ada = log_in_as(desk, page, 1, "Ada Brook", "writer")
        bo = log_in_as(desk, page, 2, "Bo Lindqvist", "approver")
        cy = log_in_as(desk, page, 3, "Cy Marsh", "sender")

        desk.people("coast", ["zoe@z.example.com", "yan@y.example.com"])
        form = {"to": "coast", "plan": plan_in(look(ada, SEND, step="look", to="coast"))}
        made = ada.post("/releases/lamps/plan", form)
        plan = made.path
        assert plan == f"/plans/{form['plan'][:12]}"
        assert "Planned by Ada Brook" in made.text
        frame = bo.get(f"{plan}/mails/0")
        assert "Lantern Museum opens its cellar" in frame.text
        assert frame.headers["content-security-policy"].endswith("sandbox")
        assert "waiting" in bo.get("/plans").text

        assert ada.post(f"{plan}/approve").status == 403  # a writer approves nothing
        in_the_ledger(desk, "UPDATE desk_user SET role = 'admin' WHERE id = 1")
        wait_until(lambda: "You planned it, so another person must approve it" in ada.get(plan).text)
        own = ada.post(f"{plan}/approve")
        assert (own.status, "planned it, so another person must" in own.text) == (422, True)
        assert cy.post(f"{plan}/send", {"plan": form["plan"], "number": "2"}).status == 422
        assert "is rejected by Bo Lindqvist: not yet" in bo.post(f"{plan}/reject", {"why": "not yet"}).text
        assert bo.post(f"{plan}/reject", {"why": " "}).status == 422
        yes = bo.post(f"{plan}/approve")
        assert "approved by Bo Lindqvist, logged in at the desk" in yes.text
        assert bo.post(f"{plan}/send", {"plan": form["plan"], "number": "2"}).status == 403

        wait_until(lambda: "Plans to be sent Lantern Museum opens" in cy.get("/").text)
        assert 'href="/plans"' in cy.get("/mailings").html

        desk.run("optouts", "add", "yan@y.example.com")
        ready = look(cy, f"{plan}/send")
        assert "skipped: yan@y.example.com" in ready.text
        assert cy.post(f"{plan}/send", {"plan": plan_in(ready), "number": "2"}).status == 422
        sent = cy.post(f"{plan}/send", {"plan": plan_in(ready), "number": "1"}, follow=False)
        assert sent.headers["location"] == "/mailings/lamps"
        wait_until(lambda: bool(server.accepted))
        assert in_the_ledger(desk, "SELECT handed_over FROM mailing") == [(1,)]
        assert times_taken(server) == {"zoe@z.example.com": 1}

        wait_until(lambda: " sent " in bo.get("/plans").text)  # in use, until its mailing is over
        listed = bo.get("/plans").text
        assert "How two plans differ" in listed
        first, second = (each["hash"] for each in desk.run("plans", "list", "--json").json["plans"])
        assert "2 came: yan@y.example.com, zoe@z.example.com" in bo.get(f"/plans/diff?old={second}&new={first}").text
        assert bo.get("/plans/ffffffff").status == 422


@pytest.mark.slow
def test_where_keys_approve_and_nobody_has_logged_in_the_planner_says_who_they_are(
    desk: Desk, server: ScriptedServer
) -> None:
    Newsroom(desk, server, desk.root).settle()
    desk.write("lists/coast.csv", "email,status\nada@a.example.com,\nbo@b.example.com,do not mail\n")
    desk.write("allowed_signers", '# who approves\nada ssh-ed25519 AAAA\n"bo,cy" ssh-ed25519 AAAA\n')
    with opened(desk) as page:
        seen = look(page, SEND, step="look", to="coast")
        form = {"to": "coast", "plan": plan_in(seen)}
        assert 'name="planner"' in seen.html
        refused = page.post("/releases/lamps/plan", form)
        assert (refused.status, "one of: ada, bo, cy" in refused.text) == (422, True)
        kept = page.post("/releases/lamps/plan", {**form, "planner": "bo"})
        assert "Planned by bo" in kept.text
        assert "1 left out" in kept.text
        assert "coast.csv row 2 · " in kept.text


@pytest.mark.slow
@pytest.mark.service("ssh-keygen")
def test_a_signature_that_was_made_elsewhere_is_taken_in(desk: Desk, server: ScriptedServer, tmp_path: Path) -> None:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    folder = tmp_path / "keys"
    folder.mkdir()
    room = Newsroom(desk, server, make_keys(folder))
    room.settle()
    room.allow("ada", "bo")
    plan = room.plan()
    with opened(desk) as page:
        path = f"/plans/{plan[:12]}"
        assert "an approval needs a signature" in page.get(path).text
        assert page.post(f"{path}/approve").status == 422  # the account alone does not count
        text = page.get(f"{path}/plan.json")
        assert text.headers["content-disposition"].startswith("attachment")
        file = tmp_path / "plan.json"
        file.write_bytes(text.data)
        for name in ("ada", "bo"):
            command = ["ssh-keygen", "-q", "-Y", "sign", "-n", "mailer-plan", "-f", str(folder / name), str(file)]
            subprocess.run(command, check=True, capture_output=True)
            signature = Path(f"{file}.sig").read_bytes()
            Path(f"{file}.sig").unlink()
            done = page.post(f"{path}/approve", {"signed": "1"}, {"signature": ("plan.json.sig", signature)})
            assert done.status == (422 if name == "ada" else 200), done.text
        assert "approved by bo, signed with SHA256" in done.text
        assert page.post(f"{path}/approve", {"signed": "1"}, {}).status == 422


@pytest.mark.slow
def test_a_release_is_corrected_and_withdrawn_from_its_mailing(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    with opened(desk, worker=True) as page:
        assert "5 who got it too recently" in look(page, "/mailings/lamps/follow-up").text
        assert "There are no recipients" in look(page, "/mailings/lamps/follow-up").text
        assert page.get("/mailings/nowhere/follow-up").status == 422
        path, note = "/mailings/lamps/correct", "The cellar holds five hundred lamps."
        assert "nothing was changed" in look(page, path, note=note).text
        desk.release(body=BODY.replace("four hundred", "five hundred"))
        seen = look(page, path, note=note)
        assert "was: " in seen.text
        form = {"note": note, "plan": plan_in(seen)}
        assert page.post(path, {**form, "number": "4"}).status == 422
        done = page.post(path, {**form, "number": "5"}, follow=False)
        assert done.headers["location"] == "/mailings/lamps/correction-1"
        wait_until(lambda: len(server.accepted) == 10)
        assert note in mail_of(server.accepted[-1]).get_body(("plain",)).get_content()  # type: ignore[union-attr]

        path = "/mailings/lamps/retract"
        assert page.get(path).html.count('name="plan"') == 0  # without a note there is no plan yet
        seen = look(page, path, note="It was counted on the wrong day.")
        form = {"note": "It was counted on the wrong day.", "plan": plan_in(seen)}
        planned = page.post(f"{path}/plan", form)
        assert planned.path == f"/plans/{form['plan'][:12]}"
        sent = page.post(path, {**form, "number": "5"}, follow=False)
        assert sent.headers["location"] == "/mailings/lamps/retraction-1"
        wait_until(lambda: len(server.accepted) == 15)
    assert set(times_taken(server).values()) == {3}
