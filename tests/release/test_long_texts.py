"""Long texts: the work of reading grows as the text does. Calls are counted, since time depends on the machine."""

from __future__ import annotations

import sys

import pytest

from mailer.release.source import read_source

HEAD = "PRESS RELEASE\n\nEastport opens its school\n\nEASTPORT, 3 March 2027 - The harbour opens.\n\n"


def calls(text: str) -> int:
    counted = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        read_source((HEAD + text).encode(), source="harbour.txt", slug="harbour")
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.slow
@pytest.mark.parametrize(
    "part, count",
    [
        ("“Door {n} opens.” The pilot Ann Bell nods. ", 60),
        ("“The door {n} opens for everybody.\n\n", 60),
        ("About Harbour Trust {n}\n\n", 60),
        ("door {n} *opens*\n", 200),
    ],
)
def test_twice_the_text_is_twice_the_work(part: str, count: int) -> None:
    once, twice = ("".join(part.format(n=n) for n in range(count * many)) for many in (1, 2))
    calls(once)  # the patterns are compiled once a process

    assert calls(twice) < 2.5 * calls(once)


def test_a_number_before_one_long_word_is_read() -> None:
    """Searching it for an address took hours: calls do not count the work of a pattern, which hardly ended."""
    word = "harbour" * 300
    text = f"PRESS RELEASE\n\nEastport opens its school\n\n12 {word}\n\nEASTPORT, 3 March 2027 - The harbour opens.\n"

    release = read_source(text.encode(), source="harbour.txt", slug="harbour").release

    assert (release.headline, f"12 {word}" in str(release)) == ("Eastport opens its school", True)
