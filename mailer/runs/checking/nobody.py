"""Nobody: a program of the system is started without rights where we have all of them.

Owns the change of user for a filter that reads what strangers may have written. Never changes who we are.
"""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import Any


def unprivileged(folder: Path) -> dict[str, Any]:
    """Return what makes a process somebody without rights where root starts it; the folder becomes theirs."""
    if os.geteuid() != 0:
        return {}
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return {}
    for place in (folder, *folder.rglob("*")):
        os.chown(place, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
