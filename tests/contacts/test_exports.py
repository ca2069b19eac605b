"""Exports of many tools, languages and encodings, each read as a careful press officer reads it."""

from __future__ import annotations

import pytest

from tests.contacts.exporting import FOLDER, Export, differences, exports, read

# What the reader does not manage yet; it shrinks to nothing.
NOT_YET = frozenset((FOLDER / "not-yet.txt").read_text("utf-8").split())


@pytest.mark.parametrize("export", exports(), ids=lambda export: export.name)
def test_export_reads_as_a_careful_press_officer_reads_it(request: pytest.FixtureRequest, export: Export) -> None:
    if export.name in NOT_YET:
        request.applymarker(pytest.mark.xfail(reason="not read well yet", strict=False))
    assert differences(export.expected, read(export.content, export.name)) == []
