"""Holds: sentences that ask for this release to be held back, and sentences about something else."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import Problem, Severity
from mailer.release.document import release_document
from mailer.release.head.holds import ENOUGH, WEIGHTS, find_holds, weigh
from mailer.release.source import parse_release
from mailer.release.values import Release
from tests.release.checks.desk import check_release

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
HEADLINE = "Harbour lamps are lit for the winter"
PLACES = {
    "at the top": "{hold}\n\nPRESS RELEASE\n\n{head}\n\n{body}\n\n{contact}\n\n{about}",
    "below another label": "PRESS RELEASE\n{hold}\n\n{head}\n\n{body}\n\n{contact}\n\n{about}",
    "in a paragraph of its own": "PRESS RELEASE\n\n{head}\n\n{body}\n\n{hold}\n\n{contact}\n\n{about}",
    "among the contacts": "PRESS RELEASE\n\n{head}\n\n{body}\n\n{contact}\n{hold}\n\n{about}",
    "in the notes": "PRESS RELEASE\n\n{head}\n\n{body}\n\nNotes to editors\nThe quay is 300 m long.\n{hold}\n\n{about}",
    "at the end": "PRESS RELEASE\n\n{head}\n\n{body}\n\n{contact}\n\n{about}\n\n###\n\n{hold}",
}
PARTS = {
    "head": HEADLINE,
    "body": (
        "EASTPORT, 1 March 2027 – The harbour trust has lit all forty lamps along the quay, a month before the ferries "
        "start. The lamps were made in 1931 and mended last summer by two apprentices of the yard."
    ),
    "contact": "Media contact:\nIda Brook, press officer\nEastport Harbour Trust\nTel. +44 20 7946 0155",
    "about": "About Eastport Harbour Trust\nEastport Harbour Trust looks after the quay.",
}


def read(text: str, name: str = "release.txt") -> Release:
    return parse_release(text.encode(), source=name, slug="release", strict=False)


def errors(release: Release) -> dict[str, Problem]:
    found = check_release(release, now=NOW)
    return {one.code: one for one in found if one.severity is Severity.ERROR and "embargo" in one.code}


HOLDS = """
    EMBARGOED UNTIL 00:01 01/06/27
    Embargoed until 00:01 on Tuesday 1 June 2027
    Under embargo until further notice.
    Do not publish before 0001 010627
    Please sit on this until Tuesday.
    We ask you to keep this to yourselves until the launch.
    Not for broadcast before 7 p.m.
    For release at 09:00 on 1 June 2027
    Embargo 06:00
    Please respect the embargo.
    This text is embargoed until the speech begins.
    Gesperrt bis 01.06.27, 6 Uhr
    Sperrfrist: Beginn der Rede
    Die Meldung ist bis auf Weiteres gesperrt.
    Bitte nicht vor dem 1. Juni 2027, 11 Uhr veröffentlichen.
    Vertraulich bis zur Pressekonferenz
    Frei ab Dienstag, 12 Uhr
    Embargo jusqu'à nouvel ordre
    Information sous embargo
    Merci de ne rien publier avant le 1er juin 2027, 9h.
    À publier seulement après la conférence de presse
    Material embargado
    Prohibida su difusión hasta el martes
    No publicar antes del 1 de junio de 2027, 10:00 h
    Notizia sotto embargo
    Da non pubblicare prima del 1 giugno 2027 ore 9
    Vi preghiamo di tenere la notizia riservata fino al 1 giugno 2027
    Embargado até nova ordem
    Não divulgar antes de terça-feira
    Publicação autorizada a partir de 1 de junho de 2027 às 8h
    Dit bericht staat onder embargo
    Embargo tot nader order
    Niet publiceren vóór 1 juni 2027, 9 uur
    6月1日 午前10時解禁
    解禁日未定
    発表まで公表をお控えください。
