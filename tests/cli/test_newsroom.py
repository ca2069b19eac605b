"""The newsroom as staff use it: what has a page, when pages come and go, and the links to them in mails."""

from __future__ import annotations

import json
import re
import shutil
import signal
import urllib.request
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from mailer.cli.office import reading_office, writing_office
from mailer.events import MailingKind, MailingState
from mailer.frozen import replace
from mailer.ledger import mailings
from mailer.ledger.mailings import NewMailing
from mailer.runs.newsroom import MANIFEST, Keeper, NewsroomBuilt, build_newsroom
from mailer.runs.planning.edition import pack, read_sources
from mailer.runs.planning.request import NO_RELAY, Request
from mailer.workspace import shipped
from tests.office import BODY, HEAD, HEADLINE, Desk, environment, finish, mail_of, text_of, wait_until
from tests.servers import Accepted, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
URL = "https://news.example.org/press"
NEXT_YEAR = datetime.now(UTC).year + 1
UNTIL = datetime(NEXT_YEAR, 3, 2, 9, tzinfo=UTC)
PICTURE = '\n![Four lamps on a shelf](lamp.png "Lamps of 1921. | Photo: Lantern Museum, free for editorial use")\n'
AGREED = "email,first_name,embargo_agreed\nada@a.example.com,Ada,yes\nbo@b.example.com,Bo,yes\n"


@pytest.fixture
def office(desk: Desk, server: ScriptedServer) -> Desk:
    """A press office with a newsroom."""
    desk.settings(server, more=f'[newsroom]\nurl = "{URL}"\n\n[office]\ntime_zone = "Europe/Berlin"\n')
    return desk


def write_release(
    desk: Desk, slug: str = "lamps", *, fields: str = "", body: str = BODY, headline: str = HEADLINE
) -> None:
    head = HEAD.format(headline=headline, label="Press release" if "embargo" in fields else "FOR IMMEDIATE RELEASE")
    desk.write(f"releases/{slug}.md", f"---\n{head}{fields}---\n\n{body}")
    shutil.copyfile(shipped("templates", "samples") / "pier.png", desk.root / "releases" / "lamp.png")


def build(desk: Desk, *words: str) -> dict[str, object]:
    done = desk.run("newsroom", "build", *words, "--json")
    assert done.code == 0, done.said
    document: dict[str, object] = done.json
    return document


def build_at(desk: Desk, when: datetime) -> NewsroomBuilt:
    """Build as if it were another time."""
    with environment({"MAILER_WORKSPACE": str(desk.root)}), reading_office() as opened:
        return build_newsroom(replace(opened, clock=lambda: when))


def site(desk: Desk) -> dict[str, bytes]:
    folder = desk.root / "newsroom"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def page(desk: Desk, slug: str = "lamps") -> str:
    return (desk.root / "newsroom" / slug / "index.html").read_text("utf-8")


def record_notice(desk: Desk, kind: MailingKind, note: str, state: MailingState = MailingState.FINISHED) -> None:
    """Write a correction or a retraction into the ledger, made from today's file."""
    with environment({"MAILER_WORKSPACE": str(desk.root)}), writing_office() as (opened, ledger):
        edition = pack(read_sources(opened, Request(release="lamps", relay=NO_RELAY)), is_lifted=False)
        with ledger.writing() as connection:
            parent = mailings.require_mailing(connection, "lamps").id
            number = mailings.next_sequence(connection, "lamps", kind)
            new = NewMailing("lamps", kind, number, HEADLINE, "main", parent_id=parent)
            added = mailings.add_mailing(connection, new, stamp=opened.stamp())
            mailings.add_edition(connection, added.id, edition, reason=note, stamp=opened.stamp())
            mailings.set_state(connection, added.id, state, stamp=opened.stamp())


