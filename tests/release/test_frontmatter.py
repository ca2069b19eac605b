from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import InputProblem, Problem, Severity
from mailer.release.source import parse_release
from mailer.release.values import Boilerplate, Dateline, Image, Kept, ListBlock, MediaContact, Paragraph, Release, Span

FULL = """\
title: Seals are back
subtitle: 'Forty-one of them: counted'
label: FOR IMMEDIATE RELEASE
date: 24 November 2026
embargo: 2026-12-01 09:00 GMT
dateline: EASTPORT, Maine, 24 November
contacts:
- name: Ada Brook
  role: Head of Press
  organisation: Example Trust
  phones: [020 7946 0001, 07700 900123]
  email: ada@example.org
  note: until six
- Bo Lind, press officer, 0131 496 0404, bo@example.org
boilerplate:
- heading: About us
  text: |
    We *count*.

    Always.
notes_to_editors: |
  1. One
  2. Two
end_mark: ENDS
call_to_action: "[Sign up](https://www.example.org) now"
images:
- src: s.jpg
  alt: A seal
  caption: At the pier
  credit: Example Trust
language: en
sender: main
template: plain
attachments: [count.pdf]
kept:
- field: label
  text: Press notice
  line: 3
"""


def read(head: str, body: str = "Text.") -> Release:
    return parse_release(f"---\n{head}\n---\n\n{body}\n".encode(), source="seals.md", slug="seals")


def errors(head: str) -> tuple[Problem, ...]:
    with pytest.raises(InputProblem) as caught:
        read(head)
    return caught.value.problems


def test_every_key_fills_its_field() -> None:
    release = read(FULL)
    assert release == Release(
        slug="seals",
        headline="Seals are back",
        subhead="Forty-one of them: counted",
        label="FOR IMMEDIATE RELEASE",
        date=date(2026, 11, 24),
        embargo=release.embargo,
        dateline=Dateline("EASTPORT", "Maine", "EASTPORT, Maine, 24 November"),
        contacts=(
            MediaContact(
                "Ada Brook",
                "Head of Press",
                "Example Trust",
                ("020 7946 0001", "07700 900123"),
                ("ada@example.org",),
                "until six",
            ),
            MediaContact("Bo Lind", "press officer", "", ("0131 496 0404",), ("bo@example.org",)),
        ),
        body=(Paragraph((Span("Text."),)), Image("s.jpg", "A seal", "At the pier", "Example Trust")),
        boilerplate=(
            Boilerplate(((Span("We "), Span("count", emphasis=True), Span(".")), (Span("Always."),)), "About us"),
        ),
        notes_to_editors=(ListBlock(((Span("One"),), (Span("Two"),)), ordered=True),),
        end_mark="ENDS",
        call_to_action=(Span("Sign up", url="https://www.example.org"), Span(" now")),
        language="en",
        sender="main",
        template="plain",
        attachments=("count.pdf",),
        kept=(Kept("label", "Press notice", 3),),
    )
    assert release.embargo is not None
    assert release.embargo.until == datetime(2026, 12, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "line, headline",
    [
        ("title: Acme: opens", "Acme: opens"),
        ("title: Acme: opens: twice", "Acme: opens: twice"),
        ('title: "Seals" are back', '"Seals" are back'),
        ("title: @pier is back", "@pier is back"),
        ("title: *seals* are back", "*seals* are back"),
        ("title: [TEST] seals", "[TEST] seals"),
        ("title: it's: back", "it's: back"),
        ("title: 'open", "'open"),
        ("title: % of seals", "% of seals"),
        ("title: 2026-11-24", "2026-11-24"),
        ("title: yes", "yes"),
        ("title: 007", "007"),
        ("title: null", "null"),
        ("title: >\n  Seals\n  are back", "Seals are back"),
        ("Title: Seals", "Seals"),
    ],
)
def test_headline_stays_the_text_that_was_typed(line: str, headline: str) -> None:
    assert read(line).headline == headline


def test_number_sign_that_yaml_would_drop_is_told() -> None:
    release = read("title: We are #1 in seals")
    (problem,) = release.problems
    assert (problem.code, problem.severity, problem.line) == ("comment-in-text", Severity.WARNING, 2)
    assert '"#1 in seals"' in problem.message
    assert read('title: "We are #1"').problems == ()


@pytest.mark.parametrize(
    "head, line, message",
    [
        ("title: A\nheadlien: B", 3, 'did you mean "headline"?'),
        ("title: A\nbody: B", 3, 'no field "body"'),
        ("slug: a\ntitle: A", 2, "rename the file"),
        ("title: A\nheadline: B", 3, "given twice"),
        ("title: A\ndate: soon", 3, "2026-11-24"),
        ("title: A\ndate: 4/6/2026", 3, "which is the month"),
        ("title: A\ncontacts:\n- nmae: Ada", 4, 'did you mean "name"?'),
        ("title: A\nimages:\n- alto: x", 4, 'did you mean "alt"?'),
        ("title: A\nsubhead: [a, b]", 3, "one text is expected"),
        ("title: A\nlanguage: German, please", 3, "not a language code"),
        ("title: A\n  bad: indent\n- list", 3, "cannot be read"),
        ("- a\n- list", 2, "`key: text`"),
        ("title: A\nsubhead: a\x07b", 3, "special characters"),
        ("titel: A\nautor: B\nsperrfrst: bald", 4, 'did you mean "sperrfrist"?'),
        ("titre: A\nsous-embargo:", 3, "no date and time here"),
        ("title: A\nlayout: press\nparams:\n  embargado_hasta: ''", 5, "the embargo cannot be read here"),
    ],
)
def test_mistake_is_an_error_at_its_line(head: str, line: int, message: str) -> None:
    found = errors(head)
    assert [problem.line for problem in found] == [line]
    assert message in found[0].message
    assert found[0].source == "seals.md"


