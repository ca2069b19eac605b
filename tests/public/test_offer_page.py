"""The page of an offer under embargo: what looking at it changes (nothing), and what its two buttons do."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailer.config.secrets import read_keys
from mailer.tokens import Purpose, make_token, parse_token
from tests.office import HEADLINE, Desk, in_the_ledger, text_of, times_taken
from tests.public.hosts import ONE_CLICK, Host, serving_here, suppressed
from tests.servers import ScriptedServer

YEAR = datetime.now(UTC).year + 1
ADA, BO = "ada@a.example.com", "bo@b.example.com"


@pytest.fixture
def tokens(desk: Desk, server: ScriptedServer) -> dict[str, str]:
    """Offer the lamps to two people; return by address the token of each one's link."""
    desk.release(label=f"Press release\nembargo: {YEAR}-03-02 09:00 Europe/Berlin")
    desk.write("lists/two.csv", f"email,name,time zone\n{ADA},Ada Brook,America/New_York\n{BO},Bo Lind,\n")
    assert desk.run("embargo", "offer", "lamps", "--to", "two", "--yes").code == 0
    return {each.rcpt_to[0]: re.findall(r"/o/([a-z2-7]{40})", text_of(each))[0] for each in server.accepted}


@pytest.fixture
def host(desk: Desk, tokens: dict[str, str]) -> Iterator[Host]:
    assert tokens
    with serving_here(desk) as running:
        yield running


def answers(desk: Desk) -> list[tuple[object, ...]]:
    return in_the_ledger(desk, "SELECT address, verdict, evidence, confirmed FROM embargo_answer ORDER BY id")


@pytest.mark.slow
def test_looking_changes_nothing_and_neither_does_a_post_that_no_button_sent(
    desk: Desk, host: Host, tokens: dict[str, str]
) -> None:
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda _: host.get(tokens[ADA], purpose="prefetch"), range(50)))
    assert {page.status for page in pages} == {200}
    assert host.ask("GET", f"/o/{tokens[ADA]}?do=accepted").status == 200
    for body in (ONE_CLICK, "", "do=yes", "do=broken", "do=opt-out", "accepted=1"):
        page = host.post(tokens[ADA], body)
        assert (page.status, page.title) == (200, HEADLINE)
        assert "Nothing is agreed yet" in page.text
    assert answers(desk) == []
    assert suppressed(desk) == {}


def test_the_page_says_what_is_agreed_to_and_fetches_nothing(host: Host, tokens: dict[str, str]) -> None:
    page = host.get(tokens[ADA])
    assert "03:00 EST your time" in page.text
    assert "a…@a.example.com" in page.text
    assert ADA not in page.text
    assert "It holds four hundred lamps" not in page.text
    assert "set-cookie" not in page.headers
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert not re.search(r"<(?:script|img|link|iframe)\b|\bsrc=", page.text)


@pytest.mark.slow
def test_the_button_agrees_at_once_to_these_terms_and_the_other_takes_it_back(
    desk: Desk, host: Host, server: ScriptedServer, tokens: dict[str, str]
) -> None:
    done = host.post(tokens[ADA], "do=accepted")
    assert "You have agreed" in done.text
    terms = re.search(r"<strong>(.*?)</strong>", done.text)
    assert terms
    ((kept,),) = in_the_ledger(desk, "SELECT hex(terms_hash) FROM embargo_answer")
    assert str(kept).lower() == hashlib.sha256(f"{HEADLINE}\n{terms[1]}\n".encode()).hexdigest()
    desk.run("worker", "--once")
    assert times_taken(server) == {ADA: 2, BO: 1}
    assert "You have declined" in host.post(tokens[ADA], "do=declined").text
    assert "You have agreed" in host.post(tokens[BO], "do=accepted").text
    assert "You have declined" in host.post(tokens[BO], "do=declined").text
    desk.run("worker", "--once")
    assert times_taken(server) == {ADA: 2, BO: 1}
    assert answers(desk)[0] == (ADA, "accepted", "link", 1)
    assert [verdict for _, verdict, *_ in answers(desk)] == ["accepted", "declined", "accepted", "declined"]


def test_a_link_is_good_for_its_own_purpose_alone(desk: Desk, host: Host, tokens: dict[str, str]) -> None:
    keys = read_keys(desk.root / ".mailer" / "keys")
    assert keys
    delivery = parse_token(keys, Purpose.EMBARGO, tokens[ADA])
    assert delivery
    out = make_token(keys, Purpose.OPT_OUT, delivery)
    assert host.post(out, "do=accepted").text == "You are unsubscribed.\n"
    assert answers(desk) == []
    for forged in (make_token(keys, Purpose.BOUNCE, delivery), tokens[ADA][:-4] + "aaaa"):
        assert host.post(forged, "do=accepted").status == 404
    # of a mail that is no offer
    assert host.post(make_token(keys, Purpose.EMBARGO, b"12345678"), "do=accepted").status == 404
    assert answers(desk) == []


def test_a_host_without_the_ledger_takes_no_answer(desk: Desk, tokens: dict[str, str], tmp_path: Path) -> None:
    assert desk.run("optouts", "export", "--key", str(desk.root / "door.key")).code == 0
    with serving_here(desk, spool=tmp_path / "spool") as host:
        assert host.get(tokens[ADA]).status == 404
        assert host.post(tokens[ADA], "do=accepted").status == 404
    assert answers(desk) == []
