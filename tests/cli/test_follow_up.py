"""A follow-up goes out once, in the thread, to those it is for; all others are left out with a reason."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mailer.preview.server import compose_dsn
from mailer.runs.planning.updates import earliest
from tests.office import BODY, Desk, in_the_ledger, mail_of, put_into_maildir, text_of, times_taken
from tests.returned import out_of_office
from tests.servers import Act, ScriptedServer

FIVE = [f"{name}@{name[0]}.example.com" for name in ("ada", "bo", "cy", "di", "ed")]
ADA, BO, CY, DI, ED = FIVE
FOLLOW_UP = ("follow-up", "lamps")


def days_pass(desk: Desk, days: int) -> None:
    """Move the acceptance of all deliveries back by so many days."""
    in_the_ledger(
        desk,
        f"UPDATE delivery SET finished_at = strftime('%Y-%m-%d %H:%M:%S', finished_at, '-{days} days') || '.000000'"  # noqa: S608 - our own words
        " WHERE finished_at IS NOT NULL",
    )


@pytest.fixture
def sent(desk: Desk) -> Desk:
    """The release went out to five, a week ago."""
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    days_pass(desk, 7)
    return desk


def letter(sender: str, message_id: str, words: str, *, subject: str = "Re: lamps") -> bytes:
    head = f"From: {sender}\nTo: press@example.org\nSubject: {subject}\nIn-Reply-To: {message_id}\n\n{words}\n"
    return head.replace("\n", "\r\n").encode()


@pytest.mark.slow
def test_it_answers_each_persons_own_mail_and_goes_once(sent: Desk, server: ScriptedServer) -> None:
    done = sent.run(*FOLLOW_UP, "--yes", "--json")
    assert (done.code, done.json["mailing"], done.json["accepted"]) == (0, "lamps/follow-up-1", 5)
    for address in FIVE:
        first, second = map(mail_of, server.accepted_for(address))
        assert second["Subject"] == f"Re: {first['Subject']}"
        assert second["In-Reply-To"] == second["References"] == first["Message-ID"]
    text = " ".join(text_of(server.accepted_for(ADA)[1]).split())
    assert text.startswith("Dear Pat1, This is a short note about the news that we sent you.")
    assert "Visitors may carry one lamp" not in text
    for more in ((), ("--plan", "--as", "ada")):
        again = sent.run(*FOLLOW_UP, "--yes", *more)
        assert again.code == 2
        assert "5 who has had a follow-up already" in again.err
        assert "no recipient gets a follow-up now" in again.err
        assert "mailer lists check" not in again.err
    assert times_taken(server) == dict.fromkeys(FIVE, 2)


@pytest.mark.slow
def test_the_office_says_how_many_and_how_long_after(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    soon = desk.run(*FOLLOW_UP, "--yes")
    assert soon.code == 2
    assert "5 who got it too recently" in soon.err
    desk.settings(server, more='[follow_up]\nafter = "3 days"\nat_most = 2\n')
    days_pass(desk, 2)
    assert desk.run(*FOLLOW_UP, "--yes").code == 2
    days_pass(desk, 1)
    assert desk.run(*FOLLOW_UP, "--yes").code == 0
    assert desk.run(*FOLLOW_UP, "--yes").code == 0
    assert desk.run(*FOLLOW_UP, "--yes").code == 2
    desk.settings(server, more="[follow_up]\nat_most = 0\n")
    assert "this office sends no follow-ups" in desk.run(*FOLLOW_UP, "--yes").err
    desk.settings(server, more='[follow_up]\nafter = "soon"\n')
    wrong = desk.run(*FOLLOW_UP)
    assert wrong.code == 3
    assert "follow_up.after" in wrong.err


@pytest.mark.parametrize(
    "got, after, zone, start",
    [
        ("2026-11-26T10:00", "2 working days", "", "2026-11-30T00:00+00:00"),  # Thursday: Friday, Monday
        ("2026-11-27T23:30", "2 working days", "", "2026-12-01T00:00+00:00"),
        ("2026-11-27T23:30", "2 working days", "Asia/Tokyo", "2026-12-01T00:00+09:00"),  # Saturday there
        ("2026-11-28T10:00", "1 working day", "", "2026-11-30T00:00+00:00"),
        ("2026-11-28T10:00", "1 day", "", "2026-11-29T00:00+00:00"),
        ("2026-03-27T10:00", "3 days", "Europe/Berlin", "2026-03-30T00:00+02:00"),  # the clocks change in between
    ],
)
def test_working_days_are_counted_in_the_offices_zone(got: str, after: str, zone: str, start: str) -> None:
    sent_at = datetime.fromisoformat(got).replace(tzinfo=UTC)
    assert earliest(sent_at, after, zone) == datetime.fromisoformat(start)
    assert earliest(sent_at, after, zone).tzinfo == (ZoneInfo(zone) if zone else UTC)


@pytest.mark.slow
def test_who_it_does_not_fit_is_left_out_with_a_reason(desk: Desk, server: ScriptedServer) -> None:
    more = ["fay@f.example.com", "gil@g.example.com", "hal@h.example.com"]
    desk.people("coast", [*FIVE, *more])
    server.recipients = {ED: [Act("550 5.7.1 not wanted")]}
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 1
    ids = {each["address"]: each["message_id"] for each in desk.report()["deliveries"]}
    back = f"In my absence write to the desk.\r\n\r\nI am back on {datetime.now(UTC).year + 1}-03-02.\r\n".encode()
    put_into_maildir(
        desk.root / "returned",
        [
            letter(ADA, ids[ADA], "Could you send me the full list of the houses, please?"),
            out_of_office(BO, ids[BO]).replace(b"I am back on Monday.\r\n", back),
        ],
    )
    assert desk.run("bounces", "collect").code == 0
    desk.run("optouts", "add", CY)
    in_the_ledger(desk, f"UPDATE delivery SET state = 'in_doubt' WHERE address = '{DI}'")  # noqa: S608 - our own words
    desk.run("contacts", "forget", more[0], "--yes")
    days_pass(desk, 7)
    desk.people("science", [*FIVE, *more[:2]])
    shown = desk.run(*FOLLOW_UP, "--to", "science", "--dry-run", "--json").json
    assert shown["left_out"] == {
        "answered": 1,
        "away": 1,
        "in_doubt": 1,
        "not_accepted": 1,
        "forgotten": 1,
        "not_listed": 1,
    }
    assert shown["skipped_reasons"] == {"opted_out": 1}
    assert shown["to_send"] == 1
    errors = desk.run(*FOLLOW_UP, "--to", "science", "--dry-run").err
    assert f'"{BO}" is out of office until 02 March' in errors
    assert f'"{ADA}" has replied' in errors
    before = times_taken(server)
    assert desk.run(*FOLLOW_UP, "--to", "science", "--yes").code == 0
    assert times_taken(server) - before == {more[1]: 1}


@pytest.mark.slow
def test_who_is_away_and_names_no_date_gets_none_for_two_weeks(sent: Desk, server: ScriptedServer) -> None:
    ids = {each["address"]: each["message_id"] for each in sent.report()["deliveries"]}
    robot = out_of_office(CY, ids[CY]).replace(b"Out of office", b"Automatic reply")
    back = [
        out_of_office(BO, ids[BO]).replace(b"I am back on Monday.", b"I am out of the office at the moment."),
        robot.replace(b"I am back on Monday.", b"Thank you. We have received your message."),
    ]
    put_into_maildir(sent.root / "returned", back)
    assert sent.run("bounces", "collect").code == 0
    assert f"{BO} (no date)" in sent.run("report", "lamps").said
    assert sent.run("why", BO, "--json").json["absences"][0]["until"] is None
    shown = sent.run(*FOLLOW_UP, "--dry-run")
    assert f'"{BO}" is out of office and does not say until when' in shown.said
    assert sent.run(*FOLLOW_UP, "--yes", "--json").json["accepted"] == 4
    in_the_ledger(
        sent, "UPDATE absence SET until = '2026-01-01 00:00:00.000000', said_at = '2026-01-01 00:00:00.000000'"
    )
    assert sent.run(*FOLLOW_UP, "--yes").code == 0
    assert set(times_taken(server).values()) == {2}


@pytest.mark.slow
@pytest.mark.parametrize("reply", [(550, "5.1.1 unknown user"), (552, "5.2.2 mailbox full"), (550, "5.7.1 spam")])
def test_whose_copy_bounced_for_whatever_reason_gets_none(
    sent: Desk, server: ScriptedServer, reply: tuple[int, str]
) -> None:
    (mail,) = server.accepted_for(ADA)
    bounce = compose_dsn(mail.mail_from, ADA, mail.data, answer=reply, now=datetime.now(UTC))
    put_into_maildir(sent.root / "returned", [bounce])
    assert sent.run("bounces", "collect").code == 0
    done = sent.run(*FOLLOW_UP, "--yes", "--json")
    assert (done.code, done.json["accepted"], done.json["left_out"]) == (0, 4, {"bounced": 1})


@pytest.mark.slow
def test_who_asked_gets_an_answer_and_nobody_else(sent: Desk, server: ScriptedServer) -> None:
    ids = {each["address"]: each["message_id"] for each in sent.report()["deliveries"]}
    put_into_maildir(
        sent.root / "returned",
        [
            letter(ADA, ids[ADA], "Could you send me the full list, please?"),
            letter(BO, ids[BO], "Thank you, we run it."),
        ],
    )
    sent.run("bounces", "collect")
    sent.write(
        "answer.txt", 'Dear {{ first_name }},\n\nthe list is with us: {{ outlet or "your desk" }} may have it.\n'
    )
    done = sent.run(*FOLLOW_UP, "--only", "asked", "--text", "answer.txt", "--with-release", "--yes", "--json")
    assert (done.code, done.json["accepted"], done.json["left_out"]) == (0, 1, {"not_answered": 4})
    text = " ".join(text_of(server.accepted_for(ADA)[-1]).split())
    assert text.startswith("Dear Pat1, the list is with us: Outlet 1 may have it.")
    assert "Visitors may carry one lamp" in text


def test_what_is_typed_wrongly_is_told(sent: Desk) -> None:
    assert "choose one of" in sent.run(*FOLLOW_UP, "--only", "nobody").err
    assert sent.run(*FOLLOW_UP, "--text", "none.txt").code == 2
    sent.write("empty.txt", "\n\n")
    assert "the file is empty" in sent.run(*FOLLOW_UP, "--text", "empty.txt").err
    sent.write("wrong.txt", "Dear {{ surname }},\n")
    wrong = sent.run(*FOLLOW_UP, "--text", "wrong.txt", "--yes")
    assert wrong.code == 2
    assert 'letter: contact has no field "surname"' in wrong.err
    assert sent.run(*FOLLOW_UP, "--to", "nolist").code == 2


@pytest.mark.slow
def test_it_is_made_of_what_was_sent_whatever_the_file_says_now(sent: Desk, server: ScriptedServer) -> None:
    (sent.root / "releases" / "lamps.md").unlink()
    assert sent.run(*FOLLOW_UP, "--dry-run", "--json").json["mailing"] == "lamps/follow-up-1"
    assert sent.run(*FOLLOW_UP, "--with-release", "--yes").code == 0
    assert "opens its cellar on Friday" in text_of(server.accepted_for(ADA)[-1])


@pytest.mark.slow
def test_it_answers_the_correction_too_and_a_correction_calls_off_what_waits(
    sent: Desk, server: ScriptedServer
) -> None:
    toml = (sent.root / "mailer.toml").read_text().replace("delays_s = [0.1]", "delays_s = [900]\nstay_s = 0")
    sent.write("mailer.toml", toml)
    server.recipients = {BO: [Act("451 4.7.1 later")]}
    assert sent.run(*FOLLOW_UP, "--with-release", "--yes").code == 1
    server.recipients = {}
    sent.release(body=BODY.replace("Friday", "Saturday"))
    assert sent.run("correct", "lamps", "--note", "Saturday it is.", "--yes").code == 0
    assert sent.states("lamps/follow-up-1")[BO] == "cancelled"
    mails = [mail_of(each) for each in server.accepted_for(ADA)]
    assert mails[2]["References"].split() == [each["Message-ID"] for each in mails[:2]]
    assert [len(server.accepted_for(address)) for address in (ADA, BO)] == [3, 2]


@pytest.mark.slow
def test_a_retried_follow_up_is_the_mail_that_was_planned(sent: Desk, server: ScriptedServer) -> None:
    server.recipients = {ADA: [Act("451 4.7.1 later")]}
    done = sent.run(*FOLLOW_UP, "--yes", "--json")
    assert (done.code, done.json["accepted"]) == (0, 5)
    first, second = map(mail_of, server.accepted_for(ADA))
    assert second["In-Reply-To"] == first["Message-ID"]


@pytest.mark.slow
def test_one_that_was_broken_off_is_resumed_and_not_sent_anew(sent: Desk, server: ScriptedServer) -> None:
    toml = (sent.root / "mailer.toml").read_text().replace("delays_s = [0.1]", "delays_s = [900]\nstay_s = 0")
    sent.write("mailer.toml", toml)
    server.recipients = {BO: [Act("451 4.7.1 later")]}
    assert sent.run(*FOLLOW_UP, "--yes").code == 1
    again = sent.run(*FOLLOW_UP, "--yes")
    assert again.code == 2
    assert "mailer resume lamps/follow-up-1" in again.err
    in_the_ledger(sent, "UPDATE delivery SET next_attempt_at = '2020-01-01 00:00:00.000000' WHERE state = 'deferred'")
    assert sent.run("resume", "lamps/follow-up-1").code == 0
    assert times_taken(server) == dict.fromkeys(FIVE, 2)
