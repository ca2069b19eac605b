"""Language versions: days and names as each language writes them."""

from __future__ import annotations

from typing import Any

import pytest

from mailer.release.checks.case import Case
from mailer.release.checks.comparisons import Version, check_version
from mailer.release.times import parse_embargo
from mailer.release.values import MediaContact, Quote, Release, Span
from tests.release.checks.desk import NOW, good, paragraph


def differing(here: Release, there: Release) -> list[tuple[str, str]]:
    found = check_version(Case(release=here, now=NOW), Version("seals.fr.md", there))
    return [(problem.code, problem.message) for problem in found]


def english(text: str = "", **more: Any) -> Release:
    return good(body=(paragraph(text),), **more)


def french(text: str = "", **more: Any) -> Release:
    return good(body=(paragraph(text),), language="fr", **more)


@pytest.mark.parametrize(
    "here, there",
    [
        ("41 seals, 1.3 billion euros", "14 phoques, 1,3 Md€"),
        ("nine seals and 41 pups", "9 phoques et 41 petits"),
        ("on Tuesday 24 November at 9:00", "le mardi 24 novembre à 9 h"),
        ("on November 24, 2026", "le 24 novembre 2026"),
        ("between December 14 and 16, 2026", "entre le 14 et le 16 décembre 2026"),
        ("from 14 to 16 December 2026", "du 14 au 16 décembre 2026"),
        ("December 14-16 and 1.3 billion euros", "14–16 décembre et 1,3 Md€"),
        ("50% more than in the 1990s", "50 % de plus que dans les années 1990"),
        ("the 15th edition, 10:30 a.m. to 5 p.m.", "la 15e édition, de 10h30 à 17h"),
    ],
)
def test_versions_that_say_the_same_are_fine(here: str, there: str) -> None:
    assert differing(english(here), french(there)) == []


def test_a_day_that_differs_is_told_with_the_other_one() -> None:
    assert differing(english("on 23 November 2026"), french("le 25 novembre 2026")) == [
        ("version-dates", "the date 23 November 2026 here, 25 novembre 2026 in seals.fr.md")
    ]


def test_the_second_of_two_days_counts_too() -> None:
    assert differing(english("from 14 to 16 December 2026"), french("du 14 au 17 décembre 2026")) == [
        ("version-dates", "the date 16 December 2026 here, 17 décembre 2026 in seals.fr.md")
    ]
    assert [code for code, _ in differing(english("December 14-16"), french("14–17 décembre"))] == ["version-dates"]


def test_names_numbers_and_addresses_are_the_same_in_both() -> None:
    quote = Quote(((Span("We are glad."),),), "Ines Aldridge")
    slip = Quote(((Span("Nous sommes ravis."),),), "Ines Aldrige")
    assert differing(good(body=(quote,)), good(body=(slip,), language="fr")) == [
        ("version-names", "the name Ines Aldridge is missing in seals.fr.md; Aldrige is there instead")
    ]
    there = french("« Nous sommes ravis », dit Ines Aldrige.")
    assert [code for code, _ in differing(english("“We are glad,” said Ines Aldridge."), there)] == ["version-names"]
    here = good(contacts=(MediaContact("Ada Brook", phones=("020 7946 0001",), emails=("ada@example.org",)),))
    there = good(contacts=(MediaContact("Ada Brook", phones=("+44 20 7946 0001",), emails=("ada@example.net",)),))
    assert [message for _, message in differing(here, there)] == [
        "the e-mail address ada@example.org here, ada@example.net in seals.fr.md"
    ]


def test_a_version_may_leave_contacts_and_boilerplate_to_the_other() -> None:
    here = good(body=(paragraph("Seals."),))
    assert differing(here, good(body=(paragraph("Phoques."),), contacts=(), boilerplate=(), language="fr")) == []


def test_names_in_another_script_are_not_compared() -> None:
    quote = Quote(((Span("We are glad."),),), "Ines Aldridge")
    there = good(
        body=(Quote(((Span("嬉しい"),),), "イネス・オルドリッジ"),),
        headline="戻",
        dateline=None,
        boilerplate=(),
        contacts=(),
        language="ja",
    )
    assert differing(good(body=(quote,)), there) == []


def test_two_embargoes_stop_a_mailing() -> None:
    early, late = (parse_embargo(f"2026-12-01 {hour}:00 GMT")[0] for hour in ("09", "10"))
    ((code, message),) = differing(good(embargo=early), good(embargo=late))
    assert code == "version-embargo"
    assert "2026-12-01 09:00 GMT" in message
    assert "10:00" in message
    assert differing(good(embargo=early), good(embargo=parse_embargo("2026-12-01 10:00 CET")[0])) == []
