"""Layouts that no tool has: what people make of a list by hand, and headings that nobody has thought of."""

from __future__ import annotations

import pytest

from mailer.contacts.meaning.marks import is_out_heading
from mailer.contacts.values import Contact
from tests.contacts.conftest import open_bytes
from tests.contacts.exporting import read

PEOPLE = ("ada@fenland.example.org", "bo@fenland.example.org")


def mailed(text: str, name: str = "list.csv") -> list[str]:
    return [each["email"] for each in read(text.encode(), name)["recipients"]]


@pytest.mark.parametrize(
    "heading, yes, no",
    [
        ("Mag gemaild worden", "ja", "nee"),
        ("Darf angeschrieben werden?", "ja", "nein"),
        ("May we send you press releases?", "Yes", "No"),
        ("Souhaite recevoir nos communiqués", "oui", "non"),
        ("Quiere recibir notas de prensa", "sí", "no"),
        ("Vuole ricevere comunicati", "sì", "no"),
        ("Ne plus envoyer", "", "x"),
        ("Niet meer mailen", "", "x"),
        ("Remove? (Y/N)", "N", "Y"),
        ("Austragen / Abmeldung (x = ja)", "", "x"),
        ("Marketing status", "Subscribed", "No consent"),
        ("Marketing status", "Abonniert", "Keine Einwilligung"),
        ("Status", "active", "User has unsubscribed"),
    ],
)
def test_a_heading_in_anybody_s_words_keeps_out_whoever_said_no(heading: str, yes: str, no: str) -> None:
    text = f"Name,Email,{heading}\nAda Quill,{PEOPLE[0]},{yes}\nBo Reed,{PEOPLE[1]},{no}\n"
    assert mailed(text) == [PEOPLE[0]]


@pytest.mark.parametrize(
    "heading, cell",
    [
        ("Status", "not unsubscribed"),
        ("Permission level", "3"),
        ("Phone (direct)", "01353 496011"),
        ("Unsubscribe (link)", "yes"),
    ],
)
def test_a_heading_that_only_sounds_like_a_wish_keeps_nobody_out(heading: str, cell: str) -> None:
    assert mailed(f"Name,Email,{heading}\nAda Quill,{PEOPLE[0]},{cell}\nBo Reed,{PEOPLE[1]},{cell}\n") == [*PEOPLE]


@pytest.mark.parametrize(
    "name",
    ["Da non contattare", "Presse – abgemeldet", "Bajas", "Désinscriptions", "Bounces", "People who opted out"],
)
def test_a_sheet_says_by_its_name_that_nobody_in_it_is_mailed(name: str) -> None:
    assert is_out_heading(name)


@pytest.mark.parametrize("name", ["Contacts", "Baja California", "Radio", "Presse", "Archivio"])
def test_a_sheet_of_people_is_a_sheet_of_people(name: str) -> None:
    assert not is_out_heading(name)


def test_a_broken_address_does_not_make_a_pasted_line_a_table() -> None:
    line = "Ada Quill <ada@fenland.example.org>; 'Bo' <bo@fenland.example.org>; broken@; desk@fenland.example.org\n"
    found = read(line.encode(), "list.txt")
    assert [(each["email"], each["name"]) for each in found["recipients"]] == [
        (PEOPLE[0], "Ada Quill"),
        (PEOPLE[1], "Bo"),
        ("desk@fenland.example.org", ""),
    ]
    assert [each["value"] for each in found["invalid"]] == ["broken@"]


def test_headings_of_names_and_addresses_that_stand_over_each_other_are_put_right() -> None:
    found = read(b"Email;Name\nAda Quill;ada@fenland.example.org\nBo Reed;bo.reed@fenland.example.org\n", "list.csv")
    assert found["columns"] == {"email": "Name", "name": "Email"}
    assert [each["name"] for each in found["recipients"]] == ["Ada Quill", "Bo Reed"]


def test_first_and_last_names_without_any_heading_are_found_by_the_addresses() -> None:
    found = read(b"Bo,Reed,bo.reed@fenland.example.org\nDi,Sedge,di.sedge@fenland.example.org\n", "list.csv")
    assert found["columns"] == {"email": 2, "first_name": 0, "last_name": 1}


def test_a_comment_above_addresses_is_no_header_and_nobody() -> None:
    found = read(b"# Press, internal\nada@fenland.example.org\nbo@fenland.example.org\n", "list.txt")
    assert (found["header_row"], found["rows"]) == (None, 2)


