"""A list in an old encoding is read as it was typed, and the guess is reported as a guess."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mailer.contacts.edits import SetCells, edit_list
from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact
from mailer.errors import InputProblem, Severity

Open = Callable[..., ListFile]

# Invented people and outlets, with the encodings that lists of their language come in.
PEOPLE = {
    "Götz Übelacker;Küstenfunk Süd für Straßen": "cp1252 mac_roman cp850 cp437 iso8859_15",
    "Désirée Çelik;Gazette de l’Île": "cp1252 mac_roman",
    "François Lefèvre;Rédaction générale": "cp1252 mac_roman cp850",
    "Begoña Ibáñez;El Faro de la Redacción": "cp1252 mac_roman cp850",
    "João Conceição;Edições de São Brás": "cp1252 mac_roman cp850",
    "Niccolò d’Ambrogio;La Città": "cp1252 mac_roman",
    "Bjørn Kjær;Kystavisen på Øen": "cp1252 mac_roman cp850",
    "Åsa Lindström;Nyhetsbyrån": "cp1252 mac_roman cp850",
    "Michał Zębowski;Głos Łąki": "cp1250 iso8859_2 cp852 mac_latin2",
    "Tomáš Dvořák;Večerní zprávy": "cp1250 iso8859_2 cp852 mac_latin2",
    "Gyula Erdős;Tőzsdei Hírlap": "cp1250 iso8859_2 cp852",
    "Ivan Kovačić;Šibenski glas": "cp1250 iso8859_2 cp852",
    "Işık Çağlar;Yıldız Gazetesi": "cp1254 iso8859_9 cp857",
    "Jānis Bērziņš;Rīgas ziņas": "cp1257",
    "Rūta Kazlauskienė;Pajūrio žinios": "cp1257",
    "Ольга Кузнецова;Вечерний вестник": "cp1251 koi8_r cp866 mac_cyrillic iso8859_5",
    "Олександр Гончар;Київський вісник": "cp1251 koi8_u",
    "Γιώργος Δημητρίου;Εφημερίδα της Ακτής": "cp1253 iso8859_7",
    "דוד כהן;חדשות החוף": "cp1255",
    "محمد علي;أخبار الساحل": "cp1256",
    "田中花子;みなと新聞": "cp932 euc_jp iso2022_jp",
    "佐藤健;海鳴り放送": "cp932 euc_jp iso2022_jp",
    "王丽;滨海日报": "gb18030",
    "王美玲;海濱日報": "big5",
    "김민준;바다일보": "cp949",
}
CASES = [(text, codec) for text, codecs in PEOPLE.items() for codec in codecs.split()]


def people(list_file: ListFile) -> list[Contact]:
    return [entry for entry in list_file.entries() if isinstance(entry, Contact)]


@pytest.mark.parametrize("text,codec", CASES, ids=[f"{codec}-{at}" for at, (_, codec) in enumerate(CASES)])
def test_a_list_reads_as_it_was_typed_whatever_its_encoding(listed: Open, text: str, codec: str) -> None:
    name, outlet = text.split(";")
    found = listed(f"Email;Name;Outlet\r\nada@example.org;{name};{outlet}\r\n".encode(codec))
    (person,) = people(found)
    assert (person.name, person.fields["outlet"]) == (name, outlet)


@pytest.mark.parametrize("text,codec", [case for case in CASES if case[1] != "iso2022_jp"])
def test_a_guess_is_said_to_be_one(listed: Open, text: str, codec: str) -> None:
    (problem,) = listed(f"Email;Name;Outlet\nada@example.org;{text}\n".encode(codec)).problems
    assert (problem.code, problem.severity, problem.line) == ("encoding-assumed", Severity.WARNING, 2)
    name, outlet = text.split(";")
    assert name in problem.message or outlet in problem.message


@pytest.mark.parametrize("name", ["René Brook", "Zoë Hale", "Sönke Maar", "Núria Pi", "Jürgen Alm", "Siân O’Dell"])
@pytest.mark.parametrize("codec", ["cp1252", "mac_roman"])
def test_one_accent_is_enough_to_tell_windows_from_mac(listed: Open, name: str, codec: str) -> None:
    (person,) = people(listed(f"email,name\nada@example.org,{name}\n".encode(codec)))
    assert person.name == name


def test_signs_alone_are_read_as_windows_has_them(listed: Open) -> None:
    (person,) = people(listed("email,note\nada@example.org,Abo 48 € – neu\n".encode("cp1252")))
    assert person.fields["note"] == "Abo 48 € – neu"


def test_a_row_of_another_file_pasted_into_utf8_is_read_and_told(listed: Open) -> None:
    rows = [f"p{number}@example.org,Zoë {number}".encode() for number in range(8)]
    found = listed(b"\n".join([b"email,name", *rows, "x@example.org,Götz".encode("cp1252")]) + b"\n")
    assert [person.name for person in people(found)][-2:] == ["Zoë 7", "Götz"]
    (problem,) = found.problems
    assert (problem.code, problem.line) == ("encoding-mixed", 10)


def test_capitals_of_a_whole_cell_are_no_sign_of_a_wrong_guess(listed: Open) -> None:
    (person,) = people(
        listed("email,name,outlet\nada@example.org,GÜNTER MÖLLER,ÖSTLICHE NACHRICHTEN\n".encode("cp1252"))
    )
    assert person.name == "GÜNTER MÖLLER"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["田中花子", "Ольга Кузнецова", "Zoë Hale"])
def test_utf16_without_a_mark_is_recognised_in_every_script(listed: Open, codec: str, name: str) -> None:
    found = listed(f"メール,氏名\nada@example.org,{name}\n".encode(codec))
    assert found.layout.encoding == codec
    assert [person.name for person in people(found)] == [name]


def test_bytes_that_read_like_no_language_are_refused_with_the_line(listed: Open) -> None:
    with pytest.raises(InputProblem, match="encoding") as caught:
        listed(b"email\nada@example.org\n\x81\xb1\xb2\xb3@example.org\n")
    assert caught.value.line == 3


def test_a_list_that_was_cut_off_within_a_character_stays_utf8(listed: Open) -> None:
    found = listed("email,name\nada@example.org,Zoë\nbo@example.org,Zoë".encode()[:-1])
    assert [person.name[:2] for person in people(found)] == ["Zo", "Zo"]
    assert people(found)[0].name == "Zoë"


def test_a_blank_that_does_not_break_is_no_letter(listed: Open) -> None:
    (person,) = people(listed("name,email\nAda,ada@example.org\u00a0\n".encode("cp1252")))
    assert str(person.address) == "ada@example.org"


def test_a_list_of_mixed_encodings_is_not_changed_in_place() -> None:
    data = "email,name\nada@example.org,Zoë\nbo@example.org,Zoë\n".encode() + "cy@example.org,Götz\n".encode("cp1252")
    with pytest.raises(InputProblem, match="more than one encoding"):
        edit_list(data, name="coast.csv", edits=[SetCells(1, {1: "Ada"})])
