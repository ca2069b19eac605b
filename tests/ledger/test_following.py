"""Pages of mailings and recipients: in the order of sending, whole, and no one twice, whatever is asked for."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import update

from mailer.events import DeliveryState, EventKind, MailingState
from mailer.frozen import replace
from mailer.ledger import Ledger
from mailer.ledger.deliveries import Result, add_delivery_events, allow_attempts, record
from mailer.ledger.following import (
    Recipient,
    WantedMailings,
    WantedRecipients,
    find_holders,
    find_mailings,
    find_open,
    find_recipients,
    read_last,
    read_per_minute,
)
from mailer.ledger.history import count_states, keep_counts, read_back, read_course
from mailer.ledger.mailings import Mailing, require_mailing, set_state
from mailer.ledger.processes import ProcessLock
from mailer.ledger.tables import delivery
from tests.ledger.rows import STAMP, claimed, digest, later, open_mailing, people, plan


@pytest.fixture
def mailing(ledger: Ledger, lock: ProcessLock) -> Mailing:
    """Make a mailing of forty in eight domains: ten accepted, one a second, ten refused later, twenty to come."""
    with ledger.writing() as connection:
        made = open_mailing(connection)
        plan(connection, made, people(40, domains=8))
        connection.execute(update(delivery).values(spread=(delivery.c.id - 1) / 8))
        named = json.dumps({"name": "Jörg O'Neil", "outlet": "Evening Light"})
        connection.execute(update(delivery).where(delivery.c.id == 7).values(merge_row=named))
        batch = claimed(connection, made, lock.owner, limit=20)
        allow_attempts(connection, [each.id for each in batch], lock.owner, stamp=STAMP)
        results = [
            *(Result(each.id, EventKind.ACCEPTED, later(i), code=250) for i, each in enumerate(batch[:10])),
            *(Result(each.id, EventKind.REJECTED, later(60), "userunknown", 550, text="550 No") for each in batch[10:]),
        ]
        record(connection, results, owner=lock.owner, stamp=STAMP)
        return require_mailing(connection, "seals")


def all_pages(ledger: Ledger, mailing: Mailing, wanted: WantedRecipients, *, most: int) -> list[Recipient]:
    """Return what all pages have, one after the other."""
    found: list[Recipient] = []
    with ledger.reading() as connection:
        for _ in range(50):
            page = find_recipients(connection, mailing.id, wanted, most=most)
            assert len(page.found) <= most
            found += page.found
            if page.then is None:
                return found
            wanted = replace(wanted, after=page.then)
    raise AssertionError("the pages never end")


def test_pages_have_everybody_once_in_the_order_of_sending(ledger: Ledger, mailing: Mailing) -> None:
    with ledger.reading() as connection:
        counts = count_states(connection, mailing)
    for state, most in ((None, 7), (DeliveryState.ACCEPTED, 1), (DeliveryState.PENDING, 100), ("cancelled", 7)):
        wanted = WantedRecipients(states=(DeliveryState(state),) if state else ())
        places = [each.place for each in all_pages(ledger, mailing, wanted, most=most)]
        assert places == sorted(set(places))
        assert len(places) == (counts[state] if state else 40)


@pytest.mark.slow
def test_a_search_goes_on_where_it_stopped_and_finds_all(ledger: Ledger, mailing: Mailing) -> None:
    for text, count in (
        *(("D3.example", 5), ("p7@", 1), ("p1", 11), ("jörg o'neil", 1), ("EVENING", 1)),
        *(("%", 0), ("_", 0), ("name", 0)),
    ):
        for looked_at in (70, 20_000):  # of each state
            found = all_pages(
                ledger, mailing, WantedRecipients(text=text, looked_at=looked_at), most=4 if text == "p1" else 40
            )
            assert len({each.id for each in found}) == len(found) == count, (text, looked_at)


def test_a_whole_address_finds_its_person_at_once_with_all_that_happened(ledger: Ledger, mailing: Mailing) -> None:
    with ledger.writing() as connection:
        add_delivery_events(connection, [(mailing.id, Result(1, EventKind.BOUNCED_HARD, later(90)))], "ada@desk")
    email = "p0@d0.example.com"
    wanted = WantedRecipients(text=email, digest=digest(email))
    with ledger.reading() as connection:
        (found,) = find_recipients(connection, mailing.id, wanted, most=4).found
        pending = WantedRecipients(text=email, digest=digest(email), states=(DeliveryState.PENDING,))
        assert not find_recipients(connection, mailing.id, pending, most=4).found
    assert (found.address, found.state, found.code, found.after) == (email, "accepted", 250, ("bounced_hard",))


def test_what_relays_said_last_and_how_fast_it_goes(ledger: Ledger, mailing: Mailing, lock: ProcessLock) -> None:
    with ledger.writing() as connection:
        claimed(connection, mailing, lock.owner, limit=2)
    with ledger.reading() as connection:
        last = read_last(connection, mailing.id, most=3)
        assert [each.text for each in last] == ["550 No"] * 3
        assert read_per_minute(connection, mailing.id, now=later(61)) == pytest.approx(18, abs=2)
        assert read_per_minute(connection, mailing.id, now=later(200)) == 0
        (held,) = find_holders(connection, mailing.id, but_for=[])
        assert held.startswith("process ")
        assert not find_holders(connection, mailing.id, but_for=[lock.owner])


def test_the_course_of_a_mailing_is_kept_when_it_finishes_and_says_the_same(ledger: Ledger, mailing: Mailing) -> None:
    with ledger.writing() as connection:
        connection.execute(update(delivery).where(delivery.c.state == "pending").values(state="cancelled"))
        set_state(connection, mailing.id, MailingState.FINISHED, stamp=STAMP)
        add_delivery_events(connection, [(mailing.id, Result(1, EventKind.REPLIED, later(7200)))], "ada@desk")
    with ledger.reading() as connection:
        found = require_mailing(connection, mailing.name)
        counted = read_course(connection, found, until=later(60))
    assert counted[0] == ("2026-03-01 09:30:00", "accepted", 1)
    assert counted[-1] == ("2026-03-01 09:31:00", "rejected", 10)
    keep_counts(ledger, mailing.id)
    with ledger.reading() as connection:
        kept = require_mailing(connection, mailing.name)
        assert kept.counts
        by_second = read_course(connection, kept, until=kept.finished_at or later(0))
        assert by_second == counted
        by_minute = read_back(connection, kept, until=later(7200))
        assert by_minute == [("2026-03-01 11:30", "replied", 1)]
        assert count_states(connection, kept, as_kept=True) == count_states(connection, kept)


@pytest.mark.usefixtures("mailing")
def test_mailings_are_found_by_state_kind_and_words_and_by_the_page(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        for slug in ("pier", "lamps", "ferry"):
            open_mailing(connection, slug, state=MailingState.FINISHED)
    with ledger.reading() as connection:

        def slugs(most: int = 9, **wanted: object) -> list[str]:
            found = find_mailings(connection, WantedMailings(**wanted), most=most)  # type: ignore[arg-type]
            return [each.slug for each in found]

        assert slugs() == ["ferry", "lamps", "pier", "seals"]
        assert slugs(2, before=3) == ["pier", "seals"]
        assert slugs(state="sending") == ["seals"]
        assert slugs(kind="offer") == []
        assert slugs(text="BACK pie") == ["pier"]
        assert [each.slug for each, _ in find_open(connection, since=later(1))] == ["seals"]
    with ledger.writing() as connection:
        connection.execute(update(delivery).where(delivery.c.id == 1).values(state="in_doubt", mailing_id=2))
    with ledger.reading() as connection:
        assert [each.slug for each, _ in find_open(connection, since=later(1))] == ["pier", "seals"]
        assert len(find_open(connection, since=later(0) - timedelta(days=1))) == 4
