"""The calendar: what is in a time, each once, on its day, whatever became of it since."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mailer.cli.office import given_workspace, reading_office
from mailer.runs.following import read_days
from tests.office import Desk
from tests.servers import ScriptedServer

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
ONE, TWO = (NOW + timedelta(days=days) for days in (70, 80))  # longer than any mailing was offered before
ALL = NOW + timedelta(days=365)
ADA = "ada@a.example.com"


def days_of(desk: Desk, start: datetime, end: datetime) -> list[tuple[datetime, str, str, int]]:
    given_workspace.set(str(desk.root))
    with reading_office() as office:
        return [(each.at, each.what, each.mailing.name, each.number) for each in read_days(office, start, end)]


def held(until: datetime) -> str:
    return f"Press release\nembargo: {until:%Y-%m-%d %H:%M} UTC"


def test_an_embargo_ends_on_the_day_that_the_newest_text_says(desk: Desk) -> None:
    desk.release(label=held(ONE))
    assert desk.run("send", "lamps", "--to", "coast", "--at", f"{ONE:%Y-%m-%d %H:%M} UTC", "--yes").code == 0
    assert days_of(desk, NOW, ALL) == [(ONE, "scheduled", "lamps", 0), (ONE, "embargo", "lamps", 0)]
    desk.release(label=held(TWO))
    done = desk.run(
        "send", "lamps", "--to", "coast", "--at", f"{TWO:%Y-%m-%d %H:%M} UTC", "--changed", "a later day", "--yes"
    )
    assert done.code == 0, done.err
    assert days_of(desk, NOW, TWO) == []
    assert days_of(desk, TWO, ALL) == [(TWO, "scheduled", "lamps", 0), (TWO, "embargo", "lamps", 0)]


@pytest.mark.slow
def test_an_offer_and_its_release_have_one_embargo(desk: Desk, server: ScriptedServer) -> None:
    desk.release(label=held(ONE))
    assert desk.run("embargo", "offer", "lamps", "--to", "coast", "--yes").code == 0
    assert days_of(desk, NOW + timedelta(days=1), ALL) == [(ONE, "embargo", "lamps/offer-1", 0)]
    assert desk.run("embargo", "record", ADA, "accepted", "--for", "lamps", "--why", "by telephone").code == 0
    assert desk.run("worker", "--once").code == 0
    assert len(server.accepted_for(ADA)) == 2
    assert days_of(desk, NOW + timedelta(days=1), ALL) == [(ONE, "embargo", "lamps/offer-1", 0)]


def test_waves_stand_on_their_days_and_what_was_cancelled_on_none(desk: Desk) -> None:
    desk.people("first", [ADA])
    at = f"{TWO:%Y-%m-%d %H:%M} UTC"
    file = desk.write("waves.toml", f'[[wave]]\nto = "first"\n\n[[wave]]\nto = "coast"\nat = "{at}"\n')
    assert desk.run("send", "lamps", "--waves", str(file), "--yes").code == 0
    assert [each[1:] for each in days_of(desk, NOW, ALL)] == [
        ("sent", "lamps", 0),
        ("wave", "lamps", 1),
        ("wave", "lamps", 2),
    ]
    assert days_of(desk, NOW + timedelta(days=1), ALL) == [(TWO, "wave", "lamps", 2)]
    assert desk.run("cancel", "lamps", "--yes").code == 0
    assert days_of(desk, NOW + timedelta(days=1), ALL) == []