"""
OTHERS = """
    The court embargoed the shipment until 3 May 2027.
    The trade embargo against the island was lifted in 2015.
    Do not use the cream before 1 March 2027.
    The arms embargo expires on 1 June 2027.
    The bridge is closed until further notice.
    The results will be published on 1 June 2027.
    The prisoners will not be released before 2030.
    Please do not send applications before 1 June 2027.
    "We kept this confidential until the contract was signed," said Ida Brook, press officer.
    The documents remained secret until 1998.
    Reports must be filed before 4 June 2027 at noon.
    Das Handelsembargo gegen den Inselstaat gilt bis 2030.
    Die Brücke bleibt bis 1. Juni 2027, 10 Uhr gesperrt.
    Die Ergebnisse werden erst am 1. Juni veröffentlicht.
    La route est fermée jusqu'à nouvel ordre.
    Les résultats ne seront pas publiés avant le 1er juin.
    L'embargo sur les armes a été levé en 2015.
    El juez ordenó el embargo de la cuenta hasta el 3 de mayo de 2027.
    Sin embargo, la obra no se publicará antes del 1 de junio.
    La strada è chiusa fino a nuovo avviso.
    I risultati non saranno pubblicati prima di giugno.
    As obras embargadas pela prefeitura em maio seguem paradas.
    Os resultados não serão divulgados antes de junho.
    De weg is tot nader order gesloten.
    Het zwembad is vrij toegankelijk vanaf 1 juni.
    アユ漁は6月1日に解禁される。
    サケ漁の解禁日は6月4日である。
    3月1日までこのクリームを使用しないでください。
    Embargo na broń obowiązuje do 31 grudnia 2027.
    Embargo trwa do 31 grudnia 2027.
    The judge called the note "not for publication until further notice" an insult to readers.
    Das Gericht nannte den Vermerk „nicht zur Veröffentlichung vor dem 1. Juni“ rechtswidrig.
    "Do not publish before 1 June 2027," the order said.
    »Nicht veröffentlichen vor dem 1. Juni«, stand auf dem Zettel.
    ”Not for publication before 1 June,” read the note.
    映画は2027年6月1日に公開される。
"""


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


@pytest.mark.parametrize("hold", lines_of(HOLDS))
def test_words_that_hold_a_release_back_set_its_embargo_or_stop_it_wherever_they_stand(hold: str) -> None:
    for place, layout in PLACES.items():
        release = read(layout.format(hold=hold, **PARTS))
        set_right = release.embargo is not None and release.embargo.day == date(2027, 6, 1) and release.embargo.until
        assert errors(release) or set_right, place
        assert len(release.contacts) <= 1, place
        assert all("embargo" not in phone.casefold() for one in release.contacts for phone in one.phones), place


ANY_WORDS = """
    Keep it under your hat until the ribbon is cut on the quay.
    Strictly no tweets till the envelope is opened.
    Not for release before the mayor has sat down.
    Under wraps till Tuesday's launch.
    We ask colleagues to keep this story to themselves until the family has been told.
    Not yet cleared by legal - do not distribute.
    DRAFT - AWAITING SIGN-OFF - DO NOT USE
    Do not run before the bell rings on the quay.
    Attention newsrooms: the winners must remain secret till the envelope is opened on Saturday.
    Only to be reported once the vote is over.
    Entwurf, noch nicht freigegeben, nicht zur Veröffentlichung bestimmt
    Wir bitten, bis zur Unterschrift der Partner Stillschweigen zu bewahren.
    Document de travail, en attente de validation
    Les rogamos discreción hasta la firma del convenio.
    Bozza in attesa di approvazione: si prega di non utilizzare.
    Graag nog even geheimhouden tot de handtekeningen zijn gezet.
    Rascunho por aprovar, não circular
    Prosimy o zachowanie dyskrecji do wtorku rano.
    Do publikacji dopiero po wystąpieniu burmistrza
    Utkast, ännu inte godkänt av styrelsen
    Просим придержать новость до подписания договора.
    取締役会の承認まで公表はお控えください。
    内部草稿，未经确认不得外传
