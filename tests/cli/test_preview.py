"""`mailer preview`, `mailer test` and `--relay preview`: looking at mail before it goes out."""

from __future__ import annotations

import json
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from mailer.message.compose import content_hash
from tests.office import Desk, mail_of, text_of, times_taken
from tests.servers import ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")


def inbox(desk: Desk) -> list[bytes]:
    return [path.read_bytes() for path in sorted((desk.root / ".mailer" / "preview" / "Maildir" / "new").iterdir())]


def test_a_preview_is_one_persons_mail_in_three_files(desk: Desk, server: ScriptedServer) -> None:
    done = desk.run("preview", "lamps", "--to", "coast", "--as", "CY@c.example.com", "--json")
    assert done.code == 0
    written = done.json
    assert written["email"] == "cy@c.example.com"
    source = message_from_bytes(Path(written["source"]).read_bytes(), policy=policy.default)
    assert source["To"] == "Pat3 Brook <cy@c.example.com>"
    assert source["Subject"] == written["subject"]
    html, text = Path(written["html"]).read_text("utf-8"), Path(written["text"]).read_text("utf-8")
    assert "four hundred lamps" in html
    assert "Ida Marlow" in text
    assert server.connections == 0


def test_a_preview_is_to_the_byte_what_that_person_gets_but_for_the_date(desk: Desk, server: ScriptedServer) -> None:
    """Even the first one, before anything was sent, contains the real opt-out link."""
    done = desk.run("preview", "lamps", "--to", "coast", "--as", "cy@c.example.com", "--json")
    assert done.code == 0
    assert not (desk.root / ".mailer" / "ledger.db").exists()
    assert desk.run(*SEND).code == 0
    taken = next(message for message in server.accepted if message.rcpt_to == ("cy@c.example.com",))
    assert content_hash(Path(done.json["source"]).read_bytes()) == content_hash(taken.data)


def test_a_preview_without_a_list_is_of_an_invented_reader(desk: Desk) -> None:
    assert desk.run("preview", "lamps", "--json").json["email"] == "reader@example.com"


def test_a_preview_of_somebody_who_is_not_there_names_the_nearest(desk: Desk) -> None:
    done = desk.run("preview", "lamps", "--to", "coast", "--as", "cyy@c.example.com")
    assert done.code == 2
    assert 'did you mean "cy@c.example.com"' in done.err


def test_a_preview_of_somebody_who_opted_out_says_so(desk: Desk) -> None:
    desk.run("optouts", "add", "cy@c.example.com")
    done = desk.run("preview", "lamps", "--to", "coast", "--as", "cy@c.example.com")
    assert done.code == 2
    assert "suppressed" in done.err


def test_a_preview_cannot_be_written_over_a_file(desk: Desk) -> None:
    desk.write(".mailer/preview", "")
    done = desk.run("preview", "lamps")
    assert done.code == 2
    assert "preview" in done.err
    assert "internal error" not in done.err


@pytest.mark.slow
@pytest.mark.parametrize("relay", [(), ("--relay", "preview")])
def test_a_test_lands_in_the_preview_inbox_marked_and_touches_nobody(
    desk: Desk, server: ScriptedServer, relay: tuple[str, ...]
) -> None:
    done = desk.run("test", "lamps", "--to", "coast", "--as", "bo@b.example.com", *relay, "--json")
    assert done.code == 0
    report = done.json
    assert (report["mailing"], report["kind"], report["accepted"]) == ("lamps/test-1", "test", 1)
    mails = inbox(desk)
    assert len(mails) == 1
    mail = message_from_bytes(mails[0], policy=policy.default)
    assert str(mail["Subject"]).startswith("[TEST] ")
    assert "bo@b.example.com" in str(mail["To"])
    assert "[TEST]" in Path(report["page"]).read_text("utf-8")
    assert server.connections == 0
    assert desk.run(*SEND, "--json").json["planned"] == 5
    assert set(times_taken(server).values()) == {1}


