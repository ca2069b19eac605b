"""The lists at the desk: tables, edits that overwrite nothing, imports that are reviewed first, hostile files."""

from __future__ import annotations

import io
import re
import time
import zipfile
from html import unescape

import pytest
from openpyxl import Workbook, load_workbook

from mailer.ledger.returns import LEFT, MOVED, NewProposal, add_proposal
from mailer.tokens import address_digest
from tests.desk.opened import Answer, Opened, at_work
from tests.office import Desk, wait_until


def _hidden(answer: Answer, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.html)
    assert found, answer.text
    return unescape(found[1])


def _rows(answer: Answer) -> list[list[str]]:
    """Return the cells of the table, row by row."""
    body = answer.html.partition("<tbody>")[2].partition("</tbody>")[0]
    cells = [
        re.findall(r"<td data-at[^>]*><span[^>]*>(.*?)</span></td>", row, re.DOTALL) for row in body.split("</tr>")
    ]
    return [[unescape(cell) for cell in row] for row in cells if row]


def _come(page: Opened, answer: Answer) -> Answer:
    """Return the page that follows a waiting page, which is loaded repeatedly."""
    until, came = time.monotonic() + 240, answer
    while "data-again" in came.html and came.path == answer.path and time.monotonic() < until:
        time.sleep(0.1)
        came = page.get(answer.path)
    return came


def _where(desk: Desk, where: str) -> list[str]:
    shown = desk.run("lists", "show", "wide", "--where", where, "--limit", "500", "--json").json
    return [each["fields"]["email"] for each in shown["contacts"]]


def test_a_list_is_a_table_that_is_paged_sorted_searched_and_filtered_as_by_the_command(
    desk: Desk, page: Opened
) -> None:
    rows = [f"p{n:03}@outlet-{n % 7}.example.com,Zoë {n},{('health', 'arts')[n % 2]},{n % 40}" for n in range(250)]
    desk.write("lists/wide.csv", "\n".join(["email,name,beat,score", *rows, "bad,Nobody,arts,1", rows[0], ""]))
    overview = page.get("/lists").text
    assert "wide 250 2" in overview
    first = page.get("/lists/wide")
    assert [row[0] for row in _rows(first)] == [row.partition(",")[0] for row in rows[:100]]
    assert "1 to 100 of 252" in first.text
    second = page.get("/lists/wide?after=100")
    assert _rows(second)[0][1] == "Zoë 100"
    assert _rows(page.get("/lists/wide?before=101"))[0][1] == "Zoë 0"
    by_score = [row[3] for row in _rows(page.get("/lists/wide?sort=3&down=1"))]
    assert by_score == sorted(by_score, key=int, reverse=True)
    assert by_score[0] == "39"
    assert [row[1] for row in _rows(page.get("/lists/wide?find=zoe+107"))] == ["Zoë 107"]
    where = 'beat == "arts" and (score > 35 or email starts with "p00")'
    filtered = page.get("/lists/wide?where=" + where.replace(" ", "+").replace('"', "%22").replace(">", "%3E"))
    assert [row[0] for row in _rows(filtered)] == _where(desk, where)
    left_out = page.get("/lists/wide?only=left-out").text
    assert "it has no @" in left_out
    assert "is already in line 2" in left_out
    wrong = page.get("/lists/wide?where=beat+%3D%3D+")
    assert wrong.status == 422
    assert "character 8" in wrong.text
    assert not (desk.root / ".mailer").exists()  # looking creates nothing