"""
NOT_HOLDS = """
    The draft bill was read a second time after lunch.
    Parliament debated the draft budget on Monday.
    The company won approval for its new pier.
    A confidential hotline for nurses has been set up.
    Confidential documents were found in a skip.
    Tickets go on sale on Friday, not before ten.
    The firm put hiring on hold until the second half of the year.
    Police asked residents not to touch the buoys.
    Images may be used for editorial purposes, no resale.
    Free quotes until the end of May.
    Legal advice is free and confidential.
    Die Zulassung der Fähre wurde erteilt.
    Le projet de loi a été approuvé au Sénat.
    El ayuntamiento aprobó el borrador del plan.
    Regeringen fremlagde et udkast til ny lov.
    Pressemeddelelse nr. 4/2027
"""


@pytest.mark.parametrize("hold", lines_of(ANY_WORDS))
def test_a_hold_in_words_of_no_table_stops_a_release_wherever_it_stands_alone(hold: str) -> None:
    for place in ("in a paragraph of its own", "in the notes"):
        release = read(PLACES[place].format(hold=hold, **PARTS))
        assert errors(release), place


@pytest.mark.parametrize("other", lines_of(NOT_HOLDS))
def test_words_of_a_hold_about_something_else_stop_nothing(other: str) -> None:
    release = read(PLACES["in a paragraph of its own"].format(hold=other, **PARTS))
    assert (release.embargo, errors(release)) == (None, {})


FOREIGN = """
    Embargo do 1 czerwca 2027
    Under embargo til 1. juni 2027
    Embargo till 1 juni 2027 kl. 9.00
    Эмбарго до 1 июня 2027, 9:00
    1 Haziran 2027'ye kadar ambargolu
    禁运至2027年6月1日
    请勿在2027年6月1日前发布
    엠바고: 2027년 6월 1일
"""


@pytest.mark.parametrize("hold", lines_of(FOREIGN))
def test_embargo_in_a_language_that_cannot_be_read_stops_a_release_wherever_it_stands(hold: str) -> None:
    for place, layout in PLACES.items():
        assert errors(read(layout.format(hold=hold, **PARTS))), place


BANS = """
    Nicht vor Donnerstag veröffentlichen
    Wir bitten darum, bis Freitagmittag auf eine Veröffentlichung zu verzichten.
    À ne pas mettre en ligne avant jeudi 9 h
    Ne peut être publié qu'après la séance du 1er juin.
    No publicar hasta el jueves
    Se autoriza su difusión después del 1 de junio de 2027.
    Si prega di non darne notizia prima di giovedì.
    Pas na 1 juni 2027 naar buiten brengen.
    Não noticiar antes de quinta-feira.
    This may not go live earlier than 6 a.m. on 1 June.
    記者会見後の6月1日以降に公開可
    Får ej publiceras före 1 juni 2027 kl. 9.00
    Spärrtid: 1 juni 2027
    Frigivelse tidligst 1. juni 2027 kl. 9
    Må først bringes efter torsdag kl. 10.
    Sperrefrist: torsdag kl. 10
    Ikke for publisering før torsdag.
    Vennligst ikke bruk saken før 1. juni.
    Älkää julkaisko tätä ennen torstaita.
    Julkaisuvapaa 1.6.2027 klo 9
    Nie publikować przed 1 czerwca 2027.
    Publikacja dozwolona dopiero od czwartku, godz. 9.
    Nezveřejňovat před 1. červnem 2027
    Публикация запрещена до 1 июня 2027 года.
    Csütörtökig nem közölhető, kérjük.
    Vă rugăm să nu publicați înainte de 1 iunie 2027.
    1 Haziran 2027'den önce yayımlamayınız.
    Να μη δημοσιευθεί πριν από την 1η Ιουνίου 2027.
    يرجى عدم النشر قبل 1 يونيو 2027
    נא לא לפרסם לפני 1 ביוני 2027
    6月1日之前不得对外公布
    解禁时间:2027年6月1日9:00
    6월 1일 오전 9시까지 보도 금지
