"""Legends, rules and hidden rows: a list's own explanations of its signs, codes, columns and rows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl.styles import PatternFill

from mailer.contacts.files import Choices
from mailer.contacts.folding import fold
from mailer.contacts.reading import parse_list
from mailer.contacts.values import Contact
from tests.contacts.test_sheets_and_sentences import BASE, HEAD, Rows, mailed, opened


def row(name: str, *more: Any, outlet: str = "The Tern") -> list[Any]:
    first, last = re.findall("[A-Z][a-z]+", name)[:2]
    return [name, outlet, f"{first.lower()}.{last.lower()}@tern.example.com", *more]


def as_csv(rows: Rows) -> list[str]:
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(rows)
    return mailed(parse_list(io.BytesIO(out.getvalue().encode()), name="list.csv"))


# Signs


SIGNS = (
    ("Bo Lund *", "Cy Stone †", ["* asked not to be mailed", "† weekly, so mail early"]),
    ("Bo Lund ‡", "Cy Stone †", ["‡ bitte nicht mehr anschreiben", "† Redaktion tagt montags"]),
    ("Bo Lund ²", "Cy Stone ¹", ["¹ prefiere el correo", "² se ha dado de baja"]),
    ("Bo Lund (x)", "Cy Stone (o)", ["(x) ne veut plus de communiqués", "(o) pigiste"]),
    ("** Bo Lund", "* Cy Stone", ["* = vuole le esclusive; ** = non vuole più ricevere nulla"]),
    ("Bo Lund °", "Cy Stone #", ["# geen bijlagen a.u.b.", "° overleden"]),
    ("Bo Lund §", "Cy Stone +", ["§: samtycket återkallat", "+: läser bara på kvällen"]),
    ("※ Bo Lund", "◎ Cy Stone", ["※ 配信停止", "◎ 重要"]),
    ("Bo Lund (2)", "Cy Stone (1)", ["(1) freelance", "(2) told us she'd rather we stopped writing to her"]),
    ("Bo Lund*", "Cy Stone**", ["*) nur noch telefonisch erreichbar, keine Mails", "**) Chefredaktion"]),
    ("Bo Lund 1)", "Cy Stone 2)", ["1) has asked to be taken off", "2) new since May"]),
    ("Bo Lund [x]", "Cy Stone [n]", ["[x] left the paper", "[n] new"]),
    ("Bo Lund -", "Cy Stone +", ["- wants nothing from us", "+ wants everything"]),
    ("Bo Lund (R)", "Cy Stone (F)", ["R = retired, F = freelance"]),
    ("Bo Lund (abg.)", "Cy Stone (neu)", ["abg. = abgemeldet, neu = seit 2024"]),
)


@pytest.mark.parametrize("bo, cy, legend", SIGNS)
@pytest.mark.parametrize("place", ["below", "above", "beside", "sheet"])
def test_a_sign_means_what_the_list_says_it_means(bo: str, cy: str, legend: list[str], place: str) -> None:
    rows: Rows = [HEAD, row("Ada Moss"), row(bo), row(cy)]
    lines: Rows = [[line] for line in legend]
    if place == "beside":
        beside = [[*each, None, None, *line] for each, line in zip(rows[1:], [*lines, *[[]] * 2], strict=False)]
        assert mailed(opened(("Press", [HEAD, *beside]))) == ["ada", "cy"]
    elif place == "sheet":
        assert mailed(opened(("Press", rows), ("Notes", lines))) == ["ada", "cy"]
    else:
        whole = [*rows, [], *lines] if place == "below" else [*lines, [], *rows]
        assert mailed(opened(("Press", whole))) == ["ada", "cy"]
        assert as_csv(whole) == ["ada", "cy"]


@pytest.mark.parametrize(
    "legend",
    [
        ["* freelance", "† no attachments please"],
        ["* = nicht anrufen", "† = erscheint nicht mehr gedruckt, nur online"],
        ["* ne pas appeler avant 10 h", "† en congé jusqu'en mai"],
        ["* 金曜休み", "† 添付ファイルなし"],
        ["* abonneert zich op de agenda", "† stopte bij onze stand"],
        ["* Stand 2023, bitte prüfen", "† Please note: the list is confidential, do not forward"],
    ],
)
def test_a_sign_that_means_something_else_keeps_nobody_from_mail(legend: list[str]) -> None:
    rows: Rows = [HEAD, row("Ada Moss"), row("Bo Lund *"), row("Cy Stone †"), [], *([line] for line in legend)]
    assert mailed(opened(("Press", rows))) == ["ada", "bo", "cy"]
    assert as_csv(rows) == ["ada", "bo", "cy"]


# Codes

LIVE, DE, FR = ["live", "refused", "resting"], ["dabei", "raus", "Pause"], ["ok", "retiré", "attente"]


@pytest.mark.parametrize(
    "heading, legend, codes",
    [
        ("Prio", "Prio: 1 = immer, 2 = selten, 3 = auf eigenen Wunsch nie wieder", "231"),
        ("Rating", "Rating: A = top, B = ok, C = has had enough of us, leave in peace", "ACB"),
        ("Code", "0 = don't send, 1 = send, 2 = send early", "102"),
        ("Kat.", "Kat. 1: exklusiv · Kat. 2: normal · Kat. 3: will nichts mehr von uns", "132"),
        ("Classe", "Classe 1 = priorité, 2 = standard, 3 = a demandé à ne plus être contacté", "231"),
        ("Kz", "K = Kein Versand (auf Wunsch), V = Vorabinfo", "VK "),
        ("Estado", "S = sí, N = no quiere recibir nada, P = por correo postal también", "SNP"),
        ("Cat", "Key (Cat): 5 – best friends; 3 – fine; 0 – off the list at their own request", "503"),
        ("Tier", "Tier 3 - do not contact again", "132"),
        ("Stars", "Stars: * casual, ** regular, *** never again", ["*", "***", "**"]),
        ("Samtycke", "Lista – samtycke: ja = skicka; nekat / återtaget = skicka inget", ["ja", "nekat", "ja"]),
        ("State", "# state: live = gets mail, resting = gets mail, do not ring, ended / refused = gets nothing", LIVE),
        (
            "Status",
            "Status: dabei = bekommt alles, Pause = bekommt alles, aber nicht anrufen, raus = bekommt nichts",
            DE,
        ),
        ("Status", "aktiv = får utskick, avslutad / avböjt = får inget", ["aktiv", "avböjt", "aktiv"]),
        ("OK?", "☑ = må få mail, ☐ = har sagt nej tak", "☑☐☑"),
        ("Tags", "np = ne plus envoyer / pj = sans pièce jointe", ["vip, pj", "vip, np", "pj"]),
        ("Etat", "Etat : ok = envoyer ; attente = envoyer, ne pas appeler ; refus / retiré = ne rien envoyer", FR),
        ("M", "* = monthly, ! = chair knows them, ~ = check, - = unsubscribed, gets nothing", "*-!"),
        ("Grp", "A, B = mail weekly; X, Y = asked to be dropped", "AYB"),
        ("Status", "Status: 1 aktiv, 2 ruht, 3 gesperrt", "132"),
        ("Code", "Codes: ok - fine; nm - no mail; tel - phone first", ["ok", "nm", "tel"]),
        ("Mailing", "ja = alle Meldungen, nein = will keine, evtl = nur Kultur", ["ja", "nein", "evtl"]),
        ("Prio", "Prio 5 heißt: nie wieder anschreiben!", "152"),
        ("Kategoria", "K1 – priorytet, K2 – reszta, K9 – wypisani na własną prośbę", ["K1", "K9", "K2"]),
        (
            "Tier",
            "Tier 1 gets it a day early; tier 2 on the day; tier 3 never asked for it, so nothing for them",
            "132",
        ),
    ],
)
def test_a_code_means_what_the_legend_of_its_column_says(heading: str, legend: str, codes: str | list[str]) -> None:
    rows: Rows = [["No.", *HEAD, heading]]
    rows += [
        [str(at), *row(name), code]
        for at, (name, code) in enumerate(zip(("Ada Moss", "Bo Lund", "Cy Stone"), codes, strict=True), start=1)
    ]
    assert as_csv([[legend], [], *rows]) == ["ada", "cy"]
    assert mailed(opened(("Press", [*rows, [], [legend]]))) == ["ada", "cy"]
    assert mailed(opened(("Press", rows), ("Key", [[legend]]))) == ["ada", "cy"]


@pytest.mark.parametrize(
    "heading, legend, codes",
    [
        ("Prio", "Prio: 1 = immer, 2 = selten, 3 = nie vor 10 Uhr anrufen", "231"),
        ("Rating", "Rating: A = top, B = ok, C = no attachments", "ACB"),
        ("Region", "1 = nord, 2 = sud, 3 = ouest", "132"),
        (
            "Tier",
            "gold = no phone calls, silver = never before ten, bronze = no attachments",
            ["gold", "silver", "bronze"],
        ),
        ("Prio", "Prio 3: nur bei Bedarf, Prio 4: keine Anhänge", "343"),
        ("Kat", "1: Print 2: Radio 3: TV", "123"),
    ],
)
def test_a_code_that_means_something_else_keeps_nobody_from_mail(heading: str, legend: str, codes: str) -> None:
    rows: Rows = [["No.", *HEAD, heading]]
    rows += [
        [str(at), *row(name), code]
        for at, (name, code) in enumerate(zip(("Ada Moss", "Bo Lund", "Cy Stone"), codes, strict=True), start=1)
    ]
    assert as_csv([[legend], [], *rows]) == ["ada", "bo", "cy"]


def test_a_glossary_on_another_sheet_explains_codes_of_several_words() -> None:
    rows: Rows = [[*HEAD, "Stage"], row("Ada Moss", "Warm"), row("Bo Lund", "Sunset"), row("Cy Stone", "Quiet lately")]
    meanings: Rows = [["Stage", "Meaning"], ["Sunset", "Left the title. Do not send."], ["Quiet lately", "no opens"]]
    assert mailed(opened(("Press", rows), ("Glossary", meanings))) == ["ada", "cy"]


def test_columns_that_blank_ones_part_are_columns_of_the_table() -> None:
    rows: Rows = [["Name", None, "Outlet", "Email", None, "Rating"]]
    rows += [[name, None, *rest, None, code] for (name, *rest), code in zip(BASE[1:], "AXA", strict=True)]
    assert mailed(opened(("Press", [*rows, [], ["A – often"], ["X – told us never to mail again"]]))) == ["ada", "cy"]


def test_a_tick_under_a_flag_is_no_code_of_something_else() -> None:
    rows: Rows = [[*HEAD, "Opt-out"], row("Ada Moss", ""), row("Bo Lund", "x"), row("Cy Stone", "")]
    assert as_csv([["x = entered by Jo"], [], *rows]) == ["ada", "cy"]


# Rules


@pytest.mark.parametrize(
    "rule, heading, cells",
    [
        ("Chi non ha la data del consenso NON va contattato", "Consenso del", ["2.10.2023", "", "5.10.2023"]),
        ("Ohne Einwilligungsdatum darf niemand angeschrieben werden!", "Einwilligung vom", ["2.10.23", "", "5.10.23"]),
        ("No consent date = no mail.", "Consent received", ["2023-10-02", "", "2024-01-05"]),
        ("Only people with a date under GDPR ok may be mailed", "GDPR ok", ["02/10/23", "", "05/01/24"]),
        ("Sin fecha de autorización no se envía nada", "Autorización", ["2/10/2023", "", "5/1/2024"]),
        ("Sans date d'accord : ne rien envoyer", "Accord reçu le", ["02/10/2023", "", "05/01/2024"]),
        ("Anyone with a date in the column 'Quit' must not be mailed", "Quit", ["", "2023-10-02", ""]),
        ("Kreuz bei 'Ruhe' = bitte nicht mehr anschreiben", "Ruhe", ["", "x", ""]),
        ("Een kruisje in kolom Pauze: niet meer mailen", "Pauze", ["", "x", ""]),
        ("Kontakte ohne Häkchen bei DSGVO dürfen keine Mails bekommen", "DSGVO ok", ["x", "", "x"]),
        ("Nur Personen mit Datum in Spalte D dürfen angeschrieben werden", "Stand", ["2.3.23", "", "2.4.23"]),
        ("Solo quien tiene fecha de consentimiento puede recibir correos", "Consentimiento", ["2/3/23", "", "2/4/23"]),
        ("Pas d'accord RGPD, pas de mail.", "RGPD", ["oui le 2/3", "", "oui le 4/5"]),
        ("Enbart de som har ett datum under Samtycke får få utskick", "Samtycke", ["2023-02-03", "", "2023-05-03"]),
        ("If there's anything in the Ring-fence column, leave them alone", "Ring-fence", ["", "Jo", ""]),
        ("Só podemos escrever a quem tem data na coluna D.", "Consentimento", ["2/3/2023", "", "2/4/2023"]),
        ("If 'Last reply' is blank please don't email them again", "Last reply", ["2023-10-02", "", "2023-10-05"]),
    ],
)
def test_a_rule_above_the_table_is_about_the_column_it_names(rule: str, heading: str, cells: list[str]) -> None:
    people = zip(("Ada Moss", "Bo Lund", "Cy Stone"), cells, strict=True)
    rows: Rows = [[*HEAD, heading], *(row(name, cell) for name, cell in people)]
    assert as_csv([[rule], [], *rows]) == ["ada", "cy"]
    assert mailed(opened(("Press", [*rows, [], [rule]]))) == ["ada", "cy"]


@pytest.mark.parametrize(
    "rule, heading",
    [
        ("Please don't phone anybody without a note in the column Phone hours", "Phone hours"),
        ("Who has no invitation date was not at the gala", "Invitation sent"),
        ("Bitte nicht ohne Termin anrufen", "Termin"),
        ("Do not send attachments to those with an x under Small inbox", "Small inbox"),
        ("Contacts without small inbox get all releases", "Small inbox"),
        ("With a date in 'Interview': do not send the long version", "Interview"),
        ("Datum des letzten Kontakts bitte immer eintragen", "Letzter Kontakt"),
    ],
)
def test_a_rule_about_something_else_keeps_nobody_from_mail(rule: str, heading: str) -> None:
    rows: Rows = [[*HEAD, heading], row("Ada Moss", "x"), row("Bo Lund", ""), row("Cy Stone", "x")]
    assert as_csv([[rule], [], *rows]) == ["ada", "bo", "cy"]


# Hidden rows


@pytest.mark.parametrize(
    "legend, out",
    [
        ("Rows hidden by Jo: they asked us to stop.", True),
        ("Ausgeblendete Zeilen = wollen keine Post mehr von uns", True),
        ("Lignes masquées : ne plus contacter", True),
        ("Filas ocultas: bajas", True),
        ("Le righe nascoste non vanno più contattate", True),
        ("Verborgen rijen: niet meer mailen", True),
        ("Dolda rader = har avsagt sig våra utskick", True),
        ("NB (Jo): don't unhide! The hidden rows are people who have told us to stop – never mail them.", True),
        ("Hidden rows: the weeklies, mail them as usual", False),
        ("", False),
    ],
)
def test_a_hidden_row_is_what_the_list_says_and_told_where_it_says_nothing(legend: str, *, out: bool) -> None:
    def hide(book: Any) -> None:
        book.worksheets[0].row_dimensions[5].hidden = True

    rows: Rows = [[legend], [], HEAD, row("Ada Moss"), row("Bo Lund"), row("Cy Stone")]
    found = opened(("Press", rows), change=hide)
    assert mailed(found) == ["ada"] + ["bo"] * (not out) + ["cy"]
    assert [each.code for each in found.problems].count("hidden-rows") == (not out)


# Colours


@pytest.mark.parametrize(
    "legend, out",
    [
        ("Greyed-out = not to be mailed", True),
        ("Fond gris : a demandé à sortir du fichier", True),
        ("Shaded rows asked us to stop", True),
        ("Farbig unterlegte Zeilen: kein Versand mehr", True),
        ("Highlighted names: leave out", True),
        ("grey = Jo's contacts", False),
        ("Grau = freitags nicht da", False),
        ("Highlighted: new this year", False),
    ],
)
def test_a_colour_is_named_in_the_offices_own_words(legend: str, *, out: bool) -> None:
    assert mailed(opened(("Press", [[legend], [], *BASE]), change=_filled("A5"))) == (
        ["ada", "cy"] if out else ["ada", "bo", "cy"]
    )


def test_a_heading_that_begins_like_a_colour_explains_none() -> None:
    rows: Rows = [["Redakcja", "Nazwisko", "E-mail"], *([outlet, name, email] for name, outlet, email in BASE[1:])]
    legend: Rows = [[], ["czerwone tło: nie życzą sobie wiadomości"]]
    assert mailed(opened(("Prasa", [*rows, *legend]), change=_filled("A3", "A6"))) == ["ada", "cy"]


@pytest.mark.parametrize("legend", ["these have said no", "diese bitte in Ruhe lassen"])
def test_a_cell_in_the_colour_of_peoples_rows_is_about_these(legend: str) -> None:
    assert mailed(opened(("Press", [[legend], [], *BASE]), change=_filled("A1", "A5"))) == ["ada", "cy"]


def test_a_heading_in_a_colour_of_its_own_heads_the_people_below_it() -> None:
    rows = [*BASE[:3], ["Unsubscribed"], BASE[3]]
    assert mailed(opened(("Press", rows), change=_filled("A4"))) == ["ada", "bo"]


def _filled(*places: str) -> Callable[[Any], object]:
    def change(book: Any) -> None:
        for place in places:
            book.worksheets[0][place].fill = PatternFill("solid", fgColor="FFD9D9D9")

    return change


def test_a_rule_is_told_and_can_be_decided_about() -> None:
    rule = "No consent date = no mail."
    text = f"{rule};;\nName;Consent;Email\nAda;2.3.23;ada@tern.example.com\nBo;;bo@tern.example.com\n"
    found = parse_list(io.BytesIO(text.encode()), name="list.csv")
    assert mailed(found) == ["ada@tern"]
    assert "rule-read" in [each.code for each in found.problems]
    assert [(each.line, each.text, each.asks) for each in found.wish_texts()] == [(1, rule, True)]
    decided = parse_list(io.BytesIO(text.encode()), name="list.csv", choices=Choices(wishes={fold(rule): False}))
    assert mailed(decided) == ["ada@tern", "bo@tern"]


def test_what_staff_decided_about_a_code_goes_before_the_legend() -> None:
    text = "Prio: 1 = always; 9 = never again\nPrio;Name;Email\n"
    text += "1;Ada Moss;ada.moss@tern.example.com\n9;Bo Lund;bo.lund@tern.example.com\n"
    found = parse_list(io.BytesIO(text.encode()), name="list.csv")
    assert mailed(found) == ["ada"]
    assert [(each.text, each.asks, each.is_decided) for each in found.wish_texts()] == [("9", True, False)]
    for wishes, left in (({"9": False}, ["ada", "bo"]), ({"1": True}, []), ({"1": True, "9": False}, ["bo"])):
        assert mailed(parse_list(io.BytesIO(text.encode()), name="list.csv", choices=Choices(wishes=wishes))) == left


def test_a_name_is_told_without_the_sign_that_the_legend_explains() -> None:
    found = opened(("Press", [HEAD, row("Ada Moss †"), [], ["† exclusives first, 24 hours ahead"]]))
    assert [each.fields["name"] for each in found.entries() if isinstance(each, Contact)] == ["Ada Moss"]


def test_a_row_of_somebody_without_an_address_explains_nothing() -> None:
    rows: Rows = [[*HEAD, "Bounce", "Remarks"], row("Ada Moss", "0", ""), row("Bo Lund", "1", "")]
    rows += [["Cy Stone", "The Tern", "", "0", "no e-mail"], ["Di Horn", "The Tern", "", "0", "has no mail, fax 0 30"]]
    assert as_csv(rows)[:1] == ["ada"]


def test_a_heading_that_begins_with_an_answer_explains_no_code() -> None:
    rows: Rows = [[*HEAD, "No Bulk Emails (User Opt Out)"], row("Ada Moss", "No"), row("Bo Lund", "Yes")]
    assert as_csv(rows) == ["ada"]


def test_a_legend_that_a_delimiter_cuts_keeps_its_codes_apart() -> None:
    legend = ["Ufficio stampa, consenso: sì = si può scrivere", "revocato / negato = vietato scrivere"]
    codes = ["sì", "revocato", "negato"]
    names = ["Ada Moss", "Bo Lund", "Cy Stone"]
    rows: Rows = [legend, [*HEAD, "consenso"], *(row(*each) for each in zip(names, codes, strict=True))]
    assert as_csv(rows) == ["ada"]


def test_what_explains_that_crossed_out_lines_are_out_heads_nobody() -> None:
    text = "PRESSE (les lignes entre ~~ sont rayées, ne plus écrire)\nAda Moss, ada.moss@tern.example.com\n"
    assert mailed(parse_list(io.BytesIO(text.encode()), name="list.txt")) == ["ada"]


def test_a_letter_that_is_another_code_only_to_a_pattern_is_none() -> None:
    text = "Kod;Name;Email\ni;Ada Moss;ada.moss@tern.example.com\n\nİ asked not to be mailed\n"
    assert mailed(parse_list(io.BytesIO(text.encode()), name="list.csv")) == ["ada"]
