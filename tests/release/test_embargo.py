from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.release.document import release_document
from mailer.release.source import parse_release
from mailer.release.times import AMBIGUOUS, parse_embargo
from mailer.release.values import Release
from tests.release.checks.desk import check_release

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    "text, local, zone",
    [
        ("2026-12-01T09:00+01:00", "2026-12-01T08:00Z", "UTC+01:00"),
        ("2026-12-01T09:00:00Z", "2026-12-01T09:00Z", "UTC"),
        ("2026-12-01 09:00 Z", "2026-12-01T09:00Z", "UTC"),
        ("2026-12-01 09:00 Europe/Berlin", "2026-12-01T08:00Z", "CET"),
        ("2026-07-01 09:00 Europe/Berlin", "2026-07-01T07:00Z", "CEST"),
        ("2026-12-01 09:00 BST", "2026-12-01T08:00Z", "BST"),
        ("2026-12-01 09:00 GMT", "2026-12-01T09:00Z", "GMT"),
        ("2026-12-01 09:00 UTC-5", "2026-12-01T14:00Z", "UTC-05:00"),
        ("2026-12-01 09:00 GMT+5:30", "2026-12-01T03:30Z", "UTC+05:30"),
        ("2026-12-01 09:00 EST", "2026-12-01T14:00Z", "EST"),
        ("EMBARGOED UNTIL 00:01 GMT, Wednesday 3 March 2027", "2027-03-03T00:01Z", "GMT"),
        ("EMBARGOED UNTIL 09:00 BST (08:00 UTC), Sat 3 Apr 2027", "2027-04-03T08:00Z", "BST"),
        ("Strictly embargoed until 00.01 BST 3 March 2027", "2027-03-02T23:01Z", "BST"),
        ("8:30 a.m. (ET) Friday, April 4, 2025", "2025-04-04T12:30Z", "EDT"),
        ("until 10 a.m. EST March 3, 2027", "2027-03-03T15:00Z", "EST"),
        ("12 noon Eastern Time on 3 January 2027", "2027-01-03T17:00Z", "EST"),
        ("12:30 a.m. UTC, Dec. 1, 2026", "2026-12-01T00:30Z", "UTC"),
        ("12:30 pm UTC, 1 December 2026", "2026-12-01T12:30Z", "UTC"),
        ("0900 hrs GMT, 3 March 2027", "2027-03-03T09:00Z", "GMT"),
        ("9am London time, 3 July 2027", "2027-07-03T08:00Z", "BST"),
        ("Sperrfrist: 3. März 2027, 9 Uhr MEZ", "2027-03-03T08:00Z", "MEZ"),
        ("Sperrfrist: 3.3.2027, 9.30 Uhr (deutscher Zeit)", "2027-03-03T08:30Z", "CET"),
        ("Embargo bis Mittwoch, 3. März 2027, 10 Uhr Ortszeit Berlin", "2027-03-03T09:00Z", "CET"),
        ("gesperrt bis 3. März 2027, 24 Uhr MEZ", "2027-03-03T23:00Z", "MEZ"),
        ("sous embargo jusqu'au 3 mars 2027 à 9h (heure de Paris)", "2027-03-03T08:00Z", "CET"),
        ("Sous embargo jusqu’au 3 mars 2027 à 0 h 01, heure de Paris", "2027-03-02T23:01Z", "CET"),
        ("embargo hasta las 10.00 h (hora peninsular) del 3 de marzo de 2027", "2027-03-03T09:00Z", "CET"),
        ("sotto embargo fino al 3 marzo 2027, ore 10 (ora italiana)", "2027-03-03T09:00Z", "CET"),
        ("embargo tot 3 maart 2027 om 6 uur Nederlandse tijd", "2027-03-03T05:00Z", "CET"),
        ("Embargo até às 10h de 3 de março de 2027 (horário de Brasília)", "2027-03-03T13:00Z", "-03"),
        ("Sob embargo até 3 de março de 2027, às 10h00 (hora de Lisboa)", "2027-03-03T10:00Z", "WET"),
        ("解禁：2027年3月3日（水）午後3時30分（日本時間）", "2027-03-03T06:30Z", "JST"),
        ("情報解禁日時：２０２７年３月３日（水）１０：００ JST", "2027-03-03T01:00Z", "JST"),
        ("10:00 CET / 9:00 GMT / 4:00 a.m. ET, March 3, 2027", "2027-03-03T09:00Z", "CET"),
        ("one minute past midnight (UK time) on 3 March 2027", "2027-03-03T00:01Z", "GMT"),
        ("Embargo: 3 March 2027, six o'clock in the evening UK time", "2027-03-03T18:00Z", "GMT"),
        ("jusqu'au 3 mars 2027 à six heures du soir (heure de Paris)", "2027-03-03T17:00Z", "CET"),
        ("hasta el 3 de marzo de 2027 a las seis de la tarde (hora peninsular)", "2027-03-03T17:00Z", "CET"),
        ("fino alle nove del mattino del 3 marzo 2027 (ora italiana)", "2027-03-03T08:00Z", "CET"),
        ("Sperrfrist: 3. März 2027, 18 Uhr abends (Ortszeit Berlin)", "2027-03-03T17:00Z", "CET"),
        ("10 a.m. CET (9:00 GMT) on 3 March 2027", "2027-03-03T09:00Z", "CET"),
        ("1600 London time (US 1100 Eastern Time) Wednesday 3 March 2027", "2027-03-03T16:00Z", "GMT"),
        ("4 p.m. E.S.T. on 3 March 2027", "2027-03-03T21:00Z", "EST"),
    ],
)
def test_moment_with_zone_is_understood(text: str, local: str, zone: str) -> None:
    embargo, doubt = parse_embargo(text)
    assert doubt == ""
    assert embargo.has_zone
    assert embargo.until == at(local)
    assert embargo.until is not None
    assert embargo.until.tzname() == zone


