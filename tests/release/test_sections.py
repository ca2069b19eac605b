from __future__ import annotations

import pytest

from mailer.release.document import block_text
from mailer.release.pieces import find_links
from mailer.release.sections import is_about_heading, is_contact_heading, is_end_mark, is_notes_heading
from mailer.release.source import parse_release
from mailer.release.values import Paragraph, Release, Span, plain

STORY = (
    "The council of Eastport voted on Monday to keep the swimming hall open for three more winters, after two thousand "
    "people had signed a petition that asked for it and for warmer water in the large basin."
)


def read(text: str) -> Release:
    return parse_release(text.encode(), source="release.txt", slug="release")


@pytest.mark.parametrize(
    "text",
    [
        *("###", "# # #", "-30-", "- 30 -", "– 30 –", "***", "* * *", "ENDS", "- ends -", "END", "Ends", "(ends)"),
        *("- E N D S -", "-XXX-", "# 30 #", "- o -", "Fin", "Koniec", "ends/", "/////"),
        *("– fin –", "FIN", "- Ende -", "EINDE PERSBERICHT", "FIM", "- fine -", "以上", "（了）", "End of release"),
    ],
)
def test_end_mark_is_known_in_every_language(text: str) -> None:
    assert is_end_mark(text)


@pytest.mark.parametrize("text", ["end", "fin", "30", "The end is near", "Endspiel", "#", "", "以上です"])
def test_what_only_looks_like_an_end_is_none(text: str) -> None:
    assert not is_end_mark(text)


@pytest.mark.parametrize("mark", ["***", "~ ~ ~", "-0-"])
def test_a_mark_with_much_of_the_story_behind_it_only_parts_it(mark: str) -> None:
    assert read(f"Hall stays open\n\n{STORY}\n\n{mark}\n\n{STORY}\n\n{STORY}\n").end_mark == ""
    about = f"About Eastport\n\n{STORY}\n\n{STORY}\n"
    assert read(f"Hall stays open\n\n{STORY}\n\n{mark}\n\n{about}").end_mark == mark


@pytest.mark.parametrize(
    "tail, notes, about",
    [
        ("The trust meets in June. Notes to editors: The pool is 50 metres long.", "The pool is 50 metres long.", ""),
        ("The trust meets in June. About the Swimming Trust: It runs three pools.", "", "It runs three pools."),
        ("***\nAbout the Swimming Trust - It runs three pools.", "", "It runs three pools."),
        ("The trust meets in June. Note: it is open to all. About half of those who come: children.", "", ""),
        ("¿Quiénes somos?\nDirigimos tres piscinas.", "", "Dirigimos tres piscinas."),
        ("O firmie\nProwadzimy trzy baseny.", "", "Prowadzimy trzy baseny."),
        ("Om Hallby Bad\nHallby Bad har tre simhallar.", "", "Hallby Bad har tre simhallar."),
    ],
)
def test_a_section_begins_behind_a_full_stop_in_a_question_or_in_another_language(
    tail: str, notes: str, about: str
) -> None:
    found = read(f"Hall stays open\n\n{STORY}\n\n{tail}\n")
    assert " ".join(block_text(one) for one in found.notes_to_editors) == notes
    assert [plain(one.paragraphs[0]) for one in found.boilerplate] == ([about] if about else [])


@pytest.mark.parametrize("mark", ["ENDS", "###"])
def test_end_mark_glued_to_the_last_sentence_is_found(mark: str) -> None:
    assert read(f"Hall stays open\n\n{STORY} {mark}\n").end_mark == mark
    assert read(f"Hall stays open\n\n{STORY} That is how it {mark}\n").end_mark == ""


@pytest.mark.parametrize(
    "text",
    [
        *("Notes to Editors:", "NOTE TO EDITORS", "Notes for editors (not for publication)", "Editor’s notes"),
        *("Hinweis für die Redaktionen", "Anmerkungen der Redaktion:", "Notes aux rédactions", "Note à la rédaction :"),
        *("Notas para el editor", "Nota a los editores", "Note per le redazioni", "Noot voor de redactie:"),
        *("Notas aos editores", "【編集者注】", "■備考", "Additional information for news editors"),
        *("Anmerkung für Journalisten", "Note til redaktionen", "Informacje dla redakcji", "Poznámka pro novináře"),
    ],
)
def test_notes_have_a_heading_in_every_language(text: str) -> None:
    assert is_notes_heading(text)


@pytest.mark.parametrize(
    "text, language",
    [
        ("About Example Trust", "en"),
        ("ABOUT EXAMPLE LTD.", "en"),
        ("Über den Badeverein e. V.", "de"),
        ("Über uns", "de"),
        ("À propos de l'association", "fr"),
        ("À propos d’Example", "fr"),
        ("A propos d’Example", "fr"),
        ("Qui sommes-nous ?", "fr"),
        ("Acerca de Example", "es"),
        ("Sobre la Fundación Ejemplo", "es"),
        ("Informazioni su Esempio", "it"),
        ("Chi siamo", "it"),
        ("Over Stichting Voorbeeld", "nl"),
        ("Sobre a Associação", "pt"),
        ("■会社概要", "ja"),
        ("【会社概要】", "ja"),
        ("株式会社サンプルについて", "ja"),
    ],
)
def test_boilerplate_has_a_heading_in_every_language(text: str, language: str) -> None:
    assert is_about_heading(text, language)


