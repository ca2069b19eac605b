"""`mailer plans`: how a plan stands once it is part of a mailing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.office import Desk, in_the_ledger

IN_A_WEEK = f"{datetime.now(UTC) + timedelta(days=7):%Y-%m-%d %H:%M} UTC"


def plan(desk: Desk, *more: str) -> str:
    done = desk.run("plan", "lamps", "--to", "coast", *more, "--json")
    assert done.code == 0, done.said
    return str(done.json["hash"])


def states(desk: Desk, name: str) -> set[str]:
    """Return the state of a plan in the list and where it is shown, as JSON has it."""
    (listed,) = (each["state"] for each in desk.run("plans", "list", "--json").json["plans"] if each["hash"] == name)
    return {listed, desk.run("plans", "show", name, "--json").json["state"]}


def test_a_plan_is_sent_only_once_its_mailing_is_over(desk: Desk) -> None:
    name = plan(desk, "--at", IN_A_WEEK)
    assert states(desk, name) == {"ready"}
    assert desk.run("send", "--plan", name, "--yes").code == 0
    assert states(desk, name) == {"scheduled"}
    in_the_ledger(desk, "UPDATE mailing SET state = 'halted', halt_reason = 'the relay refused everybody'")
    assert states(desk, name) == {"in_use"}
    for words in (("list",), ("show", name)):
        said = desk.run("plans", *words).said
        assert ("in use" in said, "sent  " in said) == (True, False)
    in_the_ledger(desk, "UPDATE mailing SET state = 'cancelled'")
    assert states(desk, name) == {"cancelled"}


def test_a_plan_of_waves_is_in_use_until_the_last_has_started(desk: Desk) -> None:
    desk.write("lists/first.csv", "email,name\nada@a.example.com,Ada Brook\n")
    desk.write("waves.toml", f'[[wave]]\nto = "first"\n\n[[wave]]\nto = "coast"\nat = "{IN_A_WEEK}"\n')
    name = str(desk.run("plan", "lamps", "--waves", str(desk.root / "waves.toml"), "--json").json["hash"])
    assert desk.run("send", "--plan", name, "--yes").code == 0
    assert states(desk, name) == {"in_use"}
    in_the_ledger(desk, "UPDATE wave SET state = 'started'")
    assert states(desk, name) == {"sent"}
