"""Lists that people keep by hand: several sheets, lists side by side, legends anywhere, and sentences about people."""

from __future__ import annotations

import io
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from mailer.contacts.check import check_document
from mailer.contacts.edits import SetCells, edit_list
from mailer.contacts.files import Choices
from mailer.contacts.reading import ListFile, parse_list
from mailer.contacts.values import Contact
from mailer.errors import InputProblem

HEAD = ["Name", "Outlet", "Email"]
RED, YELLOW = (PatternFill("solid", fgColor=colour) for colour in ("FFFF6666", "FFFFFF99"))
Rows = list[list[Any]]


def row(first: str, last: str = "Quill") -> list[Any]:
    return [f"{first} {last}", "The Tern", f"{first.lower()}.{last.lower()}@tern.example.com"]


BASE: Rows = [HEAD, row("Ada", "Moss"), row("Bo", "Lund"), row("Cy", "Stone")]


def opened(*sheets: tuple[str, Rows], change: Callable[[Any], object] = lambda _: None, sheet: str = "") -> ListFile:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        made = book.create_sheet(title)
        for each in rows:
            made.append(each)
    change(book)
    out = io.BytesIO()
    book.save(out)
    return parse_list(out, name="kept.xlsx", choices=Choices(sheet=sheet))


def mailed(found: ListFile) -> list[str]:
    return [str(entry.address).partition(".")[0] for entry in found.entries() if isinstance(entry, Contact)]


def typed(text: str) -> list[str]:
    lines = "".join(f"{name}, {outlet}, {email}\n" for name, outlet, email in BASE[1:])
    return mailed(parse_list(io.BytesIO(f"Hello,\n\n{lines}\n{text}\n".encode()), name="list.txt"))


# Sheets


def test_every_visible_sheet_that_is_a_list_is_read_under_its_own_headings() -> None:
    radio = [["Sender", "Kontakt", "Mail", "PM senden?"], ["Wave", "Di Horn", "di.horn@wave.example.org", "ja"]]
    radio += [["Wave", "Ed Pike", "ed.pike@wave.example.org", "nein"], ["Wave", *row("Bo", "Lund")[::2], "nein"]]
    found = opened(("Print", BASE), ("Radio", radio))
    assert mailed(found) == ["ada", "cy", "di"]
    assert [line for _, line, _ in found.rows()] == [2, 3, 4, 2, 3, 4]
    assert [*found.rows()][3][2][:3] == ["Di Horn", "Wave", "di.horn@wave.example.org"]
    document = check_document(found, "kept.xlsx")
    assert (document["rows"], document["sheets"]["Radio"]["rows"]) == (3, 3)
    assert document["recipients"][2]["sheet"] == "Radio"
    assert 'sheet "Radio": the list says "PM senden?: nein"' in document["sheets"]["Radio"]["suppressed"][0]["reason"]


@pytest.mark.parametrize(
    "title", ["Alt", "Bývalí", "Jubilados", "Non più attivi", "Pensionerade", "Colleagues", "Invités", "Gäste", "Test"]
)
def test_a_sheet_of_the_past_or_of_other_people_is_told_and_not_read(title: str) -> None:
    found = opened(("Press", BASE), (title, [HEAD, row("Di")]))
    assert mailed(found) == ["ada", "bo", "cy"]
    assert [each.code for each in found.problems].count("sheet-not-read") == 1


def test_a_sheet_of_central_addresses_of_the_same_houses_is_no_list() -> None:
    desks = [["Outlet", "General email"], ["The Tern", "adverts@tern.example.com"]]
    assert mailed(opened(("Press", BASE), ("Outlets", desks))) == ["ada", "bo", "cy"]
    desks[1][0] = "Heron News"
    assert mailed(opened(("Press", BASE), ("Outlets", desks))) == ["ada", "bo", "cy", "adverts@tern"]


