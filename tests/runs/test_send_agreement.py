"""Dry run, real run and retry agree: what was approved is what was sent, and what is sent again is the same mail."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailer.cli.office import reading_office
from mailer.ledger.deliveries import Planned
from mailer.ledger.mailings import find_mailing, newest_edition
from mailer.message.compose import content_hash
from mailer.runs.planning.edition import unpack
from mailer.runs.planning.making import Merger
from mailer.runs.planning.prepare import prepare
from mailer.runs.planning.request import Request
from mailer.tokens import find_tokens
from tests.office import Desk, mail_of
from tests.servers import Accepted, Act, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")


@pytest.fixture
def keyed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A workspace that has sent before, so that it has its keys."""
    desk.run("optouts", "add", "somebody@else.example.com")
    monkeypatch.setenv("MAILER_WORKSPACE", str(desk.root))
    return desk


def plan_of_dry_run() -> dict[str, Planned]:
    """Plan as `--dry-run` does, and give what it would send to whom."""
    with reading_office() as office:
        plan = prepare(office, Request(release="lamps", relay=office.relay(), lists=("coast",)))
        rows = {planned.address: planned for planned in plan.spool.read()}
        plan.spool.close()
        return rows


def without_date(data: bytes) -> list[bytes]:
    return [line for line in data.split(b"\r\n") if not line.startswith(b"Date: ")]


def test_a_dry_run_plans_the_very_mails_that_the_server_gets(keyed: Desk, server: ScriptedServer) -> None:
    planned = plan_of_dry_run()
    assert keyed.run(*SEND).code == 0
    got = {message.rcpt_to[0]: message for message in server.accepted}
    assert set(planned) == set(got)
    for address, message in got.items():
        assert content_hash(message.data) == planned[address].content_hash
        assert mail_of(message)["Message-ID"] == planned[address].message_id
        assert len(message.data) == planned[address].size


def test_two_dry_runs_agree(keyed: Desk) -> None:
    assert keyed.run(*SEND[:-1], "--dry-run").code == 0
    assert plan_of_dry_run() == plan_of_dry_run()


def test_a_retry_is_the_same_mail_but_for_the_date(keyed: Desk, server: ScriptedServer) -> None:
    """The server reads the text and then puts the person off; the second time it takes it."""
    server.at = {"body": [Act("451 4.3.0 disk full, later", taken=True), Act()]}
    keyed.people("coast", ["ada@a.example.com"])
    assert keyed.run(*SEND).code == 0
    first, second = server.accepted
    assert without_date(first.data) == without_date(second.data)
    assert (first.mail_from, first.rcpt_to) == (second.mail_from, second.rcpt_to)
    assert keyed.report()["deliveries"][0]["attempts"] == 2


@pytest.mark.slow
def test_every_token_in_a_mail_names_its_own_delivery(keyed: Desk, server: ScriptedServer) -> None:
    keyed.run(*SEND)
    tokens: set[str] = set()
    for message in server.accepted:
        own = {token for text in places_of_tokens(message) for token in find_tokens(text)}
        assert len(own) == 3  # opt-out, bounce, Message-ID: one purpose each
        assert not own & tokens
        tokens |= own


def places_of_tokens(message: Accepted) -> tuple[str, str, str]:
    mail = mail_of(message)
    return message.mail_from, str(mail["List-Unsubscribe"]), str(mail["Message-ID"])


def test_what_goes_out_is_made_from_the_ledger_alone(keyed: Desk, server: ScriptedServer) -> None:
    """Every file of the staff's is gone, and the mails can still be made to the byte."""
    keyed.run(*SEND)
    for folder in ("releases", "lists"):
        for path in (keyed.root / folder).iterdir():
            path.unlink()
    with reading_office() as office:
        assert office.ledger is not None
        with office.ledger.reading() as connection:
            mailing = find_mailing(connection, "lamps")
            assert mailing is not None
            _, edition = newest_edition(connection, mailing.id)
        merger = Merger(unpack(edition), mailing=mailing.full_name, kind=mailing.kind, keys=office.keys)
        now = office.clock()
        from mailer.address import parse_address

        row = {"first_name": "Pat3", "last_name": "Brook", "outlet": "Outlet 3", "email": "cy@c.example.com"}
        fields = dict.fromkeys(
            ("name", "salutation", "role", "beat", "phone", "country", "language", "note", "tags"), ""
        )
        again = merger.merge(parse_address("cy@c.example.com"), fields | row, date=now)
    sent = next(message for message in server.accepted if message.rcpt_to == ("cy@c.example.com",))
    assert content_hash(sent.data) == again.content_hash


@pytest.mark.slow
def test_a_mail_that_is_no_longer_the_approved_one_is_not_sent(keyed: Desk, server: ScriptedServer) -> None:
    """As after an update of the program that renders otherwise: here the kept merge row of one person is another."""
    server.at = {"mail": Act("550 5.7.1 not you")}
    keyed.run(*SEND)
    server.at = {}
    import sqlite3

    with sqlite3.connect(Path(keyed.root) / ".mailer" / "ledger.db") as database:
        database.execute("UPDATE delivery SET merge_row = replace(merge_row, 'Pat1', 'Pam')")
    database.close()
    done = keyed.run("resume", "lamps")
    assert done.code == 3
    assert "is not the one that was approved" in done.err
    assert "ada@a.example.com" not in {address for message in server.accepted for address in message.rcpt_to}
    report = keyed.report()
    assert (report["in_doubt"], report["claimed"], report["attempted"]) == (0, 0, 0)
