"""Several lists as one: whose value is kept, what differs, and who is on none of the rows."""

from __future__ import annotations

from mailer.contacts.merging import merge_lists
from tests.contacts.conftest import open_bytes

COAST = """email,first_name,last_name,outlet,phone
ada@daily.example.com,Ada,Brook,The Daily,
bo@kust.example.net,Bo,Lind,Kust,1
"""
SCIENCE = (
    "Name;E-Mail;Medium;Telefon;Etage\nAda Brook;ADA@daily.example.com;Daily;030 1;4\nCy Dorn;cy@c.example.org;C;;\n"
)


def test_columns_of_one_meaning_are_one_column_and_keep_the_first_header() -> None:
    merged = merge_lists([open_bytes(COAST), open_bytes(SCIENCE, "science.csv")])
    assert merged.header == ["email", "first_name", "last_name", "outlet", "phone", "Name", "Etage"]


def test_an_empty_field_is_filled_from_the_next_list_and_a_full_one_stays() -> None:
    merged = merge_lists([open_bytes(COAST), open_bytes(SCIENCE, "science.csv")])
    ada, bo, cy = merged.people.values()
    assert ada.cells == ["ada@daily.example.com", "Ada", "Brook", "The Daily", "030 1", "Ada Brook", "4"]
    assert ada.lists == ["coast.csv", "science.csv"]
    assert bo.cells == ["bo@kust.example.net", "Bo", "Lind", "Kust", "1", "Bo Lind", ""]
    assert cy.cells == ["cy@c.example.org", "", "", "C", "", "Cy Dorn", ""]


def test_what_differs_is_told_with_both_lists_and_case_is_no_difference() -> None:
    other = "email,outlet,phone\nada@daily.example.com,THE  daily,7\nbo@kust.example.net,Kustnytt,1\n"
    merged = merge_lists([open_bytes(COAST), open_bytes(other, "other.csv")])
    assert [(each.email, each.column, each.kept, each.other, each.other_from) for each in merged.differs] == [
        ("bo@kust.example.net", "outlet", "Kust", "Kustnytt", "other.csv")
    ]


def test_whom_any_list_marks_is_on_none() -> None:
    marks = "email,Unsubscribed\nBO@kust.example.net,yes\n"
    merged = merge_lists([open_bytes(COAST), open_bytes(marks, "marks.csv")])
    assert [person.email for person in merged.people.values()] == ["ada@daily.example.com"]
    assert [entry.value for entry in merged.left_out] == ["bo@kust.example.net", "BO@kust.example.net"]
    assert "marks.csv" in merged.left_out[0].message


def test_a_row_without_a_good_address_is_left_out_and_told() -> None:
    merged = merge_lists([open_bytes("email,name\nada@example.org,Ada\nbo@nowhere,Bo\n,Cy\n")])
    assert [(entry.reason.value, entry.line) for entry in merged.left_out] == [("invalid", 3), ("missing", 4)]


def test_a_desk_that_two_lists_call_by_different_people_gets_no_name_made_of_both() -> None:
    first = "email,first_name,last_name,tags\nnews@daily.example.com,Ada,,sea\n"
    second = 'email,first_name,last_name,tags\nnews@daily.example.com,Bo,Lind,"Sea, ports"\n'
    (desk,) = merge_lists([open_bytes(first), open_bytes(second, "second.csv")]).people.values()
    assert desk.cells == ["news@daily.example.com", "Ada", "", "sea, ports"]
