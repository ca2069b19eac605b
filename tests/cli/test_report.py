"""`mailer status` and `mailer report`: what happened to each recipient, for people, programs and spreadsheets."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime

import pytest

from tests.office import STATES, Desk, in_the_ledger
from tests.servers import Act, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
KEYS = {
    *("mailing", "release", "kind", "state", "planned", *STATES, "left_out", "skipped_reasons", "bounced"),
    *("complained", "opted_out", "auto_replied", "started_at", "finished_at", "relay", "bytes"),
}
DELIVERY_KEYS = {
    *("address", "state", "reason", "code", "enhanced", "text", "message_id", "relay", "attempts", "attempted_at"),
    *("finished_at", "next_attempt_at", "list", "row"),
}


@pytest.fixture
def mixed(desk: Desk, server: ScriptedServer) -> Desk:
    """A mailing with every outcome that one day can bring."""
    desk.run("optouts", "add", "di@d.example.com")
    server.recipients = {
        "bo@b.example.com": Act("550 5.1.1 =HYPERLINK(user unknown)"),
        "cy@c.example.com": [Act("450 4.2.0 greylisted"), Act()],
    }
    assert desk.run(*SEND).code == 1
    return desk


@pytest.mark.slow
def test_status_and_report_give_every_figure_that_programs_rely_on(mixed: Desk, server: ScriptedServer) -> None:
    report = mixed.run("report", "lamps", "--json").json
    assert set(report) >= KEYS
    assert "deliveries" not in report
    assert mixed.run("status", "lamps", "--json").json == report
    overdue = report.pop("overdue")
    assert report.pop("alarms") == []
    assert mixed.run("status", "--json").json == {"mailings": [report], "overdue": overdue}
    assert (report["mailing"], report["release"], report["kind"]) == ("lamps", "lamps", "release")
    assert (report["planned"], report["accepted"], report["rejected"], report["skipped"]) == (5, 3, 1, 1)
    assert (report["state"], report["relay"]) == ("finished", "main")
    assert report["skipped_reasons"] == {"opted_out": 1}
    assert set(report["bounced"]) == {"hard", "soft"}
    assert report["bytes"] == sum(len(message.data) for message in server.accepted)
    assert report["started_at"] <= report["finished_at"]
    assert report["started_at"].endswith("+00:00")


def test_the_times_of_the_wire_have_their_milliseconds(mixed: Desk) -> None:
    report = mixed.report()
    times = [report["started_at"], report["finished_at"], *(each["finished_at"] for each in report["deliveries"])]
    assert all(re.search(r":\d\d\.\d{3}\+00:00$", each) for each in times if each)
    assert report["started_at"] < report["finished_at"]  # within one second, but different


def test_the_report_of_a_scheduled_mailing_has_its_moment_and_no_empty_time(desk: Desk) -> None:
    at = f"{datetime.now(UTC).year + 1}-01-20 09:00 UTC"
    assert desk.run(*SEND, "--at", at).code == 0
    first = desk.run("report", "lamps").out.splitlines()[2]
    assert first == f"  lamps · scheduled at {at} · by relay main"


def test_the_report_of_a_mailing_that_never_began_has_no_empty_time(desk: Desk) -> None:
    assert desk.run(*SEND, "--at", f"{datetime.now(UTC).year + 1}-01-20 09:00 UTC").code == 0
    assert desk.run("cancel", "lamps", "--yes").code == 0
    assert desk.run("report", "lamps").out.splitlines()[2] == "  lamps · cancelled · by relay main"


def test_who_is_in_the_mailing_is_not_told_as_left_out_of_it(desk: Desk, server: ScriptedServer) -> None:
    server.recipients = {"bo@b.example.com": [Act("450 4.2.0 Later"), Act()]}
    toml = (desk.root / "mailer.toml").read_text("utf-8")
    desk.write("mailer.toml", toml.replace("delays_s = [0.1]", "delays_s = [3600]\nstay_s = 0"))
    assert desk.run(*SEND).code == 1
    desk.people("science", ["ada@a.example.com", "flo@f.example.com"])
    assert desk.run("send", "lamps", "--to", "science", "--yes").code == 1
    done = desk.run("report", "lamps")
    assert "6 planned" in done.out
    assert "in this mailing already" not in done.out


@pytest.mark.slow
def test_every_delivery_is_told_with_the_servers_words(mixed: Desk) -> None:
    found = {each["address"]: each for each in mixed.report()["deliveries"]}
    assert all(set(each) >= DELIVERY_KEYS for each in found.values())
    refused, put_off, skipped = (found[f"{name}@{name[0]}.example.com"] for name in ("bo", "cy", "di"))
    assert (refused["state"], refused["code"], refused["enhanced"]) == ("rejected", 550, "5.1.1")
    assert refused["text"] == "550 5.1.1 =HYPERLINK(user unknown)"
    assert (put_off["state"], put_off["attempts"]) == ("accepted", 2)
    assert (skipped["state"], skipped["reason"], skipped["attempts"]) == ("skipped", "opted_out", 0)
    assert (skipped["attempted_at"], skipped["code"]) == (None, None)
    assert (refused["list"], refused["row"]) == ("coast.csv", 2)


def test_the_spreadsheet_has_a_row_for_everybody_and_computes_nothing(desk: Desk, server: ScriptedServer) -> None:
    addresses = ["=sum@a.example.com", "+plus@b.example.com", "-minus@c.example.com", "plain@d.example.com"]
    desk.people("coast", addresses)
    server.recipients = {"plain@d.example.com": Act("550 5.7.1 no")}
    desk.run(*SEND)
    done = desk.run("report", "--csv")
    rows = list(csv.DictReader(io.StringIO(done.out, newline="")))
    assert set(rows[0]) >= DELIVERY_KEYS
    assert [row["address"] for row in rows] == [f"'{each}" for each in addresses[:3]] + addresses[3:]
    assert [row["state"] for row in rows] == ["accepted"] * 3 + ["rejected"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    assert done.err == ""


def test_people_see_figures_bars_and_reasons_and_nothing_claims_delivery(mixed: Desk) -> None:
    done = mixed.run("report")
    assert (done.code, done.err) == (0, "")
    for words in ("accepted by the relay", "█", "rejected", "the address does not exist", "opted out", "finished"):
        assert words in done.out
    assert "delivered" not in done.out.lower()
    assert "not that anybody read it" in done.out
    everybody = mixed.run("report", "--deliveries").out
    assert all(f"{name}@{name[0]}.example.com" in everybody for name in ("ada", "bo", "cy", "di", "ed"))
    assert "\x1b" not in everybody


def test_a_mailing_that_has_finished_keeps_what_it_counts(desk: Desk) -> None:
    desk.people("coast", 3)
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    in_the_ledger(desk, "UPDATE delivery SET size = 1")
    (shown,) = desk.run("status", "--json").json["mailings"]
    assert (shown["accepted"], shown["bytes"] > 3) == (3, True)


@pytest.mark.slow
def test_status_lists_all_mailings_the_newest_first(mixed: Desk) -> None:
    mixed.run("test", "lamps", "--to", "coast")
    lines = mixed.run("status").out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["lamps/test-1", "lamps"]
    assert [each["mailing"] for each in mixed.run("status", "--json").json["mailings"]] == ["lamps/test-1", "lamps"]


@pytest.mark.slow
def test_a_report_without_a_name_is_of_the_newest_real_mailing(mixed: Desk) -> None:
    mixed.release("wicks", headline="Wicks, and where they came from", body="A second text about wicks.\n")
    mixed.run("send", "wicks", "--to", "coast", "--yes")
    mixed.run("test", "lamps", "--to", "coast")
    assert mixed.run("report", "--json").json["mailing"] == "wicks"
    assert mixed.run("report", "lamps/test-1", "--json").json["kind"] == "test"


def test_a_mailing_that_nobody_knows_names_the_nearest(mixed: Desk) -> None:
    done = mixed.run("report", "lampz")
    assert done.code == 2
    assert 'did you mean "lamps"' in done.err
    assert mixed.run("report", "lamps/release-9").code == 2


@pytest.mark.parametrize("words", [("report",), ("status",), ("status", "--json"), ("report", "--json")])
def test_reading_commands_leave_nothing_behind(desk: Desk, words: tuple[str, ...]) -> None:
    before = desk.files()
    desk.run(*words)
    assert desk.files() == before
    assert not (desk.root / ".mailer").exists()


def test_reading_commands_succeed_whatever_became_of_the_mailing(mixed: Desk) -> None:
    assert [mixed.run(*words).code for words in (("report",), ("status",), ("status", "lamps"))] == [0, 0, 0]


@pytest.mark.slow
def test_books_that_do_not_balance_are_not_printed(mixed: Desk) -> None:
    import sqlite3

    with sqlite3.connect(mixed.root / ".mailer" / "ledger.db") as database:
        database.execute("UPDATE mailing SET planned = planned + 1")
    database.close()
    done = mixed.run("report")
    assert (done.code, done.out) == (3, "")
    assert "do not balance" in done.err


@pytest.mark.slow
def test_a_report_cut_off_by_its_reader_is_no_fault(mixed: Desk) -> None:
    import subprocess
    import sys

    command = f"{sys.executable} -m mailer --workspace {mixed.root} report --csv | head -c 20"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout == "address,state,reason"
    assert done.stderr == ""
