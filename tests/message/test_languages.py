"""The shipped family in the languages of the people it goes to, and as plain text."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from mailer.errors import InputProblem
from mailer.message.checks import check_message
from mailer.message.context import phrases_of
from mailer.message.family import compile_family
from mailer.release.values import MediaContact
from tests.message.samples import ADA, CASES, FULL, GERMAN, OPTOUT_URL, PDF, PLAIN, TONGUES, Case, compiled

LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt")
TINY = {"email.html": "h", "email.txt": "t", "subject.txt": "s"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_around_a_release_is_in_the_language_of_the_person(language: str) -> None:
    phrases = phrases_of(TONGUES.of(language))
    release = replace(FULL, label="")
    rendered = compiled().render(Case(release, ADA, {}, language=language).context(), language=language)
    for part in (rendered.html.replace("&#39;", "'"), rendered.text):
        for word in ("immediate", "contacts", "why", "optout_link", "greeting"):
            assert phrases[word] in " ".join(part.split())
        assert "Wardens of Example" in " ".join(part.split())
        assert release.headline in " ".join(part.split())
    assert "Example Trust" in Case(release, ADA, {}, language=language).context()["words"]["letter"]
    marked = re.findall(r' lang="(..)"', rendered.html)
    assert set(marked) == {"en", language}


def test_without_a_language_of_its_own_a_mail_is_as_it_was() -> None:
    plain = Case(PLAIN, ADA, {})
    assert replace(plain, language="pl").context()["language"] == "pl"
    assert compiled().language_for("pl") == ""
    assert replace(plain, language="en").compose() == plain.compose()


def test_an_english_line_around_a_german_release_is_marked_as_english() -> None:
    rendered = compiled().render(Case(GERMAN, ADA, CASES["files"].images, language="en").context(), language="en")
    assert '<html lang="de"' in rendered.html
    assert "EMBARGOED UNTIL 09:00 BST (08:00 UTC), Wednesday 3 March 2027" in rendered.text
    assert re.search(r'<p class="line"[^>]* lang="en"', rendered.html)


def test_around_an_arabic_release_english_lines_stand_at_its_side_and_letter_and_foot_at_their_own() -> None:
    arabic = replace(FULL, label="", language="ar", dateline=None)
    html = compiled().render(Case(arabic, ADA, CASES["full"].images, language="en").context(), language="en").html
    line, date = (re.search(rf'<\w+ class="{name}"[^>]*>', html) for name in ("line", "date"))
    assert line
    assert date
    for each in (line[0], date[0]):
        assert ' lang="en"' in each
        assert ' dir="ltr"' in each
    assert "text-align" not in line[0]
    for name in ("note-text", "foot"):
        found = re.search(rf'class="{name}" style="([^"]*)"', html)
        assert found
        assert found[1].rstrip(";").endswith("text-align: left")


@pytest.mark.parametrize("language, turn", [("ar", ' dir="auto"'), ("en", "")])
def test_a_contact_in_latin_letters_keeps_its_full_stop_at_its_end_in_an_arabic_release(
    language: str, turn: str
) -> None:
    ferries = MediaContact("Tomas Adeyemi", "press", "Northern Ferries Ltd.")
    html = compiled().render(Case(replace(FULL, language=language, contacts=(ferries,)), ADA, {}).context()).html
    assert re.search(rf'<p class="role"{turn} style="[^"]*">press. Northern Ferries Ltd\.</p>', html)


@pytest.mark.parametrize(
    "tag, found",
    [("de-AT", "de"), ("de", "de"), ("DE-at-1996", "de"), ("fr-CA", "fr-ca"), ("fr", ""), ("x", ""), ("", "")],
)
def test_the_nearest_language_of_a_family_is_taken(tag: str, found: str) -> None:
    files = {f"email.{each}.{end}": "x" for each in ("de", "fr-CA") for end in ("html", "txt")}
    assert compile_family({**TINY, **files}, name="own").language_for(tag) == found


def test_a_subject_of_a_language_is_taken_where_there_is_one() -> None:
    files = {"email.de.html": "dh", "email.de.txt": "dt", "email.fr.html": "fh", "email.fr.txt": "ft"}
    family = compile_family({**TINY, **files, "subject.de.txt": "ds"}, name="own")
    context = Case(PLAIN, ADA, {}).context()
    german, french = (family.render(context, language=each) for each in ("de", "fr"))
    assert (german.subject, german.text) == ("ds", "dt")
    assert (french.subject, french.text) == ("s", "ft")
    assert "fh" in french.html
    assert family.render(context).text == "t"


@pytest.mark.parametrize("given, lacks", [("email.de.html", "email.de.txt"), ("email.de.txt", "email.de.html")])
def test_half_a_language_is_told(given: str, lacks: str) -> None:
    with pytest.raises(InputProblem) as caught:
        compile_family({**TINY, given: "x"}, name="own")
    assert [problem.source for problem in caught.value.problems] == [f"templates/own/{lacks}"]


def test_an_error_in_the_template_of_a_language_names_its_file() -> None:
    files = {"email.de.html": "x", "email.de.txt": "a\n{{ contact.nmae }}"}
    family = compile_family({**TINY, **files}, name="own")
    with pytest.raises(InputProblem) as caught:
        family.render(Case(PLAIN, ADA, {}).context(), language="de")
    (problem,) = caught.value.problems
    assert (problem.source, problem.line) == ("templates/own/email.de.txt", 2)


def test_the_shipped_family_takes_its_words_from_the_files_of_languages() -> None:
    assert set(LANGUAGES) <= set(TONGUES)
    assert compiled().takes_words
    assert not compile_family(TINY, name="own").takes_words


def test_plain_text_is_one_part_with_every_way_out() -> None:
    message = message_from_bytes(Case(FULL, ADA, {}, text_only=True).compose(), policy=policy.default)
    assert message.get_content_type() == "text/plain"
    assert not message.is_multipart()
    assert OPTOUT_URL in message["List-Unsubscribe"]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert OPTOUT_URL in message.get_content()
    assert "1 Example Street" in message.get_content()


def test_plain_text_with_files_is_the_text_and_the_files() -> None:
    message = message_from_bytes(CASES["text-only-files"].compose(), policy=policy.default)
    parts = list(message.walk())
    assert [part.get_content_type() for part in parts] == ["multipart/mixed", "text/plain", "application/pdf"]
    assert parts[2].get_payload(decode=True) == PDF.data


def test_the_text_of_a_plain_mail_is_that_of_the_whole_one() -> None:
    whole, plain = (Case(FULL, ADA, {}, text_only=text_only).compose() for text_only in (False, True))
    parts = [message_from_bytes(data, policy=policy.default).get_body(("plain",)) for data in (whole, plain)]
    assert len({part.get_content() for part in parts if part}) == 1


def test_a_plain_mail_is_held_against_what_the_law_asks() -> None:
    data = CASES["text-only"].compose()
    checks = check_message(data, postal_address="2 Another Street", optouts=("https://elsewhere.example.org/",))
    assert {check.code for check in checks if not check.passed} == {"postal-address", "opt-out"}
