"""A host that has the opt-out key alone: it keeps lines, and the ledger takes them in, each once."""

from __future__ import annotations

import json
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailer.config.secrets import read_keys, read_opt_out_key_file
from mailer.runs.suppressions.opt_out import Act, LinkMethod, LinkWish, Spooled, line_of, parse_line
from mailer.tokens import OptOutKeys, Purpose, address_digest, delivery_id, make_token, parse_token
from tests.office import Desk, in_the_ledger
from tests.public.hosts import Host, Sent, forged, serving_here, suppressed

ADA, BO, CY = "ada@ada.example.com", "bo@bo.example.com", "cy@cy.example.com"
NOON = datetime(2026, 10, 2, 12, tzinfo=UTC)


@pytest.fixture
def spool(office: Desk) -> Path:
    assert office.run("optouts", "export", "--key", str(office.root / "door.key")).code == 0
    return office.root / "spool"


@pytest.fixture
def small(office: Desk, spool: Path) -> Iterator[Host]:
    """A small host, whose spool lies where it says."""
    with serving_here(office, spool=spool) as running:
        yield running


def lines(spool: Path) -> list[dict[str, str]]:
    return [json.loads(line) for path in sorted(spool.iterdir()) for line in path.read_text("ascii").splitlines()]


def take_in(office: Desk, spool: Path) -> dict[str, int]:
    done = office.run("optouts", "import", "--spool", str(spool), "--json")
    assert done.code == 0, done.said
    found: dict[str, int] = done.json
    return found


def test_the_key_file_is_private_and_holds_nothing_but_the_opt_out_key(office: Desk) -> None:
    file = office.root / "door.key"
    assert office.run("optouts", "export", "--key", str(file)).code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    keys = read_keys(office.root / ".mailer" / "keys")
    assert keys is not None
    text = file.read_text("utf-8")
    for key_id, secret in keys.secrets.items():
        assert secret.hex() not in text
        for purpose in ("bounce", "message-id", "address", "delivery", "check-value"):
            assert keys.subkey(purpose, key_id).hex() not in text
    key_file = read_opt_out_key_file(file)
    assert (key_file.organisation, key_file.write_to) == ("Lantern Museum", "press@example.org")
    delivery = delivery_id(keys, "lamps/release-1", "ada@ada.example.com")
    assert parse_token(key_file.keys, Purpose.OPT_OUT, make_token(keys, Purpose.OPT_OUT, delivery)) == delivery
    for other in (Purpose.BOUNCE, Purpose.MESSAGE_ID):
        assert parse_token(key_file.keys, other, make_token(keys, other, delivery)) is None
        assert parse_token(key_file.keys, Purpose.OPT_OUT, make_token(keys, other, delivery)) is None
    assert address_digest(keys, "ada@ada.example.com").hex() not in text
    assert "secret" not in repr(key_file)


def test_opt_outs_of_a_small_host_reach_the_ledger_once(office: Desk, spool: Path, small: Host, sent: Sent) -> None:
    assert small.post(sent.tokens[ADA]).text == "You are unsubscribed.\n"
    small.post(sent.tokens[BO], "do=opt-out&scope=list&reason=Enough+lamps")
    assert suppressed(office) == {}
    counts = take_in(office, spool)
    assert (counts["lines"], counts["new"], counts["known"], counts["bad"]) == (2, 2, 0, 0)
    assert suppressed(office) == {ADA: "everywhere", BO: "list:coast"}
    notes = in_the_ledger(office, f"SELECT source, note FROM suppression WHERE address = '{BO}'")  # noqa: S608 - our own words
    assert notes == [("page", "Enough lamps")]
    again = take_in(office, spool)
    assert (again["new"], again["known"]) == (0, 2)
    assert office.report()["opted_out"] == 2


def test_what_staff_lift_stays_lifted_when_the_spool_is_read_again(
    office: Desk, spool: Path, small: Host, sent: Sent
) -> None:
    small.post(sent.tokens[ADA])
    take_in(office, spool)
    assert office.run("optouts", "remove", ADA, "--reason", "asks for it", "--evidence", "a letter").code == 0
    assert take_in(office, spool)["new"] == 0
    assert suppressed(office) == {}
    # and a new no is a new no
    line = Spooled(sent.tokens[ADA], Act(b"", datetime.now(UTC)))
    (spool / "optouts-2026-10-03-0a0b0c0d.jsonl").write_bytes(line_of(line))
    assert take_in(office, spool)["new"] == 1


