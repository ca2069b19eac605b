"""SpamAssassin: finished mails, scored by the program of that name where this machine has it.

Owns one process for many mails (an mbox on its standard input), without the network and without what this machine or
its user has learnt: the same mail has the same score everywhere. As root it runs as `nobody`. Nothing leaves the
machine, and nothing is kept.
Raises `SpamProblem` where the program cannot be used.
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from mailer.runs.checking.nobody import unprivileged
from mailer.runs.checking.scores import Hit, Letter, Score, SpamProblem

NAME = "SpamAssassin"
_FROM = b"From mailer@localhost Thu Jan  1 00:00:00 1970\n"
_NUMBER = "X-Mailer-Number"  # the program takes the mails of an mbox in an order of its own
_LIMIT_S = 60.0
_PER_MAIL_S = 10.0
_HIT = re.compile(r"^ *(-?\d+\.\d) (\w+) +(.*(?:\n {27,}.*)*)", re.MULTILINE)


def score_by_spamassassin(program: str, letters: Sequence[Letter]) -> list[Score]:
    """Score mails, in their order; the program at that path looks at their bytes alone.

    Raises:
        SpamProblem: the program failed, or gave fewer answers than there are mails.
    """
    mails = [letter.data for letter in letters]
    mark = f"mailer-{secrets.token_hex(8)}"
    with tempfile.TemporaryDirectory(prefix="mailer-spam-") as home:
        unprivileged(Path(home))
        said = _run(program, mails, home, mark)
    scores = dict(_scores(said, mark))
    if set(scores) != set(range(len(letters))):
        raise SpamProblem(f"{NAME} answered about {len(scores)} of {len(letters)} mails")
    return [scores[number] for number in range(len(letters))]


def _run(program: str, mails: Sequence[bytes], home: str, mark: str) -> str:
    command = [program, "--local", "--nocreate-prefs", "--test-mode", "--mbox"]
    report = (
        "use_bayes 0",
        "report_safe 0",  # else what is spam is wrapped in a second report
        "clear_report_template",
        f"report {mark} _SCORE_ _REQD_ _HEADER({_NUMBER})_",
        "report _SUMMARY_",
        f"report {mark} end",
    )
    command += [f"--cf={line}" for line in report]
    try:
        done: subprocess.CompletedProcess[bytes] = subprocess.run(  # noqa: S603 - the program found in PATH, with arguments of ours, without a shell
            command,
            input=b"".join(_as_mbox(mail, number) for number, mail in enumerate(mails)),
            capture_output=True,
            timeout=_LIMIT_S + _PER_MAIL_S * len(mails),
            check=False,
            cwd=home,
            env={"HOME": home, "PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            **unprivileged(Path(home)),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SpamProblem(f"{NAME} could not be run: {error}") from None
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise SpamProblem(f"{NAME} failed: {last or done.returncode}")
    return done.stdout.decode("utf-8", "replace")


def _as_mbox(mail: bytes, number: int) -> bytes:
    text = f"{_NUMBER}: {number}\n".encode("ascii") + mail.replace(b"\r\n", b"\n")
    return _FROM + re.sub(rb"^(>*From )", rb">\1", text, flags=re.MULTILINE) + b"\n"


def _scores(said: str, mark: str) -> Iterator[tuple[int, Score]]:
    """Yield the scores by the number of the mail, out of all that the program printed."""
    for points, required, number, rules in re.findall(
        rf"^{mark} (-?[\d.]+) ([\d.]+) (\d+)$(.*?)^{mark} end$", said, re.MULTILINE | re.DOTALL
    ):
        hits = [Hit(name, float(score), " ".join(text.split())) for score, name, text in _HIT.findall(rules)]
        yield int(number), Score(NAME, float(points), float(required), tuple(hits))
