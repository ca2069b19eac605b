from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.contacts.exporting import render_csv
from mailer.contacts.meaning.columns import NOTHING, is_address_like
from mailer.contacts.reading import ListFile, count_left_out, parse_list
from mailer.contacts.values import MEANINGS, Contact, LeftOut, LeftOutReason
from mailer.errors import InputProblem

Open = Callable[..., ListFile]


def people(list_file: ListFile) -> list[Contact]:
    return [entry for entry in list_file.entries() if isinstance(entry, Contact)]


def refused(list_file: ListFile) -> list[LeftOut]:
    return [entry for entry in list_file.entries() if isinstance(entry, LeftOut)]


def test_every_meaning_and_every_column_is_a_merge_field(listed: Open) -> None:
    (ada,) = people(listed("E-Mail;Vorname;Nachname;Lieblings-Thema\nada@example.org;Ada;Brook;Robben\n"))
    assert set(MEANINGS) <= set(ada.fields)
    assert ada.fields["email"] == ada.fields["e_mail"] == "ada@example.org"
    assert ada.fields["first_name"] == ada.fields["vorname"] == "Ada"
    assert ada.fields["name"] == ada.name == "Ada Brook"
    assert ada.fields["lieblings_thema"] == "Robben"
    assert ada.fields["outlet"] == ""
    assert (ada.row, ada.line, ada.list_name) == (1, 2, "coast.csv")


def test_address_repeated_in_other_case_and_with_blanks_is_a_duplicate_of_the_first(listed: Open) -> None:
    found = listed("email,name\nada@example.org,Ada\nbo@example.org,Bo\n Ada@Example.ORG ,A.\n")
    assert [contact.name for contact in people(found)] == ["Ada", "Bo"]
    (again,) = refused(found)
    assert (again.reason, again.row, again.line, again.first_row) == (LeftOutReason.DUPLICATE, 3, 4, 1)
    assert "line 2" in again.message


def test_unicode_and_punycode_domain_are_one_person(listed: Open) -> None:
    found = listed("email\nbo@küste.example.com\nbo@xn--kste-0ra.example.com\n")
    assert [entry.reason for entry in refused(found)] == [LeftOutReason.DUPLICATE]


def test_local_part_beyond_ascii_is_a_contact(listed: Open) -> None:
    (zoe,) = people(listed("email\nzoë@example.org\n"))
    assert zoe.address.needs_smtputf8


@pytest.mark.parametrize(
    "cell",
    [
        "mailto:ada@example.org",
        "MAILTO:ada@example.org?subject=hi",
        "<ada@example.org>",
        "Ada Brook <ada@example.org>",
        '"""Brook, Ada"" <ada@example.org>"',
        "Ada <mailto:ada@example.org>",
        "\u00a0ada@example.org\u200b",
    ],
)
def test_address_is_taken_out_of_its_wrapping(listed: Open, cell: str) -> None:
    assert [str(contact.address) for contact in people(listed(f"email\n{cell}\n"))] == ["ada@example.org"]


@pytest.mark.parametrize(
    "cell, message",
    [
        ("bo@kustnytt", "the domain has no dot"),
        ("keine", "it says that there is none"),
        ("bo", "it has no @"),
        ("bo‘s@example.org", "it contains ‘"),
        ("bo at example.org", "type the sign"),
        ("bo@example.org is at home", "not an e-mail address"),
        ("ask bo@example.org or al@example.org", "several addresses and other text"),
        ("bo@exa mple.org", "not an e-mail address"),
    ],
)
def test_invalid_address_is_left_out_with_line_and_reason(listed: Open, cell: str, message: str) -> None:
    found = listed(f"email,name\nada@example.org,Ada\n{cell},Bo\nlast@example.org,Last\n")
    (bad,) = refused(found)
    assert (bad.reason, bad.row, bad.line, bad.value) == (LeftOutReason.INVALID, 2, 3, cell)
    assert message in bad.message
    assert len(people(found)) == 2