@pytest.mark.parametrize(
    "text, language",
    [
        ("About 500 visitors came", "en"),
        ("About time.", "en"),
        ("Over The Moon", "en"),
        ("about the house", "en"),
        ("お申し込みについて", "ja"),
        ("Über 500 Gäste kamen", "de"),
    ],
)
def test_common_words_are_no_heading_of_a_boilerplate(text: str, language: str) -> None:
    assert not is_about_heading(text, language)


def test_heading_of_contacts_is_known_without_anybody_under_it() -> None:
    assert is_contact_heading("Media contacts:")
    assert not is_contact_heading("The press office was closed on the day on which all of this happened here")


def test_story_that_goes_on_behind_an_about_keeps_it() -> None:
    text = f"Hall opens\n\n{STORY}\n\nAbout the hall\n\n{STORY}\n\nThe second hall\n\n{STORY}\n\n{STORY}\n"
    assert read(text).boilerplate == ()


def test_about_with_a_short_word_behind_it_is_a_boilerplate() -> None:
    text = f"Hall opens\n\n{STORY}\n\n{STORY}\n\nAbout Example Trust\n\nExample Trust is small.\n\nLinks\n\nSee it.\n"
    assert [one.heading for one in read(text).boilerplate] == ["About Example Trust"]


def test_name_above_its_own_paragraph_is_a_heading() -> None:
    about = "Example Trust has run the hall since 1961 and teaches four hundred children a year to swim."
    release = read(f"Hall opens\n\n{STORY}\n\n{STORY}\n\nExample Trust\n\n{about}\n")
    assert [(one.heading, plain(one.paragraphs[0])) for one in release.boilerplate] == [("Example Trust", about)]


def test_letters_stand_for_the_name_below_them() -> None:
    about = "The Eastport Swimming Trust has run the hall since 1961 and teaches four hundred children a year to swim."
    release = read(f"Hall opens\n\n{STORY}\n\n{STORY}\n\nThe EST\n\n{about}\n")
    assert [(one.heading, plain(one.paragraphs[0])) for one in release.boilerplate] == [("The EST", about)]


def test_two_paragraphs_behind_the_end_mark_say_what_two_bodies_are() -> None:
    below = ["Example Trust runs the hall at Eastport and three other pools.", "Eastport Ferries was founded in 1931."]
    head = "Example Trust and Eastport Ferries open hall"
    release = read("\n\n".join([head, STORY, "###", below[0], below[1] + " It has nine ships on the bay."]))
    assert len(release.boilerplate) == 2


def test_what_is_about_a_text_or_its_page_is_no_note() -> None:
    below = "To be removed from this list, reply with REMOVE in the subject."
    release = read(f"Hall opens\n\n{STORY}\n\n###\n\n{below}\n\nVR/TRB/SK\n(Release ID: 1790142)\n")
    assert release.notes_to_editors == ()
    assert {one.text for one in release.kept if one.field == "page-foot"} >= {below, "VR/TRB/SK"}


def test_background_that_is_not_about_a_name_is_story() -> None:
    release = read(f"Hall opens\n\n{STORY}\n\n{STORY}\n\nHintergrund: Der Streit um das Bad\n\n{STORY}\n")
    assert release.boilerplate == ()


@pytest.mark.parametrize(
    "terms",
    [
        "Abdruck honorarfrei, Beleg erbeten. Bilder: www.example.org/bilder",
        "Free to reprint; please send us a copy.",
        "Reproduction libre.",
        "Reproducción autorizada.",
        "Riproduzione gratuita.",
        "Overname van dit bericht is vrij.",
        "Reprodução livre.",
        "転載自由。",
    ],
)
def test_terms_of_reprinting_are_no_part_of_the_last_boilerplate(terms: str) -> None:
    release = read(f"Hall opens\n\n{STORY}\n\n{STORY}\n\nENDS\n\nAbout Example Trust\nIt is small.\n\n{terms}\n")
    assert [plain(one) for about in release.boilerplate for one in about.paragraphs] == ["It is small."]
    assert ("reprint", terms) in {(kept.field, kept.text) for kept in release.kept}


def test_heading_without_a_blank_line_above_it_is_found() -> None:
    text = f"Hall opens\n\n{STORY}\nNotes to editors\nThe petition is online.\nAbout Example Trust\nIt is small.\n"
    release = read(text)
    assert [plain(block.inline) for block in release.notes_to_editors if hasattr(block, "inline")] == [
        "The petition is online."
    ]
    assert [one.heading for one in release.boilerplate] == ["About Example Trust"]


def test_last_paragraph_that_says_what_somebody_is_is_told_as_a_guess() -> None:
    about = (
        "Example Trust is a charity that has run the hall since 1961 and that teaches four hundred children a year to "
        "swim in cold and in warm water."
    )
    release = read(f"Example Trust keeps hall open\n\n{STORY}\n\n{STORY}\n\n{STORY}\n\n{about}\n")
    assert [plain(one.paragraphs[0]) for one in release.boilerplate] == [about]
    assert "unsure-boilerplate" in {problem.code for problem in release.problems}


