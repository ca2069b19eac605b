from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.contacts.meaning.columns import email_rank, field_names, find_columns, find_header
from mailer.contacts.values import MEANINGS


@pytest.mark.parametrize(
    "header, wanted",
    [
        ("Email Address,First Name,Last Name,Outlet", {"email": 0, "first_name": 1, "last_name": 2, "outlet": 3}),
        (
            "E-Mail-Adresse;Vorname;Nachname;Medium;Ressort",
            {"email": 0, "first_name": 1, "last_name": 2, "outlet": 3, "beat": 4},
        ),
        ("Vorname;Name;E-Mail", {"email": 2, "first_name": 0, "last_name": 1}),
        ("Name;E-Mail", {"email": 1, "name": 0}),
        ("Courriel;Prénom;Nom;Média;Fonction", {"email": 0, "first_name": 1, "last_name": 2, "outlet": 3, "role": 4}),
        ("Nom;Adresse e-mail", {"email": 1, "name": 0}),
        (
            "Correo electrónico;Nombre;Apellidos;Medio;País",
            {"email": 0, "first_name": 1, "last_name": 2, "outlet": 3, "country": 4},
        ),
        ("Nombre,Correo", {"email": 1, "name": 0}),
        ("Contact Name,Contact Email,Outlet Name,Outlet Email", {"email": 1, "name": 0, "outlet": 2}),
        ("Outlet Email,Work Email,Owner Email", {"email": 1}),
        ("Company,Outlet,Email", {"email": 2, "outlet": 1}),
        ("Given Name,Family Name,E-mail 1 - Type,E-mail 1 - Value", {"email": 3, "first_name": 0, "last_name": 1}),
        ("Email Status,Email Opt Out,EmailAddress", {"email": 2}),
        ("E-mail Display Name,E-mail Address", {"email": 1}),
        ("Mailing Street,Mailing City,Email", {"email": 2}),
        ("Anrede;Geburtstag;E-Mail", {"email": 2, "salutation": 0}),
        ("Assistant Email,CC Email", {}),
        ("Email,Private e-mail", {"email": 0}),
        ("Private E-Mail;E-Mail (dienstlich)", {"email": 1}),
    ],
)
def test_columns_are_recognised_by_their_header(header: str, wanted: dict[str, int]) -> None:
    cells = header.split(";" if ";" in header else ",")
    assert find_columns(cells, []) == wanted


def test_person_is_preferred_to_outlet_whatever_the_order() -> None:
    sample = [["news@example.org", "ada@example.org"]]
    assert find_columns(["Outlet e-mail", "E-mail"], sample)["email"] == 1


def test_headings_that_stand_over_each_others_columns_are_put_right() -> None:
    sample = [["030 23125 021", "Götz", "g@example.org"], ["+45 70 55 01 99", "Bo", "b@example.org"]]
    columns = find_columns(["Contact Name", "Contact Number", "Email"], sample)
    assert (columns["name"], columns["phone"]) == (1, 0)


def test_column_headed_email_without_an_address_gives_way_to_one_that_has_them() -> None:
    sample = [["yes", "ada@example.org"], ["no", "bo@example.org"]]
    assert find_columns(["E-mail", "Reach"], sample)["email"] == 1


def test_addresses_of_an_owner_are_never_taken_by_content() -> None:
    assert "email" not in find_columns(["Name", "Contact owner email"], [["Ada", "us@example.org"]])


@pytest.mark.parametrize(
    "rows, wanted",
    [
        ([["Title"], ["Name", "Email"], ["Ada", "ada@example.org"]], 1),
        ([["our e-mail list", ""], ["Name", "E-mail"], ["Ada", "a@example.org"]], 1),
        ([["Ada", "ada@example.org"], ["Bo", "bo@example.org"]], None),
        ([["Who", "Where to"], ["Ada", "ada@example.org"]], 0),
        ([["Outlet", "Journalist"], ["Post", "Ada"]], 0),
        ([], None),
    ],
)
def test_header_is_found(rows: list[list[str]], wanted: int | None) -> None:
    assert find_header(rows) == wanted


