"""Heads of many kinds (`heads_by_kind.toml`): in two columns, memos, from agencies, in languages without a table."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from mailer.release.document import release_document
from mailer.release.source import parse_release

CASES: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("heads_by_kind.toml").read_text("utf-8"))
STORY = (
    "The harbour authority of Eastport will open its new lock to ships next month, after two years of work that cost "
    "14 million dollars. The lock is 210 metres long and lets in vessels of up to 40,000 tonnes.\n\n"
    "More than 200 people worked on the lock, and the first ship is expected on Monday.\n"
)
DATELINES = {
    "EASTPORT, ME--(Newswire Example - Mar 4, 2010) - ": ("EASTPORT", "2010-03-04"),
    "NEW HARBOUR, ME / EXAMPLEX / March 4, 2010 / ": ("NEW HARBOUR", "2010-03-04"),
    "PRNewswire - March 4, 2010 - ": (None, "2010-03-04"),
}
PEOPLE = {
    "東港大学 大学院工学研究科 教授 山田太郎（やまだ たろう）\nTEL: 03-5555-0123": ["山田太郎"],
    "東港電機株式会社 コーポレートコミュニケーション部 高橋・伊藤\n電話 03-5555-0111（直通）": ["高橋", "伊藤"],
    "東港市 産業観光課\n担当：鈴木一郎\n電話：0123-45-6789": ["鈴木一郎"],
    "東港大学 総務部 広報課\nTEL: 03-5555-0199": [""],
}


def read(text: str) -> dict[str, Any]:
    return release_document(parse_release(text.encode(), source="a.txt", slug="a", strict=False))


@pytest.mark.parametrize("name", CASES)
def test_a_head_of_any_kind_is_read(name: str) -> None:
    wanted = CASES[name]
    document = read(f"{wanted['head']}\n{STORY}")
    place, people = document["dateline"], document["contacts"]
    found = document | {"head": wanted["head"], "dateline": place and place["city"]}
    found["contacts"] = [[one["name"], *one["phones"]] for one in people]
    assert {field: found[field] or False for field in wanted} == wanted


@pytest.mark.parametrize("dateline, wanted", DATELINES.items())
def test_a_wire_in_a_dateline_is_no_city(dateline: str, wanted: tuple[str | None, str]) -> None:
    document = read(f"Harbour Trust Wins National Award\n\n{dateline}{STORY}")
    place = document["dateline"]
    assert (place and place["city"], document["date"]) == wanted


@pytest.mark.parametrize("block, names", PEOPLE.items())
def test_a_japanese_name_stands_behind_an_office_or_a_role(block: str, names: list[str]) -> None:
    story = "港の水門が壊れる前に異常を知らせる技術を開発しました。" * 4
    document = read(f"水門の異常を検知する技術を開発\n\n{story}\n\n【お問い合わせ先】\n{block}\n")
    assert [one["name"] for one in document["contacts"]] == names
    assert not any("や" in one["organisation"] for one in document["contacts"])
