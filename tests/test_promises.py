"""The three promises, one test a clause. What each rests on is named, and without it the test fails.

1. Nobody gets it twice, nobody is forgotten, nobody who opted out gets it: also after a kill, a power loss, a dropped
   connection, and two people who press send at once.
2. What you approved is what was sent: everything that can fail before the first socket opens, fails there.
3. Everything that comes back is understood, and each message is accounted for.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailer.cli.office import reading_office
from mailer.ledger import open_ledger
from mailer.message.compose import content_hash
from mailer.preview.server import compose_dsn, compose_optout
from mailer.runs.planning.prepare import prepare
from mailer.runs.planning.request import Request
from tests.office import BODY, TOML, Desk, finish, let_pass, mail_of, put_into_maildir, text_of, times_taken, wait_until
from tests.public.hosts import serving_here
from tests.returned import complaint, out_of_office
from tests.servers import Act, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
CY = "cy@c.example.com"
NOW = datetime(2026, 10, 3, 8, tzinfo=UTC)
FIVE = [f"{name}@{name[0]}.example.com" for name in ("ada", "bo", "cy", "di", "ed")]


def in_the_ledger(desk: Desk, question: str) -> list[tuple[str, str]]:
    """Ask the ledger's file itself, as somebody who trusts nobody."""
    database = sqlite3.connect(f"file:{desk.root / '.mailer' / 'ledger.db'}?mode=ro", uri=True)
    try:
        return database.execute(question).fetchall()
    finally:
        database.close()


# 1. Nobody twice


def test_nobody_gets_it_twice_when_the_command_is_repeated(desk: Desk, server: ScriptedServer) -> None:
    """Rests on the ledger's UNIQUE(mailing, address)."""
    for words in (SEND, SEND, ("resume", "lamps"), (*SEND, "--changed", "nothing did")):
        assert desk.run(*words).code == 0
    assert times_taken(server) == dict.fromkeys(FIVE, 1)


def test_nobody_gets_it_twice_when_they_are_on_two_lists_in_two_spellings(desk: Desk, server: ScriptedServer) -> None:
    """Rests on the key of an address, by which people are compared."""
    desk.people("science", ["Cy@C.Example.Com", " cy@c.example.com "])
    desk.run(*SEND, "--to", "science")
    desk.run("send", "lamps", "--to", "science", "--yes")
    assert times_taken(server) == dict.fromkeys(FIVE, 1)


def test_nobody_gets_it_twice_when_the_text_is_copied_to_another_file(desk: Desk, server: ScriptedServer) -> None:
    """Rests on the digests of headline and body that are kept with every mailing."""
    desk.run(*SEND)
    desk.release("lamps-final-2")
    assert desk.run("send", "lamps-final-2", "--to", "coast", "--yes").code == 2
    assert times_taken(server) == dict.fromkeys(FIVE, 1)


def test_nobody_gets_it_twice_when_the_sender_is_killed_while_a_text_is_out(desk: Desk, server: ScriptedServer) -> None:
    """Rests on `attempted`, which is in the ledger before the first byte of the text is on the wire."""
    desk.settings(server, connections=1)
    server.at = {"body": [Act(), Act(silent=True, taken=True)]}
    process = desk.start(*SEND)
    wait_until(lambda: len(server.accepted) == 2)
    process.kill()
    process.communicate()
    hit = server.accepted[1].rcpt_to[0]
    states = dict(in_the_ledger(desk, "SELECT address, state FROM delivery"))
    assert states[hit] == "attempted"
    server.at = {}
    assert desk.run(*SEND).code == 1
    assert desk.states()[hit] == "in_doubt"
    assert times_taken(server) == dict.fromkeys(FIVE, 1)


def test_nobody_gets_it_twice_when_the_power_fails(tmp_path: Path) -> None:
    """Rests on commits that wait for the disk: what is only in memory can be forgotten, and sent again."""
    ledger = open_ledger("sqlite:///.mailer/ledger.db", tmp_path)
    assert ledger is not None
    with ledger.writing() as connection:
        pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    ledger.close()
    assert pragmas == ["wal", 2]  # 2 is FULL


