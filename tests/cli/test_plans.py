"""`mailer plans`: the state of a plan that is part of a mailing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mailer.runs.planning.edition import file_lines
from tests.office import Desk, in_the_ledger

IN_A_WEEK = f"{datetime.now(UTC) + timedelta(days=7):%Y-%m-%d %H:%M} UTC"


def plan(desk: Desk, *more: str) -> str:
    done = desk.run("plan", "lamps", "--to", "coast", *more, "--json")
    assert done.code == 0, done.said
    return str(done.json["hash"])


def states(desk: Desk, name: str) -> set[str]:
    """Return the state of a plan in the list and on its own, from the JSON."""
    (listed,) = (each["state"] for each in desk.run("plans", "list", "--json").json["plans"] if each["hash"] == name)
    return {listed, desk.run("plans", "show", name, "--json").json["state"]}


@pytest.mark.slow
def test_a_plan_is_sent_only_once_its_mailing_is_over(desk: Desk) -> None:
    name = plan(desk, "--at", IN_A_WEEK)
    assert states(desk, name) == {"ready"}
    assert desk.run("send", "--plan", name, "--yes").code == 0
    assert states(desk, name) == {"scheduled"}
    in_the_ledger(desk, "UPDATE mailing SET state = 'halted', halt_reason = 'the relay refused everybody'")
    assert states(desk, name) == {"in_use"}
    for words in (("list",), ("show", name)):
        text = desk.run("plans", *words).said
        assert ("in use" in text, "sent  " in text) == (True, False)
    in_the_ledger(desk, "UPDATE mailing SET state = 'cancelled'")
    assert states(desk, name) == {"cancelled"}


@pytest.mark.slow
def test_a_plan_of_waves_is_in_use_until_the_last_has_started(desk: Desk) -> None:
    desk.write("lists/first.csv", "email,name\nada@a.example.com,Ada Brook\n")
    desk.write("waves.toml", f'[[wave]]\nto = "first"\n\n[[wave]]\nto = "coast"\nat = "{IN_A_WEEK}"\n')
    name = str(desk.run("plan", "lamps", "--waves", str(desk.root / "waves.toml"), "--json").json["hash"])
    assert desk.run("send", "--plan", name, "--yes").code == 0
    assert states(desk, name) == {"in_use"}
    in_the_ledger(desk, "UPDATE wave SET state = 'started'")
    assert states(desk, name) == {"sent"}


@pytest.mark.slow
def test_a_plan_names_who_is_left_out_and_another_one_is_another_plan(desk: Desk) -> None:
    rows = "email,name,status\nada@a.example.com,Ada Brook,\nbo@b.example.com,Bo Lind,do not mail\n"
    desk.write("lists/partners.csv", "email\ndi@d.example.com\n")
    desk.write("lists/coast.csv", f"{rows}cy@c.example.com,Cy Noor,\ndi@d.example.com,Di Oak,\n")
    name, page = plan(desk, "--except", "partners", "--where", 'name != "Cy Noor"'), desk.root / "plan.html"
    shown = desk.run("plans", "show", name, "--html", str(page), "--json").json
    assert [(each["email"], each["row"], each["reason"]) for each in shown["excluded"]] == [
        ("bo@b.example.com", 2, "marked"),
        ("di@d.example.com", 4, "excluded"),
    ]
    assert [each["email"] for each in shown["recipients"]] == ["ada@a.example.com"]
    for output in (desk.run("plans", "show", name).said, page.read_text("utf-8")):
        assert ("bo@b.example.com" in output, "di@d.example.com" in output, "cy@c.example.com" in output) == (
            True,
            True,
            False,
        )
    text = desk.root / "plan.json"
    desk.run("plans", "show", name, "--sign-file", str(text))
    assert b"@" not in text.read_bytes().replace("…@…".encode(), b"").replace(b"<press@example.org>", b"")
    assert plan(desk, "--except", "partners", "--where", 'name != "Cy Noor"') == name
    # as many are left out for the same reasons, but one of them is another person
    desk.write("lists/partners.csv", "email\neve@e.example.com\n")
    desk.write("lists/coast.csv", f"{rows}cy@c.example.com,Cy Noor,\neve@e.example.com,Eve Sand,\n")
    other = plan(desk, "--except", "partners", "--where", 'name != "Cy Noor"')
    assert other != name
    assert desk.run("plans", "show", other, "--json").json["left_out"] == shown["left_out"]
    # an erased person is no longer named, and the plan stays as it was signed
    assert desk.run("contacts", "forget", "di@d.example.com", "--yes").code in {0, 1}
    assert [each["email"] for each in desk.run("plans", "show", name, "--json").json["excluded"]][1] is None


def test_a_long_difference_says_how_much_more_of_it_there_is() -> None:
    was, now = ("".join(f"{word} {number}\n" for number in range(40)).encode() for word in ("old", "new"))
    *shown, last = file_lines("lamps.md", was, now)
    assert last == f"… and {3 + 80 - len(shown)} more lines"
    assert "more lines" not in file_lines("lamps.md", was[:20], now[:20])[-1]
