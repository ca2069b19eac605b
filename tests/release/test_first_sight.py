"""Small turns of real releases that no other test has: each is one rule of the field."""

from __future__ import annotations

from typing import Any

import pytest

from mailer.release.document import release_document
from mailer.release.source import parse_release

LEAD = (
    "The council of Eastport has voted to keep the old swimming hall open for three more winters, after two thousand "
    "people signed a petition that also asked for warmer water."
)
SHORT = "The council of Eastport votes on Thursday whether it buys the old swimming hall for a pound, roof and all."


def read(text: str, source: str) -> dict[str, Any]:
    return release_document(parse_release(text.encode(), source=source, slug="hall"))


@pytest.mark.parametrize(
    "field, value, source, text",
    [
        (
            "subhead",  # a line set apart under the headline, though the story opens with a short paragraph
            "Opening on 20 December, after repairs",
            "a.html",
            f"<p><b>Hall for a pound</b></p><p><i>Opening on 20 December, after repairs</i></p><p>{SHORT}</p>",
        ),
        (
            "headline",  # two bodies that issue a release together are its letterhead
            "Hall stays open",
            "a.txt",
            f"COMUNICATO STAMPA\nFederazione Nuoto d'Esempio - Associazione Piscine\n\nHall stays open\n\n{LEAD}\n",
        ),
        (
            "date",  # the day of an event is not that of the release, where a dateline names one
            "2027-03-03",
            "a.txt",
            f"Hall stays open\n\nEASTPORT (ME), 3 March 2027 – {LEAD}\n\nOpening\n\nDate: 18 March 2027\n",
        ),
        (
            "date",
            "2027-03-03",
            "a.txt",
            f"Pressemitteilung des Bundes „Bad“ vom 3.3.2027\n\nBad bleibt offen\n\n{LEAD}\n",
        ),
        ("date", "2027-03-03", "a.txt", f"Hall stays open\n\nEASTPORT, 3 March 2027 | {LEAD}\n"),
        *(
            (
                "body",  # how long an office says its text is, is no part of the text
                read(f"Hall stays open\n\n{LEAD}\n\n{SHORT}\n", "a.txt")["body"],
                "a.txt",
                f"Hall stays open\n\n{LEAD}\n\n{SHORT}\n\n{count}\n",
            )
            for count in (
                "Zeichen (mit Leerzeichen): 1.234",
                "Wörter: 180 | Zeichen: 1234",
                "2 345 signes espaces compris",
            )
        ),
        ("dateline.city", "Potenza", "a.txt", f"Hall stays open\n\nPotenza – {LEAD}\n"),
        (
            "quotes.0.speaker",  # behind the last full stop of a block quote
            "Ada Brook",
            "a.md",
            f"# Hall stays open\n\n{LEAD}\n\n> It is warm. -- Ada Brook, chair\n",
        ),
        (
            "boilerplate.0.heading",
            "About Wells.",
            "a.md",
            f"# Hall stays open\n\n{LEAD}\n\n**About Wells.** Wells is a trust.\n",
        ),
        (
            "contacts.0.name",
            "Ruben Oosterhuis",
            "a.txt",
            f"Hall stays open\n\n{LEAD}\n\nPerscontact: Ruben Oosterhuis, 020 555 0122\n",
        ),
        (
            "contacts.0.name",
            "金城",
            "a.txt",
            f"Hall stays open\n\n{LEAD}\n\n＜お問い合わせ＞\n財団法人 海 広報担当 金城\n電話 098-555-0177\n",
        ),
        (
            "subhead",  # a sentence beside a single heading of its level opens no section
            "Swimmers ask for warmer water and a longer season",
            "a.md",
            (
                f"# Hall stays open\n\n## Swimmers ask for warmer water and a longer season\n\n{LEAD}\n\n"
                f"## Other halls in the county may follow next winter\n\n{LEAD}\n"
            ),
        ),
        (
            "body.0.text",  # what a database writes under a title it exports
            LEAD,
            "a.md",
            f"# Hall stays open\n\nStatus: Approved\nOwner: Ada Brook\nDate: 3 March 2027\n\n{LEAD}\n",
        ),
        (
            "contacts.0.name",  # behind the name of what the person speaks for
            "Bo Lind",
            "a.txt",
            f"Hall stays open\n\n{LEAD}\n\nMedia contact\n\nEastport Locks: Bo Lind, bo@example.org\n",
        ),
        (
            "notes_to_editors",  # the heading goes with the contacts that stood under it
            None,
            "a.txt",
            f"Hall stays open\n\n{LEAD}\n\nENDS\n\nNotes to editors\n\nAda Brook\n020 7946 0001\nada@example.org\n",
        ),
    ],
)
def test_field_is_read_as_a_press_officer_means_it(field: str, value: str, source: str, text: str) -> None:
    found: Any = read(text, source)
    for step in field.split("."):
        found = found[int(step) if step.isdigit() else step]
    assert found == value
