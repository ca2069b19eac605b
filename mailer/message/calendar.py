"""Calendar: an event as a file that every calendar takes.

Owns iCalendar (RFC 5545) with METHOD:PUBLISH (RFC 5546 §3.2): one event, its times in UTC, the same bytes for the same
event. Never reads a clock: the stamp is the day of the release, so that what was approved is what is sent.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Final

from mailer.message.values import Attachment
from mailer.release.values import Event, Release
from mailer.settings import Sender

_FOLD: Final = 75  # octets of a line, its end not counted (RFC 5545 §3.1)


def make_calendar(release: Release, event: Event, *, sender: Sender, notice: str = "") -> Attachment:
    """Build the file that goes with an advisory; the same release has the same UID, so that a correction replaces it.

    `notice` stands above what the entry says: the embargo, for calendars are shared with people who see no mail.
    """
    stamp = datetime.combine(release.date or event.starts.date(), time(), tzinfo=UTC)
    about = "\n\n".join(part for part in (notice, release.headline, event.who, event.register, event.url) if part)
    organiser = sender.organisation.replace('"', "'")
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//mailer//press release//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{release.slug}@{sender.domain}",
        f"DTSTAMP:{_utc(stamp)}",
        f"DTSTART:{_utc(event.starts)}",
        f"DTEND:{_utc(event.ends)}" if event.ends else "",
        f"SUMMARY;LANGUAGE={release.language}:{_text(event.what or release.headline)}",
        f"LOCATION:{_text(event.where)}" if event.where else "",
        f"DESCRIPTION:{_text(about)}",
        f"URL:{event.url}" if event.url else "",
        f'ORGANIZER;CN="{organiser}":mailto:{sender.reply_to or sender.address}',
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    data = "".join(map(_folded, filter(None, lines))).encode("utf-8")
    return Attachment(f"{release.slug or 'event'}.ics", "text/calendar", data)


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """Escape a TEXT value (RFC 5545 §3.3.11)."""
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return "\\n".join(text.splitlines())


def _folded(line: str) -> str:
    """Fold a line where it would pass 75 octets, never inside a character."""
    pieces, room, current = [], _FOLD, ""
    for sign in line:
        size = len(sign.encode("utf-8"))
        if size > room:
            pieces.append(current)
            current, room = "", _FOLD - 1  # the blank that opens the next line counts
        current += sign
        room -= size
    return "\r\n ".join([*pieces, current]) + "\r\n"
