"""Casting: whom a fault meets, which is the same each time."""

from __future__ import annotations

from mailer.runs.rehearse import cast_faults
from mailer.settings import Fault

PEOPLE = [f"p{number}@outlet-{number % 3}.example.com" for number in range(1, 201)]


def met(fault: Fault, people: list[str] = PEOPLE) -> list[str]:
    cast, counts = cast_faults([fault], people)
    assert counts[fault] == len(cast.people)
    return list(cast.people)


def test_an_address_is_met_however_it_is_written() -> None:
    assert met(Fault(address="P7@OUTLET-1.example.com", drop=True)) == [PEOPLE[6]]


def test_a_domain_is_met_with_those_below_it_and_no_other() -> None:
    people = ["a@example.com", "b@news.example.com", "c@badexample.com", "d@example.com.example.org"]
    assert met(Fault(domain="Example.COM", drop=True), people) == people[:2]
    abroad = ["a@xn--mnchen-3ya.example", "b@muenchen.example"]
    assert met(Fault(domain="münchen.example", drop=True), abroad) == abroad[:1]


def test_people_are_counted_from_one_in_the_order_of_the_lists() -> None:
    assert met(Fault(nth=(1, 3), drop=True)) == [PEOPLE[0], PEOPLE[2]]
    assert met(Fault(every=50, drop=True)) == [PEOPLE[number - 1] for number in (50, 100, 150, 200)]
    assert met(Fault(every=100, first=3, drop=True)) == [PEOPLE[2], PEOPLE[102]]


def test_a_share_is_about_that_many_and_the_same_ones_whoever_else_is_on_the_list() -> None:
    fault = Fault(share=0.25, drop=True)
    chosen = met(fault)
    assert 25 <= len(chosen) <= 75
    assert met(fault, PEOPLE[::-1]) == chosen[::-1]
    assert met(fault, PEOPLE[:100]) == [each for each in chosen if each in PEOPLE[:100]]
    assert met(Fault(share=1.0, drop=True)) == PEOPLE


def test_two_shares_are_not_the_same_people() -> None:
    first, second = Fault(share=0.25, reply="450 4.2.0 a"), Fault(share=0.25, reply="450 4.2.0 b")
    cast, counts = cast_faults([first, second], PEOPLE)
    both = [each for each in cast.people.values() if len(each) == 2]
    assert 0 < len(both) < min(counts.values())


def test_what_happens_before_anybody_is_named_is_for_nobody() -> None:
    fault = Fault(nth=(1,), stage="mail", drop=True)
    cast, counts = cast_faults([fault], PEOPLE)
    assert (list(cast.of_nobody), cast.people, counts[fault]) == ([fault], {}, 0)


def test_a_fault_of_messages_reaches_so_many_in_a_row() -> None:
    def covered(fault: Fault) -> list[int]:
        return [number for number in range(1, 13) if fault.covers(number)]

    assert covered(Fault(nth=(3,), stage="mail", drop=True)) == [3]
    assert covered(Fault(nth=(3, 9), times=2, stage="mail", drop=True)) == [3, 4, 9, 10]
    assert covered(Fault(nth=(3,), times=0, stage="mail", drop=True)) == list(range(3, 13))
    assert covered(Fault(every=5, first=2, stage="mail", drop=True)) == [2, 7, 12]
    assert covered(Fault(every=5, times=2, stage="mail", drop=True)) == [5, 6, 10, 11]