def test_an_edit_is_one_step_with_its_undo_and_overwrites_nothing_that_was_changed_meanwhile(
    desk: Desk, page: Opened
) -> None:
    file = desk.root / "lists" / "coast.csv"
    before = file.read_bytes()
    sha = _hidden(page.get("/lists/coast"), "sha")
    fields = {"sha": sha, "row": "2", "email": "bo@b.example.com"}
    table = {"desk-region": "table"}
    done = page.post("/lists/coast/row?find=bo", {**fields, "c3": "The Daily"}, headers=table)
    assert "Done: 1 row changed in coast." in done.text
    assert _rows(done) == [["bo@b.example.com", "Pat2", "Brook", "The Daily"]]
    mine = file.read_bytes()
    assert mine == before.replace(b"Outlet 2", b"The Daily")
    news = {"desk-region": "news"}
    assert "This list was changed: 1 row changed in coast" in page.get(f"/lists/coast?sha={sha}", headers=news).text
    assert not page.get(f"/lists/coast?sha={_hidden(done, 'sha')}", headers=news).text

    late = page.post("/lists/coast/row", {**fields, "c3": "The Evening"}, headers=table)
    assert late.status == 422
    assert "Nothing was overwritten" in late.text
    assert "The Daily The Evening" in late.text  # the text on file, and the typed text
    assert file.read_bytes() == mine
    again = {name: _hidden(late, name) for name in ("sha", "row", "email", "c3")}
    assert "Done" in page.post("/lists/coast/row", again).text
    assert b"The Evening" in file.read_bytes()

    shown = page.get("/lists/coast")
    stale = {"number": str(int(_hidden(shown, "number")) - 1), "back": "coast", "do": "undo"}
    assert "there is a newer change" in page.post("/lists/history", stale).text
    for _ in range(2):
        step = {"number": _hidden(page.get("/lists/coast"), "number"), "back": "coast", "do": "undo"}
        assert "Undone: 1 row changed in coast." in page.post("/lists/history", step).text
    assert file.read_bytes() == before
    assert file.read_bytes() == before
    refused = page.post("/lists/coast/row", {**fields, "sha": _hidden(page.get("/lists/coast"), "sha"), "c0": "nobody"})
    assert refused.status == 422
    assert "nobody" in refused.text
    taken = {**fields, "sha": _hidden(page.get("/lists/coast"), "sha"), "c0": "Cy@C.example.com"}
    assert "is on the list already" in page.post("/lists/coast/row", taken).text
    assert file.read_bytes() == before


def test_who_is_suppressed_stays_so_at_the_address_that_is_typed_and_staff_see_it_first(
    desk: Desk, page: Opened
) -> None:
    desk.run("optouts", "add", "bo@b.example.com", "--note", "by letter")
    shown = page.get("/lists/coast")
    assert "suppressed" in shown.text
    assert "opted out, 20" in shown.text  # why, one click away
    fields = {"sha": _hidden(shown, "sha"), "row": "2", "email": "bo@b.example.com", "c0": "bo@new.example.com"}
    review = page.post("/lists/coast/row", fields)
    assert "it is about the person, so it applies to bo@new.example.com too" in review.text
    assert "bo@new" not in (desk.root / "lists/coast.csv").read_text()
    page.post("/lists/coast/row", {**fields, "sure": "1"})
    assert "bo@new" in (desk.root / "lists/coast.csv").read_text()
    assert desk.run("optouts", "list", "bo@new.example.com", "--json").json["suppressed"]


