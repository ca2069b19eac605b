"""`mailer optouts`: the scope of an opt-out, whose it is, and how it follows a person to a new address."""

from __future__ import annotations

import hashlib
import re

import pytest

from mailer.preview.server import compose_optout
from tests.ledger.rows import NOW
from tests.office import Desk, mail_of, put_into_maildir, times_taken
from tests.servers import ScriptedServer

DESK, ADA, BO = "news@daily.example.com", "ada@daily.example.com", "bo@evening.example.com"
PEOPLE = f"""\
email,name,outlet
{DESK},,The Daily
{ADA},Ada Brook,The Daily
{BO},Bo Lindqvist,Evening Post
"""
SEND = ("send", "lamps", "--to", "coast", "--yes", "--json")


@pytest.fixture
def office(desk: Desk) -> Desk:
    desk.write("lists/coast.csv", PEOPLE)
    return desk


@pytest.fixture
def sent(office: Desk) -> Desk:
    assert office.run(*SEND).code == 0
    return office


def suppressions(desk: Desk) -> dict[str, tuple[str, str]]:
    found = desk.run("optouts", "list", "--json").json["suppressed"]
    return {each["email"]: (each["reason"], each["scope"]) for each in found}


def opt_out_mail(server: ScriptedServer, sender: str, to: str = DESK) -> bytes:
    message = next(each for each in server.accepted if each.rcpt_to == (to,))
    letter = compose_optout(sender, message.data, now=NOW)
    assert letter is not None
    return letter


def collect(desk: Desk, letter: bytes) -> None:
    folder = put_into_maildir(desk.root / "came-back", [letter])
    assert desk.run("bounces", "collect", str(folder)).code == 0


def link(server: ScriptedServer, address: str) -> str:
    message = next(each for each in server.accepted if each.rcpt_to == (address,))
    found = re.search(r"<(https[^>]+)>", str(mail_of(message)["List-Unsubscribe"]))
    assert found is not None
    return found[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "who, scope, reasons, to_send",
    [
        (ADA, "list:coast", {"opted_out list:coast": 1}, 2),
        (ADA, "list:science", {}, 3),
        (ADA, "kind:release", {"opted_out kind:release": 1}, 2),
        (ADA, "kind:follow-up", {}, 3),
        ("*@example.com", "everywhere", {"opted_out domain": 3}, 0),
        ("*@daily.example.com", "list:coast", {"opted_out domain list:coast": 2}, 1),
        ("outlet:the daily", "everywhere", {"opted_out outlet": 2}, 1),
    ],
)
def test_a_mailing_skips_whom_a_scope_concerns_and_says_which(
    office: Desk, server: ScriptedServer, who: str, scope: str, reasons: dict[str, int], to_send: int
) -> None:
    assert office.run("optouts", "add", who, "--scope", scope).code == 0
    plan = office.run("send", "lamps", "--to", "coast", "--dry-run", "--json").json
    assert plan["skipped_reasons"] == reasons
    result = office.run(*SEND).json
    assert result["skipped_reasons"] == reasons
    assert sum(times_taken(server).values()) == to_send


def test_a_no_to_a_list_concerns_the_mail_that_comes_by_it(office: Desk) -> None:
    office.write("lists/science.csv", f"email,name\n{ADA},Ada Brook\nnew@n.example.com,New\n")
    office.run("optouts", "add", ADA, "--scope", "list:coast")
    first = office.run("send", "lamps", "--to", "coast", "--to", "science", "--dry-run", "--json").json
    assert first["skipped_reasons"] == {"opted_out list:coast": 1}
    other_way = office.run("send", "lamps", "--to", "science", "--to", "coast", "--dry-run", "--json").json
    assert other_way["skipped_reasons"] == {}


def test_people_read_how_far_a_no_reaches(office: Desk) -> None:
    text = office.run("optouts", "add", ADA, "--scope", "list:coast").out
    assert "by the list coast" in text
    assert "opted out (list:coast)" in office.run("send", "lamps", "--to", "coast", "--dry-run").said
    assert re.search(r"ada@daily\.example\.com +opted out +list:coast", office.run("optouts", "list").out)


def test_of_several_scopes_one_is_lifted_and_the_others_stand(office: Desk) -> None:
    office.run("optouts", "add", ADA, "--scope", "list:coast", "--reason", "manual")
    office.run("optouts", "add", ADA, "--scope", "kind:follow-up", "--reason", "manual")
    unclear = office.run("optouts", "remove", ADA)
    assert unclear.code == 2
    assert "list:coast, kind:follow-up" in unclear.err
    assert office.run("optouts", "remove", ADA, "--scope", "list:coast").code == 0
    assert suppressions(office) == {ADA: ("manual", "kind:follow-up")}
    assert office.run("optouts", "remove", ADA, "--scope", "list:coast").code == 2


