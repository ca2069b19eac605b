"""A release in any language is read; an unknown language is not taken for another one."""

from __future__ import annotations

import pytest

from mailer.release.document import release_document
from mailer.release.source import parse_release
from mailer.release.words import guess_language, pattern

TAGS = (
    *("pl", "zh", "ko", "ru", "nb", "sv", "tr", "da", "fi", "cs", "uk", "ar", "he", "el", "hu", "ga", "fil", "und"),
    *("en-GB", "en-US", "pt-BR", "zh-Hans", "de-AT"),
)
NO_TAGS = ("en_US", "x", "english", "")  # values that pages have instead of language tags
SAID = "“We are glad,” said Ann Bell, mayor of Eastport."
TEXTS = {
    "sv": "Hamnen i Östvik öppnar en ny brygga för färjor. Kommunen beslutade på torsdagen att bygga en brygga som ska "
    "ersätta den gamla träspången. Vi har väntat på det här i fyrtio år, säger borgmästaren.",
    "nb": "Havna i Østvik åpner en ny brygge for ferger. Kommunestyret vedtok torsdag å bygge en brygge som skal "
    "erstatte den gamle gangbrua. Vi har ventet på dette i førti år, sier ordføreren.",
    "pl": "Port w Ostrowie otwiera nowe molo dla promów. Rada miejska uchwaliła w czwartek budowę mola, które zastąpi "
    "drewnianą kładkę z roku 1986. Czekaliśmy na to czterdzieści lat, mówi burmistrz.",
    "fi": "Satama avaa uuden laiturin lautoille. Kaupunginvaltuusto päätti torstaina rakentaa uuden laiturin, joka "
    "korvaa vanhan puusillan. Olemme odottaneet tätä neljäkymmentä vuotta, sanoo kaupunginjohtaja.",
    "tr": "Liman feribotlar için yeni bir iskele açıyor. Belediye meclisi perşembe günü ahşap köprünün yerine yeni bir "
    "iskele yapılmasına karar verdi. Kırk yıldır bunu bekliyorduk, dedi başkan.",
    "ru": "Порт открывает новый причал для паромов. Городской совет решил построить новый причал.",
    "ko": "항구가 여객선을 위한 새 부두를 엽니다. 시의회는 목요일에 새 부두를 짓기로 결정했다.",
    "zh": "港口为渡轮开放新码头。市议会周四决定修建新码头，取代旧木桥。",
}


@pytest.mark.parametrize("tag", [*TAGS, *NO_TAGS])
def test_a_page_in_any_language_is_read(tag: str) -> None:
    """A short last paragraph with a link may be a call to action, by the words of its language."""
    page = f"<h1>Pier opens again</h1><p>{TEXTS['sv']}</p><p>{SAID}</p><blockquote>We are glad.</blockquote>"
    link = '<p>Read more at <a href="https://example.org/x">the site</a> today.</p>'
    for below in (link, f"<p>Ann Bell, mayor</p>{link}", f"<p>Ann Bell said:</p>{link}"):
        data = f'<html lang="{tag}">{page}{below}</html>'.encode()
        document = release_document(parse_release(data, source="a.html", slug="a"))
        assert document["headline"] == "Pier opens again"
        assert "Kommunen" in document["body"][0]["text"]


@pytest.mark.parametrize(
    "tag", [tag for tag in TAGS if tag.replace("-", "").isalpha() and len(tag) > 1 and tag != "english"]
)
def test_a_release_that_names_any_language_is_read(tag: str) -> None:
    text = (
        f"---\nheadline: Pier\nlanguage: {tag}\n---\n\n{TEXTS['sv']}\n\n{SAID}\n\n[Here](https://example.org) it is.\n"
    )
    release = parse_release(text.encode(), source="a.md", slug="a")
    assert release_document(release)["language"] == tag


def test_a_language_without_words_of_its_own_is_read_with_all_tables() -> None:
    page = f'<html lang="sv"><h1>Pier</h1><p>{TEXTS["sv"]}</p><p>Media contact: Ann Bell, ann@example.org</p>'
    page += '<p>Anmelden Sie sich <a href="https://example.org">hier</a></p></html>'
    (contact,) = parse_release(page.encode(), source="a.html", slug="a").contacts
    assert (contact.name, contact.emails) == ("Ann Bell", ("ann@example.org",))


@pytest.mark.parametrize("name", TEXTS)
def test_a_language_that_is_not_known_is_not_called_by_the_name_of_another(name: str) -> None:
    assert guess_language(TEXTS[name]) == "und"
    release = parse_release(f"# Pier\n\n{TEXTS[name]}\n".encode(), source="a.md", slug="a")
    assert release.language == "und"
    assert [one.code for one in release.problems] == ["unsure-language"]


@pytest.mark.parametrize(
    "speech, who",
    [
        ("– Vi har väntat i fyrtio år, och nu är den här, säger Ann Bell, borgmästare.", "Ann Bell"),
        ("– Vi har väntat i fyrtio år på den här bryggan och nu är den här.", "Hamnen i Östvik"),
        ("Kommunen är nöjd. – Vi har väntat i fyrtio år på den här bryggan, säger Ann Bell.", "Ann Bell"),
    ],
)
def test_a_dash_opens_what_somebody_says(speech: str, who: str) -> None:
    text = f"Ny brygga i Östvik\n\n{TEXTS['sv']}\n\n{speech}\n\n{TEXTS['sv']}\n"
    document = release_document(parse_release(text.encode(), source="a.txt", slug="a", strict=False))
    assert [one["speaker"] for one in document["quotes"]] == [who]


def test_a_few_plain_words_are_english() -> None:
    assert guess_language("Seals return") == "en"
    assert guess_language("") == "en"


@pytest.mark.parametrize(
    "text, found",
    [("an Embargo: 3 March", True), ("本embargo書", True), ("embargoed", False), ("本embargoed書", False)],
)
def test_a_word_ends_at_its_last_letter_and_beside_signs_of_japanese(text: str, *, found: bool) -> None:
    word = pattern(r"(?<!\w)embargo(?!\w)")

    assert (word.search(text) is not None) is found
    assert (word.sub("", text) != text) is found
