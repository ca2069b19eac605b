"""Notes are read to their end: who is barred by a wish in other words, and who is not, since it was undone."""

from __future__ import annotations

import json

import pytest

from mailer.contacts.meaning.marks import find_marks, other_marks, read_wishes
from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact
from tests.contacts.conftest import open_bytes

UNDONE = (
    *("Unsubscribed in error last summer, signed up again on 4 July", "taken off by accident, re-added"),
    *("bounced twice in May, fixed since", "am 2.2. versehentlich abgemeldet", "war gesperrt, seit März wieder aktiv"),
    *("désabonné par erreur, réinscrit le 4 mai", "dado de baja por error, volvió a apuntarse"),
    *("cancellato per sbaglio", "per abuis afgemeld, weer aangemeld", "cancelou por engano, voltou a inscrever-se"),
    *("wypisany omyłkowo, zapisał się ponownie", "avmeldt ved en feil, påmeldt igjen", "avanmäld av misstag"),
    *("poistettu erehdyksessä", "omylem odhlášena, znovu přihlášena", "отписана по ошибке, снова подписана"),
    *("Zustimmung nicht widerrufen, nachgefragt", "consent not withdrawn after all", "nicht mehr gesperrt"),
)
WANTED = (
    *(
        "off the invitations list, releases still wanted: still wants every release",
        "No letters please, everything by email",
    ),
    *(
        "vom Kalender abgemeldet, Pressemitteilungen weiterhin gern",
        "frameldt kalenderen, skal fortsat have pressemeddelelser",
    ),
    *(
        "desinscrito dos convites, comunicados sim",
        "z zaproszeń wypisana, komunikaty nadal",
        "neposílat poštou, posílat mailem",
    ),
    *("от афиши отписан, релизы получать хочет", "unsubscribed from the events newsletter"),
)
OTHERS = (
    *('edits the column "Unsubscribed"', "schreibt die Rubrik „Abgemeldet“", "tient la chronique « Désabonnés »"),
    *("not the John Reed who unsubscribed", "his father died in May", "moved here from the press office"),
    *("Replaces Mr. Stone, who retired", "Remplace M. Roux, parti à la retraite", "before that with a competitor"),
    *("non inviare file pesanti", "new address since May, old one deleted"),
)
GONE = (
    *(
        "died in spring",
        "sadly no longer with us",
        "+ March 2021 (card sent)",
        "verst. 2021",
        "i. R.",
        "mort en 2020",
        "murió en 2020",
    ),
    *(
        "umarł w 2021",
        "umřel 2021",
        "скончался в 2021",
        "menehtyi 2021",
        "gick i pension sommaren 2021",
        "reformou-se em maio",
    ),
    *("now press officer at the waterworks", "jetzt Pressesprecherin der Bahn", "passée au service communication"),
    *(
        "ahora en el gabinete del alcalde",
        "passato all'ufficio stampa",
        "przeszła do biura prasowego",
        "перешёл в пресс-службу",
    ),
    *(
        "no longer a journalist",
        "paper closed in 2020",
        "Zeitschrift eingestellt",
        "hebdo arrêté en 2019",
        "la revista cerró",
    ),
    *("časopis zanikl", "bladet er lukket", "tidningen nedlagd", "газета закрылась", "czasopismo zlikwidowane"),
    *(
        "user unknown",
        "ukendt adresse",
        "adres nie istnieje",
        "adresa neexistuje",
        "endereço inexistente",
        "адрес не существует",
    ),
    *("nobody reads this address any more: this mailbox is no longer read", "läser inte den här adressen längre"),
)
BARRED = (
    *("the chief executive barred her from all mailings", "none of our mails, she said", "no releases to this agency"),
    *(
        "threatened us with a lawyer",
        "droht mit Anwalt",
        "a menacé de saisir la CNIL",
        "ha minacciato di andare dal Garante",
    ),
    *("exige o apagamento dos dados", "vill ha sina uppgifter raderade", "has complained to the mayor, please remove"),
    *("aus allen Verteilern nehmen", "de retirar de todas las listas", "har bett om att bli struken ur alla register"),
    *("DO NOT MAIL! was mailed by mistake in May", "signed up again in May, asked to be removed in June"),
    *("Spam-Beschwerde", "plainte pour spam", "skarga na spam"),
)

