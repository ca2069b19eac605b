from __future__ import annotations

import pytest

from mailer.release.head.labels import read_label_line


@pytest.mark.parametrize(
    "text, label, day, place",
    [
        ("FOR IMMEDIATE RELEASE", "FOR IMMEDIATE RELEASE", "", ""),
        ("Press Release — For Immediate Release", "For Immediate Release", "", ""),
        ("For Immediate Release: Wednesday, March 3, 2027, 10:00 AM EST", "For Immediate Release", "2027-03-03", ""),
        ("For release at 2:00 p.m. EST", "For release", "", ""),
        ("P R E S S   R E L E A S E", "PRESSRELEASE", "", ""),
        ("Press Release #12", "Press Release", "", ""),
        ("Press Note No. 41/2026-27", "Press Note", "", ""),
        ("PRESSEMITTEILUNG 045/2027 vom 3. März 2027", "PRESSEMITTEILUNG", "2027-03-03", ""),
        ("Pressemitteilung | 03.03.2027 | 10:00 Uhr", "Pressemitteilung", "2027-03-03", ""),
        ("Communiqué de presse du 3 mars 2027", "Communiqué de presse", "2027-03-03", ""),
        ("COMUNICATO STAMPA n. 81", "COMUNICATO STAMPA", "", ""),
        ("プレスリリース　2027年3月3日", "プレスリリース", "2027-03-03", ""),
        ("報 道 資 料", "報道資料", "", ""),
        ("市政記者クラブ　各位", "市政記者クラブ　各位", "", ""),
        ("Release Date: January 27, 2016", "", "2016-01-27", ""),
        ("Posted: 3 March 2027", "", "2027-03-03", ""),
        ("Paris, le 3 mars 2027", "", "2027-03-03", "Paris"),
        ("Fait à Paris, le 3 mars 2027", "", "2027-03-03", "Paris"),
        ("March 3, 2027 | Washington, DC", "", "2027-03-03", "Washington, DC"),
        ("For Immediate Release – Eastport, ME – March 3, 2027", "For Immediate Release", "2027-03-03", "Eastport, ME"),
    ],
)
def test_line_of_the_head_is_nothing_but_what_it_tells(text: str, label: str, day: str, place: str) -> None:
    line = read_label_line(text, day_first=True)
    assert line.rest == ""
    assert line.is_label
    assert (line.label, line.date.day.isoformat() if line.date else "", line.place) == (label, day, place)


@pytest.mark.parametrize(
    "text",
    [
        "Museum opens on 3 March 2027",
        "Press release from Example Trust",
        "Posted on March 3, 2027 by Ann Bell",
        "2027",
        "",
    ],
)
def test_line_with_other_words_is_no_label(text: str) -> None:
    line = read_label_line(text)
    assert line.rest or not line.is_label
