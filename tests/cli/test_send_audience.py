"""Which contacts of the lists get it: --where, --limit, --sample, several lists, and the rules of [audience]."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from mailer.cli.app import _run
from mailer.workspace import shipped
from tests.office import Desk, in_the_ledger, mail_of, text_of, times_taken
from tests.servers import ScriptedServer

SEND = ("send", "lamps", "--to", "coast")
FIVE = ["ada@a.example.com", "bo@b.example.com", "cy@c.example.com", "di@d.example.com", "ed@e.example.com"]
COAST = """\
email,first name,outlet,beat,country,text only
ada@a.example.com,Ada,The Daily,health,DE,
bo@b.example.com,Bo,The Daily,Science,de,
cy@c.example.com,Cy,the daily,sport,DE,
di@d.example.com,Di,Evening,health,FR,
ed@e.example.com,Ed,Evening,health,DE,ja
"""
AUDIENCE = 'beat in ("health", "science") and country == "DE" and not text_only'


def another(desk: Desk, slug: str = "wicks") -> None:
    desk.release(
        slug, headline=f"{slug} and where they came from", body=f"Another text about {slug} and their makers.\n"
    )


def test_where_says_who_gets_it_and_the_others_are_counted(desk: Desk, server: ScriptedServer) -> None:
    desk.write("lists/coast.csv", COAST)
    done = desk.run(*SEND, "--where", AUDIENCE, "--yes")
    assert done.code == 0
    assert "3 not matched by --where" in done.err
    assert sorted(times_taken(server)) == FIVE[:2]
    assert desk.report()["left_out"] == {"filtered": 3}


def test_what_was_asked_for_is_remembered_without_addresses(desk: Desk) -> None:
    desk.write("lists/coast.csv", COAST)
    desk.run(*SEND, "--where", 'country == "DE" and email != "cy@c.example.com"', "--yes")
    ((text,),) = in_the_ledger(
        desk, "SELECT text FROM event_text JOIN event ON id = event_id WHERE reason = 'selection'"
    )
    assert text == """--where 'country == "DE" and email != "…@…"'"""


@pytest.mark.slow
def test_a_mailing_is_extended_by_other_words_and_nobody_gets_it_twice(desk: Desk, server: ScriptedServer) -> None:
    desk.write("lists/coast.csv", COAST)
    desk.run(*SEND, "--where", 'country == "DE"', "--yes")
    more = desk.run(*SEND, "--where", 'beat == "health"', "--yes", "--json")
    assert (more.code, more.json["accepted"], more.json["left_out"]) == (0, 5, {"already_planned": 2, "filtered": 2})
    assert times_taken(server) == dict.fromkeys(FIVE, 1)


def test_a_slip_in_where_stops_before_anything_and_points_at_it(desk: Desk, server: ScriptedServer) -> None:
    desk.write("lists/coast.csv", COAST)
    for where, phrase in (('cuontry == "DE"', 'did you mean "country"'), ('country == "DE', "never closed")):
        done = desk.run(*SEND, "--where", where, "--yes")
        assert done.code == 2
        assert phrase in done.err
        assert "^" in done.err.splitlines()[-1]
    assert server.connections == 0
    assert not (desk.root / ".mailer").exists()


def test_the_same_limit_again_reaches_nobody_else_and_a_higher_one_goes_on(desk: Desk, server: ScriptedServer) -> None:
    for limit in ("2", "2"):
        assert desk.run(*SEND, "--limit", limit, "--yes").code == 0
        assert sorted(times_taken(server)) == FIVE[:2]
    desk.run("optouts", "add", FIVE[2])
    desk.run(*SEND, "--limit", "4", "--yes")
    assert sorted(times_taken(server)) == [*FIVE[:2], FIVE[3]]


def test_the_same_sample_again_reaches_nobody_else(desk: Desk, server: ScriptedServer) -> None:
    for _ in range(2):
        assert desk.run(*SEND, "--sample", "2", "--seed", "spring", "--yes").code == 0
    assert times_taken(server).total() == 2
    again = desk.run(*SEND, "--sample", "2", "--seed", "spring", "--dry-run", "--json").json
    assert again["left_out"] == {"not_sampled": 3, "already_planned": 2}


def test_a_seed_without_a_sample_and_a_limit_beside_one_are_refused(desk: Desk) -> None:
    assert desk.run(*SEND, "--seed", "x", "--yes").code == 2
    assert desk.run(*SEND, "--sample", "2", "--limit", "2", "--yes").code == 2
    assert _run(["--workspace", str(desk.root), *SEND, "--limit", "0", "--yes"]) == 2


def test_a_person_on_two_lists_gets_one_mail_with_what_both_know(desk: Desk, server: ScriptedServer) -> None:
    desk.write("lists/coast.csv", "email,note\nada@a.example.com,\nbo@b.example.com,\n")
    desk.write("lists/science.csv", "email,name,note\nADA@a.example.com,Ada Brook,Seen you at the pier.\n")
    plan = desk.run(*SEND, "--to", "science", "--dry-run")
    assert "empty fields filled from science.csv: name 1, note 1" in plan.err
    desk.run(*SEND, "--to", "science", "--yes")
    assert times_taken(server) == dict.fromkeys(FIVE[:2], 1)
    mail = next(message.data for message in server.accepted if message.rcpt_to == (FIVE[0],))
    assert b"To: Ada Brook <ada@a.example.com>" in mail
    assert b"Seen you at the pier." in mail


@pytest.mark.slow
def test_one_outlet_gets_at_most_so_many_and_the_others_are_told_who(desk: Desk, server: ScriptedServer) -> None:
    desk.write("lists/coast.csv", COAST)
    desk.settings(server, more="[audience]\nper_outlet = 2\n")
    done = desk.run(*SEND, "--yes")
    assert "1 over the limit for their outlet" in done.err
    assert "2 of the daily get it: Ada, Bo" in done.err
    assert sorted(times_taken(server)) == [each for each in FIVE if each != FIVE[2]]
    desk.write("lists/more.csv", "email,outlet\nflo@f.example.com,THE DAILY\n")
    again = desk.run("send", "lamps", "--to", "more", "--to", "coast", "--dry-run", "--json")
    assert (again.json["to_send"], again.json["left_out"]) == (0, {"outlet_cap": 2, "already_planned": 4})
    assert times_taken(server).total() == 4


def test_somebody_suppressed_takes_no_place_of_an_outlet(desk: Desk, server: ScriptedServer) -> None:
    desk.write("lists/coast.csv", COAST)
    desk.settings(server, more="[audience]\nper_outlet = 1\n")
    desk.run("optouts", "add", FIVE[0])
    desk.run(*SEND, "--yes")
    assert sorted(times_taken(server)) == [FIVE[1], FIVE[3]]


@pytest.mark.slow
def test_nobody_gets_news_again_within_the_days_unless_somebody_says_why(desk: Desk, server: ScriptedServer) -> None:
    desk.settings(server, more="[audience]\nmin_days_between = 2\n")
    desk.run(*SEND, "--limit", "2", "--yes")
    another(desk)
    plan = desk.run("send", "wicks", "--to", "coast", "--dry-run", "--json").json
    assert (plan["to_send"], plan["left_out"]) == (3, {"mailed_recently": 2})
    assert [each["email"] for each in plan["held"]] == FIVE[:2]
    shown = desk.run("send", "wicks", "--to", "coast", "--yes")
    assert "2 who got a release recently" in shown.err
    assert "ada@a.example.com, bo@b.example.com" in shown.err
    assert "--despite-recent" in shown.err
    assert times_taken(server) == dict.fromkeys(FIVE, 1)
    assert desk.run("send", "wicks", "--to", "coast", "--despite-recent", "a recall", "--yes").code == 0
    assert times_taken(server) == {**dict.fromkeys(FIVE, 1), FIVE[0]: 2, FIVE[1]: 2}
    why = in_the_ledger(desk, "SELECT text FROM event_text JOIN event ON id = event_id WHERE reason = 'despite_recent'")
    assert why == [("a recall",)]


def test_a_mailing_that_is_gone_on_with_does_not_hold_its_own_people(desk: Desk, server: ScriptedServer) -> None:
    desk.settings(server, more="[audience]\nmin_days_between = 2\n")
    desk.run(*SEND, "--limit", "2", "--yes")
    again = desk.run(*SEND, "--yes", "--json")
    assert again.json["left_out"] == {"already_planned": 2}
    assert times_taken(server) == dict.fromkeys(FIVE, 1)


def test_a_rehearsal_is_about_the_same_people(desk: Desk, server: ScriptedServer) -> None:
    desk.write("lists/coast.csv", COAST)
    done = desk.run("rehearse", "lamps", "--to", "coast", "--where", AUDIENCE, "--faults", "none", "--json")
    assert (done.json["planned"], done.json["left_out"]) == (2, {"filtered": 3})
    assert server.connections == 0


@pytest.mark.slow
def test_a_preview_and_a_test_show_the_first_of_those_meant(desk: Desk) -> None:
    desk.write("lists/coast.csv", COAST)
    look = desk.run("preview", "lamps", "--to", "coast", "--where", 'country == "FR"', "--json")
    assert look.json["email"] == FIVE[3]
    test = desk.run("test", "lamps", "--to", "coast", "--where", "text_only", "--json")
    assert [each["address"] for each in test.json["deliveries"]] == [FIVE[4]]
    nobody = desk.run("preview", "lamps", "--to", "coast", "--where", 'country == "IT"')
    assert (nobody.code, "--where matches no contact" in nobody.err) == (2, True)


def test_a_list_is_shown_as_far_as_it_is_meant(desk: Desk) -> None:
    desk.write("lists/coast.csv", COAST)
    shown = desk.run("lists", "show", "coast", "--where", AUDIENCE, "--json").json
    assert (shown["people"], [each["fields"]["email"] for each in shown["contacts"]]) == (2, FIVE[:2])
    assert desk.run("lists", "show", "coast", "--where", "bet").code == 2
    done = desk.run("lists", "show", "coast", "--where", "tags is empty")
    assert '"tags"' in done.err


def test_the_words_around_a_release_are_in_its_language_whatever_people_read_and_plain_where_they_want_it(
    desk: Desk, server: ScriptedServer
) -> None:
    rows = ["ada@a.example.com,Deutsch,", "bo@b.example.com,fr-CA,oui", "cy@c.example.com,,", "di@d.example.com,fi,no"]
    desk.write("lists/coast.csv", "\n".join(["email,language,text only", *rows, ""]))
    shown = desk.run(*SEND, "--dry-run")
    assert "Versions    1 of all as plain text" in shown.err
    plan = desk.run(*SEND, "--dry-run", "--json").json
    assert (plan["languages"], plan["text_only"]) == ({"en": 4}, 1)
    assert desk.run(*SEND, "--yes").code == 0
    mails = {message.rcpt_to[0]: message for message in server.accepted}
    assert mail_of(mails["bo@b.example.com"]).get_content_type() == "text/plain"
    assert mail_of(mails["bo@b.example.com"])["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for mail in mails.values():
        assert "Media contact" in text_of(mail)


def test_a_family_of_the_staff_has_the_languages_that_it_has_files_for(desk: Desk, server: ScriptedServer) -> None:
    own = desk.root / "templates" / "own"
    shutil.copytree(shipped("templates") / "release", own)
    desk.write("templates/own/subject.de.txt", "Laternen")
    for name in ("html", "txt"):
        desk.write(f"templates/own/email.de.{name}", f'{{% include "email.{name}" %}}')
    (desk.root / "releases" / "lamps.de.md").write_text(
        (desk.root / "releases" / "lamps.md").read_text("utf-8"), "utf-8"
    )
    desk.write("lists/coast.csv", "email,language\nada@a.example.com,de-AT\nbo@b.example.com,fr\n")
    words = ("preview", "lamps", "--to", "coast", "--template", "own", "--json")
    assert desk.run(*words).json["subject"] == "Laternen"
    assert desk.run(*words, "--as", "bo@b.example.com").json["subject"] != "Laternen"
    (own / "email.de.txt").unlink()
    half = desk.run(*words)
    assert (half.code, server.connections) == (2, 0)
    assert half.json["error"]["problems"][0]["source"] == "templates/own/email.de.txt"


def test_a_preview_of_plain_text_has_no_html(desk: Desk) -> None:
    desk.write("lists/coast.csv", "email,text only\nada@a.example.com,ja\n")
    done = desk.run("preview", "lamps", "--to", "coast", "--json")
    assert done.json["html"] is None
    assert not list((desk.root / ".mailer" / "preview").glob("*.html"))
    assert desk.run("test", "lamps", "--to", "coast", "--json").json["accepted"] == 1


def test_an_export_has_those_who_are_meant(desk: Desk) -> None:
    desk.write("lists/coast.csv", COAST)
    done = desk.run("lists", "export", "coast", "--where", AUDIENCE, "--format", "json")
    assert (done.code, [FIVE[number] in done.out for number in range(5)]) == (0, [True, True, False, False, False])
    assert desk.run("lists", "export", "coast", "--where", "bet").code == 2


@pytest.mark.slow
def test_whoever_the_list_marks_while_a_mailing_waits_is_taken_out_of_it(desk: Desk, server: ScriptedServer) -> None:
    ada, bo = FIVE[:2]
    later = f"{datetime.now(UTC) + timedelta(days=20):%Y-%m-%d %H:%M} UTC"
    assert desk.run("send", "lamps", "--to", "coast", "--yes", "--at", later).code == 0
    desk.write("lists/coast.csv", f"email,status\n{ada},unsubscribed\n{bo},\n")
    shown = desk.run("send", "lamps", "--to", "coast", "--dry-run", "--at", "now")
    assert "not to mail 1 who wait in this mailing" in shown.said
    assert desk.states()[ada] == "pending"
    done = desk.run("send", "lamps", "--to", "coast", "--yes", "--at", "now")
    assert done.code == 1, done.said
    assert (desk.states()[ada], desk.states()[bo]) == ("cancelled", "accepted")
    assert ada not in times_taken(server)