SPOKEN = (
    '"Leave me alone, the lot of you." Card stays so we don\'t ask again',
    "rang to say would we kindly lose his details",
    "wants to hear nothing from this office ever again, was rather rude about it",
    "says our stuff goes straight in the bin and we may as well save ourselves the bother",
    "handed in his notice, desk cleared on 3 May",
    "her last day was 30 June",
    "mail to him now returns undelivered",
    "now runs comms for the bus company",
    "head of media at the water board these days",
    "his solicitor wrote: one more mail and they'll sue",
    "strike her name, she said, goodbye and good riddance",
    "has had it up to here with our emails. off.",
    '"Lassen Sie mich bitte in Frieden." (Anruf 4.3.)',
    "möchte künftig von uns verschont bleiben",
    "hat die Nase voll von unseren Mails",
    "bittet darum, seine Adresse aus unserer Kartei zu tilgen",
    "inzwischen Sprecherin der Stadtwerke",
    "letzter Arbeitstag war der 30.6.",
    "Mails an ihn kommen seit Mai als unzustellbar zurück",
    "„Streichen Sie meinen Namen, danke.“",
    "legt keinen Wert mehr auf unsere Zuschriften",
    "« fichez-moi la paix avec vos communiqués »",
    "prie de bien vouloir oublier son adresse",
    "en a assez de nos envois, l'a dit deux fois",
    "dernier jour à la rédaction le 30 juin",
    "dirige désormais la communication de la mairie",
    "ne désire plus aucun courrier de notre part",
    "a fait savoir qu'il ne fallait plus lui adresser quoi que ce soit",
    "«déjenme en paz, por favor»",
    "está harto de nuestros correos",
    "ruega que olvidemos su dirección",
    "su último día en el diario fue el 30 de junio",
    "ahora dirige la comunicación del ayuntamiento",
    "los mensajes nos vienen devueltos",
    "«lasciatemi in pace, grazie»",
    "non ne può più delle nostre mail",
    "prega di dimenticare il suo indirizzo",
    "ultimo giorno in redazione il 30 giugno",
    "adesso cura la comunicazione del comune",
    "i messaggi ci tornano tutti indietro",
    '"laat me met rust"',
    "heeft schoon genoeg van onze mails",
    "vraagt of we haar naam willen doorhalen",
    "laatste werkdag was 30 juni",
    "is nu woordvoerder van de gemeente",
    "stelt geen prijs meer op onze berichten",
    "«deixem-me em paz com os vossos mails»",
    "está farta dos nossos emails",
    "agora dirige a comunicação da câmara",
    "pede que esqueçamos o endereço dela",
    '"lämna mig i fred"',
    "är trött på våra utskick och vill slippa dem",
    "har fået nok af vores mails",
    "sidste arbejdsdag var 30. juni",
    "er nå kommunikasjonssjef i kommunen",
    "„proszę dać mi spokój”",
    "ma dość naszych maili",
    "prosi, by zapomnieć o jej adresie",
    "ostatni dzień pracy 30 czerwca",
    "もう送ってくれるなと言われた",
    "O-Ton am Telefon: „Ersparen Sie mir das in Zukunft.“",
    "take my name off, thanks",
    "rang to ask would we take her off the list",
    "gave in her notice, last day was 3 May",
    "unhappy about the March mailing, wants no further letters from us",
)
LOOK_ALIKE = (
    "leave the desk number alone, it rings in the print hall",
    "lost our address last year, sent it again",
    "hears badly, speak up",
    "says the bin lorry story was the best thing we ever did",
    "hand deliver samples, her desk is by the door",
    "her last column appeared on 3 May, she is news editor since",
    "returns calls late, be patient",
    "covers comms and telecoms for the paper",
    "used to be head of media at the water board",
    "sued the council once, ask her about it",
    "spell her name with an e, she said",
    "has had enough of phone pitches, mail is fine",
    "gave notice on her flat, new postal address to follow",
    "off sick until 12 March",
    "no longer the sports editor, does news now",
    "stopped doing the breakfast show, still at the station",
    "lässt sich ungern am Telefon stören, Mail ist gut",
    "möchte von Anrufen verschont bleiben",
    "hat von PDF-Anhängen die Nase voll",
    "war früher Sprecherin der Stadtwerke",
    "letzter Abgabetermin ist der 15.",
    "kommt im Mai aus der Elternzeit zurück",
    "streicht gern am Text herum",
    "legt Wert auf korrekte Titel",
    "erscheint nicht mehr gedruckt, nur noch online",
    "n'a pas de portable, pas la peine d'appeler",
    "oublie toujours les embargos, le lui rappeler",
    "en a assez des coups de fil, préfère le courriel",
    "dernier délai le 15 du mois",
    "couvre la communication et les médias",
    "ne désire plus recevoir les invitations, les communiqués oui",
    "revient de congé le 3 mai",
    "ne fait plus la page sports",
    "está harta de llamadas, mejor correo",
    "olvida las fechas, recordárselo",
    "el último número sale el 30 de junio",
    "antes dirigía la comunicación del ayuntamiento",
    "devuelve las llamadas por la tarde",
    "no le llegan los archivos grandes",
    "non ne può più delle telefonate, meglio la mail",
    "dimentica sempre gli appuntamenti",
    "ultimo giorno utile per la consegna: il 15",
    "prima curava la comunicazione del comune",
    "torna dalle ferie il 3 maggio",
    "non segue più lo sport",
    "heeft schoon genoeg van telefoontjes, mailen is prima",
    "laatste inleverdag is de 15e",
    "was vroeger woordvoerder van de gemeente",
    "stelt prijs op foto's",
    "doet de sportpagina niet meer",
    "está farta de telefonemas, prefere email",
    "antes dirigia a comunicação da câmara",
    "esquece-se dos prazos",
    "är trött på telefonsamtal, mejl går bra",
    "sista stoppdag är den 15:e",
    "har fået nok af telefonopkald, mail er fint",
    "var før kommunikasjonssjef i kommunen",
    "ma dość telefonów, woli maile",
    "ostatni dzień na materiały: 15",
    "dawniej rzeczniczka urzędu, teraz dziennikarka",
    "電話はもうしないでほしい、メールは歓迎",
    "said drop me a line any time",
    "erhält ab Mai unsere Meldungen",
    "está de acuerdo con los correos",
    "she wants the diary in May, mail in Mai too",
)


