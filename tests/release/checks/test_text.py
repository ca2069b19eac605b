"""Checks of headline, days, contacts, leftovers and quotes: tables of mistakes, and of correct texts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mailer.errors import Severity
from mailer.release.checks.case import House
from mailer.release.checks.contacts import countries_of, number_fault
from mailer.release.checks.wording import unbalanced
from mailer.release.times import days_near, find_days
from mailer.release.values import Boilerplate, Dateline, Image, MediaContact, Quote, Span
from tests.release.checks.desk import codes, findings, good, on_file, paragraph


def test_a_release_with_nothing_wrong_gets_not_even_a_note() -> None:
    assert findings(good()) == []


@pytest.mark.parametrize(
    "headline, code",
    [
        ("Seals are back.", "headline-stop"),
        ("アザラシが戻った。", "headline-stop"),
        ("Seals are back!", "headline-exclamation"),
        ("Hurra! Die Robben sind da", "headline-exclamation"),
        ("¡Las focas han vuelto!", "headline-exclamation"),
        ("アザラシ" * 13, "headline-long"),
    ],
)
def test_a_slip_in_the_headline_is_told(headline: str, code: str) -> None:
    language = "ja" if headline[0] == "ア" else "en"
    assert codes(good(headline=headline, language=language)) == [code]


@pytest.mark.parametrize(
    "headline",
    ["Seals are back …", "Seals leave for the U.S.", "Port buys Gannet Inc.", "Robben im Eastport e. V.", "A. B."],
)
def test_what_ends_in_an_abbreviation_has_no_full_stop(headline: str) -> None:
    assert codes(good(headline=headline)) == []


def test_the_length_of_a_headline_is_the_office_s_own() -> None:
    assert codes(good(headline="Seals are back at the pier"), house=House(headline=20)) == ["headline-long"]


def test_a_subhead_that_repeats_the_headline_is_told() -> None:
    assert codes(good(subhead="Seals are back!")) == ["subhead-repeats"]


@pytest.mark.parametrize(
    "text, says",
    [
        ("on Sunday 21 November 2026 we", "21 November 2026 is a Saturday"),
        ("on Sunday, November 21, 2026,", "21 November 2026 is a Saturday"),
        ("on Sun 21st November", "is a Saturday"),
        ("21 November 2026 (Sunday)", "is a Saturday"),
        ("am Sonntag, den 21. November 2026", "is a Saturday"),
        ("So., 21.11.2026", "is a Saturday"),
        ("am Sonntag, 21.11.", "21 November 2026 is a Saturday"),
        ("le dimanche 21 novembre 2026", "is a Saturday"),
        ("dimanche 1er novembre 2025", "1 November 2025 is a Saturday"),
        ("el domingo 21 de noviembre de 2026", "is a Saturday"),
        ("domenica 21 novembre 2026", "is a Saturday"),
        ("zondag 21 november 2026", "is a Saturday"),
        ("domingo, 21 de novembro de 2026", "is a Saturday"),
        ("segunda-feira, 21 de novembro de 2026", "is a Saturday"),
        ("2026年11月21日（日）", "is a Saturday"),
        ("11月21日(日曜日)", "is a Saturday"),
    ],
)
def test_a_weekday_that_is_not_that_day_s_is_told_in_every_language(text: str, says: str) -> None:
    (problem,) = findings(good(body=(paragraph(text),)))
    assert (problem.code, says in problem.message) == ("date-weekday", True), problem.message


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Saturday 21 November 2026",
            "Samstag, 21. November",
            "sábado 21 de noviembre",
            "samedi 21 novembre",
            "Sa., 21.11.",
        ),
        *(
            "zaterdag 21 november 2026",
            "2026年11月21日（土）",
            "mar. 24 novembre 2026",
            "Di., 24.11.2026",
            "ma 23 november",
        ),
        *(
            "On Sunday 21 seals came",
            "section 3.12. says",
            "in May 10 people",
            "version 11.21.2026",
            "the 21 November count",
        ),
        "on Friday 1 January we begin",  # the nearest first of January is next year's
    ],
)
def test_a_day_that_fits_is_not_told(text: str) -> None:
    assert codes(good(body=(paragraph(text),))) == []


@pytest.mark.parametrize(
    "text",
    [
        *("31 November 2026", "30. Februar", "29 February 2027", "le 31 juin", "2月30日", "Dec. 32, 2026"),
        *("32 December 2026", "Monday, 32 March", "32.12.2026", "12/32/2026", "2027-13-01", "2026年12月32日"),
    ],
)
def test_a_day_that_no_calendar_has_is_told(text: str) -> None:
    assert codes(good(body=(paragraph(f"It ends on {text}."),))) == ["date-impossible"]


@pytest.mark.parametrize(
    "text",
    [
        *("in Dec. 32 people came", "mai 68", "juin 36", "all 45 March shows", "the 40 May shows", "im Juli 38 Grad"),
        *("version 3.45.2024", "Room 35, March 2027", "in May, 35 of them"),
    ],
)
def test_a_number_beside_a_month_is_no_day(text: str) -> None:
    assert codes(good(body=(paragraph(f"We saw {text}."),))) == []


def test_a_date_without_a_year_is_the_nearest() -> None:
    (found,) = find_days("on 2 January")
    assert days_near(found, date(2026, 11, 24))[0] == date(2027, 1, 2)


def test_the_dateline_says_the_same_day_as_the_release() -> None:
    assert codes(good(dateline=Dateline("EASTPORT", text="EASTPORT, 25 November"))) == ["date-dateline"]
    assert codes(good(dateline=Dateline("EASTPORT", text="EASTPORT, 24 November"))) == []


def test_a_date_of_last_year_is_a_note() -> None:
    assert codes(good(date=date(2025, 11, 24))) == ["date-far"]


WHERE = {"country": "", "domain": "", "language": "en"}


@pytest.mark.parametrize(
    "number, more",
    [
        ("+44 20 7946 0182", {}),
        ("+44 (0)20 7946 0182 ext. 12", {}),
        ("0044 20 7946 0182", {}),
        ("+44 7700 900118", {}),  # kept for drama
        ("01632 960 731", {"country": "GB"}),
        ("06 39 98 55 22", {"language": "fr"}),
        ("020 7946 0182", {"country": "GB"}),
        ("418 555-0123, poste 456", {"country": "CA"}),
        ("(21) 3555-0123, ramal 45", {"country": "BR"}),
        ("03-3580-3311 (内線 12)", {"language": "ja"}),
        ("(310) 555 0123", {"country": "CO"}),
        ("030 901820", {"language": "de"}),
        ("01 42 34 56 78", {"language": "fr"}),
        ("(212) 736-5000", {}),
        ("110", {}),
        ("612 34 56 78", {"language": "es", "numbers": ["+44 20 7946 0182"]}),
        ("555-010-4471", {}),  # the language alone does not decide the country
        ("123 456 789", {"language": "sv"}),
        *((number, {"country": "DE"}) for number in ("0711 17-0", "04845 123", "030 19449", "116 117")),
        ("+43 1 40400-0", {}),
        *((number, {"country": "IT"}) for number in ("+39 0471 12345", "335 123456", "800 123", "112")),
    ],
)
def test_a_number_that_can_be_one_is_fine(number: str, more: dict[str, Any]) -> None:
    assert number_fault(number, countries_of(**{**WHERE, **more})) == ""


@pytest.mark.parametrize(
    "number, more",
    [
        ("+44 20 7946 018", {}),
        ("+00 00 0000 0000", {}),
        ("+999 30 123456", {}),
        ("+49 30 9018203034593845", {}),
        ("020 7946 018", {"country": "GB"}),
        ("020 7946 018", {"numbers": ["+44 20 7946 0182"]}),
        ("01 42 34 56", {"domain": "example.fr"}),
        ("03-3580-33", {"language": "ja"}),  # one country speaks it
        ("0431 99", {"country": "DE"}),
        ("ask the porter", {"country": "GB"}),
    ],
)
def test_a_number_that_cannot_be_one_is_told(number: str, more: dict[str, Any]) -> None:
    assert number_fault(number, countries_of(**{**WHERE, **more}))


def contact(**changes: Any) -> dict[str, Any]:
    values = {"name": "Ada Brook", "role": "out of hours", "phones": ("+44 20 7946 0001",), "emails": ()}
    return {"contacts": (MediaContact(**(values | changes)),)}


OURS = House(domains=("example.org",))


@pytest.mark.parametrize(
    "changes, found",
    [
        ({"phones": ("+44 20 7946 018",)}, ["contact-phone"]),
        ({"phones": (), "emails": ("ada@example.org",)}, ["contact-no-phone"]),
        ({"role": ""}, ["contact-hours"]),
        ({"emails": ("ada@example",)}, ["contact-domain", "contact-email"]),
        ({"emails": ("no-reply@example.org",)}, ["contact-noreply"]),
        ({"emails": ("noreply@example.org",)}, ["contact-noreply"]),
        ({"emails": ("ada@exmaple.org",)}, ["contact-typo"]),
        ({"emails": ("ada@gannet-foods.example.net",)}, ["contact-domain"]),
        ({"emails": ("ada@gmail.com", "ada@example.org")}, []),
        ({"emails": ("ada@press.example.org",)}, []),
        ({"emails": ("ada@press.exmaple.org",)}, ["contact-typo"]),
        ({"emails": ("ada@gannet.example.fr",)}, ["contact-domain"]),
        ({"note": "press@example,org; @seals@social.example.org"}, ["contact-email"]),
        ({"note": "Tel. 0431 55"}, ["contact-phone"]),
        ({"emails": ("ada@example.org", "harbour@example.com")}, []),
    ],
)
def test_contacts_are_held_against_the_sender(changes: dict[str, Any], found: list[str]) -> None:
    assert sorted(codes(good(**contact(**changes)), house=OURS)) == found


def test_a_mistyped_domain_is_told_with_the_right_one() -> None:
    (problem,) = findings(good(**contact(emails=("ada@exmaple.org",))), house=OURS)
    assert problem.hint == "Did you mean ada@example.org?"


@pytest.mark.parametrize(
    "text, word",
    [
        *(
            (f"Then {word} of them.", word)
            for word in ("TK", "TKTK", "XX", "XXX", "TBC", "TBD", "TODO", "€XX", "[name]", "[tbc]")
        ),
        *(
            ("X% of all", "X"),
            ("{{ name }} came", "{{ name }}"),
            ("and ___ came", "___"),
            ("who???", "???"),
            ("41 (?) seals", "(?)"),
        ),
        *(
            ("call 0000 000 0000", "0000 000 0000"),
            ("Max Mustermann sagt", "Max Mustermann"),
            ("Lorem ipsum", "Lorem ipsum"),
            ("a placeholder image", "placeholder image"),
            ("Placeholder", "Placeholder"),
            ("says John Doe", "John Doe"),
        ),
        *(
            ("[Zitat folgt]", "[Zitat folgt]"),
            ("[à compléter]", "[à compléter]"),
            ("[por confirmar]", "[por confirmar]"),
        ),
        *(
            ("[da confermare]", "[da confermare]"),
            ("[nog in te vullen]", "[nog in te vullen]"),
            ("[citação]", "[citação]"),
        ),
        *(
            ("【要確認】です", "【要確認】"),
            ("○○社は", "○○"),
            ("<<Name>> sagt", "<<Name>>"),
            ("ダミーテキスト", "ダミーテキスト"),
            ("発売日はTBCです", "TBC"),
            ("発売は（要確認）です", "（要確認）"),
            ("【ここに写真を挿入】", "【ここに写真を挿入】"),
        ),
        *(
            ("It costs £xx", "£xx"),
            ("a £XXm order", "£XXm"),
            ("Only ?? seals", "??"),
            ("Lea Wiek (job title tbc) says", "(job title tbc)"),
            ("INSERT QUOTE HERE", "INSERT QUOTE HERE"),
            ("am xx.xx.2026", "xx.xx"),
            ("(Zitat folgt)", "(Zitat folgt)"),
            ("Moderation: N.N.", "N.N."),
            ("le prix (à confirmer)", "(à confirmer)"),
            ("[DA VERIFICARE]", "[DA VERIFICARE]"),
            ("[n.t.b.]", "[n.t.b.]"),
        ),
        *(
            (f"41 {word} of them", word)
            for word in (
                *("(check!)", "(please check)", "(check with legal)", "(spelling?)", "(numbers to be checked)"),
                *("(JM to check)", "[JM: is this right?]", "[Ada to confirm]", "(prüfen)", "(Zahl prüfen)"),
                *("(noch zu klären)", "(Quelle?)", "(à vérifier)", "(nom ?)", "(revisar)", "(¿fuente?)"),
                *("(verificare)", "(fonte?)", "(da controllare!)", "(nakijken)", "(conferir)", "（要チェック）"),
            )
        ),
    ],
)
def test_a_gap_is_told_in_every_language(text: str, word: str) -> None:
    found = [problem for problem in findings(good(body=(paragraph(text),))) if problem.code == "leftover"]
    assert [problem.about for problem in found][:1] == [word]


@pytest.mark.parametrize(
    "word", ["insert", "einfügen", "insérer", "insertar", "inserire", "invoegen", "inserir", "挿入"]
)
def test_what_says_that_something_is_to_be_inserted_stops_a_mailing(word: str) -> None:
    (problem,) = findings(good(body=(paragraph(f"[{word} ABC]"),)))
    assert (problem.code, problem.severity) == ("leftover", Severity.ERROR)


@pytest.mark.parametrize(
    "text, language",
    [
        *(
            ("la literatura del siglo XX en", "es"),
            ("nel XX secolo la", "it"),
            ("the XXX Olympiad", "en"),
            ("no século XX a", "pt"),
        ),
        *(
            ("sagt die TK heute", "de"),
            ("a TK Maxx store", "en"),
            ("TBC of tuberculosis", "nl"),
            ("TODO el mundo", "es"),
        ),
        *(
            ("two X chromosomes (XX) and", "en"),
            ("the XX chromosomes", "en"),
            ("Super Bowl XX was", "en"),
            ("use #TK", "en"),
            ("a placeholder in the code", "en"),
            ("the lawsuit of John Doe", "en"),
        ),
        *(
            ("(check our site)", "en"),
            ("(check in from 3 pm)", "en"),
            ("(really?)", "en"),
            ("(first draft pick)", "en"),
        ),
        *(("Fachleute (prüfen die Netze)", "de"), ("(verificare gli orari sul sito)", "it")),
        *(("size XXL", "en"), ("[sic] he said", "en"), ("[1] and [our emphasis]", "en"), ("[data not shown]", "en")),
        *(
            ("100,000 000", "en"),
            ("wait ... and see…", "en"),
            ("a placeholders' union", "en"),
            ("Checkpoint [Charlie]", "en"),
        ),
    ],
)
def test_a_word_that_looks_like_a_gap_may_be_none(text: str, language: str) -> None:
    assert "leftover" not in codes(good(body=(paragraph(text),), language=language))


@pytest.mark.parametrize(
    "text, word",
    [
        *(
            ("Deleted: forty", "Deleted:"),
            ("Kommentar [MB1]: prüfen", "Kommentar [MB1]:"),
            ("so [AB12] says", "[AB12]"),
        ),
        *(
            ("a {++new++} word", "{++new++}"),
            ("a ~~struck~~ word", "~~struck~~"),
            ("Supprimé : onze", "Supprimé :"),
            ("削除: 十", "削除:"),
        ),
        *(("<ins>new</ins>", "<ins>"), ("Comentário [A1]: ver", "Comentário [A1]:"), ("<<<<<<< ours", "<<<<<<<")),
    ],
)
def test_what_comments_and_tracked_changes_leave_is_told(text: str, word: str) -> None:
    found = findings(good(body=(paragraph("Seals."), paragraph(text))))
    assert [problem.about for problem in found if problem.code == "review-marks"][:1] == [word]


PASTED = """PRESS RELEASE

