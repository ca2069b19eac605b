"""`mailer send` and an embargo: who gets it before, what the mail says, and what happens when it ends."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.office import BODY, HEADLINE, Desk, in_the_ledger, mail_of, text_of, times_taken
from tests.servers import Act, ScriptedServer

NEXT_YEAR = datetime.now(UTC).year + 1
SEND = ("send", "lamps", "--to", "desk", "--yes")
LIST = """\
email,name,embargo agreed,time zone
ada@a.example.com,Ada Brook,yes,Europe/Berlin
bo@b.example.com,Bo Lind,,
cy@c.example.com,Cy Noor,no,
di@d.example.com,Di Oak,since 2026,
"""


def under_embargo(desk: Desk, until: str = f"{NEXT_YEAR}-03-02 09:00 UTC") -> None:
    desk.release(label=f"Press release\nembargo: {until}")
    desk.write("lists/desk.csv", LIST)


def soon(desk: Desk) -> tuple[datetime, str]:
    """Return a time that comes soon, but not before some commands have run, however slow this machine is."""
    under_embargo(desk)
    began = time.monotonic()
    desk.run(*SEND, "--under-embargo", "--dry-run")
    seconds = 5 + 10 * (time.monotonic() - began)
    at = (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0) + timedelta(seconds=1)
    return at, f"{at:%Y-%m-%d %H:%M:%S} UTC"


def wait_for(at: datetime) -> None:
    time.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()) + 0.01)


def test_only_who_agreed_gets_it_before(desk: Desk, server: ScriptedServer) -> None:
    under_embargo(desk)
    plan = desk.run(*SEND, "--under-embargo", "--dry-run", "--json").json
    assert (plan["to_send"], plan["left_out"]) == (2, {"embargo_not_agreed": 2})
    assert plan["embargo"] == {"until": f"{NEXT_YEAR}-03-02T09:00:00+00:00", "only_who_agreed": True}
    assert plan["subject"].startswith("[EMBARGO 09:00 UTC / 10:00 CET")
    done = desk.run(*SEND, "--under-embargo")
    assert done.code == 0, done.err
    assert "2 who have not agreed to keep an embargo" in done.err
    assert f"until {NEXT_YEAR}-03-02 09:00 UTC: only to contacts who agreed to it" in done.err
    assert set(times_taken(server)) == {"ada@a.example.com", "di@d.example.com"}
    why = desk.run("why", "bo@b.example.com", "--for", "lamps", "--to", "desk", "--under-embargo")
    assert "has not agreed to keep" in why.out


PROMISES = {
    "yes": [
        "yes",
        "Ja",
        "✓",
        "1",
        "x",
        "agreed",
        "since 2026",
        "2026-01-03",
        "03/04/2026",
        "seit Mai 2026",
        "同意済み",
    ],
    "no": ["", "no", "pending", "ask first", "?", "not yet", "no (2026)", "refused 2026", "yes, but not for us"],
}


def test_only_a_clear_yes_is_a_promise_to_keep_an_embargo(desk: Desk) -> None:
    under_embargo(desk)
    rows = [(f"{kind}{number}@a.example.com", cell) for kind in PROMISES for number, cell in enumerate(PROMISES[kind])]
    people = "".join(f'{address},,"{cell}",\n' for address, cell in rows)
    desk.write("lists/desk.csv", LIST.partition("\n")[0] + "\n" + people)
    plan = desk.run(*SEND, "--under-embargo", "--dry-run", "--json").json
    assert plan["left_out"] == {"embargo_not_agreed": len(PROMISES["no"])}
    assert '"pending" is not a clear yes' in desk.run(*SEND, "--under-embargo", "--dry-run").err


def test_the_others_get_it_before_for_a_reason_that_is_kept(desk: Desk, server: ScriptedServer) -> None:
    under_embargo(desk)
    done = desk.run(*SEND, "--not-agreed", "the editor asked for it by telephone")
    assert done.code == 0, done.err
    assert "also to contacts who have not agreed" in done.err
    assert len(server.accepted) == 4
    kept = in_the_ledger(desk, "SELECT text FROM event_text WHERE text LIKE '%by telephone%'")
    assert len(kept) == 1


def test_a_test_of_it_goes_to_anybody_of_ours(desk: Desk, server: ScriptedServer) -> None:
    under_embargo(desk)
    done = desk.run("test", "lamps", "--to", "desk", "--as", "bo@b.example.com", "--inbox", "me@example.org")
    assert done.code == 0, done.err
    assert "EMBARGO" in str(mail_of(server.accepted[0])["Subject"])


@pytest.mark.slow
def test_what_goes_out_at_its_end_does_not_call_itself_embargoed(desk: Desk, server: ScriptedServer) -> None:
    at, until = soon(desk)
    under_embargo(desk, until)
    done = desk.run(*SEND, "--at", until)
    assert done.code == 0, done.err
    assert "the embargo is over when it goes out: the mail does not speak of it" in done.err
    assert desk.run("worker", "--once").code == 0
    assert server.connections == 0
    wait_for(at)
    assert desk.run("worker", "--once").code == 0
    assert len(server.accepted) == 4
    for message in server.accepted:
        assert mail_of(message)["Subject"] == HEADLINE
        assert "embargo" not in message.data.decode().lower()


@pytest.mark.slow
def test_what_was_approved_for_its_end_does_not_go_out_before(desk: Desk, server: ScriptedServer) -> None:
    under_embargo(desk)
    assert desk.run(*SEND, "--at", f"{NEXT_YEAR}-03-02 09:00 UTC").code == 0
    in_the_ledger(desk, "UPDATE mailing SET scheduled_at = '2026-01-01 00:00:00.000000'")
    done = desk.run("worker", "--once")
    assert "its embargo, which lasts until" in done.err
    assert server.accepted == []
    assert desk.report()["state"] == "halted"


def test_words_of_an_embargo_do_not_outlive_it(desk: Desk, server: ScriptedServer) -> None:
    desk.release(headline="Embargoed until 2 March: the lamps", label=f"x\nembargo: {NEXT_YEAR}-03-02 09:00 UTC")
    desk.write("lists/desk.csv", LIST)
    done = desk.run(*SEND, "--at", f"{NEXT_YEAR}-03-02 09:00 UTC")
    assert done.code == 2
    assert "still speaks of one" in done.err
    assert server.connections == 0


@pytest.mark.slow
def test_what_waits_past_the_end_is_not_sent_as_embargoed(desk: Desk, server: ScriptedServer) -> None:
    at, until = soon(desk)
    under_embargo(desk, until)
    server.recipients = {"di@d.example.com": Act("451 4.7.1 come back later")}
    done = desk.run(*SEND, "--under-embargo", "--json")
    assert done.code == 1
    wait_for(at)
    server.recipients = {}
    before = len(server.accepted)
    desk.run("resume", "lamps", "--json")
    report = desk.report()
    assert len(server.accepted) == before
    assert report["state"] == "halted"
    desk.release(label="Press release")
    again = desk.run(*SEND, "--changed", "the embargo is over")
    assert again.code == 0, again.err
    last = server.accepted[-1]
    assert times_taken(server)["di@d.example.com"] == 1
    assert "embargo" not in text_of(last).lower()


@pytest.mark.slow
def test_words_of_an_embargo_stop_a_send_that_asks_nobody_until_a_reason_is_given(
    desk: Desk, server: ScriptedServer
) -> None:
    path = desk.release(body=f"{BODY}\nPlease sit on this until Tuesday.\n")
    desk.write("lists/desk.csv", LIST)
    refused = desk.run(*SEND)
    assert refused.code == 2
    assert '"Please sit on this until Tuesday." reads like an embargo' in refused.err
    assert server.connections == 0
    assert desk.run("release", "check", "lamps").code == 2
    unreasoned = desk.run("release", "check", "lamps", "--waive", "embargo-in-words")
    assert unreasoned.code == 2
    desk.run("release", "check", "lamps", "--waive", "embargo-in-words", "--reason", "the ship's motto")
    assert "the ship's motto" in path.read_text("utf-8")
    done = desk.run(*SEND)
    assert done.code == 0, done.err
    assert len(times_taken(server)) == 4


def test_embargo_among_the_contacts_of_a_pasted_release_never_goes_out_as_for_immediate_release(
    desk: Desk, server: ScriptedServer
) -> None:
    desk.write(
        "releases/pasted.txt",
        "FOR IMMEDIATE RELEASE\n\nLamps are lit\n\nEASTPORT, 1 March 2027 – The trust has lit all forty lamps along "
        "the quay, weeks before the ferries start.\n\nMedia contact:\nIda Brook, press officer\nTel. +44 20 7946 0155\n"
        "EMBARGOED UNTIL 00:01 01/06/27\n",
    )
    desk.write("lists/desk.csv", LIST)
    refused = desk.run("send", "releases/pasted.txt", "--to", "desk", "--yes")
    assert refused.code == 2
    assert "writes the year in two digits" in refused.err
    assert 'says both "FOR IMMEDIATE RELEASE" and "EMBARGOED UNTIL 00:01 01/06/27"' in refused.err
    assert server.connections == 0


def test_the_moment_of_a_send_is_read_as_the_embargo_of_the_release_is(desk: Desk) -> None:
    for words in (f"{NEXT_YEAR}-03-02 00:01 GMT", f"2 March {NEXT_YEAR}, 9 a.m. ET", f"{NEXT_YEAR}-03-02 09:00 CET"):
        under_embargo(desk, words)
        planned = desk.run(*SEND, "--at", words, "--dry-run", "--json")
        assert planned.code == 0, planned.err
        until = desk.run("release", "show", "lamps", "--json").json["embargo_until"]
        assert datetime.fromisoformat(until) == datetime.fromisoformat(planned.json["scheduled_at"])
    assert desk.run(*SEND, "--at", "tomorrow 9:00", "--dry-run").code == 2
    config = desk.root / "mailer.toml"
    desk.write("mailer.toml", config.read_text("utf-8") + '\n[office]\ntime_zone = "Asia/Tokyo"\n')
    desk.release()
    at = desk.run(*SEND, "--at", "tomorrow 9:00", "--dry-run", "--json").json["scheduled_at"]
    tomorrow = datetime.now(ZoneInfo("Asia/Tokyo")).date() + timedelta(days=1)
    assert at == f"{tomorrow}T00:00:00+00:00"
    desk.write("mailer.toml", config.read_text("utf-8").replace("Asia/Tokyo", "Asia/Tokio"))
    wrong = desk.run(*SEND, "--at", "tomorrow 9:00", "--dry-run")
    assert (wrong.code, 'did you mean "Asia/Tokyo"' in wrong.err) == (3, True)
