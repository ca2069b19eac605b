"""Templates: strict, sandboxed, and honest about where and for whom something is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from mailer.errors import InputProblem
from mailer.message.family import compile_family
from tests.message.samples import ADA, CASES, FULL, compiled, person, read_family

SMALL = {
    "subject.txt": "Hello",
    "email.html": "<p>{{ contact.first_name }}</p>",
    "email.txt": "{{ contact.first_name }}",
}


def render(context: dict[str, Any] | None = None, /, **files: str) -> Any:
    names = {"subject": "subject.txt", "html": "email.html", "text": "email.txt"}
    sources = {**SMALL, **{names.get(key, key.replace("_", ".")): value for key, value in files.items()}}
    return compile_family(sources, name="pitch").render(context or {"contact": ADA, "release": {"headline": "Seals"}})


def problem_of(**files: str) -> InputProblem:
    with pytest.raises(InputProblem) as caught:
        render(**files)
    return caught.value


@pytest.mark.parametrize(
    "files, place, words",
    [
        (
            {"html": "<p>\n{{ contact.fist_name }}"},
            "templates/pitch/email.html:2",
            'contact has no field "fist_name"; did you mean "first_name"?',
        ),
        (
            {"text": "\n\n{{ contct.name }}"},
            "templates/pitch/email.txt:3",
            'there is no "contct"; did you mean "contact"?',
        ),
        ({"subject": "{{ release.headlin }}"}, "templates/pitch/subject.txt:1", 'did you mean "headline"?'),
        ({"text": "{% if contact.xyz %}a{% endif %}"}, "templates/pitch/email.txt:1", 'contact has no field "xyz"'),
        ({"text": "{% for x in contact.xyz %}a{% endfor %}"}, "templates/pitch/email.txt:1", 'no field "xyz"'),
        ({"text": "{{ contact.xyz.abc }}"}, "templates/pitch/email.txt:1", 'no field "xyz"'),
        ({"text": "a\n{{ contact.name|wrap(3) }}"}, "templates/pitch/email.txt:2", "wrap()"),
        ({"text": "{{ none }}"}, "templates/pitch/email.txt", "has no value (None)"),
        ({"text": "{{ contact }}"}, "templates/pitch/email.txt:1", "not text but a dict"),
        ({"text": "{{ contact.get }}"}, "templates/pitch/email.txt:1", "not text but a"),
        ({"text": "{{ 1 / 0 }}"}, "templates/pitch/email.txt", "division by zero"),
        (
            {"html": '{% include "part.html" %}', "part_html": "\n{{ contact.fist_name }}"},
            "templates/pitch/part.html:2",
            'did you mean "first_name"?',
        ),
        ({"text": '\n{% include "gone.txt" %}'}, "templates/pitch/email.txt:2", 'there is no file "gone.txt"'),
        ({"text": '{% include "email.txt" %}'}, "templates/pitch/email.txt:1", "endlessly"),
        ({"subject": "a\nb"}, "templates/pitch/subject.txt", "a subject is one line, and these are 2"),
        ({"subject": "a\x07b"}, "templates/pitch/subject.txt", "cannot be sent"),
    ],
)
def test_mistake_names_template_line_and_person(files: dict[str, Any], place: str, words: str) -> None:
    problem = problem_of(**files)
    assert str(problem).startswith(place)
    assert words in problem.message
    assert "(for ada@daily.example.com)" in problem.message
    assert len(problem.problems) == 1


def test_mistakes_of_all_three_templates_are_told_at_once() -> None:
    problem = problem_of(subject="{{ a }}", html="{{ b }}", text="{{ c }}")
    assert [p.source.rpartition("/")[2] for p in problem.problems] == ["subject.txt", "email.html", "email.txt"]


def test_syntax_errors_of_all_files_are_told_at_once_with_their_lines() -> None:
    with pytest.raises(InputProblem) as caught:
        compile_family(
            {**SMALL, "email.html": "\n{% if %}", "email.txt": "{{ a", "part.html": "{% nope %}"}, name="pitch"
        )
    assert [(p.source, p.line) for p in caught.value.problems] == [
        ("templates/pitch/email.html", 2),
        ("templates/pitch/email.txt", 1),
        ("templates/pitch/part.html", 1),
    ]


def test_missing_files_are_told_at_once() -> None:
    with pytest.raises(InputProblem) as caught:
        compile_family({"email.html": ""}, name="pitch")
    assert [p.source for p in caught.value.problems] == ["templates/pitch/subject.txt", "templates/pitch/email.txt"]


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ contact.__class__ }}",
        "{{ contact.update({'a': 'b'}) }}",
        "{{ contact.clear() }}",
        "{{ '{0.__class__}'.format(contact) }}",
        "{{ range(1000000)|list|length }}",
    ],
)
def test_sandbox_lets_no_template_reach_beyond_its_values(source: str) -> None:
    assert "templates/pitch/email.txt" in str(problem_of(text=source))
    assert ADA["first_name"] == "Ada"


def test_a_loop_that_is_too_long_is_refused_in_plain_words() -> None:
    assert "a loop in a template has at most 100,000 rounds" in str(problem_of(text="{{ range(1000000)|list }}"))


@pytest.mark.parametrize("field", ["items", "keys", "copy", "update", "get"])
def test_column_named_like_a_method_is_still_a_field(field: str) -> None:
    assert render({"contact": {"first_name": "Ada", field: "x!"}}, text=f"{{{{ contact.{field} }}}}").text == "x!"


def test_html_is_escaped_and_text_is_not() -> None:
    rendered = render({"contact": {"first_name": '<b>&"'}}, subject="{{ contact.first_name }}")
    assert '<p>&lt;b&gt;&amp;"</p>' in rendered.html
    assert rendered.text == '<b>&"'
    assert rendered.subject == '<b>&"'


def test_person_with_markup_in_every_field_shows_literally_in_the_shipped_family() -> None:
    nasty = person(**dict.fromkeys(("name", "first_name", "note", "outlet"), '<b>&"{{ 7*7 }}'))
    context = {**CASES["full"].context(), "contact": nasty, "letter": nasty["note"], "greeting": 'Dear <i>&",'}
    rendered = compiled().render(context)
    assert "<b>&amp;" not in rendered.html
    assert "&lt;b&gt;&amp;" in rendered.html
    assert "&lt;i&gt;" in rendered.html
    assert '<b>&"{{ 7*7 }}' in rendered.text


def test_css_is_inlined_after_rendering_and_media_queries_stay() -> None:
    html = "<style>p { color: red } @media (max-width: 9px) { p { color: blue !important } }</style>"
    html += "<table>{% for x in ['a', 'b'] %}<tr><td><p>{{ x }}</p></td></tr>{% endfor %}</table>"
    out = render(html=html).html
    assert out.count('<p style="color: red;">') == 2
    assert out.count("<tr>") == 2
    assert "@media (max-width: 9px)" in out


def test_families_may_extend_and_include_their_own_files() -> None:
    out = render(
        html='{% extends "layout.html" %}{% block body %}{{ contact.name }}{% endblock %}',
        layout_html="<main>{% block body %}{% endblock %}</main>",
    ).html
    assert "<main>Ada Brook</main>" in out


def test_default_and_is_defined_ask_for_a_field_without_harm() -> None:
    assert render(text="{{ contact.city|default('nowhere') }}{{ 'x' if contact.city is defined }}").text == "nowhere"


def test_trailing_newline_of_the_subject_template_goes_and_nothing_else() -> None:
    assert render(subject="Seals  return\n").subject == "Seals  return"


def test_typo_in_the_shipped_family_is_found_before_anything_is_sent() -> None:
    html = read_family()["layout/email.html"].replace("release.subhead", "release.subhed", 1)
    with pytest.raises(InputProblem, match='release has no field "subhed"; did you mean "subhead"') as caught:
        compile_family({**read_family(), "layout/email.html": html}, name="release").render(CASES["full"].context())
    line = next(number for number, text in enumerate(html.split("\n"), 1) if "subhed" in text)
    assert (caught.value.source, caught.value.line) == ("templates/layout/email.html", line)
    assert FULL.subhead