def test_rows_are_removed_moved_and_added_and_what_is_lost_is_shown_before(desk: Desk, page: Opened) -> None:
    desk.write("lists/science.csv", "email,name\nada@a.example.com,Ada\n")
    coast, science = desk.root / "lists/coast.csv", desk.root / "lists/science.csv"
    before = coast.read_bytes(), science.read_bytes()
    sha = _hidden(page.get("/lists/coast"), "sha")
    review = page.post("/lists/coast", {"sha": sha, "rows": ["1", "2"], "do": "move", "to": "science"})
    assert 'has no column for "outlet"' in review.text
    assert "ada@a.example.com already has a row there" in review.text
    assert (coast.read_bytes(), science.read_bytes()) == before
    sure = {"sha": sha, "rows": ["1", "2"], "do": "move", "to": "science", "sure": "1", "add_columns": "1"}
    page.post("/lists/coast", sure)
    assert "bo@b.example.com" in science.read_text()
    assert "Outlet 2" in science.read_text()
    assert "bo@b.example.com" not in coast.read_text()
    old = page.post("/lists/coast", {"sha": sha, "rows": "1", "do": "remove", "sure": "1"})
    assert old.status == 422
    assert "changed by another user" in old.text
    sha = _hidden(page.get("/lists/coast"), "sha")
    assert "cy@c.example.com" in page.post("/lists/coast", {"sha": sha, "rows": "1", "do": "remove"}).text
    page.post("/lists/coast", {"sha": sha, "rows": "1", "do": "remove", "sure": "1"})
    added = page.post(
        "/lists/coast/add", {"people": "Eva Lund <eva@e.example.com>\nfay@f.example.com", "c3": "The Sea"}
    )
    assert "Done: 2 people added to coast." in added.text
    assert coast.read_text().splitlines()[1:] == [
        "di@d.example.com,Pat4,Brook,Outlet 4",
        "ed@e.example.com,Pat5,Brook,Outlet 5",
        "eva@e.example.com,Eva,Lund,The Sea",
        "fay@f.example.com,,,The Sea",
    ]
    assert "2 rows" not in page.get("/lists/history").text
    for _ in range(3):
        step = {"number": _hidden(page.get("/lists/history"), "number"), "back": "", "do": "undo"}
        page.post("/lists/history", step)
    assert (coast.read_bytes(), science.read_bytes()) == before


def test_a_dropped_file_is_a_plan_first_whose_columns_can_be_named_and_then_a_list(desk: Desk, page: Opened) -> None:
    coast = desk.root / "lists/coast.csv"
    before = coast.read_bytes()
    data = b"Kontakt;Haus\nzed@z.example.com;The Zone\nada@a.example.com;The Evening\nnot an address;x\n"
    plan = page.post("/lists/import", {}, {"file": ("~/../export 3.csv", data)})
    assert "New list" in plan.text
    path = plan.path.partition("?")[0]
    into = page.get(f"{path}?into=coast&m1=outlet").text
    assert "outlet (Haus)" in into
    assert "ada@a.example.com outlet: Outlet 1 → The Evening" in into
    assert "New 1 person The Zone <zed@z.example.com>" in into
    assert coast.read_bytes() == before
    assert not (desk.root / ".mailer").exists()
    sha = _hidden(page.get(f"{path}?into=coast&m1=outlet"), "sha")
    page.post("/lists/coast/add", {"people": "eva@e.example.com"})
    late = page.post(path, {"into": "coast", "m1": "outlet", "sha": sha})
    assert late.status == 422
    assert "zed" not in coast.read_text()
    sha = _hidden(page.get(f"{path}?into=coast&m1=outlet"), "sha")
    done = page.post(path, {"into": "coast", "m1": "outlet", "sha": sha})
    assert "was imported into coast" in done.text
    assert "zed@z.example.com,,,The Zone" in coast.read_text()
    assert "The Evening" in coast.read_text()
    assert page.get(path).status == 422  # it is kept until it is used

    unclear = page.post("/lists/import", {}, {"file": ("odd.csv", b"who,what\nada(at)x,1\n")})
    assert "has the e-mail addresses" in unclear.text or "no e-mail address" in unclear.text
    assert 'name="m0"' in unclear.html  # its columns can be named nevertheless
    pasted = page.post("/lists/import", {"pasted": "Ada Brook <ada@a.example.com>, bo@b.example.com"})
    page.post(pasted.path, {"as": "friday"})
    assert "Ada Brook" in (desk.root / "lists/friday.csv").read_text()
    taken = page.get(f"{page.post('/lists/import', {'pasted': 'x@x.example.com'}).path}?as=friday")
    assert "there is a list friday already" in taken.text


