from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import func, select

from mailer.errors import InputProblem, LedgerProblem
from mailer.events import MailingKind, MailingState
from mailer.ledger import Ledger
from mailer.ledger.mailings import (
    Edition,
    NewMailing,
    Stamp,
    add_edition,
    add_mailing,
    add_planned,
    find_mailing,
    find_same_news,
    halt,
    newest_edition,
    next_sequence,
    read_edition,
    read_mailings,
    require_mailing,
    set_state,
    state_of,
)
from mailer.ledger.tables import blob
from tests.ledger.rows import NOW, STAMP, edition, events, later, open_mailing

S = MailingState


def test_a_release_has_one_mailing_and_the_database_sees_to_it(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        open_mailing(connection)
        assert next_sequence(connection, "seals", MailingKind.RELEASE) == 1
    with pytest.raises(LedgerProblem, match=r"(?i)unique"), ledger.writing() as connection:
        add_mailing(connection, NewMailing("seals", MailingKind.RELEASE, 1, "x", "main"), stamp=STAMP)


def test_tests_and_previews_are_counted(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        assert next_sequence(connection, "seals", MailingKind.TEST) == 1
        open_mailing(connection, kind=MailingKind.TEST)
        assert next_sequence(connection, "seals", MailingKind.TEST) == 2
        assert next_sequence(connection, "seals", MailingKind.PREVIEW) == 1
        assert next_sequence(connection, "ferry", MailingKind.TEST) == 1


@pytest.mark.parametrize(
    "name, found",
    [
        ("seals", "seals/release-1"),
        ("seals/release-1", "seals/release-1"),
        ("seals/test-2", "seals/test-2"),
        ("seals/test-1", ""),
        ("ferry", ""),
        ("seals/", ""),
        ("seals/test", ""),
        ("", ""),
        ("/test-2", ""),
        ("seals/test-99999999999999999999", ""),
    ],
)
def test_a_mailing_is_found_by_its_name(ledger: Ledger, name: str, found: str) -> None:
    with ledger.writing() as connection:
        open_mailing(connection)
        open_mailing(connection, kind=MailingKind.TEST, sequence=2)
        mailing = find_mailing(connection, name)
    assert (mailing.full_name if mailing else "") == found


def test_an_unknown_mailing_is_told_with_the_nearest(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        made = open_mailing(connection)
        assert require_mailing(connection, made.name) == find_mailing(connection, "seals")
        with pytest.raises(InputProblem, match='no mailing "seal"; did you mean "seals"') as caught:
            require_mailing(connection, "seal")
    assert "mailer status" in caught.value.hint


def test_the_names_of_all_but_the_release_itself_say_what_they_are(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        open_mailing(connection)
        open_mailing(connection, kind=MailingKind.PREVIEW, sequence=3)
        assert [each.name for each in read_mailings(connection)] == ["seals/preview-3", "seals"]


def test_a_state_has_its_times(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        made = open_mailing(connection, state=S.PLANNED)
        assert (made.state, made.started_at, made.finished_at) == (S.PLANNED, None, None)
        for state, at in ((S.SENDING, 10), (S.PAUSED, 20), (S.SENDING, 30), (S.FINISHED, 40)):
            assert set_state(connection, made.id, state, stamp=Stamp(later(at), "ada@desk"))
        done = require_mailing(connection, "seals")
        set_state(connection, made.id, S.SENDING, stamp=STAMP)
        again = require_mailing(connection, "seals")
    assert (done.started_at, done.finished_at, done.created_at) == (later(10), later(40), NOW)
    assert (again.started_at, again.finished_at) == (later(10), None)
    assert events(ledger) == ["paused", "finished"]


def test_a_state_that_must_stay_stays(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        made = open_mailing(connection, state=S.CANCELLED)
        assert not set_state(connection, made.id, S.SENDING, stamp=STAMP, unless=(S.CANCELLED, S.FINISHED))
        assert state_of(connection, made.id) is S.CANCELLED
        assert require_mailing(connection, "seals").started_at is None


def test_a_halt_keeps_what_the_relay_said_until_it_goes_on(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        made = open_mailing(connection)
        assert state_of(connection, made.id) is S.SENDING
        halt(connection, made.id, reason="550 5.4.5 Enough for today", stamp=STAMP)
        halted = require_mailing(connection, "seals")
        set_state(connection, made.id, S.SENDING, stamp=STAMP)
        assert require_mailing(connection, "seals").halt_reason == ""
    assert (halted.state, halted.halt_reason) == (S.HALTED, "550 5.4.5 Enough for today")
    assert events(ledger) == ["halted"]


@pytest.mark.parametrize("state", [S.PAUSED, S.CANCELLED, S.FINISHED])
def test_what_staff_decided_is_not_undone_by_a_halt(ledger: Ledger, state: MailingState) -> None:
    with ledger.writing() as connection:
        made = open_mailing(connection, state=state)
        halt(connection, made.id, reason="550 5.4.5 Enough", stamp=STAMP)
        found = require_mailing(connection, "seals")
    assert (found.state, found.halt_reason) == (state, "")


def test_what_is_planned_adds_up_and_who_was_left_out_is_the_newest(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        made = open_mailing(connection)
        add_planned(connection, made.id, 5, {"duplicate": 2})
        add_planned(connection, made.id, 3, {"invalid": 1})
        found = require_mailing(connection, "seals")
    assert (found.planned, found.left_out) == (8, {"invalid": 1})


def test_an_edition_comes_back_as_it_was(ledger: Ledger) -> None:
    content = Edition(
        {("release", "a.md"): b"\x00\xff text", ("template", "a.md"): b"", ("sender", "main"): b"{}"},
        b"h" * 32,
        b"b" * 32,
    )
    with ledger.writing() as connection:
        made = open_mailing(connection)
        first, _ = newest_edition(connection, made.id)
        second = add_edition(connection, made.id, content, reason="a wrong date", stamp=STAMP)
        assert newest_edition(connection, made.id) == (second, content)
        assert read_edition(connection, first) == edition()
    assert content.digests()["release", "a.md"] == hashlib.sha256(b"\x00\xff text").digest()
    assert "text" not in repr(content)
    assert events(ledger) == ["changed"]


def test_a_file_is_kept_once_however_many_editions_have_it(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        made = open_mailing(connection)
        for _ in range(3):
            add_edition(connection, made.id, edition("Another text"), reason="x", stamp=STAMP)
        open_mailing(connection, "ferry")
        assert connection.execute(select(func.count()).select_from(blob)).scalar_one() == 3


@pytest.mark.parametrize(
    "content, same",
    [
        (edition(), True),
        (edition("Another text"), True),
        (edition(headline="Another headline"), True),
        (edition("Another text", "Another headline"), False),
    ],
)
def test_the_same_news_under_another_name_is_found(ledger: Ledger, content: Edition, same: bool) -> None:  # noqa: FBT001 - a column of the table
    with ledger.writing() as connection:
        open_mailing(connection)
        found = find_same_news(connection, content, slug="copy-of-seals")
        assert find_same_news(connection, content, slug="seals") is None
    assert (found.slug if found else "") == ("seals" if same else "")


def test_a_test_or_a_preview_is_no_news(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        open_mailing(connection, kind=MailingKind.TEST)
        open_mailing(connection, kind=MailingKind.PREVIEW)
        assert find_same_news(connection, edition(), slug="copy-of-seals") is None