def test_nobody_gets_it_twice_when_the_connection_drops_after_the_text(desk: Desk, server: ScriptedServer) -> None:
    """Rests on the state `in_doubt`: neither accepted nor to be tried again."""
    server.at = {"body": [Act(drop="before", taken=True)]}
    for _ in range(3):
        assert desk.run(*SEND).code == 1
    assert times_taken(server) == dict.fromkeys(FIVE, 1)
    assert list(desk.states().values()).count("in_doubt") == 1


def test_nobody_gets_it_twice_when_two_people_press_send_at_once(desk: Desk, server: ScriptedServer) -> None:
    """Rests on claims: one conditional update gives a person to one process."""
    people = desk.people("coast", 40)
    server.at = {"body": Act(delay_s=0.02)}
    assert [finish(each).code for each in (desk.start(*SEND), desk.start(*SEND), desk.start(*SEND))] == [0, 0, 0]
    assert times_taken(server) == dict.fromkeys(people, 1)


def put_back_a_copy(desk: Desk, *, between: Callable[[], object]) -> None:
    """Copy the machine's folder, let something happen, and put the copy back, as a restored backup does."""
    kept = desk.root.parent / f"{desk.root.name}-kept"
    shutil.copytree(desk.root / ".mailer", kept)
    between()
    shutil.rmtree(desk.root / ".mailer")
    shutil.copytree(kept, desk.root / ".mailer")


def test_nobody_gets_it_twice_when_an_older_ledger_is_put_back(desk: Desk, server: ScriptedServer) -> None:
    """Rests on a counter that stands in the ledger and in the user's own folder: lower here than there is noticed."""
    desk.run("optouts", "add", "somebody@else.example.com")
    put_back_a_copy(desk, between=lambda: desk.run(*SEND))
    for words in (SEND, (*SEND, "--changed", "why"), ("resume", "lamps")):
        assert desk.run(*words).code == 3
    assert times_taken(server) == dict.fromkeys(FIVE, 1)


