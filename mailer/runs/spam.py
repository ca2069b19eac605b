"""Spam: scores of finished mails by the spam filters on this machine.

A press mail that is classified as spam is never read, but the filters that newsrooms run can be asked beforehand.
SpamAssassin and rspamd are run as programs, without the network and without anything they have learnt, so that the same
mail has the same score everywhere. If neither is installed, this is reported, and is not an error.
`mailer/words/spam.toml` explains the rules that an office can do something about; the others are shown in the program's
own words.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from mailer import lazy_re as re
from mailer.frozen import dataclass, field
from mailer.platform import as_nobody
from mailer.words import read_section

MOST_POINTS = {"SpamAssassin": 0.5, "rspamd": 1.0}  # at most, for a mail without a fault
_NOTICED = 0.05


class SpamProblem(Exception):
    """A spam filter that is installed cannot be used."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A finished mail with its envelope, its recipient (`person`), and the manner in which it was made."""

    data: bytes = field(repr=False)
    mail_from: str
    rcpt_to: str
    person: str = ""
    manner: str = ""


class Meaning(NamedTuple):
    """What a rule is about, and what to do; `hint` is empty if there is nothing to do."""

    sentence: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that a mail matched, its points (below zero: in its favour), and the program's description."""

    rule: str
    points: float
    description: str = ""

    @property
    def meaning(self) -> Meaning:
        """Return what the rule means in plain words, and what to do."""
        return meaning_of(self.rule, self.description)


@lru_cache(maxsize=512)
def meaning_of(rule: str, description: str = "") -> Meaning:
    """Return what a rule means; the program's `description` is used for a rule that is not in the table."""
    for pattern, sentence, *hint in read_section("spam", "rules")["rows"]:
        if re.fullmatch(pattern, rule.removeprefix("T_")):
            return Meaning(sentence, *hint)
    own = re.sub(r"^(?:BODY|URI|RAW|META|FULL|HTML|Informational): ", "", description).strip()
    return Meaning(own or f"the filter gives only its name, {rule}")


@dataclass(frozen=True, slots=True)
class Score:
    """A filter's result: the points, the threshold for spam, and the rules that matched."""

    program: str
    points: float
    threshold: float
    hits: tuple[Hit, ...] = ()

    @property
    def costly(self) -> tuple[Hit, ...]:
        """Return the rules that cost points, the most expensive first."""
        return tuple(sorted((hit for hit in self.hits if hit.points >= _NOTICED), key=lambda hit: -hit.points))

    @property
    def is_good(self) -> bool:
        """Return whether nothing needs to be changed."""
        return self.points <= MOST_POINTS.get(self.program, 1.0)

    @property
    def sentence(self) -> str:
        """Return the total against the threshold, in a sentence."""
        verdict = "nothing to object to" if self.is_good else "it passes, and other machines may be stricter"
        if self.points >= self.threshold:
            verdict = "it would be taken for spam"
        points = round(self.points, 1) + 0.0  # never -0.0
        return f"{self.program}: {points:.1f} of {self.threshold:g} points that make spam; {verdict}"


# Rspamd: a server of our own while it is used: own folder, own port on this machine, no network, no Redis, nothing
# learnt and nothing kept. A server of the office is never touched. Starting takes about ten seconds, so all mails are
# scored in one run.

_START_S = 90
_END_S = 10.0
_RSPAMD: Final = read_section("spam", "rspamd")


def _score_by_rspamd(program: str, letters: Sequence[Letter]) -> list[Score]:
    """Score mails, in their order, as if they came from a server of example.org's documentation network."""
    client = shutil.which("rspamc", path=os.pathsep.join((os.environ.get("PATH", ""), str(Path(program).parent))))
    if client is None:
        raise SpamProblem("rspamd is there without its client, rspamc")
    with _running_rspamd(program) as port:
        command = [client, "-h", f"127.0.0.1:{port}", "-t", str(_START_S), "--json", "--ip", "192.0.2.10"]
        command += ["--helo", "mail.example.org", "--hostname", "mail.example.org"]
        scores = []
        for letter in letters:
            try:
                full = [*command, "-F", letter.mail_from, "-r", letter.rcpt_to, "symbols"]
                answer = json.loads(_run(full, letter.data, _START_S + _END_S, "rspamd could not be asked").stdout)
                hits = tuple(
                    Hit(name, float(each["score"]), str(each.get("description", "")))
                    for name, each in answer["symbols"].items()
                )
                scores.append(Score("rspamd", float(answer["score"]), float(answer["required_score"]), hits))
            except (ValueError, KeyError, TypeError, AttributeError):
                raise SpamProblem("rspamd gave no answer that can be read") from None
        return scores


