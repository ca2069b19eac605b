from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.contacts.audience import Audience, Selection, exclusion, highest_lot
from mailer.contacts.folding import Seen, digest
from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact, LeftOut, LeftOutReason
from mailer.errors import InputProblem

Open = Callable[..., ListFile]


def test_person_on_two_lists_is_kept_once_and_the_other_row_names_the_first_list(listed: Open) -> None:
    coast = listed("email,name\nada@example.org,Ada\nbo@example.org,Bo\n", "coast.csv")
    science = listed("email,name\nCy@example.org,Cy\nBO@example.org,B.\n", "science.csv")
    entries = list(Audience([coast, science]).entries())
    assert [e.name for e in entries if isinstance(e, Contact)] == ["Ada", "Bo", "Cy"]
    (again,) = (e for e in entries if isinstance(e, LeftOut))
    assert (again.reason, again.list_name, again.line) == (LeftOutReason.DUPLICATE, "science.csv", 3)
    assert "coast.csv" in again.message
    assert again.first_row == 2


def test_excluded_people_are_left_out_and_bad_rows_of_the_other_list_are_told(listed: Open) -> None:
    coast = listed("email\nada@example.org\nbo@example.org\n")
    partners = listed("email,name\nBo@Example.org,x\nnobody,y\n,z\n", "partners.csv")
    excluded = exclusion([partners])
    assert excluded == {digest("bo@example.org")}
    first, second = Audience([coast], excluded=excluded).entries()
    assert isinstance(first, Contact)
    assert isinstance(second, LeftOut)
    assert second.reason is LeftOutReason.EXCLUDED
    assert [(p.source, p.line) for p in partners.problems] == [("partners.csv", 3), ("partners.csv", 4)]


def test_somebody_is_left_out_by_each_of_their_addresses_and_a_desk_beside_them_is_not(listed: Open) -> None:
    partners = listed("email,name\nada@example.org; ada@example.net; news@example.com,Ada\n", "partners.csv")
    assert exclusion([partners]) == {digest("ada@example.org"), digest("ada@example.net")}


def test_a_mark_or_an_exclusion_of_one_address_holds_for_the_person_who_has_it_beside_another(listed: Open) -> None:
    text = "email,name\nada@example.org; ada@example.net,Ada\nbo@example.org; news@example.com,Bo\n"
    others = listed("email,status\nADA@example.net,unsubscribed\nnews@example.com,bounced\n", "science.csv")
    entries = list(Audience([listed(text, "coast.csv"), others]).entries())
    assert [e.reason for e in entries if isinstance(e, LeftOut)] == [LeftOutReason.MARKED] * 3
    assert [e.name for e in entries if isinstance(e, Contact)] == ["Bo"]
    excluded = exclusion([listed("email\nada@example.net\nnews@example.com\n", "partners.csv")])
    ada, bo = Audience([listed(text, "coast.csv")], excluded=excluded).entries()
    assert isinstance(ada, LeftOut)
    assert ada.reason is LeftOutReason.EXCLUDED
    assert isinstance(bo, Contact)


def test_excluding_list_that_marks_somebody_excludes_them_too(listed: Open) -> None:
    assert exclusion([listed("email,unsubscribed\nada@example.org,yes\n")]) == {digest("ada@example.org")}


def test_person_marked_on_any_list_is_mailed_from_none(listed: Open) -> None:
    coast = listed("email\nada@example.org\n", "coast.csv")
    science = listed("email,status\nADA@example.org,unsubscribed\n", "science.csv")
    first, second = Audience([coast, science]).entries()
    assert isinstance(first, LeftOut)
    assert isinstance(second, LeftOut)
    assert (first.reason, second.reason) == (LeftOutReason.MARKED, LeftOutReason.MARKED)
    assert "science.csv" in first.message


@given(st.lists(st.integers(0, 3000), max_size=4000))
def test_seen_gives_the_first_value_as_a_dictionary_would(keys: list[int]) -> None:
    seen, plain = Seen(), dict[int, int]()
    for value, key in enumerate(keys, start=1):
        assert seen.first(digest(str(key)), value) == plain.get(key)
        plain.setdefault(key, value)


def test_seen_stays_right_while_it_grows() -> None:
    seen = Seen()
    keys = [digest(str(number)) for number in range(5000)]
    assert all(seen.first(key, value) is None for value, key in enumerate(keys, start=1))
    assert [seen.first(key, 1) for key in keys] == list(range(1, 5001))


def people(audience: Audience) -> dict[str, dict[str, str]]:
    return {str(e.address): dict(e.fields) for e in audience.entries() if isinstance(e, Contact)}


def reasons(audience: Audience) -> list[tuple[str, str]]:
    return [(e.value, e.reason.value) for e in audience.entries() if isinstance(e, LeftOut)]


def test_an_empty_field_is_filled_from_the_next_list_and_the_first_list_wins_where_they_differ(listed: Open) -> None:
    first = listed("email,first name,last name,phone,role\nada@example.org,Ada,Brook,,editor\n", "a.csv")
    second = listed("email,name,phone,role\nADA@example.org,Ada Brook,1,chief\n", "b.csv")
    third = listed("email,phone,twitter\nada@example.org,2,adab\n", "c.csv")
    audience = Audience([first, second, third])
    (ada,) = people(audience).values()
    assert [ada[name] for name in ("name", "phone", "role", "twitter")] == ["Ada Brook", "1", "editor", "adab"]
    merged = audience.merged
    assert (merged.people, dict(merged.conflicts)) == (1, {"role": 1, "phone": 1})
    assert {name: +filled for name, filled in merged.filled.items()} == {"b.csv": {"phone": 1}, "c.csv": {"twitter": 1}}


