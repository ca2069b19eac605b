"""Request: what is to be sent, to whom, and when.

Owns the times of `--at` and `--expires`, and what may be requested for a scheduled mailing. They are read like
embargoes (`release.times`), so that the same words mean the same time in both. On the command line, what is known may
be left out: the zone if mailer.toml has the office's, and the date in "tomorrow 9:00". If the clocks skip or repeat a
time, both readings are shown, ready to be typed. A mailing has one time as a whole: a contact added to a scheduled
mailing gets it at that time too, and a mailing cannot be postponed once anybody has been tried. Raises `InputProblem`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from mailer import lazy_re as re
from mailer.contacts.audience import EVERYBODY, Selection
from mailer.errors import InputProblem
from mailer.events import MailingKind, MailingState
from mailer.frozen import dataclass
from mailer.ledger import Connection
from mailer.ledger.mailings import Mailing
from mailer.ledger.offers import AGREED, DECLINED, offered_slugs
from mailer.ledger.planning import has_reached
from mailer.settings import PREVIEW, Relay, Security

if TYPE_CHECKING:
    from mailer.release.times import ReadMoment

_SPAN = re.compile(r"(\d{1,9})\s*(m|min|h|d)")
_REASONS = ("not_agreed", "changed", "new_mailing", "despite_recent")
_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days"}
_AT_HINT = (
    'Try "2026-12-01 09:00 Europe/Berlin", or … 09:00+01:00, or … 08:00 GMT. With [office] time_zone in '
    'mailer.toml, "tomorrow 9:00" is enough.'
)

# The relay of the embedded server, before its port is known.
PREVIEW_RELAY = Relay(key=PREVIEW, host="127.0.0.1", security=Security.PLAIN)
PREVIOUS_DONE = "previous-done"  # what a wave may wait for, apart from an answer to the one before it
# The relay of a dry run if mailer.toml names none.
NO_RELAY = Relay(key="none", host="none.invalid")


@dataclass(frozen=True, slots=True)
class Moment:
    """A time to come: `at` in UTC, `text` as it can be typed again, in the zone it was given in."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is requested of a mailing about a release, as text, numbers and names.

    `note` says what was wrong with it; a `minor` change is only for those who are still waiting. `text` is the letter
    of a follow-up, empty for the usual words; `only` and `to` (lists) choose who gets it.
    """

    note: str = ""
    minor: bool = False
    text: str = ""
    with_release: bool = False
    only: str = ""
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveRequest:
    """One wave as requested: lists, who of them, and at most one condition; without any it goes out at once.

    The second wave of an exclusive has two: `at` and `on_event`, whichever comes first.
    """

    lists: tuple[str, ...]
    selection: Selection = EVERYBODY
    at: Moment | None = None
    after_h: float | None = None
    on_event: str = ""

    @property
    def condition(self) -> str:
        """Return the condition in words."""
        after = f"{self.after_h:g} h after the wave before it" if self.after_h is not None else ""
        event = {
            AGREED: "once a contact in the wave before it accepts",
            DECLINED: "once everybody in the wave before it declines",
            PREVIOUS_DONE: "once the wave before it has been sent",
        }.get(self.on_event, "")
        return " or ".join(filter(None, (self.at.text if self.at else "", after, event))) or "at once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A mailing as requested. Lists are names or paths.

    The reasons are the values of `--changed`, `--new-mailing`, `--despite-recent` and `--not-agreed`. They are stripped
    here, wherever they come from: blanks are no reason. `pinned`: the relay was named, so no other may replace it;
    otherwise the sender's domain chooses it. `at` is the time to wait for; `at_once`: a mailing that waits for a time
    is to go out now after all. `by_offer`: the recipients accept the embargo before they get it (`runs.offers`).
    `is_wave`: it is one part of a mailing, with a time of its own.
    `expires` is `--expires` as it was typed, if that is a span: it counts from the sending, also for a plan that waits
    for its approval. `renews`: recipients who are still waiting get another text, and nothing else changes.
    `waves` are the steps in which it goes out; for an offer, those who get the release once the embargo is over.
    """

    release: str
    relay: Relay
    pinned: bool = False
    lists: tuple[str, ...] = ()
    excepts: tuple[str, ...] = ()
    selection: Selection = EVERYBODY
    kind: MailingKind = MailingKind.RELEASE
    sender: str = ""
    family: str = ""
    under_embargo: bool = False
    by_offer: bool = False
    is_wave: bool = False
    not_agreed: str = ""
    changed: str = ""
    new_mailing: str = ""
    despite_recent: str = ""
    check_domains: bool = False
    expires_at: datetime | None = None
    expires: str = ""
    at: Moment | None = None
    at_once: bool = False
    about: About = About()
    renews: bool = False
    waves: tuple[WaveRequest, ...] = ()

    def __post_init__(self) -> None:
        """Strip the reasons."""
        for name in _REASONS:
            object.__setattr__(self, name, getattr(self, name).strip())


