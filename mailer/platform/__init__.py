"""Platform: what differs between Linux, macOS and Windows, behind one answer for all of them.

owners.py  who else may change a file
clocks.py  the time that is believed, whatever somebody sets the clock to
"""

from mailer.platform.clocks import AHEAD_S, BACK_S, TOLERATED, Watch, boot_s, steady_now, watch_of
from mailer.platform.owners import Exposed, find_exposed

__all__ = [
    "AHEAD_S",
    "BACK_S",
    "TOLERATED",
    "Exposed",
    "Watch",
    "boot_s",
    "find_exposed",
    "steady_now",
    "watch_of",
]
