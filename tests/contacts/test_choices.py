"""A user's choices about a list's file take precedence over what is recognised."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pytest

from mailer.contacts.files import Choices
from mailer.contacts.reading import ListFile, parse_list
from mailer.contacts.values import Contact
from mailer.errors import InputProblem


def opened(content: bytes, choices: Choices) -> ListFile:
    return parse_list(io.BytesIO(content), name="coast.csv", choices=choices)


def people(list_file: ListFile) -> list[Contact]:
    return [entry for entry in list_file.entries() if isinstance(entry, Contact)]


def test_the_encoding_that_is_named_is_read() -> None:
    content = "email,name\nada@daily.example.com,Žofie\n".encode("cp1250")
    (found,) = people(opened(content, Choices(encoding="cp1250")))
    assert found.name == "Žofie"


def test_an_encoding_that_does_not_fit_is_an_error_with_its_line() -> None:
    with pytest.raises(InputProblem, match="cannot be read as ascii") as caught:
        opened("email,name\nada@daily.example.com,Zoë\n".encode(), Choices(encoding="ascii"))
    assert caught.value.line == 2


@pytest.mark.parametrize("delimiter", ["semicolon", ";"])
def test_a_delimiter_can_be_named_or_typed(delimiter: str) -> None:
    (found,) = people(opened(b"email;outlet\nada@daily.example.com;Daily, The\n", Choices(delimiter=delimiter)))
    assert found.fields["outlet"] == "Daily, The"


@pytest.mark.parametrize("encoding,delimiter", [("utf-99", ""), ("", "ab")])
def test_what_no_file_can_be_read_with_is_refused(encoding: str, delimiter: str) -> None:
    with pytest.raises(InputProblem, match=encoding or delimiter):
        Choices(encoding=encoding, delimiter=delimiter)


def test_the_row_of_the_header_can_be_named() -> None:
    content = b"email,name\nmail,who\nada@daily.example.com,Ada Brook\n"
    list_file = opened(content, Choices(header_row=2))
    assert list_file.layout.header == ("mail", "who")
    assert [each.row for each in people(list_file)] == [1]


def test_a_list_without_header_can_be_said_to_have_none() -> None:
    list_file = opened(b"ada@daily.example.com,Ada\nbo@daily.example.com,Bo\n", Choices(header_row=0))
    assert list_file.layout.header_row is None
    assert len(people(list_file)) == 2


def test_a_column_is_what_a_person_says_that_it_is() -> None:
    content = b"Email,Kontakt E-Mail,Who\nhouse@daily.example.com,ada@daily.example.com,Ada Brook\n"
    (found,) = people(opened(content, Choices(columns={"email": "kontakt e-mail", "name": "Who"})))
    assert str(found.address) == "ada@daily.example.com"
    assert found.name == "Ada Brook"


def test_a_column_can_be_named_by_its_number() -> None:
    content = b"house@daily.example.com,ada@daily.example.com\nhouse@daily.example.com,bo@daily.example.com\n"
    found = people(opened(content, Choices(header_row=0, columns={"email": "2"})))
    assert [str(each.address) for each in found] == ["ada@daily.example.com", "bo@daily.example.com"]


@pytest.mark.parametrize(
    "columns,message", [({"emial": "Email"}, 'did you mean "email"'), ({"email": "Emial"}, 'did you mean "Email"')]
)
def test_an_unknown_meaning_or_column_is_told_with_the_nearest(columns: Mapping[str, str], message: str) -> None:
    with pytest.raises(InputProblem, match=message):
        opened(b"Email,Name\nada@daily.example.com,Ada\n", Choices(columns=columns))