def test_lists_are_merged_split_exported_and_their_doubles_made_one_side_by_side(desk: Desk, page: Opened) -> None:
    desk.write("lists/science.csv", "email,outlet,beat\nada@a.example.com,The Other,arts\nzo@z.example.com,Z,health\n")
    merged = page.post("/lists/merge", {"list": ["coast", "science"], "first": "science", "into": "both"})
    assert "The Other science.csv Outlet 1 coast.csv" in merged.text
    assert not (desk.root / "lists/both.csv").exists()
    page.post("/lists/merge", {"list": ["coast", "science"], "first": "science", "into": "both", "sure": "1"})
    assert (desk.root / "lists/both.csv").read_text().count("@") == 6
    page.post("/lists/science/split", {"by": "beat", "sure": "1"})
    assert (desk.root / "lists/science-arts.csv").read_text().count("@") == 1

    file = desk.write("lists/twice.csv", "email,name,phone\nbo@b.example.com,Bo,\nbo@b.example.com,Bo Lind,=1+1\n")
    pair = page.get("/lists/dedupe?list=twice")
    assert "twice.csv, line 2 twice.csv, line 3" in pair.text
    assert "name Bo Bo Lind" in pair.text
    double = _hidden(pair, "id")
    assert "1 pair was merged" in page.post("/lists/dedupe", {"list": "twice", "id": double}).text
    assert file.read_text().count("@") == 1

    made = page.get("/lists/export?list=twice&list=science&format=xlsx")
    assert "attachment" in made.headers["content-disposition"]
    cells = [[str(cell or "") for cell in row] for row in load_workbook(io.BytesIO(made.data)).active.values]
    assert {row[0] for row in cells[1:]} == {"bo@b.example.com", "ada@a.example.com", "zo@z.example.com"}
    desk.run("optouts", "add", "zo@z.example.com")
    csv = page.get("/lists/export?list=science&format=csv&suppressed=leave-out").data.decode()
    assert "zo@" not in csv
    assert "do_not_mail" in page.get("/lists/export?list=science&format=csv").data.decode()


@pytest.mark.slow
def test_no_page_waits_for_a_long_list_and_what_is_made_of_it_comes_when_it_is_done(desk: Desk, page: Opened) -> None:
    rows = [
        f'p{n}@outlet-{n % 97}.example.com,Ada {n},"you wrote about the mills of harbour {n}"' for n in range(18_000)
    ]
    file = desk.write(
        "lists/long.csv", "\n".join(["email,name,note", *rows, "p1@outlet-1.example.com,Ada 1,twice", ""])
    )
    assert file.stat().st_size > 1_000_000
    person = "/people/p17@outlet-17.example.com"
    first = {
        "/lists": "long being read",
        "/lists/long": "The list is being read.",
        person: "On no list that could be read. lists/long.csv: is being read",
        "/lists/find?q=p17@outlet-17": "No contact was found yet. lists/long.csv: is being read",
        "/lists/stats?list=long": "The contacts are being counted.",
        "/lists/long/check": "Every row is checked.",
        "/lists/dedupe?list=long": "Every row is compared.",
    }
    for path, phrase in first.items():
        answer = page.get(path)
        assert phrase in answer.text, path
        assert "data-again" in answer.html, path  # it is fetched again by itself
    then = {
        "/lists": "long 18,000 1",
        "/lists/long": "18,000 contacts; 1 row is left out",
        person: "long, line 19",
        "/lists/find?q=p17@outlet-17": "1 contact Ada 17",
        "/lists/stats?list=long": "by the column last_verified_at",
        "/lists/long/check": "is already in line 3",
        "/lists/dedupe?list=long": "1 pair may be one person.",
    }
    for path, phrase in then.items():
        until = time.monotonic() + 240
        while phrase not in (answer := page.get(path)).text and time.monotonic() < until:
            time.sleep(0.1)
        assert phrase in answer.text, path
        assert "data-again" not in answer.html, path
    sha = _hidden(page.get("/lists/long"), "sha")
    edited = page.post("/lists/long/row", {"sha": sha, "row": "2", "email": "p1@outlet-1.example.com", "c1": "Bo"})
    assert "The row is being saved." in edited.text
    edited = _come(page, edited)
    assert "Done: 1 row changed in long." in edited.text
    assert _rows(edited)[1][1] == "Bo"  # although the list is read again


