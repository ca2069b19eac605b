"""Errors: what went wrong, for the operator.

Owns the exception tree and `Problem`, the value in which a room reports a fault at a place in a file.
Never prints, never words a server's reply: a reply is a value (`reply.Outcome`), and exceptions are for the operator
alone.

    MailerError
    ├── InputProblem       a release, list, template or argument cannot be used      exit 2
    │   ├── NotApproved    [approval] requires another person's approval, which is missing  exit 2
    │   └── PlannerUnknown …, and a plan does not name its planner    exit 2
    ├── ConfigProblem      mailer.toml, a password or a key is missing or wrong      exit 3
    ├── LedgerProblem      the ledger cannot be opened or does not add up            exit 3
    │   ├── LedgerUnavailable  … now: it is locked, full or restarting               exit 3
    │   └── LedgerTooNew       … by this version: a newer one has migrated it        exit 3
    ├── RelayUnavailable   the relay cannot be reached, secured or logged in to      exit 4
    └── MailboxUnavailable a mailbox over the network cannot, in the same ways       exit 4
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import ClassVar, Final

CONFIG_NAME: Final = "mailer.toml"  # the file that a ConfigProblem is about; a folder that has it is a workspace

KEY_HINT = """\
No opt-out can be found without the keys, so nothing is sent.
Restore .mailer/keys (or MAILER_KEYS) from a backup."""


class Severity(StrEnum):
    """How bad a problem is: an error stops a mailing, a warning may be waived, a note informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at a place: `source` is a file name, `line` counts from 1 (None: the whole file).

    `hint` is what to do about it, if the message does not say so; `about` tells apart several with one code at one
    place: a word, an address, a file.
    """

    code: str
    message: str
    severity: Severity = Severity.ERROR
    source: str = ""
    line: int | None = None
    hint: str = ""
    about: str = ""

    def __str__(self) -> str:
        """Return `file:line: message`, the form that editors make clickable; a Word file has paragraphs."""
        where = ":".join(str(part) for part in (self.source, self.line) if part)
        if self.line and self.source.lower().endswith(".docx"):
            where = f"{self.source}, paragraph {self.line}"
        return f"{where}: {self.message}" if where else self.message


class MailerError(Exception):
    """The base of all errors for the operator: a sentence, and perhaps the problems behind it."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, problems: Iterable[Problem] = (), hint: str = "") -> None:
        """Hold the sentence, the problems that led to it and what the operator can do next."""
        super().__init__(message)
        self.message = message
        self.problems = tuple(problems)
        self.hint = hint


class InputProblem(MailerError):
    """A file or an argument that cannot be used as it is; names the source and, where known, the line."""

    code = "input"
    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        source: str = "",
        line: int | None = None,
        problems: Iterable[Problem] = (),
        hint: str = "",
    ) -> None:
        """Hold the sentence and its place; `problems` lists further ones found in the same reading."""
        super().__init__(message, problems=problems, hint=hint)
        self.source = source
        self.line = line

    def __str__(self) -> str:
        """Return `file:line: message`."""
        return str(Problem(self.code, self.message, source=self.source, line=self.line))


class NotApproved(InputProblem):
    """A mailing that needs another person's approval has none that counts, or is not what was approved."""

    code = "not_approved"


class PlannerUnknown(InputProblem):
    """A plan that another person must approve with a key does not say who planned it."""

    code = "planner_unknown"


class ConfigProblem(MailerError):
    """mailer.toml, the environment or a secret is missing or wrong."""

    code = "configuration"
    exit_code = 3


class LedgerProblem(MailerError):
    """The ledger cannot be opened, is not ours, or its books do not balance."""

    code = "ledger"
    exit_code = 3


class LedgerUnavailable(LedgerProblem):
    """The ledger cannot be used now: another program writes to it, its disk is full, its server is away."""


class LedgerTooNew(LedgerProblem):
    """The ledger has tables that only a newer version knows: this one must not work on it."""


class RelayUnavailable(MailerError):
    """The relay cannot be reached, secured or logged in to; no delivery was attempted."""

    code = "relay"
    exit_code = 4


class MailboxUnavailable(MailerError):
    """A mailbox over the network cannot be reached, secured, logged in to or searched; nothing in it was touched."""

    code = "mailbox"
    exit_code = 4


def gather(error: MailerError) -> tuple[Problem, ...]:
    """Return an error as problems, so that it can be reported together with others."""
    if error.problems:
        return error.problems
    source = error.source if isinstance(error, InputProblem) else ""
    line = error.line if isinstance(error, InputProblem) else None
    return (Problem(error.code, error.message, Severity.ERROR, source, line),)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean "x"?` for the nearest known word, or an empty string."""
    by_fold = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    return f'; did you mean "{by_fold[near[0]]}"?' if near else ""