def text_in(message: Accepted) -> str:
    return text_of(message).replace("\r\n", "\n")


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def test_a_page_says_what_was_sent_whatever_became_of_the_file(desk: Desk) -> None:
    assert desk.run(*SEND).code == 0
    desk.release(headline="Another headline altogether")
    assert build(desk) | {"folder": "", "written": []} == {
        "folder": "",
        "title": "Lantern Museum",
        "url": None,
        "releases": 1,
        "withdrawn": 0,
        "files": 4,
        "written": [],
        "removed": [],
        "waiting": [],
        "without": [],
    }
    assert f'<h1 class="alone">{HEADLINE}</h1>' in page(desk)
    assert HEADLINE in (desk.root / "newsroom" / "index.html").read_text("utf-8")


def test_what_was_not_sent_has_no_page_and_no_ledger_is_made_for_it(desk: Desk) -> None:
    assert build(desk)["releases"] == 0
    assert "Nothing has been published yet." in (desk.root / "newsroom" / "index.html").read_text("utf-8")
    assert not (desk.root / ".mailer").exists()
    assert desk.run(*SEND, "--at", f"{NEXT_YEAR}-03-02 09:00 UTC").code == 0
    assert desk.run("test", "lamps", "--to", "coast", "--as", "ada@a.example.com").code == 0
    assert build(desk)["releases"] == 0


def test_a_second_build_writes_nothing_and_says_so(desk: Desk) -> None:
    assert desk.run(*SEND).code == 0
    build(desk)
    before = site(desk)
    done = desk.run("newsroom", "build")
    assert "4 files: nothing to write" in done.out
    assert site(desk) == before


@pytest.mark.slow
def test_what_is_under_embargo_is_nowhere_until_it_is_over(office: Desk) -> None:
    write_release(office, fields=f"embargo: {NEXT_YEAR}-03-02 09:00 UTC\ntopics: secret plans\n", body=BODY + PICTURE)
    office.write("lists/desk.csv", AGREED)
    sent = office.run("send", "lamps", "--to", "desk", "--yes", "--under-embargo")
    assert sent.code == 0, sent.said
    built = build(office)
    assert built["waiting"] == [{"release": "lamps", "until": f"{NEXT_YEAR}-03-02T09:00:00+00:00"}]
    files = site(office)
    assert set(files) == {"index.html", "feed.xml", "sitemap.xml", MANIFEST}
    assert not [path for path, data in files.items() if b"lamp" in data or b"secret" in data]

    assert build_at(office, UNTIL - timedelta(seconds=1)).releases == 0
    assert build_at(office, UNTIL).releases == 1
    assert "embargo" not in page(office).lower()
    assert f'"datePublished": "{NEXT_YEAR}-03-02T10:00:00+01:00"' in page(office)
    assert [path for path in site(office) if path.endswith(".png")]
    assert build_at(office, UNTIL - timedelta(days=1)).removed  # a clock that was wrong
    assert set(site(office)) == set(files)


@pytest.mark.slow
def test_a_release_says_itself_whether_it_has_a_page(desk: Desk) -> None:
    write_release(desk, fields="newsroom: false\n")
    assert desk.run(*SEND).code == 0
    write_release(
        desk, "cellar", fields="newsroom: true\ntopics: [The old town, the OLD town]\n", headline="The cellar"
    )
    write_release(desk, "later", fields=f"newsroom: true\nembargo: {NEXT_YEAR}-03-02 09:00 UTC\n", headline="Later")
    write_release(desk, "broken", fields="newsroom: true\n", body="![x](nowhere.png)\n", headline="Broken")
    write_release(desk, "silent", headline="Silent")
    held = f"Not to be published before 3 March {NEXT_YEAR}.\n\n"
    write_release(desk, "held", fields="newsroom: true\n", body=held + BODY, headline="Held back in its words")
    built = build(desk)
    assert built["releases"] == 1
    assert [each["release"] for each in built["waiting"]] == ["later"]  # type: ignore[attr-defined]
    assert {each["release"]: each["why"] for each in built["without"]}.keys() == {"broken", "held", "lamps"}  # type: ignore[attr-defined]
    assert (desk.root / "newsroom" / "topics" / "the-old-town" / "index.html").exists()
    assert build_at(desk, UNTIL).releases == 2
    assert "Embargo" not in page(desk, "later")


