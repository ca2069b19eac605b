"""Standing: the pace of a mailing and who waits for what, for people.

Owns the words of `status` about speed. Never reckons: `runs.standing` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mailer.cli.summary import say_line

_ASKED = {"rate": "it found us too fast", "connections": "it asked for fewer connections"}


def say_standing(document: dict[str, Any]) -> None:
    """Print the pace of a mailing and who waits for what; nothing where nobody waits or nothing bounds the speed."""
    pace, waiting = document.get("pace"), document.get("waiting")
    if not pace or not waiting:
        return
    lines = list(_pace(pace))
    for number, line in enumerate(lines):
        say_line("" if number else "Pace", line, to_stderr=False)
    parts = [f"{waiting['turn']} for their turn"] if waiting["turn"] else []
    parts += [f"{count} for {domain}" for domain, count in waiting["domains"].items()]
    if waiting["deferred"]:
        next_at = f", the next at {_clock(waiting['next_attempt_at'])}" if waiting["next_attempt_at"] else ""
        parts.append(f"{waiting['deferred']} to be tried again{next_at}")
    say_line("Waiting", " · ".join(parts), to_stderr=False)


def _pace(pace: dict[str, Any]) -> Iterator[str]:
    relay, day = pace["relay"], pace["day"]
    words = [relay["rate"] or "as fast as it takes them", _connections(relay["connections"])]
    if day:
        full = f", room again at {_clock(day['more_at'])}" if day["more_at"] else ""
        words.append(f"{day['used']:,} of {day['most']:,} in 24 hours{full}")
    yield f"relay {relay['key']}: {' · '.join(words)}{_lowered(relay)}"
    for domain in pace["domains"]:
        words = [domain["rate"] or ""]
        if domain["in_flight"]:
            words.append(f"{domain['in_flight']} at once")
        if domain["next_at"]:
            words.append(f"the next at {_clock(domain['next_at'])}")
        yield f"{domain['domain']}: {' · '.join(word for word in words if word)}{_lowered(domain)}"


def _lowered(each: dict[str, Any]) -> str:
    if not each["raise_at"]:
        return ""
    why = _ASKED.get(each["lowered_for"], "it asked for less")
    return f" ({why}; faster again from {_clock(each['raise_at'])} on)"


def _connections(count: int) -> str:
    return f"{count} connection" if count == 1 else f"{count} connections"


def _clock(moment: str) -> str:
    return f"{moment[:16].replace('T', ' ')} UTC"
