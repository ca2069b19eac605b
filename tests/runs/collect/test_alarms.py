"""A mailing whose bounces are our own fault pauses with the reason; once resumed, it does not pause for the same."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from mailer.events import MailingState
from mailer.ledger.mailings import set_state
from mailer.pages.collect import happened
from mailer.runs.collect.alarms import read_alarms
from mailer.runs.collect.taking import Collected
from mailer.runs.following import read_work
from tests.runs.collect.past import Past, bounce

PEOPLE = [f"p{number}@outlet-{number % 20}.example.com" for number in range(100)]
BIG = [f"q{number}@big.example.net" for number in range(40)]


def at_outlets(count: int) -> list[str]:
    """Return so many addresses, each at another outlet as long as there are any."""
    return sorted(PEOPLE, key=lambda each: (int(each[1:].partition("@")[0]) // 20, each))[:count]


def refuse(past: Past, slug: str, people: list[str], reason: str = "blocked") -> list[tuple[str, str]]:
    paused: list[tuple[str, str]] = []
    for each in people:
        paused += past.bounce(slug, each, reason).paused
    return paused


def resume(past: Past, slug: str) -> None:
    with past.ledger.writing() as connection:
        set_state(connection, past.mailings[slug].id, MailingState.SENDING, stamp=past.office.stamp())


def test_more_than_five_of_a_hundred_refused_for_our_sake_pause_the_mailing(past: Past) -> None:
    past.mail("seals", PEOPLE)
    assert refuse(past, "seals", at_outlets(5)) == []
    assert past.state("seals").state is MailingState.SENDING
    ((mailing, why),) = refuse(past, "seals", at_outlets(6)[5:])
    found = past.state("seals")
    assert (mailing, found.state) == ("seals/release-1", MailingState.PAUSED)
    assert found.halt_reason == why
    assert why == "6 of 100 people bounced for a reason that is about us, not about them (6 blocked)"
    assert all(past.suppression(each) is None for each in at_outlets(6))
    (line,) = happened(Collected(paused=[(mailing, why)]))
    assert line == f"seals is paused: {why}. Once that is fixed: mailer resume seals"


def test_one_domain_is_enough_and_is_named(past: Past) -> None:
    past.mail("seals", [*PEOPLE, *BIG])
    assert refuse(past, "seals", BIG[:4]) == []  # four people are no sign, at however small a domain
    ((_, why),) = refuse(past, "seals", BIG[4:5])
    assert "5 of 40 people at big.example.net" in why


def test_resumed_by_staff_it_is_not_paused_for_the_same_but_for_something_else(past: Past) -> None:
    past.mail("seals", [*PEOPLE, *BIG])
    assert refuse(past, "seals", BIG[:5])
    resume(past, "seals")
    assert refuse(past, "seals", BIG[5:30]) == []
    assert past.state("seals").state is MailingState.SENDING
    ((_, why),) = refuse(past, "seals", at_outlets(8))
    assert "38 of 140 people bounced" in why
    assert past.state("seals").state is MailingState.PAUSED


def test_full_mailboxes_raise_no_alarm(past: Past) -> None:
    past.mail("seals", PEOPLE)
    assert refuse(past, "seals", at_outlets(30), "mailboxfull") == []
    assert past.state("seals").state is MailingState.SENDING


def test_dead_addresses_pause_a_mailing_as_they_halt_one_that_is_refused_at_once(past: Past) -> None:
    past.mail("seals", PEOPLE)
    ((_, why),) = refuse(past, "seals", at_outlets(6), "userunknown")
    assert "6 of 100 people have dead addresses" in why
    resume(past, "seals")
    assert refuse(past, "seals", at_outlets(12)[6:], "userunknown") == []


def test_a_stranger_cannot_stop_a_mailing(past: Past) -> None:
    past.mail("seals", PEOPLE)
    for each in PEOPLE[:20]:
        past.take(bounce(each, "blocked"))
    assert past.state("seals").state is MailingState.SENDING


def test_a_mailing_that_is_over_stays_so_and_the_alarm_is_told(past: Past) -> None:
    past.mail("seals", PEOPLE)
    past.finish("seals")
    assert refuse(past, "seals", at_outlets(6)) == []
    assert past.state("seals").state is MailingState.FINISHED
    with past.ledger.reading() as connection:
        (alarm,) = read_alarms(past.office, connection, past.mailings["seals"].id)
    assert (alarm.domain, alarm.people, alarm.sent, alarm.reasons) == ("", 6, 100, (("blocked", 6),))


def test_the_day_tells_the_alarm_and_looks_through_nothing_for_mailings_that_can_have_none(past: Past) -> None:
    past.mail("seals", PEOPLE)
    past.finish("seals")
    refuse(past, "seals", at_outlets(6))
    statements: list[str] = []
    event.listen(past.ledger.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))

    def questions() -> int:
        statements.clear()
        shown = {each.mailing.slug: each.alarms for each in read_work(past.office).mailings}
        assert [slug for slug, alarms in shown.items() if alarms] == ["seals"]
        return sum("finding" in each for each in statements)

    alone = questions()
    for slug in ("lamps", "boats", "trams"):
        past.mail(slug, [f"{slug}@{slug}.example.com"])
    assert questions() == alone


def test_staff_can_say_that_nothing_pauses(past: Past) -> None:
    past.setting(pause=False)
    past.mail("seals", PEOPLE)
    assert refuse(past, "seals", at_outlets(30)) == []
    assert past.state("seals").state is MailingState.SENDING


def test_several_bounces_of_one_person_are_one_person(past: Past) -> None:
    past.mail("seals", PEOPLE)
    assert refuse(past, "seals", [PEOPLE[0]] * 12) == []


@pytest.mark.slow
def test_the_bounces_of_a_large_mailing_are_looked_at_now_and_then(past: Past) -> None:
    """After the first fifty bounces, not each one is counted; the mailing pauses all the same."""
    past.setting(alarm_people=53)
    past.mail("seals", PEOPLE)
    token = past.token
    collected = past.take(*(bounce(each, "blocked", tokens=(token("seals", each),)) for each in at_outlets(60)))
    assert [mailing for mailing, _ in collected.paused] == ["seals/release-1"]
    assert "55 of 100" in collected.paused[0][1]
