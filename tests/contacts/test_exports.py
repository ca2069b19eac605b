"""Exports of many tools, languages and encodings, each read as a careful press officer reads it."""

from __future__ import annotations

import pytest

from tests.contacts.exporting import Export, differences, exports, read


@pytest.mark.parametrize("export", exports(), ids=lambda export: export.name)
def test_export_reads_as_a_careful_press_officer_reads_it(export: Export) -> None:
    assert differences(export.expected, read(export.content, export.name)) == []