def test_a_chosen_sheet_is_read_alone_and_only_the_first_is_edited() -> None:
    sheets = ("Print", BASE), ("Radio", [HEAD, row("Di")])
    assert mailed(opened(*sheets, sheet="Radio")) == ["di"]
    book = openpyxl.Workbook()
    for at, (title, rows) in enumerate(sheets):
        made = book.create_sheet(title, at)
        for each in rows:
            made.append(each)
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(InputProblem, match="on a further sheet"):
        edit_list(out.getvalue(), name="kept.xlsx", edits=[SetCells(4, {0: "Di Finch"})])


def test_a_title_over_a_further_sheet_is_about_it() -> None:
    rows = [["Bitte nicht mehr anschreiben"], [], HEAD, row("Di")]
    assert mailed(opened(("Presse", BASE), ("Weitere", rows))) == ["ada", "bo", "cy"]


@pytest.mark.parametrize("title, out", [("ANCIENS – ne plus écrire", True), ("Do not mail", True), ("Radio", False)])
def test_lists_beside_each_other_are_lists_of_their_own(title: str, *, out: bool) -> None:
    rows = [["Current", None, None, None, title], [*HEAD, None, *HEAD]]
    rows += [[*row("Ada", "Moss"), None, *row("Di")], [*row("Bo", "Lund"), None, None, None, None]]
    assert sorted(mailed(opened(("Press", rows)))) == ["ada", "bo"] + ["di"] * (not out)


BO = row("Bo", "Lund")[2]


@pytest.mark.parametrize(
    "name, rows",
    [
        ("Taken off", [["Addresses that must not get anything from us again"], [], ["Address", "How"], [BO, "phone"]]),
        ("gone", [["gone - don't use, they've moved on or asked"], ["Bo Lund (The Tern) – career break"]]),
        ("Tabelle2", [["Bitte nicht mehr anschreiben"], ["Name", "Grund"], ["Bo Lund", "Anruf"]]),
        ("raus", [["Lund, Bo"], ["Quill, Zoe"]]),
        ("Sheet3", [["Bajas"], ["Correo", "Fecha"], [BO, "2/3/24"]]),
        ("Ne plus contacter", [["Nom", "Média"], ["LUND Bo", "The Tern"]]),
        ("X", [["Nechtějí už nic dostávat"], ["Bo Lund", "The Tern"]]),
        ("Off", [["These people have asked to be left alone"], HEAD, row("Bo", "Lund")]),
        ("Lista Robinson", [[BO]]),
        ("Verstorben", [["Bo Lund, The Tern, März"]]),
        ("Afmeldingen", [["Naam", "E-mail"], ["Bo Lund", BO]]),
    ],
)
def test_a_sheet_of_people_who_are_out_is_known_by_its_name_or_title(name: str, rows: Rows) -> None:
    assert mailed(opened(("Press", BASE), (name, rows))) == ["ada", "cy"]


@pytest.mark.parametrize(
    "name, rows",
    [
        ("Gala", [["Guests who declined"], ["Name", "RSVP"], ["Bo Lund", "no"]]),
        ("Notes", [["Please do not phone these before noon"], ["Bo Lund"]]),
        ("Read me", [["Please do not pass this list on"], ["Ask Bo Lund if in doubt, and never send it by mail."]]),
        ("Changes", [["New addresses"], ["Name", "Email"], ["Bo Lund", BO]]),
        ("Visits", [["Stopped by our stand"], ["Bo Lund"]]),
        ("Events only", [["Unsubscribed from the events newsletter"], ["Name", "Email"], ["Bo Lund", BO]]),
        ("2023", [["Press list 2023, old"], HEAD, row("Bo", "Lund")]),
        ("Interviews", [["Who", "When"], ["Bo Lund", "cancelled"]]),
    ],
)
def test_a_sheet_about_something_else_keeps_nobody_from_mail(name: str, rows: Rows) -> None:
    assert mailed(opened(("Press", BASE), (name, rows))) == ["ada", "bo", "cy"]


def test_who_is_named_where_nobody_is_mailed_is_out_on_every_sheet() -> None:
    radio = [HEAD, row("Di", "Horn"), row("Ed", "Pike")]
    found = opened(("Print", BASE), ("Radio", radio), ("Out", [["Asked us to stop"], ["Ed Pike"], ["Lund, Bo"]]))
    assert mailed(found) == ["ada", "cy", "di"]


