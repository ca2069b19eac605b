"""A person's page at the desk, their data, and suppressions."""

from __future__ import annotations

import hashlib
import json
import re

from tests.desk.opened import Opened
from tests.office import Desk

ADA = "ada@a.example.com"


def test_a_persons_page_says_where_they_are_what_they_got_and_why(desk: Desk, page: Opened) -> None:
    desk.write("lists/team.csv", f"email,name,note\nzo@z.example.com,Zo,works with {ADA}\n")
    desk.run("send", "lamps", "--to", "coast", "--yes")
    shown = page.get(f"/people/{ADA}")
    assert shown.title == "Pat1 Brook"
    assert "coast, line 2" in shown.text
    assert "team, line 2: another contact’s row, which mentions the address" in shown.text
    assert "Lantern Museum opens its cellar of four hundred lamps accepted" in shown.text
    assert "Gets it: lamps was accepted by the relay" in page.get(f"/people/{ADA}?mailing=lamps").text
    assert "Does not get it: lamps is not in lamps" in page.get("/people/zo@z.example.com?mailing=lamps").text
    assert "Gets it: lamps is in team.csv line 2" in page.get("/people/zo@z.example.com?release=lamps&list=team").text
    assert page.get("/people/nobody").status == 422
    assert "On no list" in page.get("/people/new@n.example.com").text

    exported = page.get(f"/people/{ADA}/export")
    assert "attachment" in exported.headers["content-disposition"]
    document = json.loads(exported.data)
    command = desk.run("contacts", "export", ADA, "--json").json
    assert document == {name: value for name, value in command.items() if name in document} | {
        "made_at": document["made_at"]
    }
    assert "Data held about" in page.get(f"/people/{ADA}/export?format=html").data.decode()


def test_a_persons_own_word_is_lifted_by_evidence_which_is_never_a_file_of_this_machine(
    desk: Desk, page: Opened
) -> None:
    secret = desk.write("secret.txt", "nobody's business")
    added = page.post("/suppressions", {"who": ADA, "from": "person", "reason": "opted_out", "note": "on the phone"})
    assert added.title == ADA
    assert "is suppressed" in added.text
    lift = {"who": ADA, "from": "person", "do": "lift", "scope": "everywhere", "reason": "asks for it again"}
    refused = page.post("/suppressions/lift", lift)
    assert refused.status == 422
    assert "that is their own word" in refused.text
    page.post("/suppressions/lift", {**lift, "evidence": str(secret)})
    held = desk.run("optouts", "list", ADA, "--json").json
    assert not held["suppressed"]
    assert held["suppressions"][0]["lifted_evidence"] == str(secret)
    page.post("/suppressions", {"who": ADA, "from": "person", "reason": "complained"})
    page.post("/suppressions/lift", lift, {"file": ("letter.eml", b"Please mail me again")})
    newest = desk.run("optouts", "list", ADA, "--json").json["suppressions"]
    digest = hashlib.sha256(b"Please mail me again").hexdigest()
    assert f"file letter.eml, SHA-256 {digest}" in [each["lifted_evidence"] for each in newest]


def test_who_gets_no_mail_is_a_list_with_pages_a_search_and_files_of_other_tools(desk: Desk, page: Opened) -> None:
    data = "email\n" + "".join(f"p{n:03}@x.example.com\n" for n in range(230))
    plan = page.post("/suppressions/exchange", {"format": "auto"}, {"file": ("old.csv", data.encode())})
    assert "New 230: 230 opted out" in plan.text
    assert not desk.run("optouts", "list", "--json").json["suppressed"]
    page.post(plan.path, {"sure": "1"})
    first = page.get("/suppressions")
    assert "230 suppressions" in first.text
    shown = re.findall(r"p\d{3}@x\.example\.com(?=</a>)", first.html)
    older = re.search(r'href="([^"]*before=\d+)"', first.html)
    assert older
    rest = re.findall(r"p\d{3}@x\.example\.com(?=</a>)", page.get(older[1].replace("&amp;", "&")).html)
    assert (len(shown), len(rest)) == (200, 30)
    assert len({*shown, *rest}) == 230
    assert "1 suppression" in page.get("/suppressions?find=p117").text
    exported = page.get("/suppressions/export?format=csv").data.decode()
    assert exported.count("@x.example.com") == 230
    review = page.post("/suppressions/exchange", {"do": "undo", "number": "1"})
    assert "230 suppressions that only old.csv asks for" in review.text
    page.post("/suppressions/exchange", {"do": "undo", "number": "1", "sure": "1"})
    assert "0 suppressions" in page.get("/suppressions").text
    page.post("/suppressions", {"who": "*@x.example.com", "reason": "manual"})
    assert "by staff: in force" in page.get("/suppressions/of?who=*@x.example.com").text
    wrong = page.post("/suppressions", {"who": "news@x.example.com", "reason": "do_not_contact"})
    assert wrong.status == 422
    assert "is not a person" in wrong.text


def test_a_person_is_erased_once_their_address_was_typed_and_is_in_no_memory_of_the_desk(
    desk: Desk, page: Opened
) -> None:
    upload = page.post("/lists/import", {"pasted": f"{ADA}, bo@b.example.com"}).path
    assert ADA in page.get("/lists/coast").text
    shown = page.get(f"/people/{ADA}/forget").text
    assert "lists/coast.csv line 2: the row" in shown
    for typed in ("", "bo@b.example.com", "yes"):
        assert page.post(f"/people/{ADA}/forget", {"typed": typed}).status == 422
    assert ADA in (desk.root / "lists/coast.csv").read_text()
    done = page.post(f"/people/{ADA}/forget", {"typed": ADA, "reason": "asked by letter"})
    assert "Erased: 1 row of a list" in done.text
    assert ADA not in (desk.root / "lists/coast.csv").read_text()
    assert ADA not in page.get("/lists/coast").text
    assert page.get(upload).status == 422
    assert "No contact on any list matches" in page.get("/lists/find?q=pat1").text
    assert desk.run("optouts", "list", ADA, "--json").json["suppressed"]