def test_nobody_gets_the_name_of_somebody_else_behind_the_same_address(listed: Open) -> None:
    first = listed("email,first name,last name\nnews@example.org,Ada,\ncy@example.org,Cy,\n", "a.csv")
    second = listed("email,first name,last name\nnews@example.org,Bo,Lind\ncy@example.org,CY,Mar\n", "b.csv")
    found = people(Audience([first, second]))
    assert [found["news@example.org"][name] for name in ("first_name", "last_name", "name")] == ["Ada", "", "Ada"]
    assert [found["cy@example.org"][name] for name in ("first_name", "last_name", "name")] == ["Cy", "Mar", "Cy Mar"]


def test_a_whole_name_of_another_list_is_taken_where_the_first_has_a_part_of_it(listed: Open) -> None:
    first = listed("email,first name\nada@example.org,Ada\n", "a.csv")
    second = listed("email,name\nada@example.org,Ada Brook\n", "b.csv")
    assert people(Audience([first, second]))["ada@example.org"]["name"] == "Ada Brook"


def test_tags_of_all_lists_are_joined(listed: Open) -> None:
    first = listed('email,tags\nada@example.org,"vip; nord"\n', "a.csv")
    second = listed('email,tags\nada@example.org,"Nord, science"\n', "b.csv")
    assert people(Audience([first, second]))["ada@example.org"]["tags"] == "vip, nord, science"


def test_where_is_held_against_the_merged_record(listed: Open) -> None:
    first = listed("email,country\nada@example.org,\nbo@example.org,DE\n", "a.csv")
    second = listed("email,land\nada@example.org,de\n", "b.csv")
    audience = Audience([first, second], selection=Selection(where='country == "DE"'))
    assert list(people(audience)) == ["ada@example.org", "bo@example.org"]
    assert reasons(audience) == [("ada@example.org", "duplicate")]


def test_whom_where_does_not_mean_is_left_out_with_that_reason_and_a_missing_column_is_said_once(listed: Open) -> None:
    first = listed("email,country\nada@example.org,FR\nbo@example.org,DE\n", "a.csv")
    second = listed("email\ncy@example.org\n", "b.csv")
    audience = Audience([first, second], selection=Selection(where='country == "DE" or country == "AT"'))
    assert list(people(audience)) == ["bo@example.org"]
    assert reasons(audience) == [("ada@example.org", "filtered"), ("cy@example.org", "filtered")]
    (note,) = audience.notes()
    assert '"country"' in note.message
    assert "b.csv" in note.message


def test_a_column_that_no_list_has_stops_it(listed: Open) -> None:
    lists = [listed("email,Twitter\nada@example.org,x\n"), listed("email\nbo@example.org\n")]
    with pytest.raises(InputProblem, match='did you mean "twitter"'):
        Audience(lists, selection=Selection(where="twittr"))


def test_a_limit_takes_the_first_people_that_are_not_left_out_otherwise(listed: Open) -> None:
    rows = "".join(f"p{n}@example.org,{'DE' if n % 2 else 'FR'}\n" for n in range(10))
    audience = Audience(
        [listed(f"email,country\nnobody,DE\n{rows}")], selection=Selection(where="country == 'DE'", limit=2)
    )
    assert list(people(audience)) == ["p1@example.org", "p3@example.org"]
    assert Counter(reason for _, reason in reasons(audience)) == {"invalid": 1, "filtered": 5, "beyond_limit": 3}


def sample(listed: Open, numbers: Iterable[int], seed: str) -> set[str]:
    rows = "".join(f"p{n}@example.org\n" for n in numbers)
    return set(people(Audience([listed(f"email\n{rows}")], selection=Selection(sample=20, seed=seed))))


def test_a_sample_is_the_same_under_the_same_seed_whatever_the_order_of_the_list(listed: Open) -> None:
    drawn = sample(listed, range(200), "spring")
    assert len(drawn) == 20
    assert drawn == sample(listed, reversed(range(200)), "spring")
    assert drawn != sample(listed, range(200), "autumn")


def test_whoever_leaves_a_list_changes_one_place_of_a_sample_at_most(listed: Open) -> None:
    drawn = sample(listed, range(200), "spring")
    gone = next(number for number in range(200) if f"p{number}@example.org" in drawn)
    others = sample(listed, (number for number in range(200) if number != gone), "spring")
    assert len(drawn & others) == 19


def test_a_sample_that_is_larger_than_the_list_is_the_list(listed: Open) -> None:
    audience = Audience([listed("email\nada@example.org\nbo@example.org\n")], selection=Selection(sample=5))
    assert len(people(audience)) == 2


@given(st.lists(st.integers(0, 1000), unique=True), st.integers(1, 30))
def test_the_highest_lot_leaves_as_many_as_there_are_places(lots: list[int], places: int) -> None:
    last = highest_lot(lots, places)
    assert sum(number <= last for number in lots) == min(places, len(lots))


@pytest.mark.parametrize(
    "asked", [{"limit": 0}, {"sample": -1}, {"limit": 1, "sample": 1}, {"where": "country =="}, {"where": "("}]
)
def test_what_cannot_be_meant_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(InputProblem):
        Selection(**asked)


def test_an_audience_can_be_read_again(listed: Open) -> None:
    lists = [listed("email\nada@example.org\n", "a.csv"), listed("email,phone\nada@example.org,1\n", "b.csv")]
    audience = Audience(lists, selection=Selection(limit=1))
    assert people(audience) == people(audience)
    assert audience.merged.people == 1