def test_a_page_can_be_taken_away_by_todays_file(desk: Desk) -> None:
    assert desk.run(*SEND).code == 0
    assert build(desk)["releases"] == 1
    write_release(desk, fields="newsroom: false\n")
    built = build(desk)
    assert built["without"] == [{"release": "lamps", "why": "newsroom: false"}]
    assert built["removed"] == ["lamps/index.html", "lamps/release.json", "lamps/release.txt"]
    assert not (desk.root / "newsroom" / "lamps").exists()


def test_a_word_that_is_no_answer_is_an_error_with_its_line(desk: Desk) -> None:
    write_release(desk, fields="newsroom: maybe\n")
    done = desk.run("release", "check", "lamps")
    assert done.code == 2
    assert "lamps.md:12: newsroom: write true (a page though it is not mailed) or false (no page)" in done.said


def test_topics_and_newsroom_are_kept_where_a_release_is_written_anew(desk: Desk) -> None:
    write_release(desk, fields="newsroom: true\ntopics: [sea, harbour]\n")
    shown = desk.run("release", "show", "lamps", "--json").json
    assert (shown["topics"], shown["newsroom"]) == (["sea", "harbour"], "true")


@pytest.mark.slow
def test_a_correction_and_a_retraction_show_at_the_same_address(desk: Desk) -> None:
    write_release(desk, body=BODY + PICTURE)
    assert desk.run(*SEND).code == 0
    build(desk)
    write_release(desk, body=BODY.replace("four hundred", "three hundred"))
    record_notice(desk, MailingKind.CORRECTION, "There are three hundred lamps.", MailingState.SCHEDULED)
    assert build(desk)["written"] == []
    record_notice(desk, MailingKind.CORRECTION, "There are three hundred lamps.")
    built = build(desk)
    assert "three hundred lamps, each" in page(desk)
    assert page(desk).count("There are three hundred lamps.") == 1 + 1  # the notice, and its data
    assert any(str(path).endswith(".png") for path in built["removed"])  # type: ignore[attr-defined]
    record_notice(desk, MailingKind.RETRACTION, "All of it was invented.", MailingState.SENDING)
    built = build(desk)
    assert (built["releases"], built["withdrawn"]) == (0, 1)
    assert "All of it was invented." in page(desk)
    assert "lamps, each" not in page(desk)
    assert json.loads((desk.root / "newsroom" / "lamps" / "release.json").read_text("utf-8"))["pubStatus"] == "canceled"


def test_what_is_not_ours_is_neither_touched_nor_removed(desk: Desk) -> None:
    desk.write("newsroom/robots.txt", "User-agent: *\n")
    desk.write("newsroom/lamps/notes.txt", "ours\n")
    assert desk.run(*SEND).code == 0
    build(desk)
    write_release(desk, fields="newsroom: false\n")
    build(desk)
    assert (desk.root / "newsroom" / "robots.txt").read_text("utf-8") == "User-agent: *\n"
    assert [path.name for path in (desk.root / "newsroom" / "lamps").iterdir()] == ["notes.txt"]
    (desk.root / "newsroom" / "index.html").write_text("<p>Somebody else's.", "utf-8")
    (desk.root / "newsroom" / MANIFEST).unlink()
    done = desk.run("newsroom", "build")
    assert done.code == 2
    assert "already exists, and is not one of our pages" in done.err
    assert not (desk.root / "newsroom" / MANIFEST).exists()


