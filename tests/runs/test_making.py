"""Making on several cores: the same mails in the same order, whoever made them, and whatever becomes of a helper."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailer.address import Address, parse_address
from mailer.contacts.values import MEANINGS
from mailer.events import MailingKind
from mailer.runs import templates
from mailer.runs.planning.making import Made, MailSettings, Maker, Order, Text, Version, Wanted, make_all
from mailer.settings import Bounces, Privacy
from mailer.tokens import Keys
from mailer.workspace import Workspace

pytestmark = pytest.mark.slow
NOW = datetime(2026, 10, 2, 8, tzinfo=UTC)
Batch = tuple[int, Sequence[Wanted]]


@pytest.fixture
def order(tmp_path: Path) -> Order:
    settings = MailSettings(templates.SENDER, templates.OPTOUT, Bounces(), Privacy())
    family, styling = templates.compile_for_trial(Workspace(tmp_path), "release", settings)
    sample = next(each for each in templates.read_samples() if not each.images)
    text = Text({"": Version(sample.release)}, family, styling, settings, {})
    return Order(text, "sample/release-1", MailingKind.RELEASE, Keys(1, {1: b"a key for tests"}), 1_000_000)


def wanted(number: int) -> Wanted:
    address = parse_address(f"p{number}@example.com")
    note = "" if number % 3 else f"Seen you on pier {number}."
    return Wanted(
        address, {**dict.fromkeys(MEANINGS, ""), "email": str(address), "name": f"Pat {number}", "note": note}
    )


def children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii").split())


class Counting(Maker):
    """A maker that knows how many it made itself."""

    own = 0

    def make(self, people: Sequence[Wanted], date: datetime) -> list[Made | tuple[object, ...]]:  # type: ignore[override]
        self.own += len(people)
        return super().make(people, date)  # type: ignore[return-value]


def batches_until(maker: Counting, helped: int, *, most: int = 2000) -> Iterator[Batch]:
    """Give batches of twenty, as slowly as a long list is read, until others have made so many of the mails."""
    for start in range(0, 20 * most, 20):
        if start - maker.own >= helped:
            return
        time.sleep(0.05 if start else 0)
        yield start, [wanted(number) for number in range(start, start + 20)]


def test_what_several_make_is_what_one_makes_in_the_same_order(order: Order) -> None:
    maker = Counting(order)
    made = list(make_all(order, maker, batches_until(maker, 200), lambda: NOW, few=20, cores=3))
    assert [start for start, _ in made] == list(range(0, 20 * len(made), 20))
    alone = Maker(order)
    for start, results in made:
        expected = alone.make([wanted(number) for number in range(start, start + 20)], NOW)
        pairs = zip(results, expected, strict=True)
        assert all(isinstance(a, Made) and isinstance(b, Made) and a.content_hash == b.content_hash for a, b in pairs)
    assert maker.first is not None
    assert maker.first.envelope.rcpt_to == "p0@example.com"


class Deadly(Address):
    """An address whose arrival ends the process that it was sent to."""

    __slots__ = ()

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (1,)


def test_a_helper_that_dies_is_made_up_for(order: Order) -> None:
    def deadly() -> Iterator[Batch]:
        yield from batches_until(maker, 40)
        for start in range(5):
            one = wanted(start)
            yield start, [Wanted(Deadly(*(getattr(one.address, each.name) for each in fields(Address))), one.fields)]

    maker = Counting(order)
    made = list(make_all(order, maker, deadly(), lambda: NOW, few=20, cores=3))
    assert all(isinstance(each, Made) for _, results in made for each in results)
    assert [start for start, results in made if len(results) == 1] == [*range(5)]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts its children as Linux shows them")
def test_helpers_that_are_killed_while_they_wait_are_made_up_for(order: Order) -> None:
    maker, before, killed = Counting(order), children(), set[str]()
    with closing(make_all(order, maker, batches_until(maker, 10**6, most=400), lambda: NOW, few=20, cores=3)) as made:
        for start, results in made:
            assert all(isinstance(each, Made) for each in results)
            if not killed and start - maker.own > 40:
                killed = children() - before
                for child in killed:
                    os.kill(int(child), signal.SIGKILL)
                others = maker.own
            if killed and maker.own > others + 200:
                break
    assert killed
    assert children() == before


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts its children as Linux shows them")
def test_no_helper_outlives_a_plan_that_is_broken_off(order: Order) -> None:
    before = children()
    maker = Counting(order)
    with closing(make_all(order, maker, batches_until(maker, 10**6), lambda: NOW, few=20, cores=3)) as made:
        for start, _ in made:
            if start - maker.own > 40:
                assert len(children() - before) == 2
                break
    assert children() == before
