"""`mailer replies`: who replied, who takes a reply, and what a second colleague sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mailer.ledger import open_ledger
from mailer.ledger.mailings import require_mailing
from mailer.ledger.returns import answered, awaiting_answer
from tests.answers import ADA, ASKS, BO, CY, THANKS, answer, take_in
from tests.office import Desk, finish, furnished, in_the_ledger, put_into_maildir
from tests.returned import out_of_office
from tests.servers import ScriptedServer, threaded_server


def collect_replies(desk: Desk, server: ScriptedServer) -> None:
    """Collect replies: Ada asks for photos, Bo says thanks, and an automatic reply says that Cy is on holiday."""
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    away = out_of_office(CY, sent_id(desk, CY))
    take_in(desk, [answer(server, ADA), answer(server, BO, THANKS), away])


@pytest.fixture
def office(desk: Desk, server: ScriptedServer) -> Desk:
    collect_replies(desk, server)
    return desk


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The same, for tests that only read it."""
    with threaded_server() as server, furnished(tmp_path_factory.mktemp("replies"), server) as desk:
        collect_replies(desk, server)
        yield desk


def sent_id(desk: Desk, address: str) -> str:
    (row,) = in_the_ledger(desk, f"SELECT message_id FROM delivery WHERE address = '{address}'")  # noqa: S608 - our own
    return str(row[0])


def replies(desk: Desk, *words: str) -> list[dict[str, Any]]:
    done = desk.run("replies", *words, "--json")
    assert done.code == 0, done.said
    found: list[dict[str, Any]] = done.json["replies"]
    return found


def number_of(desk: Desk, address: str) -> str:
    return str(next(each["id"] for each in replies(desk) if each["email"] == address))


def test_people_are_listed_with_what_they_want_and_machines_are_not(untouched: Desk) -> None:
    found = {each["email"]: each for each in replies(untouched)}
    assert set(found) == {ADA, BO}
    ada = found[ADA]
    assert (ada["name"], ada["outlet"], ada["release"], ada["open"]) == ("Pat1 Brook", "Outlet 1", "lamps", True)
    assert "picture" in ada["asks"]
    assert (found[BO]["needs_answer"], found[BO]["open"]) == (False, False)
    assert [each["email"] for each in replies(untouched, "--open")] == [ADA]
    assert [each["email"] for each in replies(untouched, "lamps", "--open")] == [ADA]
    assert len(replies(untouched, "lamps/release-1")) == 2
    shown = untouched.run("replies", "--open", "--why").out
    assert "1 reply: 1 to be answered, 1 assigned to nobody" in shown
    assert "needs an answer: asks for pictures" in shown
    assert "asks for pictures (+3)" in shown


def test_a_reply_is_read_from_the_mailbox_and_no_word_of_it_stays_in_the_ledger(untouched: Desk) -> None:
    shown = untouched.run("replies", "show", number_of(untouched, ADA))
    assert shown.code == 0
    assert ASKS in shown.out
    assert "> The Lantern Museum" not in shown.out
    assert "> The Lantern Museum" in untouched.run("replies", "show", number_of(untouched, ADA), "--whole").out
    for path in (untouched.root / ".mailer").rglob("*"):
        assert not path.is_file() or b"print quality" not in path.read_bytes()


def test_the_link_names_the_letter_so_that_nothing_in_it_is_a_second_command(
    desk: Desk, server: ScriptedServer
) -> None:
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    take_in(desk, [answer(server, ADA, message_id="<a/b%c+d?e@daily.example.com>")])
    assert replies(desk)[0]["link"] == "mid:a%2Fb%25c+d%3Fe@daily.example.com"
    assert "mid:a%2Fb%25c+d%3Fe@daily.example.com" in desk.run("replies", "show", "1").out


