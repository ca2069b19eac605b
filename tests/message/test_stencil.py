"""Stencils: filled in, they give what rendering gives, byte for byte; where they cannot, the mail is rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.message.compose import compose_text_body
from mailer.message.context import mailing_context, person_values
from mailer.message.family import Family, compile_family
from mailer.message.stencil import Filled, Recorded, Stencils
from mailer.message.values import Bodies
from mailer.release.values import Event, Extras, Release
from mailer.settings import Privacy
from tests.message.samples import ADA, FULL, GERMAN, NOBODY, PICTURE, PLAIN, SENDER, STYLING, person, read_family

PRIVACY = Privacy(url="https://example.org/privacy?a=1&b=2")
EVENT = Event(starts=datetime(2026, 12, 5, 9, tzinfo=UTC), what="Open day", where="The pier")
INVITATION = replace(PLAIN, extras=Extras(event=EVENT, pitch='{{ first_name or "Hello" }}, come and see the seals.'))
RELEASES = {"plain": PLAIN, "full": FULL, "german": GERMAN, "invitation": INVITATION}
FAMILIES = ("release", "pitch", "plain", "statement", "advisory")

Row = Mapping[str, str]


@lru_cache
def shared_by(name: str) -> Mapping[str, Any]:
    images = {"robben.png": PICTURE}
    return mailing_context(RELEASES[name], sender=SENDER, mailing="seals/release-1", styling=STYLING, images=images)


@lru_cache
def family_of(name: str) -> Family:
    return compile_family({**read_family("release"), **read_family(name)}, name=name)


def values_of(row: Row, shared: Mapping[str, Any], *, told: bool = False, zone: str = "") -> dict[str, Any]:
    way_out = {"optout_url": f"https://press.example.org/o/{row['email'].partition('@')[0]}"}
    return person_values(shared, row, styling=STYLING, privacy=PRIVACY if told else None, zone=zone, **way_out)


def rendered_alone(family: Family, shared: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[object, Bodies]:
    rendered = family.render({**shared, **values})
    return rendered, Bodies(*compose_text_body(rendered.text), *compose_text_body(rendered.html))


def stencils_of(family: Family, shared: Mapping[str, Any]) -> Stencils:
    return Stencils(lambda values: family.record(shared, values))


SIGNS = "ab Z\n\n.,<>&\"'é\u00a0\t\r\x0b\u2028\u200fשם日本語 {}%_*#-"
SAID = st.one_of(
    st.text(SIGNS, max_size=40),
    st.sampled_from(
        ["", "", "Ada", "O'Hara & Söhne", "Dear Ada,\n\nlook at this.", "日本語のメモ" * 9, "word " * 40, " x"]
    ),
)
ROWS = st.builds(
    person,
    **dict.fromkeys(("name", "first_name", "last_name", "outlet", "note", "salutation", "source"), SAID),
)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("family", ["release", *(pytest.param(each, marks=pytest.mark.slow) for each in FAMILIES[1:])])
@settings(max_examples=12, deadline=None)
@given(people=st.lists(ROWS, min_size=4, max_size=9), told=st.booleans(), zone=st.sampled_from(["", "Asia/Tokyo"]))
def test_whatever_the_rows_hold_filling_in_is_rendering(
    *, family: str, release: str, people: list[Row], told: bool, zone: str
) -> None:
    made, shared = family_of(family), shared_by(release)
    stencils = stencils_of(made, shared)
    for row in [NOBODY, *people, ADA]:
        values = values_of(row, shared, told=told, zone=zone)
        filled = stencils.fill(values)
        if row in (NOBODY, ADA):
            assert filled is not None
        if filled is not None:
            assert (filled.rendered(), filled.bodies) == rendered_alone(made, shared, values)


def test_the_personal_lines_are_all_that_differs() -> None:
    made, shared = family_of("release"), shared_by("full")
    stencils = stencils_of(made, shared)
    one, two = (stencils.fill(values_of({**ADA, "first_name": name}, shared)) for name in ("Ada", "Bea"))
    assert one is not None
    assert two is not None
    assert one.stencil is two.stencil
    for whole, other, own in (
        (one.rendered().text, two.rendered().text, one.own_text),
        (one.rendered().html, two.rendered().html, one.own_html),
    ):
        assert [line for line in whole.split("\n") if line not in other.split("\n")] == [
            line for line in own if "Ada" in line
        ]
        assert set(own) <= set(whole.split("\n"))


TINY = {"subject.txt": "s", "email.html": "<p>{{ contact.name }}</p>", "email.txt": "{{ contact.name }}\n"}
NAMES = ("Ada", "Bea", "Berlin", "<b>", "Cy & Co.", "x" * 90, "日本")
SHARED: Mapping[str, Any] = {"release": {"headline": "Seals"}}


def tried(files: Mapping[str, str]) -> tuple[list[Filled | None], Recorded]:
    """Fill in the mails of some people, each held against the one that is rendered; return them, and a recording."""
    family = compile_family({**TINY, **files}, name="own")
    stencils = stencils_of(family, SHARED)
    people = [{"contact": {"email": "a@example.com", "name": name, "note": name}, "letter": name} for name in NAMES]
    found = [stencils.fill(each) for each in people]
    for each, filled in zip(people, found, strict=True):
        if filled is not None:
            assert (filled.rendered(), filled.bodies) == rendered_alone(family, SHARED, each)
    return found, family.record(SHARED, people[0])


@pytest.mark.parametrize(
    "html",
    [
        "<p>{{ contact.name|upper }}</p>",
        "{% if contact.name == 'Berlin' %}<p>Only here</p>{% endif %}<p>{{ contact.name }}</p>",
        "{% if 'B' in contact.name %}<p>a</p>{% else %}<b>{{ contact.name }}</b>{% endif %}",
        "{% if contact.name in ['Ada', 'Bea'] and contact.note != 'Ada' %}<p>{{ contact.note }}</p>{% endif %}",
        "{% for name in contact %}<p>{{ name }}: {{ contact[name] }}</p>{% endfor %}",
        "<p>{{ contact.name|length }}: {{ 'for %s'|format(contact.name)|title }}</p>",
        "<p title=\"{{ contact.name }}\"><a href='https://example.org/?q={{ contact.name|urlencode }}'>x</a></p>",
        "{% macro hail(who) %}<p>Dear {{ who }}</p>{% endmacro %}{{ hail(contact.name) }}",
        "<table><tr><td>{{ contact.name|replace('a', 'o') if contact.name is not number }}</td></tr></table>",
        "<style>p { color: red }</style>{{ letter|paragraphs('auto') }}",
        "{{ contact.name|default('nobody') }}<p>{{ contact.last|default('nobody') }}</p>",
    ],
)
def test_what_is_printed_filtered_or_asked_about_is_filled_in(html: str) -> None:
    found, recorded = tried({"email.html": html})
    assert recorded.problem is None
    assert sum(filled is not None for filled in found) >= len(NAMES) - 2


@pytest.mark.parametrize(
    "html, said",
    [
        ("\n<p>{{ contact.name[:1] }}</p>", "2"),
        ("\n<p>{{ contact.name ~ '!' }}</p>", "2"),
        ("\n<p>{{ release[contact.name]|default('nothing') }}</p>", "2"),
        ("\n<p>{{ contact.name[:1]|default('nothing') }}</p>", "2"),
        ("\n{% if contact.name.upper is defined %}<p>a text</p>{% endif %}", "2"),
        ("\n<p>{{ contact.name.value|default('nothing') }}</p>", "2"),
        ("\n{% if contact.name in release %}<p>a field</p>{% endif %}", "2"),
        ("\n{% if contact.name in 'Ada or Bea' %}<p>known</p>{% endif %}", "2"),
        ("\n{% if contact.name > 'B' %}<p>late</p>{% endif %}", "2"),
        ("\n{% for sign in contact.name %}{{ sign }}{% endfor %}", "2"),
        ("\n<p>{{ contact.name.upper() }}</p>", "2"),
        ("\n{% set said %}{{ contact.name }}{% endset %}{% if said == 'Ada' %}<p>Ada</p>{% endif %}", "2"),
        ("{% macro m() %}{{ contact.name }}{% endmacro %}\n{% if m() == 'Ada' %}<p>Ada</p>{% endif %}", "2"),
        ("\n{% filter upper %}{{ contact.name }}{% endfilter %}", "2"),
        ('<p style="color: {{ contact.name }}">x</p>', "attribute"),
        ('<p class="{{ contact.name }}">x</p>', "attribute"),
        ("<!-- {{ contact.name }} --><p>x</p>", "comment"),
        ("<p>{% autoescape false %}{{ contact.name }}{% endautoescape %}</p>", "escaped"),
        ("<style>[href='Ada'] { color: red }</style><a href='{{ contact.name }}'>x</a>", "style sheet"),
        ("<p>{{ '<table><tr><td>%s</td></tr></table>'|format(contact.name)|safe }}</p>", "markup"),
    ],
)
def test_what_else_a_template_does_is_rendered_and_said(html: str, said: str) -> None:
    found, recorded = tried({"email.html": html})
    assert found == [None] * len(NAMES)
    assert recorded.problem is not None
    assert said in (str(recorded.problem.line), "") or said in recorded.problem.message


def test_only_those_are_rendered_who_come_where_more_is_done() -> None:
    html = (
        "{% if contact.name == 'Berlin' %}<p>{{ contact.name[:2] }}</p>{% else %}<p>{{ contact.name }}</p>{% endif %}"
    )
    found, _ = tried({"email.html": html})
    assert [name for name, filled in zip(NAMES, found, strict=True) if filled is None] == ["Berlin"]


def test_a_list_in_which_each_row_is_of_its_own_shape_keeps_few_stencils() -> None:
    family = compile_family(TINY, name="own")
    recorded: list[object] = []

    def record(values: Mapping[str, Any]) -> Recorded:
        recorded.append(values)
        return family.record(SHARED, values)

    stencils = Stencils(record)
    rows = [{"contact": {"email": "a@example.com", "name": "Ada", f"field {number}": "x"}} for number in range(300)]
    assert sum(stencils.fill(row) is not None for row in rows) == len(recorded) < 200


def test_a_stencil_that_was_wrong_is_never_used_again() -> None:
    family = compile_family(TINY, name="own")
    stencils = stencils_of(family, SHARED)
    row = {"contact": {"email": "a@example.com", "name": "Ada"}}
    filled = stencils.fill(row)
    assert filled is not None
    stencils.forget(filled.stencil)
    assert stencils.fill(row) is None


def test_a_release_of_all_kinds_is_among_those_that_are_tried() -> None:
    assert {type(each) for each in RELEASES.values()} == {Release}
    assert any("base64" in str(compose_text_body(name * 9)[0]) for name in NAMES)