def test_an_undo_on_a_small_host_reaches_the_ledger_too(office: Desk, spool: Path, small: Host, sent: Sent) -> None:
    small.post(sent.tokens[ADA])
    assert small.get(sent.tokens[ADA]).title == "You will get no more mail from us"
    assert small.post(sent.tokens[ADA], "do=undo").title == "You will get our mail as before"
    assert small.get(sent.tokens[ADA]).title == "No more press releases?"
    assert small.post(sent.tokens[ADA], "do=undo").title == "You will get our mail as before"  # a second click
    assert small.post(sent.tokens[BO], "do=undo").title == "This cannot be undone here any more"
    counts = take_in(office, spool)
    assert (counts["new"], counts["undone"]) == (1, 1)
    assert suppressed(office) == {}


def test_an_undo_may_come_with_a_later_import_and_from_another_file(office: Desk, spool: Path, sent: Sent) -> None:
    spool.mkdir()
    out, undo = Act(b"", NOON), Act(b"", NOON + timedelta(minutes=59), LinkWish.UNDO, LinkMethod.PAGE)
    (spool / "optouts-2026-10-02-bbbbbbbb.jsonl").write_bytes(line_of(Spooled(sent.tokens[ADA], out)))
    assert take_in(office, spool)["new"] == 1
    (spool / "optouts-2026-10-02-aaaaaaaa.jsonl").write_bytes(line_of(Spooled(sent.tokens[ADA], undo)))
    assert take_in(office, spool)["undone"] == 1
    late = Act(b"", NOON + timedelta(hours=3), LinkWish.UNDO, LinkMethod.PAGE)
    again = Act(b"", NOON + timedelta(hours=1, minutes=30))
    both = line_of(Spooled(sent.tokens[ADA], again)) + line_of(Spooled(sent.tokens[ADA], late))
    (spool / "optouts-2026-10-02-cccccccc.jsonl").write_bytes(both)
    counts = take_in(office, spool)
    assert (counts["new"], counts["undone"]) == (1, 0)
    assert suppressed(office) == {ADA: "everywhere"}


def test_bad_lines_are_told_by_file_and_line_and_the_others_count(office: Desk, spool: Path, sent: Sent) -> None:
    spool.mkdir()
    good = line_of(Spooled(sent.tokens[ADA], Act(b"", NOON)))
    false = line_of(Spooled(forged(sent.tokens[BO]), Act(b"", NOON)))
    junk = [b"{}", b"[1]", b"\xff\xfe", b"null", b'{"at": 1, "do": "opt-out", "token": "x", "by": "page"}', b"[" * 5000]
    file = spool / "optouts-2026-10-02-0a0b0c0d.jsonl"
    file.write_bytes(good + false + b"\n".join(junk) + b"\n" + b"x" * 20_000 + b"\n" + good)
    torn = spool / "optouts-2026-10-02-11111111.jsonl"
    whole, half = (line_of(Spooled(sent.tokens[each], Act(b"", NOON))) for each in (CY, BO))
    torn.write_bytes(whole + half[:-9])
    done = office.run("optouts", "import", "--spool", str(spool), "--json").json
    assert (done["new"], done["bad"], done["unfinished"]) == (2, 2 + len(junk), 1)
    assert set(suppressed(office)) == {ADA, CY}
    places = {(each["source"], each["line"]) for each in done["problems"]}
    assert places == {(str(file), number) for number in range(2, 4 + len(junk))}
    output = office.run("optouts", "import", "--spool", str(spool)).said
    assert f"{file}:2: the token does not belong to any key of this ledger" in output
    # the rest of the torn line comes: it was being written
    torn.write_bytes(whole + half)
    assert take_in(office, spool)["new"] == 1


def test_a_dry_run_says_what_would_be_taken_in(office: Desk, spool: Path, small: Host, sent: Sent) -> None:
    small.post(sent.tokens[ADA])
    done = office.run("optouts", "import", "--spool", str(spool), "--dry-run", "--json").json
    assert (done["new"], done["written"]) == (1, False)
    assert suppressed(office) == {}