@pytest.mark.parametrize(
    "beside, out",
    [
        ([["Cancellati su richiesta"], ["Bo Lund", BO, "mail del 9/5"], ["Zoe Quill", "zoe@x.example.com"]], True),
        ([["Abgemeldet:"], [BO]], True),
        ([["Please leave these alone"], ["Bo Lund"], ["Zoe Quill"]], True),
        ([["Ne plus contacter"], ["Nom", "Courriel"], ["Bo Lund", BO]], True),
        ([["Bajas", "Motivo"], ["Bo Lund", "lo pidió"]], True),
        ([[], ["Left / asked off"], ["Bo Lund"]], True),
        ([["Photographers"], ["Bo Lund"], ["zed@pix.example.com"]], False),
        ([["Don't phone before 10"], ["Bo Lund"]], False),
    ],
)
def test_a_table_beside_the_table_may_be_of_people_who_are_out(beside: Rows, *, out: bool) -> None:
    rows = [[*left, None, None, *right] for left, right in zip(BASE, [*beside, *[[]] * 4], strict=False)]
    assert mailed(opened(("Press", rows))) == ["ada"] + ["bo"] * (not out) + ["cy"]


@pytest.mark.parametrize("heading, cell", [("Unsubscribed", "by phone"), ("Opted out (told to)", "Jo Ash")])
def test_a_flag_behind_a_blank_column_is_a_column_of_the_table(heading: str, cell: str) -> None:
    ticks: Rows = [[*HEAD, None, heading], BASE[1], [*BASE[2], None, cell], BASE[3]]
    assert mailed(opened(("Press", ticks))) == ["ada", "cy"]


# Legends


def coloured(*cells: tuple[str, PatternFill], **texts: str) -> Callable[[Any], object]:
    def change(book: Any) -> None:
        sheet = book.worksheets[0]
        for place, text in texts.items():
            sheet[place] = text
        for place, fill in cells:
            sheet[place].fill = fill

    return change


@pytest.mark.parametrize(
    "legend",
    [
        coloured(("A3", RED), ("A8", RED), A8="rouge", B8="à ne plus solliciter"),
        coloured(("A3", RED), ("A8", RED), B8="ya no trabaja, no enviar"),
        coloured(("A3", RED), A8="hellrot markiert = inaktiv"),
        coloured(("A3", RED), A8="Key: red - no mail, yellow - new"),
        coloured(("A3", RED), A8="Chi è in rosso, non vuole più ricevere mail"),
        coloured(("A3", RED), ("E2", RED), ("E4", YELLOW), F2="slutat", F4="ny"),
        coloured(("A3", RED), ("A2", YELLOW), E2="rood = niet meer mailen", E3="geel = nieuw"),
    ],
)
def test_a_legend_may_stand_below_or_beside_the_people(legend: Callable[[Any], object]) -> None:
    assert mailed(opened(("Press", BASE), change=legend)) == ["ada", "cy"]


def test_a_legend_on_a_sheet_of_its_own_explains_every_sheet() -> None:
    read_me = [["READ ME"], ["RED", "left, or asked to come off"], ["YELLOW", "mail as normal"]]
    change = coloured(("A3", RED), ("A4", YELLOW))
    assert mailed(opened(("Press", BASE), ("Read me", read_me), change=change)) == ["ada", "cy"]


def test_a_colour_that_means_something_else_keeps_nobody_from_mail() -> None:
    change = coloured(("A3", RED), ("E2", RED), F2="VIP", F3="never mail twice a day")
    assert mailed(opened(("Press", BASE), change=change)) == ["ada", "bo", "cy"]


@pytest.mark.parametrize(
    "text, out",
    [
        ("gone", True),
        ("Kim:\nslutat", True),
        ("Kim:\nnicht mehr anschreiben", True),
        ("Kim:\nstill there, checked", False),
    ],
)
def test_a_comment_is_read_as_a_note_without_its_author(text: str, *, out: bool) -> None:
    def change(book: Any) -> None:
        book.worksheets[0]["C3"].comment = Comment(text, "Kim")

    assert mailed(opened(("Press", BASE), change=change)) == ["ada"] + ["bo"] * (not out) + ["cy"]


