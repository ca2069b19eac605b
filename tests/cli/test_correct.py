"""Corrections: recipients who may have an earlier text get the right one, once, in its thread."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from tests.office import BODY, Desk, in_the_ledger, mail_of, text_of, times_taken, wait_until
from tests.servers import Accepted, Act, ScriptedServer

FIVE = [f"{name}@{name[0]}.example.com" for name in ("ada", "bo", "cy", "di", "ed")]
SATURDAY, SUNDAY = (BODY.replace("Friday", day) for day in ("Saturday", "Sunday"))
CORRECT = ("correct", "lamps", "--note", "The cellar opens on another day.")


@pytest.fixture
def sent(desk: Desk) -> Desk:
    """The release went out to five; by now, its file gives another day."""
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    desk.release(body=SATURDAY)
    return desk


def by_address(messages: list[Accepted]) -> dict[str, list[EmailMessage]]:
    found: dict[str, list[EmailMessage]] = {}
    for each in messages:
        found.setdefault(each.rcpt_to[0], []).append(mail_of(each))
    return found


def days(server: ScriptedServer, address: str) -> list[str]:
    """Return the day that the release in each mail to a recipient gives, in the order of arrival."""
    texts = [
        text_of(each).partition("The corrected release")[2] or text_of(each) for each in server.accepted_for(address)
    ]
    return [next(day for day in ("Friday", "Saturday", "Sunday") if f"on {day}" in " ".join(t.split())) for t in texts]


@pytest.mark.slow
def test_everybody_who_has_it_gets_the_correction_in_the_thread_of_their_own_mail(
    sent: Desk, server: ScriptedServer
) -> None:
    done = sent.run(*CORRECT, "--yes", "--json")
    assert (done.code, done.json["kind"], done.json["accepted"]) == (0, "correction", 5)
    for first, second in by_address(server.accepted).values():
        assert second["Subject"] == f"CORRECTION: {first['Subject']}"
        assert second["In-Reply-To"] == second["References"] == first["Message-ID"]
        assert second["Message-ID"] != first["Message-ID"]
        assert second["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        part = second.get_body(("plain",))
        assert part is not None
        top, _, release = " ".join(part.get_content().split()).partition("The corrected release")
        assert "another day. Was: The Lantern Museum opens its cellar on *Friday*. It holds" in top
        assert "Now: The Lantern Museum opens its cellar on *Saturday*. It holds" in top
        assert "cellar on Saturday. It holds four hundred lamps" in release


@pytest.mark.slow
def test_the_same_command_again_changes_nothing_and_says_so(sent: Desk, server: ScriptedServer) -> None:
    assert sent.run(*CORRECT, "--yes").code == 0
    again = sent.run(*CORRECT, "--yes")
    assert again.code == 2
    assert "nothing was changed: releases/lamps.md says what was sent" in again.err
    assert times_taken(server) == dict.fromkeys(FIVE, 2)


def test_a_file_that_was_not_edited_is_refused(desk: Desk) -> None:
    desk.run("send", "lamps", "--to", "coast", "--yes")
    assert desk.run(*CORRECT, "--yes").code == 2
    assert desk.run("correct", "lamps", "--note", " ", "--yes").err.startswith("--note is empty")


def test_what_was_never_sent_cannot_be_corrected(desk: Desk) -> None:
    assert "nothing was sent from here yet" in desk.run(*CORRECT, "--yes").err
    assert not (desk.root / ".mailer").exists()
    desk.run("send", "lamps", "--to", "coast", "--yes")
    assert 'there is no mailing "lamp"; did you mean "lamps"?' in desk.run("correct", "lamp", "--note", "x").err


@pytest.mark.slow
def test_lists_of_today_do_not_matter_and_who_opted_out_since_is_skipped(sent: Desk, server: ScriptedServer) -> None:
    sent.people("coast", ["new@n.example.com"])
    sent.run("optouts", "add", FIVE[0])
    done = sent.run(*CORRECT, "--yes", "--json")
    assert (done.json["accepted"], done.json["skipped_reasons"]) == (4, {"opted_out": 1})
    assert times_taken(server) == {FIVE[0]: 1} | dict.fromkeys(FIVE[1:], 2)


@pytest.mark.slow
def test_who_still_waits_gets_the_new_text_alone(desk: Desk, server: ScriptedServer) -> None:
    server.recipients = {FIVE[2]: [Act("451 4.7.1 later")] * 2}
    desk.settings(server, more="[retry]\ndelays_s = [900]\nstay_s = 0\n")
    desk.write("mailer.toml", (desk.root / "mailer.toml").read_text().replace("[retry]\ndelays_s = [0.1]\n", "", 1))
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 1
    desk.release(body=SATURDAY)
    done = desk.run(*CORRECT, "--yes")
    assert done.code == 0, done.said
    assert "1 recipient gets the new text and no correction" in done.err
    in_the_ledger(desk, "UPDATE delivery SET next_attempt_at = '2020-01-01 00:00:00.000000' WHERE state = 'deferred'")
    server.recipients = {}
    assert desk.run("resume", "lamps").code == 0
    assert {address: days(server, address) for address in FIVE} == {
        address: ["Saturday"] if address == FIVE[2] else ["Friday", "Saturday"] for address in FIVE
    }
    assert desk.report()["editions"] == {"2": 5}


def test_a_scheduled_release_gets_the_new_text_and_keeps_its_moment(desk: Desk) -> None:
    when = f"{datetime.now(UTC) + timedelta(days=90):%Y-%m-%d} 09:00 UTC"
    desk.run("send", "lamps", "--to", "coast", "--at", when, "--yes")
    desk.release(body=SATURDAY)
    done = desk.run(*CORRECT, "--yes", "--json")
    assert (done.code, done.json["mailing"], done.json["state"], done.json["pending"]) == (0, "lamps", "scheduled", 5)
    assert done.json["scheduled_for"] == when
    assert {each["edition"] for each in desk.report()["deliveries"]} == {2}


@pytest.mark.slow
def test_a_minor_change_goes_to_nobody_who_has_it_and_to_those_who_come_later(
    sent: Desk, server: ScriptedServer
) -> None:
    assert sent.run(*CORRECT, "--minor", "--yes").code == 0
    assert times_taken(server) == dict.fromkeys(FIVE, 1)
    assert sent.run(*CORRECT, "--minor", "--yes").code == 2
    sent.people("science", ["new@n.example.com"])
    assert sent.run("send", "lamps", "--to", "science", "--yes").code == 0
    assert days(server, "new@n.example.com") == ["Saturday"]
    assert sent.report()["editions"] == {"1": 5, "2": 1}
    # after all, it was not minor
    assert sent.run(*CORRECT, "--yes").code == 0
    assert times_taken(server) == dict.fromkeys([*FIVE, "new@n.example.com"], 1) | dict.fromkeys(FIVE, 2)


@pytest.mark.slow
def test_a_second_correction_shows_each_what_differs_from_the_text_they_have(
    sent: Desk, server: ScriptedServer
) -> None:
    server.recipients = {FIVE[1]: [Act("550 5.7.1 not now")]}
    assert sent.run(*CORRECT, "--yes").code == 1
    server.recipients = {}
    sent.release(body=SUNDAY)
    done = sent.run(*CORRECT, "--yes", "--json")
    assert done.json["mailing"] == "lamps/correction-2"
    assert times_taken(server) == dict.fromkeys(FIVE, 3) | {FIVE[1]: 2}
    was = {address: "*Friday*" if address == FIVE[1] else "*Saturday*" for address in FIVE}
    for address, day in was.items():
        *before, last = server.accepted_for(address)
        assert f"Was: The Lantern Museum opens its cellar on {day}." in " ".join(text_of(last).split())
        ids = [mail_of(each)["Message-ID"] for each in before]
        assert mail_of(last)["References"].split() == ids
        assert mail_of(last)["In-Reply-To"] == ids[-1]
    report = sent.report()
    assert report["editions"] == {"3": 5}
    assert [each["mailing"] for each in report["corrections"]] == ["lamps/correction-1", "lamps/correction-2"]


@pytest.mark.slow
def test_who_may_have_it_is_told_too(desk: Desk, server: ScriptedServer) -> None:
    server.at = {"body": [Act(drop="before")]}
    desk.settings(server, connections=1)
    desk.run("send", "lamps", "--to", "coast", "--yes")
    assert desk.report()["in_doubt"] == 1
    server.at = {}
    desk.run("resume", "lamps")
    desk.release(body=SATURDAY)
    done = desk.run(*CORRECT, "--yes", "--json")
    assert done.json["accepted"] == 5


@pytest.mark.slow
def test_a_longer_mailing_of_an_earlier_correction_is_called_off(sent: Desk, server: ScriptedServer) -> None:
    sent.write(
        "mailer.toml",
        (sent.root / "mailer.toml").read_text().replace("delays_s = [0.1]", "delays_s = [900]\nstay_s = 0"),
    )
    server.recipients = {FIVE[3]: [Act("451 4.7.1 later")]}
    assert sent.run(*CORRECT, "--yes").code == 1
    server.recipients = {}
    sent.release(body=SUNDAY)
    assert sent.run(*CORRECT, "--yes").code == 0
    assert sent.states("lamps/correction-1")[FIVE[3]] == "cancelled"
    assert days(server, FIVE[3]) == ["Friday", "Sunday"]


@pytest.mark.slow
def test_each_reader_is_shown_the_difference_in_the_text_of_their_language(desk: Desk, server: ScriptedServer) -> None:
    french = "---\nlanguage: fr\nheadline: {}\ndate: 2026-10-02\n---\n\nLe musée ouvre sa cave {}.\n"
    desk.write("releases/lamps.fr.md", french.format("Le musée des lanternes ouvre sa cave", "vendredi"))
    desk.write("lists/coast.csv", "email,language\nada@a.example.com,fr\nbo@b.example.com,en\n")
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    desk.write("releases/lamps.fr.md", french.format("Le musée des lanternes ouvre sa cave", "samedi"))
    desk.release(body=SATURDAY)
    assert desk.run(*CORRECT, "--yes").code == 0
    ada, bo = (server.accepted_for(address)[-1] for address in ("ada@a.example.com", "bo@b.example.com"))
    assert mail_of(ada)["Subject"].startswith("RECTIFICATIF: ")
    assert "Au lieu de: Le musée ouvre sa cave *vendredi*." in text_of(ada)
    assert "Lire: Le musée ouvre sa cave *samedi*." in text_of(ada)
    assert mail_of(bo)["Subject"].startswith("CORRECTION: ")
    assert "*Friday*" in text_of(bo)


@pytest.mark.slow
def test_a_dry_run_shows_was_and_is_and_changes_nothing(sent: Desk, server: ScriptedServer) -> None:
    before = sent.run("report", "lamps", "--json").json
    done = sent.run(*CORRECT, "--dry-run", "--json")
    (change,) = done.json["around"]["changes"]
    assert change["was"].startswith("The Lantern Museum opens its cellar on Friday.")
    assert change["now"].startswith("The Lantern Museum opens its cellar on Saturday.")
    assert done.json["to_send"] == 5
    assert sent.run("report", "lamps", "--json").json == before
    assert times_taken(server) == dict.fromkeys(FIVE, 1)


@pytest.mark.slow
def test_why_says_which_text_somebody_has(sent: Desk) -> None:
    sent.run(*CORRECT, "--minor", "--yes")
    assert "Has         edition 1 of 2 of lamps" in sent.run("why", FIVE[0]).out
    sent.run(*CORRECT, "--yes")
    result = sent.run("why", FIVE[0], "--json").json
    assert result["editions"] == [{"release": "lamps", "edition": 2, "newest": 2}]


@pytest.mark.slow
def test_what_breaks_between_the_new_text_and_the_correction_is_made_good_by_the_same_command(
    sent: Desk, server: ScriptedServer
) -> None:
    stop = (
        "CREATE TRIGGER stop BEFORE INSERT ON mailing WHEN NEW.kind = 'correction' BEGIN SELECT RAISE(FAIL, 'off'); END"
    )
    in_the_ledger(sent, stop)
    assert sent.run(*CORRECT, "--yes").code != 0
    in_the_ledger(sent, "DROP TRIGGER stop")
    assert times_taken(server) == dict.fromkeys(FIVE, 1)
    sent.people("science", ["new@n.example.com"])
    assert sent.run("send", "lamps", "--to", "science", "--yes").code == 0  # has the new text, no correction
    assert sent.run(*CORRECT, "--yes").code == 0
    assert times_taken(server) == dict.fromkeys(FIVE, 2) | {"new@n.example.com": 1}
    assert days(server, "new@n.example.com") == ["Saturday"]


@pytest.mark.slow
@pytest.mark.parametrize("sent_before", [-1, 0, 1, 7, 19])
def test_killed_while_it_sends_the_same_command_goes_on_and_nobody_gets_it_twice(
    desk: Desk, server: ScriptedServer, sent_before: int
) -> None:
    people = desk.people("coast", 20)
    desk.settings(server, connections=1)
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    desk.release(body=SATURDAY)
    begun = len(server.accepted)
    server.answer = lambda moment: Act(delay_s=0.05) if moment.stage == "rcpt" else None
    process = desk.start(*CORRECT, "--yes")
    # -1: as soon as the new text is in the ledger, 0: once the correction is planned
    rows = {-1: "edition WHERE number = 2", 0: "mailing WHERE kind = 'correction' AND state = 'sending'"}
    begins = f"SELECT count(*) FROM {rows.get(sent_before, 'mailing')}"  # noqa: S608 - our own words
    wait_until(lambda: bool(in_the_ledger(desk, begins)[0][0]) or process.poll() is not None)
    wait_until(lambda: len(server.accepted) >= begun + sent_before or process.poll() is not None)
    process.kill()
    process.wait()
    server.answer = lambda _: None
    done = desk.run(*CORRECT, "--yes")
    assert done.code in {0, 1}, done.said  # 1: the delivery on the wire is in doubt, and is not sent again
    states = Counter(desk.states("lamps/correction-1").values())
    times = times_taken(server)
    assert set(times) == set(people)
    assert max(times.values()) <= 2
    assert states["accepted"] + states["in_doubt"] == 20
    assert states["in_doubt"] <= 1
    assert sum(times.values()) >= 40 - states["in_doubt"]


@pytest.mark.slow
def test_under_embargo_the_correction_says_so_and_after_it_does_not(desk: Desk, server: ScriptedServer) -> None:
    soon = datetime.now(UTC) + timedelta(days=2)
    label = f"Press release\nembargo: {soon:%Y-%m-%d %H:%M} UTC"
    desk.write("lists/coast.csv", "email,embargo_agreed\nada@a.example.com,yes\nbo@b.example.com,no\n")
    desk.release(label=label)
    assert desk.run("send", "lamps", "--to", "coast", "--under-embargo", "--yes").code == 0
    desk.release(body=SATURDAY, label=label)
    done = desk.run(*CORRECT, "--yes", "--json")
    assert (done.code, done.json["accepted"]) == (0, 1), done.said
    first, second = server.accepted_for("ada@a.example.com")
    assert "EMBARGOED UNTIL" in text_of(first)
    assert "EMBARGOED UNTIL" in text_of(second)
    # the same file after that time: the line need not be removed before a mistake can be corrected
    over = datetime.now(UTC) - timedelta(hours=1)
    desk.release(body=SUNDAY, label=f"Press release\nembargo: {over:%Y-%m-%d %H:%M} UTC")
    assert desk.run(*CORRECT, "--yes").code == 0
    last = server.accepted_for("ada@a.example.com")[-1]
    assert "EMBARGO" not in text_of(last) + str(mail_of(last)["Subject"])


@pytest.mark.slow
def test_a_worker_goes_on_with_a_correction_that_was_broken_off(sent: Desk, server: ScriptedServer) -> None:
    sent.write(
        "mailer.toml",
        (sent.root / "mailer.toml").read_text().replace("delays_s = [0.1]", "delays_s = [900]\nstay_s = 0"),
    )
    server.recipients = {FIVE[0]: [Act("451 4.7.1 later")]}
    assert sent.run(*CORRECT, "--yes").code == 1
    in_the_ledger(sent, "UPDATE delivery SET next_attempt_at = '2020-01-01 00:00:00.000000' WHERE state = 'deferred'")
    sent.release(body=SUNDAY)  # the approved text is sent, whatever the file says now
    sent.run("worker", "--once")
    assert days(server, FIVE[0]) == ["Friday", "Saturday"]
    assert (
        mail_of(server.accepted_for(FIVE[0])[1])["In-Reply-To"]
        == mail_of(server.accepted_for(FIVE[0])[0])["Message-ID"]
    )


@pytest.mark.slow
def test_a_mailing_that_was_cancelled_half_way_is_corrected_for_those_who_have_it(
    desk: Desk, server: ScriptedServer
) -> None:
    toml = (desk.root / "mailer.toml").read_text().replace("delays_s = [0.1]", "delays_s = [900]\nstay_s = 0")
    desk.write("mailer.toml", toml)
    server.recipients = {FIVE[4]: [Act("451 4.7.1 later")]}
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 1
    server.recipients = {}
    assert desk.run("cancel", "lamps", "--yes").code == 0
    desk.release(body=SATURDAY)
    done = desk.run(*CORRECT, "--yes", "--json")
    assert (done.code, done.json["accepted"]) == (0, 4), done.said
    assert times_taken(server) == dict.fromkeys(FIVE[:4], 2)
    assert desk.run("report", "lamps", "--json").json["state"] == "cancelled"


def test_while_the_release_is_being_sent_it_is_paused_first(sent: Desk, server: ScriptedServer) -> None:
    in_the_ledger(sent, f"UPDATE delivery SET state = 'claimed' WHERE address = '{FIVE[0]}'")  # noqa: S608 - our own words
    done = sent.run(*CORRECT, "--yes")
    assert done.code == 2
    assert "mailer pause lamps" in done.err
    assert times_taken(server) == dict.fromkeys(FIVE, 1)
