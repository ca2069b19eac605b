"""A newsroom's day, as its people type it, against a real relay and a real mailbox.

It goes out, two people answer, and the office answers them: each step is a process of its own, as at a desk.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.answers import ADA, ASKS, BO, THANKS, answer
from tests.desk import Desk, Done, finish, times_taken
from tests.mailboxes import Dovecot
from tests.servers import ScriptedServer
from tests.services.bounced import ENV, inbox_table, use

pytestmark = pytest.mark.service("dovecot")


@pytest.fixture
def mail(dovecot: Dovecot) -> Iterator[Dovecot]:
    dovecot.empty()
    yield dovecot
    dovecot.empty()


def typed(desk: Desk, *words: str, code: int = 0) -> Done:
    done = finish(desk.start(*words, env=ENV))
    assert done.code == code, done.said
    assert "Traceback" not in done.said
    return done


def test_a_release_goes_out_and_who_answers_is_answered(desk: Desk, server: ScriptedServer, mail: Dovecot) -> None:
    use(desk, server, inbox_table(mail))
    typed(desk, "send", "lamps", "--to", "coast", "--yes")
    assert set(times_taken(server).values()) == {1}

    mail.deliver([answer(server, ADA), answer(server, BO, THANKS)])
    assert "mailer replies --open" in typed(desk, "bounces", "collect").out
    listed = typed(desk, "replies").out
    assert "2 replies: 1 to be answered, 1 assigned to nobody" in listed
    assert "needs an answer: asks for pictures" in listed
    (waiting,) = typed(desk, "replies", "lamps", "--open", "--json").json["replies"]
    number = str(waiting["id"])
    assert waiting["email"] == ADA

    assert ASKS in typed(desk, "replies", "show", number).out
    typed(desk, "replies", "assign", number, "Ida")
    assert "is assigned to Ida" in typed(desk, "replies", "assign", number, "Jonas", code=1).err
    typed(desk, "replies", "note", number, "Sent three photos")
    typed(desk, "replies", "done", number)
    assert "No reply waits for an answer." in typed(desk, "replies", "--open").out
    assert "Sent three photos" in typed(desk, "replies", "--done").out
    report = typed(desk, "report", "lamps", "--json").json
    assert (report["accepted"], report["replied"], report["replies_open"]) == (5, 2, 0)
    assert set(times_taken(server).values()) == {1}  # nobody got anything twice