def test_who_is_out_with_their_domain_alone_is_told_so(office: Desk) -> None:
    office.run("optouts", "add", "*@daily.example.com", "--reason", "manual")
    done = office.run("optouts", "remove", ADA)
    assert done.code == 2
    assert "optouts remove '*@daily.example.com'" in done.err
    shown = office.run("optouts", "list", ADA, "--json").json
    assert [(each["email"], each["subject"]) for each in shown["suppressions"]] == [("*@daily.example.com", "domain")]


def test_evidence_that_is_a_file_is_kept_as_its_name_and_digest(office: Desk) -> None:
    letter = office.write("letter.eml", "Please write to me again.\n")
    office.run("optouts", "add", ADA)
    words = ("--reason", "asks for it", "--evidence", str(letter))
    assert office.run("optouts", "remove", ADA, *words).code == 0
    (story,) = office.run("optouts", "list", ADA, "--json").json["suppressions"]
    assert story["lifted_evidence"] == f"file letter.eml, SHA-256 {hashlib.sha256(letter.read_bytes()).hexdigest()}"
    text = office.run("optouts", "list", ADA).out
    assert "lifted" in text
    assert "evidence: file letter.eml" in text


@pytest.mark.slow
def test_the_link_of_a_desk_silences_it_at_once_and_waits_to_be_confirmed(sent: Desk, server: ScriptedServer) -> None:
    done = sent.run("optouts", "add", "--token", link(server, DESK))
    assert done.code == 0
    assert f"mailer optouts add {DESK} --confirm" in done.out
    waiting = sent.run("optouts", "list", "--unconfirmed", "--json").json["suppressed"]
    assert [(each["email"], each["note"]) for each in waiting] == [(DESK, "from somebody at this desk")]
    assert sent.run("optouts", "add", DESK, "--confirm").code == 0
    assert sent.run("optouts", "list", "--unconfirmed", "--json").json["suppressed"] == []
    assert suppressions(sent) == {DESK: ("opted_out", "everywhere")}
    assert sent.run("optouts", "add", DESK, "--confirm").code == 2


@pytest.mark.slow
def test_a_desk_comes_back_by_its_own_word_alone(sent: Desk, server: ScriptedServer) -> None:
    sent.run("optouts", "add", "--token", link(server, DESK))
    for alone in ((), ("--reason", "they surely want it"), ("--evidence", "a letter")):
        assert sent.run("optouts", "remove", DESK, *alone).code == 2
        assert suppressions(sent) == {DESK: ("opted_out", "everywhere")}
    both = ("--reason", "the desk wants it", "--evidence", "telephone, head of desk, 4 March")
    assert sent.run("optouts", "remove", DESK, *both).code == 0
    assert suppressions(sent) == {}


def test_one_reporter_who_answers_a_desks_mail_is_out_and_the_desk_is_not(sent: Desk, server: ScriptedServer) -> None:
    collect(sent, opt_out_mail(server, "cy@daily.example.com"))
    assert suppressions(sent) == {"cy@daily.example.com": ("opted_out", "everywhere")}
    assert sent.report()["opted_out"] == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "desk_address, speaker",
    [
        (DESK, "cy@london.daily.example.com"),
        ("news@london.daily.example.com", "cy@daily.example.com"),
        (DESK, "Cy@DAILY.example.com"),
    ],
)
def test_a_colleague_on_a_subdomain_of_the_house_silences_themselves_and_not_the_desk(
    office: Desk, server: ScriptedServer, desk_address: str, speaker: str
) -> None:
    office.write("lists/coast.csv", f"email\n{desk_address}\n")
    assert office.run(*SEND).code == 0
    collect(office, opt_out_mail(server, speaker, desk_address))
    (found,) = office.run("optouts", "list", "--json").json["suppressed"]
    assert (found["email"].lower(), found["unconfirmed"]) == (speaker.lower(), False)


@pytest.mark.slow
@pytest.mark.parametrize(
    "sender",
    [
        *(DESK, "cy@elsewhere.example.net", "tips@daily.example.com", "cy@notdaily.example.com"),
        *("cy@daily.example.com.example.net", "NEWS@daily.example.com"),
    ],
)
def test_whoever_is_no_colleague_of_the_desk_silences_the_desk_until_somebody_has_looked(
    sent: Desk, server: ScriptedServer, sender: str
) -> None:
    collect(sent, opt_out_mail(server, sender))
    (found,) = sent.run("optouts", "list", "--json").json["suppressed"]
    assert (found["email"], found["unconfirmed"]) == (DESK, True)


