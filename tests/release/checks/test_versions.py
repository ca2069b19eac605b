"""Language versions: figures, days and names as each language writes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from mailer.release.checks.case import Case
from mailer.release.checks.versions import Version, check_version, find_figures
from mailer.release.times.moments import parse_embargo
from mailer.release.values import MediaContact, Quote, Release, Span
from tests.release.checks.desk import NOW, good, paragraph


@pytest.mark.parametrize(
    "language, text, values",
    [
        ("en", "1,234.5 and 3.75 and 12,000", ["1234.5", "3.75", "12000"]),
        ("de", "1.234,5 und 3,75 und 12.000", ["1234.5", "3.75", "12000"]),
        ("fr", "1 234,5 et 3,75 et 12\u202f000", ["1234.5", "3.75", "12000"]),
        ("es", "1.234,5 y 3,75 y 12 000", ["1234.5", "3.75", "12000"]),
        ("it", "1.234,5 e 3,75", ["1234.5", "3.75"]),
        ("nl", "1.234,5 en 3,75", ["1234.5", "3.75"]),
        ("pt", "1.234,5 e 3,75", ["1234.5", "3.75"]),
        ("de-CH", "1'234 und 12’000", ["1234", "12000"]),
        ("ja", "1,234と12万と3.5億", ["1234", "120000", "350000000"]),
        ("en", "2.5 million, 3bn and 4 thousand", ["2500000", "3000000000", "4000"]),
        ("de", "2,5 Millionen, 3 Mrd. und 4 Tausend", ["2500000", "3000000000", "4000"]),
        ("fr", "2,5 millions et 3 milliards", ["2500000", "3000000000"]),
        ("es", "2,5 millones y 4 mil", ["2500000", "4000"]),
        ("en", "41 seals, 9%, £20", ["41", "9", "20"]),
        ("de", "Schwankung −12,5 Grad", ["-12.5"]),
        ("en", "on 24 November 2026 at 09:30, 9 a.m., ring +44 20 7946 0182", []),
        ("de", "am 24. November 2026 um 9 Uhr, 24.11.2026", []),
        ("fr", "le 24 novembre à 9h30", []),
        ("ja", "2026年11月24日9時30分", []),
        ("en", "see https://www.example.org/2026/41 or a41@example.org", []),
        ("de", "Version 3.5", ["3.5"]),
        ("en", "in 2026, 41", ["2026", "41"]),
    ],
)
def test_a_figure_means_the_same_however_it_is_written(language: str, text: str, values: list[str]) -> None:
    assert [one.value for one in find_figures(text, language)] == [Decimal(value) for value in values]


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
        ("1,234.5 seals, 2.5 million fish", "1 234,5 phoques, 2,5 millions de poissons"),
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


def test_a_figure_that_differs_is_told_with_the_other_one() -> None:
    assert differing(english("41 seals, 118 before"), french("14 phoques, 118 avant")) == [
        ("version-figures", "the figure 41 here, 14 in seals.fr.md")
    ]


def test_a_share_counts_however_small_and_a_missing_figure_is_told_alone() -> None:
    assert [code for code, _ in differing(english("9% fewer"), french("8 % de moins"))] == ["version-figures"]
    assert differing(english("41 seals"), french("des phoques")) == [
        ("version-figures", "the figure 41 does not stand in seals.fr.md")
    ]


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
    said = Quote(((Span("We are glad."),),), "Ines Aldridge")
    slip = Quote(((Span("Nous sommes ravis."),),), "Ines Aldrige")
    assert differing(good(body=(said,)), good(body=(slip,), language="fr")) == [
        ("version-names", "the name Ines Aldridge does not stand in seals.fr.md; Aldrige stands there")
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
    said = Quote(((Span("We are glad."),),), "Ines Aldridge")
    there = good(
        body=(Quote(((Span("嬉しい"),),), "イネス・オルドリッジ"),),
        headline="戻",
        dateline=None,
        boilerplate=(),
        contacts=(),
        language="ja",
    )
    assert differing(good(body=(said,)), there) == []


def test_two_embargoes_stop_a_mailing() -> None:
    early, late = (parse_embargo(f"2026-12-01 {hour}:00 GMT")[0] for hour in ("09", "10"))
    ((code, message),) = differing(good(embargo=early), good(embargo=late))
    assert code == "version-embargo"
    assert "2026-12-01 09:00 GMT" in message
    assert "10:00" in message
    assert differing(good(embargo=early), good(embargo=parse_embargo("2026-12-01 10:00 CET")[0])) == []
