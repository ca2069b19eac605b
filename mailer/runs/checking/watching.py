"""Watching: every finished mail of a plan, looked at as it is made.

Owns which mails are looked at whole (the first ones, and the first of each manner) and what the others are held
against: a mail of the same manner in which nothing was found, where there is one. Never makes a mail, never stops one.
"""

from __future__ import annotations

from mailer.contacts.notes import LONG_NOTE, MOST_WORDS, words_over
from mailer.message import MAX_ENCODED_BYTES, check_message
from mailer.message.checks import Pattern
from mailer.message.checks.look import warning
from mailer.runs.checking.findings import Findings
from mailer.runs.planning.merge import Manner, Merged
from mailer.settings import Relay

WHOLE = 10
_TEXTS = 500_000  # beside the files of a mail, which have a bound of their own
NOTE = warning(
    LONG_NOTE,
    "no personal note is too long",
    f"Cut it in the list's column note: most journalists want a pitch below {MOST_WORDS} words.",
)


def largest_mail(relay: Relay) -> int:
    """Return what one message may have in bytes: what most servers take (F14), or less where the relay says so."""
    most = MAX_ENCODED_BYTES + _TEXTS
    return min(most, relay.largest_kb * 1000) if relay.largest_kb else most


class Watching:
    """Looks at the mails of one plan, and keeps what was found."""

    def __init__(self, postal_address: str, *, size_limit: int = 0, whole: int = WHOLE) -> None:
        """Take what must stand in every part, what a message may have in bytes (0: no bound), how many to see whole."""
        self._postal_address = postal_address
        self._size_limit = size_limit
        self._whole = whole
        self._patterns: dict[Manner, Pattern] = {}
        self._clean: set[Manner] = set()
        self.findings = Findings()

    def look(self, person: str, merged: Merged, *, note: str = "") -> None:
        """Look at one person's mail, and at the personal note that was written for it."""
        if words := words_over(note):
            said = f"a personal note has {words} words, more than {MOST_WORDS}"
            self.findings.add_own(person, NOTE.when(said, wrong=True))
        manner = merged.manner
        pattern = self._patterns.get(manner)
        if pattern is None or self.findings.looked_at < self._whole:
            self._look_at_whole(person, merged)
        else:
            found = pattern.look(merged.rendered, merged.envelope.data, merged.optouts)
            self.findings.add(person, found, is_whole=False)

    def _look_at_whole(self, person: str, merged: Merged) -> None:
        checks = check_message(
            merged.envelope.data,
            postal_address=self._postal_address,
            optouts=merged.optouts,
            size_limit=self._size_limit,
        )
        self.findings.add(person, checks, is_whole=True)
        is_clean = all(check.passed for check in checks)
        if merged.manner not in self._patterns or (is_clean and merged.manner not in self._clean):
            self._patterns[merged.manner] = Pattern(
                merged.rendered, postal_address=self._postal_address, size_limit=self._size_limit
            )
        if is_clean:
            self._clean.add(merged.manner)
