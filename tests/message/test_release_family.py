"""The shipped family: says everything, works with nothing, and keeps the rules of mail HTML."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from mailer.message.checks import check_message
from mailer.message.checks.mail import word_overlap
from mailer.message.context import statement_context
from mailer.message.parts import read_page
from mailer.message.values import Rendered
from mailer.release.values import Image, MediaContact, Paragraph, Quote, Release
from tests.message.samples import (
    ADA,
    BO,
    CASES,
    EMBARGO,
    FULL,
    NOBODY,
    OPTOUT_MAILTO,
    OPTOUT_URL,
    PLAIN,
    SENDER,
    TOKEN,
    TONGUES,
    Case,
    compiled,
    text,
)

FAMILY = compiled()
EVERYTHING = (
    "Example Trust",
    "24 November 2026",
    "Dear Ada,",
    "Shall I put you through?",
    "FOR IMMEDIATE RELEASE",
    FULL.headline,
    FULL.subhead,
    "EASTPORT, 24 November – Harbour seals",
    "“We had stopped looking.",
    "very good Sunday.”",
    "Inês Aldridge, head of coast, Example Trust",
    "What the wardens counted",
    "Outer mole",
    "Guide dogs are welcome.",
    "Two harbour seals on the lower steps of the pier",
    "Sunday's low water.",
    "Photograph: R. Maron",
    "ENDS",
    "Notes to editors",
    "Northern Shore Survey",
    "Media contacts",
    "Head of coast",
    "030 555 0142",
    "also out of hours",
    "press@example.org",
    "About Example Trust",
    "those who live by it.",
    "Follow the count",
    SENDER.postal_address,
    "You receive this because you are on the press list of Example Trust.",
    "Unsubscribe",
)


def render(case: Case) -> Rendered:
    return FAMILY.render(case.context())


@pytest.mark.parametrize("contact", [ADA, BO, NOBODY], ids=["note", "name only", "address only"])
@pytest.mark.parametrize(
    "release", [FULL, PLAIN, Release(slug="x", headline="Only a headline")], ids=["full", "plain", "bare"]
)
@pytest.mark.parametrize("optouts", [(OPTOUT_URL, OPTOUT_MAILTO), (OPTOUT_MAILTO,), (OPTOUT_URL,)])
def test_every_release_passes_the_checks_for_every_person(
    release: Release, contact: dict[str, str], optouts: tuple[str, ...]
) -> None:
    data = Case(release, contact, {}, optouts=optouts).compose(FAMILY)
    failed = [c for c in check_message(data, postal_address=SENDER.postal_address, optouts=optouts) if not c.passed]
    assert not failed


def test_both_parts_say_everything_in_the_release() -> None:
    rendered = render(CASES["full"])
    page = read_page(rendered.html)
    for part in (rendered.text, page.words):
        squeezed = " ".join(part.split())
        for words in EVERYTHING:
            assert words in squeezed, words
    assert word_overlap(rendered.text, page.words) > 0.97
    targets = {url for url, _ in page.links}
    assert {"tel:0305550142", "mailto:ines@example.org", "tel:+49305550100;ext=7", OPTOUT_URL} <= targets
    for url in targets - {"tel:0305550142", "tel:+49305550100;ext=7"}:
        assert url.removeprefix("mailto:") in rendered.text


def test_text_part_fits_its_width() -> None:
    long = [line for line in render(CASES["full"]).text.split("\n") if len(line) > 72]
    assert all(re.fullmatch(r"<?https?://\S+", line) for line in long)
    assert "\n\n\n\n" not in render(CASES["full"]).text


def test_note_stands_above_the_headline_and_is_absent_without_one() -> None:
    noted, bare = render(CASES["full"]), render(replace(CASES["full"], contact=BO))
    assert noted.text.index("Dear Ada,") < noted.text.index("ready to talk") < noted.text.index(FULL.headline)
    assert noted.html.index("ready to talk") < noted.html.index("<h1")
    assert "Dear" not in bare.text
    assert 'class="note"' not in bare.html


def test_note_for_somebody_without_a_name_has_a_whole_greeting() -> None:
    assert "\nDear colleague,\n" in render(Case(PLAIN, {**NOBODY, "note": "See below."}, {})).text


def test_test_mail_is_marked_in_both_parts() -> None:
    rendered = render(replace(CASES["full"], is_test=True))
    assert rendered.text.startswith("[TEST] ")
    assert "[TEST]" in read_page(rendered.html).words
    real = render(CASES["full"])
    assert "[TEST]" not in real.subject + real.html + real.text


def test_embargo_stands_in_subject_and_at_the_top_of_both_parts() -> None:
    rendered = render(Case(replace(PLAIN, embargo=EMBARGO), BO, {}))
    line = "EMBARGOED UNTIL 09:00 BST (08:00 UTC), Wednesday 3 March 2027"
    assert rendered.subject == f"[EMBARGO 09:00 BST, 3 March 2027] {PLAIN.headline}"
    assert rendered.text.index(line) < rendered.text.index(PLAIN.headline)
    body = rendered.html.partition("<h1")[0]
    assert line in body


def test_opt_out_by_mailbox_alone_is_a_link_and_an_address() -> None:
    rendered = render(Case(PLAIN, BO, {}, optouts=(OPTOUT_MAILTO,)))
    assert f'href="{OPTOUT_MAILTO}"' in rendered.html
    assert f"\noptout+{TOKEN}@example.org\n" in rendered.text
    subject = render(Case(PLAIN, BO, {}, optouts=("mailto:optout@example.org?subject=abc",)))
    assert "\noptout@example.org with the subject abc\n" in subject.text


def test_without_any_opt_out_address_an_answer_is_the_way() -> None:
    rendered = render(Case(PLAIN, BO, {}, optouts=()))
    assert "reply to this message" in rendered.text
    assert "reply to this message" in rendered.html


def test_reason_of_the_sender_replaces_ours() -> None:
    context = CASES["plain"].context()
    context["reason"] = "You asked for our coast news."
    rendered = FAMILY.render(context)
    assert "You asked for our coast news." in rendered.text
    assert "because you are on" not in rendered.html


def test_page_says_language_direction_and_title_twice_where_it_must() -> None:
    page = read_page(render(Case(replace(PLAIN, language="ar"), BO, {})).html)
    turned = [each.attributes for each in page.everything if "lang" in each.attributes]
    assert [(have["lang"], have["dir"]) for have in turned] == [("ar", "rtl"), ("ar", "rtl")]
    assert page.title == PLAIN.headline
    assert next(each.tag for each in page.everything if re.fullmatch(r"h[1-6]", each.tag)) == "h1"


def test_nothing_comes_from_afar_but_the_authors_pictures() -> None:
    html = render(CASES["full"]).html
    assert re.findall(r'src="([^"]+)"', html) == ["https://www.example.org/seals/lower-steps.jpg"]
    assert not re.search(r"@import|url\(|<link|<script|@font-face", html)


def test_html_is_small_and_its_style_element_too() -> None:
    html = render(CASES["full"]).html
    style = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert len(style) == 2, "one for all, and one that Word alone reads"
    assert sum(len(each.encode()) for each in style) < 4_000
    assert len(html.encode()) < 18_000


def test_preheader_is_hidden_without_white_text() -> None:
    html = render(CASES["full"]).html
    found = re.search(r'<div class="preheader" style="([^"]+)">([^<]+)</div>', html)
    assert found is not None
    assert "display: none" in found[1]
    assert "mso-hide: all" in found[1]
    assert "color" not in found[1]
    assert found[2] == FULL.subhead
    assert "#fff;" not in html


def test_links_are_underlined_and_layout_tables_marked() -> None:
    html = render(CASES["full"]).html
    assert all("text-decoration: underline" in tag for tag in re.findall(r"<a [^>]+>", html))
    tables = re.findall(r"<table [^>]+>", html)
    assert all('role="presentation"' in tag or 'class="data"' in tag for tag in tables)


@pytest.mark.parametrize(
    "count, title, tables", [(1, "Media contact", 1), (2, "Media contacts", 1), (3, "Media contacts", 2)]
)
def test_contacts_stand_two_by_two(count: int, title: str, tables: int) -> None:
    contacts = tuple(MediaContact(f"Person {number}", phones=("030 555",)) for number in range(count))
    rendered = render(Case(replace(PLAIN, contacts=contacts), BO, {}))
    assert f"{title}\n{'-' * len(title)}" in rendered.text
    assert rendered.html.count('class="contacts"') == tables
    assert rendered.html.count("tel:030555") == count


def test_subject_is_the_headline_and_the_title_too() -> None:
    rendered = render(CASES["full"])
    assert rendered.subject == FULL.headline == read_page(rendered.html).title


def test_a_portrait_stands_beside_the_words_of_whom_it_shows() -> None:
    quotes = tuple(Quote((text(f"{who} speaks."),), who, "warden") for who in ("Ada Lund", "Bo Holm", "Ada Lund"))
    for alt, speaker in (("Bo Holm, on the pier", "Bo Holm"), ("Ada Lund", "Ada Lund"), ("A face", "Ada Lund")):
        portrait = Image("https://e.example/a.jpg", alt=alt, credit="Ada Lund")
        found = statement_context(quotes, [{"text": quote.speaker} for quote in quotes], TONGUES.of("en"), portrait)
        assert found["speaker"]["name"] == speaker
        assert f"{speaker} speaks." in found["said_text"]
        assert speaker not in {block["text"] for block in found["rest"]}


def test_a_speakers_quotes_stay_as_many_as_they_were_and_nobody_elses_become_theirs() -> None:
    ada, nobody = Quote((text("One."), text("Two.")), "Ada Lund", "warden"), Quote((text("Three."),))
    other, plain = Quote((text("Four."),), "Bo Holm"), Paragraph(text("The pier is old."))
    body = (ada, nobody, plain, nobody, other, nobody, plain, Quote((text("Five."),), "Ada Lund"))
    found = statement_context(body, [{"text": str(at)} for at in range(len(body))], TONGUES.of("en"))
    assert found["said_html"] == "<p>“One.</p>\n<p>“Two.”</p>\n<p>“Three.”</p>\n<p>“Five.”</p>"
    assert found["said_text"].split() == ["“One.", "“Two.”", "“Three.”", "“Five.”"]
    assert [block["text"] for block in found["rest"]] == ["2", "3", "4", "5", "6"]
    signed_last = statement_context((nobody, ada), [{"text": ""}] * 2, TONGUES.of("en"))
    assert (signed_last["speaker"]["name"], signed_last["rest"]) == ("Ada Lund", [])