def test_embargo_without_a_year_is_not_completed_by_the_date_beside_it() -> None:
    release = read("title: A\ndate: 2026-11-30\nembargo: 1 December, 09:00 GMT")
    assert release.embargo is not None
    assert release.embargo.until is None
    (problem,) = release.problems
    assert (problem.code, problem.line) == ("embargo-unclear", 4)
    assert "names no year; write it as 2026-12-01" in problem.message


def test_embargo_without_a_zone_does_not_hide_the_release_and_names_its_line() -> None:
    release = read("title: A\nembargo: 2026-12-01 09:00")
    assert release.embargo is not None
    assert not release.embargo.has_zone
    assert [(problem.code, problem.line) for problem in release.problems] == [("embargo-no-zone", 3)]


@pytest.mark.parametrize(
    "head",
    [
        "titel: A\nsperrfrist: {}\nort: Eastport",
        "title: A\nembargo_until: {}",
        "titre: A\nsous-embargo: {}\nauteur: B",
        "título: A\nbloqueado: {}",
        "titolo: A\nsotto embargo fino al: {}",
        "titel: A\nOnder-Embargo-Tot: {}",
        "título: A\nembargado até: {}",
        "見出し: A\n解禁日時: {}",
        "title: A\nlayout: press\nsperrfrist: {}",
        "title: A\nlayout: press\nextra: {{}}\nparams:\n  sperrfrist: {}",
        'title: A\nlayout: press\n"Sous embargo": {}',
    ],
)
def test_key_that_means_an_embargo_in_any_language_is_never_passed_over(head: str) -> None:
    at = "2026-12-01 09:00 Europe/Lisbon"
    for text in (f"---\n{head.format(at)}\n---", f"+++\n{head.format(at).replace(': ', ' = ')}\n+++"):
        release = parse_release(f"{text}\n\nText.\n".encode(), source="seals.md", slug="seals")
        assert release.headline == "A"
        assert release.embargo is not None
        assert release.embargo.until == datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert read(head.format("bald")).embargo is not None


def test_single_contact_boilerplate_and_notes_need_no_list() -> None:
    release = read(
        "title: A\ncontact: Ada Brook, 020 7946 0001\nboilerplate: We count.\nnotes_to_editors:\n- One\n- Two"
    )
    assert release.contacts == (MediaContact("Ada Brook", phones=("020 7946 0001",)),)
    assert release.boilerplate == (Boilerplate(((Span("We count."),),)),)
    assert release.notes_to_editors == (ListBlock(((Span("One"),), (Span("Two"),)), ordered=True),)


def test_field_that_is_named_is_not_looked_for_in_the_body() -> None:
    release = read(
        "title: A\nend_mark: ''\nboilerplate: []\ndateline: ''", "EASTPORT – Text.\n\nENDS\n\n## About us\n\nWe."
    )
    assert (release.end_mark, release.boilerplate, release.dateline) == ("", (), None)
    assert len(release.body) == 4


def test_slug_is_the_stem_always() -> None:
    assert parse_release(b"---\nheadline: A\n---\n", source="x/other.md", slug="seals").slug == "seals"


@given(st.text(max_size=60))
def test_any_yaml_is_a_release_or_a_list_of_lines(head: str) -> None:
    text = f"---\nheadline: A\n{head}\n---\n"
    try:
        release = parse_release(text.encode("utf-8", "ignore"), source="a.md", slug="a")
    except InputProblem:
        return
    assert release.headline


def test_a_field_under_two_names_with_one_value_and_an_embargo_that_is_none_are_no_mistakes() -> None:
    for head, codes in (
        ("titre: Seals return\ntitle: Seals return", {"native-key"}),
        ("headline: Seals return\nembargo: none", {"no-embargo"}),
        (
            "title: Seals return\nauthor: Press\nheroImage: a.jpg\ndraft: false\nembargoed: false",
            {"site-fields", "native-key", "no-embargo"},
        ),
    ):
        release = parse_release(
            f"---\n{head}\n---\n\nThe seals are back at the pier.\n".encode(), source="a.md", slug="a"
        )
        assert (release.headline, release.embargo) == ("Seals return", None)
        assert {one.code for one in release.problems} - {"unsure-language"} == codes
    with pytest.raises(InputProblem, match="one thing has to be fixed"):
        parse_release(
            b"---\ntitre: Seals return\ntitle: Seals are back\n---\n\nAt the pier.\n", source="a.md", slug="a"
        )