IN_WORDS = b"""\
From: Ada Brook <ada@daily.example.com>
To: press@example.org
Subject: Re: four hundred lamps
In-Reply-To: %s

Please take me off your list.
"""


def test_what_a_person_wrote_in_words_is_lifted_with_a_reason_until_it_is_confirmed(
    sent: Desk, server: ScriptedServer
) -> None:
    message = next(each for each in server.accepted if each.rcpt_to == (ADA,))
    letter = IN_WORDS % str(mail_of(message)["Message-ID"]).encode()
    collect(sent, letter.replace(b"\n", b"\r\n"))
    (found,) = sent.run("optouts", "list", "--unconfirmed", "--json").json["suppressed"]
    assert (found["email"], found["source"]) == (ADA, "reply")
    assert sent.run("optouts", "remove", ADA).code == 2
    assert sent.run("optouts", "remove", ADA, "--reason", " ").code == 2
    assert sent.run("optouts", "add", ADA, "--confirm").code == 0
    assert sent.run("optouts", "remove", ADA, "--reason", "other news, not none").code == 2
    assert suppressions(sent) == {ADA: ("opted_out", "everywhere")}


def test_what_a_person_wrote_in_words_and_was_read_wrongly_is_lifted_with_a_reason_alone(
    sent: Desk, server: ScriptedServer
) -> None:
    message = next(each for each in server.accepted if each.rcpt_to == (ADA,))
    letter = IN_WORDS % str(mail_of(message)["Message-ID"]).encode()
    collect(sent, letter.replace(b"\n", b"\r\n"))
    assert sent.run("optouts", "remove", ADA, "--reason", "other news, not none").code == 0
    assert suppressions(sent) == {}


def test_do_not_contact_is_for_persons(office: Desk) -> None:
    for who in (DESK, "*@daily.example.com", "outlet:The Daily"):
        done = office.run("optouts", "add", who, "--reason", "do_not_contact")
        assert done.code == 2
        assert "is not a person" in done.err


@pytest.mark.slow
def test_a_person_who_is_not_to_be_contacted_is_proposed_at_their_new_address(office: Desk) -> None:
    assert office.run("optouts", "list", "--proposals", "--json").json == {"proposals": []}
    assert office.run("optouts", "add", ADA, "--reason", "do_not_contact").code == 0
    assert office.run("optouts", "list", "--proposals", "--json").json == {"proposals": []}
    office.write(
        "lists/new.csv",
        "email,name,outlet,other emails\n"
        "a.brook@daily.example.com,ADA BROOK,the daily,\n"
        "news@daily.example.com,Ada Brook,The Daily,\n"
        "other@daily.example.com,Ada Brook,The Weekly,\n",
    )
    (found,) = office.run("optouts", "list", "--proposals", "--json").json["proposals"]
    assert (found["old"], found["new"], found["list_name"], found["line"]) == (
        *(ADA, "a.brook@daily.example.com"),
        *("new.csv", 2),
    )
    assert (
        f"mailer optouts add a.brook@daily.example.com --follows {ADA}"
        in office.run("optouts", "list", "--proposals").out
    )
    office.run("optouts", "list", "--proposals", "--reject", ADA, "Somebody.else@daily.example.com")
    assert len(office.run("optouts", "list", "--proposals", "--json").json["proposals"]) == 1
    assert office.run("optouts", "add", "a.brook@daily.example.com", "--follows", ADA).code == 0
    assert suppressions(office)["a.brook@daily.example.com"] == ("do_not_contact", "everywhere")
    assert office.run("optouts", "list", "--proposals", "--json").json == {"proposals": []}


def test_who_was_said_to_be_somebody_else_is_not_proposed_again(office: Desk) -> None:
    office.run("optouts", "add", ADA, "--reason", "do_not_contact")
    office.write("lists/new.csv", "email,name,outlet\na.brook@daily.example.com,Ada Brook,The Daily\n")
    assert len(office.run("optouts", "list", "--proposals", "--json").json["proposals"]) == 1
    done = office.run("optouts", "list", "--proposals", "--reject", ADA, "A.Brook@daily.example.com", "--json")
    assert (done.code, done.json) == (0, {"proposals": []})
    assert office.run("optouts", "list", "--proposals", "--json").json == {"proposals": []}
    assert office.run("lists", "proposals", "--json").json == {"proposals": []}
    assert office.run("optouts", "list", "--proposals", "--reject", ADA, "nobody").code == 2


