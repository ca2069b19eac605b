"""Boilerplates: the current text, an older one, one changed by hand, and none at all."""

from __future__ import annotations

from typing import Any

import pytest

from mailer.release.checks import Checked, check_case
from mailer.release.checks.case import Case, House
from mailer.release.checks.comparisons import parse_house_text
from mailer.release.values import Boilerplate, Span
from tests.release.checks.desk import NOW, good

SAID = "The Seal Trust has watched over the seals since 1974. It is a charity with six staff, paid for by its members."
NEWER = SAID.replace("six staff", "seven staff").replace("its members", "visitors")
CURRENT = parse_house_text(f"# About the Seal Trust\n\n{NEWER}\n", name="boilerplates/seal-trust.md")
OLD = parse_house_text(f"# About the Seal Trust\n\n{SAID}\n", name="boilerplates/old/seal-trust-2025.md", is_old=True)
GERMAN = parse_house_text(
    "# Über den Seal Trust\n\nDer Trust wacht über die Robben und ist ein Verein.\n",
    name="boilerplates/seal-trust.de.md",
)


def check(*texts: tuple[str, str], house: tuple[Any, ...] = (CURRENT,), organisation: str = "", **more: Any) -> Checked:
    boilerplate = tuple(Boilerplate(((Span(text),),), heading) for heading, text in texts)
    release = good(boilerplate=boilerplate, **more)
    return check_case(Case(release=release, now=NOW, house=House(texts=house, organisation=organisation)))


@pytest.mark.parametrize(
    "heading, text, found",
    [
        ("About the Seal Trust", NEWER, []),
        ("ABOUT SEAL TRUST", NEWER.replace(" ", "\n"), []),
        ("About us", NEWER, []),
        ("", NEWER, []),
        ("About the Port", "The port has two ferries and eleven boats.", []),
        ("About the Seal Trust", SAID, ["boilerplate-differs"]),
        ("About the Seal Trust", "Something else altogether.", ["boilerplate-differs"]),
        ("Who we are", SAID, ["boilerplate-differs"]),
    ],
)
def test_a_text_is_held_against_the_one_in_force(heading: str, text: str, found: list[str]) -> None:
    assert [problem.code for problem in check((heading, text)).problems] == found


def test_an_older_text_is_told_as_that() -> None:
    (problem,) = check(("About the Seal Trust", SAID), house=(CURRENT, OLD)).problems
    assert problem.code == "boilerplate-old"
    assert "boilerplates/old/seal-trust-2025.md" in problem.message


def test_the_difference_is_shown_with_a_few_words_around_it() -> None:
    (difference,) = check(("About the Seal Trust", SAID)).differences
    assert difference.file == "boilerplates/seal-trust.md"
    assert difference.lines == (
        "- … is a charity with six staff, paid for by its members.",
        "+ … is a charity with seven staff, paid for by visitors.",
    )


def test_the_sender_s_own_text_is_missed_and_nobody_else_s() -> None:
    other = ("About the Port", "The port has two ferries and eleven boats.")
    assert [one.code for one in check(other, organisation="Seal Trust").problems] == ["boilerplate-missing"]
    assert check(other, organisation="The Port").problems == ()


def test_a_language_has_its_own_text() -> None:
    both = (CURRENT, GERMAN)
    german = "Der Trust wacht über die Robben und ist ein Verein."
    assert check(("Über den Seal Trust", german), house=both, language="de").problems == ()
    assert check(("Über den Seal Trust", "Alt."), house=both, language="de").problems[0].code == "boilerplate-differs"
    assert check(("À propos de Seal Trust", "Le trust garde les phoques."), language="fr").problems == ()


@pytest.mark.parametrize(
    "name, text, organisation",
    [
        ("boilerplates/seal-trust.md", "We watch.\n", "seal trust"),
        ("boilerplates/x.fr.md", "## À propos de Port d'Est\n\nLe port.\n", "Port d'Est"),
        ("boilerplates/x.md", "# Über die Hafen GmbH\n\nDer Hafen.\n", "die Hafen GmbH"),
        ("boilerplates/x.md", "# Eastport Seal Trust\n\nWe.\n", "Eastport Seal Trust"),
    ],
)
def test_a_file_names_its_organisation_in_its_heading_or_by_its_name(name: str, text: str, organisation: str) -> None:
    assert parse_house_text(text, name=name).organisation == organisation