# of Winifred Hales
OWN_WORDS = (
    *("Winnie died in February. Very much missed.", "Mrs Hales has retired", "Frau Hales ist verstorben"),
    *("Mme Hales est à la retraite", "Winnie hat aufgehört", "Hales ya no trabaja aquí", "W. Hales left in May"),
    *('"No more bumf"', '"Nope, not for me, ta"', "A exercé son droit d'opposition (RGPD, courrier recommandé)"),
    *("Furious. Says one more e-mail from us and he goes to the regulator", "hat dankend abgelehnt"),
    *("complained to the chair, so please leave her out", "tackade nej till pressmeddelanden", "har gått bort"),
    *("è venuta a mancare in aprile", "gave up journalism", "hat den Beruf gewechselt", "s'est reconvertie"),
)
OWN_WORDS_OF_ELSE = (
    *("Winnie took over from Bob, who died in May", "her mother died in February, be kind", "obituaries editor"),
    *("Winnie left a message, call back", "Winnie and Mr Hales share a desk", "left-handed, needs a left seat"),
    *(
        '"Stop Press" columnist',
        "«jamais le lundi»",
        "„Mails gern, aber bitte nicht anrufen“",
        '"Never Again" podcast host',
    ),
    *("declined our invitation to dinner, wants the releases", "tackade nej till middagen", "regulators are her beat"),
    *(
        "mornings only by phone, mail any time",
        "maternity leave till next spring",
        "Never replies. Asks for mail early",
    ),
)


