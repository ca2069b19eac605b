"""`mailer release check` as staff type it, and the effect of its findings on a send."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.office import BODY, Desk
from tests.servers import ScriptedServer

TBC = BODY.replace("on Friday", "on TBC").replace("four hundred", "XX")


@pytest.mark.parametrize(
    "line, code, phrase",
    [("2", 0, 'in the field "headline" at the top'), ("1", 2, 'line 1 is "---"'), ("999", 2, "there is no line 999")],
)
def test_what_a_line_is_can_be_asked_of_every_line(desk: Desk, line: str, code: int, phrase: str) -> None:
    done = desk.run("release", "show", "lamps", "--why", line)
    assert (done.code, phrase in done.said) == (code, True), done.said


def test_findings_say_where_what_and_what_to_do(desk: Desk) -> None:
    desk.settings(None)
    desk.release(body=TBC)
    done = desk.run("release", "check", "lamps")
    assert done.code == 0
    assert re.search(r'(?m)^  warning releases/lamps\.md:14: "TBC" looks like a gap', done.out)
    assert '          Fill it in, or take it out.  [leftover "TBC"]' in done.out
    assert "2 warnings. It can be sent." in done.out
    assert "--waive 'leftover \"TBC\"' --reason" in done.out


def test_a_warning_is_waved_through_with_a_reason_that_stays(desk: Desk) -> None:
    desk.settings(None)
    path = desk.release(body=TBC)
    before = path.read_text("utf-8")
    done = desk.run("release", "check", "lamps", "--waive", 'leftover "TBC"', "--reason", "the ship's name", "--json")
    assert done.code == 0
    assert [problem["key"] for problem in done.json["problems"] if problem["severity"] == "warning"] == ["leftover"]
    assert [(each["about"], each["reason"]) for each in done.json["waived"]] == [("TBC", "the ship's name")]
    after = path.read_text("utf-8")
    added = 'checks:\n  waive:\n    leftover "TBC": the ship\'s name\n'
    assert after == before.replace("\n---\n\n", f"\n{added}---\n\n")
    (copy,) = (desk.root / ".mailer" / "undo").iterdir()
    assert copy.read_text("utf-8") == before
    shown = desk.run("release", "check", "lamps").out
    assert "  waived  releases/lamps.md:" in shown
    assert "the ship's name" in shown
    assert "1 warning. 1 warning waived. It can be sent." in shown


@pytest.mark.parametrize(
    "words, says",
    [
        (["--waive", "leftover"], "--waive needs a reason"),
        (["--reason", "x"], "--reason needs --waive"),
        (["--waive", "leftover", "--reason", "x"], "2 findings have the code leftover; name one"),
        (["--waive", 'leftover "TKK"', "--reason", "x"], 'no leftover is about "TKK"'),
        (["--waive", "leftovers", "--reason", "x"], 'did you mean "leftover"?'),
        (["--waive", "link-private", "--reason", "x"], "is an error and cannot be waived"),
        (["--waive", "no-end-mark", "--reason", "x"], "there is nothing to waive"),
        (["--sender", "mian"], 'did you mean "main"?'),
        (["--at", "tomorrow"], "is not a date and time with a zone"),
    ],
)
def test_what_cannot_be_waved_through_says_so_and_changes_nothing(desk: Desk, words: list[str], says: str) -> None:
    desk.settings(None)
    path = desk.release(body=TBC + "\nSee [the list](https://localhost/lamps).\n")
    before = path.read_bytes()
    done = desk.run("release", "check", "lamps", *words)
    assert (done.code, says in done.said) == (2, True), done.said
    assert path.read_bytes() == before
    assert not (desk.root / ".mailer").exists()


def test_all_of_a_code_may_be_waved_through_at_once(desk: Desk) -> None:
    desk.settings(None)
    desk.release(body=TBC)
    done = desk.run("release", "check", "lamps", "--waive", 'leftover "*"', "--reason", "a crossword", "--json")
    assert len(done.json["waived"]) == 2
    assert desk.run("release", "check", "lamps", "--waive", 'leftover "*"', "--reason", "x").code == 2


def test_a_text_that_is_no_markdown_keeps_no_reasons(desk: Desk) -> None:
    desk.settings(None)
    desk.write("releases/cellar.txt", "The lamps are lit.\n\nEASTPORT, 2 October 2026 – One TBC.\n\nContact: Ada\n")
    done = desk.run("release", "check", "cellar", "--waive", "leftover", "--reason", "x")
    assert done.code == 2
    assert "mailer release import" in done.err


@pytest.mark.parametrize(
    "text, phrase",
    [("[senders\n", "mailer.toml cannot be read"), ("[sender.main]\n", "mailer.toml cannot be used as it is")],
)
def test_settings_that_cannot_be_read_are_told_and_nothing_is_checked_by_other_rules(
    desk: Desk, text: str, phrase: str
) -> None:
    desk.write("mailer.toml", text)
    desk.release()
    done = desk.run("release", "check", "lamps")
    assert done.code == 3
    assert phrase in done.err
    assert "mailer.toml:1" in done.err
    assert done.out == ""
    assert desk.run("release", "check", "lamps", "--json").json["error"]["code"] == "configuration"


def test_settings_that_are_no_text_are_told_too(desk: Desk) -> None:
    (desk.root / "mailer.toml").write_bytes(b"\xff\xfe[\x00s\x00")
    desk.release()
    done = desk.run("release", "check", "lamps")
    assert (done.code, "is not UTF-8 text" in done.err) == (3, True)


def test_mailer_toml_says_what_is_forbidden_and_where_numbers_are_from(desk: Desk) -> None:
    desk.settings(None, more='[checks]\nforbidden = ["Gannet Foods"]\nheadline = 30\n')
    desk.release(body=BODY + "\nPaid by Gannet Foods.\n")
    done = desk.run("release", "check", "lamps", "--json")
    assert done.code == 2
    assert {problem["code"] for problem in done.json["problems"] if problem["severity"] != "note"} == {
        "forbidden",
        "headline-long",
    }
    desk.settings(None, more="[checks]\nforbiden = []\n")
    assert 'did you mean "forbidden"?' in desk.run("send", "lamps", "--to", "coast", "--dry-run").err


def test_the_embargo_is_held_against_the_schedule(desk: Desk) -> None:
    desk.settings(None)
    path = desk.release()
    day = datetime.now(UTC).date() + timedelta(days=9)
    path.write_text(path.read_text("utf-8").replace("\ndate:", f"\nembargo: {day} 09:00 UTC\ndate:"), "utf-8")

    def codes(at: str) -> set[str]:
        document = desk.run("release", "check", "lamps", "--at", at, "--json").json
        return {problem["code"] for problem in document["problems"]}

    assert "under-embargo" in codes(f"{day} 08:59 UTC")
    assert "embargo-ended" in codes(f"{day} 09:01 UTC")


def test_before_a_send_warnings_are_shown_waived_ones_counted_and_errors_stop(desk: Desk) -> None:
    desk.settings(None)
    desk.people("coast", 2)
    desk.release(body=TBC)
    shown = desk.run("send", "lamps", "--to", "coast", "--dry-run").err
    assert "2 warnings" in shown
    assert '"XX" looks like a gap' in shown
    desk.run("release", "check", "lamps", "--waive", 'leftover "TBC"', "--reason", "the ship")
    shown = desk.run("send", "lamps", "--to", "coast", "--dry-run").err
    assert "1 warning · 1 waived" in shown
    assert '"TBC" looks like' not in shown
    desk.release(body=BODY + "\nSee [the list](https://localhost/lamps).\n")
    done = desk.run("send", "lamps", "--to", "coast", "--dry-run")
    assert done.code == 2
    assert "the link cannot be opened from outside: https://localhost" in done.err
    assert "Link to the public page." in done.err


SOON = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d} 09:00 UTC"
STOPPED = [
    ("[Insert quote]", "", "looks like a gap"),
    ("Gannet Foods paid for it.", "", "is forbidden by mailer.toml"),
    ("See [the list](https://localhost/lamps).", "", "the link cannot be opened from outside"),
    ("EMBARGOED until Friday.", "", "reads like an embargo, and none is set"),
    ('![A lamp](lamp.jpg "A lamp. | Photo: Ada Brook")', "", "the picture lamp.jpg is not in releases/"),
    ("Text.", "attachments: [facts.pdf]\n", "the attachment facts.pdf is not in releases/"),
    ("Text.", "embargo: 2020-12-01 09:00 Europe/Berlin\n", "the embargo is over"),
    ("Text.", "embargo: 2099-12-01 09:00\n", "names no time zone"),
]


@pytest.mark.slow
@pytest.mark.parametrize("text, head, says", STOPPED)
def test_an_error_stops_a_mailing_before_anything_is_planned_or_sent(
    desk: Desk, server: ScriptedServer, text: str, head: str, says: str
) -> None:
    desk.settings(server, more='[checks]\nforbidden = ["Gannet Foods"]\n')
    path = desk.release(body=f"{text}\n\n{BODY}")
    path.write_text(path.read_text("utf-8").replace("\ndate:", f"\n{head}date:"), "utf-8")
    for way in ((), ("--at", SOON)) if text.startswith("[") else ((),):
        done = desk.run("send", "lamps", "--to", "coast", "--yes", *way)
        assert (done.code, says in done.err) == (2, True), done.err
    assert (server.connections, (desk.root / ".mailer").exists()) == (0, False)


PRESS = """Harbour Trust
PRESS RELEASE
14 May 2027
Contact: Helen Marsh, 020 7946 0123

