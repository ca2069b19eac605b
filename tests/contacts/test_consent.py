from __future__ import annotations

from datetime import date

import pytest

from mailer.contacts.audience import CONCERNS, find_concerns, read_day, retention_over, says_anything
from mailer.contacts.values import CONSENT, DATES, MEANINGS


def test_what_the_law_asks_about_is_among_the_meanings() -> None:
    assert set(CONSENT) <= set(MEANINGS)
    assert set(DATES) <= set(CONSENT)


@pytest.mark.parametrize(
    "row, wanted",
    [
        ({"country": "UK", "subscriber_type": "individual"}, ["no-consent-uk"]),
        ({"country": "Great Britain", "subscriber_type": "Freelance", "lawful_basis": "legitimate"}, ["no-consent-uk"]),
        ({"country": "GB", "subscriber_type": "individual", "lawful_basis": "Consent, 3 March"}, []),
        ({"country": "gb", "subscriber_type": "corporate"}, []),
        ({"country": "United Kingdom"}, ["type-unknown-uk"]),
        ({"country": "DE", "subscriber_type": "individual"}, []),
        ({"country": "Polska"}, ["no-consent-pl"]),
        ({"country": "PL", "lawful_basis": "zgoda"}, []),
        ({"country": "Canada", "lawful_basis": "consent"}, ["no-evidence-ca"]),
        ({"country": "CA", "basis_evidence": "masthead page, 2026-03-01"}, []),
        ({}, []),
    ],
)
def test_what_is_missing_is_told_by_country_and_kind(row: dict[str, str], wanted: list[str]) -> None:
    assert list(find_concerns(row)) == wanted
    assert all(code in CONCERNS for code in wanted)


def test_a_row_without_such_columns_says_nothing() -> None:
    assert not says_anything({"country": "UK", "email": "ada@example.com", "lawful_basis": ""})
    assert says_anything({"lawful_basis": "consent"})


TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    "text, over",
    [("2026-02-28", True), ("2026-02-28T10:00", True), ("2026-03-01", False), ("2027-01-01", False), ("", False)],
)
def test_a_day_of_retention_that_is_past_is_over(text: str, *, over: bool) -> None:
    assert (retention_over({"retention_until": text}, today=TODAY) is not None) is over


def test_a_day_that_cannot_be_read_says_nothing() -> None:
    assert read_day("next spring") is None
    assert retention_over({"retention_until": "31.12.2020"}, today=TODAY) is None