def test_what_waited_more_than_two_days_is_said(office: Desk, spool: Path, sent: Sent) -> None:
    spool.mkdir()
    old = Act(b"", datetime.now(UTC) - timedelta(hours=50))
    (spool / "optouts-2026-10-02-0a0b0c0d.jsonl").write_bytes(line_of(Spooled(sent.tokens[ADA], old)))
    assert "had waited 50 hours" in office.run("optouts", "import", "--spool", str(spool)).err
    since = in_the_ledger(office, "SELECT created_at FROM suppression")[0][0]
    assert str(since) < f"{datetime.now(UTC) - timedelta(hours=49):%Y-%m-%d %H:%M}"


def test_a_small_host_refuses_what_is_forged_and_keeps_no_line_of_it(spool: Path, small: Host, sent: Sent) -> None:
    assert small.post(forged(sent.tokens[ADA])).status == 404
    assert small.get(sent.tokens[ADA]).status == 200
    assert not list(spool.iterdir())


def test_the_files_are_private_and_a_second_click_needs_no_line(spool: Path, small: Host, sent: Sent) -> None:
    for _ in range(5):
        assert small.post(sent.tokens[ADA]).status == 200
    small.post(sent.tokens[ADA], "do=opt-out&scope=list")
    files = list(spool.iterdir())
    assert spool.stat().st_mode & 0o777 == 0o700
    assert [each.stat().st_mode & 0o777 for each in files] == [0o600]
    assert re.fullmatch(r"optouts-\d{4}-\d\d-\d\d-[0-9a-f]{8}\.jsonl", files[0].name)
    assert [each.get("scope", "everywhere") for each in lines(spool)] == ["everywhere", "list"]


def test_processes_on_one_spool_know_of_each_other(office: Desk, spool: Path, small: Host, sent: Sent) -> None:
    with serving_here(office, spool=spool) as other:
        small.post(sent.tokens[ADA])
        assert other.post(sent.tokens[ADA], "do=undo").title == "You will get our mail as before"
        assert small.get(sent.tokens[ADA]).title == "No more press releases?"
    assert take_in(office, spool)["undone"] == 1


def test_a_host_that_cannot_write_says_so_and_is_not_healthy(
    office: Desk, spool: Path, small: Host, sent: Sent
) -> None:
    assert small.ask("GET", "/healthz").status == 200
    spool.rmdir()
    answer = small.post(sent.tokens[ADA])
    assert answer.status == 503
    assert small.ask("GET", "/healthz").status == 503
    assert (small.ask("GET", "/ready").status, small.ask("GET", "/health").status) == (503, 200)
    spool.mkdir()
    assert small.post(sent.tokens[ADA]).status == 200
    assert take_in(office, spool)["new"] == 1


@pytest.mark.slow
def test_a_full_disk_loses_nothing_that_was_answered(office: Desk, spool: Path, sent: Sent) -> None:
    full = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, {resource.RLIM_INFINITY}))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from mailer.cli import main
main(["serve", "--port", "0", "--spool", {str(spool)!r}, "--key", {str(office.root / "door.key")!r}])
"""
    process = subprocess.Popen([sys.executable, "-c", full], stderr=subprocess.PIPE, text=True, cwd=office.root)
    try:
        assert process.stderr is not None
        port = int(re.findall(r":(\d+)", process.stderr.readline())[-1])
        host = Host(port)
        answers = {token: host.post(token).status for token in sent.tokens.values()}
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert set(answers.values()) == {200, 503} or set(answers.values()) == {200}
    took = take_in(office, spool)
    kept = took["new"] + took["of_tests"]
    assert kept >= list(answers.values()).count(200)
    assert took["bad"] == 0


def test_a_line_says_the_same_when_it_is_read() -> None:
    act = Act(b"", NOON, LinkWish.OPT_OUT, LinkMethod.PAGE, everywhere=False, reason='Ünlesbar \\ "so" 配信停止')
    assert parse_line(line_of(Spooled("a" * 40, act))[:-1]) == Spooled("a" * 40, act)
    assert line_of(Spooled("a" * 40, act)).count(b"\n") == 1
    assert line_of(Spooled("a" * 40, act)).isascii()


def test_opt_out_keys_verify_nothing_else() -> None:
    assert OptOutKeys({1: b"k" * 32}).verifying("bounce", 1) is None
    assert "k" * 32 not in repr(OptOutKeys({1: b"k" * 32}))
