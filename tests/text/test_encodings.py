"""A text of any encoding is decoded as it was typed; if two encodings fit, neither is reported as certain."""

from __future__ import annotations

import io

import pytest

from mailer.text.encodings import UnreadableText, as_utf8, decode_text, find_encoding, read_lines

# Invented sentences, with the encodings that texts of their language come in.
SENTENCES = {
    "Přístav otevírá nové molo. „Čekali jsme na to čtyřicet let,“ řekla starostka Žofie.": "cp1250 mac_latin2",
    "Přístav otevírá nové molo, řekla starostka Žofie Dvořáková ve čtvrtek.": "cp1250 iso8859_2 mac_latin2",
    "Rada miejska uchwaliła budowę mola, które zastąpi drewnianą kładkę z roku 1986.": "cp1250 iso8859_2",
    "A város új mólót épít, amely a régi fahidat váltja fel; a gyűlés jövő őszre ígéri.": "cp1250 iso8859_2",
    "Gradsko vijeće odlučilo je da će novi mol biti gotov već na proljeće, kaže Šime Žic.": "cp1250 iso8859_2",
    "Совет города решил построить новый причал, который заменит старый мост.": "cp1251 koi8_r mac_cyrillic",
    "Міська рада ухвалила будівництво нового причалу, який замінить місток.": "cp1251",
    "Der Gemeinderat beschloss am Donnerstag, den Anleger für die Fähre über Nacht zu öffnen.": "cp1252 mac_roman",
    "The council’s answer was “not yet” – again, at a cost of £40.": "cp1252 mac_roman",
    "La municipalité a décidé jeudi de rouvrir la jetée, fermée depuis l’été dernier.": "cp1252 mac_roman",
    "El puerto reabrirá el muelle después de cuarenta años, según la alcaldesa Núñez.": "cp1252 mac_roman",
    "Το λιμάνι ανοίγει νέα προβλήτα για τα πλοία, είπε η δήμαρχος.": "cp1253 iso8859_7 mac_greek",
    "Belediye meclisi yeni iskelenin yapımını onayladı, başkan Işık Çağlar söyledi.": "cp1254 iso8859_9 mac_turkish",
    "Miesto taryba nusprendė statyti naują prieplauką, kuri jau šią žiemą pakeis senąjį tiltą.": "cp1257",
    "Pilsētas dome nolēma būvēt jaunu piestātni, kas aizstās veco tiltu.": "cp1257",
    "市議会は木曜日、新しい桟橋の建設を決めた。": "cp932 euc_jp iso2022_jp",
}
CASES = [(text, codec) for text, codecs in SENTENCES.items() for codec in codecs.split()]


@pytest.mark.parametrize("text,codec", CASES, ids=[f"{codec}-{at}" for at, (_, codec) in enumerate(CASES)])
def test_a_sentence_is_enough_to_read_a_text_as_it_was_typed(text: str, codec: str) -> None:
    found, doubt = decode_text(text.encode(codec))
    assert found == text
    if codec == "iso2022_jp":
        assert doubt is None
    else:
        assert doubt is not None
        assert doubt.is_sure, doubt.message


@pytest.mark.parametrize(
    "text,codec,other",
    [
        ("They thanked Mr. Ško for it all.", "iso8859_2", "©ko"),
        ("They thanked Mr. Krč for it all.", "cp1250", "Krè"),
    ],
)
def test_a_guess_that_is_not_sure_shows_both_readings_and_how_to_choose(text: str, codec: str, other: str) -> None:
    _, doubt = decode_text(text.encode(codec))
    assert doubt is not None
    assert not doubt.is_sure
    for words in (text.split()[3], other, "--encoding"):
        assert words in doubt.message


def test_encodings_that_give_the_same_words_are_no_rivals() -> None:
    """Windows-1252, ISO 8859-15 and a dozen more have the same é, so there is nothing to choose."""
    _, doubt = decode_text("The café was full, and everybody at the café said so.".encode("iso8859_15"))
    assert doubt is not None
    assert doubt.is_sure