Seals are back at the pier this spring
Forty-one of them rest on the stones

EASTPORT, 24 November 2026 - Forty-one seals rest on the stones of the pier, more than ever before, wardens said today.

Contact: Ada Brook, Seal Trust, +44 20 7946 0001, ada@example.org
"""


@pytest.mark.parametrize(
    "headline, found",
    [
        *(
            ("DRAFT: Seals are back", ["draft-mark"]),
            ("Entwurf – Robben sind da", ["draft-mark"]),
            ("Draft law passes", []),
        ),
        *(
            ("[Confidential] Seals", ["draft-mark"]),
            ("BOZZA v2: le foche", ["draft-mark"]),
            ("Confidential data leaked", []),
        ),
        *(
            (text, ["draft-mark"])
            for text in (
                *("DRAFT v3", "DRAFT v3 Seals are back", "Seals are back (final draft)", "Seals are back – draft v2"),
                *("v3: Seals are back", "ENTWURF Robben sind da", "Entwurf, Stand 24.11.: Robben", "Robben (Entwurf)"),
                *("PROJET – Les phoques", "BORRADOR Las focas", "BOZZA Le foche tornano", "CONCEPT De zeehonden"),
                *("RASCUNHO As focas", "ドラフト：アザラシ"),
            )
        ),
        *(
            (text, [])
            for text in (
                *("DRAFT BEER FEST", "Projet de loi : les phoques", "Projekt – Kiel zählt", "Concept store opens"),
                *("Entwurf der Brücke: Ada Brook stellt ihn vor", "Version 2.0 of the seal count is out"),
            )
        ),
    ],
)
def test_a_text_that_calls_itself_a_draft_is_told(headline: str, found: list[str]) -> None:
    assert [code for code in codes(good(headline=headline)) if code != "headline-caps"] == found


@pytest.mark.parametrize(
    "foot, found",
    [("DRAFT v3 - do not distribute", ["embargo-in-words", "draft-mark"]), ("Draft laws wait until May.", [])],
)
def test_the_foot_of_a_page_that_calls_it_a_draft_is_told(foot: str, found: list[str]) -> None:
    assert codes(good(body=(paragraph("Seals."), paragraph(foot)))) == found


@pytest.mark.slow
def test_a_draft_is_told_by_the_line_above_its_headline() -> None:
    (problem,) = (one for one in on_file("DRAFT v3\n\n" + PASTED, name="seals.txt") if one.code == "draft-mark")
    assert (problem.message, problem.line) == ('the line above the headline begins with "DRAFT"', 1)


def test_a_headline_with_an_exclamation_mark_stays_the_headline() -> None:
    reported = {one.code: one.line for one in on_file(PASTED.replace("spring\n", "spring!\n"), name="seals.txt")}
    assert reported["headline-exclamation"] == 3


CLIENTS = House(forbidden=("Gannet Foods", "Project Heron", "Seal Trust"), organisation="The Seal Trust")


@pytest.mark.parametrize(
    "changes",
    [
        {"body": (paragraph("paid by gannet  foods."),)},
        {"body": (paragraph("the count", url="https://example.org/gannet-foods/x"),)},
        {"boilerplate": (Boilerplate(((Span("It is old."),),), "About Gannet Foods"),)},
        {"body": (Image("https://example.org/a.jpg", "A seal", "Photo: Gannet Foods", "Gannet Foods"),)},
    ],
)
def test_another_client_s_name_stops_a_mailing_wherever_it_stands(changes: dict[str, Any]) -> None:
    found = [problem for problem in findings(good(**changes), house=CLIENTS) if problem.severity is Severity.ERROR]
    assert [(problem.code, problem.about) for problem in found] == [("forbidden", "Gannet Foods")]


def test_a_sender_may_use_its_own_name_and_words_are_whole() -> None:
    body = (paragraph("The Seal Trust counts. Project Herons nest."),)
    assert codes(good(body=body), house=CLIENTS) == []


@pytest.mark.parametrize(
    "text",
    [
        *("He said “we are glad” twice.", 'He said "we are glad" twice.', "„Wir sind froh“, sagt er."),
        *("»Wir sind froh«, sagt er.", "«Wir sind froh», sagt er.", "« Nous sommes ravis », dit-il."),
        *(
            "«Estamos contentos», dice.",
            "„Wij zijn blij”, zegt hij.",
            "「嬉しい」と『彼』は",
            "”Vi är glada”, säger han.",
        ),
        *("„Er rief ‚ja‘ und „nein“ dazu“", 'a 12" pipe and a 6" one', 'a 12" pipe', "it’s the seals’ pier"),
        *("“One goes on.\n“Two ends.”", "“So “nested” it is”", "He said “so“ and “so“."),
    ],
)
def test_quotation_marks_that_come_in_pairs_are_fine(text: str) -> None:
    assert unbalanced(text) == ("", 0)


@pytest.mark.parametrize(
    "text, mark",
    [
        *(("He said “we are glad twice.", "“"), ("He said we are glad” twice.", "”"), ('He said "we are.', '"')),
        *(("„Wir sind froh, sagt er.", "„"), ("»Wir sind froh, sagt er.", "»"), ("« Nous sommes, dit-il.", "«")),
        *(("Estamos contentos», dice.", "»"), ("「嬉しいと彼は", "「"), ("『嬉しい」と", "『")),
    ],
)
def test_a_quotation_mark_without_its_other_half_is_found(text: str, mark: str) -> None:
    assert unbalanced(text)[0] == mark


def test_a_quote_of_several_paragraphs_opens_each_and_closes_the_last() -> None:
    goes_on = (paragraph("Ada Brook said: “We are glad."), paragraph("“And tired.”"))
    assert "quote-marks" not in codes(good(body=goes_on))
    assert "quote-marks" in codes(good(body=(*goes_on[:1], paragraph("They left."))))
    title = paragraph("They play «The Seal in the cellar of the port.")
    assert "quote-marks" in codes(good(body=(title, paragraph("«We are glad», says Ada Brook."))))


@pytest.mark.parametrize(
    "text, around",
    [
        ('"We are glad, said Ada Brook. "They came back."', '"We are glad'),
        ('We are glad," said Ada Brook. "They came back."', 'glad," said'),
        ("« Nous sommes là, dit Lise Aubin. « Venez. »", "« Nous sommes"),
        ("»Wir sind da, sagt Lea Wiek. »Kommt.«", "»Wir sind"),
        ("„Wir sind da, sagt Lea Wiek. „Kommt.“", "„Wir sind"),
    ],
)
def test_the_mark_that_is_shown_is_the_one_without_its_half_and_nothing_else_is_told(text: str, around: str) -> None:
    reported = [problem for problem in findings(good(body=(paragraph(text),))) if problem.code.startswith("quote")]
    assert [(problem.code, around in problem.message) for problem in reported] == [("quote-marks", True)], reported


GLAD = "“We had no expectations at all this morning.”"


def test_a_quote_needs_a_speaker_unless_it_goes_on_from_somebody_s_words() -> None:
    quote = paragraph(GLAD)
    assert "quote-speaker" in codes(good(body=(quote,)))
    assert "quote-speaker" in codes(good(body=(paragraph("The seals are back."), quote, paragraph("They eat fish."))))
    named = Quote(((Span("We are glad."),),), "Ada Brook")
    assert "quote-speaker" not in codes(good(body=(named, quote)))
    between = paragraph("The pier was built in 1931.")
    assert "quote-speaker" in codes(good(body=(named, between, quote)))
    assert "quote-speaker" not in codes(good(body=(named, paragraph("Brook keeps the pier."), quote)))
    apart = Quote(((Span("We are glad."),),))
    assert "quote-speaker" in codes(good(body=(apart,)))
    assert "quote-speaker" in codes(good(body=(named, apart)))  # it is shown without a name
    assert "quote-speaker" not in codes(good(body=(apart, named)))  # the line below the last of several counts


@pytest.mark.parametrize(
    "texts, language",
    [
        (("“We are glad that they came back to us,” the governor said. “Come and see them.”",), "en"),
        (
            ("“De palen zijn er klaar voor, nu wij nog”, zegt directeur Noor Wiel. “Kom maar kijken.”",),
            "nl",
        ),
        (("«Sono tornate dopo trent'anni - racconta la custode -. Le ho contate una per una».",), "it"),
        (("«Han vuelto todas, y con ellas los niños del barrio», ha afirmado Luz Mora.",), "es"),
        (("« Elles sont revenues cette année, déclare Lise Aubin, gardienne du port. Venez les voir. »",), "fr"),
        (("Hafenmeister Jan Wiek: „Sie sind wieder da, und keiner weiß, warum es so kam.“",), "de"),
        (("「四十一頭が戻ってきたことを、町のみんなが喜んでいます」と港長の三浦は語る。",), "ja"),
        (("Ada Brook, the keeper, had this to say:", GLAD), "en"),
        (("“They came at night,” said Ada Brook, keeper of the pier.", GLAD), "en"),
        ((GLAD, "Ada Brook, keeper of the Eastport pier"), "en"),
        ((GLAD, "— Ada Brook"), "en"),
    ],
)
def test_whoever_is_named_beside_a_quote_is_enough(texts: tuple[str, ...], language: str) -> None:
    body = tuple(map(paragraph, texts))
    assert "quote-speaker" not in codes(good(body=body, language=language))


@pytest.mark.parametrize(
    "before, quote, after",
    [
        ("Ada Brook says:", "We are glad.", ""),
        ("“They came at night,” said Ada Brook.", "We are glad.", ""),
        ("", "We are glad.", "Ada Brook, keeper of the pier"),
        ("", "»We are glad.« Ada Brook, keeper of the pier", ""),
        ("", "§ 3 of the by-law: “Whoever feeds a seal pays a fine of ten pounds.”", ""),
    ],
)
def test_a_quote_set_apart_may_be_told_by_its_neighbours(before: str, quote: str, after: str) -> None:
    body = [paragraph(before), Quote(((Span(quote),),)), paragraph(after)]
    assert "quote-speaker" not in codes(good(body=tuple(one for one in body if one != paragraph(""))))


def test_an_address_in_the_text_is_shown_to_who_names_no_contact() -> None:
    (problem,) = findings(good(contacts=(), body=(paragraph("Write to press@example.org before noon."),)))
    assert (problem.code, "press@example.org is in the text" in problem.message) == ("no-contact", True)


def test_a_credit_alone_is_no_caption() -> None:
    text = '![Two seals](https://www.example.org/a.jpg "| Photo: Ada Brook")'
    assert "image-caption" in [problem.code for problem in on_file(text)]


def test_a_caption_without_its_picture_lacks_the_picture_and_is_asked_for_nothing_else() -> None:
    assert codes(good(body=(Image("", "", "Seals on the pier"),))) == ["image-missing"]


def test_findings_have_the_lines_of_the_file_through_markdown_and_wrapping() -> None:
    text = """---
