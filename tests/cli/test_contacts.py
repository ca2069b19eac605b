"""`mailer contacts forget` and `export`: a person is erased from every file and stays suppressed, or is exported."""

from __future__ import annotations

import json
import signal
import stat
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from mailer.ledger import open_ledger
from mailer.ledger.tables import metadata
from mailer.preview.server import compose_dsn, compose_optout
from tests.office import Desk, come_in, in_the_ledger, interrupt, put_into_maildir, times_taken, wait_until
from tests.returned import out_of_office
from tests.servers import Act, ScriptedServer

EVA, LOCAL = "eva.quillfeather@daily.example.com", b"quillfeather"
BO, CY = "bo@b.example.com", "cy@c.example.com"
NOW = datetime.now(UTC) + timedelta(hours=12)  # a report must not be older than the mail, whenever its test runs
COAST = f"""\
Name;E-Mail;Assistant;Source;Notes\r
Eva Quillfeather;{EVA};;masthead page;prefers the phone\r
Bo Brook;{BO};Eva <{EVA.upper()}>;;\r
Cy Dale;{CY};;;Grüße\r
"""
TOWN = f"email,outlet\n{CY},Evening\n{EVA},Daily\n"


@pytest.fixture
def office(desk: Desk, server: ScriptedServer) -> Desk:
    """Return an office with two lists that have Eva, one of them in cp1252."""
    for old in (desk.root / "lists").iterdir():
        old.unlink()
    (desk.root / "lists" / "coast.csv").write_bytes(COAST.encode("cp1252"))
    desk.write("lists/town.csv", TOWN)
    desk.settings(server)
    return desk


def send(desk: Desk, *slugs: str) -> None:
    for slug in slugs:
        desk.release(
            slug, headline=f"Lamps of {slug} for the old town", body=f"The {slug} lamps are lit, and stay lit."
        )
        done = desk.run("send", slug, "--to", "coast", "--to", "town", "--yes")
        assert done.code == 0, done.said


def collect_returned_mail(desk: Desk, server: ScriptedServer) -> None:
    """Collect a bounce with the whole mail, an out-of-office, an opt-out, and a stranger's report about Eva."""
    sent = server.accepted_for(EVA)
    answer = (552, f"5.2.2 <{EVA}> mailbox full")
    bounce = compose_dsn(sent[0].mail_from, EVA, sent[0].data, answer=answer, now=NOW)
    message_id = next(line[12:] for line in sent[1].data.decode().splitlines() if line.startswith("Message-ID: "))
    away = out_of_office(f"Eva <{EVA}>", message_id)
    stranger = bounce.replace(b"bounces+", b"others+").replace(b"@example.org", b"@example.net")
    optout = compose_optout(EVA, sent[2].data, now=NOW)
    assert optout is not None
    put_into_maildir(desk.root / "returned", [bounce, away, optout, stranger])
    done = desk.run("bounces", "collect", "--json")
    assert done.code == 0, done.said


def files_with(root: Path, word: bytes) -> list[str]:
    """Grep every file, by name and content, in UTF-8 and UTF-16."""
    wide = word.decode().encode("utf-16-le")
    return [
        path.relative_to(root).as_posix()
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and any(each in path.read_bytes().lower() + path.name.lower().encode() for each in (word, wide))
    ]


@pytest.mark.slow
def test_nothing_of_a_person_is_left_after_three_mailings_bounces_and_an_opt_out(
    office: Desk, server: ScriptedServer
) -> None:
    send(office, "lamps", "seals", "boats")
    assert office.run("preview", "lamps", "--to", "coast", "--as", EVA).code == 0
    assert office.run("test", "lamps", "--to", "coast", "--as", EVA).code == 0
    collect_returned_mail(office, server)
    for old in (office.root / "returned" / "new").iterdir():
        old.unlink()  # the mailbox is not ours: its owner cleans it up
    (office.root / ".mailer" / "undo" / "20260301T0900-coast.csv").parent.mkdir(exist_ok=True)
    (office.root / ".mailer" / "undo" / "20260301T0900-coast.csv").write_bytes(COAST.encode("utf-16"))
    before = {slug: office.report(slug) for slug in ("lamps", "seals", "boats")}
    assert len(files_with(office.root, LOCAL)) > 5

    done = office.run("contacts", "forget", EVA, "--reason", "asked by letter", "--yes", "--json")

    assert (done.code, done.json["complete"], done.json["still_in"]) == (0, True, []), done.said
    assert files_with(office.root, LOCAL) == []
    assert (office.root / "lists" / "town.csv").read_text() == f"email,outlet\n{CY},Evening\n"
    assert (office.root / "lists" / "coast.csv").read_bytes() == (
        f"Name;E-Mail;Assistant;Source;Notes\r\nBo Brook;{BO};Eva;;\r\nCy Dale;{CY};;;Grüße\r\n".encode("cp1252")
    )
    for slug, was in before.items():
        report = office.report(slug)  # its figures balance
        assert {state: report[state] for state in ("accepted", "planned", "auto_replied", "opted_out", "bounced")} == {
            state: was[state] for state in ("accepted", "planned", "auto_replied", "opted_out", "bounced")
        }
        assert EVA not in {each["address"] for each in report["deliveries"]}
    assert "(forgotten)" in office.run("optouts", "list").said
    assert "(forgotten)" in office.run("report", "lamps", "--csv").out