def test_a_folder_with_other_files_that_is_typed_is_refused_until_settings_name_it(
    desk: Desk, server: ScriptedServer
) -> None:
    desk.write("other/.nojekyll", "")
    build(desk, "other")  # a hidden file is nobody's work
    build(desk, "other")
    desk.write("papers/plan.txt", "ours\n")
    done = desk.run("newsroom", "build", "papers")
    assert (done.code, "papers: has other files in it (plan.txt)" in done.err) == (2, True)
    assert [path.name for path in (desk.root / "papers").iterdir()] == ["plan.txt"]
    assert '[newsroom] folder = "papers"' in done.err
    desk.settings(server, more='[newsroom]\nfolder = "papers"\n')
    build(desk, "papers")
    assert (desk.root / "papers" / "plan.txt").read_text("utf-8") == "ours\n"


def test_a_manifest_cannot_name_files_outside(desk: Desk) -> None:
    desk.write("newsroom/.newsroom.json", json.dumps({"files": ["../releases/lamps.md", "gone.html", 7]}))
    desk.write("newsroom/gone.html", "old")
    assert build(desk)["removed"] == ["gone.html"]
    assert (desk.root / "releases" / "lamps.md").exists()


def test_a_build_that_was_killed_is_finished_by_the_next(desk: Desk) -> None:
    assert desk.run(*SEND).code == 0
    build(desk)
    whole = site(desk)
    folder = desk.root / "newsroom"
    # the manifest names everything that was to be written, and half of it exists
    (folder / "lamps" / "index.html").unlink()
    (folder / "lamps" / "release.txt").write_bytes(b"half")
    build(desk)
    assert site(desk) == whole


@pytest.mark.parametrize("folder", [".", ".mailer/site", "lists", "releases/web"])
def test_the_workspace_itself_is_no_folder_for_it(desk: Desk, folder: str) -> None:
    done = desk.run("newsroom", "build", folder)
    assert done.code == 2
    assert "the newsroom needs a folder of its own" in done.err


def test_json_and_serve_do_not_go_together(desk: Desk) -> None:
    assert desk.run("newsroom", "build", "--serve", "--json").code == 2
    assert desk.run("newsroom", "build", "--serve", "--port", "70000").code == 2


# Links in mails.


def test_a_mail_names_its_page_and_takes_its_pictures_from_it_and_both_are_there_before_it_goes(
    office: Desk, server: ScriptedServer
) -> None:
    write_release(office, body=BODY + PICTURE)
    seen: list[set[str]] = []
    server.answer = lambda _: seen.append(set(site(office))) if (office.root / "newsroom").exists() else None
    assert office.run(*SEND).code == 0
    mail = mail_of(server.accepted[0])
    found = re.search(rf'src="{URL}/lamps/(press-kit/lamp-[0-9a-f]{{12}}\.png)"', html_of(mail))
    assert found
    assert seen
    assert all({"lamps/index.html", f"lamps/{found[1]}"} <= files for files in seen)
    assert f'src="{found[1]}"' in page(office)
    assert f'View online: <a href="{URL}/lamps/"' in re.sub(r' style="[^"]*"', "", html_of(mail))
    assert f"View online:\n{URL}/lamps/\n" in text_in(server.accepted[0])
    assert f"<{URL}/lamps/{found[1]}>" in text_in(server.accepted[0])
    assert [part.get_content_type() for part in mail.walk() if not part.is_multipart()] == ["text/plain", "text/html"]


def test_a_preview_is_the_mail_that_would_go_and_shows_its_pictures(office: Desk, server: ScriptedServer) -> None:
    write_release(office, body=BODY + PICTURE)
    shown = office.run("preview", "lamps", "--to", "coast", "--as", "ada@a.example.com", "--json").json
    assert office.run(*SEND).code == 0
    mail = next(each for each in server.accepted if each.rcpt_to == ("ada@a.example.com",))
    before = message_from_bytes(Path(shown["source"]).read_bytes(), policy=default)
    assert isinstance(before, EmailMessage)
    assert html_of(before) == html_of(mail_of(mail))
    assert 'src="data:image/png;base64,' in Path(shown["html"]).read_text("utf-8")


