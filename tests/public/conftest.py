from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.office import Desk
from tests.public.hosts import Host, Sent, send_to, serving_here

NAMES = ("ada", "bo", "cy", "di", "ed", "flo", "gil", "hal", "ida", "jo", "kit", "lou")


@pytest.fixture(scope="session")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Sent:
    """A release that went out to twelve people and a desk."""
    people = [*(f"{name}@{name}.example.com" for name in NAMES), "news@daily.example.com"]
    return send_to(tmp_path_factory.mktemp("sent"), people)


@pytest.fixture
def office(sent: Sent, tmp_path: Path) -> Iterator[Desk]:
    """A press office of its own, whose release has gone out."""
    desk = sent.copy(tmp_path / "office")
    yield desk
    desk.end()


@pytest.fixture
def host(office: Desk) -> Iterator[Host]:
    """The app over that ledger."""
    with serving_here(office) as running:
        yield running
