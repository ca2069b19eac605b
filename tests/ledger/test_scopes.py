"""How far suppressions reach: scopes beside each other, domains, outlets, and what arrives in the middle of a run."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.address import parse_address
from mailer.errors import InputProblem, LedgerProblem
from mailer.events import MANUAL, OPTED_OUT, MailingKind
from mailer.ledger import Ledger
from mailer.ledger.connection import check_keys, verify_keys
from mailer.ledger.deliveries import Place, add_deliveries, allow_attempts, claim, release
from mailer.ledger.mailings import newest_edition
from mailer.ledger.processes import ProcessLock
from mailer.ledger.suppressions import (
    EVERYWHERE,
    ActiveSuppression,
    NewSuppression,
    SuppressionQuery,
    active_suppressions,
    add_suppression,
    find_suppressions,
    lift_suppression,
    list_scope,
    parse_scope,
    parse_subject,
    person_digest,
    query_for,
    scopes_of,
    wider_digests,
)
from mailer.tokens import Keys
from tests.ledger.rows import KEYS, NOW, STAMP, claimed, digest, open_mailing, plan, planned, states

ADA, BO = "ada@news.outlet.example", "bo@other.example"


def add(ledger: Ledger, text: str, scope: str = EVERYWHERE, reason: str = OPTED_OUT) -> bool:
    subject = parse_subject(KEYS, text)
    new = NewSuppression(subject.digest, subject.text, reason, "staff", scope=scope, subject=subject.kind)
    with ledger.writing() as connection:
        return add_suppression(connection, new, mailing_id=None, stamp=STAMP)


def held(ledger: Ledger, *queries: SuppressionQuery) -> list[str]:
    with ledger.reading() as connection:
        found = [active_suppressions(connection, [each]).get(each.address_digest) for each in queries]
    return [each.word if each else "" for each in found]


def about(address: str, *, outlet: str = "", list_name: str = "coast.csv", kind: str = "release") -> SuppressionQuery:
    return query_for(KEYS, parse_address(address), outlet=outlet, scopes=scopes_of(list_name, kind))


@pytest.mark.parametrize(
    "said, kept",
    [
        ("everywhere", "everywhere"),
        (" Everywhere ", "everywhere"),
        ("list:Coast", "list:coast"),
        ("list:lists/coast.csv", "list:coast"),
        ("LIST: my list.xlsx", "list:my list"),
        ("kind:Follow-Up", "kind:follow-up"),
    ],
)
def test_a_scope_is_kept_in_one_form_however_it_is_said(said: str, kept: str) -> None:
    assert parse_scope(said) == kept


@pytest.mark.parametrize("said", ["", "list:", "kind:test", "kind:followup", "coast", "everywhere:x"])
def test_what_is_no_scope_is_refused_with_those_that_are(said: str) -> None:
    with pytest.raises(InputProblem, match="there are: "):
        parse_scope(said)


@given(st.text(min_size=1, max_size=300))
def test_no_list_name_makes_a_scope_that_the_ledger_cannot_hold(name: str) -> None:
    assert len(list_scope(name)) <= 200
    assert list_scope(f"lists/{list_scope('x')[5:]}.csv") == "list:x"


def test_a_domain_is_also_its_subdomains_and_no_country_can_be_named() -> None:
    subject = parse_subject(KEYS, "*@Outlet.Example")
    assert subject.text == "*@outlet.example"
    assert subject.digest in wider_digests("a.news.outlet.example", "")
    assert subject.digest in wider_digests("outlet.example", "")
    assert subject.digest not in wider_digests("myoutlet.example", "")
    assert wider_digests("", "") == ()
    for text in ("example", "", "*"):
        with pytest.raises(InputProblem):
            parse_subject(KEYS, f"*@{text}")


def test_a_domain_is_one_in_either_script() -> None:
    assert parse_subject(KEYS, "*@bücher.example").digest == parse_subject(KEYS, "*@xn--bcher-kva.example").digest


def test_an_outlet_is_known_by_its_name_whatever_its_case_and_signs() -> None:
    daily = parse_subject(KEYS, "outlet:  The   Daily! ")
    assert daily.text == "outlet:The Daily!"
    assert daily.digest in wider_digests("x.example", "the daily")
    assert daily.digest not in wider_digests("x.example", "The Daily Two")
    with pytest.raises(InputProblem):
        parse_subject(KEYS, "outlet: – ")


def test_a_person_without_a_name_or_an_outlet_has_no_name_of_their_own() -> None:
    assert person_digest(KEYS, "Ada Brook", "The Daily") == person_digest(KEYS, "ada  BROOK", "the-daily")
    assert person_digest(KEYS, "Ada Brook", "") is None
    assert person_digest(KEYS, "", "The Daily") is None


def test_a_scope_concerns_its_list_and_its_kind_alone(ledger: Ledger) -> None:
    assert add(ledger, ADA, "list:coast")
    assert add(ledger, BO, "kind:follow-up")
    assert held(ledger, about(ADA), about(ADA, list_name="science.csv"), about(BO)) == ["opted_out list:coast", "", ""]
    with ledger.reading() as connection:
        together = active_suppressions(connection, [about(ADA), about(BO, kind="follow-up")])
    assert {each.scope for each in together.values()} == {"list:coast", "kind:follow-up"}
    assert held(ledger, about(BO, kind="follow-up")) == ["opted_out kind:follow-up"]
    assert held(ledger, about(ADA, kind=MailingKind.PREVIEW.value)) == ["opted_out list:coast"]


def test_a_whole_domain_and_an_outlet_stop_all_who_belong_to_them(ledger: Ledger) -> None:
    assert add(ledger, "*@outlet.example", reason=MANUAL)
    assert add(ledger, "outlet:The Daily", "list:coast", MANUAL)
    daily = about(BO, outlet="the daily")
    assert held(ledger, about(ADA), about(BO), daily) == ["manual domain", "", "manual outlet list:coast"]
    assert held(ledger, about(BO, outlet="The Daily", list_name="science")) == [""]


def test_what_stands_about_a_person_comes_before_what_stands_about_where_they_work(ledger: Ledger) -> None:
    assert add(ledger, "*@outlet.example", reason=MANUAL)
    assert add(ledger, ADA, reason=OPTED_OUT)
    assert held(ledger, about(ADA)) == [OPTED_OUT]


def test_what_stands_about_a_person_is_theirs_alone(ledger: Ledger) -> None:
    assert add(ledger, ADA)
    assert add(ledger, BO)
    with ledger.reading() as connection:
        assert [each.address_digest for each in find_suppressions(connection, [digest(ADA)])] == [digest(ADA)]


def test_several_scopes_stand_beside_each_other_and_lifting_one_leaves_the_others(ledger: Ledger) -> None:
    assert [add(ledger, ADA, scope) for scope in ("list:coast", EVERYWHERE, "kind:follow-up", "list:coast")] == [
        *(True, True, True, False)
    ]
    assert held(ledger, about(ADA)) == ["opted_out"]  # everywhere is told rather than the list
    with ledger.writing() as connection:
        assert lift_suppression(connection, digest(ADA), reason="asked", stamp=STAMP) is not None
        assert [each.scope for each in find_suppressions(connection, [digest(ADA)])] == ["list:coast", "kind:follow-up"]
        assert lift_suppression(connection, digest(ADA), reason="again", stamp=STAMP) is None
    assert held(ledger, about(ADA), about(ADA, list_name="science")) == ["opted_out list:coast", ""]


@pytest.mark.parametrize(
    "text, scope",
    [
        (ADA, EVERYWHERE),
        (ADA, "list:coast"),
        (ADA, "kind:release"),
        ("*@outlet.example", EVERYWHERE),
        ("*@outlet.example", "list:coast"),
    ],
)
def test_a_no_that_arrives_between_claim_and_body_stops_that_contact_alone(
    ledger: Ledger, lock: ProcessLock, text: str, scope: str
) -> None:
    with ledger.writing() as connection:
        mailing = open_mailing(connection)
        plan(connection, mailing, [ADA, BO])
        taken = claimed(connection, mailing, lock.owner)
    assert len(taken) == 2
    assert add(ledger, text, scope)
    ids = {each.address: each.id for each in taken}
    with ledger.writing() as connection:
        allowed = allow_attempts(connection, [ids[ADA]], lock.owner, stamp=STAMP)
        assert not allowed
        # what only reaches some sends everybody back to be claimed again; the others go out then
        release(connection, list(ids.values()), lock.owner)
        again, skipped = claim(connection, mailing.id, lock.owner, limit=10, now=NOW)
        assert ([each.address for each in again], skipped) == ([BO], 1)
        assert allow_attempts(connection, [ids[BO]], lock.owner, stamp=STAMP) == {ids[BO]}
    assert states(ledger) == {"attempted": 1, "skipped": 1}


def test_a_no_of_an_outlet_that_arrives_after_planning_stops_those_who_work_there(
    ledger: Ledger, lock: ProcessLock
) -> None:
    with ledger.writing() as connection:
        mailing = open_mailing(connection)
        place = Place(mailing.id, newest_edition(connection, mailing.id)[0], None)
        daily = replace(planned(mailing, ADA), merge_row='{"first_name": "Ada", "outlet": "The Daily"}')
        add_deliveries(connection, place, [daily, planned(mailing, BO)])
    assert add(ledger, "outlet:the daily")
    with ledger.writing() as connection:
        taken, skipped = claim(connection, mailing.id, lock.owner, limit=10, now=NOW)
    assert ([each.address for each in taken], skipped) == ([BO], 1)


def test_what_concerns_another_list_or_kind_stops_nobody(ledger: Ledger, lock: ProcessLock) -> None:
    add(ledger, ADA, "list:science")
    add(ledger, ADA, "kind:follow-up")
    with ledger.writing() as connection:
        mailing = open_mailing(connection)
        plan(connection, mailing, [ADA, BO])
        taken = claimed(connection, mailing, lock.owner)
        assert len(allow_attempts(connection, [each.id for each in taken], lock.owner, stamp=STAMP)) == 2


def test_everybody_is_asked_about_in_one_go_however_many_they_are(ledger: Ledger) -> None:
    add(ledger, "p7000@d.example.com")
    queries = [SuppressionQuery(digest(f"p{number}@d.example.com")) for number in range(7001)]
    with ledger.reading() as connection:
        assert active_suppressions(connection, queries) == {queries[7000].address_digest: ActiveSuppression(OPTED_OUT)}


def test_a_key_above_the_old_one_leaves_everybody_findable(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        check_keys(connection, KEYS)
    assert add(ledger, ADA)
    rotated = Keys(7, {1: KEYS.secrets[1], 7: bytes(32)})
    with ledger.writing() as connection:
        check_keys(connection, rotated)
    query = query_for(rotated, parse_address(ADA))
    assert held(ledger, query) == ["opted_out"]


def test_a_new_key_below_the_old_one_is_refused_because_nobody_would_be_found_any_more(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        check_keys(connection, KEYS)
    lower = Keys(1, {0: bytes(32), 1: KEYS.secrets[1]})
    with ledger.reading() as connection, pytest.raises(LedgerProblem, match="lower than those") as refused:
        verify_keys(connection, lower)
    assert "higher id than 1" in refused.value.hint
