"""Wishes in whatever cell staff typed them: left out, or shown for a decision."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment

from mailer.contacts.exporting import render_csv
from mailer.contacts.files import Choices
from mailer.contacts.folding import fold
from mailer.contacts.reading import ListFile, parse_list
from mailer.contacts.values import Contact, LeftOut
from mailer.errors import Severity
from tests.contacts.conftest import open_bytes

Open = Callable[..., ListFile]
REMOVED = "DO NOT EMAIL - asked to be removed 12/5"
WISHES = (
    *("Vill inte ha fler mejl", "nie pisz", "nie piszcie do niej"),
    *(REMOVED, "Asked to be removed in May", "Please do not contact again", "has unsubscribed from all our lists"),
    *("do not contact until further notice", "don´t e-mail, ever", "asked us to unsubscribe him", "wants off the list"),
    *("GDPR: erasure request 3/5", "left the paper; unsubscribed", "does not read us, please unsubscribe", "no email!"),
    *("bitte nicht mehr anschreiben (Anruf 3.5.)", "will keine Mails mehr", "möchte vom Verteiler genommen werden"),
    *("Ne plus envoyer de communiqués", "souhaite ne plus recevoir nos messages", "ha pedido la baja en mayo"),
    *("no enviar más notas", "non inviare più comunicati", "chiesto di essere cancellata", "não enviar mais nada"),
    *("niet meer mailen s.v.p.", "wil geen persberichten", "prosi o usunięcie z listy", "proszę nie wysyłać"),
    *("må ikke kontaktes", "ønsker ikke mail", "vill inte ha pressmeddelanden", "kontakta inte", "älä lähetä viestejä"),
    *(
        "neposílat, volal v květnu",
        "просил не писать",
        "отписался 3 мая",
        "mail atmayın lütfen",
        "请勿发送邮件",
        "已退订",
    ),
    *("strike off please", "Einwilligung widerrufen", "Kontakt untersagt", "revocato il consenso", "descadastrar"),
    *("solicita ser eliminado", "demande de suppression", "toestemming ingetrokken", "cofnięcie zgody 3 maja"),
    *(
        "frabeder sig mails",
        "vil gerne slettes",
        "haluaa pois listalta",
        "отозвал согласие",
        "不要再发邮件",
        "退会済み",
    ),
    *("please remove her old address from the list", "opted out by phone", "Abmeldung vom 3. Mai", "wants off asap"),
    *(
        "請勿聯絡本人",
        "연락 금지 (5월)",
        "수신거부 요청",
        "メールを送らないで",
        "配信停止希望（5月）",
        "δεν επιθυμεί μηνύματα",
    ),
)
# in words that no table has, which add up
ADDED_UP = (
    *(
        "больше там не работает",
        "メールが戻ってくる",
        "e-mail voltou",
        "n'y travaille plus",
        "slutade i mars",
        "saiu do jornal",
    ),
    *(
        "Never again!",
        "nie wieder",
        "weg seit 1. Mai",
        "raus seit 11/25",
        "devolvido 3x",
        "retour 2x",
        "nur Rechnungen",
    ),
    *("solo facturas, NO prensa", "広告担当につきプレスリリース不要", "invoices only", "ya no están", "only by post"),
    *("wants to be left alone", "GDPR objection 5/5", "möchte keine Mitteilungen mehr", "sostituita da Bo Reed"),
    *("dal 1° marzo in pensione", "bounces since August", "DO NOT USE old address", "In May she left"),
    *("Not to be used", "ya no trabaja en el diario", "n'est plus au journal", "gone since Easter", "NE PLUS UTILISER"),
    *("uit dienst", "退職されました", "nicht mehr verwenden", "asked Jo to be removed"),
    *("remove per her email of 4 May", "off list", "nix mehr schicken", "cancellato su richiesta"),
    *("nu mai trimiteți", "off the list since May", "no longer on list at her request"),
    *("begged us to stop the mails", "nooit meer sturen", "verwijderd op verzoek", "radiée à sa demande"),
    *("supprimée du fichier", "slettet efter eget ønske", "borttagen på egen begäran"),
    *("poistettu omasta pyynnöstä", "vymazán na vlastní žádost", "удалён по просьбе", "ștearsă la cerere"),
    *("har avböjt utskick", "kindly cease all emails", "does not consent", "blocked us", "dead to us"),
    *("opposed to mailings", "keine Werbung bitte", "bitte nicht nochmal", "chiede di non essere disturbato"),
    *("pede para parar", "told Jo he has had enough of our emails", "GDPR art. 21, see legal"),
    # nothing beside them speaks for mail
    *("never write to this one", "eliminado a petición propia", "que no le escribamos", "nechce už naše zprávy"),
    *("bir daha e-posta gönderilmesin", "struck off at her request (call with Jo, 9/20)", "ya no está en la revista"),
    *("μην του στέλνετε πια μηνύματα", "απεβίωσε", "ζήτησε να διαγραφεί από τη λίστα", "لم يعد يعمل هنا"),
    *("طلب عدم إرسال البريد إليه", "ممنوع الإرسال إليه"),
    *(
        "vil slippe flere pressemeldinger",
        "もう送ってくるなと怒られた",
        "앞으로 연락 사양",
        "不想再打扰",
        "умоляет оставить в покое",
    ),
)
# wishes perhaps, by the rules, and surely by what their words weigh
BY_WEIGHT = (
    *(
        "fed up with us",
        "asked us twice to stop",
        "Pensionär sedan påsk, kontot avstängt",
        "leave her in peace",
        "was put on here without asking, wants to be taken out",
    ),
    *("ne veut rien de nous", "s'est plaint de nos envois", "put a cross through her name, she insisted"),
    *(
        "hat den Beruf an den Nagel gehängt",
        "lo ha lasciato detto la vedova: basta posta",
        "人已过世，家属来电请别再发",
    ),
)
PERHAPS = (
    *("usunięty", "he was angry about our mails", "suppress", "wypisał się"),
    *("not interested in PR", "was unsubscribed, resubscribed 4 May", "did not want to unsubscribe"),
    *("has not unsubscribed", "mail came back in June, fixed since"),
)
# about something else: a detail, an hour, another way, a subject
OF_SOMETHING_ELSE = (
    "hat Titel, bitte streichen",
    *("à supprimer : ancien fax", "do not email before 9", "DO NOT EMAIL BEFORE 9AM"),
    *("Do not contact before ten", "do not email after 6 pm", "wrote about unsubscribe rates"),
    *("Unsubscribe rates in newsletters", "investigates why readers unsubscribe"),
    *("please do not send attachments", "do not contact by phone", "Opt out of calls"),
    *("nicht vor 9 Uhr anschreiben, nicht anschreiben vor 9 Uhr", "ne pas contacter avant 10h"),
    *("covers opt-out laws", "please remove 'Dr' from her title"),
    *("zweite Durchwahl bitte streichen", "asked to be removed from the jury", "wants out of London"),
    *("möchte raus aufs Land", "unsubscribed from the Times", "demande de suppression du doublon"),
    *(
        "oud nummer graag verwijderen",
        "dio de baja el teléfono",
        "vil fjernes fra juryen",
        "旧番号は削除希望",
        "要求删除旧号码",
    ),
    *("옛 번호 삭제 요청", "no email address known", "keine Mailadresse bekannt", "電話は連絡不可"),
    *("never write on Mondays; else do", "stop sending to her old address", "ne veut pas être prise en photo"),
    "don't pitch sport",
)
ORDINARY = (
    *(
        "old email bounced, this one works",
        "no bounce issues",
        "blocked calendar on Thursdays",
        "opposed the harbour plan",
    ),
    *(
        "Rentenexperte",
        "couvre les retraites",
        "退職者問題を担当",
        "hat sich vom Workshop abgemeldet",
        "No mails over 5 MB",
    ),
    *(
        "Remplace Odile Quay, partie à la retraite (odile@quay.example.net ne répond plus)",
        "retour de congé",
        "letters only by post",
    ),
    *("Nachfolgerin von Kurt Quay, der im Ruhestand ist", "Replaces Tom Quay, who left in May", "weg im August"),
    *("retired colonel, writes the garden column", "nicht mehr bei Kai, jetzt hier", "returned from Kyiv"),
    *("plus à la retraite, reprend sa rubrique", "arbeitet freitags nicht", "on leave until May", "voltou de férias"),
    *("left message 3 May", "한들일보에서 이직", "her agent has left", "stopped by at the fair", "left-leaning"),
    *("Prefers email over phone", "No calls", "Best by phone", "call only in emergencies"),
    *("Interested in science, no politics", "Please send embargoed copies only"),
    *("do not send on deadline day", "no attachments please", "no press releases about sport"),
    *("Wants no paper mail", "Moved to Quay in May", "On leave, do not disturb until Monday"),
    *("Never contacted", "no reply to last email", "Did not reply", "do not forward"),
    *("Do not publish name", "Do not pitch sport", "No pitches by phone", "Removed duplicate"),
    *("delete after event", "old number deleted", "opted in 2023", "opt-in: yes"),
    *("stopped by our stand at the fair", "bounce house story", "wants exclusive"),
    *("Wants to be on the list", "Bitte nur per Mail", "Bitte nicht anrufen", "keine Anhänge"),
    *("Bitte keine Bilder senden", "kein Interesse an Sport", "keine Pressekonferenzen"),
    *("im Urlaub bis 3.5.", "pas de pièces jointes", "ne pas appeler avant 10h", "à relancer"),
    *("Nie pisze już o sporcie", "Nie kontaktuje się od maja", "nie mailuje", "Nie wysyłają zdjęć"),
    *("ei saa lähettää liitteitä", "neposílat přílohy", "Vil ikke have flere opkald", "maila inte bilagor"),
    *("не хочет получать звонки", "stop sending faxes", "ya no quiere entrevistas", "non vuole più foto"),
    *("ne veut plus d'appels", "ne souhaite plus être cité", "möchte nicht mehr zitiert werden"),
    *("ne pas envoyer de photos lourdes", "no llamar", "no enviar adjuntos"),
    *("non inviare allegati", "geen bijlagen", "nie dzwonić"),
    *("ingen vedhæftninger", "ring inte före 10", "電話不可", "请打电话", "전화 금지", "Contact by email only"),
    *("no contact since May", "Email bounced once, ok now", "writes about spam"),
    *('author of "Unsubscribe"', "covers consumer rights, e.g. right to be forgotten"),
    *("objected to embargo", "Blacklist: book author", "Reported from Kyiv"),
    *("Wants off-the-record briefings", "take them off guard", "PR-friendly", "Kein Kontakt bisher"),
    *("rezygnacja ministra - autor", "Está de baja hasta junio", "cancelou a entrevista"),
    *("a supprimer les doublons", "will nicht zitiert werden", "asked not to be quoted"),
    *("must not be quoted", "does not want to be quoted", "no longer wants to cover sport"),
    *("ne souhaite pas être cité", "non vuole essere citato", "nie chce być cytowany"),
    *("unsubscribed from SMS", "email only - no post", "do not post", "bitte nicht per Post"),
    *("Email first, no calls please", "Phone first", "Please send pictures", "No attachments"),
    *("No press releases on paper", "On maternity leave until June", "Not yet emailed"),
    *("has not replied, try again", "do not quote", "removed from old list, on new list now"),
    *("deleted old number", "double opt-in 4.5.2023", "stop press contact", "wants more emails"),
    *("bitte keine Anrufe", "bitte keine Anhänge senden", "möchte mehr Infos", "Pas de téléphone"),
    *("ne plus appeler", "ne pas envoyer de pièces jointes", "no llamar por la mañana", "non chiamare"),
    *("niet bellen voor 10 uur", "ring ikke", "午前中は不可", "не звонить", "No email yet - ask Jo"),
    *("Spam folder - check", "Objects to embargoes", "reported us as best source", "Take off date: 5 May"),
    *("no PR fluff", "baja maternal", "cancelled the interview", "möchte nicht genannt werden"),
    *("not to be published", "does not wish to be named", "wil niet geciteerd worden", "no SMS"),
    *("drop her a line in May", "asked us not to call", "took the kids off school", "declined our invitation"),
    *("please delete the old number", "remove the second phone", "moved, remove old address", "Fax bitte streichen"),
    *("does not want paper releases, email fine",),
)
NO_WISHES = (
    ("Info", "likes seals, and ferries"),
    ("Info", "Removed walls and open doors"),
    ("Web", "https://x.example.com/unsubscribe?u=1"),
    ("Alias", "no-email@x.example.com"),
    ("Info", "Do not call before ten"),
    ("State", "Baja California"),
    ("Info", "covers stop-motion film"),
    ("Info", "remove the second phone"),
    ("Info", "removed from the Lantern's desk to Culture"),
    ("Info", "supprimer le numéro de portable"),
    ("Info", "do not quote by name"),
    ("Info", "bisher kein Kontakt"),
    ("Info", "angry about the trains"),
    ("Info", "never met in person"),
    ("Info", "sub editor, not a writer"),
    ("Info", "asked why he wasn't on the list, has been added"),
    ("Info", "opted in 2023"),
    ("Info", "hates jargon, loves a good subject line"),
    ("Info", "bitte keine Anrufe"),
    ("Info", "ne pas appeler avant 10h"),
    ("Info", "wil niet met naam genoemd worden"),
    ("Info", "не звонить после шести"),
    ("Info", "请上午联系"),
)
HEADINGS = ("Comments & notes", "Contact notes", "Info", "Additional notes", "Other", "Zusatz", "Phone", "")


def two_rows(heading: str, cell: str) -> ListFile:
    return open_bytes("".join(render_csv([["Email", heading], ["ada@example.org", cell], ["bo@example.org", ""]])))


def mailed(found: ListFile) -> list[str]:
    return [str(each.address) for each in found.entries() if isinstance(each, Contact)]


def problems_of(found: ListFile) -> list[tuple[str, Severity]]:
    for _ in found.entries():
        pass
    return [(each.code, each.severity) for each in found.problems]


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_wish_counts_under_any_heading(heading: str) -> None:
    assert mailed(two_rows(heading, REMOVED)) == ["bo@example.org"]


@pytest.mark.parametrize("text", [*WISHES, *ADDED_UP])
def test_a_wish_counts_in_every_language(text: str) -> None:
    assert mailed(two_rows("Comments & notes", text)) == ["bo@example.org"]
    assert mailed(two_rows("Kolumna", text)) == ["bo@example.org"]


@pytest.mark.parametrize("text", BY_WEIGHT)
def test_a_note_in_words_that_no_rule_knows_counts_by_its_weight(text: str) -> None:
    found = two_rows("Notes", text)
    assert mailed(found) == ["bo@example.org"]
    assert "may-ask-no-mail-rows" not in [code for code, _ in problems_of(found)]


def test_the_persons_own_word_is_the_reason_where_a_cell_has_several() -> None:
    (first, *_) = two_rows("Info", REMOVED).entries()
    assert isinstance(first, LeftOut)
    assert first.mark == "opted_out"


def test_a_wish_counts_without_a_header() -> None:
    found = open_bytes(f"ada@example.org,Ada Brook,The Lantern,{REMOVED}\nbo@example.org,Bo Stone,The Quay,\n")
    assert found.layout.header_row is None
    assert mailed(found) == ["bo@example.org"]


def test_a_wish_counts_beyond_the_last_heading() -> None:
    found = open_bytes(f"Email,Name\nada@example.org,Ada Brook,{REMOVED}\nbo@example.org,Bo Stone\n")
    assert mailed(found) == ["bo@example.org"]


def test_more_rows_than_can_be_shown_are_counted_with_the_way_to_see_them_all() -> None:
    found = open_bytes("Email,Misc\n" + "".join(f"p{i}@example.org,do not email before {i}\n" for i in range(7, 15)))
    assert len(mailed(found)) == 8
    (problem,) = (each for each in found.problems if each.code == "may-ask-no-mail-rows")
    assert problem.message.startswith("8 recipients may have asked")
    assert problem.hint == "mailer lists decide coast.csv   shows all of them, and how to decide"


def test_a_wish_counts_whatever_the_length_of_the_cell() -> None:
    long = "We spoke about the pier and about seals. " * 200
    assert mailed(two_rows("Info", f"{long}In May she asked to be removed. {long}")) == ["bo@example.org"]


@pytest.mark.parametrize("heading", ["Comments & notes", "Notes", "Kolumna"])
@pytest.mark.parametrize("text", [*PERHAPS, *OF_SOMETHING_ELSE])
def test_what_may_mean_something_else_is_mailed_and_shown_for_a_decision(heading: str, text: str) -> None:
    found = two_rows(heading, text)
    first = next(iter(found.entries()))
    assert isinstance(first, Contact)
    assert [(each.code, each.severity) for each in first.remarks] == [("may-ask-no-mail", Severity.WARNING)]
    assert ("may-ask-no-mail-rows", Severity.WARNING) in problems_of(found)
    (problem,) = (each for each in found.problems if each.code == "may-ask-no-mail-rows")
    assert text.split(maxsplit=1)[0] in problem.message
    assert problem.hint == "mailer lists decide coast.csv 2 --no-mail   or   --may-mail"


@pytest.mark.parametrize("heading, text", NO_WISHES)
def test_what_is_no_wish_is_mailed_without_a_word(heading: str, text: str) -> None:
    found = two_rows(heading, text)
    assert "ada@example.org" in mailed(found)
    assert not [code for code, _ in problems_of(found) if code.startswith("may-ask")]


@pytest.mark.parametrize("text", ORDINARY)
def test_what_staff_note_about_people_leaves_nobody_out(text: str) -> None:
    assert mailed(two_rows("Notes", text)) == ["ada@example.org", "bo@example.org"]


@pytest.mark.parametrize(
    "heading, text",
    [("Bio", "No more mail: post offices close"), ("Latest article", "How to unsubscribe from everything")],
)
def test_a_headline_is_no_wish_and_is_shown(heading: str, text: str) -> None:
    found = two_rows(heading, text)
    assert "ada@example.org" in mailed(found)
    assert ("may-ask-no-mail-rows", Severity.WARNING) in problems_of(found)
    assert mailed(two_rows(heading, REMOVED)) == ["bo@example.org"]


@pytest.mark.parametrize(
    "row",
    [
        "Ada Brook (unsubscribed),The Lantern,ada@example.org",
        "Ada Brook,The Lantern - do not mail,ada@example.org",
        "Ada Brook,The Lantern,ada@example.org (do not email)",
        "DO NOT CONTACT,The Lantern,ada@example.org",
    ],
)
def test_a_wish_that_stands_apart_counts_beside_a_name_an_outlet_and_an_address(row: str) -> None:
    assert mailed(open_bytes(f"Name,Outlet,Email\n{row}\nBo Stone,The Quay,bo@example.org\n")) == ["bo@example.org"]


def test_nobody_is_called_unsubscribed() -> None:
    pasted = "Bo Stone <bo@example.org>; cy@example.org (unsubscribed), Ada Brook <ada@example.org> (do not email)\n"
    assert mailed(open_bytes(pasted, "pasted")) == ["bo@example.org"]


def test_a_wish_beside_an_address_that_cannot_be_read_holds_for_it_everywhere() -> None:
    found = open_bytes("Email\nada@example.org - do not email\nbo@example.org\nada@example.org\n")
    assert mailed(found) == ["bo@example.org"]


def test_a_wish_in_a_row_without_an_address_is_told_since_it_leaves_nobody_out() -> None:
    found = open_bytes("Name,Email,Info\nAda Brook,,DO NOT EMAIL\nBo Stone,bo@example.org,\n")
    assert mailed(found) == ["bo@example.org"]
    (problem,) = (each for each in found.problems if each.code == "wish-without-address")
    assert (problem.line, problem.severity) == (2, Severity.WARNING)
    assert "mailer optouts add EMAIL" in problem.hint


@pytest.mark.parametrize(
    "text, people",
    [
        ("Name,Email,Info\nAda Brook,,DO NOT EMAIL\nAda Brook,ada@example.org,\nBo Reed,bo@example.org,\n", "bo"),
        (
            "ada.brook@example.org, bo.reed@example.org\n\nPlease leave out Ms Reed from now on, she has retired.\n",
            "ada.brook",
        ),
        ("ada.reed@example.org, bo.reed@example.org\n\nMs Reed asked to be removed.\n", "ada.reed bo.reed"),
    ],
)
def test_a_wish_without_an_address_is_about_the_one_it_names(text: str, people: str) -> None:
    assert [address.partition("@")[0] for address in mailed(open_bytes(text))] == people.split()


def test_an_outlet_that_is_called_like_a_wish_is_mailed_and_shown() -> None:
    found = open_bytes(
        "Name,Outlet,Email\nAda Brook,Unsubscribed,ada@example.org\nBo,The Quay,unsubscribe@example.org\n"
    )
    assert mailed(found) == ["ada@example.org", "unsubscribe@example.org"]
    assert ("may-ask-no-mail-rows", Severity.WARNING) in problems_of(found)


LEGENDS = (
    *("(yellow = check, red = do not email)", "Red: do not contact", "Rows in red have unsubscribed"),
    *("rot markiert = nicht anschreiben", "rouge = ne plus contacter", "赤 = 配信停止", "* = opted out"),
)


@pytest.mark.parametrize("legend", LEGENDS)
@pytest.mark.parametrize("place", ["above", "between", "below"])
def test_a_legend_marks_nobody_and_is_told(legend: str, place: str) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for at, row in (
        ("above", [legend]),
        ("", ["Name", "Outlet", "Email", "Beat"]),
        ("", ["Ada Brook", "The Lantern", "ada@example.org", "seals"]),
        ("between", [legend]),
        ("", ["Bo Stone", "The Quay", "bo@example.org", "ferries"]),
        ("below", [legend]),
    ):
        if at in {"", place}:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    found = open_bytes(file.getvalue(), "coast.xlsx")
    assert mailed(found) == ["ada@example.org", "bo@example.org"]
    (problem,) = (each for each in found.problems if each.code == "heading-legend")
    assert problem.severity is Severity.WARNING
    assert "only colours of an XLSX workbook are read" in problem.message
    assert 'a column "Unsubscribed"' in problem.hint


def test_a_wish_in_a_comment_of_a_workbook_is_one_of_the_row() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Name", "Email"], ["Ada Brook", "ada@example.org"], ["Bo Stone", "bo@example.org"]):
        sheet.append(row)
    sheet["A2"].comment = Comment("DO NOT EMAIL & asked\nto be removed", "Jo")
    sheet["A3"].comment = Comment("likes seals", "Jo")
    file = io.BytesIO()
    book.save(file)
    found = open_bytes(file.getvalue(), "coast.xlsx")
    assert mailed(found) == ["bo@example.org"]


def test_a_legend_in_a_heading_marks_nobody_and_is_told() -> None:
    found = open_bytes("Name,E-mail (red = do not email)\nAda,ada@example.org\nBo,bo@example.org\n")
    assert mailed(found) == ["ada@example.org", "bo@example.org"]
    assert ("heading-legend", Severity.WARNING) in problems_of(found)


@pytest.mark.parametrize(
    "title", ["DO NOT CONTACT", "Unsubscribed contacts, May 2026", "Bitte nicht mehr anschreiben:"]
)
def test_a_title_that_says_nothing_else_speaks_for_the_whole_list_and_names_the_way_out(title: str) -> None:
    content = f"{title};;\nName;Outlet;Email\nAda;The Lantern;ada@example.org\n"
    found = open_bytes(content)
    assert mailed(found) == []
    (problem,) = (each for each in found.problems if each.code == "heading-title")
    assert problem.hint == "mailer lists decide coast.csv 1 --may-mail"
    allowed = Choices(wishes={fold(title): False})
    assert mailed(parse_list(io.BytesIO(content.encode()), name="coast.csv", choices=allowed)) == ["ada@example.org"]


@pytest.mark.parametrize(
    "title", ["Do not send anything to this list without approval from Jo", "Abuse helpline journalists of the coast"]
)
def test_a_sentence_above_the_header_marks_nobody_and_is_shown_for_a_decision(title: str) -> None:
    content = f"{title};;\nName;Outlet;Email\nAda;The Lantern;ada@example.org\n"
    found = open_bytes(content)
    assert mailed(found) == ["ada@example.org"]
    (problem,) = (each for each in found.problems if each.code == "heading-open")
    assert problem.hint == "mailer lists decide coast.csv 1 --no-mail   or   --may-mail"
    decided = Choices(wishes={fold(title): True})
    assert mailed(parse_list(io.BytesIO(content.encode()), name="coast.csv", choices=decided)) == []


def test_a_legend_ends_no_part_of_people_who_are_not_to_be_mailed() -> None:
    rows = ("Name;E-Mail", "Bo;bo@example.org", "Do not contact:;", "red = do not email twice;", "Ada;ada@example.org")
    assert mailed(open_bytes("\n".join(rows))) == ["bo@example.org"]


def test_a_heading_with_an_hour_is_no_flag_and_is_told() -> None:
    found = open_bytes("Email,Opt-out laws,Do not email before 9\nada@example.org,yes,x\n")
    assert mailed(found) == ["ada@example.org"]
    assert problems_of(found).count(("heading-open", Severity.WARNING)) == 2


def test_what_staff_decided_about_words_holds_for_every_row_with_them() -> None:
    rows = (("ada", "do not email before 9"), ("bo", "Do not email  BEFORE 9"), ("cy", "left in May"), ("di", REMOVED))
    content = "Email,Misc\n" + "".join(f"{name}@example.org,{text}\n" for name, text in rows)
    decided = {fold("do not email before 9"): True, fold("left in May"): True, fold(REMOVED): False}
    found = parse_list(io.BytesIO(content.encode()), name="coast.csv", choices=Choices(wishes=decided))
    assert mailed(found) == ["di@example.org"]
    assert not [code for code, _ in problems_of(found) if code.startswith("may-ask")]


def test_a_state_that_nobody_knows_can_be_decided_about() -> None:
    text = "Email;State\nada@example.org;Subscribed\nbo@example.org;Snoozed\ncy@example.org;Unsubscribed\n"
    found = open_bytes(text)
    assert mailed(found) == ["ada@example.org"]
    assert [(each.line, each.text, each.asks) for each in found.wish_texts()] == [(3, "Snoozed", True)]
    decided = parse_list(io.BytesIO(text.encode()), name="a.csv", choices=Choices(wishes={fold("Snoozed"): False}))
    assert mailed(decided) == ["ada@example.org", "bo@example.org"]


def test_a_wish_in_one_row_holds_for_the_same_address_in_every_row() -> None:
    found = open_bytes(f"Email,Info\nada@example.org,\nADA@example.org,{REMOVED}\n")
    assert all(isinstance(each, LeftOut) for each in found.entries())
