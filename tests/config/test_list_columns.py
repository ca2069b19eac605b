from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.config.list_columns import Remembered, parse_layouts, render_layouts
from mailer.contacts.values import MEANINGS
from mailer.errors import InputProblem

_text = st.text(st.characters(codec="utf-8"), max_size=20)


@given(
    st.lists(
        st.builds(
            Remembered,
            list=_text.map("n{}".format),
            header=st.lists(_text, max_size=4).map(tuple),
            encoding=st.sampled_from(["", "cp1252", "utf-8"]),
            delimiter=st.sampled_from(["", ";", "\t", '"']),
            sheet=_text,
            header_row=st.none() | st.integers(0, 40),
            columns=st.dictionaries(st.sampled_from(MEANINGS), _text, max_size=3),
            wishes=st.dictionaries(_text, st.booleans(), max_size=3),
        ),
        max_size=3,
    )
)
def test_what_was_said_is_read_as_it_was_written(layouts: list[Remembered]) -> None:
    assert parse_layouts(render_layouts(layouts), source="x") == tuple(layouts)


@pytest.mark.parametrize(
    "text, message",
    [
        ("[[layout]\n", "this is not TOML"),
        ("layouts = 1\n", 'did you mean "layout"'),
        ("layout = 1\n", "write [[layout]]"),
        ("[[layout]]\n", "a layout needs its header"),
        ('[[layout]]\nlist = "a"\nencodng = "cp1252"\n', 'did you mean "encoding"'),
        ('[[layout]]\nlist = "a"\nencoding = "klingon"\n', "is not an encoding"),
        ('[[layout]]\nlist = "a"\nheader_row = "four"\n', "header_row: write a number"),
        ("[[layout]]\nheader = [1]\n", "in quotation marks"),
        ('[[layout]]\nlist = "a"\ncolumns = { emial = "x" }\n', 'did you mean "email"'),
        ('[[layout]]\nlist = "a"\ncolumns = { email = 3 }\n', "in quotation marks"),
        ('[[layout]]\nlist = "a"\ncolumns = 3\n', "columns: write it as a table"),
    ],
)
def test_damaged_file_is_told_with_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(InputProblem) as caught:
        parse_layouts(text, source="lists/.columns.toml")
    assert any(message in problem.message for problem in caught.value.problems)
    assert all(problem.source == "lists/.columns.toml" for problem in caught.value.problems)
