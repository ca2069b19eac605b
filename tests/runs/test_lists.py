"""The staff's lists as files that say how far they were read."""

from __future__ import annotations

from mailer.contacts.reading import parse_list
from mailer.runs.lists import as_file


def test_bytes_say_how_far_they_were_read_and_read_like_a_file() -> None:
    people = "".join(f"p{number}@outlet.example,Pat {number}\n" for number in range(30_000))
    data = f"email,name\n{people}".encode()
    told: list[tuple[int, int]] = []
    list_file = parse_list(
        as_file(data, lambda done, total: told.append((done, total)), name="big.csv"), name="big.csv"
    )
    assert sum(1 for _ in list_file.entries()) == 30_000
    assert {total for _, total in told} == {len(data)}
    assert max(done for done, _ in told) == len(data)
    assert any(0 < done < len(data) for done, _ in told)