def test_what_a_form_asks_and_whose_ticket_it_is_are_understood() -> None:
    found = read(
        b"Ticket First Name,Ticket Last Name,Ticket Email,Buyer First Name,Buyer Email,Which outlet are you from?\n"
        b"Jo,Sedge,desk.one@mail.example.net,Pat,pat@agency.example.com,Fenland Today\n",
        "list.csv",
    )
    assert [(each["email"], each["name"], each["outlet"]) for each in found["recipients"]] == [
        ("desk.one@mail.example.net", "Jo Sedge", "Fenland Today")
    ]


@pytest.mark.parametrize("nothing", ["NULL", "\\N", "nan", "#N/A", "-"])
def test_what_a_database_writes_for_nothing_is_nobodys_name(nothing: str) -> None:
    text = f"email,first name,last name,outlet\nada@fenland.example.org,Ada,{nothing},{nothing}\n"
    [person] = read(text.encode(), "list.csv")["recipients"]
    assert (person["name"], person["last_name"], person["outlet"]) == ("Ada", "", "")


def test_people_called_null_and_nan_keep_their_names() -> None:
    text = b"email,first name,last name\nnan.null@fenland.example.org,Nan,Null\n"
    assert [each["name"] for each in read(text, "list.csv")["recipients"]] == ["Nan Null"]


@pytest.mark.parametrize(
    "cell",
    [
        "please take off the mailing list",
        "unsubscribed by phone 3/3",
        "unsubscribed on 3 March",
        "no longer wants our releases",
        "hat sich am 3.3. abgemeldet",
        "hat Widerspruch eingelegt",
        "wünscht keine Zusendungen",
        "aus dem Verteiler nehmen",
        "à supprimer de la liste",
        "ne souhaite pas recevoir nos communiqués",
        "pide no recibir más correos",
        "chiede di non ricevere più comunicati",
        "não quer mais receber",
        "wil geen persberichten",
        "prosi o usunięcie z listy",
        "配信不要",
    ],
)
def test_a_note_that_asks_for_no_more_mail_keeps_its_person_out(cell: str) -> None:
    assert mailed(f"Name;Email;Notes\nAda;{PEOPLE[0]};{cell}\nBo;{PEOPLE[1]};\n") == [PEOPLE[1]]


@pytest.mark.parametrize(
    "cell",
    [
        "writes about opt-out laws",
        "opt-out of calls",
        "does not want any attachments",
        "wünscht keine Anrufe",
        "kein Anruf vor zehn",
        "bitte nicht anrufen",
        "ne pas appeler le matin",
        "no llamar",
        "wil geen telefoontjes",
        "never replies",
        "Verteiler Gesundheit",
        "über Abgemeldete schreibt sie gern",
    ],
)
def test_a_note_about_something_else_keeps_nobody_out(cell: str) -> None:
    assert mailed(f"Name;Email;Notes\nAda;{PEOPLE[0]};{cell}\nBo;{PEOPLE[1]};\n") == [*PEOPLE]


@pytest.mark.parametrize(
    "first, last, outlet",
    [
        ("Nome giornalista", "Cognome giornalista", "Denominazione testata"),
        ("Nombre del periodista", "Apellidos del periodista", "Medio"),
        ("Prénom du contact", "Nom de famille du contact", "Nom du média"),
        ("Vorname Ansprechpartner", "Nachname Ansprechpartner", "Medientitel"),
    ],
)
def test_headings_name_the_person_behind_what_they_mean(first: str, last: str, outlet: str) -> None:
    text = f"{outlet};{last};{first};E-mail\nIl Molo;Brook;Ada;desk1@mail.example.net\n"
    [person] = read(text.encode(), "list.csv")["recipients"]
    assert (person["name"], person["outlet"]) == ("Ada Brook", "Il Molo")


def test_a_date_of_the_last_contact_is_nobodys_last_name() -> None:
    found = read(b"Name,Email,Last contact,First contact\nAda Brook,ada@fenland.example.org,May,April\n", "list.csv")
    assert found["columns"] == {"email": "Email", "name": "Name"}


def test_full_names_with_the_family_first_are_turned_under_a_heading_that_says_so() -> None:
    text = "Nom et prénom du contact;Email\nD'HERBIGNY Aurélie;a.dherbigny@bocage.example.com\n"
    assert [each["name"] for each in read(text.encode(), "list.csv")["recipients"]] == ["Aurélie D'HERBIGNY"]


def test_mailto_in_a_pasted_line_is_nobodys_name() -> None:
    found = read(b"Ada <ada@fenland.example.org>; mailto:bo@fenland.example.org\n", "list.txt")
    assert [each["name"] for each in found["recipients"]] == ["Ada", ""]


