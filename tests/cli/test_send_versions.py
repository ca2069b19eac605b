"""`harbour-seals.fr.md` beside `harbour-seals.md`: readers of French get the French text, with their local time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailer.runs.planning.making import nearest_version
from tests.office import HEAD, Desk, come_in, mail_of, text_of
from tests.servers import Accepted, ScriptedServer

NEXT_YEAR = datetime.now(UTC).year + 1
SEND = ("send", "lamps", "--to", "desk", "--yes")
LIST = """\
email,name,language,time zone,embargo agreed
ada@a.example.com,Ada Brook,en,Europe/Berlin,yes
bo@b.example.com,Bo Roux,fr-CA,america/new york,yes
cy@c.example.com,Cy Noor,de,nowhere,yes
di@d.example.com,Di Oak,,Europe/London,yes
"""
FRENCH = """\
Le Musée des lampes ouvre sa cave vendredi. Elle abrite quatre cents lampes, chacune au nom de la maison éclairée.

> Personne ne les avait comptées. Nous avons commencé un mardi pluvieux et ne pouvions plus nous arrêter.
>
> — Ida Marlow, gardienne des lampes, Lantern Museum
"""


def write(desk: Desk, embargo: str = "", french: str = "") -> None:
    desk.release(label="Press release" + (f"\nembargo: {embargo}" if embargo else ""))
    head = HEAD.format(headline="Quatre cents lampes sortent de la cave", label="Communiqué de presse")
    more = f"embargo: {french or embargo}\n" if french or embargo else ""
    desk.write("releases/lamps.fr.md", f"---\n{head}{more}---\n\n{FRENCH}")
    desk.write("lists/desk.csv", LIST)


def by_address(server: ScriptedServer) -> dict[str, Accepted]:
    return {message.rcpt_to[0].partition("@")[0]: message for message in server.accepted}


def test_a_language_counts_where_the_release_exists_in_it_and_labels_and_dates_are_those_of_the_text(
    desk: Desk, server: ScriptedServer
) -> None:
    write(desk)
    done = desk.run(*SEND)
    assert done.code == 0, done.err
    assert "no language is named" not in done.err  # by the file's name
    assert "1 in fr · 3 as the release (en)" in done.err
    got = by_address(server)
    assert mail_of(got["bo"])["Subject"] == "Quatre cents lampes sortent de la cave"
    assert mail_of(got["bo"])["Content-Language"] == "fr"
    assert "2 octobre 2026" in text_of(got["bo"])
    assert "Contact presse" in text_of(got["bo"])
    assert mail_of(got["cy"])["Content-Language"] == "en"
    assert "four hundred lamps" in text_of(got["cy"])
    assert "Media contact" in text_of(got["cy"])  # reads German, and gets the whole text in English
    assert "Pressekontakt" not in text_of(got["cy"])
    assert "Media contact" in text_of(got["di"])


def test_what_was_approved_in_each_language_is_what_goes_out_later(desk: Desk, server: ScriptedServer) -> None:
    write(desk)
    assert desk.run(*SEND, "--at", f"{NEXT_YEAR}-01-20 09:00 UTC").code == 0
    desk.write("releases/lamps.fr.md", "changed since")
    (desk.root / "releases" / "lamps.md").unlink()
    come_in(desk, 0)
    assert desk.run("worker", "--once").code == 0
    assert mail_of(by_address(server)["bo"])["Subject"] == "Quatre cents lampes sortent de la cave"


def test_another_text_of_one_language_is_another_text(desk: Desk, server: ScriptedServer) -> None:
    write(desk)
    assert desk.run(*SEND).code == 0
    path = desk.root / "releases" / "lamps.fr.md"
    path.write_text(path.read_text("utf-8").replace("pluvieux", "ensoleillé"), "utf-8")
    again = desk.run(*SEND)
    assert again.code == 2
    assert "lamps.fr.md changed since people got" in again.err
    assert "+> Personne" in again.err
    assert len(server.accepted) == 4


def test_an_embargo_is_told_in_the_readers_own_time_in_both_parts_and_the_subject(
    desk: Desk, server: ScriptedServer
) -> None:
    write(desk, f"{NEXT_YEAR}-07-01 09:00 Europe/London")
    done = desk.run(*SEND, "--under-embargo")
    assert done.code == 0, done.err
    got = by_address(server)
    expected = {
        "ada": ("09:00 BST / 10:00 CEST", "09:00 BST (08:00 UTC, 10:00 CEST your time)"),
        "bo": ("09:00 BST / 04:00 EDT", "09:00 BST (08:00 UTC, 04:00 EDT heure locale"),
        "cy": ("09:00 BST,", "09:00 BST (08:00 UTC)"),
        "di": ("09:00 BST,", "09:00 BST (08:00 UTC)"),
    }
    for name, (subject, banner) in expected.items():
        mail = mail_of(got[name])
        assert subject in str(mail["Subject"]), name
        page = mail.get_body(("html",))
        assert page is not None
        for part in (text_of(got[name]), str(page.get_content())):
            assert banner in " ".join(part.split()), name


def test_versions_with_different_embargoes_are_refused(desk: Desk, server: ScriptedServer) -> None:
    write(desk, f"{NEXT_YEAR}-07-01 09:00 UTC", f"{NEXT_YEAR}-07-01 10:00 UTC")
    done = desk.run(*SEND, "--under-embargo")
    assert done.code == 2
    assert "lamps.fr.md" in done.err
    assert "its embargo is not that of the release" in done.err
    assert server.connections == 0


def test_a_difference_between_versions_is_told_once_and_waved_through_once(desk: Desk) -> None:
    write(desk)
    path = desk.root / "releases" / "lamps.fr.md"
    path.write_text(path.read_text("utf-8").replace("vendredi", "le 3 mai 2020"), "utf-8")

    def differences() -> list[str]:
        problems = desk.run(*SEND, "--dry-run", "--json").json["problems"]
        return [each["source"] for each in problems if each["code"].startswith("version-")]

    assert set(differences()) == {"releases/lamps.md"}
    assert desk.run("release", "check", "lamps", "--waive", 'version-dates "*"', "--reason", "meant").code == 0
    assert differences() == []


def test_a_version_is_not_sent_by_itself(desk: Desk, server: ScriptedServer) -> None:
    write(desk)
    done = desk.run("send", "lamps.fr", "--to", "desk", "--yes")
    assert done.code == 2
    assert "send lamps, and readers of fr get this text" in done.err
    assert desk.run("preview", "lamps.fr", "--json").code == 0
    assert server.connections == 0


@pytest.mark.parametrize(
    "tag, version",
    [("fr", "fr"), ("fr-CA", "fr"), ("fr-BE", "fr-be"), ("en", ""), ("en-GB", ""), ("de", ""), ("", ""), ("pt", "")],
)
def test_the_nearest_version_is_chosen(tag: str, version: str) -> None:
    assert nearest_version(tag, "en-GB", {"fr", "fr-be", "pt-br"}) == version