@pytest.mark.parametrize(
    "text, naive, expected",
    [
        ("2026-12-01 09:00", "2026-12-01T09:00", "names no time zone"),
        ("EMBARGOED UNTIL 9 a.m., 3 March 2027", "2027-03-03T09:00", "names no time zone"),
        ("2026-12-01 09:00 CST", "2026-12-01T09:00", "Chicago or Shanghai"),
        ("Sperrfrist: 3. März 2027, 9 Uhr", "2027-03-03T09:00", "names no time zone"),
        ("情報解禁：2027年3月3日（水）10:00", "2027-03-03T10:00", "names no time zone"),
        ("9:00 (Paris, France), 3 March 2027", "2027-03-03T09:00", "names no time zone"),
        ("10 a.m. local time, 3 March 2027", "2027-03-03T10:00", "but not where"),
        ("le 3 mars 2027 à 9 h (heure locale)", "2027-03-03T09:00", "but not where"),
        ("10 a.m. CET (8:00 GMT) on 3 March 2027", "2027-03-03T10:00", "the times are not the same"),
        ("2026-12-01 09:00 Europe/Nowhere", "2026-12-01T09:00", "Europe/Nowhere"),
        ("2027-03-28 02:30 Europe/Berlin", "2027-03-28T02:30", "does not exist"),
        ("2026-10-25 02:30 Europe/Berlin", "2026-10-25T02:30", "comes twice"),
        ("2026-11-01 1:30 a.m. ET", "2026-11-01T01:30", "comes twice"),
        ("2026-12-01 09:00 +25:00", "2026-12-01T09:00", "no part of the world"),
    ],
)
def test_moment_without_a_clear_zone_stays_naive_and_says_why(text: str, naive: str, expected: str) -> None:
    embargo, doubt = parse_embargo(text)
    assert embargo.until == at(naive)
    assert not embargo.has_zone
    assert expected in doubt


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", "no date"),
        ("soon", "no date"),
        ("2026-12-01", "no time"),
        ("midnight GMT, 3 March 2027", "00:01"),
        ("3 mars 2027 à minuit", "00:01"),
        ("3. März 2027, Mitternacht", "00:01"),
        ("00.01 BST Tuesday 3 March", "names no year"),
        ("25:00 GMT 3 March 2027", "25:00 is not a time"),
        ("13 p.m. GMT 3 March 2027", "13 p.m. is not a time"),
        ("2026-02-30 09:00 GMT", "no day"),
        ("09:00 GMT 4/3/2027", "no date"),
    ],
)
def test_what_is_no_moment_has_no_until_and_says_what_to_write(text: str, expected: str) -> None:
    embargo, doubt = parse_embargo(text)
    assert embargo.until is None
    assert expected in doubt


