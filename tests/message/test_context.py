"""What templates may say: greetings, embargoes, datelines, telephones, dates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mailer.contacts.values import MEANINGS
from mailer.errors import InputProblem
from mailer.message.context import (
    date_in_words,
    embargo_context,
    greeting,
    mailing_context,
    person_values,
    release_context,
    tel_href,
)
from mailer.message.files import make_inline_image
from mailer.message.script import direction_of
from mailer.message.values import InlineImage
from mailer.release.values import Dateline, Embargo, Image, MediaContact, Paragraph, Quote, Release
from tests.message.samples import ADA, FULL, OPTOUT_MAILTO, PLAIN, SENDER, STYLING, TONGUES, person, png, text


def told_of(release: Release, *, images: Mapping[str, InlineImage] = MappingProxyType({})) -> dict[str, Any]:
    return release_context(release, styling=STYLING, images=images)


@pytest.mark.parametrize(
    "fields, language, expected",
    [
        ({"first_name": "Ada", "last_name": "Brook", "name": "Ada Brook"}, "en", "Dear Ada,"),
        ({"name": "Ada Brook"}, "en", "Dear Ada Brook,"),
        ({"last_name": "Brook"}, "en", "Dear colleague,"),
        ({}, "en", "Dear colleague,"),
        ({"first_name": " "}, "en", "Dear colleague,"),
        ({"salutation": "Dr", "first_name": "Ada", "last_name": "Brook"}, "en", "Dear Dr Brook,"),
        ({"salutation": "Dr", "first_name": "Ada"}, "en", "Dear Ada,"),
        ({"salutation": "Dear Dr Brook,", "first_name": "Ada"}, "en", "Dear Dr Brook,"),
        ({"first_name": "Jörg"}, "de-AT", "Guten Tag Jörg,"),
        ({}, "de", "Guten Tag,"),
        ({"first_name": "Zoé"}, "fr", "Bonjour Zoé,"),
        ({"first_name": "Bo"}, "sv", "Dear Bo,"),
        ({"first_name": "太郎", "last_name": "山田", "name": "太郎 山田"}, "ja", "山田 様"),
        ({"name": "山田 太郎"}, "ja", "山田 太郎 様"),
        ({"first_name": "Ada", "note": "Hi Ada, thanks for ringing."}, "en", ""),
        ({"first_name": "Ada", "note": "Sehr geehrte Frau Brook, ..."}, "de", ""),
        ({"first_name": "Ada", "note": "High water is at six."}, "en", "Dear Ada,"),
        ({"first_name": "IAN", "last_name": "BROOK"}, "en", "Dear Ian,"),
        ({"name": "MARY-JANE O'NEIL"}, "en", "Dear Mary-Jane O'Neil,"),
        ({"name": "Zoé LEFÈVRE"}, "fr", "Bonjour Zoé Lefèvre,"),
        ({"name": "ŁUCJA MCDONALD"}, "en", "Dear Łucja McDonald,"),
        ({"salutation": "Dr", "first_name": "ADA", "last_name": "BROOK"}, "en", "Dear Dr Brook,"),
        ({"first_name": "AJ", "last_name": "BROOK"}, "en", "Dear AJ,"),
        ({"first_name": "JO"}, "en", "Dear Jo,"),
        ({"name": "JOHN BROOK III"}, "en", "Dear John Brook III,"),
        ({"name": "Newsdesk"}, "en", "Dear colleague,"),
        ({"name": "News Desk"}, "en", "Dear colleague,"),
        ({"first_name": "News", "last_name": "Desk", "name": "News Desk"}, "en", "Dear colleague,"),
        ({"first_name": "NEWSROOM"}, "en", "Dear colleague,"),
        ({"name": "The Editor"}, "en", "Dear colleague,"),
        ({"name": "Kulturredaktion"}, "de", "Guten Tag,"),
        ({"name": "La rédaction"}, "fr", "Bonjour,"),
        ({"name": "Pam Press"}, "en", "Dear Pam Press,"),
        ({"first_name": "Ed", "last_name": "Office", "name": "Ed Office"}, "en", "Dear Ed,"),
    ],
)
def test_greeting_has_no_hole_and_no_guess(fields: dict[str, str], language: str, expected: str) -> None:
    assert greeting(person(**fields), TONGUES.of(language), TONGUES) == expected


@pytest.mark.parametrize(
    "until, language, line, short",
    [
        (
            datetime(2027, 3, 3, 9, 0, tzinfo=timezone(timedelta(hours=1), "BST")),
            "en",
            "EMBARGOED UNTIL 09:00 BST (08:00 UTC), Wednesday 3 March 2027",
            "EMBARGO 09:00 BST, 3 March 2027",
        ),
        (
            datetime(2027, 3, 3, 9, 0, tzinfo=UTC),
            "en",
            "EMBARGOED UNTIL 09:00 UTC, Wednesday 3 March 2027",
            "EMBARGO 09:00 UTC, 3 March 2027",
        ),
        (
            datetime(2027, 7, 6, 0, 1, tzinfo=ZoneInfo("Europe/London")),
            "en",
            "EMBARGOED UNTIL 00:01 BST (23:01 UTC, Monday), Tuesday 6 July 2027",
            "EMBARGO 00:01 BST, 6 July 2027",
        ),
        (
            datetime(2027, 3, 3, 9, 0, tzinfo=ZoneInfo("Europe/Berlin")),
            "de",
            "SPERRFRIST: 09:00 CET (08:00 UTC), Mittwoch, 3. März 2027",
            "SPERRFRIST 09:00 CET, 3. März 2027",
        ),
        (
            datetime(2027, 3, 3, 9, 0, tzinfo=timezone(timedelta(hours=-5))),
            "en-US",
            "EMBARGOED UNTIL 09:00 UTC-05:00 (14:00 UTC), Wednesday, March 3, 2027",
            "EMBARGO 09:00 UTC-05:00, March 3, 2027",
        ),
    ],
)
def test_embargo_names_its_zone_and_utc(until: datetime, language: str, line: str, short: str) -> None:
    context = told_of(replace(PLAIN, language=language, embargo=Embargo("as typed", until)))
    assert (context["line"], context["embargo_short"], context["embargoed"]) == (line, short, True)


@pytest.mark.parametrize(
    "zone, short",
    [
        ("Europe/Berlin", "EMBARGO 00:01 BST / 01:01 CEST, 6 July 2027"),
        ("America/New_York", "EMBARGO 00:01 BST, 6 July 2027 / 19:01 EDT, Monday"),
    ],
)
def test_embargo_in_the_subject_never_sets_a_weekday_beside_another_days_date(zone: str, short: str) -> None:
    embargo = Embargo("as typed", datetime(2027, 7, 6, 0, 1, tzinfo=ZoneInfo("Europe/London")))
    assert embargo_context(replace(PLAIN, embargo=embargo), TONGUES.of("en"), zone=zone)["embargo_short"] == short


def test_what_a_contacts_note_says_of_one_number_stands_beside_it() -> None:
    someone = MediaContact("Bo", phones=("+44 20 7946 0143", "+44 7700 900123"), note="out of hours: +44 7700 900123")
    (contact,) = told_of(replace(PLAIN, contacts=(someone,)))["contacts"]
    assert [phone["text"] for phone in contact["phones"]] == ["+44 20 7946 0143", "+44 7700 900123 (out of hours)"]
    assert contact["phones"][1]["href"] == "tel:+447700900123"
    assert contact["note"] == ""


@pytest.mark.parametrize("until", [None, datetime(2027, 3, 3, 9, 0)])  # noqa: DTZ001 - an embargo without zone is the case
def test_embargo_that_is_no_time_stands_as_it_was_typed(until: datetime | None) -> None:
    context = told_of(replace(PLAIN, embargo=Embargo("Embargoed until further notice", until)))
    assert context["line"] == "Embargoed until further notice"
    assert context["embargoed"] is True


def test_release_line_is_the_label_or_for_immediate_release() -> None:
    assert told_of(PLAIN)["line"] == "FOR IMMEDIATE RELEASE"
    assert told_of(replace(PLAIN, label="Press Release"))["line"] == "Press Release"


@pytest.mark.parametrize(
    "dateline, first, expected",
    [
        (Dateline(text="EASTPORT, 24 November –"), "Seals.", "EASTPORT, 24 November – Seals."),
        (Dateline(city="EASTPORT", region="Example County"), "Seals.", "EASTPORT, Example County – Seals."),
        (Dateline(text="EASTPORT"), "EASTPORT – Seals.", "EASTPORT – Seals."),
        (None, "Seals.", "Seals."),
    ],
)
def test_dateline_opens_the_first_paragraph_once(dateline: Dateline | None, first: str, expected: str) -> None:
    quote = Quote((text("Look!"),))
    context = told_of(replace(PLAIN, dateline=dateline, body=(quote, Paragraph(text(first)))))
    assert context["body"][1]["text"] == expected


def test_dateline_of_a_release_without_paragraphs_stands_alone() -> None:
    context = told_of(replace(PLAIN, dateline=Dateline(text="EASTPORT"), body=(Quote((text("Look!"),)),)))
    assert context["body"][0]["text"] == "EASTPORT"


@pytest.mark.parametrize(
    "phone, href",
    [
        ("030 555 0142", "tel:0305550142"),
        ("+49 (0)30 555 0100", "tel:+49305550100"),
        ("0049 30 5550", "tel:+49305550"),
        ("646-555-5384", "tel:6465555384"),
        ("(555) 010 0199 ext. 12", "tel:5550100199;ext=12"),
        ("555 0100 x7", "tel:5550100;ext=7"),
        ("+44 7700 900118 / +44 7700 900119", ""),
        ("on request", ""),
        ("", ""),
    ],
)
def test_telephone_can_be_tapped(phone: str, href: str) -> None:
    assert tel_href(phone) == href


@pytest.mark.parametrize(
    "tag, words",
    [
        ("en", "24 November 2026"),
        ("en-US", "November 24, 2026"),
        ("en-GB", "24 November 2026"),
        ("de", "24. November 2026"),
        ("fr", "24 novembre 2026"),
        ("es", "24 de noviembre de 2026"),
        ("sv", "2026-11-24"),
    ],
)
def test_date_is_in_words_of_its_language(tag: str, words: str) -> None:
    assert date_in_words(date(2026, 11, 24), TONGUES.of(tag)) == words


def test_direction_follows_the_script_where_a_tag_names_one() -> None:
    found = [direction_of(tag) for tag in ("ar-EG", "de", "az-Arab", "ku-Latn", "he", "")]
    assert found == ["rtl", "ltr", "rtl", "ltr", "rtl", "ltr"]


def test_context_is_plain_data() -> None:
    shared = mailing_context(FULL, sender=SENDER, mailing="robben/release-1", styling=STYLING)
    context = {**shared, **person_values(shared, ADA, styling=STYLING, optout_mailto=OPTOUT_MAILTO)}
    assert json.loads(json.dumps(context))["release"]["headline"] == FULL.headline
    assert set(MEANINGS) <= set(context["contact"])
    assert context["mailing"] == {"name": "robben/release-1", "kind": "release", "is_test": False, "page": ""}
    assert context["optout_address"] == OPTOUT_MAILTO.removeprefix("mailto:")


def test_follow_up_keeps_its_whole_kind() -> None:
    shared = mailing_context(FULL, sender=SENDER, mailing="robben/follow-up-2", is_test=True, styling=STYLING)
    assert shared["mailing"] == {"name": "robben/follow-up-2", "kind": "follow-up", "is_test": True, "page": ""}


def test_opt_out_by_subject_names_address_and_subject() -> None:
    shared = mailing_context(PLAIN, sender=SENDER, mailing="x/release-1", styling=STYLING)
    context = person_values(shared, ADA, styling=STYLING, optout_mailto="mailto:optout@example.org?subject=abc")
    assert (context["optout_address"], context["optout_subject"]) == ("optout@example.org", "abc")


def test_preheader_is_the_subhead_or_the_beginning_of_the_text() -> None:
    assert told_of(FULL)["preheader"] == FULL.subhead
    long = told_of(replace(PLAIN, body=(Paragraph(text("word " * 60)),)))["preheader"]
    assert len(long) <= 112
    assert long.endswith("word …")
    assert told_of(Release(slug="x", headline="X"))["preheader"] == ""


def test_picture_beside_the_release_must_be_handed_over() -> None:
    release = replace(PLAIN, body=(Image(src="pictures/seal.png", alt="A seal"),))
    with pytest.raises(InputProblem, match=r"pictures/seal\.png"):
        told_of(release)
    image = make_inline_image("pictures/seal.png", png(1104, 620), domain="example.org")
    html = told_of(release, images={"pictures/seal.png": image})["body_html"]
    assert f'<img src="cid:{image.content_id}" alt="A seal" width="552" height="310">' in html