def test_a_test_to_an_inbox_of_ours_goes_over_the_relay_with_the_contacts_text(
    desk: Desk, server: ScriptedServer
) -> None:
    desk.write("lists/coast.csv", "email,first_name,note\nada@a.example.com,Ada,You asked for lamps.\n")
    done = desk.run("test", "lamps", "--to", "coast", "--inbox", "me@example.org", "--inbox", "boss@example.org")
    assert done.code == 0
    assert sorted(times_taken(server)) == ["boss@example.org", "me@example.org"]
    assert all(str(mail_of(each)["Subject"]).startswith("[TEST] ") for each in server.accepted)
    assert all("You asked for lamps." in text_of(each) for each in server.accepted)
    assert not any(b"ada@a.example.com" in each.data.partition(b"\r\n\r\n")[0] for each in server.accepted)


def test_a_test_that_was_refused_says_so(desk: Desk, server: ScriptedServer) -> None:
    from tests.servers import Act

    server.recipients = {"me@example.org": Act("550 5.1.1 no such user")}
    done = desk.run("test", "lamps", "--inbox", "me@example.org")
    assert done.code == 1
    assert "no such user" in done.err
    # a test suppresses nobody
    assert desk.run("optouts", "list", "--json").json == {"suppressed": []}


@pytest.mark.slow
def test_a_whole_mailing_into_the_preview_inbox_leaves_the_real_one_to_everybody(
    desk: Desk, server: ScriptedServer
) -> None:
    done = desk.run(*SEND, "--relay", "preview", "--json")
    assert done.code == 0
    assert (done.json["mailing"], done.json["kind"], done.json["accepted"]) == ("lamps/preview-1", "preview", 5)
    assert len(inbox(desk)) == 5
    assert server.connections == 0
    real = desk.run(*SEND, "--json").json
    assert (real["kind"], real["planned"], real["accepted"], real["left_out"]) == ("release", 5, 5, {})
    assert set(times_taken(server).values()) == {1}
    second = desk.run(*SEND, "--relay", "preview", "--json").json
    assert (second["mailing"], second["accepted"]) == ("lamps/preview-2", 5)


@pytest.mark.slow
def test_no_relay_is_needed_to_look(desk: Desk) -> None:
    desk.settings(None)
    assert desk.run(*SEND, "--relay", "preview").code == 0
    assert desk.run("test", "lamps", "--to", "coast").code == 0
    inbox_of_ours = desk.run("test", "lamps", "--inbox", "me@example.org")
    assert inbox_of_ours.code == 3
    assert "names no relay" in inbox_of_ours.err


def test_a_preview_is_resumed_in_the_preview_inbox_and_never_over_a_relay(desk: Desk, server: ScriptedServer) -> None:
    desk.run(*SEND, "--relay", "preview")
    assert desk.run("resume", "lamps/preview-1").code == 0
    over_relay = desk.run("resume", "lamps/preview-1", "--relay", "main")
    assert over_relay.code == 2
    assert "preview" in over_relay.err
    assert server.connections == 0


def test_a_real_mailing_cannot_be_resumed_into_the_preview_inbox(desk: Desk, server: ScriptedServer) -> None:
    from tests.servers import Act

    server.at = {"mail": Act("550 5.7.1 not you")}
    desk.run(*SEND)
    done = desk.run("resume", "lamps", "--relay", "preview")
    assert done.code == 2
    assert set(desk.states().values()) == {"pending"}


def test_a_relay_called_preview_is_refused_since_it_would_swallow_mail(desk: Desk, server: ScriptedServer) -> None:
    text = (desk.root / "mailer.toml").read_text("utf-8").replace("[relays.main]", "[relays.preview]")
    desk.write("mailer.toml", text)
    done = desk.run(*SEND)
    assert done.code == 3
    assert "preview" in done.err
    assert server.connections == 0


@pytest.mark.parametrize("words", [("preview", "lamps"), ("test", "lamps")])
def test_what_is_wrong_with_a_release_is_told_by_line(desk: Desk, words: tuple[str, ...]) -> None:
    desk.write("releases/lamps.md", "---\nheadline: A\nlabell: B\n---\n\nText.\n")
    done = desk.run(*words, "--json")
    assert done.code == 2
    problems = done.json["error"]["problems"]
    assert ("releases/lamps.md", 3) in [(each["source"], each["line"]) for each in problems]


def test_the_page_of_the_preview_inbox_shows_headers_checks_and_size(desk: Desk) -> None:
    desk.run("test", "lamps", "--to", "coast")
    page = (desk.root / ".mailer" / "preview" / "index.html").read_text("utf-8")
    assert "sandbox" in page
    assert "List-Unsubscribe" in page
    assert json.dumps("ada@a.example.com")[1:-1] in page