def test_every_ambiguous_abbreviation_is_refused() -> None:
    for name in AMBIGUOUS:
        assert not parse_embargo(f"2026-12-01 09:00 {name}")[0].has_zone


def test_weekday_that_does_not_fit_is_told_and_the_moment_stays() -> None:
    embargo, doubt = parse_embargo("EMBARGOED UNTIL 00:01 GMT, Tuesday 3 March 2027")
    assert embargo.until == datetime(2027, 3, 3, 0, 1, tzinfo=UTC)
    assert "is a Wednesday, not a Tuesday" in doubt


def test_text_stays_as_it_stands_on_one_line() -> None:
    assert (
        parse_embargo("EMBARGOED  UNTIL\n00:01 GMT, 3 March 2027")[0].text == "EMBARGOED UNTIL 00:01 GMT, 3 March 2027"
    )


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_iso_with_any_offset_is_the_same_moment(naive: datetime, minutes: int) -> None:
    local = naive.replace(second=0, microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_embargo(local.isoformat(timespec="minutes"))[0].until == local


def test_day_without_a_time_is_kept_though_it_is_no_moment() -> None:
    embargo, reason = parse_embargo("Embargo: 3 March 2027")
    assert (embargo.until, embargo.day) == (None, date(2027, 3, 3))
    assert "no time" in reason


def test_year_is_taken_from_the_release_and_told() -> None:
    embargo, doubt = parse_embargo("00.01 GMT Wednesday 3 March", near=date(2027, 3, 1))
    assert embargo.until == datetime(2027, 3, 3, 0, 1, tzinfo=UTC)
    assert "no year is given" in doubt


def read(text: str) -> Release:
    story = "The council of Eastport voted on Monday to keep the swimming hall open for three more winters. " * 2
    return parse_release(f"{text}\n\n{story}\n".encode(), source="release.txt", slug="release")


@pytest.mark.parametrize(
    "head, until, code",
    [
        (
            "1 March 2027\nEMBARGOED UNTIL 00.01 GMT WEDNESDAY 3 MARCH\n\nHall opens",
            "2027-03-03T00:01:00+00:00",
            "year",
        ),
        ("UNDER EMBARGO UNTIL:\n\n00:01 GMT, 3 March 2027\n\nHall opens", "2027-03-03T00:01:00+00:00", ""),
        ("Embargoed until 9 a.m., 3 March 2027\n(London time)\n\nHall opens", "2027-03-03T09:00:00+00:00", ""),
        ("Sperrfrist: 3. März 2027, 9 Uhr\n\nHallenbad bleibt offen", "2027-03-03T09:00:00", "no-zone"),
        ("Embargo: 3 March 2027\n\nHall opens", "2027-03-03", "unclear"),
        (
            "Embargo: no publicar antes del 3 de marzo de 2027, 10:00 GMT\n\nLa piscina abre",
            "2027-03-03T10:00:00+00:00",
            "",
        ),
        ("Embargo: geen, 3 maart 2027\n\nZwembad blijft open", None, ""),
    ],
)
def test_embargo_of_the_head_is_read_over_its_lines(head: str, until: str | None, code: str) -> None:
    release = read(head)
    assert release_document(release)["embargo_until"] == until
    assert [problem.code for problem in release.problems if "embargo" in problem.code] == (
        [f"embargo-{code}"] if code else []
    )


@pytest.mark.parametrize(
    "line",
    """
    NOT FOR PUBLICATION, BROADCAST OR USE BEFORE 00:01 HRS GMT ON 3 MARCH 2027
    FOR USE AFTER 0001 GMT 3 MARCH 2027
    This press release may not be shared before 00:01 GMT on 3 March 2027.
    Do not use before 00:01 GMT on 3 March 2027
    Nicht veröffentlichen vor dem 3. März 2027, 0.01 Uhr GMT
    Frei für Mittwoch, 3. März 2027, 0.01 Uhr GMT
    Die Sperrfrist läuft bis 3. März 2027, 0.01 Uhr GMT
    Gesperrt für Veröffentlichung bis 3.3.2027, 0.01 Uhr GMT
    Bitte nicht vor dem 3. März 2027, 0.01 Uhr GMT, verbreiten
    Freigabe: 3. März 2027, 0.01 Uhr GMT
    Ne pas publier ni diffuser avant le 3 mars 2027 à 0 h 01 GMT
    Publication autorisée à partir du 3 mars 2027, 0h01 GMT
    Ce texte ne doit pas être diffusé avant le 3 mars 2027, 0h01 GMT
    Pas de diffusion avant le 3 mars 2027, 0h01 GMT
    Prohibida su difusión antes del 3 de marzo de 2027, 0:01 GMT
    No publicar antes de las 0:01 GMT del 3 de marzo de 2027
    Da non diffondere prima delle 0.01 GMT di mercoledì 3 marzo 2027
    Vietato l'uso prima del 3 marzo 2027, ore 0.01 GMT
    NIET VOOR 3 MAART 2027 0.01 UUR GMT PUBLICEREN
    Onder embargo t/m 3 maart 2027, 0u01 GMT
    Não publicar antes do dia 3 de março de 2027, às 0h01 GMT
    Proibida a divulgação antes das 0h01 GMT de 3 de março de 2027
    2027年3月3日0時1分（GMT）まで報道を控えてください
    【解禁】2027/3/3 0:01 GMT
    本件の公開は2027年3月3日0時1分（GMT）まで禁止
    """.strip().splitlines(),
)
def test_line_holds_a_release_back_whatever_its_words(line: str) -> None:
    release = read(f"{line.strip()}\n\nHall opens")
    assert (release_document(release)["embargo_until"], release.headline) == ("2027-03-03T00:01:00+00:00", "Hall opens")


@pytest.mark.parametrize(
    "line",
    """
    Published on 3 March 2027 at 9:00 GMT
    Publicado el 3 de marzo de 2027 a las 9:00
    Publicatie: 3 maart 2027, 9.00 uur
    Do not use before 1 March: food agency recalls milk
    No publication before trial, judge says
    Eintritt frei ab 3. März 2027, 9 Uhr
    Council will not publish its report before 3 March 2027
    Diffusion à partir du 3 mars 2027 à 20h30 sur une chaîne publique
    """.strip().splitlines(),
)
def test_line_that_only_sounds_like_a_hold_sets_no_embargo(line: str) -> None:
    assert read(f"Press release\n\n{line.strip()}").embargo is None


@pytest.mark.parametrize(
    "headline",
    [
        "Country lifts embargo on tea",
        "Arms embargo: what comes next",
        "Country lifts embargo on tea on 3 March 2027",
        "Sin embargo, la piscina abre",
    ],
)
def test_headline_about_an_embargo_sets_none(headline: str) -> None:
    release = read(f"Press release, 3 March 2027\n\n{headline}")
    assert (release.embargo, release.headline) == (None, headline)


def test_seconds_of_a_moment_written_in_full_are_kept() -> None:
    for text in ("2027-03-02 09:00:30 UTC", "2027-03-02T09:00:30+00:00"):
        until = parse_embargo(text)[0].until
        assert until is not None
        assert until.second == 30


SPOKEN = """
    This information is embargoed until 00:01 GMT on 3 March 2027.
    Please do not publish this release before 00:01 GMT on 3 March 2027.
    Hold for 00:01 GMT on 3 March 2027.
    Not for publication before 00:01 GMT on 3 March 2027.
    Ces informations sont sous embargo jusqu'au 3 mars 2027 à 0h01 GMT.
    À ne pas diffuser avant le 3 mars 2027 à 0h01 GMT.
    Diese Mitteilung unterliegt einer Sperrfrist bis 3. März 2027, 0.01 Uhr GMT.
    Bitte nicht vor dem 3. März 2027, 0.01 Uhr GMT, veröffentlichen.
    Esta nota está embargada hasta el 3 de marzo de 2027 a las 0:01 GMT.
    Vietata la diffusione prima del 3 marzo 2027, ore 0.01 GMT.
    Op dit bericht rust een embargo tot 3 maart 2027 om 0.01 uur GMT.
    Este comunicado está sob embargo até 3 de março de 2027, às 0h01 GMT.
    本資料は2027年3月3日0時1分（GMT）まで公表をお控えください。
"""


@pytest.mark.parametrize("words", SPOKEN.strip().split("\n"))
def test_embargo_is_read_wherever_it_stands(words: str) -> None:
    bare, until = words.strip().rstrip(".。"), "2027-03-03T00:01:00+00:00"
    story = "The hall was built in 1962."
    texts = {
        "sentence": f"Hall opens\n\n{story} {words.strip()} It needs a new roof for the winter.",
        "list": f"Hall opens\n\n• {story}\n• {bare}\n• It needs a new roof.",
        "tab": f"For immediate release\t{bare}\n\nHall opens",
        "subject": f"From: press@example.org\nTo: a@example.com\nSubject: {bare}\n\nHall opens",
        "page": f"<header>{bare}</header><article><h1>Hall opens</h1><p>{story}</p></article>",
    }
    for place, text in texts.items():
        form = "html" if place == "page" else "txt"
        release = parse_release(f"{text}\n".encode(), source=f"a.{form}", slug="a", strict=False)
        assert (place, release_document(release)["embargo_until"]) == (place, until)


@pytest.mark.parametrize(
    "sentence",
    """
    The UN arms embargo expires on 31 May 2027
    No release for prisoners before 3 March 2027
    Embargo on eels begins on 3 March 2027
    Iran's oil embargo ends on 3 March 2027, ministers say
    The memoir was embargoed until 3 March 1995
    L'embargo russe jusqu'au 3 mars 2027 pèse sur les éleveurs
    Die Straße ist bis zum 3. März 2027 gesperrt
    Sin embargo, la piscina abre el 3 de marzo a las 9:00
    Het zwembad is vrij toegankelijk vanaf 3 maart om 9 uur
    会場での撮影は3月3日まで禁止です
    """.strip().splitlines(),
)
def test_sentence_about_something_else_is_no_embargo_wherever_it_stands(sentence: str) -> None:
    for text in (
        f"Press release\n\n{sentence.strip()}",
        f"Press release\n\nHall opens\n\nIt is old. {sentence.strip()}.",
    ):
        release = read(text)
        assert release.embargo is None
        assert [one.code for one in check_release(release, now=NOW) if "embargo" in one.code] == []


def test_embargo_that_may_be_one_stops_or_asks() -> None:
    for words in ("Confidential until Tuesday 9 a.m.", "Veröffentlichung erst ab Dienstag, 9 Uhr"):
        release = read(f"Press release\n\nHall opens\n\nIt is old. {words}.")
        assert "embargo-in-words" in [one.code for one in check_release(release, now=NOW)]


def test_line_that_forbids_the_use_and_names_no_moment_stops_a_mailing() -> None:
    for line in (
        "NOT FOR PUBLICATION",
        "DO NOT PUBLISH YET",
        "Nicht veröffentlichen",
        "Ne pas publier",
        "Da non pubblicare",
        "No publicar",
        "Niet publiceren",
        "Não publicar",
    ):
        release = read(f"{line}\n\nHall opens for three more winters\n\nIt was built in 1962.")
        assert (release.headline, release.label) == ("Hall opens for three more winters", line)
        assert "embargo-unclear" in [one.code for one in check_release(release, now=NOW)], line
    later = read("For release March 3, 2099\n\nHall opens\n\nIt was built in 1962.")
    assert "embargo-in-words" in [one.code for one in check_release(later, now=NOW)]


@pytest.mark.parametrize(
    "name, asks",
    [("hall_EMBARGO_3-March", 1), ("sperrfrist-bis-dienstag", 1), ("no-embargo", 0), ("tea-embargo-ends", 0)],
)
def test_name_of_a_file_may_speak_of_an_embargo(name: str, asks: int) -> None:
    release = parse_release(b"Hall opens\n\nIt was built in 1962.\n", source=f"{name}.txt", slug="a")
    assert [one.code for one in release.problems].count("embargo-in-words") == asks


@pytest.mark.parametrize(
    "source, head", [("a.md", "> {}\n\n# Hall stays open"), ("a.html", "<q>{}</q><h1>Hall stays open</h1>")]
)
def test_an_embargo_that_a_quotation_sets_off_is_one(source: str, head: str) -> None:
    head = head.replace("q>", "blockquote>").format("Embargo: 3 March 2027")
    release = parse_release(f"{head}\n\nThe hall stays open.\n".encode(), source=source, slug="a", strict=False)
    assert release.embargo is not None
    assert release.embargo.day == date(2027, 3, 3)
