"""Platform: what differs between Linux, macOS and Windows, behind one answer for all of them.

No other room imports a module that not every system has, or looks which system it is to decide how to do something.

    files.py    locks that processes hold, files that are put in place whole, and names that last
    signals.py  Ctrl-C and the polite kill
    owners.py   who this user is, and who else may read or change a file
    clocks.py   the time that is believed, whatever somebody sets the clock to
    limits.py   how much time and memory a process may take
    forks.py    several processes of one work
    modules.py  modules that not every system has
"""

from mailer.platform.clocks import AHEAD_S, BACK_S, TOLERATED, Watch, boot_s, steady_now, watch_of
from mailer.platform.files import alone, hold, is_held, remove, replace_file, sync_folder
from mailer.platform.forks import serve_in_processes
from mailer.platform.limits import ended_for_time, limit
from mailer.platform.owners import Exposed, as_nobody, find_exposed, home_of_account, is_mine, others_can_read, user
from mailer.platform.signals import kept, on_end, stop_first

__all__ = [
    "AHEAD_S",
    "BACK_S",
    "TOLERATED",
    "Exposed",
    "Watch",
    "alone",
    "as_nobody",
    "boot_s",
    "ended_for_time",
    "find_exposed",
    "hold",
    "home_of_account",
    "is_held",
    "is_mine",
    "kept",
    "limit",
    "on_end",
    "others_can_read",
    "remove",
    "replace_file",
    "serve_in_processes",
    "steady_now",
    "stop_first",
    "sync_folder",
    "user",
    "watch_of",
]
