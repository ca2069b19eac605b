"""Spam: what the spam filters of this machine think of finished mails.

Owns which filters are there, and the asking of one after the other. Nothing leaves the machine; none at all is said in
a sentence, and is no error.
Raises `SpamProblem` where a filter that is there cannot be used.
Standards H12.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence

from mailer.runs.checking.rspamd import running_rspamd
from mailer.runs.checking.scores import Letter, Score
from mailer.runs.checking.spamassassin import score_by_spamassassin

NO_FILTER = (
    "Neither SpamAssassin nor rspamd is installed on this machine, so that no spam filter was asked. "
    "On Debian and Ubuntu: apt install spamassassin rspamd"
)


def find_filters() -> dict[str, str]:
    """Give the filters of this machine by name, each with the path of its program."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
    found = {"SpamAssassin": shutil.which("spamassassin", path=path), "rspamd": shutil.which("rspamd", path=path)}
    return {name: program for name, program in found.items() if program}


def score_letters(letters: Sequence[Letter], filters: Mapping[str, str]) -> Iterator[list[Score]]:
    """Score mails by one filter after the other; gives the scores of each, in the order of the mails.

    Raises:
        SpamProblem: a filter cannot be used.
    """
    if "SpamAssassin" in filters:
        yield score_by_spamassassin(filters["SpamAssassin"], [letter.data for letter in letters])
    if "rspamd" in filters:
        with running_rspamd(filters["rspamd"]) as server:
            yield [server.score(letter) for letter in letters]
