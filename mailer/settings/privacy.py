"""Privacy: how long things are kept, and what people are told with the first mail.

Raises `ValueError` with a sentence for people.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long things are kept until `mailer purge` takes them away; 0 keeps them (standards L10).

    The figures are a policy, not the law's: mail that came back, names in the send log, when a contact counts as
    unverified (told, never removed), copies for undo, previews and test mails.
    """

    raw_days: int = 90
    log_months: int = 36
    unverified_months: int = 12
    undo_days: int = 90
    preview_days: int = 30

    def __post_init__(self) -> None:
        """Check that nothing is kept for less than no time."""
        for each in dataclasses.fields(self):
            if getattr(self, each.name) < 0:
                raise ValueError(f"{each.name}: a number of {each.name.rpartition('_')[2]} from 1, or 0 to keep all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """What a person is told with the first mail that they get (GDPR Art. 14 and 21; standards L5).

    `url` is the page that says how the office handles their data; without it nothing is told. `notice` is the sentence
    before it, in the office's own words.
    """

    url: str = ""
    notice: str = ""

    def __post_init__(self) -> None:
        """Check that there is something to open, and one line of it."""
        is_one = self.url.startswith(("https://", "http://")) and self.url.isprintable() and " " not in self.url
        if self.url and not is_one:
            raise ValueError("url: a web address, https://…")
        if self.notice and not self.url:
            raise ValueError("notice: needs url beside it, the page where people read more")
        if not self.notice.isprintable():
            raise ValueError("notice: one line of text")