def parse_expiry(text: str, *, now: datetime, start: datetime | None = None, zone: str = "") -> datetime:
    """Read `24h`, `90m`, `2d`, or a time with a zone (`2026-12-01 18:00 Europe/Berlin`); it must be in the future.

    `zone` is as in `parse_at`. A span counts from `start`, the time for which a mailing is scheduled, or else from now.
    Raises InputProblem if it is neither, has no zone, or is over before anything is sent.
    """
    span = _SPAN.fullmatch(text.strip())
    if span:
        try:
            return (start or now) + timedelta(**{_UNITS[span[2]]: int(span[1])})
        except OverflowError:
            raise InputProblem(f'"{text}" is longer than any calendar') from None
    until = _with_zone(
        "--expires", text, _read(text, now, zone), "Try 24h, 90m, 2d, or 2026-12-01 18:00 Europe/Berlin."
    )
    if until <= now:
        raise InputProblem(f"--expires {text} is over")
    if start is not None and until <= start:
        raise InputProblem(f"--expires {text} is not after --at: nothing would be sent")
    return until


def is_span(text: str) -> bool:
    """Return whether `--expires` is a span, which counts from the time of sending."""
    return _SPAN.fullmatch(text.strip()) is not None


def parse_at(text: str, *, now: datetime, zone: str = "", option: str = "--at", without: str = "to send now") -> Moment:
    """Read the time for which a mailing is scheduled, as an embargo is read: `2026-12-01 09:00 Europe/Berlin`.

    `zone` is the office's own, for a text that names none ("tomorrow 9:00"). Raises InputProblem, which names the
    `option`, if the text cannot be read, has no zone or an unclear one, is skipped or repeated by the clocks there, or
    is over. `without` describes what the command does without --at.
    """
    read = _read(text, now, zone)
    if read.readings:
        what = read.doubt.partition(": the clocks change")[0]
        hint = "\n".join(f'{option} "{_typed(each, by_offset=True)}"' for each in read.readings)
        raise InputProblem(f"{option}: {what}: the clocks change. Choose one", hint=hint)
    until = _with_zone(option, text, read, _AT_HINT)
    shown = _typed(until)
    if until.year - now.year > 1:
        raise InputProblem(
            f'{option} "{shown}" is too far away: a mailing is scheduled at most a year ahead', hint=_AT_HINT
        )
    # no arithmetic with a time that is years away: the result may be outside the calendar
    is_long_over = now.year - until.year > 1
    if is_long_over or until <= now:
        when = f"in {until.year}" if is_long_over else f"{distance(now - until)} ago"
        raise InputProblem(
            f'{option} "{shown}" is over: that was {when}',
            hint=f"Choose a later time{f', or leave --at out {without}' if option == '--at' else ''}.",
        )
    return Moment(until.astimezone(UTC), shown)


