"""Rspamd: finished mails, scored by the program of that name where this machine has it.

Owns a server of its own for as long as it is asked: own folder, own port on this machine, no network, no Redis, nothing
learnt and nothing kept; as root it runs as `nobody`. A server of the office is never touched. Starting takes about ten
seconds, so that whoever has several mails asks about them all at once.
Raises `SpamProblem` where the program cannot be used.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mailer.runs.checking.nobody import unprivileged
from mailer.runs.checking.scores import Hit, Letter, Score, SpamProblem

NAME = "rspamd"
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
            return _score(json.loads(done.stdout))
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
            **unprivileged(folder),
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


def _score(answer: Mapping[str, Any]) -> Score:
    hits = [
        Hit(name, float(each["score"]), str(each.get("description", ""))) for name, each in answer["symbols"].items()
    ]
    return Score(NAME, float(answer["score"]), float(answer["required_score"]), tuple(hits))