# What rules and weights only know together; no scale is fitted on these.
LIMITED = (
    *("unsubscribed from the members' magazine only", "anuló sólo las invitaciones a los estrenos"),
    *("cancelou apenas os convites para jantares", "nur vom Kundenbrief abgemeldet"),
    *("print edition folded, the site carries on", "l'édition sur papier a cessé", "紙版は休刊、サイトは続く"),
    *("~~nicht mehr anschreiben~~ doch wieder, Okt.", "could you stop sending huge files"),
)


def _judged(note: str, heading: str = "Notes", name: str = "Ada Brook") -> str:
    header, row = ["Name", "E-mail", "Outlet", heading], [name, "ada@lantern.example.com", "Lantern", note]
    columns = {"name": 0, "email": 1, "outlet": 2} | ({"note": 3} if heading == "Notes" else {})
    marks = find_marks(header, columns, [row])
    wish, still_open = read_wishes(row, marks, other_marks(header, columns, marks, 4))
    return "out" if wish else "open" if still_open else "in"


@pytest.mark.parametrize("note", [*UNDONE, *WANTED, *OTHERS, *LOOK_ALIKE, *LIMITED])
def test_who_came_back_or_wants_the_releases_or_is_not_meant_is_mailed(note: str) -> None:
    assert _judged(note) != "out"


@pytest.mark.parametrize("note", [*GONE, *BARRED, *SPOKEN])
def test_who_is_gone_or_barred_in_other_words_is_left_out(note: str) -> None:
    assert _judged(note) == "out"


@pytest.mark.parametrize("note", OWN_WORDS)
def test_a_note_that_names_its_person_or_quotes_them_is_about_them(note: str) -> None:
    assert _judged(note, name="Winifred Hales") == "out"


@pytest.mark.parametrize("note", OWN_WORDS_OF_ELSE)
def test_a_note_in_such_words_about_something_else_bars_nobody(note: str) -> None:
    assert _judged(note, name="Winifred Hales") != "out"


def _answers(heading: str, *cells: str) -> list[str]:
    rows = [[f"ada{number}@lantern.example.com", cell] for number, cell in enumerate(cells)]
    header = ["E-mail", heading]
    marks = find_marks(header, {"email": 0}, rows)
    others = other_marks(header, {"email": 0}, marks, 2)
    return [cell for cell, row in zip(cells, rows, strict=True) if read_wishes(row, marks, others)[0]]


@pytest.mark.parametrize(
    "heading, yes, no",
    [
        *[
            ("E-Mail blockiert", "Ja", "Nein"),
            ("Spärrad", "ja", "nej"),
            ("Estetty", "kyllä", "ei"),
            ("Retired", "Y", ""),
        ],
        *[("Заблокирован", "да", "нет"), ("Décédé", "oui", "non"), ("Outlet closed", "true", "false")],
        *[
            ("Fecha baja", "12/03/2021", ""),
            ("Fecha de baja", "sí (sin fecha, correo de junio)", ""),
            ("Datum uitschrijving", "12-03-2021", ""),
            ("ausgeschieden zum", "31.12.21", ""),
        ],
        *[("Deliverable", "no", "yes"), ("email_valid", "0", "1"), ("Får pressmeddelanden", "nej", "ja")],
        *[("Bounces hart", "3", "0"), ("Letzter Bounce", "hard 7.1.2023", "soft 3.1.2023")],
        *[
            ("Ne pas autoriser les e-mails", "Ne pas autoriser", "Autoriser"),
            ("Legal basis", "withdrawn", "legitimate interest"),
        ],
    ],
)
def test_a_heading_that_is_a_state_bars_those_of_whom_it_is_said(heading: str, yes: str, no: str) -> None:
    assert _answers(heading, no, no, no, yes) == [yes]


@pytest.mark.parametrize("heading", ["SMS blockiert", "Nevolat", "Phone blocked", "Bounced Soft", "Visible", "Actions"])
def test_a_heading_about_something_else_bars_nobody(heading: str) -> None:
    assert _answers(heading, "0", "0", "0", "1") == []


def _mailed(content: object) -> tuple[list[str], ListFile]:
    found = open_bytes(json.dumps(content).encode(), "list.json")
    return [str(each.address) for each in found.entries() if isinstance(each, Contact)], found