def test_a_legend_in_letters_of_a_colour_is_one_too() -> None:
    def change(book: Any) -> None:
        for cell in book.worksheets[0][3]:
            cell.font = Font(color="FF999999")

    assert mailed(opened(("Press", [*BASE, [], ["Grå tekst = sluttet"]]), change=change)) == ["ada", "cy"]


# Columns of ticks


@pytest.mark.parametrize("heading", ["raus", "Fuera", "Da togliere", "À retirer", "Gone", "Alleen bellen"])
def test_a_tick_under_a_state_means_that_state(heading: str) -> None:
    ticks: Rows = [[*HEAD, heading], [*BASE[1], None], [*BASE[2], "x"], [*BASE[3], None]]
    assert mailed(opened(("Press", ticks))) == ["ada", "cy"]


@pytest.mark.parametrize("heading", ["Do not phone", "VIP", "Wil beeld", "Keine Anhänge", "Ring inte", "Fotos"])
def test_a_tick_under_anything_else_does_not(heading: str) -> None:
    ticks: Rows = [[*HEAD, heading], [*BASE[1], None], [*BASE[2], "x"], [*BASE[3], None]]
    assert mailed(opened(("Press", ticks))) == ["ada", "bo", "cy"]


def test_a_column_of_names_of_those_who_are_not_mailed_is_about_these() -> None:
    rows: Rows = [[*HEAD, "Do not mail"], [*BASE[1], "Lund"], BASE[2], BASE[3]]
    assert mailed(opened(("Press", rows))) == ["ada", "cy"]


@pytest.mark.parametrize("note, out", [("† février 2023", True), ("+ Jan 2020 (flowers)", True), ("+44 20 555", False)])
def test_a_cross_before_a_date_is_a_death(note: str, *, out: bool) -> None:
    rows: Rows = [[*HEAD, "Remarks"], [*BASE[1], None], [*BASE[2], note], [*BASE[3], None]]
    assert mailed(opened(("Press", rows))) == ["ada"] + ["bo"] * (not out) + ["cy"]


# Sentences


@pytest.mark.parametrize(
    "text",
    [
        "Bo Lund has retired, so nothing to him please. Cy Stone has a new number.",
        "Bo Lund ist in Rente. Bitte nichts mehr an ihn schicken.",
        "Bo Lund hat uns gesagt, dass er wirklich gar keine Mails mehr von uns\nbekommen will. Ada Moss liest alles.",
        "Bo Lund se ha jubilado, así que no le mandéis nada. Cy Stone sigue igual.",
        "Bo Lund è andato in pensione. Cy Stone ha cambiato telefono.",
        "Bo Lund is met pensioen, dus die niet meer mailen. Cy Stone belt liever niet.",
        "Bo Lund är pensionerad, så skicka inget mer till honom.",
        "PS: Herr Lund ist leider verstorben.",
        "- Bo Lund: ne plus écrire\n- Cy Stone: nouveau numéro",
        "Unsubscribed: Bo Lund, Zoe Quill",
        "Han pedido no recibir nada más: Bo Lund y Zoe Quill. Cy Stone tiene nuevo número.",
        "Bo (Lund) complained to the chair about our mails, so please leave her out from now on.",
        "NB Bo Lund: n'envoyer plus rien, c'est lui qui l'a demandé",
        "Bo Lund's solicitor wrote: nothing further by e-mail",
    ],
)
def test_a_sentence_is_about_whom_it_names_up_to_the_next_name(text: str) -> None:
    assert typed(text) == ["ada", "cy"]
    below = [[line] for line in text.split("\n")]
    assert mailed(opened(("Press", [*BASE, [], *below]))) == ["ada", "cy"]


