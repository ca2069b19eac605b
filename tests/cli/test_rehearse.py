"""`mailer rehearse`: what a real run would look like; it leaves no trace."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailer.config.reading import read_settings
from mailer.config.secrets import read_keys
from mailer.inbox.mailbox import read_messages
from mailer.inbox.values import RawMessage
from mailer.tokens import Purpose, parse_token
from tests.office import HEADLINE, STATES, Desk, finish, mail_of
from tests.servers import ScriptedServer

REHEARSE = ("rehearse", "lamps", "--to", "coast")
DELAYS = "\n[retry]\ndelays_s = [60, 300, 900]\n"


@pytest.fixture
def office(desk: Desk, server: ScriptedServer) -> Iterator[Desk]:
    """A desk with a paced relay and real delays; nobody ever connects to the relay itself."""
    desk.settings(server, rate="30/min")
    text = (desk.root / "mailer.toml").read_text("utf-8")
    desk.write("mailer.toml", text.replace("\n[retry]\ndelays_s = [0.1]\n", DELAYS))
    yield desk
    assert server.connections == 0


def faults(desk: Desk, *entries: str) -> tuple[str, str]:
    """Write a faults file from entries whose lines are separated by semicolons; return the option."""
    blocks = ["\n".join(["[[fault]]", *(line.strip() for line in entry.split(";"))]) for entry in entries]
    return "--faults", str(desk.write("bad-day.toml", "\n\n".join(blocks) + "\n"))


def rehearsed(desk: Desk, *words: str) -> dict[str, Any]:
    done = desk.run(*REHEARSE, *words, "--json")
    assert done.code == 0, done.said
    document: dict[str, Any] = done.json
    assert sum(document[state] for state in STATES) == document["planned"]
    return document


def test_a_rehearsal_without_faults_reaches_everybody(office: Desk) -> None:
    result = rehearsed(office, "--faults", "none")
    assert (result["planned"], result["accepted"], result["state"], result["rehearsal"]) == (5, 5, "finished", True)
    assert (result["retries"], result["faults"], result["suppressed"], result["page"]) == ([], [], 0, None)


@pytest.mark.slow
def test_faults_that_a_small_audience_cannot_meet_are_named_with_the_reason(office: Desk) -> None:
    given = faults(
        office,
        'nth = 2; reply = "450 4.2.0 try later"',
        'every = 100; first = 7; reply = "550 5.1.1 gone"',
        'nth = 8; stage = "mail"; reply = "421 4.3.2 closing"',
        'domain = "elsewhere.example.com"; reply = "450 4.2.0 try later"',
        'share = 0.0001; reply = "450 4.2.0 try later"',
    )
    text = office.run(*REHEARSE, *given).err
    assert "every 100th, from the 7th, and there are only 5 recipients" in text
    assert "it is for the 8th message, and there were fewer" in text
    assert "this mailing has no recipient at elsewhere.example.com" in text
    assert "it is for 0.0001 of all, which is none of 5 recipients" in text
    result = rehearsed(office, *given)["faults"]
    assert [bool(each["not_played_because"]) for each in result] == [False, True, True, True, True]
    assert "never" not in text


@pytest.mark.slow
def test_nothing_is_left_in_the_workspace_nor_anywhere_else(
    office: Desk, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before, state = office.files(), Path(os.environ["XDG_STATE_HOME"])
    known = sorted(state.rglob("*"))
    scratch = tmp_path_factory.mktemp("scratch")
    done = finish(office.start(*REHEARSE, env={"TMPDIR": str(scratch)}))
    assert (done.code, done.out) == (0, "")
    assert office.files() == before
    assert not (office.root / ".mailer").exists()
    assert list(scratch.iterdir()) == []
    assert sorted(state.rglob("*")) == known


@pytest.mark.slow
def test_the_ledger_is_read_and_never_written(desk: Desk, server: ScriptedServer) -> None:
    desk.run("send", "lamps", "--to", "coast", "--yes")
    desk.run("optouts", "add", "zoe@z.example.com")
    desk.people("more", ["ada@a.example.com", "zoe@z.example.com", "yan@y.example.com"])
    before, connections = desk.files(), server.connections
    result = desk.run("rehearse", "lamps", "--to", "more", "--faults", "none", "--json").json
    assert result["left_out"] == {"already_planned": 1}
    assert (result["planned"], result["accepted"], result["skipped"]) == (2, 1, 1)
    assert list(result["skipped_reasons"].values()) == [1]
    # SQLite's index of its log is memory shared by readers, and no data
    after = {name: data for name, data in desk.files().items() if not name.endswith("-shm")}
    assert after == {name: data for name, data in before.items() if not name.endswith("-shm")}
    assert server.connections == connections


@pytest.mark.slow
def test_who_is_refused_put_off_and_in_doubt_is_told(office: Desk) -> None:
    result = rehearsed(
        office,
        *faults(
            office,
            'address = "ada@a.example.com"; reply = "550 5.1.1 user unknown"; times = 0',
            'domain = "b.example.com"; reply = "452 4.2.2 mailbox full"; times = 2',
            'nth = 3; stage = "body"; drop = true',
            'nth = 4; stage = "body"; reply = "554 5.7.1 this looks like spam"',
        ),
    )
    assert {state: result[state] for state in STATES if result[state]} == {"accepted": 2, "rejected": 2, "in_doubt": 1}
    assert [person["address"] for person in result["in_doubt_people"]] == ["cy@c.example.com"]
    assert result["suppressed"] == 1
    assert [(each["address"], each["attempt"], each["after_s"], each["state"]) for each in result["retries"]] == [
        ("bo@b.example.com", 1, 60, "accepted"),
        ("bo@b.example.com", 2, 300, "accepted"),
    ]
    assert [(each["people"], each["played"]) for each in result["faults"]] == [(1, 1), (1, 2), (1, 1), (1, 1)]


@pytest.mark.slow
def test_the_time_is_reckoned_at_the_pace_of_the_relay_with_all_second_tries(office: Desk) -> None:
    office.people("coast", 60)
    result = rehearsed(office, *faults(office, 'every = 6; reply = "450 4.2.0 try later"'))
    assert result["estimate"]["bound"] == "30/min"
    assert result["estimate"]["takes_s"] == pytest.approx(2 * (60 + 10 - 1))
    done_at, last_at = (datetime.fromisoformat(time) for time in (result["estimate"]["done_at"], result["last_try_at"]))
    # the 60th recipient, deferred near the end, comes a minute after the others
    assert timedelta(seconds=30) < last_at - done_at < timedelta(seconds=61)


@pytest.mark.slow
def test_it_does_not_wait_for_what_a_real_run_waits_for(office: Desk) -> None:
    result = rehearsed(
        office, "--expires", "3h", *faults(office, 'nth = 2; reply = "452 4.2.2 mailbox full"; times = 0')
    )
    assert (result["accepted"], result["expired"]) == (4, 1)
    assert [each["after_s"] for each in result["retries"]][:4] == [60, 300, 900, 900]
    assert result["left_to_resume"] == 1


@pytest.mark.slow
def test_a_rehearsal_repeats_exactly(office: Desk) -> None:
    office.people("coast", 120)

    def once() -> dict[str, Any]:
        result = rehearsed(office)
        moments = {
            "created_at",
            "started_at",
            "finished_at",
            "last_try_at",
            "rehearsed_in_s",
            "in_doubt_people",
            "bytes",
        }
        return {
            **{key: value for key, value in result.items() if key not in moments},
            "estimate": result["estimate"]["takes_s"],
            "retries": [{**each, "at": ""} for each in result["retries"]],
        }

    first = once()
    assert first["in_doubt"] == 1
    assert first["retries"]
    assert once() == first


@pytest.mark.slow
def test_the_usual_faults_do_not_halt_a_mailing_to_a_list_in_good_order(office: Desk) -> None:
    office.people("coast", 300)
    result = rehearsed(office)
    assert (result["state"], result["halted"], result["pending"]) == ("finished", None, 0)
    assert (result["accepted"], result["rejected"], result["in_doubt"]) == (296, 3, 1)
    assert all(each["played"] for each in result["faults"])


@pytest.mark.slow
def test_what_slows_a_run_down_is_told(office: Desk) -> None:
    office.people("coast", 30)
    entry = 'nth = 5; stage = "mail"; reply = "451 4.7.1 Rate limit exceeded, slow down"'
    done = office.run(*REHEARSE, *faults(office, entry))
    assert done.code == 0
    assert "30 accepted" in done.err
    assert "relay main" in done.err.partition("Rehearsed;")[0].partition("built and checked")[2].lower()


@pytest.mark.slow
def test_a_quota_that_is_used_up_halts_the_rehearsal_as_it_would_the_run(office: Desk) -> None:
    option = faults(office, 'nth = 3; stage = "mail"; times = 0; reply = "550 5.4.5 Daily sending quota exceeded"')
    result = rehearsed(office, *option)
    assert result["state"] != "finished"
    assert "quota exceeded" in result["halted"]
    assert (result["accepted"], result["pending"]) == (2, 3)
    done = office.run(*REHEARSE, *option)
    assert done.code == 0
    assert "3 would wait, untouched" in done.err


def test_a_relay_that_lets_nobody_in_is_told_as_such(office: Desk) -> None:
    result = rehearsed(office, *faults(office, 'nth = 1; stage = "connect"; times = 0; reply = "554 5.7.1 no service"'))
    assert "no service" in result["halted"]
    assert (result["accepted"], result["pending"]) == (0, 5)


@pytest.mark.slow
def test_people_are_told_in_words(office: Desk) -> None:
    office.people("coast", 40)
    done = office.run(*REHEARSE)
    assert (done.code, done.out) == (0, "")
    for shown in (
        "nothing was sent",
        "40 planned   38 accepted · 1 rejected · 1 in doubt",
        "at 30/min, over 2 connections: done by",
        "again after 5 min: deferred (greylisted)",
        "the last attempt is at",
        "1 would be skipped from now on",
        "every 100th, from the 3rd",
    ):
        assert shown in done.err


@pytest.mark.slow
def test_the_mails_can_be_kept_and_their_tokens_are_nobodys(desk: Desk, server: ScriptedServer, tmp_path: Path) -> None:
    desk.run("send", "lamps", "--to", "coast", "--yes")
    desk.people("more", ["yan@y.example.com"])
    kept = tmp_path / "look"
    result = desk.run("rehearse", "lamps", "--to", "more", "--faults", "none", "--keep", str(kept), "--json").json
    assert HEADLINE in Path(result["page"]).read_text("utf-8")
    (mail,) = [entry.data for entry in read_messages(kept / "Maildir") if isinstance(entry, RawMessage)]
    assert b"yan@y.example.com" in mail
    desk.run("send", "lamps", "--to", "more", "--yes")
    real = mail_of(server.accepted[-1])
    keys = read_keys(desk.root / read_settings(desk.root, {}).keys.file)
    assert keys is not None
    assert str(real["Message-ID"]).encode() not in mail
    assert parse_token(keys, Purpose.MESSAGE_ID, _token(str(real["Message-ID"]))) is not None
    (line,) = [line for line in mail.decode("ascii").splitlines() if line.startswith("Message-ID:")]
    assert parse_token(keys, Purpose.MESSAGE_ID, _token(line.partition(": ")[2])) is None


def _token(message_id: str) -> str:
    return message_id.strip("<>").partition("@")[0]


@pytest.mark.slow
def test_a_file_to_start_from_holds_the_usual_faults(office: Desk) -> None:
    shown = office.run("rehearse", "--show-faults")
    assert shown.code == 0
    office.write("usual.toml", shown.out)
    result = rehearsed(office, "--faults", str(office.root / "usual.toml"))
    assert [each["who"] for each in result["faults"]] == [each["who"] for each in rehearsed(office)["faults"]]


@pytest.mark.parametrize(
    "words, code, phrase",
    [
        (("rehearse",), 2, "give a release and a list"),
        (("rehearse", "lamps"), 2, "give a release and a list"),
        (("rehearse", "lamps", "--to", "nowhere"), 2, 'there is no list "nowhere"'),
        (("rehearse", "lanterns", "--to", "coast"), 2, 'there is no release "lanterns"'),
        ((*REHEARSE, "--relay", "preview"), 2, "never leaves this machine"),
        ((*REHEARSE, "--relay", "other"), 3, 'there is no relay "other"'),
        ((*REHEARSE, "--faults", "nothing.toml"), 2, 'there is no faults file "nothing.toml"'),
        ((*REHEARSE, "--faults", "lists/coast.csv"), 2, "coast.csv:1: this is not TOML"),
        ((*REHEARSE, "--except", "coast"), 2, "there are no recipients"),
    ],
)
def test_what_cannot_be_rehearsed_is_refused(office: Desk, words: tuple[str, ...], code: int, phrase: str) -> None:
    before = office.files()
    done = office.run(*words)
    assert done.code == code
    assert phrase in done.err
    assert office.files() == before


def test_mails_are_kept_in_a_new_folder_alone(office: Desk) -> None:
    before = office.files()
    done = office.run(*REHEARSE, "--keep", str(office.root / "lists"))
    assert done.code == 2
    assert "already exists" in done.err
    assert office.files() == before


def test_a_misspelt_key_in_a_faults_file_is_told_with_its_line(office: Desk) -> None:
    done = office.run(*REHEARSE, *faults(office, 'nht = 2; reply = "550 5.1.1 gone"'), "--json")
    assert done.code == 2
    (problem,) = done.json["error"]["problems"]
    assert (problem["source"], problem["line"]) == ("bad-day.toml", 2)
    assert 'did you mean "nth"' in problem["message"]


def test_without_a_relay_in_mailer_toml_there_is_no_pace_and_the_rehearsal_runs(desk: Desk) -> None:
    desk.settings(None)
    result = rehearsed(desk, "--faults", "none")
    assert (result["accepted"], result["estimate"]) == (5, None)
