"""Spam: what the spam filters of this machine think of finished mails (standards H12).

A press mail that a filter takes for spam is never read, and the filters that newsrooms run can be asked beforehand.
Nothing leaves the machine: both programs are run without the network and without what they have learnt. A machine
without any says so in a sentence, and that is no error. What a score means, `scores` says.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from mailer.platform import as_nobody
from mailer.runs.checking.scores import Hit, Letter, Score, SpamProblem, traits_of

# Rspamd: a server of its own for as long as it is asked: own folder, own port on this machine, no network, no Redis,
# nothing learnt and nothing kept. A server of the office is never touched. Starting takes about ten seconds, so
# whoever has several mails asks about them all at once.

RSPAMD = "rspamd"
_START_S = 90
_END_S = 10.0
# what asks the network, learns, or judges the machine that a mail comes from, which is not the relay here
_OFF = """
    rbl surbl dkim dkim_signing spf dmarc arc asn fuzzy_check greylist ratelimit replies known_senders reputation neural
    bayes_expiry url_redirector mx_check p0f dcc antivirus external_services history_redis clickhouse elastic
    metadata_exporter metric_exporter milter_headers rspamd_update bimi gpt contextal external_relay aws_s3 whitelist
    multimap phishing mid hfilter
"""
_SETTINGS = {
    "options.inc": 'dns { nameserver = ["127.0.0.1:1"]; timeout = 0.1s; retransmits = 1; }\n'
    'filters = "chartable,regexp";\ndisable_monitoring = true;\n',
    "logging.inc": 'type = "console";\nlevel = "error";\n',
    "worker-proxy.inc": "enabled = false;\n",
    "worker-fuzzy.inc": "enabled = false;\n",
    "worker-controller.inc": "enabled = false;\n",
}


class Rspamd:
    """A server that answers on a port of this machine."""

    def __init__(self, client: str, port: int) -> None:
        """Take the client program and the port."""
        self._client = client
        self._port = port

    def score(self, letter: Letter) -> Score:
        """Score a mail, as if it came from a server of example.org's documentation network.

        Raises:
            SpamProblem: there is no answer that can be read.
        """
        command = [self._client, "-h", f"127.0.0.1:{self._port}", "-t", str(_START_S), "--json"]
        command += ["--ip", "192.0.2.10", "--helo", "mail.example.org", "--hostname", "mail.example.org"]
        command += ["-F", letter.mail_from, "-r", letter.rcpt_to, "symbols"]
        try:
            done = subprocess.run(  # noqa: S603 - the program found in PATH, with arguments of ours, without a shell
                command, input=letter.data, capture_output=True, timeout=_START_S + _END_S, check=False
            )
            answer = json.loads(done.stdout)
            hits = tuple(
                Hit(name, float(each["score"]), str(each.get("description", "")))
                for name, each in answer["symbols"].items()
            )
            return Score(RSPAMD, float(answer["score"]), float(answer["required_score"]), hits)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SpamProblem(f"{NAME} could not be asked: {error}") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise SpamProblem(f"{NAME} gave no answer that can be read") from None


def score_by_rspamd(program: str, letters: Sequence[Letter]) -> list[Score]:
    """Score mails, in their order, by one server that is started for them with the program at that path.

    Raises:
        SpamProblem: it does not start, or gives no answer.
    """
    with running_rspamd(program) as server:
        return [server.score(letter) for letter in letters]


@contextmanager
def running_rspamd(program: str) -> Iterator[Rspamd]:
    """Run a server while the block runs.

    Raises:
        SpamProblem: it does not start, or its client is missing.
    """
    client = shutil.which("rspamc", path=os.pathsep.join((os.environ.get("PATH", ""), str(Path(program).parent))))
    if client is None:
        raise SpamProblem(f"{NAME} is there without its client, rspamc")
    with tempfile.TemporaryDirectory(prefix="mailer-rspamd-") as folder, _free_port() as port:
        _write_settings(Path(folder), port)
        process = _start(program, Path(folder))
        try:
            _wait(process, port)
            yield Rspamd(client, port)
        finally:
            process.terminate()
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _start(program: str, folder: Path) -> subprocess.Popen[bytes]:
    places = {"LOCAL_CONFDIR": folder, "DBDIR": folder / "db", "RUNDIR": folder / "run", "LOGDIR": folder / "log"}
    command = [program, "-f", "-i", *(f"--var={name}={place}" for name, place in places.items())]
    try:
        return subprocess.Popen(  # noqa: S603 - the program found in PATH, with arguments of ours, without a shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "LC_ALL": "C"},
            **as_nobody(folder),
        )
    except OSError as error:
        raise SpamProblem(f"{NAME} could not be run: {error}") from None


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the port is open; the first question then waits for the rest."""
    for _ in range(_START_S * 5):
        if process.poll() is not None:
            raise SpamProblem(f"{NAME} ended as soon as it was started ({process.returncode})")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.2)
    raise SpamProblem(f"{NAME} did not start within {_START_S} seconds")


@contextmanager
def _free_port() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    yield port


def _write_settings(folder: Path, port: int) -> None:
    for name in ("local.d", "db", "run", "log"):
        (folder / name).mkdir()
    own = {f"{module}.conf": "enabled = false;\n" for module in _OFF.split()}
    own |= _SETTINGS | {"worker-normal.inc": f'bind_socket = "127.0.0.1:{port}";\ncount = 1;\n'}
    for name, text in own.items():
        (folder / "local.d" / name).write_text(text, "ascii")


# SpamAssassin: one process for many mails (an mbox on its standard input), without the network and without what this
# machine or its user has learnt: the same mail has the same score everywhere.

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
        as_nobody(Path(home))
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
            **as_nobody(Path(home)),
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


_Scoring = Callable[[str, Sequence[Letter]], list[Score]]
FILTERS: Final[Mapping[str, tuple[str, _Scoring]]] = {
    "SpamAssassin": ("spamassassin", score_by_spamassassin),
    "rspamd": ("rspamd", score_by_rspamd),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a filter says of some mails, in their order; or why it says nothing, and whether that is for its absence."""

    program: str
    scores: tuple[Score, ...] = ()
    silence: str = ""
    is_missing: bool = False


def find_filter(name: str) -> str:
    """Return the path of a filter's program, empty where this machine has none."""
    return shutil.which(FILTERS[name][0]) or ""


def ask_filter(name: str, letters: Sequence[Letter]) -> Answer:
    """Ask a filter about finished mails; one that is not there, or cannot be used, says so."""
    command, score = FILTERS[name]
    program = find_filter(name)
    if not program:
        how = f"on Debian and Ubuntu: apt install {command}; on a Mac: brew install {command}"
        return Answer(name, silence=f"{name} is not installed here, and was not asked ({how})", is_missing=True)
    try:
        scores = score(program, letters)
    except SpamProblem as problem:
        return Answer(name, silence=str(problem))
    told = []
    for each, letter in zip(scores, letters, strict=False):
        traits = traits_of(letter.data, letter.mail_from)
        told.append(replace(each, hits=tuple(replace(hit, traits=traits) for hit in each.hits)))
    return Answer(name, tuple(told))