def test_what_somebody_does_above_the_last_boilerplate_is_one_as_well() -> None:
    does = "Example Trust runs the hall and three more pools in the towns between the harbour and the hills."
    about = "Hall Friends, founded in 1961, is a club of swimmers who clean the hall each spring before it is opened."
    release = read(f"Example Trust and Hall Friends keep hall open\n\n{STORY}\n\n{STORY}\n\n{does}\n\n{about}\n")
    assert [plain(one.paragraphs[0]) for one in release.boilerplate] == [does, about]


def test_last_of_several_notes_may_be_the_boilerplate() -> None:
    about = "Example Trust is a charity that has run the hall since 1961, when the harbour froze and nobody could swim."
    notes = f"Notes to editors\n\nThe petition is on the web site of the council.\n\n{about}\n"
    release = read(f"Example Trust keeps hall open\n\n{STORY}\n\n{STORY}\n\nENDS\n\n{notes}")
    assert [plain(one.paragraphs[0]) for one in release.boilerplate] == [about]
    assert len(release.notes_to_editors) == 1


def test_mission_behind_the_end_mark_is_a_boilerplate() -> None:
    about = "Example Trust's mission is to keep water warm and halls open for all who want to swim, also in winter."
    release = read(f"Example Trust keeps hall open\n\n{STORY}\n\n{STORY}\n\n###\n\n{about}\n")
    assert [plain(one.paragraphs[0]) for one in release.boilerplate] == [about]


def test_last_paragraph_with_a_quote_is_story() -> None:
    last = f"Example Trust is a charity, said Ann Bell, “and we are glad”. {STORY}"
    assert read(f"Example Trust keeps hall open\n\n{STORY}\n\n{STORY}\n\n{last}\n").boilerplate == ()


@pytest.mark.parametrize("line", ["Photos: www.example.org/photos", "Photo: to be had at https://example.org/press"])
def test_where_pictures_are_to_be_had_is_no_caption(line: str) -> None:
    release = read(f"Swimming hall stays open\n\n{STORY}\n\n{line}\n")
    assert not list(release.all_pictures())
    assert release.body[-1] == Paragraph(find_links((Span(line),)))


@pytest.mark.parametrize(
    "story, call",
    [
        (
            "The hall is open for three more winters, the council says.",
            "Places can be booked at https://www.example.org/p.",
        ),
        ("The hall is open for three more winters, the council says.", "Tickets: https://www.example.org/tickets"),
        ("Das Bad bleibt für drei Winter offen, sagt der Rat der Stadt.", "Anmeldung unter https://www.example.org/a"),
        ("La piscine reste ouverte pour trois hivers.", "Les habitants sont invités sur https://www.example.org/p."),
        ("La piscina sigue abierta durante tres inviernos.", "Participa en la encuesta: https://www.example.org/e"),
        ("La piscina resta aperta per altri tre inverni.", "Scoprite il programma su https://www.example.org/p"),
        ("Het zwembad blijft nog drie winters open.", "Kaarten zijn te koop via https://www.example.org/k"),
        ("A piscina continua aberta por mais três invernos.", "Inscrições em https://www.example.org/p"),
        ("市民プールを今後三年間存続させることを決めた。", "お申し込みは https://www.example.org/p まで"),
        (
            "The hall is open for three more winters.",
            "The council put the plan on https://www.example.org/p on Monday.",
        ),
        ("The hall is open for three more winters.", "“Come and swim,” she wrote at https://www.example.org/p."),
        ("The hall is open for three more winters.", "Places on the pier are few, and the seals like them."),
    ],
)
def test_call_to_action_asks_for_something_and_has_a_link_to_do_it(story: str, call: str) -> None:
    text = f"Hall stays open\n\n{story}\n\n{story}\n\n{call}\n\nENDS\n"
    found = plain(parse_release(text.encode(), source="hall.txt", slug="hall").call_to_action)
    assert found == ("" if call.startswith(("The council", "“", "Places on")) else call)


@pytest.mark.parametrize(
    "last, is_boilerplate",
    [
        ("The Swimming Trust has 4,100 members and looks after three pools.", True),
        ("Swimming Trust Ltd. has 4,100 members and looks after three pools.", True),
        ("The Swimming Trust enrolls 170 apprentices and 4,100 members in two towns of the coast.", True),
        ("The Swimming Trust counts on everybody who can swim to come on Saturday and bring a friend.", False),
        ("The Swimming Trust will open another 40 lanes in the summer and tell everybody of it.", False),
    ],
)
def test_a_last_paragraph_that_says_how_many_members_it_has_is_of_the_issuer(
    last: str, *, is_boilerplate: bool
) -> None:
    story = f"{STORY} The Swimming Trust said so today."
    release = read(f"The Swimming Trust keeps its hall open\n\n{story}\n\n{STORY}\n\n{last}\n\nENDS\n")
    assert bool(release.boilerplate) == is_boilerplate