def _inside(folder: Path) -> dict[str, Any]:
    """Return arguments that run a program in a folder of its own, and without privileges if root starts it."""
    env = {"HOME": str(folder), "PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}
    return {"cwd": folder, "env": env, **as_nobody(folder)}


def _run(
    command: Sequence[str], mails: bytes, limit_s: float, failed: str, folder: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    options = _inside(folder) if folder else {}
    try:
        return subprocess.run(  # noqa: S603 - the program found in PATH, with arguments of ours, without a shell
            command, input=mails, capture_output=True, timeout=limit_s, check=False, **options
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SpamProblem(f"{failed}: {error}") from None


@contextmanager
def _running_rspamd(program: str) -> Iterator[int]:
    with tempfile.TemporaryDirectory(prefix="mailer-rspamd-") as name:
        folder = Path(name)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        for part in ("local.d", "db", "run", "log"):
            (folder / part).mkdir()
        own = {f"{module}.conf": "enabled = false;\n" for module in _RSPAMD["off"]}
        own |= _RSPAMD["files"] | {"worker-normal.inc": f'bind_socket = "127.0.0.1:{port}";\ncount = 1;\n'}
        for part, text in own.items():
            (folder / "local.d" / part).write_text(text, "ascii")
        folders = {"LOCAL_CONFDIR": folder, "DBDIR": folder / "db", "RUNDIR": folder / "run", "LOGDIR": folder / "log"}
        try:
            process = subprocess.Popen(  # noqa: S603 - the program found in PATH, with arguments of ours, without a shell
                [program, "-f", "-i", *(f"--var={name}={path}" for name, path in folders.items())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                **_inside(folder),
            )
        except OSError as error:
            raise SpamProblem(f"rspamd could not be run: {error}") from None
        try:
            for _ in range(_START_S * 5):  # until the port is open; the first request then waits for the rest
                if process.poll() is not None:
                    raise SpamProblem(f"rspamd ended as soon as it was started ({process.returncode})")
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
                    break
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.2)
            else:
                raise SpamProblem(f"rspamd did not start within {_START_S} seconds")
            yield port
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_END_S)
            process.kill()  # does nothing if it has ended
            process.wait()


# SpamAssassin: one process for many mails (an mbox on its standard input).

_NUMBER = "X-Mailer-Number"  # the program processes the mails of an mbox in an order of its own
_LIMIT_S = 60.0
_PER_MAIL_S = 10.0
_HIT = re.compile(r"^ *(-?\d+\.\d) (\w+) +(.*(?:\n {27,}.*)*)", re.MULTILINE)


def _score_by_spamassassin(program: str, letters: Sequence[Letter]) -> list[Score]:
    """Score mails, in their order, by their bytes alone."""
    mark = f"mailer-{secrets.token_hex(8)}"
    settings = (
        "use_bayes 0",
        "report_safe 0",  # otherwise spam is wrapped in a second report
        "clear_report_template",
        f"report {mark} _SCORE_ _REQD_ _HEADER({_NUMBER})_",
        "report _SUMMARY_",
        f"report {mark} end",
    )
    command = [program, "--local", "--nocreate-prefs", "--test-mode", "--mbox", *(f"--cf={line}" for line in settings)]
    mbox = b""
    for number, letter in enumerate(letters):
        text = f"{_NUMBER}: {number}\n".encode("ascii") + letter.data.replace(b"\r\n", b"\n")
        text = re.sub(rb"^(>*From )", rb">\1", text, flags=re.MULTILINE)
        mbox += b"From mailer@localhost Thu Jan  1 00:00:00 1970\n" + text + b"\n"
    limit_s, failed = _LIMIT_S + _PER_MAIL_S * len(letters), "SpamAssassin could not be run"
    with tempfile.TemporaryDirectory(prefix="mailer-spam-") as home:
        done = _run(command, mbox, limit_s, failed, Path(home))
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise SpamProblem(f"SpamAssassin failed: {last or done.returncode}")
    scores: dict[int, Score] = {}
    for points, required, number, rules in re.findall(
        rf"^{mark} (-?[\d.]+) ([\d.]+) (\d+)$(.*?)^{mark} end$",
        done.stdout.decode("utf-8", "replace"),
        re.MULTILINE | re.DOTALL,
    ):
        hits = tuple(Hit(name, float(score), " ".join(text.split())) for score, name, text in _HIT.findall(rules))
        scores[int(number)] = Score("SpamAssassin", float(points), float(required), hits)
    if set(scores) != set(range(len(letters))):
        raise SpamProblem(f"SpamAssassin answered about {len(scores)} of {len(letters)} mails")
    return [scores[number] for number in range(len(letters))]


_Scoring = Callable[[str, Sequence[Letter]], list[Score]]
FILTERS: Final[Mapping[str, tuple[str, _Scoring]]] = {
    "SpamAssassin": ("spamassassin", _score_by_spamassassin),
    "rspamd": ("rspamd", _score_by_rspamd),
}


@dataclass(frozen=True, slots=True)
class FilterResult:
    """A filter's scores of some mails, in their order; or why there are none, and whether it is not installed."""

    program: str
    scores: tuple[Score, ...] = ()
    silence: str = ""
    is_missing: bool = False


def ask_filter(name: str, letters: Sequence[Letter]) -> FilterResult:
    """Return a filter's scores of finished mails, or why it is not available."""
    command, score = FILTERS[name]
    program = shutil.which(command)
    if not program:
        how = f"on Debian and Ubuntu: apt install {command}; on a Mac: brew install {command}"
        return FilterResult(name, silence=f"{name} is not installed here, and was not asked ({how})", is_missing=True)
    try:
        return FilterResult(name, tuple(score(program, letters)))
    except SpamProblem as problem:
        return FilterResult(name, silence=str(problem))
