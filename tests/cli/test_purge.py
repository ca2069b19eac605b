"""`mailer purge`: what is past its retention date is deleted, and only on request."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailer.preview.server import compose_dsn
from tests.office import Desk, finish, in_the_ledger, interrupt, put_into_maildir, wait_until
from tests.servers import Act, ScriptedServer

ADA = "ada@a.example.com"
NOW = datetime(2026, 10, 3, 8, tzinfo=UTC)
OLD_S = 200 * 86_400


@pytest.fixture
def office(desk: Desk, server: ScriptedServer) -> Desk:
    """Return an office that sent, tested and previewed, and got a bounce, all of it 200 days ago."""
    desk.settings(server, more="[retention]\nlog_months = 6\n")
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    assert desk.run("preview", "lamps", "--to", "coast").code == 0
    sent = server.accepted_for(ADA)[0]
    bounce = compose_dsn(sent.mail_from, ADA, sent.data, answer=(552, "5.2.2 full"), now=NOW)
    put_into_maildir(desk.root / "returned", [bounce])
    assert desk.run("bounces", "collect").code == 0
    undo = desk.root / ".mailer" / "undo" / "000001"
    undo.mkdir(parents=True)
    (undo / "0-coast.csv").write_text(ADA)
    for path in (undo, *(desk.root / ".mailer" / "preview").rglob("*")):
        make_old(path)
    for table, column in (("mailing", "created_at"), ("inbound", "read_at")):
        in_the_ledger(desk, f"UPDATE {table} SET {column} = '2020-01-01 00:00:00.000000'")  # noqa: S608 - our own words
    for column in ("attempted_at", "finished_at"):
        in_the_ledger(desk, f"UPDATE delivery SET {column} = '2020-01-01 00:00:00.000000'")  # noqa: S608 - our own words
    return desk


def make_old(path: Path) -> None:
    then = path.stat().st_mtime - OLD_S
    os.utime(path, (then, then))


@pytest.mark.slow
def test_what_would_go_is_shown_and_nothing_changes(office: Desk) -> None:
    before = office.files()
    done = office.run("purge", "--dry-run", "--json")
    assert (done.code, done.json["done"]) == (0, False)
    goes = {name: each["count"] for name, each in done.json["goes"].items()}
    none = dict.fromkeys(("letters", "absences", "proposals", "notes", "plans", "plan_details", "waves"), 0)
    none["embargo_answers"] = 0
    assert goes == {**none, "raw_mails": 1, "names": 5, "answers": 0, "reports": 1, "undo_copies": 1, "previews": 4} | {
        "previews": goes["previews"]
    }
    assert goes["previews"] >= 3
    assert done.json["goes"]["raw_mails"]["oldest"].startswith("2020-01-01")
    assert office.run("purge").code == 2  # cannot ask for confirmation here
    assert office.files() == before


@pytest.mark.slow
def test_what_is_old_goes_and_the_figures_stay(office: Desk) -> None:
    was = office.report()
    done = office.run("purge", "--yes", "--json")
    assert (done.code, done.json["done"]) == (0, True), done.said
    now = office.report()
    assert {each["address"] for each in now["deliveries"]} == {""}
    assert (now["accepted"], now["bounced"], now["planned"]) == (was["accepted"], was["bounced"], was["planned"])
    assert in_the_ledger(office, "SELECT count(*) FROM inbound_raw") == [(0,)]
    assert not list((office.root / ".mailer" / "undo").iterdir())
    assert not [path for path in (office.root / ".mailer" / "preview").rglob("*") if path.is_file()]
    data = (office.root / ".mailer" / "ledger.db").read_bytes()
    assert ADA.encode() not in data
    again = office.run("purge")
    assert (again.code, "Nothing is past its retention date" in again.said) == (0, True)


@pytest.mark.slow
def test_what_mailer_toml_says_is_kept_is_kept(office: Desk, server: ScriptedServer) -> None:
    keep = "\n".join(f"{name} = 0" for name in ("raw_days", "log_months", "undo_days", "preview_days"))
    office.settings(server, more=f"[retention]\n{keep}\n")
    before = office.files()
    assert office.run("purge", "--yes").code == 0
    assert office.files().keys() == before.keys()
    office.settings(server, more="[retention]\nraw_days = -1\n")
    done = office.run("purge", "--dry-run")
    assert (done.code, "raw_days" in done.said) == (3, True)


@pytest.mark.slow
def test_contacts_to_be_looked_at_are_told_and_stay(office: Desk) -> None:
    rows = ["a@x.example.com,2020-05-01,", "b@x.example.com,2099-01-01,2020-01-31", "c@x.example.com,,2099-01-01", ""]
    listed = office.write("lists/old.csv", "\n".join(["email,last_verified_at,retention_until", *rows]))
    before = listed.read_bytes()
    document = office.run("purge", "--yes", "--json").json
    assert document["unverified"]["count"] == 2
    assert [(each["email"], each["line"], each["day"]) for each in document["unverified"]["first"]] == [
        ("a@x.example.com", 2, "2020-05-01"),
        ("c@x.example.com", 4, None),
    ]
    assert [each["email"] for each in document["past_retention"]["first"]] == ["b@x.example.com"]
    assert listed.read_bytes() == before


BY_WORKER = {"MAILER_RETENTION__BY_WORKER": "true"}


@pytest.mark.slow
def test_a_worker_purges_nothing_unless_mailer_toml_says_so(office: Desk) -> None:
    before = office.files()
    assert office.run("worker", "--once").code == 0
    assert office.files().keys() >= before.keys()
    assert in_the_ledger(office, "SELECT count(*) FROM event WHERE kind = 'purged'") == [(0,)]


@pytest.mark.slow
def test_of_two_workers_one_purges_once_a_day_and_says_what_went(office: Desk) -> None:
    done = [finish(each) for each in [office.start("worker", "--once", env=BY_WORKER) for _ in range(2)]]
    assert [each.code for each in done] == [0, 0], done
    (purged,) = (line for each in done for line in each.err.splitlines() if "purged" in line)
    assert "purged · returned mails, as they were stored: 1 · recipients of deliveries (figures stay): 5 · " in purged
    assert "copies for undo" in purged
    assert in_the_ledger(office, "SELECT count(*) FROM event WHERE kind = 'purged'") == [(1,)]
    assert ADA.encode() not in (office.root / ".mailer" / "ledger.db").read_bytes()
    assert not list((office.root / ".mailer" / "undo").iterdir())
    in_the_ledger(office, "UPDATE delivery SET address = 'ada@a.example.com' WHERE id = 1")
    assert "purge" not in office.run("worker", "--once", env=BY_WORKER).err
    in_the_ledger(office, "DELETE FROM duty")  # the next day
    assert "purged · recipients of deliveries (figures stay): 1" in office.run("worker", "--once", env=BY_WORKER).err


@pytest.mark.slow
def test_a_worker_purges_once_nothing_is_sent_any_more(office: Desk, server: ScriptedServer) -> None:
    office.release("boats", headline="Lantern Museum shows its boats", body="The boats are back.\n")
    server.at = {"body": Act(delay_s=0.5)}
    sending = office.start("send", "boats", "--to", "coast", "--yes")
    wait_until(lambda: len(server.accepted) > 5)
    worker = office.start("worker", env=BY_WORKER)
    finish(sending)
    wait_until(lambda: in_the_ledger(office, "SELECT count(*) FROM event WHERE kind = 'purged'") == [(1,)])
    interrupt(worker, signal.SIGTERM)
    assert finish(worker).err.count("purged · ") == 1
