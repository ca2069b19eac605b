"""Demo: what was put into a new folder, both reports of the demo, and what to type next.

The commands are those that work in the terminal where they are read.
"""

from __future__ import annotations

import shlex
from datetime import datetime
from typing import Any

from mailer.pages import page
from mailer.pages.documents import shape
from mailer.pages.layout import STRONG, Page, fact, gap, line
from mailer.runs.demo import Played, WorkspaceMade
from mailer.runs.reports import Report


@page.register
def _(made: WorkspaceMade) -> Page:
    folder = "" if made.asked == "." else f"cd {shlex.quote(made.asked)}; "
    new = f"{len(made.files)} new files in {made.place.resolve()}"
    return Page(
        (line(str(path.relative_to(made.place)), depth=1) for path in made.files),
        line(new if made.files else "Everything was there already."),
        fact(
            "Next",
            [
                *made.first,
                f"{folder}edit mailer.toml: who you are, and your relay",
                f"mailer preview {made.release} --to journalists --open",
            ],
        ),
    )


shape(Played, "workspace reports:told.reports", workspace=lambda played: played.place.resolve())


@page.register
def _(played: Played) -> Page:
    first, second = played.told.reports
    place = played.place
    return Page(
        _titled("The first release", first, played.now),
        _titled("The second release: opted-out and dead addresses were skipped", second, played.now),
        gap(),
        line("Results", STRONG),
        fact("The mails", played.told.page.resolve().as_uri()),
        fact("The list", str(place / "lists" / "journalists.csv")),
        fact("The ledger", str(place / ".mailer" / "ledger.db")),
        gap(),
        line("What to type next", STRONG),
        fact(
            "",
            [
                *played.first,
                f"cd {shlex.quote(str(place))}",
                f"mailer report {first['mailing']} --deliveries",
                "mailer optouts list",
                f"mailer preview {second['mailing']} --to journalists --open",
            ],
        ),
    )


def _titled(title: str, report: dict[str, Any], now: datetime) -> tuple[Any, ...]:
    figures = {name: value for name, value in report.items() if name != "deliveries"}
    return (gap(), line(title, STRONG), *page(Report(figures, now)).parts)