@pytest.mark.parametrize("heading, cell", [("Refus d'e-mail", "Oui"), ("Opposizione", "X"), ("GDPR", "withdrawn")])
def test_refusals_in_other_words_are_refusals(heading: str, cell: str) -> None:
    assert mailed(f"Name;Email;{heading}\nAda;{PEOPLE[0]};{cell}\nBo;{PEOPLE[1]};\n") == [PEOPLE[1]]


@pytest.mark.parametrize(
    "heading, yes, no",
    [
        ("E-mail bounced?", "No", "Yes"),
        ("NG", "", "NG"),
        ("配信", "OK", "NG"),
        ("RGPD", "Acepta", "No acepta"),
        ("Observaciones", "", "solicita la baja"),
        ("Mailabo", "aktiv", "gekündigt"),
        ("Notes", "likes e-mails", "Do not e-mail!"),
    ],
)
def test_a_yes_stays_in_and_a_no_stays_out_under_the_same_heading(heading: str, yes: str, no: str) -> None:
    text = f"Name,Email,{heading}\nAda Quill,{PEOPLE[0]},{yes}\nBo Reed,{PEOPLE[1]},{no}\n"
    assert mailed(text) == [PEOPLE[0]]


@pytest.mark.parametrize("first, last", [("担当者(名)", "担当者(姓)"), ("Contact (first)", "Contact (last)")])
def test_which_part_of_a_name_it_is_may_stand_in_brackets(first: str, last: str) -> None:
    found = read(f"{last},{first},Email\nBrook,Ada,desk1@mail.example.net\n".encode(), "list.csv")
    assert [each["name"] for each in found["recipients"]] == ["Ada Brook"]


@pytest.mark.parametrize(
    "header, rows",
    [
        ("Outlet,Contact 1,Email 1,Contact 2,Email 2", ["Fenland,Ada Quill,{0},Bo Reed,{1}"]),
        ("Outlet,Editor,Editor Email,Reporter,Reporter Email", ["Fenland,Ada Quill,{0},Bo Reed,{1}"]),
        ("Email,Name,Email,Name", ["{0},Ada Quill,{1},Bo Reed", ",,,"]),
    ],
)
def test_further_people_in_columns_of_their_own_are_people(header: str, rows: list[str]) -> None:
    text = "\n".join([header, *rows]).format(*PEOPLE) + "\n"
    found = read(text.encode(), "list.csv")
    assert sorted((each["name"], each["email"]) for each in found["recipients"]) == [
        ("Ada Quill", PEOPLE[0]),
        ("Bo Reed", PEOPLE[1]),
    ]
    assert found["rows"] == 1
    assert (
        mailed(
            text.replace(header, f"{header},Unsubscribed").replace(
                rows[0].format(*PEOPLE), f"{rows[0].format(*PEOPLE)},yes"
            )
        )
        == []
    )


def test_a_note_about_an_assistant_makes_nobody_a_recipient() -> None:
    text = f"Name,Email,Assistant,Assistant's email\nAda Quill,{PEOPLE[0]},Bo Reed,{PEOPLE[1]}\n"
    assert mailed(text) == [PEOPLE[0]]


def test_a_row_that_is_commented_out_is_nobodys() -> None:
    text = f"Name,Email,Outlet\n# Ada Quill,{PEOPLE[0]},Fenland\nBo Reed,{PEOPLE[1]},Fenland\n"
    assert mailed(text) == [PEOPLE[1]]
    assert mailed(f"#{PEOPLE[0]}\n{PEOPLE[1]}\n", "list.txt") == [PEOPLE[1]]


@pytest.mark.parametrize(
    "who, address, name",
    [
        ("Ada & Tom", "ada@fenland.example.org", "Ada"),
        ("Ada Quill, Bo Reed", "bo.reed@fenland.example.org", "Bo Reed"),
        ("Ada & Tom", "studio@fenland.example.org", "Ada & Tom"),
        ("Ada Quill & Co", "ada@fenland.example.org", "Ada Quill & Co"),
        ("Quill, Ada", "ada@fenland.example.org", "Ada Quill"),
        ("Ada Quill i Reed", "ada@fenland.example.org", "Ada Quill i Reed"),
    ],
)
def test_one_address_beside_several_names_is_the_ones_whom_it_names(who: str, address: str, name: str) -> None:
    text = f'Name,Email\n"{who}",{address}\nCy Dee,cy@fenland.example.org\nDi Sedge,di@fenland.example.org\n'
    assert read(text.encode(), "list.csv")["recipients"][0]["name"] == name


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Ada Quill – ada@x\nFor complaints write to ombud@x\n", "ada"),
        ("News: news@x, not the advertising address, adverts@x\nAda Quill – ada@x\n", "news ada"),
        ("Ada Quill <ada@x>; Undisclosed <>; Mailer-Daemon <mailer-daemon@x>\n", "ada"),
        ("Ada Quill, ada@x\n; Bo Reed, bo@x\n", "ada"),
        ("Ada Quill – ada (at) fenland.example.org\nBo – bo@x\n", "ada bo"),
        ("暁新聞　山田　ada@x（配信停止）\n港日報　佐藤　bo@x\n", "bo"),
    ],
)
def test_who_a_typed_line_names_without_meaning_them_is_not_mailed(text: str, expected: str) -> None:
    assert mailed(text.replace("@x", "@fenland.example.org"), "list.txt") == [
        f"{each}@fenland.example.org" for each in expected.split()
    ]


