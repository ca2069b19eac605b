"""Way: through which servers a mail came, whether over TLS, how long it took, and what filters wrote on it.

Owns the judging of Received fields and of what filters say.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mailer.message.received.filters import read_opinions
from mailer.message.received.hops import Hop, read_hops
from mailer.runs.doctor.arrived.reading import Reading
from mailer.runs.doctor.values import Check, Rule

_SLOW_S: Final = 300.0
_CLOCKS_S: Final = -5.0
_COSTS: Final = "mailer release check NAME --spam   says what costs points; what is wrong above costs most."


def look_at_way(reading: Reading) -> Iterator[Check]:
    """Yield how it came, and what the filters on the way thought."""
    hops = read_hops(reading.copy)
    if not hops:
        yield Check("servers", "it has no Received field, so it came through no server", "way-unknown")
    else:
        yield _tls(hops)
        yield _delays(hops)
    for opinion in read_opinions(reading.copy):
        code, hint = ("filter-spam", _COSTS) if opinion.spam else ("", "")
        yield Check(f"filter {opinion.filter}", opinion.said, code, hint)


def _tls(hops: tuple[Hop, ...]) -> Check:
    facts = {
        "hops": [{"from": hop.sender, "by": hop.receiver, "with": hop.protocol, "tls": hop.secure} for hop in hops]
    }
    clear = [hop for hop in hops if hop.secure is False]
    secured = sum(hop.secure is True for hop in hops)
    if clear:
        said = f"without TLS from {'; from '.join(hop.said for hop in clear)}"
        hint = "Gmail asks for TLS; the server that sends there has to offer it (smtp_tls_security_level = may)."
        return Check("servers", said, "way-clear", hint, facts, rule=Rule.TLS, met=False)
    steps = "1 step" if len(hops) == 1 else f"{len(hops)} steps"
    how = ", with TLS" if secured == len(hops) else f", {secured} with TLS, the rest within one house"
    said = steps + (how if secured else ", within one house")
    return Check("servers", said, facts=facts, rule=Rule.TLS, met=True if secured else None)


def _delays(hops: tuple[Hop, ...]) -> Check:
    waits = [(hop.waited_s, hop) for hop in hops if hop.waited_s is not None]
    total = sum(wait for wait, _ in waits)
    facts = {"seconds": total, "steps": [hop.waited_s for hop in hops]}
    slow = [(wait, hop) for wait, hop in waits if wait > _SLOW_S]
    if slow:
        wait, hop = max(slow, key=lambda pair: pair[0])
        said = f"it took {_time(max(total, wait))}, most of it ({_time(wait)}) before {hop.receiver or 'a server'}"
        return Check("time", said, "way-slow", "Greylisting, a queue, or a relay that holds bulk mail back.", facts)
    if any(wait < _CLOCKS_S for wait, _ in waits):
        return Check("time", "the clocks of the servers disagree, so how long it took cannot be told", facts=facts)
    return Check("time", f"it took {_time(total)}", facts=facts)


def _time(seconds: float) -> str:
    return (
        f"{seconds / 3600:.1f} hours"
        if seconds >= 7200
        else f"{seconds / 60:.0f} minutes"
        if seconds >= 120
        else f"{seconds:.0f} s"
    )