def test_what_a_file_says_of_itself_is_taken() -> None:
    page = '<html><meta charset="windows-1250"><p>Mr. Èrt</p>'.encode("cp1252")
    assert decode_text(page)[0].endswith("Mr. Črt</p>")
    assert decode_text("Mr. Ško".encode("iso8859_2"), declared="iso-8859-2") == ("Mr. Ško", None)


@pytest.mark.parametrize(
    "text,codec",
    [
        ("Совет города решил построить новый причал, который заменит старый мост.", "cp1251"),
        ("Přístav otevírá nové molo, řekla starostka Žofie Dvořáková ve čtvrtek.", "cp1250"),
    ],
)
def test_a_file_that_is_plainly_not_what_it_says_is_a_doubt(text: str, codec: str) -> None:
    _, doubt = decode_text(f'<meta charset="iso-8859-1"><p>{text}</p>'.encode(codec))
    assert doubt is not None
    assert not doubt.is_sure
    assert text[:12] in doubt.message


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["A pier, new and wide.\nOpen now.", "市議会は、新しい桟橋を決めた。\n\n木曜日、\n"])
def test_utf_16_without_a_mark_is_read(codec: str, text: str) -> None:
    assert decode_text(text.encode(codec)) == (text, None)


@pytest.mark.parametrize("pasted,codec", [("čtyři kůně", "cp1250"), ("“quoted”", "cp1252"), ("новый причал", "cp1251")])
def test_what_was_pasted_into_utf8_is_read_in_its_own_encoding(pasted: str, codec: str) -> None:
    whole = "Žluť číslo jedna, žluť číslo dvě, žluť číslo tři, žluť číslo čtyři.\n" * 3
    found, doubt = decode_text(whole.encode() + pasted.encode(codec))
    assert found == whole + pasted
    assert doubt is not None
    assert (doubt.is_mixed, doubt.line) == (True, 4)
    assert pasted in doubt.message


def test_a_stray_byte_far_down_a_long_text_is_told_with_its_line() -> None:
    text = "Žluť.\n".encode() * 9000 + "Zoë\n".encode("cp1252")
    found, doubt = decode_text(text)
    assert found.endswith("Zoë\n")
    assert doubt is not None
    assert (doubt.is_mixed, doubt.line) == (True, 9001)


def test_what_a_person_names_decides_and_unicode_stays_unicode() -> None:
    assert as_utf8("Mr. Ško".encode("iso8859_2"), "iso8859_2").decode() == "Mr. Ško"
    assert as_utf8("Mr. Ško".encode(), "iso8859_2").decode() == "Mr. Ško"
    mixed = "Žluť číslo jedna, žluť číslo dvě.\n".encode() + "Èrt".encode("cp1252")
    assert as_utf8(mixed, "cp1250").decode().endswith("Črt")
    with pytest.raises(UnreadableText, match="cannot be read as cp932") as caught:
        as_utf8(b"seals\n\x81\xff", "cp932")
    assert caught.value.line == 2


def test_what_is_no_text_and_what_is_damaged_is_refused() -> None:
    for data, message in ((bytes(range(256)) * 20, "not text"), (b"abc\0def", "not text"), (b"\xff\xfea", "damaged")):
        with pytest.raises(UnreadableText, match=message):
            decode_text(data)


def test_a_large_file_is_read_line_by_line() -> None:
    data = io.BytesIO("Žluť;1\r\nŽluť;2\r\n".encode("cp1250"))
    assert list(read_lines(data, find_encoding(data, chosen="cp1250"))) == ["Žluť;1\r\n", "Žluť;2\r\n"]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_that_a_person_names_needs_no_mark(codec: str) -> None:
    words = "Café, quay\n"
    assert as_utf8(words.encode(codec), "utf-16") == words.encode()
    encoding = find_encoding(io.BytesIO(words.encode(codec)), chosen="UTF-16")
    assert list(read_lines(io.BytesIO(words.encode(codec)), encoding)) == [words]


def test_a_file_that_is_not_in_the_utf16_that_a_person_names_is_an_error() -> None:
    with pytest.raises(UnreadableText, match="cannot be read as utf-16"):
        as_utf8(b"Mr \x8ako of the quay!", "utf-16")
