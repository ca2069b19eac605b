"""The first mail to a contact says how the office handles their data; later ones do not (GDPR Art. 14)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.office import Desk, in_the_ledger, mail_of, text_of
from tests.servers import Accepted, Act, ScriptedServer

URL = "https://press.example.org/privacy?a=1&b=2"
PRIVACY = f'[privacy]\nurl = "{URL}"\n'
ADA, BO = "ada@a.example.com", "bo@b.example.com"
FIRST = "This is our first mail to you."


@pytest.fixture
def office(desk: Desk, server: ScriptedServer) -> Desk:
    """Return an office with a notice; Ada's row has the source of her address, Bo's says that he was informed."""
    desk.settings(server, more=PRIVACY)
    desk.write(
        "lists/coast.csv",
        "email,name,source,notice_sent_at\n"
        f"{ADA},Ada Kern,the masthead of the Daily,\n{BO},Bo Brook,a fair,2025-03-01\ncy@c.example.com,Cy Dale,,\n",
    )
    return desk


def send(desk: Desk, slug: str, *more: str) -> int:
    desk.release(slug, headline=f"News of {slug}", body=f"All of {slug} is lit, for as long as the {slug} night lasts.")
    done = desk.run("send", slug, "--to", "coast", "--yes", *more)
    assert done.code in {0, 1}, done.said
    return done.code


def notice_in(message: Accepted) -> bool:
    """Return whether a mail carries the notice, in both parts; in one alone is an error."""
    html = mail_of(message).get_body(("html",))
    assert html is not None
    parts = (text_of(message), str(html.get_content()).replace("&amp;", "&"))
    found = {URL in part for part in parts}
    assert len(found) == 1
    return found.pop()


@pytest.mark.slow
def test_the_first_mail_says_it_and_the_second_does_not(office: Desk, server: ScriptedServer) -> None:
    assert send(office, "lamps") == 0
    first = {message.rcpt_to[0]: message for message in server.accepted}
    assert {address: notice_in(message) for address, message in first.items()} == {
        ADA: True,
        BO: False,  # his list says that he was informed
        "cy@c.example.com": True,
    }
    text = text_of(first[ADA])
    assert FIRST in text
    assert "Where your address is from: the masthead of the Daily" in text
    assert "Where your address is from" not in text_of(first["cy@c.example.com"])
    server.accepted.clear()
    assert send(office, "seals") == 0
    assert len(server.accepted) == 3
    assert not any(notice_in(message) for message in server.accepted)
    at = office.run("contacts", "export", ADA, "--json").json["notice_sent_at"]
    assert datetime.fromisoformat(at) <= datetime.now(UTC)


@pytest.mark.slow
def test_a_mail_that_was_refused_told_nobody(office: Desk, server: ScriptedServer) -> None:
    server.recipients = {ADA: Act("550 5.7.1 not now")}
    assert send(office, "lamps") == 1
    assert office.run("contacts", "export", ADA, "--json").json["notice_sent_at"] is None
    server.recipients = {}
    server.accepted.clear()
    assert send(office, "seals") == 0
    assert notice_in(server.accepted_for(ADA)[0])
    assert not notice_in(server.accepted_for("cy@c.example.com")[0])


def test_what_was_approved_is_what_is_sent_also_when_it_waits(office: Desk, server: ScriptedServer) -> None:
    server.recipients = {ADA: Act("450 4.2.0 later")}
    text = (office.root / "mailer.toml").read_text("utf-8")
    office.write("mailer.toml", text.replace("delays_s = [0.1]", "delays_s = [900]\nstay_s = 0"))
    assert send(office, "lamps") == 1
    office.write("mailer.toml", (office.root / "mailer.toml").read_text("utf-8").replace(PRIVACY, ""))
    in_the_ledger(office, "UPDATE delivery SET next_attempt_at = '2020-01-01 00:00:00.000000' WHERE state = 'deferred'")
    server.recipients = {}
    assert office.run("resume", "lamps").code == 0
    assert notice_in(server.accepted_for(ADA)[0])  # as it was planned, whatever mailer.toml says today


@pytest.mark.slow
def test_a_test_shows_it_and_counts_for_nobody(office: Desk, server: ScriptedServer) -> None:
    assert office.run("test", "lamps", "--to", "coast", "--as", ADA, "--inbox", "me@example.org").code == 0
    assert notice_in(server.accepted[0])
    assert office.run("preview", "lamps", "--to", "coast", "--as", ADA).code == 0
    pages = [path.read_text("utf-8") for path in (office.root / ".mailer" / "preview").glob("lamps-ada*.txt")]
    assert [URL in page for page in pages] == [True]
    server.accepted.clear()
    assert send(office, "seals") == 0
    assert notice_in(server.accepted_for(ADA)[0])


def test_without_privacy_in_mailer_toml_nothing_is_said(office: Desk, server: ScriptedServer) -> None:
    office.settings(server)
    assert send(office, "lamps") == 0
    assert not any(FIRST in text_of(message) for message in server.accepted)
    assert "privacy" not in json.dumps(in_the_ledger(office, "SELECT merge_row FROM delivery"))


def test_the_offices_own_words_stand_in_place_of_ours(office: Desk, server: ScriptedServer) -> None:
    office.settings(server, more=f'{PRIVACY}notice = "We write to you as a journalist; read why:"\n')
    assert send(office, "lamps") == 0
    text = text_of(server.accepted_for(ADA)[0])
    assert "We write to you as a journalist; read why:" in text
    assert FIRST not in text


def test_a_template_that_does_not_print_it_sends_nothing(office: Desk, server: ScriptedServer) -> None:
    for name, text in {
        "email.html": "<html><body><h1>{{ release.headline }}</h1>{{ release.body_html }}</body></html>",
        "email.txt": "{{ release.headline }}\n\n{{ release.body_text }}\n{{ notice }} {{ notice_url }}\n",
        "subject.txt": "{{ release.headline }}",
    }.items():
        office.write(f"templates/bare/{name}", text)
    office.release("lamps")
    done = office.run("send", "lamps", "--to", "coast", "--template", "bare", "--yes")
    assert (done.code, "does not print the privacy notice" in done.said) == (2, True), done.said
    assert not server.accepted


def test_who_is_kept_past_their_own_date_gets_no_mail(desk: Desk, server: ScriptedServer) -> None:
    today = datetime.now(UTC).date()
    days = {ADA: today - timedelta(days=1), BO: today + timedelta(days=30)}
    rows = [f"{address},{day:%Y-%m-%d}" for address, day in days.items()]
    desk.write("lists/coast.csv", "\n".join(["email,retention_until", *rows, ""]))
    done = desk.run("send", "lamps", "--to", "coast", "--yes", "--json")
    assert (done.code, done.json["left_out"]) == (0, {"retention_over": 1}), done.said
    assert [message.rcpt_to for message in server.accepted] == [(BO,)]


def test_grounds_that_are_missing_are_told_once_and_leave_nobody_out(desk: Desk, server: ScriptedServer) -> None:
    desk.write(
        "lists/coast.csv",
        "email,country,subscriber_type,lawful_basis\n"
        f"{ADA},UK,individual,\n{BO},United Kingdom,individual,\n"
        "cy@c.example.com,UK,corporate,\nd@d.example.com,DE,,\n",
    )
    done = desk.run("send", "lamps", "--to", "coast", "--dry-run")
    assert "2 individuals in the United Kingdom" in done.said
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    assert len(server.accepted) == 4