def test_row_without_address_is_missing_and_a_blank_row_is_no_row(listed: Open) -> None:
    found = listed("name,email\nAda,ada@example.org\n,\n\nBo,\nCy\n")
    assert [(e.reason, e.row, e.line) for e in refused(found)] == [
        (LeftOutReason.MISSING, 2, 5),
        (LeftOutReason.MISSING, 3, 6),
    ]


@pytest.mark.parametrize("column", ["email", "name", "first_name", "last_name", "outlet"])
def test_line_break_in_a_one_line_column_leaves_the_row_out_naming_it(listed: Open, column: str) -> None:
    header = ["email", "name", "first_name", "last_name", "outlet"]
    row = dict.fromkeys(header, "x") | {"email": "ada@example.org"}
    row[column] = "A\r\nBcc: x@example.net" if column != "email" else "a@example.org\r\nBcc: x@example.net"
    found = listed("".join(render_csv([header, list(row.values()), ["bo@example.org", "", "", "", ""]])))
    (bad,) = refused(found)
    assert (bad.reason, bad.row, bad.line) == (LeftOutReason.INVALID, 1, 2)
    assert "a line break" in bad.message
    assert f'column "{column}"' in bad.message or column == "email"
    (bo,) = people(found)
    assert bo.line == 4  # the quoted line break is a line of the file


def test_line_break_in_a_note_is_the_writers(listed: Open) -> None:
    (ada,) = people(listed('email,note\nada@example.org,"One.\r\nTwo."\r\n'))
    assert ada.fields["note"] == "One.\nTwo."


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x7f", "\x85", "\u2028"])
def test_control_character_in_any_column_leaves_the_row_out(listed: Open, character: str) -> None:
    found = listed(f"email,beat\nada@example.org,sea{character}side\nbo@example.org,sea\n")
    (bad,) = refused(found)
    assert bad.reason is LeftOutReason.INVALID
    assert 'column "beat" has' in bad.message
    assert bad.message.isprintable()


def test_notes_of_the_office_are_no_note_to_the_person_and_this_is_said(listed: Open) -> None:
    found = listed("email,Notes\nada@example.org,rude on the phone\n")
    (ada,) = people(found)
    assert ada.fields["note"] == ""
    assert ada.fields["notes"] == "rude on the phone"
    assert [problem.code for problem in found.problems] == ["private-notes"]


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n \r\n", "is empty"),
        (b"email,name\n", "no rows below it"),
        (b"Outlet;Journalist\nThe Daily;Ada\n", '"Outlet", "Journalist"'),
        (b"Owner email,Name\nus@example.org,Ada\n", '"Owner email", "Name"'),
        (b"just some words\nand some more\n", "no e-mail address"),
        (bytes(range(256)) * 20, "is not text"),
        (b"%PDF-1.7 ...", "is a PDF"),
        (b"<html><p>nobody</p></html>", "web page"),
        (b"PK\x03\x04 and no workbook", "cannot be opened"),
        (b"email\n" + b"x" * 1_100_000, "not a list"),
    ],
)
def test_file_that_is_no_list_is_refused_saying_why(listed: Open, content: bytes, message: str) -> None:
    with pytest.raises(InputProblem) as caught:
        listed(content)
    assert message in caught.value.message
    assert caught.value.source == "coast.csv"
    assert caught.value.hint or "million" in caught.value.message


def test_row_with_more_cells_than_the_header_is_told(listed: Open) -> None:
    found = listed("email,outlet\nada@example.org,Post, Evening edition\nbo@example.org,Post\n")
    assert len(people(found)) == 2
    (problem,) = found.problems[:1]
    assert (problem.code, problem.line) == ("too-many-cells", 2)


def test_row_that_swallowed_another_is_left_out_saying_so(listed: Open) -> None:
    found = listed('email,note\nada@example.org,"Hello\nbo@example.org,"Dear\ncy@example.org,x\n')
    (bad,) = refused(found)
    assert (bad.reason, bad.line) == (LeftOutReason.INVALID, 2)
    assert "quotation mark" in bad.message
    assert [contact.line for contact in people(found)] == [4]


