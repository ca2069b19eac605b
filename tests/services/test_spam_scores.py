"""Every family with every sample release, as the spam filters of this machine score it.

With `-s` it prints the table of docs/spam.md. No network is asked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from mailer.message.compose import compose_message
from mailer.message.values import Rendered
from mailer.runs.spam import MOST_POINTS, Letter, Score, ask_filter
from mailer.runs.templates import FIRST, READERS, make_trial, read_sample
from mailer.workspace import shipped
from tests.gallery.mails import FAMILIES, SAMPLES, WAYS, compiled
from tests.message.test_compose import FRAME, TO
from tests.office import Desk

DOCS = Path(__file__).parents[2] / "docs" / "spam.md"
BOTH = [
    pytest.param("SpamAssassin", marks=pytest.mark.service("spamassassin")),
    pytest.param("rspamd", marks=pytest.mark.service("rspamd")),
]
STARTERS = {
    path.stem: read_sample(path, shown=path.name)
    for path in sorted(shipped("templates", "workspace").glob("releases/*.md"))
}
RELEASES = SAMPLES | STARTERS
READER = READERS[FIRST]
SHOUTING = "MAKE MONEY FAST!!! 100% FREE $$$ CLICK HERE NOW"


@cache
def letters() -> dict[tuple[str, str], Letter]:
    """Return the mail of each family with each release that comes with mailer, as it would go out now."""
    now = datetime.now(UTC)
    made = {}
    for family in FAMILIES:
        for name, sample in RELEASES.items():
            data = make_trial(compiled(family), sample, WAYS, READER, now=now).data
            made[family, name] = Letter(data, "press@example.org", str(READER.address))
    return made


def shouting() -> Letter:
    """Return a mail that any filter objects to."""
    html = f'<p style="color: #fefefe">{"viagra " * 9}</p><a href="http://192.0.2.7/x">https://bank.example.com</a>'
    data = compose_message(FRAME, Rendered(SHOUTING, html, "See the page."), TO, date=datetime.now(UTC))
    return Letter(data, "press@example.org", "ada@daily.example.com")


@pytest.fixture
def asked(request: pytest.FixtureRequest) -> str:
    """Return the name of a filter that is installed."""
    request.getfixturevalue(request.param.lower())
    return str(request.param)


@pytest.mark.parametrize("asked", BOTH, indirect=True)
def test_every_family_scores_well_with_every_release_and_a_shouting_mail_does_not(asked: str) -> None:
    made = letters()
    answer = ask_filter(asked, [*made.values(), shouting()])
    assert answer.silence == ""
    *scores, worst = answer.scores
    by_mail = dict(zip(made, scores, strict=True))
    assert len(by_mail) == len(FAMILIES) * len(RELEASES) >= 5 * 15
    print_table(asked, by_mail)
    too_many = {mail: (score.points, score.costly) for mail, score in by_mail.items() if not score.is_good}
    assert too_many == {}, f"over {MOST_POINTS[asked]} points"
    assert worst.points > 4 * MOST_POINTS[asked]
    costly = {hit.rule for score in scores for hit in score.costly}
    assert {rule for rule in costly if rule not in DOCS.read_text("utf-8")} == set()
    said = [hit for score in answer.scores for hit in score.costly]
    assert {hit.rule for hit in said if "no more than its name" in hit.meaning.sentence} == set()


def print_table(name: str, by_mail: dict[tuple[str, str], Score]) -> None:
    points: defaultdict[str, list[float]] = defaultdict(list)
    rules: Counter[str] = Counter()
    for (family, _), score in by_mail.items():
        points[family].append(score.points)
        rules.update(f"{hit.rule} {hit.points:+.2f}" for hit in score.hits if hit.points)
    print(f"\n{name}")
    for family, each in points.items():
        print(f"| `{family}` | {min(each):.2f} | {max(each):.2f} |")
    for rule, count in rules.most_common():
        print(f"  {count:3} {rule}")


@pytest.mark.service("spamassassin")
@pytest.mark.usefixtures("spamassassin", "rspamd")
def test_release_check_asks_both_and_says_what_to_do(desk: Desk) -> None:
    desk.release(headline="LANTERN MUSEUM OPENS ITS CELLAR OF FOUR HUNDRED LAMPS")
    before = desk.files()
    done = desk.run("release", "check", "lamps", "--spam", "--json")
    assert done.code == 0, done.said
    filters = {each["filter"]: each for each in done.json["spam"]}
    assert set(filters) == set(MOST_POINTS)
    for each in filters.values():
        (mail,) = each["mails"]
        assert mail["points"] < mail["threshold"]
        (capitals,) = [rule for rule in mail["rules"] if rule["rule"] == "SUBJ_ALL_CAPS"]
        assert (capitals["means"], capitals["hint"]) == (
            "the subject is in capitals",
            "Write the headline as a sentence.",
        )
    warned = [problem["message"] for problem in done.json["problems"] if problem["code"] == "spam-score"]
    assert any(message.startswith("rspamd: 3.") for message in warned)
    assert desk.files() == before