def test_nobody_gets_it_twice_when_the_folder_is_copied_to_another_machine(
    desk: Desk, server: ScriptedServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Rests on the same counter: a ledger that has sent, and that this machine has never seen, is not sent from."""
    there = {"XDG_STATE_HOME": str(tmp_path_factory.mktemp("another"))}
    desk.people("one", FIVE[:1])
    desk.run("send", "lamps", "--to", "one", "--yes")
    copied = Desk(desk.root.parent / f"{desk.root.name}-copied")
    shutil.copytree(desk.root, copied.root)
    assert desk.run(*SEND).code == 0
    assert copied.run(*SEND, env=there).code == 3
    assert times_taken(server) == dict.fromkeys(FIVE, 1)


def test_nobody_gets_it_twice_because_a_ledger_was_synced_or_shared(desk: Desk, server: ScriptedServer) -> None:
    """Rests on looking where the ledger would lie, before it is made or opened for writing."""
    shutil.copytree(desk.root, desk.root / "Dropbox" / "office", ignore=shutil.ignore_patterns("Dropbox"))
    refused = Desk(desk.root / "Dropbox" / "office").run(*SEND)
    assert (refused.code, server.connections) == (3, 0)


# 1. Nobody forgotten


def test_nobody_is_forgotten_when_connections_break_and_addresses_are_put_off(
    desk: Desk, server: ScriptedServer
) -> None:
    """Rests on returning to pending whoever no text was written to, and on trying again who was put off."""
    server.at = {"rcpt": [Act(drop="before"), Act("421 4.3.2 closing", drop="after"), Act("450 4.2.0 later")]}
    assert desk.run(*SEND).code == 0
    assert times_taken(server) == dict.fromkeys(FIVE, 1)


def test_nobody_is_forgotten_when_the_sender_is_killed(desk: Desk, server: ScriptedServer) -> None:
    """Rests on leases: what a dead process held is free again."""
    gate = threading.Event()  # which nobody opens
    server.at = {"rcpt": [Act(), *[Act(until=gate)] * 2]}
    process = desk.start(*SEND)
    wait_until(lambda: sum(line.startswith("RCPT") for line in server.commands) >= 3)
    wait_until(lambda: "attempted" not in desk.states().values())  # the first one's outcome is written
    process.kill()
    process.communicate()
    server.at = {}
    assert desk.run(*SEND).code == 0
    assert times_taken(server) == dict.fromkeys(FIVE, 1)


def test_nobody_is_forgotten_when_the_relay_stops_us(desk: Desk, server: ScriptedServer) -> None:
    """Rests on the scope of a refusal: what is about us is nobody else's outcome."""
    server.at = {"mail": Act("550 5.7.1 your account is blocked")}
    assert desk.run(*SEND).code == 4
    assert desk.states() == dict.fromkeys(FIVE, "pending")
    server.at = {}
    assert desk.run(*SEND).code == 0
    assert times_taken(server) == dict.fromkeys(FIVE, 1)


def test_nobody_is_forgotten_in_the_report(desk: Desk, server: ScriptedServer) -> None:
    """Rests on the balance of the books: planned is the sum over all states, or nothing is printed."""
    desk.write("lists/more.csv", "email\nflo@f.example.com\nnobody\nFLO@f.example.com\n\nada@a.example.com\n")
    desk.run("optouts", "add", CY)
    server.recipients = {"bo@b.example.com": Act("550 5.1.1 no such user")}
    desk.run(*SEND, "--to", "more")
    report = desk.report()
    assert (report["planned"], report["accepted"], report["rejected"], report["skipped"]) == (6, 4, 1, 1)
    assert (report["left_out"]["invalid"], report["left_out"]["duplicate"]) == (1, 2)


# 1. Nobody who opted out


@pytest.mark.parametrize("how", ["by hand", "by link", "by mail", "by complaint"])
def test_nobody_who_opted_out_gets_it_however_they_said_so(desk: Desk, server: ScriptedServer, how: str) -> None:
    """Rests on suppressions, keyed by the address and asked when planning."""
    desk.run(*SEND)
    mail = next(message for message in server.accepted if message.rcpt_to == (CY,))
    if how == "by hand":
        desk.run("optouts", "add", CY)
    elif how == "by link":
        desk.run("optouts", "add", "--token", str(mail_of(mail)["List-Unsubscribe"]).partition(">")[0])
    else:
        letter = (
            complaint(mail.mail_from, mail.data) if how == "by complaint" else compose_optout(CY, mail.data, now=NOW)
        )
        put_into_maildir(desk.root / "returned", [letter or b""])
        desk.run("bounces", "collect")
    desk.release("wicks", headline="Wicks, and where they came from", body="A second text about wicks.\n")
    desk.people("all", [*FIVE[:2], "CY@C.example.com"])
    second = desk.run("send", "wicks", "--to", "all", "--yes", "--json")
    assert (second.json["accepted"], second.json["skipped"]) == (2, 1)
    assert times_taken(server)[CY] == 1


def test_nobody_who_opts_out_while_a_mailing_runs_gets_it(desk: Desk, server: ScriptedServer) -> None:
    """Rests on asking again in the very update that allows the text: a plan is older than a no."""
    desk.settings(server, connections=1)
    gate = threading.Event()
    server.at = {"data": [Act(), Act(until=gate)]}
    process = desk.start(*SEND)
    wait_until(lambda: server.commands.count("DATA") == 2)
    on_the_wire = next(line for line in reversed(server.commands) if line.startswith("RCPT"))
    address = on_the_wire.partition("<")[2].partition(">")[0]
    desk.run("optouts", "add", address)
    gate.set()
    assert finish(process).code == 0
    assert times_taken(server) == dict.fromkeys((each for each in FIVE if each != address), 1)
    assert desk.states()[address] == "skipped"


@pytest.mark.parametrize("left", ["", "1 " + "5a" * 32])
def test_nobody_who_opted_out_gets_it_because_the_keys_were_lost(desk: Desk, server: ScriptedServer, left: str) -> None:
    """Rests on the ledger's check value of its keys: with others nobody's opt-out could be found."""
    desk.run("optouts", "add", CY)
    keys = desk.root / ".mailer" / "keys"
    keys.write_text(left, "ascii")
    if not left:
        keys.unlink()
    assert desk.run(*SEND).code == 3
    assert server.connections == 0


def test_nobody_who_opted_out_gets_it_because_an_older_ledger_was_put_back(desk: Desk, server: ScriptedServer) -> None:
    """Rests on the counter, which also rises with what was only heard and kept."""
    desk.run(*SEND)
    put_back_a_copy(desk, between=lambda: desk.run("optouts", "add", CY))
    desk.release("wicks", headline="Wicks, and where they came from", body="A second text about wicks.\n")
    assert desk.run("send", "wicks", "--to", "coast", "--yes").code == 3
    assert times_taken(server) == dict.fromkeys(FIVE, 1)


# 2. What was approved


def a_release_with_a_slip(desk: Desk) -> None:
    desk.write("releases/lamps.md", f"---\nheadlnie: Lamps\n---\n\n{BODY}")


def a_list_without_addresses(desk: Desk) -> None:
    desk.write("lists/coast.csv", "name,telephone\nAda,123\n")


def a_template_with_a_slip(desk: Desk) -> None:
    desk.run("init", str(desk.root))
    template = desk.root / "templates" / "release" / "email.html"
    template.write_text(template.read_text("utf-8") + "{{ contact.outlett }}", "utf-8")


def a_template_that_fails_for_the_last_person_alone(desk: Desk) -> None:
    desk.run("init", str(desk.root))
    template = desk.root / "templates" / "release" / "email.txt"
    slip = "{% if contact.email == 'ed@e.example.com' %}{{ contact.outlett }}{% endif %}"
    template.write_text(template.read_text("utf-8") + slip, "utf-8")


def no_password(desk: Desk) -> None:
    relay = '[relays.main]\nhost = "127.0.0.1"\nport = {}\nusername = "press"\npassword_env = "MAILER_TEST_PASSWORD"\n'
    port = (desk.root / "mailer.toml").read_text("utf-8").partition("port = ")[2].partition("\n")[0]
    desk.write("mailer.toml", TOML + relay.format(port))


def a_setting_with_a_slip(desk: Desk) -> None:
    desk.write("mailer.toml", (desk.root / "mailer.toml").read_text("utf-8").replace("postal_address", "postal_adress"))


@pytest.mark.parametrize(
    "spoil, code",
    [
        (a_release_with_a_slip, 2),
        (a_list_without_addresses, 2),
        (a_template_with_a_slip, 2),
        (a_template_that_fails_for_the_last_person_alone, 2),
        (a_setting_with_a_slip, 3),
        (no_password, 3),
    ],
)
def test_what_can_fail_before_a_socket_opens_fails_there(
    desk: Desk, server: ScriptedServer, spoil: Callable[[Desk], None], code: int
) -> None:
    """Rests on making every person's exact bytes, and fetching the password, before the relay is called."""
    spoil(desk)
    assert desk.run(*SEND).code == code
    assert (server.connections, server.accepted) == (0, [])


def test_what_was_approved_is_what_was_sent(
    desk: Desk, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rests on the content hash of each mail, made when planning and compared before sending."""
    desk.run("optouts", "add", "somebody@else.example.com")  # a workspace with its keys
    monkeypatch.setenv("MAILER_WORKSPACE", str(desk.root))
    with reading_office() as office:
        plan = prepare(office, Request(release="lamps", relay=office.relay(), lists=("coast",)))
        approved = {planned.address: planned.content_hash for planned in plan.spool.read()}
        plan.spool.close()
    desk.run(*SEND)
    assert {message.rcpt_to[0]: content_hash(message.data) for message in server.accepted} == approved


def test_what_was_approved_is_sent_although_the_files_are_others_by_now(desk: Desk, server: ScriptedServer) -> None:
    """Rests on the edition in the ledger: resuming never reads today's files."""
    server.at = {"mail": Act("550 5.7.1 come back tomorrow")}
    desk.run(*SEND)
    server.at = {}
    desk.release(body=BODY.replace("on Friday", "on Sunday"))
    desk.write("lists/coast.csv", "email\nsomebody@else.example.com\n")
    assert desk.run("resume", "lamps").code == 0
    assert times_taken(server) == dict.fromkeys(FIVE, 1)
    assert all("on Friday" in text_of(message) for message in server.accepted)


def test_what_nobody_approved_is_not_sent(desk: Desk, server: ScriptedServer) -> None:
    """Rests on the question: without a terminal and without --yes the answer is no."""
    assert finish(desk.start("send", "lamps", "--to", "coast")).code == 2
    assert server.connections == 0


# 3. What comes back


def test_every_kind_of_return_is_understood_and_counted_for_its_person(desk: Desk, server: ScriptedServer) -> None:
    """Rests on tokens in every address that something can come back to."""
    desk.people("coast", [*FIVE, "flo@f.example.com"])
    desk.run(*SEND)
    mail = {message.rcpt_to[0]: message for message in server.accepted}
    ada, bo, cy, di, ed, flo = (mail[each] for each in [*FIVE, "flo@f.example.com"])
    optout = compose_optout(cy.rcpt_to[0], cy.data, now=NOW)
    assert optout is not None
    messages = [
        compose_dsn(ada.mail_from, ada.rcpt_to[0], ada.data, answer=(550, "5.1.1 unknown user"), now=NOW),
        compose_dsn(bo.mail_from, bo.rcpt_to[0], bo.data, answer=(552, "5.2.2 mailbox full"), now=NOW),
        optout,
        complaint(di.mail_from, di.data),
        out_of_office(ed.rcpt_to[0], str(mail_of(ed)["Message-ID"])),
        compose_dsn(flo.mail_from, flo.rcpt_to[0], flo.data, answer=(451, "4.4.1 still trying"), now=NOW),
    ]
    put_into_maildir(desk.root / "returned", messages)
    collected = desk.run("bounces", "collect", "--json").json
    assert (collected["messages"], collected["unmatched"], collected["problems"]) == (6, 0, [])
    report = desk.report()
    assert report["bounced"] == {"hard": 1, "soft": 1}
    assert (report["opted_out"], report["complained"], report["auto_replied"]) == (1, 1, 1)
    came_back = {each["address"]: each["came_back"] for each in report["deliveries"]}
    expected = ["bounced_hard", "bounced_soft", "opted_out", "complained", "auto_replied"]
    assert [came_back[each] for each in FIVE] == [[each] for each in expected]
    suppressed = desk.run("optouts", "list", "--json").json["suppressed"]
    assert {each["email"]: each["reason"] for each in suppressed} == {
        FIVE[0]: "dead_address",
        FIVE[2]: "opted_out",
        FIVE[3]: "complained",
    }


def test_a_no_is_a_no_by_whatever_door_it_comes(desk: Desk, server: ScriptedServer) -> None:
    """Rests on one verdict behind all doors: one click, a mail to the opt-out address, or a person's own words."""
    desk.run(*SEND)
    mail = {message.rcpt_to[0]: message for message in server.accepted}
    by_mail = compose_optout(FIVE[1], mail[FIVE[1]].data, now=NOW)
    assert by_mail is not None
    answered = str(mail_of(mail[FIVE[2]])["Message-ID"])
    words = f"From: {FIVE[2]}\r\nIn-Reply-To: {answered}\r\nSubject: Re: lamps\r\n\r\nPlease take me off this list.\r\n"
    question = f"From: {FIVE[3]}\r\nSubject: Re: lamps\r\n\r\nHow many people unsubscribe? May I quote you?\r\n"
    put_into_maildir(desk.root / "returned", [by_mail, words.encode(), question.encode()])
    desk.run("bounces", "collect")
    link = re.search(r"<https://press\.example\.org/o/([a-z2-7]{40})>", str(mail_of(mail[FIVE[0]])["List-Unsubscribe"]))
    assert link
    with serving_here(desk) as host:
        for _ in range(100):
            assert host.get(link[1]).status == 200
        assert len(desk.run("optouts", "list", "--json").json["suppressed"]) == 2
        assert host.post(link[1]).status == 200
    suppressed = desk.run("optouts", "list", "--json").json["suppressed"]
    assert {each["email"]: each["reason"] for each in suppressed} == dict.fromkeys(FIVE[:3], "opted_out")
    desk.release("night", headline="The museum stays open at night", body=BODY.replace("cellar", "roof"))
    desk.run("send", "night", "--to", "coast", "--yes")
    assert times_taken(server) == {**dict.fromkeys(FIVE[:3], 1), **dict.fromkeys(FIVE[3:], 2)}


def test_every_message_that_comes_back_is_accounted_for(desk: Desk, server: ScriptedServer) -> None:
    """Rests on remembering each message: it is matched, or listed as unmatched, or left for people, and known again."""
    desk.run(*SEND)
    ada = server.accepted[0]
    bounce = compose_dsn(ada.mail_from, ada.rcpt_to[0], ada.data, answer=(550, "5.1.1 unknown user"), now=NOW)
    token = ada.mail_from.partition("+")[2].partition("@")[0]
    forged = bounce.replace(token.encode(), f"b{token[1:]}".encode())
    letter = b"From: ada@a.example.com\r\nSubject: Re: lamps\r\n\r\nMay I call you?\r\n"
    put_into_maildir(desk.root / "returned", [bounce, forged, letter, b"\x00\xff not even a message", bounce])
    collected = desk.run("bounces", "collect", "--json").json
    assert collected["messages"] == 5 == collected["known"] + sum(collected["kinds"].values())
    assert (collected["known"], collected["unmatched"], collected["people"]) == (1, 1, {"bounced_hard": 1})
    assert len(desk.run("bounces", "list", "--unmatched", "--json").json["unmatched"]) == 1
    again = desk.run("bounces", "collect", "--json").json
    assert (again["messages"], again["known"], again["people"]) == (5, 5, {})


def test_nobody_can_make_us_forget_a_reader_by_forging_a_bounce(desk: Desk, server: ScriptedServer) -> None:
    """Rests on the HMAC in a token: a bounce with a wrong one is nobody's."""
    desk.run(*SEND)
    mail = server.accepted[0]
    report = compose_dsn(
        f"bounces+{'a' * 40}@example.org", mail.rcpt_to[0], b"Subject: x\r\n\r\n", answer=(550, "5.1.1 gone"), now=NOW
    )
    put_into_maildir(desk.root / "returned", [report])
    desk.run("bounces", "collect")
    assert desk.run("optouts", "list", "--json").json == {"suppressed": []}
    assert desk.report()["bounced"] == {"hard": 0, "soft": 0}


# A moment


def test_nobody_gets_it_before_its_moment_and_everybody_after(desk: Desk, server: ScriptedServer) -> None:
    """Rests on the state `scheduled`, from which the moment alone leads to `sending`, and on claims of that state."""
    desk.run(*SEND, "--at", soon(hours=2))
    for words in (("worker", "--once"), SEND, ("resume", "lamps"), ("worker", "--once")):
        desk.run(*words)
    assert server.connections == 0
    let_pass(desk, hours=3)
    assert desk.run("worker", "--once").code == 0
    assert times_taken(server) == dict.fromkeys(FIVE, 1)


def test_nobody_gets_what_was_scheduled_when_it_is_no_news_any_more(desk: Desk, server: ScriptedServer) -> None:
    """Rests on the expiry of each delivery, a day after its moment, asked at every claim and every attempt."""
    desk.run(*SEND, "--at", soon(hours=2))
    let_pass(desk, hours=27)
    for words in (("worker", "--once"), SEND, ("resume", "lamps")):
        desk.run(*words)
    assert server.accepted == []
    assert desk.states() == dict.fromkeys(FIVE, "expired")


def test_nobody_gets_it_under_embargo_by_a_moment_that_was_typed_wrong(desk: Desk, server: ScriptedServer) -> None:
    """Rests on holding the embargo against the moment of sending, when it is planned and when it goes out."""
    until = datetime.now(UTC) + timedelta(seconds=10)
    desk.release(label=f"Press release\nembargo: {until:%Y-%m-%d %H:%M:%S} UTC")
    assert desk.run(*SEND, "--at", f"{until - timedelta(seconds=1):%Y-%m-%d %H:%M:%S} UTC").code == 2
    assert desk.run(*SEND, "--at", soon(hours=6)).code == 0
    assert desk.run(*SEND, "--at", f"{until - timedelta(seconds=1):%Y-%m-%d %H:%M:%S} UTC").code == 2
    let_pass(desk, hours=5)
    desk.run("worker", "--once")
    assert server.connections == 0
    let_pass(desk, hours=2)
    time.sleep(max(0.0, (until - datetime.now(UTC)).total_seconds()))
    desk.run("worker", "--once")
    assert times_taken(server) == dict.fromkeys(FIVE, 1)


def soon(*, hours: float) -> str:
    return f"{datetime.now(UTC) + timedelta(hours=hours):%Y-%m-%d %H:%M} UTC"
