from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.contacts.exporting import neutral, render_csv


@pytest.mark.parametrize("cell", ["=1+1", "+49 30 1234", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_formula_cell_is_neutralised(cell: str) -> None:
    assert neutral(cell) == "'" + cell


def test_rows_come_one_at_a_time_with_quotes_where_needed() -> None:
    assert list(render_csv([["a", 'say "x"'], ["=b", "c,d"]])) == ['a,"say ""x"""\r\n', '\'=b,"c,d"\r\n']


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=4), max_size=5))
def test_any_text_comes_back_and_no_cell_begins_a_formula(rows: list[list[str]]) -> None:
    text = "".join(render_csv(rows))
    back = list(csv.reader(io.StringIO(text, newline="")))
    assert [[neutral(cell) for cell in row] for row in rows] == back
    assert not any(cell.startswith(tuple("=+-@\t\r")) for row in back for cell in row)
