"""Retractions: recipients are asked not to use the release, and nobody else gets it."""

from __future__ import annotations

import pytest

from tests.office import BODY, Desk, in_the_ledger, mail_of, text_of, times_taken
from tests.servers import Act, ScriptedServer

FIVE = [f"{name}@{name[0]}.example.com" for name in ("ada", "bo", "cy", "di", "ed")]
ADA, BO, CY, DI, ED = FIVE
RETRACT = ("retract", "lamps", "--note", "The lamps are not ours.")


@pytest.fixture
def halfway(desk: Desk, server: ScriptedServer) -> Desk:
    """Four recipients have the release, one waits for it."""
    server.recipients = {CY: [Act("451 4.7.1 later")]}
    toml = (desk.root / "mailer.toml").read_text().replace("delays_s = [0.1]", "delays_s = [900]\nstay_s = 0")
    desk.write("mailer.toml", toml)
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 1
    server.recipients = {}
    return desk


@pytest.mark.slow
def test_who_has_it_is_asked_not_to_use_it_and_who_waits_gets_nothing(halfway: Desk, server: ScriptedServer) -> None:
    shown = halfway.run(*RETRACT, "--dry-run")
    assert "1 recipient gets nothing, as it had not reached them" in shown.err
    done = halfway.run(*RETRACT, "--yes", "--json")
    assert (done.code, done.json["mailing"], done.json["accepted"]) == (0, "lamps/retraction-1", 4)
    assert times_taken(server) == {ADA: 2, BO: 2, DI: 2, ED: 2}
    assert halfway.states()[CY] == "cancelled"
    first, last = server.accepted_for(ADA)
    assert mail_of(last)["Subject"] == f"WITHDRAWN: {mail_of(first)['Subject']}"
    assert mail_of(last)["References"] == mail_of(first)["Message-ID"]
    text = " ".join(text_of(last).split())
    assert "Please do not use it. The lamps are not ours." in text
    assert "Friday" not in text
    report = halfway.run("report", "lamps").out
    assert "Withdrawn" in report
    assert "The lamps are not ours." in report


@pytest.mark.slow
def test_nothing_of_it_is_sent_any_more(halfway: Desk, server: ScriptedServer) -> None:
    in_the_ledger(halfway, f"UPDATE delivery SET state = 'in_doubt' WHERE address = '{BO}'")  # noqa: S608 - our own words
    assert halfway.run(*RETRACT, "--yes").code == 0
    taken = times_taken(server)
    assert taken[BO] == 2  # recipients in doubt are asked, too
    halfway.people("science", ["new@n.example.com"])
    halfway.release(body=BODY.replace("Friday", "Sunday"))
    for command in (
        ("send", "lamps", "--to", "science", "--yes"),
        ("send", "lamps", "--to", "science", "--changed", "why", "--yes"),
        ("correct", "lamps", "--note", "x", "--yes"),
        ("follow-up", "lamps", "--yes"),
    ):
        done = halfway.run(*command)
        assert done.code == 2
        assert "lamps was withdrawn on " in done.err
        assert "The lamps are not ours." in done.err
    assert halfway.run("resume", "lamps", "--retry-in-doubt").code == 2
    assert halfway.run("reconcile", "lamps", "--not-sent", BO).code == 2
    halfway.run("resume", "lamps")
    assert times_taken(server) == taken
    again = halfway.run(*RETRACT, "--yes")
    assert again.code == 2
    assert "was withdrawn already" in again.err


@pytest.mark.slow
def test_in_doubt_is_not_retried_after_a_finished_release_was_withdrawn(desk: Desk, server: ScriptedServer) -> None:
    desk.run("send", "lamps", "--to", "coast", "--yes")
    in_the_ledger(desk, f"UPDATE delivery SET state = 'in_doubt' WHERE address = '{BO}'")  # noqa: S608 - our own words
    desk.run(*RETRACT, "--yes")
    taken = times_taken(server)
    assert "was withdrawn" in desk.run("resume", "lamps", "--retry-in-doubt").err
    assert times_taken(server) == taken


@pytest.mark.slow
def test_one_that_nobody_has_yet_is_withdrawn_before_it_goes_out(desk: Desk, server: ScriptedServer) -> None:
    server.at = {"rcpt": Act("451 4.7.1 later")}
    toml = (desk.root / "mailer.toml").read_text().replace("delays_s = [0.1]", "delays_s = [900]\nstay_s = 0")
    desk.write("mailer.toml", toml)
    desk.run("send", "lamps", "--to", "coast", "--yes")
    done = desk.run(*RETRACT, "--yes")
    assert done.code == 0, done.said
    assert set(desk.states().values()) == {"cancelled"}
    server.at = {}
    assert "was withdrawn" in desk.run("send", "lamps", "--to", "coast", "--yes").err
    assert not times_taken(server)


@pytest.mark.slow
def test_broken_off_after_those_who_wait_were_called_off_it_goes_on(halfway: Desk, server: ScriptedServer) -> None:
    stop = (
        "CREATE TRIGGER stop BEFORE INSERT ON mailing WHEN NEW.kind = 'retraction' BEGIN SELECT RAISE(FAIL, 'off'); END"
    )
    in_the_ledger(halfway, stop)
    assert halfway.run(*RETRACT, "--yes").code != 0
    in_the_ledger(halfway, "DROP TRIGGER stop")
    assert halfway.states()[CY] == "cancelled"
    assert halfway.run(*RETRACT, "--yes").code == 0
    assert times_taken(server) == {ADA: 2, BO: 2, DI: 2, ED: 2}


@pytest.mark.slow
def test_three_times_corrected_and_then_withdrawn_asks_everybody_once(desk: Desk, server: ScriptedServer) -> None:
    desk.run("send", "lamps", "--to", "coast", "--yes")
    for day in ("Saturday", "Sunday", "Monday"):
        desk.release(body=BODY.replace("Friday", day))
        assert desk.run("correct", "lamps", "--note", f"{day} it is.", "--yes").code == 0
    assert desk.run(*RETRACT, "--yes").code == 0
    assert times_taken(server) == dict.fromkeys(FIVE, 5)
    mails = [mail_of(each) for each in server.accepted_for(ADA)]
    assert mails[-1]["References"].split() == [each["Message-ID"] for each in mails[:-1]]
