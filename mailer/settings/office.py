"""Office: what one press office asks of its releases and its lists, and how long it keeps things.

The small tables of `mailer.toml`, each of a few figures. All of them have a default that an office can live with, so
that a new workspace needs none of them.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Final, Self
from zoneinfo import available_timezones

from pydantic import Field, field_validator, model_validator

from mailer.errors import did_you_mean
from mailer.settings.table import Table, at_least, between, each_must, matching, must

_DNS_PORT: Final = 53

_Months = Annotated[int, at_least(0, "a number of months from 1, or 0 to keep all")]
_Days = Annotated[int, at_least(0, "a number of days from 1, or 0 to keep all")]
_Kilobytes = Annotated[int, at_least(1, "a number of kilobytes from 1")]


class PressOffice(Table):
    """Where the office is: `time_zone` stands in for a zone that somebody leaves out of `--at` and `--expires`."""

    time_zone: str = ""

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, zone: str) -> str:
        if zone and zone not in available_timezones():
            near = did_you_mean(zone, available_timezones())
            raise ValueError(f'time_zone: there is no time zone "{zone}"{near}; write a place: Europe/Berlin')
        return zone


class KeyFile(Table):
    """Where the HMAC keys are kept, relative to the workspace."""

    file: str = ".mailer/keys"


class LedgerLocation(Table):
    """Where the ledger is: sqlite:/// and a path relative to the workspace, or postgresql://, maybe with a password."""

    url: str = Field(default="sqlite:///.mailer/ledger.db", repr=False)


class AudienceRules(Table):
    """`[audience]`: people of one outlet who get a mailing at most, and days between two mailings to a person; 0: any.

    Part of a day can be given: `min_days_between = 0.5`.
    """

    per_outlet: Annotated[int, at_least(0, "a number of contacts, or 0 for any number")] = 0
    min_days_between: Annotated[float, between(0, 366, "a number of days up to 366, or 0 for none")] = 0.0


class Checks(Table):
    """What `mailer release check` goes by, beside its own rules.

    `forbidden` are words that stand in no release (another client's name; an organisation's own sender may use its
    own name), `country` says where a telephone number without a country code belongs (two letters), `domains` are
    further domains that media contacts write from, `headline` the characters of a headline, `picture_kb` and
    `mail_kb` what one picture and all files of a release may weigh.
    """

    forbidden: Annotated[tuple[str, ...], each_must(str.strip, "an empty word is in every release")] = ()
    country: Annotated[str, matching(r"[A-Za-z]{2}", "two letters, such as GB or DE")] = ""
    domains: Annotated[
        tuple[str, ...],
        each_must(lambda name: "." in name and "@" not in name, 'names such as "press.example.org"'),
    ] = ()
    headline: Annotated[int, at_least(20, "a number of characters from 20")] = 100
    picture_kb: _Kilobytes = 1_000
    mail_kb: _Kilobytes = 5_000


class Dns(Table):
    """The name server to ask, `192.0.2.53` or `127.0.0.1:5353` (empty: this machine's own), and seconds a question."""

    nameserver: str = ""
    timeout_s: Annotated[float, must(lambda s: 0 < s <= 60, "seconds to wait for an answer, up to 60")] = 5.0

    @field_validator("nameserver")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        if text and _server_address(text) is None:  # a name would have to be asked for first
            raise ValueError('nameserver: an IP address, with its port if it is not 53: "127.0.0.1:5353"')
        return text

    @property
    def address(self) -> tuple[str, int] | None:
        """Return the address and the port; None for this machine's own name server."""
        return _server_address(self.nameserver)


def _server_address(text: str) -> tuple[str, int] | None:
    text = text.strip()
    bracketed = re.fullmatch(r"\[([^\]]+)\](?::(\d{1,5}))?", text)
    found = bracketed or re.fullmatch(r"([0-9.]+)(?::(\d{1,5}))?", text)
    host, port = (found[1], int(found[2] or _DNS_PORT)) if found else (text, _DNS_PORT)
    try:
        ip_address(host)
    except ValueError:
        return None
    return (host, port) if 0 < port <= 65_535 else None


class Retention(Table):
    """How long things are kept until `mailer purge` takes them away; 0 keeps them (standards L10).

    The figures are a policy, not the law's: mail that came back, names in the send log, when a contact counts as
    unverified (told, never removed), copies for undo, previews and test mails.
    """

    raw_days: _Days = 90
    log_months: _Months = 36
    unverified_months: _Months = 12
    undo_days: _Days = 90
    preview_days: _Days = 30


class Privacy(Table):
    """What a person is told with the first mail that they get (GDPR Art. 14 and 21; standards L5).

    `url` is the page that says how the office handles their data; without it nothing is told. `notice` is the sentence
    before it, in the office's own words.
    """

    url: Annotated[str, must(lambda url: not url or _is_link(url), "a web address, https://…")] = ""
    notice: Annotated[str, must(str.isprintable, "one line of text")] = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.notice and not self.url:
            raise ValueError("notice: needs url beside it, the page with the details")
        return self


def _is_link(url: str) -> bool:
    return url.startswith(("https://", "http://")) and url.isprintable() and " " not in url