@pytest.mark.parametrize(
    "text",
    [
        "== DO NOT SEND ==\nAda Quill <{0}>\n\n== RADIO ==\nBo Reed <{1}>\n",
        "Retired and deceased:\nAda Quill <{0}>\n\nRadio:\nBo Reed <{1}>\n",
        "Out: {0}\nRadio: {1}, Bo Reed\n",
        "Ada Quill {0} -> {1}\n",
        "~~{0}~~ → {1}\nCy\n",
        "<!--\nAda Quill <{0}>\n-->\nBo Reed <{1}>\n",
        "Ada Quill †, Fenland <{0}>\nBo Reed, Fenland <{1}>\n",
        "never ever write to the editor at {0}\nBo Reed – {1}\n",
        "☠ {0}\n✓ {1}\n",
    ],
)
def test_who_a_text_says_is_out_in_any_of_these_ways_is_not_mailed(text: str) -> None:
    assert mailed(text.format(*PEOPLE), "list.txt") == [PEOPLE[1]]


@pytest.mark.parametrize(
    "text",
    [
        "Name,Email,St.\nAda Quill,{0},W\nBo Reed,{1},N\nKey,N = new; W = unsubscribed; A = active,\n",
        "Name,Email,Embargo\nAda Quill,{0},unsubscribed\nBo Reed,{1},N\nKey,Y = yes; N = no,\n",
        ",Name,Email\n✗,Ada Quill,{0}\n✓,Bo Reed,{1}\n",
        "Name,Email,Remarks\nAda Quill,{0},RIP Feb 2023\nBo Reed,{1},left message 3 May\n",
        "Name,Email,Remarks\nAda Quill,{0},bounced x2 Oct\nBo Reed,{1},bounced once and ok now\n",
        "Name,Email,Withdrawn on\nAda Quill,{0},2025-06-30\nBo Reed,{1},\n",
        "Name,Email,Tags\nAda Quill,{0},left-outlet\nBo Reed,{1},unsubscribed-from-invitations\n",
        "Name,Email,O\nBo Reed,{1},a\nName,Email,O,UNSUB_TIME,X\nAda Quill,{0},a,2025-01-01,b\n",
        "Name,Email,EMail\nAda Quill,{0},\nBo Reed,#mailto:{1}#,\nName,Email,Hard bounce\nAda Quill,{0},1\n",
    ],
)
def test_who_a_table_says_is_out_in_any_of_these_ways_is_not_mailed(text: str) -> None:
    assert mailed(text.format(*PEOPLE)) == [PEOPLE[1]]


@pytest.mark.parametrize(
    "group, press, other, yes, no",
    [
        ("Utskick", "Pressmed.", "Inbjudan", "ja", "nej"),
        ("Versand", "PM", "Einladung", "j", "n"),
        ("Newsletter", "Presse", "Mitglieder", "ja", "nein"),
        ("Envois", "Communiqués", "Invitations", "oui", "non"),
        ("Send?", "Releases", "Events", "Y", "N"),
        ("Consent", "Press releases", "Photo use", "yes", "no"),
        ("Wil ontvangen", "Persbericht", "Uitnodiging", "ja", "nee"),
        ("Recibe", "Notas de prensa", "Invitaciones", "sí", "no"),
        ("Riceve", "Comunicati", "Inviti", "sì", "no"),
    ],
)
def test_of_columns_under_one_heading_the_one_for_the_press_counts(
    group: str, press: str, other: str, yes: str, no: str
) -> None:
    rows = (("ada", yes, no), ("bo", no, yes), ("cy", yes, yes))
    body = "\n".join(f"{name};The Tern;{name}@tern.example.com;{one};{two}" for name, one, two in rows)
    found = open_bytes(f"Person;;;{group};\nName;Outlet;E-mail;{press};{other}\n{body}\n")
    assert [each.address.local for each in found.entries() if isinstance(each, Contact)] == ["ada", "cy"]