"""
STORIES = """
    The names will not be made public until relatives have been told.
    Das Trinkwasser darf bis Freitag nicht genutzt werden.
    L'eau du robinet ne doit pas être utilisée avant vendredi.
    Los resultados no se publicarán antes del lunes.
    Namnen offentliggörs inte förrän de anhöriga har underrättats.
    Vattnet får inte användas före fredag.
    Hundene må ikke bruges til jagt før 1. oktober.
    Boken publiseres tidligst i september 2027.
    Tuloksia ei julkaistu ennen toukokuuta 2020.
    Tie ei aukea ennen perjantaita.
    Zakaz połowu obowiązuje do 12 maja.
    Водой нельзя пользоваться до пятницы.
    6月4日后,市民可以参观公开展览。
    6월 4일까지 도로 통행이 금지됩니다.
"""


@pytest.mark.parametrize("hold", lines_of(BANS))
def test_ban_without_the_word_embargo_stops_a_release_in_every_language(hold: str) -> None:
    for place in ("below another label", "in a paragraph of its own", "in the notes"):
        release = read(PLACES[place].format(hold=hold, **PARTS))
        assert release.embargo or errors(release), place


NOMINAL = """
    Not intended for publication
    Nicht zur Veröffentlichung bestimmt
    Non destiné à la publication
    No destinado a publicación
    Non destinato alla pubblicazione
    Não destinado a publicação
    Niet bestemd voor publicatie
    Nie do publikacji
    Ikke til offentliggørelse
    Ikke for publisering
    Ej för publicering
    Ei julkisuuteen
    Není určeno ke zveřejnění
    Nie je určené na zverejnenie
    Не для публикации
    Не за публикуване
    Nem közölhető
    Nu este destinat publicării
    Yayın için değildir
    Όχι για δημοσίευση
    غير مخصص للنشر
    לא לפרסום
    A publier à partir du 1er juin 2027
    Publication à partir du 1er juin
    Veröffentlichung ab 1. Juni 2027
    Publicar a partir del 1 de junio
    Publicar a partir de 1 de junho
    Pubblicazione dal 1 giugno
    Publicatie vanaf 1 juni
    Do publikacji od 1 czerwca
    Må offentliggøres fra 1. juni
    Kan publiseres fra 1. juni
    Får publiceras från 1 juni
    Sperret for publisering til 1. juni
    Julkaistavissa tiistaina klo 10
    Ke zveřejnění od 1. června
    К публикации с 1 июня
    До публікації з 1 червня
    Közölhető június 1-jétől
    Publicare începând cu 1 iunie
    1 Haziran'dan itibaren yayınlanabilir
    Για δημοσίευση από 1 Ιουνίου
    للنشر ابتداء من 1 يونيو
    לפרסום החל מ-1 ביוני