def test_address_in_a_longer_note_is_only_a_note(listed: Open) -> None:
    (ada,) = people(listed('email,note\nada@example.org,"My colleague:\nBo Lind, bo@example.org"\n'))
    assert "bo@example.org" in ada.fields["note"]


def test_quote_that_is_never_closed_loses_nobody(listed: Open) -> None:
    rows = "".join(f"person{i}@example.org,x\n" for i in range(500))
    found = listed(f'email,note\nada@example.org,"Hello\n{rows}')
    assert count_left_out(found.entries())[0] == 501
    assert [(problem.code, problem.line) for problem in found.problems] == [("quote-never-closed", 2)]


def test_quote_never_closed_near_the_end_loses_nobody(listed: Open) -> None:
    found = listed('email,note\nada@example.org,"Hello\nbo@example.org,x\n')
    assert [contact.line for contact in people(found)] == [2, 3]


def test_entries_can_be_read_again_with_the_same_result(listed: Open) -> None:
    found = listed("email\nada@example.org\nADA@example.org\nx\n")
    assert list(found.entries()) == list(found.entries())


def test_list_without_header_has_its_addresses_found(listed: Open) -> None:
    found = listed("Ada Brook;ada@example.org\nBo Lind;bo@example.org\n")
    assert found.layout.header_row is None
    assert found.layout.columns == {"email": 1, "name": 0}
    assert [str(contact.address) for contact in people(found)] == ["ada@example.org", "bo@example.org"]
    assert people(found)[0].fields["column_1"] == "Ada Brook"


def test_each_address_of_a_pasted_line_is_a_person_with_the_name_before_it(listed: Open) -> None:
    found = listed("ada@example.org, Bo Lind <bo@example.org>\n")
    assert [(str(each.address), each.name) for each in people(found)] == [
        ("ada@example.org", ""),
        ("bo@example.org", "Bo Lind"),
    ]


def test_total_row_is_no_person(listed: Open) -> None:
    found = listed("Name,Email\nAda,ada@example.org\nTotal,1\n")
    assert count_left_out(found.entries()) == (1, {})
    assert [problem.code for problem in found.problems] == ["heading"]


_cell = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=12)


@pytest.mark.slow
@settings(max_examples=60)
@given(
    rows=st.lists(st.tuples(st.sampled_from(["ada", "BO", "x y", "", "cy+1"]), _cell, _cell), min_size=1, max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_every_filled_row_gives_exactly_one_entry(
    rows: list[tuple[str, str, str]], delimiter: str, encoding: str
) -> None:
    import csv

    page = io.StringIO(newline="")
    writer = csv.writer(page, delimiter=delimiter)
    writer.writerow(["Email", "First name", "Remark"])
    for local, name, remark in rows:
        writer.writerow([f"{local}@example.org", f"n{name}", remark])
    found = parse_list(io.BytesIO(page.getvalue().encode(encoding)), name="x.csv")
    entries = list(found.entries())
    assert [entry.row for entry in entries] == list(range(1, len(rows) + 1))
    assert found.layout.delimiter == delimiter
    for entry, (_, name, _) in zip(entries, rows, strict=True):
        if isinstance(entry, Contact):
            said = f"n{name}".strip()
            no_name = is_address_like(said) or said in NOTHING
            assert entry.fields["first_name"] == ("" if no_name else said)


@settings(max_examples=150)
@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"email,name\n", b"\xef\xbb\xbfE-Mail;Name\r\n", b"\xff\xfe", b"PK\x03\x04"]),
)
def test_any_bytes_are_read_or_refused_in_a_sentence(content: bytes, before: bytes) -> None:
    try:
        found = parse_list(io.BytesIO(before + content), name="x.csv")
        entries = list(found.entries())
    except InputProblem:
        return
    assert [entry.row for entry in entries] == list(range(1, len(entries) + 1))
    assert all(entry.message.isprintable() for entry in entries if isinstance(entry, LeftOut))
