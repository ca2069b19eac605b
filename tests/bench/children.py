"""Children: child processes of the bench, begun at one moment, each ending with one JSON document."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

CHECKOUT = Path(__file__).parents[2]


class ChildFailed(RuntimeError):
    """A child ended badly; the message has its last words."""


def run_together(*commands: Sequence[str]) -> list[dict[str, Any]]:
    """Start the commands, let them begin together once all are ready, and give what each says.

    Raises:
        ChildFailed: one of them ended badly.
    """
    pipe = subprocess.PIPE
    children = [
        subprocess.Popen(command, cwd=CHECKOUT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for command in commands
    ]
    try:
        for child in children:
            assert child.stdout is not None
            child.stdout.readline()
        for child in children:
            assert child.stdin is not None
            child.stdin.write("go\n")
            child.stdin.flush()
        return [_said(child) for child in children]
    finally:
        for child in children:
            child.kill()
            child.wait()


def python(module: str, *words: str) -> list[str]:
    """Return the command that runs a module of the bench."""
    return [sys.executable, "-m", f"tests.bench.{module}", *words]


def mailer(*words: str, env: Mapping[str, str] = MappingProxyType({})) -> None:
    """Run the command as a user does, to its end; `env` is added to the environment.

    Raises:
        ChildFailed: it ended badly.
    """
    command = [sys.executable, "-m", "mailer", *words]
    quiet, env = subprocess.DEVNULL, {**os.environ, **env}
    done = subprocess.run(command, cwd=CHECKOUT, env=env, stdin=quiet, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ChildFailed(f"{words!r} ended with {done.returncode}:\n{done.stderr[-3000:]}")


@dataclass(frozen=True, slots=True)
class Used:
    """What a command used: seconds of CPU, and MB at the most in one process, the sandbox's child among them."""

    cpu_s: float
    peak_mb: float


# A process of its own, for what a child is said to have held begins with what its parent held.
_LAUNCHER: Final = """
import json, resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([code, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e3]))
"""


def measured(command: Sequence[str]) -> Used:
    """Run a command to its end, and return what it and its children used.

    Raises:
        ChildFailed: it ended badly.
    """
    launched = [sys.executable, "-c", _LAUNCHER, *command]
    done = subprocess.run(launched, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    code, cpu_s, peak_mb = json.loads(done.stdout)
    if code:
        raise ChildFailed(f"{command!r} ended with {code}:\n{done.stderr[-3000:]}")
    return Used(cpu_s, peak_mb)


def median_of(rounds: int, commands: Mapping[str, Sequence[str]]) -> dict[str, Used]:
    """Run commands in turns, so that a busy machine slows all of them; return the median of each."""
    found: dict[str, list[Used]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            found[name].append(measured(command))
    return {
        name: Used(statistics.median(one.cpu_s for one in used), statistics.median(one.peak_mb for one in used))
        for name, used in found.items()
    }


def _said(child: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = child.communicate()
    if child.returncode:
        raise ChildFailed(f"{child.args!r} ended with {child.returncode}:\n{err[-3000:]}")
    said: dict[str, Any] = json.loads(out.splitlines()[-1])
    return said
