"""What stands in a template and never in a mail is told, with its line."""

from __future__ import annotations

import pytest

from mailer.errors import InputProblem
from mailer.message.family import compile_family

LAYOUT = "{% block lead %}x{% endblock %}\n{% if a %}{% block foot %}y{% endblock %}{% endif %}\n"


def problems(html: str) -> list[tuple[str, int | None, str]]:
    files = {"layout/email.html": LAYOUT, "email.html": html, "email.txt": "t", "subject.txt": "s"}
    try:
        compile_family(files, name="own")
    except InputProblem as error:
        return [(each.source, each.line, each.message) for each in error.problems]
    return []


@pytest.mark.parametrize(
    "html, line",
    [
        ('{% extends "layout/email.html" %}\n{% block lead %}a{% endblock %}\n\n<p>lost</p>\n', 4),
        ('{% extends "layout/email.html" %}\n{{ contact.name }}', 2),
        ('{% extends "layout/email.html" %}\n{% if a %}\n<p>lost</p>\n{% endif %}', 3),
    ],
)
def test_words_outside_the_blocks_are_told(html: str, line: int) -> None:
    ((source, at, message),) = problems(html)
    assert (source, at) == ("templates/own/email.html", line)
    assert "outside the blocks" in message


def test_a_block_that_the_layout_has_not_is_told_with_the_nearest() -> None:
    ((_, line, message),) = problems('{% extends "layout/email.html" %}\n{% block fot %}a{% endblock %}\n')
    assert line == 2
    assert 'did you mean "foot"' in message


@pytest.mark.parametrize(
    "html",
    [
        "<p>no layout, all of it shown</p>",
        '{% extends "layout/email.html" %}\n\n{# why #}\n{% set a = 1 %}\n{% block foot %}z{% endblock %}\n',
        '{% extends "layout/email.html" %}\n{% block lead %}{% block inner %}a{% endblock %}{% endblock %}\n',
        '{% extends "layout/email.html" %}\n{% macro m() %}a{% endmacro %}\n{% block lead %}{{ m() }}{% endblock %}',
    ],
)
def test_what_is_shown_is_not_told(html: str) -> None:
    assert problems(html) == []
