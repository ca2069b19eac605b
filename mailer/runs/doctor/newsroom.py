"""Newsroom: whether the pages that mails link to are where mailer.toml says, and are the ones that were built here.

The front page is got, and held against the file in the folder: whoever carries the folder to a web server has to have
done so before the next mail goes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from mailer.errors import ConfigProblem
from mailer.fetch import Unreachable, get
from mailer.runs.doctor.values import Check, Visit, first, found
from mailer.site.addresses import FRONT

_LIMIT_S: Final = 15.0


def look_at_newsroom(visit: Visit) -> Iterator[Check]:
    """Call the newsroom, where the office has one."""
    settings = visit.settings.newsroom
    if not settings.url:
        return
    url = f"{settings.url.rstrip('/')}/"
    built, place = b"", visit.workspace.root / Path(settings.place).expanduser()
    with suppress(OSError):
        built = (place / FRONT).read_bytes()
    if not built:
        yield found("newsroom-none", "newsroom", {"url": url}, folder=visit.workspace.show(place))
        return
    try:
        answer = asyncio.run(get(url, limit_s=_LIMIT_S))
    except (Unreachable, ConfigProblem, ValueError) as error:
        yield found("newsroom-unreachable", "newsroom", {"url": url}, error=error)
        return
    key = first(
        ("newsroom-unreachable.status", answer.status != 200),
        ("newsroom-older", answer.body != built),
        ("newsroom", True),
    )
    yield found(key, "newsroom", {"url": url, "status": answer.status}, folder=visit.workspace.show(place))