def test_pictures_stay_inside_where_the_release_asks_for_it(office: Desk, server: ScriptedServer) -> None:
    write_release(office, fields="pictures: inline\n", body=BODY + PICTURE)
    assert office.run(*SEND).code == 0
    assert 'src="cid:' in html_of(mail_of(server.accepted[0]))
    assert f"{URL}/lamps/" in text_in(server.accepted[0])


@pytest.mark.parametrize("case", ["embargo", "no page", "test", "no newsroom"])
def test_a_mail_names_no_page_that_is_not_there(office: Desk, server: ScriptedServer, case: str) -> None:
    fields = {"embargo": f"embargo: {NEXT_YEAR}-03-02 09:00 UTC\n", "no page": "newsroom: false\n"}.get(case, "")
    if case == "no newsroom":
        office.settings(server)
    write_release(office, fields=fields, body=BODY + PICTURE)
    office.write("lists/desk.csv", AGREED)
    words = ("test", "lamps", "--to", "desk", "--as", "bo@b.example.com", "--inbox", "me@example.org")
    send = ("send", "lamps", "--to", "desk", "--yes", *(["--under-embargo"] if case == "embargo" else []))
    done = office.run(*(words if case == "test" else send))
    assert done.code == 0, done.said
    for message in server.accepted:
        assert b"news.example.org" not in message.data
        assert 'src="cid:' in html_of(mail_of(message))


def test_readers_of_another_language_are_led_to_the_page_in_theirs(office: Desk, server: ScriptedServer) -> None:
    office.release()
    head = HEAD.format(headline="Le musée ouvre sa cave", label="POUR DIFFUSION IMMÉDIATE")
    office.write("releases/lamps.fr.md", f"---\n{head}language: fr\n---\n\nLe musée ouvre sa cave vendredi.\n")
    office.write("lists/coast.csv", "email,first_name,language\nada@a.example.com,Ada,en\nbo@b.example.com,Bo,fr\n")
    assert office.run(*SEND).code == 0
    texts = {message.rcpt_to[0]: text_in(message) for message in server.accepted}
    assert f"View online:\n{URL}/lamps/\n" in texts["ada@a.example.com"]
    assert f"Voir en ligne :\n{URL}/lamps/fr/\n" in texts["bo@b.example.com"]
    assert "Le musée ouvre sa cave" in page(office, "lamps/fr")


def test_a_folder_that_cannot_be_written_keeps_nobody_from_their_mail(office: Desk, server: ScriptedServer) -> None:
    write_release(office, body=BODY + PICTURE)
    office.write("newsroom", "a file in its place")
    done = office.run(*SEND)
    assert done.code == 0, done.said
    assert len(server.accepted) == 5
    assert "The newsroom could not be built" in done.err
    assert 'src="cid:' in html_of(mail_of(server.accepted[0]))  # and they link to no page that does not exist
    assert b"news.example.org" not in server.accepted[0].data


# What keeps it up to date.


@pytest.mark.slow
def test_the_worker_builds_at_a_lift_and_when_something_was_corrected_or_withdrawn(office: Desk) -> None:
    assert office.run(*SEND).code == 0
    until = (datetime.now(UTC) + timedelta(seconds=8)).replace(microsecond=0)
    write_release(office, "later", fields=f"newsroom: true\nembargo: {until:%Y-%m-%d %H:%M:%S} UTC\n", headline="Later")
    shutil.rmtree(office.root / "newsroom")
    worker = office.start("worker")
    wait_until((office.root / "newsroom" / "later" / "index.html").exists)
    assert datetime.now(UTC) >= until
    record_notice(office, MailingKind.CORRECTION, "The date was wrong.")
    wait_until(lambda: "The date was wrong." in page(office))
    record_notice(office, MailingKind.RETRACTION, "It was invented.")
    wait_until(lambda: "It was invented." in page(office))
    worker.send_signal(signal.SIGTERM)
    assert finish(worker).code == 0


