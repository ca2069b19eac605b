"""Contacts in the forms of eight languages: blocks, sentences, lists, columns, and numbers that are not a contact's."""

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
        name in contact.name and bool(name) == bool(contact.name)
        for contact, (name, _, _) in zip(found, wanted, strict=True)
    )
    for contact, (_, phone, email) in zip(found, wanted, strict=True):
        numbers = [_digits(one) for one in contact.phones]
        assert any(_digits(phone)[-8:] in one for one in numbers) if phone != "-" else not numbers
        assert email in contact.emails if email != "-" else not contact.emails


@pytest.mark.parametrize(
    "block, who",
    [
        ("Contatti\nAnna Campana – Ufficio stampa – 02 555 3031", ("Anna Campana", "Ufficio stampa", "")),
        ("CONTATTI STAMPA\nAnna Campana\nUfficio stampa\n02 555 3031", ("Anna Campana", "Ufficio stampa", "")),
        ("Contatti\nAnna Campana, Press Office Manager\n02 555 3031", ("Anna Campana", "Press Office Manager", "")),
        ("Contact\nAnn Bell, Bell Communications\n020 7946 0001", ("Ann Bell", "", "Bell Communications")),
        ("Contact\nAnn Bell\nCorporate Communications\n020 7946 0001", ("Ann Bell", "Corporate Communications", "")),
        ("Contact\nAnn Bell, Bell PR (for Example Foods)\n020 7946 0001", ("Ann Bell", "", "Bell PR")),
        ("Press: Bell PR on behalf of Example Foods:\nAnn Bell: 020 7946 0001", ("Ann Bell", "", "Bell PR")),
        ("Contact\nAnn Bell, Press Lead\n020 7946 0001 (including evenings)", ("Ann Bell", "Press Lead", "")),
        ("Contact\nBell Advisory\nLegal PR\nAnn Bell\n020 7946 0001", ("Ann Bell", "Legal PR", "Bell Advisory")),
        ("Kontakt: Glocke & Partner, Kai Glocke, 0221 555 717", ("Kai Glocke", "", "Glocke & Partner")),
        ("Contacto\nAna Campana\nComunicación La Espiga\n666 555 092", ("Ana Campana", "Comunicación", "La Espiga")),
        ("COMUNICATO STAMPA\nInfo: Anna Campana 335 555 8383", ("Anna Campana", "", "")),
        ("Kontakt:\nAnna Glocke, Stellv. Sprecherin\n030 5550 4711", ("Anna Glocke", "Stellv. Sprecherin", "")),
        (
            "For interviews please contact Ann Bell, Communications Manager, on 020 7946 0001.",
            ("Ann Bell", "Communications Manager", ""),
        ),
    ],
)
def test_role_and_organisation_of_a_contact(block: str, who: tuple[str, str, str]) -> None:
    release = parse_release((STORY + block + "\n").encode(), source="release.txt", slug="seals")
    assert [(one.name, one.role, one.organisation) for one in release.contacts] == [who]


def test_people_beside_each_other_in_a_markdown_table() -> None:
    table = (
        "| | |\n|---|---|\n| Ann Bell | Bo Lind |\n| Director | Press Officer |\n| 020 7946 0001 | 020 7946 0002 |\n"
    )
    release = parse_release(f"# Seals\n\n{STORY}## Contacts\n\n{table}".encode(), source="release.md", slug="seals")
    found = [(one.name, one.role, *one.phones) for one in release.contacts]
    assert found == [("Ann Bell", "Director", "020 7946 0001"), ("Bo Lind", "Press Officer", "020 7946 0002")]


