"""`mailer embargo`: what an offer contains and what it never does, who then gets the release, and how it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mailer.cli.office import given_workspace, password_of, reading_office
from mailer.fleet.worker import Worker
from mailer.frozen import replace
from mailer.runs.office import Office
from tests.cli.test_follow_up import days_pass
from tests.office import BODY, HEADLINE, Desk, in_the_ledger, mail_of, put_into_maildir, text_of, times_taken
from tests.servers import Accepted, Act, ScriptedServer

YEAR = datetime.now(UTC).year + 1
LIFT = datetime(YEAR, 3, 2, 9, tzinfo=ZoneInfo("Europe/Berlin"))
OFFER = ("embargo", "offer", "lamps", "--to", "desk", "--yes")
ADA, BO, CY, DI = "ada@a.example.com", "bo@b.example.com", "cy@c.example.com", "di@d.example.com"
LIST = f"""\
email,name,time zone,language
{ADA},Ada Brook,America/New_York,
{BO},Bo Lind,,
{CY},Cy Noor,,
"""


@pytest.fixture(autouse=True)
def embargoed(desk: Desk) -> None:
    desk.release(label=f"Press release\nembargo: {YEAR}-03-02 09:00 Europe/Berlin")
    desk.write("lists/desk.csv", LIST)
    desk.write("lists/others.csv", f"email,name\n{BO},Bo Lind\n{DI},Di Oak\n")


@contextmanager
def at(desk: Desk, when: datetime) -> Iterator[Office]:
    """Open the office at another time."""
    given_workspace.set(str(desk.root))
    with reading_office() as office:
        yield replace(office, clock=lambda: when.astimezone(UTC))


def work(desk: Desk, when: datetime) -> list[str]:
    """Run a worker once at a given time; return the lines it printed."""
    lines: list[str] = []
    worker = Worker(office=lambda: at(desk, when), password=password_of, clock=lambda: when, say=lines.append)
    asyncio.run(worker.once())
    assert not worker.failed, worker.failed
    return lines


def mails_to(server: ScriptedServer, address: str) -> list[Accepted]:
    return [each for each in server.accepted if each.rcpt_to[0] == address]


def answers(desk: Desk) -> dict[str, list[object]]:
    (found,) = desk.run("embargo", "status", "lamps", "--json").json["releases"]
    return {
        name: [each["email"] if isinstance(each, dict) else each for each in found[name]]
        for name in ("accepted", "declined", "silent", "unconfirmed")
    }


def sentences() -> list[str]:
    """Return every sentence of the release's body, without punctuation."""
    lines = (line.strip("> —") for line in BODY.splitlines())
    return [part.strip() for line in lines for part in line.split(".") if len(part.split()) > 2]


@pytest.mark.slow
def test_an_offer_has_nothing_of_the_text_in_any_of_its_bytes(desk: Desk, server: ScriptedServer) -> None:
    (desk.root / "releases" / "plan.pdf").write_bytes(b"%PDF-1.4 the secret plan")
    text = (desk.root / "releases" / "lamps.md").read_text("utf-8")
    desk.write("releases/lamps.md", text.replace("date: 2026", "attachments: [plan.pdf]\ndate: 2026", 1))
    done = desk.run(*OFFER)
    assert done.code == 0, done.err
    assert set(times_taken(server)) == {ADA, BO, CY}
    for each in server.accepted:
        whole = mail_of(each)
        parts = [str(part.get_content()) for part in whole.walk() if part.get_content_maintype() == "text"]
        assert [part.get_content_type() for part in whole.walk() if not part.is_multipart()] == [
            "text/plain",
            "text/html",
        ]
        flat = " ".join(" ".join(parts).split())
        assert [one for one in sentences() if one in flat] == []
        assert HEADLINE in flat
        assert "publish nothing from it before 09:00 CET" in " ".join(text_of(each).split())
    assert "03:00 EST your time" in " ".join(text_of(mails_to(server, ADA)[0]).split())
    # the mailing of the release has no recipients yet, and its text waits there
    assert desk.run("status", "lamps", "--json").json["planned"] == 0


