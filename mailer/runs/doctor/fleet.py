"""Fleet: what hosts that share a ledger on PostgreSQL need, as one of them sees it.

Owns these checks: secrets that this host lacks, its clock beside the server's, keys that others may not have, versions,
workers that are silent, connections, and a pooler that hands sessions on. A host sees its own clock and its own secrets
alone, so the check is for each of them. Looking changes nothing.

Gap: that keys are alike is known of those that the ledger has seen; a new key is seen with the first mailing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from typing import Final

from mailer.config.secrets import find_missing, read_given_keys
from mailer.ledger import open_ledger
from mailer.ledger.connection import read_server, verify_keys
from mailer.ledger.processes import read_workers
from mailer.runs.doctor.values import Check, Visit, first, found

_CLOCK_S: Final = 2.0
_PER_WORKER: Final = 10  # connections, with room: 8 were counted while one sent
_NEARLY: Final = 0.8


def look_at_fleet(visit: Visit) -> Iterator[Check]:
    """Yield what several hosts need. Raises LedgerProblem where the ledger cannot be used, or has other keys."""
    settings, root = visit.settings, visit.workspace.root
    missing = find_missing(settings, root, visit.environ)
    yield found("fleet-secrets" if missing else "secrets", "secrets", {"missing": missing})
    ledger = open_ledger(settings.ledger.url, root, create=False, upgrades=False)
    if ledger is None:
        yield found("fleet-none", "shared ledger")
        return
    with closing(ledger):
        server = read_server(ledger)
        if server is None:
            yield found("fleet-alone", "shared ledger")
            return
        now = ledger.now()
        with ledger.reading() as connection:
            workers = read_workers(connection)
            keys = read_given_keys(settings, root, visit.environ)
            new = sorted(keys.secrets.keys() - verify_keys(connection, keys)) if keys else []
    facts = {"server": server.version, "schema": server.schema, "hands_on": server.hands_on}
    yield found("fleet-pooler" if server.hands_on else "shared-ledger", "shared ledger", facts)
    off = abs(server.ahead_s) - server.within_s > _CLOCK_S
    clock = {"ahead_s": round(server.ahead_s, 3), "within_s": round(server.within_s, 3)}
    side = "behind" if server.ahead_s > 0 else "ahead of"
    yield found("fleet-clock" if off else "host-clock", "host clock", clock, size=abs(server.ahead_s), side=side)
    yield found("fleet-keys" if new else "fleet-keys.good", "keys of all", {"new": new})
    mine = version("mailer")
    silent = [f"{each.host} (process {each.pid})" for each in workers if each.is_silent(now)]
    versions = sorted({each.version for each in workers} | {mine})
    running = len(workers) - len(silent)
    many = {"workers": len(workers), "silent": silent}
    key = first(("fleet-silent", silent), ("workers", workers), ("workers.none", True))
    yield found(key, "workers", many, running=running)
    yield found("fleet-versions" if len(versions) > 1 else "versions", "versions", {"versions": versions}, mine=mine)
    wanted = (running + 1) * _PER_WORKER
    used = {"in_use": server.in_use, "most": server.most, "wanted": wanted}
    tight = wanted > server.most or server.in_use > _NEARLY * server.most
    yield found("fleet-connections" if tight else "connections", "connections", used, running=running, each=_PER_WORKER)