BOTH = ["Ann Bell", "Bo Lind"]
PAGES: dict[str, tuple[list[str], list[str]]] = {
    "definition-list": (
        [
            "<h3>Press contacts</h3><dl><dt>Ann Bell</dt><dd>Press Officer</dd><dd>020 7946 0001</dd>",
            "<dt>Bo Lind</dt><dd>Head of Press</dd><dd>020 7946 0002</dd></dl>",
        ],
        BOTH,
    ),
    "names-as-headings": (
        [
            "<h2>Media contacts</h2><h3>Ann Bell</h3><p>Press Officer<br>020 7946 0001</p>",
            "<h3>Bo Lind</h3><p>020 7946 0002</p>",
        ],
        BOTH,
    ),
    "paragraph-a-line": (
        [
            "<h3>Media contact</h3><p><b>Ann Bell</b></p><p>Press Officer</p>",
            "<p><a href='mailto:ann@example.org'>Email Ann</a></p><h4>Related stories</h4><p>Seals swim far</p>",
        ],
        BOTH[:1],
    ),
    "cells-beside": (
        [
            "<h2>Contacts</h2><table><tr><td>Ann Bell<br>020 7946 0001</td>",
            "<td>Bo Lind<br>020 7946 0002</td></tr></table>",
        ],
        BOTH,
    ),
    "table-with-head": (
        [
            "<h2>Contacts</h2><table><tr><th>Name</th><th>Role</th><th>Phone</th></tr>",
            "<tr><td>Ann Bell</td><td>Press Officer</td><td>020 7946 0001</td></tr>",
            "<tr><td>Bo Lind</td><td>Head of Press</td><td>020 7946 0002</td></tr></table>",
        ],
        BOTH,
    ),
    "cells-under-bodies": (
        [
            "<h2>Contacts</h2><table><tr><th>Quayle Fret</th><th>Dunmar Lowe</th></tr>",
            "<tr><td>Ann Bell<br>020 7946 0001</td><td>Bo Lind<br>020 7946 0002</td></tr></table>",
        ],
        BOTH,
    ),
    "labels-down-the-side": (
        [
            "<h2>Who to call</h2><table><tr><th></th><th>Filming</th><th>After 6 pm</th></tr>",
            "<tr><th>Name</th><td>Ann Bell</td><td>Bo Lind</td></tr>",
            "<tr><th>Phone</th><td>020 7946 0001</td><td>020 7946 0002</td></tr>",
            "<tr><th>Email</th><td>ann@example.org</td><td>–</td></tr></table>",
        ],
        BOTH,
    ),
    "cards-with-lists": (
        [
            "<div><h5>Ann Bell, M. A.</h5><span>Head of Press</span><ul><li>T 020 7946 0001</li></ul></div>",
            "<a>Download vCard</a>",
            "<div><h5>Bo Lind</h5><span>Technical questions</span><ul><li>T 020 7946 0002</li></ul></div>",
        ],
        BOTH,
    ),
    "links-without-a-space": (
        [
            "<h2>Contacts</h2><div><div>Ann Bell</div><a href='tel:+442079460001'>+44 20 7946 0001</a>",
            "<a href='mailto:press@example.org'>press@example.org</a></div>",
        ],
        BOTH[:1],
    ),
    "list": (
        ["<h2>For media enquiries</h2><ul><li>Ann Bell, 020 7946 0001</li>", "<li>Bo Lind, 020 7946 0002</li></ul>"],
        BOTH,
    ),
}


def test_the_labels_of_a_table_of_contacts_are_no_text() -> None:
    page = f"<html><body><h1>Seals</h1><p>{STORY}</p>{''.join(PAGES['labels-down-the-side'][0])}</body></html>"
    release = parse_release(page.encode(), source="release.html", slug="seals")
    assert [(one.name, *one.phones, *one.emails, one.note) for one in release.contacts] == [
        ("Ann Bell", "020 7946 0001", "ann@example.org", ""),
        ("Bo Lind", "020 7946 0002", "After 6 pm"),
    ]
    assert not any("Phone" in str(block) or "Who to call" in str(block) for block in release.body)


@pytest.mark.parametrize("markup, names", PAGES.values(), ids=PAGES)
def test_contacts_of_a_page_are_found_in_any_markup(markup: list[str], names: list[str]) -> None:
    story = "".join(f"<p>{part}</p>" for part in STORY.strip().split("\n\n")[1:])
    page = f"<html><body><h1>Example Trust counts seals</h1>{story}{''.join(markup)}</body></html>"
    contacts = parse_release(page.encode(), source="release.html", slug="seals").contacts
    assert [contact.name for contact in contacts] == names
    assert all(contact.phones or contact.emails for contact in contacts)
    assert not any(email[0].isdigit() for contact in contacts for email in contact.emails)


@pytest.mark.parametrize("gap", ["\t", "\t\t"])
def test_columns_that_tabs_of_word_set_apart(gap: str) -> None:
    head = (
        f"FOR IMMEDIATE RELEASE{gap}Contact: Okafor, Ann\nMarch 5, 2027{gap}Head of Press\n\t555-0188, area code 207\n"
    )
    release = parse_release(f"{head}\tann@example.org\n\n{STORY}".encode(), source="release.txt", slug="seals")
    assert release.label == "FOR IMMEDIATE RELEASE"
    assert [(one.name, one.role, *one.phones, *one.emails) for one in release.contacts] == [
        ("Ann Okafor", "Head of Press", "555-0188", "ann@example.org")
    ]


def test_a_desk_at_the_foot_of_the_first_page_is_a_press_contact_and_its_institute_is_nobody() -> None:
    headline, *story = STORY.strip().split("\n\n")
    desk = "Redaktion\nSvenja Ohlsen | Institut für Wärmelehre IWL | Telefon +49 421 555-1870"
    expert = "Weitere Ansprechpartner\nInstitut für Wärmelehre IWL\nTelefon +49 421 555-1902"
    text = "\n\n".join((headline, story[0], desk, *story, *story, expert))
    contacts = parse_release(text.encode(), source="release.txt", slug="seals").contacts
    assert [contact.name for contact in contacts] == ["Svenja Ohlsen", ""]