@pytest.mark.slow
def test_one_look_of_the_worker_builds_what_was_sent(office: Desk, server: ScriptedServer) -> None:
    assert office.run(*SEND).code == 0
    shutil.rmtree(office.root / "newsroom")
    assert office.run("worker", "--once").code == 0
    assert "lamps/index.html" in site(office)
    record_notice(office, MailingKind.RETRACTION, "It was invented.")
    assert office.run("worker", "--once").code == 0
    assert "It was invented." in page(office)
    assert len(server.accepted) == 5


@pytest.mark.slow
def test_a_worker_that_goes_on_looking_builds_again_once_something_was_corrected(office: Desk) -> None:
    assert office.run(*SEND).code == 0
    lines = list[str]()
    keeper = Keeper(lines.append)

    def look() -> int:
        with environment({"MAILER_WORKSPACE": str(office.root)}), reading_office() as opened:
            keeper.look(opened)
        return len(lines)

    look()
    write_release(office, body=BODY.replace("four hundred", "three hundred"))
    before = look()
    assert "four hundred lamps, each" in page(office)
    record_notice(office, MailingKind.CORRECTION, "There are three hundred lamps.")
    assert look() == before + 1
    assert "There are three hundred lamps." in page(office)
    assert "three hundred lamps, each" in page(office)
    assert look() == before + 1


@pytest.mark.slow
def test_it_can_be_looked_at_on_this_machine(desk: Desk) -> None:
    assert desk.run(*SEND).code == 0
    serving = desk.start("newsroom", "build", "--serve")
    assert serving.stderr is not None
    lines: list[str] = []
    while "newsroom is at" not in (lines[-1] if lines else ""):
        lines.append(serving.stderr.readline())
        assert lines[-1], lines
    found = re.search(r"http://127\.0\.0\.1:\d+/", lines[-1])
    assert found
    with urllib.request.urlopen(f"{found[0]}lamps/", timeout=60) as answer:  # noqa: S310 - our own server
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert HEADLINE in answer.read().decode()
    serving.send_signal(signal.SIGTERM)
    assert finish(serving).code == 0


@pytest.mark.slow
def test_a_corrected_release_names_its_page_as_the_first_text_did(desk: Desk, server: ScriptedServer) -> None:
    desk.settings(server, more='[newsroom]\nurl = "https://news.example.org"\n')
    assert desk.run("send", "lamps", "--to", "coast", "--limit", "1", "--yes").code == 0
    desk.release(body=BODY.replace("Friday", "Saturday"))
    assert desk.run("correct", "lamps", "--note", "Another day.", "--yes").code == 0
    texts = [" ".join(text_of(each).split()) for each in server.accepted]
    assert ["https://news.example.org/lamps/" in text for text in texts] == [True, True]


@pytest.mark.slow
def test_an_exclusive_has_no_page_before_its_end_and_no_mail_links_to_one(office: Desk, server: ScriptedServer) -> None:
    until = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=7)
    alone = ("--exclusive", "ada@a.example.com", "--until", f"{until:%Y-%m-%d %H:%M} UTC")
    assert office.run(*SEND, *alone).code == 0
    built = build(office)
    assert (built["releases"], built["waiting"]) == (0, [{"release": "lamps", "until": until.isoformat()}])
    assert [name for name in site(office) if "lamps" in name] == []
    assert build_at(office, until - timedelta(minutes=1)).releases == 0
    assert build_at(office, until).releases == 1
    assert build(office)["removed"] != []  # by this clock, it is exclusive to the outlet again
    assert office.run("embargo", "record", "ada@a.example.com", "declined", "--for", "lamps").code == 0
    assert office.run("worker", "--once").code == 0
    assert len(server.accepted) == 5
    assert HEADLINE in page(office)
    assert [each for each in server.accepted if URL.encode() in each.data] == []
