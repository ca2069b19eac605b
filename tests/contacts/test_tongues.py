from __future__ import annotations

import pytest

from mailer.contacts.meaning.answers import language_tag, wants_plain_text


@pytest.mark.parametrize(
    "cell, tag",
    [
        *(("de", "de"), ("de-AT", "de-AT"), ("DE_at", "de-AT"), ("Deutsch", "de"), ("  GERMAN ", "de"), ("ger", "de")),
        *(
            ("allemand", "de"),
            ("français", "fr"),
            ("FRANCAIS", "fr"),
            ("inglés", "en"),
            ("日本語", "ja"),
            ("nl; fr", "nl"),
        ),
        *(("zh-Hant", "zh-Hant"), ("", ""), ("-", ""), ("Klingon dialect", ""), ("deutschland", ""), ("en-", "")),
    ],
)
def test_a_language_is_read_by_its_name_or_its_tag(cell: str, tag: str) -> None:
    assert language_tag(cell) == tag


@pytest.mark.parametrize("cell", ["yes", "Ja", "oui", "x", "1", "TRUE", "Text only", "plain", "nur Text", "texte brut"])
def test_plain_text_is_asked_for(cell: str) -> None:
    assert wants_plain_text(cell)


@pytest.mark.parametrize("cell", ["", "no", "nein", "0", "html", "both", "since March"])
def test_plain_text_is_not_asked_for(cell: str) -> None:
    assert not wants_plain_text(cell)