@pytest.mark.slow
def test_a_longer_address_that_contains_it_is_somebody_else(office: Desk) -> None:
    office.write("lists/town.csv", f"email,outlet\n{EVA},Daily\nnada.{EVA},Nightly\n")
    for address in (EVA, f"nada.{EVA}"):
        assert office.run("optouts", "add", address).code == 0
    done = office.run("contacts", "forget", EVA, "--yes", "--json")
    assert (done.code, done.json["complete"], done.json["still_in"]) == (0, True, []), done.said
    assert (office.root / "lists" / "town.csv").read_text() == f"email,outlet\nnada.{EVA},Nightly\n"
    assert f"nada.{EVA}" in office.run("optouts", "list").said


@pytest.mark.slow
def test_a_new_import_of_the_old_spreadsheet_is_still_blocked(office: Desk, server: ScriptedServer) -> None:
    send(office, "lamps")
    assert office.run("contacts", "forget", EVA, "--yes").code == 0
    office.write("lists/again.csv", f"email\n{EVA}\n{EVA.upper()}\n")
    office.release("seals", headline="Seals come back to the harbour", body="The seals are back, all nine of them.")
    done = office.run("send", "seals", "--to", "again", "--yes", "--json")
    assert done.json["skipped_reasons"] == {"do_not_contact": 1}
    assert times_taken(server)[EVA] == 1
    # and a skipped row must not bring their name back
    assert files_with(office.root, LOCAL) == ["lists/again.csv"]
    assert office.states("seals") == {"": "skipped"}
    office.run("optouts", "add", CY)
    assert office.run("send", "seals", "--to", "town", "--yes").code == 1  # nobody got it
    assert office.states("seals")[CY] == "skipped"


@pytest.mark.slow
def test_what_is_still_to_come_is_cancelled_and_the_mailing_goes_on_without_them(
    office: Desk, server: ScriptedServer
) -> None:
    office.release("lamps")
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d %H:%M} UTC"
    done = office.run("send", "lamps", "--to", "coast", "--at", tomorrow, "--yes")
    assert done.code == 0, done.said
    done = office.run("contacts", "forget", EVA, "--yes", "--json")
    assert (done.code, done.json["cancelled_in"]) == (0, ["lamps/release-1"])
    come_in(office, -1)
    assert office.run("worker", "--once").code in {0, 1}
    report = office.report("lamps")
    assert (report["accepted"], report["cancelled"], report["planned"]) == (2, 1, 3)
    assert EVA not in times_taken(server)


@pytest.mark.slow
def test_a_mailing_that_waits_in_doubt_or_deferred_goes_on_without_them(office: Desk, server: ScriptedServer) -> None:
    server.recipients = {EVA: [Act("450 4.2.0 later")] * 9}
    office.settings(server, more="")
    office.release("lamps")
    toml = (office.root / "mailer.toml").read_text().replace("delays_s = [0.1]", "delays_s = [900]\nstay_s = 0")
    office.write("mailer.toml", toml)
    assert office.run("send", "lamps", "--to", "coast", "--yes").code == 1
    assert office.run("contacts", "forget", EVA, "--yes").code == 0
    server.recipients = {}
    assert office.run("resume", "lamps").code in {0, 1}
    report = office.report("lamps")
    assert (report["accepted"], report["cancelled"], report["deferred"]) == (2, 1, 0)
    assert EVA not in times_taken(server)