def test_the_front_matter_can_say_what_is_offered_in_the_place_of_the_headline(
    desk: Desk, server: ScriptedServer
) -> None:
    text = (desk.root / "releases" / "lamps.md").read_text("utf-8")
    desk.write("releases/lamps.md", text.replace("date: 2026", "offer: News about old light\ndate: 2026", 1))
    assert desk.run(*OFFER).code == 0
    mail = mail_of(server.accepted[0])
    assert mail["Subject"].endswith("News about old light")
    assert HEADLINE.encode() not in server.accepted[0].data.replace(b"=\r\n", b"")


@pytest.mark.parametrize(
    "label, phrase",
    [
        ("FOR IMMEDIATE RELEASE", "nothing to agree to"),
        ("Press release\nembargo: 2026-03-02 09:00 Europe/Berlin", "its embargo ended on 2026-03-02 at 09:00 CET"),
    ],
)
def test_a_release_without_an_embargo_or_with_one_that_is_over_cannot_be_offered(
    desk: Desk, server: ScriptedServer, label: str, phrase: str
) -> None:
    desk.release(label=label)
    done = desk.run(*OFFER)
    assert (done.code, phrase in done.err, server.connections) == (2, True, 0)


@pytest.mark.slow
def test_nobody_is_offered_it_twice_and_a_longer_list_reaches_who_is_new(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run(*OFFER).code == 0
    assert desk.run("embargo", "offer", "lamps", "--to", "desk", "--to", "others", "--yes").code == 0
    assert times_taken(server) == {ADA: 1, BO: 1, CY: 1, DI: 1}


@pytest.mark.slow
def test_whoever_accepts_gets_the_release_at_once_and_nobody_else(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run(*OFFER).code == 0
    done = desk.run("embargo", "record", ADA, "accepted", "--for", "lamps", "--why", "by telephone", "--json")
    assert (done.code, done.json["release"], done.json["verdict"]) == (0, "lamps", "accepted")
    assert desk.run("embargo", "record", BO, "declined", "--for", "lamps").code == 0
    errors = desk.run("worker", "--once").err
    assert "lamps: its embargo was agreed to, 1 to send to" in errors
    (offer, release) = mails_to(server, ADA)
    assert "It holds four hundred lamps" in " ".join(text_of(release).split())
    assert mail_of(release)["Subject"].startswith("[EMBARGO 09:00 CET / 03:00 EST")
    assert offer.data != release.data
    assert desk.run("worker", "--once").code in {0, 2}  # a second run sends nothing
    assert times_taken(server) == {ADA: 2, BO: 1, CY: 1}
    assert answers(desk) == {"accepted": [ADA], "declined": [BO], "silent": [CY], "unconfirmed": []}
    kinds = in_the_ledger(desk, "SELECT kind, reason FROM event WHERE kind LIKE 'embargo%' ORDER BY id")
    assert [kind for kind, _ in kinds] == ["embargo_agreed", "embargo_declined"]
    assert all(str(reason).startswith("embargo_staff ") for _, reason in kinds)


@pytest.mark.slow
def test_without_a_worker_the_next_resume_or_send_releases_it(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run(*OFFER).code == 0
    desk.run("embargo", "record", ADA, "accepted", "--for", "lamps")
    assert desk.run("resume", "lamps").code == 0
    assert times_taken(server)[ADA] == 2
    desk.run("embargo", "record", CY, "accepted", "--for", "lamps")
    desk.write("lists/agreed.csv", f"email,embargo agreed\n{DI},yes\n")
    assert desk.run("send", "lamps", "--to", "agreed", "--under-embargo", "--yes").code == 0
    assert times_taken(server) == {ADA: 2, BO: 1, CY: 2, DI: 1}


@pytest.mark.slow
def test_what_was_offered_is_what_goes_out_whatever_the_file_says_now(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run(*OFFER).code == 0
    path = desk.root / "releases" / "lamps.md"
    path.write_text(path.read_text("utf-8").replace("four hundred lamps, each", "five hundred lamps, each"), "utf-8")
    desk.run("embargo", "record", ADA, "accepted", "--for", "lamps")
    desk.run("worker", "--once")
    assert "four hundred lamps, each" in " ".join(text_of(mails_to(server, ADA)[1]).split())
    done = desk.run("embargo", "offer", "lamps", "--to", "others", "--yes")
    assert (done.code, "--changed" in done.err) == (2, True)


@pytest.mark.slow
def test_who_opted_out_after_accepting_gets_nothing(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run(*OFFER).code == 0
    desk.run("embargo", "record", ADA, "accepted", "--for", "lamps")
    assert desk.run("optouts", "add", ADA).code == 0
    desk.run("worker", "--once")
    assert times_taken(server)[ADA] == 1


@pytest.mark.slow
def test_who_broke_an_embargo_is_offered_nothing_and_sent_nothing_under_one(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run(*OFFER).code == 0
    desk.run("embargo", "record", ADA, "accepted", "--for", "lamps")
    done = desk.run("embargo", "broken", ADA, "--for", "lamps", "--why", "published at 07:10")
    assert (done.code, "no more offers" in done.out) == (0, True)
    assert f'mailer embargo broken {ADA} --undo --why "…"' in done.out
    desk.run("worker", "--once")
    assert times_taken(server)[ADA] == 1
    desk.release(
        "pier", headline="The pier is open", label=f"News\nembargo: {YEAR}-04-02 09:00 UTC", body="It is so.\n"
    )
    offer = desk.run("embargo", "offer", "pier", "--to", "desk", "--dry-run", "--json").json
    assert offer["left_out"] == {"embargo_broken": 1}
    desk.write("lists/agreed.csv", f"email,embargo agreed\n{ADA},yes\n{CY},yes\n")
    sent = desk.run("send", "pier", "--to", "agreed", "--under-embargo", "--dry-run", "--json").json
    assert (sent["to_send"], sent["left_out"]) == (1, {"embargo_broken": 1})
    (broken,) = desk.run("embargo", "status", "--json").json["broken"]
    assert (broken["email"], broken["words"]) == (ADA, "published at 07:10")
    assert desk.run("embargo", "broken", ADA, "--undo", "--why", "it was the agency").code == 0
    assert desk.run("embargo", "offer", "pier", "--to", "desk", "--dry-run", "--json").json["left_out"] == {}
    assert desk.run("embargo", "broken", ADA, "--undo", "--why", "again").code == 2
    for _ in range(2):  # what they had agreed to, once
        desk.run("worker", "--once")
        assert times_taken(server)[ADA] == 2


def reply(server: ScriptedServer, address: str, words: str) -> bytes:
    message_id = mail_of(mails_to(server, address)[0])["Message-ID"]
    head = f"From: {address}\nTo: press@example.org\nSubject: Re: lamps\nMessage-ID: <{len(words)}@a.example.com>\n"
    body = f"{words}\n\nOn Monday press@example.org wrote:\n> I agree or No, thank you\n"
    letter = f"{head}In-Reply-To: {message_id}\nContent-Type: text/plain; charset=utf-8\n\n{body}"
    return letter.replace("\n", "\r\n").encode()


@pytest.mark.slow
def test_a_reply_in_words_is_shown_and_counts_when_staff_confirm_it(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run(*OFFER).code == 0
    replies = [
        reply(server, ADA, "Thanks. We agree to the embargo."),
        reply(server, BO, "Nein danke, kein Bedarf."),
        reply(server, CY, "Could we speak on the telephone first?"),
    ]
    put_into_maildir(desk.root / "returned", replies)
    collected = desk.run("bounces", "collect")
    step = f"mailer embargo record {ADA} accepted --for lamps"
    assert step in [each.strip() for each in collected.out.splitlines()]
    assert answers(desk) == {"accepted": [], "declined": [], "silent": [ADA, BO, CY], "unconfirmed": [ADA, BO]}
    page = desk.run("embargo", "status").out
    assert "“We agree to the embargo.”" in page
    assert step in page
    replies_by_address = {each["email"]: each for each in desk.run("replies", "list", "--json").json["replies"]}
    assert {address: each["asks"][0] for address, each in replies_by_address.items()} == {
        ADA: "accepted",
        BO: "declined",
        CY: "call",
    }
    assert all(each["needs_answer"] for each in replies_by_address.values())
    assert "accepts the embargo, for you to confirm" in desk.run("replies").out
    desk.run("worker", "--once")
    assert times_taken(server)[ADA] == 1
    assert desk.run(*step.split()[1:]).code == 0
    waiting = [each["email"] for each in desk.run("replies", "list", "--json").json["replies"] if each["open"]]
    assert sorted(waiting) == [BO, CY]
    desk.run("worker", "--once")
    assert times_taken(server)[ADA] == 2
    assert answers(desk)["unconfirmed"] == [BO]
    evidence = in_the_ledger(desk, "SELECT evidence, note FROM embargo_answer WHERE confirmed")
    assert evidence == [("reply", "We agree to the embargo.")]


@pytest.mark.slow
def test_at_the_lift_the_others_get_it_without_the_banner_and_nobody_gets_it_twice(
    desk: Desk, server: ScriptedServer
) -> None:
    offer = desk.run(*OFFER, "--then-to", "desk", "--then-to", "others")
    assert offer.code == 0, offer.err
    assert "4 messages to desk + others" in offer.err
    assert "03:00 in America/New_York" in offer.err
    desk.run("embargo", "record", ADA, "accepted", "--for", "lamps")
    work(desk, LIFT - timedelta(days=2))
    assert times_taken(server) == {ADA: 2, BO: 1, CY: 1}
    work(desk, LIFT - timedelta(seconds=1))
    assert times_taken(server) == {ADA: 2, BO: 1, CY: 1}
    assert "lamps: wave 1 has started, 3 to send to" in work(desk, LIFT)
    assert times_taken(server) == {ADA: 2, BO: 2, CY: 2, DI: 1}
    for address in (BO, CY, DI):
        mail = mails_to(server, address)[-1]
        assert mail_of(mail)["Subject"] == HEADLINE
        assert "embargo" not in text_of(mail).lower()
        assert "It holds four hundred lamps" in " ".join(text_of(mail).split())
    work(desk, LIFT + timedelta(hours=1))
    assert sum(times_taken(server).values()) == 7


@pytest.mark.slow
def test_who_accepts_after_the_lift_gets_it_without_the_banner(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run(*OFFER).code == 0
    desk.run("embargo", "record", ADA, "accepted", "--for", "lamps")
    work(desk, LIFT + timedelta(minutes=5))
    assert mail_of(mails_to(server, ADA)[1])["Subject"] == HEADLINE


def test_an_offered_release_cannot_be_put_off_as_a_whole(desk: Desk) -> None:
    assert desk.run(*OFFER).code == 0
    done = desk.run("send", "lamps", "--to", "others", "--at", f"{YEAR}-03-02 09:00 Europe/Berlin", "--yes")
    assert (done.code, "--then-to" in done.err) == (2, True)


@pytest.mark.slow
def test_a_paused_release_goes_to_nobody_until_it_is_resumed(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run(*OFFER).code == 0
    assert desk.run("pause", "lamps").code == 0
    desk.run("embargo", "record", ADA, "accepted", "--for", "lamps")
    desk.run("worker", "--once")
    assert times_taken(server)[ADA] == 1
    assert desk.run("resume", "lamps").code == 0
    assert times_taken(server)[ADA] == 2


def test_what_was_not_offered_cannot_be_agreed_to(desk: Desk) -> None:
    assert desk.run(*OFFER).code == 0
    done = desk.run("embargo", "record", DI, "accepted", "--for", "lamps")
    assert (done.code, "was not offered lamps" in done.err) == (2, True)
    done = desk.run("embargo", "record", ADA, "accepted", "--for", "lams")
    assert 'did you mean "lamps"?' in done.err
    assert desk.run("embargo", "status", "pier").code == 2


@pytest.mark.slow
def test_what_is_forgotten_of_a_person_is_what_they_said_too(desk: Desk) -> None:
    assert desk.run(*OFFER, "--then-to", "others").code == 0
    desk.run("embargo", "record", BO, "accepted", "--for", "lamps", "--why", "told bo@b.example.com")
    (answer,) = desk.run("contacts", "export", BO, "--json").json["embargoes"]
    assert (answer["release"], answer["verdict"], answer["evidence"]) == ("lamps", "accepted", "staff")
    done = desk.run("contacts", "forget", BO, "--yes")
    assert done.code == 0, done.err
    assert in_the_ledger(desk, "SELECT address, note, verdict FROM embargo_answer") == [(None, "", "accepted")]
    assert in_the_ledger(desk, "SELECT address FROM wave_recipient") == [(DI,)]
    assert json.dumps(desk.run("embargo", "status", "--json").json).count(BO) == 0


@pytest.mark.slow
def test_the_privacy_notice_goes_with_the_offer_and_not_again_with_the_release(
    desk: Desk, server: ScriptedServer
) -> None:
    desk.settings(server, more='[privacy]\nurl = "https://press.example.org/privacy"\n')
    assert desk.run(*OFFER).code == 0
    desk.run("embargo", "record", ADA, "accepted", "--for", "lamps")
    desk.run("worker", "--once")
    offer, release = (text_of(each) for each in mails_to(server, ADA))
    assert ("press.example.org/privacy" in offer, "press.example.org/privacy" in release) == (True, False)


@pytest.mark.slow
def test_a_list_that_has_nobody_new_is_offered_nothing(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run(*OFFER).code == 0
    done = desk.run(*OFFER)
    assert (done.code, "everyone on these lists has had the offer" in done.err) == (2, True)
    assert sum(times_taken(server).values()) == 3


def test_an_answer_of_who_has_the_release_promises_no_mail(desk: Desk) -> None:
    others = ("--under-embargo", "--not-agreed", "They were told by telephone.", "--yes")
    assert desk.run("send", "lamps", "--to", "desk", *others).code == 0
    done = desk.run("embargo", "record", ADA, "accepted", "--for", "lamps")
    assert done.code == 0
    assert "has accepted the embargo of lamps. The release was sent to them already." in " ".join(done.out.split())
    assert "worker" not in done.out


def test_an_answer_to_a_release_that_is_under_no_embargo_is_refused(desk: Desk) -> None:
    desk.release()
    assert desk.run("send", "lamps", "--to", "desk", "--yes").code == 0
    done = desk.run("embargo", "record", ADA, "accepted", "--for", "lamps")
    assert (done.code, "lamps is not under embargo" in done.err) == (2, True)
    assert in_the_ledger(desk, "SELECT count(*) FROM embargo_answer") == [(0,)]


@pytest.mark.slow
def test_a_follow_up_can_go_to_those_alone_who_accepted(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run(*OFFER).code == 0
    put_into_maildir(desk.root / "returned", [reply(server, ADA, "Thanks. We agree to the embargo.")])
    assert desk.run("bounces", "collect").code == 0  # which is no reply to the release
    assert desk.run("embargo", "record", ADA, "accepted", "--for", "lamps").code == 0
    others = ("--under-embargo", "--not-agreed", "They were told by telephone.", "--yes")
    assert desk.run("send", "lamps", "--to", "desk", *others).code == 0
    assert times_taken(server) == {ADA: 2, BO: 2, CY: 2}
    days_pass(desk, 7)
    done = desk.run("follow-up", "lamps", "--only", "accepted-embargo", "--yes")
    assert done.code == 0, done.said
    assert times_taken(server) == {ADA: 3, BO: 2, CY: 2}


@pytest.mark.slow
def test_a_release_that_was_withdrawn_is_offered_to_nobody_more(desk: Desk, server: ScriptedServer) -> None:
    toml = (desk.root / "mailer.toml").read_text().replace("delays_s = [0.1]", "delays_s = [900]\nstay_s = 0")
    desk.write("mailer.toml", toml)
    server.recipients = {CY: [Act("451 4.7.1 later")]}
    assert desk.run(*OFFER, "--then-to", "others").code == 1
    server.recipients = {}
    assert desk.run("embargo", "record", ADA, "accepted", "--for", "lamps").code == 0
    desk.run("worker", "--once")
    done = desk.run("retract", "lamps", "--note", "The lamps are not ours.", "--yes")
    assert done.code == 0, done.said
    assert "1 recipient gets nothing, as it had not reached them" in done.err
    assert desk.states(mailing="lamps/offer-1")[CY] == "cancelled"
    recorded = desk.run("embargo", "record", BO, "accepted", "--for", "lamps")
    assert (recorded.code, "worker" in recorded.said, "withdrawn" in recorded.said) == (0, False, True)
    status = desk.run("embargo", "status", "lamps").said
    assert ("withdrawn" in status, "waits for" in status) == (True, False)
    assert work(desk, LIFT + timedelta(minutes=1)) == []
    assert times_taken(server) == {ADA: 3, BO: 1}
