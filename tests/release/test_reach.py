"""Contacts in the manners of eight languages: blocks, sentences, lists, columns, and numbers that are nobody's."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailer.release.source import parse_release

HERE = Path(__file__).parent / "reach"
STORY = (
    "Example Trust counts seals\n\n"
    "EASTPORT, 5 March 2027 – Example Trust has counted the seals of the bay for the tenth year, and there are more of"
    " them than ever before, as the count of this winter shows.\n\n"
    "The count took three weeks. Forty volunteers walked the beaches at low tide, and two boats went along the reef. It"
    " will be done again next year, when the young ones are grown.\n\n"
)


def _cases() -> list[tuple[str, str, list[list[str]]]]:
    found = []
    for chunk in (HERE / "cases.txt").read_text(encoding="utf-8").split("== ")[1:]:
        name, _, rest = chunk.partition("\n")
        lines = rest.rstrip("\n").split("\n")
        wanted = [[part.strip() for part in line[3:].split(";")] for line in lines if line.startswith("-> ")]
        text = "\n".join(line for line in lines if not line.startswith("-> "))
        found.append((name, text, wanted))
    return found


CASES = _cases()


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text.replace("(0)", "")))


@pytest.mark.parametrize("text, wanted", [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_contacts_are_found_whole_and_none_is_invented(text: str, wanted: list[list[str]]) -> None:
    release = parse_release((STORY + text + "\n").encode(), source="release.txt", slug="seals")
    found = release.contacts
    assert [contact.name for contact in found] == [name for name, _, _ in wanted] or all(
        name in contact.name for contact, (name, _, _) in zip(found, wanted, strict=True)
    )
    for contact, (_, phone, email) in zip(found, wanted, strict=True):
        numbers = [_digits(one) for one in contact.phones]
        assert any(_digits(phone)[-8:] in one for one in numbers) if phone != "-" else not numbers
        assert email in contact.emails if email != "-" else not contact.emails
