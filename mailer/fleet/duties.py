"""Duties: what a worker does by itself beside sending, as one table: a name, a period, a function.

Each duty reads the ledger and changes it by conditional steps alone, so that it may be broken off anywhere, and done
by several at once. What returned mail calls for, alarms too, is done as each message is read (`runs.mailboxes`).
Nothing is erased by itself, unless mailer.toml says that workers purge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

from mailer.errors import MailerError, NotApproved
from mailer.frozen import dataclass
from mailer.ledger import Ledger
from mailer.ledger.processes import claim_period, free_all_dead
from mailer.runs.embargo import start_waves
from mailer.runs.newsroom import Keeper
from mailer.runs.office import Office
from mailer.runs.planning.confirm import settle_plannings
from mailer.runs.sending.deliver import backoff_s

_LONGEST: Final = timedelta(minutes=5)  # more than any waiting after a failure


class Memory:
    """What a worker remembers from one round to the next, and nobody else has to know.

    What failed waits, longer each time: by the name of a relay, of a mailing, of a wave, or the ledger's.
    """

    def __init__(self, clock: Callable[[], datetime], say: Callable[[str], None]) -> None:
        """Hold the clock, and who hears what happens."""
        self.say = say
        self.failed: list[MailerError] = []
        self.newsroom = Keeper(say)
        self.purged_on: date | None = None
        self._clock = clock
        self._waits_until: dict[str, datetime] = {}
        self._tries: Counter[str] = Counter()

    def lost(self, key: str) -> float:
        """Let something wait after a failure; return for how many seconds."""
        wait_s = backoff_s(self._tries[key])
        self._tries[key] += 1
        self._waits_until[key] = self._clock() + timedelta(seconds=wait_s)
        return wait_s

    def regained(self, key: str) -> bool:
        """Forget that something failed; return whether it had."""
        self._waits_until.pop(key, None)
        return self._tries.pop(key, None) is not None

    def waits(self) -> dict[str, float]:
        """Return what waits still, and for how many seconds; further ahead only a clock that was wrong has put it."""
        now = self._clock()
        left = {key: until - now for key, until in list(self._waits_until.items())}
        return {key: each.total_seconds() for key, each in left.items() if timedelta() < each <= _LONGEST}


def _start_waves(office: Office, ledger: Ledger, memory: Memory) -> None:
    """Plan the recipients who agreed to an embargo, and each wave that is due; what fails is tried again later."""
    for each in start_waves(office, ledger, but_for=memory.waits().keys()):
        if each.problem is None:
            memory.regained(each.key)
            why = f"wave {each.wave} has started" if each.wave else "its embargo was agreed to"
            memory.say(f"{each.mailing}: {why}, {each.recipients} to send to")
        else:
            memory.failed.append(each.problem)
            wait_s = memory.lost(each.key)
            is_held = each.wave and isinstance(each.problem, NotApproved)
            then = "held; mailer resume looks again" if is_held else f"looking at it again in {wait_s:.0f} s"
            memory.say(f"{each.key}: {each.problem}; {then}")


def _purge(office: Office, ledger: Ledger, memory: Memory) -> None:
    """Erase what is past its retention date, once a day, where mailer.toml says so, and while nothing is sent."""
    today = ledger.now().date()
    if not office.settings.retention.by_worker or memory.purged_on == today:
        return
    from mailer.pages.people import in_a_line  # noqa: PLC0415 - once a day, where it is wanted at all
    from mailer.runs.purge import purge_daily  # noqa: PLC0415 - see above

    try:
        found = purge_daily(office, ledger)
    except (MailerError, OSError) as error:
        memory.purged_on = today
        memory.say(f"purge: {error}; trying again tomorrow")
        return
    if found is not None:
        memory.purged_on = today
        if said := in_a_line(found):
            memory.say(said)


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that workers do by themselves; `everywhere`: each host for itself, with nothing to claim."""

    name: str
    every: timedelta
    do: Callable[[Office, Ledger, Memory], None]
    everywhere: bool = False


_EVERY: Final = timedelta(seconds=15)
# In this order where one process does them all.
DUTIES: Final = (
    # what dead processes held comes back: only their own host can ask its kernel, others wait for the lease
    Duty(
        "free_dead",
        _EVERY,
        lambda office, ledger, _: free_all_dead(
            ledger, office.workspace.make_machine_folder("run"), now=office.clock()
        ),
        everywhere=True,
    ),
    # what dead planners have staged is taken out, else their mailings would miss their moment
    Duty("plannings", _EVERY, lambda office, ledger, _: settle_plannings(office, ledger)),
    Duty("waves", _EVERY, _start_waves),
    # this host's newsroom is built again, where it has one and something happened that its pages have to show
    Duty("newsroom", _EVERY, lambda office, _, memory: memory.newsroom.look(office), everywhere=True),
    # each host has files of its own; the ledger's part is claimed by one of them
    Duty("purge", _EVERY, _purge, everywhere=True),
)


def do_in_turn(office: Office, ledger: Ledger, duty: Duty, memory: Memory, *, owner: str) -> bool:
    """Do a duty, if nobody has done it in this period; return whether it was ours to do."""
    with ledger.writing() as connection:
        is_ours = claim_period(connection, duty.name, every=duty.every, owner=owner, now=ledger.now())
    if is_ours:
        duty.do(office, ledger, memory)
    return is_ours
