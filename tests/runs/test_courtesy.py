"""How much is asked of one outlet and of one person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mailer.address import parse_address
from mailer.contacts.values import Contact, LeftOutReason
from mailer.runs.planning.rules import Courtesy
from mailer.settings import AudienceRules

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def person(name: str, outlet: str = "The Daily") -> Contact:
    fields = {"name": name.capitalize(), "outlet": outlet}
    return Contact(parse_address(f"{name}@example.org"), fields, "coast.csv", 1, 2)


def test_the_first_of_an_outlet_are_kept_and_named_to_the_others() -> None:
    courtesy = Courtesy(AudienceRules(per_outlet=2), starts=NOW)
    assert courtesy.take_place(person("ada")) is None
    assert courtesy.take_place(person("bo", "  the  DAILY ")) is None
    left_out = courtesy.take_place(person("cy"))
    assert left_out is not None
    assert left_out.reason is LeftOutReason.OUTLET_CAP
    assert left_out.message == '"cy@example.org": 2 of The Daily get it: Ada, Bo'
    assert courtesy.take_place(person("di", "Evening")) is None


def test_people_without_an_outlet_are_never_too_many() -> None:
    courtesy = Courtesy(AudienceRules(per_outlet=1), starts=NOW)
    assert [courtesy.take_place(person(name, " ")) for name in ("ada", "bo", "cy")] == [None, None, None]


def test_whoever_is_in_the_mailing_already_has_a_place() -> None:
    courtesy = Courtesy(AudienceRules(per_outlet=1), starts=NOW)
    courtesy.reserve([{"outlet": "the daily", "email": "zoe@example.org"}])
    left_out = courtesy.take_place(person("ada"))
    assert left_out is not None
    assert left_out.message.endswith("zoe@example.org")


@pytest.mark.parametrize("ago_h, is_held", [(1, True), (47, True), (48, False), (480, False)])
def test_somebody_is_held_until_the_days_are_over(ago_h: int, *, is_held: bool) -> None:
    last = NOW - timedelta(hours=ago_h)
    held = Courtesy(AudienceRules(min_days_between=2), starts=NOW).held(person("ada"), last)
    assert (held is not None) is is_held
    if held is not None:
        assert held[0].reason is LeftOutReason.MAILED_RECENTLY
        assert held[1] == last + timedelta(days=2)
        assert f"{held[1]:%Y-%m-%d %H:%M}" in held[0].message


def test_nobody_is_held_without_the_rule_or_despite_it() -> None:
    for courtesy in (
        Courtesy(AudienceRules(), starts=NOW),
        Courtesy(AudienceRules(min_days_between=2), starts=NOW, despite_recent=True),
    ):
        assert not courtesy.needs_last_mailed
        assert courtesy.held(person("ada"), NOW) is None
    assert Courtesy(AudienceRules(min_days_between=2), starts=NOW).held(person("ada"), None) is None


@pytest.mark.parametrize("wrong", [{"per_outlet": -1}, {"min_days_between": -1}, {"min_days_between": 1000}])
def test_rules_that_cannot_be_meant_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        AudienceRules(**wrong)