@pytest.mark.slow
def test_somebody_in_doubt_who_is_forgotten_stays_in_doubt(office: Desk, server: ScriptedServer) -> None:
    server.at = {"body": Act(drop="before")}
    office.settings(server, connections=1)
    office.release("lamps")
    office.write("lists/eva.csv", f"email\n{EVA}\n")
    assert office.run("send", "lamps", "--to", "eva", "--yes").code == 1
    assert office.states() == {EVA: "in_doubt"}
    server.at = {}
    assert office.run("contacts", "forget", EVA, "--yes").code == 0
    office.run("resume", "lamps", "--retry-in-doubt")
    assert office.states() == {"": "in_doubt"}
    for again in (("reconcile", "lamps", "--not-sent", EVA), ("resume", "lamps", "--retry-in-doubt", "--only", EVA)):
        done = office.run(*again)
        assert done.code == 2, done.said
        assert "nothing was changed" in done.err
    assert office.states() == {"": "in_doubt"}
    assert EVA not in times_taken(server)
    assert office.run("reconcile", "lamps", "--accepted", EVA).code == 0
    assert office.states() == {"": "accepted"}


@pytest.mark.slow
def test_nobody_is_forgotten_while_mail_goes_out(office: Desk, server: ScriptedServer) -> None:
    server.recipients = {CY: Act(silent=True)}
    office.release("lamps")
    process = office.start("send", "lamps", "--to", "coast", "--yes")
    wait_until(lambda: bool(server.accepted))
    done = office.run("contacts", "forget", EVA, "--yes", "--json")
    interrupt(process, signal.SIGKILL)
    process.wait()
    assert done.code == 2
    assert "lamps/release-1 is being sent right now" in done.said
    assert EVA in (office.root / "lists" / "coast.csv").read_text("cp1252")
    # a process that died blocks nobody
    assert office.run("contacts", "forget", EVA, "--yes").code == 0


@pytest.mark.slow
def test_a_file_of_the_staffs_own_is_told_and_left_alone(office: Desk) -> None:
    mine = office.write("releases/quote.md", f"Contact: {EVA}\n")
    done = office.run("contacts", "forget", EVA, "--yes", "--json")
    assert (done.code, done.json["still_in"]) == (0, ["releases/quote.md"])
    assert EVA in mine.read_text()
    assert "releases/quote.md still has the address" in office.run("contacts", "forget", EVA, "--yes").said


def test_a_dry_run_and_a_question_change_nothing(office: Desk) -> None:
    before = office.files()
    done = office.run("contacts", "forget", EVA, "--dry-run", "--json")
    assert (done.code, done.json["dry_run"]) == (0, True)
    assert [(each["list"], each["line"], each["is_own"]) for each in done.json["lists"]] == [
        ("lists/coast.csv", 2, True),
        ("lists/coast.csv", 3, False),
        ("lists/town.csv", 3, True),
    ]
    refused = office.run("contacts", "forget", EVA)
    assert refused.code == 2
    assert "--yes" in refused.said
    assert office.files() == before


def test_what_goes_with_a_copy_for_undo_is_not_told_as_staying(office: Desk) -> None:
    assert office.run("lists", "update", EVA, "--set", "outlet=Elsewhere", "--yes").code == 0
    done = office.run("contacts", "forget", EVA, "--dry-run")
    assert ".mailer/undo/000001" in done.out
    assert "has the address" not in done.out


def test_undo_brings_nobody_back(office: Desk) -> None:
    assert office.run("lists", "add", "coast", "new@n.example.com", "--yes").code == 0
    assert office.run("contacts", "forget", EVA, "--yes").code == 0
    while office.run("lists", "undo", "--yes").code == 0:
        pass
    assert EVA not in (office.root / "lists" / "coast.csv").read_text("cp1252").lower()


@pytest.mark.service("postgres")
def test_a_ledger_on_postgresql_has_no_row_left_that_says_who_it_was(
    office: Desk, server: ScriptedServer, shared_url: str
) -> None:
    office.settings(server, more=f"[ledger]\nurl = {json.dumps(shared_url)}\n")
    send(office, "lamps", "seals", "boats")
    collect_returned_mail(office, server)
    for old in (office.root / "returned" / "new").iterdir():
        old.unlink()
    done = office.run("contacts", "forget", EVA, "--yes", "--json")
    assert (done.code, done.json["complete"], done.json["still_in"]) == (0, True, []), done.said
    ledger = open_ledger(shared_url, office.root, create=False)
    assert ledger is not None
    with ledger.reading() as connection:
        rows = [repr(row) for table in metadata.sorted_tables for row in connection.execute(select(table))]
    ledger.close()
    assert [row for row in rows if LOCAL.decode() in row.lower()] == []
    assert office.run("purge", "--yes").code == 0


def test_nobody_is_forgotten_without_an_address_or_with_one_in_the_reason(office: Desk) -> None:
    before = office.files()
    assert office.run("contacts", "forget", "eva", "--yes").code == 2
    done = office.run("contacts", "forget", EVA, "--reason", f"letter from {EVA}", "--yes")
    assert (done.code, "contains the address" in done.said) == (2, True)
    assert {name: data for name, data in office.files().items() if name.startswith("lists")} == {
        name: data for name, data in before.items() if name.startswith("lists")
    }


