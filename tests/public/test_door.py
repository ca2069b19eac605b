"""The opt-out link: what GET shows, what POST does, and what neither ever does (RFC 8058)."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from mailer.config.secrets import read_keys
from mailer.tokens import Purpose, make_token, parse_token
from tests.office import Desk, in_the_ledger
from tests.public.hosts import ONE_CLICK, Host, Sent, serving, suppressed

ADA, BO, CY = "ada@ada.example.com", "bo@bo.example.com", "cy@cy.example.com"
NEWS = "news@daily.example.com"
PAGE = "do=opt-out&scope={scope}&reason={reason}"
FORM = '--frontier\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--frontier--\r\n'


def rows(desk: Desk, address: str) -> list[tuple[object, ...]]:
    columns = "scope, source, note, lifted_reason, unconfirmed"
    return in_the_ledger(desk, f"SELECT {columns} FROM suppression WHERE address = '{address}' ORDER BY id")  # noqa: S608 - our own words


@pytest.mark.slow
def test_looking_changes_nothing_however_often_it_is_done(office: Desk, host: Host, sent: Sent) -> None:
    before = in_the_ledger(office, "SELECT count(*) FROM event")
    token = sent.tokens[ADA]
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda _: host.get(token, purpose="prefetch", user_agent="LinkScanner/1.0"), range(100)))
    assert {page.status for page in pages} == {200}
    for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"):
        assert host.ask(method, f"/o/{token}?List-Unsubscribe=One-Click&do=opt-out").status in {200, 204, 405}
    # a machine that follows forms, but only by GET
    assert host.ask("GET", f"/o/{token}?do=opt-out&scope=everywhere").status == 200
    assert suppressed(office) == {}
    assert in_the_ledger(office, "SELECT count(*) FROM event") == before


@pytest.mark.parametrize(
    "body, kind",
    [
        (ONE_CLICK, "application/x-www-form-urlencoded"),
        (FORM, "multipart/form-data; boundary=frontier"),
        (FORM, 'multipart/form-data; boundary="frontier"; charset=utf-8'),
        ("", "application/x-www-form-urlencoded"),
        ("", "text/plain"),
        ("not a form at all", "multipart/form-data; boundary=elsewhere"),
        (ONE_CLICK, "multipart/form-data"),
        ("&".join("a=1" for _ in range(200)), "application/x-www-form-urlencoded"),
    ],
)
def test_one_click_opts_out_everywhere_and_is_no_page(
    office: Desk, host: Host, sent: Sent, body: str, kind: str
) -> None:
    done = host.post(sent.tokens[ADA], body, content_type=kind)
    assert done.status == 200
    assert done.headers["content-type"].startswith("text/plain")
    assert "set-cookie" not in done.headers
    assert "location" not in done.headers
    assert suppressed(office) == {ADA: "everywhere"}


def test_one_click_needs_nothing_that_a_machine_does_not_send(office: Desk, host: Host, sent: Sent) -> None:
    done = host.post(sent.tokens[ADA], cookie="session=of-somebody", origin="https://elsewhere.example.com")
    assert done.status == 200
    assert suppressed(office) == {ADA: "everywhere"}


def test_one_click_again_changes_nothing(office: Desk, host: Host, sent: Sent) -> None:
    first = host.post(sent.tokens[ADA])
    events = in_the_ledger(office, "SELECT count(*) FROM event")
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(lambda _: host.post(sent.tokens[ADA]), range(20)))
    assert {(each.status, each.text) for each in again} == {(first.status, first.text)}
    assert in_the_ledger(office, "SELECT count(*) FROM event") == events
    assert len(rows(office, ADA)) == 1


def test_the_report_counts_who_opted_out(office: Desk, host: Host, sent: Sent) -> None:
    host.post(sent.tokens[ADA])
    host.post(sent.tokens[BO], PAGE.format(scope="everywhere", reason=""))
    assert office.report()["opted_out"] == 2


def test_a_link_is_found_whatever_stands_around_its_token(office: Desk, host: Host, sent: Sent) -> None:
    a, b, c = (sent.tokens[each] for each in (ADA, BO, CY))
    for path in (f"/{a}", f"/press/o/{b.upper()}", f"/o/{c}/", f"/o/{c}."):
        assert host.ask("POST", path, ONE_CLICK).status == 200
    assert set(suppressed(office)) == {ADA, BO, CY}


def test_every_flipped_bit_is_refused_with_no_hint(office: Desk, host: Host, sent: Sent) -> None:
    token = sent.tokens[ADA]
    forged = [token[:place] + ("b" if token[place] != "b" else "c") + token[place + 1 :] for place in range(0, 40, 2)]
    answers = [host.post(each) for each in forged]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert "Lantern" not in answers[0].text
    assert "example" not in answers[0].text
    assert host.get(forged[0]).text == answers[0].text
    assert suppressed(office) == {}


def test_a_token_for_bounces_opts_nobody_out(office: Desk, host: Host, sent: Sent) -> None:
    keys = read_keys(office.root / ".mailer" / "keys")
    assert keys is not None
    delivery = parse_token(keys, Purpose.OPT_OUT, sent.tokens[ADA])
    assert delivery is not None
    for purpose in (Purpose.BOUNCE, Purpose.MESSAGE_ID):
        assert host.post(make_token(keys, purpose, delivery)).status == 404
    assert suppressed(office) == {}


def test_a_token_of_a_test_is_answered_alike_and_opts_nobody_out(office: Desk, host: Host, sent: Sent) -> None:
    of_test, real = host.post(sent.tokens["press@example.org"]), host.post(sent.tokens[ADA])
    assert (of_test.status, of_test.text) == (real.status, real.text)
    assert suppressed(office) == {ADA: "everywhere"}


def test_a_mail_that_the_ledger_does_not_know_is_answered_alike_and_kept_for_staff(
    office: Desk, host: Host, sent: Sent
) -> None:
    keys = read_keys(office.root / ".mailer" / "keys")
    assert keys is not None
    stranger = make_token(keys, Purpose.OPT_OUT, b"nobodys!")
    unknown, known = host.post(stranger), host.post(sent.tokens[ADA])
    assert host.post(stranger).status == 200
    assert (unknown.status, unknown.text) == (known.status, known.text)
    assert host.get(stranger).title == host.get(sent.tokens[BO]).title
    kept = office.run("bounces", "list", "--unmatched", "--json").json["unmatched"]
    assert [each["unmatched"] for each in kept] == ["not-sent-to"]


def test_the_page_opts_out_of_this_list_or_of_everything(office: Desk, host: Host, sent: Sent) -> None:
    page = host.get(sent.tokens[ADA])
    assert "a…@ada.example.com" in page.text
    assert ADA not in page.text
    done = host.post(sent.tokens[ADA], PAGE.format(scope="list", reason="Too+much%0Aof+it"))
    assert done.title == "You will get no more mail by this list"
    assert rows(office, ADA) == [("list:coast", "page", "Too much of it", None, 0)]
    assert host.post(sent.tokens[BO], PAGE.format(scope="everywhere", reason="")).title.startswith("You will get no")
    assert suppressed(office) == {ADA: "list:coast", BO: "everywhere"}
    assert host.post(sent.tokens[ADA], PAGE.format(scope="everywhere", reason="")).status == 200
    assert [row[0] for row in rows(office, ADA)] == ["list:coast", "everywhere"]


def test_a_reason_is_kept_beside_the_suppression_and_in_no_event(office: Desk, host: Host, sent: Sent) -> None:
    reason = "%CE%A9%00%1b%5B31m<script>" + "x" * 900
    assert host.post(sent.tokens[ADA], PAGE.format(scope="everywhere", reason=reason)).status == 200
    note = str(rows(office, ADA)[0][2])
    assert note.startswith("Ω [31m<script>xxx")
    assert len(note) == 500
    assert not [row for row in in_the_ledger(office, "SELECT reason FROM event") if "script" in str(row)]
    assert in_the_ledger(office, "SELECT text FROM event_text WHERE text LIKE '%script%'") == []


def test_a_desk_is_out_at_once_and_waits_to_be_confirmed(office: Desk, host: Host, sent: Sent) -> None:
    host.post(sent.tokens[NEWS])
    assert rows(office, NEWS) == [("everywhere", "one-click", "from somebody at this desk", None, 1)]


def test_what_was_done_can_be_undone_by_the_same_link_for_an_hour(office: Desk, host: Host, sent: Sent) -> None:
    token = sent.tokens[ADA]
    host.post(token)  # by a machine, say
    assert 'value="undo"' in host.get(token).text
    assert host.post(token, "do=undo").title == "You will get our mail as before"
    assert suppressed(office) == {}
    assert rows(office, ADA)[0][3] == "undone on the page"
    assert host.get(token).title == "No more press releases?"
    assert host.post(token, "do=undo").title == "You will get our mail as before"  # a second click
    assert host.post(sent.tokens[BO], "do=undo").title == "This cannot be undone here any more"


def test_after_an_hour_only_staff_undo(office: Desk, host: Host, sent: Sent) -> None:
    host.post(sent.tokens[ADA])
    in_the_ledger(office, "UPDATE suppression SET created_at = datetime(created_at, '-61 minutes')")
    assert 'value="undo"' not in host.get(sent.tokens[ADA]).text
    assert host.post(sent.tokens[ADA], "do=undo").title == "This cannot be undone here any more"
    assert suppressed(office) == {ADA: "everywhere"}


def test_nobody_undoes_what_another_door_said(office: Desk, host: Host, sent: Sent) -> None:
    assert office.run("optouts", "add", ADA, "--note", "on the phone").code == 0
    host.post(sent.tokens[ADA])
    assert host.post(sent.tokens[ADA], "do=undo").title == "This cannot be undone here any more"
    assert suppressed(office) == {ADA: "everywhere"}


def test_the_undo_does_not_lift_what_a_mail_of_theirs_says_too(office: Desk, host: Host, sent: Sent) -> None:
    host.post(sent.tokens[ADA])
    head = f"From: {ADA}\nTo: optout+{sent.tokens[ADA]}@example.org\nSubject: off\nMessage-ID: <1@ada.example.com>\n"
    mail = office.write("off.eml", f"{head}\nno more\n")
    assert office.run("bounces", "collect", str(mail), "--json").json["kinds"] == {"optout": 1}
    assert host.post(sent.tokens[ADA], "do=undo").title == "This cannot be undone here any more"
    assert suppressed(office) == {ADA: "everywhere"}


def test_an_undo_lets_the_weaker_reason_stand_again(office: Desk, host: Host, sent: Sent) -> None:
    assert office.run("optouts", "add", ADA, "--reason", "manual", "--note", "asked by the editor").code == 0
    host.post(sent.tokens[ADA])
    host.post(sent.tokens[ADA], "do=undo")
    assert [(row[1], row[3]) for row in rows(office, ADA)] == [("staff", None), ("one-click", "undone on the page")]
    assert suppressed(office) == {ADA: "everywhere"}


def test_one_persons_link_never_touches_another(office: Desk, host: Host, sent: Sent) -> None:
    host.post(sent.tokens[ADA])
    host.post(sent.tokens[BO], "do=undo")
    assert suppressed(office) == {ADA: "everywhere"}
    assert host.get(sent.tokens[BO]).title == "No more press releases?"


def test_the_page_speaks_the_language_of_the_mail_else_of_the_reader(host: Host, sent: Sent) -> None:
    english = host.get(sent.tokens[ADA], accept_language="de")  # the release is in English
    assert '<html lang="en" dir="ltr">' in english.text
    german = host.get("z" * 40, accept_language="pl, de;q=0.8, en;q=0.2")
    assert '<html lang="de" dir="ltr">' in german.text


def test_whoever_is_in_doubt_has_it_when_their_link_is_used(office: Desk, host: Host, sent: Sent) -> None:
    in_the_ledger(office, f"UPDATE delivery SET state = 'in_doubt', finished_at = NULL WHERE address = '{ADA}'")  # noqa: S608 - our own words
    host.post(sent.tokens[ADA])
    assert office.states()[ADA] == "accepted"


def test_no_answer_can_be_kept_framed_or_indexed(host: Host, sent: Sent) -> None:
    for answer in (host.get(sent.tokens[ADA]), host.get("z" * 40), host.post(sent.tokens[BO]), host.ask("GET", "/")):
        policy = answer.headers["content-security-policy"]
        assert re.fullmatch(
            r"default-src 'none'; style-src 'sha256-[\w+/=]{44}'; form-action 'self'; base-uri 'none'; "
            r"frame-ancestors 'none'",
            policy,
        )
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers
    assert "Disallow: /" in host.ask("GET", "/robots.txt").text


@pytest.mark.slow
def test_nothing_that_is_logged_names_anybody(office: Desk, sent: Sent) -> None:
    with serving(office) as host:
        host.get(sent.tokens[ADA])
        host.post(sent.tokens[ADA])
        host.get("z" * 40)
        assert host.stop() == 0
    output = "\n".join(host.said)
    assert "1 opted out by one-click" in output
    assert sent.tokens[ADA] not in output
    assert "ada" not in output
    assert "127.0.0.1" not in output.partition("Ctrl-C stops")[2]


def test_the_page_works_without_a_text_that_this_version_cannot_read(office: Desk, host: Host, sent: Sent) -> None:
    in_the_ledger(office, "UPDATE blob SET data = x'ff' WHERE digest IN (SELECT digest FROM edition_file)")
    page = host.get(sent.tokens[ADA], accept_language="nl")
    assert page.title == "Geen persberichten meer?"
    assert "Lantern Museum" in page.text
    assert host.post(sent.tokens[ADA], PAGE.format(scope="everywhere", reason="")).status == 200
    assert suppressed(office) == {ADA: "everywhere"}


def test_whoever_was_forgotten_is_out_all_the_same(office: Desk, host: Host, sent: Sent) -> None:
    assert office.run("contacts", "forget", ADA, "--yes").code == 0
    assert ADA[0] + "…@" not in host.get(sent.tokens[ADA]).text
    assert host.post(sent.tokens[ADA]).status == 200
    found = in_the_ledger(office, "SELECT address, source FROM suppression WHERE lifted_at IS NULL")
    assert {str(row[0] or "") for row in found} == {""}
    assert office.run("why", ADA, "--json").code == 0