@pytest.mark.slow
def test_what_is_done_to_a_long_list_is_waited_for_done_once_and_its_end_shown(desk: Desk, page: Opened) -> None:
    rows = [f'p{n}@outlet-{n % 97}.example.com,Ada {n},"you wrote about the mills, {n}"' for n in range(18_000)]
    desk.write("lists/long.csv", "\n".join(["email,name,note", *rows, ""]))
    fields = {"list": ["long", "coast"], "into": "both"}
    plan = page.post("/lists/merge", fields)
    assert "The lists are being merged." in plan.text
    assert plan.path.startswith("/doing/")
    assert "Write lists/both.csv" in _come(page, plan).text
    assert "Write lists/both.csv" in page.get(plan.path).text  # it is loaded again
    answers = [page.post("/lists/merge", {**fields, "sure": "1"}, headers={"desk-region": "table"}) for _ in range(3)]
    assert len({each.path for each in answers}) == 1
    assert answers[0].html.startswith("<!doctype html>")  # no region of the page that it came from
    done = _come(page, answers[0])
    assert done.path == "/lists/both"
    assert "Done: long and coast were merged into both." in done.text
    assert page.get(answers[0].path).path == "/lists/both"
    assert len(list((desk.root / ".mailer/undo").glob("0*"))) == 1  # step
    refused = _come(page, page.post("/lists/long/add", {"people": "ada@nowhere"}))
    assert refused.status == 422
    assert "Nothing was changed." in refused.text
    other = page.get("/doing/nothing")
    assert (other.status, "is no longer known here" in other.text) == (422, True)
    address, region = "/lists/export?format=csv&list=long", {"desk-region": "doing"}
    assert "The file is being written." in page.get(address).text
    assert "<main" not in page.get(address, headers=region).html
    wait_until(lambda: "Save it" in page.get(address, headers=region).text)
    file = page.get(address)
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''long.csv"
    assert file.data.count(b"\n") == 18_001
    sent = _come(page, page.get("/releases/lamps/send?to=long&step=what"))
    assert "p0@outlet-0.example.com" in sent.text
    assert page.get("/lists/long/split").status == page.get("/lists/proposals?moves=1").status == 200


def test_what_replies_propose_is_accepted_after_its_plan_was_seen_or_turned_down(desk: Desk, page: Opened) -> None:
    page.post("/suppressions", {"who": "nobody@n.example.com"})  # makes the ledger
    with at_work(desk) as (office, ledger), ledger.writing() as connection:
        for old, new in (("ada@a.example.com", "ada@new.example.com"), ("bo@b.example.com", "")):
            digest = address_digest(office.keys, old)
            add_proposal(connection, NewProposal(MOVED if new else LEFT, digest, old, new), stamp=office.stamp())
    shown = page.get("/lists/proposals").text
    assert "ada@a.example.com is at another address now" in shown
    assert "bo@b.example.com has left" in shown
    plan = page.post("/lists/proposals/1", {"do": "accept", "to": ""})
    assert "ada@a.example.com → ada@new.example.com" in plan.text
    coast = desk.root / "lists/coast.csv"
    assert "ada@new" not in coast.read_text()
    page.post("/lists/proposals/1", {"do": "accept", "to": "", "sure": "1"})
    assert "ada@new.example.com,Pat1,Brook,Outlet 1" in coast.read_text()
    page.post("/lists/proposals/2", {"do": "reject", "reason": "still there"})
    assert "There are no open proposals" in page.get("/lists/proposals").text
    assert "rejected by" in page.get("/lists/proposals?all=1").text
    page.post("/lists/proposals/2", {"do": "reopen"})
    assert "bo@b.example.com has left" in page.get("/lists/proposals").text
    nobody = "No contact on the lists looks like a contact suppressed under an old address."
    assert nobody in page.get("/lists/proposals?moves=1").text
    desk.run("optouts", "add", "zed@old.example.com", "--reason", "do_not_contact")
    other = page.post("/lists/moves", {"old": "zed@old.example.com", "new": "cy@c.example.com", "do": "other"})
    assert "are two people; this will not be proposed again" in other.text