def test_a_workbook_that_cannot_be_written_back_is_told(office: Desk) -> None:
    data = b"email\tname\n" + EVA.encode() + b"\tEva\n"
    (office.root / "lists" / "old.xlsx").write_bytes(b"PK\x03\x04 no workbook " + data)
    done = office.run("contacts", "forget", EVA, "--yes", "--json")
    assert (done.code, done.json["complete"], done.json["still_in"]) == (1, False, ["lists/old.xlsx"])


def test_a_workbook_gives_up_a_row_and_what_imports_remember_goes_too(office: Desk) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Email", "Name"], [EVA, "Eva Quillfeather"], [BO, "Bo Brook"]):
        sheet.append(row)
    book.save(office.root / "export.xlsx")
    assert office.run("lists", "import", str(office.root / "export.xlsx"), "--as", "book", "--yes").code == 0
    (office.root / "export.xlsx").unlink()
    book.save(office.root / "lists" / "sheet.xlsx")
    remembered = {path: path.read_bytes() for path in (office.root / ".mailer" / "imports").iterdir()}
    done = office.run("contacts", "forget", EVA, "--yes", "--json")
    assert (done.code, done.json["still_in"]) == (0, []), done.said
    found = office.run("lists", "check", "sheet", "--json").json
    assert [each["email"] for each in found["recipients"]] == [BO]
    assert {path: path.read_bytes() for path in remembered} != remembered


@pytest.mark.slow
def test_a_report_that_comes_back_later_brings_nobody_back(office: Desk, server: ScriptedServer) -> None:
    send(office, "lamps", "seals", "boats")
    assert office.run("contacts", "forget", EVA, "--yes").code == 0
    collect_returned_mail(office, server)
    for old in (office.root / "returned" / "new").iterdir():
        old.unlink()
    office.write("lists/town.csv", f"email\n{CY}\n")
    kept = in_the_ledger(office, "SELECT data FROM inbound_raw")
    assert {zlib.decompress(data) for (data,) in kept} == {b""}
    assert office.run("contacts", "forget", EVA, "--dry-run", "--json").json["ledger"]["findings"] == 0
    assert office.report("lamps")["bounced"] == {"hard": 0, "soft": 1}


@pytest.mark.slow
def test_everything_that_is_held_of_a_person_is_told(office: Desk, server: ScriptedServer) -> None:
    send(office, "lamps", "seals", "boats")
    collect_returned_mail(office, server)
    document = office.run("contacts", "export", EVA, "--json").json
    assert [(each["list"], each["line"], each["is_own"]) for each in document["lists"]] == [
        ("lists/coast.csv", 2, True),
        ("lists/coast.csv", 3, False),
        ("lists/town.csv", 3, True),
    ]
    first, second, _ = document["lists"]
    assert first["cells"]["Notes"] == "prefers the phone"
    assert first["consent"] == {"source": "masthead page"}
    assert BO not in json.dumps(second)
    assert [(each["mailing"], each["state"], each["code"]) for each in document["mailings"]] == [
        ("lamps/release-1", "accepted", 250),
        ("seals/release-1", "accepted", 250),
        ("boats/release-1", "accepted", 250),
    ]
    assert {each["kind"] for each in document["came_back"]} == {"bounce-soft", "autoreply", "optout"}
    assert [each["reason"] for each in document["suppressions"]] == ["opted_out"]
    assert any("mailbox full" in (each["source"] or "") for each in document["kept_mail"])
    assert "notes" in document["warning"]


def test_an_export_is_a_page_and_a_document_that_only_its_owner_reads(office: Desk, tmp_path: Path) -> None:
    office.write("lists/more.csv", f"email,name\n{EVA},<script>Eva</script>\n")
    done = office.run("contacts", "export", EVA, "-o", str(tmp_path / "out"))
    assert done.code == 0, done.said
    made = sorted((tmp_path / "out").iterdir())
    assert [path.suffix for path in made] == [".html", ".json"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}
    page = made[0].read_text("utf-8")
    assert "prefers the phone" in page
    assert "&lt;script&gt;Eva" in page
    assert json.loads(made[1].read_text("utf-8"))["email"] == EVA
    text = office.run("contacts", "export", EVA)
    assert "prefers the phone" in text.out
    assert "notes" in text.err
    assert office.run("contacts", "export", EVA, "-o", str(tmp_path / "x.doc")).code == 2


def test_of_a_stranger_nothing_is_held(office: Desk) -> None:
    done = office.run("contacts", "export", "nobody@example.com")
    assert (done.code, "No data is held about nobody@example.com" in done.said) == (0, True)