@pytest.mark.parametrize(
    "text",
    [
        "Please don't phone Bo Lund before noon. Ada Moss came back from leave.",
        "Bo Lund bitte nicht anrufen, nur mailen.",
        "Please do not pass this list on.",
        "Merci de ne pas diffuser cette liste.",
        "Bo Lund is happy to be mailed twice a week.",
        "Bo Lund took over from Zoe Quill, who retired.",
        "On holiday in May: Bo Lund, Cy Stone",
    ],
)
def test_a_sentence_of_something_else_keeps_nobody_from_mail(text: str) -> None:
    assert typed(text) == ["ada", "bo", "cy"]


def test_a_sentence_about_somebody_heads_nobody_else_out() -> None:
    rows = [*BASE[:3], ["Bo Lund does not want any mail from us"], BASE[3]]
    assert mailed(opened(("Press", rows))) == ["ada", "cy"]


@pytest.mark.parametrize(
    "heading",
    ["AB HIER ALT", "Möchten keine Post", "Ehemalige (nur zur Info)", "Tidligere kontakter", "Please leave out"],
)
def test_a_heading_in_other_words_heads_people_out(heading: str) -> None:
    assert mailed(opened(("Press", [*BASE[:3], [heading], BASE[3]]))) == ["ada", "bo"]


@pytest.mark.parametrize("heading", ["Do not phone", "Nicht vergessen", "Ne pas appeler", "Wieder da"])
def test_a_heading_about_something_else_does_not(heading: str) -> None:
    assert mailed(opened(("Press", [*BASE[:3], [heading], BASE[3]]))) == ["ada", "bo", "cy"]


@pytest.mark.parametrize("heading", ["Cancellati su richiesta", "Removed at their own request:", "Désinscrits"])
def test_people_below_such_a_heading_may_be_named_without_an_address(heading: str) -> None:
    below = [[], [heading], ["Bo Lund", "The Tern"], ["Zoe Quill", "The Heron"]]
    assert mailed(opened(("Press", [*BASE, *below]))) == ["ada", "cy"]


def test_a_heading_that_is_the_house_below_it_is_no_state() -> None:
    text = "The Retired (a magazine)\nEd Pike <ed.pike@theretired.example.org>\n\n"
    text += "Retired\nFi Reed <fi.reed@tern.example.com>\n"
    assert mailed(
        parse_list(io.BytesIO(f"Tern\nDi Horn <di.horn@tern.example.com>\n\n{text}".encode()), name="a.txt")
    ) == [
        "di",
        "ed",
    ]


@pytest.mark.parametrize("heading", ["Mails kommen zurück:", "Disse vil ikke have flere mails:", "E-mails returned:"])
def test_a_line_by_itself_below_people_is_no_header(heading: str) -> None:
    lines = [", ".join(map(str, each)) for each in BASE[1:]]
    text = "\n".join((*lines[:2], "", heading, lines[2]))
    assert mailed(parse_list(io.BytesIO(text.encode()), name="list.txt")) == ["ada", "bo"]


# Mails


@pytest.mark.parametrize("how", ["quoted-printable", "base64", "html", "attached"])
def test_a_saved_mail_is_read_as_it_was_written(how: str) -> None:
    lines = [", ".join(map(str, each)) for each in BASE[1:]]
    lines[1] += " – möchte keine Mails mehr"
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Kim <kim@office.example.org>", "Lou <lou@office.example.org>", "Liste"
    if how == "html":
        mail.set_content("Die Liste steht in der anderen Fassung.")
        mail.add_alternative("".join(f"<p>{line}</p>" for line in lines), subtype="html")
    elif how == "attached":
        mail.set_content("Die Liste hängt an.")
        rows = [",".join([*HEAD, "Notes"]), *(",".join(map(str, [*each, ""])) for each in BASE[1:])]
        mail.add_attachment(
            "\n".join(rows).replace("lund@tern.example.com,", "lund@tern.example.com,unsubscribed"), "csv"
        )
    else:
        mail.set_content("\n".join(("Hallo,", "", *lines)), cte=how)
    assert mailed(parse_list(io.BytesIO(bytes(mail)), name="list.eml")) == ["ada", "cy"]