"""


@pytest.mark.slow
@pytest.mark.parametrize("hold", lines_of(NOMINAL))
def test_a_text_that_is_not_for_publication_or_only_from_a_day_stops_in_every_language(hold: str) -> None:
    for place, text in PLACES.items():
        release = read(text.format(hold=hold, **PARTS))
        assert errors(release) or release.embargo, place


@pytest.mark.parametrize(
    "story",
    lines_of("""
        The diaries were never intended for publication, said the family, and were found in a drawer.
        Das Tagebuch war nie zur Veröffentlichung bestimmt und lag vierzig Jahre im Keller.
        Le journal n'était pas destiné à la publication et dormait dans un grenier depuis 1931.
        Dziennik nie był przeznaczony do publikacji, mówi rodzina, i leżał czterdzieści lat w piwnicy.
        Rapporten blev offentliggjort fra 1931 til 1940 af havnens egen avis.
        Vejen er spærret til den 4. juni, fordi kajen bliver lavet om.
        The first volume was published from a shed on the quay in 1931.
        The new map can be bought from 4 December at the harbour office.
        Дневник не предназначался для публикации и сорок лет лежал в подвале семьи.
        Kitap 1931'den itibaren üç dilde yayınlandı ve liman müzesinde duruyor.
    """),
)
def test_a_story_of_what_was_not_for_publication_stops_nothing(story: str) -> None:
    release = read(PLACES["in a paragraph of its own"].format(hold=story, **PARTS))
    assert errors(release) == {}


@pytest.mark.parametrize("story", lines_of(STORIES))
def test_what_may_not_be_used_or_was_not_known_before_a_day_is_a_story_in_every_language(story: str) -> None:
    release = read(PLACES["in a paragraph of its own"].format(hold=story, **PARTS))
    assert (release.embargo, errors(release)) == (None, {})


@pytest.mark.parametrize(
    "other",
    [
        "Эмбарго на поставки чая действует до 2027 года.",
        "W 2015 roku zniesiono embargo na herbatę.",
        "O embargo do chá acaba em 2 de maio.",
    ],
)
def test_embargo_on_goods_in_another_language_stops_nothing(other: str) -> None:
    assert errors(read(PLACES["in the notes"].format(hold=other, **PARTS))) == {}


def test_embargo_below_a_long_line_of_contacts_is_no_telephone_number() -> None:
    contact = "Contact: Ida Brook, press officer, +44 20 7946 0155, ida.brook@example.org"
    release = read(f"{HEADLINE}\n\n{PARTS['body']}\n\n{contact}\nEmbargoed until 00:01 01/06/27\n", "release.md")
    assert [one.phones for one in release.contacts] == [("+44 20 7946 0155",)]
    assert "two digits" in errors(release)["embargo-unclear"].message


@pytest.mark.parametrize("other", lines_of(OTHERS))
def test_sentence_that_holds_back_something_else_neither_sets_an_embargo_nor_stops_a_release(other: str) -> None:
    for place in ("in a paragraph of its own", "in the notes"):
        release = read(PLACES[place].format(hold=other, **PARTS))
        assert release.embargo is None, place
        assert errors(release) == {}, place


@pytest.mark.parametrize(
    "headline", ["Do not use: Marrow recalls its kettle", "Niet gebruiken – ketel terug naar de winkel"]
)
def test_a_warning_of_goods_in_a_headline_stops_nothing(headline: str) -> None:
    release = read(PLACES["at the top"].format(hold="PRESS RELEASE", **(PARTS | {"head": headline})))
    assert headline.startswith(release.headline[:10])
    assert errors(release) == {}


@pytest.mark.parametrize(
    "line",
    [
        "Embargo do 1 czerwca 2027, godz. 9:00",
        "Embargo do 1. června 2027",
        "EMBARGO: 2027. június 1. 9:00",
        "Embargo 1 Haziran 2027 saat 09:00",
        "Embargo until 1 Mehefin 2027",
        "Embargo 1. kesäkuuta 2027 klo 9 saakka",
        "Embargo til 1. juni 2027 kl. 9.00",
    ],
)
def test_an_embargo_with_a_month_that_is_not_known_is_no_headline_and_stops_a_mailing(line: str) -> None:
    for place in ("at the top", "below another label", "at the end"):
        release = read(PLACES[place].format(hold=line, **PARTS))
        assert release.headline == HEADLINE, place
        assert errors(release), place


@pytest.mark.parametrize("marks", ["“{}”", '"{}"', "„{}“", "»{}«", "«{}»"])
def test_a_notice_in_quotation_marks_that_nobody_says_holds_back(marks: str) -> None:
    release = read(PLACES["at the end"].format(hold=marks.format("Not for publication before 1 June 2027"), **PARTS))
    assert errors(release)


@pytest.mark.parametrize(
    "quote",
    [
        "„Wir freuen uns“, sagt Ida Brook.",
        "»Wir freuen uns«, sagt Ida Brook.",
        "«Wir freuen uns», sagt Ida Brook.",
        "« Nous sommes heureux », dit Ida Brook.",
        "“We are glad,” said Ida Brook.",
        '"We are glad," said Ida Brook.',
        "”Vi är glada”, säger Ida Brook.",
        "「うれしい」とブルックは話す。",
    ],
)
def test_what_stands_behind_a_quotation_is_not_taken_for_speech(quote: str) -> None:
    ban = "Veröffentlichung nicht vor dem 1. Juni 2027."
    assert [hold.text for hold in find_holds(f"{quote} {ban}")] == [ban]


@pytest.mark.parametrize("place", PLACES)
def test_embargo_line_is_taken_out_before_contacts_are_looked_for(place: str) -> None:
    release = read(PLACES[place].format(hold="EMBARGOED UNTIL 00:01 01/06/27", **PARTS))
    assert release.headline == HEADLINE
    assert "two digits" in errors(release)["embargo-unclear"].message
    assert [one.name for one in release.contacts] == ([] if place == "in the notes" else ["Ida Brook"])
    assert all(one.phones == ("+44 20 7946 0155",) for one in release.contacts)


@pytest.mark.parametrize(
    "hold, reason",
    [
        ("EMBARGOED UNTIL 00:01 01/06/27", '"01/06/27" writes the year in two digits'),
        ("Sperrfrist: 1.6.27, 9 Uhr", '"1.6.27" writes the year in two digits'),
        ("Embargo: 1 June 27, 00:01 GMT", '"1 June 27" writes the year in two digits'),
        ("EMBARGO 0001 010627", '"010627" writes the year in two digits'),
        ("Embargoed until 9 a.m. GMT", "names a time but no date"),
        ("Sous embargo jusqu'à 9 h", "names a time but no date"),
        ("Under embargo until further notice", '"until further notice" names no end'),
        ("Sperrfrist bis auf Weiteres", '"bis auf Weiteres" names no end'),
        ("Embargo: 1 June 2027", "a day is named, but no time"),
    ],
)
def test_embargo_that_is_no_moment_stops_a_mailing_and_says_what_to_write(hold: str, reason: str) -> None:
    found = errors(read(PLACES["below another label"].format(hold=hold, **PARTS)))["embargo-unclear"]
    assert reason in found.message
    assert "2026-12-01 09:00 Europe/Berlin" in found.message


@pytest.mark.parametrize(
    "text",
    [
        "FOR IMMEDIATE RELEASE\nEMBARGOED UNTIL 10:00 GMT, 1 June 2027\n\n{head}\n\n{body}",
        "EMBARGOED - FOR IMMEDIATE RELEASE\n\n{head}\n\n{body}",
        "FOR IMMEDIATE RELEASE\n\n{head}\n\n{body}\n\n{contact}\n\nEmbargoed until 10:00 GMT on 1 June 2027.",
        "Sperrfrist: 1. Juni 2027, 10 Uhr MESZ\nZur sofortigen Veröffentlichung\n\n{head}\n\n{body}",
        "---\nheadline: {head}\nlabel: FOR IMMEDIATE RELEASE\nembargo: 2027-06-01 10:00 GMT\n---\n{body}",
    ],
)
def test_release_that_is_both_embargoed_and_for_immediate_release_stops(text: str) -> None:
    name = "release.md" if text.startswith("---") else "release.txt"
    found = errors(read(text.format(**PARTS), name))["embargo-and-immediate"]
    assert found.message.startswith("the release says both")
    assert "Take one out" in found.hint


@pytest.mark.parametrize(
    "line",
    [
        "Embargo: For immediate release",
        "EMBARGO: FOR IMMEDIATE RELEASE",
        "Embargo : pour diffusion immédiate",
        "Sperrfrist: sofort frei",
        "Embargo: none",
    ],
)
def test_embargo_line_that_says_there_is_none_is_no_headline_and_no_embargo(line: str) -> None:
    for place in ("at the top", "below another label"):
        release = read(PLACES[place].format(hold=line, **PARTS))
        assert (release.headline, release.embargo, errors(release)) == (HEADLINE, None, {})


def test_date_that_is_taken_from_the_embargo_is_told() -> None:
    release = read(f"EMBARGOED UNTIL 10:00 GMT, 1 June 2027\n\n{HEADLINE}\n\nThe trust has lit all its lamps.")
    assert release.date == date(2027, 6, 1)
    messages = [one.message for one in release.problems if one.code == "unsure-date"]
    assert messages == ["no date is given: the day of the embargo, 2027-06-01, was taken as the date"]
    dated = read(PLACES["at the top"].format(hold="EMBARGOED UNTIL 10:00 GMT, 1 June 2027", **PARTS))
    assert (dated.date, [one.code for one in dated.problems if one.code == "unsure-date"]) == (date(2027, 3, 1), [])


@pytest.mark.parametrize(
    "hold", ["EMBARGOED UNTIL 10:00 GMT on 1 June 2027", "Please sit on this until further notice"]
)
def test_hold_counts_in_every_kind_of_container(hold: str) -> None:
    head, body = PARTS["head"], PARTS["body"]
    texts = {
        "a.txt": f"PRESS RELEASE\n\n{head}\n\n{body}\n\nPlace\tStatus\nEastport\t{hold}\nWesthaven\topen",
        "b.html": f"<header>{hold}</header><article><h1>{head}</h1><p>{body}</p></article>",
        "c.html": f"<article><h1>{head}</h1><table><tr><td>Now</td><td>{hold}</td></tr></table><p>{body}</p></article>",
        "d.html": f"<article><h1>{head}</h1><p>{body}</p></article><footer>{hold}</footer>",
        "e.html": f"<article><h1>{head}</h1><p>{body}</p><img src='a.jpg' alt='{hold}'></article>",
        "f.html": f"<article><blockquote>{hold}</blockquote><h1>{head}</h1><p>{body}</p></article>",
        "g.eml": f"From: a@example.org\nTo: b@example.com\nSubject: {hold}\n\n{head}\n\n{body}\n",
        "h.eml": f"From: a@example.org\nTo: b@example.com\nSubject: {head} ({hold})\n\n{head}\n\n{body}\n",
        "i.md": f"---\nheadline: {head}\n---\n{body}\n\n{hold}\n",
        "j.md": f"---\nheadline: {head}\n---\n{body}\n\n| Place | Status |\n|---|---|\n| Eastport | {hold} |\n",
        "k.md": f"---\nheadline: {head}\nlabel: {hold}\n---\n{body}\n",
        "l.md": f"---\nheadline: {head}\nsubhead: {hold}\n---\n{body}\n",
        "m.md": f"---\nheadline: {head}\ncontacts:\n  - name: Ida Brook\n    note: {hold}\n---\n{body}\n",
        "n.md": f"---\nheadline: {head}\n---\n<!-- {hold} -->\n\n{body}\n",
    }
    for name, text in texts.items():
        release = read(text, name)
        assert release_document(release)["embargo_until"] == "2027-06-01T10:00:00+00:00" or errors(release), name


HIDDEN = {
    "comment at the top.md": "---\n# {hold}\nheadline: {head}\n---\n\n{body}\n",
    "comment behind a field.md": "---\nheadline: {head} # {hold}\n---\n\n{body}\n",
    "comment as a reference.md": "---\nheadline: {head}\n---\n\n{body}\n\n[//]: # ({hold})\n",
    "far down in a comment.md": "# {head}\n\n{body}\n\n<!-- {body}\n{body}\n{hold} -->\n",
    "title of a link.md": "---\nheadline: {head}\n---\n\n{body} [More](https://example.org '{hold}')\n",
    "comment.html": "<h1>{head}</h1><p>{body}<!-- {hold} --></p>",
    "title of the page.html": "<head><title>{hold}</title></head><h1>{head}</h1><p>{body}</p>",
    "description.html": "<head><meta name='description' content='{hold}'></head><h1>{head}</h1><p>{body}</p>",
    "title of a tag.html": "<h1>{head}</h1><p title='{hold}'>{body}</p>",
    "picture of the page.html": "<header><img src='a.jpg' alt='{hold}'></header><h1>{head}</h1><p>{body}</p>",
    "title of the file.rtf": r"{{\rtf1\ansi{{\info{{\title {hold}}}{{\author Ida}}}}{head}\par\par {body}\par}}",
    "remark of the file.rtf": r"{{\rtf1\ansi{{\info{{\doccomm {hold}}}}}{head}\par\par {body}\par}}",
}


@pytest.mark.parametrize("name", HIDDEN)
@pytest.mark.parametrize("hold", ["Embargoed until 10:00 GMT on 1 June 2027", "Nicht vor dem 1. Juni publizieren"])
def test_hold_that_no_reader_sees_stops_a_mailing(name: str, hold: str) -> None:
    parts = PARTS | {"body": PARTS["body"].replace("–", "-")}
    release = read(HIDDEN[name].format(hold=hold, **parts), name)
    assert release.embargo or errors(release)
    assert errors(read(HIDDEN[name].format(hold="The lamps at night", **parts), name)) == {}


def test_hold_out_of_sight_whose_day_is_over_stops_nothing() -> None:
    hold = "Embargoed until 10:00 GMT on 1 June 2026"
    for name in ("comment at the top.md", "comment.html", "title of the file.rtf"):
        release = read(HIDDEN[name].format(hold=hold, **PARTS), name)
        assert (release.embargo, errors(release)) == (None, {}), name


def test_field_of_an_embargo_that_is_switched_off_at_the_top_stops_nothing() -> None:
    top = f"---\nheadline: {HEADLINE}\n# embargo: 2027-06-01 09:00 Europe/Berlin\n---\n"
    assert errors(read(f"{top}\n{PARTS['body']}\n", "release.md")) == {}


def test_name_of_a_file_that_holds_it_back_stops_a_mailing() -> None:
    for name, stops in (
        ("hall EMBARGO 1 June", True),
        ("sperrfrist_dienstag", True),
        ("do-not-publish-before-tuesday", True),
        ("lamps-embargoed-until-tuesday", True),
        ("lamps_do-not-publish-before-tuesday", True),
        ("lampor_får ej publiceras före tisdag", True),
        ("lamps-will-not-be-lit-before-tuesday", False),
        ("trade-embargo-ends", False),
        ("no-embargo", False),
        ("lamps", False),
    ):
        release = read(PLACES["at the top"].format(hold="", **PARTS), f"{name}.txt")
        assert bool(errors(release)) is stops, name


def test_a_second_hold_that_ends_later_than_the_embargo_stops_a_mailing() -> None:
    text = PLACES["at the end"].replace("PRESS RELEASE", "EMBARGOED UNTIL 10:00 GMT, 1 June 2027")
    for hold, stops in (
        ("Embargoed until 10:00 GMT on 2 June 2027.", True),
        ("Under embargo until further notice.", True),
        ("Embargoed until 10:00 GMT on 1 June 2027.", False),
        ("Embargoed until 11:00 CET on 2 May 2027.", False),
        ("Please respect the embargo.", False),
    ):
        assert ("embargo-later" in errors(read(text.format(hold=hold, **PARTS)))) is stops, hold


def test_a_hold_says_what_counted() -> None:
    hold = next(find_holds("Please do not publish this release before 1 June."))
    assert hold.evidence == (
        "forbids publication",
        "names a day",
        "says nothing else",
        "means this text",
        "is a request",
    )
    assert hold.weight == sum(WEIGHTS[one] for one in hold.evidence) >= ENOUGH
    release = read(f"---\nheadline: {HEADLINE}\n---\nThe trust has lit all its lamps.\n\n{hold.text}\n", "a.md")
    assert "forbids publication, names a day" in errors(release)["embargo-in-words"].message
    cream = weigh("Do not use the cream before 1 March")
    assert cream.weight < ENOUGH
    assert "another word" in cream.evidence


@given(st.text(max_size=300))
def test_any_text_can_be_weighed(text: str) -> None:
    for hold in find_holds(text):
        assert hold.weight >= ENOUGH