def test_a_stranger_s_letter_cannot_steer_the_terminal(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    take_in(desk, [answer(server, ADA, "\x1b]0;owned\x07Can you call me? \u202egpj.exe")])
    out = desk.run("replies", "show", "1").out
    assert "Can you call me?" in out
    assert not set(out) & {"\x1b", "\x07", "\u202e"}


def test_what_may_ask_for_no_more_mail_waits_for_a_person_and_what_surely_does_for_nobody(
    desk: Desk, server: ScriptedServer
) -> None:
    """Depends on the weights of words: neither letter contains a phrase of a table."""
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    perhaps = "Not sure why these still come to me."
    surely = "My inbox is not your billboard. Find some other use for your afternoon."
    take_in(desk, [answer(server, ADA, perhaps), answer(server, BO, surely)])
    (open_one,) = replies(desk, "--open")
    assert (open_one["email"], open_one["asks"]) == (ADA, ["wish"])
    assert "needs an answer: may ask for no more mail" in desk.run("replies", "--open").out
    out = " ".join(desk.run("replies", "show", str(open_one["id"])).out.split())
    assert f"If this asks for no more mail: mailer optouts add {ADA};" in out
    (unconfirmed,) = desk.run("optouts", "list", "--unconfirmed", "--json").json["suppressed"]
    assert (unconfirmed["email"], unconfirmed["reason"]) == (BO, "opted_out")
    assert desk.run("replies", "done", str(open_one["id"])).code == 0
    assert "If this asks" not in desk.run("replies", "show", str(open_one["id"])).out


def test_a_phrase_that_the_rest_of_a_letter_denies_suppresses_nobody(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    missed = "Who removed me from the list? I have not had a release since June, and I would like them back."
    take_in(desk, [answer(server, ADA, missed)])
    (open_one,) = replies(desk, "--open")
    assert open_one["email"] == ADA
    assert {"wish", "question"} <= set(open_one["asks"])
    assert desk.run("optouts", "list", "--json").json["suppressed"] == []


def test_what_is_gone_from_the_mailbox_is_said_and_what_is_known_is_shown(office: Desk) -> None:
    number = number_of(office, ADA)
    for path in (office.root / "returned" / "new").iterdir():
        path.unlink()
    done = office.run("replies", "show", number)
    assert done.code == 0
    assert "no longer has it" in done.out
    assert ADA in done.out
    assert office.run("replies", "show", number, "--json").json["text"] is None


def test_what_was_collected_from_a_file_is_to_be_opened_there(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    folder = put_into_maildir(desk.root / "elsewhere", [answer(server, ADA)])
    put_into_maildir(desk.root / "returned", [])
    assert desk.run("bounces", "collect", str(folder)).code == 0
    done = desk.run("replies", "show", "1")
    assert done.code == 0
    assert "which is not a mailbox in mailer.toml: open it there" in done.out
    assert str(folder) in done.out


def test_a_mailbox_that_cannot_be_read_is_an_error_with_what_to_do(office: Desk) -> None:
    number = number_of(office, ADA)
    (office.root / "returned").rename(office.root / "moved")
    done = office.run("replies", "show", number)
    assert done.code == 2
    assert "It could not be fetched." in done.out
    assert "there is no such file or folder" in done.err


@pytest.mark.slow
def test_who_takes_a_reply_first_keeps_it_and_the_second_is_told(office: Desk) -> None:
    number = number_of(office, ADA)
    assert office.run("replies", "assign", number, "Ida").code == 0
    second = office.run("replies", "assign", number, "Jonas")
    assert second.code == 1
    assert f"Reply {number} is assigned to Ida" in second.err
    assert f'mailer replies assign {number} "Jonas" --take-over' in second.err
    assert office.run("replies", "assign", number, "Jonas", "--take-over").code == 0
    assert {each["assigned"] for each in replies(office)} == {"Jonas", None}
    assert office.run("replies", "assign", number, "--undo").code == 0
    assert office.run("replies", "assign", number, "--undo").code == 1  # it is not assigned to anybody


@pytest.mark.slow
def test_of_two_who_take_a_reply_at_the_same_time_one_is_first(office: Desk) -> None:
    number = number_of(office, ADA)
    both = [office.start("replies", "assign", number, name) for name in ("Ida", "Jonas")]
    done = [finish(each) for each in both]
    assert sorted(each.code for each in done) == [0, 1]
    first = next(name for name, each in zip(("Ida", "Jonas"), done, strict=True) if each.code == 0)
    assert f"is assigned to {first}" in next(each.err for each in done if each.code)
    assert {each["assigned"] for each in replies(office)} == {first, None}


def test_a_colleague_who_answers_in_somebody_s_place_is_named(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    take_in(desk, [answer(server, "desk@a.example.com", of=ADA)])
    (found,) = replies(desk)
    assert (found["email"], found["from"]) == (ADA, "desk@a.example.com")
    assert "Pat1 Brook, Outlet 1 (from desk@a.example.com)" in desk.run("replies").out


@pytest.mark.slow
def test_several_are_taken_and_done_at_once_and_mine_are_those_of_whoever_asks(office: Desk) -> None:
    both = [number_of(office, ADA), number_of(office, BO)]
    assert replies(office, "--mine") == []
    assert office.run("replies", "assign", *both).code == 0  # to oneself
    assert len(replies(office, "--mine")) == 2  # an assigned reply needs an answer, even thanks
    first = office.run("replies", "done", *both, "--json")
    assert (first.code, [each["open"] for each in first.json["replies"]]) == (0, [False, False])
    again = office.run("replies", "done", both[0])
    assert again.code == 1
    assert f"Reply {both[0]} is done already" in again.err
    assert office.run("replies", "assign", both[0], "Ida").code == 1  # a reply that is done cannot be taken
    assert len(replies(office, "--done")) == 2
    assert office.run("replies", "done", *both, "--undo").code == 0
    assert len(replies(office, "--mine")) == 2


@pytest.mark.slow
def test_reports_and_searches_name_who_replied(office: Desk) -> None:
    report = office.report()
    assert (report["replied"], report["replies_open"]) == (2, 1)
    assert {each["address"]: each["open"] for each in report["answers"]} == {ADA: True, BO: False}
    assert "1 to be answered: mailer replies lamps --open" in office.run("report", "lamps").out
    number = number_of(office, ADA)
    for words in (("lists", "find", ADA), ("why", ADA)):
        assert f"reply {number}" in office.run(*words).out
    (hit,) = office.run("lists", "find", ADA, "--json").json["people"]
    assert [each["id"] for each in hit["replies"]] == [int(number)]
    assert office.run("why", ADA, "--json").json["replies"][0]["needs_answer"] is True


def test_whoever_writes_to_the_same_people_again_knows_who_answered(office: Desk) -> None:
    ledger = open_ledger("sqlite:///.mailer/ledger.db", office.root, create=False)
    assert ledger is not None
    with ledger.reading() as connection:
        mailing_id = require_mailing(connection, "lamps").id
        assert len(answered(connection, mailing_id)) == 2
        assert len(awaiting_answer(connection, mailing_id)) == 1
        assert awaiting_answer(connection, mailing_id) < answered(connection, mailing_id)
        assert answered(connection, mailing_id + 1) == set()
    ledger.close()


def test_the_same_letter_in_two_mailboxes_is_one_reply(office: Desk, server: ScriptedServer) -> None:
    take_in(office, [b"Received: from elsewhere.example.net\r\n" + answer(server, ADA)])
    assert len(replies(office)) == 2
    take_in(office, [answer(server, ADA, "And who took the pictures?")])
    assert len(replies(office)) == 3


@pytest.mark.slow
def test_notes_are_found_forgotten_and_purged(office: Desk) -> None:
    ada, bo = number_of(office, ADA), number_of(office, BO)
    assert office.run("replies", "note", ada, "Wants", "them by Friday").code == 0
    assert office.run("replies", "note", bo, f"Knows {ADA}, too").code == 0
    assert office.run("replies", "note", bo, "Prefers mail").code == 0
    assert "Wants them by Friday" in office.run("replies").out
    assert "Wants them by Friday" in office.run("contacts", "export", ADA).out
    assert office.run("contacts", "forget", ADA, "--yes").code == 0
    assert in_the_ledger(office, "SELECT text FROM answer_note") == [("Prefers mail",)]
    assert {each["email"] for each in replies(office)} == {None, BO}  # it remains recorded that it was answered
    office.write("mailer.toml", (office.root / "mailer.toml").read_text() + "\n[retention]\nlog_months = 6\n")
    in_the_ledger(office, "UPDATE answer_note SET at = '2020-01-01 00:00:00.000000'")
    assert office.run("purge", "--yes", "--json").json["goes"]["notes"]["count"] == 1
    assert in_the_ledger(office, "SELECT count(*) FROM answer_note") == [(0,)]


@pytest.mark.slow
def test_a_note_is_taken_back_the_newest_first(office: Desk) -> None:
    number = number_of(office, ADA)
    for text in ("Called", "Sent"):
        assert f"mailer replies note {number} --undo" in office.run("replies", "note", number, text).out
    assert office.run("replies", "note", number, "--undo").code == 0
    assert [each["text"] for each in replies(office)[0]["notes"] + replies(office)[1]["notes"]] == ["Called"]
    assert office.run("replies", "note", number, "--undo").code == 0
    assert office.run("replies", "note", number, "--undo").code == 1


def test_nobody_replied_yet(desk: Desk) -> None:
    assert "Nobody has replied yet" in desk.run("replies").out
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    assert desk.run("replies", "--json").json == {"replies": [], "open": 0}
    assert "No reply is assigned to you" in desk.run("replies", "--mine").out


@pytest.mark.parametrize(
    "words, phrase",
    [
        (("lampz",), 'there is no mailing "lampz"; did you mean "lamps"?'),
        (("--open", "--done"), "choose one of --open, --done and --mine"),
        (("show", "99"), "there is no reply 99"),
        (("done", "1", "99"), "there is no reply 99"),
        (("done", "9" * 30), "there is no reply 9999"),
        (("assign", "Ida"), "give the numbers of the replies"),
        (("assign", "1", "Ida", "--undo"), "give the numbers of the replies"),
        (("note", "1", " "), "there is nothing to note"),
        (("note", "1"), "there is nothing to note"),
        (("note", "1", "Sent", "--undo"), "takes no text"),
    ],
)
def test_what_cannot_be_meant_is_said_and_changes_nothing(untouched: Desk, words: tuple[str, ...], phrase: str) -> None:
    before = replies(untouched)
    done = untouched.run("replies", *words)
    assert (done.code, phrase in done.said) == (2, True), done.said
    assert replies(untouched) == before