Lock opens to shipping

The harbour authority of Eastport will open its new lock to ships next month, after two years of work that cost a lot.
"""


@pytest.mark.parametrize(
    "query, line, read_as, phrase",
    [
        ("1", 1, "letterhead", "above the headline"),
        ("2", 2, "label", 'label "PRESS RELEASE"'),
        ("14 may", 3, "date", "day 2027-05-14"),
        ("Helen", 4, "contact", 'announces "Contact"'),
        ("lock opens", 6, "headline", "the heaviest line of the head"),
        ("8", 8, "body", "that nothing else claimed"),
    ],
)
def test_why_a_line_was_read_as_it_was(desk: Desk, query: str, line: int, read_as: str, phrase: str) -> None:
    desk.settings(None)
    (desk.root / "statement.txt").write_text(PRESS, "utf-8")
    done = desk.run("release", "show", "statement.txt", "--why", query)
    assert done.code == 0
    assert f"statement.txt:{line}\n" in done.out
    assert phrase in done.out
    result = desk.run("release", "show", "statement.txt", "--why", query, "--json").json
    assert (result["line"], read_as in {one["read_as"] for one in result["reasons"]}) == (line, True)
    assert all(one["line"] != line for one in result["around"])


def test_why_about_a_line_that_is_not_there_says_what_to_name(desk: Desk) -> None:
    desk.settings(None)
    (desk.root / "statement.txt").write_text(PRESS, "utf-8")
    done = desk.run("release", "show", "statement.txt", "--why", "seals")
    assert done.code == 2
    assert 'statement.txt: no line has the words "seals"' in done.err
