"""Platform: what differs between Linux, macOS and Windows, behind one answer for all of them.

owners.py  who else may change a file
"""

from mailer.platform.owners import Exposed, find_exposed

__all__ = ["Exposed", "find_exposed"]
