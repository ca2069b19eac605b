from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from mailer.contacts.audience import digest, exclusion, select_audience
from mailer.contacts.digests import Seen
from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact, LeftOut, LeftOutReason

Open = Callable[..., ListFile]


def test_person_on_two_lists_is_kept_once_and_the_other_row_names_the_first_list(listed: Open) -> None:
    coast = listed("email,name\nada@example.org,Ada\nbo@example.org,Bo\n", "coast.csv")
    science = listed("email,name\nCy@example.org,Cy\nBO@example.org,B.\n", "science.csv")
    entries = list(select_audience([coast, science]))
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
    first, second = select_audience([coast], excluded=excluded)
    assert isinstance(first, Contact)
    assert isinstance(second, LeftOut)
    assert second.reason is LeftOutReason.EXCLUDED
    assert [(p.source, p.line) for p in partners.problems] == [("partners.csv", 3), ("partners.csv", 4)]


def test_excluding_list_that_marks_somebody_excludes_them_too(listed: Open) -> None:
    assert exclusion([listed("email,unsubscribed\nada@example.org,yes\n")]) == {digest("ada@example.org")}


def test_person_marked_on_any_list_is_mailed_from_none(listed: Open) -> None:
    coast = listed("email\nada@example.org\n", "coast.csv")
    science = listed("email,status\nADA@example.org,unsubscribed\n", "science.csv")
    first, second = select_audience([coast, science])
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
    assert len(seen) == len(plain)


def test_seen_stays_right_while_it_grows() -> None:
    seen = Seen()
    keys = [digest(str(number)) for number in range(5000)]
    assert all(seen.first(key, value) is None for value, key in enumerate(keys, start=1))
    assert [seen.first(key, 1) for key in keys] == list(range(1, 5001))