def _read(text: str, now: datetime, zone: str) -> ReadMoment:
    """Read a time as typed; its place may be in small letters and have a blank: `america/new york`."""
    places = {name.replace("_", " ").casefold(): name for name in available_timezones() if "/" in name}
    typed = " ".join(text.replace("_", " ").split())
    place = next((name for name in places if typed.casefold().endswith(f" {name}")), "")
    if place:
        text = f"{typed[: -len(place)]}{places[place]}"
    from mailer.release.times import read_moment  # noqa: PLC0415 - few commands read a time

    return read_moment(text, now=now, zone=ZoneInfo(zone) if zone else None)


def _with_zone(option: str, text: str, read: ReadMoment, hint: str) -> datetime:
    if read.until is None or read.until.tzinfo is None or read.doubt:
        why = read.doubt.partition("; write it")[0]  # the hint says how
        raise InputProblem(f'{option} "{text}" is not a date and time with a zone: {why}', hint=hint)
    return read.until


def _typed(time: datetime, *, by_offset: bool = False) -> str:
    """Return a time as it can be typed again, in its zone."""
    name = getattr(time.tzinfo, "key", "") or time.tzname() or ""
    if by_offset or re.fullmatch(r"(?:UTC)?(?:[+-].*)?|Etc/UTC", name):
        offset = time.isoformat()[-6:]
        name = "UTC" if offset == "+00:00" and not by_offset else offset
    return f"{time:%Y-%m-%d} {_time(time)}{'' if name[0] in '+-' else ' '}{name}"


def describe(text: str, at: datetime, *, now: datetime) -> str:
    """Return a time as given, in UTC, and how far away: `2026-12-01 09:00 Europe/Berlin (08:00 UTC), in 6 days`."""
    utc = at.astimezone(UTC)
    day = "" if text.startswith(f"{utc:%Y-%m-%d}") else f"{utc:%Y-%m-%d} "
    clock = "" if text.endswith("UTC") else f" ({day}{_time(utc)} UTC)"
    far = distance(abs(at - now))
    return f"{text}{clock}, {f'in {far}' if at > now else f'{far} ago'}"


def _time(time: datetime) -> str:
    return f"{time:%H:%M:%S}" if time.second else f"{time:%H:%M}"


def distance(span: timedelta) -> str:
    """Return a span in its two largest units."""
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} {'day' if days == 1 else 'days'}" + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h" + (f" {minutes} min" if minutes else "")
    return f"{minutes} min" if minutes else f"{seconds} s"


def is_waiting(mailing: Mailing, *, now: datetime) -> bool:
    """Return whether a mailing is scheduled for a time in the future."""
    return mailing.state is MailingState.SCHEDULED and mailing.scheduled_at is not None and mailing.scheduled_at > now


def describe_schedule(mailing: Mailing, *, now: datetime) -> str:
    """Return when a mailing is scheduled for; empty if it is not."""
    at = mailing.scheduled_at
    return "" if at is None else describe(mailing.scheduled_text, at, now=now)


def check_schedule(connection: Connection, mailing: Mailing, request: Request, *, now: datetime) -> None:
    """Check a request against the mailing that exists already.

    Raises InputProblem if the mailing is scheduled, and the request does not say whether to move it or to send it now;
    or if it is to be scheduled, but has begun or was offered under embargo.
    """
    if request.renews:
        return
    if request.at is None and not request.at_once and is_waiting(mailing, now=now):
        raise InputProblem(
            f"{mailing.name} is scheduled for {describe_schedule(mailing, now=now)}",
            hint=f'--at "{mailing.scheduled_text}"   adds people to it; another time moves the whole mailing\n'
            f"--at now   sends it now\nmailer cancel {mailing.name}   ends it for good",
        )
    if request.at is not None and mailing.slug in offered_slugs(connection):
        raise InputProblem(
            f"{mailing.name} was offered under embargo, and whoever agrees gets it at once: it cannot wait as a whole",
            hint=f"mailer embargo offer {mailing.slug} --to LIST --then-to LIST   sends it to others when that ends",
        )
    if request.at is not None and has_reached(connection, mailing.id):
        raise InputProblem(
            f"{mailing.name} has begun: --at moves a whole mailing, and some messages have been sent",
            hint="When it is time, the same command without --at sends to contacts who are not in it yet.",
        )
