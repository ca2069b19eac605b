"""A newsroom's day, as its people type it, against a real relay and a real mailbox.

It goes out, two people answer, and the office answers them: each step is a process of its own, as at a desk.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.answers import ADA, ASKS, BO, CY, THANKS, answer
from tests.cli.approving import make_keys
from tests.kill.clocks import clock_of, set_clock
from tests.mailboxes import Dovecot
from tests.office import BODY, Desk, Done, finish, mail_of, text_of, times_taken
from tests.public.hosts import serving
from tests.servers import ScriptedServer
from tests.services.bounced import ENV, inbox_table, use

pytestmark = pytest.mark.service("dovecot")


@pytest.fixture
def mail(dovecot: Dovecot) -> Iterator[Dovecot]:
    dovecot.empty()
    yield dovecot
    dovecot.empty()


def typed(desk: Desk, *words: str, code: int = 0, clock: dict[str, str] | None = None) -> Done:
    done = finish(desk.start(*words, env={**ENV, **(clock or {})}))
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


@pytest.mark.service("faketime")
@pytest.mark.service("ssh-keygen")
def test_a_release_is_offered_approved_sent_corrected_followed_up_answered_and_proven(
    desk: Desk, server: ScriptedServer, mail: Dovecot, faketime: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tools = tmp_path_factory.mktemp("tools")
    keys = make_keys(tools)
    clock = clock_of(tools / "clock", faketime)
    now = datetime.now(UTC)
    lift = (now + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)

    def it_is(moment: datetime) -> None:
        set_clock(tools / "clock", f"+{int((moment - datetime.now(UTC)).total_seconds())}")

    def type_(*words: str, code: int = 0) -> Done:
        return typed(desk, *words, code=code, clock=clock)

    def approved(*words: str) -> str:
        """Let Ada plan it and Bo approve it, with his key; return the hash."""
        assert type_(*words[:-1], "--yes", "--json", code=2).json["error"]["code"] == "not_approved"
        plan = str(type_(*words, "--as", "ada", "--yes", "--json").json["hash"])
        type_("approve", plan, "--key", str(keys / "ada"), "--yes", "--json", code=2)
        done = type_("approve", plan, "--key", str(keys / "bo"), "--yes", "--json").json
        assert (done["approved_by"], done["method"]) == ("bo", "ssh")
        return plan

    it_is(now)
    approval = '[approval]\nrequired = true\nallowed_signers = "allowed_signers"\n'
    use(desk, server, inbox_table(mail), approval)
    signers = [f"{name} {' '.join((keys / f'{name}.pub').read_text('ascii').split()[:2])}" for name in ("ada", "bo")]
    desk.write("allowed_signers", "\n".join([*signers, ""]))
    desk.release(label=f"Press release\nembargo: {lift:%Y-%m-%d %H:%M} UTC")
    desk.write("lists/science.csv", f"email,name\n{ADA},Ada Brook\n{BO},Bo Lind\n")

    # It is offered, and both accept: one on the page, one in a reply that staff confirm.
    offer = approved("embargo", "offer", "lamps", "--to", "science", "--then-to", "coast", "--plan")
    type_("send", "--plan", offer, "--yes")
    assert times_taken(server) == {ADA: 1, BO: 1}
    token = re.findall(r"/o/([a-z2-7]{40})", text_of(server.accepted_for(ADA)[0]))[0]
    with serving(desk) as host:
        assert "You have agreed" in host.post(token, "do=accepted").text
    mail.deliver([answer(server, BO, "I agree to the embargo.")])
    type_("bounces", "collect")
    type_("embargo", "record", BO, "accepted", "--for", "lamps", "--why", "their reply")
    type_("worker", "--once")
    assert times_taken(server) == {ADA: 2, BO: 2}
    assert all("EMBARGO" in str(mail_of(server.accepted_for(each)[1])["Subject"]) for each in (ADA, BO))

    # At the lift everybody else gets it, without the embargo.
    it_is(lift + timedelta(minutes=1))
    type_("worker", "--once")
    assert set(times_taken(server)) == {ADA, BO, CY, "di@d.example.com", "ed@e.example.com"}
    (release,) = server.accepted_for(CY)
    assert "EMBARGO" not in str(mail_of(release)["Subject"])
    assert type_("report", "lamps", "--json").json["accepted"] == 5

    # A day was wrong: everybody who has it gets the right one, in the thread.
    text = (desk.root / "releases" / "lamps.md").read_text("utf-8")
    desk.write("releases/lamps.md", text.replace("Friday", "Saturday"))
    assert "Friday" in BODY
    note = ("--note", "The cellar opens on Saturday.")
    type_("send", "--plan", approved("correct", "lamps", *note, "--plan"), "--yes")
    assert {each: count for each, count in times_taken(server).items() if each not in {ADA, BO}} == dict.fromkeys(
        [CY, "di@d.example.com", "ed@e.example.com"], 2
    )
    corrected = mail_of(server.accepted_for(CY)[1])
    assert str(corrected["Subject"]).startswith("CORRECTION: ")
    assert mail_of(release)["Message-ID"] in str(corrected["References"])

    # Cy asks something, so that the follow-up goes to the others.
    it_is(lift + timedelta(days=6))
    mail.deliver([answer(server, CY)])
    type_("bounces", "collect")
    type_("send", "--plan", approved("follow-up", "lamps", "--plan"), "--yes")
    taken = times_taken(server)
    assert (taken[ADA], taken[CY], taken["di@d.example.com"], taken["ed@e.example.com"]) == (4, 2, 3, 3)
    (waiting,) = [each for each in type_("replies", "--open", "--json").json["replies"] if each["email"] == CY]
    type_("replies", "assign", str(waiting["id"]), "Ida")
    type_("replies", "done", str(waiting["id"]))

    # A year later: what can be shown, checked with nothing of ours.
    proof = tools / "proof"
    type_("proof", "lamps", "--out", str(proof), "--all", "--key", str(keys / "bo"))
    program = shutil.which("ssh-keygen")
    assert program is not None

    def holds(*words: str, beside: Path = proof, stdin: Path | None = None) -> None:
        given = stdin.read_bytes() if stdin else b""
        done = subprocess.run(words, cwd=beside, input=given, capture_output=True, check=False)
        assert done.returncode == 0, (done.stdout + done.stderr).decode()

    holds("sha256sum", "--check", "--strict", "SHA256SUMS")
    holds(sys.executable, "verify.py")
    verify = (program, "-Y", "verify", "-f", str(proof / "plans" / "allowed_signers"), "-I", "bo")
    holds(*verify, "-n", "mailer-proof", "-s", "SHA256SUMS.sig", stdin=proof / "SHA256SUMS")
    plans = list(proof.glob("plans/*/plan.json"))
    assert len(plans) >= 2
    for plan in plans:
        (signature,) = plan.parent.glob("approvals/*.sig")
        holds(*verify, "-n", "mailer-plan", "-s", str(signature), stdin=plan)