def test_a_hostile_list_is_data_or_a_problem_and_no_other_file_is_reached_by_its_name(desk: Desk, page: Opened) -> None:
    script = "<script>alert(1)</script>"
    wide = ",".join(f"c{number}" for number in range(1999))
    desk.write("lists/wide.csv", f"email,{wide}\nada@a.example.com,{','.join(['x'] * 1999)}\n")
    cells = [f'email,"{script}",note', f'ada@a.example.com,{script},"=1+1"', f"{script},\u202egro.elpmaxe,x", ""]
    desk.write("lists/cells.csv", "\n".join(cells))
    (desk.root / "lists/latin.csv").write_bytes("email,name\nada@a.example.com,Zoë\n".encode("utf-16-be"))
    (desk.root / "lists/broken.csv").write_bytes(b"email,name\n\xff\xfe\x00\x01,\x80\x81\n")
    (desk.root / "lists/empty.csv").write_bytes(b"")
    book = io.BytesIO()
    Workbook().save(book)
    with zipfile.ZipFile(book) as package:
        size = package.getinfo("xl/worksheets/sheet1.xml").file_size.to_bytes(4, "little")
    bomb = book.getvalue().replace(size, (4_000_000_000).to_bytes(4, "little"))
    (desk.root / "lists/bomb.xlsx").write_bytes(bomb)
    for path in ("/lists", "/lists/find?q=script", "/lists/stats", "/lists/dedupe?list=cells", "/lists/export"):
        answer = page.get(path)
        assert answer.status == 200, path
        assert script not in answer.html
    for name in ("wide", "cells", "latin", "broken", "empty", "bomb"):
        for rest in ("", "?edit=1", "/check", "/add", "/split", "?find=%3Cscript", "?left=1980"):
            answer = page.get(f"/lists/{name}{rest}")
            assert answer.status in {200, 422}, (name, rest, answer.text[:300])
            assert script not in answer.html
            assert len(answer.data) < 400_000
    assert "Columns 1 to 30 of 2,000" in page.get("/lists/wide").text
    assert [row[1] for row in _rows(page.get("/lists/cells"))] == [script, "\u202egro.elpmaxe"]
    sent = page.post("/lists/import", {}, {"file": ("bomb.xlsx", bomb)})
    assert sent.status == 200
    assert "Import bomb.xlsx" in sent.text

    desk.write("secret.csv", "email\nsecret@s.example.com\n")
    for name in ("secret.csv", "mailer.toml", "..%2Fsecret.csv", "lists%2Fcoast.csv", "%2Fetc%2Fpasswd", "coast%00"):
        answer = page.get(f"/lists/{name}")
        assert answer.status in {404, 422}, name
        assert "secret@" not in answer.text
    for fields in (
        {"list": ["secret.csv", "coast"], "into": "both"},
        {"list": ["../secret.csv", "coast"], "into": "b"},
    ):
        assert page.post("/lists/merge", fields).status == 422
    sha = _hidden(page.get("/lists/coast"), "sha")
    moved = page.post("/lists/coast", {"sha": sha, "rows": "1", "do": "move", "to": "../secret.csv", "sure": "1"})
    assert moved.status == 422
    plan = page.post("/lists/import", {}, {"file": ("x.csv", b"email\nx@x.example.com\n")}).path
    assert page.get(f"{plan}?into=../secret.csv").status == 422
    assert "cannot be the name of a list" in page.get(f"{plan}?as=../up").text
