from __future__ import annotations

import pytest

from mailer.release.files.text import close_up, cut_paragraphs, end_of_list

GLUED = [
    "Harbour Trust",
    "Seals are back on the pier",
    "The seals of Eastport slept on the pier last night, and nobody woke",
    "them up before the sun came over the wall of the old town.",
    "They had come in on the evening tide, forty-one of them, and by the",
    "time the keeper had counted them twice it was dark.",
    "What happens next",
    "A fence will keep walkers and their dogs away until the spring, says",
    "the keeper, who has asked for two more signs.",
]


def test_paragraphs_and_headings_are_cut_where_they_end() -> None:
    assert cut_paragraphs(GLUED) == [0, 2, 4, 6, 7]


def test_lines_of_a_letterhead_stay_together() -> None:
    assert cut_paragraphs(["Harbour Trust", "1 Pier Road", "Eastport", "Ada Brook", "Keeper", "Tel 020 7946 0001"]) == [
        0
    ]


def test_one_wrapped_paragraph_is_one() -> None:
    words = "the seals of Eastport slept on the pier last night and nobody woke them"
    assert cut_paragraphs([f"{words} up"] * 7) == [0]


def test_a_contact_above_a_headline_is_cut_off_the_story() -> None:
    lines = ["Media: Ada Brook, the keeper of the harbour, ada.brook@trust.example.org", *GLUED[1:]]
    assert cut_paragraphs(lines)[:2] == [0, 2]


def test_a_list_ends_where_a_dateline_begins() -> None:
    lines = [
        "▪ Forty-one seals came in on the evening tide and stayed for the",
        "night on the pier",
        "EASTPORT, 3 May 2027 – The seals of Eastport slept on the pier last",
        "night, and nobody woke them up.",
    ]
    assert end_of_list(lines, 0) == 2


DOUBLED = "\n\n".join(
    [
        *("The seals of Eastport slept on the pier last", "night, and nobody woke them up before the", "sun came."),
        *("\nThey had come in on the evening tide, forty", "of them, and by the time the keeper had", "counted them"),
        *("twice it was dark.", "\nA fence will keep walkers and their dogs", "away until the spring."),
    ]
)


def test_doubled_blank_lines_are_closed_up() -> None:
    closed = close_up(list(enumerate(DOUBLED.split("\n"), 1)))
    blank = [number for number, line in closed if not line]
    assert len(blank) == 2
    assert [line for _, line in closed if line] == [line for line in DOUBLED.split("\n") if line]


@pytest.mark.parametrize("text", ["One.\n\nTwo.\n\nThree.\n\nFour.\n\nFive.\n\nSix.", DOUBLED.replace("\n\n", "\n")])
def test_other_texts_keep_their_blank_lines(text: str) -> None:
    lines = list(enumerate(text.split("\n"), 1))
    assert close_up(lines) == lines