def test_an_import_that_brings_such_a_person_says_so(office: Desk) -> None:
    office.run("optouts", "add", ADA, "--reason", "do_not_contact")
    office.write("new.csv", "email,name,outlet\nada.b@daily.example.com,Ada Brook,The Daily\n")
    done = office.run("lists", "import", str(office.root / "new.csv"), "--as", "new", "--yes", "--json")
    assert done.code == 0, done.said
    assert [(each["old"], each["new"]) for each in done.json["proposals"]] == [(ADA, "ada.b@daily.example.com")]


def test_a_no_does_not_follow_to_a_desk_and_a_dead_address_does_not_follow_at_all(office: Desk) -> None:
    office.run("optouts", "add", ADA, "--reason", "do_not_contact")
    office.run("optouts", "add", BO, "--reason", "dead_address")
    assert "is a role address" in office.run("optouts", "add", DESK, "--follows", ADA).err
    nothing = office.run("optouts", "add", "bo@morning.example.com", "--follows", BO)
    assert nothing.code == 2
    assert "no suppression that follows" in nothing.err
    assert set(suppressions(office)) == {ADA, BO}


def test_do_not_contact_is_lifted_with_a_reason(office: Desk) -> None:
    office.run("optouts", "add", ADA, "--reason", "do_not_contact")
    assert office.run("optouts", "remove", ADA).code == 2
    assert office.run("optouts", "remove", ADA, "--reason", "she called").code == 0


def test_the_stronger_reason_stands_whichever_comes_first(office: Desk) -> None:
    for reasons in (("dead_address", "do_not_contact"), ("do_not_contact", "dead_address")):
        for reason in reasons:
            office.run("optouts", "add", BO, "--reason", reason)
        assert suppressions(office)[BO][0] == "do_not_contact"
        office.run("optouts", "remove", BO, "--reason", "again")


def test_a_list_of_suppressions_is_narrowed_by_reason_scope_date_and_text(office: Desk) -> None:
    office.run("optouts", "add", ADA, "--scope", "list:coast")
    office.run("optouts", "add", BO, "--reason", "manual")

    def listed(*words: str) -> set[str]:
        found = office.run("optouts", "list", "--json", *words)
        assert found.code == 0, found.said
        return {each["email"] for each in found.json["suppressed"]}

    assert listed("--reason", "manual") == {BO}
    assert listed("--scope", "list:Coast") == {ADA}
    assert listed("--find", "DAILY") == {ADA}
    assert listed("--find", "%") == set()
    assert listed("--since", "2001-01-01") == {ADA, BO}
    assert listed("--since", "2199-01-01") == set()
    assert office.run("optouts", "list", "--reason", "manuel").code == 2
    assert office.run("optouts", "list", "--since", "soon").code == 2


def test_a_scope_or_an_outlet_that_no_list_has_is_told_and_written_all_the_same(office: Desk) -> None:
    for words, phrase in (
        ((ADA, "--scope", "list:coats"), 'there is no list "coats" in lists/ today; did you mean "coast"?'),
        (("outlet:The Dayly",), 'no list has a contact at this outlet today; did you mean "The Daily"?'),
    ):
        done = office.run("optouts", "add", *words, "--reason", "manual")
        assert (done.code, done.err) == (0, f"Careful: {phrase}\n")
    for words in ((ADA, "--scope", "list:coast.csv"), ("outlet:the daily",), (BO,)):
        done = office.run("optouts", "add", *words, "--reason", "manual", "--json")
        assert done.json["warning"] is None
    assert len(office.run("optouts", "list", "--json").json["suppressed"]) == 5


def test_the_way_back_that_is_told_lifts_just_what_was_said(office: Desk) -> None:
    office.run("optouts", "add", ADA, "--reason", "manual")
    text = office.run("optouts", "add", ADA, "--reason", "manual", "--scope", "list:coast").out
    back = text.split("mailer ")[1].split()
    assert office.run(*back).code == 0
    assert suppressions(office) == {ADA: ("manual", "everywhere")}


def test_what_is_no_domain_is_named_as_it_was_typed(office: Desk) -> None:
    done = office.run("optouts", "add", "*@daily", "--reason", "manual")
    assert done.code == 2
    assert done.err.splitlines()[0] == '"*@daily" is not a whole domain: the domain has no dot'


def test_a_long_note_is_cut_in_the_table_and_whole_where_one_is_shown(office: Desk) -> None:
    note = "said on the telephone " * 8 + "to Mara"
    office.run("optouts", "add", ADA, "--note", note)
    assert max(map(len, office.run("optouts", "list").out.splitlines())) <= 100
    assert office.run("optouts", "list", "--json").json["suppressed"][0]["note"] == note