headline: Seals are back!
date: 2026-11-24
contacts:
- name: Ada Brook
  phone: +44 20 7946 018
---

Forty-one *seals* rest on the stones of the pier, and nobody
knows why. **TBC** by Sunday,
21 November 2026, says the [port](http://example.org/a?b=1&c=2).

> We are glad about every one of them.

- first TBD

![](seal.jpg)
"""
    lines = {problem.code: problem.line for problem in on_file(text) if problem.line}
    wanted = {"headline-exclamation": 2, "contact-phone": 6, "leftover": 15, "date-weekday": 10, "link-http": 11}
    assert {code: lines.get(code) for code in wanted} == wanted
    assert lines["quote-speaker"] == 13
    assert lines["image-alt"] == 17


def test_findings_have_the_lines_of_a_web_page_and_a_text() -> None:
    page = "<html><body>\n<h1>Seals\nare <b>back</b></h1>\n<p>Forty &amp; one</p>\n<p>of them TBC</p></body></html>"
    assert next(p.line for p in on_file(page, name="a.html") if p.code == "leftover") == 5
    text = "Seals are back\n\nEASTPORT, 24 November 2026 – One seal.\r\n\r\nThe other TBC.\n"
    assert next(p.line for p in on_file(text, name="a.txt") if p.code == "leftover") == 5