def test_field_names_do_not_collide() -> None:
    header = ["E-Mail", "E-mail ", "Email", "", "2nd phone", "Straße / Nr.", "name"]
    assert field_names(header, {"email": 0}, 8) == [
        "e_mail",
        "e_mail_2",
        "email_2",
        "column_4",
        "column_2nd_phone",
        "straße_nr",
        "name_2",
        "column_8",
    ]


@given(st.lists(st.text(max_size=8), max_size=8))
def test_field_names_are_unique_and_leave_meanings_to_their_columns(header: list[str]) -> None:
    columns = find_columns(header, [])
    names = field_names(header, columns, len(header))
    assert len(set(names)) == len(header)
    for position, name in enumerate(names):
        assert name
        assert name not in MEANINGS or columns.get(name) == position


@pytest.mark.parametrize(
    "header",
    """
    e-naslov | elektronski naslov | naslov e-pošte | elektronska pošta | E-poštni naslov | E-poštni naslov (služba)
    E-naslov novinarja | é-mail | E‐Mail | e post | E-postadresse | Adresa e-mailová | 仕事用メール
    メールアドレス（会社） | Courriels | OwnersEMail | sähköposti (työ) | mail アドレス | Mailadresse privat
    """.replace("\n", "|").split("|"),
)
def test_headings_of_an_address_are_found_in_the_words_of_a_list(header: str) -> None:
    assert not header.strip() or email_rank(header) is not None


@pytest.mark.parametrize("header", ["Emails sent", "E-Mail gültig", "Email opt-out", "Mailchimp ID", "Postal address"])
def test_headers_about_mail_are_no_address_columns(header: str) -> None:
    assert email_rank(header) is None


@pytest.mark.parametrize(
    "header, row, wanted",
    [
        ("Name,E-Mail", "ada@lantern.example.com,Ada Brook", {"email": 0, "name": 1}),
        ("EMAIL,FNAME,LNAME,MMERGE3", "ada@lantern.example.com,Ada,Brook,The Lantern", {"outlet": 3}),
        (
            "Subscriber,Name,Last name",
            "ada@lantern.example.com,Ada,Brook",
            {"email": 0, "first_name": 1, "last_name": 2},
        ),
        ("Name,Title,Email", "Ada Brook,The Lantern,ada@lantern.example.com", {"outlet": 1}),
        ("Name,Title,Email", "Ada Brook,Reporter,ada@lantern.example.com", {"role": 1}),
        ("Email,Title", "ada@lantern.example.com,Dr.", {"email": 0, "salutation": 1}),
        (
            "Nome,Cognome,E-mail,Note",
            "Ada,Rossi,ada@faro.example.com,scortese",
            {"email": 2, "first_name": 0, "last_name": 1},
        ),
        ("Name,Outlet,Email", "The Lantern,Ada Brook,ada@lantern.example.com", {"email": 2, "name": 1, "outlet": 0}),
        ("Notes,Email", "boss@lantern.example.com,", {"email": 1}),
        ("Email,Publisher email,Created by", "news@a.example.com,p@a.example.com,us@b.example.org", {"email": 0}),
        (
            "contactfirstname,contactlastname,contactemail",
            "Ada,Brook,a@b.example.org",
            {"first_name": 0, "last_name": 1},
        ),
    ],
)
def test_cells_have_the_last_word_where_headings_fail(header: str, row: str, wanted: dict[str, int]) -> None:
    found = find_columns(header.split(","), [row.split(",")])
    assert {meaning: found.get(meaning) for meaning in wanted} == wanted
    assert "note" not in found


def test_list_without_header_has_its_names_phones_and_outlets_found() -> None:
    rows = [
        ["ada.brook@lantern.example.com", "Ada", "Brook", "The Lantern", "+44 20 7946 0111"],
        ["bo@post.example.org", "Bo", "Lind", "Post", "+44 20 7946 0112"],
    ]
    assert find_columns([], rows) == {"email": 0, "first_name": 1, "last_name": 2, "outlet": 3, "phone": 4}
