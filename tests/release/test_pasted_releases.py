from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailer.release.document import release_document
from mailer.release.source import parse_release

CASES = sorted((Path(__file__).parent / "pasted").glob("*.txt"))
SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "releases"
# fields that repeat other fields of the document: a word found only there would be lost
REPEATED = {"quotes", "links", "images", "problems", "slug"}
FIELDS = sorted(json.loads(CASES[0].with_suffix(".json").read_text("utf-8")))


def document_of(path: Path) -> dict[str, Any]:
    return release_document(parse_release(path.read_bytes(), source=path.name, slug=path.stem))


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def texts(value: Any) -> Iterator[str]:
    """Yield every text of a document once: a block's `text` repeats its items, rows and captions."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, dict) and value.get("kind"):
        attribution = ("lead_in",) if value.get("lead_in") else ("speaker", "role", "organisation")
        yield from (value.get(key, "") for key in ("text", "credit", *attribution))
    elif isinstance(value, dict):
        for key, one in value.items():
            if key not in {"city", "region"}:
                yield from texts(one)


def lost_words(text: str, document: dict[str, Any]) -> list[str]:
    found = words(" ".join(text for key, value in document.items() if key not in REPEATED for text in texts(value)))
    return sorted(words(text) - found)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_field_of_a_pasted_release_is_recognised(path: Path, field: str) -> None:
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert document_of(path)[field] == expected[field]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_no_word_of_a_pasted_release_is_lost(path: Path) -> None:
    document = document_of(path)
    assert lost_words(path.read_text("utf-8"), document) == []
    assert [kept for kept in document["kept"] if kept["field"] == "other"] == []


def test_word_coverage_notices_a_lost_paragraph() -> None:
    document = document_of(CASES[0])
    del document["body"][0]
    assert "bakers" in lost_words(CASES[0].read_text("utf-8"), document)


def test_there_are_at_least_six_invented_releases() -> None:
    assert len(CASES) >= 6


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples lie beside the repository, and are not here")
class TestTheFirstSample:
    @pytest.fixture
    def expected(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((SAMPLES / "000.expected.json").read_text("utf-8"))["expected"]
        return document

    @pytest.fixture
    def document(self) -> dict[str, Any]:
        return document_of(SAMPLES / "000.txt")

    def test_headline_date_and_call_are_recognised(self, document: dict[str, Any], expected: dict[str, Any]) -> None:
        assert document["headline"] == expected["headline"]
        assert document["date"] == expected["date"]
        assert document["call_to_action"].startswith(expected["cta_start"])
        assert (document["subhead"], document["end_mark"], document["boilerplate"]) == (None, None, [])

    def test_both_contacts_have_name_and_telephone(self, document: dict[str, Any], expected: dict[str, Any]) -> None:
        found = [(contact["name"], contact["phones"]) for contact in document["contacts"]]
        assert found == [(contact["name"], [contact["phone"]]) for contact in expected["contacts"]]

    def test_both_paragraphs_are_one_quote_of_the_speaker_with_role_and_organisation(
        self, document: dict[str, Any], expected: dict[str, Any]
    ) -> None:
        (quote,) = document["quotes"]
        assert [quote["speaker"]] == expected["quote_speakers"]
        assert quote["role"].startswith("Deputy Director")
        assert quote["organisation"].endswith("Alliance")
        assert not any(part.startswith(("“", '"')) for part in quote["text"].split("\n\n"))

    def test_caption_is_a_picture_and_further_information_stays_in_the_body(self, document: dict[str, Any]) -> None:
        kinds = [block["kind"] for block in document["body"]]
        assert kinds == ["paragraph", "quote", "paragraph", "image"]
        assert document["body"][2]["text"].startswith("For more information")
        assert document["images"][0]["caption"] == document["images"][0]["alt"]

    def test_no_word_is_lost(self, document: dict[str, Any]) -> None:
        assert lost_words((SAMPLES / "000.txt").read_text("utf-8"), document) == []


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples lie beside the repository, and are not here")
@pytest.mark.parametrize("name", ["009.txt", "010.html", "025.html", "035.html"])
def test_other_samples_give_headline_date_and_contacts(name: str) -> None:
    expected = json.loads((SAMPLES / f"{name[:3]}.expected.json").read_text("utf-8"))["expected"]
    document = document_of(SAMPLES / name)
    headline = expected["headline"]
    assert document["headline"] in (headline["any"] if isinstance(headline, dict) else [headline])
    assert document["date"] == expected["date"]
    emails = {email for contact in document["contacts"] for email in contact["emails"]}
    assert emails >= {contact["email"] for contact in expected["contacts"] if contact["email"]}