def test_the_people_of_an_outlet_in_json_are_rows_with_what_is_said_of_the_outlet() -> None:
    def person(name: str, **more: object) -> dict[str, object]:
        return {"name": name, "emails": [{"kind": "work", "value": f"{name.lower()}@lantern.example.com"}], **more}

    outlets = [
        {"outlet": "Lantern", "closed": False, "people": [person("Ada", dnc=False), person("Bob", dnc=True)]},
        {"outlet": "Do Not Disturb (hotels)", "closed": False, "people": [person("Cy", dnc=False)]},
        {"outlet": "Anchor", "closed": True, "people": [person("Di", dnc=False)]},
    ]
    assert _mailed({"made": "2026-01-01", "outlets": outlets})[0] == [
        "ada@lantern.example.com",
        "cy@lantern.example.com",
    ]


@pytest.mark.parametrize("key", ["blocklist", "sperrliste", "unsubscribed", "hard_bounces", "désinscrits"])
def test_addresses_under_a_name_that_says_so_are_left_out_everywhere_and_told(key: str) -> None:
    people = [{"email": f"{name}@lantern.example.com", "status": "active"} for name in ("ada", "bob", "cy")]
    mailed, found = _mailed({"contacts": people, key: {"why": "asked", "who": ["bob@lantern.example.com"]}})
    assert mailed == ["ada@lantern.example.com", "cy@lantern.example.com"]
    assert any(f'the addresses under "{key}" are left out everywhere' in each.message for each in found.problems)


def test_the_longest_list_of_a_file_is_not_the_one_of_those_who_are_out() -> None:
    out = [f"{name}@lantern.example.com" for name in ("bob", "cy", "di")]
    assert _mailed({"active": [{"email": "ada@lantern.example.com"}], "bounced": out})[0] == ["ada@lantern.example.com"]


def test_a_page_has_menus_tick_boxes_and_headings_over_its_tables() -> None:
    menu = "<td><a href='#'>Edit</a> | <a href='#'>Unsubscribe</a> | <a href='#'>Delete</a></td>"
    head = "<table><tr><th>E-mail</th><th>Newsletter</th><th>Actions</th></tr>"

    def row(name: str, checked: str = "checked") -> str:
        return f"<tr><td>{name}@lantern.example.com</td><td><input type='checkbox' {checked}></td>{menu}</tr>"

    active = f"<h2>Active</h2>{head}{row('ada')}{row('bob')}{row('cy', '')}</table>"
    page = f"<html><body>{active}<h2>Unsubscribed</h2>{head}{row('bob')}{row('di')}</table></body></html>"
    found = open_bytes(page.encode(), "page.html")
    assert [str(each.address) for each in found.entries() if isinstance(each, Contact)] == ["ada@lantern.example.com"]


def test_a_sign_behind_a_name_is_what_the_legend_says_and_one_sorted_to_the_end_is_set_aside() -> None:
    rows = ("Ada B;ada", "Bob B*;bob", "zz Cy B;cy", "Di B (inactive);di", "Ed B;ed")
    body = "\n".join(f"{row}@lantern.example.com;Lantern" for row in rows)
    found = open_bytes(f"Name;E-mail;Outlet\n{body}\n\n* = wants no more mails\n")
    mailed = [each.address.local for each in found.entries() if isinstance(each, Contact)]
    assert mailed == ["ada", "ed"]


@pytest.mark.parametrize(
    "heading, out, kept",
    [("Kanal", "Telefon", "Mail"), ("Contact by", "post", "e-mail"), ("Frequency", "never", "weekly")],
)
def test_another_way_than_mail_is_none_to_mail_by(heading: str, out: str, kept: str) -> None:
    assert _answers(heading, kept, kept, out, kept) == [out]


@pytest.mark.parametrize("heading", ["Replaced by", "Nachfolgerin", "Remplacé par", "Opvolger"])
def test_who_has_been_replaced_is_gone(heading: str) -> None:
    assert _answers(heading, "", "", "Zoe Reed", "") == ["Zoe Reed"]


def test_what_a_server_said_of_an_address_is_a_state() -> None:
    assert _answers("Last result", "delivered", "550 5.1.1 user unknown", "452 mailbox full", "delivered") == [
        "550 5.1.1 user unknown"
    ]
